#ifndef AGENT_DELIVERY_H
#define AGENT_DELIVERY_H

#include <stddef.h>
#include <stdint.h>

#include "proto/db.h"
#include "proto/frame.h"

/* What the aggregators have confirmed (agent/delivery.sql). publish alone writes it; collect reads
 * how far each store is and whether a new spool is needed; status and receipts show it. */

#define DELIVERY_FILE "delivery/delivery.db" /* below the agent's state folder */
#define DELIVERY_NAME_BYTES 65
#define DELIVERY_ENDPOINT_BYTES 257
#define DELIVERY_REASON_BYTES 513

struct delivery; /* opaque */

/* DB_READ: ERR_MISSING while publish has never run. The caller owns *out. */
enum err_code delivery_open(const char *path, enum db_mode mode, struct delivery **out,
			    struct err *err);
void delivery_close(struct delivery **delivery); /* NULL-safe; leaves NULL */

/* ---- written by publish; each in its own transaction, durable when it returns ERR_OK */

enum err_code delivery_started(struct delivery *d, int unsandboxed, struct err *err);

enum delivery_state {
	DELIVERY_CONNECTING, /* not reached, or no answer yet */
	DELIVERY_CONNECTED,
	DELIVERY_REFUSED, /* the aggregator does not let us in, or is not who it should be */
	DELIVERY_HELD,    /* nothing is sent until collect has started a new spool */
};
const char *delivery_state_name(enum delivery_state state);

struct delivery_link {
	char aggregator[DELIVERY_NAME_BYTES];
	char endpoint[DELIVERY_ENDPOINT_BYTES];
	enum delivery_state state;
	char reason[DELIVERY_REASON_BYTES];
	int64_t since_us;
};
enum err_code delivery_link_set(struct delivery *d, const struct delivery_link *link,
				struct err *err);

/* What a Welcome says is the truth, also when it is less than was known: a store that was restored
 * from a backup has less. */
enum err_code delivery_welcome(struct delivery *d, const char *aggregator,
			       const District__Welcome *welcome, int64_t now_us, struct err *err);

/* A receipt whose signature was verified: keeps its exact bytes, its progress and its refusals. */
enum err_code delivery_receipt(struct delivery *d, const District__Receipt *receipt,
			       const District__Signed *signed_bytes, int64_t now_us,
			       struct err *err);

/* Asks collect for a new spool. same_up_to: the highest number under which the store that raised
 * this has what the spool has. Kept: the least of it and of what each of the n aggregators has,
 * since the numbers above it move to the new spool, and those below are never sent again. */
enum err_code delivery_renew(struct delivery *d, const uint8_t spool[FRAME_SPOOL_BYTES],
			     int64_t same_up_to, const char *reason, const char *const *aggregators,
			     int n, struct err *err);

/* ---- read by the commands */

/* ERR_MISSING when publish has not recorded a start. */
enum err_code delivery_process(struct delivery *d, int64_t *started_us, int *unsandboxed,
			       struct err *err);

/* ERR_MISSING when publish has never tried the aggregator. */
enum err_code delivery_link_get(struct delivery *d, const char *aggregator,
				struct delivery_link *out, struct err *err);

/* The store of the aggregator that was heard last, with what it has of the spool. */
struct delivery_store {
	uint8_t id[FRAME_STORE_BYTES];
	int64_t restore_epoch, last_contact_us, clock_difference_us;
	int64_t generation, stored_up_to; /* 0: nothing of this spool */
};
/* ERR_MISSING when no store of the aggregator ever answered. */
enum err_code delivery_store_get(struct delivery *d, const char *aggregator,
				 const uint8_t spool[FRAME_SPOOL_BYTES], struct delivery_store *out,
				 struct err *err);

struct delivery_refusal {
	const char *aggregator, *code, *reason; /* borrowed for the call */
	const uint8_t *spool;
	int64_t sequence, at_us;
};
/* Calls on_refusal for each dead letter, oldest first. Not those whose numbers moved to a new spool
 * (there they were sent again). Stops when it returns non-zero. */
enum err_code delivery_refusals(struct delivery *d,
				int (*on_refusal)(void *context, const struct delivery_refusal *r),
				void *context, struct err *err);

struct delivery_receipt_row {
	int64_t id;
	const char *aggregator; /* borrowed for the call, as all pointers */
	const uint8_t *store, *spool;
	int64_t received_us, stored_up_to;
	const uint8_t *bytes, *signature;
	size_t len, signature_len;
};
/* Calls on_receipt for each stored receipt, oldest first. Stops when it returns non-zero. */
enum err_code delivery_receipts(struct delivery *d,
				int (*on_receipt)(void *context,
						  const struct delivery_receipt_row *r),
				void *context, struct err *err);

#endif
