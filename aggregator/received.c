/* Completeness and timeliness: headers, returns and refusals in, a grid of states out. */

#include "aggregator/received.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/received_corrections.h"
#include "proto/date.h"
#include "proto/db.h"
#include "proto/limits.h"

#define DAY_US (86400LL * 1000000)
#define RETURN_DAYS 5 /* an extract so soon after a month's end may stand for it */

struct received_run {
	const struct rollup_context *context;
	int area;
	struct period from, to;
	int64_t now_us;
	int *reporting;
	struct received *result;
	size_t size;
	sqlite3_stmt *headers, *nil, *refused_return, *refused;
	struct received_corrections corrections;
};

/* Last instant of a day, UTC. */
static int64_t received_day_end_us(int32_t date)
{
	return ((int64_t)date + 1) * DAY_US - 1;
}

/* The due date of a month, or whether it is expected at all. */
static enum err_code received_is_expected(const struct received_run *run, const char *dataset,
					  int area, struct period month, int *wanted,
					  struct err *err)
{
	const struct aggregator_config *c = run->context->config;

	*wanted = 0;
	for (unsigned i = 0; i < c->n_expected && !*wanted; i++) {
		const struct aggregator_expected *e = &c->expected[i];
		struct period from;
		struct period to = { PERIOD_MONTH, INT32_MAX };
		int above;
		enum err_code code = rollup_area(run->context->areas, e->area, &above, err);

		if (code == ERR_OK)
			code = period_parse(e->from, &from, err);
		if (code == ERR_OK && e->to != NULL)
			code = period_parse(e->to, &to, err);
		if (code != ERR_OK) {
			err_wrap(err, "settings: expected[%u]", i);
			return code;
		}
		*wanted = strcmp(e->dataset, dataset) == 0 && from.start <= month.start &&
			  month.start <= to.start && area_within(run->context->areas, area, above);
	}
	return ERR_OK;
}

/* ---- one cell */

/* The full month's reports in order of arrival, and when their agent was enrolled. */
static const char sql_headers[] =
	"SELECT r.received_us, h.as_at, h.provisional, a.enrolled_us FROM header h"
	" JOIN report r ON r.id = h.report JOIN spool p ON p.id = r.spool"
	" JOIN agent a ON a.id = p.agent "
	"WHERE h.area = ?1 AND h.period = ?2 AND h.dataset = ?3 AND h.withdrawn IS NULL "
	"ORDER BY h.report";

/* *n_provisional: reports from before the month's end; *enrolled_us: of the first full one. */
static enum err_code received_headers(struct received_run *run, struct received_cell *c,
				      int *n_provisional, int64_t *enrolled_us, struct err *err)
{
	enum err_code code = db_prepare(run->context->store->db, &run->headers, sql_headers, err);
	int row = 1;

	if (code == ERR_OK) {
		db_bind_text(run->headers, 1, c->area);
		db_bind_int(run->headers, 2, period_key(c->month));
		db_bind_text(run->headers, 3, c->dataset);
	}
	while (code == ERR_OK && row) {
		int32_t as_at;

		code = db_step(run->headers, &row, err);
		if (code != ERR_OK || !row)
			break;
		as_at = sqlite3_column_int(run->headers, 1);
		if (as_at > c->as_at)
			c->as_at = as_at;
		if (sqlite3_column_int(run->headers, 2)) {
			(*n_provisional)++;
			continue;
		}
		if (c->received_us == 0) {
			c->received_us = sqlite3_column_int64(run->headers, 0);
			*enrolled_us = sqlite3_column_int64(run->headers, 3);
		}
	}
	return code;
}

static const char sql_nil[] =
	"SELECT 1 FROM return WHERE area = ?1 AND dataset = ?2 AND as_at = ?3 AND accepted = 1"
	" AND n_nil > 0 AND n_nil + n_absent = n_lists";

static enum err_code received_nil(struct received_run *run, struct received_cell *c,
				  struct err *err)
{
	enum err_code code = db_prepare(run->context->store->db, &run->nil, sql_nil, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(run->nil, 1, c->area);
	db_bind_text(run->nil, 2, c->dataset);
	db_bind_int(run->nil, 3, c->as_at);
	return db_step(run->nil, &c->nil, err);
}

static const char sql_refused_return[] =
	"SELECT 1 FROM return WHERE area = ?1 AND dataset = ?2 AND as_at BETWEEN ?3 AND ?4"
	" AND accepted = 0 LIMIT 1";

static enum err_code received_refused_return(struct received_run *run,
					     const struct received_cell *c, int *refused,
					     struct err *err)
{
	sqlite3_stmt **stmt = &run->refused_return;
	enum err_code code = db_prepare(run->context->store->db, stmt, sql_refused_return, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(*stmt, 1, c->area);
	db_bind_text(*stmt, 2, c->dataset);
	db_bind_int(*stmt, 3, c->month.start);
	db_bind_int(*stmt, 4, period_end(c->month) + RETURN_DAYS);
	return db_step(*stmt, refused, err);
}

static enum received_state received_judge(const struct received_run *run,
					  const struct received_cell *c, int n_provisional,
					  int64_t enrolled_us, int refused)
{
	int64_t due_us = received_day_end_us(c->due);

	if (c->received_us != 0 && c->received_us <= due_us)
		return RECEIVED_ON_TIME;
	if (c->received_us != 0)
		return due_us < enrolled_us ? RECEIVED_HISTORY : RECEIVED_LATE;
	if (refused || c->n_refused > 0)
		return RECEIVED_REFUSED;
	if (run->now_us <= due_us)
		return RECEIVED_NOT_DUE;
	return n_provisional > 0 ? RECEIVED_PROVISIONAL : RECEIVED_MISSING;
}

static enum err_code received_fill(struct received_run *run, struct received_cell *c,
				   struct err *err)
{
	int n_provisional = 0;
	int64_t enrolled_us = 0;
	int refused = 0;
	enum err_code code = received_headers(run, c, &n_provisional, &enrolled_us, err);

	if (code == ERR_OK)
		code = received_corrections_count(&run->corrections, run->context->store, c->area,
						  c->dataset, period_key(c->month), &c->n_corrected,
						  err);
	for (size_t i = 0; code == ERR_OK && i < run->corrections.n; i++)
		if (run->corrections.reports[i] > c->corrected)
			c->corrected = run->corrections.reports[i];
	if (code == ERR_OK && c->as_at != INT32_MIN)
		code = received_nil(run, c, err);
	if (code == ERR_OK && c->received_us == 0)
		code = received_refused_return(run, c, &refused, err);
	c->due =
		date_add_working_days(period_end(c->month), run->context->config->due_working_days);
	c->state = received_judge(run, c, n_provisional, enrolled_us, refused);
	return code;
}

/* ---- the grid */

static struct received_cell *received_add(struct received_run *run)
{
	struct received *r = run->result;

	if (r->cells == NULL || r->n == run->size) {
		size_t size = run->size == 0 ? 128 : run->size * 2;
		struct received_cell *bigger = realloc(r->cells, size * sizeof *r->cells);

		if (bigger == NULL)
			return NULL;
		r->cells = bigger;
		run->size = size;
	}
	memset(&r->cells[r->n], 0, sizeof *r->cells);
	return &r->cells[r->n++];
}

static enum err_code received_one(struct received_run *run, const char *dataset, int area,
				  struct period month, int *n_wanted, struct err *err)
{
	const struct area *a = &run->context->areas->areas[area];
	struct received_cell *c = received_add(run);
	enum err_code code;
	int wanted = 0;

	if (c == NULL) {
		(void)err_set(err, ERR_NOMEM, "out of memory");
		return ERR_NOMEM;
	}
	(void)snprintf(c->dataset, sizeof c->dataset, "%s", dataset);
	(void)snprintf(c->area, sizeof c->area, "%s", a->code);
	c->month = month;
	c->as_at = INT32_MIN;
	if (a->valid_from > period_end(month) || a->valid_to < month.start)
		return ERR_OK;
	code = received_is_expected(run, dataset, area, month, &wanted, err);
	if (code != ERR_OK || !wanted)
		return code;
	(*n_wanted)++;
	return received_fill(run, c, err);
}

static enum err_code received_dataset(struct received_run *run, const char *dataset,
				      struct err *err)
{
	const struct area_tree *tree = run->context->areas;
	size_t before = run->result->n;
	int n = area_reporting(tree, run->area, run->from.start, period_end(run->to),
			       run->reporting);
	enum err_code code = ERR_OK;
	int n_wanted_all = 0;

	for (int i = 0; i < n; i++) {
		size_t first = run->result->n;
		int n_wanted = 0;

		if (first >= LIMIT_ROLLUP_CELLS)
			return err_set(err, ERR_TOO_BIG, "more than %d cells: ask for fewer months",
				       LIMIT_ROLLUP_CELLS);

		for (struct period m = run->from; m.start <= run->to.start; m = period_next(m, 1)) {
			code = received_one(run, dataset, run->reporting[i], m, &n_wanted, err);
			if (code != ERR_OK)
				return code;
		}
		if (n_wanted == 0)
			run->result->n = first; /* the area has no part in this dataset */
		n_wanted_all += n_wanted;
	}
	if (n_wanted_all == 0)
		run->result->n = before;
	return ERR_OK;
}

static const char sql_refused[] =
	"SELECT area, dataset, period FROM refusal WHERE period > 0 AND area IS NOT NULL";

/* Reads the refusals once: they are few, and kept by spool. */
static enum err_code received_count_refusals(struct received_run *run, struct err *err)
{
	enum err_code code = db_prepare(run->context->store->db, &run->refused, sql_refused, err);
	struct received *r = run->result;
	int row = 1;

	while (code == ERR_OK && row) {
		code = db_step(run->refused, &row, err);
		for (size_t i = 0; i < r->n && code == ERR_OK && row; i++) {
			struct received_cell *c = &r->cells[i];

			if (sqlite3_column_int64(run->refused, 2) != period_key(c->month) ||
			    strcmp(c->area, db_text(run->refused, 0)) != 0 ||
			    strcmp(c->dataset, db_text(run->refused, 1)) != 0)
				continue;
			c->n_refused++;
			if (c->received_us == 0 && c->state != RECEIVED_NOT_EXPECTED)
				c->state = RECEIVED_REFUSED;
		}
	}
	return code;
}

static enum err_code received_grid(struct received_run *run, struct err *err)
{
	const struct aggregator_config *config = run->context->config;
	enum err_code code = ERR_OK;

	for (unsigned i = 0; i < config->n_expected && code == ERR_OK; i++) {
		unsigned j = 0;

		while (j < i &&
		       strcmp(config->expected[j].dataset, config->expected[i].dataset) != 0)
			j++;
		if (j == i)
			code = received_dataset(run, config->expected[i].dataset, err);
	}
	if (code == ERR_OK && run->result->n == 0)
		code = err_set(err, ERR_CONFIG,
			       "nothing is expected of %s in these months: name area, dataset and "
			       "first month under 'expected' in the settings",
			       run->context->areas->areas[run->area].code);
	if (code == ERR_OK)
		code = received_count_refusals(run, err);
	return code;
}

enum err_code received_run(const struct rollup_context *context, const char *area,
			   struct period from, struct period to, int64_t now_us,
			   struct received **out, struct err *err)
{
	struct received_run run = { .context = context, .from = from, .to = to, .now_us = now_us };
	sqlite3 *db = context->store->db;
	enum err_code code = rollup_area(context->areas, area, &run.area, err);

	*out = NULL;
	if (code == ERR_OK &&
	    (from.kind != PERIOD_MONTH || to.kind != PERIOD_MONTH || to.start < from.start))
		code = err_set(err, ERR_CONFIG,
			       "from and to must be months, the earlier one first");
	if (code != ERR_OK)
		return code;
	run.reporting = calloc((size_t)context->areas->n_areas, sizeof *run.reporting);
	run.result = calloc(1, sizeof *run.result);
	if (run.reporting == NULL || run.result == NULL) {
		(void)err_set(err, ERR_NOMEM, "out of memory");
		code = ERR_NOMEM;
	}
	if (code == ERR_OK)
		code = db_exec(db, "BEGIN", err);
	if (code == ERR_OK) {
		code = received_grid(&run, err);
		db_finalize(&run.headers);
		db_finalize(&run.nil);
		db_finalize(&run.refused_return);
		db_finalize(&run.refused);
		received_corrections_clear(&run.corrections);
		(void)db_exec(db, "COMMIT", NULL);
	}
	free(run.reporting);
	if (code == ERR_OK)
		*out = run.result;
	else
		received_free(&run.result);
	return code;
}

void received_free(struct received **received)
{
	if (*received == NULL)
		return;
	free((*received)->cells);
	free(*received);
	*received = NULL;
}

const char *received_state_name(enum received_state state)
{
	switch (state) {
	case RECEIVED_NOT_EXPECTED:
		return "not-expected";
	case RECEIVED_ON_TIME:
		return "on-time";
	case RECEIVED_LATE:
		return "late";
	case RECEIVED_HISTORY:
		return "history";
	case RECEIVED_NOT_DUE:
		return "not-due";
	case RECEIVED_PROVISIONAL:
		return "provisional";
	case RECEIVED_REFUSED:
		return "refused";
	case RECEIVED_MISSING:
		return "missing";
	}
	return "missing";
}
