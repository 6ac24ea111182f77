/* Prints a page with every chart in typical and edge states, to be looked at:
 *
 *   gallery STYLE.css AREAS.csv BOUNDARIES.geojson >gallery.html
 *
 * All figures are made up. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/chart.h"
#include "aggregator/web/shapes.h"

#define MOST 300

static uint32_t state = 20260901;
static char label_text[MOST][16];
static const char *labels[MOST];

/* Evenly from −1 to 1. */
static double random_one(void)
{
	state = state * 1664525u + 1013904223u;
	return (double)(state >> 8) / (1 << 23) - 1;
}

static void labels_make(size_t n)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	for (size_t i = 0; i < n; i++) {
		size_t month = (8 + 12 * 30 - (n - 1 - i)) % 12;
		size_t year = (2026 * 12 + 8 - (n - 1 - i)) / 12;

		(void)snprintf(label_text[i], sizeof label_text[i], "%s %02zu", months[month],
			       year % 100);
		labels[i] = label_text[i];
	}
}

static void heading(struct html *h, const char *text)
{
	html_put(h, "<h2>%s</h2>", text);
}

static void noise(double *values, size_t n, double level, double spread)
{
	for (size_t i = 0; i < n; i++)
		values[i] = level + spread * (random_one() + random_one());
}

static struct chart_trend trend_of(const char *id, const double *values, size_t n,
				   const struct spc *spc)
{
	labels_make(n);
	return (struct chart_trend){ .text = { id, "Re-referrals were above the usual range",
					       "A line over months.", "%",
					       "Referrals that were repeats, per cent" },
				     .values = values,
				     .labels = labels,
				     .n = n,
				     .spc = spc,
				     .polarity = -1 };
}

static void trends_typical(struct html *h)
{
	static const struct chart_mark marks[] = { { 9, "New threshold document" },
						   { 17, "Two teams joined" } };
	double values[24], targets[24];
	unsigned char hollow[24] = { [23] = 1 };
	struct chart_trend c;
	struct spc spc;

	noise(values, 24, 22.3, 1.6);
	for (size_t i = 0; i < 24; i++) {
		values[i] = round(values[i] * 10) / 10;
		targets[i] = i < 6 ? NAN : i < 18 ? 21 : 20;
	}
	values[12] = NAN;
	for (size_t i = 15; i < 22; i++)
		values[i] -= 2.2;
	values[22] = 28.9;
	if (spc_compute(values, 24, 15, 0, 100, &spc) != 0)
		return;
	heading(h, "Trend: limits, signals, gap, notes, targets, provisional");
	c = trend_of("t1", values, 24, &spc);
	c.marks = marks;
	c.n_marks = 2;
	c.targets = targets;
	c.hollow = hollow;
	chart_trend(h, &c);
	heading(h, "The same, high is good; and neither");
	c.text.id = "t2";
	c.polarity = 1;
	chart_trend(h, &c);
	c.text.id = "t3";
	c.polarity = 0;
	c.marks = NULL;
	c.n_marks = 0;
	c.targets = NULL;
	chart_trend(h, &c);
	spc_clear(&spc);
}

static void trends_plain(struct html *h)
{
	static const double few[] = { 1210, 1266, 1302, NAN, 1288 };
	static const double one[] = { 42 };
	static const double equal[] = { 7, 7, 7, 7, 7, 7 };
	static const double negative[] = { -12, 4, 8.5, -3, -20, 1, 6 };
	static const double huge[] = { 1234567, 2345678, 987654321, 4567890, 12345678901.0 };
	static const double missing[] = { NAN, NAN, NAN };
	static const struct {
		const char *name;
		const double *values;
		size_t n;
	} cases[] = { { "Few points", few, 5 },   { "One point", one, 1 },
		      { "All equal", equal, 6 },  { "Below zero", negative, 7 },
		      { "Very large", huge, 5 },  { "All missing", missing, 3 },
		      { "No points", missing, 0 } };
	char id[8];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct chart_trend c = trend_of(id, cases[i].values, cases[i].n, NULL);

		(void)snprintf(id, sizeof id, "p%zu", i);
		c.text.unit = "";
		c.text.axis = "Referrals";
		heading(h, cases[i].name);
		chart_trend(h, &c);
	}
}

static void trend_long(struct html *h)
{
	double values[MOST];
	struct chart_trend c;
	struct spc spc;

	noise(values, MOST, 640, 40);
	for (size_t i = 200; i < 230; i++)
		values[i] += 90;
	if (spc_compute(values, MOST, 0, 0, NAN, &spc) != 0)
		return;
	heading(h, "Three hundred points");
	c = trend_of("l1", values, MOST, &spc);
	c.text.unit = "";
	c.text.axis = "Referrals";
	chart_trend(h, &c);
	spc_clear(&spc);
}

static void sparklines(struct html *h)
{
	double values[24];

	heading(h, "Sparklines");
	labels_make(24);
	html_raw(h, "<p class=\"row\">");
	for (int i = 0; i < 6; i++) {
		struct chart_trend c;
		struct spc spc;

		noise(values, 24, 50, 8);
		if (i == 1)
			values[23] = 80;
		if (i == 2)
			values[23] = 20;
		if (i == 3)
			values[10] = values[11] = values[23] = NAN;
		for (size_t k = 0; k < 24 && i == 4; k++)
			values[k] = NAN;
		for (size_t k = 0; k < 24 && i == 5; k++)
			values[k] = 4;
		if (spc_compute(values, 24, 0, 0, NAN, &spc) != 0)
			return;
		c = trend_of("", values, 24, &spc);
		c.text.title = NULL;
		chart_sparkline(h, &c);
		spc_clear(&spc);
	}
	html_raw(h, "</p>");
}

static const char *const places[] = { "Edgbaston",        "Erdington",  "Hall Green", "Hodge Hill",
				      "Ladywood",         "Northfield", "Perry Barr", "Selly Oak",
				      "Sutton Coldfield", "Yardley" };
#define PLACES 10

static void multiples(struct html *h)
{
	static double values[PLACES][24];
	struct chart_panel panels[PLACES];
	struct spc spc[PLACES];
	struct chart_text text = { "m1", "Caseloads rose in two districts", "Ten small charts.", "",
				   "Cases per worker" };

	labels_make(24);
	for (size_t i = 0; i < PLACES; i++) {
		noise(values[i], 24, 17 + random_one() * 3, 0.8);
		for (size_t k = 16; k < 24 && i == 3; k++)
			values[i][k] += 0.5 * (double)(k - 15);
		values[4][10] = NAN;
		for (size_t k = 0; k < 24 && i == 7; k++)
			values[i][k] = NAN;
		if (spc_compute(values[i], 24, 12, 0, NAN, &spc[i]) != 0)
			return;
		panels[i] =
			(struct chart_panel){ places[i], "/districts/x", values[i], &spc[i], -1 };
	}
	heading(h, "Small multiples");
	chart_multiples(h, &text, labels, 24, panels, PLACES);
	for (size_t i = 0; i < PLACES; i++)
		spc_clear(&spc[i]);
}

static void funnels(struct html *h)
{
	static struct funnel_point points[PLACES];
	struct funnel funnel;
	struct chart_funnel c = { { "f1", "Two districts are outside what chance explains",
				    "Ten districts against size.", "%",
				    "Referrals that were repeats, per cent" },
				  &funnel,
				  points,
				  places,
				  PLACES,
				  100,
				  "Referrals in the year" };

	for (size_t i = 0; i < PLACES; i++) {
		points[i].denominator = floor(260 + 90 * (double)i + 60 * random_one());
		points[i].numerator =
			(int64_t)(points[i].denominator * (0.21 + 0.015 * random_one()));
		points[i].known = 1;
	}
	points[3].numerator = (int64_t)(points[3].denominator * 0.31);
	points[8].numerator = (int64_t)(points[8].denominator * 0.165);
	points[1].numerator = (int64_t)(points[1].denominator * 0.267);
	funnel_compute(FUNNEL_PROPORTION, points, PLACES, &funnel);
	heading(h, "Funnel");
	chart_funnel(h, &c);
	c.text.id = "f2";
	c.n = 0;
	heading(h, "Funnel without areas");
	chart_funnel(h, &c);
}

static void bars(struct html *h)
{
	static const struct chart_bar ages[] = {
		{ "Unborn", "c", NAN, NAN, NAN, 0 },
		{ "Under 1", "34", 34, NAN, NAN, 0 },
		{ "1 to 4", "212", 212, NAN, NAN, 0 },
		{ "5 to 9", "1,388", 1388, NAN, NAN, 0 },
		{ "10 to 15, and a label that is much longer than the others", "1,290", 1290, NAN,
		  NAN, 0 },
		{ "Not recorded", "no data", NAN, NAN, NAN, 0 },
	};
	static const struct chart_bar shares[] = {
		{ "Hodge Hill", "31.2%", 31.2, 27.9, 34.7, 1 },
		{ "Edgbaston", "24.0%", 24, 20.1, 28.2, 0 },
		{ "Sutton Coldfield", "16.5%", 16.5, 14.1, 19.2, 0 },
		{ "Yardley", "c", NAN, NAN, NAN, 0 },
	};
	static const struct chart_bar changes[] = {
		{ "Up", "+12", 12, NAN, NAN, 0 },
		{ "Down",
		  "\xe2\x88\x92"
		  "7",
		  -7, NAN, NAN, 0 },
	};
	struct chart_text text = { "b1", "Most children are of school age", "Six bars.", "",
				   "Children" };

	heading(h, "Bars");
	chart_bars(h, &text, ages, 6, NAN, NULL);
	text = (struct chart_text){ "b2", "Hodge Hill is highest", "Four bars.", "%",
				    "Referrals that were repeats" };
	heading(h, "Bars with intervals and the city");
	chart_bars(h, &text, shares, 4, 22.4, "City, 22.4%");
	text.id = "b3";
	heading(h, "Bars below zero");
	chart_bars(h, &text, changes, 2, NAN, NULL);
}

static void spines(struct html *h)
{
	static const struct chart_spine_row rows[] = {
		{ "Re-referrals", NULL, "31.2%", "22.4%", 31.2, 22.4, 16.5, 31.2, 27.9, 34.7, -1,
		  INTERVAL_MUCH_HIGHER },
		{ "Assessments on time", NULL, "91.0%", "84.0%", 91, 84, 70, 93, 88, 94, 1,
		  INTERVAL_HIGHER },
		{ "Contacts per 10,000 children", NULL, "510", "540", 510, 540, 430, 690, 480, 541,
		  0, INTERVAL_SIMILAR },
		{ "Section 47 enquiries", NULL, "12", "19", 12, 19, 12, 26, 10, 15, 0,
		  INTERVAL_LOWER },
		{ "Caseload", NULL, "no data", "17.2", NAN, 17.2, 14, 21, NAN, NAN, -1,
		  INTERVAL_SIMILAR },
		{ "Visits", NULL, "no data", "no data", NAN, NAN, NAN, NAN, NAN, NAN, -1,
		  INTERVAL_SIMILAR },
	};

	heading(h, "Spine and verdicts");
	html_raw(h, "<div class=\"scroll\"><table>");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		html_put(h, "<tr><th>%s</th><td>%s</td><td>%s</td><td class=\"spine\">",
			 rows[i].label, rows[i].district_text, rows[i].city_text);
		chart_spine_mark(h, &rows[i]);
		html_raw(h, "</td><td>");
		if (isfinite(rows[i].district))
			chart_verdict(h, rows[i].verdict, rows[i].polarity);
		html_raw(h, "</td></tr>");
	}
	html_raw(h, "</table></div>");
}

static void map(struct html *h, const char *areas_path, const char *boundaries_path)
{
	static const char *const values[] = { "no data", "612", "701", "455", "838", "c" };
	struct area_tree *areas = NULL;
	struct shapes *shapes = NULL;
	struct chart_shape drawn[64];
	struct chart_text text = { "map", "Referrals per 10,000 children", "Ten districts.", "",
				   NULL };
	struct err err = { .code = ERR_OK };
	size_t n = 0;

	heading(h, "Map");
	if (area_tree_load(areas_path, NULL, &areas, &err) != ERR_OK ||
	    shapes_load(boundaries_path, areas, &shapes, &err) != ERR_OK) {
		fprintf(stderr, "gallery: %s\n", err.text);
		area_tree_free(&areas);
		return;
	}
	for (; n < shapes->n && n < 64; n++)
		drawn[n] = (struct chart_shape){ areas->areas[shapes->shapes[n].area].name,
						 "/districts/x",
						 shapes->shapes[n].path,
						 values[n % 6],
						 (int)(n % 6),
						 shapes->shapes[n].label_x,
						 shapes->shapes[n].label_y };
	chart_map(h, &text, shapes->view_box, drawn, n);
	shapes_free(&shapes);
	area_tree_free(&areas);
}

int main(int argc, char **argv)
{
	struct html h = { 0 };
	struct err err = { .code = ERR_OK };
	char *text;
	size_t len;

	if (argc != 4) {
		fprintf(stderr, "usage: gallery STYLE.css AREAS.csv BOUNDARIES.geojson\n");
		return 64;
	}
	html_put(
		&h,
		"<!DOCTYPE html><html lang=\"en-GB\"><head><meta charset=\"utf-8\">"
		"<title>Charts</title><meta name=\"viewport\" content=\"width=device-width\">"
		"<link rel=\"stylesheet\" href=\"%s\"><style>body{font:16px Arial;margin:15px auto;"
		"max-width:720px;padding:0 15px}.row{display:flex;flex-wrap:wrap;gap:24px}"
		"td,th{text-align:left;padding:4px 8px 4px 0}.spine{width:240px}"
		".scroll{overflow-x:auto}table{width:100%%}</style></head><body><main><h1>Charts</"
		"h1>",
		argv[1]);
	trends_typical(&h);
	multiples(&h);
	funnels(&h);
	bars(&h);
	spines(&h);
	sparklines(&h);
	map(&h, argv[2], argv[3]);
	trend_long(&h);
	trends_plain(&h);
	html_raw(&h, "</main></body></html>\n");
	if (html_take(&h, &text, &len, &err) != ERR_OK) {
		fprintf(stderr, "gallery: %s\n", err.text);
		return 70;
	}
	(void)fwrite(text, 1, len, stdout);
	free(text);
	return 0;
}
