/* A target beside the figures, judged. In: the target, the viewer's figures. Out: a status that
 * rests on the figure's chance variation. */
#include "aggregator/web/plan_look.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/interval.h"
#include "aggregator/rollup_value.h"

#define PLAN_HISTORY 24   /* periods before the newest, at least: limits need 12 */
#define PLAN_ROUNDING 4.0 /* a rounded count is within 4 of the true one (protect.h) */

/* ---- the judgement */

enum plan_status plan_judge(const struct plan_evidence *e)
{
	double better; /* how much better than due */

	if (isnan(e->value) || isnan(e->due))
		return PLAN_NO_DATA;
	if (isnan(e->low) || isnan(e->high))
		return PLAN_TOO_EARLY;
	better = (e->value - e->due) * (int)e->aim;
	if (e->due < e->low || e->due > e->high)
		return better > 0 ? PLAN_AHEAD : PLAN_BEHIND;
	if (abs(e->run) >= SPC_RUN)
		return e->run > 0 ? PLAN_AHEAD : PLAN_BEHIND;
	if (better < 0 && !isnan(e->baseline) && fabs(e->baseline - e->due) > 1e-9 &&
	    e->baseline >= e->low && e->baseline <= e->high)
		return PLAN_TOO_EARLY;
	return PLAN_ON_TRACK;
}

/* ---- who may see the baseline */

enum err_code plan_protect(struct web *web, const struct viewer *v, struct plan_target *t,
			   struct err *err)
{
	struct rollup_query query = { .measure = t->measure,
				      .area = t->area,
				      .by = t->baseline.period.kind,
				      .from = t->baseline.period,
				      .to = t->baseline.period };
	const struct figure_set *set;
	const struct figure *f;
	enum err_code code;

	if (viewer_sees_exact(v, t->area))
		return ERR_OK;
	code = figures_get(web->figures, v, &query, &set, err);
	if (code != ERR_OK)
		return code;
	f = figures_find(set, t->area, t->baseline.period, "");
	if (f != NULL && f->shown == FIGURE_SUPPRESSED)
		t->baseline_hidden = 1;
	else if (f != NULL && f->cell.has_value) /* else it is not a figure of ours */
		t->baseline.tenths = f->cell.tenths;
	return ERR_OK;
}

/* ---- figures */

static int plan_is_settled(const struct trend_point *p)
{
	return p->figure != NULL && p->figure->cell.has_value &&
	       p->figure->shown != FIGURE_SUPPRESSED && p->figure->cell.status == ROLLUP_FINAL;
}

/* The view's last period as one of the target's kind that has ended with it. */
static struct period plan_period(const struct view *view, enum period_kind kind)
{
	struct period p = period_of(kind, period_end(view->period));

	return period_end(p) > period_end(view->period) ? period_next(p, -1) : p;
}

static enum err_code plan_gather(struct web *web, const struct request *rq, const struct view *view,
				 struct plan_look *look, struct err *err)
{
	const struct plan_target *t = &look->target;
	struct period last = t->milestones[t->n_milestones - 1].period;
	struct period from = period_next(look->period, 1 - PLAN_HISTORY);
	struct period to = last.start > look->period.start ? last : look->period;
	struct rollup_query query = { .measure = t->measure,
				      .area = t->area,
				      .by = look->period.kind,
				      .to = look->period,
				      .as_known_on_us = view_known_on_us(view) };
	const struct figure_set *set;
	enum err_code code;

	if (t->baseline.period.start < from.start)
		from = t->baseline.period;
	query.from = from;
	code = figures_get(web->figures, &rq->viewer, &query, &set, err);
	if (code == ERR_OK)
		code = trend_make(set, t->area, "", from, to, &look->trend, err);
	if (code != ERR_OK)
		return code;
	look->due = calloc(look->trend.n + 1, sizeof *look->due);
	if (look->due == NULL)
		return err_set(err, ERR_NOMEM, "plan: out of memory");
	for (size_t i = 0; i < look->trend.n; i++) {
		const struct trend_point *p = &look->trend.points[i];
		int64_t tenths;

		look->due[i] = plan_at(t, p->period, &tenths) ? (double)tenths / 10 : (double)NAN;
		if (plan_is_settled(p))
			look->now = p;
	}
	return ERR_OK;
}

/* ---- evidence */

static void plan_widen(struct plan_evidence *e, double low, double high)
{
	e->low = isnan(e->low) ? low : fmin(e->low, low);
	e->high = isnan(e->high) ? high : fmax(e->high, high);
}

/* What chance alone makes likely: the figure's own interval and the usual movement from one period
 * to the next, whichever reaches further. */
static void plan_find_chance(const struct web *web, struct plan_look *look)
{
	const struct figure *f = look->now->figure;
	const struct spc *spc = &look->trend.spc;
	struct plan_evidence *e = &look->evidence;
	struct interval i;

	if (trend_interval(web->reading.measures, look->measure, f, INTERVAL_Z_95, &i))
		plan_widen(e, i.low, i.high);
	else if (look->measure->unit == MEASURE_COUNT && f->cell.numerator >= 0) {
		i = interval_byar(f->cell.numerator, INTERVAL_Z_95);
		plan_widen(e, i.low, i.high);
	}
	if (spc->has_limits)
		plan_widen(e, e->value - INTERVAL_Z_95 * spc->sigma,
			   e->value + INTERVAL_Z_95 * spc->sigma);
	if (f->shown == FIGURE_ROUNDED && look->measure->unit == MEASURE_COUNT) {
		e->low -= PLAN_ROUNDING;
		e->high += PLAN_ROUNDING;
	}
}

/* Settled figures after the baseline, counted back from the newest. */
static int plan_find_run(const struct plan_look *look)
{
	int run = 0;

	for (size_t i = (size_t)(look->now - look->trend.points) + 1; i-- > 0;) {
		const struct trend_point *p = &look->trend.points[i];
		double better = (look->trend.values[i] - look->due[i]) * (int)look->target.aim;
		int side = better > 0 ? 1 : -1;

		if (p->period.start <= look->target.baseline.period.start || isnan(look->due[i]))
			break;
		if (!plan_is_settled(p))
			continue;
		if (fabs(better) < 1e-9 || (run != 0 && (run > 0) != (side > 0)))
			break;
		run += side;
	}
	return run;
}

static void plan_find_status(const struct web *web, struct plan_look *look)
{
	struct plan_evidence *e = &look->evidence;
	const struct plan_target *t = &look->target;

	*e = (struct plan_evidence){ t->aim, NAN, NAN, NAN, NAN, NAN, 0 };
	look->status = PLAN_NO_DATA;
	if (look->now == NULL)
		return;
	e->value = look->now->figure->cell.value;
	look->has_due = plan_at(t, look->now->period, &look->due_tenths);
	if (look->now->period.start <= t->baseline.period.start) {
		look->status = PLAN_TOO_EARLY;
		return;
	}
	if (look->has_due)
		e->due = (double)look->due_tenths / 10;
	if (!t->baseline_hidden)
		e->baseline = (double)t->baseline.tenths / 10;
	plan_find_chance(web, look);
	e->run = plan_find_run(look);
	look->status = plan_judge(e);
}

/* ---- one, and all */

static void plan_find_title(const struct headline *headline, struct plan_look *look)
{
	const struct headline_row *row = headline_find(headline, look->measure->code);

	if (row != NULL)
		(void)snprintf(look->title, sizeof look->title, "%s", row->title);
	(void)snprintf(look->theme, sizeof look->theme, "%s",
		       row == NULL ? "Other measures" : row->theme);
	look->order = row == NULL ? HEADLINE_MAX : (int)(row - headline->rows);
}

enum err_code plan_look(struct web *web, const struct request *rq, const struct view *view,
			const struct plan_target *t, struct plan_look *out, struct err *err)
{
	const struct area_tree *tree = web->reading.areas;
	int area = area_find(tree, t->area);
	enum err_code code;

	*out = (struct plan_look){ .target = *t };
	out->measure = measures_find(web->reading.measures, t->measure);
	if (!viewer_sees_area(&rq->viewer, t->area, web->reading.config->area))
		return err_set(err, ERR_DENIED, "this target is of another district");
	if (out->measure == NULL || area < 0)
		return err_set(err, ERR_MISSING,
			       "the target's %s '%s' is not there any more: retire the target",
			       area < 0 ? "area" : "measure", area < 0 ? t->area : t->measure);
	out->area = &tree->areas[area];
	(void)snprintf(out->title, sizeof out->title, "%s", out->measure->title);
	out->period = plan_period(view, t->baseline.period.kind);
	code = plan_protect(web, &rq->viewer, &out->target, err);
	if (code == ERR_OK)
		code = plan_gather(web, rq, view, out, err);
	if (code == ERR_OK)
		plan_find_status(web, out);
	return code;
}

void plan_look_clear(struct plan_look *look)
{
	trend_clear(&look->trend);
	free(look->due);
	look->due = NULL;
	look->now = NULL;
}

static int plan_compare(const void *a, const void *b)
{
	const struct plan_look *x = a;
	const struct plan_look *y = b;
	int order = x->order - y->order;

	if (order == 0)
		order = strcmp(x->target.measure, y->target.measure);
	return order != 0 ? order : strcmp(x->area->name, y->area->name);
}

static void plan_count(struct plan_looks *looks, const struct plan_look *look)
{
	looks->n_of[look->status]++;
	for (size_t i = 0; i < look->trend.n; i++) {
		const struct figure *f = look->trend.points[i].figure;

		looks->n_rounded += f != NULL && f->shown == FIGURE_ROUNDED;
		looks->n_suppressed += f != NULL && f->shown == FIGURE_SUPPRESSED;
	}
}

static enum err_code plan_look_list(struct web *web, const struct request *rq,
				    const struct view *view, const struct plan_list *list,
				    struct plan_looks *out, struct err *err)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; code == ERR_OK && i < list->n; i++) {
		struct plan_look *look = &out->looks[out->n];

		code = plan_look(web, rq, view, &list->targets[i], look, err);
		if (code == ERR_OK) {
			out->n++;
			continue;
		}
		plan_look_clear(look);
		if (code == ERR_DENIED || code == ERR_MISSING)
			code = ERR_OK;
	}
	return code;
}

enum err_code plan_look_all(struct web *web, const struct request *rq, const struct view *view,
			    struct plan_looks *out, struct err *err)
{
	struct headline *headline = calloc(1, sizeof *headline);
	struct plan_list list = { NULL, 0 };
	enum err_code code = ERR_NOMEM;

	*out = (struct plan_looks){ .looks = NULL };
	if (headline == NULL)
		return err_set(err, ERR_NOMEM, "plan: out of memory");
	code = headline_read(web->reading.measures, headline, err);
	if (code == ERR_OK)
		code = plan_targets(web->office, &list, err);
	if (code == ERR_OK) {
		out->looks = calloc(list.n + 1, sizeof *out->looks);
		code = out->looks == NULL ? err_set(err, ERR_NOMEM, "plan: out of memory")
					  : plan_look_list(web, rq, view, &list, out, err);
	}
	for (size_t i = 0; code == ERR_OK && i < out->n; i++) {
		plan_find_title(headline, &out->looks[i]);
		plan_count(out, &out->looks[i]);
	}
	if (code == ERR_OK && out->n > 1)
		qsort(out->looks, out->n, sizeof *out->looks, plan_compare);
	plan_list_free(&list);
	free(headline);
	return code;
}

void plan_looks_clear(struct plan_looks *looks)
{
	for (size_t i = 0; i < looks->n; i++)
		plan_look_clear(&looks->looks[i]);
	free(looks->looks);
	*looks = (struct plan_looks){ .looks = NULL };
}
