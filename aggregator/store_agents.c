#include "aggregator/store.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/store_statements.h"
#include "proto/limits.h"

/* Who may report, and what they last said of themselves. The enrolment commands write here while
 * ingest runs, which looks every message's key up. */

static const char store_agent_name_sql[] =
	"SELECT id, name, curve_key, signing_key, state FROM agent "
	"WHERE name = $1 AND state <> 'removed'";
static const char store_agent_curve_sql[] =
	"SELECT id, name, curve_key, signing_key, state FROM agent WHERE curve_key = $1";
static const char store_agent_id_sql[] =
	"SELECT id, name, curve_key, signing_key, state FROM agent WHERE id = $1";

static enum err_code store_agent_row(sqlite3_stmt *stmt, struct store_agent *out, struct err *err)
{
	out->id = sqlite3_column_int64(stmt, 0);
	(void)snprintf(out->name, sizeof out->name, "%s", db_text(stmt, 1));
	(void)snprintf(out->state, sizeof out->state, "%s", db_text(stmt, 4));
	if (sqlite3_column_bytes(stmt, 2) != (int)sizeof out->curve_key ||
	    sqlite3_column_bytes(stmt, 3) != (int)sizeof out->signing_key)
		return err_set(err, ERR_DB, "the keys of agent %s are damaged: enrol it anew",
			       out->name);
	memcpy(out->curve_key, sqlite3_column_blob(stmt, 2), sizeof out->curve_key);
	memcpy(out->signing_key, sqlite3_column_blob(stmt, 3), sizeof out->signing_key);
	return ERR_OK;
}

static enum err_code store_agent_prepare(struct store *s, enum store_agent_by by, const void *key,
					 sqlite3_stmt **stmt, struct err *err)
{
	enum err_code code = ERR_OK;

	switch (by) {
	case STORE_AGENT_BY_NAME:
		code = store_prepare(s, STORE_AGENT_NAME, store_agent_name_sql, stmt, err);
		if (code == ERR_OK)
			db_bind_text(*stmt, 1, key);
		break;
	case STORE_AGENT_BY_CURVE:
		code = store_prepare(s, STORE_AGENT_CURVE, store_agent_curve_sql, stmt, err);
		if (code == ERR_OK)
			db_bind_blob(*stmt, 1, key, 32);
		break;
	case STORE_AGENT_BY_ID:
		code = store_prepare(s, STORE_AGENT_ID, store_agent_id_sql, stmt, err);
		if (code == ERR_OK)
			db_bind_int(*stmt, 1, *(const int64_t *)key);
		break;
	}
	return code;
}

enum err_code store_agent_find(struct store *s, enum store_agent_by by, const void *key,
			       struct store_agent *out, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = store_agent_prepare(s, by, key, &stmt, err);

	if (code != ERR_OK)
		return code;
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row)
		code = store_agent_row(stmt, out, err);
	else if (code == ERR_OK && by == STORE_AGENT_BY_NAME)
		code = err_set(err, ERR_MISSING, "no agent is enrolled as %s: see `agents list`",
			       (const char *)key);
	else if (code == ERR_OK)
		code = err_set(err, ERR_MISSING, "no agent is enrolled with this key");
	(void)sqlite3_reset(stmt);
	return code;
}

static const char store_agent_may_sql[] = "SELECT 1 FROM agent_area WHERE agent = $1 AND area = $2";

enum err_code store_agent_may(struct store *s, int64_t agent, const char *area, int *may,
			      struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = store_prepare(s, STORE_AGENT_MAY, store_agent_may_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, agent);
	db_bind_text(stmt, 2, area);
	code = db_step(stmt, may, err);
	(void)sqlite3_reset(stmt);
	return code;
}

/* ---- enrolment */

static const char store_agent_add_sql[] =
	"INSERT INTO agent (name, curve_key, signing_key, state, enrolled_us, changed_us) "
	"VALUES ($1, $2, $3, 'pending', $4, $4)";
static const char store_agent_add_area_sql[] =
	"INSERT INTO agent_area (agent, area) VALUES ($1, $2) ON CONFLICT (agent, area) DO NOTHING";

static enum err_code store_agent_free_to_add(struct store *s, const struct store_new_agent *agent,
					     struct err *err)
{
	struct store_agent other;
	enum err_code code = store_agent_find(s, STORE_AGENT_BY_NAME, agent->name, &other, err);

	if (code == ERR_OK)
		return err_set(err, ERR_BUSY,
			       "agent %s is enrolled already (%s): remove it first, or use "
			       "another name",
			       agent->name, other.state);
	if (code != ERR_MISSING)
		return code;
	code = store_agent_find(s, STORE_AGENT_BY_CURVE, agent->curve_key, &other, err);
	if (code == ERR_OK)
		return err_set(err, ERR_DENIED,
			       "this key was enrolled before, as %s (%s): make new keys on the "
			       "agent with `keys init`",
			       other.name, other.state);
	return code == ERR_MISSING ? ERR_OK : code;
}

static enum err_code store_agent_insert(struct store *s, const struct store_new_agent *agent,
					int64_t now_us, struct err *err)
{
	sqlite3_stmt *stmt;
	int64_t id;
	enum err_code code = store_prepare(s, STORE_AGENT_ADD, store_agent_add_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(stmt, 1, agent->name);
	db_bind_blob(stmt, 2, agent->curve_key, 32);
	db_bind_blob(stmt, 3, agent->signing_key, 32);
	db_bind_int(stmt, 4, now_us);
	code = db_run(stmt, err);
	id = sqlite3_last_insert_rowid(s->db);
	for (int i = 0; code == ERR_OK && i < agent->n_areas; i++) {
		code = store_prepare(s, STORE_AGENT_ADD_AREA, store_agent_add_area_sql, &stmt, err);
		if (code != ERR_OK)
			break;
		db_bind_int(stmt, 1, id);
		db_bind_text(stmt, 2, agent->areas[i]);
		code = db_run(stmt, err);
	}
	return code;
}

enum err_code store_agent_add(struct store *s, const struct store_new_agent *agent, int64_t now_us,
			      struct err *err)
{
	enum err_code code = store_begin(s, err);

	if (code != ERR_OK)
		return code;
	code = store_agent_free_to_add(s, agent, err);
	if (code == ERR_OK)
		code = store_agent_insert(s, agent, now_us, err);
	if (code == ERR_OK)
		code = store_commit(s, err);
	if (code != ERR_OK)
		store_rollback(s);
	return code;
}

/* One row per step that is not allowed, with what to do instead. */
static const struct {
	const char *from, *to, *mend;
} store_agent_denied[] = {
	{ "pending", "suspended", "it may not report yet; `agents remove` takes it off the list" },
	{ "suspended", "pending", "use `agents resume`" },
	{ "active", "pending", "use `agents suspend`" },
};

static const char store_agent_move_sql[] =
	"UPDATE agent SET state = $1, changed_us = $2 WHERE id = $3 AND state <> $1";

enum err_code store_agent_move(struct store *s, const char *name, const char *state, int64_t now_us,
			       struct err *err)
{
	struct store_agent agent = { 0 };
	sqlite3_stmt *stmt;
	enum err_code code = store_begin(s, err);

	if (code != ERR_OK)
		return code;
	code = store_agent_find(s, STORE_AGENT_BY_NAME, name, &agent, err);
	for (size_t i = 0;
	     code == ERR_OK && i < sizeof store_agent_denied / sizeof *store_agent_denied; i++)
		if (strcmp(agent.state, store_agent_denied[i].from) == 0 &&
		    strcmp(state, store_agent_denied[i].to) == 0)
			code = err_set(err, ERR_DENIED, "agent %s is %s: %s", name, agent.state,
				       store_agent_denied[i].mend);
	if (code == ERR_OK)
		code = store_prepare(s, STORE_AGENT_MOVE, store_agent_move_sql, &stmt, err);
	if (code == ERR_OK) {
		db_bind_text(stmt, 1, state);
		db_bind_int(stmt, 2, now_us);
		db_bind_int(stmt, 3, agent.id);
		code = db_run(stmt, err);
	}
	if (code == ERR_OK)
		code = store_commit(s, err);
	if (code != ERR_OK)
		store_rollback(s);
	return code;
}

/* ---- health */

#define STORE_HEALTH_INSERT                                                                        \
	"INSERT INTO health (agent, last_contact_us, clock_difference_us, entries_waiting, "       \
	"oldest_waiting_us, newest_as_at, measures_digest, disk_free_bytes, last_fault, program, " \
	"unsandboxed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "                      \
	"ON CONFLICT (agent) DO UPDATE SET last_contact_us = excluded.last_contact_us, "

static const char store_contact_sql[] = STORE_HEALTH_INSERT
	"clock_difference_us = CASE excluded.program WHEN '' THEN clock_difference_us "
	"ELSE excluded.clock_difference_us END, "
	"program = CASE excluded.program WHEN '' THEN program ELSE excluded.program END";
static const char store_health_sql[] = STORE_HEALTH_INSERT
	"clock_difference_us = excluded.clock_difference_us, "
	"entries_waiting = excluded.entries_waiting, "
	"oldest_waiting_us = excluded.oldest_waiting_us, newest_as_at = excluded.newest_as_at, "
	"measures_digest = excluded.measures_digest, disk_free_bytes = excluded.disk_free_bytes, "
	"last_fault = excluded.last_fault, program = excluded.program, "
	"unsandboxed = excluded.unsandboxed";

enum err_code store_health(struct store *s, const struct store_health *health, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code =
		health->beaten ? store_prepare(s, STORE_HEALTH, store_health_sql, &stmt, err)
			       : store_prepare(s, STORE_CONTACT, store_contact_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, health->agent);
	db_bind_int(stmt, 2, health->last_contact_us);
	db_bind_int(stmt, 3, health->clock_difference_us);
	db_bind_int(stmt, 4, health->entries_waiting);
	db_bind_int(stmt, 5, health->oldest_waiting_us);
	db_bind_int(stmt, 6, health->newest_as_at);
	db_bind_blob(stmt, 7, health->measures_digest, health->measures_digest_len);
	db_bind_int(stmt, 8, health->disk_free_bytes);
	db_bind_text(stmt, 9, health->last_fault);
	db_bind_text(stmt, 10, health->program);
	db_bind_int(stmt, 11, health->unsandboxed);
	return db_run(stmt, err);
}

/* ---- which dataset gives a measure */

static const char store_owner_sql[] =
	"SELECT dataset FROM measure_owner WHERE area = $1 AND measure = $2";
static const char store_owner_count_sql[] = "SELECT count(*) FROM measure_owner WHERE area = $1";
static const char store_owner_add_sql[] =
	"INSERT INTO measure_owner (area, measure, dataset) VALUES ($1, $2, $3)";

static enum err_code store_owner_room(struct store *s, const char *area, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = store_prepare(s, STORE_OWNER_COUNT, store_owner_count_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(stmt, 1, area);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && sqlite3_column_int64(stmt, 0) >= LIMIT_AREA_MEASURES)
		code = err_set(err, ERR_TOO_BIG,
			       "area %s has reported %d measures, the most allowed", area,
			       LIMIT_AREA_MEASURES);
	(void)sqlite3_reset(stmt);
	return code;
}

static enum err_code store_owner_claim(struct store *s, const char *area, const char *measure,
				       const char *dataset, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = store_owner_room(s, area, err);

	if (code == ERR_OK)
		code = store_prepare(s, STORE_OWNER_ADD, store_owner_add_sql, &stmt, err);
	if (code != ERR_OK)
		return code;
	db_bind_text(stmt, 1, area);
	db_bind_text(stmt, 2, measure);
	db_bind_text(stmt, 3, dataset);
	return db_run(stmt, err);
}

enum err_code store_owner(struct store *s, const char *area, const char *measure,
			  const char *dataset, int claim, char *owner, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = store_prepare(s, STORE_OWNER, store_owner_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(stmt, 1, area);
	db_bind_text(stmt, 2, measure);
	code = db_step(stmt, &row, err);
	(void)snprintf(owner, LIMIT_STRING_BYTES + 1, "%s",
		       row     ? db_text(stmt, 0)
		       : claim ? dataset
			       : "");
	(void)sqlite3_reset(stmt);
	if (code == ERR_OK && !row && claim)
		code = store_owner_claim(s, area, measure, dataset, err);
	return code;
}
