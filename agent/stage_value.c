#include "agent/stage_value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/date.h"
#include "proto/limits.h"

#define NUMBER_BYTES 48
#define NONE ((enum fault_rule)0)

/* ---- white space and blanks */

/* Bytes of the white space at the start of the text; 0 when it does not start with any. */
static size_t value_space(const char *text, size_t len)
{
	static const char *const spaces[] = {
		"\xC2\xA0",     "\xE2\x80\xAF", "\xE2\x80\x87", "\xE2\x80\x89",
		"\xE2\x80\x8B", "\xE3\x80\x80", "\xEF\xBB\xBF",
	};

	if (len == 0)
		return 0;
	if ((unsigned char)text[0] < 0x80) /* nearly every call ends here */
		return text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r');
	for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
		size_t n = strlen(spaces[i]);

		if (len >= n && memcmp(text, spaces[i], n) == 0)
			return n;
	}
	return 0;
}

struct text_span value_trim(const char *text, size_t len)
{
	struct text_span span = { text, len };
	size_t n;

	while ((n = value_space(span.text, span.len)) > 0) {
		span.text += n;
		span.len -= n;
	}
	while (span.len > 0) {
		int wide = (unsigned char)span.text[span.len - 1] >= 0x80;
		size_t most = wide ? 3 : 1;

		for (n = wide ? 2 : 1; n <= most && n <= span.len; n++)
			if (value_space(span.text + span.len - n, n) == n)
				break;
		if (n > most || n > span.len)
			break;
		span.len -= n;
	}
	return span;
}

int value_is_blank_mark(struct text_span span)
{
	static const char *const marks[] = { "#N/A",   "#REF!", "#VALUE!", "#NAME?",      "#DIV/0!",
					     "#NULL!", "#NUM!", "NULL",    "(null)",      "N/A",
					     "nan",    "-",     "--",      "\xE2\x80\x93" };

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (strlen(marks[i]) == span.len && strncasecmp(marks[i], span.text, span.len) == 0)
			return 1;
	return 0;
}

size_t value_fold_name(struct text_span span, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < span.len;) {
		size_t space = value_space(span.text + i, span.len - i);

		if (space > 0) {
			if (n > 0 && out[n - 1] != ' ')
				out[n++] = ' ';
			i += space;
			continue;
		}
		out[n] = span.text[i++];
		if (out[n] >= 'a' && out[n] <= 'z')
			out[n] = (char)(out[n] - 'a' + 'A');
		n++;
	}
	out[n] = '\0';
	return n;
}

/* ---- dates */

static int value_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads digits at *at; their value, and how many in *n. */
static int value_digits(struct text_span span, size_t *at, size_t *n)
{
	int value = 0;

	for (*n = 0; *at < span.len && value_is_digit(span.text[*at]); (*at)++, (*n)++)
		if (*n < 5)
			value = 10 * value + (span.text[*at] - '0');
	return value;
}

/* "T" or spaces, then HH:MM, HH:MM:SS or HH:MM:SS.fff, to the end. */
static int value_is_time(struct text_span span, size_t at)
{
	static const int greatest[] = { 23, 59, 59 };
	size_t n, parts = 0;

	if (at < span.len && span.text[at] == 'T')
		at++;
	else
		while (at < span.len && span.text[at] == ' ')
			at++;
	while (parts < 3) {
		int value = value_digits(span, &at, &n);

		if (n < 1 || n > 2 || value > greatest[parts])
			return 0;
		parts++;
		if (at == span.len || span.text[at] != ':')
			break;
		at++;
	}
	if (parts == 3 && at < span.len && span.text[at] == '.') {
		at++;
		(void)value_digits(span, &at, &n);
	}
	return parts >= 2 && at == span.len;
}

static enum fault_rule value_date_text(struct text_span span, int64_t *out, const char **mend)
{
	int part[3];
	size_t n[3], at = 0;
	int year, day;

	for (int i = 0; i < 3; i++) {
		part[i] = value_digits(span, &at, &n[i]);
		if (n[i] == 0 || n[i] > 4)
			return FAULT_DATE;
		if (i < 2 && (at >= span.len || (span.text[at] != '/' && span.text[at] != '-' &&
						 span.text[at] != '.')))
			return FAULT_DATE;
		if (i < 2)
			at++;
	}
	if (at < span.len && !value_is_time(span, at)) {
		*mend = "write the date alone, as DD/MM/YYYY or YYYY-MM-DD";
		return FAULT_DATE;
	}
	if (n[0] <= 2 && n[1] <= 2 && n[2] == 2) {
		*mend = "write the year with four digits: two can mean two centuries";
		return FAULT_DATE;
	}
	if (n[1] > 2 || (n[0] == 4) == (n[2] == 4) || n[0] == 3 || n[2] == 3)
		return FAULT_DATE;
	year = n[0] == 4 ? part[0] : part[2];
	day = n[0] == 4 ? part[2] : part[0];
	if (!date_valid_ymd(year, part[1], day)) {
		*mend = part[1] > 12 ? "write the day before the month, as DD/MM/YYYY"
				     : "no such day in the years 1900 to 2100; correct it";
		return FAULT_DATE;
	}
	*out = date_from_ymd(year, part[1], day);
	return NONE;
}

enum fault_rule value_date(const struct cell *cell, struct text_span span, int64_t *out,
			   const char **mend)
{
	*mend = NULL;
	if (cell->type == CELL_NUMBER) {
		*mend = "give the column a date format in the workbook and export again";
		return FAULT_DATE;
	}
	return value_date_text(span, out, mend);
}

/* ---- numbers */

/* Optional sign, digits, optional fraction, optional exponent (as workbooks write small numbers);
 * nothing that strtod would take beyond that (hex, inf, nan). */
static int value_double(struct text_span span, double *out)
{
	char copy[NUMBER_BYTES];
	char *end;

	if (span.len == 0 || span.len >= sizeof copy)
		return 0;
	memcpy(copy, span.text, span.len);
	copy[span.len] = '\0';
	if (strspn(copy, "+-.0123456789eE") < span.len)
		return 0;
	*out = strtod(copy, &end);
	return *end == '\0' && isfinite(*out);
}

enum fault_rule value_int(struct text_span span, int64_t least, int64_t greatest, int64_t *out,
			  const char **mend)
{
	double number;

	*mend = NULL;
	if (!value_double(span, &number))
		return FAULT_NUMBER;
	if (number < (double)least || number > (double)greatest) {
		*mend = "the number is out of range; correct it";
		return FAULT_NUMBER;
	}
	if (number != floor(number)) {
		*mend = "write a whole number";
		return FAULT_NUMBER;
	}
	*out = (int64_t)number;
	return NONE;
}

enum fault_rule value_age(struct text_span span, int64_t *out, const char **mend)
{
	double number;

	*mend = NULL;
	if (span.len == 6 && strncasecmp(span.text, "unborn", 6) == 0) {
		*out = -1;
		return NONE;
	}
	if (!value_double(span, &number))
		return FAULT_NUMBER;
	number = floor(number);
	if (number < -1 || number > LIMIT_EXTRACT_AGE) {
		*mend = "write completed years, or -1 for an unborn child";
		return FAULT_NUMBER;
	}
	*out = (int64_t)number;
	return NONE;
}

enum fault_rule value_decimal(struct text_span span, int64_t scale, int64_t greatest, int64_t *out,
			      const char **mend)
{
	double number;

	*mend = NULL;
	if (!value_double(span, &number))
		return FAULT_NUMBER;
	if (number < 0 || number * (double)scale > (double)greatest) {
		*mend = "the number is out of range; correct it";
		return FAULT_NUMBER;
	}
	*out = llround(number * (double)scale);
	return NONE;
}
