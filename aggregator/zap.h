#ifndef AGGREGATOR_ZAP_H
#define AGGREGATOR_ZAP_H

#include <stdint.h>

#include "proto/err.h"

/* Who may connect: our own ZAP handler (ZeroMQ RFC 27), because CURVE without one lets everybody
 * in. In: one request per handshake, on a REP socket at inproc://zeromq.zap.01. Out: 200 with the
 * key's text as User-Id, 400 for a key that is not on the list, 500 for a fault of ours; never 300,
 * which a client waits on for ever. libzmq asks once per connection, so ingest looks every
 * message's key up again. */

struct zap;

/* Whether the key may connect. An error is answered with 500. */
typedef enum err_code (*zap_allow)(void *context, const uint8_t key[32], int *allowed,
				   struct err *err);

/* Binds before any CURVE socket does. One per context: ERR_BUSY when there is one. The caller owns
 * *out and closes it after every socket that relies on it. */
enum err_code zap_open(void *zmq_context, zap_allow allow, void *allow_context, struct zap **out,
		       struct err *err);
void zap_close(struct zap **zap); /* NULL-safe; leaves NULL */

/* The socket to poll for reading. */
void *zap_socket(const struct zap *zap);

/* Requests answered 400 and 500, to be counted by whoever had them answered. */
struct zap_refusals {
	int64_t keys, malformed;
};

/* Answers every request that waits; never blocks. *refusals grows. ERR_IO when the socket itself is
 * broken: the caller must stop. */
enum err_code zap_answer(struct zap *zap, struct zap_refusals *refusals, struct err *err);

/* A key of our own, the self-test's: it is answered as any other, but no refusal of it is counted.
 */
void zap_not_counted(struct zap *zap, const uint8_t key[32]);

#endif
