#include "aggregator/rebuild.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aggregator/project.h"
#include "aggregator/rollup.h"
#include "proto/limits.h"

#define REBUILD_SLICE 512
#define REBUILD_BUCKETS 64
#define REBUILD_CATCH_UP 100 /* rounds, while ingest goes on projecting */

/* ---- compare */

/* Rows of both databases in the order of the primary key, so that one pass compares them. Roll-ups
 * that the store itself marks as out of date are left out on both sides, and times are not
 * compared: a rebuild happens later. */
struct rebuild_pair {
	const char *name;
	int n_key; /* leading columns that make the key */
	const char *stored, *rebuilt;
};

#define PAIR(table, columns, n_key, order)                                              \
	{                                                                               \
		table, n_key, "SELECT " columns " FROM real." table " ORDER BY " order, \
			"SELECT " columns " FROM main." table " ORDER BY " order        \
	}
#define ROLLUP(schema)                                                                             \
	"SELECT area, period, series, numerator, denominator, n_areas, n_provisional FROM " schema \
	".rollup r WHERE NOT EXISTS (SELECT 1 FROM real.dirty d WHERE d.area = r.area "            \
	"AND d.period = r.period) ORDER BY area, period, series"

static const struct rebuild_pair rebuild_pairs[REBUILD_TABLES] = {
	PAIR("header",
	     "report, area, dataset, period, as_at, provisional, sealed_us, rows_read, "
	     "rows_rejected, measures_digest, extract_digest, withdrawn",
	     1, "report"),
	PAIR("return",
	     "report, area, dataset, as_at, accepted, n_lists, n_nil, n_absent, rows_read, "
	     "rows_rejected, reasons",
	     1, "report"),
	PAIR("withdrawal", "agent, spool, sequence, report", 3, "agent, spool, sequence"),
	PAIR("series", "id, measure, dimension, category", 1, "id"),
	PAIR("observation", "report, series, numerator, denominator", 2, "report, series"),
	PAIR("carried", "area, period, measure, report, provisional", 4,
	     "area, period, measure, report"),
	PAIR("current", "measure, period, area, report, provisional, n_reports", 3,
	     "measure, period, area"),
	{ "rollup", 3, ROLLUP("real"), ROLLUP("main") },
};

static int rebuild_compare_value(sqlite3_stmt *a, sqlite3_stmt *b, int column)
{
	int type = sqlite3_column_type(a, column);
	int len_a;
	int len_b;
	int order;

	if (type != sqlite3_column_type(b, column))
		return type - sqlite3_column_type(b, column);
	if (type == SQLITE_NULL)
		return 0;
	if (type == SQLITE_INTEGER) {
		int64_t x = sqlite3_column_int64(a, column);
		int64_t y = sqlite3_column_int64(b, column);

		return (x > y) - (x < y);
	}
	len_a = sqlite3_column_bytes(a, column);
	len_b = sqlite3_column_bytes(b, column);
	if (len_a == 0 || len_b == 0) /* SQLite gives NULL for no bytes */
		return len_a - len_b;
	order = memcmp(sqlite3_column_blob(a, column), sqlite3_column_blob(b, column),
		       (size_t)(len_a < len_b ? len_a : len_b));
	return order != 0 ? order : len_a - len_b;
}

static void rebuild_describe(sqlite3_stmt *row, int n_key, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (int i = 0; i < n_key && len + 1 < size; i++) {
		const char *name = sqlite3_column_name(row, i);
		int n = sqlite3_column_type(row, i) == SQLITE_BLOB
				? snprintf(out + len, size - len, "%s%s …", i == 0 ? "" : ", ",
					   name)
				: snprintf(out + len, size - len, "%s%s %s", i == 0 ? "" : ", ",
					   name, db_text(row, i));

		len += n < 0 ? 0 : (size_t)n;
	}
}

static void rebuild_note(struct rebuild_table *t, sqlite3_stmt *row, int n_key, const char *what,
			 const char *column)
{
	char key[400];

	t->differs = 1;
	if (t->first[0] != '\0')
		return;
	rebuild_describe(row, n_key, key, sizeof key);
	(void)snprintf(t->first, sizeof t->first, "%s: %s%s", key, what, column);
}

static enum err_code rebuild_step(sqlite3_stmt *stmt, int *row, int64_t *n, struct err *err)
{
	enum err_code code = db_step(stmt, row, err);

	*n += *row;
	return code;
}

static enum err_code rebuild_merge(sqlite3_stmt *a, sqlite3_stmt *b,
				   const struct rebuild_pair *pair, struct rebuild_table *t,
				   struct err *err)
{
	int row_a = 0;
	int row_b = 0;
	enum err_code code = rebuild_step(a, &row_a, &t->n_stored, err);

	if (code == ERR_OK)
		code = rebuild_step(b, &row_b, &t->n_rebuilt, err);
	while (code == ERR_OK && (row_a || row_b)) {
		int order = row_a && row_b ? 0 : row_a ? -1 : 1;

		for (int i = 0; row_a && row_b && i < pair->n_key && order == 0; i++)
			order = rebuild_compare_value(a, b, i);
		if (order < 0)
			rebuild_note(t, a, pair->n_key, "is only in the store", "");
		else if (order > 0)
			rebuild_note(t, b, pair->n_key, "is only in the rebuilt table", "");
		for (int i = pair->n_key; order == 0 && i < sqlite3_column_count(a); i++)
			if (rebuild_compare_value(a, b, i) != 0)
				rebuild_note(t, a, pair->n_key, "differs in ",
					     sqlite3_column_name(a, i));
		if (order <= 0)
			code = rebuild_step(a, &row_a, &t->n_stored, err);
		if (code == ERR_OK && order >= 0)
			code = rebuild_step(b, &row_b, &t->n_rebuilt, err);
	}
	return code;
}

static enum err_code rebuild_compare_table(sqlite3 *db, const struct rebuild_pair *pair,
					   struct rebuild_table *t, struct err *err)
{
	sqlite3_stmt *a = NULL;
	sqlite3_stmt *b = NULL;
	enum err_code code = db_prepare(db, &a, pair->stored, err);

	t->name = pair->name;
	if (code == ERR_OK)
		code = db_prepare(db, &b, pair->rebuilt, err);
	if (code == ERR_OK)
		code = rebuild_merge(a, b, pair, t, err);
	db_finalize(&a);
	db_finalize(&b);
	if (code != ERR_OK)
		err_wrap(err, "compare %s", pair->name);
	return code;
}

/* ---- project anew */

static enum err_code rebuild_int(sqlite3 *db, const char *sql, int64_t *value, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(db, &stmt, sql, err);

	if (code == ERR_OK)
		code = db_step(stmt, &row, err);
	*value = code == ERR_OK && row ? sqlite3_column_int64(stmt, 0) : 0;
	db_finalize(&stmt);
	return code;
}

static enum err_code rebuild_roll_up(struct store *store, const struct area_tree *areas,
				     struct err *err)
{
	int64_t left = 1;
	int n_done = 0;
	enum err_code code = ERR_OK;

	while (code == ERR_OK && left > 0)
		code = rollup_work(store, areas, REBUILD_BUCKETS, &n_done, &left, err);
	return code;
}

/* Projects until `upto` (−1: all there is). */
static enum err_code rebuild_project(struct project *p, struct store *store, int64_t upto,
				     void (*on_progress)(int64_t left), struct err *err)
{
	int64_t lag = 1;
	int n_done = 1;
	enum err_code code = ERR_OK;

	while (code == ERR_OK && lag > 0) {
		int64_t done = 0;
		int most = REBUILD_SLICE;

		if (upto >= 0) {
			code = rebuild_int(store->db,
					   "SELECT value FROM main.meta WHERE key = 'projected'",
					   &done, err);
			if (code != ERR_OK || done >= upto)
				break;
			if (upto - done < most)
				most = (int)(upto - done);
		}
		code = project_slice(p, most, &n_done, &lag, err);
		if (code == ERR_OK && on_progress != NULL)
			on_progress(lag);
	}
	return code;
}

/* ---- beside the store */

/* A database with the store's schema but without its record: those names then mean the tables of
 * the store, attached under the name `real`. */
static const char rebuild_forget_sql[] =
	"DROP TABLE health; DROP TABLE agent_area; DROP TABLE report; DROP TABLE spool; "
	"DROP TABLE agent; DROP TABLE void; DROP TABLE refusal; DROP TABLE answered; "
	"DROP TABLE measure_owner; DROP TABLE counter; PRAGMA synchronous = OFF";

/* file:<path>?mode=ro. Only a read-only database is left out of BEGIN IMMEDIATE, which would
 * otherwise keep ingest from writing. */
static void rebuild_uri(const char *path, char *out, size_t size)
{
	size_t len = (size_t)snprintf(out, size, "file:");

	for (const char *c = path; *c != '\0' && len + 16 < size; c++)
		len += (size_t)snprintf(out + len, size - len,
					strchr("?#%", *c) == NULL ? "%c" : "%%%02x",
					(unsigned char)*c);
	(void)snprintf(out + len, size - len, "?mode=ro");
}

static enum err_code rebuild_attach(sqlite3 *db, const char *store_path, struct err *err)
{
	char uri[4200];
	sqlite3_stmt *stmt = NULL;
	enum err_code code = db_exec(db, rebuild_forget_sql, err);

	rebuild_uri(store_path, uri, sizeof uri);
	if (code == ERR_OK)
		code = db_prepare(db, &stmt, "ATTACH DATABASE $1 AS real", err);
	if (code == ERR_OK) {
		db_bind_text(stmt, 1, uri);
		code = db_run(stmt, err);
	}
	db_finalize(&stmt);
	return code;
}

/* Makes the temporary database with the schema of a store, and opens it so that a URI may be
 * attached. */
static enum err_code rebuild_open(const char *path, const char *store_path, struct store *work,
				  struct err *err)
{
	struct store *made = NULL;
	enum err_code code = store_open(path, DB_WRITE, &made, err);

	store_close(&made);
	if (code != ERR_OK)
		return code;
	if (sqlite3_open_v2(path, &work->db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE,
			    NULL) != SQLITE_OK)
		return err_set(err, ERR_DB, "open %s: %s", path, sqlite3_errmsg(work->db));
	(void)sqlite3_busy_timeout(work->db, LIMIT_DB_BUSY_MS);
	return rebuild_attach(work->db, store_path, err);
}

static enum err_code rebuild_compare(struct store *work, struct rebuild_result *out,
				     struct err *err)
{
	enum err_code code =
		rebuild_int(work->db, "SELECT count(*) FROM real.dirty", &out->n_dirty, err);

	for (int i = 0; i < REBUILD_TABLES && code == ERR_OK; i++) {
		code = rebuild_compare_table(work->db, &rebuild_pairs[i], &out->tables[i], err);
		out->differs |= out->tables[i].differs;
	}
	return code;
}

static const char rebuild_projected_sql[] = "SELECT value FROM real.meta WHERE key = 'projected'";

/* Catches up with the store, and compares inside one read transaction in which both stand at the
 * same report. */
static enum err_code rebuild_meet(struct store *work, struct project *p,
				  const struct area_tree *areas, struct rebuild_result *out,
				  struct err *err)
{
	enum err_code code = ERR_OK;

	for (int round = 0; round < REBUILD_CATCH_UP && code == ERR_OK; round++) {
		int64_t upto = 0;
		int64_t now = 0;

		code = rebuild_int(work->db, rebuild_projected_sql, &upto, err);
		if (code == ERR_OK)
			code = rebuild_project(p, work, upto, NULL, err);
		if (code == ERR_OK)
			code = rebuild_roll_up(work, areas, err);
		if (code == ERR_OK)
			code = db_exec(work->db, "BEGIN", err);
		if (code != ERR_OK)
			return code;
		code = rebuild_int(work->db, rebuild_projected_sql, &now, err);
		if (code == ERR_OK && now == upto) {
			out->n_reports = upto;
			code = rebuild_compare(work, out, err);
			(void)db_exec(work->db, "ROLLBACK", NULL);
			return code;
		}
		(void)db_exec(work->db, "ROLLBACK", NULL);
	}
	return code != ERR_OK ? code
			      : err_set(err, ERR_BUSY,
					"the store is projected faster than it can be compared: "
					"try again later");
}

static void rebuild_remove(const char *path)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char full[4200];

	for (int i = 0; i < 3; i++) {
		(void)snprintf(full, sizeof full, "%s%s", path, suffixes[i]);
		(void)unlink(full);
	}
}

enum err_code rebuild_check(const char *store_path, const struct area_tree *areas,
			    struct rebuild_result *out, struct err *err)
{
	char path[4096];
	struct store work = { .turn_fd = -1 };
	struct project *p = NULL;
	enum err_code code;

	memset(out, 0, sizeof *out);
	if (access(store_path, R_OK) != 0)
		return err_set(err, ERR_MISSING, "%s cannot be read", store_path);
	(void)snprintf(path, sizeof path, "%s.rebuild-%d", store_path, (int)getpid());
	rebuild_remove(path);
	code = rebuild_open(path, store_path, &work, err);
	if (code == ERR_OK)
		code = project_new(&work, areas, &p, err);
	if (code == ERR_OK)
		code = rebuild_meet(&work, p, areas, out, err);
	project_free(&p);
	db_close(&work.db);
	rebuild_remove(path);
	return code;
}

/* ---- in place */

static const char rebuild_empty_sql[] =
	"DELETE FROM header; DELETE FROM return; DELETE FROM withdrawal; DELETE FROM observation; "
	"DELETE FROM series; DELETE FROM carried; DELETE FROM current; DELETE FROM rollup; "
	"DELETE FROM dirty; UPDATE meta SET value = 0 WHERE key = 'projected'";

enum err_code rebuild_in_place(struct store *store, const struct area_tree *areas,
			       void (*on_progress)(int64_t left), int64_t *n_reports,
			       struct err *err)
{
	struct project *p = NULL;
	enum err_code code = store_begin(store, err);

	if (code != ERR_OK)
		return code;
	code = db_exec(store->db, rebuild_empty_sql, err);
	if (code == ERR_OK)
		code = store_figures_changed(store->db, err);
	if (code == ERR_OK)
		code = store_commit(store, err);
	if (code != ERR_OK) {
		store_rollback(store);
		return code;
	}
	code = project_new(store, areas, &p, err);
	if (code == ERR_OK)
		code = rebuild_project(p, store, -1, on_progress, err);
	if (code == ERR_OK)
		code = rebuild_roll_up(store, areas, err);
	if (code == ERR_OK)
		code = rebuild_int(store->db, "SELECT value FROM meta WHERE key = 'projected'",
				   n_reports, err);
	project_free(&p);
	return code;
}
