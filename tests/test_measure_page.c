#include "proto/clock.h"
#include "tests/hand_web.h"
#include "tests/harness.h"

static struct hand_web w;

static void setup(void)
{
	clock_fix_us(hand_us("2026-03-20"));
	hand_web_open(&w, NULL, NULL);
}

static void teardown(void)
{
	hand_web_close(&w);
	clock_fix_us(0);
}

/* A month's re-referrals of an area: `repeats` of `referrals`. */
static int64_t put(const char *area, struct period month, int64_t repeats, int64_t referrals)
{
	char text[PERIOD_TEXT_BYTES];
	char as_at[16];
	char received[16];
	int64_t report;

	(void)date_format(period_end(month), as_at);
	(void)date_format(period_end(month) + 4, received);
	report = hand_report(&w.hand, area, period_format(month, text), as_at, received);
	hand_total(&w.hand, report, "referrals_repeat_12m", repeats, referrals, 0);
	hand_total(&w.hand, report, "referrals", referrals, referrals, 0);
	return report;
}

/* February 2025 to February 2026. North repeats a fifth, south a quarter, west 12 in 100; in the
 * last month north repeats twice as much. */
static void fill(void)
{
	struct period month = hand_period("2025-02");

	(void)hand_agent(&w.hand, "north", "2025-01-02");
	(void)hand_agent(&w.hand, "south", "2025-01-02");
	(void)hand_agent(&w.hand, "west", "2025-01-02");
	for (int i = 0; i < 13; i++, month = period_next(month, 1)) {
		(void)put("north", month, i == 12 ? 80 : 40 + i % 3, 200);
		(void)put("south", month, 25 + i % 2, 100);
		(void)put("west", month, 12 + i % 2, 100);
	}
}

START_TEST(a_point_beyond_the_limits_is_in_the_chart_s_title_and_in_the_table)
{
	struct hand_answer a;

	fill();
	a = hand_web_get(&w, "/measures/referrals_repeat_12m?period=2026-02&n=13");
	hand_assert_page(&a, 200);
	/* 80 + 25 + 12 of 400 = 29.25%, half up 29.3 */
	assert_says(a, "29.3%");
	assert_says(a, "(117 of 400)");
	assert_says(a, "February 2026: above the usual range");
	assert_says(a, "special cause");
	assert_says(a, "3 of 3 districts");
	assert_says(a, "id=\"trend");
}
END_TEST

START_TEST(districts_stand_side_by_side_with_wilson_intervals)
{
	struct hand_answer a;

	fill();
	a = hand_web_get(&w, "/measures/referrals_repeat_12m?period=2026-02&n=13");
	hand_assert_page(&a, 200);
	/* Wilson, 95%, 80 of 200: centre (80 + 1.9207)/(200 + 3.8415) = 0.40188; half width
	 * 1.95996 sqrt(80*120/200 + 0.96036)/203.8415 = 0.06727: 33.5% to 46.9% */
	assert_says(a, "33.5 to 46.9");
	assert_says(a, "much worse");
	assert_says(a, "South &amp; &lt;East&gt;");
	assert_says(a, "Funnel plot with 95% and 99.8% limits");
	assert_says(a, "about 0.2 of 3 districts"); /* 3 x 5% = 0.15 */
	assert_says(a, "Each district over time");
}
END_TEST

START_TEST(breakdowns_are_chosen_by_link_and_say_their_labels)
{
	struct hand_answer a;
	int64_t report;

	fill();
	report = hand_report(&w.hand, "north", "2026-03", "2026-03-31", "2026-04-02");
	hand_total(&w.hand, report, "referrals", 30, 30, 0);
	hand_figure(&w.hand, report, "referrals", "sex", "", 30, 30);
	hand_figure(&w.hand, report, "referrals", "sex", "F", 19, 19);
	hand_figure(&w.hand, report, "referrals", "sex", "M", 11, 11);
	a = hand_web_get(&w, "/measures/referrals?period=2026-03&area=north&breakdown=sex");
	hand_assert_page(&a, 200);
	assert_says(a, "Referrals by Sex, North, March 2026");
	assert_says(a, ">19</a>");
	assert_says(a, "<strong aria-current=\"true\">Sex</strong>");
	assert_says(a, "breakdown=ethnicity");
	a = hand_web_get(&w, "/measures/referrals?breakdown=need");
	hand_assert_page(&a, 404);
	assert_says(a, "not broken down by need");
}
END_TEST

START_TEST(a_distribution_says_its_median_and_the_share_over_the_limit)
{
	static const struct {
		const char *bucket;
		int64_t n;
	} days[] = {
		{ "1-10", 10 }, { "21-30", 35 }, { "41-45", 40 }, { "46-50", 10 }, { "61+", 5 }
	};
	struct hand_answer a;
	int64_t report = hand_report(&w.hand, "north", "2026-02", "2026-02-28", "2026-03-02");

	hand_total(&w.hand, report, "assessment_days", 100, 100, 0);
	hand_figure(&w.hand, report, "assessment_days", "days", "", 100, 100);
	for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
		hand_figure(&w.hand, report, "assessment_days", "days", days[i].bucket, days[i].n,
			    days[i].n);
	a = hand_web_get(&w, "/measures/assessment_days?period=2026-02&area=north");
	hand_assert_page(&a, 200);
	/* 10 + 35 = 45 of 100 take up to 30 days, 85 up to 45: the middle is in 41-45 */
	assert_says(a, "The median lies in <strong>41-45</strong> days");
	assert_says(a, "<strong>15.0%</strong> are over the limit of 45 working days");
}
END_TEST

START_TEST(a_commissioner_sees_no_small_count)
{
	struct hand_answer a;
	int64_t report = hand_report(&w.hand, "north", "2026-02", "2026-02-28", "2026-03-02");

	hand_total(&w.hand, report, "referrals", 3, 3, 0);
	hand_web_as(&w, ROLE_COMMISSIONER, NULL);
	a = hand_web_get(&w, "/measures/referrals?period=2026-02&area=north");
	hand_assert_page(&a, 200);
	assert_says_not(a, ">3<");
	assert_says(a, ">c<");
	a = hand_web_get(&w, "/measures/referrals/figures.csv?period=2026-02&area=north&n=1");
	ck_assert_str_eq(a.text, "measure,area,period,category,value,numerator,denominator,"
				 "reported,expected,status,shown\r\n"
				 "referrals,north,2026-02,all,c,,,1,1,final,suppressed\r\n");
	hand_web_as(&w, ROLE_CENTRAL, NULL);
	a = hand_web_get(&w, "/measures/referrals/figures.csv?period=2026-02&area=north&n=1");
	ck_assert_str_eq(a.text, "measure,area,period,category,value,numerator,denominator,"
				 "reported,expected,status,shown\r\n"
				 "referrals,north,2026-02,all,3.0,3,,1,1,final,exact\r\n");
}
END_TEST

START_TEST(fte_is_shown_in_posts_and_not_in_millionths)
{
	struct hand_answer a;
	int64_t report = hand_report(&w.hand, "north", "2026-02", "2026-02-28", "2026-03-02");

	hand_total(&w.hand, report, "vacancies_fte", 25967567, 1, 0);
	hand_total(&w.hand, report, "establishment_fte", 88400000, 1, 0);
	a = hand_web_get(&w, "/measures/vacancy_rate?period=2026-02&area=north");
	hand_assert_page(&a, 200);
	assert_says(a, "29.4%"); /* 25.967567 of 88.4 = 29.375 */
	assert_says(a, "(26.0 of 88.4)");
	a = hand_web_get(&w, "/measures/vacancy_rate/figures.csv?period=2026-02&area=north&n=1");
	assert_says(a, "vacancy_rate,north,2026-02,all,29.4,25.968,88.400,");
	a = hand_web_get(&w, "/trace/vacancy_rate/north/2026-02");
	hand_assert_page(&a, 200);
}
END_TEST

START_TEST(the_page_shows_what_was_known_on_a_day)
{
	struct hand_answer a;

	(void)put("north", hand_period("2026-01"), 10, 100); /* received 4 February */
	(void)hand_report(&w.hand, "north", "2026-01", "2026-02-28", "2026-03-02");
	hand_total(&w.hand, hand_sql(&w.hand, "SELECT max(id) FROM report", ""),
		   "referrals_repeat_12m", 20, 100, 0);
	a = hand_web_get(&w, "/measures/referrals_repeat_12m?period=2026-01&area=north");
	hand_assert_page(&a, 200);
	assert_says(a, "(20 of 100)");
	a = hand_web_get(&w, "/measures/referrals_repeat_12m?period=2026-01&area=north"
			     "&known-on=2026-02-20");
	hand_assert_page(&a, 200);
	assert_says(a, "(10 of 100)");
	assert_says(a, "as known on 20 February 2026");
}
END_TEST

START_TEST(what_is_missing_or_unknown_is_said)
{
	struct hand_answer a = hand_web_get(&w, "/measures/referrals");

	hand_assert_page(&a, 200);
	assert_says(a, "no data");
	a = hand_web_get(&w, "/measures/refferals");
	hand_assert_page(&a, 404);
	assert_says(a, "id you mean &#39;referrals&#39;?");
	a = hand_web_get(&w, "/measures/referrals?period=2026-99");
	hand_assert_page(&a, 400);
	a = hand_web_get(&w, "/measures/x%27%20OR%201=1--");
	hand_assert_page(&a, 404);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_point_beyond_the_limits_is_in_the_chart_s_title_and_in_the_table);
	tcase_add_test(tc, districts_stand_side_by_side_with_wilson_intervals);
	tcase_add_test(tc, breakdowns_are_chosen_by_link_and_say_their_labels);
	tcase_add_test(tc, a_distribution_says_its_median_and_the_share_over_the_limit);
	tcase_add_test(tc, a_commissioner_sees_no_small_count);
	tcase_add_test(tc, fte_is_shown_in_posts_and_not_in_millionths);
	tcase_add_test(tc, the_page_shows_what_was_known_on_a_day);
	tcase_add_test(tc, what_is_missing_or_unknown_is_said);
}

HARNESS_MAIN("measure_page", add)
