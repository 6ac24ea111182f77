/* Out: entries as they are sent, in sequence. What publish and status need of the spool. */
#include "agent/spool_private.h"

#include <string.h>

static const char sql_envelope[] = "SELECT bytes, signature FROM entry WHERE spool = $1 AND "
				   "sequence = $2 AND voided = 0 AND bytes IS NOT NULL";

enum err_code spool_envelope(struct spool *s, int64_t sequence, uint8_t **bytes, size_t *len,
			     struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_ENVELOPE, sql_envelope, &stmt, err);
	int row = 0;

	*bytes = NULL;
	*len = 0;
	if (code != ERR_OK) {
		err_wrap(err, "spool");
		return code;
	}
	db_bind_blob(stmt, 1, s->id, sizeof s->id);
	db_bind_int(stmt, 2, sequence);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && !row)
		code = err_set(err, ERR_MISSING, "no entry %lld, or it is void or pruned",
			       (long long)sequence);
	else if (code == ERR_OK && sqlite3_column_bytes(stmt, 1) != FRAME_SIGNATURE_BYTES)
		code = err_set(err, ERR_DB, "entry %lld: its signature is not %d bytes",
			       (long long)sequence, FRAME_SIGNATURE_BYTES);
	if (code == ERR_OK)
		code = frame_encode_signed(DISTRICT__ENVELOPE__BODY_ENTRY,
					   sqlite3_column_blob(stmt, 0),
					   (size_t)sqlite3_column_bytes(stmt, 0),
					   sqlite3_column_blob(stmt, 1), bytes, len, err);
	(void)sqlite3_reset(stmt);
	if (code != ERR_OK)
		err_wrap(err, "spool");
	return code;
}

static const char sql_next[] =
	"SELECT sequence, size_bytes FROM entry WHERE spool = $1 AND sequence > $2 AND voided = 0 "
	"AND bytes IS NOT NULL ORDER BY sequence LIMIT 1";

enum err_code spool_next(struct spool *s, int64_t after, int64_t *sequence, int64_t *size_bytes,
			 struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_NEXT, sql_next, &stmt, err);
	int row = 0;

	*sequence = 0;
	*size_bytes = 0;
	if (code != ERR_OK) {
		err_wrap(err, "spool");
		return code;
	}
	db_bind_blob(stmt, 1, s->id, sizeof s->id);
	db_bind_int(stmt, 2, after);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row) {
		*sequence = sqlite3_column_int64(stmt, 0);
		*size_bytes = sqlite3_column_int64(stmt, 1);
	}
	(void)sqlite3_reset(stmt);
	if (code != ERR_OK)
		err_wrap(err, "spool");
	return code;
}

static const char sql_waiting[] =
	"SELECT count(*), coalesce(sum(size_bytes), 0), coalesce(min(sealed_us), 0) FROM entry "
	"WHERE spool = $1 AND sequence > $2 AND voided = 0 AND bytes IS NOT NULL";

enum err_code spool_waiting(struct spool *s, int64_t after, struct spool_waiting *out,
			    struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_WAITING, sql_waiting, &stmt, err);
	int row = 0;

	memset(out, 0, sizeof *out);
	if (code != ERR_OK) {
		err_wrap(err, "spool");
		return code;
	}
	db_bind_blob(stmt, 1, s->id, sizeof s->id);
	db_bind_int(stmt, 2, after);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row) {
		out->n_entries = sqlite3_column_int64(stmt, 0);
		out->n_bytes = sqlite3_column_int64(stmt, 1);
		out->oldest_us = sqlite3_column_int64(stmt, 2);
	}
	(void)sqlite3_reset(stmt);
	if (code != ERR_OK)
		err_wrap(err, "spool");
	return code;
}
