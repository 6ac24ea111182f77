/* keys init: the pair that agents know this aggregator by, and the pair that signs receipts. */
#include "aggregator/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "aggregator/site.h"
#include "proto/command.h"
#include "proto/keys.h"

static const char about_doc[] =
	"Make this aggregator's keys: keys/server.key (CURVE) and keys/receipt.key "
	"(Ed25519).\v"
	"Agents know the aggregator by both: keep a copy of the keys folder in a safe "
	"place. "
	"With other keys every agent needs a new reply file.";

/* Both are looked for before either is made: half a pair of files would serve nobody. */
static enum err_code keys_make(const struct site *s, struct keys_curve *server,
			       struct keys_sign *receipt, struct err *err)
{
	char server_path[SITE_PATH_BYTES];
	char receipt_path[SITE_PATH_BYTES];
	char folder[SITE_PATH_BYTES];
	enum err_code code;

	(void)site_path(s, "keys/server.key", server_path);
	(void)site_path(s, "keys/receipt.key", receipt_path);
	if (access(server_path, F_OK) == 0 || access(receipt_path, F_OK) == 0)
		return err_set(
			err, ERR_BUSY,
			"%s holds keys already; move the folder away to make new ones (every "
			"agent then needs a new reply file)",
			site_path(s, "keys", folder));
	code = site_make_folder(s, "keys", 0700, err);
	if (code == ERR_OK)
		code = keys_curve_create(server_path, server, err);
	if (code != ERR_OK)
		return code;
	code = keys_sign_create(receipt_path, receipt, err);
	if (code != ERR_OK)
		(void)unlink(server_path);
	return code;
}

int command_keys_init(int argc, char **argv)
{
	struct command_common common = { .config = AGGREGATOR_CONFIG_DEFAULT };
	struct site site = { 0 };
	struct keys_curve server = { 0 };
	struct keys_sign receipt = { 0 };
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (command_parse_plain(argc, argv, about_doc, &common) != 0)
		return EXIT_FAILURE;
	code = site_open(common.config, &site, &err);
	if (code == ERR_OK)
		code = keys_make(&site, &server, &receipt, &err);
	if (code == ERR_OK)
		printf("server_key: %s\nreceipt_key: %s\n", server.public_text,
		       receipt.public_text);
	keys_curve_wipe(&server);
	keys_sign_wipe(&receipt);
	site_close(&site);
	return code == ERR_OK ? EXIT_SUCCESS : command_fail(argv, &err);
}
