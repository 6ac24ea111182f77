#include "aggregator/feed/screen_private.h"

#include <ctype.h>
#include <string.h>

/* Stages "Precheck filters" and "Check filters": the columns that readers choose from. */

#define FILTER_ITEMS_MAX 25000

/* ---- Precheck filters */

static void filter_not_singular(struct screen *s)
{
	size_t step = 0, row;
	int column;

	while (screen_next_filter(s, &step, false, &column, &row)) {
		const struct screen_column *c = &s->pair->data.columns[column];

		if (screen_column_levels(c) < 2)
			screen_say(s, SCREEN_FAIL, SCREEN_DATA, c->name, NULL,
				   "a filter with one item only; remove its row from the metadata");
	}
}

/* ---- Check filters */

static const char *filter_default(const struct screen *s, size_t row, bool is_group)
{
	const char *wanted = is_group ? "" : screen_meta(s, row, META_FILTER_DEFAULT);

	return *wanted == '\0' ? "Total" : wanted;
}

static void filter_defaults(struct screen *s)
{
	size_t step = 0, row;
	int column;

	while (screen_next_filter(s, &step, true, &column, &row)) {
		const struct screen_column *c = &s->pair->data.columns[column];
		bool is_group = strcmp(screen_meta(s, row, META_COL_NAME), c->name) != 0;
		const char *wanted = filter_default(s, row, is_group);

		if (!screen_column_has(c, wanted))
			screen_say(s, SCREEN_WARNING, SCREEN_DATA, c->name, NULL,
				   "no row has %s in this filter; add a total, or name another "
				   "item in filter_default of the metadata",
				   screen_quote(wanted).text);
	}
}

static void filter_group_level(struct screen *s)
{
	const struct screen_table *t = &s->pair->data;

	for (size_t row = 0; row < s->pair->meta.n_rows; row++) {
		int filter = screen_table_column(t, screen_meta(s, row, META_COL_NAME));
		int group =
			screen_table_column(t, screen_meta(s, row, META_FILTER_GROUPING_COLUMN));

		if (screen_is_filter(s, row) && filter >= 0 && group >= 0 &&
		    screen_column_levels(&t->columns[group]) >
			    screen_column_levels(&t->columns[filter]))
			screen_say(s, SCREEN_FAIL, SCREEN_DATA, t->columns[group].name, NULL,
				   "this grouping column has more items than its filter %s; are "
				   "they swapped?",
				   screen_quote(t->columns[filter].name).text);
	}
}

static void filter_item_limit(struct screen *s)
{
	size_t step = 0, row;
	int column;

	while (screen_next_filter(s, &step, true, &column, &row)) {
		const struct screen_column *c = &s->pair->data.columns[column];

		if (screen_column_levels(c) > FILTER_ITEMS_MAX)
			screen_say(s, SCREEN_FAIL, SCREEN_DATA, c->name, NULL,
				   "a filter of %zu items, more than %d; split the file",
				   screen_column_levels(c), FILTER_ITEMS_MAX);
	}
}

static bool filter_has_edge_space(const struct screen *s, const char *value)
{
	size_t len = strlen(value);

	(void)s;
	return len > 0 && (isspace((unsigned char)value[0]) != 0 ||
			   isspace((unsigned char)value[len - 1]) != 0);
}

static void filter_whitespace(struct screen *s)
{
	size_t step = 0, row;
	int column;

	while (screen_next_filter(s, &step, true, &column, &row))
		screen_bad_values(s, SCREEN_FAIL, SCREEN_DATA, column, filter_has_edge_space,
				  "a space before or after an item makes it another item; remove "
				  "it");
}

static bool filter_is_total(const struct screen *s, const char *value)
{
	(void)s;
	return strcmp(value, "Total") == 0 || strcmp(value, "total") == 0 ||
	       strcmp(value, "All") == 0 || strcmp(value, "all") == 0;
}

static void filter_ob_total(struct screen *s)
{
	const struct screen_table *t = &s->pair->data;
	bool only = screen_only_filter_is(s, "school_name", "provider_name");

	for (int i = 0; i < t->n_columns; i++) {
		const char *name = t->columns[i].name;
		bool is_label =
			strcmp(name, "school_name") == 0 || strcmp(name, "provider_name") == 0;

		if (is_label && only)
			continue;
		if (screen_is_unit_column(s->lists, name) ||
		    regexec(&s->lists->unit_names, name, 0, NULL, 0) == 0)
			screen_bad_values(s, SCREEN_FAIL, SCREEN_DATA, i, filter_is_total,
					  "a column of time or place has no total; leave the cell "
					  "blank and say so by geographic_level");
	}
}

static bool filter_is_blank(const struct screen *s, const char *value)
{
	(void)s;
	return *value == '\0';
}

static void filter_blanks(struct screen *s)
{
	size_t step = 0, row;
	int column;

	while (screen_next_filter(s, &step, false, &column, &row))
		screen_bad_values(s, SCREEN_FAIL, SCREEN_DATA, column, filter_is_blank,
				  "a row without an item in this filter; write Total or the item");
}

const struct screen_check screen_precheck_filters[] = {
	{ "filter_not_singular", filter_not_singular },
	{ NULL, NULL },
};

const struct screen_check screen_check_filters[] = {
	{ "filter_defaults", filter_defaults },
	{ "filter_group_level", filter_group_level },
	{ "filter_item_limit", filter_item_limit },
	{ "filter_whitespace", filter_whitespace },
	{ "filter_ob_total", filter_ob_total },
	{ "filter_blanks", filter_blanks },
	{ NULL, NULL },
};
