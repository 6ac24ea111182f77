#include "aggregator/store.h"

#include "aggregator/store_statements.h"
#include "proto/limits.h"

/* Which numbers of a spool need no further sending. In: numbers that were stored, declared void or
 * refused. Out: disjoint ranges that never touch, so that "stored up to" is the end of the first
 * range when that starts at 1, and the ranges beyond are the others. */

static const char store_near_sql[] = "SELECT first, last FROM answered WHERE spool = $1 AND "
				     "first <= $2 ORDER BY first DESC";
static const char store_drop_sql[] =
	"DELETE FROM answered WHERE spool = $1 AND first BETWEEN $2 AND $3";
static const char store_add_sql[] = "INSERT INTO answered (spool, first, last) VALUES ($1, $2, $3) "
				    "ON CONFLICT (spool, first) DO UPDATE SET last = excluded.last";

/* Widens [*first, *last] over every range that it meets or touches; *lowest and *highest are the
 * least and greatest `first` of those (0: none). */
static enum err_code store_widen(struct store *s, int64_t spool, int64_t *first, int64_t *last,
				 int64_t *highest, struct err *err)
{
	sqlite3_stmt *stmt;
	int64_t from = *first;
	int row = 0;
	enum err_code code = store_prepare(s, STORE_ANSWERED_NEAR, store_near_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, spool);
	db_bind_int(stmt, 2, *last + 1);
	*highest = 0;
	while ((code = db_step(stmt, &row, err)) == ERR_OK && row) {
		int64_t begins = sqlite3_column_int64(stmt, 0);
		int64_t ends = sqlite3_column_int64(stmt, 1);

		if (ends < from - 1)
			break;
		if (*highest == 0)
			*highest = begins;
		if (begins < *first)
			*first = begins;
		if (ends > *last)
			*last = ends;
	}
	(void)sqlite3_reset(stmt);
	return code;
}

enum err_code store_answer(struct store *s, int64_t spool, int64_t first, int64_t last,
			   struct err *err)
{
	sqlite3_stmt *stmt;
	int64_t highest = 0;
	enum err_code code = store_widen(s, spool, &first, &last, &highest, err);

	/* The usual number follows the last one: its range is lengthened in place. */
	if (code == ERR_OK && highest > first) {
		code = store_prepare(s, STORE_ANSWERED_DROP, store_drop_sql, &stmt, err);
		if (code != ERR_OK)
			return code;
		db_bind_int(stmt, 1, spool);
		db_bind_int(stmt, 2, first + 1);
		db_bind_int(stmt, 3, highest);
		code = db_run(stmt, err);
	}
	if (code == ERR_OK)
		code = store_prepare(s, STORE_ANSWERED_ADD, store_add_sql, &stmt, err);
	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, spool);
	db_bind_int(stmt, 2, first);
	db_bind_int(stmt, 3, last);
	return db_run(stmt, err);
}

static const char store_answered_sql[] =
	"SELECT first, last FROM answered WHERE spool = $1 ORDER BY first LIMIT $2";

enum err_code store_ranges(struct store *s, int64_t spool, int64_t *stored_up_to,
			   int64_t (*beyond)[2], int *n_beyond, int max_beyond, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = store_prepare(s, STORE_ANSWERED, store_answered_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, spool);
	db_bind_int(stmt, 2, (int64_t)max_beyond + 1);
	*stored_up_to = 0;
	*n_beyond = 0;
	while ((code = db_step(stmt, &row, err)) == ERR_OK && row) {
		int64_t first = sqlite3_column_int64(stmt, 0);
		int64_t last = sqlite3_column_int64(stmt, 1);

		if (first == 1) {
			*stored_up_to = last;
		} else if (*n_beyond < max_beyond) {
			beyond[*n_beyond][0] = first;
			beyond[*n_beyond][1] = last;
			(*n_beyond)++;
		}
	}
	(void)sqlite3_reset(stmt);
	return code;
}

static const char store_advance_sql[] =
	"UPDATE spool SET stored_up_to = $1 WHERE id = $2 AND stored_up_to <> $1";

static enum err_code store_set_stored(struct store *s, int64_t spool, int64_t stored_up_to,
				      struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = store_prepare(s, STORE_SPOOL_ADVANCE, store_advance_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, stored_up_to);
	db_bind_int(stmt, 2, spool);
	return db_run(stmt, err);
}

enum err_code store_advance(struct store *s, int64_t spool, int64_t *stored_up_to,
			    int64_t (*beyond)[2], int *n_beyond, int max_beyond, struct err *err)
{
	enum err_code code =
		store_ranges(s, spool, stored_up_to, beyond, n_beyond, max_beyond, err);

	return code == ERR_OK ? store_set_stored(s, spool, *stored_up_to, err) : code;
}

/* ---- refusals */

static const char store_refusal_count_sql[] =
	"SELECT count(*) FROM refusal WHERE spool = $1 AND sequence = $2";
static const char store_refuse_sql[] =
	"INSERT INTO refusal (spool, sequence, at_us, digest, code, reason, area, dataset, period) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
	"ON CONFLICT (spool, sequence, digest) DO NOTHING";

static enum err_code store_refusal_room(struct store *s, const struct store_refusal *refusal,
					int *room, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code =
		store_prepare(s, STORE_REFUSAL_COUNT, store_refusal_count_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, refusal->spool);
	db_bind_int(stmt, 2, refusal->sequence);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK)
		*room = sqlite3_column_int64(stmt, 0) < LIMIT_REFUSALS_PER_NUMBER;
	(void)sqlite3_reset(stmt);
	return code;
}

enum err_code store_refuse(struct store *s, const struct store_refusal *refusal, struct err *err)
{
	sqlite3_stmt *stmt;
	int room = 0;
	enum err_code code = store_refusal_room(s, refusal, &room, err);

	if (code == ERR_OK && room) {
		code = store_prepare(s, STORE_REFUSE, store_refuse_sql, &stmt, err);
		if (code != ERR_OK)
			return code;
		db_bind_int(stmt, 1, refusal->spool);
		db_bind_int(stmt, 2, refusal->sequence);
		db_bind_int(stmt, 3, refusal->at_us);
		db_bind_blob(stmt, 4, refusal->digest, FRAME_DIGEST_BYTES);
		db_bind_text(stmt, 5, refusal->code);
		db_bind_text(stmt, 6, refusal->reason);
		db_bind_text(stmt, 7, refusal->area);
		db_bind_text(stmt, 8, refusal->dataset);
		if (refusal->period != 0)
			db_bind_int(stmt, 9, refusal->period);
		code = db_run(stmt, err);
	}
	return code == ERR_OK
		       ? store_answer(s, refusal->spool, refusal->sequence, refusal->sequence, err)
		       : code;
}

/* A number that was stored all the same needs no refusal told: the newest of the others. */
static const char store_refusals_sql[] =
	"SELECT sequence, code, reason FROM (SELECT sequence, code, reason, max(at_us) "
	"FROM refusal f WHERE spool = $1 AND NOT EXISTS (SELECT 1 FROM report r "
	"WHERE r.spool = f.spool AND r.sequence = f.sequence) "
	"GROUP BY sequence ORDER BY sequence DESC LIMIT $2) ORDER BY sequence";

enum err_code store_refusals(struct store *s, int64_t spool, int max,
			     void (*on_refusal)(void *context, int64_t sequence, const char *code,
						const char *reason),
			     void *context, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = store_prepare(s, STORE_REFUSALS, store_refusals_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, spool);
	db_bind_int(stmt, 2, max);
	while ((code = db_step(stmt, &row, err)) == ERR_OK && row)
		on_refusal(context, sqlite3_column_int64(stmt, 0), db_text(stmt, 1),
			   db_text(stmt, 2));
	(void)sqlite3_reset(stmt);
	return code;
}
