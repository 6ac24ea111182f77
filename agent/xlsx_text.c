#include "agent/xlsx_text.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/date.h"

#define TEXT_FIRST_BYTES 256
#define ESCAPE_BYTES 7 /* _x000D_ */
#define WHOLE_DIGITS 15

/* ---- a growing buffer */

enum err_code xlsx_text_add(struct xlsx_text *t, const char *bytes, size_t n, struct err *err)
{
	size_t capacity = t->capacity == 0 ? TEXT_FIRST_BYTES : t->capacity;
	char *more;

	while (capacity - t->len <= n)
		capacity *= 2;
	if (capacity != t->capacity) {
		more = realloc(t->bytes, capacity);
		if (more == NULL)
			return err_set(err, ERR_NOMEM, "out of memory");
		t->bytes = more;
		t->capacity = capacity;
	}
	memcpy(t->bytes + t->len, bytes, n);
	t->len += n;
	t->bytes[t->len] = '\0';
	return ERR_OK;
}

void xlsx_text_clear(struct xlsx_text *t)
{
	free(t->bytes);
	memset(t, 0, sizeof *t);
}

/* ---- escapes */

/* The character of an escape at text, or −1. */
static int xlsx_text_escape(const char *text, size_t len)
{
	int value = 0;

	if (len < ESCAPE_BYTES || text[0] != '_' || text[1] != 'x' || text[6] != '_')
		return -1;
	for (int i = 2; i < 6; i++) {
		int c = tolower((unsigned char)text[i]);

		if (!isxdigit(c))
			return -1;
		value = value * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return value;
}

/* Never longer than the escape that it replaces. */
static size_t xlsx_text_utf8(int c, char *out)
{
	if (c == 0 || (c >= 0xD800 && c <= 0xDFFF))
		return 0;
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xC0 | (c >> 6));
		out[1] = (char)(0x80 | (c & 0x3F));
		return 2;
	}
	out[0] = (char)(0xE0 | (c >> 12));
	out[1] = (char)(0x80 | ((c >> 6) & 0x3F));
	out[2] = (char)(0x80 | (c & 0x3F));
	return 3;
}

size_t xlsx_text_unescape(char *text, size_t len)
{
	size_t n = 0;

	if (len < ESCAPE_BYTES || memchr(text, '_', len) == NULL)
		return len;
	for (size_t i = 0; i < len;) {
		int c = xlsx_text_escape(text + i, len - i);

		if (c < 0) {
			text[n++] = text[i++];
			continue;
		}
		n += xlsx_text_utf8(c, text + n);
		i += ESCAPE_BYTES;
	}
	return n;
}

/* ---- numbers and dates */

static bool xlsx_text_parse(const char *text, double *value)
{
	char *end;

	if (!isdigit((unsigned char)text[0]) && strchr("+-.", text[0]) == NULL)
		return false; /* strtod would skip space and take "nan" */
	*value = strtod(text, &end);
	return end != text && *end == '\0' && isfinite(*value) && strpbrk(text, "xX") == NULL;
}

bool xlsx_text_number(const char *text, char out[XLSX_VALUE_BYTES])
{
	size_t sign = text[0] == '-' ? 1 : 0;
	size_t n_digits = strspn(text + sign, "0123456789");
	double value;

	if (n_digits > 0 && n_digits <= WHOLE_DIGITS && text[sign + n_digits] == '\0') {
		(void)snprintf(out, XLSX_VALUE_BYTES, "%s", text);
		return true;
	}
	if (!xlsx_text_parse(text, &value))
		return false;
	if (fabs(value) < 1e21 && floor(value) == value)
		(void)snprintf(out, XLSX_VALUE_BYTES, "%.0f", value);
	else
		(void)snprintf(out, XLSX_VALUE_BYTES, "%.15g", value);
	return true;
}

#define EPOCH_1900 (-25569) /* 1899-12-30: day 61 is 1 March 1900 */
#define EPOCH_1904 (-24107) /* 1904-01-01 is day 0 */
#define DAY_MISSING 60      /* 29 February 1900 */
#define DAY_LAST_1900 2958465
#define DAY_LAST_1904 2957003

bool xlsx_text_date(const char *text, bool date1904, char out[XLSX_VALUE_BYTES])
{
	double value;
	int32_t day;

	if (!xlsx_text_parse(text, &value) || value < (date1904 ? 0 : 1) ||
	    value >= (date1904 ? DAY_LAST_1904 : DAY_LAST_1900) + 1)
		return false;
	day = (int32_t)value;
	if (!date1904 && day == DAY_MISSING)
		return false;
	if (date1904)
		day += EPOCH_1904;
	else
		day += EPOCH_1900 + (day < DAY_MISSING ? 1 : 0);
	(void)date_format(day, out);
	return true;
}

bool xlsx_text_format_is_date(int id)
{
	static const struct {
		int from, to;
	} ranges[] = { { 14, 22 }, { 27, 36 }, { 45, 47 }, { 50, 58 } };

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (id >= ranges[i].from && id <= ranges[i].to)
			return true;
	return false;
}

bool xlsx_text_format_code_is_date(const char *code)
{
	for (const char *p = code; *p != '\0'; p++) {
		switch (*p) {
		case '\\': /* the next character is shown as it is, … */
		case '_':  /* … leaves its width free, … */
		case '*':  /* … fills the cell */
			if (p[1] != '\0')
				p++;
			break;
		case '"':
			p = strchr(p + 1, '"');
			break;
		case '[':
			p = strchr(p + 1, ']');
			break;
		case 'd':
		case 'D':
		case 'm':
		case 'M':
		case 'y':
		case 'Y':
			return true;
		default:
			break;
		}
		if (p == NULL)
			return false;
	}
	return false;
}
