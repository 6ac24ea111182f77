#ifndef AGGREGATOR_FEED_TEXT_H
#define AGGREGATOR_FEED_TEXT_H

#include <stddef.h>

#include "proto/err.h"

/* Bytes that grow: what a file of the feed is written into before it is stored. A failed
 * allocation is remembered and asked for once, by text_end. Starts as zeros. */
struct text {
	char *bytes; /* NUL after the last; NULL while empty */
	size_t len, size;
	int failed;
};

void text_add(struct text *t, const void *bytes, size_t len);
void text_puts(struct text *t, const char *words);
void text_printf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One field of RFC 4180, between quotes only when it holds a comma, a quote or a line's end. */
void text_field(struct text *t, const char *field);

/* ERR_NOMEM when any of it was lost; never NULL bytes otherwise. */
enum err_code text_end(struct text *t, struct err *err);
void text_clear(struct text *t);

#endif
