#include "aggregator/web/office.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/embed.h"
#include "proto/file.h"

#define PATH_BYTES 4096

/* Append-only: the index of a file is the version that it upgrades from. */
static const char *const office_schema_files[] = {
	"aggregator/sql/office_001_accounts.sql",
	"aggregator/sql/office_002_signals.sql",
	"aggregator/sql/office_003_plan.sql",
};
#define OFFICE_SCHEMA_FILES (int)(sizeof office_schema_files / sizeof office_schema_files[0])

/* ---- the rounding key */

static const char office_key_add_sql[] =
	"INSERT INTO setting (key, value) VALUES ('rounding_key', $1) ON CONFLICT (key) DO NOTHING";
static const char office_key_sql[] = "SELECT value FROM setting WHERE key = 'rounding_key'";

static enum err_code office_key_read(struct office *o, int *found, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, office_key_sql, &stmt, err);

	if (code == ERR_OK)
		code = db_step(stmt, found, err);
	if (code != ERR_OK)
		return code;
	if (*found && sqlite3_column_bytes(stmt, 0) == OFFICE_KEY_BYTES)
		memcpy(o->rounding_key, sqlite3_column_blob(stmt, 0), OFFICE_KEY_BYTES);
	else if (*found)
		code = err_set(err, ERR_DB, "setting.rounding_key is damaged: restore a backup");
	(void)sqlite3_reset(stmt);
	return code;
}

/* Read again after it was drawn: another process may have been first. */
static enum err_code office_key(struct office *o, struct err *err)
{
	uint8_t key[OFFICE_KEY_BYTES];
	sqlite3_stmt *stmt;
	int found = 0;
	enum err_code code = office_key_read(o, &found, err);

	if (code != ERR_OK || found)
		return code;
	randombytes_buf(key, sizeof key);
	code = office_prepare(o, office_key_add_sql, &stmt, err);
	if (code == ERR_OK) {
		db_bind_blob(stmt, 1, key, sizeof key);
		code = db_run(stmt, err);
	}
	return code == ERR_OK ? office_key_read(o, &found, err) : code;
}

/* ---- open and close */

static enum err_code office_make_folder(const char *path, struct err *err)
{
	char folder[PATH_BYTES];
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return ERR_OK;
	if (slash - path >= PATH_BYTES)
		return err_set(err, ERR_CONFIG, "open office: the path is too long");
	(void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
	if (mkdir(folder, 0750) == 0)
		return file_sync_folder(folder, err);
	if (errno != EEXIST)
		return err_set(err, ERR_IO, "make %s: %s", folder, strerror(errno));
	return ERR_OK;
}

static enum err_code office_schema(const char *schema[OFFICE_SCHEMA_FILES], struct err *err)
{
	for (int i = 0; i < OFFICE_SCHEMA_FILES; i++) {
		const struct embed *file = embed_find(office_schema_files[i]);

		if (file == NULL)
			return err_set(err, ERR_CONFIG, "%s is not built in: rebuild the program",
				       office_schema_files[i]);
		schema[i] = file->text;
	}
	return ERR_OK;
}

enum err_code office_open(const char *path, struct office **out, struct err *err)
{
	const char *schema[OFFICE_SCHEMA_FILES];
	struct office *o;
	enum err_code code;

	*out = NULL;
	if (sodium_init() < 0)
		return err_set(err, ERR_IO, "libsodium has no source of randomness");
	code = office_schema(schema, err);
	if (code == ERR_OK)
		code = office_make_folder(path, err);
	if (code != ERR_OK)
		return code;
	o = calloc(1, sizeof *o);
	if (o == NULL)
		return err_set(err, ERR_NOMEM, "open %s: out of memory", path);
	code = db_open(path, DB_WRITE, schema, OFFICE_SCHEMA_FILES, &o->db, err);
	if (code == ERR_OK) {
		code = office_key(o, err);
		if (code != ERR_OK)
			err_wrap(err, "open %s", path);
	}
	if (code != ERR_OK) {
		office_close(&o);
		return code;
	}
	*out = o;
	return ERR_OK;
}

void office_close(struct office **office)
{
	struct office *o = *office;

	if (o == NULL)
		return;
	for (int i = 0; i < OFFICE_STATEMENTS; i++)
		db_finalize(&o->statements[i].stmt);
	db_close(&o->db);
	sodium_memzero(o->rounding_key, sizeof o->rounding_key);
	free(o);
	*office = NULL;
}

/* ---- statements and transactions */

enum err_code office_prepare(struct office *o, const char *sql, sqlite3_stmt **stmt,
			     struct err *err)
{
	enum err_code code;
	int i = 0;

	*stmt = NULL;
	while (i < OFFICE_STATEMENTS && o->statements[i].sql != NULL && o->statements[i].sql != sql)
		i++;
	if (i == OFFICE_STATEMENTS)
		return err_set(err, ERR_FULL, "office: more than %d statements", OFFICE_STATEMENTS);
	code = db_prepare(o->db, &o->statements[i].stmt, sql, err);
	if (code != ERR_OK) {
		err_wrap(err, "office");
		return code;
	}
	o->statements[i].sql = sql;
	*stmt = o->statements[i].stmt;
	return ERR_OK;
}

enum err_code office_begin(struct office *o, struct err *err)
{
	enum err_code code = db_exec(o->db, "BEGIN IMMEDIATE", err);

	if (code != ERR_OK)
		err_wrap(err, "office: begin");
	return code;
}

enum err_code office_commit(struct office *o, struct err *err)
{
	enum err_code code = db_exec(o->db, "COMMIT", err);

	if (code != ERR_OK)
		err_wrap(err, "office: commit");
	return code;
}

void office_rollback(struct office *o)
{
	/* A failed commit may have rolled back already; only an open transaction is ended. */
	if (!sqlite3_get_autocommit(o->db))
		(void)db_exec(o->db, "ROLLBACK", NULL);
}

enum err_code office_end(struct office *o, enum err_code code, struct err *err)
{
	if (code == ERR_OK)
		code = office_commit(o, err);
	if (code != ERR_OK)
		office_rollback(o);
	return code;
}

enum err_code office_run_lightly(struct office *o, sqlite3_stmt *stmt, struct err *err)
{
	enum err_code code = db_exec(o->db, "PRAGMA synchronous = NORMAL", err);
	enum err_code back;

	if (code == ERR_OK)
		code = db_run(stmt, err);
	back = db_exec(o->db, "PRAGMA synchronous = FULL", code == ERR_OK ? err : NULL);
	return code == ERR_OK ? back : code;
}
