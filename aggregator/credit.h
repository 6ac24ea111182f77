#ifndef AGGREGATOR_CREDIT_H
#define AGGREGATOR_CREDIT_H

#include <stdint.h>

/* How many bytes each agent may have under way, so that what all agents together may have under way
 * stays within one bound (memory_mib), whatever they do at the same moment.
 *
 *   reserve  = a quarter of the pool, at least LIMIT_FRAME_BYTES, lent in pieces of that
 *   share    = min(credit_kib, the rest of the pool ÷ agents that are connected)
 *
 * An agent is told at most its share, and never more than the pool has left after what the others
 * were told; when its fair share is larger or smaller than what it was told, a receipt says so
 * (credit_due). Where the share is smaller than the largest frame, an agent that waits without
 * anything arriving is lent a whole frame's room from the reserve until its next entry is answered.
 * The frames of an agent beyond what it was told are dropped and counted, except that one frame is
 * always taken when nothing else of it waits; for CREDIT_GRACE_MS after a reduction the former
 * figure counts, because its frames may be on their way. */

#define CREDIT_GRACE_MS 2000
#define CREDIT_LEND_MS 10000 /* a loan that nothing came of ends */

struct credit {
	int64_t pool, most; /* bytes: of all agents; of one */
	int64_t told;       /* of the pool's shares, to all agents together */
	int64_t lent;       /* of the reserve */
	int n_agents;
};

struct credit_share {
	int joined;
	int64_t told; /* of the shares */
	int64_t lent; /* of the reserve: 0 or LIMIT_FRAME_BYTES */
	int64_t lent_until_ms;
	int64_t former; /* told before the last reduction, until … */
	int64_t former_until_ms;
};

/* pool_bytes: at least twice LIMIT_FRAME_BYTES. */
void credit_init(struct credit *c, int64_t pool_bytes, int64_t most_bytes);

/* An agent connects; goes. Both may be repeated. */
void credit_join(struct credit *c, struct credit_share *s);
void credit_leave(struct credit *c, struct credit_share *s);

/* What to tell the agent now, in a Welcome or Receipt that is about to be sent. */
int64_t credit_tell(struct credit *c, struct credit_share *s, int64_t now_ms);

/* Whether telling it now would change something worth a message of its own. */
int credit_due(const struct credit *c, const struct credit_share *s);

/* Lends one frame's room to an agent that waits; 0 when none is left or needed. */
int credit_lend(struct credit *c, struct credit_share *s, int64_t now_ms);

/* An entry of it was answered, or its loan is over: the reserve has its room back. */
void credit_return(struct credit *c, struct credit_share *s);

/* Whether a frame may be taken while waiting_bytes of the same agent are not yet answered. */
int credit_allows(const struct credit_share *s, int64_t waiting_bytes, int64_t frame_bytes,
		  int64_t now_ms);

#endif
