#ifndef AGENT_SPOOL_PRIVATE_H
#define AGENT_SPOOL_PRIVATE_H

#include "agent/spool.h"

/* What agent/spool*.c share: prepared statements by name, each with its text above the one function
 * that binds it. */

enum spool_statement {
	SPOOL_LOAD,
	SPOOL_START,
	SPOOL_USED,
	SPOOL_INSERT,
	SPOOL_TARGET,
	SPOOL_ENVELOPE,
	SPOOL_NEXT,
	SPOOL_WAITING,
	SPOOL_CONTENT_FIND,
	SPOOL_CONTENT_SET,
	SPOOL_CONTENT_CONFIRM,
	SPOOL_CONTENT_FORGET,
	SPOOL_WITHDRAWN,
	SPOOL_EXTRACT_FIND,
	SPOOL_EXTRACT_SET,
	SPOOL_BYTES,
	SPOOL_SUPERSEDED,
	SPOOL_NEWER,
	SPOOL_VOID_ONE,
	SPOOL_VOID_VOIDS,
	SPOOL_VOIDED,
	SPOOL_RETIRE,
	SPOOL_RENUMBER,
	SPOOL_MOVED,
	SPOOL_FORGET_ALL,
	SPOOL_PRUNE,
	SPOOL_STATEMENTS, /* how many */
};

struct spool_statements {
	sqlite3_stmt *of[SPOOL_STATEMENTS];
	int in_transaction;
	uint8_t id_before[FRAME_SPOOL_BYTES]; /* what a rollback goes back to */
	int64_t last_sequence_before;
};

/* Prepares or resets one of the spool's statements; *stmt is borrowed. */
enum err_code spool_prepare(struct spool *s, enum spool_statement which, const char *sql,
			    sqlite3_stmt **stmt, struct err *err);

/* As spool_append, with the time at which the entry was first made. */
enum err_code spool_append_sealed(struct spool *s, District__Entry *entry, int64_t sealed_us,
				  int64_t *sequence, struct err *err);

/* Makes a new spool the one in use; inside a transaction. */
enum err_code spool_start(struct spool *s, const char *reason, struct err *err);

/* Decodes a kept entry into *f (cleared by the caller). ERR_MISSING when its bytes are gone. */
enum err_code spool_decode(struct spool *s, const uint8_t *spool_id, int64_t sequence,
			   struct frame *f, struct err *err);

#endif
