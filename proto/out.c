#include "proto/out.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GAP "  " /* between the columns of a text table */

enum cell_kind {
	CELL_TEXT,
	CELL_NULL,
	CELL_NUMBER, /* text is its decimal form */
	CELL_BOOL,   /* text is "yes" or "no" */
};

struct cell {
	enum cell_kind kind;
	size_t text; /* offset into texts */
};

struct note {
	size_t key, value; /* offsets into texts */
};

struct table {
	const char *name;
	const char *const *columns;
	size_t n_columns;
	size_t first, end; /* its cells, row after row */
};

struct out {
	FILE *file;
	enum out_form form;
	struct table tables[OUT_TABLES];
	int n_tables;
	struct cell *cells; /* table after table */
	size_t n_cells, cells_size;
	struct note *notes;
	size_t n_notes, notes_size;
	char *texts; /* of cells and notes, each with its NUL */
	size_t texts_len, texts_size;
	bool failed; /* no memory: nothing is written */
};

/* Stands in for a table for which there was no memory. */
static struct out out_none = { .failed = true };

/* ---- collecting */

static void *out_grow(struct out *o, void *items, size_t *size, size_t need, size_t item_bytes)
{
	size_t grown_size = need * 2;
	void *grown;

	if (need <= *size)
		return items;
	grown = realloc(items, grown_size * item_bytes);
	if (grown == NULL) {
		o->failed = true;
		return items;
	}
	*size = grown_size;
	return grown;
}

static size_t out_keep(struct out *o, const char *text)
{
	size_t len = strlen(text) + 1;
	size_t at = o->texts_len;

	o->texts = out_grow(o, o->texts, &o->texts_size, at + len, 1);
	if (o->failed)
		return 0;
	memcpy(o->texts + at, text, len);
	o->texts_len += len;
	return at;
}

static void out_cell(struct out *o, enum cell_kind kind, const char *text)
{
	size_t at;

	if (o->failed)
		return;
	at = out_keep(o, text);
	o->cells = out_grow(o, o->cells, &o->cells_size, o->n_cells + 1, sizeof *o->cells);
	if (o->failed)
		return;
	o->cells[o->n_cells++] = (struct cell){ kind, at };
	o->tables[o->n_tables - 1].end = o->n_cells;
}

void out_table(struct out *o, const char *name, const char *const *columns, int n)
{
	struct table *t;

	if (o->failed)
		return;
	assert(o->n_tables < OUT_TABLES);
	t = &o->tables[o->n_tables++];
	t->name = name;
	t->columns = columns;
	t->n_columns = (size_t)n;
	t->first = t->end = o->n_cells;
}

struct out *out_begin(FILE *file, enum out_form form, const char *name, const char *const *columns,
		      int n)
{
	struct out *o = calloc(1, sizeof *o);

	if (o == NULL)
		return &out_none;
	o->file = file;
	o->form = form;
	out_table(o, name, columns, n);
	return o;
}

void out_text(struct out *o, const char *text)
{
	out_cell(o, text == NULL ? CELL_NULL : CELL_TEXT, text == NULL ? "" : text);
}

void out_int(struct out *o, int64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%" PRId64, value);
	out_cell(o, CELL_NUMBER, text);
}

void out_real(struct out *o, double value, int decimals)
{
	char text[64];
	double power = pow(10, decimals);
	double scaled = fabs(value) * power;

	if (!isfinite(value)) {
		out_text(o, NULL);
		return;
	}
	/* 2.675 is 2.67499…: a tie is meant where the decimal form shows one. */
	scaled = floor(scaled + 0.5 + scaled * 1e-12);
	(void)snprintf(text, sizeof text, "%s%.*f", value < 0 && scaled > 0 ? "-" : "", decimals,
		       scaled / power);
	out_cell(o, CELL_NUMBER, text);
}

void out_bool(struct out *o, bool value)
{
	out_cell(o, CELL_BOOL, value ? "yes" : "no");
}

void out_note(struct out *o, const char *key, const char *value)
{
	struct note note;

	if (o->failed)
		return;
	note.key = out_keep(o, key);
	note.value = out_keep(o, value == NULL ? "" : value);
	o->notes = out_grow(o, o->notes, &o->notes_size, o->n_notes + 1, sizeof *o->notes);
	if (!o->failed)
		o->notes[o->n_notes++] = note;
}

/* ---- writing */

static const char *out_cell_text(const struct out *o, size_t cell)
{
	return o->texts + o->cells[cell].text;
}

static bool out_is_right(const struct table *t, size_t column)
{
	const char *name = t->columns[column];

	return name[0] != '\0' && name[strlen(name) - 1] == '>';
}

/* Characters of a column's name, without the mark for numbers. */
static size_t out_name_len(const struct table *t, size_t column)
{
	return strlen(t->columns[column]) - (out_is_right(t, column) ? 1 : 0);
}

/* People read "stored up to", programs "stored_up_to". */
static void out_name(const struct out *o, const struct table *t, size_t column, char from, char to)
{
	size_t len = out_name_len(t, column);

	for (size_t i = 0; i < len; i++) {
		char c = t->columns[column][i];

		(void)fputc(c == from ? to : c, o->file);
	}
}

static size_t out_width(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void out_spaces(const struct out *o, size_t n)
{
	while (n-- > 0)
		(void)fputc(' ', o->file);
}

/* A terminal must not obey what a cell says. */
static void out_plain(const struct out *o, const char *text)
{
	for (; *text != '\0'; text++)
		(void)fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, o->file);
}

static void out_text_row(const struct out *o, const struct table *t, size_t first,
			 const size_t *widths)
{
	for (size_t c = 0; c < t->n_columns; c++) {
		const char *text = out_cell_text(o, first + c);
		size_t pad = widths[c] - out_width(text);
		bool last = c + 1 == t->n_columns;

		if (out_is_right(t, c))
			out_spaces(o, pad);
		out_plain(o, text);
		if (!last) {
			(void)fputs(GAP, o->file);
			if (!out_is_right(t, c))
				out_spaces(o, pad);
		}
	}
	(void)fputc('\n', o->file);
}

static void out_text_header(const struct out *o, const struct table *t, const size_t *widths)
{
	for (size_t c = 0; c < t->n_columns; c++) {
		size_t pad = widths[c] - out_name_len(t, c);

		if (out_is_right(t, c))
			out_spaces(o, pad);
		out_name(o, t, c, '_', ' ');
		if (c + 1 == t->n_columns)
			break;
		(void)fputs(GAP, o->file);
		if (!out_is_right(t, c))
			out_spaces(o, pad);
	}
	(void)fputc('\n', o->file);
}

static int out_text_table(const struct out *o, const struct table *t)
{
	size_t *widths = calloc(t->n_columns, sizeof *widths);

	if (widths == NULL)
		return -1;
	for (size_t c = 0; c < t->n_columns; c++)
		widths[c] = out_name_len(t, c);
	for (size_t i = t->first; i < t->end; i++) {
		size_t c = (i - t->first) % t->n_columns;
		size_t width = out_width(out_cell_text(o, i));

		if (width > widths[c])
			widths[c] = width;
	}
	out_text_header(o, t, widths);
	for (size_t i = t->first; i < t->end; i += t->n_columns)
		out_text_row(o, t, i, widths);
	free(widths);
	return 0;
}

static int out_write_text(const struct out *o)
{
	for (int i = 0; i < o->n_tables; i++) {
		if (i > 0)
			(void)fputc('\n', o->file);
		if (out_text_table(o, &o->tables[i]) != 0)
			return -1;
	}
	for (size_t i = 0; i < o->n_notes; i++) {
		out_plain(o, o->texts + o->notes[i].key);
		(void)fputs(": ", o->file);
		out_plain(o, o->texts + o->notes[i].value);
		(void)fputc('\n', o->file);
	}
	return 0;
}

static void out_csv_cell(const struct out *o, const char *text)
{
	if (strpbrk(text, ",\"\r\n") == NULL) {
		(void)fputs(text, o->file);
		return;
	}
	(void)fputc('"', o->file);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			(void)fputc('"', o->file);
		(void)fputc(*text, o->file);
	}
	(void)fputc('"', o->file);
}

static void out_csv_table(const struct out *o, const struct table *t)
{
	for (size_t c = 0; c < t->n_columns; c++) {
		if (c > 0)
			(void)fputc(',', o->file);
		out_name(o, t, c, ' ', '_');
	}
	(void)fputs("\r\n", o->file);
	for (size_t i = t->first; i < t->end; i++) {
		out_csv_cell(o, out_cell_text(o, i));
		(void)fputs((i - t->first + 1) % t->n_columns == 0 ? "\r\n" : ",", o->file);
	}
}

static void out_json_text(const struct out *o, const char *text)
{
	(void)fputc('"', o->file);
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			(void)fprintf(o->file, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			(void)fprintf(o->file, "\\u%04x", c);
		else
			(void)fputc(c, o->file);
	}
	(void)fputc('"', o->file);
}

static void out_json_cell(const struct out *o, size_t cell)
{
	const char *text = out_cell_text(o, cell);

	switch (o->cells[cell].kind) {
	case CELL_TEXT:
		out_json_text(o, text);
		break;
	case CELL_NULL:
		(void)fputs("null", o->file);
		break;
	case CELL_NUMBER:
		(void)fputs(text, o->file);
		break;
	case CELL_BOOL:
		(void)fputs(text[0] == 'y' ? "true" : "false", o->file);
		break;
	}
}

static void out_json_table(const struct out *o, const struct table *t)
{
	out_json_text(o, t->name);
	(void)fputs(":[", o->file);
	for (size_t i = t->first; i < t->end; i++) {
		size_t c = (i - t->first) % t->n_columns;

		if (c == 0)
			(void)fputs(i == t->first ? "{" : ",{", o->file);
		else
			(void)fputc(',', o->file);
		(void)fputc('"', o->file);
		out_name(o, t, c, ' ', '_');
		(void)fputs("\":", o->file);
		out_json_cell(o, i);
		if (c + 1 == t->n_columns)
			(void)fputc('}', o->file);
	}
	(void)fputc(']', o->file);
}

static void out_write_json(const struct out *o)
{
	(void)fputs("{\"schema\":1", o->file);
	for (int i = 0; i < o->n_tables; i++) {
		(void)fputc(',', o->file);
		out_json_table(o, &o->tables[i]);
	}
	for (size_t i = 0; i < o->n_notes; i++) {
		(void)fputc(',', o->file);
		out_json_text(o, o->texts + o->notes[i].key);
		(void)fputc(':', o->file);
		out_json_text(o, o->texts + o->notes[i].value);
	}
	(void)fputs("}\n", o->file);
}

static int out_write(const struct out *o)
{
	int result = 0;

	for (int i = 0; i < o->n_tables; i++)
		assert((o->tables[i].end - o->tables[i].first) % o->tables[i].n_columns == 0);
	switch (o->form) {
	case OUT_TEXT:
		result = out_write_text(o);
		break;
	case OUT_CSV:
		for (int i = 0; i < o->n_tables; i++) {
			(void)fputs(i > 0 ? "\r\n" : "", o->file);
			out_csv_table(o, &o->tables[i]);
		}
		break;
	case OUT_JSON:
		out_write_json(o);
		break;
	}
	return fflush(o->file) != 0 || ferror(o->file) ? -1 : result;
}

int out_end(struct out **out)
{
	struct out *o = *out;
	int result;

	*out = NULL;
	if (o == NULL || o == &out_none)
		return -1;
	result = o->failed ? -1 : out_write(o);
	free(o->cells);
	free(o->notes);
	free(o->texts);
	free(o);
	return result;
}

/* ---- rounding */

int64_t out_round_ratio(int64_t numerator, int64_t denominator, int64_t scale, int decimals)
{
	__int128 value = (__int128)numerator * scale;
	__int128 half;

	assert(denominator > 0);
	for (int i = 0; i < decimals; i++)
		value *= 10;
	half = value < 0 ? -(__int128)denominator : denominator;
	value = (2 * value + half) / (2 * (__int128)denominator);
	if (value > INT64_MAX)
		return INT64_MAX;
	return value < INT64_MIN ? INT64_MIN : (int64_t)value;
}
