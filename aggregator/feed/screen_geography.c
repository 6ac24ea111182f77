#include "aggregator/feed/screen_private.h"

#include <stdlib.h>
#include <string.h>

/* Stages "Precheck geography" and "Check geography": which place each row is of. What the levels
 * are and which columns they fill is data (reference/geographic_levels.csv, levels_within.csv). */

static int place_column(const struct screen *s, const char *name)
{
	return *name == '\0' ? -1 : screen_table_column(&s->pair->data, name);
}

/* The level as a value number of geographic_level; false when no row has it. */
static bool place_level_number(const struct screen *s, const char *level, uint32_t *number)
{
	int column = screen_table_column(&s->pair->data, "geographic_level");

	return column >= 0 && screen_words_find(&s->pair->data.columns[column].values, level,
						strlen(level), number);
}

static bool place_has_level(const struct screen *s, const char *level)
{
	uint32_t number;

	return place_level_number(s, level, &number);
}

static size_t place_n_levels(const struct screen *s)
{
	int column = screen_table_column(&s->pair->data, "geographic_level");

	return column < 0 ? 0 : screen_column_levels(&s->pair->data.columns[column]);
}

static const char *place_text(const struct screen *s, size_t level, int column)
{
	return screen_level_text(s->lists, (int)level, column);
}

static size_t place_levels(const struct screen *s)
{
	return s->lists->tables[LIST_LEVELS].n_rows;
}

/* ---- Precheck geography */

static bool place_is_no_level(const struct screen *s, const char *value)
{
	return screen_level_find(s->lists, value) < 0;
}

static void geog_level(struct screen *s)
{
	screen_bad_values(s, SCREEN_FAIL, SCREEN_DATA,
			  screen_table_column(&s->pair->data, "geographic_level"),
			  place_is_no_level,
			  "no geographic_level of the standard; use one such as National, Regional "
			  "or Local authority, spelt so, and make local areas a filter");
}

static void geog_level_present(struct screen *s)
{
	for (size_t level = 0; level < place_levels(s); level++) {
		const char *name = place_text(s, level, LEVEL_NAME);

		if (!place_has_level(s, name) || strcmp(name, "Planning area") == 0)
			continue;
		for (int i = LEVEL_CODE_COLUMN; i < LEVEL_COLUMNS; i++) {
			const char *column = place_text(s, level, i);

			if (*column != '\0' && place_column(s, column) < 0)
				screen_say(s, SCREEN_FAIL, SCREEN_DATA, column, NULL,
					   "rows of level %s need this column; add it",
					   screen_quote(name).text);
		}
	}
}

/* ---- Check geography */

/* Rows of a level in which the column is blank (or, filled, when it should not be). */
static struct screen_rows place_rows(const struct screen *s, uint32_t level, int column,
				     bool filled)
{
	const struct screen_table *t = &s->pair->data;
	const struct screen_column *levels =
		&t->columns[screen_table_column(t, "geographic_level")];
	struct screen_rows rows = { .n = 0 };

	for (size_t row = 0; row < t->n_rows; row++)
		if (levels->cells[row] == level && (t->columns[column].cells[row] != 0) == filled)
			screen_rows_add(&rows, t->numbers[row]);
	return rows;
}

static void geog_level_completed(struct screen *s)
{
	for (size_t level = 0; level < place_levels(s); level++) {
		const char *name = place_text(s, level, LEVEL_NAME);
		uint32_t number;

		if (strcmp(name, "Planning area") == 0 || !place_level_number(s, name, &number))
			continue;
		for (int i = LEVEL_CODE_COLUMN; i < LEVEL_COLUMNS; i++) {
			const char *text = place_text(s, level, i);
			int column = place_column(s, text);
			struct screen_rows rows;

			if (column < 0 || strcmp(text, "new_la_code") == 0)
				continue;
			rows = place_rows(s, number, column, false);
			if (rows.n > 0)
				screen_say(s, SCREEN_FAIL, SCREEN_DATA, text, &rows,
					   "blank on rows of level %s; name the place (x / Not "
					   "available when unknown)",
					   screen_quote(name).text);
		}
	}
}

static void geog_ignored_rows(struct screen *s)
{
	size_t n_hidden = place_has_level(s, "Institution") + place_has_level(s, "Planning area");

	if (n_hidden > 0 && n_hidden == place_n_levels(s))
		screen_say(s, SCREEN_FAIL, SCREEN_DATA, "geographic_level", NULL,
			   "only rows of level Institution or Planning area, which readers of the "
			   "table tool never see; publish the file as an ancillary one");
	else if (place_has_level(s, "School") && place_has_level(s, "Provider"))
		screen_say(s, SCREEN_FAIL, SCREEN_DATA, "geographic_level", NULL,
			   "schools and providers in one file; put them into files of their own");
}

/* Places whose code (by_code) or name goes with more than one of the other, at one level. */
static void place_dupes_of(struct screen *s, size_t level, bool by_code)
{
	const struct screen_table *t = &s->pair->data;
	const int code = place_column(s, place_text(s, level, LEVEL_CODE_COLUMN));
	const int name = place_column(s, place_text(s, level, LEVEL_NAME_COLUMN));
	const int key = by_code ? code : name, other = by_code ? name : code;
	const int levels = screen_table_column(t, "geographic_level");
	uint32_t number;
	uint32_t *first = NULL; /* number + 1 of what a key went with first */
	struct screen_rows rows = { .n = 0 };
	const char *example = "";

	if (key < 0 || other < 0 || levels < 0 ||
	    !place_level_number(s, place_text(s, level, LEVEL_NAME), &number))
		return;
	first = screen_calloc(s, t->columns[key].values.n, sizeof *first);
	for (size_t row = 0; first != NULL && row < t->n_rows; row++) {
		uint32_t k = t->columns[key].cells[row], o = t->columns[other].cells[row];

		if (t->columns[levels].cells[row] != number || t->columns[code].cells[row] == 0)
			continue;
		if (first[k] != 0 && first[k] != o + 1) {
			example = rows.n == 0 ? screen_table_text(t, key, row) : example;
			screen_rows_add(&rows, t->numbers[row]);
		}
		first[k] = first[k] == 0 ? o + 1 : first[k];
	}
	free(first);
	if (rows.n > 0)
		screen_say(s, SCREEN_FAIL, SCREEN_DATA, t->columns[key].name, &rows,
			   by_code ? "%s stands with several names; a code has one name"
				   : "%s stands with several codes; a place has one code",
			   screen_quote(example).text);
}

static void place_dupes(struct screen *s, bool by_code)
{
	static const char *const loose[] = { "Opportunity area", "MAT", "Sponsor" };

	for (size_t i = 0; i < sizeof loose / sizeof *loose; i++) {
		int level = screen_level_find(s->lists, loose[i]);

		if (level >= 0)
			place_dupes_of(s, (size_t)level, by_code);
	}
}

static void geog_other_dupes(struct screen *s)
{
	place_dupes(s, false);
}

static void geog_other_code_dupes(struct screen *s)
{
	place_dupes(s, true);
}

/* Columns that come together: all there or none. */
static void place_all_or_none(struct screen *s, const char *const *names, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += place_column(s, names[i]) >= 0;
	for (size_t i = 0; found > 0 && i < n; i++)
		if (place_column(s, names[i]) < 0)
			screen_say(s, SCREEN_FAIL, SCREEN_DATA, names[i], NULL,
				   "this column is missing beside the others of its place; add it");
}

static void geog_la_col_present(struct screen *s)
{
	static const char *const names[] = { "old_la_code", "new_la_code", "la_name" };

	place_all_or_none(s, names, 3);
}

static const char *const place_region_columns[] = { "region_code", "region_name" };

static void geog_region_col_present(struct screen *s)
{
	place_all_or_none(s, place_region_columns, 2);
}

static void place_region_for(struct screen *s, const char *level)
{
	uint32_t number;

	if (!place_level_number(s, level, &number))
		return;
	for (size_t i = 0; i < 2; i++) {
		int column = place_column(s, place_region_columns[i]);
		struct screen_rows rows = { .n = 0 };

		if (column >= 0)
			rows = place_rows(s, number, column, false);
		if (column < 0 || rows.n > 0)
			screen_say(s, SCREEN_WARNING, SCREEN_DATA, place_region_columns[i], &rows,
				   "rows of level %s should say their region; fill it in",
				   screen_quote(level).text);
	}
}

static void geog_region_for_la(struct screen *s)
{
	place_region_for(s, "Local authority");
}

static void geog_region_for_lad(struct screen *s)
{
	place_region_for(s, "Local authority district");
}

/* Levels whose places have no list of their own but have a code and a name. */
static bool place_is_unlisted(const char *level)
{
	static const char *const unlisted[] = {
		"Opportunity area", "MAT", "Sponsor", "School", "Provider", "Police force area"
	};

	for (size_t i = 0; i < sizeof unlisted / sizeof *unlisted; i++)
		if (strcmp(level, unlisted[i]) == 0)
			return true;
	return false;
}

/* Rows where only one half of x / Not available stands. */
static void place_half_unknown(struct screen *s, bool code_is_x)
{
	const struct screen_table *t = &s->pair->data;

	for (size_t level = 0; level < place_levels(s); level++) {
		int code = place_column(s, place_text(s, level, LEVEL_CODE_COLUMN));
		int name = place_column(s, place_text(s, level, LEVEL_NAME_COLUMN));
		struct screen_rows rows = { .n = 0 };

		if (code < 0 || name < 0 || !place_is_unlisted(place_text(s, level, LEVEL_NAME)) ||
		    !place_has_level(s, place_text(s, level, LEVEL_NAME)))
			continue;
		for (size_t row = 0; row < t->n_rows; row++) {
			bool x = strcmp(screen_table_text(t, code, row), "x") == 0;
			bool na = strcmp(screen_table_text(t, name, row), "Not available") == 0;

			if (x != na && x == code_is_x &&
			    t->columns[code_is_x ? name : code].cells[row] != 0)
				screen_rows_add(&rows, t->numbers[row]);
		}
		if (rows.n > 0)
			screen_say(s, SCREEN_FAIL, SCREEN_DATA, t->columns[code].name, &rows,
				   code_is_x ? "code x goes with the name Not available"
					     : "the name Not available goes with code x");
	}
}

static void geog_na(struct screen *s)
{
	place_half_unknown(s, true);
}

static void geog_na_code(struct screen *s)
{
	place_half_unknown(s, false);
}

static bool place_may_fill(const struct screen *s, const char *columns_of, const char *at)
{
	const char *row[] = { columns_of, at };

	return screen_list_has(s->lists, LIST_LEVELS_WITHIN, row, 2);
}

/* One column of a level: is it filled on rows of a level that does not lie within? */
static void place_overcompleted(struct screen *s, const char *level, int column)
{
	const struct screen_table *t = &s->pair->data;
	const struct screen_column *levels =
		&t->columns[screen_table_column(t, "geographic_level")];

	for (size_t i = 1; i < levels->values.n; i++) {
		const char *at = screen_words_text(&levels->values, i);
		struct screen_rows rows;

		if (place_may_fill(s, level, at))
			continue;
		rows = place_rows(s, (uint32_t)i, column, true);
		if (rows.n > 0)
			screen_say(s, SCREEN_FAIL, SCREEN_DATA, t->columns[column].name, &rows,
				   "filled on rows of level %s, which do not lie within one %s; "
				   "leave it blank there",
				   screen_quote(at).text, screen_quote(level).text);
	}
}

static void geog_overcompleted_cols(struct screen *s)
{
	for (size_t level = 0; level < place_levels(s); level++) {
		const char *name = place_text(s, level, LEVEL_NAME);

		if (strcmp(name, "National") == 0)
			continue;
		for (int i = LEVEL_CODE_COLUMN; i < LEVEL_COLUMNS; i++) {
			const char *text = place_text(s, level, i);
			int column = place_column(s, text);
			bool is_label = strcmp(text, "school_name") == 0 ||
					strcmp(text, "provider_name") == 0;

			if (column >= 0 && !(is_label && screen_only_filter_is(s, text, text)))
				place_overcompleted(s, name, column);
		}
	}
}

const struct screen_check screen_precheck_geography[] = {
	{ "geog_level", geog_level },
	{ "geog_level_present", geog_level_present },
	{ NULL, NULL },
};

const struct screen_check screen_check_geography[] = {
	{ "geog_country_combos", screen_places_country },
	{ "geog_region_combos", screen_places_region },
	{ "geog_ward_combos", screen_places_ward },
	{ "geog_pcon_combos", screen_places_pcon },
	{ "geog_lad_combos", screen_places_lad },
	{ "geog_lep_combos", screen_places_lep },
	{ "geog_lsip_combos", screen_places_lsip },
	{ "geog_eda_combos", screen_places_eda },
	{ "geog_la_combos", screen_places_la },
	{ "geog_level_completed", geog_level_completed },
	{ "geog_ignored_rows", geog_ignored_rows },
	{ "geog_other_dupes", geog_other_dupes },
	{ "geog_na", geog_na },
	{ "geog_na_code", geog_na_code },
	{ "geog_other_code_dupes", geog_other_code_dupes },
	{ "geog_la_col_present", geog_la_col_present },
	{ "geog_region_col_present", geog_region_col_present },
	{ "geog_region_for_la", geog_region_for_la },
	{ "geog_region_for_lad", geog_region_for_lad },
	{ "geog_overcompleted_cols", geog_overcompleted_cols },
	{ NULL, NULL },
};
