#include "aggregator/feed/screen_private.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Stages "Precheck columns", "Precheck cross-file" and "Check columns": which columns there are,
 * whether data and metadata speak of the same ones, and how they are named. */

static const char *const columns_of_meta[] = {
	"col_name",       "col_type",      "label",       "indicator_grouping",
	"indicator_unit", "indicator_dp",  "filter_hint", "filter_grouping_column",
	"filter_default", "parent_filter",
};
#define N_META_NEEDED 8
#define N_META_KNOWN 10

static const char *const columns_of_data[] = {
	"time_period", "time_identifier", "geographic_level", "country_code", "country_name",
};
#define N_DATA_NEEDED 5

/* ---- Precheck columns */

static void col_req_meta(struct screen *s)
{
	for (size_t i = 0; i < N_META_NEEDED; i++)
		if (screen_table_column(&s->pair->meta, columns_of_meta[i]) < 0)
			screen_say(s, SCREEN_FAIL, SCREEN_META, columns_of_meta[i], NULL,
				   "the metadata lacks this column; add it, blank where it does "
				   "not apply");
}

static void col_invalid_meta(struct screen *s)
{
	const struct screen_table *t = &s->pair->meta;

	for (int i = 0; i < t->n_columns; i++) {
		bool known = false;

		for (size_t k = 0; k < N_META_KNOWN && !known; k++)
			known = strcmp(t->columns[i].name, columns_of_meta[k]) == 0;
		if (!known)
			screen_say(s, SCREEN_FAIL, SCREEN_META, t->columns[i].name, NULL,
				   "%s is no column of the metadata; remove it",
				   screen_quote(t->columns[i].name).text);
	}
}

static void col_req_data(struct screen *s)
{
	for (size_t i = 0; i < N_DATA_NEEDED; i++)
		if (screen_table_column(&s->pair->data, columns_of_data[i]) < 0)
			screen_say(s, SCREEN_FAIL, SCREEN_DATA, columns_of_data[i], NULL,
				   "the data lacks this column; every file has it");
}

static void col_to_rows(struct screen *s)
{
	if ((int64_t)s->pair->meta.n_rows > s->pair->data.n_columns - N_DATA_NEEDED)
		screen_say(s, SCREEN_FAIL, SCREEN_META, NULL, NULL,
			   "the metadata has %zu rows, but the data only %d columns beside the %d "
			   "that every file has; remove rows without a column",
			   s->pair->meta.n_rows, s->pair->data.n_columns - N_DATA_NEEDED,
			   N_DATA_NEEDED);
}

/* ---- Precheck cross-file */

/* A row without a type may be a filter: it cannot be told to be in the data. */
static bool cross_is_lost(const struct screen *s, size_t row)
{
	const char *group = screen_meta(s, row, META_FILTER_GROUPING_COLUMN);
	const struct screen_table *data = &s->pair->data;

	if (*group != '\0' && screen_table_column(data, group) < 0)
		return true;
	if (*screen_meta(s, row, META_COL_TYPE) == '\0')
		return true;
	return screen_is_filter(s, row) &&
	       screen_table_column(data, screen_meta(s, row, META_COL_NAME)) < 0;
}

static void cross_meta_to_data(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_COL_NAME, cross_is_lost,
			"this filter, or its grouping column, is not in the data, or the row has "
			"no col_type; both files must spell the column alike");
}

static bool cross_is_listed(const struct screen *s, const char *name)
{
	for (size_t row = 0; row < s->pair->meta.n_rows; row++)
		if (strcmp(screen_meta(s, row, META_COL_NAME), name) == 0 ||
		    strcmp(screen_meta(s, row, META_FILTER_GROUPING_COLUMN), name) == 0)
			return true;
	return false;
}

static void cross_data_to_meta(struct screen *s)
{
	const struct screen_table *t = &s->pair->data;

	for (int i = 0; i < t->n_columns; i++) {
		const char *name = t->columns[i].name;
		/* a row of the metadata describes the first column of its name only */
		bool is_described =
			screen_table_column(t, name) == i &&
			(screen_is_unit_column(s->lists, name) || cross_is_listed(s, name));

		if (!is_described && screen_column_levels(&t->columns[i]) > 1)
			screen_say(s, SCREEN_WARNING, SCREEN_DATA, name, NULL,
				   "this column has several values but no row in the metadata, so "
				   "it will not be shown; add a row or drop the column");
	}
}

/* ---- Check columns */

static bool name_has_space(const struct screen *s, const char *name)
{
	(void)s;
	return name[strcspn(name, " \t\r\n\v\f")] != '\0' || strstr(name, "\xC2\xA0") != NULL;
}

static void col_names_spaces(struct screen *s)
{
	screen_bad_names(s, SCREEN_FAIL, SCREEN_DATA, name_has_space,
			 "a column name has a space; use _ instead");
}

static bool name_is_no_snake(const struct screen *s, const char *name)
{
	(void)s;
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0';
}

static void col_snake_case(struct screen *s)
{
	screen_bad_names(s, SCREEN_WARNING, SCREEN_DATA, name_is_no_snake,
			 "a column name has other characters than a-z, 0-9 and _; write it in "
			 "lower case with _ between words");
}

static bool name_starts_wrong(const struct screen *s, const char *name)
{
	(void)s;
	return *name < 'a' || *name > 'z';
}

static void col_var_start(struct screen *s)
{
	screen_bad_names(s, SCREEN_WARNING, SCREEN_DATA, name_starts_wrong,
			 "a column name must begin with a letter a-z");
}

/* Names of groups of people, which belong into filters. */
static bool name_is_smushed(const char *name)
{
	static const char *const groups[] = {
		"male",      "female",      "asian",          "chinese", "indian",
		"pakistani", "bangladeshi", "black",          "african", "caribbean",
		"white",     "roma",        "irish",          "english", "british",
		"scottish",  "welsh",       "northern irish", "arab",
	};

	for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
		if (strcasestr(name, groups[i]) != NULL)
			return true;
	return false;
}

static bool meta_is_smushed(const struct screen *s, size_t row)
{
	return screen_is_indicator(s, row) && name_is_smushed(screen_meta(s, row, META_COL_NAME));
}

static void col_ind_smushed(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_COL_NAME, meta_is_smushed,
			"the name of an indicator holds that of a group of people; make the group "
			"an item of a filter, with one indicator for all");
}

static bool name_is_characteristic(const struct screen *s, const char *name)
{
	(void)s;
	return strcmp(name, "characteristic") == 0 || strcmp(name, "characteristic_group") == 0;
}

static void col_var_characteristic(struct screen *s)
{
	screen_bad_names(s, SCREEN_WARNING, SCREEN_DATA, name_is_characteristic,
			 "several filters squeezed into one column; give each its own column");
}

const struct screen_check screen_precheck_columns[] = {
	{ "col_req_meta", col_req_meta },
	{ "col_invalid_meta", col_invalid_meta },
	{ "col_req_data", col_req_data },
	{ "col_to_rows", col_to_rows },
	{ NULL, NULL },
};

const struct screen_check screen_precheck_cross[] = {
	{ "cross_meta_to_data", cross_meta_to_data },
	{ "cross_data_to_meta", cross_data_to_meta },
	{ NULL, NULL },
};

const struct screen_check screen_check_columns[] = {
	{ "col_names_spaces", col_names_spaces },
	{ "col_snake_case", col_snake_case },
	{ "col_var_start", col_var_start },
	{ "col_ind_smushed", col_ind_smushed },
	{ "col_var_characteristic", col_var_characteristic },
	{ NULL, NULL },
};
