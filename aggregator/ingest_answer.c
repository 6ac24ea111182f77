#include "aggregator/ingest_private.h"

#include <stdio.h>
#include <string.h>

#include "proto/clock.h"

/* After the commit: what each spool is told. In: the drain's answers. Out: Welcomes, receipts,
 * Goodbyes. An answer that cannot be sent at once is counted and dropped; the agent asks again. */

#define SWEEP_RECEIPTS_MAX 256  /* unasked receipts in one sweep */
#define SESSION_SILENT_MS 60000 /* four heartbeats: its credit goes to the others */

struct ingest_answer *ingest_answer_for(struct ingest *i, struct session *s,
					const struct store_spool *spool, const uint8_t *spool_id)
{
	struct ingest_drain *d = i->drain;
	struct ingest_answer *a;

	s->spool = *spool;
	memmove(s->spool_id, spool_id, FRAME_SPOOL_BYTES);
	for (int n = d->n_answers; n > 0; n--)
		if (d->answers[n - 1].session == s && d->answers[n - 1].spool.id == spool->id)
			return &d->answers[n - 1];
	if (d->n_answers == INGEST_ANSWERS)
		return NULL;
	a = &d->answers[d->n_answers++];
	*a = (struct ingest_answer){ .session = s, .spool = *spool };
	memcpy(a->spool_id, s->spool_id, FRAME_SPOOL_BYTES);
	return a;
}

int ingest_drain_is_full(const struct ingest_drain *d)
{
	return d->n_answers == INGEST_ANSWERS || d->n_already == INGEST_ALREADY ||
	       d->n_refused == LIMIT_RECEIPT_REFUSALS || d->bytes >= LIMIT_DRAIN_BYTES;
}

static void ingest_sent(struct ingest *i, enum err_code code, const struct err *err)
{
	unsigned long n_held = 0;

	if (code == ERR_OK)
		return;
	counters_add(&i->counters, COUNTER_REPLIES_LOST, 1);
	if (code != ERR_BUSY && log_repeat_due(&i->lost_log, &n_held))
		log_line(LOG_LEVEL_ERROR, "ingest: %s (%lu like it not shown)", err->text, n_held);
}

static struct reply_peer ingest_peer(const struct ingest *i, const struct session *s)
{
	return (struct reply_peer){ i->listen.router, s->routing, s->routing_len };
}

static struct reply_state ingest_state(struct ingest *i, const struct ingest_answer *a)
{
	return (struct reply_state){ .store = i->store,
				     .receipt_keys = i->settings.receipt_keys,
				     .spool = &a->spool,
				     .spool_id = a->spool_id,
				     .credit_bytes = credit_tell(&i->credit, &a->session->credit,
								 clock_mono_ms()) };
}

static void ingest_receipt(struct ingest *i, const struct ingest_answer *a, uint64_t *already,
			   size_t n_already, const struct reply_refusal *refused, size_t n_refused)
{
	struct reply_peer peer = ingest_peer(i, a->session);
	struct reply_state state = ingest_state(i, a);
	struct err err = { .code = ERR_OK };

	counters_add(&i->counters, COUNTER_RECEIPTS, 1);
	ingest_sent(i, reply_receipt(&peer, &state, already, n_already, refused, n_refused, &err),
		    &err);
}

/* ---- Hello */

struct ingest_refusals {
	struct reply_refusal items[LIMIT_RECEIPT_REFUSALS];
	size_t n;
};

static void ingest_on_refusal(void *context, int64_t sequence, const char *code, const char *reason)
{
	struct ingest_refusals *to = context;
	struct reply_refusal *r = &to->items[to->n];

	if (to->n == LIMIT_RECEIPT_REFUSALS)
		return;
	to->n++;
	r->sequence = sequence;
	(void)snprintf(r->code, sizeof r->code, "%s", code);
	(void)snprintf(r->reason, sizeof r->reason, "%s", reason);
}

/* The receipt that told of a refusal may have been lost, and "stored up to" passes over refused
 * numbers: so they are told again before every Welcome, which then never says that all is answered
 * while a dead letter is still on its way. */
static void ingest_tell_refusals(struct ingest *i, const struct ingest_answer *a)
{
	static struct ingest_refusals refusals; /* 140 KiB: not for the stack */
	struct err err = { .code = ERR_OK };

	refusals.n = 0;
	if (store_refusals(i->store, a->spool.id, LIMIT_RECEIPT_REFUSALS, ingest_on_refusal,
			   &refusals, &err) != ERR_OK)
		ingest_fault(i, "read refusals", &err);
	else if (refusals.n > 0)
		ingest_receipt(i, a, NULL, 0, refusals.items, refusals.n);
}

static void ingest_welcome(struct ingest *i, const struct ingest_answer *a)
{
	struct reply_peer peer = ingest_peer(i, a->session);
	struct reply_state state = ingest_state(i, a);
	struct err err = { .code = ERR_OK };

	ingest_tell_refusals(i, a);
	ingest_sent(i,
		    reply_welcome(&peer, &state, a->last_sequence,
				  a->session->health.clock_difference_us, &err),
		    &err);
}

/* ---- all answers of a drain */

static void ingest_answer_one(struct ingest *i, int index)
{
	struct ingest_drain *d = i->drain;
	const struct ingest_answer *a = &d->answers[index];
	static uint64_t already[INGEST_ALREADY];
	static struct reply_refusal refused[LIMIT_RECEIPT_REFUSALS];
	size_t n_already = 0;
	size_t n_refused = 0;

	for (int n = 0; n < d->n_already; n++)
		if (d->already_of[n] == index)
			already[n_already++] = d->already[n];
	for (int n = 0; n < d->n_refused; n++)
		if (d->refused_of[n] == index)
			refused[n_refused++] = d->refused[n];
	if (a->session->waiting_bytes > 0)
		credit_return(&i->credit, &a->session->credit);
	if (a->welcome)
		ingest_welcome(i, a);
	if (!a->welcome || n_already > 0 || n_refused > 0 || a->session->waiting_bytes > 0)
		ingest_receipt(i, a, already, n_already, refused, n_refused);
}

void ingest_answer_all(struct ingest *i)
{
	for (int n = 0; n < i->drain->n_answers; n++)
		ingest_answer_one(i, n);
}

void ingest_goodbye(struct ingest *i, const uint8_t *routing, size_t len)
{
	const struct admitted *m = &i->admitted;
	struct reply_peer peer = { i->listen.router, routing, len };
	unsigned long n_held = 0;
	struct err err = { .code = ERR_OK };

	counters_add(&i->counters, m->counter, 1);
	ingest_sent(i, reply_goodbye(&peer, &m->why, &err), &err);
	if (log_repeat_due(&i->goodbye_log, &n_held))
		log_line(LOG_LEVEL_WARNING, "ingest: goodbye (%s): %s (%lu others not shown)",
			 err_name(m->why.code), m->why.text, n_held);
}

/* ---- credit */

void ingest_sweep(struct ingest *i)
{
	int64_t now_ms = clock_mono_ms();
	int n_told = 0;

	for (int n = 0; n < i->sessions.n && n_told < SWEEP_RECEIPTS_MAX; n++) {
		struct session *s = i->sessions.items[n];
		struct ingest_answer a = { .session = s, .spool = s->spool };
		int over = s->credit.lent > 0 && now_ms > s->credit.lent_until_ms;

		if (!s->credit.joined)
			continue;
		if (now_ms - s->heard_ms > SESSION_SILENT_MS) {
			credit_leave(&i->credit, &s->credit);
			continue;
		}
		if (over)
			credit_return(&i->credit, &s->credit);
		if (s->spool.id == 0 || (!over && !credit_due(&i->credit, &s->credit)))
			continue;
		memcpy(a.spool_id, s->spool_id, FRAME_SPOOL_BYTES);
		ingest_receipt(i, &a, NULL, 0, NULL, 0);
		n_told++;
	}
}
