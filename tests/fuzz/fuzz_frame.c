/* Bytes as what a peer sends: as an envelope, as the payload inside it, and as a payload alone.
 * What is decoded must encode again, read as JSON and lie within its arena. */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t arena_max(size_t len)
{
	size_t max = len * LIMIT_ARENA_FACTOR;

	return max < LIMIT_ARENA_MIN_BYTES ? LIMIT_ARENA_MIN_BYTES : max;
}

/* Every text must be readable to its end, and no longer than any limit. */
static void use_entry(const District__Entry *e)
{
	struct err err = { ERR_OK, "" };
	uint8_t *packed = NULL;
	char *json = NULL;
	size_t len = 0;

	assert(strlen(e->agent) <= LIMIT_STRING_BYTES);
	assert(frame_entry_to_json(e, &json, &err) == ERR_OK);
	assert(json[0] == '{' && strchr(json, '\n') == NULL);
	free(json);
	/* A peer may encode more densely than we do, never so that we cannot. */
	if (frame_pack_entry(e, &packed, &len, &err) != ERR_OK)
		assert(err.code == ERR_TOO_BIG);
	free(packed);
}

static void try_payload(struct frame *f, const uint8_t *bytes, size_t len)
{
	struct err err = { ERR_OK, "" };

	if (frame_decode_entry(f, bytes, len, &err) == ERR_OK)
		use_entry(f->entry);
	else
		assert(f->entry == NULL && err.text[0] != '\0');
	err_clear(&err);
	if (frame_decode_receipt(f, bytes, len, &err) == ERR_OK)
		assert(f->receipt->store.len == FRAME_STORE_BYTES);
	else
		assert(f->receipt == NULL && err.text[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct frame f; /* kept, as a connection keeps it: small arenas are made once */
	struct err err = { ERR_OK, "" };

	if (frame_decode(&f, bytes, len, &err) == ERR_OK) {
		const District__Envelope *e = f.envelope;

		if (e->body_case == DISTRICT__ENVELOPE__BODY_ENTRY ||
		    e->body_case == DISTRICT__ENVELOPE__BODY_RECEIPT)
			try_payload(&f, e->entry->payload.data, e->entry->payload.len);
	} else {
		assert(f.envelope == NULL && err.text[0] != '\0');
	}
	try_payload(&f, bytes, len);
	assert(f.arena_used <= 2 * arena_max(len));
	if (f.arena_size > 2 * (size_t)LIMIT_ARENA_MIN_BYTES)
		frame_clear(&f);
	return 0;
}
