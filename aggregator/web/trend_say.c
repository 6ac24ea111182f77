#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/trend.h"

/* trend.h's sentences. */

static int trend_can_say(const struct trend_point *p)
{
	return p != NULL && p->figure != NULL && p->figure->cell.has_value &&
	       p->figure->shown != FIGURE_SUPPRESSED;
}

/* Why two figures must not be subtracted; NULL when they may. */
enum trend_bar {
	TREND_MAY,
	TREND_NO_NOW,
	TREND_NO_BEFORE,
	TREND_PROVISIONAL,
	TREND_SHORT_NOW,
	TREND_SHORT_BEFORE,
};

static enum trend_bar trend_may_subtract(const struct trend_point *now,
					 const struct trend_point *before)
{
	if (!trend_can_say(now))
		return TREND_NO_NOW;
	if (!trend_can_say(before))
		return TREND_NO_BEFORE;
	if (now->figure->cell.status == ROLLUP_PROVISIONAL)
		return TREND_PROVISIONAL;
	if (now->figure->cell.status == ROLLUP_PARTIAL)
		return TREND_SHORT_NOW;
	if (before->figure->cell.status == ROLLUP_PARTIAL)
		return TREND_SHORT_BEFORE;
	return TREND_MAY;
}

/* "34 (3%)" */
static void trend_count_text(int64_t difference, int64_t base, int about, char *out, size_t size)
{
	char number[32];
	char share[48] = "";
	int64_t percent = base > 0 ? (difference * 200 + base) / (base * 2) : 0;

	if (base > 0 && percent > 0)
		(void)snprintf(share, sizeof share, " (%lld%%)", (long long)percent);
	else if (base > 0)
		(void)snprintf(share, sizeof share, " (less than 1%%)");
	(void)snprintf(out, size, "%s%s%s", about ? "about " : "", html_number(difference, number),
		       share);
}

static const char *trend_unit(const struct measure *m)
{
	switch (m->unit) {
	case MEASURE_PERCENT:
		return " percentage points";
	case MEASURE_FTE:
		return " FTE";
	case MEASURE_DAYS:
		return " days";
	case MEASURE_RATE_10K:
	case MEASURE_RATIO:
	case MEASURE_COUNT:
		return "";
	}
	return "";
}

const char *trend_say_amount(const struct trend *t, const struct trend_point *now,
			     const struct trend_point *before, char out[TREND_TEXT_BYTES])
{
	const struct rollup_cell *a, *b;
	char amount[96];
	int64_t tenths;
	int about;

	out[0] = '\0';
	if (trend_may_subtract(now, before) != TREND_MAY)
		return out;
	a = &now->figure->cell;
	b = &before->figure->cell;
	about = now->figure->shown == FIGURE_ROUNDED || before->figure->shown == FIGURE_ROUNDED;
	tenths = a->tenths - b->tenths;
	if (tenths == 0) {
		(void)snprintf(out, TREND_TEXT_BYTES, "no change");
		return out;
	}
	if (t->measure->unit == MEASURE_COUNT)
		trend_count_text(llabs(a->numerator - b->numerator), b->numerator, about, amount,
				 sizeof amount);
	else
		(void)snprintf(amount, sizeof amount, "%s%lld.%lld%s", about ? "about " : "",
			       llabs(tenths) / 10, llabs(tenths) % 10, trend_unit(t->measure));
	(void)snprintf(out, TREND_TEXT_BYTES, "%s %s", tenths > 0 ? "up" : "down", amount);
	return out;
}

static const char *trend_then(const struct trend_point *before, char out[VIEW_PERIOD_BYTES])
{
	if (before == NULL) {
		(void)snprintf(out, VIEW_PERIOD_BYTES, "the time before");
		return out;
	}
	return view_period_label(before->period, out);
}

const char *trend_say_change(const struct trend *t, const struct trend_point *now,
			     const struct trend_point *before, char out[TREND_TEXT_BYTES])
{
	char then[VIEW_PERIOD_BYTES];
	char amount[TREND_TEXT_BYTES];
	const struct rollup_cell *c;

	(void)trend_then(before, then);
	switch (trend_may_subtract(now, before)) {
	case TREND_MAY:
		(void)snprintf(out, TREND_TEXT_BYTES, "%.90s on %s",
			       trend_say_amount(t, now, before, amount), then);
		return out;
	case TREND_NO_NOW:
		(void)snprintf(out, TREND_TEXT_BYTES, "nothing to compare with %s", then);
		return out;
	case TREND_NO_BEFORE:
		(void)snprintf(out, TREND_TEXT_BYTES,
			       before != NULL && before->figure != NULL &&
					       before->figure->shown == FIGURE_SUPPRESSED
				       ? "figure for %s suppressed"
				       : "no figure for %s",
			       then);
		return out;
	case TREND_PROVISIONAL:
		(void)snprintf(out, TREND_TEXT_BYTES, "provisional, so not compared with %s", then);
		return out;
	case TREND_SHORT_NOW:
		c = &now->figure->cell;
		(void)snprintf(out, TREND_TEXT_BYTES, "not comparable with %s: %d of %d districts",
			       then, c->n_reported, c->n_expected);
		return out;
	case TREND_SHORT_BEFORE:
		c = &before->figure->cell;
		(void)snprintf(out, TREND_TEXT_BYTES,
			       "not comparable with %s: %d of %d districts then", then,
			       c->n_reported, c->n_expected);
		return out;
	}
	return out;
}

const char *trend_periods(const struct trend *t)
{
	switch (t->n == 0 ? PERIOD_MONTH : t->points[0].period.kind) {
	case PERIOD_WEEK:
		return "weeks";
	case PERIOD_MONTH:
		return "months";
	case PERIOD_QUARTER:
		return "quarters";
	case PERIOD_YEAR:
		return "years";
	}
	return "periods";
}

/* Why the last point cannot be judged; "" when it can. */
static void trend_say_unjudged(const struct trend *t, char out[TREND_TEXT_BYTES])
{
	const struct trend_point *last = trend_last(t);
	const struct figure *f = last == NULL ? NULL : last->figure;

	out[0] = '\0';
	if (f != NULL && f->shown == FIGURE_SUPPRESSED)
		(void)snprintf(out, TREND_TEXT_BYTES, "suppressed, so not judged");
	else if (f == NULL || f->cell.status == ROLLUP_MISSING || !f->cell.has_value)
		(void)snprintf(out, TREND_TEXT_BYTES, "no figure to judge");
	else if (f->cell.status == ROLLUP_PROVISIONAL)
		(void)snprintf(out, TREND_TEXT_BYTES, "provisional, not judged yet");
	else if (f->cell.status == ROLLUP_PARTIAL)
		(void)snprintf(out, TREND_TEXT_BYTES, "not judged: %d of %d districts",
			       f->cell.n_reported, f->cell.n_expected);
	else if (t->spc.has_limits && isnan(t->judged[t->n - 1]))
		(void)snprintf(out, TREND_TEXT_BYTES, "no figure before it to judge its change by");
}

const char *trend_say_range(const struct trend *t, char out[TREND_TEXT_BYTES])
{
	size_t newest = t->n;
	size_t len;
	char said[96];

	trend_say_unjudged(t, out);
	while (newest > 0 && isnan(t->judged[newest - 1]))
		newest--;
	if (!t->spc.has_limits) {
		if (out[0] == '\0')
			(void)snprintf(out, TREND_TEXT_BYTES, "fewer than %d %s to judge by",
				       SPC_LIMITS_AFTER, trend_periods(t));
		return out;
	}
	if (newest == 0)
		return out;
	len = strlen(out);
	(void)snprintf(out + len, TREND_TEXT_BYTES - len, "%s%s%s%s%s", len > 0 ? "; " : "",
		       len > 0 ? t->labels[newest - 1] : "", len > 0 ? " " : "",
		       t->by_change ? "change " : "",
		       spc_say(&t->spc, trend_periods(t), said, sizeof said));
	return out;
}

const char *trend_say_coverage(const struct figure *f, char out[TREND_TEXT_BYTES])
{
	const struct rollup_cell *c = &f->cell;
	const char *state = c->status == ROLLUP_PROVISIONAL ? "provisional" : "";

	out[0] = '\0';
	if (c->n_expected > 1)
		(void)snprintf(out, TREND_TEXT_BYTES, "%d of %d districts%s%s", c->n_reported,
			       c->n_expected, state[0] != '\0' ? ", " : "", state);
	else if (c->n_expected == 1)
		(void)snprintf(out, TREND_TEXT_BYTES, "%s",
			       c->status == ROLLUP_MISSING ? "no report"
			       : state[0] != '\0'          ? state
							   : "final");
	return out;
}
