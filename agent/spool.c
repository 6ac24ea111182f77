/* In: entries without number. Out: numbered, signed, durable payloads in sequence, which publish
 * reads (spool_read.c). Nothing is dropped here: an entry is stored with its whole transaction, or
 * refused with ERR_FULL. Superseding and pruning are in spool_maintain.c. */
#include "agent/spool_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/clock.h"
#include "proto/limits.h"

/* ---- transactions */

enum err_code spool_begin(struct spool *s, struct err *err)
{
	struct spool_statements *st = s->statements;
	enum err_code code = db_exec(s->db, "BEGIN IMMEDIATE", err);

	if (code != ERR_OK) {
		err_wrap(err, "spool");
		return code;
	}
	st->in_transaction = 1;
	code = spool_refresh(s, err);
	if (code != ERR_OK) {
		spool_rollback(s);
		return code;
	}
	memcpy(st->id_before, s->id, sizeof st->id_before);
	st->last_sequence_before = s->last_sequence;
	return ERR_OK;
}

enum err_code spool_commit(struct spool *s, struct err *err)
{
	enum err_code code = db_exec(s->db, "COMMIT", err);

	if (code != ERR_OK) {
		spool_rollback(s);
		err_wrap(err, "spool: commit");
		return code;
	}
	s->statements->in_transaction = 0;
	return ERR_OK;
}

/* SQLite may have rolled back by itself (a full disk); the numbers go back either way. */
void spool_rollback(struct spool *s)
{
	struct spool_statements *st = s->statements;

	if (!st->in_transaction)
		return;
	if (!sqlite3_get_autocommit(s->db))
		(void)db_exec(s->db, "ROLLBACK", NULL);
	st->in_transaction = 0;
	memcpy(s->id, st->id_before, sizeof s->id);
	s->last_sequence = st->last_sequence_before;
}

/* ---- appending */

enum err_code spool_pack(struct spool *s, District__Entry *entry, int64_t sequence, uint8_t **bytes,
			 size_t *len, struct err *err)
{
	enum err_code code;

	entry->agent = s->agent;
	entry->spool.data = s->id;
	entry->spool.len = sizeof s->id;
	entry->sequence = (uint64_t)sequence;
	if (entry->sealed_us == 0)
		entry->sealed_us = clock_wall_us();
	code = frame_pack_entry(entry, bytes, len, err);
	if (code != ERR_OK) {
		err_wrap(err, "entry %lld", (long long)sequence);
		return code;
	}
	return ERR_OK;
}

static const char sql_used[] =
	"SELECT (n.page_count - f.freelist_count) * z.page_size "
	"FROM pragma_page_count AS n, pragma_freelist_count AS f, pragma_page_size AS z";

enum err_code spool_used_bytes(struct spool *s, int64_t *bytes, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_USED, sql_used, &stmt, err);
	int row = 0;

	*bytes = 0;
	if (code == ERR_OK)
		code = db_step(stmt, &row, err);
	if (code == ERR_OK && row)
		*bytes = sqlite3_column_int64(stmt, 0);
	if (stmt != NULL)
		(void)sqlite3_reset(stmt);
	return code;
}

static enum err_code spool_check_room(struct spool *s, struct err *err)
{
	int64_t used;
	enum err_code code = spool_used_bytes(s, &used, err);

	if (code != ERR_OK || used <= s->limit_bytes)
		return code;
	return err_set(err, ERR_FULL,
		       "the spool's %lld MiB are full; let publish deliver, or raise spool_mib",
		       (long long)(s->limit_bytes / (1024 * 1024)));
}

/* What the row says beside the bytes, so that they need not be unpacked to be found again. */
struct spool_row {
	const char *kind, *area, *dataset;
	int64_t period, as_at;
	int has_period, has_as_at;
	char target_area[LIMIT_STRING_BYTES + 1], target_dataset[LIMIT_STRING_BYTES + 1];
};

static const char sql_target[] = "SELECT area, dataset, period, as_at FROM entry "
				 "WHERE spool = $1 AND sequence = $2 AND kind = 'report'";

/* A withdrawal stands with the period of its report. */
static enum err_code spool_row_target(struct spool *s, const District__Withdraw *w,
				      struct spool_row *row, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_TARGET, sql_target, &stmt, err);
	int found = 0;

	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, w->spool.data, w->spool.len);
	db_bind_int(stmt, 2, (int64_t)w->sequence);
	code = db_step(stmt, &found, err);
	if (code == ERR_OK && found) {
		(void)snprintf(row->target_area, sizeof row->target_area, "%s", db_text(stmt, 0));
		(void)snprintf(row->target_dataset, sizeof row->target_dataset, "%s",
			       db_text(stmt, 1));
		row->area = row->target_area;
		row->dataset = row->target_dataset;
		row->period = sqlite3_column_int64(stmt, 2);
		row->as_at = sqlite3_column_int64(stmt, 3);
		row->has_period = row->has_as_at = 1;
	}
	(void)sqlite3_reset(stmt);
	return code;
}

static enum err_code spool_row_of(struct spool *s, const District__Entry *entry,
				  struct spool_row *row, struct err *err)
{
	struct period period;
	enum err_code code;

	memset(row, 0, sizeof *row);
	switch (entry->body_case) {
	case DISTRICT__ENTRY__BODY_REPORT:
		code = period_parse(entry->report->period, &period, err);
		if (code != ERR_OK)
			return code;
		row->kind = "report";
		row->area = entry->report->area;
		row->dataset = entry->report->dataset;
		row->period = period_key(period);
		row->as_at = entry->report->as_at;
		row->has_period = row->has_as_at = 1;
		return ERR_OK;
	case DISTRICT__ENTRY__BODY_EXTRACT_RETURN:
		row->kind = "return";
		row->area = entry->extract_return->area;
		row->dataset = entry->extract_return->dataset;
		row->as_at = entry->extract_return->as_at;
		row->has_as_at = row->as_at != 0;
		return ERR_OK;
	case DISTRICT__ENTRY__BODY_WITHDRAW:
		row->kind = "withdraw";
		return spool_row_target(s, entry->withdraw, row, err);
	case DISTRICT__ENTRY__BODY_VOID:
		row->kind = "void";
		return ERR_OK;
	case DISTRICT__ENTRY__BODY__NOT_SET:
	case _DISTRICT__ENTRY__BODY__CASE_IS_INT_SIZE:
		break;
	}
	return err_set(err, ERR_MALFORMED, "an entry without a body");
}

static const char sql_insert[] =
	"INSERT INTO entry (spool, sequence, kind, area, dataset, period, as_at, sealed_us, "
	"digest, signature, bytes, size_bytes) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

static enum err_code spool_insert(struct spool *s, const District__Entry *entry,
				  const struct spool_row *row, const uint8_t *bytes, size_t len,
				  struct err *err)
{
	uint8_t digest[FRAME_DIGEST_BYTES], signature[FRAME_SIGNATURE_BYTES];
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_INSERT, sql_insert, &stmt, err);

	if (code != ERR_OK)
		return code;
	frame_digest(bytes, len, digest);
	frame_sign(bytes, len, s->keys.secret_key, signature);
	db_bind_blob(stmt, 1, s->id, sizeof s->id);
	db_bind_int(stmt, 2, (int64_t)entry->sequence);
	db_bind_text(stmt, 3, row->kind);
	db_bind_text(stmt, 4, row->area);
	db_bind_text(stmt, 5, row->dataset);
	if (row->has_period)
		db_bind_int(stmt, 6, row->period);
	if (row->has_as_at)
		db_bind_int(stmt, 7, row->as_at);
	db_bind_int(stmt, 8, entry->sealed_us);
	db_bind_blob(stmt, 9, digest, sizeof digest);
	db_bind_blob(stmt, 10, signature, sizeof signature);
	db_bind_blob(stmt, 11, bytes, len);
	db_bind_int(stmt, 12, (int64_t)len);
	return db_run(stmt, err);
}

enum err_code spool_append_sealed(struct spool *s, District__Entry *entry, int64_t sealed_us,
				  int64_t *sequence, struct err *err)
{
	struct spool_row row;
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum err_code code;

	*sequence = s->last_sequence + 1;
	entry->sealed_us = sealed_us;
	code = spool_row_of(s, entry, &row, err);
	if (code == ERR_OK)
		code = spool_pack(s, entry, *sequence, &bytes, &len, err);
	if (code == ERR_OK)
		code = spool_insert(s, entry, &row, bytes, len, err);
	if (code == ERR_OK)
		code = spool_check_room(s, err);
	free(bytes);
	if (code != ERR_OK) {
		err_wrap(err, "spool");
		return code;
	}
	s->last_sequence = *sequence;
	return ERR_OK;
}

enum err_code spool_append(struct spool *s, District__Entry *entry, int64_t *sequence,
			   struct err *err)
{
	return spool_append_sealed(s, entry, clock_wall_us(), sequence, err);
}
