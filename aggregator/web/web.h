#ifndef AGGREGATOR_WEB_WEB_H
#define AGGREGATOR_WEB_WEB_H

#include <stdint.h>

#include "aggregator/reading.h"
#include "aggregator/web/request.h"
#include "aggregator/web/response.h"
#include "aggregator/web/stats.h"

/* What every handler has: the store (read-only), the office database, cached figures. One thread
 * runs all handlers, so nothing here is locked (password hashing has its own thread: signin.h). */

#define WEB_ORIGIN_BYTES 280

struct figures;
struct office;
struct received_cache;
struct shapes;

/* Who has reported, for the banner on every page; kept until figures change (layout_status.c). */
#define WEB_STATUS_LATE 2 /* districts that are named */
struct web_status {
	int known; /* 0: not worked out yet */
	int64_t stamp;
	int32_t day;         /* for which it was worked out */
	struct period month; /* the newest whose due date is over */
	int n_received, n_expected, n_late;
	struct {
		char area[65];
		int64_t last_us; /* when it last sent anything; 0: never */
	} late[WEB_STATUS_LATE];
};

struct web {
	struct reading reading; /* settings, areas, measures, store; read-only */
	struct office *office;
	struct figures *figures;
	struct received_cache *received;
	struct shapes *shapes; /* of the districts, for maps; NULL: no boundaries are set */
	int64_t started_us;
	struct stats stats;
	char origin[WEB_ORIGIN_BYTES]; /* web_origin */
	struct web_status status;
};

enum route_kind {
	ROUTE_PAGE,  /* errors are pages */
	ROUTE_API,   /* errors are application/problem+json */
	ROUTE_ASSET, /* public, no viewer */
};

/* One line of a table. pattern: "/measures/{measure}"; each {…} becomes request.part[i]. POST
 * routes are reached only with a valid CSRF token (field "csrf") or an API token. Most specific
 * first. */
struct route {
	enum request_method method; /* REQUEST_GET serves HEAD too */
	const char *pattern;
	unsigned roles; /* ROLE_BIT of each that may; ROLES_ANYONE: also who is not signed in */
	enum route_kind kind;
	/* ERR_MISSING → 404, ERR_MALFORMED, ERR_CONFIG, ERR_TOO_BIG → 400, ERR_DENIED → 403,
	 * ERR_BUSY → 503, others → 500 and a log line; the message is shown for 400–404. */
	enum err_code (*handle)(struct web *web, const struct request *rq, struct response *rs,
				struct err *err);
};

/* Tables end with a NULL pattern; one per file of pages, listed in routes.c. */
extern const struct route *const route_tables[];

/* Finds the route, checks role and CSRF, calls the handler, turns errors into pages or problems.
 * Leaves a complete answer in rs, or rs->defer (defer.h). */
void web_answer(struct web *web, struct request *rq, struct response *rs);
/* The second half of a deferred answer, once its `work` is done: runs `finish`. Leaves a complete
 * answer and no rs->defer. */
void web_finish(struct web *web, struct request *rq, struct response *rs);

/* Fills rs with an error page, or a problem for /api: `message` is shown, one sentence or more. For
 * what is wrong before there is a route; handlers return an error instead. */
void web_refuse(struct web *web, const struct request *rq, struct response *rs, int status,
		const char *message);

/* Who asks, into rq->viewer: by API token, by the trusted proxy, or by the sign-in cookie; role
 * ROLE_NONE when nobody. ERR_DENIED when the proxy vouches for somebody without an account. */
enum err_code web_identify(struct web *web, struct request *rq, struct err *err);

/* 1 when browsers reach us by https: cookies are Secure then and named SIGNIN_COOKIE. */
int web_is_secure(const struct web *web);
const char *web_cookie_name(const struct web *web);
/* Sets the sign-in cookie; "" takes it back. */
enum err_code web_cookie(const struct web *web, struct response *rs, const char *token,
			 struct err *err);
/* "https://figures.example": what links that leave the site begin with. */
const char *web_origin(const struct web *web);
/* The same from the settings alone, for commands. Returns out. */
const char *web_origin_of(const struct aggregator_web *settings, char out[WEB_ORIGIN_BYTES]);

enum err_code web_open(const char *config_path, struct web *web, struct err *err);
void web_close(struct web *web);

#endif
