#include "aggregator/admit.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "aggregator/owners.h"
#include "proto/limits.h"

#define ADMIT_KEY_TEXT 40 /* a CURVE key in Z85 */

struct admit {
	struct store *store; /* borrowed */
	struct owners *owners;
	struct frame frame;
};

enum err_code admit_new(struct store *store, struct admit **out, struct err *err)
{
	struct admit *a = calloc(1, sizeof *a);
	enum err_code code;

	*out = NULL;
	if (a == NULL)
		return err_set(err, ERR_NOMEM, "admit: out of memory");
	a->store = store;
	code = owners_new(store, &a->owners, err);
	if (code != ERR_OK) {
		admit_free(&a);
		return code;
	}
	*out = a;
	return ERR_OK;
}

void admit_free(struct admit **admit)
{
	if (*admit == NULL)
		return;
	owners_free(&(*admit)->owners);
	frame_clear(&(*admit)->frame);
	free(*admit);
	*admit = NULL;
}

void admit_forget(struct admit *a)
{
	owners_forget(a->owners);
}

enum err_code admit_key(void *context, const uint8_t key[32], int *allowed, struct err *err)
{
	struct admit *a = context;
	struct store_agent agent;
	enum err_code code = store_agent_find(a->store, STORE_AGENT_BY_CURVE, key, &agent, err);

	*allowed = code == ERR_OK && strcmp(agent.state, "removed") != 0;
	return code == ERR_MISSING ? ERR_OK : code;
}

/* A fault of the store or of memory, as opposed to one of the message. */
static int admit_is_ours(enum err_code code)
{
	return code == ERR_NOMEM || code == ERR_DB || code == ERR_FULL || code == ERR_BUSY ||
	       code == ERR_IO;
}

static void admit_set(struct admitted *out, enum admit_result result, enum counter counter)
{
	out->result = result;
	out->counter = counter;
}

/* ---- who sent it */

enum err_code admit_sender(struct admit *a, const char *user_id, struct admitted *out,
			   struct err *err)
{
	uint8_t key[32];
	enum err_code code;

	out->result = ADMIT_PASS;
	out->envelope = NULL;
	out->entry = NULL;
	out->spool.id = 0;
	if (user_id == NULL || strlen(user_id) != ADMIT_KEY_TEXT ||
	    zmq_z85_decode(key, user_id) == NULL) {
		admit_set(out, ADMIT_DROP, COUNTER_DROPPED_NO_USER);
		return ERR_OK;
	}
	code = store_agent_find(a->store, STORE_AGENT_BY_CURVE, key, &out->agent, err);
	if (code == ERR_MISSING) {
		admit_set(out, ADMIT_GOODBYE, COUNTER_GOODBYE_UNKNOWN_KEY);
		(void)err_set(&out->why, ERR_DENIED, "this key is not enrolled here");
		return ERR_OK;
	}
	if (code != ERR_OK || strcmp(out->agent.state, "active") == 0)
		return code;
	admit_set(out, ADMIT_GOODBYE, COUNTER_GOODBYE_NOT_ACTIVE);
	if (strcmp(out->agent.state, "pending") == 0)
		(void)err_set(&out->why, ERR_DENIED,
			      "agent %s waits for approval: ask the central team for `agents "
			      "approve %s`",
			      out->agent.name, out->agent.name);
	else
		(void)err_set(&out->why, ERR_DENIED, "agent %s is %s: ask the central team",
			      out->agent.name, out->agent.state);
	return ERR_OK;
}

/* ---- entries */

/* Refuses by number when the number is in a spool that we know, else says Goodbye. */
static enum err_code admit_refuse_unsure(struct admit *a, const ProtobufCBinaryData *spool,
					 uint64_t sequence, struct admitted *out, struct err *err)
{
	enum err_code code =
		store_spool_find(a->store, out->agent.id, spool->data, &out->spool, err);

	out->result = ADMIT_REFUSE;
	out->sequence = (int64_t)sequence;
	if (code != ERR_MISSING)
		return code;
	out->result = ADMIT_GOODBYE;
	return ERR_OK;
}

static enum err_code admit_decode(struct admit *a, const District__Signed *body,
				  struct admitted *out, struct err *err)
{
	const District__Entry *entry;
	enum err_code code =
		frame_decode_entry(&a->frame, body->payload.data, body->payload.len, &out->why);

	if (admit_is_ours(code)) {
		*err = out->why;
		return code;
	}
	entry = code == ERR_OK ? a->frame.entry : a->frame.refused;
	frame_digest(body->payload.data, body->payload.len, out->digest);
	if (entry == NULL) {
		admit_set(out, ADMIT_GOODBYE, COUNTER_GOODBYE_MALFORMED);
		return ERR_OK;
	}
	memcpy(out->spool_id, entry->spool.data, sizeof out->spool_id);
	if (code != ERR_OK) {
		out->counter = COUNTER_REFUSED_CONTENT;
		return admit_refuse_unsure(a, &entry->spool, entry->sequence, out, err);
	}
	out->entry = entry;
	out->sequence = (int64_t)entry->sequence;
	if (strcmp(entry->agent, out->agent.name) == 0)
		return ERR_OK;
	out->counter = COUNTER_REFUSED_IDENTITY;
	(void)err_set(&out->why, ERR_DENIED, "the entry names another agent than its key's, %s",
		      out->agent.name);
	return admit_refuse_unsure(a, &entry->spool, entry->sequence, out, err);
}

/* Whether the number is taken. Bytes that are stored already need no further check. */
static enum err_code admit_stored(struct admit *a, struct admitted *out, int *taken,
				  struct err *err)
{
	uint8_t digest[FRAME_DIGEST_BYTES];
	enum err_code code =
		store_spool_find(a->store, out->agent.id, out->entry->spool.data, &out->spool, err);

	*taken = 0;
	if (code == ERR_OK)
		code = store_digest(a->store, out->spool.id, out->sequence, digest, err);
	if (code == ERR_MISSING)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	*taken = 1;
	if (memcmp(digest, out->digest, sizeof digest) == 0)
		admit_set(out, ADMIT_ALREADY, COUNTER_DUPLICATES);
	return ERR_OK;
}

static enum err_code admit_signature(struct admit *a, const District__Signed *body,
				     struct admitted *out, struct err *err)
{
	enum err_code code =
		frame_verify(body->payload.data, body->payload.len, body->signature.data,
			     body->signature.len, out->agent.signing_key, &out->why);

	if (code != ERR_OK) {
		out->counter = COUNTER_REFUSED_SIGNATURE;
		return admit_refuse_unsure(a, &out->entry->spool, out->entry->sequence, out, err);
	}
	code = store_spool(a->store, out->agent.id, out->entry->spool.data, &out->spool, err);
	if (code != ERR_TOO_BIG)
		return code;
	(void)err_set(&out->why, code, "%s", err->text);
	admit_set(out, ADMIT_GOODBYE, COUNTER_GOODBYE_OTHER);
	return ERR_OK;
}

static void admit_refuse(struct admitted *out, enum counter counter)
{
	admit_set(out, ADMIT_REFUSE, counter);
}

static enum err_code admit_area(struct admit *a, const char *area, int32_t as_at, int64_t now_us,
				struct admitted *out, struct err *err)
{
	const int64_t day_us = 86400LL * 1000000;
	int may = 0;
	enum err_code code = store_agent_may(a->store, out->agent.id, area, &may, err);

	if (code != ERR_OK)
		return code;
	if (!may) {
		(void)err_set(&out->why, ERR_DENIED,
			      "agent %s is not bound to area %s: ask the central team",
			      out->agent.name, area);
		admit_refuse(out, COUNTER_REFUSED_AREA);
	} else if (as_at * day_us > now_us + LIMIT_CLOCK_SKEW_S * 1000000LL) {
		(void)err_set(&out->why, ERR_DENIED,
			      "the as-at lies in the future: check the clock and the extract's "
			      "date");
		admit_refuse(out, COUNTER_REFUSED_FUTURE);
	}
	return ERR_OK;
}

static enum err_code admit_owners(struct admit *a, const District__Report *report,
				  struct admitted *out, struct err *err)
{
	char measure[LIMIT_STRING_BYTES + 1];
	char owner[LIMIT_STRING_BYTES + 1];
	enum err_code code = owners_claim(a->owners, report, measure, owner, err);

	if (code == ERR_DENIED)
		(void)err_set(&out->why, code,
			      "dataset %s already gives measure %s of area %s: list it under one "
			      "dataset's `measures` only",
			      owner, measure, report->area);
	else if (code == ERR_TOO_BIG)
		(void)err_set(&out->why, code, "%s", err->text);
	else
		return code;
	admit_refuse(out, COUNTER_REFUSED_DATASET);
	return ERR_OK;
}

static enum err_code admit_content(struct admit *a, int64_t now_us, struct admitted *out,
				   struct err *err)
{
	const District__Entry *entry = out->entry;
	enum err_code code = ERR_OK;

	admit_set(out, ADMIT_STORE, COUNTER_STORED);
	switch (entry->body_case) {
	case DISTRICT__ENTRY__BODY_REPORT:
		code = admit_area(a, entry->report->area, entry->report->as_at, now_us, out, err);
		if (code == ERR_OK && out->result == ADMIT_STORE)
			code = admit_owners(a, entry->report, out, err);
		break;
	case DISTRICT__ENTRY__BODY_EXTRACT_RETURN:
		code = admit_area(a, entry->extract_return->area, entry->extract_return->as_at,
				  now_us, out, err);
		break;
	case DISTRICT__ENTRY__BODY_VOID:     /* the decoder saw that it voids lower numbers only */
	case DISTRICT__ENTRY__BODY_WITHDRAW: /* only ever reaches the agent's own reports */
	case DISTRICT__ENTRY__BODY__NOT_SET: /* the decoder refuses it */
	case _DISTRICT__ENTRY__BODY__CASE_IS_INT_SIZE:
		break;
	}
	return code;
}

static enum err_code admit_entry(struct admit *a, int64_t now_us, struct admitted *out,
				 struct err *err)
{
	const District__Signed *body = out->envelope->entry;
	int taken = 0;
	enum err_code code;

	out->result = ADMIT_STORE;
	code = admit_decode(a, body, out, err);
	if (code == ERR_OK && out->result == ADMIT_STORE)
		code = admit_stored(a, out, &taken, err);
	if (code == ERR_OK && out->result == ADMIT_STORE)
		code = admit_signature(a, body, out, err);
	if (code != ERR_OK || out->result != ADMIT_STORE)
		return code;
	if (!taken)
		return admit_content(a, now_us, out, err);
	(void)err_set(&out->why, ERR_DENIED, "other bytes are stored under number %lld",
		      (long long)out->sequence);
	admit_refuse(out, COUNTER_CONFLICTS);
	return ERR_OK;
}

/* ---- the envelope */

static enum err_code admit_body(struct admit *a, int64_t now_us, struct admitted *out,
				struct err *err)
{
	switch (out->envelope->body_case) {
	case DISTRICT__ENVELOPE__BODY_ENTRY:
		return admit_entry(a, now_us, out, err);
	case DISTRICT__ENVELOPE__BODY_HELLO:
		admit_set(out, ADMIT_PASS, COUNTER_HELLOS);
		if (strcmp(out->envelope->hello->agent, out->agent.name) == 0)
			return ERR_OK;
		(void)err_set(&out->why, ERR_DENIED,
			      "this key is enrolled as %s: set `agent: %s`, or enrol new keys",
			      out->agent.name, out->agent.name);
		admit_set(out, ADMIT_GOODBYE, COUNTER_GOODBYE_OTHER);
		return ERR_OK;
	case DISTRICT__ENVELOPE__BODY_HEARTBEAT:
		admit_set(out, ADMIT_PASS, COUNTER_HEARTBEATS);
		return ERR_OK;
	case DISTRICT__ENVELOPE__BODY_WELCOME:
	case DISTRICT__ENVELOPE__BODY_RECEIPT:
	case DISTRICT__ENVELOPE__BODY_GOODBYE:
	case DISTRICT__ENVELOPE__BODY__NOT_SET:
	case _DISTRICT__ENVELOPE__BODY__CASE_IS_INT_SIZE:
		break;
	}
	(void)err_set(&out->why, ERR_MALFORMED, "this kind of message is only sent to agents");
	admit_set(out, ADMIT_GOODBYE, COUNTER_DROPPED_UNEXPECTED);
	return ERR_OK;
}

enum err_code admit_frame(struct admit *a, const uint8_t *bytes, size_t len, int64_t now_us,
			  struct admitted *out, struct err *err)
{
	enum err_code code = frame_decode(&a->frame, bytes, len, &out->why);

	if (admit_is_ours(code)) {
		*err = out->why;
		return code;
	}
	if (code != ERR_OK) {
		admit_set(out, ADMIT_GOODBYE,
			  code == ERR_VERSION ? COUNTER_GOODBYE_VERSION
					      : COUNTER_GOODBYE_MALFORMED);
		return ERR_OK;
	}
	out->envelope = a->frame.envelope;
	return admit_body(a, now_us, out, err);
}
