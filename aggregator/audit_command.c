/* audit: where a figure comes from, report by report. */

#include <stdlib.h>
#include <string.h>

#include "aggregator/audit.h"
#include "aggregator/commands.h"
#include "aggregator/reading.h"
#include "proto/command.h"
#include "proto/date.h"
#include "proto/keys.h"

struct options {
	struct command_common common;
	const char *address;
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case ARGP_KEY_ARG:
		if (o->address != NULL)
			argp_usage(state);
		o->address = arg;
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
	.parser = on_option,
	.args_doc = "ADDRESS",
	.children = children,
	.doc = "Follow a figure to the signed reports behind it.\v"
	       "ADDRESS is measure/area/period or measure/area/period/dimension=category: "
	       "contacts/birmingham/2026-03, contacts/birmingham/2026-03/source=police. Figures "
	       "are decoded from the bytes that were signed and added up again. Exit status 1 when "
	       "a signature does not match or the sum is another.",
};

static void write_row(struct out *out, enum out_form form, const struct audit_row *row)
{
	char period[PERIOD_TEXT_BYTES];
	char date[DATE_TEXT_BYTES];
	char hex[2 * FRAME_DIGEST_BYTES + 1];
	int shown = form == OUT_TEXT ? 4 : FRAME_SPOOL_BYTES;

	out_text(out, row->area);
	out_text(out, row->measure);
	out_text(out, period_format(row->period, period));
	out_text(out, row->agent);
	out_text(out, keys_hex(row->spool, shown, hex));
	out_int(out, row->sequence);
	out_text(out, date_format(row->as_at, date));
	out_text(out, date_format((int32_t)(row->received_us / 86400 / 1000000), date));
	out_text(out,
		 keys_hex(row->extract_digest, form == OUT_TEXT ? 4 : FRAME_DIGEST_BYTES, hex));
	out_int(out, row->numerator);
	out_int(out, row->denominator);
	out_text(out, row->fault[0] == '\0' ? "verified" : row->fault);
}

static int write_audit(enum out_form form, const struct audit *a)
{
	static const char *const columns[] = {
		"area",  "measure",  "period",  "agent",      "spool",        "sequence>",
		"as_at", "received", "extract", "numerator>", "denominator>", "signature"
	};
	struct out *out = out_begin(stdout, form, "reports", columns, 12);
	const struct rollup_cell *c = &a->cell;
	char text[256];

	for (size_t i = 0; i < a->n; i++)
		write_row(out, form, &a->rows[i]);
	(void)snprintf(text, sizeof text, "numerator %lld, denominator %lld; %d of %d areas, %s",
		       (long long)c->numerator, (long long)c->denominator, c->n_reported,
		       c->n_expected, rollup_status_name(c->status));
	out_note(out, "figure", text);
	if (c->has_value && a->measure->unit != MEASURE_COUNT) {
		(void)snprintf(text, sizeof text, "%s%lld.%lld %s%s%s", c->tenths < 0 ? "-" : "",
			       llabs(c->tenths) / 10, llabs(c->tenths) % 10,
			       measure_unit_name(a->measure->unit),
			       c->annualised ? ", annualised" : "", c->pooled ? ", pooled" : "");
		out_note(out, "value", text);
	}
	if (c->population_year != 0) {
		(void)snprintf(text, sizeof text, "mid-%d population%s", c->population_year,
			       c->population_estimate ? ", an estimate" : "");
		out_note(out, "denominator", text);
	}
	(void)snprintf(text, sizeof text, "numerator %lld, denominator %lld",
		       (long long)a->numerator, (long long)a->denominator);
	out_note(out, "sum_of_reports", text);
	out_note(out, "adds_up", a->adds_up ? "yes" : "no: run 'rebuild' and ask again");
	(void)snprintf(text, sizeof text, "%zu of %zu verified", a->n - (size_t)a->n_faults, a->n);
	out_note(out, "signatures", text);
	return out_end(&out);
}

int command_audit(int argc, char **argv)
{
	struct options o = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT } };
	struct reading reading = { 0 };
	struct rollup_context context;
	struct audit *audit = NULL;
	struct err err = { .code = ERR_OK };
	enum err_code code;
	int status = EXIT_SUCCESS;

	if (argp_parse(&parser, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	code = reading_open(o.common.config, &reading, &err);
	if (code == ERR_OK) {
		context = reading_context(&reading);
		code = audit_run(&context, o.address, &audit, &err);
	}
	if (code == ERR_OK) {
		if (write_audit(o.common.form, audit) != 0)
			status = err_exit_status(ERR_IO);
		else if (!audit->adds_up || audit->n_faults > 0)
			status = EXIT_FAILURE;
	}
	audit_free(&audit);
	reading_close(&reading);
	return code == ERR_OK ? status : command_fail(argv, &err);
}
