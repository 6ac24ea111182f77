/* publish: tells the aggregators what is in the spool. */
#include "agent/commands.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "agent/publish.h"
#include "proto/command.h"

#define TIMEOUT_S_DEFAULT 60
#define TIMEOUT_S_MAX 86400

struct publish_command {
	struct command_common common;
	struct publish_options options;
};

static error_t publish_timeout(const char *arg, struct argp_state *state)
{
	struct publish_command *o = state->input;
	char *end;
	long seconds;

	errno = 0;
	seconds = strtol(arg, &end, 10);
	if (errno != 0 || end == arg || *end != '\0' || seconds < 1 || seconds > TIMEOUT_S_MAX)
		argp_error(state, "--timeout must be 1 to %d seconds", TIMEOUT_S_MAX);
	o->options.timeout_ms = seconds * 1000;
	return 0;
}

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct publish_command *o = state->input;

	switch (key) {
	case 'o':
		o->options.once = 1;
		return 0;
	case 't':
		return publish_timeout(arg, state);
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
	{ "once", 'o', NULL, 0, "return when everything is acknowledged", 0 },
	{ "timeout", 't', "SECONDS", 0, "with --once: give up after this (default 60)", 0 },
	{ 0 },
};
static const struct argp_child children[] = { { &command_common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp publish_argp = {
	.options = options,
	.parser = on_option,
	.children = children,
	.doc = "Send what is in the spool to every aggregator, and stay to send what comes.\v"
	       "Exit status 75: not everything was acknowledged in time; it stays in the spool.\n\n"
	       "  district-agent publish --once\n",
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

int command_publish(int argc, char **argv)
{
	struct publish_command o = {
		.common = { .config = AGENT_CONFIG_DEFAULT },
		.options = { .timeout_ms = TIMEOUT_S_DEFAULT * 1000 },
	};
	/* A second signal ends it at once. */
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
	struct agent_config *config = NULL;
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (argp_parse(&publish_argp, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	code = agent_config_load(o.common.config, &config, &err);
	if (code == ERR_OK)
		code = publish_loop(config, &o.options, &stop, &err);
	agent_config_free(&config);
	return code == ERR_OK ? EXIT_SUCCESS : command_fail(argv, &err);
}
