#include "aggregator/store.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aggregator/store_statements.h"
#include "aggregator/turn.h"
#include "proto/clock.h"
#include "proto/embed.h"
#include "proto/limits.h"

/* The record. In: entries that admit.c let pass. Out: rows of report, void and spool, durable when
 * store_commit returns. Nothing is dropped here: a number that is taken is STORE_ALREADY or
 * STORE_CONFLICT, and ingest counts either. */

/* Append-only: the index of a file is the version that it upgrades from. */
static const char *const store_schema_files[] = {
	"aggregator/sql/001_store.sql",
	"aggregator/sql/002_signals.sql", /* what needs attention, with its history */
};
#define STORE_SCHEMA_FILES (int)(sizeof store_schema_files / sizeof store_schema_files[0])

static enum err_code store_meta_add(struct store *s, const char *key, const void *blob, size_t len,
				    int64_t value, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code =
		db_prepare(s->db, &stmt, "INSERT INTO meta (key, value) VALUES ($1, $2)", err);

	if (code == ERR_OK) {
		db_bind_text(stmt, 1, key);
		if (blob != NULL)
			db_bind_blob(stmt, 2, blob, len);
		else
			db_bind_int(stmt, 2, value);
		code = db_run(stmt, err);
	}
	db_finalize(&stmt);
	return code;
}

static enum err_code store_meta_read(struct store *s, int *found, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(s->db, &stmt,
					"SELECT a.value, b.value FROM meta a, meta b "
					"WHERE a.key = 'store_id' AND b.key = 'restore_epoch'",
					err);

	if (code == ERR_OK)
		code = db_step(stmt, &row, err);
	*found = row;
	if (code == ERR_OK && row) {
		if (sqlite3_column_bytes(stmt, 0) == FRAME_STORE_BYTES)
			memcpy(s->id, sqlite3_column_blob(stmt, 0), FRAME_STORE_BYTES);
		else
			code = err_set(err, ERR_DB, "meta.store_id is damaged: restore a backup");
		s->restore_epoch = sqlite3_column_int64(stmt, 1);
	}
	db_finalize(&stmt);
	return code;
}

/* A new store draws its identity; the look-up is repeated inside the transaction, because another
 * process may have created it meanwhile. */
static enum err_code store_identify(struct store *s, enum db_mode mode, struct err *err)
{
	int found = 0;
	enum err_code code = store_meta_read(s, &found, err);

	if (code != ERR_OK || found)
		return code;
	if (mode == DB_READ)
		return err_set(err, ERR_DB, "the store has no identity yet: start ingest once");
	code = store_begin(s, err);
	if (code != ERR_OK)
		return code;
	code = store_meta_read(s, &found, err);
	if (code == ERR_OK && !found) {
		randombytes_buf(s->id, sizeof s->id);
		s->restore_epoch = 1;
		code = store_meta_add(s, "store_id", s->id, sizeof s->id, 0, err);
		if (code == ERR_OK)
			code = store_meta_add(s, "restore_epoch", NULL, 0, 1, err);
		if (code == ERR_OK)
			code = store_meta_add(s, "created_us", NULL, 0, clock_wall_us(), err);
	}
	if (code == ERR_OK)
		code = store_commit(s, err);
	if (code != ERR_OK)
		store_rollback(s);
	return code;
}

enum err_code store_open(const char *path, enum db_mode mode, struct store **out, struct err *err)
{
	const char *schema[STORE_SCHEMA_FILES];
	struct store *s;
	enum err_code code;

	*out = NULL;
	if (sodium_init() < 0)
		return err_set(err, ERR_IO, "libsodium has no source of randomness");
	for (int i = 0; i < STORE_SCHEMA_FILES; i++) {
		const struct embed *file = embed_find(store_schema_files[i]);

		if (file == NULL)
			return err_set(err, ERR_CONFIG, "%s is not built in: rebuild the program",
				       store_schema_files[i]);
		schema[i] = file->text;
	}
	s = calloc(1, sizeof *s);
	if (s != NULL) {
		s->turn_fd = -1;
		s->statements = calloc(1, sizeof *s->statements);
	}
	if (s == NULL || s->statements == NULL) {
		store_close(&s);
		return err_set(err, ERR_NOMEM, "open %s: out of memory", path);
	}
	code = db_open(path, mode, schema, STORE_SCHEMA_FILES, &s->db, err);
	if (code == ERR_OK) {
		if (mode == DB_WRITE)
			s->turn_fd = turn_open(path);
		code = store_identify(s, mode, err);
		if (code != ERR_OK)
			err_wrap(err, "open %s", path);
	}
	if (code != ERR_OK) {
		store_close(&s);
		return code;
	}
	*out = s;
	return ERR_OK;
}

void store_close(struct store **store)
{
	struct store *s = *store;

	if (s == NULL)
		return;
	for (int i = 0; s->statements != NULL && i < STORE_STATEMENTS; i++)
		db_finalize(&s->statements->s[i]);
	db_close(&s->db);
	if (s->turn_fd >= 0)
		(void)close(s->turn_fd);
	free(s->statements);
	free(s);
	*store = NULL;
}

enum err_code store_begin(struct store *s, struct err *err)
{
	enum err_code code;

	turn_take(s->turn_fd);
	code = db_exec(s->db, "BEGIN IMMEDIATE", err);
	turn_pass(s->turn_fd);
	if (code != ERR_OK)
		err_wrap(err, "store: begin");
	return code;
}

enum err_code store_commit(struct store *s, struct err *err)
{
	enum err_code code = db_exec(s->db, "COMMIT", err);

	if (code != ERR_OK)
		err_wrap(err, "store: commit");
	return code;
}

void store_rollback(struct store *s)
{
	/* A failed commit may have rolled back already; only an open transaction is ended. */
	if (!sqlite3_get_autocommit(s->db))
		(void)db_exec(s->db, "ROLLBACK", NULL);
}

static const char store_figures_changed_sql[] =
	"UPDATE meta SET value = value + 1 WHERE key = 'figures_stamp'";

enum err_code store_figures_changed(sqlite3 *db, struct err *err)
{
	return db_exec(db, store_figures_changed_sql, err);
}

static const char store_figures_stamp_sql[] = "SELECT value FROM meta WHERE key = 'figures_stamp'";

enum err_code store_figures_stamp(sqlite3 *db, int64_t *stamp, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(db, &stmt, store_figures_stamp_sql, err);

	if (code == ERR_OK)
		code = db_step(stmt, &row, err);
	if (code == ERR_OK && !row)
		code = err_set(err, ERR_DB, "meta.figures_stamp is gone: restore a backup");
	*stamp = code == ERR_OK ? sqlite3_column_int64(stmt, 0) : 0;
	db_finalize(&stmt);
	return code;
}

enum err_code store_checkpoint(struct store *s, int *done, struct err *err)
{
	int rc;

	*done = 0;
	(void)sqlite3_busy_timeout(s->db, 0);
	rc = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)sqlite3_busy_timeout(s->db, LIMIT_DB_BUSY_MS);
	if (rc == SQLITE_OK)
		*done = 1;
	else if ((rc & 0xff) != SQLITE_BUSY)
		return err_set(err, ERR_DB, "checkpoint: %s", sqlite3_errmsg(s->db));
	return ERR_OK;
}

/* ---- spools */

static const char store_spool_find_sql[] =
	"SELECT id, generation, stored_up_to FROM spool WHERE agent = $1 AND spool = $2";

enum err_code store_spool_find(struct store *s, int64_t agent,
			       const uint8_t spool[FRAME_SPOOL_BYTES], struct store_spool *out,
			       struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = store_prepare(s, STORE_SPOOL_FIND, store_spool_find_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, agent);
	db_bind_blob(stmt, 2, spool, FRAME_SPOOL_BYTES);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row) {
		out->id = sqlite3_column_int64(stmt, 0);
		out->agent = agent;
		out->generation = sqlite3_column_int64(stmt, 1);
		out->stored_up_to = sqlite3_column_int64(stmt, 2);
	} else if (code == ERR_OK) {
		code = err_set(err, ERR_MISSING, "the agent has no such spool");
	}
	(void)sqlite3_reset(stmt);
	return code;
}

static const char store_spool_count_sql[] =
	"SELECT count(*), coalesce(max(generation), 0) FROM spool WHERE agent = $1";

static enum err_code store_spool_next(struct store *s, int64_t agent, int64_t *generation,
				      struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = store_prepare(s, STORE_SPOOL_COUNT, store_spool_count_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, agent);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && sqlite3_column_int64(stmt, 0) >= LIMIT_SPOOLS)
		code = err_set(err, ERR_TOO_BIG,
			       "the agent has had %d spools, the most allowed: enrol it anew",
			       LIMIT_SPOOLS);
	if (code == ERR_OK)
		*generation = sqlite3_column_int64(stmt, 1) + 1;
	(void)sqlite3_reset(stmt);
	return code;
}

static const char store_spool_add_sql[] =
	"INSERT INTO spool (agent, spool, generation, first_seen_us) VALUES ($1, $2, $3, $4)";

enum err_code store_spool(struct store *s, int64_t agent, const uint8_t spool[FRAME_SPOOL_BYTES],
			  struct store_spool *out, struct err *err)
{
	sqlite3_stmt *stmt;
	int64_t generation = 0;
	enum err_code code = store_spool_find(s, agent, spool, out, err);

	if (code != ERR_MISSING)
		return code;
	code = store_spool_next(s, agent, &generation, err);
	if (code == ERR_OK)
		code = store_prepare(s, STORE_SPOOL_ADD, store_spool_add_sql, &stmt, err);
	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, agent);
	db_bind_blob(stmt, 2, spool, FRAME_SPOOL_BYTES);
	db_bind_int(stmt, 3, generation);
	db_bind_int(stmt, 4, clock_wall_us());
	code = db_run(stmt, err);
	if (code != ERR_OK)
		return code;
	*out = (struct store_spool){ .id = sqlite3_last_insert_rowid(s->db),
				     .agent = agent,
				     .generation = generation };
	return ERR_OK;
}

/* ---- entries */

static const char store_existing_sql[] =
	"SELECT id, digest FROM report WHERE spool = $1 AND sequence = $2";

static enum err_code store_existing(struct store *s, int64_t spool, int64_t sequence,
				    int64_t *report, uint8_t digest[32], struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = store_prepare(s, STORE_EXISTING, store_existing_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, spool);
	db_bind_int(stmt, 2, sequence);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && !row)
		code = err_set(err, ERR_MISSING, "nothing is stored under %lld",
			       (long long)sequence);
	else if (code == ERR_OK && sqlite3_column_bytes(stmt, 1) != FRAME_DIGEST_BYTES)
		code = err_set(err, ERR_DB, "report.digest is damaged: restore a backup");
	if (code == ERR_OK) {
		*report = sqlite3_column_int64(stmt, 0);
		memcpy(digest, sqlite3_column_blob(stmt, 1), FRAME_DIGEST_BYTES);
	}
	(void)sqlite3_reset(stmt);
	return code;
}

enum err_code store_digest(struct store *s, int64_t spool, int64_t sequence, uint8_t digest[32],
			   struct err *err)
{
	int64_t report;

	return store_existing(s, spool, sequence, &report, digest, err);
}

static const char store_append_sql[] =
	"INSERT INTO report (spool, sequence, received_us, digest, signature, payload) "
	"VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (spool, sequence) DO NOTHING";

enum err_code store_append(struct store *s, const struct store_entry *entry,
			   enum store_append_result *result, int64_t *report, struct err *err)
{
	uint8_t digest[FRAME_DIGEST_BYTES];
	sqlite3_stmt *stmt;
	enum err_code code = store_prepare(s, STORE_APPEND, store_append_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, entry->spool);
	db_bind_int(stmt, 2, entry->sequence);
	db_bind_int(stmt, 3, entry->received_us);
	db_bind_blob(stmt, 4, entry->digest, FRAME_DIGEST_BYTES);
	db_bind_blob(stmt, 5, entry->signature, FRAME_SIGNATURE_BYTES);
	db_bind_blob(stmt, 6, entry->payload, entry->payload_len);
	code = db_run(stmt, err);
	if (code != ERR_OK)
		return code;
	if (sqlite3_changes(s->db) == 1) {
		*result = STORE_APPENDED;
		*report = sqlite3_last_insert_rowid(s->db);
		return store_answer(s, entry->spool, entry->sequence, entry->sequence, err);
	}
	code = store_existing(s, entry->spool, entry->sequence, report, digest, err);
	if (code == ERR_OK)
		*result = memcmp(digest, entry->digest, sizeof digest) == 0 ? STORE_ALREADY
									    : STORE_CONFLICT;
	return code;
}

static const char store_void_sql[] =
	"INSERT INTO void (spool, first, last) VALUES ($1, $2, $3) "
	"ON CONFLICT (spool, first) DO UPDATE SET last = excluded.last WHERE excluded.last > last";

enum err_code store_void(struct store *s, int64_t spool, int64_t first, int64_t last,
			 struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = store_prepare(s, STORE_VOID, store_void_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, spool);
	db_bind_int(stmt, 2, first);
	db_bind_int(stmt, 3, last);
	code = db_run(stmt, err);
	return code == ERR_OK ? store_answer(s, spool, first, last, err) : code;
}
