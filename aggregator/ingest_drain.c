#include "aggregator/ingest_private.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "proto/clock.h"
#include "proto/period.h"

/* One drain. In: messages that wait on the ROUTER. Out: one transaction with every entry that was
 * admitted or refused, then answers. Dropped: messages without User-Id or of several parts, frames
 * beyond their agent's credit (counters dropped_*). */

#define DRAIN_SMALL_BYTES 1024 /* a Hello or Heartbeat is taken whatever the credit */
#define DRAIN_STALL_MS 10000   /* waiting without anything arriving: lend a frame's room */

struct ingest_message {
	zmq_msg_t routing, body;
	int n_parts;
};

static void ingest_message_close(struct ingest_message *m)
{
	(void)zmq_msg_close(&m->routing);
	(void)zmq_msg_close(&m->body);
}

/* Takes one message with all its parts; 0 when none waits. Beyond two, parts are only counted. */
static int ingest_receive(void *router, struct ingest_message *m)
{
	int more;

	m->n_parts = 0;
	(void)zmq_msg_init(&m->routing);
	(void)zmq_msg_init(&m->body);
	do {
		zmq_msg_t rest;
		zmq_msg_t *to = m->n_parts == 0 ? &m->routing : m->n_parts == 1 ? &m->body : &rest;

		if (to == &rest)
			(void)zmq_msg_init(&rest);
		if (zmq_msg_recv(to, router, ZMQ_DONTWAIT) < 0) {
			ingest_message_close(m);
			return 0;
		}
		m->n_parts++;
		more = zmq_msg_more(to);
		if (to == &rest)
			(void)zmq_msg_close(&rest);
	} while (more);
	return 1;
}

/* ---- what a message does */

static enum err_code ingest_hello(struct ingest *i, struct session *s, int64_t now_us,
				  const uint8_t *routing, size_t routing_len, struct err *err)
{
	struct admitted *m = &i->admitted;
	const District__Hello *h = m->envelope->hello;
	struct store_spool spool;
	struct ingest_answer *a;
	enum err_code code = store_spool(i->store, m->agent.id, h->spool.data, &spool, err);

	if (code == ERR_TOO_BIG) {
		m->why = *err;
		m->counter = COUNTER_GOODBYE_OTHER;
		ingest_goodbye(i, routing, routing_len);
		return ERR_OK;
	}
	if (code != ERR_OK)
		return code;
	session_hello(s, h, now_us);
	a = ingest_answer_for(i, s, &spool, h->spool.data);
	if (a != NULL) {
		a->welcome = 1;
		a->last_sequence = h->last_sequence;
	}
	return ERR_OK;
}

static enum err_code ingest_heartbeat(struct ingest *i, struct session *s, int64_t now_us,
				      struct err *err)
{
	const District__Heartbeat *h = i->admitted.envelope->heartbeat;
	const int64_t now_ms = clock_mono_ms();
	struct store_spool spool;
	enum err_code code;

	session_beat(s, h, now_us);
	if (s->spool.id == 0) {
		/* We were restarted under an open connection: it is told where it stands. */
		code = store_spool_find(i->store, s->agent, h->spool.data, &spool, err);
		if (code == ERR_OK)
			(void)ingest_answer_for(i, s, &spool, h->spool.data);
		else if (code != ERR_MISSING)
			return code;
	} else if (h->entries_waiting > 0 && now_ms - s->arrived_ms > DRAIN_STALL_MS &&
		   credit_lend(&i->credit, &s->credit, now_ms)) {
		(void)ingest_answer_for(i, s, &s->spool, s->spool_id);
	}
	return ERR_OK;
}

static enum err_code ingest_append(struct ingest *i, int64_t now_us, struct err *err)
{
	struct admitted *m = &i->admitted;
	const District__Signed *body = m->envelope->entry;
	struct store_entry entry = { .spool = m->spool.id,
				     .sequence = m->sequence,
				     .received_us = now_us,
				     .payload = body->payload.data,
				     .payload_len = body->payload.len,
				     .signature = body->signature.data,
				     .digest = m->digest };
	enum store_append_result result;
	int64_t report;
	enum err_code code = store_append(i->store, &entry, &result, &report, err);

	if (code != ERR_OK)
		return code;
	if (result != STORE_APPENDED) /* admit has just looked, in this transaction */
		return err_set(err, ERR_DB, "number %lld of spool %lld was stored meanwhile",
			       (long long)m->sequence, (long long)m->spool.id);
	i->drain->counted[COUNTER_BYTES_STORED] += (int64_t)body->payload.len;
	if (m->entry->body_case != DISTRICT__ENTRY__BODY_VOID)
		return ERR_OK;
	for (size_t n = 0; n < m->entry->void_->n_ranges && code == ERR_OK; n++)
		code = store_void(i->store, m->spool.id, (int64_t)m->entry->void_->ranges[n]->first,
				  (int64_t)m->entry->void_->ranges[n]->last, err);
	return code;
}

static void ingest_log_refusal(struct ingest *i)
{
	const struct admitted *m = &i->admitted;
	unsigned long n_held = 0;

	if (m->counter == COUNTER_CONFLICTS || log_repeat_due(&i->refused_log, &n_held))
		log_line(m->counter == COUNTER_CONFLICTS ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
			 "ingest: refused entry agent=%s seq=%lld: %s (%lu others not shown)",
			 m->agent.name, (long long)m->sequence, m->why.text, n_held);
}

static enum err_code ingest_refuse(struct ingest *i, int answer, int64_t now_us, struct err *err)
{
	struct admitted *m = &i->admitted;
	const District__Entry *e = m->entry;
	struct reply_refusal *told = &i->drain->refused[i->drain->n_refused];
	struct store_refusal refusal = { .spool = m->spool.id,
					 .sequence = m->sequence,
					 .at_us = now_us,
					 .digest = m->digest,
					 .code = err_name(m->why.code),
					 .reason = told->reason };
	struct period period;

	(void)snprintf(told->reason, sizeof told->reason, "%.*s", LIMIT_TEXT_BYTES, m->why.text);
	(void)snprintf(told->code, sizeof told->code, "%s", refusal.code);
	told->sequence = m->sequence;
	i->drain->refused_of[i->drain->n_refused++] = answer;
	if (e != NULL && e->body_case == DISTRICT__ENTRY__BODY_REPORT) {
		refusal.area = e->report->area;
		refusal.dataset = e->report->dataset;
		if (period_parse(e->report->period, &period, NULL) == ERR_OK)
			refusal.period = period_key(period);
	} else if (e != NULL && e->body_case == DISTRICT__ENTRY__BODY_EXTRACT_RETURN) {
		refusal.area = e->extract_return->area;
		refusal.dataset = e->extract_return->dataset;
	}
	ingest_log_refusal(i);
	return store_refuse(i->store, &refusal, err);
}

static enum err_code ingest_entry(struct ingest *i, struct session *s, int64_t now_us,
				  struct err *err)
{
	struct admitted *m = &i->admitted;
	struct ingest_answer *a;
	int index;

	session_contact(s, now_us);
	s->waiting_bytes += (int64_t)m->envelope->entry->payload.len;
	s->arrived_ms = clock_mono_ms();
	i->drain->counted[m->counter]++;
	a = ingest_answer_for(i, s, &m->spool, m->spool_id);
	if (a == NULL)
		return err_set(err, ERR_BUSY, "too many spools at once");
	index = (int)(a - i->drain->answers);
	if (m->result == ADMIT_STORE)
		return ingest_append(i, now_us, err);
	if (m->result == ADMIT_REFUSE)
		return ingest_refuse(i, index, now_us, err);
	i->drain->already_of[i->drain->n_already] = index;
	i->drain->already[i->drain->n_already++] = (uint64_t)m->sequence;
	return ERR_OK;
}

static void ingest_turn_away(struct ingest *i, struct ingest_message *msg)
{
	if (i->admitted.result == ADMIT_GOODBYE)
		ingest_goodbye(i, zmq_msg_data(&msg->routing), zmq_msg_size(&msg->routing));
	else
		counters_add(&i->counters, i->admitted.counter, 1);
}

static enum err_code ingest_act(struct ingest *i, struct session *s, struct ingest_message *msg,
				int64_t now_us, struct err *err)
{
	struct admitted *m = &i->admitted;

	switch (m->result) {
	case ADMIT_PASS:
		counters_add(&i->counters, m->counter, 1);
		if (m->envelope->body_case == DISTRICT__ENVELOPE__BODY_HEARTBEAT)
			return ingest_heartbeat(i, s, now_us, err);
		return ingest_hello(i, s, now_us, zmq_msg_data(&msg->routing),
				    zmq_msg_size(&msg->routing), err);
	case ADMIT_STORE:
	case ADMIT_ALREADY:
	case ADMIT_REFUSE:
		return ingest_entry(i, s, now_us, err);
	case ADMIT_GOODBYE:
	case ADMIT_DROP:
		ingest_turn_away(i, msg);
		break;
	}
	return ERR_OK;
}

/* A frame beyond the agent's credit is dropped; a receipt tells it where it stands. */
static int ingest_beyond_credit(struct ingest *i, struct session *s, size_t len)
{
	if (len <= DRAIN_SMALL_BYTES ||
	    credit_allows(&s->credit, s->waiting_bytes, (int64_t)len, clock_mono_ms()))
		return 0;
	counters_add(&i->counters, COUNTER_DROPPED_OVER_CREDIT, 1);
	if (s->spool.id != 0)
		(void)ingest_answer_for(i, s, &s->spool, s->spool_id);
	return 1;
}

static enum err_code ingest_take(struct ingest *i, struct ingest_message *msg, struct err *err)
{
	struct admitted *m = &i->admitted;
	const int64_t now_us = clock_wall_us();
	struct session *s = NULL;
	enum err_code code;

	if (msg->n_parts != 2 || zmq_msg_size(&msg->routing) > SESSION_ROUTING_BYTES) {
		counters_add(&i->counters, COUNTER_DROPPED_PARTS, 1);
		return ERR_OK;
	}
	code = admit_sender(i->admit, zmq_msg_gets(&msg->body, "User-Id"), m, err);
	if (code == ERR_OK && m->result != ADMIT_PASS) {
		ingest_turn_away(i, msg);
		return ERR_OK;
	}
	if (code == ERR_OK)
		code = sessions_get(&i->sessions, &m->agent, &s, err);
	if (code != ERR_OK)
		return code;
	s->heard_ms = clock_mono_ms();
	s->routing_len = zmq_msg_size(&msg->routing);
	memcpy(s->routing, zmq_msg_data(&msg->routing), s->routing_len);
	credit_join(&i->credit, &s->credit);
	if (ingest_beyond_credit(i, s, zmq_msg_size(&msg->body)))
		return ERR_OK;
	code = admit_frame(i->admit, zmq_msg_data(&msg->body), zmq_msg_size(&msg->body), now_us, m,
			   err);
	return code == ERR_OK ? ingest_act(i, s, msg, now_us, err) : code;
}

/* ---- the drain */

static enum err_code ingest_fill(struct ingest *i, struct err *err)
{
	struct ingest_drain *d = i->drain;
	const int64_t end_ms = clock_mono_ms() + LIMIT_DRAIN_MS;
	struct ingest_message msg;
	enum err_code code = ERR_OK;

	while (code == ERR_OK && !ingest_drain_is_full(d) && clock_mono_ms() < end_ms &&
	       ingest_receive(i->listen.router, &msg)) {
		d->bytes += (int64_t)zmq_msg_size(&msg.body);
		code = ingest_take(i, &msg, err);
		ingest_message_close(&msg);
	}
	for (int n = 0; n < d->n_answers && code == ERR_OK; n++) {
		int64_t stored_up_to;
		int n_beyond;

		code = store_advance(i->store, d->answers[n].spool.id, &stored_up_to, NULL,
				     &n_beyond, 0, err);
	}
	return code;
}

static void ingest_drain_reset(struct ingest *i)
{
	struct ingest_drain *d = i->drain;

	for (int n = 0; n < d->n_answers; n++)
		d->answers[n].session->waiting_bytes = 0;
	memset(d->counted, 0, sizeof d->counted);
	d->n_answers = 0;
	d->n_already = 0;
	d->n_refused = 0;
	d->bytes = 0;
}

/* Whatever the rolled-back transaction had taught us is unlearned; spools may not exist. */
static void ingest_unlearn(struct ingest *i)
{
	admit_forget(i->admit);
	for (int n = 0; n < i->drain->n_answers; n++)
		i->drain->answers[n].session->spool.id = 0;
}

void ingest_drain(struct ingest *i)
{
	struct err err = { .code = ERR_OK };
	enum err_code code = store_begin(i->store, &err);

	if (code != ERR_OK) { /* the messages stay where they are */
		ingest_fault(i, "drain", &err);
		return;
	}
	code = ingest_fill(i, &err);
	if (code == ERR_OK)
		code = store_commit(i->store, &err);
	if (code == ERR_OK) {
		for (int n = 0; n < COUNTERS; n++)
			if (i->drain->counted[n] > 0)
				counters_add(&i->counters, (enum counter)n, i->drain->counted[n]);
		counters_add(&i->counters, COUNTER_COMMITS, 1);
		if (i->drain->counted[COUNTER_STORED] > 0) {
			i->written_ms = clock_mono_ms();
			i->stored_ms = i->written_ms;
			if (i->lag >= 0)
				i->lag += i->drain->counted[COUNTER_STORED];
		}
		ingest_answer_all(i);
	} else {
		store_rollback(i->store);
		ingest_unlearn(i);
		counters_add(&i->counters, COUNTER_COMMITS_FAILED, 1);
		ingest_fault(i, "drain", &err);
	}
	ingest_drain_reset(i);
}
