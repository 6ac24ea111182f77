/* One tile a headline measure, grouped by theme: value, what it says, changes, coverage. */

#include <stdio.h>
#include <string.h>

#include "aggregator/web/city.h"

static const char *city_tone(const struct trend *t)
{
	int concern = trend_concern(t);

	if (trend_direction(t) == 0)
		return "usual";
	return concern > 0 ? "concern" : concern < 0 ? "better" : "change";
}

/* "▲ above the usual range: a concern" */
static void city_write_range(const struct trend *t, struct html *h)
{
	int direction = trend_direction(t);
	int concern = trend_concern(t);
	char text[TREND_TEXT_BYTES];

	html_put(h, "<p class=\"drs-tile__usual drs-tile__usual--%s\">", city_tone(t));
	if (direction != 0)
		html_put(h, "<span aria-hidden=\"true\">%s </span>", direction > 0 ? "▲" : "▼");
	html_put(h, "%s%s</p>", trend_say_range(t, text),
		 concern > 0   ? ": a concern"
		 : concern < 0 ? ": an improvement"
			       : "");
}

/* "Month": the word for one period of the trend. */
static const char *city_period_word(const struct trend *t)
{
	switch (t->points[0].period.kind) {
	case PERIOD_WEEK:
		return "Week";
	case PERIOD_MONTH:
		return "Month";
	case PERIOD_QUARTER:
		return "Quarter";
	case PERIOD_YEAR:
		return "Year";
	}
	return "";
}

/* One line: the amount, or why there is none. Which period it is measured against is said once
 * above the tiles, and here to those who hear the page. */
static void city_write_change(const struct trend *t, struct html *h, const char *word, int n_before)
{
	const struct trend_point *now = trend_last(t);
	const struct trend_point *before = trend_before(t, now, n_before);
	char text[TREND_TEXT_BYTES], period[VIEW_PERIOD_BYTES];

	(void)trend_say_amount(t, now, before, text);
	if (text[0] == '\0') {
		html_put(h, "<div><dt>%s</dt><dd>%s</dd></div>", word,
			 before == NULL || before->figure == NULL || !before->figure->cell.has_value
				 ? "no figure"
				 : "not compared");
		return;
	}
	html_put(h,
		 "<div><dt>%s<span class=\"govuk-visually-hidden\"> (on %s)</span></dt>"
		 "<dd>%s</dd></div>",
		 word, view_period_label(before->period, period), text);
}

static void city_write_changes(const struct trend *t, struct html *h)
{
	html_raw(h, "<dl class=\"drs-tile__changes\">");
	city_write_change(t, h, city_period_word(t), 1);
	if (trend_year(t) > 1)
		city_write_change(t, h, "Year", trend_year(t));
	html_raw(h, "</dl>");
}

static int city_is_short(const struct figure *f)
{
	return f == NULL || f->cell.status == ROLLUP_PARTIAL || f->cell.status == ROLLUP_MISSING;
}

/* "10 of 10 districts": which ones stand behind the figure, in every tile. */
static void city_write_coverage(const struct figure *f, struct html *h)
{
	char text[TREND_TEXT_BYTES];

	html_put(h, "<p class=\"drs-tile__coverage\">%s</p>",
		 f == NULL ? "not reported" : trend_say_coverage(f, text));
}

static void city_write_figure(const struct trend *t, const struct figure *f, struct html *h)
{
	char value[FIGURE_TEXT_BYTES];
	struct chart_trend chart = trend_chart(t, (struct chart_text){ .id = NULL });

	html_put(h, "<p class=\"drs-tile__value%s\">%s</p>",
		 f != NULL && f->cell.has_value ? "" : " drs-tile__value--none",
		 f == NULL ? "no data" : figure_text(t->measure, f, value));
	html_raw(h, "<div class=\"drs-tile__spark\">");
	chart_sparkline(h, &chart);
	html_raw(h, "</div>");
}

static void city_write_tile(const struct city *city, struct html *h, const struct city_tile *tile)
{
	const struct trend *t = &tile->trend;
	const struct figure *f = trend_last(t)->figure;

	html_put(h,
		 "<li class=\"drs-tile drs-tile--%s%s\"><h3 class=\"drs-tile__title\"><a "
		 "class=\"govuk-link\" href=\"",
		 city_tone(t), city_is_short(f) ? " drs-tile--partial" : "");
	city_link(city, h, "/measures", t->measure->code);
	html_put(h, "\">%s</a></h3>", tile->row->title);
	city_write_figure(t, f, h);
	if (f != NULL && f->shown == FIGURE_SUPPRESSED)
		html_raw(h, "<p class=\"drs-tile__change\">c: rests on 1 to 5, so not shown</p>");
	else if (f != NULL && f->cell.status != ROLLUP_MISSING) {
		city_write_range(t, h);
		city_write_changes(t, h);
	}
	city_write_coverage(f, h);
	html_raw(h, "</li>");
}

/* What the lines of every tile are measured against. */
static void city_write_tiles_note(const struct city *city, struct html *h)
{
	const struct trend *t = &city->tiles[0].trend;
	const struct trend_point *now = trend_last(t);
	const struct trend_point *year = trend_before(t, now, trend_year(t));
	char before[VIEW_PERIOD_BYTES], ago[VIEW_PERIOD_BYTES];

	html_put(h, "<p class=\"drs-note\">%s: change on %s.", city_period_word(t),
		 view_period_label(trend_before(t, now, 1)->period, before));
	if (trend_year(t) > 1 && year != NULL)
		html_put(h, " Year: change on %s.", view_period_label(year->period, ago));
	html_put(h,
		 " Charts show %zu %s; their band is the usual range, and an open point is "
		 "provisional or lacks a district.</p>",
		 t->n, trend_periods(t));
}

void city_write_tiles(const struct city *city, struct html *h)
{
	const char *theme = "";
	int n_themes = 0;

	if (city->n_tiles > 0)
		city_write_tiles_note(city, h);
	for (int i = 0; i < city->n_tiles; i++) {
		const struct city_tile *tile = &city->tiles[i];

		if (strcmp(theme, tile->row->theme) != 0) {
			html_raw(h, n_themes > 0 ? "</ul></section>" : "");
			theme = tile->row->theme;
			html_put(h,
				 "<section aria-labelledby=\"theme-%d\">"
				 "<h2 class=\"drs-theme\" id=\"theme-%d\">%s</h2>"
				 "<ul class=\"drs-tiles drs-tiles--level\">",
				 n_themes, n_themes, theme);
			n_themes++;
		}
		city_write_tile(city, h, tile);
	}
	html_raw(h, n_themes > 0 ? "</ul></section>" : "");
}
