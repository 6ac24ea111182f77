#ifndef AGGREGATOR_STORE_STATEMENTS_H
#define AGGREGATOR_STORE_STATEMENTS_H

#include "aggregator/store.h"

/* Shared by the files of the store and of the roll-up's questions only: one slot per prepared
 * statement. */

enum store_statement {
	STORE_SPOOL_FIND,
	STORE_SPOOL_COUNT,
	STORE_SPOOL_ADD,
	STORE_SPOOL_ADVANCE,
	STORE_APPEND,
	STORE_EXISTING,
	STORE_VOID,
	STORE_REFUSAL_COUNT,
	STORE_REFUSE,
	STORE_REFUSALS,
	STORE_ANSWERED_NEAR,
	STORE_ANSWERED_DROP,
	STORE_ANSWERED_ADD,
	STORE_ANSWERED,
	STORE_AGENT_NAME,
	STORE_AGENT_CURVE,
	STORE_AGENT_ID,
	STORE_AGENT_MAY,
	STORE_AGENT_ADD,
	STORE_AGENT_ADD_AREA,
	STORE_AGENT_MOVE,
	STORE_HEALTH,
	STORE_CONTACT,
	STORE_OWNER,
	STORE_OWNER_COUNT,
	STORE_OWNER_ADD,
	ROLLUP_TOTAL,
	ROLLUP_SERIES,
	ROLLUP_CURRENT,
	ROLLUP_CURRENT_AREA,
	ROLLUP_KNOWN_REPORT,
	ROLLUP_KNOWN_ROWS,
	ROLLUP_SUMS,
	STORE_STATEMENTS,
};

struct store_statements {
	sqlite3_stmt *s[STORE_STATEMENTS];
};

/* Prepares (or resets) the statement in the slot and gives it back. */
static inline enum err_code store_prepare(struct store *s, enum store_statement which,
					  const char *sql, sqlite3_stmt **stmt, struct err *err)
{
	enum err_code code = db_prepare(s->db, &s->statements->s[which], sql, err);

	*stmt = s->statements->s[which];
	return code;
}

/* Marks first … last as answered (aggregator/store_answers.c). */
enum err_code store_answer(struct store *s, int64_t spool, int64_t first, int64_t last,
			   struct err *err);

#endif
