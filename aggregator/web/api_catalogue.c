/* What there is to ask for: the index, measures, areas, downloads. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/rollup_value.h"
#include "aggregator/web/api.h"
#include "aggregator/web/routes.h"

static const char *const no_parameters[] = { NULL };

/* ---- index */

static enum err_code index_fill(struct api *a, struct err *err)
{
	static const char *const addresses[] = { "measures",  "areas",        "figures",
						 "received",  "signals",      "agents",
						 "downloads", "openapi.yaml", NULL };
	json_t *links = json_object();

	(void)err;
	for (int i = 0; addresses[i] != NULL; i++) {
		char href[64];

		(void)snprintf(href, sizeof href, "/api/v1/%s", addresses[i]);
		if (json_object_set_new(links, addresses[i], json_string(href)) != 0)
			a->no_memory = true;
	}
	api_top(a, "program_version", json_string(PROGRAM_VERSION));
	api_top(a, "area", api_text(api_city(a)));
	api_top(a, "data_as_at", api_instant(figures_newest_us(a->web->figures)));
	api_top(a, "links", links);
	return ERR_OK;
}

static const struct api_question index_question = { no_parameters, NULL, NULL, API_STORE,
						    index_fill };

/* ---- measures */

static const char *polarity_name(enum measure_polarity polarity)
{
	switch (polarity) {
	case MEASURE_LOW_IS_GOOD:
		return "low-is-good";
	case MEASURE_HIGH_IS_GOOD:
		return "high-is-good";
	case MEASURE_NEUTRAL:
		return "neutral";
	}
	return "neutral";
}

static json_t *measure_breakdowns(const struct api *a, const struct measure *m)
{
	struct rollup_terms terms;
	json_t *list = json_array();

	if (rollup_terms_find(a->web->reading.measures, m, &terms, NULL) != ERR_OK)
		return list;
	for (int i = 0; i < terms.parts[0]->n_dimensions; i++)
		if (rollup_terms_have(&terms, terms.parts[0]->dimensions[i]))
			(void)json_array_append_new(list,
						    json_string(terms.parts[0]->dimensions[i]));
	return list;
}

/* The shortest periods in which it can be asked for. */
static json_t *measure_periods(const struct api *a, const struct measure *m)
{
	struct rollup_terms terms;
	json_t *list = json_array();
	int weeks = 1;

	if (rollup_terms_find(a->web->reading.measures, m, &terms, NULL) != ERR_OK)
		return list;
	for (int k = 0; k < terms.n_parts; k++)
		weeks = weeks && terms.parts[k]->weeks;
	for (int kind = weeks ? PERIOD_WEEK : PERIOD_MONTH; kind <= PERIOD_YEAR; kind++)
		(void)json_array_append_new(list,
					    json_string(period_kind_name((enum period_kind)kind)));
	return list;
}

static json_t *measure_item(const struct api *a, const struct measure *m)
{
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:b}",
			 "code", m->code, "title", m->title, "theme", m->theme, "kind",
			 measure_kind_name(m->kind), "unit", measure_unit_name(m->unit), "polarity",
			 polarity_name(m->polarity), "definition", m->definition, "source",
			 api_text(m->source), "limits", api_text(m->limits), "by",
			 measure_periods(a, m), "breakdowns", measure_breakdowns(a, m), "part_of",
			 api_text(m->part_of), "numerator", api_text(m->numerator), "denominator",
			 api_text(m->denominator), "statutory_limit_days",
			 m->statutory_limit_days == 0 ? json_null()
						      : json_integer(m->statutory_limit_days),
			 "annualised", m->annualised);
}

static const char *const measures_parameters[] = { "theme", NULL };
static const char *const measure_columns[] = {
	"code",   "title",      "theme",   "kind",       "unit",        "polarity",
	"by",     "breakdowns", "part_of", "numerator",  "denominator", "statutory_limit_days",
	"source", "definition", "limits",  "annualised", NULL,
};

static enum err_code measures_fill(struct api *a, struct err *err)
{
	const struct measure_set *set = a->web->reading.measures;
	const char *theme = request_query(a->rq, "theme");
	size_t n = 0;
	size_t at = 0;

	for (int i = 0; i < set->n_measures; i++)
		n += theme == NULL || strcmp(set->measures[i].theme, theme) == 0;
	if (n == 0 && theme != NULL) {
		a->parameter = "theme";
		return err_set(err, ERR_MALFORMED,
			       "no measure has theme '%.64s': /api/v1/measures shows the themes",
			       theme);
	}
	api_page(a, n);
	for (int i = 0; i < set->n_measures; i++) {
		if (theme != NULL && strcmp(set->measures[i].theme, theme) != 0)
			continue;
		if (at >= a->first && at < a->end)
			api_add(a, measure_item(a, &set->measures[i]));
		at++;
	}
	return ERR_OK;
}

static const struct api_question measures_question = { measures_parameters, measure_columns,
						       "measures", API_PROGRAM, measures_fill };

static enum err_code measure_fill(struct api *a, struct err *err)
{
	const struct measure *m;
	enum err_code code = api_read_measure(a, "measure", a->rq->part[0], &m, err);

	if (code == ERR_OK)
		api_top(a, "measure", measure_item(a, m));
	return code;
}

static const struct api_question measure_question = { no_parameters, NULL, NULL, API_PROGRAM,
						      measure_fill };

/* ---- areas */

static const char *const area_columns[] = { "code",     "name",     "level",
					    "parent",   "gss_code", "valid_from",
					    "valid_to", "reports",  NULL };

static const char *area_level_word(enum area_level level)
{
	static const char *const words[] = { "",          "country",  "region",
					     "authority", "district", "ward" };

	return words[level];
}

static int area_is_shown(const struct api *a, const struct area *area)
{
	const struct area_tree *tree = a->web->reading.areas;
	const struct area *place = area;

	if (area->level == AREA_WARD && area->parent >= 0)
		place = &tree->areas[area->parent];
	return viewer_sees_area(&a->rq->viewer, place->code, api_city(a));
}

static json_t *area_item(const struct api *a, const struct area *area)
{
	const struct area_tree *tree = a->web->reading.areas;

	return json_pack(
		"{s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:b}", "code", area->code, "name", area->name,
		"level", area_level_word(area->level), "parent",
		area->parent < 0 ? json_null() : json_string(tree->areas[area->parent].code),
		"gss_code", api_text(area->gss_code), "valid_from", api_date(area->valid_from),
		"valid_to", api_date(area->valid_to == INT32_MAX ? INT32_MIN : area->valid_to),
		"reports", area->reports);
}

static const char *const areas_parameters[] = { "level", NULL };

static enum err_code areas_fill(struct api *a, struct err *err)
{
	static const char *const levels[] = { "country",  "region", "authority",
					      "district", "ward",   NULL };
	const struct area_tree *tree = a->web->reading.areas;
	size_t n = 0;
	size_t at = 0;
	int level;
	enum err_code code = api_read_word(a, "level", levels, NULL, &level, err);

	if (code != ERR_OK)
		return code;
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < tree->n_areas; i++) {
			const struct area *area = &tree->areas[i];

			if (!area_is_shown(a, area) ||
			    (level >= 0 && (int)area->level != level + AREA_COUNTRY))
				continue;
			n += pass == 0;
			if (pass == 1 && at >= a->first && at < a->end)
				api_add(a, area_item(a, area));
			at += pass == 1;
		}
		if (pass == 0)
			api_page(a, n);
	}
	return ERR_OK;
}

static const struct api_question areas_question = { areas_parameters, area_columns, "areas",
						    API_PROGRAM, areas_fill };

/* ---- downloads: every measure as one CSV file for each kind of period */

static const char *const download_columns[] = {
	"title", "measure", "by", "media_type", "href", NULL
};

static json_t *download_item(const struct api *a, const struct measure *m, const char *by)
{
	char href[256];

	(void)snprintf(href, sizeof href,
		       "/api/v1/figures?measure=%s&area=%s&by=%s&districts=1&format=csv", m->code,
		       a->rq->viewer.role == ROLE_DISTRICT ? a->rq->viewer.area : api_city(a), by);
	return json_pack("{s:s,s:s,s:s,s:s,s:s}", "title", m->title, "measure", m->code, "by", by,
			 "media_type", "text/csv", "href", href);
}

static enum err_code downloads_fill(struct api *a, struct err *err)
{
	const struct measure_set *set = a->web->reading.measures;
	size_t n = 0;
	size_t at = 0;

	(void)err;
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < set->n_measures; i++) {
			json_t *periods = measure_periods(a, &set->measures[i]);

			for (size_t k = 0; k < json_array_size(periods); k++) {
				const char *by = json_string_value(json_array_get(periods, k));

				n += pass == 0;
				if (pass == 1 && at >= a->first && at < a->end)
					api_add(a, download_item(a, &set->measures[i], by));
				at += pass == 1;
			}
			json_decref(periods);
		}
		if (pass == 0)
			api_page(a, n);
	}
	return ERR_OK;
}

static const struct api_question downloads_question = { no_parameters, download_columns,
							"downloads", API_PROGRAM, downloads_fill };

/* ---- addresses */

static enum err_code api_index(struct web *web, const struct request *rq, struct response *rs,
			       struct err *err)
{
	return api_answer(web, rq, rs, err, &index_question);
}

static enum err_code api_measures(struct web *web, const struct request *rq, struct response *rs,
				  struct err *err)
{
	return api_answer(web, rq, rs, err, &measures_question);
}

static enum err_code api_measure(struct web *web, const struct request *rq, struct response *rs,
				 struct err *err)
{
	return api_answer(web, rq, rs, err, &measure_question);
}

static enum err_code api_areas(struct web *web, const struct request *rq, struct response *rs,
			       struct err *err)
{
	return api_answer(web, rq, rs, err, &areas_question);
}

static enum err_code api_downloads(struct web *web, const struct request *rq, struct response *rs,
				   struct err *err)
{
	return api_answer(web, rq, rs, err, &downloads_question);
}

const struct route api_catalogue_routes[] = {
	{ REQUEST_GET, "/api/v1", ROLES_READERS, ROUTE_API, api_index },
	{ REQUEST_GET, "/api/v1/measures", ROLES_READERS, ROUTE_API, api_measures },
	{ REQUEST_GET, "/api/v1/measures/{measure}", ROLES_READERS, ROUTE_API, api_measure },
	{ REQUEST_GET, "/api/v1/areas", ROLES_READERS, ROUTE_API, api_areas },
	{ REQUEST_GET, "/api/v1/downloads", ROLES_READERS, ROUTE_API, api_downloads },
	{ 0, NULL, 0, 0, NULL },
};
