#include "aggregator/feed/screen_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

/* Is the matrix complete: does each period and place have a row for every combination of filter
 * items? Filters that group another, or are its parent, follow from it and are left out. */

#define MATRIX_SHOWN 2

struct matrix {
	struct screen *s;
	int *filters; /* owned; columns of the free filters */
	int n_filters;
	struct screen_words times, places; /* numbers of the values of their columns, joined */
	size_t *time_rows, *place_rows;    /* owned; a row that has each */
	struct screen_words rows;          /* time, place and items, as numbers */
	uint32_t *key;                     /* owned; room for one of them */
	uint32_t **items;                  /* owned; the items that occur, filter by filter */
	uint32_t *n_items;                 /* owned */
};

/* The number of the row's time or place: the tuple of its columns. */
static uint32_t matrix_tuple(struct matrix *m, struct screen_words *words, bool of_time,
			     size_t *first_rows, size_t row)
{
	struct screen *s = m->s;
	const struct screen_table *t = &s->pair->data;
	uint32_t at = 0;
	size_t before = words->n;
	int n = 0;

	for (int i = 0; i < t->n_columns; i++) {
		const char *name = t->columns[i].name;
		bool is_time = strncmp(name, "time_", 5) == 0;

		if (is_time == of_time && screen_is_unit_column(s->lists, name) &&
		    screen_table_column(t, name) == i)
			m->key[n++] = t->columns[i].cells[row];
	}
	s->code = screen_words_add(words, m->key, (size_t)n * sizeof *m->key, &at, s->err);
	if (s->code == ERR_OK && words->n > before)
		first_rows[at] = row;
	return at;
}

static void matrix_fill(struct matrix *m)
{
	struct screen *s = m->s;
	const struct screen_table *t = &s->pair->data;

	for (size_t row = 0; row < t->n_rows && s->code == ERR_OK; row++) {
		uint32_t time = matrix_tuple(m, &m->times, true, m->time_rows, row);
		uint32_t place, at;

		if (s->code != ERR_OK)
			return;
		place = matrix_tuple(m, &m->places, false, m->place_rows, row);
		if (s->code != ERR_OK)
			return;
		m->key[0] = time;
		m->key[1] = place;
		for (int i = 0; i < m->n_filters; i++)
			m->key[2 + i] = t->columns[m->filters[i]].cells[row];
		s->code = screen_words_add(
			&m->rows, m->key, (2 + (size_t)m->n_filters) * sizeof *m->key, &at, s->err);
	}
}

/* The items of each filter: all values of its column, a blank only when it occurs. */
static void matrix_items(struct matrix *m)
{
	for (int i = 0; i < m->n_filters; i++) {
		const struct screen_column *c = &m->s->pair->data.columns[m->filters[i]];

		m->items[i] = screen_calloc(m->s, c->values.n, sizeof **m->items);
		if (m->items[i] == NULL)
			return;
		for (size_t v = c->n_blank > 0 ? 0 : 1; v < c->values.n; v++)
			m->items[i][m->n_items[i]++] = (uint32_t)v;
	}
}

/* How many rows there should be; a number that no file reaches when it overflows. */
static size_t matrix_expected(const struct matrix *m)
{
	size_t n;

	if (__builtin_mul_overflow(m->times.n, m->places.n, &n))
		return SIZE_MAX;
	for (int i = 0; i < m->n_filters; i++)
		if (__builtin_mul_overflow(n, (size_t)m->n_items[i], &n))
			return SIZE_MAX;
	return n;
}

/* "2026 April, Local authority Birmingham, sex 'Male'" */
static void matrix_describe(const struct matrix *m, const uint32_t *at, char *out, size_t size)
{
	const struct screen_table *t = &m->s->pair->data;
	size_t time = m->time_rows[at[0]], place = m->place_rows[at[1]];
	int level = screen_table_column(t, "geographic_level");
	int row =
		level < 0 ? -1 : screen_level_find(m->s->lists, screen_table_text(t, level, place));
	const char *name = row < 0 ? "" : screen_level_text(m->s->lists, row, LEVEL_NAME_COLUMN);
	size_t len;

	len = (size_t)snprintf(
		out, size, "%s of %s, %s",
		screen_quote(screen_table_text(t, screen_table_column(t, "time_identifier"), time))
			.text,
		screen_quote(screen_table_text(t, screen_table_column(t, "time_period"), time))
			.text,
		screen_quote(screen_table_text(t, screen_table_column(t, name), place)).text);
	for (int i = 0; i < m->n_filters && len + 1 < size; i++) {
		const struct screen_column *c = &t->columns[m->filters[i]];

		len += (size_t)snprintf(
			out + len, size - len, ", %s",
			screen_quote(screen_words_text(&c->values, m->items[i][at[2 + i]])).text);
	}
}

/* The next combination; false after the last. */
static bool matrix_next(const struct matrix *m, uint32_t *at)
{
	for (int i = m->n_filters + 1; i >= 0; i--) {
		size_t n = i == 0 ? m->times.n : i == 1 ? m->places.n : m->n_items[i - 2];

		if (++at[i] < n)
			return true;
		at[i] = 0;
	}
	return false;
}

/* Names the first ones that are missing. There are more combinations than rows, so some are met
 * within as many steps as there are rows. */
static void matrix_say(struct matrix *m, size_t expected)
{
	size_t n = 2 + (size_t)m->n_filters;
	uint32_t *at = screen_calloc(m->s, n, sizeof *at);
	char text[320] = "";
	size_t len = 0;
	int shown = 0;

	if (at == NULL)
		return;
	do {
		uint32_t found;

		m->key[0] = at[0];
		m->key[1] = at[1];
		for (int i = 0; i < m->n_filters; i++)
			m->key[2 + i] = m->items[i][at[2 + i]];
		if (screen_words_find(&m->rows, m->key, n * sizeof *m->key, &found))
			continue;
		len = strlen(text);
		if (shown++ > 0 && len + 2 < sizeof text)
			len += (size_t)snprintf(text + len, sizeof text - len, "; ");
		matrix_describe(m, at, text + len, sizeof text - len);
	} while (shown < MATRIX_SHOWN && matrix_next(m, at));
	screen_say(m->s, SCREEN_FAIL, SCREEN_DATA, NULL, NULL,
		   "%zu of %zu combinations of period, place and filter items have no row; write "
		   "them with z or x. The first: %s",
		   expected - m->rows.n, expected, text);
	free(at);
}

static void matrix_clear(struct matrix *m)
{
	for (int i = 0; m->items != NULL && i < m->n_filters; i++)
		free(m->items[i]);
	free(m->items);
	free(m->n_items);
	free(m->filters);
	free(m->time_rows);
	free(m->place_rows);
	free(m->key);
	screen_words_clear(&m->times);
	screen_words_clear(&m->places);
	screen_words_clear(&m->rows);
}

static bool matrix_init(struct matrix *m, struct screen *s)
{
	const struct screen_table *t = &s->pair->data;
	size_t step = 0, row, n_columns = (size_t)t->n_columns + 2;
	int column;

	m->s = s;
	m->filters = screen_calloc(s, n_columns, sizeof *m->filters);
	m->items = screen_calloc(s, n_columns, sizeof *m->items);
	m->n_items = screen_calloc(s, n_columns, sizeof *m->n_items);
	m->key = screen_calloc(s, n_columns, sizeof *m->key);
	m->time_rows = screen_calloc(s, t->n_rows, sizeof *m->time_rows);
	m->place_rows = screen_calloc(s, t->n_rows, sizeof *m->place_rows);
	if (s->code != ERR_OK)
		return false;
	while (screen_next_filter(s, &step, false, &column, &row))
		if (screen_is_free_filter(s, t->columns[column].name) &&
		    !screen_is_unit_column(s->lists, t->columns[column].name))
			m->filters[m->n_filters++] = column;
	return true;
}

void screen_drs_matrix(struct screen *s)
{
	struct matrix m = { 0 };
	size_t expected;

	if (screen_n_filters(s) > LIMIT_SCREEN_FILTERS)
		screen_say(s, SCREEN_WARNING, SCREEN_META, NULL, NULL,
			   "more than %d filters: whether the matrix is complete was not checked",
			   LIMIT_SCREEN_FILTERS);
	else if (matrix_init(&m, s) && s->pair->data.n_rows > 0) {
		matrix_fill(&m);
		if (s->code == ERR_OK)
			matrix_items(&m);
		expected = matrix_expected(&m);
		if (s->code == ERR_OK && m.rows.n < expected)
			matrix_say(&m, expected);
	}
	matrix_clear(&m);
}
