#include "agent/spool.h"

#include "tests/spool_samples.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/clock.h"

/* ---- appending, committing, reopening */

START_TEST(what_was_committed_is_there_after_reopening_with_the_same_numbers)
{
	struct spool *s = sample_open();
	uint8_t id[FRAME_SPOOL_BYTES];

	ck_assert_int_eq(sample_append(s, "2026-09", "2026-10-05", 12, -1), 1);
	ck_assert_int_eq(sample_append(s, "2026-10", "2026-10-05", 3, -1), 2);
	memcpy(id, s->id, sizeof id);
	spool_close(&s);
	ck_assert_ptr_null(s);
	s = sample_open();
	ck_assert_mem_eq(s->id, id, sizeof id);
	ck_assert_int_eq(s->last_sequence, 2);
	ck_assert_int_eq(sample_append(s, "2026-10", "2026-10-31", 4, -1), 3);
	spool_close(&s);
}
END_TEST

START_TEST(an_envelope_carries_the_signed_payload_with_agent_spool_and_number)
{
	struct spool *s = sample_open();
	struct frame f;
	int64_t before_us = clock_wall_us();

	(void)sample_append(s, "2026-09", "2026-10-05", 12, -1);
	sample_read(s, 1, &f);
	ck_assert_ptr_nonnull(f.entry);
	ck_assert_str_eq(f.entry->agent, "hodge-hill");
	ck_assert_uint_eq(f.entry->sequence, 1);
	ck_assert_mem_eq(f.entry->spool.data, s->id, sizeof s->id);
	ck_assert_int_ge(f.entry->sealed_us, before_us);
	ck_assert_str_eq(f.entry->report->period, "2026-09");
	ck_assert_int_eq(f.entry->report->numerator[0], 12);
	frame_clear(&f);
	spool_close(&s);
}
END_TEST

START_TEST(a_rolled_back_transaction_leaves_no_entry_and_its_number_is_used_again)
{
	struct spool *s = sample_open();
	struct sample_report report;
	struct err err = { .code = ERR_OK };
	int64_t sequence = 0;

	(void)sample_append(s, "2026-09", "2026-10-05", 12, -1);
	assert_ok(spool_begin(s, &err), err);
	assert_ok(spool_append(s, &sample_fill(&report, "2026-10", "2026-10-05", 5, -1)->entry,
			       &sequence, &err),
		  err);
	ck_assert_int_eq(sequence, 2);
	spool_rollback(s);
	ck_assert_int_eq(s->last_sequence, 1);
	ck_assert_int_eq(sample_append(s, "2026-10", "2026-10-05", 6, -1), 2);
	spool_close(&s);
}
END_TEST

START_TEST(an_entry_without_a_body_or_with_a_wrong_field_is_refused_and_takes_no_number)
{
	struct spool *s = sample_open();
	struct sample_report report;
	District__Entry empty = DISTRICT__ENTRY__INIT;
	static char bad_area[] = "not a code";
	struct err err = { .code = ERR_OK };
	int64_t sequence = 0;

	assert_ok(spool_begin(s, &err), err);
	assert_error(spool_append(s, &empty, &sequence, &err), ERR_MALFORMED, err,
		     "an entry without a body");
	(void)sample_fill(&report, "2026-10", "2026-10-05", 5, -1);
	report.report.area = bad_area;
	assert_error(spool_append(s, &report.entry, &sequence, &err), ERR_MALFORMED, err,
		     "Report.area");
	ck_assert_int_eq(s->last_sequence, 0);
	spool_rollback(s);
	spool_close(&s);
}
END_TEST

/* The child commits one entry, says so, begins the next, says so and waits to be killed. */
static void append_until_killed(int out)
{
	struct spool *s = sample_open();
	struct sample_report report;
	struct err err = { .code = ERR_OK };
	int64_t sequence = 0;

	(void)sample_append(s, "2026-09", "2026-10-05", 12, -1);
	if (spool_begin(s, &err) != ERR_OK ||
	    spool_append(s, &sample_fill(&report, "2026-10", "2026-10-05", 5, -1)->entry, &sequence,
			 &err) != ERR_OK ||
	    write(out, "x", 1) != 1)
		_exit(1);
	for (;;)
		(void)pause();
}

START_TEST(a_kill_inside_a_transaction_keeps_what_was_committed_and_nothing_else)
{
	int ends[2], status;
	struct spool *s;
	char byte;
	pid_t pid;

	sample_make_keys();
	(void)sample_path();
	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		(void)close(ends[0]);
		append_until_killed(ends[1]);
	}
	(void)close(ends[1]);
	ck_assert_int_eq((int)read(ends[0], &byte, 1), 1);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq((int)waitpid(pid, &status, 0), (int)pid);
	s = sample_open();
	ck_assert_int_eq(s->last_sequence, 1);
	ck_assert_int_eq(sample_append(s, "2026-10", "2026-10-05", 6, -1), 2);
	spool_close(&s);
}
END_TEST

/* ---- room */

START_TEST(opening_reserves_the_whole_bound_on_disk)
{
	struct spool *s = sample_open();
	struct stat st;

	ck_assert_int_eq(stat(sample_path(), &st), 0);
	ck_assert_int_ge(st.st_size, SAMPLE_LIMIT_BYTES);
	ck_assert_int_ge((int64_t)st.st_blocks * 512, SAMPLE_LIMIT_BYTES);
	(void)sample_append(s, "2026-09", "2026-10-05", 12, -1);
	spool_close(&s); /* a checkpoint, which gives back what is not reserved */
	ck_assert_int_eq(stat(sample_path(), &st), 0);
	ck_assert_int_ge((int64_t)st.st_blocks * 512, SAMPLE_LIMIT_BYTES);
}
END_TEST

static enum err_code append_many(struct spool *s, int n, struct err *err)
{
	struct sample_report report;
	enum err_code code = spool_begin(s, err);
	int64_t sequence;

	(void)sample_fill(&report, "2026-10", "2026-10-05", 5, -1);
	for (int i = 0; i < n && code == ERR_OK; i++)
		code = spool_append(s, &report.entry, &sequence, err);
	if (code == ERR_OK)
		code = spool_commit(s, err);
	else
		spool_rollback(s);
	return code;
}

START_TEST(a_full_spool_refuses_the_whole_transaction_and_keeps_what_was_there)
{
	struct spool *s = sample_open_limit(128 * 1024);
	struct err err = { .code = ERR_OK };
	int64_t before;

	assert_ok(append_many(s, 10, &err), err);
	before = s->last_sequence;
	assert_error(append_many(s, 2000, &err), ERR_FULL, err, "raise spool_mib");
	ck_assert_int_eq(s->last_sequence, before);
	assert_ok(append_many(s, 1, &err), err);
	ck_assert_int_eq(s->last_sequence, before + 1);
	spool_close(&s);
}
END_TEST

/* SQLite's own calls to the system, with a disk that is full. */
static ssize_t full_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	(void)fd;
	(void)bytes;
	(void)len;
	(void)at;
	errno = ENOSPC;
	return -1;
}

static void disk_is_full(int full)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
	sqlite3_syscall_ptr call = full ? (sqlite3_syscall_ptr)full_pwrite : NULL;

	ck_assert_int_eq(vfs->xSetSystemCall(vfs, "pwrite", call), SQLITE_OK);
	ck_assert_int_eq(vfs->xSetSystemCall(vfs, "pwrite64", call), SQLITE_OK);
}

START_TEST(a_full_disk_refuses_the_whole_transaction_and_the_next_try_succeeds)
{
	struct spool *s = sample_open();
	struct err err = { .code = ERR_OK };

	assert_ok(append_many(s, 3, &err), err);
	disk_is_full(1);
	assert_error(append_many(s, 3, &err), ERR_FULL, err, "free some space");
	disk_is_full(0);
	ck_assert_int_eq(s->last_sequence, 3);
	assert_ok(append_many(s, 2, &err), err);
	ck_assert_int_eq(s->last_sequence, 5);
	spool_close(&s);
}
END_TEST

START_TEST(open_and_append_survive_every_failing_allocation)
{
	struct err err;
	int opened = 0;

	sample_make_keys();
	for (long n = 1; !opened && n < 10000; n++) {
		struct spool *s = NULL;
		struct sample_report report;
		int64_t sequence = 0;
		enum err_code code;

		(void)sample_fill(&report, "2026-10", "2026-10-05", 5, -1);
		harness_fail_allocation(n);
		code = spool_open(sample_path(), "hodge-hill", &sample_keys, SAMPLE_LIMIT_BYTES, &s,
				  &err);
		if (code == ERR_OK)
			code = spool_begin(s, &err);
		if (code == ERR_OK)
			code = spool_append(s, &report.entry, &sequence, &err);
		if (code == ERR_OK)
			code = spool_commit(s, &err);
		opened = harness_allocations() < n;
		harness_fail_allocation(0);
		if (opened)
			assert_ok(code, err);
		else
			assert_error(code, ERR_NOMEM, err, "memory");
		spool_close(&s);
	}
	ck_assert(opened);
}
END_TEST

/* ---- readers */

START_TEST(a_reader_follows_a_writer_that_is_at_work_and_one_that_has_closed)
{
	struct spool *writer = sample_open(), *reader;
	struct err err = { .code = ERR_OK };
	int64_t sequence = 0, size = 0;
	struct frame f;

	(void)sample_append(writer, "2026-09", "2026-10-05", 12, -1);
	reader = sample_open_reader();
	ck_assert_int_eq(reader->last_sequence, 1);
	(void)sample_append(writer, "2026-10", "2026-10-05", 3, -1);
	assert_ok(spool_refresh(reader, &err), err);
	ck_assert_int_eq(reader->last_sequence, 2);
	assert_ok(spool_next(reader, 1, &sequence, &size, &err), err);
	ck_assert_int_eq(sequence, 2);
	ck_assert_int_gt(size, 0);
	spool_close(&writer);
	sample_read(reader, 2, &f);
	ck_assert_ptr_nonnull(f.entry);
	frame_clear(&f);
	spool_close(&reader);
	reader = sample_open_reader();
	assert_ok(spool_next(reader, 2, &sequence, &size, &err), err);
	ck_assert_int_eq(sequence, 0);
	spool_close(&reader);
}
END_TEST

/* In a child: gives up root, then reads what only its group may read. Returns its exit status. */
static int read_as_nobody(void)
{
	struct spool *s = NULL;
	struct err err = { .code = ERR_OK };
	uint8_t *bytes = NULL;
	size_t len = 0;

	if (setgid(65534) != 0 || setuid(65534) != 0)
		return 2;
	if (spool_open(sample_path(), "hodge-hill", NULL, 0, &s, &err) != ERR_OK ||
	    spool_envelope(s, 1, &bytes, &len, &err) != ERR_OK) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	free(bytes);
	spool_close(&s);
	return 0;
}

START_TEST(publish_reads_under_another_uid_after_collect_has_closed)
{
	static const char *const files[] = { "", "-wal", "-shm" };
	struct spool *s = sample_open();
	char path[300];
	int status;
	pid_t pid;

	(void)sample_append(s, "2026-09", "2026-10-05", 12, -1);
	spool_close(&s);
	(void)snprintf(path, sizeof path, "%s/..", harness_folder());
	ck_assert_int_eq(chmod(path, 0711), 0);
	ck_assert_int_eq(chmod(harness_folder(), geteuid() == 0 ? 0755 : 0500), 0);
	for (size_t i = 0; i < 3 && geteuid() == 0; i++) {
		(void)snprintf(path, sizeof path, "%s%s", sample_path(), files[i]);
		ck_assert_int_eq(chown(path, 0, 65534), 0);
	}
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(geteuid() == 0 ? read_as_nobody() : 0);
	ck_assert_int_eq((int)waitpid(pid, &status, 0), (int)pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(chmod(harness_folder(), 0700), 0);
	s = sample_open_reader();
	ck_assert_int_eq(s->last_sequence, 1);
	spool_close(&s);
}
END_TEST

START_TEST(a_reader_before_the_first_collect_is_told_that_there_is_nothing)
{
	struct spool *s = NULL;
	struct err err = { .code = ERR_OK };

	assert_error(spool_open(sample_path(), "hodge-hill", NULL, 0, &s, &err), ERR_MISSING, err,
		     sample_path());
	ck_assert_ptr_null(s);
}
END_TEST

START_TEST(what_waits_is_counted_above_a_number)
{
	struct spool *s = sample_open();
	struct spool_waiting waiting;
	struct err err = { .code = ERR_OK };

	clock_fix_us(1793000000000000);
	(void)sample_append(s, "2026-09", "2026-10-05", 12, -1);
	clock_fix_us(1793000000000007);
	(void)sample_append(s, "2026-10", "2026-10-05", 3, -1);
	assert_ok(spool_waiting(s, 0, &waiting, &err), err);
	ck_assert_int_eq(waiting.n_entries, 2);
	ck_assert_int_eq(waiting.oldest_us, 1793000000000000);
	assert_ok(spool_waiting(s, 1, &waiting, &err), err);
	ck_assert_int_eq(waiting.n_entries, 1);
	ck_assert_int_eq(waiting.oldest_us, 1793000000000007);
	assert_ok(spool_waiting(s, 2, &waiting, &err), err);
	ck_assert_int_eq(waiting.n_entries, 0);
	ck_assert_int_eq(waiting.oldest_us, 0);
	clock_fix_us(0);
	spool_close(&s);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, what_was_committed_is_there_after_reopening_with_the_same_numbers);
	tcase_add_test(tc, an_envelope_carries_the_signed_payload_with_agent_spool_and_number);
	tcase_add_test(tc, a_rolled_back_transaction_leaves_no_entry_and_its_number_is_used_again);
	tcase_add_test(
		tc, an_entry_without_a_body_or_with_a_wrong_field_is_refused_and_takes_no_number);
	tcase_add_test(tc, a_kill_inside_a_transaction_keeps_what_was_committed_and_nothing_else);
	tcase_add_test(tc, opening_reserves_the_whole_bound_on_disk);
	tcase_add_test(tc, a_full_spool_refuses_the_whole_transaction_and_keeps_what_was_there);
	tcase_add_test(tc, a_full_disk_refuses_the_whole_transaction_and_the_next_try_succeeds);
	tcase_add_test(tc, open_and_append_survive_every_failing_allocation);
	tcase_add_test(tc, a_reader_follows_a_writer_that_is_at_work_and_one_that_has_closed);
	tcase_add_test(tc, publish_reads_under_another_uid_after_collect_has_closed);
	tcase_add_test(tc, a_reader_before_the_first_collect_is_told_that_there_is_nothing);
	tcase_add_test(tc, what_waits_is_counted_above_a_number);
}

HARNESS_MAIN("spool", add)
