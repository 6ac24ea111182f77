#include "aggregator/web/notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/account.h"
#include "proto/clock.h"
#include "tests/harness.h"

#define DAY_US (86400LL * 1000000)
#define START_US (20000 * DAY_US)

static struct office *office;
static struct err err;
static struct viewer ann = {
	.role = ROLE_CENTRAL, .signin = 1, .name = "ann", .full_name = "Ann Analyst"
};
static struct signal signal_one;

static int64_t add_account(const char *name, enum role role, const char *area)
{
	struct account a = { .role = role, .active = 1 };
	int64_t id = 0;

	(void)snprintf(a.name, sizeof a.name, "%s", name);
	(void)snprintf(a.full_name, sizeof a.full_name, "Full %s", name);
	(void)snprintf(a.area, sizeof a.area, "%s", area);
	assert_ok(account_add(office, NULL, "local", &a, &id, &err), err);
	return id;
}

static void setup(void)
{
	char path[256];

	clock_fix_us(START_US);
	(void)snprintf(path, sizeof path, "%s/office/office.db", harness_folder());
	assert_ok(office_open(path, &office, &err), err);
	ann.account = add_account("ann", ROLE_CENTRAL, "");
	signal_one = (struct signal){ .id = 5,
				      .state = SIGNAL_OPEN,
				      .last = period_of(PERIOD_MONTH, 19990),
				      .pending_us = START_US - DAY_US };
}

static void teardown(void)
{
	office_close(&office);
	clock_fix_us(0);
}

static struct notes_state state_now(struct notes *notes)
{
	assert_ok(notes_current(office, notes, &err), err);
	return notes_state(notes, &signal_one);
}

static enum err_code on_row(const struct office_audit_row *row, void *context, struct err *e)
{
	char *out = context;

	(void)e;
	(void)snprintf(out, 400, "%s|%s|%s|%s", row->who, row->action, row->about, row->detail);
	return ERR_DENIED; /* the newest is enough */
}

static const char *newest_audit(void)
{
	static char text[400];
	const struct office_audit_filter all = {
		.who = "", .action = "", .to_us = INT64_MAX, .before = INT64_MAX, .limit = 1
	};
	struct err unused;

	text[0] = '\0';
	(void)office_audit_list(office, &all, on_row, text, &unused);
	return text;
}

static int64_t audit_rows(void)
{
	const struct office_audit_filter all = { .who = "", .action = "", .to_us = INT64_MAX };
	int64_t n = 0;

	assert_ok(office_audit_count(office, &all, &n, &err), err);
	return n;
}

#define ack(text) notes_acknowledge(office, &ann, "local", &signal_one, (text), &err)
#define reopen(text) notes_reopen(office, &ann, "local", &signal_one, (text), &err)
#define add_note(text) notes_add(office, &ann, "local", &signal_one, (text), &err)
#define own(account, name) \
	notes_set_owner(office, &ann, "local", &signal_one, (account), (name), &err)

/* ---- notes */

START_TEST(a_note_is_kept_with_its_writer_and_in_the_audit_log)
{
	struct notes notes;
	int64_t version = 0;

	assert_ok(add_note("Asked the office.\nThey call back."), err);
	assert_ok(notes_list(office, 5, &notes, &err), err);
	ck_assert_uint_eq(notes.n, 1);
	ck_assert_int_eq(notes.notes[0].kind, NOTE_TEXT);
	ck_assert_int_eq(notes.notes[0].at_us, START_US);
	ck_assert_int_eq(notes.notes[0].account, ann.account);
	ck_assert_str_eq(notes.notes[0].who, "Ann Analyst");
	ck_assert_int_eq(notes.notes[0].role, ROLE_CENTRAL);
	ck_assert_str_eq(notes.notes[0].text, "Asked the office.\nThey call back.");
	ck_assert_int_eq(period_key(notes.notes[0].period), period_key(signal_one.last));
	notes_clear(&notes);
	ck_assert_str_eq(newest_audit(),
			 "ann|signal note|signal 5|Asked the office.\nThey call back.");
	assert_ok(notes_version(office, &version, &err), err);
	ck_assert_int_eq(version, 1);
	assert_ok(notes_list(office, 6, &notes, &err), err);
	ck_assert_uint_eq(notes.n, 0);
}
END_TEST

START_TEST(notes_are_1_to_2000_characters_that_are_not_blank)
{
	char text[4 * NOTES_TEXT_MAX + 8];
	int64_t rows = audit_rows();
	size_t at = 0;

	assert_error(add_note(""), ERR_MALFORMED, err, "Enter a note");
	assert_error(add_note(" \n\t "), ERR_MALFORMED, err, "Enter a note");
	for (int i = 0; i < NOTES_TEXT_MAX; i++, at += 2)
		memcpy(text + at, "\xc3\xa9", 3); /* two bytes, one character */
	assert_ok(add_note(text), err);
	memcpy(text + at, "x", 2);
	assert_error(add_note(text), ERR_MALFORMED, err,
		     "The note must be 2000 characters or fewer; it has 2001");
	assert_error(ack(""), ERR_MALFORMED, err, "Enter a note");
	ck_assert_int_eq(audit_rows(), rows + 1);
}
END_TEST

/* ---- acknowledgement */

START_TEST(an_acknowledgement_holds_until_it_is_taken_back)
{
	struct notes notes;
	struct notes_state state;

	state = state_now(&notes);
	ck_assert_ptr_null(state.acknowledged);
	notes_clear(&notes);
	assert_ok(ack("Two posts were cut."), err);
	ck_assert_str_eq(newest_audit(), "ann|signal acknowledged|signal 5|Two posts were cut.");
	state = state_now(&notes);
	ck_assert_str_eq(state.acknowledged->who, "Ann Analyst");
	ck_assert_str_eq(state.acknowledged->text, "Two posts were cut.");
	ck_assert_int_eq(state.held_again, 0);
	notes_clear(&notes);
	assert_error(ack("Again"), ERR_MALFORMED, err,
		     "Ann Analyst has acknowledged the signal already; add a note instead");
	assert_ok(reopen("They were filled."), err);
	ck_assert_str_eq(newest_audit(), "ann|signal reopened|signal 5|They were filled.");
	state = state_now(&notes);
	ck_assert_ptr_null(state.acknowledged);
	notes_clear(&notes);
	assert_error(reopen("Again"), ERR_MALFORMED, err, "The signal is not acknowledged");
	assert_ok(ack("Now known."), err);
}
END_TEST

START_TEST(one_that_held_again_since_says_so_and_can_be_acknowledged_again)
{
	struct notes notes;
	struct notes_state state;

	assert_ok(ack("Known."), err);
	signal_one.last = period_next(signal_one.last, 1);
	state = state_now(&notes);
	ck_assert_ptr_nonnull(state.acknowledged);
	ck_assert_int_eq(state.held_again, 1);
	notes_clear(&notes);
	assert_ok(ack("Still the same cause."), err);
	state = state_now(&notes);
	ck_assert_int_eq(state.held_again, 0);
	ck_assert_str_eq(state.acknowledged->text, "Still the same cause.");
	notes_clear(&notes);
}
END_TEST

START_TEST(an_acknowledgement_from_before_it_came_back_does_not_count)
{
	struct notes notes;
	struct notes_state state;

	assert_ok(ack("Known."), err);
	signal_one.pending_us =
		START_US + DAY_US; /* passed before it opened, and is pending again */
	state = state_now(&notes);
	ck_assert_ptr_null(state.acknowledged);
	notes_clear(&notes);
	clock_fix_us(START_US + 2 * DAY_US);
	assert_ok(ack("Known again."), err);
	signal_one.id = 6; /* opened anew after it had closed: another number */
	state = state_now(&notes);
	ck_assert_ptr_null(state.acknowledged);
	notes_clear(&notes);
}
END_TEST

START_TEST(a_closed_signal_takes_notes_only)
{
	signal_one.state = SIGNAL_CLOSED;
	assert_error(ack("Late"), ERR_MALFORMED, err,
		     "The signal has closed, so there is nothing to acknowledge");
	assert_ok(add_note("It was the summer."), err);
}
END_TEST

/* ---- owner */

START_TEST(an_owner_is_an_account_or_a_name)
{
	int64_t dot = add_account("dot", ROLE_DISTRICT, "north");
	struct notes notes;
	struct notes_state state;

	assert_ok(own(dot, ""), err);
	ck_assert_str_eq(newest_audit(), "ann|signal owner|signal 5|Full dot, was nobody");
	state = state_now(&notes);
	ck_assert_str_eq(state.owner->owner, "Full dot");
	ck_assert_int_eq(state.owner->owner_account, dot);
	notes_clear(&notes);
	assert_error(own(dot, ""), ERR_MALFORMED, err, "Full dot owns the signal already");
	assert_ok(own(0, "Head of service"), err);
	ck_assert_str_eq(newest_audit(), "ann|signal owner|signal 5|Head of service, was Full dot");
	state = state_now(&notes);
	ck_assert_str_eq(state.owner->owner, "Head of service");
	ck_assert_int_eq(state.owner->owner_account, 0);
	notes_clear(&notes);
	assert_ok(own(0, ""), err);
	state = state_now(&notes);
	ck_assert_ptr_null(state.owner);
	notes_clear(&notes);
	assert_error(own(0, ""), ERR_MALFORMED, err, "Nobody owns the signal already");
}
END_TEST

START_TEST(owners_that_cannot_be_are_refused)
{
	struct account gone;
	char name[NOTES_OWNER_MAX + 2];
	int64_t rows;

	ck_assert_int_gt(add_account("root", ROLE_ADMIN, ""), 0);
	assert_ok(account_find(office, "ann", &gone, &err), err);
	ck_assert_int_gt(add_account("com", ROLE_COMMISSIONER, ""), 0);
	rows = audit_rows();
	assert_error(own(99, ""), ERR_MALFORMED, err, "Choose an owner from the list");
	assert_error(own(ann.account + 1, ""), ERR_MALFORMED, err, "Choose an owner from the list");
	assert_error(own(ann.account + 2, ""), ERR_MALFORMED, err, "Choose an owner from the list");
	memset(name, 'a', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_error(own(0, name), ERR_MALFORMED, err,
		     "The owner's name must be 80 characters or fewer");
	assert_error(own(0, "a\nb"), ERR_MALFORMED, err, "on one line");
	assert_error(own(0, "  "), ERR_MALFORMED, err, "on one line");
	ck_assert_int_eq(audit_rows(), rows);
	gone.active = 0;
	assert_ok(account_change(office, NULL, "local", &gone, &err), err);
	assert_error(own(ann.account, ""), ERR_MALFORMED, err, "Choose an owner from the list");
}
END_TEST

/* ---- the table */

START_TEST(notes_cannot_be_changed_or_taken_out)
{
	assert_ok(add_note("So it was."), err);
	assert_error(db_exec(office->db, "UPDATE signal_note SET text = 'Not so'", &err), ERR_DB,
		     err, "notes are append-only");
	assert_error(db_exec(office->db, "DELETE FROM signal_note", &err), ERR_DB, err,
		     "notes are append-only");
}
END_TEST

START_TEST(a_note_that_the_audit_log_does_not_take_is_not_kept)
{
	struct notes notes;

	assert_ok(db_exec(office->db,
			  "CREATE TRIGGER full BEFORE INSERT ON audit_log "
			  "BEGIN SELECT raise(ABORT, 'no room'); END",
			  &err),
		  err);
	assert_error(add_note("Lost?"), ERR_DB, err, "no room");
	assert_error(own(0, "Somebody"), ERR_DB, err, "no room");
	assert_ok(notes_list(office, 5, &notes, &err), err);
	ck_assert_uint_eq(notes.n, 0);
	ck_assert(sqlite3_get_autocommit(office->db));
}
END_TEST

START_TEST(what_is_said_of_one_signal_is_not_said_of_others)
{
	struct notes notes;
	struct notes_state state;

	for (int64_t id = 1; id <= 9; id++) {
		signal_one.id = id;
		assert_ok(ack("Known."), err);
		if (id % 2 == 0)
			assert_ok(own(0, "Somebody"), err);
		if (id % 3 == 0)
			assert_ok(reopen("No."), err);
	}
	assert_ok(notes_current(office, &notes, &err), err);
	ck_assert_uint_eq(notes.n, 9 + 4);
	for (int64_t id = 1; id <= 10; id++) {
		signal_one.id = id;
		state = notes_state(&notes, &signal_one);
		ck_assert_int_eq(state.acknowledged != NULL, id % 3 != 0 && id <= 9);
		ck_assert_int_eq(state.owner != NULL, id % 2 == 0 && id <= 9);
	}
	notes_clear(&notes);
}
END_TEST

START_TEST(without_the_table_every_question_is_an_error)
{
	struct notes notes;
	int64_t version;

	assert_ok(db_exec(office->db, "DROP TABLE signal_note", &err), err);
	assert_error(notes_list(office, 5, &notes, &err), ERR_DB, err, "signal_note");
	assert_error(notes_current(office, &notes, &err), ERR_DB, err, "signal_note");
	assert_error(notes_version(office, &version, &err), ERR_DB, err, "signal_note");
	assert_error(add_note("x"), ERR_DB, err, "signal_note");
	assert_error(own(0, "x"), ERR_DB, err, "signal_note");
	ck_assert(sqlite3_get_autocommit(office->db));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_note_is_kept_with_its_writer_and_in_the_audit_log);
	tcase_add_test(tc, notes_are_1_to_2000_characters_that_are_not_blank);
	tcase_add_test(tc, an_acknowledgement_holds_until_it_is_taken_back);
	tcase_add_test(tc, one_that_held_again_since_says_so_and_can_be_acknowledged_again);
	tcase_add_test(tc, an_acknowledgement_from_before_it_came_back_does_not_count);
	tcase_add_test(tc, a_closed_signal_takes_notes_only);
	tcase_add_test(tc, an_owner_is_an_account_or_a_name);
	tcase_add_test(tc, owners_that_cannot_be_are_refused);
	tcase_add_test(tc, notes_cannot_be_changed_or_taken_out);
	tcase_add_test(tc, a_note_that_the_audit_log_does_not_take_is_not_kept);
	tcase_add_test(tc, what_is_said_of_one_signal_is_not_said_of_others);
	tcase_add_test(tc, without_the_table_every_question_is_an_error);
}

HARNESS_MAIN("notes", add)
