#ifndef AGGREGATOR_LISTEN_H
#define AGGREGATOR_LISTEN_H

#include <stdint.h>

#include "aggregator/zap.h"
#include "proto/keys.h"

/* The sockets that agents reach: one ROUTER with CURVE, its monitor, and the proof that the door is
 * shut. Options and why: DESIGN, "known traps" of libzmq. */

struct listen {
	void *router;       /* ZMQ_ROUTER_MANDATORY; send with ZMQ_DONTWAIT only */
	void *monitor;      /* to poll; listen_failures reads it */
	char endpoint[256]; /* the first one, as bound (a port of 0 resolved) */
};

/* Binds every endpoint. zap must be open already: it is asked for to make that plain. */
enum err_code listen_open(void *zmq_context, const struct zap *zap, const struct keys_curve *server,
			  char *const *endpoints, unsigned n_endpoints, struct listen *out,
			  struct err *err);
void listen_close(struct listen *l); /* safe to repeat */

/* How many handshakes failed since the last call. Never blocks. */
int64_t listen_failures(struct listen *l);

/* Connects to the endpoint with a key that was drawn just now and is on no list. ERR_DENIED when it
 * gets in: the ZAP handler is absent or dead, and the caller must not go on. zap is answered
 * meanwhile; NULL: nobody answers. *refusals grows by those of others who came meanwhile. */
enum err_code listen_self_test(void *zmq_context, struct zap *zap, const char *endpoint,
			       const char *server_public, struct zap_refusals *refusals,
			       struct err *err);

#endif
