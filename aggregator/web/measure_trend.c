/* A measure over time: the newest value in words, the chart with its limits, the same as a table.
 */
#include "aggregator/web/measure_page.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/annotation.h"
#include "aggregator/web/layout.h"
#include "aggregator/web/plan_look.h"

#define WORDS_BYTES 512

static const char *trend_period_noun(enum period_kind kind)
{
	switch (kind) {
	case PERIOD_WEEK:
		return "weeks";
	case PERIOD_MONTH:
		return "months";
	case PERIOD_QUARTER:
		return "quarters";
	case PERIOD_YEAR:
		return "years";
	}
	return "periods";
}

static void measure_write_compared(const struct measure_page *p, const struct trend_point *last,
				   int back, const char *term)
{
	const struct trend_point *before = trend_before(&p->trend, last, back);
	char words[TREND_TEXT_BYTES];

	if (before != NULL)
		html_put(p->h, "<dt>%s</dt><dd>%s</dd>", term,
			 trend_say_change(&p->trend, last, before, words));
}

static void measure_write_summary(const struct measure_page *p)
{
	const struct trend_point *last = trend_last(&p->trend);
	char words[TREND_TEXT_BYTES];
	char period[VIEW_PERIOD_BYTES];
	const char *unit = figure_unit(p->m);

	html_put(p->h, "<dl class=\"drs-meta\"><dt>%s, %s</dt><dd><strong>",
		 measure_area_name(p, p->area), view_period_label(p->view.period, period));
	measure_write_value(p, p->now, NULL);
	html_put(p->h, "</strong>%s",
		 p->now == NULL || !p->now->cell.has_value || strcmp(unit, "%") == 0 ? "" : unit);
	if (p->now != NULL && p->now->cell.has_value && measure_has_parts(p->m)) {
		char numerator[FIGURE_TEXT_BYTES];
		char denominator[FIGURE_TEXT_BYTES];
		const struct measure_set *set = p->web->reading.measures;

		html_put(p->h, " (%s of %s)", figure_part_text(set, p->m, p->now, 0, numerator),
			 figure_part_text(set, p->m, p->now, 1, denominator));
	}
	html_raw(p->h, "</dd>");
	if (p->now != NULL)
		html_put(p->h, "<dt>Stands on</dt><dd>%s</dd>", trend_say_coverage(p->now, words));
	measure_write_compared(p, last, 1, "Change");
	measure_write_compared(p, last, trend_year(&p->trend), "On a year ago");
	html_put(p->h, "<dt>Usual range</dt><dd>%s", trend_say_range(&p->trend, words));
	if (p->trend.spc.has_limits && !p->trend.by_change)
		html_put(p->h, " (%.1f to %.1f%s)", p->trend.spc.lower, p->trend.spc.upper,
			 strcmp(unit, "%") == 0 ? "%" : "");
	html_raw(p->h, "</dd></dl>\n");
}

/* Lowest, highest and newest, for who cannot see the chart. */
static void measure_describe(const struct measure_page *p, char out[WORDS_BYTES])
{
	double low = INFINITY;
	double high = -INFINITY;
	int n = 0;

	for (size_t i = 0; i < p->trend.n; i++) {
		if (isnan(p->trend.values[i]))
			continue;
		low = fmin(low, p->trend.values[i]);
		high = fmax(high, p->trend.values[i]);
		n++;
	}
	if (n == 0)
		(void)snprintf(out, WORDS_BYTES, "No figures in these %s.",
			       trend_period_noun(p->view.by));
	else
		(void)snprintf(out, WORDS_BYTES,
			       "Line chart of %d %s; lowest %.1f, highest %.1f. The table below "
			       "holds every figure.",
			       n, trend_period_noun(p->view.by), low, high);
}

static void measure_write_row(const struct measure_page *p, size_t i)
{
	const struct trend_point *point = &p->trend.points[i];
	char words[TREND_TEXT_BYTES];
	char label[VIEW_PERIOD_BYTES];
	char flags[64] = "";

	if (p->trend.spc.flags != NULL && p->trend.spc.has_limits && p->trend.spc.flags[i] != 0)
		(void)snprintf(flags, sizeof flags, "special cause");
	html_put(p->h, "<tr><th scope=\"row\">%s</th><td class=\"drs-table__number\">",
		 view_period_label(point->period, label));
	measure_write_value(p, point->figure, NULL);
	html_raw(p->h, "</td>");
	measure_write_parts(p, point->figure);
	html_put(p->h, "<td>%s</td><td>%s</td></tr>\n",
		 point->figure == NULL ? "" : trend_say_coverage(point->figure, words), flags);
}

static void measure_write_table(const struct measure_page *p)
{
	layout_details_begin(p->h, "Show as table");
	html_put(p->h,
		 "<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" aria-label=\"Figures "
		 "over time\"><table class=\"drs-table\"><caption>%s, %s</caption><thead><tr>"
		 "<th scope=\"col\">Period</th><th scope=\"col\" class=\"drs-table__number\">Value"
		 "</th>",
		 p->m->title, measure_area_name(p, p->area));
	if (measure_has_parts(p->m))
		html_raw(p->h, "<th scope=\"col\" class=\"drs-table__number\">Numerator</th>"
			       "<th scope=\"col\" class=\"drs-table__number\">Denominator</th>");
	html_raw(p->h, "<th scope=\"col\">Stands on</th><th scope=\"col\">Signal</th></tr></thead>"
		       "<tbody>\n");
	for (size_t i = p->trend.n; i > 0; i--)
		measure_write_row(p, i - 1);
	html_raw(p->h, "</tbody></table></div>\n");
	layout_details_end(p->h);
}

/* ---- what was agreed, and what happened */

struct measure_extras {
	double *targets; /* per point of the trend; NULL: no target for these periods */
	struct annotation_list notes;
	struct chart_mark *marks;
	size_t n_marks;
	int64_t target; /* its id; 0: none in force */
};

static void measure_clear_extras(struct measure_extras *x)
{
	free(x->targets);
	free(x->marks);
	annotation_list_free(&x->notes);
}

static enum err_code measure_find_target(const struct measure_page *p, struct measure_extras *x,
					 struct err *err)
{
	struct plan_target t;
	int64_t tenths;
	int found = 0;
	enum err_code code = plan_find_for(p->web->office, p->m->code, p->area, &t, &found, err);

	if (code != ERR_OK || !found)
		return code;
	x->target = t.id;
	code = plan_protect(p->web, &p->rq->viewer, &t, err);
	for (size_t i = 0; code == ERR_OK && i < p->trend.n; i++) {
		if (!plan_at(&t, p->trend.points[i].period, &tenths))
			continue;
		if (x->targets == NULL) {
			x->targets = calloc(p->trend.n, sizeof *x->targets);
			if (x->targets == NULL)
				return err_set(err, ERR_NOMEM, "out of memory");
			for (size_t k = 0; k < p->trend.n; k++)
				x->targets[k] = (double)NAN;
		}
		x->targets[i] = (double)tenths / 10;
	}
	return code;
}

static enum err_code measure_find_extras(const struct measure_page *p, struct measure_extras *x,
					 struct err *err)
{
	enum err_code code = measure_find_target(p, x, err);

	if (code == ERR_OK)
		code = annotation_of(p->web->office, p->area, p->m->code, &x->notes, err);
	if (code != ERR_OK || x->notes.n == 0)
		return code;
	x->marks = calloc(x->notes.n, sizeof *x->marks);
	if (x->marks == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	x->n_marks = annotation_marks(&x->notes, &p->trend, x->marks);
	return ERR_OK;
}

static void measure_write_target_link(const struct measure_page *p, const struct measure_extras *x)
{
	char path[48];

	if (x->target == 0)
		return;
	(void)snprintf(path, sizeof path, "/plan/%lld", (long long)x->target);
	html_raw(p->h, "<p class=\"drs-chart__source\">The improvement plan has a target for this: "
		       "<a class=\"govuk-link\" href=\"");
	view_link(p->h, p->web, &p->view, path, NULL);
	html_raw(p->h, "\">how it stands</a></p>\n");
}

static void measure_write_figure(const struct measure_page *p, const struct measure_extras *x)
{
	char title[WORDS_BYTES];
	char desc[WORDS_BYTES];
	char range[TREND_TEXT_BYTES];
	char period[VIEW_PERIOD_BYTES];
	struct chart_trend chart;

	measure_write_summary(p);
	(void)snprintf(title, sizeof title, "%s, %s: %s", p->m->title,
		       view_period_label(p->view.period, period),
		       trend_say_range(&p->trend, range));
	measure_describe(p, desc);
	chart = trend_chart(&p->trend,
			    (struct chart_text){ .id = "trend",
						 .title = title,
						 .desc = desc,
						 .unit = p->m->unit == MEASURE_PERCENT ? "%" : "",
						 .axis = NULL });
	chart.targets = x->targets;
	chart.marks = x->marks;
	chart.n_marks = x->n_marks;
	html_put(p->h,
		 "<figure class=\"drs-chart\"><figcaption><h2 class=\"drs-chart__title\">%s</h2>"
		 "<p class=\"drs-chart__subtitle\">%s, %s, %d %s to %s%s</p></figcaption>\n",
		 title, p->m->title, measure_area_name(p, p->area), p->view.n_periods,
		 trend_period_noun(p->view.by), view_period_label(p->view.period, period),
		 p->trend.by_change
			 ? ". A figure at a date is judged by its change from one period "
			   "to the next, so no limits are drawn around its level"
			 : "");
	chart_trend(p->h, &chart);
	measure_write_table(p);
	measure_write_target_link(p, x);
	measure_write_source(p, "");
	measure_write_protection(p);
	html_raw(p->h, "</figure>\n");
}

enum err_code measure_write_trend(struct measure_page *p, struct err *err)
{
	struct measure_extras extras = { .targets = NULL };
	enum err_code code = measure_find_extras(p, &extras, err);

	if (code == ERR_OK)
		measure_write_figure(p, &extras);
	measure_clear_extras(&extras);
	return code;
}
