/* Funnel plot: each area's figure against its size, with the limits that chance explains. */
#include "aggregator/web/chart_draw.h"

#include <math.h>
#include <stdio.h>

#define HEIGHT 300.0
#define CURVE_POINTS 60
#define NAMED_MOST 12 /* areas outside the limits with their name beside them */
#define NAME_GAP 16.0

struct funnel_view {
	const struct chart_funnel *c;
	struct chart_scale x, y;
	int decimals;
};

static int funnel_drawn(const struct funnel_point *p)
{
	return p->known && isfinite(p->value) && isfinite(p->denominator) && p->denominator > 0;
}

static double funnel_x(const struct funnel_view *v, const struct funnel_point *p)
{
	return CHART_ACROSS * fmin(p->denominator / v->x.high, 1);
}

static double funnel_y(const struct funnel_view *v, const struct funnel_point *p)
{
	return chart_scale_y(&v->y, p->value * v->c->unit_factor, HEIGHT);
}

/* Axes that hold all points and the limits at the smallest of them. 0 when there is no point. */
static int funnel_scales(struct funnel_view *v)
{
	double least = NAN, most = NAN, smallest = NAN, largest = NAN, limits[2];
	double centre = v->c->funnel->centre * v->c->unit_factor;

	for (size_t i = 0; i < v->c->n; i++) {
		double value = v->c->points[i].value * v->c->unit_factor;

		if (!funnel_drawn(&v->c->points[i]))
			continue;
		chart_range(&value, 1, &least, &most);
		chart_range(&v->c->points[i].denominator, 1, &smallest, &largest);
	}
	if (isnan(smallest))
		return 0;
	funnel_limits(v->c->funnel, smallest, INTERVAL_Z_95, &limits[0], &limits[1]);
	limits[0] *= v->c->unit_factor;
	limits[1] *= v->c->unit_factor;
	chart_range(limits, 2, &least, &most);
	chart_range(&centre, 1, &least, &most);
	v->y = chart_scale_make(least, most, 5, 0,
				v->c->funnel->kind == FUNNEL_PROPORTION ? v->c->unit_factor : NAN);
	v->x = chart_scale_make(0, largest * 1.04, 5, 1, NAN);
	v->decimals = 1;
	return 1;
}

/* One limit, drawn beyond the axis too: the stretched part cuts it. */
static void funnel_curve(struct html *h, const struct funnel_view *v, double z, int high)
{
	double height = v->y.high - v->y.low;

	html_raw(h, "M");
	for (int i = 1; i <= CURVE_POINTS; i++) {
		double part = (double)i / CURVE_POINTS, size = v->x.high * part * part;
		double limits[2], y;

		funnel_limits(v->c->funnel, size, z, &limits[0], &limits[1]);
		y = HEIGHT * (v->y.high - limits[high] * v->c->unit_factor) / height;
		if (i > 1)
			html_raw(h, "L");
		chart_coord(h, CHART_ACROSS * part * part);
		html_raw(h, " ");
		chart_coord(h, fmin(fmax(y, -HEIGHT), 2 * HEIGHT));
	}
}

static void funnel_lines(struct html *h, const struct funnel_view *v)
{
	double centre = chart_scale_y(&v->y, v->c->funnel->centre * v->c->unit_factor, HEIGHT);

	chart_stretch(h, HEIGHT, 1);
	chart_grid(h, &v->y, HEIGHT);
	for (int outer = 0; outer < 2; outer++) {
		double z = outer ? INTERVAL_Z_998 : INTERVAL_Z_95;

		html_put(h, "<path class=\"%s\" d=\"", outer ? "c-limit" : "c-inner");
		funnel_curve(h, v, z, 0);
		funnel_curve(h, v, z, 1);
		html_raw(h, "\"/>");
	}
	html_raw(h, "<path class=\"c-mean\" d=\"M0 ");
	chart_coord(h, centre);
	html_raw(h, "H1000\"/></svg>");
}

static void funnel_mark(struct html *h, int verdict)
{
	static const char *const shapes[] = { "M0 7.5 7-5H-7z",
					      "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z",
					      "M0-7.5 7 5H-7z" };
	int side = verdict < 0 ? 0 : verdict == 0 ? 1 : 2;

	html_put(h, "<path class=\"c-mark %s%s\" d=\"%s\"/>",
		 verdict == 0 ? "c-common" : "c-change",
		 verdict == -1 || verdict == 1 ? " c-open" : "", shapes[side]);
}

static const char *funnel_words(int verdict)
{
	static const char *const words[] = { "below the 99.8% limits", "below the 95% limits",
					     "within the limits", "above the 95% limits",
					     "above the 99.8% limits" };

	return words[verdict < -2 ? 0 : verdict > 2 ? 4 : verdict + 2];
}

static void funnel_points(struct html *h, const struct funnel_view *v)
{
	char value[CHART_VALUE_BYTES], size[CHART_VALUE_BYTES];

	for (size_t i = 0; i < v->c->n; i++) {
		const struct funnel_point *p = &v->c->points[i];

		if (!funnel_drawn(p))
			continue;
		html_raw(h, "<svg overflow=\"visible\"");
		chart_across(h, "x", funnel_x(v, p));
		chart_attribute(h, "y", funnel_y(v, p));
		html_put(h, "><title>%s: %s of %s, %s</title>", v->c->names[i],
			 chart_value(p->value * v->c->unit_factor, v->decimals, v->c->text.unit,
				     value),
			 chart_value(p->denominator, 0, "", size), funnel_words(p->verdict));
		funnel_mark(h, p->verdict);
		html_raw(h, "</svg>");
	}
}

/* The areas farthest outside, at most NAMED_MOST of one side of the plot. */
static size_t funnel_named(const struct funnel_view *v, int right, size_t *named)
{
	size_t n = 0;

	for (size_t i = 0; i < v->c->n; i++) {
		const struct funnel_point *p = &v->c->points[i];
		size_t at = n;

		if (!funnel_drawn(p) || p->verdict == 0 ||
		    (funnel_x(v, p) > CHART_ACROSS / 2) != right)
			continue;
		while (at > 0 &&
		       fabs(v->c->points[named[at - 1]].z_adjusted) < fabs(p->z_adjusted)) {
			if (at < NAMED_MOST)
				named[at] = named[at - 1];
			at--;
		}
		if (at < NAMED_MOST)
			named[at] = i;
		n += n < NAMED_MOST;
	}
	return n;
}

static void funnel_names(struct html *h, const struct funnel_view *v, int right)
{
	size_t named[NAMED_MOST], n = funnel_named(v, right, named);
	double ys[NAMED_MOST];
	char text[CHART_VALUE_BYTES];

	for (size_t i = 0; i < n; i++)
		ys[i] = funnel_y(v, &v->c->points[named[i]]);
	chart_spread(ys, n, NAME_GAP, HEIGHT - 6);
	html_put(h, "<g class=\"c-named%s\">", right ? " c-before" : "");
	for (size_t i = 0; i < n; i++) {
		const struct funnel_point *p = &v->c->points[named[i]];

		html_raw(h, "<svg overflow=\"visible\"");
		chart_across(h, "x", funnel_x(v, p));
		html_put(h, "><text x=\"%s\"", right ? "-11" : "11");
		chart_attribute(h, "y", ys[i] + 4.5);
		html_put(h, ">%s %s</text></svg>", v->c->names[named[i]],
			 chart_value(p->value * v->c->unit_factor, v->decimals, v->c->text.unit,
				     text));
	}
	html_raw(h, "</g>");
}

static void funnel_sizes(struct html *h, const struct funnel_view *v)
{
	char text[CHART_VALUE_BYTES];
	int k = 0;

	html_raw(h, "<g class=\"c-x\">");
	for (double size = 0; size <= v->x.high + v->x.step / 2 && k < 16; size += v->x.step, k++) {
		html_raw(h, k % 2 == 1 ? "<text class=\"c-minor\"" : "<text");
		chart_across(h, "x", CHART_ACROSS * size / v->x.high);
		chart_attribute(h, "y", HEIGHT + 20);
		html_put(h, ">%s</text>", chart_value(size, v->x.decimals, "", text));
	}
	html_raw(h, "</g>");
}

static void funnel_key(struct html *h, const struct funnel_view *v, int verdict, const char *words)
{
	for (size_t i = 0; i < v->c->n; i++) {
		if (!funnel_drawn(&v->c->points[i]) || v->c->points[i].verdict != verdict)
			continue;
		chart_key_begin(h);
		funnel_mark(h, verdict);
		chart_key_end(h, words);
		return;
	}
}

static void funnel_legend(struct html *h, const struct funnel_view *v)
{
	char value[CHART_VALUE_BYTES], words[120];

	chart_legend_begin(h);
	chart_key_begin(h);
	html_raw(h, "<path class=\"c-mean\" d=\"M-13 0H13\"/>");
	(void)snprintf(words, sizeof words, "All areas together, %s",
		       chart_value(v->c->funnel->centre * v->c->unit_factor, v->decimals,
				   v->c->text.unit, value));
	chart_key_end(h, words);
	chart_key_begin(h);
	html_raw(h, "<path class=\"c-inner\" d=\"M-13 0H13\"/>");
	chart_key_end(h, "95% limits");
	chart_key_begin(h);
	html_raw(h, "<path class=\"c-limit\" d=\"M-13 0H13\"/>");
	chart_key_end(h, "99.8% limits");
	funnel_key(h, v, 0, "Within the limits");
	funnel_key(h, v, 1, "Above 95%");
	funnel_key(h, v, 2, "Above 99.8%");
	funnel_key(h, v, -1, "Below 95%");
	funnel_key(h, v, -2, "Below 99.8%");
	chart_legend_end(h);
}

void chart_funnel(struct html *h, const struct chart_funnel *c)
{
	struct funnel_view v = { .c = c };

	html_raw(h, "<div class=\"c-chart c-funnel\">");
	if (!funnel_scales(&v)) {
		chart_nothing(h, &c->text, "No figures for this period.");
		html_raw(h, "</div>");
		return;
	}
	funnel_legend(h, &v);
	chart_axis_title(h, &c->text, &v.y);
	chart_open(h, &c->text, chart_room(&v.y, c->text.unit, CHART_RIGHT_NOTHING), "img",
		   CHART_ABOVE + HEIGHT + CHART_BELOW);
	funnel_lines(h, &v);
	chart_grid_labels(h, &v.y, HEIGHT, c->text.unit);
	funnel_sizes(h, &v);
	funnel_points(h, &v);
	funnel_names(h, &v, 0);
	funnel_names(h, &v, 1);
	html_raw(h, "</svg>");
	if (c->size_label != NULL)
		html_put(h, "<p class=\"c-axis c-under\">%s</p>", c->size_label);
	html_raw(h, "</div>");
}
