/* The frame around every page. What it shows of the store it asks figures.c and the view for; a
 * fault there leaves a part out and never the page. */

#include "aggregator/web/layout.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/web/assets.h"
#include "aggregator/web/error_page.h"
#include "aggregator/web/figures.h"
#include "aggregator/web/signin.h"
#include "proto/clock.h"

/* ---- words */

const char *layout_name(const struct web *web, char out[LAYOUT_NAME_BYTES])
{
	const struct area_tree *tree = web->reading.areas;
	int area = area_find(tree, web->reading.config->area);

	(void)snprintf(out, LAYOUT_NAME_BYTES, "%s district reporting",
		       area < 0 ? web->reading.config->name : tree->areas[area].name);
	return out;
}

static const char *layout_kind_words(enum period_kind kind, int one)
{
	switch (kind) {
	case PERIOD_WEEK:
		return one ? "week" : "weeks";
	case PERIOD_MONTH:
		return one ? "month" : "months";
	case PERIOD_QUARTER:
		return one ? "quarter" : "quarters";
	case PERIOD_YEAR:
		return one ? "financial year" : "financial years";
	}
	return "";
}

const char *layout_words(const struct web *web, const struct view *v, unsigned filters,
			 char out[LAYOUT_WORDS_BYTES])
{
	char period[VIEW_PERIOD_BYTES], day[VIEW_PERIOD_BYTES];
	size_t len;

	(void)snprintf(out, LAYOUT_WORDS_BYTES, "%s",
		       filters & LAYOUT_FILTER_AREA ? web->reading.areas->areas[v->area].name : "");
	len = strlen(out);
	(void)view_period_label(v->period, period);
	if (filters & LAYOUT_FILTER_COUNT)
		(void)snprintf(out + len, LAYOUT_WORDS_BYTES - len, "%s%d %s to %s",
			       len > 0 ? ", " : "", v->n_periods,
			       layout_kind_words(v->by, v->n_periods == 1), period);
	else if (filters & LAYOUT_FILTER_PERIOD)
		(void)snprintf(out + len, LAYOUT_WORDS_BYTES - len, "%s%s", len > 0 ? ", " : "",
			       period);
	len = strlen(out);
	if ((filters & LAYOUT_FILTER_KNOWN_ON) && v->known_on != INT32_MIN)
		(void)snprintf(out + len, LAYOUT_WORDS_BYTES - len, "%sas known on %s",
			       len > 0 ? ", " : "", view_date_label(v->known_on, day));
	return out;
}

/* ---- head */

static void layout_title(struct web *web, struct html *h, const struct layout *l)
{
	char words[LAYOUT_WORDS_BYTES] = "";

	if (l->view != NULL)
		(void)layout_words(web, l->view, l->filters & ~LAYOUT_FILTER_COUNT, words);
	html_put(h, "<title>%s", l->title);
	if (words[0] != '\0' && strstr(l->title, words) == NULL)
		html_put(h, " \xe2\x80\x93 %s", words);
	html_raw(h, " \xe2\x80\x93 District reporting</title>\n");
}

static void layout_head(struct web *web, struct html *h, const struct layout *l)
{
	html_raw(h, "<!DOCTYPE html>\n<html lang=\"en\" class=\"govuk-template\">\n<head>\n"
		    "<meta charset=\"utf-8\" />\n");
	layout_title(web, h, l);
	html_put(h,
		 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n"
		 "<meta name=\"theme-color\" content=\"#12436d\" />\n"
		 "<meta name=\"robots\" content=\"noindex\" />\n"
		 "<link rel=\"icon\" href=\"%s\" type=\"image/svg+xml\" />\n"
		 "<link rel=\"stylesheet\" href=\"%s\" />\n"
		 "<script type=\"module\" src=\"%s\"></script>\n</head>\n",
		 asset_href("favicon.svg"), asset_href("app.css"), asset_href("app.js"));
}

/* ---- header and navigation */

static void layout_user(struct html *h, const struct viewer *v)
{
	if (v->role == ROLE_NONE)
		return;
	html_put(h,
		 "<form class=\"drs-user\" action=\"/sign-out\" method=\"post\">"
		 "<span>%s, %s</span><a href=\"/account\">Your account</a>",
		 v->full_name[0] != '\0' ? v->full_name : v->name, role_label(v->role));
	layout_csrf(h, v);
	html_raw(h, "<button type=\"submit\">Sign out</button></form>\n");
}

static void layout_header(struct web *web, const struct viewer *v, struct html *h, int wide)
{
	char name[LAYOUT_NAME_BYTES];

	html_put(h,
		 "<a href=\"#main-content\" class=\"govuk-skip-link\">Skip to main content</a>\n"
		 "<header class=\"govuk-generic-header\">"
		 "<div class=\"govuk-width-container drs-head%s\">"
		 "<div class=\"govuk-generic-header__logo\">"
		 "<a href=\"/\" class=\"govuk-generic-header__homepage-link\">"
		 "<svg class=\"drs-head__mark\" viewBox=\"0 0 26 26\" aria-hidden=\"true\" "
		 "focusable=\"false\"><path fill=\"currentColor\" "
		 "d=\"M2 15h6v9H2zm9-7h6v16h-6zm9-6h6v22h-6z\"/></svg>%s</a></div>\n",
		 wide ? " drs-wide" : "", layout_name(web, name));
	layout_user(h, v);
	html_raw(h, "</div></header>\n");
}

#define ROLES_ADMIN ROLE_BIT(ROLE_ADMIN)

static const struct {
	enum layout_section section;
	unsigned roles;
	const char *path, *label;
} navigation[] = {
	{ LAYOUT_CITY, ROLES_READERS, "/", "City" },
	{ LAYOUT_MEASURES, ROLES_READERS, "/measures", "Measures" },
	{ LAYOUT_DISTRICTS, ROLES_READERS, "/districts", "Districts" },
	{ LAYOUT_RECEIVED, ROLES_READERS, "/received", "Data received" },
	{ LAYOUT_SIGNALS, ROLES_READERS, "/signals", "Signals" },
	{ LAYOUT_PLAN, ROLES_READERS, "/plan", "Improvement plan" },
	{ LAYOUT_DOWNLOADS, ROLES_SIGNED_IN, "/downloads", "Downloads" },
	{ LAYOUT_HELP, ROLES_SIGNED_IN, "/help", "Help" },
	{ LAYOUT_ACCOUNTS, ROLES_ADMIN, "/accounts", "Accounts" },
	{ LAYOUT_AUDIT_LOG, ROLES_ADMIN, "/audit-log", "Audit log" },
};

/* Place and period go with the reader to the pages that have them. */
static void layout_navigation(struct web *web, const struct request *rq, struct html *h,
			      const struct layout *l)
{
	unsigned role = ROLE_BIT(rq->viewer.role);

	if ((role & ROLES_SIGNED_IN) == 0)
		return;
	html_put(h,
		 "<div class=\"govuk-service-navigation\">"
		 "<div class=\"govuk-width-container%s\">"
		 "<nav aria-label=\"Menu\" class=\"govuk-service-navigation__wrapper\">"
		 "<ul class=\"govuk-service-navigation__list\">\n",
		 l->wide ? " drs-wide" : "");
	for (size_t i = 0; i < sizeof navigation / sizeof navigation[0]; i++) {
		int here = navigation[i].section == l->section;

		if ((navigation[i].roles & role) == 0)
			continue;
		html_put(h, "<li class=\"govuk-service-navigation__item%s\">",
			 here ? " govuk-service-navigation__item--active" : "");
		html_raw(h, "<a class=\"govuk-service-navigation__link\" href=\"");
		if (l->view != NULL && navigation[i].roles == ROLES_READERS)
			view_link(h, web, l->view, navigation[i].path, "breakdown", "", "sort", "",
				  "desc", "", NULL);
		else
			html_raw(h, navigation[i].path);
		html_raw(h, here ? "\" aria-current=\"true\">" : "\">");
		html_put(h, "%s</a></li>\n", navigation[i].label);
	}
	html_raw(h, "</ul></nav></div></div>\n");
}

/* ---- what the page shows, and of which data */

/* "Figures received up to 22 November 2026, 10:04. Shown: …" */
static void layout_provenance(struct web *web, const struct request *rq, struct html *h,
			      const struct layout *l)
{
	char words[LAYOUT_WORDS_BYTES] = "";
	char text[VIEW_PERIOD_BYTES];
	int64_t newest_us;

	if ((ROLE_BIT(rq->viewer.role) & ROLES_READERS) == 0)
		return;
	newest_us = figures_newest_us(web->figures);
	if (newest_us == 0)
		html_raw(h, "<p>No figures received yet.</p>\n");
	else
		html_put(h, "<p>Figures received up to %s.</p>\n",
			 view_instant_label(newest_us, text));
	if (l->view != NULL)
		(void)layout_words(web, l->view, l->filters, words);
	if (words[0] != '\0')
		html_put(h, "<p>Shown: %s.</p>\n", words);
}

static void layout_print_head(struct web *web, const struct request *rq, struct html *h,
			      const struct layout *l)
{
	char name[LAYOUT_NAME_BYTES], text[VIEW_PERIOD_BYTES];

	html_put(h,
		 "<div class=\"govuk-width-container\"><div class=\"drs-print\" "
		 "aria-hidden=\"true\"><div><p>%s</p>\n",
		 layout_name(web, name));
	layout_provenance(web, rq, h, l);
	html_put(h, "</div><div><p>Page made %s</p>", view_instant_label(clock_wall_us(), text));
	if (rq->viewer.role != ROLE_NONE)
		html_put(h, "<p>for %s, %s</p>",
			 rq->viewer.full_name[0] != '\0' ? rq->viewer.full_name : rq->viewer.name,
			 role_label(rq->viewer.role));
	html_raw(h, "</div></div></div>\n");
}

static void layout_known_on(struct web *web, struct html *h, const struct layout *l)
{
	char day[VIEW_PERIOD_BYTES];

	if (l->view == NULL || l->view->known_on == INT32_MIN ||
	    (l->filters & LAYOUT_FILTER_KNOWN_ON) == 0)
		return;
	html_put(h,
		 "<div class=\"drs-known-on\"><strong>As known on %s.</strong> Figures and "
		 "corrections that came later are left out. <a class=\"govuk-link\" href=\"",
		 view_date_label(l->view->known_on, day));
	view_link(h, web, l->view, l->path, "known-on", "", NULL);
	html_raw(h, "\">Show what is known now</a></div>\n");
}

void layout_begin(struct web *web, const struct request *rq, struct html *h,
		  const struct layout *layout)
{
	int readers = (ROLE_BIT(rq->viewer.role) & ROLES_READERS) != 0;

	layout_head(web, h, layout);
	html_raw(h, "<body class=\"govuk-template__body\"");
	if (readers)
		html_put(h, " data-stamp=\"%lld\"", (long long)figures_stamp(web->figures));
	html_raw(h, ">\n");
	layout_print_head(web, rq, h, layout);
	layout_header(web, &rq->viewer, h, layout->wide);
	layout_navigation(web, rq, h, layout);
	layout_status(web, rq, h, layout->wide);
	html_put(h, "<div class=\"govuk-width-container%s\">\n", layout->wide ? " drs-wide" : "");
	html_raw(h, "<main class=\"drs-main\" id=\"main-content\">\n");
	html_put(h, "<h1 class=\"govuk-heading-l\">%s</h1>\n", layout->title);
	if (layout->lead != NULL)
		html_put(h, "<p class=\"govuk-body drs-lead\">%s</p>\n", layout->lead);
	layout_known_on(web, h, layout);
	layout_filters(web, rq, h, layout);
}

void layout_end(struct web *web, const struct request *rq, struct html *h,
		const struct layout *layout)
{
	char name[LAYOUT_NAME_BYTES];

	html_put(h,
		 "</main>\n</div>\n<footer class=\"drs-foot\">"
		 "<div class=\"govuk-width-container%s\">\n",
		 layout->wide ? " drs-wide" : "");
	layout_provenance(web, rq, h, layout);
	html_put(h,
		 "<p>%s, version %s. <a class=\"govuk-link\" href=\"/help\">How to read these "
		 "pages</a></p>\n</div></footer>\n</body>\n</html>\n",
		 layout_name(web, name), PROGRAM_VERSION);
}

/* ---- parts of pages */

void layout_csrf(struct html *h, const struct viewer *v)
{
	char token[SIGNIN_CSRF_BYTES];

	html_put(h, "<input type=\"hidden\" name=\"csrf\" value=\"%s\" />", signin_csrf(v, token));
}

void layout_details_begin(struct html *h, const char *summary)
{
	html_put(h,
		 "<details class=\"govuk-details\"><summary class=\"govuk-details__summary\">"
		 "<span class=\"govuk-details__summary-text\">%s</span></summary>"
		 "<div class=\"govuk-details__text\">\n",
		 summary);
}

void layout_details_end(struct html *h)
{
	html_raw(h, "</div></details>\n");
}

/* ---- errors */

/* What to do now; what is wrong is the message's to say. */
static const char *layout_error_advice(int status)
{
	switch (status) {
	case 403:
		return "Ask an administrator if you need it.";
	case 404:
		return "Check the address, or start again from the menu.";
	case 405:
		return "Go back and use the page's own links and buttons.";
	case 413:
	case 414:
		return "Send less, or ask for fewer periods.";
	case 429:
	case 503:
		return "Wait a moment, then try again.";
	}
	return status < 500 ? "Check what the address asks for, or start again from the menu."
			    : "Try again in a minute. If it stays like this, tell whoever runs the "
			      "service; its log says what happened.";
}

/* Messages begin in lower case, as part of a longer one; here they stand alone. */
static void layout_sentence(struct html *h, const char *message)
{
	size_t len = strlen(message);

	html_put(h, "%c", toupper((unsigned char)message[0]));
	html_text(h, message + 1);
	if (message[len - 1] != '.')
		html_raw(h, ".");
}

void layout_error(struct web *web, const struct request *rq, struct response *rs, int status,
		  const char *message)
{
	struct layout l = { .title = error_page_title(status), .section = LAYOUT_NONE };

	html_clear(&rs->body);
	rs->bytes = NULL;
	rs->n_bytes = 0;
	rs->compressed = 0;
	rs->status = status;
	rs->type = "text/html; charset=utf-8";
	rs->etag[0] = '\0';
	rs->cache_s = 0;
	layout_begin(web, rq, &rs->body, &l);
	if (message != NULL && message[0] != '\0') {
		html_raw(&rs->body, "<p class=\"govuk-inset-text drs-text\">");
		layout_sentence(&rs->body, message);
		html_raw(&rs->body, "</p>\n");
	}
	html_put(&rs->body, "<p class=\"govuk-body drs-text\">%s</p>\n",
		 layout_error_advice(status));
	html_raw(&rs->body, "<p class=\"govuk-body\"><a class=\"govuk-link\" href=\"/\">"
			    "Go to the first page</a></p>\n");
	layout_end(web, rq, &rs->body, &l);
}
