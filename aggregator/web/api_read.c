/* Parameters of the API: what was given in, what it means out; or which one is wrong, and what
 * would be right. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/rollup_value.h"
#include "aggregator/web/api.h"
#include "aggregator/web/view.h"
#include "proto/config.h"
#include "proto/date.h"

static enum err_code api_refuse(struct api *a, const char *name, const char *near)
{
	a->parameter = name;
	(void)snprintf(a->nearest, sizeof a->nearest, "%s", near == NULL ? "" : near);
	return ERR_MALFORMED;
}

const char *api_city(const struct api *a)
{
	const struct aggregator_config *c = a->web->reading.config;

	return c == NULL || c->area == NULL ? "" : c->area;
}

enum err_code api_read_word(struct api *a, const char *name, const char *const *words,
			    const char *fallback, int *out, struct err *err)
{
	const char *text = request_query(a->rq, name);
	char all[256] = "";
	const char *near;
	int n = 0;

	*out = -1;
	if (text == NULL)
		text = fallback;
	for (; words[n] != NULL; n++) {
		size_t len = strlen(all);

		(void)snprintf(all + len, sizeof all - len, "%s%s", n == 0 ? "" : ", ", words[n]);
		if (text != NULL && strcmp(words[n], text) == 0)
			*out = n;
	}
	if (*out >= 0 || text == NULL)
		return ERR_OK;
	near = config_nearest(text, words, n);
	(void)err_set(err, ERR_MALFORMED, "%s is '%.64s': it is one of %s", name, text, all);
	return api_refuse(a, name, near);
}

enum err_code api_read_number(struct api *a, const char *name, int64_t fallback, int64_t most,
			      int64_t *out, struct err *err)
{
	const char *text = request_query(a->rq, name);
	char *end;

	*out = fallback;
	if (text == NULL)
		return ERR_OK;
	*out = strtoll(text, &end, 10);
	if (*end == '\0' && text[0] >= '0' && text[0] <= '9' && *out >= 1 && *out <= most)
		return ERR_OK;
	*out = fallback;
	(void)err_set(err, ERR_MALFORMED, "%s is '%.64s': it is a whole number from 1 to %lld",
		      name, text, (long long)most);
	return api_refuse(a, name, NULL);
}

enum err_code api_read_measure(struct api *a, const char *name, const char *text,
			       const struct measure **out, struct err *err)
{
	const char *near;

	*out = text == NULL ? NULL : measures_find(a->web->reading.measures, text);
	if (*out != NULL)
		return ERR_OK;
	if (text == NULL) {
		(void)err_set(err, ERR_MALFORMED,
			      "%s is needed: one of the codes at /api/v1/measures", name);
		return api_refuse(a, name, NULL);
	}
	near = measures_nearest(a->web->reading.measures, text);
	(void)api_refuse(a, name, near);
	return err_set(err, ERR_MISSING, "no measure '%.64s'%s%s%s", text,
		       near == NULL ? ": /api/v1/measures lists them" : "; did you mean '",
		       near == NULL ? "" : near, near == NULL ? "" : "'?");
}

/* The area nearest to the text that the viewer may see. */
static enum err_code api_no_area(struct api *a, const char *name, const char *text, struct err *err)
{
	const struct area_tree *tree = a->web->reading.areas;
	const char **codes = calloc((size_t)tree->n_areas, sizeof *codes);
	const char *near;
	int n = 0;

	if (codes == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (int i = 0; i < tree->n_areas; i++)
		if (tree->areas[i].level != AREA_WARD &&
		    viewer_sees_area(&a->rq->viewer, tree->areas[i].code, api_city(a)))
			codes[n++] = tree->areas[i].code;
	near = config_nearest(text, codes, n);
	free(codes);
	(void)api_refuse(a, name, near);
	return err_set(err, ERR_MISSING, "no area '%.64s'%s%s%s", text,
		       near == NULL ? ": /api/v1/areas lists them" : "; did you mean '",
		       near == NULL ? "" : near, near == NULL ? "" : "'?");
}

enum err_code api_read_area(struct api *a, const char *name, const char *text, int *out,
			    struct err *err)
{
	const struct area_tree *tree = a->web->reading.areas;
	const struct viewer *v = &a->rq->viewer;

	if (text == NULL)
		text = v->role == ROLE_DISTRICT ? v->area : api_city(a);
	*out = area_find(tree, text);
	if (*out < 0)
		return api_no_area(a, name, text, err);
	(void)api_refuse(a, name, NULL);
	if (tree->areas[*out].level == AREA_WARD)
		return err_set(err, ERR_MALFORMED,
			       "'%s' is a ward: ask for its district '%s' with breakdown=ward",
			       text, tree->areas[tree->areas[*out].parent].code);
	if (!viewer_sees_area(v, text, api_city(a)))
		return err_set(err, ERR_DENIED,
			       "figures of %s are not shown to this account: ask for your own "
			       "district or the city",
			       tree->areas[*out].name);
	a->parameter = NULL;
	return ERR_OK;
}

enum err_code api_read_period(struct api *a, const char *name, const char *text,
			      enum period_kind kind, struct period *out, struct err *err)
{
	static const char *const examples[] = { "", "2026-W47", "2026-10", "2026-27-Q2",
						"2026-27" };
	struct period p;

	if (text == NULL)
		return ERR_OK;
	if (period_parse(text, &p, err) != ERR_OK) {
		err_wrap(err, "%s", name);
		return api_refuse(a, name, NULL);
	}
	if (kind != 0 && p.kind != kind) {
		(void)err_set(err, ERR_MALFORMED, "%s is '%.64s': it is a %s, as %s", name, text,
			      period_kind_name(kind), examples[kind]);
		return api_refuse(a, name, NULL);
	}
	*out = p;
	return ERR_OK;
}

enum err_code api_read_known_on(struct api *a, int64_t *out, struct err *err)
{
	const char *text = request_query(a->rq, "known-on");
	struct view view = { .known_on = INT32_MIN };

	*out = 0;
	if (text == NULL)
		return ERR_OK;
	if (date_parse_iso(text, &view.known_on, err) != ERR_OK) {
		err_wrap(err, "known-on");
		return api_refuse(a, "known-on", NULL);
	}
	*out = view_known_on_us(&view);
	return ERR_OK;
}

enum err_code api_read_breakdown(struct api *a, const struct measure *m, const char **out,
				 struct err *err)
{
	const char *text = request_query(a->rq, "breakdown");
	const char *names[MEASURE_DIMENSIONS_MAX];
	struct rollup_terms terms;
	char all[512] = "none";
	const char *near;
	int n = 0;
	enum err_code code = rollup_terms_find(a->web->reading.measures, m, &terms, err);

	*out = NULL;
	if (code != ERR_OK || text == NULL)
		return code;
	for (int i = 0; i < terms.parts[0]->n_dimensions; i++) {
		const char *name = terms.parts[0]->dimensions[i];
		size_t len = n == 0 ? 0 : strlen(all);

		if (!rollup_terms_have(&terms, name))
			continue;
		names[n++] = name;
		(void)snprintf(all + len, sizeof all - len, "%s%s", len == 0 ? "" : ", ", name);
		if (strcmp(name, text) == 0)
			*out = name;
	}
	if (*out != NULL)
		return ERR_OK;
	near = n == 0 ? NULL : config_nearest(text, names, n);
	(void)err_set(err, ERR_MALFORMED, "%s has no breakdown by '%.64s'; it has %s", m->code,
		      text, all);
	return api_refuse(a, "breakdown", near);
}
