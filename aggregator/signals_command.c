/* signals and signals show: what needs somebody's attention, and why. */
#include "aggregator/commands.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/reading.h"
#include "aggregator/signals.h"
#include "aggregator/site.h"
#include "proto/command.h"

#define LIST_DEFAULT 200
#define SAY_BYTES 512

struct options {
	struct command_common common;
	const char *area, *state, *word;
	long limit;
};

static const struct argp_option list_options[] = {
	{ "area", 'a', "AREA", 0, "only this area's", 1 },
	{ "state", 's', "STATE", 0, "pending, open, closed or all (default: open)", 1 },
	{ "limit", 'n', "N", 0, "the newest N (default 200)", 1 },
	{ 0 },
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	char *end = NULL;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case 'a':
		o->area = arg;
		return 0;
	case 's':
		o->state = arg;
		return 0;
	case 'n':
		errno = 0;
		o->limit = strtol(arg, &end, 10);
		if (errno != 0 || end == arg || *end != '\0' || o->limit < 1)
			argp_error(state, "--limit takes a number from 1");
		return 0;
	case ARGP_KEY_ARG:
		if (o->word != NULL)
			argp_usage(state);
		o->word = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &command_common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp list_parser = {
	.options = list_options,
	.parser = on_option,
	.children = children,
	.doc = "What needs somebody's attention: figures out of their usual range, districts that "
	       "stand apart by more than chance, and combinations that may hide risk.\v"
	       "A signal is pending until final figures bear it out, and closes when it has not "
	       "held for two months running. 'signals show ID' has the figures behind it.",
};
static const struct argp show_parser = {
	.parser = on_option,
	.args_doc = "ID",
	.children = children,
	.doc = "One signal: what was found, on which figures, and what has become of it.\v"
	       "'signals' lists their numbers.",
};

static const struct {
	const char *name;
	unsigned bits;
} states[] = {
	{ "pending", 1U << SIGNAL_PENDING },
	{ "open", 1U << SIGNAL_OPEN },
	{ "closed", 1U << SIGNAL_CLOSED },
	{ "all", 1U << SIGNAL_PENDING | 1U << SIGNAL_OPEN | 1U << SIGNAL_CLOSED },
};

static unsigned state_bits(const char *name)
{
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
		if (strcmp(states[i].name, name) == 0)
			return states[i].bits;
	return 0;
}

static const char *concern_name(int concern)
{
	return concern > 0 ? "worse" : concern < 0 ? "better" : "neither";
}

static void write_signal(struct out *out, enum out_form form, const struct signal *s,
			 const struct rollup_context *context)
{
	char text[PERIOD_TEXT_BYTES];
	char instant[SITE_INSTANT_BYTES];
	char say[SAY_BYTES];

	out_int(out, s->id);
	out_text(out, signal_state_name(s->state));
	out_text(out, concern_name(s->concern));
	out_text(out, period_format(s->first, text));
	out_text(out, period_format(s->last, text));
	if (form != OUT_TEXT) {
		out_text(out, signal_kind_name(s->kind));
		out_text(out, s->rule);
		out_text(out, s->measure);
		out_text(out, s->area);
		out_int(out, s->direction);
		out_text(out, site_instant(s->pending_us, instant));
		out_text(out, s->opened_us == 0 ? NULL : site_instant(s->opened_us, instant));
		out_text(out, s->closed_us == 0 ? NULL : site_instant(s->closed_us, instant));
	}
	out_text(out, signal_say(s, context, say, sizeof say));
}

static struct out *begin(enum out_form form)
{
	static const char *const text_columns[] = { "id>",  "state", "concern",
						    "from", "to",    "signal" };
	static const char *const data_columns[] = {
		"id>",     "state", "concern",    "first",      "last",      "kind",      "rule",
		"measure", "area",  "direction>", "pending_at", "opened_at", "closed_at", "signal"
	};

	return out_begin(stdout, form, "signals", form == OUT_TEXT ? text_columns : data_columns,
			 form == OUT_TEXT ? 6 : 14);
}

static enum err_code list(const struct options *o, unsigned bits,
			  const struct rollup_context *context, int *written, struct err *err)
{
	struct signal_list signals = { 0 };
	struct out *out;
	char note[128];
	double alarms = 0;
	int area = 0;
	enum err_code code = ERR_OK;

	if (o->area != NULL)
		code = rollup_area(context->areas, o->area, &area, err);
	if (code == ERR_OK)
		code = signals_list(context->store, bits, o->area,
				    o->limit > 0 ? (size_t)o->limit : LIST_DEFAULT, &signals, err);
	if (code == ERR_OK)
		code = signals_expected_false_alarms(context, &alarms, err);
	if (code != ERR_OK) {
		signals_clear(&signals);
		return code;
	}
	out = begin(o->common.form);
	for (size_t i = 0; i < signals.n; i++)
		write_signal(out, o->common.form, &signals.signals[i], context);
	(void)snprintf(note, sizeof note,
		       "about %.0f new in a month even if nothing had changed, over all series "
		       "that are watched",
		       ceil(alarms));
	out_note(out, "false_alarms", note);
	*written = out_end(&out);
	signals_clear(&signals);
	return ERR_OK;
}

int command_signals(int argc, char **argv)
{
	struct options o = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT }, .state = "open" };
	struct reading reading = { 0 };
	struct rollup_context context;
	struct err err = { .code = ERR_OK };
	unsigned bits;
	int written = 0;
	enum err_code code;

	if (argp_parse(&list_parser, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	if (o.word != NULL)
		return command_usage(argv, "takes no '%s'; 'signals show ID' shows one", o.word);
	bits = state_bits(o.state);
	if (bits == 0)
		return command_usage(argv, "--state takes pending, open, closed or all, not '%s'",
				     o.state);
	code = reading_open(o.common.config, &reading, &err);
	if (code == ERR_OK) {
		context = reading_context(&reading);
		code = list(&o, bits, &context, &written, &err);
	}
	reading_close(&reading);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	return written == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- one */

static enum err_code show(const struct options *o, int64_t id, const struct rollup_context *context,
			  int *written, struct err *err)
{
	static const char *const columns[] = { "at", "state", "period" };
	struct signal_list signals = { 0 };
	struct signal_event *events = NULL;
	size_t n = 0;
	struct out *out;
	enum err_code code = signals_find(context->store, id, &signals, err);

	if (code == ERR_OK)
		code = signals_history(context->store, id, &events, &n, err);
	if (code != ERR_OK) {
		signals_clear(&signals);
		return code;
	}
	out = begin(o->common.form);
	write_signal(out, o->common.form, &signals.signals[0], context);
	out_table(out, "history", columns, 3);
	for (size_t i = 0; i < n; i++) {
		char instant[SITE_INSTANT_BYTES];
		char text[PERIOD_TEXT_BYTES];

		out_text(out, site_instant(events[i].at_us, instant));
		out_text(out, signal_state_name(events[i].state));
		out_text(out, period_format(events[i].period, text));
	}
	out_note(out, "evidence", signals.signals[0].evidence);
	*written = out_end(&out);
	free(events);
	signals_clear(&signals);
	return ERR_OK;
}

int command_signals_show(int argc, char **argv)
{
	struct options o = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT } };
	struct reading reading = { 0 };
	struct rollup_context context;
	struct err err = { .code = ERR_OK };
	char *end = NULL;
	long long id;
	int written = 0;
	enum err_code code;

	if (argp_parse(&show_parser, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	if (o.word == NULL)
		return command_usage(argv, "needs a signal's number; 'signals' lists them");
	errno = 0;
	id = strtoll(o.word, &end, 10);
	if (errno != 0 || end == o.word || *end != '\0' || id < 1)
		return command_usage(argv, "'%s' is no signal's number; 'signals' lists them",
				     o.word);
	code = reading_open(o.common.config, &reading, &err);
	if (code == ERR_OK) {
		context = reading_context(&reading);
		code = show(&o, id, &context, &written, &err);
	}
	reading_close(&reading);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	return written == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
