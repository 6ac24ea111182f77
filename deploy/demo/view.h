#ifndef DEPLOY_DEMO_VIEW_H
#define DEPLOY_DEMO_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "deploy/demo/city.h"
#include "deploy/demo/events.h"

/* What can be seen of the event log from one place and day. A limited view is one district's
 * extract: its window, what had been recorded by the as-at, the latest episode and plan of each
 * child only, no other office's records. A whole view has no limits but its day. */

struct extract_rows;

struct view {
	const struct city *city;
	const struct events *log;
	int district; /* whose records are counted */
	bool limited;
	int32_t as_at;                   /* nothing after this day is known */
	int32_t window_start;            /* of a limited view */
	int32_t month_start, month_end;  /* the month that the as-at stands for */
	const struct extract_rows *rows; /* LISTS of them, of a written extract; else NULL */
	int32_t *scratch; /* one place for each worker, for who counts; borrowed, may be NULL */
};

/* The view of the extract of a month (0 … n_months − 1). */
struct view view_extract(const struct city *c, const struct events *log, int district, int month);
/* The view of everything, as known on a day. */
struct view view_whole(const struct city *c, const struct events *log, int district, int32_t on);

/* Whether the record is there to be seen. */
bool view_contact(const struct view *v, const struct contact *c);
bool view_help(const struct view *v, const struct help *h);
bool view_referral(const struct view *v, const struct referral *r);
bool view_assessment(const struct view *v, const struct assessment *a);
bool view_section47(const struct view *v, const struct section47 *q);
bool view_episode(const struct view *v, int32_t episode); /* index */
bool view_plan(const struct view *v, int32_t plan);       /* index */
bool view_worker(const struct view *v, const struct worker *w);

/* A date that has come, or NEVER. */
int32_t view_known(const struct view *v, int32_t date);

/* Age band of a child at a date: index of label_age. */
int view_age_band(const struct child *c, int32_t on);

/* Status of an episode as known: index of label_status. */
int view_status(const struct view *v, const struct episode *ep);
int view_category(const struct view *v, const struct plan *p);

/* Who holds, or held at the end, the case: index of an allocation, NONE. */
int32_t view_allocation(const struct view *v, const struct episode *ep, int32_t until);

/* "Before the child's latest": referrals, section 47 enquiries, initial conferences within the 12
 * months before the child's latest referral or enquiry that the office knows. */
int view_previous_referrals(const struct view *v, int32_t child);
int view_previous_section47s(const struct view *v, int32_t child);
int view_previous_conferences(const struct view *v, int32_t child);

/* Cases that a worker holds. counts has one place for each worker of the log. */
void view_count_cases(const struct view *v, int32_t *counts);

/* Vacant posts of a role and team, in millionths. */
int64_t view_vacancies(const struct view *v, int role, int team);

/* Working days lost in the month that the as-at stands for, thousandths; 0 when not in post. */
int32_t view_days_lost(const struct view *v, int32_t worker);

/* Runs over the district's records of one kind in order of their (start) dates. */
#define VIEW_EACH(i, v, kind) VIEW_EACH_FROM(i, v, kind, INT32_MIN)

/* The same, from the first whose date is not before `date`. */
#define VIEW_EACH_FROM(i, v, kind, date)                                               \
	for (int32_t i##_at = events_from((v)->log, kind, (v)->district, date), i = 0; \
	     i##_at < (v)->log->first[kind][(v)->district + 1] &&                      \
	     (i = (v)->log->by_district[kind][i##_at], true);                          \
	     i##_at++)

#endif
