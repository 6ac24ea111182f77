#include "tests/wire.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "proto/clock.h"
#include "proto/date.h"
#include "tests/harness.h"

#define HEAR_STEP_MS 20

static struct err err;

/* ---- keys */

/* The value of `key:` in the aggregator's own words, quotes removed. */
static void wire_value(const char *text, const char *key, char *out, size_t size)
{
	const char *at = strstr(text, key);
	size_t n;

	ck_assert_msg(at != NULL, "no %s in: %s", key, text);
	at += strlen(key);
	at += strspn(at, " '");
	n = strcspn(at, "'\n");
	ck_assert_int_lt((int)n, (int)size);
	memcpy(out, at, n);
	out[n] = '\0';
}

void wire_enrol(struct peer *p, const struct fleet_aggregator *a, const char *name,
		const char *area)
{
	char line[256];

	peer_init(p, name, (uint8_t)(name[0] + name[strlen(name) - 1]));
	(void)keys_hex(p->sign.public_key, sizeof p->sign.public_key, p->sign.public_text);
	(void)keys_enrolment_format(name, &p->curve, &p->sign, line, sizeof line);
	line[strcspn(line, "\n")] = '\0';
	free(fleet_must("district-aggregator", "agents", "add", "-c", a->config, "--area",
			area == NULL ? name : area, line, NULL));
	free(fleet_must("district-aggregator", "agents", "approve", "-c", a->config, name, NULL));
}

/* The reply file is what `agents approve` prints; of a removed or unknown agent there is none. */
static void wire_read_keys(struct wire *w, const struct fleet_aggregator *a)
{
	char path[FLEET_PATH_BYTES], receipt_key[65];
	char *text;

	(void)snprintf(path, sizeof path, "%s/keys.txt", a->folder);
	text = harness_read(path, NULL);
	wire_value(text, "server_key:", w->server_key, sizeof w->server_key);
	wire_value(text, "receipt_key:", receipt_key, sizeof receipt_key);
	assert_ok(keys_unhex(receipt_key, w->receipt_key, sizeof w->receipt_key, &err), err);
	free(text);
}

/* ---- the connection */

static void wire_set(void *socket, int option, const void *value, size_t len)
{
	ck_assert_msg(zmq_setsockopt(socket, option, value, len) == 0, "option %d: %s", option,
		      zmq_strerror(zmq_errno()));
}

void wire_open(struct wire *w, struct peer *p, const struct fleet_aggregator *a,
	       enum wire_keys keys)
{
	const int nothing = 0;
	char endpoint[64];

	memset(w, 0, sizeof *w);
	w->peer = p;
	wire_read_keys(w, a);
	w->context = zmq_ctx_new();
	w->socket = zmq_socket(w->context, ZMQ_DEALER);
	ck_assert_ptr_nonnull(w->socket);
	wire_set(w->socket, ZMQ_LINGER, &nothing, sizeof nothing);
	if (keys == WIRE_CURVE) {
		wire_set(w->socket, ZMQ_CURVE_SERVERKEY, w->server_key, 40);
		wire_set(w->socket, ZMQ_CURVE_PUBLICKEY, p->curve.public_text, 40);
		wire_set(w->socket, ZMQ_CURVE_SECRETKEY, p->curve.secret_text, 40);
	}
	ck_assert_int_eq(zmq_socket_monitor(w->socket, "inproc://wire", ZMQ_EVENT_ALL), 0);
	w->monitor = zmq_socket(w->context, ZMQ_PAIR);
	ck_assert_ptr_nonnull(w->monitor);
	ck_assert_int_eq(zmq_connect(w->monitor, "inproc://wire"), 0);
	(void)snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", a->port);
	ck_assert_int_eq(zmq_connect(w->socket, endpoint), 0);
}

void wire_close(struct wire *w)
{
	(void)zmq_socket_monitor(w->socket, NULL, 0);
	(void)zmq_close(w->monitor);
	(void)zmq_close(w->socket);
	(void)zmq_ctx_term(w->context);
	frame_clear(&w->frame);
	memset(w, 0, sizeof *w);
}

static void wire_read_events(struct wire *w)
{
	uint8_t bytes[6];
	char endpoint[256];
	uint16_t event;

	while (zmq_recv(w->monitor, bytes, sizeof bytes, ZMQ_DONTWAIT) == (int)sizeof bytes) {
		(void)zmq_recv(w->monitor, endpoint, sizeof endpoint, ZMQ_DONTWAIT);
		memcpy(&event, bytes, sizeof event);
		w->events |= event;
	}
}

struct wire_event {
	struct wire *wire;
	int event;
};

static bool wire_met(void *context)
{
	const struct wire_event *e = context;

	wire_read_events(e->wire);
	return (e->wire->events & e->event) != 0;
}

void wire_until_event(struct wire *w, int event)
{
	struct wire_event e = { w, event };
	char what[64];

	(void)snprintf(what, sizeof what, "event %#x of the connection", (unsigned)event);
	fleet_until(wire_met, &e, what);
}

/* ---- saying */

void wire_send_bytes(struct wire *w, const void *bytes, size_t len)
{
	const int wait_ms = w->shut ? 0 : FLEET_WAIT_S * 1000;

	wire_set(w->socket, ZMQ_SNDTIMEO, &wait_ms, sizeof wait_ms);
	ck_assert_msg(zmq_send(w->socket, bytes, len, 0) == (int)len || w->shut, "send: %s",
		      zmq_strerror(zmq_errno()));
}

void wire_send(struct wire *w, const District__Envelope *envelope)
{
	uint8_t *bytes = NULL;
	size_t len = 0;

	assert_ok(frame_encode(envelope, &bytes, &len, &err), err);
	wire_send_bytes(w, bytes, len);
	free(bytes);
}

void wire_send_entry(struct wire *w, const struct payload *p)
{
	uint8_t *bytes = NULL;
	size_t len = 0;

	payload_envelope(p, &bytes, &len);
	wire_send_bytes(w, bytes, len);
	free(bytes);
}

void wire_send_once(struct wire *w, struct payload *p)
{
	wire_send_entry(w, p);
	free(p->bytes);
	p->bytes = NULL;
}

void wire_figure(const struct peer *p, const struct wire_figure *f, struct payload *out)
{
	const struct figure figures[] = { { "contacts", "", "", f->contacts, f->contacts }, { 0 } };
	struct entry_text text = { .area = f->area == NULL ? "hodge-hill" : f->area,
				   .dataset = f->dataset,
				   .period = f->period == NULL ? "2025-10" : f->period,
				   .figures = figures };

	assert_ok(date_parse_iso(f->as_at == NULL ? "2025-11-30" : f->as_at, &text.as_at, &err),
		  err);
	payload_report(p, f->sequence, &text, out);
}

void wire_say(struct wire *w, const struct wire_figure *f)
{
	struct payload p;

	wire_figure(w->peer, f, &p);
	wire_send_once(w, &p);
}

void wire_send_hello(struct wire *w)
{
	static uint32_t versions[] = { FRAME_VERSION };
	District__Envelope envelope = DISTRICT__ENVELOPE__INIT;
	District__Hello hello = DISTRICT__HELLO__INIT;

	envelope.version = FRAME_VERSION;
	envelope.body_case = DISTRICT__ENVELOPE__BODY_HELLO;
	envelope.hello = &hello;
	hello.agent = w->peer->name;
	hello.spool.data = w->peer->spool;
	hello.spool.len = sizeof w->peer->spool;
	hello.n_versions = 1;
	hello.versions = versions;
	hello.clock_us = clock_wall_us();
	hello.program = (char[]){ "wire 1" };
	wire_send(w, &envelope);
}

/* ---- hearing */

static void wire_decode_receipt(struct wire *w)
{
	const District__Signed *s = w->frame.envelope->receipt;

	assert_ok(frame_verify(s->payload.data, s->payload.len, s->signature.data, s->signature.len,
			       w->receipt_key, &err),
		  err);
	assert_ok(frame_decode_receipt(&w->frame, s->payload.data, s->payload.len, &err), err);
}

const District__Envelope *wire_hear(struct wire *w, int ms)
{
	zmq_msg_t message;

	wire_set(w->socket, ZMQ_RCVTIMEO, &ms, sizeof ms);
	(void)zmq_msg_init(&message);
	if (zmq_msg_recv(&message, w->socket, 0) < 0) {
		(void)zmq_msg_close(&message);
		return NULL;
	}
	ck_assert_int_eq(zmq_msg_more(&message), 0);
	assert_ok(frame_decode(&w->frame, zmq_msg_data(&message), zmq_msg_size(&message), &err),
		  err);
	(void)zmq_msg_close(&message);
	if (w->frame.envelope->body_case == DISTRICT__ENVELOPE__BODY_RECEIPT)
		wire_decode_receipt(w);
	return w->frame.envelope;
}

/* Until a message of the kind came for which fits says so (NULL: any). */
static const District__Envelope *wire_until(struct wire *w, District__Envelope__BodyCase kind,
					    bool (*fits)(struct wire *w, uint64_t sequence),
					    uint64_t sequence)
{
	const int64_t limit_ms = clock_mono_ms() + FLEET_WAIT_S * 1000LL;

	while (clock_mono_ms() < limit_ms) {
		const District__Envelope *e = wire_hear(w, HEAR_STEP_MS);

		if (e != NULL && e->body_case == kind && (fits == NULL || fits(w, sequence)))
			return e;
	}
	ck_abort_msg("waited %d s in vain for a message of kind %d", FLEET_WAIT_S, (int)kind);
	return NULL;
}

static bool wire_answers(struct wire *w, uint64_t sequence)
{
	const District__Receipt *r = w->frame.receipt;

	return r->stored_up_to >= sequence || wire_refusal(r, sequence) != NULL ||
	       wire_is_already(r, sequence);
}

const District__Welcome *wire_welcome(struct wire *w)
{
	return wire_until(w, DISTRICT__ENVELOPE__BODY_WELCOME, NULL, 0)->welcome;
}

const District__Goodbye *wire_goodbye(struct wire *w)
{
	return wire_until(w, DISTRICT__ENVELOPE__BODY_GOODBYE, NULL, 0)->goodbye;
}

const District__Receipt *wire_receipt(struct wire *w, uint64_t sequence)
{
	(void)wire_until(w, DISTRICT__ENVELOPE__BODY_RECEIPT, wire_answers, sequence);
	return w->frame.receipt;
}

const District__Welcome *wire_hello(struct wire *w)
{
	wire_send_hello(w);
	return wire_welcome(w);
}

const District__Refusal *wire_refusal(const District__Receipt *r, uint64_t sequence)
{
	for (size_t i = 0; i < r->n_refused; i++)
		if (r->refused[i]->sequence == sequence)
			return r->refused[i];
	return NULL;
}

bool wire_is_already(const District__Receipt *r, uint64_t sequence)
{
	for (size_t i = 0; i < r->n_already; i++)
		if (r->already[i] == sequence)
			return true;
	return false;
}
