#include "agent/spool_look.h"

#include <stdio.h>
#include <string.h>

/* These are asked a few times a minute at most: a statement is prepared each time. */

static enum err_code look_ended(enum err_code code, sqlite3_stmt **stmt, struct err *err)
{
	db_finalize(stmt);
	if (code != ERR_OK)
		err_wrap(err, "spool");
	return code;
}

static const char sql_digest[] = "SELECT digest FROM entry WHERE spool = $1 AND sequence = $2";

enum err_code spool_digest(struct spool *s, int64_t sequence, uint8_t digest[FRAME_DIGEST_BYTES],
			   struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(s->db, &stmt, sql_digest, err);

	if (code != ERR_OK)
		return look_ended(code, &stmt, err);
	db_bind_blob(stmt, 1, s->id, sizeof s->id);
	db_bind_int(stmt, 2, sequence);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && !row)
		code = err_set(err, ERR_MISSING, "no entry %lld", (long long)sequence);
	else if (code == ERR_OK && sqlite3_column_bytes(stmt, 0) != FRAME_DIGEST_BYTES)
		code = err_set(err, ERR_DB, "entry %lld: its digest is not %d bytes",
			       (long long)sequence, FRAME_DIGEST_BYTES);
	else if (code == ERR_OK)
		memcpy(digest, sqlite3_column_blob(stmt, 0), FRAME_DIGEST_BYTES);
	return look_ended(code, &stmt, err);
}

static const char sql_health[] =
	"SELECT coalesce(max(as_at) FILTER (WHERE outcome = 'accepted'), 0), "
	"coalesce(max(collected_us), 0), "
	"coalesce(max(collected_us) FILTER (WHERE outcome = 'accepted'), 0), "
	"coalesce((SELECT reason FROM extract ORDER BY collected_us DESC LIMIT 1), ''), "
	"count(*), count(*) FILTER (WHERE outcome = 'refused') FROM extract";

enum err_code spool_health(struct spool *s, struct spool_health *out, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(s->db, &stmt, sql_health, err);

	memset(out, 0, sizeof *out);
	if (code == ERR_OK)
		code = db_step(stmt, &row, err);
	if (code == ERR_OK && row) {
		out->newest_as_at = sqlite3_column_int(stmt, 0);
		out->collected_us = sqlite3_column_int64(stmt, 1);
		out->accepted_us = sqlite3_column_int64(stmt, 2);
		(void)snprintf(out->last_fault, sizeof out->last_fault, "%s", db_text(stmt, 3));
		out->n_extracts = sqlite3_column_int64(stmt, 4);
		out->n_refused = sqlite3_column_int64(stmt, 5);
	}
	return look_ended(code, &stmt, err);
}

enum err_code spool_data_version(struct spool *s, int64_t *version, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(s->db, &stmt, "PRAGMA data_version", err);

	if (code == ERR_OK)
		code = db_step(stmt, &row, err);
	if (code == ERR_OK)
		*version = sqlite3_column_int64(stmt, 0);
	return look_ended(code, &stmt, err);
}
