/* Horizontal bars: label, bar with its interval, value at the end. */
#include "aggregator/web/chart_draw.h"

#include <math.h>

#define HEIGHT 28.0
#define PAST 10 /* vertical lines go on above and below: a row with a long label is higher */

struct bars {
	struct chart_scale scale;
	double reference;
};

static double bars_x(const struct bars *b, double value)
{
	double part = (value - b->scale.low) / (b->scale.high - b->scale.low);

	return CHART_ACROSS * fmin(fmax(part, 0), 1);
}

static void bars_scale(struct bars *b, const struct chart_bar *bars, size_t n)
{
	double least = 0, most = 0;

	for (size_t i = 0; i < n; i++) {
		chart_range(&bars[i].value, 1, &least, &most);
		chart_range(&bars[i].low, 1, &least, &most);
		chart_range(&bars[i].high, 1, &least, &most);
	}
	chart_range(&b->reference, 1, &least, &most);
	b->scale = (struct chart_scale){ least, most > least ? most : least + 1, 1, 0 };
}

static void bar_interval(struct html *h, const struct bars *b, const struct chart_bar *bar)
{
	double low = bars_x(b, bar->low), high = bars_x(b, bar->high);

	html_raw(h, "<path class=\"c-whisker\" d=\"M");
	chart_coord(h, low);
	html_raw(h, " 14H");
	chart_coord(h, high);
	html_raw(h, "M");
	chart_coord(h, low);
	html_raw(h, " 9v10M");
	chart_coord(h, high);
	html_raw(h, " 9v10\"/>");
}

/* The value stands after the bar, or after its interval where that reaches farther. */
static void bar_value(struct html *h, const struct bars *b, const struct chart_bar *bar)
{
	double end = isfinite(bar->value) ? bar->value : 0;

	if (isfinite(bar->high) && isfinite(bar->value))
		end = fmax(end, bar->high);
	html_raw(h, "<svg overflow=\"visible\"");
	chart_across(h, "x", bars_x(b, fmax(end, 0)));
	html_raw(h, isfinite(bar->value) ? "><text" : "><text class=\"c-absent\"");
	html_put(h, " x=\"8\" y=\"19\">%s</text></svg>", bar->value_text);
}

static void bar_draw(struct html *h, const struct bars *b, const struct chart_bar *bar)
{
	double zero = bars_x(b, 0), end = isfinite(bar->value) ? bars_x(b, bar->value) : zero;

	html_raw(h, bar->emphasised ? "<li class=\"c-emphasis\">" : "<li>");
	html_put(h,
		 "<span class=\"c-label\">%s</span><svg class=\"c-bar\" height=\"%d\" "
		 "role=\"img\" aria-label=\"%s\">",
		 bar->label, (int)HEIGHT, bar->value_text);
	if (isfinite(bar->value)) {
		html_raw(h, "<rect class=\"c-fill\" y=\"4\" height=\"20\"");
		chart_across(h, "x", fmin(zero, end));
		chart_across(h, "width", fabs(end - zero));
		html_raw(h, "/>");
	}
	chart_stretch(h, HEIGHT, 0);
	html_raw(h, "<path class=\"c-zero\" d=\"M");
	chart_coord(h, zero);
	html_put(h, "-%dV%d\"/>", PAST, (int)HEIGHT + PAST);
	if (isfinite(b->reference)) {
		html_raw(h, "<path class=\"c-reference\" d=\"M");
		chart_coord(h, bars_x(b, b->reference));
		html_put(h, "-%dV%d\"/>", PAST, (int)HEIGHT + PAST);
	}
	if (isfinite(bar->low) && isfinite(bar->high) && isfinite(bar->value))
		bar_interval(h, b, bar);
	html_raw(h, "</svg>");
	bar_value(h, b, bar);
	html_raw(h, "</svg></li>");
}

void chart_bars(struct html *h, const struct chart_text *text, const struct chart_bar *bars,
		size_t n, double reference, const char *reference_label)
{
	struct bars b = { .reference = reference };
	int intervals = 0, named = isfinite(reference) && reference_label != NULL;

	if (n == 0) {
		html_raw(h, "<div class=\"c-chart c-bars\">");
		chart_nothing(h, text, "No figures for this period.");
		html_raw(h, "</div>");
		return;
	}
	bars_scale(&b, bars, n);
	chart_group(h, text, "c-chart c-bars");
	for (size_t i = 0; i < n; i++)
		intervals |=
			isfinite(bars[i].low) && isfinite(bars[i].high) && isfinite(bars[i].value);
	if (intervals || named) {
		chart_legend_begin(h);
		if (named) {
			chart_key_begin(h);
			html_raw(h, "<path class=\"c-reference\" d=\"M0-8V8\"/>");
			chart_key_end(h, reference_label);
		}
		if (intervals) {
			chart_key_begin(h);
			html_raw(h, "<path class=\"c-whisker\" d=\"M-10 0H10M-10-5v10M10-5v10\"/>");
			chart_key_end(h, "95% confidence interval");
		}
		chart_legend_end(h);
	}
	chart_axis_title(h, text, &b.scale);
	html_raw(h, "<ul class=\"c-rows\">");
	for (size_t i = 0; i < n; i++)
		bar_draw(h, &b, &bars[i]);
	html_raw(h, "</ul></div>");
}
