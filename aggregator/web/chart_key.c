/* Legends, special-cause marks and the words that go with them. */
#include "aggregator/spc.h"
#include "aggregator/web/chart_draw.h"

/* The rule that weighs most decides: outside, then a shift, a trend, near a limit. */
static int signal_way(unsigned flags)
{
	static const struct {
		unsigned up, down;
	} rules[] = {
		{ SPC_OUTSIDE_HIGH, SPC_OUTSIDE_LOW },
		{ SPC_SHIFT_HIGH, SPC_SHIFT_LOW },
		{ SPC_RISING, SPC_FALLING },
		{ SPC_NEAR_HIGH, SPC_NEAR_LOW },
	};

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		if (flags & rules[i].up)
			return 1;
		if (flags & rules[i].down)
			return -1;
	}
	return 0;
}

enum chart_signal chart_signal_of(unsigned flags, int polarity)
{
	int way = signal_way(flags);

	if (way == 0)
		return CHART_COMMON;
	if (polarity == 0)
		return CHART_CHANGE;
	if (way > 0)
		return polarity > 0 ? CHART_UP_GOOD : CHART_UP_BAD;
	return polarity > 0 ? CHART_DOWN_BAD : CHART_DOWN_GOOD;
}

static const struct {
	const char *words, *class, *path;
} signals[CHART_SIGNALS] = {
	[CHART_COMMON] = { "within the usual range", "c-common",
			   "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z" },
	[CHART_UP_BAD] = { "unusually high: a concern", "c-concern", "M0-7.5 7 5H-7z" },
	[CHART_UP_GOOD] = { "unusually high: an improvement", "c-better", "M0-7.5 7 5H-7z" },
	[CHART_DOWN_BAD] = { "unusually low: a concern", "c-concern", "M0 7.5 7-5H-7z" },
	[CHART_DOWN_GOOD] = { "unusually low: an improvement", "c-better", "M0 7.5 7-5H-7z" },
	[CHART_CHANGE] = { "unusual, neither good nor bad", "c-change", "M-5-5H5V5H-5z" },
};

const char *chart_signal_words(enum chart_signal signal)
{
	return signals[signal].words;
}

void chart_signal_mark(struct html *h, enum chart_signal signal, int hollow)
{
	html_put(h, "<path class=\"c-mark %s%s\" d=\"%s\"/>", signals[signal].class,
		 hollow ? " c-open" : "", signals[signal].path);
}

void chart_legend_begin(struct html *h)
{
	html_raw(h, "<ul class=\"c-legend\">");
}

void chart_key_begin(struct html *h)
{
	html_raw(h, "<li><svg class=\"c-key\" width=\"26\" height=\"16\" viewBox=\"-13 -8 26 16\" "
		    "aria-hidden=\"true\">");
}

void chart_key_end(struct html *h, const char *words)
{
	char first = words[0];

	html_raw(h, "</svg>");
	if (first >= 'a' && first <= 'z')
		html_put(h, "%c%s</li>", first - 'a' + 'A', words + 1);
	else
		html_put(h, "%s</li>", words);
}

void chart_signal_keys(struct html *h, const int seen[CHART_SIGNALS])
{
	for (int i = CHART_COMMON + 1; i < CHART_SIGNALS; i++) {
		if (!seen[i])
			continue;
		chart_key_begin(h);
		chart_signal_mark(h, (enum chart_signal)i, 0);
		chart_key_end(h, signals[i].words);
	}
}

void chart_legend_end(struct html *h)
{
	html_raw(h, "</ul>");
}

void chart_axis_title(struct html *h, const struct chart_text *text, const struct chart_scale *s)
{
	char low[CHART_VALUE_BYTES];

	if (text->axis == NULL)
		return;
	html_put(h, "<p class=\"c-axis\">%s", text->axis);
	if (s->low > 0)
		html_put(h, " (scale begins at %s)",
			 chart_value(s->low, s->decimals, text->unit, low));
	html_raw(h, "</p>");
}

void chart_nothing(struct html *h, const struct chart_text *text, const char *words)
{
	chart_open(h, text, "c-empty", "img", 96);
	html_put(h,
		 "<rect class=\"c-void\" width=\"100%%\" height=\"96\"/>"
		 "<text x=\"50%%\" y=\"53\" text-anchor=\"middle\">%s</text></svg>",
		 words);
}

static const struct {
	enum chart_signal good_high, good_low, neither; /* by polarity */
	const char *high_good, *low_good, *plain;
} verdicts[] = {
	[INTERVAL_SIMILAR] = { CHART_COMMON, CHART_COMMON, CHART_COMMON, "similar", "similar",
			       "similar" },
	[INTERVAL_LOWER] = { CHART_DOWN_BAD, CHART_DOWN_GOOD, CHART_CHANGE, "worse", "better",
			     "lower" },
	[INTERVAL_MUCH_LOWER] = { CHART_DOWN_BAD, CHART_DOWN_GOOD, CHART_CHANGE, "much worse",
				  "much better", "much lower" },
	[INTERVAL_HIGHER] = { CHART_UP_GOOD, CHART_UP_BAD, CHART_CHANGE, "better", "worse",
			      "higher" },
	[INTERVAL_MUCH_HIGHER] = { CHART_UP_GOOD, CHART_UP_BAD, CHART_CHANGE, "much better",
				   "much worse", "much higher" },
};

enum chart_signal chart_verdict_signal(enum interval_verdict verdict, int polarity)
{
	if (polarity == 0)
		return verdicts[verdict].neither;
	return polarity > 0 ? verdicts[verdict].good_high : verdicts[verdict].good_low;
}

void chart_verdict(struct html *h, enum interval_verdict verdict, int polarity)
{
	const char *words = polarity == 0  ? verdicts[verdict].plain
			    : polarity > 0 ? verdicts[verdict].high_good
					   : verdicts[verdict].low_good;

	html_raw(
		h,
		"<span class=\"c-verdict\"><svg width=\"16\" height=\"16\" viewBox=\"-8 -8 16 16\" "
		"aria-hidden=\"true\">");
	chart_signal_mark(h, chart_verdict_signal(verdict, polarity), 0);
	html_put(h, "</svg> %s</span>", words);
}
