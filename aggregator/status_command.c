/* status: how the store and ingest are, and everything that was dropped or refused, counted. */
#include "aggregator/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "aggregator/counters.h"
#include "aggregator/site.h"
#include "proto/clock.h"
#include "proto/command.h"

static const char about_doc[] =
	"The store's size and lag, whether ingest runs, and every counter.\v"
	"Exit status 1 when ingest is not running, an entry could not be projected, or two "
	"different entries came under one number.";

/* One row per figure; the statement gives one integer. */
static const struct {
	const char *name, *sql;
} figures[] = {
	{ "restore_epoch", "SELECT value FROM meta WHERE key = 'restore_epoch'" },
	{ "agents_active", "SELECT count(*) FROM agent WHERE state = 'active'" },
	{ "agents_pending", "SELECT count(*) FROM agent WHERE state = 'pending'" },
	{ "agents_suspended", "SELECT count(*) FROM agent WHERE state = 'suspended'" },
	{ "entries_stored", "SELECT count(*) FROM report" },
	{ "entries_refused", "SELECT count(*) FROM refusal" },
	{ "projection_lag", "SELECT (SELECT coalesce(max(id), 0) FROM report) - value FROM meta "
			    "WHERE key = 'projected'" },
	{ "rollups_out_of_date", "SELECT count(*) FROM dirty" },
};

static void status_row(struct out *o, const char *name, int64_t value)
{
	out_text(o, name);
	out_int(o, value);
}

static void status_file(struct out *o, const char *name, const char *path, const char *suffix)
{
	char full[SITE_PATH_BYTES + 8];
	struct stat st;

	(void)snprintf(full, sizeof full, "%s%s", path, suffix);
	status_row(o, name, stat(full, &st) == 0 ? (int64_t)st.st_size : 0);
}

static enum err_code status_figures(struct site *site, struct out *o, struct err *err)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < sizeof figures / sizeof figures[0] && code == ERR_OK; i++) {
		sqlite3_stmt *stmt = NULL;
		int row = 0;

		code = db_prepare(site->store->db, &stmt, figures[i].sql, err);
		if (code == ERR_OK)
			code = db_step(stmt, &row, err);
		if (code == ERR_OK)
			status_row(o, figures[i].name, row ? sqlite3_column_int64(stmt, 0) : 0);
		db_finalize(&stmt);
	}
	return code;
}

static enum err_code status_print(struct site *site, enum out_form form, int *finding,
				  struct err *err)
{
	static const char *const columns[] = { "figure", "value>" };
	struct out *o = out_begin(stdout, form, "status", columns, 2);
	struct counters counters = { 0 };
	int running = site_is_locked(site);
	enum err_code code = ERR_OK;

	status_row(o, "ingest_running", running);
	status_file(o, "store_bytes", site->store_path, "");
	status_file(o, "wal_bytes", site->store_path, "-wal");
	code = status_figures(site, o, err);
	if (code == ERR_OK)
		code = counters_load(&counters, site->store, err);
	for (int i = 0; i < COUNTERS && code == ERR_OK; i++)
		status_row(o, counter_name((enum counter)i), counters.value[i]);
	if (clock_offset_s() != 0)
		status_row(o, "clock_offset_s", clock_offset_s());
	if (out_end(&o) != 0 && code == ERR_OK)
		code = err_set(err, ERR_IO, "standard output cannot be written");
	*finding = code == ERR_OK && (running == 0 || counters.value[COUNTER_CONFLICTS] > 0 ||
				      counters.value[COUNTER_PROJECTION_FAILED] > 0);
	return code;
}

int command_status(int argc, char **argv)
{
	struct command_common common = { .config = AGGREGATOR_CONFIG_DEFAULT };
	struct site site = { 0 };
	struct err err = { .code = ERR_OK };
	enum err_code code;
	int finding = 0;

	if (command_parse_plain(argc, argv, about_doc, &common) != 0)
		return EXIT_FAILURE;
	code = site_open(common.config, &site, &err);
	if (code == ERR_OK)
		code = site_store(&site, DB_READ, &err);
	if (code == ERR_OK)
		code = status_print(&site, common.form, &finding, &err);
	site_close(&site);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	return finding ? EXIT_FAILURE : EXIT_SUCCESS;
}
