#include "agent/measure_carry.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proto/date.h"
#include "proto/limits.h"

/* The first and last period of one kind in which a flow is carried; false when there is none. */
static bool carry_flow(const struct measure *m, const struct measure_window *w,
		       enum period_kind kind, struct period *first, struct period *last)
{
	int32_t earliest = w->window_start + m->look_back_days;

	if (earliest < LIMIT_DAY_MIN)
		earliest = LIMIT_DAY_MIN;
	*first = period_of(kind, earliest);
	if (first->start < earliest)
		*first = period_next(*first, 1);
	*last = period_of(kind, w->as_at);
	if (m->valid == MEASURE_LAST_MONTH) {
		/* The period whose last day is in the month or the first after its start. */
		struct period begin = period_of(kind, w->month_start);
		struct period end = period_of(kind, w->month_end);

		if (period_end(end) > w->month_end)
			end = period_next(end, -1);
		if (begin.start > first->start)
			*first = begin;
		if (end.start < last->start)
			*last = end;
	}
	return first->start <= last->start;
}

static int carry_count(struct period first, struct period last)
{
	int n = 1;

	for (struct period p = first; p.start < last.start; p = period_next(p, 1))
		n++;
	return n;
}

static void slots_add_flow(struct measure_slots *slots, const struct measure *m,
			   const struct measure_window *w, struct period first, int n)
{
	struct period p = first;

	for (int i = 0; i < n; i++, p = period_next(p, 1)) {
		struct measure_slot *slot = &slots->items[slots->n++];

		slot->period = p;
		slot->provisional = period_end(p) + m->follow_up_days > w->as_at;
	}
}

static enum err_code slots_init_flow(const struct measure *m, const struct measure_window *w,
				     struct measure_slots *out, struct err *err)
{
	struct period week, month, last;
	int n_weeks = 0, n_months = 0;

	if (m->weeks && carry_flow(m, w, PERIOD_WEEK, &week, &last))
		n_weeks = carry_count(week, last);
	if (m->months && carry_flow(m, w, PERIOD_MONTH, &month, &last))
		n_months = carry_count(month, last);
	out->items = calloc((size_t)(n_weeks + n_months) + 1, sizeof *out->items);
	if (out->items == NULL)
		return err_set(err, ERR_NOMEM, "%s.sql: out of memory", m->code);
	if (n_weeks > 0)
		slots_add_flow(out, m, w, week, n_weeks);
	out->n_weeks = n_weeks;
	if (n_months > 0)
		slots_add_flow(out, m, w, month, n_months);
	return ERR_OK;
}

static void slots_add_stock(struct measure_slots *slots, struct period month, int32_t date,
			    int provisional)
{
	struct measure_slot *slot = &slots->items[slots->n++];

	slot->period = month;
	slot->date = date;
	slot->provisional = provisional;
}

static enum err_code slots_init_stock(const struct measure *m, const struct measure_window *w,
				      struct measure_slots *out, struct err *err)
{
	struct period stands_for = period_of(PERIOD_MONTH, w->month_start);
	struct period month = period_of(
		PERIOD_MONTH, w->window_start > LIMIT_DAY_MIN ? w->window_start : LIMIT_DAY_MIN);
	int ended = w->month_end <= w->as_at;
	int n = 1;

	if (month.start < stands_for.start)
		n += carry_count(month, stands_for);
	out->items = calloc((size_t)n + 1, sizeof *out->items);
	if (out->items == NULL)
		return err_set(err, ERR_NOMEM, "%s.sql: out of memory", m->code);
	if (m->valid == MEASURE_AS_AT) {
		slots_add_stock(out, stands_for, w->as_at, !ended);
		return ERR_OK;
	}
	for (; period_end(month) <= w->as_at && month.start <= stands_for.start;
	     month = period_next(month, 1))
		if (period_end(month) >= w->window_start)
			slots_add_stock(out, month, period_end(month), 0);
	if (!ended)
		slots_add_stock(out, stands_for, w->as_at, 1);
	return ERR_OK;
}

enum err_code measure_slots_init(const struct measure *m, const struct measure_window *w,
				 struct measure_slots *out, struct err *err)
{
	memset(out, 0, sizeof *out);
	return m->kind == MEASURE_STOCK ? slots_init_stock(m, w, out, err)
					: slots_init_flow(m, w, out, err);
}

void measure_slots_clear(struct measure_slots *slots)
{
	free(slots->items);
	memset(slots, 0, sizeof *slots);
}

static int months_since(int32_t start, int32_t date)
{
	int year, month, day, year_then, month_then;

	date_to_ymd(start, &year, &month, &day);
	date_to_ymd(date, &year_then, &month_then, &day);
	return (year_then - year) * 12 + month_then - month;
}

void measure_slots_of(const struct measure_slots *slots, int32_t date, int *week, int *month)
{
	int n_months = slots->n - slots->n_weeks;

	*week = -1;
	*month = -1;
	if (slots->n_weeks > 0 && date >= slots->items[0].period.start)
		*week = (date - slots->items[0].period.start) / 7;
	if (*week >= slots->n_weeks)
		*week = -1;
	if (n_months > 0 && date >= slots->items[slots->n_weeks].period.start)
		*month = months_since(slots->items[slots->n_weeks].period.start, date);
	*month = *month < 0 || *month >= n_months ? -1 : *month + slots->n_weeks;
}

int measure_slots_from(const struct measure_slots *slots, int32_t date)
{
	int low = 0, high = slots->n;

	while (low < high) {
		int middle = (low + high) / 2;

		if (slots->items[middle].date < date)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
