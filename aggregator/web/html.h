#ifndef AGGREGATOR_WEB_HTML_H
#define AGGREGATOR_WEB_HTML_H

#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

/* A growing text in which every value is escaped unless it is asked for raw. Used for HTML, SVG and
 * the XML-safe parts of both. Never fails in the middle: out of memory (or above
 * LIMIT_WEB_PAGE_BYTES) sets `failed`, later calls do nothing, and html_take says so. */

struct html {
	char *text; /* NUL-terminated once anything was written */
	size_t len, room;
	int failed;
};

void html_clear(struct html *h); /* frees; leaves it empty for reuse */

void html_raw(struct html *h, const char *trusted); /* literals of ours only */
void html_bytes(struct html *h, const char *trusted, size_t len);
void html_text(struct html *h, const char *text); /* & < > " ' escaped; control bytes dropped */

/* The format is trusted HTML; what it prints of %s is escaped. Understood: %s %d %u %ld %lld %zu
 * %.Nf %c %%. Others are our mistake (assert). */
void html_put(struct html *h, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A value inside a URL's query or path: RFC 3986 unreserved kept, others %XX. */
void html_url(struct html *h, const char *text);

/* Gives the text to the caller, who frees it. ERR_NOMEM or ERR_TOO_BIG when it failed. */
enum err_code html_take(struct html *h, char **text, size_t *len, struct err *err);

/* 12345 → "12,345"; −5 → "−5" (a real minus). Returns out. */
const char *html_number(int64_t value, char out[32]);

#endif
