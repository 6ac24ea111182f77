#ifndef AGGREGATOR_WEB_TREND_H
#define AGGREGATOR_WEB_TREND_H

#include <stddef.h>

#include "aggregator/spc.h"
#include "aggregator/web/chart.h"
#include "aggregator/web/figures.h"
#include "aggregator/web/view.h"

/* One area's figures of a measure over time, ready to be drawn and put in words.
 *
 *     struct trend t;
 *     code = trend_make(set, area, "", from, to, &t, err);
 *     ... trend_chart(&t, text), trend_say_change(...), trend_say_range(...) ...
 *     trend_clear(&t);
 *
 * What the usual range is worked out from: final figures of every area. A provisional figure, one
 * that lacks an area (a ratio over the others is theirs alone) and a suppressed one are drawn but
 * neither move the limits nor are judged by them. Counts and FTE at a date (stocks) are judged by
 * their change since the period before, as signals.h does: today's caseload is nearly all of
 * yesterday's, so limits around its level would flag every slow drift. */

struct trend_point {
	struct period period;
	const struct figure *figure; /* NULL: the set has none; borrowed from the set */
	char label[VIEW_PERIOD_BYTES];
};

struct trend {
	const struct measure *measure; /* borrowed from the set */
	struct trend_point *points;    /* oldest first */
	double *values;                /* as shown; NaN: missing or suppressed */
	double *judged;                /* what spc looked at; NaN: not judged */
	unsigned char *hollow;         /* 1: provisional or partial */
	const char **labels;
	size_t n;
	int by_change; /* 1: judged holds the change since the period before, and so do its limits
			*/
	struct spc spc;
};

/* Every period from…to of kind from.kind. category: "" for the total. Areas or periods that the set
 * lacks are missing, not an error. The caller clears *out, also after an error (ERR_NOMEM). The set
 * must outlive it. */
enum err_code trend_make(const struct figure_set *set, const char *area, const char *category,
			 struct period from, struct period to, struct trend *out, struct err *err);
void trend_clear(struct trend *t);

/* The newest point with a value, or NULL. `last` is the last point, with or without a value. */
const struct trend_point *trend_latest(const struct trend *t);
const struct trend_point *trend_last(const struct trend *t);
/* The point n periods before p, or NULL when the trend does not reach back so far. */
const struct trend_point *trend_before(const struct trend *t, const struct trend_point *p, int n);
/* Periods in a year of the trend's kind: 12, 4, 1, and 52 weeks. */
int trend_year(const struct trend *t);
/* "months", "weeks", …: what the trend's points are. */
const char *trend_periods(const struct trend *t);

/* For chart_trend and chart_sparkline; borrows. Limits are those of values: none for stocks, whose
 * usual range is one of changes. */
struct chart_trend trend_chart(const struct trend *t, struct chart_text text);

/* ---- in words; each returns out */

#define TREND_TEXT_BYTES 160

/* "up 34 (3%) on August 2026", "down 1.2 percentage points on September 2025", "no change on …",
 * "no figure for August 2026", "not comparable with August 2026: 9 of 10 districts then",
 * "provisional, so not compared with August 2026". Works with the figures as shown, so that a
 * reader can check the subtraction. "about" where rounded. */
const char *trend_say_change(const struct trend *t, const struct trend_point *now,
			     const struct trend_point *before, char out[TREND_TEXT_BYTES]);
/* The amount alone, "up 34 (3%)", "no change"; "" when it cannot be said. */
const char *trend_say_amount(const struct trend *t, const struct trend_point *now,
			     const struct trend_point *before, char out[TREND_TEXT_BYTES]);

/* What the last point says: "within the usual range", "above the usual range", "rising for 7
 * months" …; stocks: "change within the usual range". Where it cannot be judged, why, and what
 * the newest that can be said: "not judged: 9 of 10 districts; Sep 26 within the usual range",
 * "provisional, not judged yet; …", "fewer than 12 months to judge by". */
const char *trend_say_range(const struct trend *t, char out[TREND_TEXT_BYTES]);

/* Whether the last point shows special cause: 1 upwards, −1 downwards, 0 none or not judged. */
int trend_direction(const struct trend *t);
/* The same by the measure's polarity: 1 worse, −1 better, 0 neither (or no direction is good). */
int trend_concern(const struct trend *t);

/* "10 of 10 districts", "9 of 10 districts, provisional"; of one reporting area "final",
 * "provisional". "" for a measure of which nothing is expected. */
const char *trend_say_coverage(const struct figure *f, char out[TREND_TEXT_BYTES]);

/* The figure's confidence interval in the measure's unit: percentages of people by Wilson's method,
 * rates and counts per FTE by Byar's (interval.h). That of a rounded figure holds whatever the
 * counts behind it are, so it is wider. 0 when the figure is missing or suppressed, or the measure
 * has no such interval (plain counts; shares of FTE). */
int trend_interval(const struct measure_set *measures, const struct measure *m,
		   const struct figure *f, double z, struct interval *out);

/* How the district's figure compares with the city's value by its intervals. *known = 0 when there
 * is none, or the district's figure is provisional. */
enum interval_verdict trend_compare(const struct measure_set *measures, const struct measure *m,
				    const struct figure *district, const struct figure *city,
				    int *known);

#endif
