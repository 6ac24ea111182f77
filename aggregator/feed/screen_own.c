#include "aggregator/feed/screen_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Our own checks of form: what DfE's screener lets through although the file would be wrong,
 * refused at upload or shown otherwise than meant. Each looks for the columns that it needs itself.
 */

#define OWN_LABEL_MAX 80
#define OWN_FILE_NAME_MAX 150

static void drs_no_rows(struct screen *s)
{
	if (s->pair->data.n_rows == 0)
		screen_say(s, SCREEN_FAIL, SCREEN_DATA, NULL, NULL,
			   "the data has a heading but no rows");
	if (s->pair->meta.n_rows == 0)
		screen_say(s, SCREEN_FAIL, SCREEN_META, NULL, NULL,
			   "the metadata has a heading but no rows");
}

static void own_widths(struct screen *s, enum screen_where where, const struct screen_table *t)
{
	if (t->narrow.n > 0)
		screen_say(s, SCREEN_FAIL, where, NULL, &t->narrow,
			   "fewer cells than the heading has columns (%d); is a comma missing?",
			   t->n_columns);
	if (t->wide.n > 0)
		screen_say(s, SCREEN_FAIL, where, NULL, &t->wide,
			   "more cells than the heading has columns (%d); put values with a comma "
			   "in double quotes",
			   t->n_columns);
}

static void drs_row_width(struct screen *s)
{
	own_widths(s, SCREEN_DATA, &s->pair->data);
	own_widths(s, SCREEN_META, &s->pair->meta);
}

static void own_separator(struct screen *s, enum screen_where where, const struct screen_table *t)
{
	const char text[] = { t->separator, '\0' };

	if (t->separator != ',')
		screen_say(s, SCREEN_FAIL, where, NULL, NULL,
			   "the columns are separated by %s, not by commas; save it as \"CSV "
			   "UTF-8\"",
			   screen_quote(text).text);
}

static void drs_separator(struct screen *s)
{
	own_separator(s, SCREEN_DATA, &s->pair->data);
	own_separator(s, SCREEN_META, &s->pair->meta);
}

static void drs_empty_rows(struct screen *s)
{
	if (s->pair->data.empty.n > 0)
		screen_say(s, SCREEN_FAIL, SCREEN_DATA, NULL, &s->pair->data.empty,
			   "rows without any value; remove them");
	if (s->pair->meta.empty.n > 0)
		screen_say(s, SCREEN_FAIL, SCREEN_META, NULL, &s->pair->meta.empty,
			   "rows without any value; remove them");
}

/* Columns of place may be blank throughout: rows of other levels fill them in other files. */
static void drs_empty_columns(struct screen *s)
{
	const struct screen_table *t = &s->pair->data;

	for (int i = 0; i < t->n_columns; i++) {
		const struct screen_column *c = &t->columns[i];

		if (*c->name == '\0')
			screen_say(s, SCREEN_FAIL, SCREEN_DATA, NULL, NULL,
				   "column %d has no heading; name it or remove it", i + 1);
		else if (t->n_rows > 0 && c->n_blank == t->n_rows &&
			 !screen_is_unit_column(s->lists, c->name))
			screen_say(s, SCREEN_FAIL, SCREEN_DATA, c->name, NULL,
				   "no row has a value in this column; fill it or remove it");
	}
}

static void drs_column_dupe(struct screen *s)
{
	const struct screen_table *t = &s->pair->data;

	for (int i = 0; i < t->n_columns; i++) {
		const char *name = t->columns[i].name;

		if (screen_table_column(t, name) != i)
			screen_say(s, SCREEN_FAIL, SCREEN_DATA, name, NULL,
				   "two columns have this name; rename or remove one");
	}
}

static bool own_indicator_is_lost(const struct screen *s, size_t row)
{
	return screen_is_indicator(s, row) &&
	       screen_table_column(&s->pair->data, screen_meta(s, row, META_COL_NAME)) < 0;
}

static void drs_indicator_missing(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_COL_NAME, own_indicator_is_lost,
			"this indicator is not in the data; add the column or remove the row");
}

static bool own_is_listed(const struct screen *s, const char *name)
{
	for (size_t row = 0; row < s->pair->meta.n_rows; row++)
		if (strcmp(screen_meta(s, row, META_COL_NAME), name) == 0 ||
		    strcmp(screen_meta(s, row, META_FILTER_GROUPING_COLUMN), name) == 0)
			return true;
	return false;
}

static void drs_column_unlisted(struct screen *s)
{
	const struct screen_table *t = &s->pair->data;

	for (int i = 0; i < t->n_columns; i++) {
		const char *name = t->columns[i].name;

		if (*name != '\0' && !screen_is_unit_column(s->lists, name) &&
		    !own_is_listed(s, name))
			screen_say(s, SCREEN_WARNING, SCREEN_DATA, name, NULL,
				   "this column has no row in the metadata, so readers do not see "
				   "it; add a row or drop the column");
	}
}

static bool own_label_is_long(const struct screen *s, const char *label)
{
	size_t n = 0;

	(void)s;
	for (; *label != '\0'; label++)
		n += ((unsigned char)*label & 0xC0) != 0x80;
	return n > OWN_LABEL_MAX;
}

static void drs_label_length(struct screen *s)
{
	screen_bad_values(s, SCREEN_WARNING, SCREEN_META, s->pair->meta_at[META_LABEL],
			  own_label_is_long,
			  "longer than the 80 characters that the guidance allows for a label");
}

static void own_file_name(struct screen *s, enum screen_where where, const char *name)
{
	size_t len = strlen(name);

	if (len > 4 + OWN_FILE_NAME_MAX)
		screen_say(s, SCREEN_FAIL, where, NULL, NULL,
			   "a file name of more than %d characters, which the upload refuses; "
			   "shorten it",
			   OWN_FILE_NAME_MAX);
	for (size_t i = 0; i < len; i++) {
		if (isupper((unsigned char)name[i])) {
			screen_say(s, SCREEN_WARNING, where, NULL, NULL,
				   "the upload turns capitals of the file name into small letters; "
				   "write it so");
			break;
		}
	}
}

static void drs_file_name(struct screen *s)
{
	own_file_name(s, SCREEN_DATA, s->pair->data_name);
	own_file_name(s, SCREEN_META, s->pair->meta_name);
}

static bool own_has_edge_space(const struct screen *s, const char *value)
{
	size_t len = strlen(value);

	(void)s;
	return len > 0 && (isspace((unsigned char)value[0]) != 0 ||
			   isspace((unsigned char)value[len - 1]) != 0);
}

static void drs_edge_space(struct screen *s)
{
	static const char what[] = "a space before or after the text; remove it";

	for (int i = 0; i < s->pair->data.n_columns; i++)
		if (screen_is_unit_column(s->lists, s->pair->data.columns[i].name))
			screen_bad_values(s, SCREEN_FAIL, SCREEN_DATA, i, own_has_edge_space, what);
	for (int i = 0; i < s->pair->meta.n_columns; i++)
		screen_bad_values(s, SCREEN_FAIL, SCREEN_META, i, own_has_edge_space, what);
}

static void drs_new_la_code(struct screen *s)
{
	const struct screen_table *t = &s->pair->data;
	int level = screen_table_column(t, "geographic_level");
	int code = screen_table_column(t, "new_la_code");
	struct screen_rows rows = { .n = 0 };

	for (size_t row = 0; code >= 0 && row < t->n_rows; row++)
		if (strcmp(screen_table_text(t, level, row), "Local authority") == 0 &&
		    t->columns[code].cells[row] == 0)
			screen_rows_add(&rows, t->numbers[row]);
	if (rows.n > 0)
		screen_say(s, SCREEN_FAIL, SCREEN_DATA, "new_la_code", &rows,
			   "blank on rows of level 'Local authority'; write the nine-character "
			   "code, or z for one without");
}

static bool own_is_ignored(const struct screen *s, const char *level)
{
	(void)s;
	return strcmp(level, "School") == 0 || strcmp(level, "Provider") == 0 ||
	       strcmp(level, "Institution") == 0 || strcmp(level, "Planning area") == 0;
}

static void drs_ignored_rows(struct screen *s)
{
	int level = screen_table_column(&s->pair->data, "geographic_level");

	if (level >= 0 && screen_column_levels(&s->pair->data.columns[level]) > 1)
		screen_bad_values(s, SCREEN_WARNING, SCREEN_DATA, level, own_is_ignored,
				  "rows of this level are not shown beside other levels; put them "
				  "into a file of their own");
}

static void drs_ward_unjudged(struct screen *s)
{
	const struct screen_table *t = &s->pair->data;
	int code = screen_table_column(t, "ward_code"), lad = screen_table_column(t, "lad_code");
	struct screen_rows rows = { .n = 0 };

	for (size_t row = 0; code >= 0 && row < t->n_rows; row++) {
		const char *ward = screen_table_text(t, code, row);

		if (*ward != '\0' && strcmp(ward, "x") != 0 && strcmp(ward, "z") != 0 &&
		    !screen_ward_is_judged(s, ward, screen_table_text(t, lad, row)))
			screen_rows_add(&rows, t->numbers[row]);
	}
	if (rows.n > 0)
		screen_say(s, SCREEN_WARNING, SCREEN_DATA, "ward_code", &rows,
			   "wards of places whose wards are not built into this program: "
			   "geog_ward_combos says nothing of them; see DfE's own screener");
}

const struct screen_check screen_own_shape[] = {
	{ "drs_no_rows", drs_no_rows },
	{ "drs_row_width", drs_row_width },
	{ "drs_separator", drs_separator },
	{ "drs_empty_rows", drs_empty_rows },
	{ "drs_empty_columns", drs_empty_columns },
	{ "drs_column_dupe", drs_column_dupe },
	{ "drs_indicator_missing", drs_indicator_missing },
	{ "drs_column_unlisted", drs_column_unlisted },
	{ "drs_label_length", drs_label_length },
	{ "drs_file_name", drs_file_name },
	{ "drs_edge_space", drs_edge_space },
	{ "drs_new_la_code", drs_new_la_code },
	{ "drs_ignored_rows", drs_ignored_rows },
	{ "drs_ward_unjudged", drs_ward_unjudged },
	{ NULL, NULL },
};
