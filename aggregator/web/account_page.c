/* /account: one's own account: who one is, where one is signed in, API tokens. */

#include <stdio.h>
#include <string.h>

#include "aggregator/web/form.h"
#include "aggregator/web/routes.h"
#include "aggregator/web/signin_work.h"
#include "proto/clock.h"

/* What one visit of the page shows beside the account itself. */
struct account_page {
	struct account account;
	struct signin_row signins[SIGNIN_PER_ACCOUNT + 1];
	size_t n_signins;
	struct signin_token tokens[SIGNIN_TOKENS_MAX];
	size_t n_tokens;
	const char *token; /* just made, shown this once; NULL: none */
	struct form_errors errors;
};

static const struct {
	const char *what, *text;
} account_done[] = {
	{ "password", "Your password was changed; your sign-ins elsewhere have ended" },
	{ "ended", "The sign-in has ended" },
	{ "others", "Your other sign-ins have ended" },
	{ "revoked", "The token was revoked" },
};

/* ---- parts */

static void account_banner(struct html *h, const struct request *rq)
{
	const char *done = request_query(rq, "done");

	for (size_t i = 0; done != NULL && i < sizeof account_done / sizeof account_done[0]; i++) {
		if (strcmp(done, account_done[i].what) == 0)
			form_done(h, account_done[i].text);
	}
}

static void account_line(struct html *h, const char *key, const char *value)
{
	html_put(h,
		 "<div class=\"govuk-summary-list__row\"><dt class=\"govuk-summary-list__key\">%s"
		 "</dt><dd class=\"govuk-summary-list__value\">%s</dd></div>\n",
		 key, value);
}

static void account_summary(struct web *web, struct html *h, const struct account *a)
{
	int area = area_find(web->reading.areas, a->area);

	html_raw(h, "<dl class=\"govuk-summary-list\">\n");
	account_line(h, "Account name", a->name);
	account_line(h, "Full name", a->full_name);
	account_line(h, "Role", role_label(a->role));
	if (a->role == ROLE_DISTRICT)
		account_line(h, "District",
			     area < 0 ? a->area : web->reading.areas->areas[area].name);
	html_raw(h, "</dl>\n");
	if (a->has_password)
		html_raw(h, "<p class=\"govuk-body\"><a class=\"govuk-link\" "
			    "href=\"/account/password\">Change your password</a></p>\n");
	else
		html_raw(h, "<p class=\"govuk-body\">This account has no password: it is used "
			    "through single sign-on.</p>\n");
	if (a->role == ROLE_CENTRAL)
		html_raw(h, "<p class=\"govuk-body\"><a class=\"govuk-link\" "
			    "href=\"/audit-log\">Audit log</a></p>\n");
}

static void account_signin_row(struct html *h, const struct request *rq, const struct signin_row *s)
{
	char started[VIEW_PERIOD_BYTES], used[VIEW_PERIOD_BYTES], id[24];

	html_put(h,
		 "<tr class=\"govuk-table__row\"><th scope=\"row\" class=\"govuk-table__header\">"
		 "%s</th><td class=\"govuk-table__cell\">%s</td>"
		 "<td class=\"govuk-table__cell\">%s</td><td class=\"govuk-table__cell\">",
		 view_instant_label(s->started_us, started), view_instant_label(s->used_us, used),
		 s->proxy ? "Single sign-on" : s->peer);
	if (s->id == rq->viewer.signin) {
		html_raw(h, "This one");
	} else {
		(void)snprintf(id, sizeof id, "%lld", (long long)s->id);
		form_begin(h, &rq->viewer, "/account/sign-ins/end");
		form_hidden(h, "id", id);
		html_put(h,
			 "<button type=\"submit\" class=\"govuk-button "
			 "govuk-button--secondary\">End<span class=\"govuk-visually-hidden\"> the "
			 "sign-in of "
			 "%s</span></button></form>",
			 started);
	}
	html_raw(h, "</td></tr>\n");
}

static void account_table_begin(struct html *h, const char *caption, const char *const *columns)
{
	html_put(h,
		 "<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">"
		 "<table class=\"govuk-table\"><caption class=\"govuk-table__caption "
		 "govuk-table__caption--m\">%s</caption><thead class=\"govuk-table__head\"><tr "
		 "class=\"govuk-table__row\">",
		 caption, caption);
	for (; *columns != NULL; columns++)
		html_put(h, "<th scope=\"col\" class=\"govuk-table__header\">%s</th>", *columns);
	html_raw(h, "</tr></thead><tbody class=\"govuk-table__body\">\n");
}

static void account_signins(struct html *h, const struct request *rq, const struct account_page *p)
{
	static const char *const columns[] = { "Signed in", "Last used", "From", "Action", NULL };

	account_table_begin(h, "Where you are signed in", columns);
	for (size_t i = 0; i < p->n_signins; i++)
		account_signin_row(h, rq, &p->signins[i]);
	html_raw(h, "</tbody></table></div>\n");
	if (p->n_signins < 2)
		return;
	form_begin(h, &rq->viewer, "/account/sign-ins/end");
	form_hidden(h, "others", "1");
	form_end(h, "End all other sign-ins", "govuk-button--secondary");
}

/* ---- tokens */

static void account_token_row(struct html *h, const struct request *rq,
			      const struct signin_token *t)
{
	char made[VIEW_PERIOD_BYTES], used[VIEW_PERIOD_BYTES], until[VIEW_PERIOD_BYTES], id[24];

	(void)snprintf(id, sizeof id, "%lld", (long long)t->id);
	html_put(h,
		 "<tr class=\"govuk-table__row\"><th scope=\"row\" class=\"govuk-table__header\">"
		 "%s</th><td class=\"govuk-table__cell\">%s</td>"
		 "<td class=\"govuk-table__cell\">%s</td><td class=\"govuk-table__cell\">%s%s</td>"
		 "<td class=\"govuk-table__cell\">",
		 t->label, view_instant_label(t->made_us, made),
		 t->used_us == 0 ? "Never" : view_instant_label(t->used_us, used),
		 view_instant_label(t->until_us, until),
		 t->until_us <= clock_wall_us() ? " (over)" : "");
	form_begin(h, &rq->viewer, "/account/tokens/revoke");
	form_hidden(h, "id", id);
	html_put(h,
		 "<button type=\"submit\" class=\"govuk-button govuk-button--warning\">Revoke<span "
		 "class=\"govuk-visually-hidden\"> %s</span></button>"
		 "</form></td></tr>\n",
		 t->label);
}

static void account_token_made(struct html *h, const char *token)
{
	const struct form_input in = { .name = "token",
				       .label = "New token",
				       .hint = "It is shown this once. Copy it now; send it as "
					       "the header Authorization: Bearer TOKEN.",
				       .value = token,
				       .autocomplete = "off",
				       .read_only = 1 };
	const struct form_errors none = { .n = 0 };

	form_done(h, "The token was made");
	form_input(h, &none, &in);
}

static void account_tokens(struct html *h, const struct request *rq, const struct account_page *p)
{
	static const char *const columns[] = { "For",         "Made",   "Last used",
					       "Valid until", "Action", NULL };
	const struct form_input label = { .name = "label",
					  .label = "What is it for?",
					  .hint = "For example, the weekly report",
					  .value = p->token == NULL ? form_value(rq, "label") : "",
					  .width = 20 };
	const struct form_input days = { .name = "days",
					 .label = "Valid for how many days?",
					 .hint = "Between 1 and 366",
					 .value = form_value(rq, "days")[0] == '\0'
							  ? "90"
							  : form_value(rq, "days"),
					 .width = 3 };

	html_raw(h, "<h2 class=\"govuk-heading-m\">API tokens</h2>\n<p class=\"govuk-body "
		    "drs-text\">With a token a program reads the figures that you may see, until "
		    "it is revoked, too old, or your account is suspended.</p>\n");
	if (p->n_tokens > 0) {
		account_table_begin(h, "Your tokens", columns);
		for (size_t i = 0; i < p->n_tokens; i++)
			account_token_row(h, rq, &p->tokens[i]);
		html_raw(h, "</tbody></table></div>\n");
	}
	form_begin(h, &rq->viewer, "/account/tokens");
	form_input(h, &p->errors, &label);
	form_input(h, &p->errors, &days);
	form_end(h, "Make a token", "govuk-button--secondary");
}

/* ---- the page */

static enum err_code account_load(struct web *web, const struct request *rq, struct account_page *p,
				  struct err *err)
{
	int64_t id = rq->viewer.account;
	enum err_code code = account_find_id(web->office, id, &p->account, err);

	if (code == ERR_OK)
		code = signin_list(web->office, id, clock_wall_us(), signin_idle_s(web), p->signins,
				   &p->n_signins, err);
	if (code == ERR_OK)
		code = signin_token_list(web->office, id, p->tokens, &p->n_tokens, err);
	return code;
}

static enum err_code account_write(struct web *web, const struct request *rq, struct response *rs,
				   struct account_page *p, struct err *err)
{
	const struct layout l = { .title = "Your account",
				  .section = LAYOUT_NONE,
				  .path = "/account" };
	struct html *h = &rs->body;
	enum err_code code = account_load(web, rq, p, err);

	if (code != ERR_OK)
		return code;
	layout_begin(web, rq, h, &l);
	account_banner(h, rq);
	form_error_summary(h, &p->errors);
	if (p->token != NULL)
		account_token_made(h, p->token);
	account_summary(web, h, &p->account);
	account_signins(h, rq, p);
	account_tokens(h, rq, p);
	layout_end(web, rq, h, &l);
	return ERR_OK;
}

static enum err_code account_get(struct web *web, const struct request *rq, struct response *rs,
				 struct err *err)
{
	struct account_page p = { .token = NULL };
	enum err_code code = signin_is_person(rq, err);

	return code == ERR_OK ? account_write(web, rq, rs, &p, err) : code;
}

static enum err_code account_end_post(struct web *web, const struct request *rq,
				      struct response *rs, struct err *err)
{
	int others = request_field(rq, "others") != NULL;
	enum err_code code = signin_is_person(rq, err);

	if (code == ERR_OK && others)
		code = signin_end_others(web->office, &rq->viewer, rq->peer, err);
	else if (code == ERR_OK)
		code = signin_end_one(web->office, &rq->viewer, rq->peer,
				      form_number(form_value(rq, "id")), err);
	if (code != ERR_OK)
		return code;
	return response_redirect(rs, others ? "/account?done=others" : "/account?done=ended", err);
}

static enum err_code account_token_post(struct web *web, const struct request *rq,
					struct response *rs, struct err *err)
{
	struct account_page p = { .token = NULL };
	char token[SIGNIN_TOKEN_BYTES];
	int64_t days = form_number(form_value(rq, "days"));
	enum err_code code = signin_is_person(rq, err);

	if (code != ERR_OK)
		return code;
	code = signin_token_make(web->office, &rq->viewer, rq->peer, form_value(rq, "label"),
				 days > SIGNIN_TOKEN_DAYS_MAX ? 0 : (int)days, token, err);
	if (code == ERR_MALFORMED || code == ERR_FULL) {
		rs->status = 400;
		form_error(&p.errors, strncmp(err->text, "Number", 6) == 0 ? "days" : "label",
			   err->text);
	} else if (code != ERR_OK) {
		return code;
	} else {
		p.token = token;
	}
	return account_write(web, rq, rs, &p, err);
}

static enum err_code account_revoke_post(struct web *web, const struct request *rq,
					 struct response *rs, struct err *err)
{
	enum err_code code = signin_is_person(rq, err);

	if (code == ERR_OK)
		code = signin_token_revoke(web->office, &rq->viewer, rq->peer,
					   form_number(form_value(rq, "id")), err);
	return code == ERR_OK ? response_redirect(rs, "/account?done=revoked", err) : code;
}

const struct route account_routes[] = {
	{ REQUEST_GET, "/account", ROLES_SIGNED_IN, ROUTE_PAGE, account_get },
	{ REQUEST_POST, "/account/sign-ins/end", ROLES_SIGNED_IN, ROUTE_PAGE, account_end_post },
	{ REQUEST_POST, "/account/tokens", ROLES_SIGNED_IN, ROUTE_PAGE, account_token_post },
	{ REQUEST_POST, "/account/tokens/revoke", ROLES_SIGNED_IN, ROUTE_PAGE,
	  account_revoke_post },
	{ 0 },
};
