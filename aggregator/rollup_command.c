/* rollup: a measure's figures of an area over time, with their coverage and what to know of them.
 */

#include <stdlib.h>
#include <string.h>

#include "aggregator/commands.h"
#include "aggregator/reading.h"
#include "aggregator/rollup_value.h"
#include "proto/clock.h"
#include "proto/command.h"
#include "proto/date.h"

#define PERIODS_DEFAULT 12

enum {
	KEY_FROM = 0x2001,
	KEY_TO,
	KEY_BY,
	KEY_BREAKDOWN,
	KEY_DISTRICTS,
	KEY_KNOWN,
};

struct options {
	struct command_common common;
	const char *measure, *area, *from, *to, *by, *breakdown, *known;
	int districts;
};

static const struct argp_option option_table[] = {
	{ "area", 'a', "AREA", 0, "the area (default: the settings' area)", 1 },
	{ "from", KEY_FROM, "PERIOD", 0, "first period: 2025-04, 2025-W14, 2025-26-Q1, 2025-26",
	  1 },
	{ "to", KEY_TO, "PERIOD", 0, "last period (default: the one that holds today)", 1 },
	{ "by", KEY_BY, "KIND", 0, "week, month, quarter or financial-year", 1 },
	{ "breakdown", KEY_BREAKDOWN, "DIMENSION", 0, "also each category: source, age_band, …",
	  1 },
	{ "districts", KEY_DISTRICTS, NULL, 0, "also each district", 1 },
	{ "as-known-on", KEY_KNOWN, "DATE", 0, "as received by the end of that day (UTC)", 1 },
	{ 0 },
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case 'a':
		o->area = arg;
		return 0;
	case KEY_FROM:
		o->from = arg;
		return 0;
	case KEY_TO:
		o->to = arg;
		return 0;
	case KEY_BY:
		o->by = arg;
		return 0;
	case KEY_BREAKDOWN:
		o->breakdown = arg;
		return 0;
	case KEY_DISTRICTS:
		o->districts = 1;
		return 0;
	case KEY_KNOWN:
		o->known = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->measure != NULL)
			argp_usage(state);
		o->measure = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &command_common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp parser = {
	.options = option_table,
	.parser = on_option,
	.args_doc = "MEASURE",
	.children = children,
	.doc = "Figures of a measure, rolled up, with how many areas stand behind each.\v"
	       "Flows add over months; a stock is that of the last month; a ratio divides sums. "
	       "'measures list' names the measures.",
};

/* The periods asked for: of kind --by, else of the kind in which --from or --to is written. */
static enum err_code read_periods(const struct options *o, struct rollup_query *q, struct err *err)
{
	struct period from = { PERIOD_MONTH, 0 };
	struct period to = period_of(PERIOD_MONTH, clock_today());
	enum err_code code = ERR_OK;

	if (o->from != NULL)
		code = period_parse(o->from, &from, err);
	if (code == ERR_OK && o->to != NULL)
		code = period_parse(o->to, &to, err);
	q->by = o->from != NULL ? from.kind : to.kind;
	if (code == ERR_OK && o->by != NULL)
		code = period_kind_parse(o->by, &q->by, err);
	if (code != ERR_OK)
		return code;
	q->to = period_of(q->by, o->to != NULL ? period_end(to) : clock_today());
	q->from = o->from != NULL ? period_of(q->by, from.start)
				  : period_next(q->to, 1 - PERIODS_DEFAULT);
	return ERR_OK;
}

static enum err_code read_known(const char *text, int64_t *us, struct err *err)
{
	int32_t date = 0;
	enum err_code code = date_parse_iso(text, &date, err);

	if (code != ERR_OK) {
		err_wrap(err, "--as-known-on");
		return code;
	}
	*us = ((int64_t)date + 1) * 86400 * 1000000 - 1;
	return ERR_OK;
}

/* ---- output */

/* People read two decimals; machines get every one that the measure's scale has. */
static void write_scaled(struct out *out, enum out_form form, int64_t value, int64_t scale)
{
	int decimals = 0;

	for (int64_t s = scale; s > 1; s /= 10)
		decimals++;
	if (scale == 1)
		out_int(out, value);
	else
		out_real(out, (double)value / (double)scale, form == OUT_TEXT ? 2 : decimals);
}

static void write_value(struct out *out, const struct rollup_terms *terms,
			const struct rollup_cell *c)
{
	if (!c->has_value)
		out_text(out, NULL);
	else if (terms->measure->unit == MEASURE_COUNT)
		out_int(out, c->numerator);
	else
		out_real(out, (double)c->tenths / 10, 1);
}

static void write_cell(struct out *out, enum out_form form, const struct rollup_terms *terms,
		       const struct rollup_cell *c)
{
	const struct measure *m = terms->measure;
	char text[PERIOD_TEXT_BYTES];
	char reported[32];

	out_text(out, c->area);
	out_text(out, period_format(c->period, text));
	out_text(out, c->category[0] == '\0' ? "all" : c->category);
	write_value(out, terms, c);
	if (c->status == ROLLUP_MISSING)
		out_text(out, NULL);
	else
		write_scaled(out, form, c->numerator, rollup_scale(terms->parts[0]));
	if (c->status == ROLLUP_MISSING || (m->kind != MEASURE_DERIVED && !rollup_is_ratio(m)))
		out_text(out, NULL);
	else
		write_scaled(out, form, c->denominator,
			     terms->n_parts == 2 ? rollup_scale(terms->parts[1]) : 1);
	if (form == OUT_TEXT) {
		(void)snprintf(reported, sizeof reported, "%d of %d", c->n_reported, c->n_expected);
		out_text(out, reported);
		out_text(out, c->pooled ? "partial, pooled" : rollup_status_name(c->status));
		return;
	}
	out_int(out, c->n_reported);
	out_int(out, c->n_expected);
	out_text(out, rollup_status_name(c->status));
	out_bool(out, c->pooled != 0);
	out_bool(out, c->annualised != 0);
	if (c->population_year == 0)
		out_text(out, NULL);
	else
		out_int(out, c->population_year);
	out_bool(out, c->population_estimate != 0);
}

static void note_coverage(struct out *out, const struct rollup_result *r)
{
	int n_partial = 0;
	int n_missing = 0;
	int n_pooled = 0;
	int n_provisional = 0;

	for (size_t i = 0; i < r->n; i++) {
		n_partial += r->cells[i].status == ROLLUP_PARTIAL;
		n_missing += r->cells[i].status == ROLLUP_MISSING;
		n_provisional += r->cells[i].status == ROLLUP_PROVISIONAL;
		n_pooled += r->cells[i].pooled;
	}
	if (n_partial > 0)
		out_note(out, "partial",
			 "some areas have not reported: the figure covers those that have, and is "
			 "not the whole area's");
	if (n_pooled > 0)
		out_note(out, "pooled",
			 "where coverage is partial, a rate or share is that of the areas that "
			 "reported, taken together");
	if (n_missing > 0)
		out_note(out, "missing", "no area has reported: unknown, not zero");
	if (n_provisional > 0)
		out_note(out, "provisional",
			 "the period or its follow-up had not ended when the extract was taken");
}

static void note_rates(struct out *out, const struct rollup_result *r)
{
	int annualised = 0;
	int estimate = 0;
	int stale = 0;
	int withheld = 0;

	for (size_t i = 0; i < r->n; i++) {
		const struct rollup_cell *c = &r->cells[i];

		annualised |= c->annualised && c->has_value;
		estimate |= c->population_estimate;
		stale |= c->population_stale;
		withheld |= !c->has_value && c->status != ROLLUP_MISSING;
	}
	if (annualised)
		out_note(out, "annualised",
			 "times the days of the financial year, divided by the days of the period");
	if (estimate)
		out_note(out, "population_estimate",
			 "some populations are derived, not published (see the populations file)");
	if (stale)
		out_note(out, "population_stale",
			 "the estimate that the rule asks for is not there yet: the latest earlier "
			 "one is used");
	if (withheld)
		out_note(out, "no_value",
			 "an empty value with areas reported: nothing to divide by, or no "
			 "population");
}

static int write_result(const struct options *o, const struct rollup_terms *terms,
			const struct rollup_result *r)
{
	static const char *const text_columns[] = { "area",   "period",     "category",
						    "value>", "numerator>", "denominator>",
						    "areas",  "status" };
	static const char *const data_columns[] = {
		"area",
		"period",
		"category",
		"value>",
		"numerator>",
		"denominator>",
		"reported>",
		"expected>",
		"status",
		"pooled",
		"annualised",
		"population_year>",
		"population_estimate",
	};
	enum out_form form = o->common.form;
	const struct measure *m = r->measure;
	struct out *out;

	if (form == OUT_TEXT) /* people read what it is before they read figures */
		printf("%s (%s)\n\n", m->title, measure_unit_name(m->unit));
	out = out_begin(stdout, form, "figures", form == OUT_TEXT ? text_columns : data_columns,
			form == OUT_TEXT ? 8 : 13);
	for (size_t i = 0; i < r->n; i++)
		write_cell(out, form, terms, &r->cells[i]);
	if (form != OUT_TEXT) {
		out_note(out, "measure", m->title);
		out_note(out, "unit", measure_unit_name(m->unit));
	}
	out_note(out, "definition", m->definition);
	if (m->limits[0] != '\0')
		out_note(out, "limits", m->limits);
	if (m->within_district)
		out_note(out, "within_district",
			 "a child known to another district before is not seen by this one");
	if (o->known != NULL)
		out_note(out, "as_known_on", o->known);
	note_coverage(out, r);
	note_rates(out, r);
	return out_end(&out);
}

int command_rollup(int argc, char **argv)
{
	struct options o = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT } };
	struct reading reading = { 0 };
	struct rollup_context context;
	struct rollup_terms terms;
	struct rollup_query q = { .by = PERIOD_MONTH };
	struct rollup_result *result = NULL;
	struct err err = { .code = ERR_OK };
	enum err_code code;
	int written = 0;

	if (argp_parse(&parser, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	code = read_periods(&o, &q, &err);
	if (code == ERR_OK && o.known != NULL)
		code = read_known(o.known, &q.as_known_on_us, &err);
	if (code == ERR_OK)
		code = reading_open(o.common.config, &reading, &err);
	if (code == ERR_OK) {
		context = reading_context(&reading);
		q.measure = o.measure;
		q.area = o.area != NULL ? o.area : reading.config->area;
		q.breakdown = o.breakdown;
		q.districts = o.districts;
		code = rollup_run(&context, &q, &result, &err);
	}
	if (code == ERR_OK)
		code = rollup_terms_find(reading.measures, result->measure, &terms, &err);
	if (code == ERR_OK)
		written = write_result(&o, &terms, result);
	rollup_free(&result);
	reading_close(&reading);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	return written == 0 ? EXIT_SUCCESS : err_exit_status(ERR_IO);
}
