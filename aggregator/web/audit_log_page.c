/* /audit-log: who did what, newest first, filtered, in pages; /audit-log.csv has all that the
 * filter lets through. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/site.h"
#include "aggregator/web/form.h"
#include "aggregator/web/office.h"
#include "aggregator/web/routes.h"
#include "proto/clock.h"
#include "proto/date.h"

#define ROLES (ROLE_BIT(ROLE_ADMIN) | ROLE_BIT(ROLE_CENTRAL))
#define PER_PAGE 50
#define CSV_ROWS 50000
#define ACTIONS_MAX 64
#define ACTION_BYTES 65
#define DAY_US (86400 * 1000000LL)

struct audit_page {
	struct office_audit_filter filter;
	const char *from, *to; /* as in the query, "" none */
	struct html *h;
	int n;           /* rows written */
	int64_t last_id; /* of these */
	char actions[ACTIONS_MAX][ACTION_BYTES];
	int n_actions;
};

/* ---- filter */

static const char *audit_query(const struct request *rq, const char *name)
{
	const char *value = request_query(rq, name);

	return value == NULL ? "" : value;
}

static enum err_code audit_day(const char *name, const char *text, int32_t *day, struct err *err)
{
	enum err_code code = date_parse_iso(text, day, err);

	if (code != ERR_OK)
		err_wrap(err, "%s", name);
	return code;
}

/* When the civil day begins in England. */
static int64_t audit_midnight_us(int32_t day)
{
	int64_t us = day * DAY_US;

	return us - clock_england_us(us);
}

static enum err_code audit_read_filter(const struct request *rq, struct audit_page *p,
				       struct err *err)
{
	const char *before = audit_query(rq, "before");
	enum err_code code = ERR_OK;
	int32_t day = 0;

	p->from = audit_query(rq, "from");
	p->to = audit_query(rq, "to");
	p->filter = (struct office_audit_filter){ .who = audit_query(rq, "who"),
						  .action = audit_query(rq, "action"),
						  .to_us = INT64_MAX,
						  .before = INT64_MAX,
						  .limit = PER_PAGE };
	if (before[0] != '\0')
		p->filter.before = form_number(before);
	if (p->filter.before == 0)
		return err_set(err, ERR_MALFORMED, "before must be the number of a row");
	if (p->from[0] != '\0')
		code = audit_day("from", p->from, &day, err);
	if (code == ERR_OK && p->from[0] != '\0')
		p->filter.from_us = audit_midnight_us(day);
	if (code == ERR_OK && p->to[0] != '\0')
		code = audit_day("to", p->to, &day, err);
	if (code == ERR_OK && p->to[0] != '\0')
		p->filter.to_us = audit_midnight_us(day + 1);
	return code;
}

/* An address with the filter; before 0: the first page. */
static void audit_href(struct html *h, const struct audit_page *p, const char *path, int64_t before)
{
	const struct {
		const char *name, *value;
	} pairs[] = { { "who", p->filter.who },
		      { "action", p->filter.action },
		      { "from", p->from },
		      { "to", p->to } };
	const char *join = "?";

	html_raw(h, path);
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		if (pairs[i].value[0] == '\0')
			continue;
		html_put(h, "%s%s=", join, pairs[i].name);
		html_url(h, pairs[i].value);
		join = "&";
	}
	if (before != 0)
		html_put(h, "%sbefore=%lld", join, (long long)before);
}

static enum err_code on_action(const char *action, void *context, struct err *err)
{
	struct audit_page *p = context;

	(void)err;
	if (p->n_actions < ACTIONS_MAX)
		(void)snprintf(p->actions[p->n_actions++], ACTION_BYTES, "%s", action);
	return ERR_OK;
}

static void audit_field(struct html *h, const char *name, const char *label, const char *type,
			const char *value)
{
	html_put(h,
		 "<div class=\"drs-filters__field\"><label for=\"filter-%s\">%s</label>"
		 "<input id=\"filter-%s\" name=\"%s\" type=\"%s\" value=\"%s\" /></div>\n",
		 name, label, name, name, type, value);
}

static void audit_filter_form(struct html *h, const struct audit_page *p)
{
	html_raw(h, "<form class=\"drs-filters\" action=\"/audit-log\" method=\"get\" "
		    "role=\"search\" aria-label=\"Filter the audit log\">\n");
	audit_field(h, "who", "Account", "text", p->filter.who);
	html_raw(h, "<div class=\"drs-filters__field\"><label for=\"filter-action\">What</label>"
		    "<select id=\"filter-action\" name=\"action\">"
		    "<option value=\"\">Everything</option>\n");
	for (int i = 0; i < p->n_actions; i++) {
		int chosen = strcmp(p->actions[i], p->filter.action) == 0;

		html_put(h, "<option value=\"%s\"", p->actions[i]);
		html_raw(h, chosen ? " selected=\"selected\">" : ">");
		html_put(h, "%s</option>\n", p->actions[i]);
	}
	html_raw(h, "</select></div>\n");
	audit_field(h, "from", "From", "date", p->from);
	audit_field(h, "to", "To", "date", p->to);
	html_raw(h, "<button type=\"submit\" class=\"govuk-button govuk-button--secondary\">Show"
		    "</button>\n</form>\n");
}

/* ---- page */

static enum err_code on_page_row(const struct office_audit_row *row, void *context, struct err *err)
{
	struct audit_page *p = context;
	char at[VIEW_PERIOD_BYTES];
	enum role role = role_parse(row->role);

	(void)err;
	html_put(p->h,
		 "<tr><th scope=\"row\">%lld</th><td>%s</td><td>%s%s%s</td><td>%s</td><td>%s</td>"
		 "<td>%s</td><td>%s</td></tr>\n",
		 (long long)row->id, view_instant_label(row->at_us, at),
		 row->who[0] == '\0' ? "(nobody signed in)" : row->who,
		 role == ROLE_NONE ? "" : ", ", role_label(role), row->action, row->about,
		 row->detail, row->peer);
	p->n++;
	p->last_id = row->id;
	return ERR_OK;
}

static void audit_page_link(struct html *h, const struct audit_page *p, const char *kind,
			    int64_t before, const char *label)
{
	struct html href = { 0 };

	audit_href(&href, p, "/audit-log", before);
	html_put(h,
		 "<div class=\"govuk-pagination__%s\"><a class=\"govuk-link "
		 "govuk-pagination__link\" rel=\"%s\" href=\"%s\">"
		 "<span class=\"govuk-pagination__link-title\">%s</span></a></div>",
		 kind, kind, href.failed ? "/audit-log" : href.text, label);
	html_clear(&href);
}

static void audit_pages(struct html *h, const struct audit_page *p)
{
	int first = p->filter.before == INT64_MAX;

	if (first && p->n < PER_PAGE)
		return;
	html_raw(h, "<nav class=\"govuk-pagination\" aria-label=\"Pages\">");
	if (!first)
		audit_page_link(h, p, "prev", 0, "Newest");
	if (p->n == PER_PAGE)
		audit_page_link(h, p, "next", p->last_id, "Older");
	html_raw(h, "</nav>\n");
}

static enum err_code audit_table(struct web *web, struct html *h, struct audit_page *p,
				 struct err *err)
{
	enum err_code code;

	html_raw(h, "<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" "
		    "aria-label=\"Audit log\"><table class=\"drs-table\">"
		    "<caption class=\"govuk-visually-hidden\">Audit log, newest first</caption>"
		    "<thead><tr><th scope=\"col\">Row</th><th scope=\"col\">When</th>"
		    "<th scope=\"col\">Who</th><th scope=\"col\">What</th>"
		    "<th scope=\"col\">About</th><th scope=\"col\">Detail</th>"
		    "<th scope=\"col\">From</th></tr></thead><tbody>\n");
	code = office_audit_list(web->office, &p->filter, on_page_row, p, err);
	html_raw(h, "</tbody></table></div>\n");
	if (p->n == 0)
		html_raw(h, "<p class=\"govuk-body\">Nothing is recorded that fits. Take a filter "
			    "away, or choose other days.</p>\n");
	return code;
}

static enum err_code audit_get(struct web *web, const struct request *rq, struct response *rs,
			       struct err *err)
{
	const struct layout l = { .title = "Audit log",
				  .lead = "Every sign-in, and every change to accounts, targets, "
					  "notes and settings of this service.",
				  .section = LAYOUT_AUDIT_LOG,
				  .path = "/audit-log",
				  .wide = 1 };
	struct audit_page p = { .h = &rs->body };
	struct html href = { 0 };
	char count[32];
	int64_t n = 0;
	enum err_code code = audit_read_filter(rq, &p, err);

	if (code == ERR_OK)
		code = office_audit_count(web->office, &p.filter, &n, err);
	if (code == ERR_OK)
		code = office_audit_actions(web->office, on_action, &p, err);
	if (code != ERR_OK)
		return code;
	layout_begin(web, rq, p.h, &l);
	audit_filter_form(p.h, &p);
	audit_href(&href, &p, "/audit-log.csv", 0);
	html_put(p.h,
		 "<p class=\"govuk-body\">%s row%s. <a class=\"govuk-link\" href=\"%s\">Download "
		 "CSV</a></p>\n",
		 html_number(n, count), n == 1 ? "" : "s",
		 href.failed ? "/audit-log.csv" : href.text);
	html_clear(&href);
	code = audit_table(web, p.h, &p, err);
	audit_pages(p.h, &p);
	layout_end(web, rq, p.h, &l);
	return code;
}

/* ---- CSV */

/* Quoted always. A cell that a spreadsheet would take for a formula gets a ' in front. */
static void audit_cell(struct html *h, const char *text, const char *end)
{
	html_raw(h, "\"");
	if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL)
		html_raw(h, "'");
	for (; *text != '\0'; text++)
		html_bytes(h, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
	html_raw(h, "\"");
	html_raw(h, end);
}

static enum err_code on_csv_row(const struct office_audit_row *row, void *context, struct err *err)
{
	struct audit_page *p = context;
	char at[SITE_INSTANT_BYTES];

	(void)err;
	html_put(p->h, "%lld,%s,", (long long)row->id, site_instant(row->at_us, at));
	audit_cell(p->h, row->who, ",");
	audit_cell(p->h, row->role, ",");
	audit_cell(p->h, row->action, ",");
	audit_cell(p->h, row->about, ",");
	audit_cell(p->h, row->detail, ",");
	audit_cell(p->h, row->peer, "\r\n");
	return ERR_OK;
}

static enum err_code audit_csv(struct web *web, const struct request *rq, struct response *rs,
			       struct err *err)
{
	struct audit_page p = { .h = &rs->body };
	enum err_code code = audit_read_filter(rq, &p, err);

	if (code != ERR_OK)
		return code;
	p.filter.limit = CSV_ROWS;
	rs->type = "text/csv; charset=utf-8";
	html_raw(&rs->body, "row,at,account,role,action,about,detail,address\r\n");
	code = office_audit_list(web->office, &p.filter, on_csv_row, &p, err);
	return code == ERR_OK ? response_attachment(rs, "audit-log.csv", err) : code;
}

const struct route audit_log_routes[] = {
	{ REQUEST_GET, "/audit-log", ROLES, ROUTE_PAGE, audit_get },
	{ REQUEST_GET, "/audit-log.csv", ROLES, ROUTE_PAGE, audit_csv },
	{ 0 },
};
