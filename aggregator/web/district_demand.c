/* What local commissioning asks: caseload, early help demand, contacts, wards; demand.csv says
 * which measures and how they are shown. */
#include "aggregator/web/district.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/layout.h"
#include "proto/codes.h"

#define TITLE_BYTES 400
#define RANKED_MAX 12 /* bars of a ranked breakdown; its table has all */

static const char *demand_label(const struct district *d, const char *dimension,
				const char *category)
{
	const struct area_tree *tree = d->web->reading.areas;
	const struct code *code;
	int area;

	if (strcmp(category, "unknown") == 0)
		return "Not known";
	if (strcmp(dimension, "ward") == 0) {
		area = area_find(tree, category);
		return area < 0 ? category : tree->areas[area].name;
	}
	code = codes_find(dimension, category);
	return code == NULL ? category : code->label;
}

/* Dimensions whose categories are the measure's own buckets of a number. */
static int demand_is_number(const char *dimension)
{
	return strcmp(dimension, "days") == 0 || strcmp(dimension, "cases") == 0;
}

static void demand_write_actions(const struct district *d, const struct measure *m,
				 const char *dimension)
{
	char path[128];

	html_raw(d->h, "<ul class=\"drs-chart__actions\"><li><a class=\"govuk-link\" href=\"");
	(void)snprintf(path, sizeof path, "/measures/%s", m->code);
	view_link(d->h, d->web, &d->view, path, "sort", "", "desc", "", "breakdown", dimension,
		  NULL);
	(void)snprintf(path, sizeof path, "/measures/%s/figures.csv", m->code);
	html_raw(d->h, "\">More of this measure</a></li><li><a class=\"govuk-link\" href=\"");
	view_link(d->h, d->web, &d->view, path, "sort", "", "desc", "", "breakdown", dimension,
		  NULL);
	html_raw(d->h, "\">Download (CSV)</a></li></ul>\n");
}

/* ---- over time */

static void trend_write_table(const struct district *d, const struct trend *t, const char *title)
{
	char label[VIEW_PERIOD_BYTES];
	char words[TREND_TEXT_BYTES];

	layout_details_begin(d->h, "Show as table");
	district_table_begin(d, title);
	html_raw(d->h, "<th scope=\"col\">Period</th><th scope=\"col\" class=\"drs-table__number\">"
		       "Figure</th><th scope=\"col\">Figure is</th></tr></thead><tbody>\n");
	for (size_t i = t->n; i > 0; i--) {
		const struct trend_point *p = &t->points[i - 1];

		html_put(d->h, "<tr><th scope=\"row\">%s</th><td class=\"drs-table__number\">",
			 view_period_label(p->period, label));
		district_write_value(d, t->measure, p->figure, NULL);
		html_put(d->h, "</td><td>%s</td></tr>\n",
			 p->figure == NULL ? "" : trend_say_coverage(p->figure, words));
	}
	district_table_end(d);
	layout_details_end(d->h);
}

static void trend_describe(const struct trend *t, char out[TITLE_BYTES])
{
	double low = INFINITY;
	double high = -INFINITY;
	int n = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (isnan(t->values[i]))
			continue;
		low = fmin(low, t->values[i]);
		high = fmax(high, t->values[i]);
		n++;
	}
	if (n == 0)
		(void)snprintf(out, TITLE_BYTES, "No figures in these %s.", trend_periods(t));
	else
		(void)snprintf(out, TITLE_BYTES,
			       "Line chart of %d %s; lowest %.1f, highest %.1f. The table below "
			       "holds every figure.",
			       n, trend_periods(t), low, high);
}

static void trend_write(const struct district *d, const struct demand_row *row, int id,
			const struct trend *t)
{
	const struct trend_point *last = trend_last(t);
	char name[32];
	char title[TITLE_BYTES];
	char desc[TITLE_BYTES];
	char words[TREND_TEXT_BYTES];
	char value[FIGURE_TEXT_BYTES];
	struct chart_trend chart;

	(void)snprintf(name, sizeof name, "demand-%d", id);
	(void)snprintf(title, sizeof title, "%s: %s", row->title,
		       last->figure == NULL ? "no data"
					    : figure_text(t->measure, last->figure, value));
	trend_describe(t, desc);
	chart = trend_chart(
		t, (struct chart_text){ .id = name,
					.title = title,
					.desc = desc,
					.unit = t->measure->unit == MEASURE_PERCENT ? "%" : "" });
	html_put(d->h,
		 "<figure class=\"drs-chart\"><figcaption><h3 class=\"drs-chart__title\">%s</h3>"
		 "<p class=\"drs-chart__subtitle\">",
		 title);
	(void)trend_say_amount(t, last, trend_before(t, last, trend_year(t)), words);
	html_put(d->h, "%s%s", words, words[0] == '\0' ? "" : " on a year ago; ");
	html_put(d->h, "%s</p></figcaption>\n", trend_say_range(t, words));
	chart_trend(d->h, &chart);
	trend_write_table(d, t, row->title);
	demand_write_actions(d, t->measure, "");
	html_raw(d->h, "</figure>\n");
}

static enum err_code trend_show(const struct district *d, const struct demand_row *row, int id,
				struct err *err)
{
	const struct figure_set *set;
	struct trend t = { .n = 0 };
	enum err_code code =
		district_choose(d, d->area->code, row->measure, row->otherwise, &set, err);

	if (code != ERR_OK || set == NULL)
		return code;
	code = trend_make(set, d->area->code, "", district_from(d), d->view.period, &t, err);
	if (code == ERR_OK)
		trend_write(d, row, id, &t);
	trend_clear(&t);
	return code;
}

/* ---- a breakdown */

struct breakdown {
	const struct demand_row *row;
	const struct measure *m;
	const struct figure_set *now, *before; /* before: a year ago */
	struct period year;
	const struct figure **order; /* categories as they are drawn; owned */
	size_t n;
};

/* Of the measure, or of its stand-in while that has no figures by it. */
static enum err_code breakdown_get(const struct district *d, const struct demand_row *row,
				   struct breakdown *b, struct err *err)
{
	const struct period now = d->view.period;
	const struct figure_set *totals;
	enum err_code code =
		district_choose(d, d->area->code, row->measure, row->otherwise, &totals, err);

	*b = (struct breakdown){ .row = row };
	if (code != ERR_OK || totals == NULL)
		return code;
	b->m = totals->measure;
	b->year = period_next(now, now.kind == PERIOD_WEEK      ? -52
				   : now.kind == PERIOD_MONTH   ? -12
				   : now.kind == PERIOD_QUARTER ? -4
								: -1);
	code = district_get(d, b->m, now, now, row->dimension, &b->now, err);
	if (code == ERR_OK)
		code = district_get(d, b->m, b->year, b->year, row->dimension, &b->before, err);
	return code;
}

/* Largest first; what is suppressed after zero, and "unknown" last. */
static int breakdown_compare(const void *a, const void *b)
{
	const struct figure *f = *(const struct figure *const *)a;
	const struct figure *g = *(const struct figure *const *)b;
	const int f_last = strcmp(f->cell.category, "unknown") == 0;
	const int g_last = strcmp(g->cell.category, "unknown") == 0;

	if (f_last != g_last)
		return f_last - g_last;
	if (district_is_known(f) != district_is_known(g))
		return district_is_known(f) ? -1 : 1;
	if (f->cell.value > g->cell.value || f->cell.value < g->cell.value)
		return f->cell.value > g->cell.value ? -1 : 1;
	return strcmp(f->cell.category, g->cell.category);
}

static enum err_code breakdown_order(struct breakdown *b, struct err *err)
{
	b->order = calloc(b->now->n + 1, sizeof(void *));
	if (b->order == NULL)
		return err_set(err, ERR_NOMEM, "district page: out of memory");
	for (size_t i = 0; i < b->now->n; i++)
		if (b->now->figures[i].cell.category[0] != '\0' &&
		    b->now->figures[i].cell.status != ROLLUP_MISSING)
			b->order[b->n++] = &b->now->figures[i];
	if (b->row->show == DEMAND_RANKED)
		qsort(b->order, b->n, sizeof(void *), breakdown_compare);
	return ERR_OK;
}

static void breakdown_write_table(const struct district *d, const struct breakdown *b)
{
	char period[VIEW_PERIOD_BYTES];

	layout_details_begin(d->h, "Show as table");
	district_table_begin(d, b->row->title);
	html_put(d->h,
		 "<th scope=\"col\">%s</th><th scope=\"col\" class=\"drs-table__number\">%s</th>",
		 codes_dimension_label(b->row->dimension),
		 view_period_label(d->view.period, period));
	html_put(d->h,
		 "<th scope=\"col\" class=\"drs-table__number\">%s</th></tr></thead><tbody>\n",
		 view_period_label(b->year, period));
	for (size_t i = 0; i < b->n; i++) {
		const char *category = b->order[i]->cell.category;
		const struct figure *before =
			figures_find(b->before, d->area->code, b->year, category);

		html_put(d->h, "<tr><th scope=\"row\">%s</th><td class=\"drs-table__number\">",
			 demand_label(d, b->row->dimension, category));
		district_write_value(d, b->m, b->order[i], b->row->dimension);
		html_raw(d->h, "</td><td class=\"drs-table__number\">");
		district_write_value(d, b->m, before, b->row->dimension);
		html_raw(d->h, "</td></tr>\n");
	}
	district_table_end(d);
	layout_details_end(d->h);
}

/* The bucket that holds the median: figures come in the buckets' order. Nothing where a bucket is
 * protected: half of what is shown need not be half of all. */
static void breakdown_say_median(const struct district *d, const struct breakdown *b)
{
	int64_t all = 0;
	int64_t sum = 0;

	for (size_t i = 0; i < b->n; i++) {
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): n of them are set */
		if (b->order[i]->shown != FIGURE_EXACT)
			return;
		if (strcmp(b->order[i]->cell.category, "unknown") != 0)
			all += b->order[i]->cell.numerator;
	}
	for (size_t i = 0; i < b->n && all > 0; i++) {
		sum += b->order[i]->cell.numerator;
		if (2 * sum < all)
			continue;
		html_put(d->h, "<p class=\"drs-note\">The median lies in %s %s.</p>\n",
			 b->order[i]->cell.category,
			 strcmp(b->row->dimension, "cases") == 0 ? "cases" : "days");
		return;
	}
}

static enum err_code breakdown_write_bars(const struct district *d, const struct breakdown *b,
					  int id, struct err *err)
{
	const size_t n = b->row->show == DEMAND_RANKED && b->n > RANKED_MAX ? RANKED_MAX : b->n;
	struct chart_bar *bars = calloc(n, sizeof *bars);
	char(*texts)[FIGURE_TEXT_BYTES] = calloc(n, sizeof *texts);
	char name[32];
	struct chart_text text = { .id = name,
				   .title = b->row->title,
				   .desc = "One bar for each category; the table below holds the "
					   "same figures.",
				   .unit = "" };

	if (bars == NULL || texts == NULL) {
		free(bars);
		free(texts);
		return err_set(err, ERR_NOMEM, "district page: out of memory");
	}
	(void)snprintf(name, sizeof name, "demand-%d", id);
	for (size_t i = 0; i < n; i++)
		bars[i] =
			(struct chart_bar){ .label = demand_label(d, b->row->dimension,
								  b->order[i]->cell.category),
					    .value_text = figure_text(b->m, b->order[i], texts[i]),
					    .value = district_value(b->order[i]),
					    .low = NAN,
					    .high = NAN };
	chart_bars(d->h, &text, bars, n, NAN, NULL);
	free(bars);
	free(texts);
	return ERR_OK;
}

static enum err_code breakdown_write(const struct district *d, struct breakdown *b, int id,
				     struct err *err)
{
	char period[VIEW_PERIOD_BYTES];
	enum err_code code = ERR_OK;

	html_put(d->h,
		 "<figure class=\"drs-chart\"><figcaption><h3 class=\"drs-chart__title\">%s</h3>"
		 "<p class=\"drs-chart__subtitle\">%s",
		 b->row->title, view_period_label(d->view.period, period));
	if (b->row->show == DEMAND_RANKED && b->n > RANKED_MAX)
		html_put(d->h, ", the %d largest of %zu", RANKED_MAX, b->n);
	html_raw(d->h, "</p></figcaption>\n");
	if (b->n == 0) {
		html_raw(d->h, "<p class=\"govuk-body\">No figures by this breakdown in this "
			       "period.</p>\n");
	} else {
		code = breakdown_write_bars(d, b, id, err);
		if (demand_is_number(b->row->dimension))
			breakdown_say_median(d, b);
		breakdown_write_table(d, b);
	}
	demand_write_actions(d, b->m, b->row->dimension);
	html_raw(d->h, "</figure>\n");
	return code;
}

static enum err_code breakdown_show(const struct district *d, const struct demand_row *row, int id,
				    struct err *err)
{
	struct breakdown b;
	enum err_code code = breakdown_get(d, row, &b, err);

	if (code == ERR_OK && b.m != NULL)
		code = breakdown_order(&b, err);
	if (code == ERR_OK && b.m != NULL)
		code = breakdown_write(d, &b, id, err);
	free(b.order);
	return code;
}

/* ---- wards */

struct wards {
	struct breakdown columns[DEMAND_MAX];
	int n_columns;
};

/* What was counted in a category: nothing is zero where the breakdown is there at all. */
static void wards_write_cell(const struct district *d, const struct breakdown *b,
			     const char *category)
{
	const struct figure *f = figures_find(b->now, d->area->code, d->view.period, category);
	const struct figure *total = figures_find(b->now, d->area->code, d->view.period, "");

	html_raw(d->h, "<td class=\"drs-table__number\">");
	if (f == NULL && total != NULL && total->cell.status != ROLLUP_MISSING &&
	    (b->now->n > 1 || total->cell.numerator == 0))
		html_raw(d->h, "0");
	else
		district_write_value(d, b->m, f, category[0] == '\0' ? NULL : b->row->dimension);
	html_raw(d->h, "</td>");
}

static void wards_write_row(const struct district *d, const struct wards *w, const char *category,
			    const char *name)
{
	html_raw(d->h, category[0] == '\0' ? "<tr class=\"drs-table--total\">" : "<tr>");
	html_put(d->h, "<th scope=\"row\">%s%s</th>", category[0] == '\0' ? "All of " : "", name);
	for (int i = 0; i < w->n_columns; i++)
		wards_write_cell(d, &w->columns[i], category);
	html_raw(d->h, "</tr>\n");
}

static void wards_write(const struct district *d, const struct wards *w)
{
	const struct area_tree *tree = d->web->reading.areas;
	const struct period p = d->view.period;

	district_table_begin(d, "Wards side by side");
	html_raw(d->h, "<th scope=\"col\">Ward</th>");
	for (int i = 0; i < w->n_columns; i++) {
		html_raw(d->h, "<th scope=\"col\" class=\"drs-table__number\"><a "
			       "class=\"govuk-link\" href=\"");
		district_link(d, "/measures", w->columns[i].m->code);
		html_put(d->h, "\">%s</a></th>", w->columns[i].row->title);
	}
	html_raw(d->h, "</tr></thead><tbody>\n");
	wards_write_row(d, w, "", d->area->name);
	for (int i = 0; i < tree->n_areas; i++) {
		const struct area *a = &tree->areas[i];

		if (a->level == AREA_WARD && a->parent == d->view.area &&
		    a->valid_from <= period_end(p) && a->valid_to >= p.start)
			wards_write_row(d, w, a->code, a->name);
	}
	wards_write_row(d, w, "unknown", "Not known");
	district_table_end(d);
}

/* ---- parts */

/* Rows of one part from *at on, which is left after them. Wards are one table. */
static enum err_code demand_write_part(const struct district *d, int from, int to, struct err *err)
{
	struct wards w = { .n_columns = 0 };
	enum err_code code = ERR_OK;
	int in_columns = 0;

	html_put(d->h, "<h2 class=\"drs-theme\">%s</h2>\n", d->demand.rows[from].part);
	for (int i = from; i < to && code == ERR_OK; i++) {
		const struct demand_row *row = &d->demand.rows[i];

		if (row->show == DEMAND_WARDS) {
			struct breakdown *b = &w.columns[w.n_columns];

			code = breakdown_get(d, row, b, err);
			w.n_columns += code == ERR_OK && b->m != NULL;
			continue;
		}
		html_raw(d->h, in_columns ? "" : "<div class=\"drs-columns\">\n");
		in_columns = 1;
		code = row->show == DEMAND_TREND ? trend_show(d, row, i, err)
						 : breakdown_show(d, row, i, err);
	}
	html_raw(d->h, in_columns ? "</div>\n" : "");
	if (code == ERR_OK && w.n_columns > 0)
		wards_write(d, &w);
	return code;
}

enum err_code district_write_demand(const struct district *d, struct err *err)
{
	enum err_code code = ERR_OK;

	for (int i = 0, end; i < d->demand.n && code == ERR_OK; i = end) {
		for (end = i + 1; end < d->demand.n; end++)
			if (strcmp(d->demand.rows[end].part, d->demand.rows[i].part) != 0)
				break;
		if (d->demand.rows[i].show != DEMAND_INDEX)
			code = demand_write_part(d, i, end, err);
	}
	return code;
}
