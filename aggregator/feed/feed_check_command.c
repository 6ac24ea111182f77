/* feed check: screens files for publication, and says what is wrong, where and how to mend it. */

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "aggregator/commands.h"
#include "aggregator/feed/screen.h"
#include "aggregator/site.h"
#include "proto/command.h"

enum {
	KEY_ALL = 0x2001,
	KEY_STANDARD_ONLY,
	KEY_LIST,
};

struct options {
	struct command_common common;
	bool all, standard_only, list;
	char **paths; /* borrowed from argv */
	int n_paths;
};

struct checking {
	const struct options *options;
	const struct screen_lists *lists;
	const char *path;
	struct out *out;
	size_t n_pairs, n_warnings, n_failures, n_standard_failures, n_api, n_stopped;
	bool is_unreadable;
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case KEY_ALL:
		o->all = true;
		return 0;
	case KEY_STANDARD_ONLY:
		o->standard_only = true;
		return 0;
	case KEY_LIST:
		o->list = true;
		return 0;
	case ARGP_KEY_ARGS:
		o->paths = state->argv + state->next;
		o->n_paths = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		if (!o->list)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option own_options[] = {
	{ "standard-only", KEY_STANDARD_ONLY, NULL, 0,
	  "only the checks that DfE's screener has, to compare verdicts", 0 },
	{ "all", KEY_ALL, NULL, 0, "show checks that passed, too", 0 },
	{ "list", KEY_LIST, NULL, 0, "list the checks instead of running them", 0 },
	{ 0 },
};
static const struct argp_child children[] = { { &command_common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp parser = {
	.options = own_options,
	.parser = on_option,
	.args_doc = "PATH…",
	.children = children,
	.doc = "Screen files for DfE's publication service.\v"
	       "PATH is a data file with its .meta.csv beside it, a folder of such pairs, or an "
	       "upload ZIP. Checks have the names of DfE's own screener and run in its stages, the "
	       "last being the first with a FAIL; checks of ours, named drs_…, follow. Rows are "
	       "numbered as a spreadsheet numbers them. Nothing is read from the settings. Exit "
	       "status 0: passed (warnings are shown), 1: a check failed, 65: a file could not be "
	       "read.",
};

static const char *where_name(enum screen_where where)
{
	switch (where) {
	case SCREEN_DATA:
		return "data";
	case SCREEN_META:
		return "meta";
	case SCREEN_ZIP:
		return "set";
	case SCREEN_NAMES:
		return "dataset_names.csv";
	}
	return "";
}

static const char *or_null(const char *text)
{
	return *text == '\0' ? NULL : text;
}

static void write_report(struct checking *c, const char *dataset,
			 const struct screen_report *report)
{
	char name[SCREEN_NAME_BYTES];

	(void)screen_escape(name, sizeof name, dataset);
	for (size_t i = 0; i < report->n; i++) {
		const struct screen_finding *f = &report->findings[i];

		if (f->is_ours && c->options->standard_only)
			continue;
		c->n_warnings += f->result == SCREEN_WARNING;
		c->n_failures += f->result == SCREEN_FAIL;
		c->n_standard_failures += f->result == SCREEN_FAIL && !f->is_ours;
		if (f->result == SCREEN_PASS && !c->options->all)
			continue;
		out_text(c->out, name);
		out_text(c->out, screen_result_name(f->result));
		out_text(c->out, f->stage);
		out_text(c->out, f->check);
		out_text(c->out, f->result == SCREEN_PASS ? NULL : where_name(f->where));
		out_text(c->out, or_null(f->column));
		out_text(c->out, or_null(f->rows));
		out_text(c->out, or_null(f->text));
	}
	c->is_unreadable |= report->is_unreadable;
}

static enum err_code on_set(void *context, const struct screen_report *report, struct err *err)
{
	struct checking *c = context;
	const char *slash = strrchr(c->path, '/');

	(void)err;
	write_report(c, slash == NULL || slash[1] == '\0' ? c->path : slash + 1, report);
	return ERR_OK;
}

static enum err_code on_pair(void *context, const struct screen_pair *pair, struct err *err)
{
	struct checking *c = context;
	struct screen_report report = { .n = 0 };
	enum err_code code = screen_run(pair, c->lists, c->options->standard_only, &report, err);

	if (code == ERR_OK) {
		c->n_pairs++;
		c->n_api += report.api_suitable;
		c->n_stopped += report.stopped_at != NULL;
		write_report(c, pair->data_name, &report);
	}
	screen_report_clear(&report);
	return code;
}

static const char *const columns[] = {
	"dataset", "result", "stage", "check", "file", "column", "rows", "message",
};

static void write_number(struct out *out, const char *key, size_t n)
{
	char text[32];

	(void)snprintf(text, sizeof text, "%zu", n);
	out_note(out, key, text);
}

static void write_notes(struct checking *c)
{
	write_number(c->out, "datasets", c->n_pairs);
	write_number(c->out, "failures", c->n_failures);
	write_number(c->out, "failures_of_the_standard", c->n_standard_failures);
	write_number(c->out, "warnings", c->n_warnings);
	write_number(c->out, "api_suitable", c->n_api);
	write_number(c->out, "not_screened_to_the_end", c->n_stopped);
	out_note(c->out, "verdict",
		 c->is_unreadable    ? "a file could not be read"
		 : c->n_failures > 0 ? "failed: mend what is marked FAIL"
		 : c->n_warnings > 0 ? "passed, with warnings"
				     : "passed");
}

static int write_list(enum out_form form)
{
	static const char *const names[] = { "check", "stage", "whose" };
	struct out *out = out_begin(stdout, form, "checks", names, 3);
	struct screen_check_about about;

	for (size_t i = 0; screen_check_list(i, &about); i++) {
		out_text(out, about.check);
		out_text(out, about.stage);
		out_text(out, about.is_ours ? "this program" : "DfE's screener");
	}
	return out_end(&out);
}

static enum err_code check_paths(struct checking *c, struct err *err)
{
	const struct screen_visitor visitor = { .context = c,
						.on_set = on_set,
						.on_pair = on_pair };
	enum err_code code = ERR_OK;

	for (int i = 0; i < c->options->n_paths && code == ERR_OK; i++) {
		c->path = c->options->paths[i];
		code = screen_visit(c->path, &visitor, err);
	}
	return code;
}

int command_feed_check(int argc, char **argv)
{
	struct options o = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT } };
	struct checking checking = { .options = &o };
	struct screen_lists *lists = NULL;
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (argp_parse(&parser, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	if (o.list)
		return write_list(o.common.form) == 0 ? EXIT_SUCCESS : EX_IOERR;
	code = screen_lists_open(&lists, &err);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	checking.lists = lists;
	checking.out = out_begin(stdout, o.common.form, "findings", columns,
				 sizeof columns / sizeof *columns);
	code = check_paths(&checking, &err);
	if (code == ERR_OK)
		write_notes(&checking);
	/* what was found before a path could not be opened is shown as well */
	if (out_end(&checking.out) != 0 && code == ERR_OK)
		code = err_set(&err, ERR_IO, "cannot write the findings");
	screen_lists_close(&lists);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	return checking.is_unreadable ? EX_DATAERR : checking.n_failures > 0 ? 1 : EXIT_SUCCESS;
}
