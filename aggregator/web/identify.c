/* identify: who asks. In: the Authorization header, what the trusted proxy says, the sign-in
 * cookie; the first of them that is there counts. Out: the viewer. A token or cookie that is
 * unknown or over is nobody's, and no error. */
#include <string.h>

#include "aggregator/web/signin.h"
#include "aggregator/web/web.h"
#include "proto/clock.h"

#define BEARER "Bearer "
#define MINUTE_S 60

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

enum err_code web_identify(struct web *web, struct request *rq, struct err *err)
{
	const struct aggregator_web *settings = web_settings(web);
	int64_t now_us = clock_wall_us();

	if (web->office == NULL || rq->viewer.role != ROLE_NONE)
		return ERR_OK;
	if (rq->authorization != NULL && strncmp(rq->authorization, BEARER, strlen(BEARER)) == 0)
		return signin_token_find(web->office, rq->authorization + strlen(BEARER), now_us,
					 &rq->viewer, err);
	if (rq->identity != NULL && rq->identity[0] != '\0')
		return signin_proxy(web->office, rq->identity, rq->peer, now_us,
				    settings == NULL ? WEB_SESSION_HOURS_DEFAULT
						     : settings->session_hours,
				    &rq->viewer, err);
	return identify_cookie(web, rq, now_us, err);
}
