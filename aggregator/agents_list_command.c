/* agents list and agents status: who is enrolled, and what each agent last said of itself. */
#include "aggregator/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/site.h"
#include "proto/command.h"
#include "proto/date.h"

#define DIGEST_SHOWN_BYTES 6

static const char list_doc[] = "Every agent that was ever enrolled: its state, its areas, its key.";
static const char status_doc[] =
	"What each agent last said of itself: contact, version, definitions, clock, queue, "
	"last fault.";

/* ---- list */

static const char list_sql[] =
	"SELECT a.name, a.state, (SELECT group_concat(area, ' ') FROM (SELECT area FROM agent_area "
	"WHERE agent = a.id ORDER BY area)), a.enrolled_us, a.changed_us, hex(a.signing_key) "
	"FROM agent a ORDER BY a.name, a.id";
static const char *const list_columns[] = { "agent",    "state",   "areas",
					    "enrolled", "changed", "signing_key" };

static void list_row(struct out *o, sqlite3_stmt *stmt)
{
	char instant[SITE_INSTANT_BYTES];

	out_text(o, db_text(stmt, 0));
	out_text(o, db_text(stmt, 1));
	out_text(o, db_text(stmt, 2));
	out_text(o, site_instant(sqlite3_column_int64(stmt, 3), instant));
	out_text(o, site_instant(sqlite3_column_int64(stmt, 4), instant));
	out_text(o, db_text(stmt, 5));
}

/* ---- status */

static const char status_sql[] =
	"SELECT a.name, a.state, h.last_contact_us, h.program, h.measures_digest, "
	"h.clock_difference_us, h.entries_waiting, h.oldest_waiting_us, h.newest_as_at, "
	"h.disk_free_bytes, h.last_fault, h.unsandboxed "
	"FROM agent a LEFT JOIN health h ON h.agent = a.id WHERE a.state <> 'removed' "
	"ORDER BY a.name";
static const char *const status_columns[] = {
	"agent",        "state",          "last_contact", "program",
	"measures",     "clock_seconds>", "waiting>",     "oldest_waiting",
	"newest_as_at", "disk_free_mib>", "last_fault",   "sandbox",
};

static void status_row(struct out *o, sqlite3_stmt *stmt)
{
	const int heard = sqlite3_column_type(stmt, 2) != SQLITE_NULL;
	const int beaten = heard && sqlite3_column_bytes(stmt, 4) >= DIGEST_SHOWN_BYTES;
	char instant[SITE_INSTANT_BYTES];
	char date[DATE_TEXT_BYTES];
	char digest[2 * DIGEST_SHOWN_BYTES + 1];

	out_text(o, db_text(stmt, 0));
	out_text(o, db_text(stmt, 1));
	if (!heard) { /* never: nothing is known, which is not 0 */
		for (int i = 2; i < 12; i++)
			out_text(o, NULL);
		return;
	}
	out_text(o, site_instant(sqlite3_column_int64(stmt, 2), instant));
	out_text(o, db_text(stmt, 3));
	out_text(o, beaten ? keys_hex(sqlite3_column_blob(stmt, 4), DIGEST_SHOWN_BYTES, digest)
			   : NULL);
	out_real(o, (double)sqlite3_column_int64(stmt, 5) / 1e6, 1);
	out_int(o, sqlite3_column_int64(stmt, 6));
	out_text(o, site_instant(sqlite3_column_int64(stmt, 7), instant));
	out_text(o, sqlite3_column_int(stmt, 8) == 0
			    ? NULL
			    : date_format(sqlite3_column_int(stmt, 8), date));
	out_int(o, sqlite3_column_int64(stmt, 9) / (1024 * 1024));
	out_text(o, db_text(stmt, 10));
	out_text(o, sqlite3_column_int(stmt, 11) ? "no" : "yes");
}

/* ---- both */

struct listing {
	const char *doc;
	const char *name, *sql;
	const char *const *columns;
	int n_columns;
	void (*row)(struct out *o, sqlite3_stmt *stmt);
};

static const struct listing list_listing = {
	list_doc, "agents", list_sql, list_columns, 6, list_row
};
static const struct listing status_listing = { status_doc,     "agents", status_sql,
					       status_columns, 12,       status_row };

static enum err_code listing_rows(struct site *site, const struct listing *l, struct out *o,
				  struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(site->store->db, &stmt, l->sql, err);

	while (code == ERR_OK && (code = db_step(stmt, &row, err)) == ERR_OK && row)
		l->row(o, stmt);
	db_finalize(&stmt);
	return code;
}

static int listing_command(const struct listing *l, int argc, char **argv)
{
	struct command_common common = { .config = AGGREGATOR_CONFIG_DEFAULT };
	struct site site = { 0 };
	struct err err = { .code = ERR_OK };
	enum err_code code;
	int written = 0;

	if (command_parse_plain(argc, argv, l->doc, &common) != 0)
		return EXIT_FAILURE;
	code = site_open(common.config, &site, &err);
	if (code == ERR_OK)
		code = site_store(&site, DB_READ, &err);
	if (code == ERR_OK) {
		struct out *o = out_begin(stdout, common.form, l->name, l->columns, l->n_columns);

		code = listing_rows(&site, l, o, &err);
		written = out_end(&o);
	}
	site_close(&site);
	if (code == ERR_OK && written != 0)
		code = err_set(&err, ERR_IO, "standard output cannot be written");
	return code == ERR_OK ? EXIT_SUCCESS : command_fail(argv, &err);
}

int command_agents_list(int argc, char **argv)
{
	return listing_command(&list_listing, argc, argv);
}

int command_agents_status(int argc, char **argv)
{
	return listing_command(&status_listing, argc, argv);
}
