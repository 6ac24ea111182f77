#ifndef PROTO_FRAME_H
#define PROTO_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"
#include "proto/report.pb-c.h"

/* The only code that parses a peer's bytes. Decoding happens in a capped arena; every limit of
 * proto/limits.h is checked and every string is valid UTF-8 without NUL before a caller sees it. */

#define FRAME_VERSION 1u     /* what we send */
#define FRAME_VERSION_MIN 1u /* the oldest that we read */

#define FRAME_DIGEST_BYTES 32    /* SHA-256 */
#define FRAME_SIGNATURE_BYTES 64 /* Ed25519 */
#define FRAME_SPOOL_BYTES 16
#define FRAME_STORE_BYTES 16

/* A decoded message and the arena that holds it. Zero-initialise; frame_clear frees. */
struct frame {
	void *arena;
	size_t arena_used, arena_size;
	District__Envelope *envelope; /* set by frame_decode */
	District__Entry *entry;       /* set by frame_decode_entry */
	/* Set instead of entry when a check refused it but its spool and number can be trusted to
	 * be well-formed (nothing else of it can), so that it can be refused by its number. */
	District__Entry *refused;
	District__Receipt *receipt; /* set by frame_decode_receipt */
};

/* Decodes and checks one frame's envelope, and the fields of whatever body it has (a Signed body's
 * payload is not looked into). ERR_VERSION when the version is one that we do not read;
 * ERR_TOO_BIG when a limit is broken; ERR_MALFORMED otherwise. *f may be reused: its former
 * content is dropped, its memory kept. What it points at is its own: the bytes may
 * go. */
enum err_code frame_decode(struct frame *f, const uint8_t *bytes, size_t len, struct err *err);

/* Decodes and checks a signed entry's payload (before or after verifying): all indexes within the
 * dictionary, columns of one length, period and as-at valid, values within LIMIT_VALUE, each
 * (measure, dimension, category) once, every measure with its total row, every breakdown with its
 * own, which is the sum of its categories, codes [A-Za-z0-9_.+-]{1,64}. The payload may be the one
 * in f->envelope, which stays; a former entry or receipt of f is dropped. A body that a newer
 * program made is ERR_VERSION. */
enum err_code frame_decode_entry(struct frame *f, const uint8_t *payload, size_t len,
				 struct err *err);
enum err_code frame_decode_receipt(struct frame *f, const uint8_t *payload, size_t len,
				   struct err *err);
void frame_clear(struct frame *f);

/* Packs into *out (malloc'd, owned by the caller; free()). The encoder checks the same limits, so
 * that nothing leaves that the other side must refuse. */
enum err_code frame_encode(const District__Envelope *envelope, uint8_t **out, size_t *len,
			   struct err *err);
enum err_code frame_pack_entry(const District__Entry *entry, uint8_t **out, size_t *len,
			       struct err *err);
enum err_code frame_pack_receipt(const District__Receipt *receipt, uint8_t **out, size_t *len,
				 struct err *err);

/* Wraps payload and signature as an entry or receipt envelope of FRAME_VERSION. */
enum err_code frame_encode_signed(District__Envelope__BodyCase body, const uint8_t *payload,
				  size_t payload_len,
				  const uint8_t signature[FRAME_SIGNATURE_BYTES], uint8_t **out,
				  size_t *len, struct err *err);

void frame_digest(const uint8_t *bytes, size_t len, uint8_t digest[FRAME_DIGEST_BYTES]);
void frame_sign(const uint8_t *payload, size_t len, const uint8_t secret_key[64],
		uint8_t signature[FRAME_SIGNATURE_BYTES]);
/* ERR_DENIED "signature does not match". */
enum err_code frame_verify(const uint8_t *payload, size_t len, const uint8_t *signature,
			   size_t signature_len, const uint8_t public_key[32], struct err *err);

/* One line of JSON for people (preview, reports show): every field by name. Owned by the caller. */
enum err_code frame_entry_to_json(const District__Entry *entry, char **out, struct err *err);

#endif
