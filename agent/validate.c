/* validate: what an extract is worth, row by row, before anything is made of it. */
#include "agent/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/config.h"
#include "agent/extract.h"
#include "agent/extract_files.h"
#include "proto/area.h"
#include "proto/clock.h"
#include "proto/command.h"
#include "proto/date.h"
#include "proto/limits.h"

#define EXIT_FINDINGS 1
#define EXIT_REFUSED 65

struct validate {
	struct command_common common;
	const char *as_at_text, *dataset_name;
	int explain;
	const char *arguments[LIMIT_EXTRACT_FILES];
	int n_arguments;
	/* worked out from them */
	struct agent_config *config; /* owned; NULL without -c */
	struct area_tree *areas;     /* owned; NULL without -c */
	struct agent_dataset defaults;
	const struct agent_dataset *dataset;
	struct extract_files files[LIMIT_EXTRACT_FILES];
	const char *paths[LIMIT_EXTRACT_FILES];
	int n_paths;
	int32_t as_at;
	const char *as_at_from; /* in words */
	int xml;                /* an XML file may say its own as-at */
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct validate *v = state->input;

	switch (key) {
	case 'a':
		v->as_at_text = arg;
		return 0;
	case 'd':
		v->dataset_name = arg;
		return 0;
	case 'e':
		v->explain = 1;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &v->common;
		return 0;
	case ARGP_KEY_ARG:
		if (v->n_arguments >= LIMIT_EXTRACT_FILES)
			argp_error(state, "more than %d files", LIMIT_EXTRACT_FILES);
		else
			v->arguments[v->n_arguments++] = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "as-at", 'a', "DATE", 0,
	  "the day of the extract; default: the folder's name, the XML "
	  "header, or today",
	  0 },
	{ "dataset", 'd', "NAME", 0, "the dataset of the settings that the files are of", 0 },
	{ "explain", 'e', NULL, 0, "show what each column was read as", 0 },
	{ 0 },
};
static const struct argp_child children[] = { { &command_common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp validate_argp = {
	.options = options,
	.parser = on_option,
	.children = children,
	.args_doc = "FILE|FOLDER…",
	.doc = "Read an extract as collect would, and say what is wrong with it: file, row, "
	       "column, "
	       "value and how to mend it. Nothing is stored and nothing is sent. Without -c every "
	       "list is optional.\v"
	       "Exit status: 0 nothing wrong, 1 rows rejected or values unknown, 65 the extract "
	       "would be refused.\n\n"
	       "  district-agent validate /srv/extracts/2026-10-31\n"
	       "  district-agent validate List_1.csv List_3.csv --as-at 2026-10-31 --explain\n"
	       "  district-agent validate -c agent.yaml /srv/extracts/2026-10-31 --csv > "
	       "faults.csv\n",
};

/* ---- what to read, and as what */

static enum err_code validate_settings(struct validate *v, struct err *err)
{
	enum err_code code;

	v->defaults = (struct agent_dataset){
		.window_months = AGENT_WINDOW_MONTHS_DEFAULT,
		.rejected_percent = AGENT_REJECTED_PERCENT_DEFAULT,
		.month_end_days = AGENT_MONTH_END_DAYS_DEFAULT,
	};
	v->dataset = &v->defaults;
	if (v->common.config == NULL)
		return v->dataset_name == NULL
			       ? ERR_OK
			       : err_set(err, ERR_CONFIG,
					 "--dataset needs the settings: add -c FILE");
	code = agent_config_load(v->common.config, &v->config, err);
	if (code == ERR_OK)
		code = area_tree_load(v->config->areas, NULL, &v->areas, err);
	if (code != ERR_OK)
		return code;
	if (v->dataset_name == NULL && v->config->n_datasets != 1)
		return err_set(err, ERR_CONFIG, "%s has %u datasets: say which with --dataset NAME",
			       v->common.config, v->config->n_datasets);
	for (unsigned i = 0; i < v->config->n_datasets; i++) {
		v->dataset = &v->config->datasets[i];
		if (v->dataset_name == NULL || strcmp(v->dataset->name, v->dataset_name) == 0)
			return ERR_OK;
	}
	return err_set(err, ERR_CONFIG, "%s has no dataset %s", v->common.config, v->dataset_name);
}

/* Folders give their files. */
static enum err_code validate_paths(struct validate *v, struct err *err)
{
	for (int i = 0; i < v->n_arguments; i++) {
		enum err_code code = extract_files_list(v->arguments[i], &v->files[i], err);

		if (code != ERR_OK)
			return code;
		for (int k = 0; k < v->files[i].n; k++) {
			const char *path = v->files[i].items[k].path, *dot = strrchr(path, '.');

			if (v->n_paths >= LIMIT_EXTRACT_FILES)
				return err_set(err, ERR_TOO_BIG,
					       "more than %d files in one extract",
					       LIMIT_EXTRACT_FILES);
			v->paths[v->n_paths++] = path;
			v->xml |= dot != NULL && strcasecmp(dot, ".xml") == 0;
		}
	}
	return ERR_OK;
}

/* The name of the folder that was given, or that the first file lies in. */
static int validate_folder_as_at(struct validate *v)
{
	char folder[1280];
	char *slash;

	if (extract_files_as_at(v->arguments[0], &v->as_at))
		return 1;
	if (v->n_paths == 0)
		return 0;
	(void)snprintf(folder, sizeof folder, "%s", v->paths[0]);
	slash = strrchr(folder, '/');
	if (slash == NULL)
		return 0;
	*slash = '\0';
	return extract_files_as_at(folder, &v->as_at);
}

static enum err_code validate_as_at(struct validate *v, struct err *err)
{
	v->as_at = INT32_MIN;
	v->as_at_from = "the XML header";
	if (v->as_at_text != NULL) {
		v->as_at_from = "--as-at";
		return date_parse_iso(v->as_at_text, &v->as_at, err);
	}
	if (validate_folder_as_at(v)) {
		v->as_at_from = "the folder's name";
	} else if (!v->xml) {
		v->as_at = clock_today();
		v->as_at_from = "today: no folder or --as-at says another";
	}
	return ERR_OK;
}

/* ---- what to say */

static void validate_print_source(struct out *o, const struct stage_source *source)
{
	int n_read = 0, n_named = 0;

	for (int i = 0; i < source->n_columns; i++) {
		n_read += source->map[i] >= 0;
		n_named += source->headings[i][0] != '\0';
	}
	out_text(o, source->file);
	out_text(o, source->sheet);
	out_text(o, source->list == NULL ? NULL : source->list->title);
	if (source->header_row > 0)
		out_int(o, source->header_row);
	else
		out_text(o, NULL);
	out_int(o, n_named);
	out_int(o, n_read);
	out_int(o, (int64_t)source->n_read);
	out_int(o, (int64_t)source->n_rejected);
}

static int validate_print_sources(const struct stage *s)
{
	static const char *const columns[] = { "file",     "sheet",
					       "read as",  "headings in row>",
					       "columns>", "columns read>",
					       "rows>",    "rejected>" };
	struct out *o = out_begin(stdout, OUT_TEXT, "sources", columns, 8);

	for (size_t i = 0; i < s->n_sources; i++)
		validate_print_source(o, &s->sources[i]);
	return out_end(&o);
}

static int validate_print_columns(const struct stage *s, enum out_form form)
{
	static const char *const columns[] = { "file",   "sheet",   "list",
					       "column", "heading", "read_as" };
	struct out *o = out_begin(stdout, form, "columns", columns, 6);

	for (size_t i = 0; i < s->n_sources; i++) {
		const struct stage_source *source = &s->sources[i];

		for (int k = 0; k < source->n_columns; k++) {
			const struct list_column *c =
				source->map[k] < 0 ? NULL : &source->list->columns[source->map[k]];
			char letter[8];

			if (source->headings[k][0] == '\0')
				continue;
			out_text(o, source->file);
			out_text(o, source->sheet);
			out_text(o, source->list->name);
			out_text(o, fault_column_letter(k, letter));
			out_text(o, source->headings[k]);
			out_text(o, c == NULL || !stage_uses(s, c) ? NULL : c->heading);
		}
	}
	return out_end(&o);
}

static const char *validate_verdict(const struct stage *s, int refused)
{
	if (refused)
		return "refused";
	return faults_count(&s->faults, FAULT_KEPT) > 0 ? "accepted with findings" : "accepted";
}

static int validate_print_text(const struct validate *v, const struct stage *s, int refused)
{
	char as_at[DATE_TEXT_BYTES], from[DATE_TEXT_BYTES];
	struct out *o;
	int bad;

	if (s->as_at == INT32_MIN)
		(void)printf("Extract without an as-at: %s\n\n", validate_verdict(s, refused));
	else
		(void)printf("Extract as at %s (%s), events from %s: %s\n"
			     "%" PRIu64 " rows read, %" PRIu64 " rejected\n\n",
			     date_format(s->as_at, as_at), v->as_at_from,
			     date_format(s->window_start, from), validate_verdict(s, refused),
			     stage_rows_read(s), stage_rows_rejected(s));
	bad = validate_print_sources(s);
	if (v->explain) {
		(void)putchar('\n');
		bad |= validate_print_columns(s, OUT_TEXT);
	}
	if (faults_count(&s->faults, v->explain ? FAULT_NOTE : FAULT_KEPT) > 0) {
		(void)putchar('\n');
		o = faults_table(&s->faults, v->explain ? FAULT_NOTE : FAULT_KEPT, stdout,
				 OUT_TEXT);
		bad |= out_end(&o);
	}
	if (!v->explain && s->faults.n_by_rule[FAULT_COLUMN_UNKNOWN] +
					   s->faults.n_by_rule[FAULT_SHEET_UNKNOWN] +
					   s->faults.n_by_rule[FAULT_BLANK_MARK] >
				   0)
		(void)printf("\nColumns and sheets that are not used, and marks read as blank: "
			     "--explain\n");
	return bad;
}

static int validate_print_data(const struct validate *v, const struct stage *s, int refused)
{
	char text[32];
	struct out *o;

	if (v->explain)
		return validate_print_columns(s, v->common.form);
	o = faults_table(&s->faults, FAULT_NOTE, stdout, v->common.form);
	out_note(o, "verdict", validate_verdict(s, refused));
	if (s->as_at != INT32_MIN)
		out_note(o, "as_at", date_format(s->as_at, text));
	(void)snprintf(text, sizeof text, "%" PRIu64, stage_rows_read(s));
	out_note(o, "rows_read", text);
	(void)snprintf(text, sizeof text, "%" PRIu64, stage_rows_rejected(s));
	out_note(o, "rows_rejected", text);
	return out_end(&o);
}

static int validate_print(const struct validate *v, const struct stage *s, int refused)
{
	return v->common.form == OUT_TEXT ? validate_print_text(v, s, refused)
					  : validate_print_data(v, s, refused);
}

/* ---- the command */

static enum err_code validate_run(struct validate *v, int *status, struct err *err)
{
	struct extract_source from;
	struct stage *s = NULL;
	int refused = 0;
	enum err_code code = validate_settings(v, err);

	if (code == ERR_OK)
		code = validate_paths(v, err);
	if (code == ERR_OK)
		code = validate_as_at(v, err);
	if (code != ERR_OK)
		return code;
	from = (struct extract_source){ v->config, v->dataset, v->areas, v->as_at };
	code = extract_load_files(&from, v->paths, v->n_paths, &s, &refused, err);
	if (code != ERR_OK)
		return code;
	if (refused)
		*status = EXIT_REFUSED;
	else if (faults_count(&s->faults, FAULT_KEPT) > 0)
		*status = EXIT_FINDINGS;
	if (validate_print(v, s, refused) != 0)
		code = err_set(err, ERR_IO, "cannot write the report");
	stage_free(&s);
	return code;
}

int command_validate(int argc, char **argv)
{
	struct validate *v = calloc(1, sizeof *v);
	struct err err = { .code = ERR_OK };
	int status = 0;
	enum err_code code;

	if (v == NULL) {
		(void)err_set(&err, ERR_NOMEM, "out of memory");
		return command_fail(argv, &err);
	}
	if (argp_parse(&validate_argp, argc, argv, 0, NULL, v) != 0)
		code = err_set(&err, ERR_NOMEM, "out of memory");
	else
		code = validate_run(v, &status, &err);
	if (code != ERR_OK)
		status = command_fail(argv, &err);
	for (int i = 0; i < v->n_arguments; i++)
		extract_files_clear(&v->files[i]);
	area_tree_free(&v->areas);
	agent_config_free(&v->config);
	free(v);
	return status;
}
