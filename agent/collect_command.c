/* collect: takes in every extract that is ready and says what came of each. */
#include "agent/commands.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/collect.h"
#include "agent/config.h"
#include "proto/command.h"
#include "proto/date.h"

struct collect_options {
	struct command_common common;
	int dry_run, watch;
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct collect_options *o = state->input;

	(void)arg;
	switch (key) {
	case 'n':
		o->dry_run = 1;
		return 0;
	case 'w':
		o->watch = 1;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case ARGP_KEY_ARG:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "dry-run", 'n', NULL, 0, "work everything out, keep nothing of it", 0 },
	{ "watch", 'w', NULL, 0, "stay and look at the folders every poll_s (what run starts)", 0 },
	{ 0 },
};
static const struct argp_child children[] = { { &command_common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp collect_argp = {
	.options = options,
	.parser = on_option,
	.children = children,
	.doc = "Take in every extract that is ready: measure it, and put what is new into the "
	       "spool.\vExit status 1: an extract was refused; its last good figures stand.\n\n"
	       "  district-agent collect --dry-run\n",
};

/* What the table does not hold: the next step. */
struct tally {
	struct out *out;
	int dry_run;
	int n_accepted, n_refused, n_waiting, n_failed;
	char refused_path[1024];
	int64_t first_sequence, last_sequence;
};

static const char *outcome_word(enum collect_what what)
{
	switch (what) {
	case COLLECT_ACCEPTED:
		return "accepted";
	case COLLECT_REFUSED:
		return "refused";
	case COLLECT_WAITING:
		return "still changing";
	case COLLECT_FAILED:
		return "failed";
	}
	return "";
}

static void tally_count(struct tally *t, const struct collect_outcome *o)
{
	t->n_accepted += o->what == COLLECT_ACCEPTED;
	t->n_refused += o->what == COLLECT_REFUSED;
	t->n_waiting += o->what == COLLECT_WAITING;
	t->n_failed += o->what == COLLECT_FAILED;
	if (o->what == COLLECT_REFUSED)
		(void)snprintf(t->refused_path, sizeof t->refused_path, "%s", o->path);
	if (o->last_sequence == 0)
		return;
	if (t->first_sequence == 0)
		t->first_sequence = o->first_sequence;
	t->last_sequence = o->last_sequence;
}

static void on_outcome(void *context, const struct collect_outcome *o)
{
	struct tally *t = context;
	char as_at[DATE_TEXT_BYTES];

	tally_count(t, o);
	out_text(t->out, o->dataset->area);
	out_text(t->out, o->dataset->name);
	out_text(t->out, o->as_at == INT32_MIN ? NULL : date_format(o->as_at, as_at));
	out_text(t->out, outcome_word(o->what));
	out_int(t->out, (int64_t)o->rows_read);
	out_int(t->out, (int64_t)o->rows_rejected);
	out_int(t->out, (int64_t)o->n_changed);
	out_int(t->out, (int64_t)o->n_confirmed);
	out_int(t->out, o->first_sequence);
	out_int(t->out, o->last_sequence);
	out_text(t->out, o->err != NULL ? o->err->text : o->reason);
}

static void on_skipped(void *context, const struct agent_dataset *dataset, int n_skipped)
{
	(void)context;
	fprintf(stderr, "%s: passed over %d name%s that %s no as-at like 2026-10-31\n",
		dataset->folder, n_skipped, n_skipped == 1 ? "" : "s",
		n_skipped == 1 ? "is" : "are");
}

static void tally_next_step(const struct tally *t)
{
	if (t->n_refused > 0)
		fprintf(stderr, "next: 'district-agent validate %s' shows what to mend\n",
			t->refused_path);
	if (t->n_waiting > 0)
		fprintf(stderr, "next: collect again once the files are still\n");
	if (t->dry_run)
		fprintf(stderr, "nothing was kept: this was a dry run\n");
	else if (t->last_sequence > 0)
		fprintf(stderr, "next: 'district-agent publish' sends entries %lld to %lld\n",
			(long long)t->first_sequence, (long long)t->last_sequence);
	else if (t->n_failed + t->n_waiting + t->n_refused == 0)
		fprintf(stderr, "no new extract; drop one into the dataset's folder\n");
}

static enum err_code collect_and_tell(const struct agent_config *config,
				      const struct collect_options *o, int *n_refused,
				      struct err *err)
{
	static const char *const columns[] = { "area",   "dataset",   "as_at",    "outcome",
					       "rows>",  "rejected>", "changed>", "confirmed>",
					       "first>", "last>",     "detail" };
	struct tally t = { .dry_run = o->dry_run };
	struct collect_listener listener = { .context = &t,
					     .on_outcome = on_outcome,
					     .on_skipped = on_skipped };
	enum err_code code;

	t.out = out_begin(stdout, o->common.form, "extracts", columns,
			  sizeof columns / sizeof columns[0]);
	code = collect_once(config, o->dry_run, &listener, err);
	if (out_end(&t.out) != 0 && code == ERR_OK)
		code = err_set(err, ERR_IO, "cannot write the table");
	tally_next_step(&t);
	*n_refused = t.n_refused;
	return code;
}

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static enum err_code collect_until_stopped(const struct agent_config *config, struct err *err)
{
	struct sigaction action = { .sa_handler = on_signal };

	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	return collect_loop(config, &stop, err);
}

int command_collect(int argc, char **argv)
{
	struct collect_options o = { .common = { .config = AGENT_CONFIG_DEFAULT } };
	struct agent_config *config = NULL;
	struct err err = { .code = ERR_OK };
	int unsandboxed, n_refused = 0;
	enum err_code code;

	if (argp_parse(&collect_argp, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	if (o.watch && o.dry_run)
		return command_usage(argv, "--watch and --dry-run exclude each other");
	code = agent_config_load(o.common.config, &config, &err);
	if (code == ERR_OK && o.watch)
		code = collect_until_stopped(config, &err);
	if (code == ERR_OK && !o.watch)
		code = collect_sandbox(config, &unsandboxed, &err);
	if (code == ERR_OK && !o.watch)
		code = collect_and_tell(config, &o, &n_refused, &err);
	agent_config_free(&config);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	return n_refused > 0 ? 1 : EXIT_SUCCESS;
}
