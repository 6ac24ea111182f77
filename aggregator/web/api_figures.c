/* Figures by measure, place and period; and one figure followed down to the signed reports that it
 * comes from. */

#include <stdio.h>
#include <string.h>

#include "aggregator/audit.h"
#include "aggregator/rollup_value.h"
#include "aggregator/web/api.h"
#include "aggregator/web/protect.h"
#include "aggregator/web/routes.h"
#include "proto/clock.h"

#define PERIODS_DEFAULT 24

/* ---- one figure */

const char *const api_figure_columns[] = {
	"measure",
	"area",
	"period",
	"breakdown",
	"category",
	"value",
	"unit",
	"shown",
	"status",
	"numerator",
	"denominator",
	"areas_reported",
	"areas_expected",
	"pooled",
	"annualised",
	"population_year",
	"population_estimate",
	NULL,
};

static const char *shown_name(enum figure_shown shown)
{
	switch (shown) {
	case FIGURE_EXACT:
		return "exact";
	case FIGURE_ROUNDED:
		return "rounded";
	case FIGURE_SUPPRESSED:
		return "suppressed";
	}
	return "suppressed";
}

/* As it is shown: whole for counts, else one decimal. */
static json_t *figure_value(const struct figure *f)
{
	return f->cell.has_value ? api_scaled(f->cell.tenths, 10) : json_null();
}

/* Numerator or denominator in the unit of its measure; null when it is not known, not shown or says
 * nothing. */
static json_t *figure_part(const struct figure *f, const struct rollup_terms *terms, int part)
{
	const struct rollup_cell *cell = &f->cell;

	if (f->shown == FIGURE_SUPPRESSED || cell->status == ROLLUP_MISSING)
		return json_null();
	if (part == 0)
		return api_scaled(cell->numerator, rollup_scale(terms->parts[0]));
	if (terms->n_parts == 2)
		return api_scaled(cell->denominator, rollup_scale(terms->parts[1]));
	if (!terms->population && !rollup_is_ratio(terms->measure))
		return json_null();
	return terms->population && cell->population_year == 0 ? json_null()
							       : json_integer(cell->denominator);
}

json_t *api_figure(const struct api *a, const struct figure *f, const struct measure *m,
		   const char *breakdown)
{
	const struct rollup_cell *cell = &f->cell;
	struct rollup_terms terms;

	if (rollup_terms_find(a->web->reading.measures, m, &terms, NULL) != ERR_OK)
		return NULL;
	return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:s,s:s,s:s,s:o,s:o,s:i,s:i,s:b,s:b,s:o,s:b}",
			 "measure", m->code, "area", cell->area, "period", api_period(cell->period),
			 "breakdown", cell->category[0] == '\0' ? json_null() : api_text(breakdown),
			 "category", api_text(cell->category), "value", figure_value(f), "unit",
			 measure_unit_name(m->unit), "shown", shown_name(f->shown), "status",
			 rollup_status_name(cell->status), "numerator", figure_part(f, &terms, 0),
			 "denominator", figure_part(f, &terms, 1), "areas_reported",
			 cell->n_reported, "areas_expected", cell->n_expected, "pooled",
			 cell->pooled, "annualised", cell->annualised, "population_year",
			 cell->population_year == 0 ? json_null()
						    : json_integer(cell->population_year),
			 "population_estimate", cell->population_estimate);
}

/* ---- figures */

static const char *const figures_parameters[] = { "measure",   "area",     "by",
						  "from",      "to",       "districts",
						  "breakdown", "known-on", NULL };

/* The period kinds in the order of enum period_kind. */
static const char *const by_words[] = { "week", "month", "quarter", "financial-year", NULL };

static enum err_code figures_read_periods(struct api *a, struct rollup_query *q, struct err *err)
{
	const char *to = request_query(a->rq, "to");
	const char *from = request_query(a->rq, "from");
	int by;
	enum err_code code = api_read_word(a, "by", by_words, "month", &by, err);

	if (code != ERR_OK)
		return code;
	q->by = (enum period_kind)(by + PERIOD_WEEK);
	q->to = period_next(period_of(q->by, clock_today()), -1);
	code = api_read_period(a, "to", to, q->by, &q->to, err);
	q->from = period_next(q->to, 1 - PERIODS_DEFAULT);
	if (code == ERR_OK)
		code = api_read_period(a, "from", from, q->by, &q->from, err);
	if (code != ERR_OK || q->from.start <= q->to.start)
		return code;
	a->parameter = "from";
	return err_set(err, ERR_MALFORMED, "from lies after to: swap them");
}

static enum err_code figures_read(struct api *a, struct rollup_query *q, struct err *err)
{
	static const char *const yes_no[] = { "0", "1", NULL };
	const struct measure *m;
	int area;
	enum err_code code =
		api_read_measure(a, "measure", request_query(a->rq, "measure"), &m, err);

	if (code == ERR_OK)
		code = api_read_area(a, "area", request_query(a->rq, "area"), &area, err);
	if (code == ERR_OK)
		code = figures_read_periods(a, q, err);
	if (code == ERR_OK)
		code = api_read_word(a, "districts", yes_no, "0", &q->districts, err);
	if (code == ERR_OK)
		code = api_read_breakdown(a, m, &q->breakdown, err);
	if (code == ERR_OK)
		code = api_read_known_on(a, &q->as_known_on_us, err);
	if (code == ERR_OK) {
		q->measure = m->code;
		q->area = a->web->reading.areas->areas[area].code;
	}
	return code;
}

static void figures_top(struct api *a, const struct rollup_query *q, const struct figure_set *set)
{
	const char *known_on = request_query(a->rq, "known-on");
	int is_protected = 0;

	for (size_t i = 0; i < set->n && !is_protected; i++)
		is_protected = set->figures[i].shown != FIGURE_EXACT;
	api_top(a, "measure", json_string(set->measure->code));
	api_top(a, "title", json_string(set->measure->title));
	api_top(a, "unit", json_string(measure_unit_name(set->measure->unit)));
	api_top(a, "area", json_string(q->area));
	api_top(a, "by", json_string(period_kind_name(q->by)));
	api_top(a, "from", api_period(q->from));
	api_top(a, "to", api_period(q->to));
	api_top(a, "breakdown", api_text(q->breakdown));
	api_top(a, "known_on", api_text(known_on));
	api_top(a, "data_as_at", api_instant(figures_newest_us(a->web->figures)));
	api_top(a, "protected", json_boolean(is_protected));
	api_top(a, "note", is_protected ? json_string(protect_note) : json_null());
}

static enum err_code figures_fill(struct api *a, struct err *err)
{
	struct rollup_query q = { 0 };
	const struct figure_set *set;
	enum err_code code = figures_read(a, &q, err);

	if (code == ERR_OK)
		code = figures_get(a->web->figures, &a->rq->viewer, &q, &set, err);
	if (code != ERR_OK)
		return code;
	figures_top(a, &q, set);
	api_page(a, set->n);
	for (size_t i = a->first; i < a->end; i++)
		api_add(a, api_figure(a, &set->figures[i], set->measure, q.breakdown));
	return ERR_OK;
}

static const struct api_question figures_question = { figures_parameters, api_figure_columns,
						      "figures", API_FIGURES, figures_fill };

/* ---- trace: exact figures of reports, so only for those who see them */

static const char *const trace_parameters[] = { "breakdown", "category", NULL };
static const char *const trace_columns[] = {
	"measure", "part",     "area",           "period",    "agent",       "spool", "sequence",
	"as_at",   "received", "extract_digest", "numerator", "denominator", "fault", NULL,
};

static json_t *trace_item(const struct api *a, const struct audit_row *row)
{
	const struct measure *m = measures_find(a->web->reading.measures, row->measure);
	int64_t scale = m == NULL ? 1 : rollup_scale(m);

	return json_pack(
		"{s:s,s:s,s:s,s:o,s:s,s:o,s:I,s:o,s:o,s:o,s:o,s:o,s:o}", "measure", row->measure,
		"part", row->part == 0 ? "numerator" : "denominator", "area", row->area, "period",
		api_period(row->period), "agent", row->agent, "spool",
		api_hex(row->spool, sizeof row->spool), "sequence", (json_int_t)row->sequence,
		"as_at", api_date(row->as_at), "received", api_instant(row->received_us),
		"extract_digest", api_hex(row->extract_digest, sizeof row->extract_digest),
		"numerator", api_scaled(row->numerator, scale), "denominator",
		m == NULL || !rollup_is_ratio(m) ? json_null() : json_integer(row->denominator),
		"fault", api_text(row->fault));
}

/* The address of the figure as audit.h wants it. */
static enum err_code trace_read(struct api *a, const char **breakdown, char *address, size_t size,
				struct err *err)
{
	const char *category = request_query(a->rq, "category");
	const struct measure *m;
	struct period period = { PERIOD_MONTH, 0 };
	char text[PERIOD_TEXT_BYTES];
	int area = -1;
	enum err_code code = api_read_measure(a, "measure", a->rq->part[0], &m, err);

	if (code == ERR_OK)
		code = api_read_area(a, "area", a->rq->part[1], &area, err);
	if (code == ERR_OK && !viewer_sees_exact(&a->rq->viewer, a->rq->part[1]))
		code = err_set(err, ERR_DENIED,
			       "the reports behind a figure are exact, and this account sees "
			       "protected figures of %s: ask the central team",
			       a->web->reading.areas->areas[area].name);
	if (code == ERR_OK)
		code = api_read_period(a, "period", a->rq->part[2], 0, &period, err);
	if (code == ERR_OK)
		code = api_read_breakdown(a, m, breakdown, err);
	if (code != ERR_OK)
		return code;
	if ((*breakdown == NULL) != (category == NULL)) {
		a->parameter = category == NULL ? "category" : "breakdown";
		return err_set(err, ERR_MALFORMED,
			       "breakdown and category belong together: give both or neither");
	}
	(void)snprintf(address, size, "%s/%s/%s%s%s%s%.64s", m->code, a->rq->part[1],
		       period_format(period, text), category == NULL ? "" : "/",
		       category == NULL ? "" : *breakdown, category == NULL ? "" : "=",
		       category == NULL ? "" : category);
	return ERR_OK;
}

static enum err_code trace_fill(struct api *a, struct err *err)
{
	struct rollup_context context = reading_context(&a->web->reading);
	const char *breakdown = NULL;
	struct figure f = { .shown = FIGURE_EXACT };
	struct audit *audit = NULL;
	char address[320];
	enum err_code code = trace_read(a, &breakdown, address, sizeof address, err);

	if (code == ERR_OK) {
		code = audit_run(&context, address, &audit, err);
		if (code == ERR_MISSING)
			a->parameter = breakdown == NULL ? "period" : "category";
	}
	if (code != ERR_OK)
		return code;
	f.cell = audit->cell;
	api_top(a, "figure", api_figure(a, &f, audit->measure, breakdown));
	api_top(a, "adds_up", json_boolean(audit->adds_up));
	api_top(a, "faults", json_integer(audit->n_faults));
	api_page(a, audit->n);
	for (size_t i = a->first; i < a->end; i++)
		api_add(a, trace_item(a, &audit->rows[i]));
	audit_free(&audit);
	return ERR_OK;
}

static const struct api_question trace_question = { trace_parameters, trace_columns, "trace",
						    API_STORE, trace_fill };

/* ---- addresses */

static enum err_code api_figures(struct web *web, const struct request *rq, struct response *rs,
				 struct err *err)
{
	return api_answer(web, rq, rs, err, &figures_question);
}

static enum err_code api_trace(struct web *web, const struct request *rq, struct response *rs,
			       struct err *err)
{
	return api_answer(web, rq, rs, err, &trace_question);
}

const struct route api_figures_routes[] = {
	{ REQUEST_GET, "/api/v1/figures", ROLES_READERS, ROUTE_API, api_figures },
	{ REQUEST_GET, "/api/v1/trace/{measure}/{area}/{period}", ROLES_READERS, ROUTE_API,
	  api_trace },
	{ 0, NULL, 0, 0, NULL },
};
