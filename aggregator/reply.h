#ifndef AGGREGATOR_REPLY_H
#define AGGREGATOR_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/store.h"
#include "proto/keys.h"
#include "proto/limits.h"

/* What goes back to an agent. Nothing here blocks: a peer that is gone or slow loses the answer
 * (ERR_BUSY) and asks again with its next Hello or by sending again. */

struct reply_peer {
	void *router;
	const uint8_t *routing;
	size_t routing_len;
};

struct reply_refusal {
	int64_t sequence;
	char code[16];
	char reason[LIMIT_TEXT_BYTES + 1];
};

/* The state of one spool and what became of what was just sent. */
struct reply_state {
	struct store *store;
	const struct keys_sign *receipt_keys;
	const struct store_spool *spool;
	const uint8_t *spool_id;
	int64_t credit_bytes;
};

/* After the commit: reads what the spool holds now and answers a Hello. last_sequence and clock_us
 * are the agent's. */
enum err_code reply_welcome(const struct reply_peer *peer, const struct reply_state *state,
			    uint64_t last_sequence, int64_t clock_difference_us, struct err *err);

/* After the commit: a signed receipt. already and refused list what was just sent. */
enum err_code reply_receipt(const struct reply_peer *peer, const struct reply_state *state,
			    uint64_t *already, size_t n_already,
			    const struct reply_refusal *refused, size_t n_refused, struct err *err);

enum err_code reply_goodbye(const struct reply_peer *peer, const struct err *why, struct err *err);

#endif
