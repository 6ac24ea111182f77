#include "aggregator/feed/screen_values.h"

#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

/* Our own checks of values: every indicator cell is a number or a symbol of the standard, counts
 * are whole, and small ones are pointed out. */

#define VALUES_SMALL_MAX 5 /* counts from 1 to this are suppressed by DfE's own rule */

bool screen_is_count(const char *name)
{
	size_t len = strlen(name);

	return strcmp(name, "count") == 0 || (len > 6 && strcmp(name + len - 6, "_count") == 0);
}

bool screen_whole(const char *text, int64_t *value)
{
	size_t digits = strspn(text + (*text == '-'), "0123456789");

	if (digits == 0 || digits > 17 || text[digits + (*text == '-')] != '\0')
		return false;
	*value = strtoll(text, NULL, 10);
	return *value <= LIMIT_VALUE && *value >= -LIMIT_VALUE;
}

bool screen_is_free_filter(const struct screen *s, const char *name)
{
	for (size_t row = 0; row < s->pair->meta.n_rows; row++)
		if (strcmp(screen_meta(s, row, META_FILTER_GROUPING_COLUMN), name) == 0 ||
		    strcmp(screen_meta(s, row, META_PARENT_FILTER), name) == 0)
			return false;
	return true;
}

static bool value_is_number(const char *text)
{
	size_t n;

	text += *text == '-';
	n = strspn(text, "0123456789");
	if (n == 0)
		return false;
	text += n;
	if (*text != '.')
		return *text == '\0';
	n = strspn(text + 1, "0123456789");
	return n > 0 && text[1 + n] == '\0';
}

static bool value_is_symbol(const char *text)
{
	static const char *const symbols[] = { "c", "z", "x", "k", "low", "u" };

	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
		if (strcmp(text, symbols[i]) == 0)
			return true;
	return false;
}

static bool value_is_blank(const struct screen *s, const char *value)
{
	(void)s;
	return *value == '\0';
}

static bool value_is_wrong(const struct screen *s, const char *value)
{
	(void)s;
	return *value != '\0' && !value_is_number(value) && !value_is_symbol(value);
}

static bool value_is_no_count(const struct screen *s, const char *value)
{
	int64_t whole;

	(void)s;
	return value_is_number(value) && (!screen_whole(value, &whole) || whole < 0);
}

static bool value_is_small(const struct screen *s, const char *value)
{
	int64_t whole;

	(void)s;
	return screen_whole(value, &whole) && whole >= 1 && whole <= VALUES_SMALL_MAX;
}

static bool value_is_no_percent(const struct screen *s, const char *value)
{
	double percent;

	(void)s;
	if (!value_is_number(value))
		return false;
	percent = strtod(value, NULL);
	return percent < 0 || percent > 100;
}

static void values_of(struct screen *s, enum screen_result result, bool counts_only,
		      bool (*bad)(const struct screen *s, const char *value), const char *what)
{
	size_t step = 0, row;
	int column;

	while (screen_next_indicator(s, &step, &column, &row))
		if (!counts_only || screen_is_count(s->pair->data.columns[column].name))
			screen_bad_values(s, result, SCREEN_DATA, column, bad, what);
}

static void drs_blank_cell(struct screen *s)
{
	values_of(s, SCREEN_FAIL, false, value_is_blank,
		  "a blank says nothing of why; write c (suppressed), x (not available), z (not "
		  "applicable) or u (unreliable)");
}

static void drs_cell_value(struct screen *s)
{
	values_of(s, SCREEN_FAIL, false, value_is_wrong,
		  "neither a plain number (no spaces, commas, % or £) nor one of c, z, x, k, low, "
		  "u");
}

static void drs_count_whole(struct screen *s)
{
	values_of(s, SCREEN_FAIL, true, value_is_no_count,
		  "a count must be a whole number, 0 or more");
}

static void drs_small_count(struct screen *s)
{
	values_of(s, SCREEN_WARNING, true, value_is_small,
		  "counts of 1 to 5 can point at a child; publish c in their place, and protect "
		  "the totals that would give them away");
}

static void drs_percent_range(struct screen *s)
{
	size_t step = 0, row;
	int column;

	while (screen_next_indicator(s, &step, &column, &row)) {
		const char *name = s->pair->data.columns[column].name;
		size_t len = strlen(name);

		if (len > 8 && strcmp(name + len - 8, "_percent") == 0)
			screen_bad_values(
				s, SCREEN_WARNING, SCREEN_DATA, column, value_is_no_percent,
				"a percentage outside 0 to 100; is the denominator right?");
	}
}

const struct screen_check screen_own_values[] = {
	{ "drs_blank_cell", drs_blank_cell },   { "drs_cell_value", drs_cell_value },
	{ "drs_count_whole", drs_count_whole }, { "drs_percent_range", drs_percent_range },
	{ "drs_matrix", screen_drs_matrix },    { "drs_totals", screen_drs_totals },
	{ "drs_small_count", drs_small_count }, { NULL, NULL },
};
