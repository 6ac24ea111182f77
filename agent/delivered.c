#include "agent/delivered.h"

#include <stdio.h>
#include <string.h>

#include "proto/clock.h"
#include "proto/db.h"
#include "proto/embed.h"

#define PATH_BYTES 1200
#define DAY_US (86400LL * 1000 * 1000)

/* Every store heard of lately, with how far it has the spool; the one heard last comes first. */
static const char sql_stores[] =
	"SELECT s.aggregator, coalesce(p.stored_up_to, 0), s.clock_difference_us FROM store AS s "
	"LEFT JOIN progress AS p ON p.store = s.id AND p.spool = $1 "
	"WHERE s.last_contact_us > $2 ORDER BY s.last_contact_us DESC";

static void delivered_note(const struct agent_config *config, const char *aggregator,
			   int64_t stored_up_to, int *heard, struct delivered *out)
{
	for (unsigned i = 0; i < config->n_aggregators; i++) {
		if (strcmp(config->peers[i].name, aggregator) != 0)
			continue;
		heard[i] = 1;
		if (out->n_stores++ == 0 || stored_up_to < out->stored_everywhere)
			out->stored_everywhere = stored_up_to;
	}
	if (stored_up_to > out->stored_anywhere)
		out->stored_anywhere = stored_up_to;
}

static enum err_code delivered_stores(sqlite3 *db, const struct agent_config *config,
				      const uint8_t *spool, struct delivered *out, struct err *err)
{
	int heard[AGENT_AGGREGATORS_MAX] = { 0 };
	sqlite3_stmt *stmt = NULL;
	enum err_code code = db_prepare(db, &stmt, sql_stores, err);
	int row = 0, n_rows = 0;

	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, spool, FRAME_SPOOL_BYTES);
	db_bind_int(stmt, 2, clock_wall_us() - config->keep_days * DAY_US);
	for (code = db_step(stmt, &row, err); code == ERR_OK && row;
	     code = db_step(stmt, &row, err)) {
		if (n_rows++ == 0)
			out->clock_difference_us = sqlite3_column_int64(stmt, 2);
		delivered_note(config, db_text(stmt, 0), sqlite3_column_int64(stmt, 1), heard, out);
	}
	db_finalize(&stmt);
	for (unsigned i = 0; i < config->n_aggregators; i++)
		if (!heard[i])
			out->stored_everywhere = 0;
	return code;
}

static const char sql_renew[] = "SELECT stored_up_to, reason FROM renew WHERE spool = $1";

static enum err_code delivered_renew(sqlite3 *db, const uint8_t *spool, struct delivered *out,
				     struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = db_prepare(db, &stmt, sql_renew, err);
	int row = 0;

	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, spool, FRAME_SPOOL_BYTES);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row) {
		out->renew = 1;
		out->renew_up_to = sqlite3_column_int64(stmt, 0);
		(void)snprintf(out->renew_reason, sizeof out->renew_reason, "%s", db_text(stmt, 1));
	}
	db_finalize(&stmt);
	return code;
}

enum err_code delivered_read(const struct agent_config *config,
			     const uint8_t spool[FRAME_SPOOL_BYTES], struct delivered *out,
			     struct err *err)
{
	const struct embed *schema = embed_find("agent/delivery.sql");
	char path[PATH_BYTES];
	sqlite3 *db = NULL;
	enum err_code code;

	memset(out, 0, sizeof *out);
	(void)agent_config_path(config, "delivery/delivery.db", path, sizeof path);
	code = db_open(path, DB_READ, &schema->text, 1, &db, err);
	if (code == ERR_MISSING) {
		err_clear(err);
		return ERR_OK;
	}
	if (code == ERR_OK)
		code = delivered_stores(db, config, spool, out, err);
	if (code == ERR_OK)
		code = delivered_renew(db, spool, out, err);
	db_close(&db);
	if (code != ERR_OK)
		err_wrap(err, "delivery");
	return code;
}
