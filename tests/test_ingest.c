#include "aggregator/ingest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "aggregator/listen.h"
#include "proto/clock.h"
#include "proto/date.h"
#include "proto/limits.h"
#include "proto/measures.h"
#include "proto/period.h"
#include "tests/harness.h"
#include "tests/reports.h"

#define PATIENCE_MS 20000

/* An aggregator in this process, and agents that talk to it over TCP on the loopback. */
struct city {
	struct ingest *ingest;
	struct store *store; /* another connection: what a reader or command sees */
	struct area_tree *areas;
	struct keys_curve server;
	struct keys_sign receipt;
	char path[256];
	char *listen[1];
	void *context;
};

struct line { /* an agent's socket */
	void *socket;
	struct frame frame, inner;
};

static struct err err;
static char any_port[] = "tcp://127.0.0.1:*";
static const char *const north[] = { "north", NULL };

static struct ingest_settings settings_of(struct city *c)
{
	return (struct ingest_settings){ .store_path = c->path,
					 .areas = c->areas,
					 .server_keys = &c->server,
					 .receipt_keys = &c->receipt,
					 .listen = c->listen,
					 .n_listen = 1,
					 .credit_kib = 1024,
					 .memory_mib = 32 };
}

static void city_start(struct city *c)
{
	struct ingest_settings settings = settings_of(c);

	assert_ok(ingest_open(&settings, &c->ingest, &err), err);
}

static void city_open(struct city *c)
{
	struct peer keys;

	memset(c, 0, sizeof *c);
	clock_fix_us(date_from_ymd(2026, 11, 22) * 86400LL * 1000000 + 36000000000LL);
	peer_init(&keys, "server", 0);
	c->server = keys.curve;
	c->receipt = keys.sign;
	c->areas = areas_small();
	(void)snprintf(c->path, sizeof c->path, "%s/store.db", harness_folder());
	c->listen[0] = any_port;
	city_start(c);
	assert_ok(store_open(c->path, DB_WRITE, &c->store, &err), err);
	c->context = zmq_ctx_new();
	ck_assert_ptr_nonnull(c->context);
}

static void city_close(struct city *c)
{
	(void)zmq_ctx_term(c->context);
	store_close(&c->store);
	ingest_close(&c->ingest);
	area_tree_free(&c->areas);
	clock_fix_us(0);
}

static void set_int(void *socket, int option, int value)
{
	ck_assert_int_eq(zmq_setsockopt(socket, option, &value, sizeof value), 0);
}

static void line_open(struct city *c, const struct peer *p, struct line *l)
{
	memset(l, 0, sizeof *l);
	l->socket = zmq_socket(c->context, ZMQ_DEALER);
	set_int(l->socket, ZMQ_LINGER, 0);
	ck_assert_int_eq(zmq_setsockopt(l->socket, ZMQ_CURVE_SERVERKEY, c->server.public_text, 40),
			 0);
	ck_assert_int_eq(zmq_setsockopt(l->socket, ZMQ_CURVE_PUBLICKEY, p->curve.public_text, 40),
			 0);
	ck_assert_int_eq(zmq_setsockopt(l->socket, ZMQ_CURVE_SECRETKEY, p->curve.secret_text, 40),
			 0);
	ck_assert_int_eq(zmq_connect(l->socket, ingest_endpoint(c->ingest)), 0);
}

static void line_close(struct line *l)
{
	(void)zmq_close(l->socket);
	frame_clear(&l->frame);
	frame_clear(&l->inner);
}

/* Turns the aggregator until the agent has an answer, and decodes it. */
static const District__Envelope *line_await(struct city *c, struct line *l)
{
	const int64_t end_ms = clock_mono_ms() + PATIENCE_MS;
	zmq_msg_t msg;

	(void)zmq_msg_init(&msg);
	while (zmq_msg_recv(&msg, l->socket, ZMQ_DONTWAIT) < 0) {
		ck_assert_msg(clock_mono_ms() < end_ms, "no answer came");
		assert_ok(ingest_turn(c->ingest, -1, 10, &err), err);
	}
	assert_ok(frame_decode(&l->frame, zmq_msg_data(&msg), zmq_msg_size(&msg), &err), err);
	(void)zmq_msg_close(&msg);
	return l->frame.envelope;
}

static const District__Receipt *line_receipt(struct city *c, struct line *l)
{
	const District__Envelope *e = line_await(c, l);

	ck_assert_int_eq(e->body_case, DISTRICT__ENVELOPE__BODY_RECEIPT);
	assert_ok(frame_verify(e->receipt->payload.data, e->receipt->payload.len,
			       e->receipt->signature.data, e->receipt->signature.len,
			       c->receipt.public_key, &err),
		  err);
	assert_ok(frame_decode_receipt(&l->inner, e->receipt->payload.data, e->receipt->payload.len,
				       &err),
		  err);
	return l->inner.receipt;
}

static void line_send(struct line *l, const uint8_t *bytes, size_t len)
{
	ck_assert_int_eq(zmq_send(l->socket, bytes, len, 0), (int)len);
}

static void line_hello(struct line *l, const struct peer *p, uint64_t last_sequence,
		       const uint8_t *last_digest)
{
	District__Envelope e = DISTRICT__ENVELOPE__INIT;
	District__Hello h = DISTRICT__HELLO__INIT;
	uint32_t version = FRAME_VERSION;
	uint8_t *bytes;
	size_t len;

	h.agent = (char *)(uintptr_t)p->name;
	h.spool.data = (uint8_t *)(uintptr_t)p->spool;
	h.spool.len = sizeof p->spool;
	h.last_sequence = last_sequence;
	h.last_digest.data = (uint8_t *)(uintptr_t)last_digest;
	h.last_digest.len = last_digest == NULL ? 0 : 32;
	h.versions = &version;
	h.n_versions = 1;
	h.clock_us = clock_wall_us() + 5000000;
	h.program = (char[]){ "district-agent 1.0.0" };
	e.version = FRAME_VERSION;
	e.body_case = DISTRICT__ENVELOPE__BODY_HELLO;
	e.hello = &h;
	assert_ok(frame_encode(&e, &bytes, &len, &err), err);
	line_send(l, bytes, len);
	free(bytes);
}

static void line_entry(struct line *l, const struct payload *payload)
{
	uint8_t *bytes;
	size_t len;

	payload_envelope(payload, &bytes, &len);
	line_send(l, bytes, len);
	free(bytes);
}

static void line_report(struct line *l, const struct peer *p, uint64_t sequence, const char *area)
{
	struct payload payload;
	struct entry_text text = { .area = area };

	payload_report(p, sequence, &text, &payload);
	line_entry(l, &payload);
	free(payload.bytes);
}

static int64_t counted(const struct city *c, enum counter which)
{
	return ingest_counters(c->ingest)->value[which];
}

static void turn_until(struct city *c, enum counter which, int64_t n)
{
	const int64_t end_ms = clock_mono_ms() + PATIENCE_MS;

	while (counted(c, which) < n) {
		ck_assert_msg(clock_mono_ms() < end_ms, "%s stays %lld", counter_name(which),
			      (long long)counted(c, which));
		assert_ok(ingest_turn(c->ingest, -1, 10, &err), err);
	}
}

static void turn_until_idle(struct city *c)
{
	const int64_t end_ms = clock_mono_ms() + PATIENCE_MS;

	do {
		ck_assert_msg(clock_mono_ms() < end_ms, "never idle");
		assert_ok(ingest_turn(c->ingest, -1, 10, &err), err);
	} while (!ingest_is_idle(c->ingest));
}

/* ---- the door */

START_TEST(a_key_that_nobody_enrolled_is_refused_and_counted)
{
	struct city c;
	struct peer p;
	struct line l;

	city_open(&c);
	peer_init(&p, "stranger", 1);
	line_open(&c, &p, &l);
	line_hello(&l, &p, 0, NULL);
	turn_until(&c, COUNTER_KEYS_REFUSED, 1);
	turn_until(&c, COUNTER_HANDSHAKES_FAILED, 1);
	ck_assert_int_eq(counted(&c, COUNTER_HELLOS), 0);
	line_close(&l);
	city_close(&c);
}
END_TEST

START_TEST(without_a_zap_handler_the_self_test_refuses_to_start)
{
	void *context = zmq_ctx_new();
	void *router = zmq_socket(context, ZMQ_ROUTER);
	char endpoint[256];
	size_t size = sizeof endpoint;
	struct zap_refusals refusals = { 0 };
	struct peer keys;

	peer_init(&keys, "server", 0);
	set_int(router, ZMQ_LINGER, 0);
	set_int(router, ZMQ_CURVE_SERVER, 1);
	ck_assert_int_eq(zmq_setsockopt(router, ZMQ_CURVE_SECRETKEY, keys.curve.secret_text, 40),
			 0);
	ck_assert_int_eq(zmq_bind(router, "tcp://127.0.0.1:*"), 0);
	ck_assert_int_eq(zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &size), 0);
	assert_error(
		listen_self_test(context, NULL, endpoint, keys.curve.public_text, &refusals, &err),
		ERR_DENIED, err, "a key that nobody enrolled was let in");
	(void)zmq_close(router);
	(void)zmq_ctx_term(context);
}
END_TEST

static enum err_code allow_all(void *context, const uint8_t key[32], int *allowed, struct err *e)
{
	(void)context;
	(void)key;
	(void)e;
	*allowed = 1;
	return ERR_OK;
}

START_TEST(a_zap_handler_that_lets_anybody_in_is_found_out)
{
	void *context = zmq_ctx_new();
	struct zap *zap = NULL, *second = NULL;
	struct zap_refusals refusals = { 0 };
	struct listen l;
	struct peer keys;
	char *endpoints[] = { (char[]){ "tcp://127.0.0.1:*" } };

	peer_init(&keys, "server", 0);
	assert_ok(zap_open(context, allow_all, NULL, &zap, &err), err);
	assert_error(zap_open(context, allow_all, NULL, &second, &err), ERR_BUSY, err,
		     "inproc://zeromq.zap.01");
	assert_error(listen_open(context, NULL, &keys.curve, endpoints, 1, &l, &err), ERR_CONFIG,
		     err, "listen");
	assert_ok(listen_open(context, zap, &keys.curve, endpoints, 1, &l, &err), err);
	assert_error(
		listen_self_test(context, zap, l.endpoint, keys.curve.public_text, &refusals, &err),
		ERR_DENIED, err, "a key that nobody enrolled was let in");
	listen_close(&l);
	zap_close(&zap);
	(void)zmq_ctx_term(context);
}
END_TEST

static enum err_code allow_nobody(void *context, const uint8_t key[32], int *allowed, struct err *e)
{
	(void)context;
	(void)key;
	(void)e;
	*allowed = 0;
	return ERR_OK;
}

/* An agent's socket for a key that nobody enrolled; tries again after that many milliseconds, or
 * never (-1). */
static void *stranger_socket(void *context, const char *server_public, int again_ms)
{
	void *socket = zmq_socket(context, ZMQ_DEALER);
	struct peer keys;

	ck_assert_ptr_nonnull(socket);
	peer_init(&keys, "stranger", 9);
	set_int(socket, ZMQ_LINGER, 0);
	set_int(socket, ZMQ_RECONNECT_IVL, again_ms);
	ck_assert_int_eq(zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_public, 40), 0);
	ck_assert_int_eq(zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys.curve.public_text, 40),
			 0);
	ck_assert_int_eq(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys.curve.secret_text, 40),
			 0);
	return socket;
}

START_TEST(who_is_refused_during_the_self_test_is_counted_and_its_own_stranger_is_not)
{
	void *context = zmq_ctx_new();
	struct zap *zap = NULL;
	struct zap_refusals refusals = { 0 };
	struct listen l;
	struct peer keys;
	char *endpoints[] = { any_port };
	void *socket;

	peer_init(&keys, "server", 0);
	assert_ok(zap_open(context, allow_nobody, NULL, &zap, &err), err);
	assert_ok(listen_open(context, zap, &keys.curve, endpoints, 1, &l, &err), err);
	socket = stranger_socket(context, keys.curve.public_text, -1);
	ck_assert_int_eq(zmq_connect(socket, l.endpoint), 0);
	/* at the door, waiting to be answered */
	ck_assert_int_eq(
		zmq_poll(&(zmq_pollitem_t){ .socket = zap_socket(zap), .events = ZMQ_POLLIN }, 1,
			 PATIENCE_MS),
		1);
	assert_ok(
		listen_self_test(context, zap, l.endpoint, keys.curve.public_text, &refusals, &err),
		err);
	ck_assert_int_eq(refusals.keys, 1);
	ck_assert_int_eq(refusals.malformed, 0);
	(void)zmq_close(socket);
	listen_close(&l);
	zap_close(&zap);
	(void)zmq_ctx_term(context);
}
END_TEST

#define STRANGERS 12

/* Strangers who wait for ingest before it starts, and knock once. */
static void strangers_open(struct city *c, const char *door, void *sockets[STRANGERS])
{
	for (int i = 0; i < STRANGERS; i++) {
		sockets[i] = stranger_socket(c->context, c->server.public_text, 1);
		ck_assert_int_eq(zmq_connect(sockets[i], door), 0);
	}
}

static void strangers_close(void *sockets[STRANGERS])
{
	for (int i = 0; i < STRANGERS; i++)
		(void)zmq_close(sockets[i]);
}

START_TEST(strangers_who_come_while_ingest_starts_are_all_on_record)
{
	struct city c;
	char door[512];
	void *sockets[STRANGERS];

	city_open(&c);
	(void)snprintf(door, sizeof door, "ipc://%s/door", harness_folder());
	c.listen[0] = door;
	for (int start = 1; start <= 5; start++) {
		ingest_close(&c.ingest);
		strangers_open(&c, door, sockets);
		city_start(&c);
		turn_until(&c, COUNTER_KEYS_REFUSED, (int64_t)start * STRANGERS);
		ck_assert_int_eq(counted(&c, COUNTER_KEYS_REFUSED), (int64_t)start * STRANGERS);
		strangers_close(sockets);
	}
	city_close(&c);
}
END_TEST

/* Events of handshakes that fail just then must not hold up the end. */
START_TEST(ingest_ends_while_strangers_knock)
{
	struct city c;
	char door[512];
	void *sockets[STRANGERS];

	city_open(&c);
	(void)snprintf(door, sizeof door, "ipc://%s/door", harness_folder());
	c.listen[0] = door;
	for (int start = 0; start < 10; start++) {
		const int64_t before = counted(&c, COUNTER_KEYS_REFUSED);

		ingest_close(&c.ingest);
		strangers_open(&c, door, sockets);
		city_start(&c);
		turn_until(&c, COUNTER_KEYS_REFUSED, before + 1);
		strangers_close(sockets);
	}
	city_close(&c);
}
END_TEST

START_TEST(an_endpoint_in_use_is_named)
{
	struct city c;
	struct ingest_settings settings;
	struct ingest *second = NULL;
	char endpoint[256];

	city_open(&c);
	settings = settings_of(&c);
	(void)snprintf(endpoint, sizeof endpoint, "%s", ingest_endpoint(c.ingest));
	c.listen[0] = endpoint;
	assert_error(ingest_open(&settings, &second, &err), ERR_IO, err, endpoint);
	ck_assert_ptr_null(second);
	city_close(&c);
}
END_TEST

/* ---- the conversation */

START_TEST(hello_is_answered_with_a_generation_that_lasts)
{
	struct city c;
	struct peer p;
	struct line l;
	const District__Welcome *w;

	city_open(&c);
	peer_init(&p, "hall-green", 1);
	(void)peer_enrol(c.store, &p, north, "active");
	line_open(&c, &p, &l);
	line_hello(&l, &p, 0, NULL);
	w = line_await(&c, &l)->welcome;
	ck_assert_int_eq(l.frame.envelope->body_case, DISTRICT__ENVELOPE__BODY_WELCOME);
	ck_assert_mem_eq(w->store.data, c.store->id, 16);
	ck_assert_mem_eq(w->spool.data, p.spool, 16);
	ck_assert_uint_eq(w->generation, 1);
	ck_assert_uint_eq(w->stored_up_to, 0);
	ck_assert_uint_eq(w->credit_bytes, 1024 * 1024);
	ck_assert_int_eq(w->clock_difference_us, 5000000);
	ck_assert_uint_eq(w->last_digest.len, 0);
	memset(p.spool, 2, sizeof p.spool);
	line_hello(&l, &p, 0, NULL);
	ck_assert_uint_eq(line_await(&c, &l)->welcome->generation, 2);
	memset(p.spool, 1, sizeof p.spool);
	line_hello(&l, &p, 0, NULL);
	ck_assert_uint_eq(line_await(&c, &l)->welcome->generation, 1);
	ck_assert_int_eq(store_int(c.store, "SELECT count(*) FROM spool"), 2);
	line_close(&l);
	city_close(&c);
}
END_TEST

START_TEST(a_receipt_comes_after_the_entry_is_in_the_store)
{
	struct city c;
	struct peer p;
	struct line l;
	const District__Receipt *r;

	city_open(&c);
	peer_init(&p, "hall-green", 1);
	(void)peer_enrol(c.store, &p, north, "active");
	line_open(&c, &p, &l);
	line_hello(&l, &p, 0, NULL);
	(void)line_await(&c, &l);
	line_report(&l, &p, 1, "north");
	r = line_receipt(&c, &l);
	ck_assert_uint_eq(r->stored_up_to, 1);
	ck_assert_mem_eq(r->spool.data, p.spool, 16);
	ck_assert_uint_eq(r->n_already, 0);
	ck_assert_uint_eq(r->n_refused, 0);
	ck_assert_uint_gt(r->credit_bytes, 0);
	ck_assert_int_eq(store_int(c.store, "SELECT count(*) FROM report WHERE sequence = 1"), 1);
	turn_until_idle(&c);
	ck_assert_int_eq(store_int(c.store, "SELECT count(*) FROM current"), 1);
	ck_assert_int_eq(store_int(c.store, "SELECT count(*) FROM rollup WHERE area = 'city'"), 1);
	line_close(&l);
	city_close(&c);
}
END_TEST

START_TEST(an_entry_delivered_twice_is_kept_once_and_listed_as_already_stored)
{
	struct city c;
	struct peer p;
	struct line l;
	const District__Receipt *r;
	struct payload payload;
	struct entry_text text = { 0 };

	city_open(&c);
	peer_init(&p, "hall-green", 1);
	(void)peer_enrol(c.store, &p, north, "active");
	payload_report(&p, 1, &text, &payload);
	line_open(&c, &p, &l);
	line_entry(&l, &payload);
	(void)line_receipt(&c, &l);
	line_entry(&l, &payload);
	r = line_receipt(&c, &l);
	ck_assert_uint_eq(r->stored_up_to, 1);
	ck_assert_uint_eq(r->n_already, 1);
	ck_assert_uint_eq(r->already[0], 1);
	ck_assert_int_eq(counted(&c, COUNTER_DUPLICATES), 1);
	ck_assert_int_eq(store_int(c.store, "SELECT count(*) FROM report"), 1);
	line_hello(&l, &p, 1, payload.digest);
	ck_assert_mem_eq(line_await(&c, &l)->welcome->last_digest.data, payload.digest, 32);
	free(payload.bytes);
	line_close(&l);
	city_close(&c);
}
END_TEST

START_TEST(entries_out_of_order_are_stored_and_told_as_ranges_beyond)
{
	struct city c;
	struct peer p;
	struct line l;
	const District__Receipt *r;
	struct payload payload;

	city_open(&c);
	peer_init(&p, "hall-green", 1);
	(void)peer_enrol(c.store, &p, north, "active");
	line_open(&c, &p, &l);
	line_report(&l, &p, 3, "north");
	r = line_receipt(&c, &l);
	ck_assert_uint_eq(r->stored_up_to, 0);
	ck_assert_uint_eq(r->n_beyond, 1);
	ck_assert_uint_eq(r->beyond[0]->first, 3);
	ck_assert_uint_eq(r->beyond[0]->last, 3);
	payload_void(&p, 4, 1, 2, &payload);
	line_entry(&l, &payload);
	free(payload.bytes);
	r = line_receipt(&c, &l);
	ck_assert_uint_eq(r->stored_up_to, 4);
	ck_assert_uint_eq(r->n_beyond, 0);
	ck_assert_int_eq(store_int(c.store, "SELECT last FROM void WHERE first = 1"), 2);
	line_close(&l);
	city_close(&c);
}
END_TEST

START_TEST(a_refused_entry_counts_as_answered_and_is_told_again_before_welcome)
{
	struct city c;
	struct peer p;
	struct line l;
	const District__Receipt *r;

	city_open(&c);
	peer_init(&p, "hall-green", 1);
	(void)peer_enrol(c.store, &p, north, "active");
	line_open(&c, &p, &l);
	line_report(&l, &p, 1, "south");
	r = line_receipt(&c, &l);
	ck_assert_uint_eq(r->stored_up_to, 1);
	ck_assert_uint_eq(r->n_refused, 1);
	ck_assert_uint_eq(r->refused[0]->sequence, 1);
	ck_assert_str_eq(r->refused[0]->code, "denied");
	ck_assert_ptr_nonnull(strstr(r->refused[0]->reason, "not bound to area south"));
	ck_assert_int_eq(counted(&c, COUNTER_REFUSED_AREA), 1);
	line_hello(&l, &p, 0, NULL);
	r = line_receipt(&c, &l);
	ck_assert_uint_eq(r->n_refused, 1);
	ck_assert_str_eq(r->refused[0]->code, "denied");
	ck_assert_uint_eq(line_await(&c, &l)->welcome->stored_up_to, 1);
	ck_assert_int_eq(store_int(c.store, "SELECT count(*) FROM report"), 0);
	ck_assert_int_eq(store_int(c.store, "SELECT count(*) FROM refusal WHERE area = 'south'"),
			 1);
	line_close(&l);
	city_close(&c);
}
END_TEST

START_TEST(a_suspended_agent_is_told_so_on_its_open_connection_at_once)
{
	struct city c;
	struct peer p;
	struct line l;
	const District__Goodbye *g;

	city_open(&c);
	peer_init(&p, "hall-green", 1);
	(void)peer_enrol(c.store, &p, north, "active");
	line_open(&c, &p, &l);
	line_hello(&l, &p, 0, NULL);
	(void)line_await(&c, &l);
	assert_ok(store_agent_move(c.store, "hall-green", "suspended", 9, &err), err);
	line_report(&l, &p, 1, "north");
	g = line_await(&c, &l)->goodbye;
	ck_assert_int_eq(l.frame.envelope->body_case, DISTRICT__ENVELOPE__BODY_GOODBYE);
	ck_assert_str_eq(g->code, "denied");
	ck_assert_ptr_nonnull(strstr(g->reason, "hall-green is suspended"));
	ck_assert_int_eq(counted(&c, COUNTER_GOODBYE_NOT_ACTIVE), 1);
	ck_assert_int_eq(store_int(c.store, "SELECT count(*) FROM report"), 0);
	assert_ok(store_agent_move(c.store, "hall-green", "active", 9, &err), err);
	line_report(&l, &p, 1, "north");
	ck_assert_uint_eq(line_receipt(&c, &l)->stored_up_to, 1);
	line_close(&l);
	city_close(&c);
}
END_TEST

START_TEST(an_agent_enrolled_while_ingest_runs_gets_in_without_a_restart)
{
	struct city c;
	struct peer p;
	struct line l;

	city_open(&c);
	peer_init(&p, "hall-green", 1);
	line_open(&c, &p, &l);
	turn_until(&c, COUNTER_KEYS_REFUSED, 1);
	line_close(&l); /* a refused client does not try again by itself */
	(void)peer_enrol(c.store, &p, north, "active");
	line_open(&c, &p, &l);
	line_hello(&l, &p, 0, NULL);
	ck_assert_uint_eq(line_await(&c, &l)->welcome->generation, 1);
	line_close(&l);
	assert_ok(store_agent_move(c.store, "hall-green", "removed", 9, &err), err);
	line_open(&c, &p, &l);
	turn_until(&c, COUNTER_KEYS_REFUSED, 2);
	line_close(&l);
	city_close(&c);
}
END_TEST

/* ---- what is dropped */

START_TEST(a_frame_over_the_limit_cuts_the_connection_and_harms_nobody_else)
{
	struct city c;
	struct peer p, q;
	struct line l, other;
	uint8_t *big = calloc(1, LIMIT_FRAME_BYTES + 1);

	city_open(&c);
	peer_init(&p, "hall-green", 1);
	peer_init(&q, "ladywood", 2);
	(void)peer_enrol(c.store, &p, north, "active");
	(void)peer_enrol(c.store, &q, north, "active");
	line_open(&c, &p, &l);
	line_open(&c, &q, &other);
	line_hello(&l, &p, 0, NULL);
	(void)line_await(&c, &l);
	line_send(&l, big, LIMIT_FRAME_BYTES + 1);
	line_hello(&other, &q, 0, NULL);
	ck_assert_uint_eq(line_await(&c, &other)->welcome->generation, 1);
	line_hello(&l, &p, 0, NULL); /* after it has connected anew */
	(void)line_await(&c, &l);
	ck_assert_int_eq(store_int(c.store, "SELECT count(*) FROM report"), 0);
	free(big);
	line_close(&l);
	line_close(&other);
	city_close(&c);
}
END_TEST

START_TEST(rubbish_several_parts_and_an_aggregator_s_messages_are_counted)
{
	struct city c;
	struct peer p;
	struct line l;
	uint8_t *bytes;
	size_t len;
	District__Envelope e = DISTRICT__ENVELOPE__INIT;
	District__Goodbye g = DISTRICT__GOODBYE__INIT;

	city_open(&c);
	peer_init(&p, "hall-green", 1);
	(void)peer_enrol(c.store, &p, north, "active");
	line_open(&c, &p, &l);
	line_send(&l, (const uint8_t *)"\xff\xff\xff", 3);
	ck_assert_str_eq(line_await(&c, &l)->goodbye->code, "malformed");
	ck_assert_int_eq(counted(&c, COUNTER_GOODBYE_MALFORMED), 1);
	line_send(&l, (const uint8_t *)"\x08\x07", 2); /* version 7, no body */
	ck_assert_str_eq(line_await(&c, &l)->goodbye->code, "version");
	ck_assert_uint_eq(l.frame.envelope->goodbye->versions[0], FRAME_VERSION);
	ck_assert_int_eq(counted(&c, COUNTER_GOODBYE_VERSION), 1);
	ck_assert_int_eq(zmq_send(l.socket, "a", 1, ZMQ_SNDMORE), 1);
	ck_assert_int_eq(zmq_send(l.socket, "b", 1, ZMQ_SNDMORE), 1);
	ck_assert_int_eq(zmq_send(l.socket, "c", 1, 0), 1);
	turn_until(&c, COUNTER_DROPPED_PARTS, 1);
	g.code = (char[]){ "denied" };
	g.reason = (char[]){ "no" };
	e.version = FRAME_VERSION;
	e.body_case = DISTRICT__ENVELOPE__BODY_GOODBYE;
	e.goodbye = &g;
	assert_ok(frame_encode(&e, &bytes, &len, &err), err);
	line_send(&l, bytes, len);
	free(bytes);
	turn_until(&c, COUNTER_DROPPED_UNEXPECTED, 1);
	line_close(&l);
	city_close(&c);
}
END_TEST

/* ---- health, counters, restart */

START_TEST(a_heartbeat_and_the_counters_reach_the_store_and_survive_a_restart)
{
	struct city c;
	struct peer p;
	struct line l;
	District__Envelope e = DISTRICT__ENVELOPE__INIT;
	District__Heartbeat h = DISTRICT__HEARTBEAT__INIT;
	uint8_t *bytes;
	size_t len;

	city_open(&c);
	peer_init(&p, "hall-green", 1);
	(void)peer_enrol(c.store, &p, north, "active");
	line_open(&c, &p, &l);
	line_hello(&l, &p, 0, NULL);
	(void)line_await(&c, &l);
	h.spool.data = p.spool;
	h.spool.len = sizeof p.spool;
	h.clock_us = clock_wall_us() - 2000000;
	h.entries_waiting = 12;
	h.oldest_waiting_us = 77;
	h.last_fault = (char[]){ "date_invalid" };
	h.program = (char[]){ "district-agent 1.0.0" };
	e.version = FRAME_VERSION;
	e.body_case = DISTRICT__ENVELOPE__BODY_HEARTBEAT;
	e.heartbeat = &h;
	assert_ok(frame_encode(&e, &bytes, &len, &err), err);
	line_send(&l, bytes, len);
	free(bytes);
	turn_until(&c, COUNTER_HEARTBEATS, 1);
	line_close(&l);
	ingest_close(&c.ingest);
	ck_assert_int_eq(store_int(c.store, "SELECT entries_waiting FROM health"), 12);
	ck_assert_int_eq(store_int(c.store, "SELECT clock_difference_us FROM health"), -2000000);
	ck_assert_int_eq(store_int(c.store, "SELECT value FROM counter WHERE name = 'hellos'"), 1);
	city_start(&c);
	ck_assert_int_eq(counted(&c, COUNTER_HELLOS), 1);
	line_open(&c, &p, &l);
	line_report(&l, &p, 1, "north"); /* no Hello: the store knows the spool or adds it */
	ck_assert_uint_eq(line_receipt(&c, &l)->stored_up_to, 1);
	line_close(&l);
	ingest_close(&c.ingest);
	ck_assert_int_eq(store_int(c.store, "SELECT entries_waiting FROM health"), 12);
	city_close(&c);
}
END_TEST

/* While another process holds the store's lock nothing is answered, and nothing is lost. */
START_TEST(nothing_is_acknowledged_while_the_store_cannot_commit)
{
	struct city c;
	struct peer p;
	struct line l;
	const int64_t start_ms = clock_mono_ms();
	char answer;

	city_open(&c);
	peer_init(&p, "hall-green", 1);
	(void)peer_enrol(c.store, &p, north, "active");
	line_open(&c, &p, &l);
	line_hello(&l, &p, 0, NULL);
	(void)line_await(&c, &l);
	turn_until_idle(&c);
	assert_ok(store_begin(c.store, &err), err);
	line_report(&l, &p, 1, "north");
	while (clock_mono_ms() - start_ms < LIMIT_DB_BUSY_MS + 1500)
		assert_ok(ingest_turn(c.ingest, -1, 10, &err), err);
	ck_assert_int_lt(zmq_recv(l.socket, &answer, 1, ZMQ_DONTWAIT), 0);
	store_rollback(c.store);
	ck_assert_uint_eq(line_receipt(&c, &l)->stored_up_to, 1);
	line_close(&l);
	city_close(&c);
}
END_TEST

/* One entry of a drain that the store will not take: the whole drain is as if it had not come. */
START_TEST(a_drain_that_fails_is_forgotten_whole_and_may_be_sent_again)
{
	struct city c;
	struct peer p;
	struct line l;
	char answer;

	city_open(&c);
	peer_init(&p, "hall-green", 1);
	(void)peer_enrol(c.store, &p, north, "active");
	line_open(&c, &p, &l);
	assert_ok(db_exec(c.store->db,
			  "CREATE TRIGGER fault BEFORE INSERT ON report BEGIN "
			  "SELECT RAISE(ABORT, 'disk trouble'); END",
			  &err),
		  err);
	line_report(&l, &p, 1, "north");
	turn_until(&c, COUNTER_COMMITS_FAILED, 1);
	ck_assert_int_lt(zmq_recv(l.socket, &answer, 1, ZMQ_DONTWAIT), 0);
	ck_assert_int_eq(counted(&c, COUNTER_STORED), 0);
	ck_assert_int_eq(counted(&c, COUNTER_RECEIPTS), 0);
	ck_assert_int_eq(store_int(c.store, "SELECT count(*) FROM spool"), 0);
	ck_assert_int_eq(store_int(c.store, "SELECT count(*) FROM measure_owner"), 0);
	assert_ok(db_exec(c.store->db, "DROP TRIGGER fault", &err), err);
	line_report(&l, &p, 1, "north");
	ck_assert_uint_eq(line_receipt(&c, &l)->stored_up_to, 1);
	ck_assert_int_eq(store_int(c.store, "SELECT count(*) FROM measure_owner"), 1);
	line_close(&l);
	city_close(&c);
}
END_TEST

/* A figure that is far out of line is a signal once everything is rolled up; not before. */
START_TEST(signals_are_looked_for_when_nothing_waits)
{
	static const int64_t usual[] = { 100, 104, 97, 101, 96, 103, 99, 102, 98, 100, 103, 97 };
	struct city c;
	struct peer p;
	struct line l;
	struct ingest_settings settings;
	struct measure_set *measures = NULL;
	int64_t end_ms = clock_mono_ms() + PATIENCE_MS;

	city_open(&c);
	ingest_close(&c.ingest);
	assert_ok(measures_load(NULL, &measures, &err), err);
	settings = settings_of(&c);
	settings.measures = measures;
	assert_ok(ingest_open(&settings, &c.ingest, &err), err);
	peer_init(&p, "hall-green", 1);
	(void)peer_enrol(c.store, &p, north, "active");
	line_open(&c, &p, &l);
	line_hello(&l, &p, 0, NULL);
	(void)line_await(&c, &l);
	for (int i = 0; i < 13; i++) {
		const struct figure figures[] = {
			{ "contacts", "", "", i < 12 ? usual[i] : 190, 1 }, { .measure = NULL }
		};
		struct period month = period_next(period_of(PERIOD_MONTH, clock_today()), i - 13);
		char text[PERIOD_TEXT_BYTES];
		struct entry_text entry = { .period = period_format(month, text),
					    .as_at = period_end(month),
					    .figures = figures };
		struct payload payload;

		payload_report(&p, (uint64_t)i + 1, &entry, &payload);
		line_entry(&l, &payload);
		free(payload.bytes);
	}
	turn_until(&c, COUNTER_STORED, 13);
	turn_until_idle(&c);
	ck_assert_int_eq(ingest_has_signals(c.ingest), 0);
	while (!ingest_has_signals(c.ingest)) {
		ck_assert_msg(clock_mono_ms() < end_ms, "signals are never done");
		assert_ok(ingest_turn(c.ingest, -1, 10, &err), err);
	}
	ck_assert_int_eq(store_int(c.store, "SELECT count(*) FROM signal WHERE state = 2 "
					    "AND measure = 'contacts' AND area = 'north'"),
			 1);
	ck_assert_int_eq(counted(&c, COUNTER_SIGNALS_OPENED), 1);
	ck_assert_int_eq(counted(&c, COUNTER_SIGNALS_FAILED), 0);
	line_close(&l);
	city_close(&c);
	measures_free(&measures);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, signals_are_looked_for_when_nothing_waits);
	tcase_add_test(tc, a_key_that_nobody_enrolled_is_refused_and_counted);
	tcase_add_test(tc, without_a_zap_handler_the_self_test_refuses_to_start);
	tcase_add_test(tc, a_zap_handler_that_lets_anybody_in_is_found_out);
	tcase_add_test(tc,
		       who_is_refused_during_the_self_test_is_counted_and_its_own_stranger_is_not);
	tcase_add_test(tc, strangers_who_come_while_ingest_starts_are_all_on_record);
	tcase_add_test(tc, ingest_ends_while_strangers_knock);
	tcase_add_test(tc, an_endpoint_in_use_is_named);
	tcase_add_test(tc, hello_is_answered_with_a_generation_that_lasts);
	tcase_add_test(tc, a_receipt_comes_after_the_entry_is_in_the_store);
	tcase_add_test(tc, an_entry_delivered_twice_is_kept_once_and_listed_as_already_stored);
	tcase_add_test(tc, entries_out_of_order_are_stored_and_told_as_ranges_beyond);
	tcase_add_test(tc, a_refused_entry_counts_as_answered_and_is_told_again_before_welcome);
	tcase_add_test(tc, a_suspended_agent_is_told_so_on_its_open_connection_at_once);
	tcase_add_test(tc, an_agent_enrolled_while_ingest_runs_gets_in_without_a_restart);
	tcase_add_test(tc, a_frame_over_the_limit_cuts_the_connection_and_harms_nobody_else);
	tcase_add_test(tc, rubbish_several_parts_and_an_aggregator_s_messages_are_counted);
	tcase_add_test(tc, a_heartbeat_and_the_counters_reach_the_store_and_survive_a_restart);
	tcase_add_test(tc, nothing_is_acknowledged_while_the_store_cannot_commit);
	tcase_add_test(tc, a_drain_that_fails_is_forgotten_whole_and_may_be_sent_again);
}

HARNESS_MAIN("ingest", add)
