#include "proto/db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/file.h"
#include "proto/limits.h"

#define FILE_MODE 0640 /* the group reads: web and feed run under other uids */

static enum err_code db_error(sqlite3 *db, int rc, struct err *err)
{
	int os_error = db == NULL ? 0 : sqlite3_system_errno(db);
	const char *text = db == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(db);
	int primary = rc & 0xff;

	if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED)
		return err_set(err, ERR_BUSY, "%s", text);
	if (primary == SQLITE_FULL)
		return err_set(err, ERR_FULL, "%s: free some space", text);
	/* A full disk shows as an I/O error when it is the shared-memory file that cannot grow. */
	if (primary == SQLITE_IOERR && (os_error == ENOSPC || os_error == EDQUOT))
		return err_set(err, ERR_FULL, "%s (%s): free some space", text, strerror(os_error));
	if (primary == SQLITE_NOMEM)
		return err_set(err, ERR_NOMEM, "%s", text);
	if (primary == SQLITE_IOERR && os_error != 0)
		return err_set(err, ERR_DB, "%s (%s)", text, strerror(os_error));
	return err_set(err, ERR_DB, "%s", text);
}

/* SQLite would create with 0644 less the umask; the WAL and its index take over our mode. The
 * folder is synced here because SQLite does that for its own journals only. */
static enum err_code db_create_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	enum err_code code = ERR_OK;

	if (fd < 0)
		return errno == EEXIST ? ERR_OK : err_set(err, ERR_IO, "%s", strerror(errno));
	if (fchmod(fd, FILE_MODE) != 0)
		code = err_set(err, ERR_IO, "chmod: %s", strerror(errno));
	(void)close(fd);
	return code == ERR_OK ? file_sync_folder(path, err) : code;
}

static enum err_code db_user_version(sqlite3 *db, int *version, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(db, &stmt, "PRAGMA user_version", err);

	if (code == ERR_OK)
		code = db_step(stmt, &row, err);
	if (code == ERR_OK)
		*version = row ? sqlite3_column_int(stmt, 0) : 0;
	db_finalize(&stmt);
	return code;
}

static enum err_code db_set_user_version(sqlite3 *db, int version, struct err *err)
{
	char sql[48];

	/* A pragma takes no parameters; the number is ours. */
	(void)snprintf(sql, sizeof sql, "PRAGMA user_version = %d", version);
	return db_exec(db, sql, err);
}

/* One step of the schema, with the version that it leads to, in one transaction. The version is
 * read again inside it: another process may have taken the step while we waited. */
static enum err_code db_migrate_step(sqlite3 *db, const char *const *schema, int *version,
				     struct err *err)
{
	int from = *version;
	enum err_code code = db_exec(db, "BEGIN IMMEDIATE", err);

	if (code != ERR_OK)
		return code;
	code = db_user_version(db, version, err);
	if (code == ERR_OK && *version == from) {
		code = db_exec(db, schema[from], err);
		if (code == ERR_OK)
			code = db_set_user_version(db, from + 1, err);
	}
	if (code == ERR_OK)
		code = db_exec(db, "COMMIT", err);
	if (code != ERR_OK) {
		(void)db_exec(db, "ROLLBACK", NULL);
		err_wrap(err, "upgrade the schema from version %d", from);
		return code;
	}
	if (*version == from)
		*version = from + 1;
	return ERR_OK;
}

static enum err_code db_check_version(sqlite3 *db, enum db_mode mode, const char *const *schema,
				      int n_schema, struct err *err)
{
	int version = 0;
	enum err_code code = db_user_version(db, &version, err);

	while (code == ERR_OK && mode == DB_WRITE && version < n_schema)
		code = db_migrate_step(db, schema, &version, err);
	if (code != ERR_OK)
		return code;
	if (version > n_schema)
		return err_set(err, ERR_VERSION,
			       "schema version %d is newer than this program's %d: upgrade the "
			       "program",
			       version, n_schema);
	if (version < n_schema)
		return err_set(err, ERR_VERSION,
			       "schema version %d is older than this program's %d: start the "
			       "process that writes it once, which upgrades it",
			       version, n_schema);
	return ERR_OK;
}

static enum err_code db_set_up_writer(sqlite3 *db, struct err *err)
{
	char limit[64];
	int persist = 1;
	int rc;
	enum err_code code = db_exec(db, "PRAGMA journal_mode = WAL", err);

	if (code == ERR_OK)
		code = db_exec(db, "PRAGMA synchronous = FULL", err);
	if (code == ERR_OK)
		code = db_exec(db, "PRAGMA foreign_keys = ON", err);
	(void)snprintf(limit, sizeof limit, "PRAGMA journal_size_limit = %d", LIMIT_DB_WAL_BYTES);
	if (code == ERR_OK)
		code = db_exec(db, limit, err);
	if (code != ERR_OK)
		return code;
	/* Without it the last writer to close removes the WAL, and a reader that may not write to
	 * the folder can no longer open the database. */
	rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
	return rc == SQLITE_OK ? ERR_OK : db_error(db, rc, err);
}

static enum err_code db_open_file(const char *path, enum db_mode mode, sqlite3 **db,
				  struct err *err)
{
	int flags = mode == DB_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
	enum err_code code;
	int rc;

	if (mode == DB_WRITE) {
		code = db_create_file(path, err);
		if (code != ERR_OK)
			return code;
	} else if (access(path, F_OK) != 0) {
		return err_set(err, errno == ENOENT ? ERR_MISSING : ERR_IO, "%s", strerror(errno));
	}
	rc = sqlite3_open_v2(path, db, flags | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc != SQLITE_OK)
		return db_error(*db, rc, err);
	(void)sqlite3_busy_timeout(*db, LIMIT_DB_BUSY_MS);
	(void)sqlite3_db_config(*db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(*db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return mode == DB_WRITE ? db_set_up_writer(*db, err)
				: db_exec(*db, "PRAGMA query_only = ON", err);
}

enum err_code db_open(const char *path, enum db_mode mode, const char *const *schema, int n_schema,
		      sqlite3 **out, struct err *err)
{
	sqlite3 *db = NULL;
	enum err_code code;

	*out = NULL;
	code = db_open_file(path, mode, &db, err);
	if (code == ERR_OK)
		code = db_check_version(db, mode, schema, n_schema, err);
	if (code != ERR_OK) {
		db_close(&db);
		err_wrap(err, "open %s", path);
		return code;
	}
	*out = db;
	return ERR_OK;
}

void db_close(sqlite3 **db)
{
	if (*db == NULL)
		return;
	(void)sqlite3_close_v2(*db);
	*db = NULL;
}

/* SQLite numbers $1, $2 … by where they first stand in the text, not by their digits: a text that
 * names $2 first would bind them crosswise. */
static enum err_code db_check_parameters(sqlite3_stmt *stmt, struct err *err)
{
	int n = sqlite3_bind_parameter_count(stmt);

	for (int i = 1; i <= n; i++) {
		const char *name = sqlite3_bind_parameter_name(stmt, i);
		char wanted[16];

		(void)snprintf(wanted, sizeof wanted, "$%d", i);
		if (name != NULL && name[0] == '$' && strcmp(name, wanted) != 0)
			return err_set(err, ERR_DB, "parameter %d is %s: first use them in order",
				       i, name);
	}
	return ERR_OK;
}

enum err_code db_prepare(sqlite3 *db, sqlite3_stmt **stmt, const char *sql, struct err *err)
{
	enum err_code code;
	int rc;

	if (*stmt != NULL) {
		(void)sqlite3_reset(*stmt);
		(void)sqlite3_clear_bindings(*stmt);
		return ERR_OK;
	}
	rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL);
	if (rc != SQLITE_OK)
		return db_error(db, rc, err);
	code = db_check_parameters(*stmt, err);
	if (code != ERR_OK)
		db_finalize(stmt);
	return code;
}

void db_finalize(sqlite3_stmt **stmt)
{
	(void)sqlite3_finalize(*stmt);
	*stmt = NULL;
}

enum err_code db_exec(sqlite3 *db, const char *sql, struct err *err)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? ERR_OK : db_error(db, rc, err);
}

enum err_code db_step(sqlite3_stmt *stmt, int *row, struct err *err)
{
	int rc = sqlite3_step(stmt);

	*row = rc == SQLITE_ROW;
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return ERR_OK;
	return db_error(sqlite3_db_handle(stmt), rc, err);
}

enum err_code db_run(sqlite3_stmt *stmt, struct err *err)
{
	int row = 0;
	enum err_code code = db_step(stmt, &row, err);

	(void)sqlite3_reset(stmt);
	return code;
}

/* A position that is not there, or a statement still running, is our own mistake. */
static void db_bound(int rc)
{
	assert(rc != SQLITE_RANGE && rc != SQLITE_MISUSE);
	(void)rc;
}

void db_bind_int(sqlite3_stmt *stmt, int at, int64_t value)
{
	db_bound(sqlite3_bind_int64(stmt, at, value));
}

void db_bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	db_bound(sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC));
}

void db_bind_blob(sqlite3_stmt *stmt, int at, const void *bytes, size_t len)
{
	/* No bytes are an empty blob, not NULL. */
	db_bound(sqlite3_bind_blob64(stmt, at, bytes == NULL ? "" : bytes, len, SQLITE_STATIC));
}

void db_bind_null(sqlite3_stmt *stmt, int at)
{
	db_bound(sqlite3_bind_null(stmt, at));
}

const char *db_text(sqlite3_stmt *stmt, int column)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	return text == NULL ? "" : (const char *)text;
}
