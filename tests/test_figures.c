#include "aggregator/web/figures.h"

#include "aggregator/web/figures_cache.h"
#include "tests/hand_store.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/clock.h"

static const char areas_csv[] = "code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
				"west,West,region,,,,,\n"
				"city,City,authority,west,,,,\n"
				"north,North,district,city,,,,\n"
				"south,South,district,city,,,,\n";

static const uint8_t key[16] = { 7 };
static char city[] = "city";

static struct hand_store hand;
static struct measure_set *measures;
static struct aggregator_config config;
static struct figures *figures;

static const struct viewer central = { .role = ROLE_CENTRAL };
static const struct viewer commissioner = { .role = ROLE_COMMISSIONER };
static const struct viewer north = { .role = ROLE_DISTRICT, .area = "north" };
static const struct viewer south = { .role = ROLE_DISTRICT, .area = "south" };

static void setup(void)
{
	struct rollup_context context;
	struct err err = { ERR_OK, "" };

	hand_store_open(&hand, areas_csv, NULL);
	assert_ok(measures_load(NULL, &measures, &err), err);
	memset(&config, 0, sizeof config);
	config.area = city;
	context = (struct rollup_context){ hand.store, hand.areas, measures, &config };
	assert_ok(figures_new(&context, key, &figures, &err), err);
	(void)hand_put(&hand, "north", "2026-08", "contacts", 12, 12);
	(void)hand_put(&hand, "north", "2026-09", "contacts", 3, 3);
	(void)hand_put(&hand, "south", "2026-08", "contacts", 101, 101);
	(void)hand_put(&hand, "south", "2026-09", "contacts", 104, 104);
}

static void teardown(void)
{
	figures_free(&figures);
	hand_store_close(&hand);
	measures_free(&measures);
}

static struct rollup_query query_of(const char *measure, const char *area, int districts)
{
	return (struct rollup_query){ .measure = measure,
				      .area = area,
				      .districts = districts,
				      .by = PERIOD_MONTH,
				      .from = hand_period("2026-08"),
				      .to = hand_period("2026-09") };
}

static const struct figure_set *ask(const struct viewer *v, const struct rollup_query *q)
{
	const struct figure_set *set = NULL;
	struct err err = { ERR_OK, "" };

	assert_ok(figures_get(figures, v, q, &set, &err), err);
	return set;
}

static const struct figure_set *contacts(const struct viewer *v, const char *area, int districts)
{
	struct rollup_query q = query_of("contacts", area, districts);

	return ask(v, &q);
}

static const struct figure *september(const struct figure_set *set, const char *area)
{
	const struct figure *f = figures_find(set, area, hand_period("2026-09"), "");

	ck_assert_ptr_nonnull(f);
	return f;
}

START_TEST(central_sees_exact_counts)
{
	const struct figure_set *set = contacts(&central, "city", 1);

	ck_assert_uint_eq(set->n, 6);
	ck_assert_str_eq(set->measure->code, "contacts");
	ck_assert_int_eq(september(set, "north")->shown, FIGURE_EXACT);
	ck_assert_int_eq(september(set, "north")->cell.numerator, 3);
	ck_assert_int_eq(september(set, "city")->cell.numerator, 107);
}
END_TEST

START_TEST(commissioner_sees_every_district_protected)
{
	const struct figure_set *set = contacts(&commissioner, "city", 1);

	ck_assert_uint_eq(set->n, 6);
	ck_assert_int_eq(september(set, "north")->shown, FIGURE_SUPPRESSED);
	ck_assert_int_eq(september(set, "south")->shown, FIGURE_ROUNDED);
	ck_assert_int_eq(september(set, "south")->cell.numerator % 5, 0);
	ck_assert_int_eq(september(set, "city")->shown, FIGURE_ROUNDED);
	ck_assert_int_eq(september(set, "city")->cell.numerator % 5, 0);
}
END_TEST

START_TEST(district_sees_its_own_exact_the_city_protected_and_no_other)
{
	const struct figure_set *set = contacts(&north, "city", 1);

	ck_assert_uint_eq(set->n, 4);
	ck_assert_int_eq(september(set, "north")->shown, FIGURE_EXACT);
	ck_assert_int_eq(september(set, "north")->cell.numerator, 3);
	ck_assert_int_eq(september(set, "city")->shown, FIGURE_ROUNDED);
	ck_assert_ptr_null(figures_find(set, "south", hand_period("2026-09"), ""));
	set = contacts(&south, "city", 1);
	ck_assert_ptr_null(figures_find(set, "north", hand_period("2026-09"), ""));
	ck_assert_int_eq(september(set, "south")->cell.numerator, 104);
}
END_TEST

START_TEST(district_is_refused_another_district_and_the_region)
{
	const struct figure_set *set = NULL;
	struct err err = { ERR_OK, "" };
	struct rollup_query q = query_of("contacts", "south", 0);

	assert_error(figures_get(figures, &north, &q, &set, &err), ERR_DENIED, err,
		     "figures of South are not shown to this account: ask for your own district or "
		     "the city");
	ck_assert_ptr_null(set);
	q.area = "west";
	assert_error(figures_get(figures, &north, &q, &set, &err), ERR_DENIED, err, "West");
	q.area = "city";
	(void)ask(&north, &q);
}
END_TEST

START_TEST(who_may_see_nothing_is_refused)
{
	static const struct viewer nobody = { .role = ROLE_NONE };
	static const struct viewer dfe = { .role = ROLE_DFE };
	const struct figure_set *set = NULL;
	struct rollup_query q = query_of("contacts", "city", 0);
	struct err err = { ERR_OK, "" };

	assert_error(figures_get(figures, &nobody, &q, &set, &err), ERR_DENIED, err, "City");
	assert_error(figures_get(figures, &dfe, &q, &set, &err), ERR_DENIED, err, "City");
}
END_TEST

START_TEST(wrong_questions_name_the_nearest_right_one)
{
	const struct figure_set *set = NULL;
	struct err err = { ERR_OK, "" };
	struct rollup_query q = query_of("contcats", "city", 0);

	assert_error(figures_get(figures, &central, &q, &set, &err), ERR_MISSING, err,
		     "no measure 'contcats'; did you mean 'contacts'?");
	ck_assert_ptr_null(strstr(err.text, "roll-up"));
	q = query_of("contacts", "nort", 0);
	assert_error(figures_get(figures, &north, &q, &set, &err), ERR_MISSING, err,
		     "no area 'nort'; did you mean 'north'?");
	q = query_of("contacts", "city", 0);
	q.breakdown = "team";
	assert_error(figures_get(figures, &commissioner, &q, &set, &err), ERR_MISSING, err,
		     "contacts has no breakdown by 'team'");
}
END_TEST

START_TEST(same_question_is_answered_from_memory)
{
	const struct figure_set *set = contacts(&central, "city", 1);
	const struct figure_set *shown = contacts(&commissioner, "city", 1);

	figures_begin(figures);
	ck_assert_ptr_eq(contacts(&central, "city", 1), set);
	ck_assert_ptr_eq(contacts(&commissioner, "city", 1), shown);
	ck_assert_ptr_ne(shown, set);
	ck_assert_ptr_ne(contacts(&north, "city", 1), contacts(&south, "city", 1));
	ck_assert_ptr_ne(contacts(&central, "city", 0), set);
}
END_TEST

START_TEST(breakdown_and_past_state_are_questions_of_their_own)
{
	struct rollup_query q = query_of("contacts", "city", 0);
	const struct figure_set *now = ask(&central, &q);
	const struct figure_set *then;
	const struct figure_set *again;

	q.as_known_on_us = hand_us("2026-09-20"); /* August had come, September had not */
	then = ask(&central, &q);
	ck_assert_ptr_ne(then, now);
	ck_assert_int_eq(september(now, "city")->cell.numerator, 107);
	ck_assert_int_eq(september(then, "city")->cell.status, ROLLUP_MISSING);
	ck_assert_int_eq(september(ask(&commissioner, &q), "city")->shown, FIGURE_EXACT);
	again = ask(&central, &q);
	ck_assert_ptr_eq(again, then);
	q.breakdown = "age_band";
	ck_assert_ptr_ne(ask(&central, &q), then);
}
END_TEST

/* The stamp is looked at every FIGURES_FRESH_MS at the latest. */
static void begin_until_stamp_differs(int64_t stamp)
{
	int64_t limit = clock_mono_ms() + 60000;

	while (figures_stamp(figures) == stamp) {
		ck_assert_msg(clock_mono_ms() < limit, "the stamp is never looked at");
		figures_begin(figures);
	}
}

START_TEST(new_figures_are_shown_once_the_stamp_changes)
{
	int64_t stamp = figures_stamp(figures);

	ck_assert_int_eq(september(contacts(&commissioner, "north", 0), "north")->shown,
			 FIGURE_SUPPRESSED);
	(void)hand_put(&hand, "north", "2026-09", "contacts", 25, 25);
	(void)hand_sql(&hand, "UPDATE meta SET value = value + 1 WHERE key = 'figures_stamp'", "");
	/* within one handler nothing moves */
	ck_assert_int_eq(september(contacts(&commissioner, "north", 0), "north")->shown,
			 FIGURE_SUPPRESSED);
	begin_until_stamp_differs(stamp);
	ck_assert_int_eq(september(contacts(&commissioner, "north", 0), "north")->cell.numerator,
			 25);
}
END_TEST

START_TEST(newest_is_when_the_last_entry_came)
{
	int64_t before = figures_newest_us(figures);

	ck_assert_int_eq(before, hand_us("2026-10-05"));
}
END_TEST

START_TEST(no_transaction_stays_open)
{
	(void)contacts(&commissioner, "city", 1);
	(void)figures_stamp(figures);
	figures_begin(figures);
	ck_assert_int_ne(sqlite3_get_autocommit(hand.store->db), 0);
	ck_assert_ptr_nonnull(sqlite3_next_stmt(hand.store->db, NULL));
	for (sqlite3_stmt *s = NULL; (s = sqlite3_next_stmt(hand.store->db, s)) != NULL;)
		ck_assert_msg(!sqlite3_stmt_busy(s), "still open: %s", sqlite3_sql(s));
}
END_TEST

START_TEST(finds_each_figure_by_area_period_and_category)
{
	static const char *const bands[] = { "", "0", "1_to_4", "5_to_9", "10_to_15" };
	struct rollup_query q = query_of("contacts", "city", 1);
	int64_t august = hand_put(&hand, "north", "2026-08", "contacts", 30, 30);
	const struct figure_set *set;

	for (size_t i = 0; i < sizeof bands / sizeof bands[0]; i++)
		hand_figure(&hand, august, "contacts", "age_band", bands[i],
			    i == 0 ? 30 : (int64_t)i + 5, 1);
	q.breakdown = "age_band";
	set = ask(&central, &q);
	for (size_t i = 0; i < set->n; i++) {
		const struct rollup_cell *c = &set->figures[i].cell;

		ck_assert_ptr_eq(figures_find(set, c->area, c->period, c->category),
				 &set->figures[i]);
	}
	ck_assert_int_eq(figures_find(set, "north", q.from, "5_to_9")->cell.numerator, 8);
	ck_assert_int_eq(figures_find(set, "north", q.from, NULL)->cell.numerator, 30);
	ck_assert_ptr_null(figures_find(set, "north", q.from, "16_to_17"));
	ck_assert_ptr_null(figures_find(set, "north", hand_period("2026-10"), ""));
	ck_assert_ptr_null(figures_find(set, "north", hand_period("2026-07"), ""));
	ck_assert_ptr_null(figures_find(set, "east", q.from, ""));
}
END_TEST

/* ---- memory */

static struct figures_entry *put_in_cache(struct figures_cache *c, const char *name, int64_t stamp)
{
	struct figure_set set = { NULL, calloc(10, sizeof(struct figure)), 10 };
	struct figures_entry *e = NULL;
	struct err err = { ERR_OK, "" };

	assert_ok(figures_cache_add(c, name, stamp, &set, &e, &err), err);
	return e;
}

START_TEST(least_recently_used_goes_first)
{
	static struct figures_cache c;
	size_t one = put_in_cache(&c, "a", 1)->bytes;

	(void)put_in_cache(&c, "b", 1);
	(void)put_in_cache(&c, "c", 1);
	ck_assert_uint_ge(one, 10 * sizeof(struct figure));
	ck_assert_uint_eq(c.bytes, 3 * one);
	ck_assert_ptr_nonnull(figures_cache_find(&c, "a", 1));
	figures_cache_trim(&c, 1, 2 * one);
	ck_assert_ptr_null(figures_cache_find(&c, "b", 1));
	ck_assert_ptr_nonnull(figures_cache_find(&c, "a", 1));
	ck_assert_ptr_nonnull(figures_cache_find(&c, "c", 1));
	figures_cache_trim(&c, 1, 0);
	ck_assert_uint_eq(c.bytes + c.n, 0);
	ck_assert_ptr_null(c.newest);
	ck_assert_ptr_null(c.oldest);
}
END_TEST

START_TEST(figures_of_an_earlier_stamp_are_not_found_and_go)
{
	static struct figures_cache c;

	(void)put_in_cache(&c, "a", 1);
	ck_assert_ptr_null(figures_cache_find(&c, "a", 2));
	(void)put_in_cache(&c, "a", 2);
	(void)put_in_cache(&c, "b", 1);
	figures_cache_trim(&c, 2, (size_t)-1);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_int_eq(figures_cache_find(&c, "a", 2)->stamp, 2);
	figures_cache_trim(&c, 0, 0);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
	struct rollup_query q = query_of("contacts", "city", 1);
	enum err_code code = ERR_NOMEM;
	long n;

	for (n = 1; code == ERR_NOMEM; n++) {
		const struct figure_set *set = NULL;
		struct err err = { ERR_OK, "" };

		harness_fail_allocation(n);
		code = figures_get(figures, &commissioner, &q, &set, &err);
		harness_fail_allocation(0);
		if (code != ERR_OK)
			assert_error(code, ERR_NOMEM, err, "out of memory");
	}
	ck_assert_int_eq(code, ERR_OK);
	ck_assert_int_gt(n, 5);
}
END_TEST

/* ---- words */

static const char *text_of(const char *measure, enum figure_shown shown, int64_t tenths,
			   int has_value)
{
	static char out[FIGURE_TEXT_BYTES];
	struct figure f = {
		.cell = { .status = ROLLUP_FINAL, .tenths = tenths, .has_value = has_value },
		.shown = shown
	};

	return figure_text(measures_find(measures, measure), &f, out);
}

START_TEST(figures_are_written_in_their_unit)
{
	struct figure missing = { .cell = { .status = ROLLUP_MISSING } };
	char out[FIGURE_TEXT_BYTES];

	ck_assert_str_eq(text_of("contacts", FIGURE_EXACT, 12340, 1), "1,234");
	ck_assert_str_eq(text_of("contacts", FIGURE_EXACT, 0, 1), "0");
	ck_assert_str_eq(text_of("contacts", FIGURE_SUPPRESSED, 0, 0), "c");
	ck_assert_str_eq(text_of("contacts_repeat_12m", FIGURE_EXACT, 224, 1), "22.4%");
	ck_assert_str_eq(text_of("contacts_repeat_12m", FIGURE_EXACT, 0, 0), "n/a");
	ck_assert_str_eq(text_of("cin_rate", FIGURE_EXACT, 12345, 1), "1,234.5");
	ck_assert_str_eq(text_of("caseload", FIGURE_ROUNDED, 183, 1), "18.3");
	ck_assert_str_eq(text_of("agency_fte", FIGURE_EXACT, 125, 1), "12.5");
	ck_assert_str_eq(text_of("agency_fte", FIGURE_ROUNDED, 130, 1), "13");
	ck_assert_str_eq(text_of("agency_rate", FIGURE_ROUNDED, 162, 1), "16.2%");
	ck_assert_str_eq(text_of("caseload", FIGURE_EXACT, -5, 1), "\u22120.5");
	ck_assert_str_eq(figure_text(measures_find(measures, "contacts"), &missing, out),
			 "no data");
	ck_assert_str_eq(figure_unit(measures_find(measures, "cin_rate")), " per 10,000 children");
	ck_assert_str_eq(figure_unit(measures_find(measures, "agency_rate")), "%");
	ck_assert_str_eq(figure_unit(measures_find(measures, "agency_fte")), " FTE");
	ck_assert_str_eq(figure_unit(measures_find(measures, "absence_days")), " days");
	ck_assert_str_eq(figure_unit(measures_find(measures, "contacts")), "");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, central_sees_exact_counts);
	tcase_add_test(tc, commissioner_sees_every_district_protected);
	tcase_add_test(tc, district_sees_its_own_exact_the_city_protected_and_no_other);
	tcase_add_test(tc, district_is_refused_another_district_and_the_region);
	tcase_add_test(tc, who_may_see_nothing_is_refused);
	tcase_add_test(tc, wrong_questions_name_the_nearest_right_one);
	tcase_add_test(tc, same_question_is_answered_from_memory);
	tcase_add_test(tc, breakdown_and_past_state_are_questions_of_their_own);
	tcase_add_test(tc, new_figures_are_shown_once_the_stamp_changes);
	tcase_add_test(tc, newest_is_when_the_last_entry_came);
	tcase_add_test(tc, no_transaction_stays_open);
	tcase_add_test(tc, finds_each_figure_by_area_period_and_category);
	tcase_add_test(tc, least_recently_used_goes_first);
	tcase_add_test(tc, figures_of_an_earlier_stamp_are_not_found_and_go);
	tcase_add_test(tc, every_allocation_may_fail);
	tcase_add_test(tc, figures_are_written_in_their_unit);
}

HARNESS_MAIN("figures", add)
