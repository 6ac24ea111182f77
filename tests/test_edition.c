#include "aggregator/feed/edition.h"

#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

static struct period edition_of(const char *text)
{
	struct period p;
	struct err err = { 0 };

	assert_ok(edition_parse(text, &p, &err), err);
	return p;
}

START_TEST(a_week_or_a_word_is_no_edition_and_the_message_names_the_three)
{
	struct period p;
	struct err err = { 0 };

	assert_error(edition_parse("2026-W47", &p, &err), ERR_MALFORMED, err,
		     "write a month (2026-09), a quarter of the financial year (2026-27-Q2) or a "
		     "financial year (2026-27)");
	assert_error(edition_parse("2026-28", &p, &err), ERR_MALFORMED, err, "'2026-28'");
	assert_error(edition_parse("", &p, &err), ERR_MALFORMED, err, "edition ''");
}
END_TEST

START_TEST(an_edition_carries_each_shorter_period_in_it)
{
	struct period out[12];
	char text[PERIOD_TEXT_BYTES];

	ck_assert_int_eq(edition_periods(edition_of("2026-09"), PERIOD_MONTH, out), 1);
	ck_assert_int_eq(edition_periods(edition_of("2026-09"), PERIOD_QUARTER, out), 0);
	ck_assert_int_eq(edition_periods(edition_of("2026-27-Q2"), PERIOD_MONTH, out), 3);
	ck_assert_str_eq(period_format(out[0], text), "2026-07");
	ck_assert_str_eq(period_format(out[2], text), "2026-09");
	ck_assert_int_eq(edition_periods(edition_of("2026-27-Q2"), PERIOD_QUARTER, out), 1);
	ck_assert_int_eq(edition_periods(edition_of("2026-27"), PERIOD_MONTH, out), 12);
	ck_assert_str_eq(period_format(out[11], text), "2027-03");
	ck_assert_int_eq(edition_periods(edition_of("2026-27"), PERIOD_QUARTER, out), 4);
	ck_assert_str_eq(period_format(out[3], text), "2026-27-Q4");
	ck_assert_int_eq(edition_periods(edition_of("2026-27"), PERIOD_YEAR, out), 1);
	ck_assert_int_eq(edition_periods(edition_of("2026-27"), PERIOD_WEEK, out), 0);
}
END_TEST

/* The standard: months with four digits, quarters with six, the reporting year with the year of its
 * 31 March. */
START_TEST(periods_are_written_as_the_open_data_standard_asks)
{
	static const char *const rows[][3] = {
		{ "2026-04", "2026", "April" },
		{ "2027-01", "2027", "January" },
		{ "2026-12", "2026", "December" },
		{ "2026-27-Q1", "202627", "Financial year Q1" },
		{ "2026-27-Q2", "202627", "Financial year Q2" },
		{ "2026-27-Q3", "202627", "Financial year Q3" },
		{ "2026-27-Q4", "202627", "Financial year Q4" },
		{ "2026-27", "2027", "Reporting year" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct edition_time t = edition_time(edition_of(rows[i][0]));

		ck_assert_str_eq(t.time_period, rows[i][1]);
		ck_assert_str_eq(t.time_identifier, rows[i][2]);
	}
}
END_TEST

START_TEST(the_turn_of_the_century_is_written_with_two_digits)
{
	struct edition_time t = edition_time(edition_of("2098-99-Q4"));

	ck_assert_str_eq(t.time_period, "209899");
}
END_TEST

START_TEST(versions_are_major_and_minor_and_nothing_else)
{
	static const char *const wrong[] = { "",     "1",    "0.1",  "1.",   ".1",      "1.0.0",
					     "01.0", "1.00", "1.-1", "+1.0", "1.70000", "1 .0" };
	struct edition_version v;
	struct err err = { 0 };
	char text[EDITION_VERSION_TEXT];

	assert_ok(edition_version_parse("12.34", &v, &err), err);
	ck_assert_int_eq(v.major, 12);
	ck_assert_int_eq(v.minor, 34);
	ck_assert_str_eq(edition_version_format(v, text), "12.34");
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_error(edition_version_parse(wrong[i], &v, &err), ERR_MALFORMED, err,
			     "write major.minor");
}
END_TEST

START_TEST(something_gone_makes_a_major_revision_and_anything_else_a_minor_one)
{
	struct edition_version v = { 0, 0 };
	struct edition_version last = { 1, 4 };
	struct err err = { 0 };

	assert_ok(edition_version_next(NULL, 1, &v, &err), err);
	ck_assert(v.major == 1 && v.minor == 0);
	assert_ok(edition_version_next(&last, 0, &v, &err), err);
	ck_assert(v.major == 1 && v.minor == 5);
	assert_ok(edition_version_next(&last, 1, &v, &err), err);
	ck_assert(v.major == 2 && v.minor == 0);
	ck_assert_int_gt(edition_version_compare(v, last), 0);
	last.minor = EDITION_REVISION_MAX;
	assert_error(edition_version_next(&last, 0, &v, &err), ERR_FULL, err,
		     "no revision number is left after 1.65535");
}
END_TEST

START_TEST(a_folder_is_named_for_feed_edition_and_version)
{
	char name[EDITION_NAME_BYTES];
	struct edition_version v = { 1, 2 };
	struct err err = { 0 };

	assert_ok(edition_folder("city-csc", edition_of("2026-27-Q2"), v, name, &err), err);
	ck_assert_str_eq(name, "city-csc_2026-27-Q2_v1.2");
	assert_error(edition_folder("../city", edition_of("2026-27"), v, name, &err), ERR_CONFIG,
		     err, "feed name '../city'");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_week_or_a_word_is_no_edition_and_the_message_names_the_three);
	tcase_add_test(tc, an_edition_carries_each_shorter_period_in_it);
	tcase_add_test(tc, periods_are_written_as_the_open_data_standard_asks);
	tcase_add_test(tc, the_turn_of_the_century_is_written_with_two_digits);
	tcase_add_test(tc, versions_are_major_and_minor_and_nothing_else);
	tcase_add_test(tc, something_gone_makes_a_major_revision_and_anything_else_a_minor_one);
	tcase_add_test(tc, a_folder_is_named_for_feed_edition_and_version);
}

HARNESS_MAIN("edition", add)
