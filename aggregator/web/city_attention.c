/* "What needs attention": open signals, reports that are not there, the largest changes. Plain
 * sentences; the figures behind them are one link away. */

#include <math.h>
#include <stdio.h>

#include "aggregator/web/city.h"
#include "aggregator/web/received_cache.h"

#define SENTENCE_BYTES 400

/* ---- reports */

/* What a state says after the district's name; NULL for those that need nobody. */
static const char *city_state_words(enum received_state state)
{
	switch (state) {
	case RECEIVED_LATE:
		return "reported late";
	case RECEIVED_PROVISIONAL:
		return "has sent provisional figures only";
	case RECEIVED_REFUSED:
		return "sent a report that was refused";
	case RECEIVED_MISSING:
		return "has not reported";
	case RECEIVED_NOT_EXPECTED:
	case RECEIVED_ON_TIME:
	case RECEIVED_HISTORY:
	case RECEIVED_NOT_DUE:
		return NULL;
	}
	return NULL;
}

static void city_write_report(const struct city *city, struct html *h,
			      const struct received_cell *cell)
{
	const struct area_tree *tree = city->web->reading.areas;
	int area = area_find(tree, cell->area);
	char month[VIEW_PERIOD_BYTES], date[VIEW_PERIOD_BYTES];

	html_raw(h, "<li class=\"drs-attention--late\"><a class=\"govuk-link\" href=\"");
	city_link(city, h, "/districts", cell->area);
	html_put(h, "\">%s</a> %s for %s", area < 0 ? cell->area : tree->areas[area].name,
		 city_state_words(cell->state), view_period_label(cell->month, month));
	if (cell->state == RECEIVED_LATE)
		html_put(h, ": received on %s, due by %s",
			 view_instant_label(cell->received_us, month),
			 view_date_label(cell->due, date));
	else
		html_put(h, ": due by %s", view_date_label(cell->due, date));
	html_raw(h, "</li>");
}

/* Each report of the month that the viewer may see and that needs somebody; counts them all. */
static void city_write_reports(const struct city *city, struct html *h,
			       const struct received *received, int *n_here, int *n_expected)
{
	int n_listed = 0;

	for (size_t i = 0; i < received->n; i++) {
		const struct received_cell *c = &received->cells[i];

		if (!viewer_sees_area(&city->rq->viewer, c->area, city->web->reading.config->area))
			continue;
		*n_expected += c->state != RECEIVED_NOT_EXPECTED;
		*n_here += c->state == RECEIVED_ON_TIME || c->state == RECEIVED_LATE ||
			   c->state == RECEIVED_HISTORY;
		if (city_state_words(c->state) == NULL)
			continue;
		if (n_listed++ == 0)
			html_raw(h, "<ul class=\"drs-attention\">");
		city_write_report(city, h, c);
	}
	if (n_listed > 0)
		html_raw(h, "</ul>");
}

/* Districts whose report of the period's last month needs somebody, and how many came. */
static enum err_code city_write_received(const struct city *city, struct html *h, struct err *err)
{
	struct period month = period_of(PERIOD_MONTH, period_end(city->view.period));
	int area = (int)(city->place - city->web->reading.areas->areas);
	const struct received *received;
	int n_here = 0, n_expected = 0;
	char label[VIEW_PERIOD_BYTES];
	enum err_code code = received_cache_get(city->web, area, month, month, &received, err);

	if (code != ERR_OK)
		return code;
	html_raw(h, "<h3 class=\"govuk-heading-s\">Reports</h3>");
	city_write_reports(city, h, received, &n_here, &n_expected);
	if (n_expected == 0)
		html_raw(h, "<p class=\"drs-note\">No report is expected for this period. ");
	else
		html_put(h, "<p class=\"drs-note\">%d of %d %s received for %s. ", n_here,
			 n_expected, n_expected == 1 ? "report" : "reports",
			 view_period_label(month, label));
	html_raw(h, "<a class=\"govuk-link\" href=\"");
	view_link(h, city->web, &city->view, "/received", "sort", "", "desc", "", NULL);
	html_raw(h, "\">All reports received</a></p>");
	return ERR_OK;
}

/* ---- signals */

static void city_write_signals(const struct city *city, struct html *h)
{
	struct rollup_context context = reading_context(&city->web->reading);
	size_t n = city->signals.n;
	char text[SENTENCE_BYTES];

	html_raw(h, "<h3 class=\"govuk-heading-s\">Signals</h3>");
	if (n == 0)
		html_put(h, "<p class=\"drs-note\">%s</p>",
			 city->signals_looked_for
				 ? "No signal is open: nothing that is watched is out of its usual "
				   "range."
				 : "Signals have not been looked for yet; ingest does so within "
				   "minutes of new figures.");
	else
		html_raw(h, "<ul class=\"drs-attention\">");
	for (size_t i = 0; i < n && i < CITY_SIGNALS_SHOWN; i++) {
		const struct signal *s = &city->signals.signals[i];

		html_put(h, "<li class=\"drs-attention--%s\"><a class=\"govuk-link\" href=\"",
			 s->concern > 0   ? "concern"
			 : s->concern < 0 ? "better"
					  : "change");
		(void)snprintf(text, sizeof text, "/signals/%lld", (long long)s->id);
		view_link(h, city->web, &city->view, text, NULL);
		html_put(h, "\">%s</a>%s</li>", signal_say(s, &context, text, sizeof text),
			 s->concern > 0   ? ": a concern"
			 : s->concern < 0 ? ": an improvement"
					  : "");
	}
	if (n > 0)
		html_raw(h, "</ul>");
	html_raw(h, "<p class=\"drs-note\"><a class=\"govuk-link\" href=\"");
	view_link(h, city->web, &city->view, "/signals", NULL);
	if (n > CITY_SIGNALS_SHOWN)
		html_put(h, "\">All %s%zu open signals</a></p>",
			 n == CITY_SIGNALS_READ ? "of more than " : "", n);
	else
		html_raw(h, "\">All signals, with their history</a></p>");
}

/* ---- changes */

/* How large the last change is beside the usual one: the mean size of all others. NaN: not known.
 */
static double city_unusualness(const struct trend *t)
{
	double last = (double)NAN, sum = 0;
	int n = 0;

	for (size_t i = 1; i < t->n; i++) {
		double change = t->values[i] - t->values[i - 1];

		if (isnan(change) || t->hollow[i] || t->hollow[i - 1])
			continue;
		if (i == t->n - 1) {
			last = fabs(change);
		} else {
			sum += fabs(change);
			n++;
		}
	}
	return n == 0 || sum <= 0 ? (double)NAN : last / (sum / n);
}

/* The tile with the largest change below `limit`; NULL when none is larger than usual. */
static const struct city_tile *city_next_change(const struct city *city, double limit,
						double *unusualness)
{
	const struct city_tile *found = NULL;

	*unusualness = 1;
	for (int i = 0; i < city->n_tiles; i++) {
		double u = city_unusualness(&city->tiles[i].trend);

		if (!isnan(u) && u < limit && u > *unusualness) {
			found = &city->tiles[i];
			*unusualness = u;
		}
	}
	return found;
}

static int city_has_comparable(const struct city *city)
{
	for (int i = 0; i < city->n_tiles; i++)
		if (!isnan(city_unusualness(&city->tiles[i].trend)))
			return 1;
	return 0;
}

static void city_write_changes(const struct city *city, struct html *h)
{
	char then[VIEW_PERIOD_BYTES], text[TREND_TEXT_BYTES], value[FIGURE_TEXT_BYTES];
	double limit = HUGE_VAL;
	int n = 0;

	html_put(h, "<h3 class=\"govuk-heading-s\">Largest changes since %s</h3>",
		 view_period_label(period_next(city->view.period, -1), then));
	for (; n < CITY_CHANGES_SHOWN; n++) {
		const struct city_tile *tile = city_next_change(city, limit, &limit);
		const struct trend_point *now;

		if (tile == NULL)
			break;
		now = trend_last(&tile->trend);
		html_raw(h, n == 0 ? "<ul class=\"drs-attention\"><li>" : "<li>");
		html_raw(h, "<a class=\"govuk-link\" href=\"");
		city_link(city, h, "/measures", tile->trend.measure->code);
		html_put(h, "\">%s</a>: %s, now %s</li>", tile->row->title,
			 trend_say_amount(&tile->trend, now, trend_before(&tile->trend, now, 1),
					  text),
			 figure_text(tile->trend.measure, now->figure, value));
	}
	if (n > 0)
		html_raw(h, "</ul>");
	else
		html_raw(h,
			 city_has_comparable(city)
				 ? "<p class=\"drs-note\">No figure has changed by more than it "
				   "usually does.</p>"
				 : "<p class=\"drs-note\">Nothing can be compared yet: figures are "
				   "missing, provisional or lack a district.</p>");
}

enum err_code city_write_attention(const struct city *city, struct html *h, struct err *err)
{
	enum err_code code;

	html_raw(h, "<section aria-labelledby=\"needs\">"
		    "<h2 class=\"drs-theme\" id=\"needs\">What needs attention</h2>"
		    "<div class=\"drs-columns\"><div>");
	city_write_signals(city, h);
	if (city->view.known_on != INT32_MIN)
		html_raw(h, "<p class=\"drs-note\">Signals and reports are those of today, not of "
			    "the day chosen above.</p>");
	html_raw(h, "</div><div>");
	code = city_write_received(city, h, err);
	city_write_changes(city, h);
	html_raw(h, "</div></div></section>");
	return code;
}
