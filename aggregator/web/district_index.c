/* The list of districts: when each last reported, what is open, a few figures against the city. */
#include "aggregator/web/district.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/layout.h"
#include "aggregator/web/protect.h"
#include "aggregator/web/received_cache.h"
#include "aggregator/web/received_state.h"
#include "proto/clock.h"

struct index_column {
	const struct demand_row *row;
	const struct figure_set *set; /* the city's and the districts' of the period */
	const struct figure *city;    /* NULL: none */
};

struct index {
	struct district d; /* web, request, view, city, demand; no district */
	struct index_column columns[DEMAND_MAX];
	int n_columns;
	struct signal_list signals;
	const struct received *received; /* the newest month that has ended and the one before */
};

/* Chosen by what the city has; then the districts' of the period. */
static enum err_code index_add(struct index *x, const struct demand_row *row, struct err *err)
{
	struct index_column *c = &x->columns[x->n_columns];
	const struct view *v = &x->d.view;
	const struct figure_set *set;
	struct rollup_query query = { .area = x->d.city->code,
				      .districts = 1,
				      .by = v->by,
				      .from = v->period,
				      .to = v->period,
				      .as_known_on_us = view_known_on_us(v) };
	enum err_code code =
		district_choose(&x->d, x->d.city->code, row->measure, row->otherwise, &set, err);

	if (code != ERR_OK || set == NULL)
		return code;
	query.measure = set->measure->code;
	code = figures_get(x->d.web->figures, &x->d.rq->viewer, &query, &c->set, err);
	if (code != ERR_OK)
		return code;
	c->row = row;
	c->city = figures_find(c->set, x->d.city->code, v->period, "");
	x->n_columns++;
	return ERR_OK;
}

static enum err_code index_gather(struct index *x, struct web *web, const struct request *rq,
				  struct err *err)
{
	const struct period month = period_next(period_of(PERIOD_MONTH, clock_today()), -1);
	struct district *d = &x->d;
	int city = 0;
	enum err_code code = view_read(web, rq, &d->view, err);

	d->web = web;
	d->rq = rq;
	if (code == ERR_OK)
		code = rollup_area(web->reading.areas, web->reading.config->area, &city, err);
	if (code == ERR_OK)
		code = demand_read(web->reading.measures, &d->demand, err);
	if (code != ERR_OK)
		return code;
	d->city = &web->reading.areas->areas[city];
	d->view.area = city;
	for (int i = 0; i < d->demand.n && code == ERR_OK; i++)
		if (d->demand.rows[i].show == DEMAND_INDEX)
			code = index_add(x, &d->demand.rows[i], err);
	if (code == ERR_OK)
		code = signals_list(web->reading.store, 1u << SIGNAL_OPEN, NULL, 1000, &x->signals,
				    err);
	if (code == ERR_OK)
		code = received_cache_get(web, city, period_next(month, -1), month, &x->received,
					  err);
	return code;
}

/* ---- cells */

/* The newest month that is due, of each data set. */
static void index_write_return(const struct index *x, const struct area *area)
{
	const struct district *d = &x->d;
	char text[VIEW_PERIOD_BYTES];
	int n = 0;

	html_raw(d->h, "<td>");
	for (size_t i = x->received->n; i > 0; i--) {
		const struct received_cell *c = &x->received->cells[i - 1];
		const struct received_cell *later = i < x->received->n ? c + 1 : NULL;

		if (strcmp(c->area, area->code) != 0 || c->state == RECEIVED_NOT_EXPECTED ||
		    c->state == RECEIVED_NOT_DUE)
			continue;
		if (later != NULL && strcmp(later->area, c->area) == 0 &&
		    strcmp(later->dataset, c->dataset) == 0 &&
		    later->state != RECEIVED_NOT_EXPECTED && later->state != RECEIVED_NOT_DUE)
			continue; /* the newer month has been said */
		html_raw(d->h, n++ == 0 ? "" : "<br/>");
		html_put(d->h,
			 "<span class=\"drs-nowrap\"><span aria-hidden=\"true\">%s</span> "
			 "%s: %s</span>",
			 received_state_symbol(c->state), view_period_short(c->month, text),
			 received_state_short(c->state));
	}
	html_raw(d->h, n == 0 ? "<span class=\"drs-absent\">nothing due</span></td>" : "</td>");
}

static void index_write_signals(const struct index *x, const struct area *area)
{
	int n = 0;
	int n_worse = 0;

	for (size_t i = 0; i < x->signals.n; i++) {
		const struct signal *s = &x->signals.signals[i];

		if (strcmp(s->area, area->code) != 0)
			continue;
		n++;
		n_worse += s->concern > 0;
	}
	html_put(x->d.h, "<td class=\"drs-table__number\">%d", n);
	if (n_worse > 0)
		html_put(x->d.h, " <span class=\"drs-mark\">%d %s</span>", n_worse,
			 n_worse == 1 ? "a concern" : "concerns");
	html_raw(x->d.h, "</td>");
}

static void index_write_figure(const struct index *x, const struct index_column *c,
			       const struct area *area)
{
	const struct district *d = &x->d;
	const struct measure *m = c->set->measure;
	const struct figure *f = figures_find(c->set, area->code, d->view.period, "");
	enum interval_verdict verdict = INTERVAL_SIMILAR;
	int known = 0;
	char text[FIGURE_TEXT_BYTES];

	html_put(d->h, "<td class=\"drs-table__number%s\">%s",
		 district_is_known(f) ? "" : " drs-absent",
		 f == NULL ? "no data" : figure_text(m, f, text));
	if (area != d->city && district_is_known(f) && district_is_known(c->city))
		verdict = trend_compare(d->web->reading.measures, m, f, c->city, &known);
	if (known) {
		html_raw(d->h, " ");
		chart_verdict(d->h, verdict, (int)m->polarity);
	}
	if (f != NULL && f->cell.status == ROLLUP_PROVISIONAL)
		html_raw(d->h, " <span class=\"drs-mark\">provisional</span>");
	if (f != NULL && f->cell.status == ROLLUP_PARTIAL)
		html_put(d->h, " <span class=\"drs-mark\">%d of %d districts</span>",
			 f->cell.n_reported, f->cell.n_expected);
	html_raw(d->h, "</td>");
}

static void index_write_row(const struct index *x, const struct area *area)
{
	const struct district *d = &x->d;

	if (area == d->city) {
		html_put(d->h, "<tr class=\"drs-table--total\"><th scope=\"row\">%s</th><td></td>",
			 area->name);
	} else {
		char path[128];

		(void)snprintf(path, sizeof path, "/districts/%s", area->code);
		html_raw(d->h, "<tr><th scope=\"row\"><a class=\"govuk-link\" href=\"");
		view_link(d->h, d->web, &d->view, path, "area", "", "sort", "", "desc", "", NULL);
		html_put(d->h, "\">%s</a></th>", area->name);
		index_write_return(x, area);
	}
	index_write_signals(x, area);
	for (int i = 0; i < x->n_columns; i++)
		index_write_figure(x, &x->columns[i], area);
	html_raw(d->h, "</tr>\n");
}

/* ---- the page */

static void index_write_table(const struct index *x, const int *districts, int n)
{
	const struct district *d = &x->d;
	char path[128];

	district_table_begin(d, "Districts");
	html_raw(d->h, "<th scope=\"col\">District</th><th scope=\"col\">Newest month due</th>"
		       "<th scope=\"col\" class=\"drs-table__number\">Open signals</th>");
	for (int i = 0; i < x->n_columns; i++) {
		(void)snprintf(path, sizeof path, "/measures/%s", x->columns[i].set->measure->code);
		html_raw(d->h, "<th scope=\"col\" class=\"drs-table__number\"><a "
			       "class=\"govuk-link\" href=\"");
		view_link(d->h, d->web, &d->view, path, "sort", "", "desc", "", NULL);
		html_put(d->h, "\">%s</a></th>", x->columns[i].row->title);
	}
	html_raw(d->h, "</tr></thead><tbody>\n");
	index_write_row(x, d->city);
	for (int i = 0; i < n; i++)
		index_write_row(x, &d->web->reading.areas->areas[districts[i]]);
	district_table_end(d);
	html_put(
		d->h,
		"<p class=\"drs-note\">Districts are compared with %s by 95%% confidence "
		"intervals: "
		"“similar” means that chance alone may explain the difference. Plain counts are "
		"not compared, since districts differ in size. Months due and signals are those of "
		"today.</p>\n",
		d->city->name);
	if (d->rq->viewer.role != ROLE_CENTRAL)
		html_put(d->h, "<p class=\"drs-note\">%s</p>\n", protect_note);
}

static enum err_code index_write(const struct index *x, struct err *err)
{
	const struct district *d = &x->d;
	const struct area_tree *tree = d->web->reading.areas;
	struct layout layout = { .title = "Districts",
				 .lead = "Follow a district to what its manager looks at each "
					 "morning.",
				 .section = LAYOUT_DISTRICTS,
				 .view = &d->view,
				 .filters = LAYOUT_FILTER_PERIOD | LAYOUT_FILTER_BY |
					    LAYOUT_FILTER_KNOWN_ON,
				 .path = "/districts",
				 .wide = 1 };
	int *districts = calloc((size_t)tree->n_areas + 1, sizeof *districts);
	int n;

	if (districts == NULL)
		return err_set(err, ERR_NOMEM, "districts page: out of memory");
	n = area_reporting(tree, d->view.area, d->view.period.start, period_end(d->view.period),
			   districts);
	layout_begin(d->web, d->rq, d->h, &layout);
	if (n == 0 || (n == 1 && &tree->areas[districts[0]] == d->city))
		html_put(d->h,
			 "<div class=\"drs-empty\"><p>%s has no districts in this period: its "
			 "figures stand on the first page.</p></div>\n",
			 d->city->name);
	else
		index_write_table(x, districts, n);
	layout_end(d->web, d->rq, d->h, &layout);
	free(districts);
	return ERR_OK;
}

enum err_code district_index(struct web *web, const struct request *rq, struct response *rs,
			     struct err *err)
{
	struct index x = { .d = { .h = &rs->body } };
	char path[128];
	enum err_code code;

	if (rq->viewer.role == ROLE_DISTRICT) {
		(void)snprintf(path, sizeof path, "/districts/%s", rq->viewer.area);
		return response_redirect(rs, path, err);
	}
	code = index_gather(&x, web, rq, err);
	if (code == ERR_OK)
		code = index_write(&x, err);
	signals_clear(&x.signals);
	return code;
}
