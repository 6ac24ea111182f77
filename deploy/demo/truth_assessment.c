#include "deploy/demo/truth.h"

#include "proto/date.h"

/* Assessments. */

#define LIMIT_WORKING_DAYS 45

static bool assessment_ended(const struct view *v, const struct assessment *a, struct span at)
{
	return truth_in(at, a->end) && a->end <= v->as_at && view_assessment(v, a);
}

static void count_completed(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_ASSESSMENT)
	{
		const struct assessment *a = &v->log->assessments[i];

		if (!assessment_ended(v, a, at))
			continue;
		tally_row(t, 1, 1);
		tally_by_child(t, v, a->child, a->end);
		tally_by(t, BY_DISABILITY, v->log->children[a->child].disability);
	}
}

static void count_in_time(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_ASSESSMENT)
	{
		const struct assessment *a = &v->log->assessments[i];

		if (!assessment_ended(v, a, at))
			continue;
		tally_row(t, date_working_days(a->start, a->end) <= LIMIT_WORKING_DAYS, 1);
		tally_by(t, BY_AGE, view_age_band(&v->log->children[a->child], a->end));
		tally_by_team(t, v, view_allocation(v, &v->log->episodes[a->episode], a->end));
	}
}

static void count_days(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_ASSESSMENT)
	{
		const struct assessment *a = &v->log->assessments[i];

		if (!assessment_ended(v, a, at))
			continue;
		tally_row(t, 1, 1);
		tally_by_bucket(t, BY_DAYS, date_working_days(a->start, a->end));
	}
}

static void count_no_support(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_ASSESSMENT)
	{
		const struct assessment *a = &v->log->assessments[i];

		if (assessment_ended(v, a, at))
			tally_row(t, !a->support, 1);
	}
}

static bool assessment_open(const struct view *v, const struct assessment *a, int32_t on)
{
	return a->start <= on && a->end > on && view_assessment(v, a);
}

static void count_open(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_ASSESSMENT)
	{
		const struct assessment *a = &v->log->assessments[i];

		if (!assessment_open(v, a, at.to))
			continue;
		tally_row(t, 1, 1);
		tally_by_bucket(t, BY_DAYS, at.to - a->start);
		tally_by_team(t, v, view_allocation(v, &v->log->episodes[a->episode], a->end));
	}
}

static void count_open_over(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_ASSESSMENT)
	{
		const struct assessment *a = &v->log->assessments[i];

		if (assessment_open(v, a, at.to))
			tally_row(t, date_working_days(a->start, at.to) > LIMIT_WORKING_DAYS, 1);
	}
}

static const struct truth_bucket working_days[] = {
	{ 0, 0, "0" },       { 1, 10, "1-10" },   { 11, 20, "11-20" },
	{ 21, 30, "21-30" }, { 31, 40, "31-40" }, { 41, 45, "41-45" },
	{ 46, 50, "46-50" }, { 51, 60, "51-60" }, { 61, INT32_MAX, "61+" },
	{ 0, 0, NULL },
};

static const struct truth_bucket open_days[] = {
	{ 0, 14, "0-14" },   { 15, 28, "15-28" },      { 29, 42, "29-42" }, { 43, 63, "43-63" },
	{ 64, 91, "64-91" }, { 92, INT32_MAX, "92+" }, { 0, 0, NULL },
};

const struct truth_measure truth_assessment[] = {
	{ .code = "assessments_completed", .count = count_completed },
	{ .code = "assessments_in_45wd", .count = count_in_time },
	{ .code = "assessment_days", .buckets = working_days, .count = count_days },
	{ .code = "assessments_no_support", .count = count_no_support },
	{ .code = "assessments_open",
	  .kind = TRUTH_STOCK,
	  .buckets = open_days,
	  .count = count_open },
	{ .code = "assessments_open_over_45wd", .kind = TRUTH_STOCK, .count = count_open_over },
	{ .code = NULL },
};
