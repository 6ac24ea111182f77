#ifndef AGGREGATOR_AGENT_HEALTH_H
#define AGGREGATOR_AGENT_HEALTH_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/store.h"

/* Every agent, how it is, since when, and who can mend that: what its heartbeats say, judged. The
 * first condition that holds counts, in this order. */

#define AGENT_HEALTH_SILENT_S 900      /* a heartbeat is due every 15 s; offices restart things */
#define AGENT_HEALTH_WAITING_S 3600    /* an entry may wait so long for a receipt */
#define AGENT_HEALTH_STUCK_DAYS 40     /* an extract comes every month */
#define AGENT_HEALTH_CLOCK_US 60000000 /* clock difference that is worth saying */

enum agent_condition {
	AGENT_PENDING,   /* enrolled, not approved: the operator's */
	AGENT_SUSPENDED, /* the operator's */
	AGENT_NEVER,     /* approved, never heard of: the district's IT */
	AGENT_SILENT,    /* no contact for AGENT_HEALTH_SILENT_S: the district's IT */
	AGENT_WAITING,   /* in contact, and something waits for long: the operator's */
	AGENT_STUCK,     /* no newer extract for AGENT_HEALTH_STUCK_DAYS: the district office's */
	AGENT_CLOCK,     /* its clock differs: the district's IT */
	AGENT_WORKING,
};

struct agent_health {
	char name[65];
	char areas[257]; /* codes, separated by spaces */
	char state[16];  /* "pending", "active", "suspended" */
	enum agent_condition condition;
	int64_t since_us; /* since when the condition holds; 0: not known */
	/* as last said; meaningless when last_contact_us is 0 */
	int64_t last_contact_us, clock_difference_us, waiting, oldest_waiting_us, disk_free_bytes;
	int32_t newest_as_at; /* 0: none read yet */
	int beaten;           /* 1: a heartbeat has come, so the next two mean something */
	int same_measures;    /* the same definitions as measures_digest */
	int unsandboxed;
	char program[65], last_fault[257];
};

/* All that are not removed, by name. measures_digest: 32 bytes of the centre's own set. The caller
 * frees *out. */
enum err_code agent_health_list(struct store *store, const uint8_t measures_digest[32],
				int64_t now_us, struct agent_health **out, size_t *n,
				struct err *err);

/* "working", "silent" …; a sentence's beginning ("No contact"); and whose it is to mend ("the
 * district's IT"), "" for working. */
const char *agent_condition_name(enum agent_condition condition);
const char *agent_condition_label(enum agent_condition condition);
const char *agent_condition_owner(enum agent_condition condition);

#endif
