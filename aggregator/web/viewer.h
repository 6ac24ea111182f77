#ifndef AGGREGATOR_WEB_VIEWER_H
#define AGGREGATOR_WEB_VIEWER_H

#include <stdint.h>

/* Who is looking, and what follows from it. The roles' rights stand in this one place. */

enum role {
	ROLE_NONE = 0,     /* not signed in */
	ROLE_CENTRAL,      /* exact figures everywhere; acknowledges, sets targets, annotates */
	ROLE_DISTRICT,     /* own district in full and exact; of others only the city */
	ROLE_COMMISSIONER, /* reads everything, protected */
	ROLE_DFE,          /* feeds only */
	ROLE_ADMIN,        /* accounts and the audit log; figures protected */
};

/* For route tables: a set of roles. */
#define ROLE_BIT(role) (1u << (role))
#define ROLES_ANYONE (~0u)
#define ROLES_READERS                                                                     \
	(ROLE_BIT(ROLE_CENTRAL) | ROLE_BIT(ROLE_DISTRICT) | ROLE_BIT(ROLE_COMMISSIONER) | \
	 ROLE_BIT(ROLE_ADMIN))
#define ROLES_SIGNED_IN (ROLES_READERS | ROLE_BIT(ROLE_DFE))

struct viewer {
	enum role role;
	int64_t account;     /* office.account; 0: nobody */
	char name[65];       /* what signs in: "a.analyst" */
	char full_name[129]; /* shown and recorded */
	char area[65];       /* a district's own; "" otherwise */
	int64_t signin;      /* office.signin; 0: API token */
	uint8_t csrf[32];    /* secret of this sign-in */
};

/* "central", "district", "commissioner", "dfe", "admin"; "" for none. Parse: ROLE_NONE when
 * unknown. */
const char *role_name(enum role role);
enum role role_parse(const char *name);
/* "Central team", … */
const char *role_label(enum role role);

/* Whether exact counts of 1 to 5 of this area may be shown: central everywhere, a district its own.
 * Everybody else, and everything else, sees protected figures (protect.h). */
int viewer_sees_exact(const struct viewer *v, const char *area);
/* Whether figures of the area may be shown at all: a district does not see other districts by name;
 * city: the code of the area that the dashboard stands for. */
int viewer_sees_area(const struct viewer *v, const char *area, const char *city);
/* Acknowledge signals, targets, annotations. */
int viewer_may_note(const struct viewer *v);

#endif
