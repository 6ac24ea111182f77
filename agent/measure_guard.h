#ifndef AGENT_MEASURE_GUARD_H
#define AGENT_MEASURE_GUARD_H

#include <sqlite3.h>

#include "proto/err.h"
#include "proto/measures.h"

/* What a measure's SELECT may do: read the staging tables and `at`, and call functions that always
 * give the same answer. Everything else is refused by SQLite's authorizer before it runs. */

#define MEASURE_GUARD_TABLES_MAX 32

struct measure_guard {
	char tables[MEASURE_GUARD_TABLES_MAX][65]; /* the staging tables, as they are in db */
	int n_tables;
	char refused[256]; /* what was refused, in words; empty when nothing */
};

/* Learns the names of the staging tables. */
enum err_code measure_guard_init(struct measure_guard *g, sqlite3 *db, struct err *err);

/* Prepares m's SELECT under the authorizer, which stays on until measure_guard_release. The error
 * (ERR_CONFIG) names the measure's file and what it must not do. *stmt is owned by the caller and
 * NULL on failure. */
enum err_code measure_guard_prepare(struct measure_guard *g, sqlite3 *db, const struct measure *m,
				    sqlite3_stmt **stmt, struct err *err);
void measure_guard_release(sqlite3 *db);

#endif
