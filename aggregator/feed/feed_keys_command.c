/* feed keys init, feed keys show: the pair that signs the feed, as files of minisign. */
#include "aggregator/commands.h"

#include <stdio.h>
#include <stdlib.h>

#include "aggregator/feed/minisign.h"
#include "aggregator/site.h"
#include "proto/command.h"

#define SECRET_NAME "feed/feed.key"
#define PUBLIC_NAME "feed/feed.pub"

static const char init_doc[] =
	"Make the key pair that signs the feed: feed/feed.key (secret) and feed/feed.pub below the "
	"state folder.\v"
	"Both are files of minisign; the secret one has no password, so that bundles are signed "
	"unattended, and is refused when others may read it. Give feed.pub to the recipients by a "
	"way that they trust: with it they check a bundle with 'feed verify' or with the stock "
	"minisign. Keep a copy of both in a safe place.\n\n"
	"  district-aggregator feed keys init";

static const char show_doc[] =
	"Print the public key of the feed, its number, and where its file is.\v"
	"  district-aggregator feed keys show\n"
	"  district-aggregator feed keys show --json\n";

static void feed_keys_print(const struct minisign_public *key, const char *path, enum out_form form,
			    int *failed)
{
	static const char *const columns[] = { "public_key", "number", "file" };
	char text[MINISIGN_PUBLIC_TEXT];
	char id[MINISIGN_ID_TEXT];
	struct out *o = out_begin(stdout, form, "feed_keys", columns, 3);

	out_text(o, minisign_public_format(key, text));
	out_text(o, minisign_id_format(key, id));
	out_text(o, path);
	*failed = out_end(&o) != 0;
}

int command_feed_keys_init(int argc, char **argv)
{
	struct command_common common = { .config = AGGREGATOR_CONFIG_DEFAULT };
	struct site site = { 0 };
	struct minisign_secret key = { .secret = { 0 } };
	struct err err = { .code = ERR_OK };
	char secret[SITE_PATH_BYTES];
	char public[SITE_PATH_BYTES];
	enum err_code code;
	int failed = 0;

	if (command_parse_plain(argc, argv, init_doc, &common) != 0)
		return EXIT_FAILURE;
	code = site_open(common.config, &site, &err);
	if (code == ERR_OK)
		code = site_make_folder(&site, "feed", 0700, &err);
	if (code == ERR_OK)
		code = minisign_create(site_path(&site, SECRET_NAME, secret),
				       site_path(&site, PUBLIC_NAME, public), &key, &err);
	if (code == ERR_OK)
		feed_keys_print(&key.public, public, common.form, &failed);
	minisign_secret_wipe(&key);
	site_close(&site);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	fprintf(stderr, "%s: give %s to the recipients; keep a copy of %s\n", argv[0], public,
		secret);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int command_feed_keys_show(int argc, char **argv)
{
	struct command_common common = { .config = AGGREGATOR_CONFIG_DEFAULT };
	struct site site = { 0 };
	struct minisign_public key;
	struct err err = { .code = ERR_OK };
	char public[SITE_PATH_BYTES];
	enum err_code code;
	int failed = 0;

	if (command_parse_plain(argc, argv, show_doc, &common) != 0)
		return EXIT_FAILURE;
	code = site_open(common.config, &site, &err);
	if (code == ERR_OK)
		code = minisign_public_load(site_path(&site, PUBLIC_NAME, public), &key, &err);
	if (code == ERR_MISSING)
		(void)err_set(&err, ERR_MISSING, "%s: no key yet; run 'feed keys init'", public);
	if (code == ERR_OK)
		feed_keys_print(&key, public, common.form, &failed);
	site_close(&site);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
