/* check: is this office ready to report? One line per thing, with the mend where there is one. */
#include "agent/commands.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/collect_state.h"
#include "agent/config.h"
#include "agent/delivered.h"
#include "agent/plan.h"
#include "agent/sandbox.h"
#include "agent/spool.h"
#include "proto/command.h"
#include "proto/date.h"
#include "proto/keys.h"

#define PATH_BYTES 1200
#define DETAIL_BYTES 1200
#define MIB (1024LL * 1024)
#define CLOCK_OFF_S 60 /* beyond this, as-ats and receipts begin to disagree about the day */
#define EXIT_FINDINGS 1

struct check {
	const struct agent_config *config;
	struct out *out;
	struct plan_base base;
	int base_loaded;
	int n_bad;
};

static void check_line(struct check *c, const char *what, int ok, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void check_line(struct check *c, const char *what, int ok, const char *format, ...)
{
	char detail[DETAIL_BYTES];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(detail, sizeof detail, format, args);
	va_end(args);
	out_text(c->out, what);
	out_text(c->out, ok ? "ok" : "problem");
	out_text(c->out, detail);
	c->n_bad += !ok;
}

/* ---- settings */

static void check_base(struct check *c)
{
	struct err err = { .code = ERR_OK };

	c->base_loaded = plan_base_open(c->config, &c->base, &err) == ERR_OK;
	if (!c->base_loaded) {
		check_line(c, "areas and measures", 0, "%s", err.text);
		return;
	}
	check_line(c, "areas and measures", 1, "%d areas, %d measures", c->base.areas->n_areas,
		   c->base.set->n_measures);
	for (unsigned i = 0; i < c->config->n_datasets; i++) {
		const struct agent_dataset *d = &c->config->datasets[i];

		if (area_find(c->base.areas, d->area) < 0)
			check_line(c, "area", 0,
				   "dataset %s: no area '%s' in %s; correct datasets[%u].area",
				   d->name, d->area, c->config->areas, i);
	}
}

static void check_dataset(struct check *c, const struct agent_dataset *d)
{
	struct err err = { .code = ERR_OK };
	struct extract *extracts = NULL;
	char as_at[DATE_TEXT_BYTES], what[128];
	int n = 0, n_skipped = 0;
	enum err_code code = extract_scan(d, &extracts, &n, &n_skipped, &err);

	(void)snprintf(what, sizeof what, "dataset %.64s", d->name);
	if (code != ERR_OK)
		check_line(c, what, 0, "%s; let this user read the folder, or correct 'folder'",
			   err.text);
	else if (n == 0)
		check_line(c, what, 0,
			   "%s: no extract yet; put one into a folder named by its as-at, like "
			   "2026-10-31",
			   d->folder);
	else
		check_line(c, what, 1, "%s: %d extract%s, the newest as at %s%s", d->folder, n,
			   n == 1 ? "" : "s",
			   extracts[n - 1].as_at == INT32_MIN
				   ? "its header"
				   : date_format(extracts[n - 1].as_at, as_at),
			   n_skipped > 0 ? "; some names are no as-at and are passed over" : "");
	free(extracts);
}

static void check_datasets(struct check *c)
{
	for (unsigned i = 0; i < c->config->n_datasets; i++)
		check_dataset(c, &c->config->datasets[i]);
}

/* ---- keys */

static void check_key(struct check *c, const char *what, enum err_code code, const struct err *err)
{
	if (code == ERR_MISSING)
		check_line(c, what, 0, "%s; run 'district-agent keys init'", err->text);
	else if (code != ERR_OK)
		check_line(c, what, 0, "%s", err->text);
	else
		check_line(c, what, 1, "its owner's alone");
}

static void check_keys(struct check *c)
{
	struct keys_curve curve;
	struct keys_sign sign;
	struct err err = { .code = ERR_OK };
	char path[PATH_BYTES];
	enum err_code code;

	(void)agent_config_path(c->config, "keys/signing.key", path, sizeof path);
	code = keys_sign_load(path, &sign, &err);
	check_key(c, "signing key", code, &err);
	(void)agent_config_path(c->config, "keys/curve.key", path, sizeof path);
	code = keys_curve_load(path, &curve, &err);
	check_key(c, "transport key", code, &err);
	keys_sign_wipe(&sign);
	keys_curve_wipe(&curve);
}

/* ---- spool and delivery */

static const char sql_quick_check[] = "PRAGMA quick_check(1)";

static enum err_code check_sound(struct spool *s, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(s->db, &stmt, sql_quick_check, err);

	if (code == ERR_OK)
		code = db_step(stmt, &row, err);
	if (code == ERR_OK && strcmp(db_text(stmt, 0), "ok") != 0)
		code = err_set(err, ERR_DB,
			       "damaged: %s; keep a copy of the file, then restore it from a "
			       "backup",
			       db_text(stmt, 0));
	db_finalize(&stmt);
	return code;
}

static void check_delivery(struct check *c, struct spool *s)
{
	struct spool_waiting waiting;
	struct delivered delivered;
	struct err err = { .code = ERR_OK };
	long long off_s;

	if (delivered_read(c->config, s->id, &delivered, &err) != ERR_OK ||
	    spool_waiting(s, delivered.stored_everywhere, &waiting, &err) != ERR_OK) {
		check_line(c, "delivery", 0, "%s", err.text);
		return;
	}
	if (delivered.n_stores == 0) {
		check_line(c, "delivery", 0,
			   "no aggregator has answered yet; %" PRId64 " entries wait; run "
			   "'district-agent publish'",
			   waiting.n_entries);
		return;
	}
	check_line(c, "delivery", 1, "%" PRId64 " entries wait", waiting.n_entries);
	off_s = (long long)(delivered.clock_difference_us / 1000000);
	check_line(c, "clock", llabs(off_s) <= CLOCK_OFF_S,
		   llabs(off_s) <= CLOCK_OFF_S
			   ? "%lld s from the aggregator's"
			   : "%lld s from the aggregator's; let a time service set it",
		   off_s);
}

static void check_room(struct check *c)
{
	long long wanted_mib = c->config->spool_mib;
	struct statvfs fs;
	long long free_mib;

	if (statvfs(c->config->state, &fs) != 0) {
		check_line(c, "spool", 0, "no folder %s; make it and give it to this user",
			   c->config->state);
		return;
	}
	free_mib = (long long)(fs.f_bavail * fs.f_frsize / (unsigned long long)MIB);
	check_line(c, "spool", free_mib > wanted_mib,
		   free_mib > wanted_mib
			   ? "not made yet; %lld MiB are free, and it reserves %lld"
			   : "not made yet; %lld MiB are free, and it reserves %lld: free some, or "
			     "lower spool_mib",
		   free_mib, wanted_mib);
}

static void check_spool(struct check *c)
{
	struct spool *s = NULL;
	struct err err = { .code = ERR_OK };
	char path[PATH_BYTES];
	int64_t used = 0;
	enum err_code code;

	(void)agent_config_path(c->config, "spool/spool.db", path, sizeof path);
	code = spool_open(path, c->config->agent, NULL, 0, &s, &err);
	if (code == ERR_MISSING) {
		check_room(c);
		return;
	}
	if (code == ERR_OK)
		code = check_sound(s, &err);
	if (code == ERR_OK)
		code = spool_used_bytes(s, &used, &err);
	if (code == ERR_OK)
		check_line(c, "spool", 1, "sound; %lld of %d MiB used, %" PRId64 " entries",
			   (long long)(used / MIB), c->config->spool_mib, s->last_sequence);
	else
		check_line(c, "spool", 0, "%s", err.text);
	if (code == ERR_OK)
		check_delivery(c, s);
	spool_close(&s);
}

static void check_collect(struct check *c)
{
	struct collect_state state;
	struct err err = { .code = ERR_OK };
	char path[PATH_BYTES];

	(void)agent_config_path(c->config, "spool/collect.state", path, sizeof path);
	if (collect_state_read(path, &state, &err) == ERR_OK)
		check_line(c, "collect", state.code == ERR_OK, "%s",
			   state.code == ERR_OK ? "its last look at the folders went well"
						: state.text);
}

/* ---- sandbox: tried in a child, since it is for good */

static enum err_code sandbox_try_network(const struct agent_config *config, struct err *err)
{
	(void)config;
	return sandbox_no_network(err);
}

static enum err_code sandbox_try_paths(const struct agent_config *config, struct err *err)
{
	const char *read = config->state;

	return sandbox_paths(&read, 1, NULL, 0, err);
}

static void check_sandbox(struct check *c, const char *what, const char *does,
			  enum err_code (*try)(const struct agent_config *, struct err *))
{
	struct err err;
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(try(c->config, &err) == ERR_OK ? 0 : 1);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		status = -1;
	if (status == 0)
		check_line(c, what, 1, "%s", does);
	else
		check_line(c, what, c->config->allow_unsandboxed,
			   c->config->allow_unsandboxed
				   ? "this kernel cannot; allow_unsandboxed says to go on without"
				   : "this kernel cannot; use one that can, or set "
				     "allow_unsandboxed: true");
}

static void check_sandboxes(struct check *c)
{
	check_sandbox(c, "sandbox of collect", "no network", sandbox_try_network);
	check_sandbox(c, "sandbox of publish", "no extracts", sandbox_try_paths);
}

/* ---- the command */

static const char check_doc[] =
	"Check that this office can report: settings, folders, keys, spool, delivery, "
	"clock, "
	"sandbox.\vExit status 1: something needs mending.";

static void (*const checks[])(struct check *) = {
	check_base, check_datasets, check_keys, check_spool, check_collect, check_sandboxes,
};

int command_check(int argc, char **argv)
{
	static const char *const columns[] = { "check", "state", "detail" };
	struct command_common common = { .config = AGENT_CONFIG_DEFAULT };
	struct agent_config *config = NULL;
	struct check c = { 0 };
	struct err err = { .code = ERR_OK };

	if (command_parse_plain(argc, argv, check_doc, &common) != 0)
		return EXIT_FAILURE;
	c.out = out_begin(stdout, common.form, "checks", columns, 3);
	if (agent_config_load(common.config, &config, &err) != ERR_OK) {
		check_line(&c, "settings", 0, "%s", err.text);
	} else {
		c.config = config;
		check_line(&c, "settings", 1, "%s: agent %s", common.config, config->agent);
		for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
			checks[i](&c);
	}
	plan_base_close(&c.base);
	agent_config_free(&config);
	if (out_end(&c.out) != 0) {
		(void)err_set(&err, ERR_IO, "cannot write the table");
		return command_fail(argv, &err);
	}
	return c.n_bad > 0 ? EXIT_FINDINGS : EXIT_SUCCESS;
}
