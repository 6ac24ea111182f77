#include "agent/stage_value.h"

#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/date.h"

static struct text_span span(const char *text)
{
	return value_trim(text, strlen(text));
}

/* The date of a text as ISO, or the mend. */
static const char *date(const char *text, enum cell_type type)
{
	static char out[160];
	struct cell cell = { type, text, strlen(text) };
	const char *mend;
	int64_t day;
	enum fault_rule rule = value_date(&cell, span(text), &day, &mend);

	if (rule == 0)
		return date_format((int32_t)day, out);
	ck_assert_int_eq((int)rule, FAULT_DATE);
	(void)snprintf(out, sizeof out, "%s", mend == NULL ? "?" : mend);
	return out;
}

START_TEST(dates_are_read_day_first_or_as_iso)
{
	static const char *const texts[] = {
		"03/04/2026",
		"3/4/2026",
		"03-04-2026",
		"03.04.2026",
		"2026-04-03",
		"2026/04/03",
		" 03/04/2026 ",
		"03/04/2026 00:00:00",
		"2026-04-03 00:00:00.000",
		"2026-04-03T00:00:00",
		"03/04/2026 14:30",
		"\xC2\xA0"
		"03/04/2026\xC2\xA0",
		"03/04/2026  23:59:59",
		"2026-4-3",
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		ck_assert_msg(strcmp(date(texts[i], CELL_TEXT), "2026-04-03") == 0, "%s: %s",
			      texts[i], date(texts[i], CELL_TEXT));
	ck_assert_str_eq(date("29/02/2024", CELL_TEXT), "2024-02-29");
	ck_assert_str_eq(date("01/01/1900", CELL_TEXT), "1900-01-01");
	ck_assert_str_eq(date("31/12/2100", CELL_TEXT), "2100-12-31");
	ck_assert_str_eq(date("2026-04-03", CELL_DATE), "2026-04-03");
}
END_TEST

START_TEST(dates_that_can_mean_two_days_are_refused_with_the_mend)
{
	ck_assert_str_eq(date("03/04/26", CELL_TEXT),
			 "write the year with four digits: two can mean two centuries");
	ck_assert_str_eq(date("46115", CELL_NUMBER),
			 "give the column a date format in the workbook and export again");
	ck_assert_str_eq(date("04/25/2026", CELL_TEXT),
			 "write the day before the month, as DD/MM/YYYY");
	ck_assert_str_eq(date("29/02/2026", CELL_TEXT),
			 "no such day in the years 1900 to 2100; correct it");
	ck_assert_str_eq(date("01/01/2101", CELL_TEXT),
			 "no such day in the years 1900 to 2100; correct it");
	ck_assert_str_eq(date("2026-04-03T00:00:00Z", CELL_TEXT),
			 "write the date alone, as DD/MM/YYYY or YYYY-MM-DD");
	ck_assert_str_eq(date("03/04/2026 25:00", CELL_TEXT),
			 "write the date alone, as DD/MM/YYYY or YYYY-MM-DD");
}
END_TEST

START_TEST(what_is_no_date_is_refused)
{
	static const char *const texts[] = {
		"x",           "20260403",  "46115",       "03/04",        "3/4/202",
		"2026-04",     "//",        "3//2026",     "2026-04-2026", "003/04/2026",
		"03/004/2026", "-3/4/2026", "03/04/20266",
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		ck_assert_msg(strcmp(date(texts[i], CELL_TEXT), "?") == 0, "%s: %s", texts[i],
			      date(texts[i], CELL_TEXT));
}
END_TEST

START_TEST(ages_are_completed_years_and_minus_one_unborn)
{
	static const struct {
		const char *text;
		int64_t age;
	} cases[] = { { "0", 0 },   { "17", 17 },   { "6.138", 6 },   { "17.99", 17 },
		      { "-1", -1 }, { "-0.4", -1 }, { "Unborn", -1 }, { "3.0", 3 } };
	const char *mend;
	int64_t age;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_int_eq((int)value_age(span(cases[i].text), &age, &mend), 0);
		ck_assert_int_eq(age, cases[i].age);
	}
	ck_assert_int_eq((int)value_age(span("-2"), &age, &mend), FAULT_NUMBER);
	ck_assert_str_eq(mend, "write completed years, or -1 for an unborn child");
	ck_assert_int_eq((int)value_age(span("126"), &age, &mend), FAULT_NUMBER);
	ck_assert_int_eq((int)value_age(span("six"), &age, &mend), FAULT_NUMBER);
	ck_assert_int_eq((int)value_age(span("nan"), &age, &mend), FAULT_NUMBER);
}
END_TEST

START_TEST(numbers_are_plain_and_within_their_bounds)
{
	const char *mend;
	int64_t n;

	ck_assert_int_eq((int)value_int(span("12"), 0, 99, &n, &mend), 0);
	ck_assert_int_eq(n, 12);
	ck_assert_int_eq((int)value_int(span("12.0"), 0, 99, &n, &mend), 0);
	ck_assert_int_eq((int)value_int(span("12.5"), 0, 99, &n, &mend), FAULT_NUMBER);
	ck_assert_str_eq(mend, "write a whole number");
	ck_assert_int_eq((int)value_int(span("-1"), 0, 99, &n, &mend), FAULT_NUMBER);
	ck_assert_str_eq(mend, "the number is out of range; correct it");
	ck_assert_int_eq((int)value_int(span("100"), 0, 99, &n, &mend), FAULT_NUMBER);
	ck_assert_int_eq((int)value_int(span("0x10"), 0, 99, &n, &mend), FAULT_NUMBER);
	ck_assert_int_eq((int)value_int(span("inf"), 0, 99, &n, &mend), FAULT_NUMBER);
	ck_assert_int_eq((int)value_int(span("1 2"), 0, 99, &n, &mend), FAULT_NUMBER);
	ck_assert_int_eq((int)value_int(span("."), 0, 99, &n, &mend), FAULT_NUMBER);
}
END_TEST

START_TEST(decimals_are_scaled_exactly)
{
	const char *mend;
	int64_t n;

	ck_assert_int_eq((int)value_decimal(span("0.521371"), 1000000, 2000000, &n, &mend), 0);
	ck_assert_int_eq(n, 521371);
	/* as a workbook stores 0.521371 */
	ck_assert_int_eq(
		(int)value_decimal(span("0.52137100000000003"), 1000000, 2000000, &n, &mend), 0);
	ck_assert_int_eq(n, 521371);
	ck_assert_int_eq((int)value_decimal(span("5E-1"), 1000000, 2000000, &n, &mend), 0);
	ck_assert_int_eq(n, 500000);
	ck_assert_int_eq((int)value_decimal(span("15.31"), 1000, 31000, &n, &mend), 0);
	ck_assert_int_eq(n, 15310);
	ck_assert_int_eq((int)value_decimal(span("2.1"), 1000000, 2000000, &n, &mend),
			 FAULT_NUMBER);
	ck_assert_int_eq((int)value_decimal(span("-0.1"), 1000000, 2000000, &n, &mend),
			 FAULT_NUMBER);
	ck_assert_int_eq((int)value_decimal(span("60%"), 1000000, 2000000, &n, &mend),
			 FAULT_NUMBER);
}
END_TEST

START_TEST(white_space_of_every_kind_is_trimmed)
{
	struct text_span s = span(" \t\xC2\xA0\xE2\x80\x8B\xEF\xBB\xBF"
				  "a \xC2\xA0 b\xE2\x80\xAF\r\n\xE3\x80\x80");

	ck_assert_uint_eq(s.len, 6);
	ck_assert(memcmp(s.text, "a \xC2\xA0 b", 6) == 0);
	ck_assert_uint_eq(span(" \xC2\xA0 ").len, 0);
	ck_assert_uint_eq(span("").len, 0);
	/* half of a no-break space, and a letter that ends like one, are no space */
	ck_assert_uint_eq(span("x\xA0").len, 2);
	ck_assert_uint_eq(span("\xC3\xA0").len, 2);
}
END_TEST

START_TEST(marks_that_stand_for_nothing_are_blank)
{
	static const char *const marks[] = { "#N/A", "#n/a", "NULL",  "N/A",
					     "-",    "nan",  "#REF!", "\xE2\x80\x93" };

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		ck_assert_msg(value_is_blank_mark(span(marks[i])), "%s", marks[i]);
	ck_assert(!value_is_blank_mark(span("NONE")));
	ck_assert(!value_is_blank_mark(span("0")));
	ck_assert(!value_is_blank_mark(span("N")));
}
END_TEST

START_TEST(identifiers_are_compared_in_capitals_with_single_spaces)
{
	char out[64];

	ck_assert_uint_eq(value_fold_name(span(" ab \xC2\xA0 c\xC3\xA9 "), out), 6);
	ck_assert_str_eq(out, "AB C\xC3\xA9");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, dates_are_read_day_first_or_as_iso);
	tcase_add_test(tc, dates_that_can_mean_two_days_are_refused_with_the_mend);
	tcase_add_test(tc, what_is_no_date_is_refused);
	tcase_add_test(tc, ages_are_completed_years_and_minus_one_unborn);
	tcase_add_test(tc, numbers_are_plain_and_within_their_bounds);
	tcase_add_test(tc, decimals_are_scaled_exactly);
	tcase_add_test(tc, white_space_of_every_kind_is_trimmed);
	tcase_add_test(tc, marks_that_stand_for_nothing_are_blank);
	tcase_add_test(tc, identifiers_are_compared_in_capitals_with_single_spaces);
}

HARNESS_MAIN("stage_value", add)
