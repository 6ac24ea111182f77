#ifndef PROTO_DB_H
#define PROTO_DB_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

/* SQLite with one set of manners: WAL, synchronous=FULL, foreign keys on, busy_timeout, WAL files
 * kept for readers under other uids, extended result codes, schema by numbered migrations. */

enum db_mode {
	DB_READ,  /* read-only, query_only; fails when the file is not there */
	DB_WRITE, /* the one writer; creates the file (0640) and its WAL */
};

/* schema[i] upgrades PRAGMA user_version from i to i+1, each in its own transaction. A newer file
 * is refused with ERR_VERSION; a reader that finds an older one too. */
enum err_code db_open(const char *path, enum db_mode mode, const char *const *schema, int n_schema,
		      sqlite3 **out, struct err *err);
void db_close(sqlite3 **db); /* NULL-safe; leaves NULL */

/* Prepares once per call site: *stmt NULL → prepared (persistent), else reset and cleared.
 * Parameters $1, $2 … must first be used in that order (ERR_DB). */
enum err_code db_prepare(sqlite3 *db, sqlite3_stmt **stmt, const char *sql, struct err *err);
void db_finalize(sqlite3_stmt **stmt);

/* Runs SQL without parameters or rows: pragmas, BEGIN IMMEDIATE, COMMIT, ROLLBACK. */
enum err_code db_exec(sqlite3 *db, const char *sql, struct err *err);

/* Steps once. *row = 1 for a row, 0 for done. Otherwise ERR_BUSY, ERR_FULL (disk) or ERR_DB with
 * sqlite3_errmsg in the text. */
enum err_code db_step(sqlite3_stmt *stmt, int *row, struct err *err);

/* Steps a statement that returns no row and resets it. */
enum err_code db_run(sqlite3_stmt *stmt, struct err *err);

/* Bind by position from 1; text and blobs are borrowed until the statement is reset. */
void db_bind_int(sqlite3_stmt *stmt, int at, int64_t value);
void db_bind_text(sqlite3_stmt *stmt, int at, const char *text); /* NULL binds NULL */
void db_bind_blob(sqlite3_stmt *stmt, int at, const void *bytes, size_t len);
void db_bind_null(sqlite3_stmt *stmt, int at);

/* Text of a column, never NULL ("" for NULL); borrowed until the next step. */
const char *db_text(sqlite3_stmt *stmt, int column);

#endif
