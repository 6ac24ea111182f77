/* The city page, "/": what needs attention, headline tiles, districts side by side, the map. And
 * its table as "/city.csv". */

#include <stdio.h>

#include "aggregator/web/city.h"
#include "aggregator/web/layout.h"
#include "aggregator/web/routes.h"

void city_link(const struct city *city, struct html *h, const char *folder, const char *code)
{
	char path[160];

	(void)snprintf(path, sizeof path, "%s/%s", folder, code);
	view_link(h, city->web, &city->view, path, "sort", "", "desc", "", NULL);
}

/* Nothing was ever received: say what will happen here and what to do until then. */
static void city_write_first_day(const struct city *city, struct html *h)
{
	html_put(
		h,
		"<div class=\"drs-empty\"><p>No district has reported yet, so there are no figures "
		"for %s. They appear here within a minute of the first report.</p>"
		"<p><a class=\"govuk-link\" href=\"",
		city->place->name);
	view_link(h, city->web, &city->view, "/received", NULL);
	html_raw(h, "\">See which reports are expected</a>, or read in the <a class=\"govuk-link\" "
		    "href=\"/help\">help</a> how a district is enrolled.</p></div>");
}

static enum err_code city_write_body(const struct city *city, struct html *h, struct err *err)
{
	enum err_code code;

	if (!city->has_figures) {
		city_write_first_day(city, h);
		return ERR_OK;
	}
	code = city_write_attention(city, h, err);
	if (code != ERR_OK)
		return code;
	city_write_tiles(city, h);
	city_write_table(city, h);
	return city_write_map(city, h, err);
}

static enum err_code city_write(struct city *city, struct response *rs, struct err *err)
{
	char title[VIEW_PERIOD_BYTES + 160], period[VIEW_PERIOD_BYTES];
	struct layout layout = {
		.title = title,
		.section = LAYOUT_CITY,
		.view = &city->view,
		.filters = LAYOUT_FILTER_PERIOD | LAYOUT_FILTER_BY | LAYOUT_FILTER_KNOWN_ON,
		.path = "/",
		.wide = 1,
	};
	enum err_code code;

	(void)snprintf(title, sizeof title, "%s, %s", city->place->name,
		       view_period_label(city->view.period, period));
	layout_begin(city->web, city->rq, &rs->body, &layout);
	code = city_write_body(city, &rs->body, err);
	layout_end(city->web, city->rq, &rs->body, &layout);
	return code;
}

static enum err_code city_page(struct web *web, const struct request *rq, struct response *rs,
			       struct err *err)
{
	struct city city;
	enum err_code code;

	if (rq->viewer.role == ROLE_DFE)
		return response_redirect(rs, "/downloads", err);
	code = city_gather(web, rq, &city, err);
	if (code == ERR_OK)
		code = city_write(&city, rs, err);
	city_clear(&city);
	return code;
}

static enum err_code city_csv(struct web *web, const struct request *rq, struct response *rs,
			      struct err *err)
{
	struct city city;
	char name[96], period[PERIOD_TEXT_BYTES];
	enum err_code code = city_gather(web, rq, &city, err);

	if (code == ERR_OK) {
		rs->type = "text/csv; charset=utf-8";
		(void)snprintf(name, sizeof name, "%s-%s.csv", city.place->code,
			       period_format(city.view.period, period));
		code = response_attachment(rs, name, err);
	}
	if (code == ERR_OK)
		code = city_write_csv(&city, &rs->body, err);
	city_clear(&city);
	return code;
}

const struct route city_routes[] = {
	{ REQUEST_GET, "/", ROLES_SIGNED_IN, ROUTE_PAGE, city_page },
	{ REQUEST_GET, "/city.csv", ROLES_READERS, ROUTE_PAGE, city_csv },
	{ 0 },
};
