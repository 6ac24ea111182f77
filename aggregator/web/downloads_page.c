/* "/downloads": every file that this viewer may take away, and the feeds that were released. */
#include <stdio.h>
#include <string.h>

#include "aggregator/web/layout.h"
#include "aggregator/web/routes.h"

#define READERS ROLES_READERS

static const struct {
	unsigned roles;
	const char *path, *title, *about;
} downloads_files[] = {
	{ READERS, "/plan/pack.html", "Monthly pack (HTML)",
	  "One file with the plan, headline figures, open signals, data received and definitions; "
	  "opens in any browser, prints on A4 and fetches nothing" },
	{ READERS, "/city.csv", "Headline figures by district (CSV)",
	  "The table of the city page: a line for each area and measure" },
	{ READERS, "/plan.csv", "Improvement plan (CSV)",
	  "A line for each baseline and milestone, with what is due now and the status" },
	{ READERS, "/received.csv", "Data received (CSV)",
	  "A line for each district and month: when it was due, when it came, corrections" },
	{ READERS, "/signals.csv?state=all", "Signals (CSV)",
	  "Open, pending and closed ones, with owners and acknowledgements" },
	{ READERS, "/api/v1/measures?format=csv", "Dictionary of measures (CSV)",
	  "Code, title, definition, unit and source of each measure" },
	{ READERS, "/api/v1/areas?format=csv", "Areas (CSV)", "Codes and names" },
};

static void downloads_write_feeds(struct html *h)
{
	html_raw(h, "<h2 class=\"govuk-heading-m\">Feeds</h2>\n"
		    "<p class=\"govuk-body\">No feed has been released yet.</p>\n");
}

static void downloads_write_files(struct web *web, const struct request *rq, struct html *h,
				  const struct view *view)
{
	html_raw(h, "<h2 class=\"govuk-heading-m\">Files</h2>\n<dl class=\"drs-meta\">\n");
	for (size_t i = 0; i < sizeof downloads_files / sizeof downloads_files[0]; i++) {
		if ((downloads_files[i].roles & ROLE_BIT(rq->viewer.role)) == 0)
			continue;
		html_raw(h, "<dt><a class=\"govuk-link\" href=\"");
		if (strchr(downloads_files[i].path, '?') != NULL)
			html_text(h, downloads_files[i].path);
		else
			view_link(h, web, view, downloads_files[i].path, NULL);
		html_put(h, "\">%s</a></dt><dd>%s</dd>\n", downloads_files[i].title,
			 downloads_files[i].about);
	}
	html_raw(h, "</dl>\n");
}

static void downloads_write_measures(struct web *web, struct html *h, const struct view *view)
{
	const struct measure_set *set = web->reading.measures;
	char path[128];

	html_raw(h, "<h2 class=\"govuk-heading-m\">Figures of one measure (CSV)</h2>\n"
		    "<p class=\"govuk-body drs-text\">A line for each area and period that is "
		    "chosen above. Breakdowns are on the measure’s page.</p>\n");
	layout_details_begin(h, "Every measure");
	html_raw(h, "<ul class=\"drs-list\">\n");
	for (int i = 0; i < set->n_measures; i++) {
		(void)snprintf(path, sizeof path, "/measures/%s/figures.csv",
			       set->measures[i].code);
		html_raw(h, "<li><a class=\"govuk-link\" href=\"");
		view_link(h, web, view, path, NULL);
		html_put(h, "\">%s</a></li>\n", set->measures[i].title);
	}
	html_raw(h, "</ul>\n");
	layout_details_end(h);
}

static void downloads_write_programs(struct html *h)
{
	html_raw(h,
		 "<h2 class=\"govuk-heading-m\">For programs</h2>\n"
		 "<p class=\"govuk-body drs-text\">The same questions are answered in JSON and CSV "
		 "below /api/v1: <a class=\"govuk-link\" href=\"/api/v1/openapi.yaml\">description "
		 "of the API (OpenAPI)</a>. Make a token on <a class=\"govuk-link\" "
		 "href=\"/account\">your account’s page</a>. Files hold the same figures as the "
		 "pages, protected in the same way.</p>\n");
}

static enum err_code downloads_get(struct web *web, const struct request *rq, struct response *rs,
				   struct err *err)
{
	struct view view;
	struct layout layout = { .title = "Downloads",
				 .section = LAYOUT_DOWNLOADS,
				 .path = "/downloads" };
	int reads = (ROLE_BIT(rq->viewer.role) & ROLES_READERS) != 0;
	struct html *h = &rs->body;
	enum err_code code = ERR_OK;

	if (reads) {
		code = view_read(web, rq, &view, err);
		layout.view = &view;
		layout.filters = LAYOUT_FILTER_AREA | LAYOUT_FILTER_PERIOD | LAYOUT_FILTER_BY |
				 LAYOUT_FILTER_COUNT | LAYOUT_FILTER_KNOWN_ON;
	}
	if (code != ERR_OK)
		return code;
	layout_begin(web, rq, h, &layout);
	if (!reads)
		downloads_write_feeds(h);
	if (reads) {
		downloads_write_files(web, rq, h, &view);
		downloads_write_measures(web, h, &view);
		downloads_write_programs(h);
		downloads_write_feeds(h);
	}
	layout_end(web, rq, h, &layout);
	return ERR_OK;
}

const struct route downloads_routes[] = {
	{ REQUEST_GET, "/downloads", ROLES_SIGNED_IN, ROUTE_PAGE, downloads_get },
	{ 0 },
};
