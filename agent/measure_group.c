#include "agent/measure_group.h"

#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proto/codes.h"
#include "proto/limits.h"

#define UNKNOWN "unknown"
#define CATEGORIES_FIRST 8

enum err_code measure_group_init(struct measure_group *g, const struct measure *m,
				 const struct measure_slots *slots, const uint8_t *carried,
				 struct err *err)
{
	memset(g, 0, sizeof *g);
	g->measure = m;
	g->slots = slots;
	for (int d = 0; d < m->n_dimensions; d++) {
		g->breakdowns[d].dimension = m->dimensions[d];
		g->breakdowns[d].carried = carried[d];
	}
	g->totals = calloc((size_t)slots->n + 1, sizeof *g->totals);
	if (g->totals == NULL)
		return err_set(err, ERR_NOMEM, "%s.sql: out of memory", m->code);
	return ERR_OK;
}

void measure_group_clear(struct measure_group *g)
{
	for (int d = 0; d < MEASURE_DIMENSIONS_MAX; d++) {
		free(g->breakdowns[d].categories);
		free(g->breakdowns[d].cells);
		free(g->breakdowns[d].table);
	}
	free(g->totals);
	memset(g, 0, sizeof *g);
}

/* ---- categories */

/* FNV-1a */
static unsigned text_hash(const char *text)
{
	unsigned hash = 2166136261u;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

/* The category's place in the table: its own, or the free one where it belongs. */
static int *breakdown_place(const struct group_breakdown *b, const char *text)
{
	unsigned mask = (unsigned)b->n_table - 1;

	for (unsigned i = text_hash(text) & mask;; i = (i + 1) & mask)
		if (b->table[i] == 0 || strcmp(b->categories[b->table[i] - 1], text) == 0)
			return &b->table[i];
}

/* Doubles the room for categories; the cells keep their place, for they lie category by category.
 */
static enum err_code breakdown_grow(struct group_breakdown *b, int n_slots, struct err *err)
{
	int capacity = b->capacity == 0 ? CATEGORIES_FIRST : 2 * b->capacity;
	size_t old = (size_t)b->capacity * (size_t)n_slots;
	size_t new = (size_t)capacity *(size_t)n_slots;
	void *categories = realloc(b->categories, (size_t)capacity * sizeof *b->categories);
	struct group_cell *cells;
	int *table;

	if (categories != NULL)
		b->categories = categories;
	cells = categories == NULL ? NULL : realloc(b->cells, (new + 1) * sizeof *cells);
	if (cells != NULL)
		b->cells = cells;
	table = cells == NULL ? NULL : calloc((size_t)capacity * 2, sizeof *table);
	if (table == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	memset(cells + old, 0, (new - old) * sizeof *cells);
	free(b->table);
	b->table = table;
	b->n_table = 2 * capacity;
	b->capacity = capacity;
	for (int i = 0; i < b->n_categories; i++)
		*breakdown_place(b, b->categories[i]) = i + 1;
	return ERR_OK;
}

/* Whether the text is a code of the dimension. Wards and teams are coded by the stage; here they
 * must at least look like codes, so that a name in such a column cannot travel. */
static bool category_valid(const char *dimension, const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len > LIMIT_STRING_BYTES)
		return false;
	if (strcmp(dimension, "ward") != 0 && strcmp(dimension, "team") != 0)
		return codes_find(dimension, text) != NULL;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && strchr("_.-", text[i]) == NULL)
			return false;
	return true;
}

static bool dimension_is_number(const char *dimension)
{
	return strcmp(dimension, "days") == 0 || strcmp(dimension, "cases") == 0;
}

enum err_code measure_group_category(struct measure_group *g, int d, const char *text,
				     int has_number, int64_t number, int *category, struct err *err)
{
	struct group_breakdown *b = &g->breakdowns[d];
	bool known = b->n_table > 0 && text != NULL && strlen(text) <= LIMIT_STRING_BYTES;
	int *place;
	enum err_code rc;

	if (dimension_is_number(b->dimension))
		text = has_number ? measure_bucket(g->measure, number) : UNKNOWN;
	else if (text == NULL || ((!known || *breakdown_place(b, text) == 0) &&
				  !category_valid(b->dimension, text)))
		text = UNKNOWN;
	if (b->n_categories == b->capacity && (b->n_table == 0 || *breakdown_place(b, text) == 0)) {
		rc = breakdown_grow(b, g->slots->n, err);
		if (rc != ERR_OK)
			return rc;
	}
	place = breakdown_place(b, text);
	if (*place == 0) {
		memcpy(b->categories[b->n_categories], text, strlen(text) + 1);
		*place = ++b->n_categories;
	}
	*category = *place - 1;
	return ERR_OK;
}

/* ---- cells */

static bool sum_add(int64_t *sum, int64_t value)
{
	int64_t result;

	if (__builtin_add_overflow(*sum, value, &result) || result > LIMIT_VALUE ||
	    result < -LIMIT_VALUE)
		return false;
	*sum = result;
	return true;
}

static bool cell_add(struct group_cell *cell, int64_t numerator, int64_t denominator)
{
	cell->n_rows++;
	return sum_add(&cell->numerator, numerator) && sum_add(&cell->denominator, denominator);
}

enum err_code measure_group_add(struct measure_group *g, int slot, const int *categories,
				int64_t numerator, int64_t denominator, struct err *err)
{
	bool fits = cell_add(&g->totals[slot], numerator, denominator);

	for (int d = 0; d < g->measure->n_dimensions && fits; d++) {
		struct group_breakdown *b = &g->breakdowns[d];
		size_t at = (size_t)categories[d] * (size_t)g->slots->n + (size_t)slot;

		if (b->carried)
			fits = cell_add(&b->cells[at], numerator, denominator);
	}
	if (!fits)
		return err_set(err, ERR_TOO_BIG,
			       "%s.sql: a sum is beyond 2^53; check the column that it adds up",
			       g->measure->code);
	return ERR_OK;
}

/* ---- figures */

/* Categories live in blocks, so that they stay where they are while the figures grow. */
struct string_block {
	struct string_block *next;
	size_t used;
	char text[16384];
};

static const char *figures_string(struct figures *f, const char *text)
{
	size_t len = strlen(text) + 1;
	struct string_block *block = f->strings;
	char *copy;

	if (block == NULL || block->used + len > sizeof block->text) {
		block = malloc(sizeof *block);
		if (block == NULL)
			return NULL;
		block->next = f->strings;
		block->used = 0;
		f->strings = block;
	}
	copy = block->text + block->used;
	memcpy(copy, text, len);
	block->used += len;
	return copy;
}

static enum err_code figures_add(struct figures *f, size_t *capacity, const struct figure *figure,
				 struct err *err)
{
	if (f->n == *capacity) {
		size_t wanted = *capacity == 0 ? 1024 : 2 * *capacity;
		struct figure *items = realloc(f->items, wanted * sizeof *items);

		if (items == NULL)
			return err_set(err, ERR_NOMEM, "figures: out of memory");
		f->items = items;
		*capacity = wanted;
	}
	f->items[f->n++] = *figure;
	return ERR_OK;
}

/* One cell of every slot, under one dimension and category. */
static enum err_code figures_add_cells(struct figures *f, size_t *capacity, struct figure figure,
				       const struct measure_group *g,
				       const struct group_cell *cells, bool empty_too,
				       struct err *err)
{
	enum err_code rc = ERR_OK;

	for (int slot = 0; slot < g->slots->n && rc == ERR_OK; slot++) {
		if (cells[slot].n_rows == 0 && !empty_too)
			continue;
		figure.period = g->slots->items[slot].period;
		figure.provisional = g->slots->items[slot].provisional;
		figure.numerator = cells[slot].numerator;
		figure.denominator = cells[slot].denominator;
		rc = figures_add(f, capacity, &figure, err);
	}
	return rc;
}

enum err_code figures_append(struct figures *f, size_t *capacity, int measure,
			     const struct measure_group *g, struct err *err)
{
	struct figure figure = { .measure = measure, .dimension = "", .category = "" };
	enum err_code rc = figures_add_cells(f, capacity, figure, g, g->totals, true, err);

	for (int d = 0; d < g->measure->n_dimensions && rc == ERR_OK; d++) {
		const struct group_breakdown *b = &g->breakdowns[d];

		if (!b->carried)
			continue;
		figure.dimension = b->dimension;
		figure.category = "";
		rc = figures_add_cells(f, capacity, figure, g, g->totals, true, err);
		for (int c = 0; c < b->n_categories && rc == ERR_OK; c++) {
			figure.category = figures_string(f, b->categories[c]);
			if (figure.category == NULL)
				return err_set(err, ERR_NOMEM, "figures: out of memory");
			rc = figures_add_cells(f, capacity, figure, g,
					       b->cells + (size_t)c * (size_t)g->slots->n, false,
					       err);
		}
	}
	return rc;
}

static int compare_figures(const void *a, const void *b)
{
	const struct figure *one = a, *other = b;
	int64_t key = period_key(one->period), other_key = period_key(other->period);
	int order;

	if (key != other_key)
		return key < other_key ? -1 : 1;
	if (one->measure != other->measure)
		return one->measure < other->measure ? -1 : 1;
	order = strcmp(one->dimension, other->dimension);
	return order != 0 ? order : strcmp(one->category, other->category);
}

void figures_sort(struct figures *f)
{
	if (f->n > 0)
		qsort(f->items, f->n, sizeof *f->items, compare_figures);
}

void measure_figures_free(struct figures **figures)
{
	struct string_block *block, *next;

	if (*figures == NULL)
		return;
	for (block = (*figures)->strings; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	free((*figures)->items);
	free(*figures);
	*figures = NULL;
}
