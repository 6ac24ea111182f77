#ifndef AGGREGATOR_WEB_VIEW_H
#define AGGREGATOR_WEB_VIEW_H

#include "aggregator/web/html.h"
#include "aggregator/web/web.h"

/* Place, period and comparison: kept in the link and across pages. Query parameters:
 *   area=hodge-hill  by=month|week|quarter|financial-year  period=2026-09 (the last one shown)
 *   n=24 (how many)  breakdown=age_band  known-on=2026-10-05  sort=referrals  desc=1
 * What equals the default is left out of links; an empty parameter is one that was left out. A
 * period of another kind than `by` stands for the one that holds its last day, at most `newest`:
 * a form sends both, and only one of them may have been changed. */

#define VIEW_PERIODS_DEFAULT 24
#define VIEW_PERIODS_MAX 300

struct view {
	int area;         /* index into reading.areas */
	int default_area; /* the viewer's own district, or config.area */
	enum period_kind by;
	struct period period; /* last shown; default: newest */
	int n_periods;
	char breakdown[33]; /* "" none */
	int32_t known_on;   /* day; INT32_MIN: now. Up to its end. */
	char sort[65];
	int descending;
	/* The default of `period`, for `by`: the newest that has ended, has figures and is settled:
	 * every reporting area has sent the whole of it, or its due date is over. */
	struct period newest;
};

/* ERR_MALFORMED or ERR_MISSING naming the parameter and what would be right; ERR_DENIED for an area
 * that the viewer may not see. A district viewer's default area is its own, otherwise config.area.
 */
enum err_code view_read(struct web *web, const struct request *rq, struct view *v, struct err *err);

/* The newest and the oldest period of v->by that have figures, the one under way included: what a
 * choice of periods offers. 0 when there is none. */
int view_span(const struct web *web, const struct view *v, struct period *oldest,
	      struct period *newest);

/* Writes an escaped href: path and the view's parameters, with changes: pairs of name, value up to
 * a NULL name; an empty value takes a parameter out; others are added. */
void view_link(struct html *h, const struct web *web, const struct view *v, const char *path, ...)
	__attribute__((sentinel));

/* "September 2026", "week to 6 September 2026", "July to September 2026", "2026 to 2027". */
#define VIEW_PERIOD_BYTES 48
const char *view_period_label(struct period p, char out[VIEW_PERIOD_BYTES]);
/* "Sep 26", "6 Sep 26", "Jul–Sep 26", "2026–27" */
const char *view_period_short(struct period p, char out[VIEW_PERIOD_BYTES]);
/* "22 November 2026"; "22 November 2026, 10:04" in English civil time. */
const char *view_date_label(int32_t day, char out[VIEW_PERIOD_BYTES]);
const char *view_instant_label(int64_t us, char out[VIEW_PERIOD_BYTES]);

/* For rollup: as_known_on_us of a view. */
int64_t view_known_on_us(const struct view *v);

#endif
