#include "aggregator/feed/screen_private.h"

#include <stdlib.h>
#include <string.h>

/* Stages "Precheck meta" and "Check meta": each row of the metadata. */

/* ---- Precheck meta */

static bool meta_type_is_wrong(const struct screen *s, size_t row)
{
	return !screen_is_filter(s, row) && !screen_is_indicator(s, row);
}

static void meta_col_type(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_COL_TYPE, meta_type_is_wrong,
			"col_type must be Filter or Indicator, spelt so");
}

static bool meta_is_unit(const struct screen *s, size_t row)
{
	const char *name = screen_meta(s, row, META_COL_NAME);

	return screen_is_unit_column(s->lists, name) && strcmp(name, "school_name") != 0 &&
	       strcmp(name, "provider_name") != 0;
}

static void meta_ob_unit(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_COL_NAME, meta_is_unit,
			"columns of time and place have no row in the metadata; remove it");
}

static bool meta_name_is_blank(const struct screen *s, size_t row)
{
	return *screen_meta(s, row, META_COL_NAME) == '\0';
}

static void meta_col_name(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_COL_NAME, meta_name_is_blank,
			"a row without a col_name; name the column that it describes");
}

/* ---- Check meta */

/* Rows whose text in the column stood above already; blanks count as a text when asked. */
static void meta_find_dupes(struct screen *s, enum screen_meta_column column, bool blanks,
			    const char *what)
{
	const struct screen_table *t = &s->pair->meta;
	int at = s->pair->meta_at[column];
	unsigned char *seen = screen_calloc(s, at < 0 ? 1 : t->columns[at].values.n, 1);
	struct screen_rows rows = { .n = 0 };
	const char *first = "";

	for (size_t row = 0; seen != NULL && at >= 0 && row < t->n_rows; row++) {
		uint32_t value = t->columns[at].cells[row];

		if ((value != 0 || blanks) && seen[value]) {
			first = rows.n == 0 ? screen_meta(s, row, column) : first;
			screen_rows_add(&rows, t->numbers[row]);
		}
		seen[value] = 1;
	}
	if (rows.n > 0)
		screen_say(s, SCREEN_FAIL, SCREEN_META, t->columns[at].name, &rows, "%s: %s",
			   screen_quote(first).text, what);
	free(seen);
}

static void meta_dupe_label(struct screen *s)
{
	meta_find_dupes(s, META_LABEL, true,
			"two rows have this label; readers could not tell them apart");
}

static bool meta_group_on_indicator(const struct screen *s, size_t row)
{
	return screen_is_indicator(s, row) &&
	       *screen_meta(s, row, META_FILTER_GROUPING_COLUMN) != '\0';
}

static void meta_fil_grp(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_FILTER_GROUPING_COLUMN, meta_group_on_indicator,
			"an indicator has no filter_grouping_column; leave it blank");
}

static void meta_fil_grp_dupe(struct screen *s)
{
	meta_find_dupes(s, META_FILTER_GROUPING_COLUMN, false,
			"two rows use this grouping column; a group belongs to one filter");
}

static bool meta_group_has_no_row(const struct screen *s, size_t row)
{
	const char *group = screen_meta(s, row, META_FILTER_GROUPING_COLUMN);

	if (*group == '\0')
		return false;
	for (size_t r = 0; r < s->pair->meta.n_rows; r++)
		if (strcmp(screen_meta(s, r, META_COL_NAME), group) == 0)
			return false;
	return true;
}

static void meta_fil_grp_is_fil(struct screen *s)
{
	screen_bad_meta(s, SCREEN_WARNING, META_FILTER_GROUPING_COLUMN, meta_group_has_no_row,
			"the grouping column has no row of its own; list it as a filter");
}

static bool meta_group_not_in_data(const struct screen *s, size_t row)
{
	const char *group = screen_meta(s, row, META_FILTER_GROUPING_COLUMN);

	return *group != '\0' && screen_table_column(&s->pair->data, group) < 0;
}

static void meta_fil_grp_match(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_FILTER_GROUPING_COLUMN, meta_group_not_in_data,
			"the grouping column is not in the data; add it or leave the cell blank");
}

/* Letters and digits of a text; what is beyond ASCII counts as a letter. */
static size_t meta_strip(char *out, const char *text)
{
	size_t len = 0;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z'))
			out[len++] = (char)c;
	}
	return len;
}

/* Whether items of the column become one when all but letters and digits is taken away. */
static bool meta_items_collapse(struct screen *s, const struct screen_column *c)
{
	struct screen_words stripped = { 0 };
	char *text = screen_calloc(s, c->values.n_bytes + 1, 1);
	bool collapse = false;

	for (size_t i = 1; text != NULL && s->code == ERR_OK && i < c->values.n; i++) {
		uint32_t at;
		size_t before = stripped.n;
		size_t len = meta_strip(text, screen_words_text(&c->values, i));

		s->code = screen_words_add(&stripped, text, len, &at, s->err);
		collapse |= s->code == ERR_OK && stripped.n == before;
	}
	screen_words_clear(&stripped);
	free(text);
	return collapse;
}

static void meta_fil_grp_stripped(struct screen *s)
{
	for (size_t row = 0; row < s->pair->meta.n_rows; row++) {
		const char *group = screen_meta(s, row, META_FILTER_GROUPING_COLUMN);
		int column = *group == '\0' ? -1 : screen_table_column(&s->pair->data, group);

		if (column >= 0 && meta_items_collapse(s, &s->pair->data.columns[column]))
			screen_say(s, SCREEN_FAIL, SCREEN_DATA, group, NULL,
				   "some items of this grouping column differ in punctuation or "
				   "spaces only; spell them alike");
	}
}

static bool meta_label_is_blank(const struct screen *s, size_t row)
{
	return *screen_meta(s, row, META_LABEL) == '\0';
}

static void meta_label(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_LABEL, meta_label_is_blank,
			"a row without a label; say in words what the column holds");
}

static bool meta_hint_on_indicator(const struct screen *s, size_t row)
{
	return screen_is_indicator(s, row) && *screen_meta(s, row, META_FILTER_HINT) != '\0';
}

static void meta_filter_hint(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_FILTER_HINT, meta_hint_on_indicator,
			"an indicator has no filter_hint; leave it blank");
}

static bool meta_looks_like_place(const struct screen *s, size_t row)
{
	const char *name = screen_meta(s, row, META_COL_NAME);

	if (!screen_is_filter(s, row))
		return false;
	if (strcmp(name, "school_name") == 0 || strcmp(name, "provider_name") == 0)
		return screen_n_filters(s) > 1;
	return regexec(&s->lists->unit_names, name, 0, NULL, 0) == 0;
}

static void meta_geog_catch(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_COL_NAME, meta_looks_like_place,
			"a filter is named like a column of place or institution; use the "
			"standard's columns of place, or another name");
}

static bool meta_dp_on_filter(const struct screen *s, size_t row)
{
	return screen_is_filter(s, row) && *screen_meta(s, row, META_INDICATOR_DP) != '\0';
}

static void meta_indicator_dp(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_INDICATOR_DP, meta_dp_on_filter,
			"a filter has no indicator_dp; leave it blank");
}

static bool meta_name_has_space(const struct screen *s, size_t row)
{
	const char *name = screen_meta(s, row, META_COL_NAME);

	return name[strcspn(name, " \t\r\n\v\f")] != '\0' || strstr(name, "\xC2\xA0") != NULL;
}

static void meta_col_name_spaces(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_COL_NAME, meta_name_has_space,
			"a col_name has a space; use _ instead, in both files");
}

static void meta_col_name_dupe(struct screen *s)
{
	meta_find_dupes(s, META_COL_NAME, false, "two rows describe this column; keep one");
}

static bool meta_dp_is_unset(const struct screen *s, size_t row)
{
	return screen_is_indicator(s, row) && *screen_meta(s, row, META_INDICATOR_DP) == '\0';
}

static void meta_ind_dp_set(struct screen *s)
{
	screen_bad_meta(s, SCREEN_WARNING, META_INDICATOR_DP, meta_dp_is_unset,
			"an indicator without decimal places is shown with two; say 0 for counts");
}

static bool meta_dp_is_wrong(const struct screen *s, size_t row)
{
	const char *dp = screen_meta(s, row, META_INDICATOR_DP);

	return dp[strspn(dp, "0123456789")] != '\0';
}

static void meta_ind_dp_values(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_INDICATOR_DP, meta_dp_is_wrong,
			"indicator_dp must be a whole number, 0 or more");
}

static bool meta_unit_on_filter(const struct screen *s, size_t row)
{
	return screen_is_filter(s, row) && *screen_meta(s, row, META_INDICATOR_UNIT) != '\0';
}

static void meta_ind_unit(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_INDICATOR_UNIT, meta_unit_on_filter,
			"a filter has no indicator_unit; leave it blank");
}

static bool meta_unit_is_wrong(const struct screen *s, size_t row)
{
	static const char *const units[] = { "", "£", "£m", "%", "pp", "numberstring" };
	const char *unit = screen_meta(s, row, META_INDICATOR_UNIT);

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strcmp(unit, units[i]) == 0)
			return false;
	return true;
}

static void meta_ind_unit_validation(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_INDICATOR_UNIT, meta_unit_is_wrong,
			"indicator_unit must be blank, £, £m, %, pp or numberstring");
}

static bool meta_grouping_on_filter(const struct screen *s, size_t row)
{
	return screen_is_filter(s, row) && *screen_meta(s, row, META_INDICATOR_GROUPING) != '\0';
}

static void meta_indicator_grouping(struct screen *s)
{
	screen_bad_meta(s, SCREEN_FAIL, META_INDICATOR_GROUPING, meta_grouping_on_filter,
			"a filter has no indicator_grouping; leave it blank");
}

const struct screen_check screen_precheck_meta[] = {
	{ "meta_col_type", meta_col_type },
	{ "meta_ob_unit", meta_ob_unit },
	{ "meta_col_name", meta_col_name },
	{ NULL, NULL },
};

const struct screen_check screen_check_meta[] = {
	{ "meta_dupe_label", meta_dupe_label },
	{ "meta_fil_grp", meta_fil_grp },
	{ "meta_fil_grp_dupe", meta_fil_grp_dupe },
	{ "meta_fil_grp_is_fil", meta_fil_grp_is_fil },
	{ "meta_fil_grp_match", meta_fil_grp_match },
	{ "meta_fil_grp_stripped", meta_fil_grp_stripped },
	{ "meta_label", meta_label },
	{ "meta_filter_hint", meta_filter_hint },
	{ "meta_geog_catch", meta_geog_catch },
	{ "meta_indicator_dp", meta_indicator_dp },
	{ "meta_col_name_spaces", meta_col_name_spaces },
	{ "meta_col_name_dupe", meta_col_name_dupe },
	{ "meta_ind_dp_set", meta_ind_dp_set },
	{ "meta_ind_dp_values", meta_ind_dp_values },
	{ "meta_ind_unit", meta_ind_unit },
	{ "meta_ind_unit_validation", meta_ind_unit_validation },
	{ "meta_indicator_grouping", meta_indicator_grouping },
	{ NULL, NULL },
};
