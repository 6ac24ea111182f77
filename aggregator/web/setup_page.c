/* /set-up/{token}: what a one-time link leads to. The first administrator chooses a name and a
 * password, whoever was invited or forgot it a password; either is signed in then. */

#include <stdio.h>
#include <string.h>

#include "aggregator/web/form.h"
#include "aggregator/web/routes.h"
#include "aggregator/web/signin_work.h"
#include "proto/clock.h"

#define PASSWORD_HINT                                                                      \
	"At least 12 characters. Three random words are strong and easy to remember. Any " \
	"characters may be used, spaces too, and a password manager may fill it in."

static void setup_fields(struct html *h, const struct request *rq, const struct account *a,
			 const struct form_errors *errors)
{
	const struct form_input name = { .name = "name",
					 .label = "Account name",
					 .hint = a->id == 0 ? "What you sign in with: letters a "
							      "to z, digits and . - _ @"
							    : NULL,
					 .value = a->id == 0 ? form_value(rq, "name") : a->name,
					 .autocomplete = "username",
					 .width = 20,
					 .read_only = a->id != 0 };
	const struct form_input full_name = { .name = "full_name",
					      .label = "Full name",
					      .hint = "Shown beside what you record",
					      .value = form_value(rq, "full_name"),
					      .autocomplete = "name",
					      .width = 30 };
	const struct form_input password = { .name = "password",
					     .label = "New password",
					     .hint = PASSWORD_HINT,
					     .type = "password",
					     .autocomplete = "new-password",
					     .width = 20 };
	const struct form_input again = { .name = "again",
					  .label = "New password again",
					  .type = "password",
					  .autocomplete = "new-password",
					  .width = 20 };

	form_input(h, errors, &name);
	if (a->id == 0)
		form_input(h, errors, &full_name);
	form_input(h, errors, &password);
	form_input(h, errors, &again);
}

static void setup_form(struct web *web, const struct request *rq, struct response *rs,
		       const struct account *a, const struct form_errors *errors)
{
	const struct layout l = { .title = a->id == 0 ? "Set up the first administrator"
						      : "Choose your password",
				  .lead = a->id == 0 ? "An administrator adds accounts and reads "
						       "the audit log."
						     : NULL,
				  .section = LAYOUT_NONE,
				  .path = "/set-up" };
	struct html *h = &rs->body;
	char action[sizeof "/set-up/" + ACCOUNT_LINK_BYTES];

	(void)snprintf(action, sizeof action, "/set-up/%s", rq->part[0]);
	layout_begin(web, rq, h, &l);
	form_error_summary(h, errors);
	form_begin(h, &rq->viewer, action);
	setup_fields(h, rq, a, errors);
	form_end(h, a->id == 0 ? "Make the account" : "Set the password", "");
	layout_end(web, rq, h, &l);
}

static enum err_code setup_get(struct web *web, const struct request *rq, struct response *rs,
			       struct err *err)
{
	const struct form_errors none = { .n = 0 };
	struct account a;
	enum err_code code = account_link_find(web->office, rq->part[0], clock_wall_us(), &a, err);

	if (code == ERR_OK)
		setup_form(web, rq, rs, &a, &none);
	return code;
}

static enum err_code setup_again(struct web *web, const struct request *rq, struct response *rs,
				 const struct account *a, const struct form_errors *errors)
{
	rs->status = 400;
	setup_form(web, rq, rs, a, errors);
	return ERR_OK;
}

static enum err_code setup_hashed(struct web *web, const struct request *rq, struct response *rs,
				  void *context, struct err *err)
{
	struct form_errors errors = { .n = 0 };
	const struct signin_work *w = context;
	struct account a;
	enum err_code code = w->code;

	if (code != ERR_OK)
		return err_set(err, code, "%s", w->err.text);
	code = account_link_use(web->office, rq->part[0], &w->account, w->hash, rq->peer, &a, err);
	if (code == ERR_MALFORMED) { /* of the first administrator's names */
		form_error(&errors, strncmp(err->text, "Full", 4) == 0 ? "full_name" : "name",
			   err->text);
		a = w->account;
		return setup_again(web, rq, rs, &a, &errors);
	}
	return code == ERR_OK ? signin_enter(web, rq, rs, &a, "", err) : code;
}

static void setup_check(const struct request *rq, struct account *a, struct form_errors *errors)
{
	const char *name = form_value(rq, "name"), *full_name = form_value(rq, "full_name");
	const char *password = form_value(rq, "password");
	struct err err = { .code = ERR_OK };

	if (a->id == 0) {
		if (name[0] == '\0')
			form_error(errors, "name", "Enter an account name");
		else if (strlen(name) > ACCOUNT_NAME_MAX)
			form_error(errors, "name", "Account name must be 64 characters or fewer");
		if (full_name[0] == '\0')
			form_error(errors, "full_name", "Enter your full name");
		else if (strlen(full_name) > ACCOUNT_FULL_NAME_MAX)
			form_error(errors, "full_name",
				   "Full name must be 128 characters or fewer");
		(void)snprintf(a->name, sizeof a->name, "%.64s", name);
		(void)snprintf(a->full_name, sizeof a->full_name, "%.128s", full_name);
	}
	if (account_check_password(a->name, password, &err) != ERR_OK)
		form_error(errors, "password", err.text);
	else if (strcmp(password, form_value(rq, "again")) != 0)
		form_error(errors, "again", "The two passwords are not the same");
}

static enum err_code setup_post(struct web *web, const struct request *rq, struct response *rs,
				struct err *err)
{
	struct form_errors errors = { .n = 0 };
	struct account a;
	enum err_code code = account_link_find(web->office, rq->part[0], clock_wall_us(), &a, err);

	if (code != ERR_OK)
		return code;
	setup_check(rq, &a, &errors);
	if (errors.n > 0)
		return setup_again(web, rq, rs, &a, &errors);
	return signin_defer(rs, &a, NULL, form_value(rq, "password"), setup_hashed, err);
}

const struct route setup_routes[] = {
	{ REQUEST_GET, "/set-up/{token}", ROLES_ANYONE, ROUTE_PAGE, setup_get },
	{ REQUEST_POST, "/set-up/{token}", ROLES_ANYONE, ROUTE_PAGE, setup_post },
	{ 0 },
};
