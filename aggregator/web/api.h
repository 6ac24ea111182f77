#ifndef AGGREGATOR_WEB_API_H
#define AGGREGATOR_WEB_API_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/web/figures.h"
#include "aggregator/web/web.h"
#include "proto/period.h"

/* /api/v1: the questions of the pages, answered in JSON or CSV. Its contract is openapi.yaml; what
 * a request says is read here and nowhere else.
 *
 * Each address is a struct api_question. api_answer reads the parameters, answers 304 when the
 * caller has this answer already, lets `fill` add the items of the page asked for, and writes them:
 *   JSON  {"schema_version":1, …, "total":n, "page":1, "per_page":1000, "items":[…]}
 *   CSV   a line of headings, then the same items
 * A refusal is application/problem+json with the parameter at fault and the nearest right word. */

#define API_SCHEMA_VERSION 1
#define API_PER_PAGE_DEFAULT 1000
#define API_PER_PAGE_MAX 10000
#define API_CSV_PER_PAGE_MAX 100000 /* also the default: an export comes whole */

enum api_form {
	API_JSON,
	API_CSV,
};

/* What must change before an answer can. */
enum api_basis {
	API_PROGRAM, /* nothing but this process */
	API_FIGURES, /* figures_stamp */
	API_STORE,   /* anything in the store, or the day */
	API_NOTES,   /* that, and what people say of signals */
	API_PLAN,    /* figures_stamp, or a target */
};

struct api_question;

struct api {
	struct web *web;
	const struct request *rq;
	const struct api_question *question;
	enum api_form form;
	int64_t page, per_page;
	size_t total, first, end; /* items in all; of this page: [first, end) */
	json_t *top;              /* members beside the items */
	json_t *items;
	bool no_memory;        /* of any json_t */
	const char *parameter; /* at fault; NULL: none in particular */
	char nearest[65];      /* right word near what was given; "" none */
};

struct api_question {
	const char *const *parameters; /* of the query, beside format, page, per_page; ends NULL */
	const char *const *columns;    /* of CSV; ends with NULL. NULL: JSON only, one object */
	const char *file;              /* name of the CSV file, without its ending */
	enum api_basis basis;
	/* Adds members to top and, from api_page on, items. Errors as of a handler. */
	enum err_code (*fill)(struct api *a, struct err *err);
};

enum err_code api_answer(struct web *web, const struct request *rq, struct response *rs,
			 struct err *err, const struct api_question *question);

/* How many items there are in all; sets first and end. */
void api_page(struct api *a, size_t total);
/* Take the value, also when it is NULL for want of memory. */
void api_add(struct api *a, json_t *item);
void api_top(struct api *a, const char *name, json_t *value);

/* ---- values */

json_t *api_text(const char *text);  /* null for NULL and "" */
json_t *api_instant(int64_t us);     /* "2026-10-05T09:30:00Z"; null for 0 */
json_t *api_date(int32_t day);       /* "2026-10-05"; null for INT32_MIN */
json_t *api_period(struct period p); /* "2026-10" */
json_t *api_hex(const uint8_t *bytes, size_t n);
json_t *api_scaled(int64_t n, int64_t scale);
/* The members of a figure: of a measure made of terms. */
json_t *api_figure(const struct api *a, const struct figure *f, const struct measure *m,
		   const char *breakdown);
extern const char *const api_figure_columns[];

/* ---- writing (api_write.c) */

/* Both free nothing; ERR_NOMEM when there is no memory. */
enum err_code api_write_json(struct api *a, struct response *rs, struct err *err);
enum err_code api_write_csv(struct api *a, struct response *rs, struct err *err);
enum err_code api_write_links(struct api *a, struct response *rs, struct err *err);
enum err_code api_write_problem(const struct api *a, struct response *rs, enum err_code code,
				const struct err *why, struct err *err);

/* ---- parameters: each sets a->parameter and a->nearest when it refuses (api_read.c) */

/* A value of the query that must be one of the words (NULL at the end); its index in *out; −1 when
 * there is none and `fallback` is NULL. */
enum err_code api_read_word(struct api *a, const char *name, const char *const *words,
			    const char *fallback, int *out, struct err *err);
enum err_code api_read_number(struct api *a, const char *name, int64_t fallback, int64_t most,
			      int64_t *out, struct err *err);
/* text: of the query (name) or the path. NULL measure or area: ERR_MALFORMED that it is needed. */
enum err_code api_read_measure(struct api *a, const char *name, const char *text,
			       const struct measure **out, struct err *err);
/* NULL: the viewer's own district, else the settings' area. ERR_DENIED when it is not shown. */
enum err_code api_read_area(struct api *a, const char *name, const char *text, int *out,
			    struct err *err);
/* NULL: *out stays. kind 0: any. */
enum err_code api_read_period(struct api *a, const char *name, const char *text,
			      enum period_kind kind, struct period *out, struct err *err);
/* The end of the civil day in England, UTC µs; 0 when there is none. */
enum err_code api_read_known_on(struct api *a, int64_t *out, struct err *err);
/* A dimension that the measure can be broken down by; NULL when none was asked for. */
enum err_code api_read_breakdown(struct api *a, const struct measure *m, const char **out,
				 struct err *err);

/* The code of the area that the dashboard stands for. */
const char *api_city(const struct api *a);

#endif
