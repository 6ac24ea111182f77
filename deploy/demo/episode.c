#include "deploy/demo/journey.h"

#include <string.h>

#include "deploy/demo/child.h"
#include "deploy/demo/labels.h"
#include "deploy/demo/staff.h"
#include "proto/date.h"

/* An episode of need is drafted to its end when it begins, then cut short where the child moves or
 * comes of age, and only then written into the log. */

#define SECTION47S_MAX 3

struct draft {
	int32_t start, end;
	int32_t assessed, authorised; /* NEVER: not assessed */
	int32_t again, again_end;     /* a second assessment; NEVER */
	int32_t cin_from;
	int32_t help;  /* early help after the closure; NEVER */
	int32_t moved; /* day on which the child leaves the district; NEVER */
	struct section47 enquiries[SECTION47S_MAX];
	int n_enquiries;
	struct plan plan; /* start NEVER: none */
	int reason;
	bool support;
};

#define ASSESSED_SHARE 0.957
#define SECTION47_SHARE 0.235      /* soon after the referral */
#define SECTION47_LATER_SHARE 0.19 /* while a child in need */
#define CONFERENCE_SHARE 0.325     /* of enquiries */
#define TO_PLAN_SHARE 0.87         /* of conferences */
#define NO_SUPPORT_SHARE 0.37      /* closed after the assessment */
#define TO_HELP_SHARE 0.09         /* closed after the assessment, early help follows */
#define STEP_DOWN_SHARE 0.12       /* of later closures */
#define DISABLED_LONG_SHARE 0.35
#define AGAIN_SHARE 0.07
#define MOVE_A_YEAR 0.03
#define LATE_SHARE 0.02
#define CATEGORY_CHANGES_SHARE 0.06
#define ORDER_SHARE 0.04

static const int need_weights[NEEDS] = { 545, 80, 40, 120, 135, 30, 8, 20, 7, 15 };
static const int category_weights[CATEGORIES] = { 43, 8, 4, 38, 7 };
static const int reason_weights[REASONS] = { 3, 1, 15, 12, 25, 10, 934, 0, 0 };

/* Working days to the authorisation of an assessment: about 85% within 45. */
static const int assessment_days[] = {
	1, 7, 11, 15, 18, 21, 24, 27, 30, 33, 35, 37, 39, 41, 42, 43, 44, 45, 52, 60, 110,
};
/* Days from referral to the start of the assessment. */
static const int assessment_waits[] = { 0, 0, 0, 0, 0, 1, 1, 2, 3, 6, 30 };
/* Days without an assessment until somebody closes the referral. */
static const int unassessed_days[] = { 3, 8, 14, 21, 28, 40, 60, 90, 150 };
/* Days of a child in need plan. */
static const int cin_days[] = { 20, 58, 82, 108, 135, 168, 205, 258, 335, 460, 880 };
static const int cin_days_long[] = { 250, 500, 800, 1100, 1500, 2200 };
static const int cin_days_after_plan[] = { 20, 60, 90, 110, 140, 200, 330 };
/* Working days from strategy discussion to conference: about 82% within 15. */
static const int conference_days[] = {
	5, 8, 9, 10, 11, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15, 15, 16, 22, 32, 50,
};
static const int plan_days[] = { 80, 120, 165, 190, 220, 260, 300, 340, 390, 470, 620, 1200 };
static const int review_first_days[] = { 66, 76, 80, 83, 85, 87, 88, 89, 90, 90, 100 };
static const int review_days[] = { 120, 150, 160, 168, 172, 175, 177, 178, 180, 184, 198 };
/* Days between two times that a social worker sees the child. */
static const int visit_days[] = { 7, 14, 18, 21, 25, 28, 30, 33, 36, 41, 75 };
static const int visit_days_plan[] = { 4, 7, 9, 10, 11, 13, 14, 17, 21, 28, 62 };
static const int help_waits[] = { 0, 3, 7, 14, 28 };

static void draft_conference(struct sim *s, struct draft *d, struct section47 *q)
{
	struct rng *r = &s->journeys;

	q->decided = q->start + rng_between(r, 2, 14);
	q->icpc = NEVER;
	q->icpc_needed = d->plan.start == NEVER && rng_chance(r, CONFERENCE_SHARE);
	if (!q->icpc_needed)
		return;
	q->icpc = city_add_working_days(s->city, q->start, RNG_QUANTILE(r, conference_days));
	if (q->decided >= q->icpc)
		q->decided = q->start + 1;
	q->to_plan = rng_chance(r, TO_PLAN_SHARE);
	if (!q->to_plan)
		return;
	d->plan.start = q->icpc;
	d->plan.end = q->icpc + RNG_QUANTILE(r, plan_days);
	d->plan.category_first = (uint8_t)RNG_PICK(r, category_weights);
	d->plan.category_latest = d->plan.category_first;
	d->plan.changed = NEVER;
	d->plan.order = rng_chance(r, ORDER_SHARE);
	if (rng_chance(r, CATEGORY_CHANGES_SHARE)) {
		d->plan.category_latest = (uint8_t)RNG_PICK(r, category_weights);
		d->plan.changed = d->plan.start + rng_between(r, 60, 200);
	}
}

static void draft_section47(struct sim *s, struct draft *d, int32_t day)
{
	struct section47 *q = &d->enquiries[d->n_enquiries];

	day = city_next_working_day(s->city, day);
	if (d->n_enquiries == SECTION47S_MAX ||
	    (d->n_enquiries > 0 && d->enquiries[d->n_enquiries - 1].start >= day))
		return;
	memset(q, 0, sizeof *q);
	q->start = day;
	d->n_enquiries++;
	draft_conference(s, d, q);
}

/* An enquiry is made in the course of an assessment, so there is one. */
static void draft_assessment(struct sim *s, struct draft *d, bool known)
{
	struct rng *r = &s->journeys;

	if (!known && d->n_enquiries == 0 && !rng_chance(r, ASSESSED_SHARE))
		return;
	d->assessed = city_next_working_day(s->city, d->start + RNG_QUANTILE(r, assessment_waits));
	d->authorised =
		city_add_working_days(s->city, d->assessed, RNG_QUANTILE(r, assessment_days));
}

/* After the plan comes a while as a child in need, as a rule. */
static void draft_after_plan(struct sim *s, struct draft *d)
{
	struct rng *r = &s->journeys;

	d->support = true;
	if (rng_chance(r, 0.85))
		d->end = d->plan.end + RNG_QUANTILE(r, cin_days_after_plan);
	else
		d->end = d->plan.end + rng_between(r, 0, 5);
	if (d->end < d->authorised)
		d->end = d->authorised;
	d->reason = RNG_PICK(r, reason_weights);
}

static void draft_child_in_need(struct sim *s, struct draft *d, int need)
{
	struct rng *r = &s->journeys;

	d->support = true;
	d->cin_from = d->authorised + rng_between(r, 0, 5);
	if (need == NEED_2 && rng_chance(r, DISABLED_LONG_SHARE))
		d->end = d->cin_from + RNG_QUANTILE(r, cin_days_long);
	else
		d->end = d->cin_from + RNG_QUANTILE(r, cin_days);
	d->reason = RNG_PICK(r, reason_weights);
	if (rng_chance(r, SECTION47_LATER_SHARE))
		draft_section47(s, d, rng_between(r, d->cin_from, d->end));
	if (d->plan.start != NEVER)
		draft_after_plan(s, d);
	if (d->end - d->cin_from > 200 && rng_chance(r, AGAIN_SHARE)) {
		d->again = city_next_working_day(s->city,
						 rng_between(r, d->cin_from + 60, d->end - 60));
		d->again_end =
			city_add_working_days(s->city, d->again, RNG_QUANTILE(r, assessment_days));
	}
}

static void draft_outcome(struct sim *s, struct draft *d, int need, bool known)
{
	struct rng *r = &s->journeys;
	double u = rng_real(r);

	if (d->assessed == NEVER && d->plan.start == NEVER) {
		d->end = d->start + RNG_QUANTILE(r, unassessed_days);
		d->reason = REASON_7;
	} else if (d->plan.start != NEVER) {
		d->cin_from = d->authorised;
		draft_after_plan(s, d);
	} else if (!known && u < NO_SUPPORT_SHARE) {
		d->end = d->authorised + rng_between(r, 0, 7);
		d->reason = REASON_8;
	} else if (!known && u < NO_SUPPORT_SHARE + TO_HELP_SHARE) {
		d->end = d->authorised + rng_between(r, 0, 7);
		d->reason = REASON_9;
		d->help = d->end + RNG_QUANTILE(r, help_waits);
	} else {
		draft_child_in_need(s, d, need);
	}
	if (d->help == NEVER && d->reason == REASON_7 && d->assessed != NEVER &&
	    rng_chance(r, STEP_DOWN_SHARE))
		d->help = d->end + RNG_QUANTILE(r, help_waits);
}

/* Everything that would come on or after the day does not happen. */
static void draft_cut(struct draft *d, int32_t day)
{
	int n = 0;

	d->end = day;
	d->reason = REASON_7;
	d->help = NEVER;
	if (d->assessed >= day)
		d->assessed = d->authorised = NEVER;
	else if (d->authorised > day)
		d->authorised = day;
	if (d->again >= day)
		d->again = d->again_end = NEVER;
	else if (d->again_end > day)
		d->again_end = day;
	if (d->cin_from >= day)
		d->cin_from = NEVER;
	for (int i = 0; i < d->n_enquiries; i++) {
		struct section47 *q = &d->enquiries[i];

		if (q->start >= day)
			continue;
		if (q->icpc >= day) {
			q->icpc = NEVER;
			q->to_plan = false;
		}
		d->enquiries[n++] = *q;
	}
	d->n_enquiries = n;
	if (d->plan.start >= day)
		d->plan.start = NEVER;
	else if (d->plan.end > day)
		d->plan.end = day;
}

static void draft_whole(struct sim *s, struct draft *d, int32_t child, int need, bool known)
{
	struct rng *r = &s->journeys;
	int32_t last = child_eighteenth_birthday(&s->log.children[child]) - 1;

	if (rng_chance(r, known ? 2 * SECTION47_SHARE : SECTION47_SHARE))
		draft_section47(s, d, d->start + rng_between(r, 0, 8));
	draft_assessment(s, d, known);
	draft_outcome(s, d, need, known);
	if (d->end > last)
		draft_cut(d, last);
	if (s->city->n_districts > 1 && d->end - d->start > 10 &&
	    rng_chance(r, MOVE_A_YEAR * (d->end - d->start) / 365.25)) {
		d->moved = rng_between(r, d->start + 5, d->end - 1);
		draft_cut(d, d->moved);
	}
}

static void episode_add_assessment(struct sim *s, int32_t ep, int32_t start, int32_t end,
				   bool support)
{
	struct rng *r = &s->journeys;
	const struct episode *of = &s->log.episodes[ep];
	struct child *who = &s->log.children[of->child];
	int32_t at = events_add(&s->log, EVENT_ASSESSMENT);
	int32_t recorded = start;

	if (rng_chance(r, LATE_SHARE))
		recorded = date_month_end(start) + CITY_MONTH_END_DAYS + rng_between(r, 1, 15);
	s->log.assessments[at] = (struct assessment){
		.child = of->child,
		.before = who->assessments,
		.episode = ep,
		.start = start,
		.end = end,
		.recorded = recorded,
		.district = of->district,
		.ward = of->ward,
		.seen = rng_chance(r, 0.93),
		.support = support,
	};
	who->assessments = at;
}

static void episode_add_section47(struct sim *s, int32_t ep, const struct section47 *draft)
{
	const struct episode *of = &s->log.episodes[ep];
	struct child *who = &s->log.children[of->child];
	int32_t at = events_add(&s->log, EVENT_SECTION47);
	struct section47 *q = &s->log.section47s[at];

	*q = *draft;
	q->child = of->child;
	q->before = who->section47s;
	q->episode = ep;
	q->district = of->district;
	q->ward = of->ward;
	who->section47s = at;
}

static void episode_add_reviews(struct sim *s, struct plan *p)
{
	int32_t day = p->start;

	p->reviews = s->log.n[EVENT_DATE];
	day += RNG_QUANTILE(&s->journeys, review_first_days);
	while (day < p->end && day <= s->city->last_day) {
		s->log.dates[events_add(&s->log, EVENT_DATE)] = city_next_working_day(s->city, day);
		p->n_reviews++;
		day += RNG_QUANTILE(&s->journeys, review_days);
	}
}

static int32_t episode_add_plan(struct sim *s, int32_t ep, const struct plan *draft)
{
	const struct episode *of = &s->log.episodes[ep];
	struct child *who = &s->log.children[of->child];
	int32_t at = events_add(&s->log, EVENT_PLAN);
	struct plan *p = &s->log.plans[at];

	*p = *draft;
	p->child = of->child;
	p->before = who->plans;
	p->episode = ep;
	p->district = of->district;
	p->ward = of->ward;
	p->previous = who->earlier_plans;
	for (int32_t i = who->plans; i != NONE; i = s->log.plans[i].before)
		p->previous++;
	episode_add_reviews(s, p);
	who->plans = at;
	return at;
}

static void episode_add_visits(struct sim *s, struct episode *ep, const struct plan *p)
{
	struct rng *r = &s->journeys;
	int32_t day = ep->start + rng_between(r, 1, 12);

	ep->visits = s->log.n[EVENT_DATE];
	while (day < ep->end && day <= s->city->last_day) {
		bool planned = p->start <= day && p->end > day;

		s->log.dates[events_add(&s->log, EVENT_DATE)] = day;
		ep->n_visits++;
		day += planned ? RNG_QUANTILE(r, visit_days_plan) : RNG_QUANTILE(r, visit_days);
		day = city_next_working_day(s->city, day);
	}
}

int32_t episode_new(struct sim *s, int32_t child, int district, int32_t date, bool known)
{
	struct child *who = &s->log.children[child];
	int need = RNG_PICK(&s->journeys, need_weights);
	struct draft d = { .start = date,
			   .assessed = NEVER,
			   .authorised = NEVER,
			   .again = NEVER,
			   .again_end = NEVER,
			   .cin_from = NEVER,
			   .help = NEVER,
			   .moved = NEVER,
			   .plan = { .start = NEVER },
			   .reason = REASON_7 };
	int32_t at = events_add(&s->log, EVENT_EPISODE);
	struct episode *ep = &s->log.episodes[at];

	draft_whole(s, &d, child, need, known);
	*ep = (struct episode){
		.child = child,
		.before = who->episodes,
		.start = date,
		.end = d.end,
		.cin_from = d.cin_from,
		.plan = NONE,
		.allocation = NONE,
		.district = (uint8_t)district,
		.ward = who->ward,
		.need = (uint8_t)need,
		.reason = (uint8_t)d.reason,
	};
	who->episodes = at;
	who->free_from = d.end + 1;
	episode_add_visits(s, ep, &d.plan);
	if (d.assessed != NEVER)
		episode_add_assessment(s, at, d.assessed, d.authorised, d.support);
	if (d.again != NEVER)
		episode_add_assessment(s, at, d.again, d.again_end, true);
	for (int i = 0; i < d.n_enquiries; i++)
		episode_add_section47(s, at, &d.enquiries[i]);
	if (d.plan.start != NEVER)
		ep->plan = episode_add_plan(s, at, &d.plan);
	if (d.help != NEVER)
		sim_put_off(s, d.help, TASK_HELP, child, district);
	if (d.moved != NEVER)
		sim_put_off(s, d.moved + rng_between(&s->journeys, 1, 4), TASK_ARRIVE, child,
			    (district + 1 + rng_below(&s->journeys, s->city->n_districts - 1)) %
				    s->city->n_districts);
	staff_await(s, at);
	return at;
}
