/* received: the completeness grid, for people in 100 columns and for machines in full. */

#include <stdlib.h>
#include <string.h>

#include "aggregator/commands.h"
#include "aggregator/reading.h"
#include "aggregator/received.h"
#include "proto/clock.h"
#include "proto/command.h"
#include "proto/date.h"

#define MONTHS 12 /* in one block of the grid */

enum {
	KEY_FROM = 0x2001,
	KEY_TO,
};

struct options {
	struct command_common common;
	const char *area, *from, *to;
};

static const struct argp_option option_table[] = {
	{ "area", 'a', "AREA", 0, "the area (default: the settings' area)", 1 },
	{ "from", KEY_FROM, "MONTH", 0, "first month (default: 12 months in all)", 1 },
	{ "to", KEY_TO, "MONTH", 0, "last month (default: this one)", 1 },
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
	case ARGP_KEY_ARG:
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
	.children = children,
	.doc = "Which district has reported which month, by when and how often.\v"
	       "A month is due so many working days after its end (due_working_days in the "
	       "settings). It counts as corrected by each report that changes or withdraws a "
	       "figure that was given as final; one that makes provisional figures final, or adds "
	       "measures, is none. Exit status 1 when a report is missing, refused or only "
	       "provisional.",
};

static enum err_code read_months(const struct options *o, struct period *from, struct period *to,
				 struct err *err)
{
	enum err_code code = ERR_OK;

	*to = period_of(PERIOD_MONTH, clock_today());
	if (o->to != NULL)
		code = period_parse(o->to, to, err);
	*from = period_next(*to, 1 - MONTHS);
	if (code == ERR_OK && o->from != NULL)
		code = period_parse(o->from, from, err);
	return code;
}

/* ---- for people */

static const char *mark_of(enum received_state state)
{
	switch (state) {
	case RECEIVED_NOT_EXPECTED:
		return ".";
	case RECEIVED_ON_TIME:
		return "ok";
	case RECEIVED_LATE:
		return "late";
	case RECEIVED_HISTORY:
		return "hist";
	case RECEIVED_NOT_DUE:
		return "soon";
	case RECEIVED_PROVISIONAL:
		return "PROV";
	case RECEIVED_REFUSED:
		return "REF";
	case RECEIVED_MISSING:
		return "MISS";
	}
	return "?";
}

/* "ok", "ok0" (nil), "late+2" (corrected twice); at most six characters. */
static void write_mark(const struct received_cell *c)
{
	char mark[16];
	char more[8] = "";

	if (c->n_corrected > 0)
		(void)snprintf(more, sizeof more, "+%c",
			       c->n_corrected > 9 ? '*' : (char)('0' + c->n_corrected));
	(void)snprintf(mark, sizeof mark, "%s%s%s", mark_of(c->state),
		       c->nil && (c->n_corrected == 0 || c->state == RECEIVED_ON_TIME) ? "0" : "",
		       more);
	printf(" %-6s", mark);
}

static void write_heading(const char *dataset, const struct received_cell *cells, size_t n)
{
	printf("\n%-15.15s", dataset);
	for (size_t i = 0; i < n; i++) {
		char text[PERIOD_TEXT_BYTES];

		/* the year with the first month and each January */
		(void)period_format(cells[i].month, text);
		printf(" %-6s", i == 0 || strcmp(text + 4, "-01") == 0 ? text + 2 : text + 4);
	}
	printf("\n");
}

static void write_block(const struct reading *reading, const struct received *r, size_t first,
			size_t n_months, size_t from, size_t n)
{
	const char *dataset = r->cells[first].dataset;

	write_heading(dataset, &r->cells[first + from], n);
	for (size_t row = first; row < r->n && strcmp(r->cells[row].dataset, dataset) == 0;
	     row += n_months) {
		int area = area_find(reading->areas, r->cells[row].area);

		printf("%-15.15s", reading->areas->areas[area].name);
		for (size_t i = from; i < from + n; i++)
			write_mark(&r->cells[row + i]);
		printf("\n");
	}
}

static void write_grid(const struct reading *reading, const struct received *r, size_t n_months)
{
	printf("Due %d working days after the month's end. ok on time, late, hist due before the "
	       "agent was\nenrolled, soon not due yet, PROV only provisional, REF refused, MISS "
	       "missing, . not expected;\n+2 corrected twice (a figure given as final was "
	       "changed or withdrawn), 0 nil return\n(every list empty).\n",
	       reading->config->due_working_days);
	for (size_t first = 0; first < r->n;) {
		const char *dataset = r->cells[first].dataset;
		size_t next = first;

		for (size_t from = 0; from < n_months; from += MONTHS)
			write_block(reading, r, first, n_months, from,
				    n_months - from < MONTHS ? n_months - from : MONTHS);
		while (next < r->n && strcmp(r->cells[next].dataset, dataset) == 0)
			next += n_months;
		first = next;
	}
}

/* ---- for machines */

static void write_date(struct out *out, int32_t date)
{
	char text[DATE_TEXT_BYTES];

	out_text(out, date == INT32_MIN ? NULL : date_format(date, text));
}

static int write_rows(enum out_form form, const struct received *r)
{
	static const char *const columns[] = {
		"dataset",  "area",  "month",      "state",    "due",
		"received", "as_at", "corrected>", "refused>", "nil"
	};
	struct out *out = out_begin(stdout, form, "received", columns, 10);

	for (size_t i = 0; i < r->n; i++) {
		const struct received_cell *c = &r->cells[i];
		char text[PERIOD_TEXT_BYTES];

		out_text(out, c->dataset);
		out_text(out, c->area);
		out_text(out, period_format(c->month, text));
		out_text(out, received_state_name(c->state));
		write_date(out, c->state == RECEIVED_NOT_EXPECTED ? INT32_MIN : c->due);
		write_date(out, c->received_us == 0 ? INT32_MIN
						    : (int32_t)(c->received_us / 86400 / 1000000));
		write_date(out, c->as_at);
		out_int(out, c->n_corrected);
		out_int(out, c->n_refused);
		out_bool(out, c->nil != 0);
	}
	return out_end(&out);
}

static int has_findings(const struct received *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->cells[i].state >= RECEIVED_PROVISIONAL)
			return 1;
	return 0;
}

int command_received(int argc, char **argv)
{
	struct options o = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT } };
	struct reading reading = { 0 };
	struct rollup_context context;
	struct received *received = NULL;
	struct period from;
	struct period to;
	struct err err = { .code = ERR_OK };
	enum err_code code;
	int status = EXIT_SUCCESS;

	if (argp_parse(&parser, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	code = read_months(&o, &from, &to, &err);
	if (code == ERR_OK)
		code = reading_open(o.common.config, &reading, &err);
	if (code == ERR_OK) {
		context = reading_context(&reading);
		code = received_run(&context, o.area != NULL ? o.area : reading.config->area, from,
				    to, clock_wall_us(), &received, &err);
	}
	if (code == ERR_OK) {
		size_t n_months = 0;

		for (struct period m = from; m.start <= to.start; m = period_next(m, 1))
			n_months++;
		if (o.common.form == OUT_TEXT)
			write_grid(&reading, received, n_months);
		else if (write_rows(o.common.form, received) != 0)
			status = err_exit_status(ERR_IO);
		if (status == EXIT_SUCCESS && has_findings(received))
			status = EXIT_FAILURE;
	}
	received_free(&received);
	reading_close(&reading);
	return code == ERR_OK ? status : command_fail(argv, &err);
}
