#ifndef AGGREGATOR_WEB_OFFICE_H
#define AGGREGATOR_WEB_OFFICE_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/web/viewer.h"
#include "proto/db.h"

/* The office database (state/office/office.db): accounts, sign-ins, notes, targets, sign-offs.
 * `web` is its one writer (and the `accounts` commands while it runs: short transactions). Schema
 * in sql/office_NNN_*.sql, listed in office.c. Every change is in the audit log, in the same
 * transaction. */

#define OFFICE_STATEMENTS 192
#define OFFICE_KEY_BYTES 16
#define OFFICE_CHAIN_BYTES 32

struct office {
	sqlite3 *db;
	uint8_t rounding_key[OFFICE_KEY_BYTES]; /* protect.h; made once, kept in the database */
	/* prepared once each, finalised by office_close; found by the address of their text */
	struct {
		const char *sql;
		sqlite3_stmt *stmt;
	} statements[OFFICE_STATEMENTS];
};

/* Makes the folder (one level) and the database when they are not there. */
enum err_code office_open(const char *path, struct office **out, struct err *err);
void office_close(struct office **office); /* NULL-safe; leaves NULL */

/* The prepared statement of a string literal, reset and cleared. Borrowed; reset it when its rows
 * were read (an open one holds a read transaction). ERR_FULL above OFFICE_STATEMENTS. */
enum err_code office_prepare(struct office *o, const char *sql, sqlite3_stmt **stmt,
			     struct err *err);

enum err_code office_begin(struct office *o, struct err *err); /* BEGIN IMMEDIATE */
enum err_code office_commit(struct office *o, struct err *err);
void office_rollback(struct office *o); /* nothing when no transaction is open */
/* Commits when code is ERR_OK, rolls back otherwise and after a failed commit. Returns code, or
 * the commit's error. */
enum err_code office_end(struct office *o, enum err_code code, struct err *err);

/* Runs a statement that returns no row, as a transaction of its own that a power loss may undo: it
 * waits for no disk. For what every reader's page would otherwise wait for, and nobody misses. */
enum err_code office_run_lightly(struct office *o, sqlite3_stmt *stmt, struct err *err);

/* Who did what to what: appended inside the caller's transaction (ERR_DB outside of one). action:
 * "sign-in", "signal acknowledged", … ; about: what it was done to; detail: old and new in words.
 * who NULL: the program itself. Rows chain by SHA-256, so a removed one shows
 * (office_audit_verify). */
enum err_code office_audit(struct office *o, const struct viewer *who, const char *peer,
			   const char *action, const char *about, const char *detail,
			   struct err *err);

struct office_audit_row { /* borrowed until the next row */
	int64_t id, at_us;
	const char *who, *role, *peer, *action, *about, *detail;
};
struct office_audit_filter {
	const char *who, *action; /* exact; "" any */
	int64_t from_us, to_us;   /* to_us exclusive; INT64_MAX: open */
	int64_t before;           /* ids below; INT64_MAX: from the newest */
	int limit;
};
/* Newest first. on_row's error ends the list and is returned. */
enum err_code office_audit_list(struct office *o, const struct office_audit_filter *filter,
				enum err_code (*on_row)(const struct office_audit_row *row,
							void *context, struct err *err),
				void *context, struct err *err);
/* How many rows the filter lets through, `before` and `limit` left aside. */
enum err_code office_audit_count(struct office *o, const struct office_audit_filter *filter,
				 int64_t *n, struct err *err);
/* The words that `action` may have, in alphabetical order. */
enum err_code office_audit_actions(struct office *o,
				   enum err_code (*on_action)(const char *action, void *context,
							      struct err *err),
				   void *context, struct err *err);

/* Works the chain through. ERR_DENIED names the first row that does not fit. Otherwise *n_rows and
 * head (the last row's chain; zeros for none): kept elsewhere, they show whether a copy of the log
 * was exchanged as a whole. */
enum err_code office_audit_verify(struct office *o, int64_t *n_rows,
				  uint8_t head[OFFICE_CHAIN_BYTES], struct err *err);

#endif
