#include "deploy/demo/truth.h"

/* Contacts and referrals. */

#define FOLLOWED_DAYS 30

static void count_contacts(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH_FROM(i, v, EVENT_CONTACT, at.from)
	{
		const struct contact *c = &v->log->contacts[i];

		if (c->date > at.to)
			break;
		if (!view_contact(v, c))
			continue;
		tally_row(t, 1, 1);
		tally_by_child(t, v, c->child, c->date);
		tally_by(t, BY_SOURCE, c->source);
	}
}

static bool contact_is_repeat(const struct view *v, const struct contact *c, int months)
{
	for (int32_t i = v->log->children[c->child].contacts; i != NONE;
	     i = v->log->contacts[i].before) {
		const struct contact *other = &v->log->contacts[i];

		if (view_contact(v, other) && other->date < c->date &&
		    truth_within_months(other->date, c->date, months))
			return true;
	}
	return false;
}

static void count_repeats(const struct view *v, struct span at, struct tally *t, int months)
{
	VIEW_EACH_FROM(i, v, EVENT_CONTACT, at.from)
	{
		const struct contact *c = &v->log->contacts[i];

		if (c->date > at.to)
			break;
		if (view_contact(v, c))
			tally_row(t, contact_is_repeat(v, c, months), 1);
	}
}

static void count_repeats_12m(const struct view *v, struct span at, struct tally *t)
{
	count_repeats(v, at, t, 12);
}

static void count_repeats_3m(const struct view *v, struct span at, struct tally *t)
{
	count_repeats(v, at, t, 3);
}

static bool referral_within(const struct view *v, int32_t child, int32_t from, int32_t to)
{
	for (int32_t i = v->log->children[child].referrals; i != NONE;
	     i = v->log->referrals[i].before) {
		const struct referral *r = &v->log->referrals[i];

		if (view_referral(v, r) && r->date >= from && r->date <= to)
			return true;
	}
	return false;
}

static bool help_begins_within(const struct view *v, int32_t child, int32_t from, int32_t to)
{
	for (int32_t i = v->log->children[child].helps; i != NONE; i = v->log->helps[i].before) {
		const struct help *h = &v->log->helps[i];

		if (view_help(v, h) && h->start >= from && h->start <= to)
			return true;
	}
	return false;
}

static void count_followed(const struct view *v, struct span at, struct tally *t,
			   bool (*followed)(const struct view *, int32_t, int32_t, int32_t))
{
	VIEW_EACH_FROM(i, v, EVENT_CONTACT, at.from)
	{
		const struct contact *c = &v->log->contacts[i];

		if (c->date > at.to)
			break;
		if (!view_contact(v, c))
			continue;
		tally_row(t, followed(v, c->child, c->date, c->date + FOLLOWED_DAYS), 1);
		tally_by(t, BY_AGE, view_age_band(&v->log->children[c->child], c->date));
		tally_by(t, BY_SOURCE, c->source);
	}
}

static void count_to_referral(const struct view *v, struct span at, struct tally *t)
{
	count_followed(v, at, t, referral_within);
}

static void count_to_help(const struct view *v, struct span at, struct tally *t)
{
	count_followed(v, at, t, help_begins_within);
}

static void count_referrals(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH_FROM(i, v, EVENT_REFERRAL, at.from)
	{
		const struct referral *r = &v->log->referrals[i];

		if (r->date > at.to)
			break;
		if (!view_referral(v, r))
			continue;
		tally_row(t, 1, 1);
		tally_by_child(t, v, r->child, r->date);
		tally_by(t, BY_SOURCE, r->source);
	}
}

static void count_nfa(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH_FROM(i, v, EVENT_REFERRAL, at.from)
	{
		const struct referral *r = &v->log->referrals[i];

		if (r->date > at.to)
			break;
		if (!view_referral(v, r))
			continue;
		tally_row(t, r->episode == NONE, 1);
		tally_by(t, BY_SOURCE, r->source);
	}
}

static bool referral_is_repeat(const struct view *v, const struct referral *r)
{
	for (int32_t i = v->log->children[r->child].referrals; i != NONE;
	     i = v->log->referrals[i].before) {
		const struct referral *other = &v->log->referrals[i];

		if (view_referral(v, other) && other->date < r->date &&
		    truth_within_months(other->date, r->date, 12))
			return true;
	}
	return false;
}

static void count_referral_repeats(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH_FROM(i, v, EVENT_REFERRAL, at.from)
	{
		const struct referral *r = &v->log->referrals[i];

		if (r->date > at.to)
			break;
		if (view_referral(v, r))
			tally_row(t, referral_is_repeat(v, r), 1);
	}
}

/* The list counts earlier referrals only for the child's latest one; whoever counts everything
 * does so for each. */
static void count_referral_repeats_latest(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH_FROM(i, v, EVENT_REFERRAL, at.from)
	{
		const struct referral *r = &v->log->referrals[i];

		if (r->date > at.to)
			break;
		if (!view_referral(v, r))
			continue;
		if (!v->limited)
			tally_row(t, referral_is_repeat(v, r), 1);
		else if (!referral_within(v, r->child, r->date + 1, v->as_at))
			tally_row(t, view_previous_referrals(v, r->child) > 0, 1);
		else
			continue;
		tally_by(t, BY_AGE, view_age_band(&v->log->children[r->child], r->date));
		tally_by(t, BY_SOURCE, r->source);
	}
}

/* Of referrals whose source is a listed code, those that came from early help. */
static void count_from_help(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH_FROM(i, v, EVENT_REFERRAL, at.from)
	{
		const struct referral *r = &v->log->referrals[i];

		if (r->date > at.to)
			break;
		if (view_referral(v, r) && LABEL_SOURCE_LISTED(r->source))
			tally_row(t, r->source == SOURCE_5D, 1);
	}
}

static bool assessment_begins_within(const struct view *v, int32_t child, int32_t from, int32_t to)
{
	for (int32_t i = v->log->children[child].assessments; i != NONE;
	     i = v->log->assessments[i].before) {
		const struct assessment *a = &v->log->assessments[i];

		if (view_assessment(v, a) && a->start >= from && a->start <= to)
			return true;
	}
	return false;
}

static bool episode_ends_within(const struct view *v, int32_t child, int32_t from, int32_t to)
{
	for (int32_t i = v->log->children[child].episodes; i != NONE;
	     i = v->log->episodes[i].before) {
		const struct episode *ep = &v->log->episodes[i];

		if (ep->end >= from && ep->end <= to && view_episode(v, i))
			return true;
	}
	return false;
}

static void count_unassessed(const struct view *v, struct span at, struct tally *t)
{
	VIEW_EACH_FROM(i, v, EVENT_REFERRAL, v->window_start)
	{
		const struct referral *r = &v->log->referrals[i];

		if (r->date > at.to)
			break;
		if (!view_referral(v, r) || r->episode == NONE ||
		    assessment_begins_within(v, r->child, r->date, at.to) ||
		    episode_ends_within(v, r->child, r->date, at.to))
			continue;
		tally_row(t, 1, 1);
		tally_by_bucket(t, BY_DAYS, at.to - r->date);
	}
}

static const struct truth_bucket waits[] = {
	{ 0, 7, "0-7" },     { 8, 14, "8-14" },     { 15, 28, "15-28" },        { 29, 56, "29-56" },
	{ 57, 91, "57-91" }, { 92, 182, "92-182" }, { 183, INT32_MAX, "183+" }, { 0, 0, NULL },
};

const struct truth_measure truth_front_door[] = {
	{ .code = "contacts", .weeks = true, .count = count_contacts },
	{ .code = "contacts_repeat_12m",
	  .look_back = 366,
	  .weeks = true,
	  .count = count_repeats_12m },
	{ .code = "contacts_repeat_3m", .look_back = 92, .weeks = true, .count = count_repeats_3m },
	{ .code = "contacts_to_referral_30d",
	  .follow_up = 30,
	  .weeks = true,
	  .count = count_to_referral },
	{ .code = "contacts_to_early_help_30d",
	  .follow_up = 30,
	  .weeks = true,
	  .count = count_to_help },
	{ .code = "referrals", .weeks = true, .count = count_referrals },
	{ .code = "referrals_nfa", .weeks = true, .count = count_nfa },
	{ .code = "referrals_repeat_12m",
	  .look_back = 366,
	  .weeks = true,
	  .count = count_referral_repeats },
	{ .code = "referrals_repeat_12m_latest",
	  .valid = TRUTH_LAST_MONTH,
	  .weeks = true,
	  .count = count_referral_repeats_latest },
	{ .code = "early_help_step_up_5d", .weeks = true, .count = count_from_help },
	{ .code = "referrals_unassessed",
	  .kind = TRUTH_STOCK,
	  .valid = TRUTH_AS_AT,
	  .buckets = waits,
	  .count = count_unassessed },
	{ .code = NULL },
};
