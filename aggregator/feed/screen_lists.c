#include "aggregator/feed/screen_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/embed.h"

/* The reference lists of the standard, built into the program, as tables and as sets of rows. */

static const char *const lists_files[LISTS] = {
	[LIST_COUNTRIES] = "countries",
	[LIST_REGIONS] = "regions",
	[LIST_LAS] = "local_authorities",
	[LIST_LADS] = "local_authority_districts",
	[LIST_PCONS] = "constituencies",
	[LIST_LEPS] = "local_enterprise_partnerships",
	[LIST_LSIPS] = "local_skills_areas",
	[LIST_EDAS] = "english_devolved_areas",
	[LIST_WARDS] = "wards",
	[LIST_PLACES_WITHOUT_CODE] = "places_without_code",
	[LIST_TIME_IDENTIFIERS] = "time_identifiers",
	[LIST_LEVELS] = "geographic_levels",
	[LIST_LEVELS_WITHIN] = "levels_within",
	[LIST_HARMONISED] = "harmonised_names",
	[LIST_ETHNICITY] = "ethnicity_values",
	[LIST_DICTIONARY] = "data_dictionary",
};

#define LISTS_ROW_CELLS 4

size_t screen_join(char out[SCREEN_JOINED_BYTES], const char *const *texts, int n)
{
	size_t len = 0;

	for (int i = 0; i < n; i++) {
		size_t part = strlen(texts[i]);

		if (len + part + 2 > SCREEN_JOINED_BYTES)
			part = SCREEN_JOINED_BYTES - 2 - len;
		memcpy(out + len, texts[i], part);
		len += part;
		if (i + 1 < n)
			out[len++] = SCREEN_JOIN;
		if (len + 2 > SCREEN_JOINED_BYTES)
			break;
	}
	out[len] = '\0';
	return len;
}

bool screen_list_has(const struct screen_lists *lists, enum screen_list list,
		     const char *const *texts, int n)
{
	char joined[SCREEN_JOINED_BYTES];
	uint32_t at;
	size_t len = screen_join(joined, texts, n);

	return screen_words_find(&lists->rows[list], joined, len, &at);
}

static enum err_code lists_add(struct screen_words *words, const char *const *texts, int n,
			       struct err *err)
{
	char joined[SCREEN_JOINED_BYTES];
	uint32_t at;
	size_t len = screen_join(joined, texts, n);

	return screen_words_add(words, joined, len, &at, err);
}

static enum err_code lists_load(struct screen_lists *lists, enum screen_list list, struct err *err)
{
	struct screen_table *t = &lists->tables[list];
	char path[128];
	const struct embed *file;
	enum err_code code;

	(void)snprintf(path, sizeof path, "aggregator/feed/reference/%s.csv", lists_files[list]);
	file = embed_find(path);
	if (file == NULL)
		return err_set(err, ERR_MISSING, "%s is not built in", path);
	code = screen_table_read(t, file->text, file->len, err);
	for (size_t row = 0; code == ERR_OK && row < t->n_rows; row++) {
		const char *texts[LISTS_ROW_CELLS];
		int n = t->n_columns < LISTS_ROW_CELLS ? t->n_columns : LISTS_ROW_CELLS;

		if (list == LIST_WARDS)
			n = 2; /* the third says where the ward is */
		for (int i = 0; i < n; i++)
			texts[i] = screen_table_text(t, i, row);
		code = lists_add(&lists->rows[list], texts, n, err);
	}
	if (code != ERR_OK)
		err_wrap(err, "%s", path);
	return code;
}

int screen_level_find(const struct screen_lists *lists, const char *level)
{
	const struct screen_table *t = &lists->tables[LIST_LEVELS];

	for (size_t row = 0; row < t->n_rows; row++)
		if (strcmp(screen_table_text(t, LEVEL_NAME, row), level) == 0)
			return (int)row;
	return -1;
}

const char *screen_level_text(const struct screen_lists *lists, int level, int column)
{
	return screen_table_text(&lists->tables[LIST_LEVELS], column, (size_t)level);
}

bool screen_is_unit_column(const struct screen_lists *lists, const char *name)
{
	return screen_words_has(&lists->unit_columns, name);
}

/* Time columns, geographic_level, and what the levels' rows name. */
static enum err_code lists_unit_columns(struct screen_lists *lists, struct err *err)
{
	static const char *const always[] = { "time_period", "time_identifier",
					      "geographic_level" };
	const struct screen_table *t = &lists->tables[LIST_LEVELS];
	enum err_code code = ERR_OK;
	uint32_t at;

	for (size_t i = 0; i < sizeof always / sizeof *always && code == ERR_OK; i++)
		code = screen_words_add(&lists->unit_columns, always[i], strlen(always[i]), &at,
					err);
	for (size_t row = 0; row < t->n_rows; row++) {
		for (int i = LEVEL_CODE_COLUMN; i < LEVEL_COLUMNS && code == ERR_OK; i++) {
			const char *name = screen_table_text(t, i, row);

			if (*name != '\0')
				code = screen_words_add(&lists->unit_columns, name, strlen(name),
							&at, err);
		}
	}
	return code;
}

static enum err_code lists_dictionary(struct screen_lists *lists, struct err *err)
{
	const struct screen_table *t = &lists->tables[LIST_DICTIONARY];
	enum err_code code = ERR_OK;

	for (size_t row = 0; row < t->n_rows && code == ERR_OK; row++) {
		const char *texts[] = { screen_table_text(t, 0, row),
					screen_table_text(t, 1, row) };

		code = lists_add(&lists->dictionary_columns, texts, 2, err);
	}
	return code;
}

static enum err_code lists_unit_names(struct screen_lists *lists, struct err *err)
{
	const struct embed *file = embed_find("aggregator/feed/reference/unit_names.txt");
	char pattern[1024];

	if (file == NULL || file->len >= sizeof pattern)
		return err_set(err, ERR_MISSING, "unit_names.txt is not built in");
	memcpy(pattern, file->text, file->len);
	pattern[file->len] = '\0';
	pattern[strcspn(pattern, "\n")] = '\0';
	if (regcomp(&lists->unit_names, pattern, REG_EXTENDED | REG_NOSUB | REG_ICASE) != 0)
		return err_set(err, ERR_NOMEM, "out of memory");
	lists->has_unit_names = true;
	return ERR_OK;
}

enum err_code screen_lists_open(struct screen_lists **lists, struct err *err)
{
	struct screen_lists *l = calloc(1, sizeof *l);
	enum err_code code = ERR_OK;

	*lists = NULL;
	if (l == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (int i = 0; i < LISTS && code == ERR_OK; i++)
		code = lists_load(l, (enum screen_list)i, err);
	if (code == ERR_OK)
		code = lists_unit_columns(l, err);
	if (code == ERR_OK)
		code = lists_dictionary(l, err);
	if (code == ERR_OK)
		code = lists_unit_names(l, err);
	if (code != ERR_OK)
		screen_lists_close(&l);
	*lists = l;
	return code;
}

void screen_lists_close(struct screen_lists **lists)
{
	struct screen_lists *l = *lists;

	if (l == NULL)
		return;
	for (int i = 0; i < LISTS; i++) {
		screen_table_clear(&l->tables[i]);
		screen_words_clear(&l->rows[i]);
	}
	screen_words_clear(&l->unit_columns);
	screen_words_clear(&l->dictionary_columns);
	if (l->has_unit_names)
		regfree(&l->unit_names);
	free(l);
	*lists = NULL;
}
