/* web: from a decoded request to a whole answer. In: struct request. Out: struct response, or one
 * that comes later (defer.h). Here stand the order of checks (route, method, who, role, forged
 * form) and the one place where errors become pages and problems. */
#include "aggregator/web/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/defer.h"
#include "aggregator/web/error_page.h"
#include "aggregator/web/figures.h"
#include "aggregator/web/office.h"
#include "aggregator/web/received_cache.h"
#include "aggregator/web/shapes.h"
#include "aggregator/web/signin.h"
#include "proto/clock.h"
#include "proto/limits.h"
#include "proto/log.h"

#define PATH_BYTES 4096
#define LOGGED_BYTES 200

/* ---- open and close */

static enum err_code web_open_office(struct web *web, struct err *err)
{
	char path[PATH_BYTES];
	enum err_code code;

	(void)aggregator_config_path(web->reading.config, "office/office.db", path, sizeof path);
	code = office_open(path, &web->office, err);
	if (code != ERR_OK)
		err_wrap(err, "office");
	return code;
}

const char *web_origin_of(const struct aggregator_web *settings, char out[WEB_ORIGIN_BYTES])
{
	if (settings->origin != NULL)
		(void)snprintf(out, WEB_ORIGIN_BYTES, "%s", settings->origin);
	else
		(void)snprintf(out, WEB_ORIGIN_BYTES, "%s://%s",
			       settings->certificate != NULL ? "https" : "http",
			       strncmp(settings->listen, "unix:", 5) == 0 ? "localhost"
									  : settings->listen);
	return out;
}

/* Pages of the store are read where they lie: each commit of ingest empties SQLite's own cache, and
 * a page of figures would then copy megabytes. The file never gets shorter. */
static const char sql_map[] = "PRAGMA mmap_size = 1073741824";

enum err_code web_open(const char *config_path, struct web *web, struct err *err)
{
	struct rollup_context context;
	enum err_code code;

	*web = (struct web){ .started_us = clock_wall_us() };
	code = reading_open(config_path, &web->reading, err);
	if (code == ERR_OK && web->reading.config->web == NULL)
		code = err_set(err, ERR_CONFIG,
			       "%s: there is no web: in it; add 'web: {}', or see the example",
			       config_path);
	if (code != ERR_OK)
		return code;
	(void)web_origin_of(web->reading.config->web, web->origin);
	code = db_exec(web->reading.store->db, sql_map, err);
	if (code == ERR_OK && web->reading.config->boundaries != NULL)
		code = shapes_load(web->reading.config->boundaries, web->reading.areas,
				   &web->shapes, err);
	if (code == ERR_OK)
		code = web_open_office(web, err);
	if (code != ERR_OK)
		return code;
	web->received = calloc(1, sizeof *web->received);
	if (web->received == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	context = reading_context(&web->reading);
	return figures_new(&context, web->office->rounding_key, &web->figures, err);
}

void web_close(struct web *web)
{
	received_cache_free(&web->received);
	shapes_free(&web->shapes);
	figures_free(&web->figures);
	office_close(&web->office);
	reading_close(&web->reading);
}

/* ---- routes */

/* Whether the path fits; what {…} stands for goes into rq->part, pointing into rq->segments, a copy
 * of the path that is cut up here. */
static int route_fits(struct request *rq, const char *pattern)
{
	char *at = rq->segments;
	int n = 0;

	memcpy(at, rq->path, strlen(rq->path) + 1);
	memset(rq->part, 0, sizeof rq->part);
	while (*pattern == '/' && *at == '/') {
		size_t pattern_len = strcspn(++pattern, "/");
		size_t len = strcspn(++at, "/");

		if (*pattern == '{' && len > 0 && n < REQUEST_PARTS)
			rq->part[n++] = at;
		else if (len != pattern_len || strncmp(at, pattern, len) != 0)
			return 0;
		pattern += pattern_len;
		at += len;
	}
	if (*pattern != '\0' || *at != '\0')
		return 0;
	for (char *p = rq->segments; p < at; p++)
		if (*p == '/')
			*p = '\0';
	return 1;
}

static int route_serves(const struct route *route, enum request_method method)
{
	return route->method == method || (route->method == REQUEST_GET && method == REQUEST_HEAD);
}

/* *methods: which there are at this path (1 << method). NULL when none fits path and method. */
static const struct route *route_find(struct request *rq, unsigned *methods)
{
	*methods = 0;
	for (const struct route *const *table = route_tables; *table != NULL; table++) {
		for (const struct route *r = *table; r->pattern != NULL; r++) {
			if (!route_fits(rq, r->pattern))
				continue;
			if (route_serves(r, rq->method))
				return r;
			*methods |= 1U << r->method;
		}
	}
	return NULL;
}

/* ---- checks */

/* Where the browser says the form was: ours, or nothing said (a program, which holds no cookie that
 * somebody else could abuse). Beside the token, and the only check before anybody is signed in. */
static int origin_is_ours(const struct web *web, const struct request *rq)
{
	const char *host;

	if (rq->fetch_site != NULL && rq->fetch_site[0] != '\0' &&
	    strcmp(rq->fetch_site, "same-origin") != 0 && strcmp(rq->fetch_site, "none") != 0)
		return 0;
	if (rq->origin == NULL || rq->origin[0] == '\0')
		return 1;
	if (strcmp(rq->origin, web->origin) == 0)
		return 1;
	/* The server has checked that Host is a name of ours. */
	host = strstr(rq->origin, "://");
	return host != NULL && rq->host != NULL && rq->host[0] != '\0' &&
	       strcmp(host + 3, rq->host) == 0;
}

static enum err_code form_check(const struct web *web, const struct request *rq, struct err *err)
{
	const char *field = request_field(rq, "csrf");

	if (!origin_is_ours(web, rq))
		return err_set(err, ERR_DENIED,
			       "this form was sent from another site, so nothing was done; open "
			       "the page here and send it again");
	if (rq->viewer.role == ROLE_NONE || rq->viewer.signin == 0) /* nobody, or an API token */
		return ERR_OK;
	if (field == NULL || !signin_csrf_matches(&rq->viewer, field))
		return err_set(err, ERR_DENIED,
			       "this form is out of date, so nothing was done; go back, load the "
			       "page again and send it again");
	return ERR_OK;
}

static void sign_in_first(struct web *web, const struct request *rq, struct response *rs,
			  enum route_kind kind)
{
	struct html path = { 0 };
	struct err err;

	if (kind != ROUTE_PAGE) {
		web_refuse(web, rq, rs, 401,
			   "Send an API token: 'Authorization: Bearer TOKEN'. Tokens are made on "
			   "the account page.");
		(void)response_header(rs, "WWW-Authenticate", &err, "Bearer");
		return;
	}
	html_raw(&path, "/sign-in");
	if ((rq->method == REQUEST_GET || rq->method == REQUEST_HEAD) &&
	    strcmp(rq->target, "/") != 0) {
		html_raw(&path, "?next=");
		html_url(&path, rq->target);
	}
	if (path.failed || response_redirect(rs, path.text, &err) != ERR_OK)
		web_refuse(web, rq, rs, 403, "Sign in first.");
	html_clear(&path);
}

/* ---- answers */

static int status_of(enum err_code code)
{
	switch (code) {
	case ERR_OK:
		return 200;
	case ERR_MISSING:
		return 404;
	case ERR_MALFORMED:
	case ERR_CONFIG:
	case ERR_TOO_BIG:
		return 400;
	case ERR_DENIED:
		return 403;
	case ERR_BUSY:
		return 503;
	case ERR_NOMEM:
	case ERR_IO:
	case ERR_VERSION:
	case ERR_DB:
	case ERR_FULL:
		break;
	}
	return 500;
}

static void answer_error(struct web *web, const struct request *rq, struct response *rs,
			 const struct err *err, enum err_code code)
{
	char path[LOGGED_BYTES];
	int status = status_of(code);

	if (status >= 500)
		log_line(status == 500 ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "web: %d %s: %s",
			 status, log_escape(rq->path, strlen(rq->path), path, sizeof path),
			 err->text);
	web_refuse(web, rq, rs, status,
		   status == 500 ? "the fault is on our side and has been recorded" : err->text);
}

/* Ends what a handler began: complete, or a refusal. */
static void answer_complete(struct web *web, const struct request *rq, struct response *rs,
			    enum err_code code, struct err *err)
{
	if (code == ERR_OK && rs->body.failed)
		code = err_set(err, ERR_TOO_BIG,
			       "the answer is larger than %d bytes; ask for fewer periods",
			       LIMIT_WEB_PAGE_BYTES);
	if (code != ERR_OK) {
		answer_error(web, rq, rs, err, code);
		return;
	}
	if (rs->status == 0)
		rs->status = 200;
	if (rs->type == NULL)
		rs->type = "text/html; charset=utf-8";
}

static void answer_route(struct web *web, struct request *rq, struct response *rs,
			 const struct route *route)
{
	struct err err = { .code = ERR_OK };
	enum err_code code = ERR_OK;

	if (route->roles != ROLES_ANYONE && rq->viewer.role == ROLE_NONE) {
		sign_in_first(web, rq, rs, route->kind);
		return;
	}
	if (route->roles != ROLES_ANYONE && !(route->roles & ROLE_BIT(rq->viewer.role)))
		code = err_set(&err, ERR_DENIED,
			       "your account (%s) may not use this; an administrator can change "
			       "what an account may do",
			       role_label(rq->viewer.role));
	if (code == ERR_OK && rq->method == REQUEST_POST)
		code = form_check(web, rq, &err);
	if (code == ERR_OK && web->figures != NULL)
		figures_begin(web->figures);
	if (code == ERR_OK)
		code = route->handle(web, rq, rs, &err);
	if (code == ERR_OK && rs->defer != NULL)
		return;
	answer_complete(web, rq, rs, code, &err);
}

static void answer_no_route(struct web *web, struct request *rq, struct response *rs,
			    unsigned methods)
{
	struct err err;

	if (methods == 0 && rq->method != REQUEST_OTHER) {
		web_refuse(web, rq, rs, 404, "There is nothing at this address.");
		return;
	}
	web_refuse(web, rq, rs, 405, "This address cannot be used in that way.");
	(void)response_header(
		rs, "Allow", &err, "%s%s%s",
		methods == 0 || methods & 1U << REQUEST_GET ? "GET, HEAD" : "",
		methods == 0 || methods == (1U << REQUEST_GET | 1U << REQUEST_POST) ? ", " : "",
		methods == 0 || methods & 1U << REQUEST_POST ? "POST" : "");
}

void web_answer(struct web *web, struct request *rq, struct response *rs)
{
	struct err err = { .code = ERR_OK };
	const struct route *route;
	unsigned methods = 0;
	enum err_code code = ERR_OK;

	free(rq->segments);
	rq->segments = malloc(strlen(rq->path) + 1);
	if (rq->segments == NULL) {
		web_refuse(web, rq, rs, 503, "Out of memory. Try again in a minute.");
		return;
	}
	route = route_find(rq, &methods);
	if (route == NULL || route->kind != ROUTE_ASSET)
		code = web_identify(web, rq, &err);
	if (code != ERR_OK)
		answer_error(web, rq, rs, &err, code);
	else if (route == NULL)
		answer_no_route(web, rq, rs, methods);
	else
		answer_route(web, rq, rs, route);
}

void web_finish(struct web *web, struct request *rq, struct response *rs)
{
	struct err err = { .code = ERR_OK };
	struct defer *defer = rs->defer;
	enum err_code code;

	rs->defer = NULL;
	code = defer->finish(web, rq, rs, defer->context, &err);
	if (defer->free_context != NULL)
		defer->free_context(defer->context);
	free(defer);
	if (code == ERR_OK && rs->defer != NULL)
		code = err_set(&err, ERR_BUSY, "an answer was put off twice");
	answer_complete(web, rq, rs, code, &err);
}
