/* The districts as shapes, each a link. */
#include "aggregator/web/chart_draw.h"

#include <stdio.h>
#include <string.h>

#define SHADES 5
#define NAME_BYTES 160
#define LINE 14.0

static int map_shade(const struct chart_shape *s)
{
	return s->shade < 1 || s->shade > SHADES ? 0 : s->shade;
}

static void map_shape(struct html *h, const struct chart_text *text, const struct chart_shape *s)
{
	int shade = map_shade(s);

	if (s->href != NULL) {
		html_raw(h, "<a href=\"");
		html_raw(h, s->href);
		html_put(h, "\" aria-label=\"%s: %s\">", s->name, s->value_text);
	}
	html_put(h, "<path class=\"c-shape c-shade-%d\"", shade);
	if (shade == 0)
		html_put(h, " fill=\"url(#%s-none)\"", text->id);
	html_raw(h, " d=\"");
	html_raw(h, s->path);
	html_put(h, "\"><title>%s: %s</title></path>", s->name, s->value_text);
	if (s->href != NULL)
		html_raw(h, "</a>");
}

/* Where a name is broken: the blank nearest to its middle; its length when there is none. */
static size_t map_break(const char *name)
{
	size_t len = strlen(name), best = len;
	size_t middle = len / 2;

	for (size_t i = 1; i + 1 < len; i++) {
		size_t off = i > middle ? i - middle : middle - i;
		size_t best_off = best > middle ? best - middle : middle - best;

		if (name[i] == ' ' && off < best_off)
			best = i;
	}
	return best;
}

static void map_line(struct html *h, const struct chart_shape *s, double y, const char *text)
{
	html_raw(h, "<tspan");
	chart_attribute(h, "x", s->label_x);
	chart_attribute(h, "y", y);
	html_put(h, ">%s</tspan>", text);
}

static void map_label(struct html *h, const struct chart_shape *s)
{
	size_t at = map_break(s->name);
	char first[NAME_BYTES];
	int two = at < sizeof first && s->name[at] != '\0';
	double y = s->label_y + 4 - LINE / 2 - (two ? LINE / 2 : 0);

	html_put(h, "<text class=\"c-on-%d\">", map_shade(s));
	(void)snprintf(first, sizeof first, "%.*s", two ? (int)at : NAME_BYTES - 1, s->name);
	map_line(h, s, y, first);
	if (two)
		map_line(h, s, y += LINE, s->name + at + 1);
	html_raw(h, "<tspan class=\"c-value\"");
	chart_attribute(h, "x", s->label_x);
	chart_attribute(h, "y", y + LINE);
	html_put(h, ">%s</tspan></text>", s->value_text);
}

static void map_legend(struct html *h, const struct chart_text *text,
		       const struct chart_shape *shapes, size_t n)
{
	int none = 0, shaded = 0;

	for (size_t i = 0; i < n; i++) {
		none |= map_shade(&shapes[i]) == 0;
		shaded |= map_shade(&shapes[i]) != 0;
	}
	chart_legend_begin(h);
	if (shaded) {
		html_raw(h, "<li>Lower <svg class=\"c-key\" width=\"120\" height=\"16\" "
			    "aria-hidden=\"true\">");
		for (int i = 1; i <= SHADES; i++)
			html_put(h,
				 "<rect class=\"c-shade-%d\" x=\"%d\" width=\"24\" "
				 "height=\"16\"/>",
				 i, (i - 1) * 24);
		html_raw(h, "</svg> higher</li>");
	}
	if (none) {
		chart_key_begin(h);
		html_put(h,
			 "<rect class=\"c-shade-0\" fill=\"url(#%s-none)\" x=\"-13\" y=\"-8\" "
			 "width=\"26\" height=\"16\"/>",
			 text->id);
		chart_key_end(h, "No data");
	}
	chart_legend_end(h);
}

void chart_map(struct html *h, const struct chart_text *text, const char *view_box,
	       const struct chart_shape *shapes, size_t n)
{
	html_raw(h, "<div class=\"c-chart c-map\">");
	if (n == 0) {
		chart_nothing(h, text, "No boundaries to draw.");
		html_raw(h, "</div>");
		return;
	}
	map_legend(h, text, shapes, n);
	html_put(h,
		 "<svg class=\"c-svg\" role=\"group\" aria-labelledby=\"%s-t %s-d\" "
		 "viewBox=\"%s\"><title id=\"%s-t\">%s</title><desc id=\"%s-d\">%s</desc>",
		 text->id, text->id, view_box, text->id, text->title, text->id, text->desc);
	html_put(h,
		 "<defs><pattern id=\"%s-none\" width=\"8\" height=\"8\" "
		 "patternUnits=\"userSpaceOnUse\"><path class=\"c-paper\" d=\"M0 0H8V8H0z\"/>"
		 "<path class=\"c-hatch\" d=\"M-2 2 2-2M0 8 8 0M6 10l4-4\"/></pattern></defs>",
		 text->id);
	for (size_t i = 0; i < n; i++)
		map_shape(h, text, &shapes[i]);
	html_raw(h, "<g class=\"c-places\" aria-hidden=\"true\">");
	for (size_t i = 0; i < n; i++)
		map_label(h, &shapes[i]);
	html_raw(h, "</g></svg></div>");
}
