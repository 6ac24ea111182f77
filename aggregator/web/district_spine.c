/* A district beside the city: spine chart of what can be compared, and the counts, which cannot, as
 * they move. */
#include "aggregator/web/district.h"

#include <math.h>
#include <string.h>

static void figures_write_theme(const struct district *d, const struct district_row *r,
				const char **theme, int n_columns)
{
	if (strcmp(*theme, r->row->theme) == 0)
		return;
	*theme = r->row->theme;
	html_put(d->h,
		 "<tr><th scope=\"colgroup\" colspan=\"%d\" "
		 "class=\"drs-table__theme\"><strong>%s</strong></th></tr>"
		 "\n",
		 n_columns, *theme);
}

static void figures_write_name(const struct district *d, const struct district_row *r)
{
	html_raw(d->h, "<tr><th scope=\"row\"><a class=\"govuk-link\" href=\"");
	district_link(d, "/measures", r->trend.measure->code);
	html_put(d->h, "\">%s</a></th>", r->row->title);
}

/* Amount on n periods before, or why there is none. */
static void figures_write_change(const struct district *d, const struct district_row *r, int n)
{
	const struct trend_point *last = trend_last(&r->trend);
	const struct trend_point *before = trend_before(&r->trend, last, n);
	char words[TREND_TEXT_BYTES];

	html_raw(d->h, "<td>");
	(void)trend_say_amount(&r->trend, last, before, words);
	if (words[0] != '\0')
		html_text(d->h, words);
	else
		html_put(d->h, "<span class=\"drs-absent\">%s</span>",
			 !district_is_known(r->now) || before == NULL ||
					 !district_is_known(before->figure)
				 ? "no figure"
				 : "not compared");
	html_raw(d->h, "</td>");
}

/* ---- against the city */

/* From the lowest to the highest district, where the viewer sees the others. */
static void spine_range(const struct district *d, const struct district_row *r,
			struct chart_spine_row *row)
{
	row->low = NAN;
	row->high = NAN;
	if (d->rq->viewer.role == ROLE_DISTRICT)
		return;
	for (size_t i = 0; i < r->compare->n; i++) {
		const struct figure *f = &r->compare->figures[i];

		if (strcmp(f->cell.area, d->city->code) == 0 || !district_is_known(f))
			continue;
		row->low = isnan(row->low) ? f->cell.value : fmin(row->low, f->cell.value);
		row->high = isnan(row->high) ? f->cell.value : fmax(row->high, f->cell.value);
	}
}

static void spine_write_city(const struct district *d, const struct district_row *r)
{
	char text[FIGURE_TEXT_BYTES];

	html_put(d->h, "<td class=\"drs-table__number\">%s",
		 r->city == NULL ? "no data" : figure_text(r->trend.measure, r->city, text));
	if (r->city != NULL && r->city->cell.status == ROLLUP_PARTIAL)
		html_put(d->h, " <span class=\"drs-mark\">%d of %d districts</span>",
			 r->city->cell.n_reported, r->city->cell.n_expected);
	if (r->city != NULL && r->city->cell.status == ROLLUP_PROVISIONAL)
		html_raw(d->h, " <span class=\"drs-mark\">provisional</span>");
	html_raw(d->h, "</td>");
}

static void spine_write_mark(const struct district *d, const struct district_row *r)
{
	const struct measure *m = r->trend.measure;
	char district[FIGURE_TEXT_BYTES] = "no data";
	char city[FIGURE_TEXT_BYTES] = "no data";
	struct interval interval = { NAN, NAN };
	struct chart_spine_row row = { .label = r->row->title,
				       .district_text = district,
				       .city_text = city,
				       .polarity = (int)m->polarity,
				       .verdict = r->compared ? r->verdict : INTERVAL_SIMILAR };

	if (r->now != NULL)
		(void)figure_text(m, r->now, district);
	if (r->city != NULL)
		(void)figure_text(m, r->city, city);
	row.district = district_value(r->now);
	row.city = district_value(r->city);
	if (!district_is_known(r->now) ||
	    !trend_interval(d->web->reading.measures, m, r->now, INTERVAL_Z_95, &interval))
		interval = (struct interval){ NAN, NAN };
	row.interval_low = interval.low;
	row.interval_high = interval.high;
	spine_range(d, r, &row);
	html_raw(d->h, "<td class=\"drs-table__spine\">");
	chart_spine_mark(d->h, &row);
	html_raw(d->h, "</td><td class=\"drs-table__number\">");
	if (isnan(row.interval_low))
		html_raw(d->h, "</td>");
	else
		html_put(d->h, "%.1f to %.1f</td>", row.interval_low, row.interval_high);
}

static void spine_write_row(const struct district *d, const struct district_row *r)
{
	figures_write_name(d, r);
	html_raw(d->h, "<td class=\"drs-table__number\">");
	district_write_value(d, r->trend.measure, r->now, NULL);
	html_raw(d->h, "</td>");
	spine_write_city(d, r);
	spine_write_mark(d, r);
	html_raw(d->h, "<td>");
	if (r->compared)
		chart_verdict(d->h, r->verdict, (int)r->trend.measure->polarity);
	else
		html_raw(d->h, "<span class=\"drs-absent\">not compared</span>");
	html_raw(d->h, "</td>");
	figures_write_change(d, r, trend_year(&r->trend));
	html_raw(d->h, "</tr>\n");
}

static void spine_write_note(const struct district *d)
{
	html_put(d->h,
		 "<p class=\"drs-note\">In each drawing the upright line is %s%s; the mark is %s "
		 "with its 95%% interval; to the right is better or, where neither way is good, "
		 "higher. The words follow from Wilson’s intervals for percentages and Byar’s for "
		 "rates (“much”: 99.8%%): “similar” means that chance alone may explain the "
		 "difference.</p>\n",
		 d->city->name,
		 d->rq->viewer.role == ROLE_DISTRICT
			 ? ""
			 : ", the band runs from the lowest district to the highest",
		 d->area->name);
}

void district_write_spine(const struct district *d)
{
	const char *theme = "";
	char period[VIEW_PERIOD_BYTES];

	html_put(d->h, "<h2 class=\"drs-theme\">Against %s, %s</h2>\n", d->city->name,
		 view_period_label(d->view.period, period));
	district_table_begin(d, "Rates and shares against the city");
	html_put(d->h,
		 "<th scope=\"col\">Measure</th><th scope=\"col\" class=\"drs-table__number\">%s"
		 "</th><th scope=\"col\" class=\"drs-table__number\">%s</th>"
		 "<th scope=\"col\">Worse or lower — better or higher</th>"
		 "<th scope=\"col\" class=\"drs-table__number\">95%% interval</th>"
		 "<th scope=\"col\">Against %s</th><th scope=\"col\">On a year ago</th></tr>"
		 "</thead><tbody>\n",
		 d->area->name, d->city->name, d->city->name);
	for (int i = 0; i < d->n_rows; i++) {
		const struct district_row *r = &d->rows[i];

		if (!district_is_rate(r->trend.measure))
			continue;
		figures_write_theme(d, r, &theme, 7);
		spine_write_row(d, r);
	}
	district_table_end(d);
	spine_write_note(d);
	district_write_protection(d);
}

/* ---- counts */

static void counts_write_row(const struct district *d, const struct district_row *r)
{
	struct chart_trend chart = trend_chart(&r->trend, (struct chart_text){ .id = NULL });
	const int direction = trend_direction(&r->trend);
	const int concern = trend_concern(&r->trend);
	char words[TREND_TEXT_BYTES];

	figures_write_name(d, r);
	html_raw(d->h, "<td class=\"drs-table__number\">");
	district_write_value(d, r->trend.measure, r->now, NULL);
	html_raw(d->h, "</td><td>");
	chart_sparkline(d->h, &chart);
	html_raw(d->h, "</td>");
	figures_write_change(d, r, 1);
	figures_write_change(d, r, trend_year(&r->trend));
	html_raw(d->h, "<td>");
	if (direction != 0)
		html_put(d->h,
			 "<strong class=\"drs-tile__usual--%s\"><span aria-hidden=\"true\">%s "
			 "</span>",
			 concern > 0   ? "concern"
			 : concern < 0 ? "better"
				       : "change",
			 direction > 0 ? "▲" : "▼");
	html_put(d->h, "%s%s", trend_say_range(&r->trend, words),
		 concern > 0   ? ": a concern"
		 : concern < 0 ? ": an improvement"
			       : "");
	html_raw(d->h, direction != 0 ? "</strong></td></tr>\n" : "</td></tr>\n");
}

void district_write_counts(const struct district *d)
{
	const char *theme = "";
	char before[VIEW_PERIOD_BYTES];
	int n = 0;

	for (int i = 0; i < d->n_rows; i++) {
		const struct district_row *r = &d->rows[i];

		if (district_is_rate(r->trend.measure))
			continue;
		if (n++ == 0) {
			html_raw(d->h, "<h2 class=\"drs-theme\">Counts and how they move</h2>\n");
			district_table_begin(d, "Counts and how they move");
			html_put(d->h,
				 "<th scope=\"col\">Measure</th><th scope=\"col\" "
				 "class=\"drs-table__number\">Figure</th><th scope=\"col\">%zu %s"
				 "</th><th scope=\"col\">On %s</th><th scope=\"col\">On a year ago"
				 "</th><th scope=\"col\">Usual range</th></tr></thead><tbody>\n",
				 r->trend.n, trend_periods(&r->trend),
				 view_period_label(period_next(d->view.period, -1), before));
		}
		figures_write_theme(d, r, &theme, 6);
		counts_write_row(d, r);
	}
	if (n == 0)
		return;
	district_table_end(d);
	html_raw(d->h,
		 "<p class=\"drs-note\">Districts differ in size, so plain counts are not set "
		 "against the city. An open point is provisional.</p>\n");
}
