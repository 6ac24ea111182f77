#ifndef TESTS_FAKE_STORE_H
#define TESTS_FAKE_STORE_H

#include "tests/harness.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "proto/clock.h"
#include "proto/frame.h"
#include "proto/keys.h"
#include "proto/limits.h"

/* An aggregator in the test's own process: a ROUTER with CURVE and a store in memory, which can be
 * told to misbehave. */

#define FAKE_ENTRIES 64

struct fake {
	void *zmq;
	void *router, *zap; /* zap NULL: everybody is let in */
	char endpoint[64];
	struct keys_curve curve;
	struct keys_sign sign;
	uint8_t store[16];
	uint8_t spool[16]; /* as last greeted */
	int64_t stored_up_to;
	uint8_t digests[FAKE_ENTRIES][32]; /* by number; all 0: nothing */
	int64_t credit, clock_difference_us;
	uint32_t version; /* of Welcome's list */
	/* what it does wrong */
	bool mute, no_receipts, foreign_signature, says_goodbye;
	int64_t refuses; /* a number; 0: none */
	/* what it saw */
	int n_hellos, n_entries, n_heartbeats;
	int64_t seen[FAKE_ENTRIES];
	District__Heartbeat heartbeat; /* numbers only */
	char heartbeat_fault[65];
	struct frame frame;
};

static void fake_bind(struct fake *f)
{
	int one = 1, zero = 0;
	size_t size = sizeof f->endpoint;

	f->router = zmq_socket(f->zmq, ZMQ_ROUTER);
	ck_assert_ptr_nonnull(f->router);
	(void)zmq_setsockopt(f->router, ZMQ_LINGER, &zero, sizeof zero);
	(void)zmq_setsockopt(f->router, ZMQ_CURVE_SERVER, &one, sizeof one);
	(void)zmq_setsockopt(f->router, ZMQ_CURVE_SECRETKEY, f->curve.secret_text, 40);
	ck_assert_int_eq(zmq_bind(f->router, f->endpoint), 0);
	(void)zmq_getsockopt(f->router, ZMQ_LAST_ENDPOINT, f->endpoint, &size);
}

/* twin: another whose keys it has; NULL: new keys. */
static void fake_open(struct fake *f, void *zmq, uint8_t id, const struct fake *twin)
{
	char path[256];
	struct err err = { 0 };

	memset(f, 0, sizeof *f);
	f->zmq = zmq;
	f->store[0] = id;
	f->credit = 1 << 20;
	f->version = FRAME_VERSION;
	if (twin != NULL) {
		f->curve = twin->curve;
		f->sign = twin->sign;
	} else {
		(void)snprintf(path, sizeof path, "%s/fake-%d-curve.key", harness_folder(), id);
		assert_ok(keys_curve_create(path, &f->curve, &err), err);
		(void)snprintf(path, sizeof path, "%s/fake-%d-sign.key", harness_folder(), id);
		assert_ok(keys_sign_create(path, &f->sign, &err), err);
	}
	(void)snprintf(f->endpoint, sizeof f->endpoint, "tcp://127.0.0.1:*");
	fake_bind(f);
}

static void fake_unbind(struct fake *f)
{
	(void)zmq_close(f->router);
	f->router = NULL;
}

static void fake_close(struct fake *f)
{
	if (f->router != NULL)
		fake_unbind(f);
	if (f->zap != NULL)
		(void)zmq_close(f->zap);
	frame_clear(&f->frame);
}

/* Lets nobody in. */
__attribute__((unused)) static void fake_deny(struct fake *f)
{
	int zero = 0;

	f->zap = zmq_socket(f->zmq, ZMQ_REP);
	(void)zmq_setsockopt(f->zap, ZMQ_LINGER, &zero, sizeof zero);
	ck_assert_int_eq(zmq_bind(f->zap, "inproc://zeromq.zap.01"), 0);
}

static void fake_zap(struct fake *f)
{
	static const char *const answer[] = { "1.0", NULL, "400", "no", "", "" };
	char parts[8][256];
	int more = 1, n = 0;
	size_t size = sizeof more;

	memset(parts, 0, sizeof parts);
	while (more && n < 8) {
		if (zmq_recv(f->zap, parts[n], sizeof parts[n] - 1, ZMQ_DONTWAIT) < 0)
			return;
		n++;
		(void)zmq_getsockopt(f->zap, ZMQ_RCVMORE, &more, &size);
	}
	for (int i = 0; i < 6; i++) {
		const char *text = answer[i] == NULL ? parts[1] : answer[i];

		(void)zmq_send(f->zap, text, strlen(text), i < 5 ? ZMQ_SNDMORE : 0);
	}
}

static void fake_send(struct fake *f, const void *peer, size_t peer_len, const uint8_t *bytes,
		      size_t len)
{
	(void)zmq_send(f->router, peer, peer_len, ZMQ_SNDMORE | ZMQ_DONTWAIT);
	(void)zmq_send(f->router, bytes, len, ZMQ_DONTWAIT);
}

static void fake_envelope(struct fake *f, const void *peer, size_t peer_len,
			  const District__Envelope *envelope)
{
	struct err err = { 0 };
	uint8_t *bytes = NULL;
	size_t len = 0;

	assert_ok(frame_encode(envelope, &bytes, &len, &err), err);
	fake_send(f, peer, peer_len, bytes, len);
	free(bytes);
}

static bool fake_has(const struct fake *f, uint64_t sequence)
{
	static const uint8_t none[32];

	return sequence < FAKE_ENTRIES && memcmp(f->digests[sequence], none, 32) != 0;
}

static void fake_welcome(struct fake *f, const void *peer, size_t peer_len,
			 const District__Hello *hello)
{
	District__Envelope envelope = DISTRICT__ENVELOPE__INIT;
	District__Welcome w = DISTRICT__WELCOME__INIT;

	f->n_hellos++;
	if (f->mute)
		return;
	if (memcmp(f->spool, hello->spool.data, 16) != 0 && f->n_hellos > 1) {
		f->stored_up_to = 0; /* another spool: nothing of it */
		memset(f->digests, 0, sizeof f->digests);
	}
	memcpy(f->spool, hello->spool.data, 16);
	envelope.version = FRAME_VERSION;
	envelope.body_case = DISTRICT__ENVELOPE__BODY_WELCOME;
	envelope.welcome = &w;
	w.store.data = f->store;
	w.store.len = 16;
	w.spool = hello->spool;
	w.generation = 1;
	w.stored_up_to = (uint64_t)f->stored_up_to;
	if (fake_has(f, hello->last_sequence)) {
		w.last_digest.data = f->digests[hello->last_sequence];
		w.last_digest.len = 32;
	}
	w.n_versions = 1;
	w.versions = &f->version;
	w.clock_us = clock_wall_us();
	w.clock_difference_us = f->clock_difference_us;
	w.credit_bytes = (uint64_t)f->credit;
	fake_envelope(f, peer, peer_len, &envelope);
}

static void fake_goodbye(struct fake *f, const void *peer, size_t peer_len)
{
	static char code[] = "version", reason[] = "speaks version 7 only";
	District__Envelope envelope = DISTRICT__ENVELOPE__INIT;
	District__Goodbye g = DISTRICT__GOODBYE__INIT;

	envelope.version = FRAME_VERSION;
	envelope.body_case = DISTRICT__ENVELOPE__BODY_GOODBYE;
	envelope.goodbye = &g;
	g.code = code;
	g.reason = reason;
	fake_envelope(f, peer, peer_len, &envelope);
}

static void fake_receipt(struct fake *f, const void *peer, size_t peer_len, uint64_t refused)
{
	static char code[] = "denied", reason[] = "not this district's area";
	District__Receipt r = DISTRICT__RECEIPT__INIT;
	District__Refusal refusal = DISTRICT__REFUSAL__INIT;
	District__Refusal *refusals[] = { &refusal };
	uint8_t signature[64], secret[64];
	uint8_t *payload = NULL, *bytes = NULL;
	size_t payload_len = 0, len = 0;
	struct err err = { 0 };

	r.store.data = f->store;
	r.store.len = 16;
	r.spool.data = f->spool;
	r.spool.len = 16;
	r.stored_up_to = (uint64_t)f->stored_up_to;
	r.received_us = clock_wall_us();
	r.credit_bytes = (uint64_t)f->credit;
	if (refused > 0) {
		refusal.sequence = refused;
		refusal.code = code;
		refusal.reason = reason;
		r.n_refused = 1;
		r.refused = refusals;
	}
	assert_ok(frame_pack_receipt(&r, &payload, &payload_len, &err), err);
	memcpy(secret, f->sign.secret_key, sizeof secret);
	if (f->foreign_signature)
		secret[0] ^= 1;
	frame_sign(payload, payload_len, secret, signature);
	assert_ok(frame_encode_signed(DISTRICT__ENVELOPE__BODY_RECEIPT, payload, payload_len,
				      signature, &bytes, &len, &err),
		  err);
	fake_send(f, peer, peer_len, bytes, len);
	free(payload);
	free(bytes);
}

static void fake_entry(struct fake *f, const void *peer, size_t peer_len)
{
	const District__Signed *s = f->frame.envelope->entry;
	uint64_t sequence;
	struct err err = { 0 };

	assert_ok(frame_decode_entry(&f->frame, s->payload.data, s->payload.len, &err), err);
	sequence = f->frame.entry->sequence;
	ck_assert_uint_lt(sequence, FAKE_ENTRIES);
	ck_assert_int_lt(f->n_entries, FAKE_ENTRIES);
	f->seen[f->n_entries++] = (int64_t)sequence;
	if ((int64_t)sequence == f->refuses) {
		if ((int64_t)sequence == f->stored_up_to + 1)
			f->stored_up_to++;
		fake_receipt(f, peer, peer_len, sequence);
		return;
	}
	frame_digest(s->payload.data, s->payload.len, f->digests[sequence]);
	if ((int64_t)sequence == f->stored_up_to + 1)
		f->stored_up_to++;
	if (f->no_receipts)
		return;
	fake_receipt(f, peer, peer_len, 0);
}

static void fake_message(struct fake *f, const void *peer, size_t peer_len, const void *bytes,
			 size_t len)
{
	struct err err = { 0 };
	const District__Envelope *e;

	assert_ok(frame_decode(&f->frame, bytes, len, &err), err);
	e = f->frame.envelope;
	if (f->says_goodbye && !f->mute) {
		fake_goodbye(f, peer, peer_len);
	} else if (e->body_case == DISTRICT__ENVELOPE__BODY_HELLO) {
		fake_welcome(f, peer, peer_len, e->hello);
	} else if (e->body_case == DISTRICT__ENVELOPE__BODY_ENTRY) {
		fake_entry(f, peer, peer_len);
	} else {
		ck_assert_int_eq((int)e->body_case, DISTRICT__ENVELOPE__BODY_HEARTBEAT);
		f->n_heartbeats++;
		f->heartbeat = *e->heartbeat;
		(void)snprintf(f->heartbeat_fault, sizeof f->heartbeat_fault, "%s",
			       e->heartbeat->last_fault);
	}
}

/* Answers whatever has come. */
static void fake_work(struct fake *f)
{
	uint8_t peer[32];
	int n;

	if (f->zap != NULL)
		fake_zap(f);
	while (f->router != NULL &&
	       (n = zmq_recv(f->router, peer, sizeof peer, ZMQ_DONTWAIT)) >= 0) {
		zmq_msg_t message;

		ck_assert_int_eq(zmq_msg_init(&message), 0);
		ck_assert_int_ge(zmq_msg_recv(&message, f->router, 0), 0);
		ck_assert(!zmq_msg_more(&message));
		fake_message(f, peer, (size_t)n, zmq_msg_data(&message), zmq_msg_size(&message));
		(void)zmq_msg_close(&message);
	}
}

#endif
