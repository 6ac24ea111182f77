#ifndef AGGREGATOR_WEB_SIGNIN_H
#define AGGREGATOR_WEB_SIGNIN_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/web/account.h"

/* Who may come in, and for how long. The cookie holds 32 random bytes (base64url); the database
 * only their SHA-256. Idle and absolute times are settings. Failures lock an account out for a
 * growing time and slow an address down; neither tells whether the account exists. */

#define SIGNIN_COOKIE "__Host-drs" /* https */
#define SIGNIN_COOKIE_PLAIN "drs"  /* http on loopback: browsers refuse __Host- without TLS */
#define SIGNIN_TOKEN_BYTES 44      /* text of a token and NUL */

/* The viewer of a cookie's token; role ROLE_NONE when it is unknown, ended, or the account is not
 * active any more. Moves the idle time (written at most once a minute). */
enum err_code signin_find(struct office *o, const char *token, int64_t now_us, int idle_s,
			  struct viewer *out, struct err *err);

/* After the password was right (or the proxy said who it is). Writes the cookie's text. */
enum err_code signin_start(struct office *o, const struct account *account, const char *peer,
			   int64_t now_us, int hours, char token[SIGNIN_TOKEN_BYTES],
			   struct viewer *out, struct err *err);
enum err_code signin_end(struct office *o, const struct viewer *v, const char *peer,
			 struct err *err);
/* Every sign-in of an account: after a password change, a suspension, a change of role. */
enum err_code signin_end_all(struct office *o, int64_t account, struct err *err);

/* May this account name, and this peer, try now? ERR_BUSY with "try again in N minutes". */
enum err_code signin_allowed(struct office *o, const char *name, const char *peer, int64_t now_us,
			     struct err *err);
enum err_code signin_failed(struct office *o, const char *name, const char *peer, int64_t now_us,
			    struct err *err);

/* API tokens: "Authorization: Bearer …", made and revoked on the account page. */
enum err_code signin_token_find(struct office *o, const char *token, int64_t now_us,
				struct viewer *out, struct err *err);

/* The form's csrf field: base64url of mask and (secret XOR mask), so that compression tells
 * nothing. check: 1 when it matches, in constant time. */
#define SIGNIN_CSRF_BYTES 88
const char *signin_csrf(const struct viewer *v, char out[SIGNIN_CSRF_BYTES]);
int signin_csrf_matches(const struct viewer *v, const char *field);

#endif
