#include "aggregator/project.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/current.h"
#include "aggregator/project_rows.h"
#include "proto/clock.h"
#include "proto/frame.h"
#include "proto/limits.h"
#include "proto/period.h"

/* One entry in hand: its row of `report` and what it decodes to. */
struct project_entry {
	int64_t report, spool, sequence, agent, generation;
	const District__Entry *entry;
};

struct project {
	struct store *store;
	struct frame frame;
	struct project_rows *rows;
	struct current *current;
	sqlite3_stmt *progress, *next, *mark_done, *header, *withdrawal, *withdrawn_by, *target,
		*mark_withdrawn;
	/* Of the report in hand: each has a word of the dictionary of its own. */
	struct current_measure measures[LIMIT_DICTIONARY];
	int n_skipped;
	struct err skipped;
};

enum err_code project_new(struct store *store, const struct area_tree *areas, struct project **out,
			  struct err *err)
{
	struct project *p = calloc(1, sizeof *p);
	enum err_code code;

	*out = NULL;
	if (p == NULL)
		return err_set(err, ERR_NOMEM, "projection: out of memory");
	p->store = store;
	code = project_rows_new(store->db, &p->rows, err);
	if (code == ERR_OK)
		code = current_new(store, areas, &p->current, err);
	if (code != ERR_OK) {
		project_free(&p);
		return code;
	}
	*out = p;
	return ERR_OK;
}

void project_free(struct project **project)
{
	struct project *p = *project;

	if (p == NULL)
		return;
	db_finalize(&p->progress);
	db_finalize(&p->next);
	db_finalize(&p->mark_done);
	db_finalize(&p->header);
	db_finalize(&p->withdrawal);
	db_finalize(&p->withdrawn_by);
	db_finalize(&p->target);
	db_finalize(&p->mark_withdrawn);
	project_rows_free(&p->rows);
	current_free(&p->current);
	frame_clear(&p->frame);
	free(p);
	*project = NULL;
}

int project_skipped(struct project *p, struct err *why)
{
	int n = p->n_skipped;

	*why = p->skipped;
	p->n_skipped = 0;
	return n;
}

/* ---- reports */

static const char project_header_sql[] =
	"INSERT INTO header (report, area, dataset, period, as_at, provisional, sealed_us, "
	"rows_read, rows_rejected, measures_digest, extract_digest, withdrawn) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

static enum err_code project_header(struct project *p, const struct project_entry *e,
				    int64_t period, int64_t withdrawn, struct err *err)
{
	const District__Report *r = e->entry->report;
	enum err_code code = db_prepare(p->store->db, &p->header, project_header_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(p->header, 1, e->report);
	db_bind_text(p->header, 2, r->area);
	db_bind_text(p->header, 3, r->dataset);
	db_bind_int(p->header, 4, period);
	db_bind_int(p->header, 5, r->as_at);
	db_bind_int(p->header, 6, r->provisional);
	db_bind_int(p->header, 7, e->entry->sealed_us);
	db_bind_int(p->header, 8, (int64_t)r->rows_read);
	db_bind_int(p->header, 9, (int64_t)r->rows_rejected);
	db_bind_blob(p->header, 10, r->measures_digest.data, r->measures_digest.len);
	db_bind_blob(p->header, 11, r->extract_digest.data, r->extract_digest.len);
	if (withdrawn != 0)
		db_bind_int(p->header, 12, withdrawn);
	return db_run(p->header, err);
}

static const char project_withdrawn_by_sql[] =
	"SELECT report FROM withdrawal WHERE agent = $1 AND spool = $2 AND sequence = $3";

/* The withdrawal that arrived before what it withdraws; 0: none. */
static enum err_code project_withdrawn_by(struct project *p, const struct project_entry *e,
					  int64_t *withdrawal, struct err *err)
{
	int row = 0;
	enum err_code code =
		db_prepare(p->store->db, &p->withdrawn_by, project_withdrawn_by_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(p->withdrawn_by, 1, e->agent);
	db_bind_blob(p->withdrawn_by, 2, e->entry->spool.data, e->entry->spool.len);
	db_bind_int(p->withdrawn_by, 3, e->sequence);
	code = db_step(p->withdrawn_by, &row, err);
	*withdrawal = row ? sqlite3_column_int64(p->withdrawn_by, 0) : 0;
	(void)sqlite3_reset(p->withdrawn_by);
	return code;
}

static int project_is_provisional(const District__Report *r, uint32_t measure)
{
	if (r->provisional)
		return 1;
	for (size_t i = 0; i < r->n_provisional_measures; i++)
		if (r->provisional_measures[i] == measure)
			return 1;
	return 0;
}

/* Collects the report's measures: the rows that are totals. */
static size_t project_measures(struct project *p, const District__Report *r, const int64_t *series)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_measure && n < LIMIT_DICTIONARY; i++)
		if (r->dimension[i] == 0 && r->category[i] == 0)
			p->measures[n++] = (struct current_measure){
				series[i], project_is_provisional(r, r->measure[i])
			};
	return n;
}

static enum err_code project_report(struct project *p, const struct project_entry *e,
				    struct err *err)
{
	const District__Report *r = e->entry->report;
	const int64_t *series = NULL;
	struct current_rank rank = { e->report, r->as_at, e->generation, e->sequence };
	struct current_place place = { .area = r->area, .now_us = clock_wall_us() };
	struct period period;
	int64_t withdrawn = 0;
	enum err_code code = period_parse(r->period, &period, err);

	if (code != ERR_OK)
		return code;
	place.period = period_key(period);
	code = project_withdrawn_by(p, e, &withdrawn, err);
	if (code == ERR_OK)
		code = project_header(p, e, place.period, withdrawn, err);
	if (code == ERR_OK)
		code = project_rows_add(p->rows, e->report, r, &series, err);
	if (code != ERR_OK)
		return code;
	return current_offer(p->current, &place, &rank, p->measures, project_measures(p, r, series),
			     withdrawn == 0, err);
}

/* ---- withdrawals */

static const char project_withdrawal_sql[] =
	"INSERT INTO withdrawal (agent, spool, sequence, report) VALUES ($1, $2, $3, $4) "
	"ON CONFLICT (agent, spool, sequence) DO NOTHING";
static const char project_target_sql[] =
	"SELECT h.report, h.area, h.period FROM spool s JOIN report r ON r.spool = s.id "
	"JOIN header h ON h.report = r.id "
	"WHERE s.agent = $1 AND s.spool = $2 AND r.sequence = $3 AND h.withdrawn IS NULL";
static const char project_mark_withdrawn_sql[] =
	"UPDATE header SET withdrawn = $1 WHERE report = $2";

static enum err_code project_mark_withdrawn(struct project *p, int64_t target, int64_t by,
					    struct err *err)
{
	enum err_code code =
		db_prepare(p->store->db, &p->mark_withdrawn, project_mark_withdrawn_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(p->mark_withdrawn, 1, by);
	db_bind_int(p->mark_withdrawn, 2, target);
	return db_run(p->mark_withdrawn, err);
}

static enum err_code project_take_out(struct project *p, const struct project_entry *e,
				      struct err *err)
{
	const District__Withdraw *w = e->entry->withdraw;
	struct current_place place = { .now_us = clock_wall_us() };
	char area[LIMIT_STRING_BYTES + 1];
	int64_t target = 0;
	int row = 0;
	enum err_code code = db_prepare(p->store->db, &p->target, project_target_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(p->target, 1, e->agent);
	db_bind_blob(p->target, 2, w->spool.data, w->spool.len);
	db_bind_int(p->target, 3, (int64_t)w->sequence);
	code = db_step(p->target, &row, err);
	if (row) {
		target = sqlite3_column_int64(p->target, 0);
		(void)snprintf(area, sizeof area, "%s", db_text(p->target, 1));
		place.area = area;
		place.period = sqlite3_column_int64(p->target, 2);
	}
	(void)sqlite3_reset(p->target);
	if (code != ERR_OK || !row)
		return code;
	code = project_mark_withdrawn(p, target, e->report, err);
	return code == ERR_OK ? current_withdraw(p->current, &place, target, err) : code;
}

static enum err_code project_withdraw(struct project *p, const struct project_entry *e,
				      struct err *err)
{
	const District__Withdraw *w = e->entry->withdraw;
	enum err_code code = db_prepare(p->store->db, &p->withdrawal, project_withdrawal_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(p->withdrawal, 1, e->agent);
	db_bind_blob(p->withdrawal, 2, w->spool.data, w->spool.len);
	db_bind_int(p->withdrawal, 3, (int64_t)w->sequence);
	db_bind_int(p->withdrawal, 4, e->report);
	code = db_run(p->withdrawal, err);
	return code == ERR_OK ? project_take_out(p, e, err) : code;
}

/* ---- slices */

static enum err_code project_entry(struct project *p, const struct project_entry *e,
				   struct err *err)
{
	switch (e->entry->body_case) {
	case DISTRICT__ENTRY__BODY_REPORT:
		return project_report(p, e, err);
	case DISTRICT__ENTRY__BODY_EXTRACT_RETURN:
		return project_rows_return(p->rows, e->report, e->entry->extract_return, err);
	case DISTRICT__ENTRY__BODY_WITHDRAW:
		return project_withdraw(p, e, err);
	case DISTRICT__ENTRY__BODY_VOID: /* its ranges became rows of `void` at the door */
	case DISTRICT__ENTRY__BODY__NOT_SET:
	case _DISTRICT__ENTRY__BODY__CASE_IS_INT_SIZE:
		break;
	}
	return ERR_OK;
}

static const char project_progress_sql[] =
	"SELECT value, (SELECT coalesce(max(id), 0) FROM report) FROM meta WHERE key = 'projected'";

static enum err_code project_progress(struct project *p, int64_t *projected, int64_t *newest,
				      struct err *err)
{
	int row = 0;
	enum err_code code = db_prepare(p->store->db, &p->progress, project_progress_sql, err);

	if (code != ERR_OK)
		return code;
	code = db_step(p->progress, &row, err);
	if (code == ERR_OK && !row)
		code = err_set(err, ERR_DB, "meta.projected is gone: run `rebuild`");
	if (code == ERR_OK) {
		*projected = sqlite3_column_int64(p->progress, 0);
		*newest = sqlite3_column_int64(p->progress, 1);
	}
	(void)sqlite3_reset(p->progress);
	return code;
}

static const char project_mark_done_sql[] = "UPDATE meta SET value = $1 WHERE key = 'projected'";

static enum err_code project_mark_done(struct project *p, int64_t projected, struct err *err)
{
	enum err_code code = db_prepare(p->store->db, &p->mark_done, project_mark_done_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(p->mark_done, 1, projected);
	code = db_run(p->mark_done, err);
	return code == ERR_OK ? store_figures_changed(p->store->db, err) : code;
}

static const char project_next_sql[] =
	"SELECT r.id, r.spool, r.sequence, s.agent, s.generation, r.payload "
	"FROM report r JOIN spool s ON s.id = r.spool WHERE r.id > $1 ORDER BY r.id LIMIT $2";

/* The row under the cursor p->next. */
static enum err_code project_row(struct project *p, int64_t *projected, struct err *err)
{
	struct project_entry e = { .report = sqlite3_column_int64(p->next, 0),
				   .spool = sqlite3_column_int64(p->next, 1),
				   .sequence = sqlite3_column_int64(p->next, 2),
				   .agent = sqlite3_column_int64(p->next, 3),
				   .generation = sqlite3_column_int64(p->next, 4) };
	const uint8_t *payload = sqlite3_column_blob(p->next, 5);
	size_t len = (size_t)sqlite3_column_bytes(p->next, 5);
	enum err_code code = frame_decode_entry(&p->frame, payload, len, err);

	*projected = e.report;
	if (code == ERR_NOMEM)
		return code;
	if (code != ERR_OK) {
		p->n_skipped++;
		(void)err_set(&p->skipped, code, "report %lld: %s", (long long)e.report,
			      err == NULL ? "cannot be decoded" : err->text);
		return ERR_OK;
	}
	e.entry = p->frame.entry;
	return project_entry(p, &e, err);
}

static enum err_code project_work(struct project *p, int max_reports, int64_t *projected,
				  int *n_done, struct err *err)
{
	int row = 0;
	enum err_code code = db_prepare(p->store->db, &p->next, project_next_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(p->next, 1, *projected);
	db_bind_int(p->next, 2, max_reports);
	while ((code = db_step(p->next, &row, err)) == ERR_OK && row) {
		code = project_row(p, projected, err);
		if (code != ERR_OK)
			break;
		(*n_done)++;
	}
	(void)sqlite3_reset(p->next);
	return code == ERR_OK && *n_done > 0 ? project_mark_done(p, *projected, err) : code;
}

enum err_code project_slice(struct project *p, int max_reports, int *n_done, int64_t *lag,
			    struct err *err)
{
	int64_t projected = 0;
	int64_t newest = 0;
	enum err_code code = project_progress(p, &projected, &newest, err);

	*n_done = 0;
	*lag = newest - projected;
	if (code != ERR_OK || *lag <= 0)
		return code;
	code = store_begin(p->store, err);
	if (code != ERR_OK)
		return code;
	code = project_work(p, max_reports, &projected, n_done, err);
	if (code == ERR_OK)
		code = store_commit(p->store, err);
	if (code == ERR_OK) {
		*lag = newest - projected;
		return ERR_OK;
	}
	store_rollback(p->store);
	project_rows_forget(p->rows);
	current_forget(p->current);
	*n_done = 0;
	err_wrap(err, "projection");
	return code;
}
