#include "proto/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum err_code(err_set)(struct err *e, enum err_code code, const char *format, ...)
{
	va_list args;

	if (e == NULL)
		return code;
	e->code = code;
	va_start(args, format);
	(void)vsnprintf(e->text, sizeof e->text, format, args);
	va_end(args);
	return code;
}

void err_wrap(struct err *e, const char *format, ...)
{
	char inner[ERR_TEXT_BYTES];
	va_list args;
	size_t used;
	int n;

	if (e == NULL)
		return;
	memcpy(inner, e->text, sizeof inner);
	va_start(args, format);
	n = vsnprintf(e->text, sizeof e->text, format, args);
	va_end(args);
	if (n < 0)
		n = 0;
	used = (size_t)n < sizeof e->text - 1 ? (size_t)n : sizeof e->text - 1;
	for (const char *p = ": "; *p != '\0' && used < sizeof e->text - 1; p++)
		e->text[used++] = *p;
	for (const char *p = inner; *p != '\0' && used < sizeof e->text - 1; p++)
		e->text[used++] = *p;
	e->text[used] = '\0';
}

void err_clear(struct err *e)
{
	if (e == NULL)
		return;
	e->code = ERR_OK;
	e->text[0] = '\0';
}

const char *err_name(enum err_code code)
{
	switch (code) {
	case ERR_OK:
		return "ok";
	case ERR_NOMEM:
		return "nomem";
	case ERR_CONFIG:
		return "config";
	case ERR_IO:
		return "io";
	case ERR_MALFORMED:
		return "malformed";
	case ERR_TOO_BIG:
		return "too-big";
	case ERR_VERSION:
		return "version";
	case ERR_DB:
		return "db";
	case ERR_FULL:
		return "full";
	case ERR_BUSY:
		return "busy";
	case ERR_DENIED:
		return "denied";
	case ERR_MISSING:
		return "missing";
	}
	return "unknown";
}

int err_exit_status(enum err_code code)
{
	switch (code) {
	case ERR_OK:
		return 0;
	case ERR_MALFORMED:
	case ERR_TOO_BIG:
	case ERR_VERSION:
		return 65;
	case ERR_MISSING:
		return 66;
	case ERR_NOMEM:
		return 70;
	case ERR_IO:
	case ERR_DB:
		return 74;
	case ERR_FULL:
	case ERR_BUSY:
		return 75;
	case ERR_DENIED:
		return 77;
	case ERR_CONFIG:
		return 78;
	}
	return 70;
}
