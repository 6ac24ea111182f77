#ifndef AGGREGATOR_WEB_ACCOUNT_H
#define AGGREGATOR_WEB_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/web/office.h"

/* Local accounts. Passwords: Argon2id (libsodium, MODERATE); rules as the NCSC advises: at least 12
 * characters, any characters, no composition rules, no expiry, not a common one or a simple variant
 * of it (common_passwords.txt), not the account's name. */

#define ACCOUNT_PASSWORD_MIN 12  /* characters */
#define ACCOUNT_PASSWORD_MAX 256 /* bytes */
#define ACCOUNT_HASH_BYTES 128
#define ACCOUNT_NAME_MAX 64       /* bytes */
#define ACCOUNT_FULL_NAME_MAX 128 /* bytes */

struct account {
	int64_t id;
	char name[ACCOUNT_NAME_MAX + 1]; /* small letters, digits and . - _ @ */
	char full_name[ACCOUNT_FULL_NAME_MAX + 1];
	enum role role;
	char area[65]; /* ROLE_DISTRICT: its district; "" otherwise */
	int active;
	int has_password; /* 0: invited, or single sign-on only */
	char hash[ACCOUNT_HASH_BYTES];
};

/* ERR_MISSING when there is none. One that is not active is found: its `active` says. Capital
 * letters in name are taken as small ones. */
enum err_code account_find(struct office *o, const char *name, struct account *out,
			   struct err *err);
enum err_code account_find_id(struct office *o, int64_t id, struct account *out, struct err *err);
/* By name; the caller frees *out. */
enum err_code account_list(struct office *o, struct account **out, size_t *n, struct err *err);
/* How many active administrators there are. */
enum err_code account_admins(struct office *o, int64_t *n, struct err *err);

/* ERR_MALFORMED says which field and why; whether the area exists is the caller's to check. Each is
 * one transaction and writes the audit log as `who` (NULL: the program). account_add takes
 * account->hash as it is ("" for none) and the capital letters of its name as small ones.
 * account_change writes role, area, full_name and active (not the name); when role, area or active
 * change, the account's sign-ins end. ERR_DENIED when no active administrator would be left. */
enum err_code account_add(struct office *o, const struct viewer *who, const char *peer,
			  const struct account *account, int64_t *id, struct err *err);
enum err_code account_change(struct office *o, const struct viewer *who, const char *peer,
			     const struct account *account, struct err *err);

/* ERR_MALFORMED: a sentence for whoever chose it. */
enum err_code account_check_password(const char *name, const char *password, struct err *err);
/* Slow (tenths of a second) and memory-hungry (256 MiB): called on the hashing thread only, or by a
 * command. Neither touches the database. */
enum err_code account_hash_password(const char *password, char hash[ACCOUNT_HASH_BYTES],
				    struct err *err);
/* 1 when it matches. "" never does, but takes as long. */
int account_password_matches(const char *hash, const char *password);
/* Every other sign-in of the account ends (who->signin stays, when it is the account's own), and so
 * do its one-time links. */
enum err_code account_set_hash(struct office *o, int64_t account, const char *hash,
			       const struct viewer *who, const char *peer, struct err *err);

/* One-time links: set-up of the first admin, invitations, resets. A new link replaces the account's
 * earlier ones; `account` 0 is the first administrator's. */
#define ACCOUNT_LINK_BYTES 44 /* text of a token and NUL */
#define ACCOUNT_SETUP_LINK_S 86400LL
#define ACCOUNT_INVITATION_S (7 * 86400LL)
#define ACCOUNT_RESET_LINK_S 86400LL
enum err_code account_link_make(struct office *o, const struct viewer *who, const char *peer,
				int64_t account, int64_t until_us, char token[ACCOUNT_LINK_BYTES],
				struct err *err);
/* Whose link it is; id 0 and ROLE_ADMIN for the first administrator's. ERR_MISSING when it is
 * unknown, used or too old; ERR_DENIED when the account is suspended, or there is an administrator
 * already. */
enum err_code account_link_find(struct office *o, const char *token, int64_t now_us,
				struct account *out, struct err *err);
/* Takes the link away and sets the hash, in one transaction; `chosen` is account_link_find's
 * answer, for the first administrator with names filled in. Writes *account as it is then. Errors
 * as account_link_find and account_add. */
enum err_code account_link_use(struct office *o, const char *token, const struct account *chosen,
			       const char *hash, const char *peer, struct account *account,
			       struct err *err);

/* origin "/set-up/" token. ERR_TOO_BIG when it does not fit. */
#define ACCOUNT_LINK_TEXT_BYTES 400
enum err_code account_link_text(const char *origin, const char *token, char *link, size_t size,
				struct err *err);
/* For the start of `web`: while no active administrator exists, a new set-up link (the one before
 * ends); "" afterwards. */
enum err_code account_setup_link(struct office *o, const char *origin, char *link, size_t size,
				 struct err *err);

#endif
