/* In: the catalogue, the areas, an edition. Out: its tables, described, without figures. */

#include "aggregator/feed/themes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct themes_work {
	const struct themes *themes;
	const struct area_tree *tree;
	struct ees_place place;
	int *districts; /* indexes in the tree */
	int n_districts;
	struct ees_table *tables;
	int n;
	struct err *err;
};

static enum err_code themes_nomem(const struct themes_work *w)
{
	return err_set(w->err, ERR_NOMEM, "tables of the feed: out of memory");
}

/* ---- filters of one table */

static enum err_code themes_districts(const struct themes_work *w, struct ees_table *t)
{
	struct ees_filter *f = &t->filters[t->n_filters];

	*f = (struct ees_filter){ .column = "district",
				  .label = "Council district",
				  .hint = "Filter by council district" };
	f->items = calloc((size_t)w->n_districts + 1, sizeof *f->items);
	if (f->items == NULL)
		return themes_nomem(w);
	t->n_filters++;
	(void)snprintf(f->items[0].label, sizeof f->items[0].label, "Total");
	for (int i = 0; i < w->n_districts; i++) {
		const struct area *a = &w->tree->areas[w->districts[i]];

		(void)snprintf(f->items[i + 1].label, sizeof f->items[0].label, "%.120s", a->name);
		(void)snprintf(f->items[i + 1].codes[0], sizeof f->items[0].codes[0], "%s",
			       a->code);
		f->items[i + 1].n_codes = 1;
	}
	f->n_items = w->n_districts + 1;
	return ERR_OK;
}

/* "1-10" as "1 to 10", "61+" as "61 or more". */
static void themes_bucket_label(const char *code, char out[EES_ITEM_BYTES])
{
	const char *dash = strchr(code, '-');
	size_t len = strlen(code);

	if (dash != NULL)
		(void)snprintf(out, EES_ITEM_BYTES, "%.*s to %s", (int)(dash - code), code,
			       dash + 1);
	else if (len > 0 && code[len - 1] == '+')
		(void)snprintf(out, EES_ITEM_BYTES, "%.*s or more", (int)len - 1, code);
	else
		(void)snprintf(out, EES_ITEM_BYTES, "%s", code);
}

/* The items of a filter by a bucketed number are the buckets of the measure. */
static enum err_code themes_buckets(const struct themes_work *w, const struct measure *m,
				    struct ees_filter *f)
{
	struct ees_item *items = calloc((size_t)m->n_buckets + 2, sizeof *items);

	if (items == NULL)
		return themes_nomem(w);
	(void)snprintf(items[0].label, sizeof items[0].label, "Total");
	for (int i = 0; i < m->n_buckets; i++) {
		themes_bucket_label(m->buckets[i].code, items[i + 1].label);
		(void)snprintf(items[i + 1].codes[0], sizeof items[0].codes[0], "%s",
			       m->buckets[i].code);
		items[i + 1].n_codes = 1;
	}
	(void)snprintf(items[m->n_buckets + 1].label, sizeof items[0].label, "Unknown");
	(void)snprintf(items[m->n_buckets + 1].codes[0], sizeof items[0].codes[0], "unknown");
	items[m->n_buckets + 1].n_codes = 1;
	f->items = items;
	f->n_items = m->n_buckets + 2;
	return ERR_OK;
}

static enum err_code themes_further(const struct themes_work *w, const struct themes_row *first,
				    int filter, struct ees_table *t)
{
	const struct ees_filter *from = &w->themes->filters[filter].filter;
	struct ees_filter *f = &t->filters[t->n_filters];
	enum err_code code = ERR_OK;

	*f = *from;
	f->items = NULL;
	if (from->n_items == 1) {
		code = themes_buckets(w, first->measure, f);
	} else {
		f->items = calloc((size_t)from->n_items, sizeof *f->items);
		if (f->items == NULL)
			return themes_nomem(w);
		memcpy(f->items, from->items, (size_t)from->n_items * sizeof *f->items);
	}
	if (code == ERR_OK)
		t->n_filters++;
	return code;
}

/* ---- one table */

/* "Front door" as "front door", but "CLA" stays. */
static void themes_lower(char *word)
{
	if (word[0] >= 'A' && word[0] <= 'Z' && word[1] >= 'a' && word[1] <= 'z')
		word[0] = (char)(word[0] - 'A' + 'a');
}

static void themes_name(const struct themes_row *row, const struct themes_filter *filter,
			enum period_kind kind, struct ees_table *t)
{
	char title[EES_ITEM_BYTES];
	char by[EES_LABEL_BYTES] = "";
	char word[16];

	(void)snprintf(word, sizeof word, "%s", edition_kind_word(kind));
	(void)snprintf(t->name, sizeof t->name, "%.100s%s%s_%s", row->dataset,
		       filter != NULL ? "_by_" : "", filter != NULL ? filter->name : "", word);
	(void)snprintf(title, sizeof title, "%s", row->title);
	themes_lower(title);
	if (filter != NULL) {
		(void)snprintf(by, sizeof by, "%s", filter->filter.label);
		themes_lower(by);
	}
	word[0] = (char)(word[0] - 'a' + 'A');
	(void)snprintf(t->title, sizeof t->title, "%s %.60s%s%.40s", word, title,
		       filter != NULL ? " by " : "", by);
}

/* The indicators of rows [from, to) that have the filter; −1: all of them. */
static enum err_code themes_indicators(const struct themes_work *w, int from, int to, int filter,
				       struct ees_table *t)
{
	t->indicators = calloc((size_t)(to - from) + 1, sizeof *t->indicators);
	if (t->indicators == NULL)
		return themes_nomem(w);
	for (int i = from; i < to; i++)
		if (filter < 0 || (w->themes->rows[i].filters >> filter & 1U) != 0)
			t->indicators[t->n_indicators++] = w->themes->rows[i].indicator;
	return ERR_OK;
}

static enum err_code themes_table(struct themes_work *w, int from, int to, int filter,
				  struct period edition, enum period_kind kind)
{
	const struct themes_row *row = &w->themes->rows[from];
	struct ees_table *tables = realloc(w->tables, ((size_t)w->n + 1) * sizeof *tables);
	struct ees_table *t;
	enum err_code code;

	if (tables == NULL)
		return themes_nomem(w);
	w->tables = tables;
	t = &tables[w->n++];
	*t = (struct ees_table){ .place = w->place };
	t->periods = calloc(12, sizeof *t->periods);
	if (t->periods == NULL)
		return themes_nomem(w);
	t->n_periods = edition_periods(edition, kind, t->periods);
	while (filter >= 0 && (row->filters >> filter & 1U) == 0)
		row++;
	themes_name(row, filter < 0 ? NULL : &w->themes->filters[filter], kind, t);
	code = themes_indicators(w, from, to, filter, t);
	if (code == ERR_OK && row->districts && w->n_districts > 0)
		code = themes_districts(w, t);
	if (code == ERR_OK && filter >= 0)
		code = themes_further(w, row, filter, t);
	if (code == ERR_OK)
		code = ees_check(t, w->err);
	return code == ERR_OK ? ees_table_cells(t, w->err) : code;
}

/* The files of one data set, rows [from, to). */
static enum err_code themes_dataset(struct themes_work *w, int from, int to, struct period edition)
{
	enum err_code code = ERR_OK;
	uint32_t filters = 0;

	for (int i = from; i < to; i++)
		filters |= w->themes->rows[i].filters;
	for (int kind = PERIOD_MONTH; kind <= (int)edition.kind; kind++) {
		if (code == ERR_OK && w->themes->rows[from].districts)
			code = themes_table(w, from, to, -1, edition, (enum period_kind)kind);
		for (int f = 0; code == ERR_OK && f < w->themes->n_filters; f++)
			if ((filters >> f & 1U) != 0)
				code = themes_table(w, from, to, f, edition,
						    (enum period_kind)kind);
	}
	return code;
}

static enum err_code themes_work_areas(struct themes_work *w, int authority, struct period edition)
{
	w->districts = calloc((size_t)w->tree->n_areas + 1, sizeof *w->districts);
	if (w->districts == NULL)
		return themes_nomem(w);
	w->n_districts = area_reporting(w->tree, authority, edition.start, period_end(edition),
					w->districts);
	if (w->n_districts == 1 && w->districts[0] == authority)
		w->n_districts = 0;
	return ees_place_find(w->tree, authority, &w->place, w->err);
}

enum err_code themes_tables(const struct themes *themes, const struct area_tree *tree,
			    int authority, struct period edition, struct ees_table **tables, int *n,
			    struct err *err)
{
	struct themes_work w = { .themes = themes, .tree = tree, .err = err };
	enum err_code code = themes_work_areas(&w, authority, edition);
	int from = 0;

	for (int to = 1; code == ERR_OK && to <= themes->n_rows; to++) {
		if (to < themes->n_rows &&
		    strcmp(themes->rows[to].dataset, themes->rows[from].dataset) == 0)
			continue;
		code = themes_dataset(&w, from, to, edition);
		from = to;
	}
	free(w.districts);
	if (code != ERR_OK)
		themes_tables_free(&w.tables, w.n);
	*tables = w.tables;
	*n = code == ERR_OK ? w.n : 0;
	return code;
}

void themes_tables_free(struct ees_table **tables, int n)
{
	for (int i = 0; *tables != NULL && i < n; i++)
		ees_table_clear(&(*tables)[i]);
	free(*tables);
	*tables = NULL;
}
