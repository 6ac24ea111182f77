#ifndef AGGREGATOR_WEB_RESPONSE_H
#define AGGREGATOR_WEB_RESPONSE_H

#include <stddef.h>

#include "aggregator/web/html.h"
#include "proto/err.h"

/* What a handler answers. The server adds Content-Length, compression, ETag comparison and the
 * security headers (CSP, nosniff, frame and referrer rules, no-store for what is not public). */

#define RESPONSE_HEADERS 8

struct defer;

struct response {
	int status;       /* 200 unless set */
	const char *type; /* "text/html; charset=utf-8" unless set; static storage */
	struct html body;
	char etag[48]; /* quoted; "" : the server makes one from the body */
	int cache_s;   /* 0: private, no-store; else max-age (public, immutable assets) */
	struct {
		const char *name; /* static storage */
		char *value;      /* owned */
	} headers[RESPONSE_HEADERS];
	int n_headers;
	const char *bytes; /* instead of body: static storage, e.g. an embedded asset */
	size_t n_bytes;
	int compressed;      /* 1: bytes are gzip already */
	struct defer *defer; /* defer.h: the answer comes later; owned */
};

void response_clear(struct response *rs);

/* printf-built header value; control bytes make it ERR_MALFORMED. */
enum err_code response_header(struct response *rs, const char *name, struct err *err,
			      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* 303 to a path of ours (must begin with one '/', else ERR_MALFORMED). */
enum err_code response_redirect(struct response *rs, const char *path, struct err *err);

/* Content-Disposition: attachment with a safe file name. */
enum err_code response_attachment(struct response *rs, const char *file_name, struct err *err);

#endif
