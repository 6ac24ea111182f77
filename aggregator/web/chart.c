/* What the charts share: scales, numbers, the frame of a chart, its axes. */
#include "aggregator/web/chart_draw.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MAX 12
#define LABELS_WIDTH 520.0 /* px that the labels of a wide plot share */
#define VALUE_MOST 1e15    /* beyond it a double has no units left to print */

/* 1, 2 or 5 times a power of ten, at least `least`. */
static double scale_step(double least)
{
	static const double steps[] = { 1, 2, 5, 10 };
	double power = pow(10, floor(log10(least)));

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		if (steps[i] * power >= least * (1 - 1e-9))
			return steps[i] * power;
	}
	return 10 * power;
}

struct chart_scale chart_scale_make(double least, double most, int n, int from_zero, double top)
{
	struct chart_scale s = { .low = 0, .high = 1, .step = 1 };
	int capped = !isnan(top) && most <= top;
	double room;

	if (!isfinite(least) || !isfinite(most) || least > most)
		return s;
	least = fmax(least, -VALUE_MOST);
	most = fmin(most, VALUE_MOST);
	if (from_zero || (least >= 0 && least < most / 3))
		least = fmin(least, 0);
	if (from_zero)
		most = fmax(most, 0);
	room = most - least;
	if (!(room > fabs(most) * 1e-9)) { /* all equal */
		room = most == 0 ? 1 : fabs(most) / 2;
		if (least != 0)
			least -= least > 0 ? fmin(room / 2, least) : room / 2;
		most += room / 2;
		room = most - least;
	}
	s.step = scale_step(room / n);
	s.low = floor(least / s.step + 1e-9) * s.step;
	s.high = ceil(most / s.step - 1e-9) * s.step;
	if (capped && s.high > top)
		s.high = top;
	s.decimals = s.step >= 1 ? 0 : (int)fmin(6, ceil(-log10(s.step) - 1e-9));
	return s;
}

double chart_scale_y(const struct chart_scale *s, double value, double height)
{
	double part = (value - s->low) / (s->high - s->low);

	if (isnan(part))
		part = 0;
	return height * (1 - fmin(fmax(part, 0), 1));
}

void chart_range(const double *values, size_t n, double *least, double *most)
{
	for (size_t i = 0; i < n; i++) {
		if (!isfinite(values[i]))
			continue;
		*least = fmin(*least, values[i]); /* of NaN and a number: the number */
		*most = fmax(*most, values[i]);
	}
}

int chart_decimals(const double *values, size_t n, const struct chart_scale *s)
{
	for (size_t i = 0; i < n; i++) {
		if (isfinite(values[i]) && values[i] != floor(values[i]))
			return s->decimals > 1 ? s->decimals : 1;
	}
	return 0;
}

/* The digits of a size ≥ 0, with thousands separators. */
static void value_digits(double size, int decimals, char *out, size_t room)
{
	char fraction[16] = "", whole[32];
	double scale = pow(10, decimals);
	double rounded = floor(size * scale + 0.5 + 1e-7);
	double units = floor(rounded / scale);

	if (decimals > 0)
		(void)snprintf(fraction, sizeof fraction, ".%0*lld", decimals,
			       (long long)(rounded - units * scale));
	(void)snprintf(out, room, "%s%s", html_number((int64_t)units, whole), fraction);
}

const char *chart_value(double value, int decimals, const char *unit, char out[CHART_VALUE_BYTES])
{
	static const struct {
		double size;
		const char *word;
	} words[] = { { 1e12, "tn" }, { 1e9, "bn" }, { 1, "" } };
	double size = fabs(value);
	char digits[40];
	size_t i = 0;

	if (!isfinite(value)) {
		(void)snprintf(out, CHART_VALUE_BYTES, "no data");
		return out;
	}
	size = fmin(size, VALUE_MOST);
	while (i < 2 && size < words[i].size)
		i++;
	if (i < 2)
		decimals = 1;
	decimals = decimals < 0 ? 0 : decimals > 6 ? 6 : decimals;
	value_digits(size / words[i].size, decimals, digits, sizeof digits);
	if (i < 2 && strstr(digits, ".0") != NULL)
		*strstr(digits, ".0") = '\0';
	(void)snprintf(out, CHART_VALUE_BYTES, "%s%s%s%.12s",
		       value < 0 && strspn(digits, "0.") < strlen(digits) ? "\xe2\x88\x92" : "",
		       digits, words[i].word, unit == NULL ? "" : unit);
	return out;
}

void chart_coord(struct html *h, double value)
{
	char text[40];
	long tenths;

	if (!isfinite(value))
		value = 0;
	tenths = lround(fmin(fmax(value, -1e6), 1e6) * 10);
	(void)snprintf(text, sizeof text, "%s%ld", tenths < 0 ? "-" : "", labs(tenths) / 10);
	html_raw(h, text);
	if (tenths % 10 != 0)
		html_put(h, ".%ld", labs(tenths) % 10);
}

void chart_attribute(struct html *h, const char *name, double value)
{
	html_put(h, " %s=\"", name);
	chart_coord(h, value);
	html_raw(h, "\"");
}

void chart_across(struct html *h, const char *name, double x)
{
	html_put(h, " %s=\"", name);
	chart_coord(h, x / CHART_ACROSS * 100);
	html_raw(h, "%\"");
}

static void chart_named(struct html *h, const struct chart_text *text)
{
	html_put(h, " aria-labelledby=\"%s-t %s-d\"", text->id, text->id);
}

void chart_open(struct html *h, const struct chart_text *text, const char *class, const char *role,
		double height)
{
	html_put(h, "<svg class=\"%s\" role=\"%s\"", class, role);
	chart_named(h, text);
	chart_attribute(h, "height", height);
	html_put(h, "><title id=\"%s-t\">%s</title><desc id=\"%s-d\">%s</desc>", text->id,
		 text->title, text->id, text->desc);
}

void chart_group(struct html *h, const struct chart_text *text, const char *class)
{
	html_put(h, "<div class=\"%s\" role=\"group\"", class);
	chart_named(h, text);
	html_put(h,
		 "><svg class=\"c-names\" width=\"0\" height=\"0\" aria-hidden=\"true\">"
		 "<title id=\"%s-t\">%s</title><desc id=\"%s-d\">%s</desc></svg>",
		 text->id, text->title, text->id, text->desc);
}

void chart_stretch(struct html *h, double height, int clip)
{
	html_raw(h, "<svg viewBox=\"0 0 1000 ");
	chart_coord(h, height);
	html_put(h, "\" preserveAspectRatio=\"none\" width=\"100%%\" overflow=\"%s\"",
		 clip ? "hidden" : "visible");
	chart_attribute(h, "height", height);
	html_raw(h, ">");
}

/* How many steps the axis has: bounded, since a cut top may leave a last part step. */
static int chart_steps(const struct chart_scale *s)
{
	int n = (int)floor((s->high - s->low) / s->step + 1e-6);

	return n < 0 ? 0 : n > STEPS_MAX ? STEPS_MAX : n;
}

const char *chart_room(const struct chart_scale *s, const char *unit, enum chart_right right)
{
	static const char *const classes[][3] = {
		[CHART_RIGHT_NOTHING] = { "c-svg c-n1", "c-svg c-n2", "c-svg c-n3" },
		[CHART_RIGHT_VALUE] = { "c-svg c-v1", "c-svg c-v2", "c-svg c-v3" },
		[CHART_RIGHT_WORDS] = { "c-svg c-w1", "c-svg c-w2", "c-svg c-w3" },
	};
	char text[CHART_VALUE_BYTES];
	size_t most = 0;

	for (int step = 0; step <= chart_steps(s); step++) {
		size_t len = strlen(chart_value(s->low + step * s->step, s->decimals, unit, text));

		most = len > most ? len : most;
	}
	return classes[right][most <= 3 ? 0 : most <= 6 ? 1 : 2];
}

void chart_grid(struct html *h, const struct chart_scale *s, double height)
{
	html_raw(h, "<path class=\"c-grid\" d=\"");
	for (int i = 0; i <= chart_steps(s); i++) {
		html_raw(h, "M0 ");
		chart_coord(h, chart_scale_y(s, s->low + i * s->step, height));
		html_raw(h, "H1000");
	}
	html_raw(h, "\"/>");
	if (s->low >= 0 || s->high <= 0)
		return;
	html_raw(h, "<path class=\"c-zero\" d=\"M0 ");
	chart_coord(h, chart_scale_y(s, 0, height));
	html_raw(h, "H1000\"/>");
}

void chart_grid_labels(struct html *h, const struct chart_scale *s, double height, const char *unit)
{
	char text[CHART_VALUE_BYTES];

	html_raw(h, "<g class=\"c-y\">");
	for (int i = 0; i <= chart_steps(s); i++) {
		double value = s->low + i * s->step;

		html_raw(h, "<text x=\"-8\"");
		chart_attribute(h, "y", chart_scale_y(s, value, height) + 4.5);
		html_put(h, ">%s</text>", chart_value(value, s->decimals, unit, text));
	}
	html_raw(h, "</g>");
}

/* Every how many points a label stands. */
static size_t chart_label_stride(const char *const *labels, size_t n)
{
	static const size_t strides[] = { 1, 2, 3, 4, 6, 12, 24, 48, 96, 192 };
	size_t longest = 1, most;

	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(labels[i]);

		longest = len > longest ? len : longest;
	}
	most = (size_t)(LABELS_WIDTH / ((double)longest * 7.5 + 20));
	most = most < 2 ? 2 : most;
	for (size_t i = 0; i < sizeof strides / sizeof strides[0]; i++) {
		if ((n + strides[i] - 1) / strides[i] <= most)
			return strides[i];
	}
	return n;
}

void chart_labels_below(struct html *h, const char *const *labels, size_t n, double height)
{
	size_t stride = chart_label_stride(labels, n);

	html_raw(h, "<g class=\"c-x\">");
	for (size_t i = n, k = 0; i > 0; i = i > stride ? i - stride : 0, k++) {
		html_raw(h, k % 2 == 1 ? "<text class=\"c-minor\"" : "<text");
		chart_across(h, "x", chart_x(i - 1, n));
		chart_attribute(h, "y", height + 20);
		html_put(h, ">%s</text>", labels[i - 1]);
	}
	html_raw(h, "</g>");
}

double chart_x(size_t i, size_t n)
{
	return n == 0 ? 0 : CHART_ACROSS * ((double)i + 0.5) / (double)n;
}

void chart_line(struct html *h, const double *values, size_t n, const struct chart_scale *s,
		double height)
{
	int open = 0;

	for (size_t i = 0; i < n; i++) {
		if (!isfinite(values[i])) {
			open = 0;
			continue;
		}
		html_raw(h, open ? "L" : "M");
		chart_coord(h, chart_x(i, n));
		html_raw(h, " ");
		chart_coord(h, chart_scale_y(s, values[i], height));
		if (!open && (i + 1 == n || !isfinite(values[i + 1])))
			html_raw(h, "h.1");
		open = 1;
	}
}

void chart_spread(double *ys, size_t n, double gap, double height)
{
	size_t order[CHART_SPREAD] = { 0 };

	n = n > CHART_SPREAD ? CHART_SPREAD : n;
	for (size_t i = 0; i < n; i++) {
		size_t at = i;

		for (; at > 0 && ys[order[at - 1]] > ys[i]; at--)
			order[at] = order[at - 1];
		order[at] = i;
	}
	for (size_t i = 1; i < n; i++) /* down from the top … */
		ys[order[i]] = fmax(ys[order[i]], ys[order[i - 1]] + gap);
	for (size_t i = n; i > 0; i--) { /* … and back up from the bottom */
		double most = i == n ? height : ys[order[i]] - gap;

		ys[order[i - 1]] = fmin(ys[order[i - 1]], most);
	}
}
