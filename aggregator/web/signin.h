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
#define SIGNIN_PER_ACCOUNT 20      /* open at once; the oldest ends */

/* The viewer of a cookie's token; role ROLE_NONE when it is unknown, ended, or the account is not
 * active any more. Moves the idle time (written at most once a minute). */
enum err_code signin_find(struct office *o, const char *token, int64_t now_us, int idle_s,
			  struct viewer *out, struct err *err);

/* After the password was right. account: as read before the password was checked; ERR_DENIED when
 * it was suspended or its password changed since. Writes the cookie's text. */
enum err_code signin_start(struct office *o, const struct account *account, const char *peer,
			   int hours, char token[SIGNIN_TOKEN_BYTES], struct viewer *out,
			   struct err *err);
/* The proxy said who it is. One sign-in per account serves all its requests, without a cookie; a
 * new one begins when it is too old. ERR_DENIED when there is no such active account. */
enum err_code signin_proxy(struct office *o, const char *identity, const char *peer, int64_t now_us,
			   int hours, struct viewer *out, struct err *err);

/* The viewer's own sign-in. */
enum err_code signin_end(struct office *o, const struct viewer *v, const char *peer,
			 struct err *err);
/* Another one of the viewer's own account; ERR_MISSING when it is not. */
enum err_code signin_end_one(struct office *o, const struct viewer *v, const char *peer,
			     int64_t signin, struct err *err);
/* Every other one of the viewer's own account. */
enum err_code signin_end_others(struct office *o, const struct viewer *v, const char *peer,
				struct err *err);

struct signin_row {
	int64_t id, started_us, used_us, until_us;
	char peer[65];
	int proxy; /* 1: through single sign-on */
};
/* Open ones of an account, newest first; at most SIGNIN_PER_ACCOUNT + 1. */
enum err_code signin_list(struct office *o, int64_t account, int64_t now_us, int idle_s,
			  struct signin_row out[SIGNIN_PER_ACCOUNT + 1], size_t *n,
			  struct err *err);

/* ---- attempts (signin_attempt.c) */

#define SIGNIN_ACCOUNT_FREE 5 /* failures before an account waits: 1 minute, 2, 4 … */
#define SIGNIN_ACCOUNT_WAIT_S 60
#define SIGNIN_ACCOUNT_WAIT_MAX_S 3600
#define SIGNIN_ACCOUNT_FORGET_S 86400 /* after the last failure */
#define SIGNIN_PEER_FREE 30           /* failures before an address waits: 10 s, 20, 40 … */
#define SIGNIN_PEER_WAIT_S 10
#define SIGNIN_PEER_WAIT_MAX_S 300
#define SIGNIN_PEER_FORGET_S 3600

/* May this account name, and this peer, try now? ERR_BUSY with "try again in N minutes". "local" (a
 * Unix socket: everybody behind a proxy) is not slowed as an address. */
enum err_code signin_allowed(struct office *o, const char *name, const char *peer, int64_t now_us,
			     struct err *err);
/* Counts an attempt as failed. Called before the password is checked, so that attempts made at the
 * same time count too; signin_succeeded takes it back. */
enum err_code signin_failed(struct office *o, const char *name, const char *peer, int64_t now_us,
			    struct err *err);
enum err_code signin_succeeded(struct office *o, const char *name, const char *peer,
			       struct err *err);
/* Puts a refused attempt on the audit log. A name that no account has is not written. */
enum err_code signin_refused(struct office *o, const char *name, const char *peer, struct err *err);

/* ---- API tokens (signin_token.c): "Authorization: Bearer …", made and revoked on the account
 * page; with the rights that the account has at the time of each request. */

#define SIGNIN_TOKENS_MAX 20 /* of one account */
#define SIGNIN_TOKEN_LABEL_MAX 64
#define SIGNIN_TOKEN_DAYS_MAX 366

struct signin_token {
	int64_t id, made_us, used_us, until_us; /* used_us 0: never */
	char label[SIGNIN_TOKEN_LABEL_MAX + 1];
};

enum err_code signin_token_find(struct office *o, const char *token, int64_t now_us,
				struct viewer *out, struct err *err);
/* Of the viewer's own account. ERR_MALFORMED names the field; ERR_FULL when it has the most. */
enum err_code signin_token_make(struct office *o, const struct viewer *v, const char *peer,
				const char *label, int days, char token[SIGNIN_TOKEN_BYTES],
				struct err *err);
enum err_code signin_token_list(struct office *o, int64_t account,
				struct signin_token out[SIGNIN_TOKENS_MAX], size_t *n,
				struct err *err);
/* ERR_MISSING when it is not the viewer's own. */
enum err_code signin_token_revoke(struct office *o, const struct viewer *v, const char *peer,
				  int64_t id, struct err *err);

/* ---- CSRF */

/* The form's csrf field: base64url of mask and (secret XOR mask), so that compression tells
 * nothing. check: 1 when it matches, in constant time; a secret of zeros (nobody) never does. */
#define SIGNIN_CSRF_BYTES 88
const char *signin_csrf(const struct viewer *v, char out[SIGNIN_CSRF_BYTES]);
int signin_csrf_matches(const struct viewer *v, const char *field);

/* ---- where to go afterwards */

/* 1 when `next` is a path of this site that a browser cannot take for another: one '/' first, no
 * backslash, no control byte, and not a page of signing in or out. */
int signin_next_is_local(const char *next);

#endif
