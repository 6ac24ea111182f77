/* A measure's districts side by side: bars with intervals against the city, the table of the same,
 * small multiples on one axis, and the funnel plot. */
#include "aggregator/web/measure_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/funnel.h"
#include "aggregator/web/layout.h"

#define HREF_BYTES 512

struct districts {
	const struct measure_page *page;
	const struct figure **figures; /* one per district, of the view's period; NULL: none */
	const char **names;
	char (*texts)[FIGURE_TEXT_BYTES];
	struct chart_bar *bars;
	struct funnel_point *points;
	int64_t size_scale; /* of denominators: FTE travels in millionths */
	int n_known, n_with_interval;
};

static void districts_clear(struct districts *d)
{
	free(d->figures);
	free(d->names);
	free(d->texts);
	free(d->bars);
	free(d->points);
}

static enum err_code districts_make(struct districts *d, struct err *err)
{
	const size_t n = (size_t)d->page->n_districts;

	d->figures = calloc(n, sizeof(void *));
	d->names = calloc(n, sizeof(char *));
	d->texts = calloc(n, sizeof *d->texts);
	d->bars = calloc(n, sizeof *d->bars);
	d->points = calloc(n, sizeof *d->points);
	if (d->figures == NULL || d->names == NULL || d->texts == NULL || d->bars == NULL ||
	    d->points == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	return ERR_OK;
}

static int districts_has_value(const struct figure *f)
{
	return f != NULL && f->cell.has_value && f->shown != FIGURE_SUPPRESSED;
}

static void districts_fill(struct districts *d)
{
	const struct measure_page *p = d->page;
	const struct area_tree *tree = p->web->reading.areas;

	d->size_scale = figure_part_scale(p->web->reading.measures, p->m, 1);
	for (int i = 0; i < p->n_districts; i++) {
		const struct area *area = &tree->areas[p->districts[i]];
		const struct figure *f = figures_find(p->set, area->code, p->view.period, "");
		const int has_value = districts_has_value(f);
		struct interval interval = { NAN, NAN };
		int known = f != NULL && trend_interval(p->web->reading.measures, p->m, f,
							INTERVAL_Z_95, &interval);

		d->figures[i] = f;
		d->names[i] = area->name;
		d->n_known += has_value;
		d->n_with_interval += known;
		(void)snprintf(d->texts[i], sizeof d->texts[i], "no data");
		if (f != NULL)
			(void)figure_text(p->m, f, d->texts[i]);
		d->bars[i] = (struct chart_bar){ .label = area->name,
						 .value_text = d->texts[i],
						 .value = has_value ? f->cell.value : NAN,
						 .low = known ? interval.low : NAN,
						 .high = known ? interval.high : NAN };
		if (known)
			d->points[i] =
				(struct funnel_point){ .numerator = f->cell.numerator,
						       .denominator = (double)f->cell.denominator /
								      (double)d->size_scale,
						       .known = 1 };
	}
}

/* ---- side by side */

static void districts_write_bars(const struct districts *d)
{
	const struct measure_page *p = d->page;
	const int compares = measure_has_parts(p->m) && districts_has_value(p->now);
	char period[VIEW_PERIOD_BYTES];
	char title[256];
	char reference[160] = "";
	char value[FIGURE_TEXT_BYTES];
	struct chart_text text = { .id = "districts",
				   .title = title,
				   .desc = "One bar for each district; the table below holds the "
					   "same figures.",
				   .unit = p->m->unit == MEASURE_PERCENT ? "%" : "" };

	(void)snprintf(title, sizeof title, "%s by district, %s", p->m->title,
		       view_period_label(p->view.period, period));
	if (compares)
		(void)snprintf(reference, sizeof reference, "%s, %s", measure_area_name(p, p->area),
			       figure_text(p->m, p->now, value));
	html_put(p->h,
		 "<figure class=\"drs-chart\"><figcaption><h3 class=\"drs-chart__title\">%s</h3>"
		 "<p class=\"drs-chart__subtitle\">%s</p></figcaption>\n",
		 title,
		 d->n_with_interval > 0
			 ? "Bars with 95% intervals: how far chance alone could move "
			   "the figure"
			 : "Plain figures: districts differ in size, so do not rank "
			   "them by these");
	chart_bars(p->h, &text, d->bars, (size_t)p->n_districts,
		   compares ? p->now->cell.value : NAN, compares ? reference : NULL);
	html_raw(p->h, "</figure>\n");
}

static void districts_write_verdict(const struct districts *d, int i)
{
	const struct measure_page *p = d->page;
	int known = 0;
	enum interval_verdict verdict;

	html_raw(p->h, "<td>");
	if (d->figures[i] != NULL && p->now != NULL) {
		verdict = trend_compare(p->web->reading.measures, p->m, d->figures[i], p->now,
					&known);
		if (known)
			chart_verdict(p->h, verdict, (int)p->m->polarity);
	}
	html_raw(p->h, "</td>");
}

static void districts_write_row(const struct districts *d, int i)
{
	const struct measure_page *p = d->page;
	const struct area *area = &p->web->reading.areas->areas[p->districts[i]];
	char words[TREND_TEXT_BYTES];

	html_raw(p->h, "<tr><th scope=\"row\"><a class=\"govuk-link\" href=\"");
	view_link(p->h, p->web, &p->view, p->rq->path, "area", area->code, NULL);
	html_put(p->h, "\">%s</a></th><td class=\"drs-table__number\">", area->name);
	measure_write_value(p, d->figures[i], NULL);
	html_raw(p->h, "</td>");
	measure_write_parts(p, d->figures[i]);
	if (d->n_with_interval > 0) {
		if (isnan(d->bars[i].low))
			html_raw(p->h, "<td class=\"drs-table__number\"></td>");
		else
			html_put(p->h, "<td class=\"drs-table__number\">%.1f to %.1f</td>",
				 d->bars[i].low, d->bars[i].high);
		districts_write_verdict(d, i);
	}
	html_put(p->h, "<td>%s</td></tr>\n",
		 d->figures[i] == NULL ? "no data" : trend_say_coverage(d->figures[i], words));
}

static void districts_write_table(const struct districts *d)
{
	const struct measure_page *p = d->page;

	html_put(
		p->h,
		"<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" aria-label=\"Districts "
		"side by side\"><table class=\"drs-table\"><caption "
		"class=\"govuk-visually-hidden\">%s by district</caption><thead><tr>"
		"<th scope=\"col\">District</th><th scope=\"col\" class=\"drs-table__number\">Value"
		"</th>",
		p->m->title);
	if (measure_has_parts(p->m))
		html_raw(p->h, "<th scope=\"col\" class=\"drs-table__number\">Numerator</th>"
			       "<th scope=\"col\" class=\"drs-table__number\">Denominator</th>");
	if (d->n_with_interval > 0)
		html_raw(p->h, "<th scope=\"col\" class=\"drs-table__number\">95% interval</th>"
			       "<th scope=\"col\">Against the city</th>");
	html_raw(p->h, "<th scope=\"col\">Figure is</th></tr></thead><tbody>\n");
	for (int i = 0; i < p->n_districts; i++)
		districts_write_row(d, i);
	html_raw(p->h, "</tbody></table></div>\n");
}

/* ---- small multiples */

static enum err_code districts_write_multiples(const struct districts *d, struct err *err)
{
	const struct measure_page *p = d->page;
	const size_t n = (size_t)p->n_districts;
	struct chart_panel *panels = calloc(n, sizeof *panels);
	struct trend *trends = calloc(n, sizeof *trends);
	struct html *links = calloc(n, sizeof *links);
	struct chart_text text = { .id = "panels",
				   .title = "Each district over time",
				   .desc = "Small line charts on one shared axis.",
				   .unit = p->m->unit == MEASURE_PERCENT ? "%" : "" };
	enum err_code code = ERR_OK;

	if (panels == NULL || trends == NULL || links == NULL)
		code = err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		const struct area *area = &p->web->reading.areas->areas[p->districts[i]];

		code = trend_make(p->set, area->code, "", p->from, p->view.period, &trends[i], err);
		view_link(&links[i], p->web, &p->view, p->rq->path, "area", area->code, NULL);
		panels[i] = (struct chart_panel){ .name = area->name,
						  .href = links[i].failed ? NULL : links[i].text,
						  .values = trends[i].values,
						  .spc = trends[i].by_change ||
									 !trends[i].spc.has_limits
								 ? NULL
								 : &trends[i].spc,
						  .polarity = (int)p->m->polarity };
	}
	if (code == ERR_OK) {
		html_raw(p->h, "<h3 class=\"govuk-heading-s\">Each district over time, on one "
			       "axis</h3>\n");
		chart_multiples(p->h, &text, p->trend.labels, p->trend.n, panels, n);
	}
	for (size_t i = 0; i < n && trends != NULL && links != NULL; i++) {
		trend_clear(&trends[i]);
		html_clear(&links[i]);
	}
	free(panels);
	free(trends);
	free(links);
	return code;
}

/* ---- funnel */

static void districts_say_outliers(const struct districts *d, const struct funnel *funnel)
{
	const struct measure_page *p = d->page;
	int n = 0;

	html_raw(p->h, "<p class=\"govuk-body\">");
	for (int i = 0; i < p->n_districts; i++) {
		const int verdict = d->points[i].verdict;

		if (!d->points[i].known || verdict == 0)
			continue;
		html_put(p->h,
			 "%s<strong>%s</strong> (%s) is %s than chance explains, beyond the %s "
			 "limit",
			 n == 0 ? "" : "; ", d->names[i], d->texts[i],
			 verdict > 0 ? "higher" : "lower", abs(verdict) == 2 ? "99.8%" : "95%");
		n++;
	}
	if (n == 0)
		html_raw(p->h, "No district differs from the others by more than chance explains");
	html_put(p->h,
		 ". By chance alone about %.1f of %d districts would be beyond the 95%% limit, and "
		 "%.2f beyond the 99.8%% limit.</p>\n",
		 0.05 * funnel->n_known, funnel->n_known, 0.002 * funnel->n_known);
}

static void districts_write_funnel(struct districts *d)
{
	const struct measure_page *p = d->page;
	const int is_percent = p->m->unit == MEASURE_PERCENT;
	struct funnel funnel;
	double factor = 100;
	char title[256];
	struct chart_funnel chart = {
		.text = { .id = "funnel",
			  .title = title,
			  .desc = "Each district's figure against its size, with the limits within "
				  "which chance would keep it.",
			  .unit = is_percent ? "%" : "" },
		.funnel = &funnel,
		.points = d->points,
		.names = d->names,
		.n = (size_t)p->n_districts,
		.size_label = p->m->unit == MEASURE_RATE_10K ? "Children aged 0 to 17"
			      : d->size_scale > 1 ? "Full-time equivalents (the denominator)"
						  : "Size (the denominator)",
	};

	funnel_compute(is_percent ? FUNNEL_PROPORTION : FUNNEL_RATE, d->points,
		       (size_t)p->n_districts, &funnel);
	if (funnel.n_known < 3)
		return;
	for (int i = 0; i < p->n_districts && !is_percent; i++)
		if (d->points[i].known && d->points[i].value > 0)
			factor = d->figures[i]->cell.value / d->points[i].value;
	(void)snprintf(title, sizeof title, "%s: is it more than chance?", p->m->title);
	html_put(p->h,
		 "<figure class=\"drs-chart\"><figcaption><h3 class=\"drs-chart__title\">%s</h3>"
		 "<p class=\"drs-chart__subtitle\">Funnel plot with 95%% and 99.8%% limits%s"
		 "</p></figcaption>\n",
		 title,
		 funnel.tau2 > 0 ? ", widened because districts differ by more than chance anyway"
				 : "");
	chart.unit_factor = factor;
	chart_funnel(p->h, &chart);
	districts_say_outliers(d, &funnel);
	html_raw(p->h, "</figure>\n");
}

enum err_code measure_write_districts(struct measure_page *p, struct err *err)
{
	struct districts d = { .page = p };
	char period[VIEW_PERIOD_BYTES];
	enum err_code code = districts_make(&d, err);

	if (code == ERR_OK) {
		districts_fill(&d);
		html_put(p->h, "<h2 class=\"govuk-heading-m\">Districts in %s</h2>\n",
			 view_period_label(p->view.period, period));
		districts_write_bars(&d);
		districts_write_table(&d);
		measure_write_source(p, "");
		measure_write_protection(p);
		if (d.n_with_interval >= 3)
			districts_write_funnel(&d);
		code = districts_write_multiples(&d, err);
	}
	districts_clear(&d);
	return code;
}
