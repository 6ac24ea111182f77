#ifndef TESTS_WIRE_H
#define TESTS_WIRE_H

#include <stdbool.h>

#include "proto/frame.h"
#include "tests/fleet.h"
#include "tests/reports.h"

/* A peer made by hand: says to a real aggregator, over a real socket, whatever a test wants, and
 * hears what it answers. Keys, spool and entries are those of tests/reports.h. */

enum wire_keys {
	WIRE_CURVE,    /* as an agent does */
	WIRE_NO_CURVE, /* the NULL mechanism: without any key */
};

struct wire {
	struct peer *peer; /* borrowed */
	void *context, *socket, *monitor;
	char server_key[41];
	uint8_t receipt_key[32];
	struct frame frame; /* the message heard last */
	int events;         /* of the connection so far: ZMQ_EVENT_… bits */
	bool shut;          /* set by the test: nobody will listen, so saying need not succeed */
};

/* Makes keys for the peer and enrols it by the aggregator's own commands for the area (reports is
 * its name and area when area is NULL). */
void wire_enrol(struct peer *p, const struct fleet_aggregator *a, const char *name,
		const char *area);

/* Opens a connection, and closes it. open does not wait. */
void wire_open(struct wire *w, struct peer *p, const struct fleet_aggregator *a,
	       enum wire_keys keys);
void wire_close(struct wire *w);

/* Waits until the connection met the event (ZMQ_EVENT_…); fails when it does not. */
void wire_until_event(struct wire *w, int event);

void wire_send_bytes(struct wire *w, const void *bytes, size_t len);
void wire_send(struct wire *w, const District__Envelope *envelope);
void wire_send_entry(struct wire *w, const struct payload *p);
/* Frees the payload's bytes. */
void wire_send_once(struct wire *w, struct payload *p);

/* The next message; NULL after milliseconds without one. Signatures of receipts are verified and
 * their payload is decoded into w->frame.receipt. Valid until the next. */
const District__Envelope *wire_hear(struct wire *w, int ms);

/* Waits for one of the kind (others that come before are dropped), or fails. */
const District__Welcome *wire_welcome(struct wire *w);
const District__Goodbye *wire_goodbye(struct wire *w);
/* The next receipt that says "stored up to" this, or that answers the number as already stored or
 * refused. */
const District__Receipt *wire_receipt(struct wire *w, uint64_t sequence);

/* A report of one figure, the contacts of an area in a period. */
struct wire_figure {
	uint64_t sequence;
	const char *area, *period, *as_at; /* "hodge-hill", "2025-10", "2025-11-30" unless set */
	int64_t contacts;
	const char *dataset; /* "annex_a" unless set */
};
/* The caller frees out->bytes. */
void wire_figure(const struct peer *p, const struct wire_figure *f, struct payload *out);
void wire_say(struct wire *w, const struct wire_figure *f);

/* Hello, and its Welcome. */
const District__Welcome *wire_hello(struct wire *w);
void wire_send_hello(struct wire *w);

/* What the receipt says of the number: NULL unless it is refused; whether it was there already. */
const District__Refusal *wire_refusal(const District__Receipt *r, uint64_t sequence);
bool wire_is_already(const District__Receipt *r, uint64_t sequence);

#endif
