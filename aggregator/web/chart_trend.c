/* One series over time: line, usual range, special points, annotations, targets. */
#include "aggregator/web/chart_draw.h"

#include <math.h>
#include <stdio.h>

#define HEIGHT 248.0
#define DOTS_MOST 60   /* points beyond which only special ones have a mark */
#define TIPS_MOST 120  /* points beyond which they have no tooltip */
#define LABELS_MOST 5  /* at the right */
#define LABEL_GAP 17.0 /* between labels at the right */

static int trend_hollow(const struct chart_trend *c, size_t i)
{
	return c->hollow != NULL && c->hollow[i] != 0;
}

static enum chart_signal trend_signal(const struct chart_trend *c, size_t i)
{
	if (c->spc == NULL || !c->spc->has_limits || c->spc->flags == NULL || i >= c->spc->n ||
	    !isfinite(c->values[i]))
		return CHART_COMMON;
	return chart_signal_of(c->spc->flags[i], c->polarity);
}

static int trend_limits(const struct chart_trend *c)
{
	return c->spc != NULL && c->spc->has_limits;
}

/* The last known point; n when there is none. */
static size_t trend_last(const struct chart_trend *c)
{
	for (size_t i = c->n; i > 0; i--) {
		if (isfinite(c->values[i - 1]))
			return i - 1;
	}
	return c->n;
}

/* The last target; NaN when there is none. */
static double trend_target(const struct chart_trend *c)
{
	for (size_t i = c->targets == NULL ? 0 : c->n; i > 0; i--) {
		if (isfinite(c->targets[i - 1]))
			return c->targets[i - 1];
	}
	return NAN;
}

static struct chart_scale trend_scale(const struct chart_trend *c)
{
	double least = NAN, most = NAN;

	chart_range(c->values, c->n, &least, &most);
	if (c->targets != NULL)
		chart_range(c->targets, c->n, &least, &most);
	if (trend_limits(c)) {
		chart_range(&c->spc->lower, 1, &least, &most);
		chart_range(&c->spc->upper, 1, &least, &most);
	}
	return chart_scale_make(least, most, 4, 0,
				c->text.unit != NULL && c->text.unit[0] == '%' ? 100 : NAN);
}

static void trend_legend_range(struct html *h, const struct chart_trend *c, int decimals)
{
	char low[CHART_VALUE_BYTES], high[CHART_VALUE_BYTES], mean[CHART_VALUE_BYTES], words[256];

	decimals = decimals == 0 ? 1 : decimals;
	chart_key_begin(h);
	html_raw(h, "<rect class=\"c-range\" x=\"-13\" y=\"-7\" width=\"26\" height=\"14\"/>"
		    "<path class=\"c-limit\" d=\"M-13-7H13M-13 7H13\"/>"
		    "<path class=\"c-mean\" d=\"M-13 0H13\"/>");
	(void)snprintf(words, sizeof words, "Usual range %s to %s, mean %s",
		       chart_value(c->spc->lower, decimals, c->text.unit, low),
		       chart_value(c->spc->upper, decimals, c->text.unit, high),
		       chart_value(c->spc->mean, decimals, c->text.unit, mean));
	chart_key_end(h, words);
}

static void trend_legend_signals(struct html *h, const struct chart_trend *c)
{
	int seen[CHART_SIGNALS] = { 0 };

	for (size_t i = 0; i < c->n; i++)
		seen[trend_signal(c, i)] = 1;
	chart_signal_keys(h, seen);
}

static void trend_legend(struct html *h, const struct chart_trend *c, int decimals)
{
	int hollow = 0;

	for (size_t i = 0; i < c->n; i++)
		hollow |= trend_hollow(c, i) && isfinite(c->values[i]);
	if (!hollow && c->spc == NULL && isnan(trend_target(c)))
		return;
	chart_legend_begin(h);
	if (trend_limits(c))
		trend_legend_range(h, c, decimals);
	trend_legend_signals(h, c);
	if (hollow) {
		chart_key_begin(h);
		html_raw(h, "<circle class=\"c-mark c-common c-open\" r=\"4\"/>");
		chart_key_end(h, "Provisional or partial");
	}
	if (!isnan(trend_target(c))) {
		chart_key_begin(h);
		html_raw(h, "<path class=\"c-target\" d=\"M-13 0H13\"/>");
		chart_key_end(h, "Target");
	}
	chart_legend_end(h);
}

/* A step per known target, half a period to each side. */
static void trend_targets(struct html *h, const struct chart_trend *c, const struct chart_scale *s)
{
	double half = CHART_ACROSS / 2 / (double)c->n;
	int open = 0;

	if (isnan(trend_target(c)))
		return;
	html_raw(h, "<path class=\"c-target\" d=\"");
	for (size_t i = 0; i < c->n; i++) {
		double y = chart_scale_y(s, c->targets[i], HEIGHT);

		if (!isfinite(c->targets[i])) {
			open = 0;
			continue;
		}
		if (!open) {
			html_raw(h, "M");
			chart_coord(h, chart_x(i, c->n) - half);
			html_raw(h, " ");
			chart_coord(h, y);
		} else if (c->targets[i] != c->targets[i - 1]) {
			html_raw(h, "V");
			chart_coord(h, y);
		}
		if (i + 1 == c->n || c->targets[i + 1] != c->targets[i]) {
			html_raw(h, "H");
			chart_coord(h, chart_x(i, c->n) + half);
		}
		open = 1;
	}
	html_raw(h, "\"/>");
}

static void trend_range(struct html *h, const struct chart_trend *c, const struct chart_scale *s,
			double height)
{
	double top = chart_scale_y(s, c->spc->upper, height);
	double bottom = chart_scale_y(s, c->spc->lower, height);

	html_raw(h, "<rect class=\"c-range\" width=\"1000\"");
	chart_attribute(h, "y", top);
	chart_attribute(h, "height", bottom - top);
	html_raw(h, "/><path class=\"c-limit\" d=\"M0 ");
	chart_coord(h, top);
	html_raw(h, "H1000M0 ");
	chart_coord(h, bottom);
	html_raw(h, "H1000\"/><path class=\"c-mean\" d=\"M0 ");
	chart_coord(h, chart_scale_y(s, c->spc->mean, height));
	html_raw(h, "H1000\"/>");
}

/* Ordinary points, all in one path: round ends of lines of no length. */
static void trend_dots(struct html *h, const struct chart_trend *c, const struct chart_scale *s,
		       int hollow, const char *class)
{
	int any = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (!isfinite(c->values[i]) || trend_signal(c, i) != CHART_COMMON ||
		    (hollow && !trend_hollow(c, i)))
			continue;
		if (!any)
			html_put(h, "<path class=\"%s\" d=\"", class);
		any = 1;
		html_raw(h, "M");
		chart_coord(h, chart_x(i, c->n));
		html_raw(h, " ");
		chart_coord(h, chart_scale_y(s, c->values[i], HEIGHT));
		html_raw(h, "h.1");
	}
	if (any)
		html_raw(h, "\"/>");
}

static void trend_lines(struct html *h, const struct chart_trend *c, const struct chart_scale *s)
{
	chart_stretch(h, HEIGHT, 0);
	if (trend_limits(c))
		trend_range(h, c, s, HEIGHT);
	chart_grid(h, s, HEIGHT);
	trend_targets(h, c, s);
	html_raw(h, "<path class=\"c-line\" d=\"");
	chart_line(h, c->values, c->n, s, HEIGHT);
	html_raw(h, "\"/>");
	if (c->n <= DOTS_MOST)
		trend_dots(h, c, s, 0, "c-dots");
	trend_dots(h, c, s, 1, "c-dots");
	trend_dots(h, c, s, 1, "c-holes");
	html_raw(h, "</svg>");
}

static void trend_signals(struct html *h, const struct chart_trend *c, const struct chart_scale *s)
{
	for (size_t i = 0; i < c->n; i++) {
		enum chart_signal signal = trend_signal(c, i);

		if (signal == CHART_COMMON)
			continue;
		html_raw(h, "<svg overflow=\"visible\"");
		chart_across(h, "x", chart_x(i, c->n));
		chart_attribute(h, "y", chart_scale_y(s, c->values[i], HEIGHT));
		html_raw(h, ">");
		chart_signal_mark(h, signal, trend_hollow(c, i));
		html_raw(h, "</svg>");
	}
}

static void trend_marks(struct html *h, const struct chart_trend *c)
{
	for (size_t i = 0; i < c->n_marks; i++) {
		if (c->marks[i].at >= c->n)
			continue;
		html_raw(h, "<svg class=\"c-note\" overflow=\"visible\"");
		chart_across(h, "x", chart_x(c->marks[i].at, c->n));
		html_put(h,
			 "><path d=\"M0 8V%d\"/><circle r=\"9\"/><text y=\"4.5\">%zu</text></svg>",
			 (int)HEIGHT, i + 1);
	}
}

static void trend_notes(struct html *h, const struct chart_trend *c)
{
	int any = 0;

	for (size_t i = 0; i < c->n_marks; i++) {
		if (c->marks[i].at >= c->n)
			continue;
		if (!any)
			html_raw(h, "<ol class=\"c-notes\">");
		any = 1;
		html_put(h, "<li value=\"%zu\">%s: %s</li>", i + 1, c->labels[c->marks[i].at],
			 c->marks[i].label);
	}
	if (any)
		html_raw(h, "</ol>");
}

struct trend_label {
	const char *class, *word;
	double value;
	int decimals;
};

static size_t trend_label_list(const struct chart_trend *c, const struct chart_scale *s,
			       int decimals, struct trend_label *labels)
{
	size_t last = trend_last(c), n = 0;
	double target = trend_target(c);
	int fine = decimals == 0 ? 1 : decimals;

	if (last < c->n)
		labels[n++] = (struct trend_label){ "c-latest", "", c->values[last], decimals };
	if (trend_limits(c)) {
		labels[n++] = (struct trend_label){ "c-minor", "Upper ", c->spc->upper, fine };
		labels[n++] = (struct trend_label){ "c-minor", "Mean ", c->spc->mean, fine };
		labels[n++] = (struct trend_label){ "c-minor", "Lower ", c->spc->lower, fine };
	}
	if (!isnan(target))
		labels[n++] = (struct trend_label){ "c-minor c-aim", "Target ", target,
						    chart_decimals(&target, 1, s) };
	return n;
}

/* Labels at the right: the latest value, limits, mean, target; moved apart. */
static void trend_labels(struct html *h, const struct chart_trend *c, const struct chart_scale *s,
			 int decimals)
{
	struct trend_label labels[LABELS_MOST];
	size_t n = trend_label_list(c, s, decimals, labels);
	double ys[LABELS_MOST];
	char text[CHART_VALUE_BYTES];

	for (size_t i = 0; i < n; i++)
		ys[i] = chart_scale_y(s, labels[i].value, HEIGHT);
	chart_spread(ys, n, LABEL_GAP, HEIGHT);
	html_raw(h, "<svg class=\"c-right\" x=\"100%\" overflow=\"visible\">");
	for (size_t i = 0; i < n; i++) {
		html_put(h, "<text class=\"%s\" x=\"8\"", labels[i].class);
		chart_attribute(h, "y", ys[i] + 4.5);
		html_put(h, ">%s%s</text>", labels[i].word,
			 chart_value(labels[i].value, labels[i].decimals, c->text.unit, text));
	}
	html_raw(h, "</svg>");
}

/* A column per point that says its figure to a mouse. */
static void trend_tips(struct html *h, const struct chart_trend *c, int decimals)
{
	char text[CHART_VALUE_BYTES];

	if (c->n > TIPS_MOST)
		return;
	html_raw(h, "<g class=\"c-tips\">");
	for (size_t i = 0; i < c->n; i++) {
		enum chart_signal signal = trend_signal(c, i);

		html_put(h, "<rect height=\"%d\"", (int)HEIGHT);
		chart_across(h, "x", chart_x(i, c->n) - CHART_ACROSS / 2 / (double)c->n);
		chart_across(h, "width", CHART_ACROSS / (double)c->n);
		html_put(h, "><title>%s: %s%s%s%s</title></rect>", c->labels[i],
			 chart_value(c->values[i], decimals, c->text.unit, text),
			 trend_hollow(c, i) && isfinite(c->values[i]) ? ", provisional or partial"
								      : "",
			 signal == CHART_COMMON ? "" : ", ",
			 signal == CHART_COMMON ? "" : chart_signal_words(signal));
	}
	html_raw(h, "</g>");
}

void chart_trend(struct html *h, const struct chart_trend *c)
{
	struct chart_scale s = trend_scale(c);
	int decimals = chart_decimals(c->values, c->n, &s);
	int words = trend_limits(c) || !isnan(trend_target(c));

	html_raw(h, c->n > DOTS_MOST ? "<div class=\"c-chart c-trend c-many\">"
				     : "<div class=\"c-chart c-trend\">");
	if (trend_last(c) == c->n) {
		chart_nothing(h, &c->text, "No figures for these periods.");
		html_raw(h, "</div>");
		return;
	}
	trend_legend(h, c, decimals);
	chart_axis_title(h, &c->text, &s);
	chart_open(h, &c->text,
		   chart_room(&s, c->text.unit, words ? CHART_RIGHT_WORDS : CHART_RIGHT_VALUE),
		   "img", CHART_ABOVE + HEIGHT + CHART_BELOW);
	trend_lines(h, c, &s);
	chart_grid_labels(h, &s, HEIGHT, c->text.unit);
	chart_labels_below(h, c->labels, c->n, HEIGHT);
	trend_signals(h, c, &s);
	trend_marks(h, c);
	trend_labels(h, c, &s, decimals);
	trend_tips(h, c, decimals);
	html_raw(h, "</svg>");
	trend_notes(h, c);
	html_raw(h, "</div>");
}
