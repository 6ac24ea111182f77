/* rebuild: the figures made anew from the signed bytes, and proof that they are the same. */
#include "aggregator/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "aggregator/rebuild.h"
#include "aggregator/site.h"
#include "proto/command.h"

enum {
	KEY_CHECK = 0x2001,
};

struct options {
	struct command_common common;
	int check;
};

static const struct argp_option option_table[] = {
	{ "check", KEY_CHECK, NULL, 0,
	  "change nothing: rebuild beside the store and compare every table", 1 },
	{ 0 },
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case KEY_CHECK:
		o->check = 1;
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
	.doc = "Make every figure anew from the stored reports.\v"
	       "Ingest must be stopped, unless with --check, which may run at any time and needs "
	       "as "
	       "much disk space again as the tables take. Exit status 1 when --check finds a "
	       "difference.",
};

static enum err_code check(struct site *site, enum out_form form, int *differs, struct err *err)
{
	static const char *const columns[] = { "table", "stored>", "rebuilt>", "same",
					       "first_difference" };
	static struct rebuild_result result;
	struct out *o;
	enum err_code code = rebuild_check(site->store_path, site->areas, &result, err);

	if (code != ERR_OK)
		return code;
	o = out_begin(stdout, form, "tables", columns, 5);
	for (int i = 0; i < REBUILD_TABLES; i++) {
		out_text(o, result.tables[i].name);
		out_int(o, result.tables[i].n_stored);
		out_int(o, result.tables[i].n_rebuilt);
		out_text(o, result.tables[i].differs ? "no" : "yes");
		out_text(o, result.tables[i].first);
	}
	*differs = result.differs;
	return out_end(&o) == 0 ? ERR_OK
				: err_set(err, ERR_IO, "standard output cannot be written");
}

static void on_progress(int64_t left)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%lld entries left   ", (long long)left);
}

static enum err_code in_place(struct site *site, struct err *err)
{
	int64_t n_reports = 0;
	int lock = -1;
	enum err_code code = site_lock(site, &lock, err);

	if (code == ERR_OK)
		code = site_store(site, DB_WRITE, err);
	if (code == ERR_OK)
		code = rebuild_in_place(site->store, site->areas, on_progress, &n_reports, err);
	if (code == ERR_OK)
		printf("%s%lld entries projected and rolled up anew\n",
		       isatty(STDERR_FILENO) ? "\n" : "", (long long)n_reports);
	if (lock >= 0)
		(void)close(lock);
	return code;
}

int command_rebuild(int argc, char **argv)
{
	struct options o = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT } };
	struct site site = { 0 };
	struct err err = { .code = ERR_OK };
	enum err_code code;
	int differs = 0;

	if (argp_parse(&parser, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	code = site_open(o.common.config, &site, &err);
	if (code == ERR_OK)
		code = site_areas(&site, &err);
	if (code == ERR_OK)
		code = o.check ? check(&site, o.common.form, &differs, &err)
			       : in_place(&site, &err);
	site_close(&site);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	return differs ? EXIT_FAILURE : EXIT_SUCCESS;
}
