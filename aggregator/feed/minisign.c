#include "aggregator/feed/minisign.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "aggregator/feed/minisign_file.h"

/* What stands in base64: a public key, a secret key, a signature. All are bytes without padding.
 * kdf: how the secret would be encrypted; two zero bytes mean that it is not. */
struct public_bytes {
	uint8_t algorithm[2]; /* "Ed" */
	uint8_t number[8];
	uint8_t key[32];
};

struct secret_bytes {
	uint8_t algorithm[2]; /* "Ed" */
	uint8_t kdf[2];
	uint8_t checksum_algorithm[2]; /* "B2" */
	uint8_t kdf_salt[32];
	uint8_t kdf_limits[16];
	uint8_t number[8];
	uint8_t secret[64];
	uint8_t checksum[32]; /* zeros in a key without password */
};

struct signature_bytes {
	uint8_t algorithm[2]; /* "ED": over the digest; "Ed" would be over the bytes themselves */
	uint8_t number[8];
	uint8_t signature[64];
};

_Static_assert(sizeof(struct public_bytes) == 42, "no padding");
_Static_assert(sizeof(struct secret_bytes) == 158, "no padding");
_Static_assert(sizeof(struct signature_bytes) == 74, "no padding");

#define SECRET_TEXT 213 /* base64 of 158 bytes, and NUL */
#define SIGNATURE_TEXT 101
#define GLOBAL_TEXT 89
#define UNTRUSTED "untrusted comment: "
#define TRUSTED "trusted comment: "

static enum err_code minisign_ready(struct err *err)
{
	if (sodium_init() < 0)
		return err_set(err, ERR_IO, "libsodium cannot start: no random numbers");
	return ERR_OK;
}

static int minisign_decode(const char *text, size_t len, void *out, size_t size)
{
	size_t got = 0;

	return sodium_base642bin(out, size, text, len, NULL, &got, NULL,
				 sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       got == size;
}

/* Cuts the next line off *at; NULL when there is none. */
static char *minisign_line(char **at)
{
	char *line = *at;

	if (line == NULL || *line == '\0')
		return NULL;
	*at += strcspn(line, "\n");
	if (**at == '\n')
		*(*at)++ = '\0';
	line[strcspn(line, "\r")] = '\0';
	return line;
}

/* ---- keys */

const char *minisign_public_format(const struct minisign_public *key,
				   char out[MINISIGN_PUBLIC_TEXT])
{
	struct public_bytes b = { .algorithm = { 'E', 'd' } };

	memcpy(b.number, key->number, sizeof b.number);
	memcpy(b.key, key->key, sizeof b.key);
	return sodium_bin2base64(out, MINISIGN_PUBLIC_TEXT, (const uint8_t *)&b, sizeof b,
				 sodium_base64_VARIANT_ORIGINAL);
}

const char *minisign_id_format(const struct minisign_public *key, char out[MINISIGN_ID_TEXT])
{
	for (int i = 0; i < 8; i++)
		(void)snprintf(out + (size_t)2 * (size_t)i, 3, "%02X", key->number[7 - i]);
	return out;
}

static enum err_code minisign_public_decode(const char *text, struct minisign_public *out,
					    struct err *err)
{
	struct public_bytes b;

	if (!minisign_decode(text, strlen(text), &b, sizeof b) || memcmp(b.algorithm, "Ed", 2) != 0)
		return err_set(err, ERR_MALFORMED,
			       "'%.60s' is no minisign public key: it has 56 characters and begins "
			       "with RW",
			       text);
	memcpy(out->number, b.number, sizeof b.number);
	memcpy(out->key, b.key, sizeof b.key);
	return ERR_OK;
}

enum err_code minisign_public_load(const char *path_or_key, struct minisign_public *out,
				   struct err *err)
{
	char text[MINISIGN_FILE_MAX];
	char *at = text;
	const char *line;
	enum err_code code;

	if (strlen(path_or_key) == MINISIGN_PUBLIC_TEXT - 1 &&
	    minisign_public_decode(path_or_key, out, NULL) == ERR_OK)
		return ERR_OK;
	code = minisign_file_read(path_or_key, 0, text, err);
	if (code != ERR_OK)
		return code;
	line = minisign_line(&at);
	if (line != NULL && strncmp(line, UNTRUSTED, strlen(UNTRUSTED)) == 0)
		line = minisign_line(&at);
	code = minisign_public_decode(line == NULL ? "" : line, out, err);
	if (code != ERR_OK)
		err_wrap(err, "%s", path_or_key);
	return code;
}

static void minisign_checksum(const struct secret_bytes *b, uint8_t out[32])
{
	crypto_generichash_state state;

	(void)crypto_generichash_init(&state, NULL, 0, 32);
	(void)crypto_generichash_update(&state, b->algorithm, sizeof b->algorithm);
	(void)crypto_generichash_update(&state, b->number, sizeof b->number);
	(void)crypto_generichash_update(&state, b->secret, sizeof b->secret);
	(void)crypto_generichash_final(&state, out, 32);
}

static enum err_code minisign_secret_decode(const char *path, const struct secret_bytes *b,
					    struct minisign_secret *out, struct err *err)
{
	uint8_t checksum[32];
	uint8_t public[32];
	uint8_t secret[64];
	int fits;

	if (memcmp(b->algorithm, "Ed", 2) != 0 || memcmp(b->checksum_algorithm, "B2", 2) != 0)
		return err_set(err, ERR_MALFORMED, "%s: not an Ed25519 key of minisign", path);
	if (b->kdf[0] != 0 || b->kdf[1] != 0)
		return err_set(err, ERR_MALFORMED,
			       "%s: the key has a password, which a service cannot give: make "
			       "one without (minisign -G -W, or 'feed keys init')",
			       path);
	minisign_checksum(b, checksum);
	fits = sodium_is_zero(b->checksum, sizeof b->checksum) ||
	       sodium_memcmp(checksum, b->checksum, sizeof checksum) == 0;
	(void)crypto_sign_seed_keypair(public, secret, b->secret);
	fits = fits && sodium_memcmp(secret, b->secret, sizeof secret) == 0;
	memcpy(out->public.number, b->number, sizeof b->number);
	memcpy(out->public.key, public, sizeof public);
	memcpy(out->secret, secret, sizeof secret);
	sodium_memzero(secret, sizeof secret);
	if (!fits)
		return err_set(err, ERR_MALFORMED, "%s: the key is damaged: take it from a backup",
			       path);
	return ERR_OK;
}

enum err_code minisign_secret_load(const char *path, struct minisign_secret *out, struct err *err)
{
	char text[MINISIGN_FILE_MAX];
	struct secret_bytes b;
	char *at = text;
	const char *line;
	enum err_code code = minisign_ready(err);

	if (code == ERR_OK)
		code = minisign_file_read(path, 1, text, err);
	if (code != ERR_OK)
		return code;
	(void)minisign_line(&at);
	line = minisign_line(&at);
	if (line == NULL || !minisign_decode(line, strlen(line), &b, sizeof b))
		code = err_set(err, ERR_MALFORMED,
			       "%s: no minisign secret key: a comment and a line of %d characters",
			       path, SECRET_TEXT - 1);
	else
		code = minisign_secret_decode(path, &b, out, err);
	sodium_memzero(text, sizeof text);
	sodium_memzero(&b, sizeof b);
	if (code != ERR_OK)
		minisign_secret_wipe(out);
	return code;
}

void minisign_secret_wipe(struct minisign_secret *key)
{
	sodium_memzero(key, sizeof *key);
}

static enum err_code minisign_write_pair(const char *secret_path, const char *public_path,
					 const struct minisign_secret *key, struct err *err)
{
	struct secret_bytes b = { .algorithm = { 'E', 'd' }, .checksum_algorithm = { 'B', '2' } };
	char encoded[SECRET_TEXT];
	char public[MINISIGN_PUBLIC_TEXT];
	char id[MINISIGN_ID_TEXT];
	char text[512];
	enum err_code code;

	memcpy(b.number, key->public.number, sizeof b.number);
	memcpy(b.secret, key->secret, sizeof b.secret);
	(void)sodium_bin2base64(encoded, sizeof encoded, (const uint8_t *)&b, sizeof b,
				sodium_base64_VARIANT_ORIGINAL);
	(void)snprintf(text, sizeof text, UNTRUSTED "minisign secret key %s\n%s\n",
		       minisign_id_format(&key->public, id), encoded);
	code = minisign_file_create(secret_path, 0600, text, err);
	sodium_memzero(&b, sizeof b);
	sodium_memzero(encoded, sizeof encoded);
	sodium_memzero(text, sizeof text);
	if (code != ERR_OK)
		return code;
	(void)snprintf(text, sizeof text, UNTRUSTED "minisign public key %s\n%s\n", id,
		       minisign_public_format(&key->public, public));
	code = minisign_file_create(public_path, 0644, text, err);
	if (code != ERR_OK)
		(void)remove(secret_path);
	return code;
}

enum err_code minisign_create(const char *secret_path, const char *public_path,
			      struct minisign_secret *out, struct err *err)
{
	enum err_code code = minisign_ready(err);

	if (code == ERR_OK)
		code = minisign_file_absent(secret_path, err);
	if (code == ERR_OK)
		code = minisign_file_absent(public_path, err);
	if (code != ERR_OK)
		return code;
	randombytes_buf(out->public.number, sizeof out->public.number);
	(void)crypto_sign_keypair(out->public.key, out->secret);
	code = minisign_write_pair(secret_path, public_path, out, err);
	if (code != ERR_OK)
		minisign_secret_wipe(out);
	return code;
}

/* ---- signatures */

/* signature and comment, one after the other: what the second signature is over. */
struct minisign_global {
	uint8_t bytes[64 + MINISIGN_COMMENT_MAX];
	size_t len;
};

static void minisign_global(struct minisign_global *g, const uint8_t signature[64],
			    const char *comment)
{
	size_t len = strnlen(comment, MINISIGN_COMMENT_MAX);

	memcpy(g->bytes, signature, 64);
	memcpy(g->bytes + 64, comment, len);
	g->len = 64 + len;
}

enum err_code minisign_sign(const struct minisign_secret *key, const void *bytes, size_t len,
			    const char *comment, char *out, struct err *err)
{
	struct signature_bytes s = { .algorithm = { 'E', 'D' } };
	struct minisign_global g;
	uint8_t digest[64];
	uint8_t global[64];
	char signature_text[SIGNATURE_TEXT];
	char global_text[GLOBAL_TEXT];

	if (minisign_ready(err) != ERR_OK)
		return ERR_IO;
	if (strpbrk(comment, "\r\n") != NULL || strlen(comment) > MINISIGN_COMMENT_MAX)
		return err_set(err, ERR_MALFORMED,
			       "the trusted comment must be one line of at most %d bytes",
			       MINISIGN_COMMENT_MAX);
	(void)crypto_generichash(digest, sizeof digest, bytes, len, NULL, 0);
	memcpy(s.number, key->public.number, sizeof s.number);
	(void)crypto_sign_detached(s.signature, NULL, digest, sizeof digest, key->secret);
	minisign_global(&g, s.signature, comment);
	(void)crypto_sign_detached(global, NULL, g.bytes, g.len, key->secret);
	(void)sodium_bin2base64(signature_text, sizeof signature_text, (const uint8_t *)&s,
				sizeof s, sodium_base64_VARIANT_ORIGINAL);
	(void)sodium_bin2base64(global_text, sizeof global_text, global, sizeof global,
				sodium_base64_VARIANT_ORIGINAL);
	(void)snprintf(out, MINISIGN_FILE_MAX,
		       UNTRUSTED "signature from minisign secret key\n%s\n" TRUSTED "%s\n%s\n",
		       signature_text, comment, global_text);
	return ERR_OK;
}

struct minisign_parts {
	struct signature_bytes signature;
	uint8_t global[64];
	const char *comment;
};

/* Takes text apart in place. */
static int minisign_parse(char *text, struct minisign_parts *p)
{
	char *at = text;
	const char *line = minisign_line(&at);

	if (line == NULL || strncmp(line, UNTRUSTED, strlen(UNTRUSTED)) != 0)
		return 0;
	line = minisign_line(&at);
	if (line == NULL ||
	    !minisign_decode(line, strlen(line), &p->signature, sizeof p->signature))
		return 0;
	line = minisign_line(&at);
	if (line == NULL || strncmp(line, TRUSTED, strlen(TRUSTED)) != 0)
		return 0;
	p->comment = line + strlen(TRUSTED);
	line = minisign_line(&at);
	return line != NULL && minisign_decode(line, strlen(line), p->global, sizeof p->global) &&
	       *at == '\0' && strlen(p->comment) <= MINISIGN_COMMENT_MAX;
}

enum err_code minisign_verify(const struct minisign_public *key, const void *bytes, size_t len,
			      const char *signature, size_t signature_len, char *comment,
			      struct err *err)
{
	char text[MINISIGN_FILE_MAX];
	struct minisign_parts p;
	struct minisign_global g;
	uint8_t digest[64];

	if (minisign_ready(err) != ERR_OK)
		return ERR_IO;
	if (signature_len >= sizeof text || memchr(signature, '\0', signature_len) != NULL)
		return err_set(err, ERR_MALFORMED, "not a minisign signature file");
	memcpy(text, signature, signature_len);
	text[signature_len] = '\0';
	if (!minisign_parse(text, &p))
		return err_set(err, ERR_MALFORMED,
			       "not a minisign signature file (its four lines), or cut short");
	if (memcmp(p.signature.algorithm, "ED", 2) != 0)
		return err_set(err, ERR_MALFORMED,
			       "an old signature without digest: sign again with minisign 0.10 or "
			       "later");
	if (memcmp(p.signature.number, key->number, sizeof key->number) != 0) {
		struct minisign_public other = { .key = { 0 } };
		char ids[2][MINISIGN_ID_TEXT];

		memcpy(other.number, p.signature.number, sizeof other.number);
		return err_set(err, ERR_DENIED, "signed with key %s, not with the given key %s",
			       minisign_id_format(&other, ids[0]), minisign_id_format(key, ids[1]));
	}
	(void)crypto_generichash(digest, sizeof digest, bytes, len, NULL, 0);
	if (crypto_sign_verify_detached(p.signature.signature, digest, sizeof digest, key->key) !=
	    0)
		return err_set(err, ERR_DENIED,
			       "the signature does not fit: the file was changed, or another key "
			       "made it");
	minisign_global(&g, p.signature.signature, p.comment);
	if (crypto_sign_verify_detached(p.global, g.bytes, g.len, key->key) != 0)
		return err_set(err, ERR_DENIED, "the trusted comment was changed");
	(void)snprintf(comment, MINISIGN_COMMENT_MAX + 1, "%s", p.comment);
	return ERR_OK;
}
