#include "tests/spool_samples.h"

#include "proto/db.h"

/* ---- newer extracts */

START_TEST(the_same_figures_under_a_later_as_at_are_confirmed_not_said_again)
{
	struct spool *s = sample_open();

	ck_assert_int_eq(sample_say(s, "2026-09", "2026-10-05", 12, -1), 1);
	ck_assert_int_eq(sample_say(s, "2026-09", "2026-10-31", 12, -1), 0);
	ck_assert_int_eq(sample_say(s, "2026-09", "2026-11-05", 13, -1), 2);
	ck_assert_int_eq(sample_say(s, "2026-09", "2026-11-06", 13, -1), 0);
	ck_assert_int_eq(s->last_sequence, 2);
	spool_close(&s);
}
END_TEST

/* cin_open holds at the as-at only: a later extract does not carry it any more. */
START_TEST(a_measure_that_is_no_longer_carried_is_no_change)
{
	struct spool *s = sample_open();

	ck_assert_int_eq(sample_say(s, "2026-10", "2026-10-31", 5, 140), 1);
	ck_assert_int_eq(sample_say(s, "2026-10", "2026-11-30", 5, -1), 0);
	/* and when it comes back as it was, neither */
	ck_assert_int_eq(sample_say(s, "2026-10", "2026-12-31", 5, 140), 0);
	spool_close(&s);
}
END_TEST

START_TEST(a_report_with_one_changed_or_new_measure_carries_all_that_its_extract_carries)
{
	struct spool *s = sample_open();
	struct frame f;

	ck_assert_int_eq(sample_say(s, "2026-10", "2026-10-31", 5, -1), 1);
	ck_assert_int_eq(sample_say(s, "2026-10", "2026-11-30", 5, 140), 2);
	ck_assert_int_eq(sample_say(s, "2026-10", "2026-12-31", 6, 140), 3);
	for (int64_t n = 2; n <= 3; n++) {
		sample_read(s, n, &f);
		ck_assert_uint_eq(f.entry->report->n_measure, 4);
		ck_assert_int_eq(f.entry->report->numerator[3], 140);
		frame_clear(&f);
	}
	spool_close(&s);
}
END_TEST

START_TEST(a_changed_breakdown_a_status_or_a_definition_is_news)
{
	struct spool *s = sample_open();
	static uint8_t other[32] = { 8 };
	static uint32_t provisional[] = { 1 };
	struct sample_report r;
	struct err err = { .code = ERR_OK };
	int news = -1;

	ck_assert_int_eq(sample_say(s, "2026-10", "2026-11-30", 5, 140), 1);
	(void)sample_fill(&r, "2026-10", "2026-12-31", 5, 140);
	assert_ok(spool_judge(s, &r.report, r.period, &news, &err), err);
	ck_assert_int_eq(news, 0);
	r.numerator[2] = 4; /* contacts of girls; the total alone would say the same */
	assert_ok(spool_judge(s, &r.report, r.period, &news, &err), err);
	ck_assert_int_eq(news, 1);
	(void)sample_fill(&r, "2026-10", "2026-12-31", 5, 140);
	r.report.provisional_measures = provisional;
	r.report.n_provisional_measures = 1;
	assert_ok(spool_judge(s, &r.report, r.period, &news, &err), err);
	ck_assert_int_eq(news, 1);
	(void)sample_fill(&r, "2026-10", "2026-12-31", 5, 140);
	r.report.measures_digest.data = other;
	assert_ok(spool_judge(s, &r.report, r.period, &news, &err), err);
	ck_assert_int_eq(news, 1);
	spool_close(&s);
}
END_TEST

START_TEST(what_is_known_of_an_area_a_dataset_and_a_period_is_its_own)
{
	struct spool *s = sample_open();
	static char elsewhere[] = "elsewhere", staff[] = "staff";
	struct sample_report r;
	struct err err = { .code = ERR_OK };
	int news = -1;

	ck_assert_int_eq(sample_say(s, "2026-09", "2026-10-05", 12, -1), 1);
	(void)sample_fill(&r, "2026-09", "2026-10-05", 12, -1);
	assert_ok(spool_judge(s, &r.report, r.period, &news, &err), err);
	ck_assert_int_eq(news, 0);
	r.report.area = elsewhere;
	assert_ok(spool_judge(s, &r.report, r.period, &news, &err), err);
	ck_assert_int_eq(news, 1);
	(void)sample_fill(&r, "2026-09", "2026-10-05", 12, -1);
	r.report.dataset = staff;
	assert_ok(spool_judge(s, &r.report, r.period, &news, &err), err);
	ck_assert_int_eq(news, 1);
	(void)sample_fill(&r, "2026-10", "2026-10-05", 12, -1);
	assert_ok(spool_judge(s, &r.report, r.period, &news, &err), err);
	ck_assert_int_eq(news, 1);
	spool_close(&s);
}
END_TEST

/* ---- stragglers */

/* As-ats: said 1 October, confirmed 1 November. A report of 15 October would have the latest as-at
 * that the centre knows of, and its figure would displace what 1 November confirmed. */
START_TEST(a_straggler_is_silent_on_what_a_newer_extract_confirmed)
{
	struct spool *s = sample_open();

	ck_assert_int_eq(sample_say(s, "2026-09", "2026-10-01", 12, -1), 1);
	ck_assert_int_eq(sample_say(s, "2026-09", "2026-11-01", 12, -1), 0);
	ck_assert_int_eq(sample_say(s, "2026-09", "2026-10-15", 11, -1), 0);
	ck_assert_int_eq(s->last_sequence, 1);
	/* and has not moved what was last said: neither its figure nor its as-at */
	ck_assert_int_eq(sample_say(s, "2026-09", "2026-10-20", 11, -1), 0);
	ck_assert_int_eq(sample_say(s, "2026-09", "2026-11-05", 12, -1), 0);
	spool_close(&s);
}
END_TEST

START_TEST(a_straggler_is_silent_on_what_a_newer_extract_said)
{
	struct spool *s = sample_open();

	ck_assert_int_eq(sample_say(s, "2026-09", "2026-11-01", 12, -1), 1);
	ck_assert_int_eq(sample_say(s, "2026-09", "2026-10-15", 11, -1), 0);
	ck_assert_int_eq(sample_say(s, "2026-09", "2026-11-05", 12, -1), 0);
	ck_assert_int_eq(s->last_sequence, 1);
	spool_close(&s);
}
END_TEST

/* 1 November confirmed contacts and no longer carried cin_open: 15 October is the last to speak of
 * that, and its report must not bring its own contacts along, changed or not. */
static void straggle(int64_t contacts)
{
	struct spool *s = sample_open();
	const District__Report *r;
	struct frame f;

	ck_assert_int_eq(sample_say(s, "2026-09", "2026-10-01", 12, 140), 1);
	ck_assert_int_eq(sample_say(s, "2026-09", "2026-11-01", 12, -1), 0);
	ck_assert_int_eq(sample_say(s, "2026-09", "2026-10-15", contacts, 141), 2);
	sample_read(s, 2, &f);
	r = f.entry->report;
	ck_assert_int_eq(r->as_at, sample_day("2026-10-15"));
	ck_assert_uint_eq(r->n_measure, 1);
	ck_assert_uint_eq(r->n_dictionary, 2);
	ck_assert_str_eq(r->dictionary[r->measure[0]], "cin_open");
	ck_assert_int_eq(r->numerator[0], 141);
	frame_clear(&f);
	ck_assert_int_eq(sample_say(s, "2026-09", "2026-10-16", -1, 141), 0);
	ck_assert_int_eq(sample_say(s, "2026-09", "2026-11-05", 12, -1), 0);
	spool_close(&s);
}

START_TEST(a_straggler_says_only_the_measures_of_which_no_newer_extract_has_spoken)
{
	straggle(11);
}
END_TEST

START_TEST(a_straggler_does_not_even_repeat_what_a_newer_extract_confirmed)
{
	straggle(12);
}
END_TEST

START_TEST(an_extract_of_the_same_day_corrects_the_one_before)
{
	struct spool *s = sample_open();

	ck_assert_int_eq(sample_say(s, "2026-09", "2026-10-05", 12, -1), 1);
	ck_assert_int_eq(sample_say(s, "2026-09", "2026-10-05", 13, -1), 2);
	spool_close(&s);
}
END_TEST

/* ---- means */

START_TEST(judging_without_memory_fails_and_changes_nothing)
{
	struct spool *s = sample_open();
	struct err err = { .code = ERR_OK };
	int done = 0;

	(void)sample_say(s, "2026-09", "2026-10-01", 12, 140);
	(void)sample_say(s, "2026-09", "2026-11-01", 12, -1);
	for (long n = 1; !done && n < 1000; n++) {
		struct sample_report r;
		enum err_code code;
		int news = -1;

		(void)sample_fill(&r, "2026-09", "2026-10-15", 11, 141);
		harness_fail_allocation(n);
		code = spool_judge(s, &r.report, r.period, &news, &err);
		done = harness_allocations() < n;
		harness_fail_allocation(0);
		if (done)
			assert_ok(code, err);
		else
			assert_error(code, ERR_NOMEM, err, "memory");
		ck_assert_uint_eq(r.report.n_measure, done ? 1 : 4);
	}
	ck_assert(done);
	spool_close(&s);
}
END_TEST

static void assert_searches(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	struct err err = { .code = ERR_OK };
	char explain[1000];
	int row = 0;

	(void)snprintf(explain, sizeof explain, "EXPLAIN QUERY PLAN %s", sql);
	assert_ok(db_prepare(db, &stmt, explain, &err), err);
	while (db_step(stmt, &row, &err) == ERR_OK && row) {
		const char *plan = db_text(stmt, 3);

		ck_assert_msg(strncmp(plan, "SCAN", 4) != 0, "%s: %s", sql, plan);
		if (strstr(plan, " content ") != NULL)
			ck_assert_msg(strstr(plan, "period=?") != NULL, "%s: %s", sql, plan);
	}
	db_finalize(&stmt);
}

START_TEST(no_statement_looks_at_more_of_content_than_a_period)
{
	struct spool *s = sample_open();
	struct err err = { .code = ERR_OK };
	int64_t withdrawal;
	int n = 0;

	(void)sample_say(s, "2026-09", "2026-10-01", 12, -1);
	(void)sample_say(s, "2026-09", "2026-10-02", 12, -1);
	assert_ok(spool_begin(s, &err), err);
	assert_ok(spool_withdraw(s, NULL, 1, "wrong", &withdrawal, &err), err);
	assert_ok(spool_commit(s, &err), err);
	for (sqlite3_stmt *stmt = sqlite3_next_stmt(s->db, NULL); stmt != NULL;
	     stmt = sqlite3_next_stmt(s->db, stmt)) {
		if (strstr(sqlite3_sql(stmt), " content ") == NULL)
			continue;
		assert_searches(s->db, sqlite3_sql(stmt));
		n++;
	}
	ck_assert_int_eq(n, 4); /* to find, set, confirm and forget */
	spool_close(&s);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, the_same_figures_under_a_later_as_at_are_confirmed_not_said_again);
	tcase_add_test(tc, a_measure_that_is_no_longer_carried_is_no_change);
	tcase_add_test(
		tc, a_report_with_one_changed_or_new_measure_carries_all_that_its_extract_carries);
	tcase_add_test(tc, a_changed_breakdown_a_status_or_a_definition_is_news);
	tcase_add_test(tc, what_is_known_of_an_area_a_dataset_and_a_period_is_its_own);
	tcase_add_test(tc, a_straggler_is_silent_on_what_a_newer_extract_confirmed);
	tcase_add_test(tc, a_straggler_is_silent_on_what_a_newer_extract_said);
	tcase_add_test(tc, a_straggler_says_only_the_measures_of_which_no_newer_extract_has_spoken);
	tcase_add_test(tc, a_straggler_does_not_even_repeat_what_a_newer_extract_confirmed);
	tcase_add_test(tc, an_extract_of_the_same_day_corrects_the_one_before);
	tcase_add_test(tc, judging_without_memory_fails_and_changes_nothing);
	tcase_add_test(tc, no_statement_looks_at_more_of_content_than_a_period);
}

HARNESS_MAIN("spool_content", add)
