#include "proto/db.h"

#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const schema[] = {
	"CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL, bytes BLOB NOT NULL) "
	"STRICT",
	"CREATE TABLE part (item INTEGER NOT NULL REFERENCES item (id)) STRICT",
};

static const char *path_in_folder(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof path, "%s/%s", harness_folder(), name);
	return path;
}

static sqlite3 *opened(const char *path, enum db_mode mode, int n_schema)
{
	struct err err = { 0 };
	sqlite3 *db = NULL;

	assert_ok(db_open(path, mode, schema, n_schema, &db, &err), err);
	return db;
}

static int64_t number(sqlite3 *db, const char *sql)
{
	struct err err = { 0 };
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	int64_t value;

	assert_ok(db_prepare(db, &stmt, sql, &err), err);
	assert_ok(db_step(stmt, &row, &err), err);
	ck_assert_int_eq(row, 1);
	value = sqlite3_column_int64(stmt, 0);
	db_finalize(&stmt);
	return value;
}

static void insert(sqlite3 *db, const char *name)
{
	struct err err = { 0 };
	sqlite3_stmt *stmt = NULL;

	assert_ok(db_prepare(db, &stmt, "INSERT INTO item (name, bytes) VALUES ($1, $2)", &err),
		  err);
	db_bind_text(stmt, 1, name);
	db_bind_blob(stmt, 2, NULL, 0);
	assert_ok(db_run(stmt, &err), err);
	db_finalize(&stmt);
}

START_TEST(a_writer_sets_the_manners_that_durability_needs)
{
	sqlite3 *db = opened(path_in_folder("a.db"), DB_WRITE, 2);

	ck_assert_int_eq(number(db, "PRAGMA synchronous"), 2);
	ck_assert_int_eq(number(db, "PRAGMA foreign_keys"), 1);
	ck_assert_int_eq(number(db, "PRAGMA busy_timeout"), 5000);
	ck_assert_int_eq(number(db, "PRAGMA journal_size_limit"), 8 * 1024 * 1024);
	ck_assert_int_eq(number(db, "PRAGMA user_version"), 2);
	db_close(&db);
	ck_assert_ptr_null(db);
	db_close(&db);
}
END_TEST

START_TEST(files_are_for_the_group_to_read_and_for_nobody_else)
{
	sqlite3 *db;
	struct stat st;

	(void)umask(0);
	db = opened(path_in_folder("mode.db"), DB_WRITE, 2);
	insert(db, "x");
	ck_assert_int_eq(stat(path_in_folder("mode.db"), &st), 0);
	ck_assert_int_eq((int)(st.st_mode & 0777), 0640);
	ck_assert_int_eq(stat(path_in_folder("mode.db-wal"), &st), 0);
	ck_assert_int_eq((int)(st.st_mode & 0777), 0640);
	db_close(&db);
}
END_TEST

/* As web and feed do: another uid, the same group, no right to write in the folder. */
static int read_as_other_user(const char *path)
{
	struct err err = { 0 };
	sqlite3 *db = NULL;
	int n = -1;

	if (geteuid() == 0 && setuid(65534) != 0)
		return 100;
	if (db_open(path, DB_READ, schema, 2, &db, &err) != ERR_OK) {
		(void)fprintf(stderr, "%s\n", err.text);
		return 101;
	}
	n = (int)number(db, "SELECT count(*) FROM item");
	if (db_exec(db, "DELETE FROM item", &err) == ERR_OK)
		return 102;
	db_close(&db);
	return n;
}

START_TEST(a_reader_under_another_uid_reads_after_the_writer_closed)
{
	const char *path = path_in_folder("other.db");
	sqlite3 *db = opened(path, DB_WRITE, 2);
	int status = 0;
	pid_t child;

	insert(db, "one");
	insert(db, "two");
	db_close(&db);
	ck_assert_int_eq(access(path_in_folder("other.db-wal"), F_OK), 0);
	ck_assert_int_eq(chmod(path_in_folder(".."), 0711), 0);
	ck_assert_int_eq(chmod(harness_folder(), 0550), 0);
	path = path_in_folder("other.db");
	child = fork();
	if (child == 0)
		_exit(read_as_other_user(path));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(chmod(harness_folder(), 0700), 0);
	ck_assert_int_eq(WEXITSTATUS(status), 2);
}
END_TEST

START_TEST(a_kill_keeps_whole_transactions_only)
{
	const char *path = path_in_folder("kill.db");
	sqlite3 *db;
	pid_t child = fork();

	if (child == 0) {
		struct err err = { 0 };

		db = opened(path, DB_WRITE, 2);
		insert(db, "kept");
		(void)db_exec(db, "BEGIN IMMEDIATE", &err);
		insert(db, "lost");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	db = opened(path, DB_WRITE, 2);
	ck_assert_int_eq(number(db, "SELECT count(*) FROM item"), 1);
	ck_assert_int_eq(number(db, "SELECT name = 'kept' FROM item"), 1);
	db_close(&db);
}
END_TEST

START_TEST(an_older_file_is_upgraded_and_keeps_its_rows)
{
	const char *path = path_in_folder("up.db");
	sqlite3 *db = opened(path, DB_WRITE, 1);

	insert(db, "old");
	db_close(&db);
	db = opened(path, DB_WRITE, 2);
	ck_assert_int_eq(number(db, "PRAGMA user_version"), 2);
	ck_assert_int_eq(number(db, "SELECT count(*) FROM item"), 1);
	ck_assert_int_eq(number(db, "SELECT count(*) FROM part"), 0);
	db_close(&db);
}
END_TEST

START_TEST(a_newer_file_is_refused_with_the_mend)
{
	const char *path = path_in_folder("new.db");
	sqlite3 *db = opened(path, DB_WRITE, 2);
	struct err err = { 0 };

	db_close(&db);
	assert_error(db_open(path, DB_WRITE, schema, 1, &db, &err), ERR_VERSION, err,
		     "schema version 2 is newer than this program's 1: upgrade the program");
	ck_assert_ptr_null(db);
	ck_assert_ptr_nonnull(strstr(err.text, path));
}
END_TEST

START_TEST(a_reader_refuses_an_older_file_and_does_not_touch_it)
{
	const char *path = path_in_folder("old.db");
	sqlite3 *db = opened(path, DB_WRITE, 1);
	struct err err = { 0 };

	db_close(&db);
	assert_error(db_open(path, DB_READ, schema, 2, &db, &err), ERR_VERSION, err,
		     "schema version 1 is older than this program's 2");
	db = opened(path, DB_WRITE, 1);
	ck_assert_int_eq(number(db, "PRAGMA user_version"), 1);
	db_close(&db);
}
END_TEST

START_TEST(a_failed_upgrade_leaves_the_file_as_it_was)
{
	static const char *const broken[] = {
		"CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL, bytes BLOB NOT "
		"NULL) STRICT",
		"CREATE TABLE half (x INTEGER) STRICT; CREATE TABLE item (x INTEGER) STRICT",
	};
	const char *path = path_in_folder("broken.db");
	sqlite3 *db = NULL;
	struct err err = { 0 };

	assert_error(db_open(path, DB_WRITE, broken, 2, &db, &err), ERR_DB, err,
		     "upgrade the schema from version 1: table item already exists");
	db = opened(path, DB_WRITE, 1);
	ck_assert_int_eq(number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), 0);
	db_close(&db);
}
END_TEST

START_TEST(a_reader_needs_the_file)
{
	struct err err = { 0 };
	sqlite3 *db = NULL;

	assert_error(db_open(path_in_folder("none.db"), DB_READ, schema, 2, &db, &err), ERR_MISSING,
		     err, "none.db: No such file or directory");
	assert_error(db_open("/nonexistent/x.db", DB_WRITE, schema, 2, &db, &err), ERR_IO, err,
		     "open /nonexistent/x.db: No such file or directory");
}
END_TEST

START_TEST(a_file_that_is_no_database_is_an_error_not_a_crash)
{
	const char *path = harness_text(harness_folder(), "text.db",
					"this is a text file and not a database, whatever its "
					"name says; it is longer than one header of 100 bytes");
	struct err err = { 0 };
	sqlite3 *db = NULL;

	assert_error(db_open(path, DB_READ, schema, 2, &db, &err), ERR_DB, err,
		     "file is not a database");
	assert_error(db_open(path, DB_WRITE, schema, 2, &db, &err), ERR_DB, err,
		     "file is not a database");
	ck_assert_ptr_null(db);
}
END_TEST

START_TEST(a_full_database_is_full_and_a_locked_one_busy)
{
	const char *path = path_in_folder("full.db");
	sqlite3 *db = opened(path, DB_WRITE, 2);
	sqlite3 *other = opened(path, DB_WRITE, 2);
	struct err err = { 0 };

	assert_ok(db_exec(db, "BEGIN IMMEDIATE", &err), err);
	(void)sqlite3_busy_timeout(other, 0);
	assert_error(db_exec(other, "BEGIN IMMEDIATE", &err), ERR_BUSY, err, "locked");
	assert_ok(db_exec(db, "ROLLBACK", &err), err);
	assert_ok(db_exec(db, "PRAGMA max_page_count = 4", &err), err);
	assert_error(
		db_exec(db, "INSERT INTO item (name, bytes) VALUES ('x', zeroblob(100000))", &err),
		ERR_FULL, err, "full");
	db_close(&other);
	db_close(&db);
}
END_TEST

START_TEST(foreign_keys_hold)
{
	sqlite3 *db = opened(path_in_folder("fk.db"), DB_WRITE, 2);
	struct err err = { 0 };

	assert_error(db_exec(db, "INSERT INTO part VALUES (7)", &err), ERR_DB, err,
		     "FOREIGN KEY constraint failed");
	db_close(&db);
}
END_TEST

START_TEST(preparing_again_resets_and_clears)
{
	sqlite3 *db = opened(path_in_folder("prep.db"), DB_WRITE, 2);
	sqlite3_stmt *stmt = NULL;
	struct err err = { 0 };
	int row = 0;

	assert_ok(db_prepare(db, &stmt, "SELECT $1, $2", &err), err);
	db_bind_int(stmt, 1, 7);
	db_bind_text(stmt, 2, NULL);
	assert_ok(db_step(stmt, &row, &err), err);
	ck_assert_int_eq(row, 1);
	ck_assert_int_eq(sqlite3_column_int64(stmt, 0), 7);
	ck_assert_str_eq(db_text(stmt, 1), "");
	assert_ok(db_prepare(db, &stmt, "SELECT $1, $2", &err), err);
	db_bind_null(stmt, 2);
	assert_ok(db_step(stmt, &row, &err), err);
	ck_assert_int_eq(sqlite3_column_type(stmt, 0), SQLITE_NULL);
	assert_ok(db_step(stmt, &row, &err), err);
	ck_assert_int_eq(row, 0);
	db_finalize(&stmt);
	ck_assert_ptr_null(stmt);
	assert_error(db_prepare(db, &stmt, "SELEC 1", &err), ERR_DB, err, "syntax error");
	db_close(&db);
}
END_TEST

/* SQLite would bind the first value to $2. */
START_TEST(parameters_out_of_order_are_refused)
{
	sqlite3 *db = opened(path_in_folder("order.db"), DB_WRITE, 2);
	sqlite3_stmt *stmt = NULL;
	struct err err = { 0 };

	assert_error(db_prepare(db, &stmt, "UPDATE item SET name = $2 WHERE id = $1", &err), ERR_DB,
		     err, "parameter 1 is $2: first use them in order");
	ck_assert_ptr_null(stmt);
	assert_ok(db_prepare(db, &stmt, "SELECT $1, $2, $1", &err), err);
	db_finalize(&stmt);
	db_close(&db);
}
END_TEST

START_TEST(no_bytes_are_an_empty_blob)
{
	sqlite3 *db = opened(path_in_folder("blob.db"), DB_WRITE, 2);

	insert(db, "x");
	ck_assert_int_eq(number(db, "SELECT length(bytes) FROM item"), 0);
	db_close(&db);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_writer_sets_the_manners_that_durability_needs);
	tcase_add_test(tc, files_are_for_the_group_to_read_and_for_nobody_else);
	tcase_add_test(tc, a_reader_under_another_uid_reads_after_the_writer_closed);
	tcase_add_test(tc, a_kill_keeps_whole_transactions_only);
	tcase_add_test(tc, an_older_file_is_upgraded_and_keeps_its_rows);
	tcase_add_test(tc, a_newer_file_is_refused_with_the_mend);
	tcase_add_test(tc, a_reader_refuses_an_older_file_and_does_not_touch_it);
	tcase_add_test(tc, a_failed_upgrade_leaves_the_file_as_it_was);
	tcase_add_test(tc, a_reader_needs_the_file);
	tcase_add_test(tc, a_file_that_is_no_database_is_an_error_not_a_crash);
	tcase_add_test(tc, a_full_database_is_full_and_a_locked_one_busy);
	tcase_add_test(tc, foreign_keys_hold);
	tcase_add_test(tc, preparing_again_resets_and_clears);
	tcase_add_test(tc, parameters_out_of_order_are_refused);
	tcase_add_test(tc, no_bytes_are_an_empty_blob);
}

HARNESS_MAIN("db", add)
