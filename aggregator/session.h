#ifndef AGGREGATOR_SESSION_H
#define AGGREGATOR_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/credit.h"
#include "aggregator/store.h"
#include "proto/limits.h"

/* What ingest remembers of an agent between messages. Nothing here is a promise: after a restart it
 * fills again from what the agents say and what the store holds. */

#define SESSION_ROUTING_BYTES 255

struct session {
	int64_t agent; /* agent.id */
	char name[LIMIT_STRING_BYTES + 1];
	uint8_t routing[SESSION_ROUTING_BYTES]; /* of its last message; never its identity */
	size_t routing_len;
	struct store_spool spool; /* that it spoke of last; id 0: none yet */
	uint8_t spool_id[FRAME_SPOOL_BYTES];
	int64_t heard_ms;
	int64_t waiting_bytes; /* received in this drain, not yet answered */
	int64_t arrived_ms;    /* when an entry of it last arrived */
	struct credit_share credit;
	struct store_health health; /* its texts point to the fields below */
	uint8_t measures_digest[FRAME_DIGEST_BYTES];
	char last_fault[LIMIT_STRING_BYTES + 1];
	char program[LIMIT_STRING_BYTES + 1];
	int health_changed;
};

struct sessions {
	struct session **items; /* in order of first contact */
	int n, size;
	int *slots; /* index + 1 by agent.id; a power of two, at least twice n */
	int n_slots;
};

/* The agent's session, made when there is none. Borrowed from the table until sessions_clear. */
enum err_code sessions_get(struct sessions *t, const struct store_agent *agent,
			   struct session **out, struct err *err);
void sessions_clear(struct sessions *t); /* frees all; the table is then empty */

/* Copies the health that a heartbeat gives. */
void session_beat(struct session *s, const District__Heartbeat *h, int64_t now_us);

/* Notes contact; from a Hello also its clock and the program's name (NULL: an entry). */
void session_contact(struct session *s, int64_t now_us);
void session_hello(struct session *s, const District__Hello *h, int64_t now_us);

#endif
