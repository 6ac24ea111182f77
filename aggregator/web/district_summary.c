/* What stands out in a district: sentences first, then a list of what needs somebody. */
#include "aggregator/web/district.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/web/received_cache.h"
#include "aggregator/web/received_state.h"
#include "proto/clock.h"

#define SENTENCE_BYTES 400

static const char *summary_tone(int concern)
{
	return concern > 0 ? "concern" : concern < 0 ? "better" : "change";
}

static const char *summary_concern(int concern)
{
	return concern > 0 ? ": a concern" : concern < 0 ? ": an improvement" : "";
}

/* ---- sentences */

/* 1 worse than the city, −1 better, 2 different where no direction is good, 0 similar. */
static int summary_side(const struct district_row *r)
{
	const int polarity = (int)r->trend.measure->polarity;
	const int is_high = r->verdict == INTERVAL_HIGHER || r->verdict == INTERVAL_MUCH_HIGHER;

	if (!r->compared || r->verdict == INTERVAL_SIMILAR)
		return 0;
	if (polarity == 0)
		return 2;
	return (polarity > 0) == is_high ? -1 : 1;
}

/* "Worse than Birmingham by more than chance explains: A, B." Nothing when there is none. */
static void summary_name(const struct district *d, int side, const char *words)
{
	int n = 0;

	for (int i = 0; i < d->n_rows; i++) {
		const struct district_row *r = &d->rows[i];

		if (summary_side(r) != side)
			continue;
		if (n++ == 0)
			html_put(d->h, " <strong>%s:</strong> ", words);
		else
			html_raw(d->h, ", ");
		html_raw(d->h, "<a class=\"govuk-link\" href=\"");
		district_link(d, "/measures", r->trend.measure->code);
		html_put(d->h, "\">%s</a>", r->row->title);
	}
	html_raw(d->h, n > 0 ? "." : "");
}

static void summary_compare(const struct district *d)
{
	int n_compared = 0;
	int n_apart = 0;

	for (int i = 0; i < d->n_rows; i++) {
		n_compared += d->rows[i].compared;
		n_apart += summary_side(&d->rows[i]) != 0;
	}
	if (n_compared == 0)
		return;
	html_put(d->h,
		 "<p class=\"govuk-body\">%d of %d rates and shares differ%s from %s by more than "
		 "chance explains.",
		 n_apart, n_compared, n_apart == 1 ? "s" : "", d->city->name);
	summary_name(d, 1, "Worse");
	summary_name(d, -1, "Better");
	summary_name(d, 2, "Different, neither good nor bad in itself");
	html_raw(d->h, "</p>\n");
}

/* The newest period before the view's in which any headline figure is known; 0 when none is. */
static int summary_newest(const struct district *d, struct period *out)
{
	int found = 0;

	for (int i = 0; i < d->n_rows; i++) {
		const struct trend_point *p = trend_latest(&d->rows[i].trend);

		if (p == NULL || (found && p->period.start <= out->start))
			continue;
		*out = p->period;
		found = 1;
	}
	return found;
}

/* Instead of a count of what is not there: where the newest figures are. */
static void summary_without(const struct district *d)
{
	char label[VIEW_PERIOD_BYTES];
	char key[PERIOD_TEXT_BYTES];
	struct period newest;

	html_put(d->h, "<p class=\"govuk-body\"><strong>%s has no figures for %s.</strong>",
		 d->area->name, view_period_label(d->view.period, label));
	if (summary_newest(d, &newest)) {
		html_raw(d->h, " <a class=\"govuk-link\" href=\"");
		view_link(d->h, d->web, &d->view, d->rq->path, "area", "", "period",
			  period_format(newest, key), NULL);
		html_put(d->h, "\">Show its newest, of %s</a>.", view_period_label(newest, label));
	}
	html_raw(d->h, "</p>\n");
}

static int summary_is_judged(const struct trend *t)
{
	return t->spc.has_limits && !isnan(t->judged[t->n - 1]);
}

static void summary_count(const struct district *d)
{
	char period[VIEW_PERIOD_BYTES];
	int n_judged = 0;
	int n_unusual = 0;
	int n_without = 0;

	for (int i = 0; i < d->n_rows; i++) {
		const struct district_row *r = &d->rows[i];

		n_judged += summary_is_judged(&r->trend);
		n_unusual += trend_direction(&r->trend) != 0;
		n_without += r->now == NULL || r->now->cell.status == ROLLUP_MISSING;
	}
	if (n_without == d->n_rows) {
		summary_without(d);
		return;
	}
	html_put(
		d->h,
		"<p class=\"govuk-body\">In %s <strong>%d of %d</strong> headline figures that can "
		"be judged %s out of %s usual range, and <strong>%zu</strong> %s open.",
		view_period_label(d->view.period, period), n_unusual, n_judged,
		n_unusual == 1 ? "is" : "are", n_unusual == 1 ? "its" : "their", d->signals.n,
		d->signals.n == 1 ? "signal is" : "signals are");
	if (n_without > 0)
		html_put(d->h, " %d %s no data in this period.", n_without,
			 n_without == 1 ? "figure has" : "figures have");
	html_raw(d->h, "</p>\n");
}

/* ---- the return calendar in a sentence */

static void summary_month(const struct district *d, const struct received_cell *c)
{
	char month[VIEW_PERIOD_BYTES];
	char date[VIEW_PERIOD_BYTES];
	char key[PERIOD_TEXT_BYTES];

	html_put(d->h,
		 "<p class=\"govuk-body\"><span aria-hidden=\"true\">%s</span> <strong>%s</strong> "
		 "(",
		 received_state_symbol(c->state), view_period_label(c->month, month));
	html_raw(d->h, "<a class=\"govuk-link\" href=\"");
	view_link(d->h, d->web, &d->view, "/received/reports", "district", c->area, "month",
		  period_format(c->month, key), "dataset", c->dataset, NULL);
	html_put(d->h, "\">%s</a>) %s", c->dataset, received_state_words(c->state));
	if (c->received_us != 0)
		html_put(d->h, ", on %s", view_instant_label(c->received_us, date));
	html_put(d->h, "; due %s", view_date_label(c->due, date));
	if (c->received_us == 0 && c->due < clock_today())
		html_put(d->h, ", %d days ago", clock_today() - c->due);
}

/* Per dataset the newest month that is due, and how the months before it came. */
static void summary_calendar(const struct district *d, const struct received *received,
			     size_t first, size_t end)
{
	const struct received_cell *newest = NULL;
	int n_late = 0;
	int n_owed = 0;
	int n_on_time = 0;

	for (size_t i = first; i < end; i++) {
		const struct received_cell *c = &received->cells[i];

		if (c->state != RECEIVED_NOT_EXPECTED && c->state != RECEIVED_NOT_DUE)
			newest = c;
		n_on_time += c->state == RECEIVED_ON_TIME;
		n_late += c->state == RECEIVED_LATE;
		n_owed += c->state == RECEIVED_MISSING || c->state == RECEIVED_REFUSED ||
			  c->state == RECEIVED_PROVISIONAL;
	}
	if (newest == NULL)
		return;
	summary_month(d, newest);
	html_put(d->h, ". Of the last %d that were due from it, %d came on time",
		 n_on_time + n_late + n_owed, n_on_time);
	if (n_late > 0)
		html_put(d->h, ", %d late", n_late);
	if (n_owed > 0)
		html_put(d->h, ", %d %s owed", n_owed, n_owed == 1 ? "is" : "are");
	html_raw(d->h, ".</p>\n");
}

static enum err_code summary_returns(const struct district *d, struct err *err)
{
	const struct received *received;
	enum err_code code = received_cache_get(d->web, d->view.area,
						period_next(d->month_to, 1 - DISTRICT_MONTHS),
						d->month_to, &received, err);

	for (size_t first = 0, end; code == ERR_OK && first < received->n; first = end) {
		for (end = first; end < received->n && strcmp(received->cells[end].dataset,
							      received->cells[first].dataset) == 0;
		     end++)
			continue;
		summary_calendar(d, received, first, end);
	}
	return code;
}

/* ---- the list */

static void summary_signal(const struct district *d, const struct signal *s)
{
	struct rollup_context context = reading_context(&d->web->reading);
	char text[SENTENCE_BYTES];

	html_put(d->h, "<li class=\"drs-attention--%s\"><a class=\"govuk-link\" href=\"",
		 summary_tone(s->concern));
	(void)snprintf(text, sizeof text, "%lld", (long long)s->id);
	district_link(d, "/signals", text);
	html_put(d->h, "\">%s</a>%s</li>\n", signal_say(s, &context, text, sizeof text),
		 summary_concern(s->concern));
}

static void summary_special(const struct district *d, const struct district_row *r)
{
	const struct trend *t = &r->trend;
	const int concern = trend_concern(t);
	char value[FIGURE_TEXT_BYTES];
	char words[TREND_TEXT_BYTES];

	html_put(d->h, "<li class=\"drs-attention--%s\"><a class=\"govuk-link\" href=\"",
		 summary_tone(concern));
	district_link(d, "/measures", t->measure->code);
	html_put(d->h, "\">%s</a>: %s, %s%s</li>\n", r->row->title,
		 r->now == NULL ? "no data" : figure_text(t->measure, r->now, value),
		 trend_say_range(t, words), summary_concern(concern));
}

/* Its own signal says it already. */
static int summary_has_signal(const struct district *d, const struct measure *m)
{
	for (size_t i = 0; i < d->signals.n; i++)
		if (d->signals.signals[i].kind == SIGNAL_PROCESS &&
		    strcmp(d->signals.signals[i].measure, m->code) == 0)
			return 1;
	return 0;
}

static void summary_list(const struct district *d)
{
	int n = 0;

	for (size_t i = 0; i < d->signals.n && n < DISTRICT_SHOWN; i++) {
		html_raw(d->h, n++ == 0 ? "<ul class=\"drs-attention\">\n" : "");
		summary_signal(d, &d->signals.signals[i]);
	}
	for (int i = 0; i < d->n_rows && n < 2 * DISTRICT_SHOWN; i++) {
		const struct district_row *r = &d->rows[i];

		if (trend_direction(&r->trend) == 0 || summary_has_signal(d, r->trend.measure))
			continue;
		html_raw(d->h, n++ == 0 ? "<ul class=\"drs-attention\">\n" : "");
		summary_special(d, r);
	}
	html_raw(d->h, n > 0 ? "</ul>\n" : "");
	if (d->signals.n == 0)
		return;
	html_raw(d->h, "<p class=\"drs-note\"><a class=\"govuk-link\" href=\"");
	view_link(d->h, d->web, &d->view, "/signals", NULL);
	html_put(d->h, "\">%s</a></p>\n",
		 d->signals.n > DISTRICT_SHOWN ? "All its open signals"
					       : "Signals, with their history");
}

enum err_code district_write_summary(const struct district *d, struct err *err)
{
	enum err_code code;

	html_raw(d->h, "<h2 class=\"drs-theme\">What stands out</h2>\n");
	if (d->has_figures)
		summary_count(d);
	code = summary_returns(d, err);
	if (d->has_figures) {
		summary_compare(d);
		summary_list(d);
	}
	if (d->view.known_on != INT32_MIN)
		html_raw(d->h, "<p class=\"drs-note\">Signals and returns are those of today, not "
			       "of the day chosen above.</p>\n");
	return code;
}
