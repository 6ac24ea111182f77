#include "agent/collect.h"

#include "tests/collect_samples.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/collect_state.h"
#include "proto/date.h"
#include "proto/db.h"
#include "proto/embed.h"

static struct office *o;

static void set_up(void)
{
	o = office_new();
}

/* ---- what is said */

START_TEST(an_extract_becomes_a_report_for_each_period_of_its_window_and_a_return)
{
	struct told *told;
	struct frame f;
	const District__Return *r;

	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	told = office_collect_one(o, COLLECT_ACCEPTED);
	ck_assert_uint_eq(told->outcomes[0].rows_read, 4);
	ck_assert_uint_eq(told->outcomes[0].rows_rejected, 0);
	ck_assert_int_eq(told->outcomes[0].first_sequence, 1);
	ck_assert_uint_eq(told->outcomes[0].n_confirmed, 0);
	ck_assert_int_eq(told->outcomes[0].last_sequence, (int64_t)told->outcomes[0].n_changed + 1);
	/* four contacts: one in September; in October one boy, one girl twice */
	ck_assert_int_eq(office_last(o, "2026-09", "", ""), 1);
	ck_assert_int_eq(office_last(o, "2026-10", "", ""), 3);
	ck_assert_int_eq(office_last(o, "2026-10", "sex", ""), 3);
	ck_assert_int_eq(office_last(o, "2026-W44", "", ""), 1);
	ck_assert_int_eq(office_last(o, "2026-W43", "", ""), 1); /* 19 October */
	ck_assert_int_eq(office_last(o, "2026-W42", "", ""), 0);
	r = office_entry(o, told->outcomes[0].last_sequence, &f)->extract_return;
	ck_assert(r->accepted);
	ck_assert_uint_eq(r->n_lists, 1);
	ck_assert_uint_eq(r->lists[0]->rows_read, 4);
	ck_assert_uint_eq(r->n_changed, told->outcomes[0].n_changed);
	ck_assert(office_has(r->changed, r->n_changed, "2026-10"));
	ck_assert(!office_has(r->changed, r->n_changed, "2026-11"));
	frame_clear(&f);
}
END_TEST

START_TEST(the_same_extract_is_collected_once)
{
	struct told told;
	struct err err = { .code = ERR_OK };
	struct spool *s;
	int64_t last;

	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	last = office_collect_one(o, COLLECT_ACCEPTED)->outcomes[0].last_sequence;
	assert_ok(office_collect(o, 0, &told, &err), err);
	ck_assert_int_eq(told.n, 0);
	s = office_spool(o);
	ck_assert_int_eq(s->last_sequence, last);
	spool_close(&s);
}
END_TEST

/* One contact more, on 2 November; the child of 19 October is now known to have been on the 20th:
 * the same month and week. Changed: November and its week, the week of 26 October that had not
 * ended at the as-at of 31 October; confirmed: all else that both windows hold. */
START_TEST(a_newer_extract_says_what_changed_and_confirms_the_rest)
{
	struct told *told;
	struct frame f;
	const District__Return *r;

	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	(void)office_collect_one(o, COLLECT_ACCEPTED);
	office_drop(o, 0, "2026-11-04",
		    CONTACTS_HEAD "A1,b) Female,WBRI,01/02/2015,11,14/09/2026,Schools\n"
				  "A1,b) Female,WBRI,01/02/2015,11,02/10/2026,Police\n"
				  "B2,a) Male,WBRI,03/04/2012,14,20/10/2026,Schools\n"
				  "A1,b) Female,WBRI,01/02/2015,11,30/10/2026,Police\n"
				  "C3,a) Male,WBRI,03/04/2020,6,02/11/2026,Schools\n");
	told = office_collect_one(o, COLLECT_ACCEPTED);
	r = office_entry(o, told->outcomes[0].last_sequence, &f)->extract_return;
	ck_assert(office_has(r->changed, r->n_changed, "2026-11"));
	ck_assert(office_has(r->changed, r->n_changed, "2026-W45"));
	ck_assert(office_has(r->changed, r->n_changed, "2026-W44"));
	ck_assert_uint_eq(r->n_changed, 3);
	ck_assert(office_has(r->confirmed, r->n_confirmed, "2026-10"));
	ck_assert(office_has(r->confirmed, r->n_confirmed, "2026-W43"));
	ck_assert_int_eq(office_last(o, "2026-11", "", ""), 1);
	frame_clear(&f);
}
END_TEST

START_TEST(a_straggler_is_said_with_its_own_as_at_and_displaces_nothing)
{
	struct told *told;
	struct frame f;
	const District__Entry *e;

	office_drop(o, 0, "2026-11-04", CONTACTS_OCTOBER);
	(void)office_collect_one(o, COLLECT_ACCEPTED);
	office_drop(o, 0, "2026-10-20",
		    CONTACTS_HEAD "A1,b) Female,WBRI,01/02/2015,11,14/09/2026,Schools\n"
				  "A1,b) Female,WBRI,01/02/2015,11,02/10/2026,Police\n");
	told = office_collect_one(o, COLLECT_ACCEPTED);
	ck_assert_int_eq(told->outcomes[0].as_at, date_from_ymd(2026, 10, 20));
	e = office_entry(o, told->outcomes[0].last_sequence - 1, &f);
	ck_assert_int_eq(e->report->as_at, date_from_ymd(2026, 10, 20));
	frame_clear(&f);
	/* the next one gives what the newest had given: nothing to say */
	office_drop(o, 0, "2026-11-05", CONTACTS_OCTOBER);
	told = office_collect_one(o, COLLECT_ACCEPTED);
	ck_assert_uint_eq(told->outcomes[0].n_changed, 0);
}
END_TEST

START_TEST(an_empty_list_is_a_nil_return_with_figures_of_zero)
{
	struct told *told;
	struct frame f;
	const District__Return *r;

	office_drop(o, 0, "2026-10-31", CONTACTS_HEAD);
	told = office_collect_one(o, COLLECT_ACCEPTED);
	r = office_entry(o, told->outcomes[0].last_sequence, &f)->extract_return;
	ck_assert_int_eq((int)r->lists[0]->state, (int)DISTRICT__LIST_STATE__LIST_NIL);
	frame_clear(&f);
	ck_assert_int_eq(office_last(o, "2026-10", "", ""), 0);
}
END_TEST

START_TEST(a_refused_extract_is_reported_and_the_last_good_figures_stand)
{
	struct told *told;
	struct frame f;
	const District__Return *r;

	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	(void)office_collect_one(o, COLLECT_ACCEPTED);
	office_drop(o, 0, "2026-11-04", "Child Unique ID,Gender\nA1,b) Female\n");
	told = office_collect_one(o, COLLECT_REFUSED);
	ck_assert_str_ne(told->reasons[0], "");
	ck_assert_int_eq(told->outcomes[0].first_sequence, told->outcomes[0].last_sequence);
	r = office_entry(o, told->outcomes[0].last_sequence, &f)->extract_return;
	ck_assert(!r->accepted);
	ck_assert_uint_gt(r->n_reasons, 0);
	ck_assert_uint_eq(r->n_changed, 0);
	frame_clear(&f);
	ck_assert_int_eq(office_last(o, "2026-10", "", ""), 3);
	/* mended in place: another state of the same extract */
	office_drop(o, 0, "2026-11-04", CONTACTS_OCTOBER);
	told = office_collect_one(o, COLLECT_ACCEPTED);
	ck_assert_uint_gt(told->outcomes[0].n_confirmed, 0);
}
END_TEST

START_TEST(names_that_are_no_as_at_are_passed_over_and_counted)
{
	struct told told;
	struct err err = { .code = ERR_OK };

	(void)harness_text(o->folders[0], "Copy of October/contacts.csv", CONTACTS_OCTOBER);
	assert_ok(office_collect(o, 0, &told, &err), err);
	ck_assert_int_eq(told.n, 0);
	ck_assert_int_eq(told.n_skipped, 1);
}
END_TEST

START_TEST(a_measure_of_two_datasets_is_given_by_the_first_only)
{
	struct told told;
	struct err err = { .code = ERR_OK };

	o->config.n_datasets = 2;
	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	office_drop(o, 1, "2026-10-31", CONTACTS_OCTOBER);
	assert_ok(office_collect(o, 0, &told, &err), err);
	ck_assert_int_eq(told.n, 2);
	ck_assert_uint_gt(told.outcomes[0].n_changed, 0);
	ck_assert_int_eq((int)told.outcomes[1].what, (int)COLLECT_ACCEPTED);
	ck_assert_uint_eq(told.outcomes[1].n_changed, 0);
}
END_TEST

START_TEST(a_dry_run_tells_the_same_and_keeps_nothing)
{
	struct told told;
	struct err err = { .code = ERR_OK };
	struct spool *s;

	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	assert_ok(office_collect(o, 1, &told, &err), err);
	ck_assert_int_eq(told.n, 1);
	ck_assert_int_eq(told.outcomes[0].first_sequence, 1);
	s = office_spool(o);
	ck_assert_int_eq(s->last_sequence, 0);
	spool_close(&s);
	ck_assert_int_eq(office_collect_one(o, COLLECT_ACCEPTED)->outcomes[0].first_sequence, 1);
}
END_TEST

/* ---- what goes wrong */

START_TEST(a_folder_that_is_not_there_stops_that_dataset_only)
{
	static char nowhere[] = "/nonexistent/extracts";
	struct told told;
	struct err err = { .code = ERR_OK };

	o->config.n_datasets = 2;
	o->datasets[0].folder = nowhere;
	o->datasets[1].n_measures = 0;
	office_drop(o, 1, "2026-10-31", CONTACTS_OCTOBER);
	assert_error(office_collect(o, 0, &told, &err), ERR_IO, err, "/nonexistent/extracts");
	ck_assert_int_eq(told.n, 2);
	ck_assert_int_eq((int)told.outcomes[0].what, (int)COLLECT_FAILED);
	ck_assert_int_eq((int)told.outcomes[1].what, (int)COLLECT_ACCEPTED);
}
END_TEST

START_TEST(without_a_signing_key_collect_says_how_to_make_one)
{
	struct told told;
	struct err err = { .code = ERR_OK };
	char path[300];

	(void)snprintf(path, sizeof path, "%s/keys/signing.key", o->state);
	ck_assert_int_eq(unlink(path), 0);
	assert_error(office_collect(o, 0, &told, &err), ERR_MISSING, err,
		     "run 'district-agent keys init' first");
}
END_TEST

/* Fills the spool with withdrawals of nothing: entries that never give way. */
static void fill_spool(void)
{
	char path[300], reason[400];
	struct keys_sign keys;
	struct spool *s = NULL;
	struct err err = { .code = ERR_OK };
	enum err_code code = ERR_OK;

	(void)snprintf(path, sizeof path, "%s/keys/signing.key", o->state);
	assert_ok(keys_sign_load(path, &keys, &err), err);
	(void)snprintf(path, sizeof path, "%s/spool/spool.db", o->state);
	assert_ok(spool_open(path, "ladywood", &keys, 2 * 1024 * 1024, &s, &err), err);
	memset(reason, 'x', sizeof reason);
	reason[sizeof reason - 1] = '\0';
	while (code == ERR_OK) {
		District__Entry entry = DISTRICT__ENTRY__INIT;
		District__Withdraw w = DISTRICT__WITHDRAW__INIT;
		int64_t sequence;

		w.spool.data = s->id;
		w.spool.len = sizeof s->id;
		w.sequence = 1;
		w.reason = reason;
		entry.body_case = DISTRICT__ENTRY__BODY_WITHDRAW;
		entry.withdraw = &w;
		code = spool_begin(s, &err);
		for (int i = 0; i < 20 && code == ERR_OK; i++)
			code = spool_append(s, &entry, &sequence, &err);
		if (code == ERR_OK)
			code = spool_commit(s, &err);
		else
			spool_rollback(s);
	}
	ck_assert_int_eq((int)code, ERR_FULL);
	spool_close(&s);
}

START_TEST(a_full_spool_stops_collecting_loudly_and_keeps_nothing_of_the_extract)
{
	struct told told;
	struct err err = { .code = ERR_OK };
	struct spool *s;
	int64_t before;

	assert_ok(office_collect(o, 0, &told, &err), err); /* makes the spool */
	fill_spool();
	s = office_spool(o);
	before = s->last_sequence;
	spool_close(&s);
	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	assert_error(office_collect(o, 0, &told, &err), ERR_FULL, err, "raise spool_mib");
	ck_assert_int_eq(told.n, 1);
	ck_assert_int_eq((int)told.outcomes[0].what, (int)COLLECT_FAILED);
	s = office_spool(o);
	ck_assert_int_eq(s->last_sequence, before);
	spool_close(&s);
	o->config.spool_mib = 4; /* room again: the same extract is taken in */
	(void)office_collect_one(o, COLLECT_ACCEPTED);
}
END_TEST

START_TEST(a_sandboxed_collect_cannot_open_a_socket)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct err err;
		int unsandboxed = 1;

		if (collect_sandbox(&o->config, &unsandboxed, &err) != ERR_OK || unsandboxed)
			_exit(1);
		_exit(socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM ? 0 : 2);
	}
	ck_assert_int_eq((int)waitpid(pid, &status, 0), (int)pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* ---- delivery and the loop */

static void publish_asks_for_a_new_spool(const uint8_t *id)
{
	const struct embed *schema = embed_find("agent/delivery.sql");
	static const char insert[] =
		"INSERT INTO renew (spool, stored_up_to, reason, at_us) VALUES ($1, 2, 'ahead', 1)";
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	struct err err = { .code = ERR_OK };
	const char *path = harness_text(o->state, "delivery/delivery.db", "");

	assert_ok(db_open(path, DB_WRITE, &schema->text, 1, &db, &err), err);
	assert_ok(db_prepare(db, &stmt, insert, &err), err);
	db_bind_blob(stmt, 1, id, FRAME_SPOOL_BYTES);
	assert_ok(db_run(stmt, &err), err);
	db_finalize(&stmt);
	db_close(&db);
}

START_TEST(a_new_spool_is_started_once_when_publish_asks_for_it)
{
	uint8_t before[FRAME_SPOOL_BYTES], after[FRAME_SPOOL_BYTES];
	struct told told;
	struct err err = { .code = ERR_OK };
	struct spool *s;
	int64_t last;

	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	last = office_collect_one(o, COLLECT_ACCEPTED)->outcomes[0].last_sequence;
	s = office_spool(o);
	memcpy(before, s->id, sizeof before);
	spool_close(&s);
	publish_asks_for_a_new_spool(before);
	assert_ok(office_collect(o, 0, &told, &err), err);
	s = office_spool(o);
	memcpy(after, s->id, sizeof after);
	ck_assert_mem_ne(after, before, sizeof after);
	ck_assert_int_eq(s->last_sequence, last - 2);
	spool_close(&s);
	assert_ok(office_collect(o, 0, &told, &err), err);
	s = office_spool(o);
	ck_assert_mem_eq(s->id, after, sizeof after);
	spool_close(&s);
}
END_TEST

static volatile sig_atomic_t stopped;

static void on_stop(int number)
{
	(void)number;
	stopped = 1;
}

static pid_t start_loop(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct err err;

		(void)signal(SIGTERM, on_stop);
		_exit(collect_loop(&o->config, &stopped, &err) == ERR_OK ? 0 : 1);
	}
	return pid;
}

/* Looks every few milliseconds until the loop's state has the code, and is newer than before. */
static struct collect_state wait_for_state(enum err_code code)
{
	struct timespec step = { .tv_nsec = 5 * 1000 * 1000 };
	struct collect_state state;
	char path[300];

	(void)snprintf(path, sizeof path, "%s/spool/collect.state", o->state);
	for (int i = 0; i < 4000; i++) {
		if (collect_state_read(path, &state, NULL) == ERR_OK && state.code == code)
			return state;
		(void)nanosleep(&step, NULL);
	}
	ck_abort_msg("the loop never showed %s", err_name(code));
	return state;
}

START_TEST(the_loop_takes_in_what_is_dropped_shows_its_state_and_stops_when_told)
{
	struct collect_state state;
	struct spool *s;
	char moved[300];
	int status;
	pid_t pid;

	office_drop(o, 0, "2026-10-31", CONTACTS_OCTOBER);
	pid = start_loop();
	state = wait_for_state(ERR_OK);
	ck_assert_int_eq(state.at_us, OFFICE_NOW_US);
	s = office_spool(o);
	ck_assert_int_gt(s->last_sequence, 0);
	spool_close(&s);
	(void)snprintf(moved, sizeof moved, "%s.moved", o->folders[0]);
	/* from here on its folder is gone: shown, and mended without a restart */
	ck_assert_int_eq(rename(o->folders[0], moved), 0);
	state = wait_for_state(ERR_IO);
	ck_assert_msg(strstr(state.text, "annex_a") != NULL, "%s", state.text);
	ck_assert_int_eq(rename(moved, o->folders[0]), 0);
	(void)wait_for_state(ERR_OK);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq((int)waitpid(pid, &status, 0), (int)pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, an_extract_becomes_a_report_for_each_period_of_its_window_and_a_return);
	tcase_add_test(tc, the_same_extract_is_collected_once);
	tcase_add_test(tc, a_newer_extract_says_what_changed_and_confirms_the_rest);
	tcase_add_test(tc, a_straggler_is_said_with_its_own_as_at_and_displaces_nothing);
	tcase_add_test(tc, an_empty_list_is_a_nil_return_with_figures_of_zero);
	tcase_add_test(tc, a_refused_extract_is_reported_and_the_last_good_figures_stand);
	tcase_add_test(tc, names_that_are_no_as_at_are_passed_over_and_counted);
	tcase_add_test(tc, a_measure_of_two_datasets_is_given_by_the_first_only);
	tcase_add_test(tc, a_dry_run_tells_the_same_and_keeps_nothing);
	tcase_add_test(tc, a_folder_that_is_not_there_stops_that_dataset_only);
	tcase_add_test(tc, without_a_signing_key_collect_says_how_to_make_one);
	tcase_add_test(tc, a_full_spool_stops_collecting_loudly_and_keeps_nothing_of_the_extract);
	tcase_add_test(tc, a_sandboxed_collect_cannot_open_a_socket);
	tcase_add_test(tc, a_new_spool_is_started_once_when_publish_asks_for_it);
	tcase_add_test(tc, the_loop_takes_in_what_is_dropped_shows_its_state_and_stops_when_told);
}

HARNESS_MAIN("collect", add)
