#ifndef DEPLOY_DEMO_EVENTS_H
#define DEPLOY_DEMO_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

/* The event log: everything that happened in the simulated city, whichever extract shows it.
 * Arrays of plain records that name each other by index. Each child's records of one kind form a
 * chain, newest entry first. Dates are day numbers. A record may lie in the future of the day on
 * which it was made: whoever reads the log compares dates. */

#define NONE (-1)
#define NEVER INT32_MAX /* an end that is not there; later than every date */

struct child {
	int32_t birth;
	int32_t free_from;                   /* no referral or episode from this day on */
	int32_t help_free_from;              /* no early help from this day on */
	int32_t last_contact, last_referral; /* day of the latest; INT32_MIN when none */
	int32_t contacts, helps, referrals, episodes, assessments, section47s, plans; /* chains */
	uint8_t sex, ethnicity, disability, ward, district;
	uint8_t earlier_plans; /* plans before the simulated years */
	bool birth_unknown;    /* no office knows the birth date or the age */
	bool expected_blank;   /* the expected birth date is not written down */
};

struct contact {
	int32_t child, before, date;
	int32_t recorded; /* the first day on which an extract shows it */
	uint8_t district, ward, source;
};

struct help { /* early help */
	int32_t child, before, start, end;
	uint8_t district, ward, organisation;
};

struct referral {
	int32_t child, before, date;
	int32_t episode; /* NONE when no further action was taken */
	uint8_t district, ward, source;
};

struct episode { /* of need, from the referral that led to it */
	int32_t child, before, start, end;
	int32_t cin_from;         /* start of the child in need plan; NEVER when there is none */
	int32_t plan;             /* latest child protection plan in it; NONE */
	int32_t allocation;       /* chain, newest first */
	int32_t visits, n_visits; /* dates in events.dates, ascending */
	uint8_t district, ward, need, reason;
};

struct assessment {
	int32_t child, before, episode, start, end;
	int32_t recorded;
	uint8_t district, ward;
	bool seen, support;
};

struct section47 {
	int32_t child, before, episode, start;
	int32_t decided; /* when it was known whether a conference is needed */
	int32_t icpc;    /* date of the initial conference; NEVER when none was needed */
	uint8_t district, ward;
	bool icpc_needed, to_plan;
};

struct plan { /* child protection plan */
	int32_t child, before, episode, start, end;
	int32_t changed;            /* from this day the latest category differs; NEVER */
	int32_t reviews, n_reviews; /* dates in events.dates, ascending */
	uint8_t district, ward, category_first, category_latest, previous;
	bool order; /* protection order or police powers */
};

struct allocation {
	int32_t before, date;
	int32_t worker; /* NONE: nobody */
	uint8_t team;
};

struct worker {
	int32_t start, end; /* first day, day from which not in post */
	int32_t cases;      /* held on the simulated day */
	int32_t fte;        /* millionths */
	uint8_t district, role, team;
	bool agency;
};

/* Kinds of record, in the order of `struct events`. */
enum event_kind {
	EVENT_CHILD,
	EVENT_CONTACT,
	EVENT_HELP,
	EVENT_REFERRAL,
	EVENT_EPISODE,
	EVENT_ASSESSMENT,
	EVENT_SECTION47,
	EVENT_PLAN,
	EVENT_ALLOCATION,
	EVENT_WORKER,
	EVENT_DATE,
	EVENT_KINDS
};

struct events {
	struct child *children;
	struct contact *contacts;
	struct help *helps;
	struct referral *referrals;
	struct episode *episodes;
	struct assessment *assessments;
	struct section47 *section47s;
	struct plan *plans;
	struct allocation *allocations;
	struct worker *workers;
	int32_t *dates;
	int32_t n[EVENT_KINDS], capacity[EVENT_KINDS];
	/* records of one kind and district in order of their (start) date, after events_index */
	int32_t *by_district[EVENT_KINDS];
	int32_t *first[EVENT_KINDS]; /* first[kind][district] … first[kind][district + 1] − 1 */
	int n_districts;
};

void events_init(struct events *e);
void events_clear(struct events *e);

/* Makes room for `more` records of every kind, so that adding them cannot fail. ERR_NOMEM. */
enum err_code events_reserve(struct events *e, int32_t more, struct err *err);

/* The index of a new record, zeroed; room must have been made. A child's chain is the caller's. */
int32_t events_add(struct events *e, enum event_kind kind);

/* Sorts the finished log by district and date. ERR_NOMEM. */
enum err_code events_index(struct events *e, int n_districts, struct err *err);

/* Where the district's records of the date or later begin in by_district[kind]. */
int32_t events_from(const struct events *e, enum event_kind kind, int district, int32_t date);

/* What was so on a day. */
static inline bool episode_open(const struct episode *ep, int32_t on)
{
	return ep->start <= on && ep->end > on;
}

int32_t episode_allocation(const struct events *e, const struct episode *ep, int32_t on); /* NONE */
int32_t episode_last_seen(const struct events *e, const struct episode *ep, int32_t on); /* NEVER */
static inline bool plan_open(const struct plan *p, int32_t on)
{
	return p->start <= on && p->end > on;
}

int32_t plan_last_visit(const struct events *e, const struct plan *p, int32_t on);  /* NEVER */
int32_t plan_last_review(const struct events *e, const struct plan *p, int32_t on); /* NEVER */
bool worker_in_post(const struct worker *w, int32_t on);

#endif
