#ifndef AGGREGATOR_WEB_CHART_H
#define AGGREGATOR_WEB_CHART_H

#include <stddef.h>

#include "aggregator/funnel.h"
#include "aggregator/interval.h"
#include "aggregator/spc.h"
#include "aggregator/web/html.h"

/* SVG charts, one function each: plain numbers in, markup out, one element each (a block, but for
 * sparkline, spine mark and verdict). Styled by classes `c-…` of assets-src/charts.scss, which
 * lists them (no inline style: the content security policy forbids it). Text is at least 12 px at
 * every width: positions across are percentages and only lines stretch. <title> and <desc> first,
 * role="img" (role="group" where there are links or text). Colours mean nothing on their own:
 * shapes and words say the same. Callers put "Show as table", "Download CSV" and the definition
 * beneath. Values are in the measure's unit; NaN is missing and leaves a gap. */

struct chart_text {
	const char *id;    /* unique on the page; ids of title and desc are made from it */
	const char *title; /* what it shows, a sentence */
	const char *desc;  /* the same for who cannot see it: range, latest, special points */
	const char *unit;  /* "%", "" … after axis values */
	const char *axis;  /* what the vertical axis counts, above it; NULL: nothing */
};

struct chart_mark { /* an annotation: "new threshold document" */
	size_t at;  /* index of the point */
	const char *label;
};

struct chart_trend {
	struct chart_text text;
	const double *values;
	const char *const *labels;   /* per point: "Sep 26" */
	const unsigned char *hollow; /* 1: provisional or partial, drawn open; NULL: none */
	size_t n;
	const struct spc *spc; /* NULL: no limits */
	int polarity; /* −1 low is good, 0 neither, 1 high is good: what a signal is called */
	const struct chart_mark *marks;
	size_t n_marks;
	const double *targets; /* NaN where there is none; NULL: none */
};
void chart_trend(struct html *h, const struct chart_trend *c);

/* 120 × 32, no axes: line, last point, usual range as a band. Without text.title it is decoration
 * beside a figure that says the same, and hidden from assistive technology. */
void chart_sparkline(struct html *h, const struct chart_trend *c);

/* Small multiples on one shared axis, one panel per area. */
struct chart_panel {
	const char *name, *href; /* href escaped already by view_link; NULL: no link */
	const double *values;
	const struct spc *spc; /* NULL: none */
	int polarity;          /* as of chart_trend */
};
void chart_multiples(struct html *h, const struct chart_text *text, const char *const *labels,
		     size_t n, const struct chart_panel *panels, size_t n_panels);

struct chart_funnel {
	struct chart_text text;
	const struct funnel *funnel;
	const struct funnel_point *points; /* after funnel_compute */
	const char *const *names;
	size_t n;
	double unit_factor;     /* 100 for percentages, 10,000 for rates per 10,000 */
	const char *size_label; /* what the horizontal axis counts; NULL: nothing */
};
void chart_funnel(struct html *h, const struct chart_funnel *c);

/* Horizontal bars with values at their ends; reference: a vertical line (NaN for none) with a
 * label. A value of NaN has no bar: value_text ("c", "no data") stands in its place. */
struct chart_bar {
	const char *label, *value_text;
	double value, low, high; /* low, high NaN: no interval */
	int emphasised;          /* 1: the one that the page is about */
};
void chart_bars(struct html *h, const struct chart_text *text, const struct chart_bar *bars,
		size_t n, double reference, const char *reference_label);

/* Spine chart: each measure of a district against the city and the districts' range. Values are in
 * the measure's unit; each row has its own scale, even on both sides: the city in the middle, what
 * is farthest from it at an end, better to the right (polarity 0: higher to the right). */
struct chart_spine_row {
	const char *label, *href; /* href as above */
	const char *district_text, *city_text;
	double district, city, low, high; /* low, high: of the districts */
	double interval_low, interval_high;
	int polarity;
	enum interval_verdict verdict;
};
void chart_spine_mark(struct html *h, const struct chart_spine_row *row); /* one row's drawing */

/* The districts as shapes (shapes.h), links to their pages. */
struct chart_shape {
	const char *name, *href;
	const char *path; /* the d attribute */
	const char *value_text;
	int shade; /* 0 no data, 1–5 low to high */
	double label_x, label_y;
};
void chart_map(struct html *h, const struct chart_text *text, const char *view_box,
	       const struct chart_shape *shapes, size_t n);

/* "▲ worse", "● similar": the verdict in a symbol (which side) and words, as used in tables. */
void chart_verdict(struct html *h, enum interval_verdict verdict, int polarity);

#endif
