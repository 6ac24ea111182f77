/* keys init and keys show: this district's keys, and the line that enrols it at the centre. */
#include "agent/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/config.h"
#include "proto/command.h"
#include "proto/keys.h"

#define PATH_BYTES 1200
#define LINE_BYTES 256

static const char init_doc[] = "Make this district's keys and print the line that enrols it.\v"
			       "  district-agent keys init > hodge-hill.enrol\n";
static const char show_doc[] =
	"Print the enrolment line of the keys that are there. It holds no secret.";

struct key_paths {
	char folder[PATH_BYTES], curve[PATH_BYTES], signing[PATH_BYTES];
};

static void key_paths_fill(const struct agent_config *config, struct key_paths *p)
{
	(void)agent_config_path(config, "keys", p->folder, sizeof p->folder);
	(void)agent_config_path(config, "keys/curve.key", p->curve, sizeof p->curve);
	(void)agent_config_path(config, "keys/signing.key", p->signing, sizeof p->signing);
}

/* Other uids go through state to the spool; the keys are their owner's alone. */
static enum err_code keys_make_folder(const char *path, mode_t mode, struct err *err)
{
	if (mkdir(path, mode) == 0 || errno == EEXIST)
		return ERR_OK;
	return err_set(err, ERR_IO, "make %s: %s", path, strerror(errno));
}

/* Both are looked for before either is made: half a pair of files would enrol nobody. */
static enum err_code keys_make(const struct agent_config *config, const struct key_paths *p,
			       struct keys_curve *curve, struct keys_sign *sign, struct err *err)
{
	enum err_code code;

	if (access(p->curve, F_OK) == 0 || access(p->signing, F_OK) == 0)
		return err_set(err, ERR_BUSY,
			       "%s holds keys already; 'district-agent keys show' prints their "
			       "enrolment line; move the folder away to make new ones",
			       p->folder);
	code = keys_make_folder(config->state, 0755, err);
	if (code == ERR_OK)
		code = keys_make_folder(p->folder, 0700, err);
	if (code == ERR_OK)
		code = keys_curve_create(p->curve, curve, err);
	if (code != ERR_OK)
		return code;
	code = keys_sign_create(p->signing, sign, err);
	if (code != ERR_OK)
		(void)unlink(p->curve);
	return code;
}

static enum err_code keys_load(const struct key_paths *p, struct keys_curve *curve,
			       struct keys_sign *sign, struct err *err)
{
	enum err_code code = keys_curve_load(p->curve, curve, err);

	if (code == ERR_OK)
		code = keys_sign_load(p->signing, sign, err);
	if (code == ERR_MISSING)
		err_wrap(err, "run 'district-agent keys init' first");
	return code;
}

static int keys_command(const char *doc, int make, int argc, char **argv)
{
	struct command_common common = { .config = AGENT_CONFIG_DEFAULT };
	struct agent_config *config = NULL;
	struct keys_curve curve = { 0 };
	struct keys_sign sign = { 0 };
	struct key_paths paths;
	struct err err = { .code = ERR_OK };
	char line[LINE_BYTES];
	enum err_code code;

	if (command_parse_plain(argc, argv, doc, &common) != 0)
		return EXIT_FAILURE;
	code = agent_config_load(common.config, &config, &err);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	key_paths_fill(config, &paths);
	code = make ? keys_make(config, &paths, &curve, &sign, &err)
		    : keys_load(&paths, &curve, &sign, &err);
	if (code == ERR_OK)
		(void)keys_enrolment_format(config->agent, &curve, &sign, line, sizeof line);
	keys_curve_wipe(&curve);
	keys_sign_wipe(&sign);
	agent_config_free(&config);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	printf("%s\n", line);
	if (make)
		fprintf(stderr,
			"next: give this line to the central team; 'district-aggregator agents "
			"add' reads it. It holds no secret; the keys in %s stay here.\n",
			paths.folder);
	return EXIT_SUCCESS;
}

int command_keys_init(int argc, char **argv)
{
	return keys_command(init_doc, 1, argc, argv);
}

int command_keys_show(int argc, char **argv)
{
	return keys_command(show_doc, 0, argc, argv);
}
