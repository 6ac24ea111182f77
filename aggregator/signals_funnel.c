/* One district against all: outside the 99.8% limits of the funnel, after the correction for
 * overdispersion. Flows are added over the last months; the children of a stock would be counted
 * once a month, so of a stock the last month stands alone. A district with too few events expected
 * for the limits to mean anything is left out. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/funnel.h"
#include "aggregator/interval.h"
#include "aggregator/signals_private.h"

#define SIGNALS_DISTRICTS_LEAST 3

int signals_funnel_watches(const struct rollup_terms *terms)
{
	const struct measure *m = terms->measure;

	if (!m->months)
		return 0;
	return m->unit == MEASURE_RATE_10K ||
	       (m->unit == MEASURE_PERCENT && m->kind != MEASURE_DERIVED);
}

struct signals_funnel_month {
	struct funnel funnel;
	struct funnel_point *points; /* of areas[1…] */
	int from, to;
};

/* Whether every month of the window is final; adds it up. */
static int signals_pool(const struct signals_area *area, int from, int to, struct funnel_point *p)
{
	int64_t denominator = 0;

	*p = (struct funnel_point){ .known = from >= 0 };
	for (int i = from; i <= to && p->known; i++) {
		p->known = area->points[i].known == SIGNALS_FINAL;
		p->numerator += area->points[i].numerator;
		denominator += area->points[i].denominator;
	}
	p->known = p->known && denominator > 0;
	p->denominator = (double)denominator;
	return p->known;
}

static int signals_leave_out_small(struct signals_funnel_month *m, size_t n, int proportion)
{
	double events = 0;
	double size = 0;
	int n_known = 0;

	for (size_t i = 0; i < n; i++) {
		events += m->points[i].known ? (double)m->points[i].numerator : 0;
		size += m->points[i].known ? m->points[i].denominator : 0;
	}
	for (size_t i = 0; i < n; i++) {
		struct funnel_point *p = &m->points[i];
		const double expected = size > 0 ? p->denominator * events / size : 0;

		p->known = p->known && expected >= SIGNALS_LEAST &&
			   (!proportion || p->denominator - expected >= SIGNALS_LEAST);
		n_known += p->known;
	}
	return n_known;
}

/* The districts compared over the months that end with `to`; 0 when too few are known. */
static int signals_compare(const struct signals_series *s, int to, int months,
			   struct signals_funnel_month *m)
{
	const int proportion = s->terms.measure->unit == MEASURE_PERCENT;
	const size_t n = (size_t)s->n_areas - 1;

	m->to = to;
	m->from = signals_is_stock(&s->terms) ? to : to - months + 1;
	for (size_t i = 0; i < n; i++)
		(void)signals_pool(&s->areas[i + 1], m->from, to, &m->points[i]);
	if (signals_leave_out_small(m, n, proportion) < SIGNALS_DISTRICTS_LEAST)
		return 0;
	funnel_compute(proportion ? FUNNEL_PROPORTION : FUNNEL_RATE, m->points, n, &m->funnel);
	return 1;
}

/* What a pooled ratio is multiplied by to be in the measure's unit, a year's where it is shown so.
 */
static double signals_funnel_scale(const struct signals_series *s)
{
	const struct measure *m = s->terms.measure;

	if (m->unit == MEASURE_PERCENT)
		return 100;
	return m->annualised ? 10000.0 * 12 : 10000.0; /* populations are added month by month */
}

static void signals_funnel_limits(sqlite3_str *json, const struct funnel *funnel, double size,
				  double scale)
{
	static const struct {
		const char *name;
		double z;
	} limits[] = { { "95", INTERVAL_Z_95 }, { "998", INTERVAL_Z_998 } };

	for (int i = 0; i < 2; i++) {
		double low = 0;
		double high = 0;

		funnel_limits(funnel, size, limits[i].z, &low, &high);
		sqlite3_str_appendf(json, ",\"low_%s\":", limits[i].name);
		signals_json_number(json, low * scale);
		sqlite3_str_appendf(json, ",\"high_%s\":", limits[i].name);
		signals_json_number(json, high * scale);
	}
}

static enum err_code signals_funnel_evidence(const struct signals_series *s,
					     const struct signals_funnel_month *m,
					     const struct signals_rule *rule, char **out,
					     struct err *err)
{
	const double scale = signals_funnel_scale(s);
	sqlite3_str *json = sqlite3_str_new(NULL);
	int n = 0;

	sqlite3_str_appendf(json, "{\"kind\":\"%s\"", rule == NULL ? "funnel" : "unseen");
	if (rule != NULL) {
		sqlite3_str_appendall(json, ",\"sentence\":");
		signals_json_text(json, rule->sentence);
	}
	sqlite3_str_appendall(json, ",\"from\":");
	signals_json_period(json, signals_series_period(s, m->from));
	sqlite3_str_appendall(json, ",\"to\":");
	signals_json_period(json, signals_series_period(s, m->to));
	sqlite3_str_appendall(json, ",\"centre\":");
	signals_json_number(json, m->funnel.centre * scale);
	sqlite3_str_appendall(json, ",\"phi\":");
	signals_json_number(json, m->funnel.phi);
	sqlite3_str_appendall(json, ",\"tau2\":");
	signals_json_number(json, m->funnel.tau2);
	sqlite3_str_appendall(json, ",\"areas\":[");
	for (int a = 1; a < s->n_areas; a++) {
		const struct funnel_point *p = &m->points[a - 1];

		if (!p->known)
			continue;
		sqlite3_str_appendf(json, "%s{\"area\":", n++ == 0 ? "" : ",");
		signals_json_text(json, s->areas[a].code);
		sqlite3_str_appendf(
			json, ",\"numerator\":%lld,\"denominator\":", (long long)p->numerator);
		signals_json_number(json, p->denominator);
		sqlite3_str_appendall(json, ",\"value\":");
		signals_json_number(json, p->value * scale);
		sqlite3_str_appendall(json, ",\"z\":");
		signals_json_number(json, p->z_adjusted);
		sqlite3_str_appendf(json, ",\"verdict\":%d", p->verdict);
		signals_funnel_limits(json, &m->funnel, p->denominator, scale);
		sqlite3_str_appendall(json, "}");
	}
	sqlite3_str_appendall(json, "]}");
	return signals_json_end(json, out, err);
}

/* The findings of the districts: one look for each month that could be compared. */
static void signals_funnel_look(const struct signals_series *s,
				const struct signals_funnel_month *m, double least,
				struct signals_finding *findings)
{
	for (int a = 1; a < s->n_areas; a++) {
		const struct funnel_point *p = &m->points[a - 1];
		struct signals_finding *f = &findings[a - 1];

		if (!p->known || p->denominator < least)
			continue;
		f->looks[f->n_looks++] = (struct signals_look){
			.period = signals_series_period(s, m->to),
			.direction = p->verdict >= 2    ? 1
				     : p->verdict <= -2 ? -1
							: 0,
			.rule = "funnel",
		};
	}
}

static enum err_code signals_funnel_findings(const struct signals_series *s,
					     struct signals_finding *findings,
					     const struct signals_funnel_month *last,
					     const struct signals_rule *rule,
					     struct signals_findings *out, struct err *err)
{
	enum err_code code = ERR_OK;

	for (int a = 1; a < s->n_areas && code == ERR_OK; a++) {
		struct signals_finding *f = &findings[a - 1];

		if (f->n_looks == 0)
			continue;
		f->kind = rule == NULL ? SIGNAL_FUNNEL : SIGNAL_UNSEEN;
		f->rule = rule == NULL ? NULL : rule->code;
		f->measure = s->terms.measure->code;
		memcpy(f->area, s->areas[a].code, sizeof f->area);
		f->polarity = s->terms.measure->polarity;
		out->n_series++;
		code = signals_funnel_evidence(s, last, rule, &f->evidence, err);
		if (code == ERR_OK)
			code = signals_findings_add(out, f, err);
	}
	return code;
}

enum err_code signals_funnel(const struct signals_series *s, int months,
			     const struct signals_rule *rule, struct signals_findings *out,
			     struct err *err)
{
	const double least = rule == NULL ? 0 : (double)rule->clauses[0].least;
	struct signals_funnel_month month = { 0 };
	struct signals_finding *findings;
	int newest = -1;
	enum err_code code = ERR_OK;

	if (s->n_areas < 2)
		return ERR_OK;
	for (int a = 1; a < s->n_areas; a++) {
		int last = signals_series_last(&s->areas[a], SIGNALS_FINAL);

		newest = last > newest ? last : newest;
	}
	month.points = calloc((size_t)s->n_areas, sizeof *month.points);
	findings = calloc((size_t)s->n_areas, sizeof *findings);
	if (month.points == NULL || findings == NULL) {
		code = err_set(err, ERR_NOMEM, "out of memory");
	} else {
		int shown = -1;

		for (int to = newest - SIGNALS_BACK + 1; to <= newest; to++) {
			if (to < 0 || !signals_compare(s, to, months, &month))
				continue;
			shown = to;
			signals_funnel_look(s, &month, least, findings);
		}
		if (shown >= SIGNALS_MONTHS - SIGNALS_LATE &&
		    signals_compare(s, shown, months, &month))
			code = signals_funnel_findings(s, findings, &month, rule, out, err);
	}
	free(month.points);
	free(findings);
	return code;
}
