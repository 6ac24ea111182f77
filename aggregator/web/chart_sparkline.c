/* A trend the size of a word, for tiles and tables. */
#include "aggregator/web/chart_draw.h"

#include <math.h>

#define WIDTH 120.0
#define HEIGHT 32.0
#define PAD 5.0 /* room for the last point's mark */

static double sparkline_x(size_t i, size_t n)
{
	return n < 2 ? WIDTH / 2 : PAD + (WIDTH - 2 * PAD) * (double)i / (double)(n - 1);
}

static double sparkline_y(const struct chart_scale *s, double value)
{
	return PAD + chart_scale_y(s, value, HEIGHT - 2 * PAD);
}

static void sparkline_line(struct html *h, const struct chart_trend *c, const struct chart_scale *s)
{
	int open = 0;

	html_raw(h, "<path class=\"c-line\" d=\"");
	for (size_t i = 0; i < c->n; i++) {
		if (!isfinite(c->values[i])) {
			open = 0;
			continue;
		}
		html_raw(h, open ? "L" : "M");
		chart_coord(h, sparkline_x(i, c->n));
		html_raw(h, " ");
		chart_coord(h, sparkline_y(s, c->values[i]));
		if (!open && (i + 1 == c->n || !isfinite(c->values[i + 1])))
			html_raw(h, "h.1");
		open = 1;
	}
	html_raw(h, "\"/>");
}

/* The last known point, with its mark when it is unusual. */
static void sparkline_last(struct html *h, const struct chart_trend *c, const struct chart_scale *s)
{
	enum chart_signal signal = CHART_COMMON;
	size_t i = c->n;

	while (i > 0 && !isfinite(c->values[i - 1]))
		i--;
	if (i == 0)
		return;
	i--;
	if (c->spc != NULL && c->spc->has_limits && c->spc->flags != NULL && i < c->spc->n)
		signal = chart_signal_of(c->spc->flags[i], c->polarity);
	html_raw(h, "<g transform=\"translate(");
	chart_coord(h, sparkline_x(i, c->n));
	html_raw(h, " ");
	chart_coord(h, sparkline_y(s, c->values[i]));
	html_raw(h, ")\">");
	chart_signal_mark(h, signal, c->hollow != NULL && c->hollow[i]);
	html_raw(h, "</g>");
}

void chart_sparkline(struct html *h, const struct chart_trend *c)
{
	struct chart_scale s = { 0, 1, 1, 0 };
	double least = NAN, most = NAN;

	chart_range(c->values, c->n, &least, &most);
	if (c->spc != NULL && c->spc->has_limits) {
		chart_range(&c->spc->lower, 1, &least, &most);
		chart_range(&c->spc->upper, 1, &least, &most);
	}
	if (isfinite(least) && isfinite(most))
		s = (struct chart_scale){ least - (most > least ? 0 : 1),
					  most + (most > least ? 0 : 1), 1, 0 };
	html_raw(h, "<svg class=\"c-spark\" width=\"120\" height=\"32\" viewBox=\"0 0 120 32\"");
	if (c->text.title == NULL)
		html_raw(h, " aria-hidden=\"true\">");
	else
		html_put(h,
			 " role=\"img\" aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">%s</title>"
			 "<desc id=\"%s-d\">%s</desc>",
			 c->text.id, c->text.id, c->text.id, c->text.title, c->text.id,
			 c->text.desc);
	if (c->spc != NULL && c->spc->has_limits) {
		double top = sparkline_y(&s, c->spc->upper);

		html_raw(h, "<rect class=\"c-range\" width=\"120\"");
		chart_attribute(h, "y", top);
		chart_attribute(h, "height", sparkline_y(&s, c->spc->lower) - top);
		html_raw(h, "/>");
	}
	if (isfinite(least))
		sparkline_line(h, c, &s);
	else
		html_raw(h, "<path class=\"c-none\" d=\"M5 16H115\"/>");
	sparkline_last(h, c, &s);
	html_raw(h, "</svg>");
}
