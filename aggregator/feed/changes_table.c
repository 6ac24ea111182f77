#include "aggregator/feed/changes_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/feed/text.h"

const struct zip_entry *changes_entry(const struct zip_entries *entries, const char *path)
{
	for (int i = 0; entries != NULL && i < entries->n; i++)
		if (strcmp(entries->entries[i].name, path) == 0)
			return &entries->entries[i];
	return NULL;
}

int changes_table_compare(const struct changes_row *a, const struct changes_row *b)
{
	size_t len = a->key_len < b->key_len ? a->key_len : b->key_len;
	int order = memcmp(a->key, b->key, len);

	return order != 0 ? order : (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

static int changes_by_key(const void *a, const void *b)
{
	return changes_table_compare(a, b);
}

static enum err_code changes_nomem(const struct changes_table *t, struct err *err)
{
	return err_set(err, ERR_NOMEM, "%s: out of memory", t->dataset);
}

static char *changes_copy(const char *text)
{
	size_t len = strlen(text) + 1;
	char *copy = malloc(len);

	if (copy != NULL)
		memcpy(copy, text, len);
	return copy;
}

/* The indicators that the meta file lists. */
static enum err_code changes_read_meta(const struct zip_entry *meta, struct changes_table *t,
				       struct err *err)
{
	struct rows r;
	int more = 1;
	enum err_code code = rows_open(&r, meta->name, meta->bytes, meta->len, err);

	while (code == ERR_OK && more) {
		code = rows_next(&r, &more, err);
		if (code != ERR_OK || !more || r.n < 2 || strcmp(r.field[1], "Indicator") != 0)
			continue;
		if (t->n_indicators == ROWS_FIELDS_MAX)
			code = err_set(err, ERR_TOO_BIG, "%s: more than %d indicators", meta->name,
				       ROWS_FIELDS_MAX);
		else if ((t->indicator[t->n_indicators] = changes_copy(r.field[0])) == NULL)
			code = changes_nomem(t, err);
		else
			t->n_indicators++;
	}
	rows_close(&r);
	return code;
}

/* What the columns of the data file are: −1 place, −2 time, −3 filter, else the indicator. */
#define CHANGES_PLACE (-1)
#define CHANGES_TIME (-2)
#define CHANGES_FILTER (-3)

struct changes_columns {
	int kind[ROWS_FIELDS_MAX];
	char *name[ROWS_FIELDS_MAX]; /* of a filter */
	int n;
};

static int changes_kind(const struct changes_table *t, const char *heading)
{
	static const char *const places[] = { "geographic_level", "country_code", "country_name",
					      "region_code",      "region_name",  "old_la_code",
					      "new_la_code",      "la_name" };

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (strcmp(heading, places[i]) == 0)
			return CHANGES_PLACE;
	if (strcmp(heading, "time_period") == 0 || strcmp(heading, "time_identifier") == 0)
		return CHANGES_TIME;
	for (int i = 0; i < t->n_indicators; i++)
		if (strcmp(heading, t->indicator[i]) == 0)
			return i;
	return CHANGES_FILTER;
}

static enum err_code changes_read_head(const struct rows *r, const struct changes_table *t,
				       struct changes_columns *c, struct err *err)
{
	int indicators = 0;
	int times = 0;

	for (c->n = 0; c->n < r->n; c->n++) {
		c->kind[c->n] = changes_kind(t, r->field[c->n]);
		c->name[c->n] = changes_copy(r->field[c->n]);
		if (c->name[c->n] == NULL)
			return changes_nomem(t, err);
		indicators += c->kind[c->n] >= 0;
		times += c->kind[c->n] == CHANGES_TIME;
	}
	if (indicators != t->n_indicators || times != 2)
		return err_set(err, ERR_MALFORMED, "%s: its columns are not those of its meta file",
			       r->name);
	return ERR_OK;
}

static enum err_code changes_row_key(const struct rows *r, const struct changes_columns *c,
				     struct changes_row *row, struct err *err)
{
	struct text key = { .len = 0 };
	enum err_code code;
	int n = 0;

	for (int i = 0; i < c->n; i++)
		if (c->kind[i] == CHANGES_TIME)
			text_add(&key, r->field[i], strlen(r->field[i]) + 1);
	for (int i = 0; i < c->n; i++)
		if (c->kind[i] == CHANGES_FILTER)
			text_printf(&key, "%s%s=%s", n++ > 0 ? "; " : "", c->name[i], r->field[i]);
	code = text_end(&key, err);
	if (code != ERR_OK) {
		text_clear(&key);
		return code;
	}
	row->key = key.bytes;
	row->key_len = key.len + 1;
	return ERR_OK;
}

static enum err_code changes_read_row(const struct rows *r, const struct changes_columns *c,
				      struct changes_table *t, struct err *err)
{
	struct changes_row *row = &t->rows[t->n_rows];
	enum err_code code;

	if (r->n != c->n)
		return err_set(err, ERR_MALFORMED, "%s:%d: %d columns, not %d", r->name, r->line,
			       r->n, c->n);
	*row = (struct changes_row){ .key_len = 0 };
	row->cell = calloc((size_t)t->n_indicators + 1, sizeof *row->cell);
	t->n_rows++;
	if (row->cell == NULL)
		return changes_nomem(t, err);
	code = changes_row_key(r, c, row, err);
	for (int i = 0; code == ERR_OK && i < c->n; i++)
		if (c->kind[i] >= 0 && (row->cell[c->kind[i]] = changes_copy(r->field[i])) == NULL)
			code = changes_nomem(t, err);
	return code;
}

static enum err_code changes_read_data(const struct zip_entry *data, struct changes_table *t,
				       struct err *err)
{
	struct changes_columns c = { .n = 0 };
	struct rows r;
	size_t lines = 2;
	int more = 1;
	enum err_code code = rows_open(&r, data->name, data->bytes, data->len, err);

	for (size_t i = 0; i < data->len; i++)
		lines += data->bytes[i] == '\n';
	t->rows = calloc(lines, sizeof *t->rows);
	if (code == ERR_OK && t->rows == NULL)
		code = changes_nomem(t, err);
	if (code == ERR_OK)
		code = rows_next(&r, &more, err);
	if (code == ERR_OK)
		code = changes_read_head(&r, t, &c, err);
	while (code == ERR_OK && more) {
		code = rows_next(&r, &more, err);
		if (code == ERR_OK && more)
			code = changes_read_row(&r, &c, t, err);
	}
	for (int i = 0; i < ROWS_FIELDS_MAX; i++)
		free(c.name[i]);
	rows_close(&r);
	if (code == ERR_OK)
		qsort(t->rows, (size_t)t->n_rows, sizeof *t->rows, changes_by_key);
	return code;
}

enum err_code changes_table_read(const struct zip_entries *entries, const char *data_path,
				 struct changes_table *t, struct err *err)
{
	const struct zip_entry *data = changes_entry(entries, data_path);
	const struct zip_entry *meta;
	char path[300];
	int stem = (int)strlen(data_path) - (int)strlen(".csv");
	enum err_code code;

	*t = (struct changes_table){ .n_rows = 0 };
	(void)snprintf(t->dataset, sizeof t->dataset, "%.*s", stem - (int)strlen("ees/"),
		       data_path + strlen("ees/"));
	if (data == NULL)
		return ERR_OK;
	(void)snprintf(path, sizeof path, "%.*s.meta.csv", stem < 280 ? stem : 280, data_path);
	meta = changes_entry(entries, path);
	if (meta == NULL)
		return err_set(err, ERR_MALFORMED, "%s: its meta file %s is not there", data_path,
			       path);
	code = changes_read_meta(meta, t, err);
	return code == ERR_OK ? changes_read_data(data, t, err) : code;
}

void changes_table_clear(struct changes_table *t)
{
	for (int i = 0; i < t->n_rows; i++) {
		for (int k = 0; t->rows[i].cell != NULL && k < t->n_indicators; k++)
			free(t->rows[i].cell[k]);
		free(t->rows[i].cell);
		free(t->rows[i].key);
	}
	for (int i = 0; i < t->n_indicators; i++)
		free(t->indicator[i]);
	free(t->rows);
	*t = (struct changes_table){ .n_rows = 0 };
}
