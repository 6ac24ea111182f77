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

/* April's report with one measure, contacts: girls of all, by sex. */
static int64_t put_april(const char *as_at, const char *received, int64_t contacts, int64_t girls,
			 int provisional)
{
	int64_t report = hand_report(&hand, "north", "2025-04", as_at, received);

	hand_total(&hand, report, "contacts", contacts, contacts, provisional);
	hand_figure(&hand, report, "contacts", "sex", "", contacts, contacts);
	hand_figure(&hand, report, "contacts", "sex", "f", girls, girls);
	hand_figure(&hand, report, "contacts", "sex", "m", contacts - girls, contacts - girls);
	return report;
}

static int n_corrected(void)
{
	return north("2025-04", "2025-08-01").n_corrected;
}

START_TEST(a_correction_keeps_the_first_arrival_and_is_counted)
{
	int64_t right;
	int64_t wrong;
	struct received_cell c;

	(void)put_april("2025-04-30", "2025-05-06", 10, 4, 0);
	right = put_april("2025-05-31", "2025-06-03", 11, 4, 0);
	wrong = put_april("2025-06-30", "2025-07-03", 12, 4, 0);
	c = north("2025-04", "2025-08-01");
	assert_state(c, RECEIVED_ON_TIME);
	ck_assert_int_eq(c.n_corrected, 2);
	ck_assert_int_eq(c.corrected, wrong);
	ck_assert_int_eq(c.as_at, hand_day("2025-06-30"));
	/* the withdrawal of what had been given as final takes the place of its correction */
	hand_withdraw(&hand, "north", wrong, "2025-07-10");
	c = north("2025-04", "2025-08-01");
	ck_assert_int_eq(c.n_corrected, 2);
	ck_assert_int_eq(c.corrected, right);
	ck_assert_int_eq(c.as_at, hand_day("2025-05-31"));
}
END_TEST

START_TEST(what_repeats_final_figures_or_makes_them_final_is_no_correction)
{
	(void)put_april("2025-04-20", "2025-04-21", 7, 3, 1);
	(void)put_april("2025-04-30", "2025-05-06", 10, 4, 1); /* its follow-up is not over */
	ck_assert_int_eq(n_corrected(), 0);
	(void)put_april("2025-05-31", "2025-06-03", 11, 4, 0);
	(void)put_april("2025-06-30", "2025-07-03", 11, 4, 0);
	ck_assert_int_eq(n_corrected(), 0);
	(void)put_april("2025-07-15", "2025-07-16", 12, 4, 0);
	ck_assert_int_eq(n_corrected(), 1);
}
END_TEST

START_TEST(a_breakdown_that_moves_within_its_total_is_a_correction)
{
	(void)put_april("2025-04-30", "2025-05-06", 10, 4, 0);
	(void)put_april("2025-05-31", "2025-06-03", 10, 5, 0);
	ck_assert_int_eq(n_corrected(), 1);
}
END_TEST

START_TEST(a_category_that_is_no_longer_listed_is_zero_and_so_corrected)
{
	int64_t report;

	(void)put_april("2025-04-30", "2025-05-06", 10, 0, 0);
	report = hand_report(&hand, "north", "2025-04", "2025-05-31", "2025-06-03");
	hand_total(&hand, report, "contacts", 10, 10, 0);
	hand_figure(&hand, report, "contacts", "sex", "", 10, 10);
	hand_figure(&hand, report, "contacts", "sex", "m", 10, 10);
	ck_assert_int_eq(n_corrected(), 0); /* of girls there were none before, too */
	(void)put_april("2025-06-30", "2025-07-03", 10, 1, 0);
	ck_assert_int_eq(n_corrected(), 1);
}
END_TEST

START_TEST(another_measure_or_breakdown_is_no_correction_and_neither_is_one_fewer)
{
	int64_t report = hand_report(&hand, "north", "2025-04", "2025-04-30", "2025-05-06");

	hand_total(&hand, report, "contacts", 10, 10, 0);
	(void)put_april("2025-05-31", "2025-06-03", 10, 4, 0); /* by sex, too */
	report = hand_report(&hand, "north", "2025-04", "2025-06-30", "2025-07-03");
	hand_total(&hand, report, "referrals", 3, 3, 0); /* and no contacts */
	ck_assert_int_eq(n_corrected(), 0);
	/* contacts are compared with the last report that carried them */
	(void)put_april("2025-07-15", "2025-07-16", 11, 4, 0);
	ck_assert_int_eq(n_corrected(), 1);
}
END_TEST

START_TEST(a_denominator_alone_is_a_figure)
{
	int64_t report = hand_report(&hand, "north", "2025-04", "2025-04-30", "2025-05-06");

	hand_total(&hand, report, "assessments_in_45wd", 8, 10, 0);
	report = hand_report(&hand, "north", "2025-04", "2025-05-31", "2025-06-03");
	hand_total(&hand, report, "assessments_in_45wd", 8, 11, 0);
	ck_assert_int_eq(n_corrected(), 1);
}
END_TEST

START_TEST(one_report_is_one_correction_however_many_measures_it_changes)
{
	int64_t report = put_april("2025-04-30", "2025-05-06", 10, 4, 0);

	hand_total(&hand, report, "referrals", 3, 3, 0);
	report = put_april("2025-05-31", "2025-06-03", 11, 4, 0);
	hand_total(&hand, report, "referrals", 4, 4, 0);
	ck_assert_int_eq(n_corrected(), 1);
}
END_TEST

/* It never counts, so nobody sees another figure than before. */
START_TEST(a_straggler_with_an_older_as_at_corrects_nothing)
{
	(void)put_april("2025-05-31", "2025-06-03", 10, 4, 0);
	(void)put_april("2025-04-30", "2025-06-10", 9, 4, 0);
	ck_assert_int_eq(n_corrected(), 0);
}
END_TEST

START_TEST(withdrawing_what_was_never_final_is_no_correction)
{
	int64_t wrong = put_april("2025-04-30", "2025-05-06", 10, 4, 1);

	hand_withdraw(&hand, "north", wrong, "2025-05-10");
	(void)put_april("2025-04-30", "2025-05-11", 9, 4, 0);
	ck_assert_int_eq(n_corrected(), 0);
}
END_TEST

START_TEST(a_report_of_another_dataset_corrects_nothing)
{
	int64_t report;

	(void)put_april("2025-04-30", "2025-05-06", 10, 4, 0);
	report = put_april("2025-05-31", "2025-06-03", 11, 4, 0);
	(void)hand_sql(&hand, "UPDATE header SET dataset = 'workforce' WHERE report = ?1", "i",
		       report);
	ck_assert_int_eq(n_corrected(), 0);
}
END_TEST

static char scanned[256];

static int on_statement(unsigned what, void *data, void *stmt, void *text)
{
	char explain[2304];
	sqlite3_stmt *plan = NULL;
	struct err err = { ERR_OK, "" };
	int row = 0;

	(void)what;
	(void)data;
	(void)text;
	if (strncmp(sqlite3_sql(stmt), "SELECT", 6) != 0)
		return 0;
	(void)snprintf(explain, sizeof explain, "EXPLAIN QUERY PLAN %s", sqlite3_sql(stmt));
	assert_ok(db_prepare(hand.store->db, &plan, explain, &err), err);
	while (db_step(plan, &row, &err) == ERR_OK && row) {
		const char *line = db_text(plan, 3);

		/* refusals are few, and kept by spool */
		if ((strncmp(line, "SCAN", 4) == 0 && strcmp(line, "SCAN refusal") != 0) ||
		    strstr(line, "TEMP B-TREE") != NULL)
			(void)snprintf(scanned, sizeof scanned, "%s", line);
	}
	db_finalize(&plan);
	return 0;
}

START_TEST(no_statement_of_the_grid_reads_a_whole_table_or_sorts)
{
	(void)put_april("2025-04-30", "2025-05-06", 10, 4, 0);
	(void)put_april("2025-05-31", "2025-06-03", 11, 4, 0);
	scanned[0] = '\0';
	(void)sqlite3_trace_v2(hand.store->db, SQLITE_TRACE_STMT, on_statement, NULL);
	ck_assert_int_eq(n_corrected(), 1);
	(void)sqlite3_trace_v2(hand.store->db, 0, NULL, NULL);
	ck_assert_str_eq(scanned, "");
}
END_TEST

START_TEST(counting_corrections_survives_every_failing_allocation)
{
	struct rollup_context context = { hand.store, hand.areas, NULL, &config };
	struct period month = hand_period("2025-04");
	int64_t now_us = hand_us("2025-08-01");
	int done = 0;

	(void)put_april("2025-04-30", "2025-05-06", 10, 4, 0);
	(void)put_april("2025-05-31", "2025-06-03", 11, 4, 0);
	for (long n = 1; !done && n < 10000; n++) {
		struct received *received = NULL;
		struct err err = { ERR_OK, "" };
		enum err_code code;

		harness_fail_allocation(n);
		code = received_run(&context, "city", month, month, now_us, &received, &err);
		done = harness_allocations() < n;
		harness_fail_allocation(0);
		if (done)
			assert_ok(code, err);
		else
			assert_error(code, ERR_NOMEM, err, "memory");
		received_free(&received);
	}
	ck_assert(done);
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
	tcase_add_test(tc, what_repeats_final_figures_or_makes_them_final_is_no_correction);
	tcase_add_test(tc, a_breakdown_that_moves_within_its_total_is_a_correction);
	tcase_add_test(tc, a_category_that_is_no_longer_listed_is_zero_and_so_corrected);
	tcase_add_test(tc, another_measure_or_breakdown_is_no_correction_and_neither_is_one_fewer);
	tcase_add_test(tc, a_denominator_alone_is_a_figure);
	tcase_add_test(tc, one_report_is_one_correction_however_many_measures_it_changes);
	tcase_add_test(tc, a_straggler_with_an_older_as_at_corrects_nothing);
	tcase_add_test(tc, withdrawing_what_was_never_final_is_no_correction);
	tcase_add_test(tc, a_report_of_another_dataset_corrects_nothing);
	tcase_add_test(tc, no_statement_of_the_grid_reads_a_whole_table_or_sorts);
	tcase_add_test(tc, counting_corrections_survives_every_failing_allocation);
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
