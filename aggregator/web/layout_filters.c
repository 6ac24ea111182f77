/* The form of place and period: a plain GET form, so that what it asks for stands in the link. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/layout.h"
#include "proto/clock.h"
#include "proto/date.h"

#define FILTERS_PERIODS_MAX 120 /* offered in one list */

static void filters_option(struct html *h, const char *value, const char *label, int chosen)
{
	html_put(h, "<option value=\"%s\"", value);
	html_raw(h, chosen ? " selected=\"selected\">" : ">");
	html_text(h, label);
	html_raw(h, "</option>");
}

static void filters_select(struct html *h, const char *name, const char *label)
{
	html_put(h,
		 "<div class=\"drs-filters__field\"><label for=\"filter-%s\">%s</label>"
		 "<select id=\"filter-%s\" name=\"%s\">",
		 name, label, name, name);
}

static void filters_select_end(struct html *h)
{
	html_raw(h, "</select></div>\n");
}

/* The city, what reports below it, and the one that is shown. */
static void filters_area(const struct web *web, const struct request *rq, struct html *h,
			 const struct view *v)
{
	const struct area_tree *tree = web->reading.areas;
	const char *city_code = web->reading.config->area;
	int city = area_find(tree, city_code);

	filters_select(h, "area", "Area");
	for (int i = 0; i < tree->n_areas; i++) {
		const struct area *a = &tree->areas[i];
		int offered = area_within(tree, i, city) && a->level != AREA_WARD &&
			      a->valid_to >= v->period.start &&
			      viewer_sees_area(&rq->viewer, a->code, city_code);

		if (offered || i == v->area)
			filters_option(h, a->code, a->name, i == v->area);
	}
	filters_select_end(h);
}

static void filters_by(struct html *h, const struct view *v)
{
	static const struct {
		enum period_kind kind;
		const char *label;
	} kinds[] = {
		{ PERIOD_WEEK, "Weeks" },
		{ PERIOD_MONTH, "Months" },
		{ PERIOD_QUARTER, "Quarters" },
		{ PERIOD_YEAR, "Financial years" },
	};

	filters_select(h, "by", "By");
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		filters_option(h, period_kind_name(kinds[i].kind), kinds[i].label,
			       kinds[i].kind == v->by);
	filters_select_end(h);
}

/* Newest first. A period outside the list (asked for by link) stands in it, too. */
static void filters_period(const struct web *web, struct html *h, const struct view *v)
{
	struct period oldest = v->newest;
	struct period newest = v->newest;
	char value[PERIOD_TEXT_BYTES], label[VIEW_PERIOD_BYTES];
	int seen = 0;

	(void)view_span(web, v, &oldest, &newest);
	filters_select(h, "period", "Up to");
	for (int i = 0; i < FILTERS_PERIODS_MAX; i++) {
		struct period p = period_next(newest, -i);
		int chosen = p.start == v->period.start;

		if (p.start < oldest.start || !period_valid(p))
			break;
		seen |= chosen;
		filters_option(h, period_format(p, value), view_period_label(p, label), chosen);
	}
	if (!seen)
		filters_option(h, period_format(v->period, value),
			       view_period_label(v->period, label), 1);
	filters_select_end(h);
}

static void filters_count(struct html *h, const struct view *v)
{
	static const int counts[] = { 6, 12, 24, 36, 60, 120 };
	char value[16];
	int seen = 0;

	filters_select(h, "n", "How many");
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		if (!seen && v->n_periods < counts[i]) {
			(void)snprintf(value, sizeof value, "%d", v->n_periods);
			filters_option(h, value, value, 1);
			seen = 1;
		}
		seen |= counts[i] == v->n_periods;
		(void)snprintf(value, sizeof value, "%d", counts[i]);
		filters_option(h, value, value, counts[i] == v->n_periods);
	}
	if (!seen) {
		(void)snprintf(value, sizeof value, "%d", v->n_periods);
		filters_option(h, value, value, 1);
	}
	filters_select_end(h);
}

static void filters_known_on(struct html *h, const struct view *v)
{
	char value[DATE_TEXT_BYTES] = "";
	char today[DATE_TEXT_BYTES];

	if (v->known_on != INT32_MIN)
		(void)date_format(v->known_on, value);
	html_put(h,
		 "<div class=\"drs-filters__field\"><label for=\"filter-known-on\">As known on "
		 "<span class=\"govuk-visually-hidden\">(empty: now)</span></label>"
		 "<input id=\"filter-known-on\" name=\"known-on\" type=\"date\" max=\"%s\" "
		 "value=\"%s\" /></div>\n",
		 date_format(clock_today(), today), value);
}

static void filters_hidden(struct html *h, const char *name, const char *value)
{
	if (value[0] != '\0')
		html_put(h, "<input type=\"hidden\" name=\"%s\" value=\"%s\" />", name, value);
}

void layout_keep(const struct web *web, struct html *h, const struct view *v, unsigned filters)
{
	char text[16];

	if (!(filters & LAYOUT_FILTER_AREA) && v->area != v->default_area)
		filters_hidden(h, "area", web->reading.areas->areas[v->area].code);
	if (!(filters & LAYOUT_FILTER_BY) && v->by != PERIOD_MONTH)
		filters_hidden(h, "by", period_kind_name(v->by));
	if (!(filters & LAYOUT_FILTER_PERIOD) && v->period.start != v->newest.start)
		filters_hidden(h, "period", period_format(v->period, text));
	if (!(filters & LAYOUT_FILTER_COUNT) && v->n_periods != VIEW_PERIODS_DEFAULT) {
		(void)snprintf(text, sizeof text, "%d", v->n_periods);
		filters_hidden(h, "n", text);
	}
	if (!(filters & LAYOUT_FILTER_KNOWN_ON) && v->known_on != INT32_MIN)
		filters_hidden(h, "known-on", date_format(v->known_on, text));
	filters_hidden(h, "breakdown", v->breakdown);
	filters_hidden(h, "sort", v->sort);
	filters_hidden(h, "desc", v->descending ? "1" : "");
}

void layout_filters(const struct web *web, const struct request *rq, struct html *h,
		    const struct layout *layout)
{
	const struct view *v = layout->view;

	if (v == NULL || layout->filters == 0)
		return;
	html_put(h,
		 "<form class=\"drs-filters\" action=\"%s\" method=\"get\" role=\"search\" "
		 "aria-label=\"Area and period\">\n",
		 layout->path);
	if (layout->filters & LAYOUT_FILTER_AREA)
		filters_area(web, rq, h, v);
	if (layout->filters & LAYOUT_FILTER_BY)
		filters_by(h, v);
	if (layout->filters & LAYOUT_FILTER_PERIOD)
		filters_period(web, h, v);
	if (layout->filters & LAYOUT_FILTER_COUNT)
		filters_count(h, v);
	if (layout->filters & LAYOUT_FILTER_KNOWN_ON)
		filters_known_on(h, v);
	layout_keep(web, h, v, layout->filters);
	html_raw(h, "<button type=\"submit\" class=\"govuk-button govuk-button--secondary\">Show"
		    "</button>\n</form>\n");
}
