/* accounts add, list, suspend, resume, link: who may sign in to the dashboard. They write the
 * office database while web runs, in short transactions; web looks each account up at every
 * request, so they take effect at once. */
#include "aggregator/commands.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/site.h"
#include "aggregator/web/account.h"
#include "aggregator/web/web.h"
#include "proto/clock.h"
#include "proto/command.h"
#include "proto/config.h"

#define LINE_BYTES 1024
#define COMMAND_PEER "command line"
enum {
	KEY_ROLE = 0x2001,
	KEY_AREA,
	KEY_FULL_NAME,
	KEY_PASSWORD_FILE,
};

struct options {
	struct command_common common;
	const char *name; /* the one argument */
	const char *role, *area, *full_name, *password_file;
};

static const struct argp_option add_options[] = {
	{ "role", KEY_ROLE, "ROLE", 0, "central, district, commissioner, dfe or admin", 1 },
	{ "area", KEY_AREA, "CODE", 0, "the district, for the role district", 1 },
	{ "full-name", KEY_FULL_NAME, "TEXT", 0, "shown beside what the person records", 1 },
	{ "password-file", KEY_PASSWORD_FILE, "FILE", 0,
	  "the password is FILE's first line (-: standard input); without it a one-time link is "
	  "printed",
	  1 },
	{ 0 },
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case KEY_ROLE:
		o->role = arg;
		return 0;
	case KEY_AREA:
		o->area = arg;
		return 0;
	case KEY_FULL_NAME:
		o->full_name = arg;
		return 0;
	case KEY_PASSWORD_FILE:
		o->password_file = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->name != NULL)
			argp_usage(state);
		o->name = arg;
		return 0;
	case ARGP_KEY_END:
		if (o->name == NULL)
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
	.args_doc = "NAME",
	.doc = "Add an account that may sign in to the dashboard.\v"
	       "  district-aggregator accounts add a.analyst --role central --full-name 'Ann "
	       "Analyst'\n"
	       "  district-aggregator accounts add north.lead --role district --area north\n"
	       "\n"
	       "Prints a link with which the person chooses a password, good once and for 7 days; "
	       "hand it over yourself. With single sign-on NAME is the name by which it knows the "
	       "person, and the link is not needed.\n"
	       "\n"
	       "central sees exact figures everywhere and acknowledges, sets targets and "
	       "annotates; "
	       "district sees its own district; commissioner reads everything with small counts "
	       "protected; dfe gets the released feeds; admin keeps accounts and reads the audit "
	       "log.",
};
static const struct argp suspend_argp = {
	.parser = on_option,
	.children = children,
	.args_doc = "NAME",
	.doc = "Keep an account out until `accounts resume`; its sign-ins and tokens end at once.",
};
static const struct argp resume_argp = {
	.parser = on_option,
	.children = children,
	.args_doc = "NAME",
	.doc = "Let a suspended account in again.",
};
static const struct argp link_argp = {
	.parser = on_option,
	.children = children,
	.args_doc = "NAME",
	.doc = "Print a link with which the person chooses a new password.\v"
	       "  district-aggregator accounts link a.analyst\n"
	       "\n"
	       "It works once, for a day (7 days for an account without a password), and replaces "
	       "the account's earlier links. Hand it over yourself, to the right person.",
};

/* ---- office */

static enum err_code office_of(const struct site *site, struct office **office, struct err *err)
{
	char path[SITE_PATH_BYTES];

	return office_open(site_path(site, "office/office.db", path), office, err);
}

static enum err_code print_link(const struct site *site, struct office *office,
				const struct account *a, struct err *err)
{
	int64_t for_s = a->has_password ? ACCOUNT_RESET_LINK_S : ACCOUNT_INVITATION_S;
	char token[ACCOUNT_LINK_BYTES], link[ACCOUNT_LINK_TEXT_BYTES], origin[WEB_ORIGIN_BYTES];
	enum err_code code;

	if (site->config->web == NULL)
		return err_set(err, ERR_CONFIG,
			       "there is no web: in the settings, so a link would lead nowhere");
	if (!a->active)
		return err_set(err, ERR_DENIED,
			       "account %s is suspended: use 'accounts resume' first", a->name);
	code = account_link_make(office, NULL, COMMAND_PEER, a->id,
				 clock_wall_us() + for_s * 1000000, token, err);
	if (code == ERR_OK)
		code = account_link_text(web_origin_of(site->config->web, origin), token, link,
					 sizeof link, err);
	if (code == ERR_OK)
		printf("%s\n", link);
	return code;
}

/* ---- add */

static enum err_code read_password(const char *file, char out[LINE_BYTES], struct err *err)
{
	int standard = strcmp(file, "-") == 0;
	FILE *in = standard ? stdin : fopen(file, "re");
	enum err_code code = ERR_OK;

	if (in == NULL)
		return err_set(err, ERR_IO, "open %s: %s", file, strerror(errno));
	if (fgets(out, LINE_BYTES, in) == NULL)
		code = err_set(err, ERR_IO, "%s: no password in it", file);
	else
		out[strcspn(out, "\r\n")] = '\0';
	if (!standard)
		(void)fclose(in);
	return code;
}

static enum err_code hash_password(const char *file, struct account *a, struct err *err)
{
	char password[LINE_BYTES] = "";
	enum err_code code = read_password(file, password, err);

	if (code == ERR_OK)
		code = account_check_password(a->name, password, err);
	if (code == ERR_OK)
		code = account_hash_password(password, a->hash, err);
	sodium_memzero(password, sizeof password);
	return code;
}

static enum err_code check_area(struct site *site, const char *area, struct err *err)
{
	enum err_code code = site_areas(site, err);
	int at;

	if (code != ERR_OK || area[0] == '\0')
		return code;
	at = area_find(site->areas, area);
	if (at < 0 || !site->areas->areas[at].reports)
		return err_set(err, ERR_CONFIG,
			       "'%.64s' is no reporting area of %s: name a district's code", area,
			       site->config->areas);
	return ERR_OK;
}

static enum err_code add(struct site *site, const struct options *o, struct err *err)
{
	struct account a = { .role = role_parse(o->role == NULL ? "" : o->role), .active = 1 };
	struct office *office = NULL;
	enum err_code code;

	if (strlen(o->name) > ACCOUNT_NAME_MAX || strlen(o->full_name) > ACCOUNT_FULL_NAME_MAX)
		return err_set(err, ERR_CONFIG, "a name has at most %d, a full name %d bytes",
			       ACCOUNT_NAME_MAX, ACCOUNT_FULL_NAME_MAX);
	(void)snprintf(a.name, sizeof a.name, "%s", o->name);
	(void)snprintf(a.full_name, sizeof a.full_name, "%s", o->full_name);
	code = check_area(site, o->area, err);
	if (code == ERR_OK)
		(void)snprintf(a.area, sizeof a.area, "%.64s", o->area);
	if (code == ERR_OK)
		code = office_of(site, &office, err);
	if (code == ERR_OK && o->password_file != NULL)
		code = hash_password(o->password_file, &a, err);
	if (code == ERR_OK)
		code = account_add(office, NULL, COMMAND_PEER, &a, &a.id, err);
	if (code == ERR_OK && o->password_file == NULL)
		code = print_link(site, office, &a, err);
	office_close(&office);
	return code;
}

int command_accounts_add(int argc, char **argv)
{
	struct options o = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT }, .area = "" };
	struct site site = { 0 };
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (argp_parse(&add_argp, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	if (o.role == NULL || role_parse(o.role) == ROLE_NONE)
		return command_usage(argv, "--role must be central, district, commissioner, dfe "
					   "or admin");
	if (o.full_name == NULL)
		o.full_name = o.name;
	code = site_open(o.common.config, &site, &err);
	if (code == ERR_OK)
		code = add(&site, &o, &err);
	site_close(&site);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	fprintf(stderr, "account %s added%s\n", o.name,
		o.password_file == NULL ? "; the link above works once, for 7 days" : "");
	return EXIT_SUCCESS;
}

/* ---- suspend, resume, link */

static enum err_code set_active(const struct site *site, struct office *office,
				const struct account *a, int active, struct err *err)
{
	struct account changed = *a;

	(void)site;
	changed.active = active;
	return account_change(office, NULL, COMMAND_PEER, &changed, err);
}

static enum err_code suspend(const struct site *site, struct office *office,
			     const struct account *a, struct err *err)
{
	return set_active(site, office, a, 0, err);
}

static enum err_code resume(const struct site *site, struct office *office, const struct account *a,
			    struct err *err)
{
	return set_active(site, office, a, 1, err);
}

static int one_command(const struct argp *argp,
		       enum err_code (*act)(const struct site *site, struct office *office,
					    const struct account *a, struct err *err),
		       const char *said, int argc, char **argv)
{
	struct options o = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT } };
	struct site site = { 0 };
	struct office *office = NULL;
	struct account a;
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (argp_parse(argp, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	code = site_open(o.common.config, &site, &err);
	if (code == ERR_OK)
		code = office_of(&site, &office, &err);
	if (code == ERR_OK)
		code = account_find(office, o.name, &a, &err);
	if (code == ERR_OK)
		code = act(&site, office, &a, &err);
	if (code == ERR_OK && said != NULL)
		printf("%s: %s\n", a.name, said);
	office_close(&office);
	site_close(&site);
	return code == ERR_OK ? EXIT_SUCCESS : command_fail(argv, &err);
}

int command_accounts_suspend(int argc, char **argv)
{
	return one_command(&suspend_argp, suspend, "suspended", argc, argv);
}

int command_accounts_resume(int argc, char **argv)
{
	return one_command(&resume_argp, resume, "active", argc, argv);
}

int command_accounts_link(int argc, char **argv)
{
	return one_command(&link_argp, print_link, NULL, argc, argv);
}

/* ---- list */

static enum err_code list(struct office *office, enum out_form form, struct err *err)
{
	static const char *const columns[] = { "account", "full name", "role",
					       "area",    "state",     "password" };
	struct account *accounts = NULL;
	struct out *out;
	size_t n = 0;
	enum err_code code = account_list(office, &accounts, &n, err);

	if (code != ERR_OK)
		return code;
	out = out_begin(stdout, form, "accounts", columns, 6);
	for (size_t i = 0; i < n; i++) {
		out_text(out, accounts[i].name);
		out_text(out, accounts[i].full_name);
		out_text(out, role_name(accounts[i].role));
		out_text(out, accounts[i].area);
		out_text(out, accounts[i].active ? "active" : "suspended");
		out_text(out, accounts[i].has_password ? "set" : "none");
	}
	free(accounts);
	return out_end(&out) == 0 ? ERR_OK : err_set(err, ERR_IO, "write: %s", strerror(errno));
}

static int office_command(const char *doc,
			  enum err_code (*act)(struct office *office, enum out_form form,
					       struct err *err),
			  int argc, char **argv)
{
	struct command_common common = { .config = AGGREGATOR_CONFIG_DEFAULT };
	struct site site = { 0 };
	struct office *office = NULL;
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (command_parse_plain(argc, argv, doc, &common) != 0)
		return EXIT_FAILURE;
	code = site_open(common.config, &site, &err);
	if (code == ERR_OK)
		code = office_of(&site, &office, &err);
	if (code == ERR_OK)
		code = act(office, common.form, &err);
	office_close(&office);
	site_close(&site);
	return code == ERR_OK ? EXIT_SUCCESS : command_fail(argv, &err);
}

int command_accounts_list(int argc, char **argv)
{
	return office_command("List every account, its role, area and state.", list, argc, argv);
}

/* ---- audit log */

static enum err_code verify(struct office *office, enum out_form form, struct err *err)
{
	static const char *const columns[] = { "rows>", "head" };
	uint8_t head[OFFICE_CHAIN_BYTES];
	char hex[2 * OFFICE_CHAIN_BYTES + 1];
	struct out *out;
	int64_t n = 0;
	enum err_code code = office_audit_verify(office, &n, head, err);

	if (code != ERR_OK)
		return code;
	(void)sodium_bin2hex(hex, sizeof hex, head, sizeof head);
	out = out_begin(stdout, form, "audit_log", columns, 2);
	out_int(out, n);
	out_text(out, hex);
	return out_end(&out) == 0 ? ERR_OK : err_set(err, ERR_IO, "write: %s", strerror(errno));
}

int command_audit_log_verify(int argc, char **argv)
{
	return office_command("Check that no row of the dashboard's audit log was changed or taken "
			      "out.\v"
			      "Prints how many rows there are and the head of their chain. Keep "
			      "both elsewhere from time to time: an older head that no longer fits "
			      "shows that the whole log was exchanged. Exit status 77: a row does "
			      "not fit.",
			      verify, argc, argv);
}
