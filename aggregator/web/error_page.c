#include "aggregator/web/error_page.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/layout.h"
#include "aggregator/web/web.h"

static const struct {
	int status;
	const char *title;
} titles[] = {
	{ 400, "There is a problem with this request" },
	{ 401, "Sign in first" },
	{ 403, "You cannot do this" },
	{ 404, "Page not found" },
	{ 405, "This address cannot be used in that way" },
	{ 408, "The request took too long" },
	{ 413, "Too much was sent" },
	{ 414, "The address is too long" },
	{ 415, "This kind of form is not understood" },
	{ 421, "This is not the address of this service" },
	{ 429, "Too many requests" },
	{ 431, "The request's headers are too large" },
	{ 500, "Something went wrong" },
	{ 503, "The service is busy" },
};

const char *error_page_title(int status)
{
	for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "The request was refused";
}

/* application/problem+json, RFC 9457. */
static void error_problem(struct html *h, const char *path, int status, const char *message)
{
	json_t *problem = json_pack("{s:s,s:s,s:i,s:s,s:s}", "type", "about:blank", "title",
				    error_page_title(status), "status", status, "detail", message,
				    "instance", path);
	char *text = problem == NULL ? NULL : json_dumps(problem, JSON_COMPACT);

	html_raw(h, text == NULL ? "{\"type\":\"about:blank\",\"status\":500}" : text);
	html_raw(h, "\n");
	free(text);
	json_decref(problem);
}

static int wants_problem(const struct request *rq)
{
	const char *path = rq->path != NULL ? rq->path : rq->target != NULL ? rq->target : "";

	return strncmp(path, "/api/", 5) == 0 || strcmp(path, "/api") == 0 ||
	       strcmp(path, "/metrics") == 0 ||
	       (rq->accept != NULL && strncmp(rq->accept, "application/json", 16) == 0);
}

void web_refuse(struct web *web, const struct request *rq, struct response *rs, int status,
		const char *message)
{
	response_clear(rs);
	if (wants_problem(rq)) {
		rs->status = status;
		rs->type = "application/problem+json";
		error_problem(&rs->body, rq->path == NULL ? "" : rq->path, status, message);
	} else {
		layout_error(web, rq, rs, status, message);
	}
	if (status == 429 || status == 503)
		(void)response_header(rs, "Retry-After", NULL, "5");
}
