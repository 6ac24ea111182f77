/* The dirty-bucket worker: (ancestor, period) pairs in, sums over the reporting areas below out.
 * After each commit of the projection, never inside it. A bucket is made anew from the projection,
 * so nothing can be added twice; one whose area the area file no longer has is emptied. */

#include "aggregator/rollup.h"

#include <stdlib.h>
#include <string.h>

struct rollup_bucket {
	char area[65];
	int64_t period;
};

struct rollup_work {
	struct store *store;
	sqlite3 *db;
	const struct area_tree *areas;
	int *reporting;
	struct rollup_bucket *buckets;
	int n_buckets;
	sqlite3_stmt *clear, *add, *done;
};

static const char sql_pick[] = "SELECT area, period FROM dirty ORDER BY area, period LIMIT ?1";

static enum err_code rollup_pick(struct rollup_work *w, int max, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = db_prepare(w->db, &stmt, sql_pick, err);
	int row = 1;

	if (code == ERR_OK)
		db_bind_int(stmt, 1, max);
	while (code == ERR_OK && row) {
		code = db_step(stmt, &row, err);
		if (code == ERR_OK && row) {
			struct rollup_bucket *b = &w->buckets[w->n_buckets++];

			(void)snprintf(b->area, sizeof b->area, "%s", db_text(stmt, 0));
			b->period = sqlite3_column_int64(stmt, 1);
		}
	}
	db_finalize(&stmt);
	return code;
}

static const char sql_clear[] = "DELETE FROM rollup WHERE area = ?1 AND period = ?2";
static const char sql_done[] = "DELETE FROM dirty WHERE area = ?1 AND period = ?2";

/* Adds the figures that count of one reporting area (?3) to a bucket. A report may be the current
 * one for some of its measures only, hence the second look at current. Sums stop at the ends of 64
 * bits: SQLite would go over to floating point, which a STRICT table refuses for ever. */
static const char sql_add[] =
	"INSERT INTO rollup (area, period, series, numerator, denominator, n_areas, n_provisional) "
	"SELECT ?1, ?2, o.series, o.numerator, o.denominator, 1, c.provisional "
	"FROM (SELECT DISTINCT f.report AS report"
	"      FROM (SELECT DISTINCT measure FROM carried WHERE area = ?3 AND period = ?2) carrying"
	"      CROSS JOIN current f"
	"      WHERE f.measure = carrying.measure AND f.period = ?2 AND f.area = ?3) reports "
	"CROSS JOIN observation o CROSS JOIN series s CROSS JOIN series t CROSS JOIN current c "
	"WHERE o.report = reports.report AND s.id = o.series AND t.measure = s.measure"
	" AND t.dimension = '' AND t.category = ''"
	" AND c.measure = t.id AND c.period = ?2 AND c.area = ?3 AND c.report = o.report "
	"ON CONFLICT (area, period, series) DO UPDATE SET"
	" numerator = max(-9223372036854775807, min(9223372036854775807,"
	"  rollup.numerator + excluded.numerator)),"
	" denominator = max(-9223372036854775807, min(9223372036854775807,"
	"  rollup.denominator + excluded.denominator)),"
	" n_areas = rollup.n_areas + 1,"
	" n_provisional = rollup.n_provisional + excluded.n_provisional";

static enum err_code rollup_run_for(struct rollup_work *w, sqlite3_stmt **stmt, const char *sql,
				    const struct rollup_bucket *b, const char *from,
				    struct err *err)
{
	enum err_code code = db_prepare(w->db, stmt, sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(*stmt, 1, b->area);
	db_bind_int(*stmt, 2, b->period);
	if (from != NULL)
		db_bind_text(*stmt, 3, from);
	return db_run(*stmt, err);
}

static enum err_code rollup_bucket_make(struct rollup_work *w, const struct rollup_bucket *b,
					struct err *err)
{
	struct period p = period_from_key(b->period);
	int area = area_find(w->areas, b->area);
	int n = 0;
	enum err_code code = rollup_run_for(w, &w->clear, sql_clear, b, NULL, err);

	if (area >= 0 && period_valid(p))
		n = area_reporting(w->areas, area, p.start, period_end(p), w->reporting);
	for (int i = 0; i < n && code == ERR_OK; i++)
		code = rollup_run_for(w, &w->add, sql_add, b, w->areas->areas[w->reporting[i]].code,
				      err);
	if (code == ERR_OK)
		code = rollup_run_for(w, &w->done, sql_done, b, NULL, err);
	if (code != ERR_OK)
		err_wrap(err, "roll up %s", b->area);
	return code;
}

static enum err_code rollup_slice(struct rollup_work *w, int max, struct err *err)
{
	enum err_code code = store_begin(w->store, err);

	if (code != ERR_OK)
		return code;
	code = rollup_pick(w, max, err);
	for (int i = 0; i < w->n_buckets && code == ERR_OK; i++)
		code = rollup_bucket_make(w, &w->buckets[i], err);
	/* reset before the end: a statement under way would keep the transaction */
	db_finalize(&w->clear);
	db_finalize(&w->add);
	db_finalize(&w->done);
	if (code == ERR_OK)
		code = store_figures_changed(w->db, err);
	if (code == ERR_OK)
		code = db_exec(w->db, "COMMIT", err);
	if (code != ERR_OK)
		(void)db_exec(w->db, "ROLLBACK", NULL);
	return code;
}

static const char sql_left[] = "SELECT count(*) FROM dirty";

static enum err_code rollup_left(sqlite3 *db, int64_t *n_left, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(db, &stmt, sql_left, err);

	if (code == ERR_OK)
		code = db_step(stmt, &row, err);
	*n_left = code == ERR_OK && row ? sqlite3_column_int64(stmt, 0) : 0;
	db_finalize(&stmt);
	return code;
}

enum err_code rollup_work(struct store *store, const struct area_tree *areas, int max_buckets,
			  int *n_done, int64_t *n_left, struct err *err)
{
	struct rollup_work w = { .store = store, .db = store->db, .areas = areas };
	enum err_code code;

	*n_done = 0;
	code = rollup_left(store->db, n_left, err);
	if (code != ERR_OK || *n_left == 0 || max_buckets <= 0)
		return code;
	w.reporting = calloc((size_t)areas->n_areas, sizeof *w.reporting);
	w.buckets = calloc((size_t)max_buckets, sizeof *w.buckets);
	if (w.reporting == NULL || w.buckets == NULL)
		code = err_set(err, ERR_NOMEM, "roll up: out of memory");
	else
		code = rollup_slice(&w, max_buckets, err);
	if (code == ERR_OK) {
		*n_done = w.n_buckets;
		*n_left -= w.n_buckets;
	}
	free(w.reporting);
	free(w.buckets);
	return code;
}
