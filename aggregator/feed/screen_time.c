#include "aggregator/feed/screen_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Stages "Precheck time" and "Check time": which period each row is of. */

enum {
	TIME_GROUP,
	TIME_IDENTIFIER,
	TIME_DIGITS,
};

/* The row of the list for an identifier, or −1. */
static int time_find(const struct screen *s, const char *identifier)
{
	const struct screen_table *t = &s->lists->tables[LIST_TIME_IDENTIFIERS];

	for (size_t row = 0; row < t->n_rows; row++)
		if (strcmp(screen_table_text(t, TIME_IDENTIFIER, row), identifier) == 0)
			return (int)row;
	return -1;
}

static const char *time_about(const struct screen *s, int row, int column)
{
	return screen_table_text(&s->lists->tables[LIST_TIME_IDENTIFIERS], column, (size_t)row);
}

static int time_column(const struct screen *s, const char *name)
{
	return screen_table_column(&s->pair->data, name);
}

/* The list's row of the first row's identifier, or −1. */
static int time_first(const struct screen *s)
{
	const struct screen_table *t = &s->pair->data;

	if (t->n_rows == 0)
		return -1;
	return time_find(s, screen_table_text(t, time_column(s, "time_identifier"), 0));
}

/* ---- Precheck time */

static bool time_is_no_number(const struct screen *s, const char *value)
{
	size_t n = strspn(value, "0123456789");

	(void)s;
	return value[n] != '\0' || (n != 4 && n != 6);
}

static void time_period_num(struct screen *s)
{
	screen_bad_values(s, SCREEN_FAIL, SCREEN_DATA, time_column(s, "time_period"),
			  time_is_no_number,
			  "a time_period must be four or six digits, such as 2026 or 202526");
}

static bool time_is_unknown(const struct screen *s, const char *value)
{
	return time_find(s, value) < 0;
}

static void time_id_valid(struct screen *s)
{
	screen_bad_values(s, SCREEN_FAIL, SCREEN_DATA, time_column(s, "time_identifier"),
			  time_is_unknown,
			  "no time_identifier of the standard; use one such as April, Financial "
			  "year Q1, Financial year or Reporting year, spelt so");
}

static bool time_is_of_other_group(const struct screen *s, const char *value)
{
	int first = time_first(s);
	int row = time_find(s, value);

	return first < 0 || row < 0 ||
	       strcmp(time_about(s, first, TIME_GROUP), time_about(s, row, TIME_GROUP)) != 0;
}

static void time_id_mix(struct screen *s)
{
	screen_bad_values(
		s, SCREEN_FAIL, SCREEN_DATA, time_column(s, "time_identifier"),
		time_is_of_other_group,
		"no period, or another kind of it than the first row; put months, quarters "
		"and years into files of their own");
}

/* ---- Check time */

static bool time_has_other_length(const struct screen *s, const char *value)
{
	int first = time_first(s);

	return first >= 0 && strlen(value) != (size_t)(*time_about(s, first, TIME_DIGITS) - '0');
}

static void time_period(struct screen *s)
{
	screen_bad_values(s, SCREEN_FAIL, SCREEN_DATA, time_column(s, "time_period"),
			  time_has_other_length,
			  "a time_period of another length than its time_identifier wants: six "
			  "digits for financial, academic and tax years, their parts and terms, "
			  "four for calendar and reporting years, months and weeks");
}

/* 202526, and 199900 at the century's end. */
static bool time_is_not_consecutive(const struct screen *s, const char *value)
{
	int first, second;

	(void)s;
	if (strlen(value) != 6 || value[strspn(value, "0123456789")] != '\0')
		return false;
	first = (value[2] - '0') * 10 + value[3] - '0';
	second = (value[4] - '0') * 10 + value[5] - '0';
	return second != (first + 1) % 100;
}

static void time_period_six(struct screen *s)
{
	screen_bad_values(s, SCREEN_FAIL, SCREEN_DATA, time_column(s, "time_period"),
			  time_is_not_consecutive,
			  "six digits must name two years in a row, such as 202526");
}

const struct screen_check screen_precheck_time[] = {
	{ "time_period_num", time_period_num },
	{ "time_id_valid", time_id_valid },
	{ "time_id_mix", time_id_mix },
	{ NULL, NULL },
};

const struct screen_check screen_check_time[] = {
	{ "time_period", time_period },
	{ "time_period_six", time_period_six },
	{ NULL, NULL },
};
