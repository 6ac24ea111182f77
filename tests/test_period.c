#include "proto/period.h"

#include "tests/harness.h"

#include <string.h>

#include "proto/date.h"
#include "proto/limits.h"

static int32_t day(const char *iso)
{
	int32_t date = 0;
	struct err err = { ERR_OK, "" };

	assert_ok(date_parse_iso(iso, &date, &err), err);
	return date;
}

static struct period parsed(const char *text)
{
	struct period p = { PERIOD_WEEK, 0 };
	struct err err = { ERR_OK, "" };

	assert_ok(period_parse(text, &p, &err), err);
	return p;
}

START_TEST(the_four_spellings_are_read_and_written)
{
	static const struct {
		const char *text;
		enum period_kind kind;
		const char *start, *end;
	} rows[] = {
		{ "2026-W47", PERIOD_WEEK, "2026-11-16", "2026-11-22" },
		{ "2026-10", PERIOD_MONTH, "2026-10-01", "2026-10-31" },
		{ "2024-02", PERIOD_MONTH, "2024-02-01", "2024-02-29" },
		{ "2026-27-Q1", PERIOD_QUARTER, "2026-04-01", "2026-06-30" },
		{ "2026-27-Q2", PERIOD_QUARTER, "2026-07-01", "2026-09-30" },
		{ "2026-27-Q3", PERIOD_QUARTER, "2026-10-01", "2026-12-31" },
		{ "2026-27-Q4", PERIOD_QUARTER, "2027-01-01", "2027-03-31" },
		{ "2026-27", PERIOD_YEAR, "2026-04-01", "2027-03-31" },
		{ "2099-00", PERIOD_YEAR, "2099-04-01", "2100-03-31" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct period p = parsed(rows[i].text);
		char text[PERIOD_TEXT_BYTES];

		ck_assert_int_eq((int)p.kind, (int)rows[i].kind);
		ck_assert_int_eq(p.start, day(rows[i].start));
		ck_assert_int_eq(period_end(p), day(rows[i].end));
		ck_assert_str_eq(period_format(p, text), rows[i].text);
		ck_assert(period_valid(p));
	}
}
END_TEST

/* ISO 8601: a year has 53 weeks when it starts on a Thursday, or a leap year on a Wednesday. */
START_TEST(some_years_have_53_weeks_and_new_year_may_fall_in_the_old_one)
{
	char text[PERIOD_TEXT_BYTES];
	struct period p = { PERIOD_WEEK, 0 };
	struct err err;

	ck_assert_int_eq(parsed("2020-W53").start, day("2020-12-28"));
	ck_assert_int_eq(parsed("2026-W53").start, day("2026-12-28"));
	ck_assert_str_eq(period_format(period_of(PERIOD_WEEK, day("2021-01-03")), text),
			 "2020-W53");
	ck_assert_str_eq(period_format(period_of(PERIOD_WEEK, day("2021-01-04")), text),
			 "2021-W01");
	ck_assert_str_eq(period_format(period_of(PERIOD_WEEK, day("2024-12-30")), text),
			 "2025-W01");
	ck_assert_str_eq(period_format(period_of(PERIOD_WEEK, day("2023-01-01")), text),
			 "2022-W52");
	assert_error(period_parse("2025-W53", &p, &err), ERR_MALFORMED, err,
		     "\"2025-W53\" is not a period");
	assert_error(period_parse("2025-W00", &p, &err), ERR_MALFORMED, err, "is not a period");
}
END_TEST

START_TEST(a_financial_year_runs_from_april_to_march)
{
	char text[PERIOD_TEXT_BYTES];

	ck_assert_str_eq(period_format(period_of(PERIOD_YEAR, day("2026-03-31")), text), "2025-26");
	ck_assert_str_eq(period_format(period_of(PERIOD_YEAR, day("2026-04-01")), text), "2026-27");
	ck_assert_str_eq(period_format(period_of(PERIOD_QUARTER, day("2026-03-31")), text),
			 "2025-26-Q4");
	ck_assert_int_eq(period_days(parsed("2023-24")), 366);
	ck_assert_int_eq(period_days(parsed("2024-25")), 365);
}
END_TEST

/* 2010-11 and 2011-12 alone could be a month or a year. */
START_TEST(a_text_that_could_be_both_is_a_month)
{
	ck_assert_int_eq((int)parsed("2010-11").kind, PERIOD_MONTH);
	ck_assert_int_eq((int)parsed("2011-12").kind, PERIOD_MONTH);
	ck_assert_int_eq((int)parsed("2012-13").kind, PERIOD_YEAR);
}
END_TEST

START_TEST(what_is_no_period_is_refused_with_the_four_spellings)
{
	static const char *const wrong[] = {
		"",         "2026",       "2026-",      "2026-1",      "2026-00",     "2026-13",
		"2026-28",  "2026-10-01", "2026-27-Q5", "2026-27-Q0",  "2026-27-q2",  "2026-W4",
		"2026-w47", "2026-W475",  "26-10",      "2026-27-Q22", "October 2026"
	};
	struct err err;
	struct period p = { PERIOD_WEEK, 3 };

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		assert_error(period_parse(wrong[i], &p, &err), ERR_MALFORMED, err,
			     "write a week as 2026-W47, a month as 2026-10, a quarter as "
			     "2026-27-Q2 or a financial year as 2026-27");
		ck_assert(strstr(err.text, wrong[i]) != NULL);
	}
	assert_error(period_parse("2009-12", &p, &err), ERR_MALFORMED, err, "out of range");
	ck_assert_int_eq(p.start, 3);
}
END_TEST

START_TEST(periods_follow_one_another)
{
	char text[PERIOD_TEXT_BYTES];

	ck_assert_str_eq(period_format(period_next(parsed("2026-W53"), 1), text), "2027-W01");
	ck_assert_str_eq(period_format(period_next(parsed("2026-12"), 1), text), "2027-01");
	ck_assert_str_eq(period_format(period_next(parsed("2026-01"), -1), text), "2025-12");
	ck_assert_str_eq(period_format(period_next(parsed("2026-27-Q4"), 1), text), "2027-28-Q1");
	ck_assert_str_eq(period_format(period_next(parsed("2026-27"), -2), text), "2024-25");
}
END_TEST

START_TEST(keys_come_back_and_sort_by_kind_then_time)
{
	static const char *const ascending[] = { "2026-W46", "2026-W47",   "2010-01",
						 "2026-10",  "2026-27-Q2", "2026-27" };
	int64_t last = 0;

	for (size_t i = 0; i < sizeof ascending / sizeof ascending[0]; i++) {
		struct period p = parsed(ascending[i]);
		int64_t key = period_key(p);

		ck_assert_int_gt(key, last);
		ck_assert_int_eq((int)period_from_key(key).kind, (int)p.kind);
		ck_assert_int_eq(period_from_key(key).start, p.start);
		last = key;
	}
	/* 2026-10-01 is day 20,727 */
	ck_assert_int_eq(period_key(parsed("2026-10")), 2020727);
}
END_TEST

START_TEST(a_start_that_is_none_or_out_of_bounds_is_not_valid)
{
	struct period p = parsed("2026-10");

	p.start++;
	ck_assert(!period_valid(p));
	p.kind = (enum period_kind)9;
	ck_assert(!period_valid(p));
	ck_assert(!period_valid(period_from_key(0)));
	p.kind = PERIOD_MONTH;
	p.start = date_from_ymd(2009, 12, 1);
	ck_assert(!period_valid(p));
	p.start = LIMIT_DAY_MAX;
	ck_assert(period_valid(p));
	p.start = date_from_ymd(2100, 2, 1);
	ck_assert(!period_valid(p));
}
END_TEST

START_TEST(quarters_and_years_stand_on_months)
{
	struct period out[12];
	char text[PERIOD_TEXT_BYTES];

	ck_assert_int_eq(period_bases(parsed("2026-W47"), out), 1);
	ck_assert_int_eq((int)out[0].kind, PERIOD_WEEK);
	ck_assert_int_eq(period_bases(parsed("2026-10"), out), 1);
	ck_assert_str_eq(period_format(out[0], text), "2026-10");
	ck_assert_int_eq(period_bases(parsed("2026-27-Q4"), out), 3);
	ck_assert_str_eq(period_format(out[0], text), "2027-01");
	ck_assert_str_eq(period_format(out[2], text), "2027-03");
	ck_assert_int_eq(period_bases(parsed("2026-27"), out), 12);
	ck_assert_str_eq(period_format(out[0], text), "2026-04");
	ck_assert_str_eq(period_format(out[11], text), "2027-03");
}
END_TEST

START_TEST(the_kinds_have_words)
{
	enum period_kind kind = PERIOD_WEEK;
	struct err err = { ERR_OK, "" };

	for (int i = PERIOD_WEEK; i <= PERIOD_YEAR; i++) {
		const char *word = period_kind_name((enum period_kind)i);

		assert_ok(period_kind_parse(word, &kind, &err), err);
		ck_assert_int_eq((int)kind, i);
	}
	assert_error(period_kind_parse("year", &kind, &err), ERR_MALFORMED, err,
		     "give week, month, quarter or financial-year");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, the_four_spellings_are_read_and_written);
	tcase_add_test(tc, some_years_have_53_weeks_and_new_year_may_fall_in_the_old_one);
	tcase_add_test(tc, a_financial_year_runs_from_april_to_march);
	tcase_add_test(tc, a_text_that_could_be_both_is_a_month);
	tcase_add_test(tc, what_is_no_period_is_refused_with_the_four_spellings);
	tcase_add_test(tc, periods_follow_one_another);
	tcase_add_test(tc, keys_come_back_and_sort_by_kind_then_time);
	tcase_add_test(tc, a_start_that_is_none_or_out_of_bounds_is_not_valid);
	tcase_add_test(tc, quarters_and_years_stand_on_months);
	tcase_add_test(tc, the_kinds_have_words);
}

HARNESS_MAIN("period", add)
