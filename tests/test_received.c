#include "aggregator/received.h"

#include "tests/hand_store.h"
#include "tests/harness.h"

#include <string.h>

static const char areas_csv[] = "code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
				"city,City,authority,,,,,\n"
				"north,North,district,city,,,,\n"
				"south,South,district,city,,,,\n";

static char city[] = "city", south[] = "south", annex_a[] = "annex_a", workforce[] = "workforce";
static char april[] = "2025-04", may[] = "2025-05";

static struct hand_store hand;
static struct aggregator_expected expected[2];
static struct aggregator_config config;

/* April 2025 ends on a Wednesday; ten working days later, past the bank holiday of 5 May, is
 * Thursday 15 May. */
#define APRIL_DUE "2025-05-15"

static void setup(void)
{
	hand_store_open(&hand, areas_csv, NULL);
	memset(&config, 0, sizeof config);
	expected[0] = (struct aggregator_expected){ city, annex_a, april, NULL };
	config.expected = expected;
	config.n_expected = 1;
	config.due_working_days = 10;
}

static void teardown(void)
{
	hand_store_close(&hand);
}

static struct received *grid(const char *from, const char *to, const char *now)
{
	struct rollup_context context = { hand.store, hand.areas, NULL, &config };
	struct received *received = NULL;
	struct err err = { ERR_OK, "" };

	assert_ok(received_run(&context, "city", hand_period(from), hand_period(to), hand_us(now),
			       &received, &err),
		  err);
	return received;
}

/* The cell of north for a month, as at midnight at the start of `now`. */
static struct received_cell north(const char *month, const char *now)
{
	struct received *received = grid(month, month, now);
	struct received_cell c = received->cells[0];

	ck_assert_str_eq(c.area, "north");
	received_free(&received);
	return c;
}

#define assert_state(c, wanted) \
	ck_assert_str_eq(received_state_name((c).state), received_state_name(wanted))

static void put_return(const char *as_at, int accepted, int n_lists, int n_nil)
{
	int64_t entry = hand_entry(&hand, "north", "2025-05-02");

	(void)hand_sql(
		&hand,
		"INSERT INTO return VALUES (?1, 'north', 'annex_a', ?2, ?3, ?4, ?5, 0, 0, 0, "
		"'')",
		"iiiii", entry, (int64_t)hand_day(as_at), (int64_t)accepted, (int64_t)n_lists,
		(int64_t)n_nil);
}

START_TEST(nothing_is_not_due_until_the_due_day_is_over)
{
	struct received_cell c = north("2025-04", APRIL_DUE);

	assert_state(c, RECEIVED_NOT_DUE);
	ck_assert_int_eq(c.due, hand_day(APRIL_DUE));
	assert_state(north("2025-04", "2025-05-16"), RECEIVED_MISSING);
}
END_TEST

START_TEST(a_report_is_on_time_on_the_due_day_and_late_after_it)
{
	(void)hand_report(&hand, "north", "2025-04", "2025-04-30", APRIL_DUE);
	assert_state(north("2025-04", "2025-06-30"), RECEIVED_ON_TIME);
	(void)hand_report(&hand, "north", "2025-05", "2025-05-31", "2025-06-17");
	/* May: Saturday 31 + 10 working days = Friday 13 June */
	assert_state(north("2025-05", "2025-06-30"), RECEIVED_LATE);
	ck_assert_int_eq(north("2025-05", "2025-06-30").due, hand_day("2025-06-13"));
}
END_TEST

START_TEST(a_correction_keeps_the_first_arrival_and_is_counted)
{
	int64_t wrong;
	struct received_cell c;

	(void)hand_report(&hand, "north", "2025-04", "2025-04-30", "2025-05-06");
	(void)hand_report(&hand, "north", "2025-04", "2025-05-31", "2025-06-03");
	wrong = hand_report(&hand, "north", "2025-04", "2025-06-30", "2025-07-03");
	c = north("2025-04", "2025-08-01");
	assert_state(c, RECEIVED_ON_TIME);
	ck_assert_int_eq(c.n_corrected, 2);
	ck_assert_int_eq(c.as_at, hand_day("2025-06-30"));
	hand_withdraw(&hand, "north", wrong, "2025-07-10");
	c = north("2025-04", "2025-08-01");
	ck_assert_int_eq(c.n_corrected, 1);
	ck_assert_int_eq(c.as_at, hand_day("2025-05-31"));
}
END_TEST

START_TEST(an_extract_from_before_the_months_end_does_not_settle_it)
{
	(void)hand_report(&hand, "north", "2025-04", "2025-04-20", "2025-04-21");
	assert_state(north("2025-04", "2025-05-10"), RECEIVED_NOT_DUE);
	assert_state(north("2025-04", "2025-05-16"), RECEIVED_PROVISIONAL);
}
END_TEST

START_TEST(what_was_due_before_the_agent_was_enrolled_is_history)
{
	(void)hand_agent(&hand, "north", "2025-05-16");
	(void)hand_report(&hand, "north", "2025-04", "2025-05-31", "2025-06-03");
	(void)hand_report(&hand, "north", "2025-05", "2025-05-31", "2025-06-20");
	assert_state(north("2025-04", "2025-07-01"), RECEIVED_HISTORY);
	assert_state(north("2025-05", "2025-07-01"), RECEIVED_LATE);
}
END_TEST

START_TEST(a_nil_return_is_said_beside_its_state)
{
	(void)hand_report(&hand, "north", "2025-04", "2025-04-30", "2025-05-02");
	put_return("2025-04-30", 1, 3, 2);
	ck_assert_int_eq(north("2025-04", "2025-06-01").nil, 0);
	put_return("2025-04-30", 1, 3, 3);
	ck_assert_int_eq(north("2025-04", "2025-06-01").nil, 1);
	assert_state(north("2025-04", "2025-06-01"), RECEIVED_ON_TIME);
}
END_TEST

START_TEST(a_refused_extract_shows_until_a_report_comes)
{
	put_return("2025-04-30", 0, 3, 0);
	assert_state(north("2025-04", "2025-05-10"), RECEIVED_REFUSED);
	assert_state(north("2025-04", "2025-06-10"), RECEIVED_REFUSED);
	(void)hand_report(&hand, "north", "2025-04", "2025-04-30", "2025-05-12");
	assert_state(north("2025-04", "2025-06-10"), RECEIVED_ON_TIME);
}
END_TEST

START_TEST(a_report_refused_on_arrival_is_counted)
{
	struct received_cell c;

	(void)hand_sql(&hand,
		       "INSERT INTO refusal VALUES (?1, 9, 0, x'00', 'denied', 'no', 'north', "
		       "'annex_a', ?2)",
		       "ii", hand_spool(&hand, "north"), period_key(hand_period("2025-04")));
	c = north("2025-04", "2025-06-10");
	assert_state(c, RECEIVED_REFUSED);
	ck_assert_int_eq(c.n_refused, 1);
	(void)hand_report(&hand, "north", "2025-04", "2025-04-30", "2025-05-12");
	c = north("2025-04", "2025-06-10");
	assert_state(c, RECEIVED_ON_TIME);
	ck_assert_int_eq(c.n_refused, 1);
}
END_TEST

START_TEST(the_expected_calendar_decides_and_not_what_was_seen)
{
	struct received *received;

	(void)hand_report(&hand, "north", "2025-03", "2025-03-31", "2025-04-02");
	received = grid("2025-03", "2025-04", "2025-06-01");
	ck_assert_uint_eq(received->n, 4);
	assert_state(received->cells[0], RECEIVED_NOT_EXPECTED);
	assert_state(received->cells[1], RECEIVED_MISSING);
	ck_assert_str_eq(received->cells[2].area, "south");
	assert_state(received->cells[3], RECEIVED_MISSING);
	received_free(&received);
}
END_TEST

START_TEST(each_dataset_has_its_own_grid_of_the_areas_that_give_it)
{
	struct received *received;

	expected[1] = (struct aggregator_expected){ south, workforce, may, may };
	config.n_expected = 2;
	(void)hand_report(&hand, "south", "2025-05", "2025-05-31", "2025-06-02");
	received = grid("2025-05", "2025-06", "2025-06-10");
	ck_assert_uint_eq(received->n, 6);
	assert_state(received->cells[2], RECEIVED_ON_TIME); /* south, annex_a, May */
	ck_assert_str_eq(received->cells[4].dataset, "workforce");
	ck_assert_str_eq(received->cells[4].area, "south");
	assert_state(received->cells[4], RECEIVED_NOT_DUE); /* the report was of annex_a */
	assert_state(received->cells[5], RECEIVED_NOT_EXPECTED);
	received_free(&received);
}
END_TEST

START_TEST(settings_that_expect_nothing_are_named)
{
	struct rollup_context context = { hand.store, hand.areas, NULL, &config };
	struct received *received = NULL;
	struct err err;

	config.n_expected = 0;
	assert_error(received_run(&context, "city", hand_period("2025-04"), hand_period("2025-04"),
				  0, &received, &err),
		     ERR_CONFIG, err, "nothing is expected of city in these months: name area");
	assert_error(received_run(&context, "citi", hand_period("2025-04"), hand_period("2025-04"),
				  0, &received, &err),
		     ERR_MISSING, err, "no area 'citi'; did you mean 'city'?");
	assert_error(received_run(&context, "city", hand_period("2025-04"), hand_period("2025-26"),
				  0, &received, &err),
		     ERR_CONFIG, err, "from and to must be months");
	ck_assert_ptr_null(received);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nothing_is_not_due_until_the_due_day_is_over);
	tcase_add_test(tc, a_report_is_on_time_on_the_due_day_and_late_after_it);
	tcase_add_test(tc, a_correction_keeps_the_first_arrival_and_is_counted);
	tcase_add_test(tc, an_extract_from_before_the_months_end_does_not_settle_it);
	tcase_add_test(tc, what_was_due_before_the_agent_was_enrolled_is_history);
	tcase_add_test(tc, a_nil_return_is_said_beside_its_state);
	tcase_add_test(tc, a_refused_extract_shows_until_a_report_comes);
	tcase_add_test(tc, a_report_refused_on_arrival_is_counted);
	tcase_add_test(tc, the_expected_calendar_decides_and_not_what_was_seen);
	tcase_add_test(tc, each_dataset_has_its_own_grid_of_the_areas_that_give_it);
	tcase_add_test(tc, settings_that_expect_nothing_are_named);
}

HARNESS_MAIN("received", add)
