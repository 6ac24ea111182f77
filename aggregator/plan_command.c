/* plan import: an improvement plan out of a file into the office database, while web runs. */
#include "aggregator/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/reading.h"
#include "aggregator/web/annotation.h"
#include "aggregator/web/plan.h"
#include "proto/command.h"

#define COMMAND_PEER "command line"
#define PATH_BYTES 4096

struct options {
	struct command_common common;
	const char *file; /* the one argument */
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case ARGP_KEY_ARG:
		if (o->file != NULL)
			argp_usage(state);
		o->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (o->file == NULL)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &command_common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp plan_argp = {
	.parser = on_option,
	.children = children,
	.args_doc = "FILE.csv",
	.doc = "Put the targets of an improvement plan in force.\v"
	       "  district-aggregator plan import plan.csv\n"
	       "\n"
	       "One line for each point: "
	       "measure,area,direction,point,period,value,owner,rationale. "
	       "point is baseline or milestone, direction lower or higher; the baseline's line "
	       "comes first and names owner and rationale. A target that is in force for a measure "
	       "and area gets a further revision, one that is the same stays, and no target is "
	       "retired. Nothing is taken in when one line is wrong.",
};
static const struct argp annotations_argp = {
	.parser = on_option,
	.children = children,
	.args_doc = "FILE.csv",
	.doc = "Put notes on the charts.\v"
	       "  district-aggregator annotations import notes.csv\n"
	       "\n"
	       "One line for each note: area,measure,date,note; measure is empty for a note that "
	       "stands on every chart of the area. A note that is there already is passed over. "
	       "Nothing is taken in when one line is wrong.",
};

static enum err_code open_office(const struct reading *r, struct office **office, struct err *err)
{
	char path[PATH_BYTES];

	return office_open(aggregator_config_path(r->config, "office/office.db", path, sizeof path),
			   office, err);
}

static enum err_code import_plan(const struct reading *r, struct office *office, const char *file,
				 struct err *err)
{
	struct plan_list list;
	struct plan_imported n = { 0, 0, 0 };
	enum err_code code = plan_file_read(file, r->measures, r->areas, &list, err);

	if (code == ERR_OK)
		code = plan_import(office, COMMAND_PEER, file, &list, &n, err);
	plan_list_free(&list);
	if (code == ERR_OK)
		printf("%d added, %d changed, %d the same as before\n", n.n_added, n.n_changed,
		       n.n_same);
	return code;
}

static enum err_code import_annotations(const struct reading *r, struct office *office,
					const char *file, struct err *err)
{
	int n_added = 0;
	enum err_code code =
		annotation_import(office, COMMAND_PEER, file, r->measures, r->areas, &n_added, err);

	if (code == ERR_OK)
		printf("%d added\n", n_added);
	return code;
}

static int run(const struct argp *argp,
	       enum err_code (*import)(const struct reading *r, struct office *office,
				       const char *file, struct err *err),
	       int argc, char **argv)
{
	struct options o = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT } };
	struct reading r = { 0 };
	struct office *office = NULL;
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (argp_parse(argp, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	code = reading_open(o.common.config, &r, &err);
	if (code == ERR_OK)
		code = open_office(&r, &office, &err);
	if (code == ERR_OK)
		code = import(&r, office, o.file, &err);
	office_close(&office);
	reading_close(&r);
	return code == ERR_OK ? EXIT_SUCCESS : command_fail(argv, &err);
}

int command_plan_import(int argc, char **argv)
{
	return run(&plan_argp, import_plan, argc, argv);
}

int command_annotations_import(int argc, char **argv)
{
	return run(&annotations_argp, import_annotations, argc, argv);
}
