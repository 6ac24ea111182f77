#include "aggregator/web/trend.h"

#include "tests/harness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/rollup_value.h"

#define N_MAX 40

static struct measure_set *measures;
static struct figure figures[N_MAX];
static struct figure_set set = { .figures = figures };
static struct trend trend;

static void setup(void)
{
	struct err err = { ERR_OK, "" };

	assert_ok(measures_load(NULL, &measures, &err), err);
	memset(figures, 0, sizeof figures);
	set.n = 0;
	memset(&trend, 0, sizeof trend);
}

static void teardown(void)
{
	trend_clear(&trend);
	measures_free(&measures);
}

static struct period month(const char *text)
{
	struct period p = { PERIOD_MONTH, 0 };
	struct err err = { ERR_OK, "" };

	assert_ok(period_parse(text, &p, &err), err);
	return p;
}

static const struct measure *measure(const char *code)
{
	const struct measure *m = measures_find(measures, code);

	ck_assert_msg(m != NULL, "no measure %s", code);
	return m;
}

/* A final figure of ten districts, its value worked out as the roll-up does. */
static struct figure *put(const char *area, struct period p, int64_t numerator, int64_t denominator)
{
	struct figure *f = &figures[set.n++];
	struct rollup_terms terms;
	struct err err = { ERR_OK, "" };

	ck_assert_uint_lt(set.n, N_MAX);
	(void)snprintf(f->cell.area, sizeof f->cell.area, "%s", area);
	f->cell.period = p;
	f->cell.numerator = numerator;
	f->cell.denominator = denominator;
	f->cell.n_reported = f->cell.n_expected = 10;
	f->cell.status = ROLLUP_FINAL;
	assert_ok(rollup_terms_find(measures, set.measure, &terms, &err), err);
	rollup_value(&terms, &f->cell);
	return f;
}

static void make(const char *from, const char *to)
{
	struct err err = { ERR_OK, "" };

	assert_ok(trend_make(&set, "city", "", month(from), month(to), &trend, &err), err);
}

/* Counts of the months from 2025-01 on; −1: no figure. */
static void counts(const char *code, const int *values, int n)
{
	struct period p = month("2025-01");

	set.measure = measure(code);
	for (int i = 0; i < n; i++, p = period_next(p, 1))
		if (values[i] >= 0)
			(void)put("city", p, values[i], 0);
	make("2025-01", "2025-01");
	trend_clear(&trend);
	p = period_next(month("2025-01"), n - 1);
	ck_assert_int_eq(trend_make(&set, "city", "", month("2025-01"), p, &trend, NULL), ERR_OK);
}

static const char *said_change(int n_before)
{
	static char out[TREND_TEXT_BYTES];
	const struct trend_point *last = trend_last(&trend);

	return trend_say_change(&trend, last, trend_before(&trend, last, n_before), out);
}

static const char *said_range(void)
{
	static char out[TREND_TEXT_BYTES];

	return trend_say_range(&trend, out);
}

/* Mean 100; moving ranges all 2, so limits 100 ± 2.66 × 2 = 94.68 and 105.32. */
static const int steady[] = { 99, 101, 99, 101, 99, 101, 99, 101, 99, 101, 99, 101 };

START_TEST(points_stand_in_order_with_labels_and_gaps)
{
	static const int some[] = { 100, -1, 120 };

	counts("contacts", some, 3);
	ck_assert_uint_eq(trend.n, 3);
	ck_assert_double_eq(trend.values[0], 100);
	ck_assert(isnan(trend.values[1]));
	ck_assert_double_eq(trend.values[2], 120);
	ck_assert_ptr_null(trend.points[1].figure);
	ck_assert_str_eq(trend.labels[2], "Mar 25");
	ck_assert_ptr_eq(trend_latest(&trend), &trend.points[2]);
}
END_TEST

START_TEST(figures_of_other_areas_and_categories_are_left_out)
{
	set.measure = measure("contacts");
	(void)put("city", month("2025-01"), 100, 0);
	(void)snprintf(put("city", month("2025-01"), 40, 0)->cell.category, 65, "police");
	(void)put("north", month("2025-01"), 7, 0);
	(void)put("north", month("2025-02"), 8, 0);
	make("2025-01", "2025-02");
	ck_assert_double_eq(trend.values[0], 100);
	ck_assert(isnan(trend.values[1]));
	trend_clear(&trend);
	ck_assert_int_eq(trend_make(&set, "city", "police", month("2025-01"), month("2025-01"),
				    &trend, NULL),
			 ERR_OK);
	ck_assert_double_eq(trend.values[0], 40);
}
END_TEST

START_TEST(steady_counts_are_within_the_usual_range)
{
	counts("contacts", steady, 12);
	ck_assert_int_eq(trend.spc.has_limits, 1);
	ck_assert_double_eq_tol(trend.spc.lower, 94.68, 1e-9);
	ck_assert_double_eq_tol(trend.spc.upper, 105.32, 1e-9);
	ck_assert_str_eq(said_range(), "within the usual range");
	ck_assert_int_eq(trend_direction(&trend), 0);
	ck_assert_ptr_eq(trend_chart(&trend, (struct chart_text){ .id = "x" }).spc, &trend.spc);
}
END_TEST

START_TEST(a_jump_is_above_the_usual_range_and_a_concern_only_by_polarity)
{
	int jump[13];

	memcpy(jump, steady, sizeof steady);
	jump[12] = 140;
	counts("contacts", jump, 13);
	ck_assert_str_eq(said_range(), "above the usual range");
	ck_assert_int_eq(trend_direction(&trend), 1);
	ck_assert_int_eq(trend_concern(&trend), 0); /* contacts: neither is good */
}
END_TEST

START_TEST(low_is_good_makes_a_rise_a_concern)
{
	struct period p = month("2025-01");

	set.measure = measure("referrals_repeat_12m");
	for (int i = 0; i < 12; i++, p = period_next(p, 1))
		(void)put("city", p, steady[i], 500);
	(void)put("city", p, 200, 500);
	make("2025-01", "2026-01");
	ck_assert_str_eq(said_range(), "above the usual range");
	ck_assert_int_eq(trend_concern(&trend), 1);
}
END_TEST

START_TEST(a_provisional_or_partial_last_month_is_drawn_hollow_and_not_judged)
{
	int fall[13];

	memcpy(fall, steady, sizeof steady);
	fall[12] = 40;
	counts("contacts", fall, 13);
	ck_assert_str_eq(said_range(), "below the usual range");
	trend_clear(&trend);
	figures[12].cell.status = ROLLUP_PROVISIONAL;
	make("2025-01", "2026-01");
	ck_assert_str_eq(said_range(),
			 "provisional, not judged yet; Dec 25 within the usual range");
	ck_assert_str_eq(said_change(1), "provisional, so not compared with December 2025");
	ck_assert_int_eq(trend.hollow[12], 1);
	ck_assert_double_eq(trend.values[12], 40);
	ck_assert_int_eq(trend_direction(&trend), 0);
	ck_assert_double_eq_tol(trend.spc.lower, 94.68, 1e-9); /* unmoved by it */
	trend_clear(&trend);
	figures[12].cell.status = ROLLUP_PARTIAL;
	figures[12].cell.n_reported = 9;
	make("2025-01", "2026-01");
	ck_assert_str_eq(said_range(),
			 "not judged: 9 of 10 districts; Dec 25 within the usual range");
	ck_assert_str_eq(said_change(1), "not comparable with December 2025: 9 of 10 districts");
	ck_assert_int_eq(trend.hollow[12], 1);
}
END_TEST

START_TEST(a_partial_month_before_is_not_subtracted_from)
{
	static const int two[] = { 90, 100 };

	counts("contacts", two, 2);
	trend_clear(&trend);
	figures[0].cell.status = ROLLUP_PARTIAL;
	figures[0].cell.n_reported = 8;
	make("2025-01", "2025-02");
	ck_assert_str_eq(said_change(1),
			 "not comparable with January 2025: 8 of 10 districts then");
}
END_TEST

START_TEST(a_ratio_over_some_districts_is_theirs_and_not_judged_either)
{
	struct period p = month("2025-01");
	struct figure *last;

	set.measure = measure("referrals_repeat_12m");
	for (int i = 0; i < 12; i++, p = period_next(p, 1))
		(void)put("city", p, steady[i], 500);
	last = put("city", p, 200, 500);
	last->cell.status = ROLLUP_PARTIAL;
	last->cell.n_reported = 2;
	make("2025-01", "2026-01");
	ck_assert_str_eq(said_range(),
			 "not judged: 2 of 10 districts; Dec 25 within the usual range");
	ck_assert_str_eq(said_change(1), "not comparable with December 2025: 2 of 10 districts");
	ck_assert_int_eq(trend_direction(&trend), 0);
	ck_assert_int_eq((int)trend.spc.flags[12], 0);
}
END_TEST

START_TEST(stocks_are_judged_by_their_change)
{
	/* Rises by 10 and 12 in turn: the level leaves any limits, its change stays usual. */
	int level[26] = { 1000 };

	for (int i = 1; i < 26; i++)
		level[i] = level[i - 1] + (i % 2 == 1 ? 10 : 12);
	counts("cin_open", level, 26);
	ck_assert_int_eq(trend.by_change, 1);
	ck_assert_str_eq(said_range(), "change within the usual range");
	ck_assert_ptr_null(trend_chart(&trend, (struct chart_text){ .id = "x" }).spc);
	trend_clear(&trend);
	figures[25].cell.numerator += 100;
	figures[25].cell.value += 100;
	make("2025-01", "2027-02");
	ck_assert_str_eq(said_range(), "change above the usual range");
	ck_assert_int_eq(trend_direction(&trend), 1);
}
END_TEST

START_TEST(changes_are_those_of_the_figures_shown)
{
	static const int two[] = { 1000, 1034 };

	counts("contacts", two, 2);
	ck_assert_str_eq(said_change(1), "up 34 (3%) on January 2025");
	ck_assert_str_eq(said_change(2), "no figure for the time before");
	trend_clear(&trend);
	set.n = 0;
	set.measure = measure("caseload");
	/* 20.04 and 20.06 are shown as 20.0 and 20.1. */
	(void)put("city", month("2025-01"), 2004, 100000000);
	(void)put("city", month("2025-02"), 2006, 100000000);
	make("2025-01", "2025-02");
	ck_assert_str_eq(said_change(1), "up 0.1 on January 2025");
}
END_TEST

START_TEST(no_change_and_small_change_are_said)
{
	static const int same[] = { 1000, 1000 };
	static const int small[] = { 1000, 998 };

	counts("contacts", same, 2);
	ck_assert_str_eq(said_change(1), "no change on January 2025");
	trend_clear(&trend);
	set.n = 0;
	counts("contacts", small, 2);
	ck_assert_str_eq(said_change(1), "down 2 (less than 1%) on January 2025");
}
END_TEST

START_TEST(rounded_figures_change_by_about)
{
	static const int two[] = { 100, 110 };

	counts("contacts", two, 2);
	trend_clear(&trend);
	figures[1].shown = FIGURE_ROUNDED;
	make("2025-01", "2025-02");
	ck_assert_str_eq(said_change(1), "up about 10 (10%) on January 2025");
}
END_TEST

START_TEST(a_suppressed_figure_is_a_gap_that_is_named)
{
	static const int two[] = { 100, 110 };

	counts("contacts", two, 2);
	trend_clear(&trend);
	figures[0].shown = FIGURE_SUPPRESSED;
	figures[0].cell.has_value = 0;
	make("2025-01", "2025-02");
	ck_assert(isnan(trend.values[0]));
	ck_assert_str_eq(said_change(1), "figure for January 2025 suppressed");
	trend_clear(&trend);
	figures[1].shown = FIGURE_SUPPRESSED;
	figures[1].cell.has_value = 0;
	make("2025-01", "2025-02");
	ck_assert_str_eq(said_range(), "suppressed, so not judged");
	ck_assert_ptr_null(trend_latest(&trend));
}
END_TEST

START_TEST(little_history_is_said_in_the_period_s_own_word)
{
	static const int two[] = { 100, 110 };

	counts("contacts", two, 2);
	ck_assert_str_eq(said_range(), "fewer than 12 months to judge by");
	trend_clear(&trend);
	set.n = 0;
	make("2025-01", "2025-02");
	ck_assert_str_eq(said_range(), "no figure to judge");
}
END_TEST

START_TEST(coverage_is_in_words)
{
	char out[TREND_TEXT_BYTES];
	struct figure *f;

	set.measure = measure("contacts");
	f = put("city", month("2025-01"), 100, 0);
	ck_assert_str_eq(trend_say_coverage(f, out), "10 of 10 districts");
	f->cell.status = ROLLUP_PROVISIONAL;
	ck_assert_str_eq(trend_say_coverage(f, out), "10 of 10 districts, provisional");
	f->cell.n_reported = f->cell.n_expected = 1;
	ck_assert_str_eq(trend_say_coverage(f, out), "provisional");
	f->cell.status = ROLLUP_MISSING;
	ck_assert_str_eq(trend_say_coverage(f, out), "no report");
}
END_TEST

static enum interval_verdict compare(int *known)
{
	return trend_compare(measures, set.measure, &figures[1], &figures[0], known);
}

START_TEST(percentages_compare_by_wilson)
{
	int known;

	/* Newcombe 1998, table I, method 3: 81/263 is 30.8%, 95% limits 25.53% to 36.62%. */
	set.measure = measure("referrals_nfa");
	(void)put("city", month("2025-01"), 366, 1000);
	(void)put("north", month("2025-01"), 81, 263);
	ck_assert_int_eq(compare(&known), INTERVAL_SIMILAR);
	ck_assert_int_eq(known, 1);
	figures[0].cell.value = 36.7;
	ck_assert_int_eq(compare(&known), INTERVAL_LOWER);
	figures[0].cell.value = 25.5;
	ck_assert_int_eq(compare(&known), INTERVAL_HIGHER);
	figures[0].cell.value = 60;
	ck_assert_int_eq(compare(&known), INTERVAL_MUCH_LOWER);
}
END_TEST

START_TEST(rounded_figures_compare_only_where_rounding_does_not_matter)
{
	int known;

	/* Shown 5 of 15: the counts may be 9 of 11, 82%, as well as 1 of 19. */
	set.measure = measure("icpc_in_15wd");
	put("city", month("2025-01"), 240, 300)->shown = FIGURE_ROUNDED;
	(void)put("north", month("2025-01"), 5, 15);
	ck_assert_int_eq(compare(&known), INTERVAL_MUCH_LOWER);
	figures[1].shown = FIGURE_ROUNDED;
	ck_assert_int_eq(compare(&known), INTERVAL_SIMILAR);
	ck_assert_int_eq(known, 1);
	set.n = 1;
	put("north", month("2025-01"), 50, 150)->shown = FIGURE_ROUNDED;
	ck_assert_int_eq(compare(&known), INTERVAL_MUCH_LOWER);
	set.n = 1;
	put("north", month("2025-01"), 150, 150)->shown = FIGURE_ROUNDED;
	ck_assert_int_eq(compare(&known), INTERVAL_MUCH_HIGHER);
}
END_TEST

START_TEST(rates_compare_by_byar)
{
	int known;

	/* Byar, 95%: 100 events lie between 81.36 and 121.63. Of 10,000 children: the rate's own
	 * limits. */
	set.measure = measure("cpp_rate");
	(void)put("city", month("2025-01"), 1215, 100000);
	(void)put("north", month("2025-01"), 100, 10000);
	ck_assert_int_eq(compare(&known), INTERVAL_SIMILAR);
	ck_assert_int_eq(known, 1);
	figures[0].cell.value = 121.7;
	ck_assert_int_eq(compare(&known), INTERVAL_LOWER);
	figures[0].cell.value = 81.3;
	ck_assert_int_eq(compare(&known), INTERVAL_HIGHER);
}
END_TEST

START_TEST(cases_per_worker_compare_by_byar_and_shares_of_fte_do_not)
{
	int known;

	/* 100 cases for 5 FTE: 20 each; limits 81.36/5 = 16.27 and 121.63/5 = 24.33. */
	set.measure = measure("caseload");
	(void)put("city", month("2025-01"), 243, 10000000);
	(void)put("north", month("2025-01"), 100, 5000000);
	ck_assert_int_eq(compare(&known), INTERVAL_SIMILAR);
	ck_assert_int_eq(known, 1);
	figures[0].cell.value = 24.4;
	ck_assert_int_eq(compare(&known), INTERVAL_LOWER);
	set.measure = measure("vacancy_rate");
	(void)compare(&known);
	ck_assert_int_eq(known, 0);
	set.measure = measure("contacts");
	(void)compare(&known);
	ck_assert_int_eq(known, 0);
}
END_TEST

START_TEST(suppressed_missing_and_provisional_figures_do_not_compare)
{
	int known = 1;

	set.measure = measure("referrals_nfa");
	(void)put("city", month("2025-01"), 366, 1000);
	put("north", month("2025-01"), 0, 0)->shown = FIGURE_SUPPRESSED;
	(void)compare(&known);
	ck_assert_int_eq(known, 0);
	set.n = 1;
	memset(&figures[1], 0, sizeof figures[1]);
	put("north", month("2025-01"), 81, 263)->cell.status = ROLLUP_PROVISIONAL;
	(void)compare(&known);
	ck_assert_int_eq(known, 0);
	(void)trend_compare(measures, set.measure, NULL, &figures[0], &known);
	ck_assert_int_eq(known, 0);
}
END_TEST

START_TEST(memory_running_out_is_an_error)
{
	struct err err = { ERR_OK, "" };
	struct period from = month("2025-01"), to = month("2025-06");
	int failed = 0;

	set.measure = measure("contacts");
	(void)put("city", month("2025-01"), 100, 0);
	for (long n = 1; n < 50; n++) {
		enum err_code code;

		harness_fail_allocation(n);
		code = trend_make(&set, "city", "", from, to, &trend, &err);
		harness_fail_allocation(0);
		trend_clear(&trend);
		if (code == ERR_OK)
			break;
		failed++;
		assert_error(code, ERR_NOMEM, err, "trend of contacts: out of memory");
	}
	ck_assert_int_ge(failed, 5);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, points_stand_in_order_with_labels_and_gaps);
	tcase_add_test(tc, figures_of_other_areas_and_categories_are_left_out);
	tcase_add_test(tc, steady_counts_are_within_the_usual_range);
	tcase_add_test(tc, a_jump_is_above_the_usual_range_and_a_concern_only_by_polarity);
	tcase_add_test(tc, low_is_good_makes_a_rise_a_concern);
	tcase_add_test(tc, a_provisional_or_partial_last_month_is_drawn_hollow_and_not_judged);
	tcase_add_test(tc, a_partial_month_before_is_not_subtracted_from);
	tcase_add_test(tc, a_ratio_over_some_districts_is_theirs_and_not_judged_either);
	tcase_add_test(tc, stocks_are_judged_by_their_change);
	tcase_add_test(tc, changes_are_those_of_the_figures_shown);
	tcase_add_test(tc, no_change_and_small_change_are_said);
	tcase_add_test(tc, rounded_figures_change_by_about);
	tcase_add_test(tc, a_suppressed_figure_is_a_gap_that_is_named);
	tcase_add_test(tc, little_history_is_said_in_the_period_s_own_word);
	tcase_add_test(tc, coverage_is_in_words);
	tcase_add_test(tc, percentages_compare_by_wilson);
	tcase_add_test(tc, rounded_figures_compare_only_where_rounding_does_not_matter);
	tcase_add_test(tc, rates_compare_by_byar);
	tcase_add_test(tc, cases_per_worker_compare_by_byar_and_shares_of_fte_do_not);
	tcase_add_test(tc, suppressed_missing_and_provisional_figures_do_not_compare);
	tcase_add_test(tc, memory_running_out_is_an_error);
}

HARNESS_MAIN("trend", add)
