#include "aggregator/web/demand.h"
#include "proto/clock.h"
#include "tests/hand_web.h"
#include "tests/harness.h"

static struct hand_web w;

static const char areas[] = "code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
			    "city,City,authority,,E08000001,,,\n"
			    "north,North,district,city,,,,\n"
			    "abbey,Abbey & Mill,ward,north,,,,\n"
			    "bell,Bell Green,ward,north,,,,\n"
			    "closed,Old Ward,ward,north,,,2018-05-02,\n"
			    "south,South & <East>,district,city,,,,\n"
			    "west,West,district,city,,,,\n";

static void setup(void)
{
	clock_fix_us(hand_us("2026-03-20"));
	hand_web_open(&w, areas, NULL);
}

static void teardown(void)
{
	hand_web_close(&w);
	clock_fix_us(0);
}

/* A month's re-referrals and contacts of an area: `repeats` of `referrals`. */
static int64_t put(const char *area, struct period month, int64_t repeats, int64_t referrals,
		   int64_t contacts)
{
	char text[PERIOD_TEXT_BYTES];
	char as_at[16];
	char received[16];
	int64_t report;

	(void)date_format(period_end(month), as_at);
	(void)date_format(period_end(month) + 4, received);
	report = hand_report(&w.hand, area, period_format(month, text), as_at, received);
	hand_total(&w.hand, report, "referrals_repeat_12m", repeats, referrals, 0);
	hand_total(&w.hand, report, "contacts", contacts, contacts, 0);
	return report;
}

static void wards(int64_t report, const char *measure, int64_t abbey, int64_t bell)
{
	hand_figure(&w.hand, report, measure, "ward", "", abbey + bell, abbey + bell);
	hand_figure(&w.hand, report, measure, "ward", "abbey", abbey, abbey);
	hand_figure(&w.hand, report, measure, "ward", "bell", bell, bell);
}

/* February 2025 to February 2026. North repeats a fifth of 200, south a quarter and west an eighth
 * of 100; in the last month north repeats twice as much. Its contacts are 100 or 102, then 60. */
static void fill(void)
{
	struct period month = hand_period("2025-02");
	int64_t report = 0;

	(void)hand_agent(&w.hand, "north", "2025-01-02");
	(void)hand_agent(&w.hand, "south", "2025-01-02");
	(void)hand_agent(&w.hand, "west", "2025-01-02");
	for (int i = 0; i < 13; i++, month = period_next(month, 1)) {
		report = put("north", month, i == 12 ? 80 : 40 + i % 3, 200,
			     i == 12 ? 60 : 100 + 2 * (i % 2));
		(void)put("south", month, 25 + i % 2, 100, 70);
		(void)put("west", month, 12 + i % 2, 100, 50);
	}
	wards(report, "contacts", 57, 3);
}

static void extract(const char *area, const char *as_at, const char *received, int accepted,
		    const char *reasons)
{
	int64_t entry = hand_entry(&w.hand, area, received);

	(void)hand_sql(&w.hand,
		       "INSERT INTO return VALUES (?1, ?2, 'annex_a', ?3, ?4, 8, 1, 0, 2000, 7, "
		       "?5)",
		       "isiis", entry, area, (int64_t)hand_day(as_at), (int64_t)accepted, reasons);
}

static void signal_open(const char *area, const char *measure)
{
	(void)hand_sql(&w.hand,
		       "INSERT INTO signal (id, kind, rule, measure, area, direction, concern, "
		       "state, first, last, pending_us, opened_us, closed_us, evidence) VALUES "
		       "(7, 1, 'outside', ?1, ?2, 1, 1, 2, ?3, ?3, 1, 2, 0, '{}')",
		       "ssi", measure, area, period_key(hand_period("2026-02")));
}

/* ---- states */

START_TEST(the_first_day_says_what_will_appear)
{
	struct hand_answer a = hand_web_get(&w, "/districts/north");

	hand_assert_page(&a, 200);
	assert_says(a, "North has no figures in these periods.");
	assert_says(a, "No extract has come from this district yet.");
	assert_says(a, "None of the last 12 months has been corrected after it was final.");
	assert_says_not(a, "Against City");
	a = hand_web_get(&w, "/districts");
	hand_assert_page(&a, 200);
	assert_says(a, ">North</a>");
}
END_TEST

START_TEST(a_month_without_a_report_leads_to_the_newest_with_one)
{
	struct hand_answer a;
	struct period month = hand_period("2026-01");

	(void)put("north", month, 40, 200, 100);
	(void)put("south", month, 25, 100, 70);
	(void)put("south", period_next(month, 1), 25, 100, 70);
	a = hand_web_get(&w, "/districts/north?period=2026-02");
	hand_assert_page(&a, 200);
	assert_says(a, "<strong>North has no figures for February 2026.</strong>");
	assert_says(a, "Show its newest, of January 2026</a>");
	assert_says(a, "href=\"/districts/north?period=2026-01\"");
	assert_says(a, "no data");
	assert_says(a, "not compared");
}
END_TEST

/* ---- against the city */

START_TEST(the_district_stands_against_the_city_with_its_interval)
{
	struct hand_answer a;

	fill();
	a = hand_web_get(&w, "/districts/north?period=2026-02");
	hand_assert_page(&a, 200);
	/* 80 of 200; the city 80 + 25 + 12 of 400 = 29.25%, half up 29.3 */
	assert_says(a, ">40.0%</a>");
	assert_says(a, "<td class=\"drs-table__number\">29.3%</td>");
	/* Wilson, 95%: centre (80 + 1.9207)/203.8415 = 40.188%, half width 6.727: 33.5 to 46.9.
	 * 99.8%: 40.456 - 10.468 = 29.99%, above the city's 29.25: much worse */
	assert_says(a, "33.5 to 46.9");
	assert_says(a, " much worse");
	/* 40 of 200 in February 2025 */
	assert_says(a, "up 20.0 percentage points");
	assert_says(a, "1 of 1 rates and shares differs from City by more than chance explains.");
	assert_says(a, "<strong>Worse:</strong>");
	assert_says(a, "the band runs from the lowest district to the highest");
	assert_says(a, "c-span");
}
END_TEST

START_TEST(counts_say_their_change_and_usual_range_in_words)
{
	struct hand_answer a;

	fill();
	a = hand_web_get(&w, "/districts/north?period=2026-02");
	hand_assert_page(&a, 200);
	/* 60 after 102 in January (41.2%) and 100 a year before */
	assert_says(a, "down 42 (41%)");
	assert_says(a, "down 40 (40%)");
	assert_says(a, "below the usual range");
	assert_says(a, "<strong>2 of 2</strong> headline figures that can be judged are out of "
		       "their usual range");
}
END_TEST

START_TEST(links_keep_the_view_and_follow_the_number)
{
	struct hand_answer a;

	fill();
	a = hand_web_get(&w, "/districts/north?period=2025-12&n=12");
	hand_assert_page(&a, 200);
	assert_says(a, "/trace/contacts/north/2025-12?area=north&amp;period=2025-12&amp;n=12");
	assert_says(a, "/measures/contacts?area=north&amp;period=2025-12&amp;n=12");
	assert_says(a, "href=\"/districts/north/figures.csv?period=2025-12&amp;n=12\"");
}
END_TEST

START_TEST(an_open_signal_comes_first_and_is_not_said_twice)
{
	struct hand_answer a;

	fill();
	signal_open("north", "contacts");
	a = hand_web_get(&w, "/districts/north?period=2026-02");
	hand_assert_page(&a, 200);
	assert_says(a, "<strong>1</strong> signal is open.");
	assert_says(a, "href=\"/signals/7?area=north\"");
	assert_says(a, ": 40.0%, above the usual range: a concern</li>");
	assert_says_not(a, ">Contacts</a>: 60, below");
	a = hand_web_get(&w, "/districts/south?period=2026-02");
	assert_says_not(a, "/signals/7");
	a = hand_web_get(&w, "/districts?period=2026-02");
	hand_assert_page(&a, 200);
	assert_says(a, "1 <span class=\"drs-mark\">1 a concern</span>");
	assert_says(a, "South &amp; &lt;East&gt;");
	assert_says(a, " much worse");
}
END_TEST

/* ---- demand */

START_TEST(wards_stand_side_by_side_with_zero_where_nothing_was_counted)
{
	struct hand_answer a;

	fill();
	a = hand_web_get(&w, "/districts/north?period=2026-02");
	hand_assert_page(&a, 200);
	assert_says(a, "<th scope=\"row\">All of North</th>");
	assert_says(a, "<th scope=\"row\">Abbey &amp; Mill</th>");
	assert_says(a, ">57</a>");
	assert_says(a, ">3</a>");
	assert_says(a, "<th scope=\"row\">Not known</th><td class=\"drs-table__number\">0</td>");
	assert_says(a, "dimension=ward&amp;category=bell");
	assert_says_not(a, "Old Ward");
}
END_TEST

START_TEST(the_distribution_of_cases_says_its_median)
{
	struct hand_answer a;
	int64_t report = hand_report(&w.hand, "north", "2026-02", "2026-02-28", "2026-03-04");

	/* 2, 5 and 4 of 11 workers: the sixth holds 11 to 15 cases */
	hand_total(&w.hand, report, "caseload_per_worker", 11, 11, 0);
	hand_figure(&w.hand, report, "caseload_per_worker", "cases", "", 11, 11);
	hand_figure(&w.hand, report, "caseload_per_worker", "cases", "1-10", 2, 2);
	hand_figure(&w.hand, report, "caseload_per_worker", "cases", "11-15", 5, 5);
	hand_figure(&w.hand, report, "caseload_per_worker", "cases", "16-18", 4, 4);
	hand_total(&w.hand, report, "contacts", 60, 60, 0);
	a = hand_web_get(&w, "/districts/north?period=2026-02");
	hand_assert_page(&a, 200);
	assert_says(a, "The median lies in 11-15 cases.");
	hand_web_as(&w, ROLE_COMMISSIONER, NULL);
	a = hand_web_get(&w, "/districts/north?period=2026-02");
	assert_says_not(a, "The median lies in");
}
END_TEST

START_TEST(a_ranked_breakdown_begins_with_the_largest)
{
	struct hand_answer a;
	const char *abbey;
	const char *bell;
	int64_t report = hand_report(&w.hand, "north", "2026-02", "2026-02-28", "2026-03-04");

	hand_total(&w.hand, report, "contacts", 60, 60, 0);
	hand_total(&w.hand, report, "early_help_started", 30, 30, 0);
	wards(report, "early_help_started", 9, 21);
	a = hand_web_get(&w, "/districts/north?period=2026-02");
	hand_assert_page(&a, 200);
	abbey = strstr(strstr(a.text, "Early help started by ward</h3>"), "Abbey &amp; Mill");
	bell = strstr(strstr(a.text, "Early help started by ward</h3>"), "Bell Green");
	ck_assert_ptr_nonnull(abbey);
	ck_assert_ptr_nonnull(bell);
	ck_assert_msg(bell < abbey, "the ward with 9 stands before the one with 21");
}
END_TEST

/* ---- what it has sent */

START_TEST(extracts_and_their_faults_are_in_words)
{
	struct hand_answer a;

	fill();
	extract("north", "2026-02-28", "2026-03-04", 1,
		"[{\"code\":\"date\",\"list\":\"cin\",\"count\":6},"
		"{\"code\":\"code\",\"list\":\"cin\",\"count\":2}]");
	extract("north", "2026-03-15", "2026-03-16", 0,
		"[{\"code\":\"column-missing\",\"list\":\"referrals\",\"count\":1}]");
	extract("west", "2026-03-17", "2026-03-18", 1, "[]");
	a = hand_web_get(&w, "/districts/north");
	hand_assert_page(&a, 200);
	assert_says(a, "<th scope=\"row\">28 February 2026</th>");
	/* 7 of 2,000 rows: 0.35%, half up 0.4 */
	assert_says(a, "<td>7 of 2,000 rows rejected (0.4%)</td>");
	assert_says(a, "1 of 8 lists empty");
	assert_says(a, "2 kinds of fault");
	assert_says(a, "cin: is not a date (6 times)");
	assert_says(a, "referrals: a heading that the list needs is not there");
	assert_says_not(a, "17 March 2026");
	assert_says(a, "<strong>February 2026</strong>");
	assert_says(a, "came on time");
}
END_TEST

START_TEST(a_correction_names_the_month_the_day_and_the_totals)
{
	struct hand_answer a;
	int64_t report;

	fill();
	report = hand_report(&w.hand, "north", "2025-12", "2026-01-31", "2026-02-11");
	hand_total(&w.hand, report, "contacts", 104, 104, 0);
	hand_total(&w.hand, report, "referrals_repeat_12m", 41, 200, 0); /* as it was */
	a = hand_web_get(&w, "/districts/north");
	hand_assert_page(&a, 200);
	assert_says(a, "December 2025</a></th><td>corrected 1 time, last on 11 February 2026");
	assert_says(a, ">Contacts received</a></td><td>annex_a</td></tr>");
	assert_says_not(a, "None of the last 12 months");
	/* what was known before it */
	a = hand_web_get(&w, "/districts/north?period=2025-12&known-on=2026-02-01");
	hand_assert_page(&a, 200);
	assert_says(a, "Signals and returns are those of today");
	assert_says(a, "<td class=\"drs-table__number\">100</td>");
	assert_says_not(a, "/trace/");
	a = hand_web_get(&w, "/districts/north?period=2025-12");
	assert_says(a, ">104</a>");
}
END_TEST

/* ---- who looks */

START_TEST(a_district_sees_itself_and_no_other_districts_range)
{
	struct hand_answer a;

	fill();
	hand_web_as(&w, ROLE_DISTRICT, "north");
	a = hand_web_get(&w, "/districts");
	ck_assert_int_eq(a.status, 303);
	ck_assert_str_eq(a.location, "/districts/north");
	a = hand_web_get(&w, "/districts/north?period=2026-02");
	hand_assert_page(&a, 200);
	assert_says_not(a, "29.3%"); /* the city's 117 is rounded to 115 or 120 */
	assert_says(a, "City: Counts of 1 to 5 are not shown (c).");
	assert_says(a, ">3</a>"); /* its own counts are exact */
	assert_says_not(a, "c-span");
	assert_says_not(a, "the band runs from");
	assert_says_not(a, "South");
	a = hand_web_get(&w, "/districts/south");
	hand_assert_page(&a, 403);
	assert_says(a, "Your account shows your own district and the city");
	a = hand_web_get(&w, "/districts/south/figures.csv");
	ck_assert_int_eq(a.status, 403);
}
END_TEST

START_TEST(a_commissioner_sees_protected_figures)
{
	struct hand_answer a;

	fill();
	hand_web_as(&w, ROLE_COMMISSIONER, NULL);
	a = hand_web_get(&w, "/districts/north?period=2026-02");
	hand_assert_page(&a, 200);
	assert_says(a, "Counts of 1 to 5 are not shown (c).");
	assert_says(a, "category=bell\" title=\"Follow this number\">c</a>");
	assert_says_not(a, ">3</a>");
	assert_says_not(a, ">57</a>");
	a = hand_web_get(&w, "/districts/north/figures.csv?period=2026-02&n=1");
	ck_assert_int_eq(a.status, 200);
	assert_says(a, "contacts,north,2026-02,ward,bell,c,,,,,,");
	hand_web_as(&w, ROLE_DFE, NULL);
	a = hand_web_get(&w, "/districts/north");
	hand_assert_page(&a, 403);
}
END_TEST

/* ---- addresses */

START_TEST(the_city_has_the_first_page_and_a_ward_its_district)
{
	struct hand_answer a = hand_web_get(&w, "/districts/city");

	ck_assert_int_eq(a.status, 303);
	ck_assert_str_eq(a.location, "/");
	a = hand_web_get(&w, "/districts/bell");
	hand_assert_page(&a, 404);
	assert_says(a, "is a ward of North");
	a = hand_web_get(&w, "/districts/nort");
	hand_assert_page(&a, 404);
	assert_says(a, "north");
	a = hand_web_get(&w, "/districts/north?period=2026-13");
	hand_assert_page(&a, 400);
	a = hand_web_get(&w, "/districts/north?by=week");
	hand_assert_page(&a, 200);
}
END_TEST

START_TEST(the_file_holds_what_the_page_shows)
{
	struct hand_answer a;

	fill();
	a = hand_web_get(&w, "/districts/north/figures.csv?period=2026-02");
	ck_assert_int_eq(a.status, 200);
	ck_assert_msg(strncmp(a.text,
			      "measure,area,period,dimension,category,value,numerator,denominator,"
			      "low,high,city,status,shown\r\n",
			      92) == 0,
		      "headings: %.120s", a.text);
	assert_says(a, "referrals_repeat_12m,north,2026-02,,all,40.0,80,200,33.5,46.9,29.3,final,"
		       "exact\r\n");
	assert_says(a, "contacts,north,2026-02,,all,60.0,60,,,,,final,exact\r\n");
	assert_says(a, "contacts,north,2026-02,ward,bell,3.0,3,,,,,final,exact\r\n");
}
END_TEST

/* ---- demand.csv */

#define HEAD "part,show,measure,otherwise,dimension,title\n"

static enum err_code demand(const char *text, struct demand *out, struct err *err)
{
	return demand_parse("demand.csv", text, w.web.reading.measures, out, err);
}

START_TEST(rows_of_demand_keep_their_order_and_stand_in)
{
	struct demand d;
	struct err err = { ERR_OK, "" };

	assert_ok(demand(HEAD "A,trend,no_such,contacts,,\"Contacts, all\"\n"
			      "A,bars,no_such,,ward,Gone\n"
			      "A,bars,cpp_rate,,ward,Not broken down\n"
			      "B,ranked,contacts,,source,By source\n",
			 &d, &err),
		  err);
	ck_assert_int_eq(d.n, 2);
	ck_assert_str_eq(d.rows[0].measure->code, "contacts");
	ck_assert_str_eq(d.rows[0].title, "Contacts, all");
	ck_assert_int_eq(d.rows[1].show, DEMAND_RANKED);
	ck_assert_str_eq(d.rows[1].dimension, "source");
	assert_ok(demand_read(w.web.reading.measures, &d, &err), err);
	ck_assert_int_gt(d.n, 20);
}
END_TEST

static const struct {
	const char *text, *message;
} faults[] = {
	{ "part,show\n", "demand.csv:1: show: a line has the columns" },
	{ "part,show,measure,otherwise,dimension,name\n",
	  "demand.csv:1: title: 'name': the headings are" },
	{ HEAD "A,pie,contacts,,,T\n",
	  "demand.csv:2: show: 'pie': write trend, bars, ranked, wards or index" },
	{ HEAD "A,bars,contacts,,,T\n",
	  "demand.csv:2: dimension: '': bars, ranked and wards have a dimension" },
	{ HEAD "A,trend,contacts,,ward,T\n", "demand.csv:2: dimension: 'ward'" },
	{ HEAD "A,trend,,,,T\n", "demand.csv:2: measure: '': write a measure's code" },
	{ HEAD "A,trend,contacts,,,\n", "demand.csv:2: title: '': write a short title" },
	{ HEAD ",trend,contacts,,,T\n", "demand.csv:2: part: '': write the part's heading" },
	{ HEAD "A,trend,contacts,,,T\nB,trend,contacts,,,T\nA,trend,contacts,,,T\n",
	  "demand.csv:4: part: 'A': put the rows of a part together" },
	{ HEAD "A,trend,contacts,,,\"T\n", "demand.csv:2: title: a line has the columns" },
	{ HEAD "A,trend,contacts,,,T,U\n", "demand.csv:2: title: a line has the columns" },
};

START_TEST(a_broken_line_of_demand_is_named)
{
	struct demand d;
	struct err err = { ERR_OK, "" };

	ck_assert_int_eq(demand(faults[_i].text, &d, &err), ERR_MALFORMED);
	ck_assert_msg(strncmp(err.text, faults[_i].message, strlen(faults[_i].message)) == 0,
		      "\"%s\"", err.text);
}
END_TEST

static void add(TCase *tcase)
{
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, the_first_day_says_what_will_appear);
	tcase_add_test(tcase, a_month_without_a_report_leads_to_the_newest_with_one);
	tcase_add_test(tcase, the_district_stands_against_the_city_with_its_interval);
	tcase_add_test(tcase, counts_say_their_change_and_usual_range_in_words);
	tcase_add_test(tcase, links_keep_the_view_and_follow_the_number);
	tcase_add_test(tcase, an_open_signal_comes_first_and_is_not_said_twice);
	tcase_add_test(tcase, wards_stand_side_by_side_with_zero_where_nothing_was_counted);
	tcase_add_test(tcase, the_distribution_of_cases_says_its_median);
	tcase_add_test(tcase, a_ranked_breakdown_begins_with_the_largest);
	tcase_add_test(tcase, extracts_and_their_faults_are_in_words);
	tcase_add_test(tcase, a_correction_names_the_month_the_day_and_the_totals);
	tcase_add_test(tcase, a_district_sees_itself_and_no_other_districts_range);
	tcase_add_test(tcase, a_commissioner_sees_protected_figures);
	tcase_add_test(tcase, the_city_has_the_first_page_and_a_ward_its_district);
	tcase_add_test(tcase, the_file_holds_what_the_page_shows);
	tcase_add_test(tcase, rows_of_demand_keep_their_order_and_stand_in);
	tcase_add_loop_test(tcase, a_broken_line_of_demand_is_named, 0,
			    (int)(sizeof faults / sizeof faults[0]));
}

HARNESS_MAIN("district_page", add)
