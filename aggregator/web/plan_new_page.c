/* "/plan/new": first which measure and area, then the target, its baseline out of the store. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/figures.h"
#include "aggregator/web/layout.h"
#include "aggregator/web/plan_form.h"
#include "aggregator/web/routes.h"
#include "aggregator/web/signin_work.h"

#define CENTRAL ROLE_BIT(ROLE_CENTRAL)
#define HINT_BYTES 200
#define LOOK_BACK 12 /* periods in which a final figure for the baseline is looked for */
#define YEARS 3

static const struct layout new_layout = { .title = "Add a target",
					  .section = LAYOUT_PLAN,
					  .path = "/plan/new" };

/* ---- which measure and area */

/* Owned by the caller; NULL when memory ran out. */
static struct form_option *new_measures(const struct measure_set *set)
{
	struct form_option *options = calloc((size_t)set->n_measures + 1, sizeof *options);

	for (int i = 0; options != NULL && i < set->n_measures; i++)
		options[i] =
			(struct form_option){ set->measures[i].code, set->measures[i].title, NULL };
	return options;
}

static struct form_option *new_areas(const struct web *web)
{
	const struct area_tree *tree = web->reading.areas;
	int city = area_find(tree, web->reading.config->area);
	struct form_option *options = calloc((size_t)tree->n_areas + 1, sizeof *options);
	int n = 0;

	for (int i = 0; options != NULL && i < tree->n_areas; i++)
		if (area_within(tree, i, city) && tree->areas[i].level <= AREA_DISTRICT)
			options[n++] = (struct form_option){ tree->areas[i].code,
							     tree->areas[i].name, NULL };
	return options;
}

static enum err_code new_choose(struct web *web, const struct request *rq, struct response *rs,
				const struct form_errors *errors, struct err *err)
{
	struct form_option *measures = new_measures(web->reading.measures);
	struct form_option *areas = new_areas(web);
	const char *measure = request_query(rq, "measure");
	const char *area = request_query(rq, "area");
	struct html *h = &rs->body;

	if (measures != NULL && areas != NULL) {
		layout_begin(web, rq, h, &new_layout);
		form_error_summary(h, errors);
		html_raw(h, "<form action=\"/plan/new\" method=\"get\">\n");
		form_select(h, errors, "measure", "Measure", NULL, measures,
			    measure == NULL ? "" : measure);
		form_select(h, errors, "area", "Area", NULL, areas,
			    area == NULL ? web->reading.config->area : area);
		form_end(h, "Continue", "");
		layout_end(web, rq, h, &new_layout);
	}
	free(measures);
	free(areas);
	return h->len == 0 ? err_set(err, ERR_NOMEM, "plan: out of memory") : ERR_OK;
}

/* ---- the target */

/* The newest final figure becomes the baseline, with milestones at the end of each of three years.
 */
static enum err_code new_prefill(struct web *web, const struct request *rq, const struct view *view,
				 struct plan_target *t, char hint[HINT_BYTES], struct err *err)
{
	struct period to = period_of(PERIOD_MONTH, period_end(view->period));
	struct rollup_query query = { .measure = t->measure,
				      .area = t->area,
				      .by = PERIOD_MONTH,
				      .from = period_next(to, 1 - LOOK_BACK),
				      .to = to };
	const struct measure *m = measures_find(web->reading.measures, t->measure);
	const struct figure_set *set;
	char period[VIEW_PERIOD_BYTES];
	enum err_code code = figures_get(web->figures, &rq->viewer, &query, &set, err);

	if (code != ERR_OK)
		return code;
	(void)snprintf(hint, HINT_BYTES, "No final figure was found in the last %d months",
		       LOOK_BACK);
	for (size_t i = 0; i < set->n; i++) {
		const struct rollup_cell *c = &set->figures[i].cell;

		if (strcmp(c->area, t->area) != 0 || c->status != ROLLUP_FINAL || !c->has_value)
			continue;
		t->baseline = (struct plan_point){ c->period, c->tenths };
		(void)snprintf(hint, HINT_BYTES, "The newest final figure, of %s%s",
			       view_period_label(c->period, period), figure_unit(m));
	}
	if (t->baseline.period.kind == 0)
		return ERR_OK;
	for (t->n_milestones = 0; t->n_milestones < YEARS; t->n_milestones++)
		t->milestones[t->n_milestones].period =
			period_next(t->baseline.period, 12 * (t->n_milestones + 1));
	t->aim = m->polarity == MEASURE_LOW_IS_GOOD    ? PLAN_LOWER
		 : m->polarity == MEASURE_HIGH_IS_GOOD ? PLAN_HIGHER
						       : 0;
	return ERR_OK;
}

static void new_write(struct web *web, const struct request *rq, struct response *rs,
		      struct plan_form *f, const char *hint)
{
	const struct measure *m = measures_find(web->reading.measures, f->target.measure);
	int area = area_find(web->reading.areas, f->target.area);
	struct html *h = &rs->body;

	layout_begin(web, rq, h, &new_layout);
	form_error_summary(h, &f->errors);
	html_put(
		h,
		"<dl class=\"drs-meta\"><dt>Measure</dt><dd>%s</dd><dt>Area</dt><dd>%s</dd></dl>\n"
		"<p class=\"govuk-body\"><a class=\"govuk-link\" href=\"/plan/new\">Choose another "
		"measure or area</a></p>\n",
		m == NULL ? f->target.measure : m->title,
		area < 0 ? f->target.area : web->reading.areas->areas[area].name);
	plan_form_write(f, web, h, &rq->viewer, "/plan/new", hint);
	layout_end(web, rq, h, &new_layout);
}

static enum err_code new_get(struct web *web, const struct request *rq, struct response *rs,
			     struct err *err)
{
	const char *measure = request_query(rq, "measure"), *area = request_query(rq, "area");
	struct form_errors errors = { .n = 0 };
	struct plan_target t = { .id = 0 };
	struct plan_form *f;
	struct view view;
	const char *field = "";
	char hint[HINT_BYTES];
	enum err_code code;

	if (measure == NULL || measure[0] == '\0')
		return new_choose(web, rq, rs, &errors, err);
	(void)snprintf(t.measure, sizeof t.measure, "%s", measure);
	(void)snprintf(t.area, sizeof t.area, "%s",
		       area == NULL || area[0] == '\0' ? web->reading.config->area : area);
	code = plan_check_subject(&t, web->reading.measures, web->reading.areas, &field, err);
	if (code == ERR_MALFORMED) {
		form_error(&errors, field, err->text);
		rs->status = 400;
		return new_choose(web, rq, rs, &errors, err);
	}
	f = calloc(1, sizeof *f);
	if (f == NULL)
		return err_set(err, ERR_NOMEM, "plan: out of memory");
	code = view_read(web, rq, &view, err);
	if (code == ERR_OK)
		code = new_prefill(web, rq, &view, &t, hint, err);
	if (code == ERR_OK) {
		plan_form_fill(f, &t);
		for (int i = 0; i < t.n_milestones; i++)
			f->value[i][0] = '\0'; /* what is to be reached is the team's to say */
		new_write(web, rq, rs, f, hint);
	}
	free(f);
	return code;
}

static enum err_code new_add(struct web *web, const struct request *rq, struct response *rs,
			     struct plan_form *f, struct err *err)
{
	char path[48];
	int64_t id = 0;
	enum err_code code = ERR_OK;

	plan_form_read(f, web, rq);
	if (f->errors.n == 0) {
		code = plan_add(web->office, &rq->viewer, rq->peer, &f->target, &id, err);
		if (code == ERR_OK) {
			(void)snprintf(path, sizeof path, "/plan/%" PRId64 "?done=1", id);
			return response_redirect(rs, path, err);
		}
		if (code != ERR_MALFORMED)
			return code;
		form_error(&f->errors, "", err->text);
	}
	rs->status = 400;
	new_write(web, rq, rs, f, NULL);
	return ERR_OK;
}

static enum err_code new_post(struct web *web, const struct request *rq, struct response *rs,
			      struct err *err)
{
	struct plan_form *f = calloc(1, sizeof *f);
	enum err_code code = f == NULL ? err_set(err, ERR_NOMEM, "plan: out of memory")
				       : signin_is_person(rq, err);

	if (code == ERR_OK) {
		(void)snprintf(f->target.measure, sizeof f->target.measure, "%s",
			       form_value(rq, "measure"));
		(void)snprintf(f->target.area, sizeof f->target.area, "%s", form_value(rq, "area"));
		code = new_add(web, rq, rs, f, err);
	}
	free(f);
	return code;
}

const struct route plan_new_routes[] = {
	{ REQUEST_GET, "/plan/new", CENTRAL, ROUTE_PAGE, new_get },
	{ REQUEST_POST, "/plan/new", CENTRAL, ROUTE_PAGE, new_post },
	{ 0 },
};
