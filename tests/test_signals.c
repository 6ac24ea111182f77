#include "aggregator/signals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/rebuild.h"
#include "aggregator/signals_private.h"
#include "aggregator/spc.h"
#include "tests/hand_store.h"

/* The clock stands at a date of the test's choice; months are filled up to the one before. */

#define DISTRICTS 8
#define DAY_US (86400LL * 1000000)

static const char areas_text[] = "code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
				 "city,The City,authority,,,,,\n"
				 "d0,North Side,district,city,,,,\n"
				 "d1,East Side,district,city,,,,\n"
				 "d2,South Side,district,city,,,,\n"
				 "d3,West Side,district,city,,,,\n"
				 "d4,Old Town,district,city,,,,\n"
				 "d5,New Town,district,city,,,,\n"
				 "d6,Riverside,district,city,,,,\n"
				 "d7,Hillside,district,city,,,,\n";
static const char *const districts[DISTRICTS] = { "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7" };

static struct hand_store hand;
static struct measure_set *measures;
static struct rollup_context context;
static int64_t now_us;
static struct err err;

static void open_store(const char *today)
{
	hand_store_open(&hand, areas_text, NULL);
	if (measures == NULL)
		assert_ok(measures_load(NULL, &measures, &err), err);
	context = (struct rollup_context){ hand.store, hand.areas, measures, NULL };
	now_us = hand_us(today);
}

static void close_store(void)
{
	hand_store_close(&hand);
	measures_free(&measures);
}

static struct signals_changes work(void)
{
	struct signals_changes sum = { 0 };
	struct signals_changes one;
	int64_t left = 1;
	int done = 0;

	while (left > 0)
		assert_ok(rollup_work(hand.store, hand.areas, 100, &done, &left, &err), err);
	for (done = 0; !done;) {
		assert_ok(signals_work(&context, now_us, &done, &one, &err), err);
		sum.n_pending += one.n_pending;
		sum.n_opened += one.n_opened;
		sum.n_closed += one.n_closed;
	}
	return sum;
}

/* Figures arrived outside the projection, which would have said so. */
static void changed(void)
{
	assert_ok(store_figures_changed(hand.store->db, &err), err);
}

static void put(const char *area, const char *period, const char *measure, int64_t numerator,
		int64_t denominator)
{
	(void)hand_put(&hand, area, period, measure, numerator, denominator);
	changed();
}

static void put_provisional(const char *area, const char *period, const char *measure,
			    int64_t numerator, int64_t denominator)
{
	const int32_t end = period_end(hand_period(period));
	char as_at[DATE_TEXT_BYTES];
	int64_t report = hand_report(&hand, area, period, date_format(end - 5, as_at), as_at);

	hand_total(&hand, report, measure, numerator, denominator, 1);
	changed();
}

static const char *month(const char *first, int n)
{
	static char texts[4][PERIOD_TEXT_BYTES];
	static int next;

	return period_format(period_next(hand_period(first), n), texts[next++ % 4]);
}

/* A count that wanders between 96 and 104: mean 100, moving range about 4. */
static int64_t steady(int n)
{
	static const int64_t around[] = { 100, 104, 97, 101, 96, 103, 99, 102, 98, 100, 103, 97 };

	return around[n % 12];
}

static void put_steady(const char *area, const char *measure, int months)
{
	for (int i = 0; i < months; i++)
		put(area, month("2025-01", i), measure, steady(i), steady(i));
}

static int64_t count(const char *sql)
{
	return hand_sql(&hand, sql, "");
}

/* ---- process */

START_TEST(a_final_point_outside_the_limits_opens_at_once)
{
	struct signal_list list;
	struct signal_event *events;
	char say[256];
	size_t n;

	open_store("2026-02-10");
	put_steady("d0", "contacts", 12);
	put("d0", "2026-01", "contacts", 160, 160);
	ck_assert_int_eq(work().n_opened, 1);
	assert_ok(signals_list(hand.store, 1U << SIGNAL_OPEN, "d0", 10, &list, &err), err);
	ck_assert_uint_eq(list.n, 1);
	ck_assert_str_eq(list.signals[0].rule, "outside");
	ck_assert_str_eq(list.signals[0].measure, "contacts");
	ck_assert_int_eq(list.signals[0].kind, SIGNAL_PROCESS);
	ck_assert_int_eq(list.signals[0].direction, 1);
	ck_assert_int_eq(list.signals[0].concern, 0); /* contacts are neither good nor bad */
	ck_assert_int_eq(list.signals[0].opened_us, now_us);
	ck_assert_str_eq(signal_say(&list.signals[0], &context, say, sizeof say),
			 "Contacts received in North Side: above the usual range in January 2026");
	ck_assert_ptr_nonnull(strstr(list.signals[0].evidence,
				     "{\"period\":\"2026-01\",\"status\":\"final\",\"numerator\":"
				     "160,\"denominator\":160,\"value\":160,\"charted\":160,"
				     "\"rule\":\"outside\",\"direction\":1}]}"));
	assert_ok(signals_history(hand.store, list.signals[0].id, &events, &n, &err), err);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(events[0].state, SIGNAL_PENDING);
	ck_assert_int_eq(events[1].state, SIGNAL_OPEN);
	ck_assert_int_eq(period_key(events[1].period), period_key(hand_period("2026-01")));
	free(events);
	signals_clear(&list);
	close_store();
}
END_TEST

START_TEST(looking_again_at_the_same_figures_changes_nothing)
{
	struct signals_changes changes;

	open_store("2026-02-10");
	put_steady("d0", "contacts", 12);
	put("d0", "2026-01", "contacts", 160, 160);
	(void)work();
	changed();
	changes = work();
	ck_assert_int_eq(changes.n_pending + changes.n_opened + changes.n_closed, 0);
	ck_assert_int_eq(count("SELECT count(*) FROM signal_event"), 2);
	close_store();
}
END_TEST

START_TEST(one_open_signal_closes_only_after_two_months_without)
{
	open_store("2026-02-10");
	put_steady("d0", "contacts", 12);
	put("d0", "2026-01", "contacts", 160, 160);
	(void)work();
	now_us = hand_us("2026-03-10");
	put("d0", "2026-02", "contacts", 100, 100);
	ck_assert_int_eq(work().n_closed, 0);
	ck_assert_int_eq(count("SELECT n_without FROM signal"), 1);
	now_us = hand_us("2026-04-10");
	put("d0", "2026-03", "contacts", 101, 101);
	ck_assert_int_eq(work().n_closed, 1);
	ck_assert_int_eq(count("SELECT closed_us FROM signal"), now_us);
	ck_assert_int_eq(count("SELECT state FROM signal_event ORDER BY id DESC LIMIT 1"), 3);
	close_store();
}
END_TEST

START_TEST(a_series_that_hovers_about_its_limit_is_one_signal_not_many)
{
	struct signals_changes sum = { 0 };

	open_store("2026-01-10");
	put_steady("d0", "contacts", 12);
	for (int i = 0; i < 8; i++) { /* over, within, over, within … */
		int64_t n = i % 2 == 0 ? 190 : 112;
		struct signals_changes one;

		now_us = (int64_t)(period_end(hand_period(month("2026-01", i))) + 10) * DAY_US;
		put("d0", month("2026-01", i), "contacts", n, n);
		one = work();
		sum.n_pending += one.n_pending;
		sum.n_opened += one.n_opened;
		sum.n_closed += one.n_closed;
	}
	/* by and by its limits widen, so that it closes; it does not open again */
	ck_assert_int_eq(sum.n_opened, 1);
	ck_assert_int_eq(sum.n_pending, 1);
	ck_assert_int_le(sum.n_closed, 1);
	close_store();
}
END_TEST

START_TEST(missing_months_neither_open_nor_close)
{
	struct signals_changes changes;

	open_store("2026-02-10");
	put_steady("d0", "contacts", 12);
	put("d0", "2026-01", "contacts", 160, 160);
	(void)work();
	now_us = hand_us("2026-06-10"); /* four months later, and nothing came */
	changed();
	changes = work();
	ck_assert_int_eq(changes.n_opened + changes.n_closed, 0);
	ck_assert_int_eq(count("SELECT state FROM signal"), SIGNAL_OPEN);
	put("d0", "2026-05", "contacts", 100, 100); /* one known month without */
	ck_assert_int_eq(work().n_closed, 0);
	close_store();
}
END_TEST

START_TEST(figures_of_half_a_year_ago_open_nothing)
{
	open_store("2026-09-10");
	put_steady("d0", "contacts", 12);
	put("d0", "2026-01", "contacts", 160, 160);
	ck_assert_int_eq(work().n_pending, 0);
	close_store();
}
END_TEST

START_TEST(a_total_in_which_a_district_is_missing_says_nothing)
{
	open_store("2026-02-10");
	for (int d = 0; d < DISTRICTS; d++)
		put_steady(districts[d], "contacts", 13);
	(void)work();
	ck_assert_int_eq(count("SELECT count(*) FROM signal WHERE area = 'city'"), 0);
	now_us = hand_us("2026-03-10");
	for (int d = 1; d < DISTRICTS; d++) /* d0 is missing: an eighth less */
		put(districts[d], "2026-02", "contacts", 100, 100);
	(void)work();
	ck_assert_int_eq(count("SELECT count(*) FROM signal WHERE area = 'city'"), 0);
	close_store();
}
END_TEST

START_TEST(fewer_than_five_a_month_raise_nothing)
{
	open_store("2026-02-10");
	for (int i = 0; i < 12; i++)
		put("d0", month("2025-01", i), "contacts", 1 + i % 2, 1 + i % 2);
	put("d0", "2026-01", "contacts", 12, 12);
	ck_assert_int_eq(work().n_pending, 0);
	close_store();
}
END_TEST

START_TEST(a_stock_is_judged_by_its_net_change)
{
	open_store("2026-02-10");
	for (int i = 0; i < 13; i++) /* rises by about 3 a month: its own usual way */
		put("d0", month("2025-01", i), "cpp_open", 100 + 3 * i + i % 2, 1);
	ck_assert_int_eq(work().n_pending, 0);
	now_us = hand_us("2026-03-10");
	put("d0", "2026-02", "cpp_open", 190, 1);
	ck_assert_int_eq(work().n_opened, 1);
	ck_assert_int_eq(count("SELECT instr(evidence, '\"charted\":\"net change\"') > 0 "
			       "FROM signal"),
			 1);
	close_store();
}
END_TEST

/* Completed assessments in time: a share, so a part of a month is no undercount. */
static void put_share(int months)
{
	for (int i = 0; i < months; i++)
		put("d0", month("2025-01", i), "assessments_in_45wd", 80 + i % 3, 100);
}

START_TEST(a_provisional_point_is_pending_and_opens_three_days_later)
{
	struct signal_list list;

	open_store("2026-02-05");
	put_share(12);
	put_provisional("d0", "2026-01", "assessments_in_45wd", 30, 100);
	ck_assert_int_eq(work().n_opened, 0);
	assert_ok(signals_list(hand.store, 1U << SIGNAL_PENDING, NULL, 10, &list, &err), err);
	ck_assert_uint_eq(list.n, 1);
	ck_assert_int_eq(list.signals[0].direction, -1);
	ck_assert_int_eq(list.signals[0].concern, 1); /* high is good, and it fell */
	ck_assert_int_eq(list.signals[0].opened_us, 0);
	signals_clear(&list);
	now_us += 3 * DAY_US - 1; /* figures have not changed: nothing but the clock has */
	ck_assert_int_eq(work().n_opened, 0);
	now_us += 1;
	ck_assert_int_eq(work().n_opened, 1);
	close_store();
}
END_TEST

START_TEST(what_is_pending_opens_on_final_figures_or_passes)
{
	struct signals_changes changes;

	open_store("2026-02-05");
	put_share(12);
	put_provisional("d0", "2026-01", "assessments_in_45wd", 30, 100);
	(void)work();
	now_us += DAY_US;
	put("d0", "2026-01", "assessments_in_45wd", 81, 100); /* it was not so */
	changes = work();
	ck_assert_int_eq(changes.n_opened, 0);
	ck_assert_int_eq(changes.n_closed, 1);
	now_us = hand_us("2026-03-05"); /* it comes back, under the same number */
	put_provisional("d0", "2026-02", "assessments_in_45wd", 30, 100);
	ck_assert_int_eq(work().n_pending, 1);
	ck_assert_int_eq(count("SELECT count(*) FROM signal"), 1);
	now_us += DAY_US;
	put("d0", "2026-02", "assessments_in_45wd", 31, 100);
	ck_assert_int_eq(work().n_opened, 1);
	ck_assert_int_eq(count("SELECT count(*) FROM signal"), 1);
	close_store();
}
END_TEST

START_TEST(a_provisional_count_is_an_undercount_and_says_nothing)
{
	open_store("2026-02-05");
	put_steady("d0", "contacts", 12);
	put_provisional("d0", "2026-01", "contacts", 40, 40);
	ck_assert_int_eq(work().n_pending, 0);
	close_store();
}
END_TEST

START_TEST(the_month_that_has_not_ended_says_nothing)
{
	open_store("2026-01-20");
	put_share(12);
	put_provisional("d0", "2026-01", "assessments_in_45wd", 30, 100);
	ck_assert_int_eq(work().n_pending, 0);
	close_store();
}
END_TEST

/* Counts of a Poisson process by Knuth's method, the same ones each time. */
static uint64_t rng;

static double uniform(void)
{
	rng = rng * 6364136223846793005ULL + 1442695040888963407ULL;
	return (double)((rng >> 33) + 1) / 2147483649.0;
}

static int64_t poisson(double mean)
{
	const double stop = exp(-mean);
	double product = uniform();
	int64_t n = 0;

	while (product > stop) {
		product *= uniform();
		n++;
	}
	return n;
}

#define STABLE 1000

START_TEST(stable_series_raise_no_more_than_the_false_alarms_that_are_printed)
{
	struct signals_series s = { .n_areas = STABLE, .first = hand_period("2024-01") };
	struct signals_findings findings = { 0 };
	struct signals_findings before = { 0 };
	int n_new = 0;

	assert_ok(measures_load(NULL, &measures, &err), err);
	assert_ok(rollup_terms_find(measures, measures_find(measures, "contacts"), &s.terms, &err),
		  err);
	s.areas = calloc(STABLE, sizeof *s.areas);
	rng = 20261122;
	for (int a = 0; a < STABLE; a++)
		for (int m = 0; m < SIGNALS_MONTHS; m++) {
			int64_t n = poisson(60);

			s.areas[a].points[m] =
				(struct signals_point){ SIGNALS_FINAL, n, n, (double)n };
		}
	assert_ok(signals_process(&s, &findings, &err), err);
	ck_assert_int_eq(findings.n_series, STABLE);
	for (int a = 0; a < STABLE; a++) /* as it was a month before */
		s.areas[a].points[SIGNALS_MONTHS - 1].known = SIGNALS_UNKNOWN;
	assert_ok(signals_process(&s, &before, &err), err);
	ck_assert_uint_eq(before.n, findings.n);
	for (size_t i = 0; i < findings.n; i++) {
		const struct signals_finding *f = &findings.items[i];
		const struct signals_finding *b = &before.items[i];

		n_new += f->looks[f->n_looks - 1].direction != 0 &&
			 b->looks[b->n_looks - 1].direction == 0;
	}
	/* a binomial count: three standard errors above what is printed */
	ck_assert_double_le(n_new, spc_expected_false_alarms(STABLE) +
					   3 * sqrt(spc_expected_false_alarms(STABLE)));
	ck_assert_int_gt(n_new, 0);
	signals_findings_clear(&before);
	signals_findings_clear(&findings);
	signals_series_clear(&s);
	measures_free(&measures);
}
END_TEST

/* ---- funnel */

START_TEST(a_district_outside_the_funnel_of_three_months_is_a_signal)
{
	struct signal_list list;
	char say[256];

	open_store("2026-02-10");
	/* 7 districts: 20 of 100 a month; one 40 of 100. Three months: 60 of 300 and 120 of 300;
	 * together 540 of 2,400 = 22.5%, standard error at 300 is 2.4 points: z about 7, while the
	 * others are at −1. */
	for (int m = 0; m < 3; m++)
		for (int d = 0; d < DISTRICTS; d++)
			put(districts[d], month("2025-11", m), "referrals_repeat_12m_latest",
			    d == 4 ? 40 : 20, 100);
	ck_assert_int_eq(work().n_opened, 1);
	assert_ok(signals_list(hand.store, 1U << SIGNAL_OPEN, NULL, 10, &list, &err), err);
	ck_assert_uint_eq(list.n, 1);
	ck_assert_str_eq(list.signals[0].area, "d4");
	ck_assert_str_eq(list.signals[0].rule, "funnel");
	ck_assert_int_eq(list.signals[0].concern, 1);
	ck_assert_ptr_nonnull(strstr(list.signals[0].evidence,
				     "\"from\":\"2025-11\",\"to\":\"2026-01\",\"centre\":22.5,"));
	ck_assert_ptr_nonnull(strstr(list.signals[0].evidence,
				     "{\"area\":\"d4\",\"numerator\":120,\"denominator\":300,"
				     "\"value\":40,"));
	(void)signal_say(&list.signals[0], &context, say, sizeof say);
	ck_assert_ptr_nonnull(strstr(say, "in Old Town: higher than the other districts by more "
					  "than chance in January 2026"));
	signals_clear(&list);
	close_store();
}
END_TEST

START_TEST(a_district_with_a_month_missing_is_not_compared)
{
	open_store("2026-02-10");
	for (int m = 0; m < 3; m++)
		for (int d = 0; d < DISTRICTS; d++)
			if (d != 4 || m != 1)
				put(districts[d], month("2025-11", m),
				    "referrals_repeat_12m_latest", d == 4 ? 40 : 20, 100);
	ck_assert_int_eq(work().n_pending, 0);
	close_store();
}
END_TEST

/* ---- unseen risk: each rule, worked by hand */

/* A measure of d0: the same in every month of a year, then otherwise in the last three. */
struct filling {
	const char *measure;
	int64_t before, before_of, now, now_of;
};
struct example {
	const char *rule;
	int holds;
	struct filling fillings[4];
};

/* fte are in millionths. Counts of three months add up: 100 a month against 85 is 300 against 255,
 * z = −45 ÷ √555 = −1.91; against 80, 240: z = −60 ÷ √540 = −2.58. Shares: 20 of 100 against 30 of
 * 100 in three months, 60 and 90 of 300: z = 30 ÷ √(300 × 0.25 × 0.75 × 2) × … = 2.83. */
static const struct example examples[] = {
	{ "fewer_contacts_more_rereferrals",
	  1,
	  { { "contacts", 100, 100, 80, 80 },
	    { "referrals_repeat_12m_latest", 20, 100, 30, 100 } } },
	/* contacts fall by 15%, which is less than chance might do */
	{ "fewer_contacts_more_rereferrals",
	  0,
	  { { "contacts", 100, 100, 85, 85 },
	    { "referrals_repeat_12m_latest", 20, 100, 30, 100 } } },
	/* re-referrals stay */
	{ "fewer_contacts_more_rereferrals",
	  0,
	  { { "contacts", 100, 100, 80, 80 },
	    { "referrals_repeat_12m_latest", 20, 100, 20, 100 } } },
	/* 90 to 60 is a third: z = −30 ÷ √150 = −2.45 */
	{ "plans_down_by_a_third", 1, { { "cpp_open", 90, 90, 60, 60 } } },
	{ "plans_down_by_a_third", 0, { { "cpp_open", 90, 90, 61, 61 } } },
	/* 18 plans are fewer than 20 */
	{ "plans_down_by_a_third", 0, { { "cpp_open", 18, 18, 2, 2 } } },
	/* 120 to 160: z = 40 ÷ √280 = 2.39; 60 to 36: z = −24 ÷ √96 = −2.45 */
	{ "enquiries_up_plans_down",
	  1,
	  { { "section47_started", 40, 40, 54, 54 }, { "cpp_started_latest", 20, 20, 12, 12 } } },
	{ "enquiries_up_plans_down",
	  0,
	  { { "section47_started", 40, 40, 54, 54 }, { "cpp_started_latest", 20, 20, 18, 18 } } },
	{ "children_not_seen", 1, { { "cin_not_seen_6wk", 30, 600, 60, 600 } } },
	{ "children_not_seen", 0, { { "cin_not_seen_6wk", 30, 600, 59, 600 } } },
	/* caseload 16 to 17 (6%); visits 20 of 100 to 40 of 100 */
	{ "visits_overdue_caseload_up",
	  1,
	  { { "cpp_visit_overdue", 20, 100, 40, 100 },
	    { "cases_held", 800, 800, 850, 850 },
	    { "case_holder_fte", 50000000, 50, 50000000, 50 } } },
	{ "visits_overdue_caseload_up",
	  0,
	  { { "cpp_visit_overdue", 20, 100, 40, 100 },
	    { "cases_held", 800, 800, 830, 830 },
	    { "case_holder_fte", 50000000, 50, 50000000, 50 } } },
	/* 100 to 140: z = 40 ÷ √240 = 2.58 */
	{ "unallocated_caseload_up",
	  1,
	  { { "cases_unallocated", 100, 100, 140, 140 },
	    { "cases_held", 800, 800, 850, 850 },
	    { "case_holder_fte", 50000000, 50, 50000000, 50 } } },
	{ "unallocated_caseload_up",
	  0,
	  { { "cases_unallocated", 100, 100, 112, 112 }, /* z = 0.82 */
	    { "cases_held", 800, 800, 850, 850 },
	    { "case_holder_fte", 50000000, 50, 50000000, 50 } } },
	/* 240 to 315: z = 75 ÷ √555 = 3.2; 15 of 60 posts are a quarter */
	{ "closed_short_of_workers",
	  1,
	  { { "cin_ceased_latest", 80, 80, 105, 105 },
	    { "vacancies_fte", 15000000, 15, 15000000, 15 },
	    { "establishment_fte", 60000000, 60, 60000000, 60 } } },
	{ "closed_short_of_workers",
	  0,
	  { { "cin_ceased_latest", 80, 80, 105, 105 },
	    { "vacancies_fte", 14000000, 14, 14000000, 14 },
	    { "establishment_fte", 60000000, 60, 60000000, 60 } } },
	{ "no_support_more_rereferrals",
	  1,
	  { { "assessments_no_support", 30, 100, 42, 100 },
	    { "referrals_repeat_12m_latest", 20, 100, 30, 100 } } },
	{ "no_support_more_rereferrals",
	  0,
	  { { "assessments_no_support", 30, 100, 31, 100 },
	    { "referrals_repeat_12m_latest", 20, 100, 30, 100 } } },
	/* 100 to 140; 150 to 105: z = −45 ÷ √255 = −2.8 */
	{ "early_help_backing_up",
	  1,
	  { { "early_help_open", 100, 100, 140, 140 },
	    { "early_help_completed", 50, 50, 35, 35 } } },
	{ "early_help_backing_up",
	  0,
	  { { "early_help_open", 100, 100, 140, 140 },
	    { "early_help_completed", 50, 50, 50, 50 } } },
};
#define EXAMPLES (int)(sizeof examples / sizeof examples[0])

static int64_t open_of_rule(const char *rule)
{
	return hand_sql(&hand, "SELECT count(*) FROM signal WHERE rule = ?1 AND state = 2", "s",
			rule);
}

START_TEST(a_rule_holds_as_worked_out_by_hand)
{
	const struct example *e = &examples[_i];

	open_store("2026-04-10");
	for (int f = 0; f < 4 && e->fillings[f].measure != NULL; f++)
		for (int m = 0; m < 15; m++) {
			const struct filling *one = &e->fillings[f];

			put("d0", month("2025-01", m), one->measure,
			    m < 12 ? one->before : one->now, m < 12 ? one->before_of : one->now_of);
		}
	(void)work();
	ck_assert_msg(open_of_rule(e->rule) == e->holds, "example %d: %s", _i, e->rule);
	close_store();
}
END_TEST

START_TEST(referrals_that_wait_eight_weeks_are_counted_by_their_buckets)
{
	struct signal_list list;
	int64_t report;
	char say[256];

	open_store("2026-02-10");
	/* 30 wait: 26 for at most 56 days, 4 longer: 13.3%. d1: 2 of 30 are 6.7%. d2: 4 of 19. */
	for (int d = 0; d < 3; d++) {
		const int64_t all = d == 2 ? 19 : 30;
		const int64_t longer = d == 1 ? 2 : 4;

		report = hand_report(&hand, districts[d], "2026-01", "2026-01-31", "2026-02-02");
		hand_total(&hand, report, "referrals_unassessed", all, all, 0);
		hand_figure(&hand, report, "referrals_unassessed", "days", "", all, all);
		hand_figure(&hand, report, "referrals_unassessed", "days", "29-56", all - longer,
			    all - longer);
		hand_figure(&hand, report, "referrals_unassessed", "days", "57-91", longer - 1,
			    longer - 1);
		hand_figure(&hand, report, "referrals_unassessed", "days", "183+", 1, 1);
	}
	changed();
	(void)work();
	assert_ok(signals_list(hand.store, 1U << SIGNAL_OPEN, NULL, 10, &list, &err), err);
	ck_assert_uint_eq(list.n, 1);
	ck_assert_str_eq(list.signals[0].area, "d0");
	ck_assert_str_eq(list.signals[0].rule, "referrals_waiting");
	ck_assert_ptr_nonnull(strstr(list.signals[0].evidence, "\"part\":\"days>=57\""));
	ck_assert_ptr_nonnull(
		strstr(list.signals[0].evidence, "\"numerator\":4,\"denominator\":30,\"value\":4"));
	ck_assert_str_eq(signal_say(&list.signals[0], &context, say, sizeof say),
			 "North Side: Referrals waiting eight weeks or longer for an assessment, "
			 "January 2026");
	signals_clear(&list);
	close_store();
}
END_TEST

static void put_threshold(const char *measure, int usual, int other)
{
	for (int m = 0; m < 3; m++)
		for (int d = 0; d < DISTRICTS; d++)
			put(districts[d], month("2025-11", m), measure, d == 3 ? other : usual,
			    200);
}

START_TEST(thresholds_that_differ_between_districts_are_found_in_both_directions)
{
	open_store("2026-02-10");
	put_threshold("contacts_to_referral_30d", 60, 30);
	put_threshold("referrals_nfa", 20, 50);
	(void)work();
	ck_assert_int_eq(count("SELECT direction FROM signal WHERE rule = 'threshold_front_door' "
			       "AND area = 'd3' AND kind = 3"),
			 -1);
	ck_assert_int_eq(
		count("SELECT direction FROM signal WHERE rule = 'threshold_no_further_action' "
		      "AND area = 'd3'"),
		1);
	ck_assert_int_eq(count("SELECT count(*) FROM signal"), 2);
	close_store();
}
END_TEST

START_TEST(every_rule_of_the_file_has_an_example)
{
	struct signals_rules rules;

	assert_ok(measures_load(NULL, &measures, &err), err);
	assert_ok(signals_rules_load(measures, &rules, &err), err);
	ck_assert_int_eq(rules.n_rules, 12);
	for (int r = 0; r < rules.n_rules; r++) {
		int found = strncmp(rules.rules[r].code, "threshold_", 10) == 0 ||
			    strcmp(rules.rules[r].code, "referrals_waiting") == 0;

		for (int e = 0; e < EXAMPLES; e++)
			found |= strcmp(rules.rules[r].code, examples[e].rule) == 0;
		ck_assert_msg(found, "%s has no example", rules.rules[r].code);
		ck_assert_int_eq(rules.rules[r].off, 0);
	}
	signals_rules_clear(&rules);
	measures_free(&measures);
}
END_TEST

/* ---- rules */

#define HEADING "rule,title,sentence,measure,part,test,amount,months,against,least\n"

static const struct {
	const char *text, *words;
} wrong_rules[] = {
	{ "rule,title\n", "rules.csv:1: the heading must be \"rule,title,sentence" },
	{ HEADING "a,T,S,contact,,falls,10%,3,year,\n",
	  "rules.csv:2: measure: there is no measure \"contact\"; did you mean \"contacts\"?" },
	{ HEADING "a,T,S,contacts,,falls,10%,3,year,\n\n,,,contacts,,sinks,1,1,,\n",
	  "rules.csv:4: test: \"sinks\" is no test" },
	{ HEADING "a,T,S,contacts,,falls,ten,3,year,\n",
	  "rules.csv:2: amount: \"ten\" is no amount" },
	{ HEADING "a,T,S,contacts,,above,10%,3,,\n",
	  "rules.csv:2: amount: above and below take a share of the whole for a part only" },
	{ HEADING "a,T,S,contacts,,falls,10%,13,year,\n",
	  "rules.csv:2: months: write a number from 1 to 12" },
	{ HEADING "a,T,S,contacts,,falls,10%,3,,\n",
	  "rules.csv:2: against: falls and rises need year or before, not \"\"" },
	{ HEADING "a,T,S,contacts,,falls,10%,3,year,0\n",
	  "rules.csv:2: least: write a number from 1" },
	{ HEADING "a,T,S,contacts,days>=7,above,1,1,,\n",
	  "rules.csv:2: part: contacts has no buckets of \"days\"" },
	{ HEADING "a,T,S,referrals_unassessed,days>=30,above,1,1,,\n",
	  "rules.csv:2: part: no bucket of referrals_unassessed begins at 30" },
	{ HEADING "a,T,S,contacts,days,above,1,1,,\n", "rules.csv:2: part: \"days\" is no part" },
	{ HEADING ",,,contacts,,above,1,1,,\n", "rules.csv:2: rule: a rule's first row needs" },
	{ HEADING "a,T,S,contacts,,above,1,1,,\na,T,S,contacts,,above,1,1,,\n",
	  "rules.csv:3: rule: \"a\" is there already" },
	{ HEADING "a,T,S,contacts,,above,1,1,\n", "rules.csv:2: 9 fields, not 10" },
	{ HEADING "a,T,\"S,contacts,,above,1,1,,\n", "rules.csv:2: a quoted field does not end" },
	{ HEADING "a,T,S,contacts,,above,1,1,,\n,,,contacts,,differs,,3,,\n",
	  "rules.csv:3: test: differs must be a rule's only condition" },
};

START_TEST(a_fault_in_the_file_of_rules_names_line_and_column)
{
	struct signals_rules rules = { 0 };

	assert_ok(measures_load(NULL, &measures, &err), err);
	assert_error(signals_rules_parse("rules.csv", wrong_rules[_i].text, measures, &rules, &err),
		     ERR_CONFIG, err, wrong_rules[_i].words);
	signals_rules_clear(&rules);
	measures_free(&measures);
}
END_TEST

START_TEST(a_rule_with_a_measure_that_the_set_lacks_is_switched_off)
{
	static const char text[] =
		HEADING "a,T,\"S, and \"\"so\"\"\",contacts,,above,1,1,,\n"
			"b,T,S,contacts,,above,1,1,,\n,,,caseload,,above,9,1,,\n";
	struct signals_rules rules = { 0 };
	char path[512];
	char *sql;
	size_t len;

	sql = harness_read("proto/measures/contacts.sql", &len);
	(void)harness_text(harness_folder(), "set/contacts.sql", sql);
	free(sql);
	(void)snprintf(path, sizeof path, "%s/set", harness_folder());
	assert_ok(measures_load(path, &measures, &err), err);
	assert_ok(signals_rules_parse("rules.csv", text, measures, &rules, &err), err);
	ck_assert_int_eq(rules.n_rules, 2);
	ck_assert_str_eq(rules.rules[0].sentence, "S, and \"so\"");
	ck_assert_int_eq(rules.rules[0].off, 0);
	ck_assert_int_eq(rules.rules[1].off, 1);
	signals_rules_clear(&rules);
	assert_ok(signals_rules_load(measures, &rules, &err), err);
	signals_rules_clear(&rules);
	measures_free(&measures);
}
END_TEST

/* ---- the record */

START_TEST(a_signal_of_a_rule_that_is_gone_is_closed)
{
	open_store("2026-02-10");
	(void)count("INSERT INTO signal (kind, rule, measure, area, direction, concern, state, "
		    "first, last, pending_us, opened_us, evidence) VALUES (3, 'gone', 'contacts', "
		    "'d0', 1, 1, 2, 2020000, 2020000, 5, 5, '{}')");
	ck_assert_int_eq(work().n_closed, 1);
	ck_assert_int_eq(count("SELECT closed_us FROM signal"), now_us);
	close_store();
}
END_TEST

START_TEST(signals_outlast_a_rebuild_of_the_figures)
{
	int64_t n_reports;
	int64_t before;

	open_store("2026-02-10");
	put_steady("d0", "contacts", 12);
	put("d0", "2026-01", "contacts", 160, 160);
	(void)work();
	assert_ok(store_figures_stamp(hand.store->db, &before, &err), err);
	assert_ok(rebuild_in_place(hand.store, hand.areas, NULL, &n_reports, &err), err);
	ck_assert_int_eq(count("SELECT count(*) FROM signal WHERE state = 2"), 1);
	ck_assert_int_eq(count("SELECT count(*) FROM signal_event"), 2);
	ck_assert_int_gt(count("SELECT value FROM meta WHERE key = 'figures_stamp'"), before);
	/* these reports hold no bytes, so no figure is left: which closes nothing */
	ck_assert_int_eq(count("SELECT count(*) FROM header"), 0);
	ck_assert_int_eq(work().n_closed, 0);
	close_store();
}
END_TEST

START_TEST(the_same_figures_and_clock_give_the_same_signals)
{
	char *texts[2] = { NULL, NULL };

	for (int round = 0; round < 2; round++) {
		struct signal_list list;
		sqlite3_str *json;

		open_store("2026-02-10");
		(void)count("DELETE FROM signal_event");
		(void)count("DELETE FROM signal");
		(void)count("DELETE FROM signal_work");
		if (round == 0)
			for (int d = 0; d < DISTRICTS; d++) {
				put_steady(districts[d], "contacts", 12);
				put(districts[d], "2026-01", "contacts", 130 + 9 * d, 130);
			}
		(void)work();
		assert_ok(signals_list(hand.store, 1U << SIGNAL_OPEN, NULL, 100, &list, &err), err);
		ck_assert_uint_ge(list.n, DISTRICTS);
		json = sqlite3_str_new(NULL);
		for (size_t i = 0; i < list.n; i++)
			sqlite3_str_appendf(json, "%s %s %s %d %lld %s\n", list.signals[i].area,
					    list.signals[i].rule, list.signals[i].measure,
					    list.signals[i].direction,
					    (long long)list.signals[i].opened_us,
					    list.signals[i].evidence);
		texts[round] = sqlite3_str_finish(json);
		signals_clear(&list);
		close_store();
	}
	ck_assert_str_eq(texts[0], texts[1]);
	sqlite3_free(texts[0]);
	sqlite3_free(texts[1]);
}
END_TEST

START_TEST(a_number_that_no_signal_has_is_missing)
{
	struct signal_list list;
	struct signal_event *events;
	size_t n;

	open_store("2026-02-10");
	assert_error(signals_find(hand.store, 77, &list, &err), ERR_MISSING, err,
		     "there is no signal 77");
	assert_ok(signals_history(hand.store, 77, &events, &n, &err), err);
	ck_assert_uint_eq(n, 0);
	close_store();
}
END_TEST

START_TEST(every_failing_allocation_is_an_error_and_changes_nothing)
{
	struct signals_changes changes;
	int done = 0;
	long n = 0;

	open_store("2026-02-10");
	put_steady("d0", "contacts", 12);
	put("d0", "2026-01", "contacts", 160, 160);
	(void)work();
	for (n = 1;; n++) {
		enum err_code code;

		(void)count("DELETE FROM signal_work WHERE subject = 'process:contacts'");
		harness_fail_allocation(n);
		code = signals_work(&context, now_us, &done, &changes, &err);
		if (harness_allocations() < n) {
			harness_fail_allocation(0);
			assert_ok(code, err);
			break;
		}
		harness_fail_allocation(0);
		if (code != ERR_OK)
			assert_error(code, ERR_NOMEM, err, "out of memory");
		ck_assert_int_eq(count("SELECT count(*) FROM signal_event"), 2);
	}
	ck_assert_int_gt(n, 5);
	close_store();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_final_point_outside_the_limits_opens_at_once);
	tcase_add_test(tc, looking_again_at_the_same_figures_changes_nothing);
	tcase_add_test(tc, one_open_signal_closes_only_after_two_months_without);
	tcase_add_test(tc, a_series_that_hovers_about_its_limit_is_one_signal_not_many);
	tcase_add_test(tc, missing_months_neither_open_nor_close);
	tcase_add_test(tc, figures_of_half_a_year_ago_open_nothing);
	tcase_add_test(tc, a_total_in_which_a_district_is_missing_says_nothing);
	tcase_add_test(tc, fewer_than_five_a_month_raise_nothing);
	tcase_add_test(tc, a_stock_is_judged_by_its_net_change);
	tcase_add_test(tc, a_provisional_point_is_pending_and_opens_three_days_later);
	tcase_add_test(tc, what_is_pending_opens_on_final_figures_or_passes);
	tcase_add_test(tc, a_provisional_count_is_an_undercount_and_says_nothing);
	tcase_add_test(tc, the_month_that_has_not_ended_says_nothing);
	tcase_add_test(tc, stable_series_raise_no_more_than_the_false_alarms_that_are_printed);
	tcase_add_test(tc, a_district_outside_the_funnel_of_three_months_is_a_signal);
	tcase_add_test(tc, a_district_with_a_month_missing_is_not_compared);
	tcase_add_loop_test(tc, a_rule_holds_as_worked_out_by_hand, 0, EXAMPLES);
	tcase_add_test(tc, referrals_that_wait_eight_weeks_are_counted_by_their_buckets);
	tcase_add_test(tc, thresholds_that_differ_between_districts_are_found_in_both_directions);
	tcase_add_test(tc, every_rule_of_the_file_has_an_example);
	tcase_add_loop_test(tc, a_fault_in_the_file_of_rules_names_line_and_column, 0,
			    (int)(sizeof wrong_rules / sizeof wrong_rules[0]));
	tcase_add_test(tc, a_rule_with_a_measure_that_the_set_lacks_is_switched_off);
	tcase_add_test(tc, a_signal_of_a_rule_that_is_gone_is_closed);
	tcase_add_test(tc, signals_outlast_a_rebuild_of_the_figures);
	tcase_add_test(tc, the_same_figures_and_clock_give_the_same_signals);
	tcase_add_test(tc, a_number_that_no_signal_has_is_missing);
	tcase_add_test(tc, every_failing_allocation_is_an_error_and_changes_nothing);
}

HARNESS_MAIN("signals", add)
