/* In: themes.csv and filters.csv. Out: rows and filters that are known to be sound. */

#include "aggregator/feed/themes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/feed/rows.h"
#include "proto/codes.h"
#include "proto/embed.h"

static const char themes_file[] = "aggregator/feed/themes.csv";
static const char filters_file[] = "aggregator/feed/filters.csv";

static const char *const themes_columns[] = { "dataset", "title",  "districts", "measure",
					      "part",    "column", "label",     "filters" };
static const char *const filters_columns[] = { "filter", "dimension", "column", "label",
					       "hint",   "code",      "item" };

static enum err_code themes_fault(const struct rows *r, const char *column, const char *value,
				  const char *mend, struct err *err)
{
	return err_set(err, ERR_CONFIG, "%s:%d: %s: '%.100s': %s", r->name, r->line, column, value,
		       mend);
}

static enum err_code themes_copy(const struct rows *r, const char *column, const char *value,
				 char *out, size_t size, struct err *err)
{
	if (strlen(value) >= size)
		return err_set(err, ERR_CONFIG, "%s:%d: %s: '%.100s': at most %zu bytes", r->name,
			       r->line, column, value, size - 1);
	memcpy(out, value, strlen(value) + 1);
	return ERR_OK;
}

static enum err_code themes_next(struct rows *r, int n_columns, int *more, struct err *err)
{
	enum err_code code = rows_next(r, more, err);

	if (code == ERR_OK && *more && r->n != n_columns)
		return err_set(err, ERR_CONFIG, "%s:%d: %d columns, not %d", r->name, r->line, r->n,
			       n_columns);
	return code;
}

static enum err_code themes_head(struct rows *r, const char *const *columns, int n_columns,
				 struct err *err)
{
	int more = 0;
	enum err_code code = themes_next(r, n_columns, &more, err);

	for (int i = 0; code == ERR_OK && i < n_columns; i++)
		if (!more || strcmp(r->field[i], columns[i]) != 0)
			code = err_set(err, ERR_CONFIG, "%s:1: column %d must be called %s",
				       r->name, i + 1, columns[i]);
	return code;
}

/* ---- filters.csv */

static int themes_filter_find(const struct themes *t, const char *name, size_t len)
{
	for (int i = 0; i < t->n_filters; i++)
		if (strlen(t->filters[i].name) == len &&
		    strncmp(t->filters[i].name, name, len) == 0)
			return i;
	return -1;
}

static struct ees_item *themes_item(struct ees_filter *f, const char *label)
{
	struct ees_item *items;

	for (int i = 1; i < f->n_items; i++)
		if (strcmp(f->items[i].label, label) == 0)
			return &f->items[i];
	items = realloc(f->items, ((size_t)f->n_items + 1) * sizeof *items);
	if (items == NULL)
		return NULL;
	f->items = items;
	items[f->n_items] = (struct ees_item){ .n_codes = 0 };
	(void)snprintf(items[f->n_items].label, sizeof items->label, "%s", label);
	return &items[f->n_items++];
}

/* Adds a category to the item of that label, which is made when it is not there. */
static enum err_code themes_category(struct ees_filter *f, const char *category, const char *label,
				     struct err *err)
{
	struct ees_item *item = themes_item(f, label);

	if (item == NULL)
		return err_set(err, ERR_NOMEM, "filter %s: out of memory", f->column);
	if (item->n_codes == EES_CODES_MAX)
		return err_set(err, ERR_CONFIG, "filter %s: item '%s': more than %d categories",
			       f->column, label, EES_CODES_MAX);
	(void)snprintf(item->codes[item->n_codes++], sizeof item->codes[0], "%.64s", category);
	return ERR_OK;
}

static enum err_code themes_filter_define(struct themes *t, const struct rows *r, struct err *err)
{
	struct themes_filter *f = &t->filters[t->n_filters];
	enum err_code code;

	if (t->n_filters == THEMES_FILTERS_MAX)
		return err_set(err, ERR_CONFIG, "%s:%d: more than %d filters", r->name, r->line,
			       THEMES_FILTERS_MAX);
	if (!codes_is_dimension(r->field[1]))
		return themes_fault(r, "dimension", r->field[1], "no measure has this", err);
	t->n_filters++;
	code = themes_copy(r, "filter", r->field[0], f->name, sizeof f->name, err);
	if (code == ERR_OK)
		code = themes_copy(r, "dimension", r->field[1], f->filter.dimension,
				   sizeof f->filter.dimension, err);
	if (code == ERR_OK)
		code = themes_copy(r, "column", r->field[2], f->filter.column,
				   sizeof f->filter.column, err);
	if (code == ERR_OK)
		code = themes_copy(r, "label", r->field[3], f->filter.label, sizeof f->filter.label,
				   err);
	if (code == ERR_OK)
		code = themes_copy(r, "hint", r->field[4], f->filter.hint, sizeof f->filter.hint,
				   err);
	if (code == ERR_OK && themes_item(&f->filter, "Total") == NULL)
		code = err_set(err, ERR_NOMEM, "%s: out of memory", r->name);
	return code;
}

static enum err_code themes_filter_row(struct themes *t, const struct rows *r, struct err *err)
{
	int at = themes_filter_find(t, r->field[0], strlen(r->field[0]));

	if (r->field[5][0] == '\0')
		return at < 0 ? themes_filter_define(t, r, err)
			      : themes_fault(r, "filter", r->field[0], "it is defined twice", err);
	if (at < 0)
		return themes_fault(r, "filter", r->field[0], "define it in a row before its items",
				    err);
	if (codes_find(t->filters[at].filter.dimension, r->field[5]) == NULL)
		return themes_fault(r, "code", r->field[5],
				    "the dictionary of codes has no such category", err);
	if (strlen(r->field[6]) >= EES_ITEM_BYTES || r->field[6][0] == '\0')
		return themes_fault(r, "item", r->field[6], "write 1 to 120 bytes", err);
	return themes_category(&t->filters[at].filter, r->field[5], r->field[6], err);
}

/* Categories that have no row of their own. */
static enum err_code themes_filter_rest(struct ees_filter *f, struct err *err)
{
	enum err_code code = ERR_OK;
	size_t n;
	const struct code *all = codes_all(&n);

	for (size_t c = 0; code == ERR_OK && c < n; c++) {
		int listed = strcmp(all[c].dimension, f->dimension) != 0;

		for (int i = 0; i < f->n_items; i++)
			for (int k = 0; k < f->items[i].n_codes; k++)
				listed |= strcmp(f->items[i].codes[k], all[c].code) == 0;
		if (!listed)
			code = themes_category(f, all[c].code, all[c].label, err);
	}
	return code;
}

static enum err_code themes_read_filters(struct themes *t, const char *text, struct err *err)
{
	struct rows r;
	int more = 1;
	enum err_code code = rows_open(&r, filters_file, text, strlen(text), err);

	if (code == ERR_OK)
		code = themes_head(&r, filters_columns, 7, err);
	while (code == ERR_OK && more) {
		code = themes_next(&r, 7, &more, err);
		if (code == ERR_OK && more)
			code = themes_filter_row(t, &r, err);
	}
	for (int i = 0; code == ERR_OK && i < t->n_filters; i++)
		code = themes_filter_rest(&t->filters[i].filter, err);
	rows_close(&r);
	return code;
}

/* ---- themes.csv */

/* How the measure's unit is written: decimals, sign and factor. */
static void themes_unit(const struct measure *m, struct ees_indicator *out)
{
	int ratio = m->unit == MEASURE_PERCENT || m->unit == MEASURE_RATE_10K ||
		    m->unit == MEASURE_RATIO;

	out->dp = out->part == EES_PART_NUMERATOR || m->unit == MEASURE_COUNT ? 0 : 1;
	out->scale = 1;
	if (out->part == EES_PART_NUMERATOR || !ratio)
		return;
	if (m->unit == MEASURE_PERCENT) {
		(void)snprintf(out->unit, sizeof out->unit, "%%");
		out->scale = 100;
	}
	if (m->unit == MEASURE_RATE_10K)
		out->scale = 10000;
}

static enum err_code themes_row_filters(const struct themes *t, const struct rows *r,
					struct themes_row *row, struct err *err)
{
	const char *at = r->field[7];

	while (*(at += strspn(at, " ")) != '\0') {
		size_t len = strcspn(at, " ");
		int filter = themes_filter_find(t, at, len);

		if (filter < 0)
			return themes_fault(r, "filters", at, "filters.csv does not define it",
					    err);
		row->filters |= 1U << filter;
		at += len;
	}
	return ERR_OK;
}

static enum err_code themes_row_part(const struct rows *r, struct themes_row *row, struct err *err)
{
	if (strcmp(r->field[4], "value") == 0)
		row->indicator.part = EES_PART_VALUE;
	else if (strcmp(r->field[4], "numerator") == 0)
		row->indicator.part = EES_PART_NUMERATOR;
	else
		return themes_fault(r, "part", r->field[4], "write value or numerator", err);
	if (row->indicator.part == EES_PART_NUMERATOR && row->measure != NULL &&
	    (row->measure->unit != MEASURE_PERCENT || row->measure->kind == MEASURE_DERIVED))
		return themes_fault(r, "part", r->field[4],
				    "only a percentage that is counted has one", err);
	return ERR_OK;
}

static enum err_code themes_row_words(const struct rows *r, struct themes_row *row, struct err *err)
{
	struct ees_indicator *i = &row->indicator;
	enum err_code code;

	code = themes_copy(r, "dataset", r->field[0], row->dataset, sizeof row->dataset, err);
	if (code == ERR_OK)
		code = themes_copy(r, "title", r->field[1], row->title, sizeof row->title, err);
	if (code == ERR_OK)
		code = themes_copy(r, "title", r->field[1], i->grouping, sizeof i->grouping, err);
	if (code == ERR_OK)
		code = themes_copy(r, "measure", r->field[3], i->measure, sizeof i->measure, err);
	if (code == ERR_OK)
		code = themes_copy(r, "column", r->field[5], i->column, sizeof i->column, err);
	if (code == ERR_OK)
		code = themes_copy(r, "label", r->field[6], i->label, sizeof i->label, err);
	return code;
}

/* Whether the data set stood further up already, with another one between. */
static int themes_is_torn(const struct themes *t, const char *dataset)
{
	int last = t->n_rows - 1;

	while (last >= 0 && strcmp(t->rows[last].dataset, dataset) == 0)
		last--;
	while (last >= 0 && strcmp(t->rows[last].dataset, dataset) != 0)
		last--;
	return last >= 0;
}

static enum err_code themes_row(struct themes *t, const struct rows *r,
				const struct measure_set *set, struct err *err)
{
	struct themes_row *row = &t->rows[t->n_rows];
	enum err_code code;

	if (t->n_rows == THEMES_ROWS_MAX)
		return err_set(err, ERR_CONFIG, "%s:%d: more than %d rows", r->name, r->line,
			       THEMES_ROWS_MAX);
	*row = (struct themes_row){ .measure = measures_find(set, r->field[3]) };
	row->districts = strcmp(r->field[2], "yes") == 0;
	if (!row->districts && strcmp(r->field[2], "no") != 0)
		return themes_fault(r, "districts", r->field[2], "write yes or no", err);
	if (themes_is_torn(t, r->field[0]))
		return themes_fault(r, "dataset", r->field[0],
				    "put the rows of a data set together", err);
	code = themes_row_words(r, row, err);
	if (code == ERR_OK)
		code = themes_row_part(r, row, err);
	if (code == ERR_OK)
		code = themes_row_filters(t, r, row, err);
	if (code == ERR_OK && row->measure != NULL) {
		themes_unit(row->measure, &row->indicator);
		t->n_rows++;
	}
	return code;
}

static enum err_code themes_read_rows(struct themes *t, const char *text,
				      const struct measure_set *set, struct err *err)
{
	struct rows r;
	int more = 1;
	enum err_code code = rows_open(&r, themes_file, text, strlen(text), err);

	if (code == ERR_OK)
		code = themes_head(&r, themes_columns, 8, err);
	while (code == ERR_OK && more) {
		code = themes_next(&r, 8, &more, err);
		if (code == ERR_OK && more)
			code = themes_row(t, &r, set, err);
	}
	rows_close(&r);
	return code;
}

enum err_code themes_read(const char *themes_text, const char *filters_text,
			  const struct measure_set *set, struct themes **out, struct err *err)
{
	struct themes *t = calloc(1, sizeof *t);
	enum err_code code;

	*out = NULL;
	if (t == NULL)
		return err_set(err, ERR_NOMEM, "themes: out of memory");
	code = themes_read_filters(
		t, filters_text != NULL ? filters_text : embed_find(filters_file)->text, err);
	if (code == ERR_OK)
		code = themes_read_rows(
			t, themes_text != NULL ? themes_text : embed_find(themes_file)->text, set,
			err);
	if (code != ERR_OK)
		themes_free(&t);
	*out = t;
	return code;
}

void themes_free(struct themes **themes)
{
	if (*themes == NULL)
		return;
	for (int i = 0; i < (*themes)->n_filters; i++)
		free((*themes)->filters[i].filter.items);
	free(*themes);
	*themes = NULL;
}
