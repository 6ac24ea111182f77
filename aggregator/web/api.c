/* api: one question from parameters to a whole answer. The order of checks: what may be asked, in
 * which form, which page; whether the caller has it already; then the work. */

#include "aggregator/web/api.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/web/notes.h"
#include "aggregator/web/plan.h"
#include "proto/clock.h"
#include "proto/config.h"
#include "proto/db.h"

#define NAMES_MAX 16

static const char *const common_parameters[] = { "format", "page", "per_page", NULL };

/* ---- what was asked */

static enum err_code api_check_names(struct api *a, struct err *err)
{
	const char *names[NAMES_MAX];
	int n = 0;

	for (const char *const *p = a->question->parameters; *p != NULL; p++)
		names[n++] = *p;
	for (const char *const *p = common_parameters; a->question->columns != NULL && *p; p++)
		names[n++] = *p;
	for (size_t i = 0; i < a->rq->n_query; i++) {
		const char *given = a->rq->query[i].name;
		const char *near;
		int k = 0;

		while (k < n && strcmp(names[k], given) != 0)
			k++;
		if (k < n)
			continue;
		a->parameter = given;
		near = config_nearest(given, names, n);
		(void)snprintf(a->nearest, sizeof a->nearest, "%s", near == NULL ? "" : near);
		return err_set(err, ERR_MALFORMED, "there is no parameter '%.64s' here%s%s%s",
			       given,
			       near == NULL ? "; openapi.yaml lists them" : "; did you mean '",
			       near == NULL ? "" : near, near == NULL ? "" : "'?");
	}
	return ERR_OK;
}

static int api_prefers_csv(const char *accept)
{
	const char *csv = accept == NULL ? NULL : strstr(accept, "text/csv");
	const char *json = accept == NULL ? NULL : strstr(accept, "application/json");

	return csv != NULL && (json == NULL || csv < json);
}

static enum err_code api_read_form(struct api *a, struct err *err)
{
	static const char *const forms[] = { "json", "csv", NULL };
	int form = API_JSON;
	int64_t most;
	enum err_code code;

	if (a->question->columns == NULL)
		return ERR_OK;
	code = api_read_word(a, "format", forms, api_prefers_csv(a->rq->accept) ? "csv" : "json",
			     &form, err);
	a->form = (enum api_form)form;
	most = a->form == API_CSV ? API_CSV_PER_PAGE_MAX : API_PER_PAGE_MAX;
	if (code == ERR_OK)
		code = api_read_number(a, "page", 1, INT32_MAX, &a->page, err);
	if (code == ERR_OK)
		code = api_read_number(a, "per_page",
				       a->form == API_CSV ? most : API_PER_PAGE_DEFAULT, most,
				       &a->per_page, err);
	return code;
}

/* ---- whether the caller has it already */

static const char sql_version[] = "PRAGMA data_version";

/* Changes with each commit of another process. */
static int64_t api_store_version(const struct api *a)
{
	sqlite3_stmt *stmt = NULL;
	int64_t version = 0;
	int row = 0;

	if (db_prepare(a->web->reading.store->db, &stmt, sql_version, NULL) == ERR_OK &&
	    db_step(stmt, &row, NULL) == ERR_OK && row)
		version = sqlite3_column_int64(stmt, 0);
	db_finalize(&stmt);
	return version;
}

/* From the state of what the answer rests on, the question as sent, and who asks: without working
 * the answer out. */
static void api_etag(const struct api *a, struct response *rs)
{
	char class[FIGURES_CLASS_BYTES];
	char text[256];
	uint8_t hash[16];
	char hex[2 * sizeof hash + 1];
	crypto_generichash_state state;
	int64_t basis = 0;
	int64_t said = 0; /* by people, in the office database */
	int n;

	if (a->question->basis == API_FIGURES || a->question->basis == API_PLAN)
		basis = figures_stamp(a->web->figures);
	if (a->question->basis == API_STORE || a->question->basis == API_NOTES)
		basis = api_store_version(a);
	if (a->question->basis == API_NOTES)
		(void)notes_version(a->web->office, &said, NULL);
	if (a->question->basis == API_PLAN)
		(void)plan_stamp(a->web->office, &said, NULL);
	n = snprintf(text, sizeof text,
		     "%d\n%d\n%" PRId64 "\n%" PRId64 "\n%" PRId64 "\n%d\n%d\n%s\n",
		     API_SCHEMA_VERSION, (int)a->question->basis, a->web->started_us, basis, said,
		     (int)clock_today(), (int)a->form, figures_class(&a->rq->viewer, class));
	(void)crypto_generichash_init(&state, NULL, 0, sizeof hash);
	(void)crypto_generichash_update(&state, (const uint8_t *)text, (unsigned long long)n);
	(void)crypto_generichash_update(&state, (const uint8_t *)a->rq->target,
					strlen(a->rq->target));
	(void)crypto_generichash_final(&state, hash, sizeof hash);
	(void)sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	(void)snprintf(rs->etag, sizeof rs->etag, "\"%s\"", hex);
}

static int api_has_it(const struct api *a, const struct response *rs)
{
	const char *have = a->rq->if_none_match;

	return have != NULL && (strcmp(have, "*") == 0 || strstr(have, rs->etag) != NULL);
}

/* ---- the answer */

void api_page(struct api *a, size_t total)
{
	size_t before = (size_t)(a->page - 1) * (size_t)a->per_page;

	a->total = total;
	a->first = before < total ? before : total;
	a->end = total - a->first < (size_t)a->per_page ? total : a->first + (size_t)a->per_page;
}

void api_add(struct api *a, json_t *item)
{
	if (json_array_append_new(a->items, item) != 0)
		a->no_memory = true;
}

void api_top(struct api *a, const char *name, json_t *value)
{
	if (json_object_set_new(a->top, name, value) != 0)
		a->no_memory = true;
}

static enum err_code api_write(struct api *a, struct response *rs, struct err *err)
{
	enum err_code code = ERR_OK;

	if (a->no_memory)
		return err_set(err, ERR_NOMEM, "out of memory");
	if (a->question->columns != NULL)
		code = api_write_links(a, rs, err);
	if (code == ERR_OK)
		code = a->form == API_CSV ? api_write_csv(a, rs, err) : api_write_json(a, rs, err);
	return code;
}

static enum err_code api_work(struct api *a, struct response *rs, struct err *err)
{
	enum err_code code;

	a->top = json_object();
	a->items = json_array();
	if (a->top == NULL || a->items == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	code = api_check_names(a, err);
	if (code == ERR_OK)
		code = api_read_form(a, err);
	if (code != ERR_OK)
		return code;
	api_etag(a, rs);
	code = response_header(rs, "Vary", err, "Accept, Authorization, Cookie");
	if (code == ERR_OK && api_has_it(a, rs)) {
		rs->status = 304;
		rs->type = a->form == API_CSV ? "text/csv; charset=utf-8" : "application/json";
		return ERR_OK;
	}
	if (code == ERR_OK)
		code = a->question->fill(a, err);
	return code == ERR_OK ? api_write(a, rs, err) : code;
}

/* Errors that the caller can mend become problems here; others are the router's. */
static int api_is_problem(enum err_code code)
{
	return code == ERR_MISSING || code == ERR_MALFORMED || code == ERR_CONFIG ||
	       code == ERR_TOO_BIG || code == ERR_DENIED;
}

enum err_code api_answer(struct web *web, const struct request *rq, struct response *rs,
			 struct err *err, const struct api_question *question)
{
	struct api a = { .web = web, .rq = rq, .question = question, .page = 1, .per_page = 1 };
	struct err why = { ERR_OK, "" };
	enum err_code code = api_work(&a, rs, &why);

	if (code != ERR_OK && api_is_problem(code))
		code = api_write_problem(&a, rs, code, &why, err);
	else if (code != ERR_OK)
		code = err_set(err, code, "%s", why.text);
	json_decref(a.top);
	json_decref(a.items);
	return code;
}
