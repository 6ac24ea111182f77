#include "aggregator/feed/screen_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Stages "Check harmonised" and "Check API": names and items that all of DfE's publications share,
 * and what the public API asks on top. */

/* ---- Check harmonised */

/* Whether the name speaks of a harmonised subject without being one of its names. */
static bool harmonised_is_wrong(const struct screen *s, const char *name)
{
	const struct screen_table *t = &s->lists->tables[LIST_HARMONISED];
	bool speaks = false;

	for (size_t row = 0; row < t->n_rows; row++) {
		if (strcmp(name, screen_table_text(t, 1, row)) == 0)
			return false;
		speaks |= strcasestr(name, screen_table_text(t, 0, row)) != NULL;
	}
	return speaks;
}

static void harmonised_variables(struct screen *s)
{
	static const char what[] = "this subject has a name of its own in the standard (such as "
				   "ethnicity_major, sen_status); use that, or a name without the "
				   "standard's word";

	screen_bad_values(s, SCREEN_FAIL, SCREEN_META, s->pair->meta_at[META_COL_NAME],
			  harmonised_is_wrong, what);
	screen_bad_values(s, SCREEN_FAIL, SCREEN_META,
			  s->pair->meta_at[META_FILTER_GROUPING_COLUMN], harmonised_is_wrong, what);
}

static bool harmonised_knows(const struct screen *s, int column, const char *value)
{
	return screen_column_has(&s->lists->tables[LIST_ETHNICITY].columns[column], value);
}

static bool harmonised_is_no_major(const struct screen *s, const char *value)
{
	return !harmonised_knows(s, 0, value);
}

static bool harmonised_is_no_minor(const struct screen *s, const char *value)
{
	return !harmonised_knows(s, 1, value);
}

static void harmonised_eth_vals(struct screen *s)
{
	static const char what[] = "no ethnic group as official statistics name them; spell it as "
				   "the harmonised list does";
	const struct screen_table *t = &s->pair->data;
	int major = screen_table_column(t, "ethnicity_major");
	int minor = screen_table_column(t, "ethnicity_minor");
	struct screen_rows rows = { .n = 0 };
	const char *first = "", *second = "";

	if (major < 0 || minor < 0) {
		screen_bad_values(s, SCREEN_WARNING, SCREEN_DATA, major, harmonised_is_no_major,
				  what);
		screen_bad_values(s, SCREEN_WARNING, SCREEN_DATA, minor, harmonised_is_no_minor,
				  what);
		return;
	}
	for (size_t row = 0; row < t->n_rows; row++) {
		const char *texts[] = { screen_table_text(t, major, row),
					screen_table_text(t, minor, row) };

		if (screen_list_has(s->lists, LIST_ETHNICITY, texts, 2))
			continue;
		first = rows.n == 0 ? texts[0] : first;
		second = rows.n == 0 ? texts[1] : second;
		screen_rows_add(&rows, t->numbers[row]);
	}
	if (rows.n > 0)
		screen_say(s, SCREEN_WARNING, SCREEN_DATA, "ethnicity_major", &rows,
			   "%s with %s: no pair of ethnic groups as official statistics name them; "
			   "spell both as the harmonised list does",
			   screen_quote(first).text, screen_quote(second).text);
}

/* ethnicity_major as characteristic_group writes it: "Ethnicity Major". */
static bool harmonised_in_title(const char *value, const char *name)
{
	char title[64];
	size_t len = 0;
	bool up = true;

	for (; *name != '\0' && len + 1 < sizeof title; name++) {
		title[len++] = *name == '_' ? ' '
			       : up         ? (char)toupper((unsigned char)*name)
					    : *name;
		up = *name == '_';
	}
	title[len] = '\0';
	return strstr(value, title) != NULL;
}

static bool harmonised_is_wrong_group(const struct screen *s, const char *value)
{
	const struct screen_table *t = &s->lists->tables[LIST_HARMONISED];

	if (strcasestr(value, "ethnic") == NULL)
		return false;
	for (size_t row = 0; row < t->n_rows; row++)
		if (strstr(screen_table_text(t, 0, row), "ethnic") != NULL &&
		    harmonised_in_title(value, screen_table_text(t, 1, row)))
			return false;
	return true;
}

static void harmonised_eth_char_grp(struct screen *s)
{
	screen_bad_values(s, SCREEN_FAIL, SCREEN_DATA,
			  screen_table_column(&s->pair->data, "characteristic_group"),
			  harmonised_is_wrong_group,
			  "a group of characteristics about ethnicity must say Ethnicity Major, "
			  "Ethnicity Minor, Ethnicity Detailed or Minority Ethnic");
}

static void harmonised_eth_char_vals(struct screen *s)
{
	const struct screen_table *t = &s->pair->data;
	int group = screen_table_column(t, "characteristic_group");
	int item = screen_table_column(t, "characteristic");
	struct screen_rows rows = { .n = 0 };
	const char *first = "";

	for (size_t row = 0; group >= 0 && item >= 0 && row < t->n_rows; row++) {
		const char *value = screen_table_text(t, item, row);

		if (strcasestr(screen_table_text(t, group, row), "ethnic") == NULL ||
		    harmonised_knows(s, 0, value) || harmonised_knows(s, 1, value))
			continue;
		first = rows.n == 0 ? value : first;
		screen_rows_add(&rows, t->numbers[row]);
	}
	if (rows.n > 0)
		screen_say(s, SCREEN_WARNING, SCREEN_DATA, "characteristic", &rows,
			   "%s: no ethnic group as official statistics name them",
			   screen_quote(first).text);
}

/* ---- Check API */

#define API_NAME_MAX 50
#define API_LABEL_MAX 100
#define API_CODE_MAX 30
#define API_ITEM_MAX 120

static size_t api_characters(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xC0) != 0x80;
	return n;
}

static bool api_name_is_long(const struct screen *s, const char *name)
{
	(void)s;
	return api_characters(name) > API_NAME_MAX;
}

static void api_char_col_name(struct screen *s)
{
	screen_bad_names(s, SCREEN_WARNING, SCREEN_DATA, api_name_is_long,
			 "longer than the 50 characters that the API allows for a column name");
}

static bool api_label_is_long(const struct screen *s, const char *label)
{
	(void)s;
	return api_characters(label) > API_LABEL_MAX;
}

static void api_char_col_label(struct screen *s)
{
	screen_bad_values(s, SCREEN_WARNING, SCREEN_META, s->pair->meta_at[META_LABEL],
			  api_label_is_long,
			  "longer than the 100 characters that the API allows for a label");
}

static bool api_code_is_long(const struct screen *s, const char *code)
{
	(void)s;
	return api_characters(code) > API_CODE_MAX;
}

static bool api_item_is_long(const struct screen *s, const char *item)
{
	(void)s;
	return api_characters(item) > API_ITEM_MAX;
}

/* Columns of the levels: their codes, or their names. */
static void api_places(struct screen *s, bool codes,
		       bool (*bad)(const struct screen *s, const char *value), const char *what)
{
	const struct screen_table *levels = &s->lists->tables[LIST_LEVELS];

	for (size_t level = 0; level < levels->n_rows; level++) {
		for (int i = LEVEL_CODE_COLUMN; i < LEVEL_COLUMNS; i++) {
			const char *name = screen_level_text(s->lists, (int)level, i);

			if ((i != LEVEL_NAME_COLUMN) == codes && *name != '\0')
				screen_bad_values(s, SCREEN_WARNING, SCREEN_DATA,
						  screen_table_column(&s->pair->data, name), bad,
						  what);
		}
	}
}

static void api_char_loc_code(struct screen *s)
{
	api_places(s, true, api_code_is_long,
		   "longer than the 30 characters that the API allows for a code of a place");
}

static void api_char_filter_items(struct screen *s)
{
	static const char what[] = "longer than the 120 characters that the API allows for an item "
				   "or the name of a place";
	size_t step = 0, row;
	int column;

	while (screen_next_filter(s, &step, true, &column, &row))
		screen_bad_values(s, SCREEN_WARNING, SCREEN_DATA, column, api_item_is_long, what);
	api_places(s, false, api_item_is_long, what);
}

static bool api_knows_name(const struct screen *s, const char *type, const char *name)
{
	const char *texts[] = { type, name };
	char joined[SCREEN_JOINED_BYTES];
	uint32_t at;
	size_t len = screen_join(joined, texts, 2);

	return screen_words_find(&s->lists->dictionary_columns, joined, len, &at);
}

static bool api_name_is_unknown(const struct screen *s, size_t row)
{
	const char *type = screen_meta(s, row, META_COL_TYPE);
	const char *group = screen_meta(s, row, META_FILTER_GROUPING_COLUMN);

	return !api_knows_name(s, type, screen_meta(s, row, META_COL_NAME)) ||
	       (*group != '\0' && !api_knows_name(s, type, group));
}

static void data_dict_col_name(struct screen *s)
{
	screen_bad_meta(s, SCREEN_WARNING, META_COL_NAME, api_name_is_unknown,
			"not in DfE's data dictionary, so the file cannot become an API data set; "
			"use a name of the dictionary, or publish it without the API");
}

static bool api_item_is_known(const struct screen *s, const char *column, const char *item)
{
	const char *texts[] = { "Filter", column, item };

	return *item != '\0' && screen_list_has(s->lists, LIST_DICTIONARY, texts, 3);
}

static void data_dict_fil_item(struct screen *s)
{
	size_t step = 0, row;
	int column;

	while (screen_next_filter(s, &step, true, &column, &row)) {
		const struct screen_column *c = &s->pair->data.columns[column];
		unsigned char *wrong;
		struct screen_rows rows;
		const char *first = "";
		size_t n = 0;

		if (!api_knows_name(s, "Filter", c->name))
			continue;
		wrong = screen_calloc(s, c->values.n, 1);
		for (size_t i = c->n_blank > 0 ? 0 : 1; wrong != NULL && i < c->values.n; i++) {
			const char *item = screen_words_text(&c->values, i);

			if (api_item_is_known(s, c->name, item))
				continue;
			first = n++ == 0 ? item : first;
			wrong[i] = 1;
		}
		if (n > 0) {
			rows = screen_rows_of(&s->pair->data, column, wrong);
			screen_say(s, SCREEN_WARNING, SCREEN_DATA, c->name, &rows,
				   "%zu item%s of this filter not in DfE's data dictionary, the "
				   "first %s; use items of the dictionary for an API data set",
				   n, n == 1 ? "" : "s", screen_quote(first).text);
		}
		free(wrong);
	}
}

const struct screen_check screen_check_harmonised[] = {
	{ "harmonised_variables", harmonised_variables },
	{ "harmonised_eth_vals", harmonised_eth_vals },
	{ "harmonised_eth_char_grp", harmonised_eth_char_grp },
	{ "harmonised_eth_char_vals", harmonised_eth_char_vals },
	{ NULL, NULL },
};

const struct screen_check screen_check_api[] = {
	{ "api_char_col_name", api_char_col_name },
	{ "api_char_col_label", api_char_col_label },
	{ "api_char_loc_code", api_char_loc_code },
	{ "api_char_filter_items", api_char_filter_items },
	{ "data_dict_col_name", data_dict_col_name },
	{ "data_dict_fil_item", data_dict_fil_item },
	{ NULL, NULL },
};
