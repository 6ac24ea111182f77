#ifndef AGGREGATOR_ADMIT_H
#define AGGREGATOR_ADMIT_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/counters.h"
#include "aggregator/store.h"
#include "proto/frame.h"

/* The checks of one frame. In: bytes and the User-Id that ZAP vouched for. Out: a verdict, with
 * what to count and what to tell the peer. Every look-up goes to the store, so that an enrolment
 * command takes effect with the next message, on open connections too.
 *
 * An entry passes when its agent is active and named in it; its bytes carry that agent's signature;
 * its number holds nothing else; the agent is bound to its area; its as-at is at most
 * LIMIT_CLOCK_SKEW_S ahead; and no other dataset gives one of its measures. What is stored already
 * is answered as such whatever the rules say now. */

enum admit_result {
	ADMIT_PASS,    /* a Hello or Heartbeat to act upon */
	ADMIT_STORE,   /* an entry to append */
	ADMIT_ALREADY, /* the same bytes are stored */
	ADMIT_REFUSE,  /* an entry to refuse by its number */
	ADMIT_GOODBYE, /* answer Goodbye: nothing in it can be answered by number */
	ADMIT_DROP,    /* no answer: the sender is not known to be anybody */
};

struct admitted {
	enum admit_result result;
	enum counter counter; /* what to count */
	struct err why;       /* refuse, goodbye: code and reason for the peer */
	struct store_agent agent;
	/* Borrowed until the next admit_frame. */
	const District__Envelope *envelope;
	const District__Entry *entry; /* NULL when it cannot be decoded */
	/* Entries that are stored, already stored or refused: */
	struct store_spool spool;
	uint8_t spool_id[FRAME_SPOOL_BYTES];
	int64_t sequence;
	uint8_t digest[FRAME_DIGEST_BYTES];
};

struct admit; /* decoder memory and a cache of measure owners; borrows the store */

enum err_code admit_new(struct store *store, struct admit **out, struct err *err);
void admit_free(struct admit **admit); /* NULL-safe; leaves NULL */

/* A zap_allow: every enrolled key that was not removed. Pending and suspended agents get in to be
 * told so by a Goodbye; removed and unknown keys do not. context is a struct admit. */
enum err_code admit_key(void *context, const uint8_t key[32], int *allowed, struct err *err);

/* Who sent it. user_id NULL: ZAP vouched for nobody. PASS fills out->agent, an active one. Returns
 * an error only when the store fails; everything about the message is in *out. */
enum err_code admit_sender(struct admit *a, const char *user_id, struct admitted *out,
			   struct err *err);

/* After admit_sender passed: what it sent. Inside the caller's transaction: may add the spool and
 * claim measures. Returns an error only when the store or memory fails. */
enum err_code admit_frame(struct admit *a, const uint8_t *bytes, size_t len, int64_t now_us,
			  struct admitted *out, struct err *err);

/* Forget what was learned inside a transaction that was rolled back. */
void admit_forget(struct admit *a);

#endif
