#ifndef AGGREGATOR_WEB_DEFER_H
#define AGGREGATOR_WEB_DEFER_H

#include "aggregator/web/response.h"

/* Slow work (password hashing) off the thread that answers. A handler calls response_defer and
 * returns ERR_OK; the server suspends the connection, runs `work` on its one worker thread, then
 * `finish` on the handlers' thread, which fills the response as a handler does: its errors become
 * pages or problems as a handler's do. The request stays as it was meanwhile.
 *
 * `work` touches only its context: not the web, not the office, not the request. At most
 * LIMIT_WEB_DEFERRED wait; the next one is answered 503 and its context freed without `work`. */

struct web;
struct request;

struct defer {
	void (*work)(void *context);
	enum err_code (*finish)(struct web *web, const struct request *rq, struct response *rs,
				void *context, struct err *err);
	void (*free_context)(void *context); /* always called in the end, once; may be NULL */
	void *context;
};

/* Takes defer->context, also when it fails (ERR_NOMEM): it is freed then. *defer is copied. */
enum err_code response_defer(struct response *rs, const struct defer *defer, struct err *err);

#endif
