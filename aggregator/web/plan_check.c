/* What a target says, and whether it can stand. */
#include "aggregator/web/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/html.h"
#include "proto/date.h"

/* ---- the trajectory */

/* Periods from a to b, both of one kind that is made of months. */
static int64_t plan_distance(struct period a, struct period b)
{
	static const int months[] = {
		[PERIOD_MONTH] = 1, [PERIOD_QUARTER] = 3, [PERIOD_YEAR] = 12
	};
	int year_a, month_a, year_b, month_b, day;

	date_to_ymd(a.start, &year_a, &month_a, &day);
	date_to_ymd(b.start, &year_b, &month_b, &day);
	return ((int64_t)(year_b - year_a) * 12 + month_b - month_a) / months[a.kind];
}

/* v0 + (v1 − v0) × k ÷ n, half-up also below zero change. */
static int64_t plan_between(int64_t v0, int64_t v1, int64_t k, int64_t n)
{
	int64_t twice = 2 * ((v1 - v0) * k + v0 * n) + n;

	return twice / (2 * n);
}

int plan_at(const struct plan_target *t, struct period p, int64_t *tenths)
{
	struct plan_point before = t->baseline;
	int hidden = t->baseline_hidden;

	if (p.kind != t->baseline.period.kind || p.start < t->baseline.period.start)
		return 0;
	for (int i = 0; i < t->n_milestones; i++) {
		const struct plan_point *m = &t->milestones[i];

		if (p.start < m->period.start) {
			*tenths = plan_between(before.tenths, m->tenths,
					       plan_distance(before.period, p),
					       plan_distance(before.period, m->period));
			return !hidden;
		}
		before = *m;
		hidden = 0;
	}
	*tenths = before.tenths;
	return !hidden;
}

const struct plan_point *plan_next(const struct plan_target *t, struct period p)
{
	for (int i = 0; i < t->n_milestones; i++)
		if (t->milestones[i].period.start >= p.start)
			return &t->milestones[i];
	return NULL;
}

/* ---- words and values */

const char *plan_aim_name(enum plan_aim aim)
{
	switch (aim) {
	case PLAN_LOWER:
		return "lower";
	case PLAN_HIGHER:
		return "higher";
	}
	return "";
}

int plan_aim_parse(const char *text, enum plan_aim *aim)
{
	*aim = strcmp(text, "lower") == 0 ? PLAN_LOWER : PLAN_HIGHER;
	return strcmp(text, plan_aim_name(*aim)) == 0;
}

enum err_code plan_parse_value(const char *text, int64_t *tenths, struct err *err)
{
	size_t whole = strspn(text, "0123456789");
	int decimal = text[whole] == '.' && text[whole + 1] >= '0' && text[whole + 1] <= '9' &&
		      text[whole + 2] == '\0';

	*tenths = 0;
	if (whole == 0 || whole > 10 || (text[whole] != '\0' && !decimal))
		return err_set(err, ERR_MALFORMED,
			       "'%.40s' is no value: write a number from 0 with at most one "
			       "decimal, such as 22.5",
			       text);
	*tenths = strtoll(text, NULL, 10) * 10 + (decimal ? text[whole + 1] - '0' : 0);
	return ERR_OK;
}

const char *plan_value(const struct measure *m, int64_t tenths, char out[PLAN_VALUE_BYTES])
{
	if (m != NULL && m->unit == MEASURE_COUNT && tenths % 10 == 0)
		(void)snprintf(out, PLAN_VALUE_BYTES, "%" PRId64, tenths / 10);
	else
		(void)snprintf(out, PLAN_VALUE_BYTES, "%" PRId64 ".%" PRId64, tenths / 10,
			       tenths % 10);
	return out;
}

/* Counts are shown whole: the trajectory between two of them is a guide, not a headcount. */
const char *plan_value_text(const struct measure *m, int64_t tenths, char out[PLAN_VALUE_BYTES])
{
	char number[32];

	if (m != NULL && m->unit == MEASURE_COUNT)
		(void)snprintf(out, PLAN_VALUE_BYTES, "%s", html_number((tenths + 5) / 10, number));
	else
		(void)snprintf(out, PLAN_VALUE_BYTES, "%s.%" PRId64 "%s",
			       html_number(tenths / 10, number), tenths % 10,
			       m != NULL && m->unit == MEASURE_PERCENT ? "%" : "");
	return out;
}

/* ---- whether it can stand */

static enum err_code plan_refuse(const char **at, const char *field, struct err *err,
				 const char *sentence)
{
	*at = field;
	return err_set(err, ERR_MALFORMED, "%s", sentence);
}

enum err_code plan_check_subject(const struct plan_target *t, const struct measure_set *measures,
				 const struct area_tree *areas, const char **field, struct err *err)
{
	int area = area_find(areas, t->area);
	const char *near;

	if (measures_find(measures, t->measure) == NULL) {
		near = measures_nearest(measures, t->measure);
		*field = "measure";
		return err_set(err, ERR_MALFORMED, "There is no measure '%s'%s%s%s", t->measure,
			       near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
			       near == NULL ? ": choose one of the list of measures" : "'?");
	}
	if (area < 0 || areas->areas[area].level > AREA_DISTRICT) {
		*field = "area";
		return err_set(err, ERR_MALFORMED,
			       "There is no area '%s' for a target: name a district, or an area "
			       "above it",
			       t->area);
	}
	return ERR_OK;
}

static enum err_code plan_check_value(const struct measure *m, int64_t tenths, const char *name,
				      const char **field, struct err *err)
{
	if (tenths < 0 || tenths > PLAN_TENTHS_MAX)
		return plan_refuse(field, name, err, "The value is out of range");
	if (m->unit == MEASURE_PERCENT && tenths > 1000)
		return plan_refuse(field, name, err, "A percentage is at most 100");
	return ERR_OK;
}

static const char *const plan_period_fields[PLAN_MILESTONES_MAX] = {
	"period-1", "period-2", "period-3", "period-4",  "period-5",  "period-6",
	"period-7", "period-8", "period-9", "period-10", "period-11", "period-12"
};
static const char *const plan_value_fields[PLAN_MILESTONES_MAX] = {
	"value-1", "value-2", "value-3", "value-4",  "value-5",  "value-6",
	"value-7", "value-8", "value-9", "value-10", "value-11", "value-12"
};

static enum err_code plan_check_milestones(const struct plan_target *t, const struct measure *m,
					   const char **field, struct err *err)
{
	struct period before = t->baseline.period;
	enum err_code code = ERR_OK;

	if (t->n_milestones < 1)
		return plan_refuse(field, "period-1", err, "A target has at least one milestone");
	for (int i = 0; code == ERR_OK && i < t->n_milestones; i++) {
		struct period p = t->milestones[i].period;

		if (p.kind != before.kind)
			return plan_refuse(field, plan_period_fields[i], err,
					   "A milestone is a period of the same kind as the "
					   "baseline: all months, all quarters or all years");
		if (p.start <= before.start)
			return plan_refuse(field, plan_period_fields[i], err,
					   "A milestone comes after the baseline and after the "
					   "milestone before it");
		if (plan_distance(t->baseline.period, p) > PLAN_PERIODS_MAX)
			return plan_refuse(field, plan_period_fields[i], err,
					   "The milestone is too far from the baseline");
		code = plan_check_value(m, t->milestones[i].tenths, plan_value_fields[i], field,
					err);
		before = p;
	}
	if (code == ERR_OK &&
	    (t->milestones[t->n_milestones - 1].tenths - t->baseline.tenths) * (int)t->aim < 0)
		return plan_refuse(
			field, plan_value_fields[t->n_milestones - 1], err,
			t->aim == PLAN_LOWER
				? "The last milestone is above the baseline, but a lower "
				  "value is aimed at"
				: "The last milestone is below the baseline, but a "
				  "higher value is aimed at");
	return code;
}

enum err_code plan_check(const struct plan_target *t, const struct measure_set *measures,
			 const struct area_tree *areas, const char **field, struct err *err)
{
	const struct measure *m = measures_find(measures, t->measure);
	enum err_code code = plan_check_subject(t, measures, areas, field, err);

	if (code != ERR_OK)
		return code;
	if (t->aim != PLAN_LOWER && t->aim != PLAN_HIGHER)
		return plan_refuse(field, "aim", err,
				   "Say whether a lower or a higher value is aimed at");
	if (t->baseline.period.kind == PERIOD_WEEK || !period_valid(t->baseline.period))
		return plan_refuse(field, "baseline_period", err,
				   "The baseline is a month (2026-03), a quarter (2025-26-Q4) or a "
				   "financial year (2025-26)");
	code = plan_check_value(m, t->baseline.tenths, "baseline", field, err);
	if (code == ERR_OK)
		code = plan_check_milestones(t, m, field, err);
	if (code != ERR_OK)
		return code;
	if (t->owner[0] == '\0')
		return plan_refuse(field, "owner", err, "Say who answers for the target");
	if (t->revision > 0 && t->reason[0] == '\0')
		return plan_refuse(field, "reason", err, "Say why the target is changed");
	return ERR_OK;
}
