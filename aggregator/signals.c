#include "aggregator/signals.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/signals_private.h"
#include "aggregator/spc.h"
#include "proto/embed.h"

/* The next subject: one measure over time, one measure between districts, or one rule. In: figures
 * of the store. Out: rows of signal and signal_event, and one of signal_work that says at which
 * figures the subject was looked at. Nothing is dropped: what cannot be worked out is an error that
 * ingest counts and logs. */

#define SIGNALS_VERSION "1" /* of what the code does with a rule: a new one looks at all anew */
#define SIGNALS_FUNNEL_MONTHS 3
#define SIGNALS_BEYOND_998 0.002 /* by chance, both sides together */
#define SIGNALS_RETIRED "retired"

struct signals_subject {
	char name[160];
	enum signal_kind kind;
	const struct measure *measure;   /* process, funnel */
	const struct signals_rule *rule; /* unseen */
};

struct signals {
	const struct rollup_context *context;
	struct signals_rules rules;
	char digest[33]; /* of rules, measures and areas */
	int64_t stamp, now_us;
	sqlite3_stmt *looked;
};

/* ---- subjects, in a fixed order */

static int signals_is_watched(const struct signals *s, const struct measure *m,
			      enum signal_kind kind)
{
	struct rollup_terms terms;

	if (rollup_terms_find(s->context->measures, m, &terms, NULL) != ERR_OK)
		return 0;
	for (int i = 0; i < s->rules.n_watched; i++)
		if (strcmp(s->rules.watched[i].measure, m->code) == 0 &&
		    !(kind == SIGNAL_PROCESS ? s->rules.watched[i].process
					     : s->rules.watched[i].funnel))
			return 0;
	return kind == SIGNAL_PROCESS ? signals_process_watches(&terms)
				      : signals_funnel_watches(&terms);
}

/* Fills the n-th subject (of those that may be: a measure stands for two). 0: not watched, −1:
 * none. */
static int signals_subject(const struct signals *s, int n, struct signals_subject *out)
{
	const int n_measures = s->context->measures->n_measures;

	*out = (struct signals_subject){ .kind = SIGNAL_UNSEEN };
	if (n < 2 * n_measures) {
		out->kind = n < n_measures ? SIGNAL_PROCESS : SIGNAL_FUNNEL;
		out->measure = &s->context->measures->measures[n % n_measures];
		(void)snprintf(out->name, sizeof out->name, "%s:%s", signal_kind_name(out->kind),
			       out->measure->code);
		return signals_is_watched(s, out->measure, out->kind);
	}
	n -= 2 * n_measures;
	if (n >= s->rules.n_rules)
		return -1;
	out->rule = &s->rules.rules[n];
	(void)snprintf(out->name, sizeof out->name, "%s:%s", signal_kind_name(out->kind),
		       out->rule->code);
	return !out->rule->off;
}

static const char signals_looked_sql[] =
	"SELECT 1 FROM signal_work WHERE subject = $1 AND rules = $2 AND stamp = $3 "
	"AND (due_us = 0 OR due_us > $4)";

static enum err_code signals_is_looked_at(struct signals *s, const char *subject, int *looked,
					  struct err *err)
{
	enum err_code code = db_prepare(s->context->store->db, &s->looked, signals_looked_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(s->looked, 1, subject);
	db_bind_text(s->looked, 2, s->digest);
	db_bind_int(s->looked, 3, s->stamp);
	db_bind_int(s->looked, 4, s->now_us);
	code = db_step(s->looked, looked, err);
	(void)sqlite3_reset(s->looked);
	return code;
}

static enum err_code signals_next(struct signals *s, struct signals_subject *out, int *found,
				  struct err *err)
{
	int watched = 0;
	enum err_code code = ERR_OK;

	*found = 0;
	for (int n = 0; code == ERR_OK && !*found; n++) {
		int looked = 0;

		watched = signals_subject(s, n, out);
		if (watched < 0)
			break;
		if (!watched)
			continue;
		code = signals_is_looked_at(s, out->name, &looked, err);
		*found = code == ERR_OK && !looked;
	}
	return code;
}

/* ---- one slice */

static const char signals_mark_sql[] =
	"INSERT INTO signal_work (subject, rules, stamp, due_us, n_series) "
	"VALUES ($1, $2, $3, $4, $5) ON CONFLICT (subject) DO UPDATE SET rules = excluded.rules, "
	"stamp = excluded.stamp, due_us = excluded.due_us, n_series = excluded.n_series";

static enum err_code signals_mark(struct signals *s, const char *subject, int64_t due_us,
				  int n_series, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = db_prepare(s->context->store->db, &stmt, signals_mark_sql, err);

	if (code == ERR_OK) {
		db_bind_text(stmt, 1, subject);
		db_bind_text(stmt, 2, s->digest);
		db_bind_int(stmt, 3, s->stamp);
		db_bind_int(stmt, 4, due_us);
		db_bind_int(stmt, 5, n_series);
		code = db_run(stmt, err);
	}
	db_finalize(&stmt);
	return code;
}

static enum err_code signals_find_out(const struct signals *s,
				      const struct signals_subject *subject,
				      struct signals_findings *out, struct err *err)
{
	struct signals_series series;
	enum err_code code;

	if (subject->kind == SIGNAL_UNSEEN)
		return signals_unseen(s->context, subject->rule, s->now_us, out, err);
	code = signals_series_read(s->context, subject->measure->code, NULL, s->now_us, &series,
				   err);
	if (code == ERR_OK && subject->kind == SIGNAL_PROCESS)
		code = signals_process(&series, out, err);
	else if (code == ERR_OK)
		code = signals_funnel(&series, SIGNALS_FUNNEL_MONTHS, NULL, out, err);
	signals_series_clear(&series);
	return code;
}

static enum err_code signals_write(struct signals *s, const struct signals_subject *subject,
				   const struct signals_findings *findings,
				   struct signals_changes *changes, struct err *err)
{
	struct signals_record record = { .db = s->context->store->db, .now_us = s->now_us };
	enum err_code code = store_begin(s->context->store, err);

	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < findings->n && code == ERR_OK; i++)
		code = signals_record_observe(&record, &findings->items[i], err);
	if (code == ERR_OK)
		code = signals_mark(s, subject->name, record.due_us, findings->n_series, err);
	signals_record_clear(&record);
	if (code == ERR_OK)
		code = store_commit(s->context->store, err);
	if (code != ERR_OK)
		store_rollback(s->context->store);
	else
		*changes = record.changes;
	return code;
}

static int signals_is_passing(enum err_code code)
{
	return code == ERR_DB || code == ERR_BUSY || code == ERR_FULL || code == ERR_IO ||
	       code == ERR_NOMEM;
}

static enum err_code signals_look(struct signals *s, const struct signals_subject *subject,
				  struct signals_changes *changes, struct err *err)
{
	struct signals_findings findings = { 0 };
	enum err_code code = signals_find_out(s, subject, &findings, err);

	if (code == ERR_OK) {
		code = signals_write(s, subject, &findings, changes, err);
	} else if (!signals_is_passing(code)) {
		const struct signals_findings none = { 0 };
		struct signals_changes nothing;

		(void)signals_write(s, subject, &none, &nothing, NULL);
	}
	signals_findings_clear(&findings);
	if (code != ERR_OK)
		err_wrap(err, "signals: %s", subject->name);
	return code;
}

/* ---- what is no longer watched */

static int signals_keep(void *data, enum signal_kind kind, const char *rule, const char *measure,
			const char *area)
{
	const struct signals *s = data;
	const struct signals_rule *unseen;
	const struct measure *m;

	if (area_find(s->context->areas, area) < 0)
		return 0;
	if (kind == SIGNAL_UNSEEN) {
		unseen = signals_rules_find(&s->rules, rule);
		return unseen != NULL && !unseen->off &&
		       strcmp(unseen->clauses[0].measure, measure) == 0;
	}
	m = measures_find(s->context->measures, measure);
	return m != NULL && signals_is_watched(s, m, kind);
}

static enum err_code signals_retire(struct signals *s, struct signals_changes *changes,
				    struct err *err)
{
	struct signals_record record = { .db = s->context->store->db, .now_us = s->now_us };
	enum err_code code = store_begin(s->context->store, err);

	if (code != ERR_OK)
		return code;
	code = signals_record_retire(&record, signals_keep, s, err);
	if (code == ERR_OK)
		code = signals_mark(s, SIGNALS_RETIRED, 0, 0, err);
	signals_record_clear(&record);
	if (code == ERR_OK)
		code = store_commit(s->context->store, err);
	if (code != ERR_OK)
		store_rollback(s->context->store);
	else
		*changes = record.changes;
	return code;
}

/* ---- open and close */

/* What conclusions rest on besides figures. */
static void signals_digest(struct signals *s)
{
	static const char *const files[] = { "aggregator/unseen_risk.csv",
					     "aggregator/signal_watch.csv" };
	const struct area_tree *areas = s->context->areas;
	const struct aggregator_config *config = s->context->config;
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, (const unsigned char *)SIGNALS_VERSION,
					sizeof SIGNALS_VERSION);
	(void)crypto_hash_sha256_update(&state, s->context->measures->digest,
					sizeof s->context->measures->digest);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		const struct embed *file = embed_find(files[i]);

		if (file != NULL)
			(void)crypto_hash_sha256_update(&state, (const unsigned char *)file->text,
							file->len);
	}
	for (int i = 0; i < areas->n_areas; i++)
		(void)crypto_hash_sha256_update(&state, (const unsigned char *)areas->areas[i].code,
						strlen(areas->areas[i].code) + 1);
	if (config != NULL && config->area != NULL)
		(void)crypto_hash_sha256_update(&state, (const unsigned char *)config->area,
						strlen(config->area) + 1);
	(void)crypto_hash_sha256_final(&state, hash);
	(void)sodium_bin2hex(s->digest, sizeof s->digest, hash, sizeof s->digest / 2);
}

enum err_code signals_work(const struct rollup_context *context, int64_t now_us, int *done,
			   struct signals_changes *changes, struct err *err)
{
	struct signals s = { .context = context, .now_us = now_us };
	struct signals_changes unused;
	struct signals_subject subject;
	int found = 0;
	int retired = 0;
	enum err_code code;

	if (changes == NULL)
		changes = &unused;
	*changes = (struct signals_changes){ 0 };
	*done = 0;
	signals_digest(&s);
	code = signals_rules_load(context->measures, &s.rules, err);
	if (code == ERR_OK)
		code = store_figures_stamp(context->store->db, &s.stamp, err);
	if (code == ERR_OK)
		code = signals_next(&s, &subject, &found, err);
	if (code == ERR_OK && !found)
		code = signals_is_looked_at(&s, SIGNALS_RETIRED, &retired, err);
	db_finalize(&s.looked);
	if (code == ERR_OK && found)
		code = signals_look(&s, &subject, changes, err);
	else if (code == ERR_OK && !retired)
		code = signals_retire(&s, changes, err);
	else if (code == ERR_OK)
		*done = 1;
	signals_rules_clear(&s.rules);
	return code;
}

/* ---- false alarms */

static const char signals_series_sql[] =
	"SELECT coalesce(sum(n_series) FILTER (WHERE subject LIKE 'process:%'), 0), "
	"coalesce(sum(n_series) FILTER (WHERE subject LIKE 'funnel:%'), 0) FROM signal_work";

enum err_code signals_expected_false_alarms(const struct rollup_context *context, double *out,
					    struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(context->store->db, &stmt, signals_series_sql, err);

	*out = 0;
	if (code == ERR_OK)
		code = db_step(stmt, &row, err);
	if (code == ERR_OK && row)
		*out = spc_expected_false_alarms(sqlite3_column_int(stmt, 0)) +
		       SIGNALS_BEYOND_998 * sqlite3_column_int(stmt, 1);
	db_finalize(&stmt);
	return code;
}
