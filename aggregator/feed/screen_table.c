#include "aggregator/feed/screen_table.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

/* CSV as DfE's screeners take it. In: the bytes of a file. Out: a table of columns. Nothing is
 * dropped silently: what does not fit the heading is counted in the table. */

struct table_reader {
	struct screen_table *table;
	char *bytes; /* owned; the cells of the row under way, each with its NUL */
	size_t n_bytes, capacity;
	size_t *ends; /* owned; LIMIT_SCREEN_COLUMNS offsets behind the NULs */
	int n_cells;
	int64_t row; /* of the last row ended */
	int last_end;
	bool is_over; /* more cells than columns can be */
	enum err_code code;
	struct err *err;
};

/* ---- encoding */

/* Length of the UTF-8 character at s (n bytes left), 0 when it is none. */
static size_t table_utf8(const unsigned char *s, size_t n)
{
	size_t more = s[0] < 0x80 ? 0 : s[0] < 0xE0 ? 1 : s[0] < 0xF0 ? 2 : 3;

	if (s[0] >= 0x80 && (s[0] < 0xC2 || s[0] > 0xF4))
		return 0;
	if (more >= n)
		return 0;
	for (size_t i = 1; i <= more; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
	    (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
		return 0; /* a shorter form exists, half a pair, beyond Unicode */
	return more + 1;
}

static enum err_code table_check_text(const char *bytes, size_t len, struct err *err)
{
	int64_t line = 1;

	for (size_t i = 0; i < len;) {
		size_t step = table_utf8((const unsigned char *)bytes + i, len - i);

		if (bytes[i] == '\0')
			return err_set(err, ERR_MALFORMED,
				       "line %lld holds a zero byte, so it is no CSV; export it "
				       "again as \"CSV UTF-8\"",
				       (long long)line);
		if (step == 0)
			return err_set(err, ERR_MALFORMED,
				       "line %lld holds byte 0x%02X, which is no UTF-8; save it as "
				       "\"CSV UTF-8\"",
				       (long long)line, (unsigned)(unsigned char)bytes[i]);
		line += bytes[i] == '\n';
		i += step;
	}
	return ERR_OK;
}

/* The separator that cuts the heading into the most cells; a comma when none cuts it. */
static char table_separator(const char *bytes, size_t len)
{
	static const char candidates[] = { ',', '\t', ';', '|' };
	size_t counts[sizeof candidates] = { 0 };
	size_t best = 0;
	bool quoted = false;

	for (size_t i = 0; i < len && (quoted || (bytes[i] != '\n' && bytes[i] != '\r')); i++) {
		if (bytes[i] == '"')
			quoted = !quoted;
		for (size_t k = 0; k < sizeof candidates && !quoted; k++)
			counts[k] += bytes[i] == candidates[k];
	}
	for (size_t k = 1; k < sizeof candidates; k++)
		if (counts[k] > counts[best])
			best = k;
	return candidates[best];
}

/* ---- rows */

static int table_is_space(unsigned char c)
{
	(void)c;
	return 0; /* blanks around a value are findings, not noise */
}

static enum err_code table_keep(struct table_reader *r, const void *bytes, size_t len)
{
	size_t need = r->n_bytes + len + 1;

	if (len > LIMIT_CELL_BYTES)
		return err_set(r->err, ERR_TOO_BIG,
			       "row %lld: a cell of more than %d bytes; is a quote left open?",
			       (long long)r->row + 1, LIMIT_CELL_BYTES);
	if (need > r->capacity) {
		char *larger = realloc(r->bytes, 2 * need + 1024);

		if (larger == NULL)
			return err_set(r->err, ERR_NOMEM, "out of memory");
		r->bytes = larger;
		r->capacity = 2 * need + 1024;
	}
	if (len > 0)
		memcpy(r->bytes + r->n_bytes, bytes, len);
	r->bytes[r->n_bytes + len] = '\0';
	r->n_bytes = need;
	r->ends[r->n_cells++] = need;
	return ERR_OK;
}

static void table_on_cell(void *bytes, size_t len, void *context)
{
	struct table_reader *r = context;

	if (r->code != ERR_OK)
		return;
	if (r->n_cells < LIMIT_SCREEN_COLUMNS)
		r->code = table_keep(r, bytes, len);
	else
		r->is_over = true;
}

static const char *table_cell(const struct table_reader *r, int i, size_t *len)
{
	size_t start = i == 0 ? 0 : r->ends[i - 1];

	*len = r->ends[i] - 1 - start;
	return r->bytes + start;
}

static enum err_code table_head(struct table_reader *r)
{
	struct screen_table *t = r->table;

	t->columns = calloc((size_t)r->n_cells, sizeof *t->columns);
	if (t->columns == NULL)
		return err_set(r->err, ERR_NOMEM, "out of memory");
	for (int i = 0; i < r->n_cells; i++) {
		struct screen_column *c = &t->columns[i];
		size_t len;
		const char *text = table_cell(r, i, &len);
		enum err_code code;
		uint32_t blank;

		t->n_columns = i + 1;
		c->name = calloc(len + 1, 1);
		if (c->name == NULL)
			return err_set(r->err, ERR_NOMEM, "out of memory");
		memcpy(c->name, text, len);
		code = screen_words_add(&c->values, "", 0, &blank, r->err);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

static enum err_code table_more_rows(struct screen_table *t, struct err *err)
{
	size_t capacity = 2 * t->row_capacity + 64;
	int64_t *numbers = realloc(t->numbers, capacity * sizeof *numbers);

	if (numbers == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	t->numbers = numbers;
	for (int i = 0; i < t->n_columns; i++) {
		uint32_t *cells = realloc(t->columns[i].cells, capacity * sizeof *cells);

		if (cells == NULL)
			return err_set(err, ERR_NOMEM, "out of memory");
		t->columns[i].cells = cells;
	}
	t->row_capacity = capacity;
	return ERR_OK;
}

static enum err_code table_row(struct table_reader *r)
{
	struct screen_table *t = r->table;
	enum err_code code = ERR_OK;

	if (r->n_bytes == (size_t)r->n_cells) { /* nothing but the NULs of its cells */
		screen_rows_add(&t->empty, r->row);
		return ERR_OK;
	}
	if (t->n_rows >= LIMIT_ROWS)
		return err_set(r->err, ERR_TOO_BIG, "more than %d rows; split the file",
			       LIMIT_ROWS);
	if (t->n_rows == t->row_capacity)
		code = table_more_rows(t, r->err);
	if (r->n_cells != t->n_columns)
		screen_rows_add(r->n_cells < t->n_columns ? &t->narrow : &t->wide, r->row);
	for (int i = 0; i < t->n_columns && code == ERR_OK; i++) {
		struct screen_column *c = &t->columns[i];
		size_t len = 0;
		const char *text = i < r->n_cells ? table_cell(r, i, &len) : "";

		code = screen_words_add(&c->values, text, len, &c->cells[t->n_rows], r->err);
		c->n_blank += len == 0;
	}
	if (code == ERR_OK)
		t->numbers[t->n_rows++] = r->row;
	return code;
}

static void table_on_row(int end, void *context)
{
	struct table_reader *r = context;

	/* libcsv reports both bytes of CR LF */
	if (end == CSV_LF && r->last_end == CSV_CR && r->n_cells == 0) {
		r->last_end = 0;
		return;
	}
	r->last_end = end;
	r->row++;
	if (r->code == ERR_OK && r->is_over)
		r->code = err_set(r->err, ERR_TOO_BIG, "row %lld: more than %d cells",
				  (long long)r->row, LIMIT_SCREEN_COLUMNS);
	if (r->code == ERR_OK && r->n_cells > 0)
		r->code = r->table->n_columns == 0 ? table_head(r) : table_row(r);
	else if (r->code == ERR_OK && r->table->n_columns > 0)
		screen_rows_add(&r->table->empty, r->row);
	r->n_cells = 0;
	r->n_bytes = 0;
}

static enum err_code table_refuse(struct csv_parser *parser, const struct table_reader *r)
{
	if (csv_error(parser) == CSV_ENOMEM)
		return err_set(r->err, ERR_NOMEM, "out of memory");
	return err_set(r->err, ERR_MALFORMED,
		       "row %lld: a quote is left open or stands inside a cell; put such cells in "
		       "double quotes and double the quotes in them",
		       (long long)r->row + 1);
}

static enum err_code table_parse(struct table_reader *r, const char *bytes, size_t len)
{
	const size_t block = 65536;
	struct csv_parser parser;
	enum err_code code = ERR_OK;

	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
		return err_set(r->err, ERR_NOMEM, "out of memory");
	csv_set_delim(&parser, (unsigned char)r->table->separator);
	csv_set_space_func(&parser, table_is_space);
	for (size_t at = 0; at < len && code == ERR_OK; at += block) {
		size_t n = len - at < block ? len - at : block;

		if (csv_parse(&parser, bytes + at, n, table_on_cell, table_on_row, r) != n &&
		    r->code == ERR_OK)
			code = table_refuse(&parser, r);
		else if (r->code == ERR_OK && parser.entry_pos > LIMIT_CELL_BYTES)
			r->code = table_keep(r, NULL, parser.entry_pos); /* says: too big */
		if (r->code != ERR_OK)
			code = r->code;
	}
	if (code == ERR_OK && csv_fini(&parser, table_on_cell, table_on_row, r) != 0)
		code = r->code != ERR_OK ? r->code : table_refuse(&parser, r);
	csv_free(&parser);
	return code != ERR_OK ? code : r->code;
}

enum err_code screen_table_read(struct screen_table *table, const char *bytes, size_t len,
				struct err *err)
{
	struct table_reader r = { .table = table, .code = ERR_OK, .err = err };
	enum err_code code;

	memset(table, 0, sizeof *table);
	if (len > LIMIT_SCREEN_FILE_BYTES)
		return err_set(err, ERR_TOO_BIG, "larger than %lld MiB; split the file",
			       (long long)(LIMIT_SCREEN_FILE_BYTES >> 20));
	if (len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
		bytes += 3;
		len -= 3;
	}
	code = table_check_text(bytes, len, err);
	if (code != ERR_OK)
		return code;
	r.ends = calloc(LIMIT_SCREEN_COLUMNS, sizeof *r.ends);
	if (r.ends == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	table->separator = table_separator(bytes, len);
	code = table_parse(&r, bytes, len);
	if (code == ERR_OK && table->n_columns == 0)
		code = err_set(err, ERR_MALFORMED, "it is empty; its first row must be a heading");
	free(r.ends);
	free(r.bytes);
	if (code != ERR_OK)
		screen_table_clear(table);
	return code;
}

void screen_table_clear(struct screen_table *table)
{
	for (int i = 0; i < table->n_columns; i++) {
		free(table->columns[i].name);
		free(table->columns[i].cells);
		screen_words_clear(&table->columns[i].values);
	}
	free(table->columns);
	free(table->numbers);
	memset(table, 0, sizeof *table);
}

/* ---- asking */

int screen_table_column(const struct screen_table *table, const char *name)
{
	for (int i = 0; i < table->n_columns; i++)
		if (strcmp(table->columns[i].name, name) == 0)
			return i;
	return -1;
}

const char *screen_table_text(const struct screen_table *table, int column, size_t row)
{
	const struct screen_column *c;

	if (column < 0)
		return "";
	c = &table->columns[column];
	return screen_words_text(&c->values, c->cells[row]);
}

size_t screen_column_levels(const struct screen_column *column)
{
	return column->values.n - (column->n_blank == 0);
}

bool screen_column_has(const struct screen_column *column, const char *value)
{
	return *value == '\0' ? column->n_blank > 0 : screen_words_has(&column->values, value);
}
