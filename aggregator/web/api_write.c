/* Answers of the API as bytes: JSON, CSV, links to other pages, problems. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/site.h"
#include "aggregator/web/api.h"
#include "aggregator/web/error_page.h"
#include "proto/date.h"

#define REAL_DIGITS 12

/* ---- values */

json_t *api_text(const char *text)
{
	return text == NULL || text[0] == '\0' ? json_null() : json_string(text);
}

json_t *api_instant(int64_t us)
{
	char text[SITE_INSTANT_BYTES];

	return api_text(site_instant(us, text));
}

json_t *api_date(int32_t day)
{
	char text[DATE_TEXT_BYTES];

	return day == INT32_MIN ? json_null() : json_string(date_format(day, text));
}

json_t *api_period(struct period p)
{
	char text[PERIOD_TEXT_BYTES];

	return json_string(period_format(p, text));
}

json_t *api_hex(const uint8_t *bytes, size_t n)
{
	char text[129];

	for (size_t i = 0; i < n && i < (sizeof text - 1) / 2; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return json_string(text);
}

json_t *api_scaled(int64_t n, int64_t scale)
{
	return n % scale == 0 ? json_integer(n / scale) : json_real((double)n / (double)scale);
}

/* ---- JSON */

static enum err_code api_dump(const json_t *value, struct response *rs, struct err *err)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS));

	if (text == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	html_raw(&rs->body, text);
	html_raw(&rs->body, "\n");
	free(text);
	return ERR_OK;
}

enum err_code api_write_json(struct api *a, struct response *rs, struct err *err)
{
	json_t *all = json_object();
	enum err_code code = ERR_NOMEM;

	rs->type = "application/json";
	if (all != NULL &&
	    json_object_set_new(all, "schema_version", json_integer(API_SCHEMA_VERSION)) == 0 &&
	    json_object_update(all, a->top) == 0)
		code = ERR_OK;
	if (code == ERR_OK && a->question->columns != NULL &&
	    (json_object_set_new(all, "total", json_integer((json_int_t)a->total)) != 0 ||
	     json_object_set_new(all, "page", json_integer(a->page)) != 0 ||
	     json_object_set_new(all, "per_page", json_integer(a->per_page)) != 0 ||
	     json_object_set(all, "items", a->items) != 0))
		code = ERR_NOMEM;
	code = code == ERR_OK ? api_dump(all, rs, err) : err_set(err, code, "out of memory");
	json_decref(all);
	return code;
}

/* ---- CSV */

/* RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe before it. */
static void api_csv_text(struct html *h, const char *text)
{
	int formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
	int quoted = strpbrk(text, ",\"\r\n") != NULL;

	if (quoted)
		html_raw(h, "\"");
	if (formula)
		html_raw(h, "'");
	for (; *text != '\0'; text++)
		html_bytes(h, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
	if (quoted)
		html_raw(h, "\"");
}

/* Lists are written with spaces between their words, which are codes. */
static void api_csv_list(struct html *h, const json_t *list)
{
	char text[1024] = "";

	for (size_t i = 0; i < json_array_size(list); i++) {
		size_t len = strlen(text);
		const char *word = json_string_value(json_array_get(list, i));

		(void)snprintf(text + len, sizeof text - len, "%s%s", i == 0 ? "" : " ",
			       word == NULL ? "" : word);
	}
	api_csv_text(h, text);
}

static void api_csv_cell(struct html *h, const json_t *value)
{
	char number[64];

	switch (value == NULL ? JSON_NULL : json_typeof(value)) {
	case JSON_STRING:
		api_csv_text(h, json_string_value(value));
		return;
	case JSON_INTEGER:
		(void)snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT,
			       json_integer_value(value));
		html_raw(h, number);
		return;
	case JSON_REAL:
		(void)snprintf(number, sizeof number, "%.*g", REAL_DIGITS, json_real_value(value));
		html_raw(h, number);
		return;
	case JSON_TRUE:
	case JSON_FALSE:
		html_raw(h, json_is_true(value) ? "true" : "false");
		return;
	case JSON_ARRAY:
		api_csv_list(h, value);
		return;
	case JSON_OBJECT:
	case JSON_NULL:
		return;
	}
}

enum err_code api_write_csv(struct api *a, struct response *rs, struct err *err)
{
	const char *const *columns = a->question->columns;
	char name[80];

	rs->type = "text/csv; charset=utf-8";
	for (int i = 0; columns[i] != NULL; i++) {
		html_raw(&rs->body, i == 0 ? "" : ",");
		html_raw(&rs->body, columns[i]);
	}
	html_raw(&rs->body, "\r\n");
	for (size_t k = 0; k < json_array_size(a->items); k++) {
		const json_t *item = json_array_get(a->items, k);

		for (int i = 0; columns[i] != NULL; i++) {
			html_raw(&rs->body, i == 0 ? "" : ",");
			api_csv_cell(&rs->body, json_object_get(item, columns[i]));
		}
		html_raw(&rs->body, "\r\n");
	}
	(void)snprintf(name, sizeof name, "%s.csv", a->question->file);
	return response_attachment(rs, name, err);
}

/* ---- other pages */

/* The request's own address with another page. */
static void api_link(const struct api *a, struct html *h, int64_t page, const char *rel)
{
	const char *between = "?";

	html_raw(h, h->len == 0 ? "<" : ", <");
	html_bytes(h, a->rq->target, strcspn(a->rq->target, "?"));
	for (size_t i = 0; i < a->rq->n_query; i++) {
		if (strcmp(a->rq->query[i].name, "page") == 0)
			continue;
		html_raw(h, between);
		html_url(h, a->rq->query[i].name);
		html_raw(h, "=");
		html_url(h, a->rq->query[i].value);
		between = "&";
	}
	html_raw(h, between);
	html_put(h, "page=%lld>; rel=\"%s\"", (long long)page, rel);
}

enum err_code api_write_links(struct api *a, struct response *rs, struct err *err)
{
	size_t per_page = (size_t)a->per_page;
	int64_t last = a->total == 0 ? 1 : (int64_t)((a->total + per_page - 1) / per_page);
	struct html h = { 0 };
	enum err_code code = response_header(rs, "X-Total-Count", err, "%zu", a->total);

	if (code != ERR_OK || last == 1)
		return code;
	api_link(a, &h, 1, "first");
	if (a->page > 1)
		api_link(a, &h, a->page <= last ? a->page - 1 : last, "prev");
	if (a->page < last)
		api_link(a, &h, a->page + 1, "next");
	api_link(a, &h, last, "last");
	if (h.failed)
		code = err_set(err, ERR_NOMEM, "out of memory");
	/* with an address so long that they have no room, the answer goes without */
	else
		(void)response_header(rs, "Link", NULL, "%s", h.text);
	html_clear(&h);
	return code;
}

/* ---- problems */

enum err_code api_write_problem(const struct api *a, struct response *rs, enum err_code code,
				const struct err *why, struct err *err)
{
	int in_path = a->parameter != NULL && request_query(a->rq, a->parameter) == NULL;
	int status = code == ERR_DENIED ? 403 : code == ERR_MISSING && in_path ? 404 : 400;
	json_t *problem = json_pack("{s:s,s:s,s:i,s:s,s:s}", "type", "about:blank", "title",
				    error_page_title(status), "status", status, "detail", why->text,
				    "instance", a->rq->path);

	response_clear(rs);
	if (problem != NULL && a->parameter != NULL)
		(void)json_object_set_new(problem, "parameter", json_string(a->parameter));
	if (problem != NULL && a->nearest[0] != '\0')
		(void)json_object_set_new(problem, "nearest", json_string(a->nearest));
	code = problem == NULL ? err_set(err, ERR_NOMEM, "out of memory")
			       : api_dump(problem, rs, err);
	json_decref(problem);
	rs->status = status;
	rs->type = "application/problem+json";
	return code;
}
