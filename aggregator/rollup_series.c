/* The series of a query's measures, and the categories of a breakdown in their declared order. */

#include "aggregator/rollup_facts.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/store_statements.h"
#include "proto/codes.h"
#include "proto/db.h"

static const char sql_total[] =
	"SELECT id FROM series WHERE measure = ?1 AND dimension = '' AND category = ''";

static enum err_code rollup_total_read(struct store *store, struct rollup_series *s,
				       struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = store_prepare(store, ROLLUP_TOTAL, sql_total, &stmt, err);

	if (code == ERR_OK) {
		db_bind_text(stmt, 1, s->measure);
		code = db_step(stmt, &row, err);
	}
	s->total = code == ERR_OK && row ? sqlite3_column_int64(stmt, 0) : 0;
	(void)sqlite3_reset(stmt);
	return code;
}

static enum err_code rollup_series_add(struct rollup_series *s, int64_t id, const char *category,
				       struct err *err)
{
	struct rollup_one_series *bigger = realloc(s->all, (size_t)(s->n + 1) * sizeof *s->all);

	if (bigger == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	s->all = bigger;
	memset(&s->all[s->n], 0, sizeof *s->all);
	s->all[s->n].id = id;
	(void)snprintf(s->all[s->n].code, sizeof s->all[0].code, "%s", category);
	s->n++;
	return ERR_OK;
}

static const char sql_series[] =
	"SELECT id, category FROM series WHERE measure = ?1 AND dimension = ?2";

static enum err_code rollup_series_list(const struct rollup_source *source, struct rollup_series *s,
					struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 1;
	enum err_code code = store_prepare(source->store, ROLLUP_SERIES, sql_series, &stmt, err);

	if (code == ERR_OK) {
		db_bind_text(stmt, 1, s->measure);
		db_bind_text(stmt, 2, source->dimension);
	}
	while (code == ERR_OK && row) {
		code = db_step(stmt, &row, err);
		if (code == ERR_OK && row)
			code = rollup_series_add(s, sqlite3_column_int64(stmt, 0), db_text(stmt, 1),
						 err);
	}
	(void)sqlite3_reset(stmt);
	return code;
}

static int rollup_series_order(const void *a, const void *b)
{
	int64_t x = ((const struct rollup_one_series *)a)->id;
	int64_t y = ((const struct rollup_one_series *)b)->id;

	return (x > y) - (x < y);
}

struct rollup_order {
	const char *dimension;
	const struct measure *measure;
	const struct area_tree *areas;
};

/* Place of a category in its declared order: code list, buckets or area file; "unknown" last. */
static int64_t rollup_rank(const struct rollup_order *order, const char *category)
{
	const struct code *c;
	int area;

	if (*category == '\0')
		return -1;
	for (int i = 0; i < order->measure->n_buckets; i++)
		if (strcmp(order->measure->buckets[i].code, category) == 0)
			return i;
	c = codes_find(order->dimension, category);
	if (c != NULL && strcmp(category, "unknown") != 0) {
		size_t n;

		return c - codes_all(&n);
	}
	area = area_find(order->areas, category);
	if (area >= 0)
		return area;
	return strcmp(category, "unknown") == 0 ? INT64_MAX : INT64_MAX - 1;
}

static int rollup_category_order(const void *a, const void *b, void *data)
{
	int64_t x = rollup_rank(data, a);
	int64_t y = rollup_rank(data, b);

	return x != y ? (x > y) - (x < y) : strcmp(a, b);
}

static int rollup_category_find(const struct rollup_categories *c, struct rollup_order *order,
				const char *code)
{
	int low = 0;
	int high = c->n - 1;

	while (low < high) {
		int middle = (low + high) / 2;

		if (rollup_category_order(c->codes[middle], code, order) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static enum err_code rollup_categories_make(struct rollup_order *order,
					    struct rollup_series *series, int n,
					    struct rollup_categories *c, struct err *err)
{
	int n_series = 0;
	int n_kept = 0;

	for (int k = 0; k < n; k++)
		n_series += series[k].n;
	/* the total has its place whether or not anything was ever reported */
	c->codes = calloc((size_t)n_series + 1, sizeof *c->codes);
	if (c->codes == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	c->n = 1;
	for (int k = 0; k < n; k++)
		for (int i = 0; i < series[k].n; i++)
			memcpy(c->codes[c->n++], series[k].all[i].code, sizeof *c->codes);
	qsort_r(c->codes, (size_t)c->n, sizeof *c->codes, rollup_category_order, order);
	for (int i = 0; i < c->n; i++)
		if (n_kept == 0 || strcmp(c->codes[n_kept - 1], c->codes[i]) != 0)
			memmove(c->codes[n_kept++], c->codes[i], sizeof *c->codes);
	c->n = n_kept;
	for (int k = 0; k < n; k++)
		for (int i = 0; i < series[k].n; i++)
			series[k].all[i].category =
				rollup_category_find(c, order, series[k].all[i].code);
	return ERR_OK;
}

enum err_code rollup_series_read(const struct rollup_source *source, struct rollup_series *series,
				 int n, const struct measure *declared,
				 struct rollup_categories *categories, struct err *err)
{
	struct rollup_order order = { source->dimension, declared, source->areas };

	for (int k = 0; k < n; k++) {
		enum err_code code = rollup_total_read(source->store, &series[k], err);

		if (code == ERR_OK)
			code = rollup_series_list(source, &series[k], err);
		if (code != ERR_OK)
			return code;
		if (series[k].n > 1)
			qsort(series[k].all, (size_t)series[k].n, sizeof *series[k].all,
			      rollup_series_order);
	}
	return rollup_categories_make(&order, series, n, categories, err);
}

void rollup_categories_clear(struct rollup_categories *categories)
{
	free(categories->codes);
	categories->codes = NULL;
	categories->n = 0;
}

void rollup_series_clear(struct rollup_series *series)
{
	free(series->all);
	series->all = NULL;
	series->n = 0;
}
