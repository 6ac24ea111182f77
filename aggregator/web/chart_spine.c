/* One row of a spine chart: a district's figure against the city and the other districts. */
#include "aggregator/web/chart_draw.h"

#include <math.h>

#define MIDDLE (CHART_ACROSS / 2)
#define REACH 460.0 /* from the middle to an end; the rest is room for marks */

struct spine {
	double city, half; /* half the scale's width, in the measure's unit */
	int side;          /* −1: turned round, so that better is at the right */
};

static double spine_x(const struct spine *s, double value)
{
	double part = (value - s->city) / s->half * s->side;

	return MIDDLE + REACH * fmin(fmax(part, -1), 1);
}

static int spine_make(struct spine *s, const struct chart_spine_row *row)
{
	double far[] = { row->low, row->high, row->district, row->interval_low,
			 row->interval_high };

	*s = (struct spine){ row->city, 0, row->polarity < 0 ? -1 : 1 };
	if (!isfinite(row->city))
		return 0;
	for (size_t i = 0; i < sizeof far / sizeof far[0]; i++) {
		if (isfinite(far[i]))
			s->half = fmax(s->half, fabs(far[i] - row->city));
	}
	if (!(s->half > 0))
		s->half = 1;
	return 1;
}

static void spine_span(struct html *h, const struct spine *s, double from, double to)
{
	double a = spine_x(s, from), b = spine_x(s, to);

	chart_across(h, "x", fmin(a, b));
	chart_across(h, "width", fabs(b - a));
}

static void spine_draw(struct html *h, const struct spine *s, const struct chart_spine_row *row)
{
	if (isfinite(row->low) && isfinite(row->high)) {
		html_raw(h, "<rect class=\"c-span\" y=\"6\" height=\"16\"");
		spine_span(h, s, row->low, row->high);
		html_raw(h, "/>");
	}
	html_raw(h, "<rect class=\"c-city\" x=\"50%\" width=\"2\" height=\"28\"/>");
	if (!isfinite(row->district))
		return;
	if (isfinite(row->interval_low) && isfinite(row->interval_high)) {
		html_raw(h, "<rect class=\"c-spine-interval\" y=\"13\" height=\"2\"");
		spine_span(h, s, row->interval_low, row->interval_high);
		html_raw(h, "/>");
	}
	html_raw(h, "<svg y=\"14\" overflow=\"visible\"");
	chart_across(h, "x", spine_x(s, row->district));
	html_raw(h, ">");
	chart_signal_mark(h, chart_verdict_signal(row->verdict, row->polarity), 0);
	html_raw(h, "</svg>");
}

/* Decoration beside the row's own cells, which say the same in figures and words. */
void chart_spine_mark(struct html *h, const struct chart_spine_row *row)
{
	struct spine s;

	html_raw(h, "<svg class=\"c-spine\" width=\"100%\" height=\"28\" aria-hidden=\"true\">");
	if (spine_make(&s, row)) {
		html_put(h, "<title>%s: %s; city %s</title>", row->label, row->district_text,
			 row->city_text);
		spine_draw(h, &s, row);
	} else {
		html_raw(h, "<text class=\"c-absent\" x=\"50%\" y=\"19\">no data</text>");
	}
	html_raw(h, "</svg>");
}
