/* Follow a number: from a figure down to the signed district reports behind it. The figure is shown
 * as the viewer may see it; what each report says, only where exact counts may be seen. */
#include "aggregator/web/routes.h"

#include <stdio.h>
#include <string.h>

#include "aggregator/audit.h"
#include "aggregator/web/figures.h"
#include "aggregator/web/layout.h"
#include "proto/keys.h"

#define ADDRESS_BYTES 512
#define DIGEST_SHOWN_BYTES 8

struct trace {
	struct web *web;
	const struct request *rq;
	struct html *h;
	struct view view;
	int area;
	struct period period;
	const char *dimension, *category; /* NULL, "" for the total */
	struct audit *audit;
	const struct figure *figure; /* NULL: none */
};

/* ---- which figure */

static enum err_code trace_read(struct trace *t, struct err *err)
{
	const struct web *web = t->web;
	enum err_code code = rollup_area(web->reading.areas, t->rq->part[1], &t->area, err);

	if (code == ERR_OK &&
	    !viewer_sees_area(&t->rq->viewer, t->rq->part[1], web->reading.config->area))
		code = err_set(err, ERR_DENIED, "your account sees its own district and the city");
	if (code == ERR_OK)
		code = period_parse(t->rq->part[2], &t->period, err);
	t->dimension = request_query(t->rq, "dimension");
	t->category = request_query(t->rq, "category");
	if (code == ERR_OK && (t->dimension == NULL) != (t->category == NULL))
		code = err_set(err, ERR_MALFORMED,
			       "dimension and category belong together: "
			       "?dimension=age_band&category=under-1");
	if (t->category == NULL)
		t->category = "";
	return code;
}

static enum err_code trace_figure(struct trace *t, struct err *err)
{
	const struct rollup_query query = { .measure = t->rq->part[0],
					    .area = t->rq->part[1],
					    .by = t->period.kind,
					    .from = t->period,
					    .to = t->period,
					    .breakdown = t->dimension };
	const struct figure_set *set = NULL;
	enum err_code code = figures_get(t->web->figures, &t->rq->viewer, &query, &set, err);

	if (code == ERR_OK)
		t->figure = figures_find(set, t->rq->part[1], t->period, t->category);
	return code;
}

static enum err_code trace_audit(struct trace *t, struct err *err)
{
	struct rollup_context context = reading_context(&t->web->reading);
	char address[ADDRESS_BYTES];
	int len = snprintf(address, sizeof address, "%s/%s/%s%s%s%s%s", t->rq->part[0],
			   t->rq->part[1], t->rq->part[2], t->dimension == NULL ? "" : "/",
			   t->dimension == NULL ? "" : t->dimension,
			   t->dimension == NULL ? "" : "=", t->category);

	if (len >= (int)sizeof address)
		return err_set(err, ERR_TOO_BIG, "the address is too long to be a figure's");
	return audit_run(&context, address, &t->audit, err);
}

/* ---- what it is */

static const char *trace_area_name(const struct trace *t, const char *code)
{
	const struct area_tree *tree = t->web->reading.areas;
	int area = area_find(tree, code);

	return area < 0 ? code : tree->areas[area].name;
}

static int trace_is_exact(const struct trace *t, const char *area)
{
	return viewer_sees_exact(&t->rq->viewer, area) ||
	       strcmp(t->audit->measure->theme, "quality") == 0;
}

static void trace_write_parts(const struct trace *t)
{
	const struct rollup_cell *cell = &t->figure->cell;
	const struct measure *m = t->audit->measure;
	const struct measure_set *set = t->web->reading.measures;
	char number[FIGURE_TEXT_BYTES];

	if (m->unit == MEASURE_COUNT || t->figure->shown == FIGURE_SUPPRESSED || !cell->has_value)
		return;
	html_put(t->h, "<dt>Numerator</dt><dd>%s</dd>",
		 figure_part_text(set, m, t->figure, 0, number));
	if (cell->denominator != 0)
		html_put(t->h, "<dt>Denominator</dt><dd>%s",
			 figure_part_text(set, m, t->figure, 1, number));
	if (cell->population_year != 0)
		html_put(t->h, " (population aged 0 to 17, mid-%d%s%s)", cell->population_year,
			 cell->population_estimate ? ", an estimate" : "",
			 cell->population_stale ? ", older than the rule asks" : "");
	if (cell->denominator != 0)
		html_raw(t->h, "</dd>");
}

static void trace_write_figure(const struct trace *t)
{
	char text[FIGURE_TEXT_BYTES];

	html_raw(t->h, "<dl class=\"drs-meta\">");
	html_put(t->h, "<dt>Figure</dt><dd><strong>%s</strong>%s%s</dd>",
		 figure_text(t->audit->measure, t->figure, text),
		 strcmp(figure_unit(t->audit->measure), "%") == 0 ? ""
								  : figure_unit(t->audit->measure),
		 t->figure->shown == FIGURE_ROUNDED ? " (rounded for this account)" : "");
	trace_write_parts(t);
	html_put(t->h, "<dt>Stands on</dt><dd>%d of %d districts%s</dd>",
		 t->figure->cell.n_reported, t->figure->cell.n_expected,
		 t->figure->cell.status == ROLLUP_PROVISIONAL ? ", some of them provisional" : "");
	html_put(t->h,
		 "<dt>Definition</dt><dd>%s <a class=\"govuk-link\" href=\"/dictionary/%s\">"
		 "More about this measure</a></dd>",
		 t->audit->measure->definition, t->audit->measure->code);
	html_raw(t->h, "</dl>\n");
}

static void trace_write_verdict(const struct trace *t)
{
	const struct audit *a = t->audit;

	html_raw(t->h, "<h2 class=\"govuk-heading-m\">Is it right?</h2>\n<ul class=\"govuk-list "
		       "govuk-list--bullet\">");
	if (a->n_faults == 0)
		html_put(t->h,
			 "<li>All %zu parts were read again from the signed bytes, and every "
			 "signature, digest and agent is right.</li>",
			 a->n);
	else
		html_put(t->h,
			 "<li><strong>%d of %zu parts have a fault; see the table.</strong></li>",
			 a->n_faults, a->n);
	html_raw(t->h, a->adds_up
			       ? "<li>They add up to the figure.</li></ul>\n"
			       : "<li><strong>They do not add up to the figure.</strong> The "
				 "operator runs <code>rebuild</code> and asks again.</li></ul>\n");
}

/* ---- the reports */

static void trace_write_number(const struct trace *t, const struct audit_row *row, int64_t value)
{
	char number[32];

	html_put(t->h, "<td class=\"drs-table__number\">%s</td>",
		 trace_is_exact(t, row->area) ? html_number(value, number) : "not shown");
}

static void trace_write_row(const struct trace *t, const struct audit_row *row)
{
	char text[VIEW_PERIOD_BYTES];
	char month[PERIOD_TEXT_BYTES];
	char hex[2 * DIGEST_SHOWN_BYTES + 1];

	html_put(t->h, "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td>",
		 trace_area_name(t, row->area), view_period_short(row->period, text), row->measure);
	trace_write_number(t, row, row->numerator);
	trace_write_number(t, row, row->denominator);
	html_put(t->h, "<td>%s</td>", view_date_label(row->as_at, text));
	html_put(t->h, "<td>%s</td><td>", view_instant_label(row->received_us, text));
	if (row->period.kind == PERIOD_MONTH)
		html_put(t->h,
			 "<a class=\"govuk-link\" href=\"/received/reports?district=%s&amp;month=%s"
			 "\">%s, number %lld</a>",
			 row->area, period_format(row->period, month), row->agent,
			 (long long)row->sequence);
	else
		html_put(t->h, "%s, number %lld", row->agent, (long long)row->sequence);
	html_put(t->h, "</td><td><code>%s</code></td><td>%s</td></tr>\n",
		 keys_hex(row->extract_digest, DIGEST_SHOWN_BYTES, hex),
		 row->fault[0] == '\0' ? "signature and digest right" : row->fault);
}

static void trace_write_rows(const struct trace *t)
{
	html_raw(t->h,
		 "<h2 class=\"govuk-heading-m\">The signed reports behind it</h2>\n"
		 "<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" "
		 "aria-label=\"Reports\"><table class=\"drs-table\"><thead><tr>"
		 "<th scope=\"col\">District</th><th scope=\"col\">Period</th>"
		 "<th scope=\"col\">Measure</th>"
		 "<th scope=\"col\" class=\"drs-table__number\">Numerator</th>"
		 "<th scope=\"col\" class=\"drs-table__number\">Denominator</th>"
		 "<th scope=\"col\">Extract of</th><th scope=\"col\">Received</th>"
		 "<th scope=\"col\">Agent and report</th><th scope=\"col\">Extract's digest begins"
		 "</th><th scope=\"col\">Verified</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < t->audit->n; i++)
		if (viewer_sees_area(&t->rq->viewer, t->audit->rows[i].area,
				     t->web->reading.config->area))
			trace_write_row(t, &t->audit->rows[i]);
	html_raw(t->h, "</tbody></table></div>\n");
	if (t->rq->viewer.role == ROLE_DISTRICT)
		html_raw(t->h,
			 "<p class=\"drs-note\">Your account lists its own district's reports "
			 "only.</p>\n");
	html_put(t->h,
		 "<p class=\"drs-note\">Numbers are as they travel: FTE in millionths, days in "
		 "thousandths. The operator can repeat this with <code>district-aggregator audit "
		 "%s/%s/%s</code>.</p>\n",
		 t->rq->part[0], t->rq->part[1], t->rq->part[2]);
}

static void trace_write_none(const struct trace *t)
{
	html_put(t->h,
		 "<div class=\"drs-empty\"><p>No report of %s has this figure for this period, so "
		 "it is not known. It is not zero.</p><p><a class=\"govuk-link\" "
		 "href=\"/received\">See what has been received</a></p></div>\n",
		 trace_area_name(t, t->rq->part[1]));
}

static void trace_write_body(const struct trace *t)
{
	if (t->figure == NULL || t->figure->cell.status == ROLLUP_MISSING || t->audit->n == 0) {
		trace_write_none(t);
		return;
	}
	trace_write_figure(t);
	trace_write_verdict(t);
	trace_write_rows(t);
}

static enum err_code trace_write(struct web *web, const struct request *rq, struct response *rs,
				 struct err *err)
{
	struct trace t = { .web = web, .rq = rq, .h = &rs->body };
	struct layout layout = { .section = LAYOUT_MEASURES, .path = rq->path, .wide = 1 };
	char title[512];
	char lead[256];
	char text[VIEW_PERIOD_BYTES];
	enum err_code code = view_read(web, rq, &t.view, err);

	if (code == ERR_OK)
		code = trace_read(&t, err);
	if (code == ERR_OK)
		code = trace_figure(&t, err);
	if (code == ERR_OK)
		code = trace_audit(&t, err);
	if (code == ERR_OK) {
		(void)snprintf(title, sizeof title, "Follow a number: %s%s%s",
			       t.audit->measure->title, t.category[0] == '\0' ? "" : ", ",
			       t.category);
		(void)snprintf(lead, sizeof lead, "%s, %s.", trace_area_name(&t, rq->part[1]),
			       view_period_label(t.period, text));
		layout.title = title;
		layout.lead = lead;
		layout_begin(web, rq, t.h, &layout);
		trace_write_body(&t);
		layout_end(web, rq, t.h, &layout);
	}
	audit_free(&t.audit);
	return code;
}

const struct route trace_routes[] = {
	{ REQUEST_GET, "/trace/{measure}/{area}/{period}", ROLES_READERS, ROUTE_PAGE, trace_write },
	{ 0 },
};
