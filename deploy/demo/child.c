#include "deploy/demo/child.h"

#include "deploy/demo/labels.h"
#include "proto/date.h"

#define CHILD_TRIES 8         /* looks into a pool before a new child is taken instead */
#define CHILD_MOVED_PERCENT 3 /* of those heard of again, the share who moved meanwhile */
#define CHILD_UNBORN_PERMILLE 28
#define CHILD_UNKNOWN_BIRTH_PERMILLE 2
#define CHILD_NEITHER_PERMILLE 3
#define CHILD_DISABLED_PERCENT 11
#define CHILD_EARLIER_PLAN_PERCENT 24
#define CHILD_LEAST_DAYS_LEFT 60 /* of childhood, when a case begins */

static const int ethnicity_weights[ETHNICITIES] = {
	345, 7, 2, 25, 8, 45, 12, 18, 25, 28, 205, 48, 40, 38, 72, 30, 3, 25, 8, 16,
};
static const int age_weights[] = { 6, 20, 27, 36, 9 };
static const int age_from[] = { 0, 1, 5, 10, 16 };
static const int age_to[] = { 0, 4, 9, 15, 17 };
static const int disability_weights[] = { CHILD_DISABLED_PERCENT, 97 - CHILD_DISABLED_PERCENT, 3 };

int32_t child_eighteenth_birthday(const struct child *c)
{
	return date_add_months(c->birth, 18 * 12);
}

static int32_t child_birth(struct rng *r, int32_t day)
{
	int band = RNG_PICK(r, age_weights);
	int age = rng_between(r, age_from[band], age_to[band]);
	int32_t birth = date_add_months(day, -12 * age) - rng_between(r, 0, 364);
	int32_t eldest = date_add_months(day, -12 * 18) + CHILD_LEAST_DAYS_LEFT;

	return birth > eldest ? birth : eldest + rng_between(r, 1, 90);
}

void child_move(struct sim *s, int32_t child, int district)
{
	const struct district *d = &s->city->districts[district];

	s->log.children[child].district = (uint8_t)district;
	s->log.children[child].ward =
		(uint8_t)rng_below(&s->journeys, d->n_wards > 0 ? d->n_wards : 1);
}

int32_t child_new(struct sim *s, int district, int32_t day)
{
	struct rng *r = &s->journeys;
	int32_t at = events_add(&s->log, EVENT_CHILD);
	struct child *c = &s->log.children[at];
	bool unborn = rng_below(r, 1000) < CHILD_UNBORN_PERMILLE;

	c->birth = unborn ? day + rng_between(r, 5, 170) : child_birth(r, day);
	c->expected_blank = unborn && rng_chance(r, 0.5);
	c->birth_unknown = !unborn && rng_below(r, 1000) < CHILD_UNKNOWN_BIRTH_PERMILLE;
	c->sex = rng_chance(r, 0.51) ? SEX_MALE : SEX_FEMALE;
	if (rng_below(r, 1000) < CHILD_NEITHER_PERMILLE)
		c->sex = SEX_NEITHER;
	c->ethnicity = (uint8_t)rng_pick(r, ethnicity_weights, ETHNICITIES);
	c->disability = (uint8_t)RNG_PICK(r, disability_weights);
	c->earlier_plans = (uint8_t)(!unborn && rng_below(r, 100) < CHILD_EARLIER_PLAN_PERCENT);
	if (c->earlier_plans > 0 && rng_chance(r, 0.2))
		c->earlier_plans++;
	c->free_from = c->help_free_from = INT32_MIN;
	c->last_contact = c->last_referral = INT32_MIN;
	c->contacts = c->helps = c->referrals = c->episodes = NONE;
	c->assessments = c->section47s = c->plans = NONE;
	child_move(s, at, district);
	return at;
}

/* The pool's entries are in order of their dates: the first that is not too old. */
static int32_t child_pool_from(const struct pool *p, int32_t date)
{
	int32_t low = 0;
	int32_t high = p->n;

	while (low < high) {
		int32_t middle = low + (high - low) / 2;

		if (p->dates[middle] < date)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool child_is_free(const struct child *c, enum pool_kind kind, int32_t day)
{
	if (c->free_from > day || c->last_contact >= day ||
	    child_eighteenth_birthday(c) < day + CHILD_LEAST_DAYS_LEFT)
		return false;
	switch (kind) {
	case POOL_CONTACT: /* led to nothing so far */
		return c->last_referral == INT32_MIN;
	case POOL_HELP: /* with early help, or it ended not long ago */
		return c->help_free_from >= day - 60;
	case POOL_REFERRED:
	case POOLS:
		break;
	}
	return true;
}

int32_t child_known(struct sim *s, int district, enum pool_kind kind, int32_t day, int days_back)
{
	struct rng *r = &s->journeys;
	int n = s->city->n_districts;
	int from = district;
	const struct pool *p;
	int32_t first;

	if (n > 1 && rng_below(r, 100) < CHILD_MOVED_PERCENT)
		from = (district + 1 + rng_below(r, n - 1)) % n;
	p = sim_pool(s, from, kind);
	first = child_pool_from(p, day - days_back);
	for (int i = 0; i < CHILD_TRIES && first < p->n; i++) {
		int32_t child = p->children[first + rng_below(r, p->n - first)];

		if (!child_is_free(&s->log.children[child], kind, day))
			continue;
		if (s->log.children[child].district != district)
			child_move(s, child, district);
		return child;
	}
	return NONE;
}

int32_t child_with_open_episode(struct sim *s, int district, int32_t day)
{
	const struct pool *p = &s->open[district];

	for (int i = 0; i < CHILD_TRIES && p->n > 0; i++) {
		int32_t at = p->children[rng_below(&s->journeys, p->n)];
		const struct episode *ep = &s->log.episodes[at];

		if (episode_open(ep, day) && s->log.children[ep->child].last_contact < day)
			return ep->child;
	}
	return NONE;
}
