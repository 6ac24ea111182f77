/* reports list and reports show: what was received, exactly as it was signed. */
#include "aggregator/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/site.h"
#include "proto/command.h"
#include "proto/date.h"
#include "proto/frame.h"
#include "proto/period.h"

#define LIST_DEFAULT 50

enum {
	KEY_REFUSED = 0x2001,
	KEY_BYTES,
};

struct options {
	struct command_common common;
	const char *agent, *area, *period, *word;
	int refused, bytes;
	long limit;
};

static const struct argp_option list_options[] = {
	{ "agent", 'g', "NAME", 0, "only this agent's", 1 },
	{ "area", 'a', "CODE", 0, "only this area's", 1 },
	{ "period", 'p', "PERIOD", 0, "only this week's or month's (2026-W47, 2026-10)", 1 },
	{ "refused", KEY_REFUSED, NULL, 0, "what was refused, and why", 1 },
	{ "limit", 'n', "N", 0, "the newest N (default 50)", 1 },
	{ 0 },
};
static const struct argp_option show_options[] = {
	{ "bytes", KEY_BYTES, NULL, 0, "the exact bytes that were signed, to standard output", 1 },
	{ 0 },
};

static error_t on_limit(struct options *o, const char *arg, struct argp_state *state)
{
	char *end = NULL;

	errno = 0;
	o->limit = strtol(arg, &end, 10);
	if (errno != 0 || end == arg || *end != '\0' || o->limit < 1)
		argp_error(state, "--limit takes a number from 1");
	return 0;
}

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case 'g':
		o->agent = arg;
		return 0;
	case 'a':
		o->area = arg;
		return 0;
	case 'p':
		o->period = arg;
		return 0;
	case 'n':
		return on_limit(o, arg, state);
	case KEY_REFUSED:
		o->refused = 1;
		return 0;
	case KEY_BYTES:
		o->bytes = 1;
		return 0;
	case ARGP_KEY_ARG:
		if (o->word != NULL)
			argp_usage(state);
		o->word = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &command_common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp list_argp = {
	.options = list_options,
	.parser = on_option,
	.children = children,
	.doc = "What agents have reported, newest first; or what was refused.",
};
static const struct argp show_argp = {
	.options = show_options,
	.parser = on_option,
	.children = children,
	.args_doc = "ID",
	.doc = "One entry by its id in `reports list`: decoded, or its exact bytes.",
};

/* ---- list */

static const char list_sql[] =
	"SELECT r.id, a.name, s.generation, r.sequence, r.received_us, "
	"CASE WHEN h.report IS NOT NULL THEN 'report' WHEN t.report IS NOT NULL THEN 'return' "
	"WHEN w.report IS NOT NULL THEN 'withdraw' "
	"WHEN r.id > (SELECT value FROM meta WHERE key = 'projected') THEN 'not yet projected' "
	"ELSE 'other' END, "
	"coalesce(h.area, t.area), coalesce(h.dataset, t.dataset), h.period, "
	"coalesce(h.as_at, t.as_at), h.provisional, h.withdrawn, t.accepted "
	"FROM report r JOIN spool s ON s.id = r.spool JOIN agent a ON a.id = s.agent "
	"LEFT JOIN header h ON h.report = r.id LEFT JOIN return t ON t.report = r.id "
	"LEFT JOIN withdrawal w ON w.agent = a.id AND w.report = r.id "
	"WHERE ($1 IS NULL OR a.name = $1) AND ($2 IS NULL OR coalesce(h.area, t.area) = $2) "
	"AND ($3 IS NULL OR h.period = $3) ORDER BY r.id DESC LIMIT $4";
static const char *const list_columns[] = {
	"id>",  "agent",   "generation>", "sequence>", "received", "kind",
	"area", "dataset", "period",      "as_at",     "status",
};

static void list_status(struct out *o, sqlite3_stmt *stmt)
{
	if (sqlite3_column_type(stmt, 11) != SQLITE_NULL)
		out_text(o, "withdrawn");
	else if (sqlite3_column_type(stmt, 10) != SQLITE_NULL)
		out_text(o, sqlite3_column_int(stmt, 10) ? "provisional" : "final");
	else if (sqlite3_column_type(stmt, 12) != SQLITE_NULL)
		out_text(o, sqlite3_column_int(stmt, 12) ? "accepted" : "refused");
	else
		out_text(o, NULL);
}

static void put_period(struct out *o, sqlite3_stmt *stmt, int column)
{
	char text[PERIOD_TEXT_BYTES];

	if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
		out_text(o, NULL);
	else
		out_text(o,
			 period_format(period_from_key(sqlite3_column_int64(stmt, column)), text));
}

static void list_row(struct out *o, sqlite3_stmt *stmt)
{
	char instant[SITE_INSTANT_BYTES];
	char date[DATE_TEXT_BYTES];

	out_int(o, sqlite3_column_int64(stmt, 0));
	out_text(o, db_text(stmt, 1));
	out_int(o, sqlite3_column_int64(stmt, 2));
	out_int(o, sqlite3_column_int64(stmt, 3));
	out_text(o, site_instant(sqlite3_column_int64(stmt, 4), instant));
	out_text(o, db_text(stmt, 5));
	out_text(o, db_text(stmt, 6));
	out_text(o, db_text(stmt, 7));
	put_period(o, stmt, 8);
	out_text(o, sqlite3_column_type(stmt, 9) == SQLITE_NULL
			    ? NULL
			    : date_format(sqlite3_column_int(stmt, 9), date));
	list_status(o, stmt);
}

static const char refused_sql[] =
	"SELECT a.name, s.generation, f.sequence, f.at_us, f.area, f.dataset, f.period, f.code, "
	"f.reason FROM refusal f JOIN spool s ON s.id = f.spool JOIN agent a ON a.id = s.agent "
	"WHERE ($1 IS NULL OR a.name = $1) AND ($2 IS NULL OR f.area = $2) "
	"AND ($3 IS NULL OR f.period = $3) ORDER BY f.at_us DESC, a.name, f.sequence LIMIT $4";
static const char *const refused_columns[] = {
	"agent",   "generation>", "sequence>", "refused", "area",
	"dataset", "period",      "code",      "reason",
};

static void refused_row(struct out *o, sqlite3_stmt *stmt)
{
	char instant[SITE_INSTANT_BYTES];

	out_text(o, db_text(stmt, 0));
	out_int(o, sqlite3_column_int64(stmt, 1));
	out_int(o, sqlite3_column_int64(stmt, 2));
	out_text(o, site_instant(sqlite3_column_int64(stmt, 3), instant));
	out_text(o, db_text(stmt, 4));
	out_text(o, db_text(stmt, 5));
	put_period(o, stmt, 6);
	out_text(o, db_text(stmt, 7));
	out_text(o, db_text(stmt, 8));
}

static enum err_code list_rows(struct site *site, const struct options *opt, struct out *o,
			       struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	struct period period;
	int row = 0;
	enum err_code code =
		db_prepare(site->store->db, &stmt, opt->refused ? refused_sql : list_sql, err);

	if (code == ERR_OK && opt->period != NULL)
		code = period_parse(opt->period, &period, err);
	if (code == ERR_OK) {
		db_bind_text(stmt, 1, opt->agent);
		db_bind_text(stmt, 2, opt->area);
		if (opt->period != NULL)
			db_bind_int(stmt, 3, period_key(period));
		db_bind_int(stmt, 4, opt->limit);
	}
	while (code == ERR_OK && (code = db_step(stmt, &row, err)) == ERR_OK && row) {
		if (opt->refused)
			refused_row(o, stmt);
		else
			list_row(o, stmt);
	}
	db_finalize(&stmt);
	return code;
}

int command_reports_list(int argc, char **argv)
{
	struct options opt = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT },
			       .limit = LIST_DEFAULT };
	struct site site = { 0 };
	struct err err = { .code = ERR_OK };
	enum err_code code;
	int written = 0;

	if (argp_parse(&list_argp, argc, argv, 0, NULL, &opt) != 0)
		return EXIT_FAILURE;
	if (opt.word != NULL)
		return command_usage(argv, "'%s' is one word too many", opt.word);
	code = site_open(opt.common.config, &site, &err);
	if (code == ERR_OK)
		code = site_store(&site, DB_READ, &err);
	if (code == ERR_OK) {
		struct out *o = out_begin(
			stdout, opt.common.form, opt.refused ? "refusals" : "reports",
			opt.refused ? refused_columns : list_columns, opt.refused ? 9 : 11);

		code = list_rows(&site, &opt, o, &err);
		written = out_end(&o);
	}
	site_close(&site);
	if (code == ERR_OK && written != 0)
		code = err_set(&err, ERR_IO, "standard output cannot be written");
	return code == ERR_OK ? EXIT_SUCCESS : command_fail(argv, &err);
}

/* ---- show */

static enum err_code show_payload(const uint8_t *payload, size_t len, int bytes, struct err *err)
{
	struct frame frame = { 0 };
	char *json = NULL;
	enum err_code code = ERR_OK;
	int failed;

	if (bytes) {
		failed = fwrite(payload, 1, len, stdout) != len || fflush(stdout) != 0;
	} else {
		code = frame_decode_entry(&frame, payload, len, err);
		if (code == ERR_OK)
			code = frame_entry_to_json(frame.entry, &json, err);
		failed = code == ERR_OK && (puts(json) < 0 || fflush(stdout) != 0);
	}
	free(json);
	frame_clear(&frame);
	return failed ? err_set(err, ERR_IO, "standard output cannot be written") : code;
}

static const char show_sql[] = "SELECT payload FROM report WHERE id = $1";

static enum err_code show(struct site *site, const struct options *opt, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	char *end = NULL;
	long long id = strtoll(opt->word, &end, 10);
	int row = 0;
	enum err_code code;

	if (end == opt->word || *end != '\0')
		return err_set(err, ERR_CONFIG, "'%.64s' is not an id: see `reports list`",
			       opt->word);
	code = db_prepare(site->store->db, &stmt, show_sql, err);
	if (code == ERR_OK) {
		db_bind_int(stmt, 1, id);
		code = db_step(stmt, &row, err);
	}
	if (code == ERR_OK && !row)
		code = err_set(err, ERR_MISSING, "no entry %lld: see `reports list`", id);
	if (code == ERR_OK)
		code = show_payload(sqlite3_column_blob(stmt, 0),
				    (size_t)sqlite3_column_bytes(stmt, 0), opt->bytes, err);
	db_finalize(&stmt);
	return code;
}

int command_reports_show(int argc, char **argv)
{
	struct options opt = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT } };
	struct site site = { 0 };
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (argp_parse(&show_argp, argc, argv, 0, NULL, &opt) != 0)
		return EXIT_FAILURE;
	if (opt.word == NULL)
		return command_usage(argv, "ID is missing: see `reports list`");
	code = site_open(opt.common.config, &site, &err);
	if (code == ERR_OK)
		code = site_store(&site, DB_READ, &err);
	if (code == ERR_OK)
		code = show(&site, &opt, &err);
	site_close(&site);
	return code == ERR_OK ? EXIT_SUCCESS : command_fail(argv, &err);
}
