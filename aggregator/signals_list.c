/* Rows to whoever reads, and the words for them. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/signals_private.h"
#include "proto/date.h"

#define SIGNALS_COLUMNS                                                                  \
	"SELECT id, kind, state, rule, measure, area, direction, concern, first, last, " \
	"pending_us, opened_us, closed_us, evidence FROM signal "

static enum err_code signals_list_row(sqlite3_stmt *stmt, struct signal *s, struct err *err)
{
	s->id = sqlite3_column_int64(stmt, 0);
	s->kind = (enum signal_kind)sqlite3_column_int(stmt, 1);
	s->state = (enum signal_state)sqlite3_column_int(stmt, 2);
	(void)snprintf(s->rule, sizeof s->rule, "%s", db_text(stmt, 3));
	(void)snprintf(s->measure, sizeof s->measure, "%s", db_text(stmt, 4));
	(void)snprintf(s->area, sizeof s->area, "%s", db_text(stmt, 5));
	s->direction = sqlite3_column_int(stmt, 6);
	s->concern = sqlite3_column_int(stmt, 7);
	s->first = period_from_key(sqlite3_column_int64(stmt, 8));
	s->last = period_from_key(sqlite3_column_int64(stmt, 9));
	s->pending_us = sqlite3_column_int64(stmt, 10);
	s->opened_us = sqlite3_column_int64(stmt, 11);
	s->closed_us = sqlite3_column_int64(stmt, 12);
	s->evidence = strdup(db_text(stmt, 13));
	return s->evidence != NULL ? ERR_OK : err_set(err, ERR_NOMEM, "signals: out of memory");
}

static enum err_code signals_collect(sqlite3_stmt *stmt, struct signal_list *out, struct err *err)
{
	size_t size = 0;
	int row = 1;
	enum err_code code = ERR_OK;

	while ((code = db_step(stmt, &row, err)) == ERR_OK && row) {
		if (out->n == size) {
			size_t more = size == 0 ? 32 : size * 2;
			struct signal *grown = realloc(out->signals, more * sizeof *grown);

			if (grown == NULL)
				return err_set(err, ERR_NOMEM, "signals: out of memory");
			out->signals = grown;
			size = more;
		}
		memset(&out->signals[out->n], 0, sizeof *out->signals);
		code = signals_list_row(stmt, &out->signals[out->n++], err);
		if (code != ERR_OK)
			break;
	}
	return code;
}

static const char signals_list_sql[] = SIGNALS_COLUMNS
	"WHERE ($1 >> state) & 1 AND ($2 IS NULL OR area = $2) "
	"ORDER BY max(pending_us, opened_us, closed_us) DESC, last DESC, id DESC LIMIT $3";

enum err_code signals_list(struct store *store, unsigned states, const char *area, size_t max,
			   struct signal_list *out, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = db_prepare(store->db, &stmt, signals_list_sql, err);

	*out = (struct signal_list){ 0 };
	if (code == ERR_OK) {
		db_bind_int(stmt, 1, states);
		db_bind_text(stmt, 2, area);
		db_bind_int(stmt, 3, (int64_t)max);
		code = signals_collect(stmt, out, err);
	}
	db_finalize(&stmt);
	if (code != ERR_OK)
		signals_clear(out);
	return code;
}

static const char signals_find_sql[] = SIGNALS_COLUMNS "WHERE id = $1";

static const char sql_looked_for[] = "SELECT 1 FROM signal_work LIMIT 1";

enum err_code signals_looked_for(struct store *store, int *looked, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = db_prepare(store->db, &stmt, sql_looked_for, err);

	*looked = 0;
	if (code == ERR_OK)
		code = db_step(stmt, looked, err);
	db_finalize(&stmt);
	return code;
}

enum err_code signals_find(struct store *store, int64_t id, struct signal_list *out,
			   struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = db_prepare(store->db, &stmt, signals_find_sql, err);

	*out = (struct signal_list){ 0 };
	if (code == ERR_OK) {
		db_bind_int(stmt, 1, id);
		code = signals_collect(stmt, out, err);
	}
	db_finalize(&stmt);
	if (code == ERR_OK && out->n == 0)
		code = err_set(err, ERR_MISSING, "there is no signal %lld", (long long)id);
	if (code != ERR_OK)
		signals_clear(out);
	return code;
}

void signals_clear(struct signal_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->signals[i].evidence);
	free(list->signals);
	*list = (struct signal_list){ 0 };
}

static const char signals_history_sql[] =
	"SELECT at_us, state, period, count(*) OVER () FROM signal_event WHERE signal = $1 "
	"ORDER BY id";

enum err_code signals_history(struct store *store, int64_t id, struct signal_event **events,
			      size_t *n, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 1;
	enum err_code code = db_prepare(store->db, &stmt, signals_history_sql, err);

	*events = NULL;
	*n = 0;
	if (code == ERR_OK)
		db_bind_int(stmt, 1, id);
	while (code == ERR_OK && (code = db_step(stmt, &row, err)) == ERR_OK && row) {
		if (*events == NULL)
			*events = calloc((size_t)sqlite3_column_int64(stmt, 3), sizeof **events);
		if (*events == NULL) {
			code = err_set(err, ERR_NOMEM, "signals: out of memory");
			break;
		}
		(*events)[(*n)++] = (struct signal_event){
			.at_us = sqlite3_column_int64(stmt, 0),
			.state = (enum signal_state)sqlite3_column_int(stmt, 1),
			.period = period_from_key(sqlite3_column_int64(stmt, 2)),
		};
	}
	db_finalize(&stmt);
	if (code != ERR_OK) {
		free(*events);
		*events = NULL;
		*n = 0;
	}
	return code;
}

/* ---- words */

const char *signal_kind_name(enum signal_kind kind)
{
	switch (kind) {
	case SIGNAL_PROCESS:
		return "process";
	case SIGNAL_FUNNEL:
		return "funnel";
	case SIGNAL_UNSEEN:
		return "unseen";
	}
	return "";
}

const char *signal_state_name(enum signal_state state)
{
	switch (state) {
	case SIGNAL_PENDING:
		return "pending";
	case SIGNAL_OPEN:
		return "open";
	case SIGNAL_CLOSED:
		return "closed";
	}
	return "";
}

/* What a rule says: of figures, and of the month-by-month change of a count of what is open. */
static const struct {
	const char *rule, *higher, *lower, *grows, *shrinks;
} signals_words[] = {
	{ "outside", "above the usual range", "below the usual range",
	  "rose by more than the usual range", "fell by more than the usual range" },
	{ "shift", "higher than usual for seven months or more",
	  "lower than usual for seven months or more",
	  "rising faster than usual for seven months or more",
	  "rising less or falling faster than usual for seven months or more" },
	{ "trend", "rising for seven months or more", "falling for seven months or more",
	  "rising by more each month for seven months or more",
	  "rising by less each month for seven months or more" },
	{ "near", "close to the top of the usual range, twice in three months",
	  "close to the bottom of the usual range, twice in three months",
	  "rose by almost more than usual, twice in three months",
	  "fell by almost more than usual, twice in three months" },
	{ "funnel", "higher than the other districts by more than chance",
	  "lower than the other districts by more than chance", "", "" },
};

static const char *signals_say_rule(const struct signal *s, const struct measure *m)
{
	const int changes = s->kind == SIGNAL_PROCESS && m != NULL && m->kind == MEASURE_STOCK &&
			    !rollup_is_ratio(m);

	for (size_t i = 0; i < sizeof signals_words / sizeof signals_words[0]; i++) {
		if (strcmp(signals_words[i].rule, s->rule) != 0)
			continue;
		if (changes)
			return s->direction > 0 ? signals_words[i].grows : signals_words[i].shrinks;
		return s->direction > 0 ? signals_words[i].higher : signals_words[i].lower;
	}
	return s->rule;
}

static void signals_month(struct period p, char *out, size_t size)
{
	static const char *const names[] = { "January",   "February", "March",    "April",
					     "May",       "June",     "July",     "August",
					     "September", "October",  "November", "December" };
	int year = 0;
	int month = 1;
	int day = 0;

	date_to_ymd(p.start, &year, &month, &day);
	(void)snprintf(out, size, "%s %d", names[month - 1], year);
}

const char *signal_say(const struct signal *s, const struct rollup_context *context, char *out,
		       size_t size)
{
	const struct measure *m = measures_find(context->measures, s->measure);
	const int area = area_find(context->areas, s->area);
	const char *place = area < 0 ? s->area : context->areas->areas[area].name;
	struct signals_rules rules = { 0 };
	const struct signals_rule *rule = NULL;
	char month[24];

	signals_month(s->last, month, sizeof month);
	if (s->kind == SIGNAL_UNSEEN &&
	    signals_rules_load(context->measures, &rules, NULL) == ERR_OK)
		rule = signals_rules_find(&rules, s->rule);
	if (s->kind == SIGNAL_UNSEEN)
		(void)snprintf(out, size, "%s: %s, %s", place, rule == NULL ? s->rule : rule->title,
			       month);
	else
		(void)snprintf(out, size, "%s in %s: %s in %s", m == NULL ? s->measure : m->title,
			       place, signals_say_rule(s, m), month);
	signals_rules_clear(&rules);
	return out;
}
