#include "aggregator/web/office.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness.h"

static char path[256];
static struct err err;
static const struct viewer ann = { .role = ROLE_CENTRAL, .account = 7, .name = "ann" };

static struct office *open_office(void)
{
	struct office *o = NULL;

	(void)snprintf(path, sizeof path, "%s/office/office.db", harness_folder());
	assert_ok(office_open(path, &o, &err), err);
	return o;
}

static void note(struct office *o, const char *action, const char *detail)
{
	assert_ok(office_begin(o, &err), err);
	assert_ok(office_audit(o, &ann, "127.0.0.1", action, "a thing", detail, &err), err);
	assert_ok(office_commit(o, &err), err);
}

static enum err_code verify(struct office *o, int64_t *n)
{
	uint8_t head[OFFICE_CHAIN_BYTES];

	return office_audit_verify(o, n, head, &err);
}

static int64_t one_int(struct office *o, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	int64_t value;

	assert_ok(db_prepare(o->db, &stmt, sql, &err), err);
	assert_ok(db_step(stmt, &row, &err), err);
	ck_assert_int_eq(row, 1);
	value = sqlite3_column_int64(stmt, 0);
	db_finalize(&stmt);
	return value;
}

/* ---- open */

START_TEST(a_new_office_makes_its_folder_and_keeps_its_rounding_key)
{
	static const uint8_t none[OFFICE_KEY_BYTES];
	uint8_t key[OFFICE_KEY_BYTES];
	struct office *o = open_office();
	struct stat st;

	memcpy(key, o->rounding_key, sizeof key);
	ck_assert_mem_ne(key, none, sizeof none);
	office_close(&o);
	ck_assert_ptr_null(o);
	office_close(&o);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq((int)(st.st_mode & 0777), 0640);
	o = open_office();
	ck_assert_mem_eq(key, o->rounding_key, sizeof key);
	office_close(&o);
}
END_TEST

START_TEST(a_folder_that_cannot_be_made_is_named)
{
	struct office *o = NULL;

	assert_error(office_open("/proc/no-such/office.db", &o, &err), ERR_IO, err,
		     "make /proc/no-such: ");
	ck_assert_ptr_null(o);
}
END_TEST

START_TEST(a_file_that_is_no_database_is_refused_by_its_name)
{
	const char *file = harness_text(harness_folder(), "office/office.db",
					"this is not a database, but long enough to look at");
	struct office *o = NULL;
	enum err_code code = office_open(file, &o, &err);

	assert_error(code, ERR_DB, err, file);
	ck_assert_ptr_null(o);
}
END_TEST

START_TEST(a_damaged_rounding_key_is_said_not_replaced)
{
	struct office *o = open_office();

	assert_ok(
		db_exec(o->db, "UPDATE setting SET value = x'00' WHERE key = 'rounding_key'", &err),
		err);
	office_close(&o);
	assert_error(office_open(path, &o, &err), ERR_DB, err,
		     "setting.rounding_key is damaged: restore a backup");
	ck_assert_ptr_null(o);
}
END_TEST

START_TEST(every_failing_allocation_at_open_is_an_error_and_leaves_nothing)
{
	struct office *o = open_office();

	office_close(&o);
	for (long n = 1; n < 8; n++) {
		enum err_code code;
		long made;

		harness_fail_allocation(n);
		code = office_open(path, &o, &err);
		made = harness_allocations();
		harness_fail_allocation(0);
		if (made < n) {
			assert_ok(code, err);
			office_close(&o);
			return;
		}
		assert_error(code, ERR_NOMEM, err, "out of memory");
		ck_assert_ptr_null(o);
	}
	ck_abort_msg("office_open made more allocations than this test tries");
}
END_TEST

/* ---- statements and transactions */

START_TEST(a_statement_is_prepared_once_and_found_by_its_text)
{
	static const char sql[] = "SELECT 1";
	struct office *o = open_office();
	sqlite3_stmt *first, *second;

	assert_ok(office_prepare(o, sql, &first, &err), err);
	assert_ok(office_prepare(o, sql, &second, &err), err);
	ck_assert_ptr_eq(first, second);
	assert_error(office_prepare(o, "SELECT a FROM nowhere", &first, &err), ERR_DB, err,
		     "office: no such table: nowhere");
	ck_assert_ptr_null(first);
	office_close(&o);
}
END_TEST

START_TEST(more_statements_than_there_is_room_for_are_refused)
{
	static char sql[OFFICE_STATEMENTS + 1][24];
	struct office *o = open_office();
	sqlite3_stmt *stmt;
	enum err_code code = ERR_OK;

	for (int i = 0; i <= OFFICE_STATEMENTS && code == ERR_OK; i++) {
		(void)snprintf(sql[i], sizeof sql[i], "SELECT %d", i);
		code = office_prepare(o, sql[i], &stmt, &err);
	}
	assert_error(code, ERR_FULL, err, "office: more than");
	office_close(&o);
}
END_TEST

START_TEST(what_failed_is_rolled_back_with_its_audit_row)
{
	struct office *o = open_office();
	int64_t n = -1;

	assert_ok(office_begin(o, &err), err);
	assert_ok(office_audit(o, &ann, "local", "target set", "x", "", &err), err);
	ck_assert_int_eq(office_end(o, ERR_DENIED, &err), ERR_DENIED);
	assert_ok(verify(o, &n), err);
	ck_assert_int_eq(n, 0);
	office_rollback(o);
	office_close(&o);
}
END_TEST

START_TEST(a_second_writer_waits_its_turn_and_is_then_told_busy)
{
	struct office *o = open_office(), *other = NULL;

	assert_ok(office_open(path, &other, &err), err);
	(void)sqlite3_busy_timeout(other->db, 1);
	assert_ok(office_begin(o, &err), err);
	assert_error(office_begin(other, &err), ERR_BUSY, err, "office: begin: ");
	assert_ok(office_commit(o, &err), err);
	assert_ok(office_begin(other, &err), err);
	assert_ok(office_commit(other, &err), err);
	office_close(&other);
	office_close(&o);
}
END_TEST

/* ---- audit log */

static int rows_seen;
static char seen[8][64];

static enum err_code on_row(const struct office_audit_row *row, void *context, struct err *e)
{
	(void)context;
	(void)e;
	ck_assert_int_lt(rows_seen, 8);
	(void)snprintf(seen[rows_seen++], sizeof seen[0], "%d %s %s %s", (int)row->id, row->who,
		       row->action, row->detail);
	return ERR_OK;
}

START_TEST(nothing_is_audited_outside_a_transaction)
{
	struct office *o = open_office();

	assert_error(office_audit(o, &ann, "local", "a", "b", "c", &err), ERR_DB, err,
		     "audit log: no transaction is open");
	office_close(&o);
}
END_TEST

START_TEST(the_log_is_listed_newest_first_filtered_and_in_pages)
{
	struct office *o = open_office();
	struct office_audit_filter f = {
		.who = "", .action = "", .to_us = INT64_MAX, .before = INT64_MAX, .limit = 2
	};
	int64_t n = 0;

	note(o, "target set", "one");
	note(o, "sign-in", "two");
	note(o, "target set", "three");
	rows_seen = 0;
	assert_ok(office_audit_list(o, &f, on_row, NULL, &err), err);
	ck_assert_int_eq(rows_seen, 2);
	ck_assert_str_eq(seen[0], "3 ann target set three");
	ck_assert_str_eq(seen[1], "2 ann sign-in two");
	f.before = 2;
	rows_seen = 0;
	assert_ok(office_audit_list(o, &f, on_row, NULL, &err), err);
	ck_assert_int_eq(rows_seen, 1);
	ck_assert_str_eq(seen[0], "1 ann target set one");
	f.action = "target set";
	assert_ok(office_audit_count(o, &f, &n, &err), err);
	ck_assert_int_eq(n, 2);
	f.who = "bob";
	assert_ok(office_audit_count(o, &f, &n, &err), err);
	ck_assert_int_eq(n, 0);
	office_close(&o);
}
END_TEST

START_TEST(the_log_cannot_be_changed_by_sql)
{
	struct office *o = open_office();

	note(o, "sign-in", "");
	assert_error(db_exec(o->db, "UPDATE audit_log SET who = 'x'", &err), ERR_DB, err,
		     "the audit log is append-only");
	assert_error(db_exec(o->db, "DELETE FROM audit_log", &err), ERR_DB, err,
		     "the audit log is append-only");
	office_close(&o);
}
END_TEST

/* What somebody with the file could do after dropping the triggers. */
static void tamper(struct office *o, const char *sql)
{
	assert_ok(db_exec(o->db, "DROP TRIGGER audit_log_update; DROP TRIGGER audit_log_delete",
			  &err),
		  err);
	assert_ok(db_exec(o->db, sql, &err), err);
}

static struct office *open_with_rows(void)
{
	struct office *o = open_office();
	int64_t n = 0;

	note(o, "sign-in", "one");
	note(o, "target set", "two");
	note(o, "target set", "three");
	assert_ok(verify(o, &n), err);
	ck_assert_int_eq(n, 3);
	return o;
}

START_TEST(a_row_taken_out_of_the_middle_shows)
{
	struct office *o = open_with_rows();
	int64_t n;

	tamper(o, "DELETE FROM audit_log WHERE id = 2");
	assert_error(verify(o, &n), ERR_DENIED, err,
		     "audit log: row 2 was taken out or added later");
	office_close(&o);
}
END_TEST

START_TEST(rows_taken_off_the_end_show)
{
	struct office *o = open_with_rows();
	int64_t n;

	tamper(o, "DELETE FROM audit_log WHERE id = 3");
	assert_error(verify(o, &n), ERR_DENIED, err, "it should have 3 rows and has 2");
	office_close(&o);
}
END_TEST

START_TEST(a_changed_row_shows)
{
	static const char *const fields[] = { "who",   "role",   "peer", "action",
					      "about", "detail", NULL };

	for (int i = 0; fields[i] != NULL; i++) {
		struct office *o = open_with_rows();
		char sql[96];
		int64_t n;

		(void)snprintf(sql, sizeof sql, "UPDATE audit_log SET %s = 'x' WHERE id = 2",
			       fields[i]);
		tamper(o, sql);
		assert_error(verify(o, &n), ERR_DENIED, err,
			     "audit log: row 2 was changed after it was written");
		office_close(&o);
		(void)unlink(path);
	}
}
END_TEST

START_TEST(a_head_that_was_taken_out_shows)
{
	struct office *o = open_with_rows();
	int64_t n;

	assert_ok(db_exec(o->db, "DELETE FROM setting WHERE key = 'audit_head'", &err), err);
	assert_error(verify(o, &n), ERR_DENIED, err, "the audit log's head is damaged");
	assert_ok(office_begin(o, &err), err);
	assert_error(office_audit(o, &ann, "local", "a", "b", "c", &err), ERR_DENIED, err,
		     "audit log: the audit log's head");
	office_rollback(o);
	office_close(&o);
}
END_TEST

/* The same words cut in another place are another row. */
START_TEST(the_chain_tells_fields_apart)
{
	uint8_t one[OFFICE_CHAIN_BYTES], two[OFFICE_CHAIN_BYTES];
	struct office *o = open_with_rows();
	int64_t n;

	assert_ok(office_audit_verify(o, &n, one, &err), err);
	tamper(o, "UPDATE audit_log SET action = 'target sett', about = 'a thing' WHERE id = 3;"
		  "UPDATE audit_log SET action = 'target set', about = 'ta thing' WHERE id = 3");
	assert_error(office_audit_verify(o, &n, two, &err), ERR_DENIED, err, "row 3 was changed");
	office_close(&o);
}
END_TEST

/* Stands between SQLite and the files, and counts how often the disk is waited for. */
static sqlite3_io_methods counting_io;
static const sqlite3_io_methods *real_io;
static int n_syncs;

static int counting_sync(sqlite3_file *file, int flags)
{
	n_syncs++;
	return real_io->xSync(file, flags);
}

static void count_syncs(struct office *o)
{
	sqlite3_file *wal = NULL;

	ck_assert_int_eq(
		sqlite3_file_control(o->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, (void *)&wal),
		SQLITE_OK);
	ck_assert_ptr_nonnull(wal->pMethods);
	real_io = wal->pMethods;
	counting_io = *real_io;
	counting_io.xSync = counting_sync;
	wal->pMethods = &counting_io;
}

START_TEST(what_nobody_would_miss_is_written_without_waiting_for_the_disk)
{
	static const char sql[] = "UPDATE setting SET value = value";
	struct office *o = open_office();
	sqlite3_stmt *stmt = NULL;

	note(o, "one", "so that there is a log");
	count_syncs(o);
	note(o, "two", "this may not be lost");
	ck_assert_int_eq(n_syncs, 1);
	assert_ok(office_prepare(o, sql, &stmt, &err), err);
	assert_ok(office_run_lightly(o, stmt, &err), err);
	ck_assert_int_eq(n_syncs, 1);
	note(o, "three", "nor may this");
	ck_assert_int_eq(n_syncs, 2);
	ck_assert_int_eq(one_int(o, "PRAGMA synchronous"), 2);
	office_close(&o);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, what_nobody_would_miss_is_written_without_waiting_for_the_disk);
	tcase_add_test(tc, a_new_office_makes_its_folder_and_keeps_its_rounding_key);
	tcase_add_test(tc, a_folder_that_cannot_be_made_is_named);
	tcase_add_test(tc, a_file_that_is_no_database_is_refused_by_its_name);
	tcase_add_test(tc, a_damaged_rounding_key_is_said_not_replaced);
	tcase_add_test(tc, every_failing_allocation_at_open_is_an_error_and_leaves_nothing);
	tcase_add_test(tc, a_statement_is_prepared_once_and_found_by_its_text);
	tcase_add_test(tc, more_statements_than_there_is_room_for_are_refused);
	tcase_add_test(tc, what_failed_is_rolled_back_with_its_audit_row);
	tcase_add_test(tc, a_second_writer_waits_its_turn_and_is_then_told_busy);
	tcase_add_test(tc, nothing_is_audited_outside_a_transaction);
	tcase_add_test(tc, the_log_is_listed_newest_first_filtered_and_in_pages);
	tcase_add_test(tc, the_log_cannot_be_changed_by_sql);
	tcase_add_test(tc, a_row_taken_out_of_the_middle_shows);
	tcase_add_test(tc, rows_taken_off_the_end_show);
	tcase_add_test(tc, a_changed_row_shows);
	tcase_add_test(tc, a_head_that_was_taken_out_shows);
	tcase_add_test(tc, the_chain_tells_fields_apart);
}

HARNESS_MAIN("office", add)
