#include "aggregator/feed/screen_values.h"

#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

/* Do totals add up: for each filter with an item "Total" and each indicator that is a count, the
 * total is the sum of the items, all else alike. Where an item is a symbol the sum may be smaller,
 * never larger. */

struct totals_sum {
	int64_t total, sum;
	int64_t row; /* number of the total's row, 0: there is none */
	size_t n_items, n_unknown;
};

struct totals {
	struct screen *s;
	int filter;
	uint32_t total;          /* value number of "Total" in the filter */
	uint32_t *groups;        /* owned; per row, which sum it belongs to */
	struct totals_sum *sums; /* owned */
	size_t n_sums;
	uint32_t *key; /* owned */
};

/* Rows alike in time, place and all filters but this one belong to one sum. */
static void totals_group(struct totals *t)
{
	struct screen *s = t->s;
	const struct screen_table *data = &s->pair->data;
	struct screen_words words = { 0 };
	bool *is_key = screen_calloc(s, (size_t)data->n_columns, sizeof *is_key);
	size_t step = 0, meta_row;
	int column;

	if (is_key == NULL)
		return;
	for (int i = 0; i < data->n_columns; i++)
		is_key[i] = screen_is_unit_column(s->lists, data->columns[i].name);
	while (screen_next_filter(s, &step, true, &column, &meta_row))
		is_key[column] = true;
	is_key[t->filter] = false;
	for (size_t row = 0; row < data->n_rows && s->code == ERR_OK; row++) {
		size_t n = 0;

		for (int i = 0; i < data->n_columns; i++)
			if (is_key[i])
				t->key[n++] = data->columns[i].cells[row];
		s->code = screen_words_add(&words, t->key, n * sizeof *t->key, &t->groups[row],
					   s->err);
	}
	t->n_sums = words.n;
	screen_words_clear(&words);
	free(is_key);
}

static void totals_row(struct totals *t, const struct screen_column *indicator, size_t row)
{
	const struct screen_table *data = &t->s->pair->data;
	struct totals_sum *sum = &t->sums[t->groups[row]];
	int64_t value = 0;
	bool known =
		screen_whole(screen_words_text(&indicator->values, indicator->cells[row]), &value);

	if (data->columns[t->filter].cells[row] == t->total) {
		sum->row = known ? data->numbers[row] : 0;
		sum->total = value;
		return;
	}
	sum->n_items++;
	sum->n_unknown += !known;
	if (__builtin_add_overflow(sum->sum, value, &sum->sum))
		sum->sum = INT64_MAX;
}

static bool totals_is_wrong(const struct totals_sum *sum)
{
	if (sum->row == 0 || sum->n_items == 0)
		return false;
	return sum->n_unknown > 0 ? sum->sum > sum->total : sum->sum != sum->total;
}

static void totals_indicator(struct totals *t, int column)
{
	const struct screen_table *data = &t->s->pair->data;
	const struct totals_sum *first = NULL;
	struct screen_rows rows = { .n = 0 };

	memset(t->sums, 0, t->n_sums * sizeof *t->sums);
	for (size_t row = 0; row < data->n_rows; row++)
		totals_row(t, &data->columns[column], row);
	for (size_t i = 0; i < t->n_sums; i++) {
		if (!totals_is_wrong(&t->sums[i]))
			continue;
		first = first == NULL ? &t->sums[i] : first;
		screen_rows_add(&rows, t->sums[i].row);
	}
	if (first != NULL)
		screen_say(t->s, SCREEN_FAIL, SCREEN_DATA, data->columns[column].name, &rows,
			   "Total of filter %s is not the sum of its items: row %lld says %lld, "
			   "its items add up to %lld%s; correct the one or the other",
			   screen_quote(data->columns[t->filter].name).text, (long long)first->row,
			   (long long)first->total, (long long)first->sum,
			   first->n_unknown > 0 ? " without those suppressed" : "");
}

static void totals_filter(struct totals *t)
{
	struct screen *s = t->s;
	size_t step = 0, row;
	int column;

	totals_group(t);
	t->sums = screen_calloc(s, t->n_sums, sizeof *t->sums);
	while (t->sums != NULL && screen_next_indicator(s, &step, &column, &row))
		if (screen_is_count(s->pair->data.columns[column].name))
			totals_indicator(t, column);
	free(t->sums);
	t->sums = NULL;
}

void screen_drs_totals(struct screen *s)
{
	const struct screen_table *data = &s->pair->data;
	struct totals t = { .s = s };
	size_t step = 0, row;

	if (screen_n_filters(s) > LIMIT_SCREEN_FILTERS) {
		screen_say(s, SCREEN_WARNING, SCREEN_META, NULL, NULL,
			   "more than %d filters: whether totals add up was not checked",
			   LIMIT_SCREEN_FILTERS);
		return;
	}
	t.groups = screen_calloc(s, data->n_rows, sizeof *t.groups);
	t.key = screen_calloc(s, (size_t)data->n_columns, sizeof *t.key);
	while (s->code == ERR_OK && screen_next_filter(s, &step, true, &t.filter, &row)) {
		const struct screen_column *c = &data->columns[t.filter];

		if (!screen_is_unit_column(s->lists, c->name) &&
		    screen_words_find(&c->values, "Total", 5, &t.total))
			totals_filter(&t);
	}
	free(t.groups);
	free(t.key);
}
