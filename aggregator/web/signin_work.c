#include "aggregator/web/signin_work.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* ---- deferred hashing */

static void work_forget(char *text)
{
	if (text != NULL)
		sodium_memzero(text, strlen(text));
	free(text);
}

static void work_free(void *context)
{
	struct signin_work *w = context;

	if (w == NULL)
		return;
	work_forget(w->password);
	work_forget(w->chosen);
	sodium_memzero(w, sizeof *w);
	free(w);
}

static void work_run(void *context)
{
	struct signin_work *w = context;

	w->matches = w->password == NULL || account_password_matches(w->account.hash, w->password);
	if (w->matches && w->chosen != NULL)
		w->code = account_hash_password(w->chosen, w->hash, &w->err);
}

static int work_copy(const char *text, char **copy)
{
	*copy = text == NULL ? NULL : strdup(text);
	return text == NULL || *copy != NULL;
}

enum err_code signin_defer(struct response *rs, const struct account *account, const char *password,
			   const char *chosen,
			   enum err_code (*finish)(struct web *web, const struct request *rq,
						   struct response *rs, void *context,
						   struct err *err),
			   struct err *err)
{
	struct signin_work *w = calloc(1, sizeof *w);
	struct defer defer = { work_run, finish, work_free, w };

	if (w == NULL || !work_copy(password, &w->password) || !work_copy(chosen, &w->chosen)) {
		work_free(w);
		return err_set(err, ERR_NOMEM, "out of memory");
	}
	w->account = *account;
	return response_defer(rs, &defer, err);
}

/* ---- who */

const char *signin_peer(const struct request *rq)
{
	int here = strncmp(rq->peer, "127.", 4) == 0 || strcmp(rq->peer, "::1") == 0;

	return rq->forwarded && here ? "local" : rq->peer;
}

/* ---- in */

static const char *signin_next(const struct viewer *v, const char *next)
{
	if (signin_next_is_local(next))
		return next;
	return v->role == ROLE_DFE ? "/downloads" : "/";
}

enum err_code signin_enter(struct web *web, const struct request *rq, struct response *rs,
			   const struct account *account, const char *next, struct err *err)
{
	const struct aggregator_web *settings = web->reading.config->web;
	int hours = settings == NULL ? WEB_SESSION_HOURS_DEFAULT : settings->session_hours;
	char token[SIGNIN_TOKEN_BYTES];
	struct viewer v;
	enum err_code code = signin_start(web->office, account, rq->peer, hours, token, &v, err);

	if (code == ERR_OK)
		code = signin_succeeded(web->office, account->name, signin_peer(rq), err);
	if (code == ERR_OK && rq->viewer.signin != 0 && rq->identity[0] == '\0')
		(void)signin_end(web->office, &rq->viewer, rq->peer, NULL); /* another one here */
	if (code == ERR_OK)
		code = web_cookie(web, rs, token, err);
	if (code == ERR_OK)
		code = response_redirect(rs, signin_next(&v, next), err);
	sodium_memzero(token, sizeof token);
	return code;
}

int signin_idle_s(const struct web *web)
{
	const struct aggregator_web *settings = web->reading.config->web;

	return 60 * (settings == NULL ? WEB_IDLE_MINUTES_DEFAULT : settings->idle_minutes);
}

enum err_code signin_is_person(const struct request *rq, struct err *err)
{
	if (rq->viewer.signin != 0)
		return ERR_OK;
	return err_set(err, ERR_DENIED,
		       "an API token reads figures only; sign in with a browser to do this");
}
