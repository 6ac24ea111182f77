#ifndef AGGREGATOR_COUNTERS_H
#define AGGREGATOR_COUNTERS_H

#include <stdint.h>

#include "aggregator/store.h"

/* Everything that ingest drops, refuses or sees twice, by name: nothing is dropped uncounted. Kept
 * in memory, written to the store's `counter` table now and then, and counted on from there after
 * a restart (a kill loses what was counted since the last write, at most some seconds). */

enum counter {
	/* messages that never reached a check */
	COUNTER_DROPPED_NO_USER,     /* no User-Id: no ZAP handler vouched for the key */
	COUNTER_DROPPED_PARTS,       /* not exactly one frame */
	COUNTER_DROPPED_OVER_CREDIT, /* more than the agent's credit; it sends again */
	COUNTER_DROPPED_UNEXPECTED,  /* a body that only an aggregator sends */
	/* answered with Goodbye */
	COUNTER_GOODBYE_UNKNOWN_KEY,
	COUNTER_GOODBYE_NOT_ACTIVE, /* pending, suspended or removed */
	COUNTER_GOODBYE_VERSION,
	COUNTER_GOODBYE_MALFORMED,
	COUNTER_GOODBYE_OTHER,
	/* entries */
	COUNTER_STORED,
	COUNTER_DUPLICATES, /* already stored: normal after a lost receipt */
	COUNTER_CONFLICTS,  /* other bytes under a stored number: alarm */
	COUNTER_REFUSED_SIGNATURE,
	COUNTER_REFUSED_IDENTITY, /* another agent's name, or a number that cannot be */
	COUNTER_REFUSED_AREA,
	COUNTER_REFUSED_FUTURE,
	COUNTER_REFUSED_DATASET,
	COUNTER_REFUSED_CONTENT, /* signed, but breaks the format or a limit */
	/* conversation */
	COUNTER_HELLOS,
	COUNTER_HEARTBEATS,
	COUNTER_RECEIPTS,
	COUNTER_REPLIES_LOST, /* the peer was gone or slow; it asks again */
	COUNTER_KEYS_REFUSED, /* by the ZAP handler */
	COUNTER_ZAP_MALFORMED,
	COUNTER_HANDSHAKES_FAILED, /* seen by the socket monitor */
	/* store */
	COUNTER_COMMITS,
	COUNTER_COMMITS_FAILED,
	COUNTER_BYTES_STORED,
	COUNTER_PROJECTED,
	COUNTER_PROJECTION_FAILED,
	COUNTER_ROLLED_UP,
	COUNTER_ROLLUP_FAILED,
	COUNTER_CHECKPOINTS_BLOCKED, /* a reader was in the way */
	COUNTER_SIGNALS_OPENED,
	COUNTER_SIGNALS_CLOSED,
	COUNTER_SIGNALS_FAILED, /* a measure or rule that could not be worked out */
	COUNTERS,
};

struct counters {
	int64_t value[COUNTERS];
	int changed; /* since the last save */
};

static inline void counters_add(struct counters *c, enum counter which, int64_t n)
{
	c->value[which] += n;
	c->changed = 1;
}

/* "refused_signature": the name in the store, in status and on /metrics. */
const char *counter_name(enum counter which);

/* Fills *c from the store; a counter that is not there yet is 0. */
enum err_code counters_load(struct counters *c, struct store *store, struct err *err);

/* Writes all values inside the caller's transaction. The caller clears `changed` after commit. */
enum err_code counters_save(const struct counters *c, struct store *store, struct err *err);

#endif
