#include "deploy/demo/truth.h"

/* Episodes of need. */

#define SIX_WEEKS 42

static bool episode_counts(const struct view *v, int32_t episode, int32_t on)
{
	return episode_open(&v->log->episodes[episode], on) && view_episode(v, episode);
}

static void count_open(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_EPISODE)
	{
		const struct episode *ep = &v->log->episodes[i];

		if (!episode_counts(v, i, at.to))
			continue;
		tally_row(t, 1, 1);
		tally_by_child(t, v, ep->child, at.to);
		tally_by(t, BY_NEED, ep->need);
		tally_by(t, BY_STATUS, view_status(v, ep));
	}
}

static void count_started(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH_FROM(i, v, EVENT_EPISODE, at.from)
	{
		const struct episode *ep = &v->log->episodes[i];

		if (ep->start > at.to)
			break;
		if (!view_episode(v, i))
			continue;
		tally_row(t, 1, 1);
		tally_by(t, BY_NEED, ep->need);
	}
}

static void count_ceased(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_EPISODE)
	{
		const struct episode *ep = &v->log->episodes[i];

		if (!truth_in(at, ep->end) || ep->end > v->as_at || !view_episode(v, i))
			continue;
		tally_row(t, 1, 1);
		tally_by(t, BY_REASON, ep->reason);
	}
}

static void count_duration(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_EPISODE)
	{
		if (!episode_counts(v, i, at.to))
			continue;
		tally_row(t, 1, 1);
		tally_by_bucket(t, BY_DAYS, at.to - v->log->episodes[i].start);
	}
}

static void count_not_seen(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH(i, v, EVENT_EPISODE)
	{
		const struct episode *ep = &v->log->episodes[i];
		int32_t last;

		if (at.to - ep->start < SIX_WEEKS || !episode_counts(v, i, at.to))
			continue;
		last = episode_last_seen(v->log, ep, at.to);
		tally_row(t, last == NEVER || at.to - last > SIX_WEEKS, 1);
		tally_by(t, BY_STATUS, view_status(v, ep));
		tally_by_team(t, v, view_allocation(v, ep, NEVER));
	}
}

static const struct truth_bucket durations[] = {
	{ 0, 91, "0-91" },       { 92, 182, "92-182" },      { 183, 364, "183-364" },
	{ 365, 729, "365-729" }, { 730, INT32_MAX, "730+" }, { 0, 0, NULL },
};

const struct truth_measure truth_cin[] = {
	{ .code = "cin_open", .kind = TRUTH_STOCK, .valid = TRUTH_AS_AT, .count = count_open },
	{ .code = "cin_started", .valid = TRUTH_NEVER, .count = count_started },
	{ .code = "cin_ceased", .valid = TRUTH_NEVER, .count = count_ceased },
	{ .code = "cin_started_latest",
	  .valid = TRUTH_LAST_MONTH,
	  .weeks = true,
	  .count = count_started },
	{ .code = "cin_ceased_latest", .valid = TRUTH_LAST_MONTH, .count = count_ceased },
	{ .code = "cin_duration",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .buckets = durations,
	  .count = count_duration },
	{ .code = "cin_not_seen_6wk",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .count = count_not_seen },
	{ .code = NULL },
};
