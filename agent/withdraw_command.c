/* withdraw: takes a report that is wrong out of use; the reason goes with it. */
#include "agent/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config.h"
#include "agent/spool.h"
#include "proto/command.h"

#define PATH_BYTES 1200
#define MIB (1024LL * 1024)

struct withdraw_options {
	struct command_common common;
	const char *reason, *sequence, *spool;
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct withdraw_options *o = state->input;

	switch (key) {
	case 'r':
		o->reason = arg;
		return 0;
	case 's':
		o->spool = arg;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case ARGP_KEY_ARG:
		if (o->sequence != NULL)
			argp_usage(state);
		o->sequence = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "reason", 'r', "TEXT", 0, "why; the centre keeps it with the report (required)", 0 },
	{ "spool", 's', "ID", 0, "an earlier spool's id (32 hex digits); default: the one in use",
	  0 },
	{ 0 },
};
static const struct argp_child children[] = { { &command_common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp withdraw_argp = {
	.options = options,
	.parser = on_option,
	.children = children,
	.args_doc = "SEQUENCE",
	.doc = "Take a report that is wrong out of use. The report before it stands again.\v"
	       "  district-agent withdraw 42 --reason \"team codes were mixed up\"\n",
};

static int number_parse(const char *text, int64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *number > 0;
}

static enum err_code open_spool(const struct agent_config *config, struct spool **spool,
				struct err *err)
{
	struct keys_sign keys;
	char path[PATH_BYTES];
	enum err_code code;

	(void)agent_config_path(config, "keys/signing.key", path, sizeof path);
	code = keys_sign_load(path, &keys, err);
	(void)agent_config_path(config, "spool/spool.db", path, sizeof path);
	if (code == ERR_OK)
		code = spool_open(path, config->agent, &keys, config->spool_mib * MIB, spool, err);
	keys_sign_wipe(&keys);
	return code;
}

static enum err_code withdraw(const struct agent_config *config, const uint8_t *spool_id,
			      int64_t sequence, const char *reason, int64_t *withdrawal,
			      struct err *err)
{
	struct spool *spool = NULL;
	enum err_code code = open_spool(config, &spool, err);

	if (code == ERR_OK)
		code = spool_begin(spool, err);
	if (code == ERR_OK)
		code = spool_withdraw(spool, spool_id, sequence, reason, withdrawal, err);
	if (code == ERR_OK)
		code = spool_commit(spool, err);
	spool_close(&spool); /* rolls back what was not committed */
	return code;
}

int command_withdraw(int argc, char **argv)
{
	struct withdraw_options o = { .common = { .config = AGENT_CONFIG_DEFAULT } };
	struct agent_config *config = NULL;
	struct err err = { .code = ERR_OK };
	uint8_t spool_id[FRAME_SPOOL_BYTES];
	int64_t sequence = 0, withdrawal = 0;
	enum err_code code;

	if (argp_parse(&withdraw_argp, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	if (o.sequence == NULL || !number_parse(o.sequence, &sequence))
		return command_usage(argv, "name the report by its sequence number");
	if (o.reason == NULL || o.reason[0] == '\0')
		return command_usage(argv, "say why with --reason TEXT");
	if (o.spool != NULL && keys_unhex(o.spool, spool_id, sizeof spool_id, &err) != ERR_OK)
		return command_usage(argv, "--spool: %s", err.text);
	code = agent_config_load(o.common.config, &config, &err);
	if (code == ERR_OK)
		code = withdraw(config, o.spool != NULL ? spool_id : NULL, sequence, o.reason,
				&withdrawal, &err);
	agent_config_free(&config);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	printf("report %lld is withdrawn by entry %lld\n", (long long)sequence,
	       (long long)withdrawal);
	fprintf(stderr, "next: 'district-agent publish' sends it; put a mended extract into the "
			"dataset's folder\n");
	return EXIT_SUCCESS;
}
