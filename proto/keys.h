#ifndef PROTO_KEYS_H
#define PROTO_KEYS_H

#include <stdint.h>

#include "proto/err.h"

/* Key pairs in files. A secret file is mode 0600 or 0400 and owned by the reader or root, else
 * ERR_DENIED says the chmod that mends it. One line "curve-secret <z85>" or "sign-secret <hex>". */

#define KEYS_CURVE_TEXT 41 /* Z85, 40 characters and NUL */

struct keys_curve {
	uint8_t public_key[32], secret_key[32];
	char public_text[KEYS_CURVE_TEXT], secret_text[KEYS_CURVE_TEXT];
};

struct keys_sign {
	uint8_t public_key[32], secret_key[64];
	char public_text[65]; /* hex */
};

/* Creates the file (O_EXCL, 0600, fsynced with its folder); ERR_BUSY when it exists. */
enum err_code keys_curve_create(const char *path, struct keys_curve *out, struct err *err);
enum err_code keys_sign_create(const char *path, struct keys_sign *out, struct err *err);
enum err_code keys_curve_load(const char *path, struct keys_curve *out, struct err *err);
enum err_code keys_sign_load(const char *path, struct keys_sign *out, struct err *err);
void keys_curve_wipe(struct keys_curve *keys); /* zeroes secrets */
void keys_sign_wipe(struct keys_sign *keys);

/* "district-enrol 1 <agent> <curve-public z85> <sign-public hex>": what keys init prints and
 * agents add reads. The parser accepts surrounding space and names the part that is wrong. */
struct keys_enrolment {
	char agent[65];
	uint8_t curve_public[32], sign_public[32];
	char curve_text[KEYS_CURVE_TEXT];
};
enum err_code keys_enrolment_parse(const char *line, struct keys_enrolment *out, struct err *err);
int keys_enrolment_format(const char *agent, const struct keys_curve *curve,
			  const struct keys_sign *sign, char *out, int size);

/* Lower-case hex. out has 2 × len + 1 bytes. Returns out. */
const char *keys_hex(const uint8_t *bytes, int len, char *out);
enum err_code keys_unhex(const char *text, uint8_t *out, int len, struct err *err);

/* [a-z0-9-], 1–64, starting with a letter. */
int keys_name_valid(const char *name);

#endif
