#include "deploy/demo/truth.h"

/* Early help. */

#define STEP_UP_DAYS 90
#define STEP_DOWN_DAYS 30

static void count_started(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH_FROM(i, v, EVENT_HELP, at.from)
	{
		const struct help *h = &v->log->helps[i];

		if (h->start > at.to)
			break;
		if (!view_help(v, h))
			continue;
		tally_row(t, 1, 1);
		tally_by_child(t, v, h->child, h->start);
		tally_by(t, BY_ORGANISATION, h->organisation);
	}
}

/* Ended in the span, as far as is known. */
static bool help_ended(const struct view *v, const struct help *h, struct span at)
{
	return truth_in(at, h->end) && h->end <= v->as_at && view_help(v, h);
}

static void count_completed(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_HELP)
	{
		const struct help *h = &v->log->helps[i];

		if (!help_ended(v, h, at))
			continue;
		tally_row(t, 1, 1);
		tally_by_child(t, v, h->child, h->end);
		tally_by(t, BY_ORGANISATION, h->organisation);
	}
}

static void count_days(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_HELP)
	{
		const struct help *h = &v->log->helps[i];

		if (!help_ended(v, h, at))
			continue;
		tally_row(t, 1, 1);
		tally_by_bucket(t, BY_DAYS, h->end - h->start);
	}
}

static bool help_open(const struct view *v, const struct help *h, int32_t on)
{
	return h->start <= on && h->end > on && view_help(v, h);
}

static void count_open(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_HELP)
	{
		const struct help *h = &v->log->helps[i];

		if (!help_open(v, h, at.to))
			continue;
		tally_row(t, 1, 1);
		tally_by_child(t, v, h->child, at.to);
	}
}

static void count_by_organisation(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_HELP)
	{
		const struct help *h = &v->log->helps[i];

		if (!help_open(v, h, at.to))
			continue;
		tally_row(t, 1, 1);
		tally_by(t, BY_ORGANISATION, h->organisation);
	}
}

static bool help_steps_up(const struct view *v, const struct help *h)
{
	for (int32_t i = v->log->children[h->child].referrals; i != NONE;
	     i = v->log->referrals[i].before) {
		const struct referral *r = &v->log->referrals[i];

		if (view_referral(v, r) && r->date >= h->start && r->date <= h->end + STEP_UP_DAYS)
			return true;
	}
	return false;
}

static void count_step_up(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_HELP)
	{
		const struct help *h = &v->log->helps[i];

		if (!help_ended(v, h, at))
			continue;
		tally_row(t, help_steps_up(v, h), 1);
		tally_by(t, BY_AGE, view_age_band(&v->log->children[h->child], h->end));
	}
}

static bool help_steps_down(const struct view *v, const struct help *h)
{
	for (int32_t i = v->log->children[h->child].episodes; i != NONE;
	     i = v->log->episodes[i].before) {
		int32_t end = view_known(v, v->log->episodes[i].end);

		if (end <= h->start && h->start <= end + STEP_DOWN_DAYS && view_episode(v, i))
			return true;
	}
	return false;
}

static void count_step_down(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH_FROM(i, v, EVENT_HELP, at.from)
	{
		const struct help *h = &v->log->helps[i];

		if (h->start > at.to)
			break;
		if (view_help(v, h))
			tally_row(t, help_steps_down(v, h), 1);
	}
}

static void count_step_down_rc9(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_EPISODE)
	{
		const struct episode *ep = &v->log->episodes[i];

		if (truth_in(at, ep->end) && ep->end <= v->as_at && view_episode(v, i))
			tally_row(t, ep->reason == REASON_9, 1);
	}
}

static bool help_is_return(const struct view *v, int32_t help, int months)
{
	const struct help *h = &v->log->helps[help];

	for (int32_t i = v->log->children[h->child].helps; i != NONE; i = v->log->helps[i].before) {
		const struct help *other = &v->log->helps[i];

		if (i != help && other->end <= v->as_at && view_help(v, other) &&
		    other->end <= h->start && truth_within_months(other->end, h->start, months))
			return true;
	}
	return false;
}

static void count_returns(const struct view *v, struct span at, struct tally *t, int months)
{
	VIEW_EACH_FROM(i, v, EVENT_HELP, at.from)
	{
		if (v->log->helps[i].start > at.to)
			break;
		if (view_help(v, &v->log->helps[i]))
			tally_row(t, help_is_return(v, i, months), 1);
	}
}

static void count_returns_12m(const struct view *v, struct span at, struct tally *t)
{
	count_returns(v, at, t, 12);
}

static void count_returns_3m(const struct view *v, struct span at, struct tally *t)
{
	count_returns(v, at, t, 3);
}

static const struct truth_bucket durations[] = {
	{ 0, 28, "0-28" },     { 29, 56, "29-56" },     { 57, 91, "57-91" },
	{ 92, 182, "92-182" }, { 183, 364, "183-364" }, { 365, INT32_MAX, "365+" },
	{ 0, 0, NULL },
};

const struct truth_measure truth_help[] = {
	{ .code = "early_help_started", .weeks = true, .count = count_started },
	{ .code = "early_help_completed", .count = count_completed },
	{ .code = "early_help_days", .buckets = durations, .count = count_days },
	{ .code = "early_help_open",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .count = count_open },
	{ .code = "early_help_by_organisation",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .count = count_by_organisation },
	{ .code = "early_help_step_up", .follow_up = STEP_UP_DAYS, .count = count_step_up },
	{ .code = "early_help_step_down",
	  .valid = TRUTH_LAST_MONTH,
	  .weeks = true,
	  .count = count_step_down },
	{ .code = "early_help_step_down_rc9",
	  .valid = TRUTH_LAST_MONTH,
	  .count = count_step_down_rc9 },
	{ .code = "early_help_return_12m",
	  .look_back = 366,
	  .weeks = true,
	  .count = count_returns_12m },
	{ .code = "early_help_return_3m",
	  .look_back = 92,
	  .weeks = true,
	  .count = count_returns_3m },
	{ .code = NULL },
};
