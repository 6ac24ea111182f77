#include "agent/reader.h"

#include <csv.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/limits.h"

/* CSV as offices export it. In: an open file. Out: one table without a name, its rows numbered as a
 * spreadsheet numbers them (a line break inside quotes is no new row, an empty line is one).
 * The file is read twice: whether it is UTF-8 or Windows-1252 is known only at its end. */

#define BLOCK_BYTES 65536
#define HEAD_LINES 20 /* lines in which the separator is looked for */

struct csv_row {
	const struct sink *sink;
	char *bytes; /* the cells of one row, each with its NUL */
	size_t n_bytes, n_capacity;
	size_t starts[LIMIT_COLUMNS];
	size_t lengths[LIMIT_COLUMNS];
	int n_cells;
	int64_t row;  /* of the last row ended */
	int last_end; /* the byte that ended it */
	int too_many; /* more cells than LIMIT_COLUMNS */
	enum err_code code;
	struct err *err;
};

struct csv_input {
	int fd;
	off_t at;
	int is_utf8;
	uint8_t raw[BLOCK_BYTES];
	uint8_t utf8[3 * BLOCK_BYTES];
};

static int csv_sniff(const uint8_t *head, size_t n)
{
	static const uint8_t ole[] = { 0xD0, 0xCF, 0x11, 0xE0 };
	size_t at = 0;

	if (n >= 2 &&
	    ((head[0] == 0xFF && head[1] == 0xFE) || (head[0] == 0xFE && head[1] == 0xFF)))
		return 1; /* UTF-16: ours to refuse with its mend */
	if ((n >= 4 && memcmp(head, "PK\x03\x04", 4) == 0) ||
	    (n >= 4 && memcmp(head, ole, 4) == 0) || (n >= 4 && memcmp(head, "%PDF", 4) == 0))
		return 0;
	if (n >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0)
		at = 3;
	while (at < n && (head[at] == ' ' || head[at] == '\r' || head[at] == '\n'))
		at++;
	return at == n || head[at] != '<';
}

/* ---- encoding */

static enum err_code csv_pull(struct csv_input *in, size_t *n, struct err *err)
{
	ssize_t got = pread(in->fd, in->raw, sizeof in->raw, in->at);

	*n = 0;
	if (got < 0)
		return err_set(err, ERR_IO, "read: %s", strerror(errno));
	in->at += got;
	*n = (size_t)got;
	if (in->at > LIMIT_FILE_BYTES)
		return err_set(err, ERR_TOO_BIG, "larger than %lld MiB; split the extract",
			       (long long)(LIMIT_FILE_BYTES >> 20));
	return ERR_OK;
}

/* One byte of a UTF-8 text; *need is how many bytes of the character are still to come, *least and
 * *greatest bound the next one. 0 when no such byte may stand here. */
static int csv_utf8_step(uint8_t byte, int *need, uint8_t *least, uint8_t *greatest)
{
	if (*need > 0) {
		if (byte < *least || byte > *greatest)
			return 0;
		(*need)--;
		*least = 0x80;
		*greatest = 0xBF;
		return 1;
	}
	*least = 0x80;
	*greatest = 0xBF;
	if (byte < 0x80)
		return 1;
	if (byte < 0xC2 || byte > 0xF4)
		return 0;
	*need = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
	if (byte == 0xE0)
		*least = 0xA0; /* shorter forms of the same character */
	else if (byte == 0xED)
		*greatest = 0x9F; /* halves of UTF-16 pairs */
	else if (byte == 0xF0)
		*least = 0x90;
	else if (byte == 0xF4)
		*greatest = 0x8F; /* beyond Unicode */
	return 1;
}

/* Finds out whether the file is UTF-8, and refuses what is no text. */
static enum err_code csv_detect(struct csv_input *in, struct err *err)
{
	uint8_t least = 0, greatest = 0;
	int need = 0;
	size_t n;

	in->is_utf8 = 1;
	for (in->at = 0;;) {
		off_t start = in->at;
		enum err_code code = csv_pull(in, &n, err);

		if (code != ERR_OK)
			return code;
		if (n == 0)
			break;
		if (start == 0 && n >= 2 && (in->raw[0] ^ in->raw[1]) == 1 && in->raw[0] >= 0xFE)
			return err_set(err, ERR_MALFORMED,
				       "it is UTF-16 text; save it as \"CSV UTF-8\"");
		if (memchr(in->raw, 0, n) != NULL)
			return err_set(err, ERR_MALFORMED,
				       "it holds a zero byte, so it is no CSV; export it again");
		for (size_t i = 0; i < n && in->is_utf8; i++)
			in->is_utf8 = csv_utf8_step(in->raw[i], &need, &least, &greatest);
	}
	if (need > 0)
		in->is_utf8 = 0;
	in->at = 0;
	return ERR_OK;
}

/* Windows-1252 to UTF-8; a byte that it leaves undefined becomes U+FFFD. */
static size_t csv_convert(const uint8_t *raw, size_t n, uint8_t *out)
{
	static const uint16_t upper[32] = {
		0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
		0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
		0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
		0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
	};
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned c = raw[i] >= 0x80 && raw[i] < 0xA0 ? upper[raw[i] - 0x80] : raw[i];

		if (c < 0x80) {
			out[len++] = (uint8_t)c;
		} else if (c < 0x800) {
			out[len++] = (uint8_t)(0xC0 | c >> 6);
			out[len++] = (uint8_t)(0x80 | (c & 0x3F));
		} else {
			out[len++] = (uint8_t)(0xE0 | c >> 12);
			out[len++] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
			out[len++] = (uint8_t)(0x80 | (c & 0x3F));
		}
	}
	return len;
}

/* ---- separator */

/* The one that cuts some line of the file's head into the most cells: titles stand above. */
static unsigned char csv_separator(const uint8_t *head, size_t n)
{
	static const char candidates[] = { ',', ';', '\t' };
	int most = 0, line[3] = { 0 }, lines = 0, quoted = 0;
	unsigned char best = ',';

	for (size_t i = 0; i <= n && lines < HEAD_LINES; i++) {
		if (i < n && head[i] == '"')
			quoted = !quoted;
		if (i < n && (quoted || (head[i] != '\n' && head[i] != '\r'))) {
			for (size_t k = 0; k < sizeof candidates && !quoted; k++)
				line[k] += head[i] == (uint8_t)candidates[k];
			continue;
		}
		for (size_t k = 0; k < sizeof candidates; k++) {
			if (line[k] > most) {
				most = line[k];
				best = (unsigned char)candidates[k];
			}
			line[k] = 0;
		}
		lines++;
	}
	return best;
}

/* Bytes before the first row: a BOM, and the line "sep=;" that Excel writes and hides; it then says
 * what the separator is. */
static size_t csv_preamble(const uint8_t *head, size_t n, unsigned char *separator)
{
	size_t at = n >= 3 && memcmp(head, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

	*separator = csv_separator(head + at, n - at);
	if (n - at >= 6 && memcmp(head + at, "sep=", 4) == 0 &&
	    (head[at + 5] == '\r' || head[at + 5] == '\n')) {
		*separator = head[at + 4];
		at += 6;
		if (at < n && head[at - 1] == '\r' && head[at] == '\n')
			at++;
	}
	return at;
}

/* ---- rows */

static int csv_is_space(unsigned char c)
{
	return c == ' '; /* not the tab: it may be the separator */
}

static enum err_code csv_keep(struct csv_row *row, const void *bytes, size_t len)
{
	size_t need = row->n_bytes + len + 1;

	if (len > LIMIT_CELL_BYTES)
		return err_set(row->err, ERR_TOO_BIG,
			       "row %lld: a cell of more than %d bytes; is a quote left open?",
			       (long long)row->row + 1, LIMIT_CELL_BYTES);
	if (need > row->n_capacity) {
		size_t capacity = 2 * need + 4096;
		char *larger = realloc(row->bytes, capacity);

		if (larger == NULL)
			return err_set(row->err, ERR_NOMEM, "out of memory");
		row->bytes = larger;
		row->n_capacity = capacity;
	}
	row->starts[row->n_cells] = row->n_bytes;
	row->lengths[row->n_cells++] = len;
	if (len > 0)
		memcpy(row->bytes + row->n_bytes, bytes, len);
	row->bytes[row->n_bytes + len] = '\0';
	row->n_bytes = need;
	return ERR_OK;
}

static void csv_on_cell(void *bytes, size_t len, void *context)
{
	struct csv_row *row = context;

	if (row->code != ERR_OK)
		return;
	if (row->n_cells < LIMIT_COLUMNS)
		row->code = csv_keep(row, bytes, len);
	else if (len > 0)
		row->too_many = 1; /* empty ones beyond the last column do no harm */
}

static void csv_on_row(int end, void *context)
{
	struct csv_row *row = context;
	struct cell cells[LIMIT_COLUMNS];

	/* libcsv reports both bytes of CR LF */
	if (end == CSV_LF && row->last_end == CSV_CR && row->n_cells == 0) {
		row->last_end = 0;
		return;
	}
	row->last_end = end;
	row->row++;
	if (row->too_many && row->code == ERR_OK)
		row->code = err_set(row->err, ERR_TOO_BIG, "row %lld: more than %d cells",
				    (long long)row->row, LIMIT_COLUMNS);
	for (int i = 0; i < row->n_cells; i++)
		cells[i] = (struct cell){ CELL_TEXT, row->bytes + row->starts[i], row->lengths[i] };
	if (row->code == ERR_OK && row->n_cells > 0)
		row->code = row->sink->on_row(row->sink->context, row->row, cells, row->n_cells,
					      row->err);
	row->n_cells = 0;
	row->n_bytes = 0;
	row->too_many = 0;
}

static enum err_code csv_refuse(struct csv_parser *parser, const struct csv_row *row)
{
	if (csv_error(parser) == CSV_ENOMEM)
		return err_set(row->err, ERR_NOMEM, "out of memory");
	return err_set(row->err, ERR_MALFORMED,
		       "row %lld: a quote is left open or stands inside a cell; put such cells in "
		       "double quotes and double the quotes in them",
		       (long long)row->row + 1);
}

static enum err_code csv_feed(struct csv_parser *parser, struct csv_row *row, const uint8_t *bytes,
			      size_t n)
{
	if (csv_parse(parser, bytes, n, csv_on_cell, csv_on_row, row) != n && row->code == ERR_OK)
		return csv_refuse(parser, row);
	if (row->code == ERR_OK && parser->entry_pos > LIMIT_CELL_BYTES)
		return csv_keep(row, NULL, parser->entry_pos); /* says that it is too big */
	return row->code;
}

static enum err_code csv_read_rows(struct csv_input *in, struct csv_parser *parser,
				   struct csv_row *row)
{
	int is_first = 1;
	enum err_code code;
	size_t n;

	while ((code = csv_pull(in, &n, row->err)) == ERR_OK && n > 0) {
		const uint8_t *bytes = in->raw;

		if (is_first) {
			unsigned char separator;
			size_t skip = csv_preamble(in->raw, n, &separator);

			csv_set_delim(parser, separator);
			bytes += skip;
			n -= skip;
			is_first = 0;
		}
		if (!in->is_utf8) {
			n = csv_convert(bytes, n, in->utf8);
			bytes = in->utf8;
		}
		code = csv_feed(parser, row, bytes, n);
		if (code != ERR_OK)
			return code;
	}
	if (code == ERR_OK && csv_fini(parser, csv_on_cell, csv_on_row, row) != 0)
		return csv_refuse(parser, row);
	return code == ERR_OK ? row->code : code;
}

static enum err_code csv_read(int fd, const struct sink *sink, struct err *err)
{
	struct csv_row row = { .sink = sink, .code = ERR_OK, .err = err };
	struct csv_input *in = calloc(1, sizeof *in);
	struct csv_parser parser;
	enum err_code code;

	if (in == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	in->fd = fd;
	code = csv_detect(in, err);
	if (code == ERR_OK)
		code = sink->on_table(sink->context, NULL, err);
	if (code == ERR_OK && csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
		code = err_set(err, ERR_NOMEM, "out of memory");
	else if (code == ERR_OK) {
		csv_set_space_func(&parser, csv_is_space);
		code = csv_read_rows(in, &parser, &row);
		csv_free(&parser);
	}
	free(row.bytes);
	free(in);
	return code;
}

const struct reader reader_csv = { "csv", csv_sniff, csv_read };
