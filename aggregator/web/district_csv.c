/* A district's page as a file: headline figures of every period of the view with the city's beside
 * them, then the breakdowns of the period. */
#include "aggregator/web/district.h"

#include <stdio.h>
#include <string.h>

#include "aggregator/web/export.h"

static void csv_value(struct export *e, const struct figure *f)
{
	if (f != NULL && f->shown == FIGURE_SUPPRESSED)
		out_text(e->out, "c");
	else if (f != NULL && f->cell.has_value)
		out_real(e->out, (double)f->cell.tenths / 10, 1);
	else
		out_text(e->out, NULL);
}

static void csv_parts(struct export *e, const struct measure *m, const struct figure *f)
{
	const int known =
		f != NULL && f->cell.status != ROLLUP_MISSING && f->shown != FIGURE_SUPPRESSED;

	for (int part = 0; part < 2; part++) {
		if (known && (part == 0 || district_is_rate(m)))
			out_int(e->out, part == 0 ? f->cell.numerator : f->cell.denominator);
		else
			out_text(e->out, NULL);
	}
}

static void csv_interval(const struct district *d, struct export *e, const struct measure *m,
			 const struct figure *f)
{
	struct interval interval;

	if (district_is_known(f) &&
	    trend_interval(d->web->reading.measures, m, f, INTERVAL_Z_95, &interval)) {
		out_real(e->out, interval.low, 1);
		out_real(e->out, interval.high, 1);
	} else {
		out_text(e->out, NULL);
		out_text(e->out, NULL);
	}
}

/* city: NULL where there is none to set beside it. */
static void csv_row(const struct district *d, struct export *e, const struct measure *m,
		    struct period period, const char *dimension, const struct figure *f,
		    const struct figure *city)
{
	static const char *const shown[] = { [FIGURE_EXACT] = "exact",
					     [FIGURE_ROUNDED] = "rounded",
					     [FIGURE_SUPPRESSED] = "suppressed" };
	char text[PERIOD_TEXT_BYTES];

	out_text(e->out, m->code);
	export_text(e, d->area->code);
	out_text(e->out, period_format(period, text));
	out_text(e->out, dimension);
	export_text(e, dimension[0] == '\0' || f == NULL ? "all" : f->cell.category);
	csv_value(e, f);
	csv_parts(e, m, f);
	csv_interval(d, e, m, f);
	csv_value(e, city);
	out_text(e->out, rollup_status_name(f == NULL ? ROLLUP_MISSING : f->cell.status));
	out_text(e->out, f == NULL ? NULL : shown[f->shown]);
}

static enum err_code csv_headline(const struct district *d, struct export *e,
				  const struct district_row *r, struct err *err)
{
	const struct measure *m = r->trend.measure;
	const struct rollup_query query = { .measure = m->code,
					    .area = d->city->code,
					    .by = d->view.by,
					    .from = district_from(d),
					    .to = d->view.period,
					    .as_known_on_us = view_known_on_us(&d->view) };
	const struct figure_set *set = NULL;
	enum err_code code = ERR_OK;

	if (district_is_rate(m))
		code = figures_get(d->web->figures, &d->rq->viewer, &query, &set, err);
	for (size_t i = 0; i < r->trend.n && code == ERR_OK; i++) {
		const struct trend_point *p = &r->trend.points[i];

		csv_row(d, e, m, p->period, "", p->figure,
			set == NULL ? NULL : figures_find(set, d->city->code, p->period, ""));
	}
	return code;
}

static enum err_code csv_breakdown(const struct district *d, struct export *e,
				   const struct demand_row *row, struct err *err)
{
	const struct figure_set *set;
	const struct period now = d->view.period;
	enum err_code code =
		district_choose(d, d->area->code, row->measure, row->otherwise, &set, err);

	if (code != ERR_OK || set == NULL)
		return code;
	code = district_get(d, set->measure, now, now, row->dimension, &set, err);
	for (size_t i = 0; code == ERR_OK && i < set->n; i++)
		if (set->figures[i].cell.category[0] != '\0')
			csv_row(d, e, set->measure, now, row->dimension, &set->figures[i], NULL);
	return code;
}

/* Whether an earlier row has written the same breakdown. */
static int csv_is_repeated(const struct district *d, int at)
{
	for (int i = 0; i < at; i++)
		if (d->demand.rows[i].measure == d->demand.rows[at].measure &&
		    strcmp(d->demand.rows[i].dimension, d->demand.rows[at].dimension) == 0)
			return 1;
	return 0;
}

enum err_code district_write_csv(struct district *d, struct response *rs, struct err *err)
{
	static const char *const columns[] = { "measure",  "area",   "period",     "dimension",
					       "category", "value>", "numerator>", "denominator>",
					       "low>",     "high>",  "city>",      "status",
					       "shown" };
	struct export e;
	char name[128];
	char period[PERIOD_TEXT_BYTES];
	enum err_code code = export_begin(&e, columns, sizeof columns / sizeof columns[0], err);
	enum err_code ended;

	if (code != ERR_OK)
		return code;
	for (int i = 0; i < d->n_rows && code == ERR_OK; i++)
		code = csv_headline(d, &e, &d->rows[i], err);
	for (int i = 0; i < d->demand.n && code == ERR_OK; i++)
		if (d->demand.rows[i].dimension[0] != '\0' && !csv_is_repeated(d, i))
			code = csv_breakdown(d, &e, &d->demand.rows[i], err);
	(void)snprintf(name, sizeof name, "%s-%s.csv", d->area->code,
		       period_format(d->view.period, period));
	ended = export_end(&e, rs, name, code == ERR_OK ? err : NULL);
	return code == ERR_OK ? ended : code;
}
