#include "agent/measure_guard.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "proto/db.h"

/* SQLite's functions that depend on their arguments alone, and ours. */
static const char *const allowed_functions[] = {
	"abs",        "age_band",    "avg",          "bank_holiday", "coalesce",     "count",
	"dense_rank", "first_value", "ifnull",       "iif",          "instr",        "lag",
	"last_value", "lead",        "length",       "like",         "lower",        "ltrim",
	"max",        "min",         "months_after", "nth_value",    "nullif",       "rank",
	"round",      "row_number",  "rtrim",        "sign",         "substr",       "substring",
	"sum",        "total",       "trim",         "upper",        "working_days",
};

static bool guard_function_allowed(const char *name)
{
	for (size_t i = 0; i < sizeof allowed_functions / sizeof allowed_functions[0]; i++)
		if (sqlite3_stricmp(allowed_functions[i], name) == 0)
			return true;
	return false;
}

/* `at` lies in the temporary schema, the staging tables in main. A name without a schema is what
 * SQLite passes for a table of which no column is used. */
static bool guard_table_allowed(const struct measure_guard *g, const char *table,
				const char *schema)
{
	if (sqlite3_stricmp(table, "at") == 0)
		return schema == NULL || strcmp(schema, "temp") == 0;
	for (int i = 0; i < g->n_tables; i++)
		if (sqlite3_stricmp(g->tables[i], table) == 0)
			return schema == NULL || strcmp(schema, "main") == 0;
	return false;
}

static const char *guard_word(int action)
{
	switch (action) {
	case SQLITE_INSERT:
	case SQLITE_UPDATE:
	case SQLITE_DELETE:
		return "writes to";
	case SQLITE_ATTACH:
	case SQLITE_DETACH:
		return "attaches or detaches";
	case SQLITE_PRAGMA:
		return "uses the pragma";
	case SQLITE_READ:
		return "reads";
	case SQLITE_FUNCTION:
		return "calls";
	case SQLITE_RECURSIVE:
		return "recurses, which may never end";
	default:
		return "does more than select";
	}
}

static int on_authorize(void *context, int action, const char *one, const char *other,
			const char *schema, const char *inside)
{
	struct measure_guard *g = context;
	const char *what = action == SQLITE_FUNCTION ? other : one;

	(void)inside;
	if (action == SQLITE_SELECT ||
	    (action == SQLITE_READ && guard_table_allowed(g, one, schema)) ||
	    (action == SQLITE_FUNCTION && guard_function_allowed(other)))
		return SQLITE_OK;
	if (g->refused[0] == '\0')
		(void)snprintf(g->refused, sizeof g->refused, "%s%s%.80s", guard_word(action),
			       what == NULL ? "" : " ", what == NULL ? "" : what);
	return SQLITE_DENY;
}

static const char tables_sql[] =
	"SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' "
	"ESCAPE '@' ORDER BY name";

enum err_code measure_guard_init(struct measure_guard *g, sqlite3 *db, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code rc = db_prepare(db, &stmt, tables_sql, err);
	int row = 0;

	memset(g, 0, sizeof *g);
	while (rc == ERR_OK && (rc = db_step(stmt, &row, err)) == ERR_OK && row) {
		if (g->n_tables == MEASURE_GUARD_TABLES_MAX) {
			rc = err_set(err, ERR_TOO_BIG, "more than %d staging tables",
				     MEASURE_GUARD_TABLES_MAX);
			break;
		}
		(void)snprintf(g->tables[g->n_tables++], sizeof g->tables[0], "%s",
			       db_text(stmt, 0));
	}
	db_finalize(&stmt);
	return rc;
}

enum err_code measure_guard_prepare(struct measure_guard *g, sqlite3 *db, const struct measure *m,
				    sqlite3_stmt **stmt, struct err *err)
{
	const char *tail = "";
	enum err_code code = ERR_OK;
	int rc;

	*stmt = NULL;
	g->refused[0] = '\0';
	(void)sqlite3_set_authorizer(db, on_authorize, g);
	rc = sqlite3_prepare_v3(db, m->select, -1, 0, stmt, &tail);
	if (rc == SQLITE_NOMEM)
		code = err_set(err, ERR_NOMEM, "%s.sql: out of memory", m->code);
	else if (g->refused[0] != '\0')
		code = err_set(
			err, ERR_CONFIG,
			"%s.sql: %s; a measure only reads the staging tables and at, and calls "
			"the functions that proto/measures/README.md allows",
			m->code, g->refused);
	else if (rc != SQLITE_OK)
		code = err_set(err, ERR_CONFIG, "%s.sql: %s", m->code, sqlite3_errmsg(db));
	else if (*stmt == NULL || tail[strspn(tail, " \t\n;")] != '\0')
		code = err_set(err, ERR_CONFIG, "%s.sql: more or less than one SELECT", m->code);
	else if (!sqlite3_stmt_readonly(*stmt))
		code = err_set(err, ERR_CONFIG, "%s.sql: does more than select", m->code);
	if (code != ERR_OK) {
		(void)sqlite3_finalize(*stmt);
		*stmt = NULL;
		measure_guard_release(db);
	}
	return code;
}

void measure_guard_release(sqlite3 *db)
{
	(void)sqlite3_set_authorizer(db, NULL, NULL);
}
