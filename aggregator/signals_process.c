/* Special cause in one area's own series. In: months of a measure. Out: a finding for each area
 * with enough months and events. A count of what is open says little from month to month, since
 * it is almost last month's: its net change is looked at. */

#include <math.h>
#include <string.h>

#include "aggregator/signals_private.h"
#include "aggregator/spc.h"

int signals_process_watches(const struct rollup_terms *terms)
{
	return terms->measure->months && terms->measure->unit != MEASURE_DAYS;
}

static int signals_by_change(const struct rollup_terms *terms)
{
	return signals_is_stock(terms) && !rollup_is_ratio(terms->measure);
}

/* On average at least SIGNALS_LEAST events a month, and of a percentage as many non-events; money,
 * posts and populations are large enough in themselves, at their scale. */
static int signals_is_large(const struct rollup_terms *terms, const struct signals_area *area,
			    int from, int to)
{
	double events = 0;
	double others = 0;
	int n = 0;

	for (int i = from; i <= to; i++) {
		const struct signals_point *p = &area->points[i];

		if (p->known != SIGNALS_FINAL)
			continue;
		events += (double)p->numerator / (double)rollup_scale(terms->parts[0]);
		others += (double)(p->denominator - p->numerator);
		n++;
	}
	if (n == 0 || events < (double)SIGNALS_LEAST * n)
		return 0;
	return terms->measure->unit != MEASURE_PERCENT || terms->measure->kind == MEASURE_DERIVED ||
	       others >= (double)SIGNALS_LEAST * n;
}

/* What is charted: the value, or its change since the month before. provisional: the one month that
 * may be provisional; −1: none. */
static double signals_charted(const struct signals_series *s, const struct signals_area *area,
			      int month, int provisional)
{
	const struct signals_point *p = &area->points[month];

	if (p->known != SIGNALS_FINAL && (month != provisional || p->known == SIGNALS_UNKNOWN))
		return NAN;
	if (!signals_by_change(&s->terms))
		return p->value;
	if (month == 0 || area->points[month - 1].known != SIGNALS_FINAL)
		return NAN;
	return p->value - area->points[month - 1].value;
}

struct signals_chart {
	double values[SIGNALS_WINDOW + 1];
	int from, n;
	struct spc spc;
};

static enum err_code signals_chart(const struct signals_series *s, const struct signals_area *area,
				   int last, int provisional, struct signals_chart *chart,
				   struct err *err)
{
	const int percent = s->terms.measure->unit == MEASURE_PERCENT;
	const int change = signals_by_change(&s->terms);
	const int to = provisional >= 0 ? provisional : last;

	chart->from = to - SIGNALS_WINDOW + 1 > 0 ? to - SIGNALS_WINDOW + 1 : 0;
	chart->n = to - chart->from + 1;
	for (int i = 0; i < chart->n; i++)
		chart->values[i] = signals_charted(s, area, chart->from + i, provisional);
	if (spc_compute(chart->values, (size_t)chart->n, 0, change ? NAN : 0,
			percent && !change ? 100 : NAN, &chart->spc) != 0)
		return err_set(err, ERR_NOMEM, "out of memory");
	return ERR_OK;
}

/* The strongest rule that holds at a point. */
static struct signals_look signals_flagged(const struct signals_chart *chart, struct period period,
					   int month)
{
	static const struct {
		unsigned high, low;
		const char *rule;
	} rules[] = {
		{ SPC_OUTSIDE_HIGH, SPC_OUTSIDE_LOW, "outside" },
		{ SPC_SHIFT_HIGH, SPC_SHIFT_LOW, "shift" },
		{ SPC_RISING, SPC_FALLING, "trend" },
		{ SPC_NEAR_HIGH, SPC_NEAR_LOW, "near" },
	};
	const unsigned flags = chart->spc.flags[month - chart->from];
	struct signals_look look = { .period = period };

	for (size_t i = 0; i < sizeof rules / sizeof rules[0] && look.direction == 0; i++) {
		look.rule = rules[i].rule;
		if (flags & rules[i].high)
			look.direction = 1;
		else if (flags & rules[i].low)
			look.direction = -1;
	}
	return look;
}

static enum err_code signals_chart_evidence(const struct signals_series *s,
					    const struct signals_area *area,
					    const struct signals_chart *chart, char **out,
					    struct err *err)
{
	sqlite3_str *json = sqlite3_str_new(NULL);

	sqlite3_str_appendf(json, "{\"kind\":\"process\",\"by\":\"month\",\"charted\":\"%s\"",
			    signals_by_change(&s->terms) ? "net change" : "value");
	sqlite3_str_appendall(json, ",\"mean\":");
	signals_json_number(json, chart->spc.mean);
	sqlite3_str_appendall(json, ",\"lower\":");
	signals_json_number(json, chart->spc.lower);
	sqlite3_str_appendall(json, ",\"upper\":");
	signals_json_number(json, chart->spc.upper);
	sqlite3_str_appendall(json, ",\"points\":[");
	for (int i = 0; i < chart->n; i++) {
		const int month = chart->from + i;
		const struct signals_look look =
			signals_flagged(chart, signals_series_period(s, month), month);

		sqlite3_str_appendall(json, i == 0 ? "{" : ",{");
		signals_json_point(json, look.period, &area->points[month]);
		sqlite3_str_appendall(json, ",\"charted\":");
		signals_json_number(json, chart->values[i]);
		if (look.direction != 0)
			sqlite3_str_appendf(json, ",\"rule\":\"%s\",\"direction\":%d", look.rule,
					    look.direction);
		sqlite3_str_appendall(json, "}");
	}
	sqlite3_str_appendall(json, "]}");
	return signals_json_end(json, out, err);
}

/* The last known months, and one after them that is not final. */
static enum err_code signals_process_area(const struct signals_series *s,
					  const struct signals_area *area, int last,
					  struct signals_finding *f, struct err *err)
{
	struct signals_chart final = { 0 };
	struct signals_chart late = { 0 };
	const int newest = signals_series_last(area, SIGNALS_PROVISIONAL);
	const struct signals_chart *shown = &final;
	enum err_code code = signals_chart(s, area, last, -1, &final, err);

	if (code == ERR_OK && newest > last)
		code = signals_chart(s, area, last, newest, &late, err);
	for (int i = 0; code == ERR_OK && final.spc.has_limits && i < final.n; i++) {
		if (isnan(final.values[i]))
			continue;
		if (f->n_looks == SIGNALS_LOOKS)
			memmove(f->looks, f->looks + 1, (SIGNALS_LOOKS - 1) * sizeof *f->looks);
		else
			f->n_looks++;
		f->looks[f->n_looks - 1] = signals_flagged(
			&final, signals_series_period(s, final.from + i), final.from + i);
	}
	if (code == ERR_OK && late.spc.has_limits && !isnan(late.values[late.n - 1])) {
		f->has_provisional = 1;
		f->provisional = signals_flagged(&late, signals_series_period(s, newest), newest);
		shown = &late;
	}
	if (code == ERR_OK && f->n_looks > 0)
		code = signals_chart_evidence(s, area, shown, &f->evidence, err);
	spc_clear(&final.spc);
	spc_clear(&late.spc);
	return code;
}

enum err_code signals_process(const struct signals_series *s, struct signals_findings *out,
			      struct err *err)
{
	enum err_code code = ERR_OK;

	for (int a = 0; a < s->n_areas && code == ERR_OK; a++) {
		const struct signals_area *area = &s->areas[a];
		const int last = signals_series_last(area, SIGNALS_FINAL);
		const int from = last - SIGNALS_WINDOW + 1 > 0 ? last - SIGNALS_WINDOW + 1 : 0;
		struct signals_finding f = { .kind = SIGNAL_PROCESS,
					     .measure = s->terms.measure->code,
					     .polarity = s->terms.measure->polarity };

		memcpy(f.area, area->code, sizeof f.area);
		if (last < SIGNALS_MONTHS - SIGNALS_LATE ||
		    !signals_is_large(&s->terms, area, from, last))
			continue;
		code = signals_process_area(s, area, last, &f, err);
		if (code != ERR_OK || f.n_looks == 0)
			continue;
		out->n_series++;
		code = signals_findings_add(out, &f, err);
	}
	return code;
}
