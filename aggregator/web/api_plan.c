/* The improvement plan: what was agreed, beside what is. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/api.h"
#include "aggregator/web/plan_look.h"
#include "aggregator/web/routes.h"

static const char *const plan_parameters[] = { "period", "known-on", NULL };
static const char *const plan_columns[] = {
	"target",     "measure",     "area", "direction", "baseline_period",
	"baseline",   "next_period", "next", "owner",     "status",
	"now_period", "now",         "due",  "says",      NULL,
};

static json_t *plan_milestones(const struct plan_target *t)
{
	json_t *list = json_array();

	for (int i = 0; i < t->n_milestones; i++)
		(void)json_array_append_new(
			list, json_pack("{s:o,s:o}", "period", api_period(t->milestones[i].period),
					"value", api_scaled(t->milestones[i].tenths, 10)));
	return list;
}

/* A baseline that the viewer may not see is null, as is what is not known. */
static json_t *plan_item(const struct plan_look *look)
{
	const struct plan_target *t = &look->target;
	const struct plan_point *next = plan_next(t, period_next(look->period, 1));
	char says[PLAN_SENTENCE_BYTES];

	return json_pack(
		"{s:I,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:s,s:s,s:s,s:o,s:o,s:o,s:s,s:i}", "target",
		(json_int_t)t->id, "measure", t->measure, "area", t->area, "direction",
		plan_aim_name(t->aim), "baseline_period", api_period(t->baseline.period),
		"baseline", t->baseline_hidden ? json_null() : api_scaled(t->baseline.tenths, 10),
		"milestones", plan_milestones(t), "next_period",
		next == NULL ? json_null() : api_period(next->period), "next",
		next == NULL ? json_null() : api_scaled(next->tenths, 10), "owner", t->owner,
		"rationale", t->rationale, "status", plan_status_name(look->status), "now_period",
		look->now == NULL ? json_null() : api_period(look->now->period), "now",
		look->now == NULL ? json_null() : api_scaled(look->now->figure->cell.tenths, 10),
		"due", look->has_due ? api_scaled(look->due_tenths, 10) : json_null(), "says",
		plan_say_why(look, says), "revision", t->revision);
}

static enum err_code plan_fill(struct api *a, struct err *err)
{
	struct plan_looks looks = { .looks = NULL };
	struct period period;
	struct view view;
	int64_t known_on_us;
	enum err_code code = api_read_period(a, "period", request_query(a->rq, "period"),
					     PERIOD_MONTH, &period, err);

	if (code == ERR_OK)
		code = api_read_known_on(a, &known_on_us, err);
	if (code == ERR_OK)
		code = view_read(a->web, a->rq, &view, err);
	if (code == ERR_OK)
		code = plan_look_all(a->web, a->rq, &view, &looks, err);
	if (code == ERR_OK) {
		api_page(a, looks.n);
		api_top(a, "period", api_period(view.period));
		for (size_t i = a->first; i < a->end; i++)
			api_add(a, plan_item(&looks.looks[i]));
	}
	plan_looks_clear(&looks);
	return code;
}

static const struct api_question plan_question = { plan_parameters, plan_columns, "plan", API_PLAN,
						   plan_fill };

static enum err_code api_plan(struct web *web, const struct request *rq, struct response *rs,
			      struct err *err)
{
	return api_answer(web, rq, rs, err, &plan_question);
}

const struct route api_plan_routes[] = {
	{ REQUEST_GET, "/api/v1/plan", ROLES_READERS, ROUTE_API, api_plan },
	{ 0, NULL, 0, 0, NULL },
};
