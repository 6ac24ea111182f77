#ifndef AGGREGATOR_WEB_REQUEST_H
#define AGGREGATOR_WEB_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/web/viewer.h"
#include "proto/err.h"

/* One HTTP request, decoded and bounded. The only code that interprets what a browser sent: the
 * target, the query, cookies and form bodies (fuzz_request). Everything is UTF-8 without NUL or
 * control bytes once it is here; only a form's values may hold tabs and line ends (as "\n"). */

#define REQUEST_PARTS 6 /* of a path */

enum request_method {
	REQUEST_GET = 1,
	REQUEST_HEAD,
	REQUEST_POST,
	REQUEST_OTHER, /* answered 405 */
};

struct request_pair {
	char *name, *value; /* decoded; owned by the request */
};

struct request {
	enum request_method method;
	char *path;                      /* decoded: "/measures/contacts" */
	char *segments;                  /* what part[] points into */
	char *target;                    /* as sent, for "come back here after signing in" */
	const char *part[REQUEST_PARTS]; /* what {…} of the route stood for; set by the router */
	struct request_pair *query, *form,
		*cookies; /* a repeated name is refused, except cookies */
	size_t n_query, n_form, n_cookies;
	/* "" when absent; borrowed. origin and fetch_site: what the browser says of where a form
	 * was (Origin, Sec-Fetch-Site). */
	const char *host, *accept, *if_none_match, *authorization, *user_agent, *origin,
		*fetch_site;
	int accepts_gzip;
	const char *peer;     /* address of the client, "local" on a Unix socket */
	int forwarded;        /* 1: a proxy passed it on, so that peer may be the proxy's */
	const char *identity; /* proxy mode: who the proxy says it is; "" otherwise */
	struct viewer viewer; /* who asks; role ROLE_NONE when nobody is signed in */
};

/* Splits and decodes. ERR_MALFORMED (bad escapes, NUL, control bytes, not UTF-8, name twice) or
 * ERR_TOO_BIG, with a sentence that a person can act on. After either the request is still safe to
 * clear; path is NULL when it is the path that was wrong, target when that was not even printable.
 * `text` need not be NUL-terminated. */
enum err_code request_target(struct request *rq, const char *text, size_t len, struct err *err);
enum err_code request_cookies(struct request *rq, const char *text, size_t len, struct err *err);
/* application/x-www-form-urlencoded, at most LIMIT_WEB_BODY_BYTES. */
enum err_code request_form(struct request *rq, const char *text, size_t len, struct err *err);
void request_init(struct request *rq); /* every text "", nothing else */
void request_clear(struct request *rq);

/* Whether the text of len bytes is UTF-8 without NUL or control characters. */
int request_is_text(const char *text, size_t len);

/* The value, or NULL when there is none. Borrowed. */
const char *request_query(const struct request *rq, const char *name);
const char *request_field(const struct request *rq, const char *name); /* of the form */
const char *request_cookie(const struct request *rq, const char *name);

#endif
