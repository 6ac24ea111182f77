/* The charts' markup: positions worked by hand, words, gaps, hostile names, and never a broken
 * document. */
#include "tests/harness.h"

#include <ctype.h>
#include <expat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/chart_draw.h"

#define HOSTILE "<script>\"'&]]>\x01"
#define IDS_MOST 400

static struct html h;
static const char *months[300];

static void set_up(void)
{
	for (size_t i = 0; i < 300; i++)
		months[i] = "Sep 26";
}

static void tear_down(void)
{
	html_clear(&h);
}

/* ---- what every chart must be */

struct document {
	char ids[IDS_MOST][64];
	size_t n_ids;
	char named[IDS_MOST][64]; /* in aria-labelledby */
	size_t n_named;
};

static void document_name(struct document *d, const char *value)
{
	char copy[160], *rest = copy, *word;

	(void)snprintf(copy, sizeof copy, "%s", value);
	while ((word = strsep(&rest, " ")) != NULL && d->n_named < IDS_MOST)
		(void)snprintf(d->named[d->n_named++], sizeof d->named[0], "%s", word);
}

static void XMLCALL on_start(void *data, const char *name, const char **attributes)
{
	struct document *d = data;

	ck_assert_str_ne(name, "script");
	for (size_t i = 0; attributes[i] != NULL; i += 2) {
		ck_assert_str_ne(attributes[i], "style");
		if (strcmp(attributes[i], "id") == 0 && d->n_ids < IDS_MOST)
			(void)snprintf(d->ids[d->n_ids++], sizeof d->ids[0], "%s",
				       attributes[i + 1]);
		if (strcmp(attributes[i], "aria-labelledby") == 0)
			document_name(d, attributes[i + 1]);
		if (strchr("dxyr", attributes[i][0]) != NULL && attributes[i][1] == '\0')
			ck_assert_msg(strstr(attributes[i + 1], "nan") == NULL &&
					      strstr(attributes[i + 1], "inf") == NULL,
				      "%s=%s", attributes[i], attributes[i + 1]);
	}
}

/* Well-formed with one root, no style attribute or script, ids unique, and names that exist. */
static void assert_sound(void)
{
	static struct document d;
	XML_Parser parser = XML_ParserCreate("UTF-8");

	memset(&d, 0, sizeof d);
	ck_assert_int_eq(h.failed, 0);
	ck_assert_ptr_nonnull(parser);
	XML_SetUserData(parser, &d);
	XML_SetStartElementHandler(parser, on_start);
	ck_assert_msg(XML_Parse(parser, h.text, (int)h.len, 1) == XML_STATUS_OK, "%s: %.200s",
		      XML_ErrorString(XML_GetErrorCode(parser)),
		      h.text + XML_GetCurrentByteIndex(parser));
	XML_ParserFree(parser);
	for (size_t i = 0; i < d.n_ids; i++) {
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(d.ids[i], d.ids[k]);
	}
	for (size_t i = 0; i < d.n_named; i++) {
		size_t k = 0;

		while (k < d.n_ids && strcmp(d.ids[k], d.named[i]) != 0)
			k++;
		ck_assert_msg(k < d.n_ids, "nothing has the id %s", d.named[i]);
	}
}

static void assert_has(const char *words)
{
	ck_assert_msg(strstr(h.text, words) != NULL, "no \"%s\" in %s", words, h.text);
}

static void assert_lacks(const char *words)
{
	ck_assert_msg(strstr(h.text, words) == NULL, "\"%s\" in %s", words, h.text);
}

static size_t count(const char *words)
{
	size_t n = 0;

	for (const char *at = h.text; (at = strstr(at, words)) != NULL; at++)
		n++;
	return n;
}

static struct chart_trend trend(const double *values, size_t n)
{
	return (struct chart_trend){ .text = { "t", "Title", "Description", "", "Referrals" },
				     .values = values,
				     .labels = months,
				     .n = n };
}

static struct spc limits(double lower, double mean, double upper, unsigned *flags, size_t n)
{
	return (struct spc){ .has_limits = 1,
			     .lower = lower,
			     .mean = mean,
			     .upper = upper,
			     .flags = flags,
			     .n = n };
}

/* ---- scales and numbers */

START_TEST(an_axis_goes_in_round_steps)
{
	static const struct {
		double least, most;
		int n, from_zero;
		double top, low, high, step;
		int decimals;
	} rows[] = {
		{ 0, 10, 4, 0, NAN, 0, 10, 5, 0 },
		{ 18.4, 28.9, 4, 0, 100, 15, 30, 5, 0 },
		{ 3, 97, 4, 0, 100, 0, 100, 50, 0 },
		{ 91, 99.6, 4, 0, 100, 90, 100, 5, 0 },
		{ 0.02, 0.11, 4, 0, NAN, 0, 0.15, 0.05, 2 },
		{ 7, 7, 4, 0, NAN, 5, 9, 1, 0 },
		{ 0, 0, 4, 0, NAN, 0, 0.6, 0.2, 1 },
		{ -12, 8, 4, 0, NAN, -15, 10, 5, 0 },
		{ 900, 1000, 4, 1, NAN, 0, 1000, 500, 0 },
		{ NAN, NAN, 4, 0, NAN, 0, 1, 1, 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct chart_scale s = chart_scale_make(rows[i].least, rows[i].most, rows[i].n,
							rows[i].from_zero, rows[i].top);

		ck_assert_msg(fabs(s.low - rows[i].low) < 1e-9 &&
				      fabs(s.high - rows[i].high) < 1e-9 &&
				      fabs(s.step - rows[i].step) < 1e-9 &&
				      s.decimals == rows[i].decimals,
			      "row %zu: %g to %g by %g, %d decimals", i, s.low, s.high, s.step,
			      s.decimals);
	}
}
END_TEST

START_TEST(a_value_is_written_for_people)
{
	static const struct {
		double value;
		int decimals;
		const char *unit, *text;
	} rows[] = {
		{ 1234.5, 1, "", "1,234.5" },
		{ 22.45, 1, "%", "22.5%" }, /* half up, although 22.45 is a little less in binary */
		{ 0, 0, "%", "0%" },
		{ -3, 0, "",
		  "\xe2\x88\x92"
		  "3" },
		{ -0.04, 1, "", "0.0" }, /* no minus before nothing */
		{ 999999.96, 1, "", "1,000,000.0" },
		{ 12345678, 0, "", "12,345,678" },
		{ 1.25e9, 0, "", "1.3bn" },
		{ 5e9, 0, "", "5bn" },
		{ 2e300, 0, "", "1,000tn" },
		{ NAN, 1, "%", "no data" },
		{ INFINITY, 1, "%", "no data" },
	};
	char text[CHART_VALUE_BYTES];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		ck_assert_str_eq(chart_value(rows[i].value, rows[i].decimals, rows[i].unit, text),
				 rows[i].text);
}
END_TEST

START_TEST(a_coordinate_has_one_decimal_at_most_and_is_always_a_number)
{
	static const double values[] = { 12, 12.34, -0.04, -3.25, NAN, INFINITY };

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		chart_coord(&h, values[i]);
		html_raw(&h, " ");
	}
	ck_assert_str_eq(h.text, "12 12.3 0 -3.3 0 0 ");
}
END_TEST

START_TEST(labels_are_moved_apart_and_stay_inside)
{
	double ys[] = { 50, 52, 10, 100 };
	double low[] = { 98, 99, 97 };

	chart_spread(ys, 4, 17, 200);
	ck_assert_double_eq_tol(ys[2], 10, 1e-9);
	ck_assert_double_eq_tol(ys[0], 50, 1e-9);
	ck_assert_double_eq_tol(ys[1], 67, 1e-9);
	ck_assert_double_eq_tol(ys[3], 100, 1e-9);
	chart_spread(low, 3, 17, 100);
	ck_assert_double_eq_tol(low[1], 100, 1e-9);
	ck_assert_double_eq_tol(low[0], 83, 1e-9);
	ck_assert_double_eq_tol(low[2], 66, 1e-9);
}
END_TEST

/* ---- trend */

START_TEST(points_are_in_the_middle_of_their_periods)
{
	static const double values[] = { 0, 10, 5, 10 };
	struct chart_trend c = trend(values, 4);

	/* Four periods of 250; axis 0 to 10 over 248. */
	chart_trend(&h, &c);
	assert_sound();
	assert_has("<path class=\"c-line\" d=\"M125 248L375 0L625 124L875 0\"/>");
	assert_has("<path class=\"c-grid\" d=\"M0 248H1000M0 124H1000M0 0H1000\"/>");
	assert_has("<text x=\"-8\" y=\"128.5\">5</text>");
	assert_has("<text x=\"87.5%\" y=\"268\">Sep 26</text>");
	assert_has("<title id=\"t-t\">Title</title><desc id=\"t-d\">Description</desc>");
	assert_has("role=\"img\" aria-labelledby=\"t-t t-d\"");
	assert_has(">10</text>");
}
END_TEST

START_TEST(a_missing_value_leaves_a_gap)
{
	static const double values[] = { 0, 10, NAN, 5, NAN };
	struct chart_trend c = trend(values, 5);

	chart_trend(&h, &c);
	assert_sound();
	assert_has("<path class=\"c-line\" d=\"M100 248L300 0M700 124h.1\"/>");
	assert_has("<title>Sep 26: no data</title>");
}
END_TEST

START_TEST(an_axis_that_does_not_begin_at_zero_says_so)
{
	static const double values[] = { 90, 99 };
	struct chart_trend c = trend(values, 2);

	chart_trend(&h, &c);
	assert_has("Referrals (scale begins at 90)");
}
END_TEST

START_TEST(limits_are_drawn_and_said)
{
	static const double values[] = { 4, 6, 5, 9 };
	unsigned flags[4] = { 0 };
	struct spc spc = limits(2, 5, 8, flags, 4);
	struct chart_trend c = trend(values, 4);

	c.text.unit = "%";
	c.spc = &spc;
	/* Axis 0 to 10: 8 is at 49.6, 2 at 198.4, 5 at 124. */
	chart_trend(&h, &c);
	assert_sound();
	assert_has("<rect class=\"c-range\" width=\"1000\" y=\"49.6\" height=\"148.8\"/>");
	assert_has("<path class=\"c-limit\" d=\"M0 49.6H1000M0 198.4H1000\"/>");
	assert_has("<path class=\"c-mean\" d=\"M0 124H1000\"/>");
	assert_has("Usual range 2.0% to 8.0%, mean 5.0%");
	assert_has("Upper 8.0%");
	assert_lacks("c-concern");
	html_clear(&h);
	spc.has_limits = 0;
	chart_trend(&h, &c);
	assert_lacks("c-limit");
}
END_TEST

START_TEST(a_special_point_has_a_shape_for_its_side_and_words_for_its_meaning)
{
	static const double values[] = { 4, 6, 5, 9 };
	static const struct {
		unsigned flags;
		int polarity;
		const char *mark, *words;
	} rows[] = {
		{ SPC_OUTSIDE_HIGH, -1, "c-concern\" d=\"M0-7.5", "high: a concern" },
		{ SPC_SHIFT_HIGH, 1, "c-better\" d=\"M0-7.5", "high: an improvement" },
		{ SPC_FALLING, -1, "c-better\" d=\"M0 7.5", "low: an improvement" },
		{ SPC_NEAR_LOW, 1, "c-concern\" d=\"M0 7.5", "low: a concern" },
		{ SPC_RISING, 0, "c-change\" d=\"M-5-5", "neither good nor bad" },
		/* Where a point is weighs more than where it goes. */
		{ SPC_SHIFT_HIGH | SPC_FALLING, -1, "c-concern\" d=\"M0-7.5", "a concern" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		unsigned flags[4] = { 0, 0, 0, rows[i].flags };
		struct spc spc = limits(2, 5, 8, flags, 4);
		struct chart_trend c = trend(values, 4);

		c.spc = &spc;
		c.polarity = rows[i].polarity;
		chart_trend(&h, &c);
		assert_sound();
		assert_has(rows[i].mark);
		assert_has(rows[i].words);
		assert_has("<svg overflow=\"visible\" x=\"87.5%\" y=\"24.8\">");
		html_clear(&h);
	}
}
END_TEST

START_TEST(a_provisional_point_is_hollow)
{
	static const double values[] = { 0, 10 };
	static const unsigned char hollow[] = { 0, 1 };
	struct chart_trend c = trend(values, 2);

	c.hollow = hollow;
	chart_trend(&h, &c);
	assert_sound();
	assert_has("<path class=\"c-holes\" d=\"M750 0h.1\"/>");
	assert_has("Provisional or partial");
	assert_has("<title>Sep 26: 10, provisional or partial</title>");
}
END_TEST

START_TEST(targets_are_steps_from_period_to_period)
{
	static const double values[] = { 0, 10, 5, 10 };
	static const double targets[] = { NAN, 5, 5, 2.5 };
	struct chart_trend c = trend(values, 4);

	c.targets = targets;
	chart_trend(&h, &c);
	assert_sound();
	assert_has("<path class=\"c-target\" d=\"M250 124H750V186H1000\"/>");
	assert_has("Target 2.5</text>");
}
END_TEST

START_TEST(notes_are_numbered_lines_with_a_list)
{
	static const double values[] = { 0, 10 };
	static const struct chart_mark marks[] = { { 9, "never drawn" }, { 1, HOSTILE } };
	struct chart_trend c = trend(values, 2);

	c.marks = marks;
	c.n_marks = 2;
	chart_trend(&h, &c);
	assert_sound();
	assert_has("<svg class=\"c-note\" overflow=\"visible\" x=\"75%\">");
	assert_has("<li value=\"2\">Sep 26: &lt;script&gt;");
	assert_lacks("never drawn");
}
END_TEST

START_TEST(any_values_make_a_sound_trend_and_sparkline)
{
	static double many[300];
	static const double missing[] = { NAN, NAN, NAN }, one[] = { 42 }, equal[] = { 7, 7, 7 },
			    negative[] = { -5, -1, -3 }, huge[] = { 1e300, -1e300, INFINITY },
			    zero[] = { 0, 0 }, tiny[] = { 1e-300, 2e-300 };
	static const struct {
		const double *values;
		size_t n;
	} rows[] = { { missing, 0 }, { missing, 3 }, { one, 1 },  { equal, 3 }, { negative, 3 },
		     { huge, 3 },    { zero, 2 },    { tiny, 2 }, { many, 300 } };

	for (size_t i = 0; i < 300; i++)
		many[i] = (double)(i * 7919 % 101);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct chart_trend c = trend(rows[i].values, rows[i].n);

		chart_trend(&h, &c);
		assert_sound();
		ck_assert_uint_lt(h.len, 16000);
		html_clear(&h);
		chart_sparkline(&h, &c);
		assert_sound();
		ck_assert_uint_lt(h.len, rows[i].n < 100 ? 600 : 4000);
		html_clear(&h);
	}
	struct chart_trend none = trend(missing, 3);

	chart_trend(&h, &none);
	assert_has("No figures for these periods.");
}
END_TEST

/* ---- sparkline */

START_TEST(a_sparkline_without_a_title_is_decoration)
{
	static const double values[] = { 0, 10 };
	struct chart_trend c = trend(values, 2);

	c.text.title = NULL;
	chart_sparkline(&h, &c);
	assert_sound();
	assert_has("aria-hidden=\"true\"");
	assert_has("<path class=\"c-line\" d=\"M5 27L115 5\"/>");
	assert_has("<g transform=\"translate(115 5)\">");
	assert_lacks("<title");
}
END_TEST

/* ---- small multiples */

START_TEST(panels_share_one_axis)
{
	static const double low[] = { 0, 2, NAN }, high[] = { 6, 3, NAN },
			    none[] = { NAN, NAN, NAN };
	unsigned flags[3] = { 0, SPC_OUTSIDE_HIGH, 0 };
	struct spc spc = limits(0, 1, 1.5, flags, 3);
	const struct chart_panel panels[] = { { "A", "/a?x=1&amp;y=2", low, &spc, -1 },
					      { HOSTILE, NULL, high, NULL, 0 },
					      { "C", NULL, none, NULL, 0 } };
	struct chart_text text = { "m", "Title", "Description", "", NULL };

	chart_multiples(&h, &text, months, 3, panels, 3);
	assert_sound();
	/* Axis 0 to 6 by 2 over 84: 2 is at 56 in A, 3 at 42 in B. */
	assert_has("d=\"M166.7 84L500 56\"");
	assert_has("d=\"M166.7 0L500 42\"");
	assert_has("<a class=\"govuk-link\" href=\"/a?x=1&amp;y=2\">A</a>");
	assert_has("<b>no data</b>");
	assert_has("<b>2, Sep 26</b>"); /* its newest is not the last month */
	assert_has("2 in Sep 26; from 0 to 2.");
	assert_has("c-concern");
	ck_assert_uint_eq(count("role=\"img\""), 3);
	html_clear(&h);
	chart_multiples(&h, &text, months, 0, panels, 0);
	assert_sound();
	assert_has("No figures");
}
END_TEST

/* ---- funnel */

static void funnel_points(struct funnel_point *points, size_t n)
{
	memset(points, 0, n * sizeof *points);
	for (size_t i = 0; i < n; i++) {
		points[i].known = 1;
		points[i].numerator = 100;
		points[i].denominator = 500;
		points[i].value = 0.2;
	}
}

START_TEST(areas_outside_a_funnel_are_named_beside_their_point)
{
	static const char *const names[] = { "Inner", HOSTILE, "Low", "Gone" };
	struct funnel funnel = { FUNNEL_PROPORTION, 0.2, 1, 0, 3 };
	struct chart_text text = { "f", "Title", "Description", "%", NULL };
	struct funnel_point points[4];

	funnel_points(points, 4);
	points[1] = (struct funnel_point){ 150, 500, 1, 0.3, 5.6, 5.6, 2 };
	points[2] = (struct funnel_point){ 150, 1000, 1, 0.15, -2.4, -2.4, -1 };
	points[3].known = 0;
	chart_funnel(&h,
		     &(struct chart_funnel){ text, &funnel, points, names, 4, 100, "Referrals" });
	assert_sound();
	assert_has("<title>Inner: 20.0% of 500, within the limits</title>");
	assert_has(">&lt;script&gt;&quot;&#39;&amp;]]&gt; 30.0%</text>");
	assert_has("<g class=\"c-named c-before\"><svg overflow=\"visible\" x=\"66.7%\">");
	assert_has(">Low 15.0%</text>");
	assert_lacks(">Inner 20.0%</text>");
	assert_lacks("Gone");
	assert_has("Above 99.8%");
	assert_has("Below 95%");
	assert_lacks("Above 95%<");
	assert_has("All areas together, 20.0%");
	ck_assert_uint_lt(h.len, 8000);
}
END_TEST

START_TEST(a_funnel_of_nothing_or_of_hundreds_is_sound)
{
	static struct funnel_point points[300];
	static const char *names[300];
	struct funnel funnel = { FUNNEL_RATE, 0.2, 1, 0, 300 };
	struct chart_text text = { "f", "Title", "Description", "", NULL };

	funnel_points(points, 300);
	chart_funnel(&h, &(struct chart_funnel){ text, &funnel, points, names, 0, 10000, NULL });
	assert_sound();
	assert_has("No figures for this period.");
	html_clear(&h);
	for (size_t i = 0; i < 300; i++) {
		names[i] = "Area";
		points[i].denominator = (double)(i * i);
		points[i].value = i % 7 == 0 ? NAN : 0.1 + 0.001 * (double)i;
		points[i].z_adjusted = (double)i;
		points[i].verdict = 2;
	}
	chart_funnel(&h, &(struct chart_funnel){ text, &funnel, points, names, 300, 10000, NULL });
	assert_sound();
	ck_assert_uint_le(count("</text></svg>"), 24);
}
END_TEST

/* ---- bars */

START_TEST(bars_reach_from_zero_and_suppressed_ones_say_c)
{
	static const struct chart_bar bars[] = {
		{ "A", "40%", 40, 30, 50, 1 },
		{ HOSTILE, "c", NAN, NAN, NAN, 0 },
		{ "B", "-50%", -50, NAN, NAN, 0 },
	};
	struct chart_text text = { "b", "Title", "Description", "%", "Share" };

	/* From −50 to 50: zero in the middle. */
	chart_bars(&h, &text, bars, 3, 25, "City, 25%");
	assert_sound();
	assert_has("height=\"20\" x=\"50%\" width=\"40%\"/>");
	assert_has("height=\"20\" x=\"0%\" width=\"50%\"/>");
	assert_has("d=\"M800 14H1000M800 9v10M1000 9v10\"");
	assert_has("<path class=\"c-reference\" d=\"M750-10V38\"/>");
	assert_has("City, 25%");
	assert_has("<li class=\"c-emphasis\"><span class=\"c-label\">A</span>");
	assert_has("<text class=\"c-absent\" x=\"8\" y=\"19\">c</text>");
	ck_assert_uint_eq(count("c-fill"), 2);
	html_clear(&h);
	chart_bars(&h, &text, bars, 0, NAN, NULL);
	assert_sound();
	assert_has("No figures");
	html_clear(&h);
	chart_bars(&h, &text, &bars[1], 1, NAN, NULL);
	assert_sound();
	assert_lacks("c-legend");
}
END_TEST

/* ---- spine and verdict */

START_TEST(the_city_is_in_the_middle_of_a_spine_and_better_at_the_right)
{
	struct chart_spine_row row = {
		"Re-referrals", NULL, "10%", "20%", 10, 20, 10, 40, 5, 15, -1, INTERVAL_LOWER
	};

	/* Half the scale is 20; low is good, so 10 lies right of the middle: 50% + 46% ÷ 2. */
	chart_spine_mark(&h, &row);
	assert_sound();
	assert_has("<svg y=\"14\" overflow=\"visible\" x=\"73%\">");
	assert_has("<rect class=\"c-span\" y=\"6\" height=\"16\" x=\"4%\" width=\"69%\"/>");
	assert_has("c-better");
	html_clear(&h);
	row.polarity = 1;
	chart_spine_mark(&h, &row);
	assert_has("<svg y=\"14\" overflow=\"visible\" x=\"27%\">");
	assert_has("c-concern");
	html_clear(&h);
	row.district = NAN;
	chart_spine_mark(&h, &row);
	assert_sound();
	assert_lacks("c-mark");
	html_clear(&h);
	row.city = NAN;
	chart_spine_mark(&h, &row);
	assert_has("no data");
}
END_TEST

START_TEST(a_verdict_has_a_symbol_and_words)
{
	static const struct {
		enum interval_verdict verdict;
		int polarity;
		const char *mark, *words;
	} rows[] = {
		{ INTERVAL_SIMILAR, -1, "c-common", " similar</span>" },
		{ INTERVAL_HIGHER, -1, "c-concern\" d=\"M0-7.5", " worse</span>" },
		{ INTERVAL_HIGHER, 1, "c-better\" d=\"M0-7.5", " better</span>" },
		{ INTERVAL_MUCH_LOWER, -1, "c-better\" d=\"M0 7.5", " much better</span>" },
		{ INTERVAL_LOWER, 1, "c-concern\" d=\"M0 7.5", " worse</span>" },
		{ INTERVAL_MUCH_HIGHER, 0, "c-change", " much higher</span>" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		chart_verdict(&h, rows[i].verdict, rows[i].polarity);
		assert_sound();
		assert_has(rows[i].mark);
		assert_has(rows[i].words);
		html_clear(&h);
	}
}
END_TEST

/* ---- map */

START_TEST(a_map_is_links_with_names_and_hatches_what_has_no_data)
{
	static const struct chart_shape shapes[] = {
		{ "Two Words", "/districts/a?n=3&amp;by=week", "M0 0l9 0 0 9z", "612", 5, 40, 50 },
		{ HOSTILE, NULL, "M9 9l9 0 0 9z", "no data", 0, 60, 70 },
		{ "Odd", NULL, "M9 9l9 0 0 9z", "1", 9, 60, 70 },
	};
	struct chart_text text = { "m", "Title", "Description", "", NULL };

	chart_map(&h, &text, "0 0 320 400", shapes, 3);
	assert_sound();
	assert_has("role=\"group\"");
	assert_has("viewBox=\"0 0 320 400\"");
	assert_has("<a href=\"/districts/a?n=3&amp;by=week\" aria-label=\"Two Words: 612\">"
		   "<path class=\"c-shape c-shade-5\" d=\"M0 0l9 0 0 9z\">");
	assert_has("<path class=\"c-shape c-shade-0\" fill=\"url(#m-none)\"");
	/* Two lines and the value around 50. */
	assert_has("<tspan x=\"40\" y=\"40\">Two</tspan><tspan x=\"40\" y=\"54\">Words</tspan>"
		   "<tspan class=\"c-value\" x=\"40\" y=\"68\">612</tspan>");
	assert_lacks("c-shade-9");
	assert_has("No data");
	html_clear(&h);
	chart_map(&h, &text, "0 0 1 1", shapes, 0);
	assert_sound();
	assert_has("No boundaries to draw.");
}
END_TEST

/* ---- memory */

START_TEST(a_chart_without_memory_fails_as_a_whole)
{
	static double values[120];
	static const struct chart_panel panel = { "A", NULL, values, NULL, 0 };
	struct chart_text text = { "m", "Title", "Description", "", NULL };
	struct chart_trend c = trend(values, 120);
	struct err err = { .code = ERR_OK };
	long i;

	for (i = 1; i < 20; i++) {
		enum err_code code;
		char *out;
		size_t len;
		long n;

		harness_fail_allocation(i);
		chart_trend(&h, &c);
		chart_multiples(&h, &text, months, 120, &panel, 1);
		code = html_take(&h, &out, &len, &err);
		n = harness_allocations();
		harness_fail_allocation(0);
		free(out);
		if (code == ERR_OK && n < i)
			break;
		assert_error(code, ERR_TOO_BIG, err, "memory ran out");
		ck_assert_ptr_null(out);
	}
	ck_assert_int_gt(i, 1);
	ck_assert_int_lt(i, 20);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, an_axis_goes_in_round_steps);
	tcase_add_test(tc, a_value_is_written_for_people);
	tcase_add_test(tc, a_coordinate_has_one_decimal_at_most_and_is_always_a_number);
	tcase_add_test(tc, labels_are_moved_apart_and_stay_inside);
	tcase_add_test(tc, points_are_in_the_middle_of_their_periods);
	tcase_add_test(tc, a_missing_value_leaves_a_gap);
	tcase_add_test(tc, an_axis_that_does_not_begin_at_zero_says_so);
	tcase_add_test(tc, limits_are_drawn_and_said);
	tcase_add_test(tc, a_special_point_has_a_shape_for_its_side_and_words_for_its_meaning);
	tcase_add_test(tc, a_provisional_point_is_hollow);
	tcase_add_test(tc, targets_are_steps_from_period_to_period);
	tcase_add_test(tc, notes_are_numbered_lines_with_a_list);
	tcase_add_test(tc, any_values_make_a_sound_trend_and_sparkline);
	tcase_add_test(tc, a_sparkline_without_a_title_is_decoration);
	tcase_add_test(tc, panels_share_one_axis);
	tcase_add_test(tc, areas_outside_a_funnel_are_named_beside_their_point);
	tcase_add_test(tc, a_funnel_of_nothing_or_of_hundreds_is_sound);
	tcase_add_test(tc, bars_reach_from_zero_and_suppressed_ones_say_c);
	tcase_add_test(tc, the_city_is_in_the_middle_of_a_spine_and_better_at_the_right);
	tcase_add_test(tc, a_verdict_has_a_symbol_and_words);
	tcase_add_test(tc, a_map_is_links_with_names_and_hatches_what_has_no_data);
	tcase_add_test(tc, a_chart_without_memory_fails_as_a_whole);
}

HARNESS_MAIN("chart", add)
