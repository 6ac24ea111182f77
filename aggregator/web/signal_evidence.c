/* Why a signal is raised: its rule in words with the rule's numbers, and the figures behind it as
 * charts. The engine's own evidence holds exact counts, so only its periods and the parameters of
 * the rule are read from it for everybody; figures come through figures_get, as the viewer may see
 * them, and are those of today. */
#include "aggregator/web/signals_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/protect.h"
#include "aggregator/web/trend.h"

#define WORDS_BYTES 512

int signal_period(const json_t *object, const char *name, struct period *out)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL && period_parse(text, out, NULL) == ERR_OK;
}

static const char *signal_unit(const struct measure *m)
{
	return m->unit == MEASURE_PERCENT ? "%" : "";
}

/* ---- a measure over time */

/* Whether limits mean something here: other kinds of rules look at levels. */
static int signal_is_judged(const struct signal_page *p)
{
	return p->s->kind == SIGNAL_PROCESS;
}

/* A count of what is open is judged by its change from month to month: that is drawn then. */
static int signal_draws_change(const struct signal_page *p, const struct trend *t)
{
	return t->by_change && signal_is_judged(p);
}

static int signal_is_flagged(const struct signal_page *p, const struct trend *t, size_t i)
{
	return (!t->by_change || signal_is_judged(p)) && t->spc.has_limits &&
	       t->spc.flags != NULL && !isnan(t->judged[i]) && t->spc.flags[i] != 0;
}

static void signal_write_row(const struct signal_page *p, const struct measure *m,
			     const struct trend *t, size_t i)
{
	const struct trend_point *point = &t->points[i];
	const struct figure *f = point->figure;
	char text[FIGURE_TEXT_BYTES], words[TREND_TEXT_BYTES], month[VIEW_PERIOD_BYTES];
	char period[PERIOD_TEXT_BYTES];

	html_put(p->h, "<tr><th scope=\"row\">%s</th><td class=\"drs-table__number\">",
		 view_period_label(point->period, month));
	if (f == NULL || f->cell.status == ROLLUP_MISSING)
		html_raw(p->h, "no data");
	else
		html_put(p->h,
			 "<a class=\"govuk-link\" href=\"/trace/%s/%s/%s\" title=\"Follow this "
			 "number\">%s</a>",
			 m->code, p->s->area, period_format(point->period, period),
			 figure_text(m, f, text));
	html_raw(p->h, "</td>");
	if (signal_draws_change(p, t) && isnan(t->judged[i]))
		html_raw(p->h, "<td class=\"drs-table__number\"></td>");
	else if (signal_draws_change(p, t))
		html_put(p->h, "<td class=\"drs-table__number\">%s%.0f</td>",
			 t->judged[i] < 0   ? "\xe2\x88\x92"
			 : t->judged[i] > 0 ? "+"
					    : "",
			 fabs(t->judged[i]));
	html_put(p->h, "<td>%s</td><td>%s</td></tr>\n",
		 f == NULL ? "" : trend_say_coverage(f, words),
		 signal_is_flagged(p, t, i) ? "special cause" : "");
}

static void signal_write_table(const struct signal_page *p, const struct measure *m,
			       const struct trend *t)
{
	layout_details_begin(p->h, "Show as table");
	html_put(p->h,
		 "<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" aria-label=\"%s over "
		 "time\"><table class=\"drs-table\"><caption>%s, %s</caption><thead><tr>"
		 "<th scope=\"col\">Month</th><th scope=\"col\" class=\"drs-table__number\">Value"
		 "</th>",
		 m->title, m->title, signals_area_name(p->web, p->s->area));
	if (signal_draws_change(p, t))
		html_raw(p->h, "<th scope=\"col\" class=\"drs-table__number\">Change</th>");
	html_raw(p->h, "<th scope=\"col\">Stands on</th><th scope=\"col\">Flag</th></tr></thead>"
		       "<tbody>\n");
	for (size_t i = t->n; i > 0; i--)
		signal_write_row(p, m, t, i - 1);
	html_raw(p->h, "</tbody></table></div>\n");
	layout_details_end(p->h);
}

static void signal_write_chart(const struct signal_page *p, const struct measure *m,
			       const struct trend *t, const char *id, const char *title)
{
	char desc[WORDS_BYTES];
	struct chart_trend chart;
	int n_flagged = 0;

	for (size_t i = 0; i < t->n; i++)
		n_flagged += signal_is_flagged(p, t, i);
	(void)snprintf(desc, sizeof desc,
		       "Line chart of %zu months; %d of them are flagged. The table below holds "
		       "every figure.",
		       t->n, n_flagged);
	chart = trend_chart(t,
			    (struct chart_text){ .id = id,
						 .title = title,
						 .desc = desc,
						 .unit = signal_unit(m),
						 .axis = signal_draws_change(p, t)
								 ? "Change since the month before"
								 : NULL });
	if (signal_draws_change(p, t)) {
		chart.values = t->judged;
		chart.spc = t->spc.has_limits ? &t->spc : NULL;
	}
	chart_trend(p->h, &chart);
}

/* The limits in figures. */
static void signal_say_limits(const struct signal_page *p, const struct measure *m,
			      const struct trend *t)
{
	const char *unit = signal_unit(m);

	if (t->by_change && !signal_is_judged(p))
		return;
	if (!t->spc.has_limits) {
		html_put(p->h,
			 "<p class=\"govuk-body\">Fewer than %d final months are shown here, too "
			 "few to draw a usual range.</p>\n",
			 SPC_LIMITS_AFTER);
		return;
	}
	html_put(p->h,
		 "<p class=\"govuk-body drs-text\">%s lies between <strong>%s%.1f%s and "
		 "%s%.1f%s</strong>, around a mean of %s%.1f%s: the mean plus and minus 2.66 times "
		 "the mean difference between one month and the next, over %d final months.</p>\n",
		 t->by_change ? "The usual change in a month" : "The usual range",
		 t->spc.lower < 0 ? "\xe2\x88\x92" : "", fabs(t->spc.lower), unit,
		 t->spc.upper < 0 ? "\xe2\x88\x92" : "", fabs(t->spc.upper), unit,
		 t->spc.mean < 0 ? "\xe2\x88\x92" : "", fabs(t->spc.mean), unit, t->spc.n_known);
}

enum err_code signal_write_trend(struct signal_page *p, const struct measure *m, struct period to,
				 const char *id, struct err *err)
{
	const struct period from = period_next(to, 1 - SIGNALS_CHART_MONTHS);
	const struct rollup_query query = {
		.measure = m->code, .area = p->s->area, .by = PERIOD_MONTH, .from = from, .to = to
	};
	const struct figure_set *set;
	struct trend t = { 0 };
	char title[WORDS_BYTES], last[VIEW_PERIOD_BYTES];
	enum err_code code = figures_get(p->web->figures, &p->rq->viewer, &query, &set, err);

	if (code == ERR_OK)
		code = trend_make(set, p->s->area, "", from, to, &t, err);
	if (code == ERR_OK) {
		(void)snprintf(title, sizeof title, "%s in %s%s", m->title,
			       signals_area_name(p->web, p->s->area),
			       signal_draws_change(p, &t) ? ": change from month to month" : "");
		html_put(p->h,
			 "<figure class=\"drs-chart\"><figcaption><h3 class=\"drs-chart__title\">"
			 "%s</h3><p class=\"drs-chart__subtitle\">%d months to "
			 "%s</p></figcaption>\n",
			 title, SIGNALS_CHART_MONTHS, view_period_label(to, last));
		signal_write_chart(p, m, &t, id, title);
		signal_say_limits(p, m, &t);
		signal_write_table(p, m, &t);
		html_raw(p->h, "<p class=\"drs-chart__source\">Source: the districts' signed "
			       "reports.</p></figure>\n");
	}
	trend_clear(&t);
	return code;
}

/* ---- one series: which rule */

static const char *signal_rule_words(const char *rule)
{
	static const struct {
		const char *rule, *words;
	} rules[] = {
		{ "outside",
		  "One month outside the usual range: that happens by chance in about 3 months "
		  "of 1,000." },
		{ "shift",
		  "Seven months or more in a row on the same side of the mean: each may be within "
		  "the usual range, so many on one side are rarely chance." },
		{ "trend",
		  "Seven months or more in a row, each higher than the one before, or each "
		  "lower." },
		{ "near",
		  "Two months of three in a row in the outer third of the usual range, on the same "
		  "side of the mean." },
	};

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (strcmp(rules[i].rule, rule) == 0)
			return rules[i].words;
	return "A rule that this version does not know.";
}

/* The newest month that the rule looked at. */
static struct period signal_evidence_end(const struct signal_page *p)
{
	const json_t *points = json_object_get(p->evidence, "points");
	const json_t *last = json_array_get(points, json_array_size(points) - 1);
	struct period to = p->s->last;

	(void)signal_period(last, "period", &to);
	return to;
}

static enum err_code signal_write_process(struct signal_page *p, struct err *err)
{
	html_put(p->h, "<p class=\"govuk-body drs-text\">%s</p>\n", signal_rule_words(p->s->rule));
	return signal_write_trend(p, p->m, signal_evidence_end(p), "evidence", err);
}

/* ---- between districts */

struct signal_funnel {
	struct funnel funnel;
	struct funnel_point *points;
	const char **names;
	size_t n;
	int self; /* index of the signal's area; −1: not there */
	struct period from, to;
	double factor; /* from the ratio to the measure's unit */
};

static void signal_funnel_clear(struct signal_funnel *f)
{
	free(f->points);
	free(f->names);
}

/* The district's months added up; not known when one of them is not, or is hidden. */
static struct funnel_point signal_funnel_pool(const struct figure_set *set, const char *area,
					      struct period from, struct period to)
{
	struct funnel_point point = { .known = 1 };

	for (struct period month = from; month.start <= to.start; month = period_next(month, 1)) {
		const struct figure *f = figures_find(set, area, month, "");

		if (f == NULL || !f->cell.has_value || f->shown == FIGURE_SUPPRESSED)
			return (struct funnel_point){ .known = 0 };
		point.numerator += f->cell.numerator;
		point.denominator += (double)f->cell.denominator;
	}
	point.known = point.denominator > 0;
	return point;
}

static enum err_code signal_funnel_make(const struct signal_page *p, const struct figure_set *set,
					struct signal_funnel *f, struct err *err)
{
	const struct area_tree *tree = p->context.areas;

	f->points = calloc((size_t)tree->n_areas + 1, sizeof *f->points);
	f->names = calloc((size_t)tree->n_areas + 1, sizeof *f->names);
	if (f->points == NULL || f->names == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	f->self = -1;
	for (int i = 0; i < tree->n_areas; i++) {
		const struct area *a = &tree->areas[i];

		if (!a->reports || figures_find(set, a->code, f->to, "") == NULL)
			continue;
		if (strcmp(a->code, p->s->area) == 0)
			f->self = (int)f->n;
		f->points[f->n] = signal_funnel_pool(set, a->code, f->from, f->to);
		f->names[f->n++] = a->name;
	}
	f->factor = p->m->unit == MEASURE_PERCENT ? 100 : p->m->annualised ? 10000.0 * 12 : 10000.0;
	funnel_compute(p->m->unit == MEASURE_PERCENT ? FUNNEL_PROPORTION : FUNNEL_RATE, f->points,
		       f->n, &f->funnel);
	return ERR_OK;
}

static void signal_funnel_words(const struct signal_page *p, const struct signal_funnel *f)
{
	const struct funnel_point *self = f->self < 0 ? NULL : &f->points[f->self];
	const char *unit = figure_unit(p->m);
	char from[VIEW_PERIOD_BYTES], to[VIEW_PERIOD_BYTES], numerator[32], denominator[32];
	double low = NAN, high = NAN;

	(void)view_period_label(f->from, from);
	(void)view_period_label(f->to, to);
	if (self == NULL || !self->known) {
		html_put(p->h,
			 "<p class=\"govuk-body drs-text\">The figures of %s to %s are too small "
			 "to be shown to you.</p>\n",
			 from, to);
		return;
	}
	funnel_limits(&f->funnel, self->denominator, INTERVAL_Z_998, &low, &high);
	html_put(p->h,
		 "<p class=\"govuk-body drs-text\">%s, %s to %s: <strong>%.1f%s</strong> (%s of "
		 "%s). All districts together: %.1f%s. Of a district of this size chance leaves "
		 "998 in 1,000 between %.1f%s and %.1f%s%s.</p>\n",
		 f->names[f->self], from, to, self->value * f->factor, unit,
		 html_number(self->numerator, numerator),
		 html_number((int64_t)llround(self->denominator), denominator),
		 f->funnel.centre * f->factor, unit, low * f->factor, unit, high * f->factor, unit,
		 f->funnel.tau2 > 0
			 ? ", widened because districts differ by more than chance anyway"
			 : "");
}

static void signal_funnel_draw(const struct signal_page *p, const struct signal_funnel *f)
{
	char title[WORDS_BYTES];
	const struct chart_funnel chart = {
		.text = { .id = "evidence",
			  .title = title,
			  .desc = "Each district's figure against its size, with the limits within "
				  "which chance would keep it.",
			  .unit = signal_unit(p->m) },
		.funnel = &f->funnel,
		.points = f->points,
		.names = f->names,
		.n = f->n,
		.unit_factor = f->factor,
		.size_label = p->m->unit == MEASURE_RATE_10K ? "Children aged 0 to 17, months added"
							     : "Size (the denominator)",
	};

	if (f->funnel.n_known < 3)
		return;
	(void)snprintf(title, sizeof title, "%s: is it more than chance?", p->m->title);
	html_put(p->h,
		 "<figure class=\"drs-chart\"><figcaption><h3 class=\"drs-chart__title\">%s</h3>"
		 "<p class=\"drs-chart__subtitle\">Funnel plot with 95%% and 99.8%% limits"
		 "</p></figcaption>\n",
		 title);
	chart_funnel(p->h, &chart);
	html_raw(p->h, "<p class=\"drs-chart__source\">Source: the districts' signed reports.</p>"
		       "</figure>\n");
}

/* Every district for those who see them all; others see their own over time. */
static enum err_code signal_write_funnel(struct signal_page *p, struct err *err)
{
	struct signal_funnel f = { .from = p->s->last, .to = p->s->last };
	struct rollup_query query = { .measure = p->s->measure,
				      .area = p->web->reading.config->area,
				      .districts = 1,
				      .by = PERIOD_MONTH };
	const struct figure_set *set;
	enum err_code code = ERR_OK;

	(void)signal_period(p->evidence, "from", &f.from);
	(void)signal_period(p->evidence, "to", &f.to);
	query.from = f.from;
	query.to = f.to;
	html_raw(p->h,
		 "<p class=\"govuk-body drs-text\">A district is flagged when it lies outside "
		 "the 99.8% limits of the funnel: if nothing but chance made districts "
		 "differ, 2 in 1,000 would.</p>\n");
	if (p->rq->viewer.role == ROLE_DISTRICT)
		html_raw(p->h, "<p class=\"govuk-body drs-text\">The other districts' figures are "
			       "not shown to you; this is your own over time.</p>\n");
	else
		code = figures_get(p->web->figures, &p->rq->viewer, &query, &set, err);
	if (code == ERR_OK && p->rq->viewer.role != ROLE_DISTRICT) {
		code = signal_funnel_make(p, set, &f, err);
		if (code == ERR_OK) {
			signal_funnel_words(p, &f);
			signal_funnel_draw(p, &f);
		}
		signal_funnel_clear(&f);
	}
	return code == ERR_OK ? signal_write_trend(p, p->m, f.to, "trend", err) : code;
}

/* ---- which */

/* Where figures shown and figures judged may not agree. */
static void signal_write_caveats(const struct signal_page *p)
{
	if (p->s->state == SIGNAL_CLOSED)
		html_raw(p->h, "<p class=\"drs-note\">The charts show today's figures. What was "
			       "corrected since then may look different from what the rule looked "
			       "at.</p>\n");
	if (!p->exact)
		html_put(p->h,
			 "<p class=\"drs-note\">The rule looked at exact figures. You see "
			 "protected ones, so that a month may look more or less unusual here than "
			 "it was. %s</p>\n",
			 protect_note);
}

static enum err_code signal_write_rule(struct signal_page *p, struct err *err)
{
	const char *sentence = json_string_value(json_object_get(p->evidence, "sentence"));
	json_t *conditions = json_object_get(p->evidence, "conditions");

	if (sentence != NULL)
		html_put(p->h, "<p class=\"govuk-body drs-text\">%s</p>\n", sentence);
	if (conditions != NULL)
		return signal_write_conditions(p, conditions, err);
	if (json_object_get(p->evidence, "areas") != NULL)
		return signal_write_funnel(p, err);
	return signal_write_process(p, err);
}

enum err_code signal_write_evidence(struct signal_page *p, struct err *err)
{
	enum err_code code;

	html_raw(p->h, "<h2 class=\"govuk-heading-m\" id=\"why\">Why it is flagged</h2>\n");
	if (p->m == NULL || area_find(p->context.areas, p->s->area) < 0) {
		html_put(p->h,
			 "<p class=\"govuk-body\">%s is no longer in use here, so its figures "
			 "cannot be shown.</p>\n",
			 p->m == NULL ? "The measure" : "The area");
		return ERR_OK;
	}
	code = signal_write_rule(p, err);
	signal_write_caveats(p);
	return code;
}
