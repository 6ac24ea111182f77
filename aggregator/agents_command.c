/* agents add, approve, suspend, resume, remove: who may report, and for which areas. They write
 * while ingest runs; it looks every message's key up, so they take effect at once. */
#include "aggregator/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/site.h"
#include "proto/clock.h"
#include "proto/command.h"
#include "proto/config.h"
#include "proto/keys.h"

#define AREAS_MAX 64
#define LINE_BYTES 1024

struct options {
	struct command_common common;
	const char *word; /* the one argument: NAME or ENROLMENT-LINE */
	const char *areas[AREAS_MAX];
	int n_areas;
};

static const struct argp_option add_options[] = {
	{ "area", 'a', "CODE", 0, "an area that it reports for; may be repeated", 1 },
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
		if (o->n_areas == AREAS_MAX)
			argp_error(state, "more than %d areas", AREAS_MAX);
		else
			o->areas[o->n_areas++] = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->word != NULL)
			argp_usage(state);
		o->word = arg;
		return 0;
	case ARGP_KEY_END:
		if (o->word == NULL)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &command_common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp add_argp = {
	.options = add_options,
	.parser = on_option,
	.children = children,
	.args_doc = "ENROLMENT-LINE|-",
	.doc = "Enrol an agent from the line that its `keys init` printed (-: from standard "
	       "input).\v"
	       "  district-aggregator agents add --area hodge-hill - < hodge-hill.enrol\n"
	       "\n"
	       "Make sure over another channel that the line is the district's own. The agent may "
	       "connect but not report until `agents approve`.",
};
static const struct argp approve_argp = {
	.parser = on_option,
	.children = children,
	.args_doc = "NAME",
	.doc = "Let an agent report, and print the reply file for it.\v"
	       "  district-aggregator agents approve hodge-hill > birmingham.yaml\n"
	       "\n"
	       "The file holds no secret. The district names it under `aggregators` in agent.yaml.",
};
static const struct argp suspend_argp = {
	.parser = on_option,
	.children = children,
	.args_doc = "NAME",
	.doc = "Stop taking an agent's reports until `agents resume`; open connections included.",
};
static const struct argp resume_argp = {
	.parser = on_option,
	.children = children,
	.args_doc = "NAME",
	.doc = "Take a suspended agent's reports again.",
};
static const struct argp remove_argp = {
	.parser = on_option,
	.children = children,
	.args_doc = "NAME",
	.doc = "Take an agent off the list for good. What it reported stays; its keys never count "
	       "again; its name may be enrolled anew with other keys.",
};

/* ---- add */

static enum err_code read_line(const char *word, char out[LINE_BYTES], struct err *err)
{
	if (strcmp(word, "-") != 0) {
		(void)snprintf(out, LINE_BYTES, "%s", word);
		return ERR_OK;
	}
	if (fgets(out, LINE_BYTES, stdin) == NULL)
		return err_set(err, ERR_IO, "standard input: no line");
	return ERR_OK;
}

static enum err_code area_reports(const struct area_tree *tree, const char *code, struct err *err)
{
	int at = area_find(tree, code);
	const char **codes;
	const char *near;

	if (at >= 0 && tree->areas[at].level == AREA_WARD)
		return err_set(err, ERR_CONFIG, "area %s is a ward: use its district, %s", code,
			       tree->areas[tree->areas[at].parent].code);
	if (at >= 0 && !tree->areas[at].reports) /* its own reports would be in no roll-up */
		return err_set(
			err, ERR_CONFIG,
			"area %s is made up of districts: name those that the agent reports for",
			code);
	if (at >= 0)
		return ERR_OK;
	codes = calloc((size_t)tree->n_areas, sizeof *codes);
	if (codes == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (int i = 0; i < tree->n_areas; i++)
		codes[i] = tree->areas[i].code;
	near = config_nearest(code, codes, tree->n_areas);
	if (near != NULL)
		(void)err_set(err, ERR_CONFIG, "no area '%.64s'; did you mean '%s'?", code, near);
	else
		(void)err_set(err, ERR_CONFIG, "no area '%.64s' in the areas file", code);
	free(codes);
	return ERR_CONFIG;
}

static enum err_code add(struct site *site, const struct options *o, struct keys_enrolment *agent,
			 struct err *err)
{
	char line[LINE_BYTES];
	struct store_new_agent new = { agent->agent, agent->curve_public, agent->sign_public,
				       o->areas, o->n_areas };
	enum err_code code = read_line(o->word, line, err);

	if (code == ERR_OK)
		code = keys_enrolment_parse(line, agent, err);
	if (code == ERR_OK)
		code = site_areas(site, err);
	for (int i = 0; i < o->n_areas && code == ERR_OK; i++)
		code = area_reports(site->areas, o->areas[i], err);
	if (code == ERR_OK)
		code = site_store(site, DB_WRITE, err);
	return code == ERR_OK ? store_agent_add(site->store, &new, clock_wall_us(), err) : code;
}

int command_agents_add(int argc, char **argv)
{
	struct options o = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT } };
	struct site site = { 0 };
	struct keys_enrolment agent = { 0 };
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (argp_parse(&add_argp, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	if (o.n_areas == 0)
		return command_usage(argv, "--area is missing: which area does it report for?");
	code = site_open(o.common.config, &site, &err);
	if (code == ERR_OK)
		code = add(&site, &o, &agent, &err);
	if (code == ERR_OK)
		printf("%s: pending\n", agent.agent);
	site_close(&site);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	fprintf(stderr, "next: 'district-aggregator agents approve %s' prints its reply file\n",
		agent.agent);
	return EXIT_SUCCESS;
}

/* ---- moves */

/* A command, the state that it leads to, and the one state that it must not start from. */
struct move {
	const struct argp *argp;
	const char *to, *never_from, *mend;
};

static const struct move move_approve = { &approve_argp, "active", "suspended", "agents resume" };
static const struct move move_suspend = { &suspend_argp, "suspended", "pending", "agents remove" };
static const struct move move_resume = { &resume_argp, "active", "pending", "agents approve" };
static const struct move move_remove = { &remove_argp, "removed", NULL, NULL };

static enum err_code move_run(struct site *site, const struct move *m, const char *name,
			      struct err *err)
{
	struct store_agent agent;
	enum err_code code = site_store(site, DB_WRITE, err);

	if (code == ERR_OK)
		code = store_agent_find(site->store, STORE_AGENT_BY_NAME, name, &agent, err);
	if (code == ERR_OK && m->never_from != NULL && strcmp(agent.state, m->never_from) == 0)
		code = err_set(err, ERR_DENIED, "agent %s is %s: use '%s'", name, agent.state,
			       m->mend);
	if (code == ERR_OK)
		code = store_agent_move(site->store, name, m->to, clock_wall_us(), err);
	return code;
}

static int move_command(const struct move *m, int argc, char **argv)
{
	struct options o = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT } };
	struct site site = { 0 };
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (argp_parse(m->argp, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	code = site_open(o.common.config, &site, &err);
	if (code == ERR_OK)
		code = move_run(&site, m, o.word, &err);
	if (code == ERR_OK)
		printf("%s: %s\n", o.word, m->to);
	site_close(&site);
	return code == ERR_OK ? EXIT_SUCCESS : command_fail(argv, &err);
}

int command_agents_suspend(int argc, char **argv)
{
	return move_command(&move_suspend, argc, argv);
}

int command_agents_resume(int argc, char **argv)
{
	return move_command(&move_resume, argc, argv);
}

int command_agents_remove(int argc, char **argv)
{
	return move_command(&move_remove, argc, argv);
}

/* ---- approve */

static void print_reply(const struct site *site, const struct keys_curve *server,
			const struct keys_sign *receipt)
{
	const struct aggregator_config *c = site->config;
	char *const *endpoints = c->endpoints == NULL ? c->listen : c->endpoints;
	unsigned n = c->endpoints == NULL ? c->n_listen : c->n_endpoints;

	printf("# Reply file of aggregator %s: name it under `aggregators` in agent.yaml.\n",
	       c->name);
	printf("name: %s\nendpoints:\n", c->name);
	for (unsigned i = 0; i < n; i++)
		printf("  - \"%s\"\n", endpoints[i]);
	printf("server_key: '%s'\nreceipt_key: %s\n", server->public_text, receipt->public_text);
}

int command_agents_approve(int argc, char **argv)
{
	struct options o = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT } };
	struct site site = { 0 };
	struct keys_curve server = { 0 };
	struct keys_sign receipt = { 0 };
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (argp_parse(&approve_argp, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	/* The keys first: an agent that is approved without a reply file can do nothing. */
	code = site_open(o.common.config, &site, &err);
	if (code == ERR_OK)
		code = site_keys(&site, &server, &receipt, &err);
	if (code == ERR_OK)
		code = move_run(&site, &move_approve, o.word, &err);
	if (code == ERR_OK)
		print_reply(&site, &server, &receipt);
	keys_curve_wipe(&server);
	keys_sign_wipe(&receipt);
	site_close(&site);
	return code == ERR_OK ? EXIT_SUCCESS : command_fail(argv, &err);
}
