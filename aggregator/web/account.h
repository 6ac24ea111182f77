#ifndef AGGREGATOR_WEB_ACCOUNT_H
#define AGGREGATOR_WEB_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/web/office.h"

/* Local accounts. Passwords: Argon2id (libsodium, MODERATE); rules as the NCSC advises: at least 12
 * characters, any characters, no composition rules, no expiry, not on the list of common ones
 * (common_passwords.txt), not the account's name. */

#define ACCOUNT_PASSWORD_MIN 12  /* characters */
#define ACCOUNT_PASSWORD_MAX 256 /* bytes */
#define ACCOUNT_HASH_BYTES 128

struct account {
	int64_t id;
	char name[65];
	char full_name[129];
	enum role role;
	char area[65]; /* ROLE_DISTRICT: its district; "" otherwise */
	int active;
	int has_password; /* 0: invited, or single sign-on only */
	char hash[ACCOUNT_HASH_BYTES];
};

/* ERR_MISSING when there is none (or it is not active: its `active` says). */
enum err_code account_find(struct office *o, const char *name, struct account *out,
			   struct err *err);
enum err_code account_list(struct office *o, struct account **out, size_t *n, struct err *err);

/* ERR_MALFORMED says which field and why. Each writes the audit log as `who`. */
enum err_code account_add(struct office *o, const struct viewer *who, const char *peer,
			  const struct account *account, int64_t *id, struct err *err);
enum err_code account_change(struct office *o, const struct viewer *who, const char *peer,
			     const struct account *account,
			     struct err *err); /* role, area, names, active */

/* ERR_MALFORMED: a sentence for whoever chose it. */
enum err_code account_check_password(const char *name, const char *password, struct err *err);
/* Slow (tenths of a second) and memory-hungry: called on the hashing thread only. */
enum err_code account_hash_password(const char *password, char hash[ACCOUNT_HASH_BYTES],
				    struct err *err);
int account_password_matches(const char *hash,
			     const char *password); /* "" never matches, but takes as long */
enum err_code account_set_hash(struct office *o, int64_t account, const char *hash,
			       const struct viewer *who, const char *peer, struct err *err);

/* One-time links: set-up of the first admin, invitations, resets. 24 hours (invitations 7 days). */
#define ACCOUNT_LINK_BYTES 44
enum err_code account_link_make(struct office *o, int64_t account, int64_t until_us,
				char token[ACCOUNT_LINK_BYTES], struct err *err);
enum err_code account_link_find(struct office *o, const char *token, int64_t now_us,
				struct account *out, struct err *err);
enum err_code account_link_use(struct office *o, const char *token, struct err *err);

#endif
