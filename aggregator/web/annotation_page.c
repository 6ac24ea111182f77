/* "/annotations": the dated notes on charts, and the forms that add one and take one down. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/annotation.h"
#include "aggregator/web/plan_form.h"
#include "aggregator/web/routes.h"
#include "aggregator/web/signin_work.h"
#include "proto/date.h"

#define CENTRAL ROLE_BIT(ROLE_CENTRAL)

struct annotation_page {
	struct web *web;
	const struct request *rq;
	struct html *h;
	struct annotation note; /* as typed */
	char day[VIEW_PERIOD_BYTES];
	struct form_errors errors;
};

static const struct layout annotation_layout = {
	.title = "Notes on charts",
	.lead = "What happened on a day, marked on an area’s charts.",
	.section = LAYOUT_PLAN,
	.path = "/annotations",
};

/* ---- list */

static void annotation_write_row(const struct annotation_page *p, const struct annotation *a)
{
	const struct area_tree *tree = p->web->reading.areas;
	const struct measure *m = measures_find(p->web->reading.measures, a->measure);
	int area = area_find(tree, a->area);
	char day[VIEW_PERIOD_BYTES], made[VIEW_PERIOD_BYTES];

	html_put(p->h, "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s, %s</td><td>%s, %s</td><td>",
		 view_date_label(a->day, day), a->says, area < 0 ? a->area : tree->areas[area].name,
		 a->measure[0] == '\0' ? "all measures"
		 : m == NULL           ? a->measure
				       : m->title,
		 a->who, view_instant_label(a->made_us, made));
	if (a->ended_us != 0)
		html_put(p->h, "Taken down by %s, %s: %s", a->ended_who,
			 view_instant_label(a->ended_us, made), a->ended_reason);
	else if (viewer_may_note(&p->rq->viewer))
		html_put(p->h,
			 "<a class=\"govuk-link\" href=\"/annotations/%" PRId64 "\">Take down"
			 "<span class=\"govuk-visually-hidden\"> “%s”</span></a>",
			 a->id, a->says);
	else
		html_raw(p->h, "Shown");
	html_raw(p->h, "</td></tr>\n");
}

static enum err_code annotation_write_list(const struct annotation_page *p, struct err *err)
{
	struct annotation_list list;
	size_t n = 0;
	enum err_code code = annotation_list(p->web->office, &list, err);

	for (size_t i = 0; code == ERR_OK && i < list.n; i++) {
		if (!viewer_sees_area(&p->rq->viewer, list.notes[i].area,
				      p->web->reading.config->area))
			continue;
		if (n++ == 0)
			html_raw(
				p->h,
				"<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" "
				"aria-label=\"Notes\"><table class=\"drs-table\"><caption "
				"class=\"govuk-visually-hidden\">Notes, the newest day first"
				"</caption><thead><tr><th scope=\"col\">Day</th><th scope=\"col\">"
				"Note</th><th scope=\"col\">On the charts of</th>"
				"<th scope=\"col\">Written by</th><th scope=\"col\">State</th></tr>"
				"</thead><tbody>\n");
		annotation_write_row(p, &list.notes[i]);
	}
	if (code == ERR_OK)
		html_raw(p->h, n > 0 ? "</tbody></table></div>\n"
				     : "<p class=\"govuk-body\">No note has been written yet.</p>"
				       "\n");
	annotation_list_free(&list);
	return code;
}

/* ---- form */

/* measures: with "all" before them; NULL when memory ran out; the caller frees. */
static struct form_option *annotation_measures(const struct measure_set *set)
{
	struct form_option *options = calloc((size_t)set->n_measures + 2, sizeof *options);

	if (options == NULL)
		return NULL;
	options[0] = (struct form_option){ "", "All measures", NULL };
	for (int i = 0; i < set->n_measures; i++)
		options[i + 1] =
			(struct form_option){ set->measures[i].code, set->measures[i].title, NULL };
	return options;
}

static struct form_option *annotation_areas(const struct web *web)
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

static void annotation_write_form(const struct annotation_page *p)
{
	struct form_option *measures = annotation_measures(p->web->reading.measures);
	struct form_option *areas = annotation_areas(p->web);
	const struct form_input day = { .name = "day",
					.label = "Day",
					.hint = "Such as 2026-11-22",
					.value = p->day,
					.autocomplete = "off",
					.width = 10 };
	const struct form_input says = { .name = "says",
					 .label = "Note",
					 .hint = "At most 120 characters. Everyone who sees the "
						 "chart sees it: write no figure of 1 to 5 people",
					 .value = p->note.says,
					 .autocomplete = "off" };

	if (measures != NULL && areas != NULL) {
		html_raw(p->h, "<section class=\"drs-no-print drs-text\">"
			       "<h2 class=\"govuk-heading-m\">Add a note</h2>\n");
		form_begin(p->h, &p->rq->viewer, "/annotations");
		form_select(p->h, &p->errors, "area", "Area", NULL, areas,
			    p->note.area[0] == '\0' ? p->web->reading.config->area : p->note.area);
		form_select(p->h, &p->errors, "measure", "Measure", NULL, measures,
			    p->note.measure);
		form_input(p->h, &p->errors, &day);
		form_input(p->h, &p->errors, &says);
		form_end(p->h, "Add the note", "");
		html_raw(p->h, "</section>\n");
	} else {
		p->h->failed = 1;
	}
	free(measures);
	free(areas);
}

static enum err_code annotation_write(const struct annotation_page *p, struct err *err)
{
	enum err_code code;

	layout_begin(p->web, p->rq, p->h, &annotation_layout);
	if (request_query(p->rq, "done") != NULL)
		form_done(p->h, "The notes were changed");
	form_error_summary(p->h, &p->errors);
	code = annotation_write_list(p, err);
	if (viewer_may_note(&p->rq->viewer))
		annotation_write_form(p);
	layout_end(p->web, p->rq, p->h, &annotation_layout);
	return code;
}

static enum err_code annotation_get(struct web *web, const struct request *rq, struct response *rs,
				    struct err *err)
{
	struct annotation_page p = { .web = web, .rq = rq, .h = &rs->body };

	return annotation_write(&p, err);
}

static void annotation_read_form(struct annotation_page *p)
{
	struct annotation *a = &p->note;
	const char *says = form_value(p->rq, "says"), *field = "";
	struct err why = { ERR_OK, "" };

	(void)snprintf(a->area, sizeof a->area, "%s", form_value(p->rq, "area"));
	(void)snprintf(a->measure, sizeof a->measure, "%s", form_value(p->rq, "measure"));
	(void)snprintf(p->day, sizeof p->day, "%s", form_value(p->rq, "day"));
	(void)snprintf(a->says, sizeof a->says, "%s", says);
	if (date_parse_iso(form_value(p->rq, "day"), &a->day, NULL) != ERR_OK)
		a->day = INT32_MIN;
	if (strlen(says) >= sizeof a->says)
		form_error(&p->errors, "says", "Write the note in 1 to 120 characters");
	else if (annotation_check(a, p->web->reading.measures, p->web->reading.areas, &field,
				  &why) != ERR_OK)
		form_error(&p->errors, field, why.text);
}

static enum err_code annotation_post(struct web *web, const struct request *rq, struct response *rs,
				     struct err *err)
{
	struct annotation_page p = { .web = web, .rq = rq, .h = &rs->body };
	int64_t id;
	enum err_code code = signin_is_person(rq, err);

	if (code != ERR_OK)
		return code;
	annotation_read_form(&p);
	if (p.errors.n == 0) {
		code = annotation_add(web->office, &rq->viewer, rq->peer, &p.note, &id, err);
		return code == ERR_OK ? response_redirect(rs, "/annotations?done=1", err) : code;
	}
	rs->status = 400;
	return annotation_write(&p, err);
}

/* ---- take one down */

static enum err_code annotation_one_write(struct annotation_page *p, struct err *err)
{
	struct layout layout = annotation_layout;
	char path[48];
	enum err_code code =
		annotation_find(p->web->office, form_number(p->rq->part[0]), &p->note, err);

	if (code != ERR_OK)
		return code;
	layout.title = "Take a note down";
	layout.lead = NULL;
	(void)snprintf(path, sizeof path, "/annotations/%" PRId64, p->note.id);
	layout_begin(p->web, p->rq, p->h, &layout);
	form_error_summary(p->h, &p->errors);
	html_put(p->h, "<p class=\"govuk-inset-text\">%s: %s</p>\n",
		 view_date_label(p->note.day, p->day), p->note.says);
	form_begin(p->h, &p->rq->viewer, path);
	plan_form_textarea(p->h, &p->errors, "reason", "Why it is taken down",
			   "The note is kept in the list, with this", "");
	form_end(p->h, "Take it down", "govuk-button--warning");
	layout_end(p->web, p->rq, p->h, &layout);
	return ERR_OK;
}

static enum err_code annotation_one_get(struct web *web, const struct request *rq,
					struct response *rs, struct err *err)
{
	struct annotation_page p = { .web = web, .rq = rq, .h = &rs->body };

	return annotation_one_write(&p, err);
}

static enum err_code annotation_one_post(struct web *web, const struct request *rq,
					 struct response *rs, struct err *err)
{
	struct annotation_page p = { .web = web, .rq = rq, .h = &rs->body };
	enum err_code code = signin_is_person(rq, err);

	if (code == ERR_OK)
		code = annotation_end(web->office, &rq->viewer, rq->peer, form_number(rq->part[0]),
				      form_value(rq, "reason"), err);
	if (code == ERR_OK)
		return response_redirect(rs, "/annotations?done=1", err);
	if (code != ERR_MALFORMED)
		return code;
	form_error(&p.errors, "reason", err->text);
	rs->status = 400;
	return annotation_one_write(&p, err);
}

const struct route annotation_routes[] = {
	{ REQUEST_GET, "/annotations", ROLES_READERS, ROUTE_PAGE, annotation_get },
	{ REQUEST_POST, "/annotations", CENTRAL, ROUTE_PAGE, annotation_post },
	{ REQUEST_GET, "/annotations/{id}", CENTRAL, ROUTE_PAGE, annotation_one_get },
	{ REQUEST_POST, "/annotations/{id}", CENTRAL, ROUTE_PAGE, annotation_one_post },
	{ 0 },
};
