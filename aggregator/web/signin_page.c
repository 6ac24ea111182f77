/* /sign-in and /sign-out. A wrong password, a name that nobody has and a suspended account get the
 * same words after the same work. */

#include "aggregator/web/form.h"
#include "aggregator/web/routes.h"
#include "aggregator/web/signin_work.h"
#include "proto/clock.h"

#define REFUSED "The account name or the password is not right"

static void signin_form(struct web *web, const struct request *rq, struct response *rs,
			const char *next, const struct form_errors *errors)
{
	const struct layout l = { .title = "Sign in", .section = LAYOUT_NONE, .path = "/sign-in" };
	const struct form_input name = { .name = "name",
					 .label = "Account name",
					 .value = form_value(rq, "name"),
					 .autocomplete = "username",
					 .width = 20 };
	const struct form_input password = { .name = "password",
					     .label = "Password",
					     .type = "password",
					     .autocomplete = "current-password",
					     .width = 20 };
	struct html *h = &rs->body;

	layout_begin(web, rq, h, &l);
	if (request_query(rq, "signed-out") != NULL)
		form_done(h, "You have signed out");
	form_error_summary(h, errors);
	form_begin(h, &rq->viewer, "/sign-in");
	form_input(h, errors, &name);
	form_input(h, errors, &password);
	if (signin_next_is_local(next))
		form_hidden(h, "next", next);
	form_end(h, "Sign in", "");
	html_raw(h, "<p class=\"govuk-body drs-text\">No account, or the password is forgotten? "
		    "Ask an administrator of this service for a link.</p>\n");
	layout_end(web, rq, h, &l);
}

static enum err_code signin_get(struct web *web, const struct request *rq, struct response *rs,
				struct err *err)
{
	const struct form_errors none = { .n = 0 };
	const char *next = request_query(rq, "next");

	if (next == NULL)
		next = "";
	if (rq->viewer.role != ROLE_NONE)
		return response_redirect(rs, signin_next_is_local(next) ? next : "/account", err);
	signin_form(web, rq, rs, next, &none);
	return ERR_OK;
}

/* The form again, with what is wrong. */
static enum err_code signin_again(struct web *web, const struct request *rq, struct response *rs,
				  int status, const struct form_errors *errors)
{
	rs->status = status;
	signin_form(web, rq, rs, form_value(rq, "next"), errors);
	return ERR_OK;
}

static enum err_code signin_checked(struct web *web, const struct request *rq, struct response *rs,
				    void *context, struct err *err)
{
	struct form_errors errors = { .n = 0 };
	const struct signin_work *w = context;
	enum err_code code = ERR_DENIED;

	if (w->matches && w->account.active)
		code = signin_enter(web, rq, rs, &w->account, form_value(rq, "next"), err);
	if (code != ERR_DENIED) /* also: suspended or changed while the password was checked */
		return code;
	code = signin_refused(web->office, form_value(rq, "name"), rq->peer, err);
	form_error(&errors, "name", REFUSED);
	return code == ERR_OK ? signin_again(web, rq, rs, 403, &errors) : code;
}

static enum err_code signin_post(struct web *web, const struct request *rq, struct response *rs,
				 struct err *err)
{
	const char *name = form_value(rq, "name"), *password = form_value(rq, "password");
	struct form_errors errors = { .n = 0 };
	struct account account = { .id = 0 };
	int64_t now_us = clock_wall_us();
	enum err_code code;

	if (name[0] == '\0')
		form_error(&errors, "name", "Enter your account name");
	if (password[0] == '\0')
		form_error(&errors, "password", "Enter your password");
	if (errors.n > 0)
		return signin_again(web, rq, rs, 400, &errors);
	code = signin_allowed(web->office, name, signin_peer(rq), now_us, err);
	if (code == ERR_BUSY) {
		form_error(&errors, "", err->text);
		return signin_again(web, rq, rs, 429, &errors);
	}
	if (code == ERR_OK)
		code = signin_failed(web->office, name, signin_peer(rq), now_us, err);
	if (code == ERR_OK)
		code = account_find(web->office, name, &account, err);
	if (code != ERR_OK && code != ERR_MISSING)
		return code;
	return signin_defer(rs, &account, password, NULL, signin_checked, err);
}

static enum err_code signout_post(struct web *web, const struct request *rq, struct response *rs,
				  struct err *err)
{
	enum err_code code = ERR_OK;

	if (rq->viewer.signin != 0)
		code = signin_end(web->office, &rq->viewer, rq->peer, err);
	if (code == ERR_OK || code == ERR_MISSING)
		code = web_cookie(web, rs, "", err);
	return code == ERR_OK ? response_redirect(rs, "/sign-in?signed-out=1", err) : code;
}

const struct route signin_routes[] = {
	{ REQUEST_GET, "/sign-in", ROLES_ANYONE, ROUTE_PAGE, signin_get },
	{ REQUEST_POST, "/sign-in", ROLES_ANYONE, ROUTE_PAGE, signin_post },
	{ REQUEST_POST, "/sign-out", ROLES_ANYONE, ROUTE_PAGE, signout_post },
	{ 0 },
};
