/* The improvement plan, "/plan": what was agreed beside what is, and the same as "/plan.csv". */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/export.h"
#include "aggregator/web/layout.h"
#include "aggregator/web/plan_pack.h"
#include "aggregator/web/protect.h"
#include "aggregator/web/routes.h"

#define FILTERS (LAYOUT_FILTER_PERIOD | LAYOUT_FILTER_KNOWN_ON)

struct plan_page {
	struct web *web;
	const struct request *rq;
	struct html *h;
	struct view view;
	struct plan_looks looks;
};

static void plan_write_link(const struct plan_page *p, const char *path, const char *words)
{
	html_raw(p->h, "<li><a class=\"govuk-link\" href=\"");
	view_link(p->h, p->web, &p->view, path, NULL);
	html_put(p->h, "\">%s</a></li>", words);
}

static void plan_write_actions(const struct plan_page *p)
{
	html_raw(p->h, "<ul class=\"drs-chart__actions drs-plan__actions\">");
	if (viewer_may_note(&p->rq->viewer))
		plan_write_link(p, "/plan/new", "Add a target");
	plan_write_link(p, "/plan/pack", "Monthly pack");
	plan_write_link(p, "/plan.csv", "Download this plan (CSV)");
	plan_write_link(p, "/annotations", "Notes on charts");
	html_raw(p->h, "</ul>\n");
}

static void plan_write_empty(const struct plan_page *p)
{
	html_raw(p->h, "<div class=\"drs-empty\"><p>No target is in force, so there is nothing to "
		       "compare the figures with.</p>");
	if (viewer_may_note(&p->rq->viewer))
		html_raw(p->h,
			 "<p><a class=\"govuk-link\" href=\"/plan/new\">Add the first target</a>, "
			 "or import a whole plan with “district-aggregator plan import”.</p>");
	else
		html_raw(p->h, "<p>The central team sets targets.</p>");
	html_raw(p->h, "</div>\n");
}

static void plan_write_body(const struct plan_page *p)
{
	char text[PLAN_SENTENCE_BYTES];

	if (p->looks.n == 0) {
		plan_write_empty(p);
		return;
	}
	html_put(p->h, "<p class=\"drs-plan__summary\">%s.</p>\n",
		 plan_say_summary(&p->looks, text));
	plan_write_actions(p);
	plan_write_table(p->web, &p->view, p->h, &p->looks, 1);
	plan_write_note(p->h, &p->looks);
	plan_write_themes(p->web, &p->view, p->h, &p->looks, 1);
}

static enum err_code plan_get(struct web *web, const struct request *rq, struct response *rs,
			      struct err *err)
{
	struct plan_page p = { .web = web, .rq = rq, .h = &rs->body };
	struct layout layout = { .title = "Improvement plan",
				 .section = LAYOUT_PLAN,
				 .view = &p.view,
				 .filters = FILTERS,
				 .path = "/plan",
				 .wide = 1 };
	enum err_code code = view_read(web, rq, &p.view, err);

	if (code == ERR_OK)
		code = plan_look_all(web, rq, &p.view, &p.looks, err);
	if (code == ERR_OK) {
		layout_begin(web, rq, p.h, &layout);
		plan_write_body(&p);
		layout_end(web, rq, p.h, &layout);
	}
	plan_looks_clear(&p.looks);
	return code;
}

/* ---- as a file: a line for each point of the trajectory that was agreed */

static const char *const plan_columns[] = { "target",    "measure",  "title",      "area",
					    "direction", "point",    "period",     "value>",
					    "owner",     "status",   "now_period", "now>",
					    "due_now>",  "revision>" };

static void plan_export_point(struct export *e, const struct plan_look *look, const char *point,
			      const struct plan_point *p)
{
	const struct plan_target *t = &look->target;
	int hidden = p == &t->baseline && t->baseline_hidden;
	char period[PERIOD_TEXT_BYTES], value[PLAN_VALUE_BYTES];

	out_int(e->out, t->id);
	out_text(e->out, t->measure);
	export_text(e, look->measure->title);
	export_text(e, t->area);
	out_text(e->out, plan_aim_name(t->aim));
	out_text(e->out, point);
	out_text(e->out, period_format(p->period, period));
	out_text(e->out, hidden ? "c" : plan_value(look->measure, p->tenths, value));
	export_text(e, t->owner);
	out_text(e->out, plan_status_name(look->status));
	out_text(e->out, look->now == NULL ? NULL : period_format(look->now->period, period));
	if (look->now == NULL)
		out_text(e->out, NULL);
	else
		out_real(e->out, (double)look->now->figure->cell.tenths / 10, 1);
	out_text(e->out, look->has_due ? plan_value(look->measure, look->due_tenths, value) : NULL);
	out_int(e->out, t->revision);
}

static enum err_code plan_csv(struct web *web, const struct request *rq, struct response *rs,
			      struct err *err)
{
	struct plan_looks looks = { .looks = NULL };
	struct view view;
	struct export e;
	enum err_code code = view_read(web, rq, &view, err);

	if (code == ERR_OK)
		code = plan_look_all(web, rq, &view, &looks, err);
	if (code == ERR_OK)
		code = export_begin(&e, plan_columns, 14, err);
	if (code == ERR_OK) {
		for (size_t i = 0; i < looks.n; i++) {
			const struct plan_look *look = &looks.looks[i];

			plan_export_point(&e, look, "baseline", &look->target.baseline);
			for (int k = 0; k < look->target.n_milestones; k++)
				plan_export_point(&e, look, "milestone",
						  &look->target.milestones[k]);
		}
		code = export_end(&e, rs, "plan.csv", err);
	}
	plan_looks_clear(&looks);
	return code;
}

const struct route plan_routes[] = {
	{ REQUEST_GET, "/plan", ROLES_READERS, ROUTE_PAGE, plan_get },
	{ REQUEST_GET, "/plan.csv", ROLES_READERS, ROUTE_PAGE, plan_csv },
	{ 0 },
};
