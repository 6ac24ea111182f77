#ifndef AGENT_DELIVERY_PRIVATE_H
#define AGENT_DELIVERY_PRIVATE_H

#include "agent/delivery.h"

/* What agent/delivery*.c share: prepared statements by name, each with its text above the one
 * function that binds it. */

enum delivery_statement {
	DELIVERY_STARTED,
	DELIVERY_LINK,
	DELIVERY_PROGRESS,
	DELIVERY_STORE,
	DELIVERY_RECEIPT,
	DELIVERY_REFUSAL,
	DELIVERY_CONTACT,
	DELIVERY_STORED_AT,
	DELIVERY_RENEW,
	DELIVERY_PROCESS_GET,
	DELIVERY_LINK_GET,
	DELIVERY_STORE_GET,
	DELIVERY_REFUSALS_GET,
	DELIVERY_RECEIPTS_GET,
	DELIVERY_STATEMENTS, /* how many */
};

struct delivery {
	sqlite3 *db;
	sqlite3_stmt *of[DELIVERY_STATEMENTS];
};

/* Prepares or resets one of the statements; *stmt is borrowed. */
enum err_code delivery_prepare(struct delivery *d, enum delivery_statement which, const char *sql,
			       sqlite3_stmt **stmt, struct err *err);

/* Names this module in front of the message of a code that is an error; returns code. */
enum err_code delivery_ended(enum err_code code, struct err *err);

#endif
