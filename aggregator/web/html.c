#include "aggregator/web/html.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define ROOM_MIN 16384

void html_clear(struct html *h)
{
	free(h->text);
	*h = (struct html){ 0 };
}

/* Room for len more bytes and the NUL; 0 when there is none. */
static int html_room(struct html *h, size_t len)
{
	size_t room = h->room == 0 ? ROOM_MIN : h->room;
	char *text;

	if (h->failed)
		return 0;
	if (len >= LIMIT_WEB_PAGE_BYTES - h->len) {
		h->failed = 1;
		return 0;
	}
	while (room <= h->len + len)
		room *= 2;
	if (room == h->room)
		return 1;
	text = realloc(h->text, room);
	if (text == NULL) {
		h->failed = 1;
		return 0;
	}
	h->text = text;
	h->room = room;
	return 1;
}

void html_bytes(struct html *h, const char *trusted, size_t len)
{
	if (!html_room(h, len))
		return;
	memcpy(h->text + h->len, trusted, len);
	h->len += len;
	h->text[h->len] = '\0';
}

void html_raw(struct html *h, const char *trusted)
{
	html_bytes(h, trusted, strlen(trusted));
}

static const char *html_escape(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	}
	if ((unsigned char)c < 0x20 && c != '\n' && c != '\t')
		return "";
	return c == 0x7f ? "" : NULL;
}

void html_text(struct html *h, const char *text)
{
	const char *from = text;

	for (; *text != '\0'; text++) {
		const char *escaped = html_escape(*text);

		if (escaped == NULL)
			continue;
		html_bytes(h, from, (size_t)(text - from));
		html_raw(h, escaped);
		from = text + 1;
	}
	html_bytes(h, from, (size_t)(text - from));
}

/* One conversion whose specification begins after '%'; returns what follows it. */
static const char *html_convert(struct html *h, const char *spec, va_list *values)
{
	char text[400];

	if (*spec == '%') {
		html_raw(h, "%");
		return spec + 1;
	}
	if (*spec == 's') {
		html_text(h, va_arg(*values, const char *));
		return spec + 1;
	}
	if (*spec == 'c') {
		text[0] = (char)va_arg(*values, int);
		text[1] = '\0';
		html_text(h, text);
		return spec + 1;
	}
	if (*spec == 'd' || *spec == 'u') {
		if (*spec == 'd')
			(void)snprintf(text, sizeof text, "%d", va_arg(*values, int));
		else
			(void)snprintf(text, sizeof text, "%u", va_arg(*values, unsigned));
		html_raw(h, text);
		return spec + 1;
	}
	if (strncmp(spec, "zu", 2) == 0) {
		(void)snprintf(text, sizeof text, "%zu", va_arg(*values, size_t));
		html_raw(h, text);
		return spec + 2;
	}
	if (strncmp(spec, "ld", 2) == 0) {
		(void)snprintf(text, sizeof text, "%ld", va_arg(*values, long));
		html_raw(h, text);
		return spec + 2;
	}
	if (strncmp(spec, "lld", 3) == 0) {
		(void)snprintf(text, sizeof text, "%lld", va_arg(*values, long long));
		html_raw(h, text);
		return spec + 3;
	}
	assert(spec[0] == '.' && spec[1] >= '0' && spec[1] <= '9' && spec[2] == 'f');
	(void)snprintf(text, sizeof text, "%.*f", spec[1] - '0', va_arg(*values, double));
	html_raw(h, text);
	return spec + 3;
}

void html_put(struct html *h, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	while (*format != '\0') {
		size_t plain = strcspn(format, "%");

		html_bytes(h, format, plain);
		format += plain;
		if (*format == '%')
			format = html_convert(h, format + 1, &values);
	}
	va_end(values);
}

void html_url(struct html *h, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		char escaped[4] = { '%', hex[c >> 4], hex[c & 15], '\0' };

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '.' || c == '_' || c == '~')
			html_bytes(h, text, 1);
		else
			html_raw(h, escaped);
	}
}

enum err_code html_take(struct html *h, char **text, size_t *len, struct err *err)
{
	*text = NULL;
	*len = 0;
	if (h->failed) {
		html_clear(h);
		return err_set(
			err, ERR_TOO_BIG,
			"the answer is larger than %d bytes, or memory ran out; ask for fewer "
			"periods",
			LIMIT_WEB_PAGE_BYTES);
	}
	if (!html_room(h, 0))
		return err_set(err, ERR_NOMEM, "out of memory");
	h->text[h->len] = '\0';
	*text = h->text;
	*len = h->len;
	*h = (struct html){ 0 };
	return ERR_OK;
}

const char *html_number(int64_t value, char out[32])
{
	char digits[24];
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	int n = snprintf(digits, sizeof digits, "%" PRIu64, size);
	char *to = out;

	if (value < 0)
		to = stpcpy(to, "\xe2\x88\x92"); /* U+2212 */
	for (int i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			*to++ = ',';
		*to++ = digits[i];
	}
	*to = '\0';
	return out;
}
