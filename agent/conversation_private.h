#ifndef AGENT_CONVERSATION_PRIVATE_H
#define AGENT_CONVERSATION_PRIVATE_H

#include <stdbool.h>

#include "agent/conversation.h"
#include "proto/limits.h"

/* What agent/conversation*.c share:
 *
 *   conversation.c         connecting, pausing, timers
 *   conversation_send.c    Hello, entries, heartbeats
 *   conversation_answer.c  Welcome, receipts, Goodbye, and where spool and store part
 */

enum conversation_state {
	CONVERSATION_APART,    /* no channel: waits for a spool, or until pause_until_ms */
	CONVERSATION_GREETING, /* Hello is said or about to be; entries wait for the Welcome */
	CONVERSATION_OPEN,     /* entries may be sent */
	CONVERSATION_HELD,     /* waits for a new spool */
};

struct conversation_entry { /* sent and not yet answered */
	int64_t sequence, size_bytes, sent_ms;
};

struct conversation {
	struct conversation_setup setup;
	struct delivery_link link; /* as last written */
	struct channel *channel;
	struct frame frame;
	struct spool *spool;                 /* borrowed */
	uint8_t spool_id[FRAME_SPOOL_BYTES]; /* the one we greeted with */

	enum conversation_state state;
	unsigned endpoint;
	int n_failures;         /* in a row; doubles the pause */
	int64_t pause_until_ms; /* APART */
	int64_t opened_ms;

	/* GREETING */
	int64_t newest; /* of the spool when we greeted */
	int64_t asked;  /* number and digest that our Hello gives */
	uint8_t asked_digest[FRAME_DIGEST_BYTES];
	bool hello_waits; /* for room to send it */
	int64_t welcome_by_ms;
	bool searching;      /* for the last number that is the same … */
	int64_t same, other; /* … which is at least the one and below the other */

	/* what the store has */
	uint8_t store[FRAME_STORE_BYTES];
	int64_t stored_up_to;
	int64_t beyond[LIMIT_RANGES][2];
	size_t n_beyond;

	/* OPEN */
	int64_t credit_bytes;
	int64_t sent_up_to;
	struct conversation_entry under_way[LIMIT_UNDER_WAY];
	size_t n_under_way;
	int64_t under_way_bytes;
	bool entries_wait; /* for room to send them */
	int64_t heartbeat_at_ms, refresh_at_ms;
	struct log_repeat clock_line;
};

enum conversation_failure {
	CONVERSATION_UNREACHED, /* the next endpoint, then a pause */
	CONVERSATION_REFUSED,   /* a longer pause */
};
/* Closes the channel and plans the next attempt. reason is shown to the operator. */
void conversation_fail(struct conversation *c, enum conversation_failure failure,
		       const char *format, ...) __attribute__((format(printf, 3, 4)));

void conversation_say(struct conversation *c, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Records state and reason where they changed. */
void conversation_show(struct conversation *c, enum delivery_state state, const char *reason);

/* Greets anew with the newest number of the spool and its digest. */
void conversation_hello(struct conversation *c);
/* Greets with another number, to hear what the store has under it. */
void conversation_ask(struct conversation *c, int64_t sequence);
/* Sends the Hello for which there was no room yet. */
void conversation_hello_send(struct conversation *c);

/* Sends entries while there are any, credit and room. */
void conversation_send(struct conversation *c);
void conversation_heartbeat(struct conversation *c);

/* The end of the run of stored numbers that holds this one; 0 when the store lacks it. */
int64_t conversation_stored_to(const struct conversation *c, int64_t sequence);

/* One message of the aggregator's. */
void conversation_answer(struct conversation *c, const uint8_t *bytes, size_t len);

#endif
