#ifndef AGENT_CONVERSATION_H
#define AGENT_CONVERSATION_H

#include <stdint.h>

#include "agent/channel.h"
#include "agent/config.h"
#include "agent/delivery.h"
#include "agent/spool.h"
#include "proto/log.h"

/* What is said to one aggregator.
 *
 * The happy path is: Hello; Welcome, which says what the store has; entries, oldest first, as many
 * bytes as the credit allows; a signed receipt after each commit; a heartbeat now and then.
 *
 * The failure modes are: nobody there or no Welcome in time (the next endpoint, then a pause that
 * doubles); our key refused (a longer pause); a receipt that does not come (Hello again: the
 * Welcome says what is lacking); an entry refused (kept as a dead letter); a receipt with a wrong
 * signature (nothing is believed); a store that has more of the spool than the spool, or other
 * bytes under a number (the last number that is the same is found by asking, then collect is asked
 * for a new spool and nothing is sent until it is there). */

struct conversation; /* opaque */

struct conversation_timing {
	int64_t welcome_ms;   /* a Hello is answered within */
	int64_t receipt_ms;   /* an entry is */
	int64_t refresh_ms;   /* a quiet connection says Hello again */
	int64_t heartbeat_ms; /* from heartbeat_s */
	int64_t retry_ms;     /* longest pause, from retry_s; 60 times that when we are refused */
};
#define CONVERSATION_WELCOME_MS 10000
#define CONVERSATION_RECEIPT_MS 30000
#define CONVERSATION_REFRESH_MS 300000
#define CONVERSATION_PAUSE_MS 1000 /* the first pause */

/* What heartbeats say beside what the spool knows. */
struct conversation_health {
	const char *state_folder; /* whose disk is looked at */
	uint8_t measures_digest[32];
	int unsandboxed;
};

struct conversation_setup { /* everything is borrowed and outlives the conversation */
	void *zmq;
	const char *agent;
	const struct agent_aggregator *peer;
	const char *const *aggregators; /* names of all, for delivery_renew */
	int n_aggregators;
	const struct keys_curve *keys;
	struct delivery *delivery;
	const struct conversation_health *health;
	struct conversation_timing timing;
	/* Told what an operator may want to know; one line without a newline. May be NULL. */
	void (*on_line)(void *context, enum log_level level, const char *line);
	void *context;
};

enum err_code conversation_new(const struct conversation_setup *setup, struct conversation **out,
			       struct err *err);
void conversation_free(struct conversation **conversation); /* NULL-safe; leaves NULL */

/* The spool to send from (borrowed; NULL: none yet), and again after each change in it
 * (spool_refresh was called). */
void conversation_spool(struct conversation *c, struct spool *spool);

/* What zmq_poll must watch: returns how many of the CHANNEL_ITEMS items were filled. */
int conversation_poll(const struct conversation *c, zmq_pollitem_t *items);

/* When conversation_work must be called though nothing came (clock_mono_ms). */
int64_t conversation_due_ms(const struct conversation *c);

/* Does what there is to do. */
void conversation_work(struct conversation *c);

/* The aggregator has acknowledged everything that is in the spool. */
int conversation_is_done(const struct conversation *c);

/* State, endpoint and reason, as kept in the delivery database. Borrowed. */
const struct delivery_link *conversation_link(const struct conversation *c);

#endif
