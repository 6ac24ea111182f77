/* Opening a spool: room is reserved up front, so that a disk which others fill does not stop what
 * is within the configured bound. */
#include "agent/spool_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/clock.h"
#include "proto/embed.h"
#include "proto/limits.h"

#define PATH_BYTES 1200

enum err_code spool_prepare(struct spool *s, enum spool_statement which, const char *sql,
			    sqlite3_stmt **stmt, struct err *err)
{
	enum err_code code = db_prepare(s->db, &s->statements->of[which], sql, err);

	*stmt = s->statements->of[which];
	return code;
}

/* SQLite reserves a database's file in chunks and never gives back part of one, so that one chunk
 * of the whole bound stays reserved through every checkpoint. */
static enum err_code spool_reserve_file(struct spool *s, struct err *err)
{
	int64_t most = LIMIT_SPOOL_CHUNK_BYTES;
	int chunk = (int)(s->limit_bytes < most ? s->limit_bytes : most);
	sqlite3_int64 size = s->limit_bytes;
	int rc;

	(void)sqlite3_file_control(s->db, "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk);
	rc = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_SIZE_HINT, &size);
	if (rc == SQLITE_OK)
		return ERR_OK;
	return err_set(err, ERR_FULL,
		       "cannot reserve %lld MiB for the spool: %s; free some room on its disk or "
		       "lower spool_mib",
		       (long long)(s->limit_bytes / (1024 * 1024)), sqlite3_errstr(rc));
}

/* The journal's blocks are taken beyond its end, which SQLite does not look at. A file system that
 * cannot do that is no reason not to start: the journal then takes its room as it grows. */
static enum err_code spool_reserve_journal(const char *path, struct err *err)
{
	char journal[PATH_BYTES];
	int fd, failed;

	(void)snprintf(journal, sizeof journal, "%s-wal", path);
	fd = open(journal, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, ERR_IO, "open %s: %s", journal, strerror(errno));
	failed = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, LIMIT_DB_WAL_BYTES) != 0 ? errno : 0;
	(void)close(fd);
	if (failed == ENOSPC || failed == EDQUOT)
		return err_set(err, ERR_FULL,
			       "reserve %d bytes for %s: %s; free some room on its disk",
			       LIMIT_DB_WAL_BYTES, journal, strerror(failed));
	return ERR_OK;
}

static const char sql_load[] = "SELECT s.id, (SELECT max(sequence) FROM entry WHERE spool = s.id) "
			       "FROM spool AS s WHERE s.retired_us IS NULL";

static enum err_code spool_load(struct spool *s, int *found, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_LOAD, sql_load, &stmt, err);

	*found = 0;
	if (code == ERR_OK)
		code = db_step(stmt, found, err);
	if (code == ERR_OK && *found) {
		if (sqlite3_column_bytes(stmt, 0) != FRAME_SPOOL_BYTES)
			code = err_set(err, ERR_DB, "its id is not %d bytes", FRAME_SPOOL_BYTES);
		else
			memcpy(s->id, sqlite3_column_blob(stmt, 0), FRAME_SPOOL_BYTES);
		s->last_sequence = sqlite3_column_int64(stmt, 1);
	}
	if (stmt != NULL)
		(void)sqlite3_reset(stmt);
	return code;
}

static const char sql_start[] = "INSERT INTO spool (id, created_us, reason) VALUES ($1, $2, $3)";

enum err_code spool_start(struct spool *s, const char *reason, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_START, sql_start, &stmt, err);

	if (code != ERR_OK)
		return code;
	randombytes_buf(s->id, sizeof s->id);
	s->last_sequence = 0;
	db_bind_blob(stmt, 1, s->id, sizeof s->id);
	db_bind_int(stmt, 2, clock_wall_us());
	db_bind_text(stmt, 3, reason);
	return db_run(stmt, err);
}

enum err_code spool_refresh(struct spool *s, struct err *err)
{
	int found;
	enum err_code code = spool_load(s, &found, err);

	if (code != ERR_OK) {
		err_wrap(err, "spool");
		return code;
	}
	if (!found)
		return err_set(err, ERR_MISSING,
			       "spool: nothing is in it yet; run 'district-agent collect' first");
	return ERR_OK;
}

/* A new file gets its id in a transaction of its own: two that open it at once agree on one. */
static enum err_code spool_identify(struct spool *s, struct err *err)
{
	int found = 0;
	enum err_code code = db_exec(s->db, "BEGIN IMMEDIATE", err);

	if (code != ERR_OK)
		return code;
	code = spool_load(s, &found, err);
	if (code == ERR_OK && !found)
		code = spool_start(s, NULL, err);
	if (code == ERR_OK)
		code = db_exec(s->db, "COMMIT", err);
	if (code != ERR_OK)
		(void)db_exec(s->db, "ROLLBACK", NULL);
	return code;
}

static enum err_code spool_open_writer(struct spool *s, const char *path, struct err *err)
{
	enum err_code code = spool_reserve_file(s, err);

	if (code == ERR_OK)
		code = spool_identify(s, err);
	if (code == ERR_OK)
		code = spool_reserve_journal(path, err);
	return code;
}

static struct spool *spool_new(const char *agent, const struct keys_sign *keys, int64_t limit_bytes)
{
	struct spool *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->statements = calloc(1, sizeof *s->statements);
	if (s->statements == NULL) {
		free(s);
		return NULL;
	}
	(void)snprintf(s->agent, sizeof s->agent, "%s", agent);
	s->limit_bytes = limit_bytes;
	if (keys != NULL)
		s->keys = *keys;
	return s;
}

enum err_code spool_open(const char *path, const char *agent, const struct keys_sign *keys,
			 int64_t limit_bytes, struct spool **out, struct err *err)
{
	const struct embed *schema = embed_find("agent/spool.sql");
	struct spool *s = spool_new(agent, keys, limit_bytes);
	enum err_code code;

	*out = NULL;
	if (s == NULL)
		return err_set(err, ERR_NOMEM, "spool %s: out of memory", path);
	if (sodium_init() < 0 || schema == NULL)
		code = err_set(err, ERR_IO, "no random numbers or no schema in this program");
	else
		code = db_open(path, keys != NULL ? DB_WRITE : DB_READ, &schema->text, 1, &s->db,
			       err);
	if (code == ERR_OK && keys != NULL)
		code = spool_open_writer(s, path, err);
	else if (code == ERR_OK)
		code = spool_refresh(s, err);
	if (code != ERR_OK) {
		err_wrap(err, "spool %s", path);
		spool_close(&s);
	}
	*out = s;
	return code;
}

void spool_close(struct spool **spool)
{
	struct spool *s = *spool;

	if (s == NULL)
		return;
	for (int i = 0; i < SPOOL_STATEMENTS; i++)
		db_finalize(&s->statements->of[i]);
	db_close(&s->db);
	keys_sign_wipe(&s->keys);
	free(s->statements);
	free(s);
	*spool = NULL;
}
