#include "deploy/demo/staff.h"

#include <math.h>

#include "deploy/demo/labels.h"

/* Per 10,000 children. */
#define STAFF_POSTS 35.0   /* whole-time posts of all roles */
#define STAFF_FILLED 0.735 /* of them, by employees; what is left is vacant */
#define STAFF_AGENCY 0.163 /* agency workers per employee */
#define STAFF_LEAVE_A_YEAR 0.13
#define STAFF_AGENCY_LEAVE_A_YEAR 1.4
#define STAFF_CASES_MAX 32 /* per whole-time worker: nobody is given more */
#define STAFF_TRIES 5
#define STAFF_RETRY_DAYS 5
#define MILLION 1000000

/* Shares of posts in percent. */
static const int role_percent[ROLES] = { 2, 7, 17, 14, 52, 8 };
static const int fte_weights[] = { 76, 12, 7, 5 };
static const int fte_values[] = { 1000000, 800000, 600000, 810811 };
/* Days until a new case has a worker, and until a case whose worker left has another. */
static const int first_waits[] = { 0, 0, 1, 2, 4, 6, 8, 11, 15, 22, 48 };
static const int next_waits[] = { 2, 5, 7, 10, 14, 18, 21, 28, 40, 60 };

static double staff_posts(const struct city *c, int district)
{
	return STAFF_POSTS * c->children / 10000 * c->districts[district].share * c->scale;
}

int64_t staff_establishment(const struct city *c, int district, int role)
{
	return (int64_t)floor(staff_posts(c, district) * role_percent[role] / 100 * 10) * 100000;
}

int32_t staff_records_a_day(const struct sim *s)
{
	return (int32_t)(STAFF_POSTS * s->city->children / 10000 * s->city->scale) * 2 +
	       4 * s->city->n_districts;
}

int32_t staff_days_lost(const struct city *c, int32_t worker, int32_t month_start)
{
	uint64_t h = rng_hash(c->seed, (uint64_t)worker, (uint64_t)(uint32_t)month_start);
	int percent = (int)(h % 100);
	int half_days = 0;

	h /= 100;
	if (percent < 2)
		half_days = 20 + (int)(h % 22);
	else if (percent < 17)
		half_days = 1 + (int)(h % 9);
	return half_days * 500;
}

static void staff_hire(struct sim *s, int district, int32_t day, bool agency)
{
	struct rng *r = &s->staff;
	int32_t at = events_add(&s->log, EVENT_WORKER);
	struct worker *w = &s->log.workers[at];

	w->start = day;
	w->end = NEVER;
	w->district = (uint8_t)district;
	w->agency = agency;
	w->role = (uint8_t)RNG_PICK(r, role_percent);
	if (agency)
		w->role = rng_chance(r, 0.95) ? ROLE_CASE_HOLDER : ROLE_FIRST_LINE;
	w->fte = agency ? MILLION : fte_values[RNG_PICK(r, fte_weights)];
	w->team = (uint8_t)rng_below(r, CITY_TEAMS);
	pool_add(&s->posts[district], at, day);
}

/* Whole-time equivalents in post, in millionths. */
static int64_t staff_in_post(const struct sim *s, int district, bool agency)
{
	const struct pool *p = &s->posts[district];
	int64_t sum = 0;

	for (int32_t i = 0; i < p->n; i++)
		if (s->log.workers[p->children[i]].agency == agency)
			sum += s->log.workers[p->children[i]].fte;
	return sum;
}

void staff_begin(struct sim *s)
{
	for (int i = 0; i < s->city->n_districts; i++) {
		double wanted = staff_posts(s->city, i) * STAFF_FILLED * MILLION;

		while ((double)staff_in_post(s, i, false) < wanted)
			staff_hire(s, i, s->city->first_day - rng_below(&s->staff, 2000), false);
		while ((double)staff_in_post(s, i, true) < wanted * STAFF_AGENCY)
			staff_hire(s, i, s->city->first_day - rng_below(&s->staff, 200), true);
	}
}

static void staff_set(struct sim *s, int32_t episode, int32_t day, int32_t worker, int team)
{
	struct episode *ep = &s->log.episodes[episode];
	int32_t at = events_add(&s->log, EVENT_ALLOCATION);

	s->log.allocations[at] = (struct allocation){
		.before = ep->allocation,
		.date = day,
		.worker = worker,
		.team = (uint8_t)team,
	};
	ep->allocation = at;
}

static int32_t staff_worker_of(const struct sim *s, const struct episode *ep)
{
	return ep->allocation == NONE ? NONE : s->log.allocations[ep->allocation].worker;
}

/* The cases of somebody who goes are nobody's until they are given out again. Closed episodes are
 * dropped from the list on the way. */
static void staff_hand_back(struct sim *s, int district, int32_t worker, int32_t day)
{
	struct pool *p = &s->open[district];
	int32_t n = 0;

	for (int32_t i = 0; i < p->n; i++) {
		int32_t at = p->children[i];
		const struct episode *ep = &s->log.episodes[at];

		if (ep->end <= day)
			continue;
		p->children[n] = at;
		p->dates[n++] = p->dates[i];
		if (worker == NONE || staff_worker_of(s, ep) != worker)
			continue;
		staff_set(s, at, day, NONE, s->log.workers[worker].team);
		sim_put_off(s, day + RNG_QUANTILE(&s->staff, next_waits), TASK_ALLOCATE, at,
			    district);
	}
	p->n = n;
}

static void staff_leave(struct sim *s, int district, int32_t day)
{
	struct pool *p = &s->posts[district];
	int32_t n = 0;

	for (int32_t i = 0; i < p->n; i++) {
		struct worker *w = &s->log.workers[p->children[i]];
		double a_year = w->agency ? STAFF_AGENCY_LEAVE_A_YEAR : STAFF_LEAVE_A_YEAR;

		if (rng_chance(&s->staff, a_year / 365.25)) {
			w->end = day;
			w->cases = 0;
			staff_hand_back(s, district, p->children[i], day);
			continue;
		}
		p->children[n] = p->children[i];
		p->dates[n++] = p->dates[i];
	}
	p->n = n;
}

/* Posts are filled slowly, so that the number in post goes up and down around its aim. */
void staff_day(struct sim *s, int district, int32_t day)
{
	double wanted = staff_posts(s->city, district) * STAFF_FILLED * MILLION;
	int64_t employed;
	double gap;

	staff_leave(s, district, day);
	if (!city_is_working_day(s->city, day))
		return;
	employed = staff_in_post(s, district, false);
	gap = (wanted - (double)employed) / MILLION;
	if (gap > 0 && rng_chance(&s->staff, gap / 20))
		staff_hire(s, district, day, false);
	gap = (wanted * STAFF_AGENCY - (double)staff_in_post(s, district, true)) / MILLION;
	if (gap > 0 && rng_chance(&s->staff, gap / 8))
		staff_hire(s, district, day, true);
	if (day % 30 == 0)
		staff_hand_back(s, district, NONE, day);
}

void staff_await(struct sim *s, int32_t episode)
{
	const struct episode *ep = &s->log.episodes[episode];

	pool_add(&s->open[ep->district], episode, ep->start);
	sim_put_off(s, ep->start + RNG_QUANTILE(&s->staff, first_waits), TASK_ALLOCATE, episode,
		    ep->district);
	sim_put_off(s, ep->end, TASK_CLOSE, episode, ep->district);
}

/* The least burdened of a few case holders; NONE when all have their hands full. */
static int32_t staff_choose(struct sim *s, int district)
{
	const struct pool *p = &s->posts[district];
	int32_t best = NONE;
	double least = STAFF_CASES_MAX;
	int met = 0;

	for (int i = 0; i < 8 * STAFF_TRIES && met < STAFF_TRIES && p->n > 0; i++) {
		int32_t at = p->children[rng_below(&s->staff, p->n)];
		const struct worker *w = &s->log.workers[at];
		double load = (double)w->cases * MILLION / w->fte;

		if (w->role != ROLE_CASE_HOLDER)
			continue;
		met++;
		if (load < least) {
			least = load;
			best = at;
		}
	}
	return best;
}

void staff_allocate(struct sim *s, int32_t episode, int32_t day)
{
	const struct episode *ep = &s->log.episodes[episode];
	int32_t worker;

	if (!episode_open(ep, day) || staff_worker_of(s, ep) != NONE)
		return;
	worker = staff_choose(s, ep->district);
	if (worker == NONE) {
		sim_put_off(s, day + STAFF_RETRY_DAYS, TASK_ALLOCATE, episode, ep->district);
		return;
	}
	s->log.workers[worker].cases++;
	staff_set(s, episode, day, worker, s->log.workers[worker].team);
}

void staff_close(struct sim *s, int32_t episode, int32_t day)
{
	int32_t worker = staff_worker_of(s, &s->log.episodes[episode]);

	if (worker != NONE && s->log.workers[worker].end > day)
		s->log.workers[worker].cases--;
}
