#include "aggregator/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int *session_slot(const struct sessions *t, int *slots, int n_slots, int64_t agent)
{
	size_t mask = (size_t)n_slots - 1;
	size_t at = (size_t)(uint64_t)agent * 2654435761u & mask;

	while (slots[at] != 0 && t->items[slots[at] - 1]->agent != agent)
		at = (at + 1) & mask;
	return &slots[at];
}

static enum err_code sessions_grow(struct sessions *t, struct err *err)
{
	int size = t->size == 0 ? 32 : 2 * t->size;
	struct session **items = realloc(t->items, (size_t)size * sizeof(struct session *));
	int *slots;

	if (items == NULL)
		return err_set(err, ERR_NOMEM, "sessions: out of memory");
	t->items = items;
	slots = calloc(2 * (size_t)size, sizeof *slots);
	if (slots == NULL)
		return err_set(err, ERR_NOMEM, "sessions: out of memory");
	for (int i = 0; i < t->n; i++)
		*session_slot(t, slots, 2 * size, t->items[i]->agent) = i + 1;
	free(t->slots);
	t->slots = slots;
	t->n_slots = 2 * size;
	t->size = size;
	return ERR_OK;
}

enum err_code sessions_get(struct sessions *t, const struct store_agent *agent,
			   struct session **out, struct err *err)
{
	struct session *s;
	int *slot;

	if (t->n == t->size) {
		enum err_code code = sessions_grow(t, err);

		if (code != ERR_OK)
			return code;
	}
	slot = session_slot(t, t->slots, t->n_slots, agent->id);
	if (*slot != 0) {
		*out = t->items[*slot - 1];
		return ERR_OK;
	}
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return err_set(err, ERR_NOMEM, "sessions: out of memory");
	s->agent = agent->id;
	(void)snprintf(s->name, sizeof s->name, "%s", agent->name);
	s->health.agent = agent->id;
	s->health.measures_digest = s->measures_digest;
	s->health.last_fault = s->last_fault;
	s->health.program = s->program;
	t->items[t->n++] = s;
	*slot = t->n;
	*out = s;
	return ERR_OK;
}

void sessions_clear(struct sessions *t)
{
	for (int i = 0; i < t->n; i++)
		free(t->items[i]);
	free(t->items);
	free(t->slots);
	*t = (struct sessions){ 0 };
}

/* The agent's clock minus ours; what no clock shows counts as the farthest off. */
static int64_t session_difference(int64_t clock_us, int64_t now_us)
{
	const int64_t most = INT64_MAX / 2;

	if (clock_us > most)
		return most;
	return clock_us < -most ? -most : clock_us - now_us;
}

static void session_program(struct session *s, const char *program)
{
	(void)snprintf(s->program, sizeof s->program, "%.*s", LIMIT_STRING_BYTES, program);
}

void session_contact(struct session *s, int64_t now_us)
{
	s->health.last_contact_us = now_us;
	s->health_changed = 1;
}

void session_hello(struct session *s, const District__Hello *h, int64_t now_us)
{
	session_contact(s, now_us);
	session_program(s, h->program);
	s->health.clock_difference_us = session_difference(h->clock_us, now_us);
}

void session_beat(struct session *s, const District__Heartbeat *h, int64_t now_us)
{
	session_contact(s, now_us);
	session_program(s, h->program);
	s->health.beaten = 1;
	s->health.clock_difference_us = session_difference(h->clock_us, now_us);
	s->health.entries_waiting = (int64_t)h->entries_waiting;
	s->health.oldest_waiting_us = h->oldest_waiting_us;
	s->health.newest_as_at = h->newest_as_at;
	s->health.disk_free_bytes = (int64_t)h->disk_free_bytes;
	s->health.measures_digest_len = h->measures_digest.len;
	if (h->measures_digest.len == sizeof s->measures_digest)
		memcpy(s->measures_digest, h->measures_digest.data, sizeof s->measures_digest);
	(void)snprintf(s->last_fault, sizeof s->last_fault, "%s", h->last_fault);
	s->health.unsandboxed = h->unsandboxed;
}
