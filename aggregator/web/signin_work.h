#ifndef AGGREGATOR_WEB_SIGNIN_WORK_H
#define AGGREGATOR_WEB_SIGNIN_WORK_H

#include "aggregator/web/defer.h"
#include "aggregator/web/signin.h"
#include "aggregator/web/web.h"

/* Passwords checked and hashed off the handlers' thread: what sign-in, set-up and account pages
 * share. */

struct signin_work {
	struct account account; /* whose; id 0: none of that name, or the first administrator */
	char *password;         /* to check against account.hash; NULL: nothing to check */
	char *chosen;           /* to be hashed, if the check (if any) passed; NULL: none */
	int matches;            /* 1: the check passed, or there was none */
	enum err_code code;     /* of the hashing */
	struct err err;
	char hash[ACCOUNT_HASH_BYTES]; /* of chosen */
};

/* Copies all three (NULL stays NULL) and defers; `finish` gets the struct signin_work as its
 * context. */
enum err_code signin_defer(struct response *rs, const struct account *account, const char *password,
			   const char *chosen,
			   enum err_code (*finish)(struct web *web, const struct request *rq,
						   struct response *rs, void *context,
						   struct err *err),
			   struct err *err);

/* The address to slow down: the client's, "local" where a proxy on this machine stands for all. */
const char *signin_peer(const struct request *rq);

/* Starts a sign-in, sets its cookie and sends the browser to `next` ("" or one that is not local:
 * the first page of the role). */
enum err_code signin_enter(struct web *web, const struct request *rq, struct response *rs,
			   const struct account *account, const char *next, struct err *err);

/* Idle time of the settings, in seconds. */
int signin_idle_s(const struct web *web);

/* ERR_DENIED for a request with an API token: accounts are changed by people who signed in. */
enum err_code signin_is_person(const struct request *rq, struct err *err);

#endif
