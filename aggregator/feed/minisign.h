#ifndef AGGREGATOR_FEED_MINISIGN_H
#define AGGREGATOR_FEED_MINISIGN_H

#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

/* Signatures that the stock `minisign` checks, and the reverse: Ed25519 over the BLAKE2b-512 digest
 * of the file (algorithm "ED"), with a trusted comment that is signed too. Secret keys are as
 * `minisign -G -W` writes them, without a password: a service signs unattended, so the file's mode
 * is what protects the key. */

#define MINISIGN_PUBLIC_TEXT 57  /* base64 of the public key, and NUL */
#define MINISIGN_ID_TEXT 17      /* key number in hex, as minisign shows it, and NUL */
#define MINISIGN_COMMENT_MAX 512 /* bytes of a trusted comment */
#define MINISIGN_FILE_MAX 2048   /* bytes of a key or signature file */

struct minisign_public {
	uint8_t number[8];
	uint8_t key[32];
};

struct minisign_secret {
	struct minisign_public public;
	uint8_t secret[64];
};

/* Makes a pair: the secret file (O_EXCL, 0600, fsynced with its folder) and beside it the public
 * one (0644). ERR_BUSY when either is there: a key in use is never replaced. */
enum err_code minisign_create(const char *secret_path, const char *public_path,
			      struct minisign_secret *out, struct err *err);

/* ERR_DENIED when others may read the file (the message has the chmod), ERR_MISSING,
 * ERR_MALFORMED; one with a password is ERR_MALFORMED and says how to make one without. */
enum err_code minisign_secret_load(const char *path, struct minisign_secret *out, struct err *err);
void minisign_secret_wipe(struct minisign_secret *key);

/* A public key file, or the key itself in base64 as minisign prints it. */
enum err_code minisign_public_load(const char *path_or_key, struct minisign_public *out,
				   struct err *err);
const char *minisign_public_format(const struct minisign_public *key,
				   char out[MINISIGN_PUBLIC_TEXT]);
const char *minisign_id_format(const struct minisign_public *key, char out[MINISIGN_ID_TEXT]);

/* The text of a .minisig file for the bytes. comment: one line, at most MINISIGN_COMMENT_MAX bytes,
 * else ERR_MALFORMED. The same input gives the same text. out: MINISIGN_FILE_MAX bytes. */
enum err_code minisign_sign(const struct minisign_secret *key, const void *bytes, size_t len,
			    const char *comment, char *out, struct err *err);

/* Checks a .minisig file's text. On success comment (MINISIGN_COMMENT_MAX + 1 bytes) holds the
 * trusted comment. ERR_MALFORMED: no such signature file; ERR_DENIED: made by another key, over
 * other bytes, or the comment was changed; the message says which. */
enum err_code minisign_verify(const struct minisign_public *key, const void *bytes, size_t len,
			      const char *signature, size_t signature_len, char *comment,
			      struct err *err);

#endif
