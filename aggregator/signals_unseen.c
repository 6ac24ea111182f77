/* The rules of unseen_risk.csv: conditions that mean more together than each alone. In: months of
 * the measures that a rule names. Out: a finding for each area in which every condition could be
 * judged in the same month. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/interval.h"
#include "aggregator/signals_private.h"

/* Months together: sums; a stock's are those of an average month. */
struct signals_sum {
	int known;
	int from, to;
	double numerator, denominator;
	double value; /* a count: per month */
};

static struct signals_sum signals_sum_up(const struct signals_series *s,
					 const struct signals_clause *c,
					 const struct signals_area *area, int to,
					 enum signals_known least)
{
	const int ratio = rollup_is_ratio(s->terms.measure);
	struct signals_sum sum = { .known = 1, .from = to - c->months + 1, .to = to };
	double values = 0;

	if (sum.from < 0)
		return (struct signals_sum){ .known = 0 };
	for (int i = sum.from; i <= to; i++) {
		const struct signals_point *p = &area->points[i];

		/* only the newest month may be less than final */
		if (p->known < (i == to ? least : SIGNALS_FINAL))
			return (struct signals_sum){ .known = 0 };
		sum.numerator += (double)p->numerator;
		sum.denominator += (double)p->denominator;
		values += p->value;
	}
	if (ratio && sum.denominator <= 0)
		return (struct signals_sum){ .known = 0 };
	sum.value = values / c->months;
	if (s->terms.measure->unit == MEASURE_PERCENT && s->terms.measure->kind != MEASURE_DERIVED)
		sum.value = 100 * sum.numerator / sum.denominator;
	if (signals_is_stock(&s->terms)) {
		sum.numerator /= c->months;
		sum.denominator /= c->months;
	}
	return sum;
}

/* How far apart two figures are, in standard errors: two proportions with a pooled variance, or two
 * counts of a Poisson process. NAN for what is no count of events. */
static double signals_change_z(const struct rollup_terms *terms, const struct signals_sum *now,
			       const struct signals_sum *before)
{
	const struct measure *m = terms->measure;

	if (m->unit == MEASURE_PERCENT && m->kind != MEASURE_DERIVED) {
		const double n1 = now->denominator;
		const double n2 = before->denominator;
		const double p = (now->numerator + before->numerator) / (n1 + n2);
		const double se = sqrt(p * (1 - p) * (1 / n1 + 1 / n2));

		return se > 0 ? (now->numerator / n1 - before->numerator / n2) / se : 0;
	}
	if (m->unit == MEASURE_COUNT || m->unit == MEASURE_RATE_10K) {
		const double events = now->numerator + before->numerator;

		return events > 0 ? (now->numerator - before->numerator) / sqrt(events) : 0;
	}
	return NAN;
}

/* One condition in one area and month. */
struct signals_verdict {
	int known, holds;
	struct signals_sum now, before;
	double z;
};

/* Whether so many events stand behind a figure that it says something. */
static int signals_is_enough(const struct signals_series *s, const struct signals_clause *c,
			     const struct signals_sum *sum)
{
	const int divides = c->part[0] != '\0' || rollup_is_ratio(s->terms.measure);

	return (divides ? sum->denominator : sum->numerator) >= (double)c->least;
}

static struct signals_verdict signals_changes(const struct signals_series *s,
					      const struct signals_clause *c,
					      const struct signals_area *area, int to,
					      enum signals_known least)
{
	const int sign = c->test == SIGNALS_RISES ? 1 : -1;
	const int back = c->before_year ? 12 : c->months;
	struct signals_verdict v = { .now = signals_sum_up(s, c, area, to, least) };
	double asked;

	if (to >= back)
		v.before = signals_sum_up(s, c, area, to - back, SIGNALS_FINAL);
	v.known = v.now.known && v.before.known;
	if (!v.known)
		return v;
	v.z = signals_change_z(&s->terms, &v.now, &v.before);
	asked = c->share ? v.before.value * c->amount / 100 : c->amount;
	v.holds = sign * (v.now.value - v.before.value) >= asked && v.now.value != v.before.value &&
		  (isnan(v.z) || sign * v.z >= INTERVAL_Z_95) &&
		  signals_is_enough(s, c, &v.before) &&
		  (!rollup_is_ratio(s->terms.measure) || signals_is_enough(s, c, &v.now));
	return v;
}

static struct signals_verdict signals_is_beyond(const struct signals_series *s,
						const struct signals_clause *c,
						const struct signals_area *area, int to,
						enum signals_known least)
{
	const int sign = c->test == SIGNALS_ABOVE ? 1 : -1;
	struct signals_verdict v = { .now = signals_sum_up(s, c, area, to, least), .z = NAN };
	double value = v.now.value;

	v.known = v.now.known;
	if (v.known && c->share)
		value = v.now.denominator > 0 ? 100 * v.now.numerator / v.now.denominator : 0;
	v.holds = v.known && sign * (value - c->amount) >= 0 && signals_is_enough(s, c, &v.now);
	return v;
}

static struct signals_verdict signals_judge(const struct signals_series *s,
					    const struct signals_clause *c,
					    const struct signals_area *area, int to,
					    enum signals_known least)
{
	switch (c->test) {
	case SIGNALS_FALLS:
	case SIGNALS_RISES:
		return signals_changes(s, c, area, to, least);
	case SIGNALS_ABOVE:
	case SIGNALS_BELOW:
		return signals_is_beyond(s, c, area, to, least);
	case SIGNALS_DIFFERS: /* signals_funnel */
		break;
	}
	return (struct signals_verdict){ 0 };
}

/* ---- a rule */

struct signals_unseen {
	const struct signals_rule *rule;
	struct signals_series series[SIGNALS_CLAUSES];
};

static const struct signals_area *signals_unseen_area(const struct signals_unseen *u, int clause,
						      const char *code)
{
	const struct signals_series *s = &u->series[clause];

	for (int a = 0; a < s->n_areas; a++)
		if (strcmp(s->areas[a].code, code) == 0)
			return &s->areas[a];
	return NULL;
}

/* Judges every condition at a month: 1 all hold, 0 one does not, −1 one cannot be judged. */
static int signals_unseen_at(const struct signals_unseen *u, const char *area, int month,
			     enum signals_known least, struct signals_verdict *verdicts)
{
	int holds = 1;
	int known = 1;

	for (int i = 0; i < u->rule->n_clauses; i++) {
		const struct signals_area *a = signals_unseen_area(u, i, area);

		verdicts[i] = (struct signals_verdict){ 0 };
		if (a != NULL)
			verdicts[i] =
				signals_judge(&u->series[i], &u->rule->clauses[i], a, month, least);
		known &= verdicts[i].known;
		holds &= verdicts[i].holds;
	}
	return known ? holds : -1;
}

static void signals_unseen_sum(sqlite3_str *json, const struct signals_series *s, const char *name,
			       const struct signals_sum *sum)
{
	sqlite3_str_appendf(json, ",\"%s\":{\"from\":", name);
	signals_json_period(json, signals_series_period(s, sum->from));
	sqlite3_str_appendall(json, ",\"to\":");
	signals_json_period(json, signals_series_period(s, sum->to));
	sqlite3_str_appendall(json, ",\"numerator\":");
	signals_json_number(json, sum->numerator);
	sqlite3_str_appendall(json, ",\"denominator\":");
	signals_json_number(json, sum->denominator);
	sqlite3_str_appendall(json, ",\"value\":");
	signals_json_number(json, sum->value);
	sqlite3_str_appendall(json, "}");
}

static void signals_unseen_clause(sqlite3_str *json, const struct signals_unseen *u, int i,
				  const char *area, const struct signals_verdict *v)
{
	const struct signals_clause *c = &u->rule->clauses[i];
	const struct signals_series *s = &u->series[i];
	const struct signals_area *a = signals_unseen_area(u, i, area);
	const int from = v->now.to - SIGNALS_WINDOW + 1 > 0 ? v->now.to - SIGNALS_WINDOW + 1 : 0;

	sqlite3_str_appendf(json, "%s{\"measure\":", i == 0 ? "" : ",");
	signals_json_text(json, c->measure);
	if (c->part[0] != '\0')
		sqlite3_str_appendf(json, ",\"part\":\"%s>=%lld\"", c->part,
				    (long long)c->part_from);
	sqlite3_str_appendf(json, ",\"test\":\"%s\",\"amount\":", signals_test_name(c->test));
	signals_json_number(json, c->amount);
	sqlite3_str_appendf(json, ",\"share\":%s,\"months\":%d", c->share ? "true" : "false",
			    c->months);
	if (c->test == SIGNALS_FALLS || c->test == SIGNALS_RISES)
		sqlite3_str_appendf(json, ",\"against\":\"%s\"",
				    c->before_year ? "year" : "before");
	signals_unseen_sum(json, s, "now", &v->now);
	if (v->before.known)
		signals_unseen_sum(json, s, "before", &v->before);
	sqlite3_str_appendall(json, ",\"z\":");
	signals_json_number(json, v->z);
	sqlite3_str_appendf(json, ",\"holds\":%s,\"points\":[", v->holds ? "true" : "false");
	for (int m = from; a != NULL && m <= v->now.to; m++) {
		sqlite3_str_appendall(json, m == from ? "{" : ",{");
		signals_json_point(json, signals_series_period(s, m), &a->points[m]);
		sqlite3_str_appendall(json, "}");
	}
	sqlite3_str_appendall(json, "]}");
}

static enum err_code signals_unseen_evidence(const struct signals_unseen *u, const char *area,
					     const struct signals_verdict *verdicts, char **out,
					     struct err *err)
{
	sqlite3_str *json = sqlite3_str_new(NULL);

	sqlite3_str_appendall(json, "{\"kind\":\"unseen\",\"sentence\":");
	signals_json_text(json, u->rule->sentence);
	sqlite3_str_appendall(json, ",\"conditions\":[");
	for (int i = 0; i < u->rule->n_clauses; i++)
		signals_unseen_clause(json, u, i, area, &verdicts[i]);
	sqlite3_str_appendall(json, "]}");
	return signals_json_end(json, out, err);
}

static struct signals_look signals_unseen_look(const struct signals_unseen *u, int month, int holds)
{
	const enum signals_test test = u->rule->clauses[0].test;

	return (struct signals_look){
		.period = signals_series_period(&u->series[0], month),
		.direction = !holds                                           ? 0
			     : test == SIGNALS_FALLS || test == SIGNALS_BELOW ? -1
									      : 1,
	};
}

static enum err_code signals_unseen_one(const struct signals_unseen *u, const char *area,
					struct signals_findings *out, struct err *err)
{
	struct signals_verdict verdicts[SIGNALS_CLAUSES];
	struct signals_finding f = { .kind = SIGNAL_UNSEEN,
				     .rule = u->rule->code,
				     .measure = u->rule->clauses[0].measure,
				     .polarity = SIGNALS_WORSE };
	int newest = -1;
	int shown = -1;
	enum err_code code = ERR_OK;

	(void)snprintf(f.area, sizeof f.area, "%s", area);
	for (int m = 0; m < SIGNALS_MONTHS; m++)
		if (signals_unseen_at(u, area, m, SIGNALS_FINAL, verdicts) >= 0)
			newest = m;
	for (int m = newest - SIGNALS_BACK + 1; m <= newest; m++) {
		int holds = m < 0 ? -1 : signals_unseen_at(u, area, m, SIGNALS_FINAL, verdicts);

		if (holds >= 0)
			f.looks[f.n_looks++] = signals_unseen_look(u, m, holds);
	}
	shown = newest;
	for (int m = newest + 1; m < SIGNALS_MONTHS; m++) {
		int holds = signals_unseen_at(u, area, m, SIGNALS_PROVISIONAL, verdicts);

		if (holds < 0)
			continue;
		f.has_provisional = 1;
		f.provisional = signals_unseen_look(u, m, holds);
		shown = m;
	}
	if (shown < SIGNALS_MONTHS - SIGNALS_LATE)
		return ERR_OK;
	out->n_series++;
	(void)signals_unseen_at(u, area, shown,
				f.has_provisional ? SIGNALS_PROVISIONAL : SIGNALS_FINAL, verdicts);
	code = signals_unseen_evidence(u, area, verdicts, &f.evidence, err);
	return code == ERR_OK ? signals_findings_add(out, &f, err) : code;
}

enum err_code signals_unseen(const struct rollup_context *context, const struct signals_rule *rule,
			     int64_t now_us, struct signals_findings *out, struct err *err)
{
	struct signals_unseen *u = calloc(1, sizeof *u);
	enum err_code code = ERR_OK;

	if (u == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	u->rule = rule;
	for (int i = 0; i < rule->n_clauses && code == ERR_OK; i++)
		code = signals_series_read(context, rule->clauses[i].measure, &rule->clauses[i],
					   now_us, &u->series[i], err);
	if (code == ERR_OK && rule->clauses[0].test == SIGNALS_DIFFERS) {
		code = signals_funnel(&u->series[0], rule->clauses[0].months, rule, out, err);
	} else {
		for (int a = 0; code == ERR_OK && a < u->series[0].n_areas; a++)
			code = signals_unseen_one(u, u->series[0].areas[a].code, out, err);
	}
	for (int i = 0; i < rule->n_clauses; i++)
		signals_series_clear(&u->series[i]);
	free(u);
	return code;
}
