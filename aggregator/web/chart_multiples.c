/* Small multiples: a panel per area, all on one axis; panels wrap. */
#include "aggregator/web/chart_draw.h"

#include <math.h>
#include <stdio.h>

#define HEIGHT 84.0

struct multiples {
	const struct chart_text *text;
	const char *const *labels;
	size_t n;
	struct chart_scale scale;
	int decimals;
};

static void multiples_scale(struct multiples *m, const struct chart_panel *panels, size_t n_panels)
{
	double least = NAN, most = NAN;

	for (size_t i = 0; i < n_panels; i++) {
		const struct spc *spc = panels[i].spc;

		chart_range(panels[i].values, m->n, &least, &most);
		if (spc == NULL || !spc->has_limits)
			continue;
		chart_range(&spc->lower, 1, &least, &most);
		chart_range(&spc->upper, 1, &least, &most);
	}
	m->scale = chart_scale_make(least, most, 3, 0,
				    m->text->unit != NULL && m->text->unit[0] == '%' ? 100 : NAN);
	m->decimals = 0;
	for (size_t i = 0; i < n_panels && m->decimals == 0; i++)
		m->decimals = chart_decimals(panels[i].values, m->n, &m->scale);
}

static size_t multiples_last(const struct multiples *m, const struct chart_panel *panel)
{
	size_t i = m->n;

	while (i > 0 && !isfinite(panel->values[i - 1]))
		i--;
	return i == 0 ? m->n : i - 1;
}

static void panel_heading(struct html *h, const struct multiples *m,
			  const struct chart_panel *panel)
{
	size_t last = multiples_last(m, panel);
	char text[CHART_VALUE_BYTES];

	html_raw(h, "<p class=\"c-head\">");
	if (panel->href != NULL) {
		html_raw(h, "<a class=\"govuk-link\" href=\"");
		html_raw(h, panel->href);
		html_put(h, "\">%s</a>", panel->name);
	} else {
		html_put(h, "<span>%s</span>", panel->name);
	}
	html_put(h, " <b>%s%s%s</b></p>",
		 chart_value(last < m->n ? panel->values[last] : NAN, m->decimals, m->text->unit,
			     text),
		 last + 1 < m->n ? ", " : "", last + 1 < m->n ? m->labels[last] : "");
}

/* Title and description of one panel: its latest figure and its range. */
static void panel_open(struct html *h, const struct multiples *m, const struct chart_panel *panel,
		       size_t at)
{
	size_t last = multiples_last(m, panel);
	double least = NAN, most = NAN;
	char id[80], title[200], desc[300], text[3][CHART_VALUE_BYTES];
	const char *unit = m->text->unit;
	struct chart_text named = { .id = id, .title = title, .desc = desc };

	(void)snprintf(id, sizeof id, "%.60s-%zu", m->text->id, at + 1);
	chart_range(panel->values, m->n, &least, &most);
	(void)snprintf(title, sizeof title, "%s", panel->name);
	if (last == m->n)
		(void)snprintf(desc, sizeof desc, "No figures.");
	else
		(void)snprintf(desc, sizeof desc, "%s in %s; from %s to %s.",
			       chart_value(panel->values[last], m->decimals, unit, text[0]),
			       m->labels[last], chart_value(least, m->decimals, unit, text[1]),
			       chart_value(most, m->decimals, unit, text[2]));
	chart_open(h, &named, chart_room(&m->scale, unit, CHART_RIGHT_NOTHING), "img",
		   CHART_ABOVE + HEIGHT + CHART_BELOW);
}

static void panel_range(struct html *h, const struct multiples *m, const struct spc *spc)
{
	double top, bottom;

	if (spc == NULL || !spc->has_limits)
		return;
	top = chart_scale_y(&m->scale, spc->upper, HEIGHT);
	bottom = chart_scale_y(&m->scale, spc->lower, HEIGHT);
	html_raw(h, "<rect class=\"c-range\" width=\"1000\"");
	chart_attribute(h, "y", top);
	chart_attribute(h, "height", bottom - top);
	html_raw(h, "/>");
}

static enum chart_signal panel_signal(const struct multiples *m, const struct chart_panel *panel,
				      size_t i)
{
	const struct spc *spc = panel->spc;

	if (spc == NULL || !spc->has_limits || spc->flags == NULL || i >= spc->n ||
	    !isfinite(panel->values[i]))
		return CHART_COMMON;
	return chart_signal_of(spc->flags[i], panel->polarity);
}

static void panel_signals(struct html *h, const struct multiples *m,
			  const struct chart_panel *panel)
{
	for (size_t i = 0; i < m->n; i++) {
		enum chart_signal signal = panel_signal(m, panel, i);

		if (signal == CHART_COMMON)
			continue;
		html_raw(h, "<svg overflow=\"visible\"");
		chart_across(h, "x", chart_x(i, m->n));
		chart_attribute(h, "y", chart_scale_y(&m->scale, panel->values[i], HEIGHT));
		html_raw(h, ">");
		chart_signal_mark(h, signal, 0);
		html_raw(h, "</svg>");
	}
}

static void panel_ends(struct html *h, const struct multiples *m)
{
	html_put(h, "<g class=\"c-x\"><text class=\"c-first\" y=\"%d\">%s</text>", (int)HEIGHT + 18,
		 m->labels[0]);
	if (m->n > 1)
		html_put(h, "<text class=\"c-last\" x=\"100%%\" y=\"%d\">%s</text>",
			 (int)HEIGHT + 18, m->labels[m->n - 1]);
	html_raw(h, "</g>");
}

static void panel_draw(struct html *h, const struct multiples *m, const struct chart_panel *panel,
		       size_t at)
{
	size_t last = multiples_last(m, panel);

	html_raw(h, "<li>");
	panel_heading(h, m, panel);
	panel_open(h, m, panel, at);
	chart_stretch(h, HEIGHT, 0);
	panel_range(h, m, panel->spc);
	chart_grid(h, &m->scale, HEIGHT);
	html_raw(h, "<path class=\"c-line\" d=\"");
	chart_line(h, panel->values, m->n, &m->scale, HEIGHT);
	html_raw(h, "\"/>");
	if (last == m->n) {
		html_raw(h, "<path class=\"c-none\" d=\"M0 42H1000\"/>");
	} else if (panel_signal(m, panel, last) == CHART_COMMON) {
		html_raw(h, "<path class=\"c-dots\" d=\"M");
		chart_coord(h, chart_x(last, m->n));
		html_raw(h, " ");
		chart_coord(h, chart_scale_y(&m->scale, panel->values[last], HEIGHT));
		html_raw(h, "h.1\"/>");
	}
	html_raw(h, "</svg>");
	chart_grid_labels(h, &m->scale, HEIGHT, m->text->unit);
	panel_ends(h, m);
	panel_signals(h, m, panel);
	html_raw(h, "</svg></li>");
}

static void multiples_legend(struct html *h, const struct multiples *m,
			     const struct chart_panel *panels, size_t n_panels)
{
	int range = 0, seen[CHART_SIGNALS] = { 0 };

	for (size_t i = 0; i < n_panels; i++) {
		range |= panels[i].spc != NULL && panels[i].spc->has_limits;
		for (size_t k = 0; k < m->n; k++)
			seen[panel_signal(m, &panels[i], k)] = 1;
	}
	if (!range)
		return;
	chart_legend_begin(h);
	chart_key_begin(h);
	html_raw(h, "<rect class=\"c-range\" x=\"-13\" y=\"-7\" width=\"26\" height=\"14\"/>");
	chart_key_end(h, "Usual range of each area");
	chart_signal_keys(h, seen);
	chart_legend_end(h);
}

void chart_multiples(struct html *h, const struct chart_text *text, const char *const *labels,
		     size_t n, const struct chart_panel *panels, size_t n_panels)
{
	struct multiples m = { .text = text, .labels = labels, .n = n };

	if (n == 0 || n_panels == 0) {
		html_raw(h, "<div class=\"c-chart c-multiples\">");
		chart_nothing(h, text, "No figures for these periods.");
		html_raw(h, "</div>");
		return;
	}
	multiples_scale(&m, panels, n_panels);
	chart_group(h, text, "c-chart c-multiples");
	multiples_legend(h, &m, panels, n_panels);
	chart_axis_title(h, text, &m.scale);
	html_raw(h, "<ul class=\"c-panels\">");
	for (size_t i = 0; i < n_panels; i++)
		panel_draw(h, &m, &panels[i], i);
	html_raw(h, "</ul></div>");
}
