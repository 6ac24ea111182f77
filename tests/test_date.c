#include "proto/date.h"

#include "tests/harness.h"

#include <string.h>

#include "proto/clock.h"

static int32_t day(const char *iso)
{
	int32_t date = 0;
	struct err err = { ERR_OK, "" };

	assert_ok(date_parse_iso(iso, &date, &err), err);
	return date;
}

START_TEST(dates_count_from_1970)
{
	ck_assert_int_eq(day("1970-01-01"), 0);
	ck_assert_int_eq(day("1969-12-31"), -1);
	ck_assert_int_eq(day("2010-01-01"), 14610); /* `date -ud 2010-01-01 +%s` ÷ 86,400 */
	ck_assert_int_eq(day("2100-01-01"), 47482);
}
END_TEST

START_TEST(every_day_of_two_centuries_converts_there_and_back)
{
	int year = 1900;
	int month = 1;
	int dom = 1;

	for (int32_t date = day("1900-01-01"); date <= day("2100-12-31"); date++) {
		int y;
		int m;
		int d;

		date_to_ymd(date, &y, &m, &d);
		ck_assert(y == year && m == month && d == dom);
		ck_assert_int_eq(date_from_ymd(y, m, d), date);
		if (!date_valid_ymd(year, month, ++dom)) {
			dom = 1;
			month = month % 12 + 1;
			year += month == 1;
		}
	}
}
END_TEST

START_TEST(a_date_is_formatted_as_it_was_parsed)
{
	char text[DATE_TEXT_BYTES];

	ck_assert_str_eq(date_format(day("2024-02-29"), text), "2024-02-29");
}
END_TEST

START_TEST(what_is_not_an_iso_date_is_refused_with_how_to_write_it)
{
	static const char *const wrong[] = {
		"",           "2026",        "26-11-2022",  "22/11/2026",
		"2026-11-2",  "2026-11-222", "2026-11-22 ", " 2026-11-22",
		"+026-11-22", "2026-1x-22",  "2026/11/22"
	};
	struct err err;
	int32_t date = 7;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_error(date_parse_iso(wrong[i], &date, &err), ERR_MALFORMED, err,
			     "is not a date: write it as 2026-11-22");
	assert_error(date_parse_iso("2026-02-29", &date, &err), ERR_MALFORMED, err,
		     "\"2026-02-29\" is not a day of the calendar");
	assert_error(date_parse_iso("1899-12-31", &date, &err), ERR_MALFORMED, err,
		     "years 1900 to 2100");
	assert_error(date_parse_iso("2026-13-01", &date, &err), ERR_MALFORMED, err, "calendar");
	ck_assert_int_eq(date, 7);
}
END_TEST

START_TEST(months_later_stay_within_the_month)
{
	static const struct {
		const char *from;
		int n;
		const char *to;
	} rows[] = {
		{ "2026-08-31", 1, "2026-09-30" },   { "2026-01-31", 1, "2026-02-28" },
		{ "2024-01-31", 1, "2024-02-29" },   { "2024-02-29", 12, "2025-02-28" },
		{ "2024-02-29", 48, "2028-02-29" },  { "2026-03-31", -1, "2026-02-28" },
		{ "2026-01-15", -1, "2025-12-15" },  { "2026-12-15", 1, "2027-01-15" },
		{ "2026-05-31", -12, "2025-05-31" }, { "2026-05-31", 0, "2026-05-31" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[DATE_TEXT_BYTES];

		ck_assert_str_eq(date_format(date_add_months(day(rows[i].from), rows[i].n), text),
				 rows[i].to);
	}
}
END_TEST

START_TEST(months_start_on_the_first_and_end_on_the_last)
{
	ck_assert_int_eq(date_month_start(day("2024-02-29")), day("2024-02-01"));
	ck_assert_int_eq(date_month_end(day("2024-02-01")), day("2024-02-29"));
	ck_assert_int_eq(date_month_end(day("2025-02-28")), day("2025-02-28"));
	ck_assert_int_eq(date_month_end(day("2026-12-01")), day("2026-12-31"));
}
END_TEST

START_TEST(weeks_start_on_monday)
{
	ck_assert_int_eq(date_weekday(day("1970-01-01")), 4);
	ck_assert_int_eq(date_weekday(day("1969-12-28")), 7);
	ck_assert_int_eq(date_weekday(day("1969-12-29")), 1);
	ck_assert_int_eq(date_weekday(day("2026-11-22")), 7);
}
END_TEST

START_TEST(an_age_changes_on_the_birthday)
{
	ck_assert_int_eq(date_age(day("2010-05-17"), day("2026-05-16")), 15);
	ck_assert_int_eq(date_age(day("2010-05-17"), day("2026-05-17")), 16);
	ck_assert_int_eq(date_age(day("2026-05-17"), day("2026-05-17")), 0);
}
END_TEST

/* Age from days ÷ 365 comes up to four days early by 17: born 2008-09-01, on 2025-08-29. */
START_TEST(leap_days_do_not_bring_a_birthday_forward)
{
	ck_assert_int_eq(date_age(day("2008-09-01"), day("2025-08-31")), 16);
	ck_assert_int_eq(date_age(day("2008-09-01"), day("2025-09-01")), 17);
}
END_TEST

START_TEST(somebody_born_on_29_february_is_a_year_older_on_1_march)
{
	ck_assert_int_eq(date_age(day("2012-02-29"), day("2025-02-28")), 12);
	ck_assert_int_eq(date_age(day("2012-02-29"), day("2025-03-01")), 13);
	ck_assert_int_eq(date_age(day("2012-02-29"), day("2024-02-28")), 11);
	ck_assert_int_eq(date_age(day("2012-02-29"), day("2024-02-29")), 12);
}
END_TEST

START_TEST(an_unborn_child_has_age_minus_one)
{
	ck_assert_int_eq(date_age(day("2026-05-18"), day("2026-05-17")), -1);
}
END_TEST

/* 8 a year but 2012 (Jubilee), 2022 (Jubilee, State Funeral), 2023 (coronation). */
START_TEST(each_year_has_its_number_of_bank_holidays)
{
	for (int year = 2012; year <= 2028; year++) {
		int wanted = year == 2012 || year == 2023 ? 9 : year == 2022 ? 10 : 8;
		int n = 0;

		for (int32_t d = date_from_ymd(year, 1, 1); d < date_from_ymd(year + 1, 1, 1); d++)
			n += date_is_bank_holiday(d);
		ck_assert_msg(n == wanted, "%d has %d bank holidays, not %d", year, n, wanted);
	}
}
END_TEST

START_TEST(bank_holidays_that_were_moved_added_or_substituted)
{
	static const char *const on[] = {
		"2012-06-04", "2012-06-05", "2020-05-08", "2021-12-27", "2021-12-28",
		"2022-01-03", "2022-06-02", "2022-06-03", "2022-09-19", "2023-05-08",
		"2026-12-28", "2027-12-27", "2027-12-28", "2015-04-03", "2015-04-06",
	};
	static const char *const off[] = {
		"2020-05-04", "2022-05-30", "2021-12-25", "2022-01-01", "2014-08-04", /* Scotland */
		"2026-03-17", /* Northern Ireland */
		"2026-12-26", "2011-12-26", "2029-12-25", "1960-12-26",
	};

	for (size_t i = 0; i < sizeof on / sizeof on[0]; i++)
		ck_assert_msg(date_is_bank_holiday(day(on[i])), "%s is one", on[i]);
	for (size_t i = 0; i < sizeof off / sizeof off[0]; i++)
		ck_assert_msg(!date_is_bank_holiday(day(off[i])), "%s is none", off[i]);
}
END_TEST

START_TEST(working_days_exclude_the_first_day_and_include_the_last)
{
	static const struct {
		const char *from, *to;
		int days;
	} rows[] = {
		{ "2026-11-18", "2026-11-18", 0 },  /* same day */
		{ "2026-11-21", "2026-11-21", 0 },  /* same day, a Saturday */
		{ "2026-11-18", "2026-11-19", 1 },  /* Wednesday to Thursday */
		{ "2026-11-20", "2026-11-23", 1 },  /* Friday to Monday */
		{ "2026-11-20", "2026-11-22", 0 },  /* Friday to Sunday */
		{ "2026-11-21", "2026-11-23", 1 },  /* Saturday to Monday */
		{ "2026-11-02", "2026-11-30", 20 }, /* four weeks */
		{ "2025-12-23", "2026-01-05", 6 },  /* 24, 29, 30, 31, 2, 5: not 25, 26, 1 */
		{ "2021-12-24", "2022-01-04", 4 },  /* 29, 30, 31, 4: not 27, 28, 3 */
		{ "2026-04-01", "2026-04-08", 3 },  /* 2, 7, 8: not Good Friday, Easter Monday */
		{ "2022-09-16", "2022-09-20", 1 },  /* over the State Funeral */
		{ "2020-05-01", "2020-05-11", 5 },  /* 4, 5, 6, 7, 11: VE Day on the 8th */
		{ "2026-11-19", "2026-11-18", -1 }, /* wrong way round */
		{ "2029-12-24", "2029-12-31", 5 },  /* beyond the table: weekends only */
		{ "1969-12-26", "1970-01-02", 5 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ck_assert_msg(date_working_days(day(rows[i].from), day(rows[i].to)) == rows[i].days,
			      "%s to %s: %d, not %d", rows[i].from, rows[i].to,
			      date_working_days(day(rows[i].from), day(rows[i].to)), rows[i].days);
}
END_TEST

START_TEST(working_days_agree_with_counting_day_by_day)
{
	for (int32_t from = day("2011-11-20"); from < day("2029-02-01"); from += 13) {
		int n = 0;

		for (int32_t to = from; to < from + 100; to++) {
			n += to > from && date_is_working_day(to);
			ck_assert_int_eq(date_working_days(from, to), n);
		}
	}
}
END_TEST

START_TEST(a_deadline_lies_that_many_working_days_on)
{
	ck_assert_int_eq(date_add_working_days(day("2025-12-23"), 6), day("2026-01-05"));
	ck_assert_int_eq(date_add_working_days(day("2026-11-20"), 1), day("2026-11-23"));
	ck_assert_int_eq(date_add_working_days(day("2026-11-22"), 0), day("2026-11-22"));
}
END_TEST

static void clock_at(const char *iso, int hour, int minute)
{
	clock_fix_us(((int64_t)day(iso) * 86400 + hour * 3600 + minute * 60) * 1000000);
}

/* Clocks go forward on 29 March 2026 and back on 25 October 2026, at 01:00 UTC. */
START_TEST(today_is_the_civil_date_in_england)
{
	clock_at("2026-01-15", 23, 30);
	ck_assert_int_eq(clock_today(), day("2026-01-15"));
	clock_at("2026-07-15", 22, 59);
	ck_assert_int_eq(clock_today(), day("2026-07-15"));
	clock_at("2026-07-15", 23, 0);
	ck_assert_int_eq(clock_today(), day("2026-07-16"));
	clock_at("2026-03-28", 23, 30);
	ck_assert_int_eq(clock_today(), day("2026-03-28"));
	clock_at("2026-03-29", 23, 30);
	ck_assert_int_eq(clock_today(), day("2026-03-30"));
	clock_at("2026-10-24", 23, 30);
	ck_assert_int_eq(clock_today(), day("2026-10-25"));
	clock_at("2026-10-25", 23, 30);
	ck_assert_int_eq(clock_today(), day("2026-10-25"));
	clock_fix_us(0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, dates_count_from_1970);
	tcase_add_test(tc, every_day_of_two_centuries_converts_there_and_back);
	tcase_add_test(tc, a_date_is_formatted_as_it_was_parsed);
	tcase_add_test(tc, what_is_not_an_iso_date_is_refused_with_how_to_write_it);
	tcase_add_test(tc, months_later_stay_within_the_month);
	tcase_add_test(tc, months_start_on_the_first_and_end_on_the_last);
	tcase_add_test(tc, weeks_start_on_monday);
	tcase_add_test(tc, an_age_changes_on_the_birthday);
	tcase_add_test(tc, leap_days_do_not_bring_a_birthday_forward);
	tcase_add_test(tc, somebody_born_on_29_february_is_a_year_older_on_1_march);
	tcase_add_test(tc, an_unborn_child_has_age_minus_one);
	tcase_add_test(tc, each_year_has_its_number_of_bank_holidays);
	tcase_add_test(tc, bank_holidays_that_were_moved_added_or_substituted);
	tcase_add_test(tc, working_days_exclude_the_first_day_and_include_the_last);
	tcase_add_test(tc, working_days_agree_with_counting_day_by_day);
	tcase_add_test(tc, a_deadline_lies_that_many_working_days_on);
	tcase_add_test(tc, today_is_the_civil_date_in_england);
}

HARNESS_MAIN("date", add)
