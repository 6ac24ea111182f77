#include "aggregator/rollup.h"

#include "tests/hand_store.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_DISTRICTS 3

static const char areas_csv[] = "code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
				"west,West,region,,,,,\n"
				"city,City,authority,west,,,,\n"
				"north,North,district,city,,,,\n"
				"south,South,district,city,,,,\n"
				"east,East,district,city,,,,\n"
				"lake,Lake,ward,north,,,,\n"
				"dudley,Dudley,authority,west,,,,\n";

/* The city's own figure is not the sum of its districts (90,000), as in Birmingham. */
static const char populations_csv[] = "area,year,age_from,age_to,population,estimate,source\n"
				      "west,2024,0,17,300000,0,x\n"
				      "city,2022,0,17,99000,0,x\n"
				      "city,2024,0,17,100000,0,x\n"
				      "north,2024,0,17,30000,1,x\n"
				      "south,2024,0,17,40000,1,x\n"
				      "east,2024,0,17,20000,1,x\n";

static const char *const districts[N_DISTRICTS] = { "north", "south", "east" };

static struct hand_store hand;
static struct measure_set *measures;
static struct aggregator_config config;

static void setup(void)
{
	struct err err = { ERR_OK, "" };

	hand_store_open(&hand, areas_csv, populations_csv);
	assert_ok(measures_load(NULL, &measures, &err), err);
	memset(&config, 0, sizeof config);
}

static void teardown(void)
{
	hand_store_close(&hand);
	measures_free(&measures);
}

static enum err_code ask_with(const struct rollup_query *query, struct rollup_result **result,
			      struct err *err)
{
	struct rollup_context context = { hand.store, hand.areas, measures, &config };

	return rollup_run(&context, query, result, err);
}

static struct rollup_query query_of(const char *measure, const char *area, const char *from,
				    const char *to)
{
	struct rollup_query q = {
		.measure = measure, .area = area, .from = hand_period(from), .to = hand_period(to)
	};

	q.by = q.from.kind;
	return q;
}

static struct rollup_result *ask_query(const struct rollup_query *query)
{
	struct rollup_result *result = NULL;
	struct err err = { ERR_OK, "" };

	assert_ok(ask_with(query, &result, &err), err);
	return result;
}

static struct rollup_result *ask(const char *measure, const char *area, const char *from,
				 const char *to)
{
	struct rollup_query q = query_of(measure, area, from, to);

	return ask_query(&q);
}

/* The one cell of a question about one area and period. */
static struct rollup_cell cell(const char *measure, const char *area, const char *period)
{
	struct rollup_result *result = ask(measure, area, period, period);
	struct rollup_cell c;

	ck_assert_uint_eq(result->n, 1);
	c = result->cells[0];
	rollup_free(&result);
	return c;
}

static void work_off(void)
{
	struct err err = { ERR_OK, "" };
	int64_t n_left = 1;
	int n_done;

	while (n_left > 0)
		assert_ok(rollup_work(hand.store, hand.areas, 7, &n_done, &n_left, &err), err);
}

static void put_all(const char *period, const char *measure, int64_t a, int64_t b, int64_t c)
{
	(void)hand_put(&hand, "north", period, measure, a, 1);
	(void)hand_put(&hand, "south", period, measure, b, 1);
	(void)hand_put(&hand, "east", period, measure, c, 1);
}

#define assert_cell(c, wanted_status, wanted_reported, wanted_expected) \
	do {                                                            \
		ck_assert_str_eq(rollup_status_name((c).status),        \
				 rollup_status_name(wanted_status));    \
		ck_assert_int_eq((c).n_reported, wanted_reported);      \
		ck_assert_int_eq((c).n_expected, wanted_expected);      \
	} while (0)

/* ---- adding up */

START_TEST(flows_add_over_districts_and_months)
{
	struct rollup_cell c;

	put_all("2025-04", "contacts", 10, 20, 30);
	put_all("2025-05", "contacts", 1, 2, 3);
	put_all("2025-06", "contacts", 100, 200, 300);
	c = cell("contacts", "city", "2025-05");
	assert_cell(c, ROLLUP_FINAL, 3, 3);
	ck_assert_int_eq(c.numerator, 6);
	ck_assert_int_eq(c.tenths, 60);
	c = cell("contacts", "city", "2025-26-Q1");
	assert_cell(c, ROLLUP_FINAL, 3, 3);
	ck_assert_int_eq(c.numerator, 666);
	c = cell("contacts", "south", "2025-26-Q1");
	assert_cell(c, ROLLUP_FINAL, 1, 1);
	ck_assert_int_eq(c.numerator, 222);
	ck_assert_str_eq(c.area, "south");
}
END_TEST

START_TEST(stocks_take_the_last_month_and_never_add_months)
{
	struct rollup_cell c;

	put_all("2025-04", "cpp_open", 10, 20, 30);
	put_all("2025-06", "cpp_open", 11, 22, 33);
	c = cell("cpp_open", "city", "2025-26-Q1");
	assert_cell(c, ROLLUP_FINAL, 3, 3); /* May is not needed */
	ck_assert_int_eq(c.numerator, 66);
}
END_TEST

START_TEST(a_year_adds_twelve_months)
{
	struct period p = hand_period("2025-04");
	struct rollup_cell c;

	for (int i = 0; i < 12; i++) {
		char text[PERIOD_TEXT_BYTES];

		put_all(period_format(period_next(p, i), text), "contacts", 1, i, 10);
	}
	c = cell("contacts", "city", "2025-26");
	assert_cell(c, ROLLUP_FINAL, 3, 3);
	ck_assert_int_eq(c.numerator, 12 + 66 + 120);
}
END_TEST

START_TEST(weeks_add_over_districts)
{
	struct rollup_cell c;

	put_all("2025-W14", "contacts", 4, 5, 6);
	put_all("2025-04", "contacts", 40, 50, 60);
	c = cell("contacts", "city", "2025-W14");
	assert_cell(c, ROLLUP_FINAL, 3, 3);
	ck_assert_int_eq(c.numerator, 15);
}
END_TEST

/* Counted by hand: 90 cases ÷ 5.0 FTE = 18.0, 10 ÷ 1.0 = 10.0, 20 ÷ 0.5 = 40.0. Pooled: 120 ÷ 6.5
 * = 18.46 → 18.5. The mean of the three would be 22.7. */
START_TEST(a_caseload_is_pooled_and_never_averaged)
{
	struct rollup_cell c;

	put_all("2025-09", "cases_held", 90, 10, 20);
	put_all("2025-09", "case_holder_fte", 5000000, 1000000, 500000);
	c = cell("caseload", "city", "2025-09");
	assert_cell(c, ROLLUP_FINAL, 3, 3);
	ck_assert_int_eq(c.numerator, 120);
	ck_assert_int_eq(c.denominator, 6500000);
	ck_assert_int_eq(c.tenths, 185);
	ck_assert_int_eq(c.pooled, 0);
	ck_assert_double_eq_tol(c.value, 18.4615, 0.0001);
}
END_TEST

/* 1 of 10 and 30 of 40 and 0 of 0: 31 of 50 = 62.0 %, not the mean of 10 % and 75 %. */
START_TEST(a_percentage_adds_numerators_and_denominators)
{
	struct rollup_cell c;

	(void)hand_put(&hand, "north", "2025-04", "referrals_nfa", 1, 10);
	(void)hand_put(&hand, "south", "2025-04", "referrals_nfa", 30, 40);
	(void)hand_put(&hand, "east", "2025-04", "referrals_nfa", 0, 0);
	c = cell("referrals_nfa", "city", "2025-04");
	ck_assert_int_eq(c.tenths, 620);
	assert_cell(c, ROLLUP_FINAL, 3, 3);
	c = cell("referrals_nfa", "east", "2025-04");
	assert_cell(c, ROLLUP_FINAL, 1, 1);
	ck_assert_int_eq(c.has_value, 0); /* nothing to divide by */
}
END_TEST

/* 1 of 8 = 12.5; 5 of 80 = 6.25 → 6.3; 7 of 160 = 4.375 → 4.4; 3 of 2,000 = 0.15 → 0.2, where
 * binary floating point stands just below the tie. */
START_TEST(what_is_shown_is_rounded_half_up_exactly)
{
	static const struct {
		int64_t numerator, denominator, tenths;
	} rows[] = { { 1, 8, 125 }, { 5, 80, 63 }, { 7, 160, 44 }, { 3, 2000, 2 }, { 2, 3, 667 } };
	struct period p = hand_period("2025-04");

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[PERIOD_TEXT_BYTES];

		(void)period_format(period_next(p, (int)i), text);
		(void)hand_put(&hand, "north", text, "referrals_nfa", rows[i].numerator,
			       rows[i].denominator);
		ck_assert_int_eq(cell("referrals_nfa", "north", text).tenths, rows[i].tenths);
	}
}
END_TEST

START_TEST(fte_and_days_are_shown_in_their_unit)
{
	(void)hand_put(&hand, "north", "2025-04", "social_worker_fte", 12750000, 1);
	(void)hand_put(&hand, "north", "2025-04", "absence_days", 3500, 1);
	ck_assert_int_eq(cell("social_worker_fte", "north", "2025-04").tenths, 128);
	ck_assert_int_eq(cell("absence_days", "north", "2025-04").tenths, 35);
	/* 3.5 days in April, × 365 ÷ 30, of 12.75 × 253 days: 1.32 % */
	ck_assert_double_eq_tol(cell("absence_rate", "north", "2025-04").value,
				100 * 3.5 * 365 / 30 / (12.75 * 253), 1e-9);
}
END_TEST

START_TEST(a_region_adds_districts_and_authorities_without_any)
{
	struct rollup_cell c;

	put_all("2025-04", "contacts", 10, 20, 30);
	c = cell("contacts", "west", "2025-04");
	assert_cell(c, ROLLUP_PARTIAL, 3, 4);
	(void)hand_put(&hand, "dudley", "2025-04", "contacts", 7, 1);
	c = cell("contacts", "west", "2025-04");
	assert_cell(c, ROLLUP_FINAL, 4, 4);
	ck_assert_int_eq(c.numerator, 67);
	c = cell("contacts", "dudley", "2025-04");
	assert_cell(c, ROLLUP_FINAL, 1, 1);
}
END_TEST

/* ---- coverage */

START_TEST(a_partial_count_covers_those_that_reported)
{
	struct rollup_cell c;

	(void)hand_put(&hand, "north", "2025-04", "contacts", 10, 1);
	(void)hand_put(&hand, "east", "2025-04", "contacts", 30, 1);
	for (int worked = 0; worked < 2; worked++) {
		c = cell("contacts", "city", "2025-04");
		assert_cell(c, ROLLUP_PARTIAL, 2, 3);
		ck_assert_int_eq(c.numerator, 40);
		ck_assert_int_eq(c.has_value, 1);
		ck_assert_int_eq(c.pooled, 0);
		work_off();
	}
}
END_TEST

START_TEST(missing_is_not_zero_and_zero_is_not_missing)
{
	struct rollup_cell c = cell("contacts", "city", "2025-04");

	assert_cell(c, ROLLUP_MISSING, 0, 3);
	ck_assert_int_eq(c.has_value, 0);
	put_all("2025-04", "contacts", 0, 0, 0);
	for (int worked = 0; worked < 2; worked++) {
		c = cell("contacts", "city", "2025-04");
		assert_cell(c, ROLLUP_FINAL, 3, 3);
		ck_assert_int_eq(c.has_value, 1);
		ck_assert_int_eq(c.tenths, 0);
		work_off();
	}
}
END_TEST

START_TEST(a_quarter_counts_the_areas_that_have_every_month)
{
	struct rollup_cell c;

	put_all("2025-04", "contacts", 10, 20, 30);
	put_all("2025-05", "contacts", 1, 2, 3);
	(void)hand_put(&hand, "north", "2025-06", "contacts", 100, 1);
	(void)hand_put(&hand, "south", "2025-06", "contacts", 200, 1);
	c = cell("contacts", "city", "2025-26-Q1");
	assert_cell(c, ROLLUP_PARTIAL, 2, 3);
	ck_assert_int_eq(c.numerator, 111 + 222);
	work_off();
	c = cell("contacts", "city", "2025-26-Q1");
	assert_cell(c, ROLLUP_PARTIAL, 2, 3);
	ck_assert_int_eq(c.numerator, 333);
	c = cell("contacts", "east", "2025-26-Q1");
	assert_cell(c, ROLLUP_MISSING, 0, 1);
}
END_TEST

START_TEST(a_figure_is_provisional_when_one_of_its_reports_is)
{
	int64_t report;

	(void)hand_put(&hand, "north", "2025-04", "contacts", 1, 1);
	(void)hand_put(&hand, "south", "2025-04", "contacts", 2, 1);
	report = hand_report(&hand, "east", "2025-04", "2025-04-20", "2025-04-21");
	hand_total(&hand, report, "contacts", 3, 1, 1);
	for (int worked = 0; worked < 2; worked++) {
		assert_cell(cell("contacts", "city", "2025-04"), ROLLUP_PROVISIONAL, 3, 3);
		work_off();
	}
	assert_cell(cell("contacts", "north", "2025-04"), ROLLUP_FINAL, 1, 1);
	assert_cell(cell("contacts", "east", "2025-04"), ROLLUP_PROVISIONAL, 1, 1);
}
END_TEST

START_TEST(a_derived_figure_covers_the_areas_that_have_both_parts)
{
	struct rollup_cell c;

	put_all("2025-09", "cases_held", 90, 10, 20);
	(void)hand_put(&hand, "north", "2025-09", "case_holder_fte", 5000000, 1);
	(void)hand_put(&hand, "south", "2025-09", "case_holder_fte", 1000000, 1);
	for (int worked = 0; worked < 2; worked++) {
		c = cell("caseload", "city", "2025-09");
		assert_cell(c, ROLLUP_PARTIAL, 2, 3);
		ck_assert_int_eq(c.numerator, 100); /* not 120 */
		ck_assert_int_eq(c.denominator, 6000000);
		ck_assert_int_eq(c.tenths, 167);
		ck_assert_int_eq(c.pooled, 1);
		work_off();
	}
}
END_TEST

static struct aggregator_expected expected[2];

START_TEST(the_settings_narrow_who_is_expected)
{
	struct rollup_cell c;

	config.expected = expected;
	config.n_expected = 2;
	expected[0] = (struct aggregator_expected){ (char[]){ "north" }, (char[]){ "annex_a" },
						    (char[]){ "2025-04" }, NULL };
	expected[1] = (struct aggregator_expected){ (char[]){ "south" }, (char[]){ "annex_a" },
						    (char[]){ "2025-04" }, (char[]){ "2025-05" } };
	(void)hand_put(&hand, "north", "2025-04", "contacts", 1, 1);
	(void)hand_put(&hand, "south", "2025-04", "contacts", 2, 1);
	(void)hand_put(&hand, "north", "2025-06", "contacts", 3, 1);
	(void)hand_put(&hand, "north", "2025-03", "contacts", 5, 1);
	for (int worked = 0; worked < 2; worked++) {
		assert_cell(cell("contacts", "city", "2025-04"), ROLLUP_FINAL, 2, 2);
		assert_cell(cell("contacts", "city", "2025-05"), ROLLUP_MISSING, 0, 2);
		assert_cell(cell("contacts", "city", "2025-06"), ROLLUP_FINAL, 1, 1);
		/* before anything was expected: one of the three that there are */
		assert_cell(cell("contacts", "city", "2025-03"), ROLLUP_PARTIAL, 1, 3);
		work_off();
	}
	/* one that reports without being expected counts as both */
	(void)hand_put(&hand, "east", "2025-04", "contacts", 4, 1);
	c = cell("contacts", "city", "2025-04");
	assert_cell(c, ROLLUP_FINAL, 3, 3);
	ck_assert_int_eq(c.numerator, 7);
	work_off();
	ck_assert_int_eq(cell("contacts", "city", "2025-04").numerator, 7);
}
END_TEST

/* ---- rates */

/* 60 contacts in April 2025 (30 days of a year of 365) in a city of 100,000: 60 ÷ 100,000 × 10,000
 * × 365 ÷ 30 = 73.0. By the sum of its districts (90,000) it would be 81.1. */
START_TEST(the_citys_rate_uses_its_own_population_and_is_annualised)
{
	struct rollup_cell c;

	put_all("2025-04", "contacts", 10, 20, 30);
	c = cell("contact_rate", "city", "2025-04");
	assert_cell(c, ROLLUP_FINAL, 3, 3);
	ck_assert_int_eq(c.denominator, 100000);
	ck_assert_int_eq(c.tenths, 730);
	ck_assert_int_eq(c.annualised, 1);
	ck_assert_int_eq(c.pooled, 0);
	ck_assert_int_eq(c.population_year, 2024);
	ck_assert_int_eq(c.population_estimate, 0);
	ck_assert_int_eq(c.population_stale, 1); /* the year to March 2026 asks for mid-2025 */
}
END_TEST

/* North and south: 30 ÷ 70,000 × 10,000 × 365 ÷ 30 = 52.14. */
START_TEST(with_partial_coverage_the_rate_is_the_covered_districts_pooled_one)
{
	struct rollup_cell c;

	(void)hand_put(&hand, "north", "2025-04", "contacts", 10, 1);
	(void)hand_put(&hand, "south", "2025-04", "contacts", 20, 1);
	c = cell("contact_rate", "city", "2025-04");
	assert_cell(c, ROLLUP_PARTIAL, 2, 3);
	ck_assert_int_eq(c.pooled, 1);
	ck_assert_int_eq(c.denominator, 70000);
	ck_assert_int_eq(c.tenths, 521);
	ck_assert_int_eq(c.population_estimate, 1);
}
END_TEST

START_TEST(a_rate_without_population_is_withheld)
{
	struct rollup_cell c;

	(void)hand_put(&hand, "dudley", "2025-04", "contacts", 10, 1);
	c = cell("contact_rate", "dudley", "2025-04");
	assert_cell(c, ROLLUP_FINAL, 1, 1);
	ck_assert_int_eq(c.has_value, 0);
	ck_assert_int_eq(c.numerator, 10);
	ck_assert_int_eq(c.population_year, 0);
	c = cell("contact_rate", "west", "2025-04"); /* pooled over an area without population */
	ck_assert_int_eq(c.has_value, 0);
}
END_TEST

/* February 2024 has 29 days and lies in a year of 366: 29 contacts are 366 a year. The whole year
 * is left as it is. City, mid-2022 (the latest at or before mid-2023): 99,000. */
START_TEST(a_leap_year_has_366_days_and_a_year_is_not_annualised_further)
{
	struct period p = hand_period("2023-04");
	struct rollup_cell c;

	for (int i = 0; i < 12; i++) {
		char text[PERIOD_TEXT_BYTES];
		struct period month = period_next(p, i);

		put_all(period_format(month, text), "contacts", period_days(month), 0, 0);
	}
	c = cell("contact_rate", "city", "2024-02");
	ck_assert_double_eq_tol(c.value, 366.0 * 10000 / 99000, 1e-9);
	c = cell("contact_rate", "city", "2023-24");
	ck_assert_double_eq_tol(c.value, 366.0 * 10000 / 99000, 1e-9);
	ck_assert_int_eq(c.population_year, 2022);
}
END_TEST

START_TEST(a_stocks_rate_is_never_annualised)
{
	struct rollup_cell c;

	put_all("2025-04", "cin_open", 100, 100, 100);
	c = cell("cin_rate", "city", "2025-04");
	ck_assert_int_eq(c.annualised, 0);
	ck_assert_int_eq(c.tenths, 300); /* 300 of 100,000 */
}
END_TEST

/* ---- breakdowns */

static void put_sources(const char *area, int64_t police, int64_t health)
{
	int64_t report = hand_report(&hand, area, "2025-04", "2025-04-30", "2025-05-03");

	hand_total(&hand, report, "contacts", police + health, 1, 0);
	hand_figure(&hand, report, "contacts", "source", "", police + health, 1);
	if (police > 0)
		hand_figure(&hand, report, "contacts", "source", "police", police, 1);
	if (health > 0)
		hand_figure(&hand, report, "contacts", "source", "health", health, 1);
}

START_TEST(a_breakdown_lists_its_categories_in_declared_order)
{
	static const struct {
		const char *category;
		int64_t numerator;
	} wanted[] = { { "", 60 }, { "health", 45 }, { "police", 15 } };
	struct rollup_query q = query_of("contacts", "city", "2025-04", "2025-04");

	q.breakdown = "source";
	put_sources("north", 10, 0); /* no row for health: it is 0 */
	put_sources("south", 5, 15);
	put_sources("east", 0, 30);
	for (int worked = 0; worked < 2; worked++) {
		struct rollup_result *result = ask_query(&q);

		ck_assert_uint_eq(result->n, 3);
		for (size_t i = 0; i < result->n; i++) {
			ck_assert_str_eq(result->cells[i].category, wanted[i].category);
			ck_assert_int_eq(result->cells[i].numerator, wanted[i].numerator);
			assert_cell(result->cells[i], ROLLUP_FINAL, 3, 3);
		}
		rollup_free(&result);
		work_off();
	}
}
END_TEST

START_TEST(a_breakdown_that_an_area_lacks_is_partial_not_zero)
{
	struct rollup_query q = query_of("contacts", "city", "2025-04", "2025-04");
	struct rollup_result *result;

	q.breakdown = "source";
	put_sources("north", 10, 1);
	put_sources("south", 5, 15);
	(void)hand_put(&hand, "east", "2025-04", "contacts", 100, 1);
	work_off();
	result = ask_query(&q);
	assert_cell(result->cells[0], ROLLUP_PARTIAL, 2, 3);
	ck_assert_int_eq(result->cells[0].numerator, 31);
	rollup_free(&result);
	assert_cell(cell("contacts", "city", "2025-04"), ROLLUP_FINAL, 3, 3);
}
END_TEST

START_TEST(districts_follow_the_city_in_file_order)
{
	struct rollup_query q = query_of("contacts", "city", "2025-04", "2025-05");
	struct rollup_result *result;

	q.districts = 1;
	put_all("2025-04", "contacts", 10, 20, 30);
	work_off();
	result = ask_query(&q);
	ck_assert_uint_eq(result->n, 8);
	ck_assert_str_eq(result->cells[0].area, "city");
	ck_assert_int_eq(result->cells[0].numerator, 60);
	ck_assert_str_eq(result->cells[2].area, "north");
	ck_assert_int_eq(result->cells[2].numerator, 10);
	ck_assert_str_eq(result->cells[6].area, "east");
	assert_cell(result->cells[7], ROLLUP_MISSING, 0, 1);
	rollup_free(&result);
}
END_TEST

/* ---- as known on */

static int64_t known(const char *area, const char *period, const char *on)
{
	struct rollup_query q = query_of("contacts", area, period, period);
	struct rollup_result *result;
	int64_t value;

	q.as_known_on_us = hand_us(on);
	result = ask_query(&q);
	value = result->cells[0].status == ROLLUP_MISSING ? -1 : result->cells[0].numerator;
	rollup_free(&result);
	return value;
}

START_TEST(a_correction_is_not_known_before_it_arrived)
{
	int64_t report;

	(void)hand_put(&hand, "north", "2025-04", "contacts", 10, 1); /* received 5 May */
	report = hand_report(&hand, "north", "2025-04", "2025-05-31", "2025-06-02");
	hand_total(&hand, report, "contacts", 12, 1, 0);
	ck_assert_int_eq(known("north", "2025-04", "2025-05-04"), -1);
	ck_assert_int_eq(known("north", "2025-04", "2025-05-05"), 10);
	ck_assert_int_eq(known("north", "2025-04", "2025-06-01"), 10);
	ck_assert_int_eq(known("north", "2025-04", "2025-06-02"), 12);
	ck_assert_int_eq(known("city", "2025-04", "2025-06-01"), 10);
	ck_assert_int_eq(cell("contacts", "north", "2025-04").numerator, 12);
}
END_TEST

START_TEST(a_late_straggler_never_overwrites_a_newer_figure)
{
	int64_t report;

	(void)hand_put(&hand, "north", "2025-04", "contacts", 10, 1);
	report = hand_report(&hand, "north", "2025-04", "2025-04-15", "2025-07-01");
	hand_total(&hand, report, "contacts", 3, 1, 1);
	ck_assert_int_eq(known("north", "2025-04", "2025-08-01"), 10);
	ck_assert_int_eq(cell("contacts", "north", "2025-04").numerator, 10);
}
END_TEST

START_TEST(a_withdrawal_counts_from_when_it_was_received)
{
	int64_t wrong;

	(void)hand_put(&hand, "north", "2025-04", "contacts", 10, 1);
	wrong = hand_report(&hand, "north", "2025-04", "2025-05-31", "2025-06-02");
	hand_total(&hand, wrong, "contacts", 999, 1, 0);
	hand_withdraw(&hand, "north", wrong, "2025-06-10");
	ck_assert_int_eq(known("north", "2025-04", "2025-06-09"), 999);
	ck_assert_int_eq(known("north", "2025-04", "2025-06-10"), 10);
	ck_assert_int_eq(cell("contacts", "north", "2025-04").numerator, 10);
}
END_TEST

START_TEST(a_later_generation_wins_over_a_higher_sequence)
{
	int64_t report;

	(void)hand_put(&hand, "north", "2025-03", "contacts", 1, 1);
	(void)hand_put(&hand, "north", "2025-04", "contacts", 10, 1); /* sequence 2 */
	(void)hand_sql(&hand,
		       "INSERT INTO spool (agent, spool, generation, first_seen_us) "
		       "SELECT id, x'02', 2, 0 FROM agent WHERE name = ?1",
		       "s", "north");
	report =
		hand_report(&hand, "north", "2025-04", "2025-04-30", "2025-05-05"); /* sequence 1 */
	hand_total(&hand, report, "contacts", 11, 1, 0);
	ck_assert_int_eq(known("north", "2025-04", "2025-05-05"), 11);
}
END_TEST

/* ---- the worker */

START_TEST(the_worker_stays_within_its_slice)
{
	struct err err = { ERR_OK, "" };
	int64_t stamp_before;
	int64_t stamp;
	int64_t n_left;
	int n_done;

	put_all("2025-04", "contacts", 10, 20, 30);
	put_all("2025-05", "contacts", 1, 2, 3);
	assert_ok(store_figures_stamp(hand.store->db, &stamp_before, &err), err);
	assert_ok(rollup_work(hand.store, hand.areas, 3, &n_done, &n_left, &err), err);
	ck_assert_int_eq(n_done, 3); /* city and west, two months each: four buckets */
	ck_assert_int_eq(n_left, 1);
	assert_ok(rollup_work(hand.store, hand.areas, 3, &n_done, &n_left, &err), err);
	ck_assert_int_eq(n_done, 1);
	ck_assert_int_eq(n_left, 0);
	assert_ok(rollup_work(hand.store, hand.areas, 3, &n_done, &n_left, &err), err);
	ck_assert_int_eq(n_done, 0);
	assert_ok(store_figures_stamp(hand.store->db, &stamp, &err), err);
	ck_assert_int_eq(stamp, stamp_before + 2);
	ck_assert_int_eq(
		hand_sql(&hand, "SELECT sum(numerator) FROM rollup WHERE area = 'city'", ""), 66);
}
END_TEST

START_TEST(a_report_adds_only_the_measures_for_which_it_counts)
{
	int64_t first = hand_report(&hand, "north", "2025-04", "2025-04-30", "2025-05-01");
	int64_t second;

	hand_total(&hand, first, "contacts", 10, 1, 0);
	hand_total(&hand, first, "referrals", 5, 1, 0);
	second = hand_report(&hand, "north", "2025-04", "2025-05-31", "2025-06-01");
	hand_total(&hand, second, "contacts", 11, 1, 0); /* and says nothing of referrals */
	work_off();
	ck_assert_int_eq(hand_sql(&hand,
				  "SELECT numerator FROM rollup r JOIN series s ON s.id = r.series "
				  "WHERE r.area = 'city' AND s.measure = 'contacts'",
				  ""),
			 11);
	ck_assert_int_eq(hand_sql(&hand,
				  "SELECT numerator FROM rollup r JOIN series s ON s.id = r.series "
				  "WHERE r.area = 'city' AND s.measure = 'referrals'",
				  ""),
			 5);
}
END_TEST

START_TEST(the_bucket_of_an_area_that_is_gone_is_emptied)
{
	(void)hand_sql(&hand, "INSERT INTO dirty VALUES ('atlantis', 2020179, 1)", "");
	(void)hand_sql(&hand, "INSERT INTO rollup VALUES ('atlantis', 2020179, 1, 5, 5, 1, 0)", "");
	work_off();
	ck_assert_int_eq(hand_sql(&hand, "SELECT count(*) FROM rollup", ""), 0);
	ck_assert_int_eq(hand_sql(&hand, "SELECT count(*) FROM dirty", ""), 0);
}
END_TEST

START_TEST(sums_beyond_64_bits_stop_at_the_end)
{
	put_all("2025-04", "contacts", INT64_MAX - 1, INT64_MAX - 1, 5);
	ck_assert_int_eq(cell("contacts", "city", "2025-04").numerator, INT64_MAX);
	work_off();
	ck_assert_int_eq(cell("contacts", "city", "2025-04").numerator, INT64_MAX);
}
END_TEST

START_TEST(a_clean_bucket_is_read_as_kept_and_a_dirty_one_is_not)
{
	put_all("2025-04", "contacts", 10, 20, 30);
	work_off();
	(void)hand_sql(&hand, "UPDATE rollup SET numerator = 61 WHERE area = 'city'", "");
	ck_assert_int_eq(cell("contacts", "city", "2025-04").numerator, 61);
	(void)hand_sql(&hand, "INSERT INTO dirty SELECT area, period, 1 FROM rollup", "");
	ck_assert_int_eq(cell("contacts", "city", "2025-04").numerator, 60);
}
END_TEST

/* Reports at random, worked off now and then: the question gives the same whether the buckets are
 * clean or not, and what this test adds up by itself. */
START_TEST(kept_sums_equal_adding_up_and_both_equal_the_truth)
{
	static const char *const names[] = { "contacts", "cpp_open", "referrals" };
	static int64_t truth[3][N_DISTRICTS][12]; /* −1: not reported */
	struct period first = hand_period("2025-04");
	uint32_t random = 1;

	memset(truth, 0xff, sizeof truth);
	for (int i = 0; i < 400; i++) {
		int m;
		int d;
		int month;
		char text[PERIOD_TEXT_BYTES];

		random = random * 1664525u + 1013904223u;
		m = (int)(random >> 28) % 3;
		d = (int)(random >> 24) % N_DISTRICTS;
		month = (int)(random >> 16) % 12;
		truth[m][d][month] = (int64_t)(random >> 8) % 1000;
		(void)hand_put(&hand, districts[d], period_format(period_next(first, month), text),
			       names[m], truth[m][d][month], 1);
		if (i % 50 == 49)
			work_off();
	}
	for (int m = 0; m < 3; m++) {
		struct rollup_result *dirty = ask(names[m], "city", "2025-04", "2026-03");
		struct rollup_result *kept;

		work_off();
		kept = ask(names[m], "city", "2025-04", "2026-03");
		ck_assert_uint_eq(kept->n, 12);
		for (int month = 0; month < 12; month++) {
			int64_t sum = 0;
			int n = 0;

			for (int d = 0; d < N_DISTRICTS; d++) {
				n += truth[m][d][month] >= 0;
				sum += truth[m][d][month] >= 0 ? truth[m][d][month] : 0;
			}
			ck_assert_int_eq(kept->cells[month].numerator, sum);
			ck_assert_int_eq(kept->cells[month].n_reported, n);
			ck_assert_int_eq(dirty->cells[month].numerator, sum);
			ck_assert_int_eq(dirty->cells[month].n_reported, n);
			ck_assert_int_eq((int)dirty->cells[month].status,
					 (int)kept->cells[month].status);
		}
		rollup_free(&dirty);
		rollup_free(&kept);
	}
}
END_TEST

/* ---- questions that cannot be answered */

static void assert_refused(const struct rollup_query *query, enum err_code wanted,
			   const char *words)
{
	struct rollup_result *result = NULL;
	struct err err = { ERR_OK, "" };
	enum err_code code = ask_with(query, &result, &err);

	assert_error(code, wanted, err, words);
	ck_assert_ptr_null(result);
}

START_TEST(unknown_names_are_answered_with_the_nearest)
{
	struct rollup_query q = query_of("contact", "city", "2025-04", "2025-04");

	assert_refused(&q, ERR_MISSING, "no measure 'contact'; did you mean 'contacts'?");
	q.measure = "contacts";
	q.area = "norht";
	assert_refused(&q, ERR_MISSING, "no area 'norht'; did you mean 'north'?");
	q.area = "lake";
	assert_refused(&q, ERR_MISSING, "'lake' is a ward: ask for its district 'north'");
	q.area = "city";
	q.breakdown = "shoe_size";
	assert_refused(&q, ERR_MISSING,
		       "contacts has no breakdown by 'shoe_size'; it has age_band");
	q.measure = "contact_rate";
	q.breakdown = "source";
	assert_refused(&q, ERR_MISSING, "contact_rate has no breakdown by 'source'; it has none");
}
END_TEST

START_TEST(periods_that_make_no_sense_are_refused)
{
	struct rollup_query q = query_of("contacts", "city", "2025-05", "2025-04");

	assert_refused(&q, ERR_CONFIG, "from lies after to: swap them");
	q.to = hand_period("2025-26");
	assert_refused(&q, ERR_CONFIG, "from and to must each be a month");
	q = query_of("cpp_open", "city", "2025-W14", "2025-W15");
	assert_refused(&q, ERR_CONFIG, "cpp_open is not reported by week: ask for it by month");
	q = query_of("contacts", "city", "2010-W01", "2060-W01");
	assert_refused(&q, ERR_TOO_BIG, "more than 1200 periods");
}
END_TEST

START_TEST(each_failing_allocation_gives_nomem_and_leaks_nothing)
{
	struct rollup_query q = query_of("caseload", "city", "2025-04", "2025-06");
	struct rollup_result *result = NULL;
	struct err err = { ERR_OK, "" };
	long n;

	q.districts = 1;
	put_all("2025-04", "cases_held", 90, 10, 20);
	put_all("2025-04", "case_holder_fte", 5000000, 1000000, 500000);
	harness_fail_allocation(0);
	(void)ask_with(&q, &result, &err);
	n = harness_allocations();
	ck_assert_ptr_nonnull(result);
	rollup_free(&result);
	ck_assert_int_gt(n, 8);
	for (long i = 1; i <= n; i++) {
		enum err_code code;

		harness_fail_allocation(i);
		code = ask_with(&q, &result, &err);
		harness_fail_allocation(0);
		assert_error(code, ERR_NOMEM, err, "out of memory");
		ck_assert_ptr_null(result);
	}
}
END_TEST

/* ---- query plans */

static char statements[32][2048];
static int n_statements;

static int on_statement(unsigned what, void *data, void *stmt, void *text)
{
	(void)what;
	(void)data;
	(void)text;
	for (int i = 0; i < n_statements; i++)
		if (strcmp(statements[i], sqlite3_sql(stmt)) == 0)
			return 0;
	if (n_statements < 32)
		(void)snprintf(statements[n_statements++], sizeof statements[0], "%s",
			       sqlite3_sql(stmt));
	return 0;
}

/* "SCAN x" of a plan's line, but for a derived table and the queue, which is read in order. */
static void assert_no_scan(const char *sql)
{
	char explain[2304];
	sqlite3_stmt *stmt = NULL;
	struct err err = { ERR_OK, "" };
	int row = 1;

	if (strncmp(sql, "SELECT", 6) != 0 && strncmp(sql, "INSERT", 6) != 0 &&
	    strncmp(sql, "DELETE", 6) != 0)
		return;
	(void)snprintf(explain, sizeof explain, "EXPLAIN QUERY PLAN %s", sql);
	assert_ok(db_prepare(hand.store->db, &stmt, explain, &err), err);
	while (row) {
		const char *line;

		assert_ok(db_step(stmt, &row, &err), err);
		line = row ? db_text(stmt, 3) : "";
		ck_assert_msg(strncmp(line, "SCAN", 4) != 0 || strstr(line, "SCAN dirty") != NULL ||
				      strcmp(line, "SCAN carrying") == 0 ||
				      strcmp(line, "SCAN reports") == 0 ||
				      strcmp(line, "SCAN CONSTANT ROW") == 0,
			      "%s in %s", line, sql);
	}
	db_finalize(&stmt);
}

START_TEST(no_statement_reads_a_whole_table)
{
	struct rollup_query q = query_of("contacts", "city", "2025-04", "2025-05");
	struct rollup_result *result;

	put_sources("north", 10, 1);
	put_sources("south", 5, 15);
	put_sources("east", 5, 15);
	n_statements = 0;
	(void)sqlite3_trace_v2(hand.store->db, SQLITE_TRACE_STMT, on_statement, NULL);
	for (int i = 0; i < 16; i++) {
		q.breakdown = i & 1 ? "source" : NULL;
		q.districts = (i & 2) != 0;
		q.as_known_on_us = i & 4 ? hand_us("2025-06-01") : 0;
		q.area = i & 8 ? "north" : "city";
		result = ask_query(&q);
		rollup_free(&result);
		work_off();
	}
	(void)sqlite3_trace_v2(hand.store->db, 0, NULL, NULL);
	ck_assert_int_ge(n_statements, 10);
	for (int i = 0; i < n_statements; i++)
		assert_no_scan(statements[i]);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, flows_add_over_districts_and_months);
	tcase_add_test(tc, stocks_take_the_last_month_and_never_add_months);
	tcase_add_test(tc, a_year_adds_twelve_months);
	tcase_add_test(tc, weeks_add_over_districts);
	tcase_add_test(tc, a_caseload_is_pooled_and_never_averaged);
	tcase_add_test(tc, a_percentage_adds_numerators_and_denominators);
	tcase_add_test(tc, what_is_shown_is_rounded_half_up_exactly);
	tcase_add_test(tc, fte_and_days_are_shown_in_their_unit);
	tcase_add_test(tc, a_region_adds_districts_and_authorities_without_any);
	tcase_add_test(tc, a_partial_count_covers_those_that_reported);
	tcase_add_test(tc, missing_is_not_zero_and_zero_is_not_missing);
	tcase_add_test(tc, a_quarter_counts_the_areas_that_have_every_month);
	tcase_add_test(tc, a_figure_is_provisional_when_one_of_its_reports_is);
	tcase_add_test(tc, a_derived_figure_covers_the_areas_that_have_both_parts);
	tcase_add_test(tc, the_settings_narrow_who_is_expected);
	tcase_add_test(tc, the_citys_rate_uses_its_own_population_and_is_annualised);
	tcase_add_test(tc, with_partial_coverage_the_rate_is_the_covered_districts_pooled_one);
	tcase_add_test(tc, a_rate_without_population_is_withheld);
	tcase_add_test(tc, a_leap_year_has_366_days_and_a_year_is_not_annualised_further);
	tcase_add_test(tc, a_stocks_rate_is_never_annualised);
	tcase_add_test(tc, a_breakdown_lists_its_categories_in_declared_order);
	tcase_add_test(tc, a_breakdown_that_an_area_lacks_is_partial_not_zero);
	tcase_add_test(tc, districts_follow_the_city_in_file_order);
	tcase_add_test(tc, a_correction_is_not_known_before_it_arrived);
	tcase_add_test(tc, a_late_straggler_never_overwrites_a_newer_figure);
	tcase_add_test(tc, a_withdrawal_counts_from_when_it_was_received);
	tcase_add_test(tc, a_later_generation_wins_over_a_higher_sequence);
	tcase_add_test(tc, the_worker_stays_within_its_slice);
	tcase_add_test(tc, a_report_adds_only_the_measures_for_which_it_counts);
	tcase_add_test(tc, the_bucket_of_an_area_that_is_gone_is_emptied);
	tcase_add_test(tc, sums_beyond_64_bits_stop_at_the_end);
	tcase_add_test(tc, a_clean_bucket_is_read_as_kept_and_a_dirty_one_is_not);
	tcase_add_test(tc, kept_sums_equal_adding_up_and_both_equal_the_truth);
	tcase_add_test(tc, unknown_names_are_answered_with_the_nearest);
	tcase_add_test(tc, periods_that_make_no_sense_are_refused);
	tcase_add_test(tc, each_failing_allocation_gives_nomem_and_leaks_nothing);
	tcase_add_test(tc, no_statement_reads_a_whole_table);
}

HARNESS_MAIN("rollup", add)
