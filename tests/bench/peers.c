#include "tests/bench/peers.h"

#include <stdlib.h>
#include <zmq.h>

#include "proto/clock.h"

static void send_envelope(struct peer *p, const uint8_t *bytes, size_t len)
{
	if (zmq_send(p->socket, bytes, len, 0) < 0)
		city_die("send", zmq_strerror(zmq_errno()));
}

static void hello(struct peer *p)
{
	District__Hello h = DISTRICT__HELLO__INIT;
	District__Envelope e = DISTRICT__ENVELOPE__INIT;
	uint32_t version = FRAME_VERSION;
	uint8_t *bytes;
	size_t len;
	struct err err = { .code = ERR_OK };

	h.agent = (char *)(uintptr_t)p->agent->name;
	h.spool.data = (uint8_t *)(uintptr_t)p->agent->spool;
	h.spool.len = FRAME_SPOOL_BYTES;
	h.n_versions = 1;
	h.versions = &version;
	h.clock_us = clock_wall_us();
	h.program = (char[]){ "bench 1.0.0" };
	e.version = FRAME_VERSION;
	e.body_case = DISTRICT__ENVELOPE__BODY_HELLO;
	e.hello = &h;
	if (frame_encode(&e, &bytes, &len, &err) != ERR_OK)
		city_die("hello", err.text);
	send_envelope(p, bytes, len);
	free(bytes);
}

static void send_entries(struct peer *p)
{
	while (p->n_sent < p->n && p->under_way + p->entries[p->n_sent].payload_len <= p->credit) {
		struct city_entry *entry = &p->entries[p->n_sent];
		uint8_t *bytes;
		size_t len;
		struct err err = { .code = ERR_OK };

		if (frame_encode_signed(DISTRICT__ENVELOPE__BODY_ENTRY, entry->payload,
					entry->payload_len, entry->signature, &bytes, &len,
					&err) != ERR_OK)
			city_die("entry", err.text);
		p->under_way += entry->payload_len;
		p->sent_s[p->n_sent++] = city_seconds();
		send_envelope(p, bytes, len);
		free(bytes);
	}
}

static void on_receipt(struct peers *all, struct peer *p, const District__Receipt *r)
{
	double now = city_seconds();

	if (r->n_refused > 0)
		city_die("refused", r->refused[0]->reason);
	while ((uint64_t)(p->n_before + p->n_acked) < r->stored_up_to) {
		p->under_way -= p->entries[p->n_acked].payload_len;
		all->latency_s[all->n_latency++] = now - p->sent_s[p->n_acked++];
	}
	p->credit = r->credit_bytes;
}

static void on_message(struct peers *all, struct peer *p, struct frame *f, struct frame *inner)
{
	zmq_msg_t msg;
	struct err err = { .code = ERR_OK };

	(void)zmq_msg_init(&msg);
	while (zmq_msg_recv(&msg, p->socket, ZMQ_DONTWAIT) >= 0) {
		if (frame_decode(f, zmq_msg_data(&msg), zmq_msg_size(&msg), &err) != ERR_OK)
			city_die("answer", err.text);
		if (f->envelope->body_case == DISTRICT__ENVELOPE__BODY_WELCOME) {
			p->credit = f->envelope->welcome->credit_bytes;
		} else if (f->envelope->body_case == DISTRICT__ENVELOPE__BODY_RECEIPT) {
			District__Signed *s = f->envelope->receipt;

			if (frame_decode_receipt(inner, s->payload.data, s->payload.len, &err) !=
			    ERR_OK)
				city_die("receipt", err.text);
			on_receipt(all, p, inner->receipt);
		} else if (f->envelope->body_case == DISTRICT__ENVELOPE__BODY_GOODBYE) {
			city_die("goodbye", f->envelope->goodbye->reason);
		}
	}
	(void)zmq_msg_close(&msg);
}

static void *connect_peer(void *context, const struct peers *all, const struct city_agent *agent)
{
	void *socket = zmq_socket(context, ZMQ_DEALER);
	int zero = 0;
	int wide = 30000;

	if (socket == NULL)
		city_die("socket", zmq_strerror(zmq_errno()));
	(void)zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
	(void)zmq_setsockopt(socket, ZMQ_HANDSHAKE_IVL, &wide, sizeof wide);
	(void)zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, all->server_key, 40);
	(void)zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, agent->curve_public, 40);
	(void)zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, agent->curve_secret, 40);
	if (zmq_connect(socket, all->endpoint) != 0)
		city_die(all->endpoint, zmq_strerror(zmq_errno()));
	return socket;
}

static void peers_connect(struct peers *p, void *context, zmq_pollitem_t *items)
{
	for (int i = 0; i < p->n; i++) {
		p->items[i].socket = connect_peer(context, p, p->items[i].agent);
		items[i].socket = p->items[i].socket;
		items[i].events = ZMQ_POLLIN;
		hello(&p->items[i]);
	}
}

/* Takes what has come; *n_welcome and *n_done: of all. */
static void peers_take(struct peers *p, const zmq_pollitem_t *items, struct frame *f,
		       struct frame *inner, int *n_welcome, int *n_done)
{
	*n_welcome = *n_done = 0;
	for (int i = 0; i < p->n; i++) {
		struct peer *one = &p->items[i];

		if (items[i].revents & ZMQ_POLLIN)
			on_message(p, one, f, inner);
		one->welcomed |= one->credit > 0;
		*n_welcome += one->welcomed;
		*n_done += one->n_acked == one->n;
	}
}

double peers_converse(struct peers *p, double *first_s)
{
	void *context = zmq_ctx_new();
	zmq_pollitem_t *items = calloc((size_t)p->n, sizeof *items);
	struct frame f = { .arena = NULL };
	struct frame inner = { .arena = NULL };
	double end = city_seconds() + p->patience_s;
	double last_s;
	int n_done = 0;
	int n_welcome = 0;

	(void)zmq_ctx_set(context, ZMQ_MAX_SOCKETS, p->n + 16);
	peers_connect(p, context, items);
	*first_s = 0;
	while (n_done < p->n) {
		if (city_seconds() > end)
			city_die("converse", "no end in sight; see the log");
		(void)zmq_poll(items, p->n, 100);
		peers_take(p, items, &f, &inner, &n_welcome, &n_done);
		if (n_welcome < p->n)
			continue;
		if (*first_s == 0)
			*first_s = city_seconds();
		for (int i = 0; i < p->n; i++)
			send_entries(&p->items[i]);
	}
	last_s = city_seconds();
	frame_clear(&f);
	frame_clear(&inner);
	free(items);
	for (int i = 0; i < p->n; i++)
		(void)zmq_close(p->items[i].socket);
	(void)zmq_ctx_term(context);
	return last_s - *first_s;
}
