/* The measure engine. In: a finished stage and the measures that its dataset gives. Out: figures.
 *
 * Each SELECT runs once, under the guard (measure_guard.c), and its rows are grouped for all
 * periods in one pass (measure_carry.c says which, measure_group.c adds up). Rows outside a carried
 * period and rows dated after the as-at fall away here; nothing else does. */
#include "agent/measure.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/measure_carry.h"
#include "agent/measure_group.h"
#include "agent/measure_guard.h"
#include "agent/measure_row.h"
#include "proto/db.h"

struct run {
	const struct stage *stage;
	const struct measure_set *set;
	struct measure_window window;
	struct measure_guard guard;
	sqlite3_stmt *at_clear, *at_add; /* fill the table at */
	sqlite3_stmt *list_state, *list_column, *table_column;
	struct figures *figures;
	size_t capacity; /* of figures->items */
};

/* ---- what the extract has */

static const char list_state_sql[] =
	"SELECT 1 FROM list WHERE name = ?1 AND state IN ('read', 'nil')";
static const char list_column_sql[] = "SELECT 1 FROM list_column WHERE list = ?1 AND name = ?2";
static const char table_column_sql[] =
	"SELECT 1 FROM pragma_table_info(?1) WHERE ?2 IS NULL OR name = ?2";

/* Whether the query finds a row. */
static enum err_code run_asks(struct run *r, sqlite3_stmt **stmt, const char *sql, const char *one,
			      const char *other, int *found, struct err *err)
{
	enum err_code rc = db_prepare(r->stage->db, stmt, sql, err);

	*found = 0;
	if (rc != ERR_OK)
		return rc;
	db_bind_text(*stmt, 1, one);
	if (sqlite3_bind_parameter_count(*stmt) > 1)
		db_bind_text(*stmt, 2, other);
	rc = db_step(*stmt, found, err);
	(void)sqlite3_reset(*stmt);
	return rc;
}

/* "staff.days_lost" → "staff" and "days_lost"; the column is NULL for a whole list. */
static const char *need_split(const char *need, char list[65])
{
	size_t n = strcspn(need, ".");

	memcpy(list, need, n);
	list[n] = '\0';
	return need[n] == '.' ? need + n + 1 : NULL;
}

static enum err_code run_needs_met(struct run *r, const struct measure *m, int *met,
				   struct err *err)
{
	enum err_code rc = ERR_OK;

	*met = 1;
	for (int i = 0; i < m->n_needs && *met && rc == ERR_OK; i++) {
		char list[65];
		const char *column = need_split(m->needs[i], list);

		rc = run_asks(r, &r->list_state, list_state_sql, list, NULL, met, err);
		if (rc == ERR_OK && *met && column != NULL)
			rc = run_asks(r, &r->list_column, list_column_sql, list, column, met, err);
	}
	return rc;
}

/* A need that no staging table can ever meet is a slip of the pen in the file. */
static enum err_code run_check_needs(struct run *r, const struct measure *m, struct err *err)
{
	for (int i = 0; i < m->n_needs; i++) {
		char list[65];
		const char *column = need_split(m->needs[i], list);
		int found = 0;
		enum err_code rc =
			run_asks(r, &r->table_column, table_column_sql, list, column, &found, err);

		if (rc != ERR_OK)
			return rc;
		if (!found)
			return err_set(err, ERR_CONFIG,
				       "%s.sql: needs: there is no %s %s; agent/stage.sql has them",
				       m->code, column == NULL ? "list" : "column", m->needs[i]);
	}
	return ERR_OK;
}

/* A breakdown needs its column in the first needed list, if that list has such a column. */
static enum err_code run_carries(struct run *r, const struct measure *m, const char *dimension,
				 uint8_t *carried, struct err *err)
{
	bool age = strcmp(dimension, "age_band") == 0;
	const char *column = age ? "birth_date" : dimension;
	char list[65];
	int has = 0, found = 0;
	enum err_code rc;

	*carried = 1;
	if (m->n_needs == 0)
		return ERR_OK;
	(void)need_split(m->needs[0], list);
	rc = run_asks(r, &r->table_column, table_column_sql, list, column, &has, err);
	if (rc != ERR_OK || !has)
		return rc;
	rc = run_asks(r, &r->list_column, list_column_sql, list, column, &found, err);
	if (rc == ERR_OK && age && !found)
		rc = run_asks(r, &r->list_column, list_column_sql, list, "age", &found, err);
	*carried = (uint8_t)found;
	return rc;
}

int measure_needs_met(const struct stage *s, const struct measure *m)
{
	struct run r = { .stage = s };
	int met = 0;
	enum err_code rc = run_needs_met(&r, m, &met, NULL);

	db_finalize(&r.list_state);
	db_finalize(&r.list_column);
	return rc == ERR_OK && met;
}

/* ---- one measure */

static enum err_code row_count(struct run *r, const struct measure *m, struct measure_group *g,
			       const struct measure_columns *c, sqlite3_stmt *stmt, struct err *err)
{
	int categories[MEASURE_DIMENSIONS_MAX] = { 0 };
	struct measure_row row;
	enum err_code rc = measure_row_read(m, c, g->slots, r->window.as_at, stmt, &row, err);

	if (rc != ERR_OK || (row.first >= row.last && row.month < 0))
		return rc;
	for (int d = 0; d < m->n_dimensions && rc == ERR_OK; d++) {
		int column = c->dimensions[d];
		int type = sqlite3_column_type(stmt, column);
		const char *text = type != SQLITE_TEXT
					   ? NULL
					   : (const char *)sqlite3_column_text(stmt, column);

		if (g->breakdowns[d].carried)
			rc = measure_group_category(g, d, text, type == SQLITE_INTEGER,
						    sqlite3_column_int64(stmt, column),
						    &categories[d], err);
	}
	for (int slot = row.first; slot < row.last && rc == ERR_OK; slot++)
		rc = measure_group_add(g, slot, categories, row.numerator, row.denominator, err);
	if (rc == ERR_OK && row.month >= 0)
		rc = measure_group_add(g, row.month, categories, row.numerator, row.denominator,
				       err);
	return rc;
}

static const char at_clear_sql[] = "DELETE FROM temp.at";
static const char at_add_sql[] = "INSERT OR IGNORE INTO temp.at (at_date) VALUES (?1)";

static enum err_code run_fill_at(struct run *r, const struct measure_slots *slots, struct err *err)
{
	enum err_code rc = db_prepare(r->stage->db, &r->at_clear, at_clear_sql, err);

	if (rc == ERR_OK)
		rc = db_run(r->at_clear, err);
	for (int i = 0; i < slots->n && rc == ERR_OK; i++) {
		rc = db_prepare(r->stage->db, &r->at_add, at_add_sql, err);
		if (rc != ERR_OK)
			break;
		db_bind_int(r->at_add, 1, slots->items[i].date);
		rc = db_run(r->at_add, err);
	}
	return rc;
}

static enum err_code run_select(struct run *r, const struct measure *m, struct measure_group *g,
				struct err *err)
{
	sqlite3 *db = r->stage->db;
	sqlite3_stmt *stmt = NULL;
	struct measure_columns columns;
	int step = SQLITE_DONE;
	enum err_code rc = measure_guard_prepare(&r->guard, db, m, &stmt, err);

	if (rc != ERR_OK)
		return rc;
	rc = measure_columns_bind(&columns, m, stmt, err);
	while (rc == ERR_OK && (step = sqlite3_step(stmt)) == SQLITE_ROW)
		rc = row_count(r, m, g, &columns, stmt, err);
	if (rc == ERR_OK && step == SQLITE_NOMEM)
		rc = err_set(err, ERR_NOMEM, "%s.sql: out of memory", m->code);
	else if (rc == ERR_OK && step != SQLITE_DONE)
		rc = err_set(err, ERR_CONFIG, "%s.sql: %s", m->code, sqlite3_errmsg(db));
	(void)sqlite3_finalize(stmt);
	measure_guard_release(db);
	return rc;
}

static enum err_code run_measure(struct run *r, int index, struct err *err)
{
	const struct measure *m = &r->set->measures[index];
	uint8_t carried[MEASURE_DIMENSIONS_MAX] = { 0 };
	struct measure_group group = { 0 };
	struct measure_slots slots;
	enum err_code rc = measure_slots_init(m, &r->window, &slots, err);

	for (int d = 0; d < m->n_dimensions && rc == ERR_OK; d++)
		rc = run_carries(r, m, m->dimensions[d], &carried[d], err);
	if (rc == ERR_OK)
		rc = measure_group_init(&group, m, &slots, carried, err);
	if (rc == ERR_OK && m->kind == MEASURE_STOCK)
		rc = run_fill_at(r, &slots, err);
	if (rc == ERR_OK)
		rc = run_select(r, m, &group, err);
	if (rc == ERR_OK)
		rc = figures_append(r->figures, &r->capacity, index, &group, err);
	measure_group_clear(&group);
	measure_slots_clear(&slots);
	return rc;
}

/* ---- the run */

static const char extract_sql[] = "SELECT as_at, window_start, month_start, month_end FROM extract";

static enum err_code run_window(struct run *r, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code rc = db_prepare(r->stage->db, &stmt, extract_sql, err);

	if (rc == ERR_OK)
		rc = db_step(stmt, &row, err);
	if (rc == ERR_OK && !row)
		rc = err_set(err, ERR_MISSING,
			     "the stage says nothing of its extract; finish it first");
	if (rc == ERR_OK) {
		r->window.as_at = sqlite3_column_int(stmt, 0);
		r->window.window_start = sqlite3_column_int(stmt, 1);
		r->window.month_start = sqlite3_column_int(stmt, 2);
		r->window.month_end = sqlite3_column_int(stmt, 3);
	}
	db_finalize(&stmt);
	return rc;
}

/* Sorting and the table `at` stay in memory: nothing of an extract is written to disk. */
static enum err_code run_begin(struct run *r, struct err *err)
{
	sqlite3 *db = r->stage->db;
	enum err_code rc = db_exec(db, "PRAGMA temp_store = MEMORY", err);

	if (rc == ERR_OK)
		rc = db_exec(db, "CREATE TEMP TABLE IF NOT EXISTS at (at_date INTEGER PRIMARY KEY)",
			     err);
	if (rc == ERR_OK)
		rc = measure_functions(db, err);
	if (rc == ERR_OK)
		rc = measure_guard_init(&r->guard, db, err);
	if (rc == ERR_OK)
		rc = run_window(r, err);
	return rc;
}

static void run_end(struct run *r)
{
	db_finalize(&r->at_clear);
	db_finalize(&r->at_add);
	db_finalize(&r->list_state);
	db_finalize(&r->list_column);
	db_finalize(&r->table_column);
}

enum err_code measure_run(const struct stage *s, const struct measure_set *set,
			  const uint8_t *owned, struct figures **out, struct err *err)
{
	struct run r = { .stage = s, .set = set };
	enum err_code rc;

	*out = NULL;
	r.figures = calloc(1, sizeof *r.figures);
	if (r.figures == NULL)
		return err_set(err, ERR_NOMEM, "figures: out of memory");
	rc = run_begin(&r, err);
	for (int i = 0; i < set->n_measures && rc == ERR_OK; i++) {
		int met = 0;

		rc = run_check_needs(&r, &set->measures[i], err);
		if (rc != ERR_OK || set->measures[i].select == NULL || (owned != NULL && !owned[i]))
			continue;
		rc = run_needs_met(&r, &set->measures[i], &met, err);
		if (rc == ERR_OK && met)
			rc = run_measure(&r, i, err);
	}
	run_end(&r);
	if (rc != ERR_OK) {
		measure_figures_free(&r.figures);
		err_wrap(err, "measures");
		return rc;
	}
	figures_sort(r.figures);
	*out = r.figures;
	return ERR_OK;
}
