/* identify: who asks. In: the Authorization header, what the trusted proxy says, the sign-in
 * cookie, in this order. Out: the viewer, and a cookie to set when the proxy vouched for somebody
 * who was not signed in yet. What nobody stands behind is nobody: never an error. */
#include <string.h>

#include "aggregator/web/signin.h"
#include "aggregator/web/web.h"
#include "proto/clock.h"

#define BEARER "Bearer "
#define MINUTE_S 60
#define COOKIE_BYTES SIGNIN_TOKEN_BYTES

static const struct aggregator_web *web_settings(const struct web *web)
{
	return web->reading.config == NULL ? NULL : web->reading.config->web;
}

int web_is_secure(const struct web *web)
{
	const struct aggregator_web *settings = web_settings(web);

	if (settings == NULL)
		return 0;
	if (settings->origin != NULL)
		return strncmp(settings->origin, "https:", 6) == 0;
	return settings->certificate != NULL;
}

const char *web_cookie_name(const struct web *web)
{
	return web_is_secure(web) ? SIGNIN_COOKIE : SIGNIN_COOKIE_PLAIN;
}

enum err_code web_cookie(const struct web *web, struct response *rs, const char *token,
			 struct err *err)
{
	return response_header(rs, "Set-Cookie", err, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s",
			       web_cookie_name(web), token, web_is_secure(web) ? "; Secure" : "",
			       token[0] == '\0' ? "; Max-Age=0" : "");
}

const char *web_origin(const struct web *web)
{
	return web->origin;
}

static enum err_code identify_cookie(struct web *web, struct request *rq, int64_t now_us,
				     struct err *err)
{
	const char *token = request_cookie(rq, web_cookie_name(web));
	const struct aggregator_web *settings = web_settings(web);
	int minutes = settings == NULL ? WEB_IDLE_MINUTES_DEFAULT : settings->idle_minutes;

	if (token == NULL)
		return ERR_OK;
	return signin_find(web->office, token, now_us, minutes * MINUTE_S, &rq->viewer, err);
}

/* The proxy has checked who it is; we say what that person may do here. */
static enum err_code identify_proxied(struct web *web, struct request *rq, int64_t now_us,
				      char cookie[COOKIE_BYTES], struct err *err)
{
	const struct aggregator_web *settings = web_settings(web);
	struct account account = { 0 };
	enum err_code code = identify_cookie(web, rq, now_us, err);

	if (code != ERR_OK ||
	    (rq->viewer.role != ROLE_NONE && strcmp(rq->viewer.name, rq->identity) == 0))
		return code;
	rq->viewer = (struct viewer){ 0 };
	code = account_find(web->office, rq->identity, &account, err);
	if (code == ERR_MISSING || (code == ERR_OK && !account.active))
		return err_set(err, ERR_DENIED,
			       "'%.64s' has no account here; ask an administrator for one",
			       rq->identity);
	if (code != ERR_OK)
		return code;
	return signin_start(web->office, &account, rq->peer, now_us,
			    settings == NULL ? WEB_SESSION_HOURS_DEFAULT : settings->session_hours,
			    cookie, &rq->viewer, err);
}

enum err_code web_identify(struct web *web, struct request *rq, char cookie[COOKIE_BYTES],
			   struct err *err)
{
	int64_t now_us = clock_wall_us();

	cookie[0] = '\0';
	if (web->office == NULL || rq->viewer.role != ROLE_NONE)
		return ERR_OK;
	if (rq->authorization != NULL && strncmp(rq->authorization, BEARER, strlen(BEARER)) == 0)
		return signin_token_find(web->office, rq->authorization + strlen(BEARER), now_us,
					 &rq->viewer, err);
	if (rq->identity != NULL && rq->identity[0] != '\0')
		return identify_proxied(web, rq, now_us, cookie, err);
	return identify_cookie(web, rq, now_us, err);
}
