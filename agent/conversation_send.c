/* Out: Hello, entries within the credit, heartbeats. Nothing is dropped: what cannot be sent now is
 * in the spool. */
#include "agent/conversation_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "agent/spool_look.h"
#include "proto/clock.h"

#define PROGRAM "district-agent " PROGRAM_VERSION

static uint32_t versions[] = { FRAME_VERSION };
static char program[] = PROGRAM;

/* ERR_BUSY: no room. */
static enum err_code send_envelope(struct conversation *c, const District__Envelope *envelope,
				   struct err *err)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum err_code code = frame_encode(envelope, &bytes, &len, err);

	if (code == ERR_OK)
		code = channel_send(c->channel, bytes, len, err);
	free(bytes);
	return code;
}

/* ---- Hello */

void conversation_hello_send(struct conversation *c)
{
	District__Envelope envelope = DISTRICT__ENVELOPE__INIT;
	District__Hello hello = DISTRICT__HELLO__INIT;
	char agent[65];
	struct err err = { .code = ERR_OK };
	enum err_code code;

	(void)snprintf(agent, sizeof agent, "%s", c->setup.agent);
	envelope.version = FRAME_VERSION;
	envelope.body_case = DISTRICT__ENVELOPE__BODY_HELLO;
	envelope.hello = &hello;
	hello.agent = agent;
	hello.spool.data = c->spool_id;
	hello.spool.len = sizeof c->spool_id;
	hello.last_sequence = (uint64_t)c->asked;
	hello.last_digest.data = c->asked_digest;
	hello.last_digest.len = c->asked > 0 ? sizeof c->asked_digest : 0;
	hello.n_versions = 1;
	hello.versions = versions;
	hello.clock_us = clock_wall_us();
	hello.program = program;
	code = send_envelope(c, &envelope, &err);
	c->hello_waits = code == ERR_BUSY;
	if (code != ERR_OK && code != ERR_BUSY)
		conversation_fail(c, CONVERSATION_UNREACHED, "%s", err.text);
}

void conversation_ask(struct conversation *c, int64_t sequence)
{
	struct err err = { .code = ERR_OK };

	memcpy(c->spool_id, c->spool->id, sizeof c->spool_id);
	c->state = CONVERSATION_GREETING;
	c->asked = sequence;
	c->n_under_way = 0;
	c->under_way_bytes = 0;
	c->entries_wait = false;
	c->welcome_by_ms = clock_mono_ms() + c->setup.timing.welcome_ms;
	if (sequence > 0 && spool_digest(c->spool, sequence, c->asked_digest, &err) != ERR_OK) {
		conversation_fail(c, CONVERSATION_UNREACHED, "%s", err.text);
		return;
	}
	conversation_hello_send(c);
}

void conversation_hello(struct conversation *c)
{
	c->searching = false;
	c->newest = c->spool->last_sequence;
	conversation_ask(c, c->newest);
}

/* ---- entries */

int64_t conversation_stored_to(const struct conversation *c, int64_t sequence)
{
	if (sequence <= c->stored_up_to)
		return c->stored_up_to;
	for (size_t i = 0; i < c->n_beyond; i++)
		if (sequence >= c->beyond[i][0] && sequence <= c->beyond[i][1])
			return c->beyond[i][1];
	return 0;
}

/* The next number that the store lacks, above what was sent; 0: none. What collect appended since
 * the spool was last looked at waits: a store that has more than we know of passes for one that
 * knows our future. */
static enum err_code send_next(struct conversation *c, int64_t *sequence, int64_t *size_bytes,
			       struct err *err)
{
	for (;;) {
		enum err_code code = spool_next(c->spool, c->sent_up_to, sequence, size_bytes, err);
		int64_t stored_to;

		if (code == ERR_OK && *sequence > c->spool->last_sequence)
			*sequence = 0;
		if (code != ERR_OK || *sequence == 0)
			return code;
		stored_to = conversation_stored_to(c, *sequence);
		if (stored_to == 0)
			return ERR_OK;
		c->sent_up_to = stored_to;
	}
}

static enum err_code send_entry(struct conversation *c, int64_t sequence, int64_t size_bytes,
				struct err *err)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	enum err_code code = spool_envelope(c->spool, sequence, &bytes, &len, err);

	if (code == ERR_MISSING) { /* superseded a moment ago */
		c->sent_up_to = sequence;
		return ERR_OK;
	}
	if (code == ERR_OK)
		code = channel_send(c->channel, bytes, len, err);
	free(bytes);
	if (code != ERR_OK)
		return code;
	c->under_way[c->n_under_way++] =
		(struct conversation_entry){ sequence, size_bytes, clock_mono_ms() };
	c->under_way_bytes += size_bytes;
	c->sent_up_to = sequence;
	return ERR_OK;
}

/* One entry may be under way even when it is larger than the credit: it would never leave. */
void conversation_send(struct conversation *c)
{
	struct err err = { .code = ERR_OK };
	enum err_code code = ERR_OK;

	c->entries_wait = false;
	while (code == ERR_OK && c->n_under_way < LIMIT_UNDER_WAY) {
		int64_t sequence, size_bytes;

		code = send_next(c, &sequence, &size_bytes, &err);
		if (code != ERR_OK || sequence == 0)
			break;
		if (c->n_under_way > 0 && c->under_way_bytes + size_bytes > c->credit_bytes)
			break;
		code = send_entry(c, sequence, size_bytes, &err);
	}
	c->entries_wait = code == ERR_BUSY && err.code != ERR_BUSY;
	if (code != ERR_OK && code != ERR_BUSY)
		conversation_fail(c, CONVERSATION_UNREACHED, "%s", err.text);
}

/* ---- heartbeat */

static void heartbeat_fill(struct conversation *c, District__Heartbeat *h,
			   struct spool_health *health)
{
	const struct conversation_health *own = c->setup.health;
	struct spool_waiting waiting = { 0 };
	struct statvfs disk;

	h->clock_us = clock_wall_us();
	if (spool_waiting(c->spool, c->stored_up_to, &waiting, NULL) == ERR_OK) {
		h->entries_waiting = (uint64_t)waiting.n_entries;
		h->oldest_waiting_us = waiting.oldest_us;
	}
	if (spool_health(c->spool, health, NULL) == ERR_OK)
		h->newest_as_at = health->newest_as_at;
	if (statvfs(own->state_folder, &disk) == 0)
		h->disk_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	h->last_fault = health->last_fault;
	h->unsandboxed = own->unsandboxed != 0;
}

void conversation_heartbeat(struct conversation *c)
{
	District__Envelope envelope = DISTRICT__ENVELOPE__INIT;
	District__Heartbeat h = DISTRICT__HEARTBEAT__INIT;
	struct spool_health health = { 0 };
	uint8_t digest[32];
	struct err err = { .code = ERR_OK };
	enum err_code code;

	c->heartbeat_at_ms = clock_mono_ms() + c->setup.timing.heartbeat_ms;
	if (clock_mono_ms() - c->opened_ms >= c->setup.timing.retry_ms)
		c->n_failures = 0;
	memcpy(digest, c->setup.health->measures_digest, sizeof digest);
	envelope.version = FRAME_VERSION;
	envelope.body_case = DISTRICT__ENVELOPE__BODY_HEARTBEAT;
	envelope.heartbeat = &h;
	heartbeat_fill(c, &h, &health);
	h.spool.data = c->spool_id;
	h.spool.len = sizeof c->spool_id;
	h.measures_digest.data = digest;
	h.measures_digest.len = sizeof digest;
	h.program = program;
	code = send_envelope(c, &envelope, &err);
	/* The next one says the same: no need to wait for room. */
	if (code != ERR_OK && code != ERR_BUSY)
		conversation_say(c, LOG_LEVEL_WARNING, "heartbeat: %s", err.text);
}
