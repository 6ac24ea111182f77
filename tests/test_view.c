#include "aggregator/web/view.h"

#include "tests/bare_web.h"

static struct bare_web w;

static void setup(void)
{
	bare_web_open(&w);
}

static void teardown(void)
{
	bare_web_close(&w);
}

static void put(const char *area, const char *month)
{
	(void)hand_put(&w.store, area, month, "contacts", 20, 20);
}

/* Both districts sent April and May; today is 20 June 2025. */
static void two_months(void)
{
	put("north", "2025-04");
	put("south", "2025-04");
	put("north", "2025-05");
	put("south", "2025-05");
	bare_web_start(&w, "2025-06-20");
}

static enum err_code reads(const char *role, const char *query, struct view *v, struct err *err)
{
	char target[256];
	struct request rq;
	enum err_code code;

	(void)snprintf(target, sizeof target, "/x?%s", query);
	rq = bare_web_request(role, target);
	code = view_read(&w.web, &rq, v, err);
	request_clear(&rq);
	return code;
}

static struct view view_of(const char *role, const char *query)
{
	struct err err = { ERR_OK, "" };
	struct view v;

	assert_ok(reads(role, query, &v, &err), err);
	return v;
}

#define assert_period(p, text)                                         \
	do {                                                           \
		char written[PERIOD_TEXT_BYTES];                       \
		ck_assert_str_eq(period_format((p), written), (text)); \
	} while (0)

#define assert_refused(role, query, code, words)                                \
	do {                                                                    \
		struct err e = { ERR_OK, "" };                                  \
		struct view refused;                                            \
		assert_error(reads(role, query, &refused, &e), code, e, words); \
	} while (0)

/* ---- defaults */

START_TEST(without_parameters_it_is_the_city_and_the_newest_month)
{
	struct view v;

	two_months();
	v = view_of("central", "");
	ck_assert_str_eq(w.store.areas->areas[v.area].code, "city");
	ck_assert_int_eq(v.by, PERIOD_MONTH);
	assert_period(v.period, "2025-05");
	ck_assert_int_eq(v.n_periods, VIEW_PERIODS_DEFAULT);
	ck_assert_str_eq(v.breakdown, "");
	ck_assert_str_eq(v.sort, "");
	ck_assert_int_eq(v.descending, 0);
	ck_assert_int_eq(v.known_on, INT32_MIN);
	ck_assert_int_eq(view_known_on_us(&v), 0);
}
END_TEST

START_TEST(empty_parameters_are_those_left_out)
{
	struct view v;

	two_months();
	v = view_of("central", "area=&by=&period=&n=&breakdown=&known-on=&sort=&desc=");
	ck_assert_str_eq(w.store.areas->areas[v.area].code, "city");
	assert_period(v.period, "2025-05");
	ck_assert_int_eq(v.known_on, INT32_MIN);
}
END_TEST

START_TEST(without_figures_it_is_the_last_month_that_has_ended)
{
	bare_web_start(&w, "2025-06-20");
	assert_period(view_of("central", "").period, "2025-05");
}
END_TEST

/* June ends on a Monday; ten working days later is Monday 14 July. */
START_TEST(a_month_that_some_have_sent_waits_until_it_is_due)
{
	put("north", "2025-05");
	put("south", "2025-05");
	put("north", "2025-06");
	bare_web_start(&w, "2025-07-14");
	assert_period(view_of("central", "").period, "2025-05");
	clock_fix_us(hand_us("2025-07-15"));
	assert_period(view_of("central", "").period, "2025-06");
}
END_TEST

START_TEST(a_month_that_all_have_sent_whole_is_shown_at_once)
{
	put("north", "2025-05");
	put("south", "2025-05");
	put("north", "2025-06");
	put("south", "2025-06");
	bare_web_start(&w, "2025-07-02");
	assert_period(view_of("central", "").period, "2025-06");
}
END_TEST

START_TEST(a_month_of_which_all_sent_a_part_waits)
{
	const char *const areas[] = { "north", "south" };

	for (int i = 0; i < 2; i++) {
		put(areas[i], "2025-05");
		hand_total(&w.store,
			   hand_report(&w.store, areas[i], "2025-06", "2025-06-20", "2025-06-21"),
			   "contacts", 5, 5, 1);
	}
	bare_web_start(&w, "2025-07-02");
	assert_period(view_of("central", "").period, "2025-05");
}
END_TEST

START_TEST(the_month_under_way_is_no_default_but_may_be_asked_for)
{
	struct view v;

	put("north", "2025-06");
	put("south", "2025-06");
	bare_web_start(&w, "2025-06-20");
	v = view_of("central", "");
	assert_period(v.period, "2025-05");
	assert_period(view_of("central", "period=2025-06").period, "2025-06");
}
END_TEST

START_TEST(quarters_and_years_default_to_the_last_whole_one)
{
	two_months();
	assert_period(view_of("central", "by=quarter").period, "2024-25-Q4");
	assert_period(view_of("central", "by=financial-year").period, "2024-25");
}
END_TEST

START_TEST(as_known_on_an_earlier_day_the_newest_month_is_that_days)
{
	struct view v;

	two_months();
	v = view_of("central", "known-on=2025-05-20");
	assert_period(v.period, "2025-04");
	ck_assert_int_eq(v.known_on, hand_day("2025-05-20"));
}
END_TEST

START_TEST(a_districts_viewer_begins_with_its_own)
{
	two_months();
	ck_assert_str_eq(w.store.areas->areas[view_of("district", "").area].code, "north");
	ck_assert_str_eq(w.store.areas->areas[view_of("district", "area=city").area].code, "city");
}
END_TEST

/* ---- one parameter each */

START_TEST(each_good_parameter_is_taken)
{
	struct view v;

	two_months();
	v = view_of("central", "area=north&by=week&period=2025-W20&n=6&breakdown=age_band"
			       "&known-on=2025-06-01&sort=referrals_nfa&desc=1");
	ck_assert_str_eq(w.store.areas->areas[v.area].code, "north");
	ck_assert_int_eq(v.by, PERIOD_WEEK);
	assert_period(v.period, "2025-W20");
	ck_assert_int_eq(v.n_periods, 6);
	ck_assert_str_eq(v.breakdown, "age_band");
	ck_assert_str_eq(v.sort, "referrals_nfa");
	ck_assert_int_eq(v.descending, 1);
}
END_TEST

START_TEST(the_kind_follows_the_period_when_it_is_not_said)
{
	two_months();
	ck_assert_int_eq(view_of("central", "period=2024-25-Q3").by, PERIOD_QUARTER);
}
END_TEST

START_TEST(a_period_of_another_kind_becomes_the_one_that_holds_its_end)
{
	two_months();
	assert_period(view_of("central", "by=quarter&period=2024-08").period, "2024-25-Q2");
	assert_period(view_of("central", "by=month&period=2024-25-Q2").period, "2024-09");
	/* the quarter of May has not ended: the newest one that has */
	assert_period(view_of("central", "by=quarter&period=2025-05").period, "2024-25-Q4");
}
END_TEST

START_TEST(bad_areas_are_refused)
{
	two_months();
	assert_refused("central", "area=nroth", ERR_MISSING, "area: ");
	assert_refused("central", "area=nroth", ERR_MISSING, "north");
	assert_refused("central", "area=harbour", ERR_MISSING,
		       "area: 'harbour' is a ward; ask for its district and breakdown=ward");
	assert_refused("central", "area=%27%3B+DROP+TABLE+report", ERR_MISSING, "area: ");
	assert_refused("district", "area=south", ERR_DENIED,
		       "area: your account shows your own district and the city, not South");
}
END_TEST

START_TEST(bad_periods_are_refused)
{
	two_months();
	assert_refused("central", "period=2025-13", ERR_MALFORMED, "period: ");
	assert_refused("central", "period=May", ERR_MALFORMED, "2026-10");
	assert_refused("central", "period=1999-05", ERR_MALFORMED, "period: ");
	assert_refused("central", "by=fortnight", ERR_MALFORMED, "by: ");
}
END_TEST

START_TEST(bad_counts_are_refused)
{
	const char *const bad[] = { "0", "301", "-1", "+5", "12x", "1e3", "99999999999999999999" };
	char query[64];

	two_months();
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		(void)snprintf(query, sizeof query, "n=%s", bad[i]);
		assert_refused("central", query, ERR_MALFORMED, "a whole number from 1 to 300");
	}
	ck_assert_int_eq(view_of("central", "n=300").n_periods, 300);
	ck_assert_int_eq(view_of("central", "n=1").n_periods, 1);
}
END_TEST

START_TEST(bad_days_are_refused)
{
	two_months();
	assert_refused("central", "known-on=20-06-2025", ERR_MALFORMED, "known-on: ");
	assert_refused("central", "known-on=2025-02-30", ERR_MALFORMED, "known-on: ");
	assert_refused("central", "known-on=2025-06-21", ERR_MALFORMED,
		       "known-on: '2025-06-21' is in the future; give today or an earlier day");
	assert_refused("central", "known-on=2009-12-31", ERR_MALFORMED, "too early");
	ck_assert_int_eq(view_of("central", "known-on=2025-06-20").known_on,
			 hand_day("2025-06-20"));
}
END_TEST

START_TEST(bad_orders_and_breakdowns_are_refused)
{
	two_months();
	assert_refused("central", "breakdown=shoe_size", ERR_MISSING,
		       "breakdown: there is no breakdown 'shoe_size'");
	assert_refused("central", "breakdown=Age", ERR_MISSING, "breakdown: ");
	assert_refused("central", "sort=a%22b", ERR_MALFORMED, "sort: ");
	assert_refused("central", "sort=%3Cscript%3E", ERR_MALFORMED,
		       "use the links in the table's headings");
	assert_refused("central", "desc=yes", ERR_MALFORMED,
		       "desc: 'yes' is neither 1 (largest first) nor 0");
}
END_TEST

/* ---- links */

static const char *link_of(const struct view *v, const char *name, const char *value)
{
	static char text[512];
	struct html h = { 0 };

	view_link(&h, &w.web, v, "/x", name, value, NULL);
	(void)snprintf(text, sizeof text, "%s", h.text);
	html_clear(&h);
	return text;
}

START_TEST(defaults_are_left_out_of_links)
{
	struct view v;

	two_months();
	v = view_of("central", "area=city&by=month&period=2025-05&n=24&desc=0");
	ck_assert_str_eq(link_of(&v, NULL, NULL), "/x");
	v = view_of("district", "");
	ck_assert_str_eq(link_of(&v, NULL, NULL), "/x");
	ck_assert_str_eq(link_of(&v, "area", "city"), "/x?area=city");
}
END_TEST

START_TEST(a_link_leads_to_the_same_view)
{
	static const char *const queries[] = {
		"area=north",
		"by=quarter",
		"by=quarter&period=2024-25-Q2",
		"by=week&period=2025-W20",
		"by=financial-year&period=2023-24&n=5",
		"period=2025-04&n=36&breakdown=sex&known-on=2025-06-01&sort=contacts&desc=1",
		"area=north&period=2025-06",
	};

	two_months();
	for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
		struct view first = view_of("central", queries[i]);
		char link[512], plain[512];
		struct view second;
		char *to = plain;

		(void)snprintf(link, sizeof link, "%s", link_of(&first, NULL, NULL));
		for (const char *c = link + 3; *c != '\0'; c++) { /* past "/x?" */
			*to++ = *c;
			if (*c == '&')
				c += 4; /* &amp; */
		}
		*to = '\0';
		second = view_of("central", plain);
		ck_assert_str_eq(link_of(&second, NULL, NULL), link);
		ck_assert_int_eq(first.area, second.area);
		ck_assert_int_eq(first.by, second.by);
		ck_assert_int_eq(first.period.start, second.period.start);
		ck_assert_int_eq(first.n_periods, second.n_periods);
		ck_assert_str_eq(first.breakdown, second.breakdown);
		ck_assert_int_eq(first.known_on, second.known_on);
		ck_assert_str_eq(first.sort, second.sort);
		ck_assert_int_eq(first.descending, second.descending);
	}
}
END_TEST

START_TEST(a_change_replaces_takes_out_or_adds)
{
	struct view v;

	two_months();
	v = view_of("central", "area=north&sort=contacts");
	ck_assert_str_eq(link_of(&v, "area", "south"), "/x?area=south&amp;sort=contacts");
	ck_assert_str_eq(link_of(&v, "area", "city"), "/x?sort=contacts");
	ck_assert_str_eq(link_of(&v, "sort", ""), "/x?area=north");
	ck_assert_str_eq(link_of(&v, "map", "a&b \"c\""),
			 "/x?area=north&amp;sort=contacts&amp;map=a%26b%20%22c%22");
}
END_TEST

START_TEST(months_asked_for_from_a_quarter_are_months)
{
	struct view v;

	two_months();
	v = view_of("central", "period=2024-25-Q2");
	ck_assert_str_eq(link_of(&v, "by", "month"), "/x?by=month&amp;period=2024-25-Q2");
}
END_TEST

START_TEST(a_path_with_a_question_mark_is_gone_on_from)
{
	struct html h = { 0 };
	struct view v;

	two_months();
	v = view_of("central", "area=north");
	view_link(&h, &w.web, &v, "/x?y=1", NULL);
	ck_assert_str_eq(h.text, "/x?y=1&amp;area=north");
	html_clear(&h);
}
END_TEST

/* ---- words */

START_TEST(periods_in_words)
{
	static const struct {
		const char *period, *label, *brief;
	} rows[] = {
		{ "2026-09", "September 2026", "Sep 26" },
		{ "2026-W36", "week to 6 September 2026", "6 Sep 26" },
		{ "2026-27-Q2", "July to September 2026", "Jul\xe2\x80\x93Sep 26" },
		{ "2026-27", "2026 to 2027",
		  "2026\xe2\x80\x93"
		  "27" },
	};
	char text[VIEW_PERIOD_BYTES];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ck_assert_str_eq(view_period_label(hand_period(rows[i].period), text),
				 rows[i].label);
		ck_assert_str_eq(view_period_short(hand_period(rows[i].period), text),
				 rows[i].brief);
	}
	ck_assert_str_eq(view_date_label(hand_day("2026-11-22"), text), "22 November 2026");
}
END_TEST

START_TEST(instants_are_written_in_english_civil_time)
{
	int64_t minute = 60 * 1000000LL;
	char text[VIEW_PERIOD_BYTES];

	ck_assert_str_eq(view_instant_label(hand_us("2026-11-22") + 604 * minute, text),
			 "22 November 2026, 10:04");
	ck_assert_str_eq(view_instant_label(hand_us("2026-07-01") + 570 * minute, text),
			 "1 July 2026, 10:30");
	ck_assert_str_eq(view_instant_label(hand_us("2026-06-30") + 1410 * minute, text),
			 "1 July 2026, 00:30");
	/* the clocks go forward on 29 March 2026 at 01:00 UTC */
	ck_assert_str_eq(view_instant_label(hand_us("2026-03-29") + 59 * minute, text),
			 "29 March 2026, 00:59");
	ck_assert_str_eq(view_instant_label(hand_us("2026-03-29") + 60 * minute, text),
			 "29 March 2026, 02:00");
}
END_TEST

START_TEST(as_known_on_ends_with_the_english_day)
{
	struct view v = { .known_on = hand_day("2026-01-15") };

	ck_assert_int_eq(view_known_on_us(&v), hand_us("2026-01-16") - 1);
	v.known_on = hand_day("2026-07-15");
	ck_assert_int_eq(view_known_on_us(&v), hand_us("2026-07-16") - 3600 * 1000000LL - 1);
}
END_TEST

START_TEST(the_span_is_from_the_oldest_to_the_newest_with_figures)
{
	struct period oldest, newest;
	struct view v;

	put("north", "2025-03");
	put("south", "2025-06");
	bare_web_start(&w, "2025-06-20");
	v = view_of("central", "");
	ck_assert_int_eq(view_span(&w.web, &v, &oldest, &newest), 1);
	assert_period(oldest, "2025-03");
	assert_period(newest, "2025-06");
	v = view_of("central", "by=quarter");
	ck_assert_int_eq(view_span(&w.web, &v, &oldest, &newest), 1);
	assert_period(oldest, "2024-25-Q4");
	assert_period(newest, "2025-26-Q1");
	v = view_of("central", "by=week");
	ck_assert_int_eq(view_span(&w.web, &v, &oldest, &newest), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, without_parameters_it_is_the_city_and_the_newest_month);
	tcase_add_test(tc, empty_parameters_are_those_left_out);
	tcase_add_test(tc, without_figures_it_is_the_last_month_that_has_ended);
	tcase_add_test(tc, a_month_that_some_have_sent_waits_until_it_is_due);
	tcase_add_test(tc, a_month_that_all_have_sent_whole_is_shown_at_once);
	tcase_add_test(tc, a_month_of_which_all_sent_a_part_waits);
	tcase_add_test(tc, the_month_under_way_is_no_default_but_may_be_asked_for);
	tcase_add_test(tc, quarters_and_years_default_to_the_last_whole_one);
	tcase_add_test(tc, as_known_on_an_earlier_day_the_newest_month_is_that_days);
	tcase_add_test(tc, a_districts_viewer_begins_with_its_own);
	tcase_add_test(tc, each_good_parameter_is_taken);
	tcase_add_test(tc, the_kind_follows_the_period_when_it_is_not_said);
	tcase_add_test(tc, a_period_of_another_kind_becomes_the_one_that_holds_its_end);
	tcase_add_test(tc, bad_areas_are_refused);
	tcase_add_test(tc, bad_periods_are_refused);
	tcase_add_test(tc, bad_counts_are_refused);
	tcase_add_test(tc, bad_days_are_refused);
	tcase_add_test(tc, bad_orders_and_breakdowns_are_refused);
	tcase_add_test(tc, defaults_are_left_out_of_links);
	tcase_add_test(tc, a_link_leads_to_the_same_view);
	tcase_add_test(tc, a_change_replaces_takes_out_or_adds);
	tcase_add_test(tc, months_asked_for_from_a_quarter_are_months);
	tcase_add_test(tc, a_path_with_a_question_mark_is_gone_on_from);
	tcase_add_test(tc, periods_in_words);
	tcase_add_test(tc, instants_are_written_in_english_civil_time);
	tcase_add_test(tc, as_known_on_ends_with_the_english_day);
	tcase_add_test(tc, the_span_is_from_the_oldest_to_the_newest_with_figures);
}

HARNESS_MAIN("view", add)
