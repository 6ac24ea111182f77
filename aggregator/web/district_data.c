/* What a district's page shows, read once: which district, its headline figures, its signals. */
#include "aggregator/web/district.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/rollup_value.h"
#include "aggregator/web/layout.h"
#include "aggregator/web/protect.h"
#include "proto/clock.h"

/* ---- which district */

static enum err_code district_refuse_ward(const struct area_tree *tree, int ward, struct err *err)
{
	const int parent = tree->areas[ward].parent;

	return err_set(err, ERR_MISSING,
		       "'%s' is a ward%s%s: its figures stand on the district's page, "
		       "/districts/%s",
		       tree->areas[ward].code, parent < 0 ? "" : " of ",
		       parent < 0 ? "" : tree->areas[parent].name,
		       parent < 0 ? "" : tree->areas[parent].code);
}

static enum err_code district_find(struct district *d, const char *text, int *is_city,
				   struct err *err)
{
	const struct area_tree *tree = d->web->reading.areas;
	int city;
	int area;
	enum err_code code = rollup_area(tree, d->web->reading.config->area, &city, err);

	if (code == ERR_OK)
		code = rollup_area(tree, text, &area, err);
	if (code != ERR_OK)
		return code;
	*is_city = area == city && tree->areas[area].level < AREA_DISTRICT;
	if (*is_city)
		return ERR_OK;
	if (tree->areas[area].level == AREA_WARD)
		return district_refuse_ward(tree, area, err);
	if (!tree->areas[area].reports)
		return err_set(err, ERR_MISSING,
			       "'%s' is no district: the list of districts is at /districts", text);
	if (!viewer_sees_area(&d->rq->viewer, tree->areas[area].code, tree->areas[city].code))
		return err_set(err, ERR_DENIED,
			       "your account shows your own district and the city, not %s",
			       tree->areas[area].name);
	d->area = &tree->areas[area];
	d->city = &tree->areas[city];
	return ERR_OK;
}

enum err_code district_open(struct web *web, const struct request *rq, struct district *d,
			    int *is_city, struct err *err)
{
	enum err_code code;

	d->web = web;
	d->rq = rq;
	code = district_find(d, rq->part[0], is_city, err);
	if (code != ERR_OK || *is_city)
		return code;
	code = view_read(web, rq, &d->view, err);
	d->view.area = (int)(d->area - web->reading.areas->areas);
	d->month_to = period_next(period_of(PERIOD_MONTH, clock_today()), -1);
	return code;
}

void district_clear(struct district *d)
{
	for (int i = 0; i < d->n_rows; i++)
		trend_clear(&d->rows[i].trend);
	d->n_rows = 0;
	signals_clear(&d->signals);
}

/* ---- figures */

struct period district_from(const struct district *d)
{
	const enum period_kind by = d->view.by;
	const int year = by == PERIOD_WEEK      ? 52
			 : by == PERIOD_MONTH   ? 12
			 : by == PERIOD_QUARTER ? 4
						: 1;
	const int n = d->view.n_periods > year ? d->view.n_periods : year + 1;

	return period_next(d->view.period, 1 - n);
}

static struct rollup_query district_query(const struct district *d, const struct measure *m,
					  const char *area, struct period from)
{
	return (struct rollup_query){ .measure = m->code,
				      .area = area,
				      .by = d->view.by,
				      .from = from,
				      .to = d->view.period,
				      .as_known_on_us = view_known_on_us(&d->view) };
}

enum err_code district_get(const struct district *d, const struct measure *m, struct period from,
			   struct period to, const char *breakdown, const struct figure_set **out,
			   struct err *err)
{
	struct rollup_query query = district_query(d, m, d->area->code, from);

	query.to = to;
	query.breakdown = breakdown;
	return figures_get(d->web->figures, &d->rq->viewer, &query, out, err);
}

static int district_has_values(const struct figure_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->figures[i].cell.status != ROLLUP_MISSING)
			return 1;
	return 0;
}

/* Weeks are reported for some measures only. */
static int district_has_kind(const struct district *d, const struct measure *m)
{
	struct rollup_terms terms;

	if (rollup_terms_find(d->web->reading.measures, m, &terms, NULL) != ERR_OK)
		return 0;
	for (int i = 0; i < terms.n_parts; i++)
		if (d->view.by == PERIOD_WEEK && !terms.parts[i]->weeks)
			return 0;
	return 1;
}

enum err_code district_choose(const struct district *d, const char *area,
			      const struct measure *measure, const struct measure *otherwise,
			      const struct figure_set **set, struct err *err)
{
	const struct measure *choice[2] = { measure, otherwise };
	const struct figure_set *found = NULL;
	enum err_code code = ERR_OK;

	*set = NULL;
	for (int i = 0; code == ERR_OK && i < 2; i++) {
		struct rollup_query query;

		if (choice[i] == NULL || !district_has_kind(d, choice[i]))
			continue;
		query = district_query(d, choice[i], area, district_from(d));
		code = figures_get(d->web->figures, &d->rq->viewer, &query, &found, err);
		if (code != ERR_OK)
			break;
		if (*set == NULL || district_has_values(found))
			*set = found;
		if (district_has_values(found))
			break;
	}
	return code;
}

static enum err_code district_compare(const struct district *d, struct district_row *r,
				      struct err *err)
{
	const struct measure *m = r->trend.measure;
	struct rollup_query query = district_query(d, m, d->city->code, d->view.period);
	enum err_code code;

	query.districts = 1;
	code = figures_get(d->web->figures, &d->rq->viewer, &query, &r->compare, err);
	if (code != ERR_OK)
		return code;
	r->city = figures_find(r->compare, d->city->code, d->view.period, "");
	if (district_is_known(r->now) && district_is_known(r->city))
		r->verdict =
			trend_compare(d->web->reading.measures, m, r->now, r->city, &r->compared);
	return ERR_OK;
}

static enum err_code district_add(struct district *d, const struct headline_row *row,
				  struct err *err)
{
	const struct figure_set *set;
	struct district_row *r;
	enum err_code code =
		district_choose(d, d->area->code, row->measure, row->otherwise, &set, err);

	if (code != ERR_OK || set == NULL)
		return code;
	r = &d->rows[d->n_rows++];
	r->row = row;
	code = trend_make(set, d->area->code, "", district_from(d), d->view.period, &r->trend, err);
	if (code != ERR_OK)
		return code;
	r->now = trend_last(&r->trend)->figure;
	if (district_has_values(set))
		d->has_figures = 1;
	return district_is_rate(set->measure) ? district_compare(d, r, err) : ERR_OK;
}

enum err_code district_gather(struct district *d, struct err *err)
{
	enum err_code code = headline_read(d->web->reading.measures, &d->headline, err);

	if (code == ERR_OK)
		code = demand_read(d->web->reading.measures, &d->demand, err);
	for (int i = 0; code == ERR_OK && i < d->headline.n; i++)
		code = district_add(d, &d->headline.rows[i], err);
	if (code == ERR_OK)
		code = signals_list(d->web->reading.store, 1u << SIGNAL_OPEN, d->area->code,
				    DISTRICT_SIGNALS_MAX, &d->signals, err);
	return code;
}

int district_is_rate(const struct measure *m)
{
	return m->unit == MEASURE_PERCENT || m->unit == MEASURE_RATE_10K ||
	       m->unit == MEASURE_RATIO;
}

int district_is_known(const struct figure *f)
{
	return f != NULL && f->cell.has_value && f->shown != FIGURE_SUPPRESSED;
}

double district_value(const struct figure *f)
{
	return district_is_known(f) ? f->cell.value : NAN;
}

/* ---- pieces of markup */

void district_link(const struct district *d, const char *folder, const char *code)
{
	char path[192];

	(void)snprintf(path, sizeof path, "%s/%s", folder, code);
	view_link(d->h, d->web, &d->view, path, "sort", "", "desc", "", "breakdown", "", NULL);
}

void district_write_value(const struct district *d, const struct measure *m, const struct figure *f,
			  const char *dimension)
{
	char text[FIGURE_TEXT_BYTES];
	char period[PERIOD_TEXT_BYTES];
	char path[256];

	if (f == NULL || f->cell.status == ROLLUP_MISSING) {
		html_raw(d->h, "<span class=\"drs-absent\">no data</span>");
		return;
	}
	if (d->view.known_on != INT32_MIN) { /* what stands behind it is followed as it is now */
		html_text(d->h, figure_text(m, f, text));
		return;
	}
	(void)snprintf(path, sizeof path, "/trace/%s/%s/%s", m->code, f->cell.area,
		       period_format(f->cell.period, period));
	html_raw(d->h, "<a class=\"govuk-link\" href=\"");
	view_link(d->h, d->web, &d->view, path, "sort", "", "desc", "", "breakdown", "",
		  "dimension", dimension == NULL ? "" : dimension, "category",
		  dimension == NULL ? "" : f->cell.category, NULL);
	html_put(d->h, "\" title=\"Follow this number\">%s</a>", figure_text(m, f, text));
	if (f->cell.status == ROLLUP_PROVISIONAL && dimension == NULL)
		html_raw(d->h, " <span class=\"drs-mark\">provisional</span>");
}

static void table_begin(const struct district *d, const char *label, const char *kind)
{
	html_put(
		d->h,
		"<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">"
		"<table class=\"drs-table%s\"><caption class=\"govuk-visually-hidden\">%s</caption>"
		"<thead><tr>",
		label, kind, label);
}

void district_table_begin(const struct district *d, const char *label)
{
	table_begin(d, label, "");
}

void district_words_begin(const struct district *d, const char *label)
{
	table_begin(d, label, " drs-table--words");
}

void district_table_end(const struct district *d)
{
	html_raw(d->h, "</tbody></table></div>\n");
}

void district_write_protection(const struct district *d)
{
	const struct viewer *v = &d->rq->viewer;

	if (!viewer_sees_exact(v, d->area->code))
		html_put(d->h, "<p class=\"drs-note\">%s</p>\n", protect_note);
	else if (!viewer_sees_exact(v, d->city->code))
		html_put(d->h, "<p class=\"drs-note\">%s: %s</p>\n", d->city->name, protect_note);
}
