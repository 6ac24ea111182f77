/* /account/password: another password of one's own. The present one is asked for, and wrong ones
 * count as failed sign-ins do. */

#include <string.h>

#include "aggregator/web/form.h"
#include "aggregator/web/routes.h"
#include "aggregator/web/signin_work.h"
#include "proto/clock.h"

static void password_form(struct web *web, const struct request *rq, struct response *rs,
			  const struct form_errors *errors)
{
	const struct layout l = { .title = "Change your password",
				  .lead = "Your sign-ins elsewhere end when it is changed.",
				  .section = LAYOUT_NONE,
				  .path = "/account/password" };
	const struct form_input fields[] = {
		{ .name = "name",
		  .label = "Account name",
		  .value = rq->viewer.name,
		  .autocomplete = "username",
		  .width = 20,
		  .read_only = 1 },
		{ .name = "password",
		  .label = "Present password",
		  .type = "password",
		  .autocomplete = "current-password",
		  .width = 20 },
		{ .name = "chosen",
		  .label = "New password",
		  .hint = "At least 12 characters. Three random words are strong and easy to "
			  "remember. Any characters may be used, and a password manager may fill "
			  "it in.",
		  .type = "password",
		  .autocomplete = "new-password",
		  .width = 20 },
		{ .name = "again",
		  .label = "New password again",
		  .type = "password",
		  .autocomplete = "new-password",
		  .width = 20 },
	};
	struct html *h = &rs->body;

	layout_begin(web, rq, h, &l);
	form_error_summary(h, errors);
	form_begin(h, &rq->viewer, "/account/password");
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		form_input(h, errors, &fields[i]);
	form_end(h, "Change the password", "");
	html_raw(h, "<p class=\"govuk-body\"><a class=\"govuk-link\" href=\"/account\">Back to "
		    "your account</a></p>\n");
	layout_end(web, rq, h, &l);
}

static enum err_code password_get(struct web *web, const struct request *rq, struct response *rs,
				  struct err *err)
{
	const struct form_errors none = { .n = 0 };
	enum err_code code = signin_is_person(rq, err);

	if (code == ERR_OK)
		password_form(web, rq, rs, &none);
	return code;
}

static enum err_code password_again(struct web *web, const struct request *rq, struct response *rs,
				    int status, const struct form_errors *errors)
{
	rs->status = status;
	password_form(web, rq, rs, errors);
	return ERR_OK;
}

static enum err_code password_hashed(struct web *web, const struct request *rq, struct response *rs,
				     void *context, struct err *err)
{
	struct form_errors errors = { .n = 0 };
	const struct signin_work *w = context;
	enum err_code code;

	if (!w->matches) {
		code = signin_refused(web->office, rq->viewer.name, rq->peer, err);
		form_error(&errors, "password", "The present password is not right");
		return code == ERR_OK ? password_again(web, rq, rs, 403, &errors) : code;
	}
	if (w->code != ERR_OK)
		return err_set(err, w->code, "%s", w->err.text);
	code = signin_succeeded(web->office, rq->viewer.name, signin_peer(rq), err);
	if (code == ERR_OK)
		code = account_set_hash(web->office, rq->viewer.account, w->hash, &rq->viewer,
					rq->peer, err);
	return code == ERR_OK ? response_redirect(rs, "/account?done=password", err) : code;
}

static void password_check(const struct request *rq, struct form_errors *errors)
{
	struct err err = { .code = ERR_OK };

	if (form_value(rq, "password")[0] == '\0')
		form_error(errors, "password", "Enter your present password");
	if (account_check_password(rq->viewer.name, form_value(rq, "chosen"), &err) != ERR_OK)
		form_error(errors, "chosen", err.text);
	else if (strcmp(form_value(rq, "chosen"), form_value(rq, "again")) != 0)
		form_error(errors, "again", "The two new passwords are not the same");
}

static enum err_code password_post(struct web *web, const struct request *rq, struct response *rs,
				   struct err *err)
{
	struct form_errors errors = { .n = 0 };
	int64_t now_us = clock_wall_us();
	struct account account;
	enum err_code code = signin_is_person(rq, err);

	if (code != ERR_OK)
		return code;
	password_check(rq, &errors);
	if (errors.n > 0)
		return password_again(web, rq, rs, 400, &errors);
	code = signin_allowed(web->office, rq->viewer.name, signin_peer(rq), now_us, err);
	if (code == ERR_BUSY) {
		form_error(&errors, "", err->text);
		return password_again(web, rq, rs, 429, &errors);
	}
	if (code == ERR_OK)
		code = signin_failed(web->office, rq->viewer.name, signin_peer(rq), now_us, err);
	if (code == ERR_OK)
		code = account_find_id(web->office, rq->viewer.account, &account, err);
	if (code != ERR_OK)
		return code;
	return signin_defer(rs, &account, form_value(rq, "password"), form_value(rq, "chosen"),
			    password_hashed, err);
}

const struct route password_routes[] = {
	{ REQUEST_GET, "/account/password", ROLES_SIGNED_IN, ROUTE_PAGE, password_get },
	{ REQUEST_POST, "/account/password", ROLES_SIGNED_IN, ROUTE_PAGE, password_post },
	{ 0 },
};
