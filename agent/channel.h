#ifndef AGENT_CHANNEL_H
#define AGENT_CHANNEL_H

#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#include "proto/err.h"
#include "proto/keys.h"

/* One encrypted connection to one endpoint of an aggregator: a DEALER socket with CURVE and its
 * monitor. It never queues for a peer that is not there, and it is never reused: after a refusal
 * libzmq does not try again by itself, so a new one is opened. */

struct channel; /* opaque */

enum channel_event {
	CHANNEL_QUIET,
	CHANNEL_UP,     /* the aggregator let us in */
	CHANNEL_DENIED, /* it did not: our key is not enrolled there */
	CHANNEL_BROKEN, /* it hung up before: it has another key than we expect, or went away */
	CHANNEL_NOBODY, /* nobody listens, or the name is not known */
	CHANNEL_LOST,   /* it was up */
};

/* server_key: Z85. Returns at once; what becomes of it channel_event tells. The caller owns *out.
 */
enum err_code channel_open(void *zmq, const char *endpoint, const char *server_key,
			   const struct keys_curve *keys, struct channel **out, struct err *err);
void channel_close(struct channel **channel); /* NULL-safe; leaves NULL; drops what is queued */

#define CHANNEL_ITEMS 2
/* What zmq_poll must watch; want_out: also room to send. Fills CHANNEL_ITEMS items. */
void channel_poll(const struct channel *c, int want_out, zmq_pollitem_t *items);

/* The most telling thing that happened since the last call. */
enum channel_event channel_event(struct channel *c);

/* ERR_BUSY: no connection yet, or no room: try again when it is writable. */
enum err_code channel_send(struct channel *c, const uint8_t *bytes, size_t len, struct err *err);

/* One message of one frame into *message (initialised here; the caller closes it when ERR_OK).
 * ERR_BUSY: none is there. A message of several frames is dropped: ERR_MALFORMED. */
enum err_code channel_receive(struct channel *c, zmq_msg_t *message, struct err *err);

#endif
