/* A district's page: what stands out, itself against the city, its counts, caseload and demand for
 * local commissioning, what it has sent; and the same as a file. */
#include "aggregator/web/district.h"

#include <stdio.h>

#include "aggregator/web/layout.h"
#include "aggregator/web/routes.h"

#define FILTERS \
	(LAYOUT_FILTER_PERIOD | LAYOUT_FILTER_BY | LAYOUT_FILTER_COUNT | LAYOUT_FILTER_KNOWN_ON)

static void district_write_first_day(const struct district *d)
{
	html_put(
		d->h,
		"<div class=\"drs-empty\"><p>%s has no figures in these periods. They appear here "
		"within a minute of its first report.</p><p><a class=\"govuk-link\" href=\"/help\">"
		"The help</a> says how a district is enrolled.</p></div>\n",
		d->area->name);
}

static void district_write_download(const struct district *d)
{
	char path[128];

	(void)snprintf(path, sizeof path, "/districts/%s/figures.csv", d->area->code);
	html_raw(d->h, "<p class=\"govuk-body drs-no-print\"><a class=\"govuk-link\" href=\"");
	view_link(d->h, d->web, &d->view, path, "area", "", "sort", "", "desc", "", NULL);
	html_raw(d->h, "\">Download the figures of this page (CSV)</a></p>\n");
}

static enum err_code district_write_body(const struct district *d, struct err *err)
{
	enum err_code code = district_write_summary(d, err);

	if (code == ERR_OK && d->has_figures) {
		district_write_spine(d);
		district_write_counts(d);
		code = district_write_demand(d, err);
		district_write_download(d);
	} else if (code == ERR_OK) {
		district_write_first_day(d);
	}
	return code == ERR_OK ? district_write_returns(d, err) : code;
}

static enum err_code district_page(struct web *web, const struct request *rq, struct response *rs,
				   struct err *err)
{
	struct district d = { .h = &rs->body };
	struct layout layout = {
		.section = LAYOUT_DISTRICTS, .path = rq->path, .filters = FILTERS, .wide = 1
	};
	int is_city = 0;
	enum err_code code = district_open(web, rq, &d, &is_city, err);

	if (code == ERR_OK && is_city)
		return response_redirect(rs, "/", err);
	if (code == ERR_OK)
		code = district_gather(&d, err);
	if (code == ERR_OK) {
		layout.title = d.area->name;
		layout.view = &d.view;
		layout_begin(web, rq, d.h, &layout);
		code = district_write_body(&d, err);
		layout_end(web, rq, d.h, &layout);
	}
	district_clear(&d);
	return code;
}

static enum err_code district_figures(struct web *web, const struct request *rq,
				      struct response *rs, struct err *err)
{
	struct district d = { .h = &rs->body };
	int is_city = 0;
	enum err_code code = district_open(web, rq, &d, &is_city, err);

	if (code == ERR_OK && is_city)
		return response_redirect(rs, "/city.csv", err);
	if (code == ERR_OK)
		code = district_gather(&d, err);
	if (code == ERR_OK)
		code = district_write_csv(&d, rs, err);
	district_clear(&d);
	return code;
}

const struct route district_routes[] = {
	{ REQUEST_GET, "/districts", ROLES_READERS, ROUTE_PAGE, district_index },
	{ REQUEST_GET, "/districts/{area}", ROLES_READERS, ROUTE_PAGE, district_page },
	{ REQUEST_GET, "/districts/{area}/figures.csv", ROLES_READERS, ROUTE_PAGE,
	  district_figures },
	{ 0 },
};
