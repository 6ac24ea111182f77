#ifndef AGGREGATOR_WEB_CHART_DRAW_H
#define AGGREGATOR_WEB_CHART_DRAW_H

#include "aggregator/web/chart.h"

/* What the charts share. A chart is laid out like this:
 *
 *   <div class="c-chart">   legend and axis title as HTML, which wraps
 *     <svg class="c-svg c-w2" height="px">  no viewBox: text keeps its size. Its padding (from the
 *                                           style sheet) holds the labels of the axes; inside it
 *                                           positions across are percentages
 *       <svg viewBox="0 0 1000 h" preserveAspectRatio="none">  lines, stretched to fit
 *
 * so that it fits any width without scaling its text. Points across are 0 … CHART_ACROSS. */

#define CHART_ACROSS 1000.0
#define CHART_VALUE_BYTES 64

/* A vertical axis: from low to high in round steps. */
struct chart_scale {
	double low, high, step;
	int decimals; /* of the steps' labels */
};

/* The axis for values between least and most, about n steps. from_zero: 1 always begins at zero; 0
 * only when that costs less than a third of the height. top: not above it when the values are
 * not (100 for percentages; NaN: none). least and most may be anything finite. */
struct chart_scale chart_scale_make(double least, double most, int n, int from_zero, double top);
/* Where a value is drawn: 0 at the top, height at the bottom; beyond the axis at its end. */
double chart_scale_y(const struct chart_scale *s, double value, double height);

/* Widens [*least, *most] (NaN at first) by the finite ones of values. */
void chart_range(const double *values, size_t n, double *least, double *most);
/* Decimals that values are written with: 0 when all are whole, otherwise what the axis needs. */
int chart_decimals(const double *values, size_t n, const struct chart_scale *s);

/* "1,234.5%", "−3", "1.2bn" from a thousand million on; "no data" for NaN. Returns out. */
const char *chart_value(double value, int decimals, const char *unit, char out[CHART_VALUE_BYTES]);
/* A coordinate: at most one decimal; one that is not finite is 0. */
void chart_coord(struct html *h, double value);
/* ` name="…"` with a coordinate, and with one in per cent of CHART_ACROSS. */
void chart_attribute(struct html *h, const char *name, double value);
void chart_across(struct html *h, const char *name, double x);

/* `<svg class="…" role="…" aria-labelledby …>` with title and desc. role: "img" or "group". height:
 * with its paddings. Closed by </svg>, as is the stretched part (clip: 1 cuts what is outside). */
void chart_open(struct html *h, const struct chart_text *text, const char *class, const char *role,
		double height);
void chart_stretch(struct html *h, double height, int clip);

/* Paddings of a chart above and below its plot, as in the style sheet. */
#define CHART_ABOVE 12.0
#define CHART_BELOW 28.0
/* The classes that make room at the left for the labels of an axis, and at the right for nothing,
 * the latest value, or (when wide) what lines are. */
enum chart_right {
	CHART_RIGHT_NOTHING,
	CHART_RIGHT_VALUE,
	CHART_RIGHT_WORDS,
};
const char *chart_room(const struct chart_scale *s, const char *unit, enum chart_right right);
/* Lines and labels of the vertical axis, zero heavier when it is inside. The lines belong into the
 * stretched part. */
void chart_grid(struct html *h, const struct chart_scale *s, double height);
void chart_grid_labels(struct html *h, const struct chart_scale *s, double height,
		       const char *unit);
/* The labels under the plot: as many as fit, always the last; every other one only when wide. */
void chart_labels_below(struct html *h, const char *const *labels, size_t n, double height);

/* Middle of point i of n across. */
double chart_x(size_t i, size_t n);
/* The d of a line through the known ones of values, with a gap where one is missing. A known one
 * between two gaps is a dot. */
void chart_line(struct html *h, const double *values, size_t n, const struct chart_scale *s,
		double height);

/* Moves ys (sorted by the caller's order, any) apart until they are gap apart and within [0,
 * height], as near to where they were as that allows. At most CHART_SPREAD of them. */
#define CHART_SPREAD 16
void chart_spread(double *ys, size_t n, double gap, double height);

/* What a point says by its flags. */
enum chart_signal {
	CHART_COMMON,    /* nothing unusual */
	CHART_UP_BAD,    /* high or rising, a concern */
	CHART_UP_GOOD,   /* high or rising, an improvement */
	CHART_DOWN_BAD,  /* low or falling, a concern */
	CHART_DOWN_GOOD, /* low or falling, an improvement */
	CHART_CHANGE,    /* either way, of a measure that is good neither high nor low */
};
#define CHART_SIGNALS 6
enum chart_signal chart_signal_of(unsigned flags, int polarity);
enum chart_signal chart_verdict_signal(enum interval_verdict verdict, int polarity);
const char *chart_signal_words(enum chart_signal signal); /* "unusually high: a concern" */
/* Its mark: a shape with its class, around 0,0, radius about 7. hollow: 1 drawn open. */
void chart_signal_mark(struct html *h, enum chart_signal signal, int hollow);

/* A list of keys above a chart: begin, for each key begin (24 × 16 drawing) … text … end, end. */
void chart_legend_begin(struct html *h);
void chart_key_begin(struct html *h);
void chart_key_end(struct html *h, const char *words);
void chart_signal_keys(struct html *h, const int seen[CHART_SIGNALS]); /* of those seen */
void chart_legend_end(struct html *h);

/* Axis title, when there is one, and where the axis begins when that is above zero. */
void chart_axis_title(struct html *h, const struct chart_text *text, const struct chart_scale *s);
/* Instead of a plot: "No figures for these periods." */
void chart_nothing(struct html *h, const struct chart_text *text, const char *words);
/* Title and description for a group that is not an SVG. Opens <div class role aria-…>. */
void chart_group(struct html *h, const struct chart_text *text, const char *class);

#endif
