#include "agent/xlsx_sheet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/date.h"
#include "proto/limits.h"

#define COLUMNS_MAX 16384 /* Excel's own bound: XFD */
#define ROW_BYTES_MAX (LIMIT_COLUMNS * (LIMIT_CELL_BYTES + 1))

struct xlsx_row_cell {
	const char *shared; /* borrowed from the book; NULL: in the row's text */
	size_t at, len;
	enum cell_type type;
};

struct xlsx_sheet {
	struct xml xml;
	const struct xlsx_book *book;
	const struct sink *sink;
	int64_t row, n_rows;
	int column; /* of the cell at hand, from 0 */
	bool in_data, in_cell, in_inline, in_phonetic, in_text;
	char type[16]; /* the cell's t */
	size_t style;
	struct xlsx_text value;    /* of the cell at hand */
	struct xlsx_text row_text; /* values of the row, each with its NUL */
	struct xlsx_row_cell cells[LIMIT_COLUMNS];
	int n_cells;
	struct cell out[LIMIT_COLUMNS];
};

/* "C5" in messages; letters for column 2, row 5. */
static const char *xlsx_sheet_cell_name(const struct xlsx_sheet *s, char out[32])
{
	char letters[8];
	int n = 0, column = s->column + 1;

	for (; column > 0 && n < (int)sizeof letters; column = (column - 1) / 26)
		letters[n++] = (char)('A' + (column - 1) % 26);
	for (int i = 0; i < n; i++)
		out[i] = letters[n - 1 - i];
	(void)snprintf(out + n, 32 - (size_t)n, "%lld", (long long)s->row);
	return out;
}

/* ---- rows */

static enum err_code xlsx_sheet_start_row(struct xlsx_sheet *s, const char *r, struct err *err)
{
	char *end;

	s->row++;
	if (r != NULL) {
		s->row = strtoll(r, &end, 10);
		if (end == r || *end != '\0' || s->row < 1)
			return err_set(err, ERR_MALFORMED,
				       "row \"%.20s\" is no row number: the workbook is damaged; "
				       "save it again",
				       r);
	}
	if (s->row > LIMIT_ROWS || ++s->n_rows > LIMIT_ROWS)
		return err_set(err, ERR_TOO_BIG,
			       "row %lld is beyond %d: delete what stands below the list",
			       (long long)s->row, LIMIT_ROWS);
	s->column = -1;
	s->n_cells = 0;
	s->row_text.len = 0;
	return ERR_OK;
}

static enum err_code xlsx_sheet_end_row(struct xlsx_sheet *s, struct err *err)
{
	int n = s->n_cells;

	if (n == 0)
		return ERR_OK;
	s->n_cells = 0;
	for (int i = 0; i < n; i++) {
		const struct xlsx_row_cell *cell = &s->cells[i];

		s->out[i].type = cell->type;
		s->out[i].len = cell->len;
		s->out[i].text = cell->shared != NULL ? cell->shared
				 : cell->len == 0     ? ""
						      : s->row_text.bytes + cell->at;
	}
	return s->sink->on_row(s->sink->context, s->row, s->out, n, err);
}

/* ---- cells */

/* Column of a reference such as "C5", from 0; −1 when it is none. */
static int xlsx_sheet_column_of(const char *reference)
{
	int column = 0;

	for (; *reference >= 'A' && *reference <= 'Z'; reference++) {
		column = column * 26 + (*reference - 'A' + 1);
		if (column > COLUMNS_MAX)
			return -1;
	}
	return column - 1;
}

static enum err_code xlsx_sheet_start_cell(struct xlsx_sheet *s, const char *const *attributes,
					   struct err *err)
{
	const char *r = xml_attribute(attributes, "r");
	const char *type = xml_attribute(attributes, "t");
	const char *style = xml_attribute(attributes, "s");

	s->column++;
	if (r != NULL)
		s->column = xlsx_sheet_column_of(r);
	if (s->column < 0)
		return err_set(err, ERR_MALFORMED,
			       "row %lld: \"%.20s\" names no cell: the workbook is damaged; save "
			       "it again",
			       (long long)s->row, r == NULL ? "" : r);
	(void)snprintf(s->type, sizeof s->type, "%s", type == NULL ? "n" : type);
	s->style = style == NULL ? 0 : (size_t)strtoul(style, NULL, 10);
	s->value.len = 0;
	s->in_cell = true;
	return ERR_OK;
}

static enum err_code xlsx_sheet_put(struct xlsx_sheet *s, enum cell_type type, const char *shared,
				    const char *text, size_t len, struct err *err)
{
	static const struct xlsx_row_cell blank = { NULL, 0, 0, CELL_TEXT };
	char name[32];

	if (len == 0)
		return ERR_OK;
	if (s->column >= LIMIT_COLUMNS)
		return err_set(err, ERR_TOO_BIG,
			       "cell %s is beyond column %d: delete what stands right of the list",
			       xlsx_sheet_cell_name(s, name), LIMIT_COLUMNS);
	if (len > LIMIT_CELL_BYTES)
		return err_set(
			err, ERR_TOO_BIG,
			"cell %s has more than %d bytes: shorten it, or leave the column out",
			xlsx_sheet_cell_name(s, name), LIMIT_CELL_BYTES);
	while (s->n_cells <= s->column)
		s->cells[s->n_cells++] = blank;
	s->cells[s->column] = (struct xlsx_row_cell){ shared, s->row_text.len, len, type };
	if (shared != NULL)
		return ERR_OK;
	if (s->row_text.len > ROW_BYTES_MAX)
		return err_set(err, ERR_MALFORMED,
			       "row %lld has the same cells again and again: the workbook is "
			       "damaged; save it again",
			       (long long)s->row);
	return xlsx_text_add(&s->row_text, text, len + 1, err);
}

static enum err_code xlsx_sheet_put_shared(struct xlsx_sheet *s, struct err *err)
{
	char *end, name[32];
	unsigned long long i = strtoull(s->value.bytes, &end, 10);
	const char *text = NULL;
	size_t len = 0;

	if (*end == '\0' && end != s->value.bytes)
		text = xlsx_book_string(s->book, (size_t)i, &len);
	if (text == NULL)
		return err_set(err, ERR_MALFORMED,
			       "cell %s points at text \"%.20s\", and the workbook has %zu: it is "
			       "damaged; save it again",
			       xlsx_sheet_cell_name(s, name), s->value.bytes, s->book->n_strings);
	return xlsx_sheet_put(s, CELL_TEXT, text, NULL, len, err);
}

/* A number, or the date that its style makes of it; what is neither stays as it is written. */
static enum err_code xlsx_sheet_put_number(struct xlsx_sheet *s, struct err *err)
{
	char out[XLSX_VALUE_BYTES];

	if (xlsx_book_is_date(s->book, s->style) &&
	    xlsx_text_date(s->value.bytes, s->book->date1904, out))
		return xlsx_sheet_put(s, CELL_DATE, NULL, out, strlen(out), err);
	if (xlsx_text_number(s->value.bytes, out))
		return xlsx_sheet_put(s, CELL_NUMBER, NULL, out, strlen(out), err);
	return xlsx_sheet_put(s, CELL_TEXT, NULL, s->value.bytes, s->value.len, err);
}

/* "2019-01-31T00:00:00" */
static enum err_code xlsx_sheet_put_iso_date(struct xlsx_sheet *s, struct err *err)
{
	char out[DATE_TEXT_BYTES];
	int32_t day;

	(void)snprintf(out, sizeof out, "%.*s", DATE_TEXT_BYTES - 1, s->value.bytes);
	if (date_parse_iso(out, &day, NULL) == ERR_OK)
		return xlsx_sheet_put(s, CELL_DATE, NULL, out, strlen(out), err);
	return xlsx_sheet_put(s, CELL_TEXT, NULL, s->value.bytes, s->value.len, err);
}

static enum err_code xlsx_sheet_end_cell(struct xlsx_sheet *s, struct err *err)
{
	s->in_cell = false;
	s->in_text = false;
	if (s->value.len == 0)
		return ERR_OK;
	if (strcmp(s->type, "s") == 0)
		return xlsx_sheet_put_shared(s, err);
	if (strcmp(s->type, "n") == 0)
		return xlsx_sheet_put_number(s, err);
	if (strcmp(s->type, "d") == 0)
		return xlsx_sheet_put_iso_date(s, err);
	if (strcmp(s->type, "b") == 0) {
		const char *word = strcmp(s->value.bytes, "0") == 0 ? "FALSE" : "TRUE";

		return xlsx_sheet_put(s, CELL_TEXT, NULL, word, strlen(word), err);
	}
	/* str, inlineStr, e */
	s->value.len = xlsx_text_unescape(s->value.bytes, s->value.len);
	s->value.bytes[s->value.len] = '\0';
	return xlsx_sheet_put(s, CELL_TEXT, NULL, s->value.bytes, s->value.len, err);
}

/* ---- elements */

static enum err_code xlsx_sheet_on_start(void *context, const char *name,
					 const char *const *attributes, struct err *err)
{
	struct xlsx_sheet *s = context;

	if (strcmp(name, "sheetData") == 0)
		s->in_data = true;
	if (!s->in_data)
		return ERR_OK;
	if (strcmp(name, "row") == 0)
		return xlsx_sheet_start_row(s, xml_attribute(attributes, "r"), err);
	if (strcmp(name, "c") == 0)
		return xlsx_sheet_start_cell(s, attributes, err);
	if (strcmp(name, "is") == 0)
		s->in_inline = true;
	else if (strcmp(name, "rPh") == 0)
		s->in_phonetic = true;
	else if (strcmp(name, "v") == 0)
		s->in_text = s->in_cell && !s->in_inline;
	else if (strcmp(name, "t") == 0)
		s->in_text = s->in_cell && s->in_inline && !s->in_phonetic;
	return ERR_OK;
}

static enum err_code xlsx_sheet_on_text(void *context, const char *text, size_t len,
					struct err *err)
{
	struct xlsx_sheet *s = context;
	size_t room;

	if (!s->in_text)
		return ERR_OK;
	room = LIMIT_CELL_BYTES + 1 - s->value.len; /* one too many shows that it is too long */
	return xlsx_text_add(&s->value, text, len < room ? len : room, err);
}

static enum err_code xlsx_sheet_on_end(void *context, const char *name, struct err *err)
{
	struct xlsx_sheet *s = context;

	if (!s->in_data)
		return ERR_OK;
	if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0)
		s->in_text = false;
	else if (strcmp(name, "is") == 0)
		s->in_inline = false;
	else if (strcmp(name, "rPh") == 0)
		s->in_phonetic = false;
	else if (strcmp(name, "c") == 0 && s->in_cell)
		return xlsx_sheet_end_cell(s, err);
	else if (strcmp(name, "row") == 0)
		return xlsx_sheet_end_row(s, err);
	else if (strcmp(name, "sheetData") == 0)
		s->in_data = false;
	return ERR_OK;
}

enum err_code xlsx_sheet_read(struct xlsx_zip *zip, const struct xlsx_book *book, const char *part,
			      const struct sink *sink, struct err *err)
{
	static const struct xml_handlers handlers = { xlsx_sheet_on_start, xlsx_sheet_on_end,
						      xlsx_sheet_on_text };
	struct xlsx_sheet *s = calloc(1, sizeof *s);
	enum err_code code;

	if (s == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	s->book = book;
	s->sink = sink;
	s->column = -1;
	s->xml.handlers = &handlers;
	s->xml.context = s;
	code = xlsx_zip_parse(zip, part, &s->xml, err);
	xlsx_text_clear(&s->value);
	xlsx_text_clear(&s->row_text);
	free(s);
	return code;
}
