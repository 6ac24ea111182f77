#include "proto/area_file.h"

#include <csv.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/date.h"
#include "proto/limits.h"

#define READ_BYTES 65536

/* "areas.csv:12: level: <what is wrong and what to write>" */
enum err_code area_fault(struct area_file *file, int line, int column, const char *what,
			 const char *found, const char *mend)
{
	file->code = err_set(file->err, ERR_MALFORMED, "%s:%d: %s: %s \"%.80s\": %s", file->path,
			     line, file->headings[column], what, found, mend);
	return file->code;
}

enum err_code area_nomem(struct area_file *file)
{
	file->code = err_set(file->err, ERR_NOMEM, "%s: out of memory", file->path);
	return file->code;
}

/* ---- rows out of a file */

static void on_field(void *text, size_t len, void *data)
{
	struct area_file *file = data;
	int n = file->n_fields++;

	if (file->code != ERR_OK || n >= file->n_columns)
		return; /* counted; the row's end says how many there were */
	if (memchr(text, '\0', len) != NULL || memchr(text, '\n', len) != NULL) {
		(void)area_fault(file, file->line, n, "a line break or NUL inside", "",
				 "write the value in one line");
		return;
	}
	if (len + 1 > file->sizes[n]) {
		char *bigger = realloc(file->fields[n], len + 1);

		if (bigger == NULL) {
			(void)area_nomem(file);
			return;
		}
		file->fields[n] = bigger;
		file->sizes[n] = len + 1;
	}
	memcpy(file->fields[n], text, len);
	file->fields[n][len] = '\0';
}

static void area_check_headings(struct area_file *file)
{
	for (int i = 0; i < file->n_columns; i++)
		if (strcmp(file->fields[i], file->headings[i]) != 0) {
			char mend[160];

			(void)snprintf(
				mend, sizeof mend, "the columns and their order are those of %s",
				file->example == NULL ? "deploy/birmingham/" : file->example);
			(void)area_fault(file, file->line, i, "the heading here is",
					 file->fields[i], mend);
			return;
		}
}

static void on_row_end(int terminator, void *data)
{
	struct area_file *file = data;
	int n = file->n_fields;

	(void)terminator;
	file->n_fields = 0;
	if (file->code != ERR_OK)
		return;
	if (n != file->n_columns) {
		file->code = err_set(file->err, ERR_MALFORMED,
				     "%s:%d: %d columns instead of %d: put a value that holds a "
				     "comma between double quotes",
				     file->path, file->line, n, file->n_columns);
		return;
	}
	if (file->n_rows++ == 0)
		area_check_headings(file);
	else
		(void)file->on_row(file);
}

/* Feeds the parser line by line, so that a fault knows its line (libcsv does not count them). */
static void area_file_feed(struct area_file *file, struct csv_parser *parser, const char *bytes,
			   size_t len)
{
	while (len > 0 && file->code == ERR_OK) {
		const char *end = memchr(bytes, '\n', len);
		size_t n = end == NULL ? len : (size_t)(end - bytes) + 1;

		if (csv_parse(parser, bytes, n, on_field, on_row_end, file) != n &&
		    file->code == ERR_OK) {
			if (csv_error(parser) == CSV_EPARSE)
				file->code = err_set(file->err, ERR_MALFORMED,
						     "%s:%d: stray double quote: put the whole "
						     "value between quotes and double any inside",
						     file->path, file->line);
			else
				(void)area_nomem(file);
		}
		file->line += end != NULL;
		bytes += n;
		len -= n;
	}
}

static void area_file_finish(struct area_file *file, struct csv_parser *parser)
{
	if (file->code != ERR_OK)
		return;
	if (csv_fini(parser, on_field, on_row_end, file) != 0 && file->code == ERR_OK)
		file->code = err_set(file->err, ERR_MALFORMED,
				     "%s:%d: the last value's double quote is not closed",
				     file->path, file->line);
	if (file->code == ERR_OK && file->n_rows == 0)
		file->code = err_set(file->err, ERR_MALFORMED,
				     "%s: empty: it must start with the headings %s,%s,…",
				     file->path, file->headings[0], file->headings[1]);
}

static void area_file_parse(struct area_file *file, FILE *in, struct csv_parser *parser)
{
	static const char bom[] = "\xEF\xBB\xBF";
	char *buffer = malloc(READ_BYTES);
	size_t total = 0;
	size_t n;

	if (buffer == NULL) {
		(void)area_nomem(file);
		return;
	}
	while (file->code == ERR_OK && (n = fread(buffer, 1, READ_BYTES, in)) > 0) {
		size_t skip = total == 0 && n >= 3 && memcmp(buffer, bom, 3) == 0 ? 3 : 0;

		total += n;
		if (total > LIMIT_AREA_FILE_BYTES)
			file->code = err_set(file->err, ERR_TOO_BIG,
					     "%s: larger than %d MiB: keep only the areas that "
					     "you report for",
					     file->path, LIMIT_AREA_FILE_BYTES / 1024 / 1024);
		else
			area_file_feed(file, parser, buffer + skip, n - skip);
	}
	if (file->code == ERR_OK && ferror(in))
		file->code = err_set(file->err, ERR_IO, "read %s: %s", file->path, strerror(errno));
	area_file_finish(file, parser);
	free(buffer);
}

enum err_code area_file_read(struct area_file *file)
{
	struct csv_parser parser;
	FILE *in = fopen(file->path, "re");

	file->line = 1;
	if (in == NULL)
		return err_set(file->err, ERR_IO, "open %s: %s", file->path, strerror(errno));
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) == 0) {
		area_file_parse(file, in, &parser);
		csv_free(&parser);
	} else {
		(void)area_nomem(file);
	}
	(void)fclose(in);
	for (int i = 0; i < AREA_COLUMNS_MAX; i++)
		free(file->fields[i]);
	return file->code;
}

/* ---- values */

int area_is_code(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= LIMIT_STRING_BYTES &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_.-") == len;
}

/* Bytes of the well-formed UTF-8 character at p that is no control character; 0 when it is not. */
static int area_utf8(const unsigned char *p)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int n = *p < 0x80 ? 1 : *p >> 5 == 6 ? 2 : *p >> 4 == 14 ? 3 : *p >> 3 == 30 ? 4 : 0;
	unsigned c = n == 1 ? *p : n == 0 ? 0 : *p & (0x7Fu >> n);

	for (int i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		c = c << 6 | (p[i] & 0x3Fu);
	}
	if (n == 0 || c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return 0;
	return c < 0x20 || (c >= 0x7F && c < 0xA0) ? 0 : n;
}

static bool area_is_text(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0';) {
		int n = area_utf8(p);

		if (n == 0)
			return false;
		p += n;
	}
	return true;
}

enum err_code area_copy_text(struct area_file *file, int column, char *out, size_t size)
{
	const char *text = file->fields[column];

	if (!area_is_text(text))
		return area_fault(file, file->line, column, "not plain text in UTF-8", "",
				  "save the file as UTF-8");
	if (strlen(text) >= size)
		return area_fault(file, file->line, column, "too long", text, "shorten it");
	memcpy(out, text, strlen(text) + 1);
	return ERR_OK;
}

enum err_code area_read_date(struct area_file *file, int column, int32_t when_empty, int32_t *out)
{
	const char *text = file->fields[column];

	*out = when_empty;
	if (*text != '\0' && date_parse_iso(text, out, NULL) != ERR_OK)
		return area_fault(file, file->line, column, "not a date", text,
				  "write it as 2018-05-02, or leave it empty");
	return ERR_OK;
}

enum err_code area_read_int(struct area_file *file, int column, int64_t least, int64_t greatest,
			    int64_t *out)
{
	const char *text = file->fields[column];
	char range[64];
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	if (errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0' && *out >= least &&
	    *out <= greatest)
		return ERR_OK;
	(void)snprintf(range, sizeof range, "write a whole number from %lld to %lld",
		       (long long)least, (long long)greatest);
	return area_fault(file, file->line, column, "found", text, range);
}
