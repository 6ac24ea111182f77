/* receipts: what the aggregators have signed for, as kept by publish. */
#include "agent/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/config.h"
#include "agent/delivery.h"
#include "proto/command.h"
#include "proto/keys.h"

#define PATH_BYTES 1200
#define SECOND_US 1000000LL

struct receipts_options {
	struct command_common common;
	int verify;
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct receipts_options *o = state->input;

	(void)arg;
	switch (key) {
	case 'v':
		o->verify = 1;
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
	{ "verify", 'v', NULL, 0, "check each signature with the reply file's receipt_key", 0 },
	{ 0 },
};
static const struct argp_child children[] = { { &command_common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp receipts_argp = {
	.options = options,
	.parser = on_option,
	.children = children,
	.doc = "List the signed receipts: when which aggregator had everything up to which "
	       "number.\vExit status 1 with --verify: a signature does not match.\n\n"
	       "  district-agent receipts --verify\n",
};

struct receipts {
	const struct agent_config *config;
	const struct receipts_options *options;
	struct out *out;
	struct frame frame;
	int n, n_wrong;
};

static const char *receipts_time(int64_t at_us, char out[24])
{
	time_t at = (time_t)(at_us / SECOND_US);
	struct tm utc;

	if (gmtime_r(&at, &utc) == NULL || strftime(out, 24, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		(void)snprintf(out, 24, "?");
	return out;
}

static const char *receipts_verify(struct receipts *r, const struct delivery_receipt_row *row)
{
	uint8_t key[32];

	for (unsigned i = 0; i < r->config->n_aggregators; i++) {
		const struct agent_aggregator *peer = &r->config->peers[i];

		if (strcmp(peer->name, row->aggregator) != 0)
			continue;
		if (keys_unhex(peer->receipt_key, key, sizeof key, NULL) == ERR_OK &&
		    frame_verify(row->bytes, row->len, row->signature, row->signature_len, key,
				 NULL) == ERR_OK)
			return "valid";
		r->n_wrong++;
		return "WRONG";
	}
	return "no key in the settings";
}

static int on_receipt(void *context, const struct delivery_receipt_row *row)
{
	struct receipts *r = context;
	char received[24], hex[2 * FRAME_SPOOL_BYTES + 1];
	int is_read = frame_decode_receipt(&r->frame, row->bytes, row->len, NULL) == ERR_OK;

	r->n++;
	out_int(r->out, row->id);
	out_text(r->out, row->aggregator);
	out_text(r->out, receipts_time(row->received_us, received));
	out_text(r->out, keys_hex(row->spool, FRAME_SPOOL_BYTES, hex));
	out_int(r->out, row->stored_up_to);
	out_int(r->out, is_read ? (int64_t)r->frame.receipt->n_refused : 0);
	if (r->options->verify)
		out_text(r->out, receipts_verify(r, row));
	return 0;
}

static enum err_code receipts_list(struct receipts *r, struct err *err)
{
	static const char *const columns[] = { "id>",           "aggregator", "received", "spool",
					       "stored_up_to>", "refused>",   "signature" };
	struct delivery *delivery = NULL;
	char path[PATH_BYTES];
	enum err_code code;

	(void)agent_config_path(r->config, DELIVERY_FILE, path, sizeof path);
	code = delivery_open(path, DB_READ, &delivery, err);
	if (code != ERR_OK)
		return code;
	r->out = out_begin(stdout, r->options->common.form, "receipts", columns,
			   r->options->verify ? 7 : 6);
	code = delivery_receipts(delivery, on_receipt, r, err);
	delivery_close(&delivery);
	if (out_end(&r->out) != 0 && code == ERR_OK)
		code = err_set(err, ERR_IO, "cannot write the table");
	return code;
}

int command_receipts(int argc, char **argv)
{
	struct receipts_options o = { .common = { .config = AGENT_CONFIG_DEFAULT } };
	struct receipts r = { .options = &o };
	struct agent_config *config = NULL;
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (argp_parse(&receipts_argp, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	code = agent_config_load(o.common.config, &config, &err);
	r.config = config;
	if (code == ERR_OK)
		code = receipts_list(&r, &err);
	frame_clear(&r.frame);
	agent_config_free(&config);
	if (code == ERR_MISSING)
		err_wrap(&err, "no receipt yet: 'district-agent publish' has not run");
	if (code != ERR_OK)
		return command_fail(argv, &err);
	if (o.verify)
		fprintf(stderr, "%d receipt%s, %d wrong\n", r.n, r.n == 1 ? "" : "s", r.n_wrong);
	return r.n_wrong > 0 ? 1 : EXIT_SUCCESS;
}
