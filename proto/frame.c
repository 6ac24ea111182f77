#include "proto/frame.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "proto/frame_parts.h"
#include "proto/limits.h"

/* Decoding: the bytes are walked first (frame_wire.c), decoded by protobuf-c in an arena that
 * cannot grow beyond LIMIT_ARENA_FACTOR times the input, then checked (frame_check.c). Small parts
 * take more than that factor, so a short message may have LIMIT_ARENA_MIN_BYTES, enough for as many
 * of them as the limits allow. Encoding ends with decoding what was made, so that nothing leaves
 * that the other side must refuse.
 *
 * The arena has two parts, so that an envelope stays valid while its payload is decoded. */

/* Under AddressSanitizer what was not handed out is poisoned, so that an overrun inside the arena
 * shows as one of the heap would. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_CHECKED 1
#endif
#endif
#ifdef ARENA_CHECKED
#include <sanitizer/asan_interface.h>
#define ARENA_GAP 16u
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ARENA_GAP 0u
#endif

#define ARENA_ALIGN alignof(max_align_t)

struct arena_part {
	uint8_t *bytes;
	size_t size;  /* of bytes */
	size_t limit; /* what this message may use of it */
	size_t used;
	bool overrun; /* more was asked for */
};

struct frame_arena {
	struct arena_part outer; /* the envelope */
	struct arena_part inner; /* the entry or receipt */
};

static void *arena_alloc(void *context, size_t size)
{
	struct arena_part *part = context;
	size_t start = (part->used + ARENA_GAP + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);

	if (start > part->limit || size > part->limit - start) {
		part->overrun = true;
		return NULL;
	}
	part->used = start + size;
	ASAN_UNPOISON_MEMORY_REGION(part->bytes + start, size);
	return part->bytes + start;
}

static void arena_free(void *context, void *pointer)
{
	(void)context;
	(void)pointer; /* all at once, with the next message */
}

static void arena_drop(struct arena_part *part)
{
	ASAN_UNPOISON_MEMORY_REGION(part->bytes, part->size);
	free(part->bytes);
	part->bytes = NULL;
	part->size = 0;
}

static enum err_code arena_reset(struct arena_part *part, size_t len, struct err *err)
{
	size_t limit = len * LIMIT_ARENA_FACTOR;

	if (limit < LIMIT_ARENA_MIN_BYTES)
		limit = LIMIT_ARENA_MIN_BYTES;
	if (part->size < limit) {
		arena_drop(part);
		part->bytes = malloc(limit);
		part->size = part->bytes == NULL ? 0 : limit;
		part->used = part->size;
	}
	/* What lies beyond was not handed out since it was poisoned last. */
	if (part->bytes != NULL)
		ASAN_POISON_MEMORY_REGION(part->bytes, part->used);
	part->used = 0;
	part->overrun = false;
	part->limit = part->bytes == NULL ? 0 : limit;
	if (part->bytes == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	return ERR_OK;
}

static enum err_code frame_arena(struct frame *f, struct frame_arena **out, struct err *err)
{
	if (f->arena == NULL)
		f->arena = calloc(1, sizeof(struct frame_arena));
	*out = f->arena;
	return *out == NULL ? err_set(err, ERR_NOMEM, "out of memory") : ERR_OK;
}

static void frame_account(struct frame *f, const struct frame_arena *arena)
{
	f->arena_used = arena->outer.used + arena->inner.used;
	f->arena_size = arena->outer.size + arena->inner.size;
}

void frame_clear(struct frame *f)
{
	struct frame_arena *arena = f->arena;

	if (arena != NULL) {
		arena_drop(&arena->outer);
		arena_drop(&arena->inner);
		free(arena);
	}
	memset(f, 0, sizeof *f);
}

/* ---- decode */

static enum err_code frame_unpack(const ProtobufCMessageDescriptor *type, struct arena_part *part,
				  const uint8_t *bytes, size_t len, ProtobufCMessage **out,
				  struct err *err)
{
	ProtobufCAllocator allocator = { arena_alloc, arena_free, part };
	enum err_code code;

	if (len > LIMIT_FRAME_BYTES)
		return err_set(err, ERR_TOO_BIG, "%s: %zu bytes, more than %d", type->short_name,
			       len, LIMIT_FRAME_BYTES);
	code = frame_scan(type, bytes, len, err);
	if (code == ERR_OK)
		code = arena_reset(part, len, err);
	if (code != ERR_OK)
		return code;
	*out = protobuf_c_message_unpack(type, &allocator, len, bytes);
	if (*out != NULL)
		return ERR_OK;
	if (part->overrun)
		return err_set(err, ERR_TOO_BIG, "%s: needs more memory than %d times its size",
			       type->short_name, LIMIT_ARENA_FACTOR);
	return err_set(err, ERR_MALFORMED, "%s: cannot be decoded", type->short_name);
}

enum err_code frame_decode(struct frame *f, const uint8_t *bytes, size_t len, struct err *err)
{
	struct frame_arena *arena = NULL;
	ProtobufCMessage *message = NULL;
	uint64_t version = 0;
	enum err_code code = frame_arena(f, &arena, err);

	f->envelope = NULL;
	f->entry = NULL;
	f->refused = NULL;
	f->receipt = NULL;
	if (code == ERR_OK)
		code = frame_peek_version(bytes, len, &version, err);
	if (code == ERR_OK && (version < FRAME_VERSION_MIN || version > FRAME_VERSION))
		code = err_set(err, ERR_VERSION,
			       "protocol version %llu: this program speaks %u to %u; upgrade the "
			       "older side",
			       (unsigned long long)version, FRAME_VERSION_MIN, FRAME_VERSION);
	if (code == ERR_OK)
		code = frame_unpack(&district__envelope__descriptor, &arena->outer, bytes, len,
				    &message, err);
	if (code == ERR_OK)
		code = frame_check_envelope((const District__Envelope *)message, err);
	if (code == ERR_OK)
		f->envelope = (District__Envelope *)message;
	if (arena != NULL)
		frame_account(f, arena);
	return code;
}

static enum err_code frame_decode_inner(struct frame *f, const ProtobufCMessageDescriptor *type,
					const uint8_t *payload, size_t len, ProtobufCMessage **out,
					struct err *err)
{
	struct frame_arena *arena = NULL;
	enum err_code code = frame_arena(f, &arena, err);

	f->entry = NULL;
	f->refused = NULL;
	f->receipt = NULL;
	if (code == ERR_OK)
		code = frame_unpack(type, &arena->inner, payload, len, out, err);
	if (arena != NULL)
		frame_account(f, arena);
	return code;
}

static bool frame_has_number(const District__Entry *e)
{
	return e->spool.len == FRAME_SPOOL_BYTES && e->sequence >= 1 &&
	       e->sequence <= LIMIT_SEQUENCE;
}

enum err_code frame_decode_entry(struct frame *f, const uint8_t *payload, size_t len,
				 struct err *err)
{
	ProtobufCMessage *message = NULL;
	enum err_code code =
		frame_decode_inner(f, &district__entry__descriptor, payload, len, &message, err);

	if (code != ERR_OK || message == NULL)
		return code;
	code = frame_check_entry((const District__Entry *)message, err);
	if (code == ERR_OK)
		f->entry = (District__Entry *)message;
	else if (frame_has_number((const District__Entry *)message))
		f->refused = (District__Entry *)message;
	return code;
}

enum err_code frame_decode_receipt(struct frame *f, const uint8_t *payload, size_t len,
				   struct err *err)
{
	ProtobufCMessage *message = NULL;
	enum err_code code =
		frame_decode_inner(f, &district__receipt__descriptor, payload, len, &message, err);

	if (code == ERR_OK)
		code = frame_check_receipt((const District__Receipt *)message, err);
	if (code == ERR_OK)
		f->receipt = (District__Receipt *)message;
	return code;
}

/* ---- encode */

static enum err_code frame_pack(const ProtobufCMessage *message, uint8_t **out, size_t *len,
				struct err *err)
{
	bool is_frame = message->descriptor == &district__envelope__descriptor;
	size_t max = is_frame ? LIMIT_FRAME_BYTES : LIMIT_PAYLOAD_BYTES;

	*len = protobuf_c_message_get_packed_size(message);
	if (*len > max)
		return err_set(err, ERR_TOO_BIG, "%s: %zu bytes, more than %zu",
			       message->descriptor->short_name, *len, max);
	*out = malloc(*len == 0 ? 1 : *len);
	if (*out == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	(void)protobuf_c_message_pack(message, *out);
	return ERR_OK;
}

typedef enum err_code frame_decoder(struct frame *, const uint8_t *, size_t, struct err *);

static enum err_code frame_pack_checked(const ProtobufCMessage *message, frame_decoder *decode,
					uint8_t **out, size_t *len, struct err *err)
{
	struct frame f = { 0 };
	enum err_code code;

	*out = NULL;
	*len = 0;
	code = frame_pack(message, out, len, err);
	if (code == ERR_OK)
		code = decode(&f, *out, *len, err);
	frame_clear(&f);
	if (code != ERR_OK) {
		free(*out);
		*out = NULL;
		*len = 0;
		err_wrap(err, "encode");
	}
	return code;
}

enum err_code frame_encode(const District__Envelope *envelope, uint8_t **out, size_t *len,
			   struct err *err)
{
	return frame_pack_checked(&envelope->base, frame_decode, out, len, err);
}

enum err_code frame_pack_entry(const District__Entry *entry, uint8_t **out, size_t *len,
			       struct err *err)
{
	return frame_pack_checked(&entry->base, frame_decode_entry, out, len, err);
}

enum err_code frame_pack_receipt(const District__Receipt *receipt, uint8_t **out, size_t *len,
				 struct err *err)
{
	return frame_pack_checked(&receipt->base, frame_decode_receipt, out, len, err);
}

enum err_code frame_encode_signed(District__Envelope__BodyCase body, const uint8_t *payload,
				  size_t payload_len,
				  const uint8_t signature[FRAME_SIGNATURE_BYTES], uint8_t **out,
				  size_t *len, struct err *err)
{
	District__Envelope envelope = DISTRICT__ENVELOPE__INIT;
	District__Signed body_signed = DISTRICT__SIGNED__INIT;
	uint8_t copy[FRAME_SIGNATURE_BYTES];

	memcpy(copy, signature, sizeof copy);
	envelope.version = FRAME_VERSION;
	envelope.body_case = body;
	if (body == DISTRICT__ENVELOPE__BODY_RECEIPT)
		envelope.receipt = &body_signed;
	else
		envelope.entry = &body_signed;
	/* protobuf-c's binary data has no const; packing only reads it. */
	memcpy(&body_signed.payload.data, &payload, sizeof payload);
	body_signed.payload.len = payload_len;
	body_signed.signature.data = copy;
	body_signed.signature.len = sizeof copy;
	return frame_encode(&envelope, out, len, err);
}

/* ---- digest and signature */

void frame_digest(const uint8_t *bytes, size_t len, uint8_t digest[FRAME_DIGEST_BYTES])
{
	(void)crypto_hash_sha256(digest, bytes, len);
}

void frame_sign(const uint8_t *payload, size_t len, const uint8_t secret_key[64],
		uint8_t signature[FRAME_SIGNATURE_BYTES])
{
	(void)crypto_sign_detached(signature, NULL, payload, len, secret_key);
}

enum err_code frame_verify(const uint8_t *payload, size_t len, const uint8_t *signature,
			   size_t signature_len, const uint8_t public_key[32], struct err *err)
{
	if (signature_len != FRAME_SIGNATURE_BYTES ||
	    crypto_sign_verify_detached(signature, payload, len, public_key) != 0)
		return err_set(err, ERR_DENIED, "signature does not match");
	return ERR_OK;
}
