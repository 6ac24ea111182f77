#include "aggregator/reply.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "proto/clock.h"
#include "proto/frame.h"

/* What every Welcome and Receipt says of a spool. */
struct reply_spool {
	int64_t stored_up_to;
	int n_beyond;
	int64_t beyond[LIMIT_RANGES][2];
	District__Range ranges[LIMIT_RANGES];
	District__Range *pointers[LIMIT_RANGES];
};

static enum err_code reply_send(const struct reply_peer *peer, const uint8_t *bytes, size_t len,
				struct err *err)
{
	if (zmq_send(peer->router, peer->routing, peer->routing_len, ZMQ_SNDMORE | ZMQ_DONTWAIT) <
		    0 ||
	    zmq_send(peer->router, bytes, len, ZMQ_DONTWAIT) < 0)
		return err_set(err, ERR_BUSY, "answer not sent: %s", zmq_strerror(zmq_errno()));
	return ERR_OK;
}

static enum err_code reply_envelope(const struct reply_peer *peer,
				    const District__Envelope *envelope, struct err *err)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum err_code code = frame_encode(envelope, &bytes, &len, err);

	if (code == ERR_OK)
		code = reply_send(peer, bytes, len, err);
	free(bytes);
	return code;
}

static enum err_code reply_spool_new(const struct reply_state *state, struct reply_spool **out,
				     struct err *err)
{
	struct reply_spool *p = calloc(1, sizeof *p);
	enum err_code code;

	*out = NULL;
	if (p == NULL)
		return err_set(err, ERR_NOMEM, "answer: out of memory");
	code = store_ranges(state->store, state->spool->id, &p->stored_up_to, p->beyond,
			    &p->n_beyond, LIMIT_RANGES, err);
	if (code != ERR_OK) {
		free(p);
		return code;
	}
	for (int i = 0; i < p->n_beyond; i++) {
		p->ranges[i] = (District__Range)DISTRICT__RANGE__INIT;
		p->ranges[i].first = (uint64_t)p->beyond[i][0];
		p->ranges[i].last = (uint64_t)p->beyond[i][1];
		p->pointers[i] = &p->ranges[i];
	}
	*out = p;
	return ERR_OK;
}

/* protobuf-c has no const: what is only read is cast here, in one place. */
static ProtobufCBinaryData reply_bytes(const uint8_t *bytes, size_t len)
{
	return (ProtobufCBinaryData){ len, (uint8_t *)(uintptr_t)bytes };
}

enum err_code reply_welcome(const struct reply_peer *peer, const struct reply_state *state,
			    uint64_t last_sequence, int64_t clock_difference_us, struct err *err)
{
	District__Envelope envelope = DISTRICT__ENVELOPE__INIT;
	District__Welcome w = DISTRICT__WELCOME__INIT;
	uint32_t version = FRAME_VERSION;
	uint8_t digest[FRAME_DIGEST_BYTES];
	struct reply_spool *spool = NULL;
	enum err_code code =
		store_digest(state->store, state->spool->id, (int64_t)last_sequence, digest, err);

	if (code == ERR_OK)
		w.last_digest = reply_bytes(digest, sizeof digest);
	else if (code != ERR_MISSING)
		return code;
	code = reply_spool_new(state, &spool, err);
	if (code != ERR_OK)
		return code;
	w.store = reply_bytes(state->store->id, FRAME_STORE_BYTES);
	w.restore_epoch = (uint64_t)state->store->restore_epoch;
	w.spool = reply_bytes(state->spool_id, FRAME_SPOOL_BYTES);
	w.generation = (uint64_t)state->spool->generation;
	w.stored_up_to = (uint64_t)spool->stored_up_to;
	w.n_beyond = (size_t)spool->n_beyond;
	w.beyond = spool->pointers;
	w.n_versions = 1;
	w.versions = &version;
	w.clock_us = clock_wall_us();
	w.clock_difference_us = clock_difference_us;
	w.credit_bytes = (uint64_t)state->credit_bytes;
	envelope.version = FRAME_VERSION;
	envelope.body_case = DISTRICT__ENVELOPE__BODY_WELCOME;
	envelope.welcome = &w;
	code = reply_envelope(peer, &envelope, err);
	free(spool);
	return code;
}

/* ---- receipts */

struct reply_refusals {
	District__Refusal items[LIMIT_RECEIPT_REFUSALS];
	District__Refusal *pointers[LIMIT_RECEIPT_REFUSALS];
};

static void reply_refused(struct reply_refusals *to, const struct reply_refusal *refused, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		to->items[i] = (District__Refusal)DISTRICT__REFUSAL__INIT;
		to->items[i].sequence = (uint64_t)refused[i].sequence;
		to->items[i].code = (char *)(uintptr_t)refused[i].code;
		to->items[i].reason = (char *)(uintptr_t)refused[i].reason;
		to->pointers[i] = &to->items[i];
	}
}

static enum err_code reply_sign_and_send(const struct reply_peer *peer,
					 const struct reply_state *state,
					 const District__Receipt *receipt, struct err *err)
{
	uint8_t signature[FRAME_SIGNATURE_BYTES];
	uint8_t *payload = NULL;
	uint8_t *bytes = NULL;
	size_t payload_len = 0;
	size_t len = 0;
	enum err_code code = frame_pack_receipt(receipt, &payload, &payload_len, err);

	if (code == ERR_OK) {
		frame_sign(payload, payload_len, state->receipt_keys->secret_key, signature);
		code = frame_encode_signed(DISTRICT__ENVELOPE__BODY_RECEIPT, payload, payload_len,
					   signature, &bytes, &len, err);
	}
	if (code == ERR_OK)
		code = reply_send(peer, bytes, len, err);
	free(payload);
	free(bytes);
	return code;
}

enum err_code reply_receipt(const struct reply_peer *peer, const struct reply_state *state,
			    uint64_t *already, size_t n_already,
			    const struct reply_refusal *refused, size_t n_refused, struct err *err)
{
	District__Receipt r = DISTRICT__RECEIPT__INIT;
	struct reply_refusals *refusals = calloc(1, sizeof *refusals);
	struct reply_spool *spool = NULL;
	enum err_code code = refusals == NULL ? err_set(err, ERR_NOMEM, "answer: out of memory")
					      : reply_spool_new(state, &spool, err);

	if (code == ERR_OK && spool != NULL) {
		reply_refused(refusals, refused, n_refused);
		r.store = reply_bytes(state->store->id, FRAME_STORE_BYTES);
		r.spool = reply_bytes(state->spool_id, FRAME_SPOOL_BYTES);
		r.stored_up_to = (uint64_t)spool->stored_up_to;
		r.n_beyond = (size_t)spool->n_beyond;
		r.beyond = spool->pointers;
		r.n_already = n_already;
		r.already = already;
		r.n_refused = n_refused;
		r.refused = refusals->pointers;
		r.received_us = clock_wall_us();
		r.credit_bytes = (uint64_t)state->credit_bytes;
		code = reply_sign_and_send(peer, state, &r, err);
	}
	free(spool);
	free(refusals);
	return code;
}

enum err_code reply_goodbye(const struct reply_peer *peer, const struct err *why, struct err *err)
{
	District__Envelope envelope = DISTRICT__ENVELOPE__INIT;
	District__Goodbye g = DISTRICT__GOODBYE__INIT;
	uint32_t version = FRAME_VERSION;
	char reason[LIMIT_TEXT_BYTES + 1];

	strncpy(reason, why->text, LIMIT_TEXT_BYTES);
	reason[LIMIT_TEXT_BYTES] = '\0';
	g.code = (char *)(uintptr_t)err_name(why->code);
	g.reason = reason;
	g.n_versions = 1;
	g.versions = &version;
	envelope.version = FRAME_VERSION;
	envelope.body_case = DISTRICT__ENVELOPE__BODY_GOODBYE;
	envelope.goodbye = &g;
	return reply_envelope(peer, &envelope, err);
}
