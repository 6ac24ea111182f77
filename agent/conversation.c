/* In: a spool, an aggregator's endpoints, time. Out: a channel on which the other two files of the
 * conversation talk, or a planned next attempt. */
#include "agent/conversation_private.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/clock.h"

#define MESSAGES_PER_TURN 64 /* so that one aggregator cannot keep the others waiting */
#define REFUSED_FACTOR 60    /* longest pause when refused, in longest pauses otherwise */
#define BACK_PAUSES 10       /* how long we stay with a later endpoint, in longest pauses */
#define FAILURES_MAX 16

enum err_code conversation_new(const struct conversation_setup *setup, struct conversation **out,
			       struct err *err)
{
	struct conversation *c = calloc(1, sizeof *c);

	*out = c;
	if (c == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	c->setup = *setup;
	(void)snprintf(c->link.aggregator, sizeof c->link.aggregator, "%s", setup->peer->name);
	conversation_show(c, DELIVERY_CONNECTING, "not tried yet");
	return ERR_OK;
}

void conversation_free(struct conversation **conversation)
{
	struct conversation *c = *conversation;

	if (c == NULL)
		return;
	channel_close(&c->channel);
	frame_clear(&c->frame);
	free(c);
	*conversation = NULL;
}

void conversation_say(struct conversation *c, enum log_level level, const char *format, ...)
{
	char line[ERR_TEXT_BYTES + 256];
	va_list args;
	int n;

	if (c->setup.on_line == NULL)
		return;
	n = snprintf(line, sizeof line, "%s: ", c->setup.peer->name);
	va_start(args, format);
	if (n > 0 && n < (int)sizeof line)
		(void)vsnprintf(line + n, sizeof line - (size_t)n, format, args);
	va_end(args);
	c->setup.on_line(c->setup.context, level, line);
}

void conversation_show(struct conversation *c, enum delivery_state state, const char *reason)
{
	const char *endpoint = c->setup.peer->endpoints[c->endpoint];
	struct err err = { .code = ERR_OK };

	if (c->link.since_us != 0 && c->link.state == state &&
	    strcmp(c->link.reason, reason) == 0 && strcmp(c->link.endpoint, endpoint) == 0)
		return;
	c->link.state = state;
	c->link.since_us = clock_wall_us();
	(void)snprintf(c->link.reason, sizeof c->link.reason, "%s", reason);
	(void)snprintf(c->link.endpoint, sizeof c->link.endpoint, "%s", endpoint);
	if (delivery_link_set(c->setup.delivery, &c->link, &err) != ERR_OK)
		conversation_say(c, LOG_LEVEL_ERROR, "%s", err.text);
}

const struct delivery_link *conversation_link(const struct conversation *c)
{
	return &c->link;
}

/* ---- failing */

/* Between half and all of start × 2^n, at most most: agents that lost the same aggregator do not
 * come back in one moment. */
static int64_t conversation_pause(int64_t start, int n, int64_t most)
{
	int64_t pause = start << (n < FAILURES_MAX ? n : FAILURES_MAX);

	if (pause > most)
		pause = most;
	return pause / 2 + (int64_t)randombytes_uniform((uint32_t)(pause / 2 + 1));
}

void conversation_fail(struct conversation *c, enum conversation_failure failure,
		       const char *format, ...)
{
	int64_t longest = c->setup.timing.retry_ms;
	int64_t pause = 0;
	char reason[DELIVERY_REASON_BYTES];
	bool is_last = c->endpoint + 1 >= c->setup.peer->n_endpoints;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(reason, sizeof reason, format, args);
	va_end(args);
	channel_close(&c->channel);
	c->state = CONVERSATION_APART;
	c->n_under_way = 0;
	c->under_way_bytes = 0;
	if (is_last && failure == CONVERSATION_REFUSED)
		pause = conversation_pause(2 * longest, c->n_failures, longest * REFUSED_FACTOR);
	else if (is_last)
		pause = conversation_pause(CONVERSATION_PAUSE_MS, c->n_failures, longest);
	if (failure == CONVERSATION_REFUSED || c->link.state == DELIVERY_CONNECTED ||
	    c->n_failures == 0)
		conversation_say(c, LOG_LEVEL_WARNING, "%s (%s); next attempt in %.1f s", reason,
				 c->setup.peer->endpoints[c->endpoint], (double)pause / 1000);
	conversation_show(c,
			  failure == CONVERSATION_REFUSED ? DELIVERY_REFUSED : DELIVERY_CONNECTING,
			  reason);
	c->pause_until_ms = clock_mono_ms() + pause;
	if (is_last && c->n_failures < FAILURES_MAX)
		c->n_failures++;
	c->endpoint = is_last ? 0 : c->endpoint + 1;
}

/* ---- connecting */

static void conversation_open(struct conversation *c)
{
	const char *endpoint = c->setup.peer->endpoints[c->endpoint];
	struct err err = { .code = ERR_OK };

	if (channel_open(c->setup.zmq, endpoint, c->setup.peer->server_key, c->setup.keys,
			 &c->channel, &err) != ERR_OK) {
		conversation_fail(c, CONVERSATION_UNREACHED, "%s", err.text);
		return;
	}
	c->opened_ms = clock_mono_ms();
	conversation_hello(c);
}

static void conversation_events(struct conversation *c)
{
	switch (channel_event(c->channel)) {
	case CHANNEL_QUIET:
	case CHANNEL_UP:
		return;
	case CHANNEL_DENIED:
		conversation_fail(c, CONVERSATION_REFUSED,
				  "our key is not enrolled there: send the line of "
				  "'district-agent keys show' to the central team");
		return;
	case CHANNEL_BROKEN:
		conversation_fail(c, CONVERSATION_UNREACHED,
				  "it hung up while connecting; if this stays, the server_key of "
				  "the reply file is not its key");
		return;
	case CHANNEL_NOBODY:
		conversation_fail(c, CONVERSATION_UNREACHED, "nobody answers");
		return;
	case CHANNEL_LOST:
		conversation_fail(c, CONVERSATION_UNREACHED, "the connection was lost");
		return;
	}
}

static void conversation_receive(struct conversation *c)
{
	for (int i = 0; i < MESSAGES_PER_TURN && c->channel != NULL; i++) {
		struct err err = { .code = ERR_OK };
		zmq_msg_t message;
		enum err_code code = channel_receive(c->channel, &message, &err);

		if (code == ERR_BUSY)
			return;
		if (code != ERR_OK) {
			conversation_fail(c, CONVERSATION_UNREACHED, "%s", err.text);
			return;
		}
		conversation_answer(c, zmq_msg_data(&message), zmq_msg_size(&message));
		(void)zmq_msg_close(&message);
	}
}

void conversation_spool(struct conversation *c, struct spool *spool)
{
	c->spool = spool;
	if (spool == NULL) {
		channel_close(&c->channel);
		c->state = CONVERSATION_APART;
	} else if (c->channel != NULL && memcmp(spool->id, c->spool_id, sizeof c->spool_id) != 0) {
		conversation_hello(c);
	}
}

/* ---- time */

static int64_t conversation_receipt_by_ms(const struct conversation *c)
{
	return c->n_under_way > 0 ? c->under_way[0].sent_ms + c->setup.timing.receipt_ms
				  : INT64_MAX;
}

/* When a later endpoint is left for the first one; never while it is the first. */
static int64_t conversation_back_ms(const struct conversation *c)
{
	return c->endpoint > 0 && c->n_under_way == 0
		       ? c->opened_ms + BACK_PAUSES * c->setup.timing.retry_ms
		       : INT64_MAX;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int64_t conversation_due_ms(const struct conversation *c)
{
	switch (c->state) {
	case CONVERSATION_APART:
		return c->spool == NULL ? INT64_MAX : c->pause_until_ms;
	case CONVERSATION_GREETING:
		return c->welcome_by_ms;
	case CONVERSATION_OPEN:
		return least(least(conversation_receipt_by_ms(c), conversation_back_ms(c)),
			     least(c->heartbeat_at_ms, c->refresh_at_ms));
	case CONVERSATION_HELD:
		return c->heartbeat_at_ms;
	}
	return INT64_MAX;
}

static void conversation_go_back(struct conversation *c)
{
	channel_close(&c->channel);
	c->endpoint = 0;
	c->state = CONVERSATION_APART;
	c->pause_until_ms = 0;
}

static void conversation_time(struct conversation *c)
{
	int64_t now = clock_mono_ms();

	switch (c->state) {
	case CONVERSATION_APART:
		if (c->spool != NULL && now >= c->pause_until_ms)
			conversation_open(c);
		return;
	case CONVERSATION_GREETING:
		if (now >= c->welcome_by_ms)
			conversation_fail(c, CONVERSATION_UNREACHED,
					  "it does not answer our Hello");
		else if (c->hello_waits)
			conversation_hello_send(c);
		return;
	case CONVERSATION_OPEN:
		if (now >= conversation_back_ms(c))
			conversation_go_back(c);
		else if (now >= conversation_receipt_by_ms(c) || now >= c->refresh_at_ms)
			conversation_hello(c);
		else
			conversation_send(c);
		break;
	case CONVERSATION_HELD:
		break;
	}
	if (c->channel != NULL && c->state != CONVERSATION_GREETING && now >= c->heartbeat_at_ms)
		conversation_heartbeat(c);
}

void conversation_work(struct conversation *c)
{
	if (c->channel != NULL)
		conversation_receive(c); /* what came before it broke counts */
	if (c->channel != NULL)
		conversation_events(c);
	conversation_time(c);
}

int conversation_poll(const struct conversation *c, zmq_pollitem_t *items)
{
	if (c->channel == NULL)
		return 0;
	channel_poll(c->channel, c->hello_waits || c->entries_wait, items);
	return CHANNEL_ITEMS;
}

int conversation_is_done(const struct conversation *c)
{
	struct spool_waiting waiting;

	if (c->state != CONVERSATION_OPEN || c->n_under_way > 0 || c->spool == NULL)
		return 0;
	return c->sent_up_to >= c->spool->last_sequence ||
	       (spool_waiting(c->spool, c->sent_up_to, &waiting, NULL) == ERR_OK &&
		waiting.n_entries == 0);
}
