/* One target, "/plan/{id}": how it stands, what was agreed when, and the forms that change it;
 * "/plan/new" adds one. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/layout.h"
#include "aggregator/web/plan_form.h"
#include "aggregator/web/plan_pack.h"
#include "aggregator/web/protect.h"
#include "aggregator/web/routes.h"
#include "aggregator/web/signin_work.h"

#define CENTRAL ROLE_BIT(ROLE_CENTRAL)
#define PATH_BYTES 48
#define HINT_BYTES 200

struct target_page {
	struct web *web;
	const struct request *rq;
	struct html *h;
	struct view view;
	struct plan_look look;
	struct plan_list history;
	struct plan_form form;
	struct form_errors retire;
};

/* ---- how it stands */

static void target_write_state(const struct target_page *p)
{
	const struct plan_look *look = &p->look;
	char text[PLAN_SENTENCE_BYTES], value[PLAN_VALUE_BYTES], now[FIGURE_TEXT_BYTES];
	char period[VIEW_PERIOD_BYTES];

	html_raw(p->h, "<dl class=\"drs-meta\"><dt>Status</dt><dd>");
	plan_write_status(p->h, look->status);
	html_put(p->h, ". %s.</dd>", plan_say_why(look, text));
	if (look->now != NULL) {
		html_put(p->h, "<dt>Now</dt><dd><strong>%s</strong> in %s",
			 figure_text(look->measure, look->now->figure, now),
			 view_period_label(look->now->period, period));
		if (look->has_due)
			html_put(p->h, "; %s was due",
				 plan_value_text(look->measure, look->due_tenths, value));
		if (!isnan(look->evidence.low))
			html_put(p->h, "; chance alone makes %.1f to %.1f likely",
				 fmax(look->evidence.low, 0), look->evidence.high);
		html_raw(p->h, "</dd>");
	}
	html_put(p->h, "<dt>Agreed</dt><dd>%s: %s is aimed at</dd>",
		 plan_say_course(look->measure, &look->target, text),
		 look->target.aim == PLAN_LOWER ? "a lower value" : "a higher value");
	html_put(p->h, "<dt>Next milestone</dt><dd>%s</dd><dt>Owner</dt><dd>%s</dd>",
		 plan_say_next(look, text), look->target.owner);
	if (look->target.rationale[0] != '\0')
		html_put(p->h, "<dt>Why this target</dt><dd>%s</dd>", look->target.rationale);
	html_raw(p->h, "</dl>\n");
}

/* Each period since the baseline: what is, what was due. Newest first. */
static void target_write_table(const struct target_page *p)
{
	const struct plan_look *look = &p->look;
	char period[VIEW_PERIOD_BYTES], value[PLAN_VALUE_BYTES], text[FIGURE_TEXT_BYTES];

	layout_details_begin(p->h, "Show as table");
	html_put(
		p->h,
		"<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" aria-label=\"Figures "
		"and trajectory\"><table class=\"drs-table\"><caption>%s, %s</caption><thead><tr>"
		"<th scope=\"col\">Period</th><th scope=\"col\" class=\"drs-table__number\">Value"
		"</th><th scope=\"col\" class=\"drs-table__number\">Due</th></tr></thead><tbody>\n",
		look->title, look->area->name);
	for (size_t i = look->trend.n; i-- > 0;) {
		const struct trend_point *point = &look->trend.points[i];
		int later = point->period.start > look->period.start;
		int64_t due;

		html_put(p->h,
			 "<tr><th scope=\"row\">%s</th><td class=\"drs-table__number\">%s</td>"
			 "<td class=\"drs-table__number\">%s</td></tr>\n",
			 view_period_label(point->period, period),
			 point->figure != NULL ? figure_text(look->measure, point->figure, text)
			 : later               ? ""
					       : "no data",
			 plan_at(&look->target, point->period, &due)
				 ? plan_value_text(look->measure, due, value)
				 : "");
	}
	html_raw(p->h, "</tbody></table></div>\n");
	layout_details_end(p->h);
}

static void target_write_chart(const struct target_page *p)
{
	char path[96];

	html_raw(p->h, "<figure class=\"drs-chart\"><figcaption><h2 class=\"drs-chart__title\">"
		       "Figures and trajectory</h2></figcaption>\n");
	plan_write_chart(p->h, &p->look, "trajectory");
	target_write_table(p);
	html_raw(p->h, "<p class=\"drs-chart__source\">Source: the districts' signed reports; the "
		       "plan as agreed.</p><ul class=\"drs-chart__actions\"><li>"
		       "<a class=\"govuk-link\" href=\"");
	(void)snprintf(path, sizeof path, "/measures/%s", p->look.measure->code);
	view_link(p->h, p->web, &p->view, path, "area", p->look.area->code, NULL);
	html_raw(p->h, "\">All about this measure</a></li><li><a class=\"govuk-link\" "
		       "href=\"/plan.csv\">Download the plan (CSV)</a></li></ul></figure>\n");
	if (!viewer_sees_exact(&p->rq->viewer, p->look.area->code))
		html_put(p->h, "<p class=\"drs-note\">%s</p>\n", protect_note);
}

/* ---- what was agreed when */

static void target_write_revision(const struct target_page *p, const struct plan_target *t)
{
	char when[VIEW_PERIOD_BYTES], value[PLAN_VALUE_BYTES], period[VIEW_PERIOD_BYTES];
	int hidden = !viewer_sees_exact(&p->rq->viewer, t->area);

	html_put(p->h, "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td><td>",
		 view_instant_label(t->made_us, when), t->who,
		 t->reason[0] != '\0' ? t->reason
		 : t->revision == 1   ? "First agreed"
				      : "");
	if (t->retired) {
		html_raw(p->h, "Retired</td></tr>\n");
		return;
	}
	if (!hidden)
		html_put(p->h, "%s in %s; ",
			 plan_value_text(p->look.measure, t->baseline.tenths, value),
			 view_period_label(t->baseline.period, period));
	for (int i = 0; i < t->n_milestones; i++)
		html_put(p->h, "%s%s by %s", i > 0 ? ", " : "",
			 plan_value_text(p->look.measure, t->milestones[i].tenths, value),
			 view_period_label(t->milestones[i].period, period));
	html_put(p->h, "; owner %s</td></tr>\n", t->owner);
}

static void target_write_history(const struct target_page *p)
{
	html_raw(p->h, "<h2 class=\"govuk-heading-m\">History</h2>\n<div class=\"drs-scroller\" "
		       "tabindex=\"0\" role=\"region\" aria-label=\"History\">"
		       "<table class=\"drs-table\"><caption class=\"govuk-visually-hidden\">"
		       "Revisions of the target, newest first</caption><thead><tr>"
		       "<th scope=\"col\">When</th><th scope=\"col\">Who</th>"
		       "<th scope=\"col\">Why</th><th scope=\"col\">Agreed</th></tr></thead>"
		       "<tbody>\n");
	for (size_t i = 0; i < p->history.n; i++)
		target_write_revision(p, &p->history.targets[i]);
	html_raw(p->h, "</tbody></table></div>\n");
}

/* ---- the page */

static void target_write_forms(struct target_page *p)
{
	char path[PATH_BYTES];

	if (!viewer_may_note(&p->rq->viewer) || p->look.target.retired)
		return;
	(void)snprintf(path, sizeof path, "/plan/%" PRId64, p->look.target.id);
	html_raw(p->h, "<section class=\"drs-no-print\"><h2 class=\"govuk-heading-m\">Change this "
		       "target</h2>\n");
	plan_form_write(&p->form, p->web, p->h, &p->rq->viewer, path, NULL);
	html_raw(p->h, "<h2 class=\"govuk-heading-m\">Retire this target</h2>\n");
	form_begin(p->h, &p->rq->viewer, path);
	form_hidden(p->h, "action", "retire");
	plan_form_textarea(p->h, &p->retire, "retire_reason", "Why it no longer holds",
			   "The target and its history are kept", "");
	form_end(p->h, "Retire the target", "govuk-button--warning");
	html_raw(p->h, "</section>\n");
}

static enum err_code target_open(struct target_page *p, struct err *err)
{
	struct plan_target t;
	enum err_code code = view_read(p->web, p->rq, &p->view, err);

	if (code == ERR_OK)
		code = plan_find(p->web->office, form_number(p->rq->part[0]), &t, err);
	if (code == ERR_OK)
		code = plan_look(p->web, p->rq, &p->view, &t, &p->look, err);
	if (code == ERR_OK)
		code = plan_history(p->web->office, t.id, &p->history, err);
	if (code == ERR_OK)
		plan_form_fill(&p->form, &t);
	return code;
}

static void target_close(struct target_page *p)
{
	plan_look_clear(&p->look);
	plan_list_free(&p->history);
}

static void target_write(struct target_page *p)
{
	char title[320], path[PATH_BYTES];
	struct layout layout = { .title = title,
				 .section = LAYOUT_PLAN,
				 .view = &p->view,
				 .filters = LAYOUT_FILTER_PERIOD | LAYOUT_FILTER_KNOWN_ON,
				 .path = path };

	(void)snprintf(path, sizeof path, "/plan/%" PRId64, p->look.target.id);
	(void)snprintf(title, sizeof title, "%.160s, %.128s", p->look.measure->title,
		       p->look.area->name);
	layout_begin(p->web, p->rq, p->h, &layout);
	if (request_query(p->rq, "done") != NULL)
		form_done(p->h, "The plan was changed");
	form_error_summary(p->h, &p->form.errors);
	form_error_summary(p->h, &p->retire);
	if (p->look.target.retired)
		html_raw(p->h, "<p class=\"govuk-inset-text\">This target was retired: see its "
			       "history.</p>\n");
	target_write_state(p);
	target_write_chart(p);
	target_write_history(p);
	target_write_forms(p);
	html_raw(p->h, "<p class=\"govuk-body\"><a class=\"govuk-link\" href=\"");
	view_link(p->h, p->web, &p->view, "/plan", NULL);
	html_raw(p->h, "\">The whole plan</a></p>\n");
	layout_end(p->web, p->rq, p->h, &layout);
}

static enum err_code target_get(struct web *web, const struct request *rq, struct response *rs,
				struct err *err)
{
	struct target_page *p = calloc(1, sizeof *p);
	enum err_code code;

	if (p == NULL)
		return err_set(err, ERR_NOMEM, "plan: out of memory");
	p->web = web;
	p->rq = rq;
	p->h = &rs->body;
	code = target_open(p, err);
	if (code == ERR_OK)
		target_write(p);
	target_close(p);
	free(p);
	return code;
}

/* ---- change and retire */

/* What was typed can stand and was kept: *done. Otherwise the page shows it with its errors. */
static enum err_code target_change(struct target_page *p, int *done, struct err *err)
{
	struct form_errors *errors = &p->form.errors;
	enum err_code code;

	p->form.target.revision = (int)form_number(form_value(p->rq, "revision"));
	if (p->form.target.revision < 1)
		return err_set(err, ERR_MALFORMED, "revision: it must be the one that is changed");
	plan_form_read(&p->form, p->web, p->rq);
	if (errors->n > 0)
		return ERR_OK;
	code = plan_change(p->web->office, &p->rq->viewer, p->rq->peer, &p->form.target, err);
	*done = code == ERR_OK;
	if (code != ERR_MALFORMED)
		return code;
	form_error(errors, "", err->text);
	return ERR_OK;
}

static enum err_code target_retire(struct target_page *p, int *done, struct err *err)
{
	enum err_code code =
		plan_retire(p->web->office, &p->rq->viewer, p->rq->peer, p->look.target.id,
			    form_value(p->rq, "retire_reason"), err);

	*done = code == ERR_OK;
	if (code != ERR_MALFORMED)
		return code;
	form_error(&p->retire, "retire_reason", err->text);
	return ERR_OK;
}

static enum err_code target_act(struct target_page *p, struct response *rs, struct err *err)
{
	const char *action = form_value(p->rq, "action");
	char path[PATH_BYTES];
	int done = 0;
	enum err_code code = signin_is_person(p->rq, err);

	if (code == ERR_OK)
		code = target_open(p, err);
	if (code != ERR_OK)
		return code;
	if (strcmp(action, "change") == 0)
		code = target_change(p, &done, err);
	else if (strcmp(action, "retire") == 0)
		code = target_retire(p, &done, err);
	else
		code = err_set(err, ERR_MALFORMED, "action must be change or retire");
	if (code != ERR_OK)
		return code;
	if (done) {
		(void)snprintf(path, sizeof path, "/plan/%" PRId64 "?done=1", p->look.target.id);
		return response_redirect(rs, path, err);
	}
	rs->status = 400;
	target_write(p);
	return ERR_OK;
}

static enum err_code target_post(struct web *web, const struct request *rq, struct response *rs,
				 struct err *err)
{
	struct target_page *p = calloc(1, sizeof *p);
	enum err_code code;

	if (p == NULL)
		return err_set(err, ERR_NOMEM, "plan: out of memory");
	p->web = web;
	p->rq = rq;
	p->h = &rs->body;
	code = target_act(p, rs, err);
	target_close(p);
	free(p);
	return code;
}

const struct route plan_target_routes[] = {
	{ REQUEST_GET, "/plan/{id}", ROLES_READERS, ROUTE_PAGE, target_get },
	{ REQUEST_POST, "/plan/{id}", CENTRAL, ROUTE_PAGE, target_post },
	{ 0 },
};
