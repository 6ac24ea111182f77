#include "deploy/demo/truth.h"

#include "proto/date.h"

/* Section 47 enquiries, initial conferences, child protection plans. */

#define CONFERENCE_WORKING_DAYS 15
#define CONFERENCE_LOOK_BACK 60
#define SIX_WEEKS 42

static void count_section47(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH_FROM(i, v, EVENT_SECTION47, at.from)
	{
		const struct section47 *q = &v->log->section47s[i];

		if (q->start > at.to)
			break;
		if (!view_section47(v, q))
			continue;
		tally_row(t, 1, 1);
		tally_by_child(t, v, q->child, q->start);
	}
}

static void count_not_required(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH_FROM(i, v, EVENT_SECTION47, at.from)
	{
		const struct section47 *q = &v->log->section47s[i];

		if (q->start > at.to)
			break;
		if (view_section47(v, q) && q->decided <= v->as_at)
			tally_row(t, !q->icpc_needed, 1);
	}
}

static bool conference_held(const struct view *v, const struct section47 *q, struct span at)
{
	return truth_in(at, q->icpc) && q->icpc <= v->as_at && view_section47(v, q);
}

static void count_conferences(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_SECTION47)
	{
		const struct section47 *q = &v->log->section47s[i];

		if (!conference_held(v, q, at))
			continue;
		tally_row(t, 1, 1);
		tally_by_child(t, v, q->child, q->icpc);
	}
}

static void count_in_time(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_SECTION47)
	{
		const struct section47 *q = &v->log->section47s[i];

		if (!conference_held(v, q, at))
			continue;
		tally_row(t, date_working_days(q->start, q->icpc) <= CONFERENCE_WORKING_DAYS, 1);
		tally_by_team(t, v,
			      view_allocation(v, &v->log->episodes[q->episode], q->start + 21));
	}
}

static void count_to_plan(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_SECTION47)
	{
		const struct section47 *q = &v->log->section47s[i];

		if (conference_held(v, q, at))
			tally_row(t, q->to_plan, 1);
	}
}

static bool plan_counts(const struct view *v, int32_t plan, int32_t on)
{
	return plan_open(&v->log->plans[plan], on) && view_plan(v, plan);
}

static void count_open(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_PLAN)
	{
		const struct plan *p = &v->log->plans[i];

		if (!plan_counts(v, i, at.to))
			continue;
		tally_row(t, 1, 1);
		tally_by_child(t, v, p->child, at.to);
		tally_by(t, BY_CATEGORY, view_category(v, p));
	}
}

static void count_started(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH_FROM(i, v, EVENT_PLAN, at.from)
	{
		if (v->log->plans[i].start > at.to)
			break;
		if (view_plan(v, i))
			tally_row(t, 1, 1);
	}
}

static bool plan_ended(const struct view *v, int32_t plan, struct span at)
{
	int32_t end = v->log->plans[plan].end;

	return truth_in(at, end) && end <= v->as_at && view_plan(v, plan);
}

static void count_ended(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_PLAN)
	if (plan_ended(v, i, at))
		tally_row(t, 1, 1);
}

static void count_repeat(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH_FROM(i, v, EVENT_PLAN, at.from)
	{
		if (v->log->plans[i].start > at.to)
			break;
		if (view_plan(v, i))
			tally_row(t, v->log->plans[i].previous > 0, 1);
	}
}

static void count_2y_open(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_PLAN)
	if (plan_counts(v, i, at.to))
		tally_row(t, date_add_months(v->log->plans[i].start, 24) <= at.to, 1);
}

static void count_2y_ended(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_PLAN)
	{
		const struct plan *p = &v->log->plans[i];

		if (plan_ended(v, i, at))
			tally_row(t, date_add_months(p->start, 24) <= p->end, 1);
	}
}

static void count_visit_overdue(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_PLAN)
	{
		const struct plan *p = &v->log->plans[i];
		int32_t last;

		if (!plan_counts(v, i, at.to))
			continue;
		last = plan_last_visit(v->log, p, at.to);
		tally_row(t, at.to - (last == NEVER ? p->start : last) > SIX_WEEKS, 1);
		tally_by_team(t, v, view_allocation(v, &v->log->episodes[p->episode], p->end));
	}
}

static void count_review_not_overdue(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_PLAN)
	{
		const struct plan *p = &v->log->plans[i];
		int32_t last;

		if (!plan_counts(v, i, at.to) || date_add_months(p->start, 3) > at.to)
			continue;
		last = plan_last_review(v->log, p, at.to);
		tally_row(t, last != NEVER && date_add_months(last, 6) >= at.to, 1);
	}
}

static bool plan_reviewed_on_time(const struct view *v, const struct plan *p, int32_t on)
{
	const int32_t *reviews = v->log->dates + p->reviews;
	int32_t due = date_add_months(p->start, 3);

	for (int i = 0; i < p->n_reviews && reviews[i] <= on; i++) {
		if (reviews[i] > due)
			return false;
		due = date_add_months(reviews[i], 6);
	}
	return p->n_reviews > 0 && reviews[0] <= on && due >= on;
}

static void count_review_on_time(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_PLAN)
	{
		const struct plan *p = &v->log->plans[i];

		if (plan_counts(v, i, at.to) && date_add_months(p->start, 3) <= at.to)
			tally_row(t, plan_reviewed_on_time(v, p, at.to), 1);
	}
}

const struct truth_measure truth_protection[] = {
	{ .code = "section47_started", .weeks = true, .count = count_section47 },
	{ .code = "icpc_not_required",
	  .follow_up = 21,
	  .weeks = true,
	  .count = count_not_required },
	{ .code = "icpc_held", .look_back = CONFERENCE_LOOK_BACK, .count = count_conferences },
	{ .code = "icpc_in_15wd", .look_back = CONFERENCE_LOOK_BACK, .count = count_in_time },
	{ .code = "icpc_to_plan", .look_back = CONFERENCE_LOOK_BACK, .count = count_to_plan },
	{ .code = "cpp_open", .kind = TRUTH_STOCK, .valid = TRUTH_AS_AT, .count = count_open },
	{ .code = "cpp_started", .valid = TRUTH_NEVER, .count = count_started },
	{ .code = "cpp_ended", .valid = TRUTH_NEVER, .count = count_ended },
	{ .code = "cpp_started_latest",
	  .valid = TRUTH_LAST_MONTH,
	  .weeks = true,
	  .count = count_started },
	{ .code = "cpp_ended_latest", .valid = TRUTH_LAST_MONTH, .count = count_ended },
	{ .code = "cpp_repeat", .valid = TRUTH_NEVER, .count = count_repeat },
	{ .code = "cpp_repeat_latest",
	  .valid = TRUTH_LAST_MONTH,
	  .weeks = true,
	  .count = count_repeat },
	{ .code = "cpp_2y_open",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .count = count_2y_open },
	{ .code = "cpp_2y_ended", .valid = TRUTH_NEVER, .count = count_2y_ended },
	{ .code = "cpp_2y_ended_latest", .valid = TRUTH_LAST_MONTH, .count = count_2y_ended },
	{ .code = "cpp_visit_overdue",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .count = count_visit_overdue },
	{ .code = "cpp_review_not_overdue",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .count = count_review_not_overdue },
	{ .code = "cpp_review_on_time",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_NEVER,
	  .count = count_review_on_time },
	{ .code = NULL },
};
