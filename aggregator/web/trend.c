#include "aggregator/web/trend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/rollup_value.h"

void trend_clear(struct trend *t)
{
	free(t->points);
	free(t->values);
	free(t->judged);
	free(t->hollow);
	free(t->labels);
	spc_clear(&t->spc);
	*t = (struct trend){ 0 };
}

static size_t trend_count(struct period from, struct period to)
{
	size_t n = 0;

	for (struct period p = from; p.start <= to.start; p = period_next(p, 1))
		n++;
	return n;
}

static int trend_room(struct trend *t, size_t n)
{
	t->n = n;
	t->points = calloc(n + 1, sizeof *t->points);
	t->values = calloc(n + 1, sizeof *t->values);
	t->judged = calloc(n + 1, sizeof *t->judged);
	t->hollow = calloc(n + 1, sizeof *t->hollow);
	t->labels = calloc(n + 1, sizeof *t->labels);
	return t->points != NULL && t->values != NULL && t->judged != NULL && t->hollow != NULL &&
	       t->labels != NULL;
}

/* The set is sorted by period within an area, so one pass meets the points in their order. */
static void trend_fill(struct trend *t, const struct figure_set *set, const char *area,
		       const char *category, struct period from)
{
	struct period p = from;
	size_t at = 0;

	for (size_t i = 0; i < t->n; i++, p = period_next(p, 1)) {
		t->points[i].period = p;
		(void)view_period_short(p, t->points[i].label);
		t->labels[i] = t->points[i].label;
	}
	for (size_t k = 0; k < set->n && at < t->n; k++) {
		const struct figure *f = &set->figures[k];

		if (strcmp(f->cell.area, area) != 0 || strcmp(f->cell.category, category) != 0)
			continue;
		while (at < t->n && t->points[at].period.start < f->cell.period.start)
			at++;
		if (at < t->n && t->points[at].period.start == f->cell.period.start)
			t->points[at].figure = f;
	}
}

static int trend_has_value(const struct figure *f)
{
	return f != NULL && f->cell.has_value && f->shown != FIGURE_SUPPRESSED;
}

/* Final, and of every area: a figure that will not change by itself and means what others mean. */
static int trend_is_settled(const struct figure *f)
{
	return trend_has_value(f) && f->cell.status == ROLLUP_FINAL;
}

static void trend_weigh(struct trend *t)
{
	const struct measure *m = t->measure;

	t->by_change = m->kind == MEASURE_STOCK && !rollup_is_ratio(m);
	for (size_t i = 0; i < t->n; i++) {
		const struct figure *f = t->points[i].figure;

		t->values[i] = trend_has_value(f) ? f->cell.value : (double)NAN;
		t->hollow[i] = f != NULL && (f->cell.status == ROLLUP_PROVISIONAL ||
					     f->cell.status == ROLLUP_PARTIAL);
		t->judged[i] = trend_is_settled(f) ? f->cell.value : (double)NAN;
	}
	if (!t->by_change)
		return;
	for (size_t i = t->n; i-- > 0;)
		t->judged[i] = i == 0 ? (double)NAN : t->judged[i] - t->judged[i - 1];
}

enum err_code trend_make(const struct figure_set *set, const char *area, const char *category,
			 struct period from, struct period to, struct trend *out, struct err *err)
{
	const struct measure *m = set->measure;
	double ceiling = m->unit == MEASURE_PERCENT ? 100 : (double)NAN;

	*out = (struct trend){ .measure = m };
	if (!trend_room(out, trend_count(from, to)))
		return err_set(err, ERR_NOMEM, "trend of %s: out of memory", m->code);
	trend_fill(out, set, area, category, from);
	trend_weigh(out);
	if (spc_compute(out->judged, out->n, 0, out->by_change ? (double)NAN : 0, ceiling,
			&out->spc) != 0)
		return err_set(err, ERR_NOMEM, "trend of %s: out of memory", m->code);
	return ERR_OK;
}

const struct trend_point *trend_latest(const struct trend *t)
{
	for (size_t i = t->n; i-- > 0;)
		if (trend_has_value(t->points[i].figure))
			return &t->points[i];
	return NULL;
}

const struct trend_point *trend_last(const struct trend *t)
{
	return t->n == 0 ? NULL : &t->points[t->n - 1];
}

const struct trend_point *trend_before(const struct trend *t, const struct trend_point *p, int n)
{
	ptrdiff_t i = p == NULL ? -1 : p - t->points - n;

	return i < 0 ? NULL : &t->points[i];
}

int trend_year(const struct trend *t)
{
	switch (t->n == 0 ? PERIOD_MONTH : t->points[0].period.kind) {
	case PERIOD_WEEK:
		return 52;
	case PERIOD_MONTH:
		return 12;
	case PERIOD_QUARTER:
		return 4;
	case PERIOD_YEAR:
		return 1;
	}
	return 1;
}

struct chart_trend trend_chart(const struct trend *t, struct chart_text text)
{
	return (struct chart_trend){
		.text = text,
		.values = t->values,
		.labels = t->labels,
		.hollow = t->hollow,
		.n = t->n,
		.spc = t->by_change || !t->spc.has_limits ? NULL : &t->spc,
		.polarity = (int)t->measure->polarity,
	};
}

/* ---- the last point, judged */

static int trend_last_is_judged(const struct trend *t)
{
	return t->n > 0 && t->spc.has_limits && !isnan(t->judged[t->n - 1]);
}

int trend_direction(const struct trend *t)
{
	return trend_last_is_judged(t) ? spc_direction(&t->spc) : 0;
}

int trend_concern(const struct trend *t)
{
	return -trend_direction(t) * (int)t->measure->polarity;
}

/* What one event of the numerator adds to the value. */
static double trend_per_event(const struct rollup_terms *terms, const struct rollup_cell *cell)
{
	struct rollup_cell one = *cell;

	one.numerator = 1;
	rollup_value(terms, &one);
	return one.has_value ? one.value : 0;
}

/* The figure as high (side 1) or as low (−1) as the counts behind rounded ones may make it: a
 * rounded count lies within 4 of the true one, FTE within a half (protect.h). */
static struct rollup_cell trend_extreme(const struct rollup_terms *terms, const struct figure *f,
					int side)
{
	struct rollup_cell cell = f->cell;
	int64_t half = 500000;

	if (f->shown != FIGURE_ROUNDED)
		return cell;
	if (cell.numerator > 0)
		cell.numerator += (int64_t)side * 4;
	if (terms->n_parts == 2)
		cell.denominator -= side * (terms->parts[1]->unit == MEASURE_FTE ? half : 4);
	else if (!terms->population)
		cell.denominator -= (int64_t)side * 4;
	if (cell.denominator < 1)
		cell.denominator = 1;
	if (terms->measure->unit == MEASURE_PERCENT && cell.numerator > cell.denominator)
		cell.numerator = cell.denominator;
	if (cell.numerator < 0)
		cell.numerator = 0;
	rollup_value(terms, &cell);
	return cell;
}

static struct interval trend_bounds(const struct rollup_terms *terms,
				    const struct rollup_cell *cell, double z)
{
	int is_percent = terms->measure->unit == MEASURE_PERCENT;
	double factor = is_percent ? 100 : trend_per_event(terms, cell);
	struct interval i = is_percent ? interval_wilson(cell->numerator, cell->denominator, z)
				       : interval_byar(cell->numerator, z);

	return (struct interval){ i.low * factor, i.high * factor };
}

/* Only counts of people have these intervals. */
static int trend_has_interval(const struct rollup_terms *terms, const struct rollup_cell *cell)
{
	const struct measure *m = terms->measure;

	if (!rollup_is_ratio(m) || cell->numerator < 0 || cell->denominator <= 0)
		return 0;
	if (m->kind == MEASURE_DERIVED && terms->parts[0]->unit != MEASURE_COUNT)
		return 0;
	if (m->unit != MEASURE_PERCENT)
		return 1;
	return cell->numerator <= cell->denominator &&
	       (terms->n_parts == 1 || terms->parts[1]->unit == MEASURE_COUNT);
}

int trend_interval(const struct measure_set *measures, const struct measure *m,
		   const struct figure *f, double z, struct interval *out)
{
	struct rollup_terms terms;
	struct rollup_cell low, high;

	if (!trend_has_value(f) || rollup_terms_find(measures, m, &terms, NULL) != ERR_OK ||
	    !trend_has_interval(&terms, &f->cell))
		return 0;
	low = trend_extreme(&terms, f, -1);
	high = trend_extreme(&terms, f, 1);
	out->low = trend_bounds(&terms, &low, z).low;
	out->high = trend_bounds(&terms, &high, z).high;
	return 1;
}

enum interval_verdict trend_compare(const struct measure_set *measures, const struct measure *m,
				    const struct figure *district, const struct figure *city,
				    int *known)
{
	struct interval i95, i998;
	struct rollup_terms terms;
	enum interval_verdict above, below;

	*known = trend_has_value(city) && district != NULL &&
		 district->cell.status != ROLLUP_PROVISIONAL &&
		 trend_interval(measures, m, district, INTERVAL_Z_95, &i95) &&
		 trend_interval(measures, m, district, INTERVAL_Z_998, &i998) &&
		 rollup_terms_find(measures, m, &terms, NULL) == ERR_OK;
	if (!*known)
		return INTERVAL_SIMILAR;
	above = interval_compare(trend_extreme(&terms, city, 1).value, i95, i998);
	below = interval_compare(trend_extreme(&terms, city, -1).value, i95, i998);
	return above == below || above == INTERVAL_HIGHER || above == INTERVAL_MUCH_HIGHER ? above
	       : below == INTERVAL_LOWER || below == INTERVAL_MUCH_LOWER                   ? below
									 : INTERVAL_SIMILAR;
}
