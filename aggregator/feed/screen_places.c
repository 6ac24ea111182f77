#include "aggregator/feed/screen_private.h"

#include <stdio.h>
#include <string.h>

/* Part of stage "Check geography": does each code go with its name in the lists of places. */

struct places {
	enum screen_list list;
	const char *columns[3];   /* as the list has them */
	const char *code;         /* the column in which x excuses a row */
	const char *strict_level; /* rows of this level are not excused by a blank or x */
};

#define PLACES_SHOWN 3

struct places_found {
	struct screen_rows rows;
	struct screen_words wrong; /* joined texts, each once */
	struct screen_words known; /* numbers of values joined that are right */
};

/* Whether these texts are in the list, or a place without a code: z and one of the usual names. */
static bool places_hold(const struct screen *s, const struct places *p, const char *const *texts,
			int n)
{
	const char *extra[] = { texts[n - 2], texts[n - 1] };

	if (screen_list_has(s->lists, p->list, texts, n))
		return true;
	if (p->list == LIST_LAS)
		return strcmp(texts[0], "z") == 0 &&
		       screen_list_has(s->lists, LIST_PLACES_WITHOUT_CODE, &texts[1], 2);
	return screen_list_has(s->lists, LIST_PLACES_WITHOUT_CODE, extra, 2);
}

bool screen_ward_is_judged(const struct screen *s, const char *code, const char *lad)
{
	const struct screen_table *wards = &s->lists->tables[LIST_WARDS];

	return screen_words_has(&wards->columns[0].values, code) ||
	       (*lad != '\0' && screen_words_has(&wards->columns[2].values, lad));
}

/* Whether a row is excused from having a place of the list. */
static bool places_excuse(const struct screen *s, const struct places *p, const char *const *texts,
			  int n, const char *level, const char *lad)
{
	const char *code = texts[n - 2], *name = texts[n - 1];

	if (p->strict_level != NULL && strcmp(level, p->strict_level) == 0)
		return *code == '\0' && *name == '\0'; /* geog_level_completed finds it */
	if (*code == '\0' || strcmp(code, "x") == 0)
		return true;
	if (p->list == LIST_WARDS && !screen_ward_is_judged(s, code, lad))
		return true;
	return p->list == LIST_LAS && *texts[0] == '\0';
}

static void places_say(struct screen *s, const struct places *p, const struct places_found *found)
{
	char text[3 * 96 + 16] = "";
	size_t len = 0;

	for (size_t i = 0; i < found->wrong.n && i < PLACES_SHOWN; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i > 0 ? ", " : "",
					screen_quote(screen_words_text(&found->wrong, i)).text);
	screen_say(s, SCREEN_FAIL, SCREEN_DATA, p->code, &found->rows,
		   "%zu combination%s of code and name not in the standard's list: %s%s; spell "
		   "both as the list does, capitals too (x / Not available when unknown)",
		   found->wrong.n, found->wrong.n == 1 ? "" : "s", text,
		   found->wrong.n > PLACES_SHOWN ? ", …" : "");
}

/* One row; the pairs of values that were found right are remembered. */
static void places_row(struct screen *s, const struct places *p, const int *columns, int n,
		       struct places_found *found, size_t row)
{
	const struct screen_table *t = &s->pair->data;
	const char *texts[3];
	uint32_t numbers[5];
	char joined[SCREEN_JOINED_BYTES];
	const char *level = screen_table_text(t, screen_table_column(t, "geographic_level"), row);
	int lad = screen_table_column(t, "lad_code");
	size_t len;
	uint32_t at;

	for (int i = 0; i < n; i++) {
		texts[i] = screen_table_text(t, columns[i], row);
		numbers[i] = t->columns[columns[i]].cells[row];
	}
	numbers[n] = p->strict_level != NULL && strcmp(level, p->strict_level) == 0;
	numbers[n + 1] = p->list == LIST_WARDS && lad >= 0 ? t->columns[lad].cells[row] : 0;
	len = ((size_t)n + 2) * sizeof *numbers;
	if (screen_words_find(&found->known, numbers, len, &at))
		return;
	if (places_excuse(s, p, texts, n, level, screen_table_text(t, lad, row)) ||
	    places_hold(s, p, texts, n)) {
		s->code = screen_words_add(&found->known, numbers, len, &at, s->err);
		return;
	}
	len = screen_join(joined, texts, n);
	for (size_t i = 0; i < len; i++)
		if (joined[i] == SCREEN_JOIN)
			joined[i] = '/';
	s->code = screen_words_add(&found->wrong, joined, len, &at, s->err);
	screen_rows_add(&found->rows, t->numbers[row]);
}

static void places_check(struct screen *s, const struct places *p)
{
	const struct screen_table *t = &s->pair->data;
	struct places_found found = { .rows = { .n = 0 } };
	int columns[3];
	int n = p->columns[2] == NULL ? 2 : 3;

	for (int i = 0; i < n; i++) {
		columns[i] = screen_table_column(t, p->columns[i]);
		if (columns[i] < 0)
			return; /* nothing to compare */
	}
	for (size_t row = 0; row < t->n_rows && s->code == ERR_OK; row++)
		places_row(s, p, columns, n, &found, row);
	if (found.wrong.n > 0 && s->code == ERR_OK)
		places_say(s, p, &found);
	screen_words_clear(&found.wrong);
	screen_words_clear(&found.known);
}

static const struct places places_country = {
	LIST_COUNTRIES, { "country_code", "country_name" }, "country_code", NULL
};
static const struct places places_region = {
	LIST_REGIONS, { "region_code", "region_name" }, "region_code", "Regional"
};
static const struct places places_ward = {
	LIST_WARDS, { "ward_code", "ward_name" }, "ward_code", NULL
};
static const struct places places_pcon = {
	LIST_PCONS, { "pcon_code", "pcon_name" }, "pcon_code", NULL
};
static const struct places places_lad = { LIST_LADS, { "lad_code", "lad_name" }, "lad_code", NULL };
static const struct places places_lep = { LIST_LEPS,
					  { "local_enterprise_partnership_code",
					    "local_enterprise_partnership_name" },
					  "local_enterprise_partnership_code",
					  NULL };
static const struct places places_lsip = {
	LIST_LSIPS, { "lsip_code", "lsip_name" }, "lsip_code", NULL
};
static const struct places places_eda = { LIST_EDAS,
					  { "english_devolved_area_code",
					    "english_devolved_area_name" },
					  "english_devolved_area_code",
					  NULL };
static const struct places places_la = {
	LIST_LAS, { "old_la_code", "new_la_code", "la_name" }, "new_la_code", NULL
};

void screen_places_country(struct screen *s)
{
	places_check(s, &places_country);
}

void screen_places_region(struct screen *s)
{
	places_check(s, &places_region);
}

void screen_places_ward(struct screen *s)
{
	places_check(s, &places_ward);
}

void screen_places_pcon(struct screen *s)
{
	places_check(s, &places_pcon);
}

void screen_places_lad(struct screen *s)
{
	places_check(s, &places_lad);
}

void screen_places_lep(struct screen *s)
{
	places_check(s, &places_lep);
}

void screen_places_lsip(struct screen *s)
{
	places_check(s, &places_lsip);
}

void screen_places_eda(struct screen *s)
{
	places_check(s, &places_eda);
}

void screen_places_la(struct screen *s)
{
	places_check(s, &places_la);
}
