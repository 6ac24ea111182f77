#include "tests/bench/floor.h"

#include <sqlite3.h>
#include <stdio.h>

#define FLOOR_BATCH_BYTES (1024 * 1024)

static sqlite3 *floor_open(const struct floor_input *in, const char *name, const char *schema)
{
	char path[512];
	sqlite3 *db = NULL;

	(void)snprintf(path, sizeof path, "%s/%s.db", in->folder, name);
	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", NULL, NULL,
			 NULL) != SQLITE_OK ||
	    sqlite3_exec(db, schema, NULL, NULL, NULL) != SQLITE_OK)
		city_die(name, sqlite3_errmsg(db));
	return db;
}

static void floor_step(sqlite3 *db, sqlite3_stmt *stmt)
{
	if (sqlite3_step(stmt) != SQLITE_DONE)
		city_die("floor", sqlite3_errmsg(db));
	(void)sqlite3_reset(stmt);
}

double floor_bytes(const struct floor_input *in)
{
	sqlite3 *db = floor_open(in, "floor-bytes",
				 "CREATE TABLE r (id INTEGER PRIMARY KEY, payload BLOB NOT NULL)");
	sqlite3_stmt *stmt;
	size_t batch = 0;
	double start_s;

	(void)sqlite3_prepare_v2(db, "INSERT INTO r (payload) VALUES ($1)", -1, &stmt, NULL);
	start_s = city_seconds();
	(void)sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	for (int j = 0; j < in->n_each; j++)
		for (int i = 0; i < in->n_agents; i++) {
			const struct city_entry *e = &in->entries[i][j];

			(void)sqlite3_bind_blob(stmt, 1, e->payload, (int)e->payload_len,
						SQLITE_STATIC);
			floor_step(db, stmt);
			batch += e->payload_len;
			if (batch > FLOOR_BATCH_BYTES) {
				batch = 0;
				(void)sqlite3_exec(db, "COMMIT; BEGIN", NULL, NULL, NULL);
			}
		}
	(void)sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	start_s = city_seconds() - start_s;
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	return start_s;
}

double floor_rows(const struct floor_input *in)
{
	sqlite3 *db = floor_open(in, "floor-rows",
				 "CREATE TABLE o (report INTEGER, series INTEGER, numerator "
				 "INTEGER, denominator INTEGER, PRIMARY KEY (report, series)) "
				 "WITHOUT ROWID");
	sqlite3_stmt *stmt;
	int report = 0;
	double start_s;

	(void)sqlite3_prepare_v2(db, "INSERT INTO o VALUES ($1, $2, $3, $4)", -1, &stmt, NULL);
	start_s = city_seconds();
	(void)sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
	for (int j = 0; j < in->n_each; j++)
		for (int i = 0; i < in->n_agents; i++) {
			report++;
			for (int k = 0; k < in->entries[i][j].n_observations; k++) {
				(void)sqlite3_bind_int(stmt, 1, report);
				(void)sqlite3_bind_int(stmt, 2, k);
				(void)sqlite3_bind_int(stmt, 3, k & 63);
				(void)sqlite3_bind_int(stmt, 4, k & 127);
				floor_step(db, stmt);
			}
			if (report % 32 == 0)
				(void)sqlite3_exec(db, "COMMIT; BEGIN", NULL, NULL, NULL);
		}
	(void)sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	start_s = city_seconds() - start_s;
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	return start_s;
}
