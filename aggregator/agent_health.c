/* In: the store's agents and what each last said. Out: a judgement of each. */
#include "aggregator/agent_health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/date.h"
#include "proto/db.h"

#define DAY_US (86400LL * 1000000)
#define DIGEST_BYTES 32

static const struct {
	const char *name, *label, *owner;
} conditions[] = {
	[AGENT_PENDING] = { "pending", "Not approved yet", "the operator" },
	[AGENT_SUSPENDED] = { "suspended", "Suspended", "the operator" },
	[AGENT_NEVER] = { "never", "Not heard of", "the district's IT" },
	[AGENT_SILENT] = { "silent", "No contact", "the district's IT" },
	[AGENT_WAITING] = { "waiting", "Reports wait to be taken", "the operator" },
	[AGENT_STUCK] = { "stuck", "No newer extract", "the district office" },
	[AGENT_CLOCK] = { "clock", "Its clock is wrong", "the district's IT" },
	[AGENT_WORKING] = { "working", "Working", "" },
};

const char *agent_condition_name(enum agent_condition condition)
{
	return conditions[condition].name;
}

const char *agent_condition_label(enum agent_condition condition)
{
	return conditions[condition].label;
}

const char *agent_condition_owner(enum agent_condition condition)
{
	return conditions[condition].owner;
}

static const char sql_agents[] =
	"SELECT a.name, a.state, coalesce((SELECT group_concat(area, ' ') FROM (SELECT area FROM "
	"agent_area WHERE agent = a.id ORDER BY area)), ''), a.changed_us, h.last_contact_us, "
	"h.clock_difference_us, h.entries_waiting, h.oldest_waiting_us, h.disk_free_bytes, "
	"h.newest_as_at, h.measures_digest, h.unsandboxed, h.program, h.last_fault "
	"FROM agent a LEFT JOIN health h ON h.agent = a.id WHERE a.state <> 'removed' "
	"ORDER BY a.name";

static void agent_health_read(sqlite3_stmt *stmt, const uint8_t measures_digest[32],
			      struct agent_health *a)
{
	memset(a, 0, sizeof *a);
	(void)snprintf(a->name, sizeof a->name, "%s", db_text(stmt, 0));
	(void)snprintf(a->state, sizeof a->state, "%s", db_text(stmt, 1));
	(void)snprintf(a->areas, sizeof a->areas, "%s", db_text(stmt, 2));
	a->since_us = sqlite3_column_int64(stmt, 3);
	a->last_contact_us = sqlite3_column_int64(stmt, 4);
	a->clock_difference_us = sqlite3_column_int64(stmt, 5);
	a->waiting = sqlite3_column_int64(stmt, 6);
	a->oldest_waiting_us = sqlite3_column_int64(stmt, 7);
	a->disk_free_bytes = sqlite3_column_int64(stmt, 8);
	a->newest_as_at = sqlite3_column_int(stmt, 9);
	a->beaten = sqlite3_column_bytes(stmt, 10) == DIGEST_BYTES;
	a->same_measures = a->beaten && memcmp(sqlite3_column_blob(stmt, 10), measures_digest,
					       DIGEST_BYTES) == 0;
	a->unsandboxed = sqlite3_column_int(stmt, 11);
	(void)snprintf(a->program, sizeof a->program, "%s", db_text(stmt, 12));
	(void)snprintf(a->last_fault, sizeof a->last_fault, "%s", db_text(stmt, 13));
}

/* since_us holds when the state last changed, and is replaced by when the condition began. */
static void agent_health_judge(struct agent_health *a, int64_t now_us)
{
	const int64_t difference =
		a->clock_difference_us < 0 ? -a->clock_difference_us : a->clock_difference_us;

	if (strcmp(a->state, "pending") == 0) {
		a->condition = AGENT_PENDING;
	} else if (strcmp(a->state, "suspended") == 0) {
		a->condition = AGENT_SUSPENDED;
	} else if (a->last_contact_us == 0) {
		a->condition = AGENT_NEVER;
	} else if (now_us - a->last_contact_us > AGENT_HEALTH_SILENT_S * 1000000LL) {
		a->condition = AGENT_SILENT;
		a->since_us = a->last_contact_us;
	} else if (a->waiting > 0 && a->oldest_waiting_us > 0 &&
		   now_us - a->oldest_waiting_us > AGENT_HEALTH_WAITING_S * 1000000LL) {
		a->condition = AGENT_WAITING;
		a->since_us = a->oldest_waiting_us;
	} else if (a->newest_as_at != 0 &&
		   now_us / DAY_US - a->newest_as_at > AGENT_HEALTH_STUCK_DAYS) {
		a->condition = AGENT_STUCK;
		a->since_us = (int64_t)a->newest_as_at * DAY_US;
	} else {
		a->condition = difference > AGENT_HEALTH_CLOCK_US ? AGENT_CLOCK : AGENT_WORKING;
		a->since_us = 0;
	}
}

enum err_code agent_health_list(struct store *store, const uint8_t measures_digest[32],
				int64_t now_us, struct agent_health **out, size_t *n,
				struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = db_prepare(store->db, &stmt, sql_agents, err);
	size_t room = 0;
	int row = 1;

	*out = NULL;
	*n = 0;
	while (code == ERR_OK && (code = db_step(stmt, &row, err)) == ERR_OK && row) {
		if (*n == room) {
			struct agent_health *more;

			room = room == 0 ? 16 : 2 * room;
			more = realloc(*out, room * sizeof *more);
			if (more == NULL) {
				code = err_set(err, ERR_NOMEM, "out of memory");
				break;
			}
			*out = more;
		}
		agent_health_read(stmt, measures_digest, &(*out)[*n]);
		agent_health_judge(&(*out)[(*n)++], now_us);
	}
	db_finalize(&stmt);
	if (code != ERR_OK) {
		free(*out);
		*out = NULL;
		*n = 0;
	}
	return code;
}
