#include "agent/spool.h"

#include "tests/spool_samples.h"

#include <stdlib.h>

#include "proto/clock.h"

#define DAY_US (86400LL * 1000 * 1000)
#define NOON_US 1793016000000000 /* 2026-10-26 */

static int64_t compact(struct spool *s, int64_t stored_anywhere)
{
	struct err err = { .code = ERR_OK };
	int64_t n_voided = -1;

	assert_ok(spool_compact(s, stored_anywhere, &n_voided, &err), err);
	return n_voided;
}

static int is_there(struct spool *s, int64_t sequence)
{
	struct frame f;
	int there;

	sample_read(s, sequence, &f);
	there = f.entry != NULL;
	frame_clear(&f);
	return there;
}

/* The ranges of a void entry as text: "1-3 5-5". */
static void assert_void(struct spool *s, int64_t sequence, const char *expected)
{
	char text[256] = "";
	struct frame f;

	sample_read(s, sequence, &f);
	ck_assert_ptr_nonnull(f.entry);
	ck_assert_int_eq((int)f.entry->body_case, (int)DISTRICT__ENTRY__BODY_VOID);
	for (size_t i = 0; i < f.entry->void_->n_ranges; i++)
		(void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%llu-%llu",
			       i > 0 ? " " : "",
			       (unsigned long long)f.entry->void_->ranges[i]->first,
			       (unsigned long long)f.entry->void_->ranges[i]->last);
	ck_assert_str_eq(text, expected);
	frame_clear(&f);
}

/* ---- compacting */

START_TEST(unsent_reports_that_a_newer_one_supersedes_are_void_and_said_to_be)
{
	struct spool *s = sample_open();

	(void)sample_append(s, "2026-10", "2026-10-05", 1, -1);
	(void)sample_append(s, "2026-09", "2026-10-05", 9, -1);
	(void)sample_append(s, "2026-10", "2026-10-06", 2, -1);
	(void)sample_append(s, "2026-10", "2026-10-07", 3, -1);
	ck_assert_int_eq(compact(s, 0), 2);
	ck_assert(!is_there(s, 1));
	ck_assert(is_there(s, 2));
	ck_assert(!is_there(s, 3));
	ck_assert(is_there(s, 4));
	assert_void(s, 5, "1-1 3-3");
	ck_assert_int_eq(compact(s, 0), 0);
	ck_assert_int_eq(s->last_sequence, 5);
	spool_close(&s);
}
END_TEST

START_TEST(a_stored_report_is_never_voided)
{
	struct spool *s = sample_open();

	(void)sample_append(s, "2026-10", "2026-10-05", 1, -1);
	(void)sample_append(s, "2026-10", "2026-10-06", 2, -1);
	(void)sample_append(s, "2026-10", "2026-10-07", 3, -1);
	ck_assert_int_eq(compact(s, 1), 1);
	ck_assert(is_there(s, 1));
	ck_assert(!is_there(s, 2));
	assert_void(s, 4, "2-2");
	spool_close(&s);
}
END_TEST

/* cin_open holds only at the as-at for which October stands: the November extract leaves it out,
 * and the report that has it is the only one that ever will. */
START_TEST(a_report_with_a_measure_that_the_newer_one_leaves_out_must_arrive)
{
	struct spool *s = sample_open();

	(void)sample_append(s, "2026-10", "2026-10-31", 5, 140);
	(void)sample_append(s, "2026-10", "2026-11-07", 6, -1);
	(void)sample_append(s, "2026-10", "2026-11-14", 7, -1);
	ck_assert_int_eq(compact(s, 0), 1);
	ck_assert(is_there(s, 1));
	ck_assert(!is_there(s, 2));
	ck_assert(is_there(s, 3));
	spool_close(&s);
}
END_TEST

START_TEST(a_straggler_does_not_supersede_a_report_with_a_later_as_at)
{
	struct spool *s = sample_open();

	(void)sample_append(s, "2026-10", "2026-11-07", 6, -1);
	(void)sample_append(s, "2026-10", "2026-10-31", 5, -1);
	ck_assert_int_eq(compact(s, 0), 0);
	ck_assert_int_eq(s->last_sequence, 2);
	spool_close(&s);
}
END_TEST

START_TEST(one_void_entry_stands_for_all_that_is_unsent_however_long_the_line_is_down)
{
	struct spool *s = sample_open();

	for (int i = 0; i < 20; i++) {
		(void)sample_append(s, "2026-10", "2026-10-31", i, -1);
		(void)compact(s, 0);
	}
	/* what is left: the last report, and one void entry for everything before it */
	ck_assert(is_there(s, s->last_sequence - 1));
	assert_void(s, s->last_sequence, "1-37");
	ck_assert_int_eq(s->last_sequence, 39);
	spool_close(&s);
}
END_TEST

/* Odd numbers: 2026-10 again and again, of which only the last stays. Even ones: a week each. */
START_TEST(more_ranges_than_one_void_entry_holds_go_into_several)
{
	struct spool *s = sample_open_limit(64LL * 1024 * 1024);
	struct err err = { .code = ERR_OK };
	struct sample_report r;
	char week[PERIOD_TEXT_BYTES];
	int64_t sequence;
	struct frame f;

	assert_ok(spool_begin(s, &err), err);
	for (int i = 0; i < 1500; i++) {
		(void)sample_fill(&r, "2026-10", "2050-01-01", i, -1);
		assert_ok(spool_append(s, &r.entry, &sequence, &err), err);
		(void)period_format(period_of(PERIOD_WEEK, sample_day("2011-01-03") + 7 * i), week);
		(void)sample_fill(&r, week, "2050-01-01", i, -1);
		assert_ok(spool_append(s, &r.entry, &sequence, &err), err);
	}
	assert_ok(spool_commit(s, &err), err);
	ck_assert_int_eq(compact(s, 0), 1499);
	ck_assert_int_eq(s->last_sequence, 3006); /* 1,499 ranges in entries of at most 256 */
	sample_read(s, 3001, &f);
	ck_assert_uint_eq(f.entry->void_->n_ranges, 256);
	ck_assert_uint_eq(f.entry->void_->ranges[255]->last, 511);
	frame_clear(&f);
	sample_read(s, 3006, &f);
	ck_assert_uint_eq(f.entry->void_->n_ranges, 1499 - 5 * 256);
	ck_assert_uint_eq(f.entry->void_->ranges[0]->first, 2561);
	ck_assert_uint_eq(f.entry->void_->ranges[218]->last, 2997);
	frame_clear(&f);
	spool_close(&s);
}
END_TEST

/* What a straggler's report is left with supersedes only reports that carry no more than that. */
START_TEST(a_straggler_does_not_supersede_what_a_newer_extract_only_confirmed)
{
	struct spool *s = sample_open();

	ck_assert_int_eq(sample_say(s, "2026-10", "2026-10-31", 5, 140), 1);
	ck_assert_int_eq(sample_say(s, "2026-10", "2026-11-30", 5, -1), 0);
	ck_assert_int_eq(sample_say(s, "2026-10", "2026-11-07", 6, 141), 2);
	ck_assert_int_eq(compact(s, 0), 0);
	ck_assert(is_there(s, 1));
	spool_close(&s);
}
END_TEST

/* ---- withdrawing */

static enum err_code withdraw(struct spool *s, int64_t sequence, int64_t *withdrawal,
			      struct err *err)
{
	enum err_code code = spool_begin(s, err);

	if (code == ERR_OK)
		code = spool_withdraw(s, NULL, sequence, "teams were mixed up", withdrawal, err);
	if (code == ERR_OK)
		code = spool_commit(s, err);
	else
		spool_rollback(s);
	return code;
}

START_TEST(a_withdrawn_report_is_said_again_when_the_same_figures_come_back)
{
	struct spool *s = sample_open();
	struct err err = { .code = ERR_OK };
	struct frame f;
	int64_t withdrawal = 0;

	(void)sample_say(s, "2026-10", "2026-10-31", 5, -1);
	assert_ok(withdraw(s, 1, &withdrawal, &err), err);
	ck_assert_int_eq(withdrawal, 2);
	sample_read(s, 2, &f);
	ck_assert_int_eq((int)f.entry->body_case, (int)DISTRICT__ENTRY__BODY_WITHDRAW);
	ck_assert_uint_eq(f.entry->withdraw->sequence, 1);
	ck_assert_mem_eq(f.entry->withdraw->spool.data, s->id, sizeof s->id);
	ck_assert_str_eq(f.entry->withdraw->reason, "teams were mixed up");
	frame_clear(&f);
	ck_assert_int_eq(sample_say(s, "2026-10", "2026-11-01", 5, -1), 3);
	spool_close(&s);
}
END_TEST

/* The second report repeats cin_open, which the centre takes from it: withdrawing it must bring
 * back both. What another report was the last to say stays said. */
START_TEST(withdrawing_forgets_all_that_the_report_was_the_last_to_say_and_nothing_else)
{
	struct spool *s = sample_open();
	struct err err = { .code = ERR_OK };
	struct frame f;
	int64_t withdrawal = 0;

	(void)sample_say(s, "2026-10", "2026-10-31", 5, 140);
	(void)sample_say(s, "2026-10", "2026-11-05", 6, 140);
	(void)sample_say(s, "2026-09", "2026-11-05", 9, -1);
	assert_ok(withdraw(s, 2, &withdrawal, &err), err);
	ck_assert_int_eq(sample_say(s, "2026-09", "2026-11-06", 9, -1), 0);
	ck_assert_int_eq(sample_say(s, "2026-10", "2026-11-06", -1, 140), 5);
	ck_assert_int_eq(sample_say(s, "2026-10", "2026-11-06", 6, 140), 6);
	sample_read(s, 6, &f);
	ck_assert_uint_eq(f.entry->report->n_measure, 4);
	frame_clear(&f);
	/* the first was nobody's last word: withdrawing it makes nothing news */
	assert_ok(withdraw(s, 1, &withdrawal, &err), err);
	ck_assert_int_eq(sample_say(s, "2026-10", "2026-11-07", 6, 140), 0);
	spool_close(&s);
}
END_TEST

START_TEST(only_a_report_that_is_in_use_can_be_withdrawn)
{
	struct spool *s = sample_open();
	struct err err = { .code = ERR_OK };
	int64_t withdrawal = 0;

	(void)sample_say(s, "2026-10", "2026-10-30", 4, -1);
	(void)sample_say(s, "2026-10", "2026-10-31", 5, -1);
	(void)compact(s, 0);
	assert_error(withdraw(s, 9, &withdrawal, &err), ERR_MISSING, err, "no report 9");
	assert_error(withdraw(s, 3, &withdrawal, &err), ERR_MISSING, err, "no report 3");
	assert_error(withdraw(s, 1, &withdrawal, &err), ERR_CONFIG, err,
		     "superseded before it was sent");
	assert_ok(withdraw(s, 2, &withdrawal, &err), err);
	assert_error(withdraw(s, 2, &withdrawal, &err), ERR_CONFIG, err,
		     "withdrawn already, by entry 4");
	spool_close(&s);
}
END_TEST

START_TEST(a_withdrawn_report_supersedes_nothing)
{
	struct spool *s = sample_open();
	struct err err = { .code = ERR_OK };
	int64_t withdrawal = 0;

	(void)sample_say(s, "2026-10", "2026-10-30", 4, -1);
	(void)sample_say(s, "2026-10", "2026-10-31", 5, -1);
	assert_ok(withdraw(s, 2, &withdrawal, &err), err);
	ck_assert_int_eq(compact(s, 0), 0);
	ck_assert(is_there(s, 1));
	spool_close(&s);
}
END_TEST

/* ---- renewing */

START_TEST(a_renewed_spool_has_a_new_id_and_numbers_what_was_not_stored_again_from_one)
{
	struct spool *s = sample_open();
	uint8_t old[FRAME_SPOOL_BYTES];
	struct err err = { .code = ERR_OK };
	struct frame f;

	clock_fix_us(NOON_US);
	(void)sample_say(s, "2026-08", "2026-10-31", 8, -1);
	(void)sample_say(s, "2026-09", "2026-10-31", 9, -1);
	(void)sample_say(s, "2026-10", "2026-10-31", 10, -1);
	memcpy(old, s->id, sizeof old);
	clock_fix_us(NOON_US + DAY_US);
	assert_ok(spool_renew(s, 1, "the store holds other bytes", &err), err);
	ck_assert_mem_ne(s->id, old, sizeof old);
	ck_assert_int_eq(s->last_sequence, 2);
	sample_read(s, 1, &f);
	ck_assert_str_eq(f.entry->report->period, "2026-09");
	ck_assert_mem_eq(f.entry->spool.data, s->id, sizeof s->id);
	ck_assert_int_eq(f.entry->sealed_us, NOON_US);
	frame_clear(&f);
	sample_read(s, 2, &f);
	ck_assert_str_eq(f.entry->report->period, "2026-10");
	frame_clear(&f);
	/* what was last said is forgotten: a store may hold reports that this machine has lost */
	ck_assert_int_eq(sample_say(s, "2026-08", "2026-11-05", 8, -1), 3);
	clock_fix_us(0);
	spool_close(&s);
	s = sample_open();
	ck_assert_int_eq(s->last_sequence, 3);
	spool_close(&s);
}
END_TEST

START_TEST(a_withdrawal_follows_its_report_into_the_renewed_spool)
{
	struct spool *s = sample_open();
	uint8_t old[FRAME_SPOOL_BYTES];
	struct err err = { .code = ERR_OK };
	struct frame f;
	int64_t withdrawal = 0;

	(void)sample_say(s, "2026-08", "2026-10-31", 8, -1);
	(void)sample_say(s, "2026-09", "2026-10-31", 9, -1);
	(void)sample_say(s, "2026-10", "2026-10-31", 10, -1);
	assert_ok(withdraw(s, 1, &withdrawal, &err), err);
	assert_ok(withdraw(s, 3, &withdrawal, &err), err);
	memcpy(old, s->id, sizeof old);
	assert_ok(spool_renew(s, 1, "rolled back", &err), err);
	ck_assert_int_eq(s->last_sequence, 4); /* 9, 10, withdrawal of 8, withdrawal of 10 */
	sample_read(s, 3, &f);
	ck_assert_mem_eq(f.entry->withdraw->spool.data, old, sizeof old);
	ck_assert_uint_eq(f.entry->withdraw->sequence, 1);
	frame_clear(&f);
	sample_read(s, 4, &f);
	ck_assert_mem_eq(f.entry->withdraw->spool.data, s->id, sizeof s->id);
	ck_assert_uint_eq(f.entry->withdraw->sequence, 2);
	frame_clear(&f);
	spool_close(&s);
}
END_TEST

START_TEST(a_renewal_without_memory_leaves_the_old_spool_as_it_was)
{
	struct spool *s = sample_open();
	uint8_t old[FRAME_SPOOL_BYTES];
	struct err err = { .code = ERR_OK };

	(void)sample_say(s, "2026-09", "2026-10-31", 9, -1);
	(void)sample_say(s, "2026-10", "2026-10-31", 10, -1);
	memcpy(old, s->id, sizeof old);
	for (long n = 1; n < 1000; n++) {
		enum err_code code;

		harness_fail_allocation(n);
		code = spool_renew(s, 0, "rolled back", &err);
		harness_fail_allocation(0);
		if (code == ERR_OK)
			break;
		assert_error(code, ERR_NOMEM, err, "memory");
		ck_assert_mem_eq(s->id, old, sizeof old);
		ck_assert_int_eq(s->last_sequence, 2);
		ck_assert(is_there(s, 1));
	}
	ck_assert_mem_ne(s->id, old, sizeof old);
	spool_close(&s);
}
END_TEST

/* ---- pruning */

START_TEST(bytes_go_after_keep_days_when_every_store_has_them)
{
	struct spool *s = sample_open();
	struct err err = { .code = ERR_OK };

	clock_fix_us(NOON_US);
	(void)sample_say(s, "2026-08", "2026-10-31", 8, -1);
	(void)sample_say(s, "2026-09", "2026-10-31", 9, -1);
	clock_fix_us(NOON_US + 399 * DAY_US);
	assert_ok(spool_prune(s, 1, 400, &err), err);
	ck_assert(is_there(s, 1));
	clock_fix_us(NOON_US + 401 * DAY_US);
	assert_ok(spool_prune(s, 0, 400, &err), err);
	ck_assert(is_there(s, 1));
	assert_ok(spool_prune(s, 1, 400, &err), err);
	ck_assert(!is_there(s, 1));
	ck_assert(is_there(s, 2));
	/* what was said is still known */
	ck_assert_int_eq(sample_say(s, "2026-08", "2026-11-30", 8, -1), 0);
	clock_fix_us(0);
	spool_close(&s);
}
END_TEST

START_TEST(an_extract_is_done_in_the_state_it_was_in_only)
{
	struct spool *s = sample_open();
	struct err err = { .code = ERR_OK };
	static const uint8_t digest[32] = { 1 };
	struct spool_extract e = { .area = "hodge-hill",
				   .dataset = "annex_a",
				   .path = "/x/2026-10-31",
				   .identity = UINT64_MAX - 1,
				   .as_at = INT32_MIN,
				   .digest = digest,
				   .accepted = 0,
				   .reason = "as-at",
				   .rows_read = 3 };
	int done;

	assert_ok(spool_extract_done(s, "hodge-hill", "annex_a", e.path, e.identity, &done, &err),
		  err);
	ck_assert_int_eq(done, 0);
	assert_ok(spool_begin(s, &err), err);
	assert_ok(spool_extract_record(s, &e, &err), err);
	assert_ok(spool_commit(s, &err), err);
	assert_ok(spool_extract_done(s, "hodge-hill", "annex_a", e.path, e.identity, &done, &err),
		  err);
	ck_assert_int_eq(done, 1);
	assert_ok(spool_extract_done(s, "hodge-hill", "annex_a", e.path, 5, &done, &err), err);
	ck_assert_int_eq(done, 0);
	assert_ok(spool_extract_done(s, "hodge-hill", "staff", e.path, e.identity, &done, &err),
		  err);
	ck_assert_int_eq(done, 0);
	spool_close(&s);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, unsent_reports_that_a_newer_one_supersedes_are_void_and_said_to_be);
	tcase_add_test(tc, a_stored_report_is_never_voided);
	tcase_add_test(tc, a_report_with_a_measure_that_the_newer_one_leaves_out_must_arrive);
	tcase_add_test(tc, a_straggler_does_not_supersede_a_report_with_a_later_as_at);
	tcase_add_test(tc, a_straggler_does_not_supersede_what_a_newer_extract_only_confirmed);
	tcase_add_test(tc,
		       one_void_entry_stands_for_all_that_is_unsent_however_long_the_line_is_down);
	tcase_add_test(tc, more_ranges_than_one_void_entry_holds_go_into_several);
	tcase_add_test(tc, a_withdrawn_report_is_said_again_when_the_same_figures_come_back);
	tcase_add_test(
		tc, withdrawing_forgets_all_that_the_report_was_the_last_to_say_and_nothing_else);
	tcase_add_test(tc, only_a_report_that_is_in_use_can_be_withdrawn);
	tcase_add_test(tc, a_withdrawn_report_supersedes_nothing);
	tcase_add_test(tc,
		       a_renewed_spool_has_a_new_id_and_numbers_what_was_not_stored_again_from_one);
	tcase_add_test(tc, a_withdrawal_follows_its_report_into_the_renewed_spool);
	tcase_add_test(tc, a_renewal_without_memory_leaves_the_old_spool_as_it_was);
	tcase_add_test(tc, bytes_go_after_keep_days_when_every_store_has_them);
	tcase_add_test(tc, an_extract_is_done_in_the_state_it_was_in_only);
}

HARNESS_MAIN("spool_upkeep", add)
