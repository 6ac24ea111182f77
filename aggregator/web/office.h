#ifndef AGGREGATOR_WEB_OFFICE_H
#define AGGREGATOR_WEB_OFFICE_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/web/viewer.h"
#include "proto/db.h"

/* The office database (state/office/office.db): accounts, sign-ins, notes, targets, sign-offs.
 * `web` is its one writer (and the `accounts` commands while it runs: short transactions). Schema
 * in sql/office_001.sql. Every change is in the audit log, in the same transaction. */

struct office {
	sqlite3 *db;
	uint8_t rounding_key[16]; /* protect.h; made once, kept in the database */
	/* prepared statements of each file, finalised by office_close */
	sqlite3_stmt *statements[96];
};

/* Makes the folder and the database when they are not there. */
enum err_code office_open(const char *path, struct office **out, struct err *err);
void office_close(struct office **office);

enum err_code office_begin(struct office *o, struct err *err); /* BEGIN IMMEDIATE */
enum err_code office_commit(struct office *o, struct err *err);
void office_rollback(struct office *o);

/* Who did what to what: appended inside the caller's transaction. action: "sign-in",
 * "signal acknowledged", … ; about: what it was done to; detail: old and new in words. who NULL:
 * the program itself. Rows chain by SHA-256, so a removed one shows (office_audit_verify). */
enum err_code office_audit(struct office *o, const struct viewer *who, const char *peer,
			   const char *action, const char *about, const char *detail,
			   struct err *err);

#endif
