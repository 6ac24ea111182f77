/* In: what the aggregator says. Out: progress and dead letters, kept before they count; where spool
 * and store part, a request for a new spool. Dropped and told: a receipt whose signature does not
 * match, and what does not belong to this conversation. */
#include "agent/conversation_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/clock.h"

#define SECOND_US 1000000LL

/* ---- what the store has */

static void answer_take(struct conversation *c, uint64_t stored_up_to,
			District__Range *const *beyond, size_t n_beyond, uint64_t credit_bytes)
{
	c->stored_up_to = (int64_t)stored_up_to;
	c->n_beyond = n_beyond;
	for (size_t i = 0; i < n_beyond; i++) {
		c->beyond[i][0] = (int64_t)beyond[i]->first;
		c->beyond[i][1] = (int64_t)beyond[i]->last;
	}
	c->credit_bytes = credit_bytes > INT64_MAX ? INT64_MAX : (int64_t)credit_bytes;
}

static int64_t answer_highest(const struct conversation *c)
{
	return c->n_beyond > 0 ? c->beyond[c->n_beyond - 1][1] : c->stored_up_to;
}

/* ---- where spool and store part */

static void answer_renew(struct conversation *c)
{
	char reason[DELIVERY_REASON_BYTES];
	struct err err = { .code = ERR_OK };

	c->searching = false;
	(void)snprintf(reason, sizeof reason,
		       "the store of %s has numbers up to %" PRId64
		       " of this spool, and the same as "
		       "the spool up to %" PRId64 "; was this machine restored or copied?",
		       c->setup.peer->name, answer_highest(c), c->same);
	if (delivery_renew(c->setup.delivery, c->spool_id, c->same, reason, c->setup.aggregators,
			   c->setup.n_aggregators, &err) != ERR_OK) {
		conversation_fail(c, CONVERSATION_UNREACHED, "%s", err.text);
		return;
	}
	c->state = CONVERSATION_HELD;
	c->heartbeat_at_ms = clock_mono_ms() + c->setup.timing.heartbeat_ms;
	conversation_say(c, LOG_LEVEL_ERROR,
			 "%s Nothing is sent until collect has started a new spool", reason);
	conversation_show(c, DELIVERY_HELD, reason);
}

static void answer_search(struct conversation *c)
{
	if (c->other - c->same > 1)
		conversation_ask(c, c->same + (c->other - c->same) / 2);
	else
		answer_renew(c);
}

static void answer_open(struct conversation *c)
{
	int64_t now = clock_mono_ms();

	if (c->link.state != DELIVERY_CONNECTED)
		conversation_say(c, LOG_LEVEL_NOTICE,
				 "connected (%s); it has this spool up to %" PRId64 " of %" PRId64,
				 c->setup.peer->endpoints[c->endpoint], c->stored_up_to,
				 c->spool->last_sequence);
	conversation_show(c, DELIVERY_CONNECTED, "");
	c->state = CONVERSATION_OPEN;
	c->sent_up_to = c->stored_up_to;
	c->refresh_at_ms = now + c->setup.timing.refresh_ms;
	if (c->heartbeat_at_ms <= now)
		c->heartbeat_at_ms = now;
	conversation_send(c);
}

enum answer_match {
	ANSWER_SAME,
	ANSWER_OTHER,
	ANSWER_UNKNOWN, /* the store has nothing under it: lacking, void or refused */
};

static enum answer_match answer_match(const struct conversation *c,
				      const ProtobufCBinaryData *digest)
{
	if (c->asked == 0 || digest->len == 0)
		return ANSWER_UNKNOWN;
	return memcmp(digest->data, c->asked_digest, sizeof c->asked_digest) == 0 ? ANSWER_SAME
										  : ANSWER_OTHER;
}

/* The number asked was our newest, then the newest that the store says it has, then one that it
 * refused, then whatever halves the search. Entries of one spool are written in order, so that all
 * below a number that is the same are the same. */
static void answer_judge(struct conversation *c, enum answer_match match)
{
	bool is_newest = c->asked == c->newest;
	bool is_ahead = answer_highest(c) > c->spool->last_sequence;

	if (c->searching) {
		if (match == ANSWER_SAME)
			c->same = c->asked;
		else
			c->other = c->asked;
		answer_search(c);
	} else if (match == ANSWER_OTHER || (is_ahead && is_newest)) {
		c->searching = true;
		c->same = match == ANSWER_SAME ? c->asked : 0;
		c->other = match == ANSWER_SAME ? c->asked + 1 : c->asked;
		answer_search(c);
	} else if (is_ahead) {
		conversation_hello(c);
	} else if (match == ANSWER_UNKNOWN && is_newest && c->stored_up_to > 0 &&
		   c->stored_up_to < c->newest) {
		conversation_ask(c, c->stored_up_to);
	} else {
		answer_open(c);
	}
}

/* ---- Welcome */

static void answer_clock(struct conversation *c, int64_t difference_us)
{
	int64_t seconds = difference_us / SECOND_US;
	unsigned long n_held;

	if ((seconds > LIMIT_CLOCK_SKEW_S || seconds < -LIMIT_CLOCK_SKEW_S) &&
	    log_repeat_due(&c->clock_line, &n_held))
		conversation_say(c, LOG_LEVEL_ERROR,
				 "OUR CLOCK IS %" PRId64 " HOURS %s: extracts of today may be "
				 "refused; set this machine's clock",
				 (seconds < 0 ? -seconds : seconds) / 3600,
				 seconds > 0 ? "AHEAD" : "BEHIND");
}

static bool answer_speaks_ours(const District__Welcome *w)
{
	for (size_t i = 0; i < w->n_versions; i++)
		if (w->versions[i] == FRAME_VERSION)
			return true;
	return w->n_versions == 0;
}

static void answer_welcome(struct conversation *c, const District__Welcome *w)
{
	struct err err = { .code = ERR_OK };

	if (c->state != CONVERSATION_GREETING ||
	    memcmp(w->spool.data, c->spool_id, sizeof c->spool_id) != 0)
		return; /* an answer to an earlier Hello */
	if (!answer_speaks_ours(w)) {
		conversation_fail(c, CONVERSATION_REFUSED,
				  "it does not speak protocol version %u; upgrade the older side",
				  FRAME_VERSION);
		return;
	}
	if (delivery_welcome(c->setup.delivery, c->setup.peer->name, w, clock_wall_us(), &err) !=
	    ERR_OK) {
		conversation_fail(c, CONVERSATION_UNREACHED, "%s", err.text);
		return;
	}
	memcpy(c->store, w->store.data, sizeof c->store);
	answer_take(c, w->stored_up_to, w->beyond, w->n_beyond, w->credit_bytes);
	answer_clock(c, w->clock_difference_us);
	answer_judge(c, answer_match(c, &w->last_digest));
}

/* ---- receipts */

static enum err_code answer_verify(struct conversation *c, const District__Signed *s,
				   struct err *err)
{
	uint8_t key[32];
	enum err_code code = keys_unhex(c->setup.peer->receipt_key, key, sizeof key, err);

	if (code != ERR_OK)
		return code;
	return frame_verify(s->payload.data, s->payload.len, s->signature.data, s->signature.len,
			    key, err);
}

static bool answer_is_in(const District__Receipt *r, int64_t sequence)
{
	for (size_t i = 0; i < r->n_already; i++)
		if ((int64_t)r->already[i] == sequence)
			return true;
	for (size_t i = 0; i < r->n_refused; i++)
		if ((int64_t)r->refused[i]->sequence == sequence)
			return true;
	return false;
}

/* Takes what the receipt answers off the list of what is under way. */
static void answer_settle(struct conversation *c, const District__Receipt *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n_under_way; i++) {
		struct conversation_entry e = c->under_way[i];

		if (conversation_stored_to(c, e.sequence) != 0 || answer_is_in(r, e.sequence))
			c->under_way_bytes -= e.size_bytes;
		else
			c->under_way[kept++] = e;
	}
	c->n_under_way = kept;
}

static void answer_tell_refused(struct conversation *c, const District__Receipt *r)
{
	char reason[256];

	for (size_t i = 0; i < r->n_refused; i++)
		conversation_say(c, LOG_LEVEL_ERROR,
				 "refused entry %" PRIu64
				 " (%s): %s; it is kept and not sent again",
				 r->refused[i]->sequence, r->refused[i]->code,
				 log_escape(r->refused[i]->reason, strlen(r->refused[i]->reason),
					    reason, sizeof reason));
}

/* A refused number may be one under which the store has other bytes: then the spool must be left,
 * and its Hello tells. */
static void answer_progress(struct conversation *c, const District__Receipt *r)
{
	int64_t refused = 0;

	answer_take(c, r->stored_up_to, r->beyond, r->n_beyond, r->credit_bytes);
	answer_settle(c, r);
	c->refresh_at_ms = clock_mono_ms() + c->setup.timing.refresh_ms;
	for (size_t i = 0; i < r->n_refused; i++)
		if (refused == 0 || (int64_t)r->refused[i]->sequence < refused)
			refused = (int64_t)r->refused[i]->sequence;
	if (c->state != CONVERSATION_OPEN)
		return;
	if (refused > 0 && refused <= c->spool->last_sequence)
		conversation_ask(c, refused);
	else if (answer_highest(c) > c->spool->last_sequence)
		conversation_hello(c);
	else
		conversation_send(c);
}

static void answer_receipt(struct conversation *c, const District__Signed *s)
{
	struct err err = { .code = ERR_OK };
	const District__Receipt *r;

	if (frame_decode_receipt(&c->frame, s->payload.data, s->payload.len, &err) != ERR_OK) {
		conversation_fail(c, CONVERSATION_UNREACHED, "receipt: %s", err.text);
		return;
	}
	r = c->frame.receipt;
	if (answer_verify(c, s, &err) != ERR_OK) {
		conversation_fail(c, CONVERSATION_REFUSED,
				  "receipt: %s; the receipt_key of the reply file is not its key, "
				  "and nothing it says is believed",
				  err.text);
		return;
	}
	if (delivery_receipt(c->setup.delivery, r, s, clock_wall_us(), &err) != ERR_OK) {
		conversation_fail(c, CONVERSATION_UNREACHED, "%s", err.text);
		return;
	}
	answer_tell_refused(c, r);
	c->n_failures = 0;
	/* One for a spool that was left meanwhile is kept, and that is all. */
	if (memcmp(r->spool.data, c->spool_id, sizeof c->spool_id) == 0 &&
	    memcmp(r->store.data, c->store, sizeof c->store) == 0)
		answer_progress(c, r);
}

/* ---- any message */

static void answer_goodbye(struct conversation *c, const District__Goodbye *g)
{
	char reason[512];
	bool is_for_people = strcmp(g->code, err_name(ERR_DENIED)) == 0 ||
			     strcmp(g->code, err_name(ERR_VERSION)) == 0;

	(void)log_escape(g->reason, strlen(g->reason), reason, sizeof reason);
	conversation_fail(c, is_for_people ? CONVERSATION_REFUSED : CONVERSATION_UNREACHED,
			  "it says goodbye (%s): %s", g->code, reason);
}

void conversation_answer(struct conversation *c, const uint8_t *bytes, size_t len)
{
	struct err err = { .code = ERR_OK };
	const District__Envelope *e;

	if (frame_decode(&c->frame, bytes, len, &err) != ERR_OK) {
		conversation_fail(
			c, err.code == ERR_VERSION ? CONVERSATION_REFUSED : CONVERSATION_UNREACHED,
			"what it says cannot be read: %s", err.text);
		return;
	}
	e = c->frame.envelope;
	switch (e->body_case) {
	case DISTRICT__ENVELOPE__BODY_WELCOME:
		answer_welcome(c, e->welcome);
		return;
	case DISTRICT__ENVELOPE__BODY_RECEIPT:
		answer_receipt(c, e->receipt);
		return;
	case DISTRICT__ENVELOPE__BODY_GOODBYE:
		answer_goodbye(c, e->goodbye);
		return;
	case DISTRICT__ENVELOPE__BODY_HELLO:
	case DISTRICT__ENVELOPE__BODY_ENTRY:
	case DISTRICT__ENVELOPE__BODY_HEARTBEAT:
	case DISTRICT__ENVELOPE__BODY__NOT_SET:
	case _DISTRICT__ENVELOPE__BODY__CASE_IS_INT_SIZE:
		break;
	}
	conversation_fail(c, CONVERSATION_UNREACHED, "it says what only agents say");
}
