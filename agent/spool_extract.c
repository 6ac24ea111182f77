/* The extracts that were dealt with, so that each is collected once in each state it is found in.
 */
#include "agent/spool_private.h"

#include "proto/clock.h"

static const char sql_extract_find[] =
	"SELECT identity FROM extract WHERE area = $1 AND dataset = $2 AND path = $3";

enum err_code spool_extract_done(struct spool *s, const char *area, const char *dataset,
				 const char *path, uint64_t identity, int *done, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_EXTRACT_FIND, sql_extract_find, &stmt, err);
	int row = 0;

	*done = 0;
	if (code != ERR_OK) {
		err_wrap(err, "spool");
		return code;
	}
	db_bind_text(stmt, 1, area);
	db_bind_text(stmt, 2, dataset);
	db_bind_text(stmt, 3, path);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row)
		*done = (uint64_t)sqlite3_column_int64(stmt, 0) == identity;
	(void)sqlite3_reset(stmt);
	if (code != ERR_OK)
		err_wrap(err, "spool");
	return code;
}

static const char sql_extract_set[] =
	"INSERT INTO extract (area, dataset, path, identity, as_at, digest, outcome, reason, "
	"collected_us, rows_read, rows_rejected) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
	"ON CONFLICT (area, dataset, path) DO UPDATE SET identity = excluded.identity, "
	"as_at = excluded.as_at, digest = excluded.digest, outcome = excluded.outcome, "
	"reason = excluded.reason, collected_us = excluded.collected_us, "
	"rows_read = excluded.rows_read, rows_rejected = excluded.rows_rejected";

enum err_code spool_extract_record(struct spool *s, const struct spool_extract *e, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_EXTRACT_SET, sql_extract_set, &stmt, err);

	if (code != ERR_OK) {
		err_wrap(err, "spool");
		return code;
	}
	db_bind_text(stmt, 1, e->area);
	db_bind_text(stmt, 2, e->dataset);
	db_bind_text(stmt, 3, e->path);
	db_bind_int(stmt, 4, (int64_t)e->identity);
	if (e->as_at != INT32_MIN)
		db_bind_int(stmt, 5, e->as_at);
	db_bind_blob(stmt, 6, e->digest, FRAME_DIGEST_BYTES);
	db_bind_text(stmt, 7, e->accepted ? "accepted" : "refused");
	db_bind_text(stmt, 8, e->reason);
	db_bind_int(stmt, 9, clock_wall_us());
	db_bind_int(stmt, 10, (int64_t)e->rows_read);
	db_bind_int(stmt, 11, (int64_t)e->rows_rejected);
	code = db_run(stmt, err);
	if (code != ERR_OK)
		err_wrap(err, "spool");
	return code;
}
