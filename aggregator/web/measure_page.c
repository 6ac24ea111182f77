/* A measure's page: its trend, the districts side by side, breakdowns, how it is made; and the same
 * figures as a file. */
#include "aggregator/web/measure_page.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/web/export.h"
#include "aggregator/web/layout.h"
#include "aggregator/web/protect.h"
#include "aggregator/web/routes.h"

#define FILTERS                                                                               \
	(LAYOUT_FILTER_AREA | LAYOUT_FILTER_PERIOD | LAYOUT_FILTER_BY | LAYOUT_FILTER_COUNT | \
	 LAYOUT_FILTER_KNOWN_ON)

/* ---- pieces that the parts share */

int measure_has_parts(const struct measure *m)
{
	return m->unit == MEASURE_PERCENT || m->unit == MEASURE_RATE_10K ||
	       m->unit == MEASURE_RATIO;
}

const char *measure_area_name(const struct measure_page *p, const char *code)
{
	const struct area_tree *tree = p->web->reading.areas;
	int area = area_find(tree, code);

	return area < 0 ? code : tree->areas[area].name;
}

void measure_write_value(const struct measure_page *p, const struct figure *f,
			 const char *dimension)
{
	char text[FIGURE_TEXT_BYTES];
	char period[PERIOD_TEXT_BYTES];

	if (f == NULL || f->cell.status == ROLLUP_MISSING) {
		html_raw(p->h, "no data");
		return;
	}
	if (p->view.known_on != INT32_MIN) { /* what stands behind it is followed as it is now */
		html_text(p->h, figure_text(p->m, f, text));
		return;
	}
	html_put(p->h, "<a class=\"govuk-link\" href=\"/trace/%s/%s/%s", p->m->code, f->cell.area,
		 period_format(f->cell.period, period));
	if (dimension != NULL) {
		html_put(p->h, "?dimension=%s&amp;category=", dimension);
		html_url(p->h, f->cell.category);
	}
	html_put(p->h, "\" title=\"Follow this number\">%s</a>", figure_text(p->m, f, text));
}

void measure_write_parts(const struct measure_page *p, const struct figure *f)
{
	const int shown =
		f != NULL && f->cell.status != ROLLUP_MISSING && f->shown != FIGURE_SUPPRESSED;
	char text[FIGURE_TEXT_BYTES];

	for (int part = 0; part < 2 && measure_has_parts(p->m); part++)
		html_put(p->h, "<td class=\"drs-table__number\">%s</td>",
			 shown ? figure_part_text(p->web->reading.measures, p->m, f, part, text)
			       : "");
}

void measure_write_source(const struct measure_page *p, const char *breakdown)
{
	char path[128];

	html_put(p->h,
		 "<p class=\"drs-chart__source\">Source: the districts' signed reports. %s</p>\n"
		 "<ul class=\"drs-chart__actions\"><li><a class=\"govuk-link\" href=\"",
		 p->m->within_district
			 ? "An earlier event counts only when the same district knows "
			   "of it."
			 : "");
	(void)snprintf(path, sizeof path, "/measures/%s/figures.csv", p->m->code);
	view_link(p->h, p->web, &p->view, path, "breakdown", breakdown, NULL);
	(void)snprintf(path, sizeof path, "/dictionary/%s", p->m->code);
	html_raw(p->h,
		 "\">Download these figures (CSV)</a></li><li><a class=\"govuk-link\" href=\"");
	view_link(p->h, p->web, &p->view, path, NULL);
	html_raw(p->h, "\">Definition</a></li></ul>\n");
}

void measure_write_protection(const struct measure_page *p)
{
	if (!viewer_sees_exact(&p->rq->viewer, p->area))
		html_put(p->h, "<p class=\"drs-note\">%s</p>\n", protect_note);
}

/* ---- what it is about */

static enum err_code measure_open(struct web *web, const struct request *rq, struct measure_page *p,
				  struct err *err)
{
	enum err_code code = view_read(web, rq, &p->view, err);

	if (code != ERR_OK)
		return code;
	p->web = web;
	p->rq = rq;
	p->m = measures_find(web->reading.measures, rq->part[0]);
	if (p->m == NULL) {
		const char *near = measures_nearest(web->reading.measures, rq->part[0]);

		return err_set(err, ERR_MISSING, "there is no measure '%.64s'%s%s%s", rq->part[0],
			       near == NULL ? "; see the list of measures" : "; did you mean '",
			       near == NULL ? "" : near, near == NULL ? "" : "'?");
	}
	p->area = web->reading.areas->areas[p->view.area].code;
	p->from = period_next(p->view.period, 1 - p->view.n_periods);
	return ERR_OK;
}

static struct rollup_query measure_query(const struct measure_page *p)
{
	return (struct rollup_query){ .measure = p->m->code,
				      .area = p->area,
				      .districts = 1,
				      .by = p->view.by,
				      .from = p->from,
				      .to = p->view.period,
				      .as_known_on_us = view_known_on_us(&p->view) };
}

/* Which areas of the set lie below the view's: *out is owned by the caller. */
static enum err_code measure_find_districts(struct measure_page *p, int **out, struct err *err)
{
	const struct area_tree *tree = p->web->reading.areas;

	*out = calloc((size_t)tree->n_areas, sizeof **out);
	if (*out == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < p->set->n; i++) {
		const char *code = p->set->figures[i].cell.area;
		int area;

		if (strcmp(code, p->area) == 0 ||
		    (i > 0 && strcmp(code, p->set->figures[i - 1].cell.area) == 0))
			continue;
		area = area_find(tree, code);
		if (area >= 0)
			(*out)[p->n_districts++] = area;
	}
	p->districts = *out;
	return ERR_OK;
}

static void measure_write_about(const struct measure_page *p)
{
	const struct measure *m = p->m;

	html_raw(p->h,
		 "<h2 class=\"govuk-heading-m\">How it is made</h2>\n<dl class=\"drs-meta\">");
	html_put(p->h, "<dt>Definition</dt><dd>%s</dd>", m->definition);
	if (m->limits[0] != '\0')
		html_put(p->h, "<dt>What it cannot show</dt><dd>%s</dd>", m->limits);
	if (m->statutory_limit_days > 0)
		html_put(p->h, "<dt>Statutory limit</dt><dd>%d working days</dd>",
			 m->statutory_limit_days);
	html_put(p->h, "<dt>Definition comes from</dt><dd>%s</dd>", m->source);
	if (p->now != NULL && p->now->cell.population_year != 0)
		html_put(p->h, "<dt>Population</dt><dd>aged 0 to 17, mid-%d%s%s</dd>",
			 p->now->cell.population_year,
			 p->now->cell.population_estimate ? ", an estimate of ours" : "",
			 p->now->cell.population_stale ? ", older than the rule asks" : "");
	if (p->now != NULL && p->now->cell.annualised)
		html_raw(p->h,
			 "<dt>Annualised</dt><dd>the period's figure times days of the year by "
			 "days of the period</dd>");
	html_raw(p->h, "</dl>\n");
}

static enum err_code measure_write_body(struct measure_page *p, struct err *err)
{
	enum err_code code = measure_write_trend(p, err);

	if (code == ERR_OK && p->n_districts > 0)
		code = measure_write_districts(p, err);
	if (code == ERR_OK)
		code = measure_write_breakdowns(p, err);
	if (code == ERR_OK)
		measure_write_about(p);
	return code;
}

static enum err_code measure_write(struct web *web, const struct request *rq, struct response *rs,
				   struct err *err)
{
	struct measure_page p = { .h = &rs->body };
	struct layout layout = { .section = LAYOUT_MEASURES, .path = rq->path, .filters = FILTERS };
	struct rollup_query query;
	int *districts = NULL;
	enum err_code code = measure_open(web, rq, &p, err);

	if (code != ERR_OK)
		return code;
	query = measure_query(&p);
	code = figures_get(web->figures, &rq->viewer, &query, &p.set, err);
	if (code == ERR_OK)
		code = measure_find_districts(&p, &districts, err);
	if (code == ERR_OK)
		code = trend_make(p.set, p.area, "", p.from, p.view.period, &p.trend, err);
	if (code == ERR_OK) {
		p.now = figures_find(p.set, p.area, p.view.period, "");
		layout.title = p.m->title;
		layout.view = &p.view;
		layout_begin(web, rq, p.h, &layout);
		code = measure_write_body(&p, err);
		layout_end(web, rq, p.h, &layout);
	}
	trend_clear(&p.trend);
	free(districts);
	return code;
}

/* ---- as a file */

static void measure_export_row(struct export *e, const struct measure_set *set,
			       const struct measure *m, const struct figure *f)
{
	static const char *const shown[] = { [FIGURE_EXACT] = "exact",
					     [FIGURE_ROUNDED] = "rounded",
					     [FIGURE_SUPPRESSED] = "suppressed" };
	const struct rollup_cell *c = &f->cell;
	const int known = c->status != ROLLUP_MISSING && f->shown != FIGURE_SUPPRESSED;
	char period[PERIOD_TEXT_BYTES];

	out_text(e->out, m->code);
	export_text(e, c->area);
	out_text(e->out, period_format(c->period, period));
	export_text(e, c->category[0] == '\0' ? "all" : c->category);
	if (f->shown == FIGURE_SUPPRESSED)
		out_text(e->out, "c");
	else if (c->has_value)
		out_real(e->out, (double)c->tenths / 10, 1);
	else
		out_text(e->out, NULL);
	for (int part = 0; part < 2; part++) {
		const int64_t scale = figure_part_scale(set, m, part);
		const int64_t value = part == 0 ? c->numerator : c->denominator;

		if (!known || (part == 1 && !measure_has_parts(m)))
			out_text(e->out, NULL);
		else if (scale == 1)
			out_int(e->out, value);
		else
			out_real(e->out, (double)value / (double)scale, 3);
	}
	out_int(e->out, c->n_reported);
	out_int(e->out, c->n_expected);
	out_text(e->out, rollup_status_name(c->status));
	out_text(e->out, shown[f->shown]);
}

static enum err_code measure_write_csv(struct web *web, const struct request *rq,
				       struct response *rs, struct err *err)
{
	static const char *const columns[] = { "measure",      "area",      "period",
					       "category",     "value>",    "numerator>",
					       "denominator>", "reported>", "expected>",
					       "status",       "shown" };
	struct measure_page p = { .h = &rs->body };
	struct rollup_query query;
	struct export e;
	char name[96];
	enum err_code code = measure_open(web, rq, &p, err);

	if (code != ERR_OK)
		return code;
	query = measure_query(&p);
	if (p.view.breakdown[0] != '\0')
		query.breakdown = p.view.breakdown;
	code = figures_get(web->figures, &rq->viewer, &query, &p.set, err);
	if (code == ERR_OK)
		code = export_begin(&e, columns, 11, err);
	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < p.set->n; i++)
		measure_export_row(&e, web->reading.measures, p.m, &p.set->figures[i]);
	(void)snprintf(name, sizeof name, "%s.csv", p.m->code);
	return export_end(&e, rs, name, err);
}

const struct route measure_routes[] = {
	{ REQUEST_GET, "/measures/{measure}", ROLES_READERS, ROUTE_PAGE, measure_write },
	{ REQUEST_GET, "/measures/{measure}/figures.csv", ROLES_READERS, ROUTE_PAGE,
	  measure_write_csv },
	{ 0 },
};
