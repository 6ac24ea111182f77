#include "aggregator/counters.h"

#include <string.h>

static const char *const counter_names[COUNTERS] = {
	[COUNTER_DROPPED_NO_USER] = "dropped_no_user",
	[COUNTER_DROPPED_PARTS] = "dropped_parts",
	[COUNTER_DROPPED_OVER_CREDIT] = "dropped_over_credit",
	[COUNTER_DROPPED_UNEXPECTED] = "dropped_unexpected",
	[COUNTER_GOODBYE_UNKNOWN_KEY] = "goodbye_unknown_key",
	[COUNTER_GOODBYE_NOT_ACTIVE] = "goodbye_not_active",
	[COUNTER_GOODBYE_VERSION] = "goodbye_version",
	[COUNTER_GOODBYE_MALFORMED] = "goodbye_malformed",
	[COUNTER_GOODBYE_OTHER] = "goodbye_other",
	[COUNTER_STORED] = "stored",
	[COUNTER_DUPLICATES] = "duplicates",
	[COUNTER_CONFLICTS] = "conflicts",
	[COUNTER_REFUSED_SIGNATURE] = "refused_signature",
	[COUNTER_REFUSED_IDENTITY] = "refused_identity",
	[COUNTER_REFUSED_AREA] = "refused_area",
	[COUNTER_REFUSED_FUTURE] = "refused_future",
	[COUNTER_REFUSED_DATASET] = "refused_dataset",
	[COUNTER_REFUSED_CONTENT] = "refused_content",
	[COUNTER_HELLOS] = "hellos",
	[COUNTER_HEARTBEATS] = "heartbeats",
	[COUNTER_RECEIPTS] = "receipts",
	[COUNTER_REPLIES_LOST] = "replies_lost",
	[COUNTER_KEYS_REFUSED] = "keys_refused",
	[COUNTER_ZAP_MALFORMED] = "zap_malformed",
	[COUNTER_HANDSHAKES_FAILED] = "handshakes_failed",
	[COUNTER_COMMITS] = "commits",
	[COUNTER_COMMITS_FAILED] = "commits_failed",
	[COUNTER_BYTES_STORED] = "bytes_stored",
	[COUNTER_PROJECTED] = "projected",
	[COUNTER_PROJECTION_FAILED] = "projection_failed",
	[COUNTER_ROLLED_UP] = "rolled_up",
	[COUNTER_ROLLUP_FAILED] = "rollup_failed",
	[COUNTER_CHECKPOINTS_BLOCKED] = "checkpoints_blocked",
	[COUNTER_SIGNALS_OPENED] = "signals_opened",
	[COUNTER_SIGNALS_CLOSED] = "signals_closed",
	[COUNTER_SIGNALS_FAILED] = "signals_failed",
};

const char *counter_name(enum counter which)
{
	return counter_names[which];
}

static const char counters_load_sql[] = "SELECT name, value FROM counter";

enum err_code counters_load(struct counters *c, struct store *store, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(store->db, &stmt, counters_load_sql, err);

	memset(c, 0, sizeof *c);
	while (code == ERR_OK && (code = db_step(stmt, &row, err)) == ERR_OK && row)
		for (int i = 0; i < COUNTERS; i++)
			if (strcmp(db_text(stmt, 0), counter_names[i]) == 0)
				c->value[i] = sqlite3_column_int64(stmt, 1);
	db_finalize(&stmt);
	return code;
}

static const char counters_save_sql[] =
	"INSERT INTO counter (name, value) VALUES ($1, $2) "
	"ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value";

enum err_code counters_save(const struct counters *c, struct store *store, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = ERR_OK;

	for (int i = 0; i < COUNTERS && code == ERR_OK; i++) {
		code = db_prepare(store->db, &stmt, counters_save_sql, err);
		if (code != ERR_OK)
			break;
		db_bind_text(stmt, 1, counter_names[i]);
		db_bind_int(stmt, 2, c->value[i]);
		code = db_run(stmt, err);
	}
	db_finalize(&stmt);
	return code;
}
