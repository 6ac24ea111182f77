/* Signals: what needs somebody's attention, by concern, each with its owner and who has
 * acknowledged it; and the same as a file. In: the store's signals and the office's notes of them.
 * A signal of an area that the viewer may not see is left out of the list and of every count. */
#include "aggregator/web/signals_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/site.h"
#include "aggregator/web/export.h"
#include "aggregator/web/routes.h"
#include "aggregator/web/trend.h"
#include "proto/clock.h"

#define SIGNALS_READ 20000 /* newest first */
#define SIGNALS_SHOWN 200

struct signals_page {
	struct web *web;
	const struct request *rq;
	struct html *h;
	struct view view;
	struct rollup_context context;
	struct signals_filter filter;
	struct signal_list list;
	struct notes notes;
	const struct signal **shown; /* those that fit the filter, open and pending first */
	size_t n;
	struct period to; /* the last month of the sparklines */
	int any;          /* the viewer sees a signal, whatever the filter */
};

static void signals_page_clear(struct signals_page *p)
{
	free(p->shown);
	notes_clear(&p->notes);
	signals_clear(&p->list);
}

static int signals_rank(enum signal_state state)
{
	return state == SIGNAL_OPEN ? 0 : state == SIGNAL_PENDING ? 1 : 2;
}

/* Keeps the list's order, newest first, within each state. */
static enum err_code signals_choose(struct signals_page *p, struct err *err)
{
	p->shown = calloc(p->list.n + 1, sizeof(void *));
	if (p->shown == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (int rank = 0; rank < 3; rank++) {
		for (size_t i = 0; i < p->list.n; i++) {
			const struct signal *s = &p->list.signals[i];
			const struct notes_state state = notes_state(&p->notes, s);

			if (!signals_is_shown(p->web, &p->rq->viewer, s))
				continue;
			p->any = 1;
			if (signals_rank(s->state) == rank &&
			    signals_filter_fits(&p->filter, &p->rq->viewer, s, &state))
				p->shown[p->n++] = s;
		}
	}
	return ERR_OK;
}

static enum err_code signals_open(struct web *web, const struct request *rq, struct signals_page *p,
				  struct err *err)
{
	const unsigned all = 1U << SIGNAL_PENDING | 1U << SIGNAL_OPEN | 1U << SIGNAL_CLOSED;
	enum err_code code = view_read(web, rq, &p->view, err);

	p->web = web;
	p->rq = rq;
	p->context = reading_context(&web->reading);
	if (code == ERR_OK)
		code = signals_filter_read(web, rq, &p->filter, err);
	if (code == ERR_OK)
		code = signals_list(web->reading.store, all, NULL, SIGNALS_READ, &p->list, err);
	if (code == ERR_OK)
		code = notes_current(web->office, &p->notes, err);
	return code == ERR_OK ? signals_choose(p, err) : code;
}

/* ---- counts */

/* "24 open: 8 worse, 5 better, 11 neither" */
static void signals_write_count(const struct signals_page *p, enum signal_state state)
{
	int n[3] = { 0 }; /* better, neither, worse */
	int sum;

	for (size_t i = 0; i < p->n; i++)
		if (p->shown[i]->state == state)
			n[1 + p->shown[i]->concern]++;
	sum = n[0] + n[1] + n[2];
	if (sum == 0 && !(state == SIGNAL_OPEN && (p->filter.states >> SIGNAL_OPEN & 1)))
		return;
	html_put(p->h, "<strong>%d %s</strong>", sum, signal_state_name(state));
	if (sum > 0)
		html_put(p->h, ": %d worse, %d better, %d neither", n[2], n[0], n[1]);
	html_raw(p->h, ". ");
}

static void signals_write_counts(const struct signals_page *p)
{
	int n_open = 0;
	int n_acknowledged = 0;

	html_raw(p->h, "<p class=\"govuk-body\">");
	signals_write_count(p, SIGNAL_OPEN);
	signals_write_count(p, SIGNAL_PENDING);
	signals_write_count(p, SIGNAL_CLOSED);
	for (size_t i = 0; i < p->n; i++) {
		const struct notes_state state = notes_state(&p->notes, p->shown[i]);

		n_open += p->shown[i]->state == SIGNAL_OPEN;
		n_acknowledged += p->shown[i]->state == SIGNAL_OPEN && state.acknowledged != NULL;
	}
	if (n_open > 0 && n_acknowledged == 0)
		html_raw(p->h, "No open one is acknowledged yet. ");
	else if (n_open > 0)
		html_put(p->h, "%d of the %d open %s acknowledged. ", n_acknowledged, n_open,
			 n_acknowledged == 1 ? "is" : "are");
	html_raw(p->h, "<a class=\"govuk-link\" href=\"");
	signals_filter_href(p->h, "/signals.csv", &p->filter);
	html_raw(p->h, "\">Download CSV</a></p>\n");
}

/* ---- one line of the list */

/* Of the city and its districts at once: the answer is kept, and the next line wants it too. */
static enum err_code signals_write_spark(const struct signals_page *p, const struct signal *s,
					 struct err *err)
{
	const struct measure *m = measures_find(p->context.measures, s->measure);
	const struct period from = period_next(p->to, 1 - SIGNALS_CHART_MONTHS);
	const struct rollup_query query = { .measure = s->measure,
					    .area = p->web->reading.config->area,
					    .districts = 1,
					    .by = PERIOD_MONTH,
					    .from = from,
					    .to = p->to };
	const struct figure_set *set;
	struct trend trend = { 0 };
	struct chart_trend chart;
	enum err_code code;

	if (m == NULL)
		return ERR_OK;
	code = figures_get(p->web->figures, &p->rq->viewer, &query, &set, err);
	if (code == ERR_OK)
		code = trend_make(set, s->area, "", from, p->to, &trend, err);
	if (code == ERR_OK) {
		chart = trend_chart(&trend, (struct chart_text){ .unit = "" });
		chart_sparkline(p->h, &chart);
	}
	trend_clear(&trend);
	return code;
}

static enum err_code signals_write_one(const struct signals_page *p, const struct signal *s,
				       struct err *err)
{
	const struct notes_state state = notes_state(&p->notes, s);
	char text[SIGNALS_SAY_BYTES];
	enum err_code code;

	html_put(p->h, "<li class=\"drs-signal drs-signal--%s\"><div class=\"drs-signal__spark\">",
		 s->state == SIGNAL_CLOSED ? "closed" : signals_concern_name(s->concern));
	code = signals_write_spark(p, s, err);
	html_raw(p->h, "</div><div><h3 class=\"drs-signal__what\"><a class=\"govuk-link\" href=\"");
	(void)snprintf(text, sizeof text, "/signals/%lld", (long long)s->id);
	view_link(p->h, p->web, &p->view, text, NULL);
	html_put(p->h, "\">%s</a></h3>\n<p>", signal_say(s, &p->context, text, sizeof text));
	signals_write_state(p->h, s);
	html_put(p->h, "</p><p class=\"drs-signal__meta\">%s. Owner: %s. ",
		 signals_kind_label(s->kind), state.owner == NULL ? "nobody" : state.owner->owner);
	signals_write_acknowledged(p->h, s, &state);
	html_raw(p->h, ".</p></div></li>\n");
	return code;
}

static enum err_code signals_write_group(const struct signals_page *p, int concern, struct err *err)
{
	static const char *const titles[] = { "Better", "Neither worse nor better", "Worse" };
	size_t n = 0;
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < p->n && i < SIGNALS_SHOWN; i++)
		n += p->shown[i]->concern == concern;
	if (n == 0)
		return ERR_OK;
	html_put(p->h,
		 "<section aria-labelledby=\"%s\"><h2 class=\"drs-theme\" id=\"%s\">%s (%zu)</h2>\n"
		 "<ul class=\"drs-signals\">\n",
		 signals_concern_name(concern), signals_concern_name(concern), titles[1 + concern],
		 n);
	for (size_t i = 0; i < p->n && i < SIGNALS_SHOWN && code == ERR_OK; i++)
		if (p->shown[i]->concern == concern)
			code = signals_write_one(p, p->shown[i], err);
	html_raw(p->h, "</ul></section>\n");
	return code;
}

/* ---- nothing, and the foot */

static void signals_write_empty(const struct signals_page *p)
{
	html_raw(p->h, "<div class=\"drs-empty\">");
	if (figures_newest_us(p->web->figures) == 0)
		html_put(p->h,
			 "<p class=\"govuk-body\">Nothing has been received yet, so there is "
			 "nothing to judge. A figure is judged by its own usual range once there "
			 "are %d final months of it.</p>",
			 SPC_LIMITS_AFTER);
	else if (p->any)
		html_raw(p->h, "<p class=\"govuk-body\">No signal fits. Choose another state, or "
			       "take a filter away: <a class=\"govuk-link\" "
			       "href=\"/signals?state=all\">show all, also closed ones</a>.</p>");
	else
		html_raw(p->h, "<p class=\"govuk-body\">There has been no signal: nothing that is "
			       "watched has been out of its usual range.</p>");
	html_raw(p->h, "</div>\n");
}

static enum err_code signals_write_foot(const struct signals_page *p, struct err *err)
{
	double alarms = 0;
	enum err_code code = signals_expected_false_alarms(&p->context, &alarms, err);

	html_raw(p->h, "<h2 class=\"govuk-heading-s\">How to read this list</h2>\n");
	if (code == ERR_OK && alarms > 0)
		html_put(p->h,
			 "<p class=\"govuk-body drs-text\">Some signals are false alarms. Over "
			 "everything that is watched, of all districts and the city together, "
			 "expect about %.0f in a month even if nothing had changed: look for "
			 "signals that last, or that point the same way.</p>\n",
			 ceil(alarms));
	html_put(p->h,
		 "<p class=\"govuk-body drs-text\">A signal on final figures opens at once. One "
		 "on provisional figures is pending until final ones bear it out, or until it has "
		 "held for %d days; weekends and bank holidays count as days. It closes when it "
		 "has not held for two months running, on final figures; missing figures neither "
		 "open nor close it. Acknowledging a signal says who looks into it, and does not "
		 "close it. When it comes back after closing it is a new signal, to be "
		 "acknowledged anew. <a class=\"govuk-link\" href=\"/help#signals\">More on "
		 "signals</a></p>\n",
		 SIGNALS_PENDING_DAYS);
	return code;
}

/* ---- page */

/* The newest month that is settled, or the newest that a signal speaks of. */
static struct period signals_to(const struct signals_page *p)
{
	struct period to = period_of(PERIOD_MONTH, period_end(p->view.newest));

	for (size_t i = 0; i < p->n; i++)
		if (p->shown[i]->state != SIGNAL_CLOSED && p->shown[i]->last.start > to.start)
			to = p->shown[i]->last;
	return to;
}

static enum err_code signals_write_body(struct signals_page *p, struct err *err)
{
	enum err_code code = ERR_OK;

	signals_filter_form(p->web, p->rq, p->h, &p->view, &p->filter, &p->notes);
	if (p->n == 0)
		signals_write_empty(p);
	else
		signals_write_counts(p);
	if (p->n > SIGNALS_SHOWN)
		html_put(p->h,
			 "<p class=\"govuk-body\">The first %d are shown; the file has all.</p>\n",
			 SIGNALS_SHOWN);
	for (int i = 0; i < 3 && code == ERR_OK; i++)
		code = signals_write_group(p, (const int[]){ 1, 0, -1 }[i], err);
	return code == ERR_OK ? signals_write_foot(p, err) : code;
}

static enum err_code signals_get(struct web *web, const struct request *rq, struct response *rs,
				 struct err *err)
{
	struct signals_page p = { .h = &rs->body };
	struct layout l = { .title = "Signals",
			    .lead = "What stands out by more than chance: figures out of their "
				    "usual range, districts apart from the others, and "
				    "combinations that may hide risk.",
			    .section = LAYOUT_SIGNALS,
			    .view = &p.view,
			    .path = "/signals" };
	enum err_code code = signals_open(web, rq, &p, err);

	if (code == ERR_OK) {
		p.to = signals_to(&p);
		layout_begin(web, rq, p.h, &l);
		code = signals_write_body(&p, err);
		layout_end(web, rq, p.h, &l);
	}
	signals_page_clear(&p);
	return code;
}

/* ---- file */

static void signals_export_instant(struct export *e, int64_t us)
{
	char text[SITE_INSTANT_BYTES];

	out_text(e->out, us == 0 ? NULL : site_instant(us, text));
}

static void signals_export(struct export *e, const struct signals_page *p, const struct signal *s)
{
	const struct notes_state state = notes_state(&p->notes, s);
	const struct note *ack = state.acknowledged;
	char text[SIGNALS_SAY_BYTES];

	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): each of those shown is one */
	out_int(e->out, s->id);
	out_text(e->out, signal_state_name(s->state));
	out_text(e->out, signals_concern_name(s->concern));
	out_text(e->out, signal_kind_name(s->kind));
	out_text(e->out, s->rule);
	out_text(e->out, s->measure);
	export_text(e, s->area);
	out_text(e->out, s->direction < 0 ? "lower" : "higher");
	out_text(e->out, period_format(s->first, text));
	out_text(e->out, period_format(s->last, text));
	signals_export_instant(e, s->pending_us);
	signals_export_instant(e, s->opened_us);
	signals_export_instant(e, s->closed_us);
	export_text(e, state.owner == NULL ? NULL : state.owner->owner);
	signals_export_instant(e, ack == NULL ? 0 : ack->at_us);
	export_text(e, ack == NULL ? NULL : ack->who);
	export_text(e, ack == NULL ? NULL : ack->text);
	out_text(e->out, ack == NULL ? NULL : state.held_again ? "yes" : "no");
	export_text(e, signal_say(s, &p->context, text, sizeof text));
}

static enum err_code signals_csv(struct web *web, const struct request *rq, struct response *rs,
				 struct err *err)
{
	static const char *const columns[] = {
		"id>",    "state",      "concern",      "kind",
		"rule",   "measure",    "area",         "direction",
		"first",  "last",       "pending",      "opened",
		"closed", "owner",      "acknowledged", "acknowledged_by",
		"note",   "held_again", "signal",
	};
	struct signals_page p = { .h = &rs->body };
	struct export e;
	enum err_code code = signals_open(web, rq, &p, err);

	if (code == ERR_OK)
		code = export_begin(&e, columns, sizeof columns / sizeof columns[0], err);
	if (code == ERR_OK) {
		for (size_t i = 0; i < p.n; i++)
			signals_export(&e, &p, p.shown[i]);
		code = export_end(&e, rs, "signals.csv", err);
	}
	signals_page_clear(&p);
	return code;
}

const struct route signals_routes[] = {
	{ REQUEST_GET, "/signals", ROLES_READERS, ROUTE_PAGE, signals_get },
	{ REQUEST_GET, "/signals.csv", ROLES_READERS, ROUTE_PAGE, signals_csv },
	{ 0 },
};
