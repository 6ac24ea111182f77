#include "aggregator/feed/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_FIRST_BYTES 4096

static int text_room(struct text *t, size_t len)
{
	size_t size = t->size == 0 ? TEXT_FIRST_BYTES : t->size;
	char *bytes;

	if (t->failed)
		return 0;
	while (size - t->len <= len)
		size *= 2;
	if (size == t->size)
		return 1;
	bytes = realloc(t->bytes, size);
	if (bytes == NULL) {
		t->failed = 1;
		return 0;
	}
	t->bytes = bytes;
	t->size = size;
	return 1;
}

void text_add(struct text *t, const void *bytes, size_t len)
{
	if (!text_room(t, len))
		return;
	if (len > 0)
		memcpy(t->bytes + t->len, bytes, len);
	t->len += len;
	t->bytes[t->len] = '\0';
}

void text_puts(struct text *t, const char *words)
{
	text_add(t, words, strlen(words));
}

void text_printf(struct text *t, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || !text_room(t, (size_t)len))
		return;
	va_start(args, format);
	(void)vsnprintf(t->bytes + t->len, (size_t)len + 1, format, args);
	va_end(args);
	t->len += (size_t)len;
}

void text_field(struct text *t, const char *field)
{
	if (strpbrk(field, ",\"\r\n") == NULL) {
		text_puts(t, field);
		return;
	}
	text_puts(t, "\"");
	for (const char *at = field; *at != '\0'; at++)
		text_add(t, *at == '"' ? "\"\"" : at, *at == '"' ? 2 : 1);
	text_puts(t, "\"");
}

enum err_code text_end(struct text *t, struct err *err)
{
	text_add(t, "", 0);
	if (t->failed)
		return err_set(err, ERR_NOMEM, "out of memory");
	return ERR_OK;
}

void text_clear(struct text *t)
{
	free(t->bytes);
	*t = (struct text){ .len = 0 };
}
