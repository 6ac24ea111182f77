#include "aggregator/web/city.h"

#include "tests/hand_store.h"
#include "tests/harness.h"
#include "tests/page_look.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/rollup.h"
#include "aggregator/web/protect.h"
#include "aggregator/web/received_cache.h"
#include "aggregator/web/routes.h"
#include "aggregator/web/shapes.h"
#include "proto/clock.h"

#define LONG_NAME "Saint Botolph-under-the-Water with Upper &amp; Nether Wallop"

static const char areas_csv[] =
	"code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
	"west,West,region,,,,,\n"
	"city,Testham,authority,west,,,,\n"
	"north,North,district,city,,,,\n"
	"south,South,district,city,,,,\n"
	"east,Saint Botolph-under-the-Water with Upper & Nether Wallop,district,city,,,,\n";

static const char populations_csv[] = "area,year,age_from,age_to,population,estimate,source\n"
				      "city,2025,0,17,100000,0,x\n"
				      "north,2025,0,17,30000,1,x\n"
				      "south,2025,0,17,40000,1,x\n"
				      "east,2025,0,17,30000,1,x\n";

static struct hand_store hand;
static struct aggregator_config config;
static char city_code[] = "city", city_name[] = "testham", dataset[] = "annex_a",
	    first_month[] = "2025-10";
static struct aggregator_expected expected = { city_code, dataset, first_month, NULL };
static struct web web;
static struct request rq;
static struct viewer who; /* asks */
static struct response rs;
static struct page_look look;
static struct err err;

/* Today is 22 November 2026; October is the newest month that has ended. */
static void setup(void)
{
	static const uint8_t key[16] = "0123456789abcdef";
	struct rollup_context context;

	err_clear(&err);
	clock_fix_us(hand_us("2026-11-22"));
	hand_store_open(&hand, areas_csv, populations_csv);
	config = (struct aggregator_config){
		.name = city_name,
		.area = city_code,
		.expected = &expected,
		.n_expected = 1,
		.due_working_days = 10,
	};
	memset(&web, 0, sizeof web);
	web.reading.config = &config;
	web.reading.areas = hand.areas;
	web.reading.store = hand.store;
	assert_ok(measures_load(NULL, &web.reading.measures, &err), err);
	web.received = calloc(1, sizeof *web.received);
	ck_assert_ptr_nonnull(web.received);
	context = reading_context(&web.reading);
	assert_ok(figures_new(&context, key, &web.figures, &err), err);
	memset(&rq, 0, sizeof rq);
	memset(&rs, 0, sizeof rs);
	who = (struct viewer){ .role = ROLE_CENTRAL, .name = "a.analyst" };
	memset(&look, 0, sizeof look);
}

static void teardown(void)
{
	page_look_clear(&look);
	response_clear(&rs);
	request_clear(&rq);
	received_cache_free(&web.received);
	figures_free(&web.figures);
	measures_free(&web.reading.measures);
	hand_store_close(&hand);
	clock_fix_us(0);
}

static void roll_up(void)
{
	int n_done = 0;
	int64_t n_left = 1;

	while (n_left > 0)
		assert_ok(rollup_work(hand.store, hand.areas, 1000, &n_done, &n_left, &err), err);
	assert_ok(store_figures_changed(hand.store->db, &err), err);
}

static const struct route *route_of(const char *pattern)
{
	const struct route *r = city_routes;

	while (strcmp(r->pattern, pattern) != 0)
		r++;
	return r;
}

static enum err_code ask(const char *target)
{
	char path[64];

	response_clear(&rs);
	request_clear(&rq);
	assert_ok(request_target(&rq, target, strlen(target), &err), err);
	rq.viewer = who;
	(void)snprintf(path, sizeof path, "%.*s", (int)strcspn(target, "?"), target);
	figures_begin(web.figures);
	return route_of(path)->handle(&web, &rq, &rs, &err);
}

static void see(const char *target)
{
	assert_ok(ask(target), err);
	page_look_clear(&look);
	page_look_read(&look, rs.body.text);
}

static const char *const months[] = { "2025-09", "2025-10", "2025-11", "2025-12", "2026-01",
				      "2026-02", "2026-03", "2026-04", "2026-05", "2026-06",
				      "2026-07", "2026-08", "2026-09", "2026-10" };
#define N_MONTHS 14

/* Contacts in Testham: 99 and 101 in turn; October as given for north. */
static void contacts(int october_north)
{
	for (int i = 0; i < N_MONTHS; i++) {
		int north = i == N_MONTHS - 1 ? october_north : 59 + (i % 2) * 2;

		(void)hand_put(&hand, "north", months[i], "contacts", north, 0);
		(void)hand_put(&hand, "south", months[i], "contacts", 30, 0);
		(void)hand_put(&hand, "east", months[i], "contacts", 10, 0);
	}
}

/* Re-referrals in October: 30 of 100, 10 of 100 and 2 of 20. */
static void re_referrals(void)
{
	(void)hand_put(&hand, "north", "2026-10", "referrals_repeat_12m", 30, 100);
	(void)hand_put(&hand, "south", "2026-10", "referrals_repeat_12m", 10, 100);
	(void)hand_put(&hand, "east", "2026-10", "referrals_repeat_12m", 2, 20);
}

START_TEST(the_title_says_place_and_period)
{
	contacts(61);
	roll_up();
	see("/");
	ck_assert_ptr_nonnull(strstr(rs.body.text, "<h1 class=\"govuk-heading-l\">Testham, "
						   "October 2026</h1>"));
	see("/?period=2026-03");
	assert_words(look, "Testham, March 2026");
}
END_TEST

START_TEST(a_tile_says_value_range_changes_and_coverage)
{
	contacts(75);
	roll_up();
	see("/");
	/* 75 + 30 + 10 = 115; September 99, October 2025 101. */
	assert_words(look, "Contacts 115 ▲ above the usual range Month (on September 2026) up 16 "
			   "(16%) Year (on October 2025) up 14 (14%) 3 of 3 districts");
}
END_TEST

START_TEST(a_steady_tile_is_within_the_usual_range)
{
	contacts(61);
	roll_up();
	see("/");
	assert_words(look, "Contacts 101 within the usual range Month (on September 2026) up 2 "
			   "(2%) Year (on October 2025) no change 3 of 3 districts");
	assert_words(look, "Signals have not been looked for yet");
	(void)hand_sql(&hand, "INSERT INTO signal_work VALUES ('process:contacts', 1, '', 0, 3)",
		       "");
	see("/");
	assert_words(look, "No signal is open");
}
END_TEST

START_TEST(the_table_compares_districts_with_the_city)
{
	re_referrals();
	roll_up();
	see("/");
	/* 42 of 220 = 19.1%. Wilson: 30% lies in 21.9 to 39.6, 10% in 5.5 to 17.4 (99.8%: 3.7 to
	 * 24.3), 2 of 20 in 2.8 to 30.1. */
	assert_words(look, "Testham n");
	assert_words(look, "North");
	ck_assert_ptr_nonnull(strstr(rs.body.text, "30.0%"));
	assert_words(look, "30.0% worse");
	assert_words(look, "10.0% better");
	assert_words(look, "10.0% similar");
	assert_words(look, "19.1%");
}
END_TEST

/* Where a name stands first in the table of districts. */
static long place_of(const char *name)
{
	const char *table = strstr(rs.body.text, "<tbody>");
	char link[128];
	const char *at;

	ck_assert_ptr_nonnull(table);
	(void)snprintf(link, sizeof link, ">%s</a></th>", name);
	at = strstr(table, link);
	ck_assert_msg(at != NULL, "no row of %s", name);
	return at - table;
}

START_TEST(districts_sort_by_figure_and_the_city_stays_on_top)
{
	re_referrals();
	(void)hand_put(&hand, "east", "2026-10", "contacts", 10, 0);
	roll_up();
	see("/");
	ck_assert_int_lt(place_of("North"), place_of("South"));
	ck_assert_ptr_null(strstr(rs.body.text, "aria-sort"));
	see("/?sort=referrals_repeat_12m");
	ck_assert_int_lt(place_of("South"), place_of("North"));
	ck_assert_ptr_nonnull(strstr(rs.body.text, "aria-sort=\"ascending\""));
	see("/?sort=referrals_repeat_12m&desc=1");
	ck_assert_int_lt(place_of("North"), place_of("South"));
	ck_assert_ptr_nonnull(strstr(rs.body.text, "aria-sort=\"descending\""));
	see("/?sort=name");
	ck_assert_int_lt(place_of("North"), place_of(LONG_NAME));
	ck_assert_int_lt(place_of(LONG_NAME), place_of("South"));
	see("/?sort=of_another_page");
	ck_assert_ptr_null(strstr(rs.body.text, "aria-sort"));
}
END_TEST

START_TEST(a_district_missing_makes_the_figure_partial_and_is_named)
{
	contacts(61);
	roll_up();
	(void)hand_sql(&hand, "DELETE FROM carried WHERE area = 'south' AND period = ?1", "i",
		       period_key(hand_period("2026-10")));
	(void)hand_sql(&hand, "DELETE FROM current WHERE area = 'south' AND period = ?1", "i",
		       period_key(hand_period("2026-10")));
	(void)hand_sql(&hand, "DELETE FROM header WHERE area = 'south' AND period = ?1", "i",
		       period_key(hand_period("2026-10")));
	(void)hand_sql(&hand, "INSERT OR IGNORE INTO dirty VALUES ('city', ?1, 1)", "i",
		       period_key(hand_period("2026-10")));
	roll_up();
	see("/?period=2026-10");
	assert_words(look, "Contacts 71 not judged: 2 of 3 districts; Sep 26 within the usual "
			   "range Month not compared Year not "
			   "compared 2 of 3 districts");
	assert_words(look, "South has not reported for October 2026: due by 13 November 2026");
	assert_words(look, "2 of 3 reports received for October 2026.");
	ck_assert_ptr_nonnull(strstr(rs.body.text, "drs-tile--partial"));
}
END_TEST

START_TEST(the_first_day_says_what_will_come)
{
	see("/");
	assert_words(look, "No district has reported yet, so there are no figures for Testham.");
	assert_no_words(look, "What needs attention");
}
END_TEST

START_TEST(a_period_without_figures_is_no_data_not_zero)
{
	contacts(61);
	roll_up();
	see("/?period=2026-11");
	assert_words(look, "Contacts no data 0 of 3 districts");
}
END_TEST

START_TEST(long_names_and_markup_in_names_are_harmless)
{
	contacts(61);
	roll_up();
	see("/");
	assert_words(look, "Saint Botolph-under-the-Water with Upper & Nether Wallop");
}
END_TEST

START_TEST(a_district_viewer_sees_its_own_and_the_city)
{
	re_referrals();
	contacts(61);
	roll_up();
	who.role = ROLE_DISTRICT;
	(void)snprintf(who.area, sizeof who.area, "east");
	see("/");
	assert_words(look, "Testham, October 2026");
	assert_words(look, "Your district and the city");
	(void)place_of(LONG_NAME);
	assert_no_words(look, "North");
	assert_no_words(look, "South");
	assert_words(look, "1 of 1 report received for October 2026.");
}
END_TEST

/* What the table shows of a district, as its CSV has it: measure's value and how it is shown. */
static const char *csv_value(const char *area, const char *measure)
{
	static char line[256];
	char start[128];
	const char *at = rs.body.text;

	(void)snprintf(start, sizeof start, "%s,", area);
	for (; at != NULL && *at != '\0'; at = strchr(at, '\n'), at += at != NULL)
		if (strncmp(at, start, strlen(start)) == 0 && strstr(at, measure) != NULL &&
		    strstr(at, measure) < strchr(at, '\r'))
			break;
	ck_assert_msg(at != NULL && *at != '\0', "no %s of %s", measure, area);
	(void)snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\r\n"), at);
	return line;
}

START_TEST(protected_viewers_see_no_count_of_1_to_5_and_are_told_why)
{
	re_referrals();
	(void)hand_put(&hand, "north", "2026-10", "cases_unallocated", 3, 0);
	(void)hand_put(&hand, "south", "2026-10", "cases_unallocated", 0, 0);
	(void)hand_put(&hand, "east", "2026-10", "cases_unallocated", 0, 0);
	roll_up();
	see("/");
	assert_words(look, "Cases without a worker 3 ");
	assert_no_words(look, protect_note);
	who.role = ROLE_COMMISSIONER;
	see("/");
	assert_words(look, "Cases without a worker c c: rests on 1 to 5, so not shown");
	assert_words(look, protect_note);
	assert_words(look, "stands for a figure that rests on 1 to 5");
	assert_ok(ask("/city.csv"), err);
	ck_assert_ptr_nonnull(
		strstr(csv_value("east", "referrals_repeat_12m"), ",percent,c,suppressed,,"));
}
END_TEST

START_TEST(the_csv_holds_the_table)
{
	re_referrals();
	roll_up();
	assert_ok(ask("/city.csv?period=2026-10"), err);
	ck_assert_str_eq(rs.type, "text/csv; charset=utf-8");
	ck_assert_int_eq(strncmp(rs.body.text,
				 "area,area_name,period,measure,title,unit,value,shown,"
				 "compared_with_city,reported,expected,status\r\n",
				 90),
			 0);
	ck_assert_str_eq(csv_value("city", "referrals_repeat_12m"),
			 "city,Testham,2026-10,referrals_repeat_12m,Re-referrals within 12 months,"
			 "percent,19.1,exact,,3,3,final");
	ck_assert_str_eq(csv_value("north", "referrals_repeat_12m"),
			 "north,North,2026-10,referrals_repeat_12m,Re-referrals within 12 months,"
			 "percent,30.0,exact,higher,1,1,final");
	ck_assert_ptr_nonnull(strstr(csv_value("north", "cpp_rate"), ",,,,0,1,missing"));
}
END_TEST

START_TEST(links_keep_the_view)
{
	contacts(61);
	roll_up();
	see("/?period=2026-03&sort=name");
	ck_assert_ptr_nonnull(strstr(rs.body.text, "href=\"/measures/contacts?period=2026-03\""));
	ck_assert_ptr_nonnull(strstr(rs.body.text, "href=\"/districts/north?period=2026-03\""));
}
END_TEST

static void signal(const char *rule, const char *measure, int direction, int concern,
		   const char *opened)
{
	int64_t key = period_key(hand_period("2026-10"));

	(void)hand_sql(
		&hand,
		"INSERT INTO signal (kind, rule, measure, area, direction, concern, state, "
		"first, last, pending_us, opened_us, evidence) VALUES (1, ?1, ?2, 'city', ?3, "
		"?4, 2, ?5, ?5, ?6, ?6, '{}')",
		"ssiiii", rule, measure, (int64_t)direction, (int64_t)concern, key,
		hand_us(opened));
}

START_TEST(signals_that_are_a_concern_come_first_and_six_at_most)
{
	contacts(61);
	signal("outside", "contacts", 1, 0, "2026-11-20");
	signal("outside", "referrals_repeat_12m", 1, 1, "2026-11-10");
	roll_up();
	see("/");
	ck_assert_ptr_nonnull(strstr(rs.body.text, "href=\"/signals/1\""));
	ck_assert_ptr_nonnull(
		strstr(strstr(rs.body.text, "href=\"/signals/2\""), "href=\"/signals/1\""));
	assert_words(look, ": a concern");
	assert_words(look, "All signals, with their history");
	signal("trend", "contacts", 1, 0, "2026-11-19");
	signal("shift", "contacts", 1, 0, "2026-11-18");
	signal("near", "contacts", 1, 0, "2026-11-17");
	signal("trend", "referrals", 1, 0, "2026-11-16");
	signal("outside", "referrals", 1, 0, "2026-11-01");
	roll_up();
	see("/");
	assert_words(look, "All 7 open signals");
	ck_assert_ptr_null(strstr(rs.body.text, "href=\"/signals/7\""));
	ck_assert_ptr_nonnull(strstr(rs.body.text, "href=\"/signals/6\""));
}
END_TEST

START_TEST(the_department_is_led_to_its_downloads)
{
	who.role = ROLE_DFE;
	assert_ok(ask("/"), err);
	ck_assert_int_eq(rs.status, 303);
	ck_assert_str_eq(rs.headers[0].value, "/downloads");
	ck_assert_uint_eq(route_of("/city.csv")->roles & ROLE_BIT(ROLE_DFE), 0);
}
END_TEST

/* Two districts of three have a shape. */
static const char boundaries[] =
	"{\"type\":\"FeatureCollection\",\"features\":["
	"{\"type\":\"Feature\",\"properties\":{\"district\":\"North\"},\"geometry\":{\"type\":"
	"\"Polygon\",\"coordinates\":[[[0,1],[1,1],[1,2],[0,2],[0,1]]]}},"
	"{\"type\":\"Feature\",\"properties\":{\"district\":\"South\"},\"geometry\":{\"type\":"
	"\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1],[0,0]]]}}]}";

START_TEST(the_map_shows_the_chosen_measure_and_its_table_every_district)
{
	re_referrals();
	roll_up();
	assert_ok(shapes_load(harness_text(harness_folder(), "boundaries.geojson", boundaries),
			      hand.areas, &web.shapes, &err),
		  err);
	see("/?map=referrals_repeat_12m");
	ck_assert_ptr_nonnull(strstr(rs.body.text, "aria-label=\"North: 30.0%\""));
	ck_assert_ptr_nonnull(strstr(rs.body.text, "aria-label=\"South: 10.0%\""));
	assert_words(look, "Re-referrals within 12 months District Figure Compared with Testham "
			   "Testham 19.1% North 30.0% worse South 10.0% better");
	who.role = ROLE_DISTRICT;
	(void)snprintf(who.area, sizeof who.area, "east");
	see("/?map=referrals_repeat_12m");
	assert_no_words(look, "On the map");
	shapes_free(&web.shapes);
}
END_TEST

START_TEST(an_unknown_map_is_refused_with_what_would_be_right)
{
	contacts(61);
	roll_up();
	assert_error(ask("/?map=no%27such"), ERR_MISSING, err,
		     "map: 'no'such' is not one of the measures in the table of districts");
}
END_TEST

START_TEST(weeks_leave_out_what_is_reported_by_month)
{
	(void)hand_put(&hand, "north", "2026-W44", "contacts", 12, 0);
	roll_up();
	see("/?by=week&period=2026-W44");
	assert_words(look, "Contacts 12 not judged: 1 of 3 districts");
	assert_no_words(look, "Vacancy rate");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_title_says_place_and_period);
	tcase_add_test(tc, a_tile_says_value_range_changes_and_coverage);
	tcase_add_test(tc, a_steady_tile_is_within_the_usual_range);
	tcase_add_test(tc, the_table_compares_districts_with_the_city);
	tcase_add_test(tc, districts_sort_by_figure_and_the_city_stays_on_top);
	tcase_add_test(tc, a_district_missing_makes_the_figure_partial_and_is_named);
	tcase_add_test(tc, the_first_day_says_what_will_come);
	tcase_add_test(tc, a_period_without_figures_is_no_data_not_zero);
	tcase_add_test(tc, long_names_and_markup_in_names_are_harmless);
	tcase_add_test(tc, a_district_viewer_sees_its_own_and_the_city);
	tcase_add_test(tc, protected_viewers_see_no_count_of_1_to_5_and_are_told_why);
	tcase_add_test(tc, the_csv_holds_the_table);
	tcase_add_test(tc, links_keep_the_view);
	tcase_add_test(tc, signals_that_are_a_concern_come_first_and_six_at_most);
	tcase_add_test(tc, the_department_is_led_to_its_downloads);
	tcase_add_test(tc, the_map_shows_the_chosen_measure_and_its_table_every_district);
	tcase_add_test(tc, an_unknown_map_is_refused_with_what_would_be_right);
	tcase_add_test(tc, weeks_leave_out_what_is_reported_by_month);
}

HARNESS_MAIN("city_page", add)
