#include "aggregator/feed/screen_private.h"

#include <stdlib.h>
#include <string.h>

/* Stages "Check general" and "Check indicators": rows given twice, and words for "nothing" that the
 * publication service does not know. */

/* ---- Check general */

/* Columns that tell one row from another: time, place and filters. */
static int general_keys(struct screen *s, int *keys)
{
	const struct screen_table *t = &s->pair->data;
	size_t step = 0, row;
	int column, n = 0;

	for (int i = 0; i < t->n_columns; i++)
		if (screen_is_unit_column(s->lists, t->columns[i].name))
			keys[n++] = i;
	while (screen_next_filter(s, &step, true, &column, &row))
		if (!screen_is_unit_column(s->lists, t->columns[column].name))
			keys[n++] = column;
	return n;
}

/* Rows of these levels are not compared: names of schools and providers repeat. */
static bool general_is_left_out(const struct screen *s, const char *level, bool one_level)
{
	if (strcmp(level, "School") == 0 || strcmp(level, "Provider") == 0)
		return !one_level;
	(void)s;
	return strcmp(level, "Institution") == 0 || strcmp(level, "Planning area") == 0;
}

static struct screen_rows general_repeats(struct screen *s, const int *keys, int n,
					  uint32_t *numbers)
{
	const struct screen_table *t = &s->pair->data;
	const int levels = screen_table_column(t, "geographic_level");
	bool one_level = levels >= 0 && screen_column_levels(&t->columns[levels]) == 1;
	struct screen_words seen = { 0 };
	struct screen_rows rows = { .n = 0 };

	for (size_t row = 0; row < t->n_rows && s->code == ERR_OK; row++) {
		size_t before = seen.n;
		uint32_t at;

		if (general_is_left_out(s, screen_table_text(t, levels, row), one_level))
			continue;
		for (int i = 0; i < n; i++)
			numbers[i] = t->columns[keys[i]].cells[row];
		s->code =
			screen_words_add(&seen, numbers, (size_t)n * sizeof *numbers, &at, s->err);
		if (s->code == ERR_OK && seen.n == before)
			screen_rows_add(&rows, t->numbers[row]);
	}
	screen_words_clear(&seen);
	return rows;
}

static void general_dupes(struct screen *s)
{
	/* a filter may also be a column of place: room for both */
	size_t room = 2 * (size_t)s->pair->data.n_columns;
	int *keys = screen_calloc(s, room, sizeof *keys);
	uint32_t *numbers = screen_calloc(s, room, sizeof *numbers);
	struct screen_rows rows = { .n = 0 };

	if (keys != NULL && numbers != NULL)
		rows = general_repeats(s, keys, general_keys(s, keys), numbers);
	if (rows.n > 0)
		screen_say(s, SCREEN_FAIL, SCREEN_DATA, NULL, &rows,
			   "an earlier row has the same time, place and filter items; keep one");
	free(keys);
	free(numbers);
}

static bool general_is_null(const struct screen *s, const char *value)
{
	static const char *const words[] = { "NULL", "Null", "null", "NA", "na" };

	(void)s;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(value, words[i]) == 0)
			return true;
	return false;
}

static bool general_is_nullish(const struct screen *s, const char *value)
{
	static const char *const words[] = { "N/A", "n/a", ".", "..", "-" };

	(void)s;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(value, words[i]) == 0)
			return true;
	return false;
}

static void general_null(struct screen *s)
{
	for (int where = SCREEN_DATA; where <= SCREEN_META; where++) {
		const struct screen_table *t =
			where == SCREEN_DATA ? &s->pair->data : &s->pair->meta;

		for (int i = 0; i < t->n_columns; i++) {
			screen_bad_values(s, SCREEN_FAIL, (enum screen_where)where, i,
					  general_is_null,
					  "a program's word for nothing; use the symbols of the "
					  "standard (c, x, z, low, u) or leave the cell blank");
			screen_bad_values(s, SCREEN_WARNING, (enum screen_where)where, i,
					  general_is_nullish,
					  "no symbol of the standard; use c, x, z, low or u");
		}
	}
}

/* ---- Check indicators */

static bool indicator_is_obsolete(const struct screen *s, const char *value)
{
	(void)s;
	return strcmp(value, "~") == 0 || strcmp(value, ":") == 0;
}

static void ind_invalid_entry(struct screen *s)
{
	size_t step = 0, row;
	int column;

	while (screen_next_indicator(s, &step, &column, &row))
		screen_bad_values(s, SCREEN_FAIL, SCREEN_DATA, column, indicator_is_obsolete,
				  "a symbol no longer used; write low for ~ and x for :");
}

const struct screen_check screen_check_general[] = {
	{ "general_dupes", general_dupes },
	{ "general_null", general_null },
	{ NULL, NULL },
};

const struct screen_check screen_check_indicators[] = {
	{ "ind_invalid_entry", ind_invalid_entry },
	{ NULL, NULL },
};
