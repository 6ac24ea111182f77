#include "deploy/demo/journey.h"

#include "deploy/demo/child.h"
#include "deploy/demo/labels.h"
#include "proto/date.h"

/* Rates per 10,000 children a year. */
#define JOURNEY_REFERRALS 598.0
#define JOURNEY_FRUITLESS 850.0  /* contacts that lead to nothing */
#define JOURNEY_HELP 375.0       /* contacts that lead to early help */
#define JOURNEY_ABOUT_OPEN 300.0 /* contacts about children with an open episode */

/* Where the children of referrals come from. */
#define JOURNEY_RETURN_SHARE 0.195      /* referred before, within a year */
#define JOURNEY_RETURN_RISE_A_YEAR 0.05 /* in the district where they rise */
#define JOURNEY_STEP_UP_SHARE 0.05      /* from early help */
#define JOURNEY_HEARD_OF_SHARE 0.20     /* of a contact that led to nothing */

#define JOURNEY_FALL_A_YEAR 0.17 /* in the district where contacts fall */
#define JOURNEY_HELP_RETURN_SHARE 0.15
#define JOURNEY_REPEAT_SHARE 0.30 /* of fruitless contacts: about a child heard of before */
#define JOURNEY_NFA_SHARE 0.021
#define JOURNEY_LATE_SHARE 0.02        /* recorded after the next extract was made */
#define JOURNEY_RECORDS_AN_EPISODE 320 /* visits, mostly */

static const int source_weights[SOURCES] = {
	40,  25, 12, 23,         /* individuals */
	180, 20,                 /* schools, education */
	45,  35, 28, 22, 20, 15, /* health */
	22,  35, 50, 25, 0,      /* housing, local authority; 5D only for a step-up */
	285, 28, 55, 22, 10, 3,
};

/* Days that early help lasts. */
static const int help_days[] = { 14, 35, 56, 77, 98, 126, 154, 182, 224, 300, 480 };
/* Days from contact to referral. */
static const int delay_weights[] = { 60, 20, 12, 8 };

int32_t journey_records_a_day(const struct sim *s)
{
	const struct city *c = s->city;
	double most = 0;

	for (int i = 0; i < c->n_districts; i++)
		most += rng_poisson_max(2 * JOURNEY_REFERRALS * c->children / 10000 / 365 *
					c->scale * c->districts[i].share);
	return (int32_t)(most * JOURNEY_RECORDS_AN_EPISODE) + 4096;
}

/* The first extract that shows a late entry is that of the month after. */
static int32_t journey_recorded(struct rng *r, int32_t date)
{
	if (!rng_chance(r, JOURNEY_LATE_SHARE))
		return date;
	return date_month_end(date) + CITY_MONTH_END_DAYS + rng_between(r, 1, 15);
}

static int journey_source(struct sim *s)
{
	return RNG_PICK(&s->journeys, source_weights);
}

/* Schools are hardly heard from while they are closed. */
static bool journey_source_is_away(struct sim *s, int source, int32_t day)
{
	return (source == SOURCE_2A || source == SOURCE_2B) && city_is_school_holiday(day) &&
	       rng_chance(&s->journeys, 0.9);
}

static void journey_contact(struct sim *s, int32_t child, int32_t day, int source)
{
	int32_t at = events_add(&s->log, EVENT_CONTACT);
	struct contact *c = &s->log.contacts[at];
	struct child *who = &s->log.children[child];

	*c = (struct contact){
		.child = child,
		.before = who->contacts,
		.date = day,
		.recorded = journey_recorded(&s->journeys, day),
		.district = who->district,
		.ward = who->ward,
		.source = (uint8_t)source,
	};
	who->contacts = at;
	who->last_contact = day;
}

void journey_help(struct sim *s, int32_t child, int district, int32_t start)
{
	struct child *who = &s->log.children[child];
	int32_t at;

	if (who->help_free_from > start || child_eighteenth_birthday(who) <= start ||
	    who->district != district)
		return;
	at = events_add(&s->log, EVENT_HELP);
	s->log.helps[at] = (struct help){
		.child = child,
		.before = who->helps,
		.start = start,
		.end = start + RNG_QUANTILE(&s->journeys, help_days),
		.district = (uint8_t)district,
		.ward = who->ward,
		.organisation = (uint8_t)rng_below(&s->journeys, ORGANISATIONS),
	};
	who->helps = at;
	who->help_free_from = s->log.helps[at].end + 1;
	pool_add(sim_pool(s, district, POOL_HELP), child, start);
}

/* Social care takes over: early help ends within a fortnight. */
static void journey_end_help(struct sim *s, int32_t child, int32_t day)
{
	struct child *who = &s->log.children[child];
	struct help *h;
	int32_t end = day + rng_between(&s->journeys, 0, 14);

	if (who->helps == NONE)
		return;
	h = &s->log.helps[who->helps];
	if (h->start > day || h->end <= end)
		return;
	h->end = end;
	who->help_free_from = end + 1;
}

static void journey_referral(struct sim *s, int32_t child, int district, int32_t day, int source,
			     bool known)
{
	struct rng *r = &s->journeys;
	int32_t at = events_add(&s->log, EVENT_REFERRAL);
	struct child *who = &s->log.children[child];
	bool nfa = !known && rng_chance(r, JOURNEY_NFA_SHARE);

	s->log.referrals[at] = (struct referral){
		.child = child,
		.before = who->referrals,
		.date = day,
		.episode = NONE,
		.district = (uint8_t)district,
		.ward = who->ward,
		.source = (uint8_t)source,
	};
	who->referrals = at;
	who->last_referral = day;
	who->free_from = day + 1;
	pool_add(sim_pool(s, district, POOL_REFERRED), child, day);
	if (!nfa)
		s->log.referrals[at].episode = episode_new(s, child, district, day, known);
}

static double journey_return_share(const struct sim *s, int district, int32_t day)
{
	double share = JOURNEY_RETURN_SHARE;

	if (s->city->districts[district].returns_rise)
		share += JOURNEY_RETURN_RISE_A_YEAR * city_years(s->city, day);
	return share;
}

static void journey_refer(struct sim *s, int district, int32_t day)
{
	struct rng *r = &s->journeys;
	double u = rng_real(r);
	double returns = journey_return_share(s, district, day);
	int source = journey_source(s);
	int32_t child = NONE;

	if (journey_source_is_away(s, source, day))
		return;
	if (source == SOURCE_UNLISTED) /* happens at the first contact, not on a referral */
		source = SOURCE_10;
	if (u < returns) {
		child = child_known(s, district, POOL_REFERRED, day, 364);
	} else if (u < returns + JOURNEY_STEP_UP_SHARE) {
		child = child_known(s, district, POOL_HELP, day, 300);
		if (child != NONE && rng_chance(r, 0.8))
			source = SOURCE_5D;
	} else if (u < returns + JOURNEY_STEP_UP_SHARE + JOURNEY_HEARD_OF_SHARE) {
		child = child_known(s, district, POOL_CONTACT, day, 180);
	}
	if (child == NONE)
		child = child_new(s, district, day);
	journey_contact(s, child, day, source);
	day += RNG_PICK(r, delay_weights);
	journey_end_help(s, child, day);
	journey_referral(s, child, district, day, source, false);
}

static void journey_fruitless(struct sim *s, int district, int32_t day)
{
	int source = journey_source(s);
	int32_t child = NONE;

	if (journey_source_is_away(s, source, day))
		return;
	if (rng_chance(&s->journeys, JOURNEY_REPEAT_SHARE))
		child = child_known(s, district, POOL_CONTACT, day, 365);
	if (child == NONE)
		child = child_new(s, district, day);
	journey_contact(s, child, day, source);
	pool_add(sim_pool(s, district, POOL_CONTACT), child, day);
}

static void journey_to_help(struct sim *s, int district, int32_t day)
{
	struct rng *r = &s->journeys;
	int source = journey_source(s);
	int32_t child = NONE;

	if (journey_source_is_away(s, source, day))
		return;
	if (rng_chance(r, JOURNEY_HELP_RETURN_SHARE / 0.6)) /* the look-up finds 6 in 10 */
		child = child_known(s, district, POOL_HELP, day, 500);
	if (child != NONE && s->log.children[child].help_free_from > day)
		child = NONE;
	if (child == NONE)
		child = child_new(s, district, day);
	journey_contact(s, child, day, source);
	journey_help(s, child, district, day + rng_between(r, 1, 20));
}

static void journey_about_open(struct sim *s, int district, int32_t day)
{
	int source = journey_source(s);
	int32_t child;

	if (journey_source_is_away(s, source, day))
		return;
	child = child_with_open_episode(s, district, day);
	if (child != NONE)
		journey_contact(s, child, day, source);
}

void journey_arrive(struct sim *s, int32_t child, int district, int32_t day)
{
	const struct child *who = &s->log.children[child];

	if (who->free_from > day || who->last_contact >= day ||
	    child_eighteenth_birthday(who) < day + 60)
		return;
	child_move(s, child, district);
	journey_contact(s, child, day, SOURCE_5B);
	journey_referral(s, child, district, day, SOURCE_5B, true);
}

void journey_day(struct sim *s, int district, int32_t day)
{
	static void (*const streams[])(struct sim *, int,
				       int32_t) = { journey_refer, journey_fruitless,
						    journey_to_help, journey_about_open };
	static const double rates[] = { JOURNEY_REFERRALS, JOURNEY_FRUITLESS, JOURNEY_HELP,
					JOURNEY_ABOUT_OPEN };
	const struct city *c = s->city;
	const struct district *d = &c->districts[district];
	double mean = city_demand(c, day) * c->scale * d->share * c->children / 10000 / 365.25;

	if (d->contacts_fall)
		mean *= 1 - JOURNEY_FALL_A_YEAR * city_years(c, day);
	if (mean < 0)
		mean = 0;
	for (size_t i = 0; i < sizeof streams / sizeof streams[0]; i++)
		for (int n = rng_poisson(&s->journeys, mean * rates[i]); n > 0; n--)
			streams[i](s, district, day);
}
