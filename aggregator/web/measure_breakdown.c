/* A measure's breakdowns in the view's period: one dimension at a time, chosen by link; and where
 * the measure counts by days or cases, the distribution with its median and the share over the
 * limit. */
#include "aggregator/web/measure_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/layout.h"
#include "proto/codes.h"

/* Dimensions whose categories are the measure's own buckets of a number. */
static int breakdown_is_number(const char *dimension)
{
	return strcmp(dimension, "days") == 0 || strcmp(dimension, "cases") == 0;
}

static const char *breakdown_label(const struct measure_page *p, const char *dimension,
				   const char *category)
{
	const struct code *code;
	int area;

	if (strcmp(category, "unknown") == 0)
		return "Not known";
	if (strcmp(dimension, "ward") == 0) {
		area = area_find(p->web->reading.areas, category);
		return area < 0 ? category : p->web->reading.areas->areas[area].name;
	}
	code = codes_find(dimension, category);
	return code == NULL ? category : code->label;
}

static enum err_code breakdown_get(const struct measure_page *p, const char *dimension,
				   const struct figure_set **set, struct err *err)
{
	const struct rollup_query query = { .measure = p->m->code,
					    .area = p->area,
					    .by = p->view.by,
					    .from = p->view.period,
					    .to = p->view.period,
					    .breakdown = dimension,
					    .as_known_on_us = view_known_on_us(&p->view) };

	return figures_get(p->web->figures, &p->rq->viewer, &query, set, err);
}

/* ---- bars and table */

static void breakdown_write_table(const struct measure_page *p, const struct figure_set *set,
				  const char *dimension)
{
	layout_details_begin(p->h, "Show as table");
	html_put(p->h,
		 "<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" aria-label=\"By "
		 "%s\"><table class=\"drs-table\"><thead><tr><th scope=\"col\">%s</th>"
		 "<th scope=\"col\" class=\"drs-table__number\">Value</th>",
		 codes_dimension_label(dimension), codes_dimension_label(dimension));
	if (measure_has_parts(p->m))
		html_raw(p->h, "<th scope=\"col\" class=\"drs-table__number\">Numerator</th>"
			       "<th scope=\"col\" class=\"drs-table__number\">Denominator</th>");
	html_raw(p->h, "</tr></thead><tbody>\n");
	for (size_t i = 0; i < set->n; i++) {
		const struct figure *f = &set->figures[i];

		html_put(p->h, "<tr><th scope=\"row\">%s</th><td class=\"drs-table__number\">",
			 f->cell.category[0] == '\0'
				 ? "All"
				 : breakdown_label(p, dimension, f->cell.category));
		measure_write_value(p, f, f->cell.category[0] == '\0' ? NULL : dimension);
		html_raw(p->h, "</td>");
		measure_write_parts(p, f);
		html_raw(p->h, "</tr>\n");
	}
	html_raw(p->h, "</tbody></table></div>\n");
	layout_details_end(p->h);
}

static enum err_code breakdown_write_bars(const struct measure_page *p,
					  const struct figure_set *set, const char *dimension,
					  struct err *err)
{
	struct chart_bar *bars = calloc(set->n + 1, sizeof *bars);
	char(*texts)[FIGURE_TEXT_BYTES] = calloc(set->n + 1, sizeof *texts);
	char title[256];
	char period[VIEW_PERIOD_BYTES];
	struct chart_text text = { .id = breakdown_is_number(dimension) ? "distribution"
									: "breakdown",
				   .title = title,
				   .desc = "One bar for each category; the table below holds the "
					   "same figures.",
				   .unit = p->m->unit == MEASURE_PERCENT ? "%" : "" };
	size_t n = 0;

	if (bars == NULL || texts == NULL) {
		free(bars);
		free(texts);
		return err_set(err, ERR_NOMEM, "out of memory");
	}
	for (size_t i = 0; i < set->n; i++) {
		const struct figure *f = &set->figures[i];
		const int has_value = f->cell.has_value && f->shown != FIGURE_SUPPRESSED;

		if (f->cell.category[0] == '\0')
			continue;
		bars[n] = (struct chart_bar){ .label = breakdown_label(p, dimension,
								       f->cell.category),
					      .value_text = figure_text(p->m, f, texts[n]),
					      .value = has_value ? f->cell.value : NAN,
					      .low = NAN,
					      .high = NAN };
		n++;
	}
	(void)snprintf(title, sizeof title, "%s by %s, %s, %s", p->m->title,
		       codes_dimension_label(dimension), measure_area_name(p, p->area),
		       view_period_label(p->view.period, period));
	html_put(p->h,
		 "<figure class=\"drs-chart\"><figcaption><h3 class=\"drs-chart__title\">%s</h3>"
		 "</figcaption>\n",
		 title);
	if (n > 0)
		chart_bars(p->h, &text, bars, n, NAN, NULL);
	else
		html_raw(p->h, "<p class=\"govuk-body\">No figures by this breakdown in this "
			       "period.</p>");
	if (n > 0)
		breakdown_write_table(p, set, dimension);
	measure_write_source(p, dimension);
	measure_write_protection(p);
	html_raw(p->h, "</figure>\n");
	free(bars);
	free(texts);
	return ERR_OK;
}

static void breakdown_write_choice(const struct measure_page *p, const char *chosen)
{
	html_raw(p->h, "<ul class=\"drs-key\" aria-label=\"Breakdowns\">");
	for (int i = 0; i < p->m->n_dimensions; i++) {
		const char *dimension = p->m->dimensions[i];

		if (breakdown_is_number(dimension))
			continue;
		if (strcmp(dimension, chosen) == 0) {
			html_put(p->h, "<li><strong aria-current=\"true\">%s</strong></li>",
				 codes_dimension_label(dimension));
			continue;
		}
		html_raw(p->h, "<li><a class=\"govuk-link\" href=\"");
		view_link(p->h, p->web, &p->view, p->rq->path, "breakdown", dimension, NULL);
		html_put(p->h, "#breakdown-of\">%s</a></li>", codes_dimension_label(dimension));
	}
	html_raw(p->h, "</ul>\n");
}

/* ---- distribution */

/* The bucket that holds the median, −1 when nothing is known; *n_over: counted beyond the limit. */
static int distribution_median(const struct measure *m, const struct figure_set *set,
			       int64_t *n_all, int64_t *n_over)
{
	int64_t counts[MEASURE_BUCKETS_MAX] = { 0 };
	int64_t sum = 0;

	*n_all = *n_over = 0;
	for (size_t i = 0; i < set->n; i++) {
		const struct figure *f = &set->figures[i];

		for (int b = 0; b < m->n_buckets; b++)
			if (f->shown != FIGURE_SUPPRESSED &&
			    strcmp(f->cell.category, m->buckets[b].code) == 0)
				counts[b] += f->cell.numerator;
	}
	for (int b = 0; b < m->n_buckets; b++) {
		*n_all += counts[b];
		if (m->statutory_limit_days > 0 && m->buckets[b].from > m->statutory_limit_days)
			*n_over += counts[b];
	}
	for (int b = 0; b<m->n_buckets && * n_all> 0; b++) {
		sum += counts[b];
		if (2 * sum >= *n_all)
			return b;
	}
	return -1;
}

static void distribution_say(const struct measure_page *p, const struct figure_set *set,
			     const char *dimension)
{
	const struct measure *m = p->m;
	int64_t n_all, n_over;
	const int median = distribution_median(m, set, &n_all, &n_over);
	char number[32];

	if (median < 0)
		return;
	html_put(
		p->h,
		"<p class=\"govuk-body\">The median lies in <strong>%s</strong> %s; %s are counted "
		"whose number is known.",
		m->buckets[median].code, strcmp(dimension, "cases") == 0 ? "cases" : "days",
		html_number(n_all, number));
	if (m->statutory_limit_days > 0) {
		const int64_t tenths = (n_over * 2000 + n_all) / (2 * n_all);

		html_put(p->h,
			 " <strong>%lld.%lld%%</strong> are over the limit of %d working days.",
			 (long long)(tenths / 10), (long long)(tenths % 10),
			 m->statutory_limit_days);
	}
	html_raw(p->h, "</p>\n");
}

static enum err_code breakdown_write_distribution(const struct measure_page *p, struct err *err)
{
	const struct figure_set *set = NULL;
	enum err_code code = ERR_OK;

	for (int i = 0; i < p->m->n_dimensions && code == ERR_OK; i++) {
		const char *dimension = p->m->dimensions[i];

		if (!breakdown_is_number(dimension))
			continue;
		code = breakdown_get(p, dimension, &set, err);
		if (code != ERR_OK)
			break;
		html_raw(p->h, "<h2 class=\"govuk-heading-m\">Distribution</h2>\n");
		distribution_say(p, set, dimension);
		code = breakdown_write_bars(p, set, dimension, err);
	}
	return code;
}

/* The one asked for, or the first that is no number; NULL when the measure has none. ERR_MISSING.
 */
static enum err_code breakdown_choose(const struct measure_page *p, const char **out,
				      struct err *err)
{
	*out = NULL;
	for (int i = p->m->n_dimensions - 1; i >= 0; i--) {
		if (breakdown_is_number(p->m->dimensions[i]))
			continue;
		if (p->view.breakdown[0] == '\0' ||
		    strcmp(p->m->dimensions[i], p->view.breakdown) == 0)
			*out = p->m->dimensions[i];
	}
	for (int i = 0; i < p->m->n_dimensions && *out == NULL; i++)
		if (strcmp(p->m->dimensions[i], p->view.breakdown) == 0)
			return ERR_OK; /* days or cases: shown below */
	if (*out == NULL && p->view.breakdown[0] != '\0')
		return err_set(err, ERR_MISSING,
			       "breakdown: %s is not broken down by %s; its page lists what it is "
			       "broken down by",
			       p->m->code, p->view.breakdown);
	return ERR_OK;
}

enum err_code measure_write_breakdowns(struct measure_page *p, struct err *err)
{
	const struct figure_set *set = NULL;
	const char *dimension = NULL;
	enum err_code code = breakdown_choose(p, &dimension, err);

	if (code == ERR_OK && dimension != NULL) {
		html_raw(p->h, "<h2 class=\"govuk-heading-m\" id=\"breakdown-of\">Who and where"
			       "</h2>\n");
		breakdown_write_choice(p, dimension);
		code = breakdown_get(p, dimension, &set, err);
		if (code == ERR_OK)
			code = breakdown_write_bars(p, set, dimension, err);
	}
	return code == ERR_OK ? breakdown_write_distribution(p, err) : code;
}
