/* /accounts: who may come in, for administrators: list, add, change, suspend, one-time links. A
 * link is shown once, to be handed over by another way than this site. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/form.h"
#include "aggregator/web/routes.h"
#include "aggregator/web/signin_work.h"
#include "proto/clock.h"

#define ADMIN ROLE_BIT(ROLE_ADMIN)

static const struct form_option accounts_roles[] = {
	{ "central", "Central team",
	  "Exact figures everywhere; acknowledges signals, sets targets, annotates" },
	{ "district", "District", "Its own district in full and exact; of others only the city" },
	{ "commissioner", "Commissioner", "Reads everything, with small counts protected" },
	{ "dfe", "Department for Education", "Released feeds only" },
	{ "admin", "Administrator",
	  "Accounts and the audit log; figures with small counts "
	  "protected" },
	{ NULL, NULL, NULL },
};

/* ---- list */

static void accounts_row(struct web *web, struct html *h, const struct account *a)
{
	int area = area_find(web->reading.areas, a->area);

	html_put(h,
		 "<tr><th scope=\"row\"><a class=\"govuk-link\" href=\"/accounts/%lld\">%s</a>"
		 "</th><td>%s</td><td>%s</td><td>%s</td>",
		 (long long)a->id, a->name, a->full_name, role_label(a->role),
		 a->area[0] == '\0' ? ""
		 : area < 0         ? a->area
				    : web->reading.areas->areas[area].name);
	if (!a->active)
		html_raw(h,
			 "<td><strong class=\"govuk-tag govuk-tag--red\">Suspended</strong></td>");
	else if (!a->has_password)
		html_raw(h, "<td><strong class=\"govuk-tag govuk-tag--grey\">No password yet"
			    "</strong></td>");
	else
		html_raw(h, "<td>Active</td>");
	html_raw(h, "</tr>\n");
}

static enum err_code accounts_get(struct web *web, const struct request *rq, struct response *rs,
				  struct err *err)
{
	const struct layout l = { .title = "Accounts",
				  .section = LAYOUT_ACCOUNTS,
				  .path = "/accounts" };
	struct html *h = &rs->body;
	struct account *list = NULL;
	size_t n = 0;
	enum err_code code = account_list(web->office, &list, &n, err);

	if (code != ERR_OK)
		return code;
	layout_begin(web, rq, h, &l);
	html_raw(h, "<p class=\"govuk-body\"><a class=\"govuk-button\" role=\"button\" "
		    "href=\"/accounts/add\">Add an account</a></p>\n"
		    "<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" "
		    "aria-label=\"Accounts\"><table class=\"drs-table\">"
		    "<caption class=\"govuk-visually-hidden\">Accounts, by name</caption>"
		    "<thead><tr><th scope=\"col\">Account</th><th scope=\"col\">Full name</th>"
		    "<th scope=\"col\">Role</th><th scope=\"col\">District</th>"
		    "<th scope=\"col\">State</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < n; i++)
		accounts_row(web, h, &list[i]);
	html_raw(h, "</tbody></table></div>\n");
	layout_end(web, rq, h, &l);
	free(list);
	return ERR_OK;
}

/* ---- fields */

/* The areas that report, and none; the caller frees. NULL when memory ran out. */
static struct form_option *accounts_areas(const struct area_tree *tree)
{
	struct form_option *options = calloc((size_t)tree->n_areas + 2, sizeof *options);
	int n = 0;

	if (options == NULL)
		return NULL;
	options[n++] = (struct form_option){ "", "None", NULL };
	for (int i = 0; i < tree->n_areas; i++) {
		if (tree->areas[i].reports)
			options[n++] = (struct form_option){ tree->areas[i].code,
							     tree->areas[i].name, NULL };
	}
	return options;
}

static enum err_code accounts_fields(struct web *web, struct html *h, const struct account *a,
				     const struct form_errors *errors, struct err *err)
{
	const struct form_input full_name = { .name = "full_name",
					      .label = "Full name",
					      .value = a->full_name,
					      .autocomplete = "off",
					      .width = 30 };
	struct form_option *areas = accounts_areas(web->reading.areas);

	if (areas == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	form_input(h, errors, &full_name);
	form_radios(h, errors, "role", "Role", accounts_roles, role_name(a->role));
	form_select(h, errors, "area", "District", "Only for the role District", areas, a->area);
	free(areas);
	return ERR_OK;
}

/* What the form says, into *a; errors where it cannot stand. */
static void accounts_read(struct web *web, const struct request *rq, struct account *a,
			  struct form_errors *errors)
{
	const char *full_name = form_value(rq, "full_name"), *area = form_value(rq, "area");
	int at = area_find(web->reading.areas, area);

	if (strlen(full_name) > ACCOUNT_FULL_NAME_MAX)
		form_error(errors, "full_name", "Full name must be 128 characters or fewer");
	(void)snprintf(a->full_name, sizeof a->full_name, "%.128s", full_name);
	a->role = role_parse(form_value(rq, "role"));
	if (area[0] != '\0' && (at < 0 || !web->reading.areas->areas[at].reports))
		form_error(errors, "area", "Choose a district from the list");
	else
		(void)snprintf(a->area, sizeof a->area, "%.64s", area);
}

/* To which field the sentence of account_add or account_change belongs. */
static const char *accounts_field_of(const char *sentence)
{
	if (strstr(sentence, "ull name") != NULL)
		return "full_name";
	if (strstr(sentence, "ccount name") != NULL || strstr(sentence, "another name") != NULL)
		return "name";
	return strstr(sentence, "istrict") != NULL ? "area" : "role";
}

/* ---- the link, shown once */

static enum err_code accounts_link(struct web *web, const struct request *rq, struct response *rs,
				   const struct account *a, struct err *err)
{
	const struct layout l = { .title = "One-time link",
				  .section = LAYOUT_ACCOUNTS,
				  .path = "/accounts" };
	const struct form_errors none = { .n = 0 };
	int64_t for_s = a->has_password ? ACCOUNT_RESET_LINK_S : ACCOUNT_INVITATION_S;
	int64_t until_us = clock_wall_us() + for_s * 1000000;
	char token[ACCOUNT_LINK_BYTES], link[ACCOUNT_LINK_TEXT_BYTES], until[VIEW_PERIOD_BYTES];
	struct form_input in = { .name = "link",
				 .label = "Link",
				 .hint = "It is shown this once and replaces earlier links of "
					 "this account. Hand it over yourself, to the right "
					 "person.",
				 .value = link,
				 .autocomplete = "off",
				 .read_only = 1 };
	struct html *h = &rs->body;
	enum err_code code =
		account_link_make(web->office, &rq->viewer, rq->peer, a->id, until_us, token, err);

	if (code == ERR_OK)
		code = account_link_text(web_origin(web), token, link, sizeof link, err);
	if (code != ERR_OK)
		return code;
	layout_begin(web, rq, h, &l);
	html_put(h,
		 "<p class=\"govuk-body drs-text\">With this link %s (%s) chooses a password and "
		 "is signed in. It works once, until %s.</p>\n",
		 a->full_name, a->name, view_instant_label(until_us, until));
	form_input(h, &none, &in);
	html_raw(h, "<p class=\"govuk-body\"><a class=\"govuk-link\" href=\"/accounts\">Back to "
		    "all accounts</a></p>\n");
	layout_end(web, rq, h, &l);
	return ERR_OK;
}

/* ---- add */

static enum err_code accounts_add_form(struct web *web, const struct request *rq,
				       struct response *rs, const struct account *a,
				       const struct form_errors *errors, struct err *err)
{
	const struct layout l = { .title = "Add an account",
				  .section = LAYOUT_ACCOUNTS,
				  .path = "/accounts" };
	const struct form_input name = { .name = "name",
					 .label = "Account name",
					 .hint = "What the person signs in with; with single "
						 "sign-on, the name by which it knows the person",
					 .value = a->name,
					 .autocomplete = "off",
					 .width = 20 };
	struct html *h = &rs->body;
	enum err_code code;

	layout_begin(web, rq, h, &l);
	form_error_summary(h, errors);
	form_begin(h, &rq->viewer, "/accounts/add");
	form_input(h, errors, &name);
	code = accounts_fields(web, h, a, errors, err);
	form_end(h, "Add the account", "");
	layout_end(web, rq, h, &l);
	return code;
}

static enum err_code accounts_add_get(struct web *web, const struct request *rq,
				      struct response *rs, struct err *err)
{
	const struct form_errors none = { .n = 0 };
	const struct account empty = { .id = 0 };

	return accounts_add_form(web, rq, rs, &empty, &none, err);
}

static enum err_code accounts_add_post(struct web *web, const struct request *rq,
				       struct response *rs, struct err *err)
{
	struct form_errors errors = { .n = 0 };
	struct account a = { .active = 1 };
	enum err_code code = signin_is_person(rq, err);

	if (code != ERR_OK)
		return code;
	if (strlen(form_value(rq, "name")) > ACCOUNT_NAME_MAX)
		form_error(&errors, "name", "Account name must be 64 characters or fewer");
	(void)snprintf(a.name, sizeof a.name, "%.64s", form_value(rq, "name"));
	accounts_read(web, rq, &a, &errors);
	if (errors.n == 0) {
		code = account_add(web->office, &rq->viewer, rq->peer, &a, &a.id, err);
		if (code == ERR_OK)
			code = account_find_id(web->office, a.id, &a, err);
		if (code == ERR_OK)
			return accounts_link(web, rq, rs, &a, err);
		if (code != ERR_MALFORMED)
			return code;
		form_error(&errors, accounts_field_of(err->text), err->text);
	}
	rs->status = 400;
	return accounts_add_form(web, rq, rs, &a, &errors, err);
}

/* ---- one account */

static void accounts_action(struct html *h, const struct request *rq, const char *path,
			    const char *action, const char *button, const char *kind)
{
	form_begin(h, &rq->viewer, path);
	form_hidden(h, "action", action);
	form_end(h, button, kind);
}

static enum err_code accounts_one_form(struct web *web, const struct request *rq,
				       struct response *rs, const struct account *a,
				       const struct form_errors *errors, struct err *err)
{
	struct layout l = { .title = a->name, .section = LAYOUT_ACCOUNTS, .path = "/accounts" };
	char path[48];
	struct html *h = &rs->body;
	enum err_code code;

	(void)snprintf(path, sizeof path, "/accounts/%lld", (long long)a->id);
	layout_begin(web, rq, h, &l);
	if (request_query(rq, "done") != NULL)
		form_done(h, "The account was changed");
	form_error_summary(h, errors);
	html_put(h, "<p class=\"govuk-body\">%s. %s.</p>\n", a->active ? "Active" : "Suspended",
		 a->has_password ? "Has a password" : "Has no password yet");
	form_begin(h, &rq->viewer, path);
	form_hidden(h, "action", "change");
	code = accounts_fields(web, h, a, errors, err);
	html_raw(h, "<p class=\"govuk-body\">Another role or district ends the account's "
		    "sign-ins.</p>\n");
	form_end(h, "Save", "");
	html_raw(h, "<h2 class=\"govuk-heading-m\">Access</h2>\n");
	if (a->active)
		accounts_action(h, rq, path, "link",
				a->has_password ? "Make a password reset link"
						: "Make an invitation link",
				"govuk-button--secondary");
	accounts_action(h, rq, path, a->active ? "suspend" : "resume",
			a->active ? "Suspend the account" : "Resume the account",
			a->active ? "govuk-button--warning" : "govuk-button--secondary");
	html_put(h,
		 "<p class=\"govuk-body\"><a class=\"govuk-link\" href=\"/audit-log?who=%s\">"
		 "What this account did</a></p>\n",
		 a->name);
	layout_end(web, rq, h, &l);
	return code;
}

static enum err_code accounts_one_get(struct web *web, const struct request *rq,
				      struct response *rs, struct err *err)
{
	const struct form_errors none = { .n = 0 };
	struct account a;
	enum err_code code = account_find_id(web->office, form_number(rq->part[0]), &a, err);

	return code == ERR_OK ? accounts_one_form(web, rq, rs, &a, &none, err) : code;
}

static enum err_code accounts_one_change(struct web *web, const struct request *rq,
					 struct response *rs, struct account *a, struct err *err)
{
	struct form_errors errors = { .n = 0 };
	const char *action = form_value(rq, "action");
	char path[64];
	enum err_code code;

	if (strcmp(action, "change") == 0)
		accounts_read(web, rq, a, &errors);
	else if (strcmp(action, "suspend") == 0 || strcmp(action, "resume") == 0)
		a->active = action[0] == 'r';
	else
		return err_set(err, ERR_MALFORMED,
			       "action must be change, suspend, resume or link");
	code = errors.n > 0 ? ERR_MALFORMED
			    : account_change(web->office, &rq->viewer, rq->peer, a, err);
	if (code == ERR_OK) {
		(void)snprintf(path, sizeof path, "/accounts/%lld?done=1", (long long)a->id);
		return response_redirect(rs, path, err);
	}
	if (code != ERR_MALFORMED && code != ERR_DENIED)
		return code;
	if (errors.n == 0)
		form_error(&errors, code == ERR_DENIED ? "" : accounts_field_of(err->text),
			   err->text);
	rs->status = code == ERR_DENIED ? 403 : 400;
	return accounts_one_form(web, rq, rs, a, &errors, err);
}

static enum err_code accounts_one_post(struct web *web, const struct request *rq,
				       struct response *rs, struct err *err)
{
	struct account a;
	enum err_code code = signin_is_person(rq, err);

	if (code == ERR_OK)
		code = account_find_id(web->office, form_number(rq->part[0]), &a, err);
	if (code != ERR_OK)
		return code;
	if (strcmp(form_value(rq, "action"), "link") == 0 && a.active)
		return accounts_link(web, rq, rs, &a, err);
	return accounts_one_change(web, rq, rs, &a, err);
}

const struct route accounts_routes[] = {
	{ REQUEST_GET, "/accounts", ADMIN, ROUTE_PAGE, accounts_get },
	{ REQUEST_GET, "/accounts/add", ADMIN, ROUTE_PAGE, accounts_add_get },
	{ REQUEST_POST, "/accounts/add", ADMIN, ROUTE_PAGE, accounts_add_post },
	{ REQUEST_GET, "/accounts/{id}", ADMIN, ROUTE_PAGE, accounts_one_get },
	{ REQUEST_POST, "/accounts/{id}", ADMIN, ROUTE_PAGE, accounts_one_post },
	{ 0 },
};
