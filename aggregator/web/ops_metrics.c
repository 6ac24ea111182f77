/* ops_metrics: counts for a monitoring system, as OpenMetrics 1.0 text. In: the store's counters
 * and tables of agents, what the server counts of itself. Out: one family of lines after the other,
 * each with its type and what it means. No value of a measure. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "aggregator/counters.h"
#include "aggregator/web/figures.h"
#include "aggregator/web/ops.h"

#define PATH_BYTES 4096
#define US_PER_S 1e6

static const char *const counter_helps[COUNTERS] = {
	[COUNTER_DROPPED_NO_USER] = "messages without a key that the handshake had vouched for",
	[COUNTER_DROPPED_PARTS] = "messages that were not exactly one frame",
	[COUNTER_DROPPED_OVER_CREDIT] = "entries beyond the agent's credit; it sends them again",
	[COUNTER_DROPPED_UNEXPECTED] = "messages that only an aggregator sends",
	[COUNTER_GOODBYE_UNKNOWN_KEY] = "goodbyes to keys that nobody enrolled",
	[COUNTER_GOODBYE_NOT_ACTIVE] = "goodbyes to pending, suspended or removed agents",
	[COUNTER_GOODBYE_VERSION] = "goodbyes to agents that speak another version",
	[COUNTER_GOODBYE_MALFORMED] = "goodbyes for messages that break the format",
	[COUNTER_GOODBYE_OTHER] = "goodbyes for other reasons",
	[COUNTER_STORED] = "entries stored",
	[COUNTER_DUPLICATES] = "entries that were stored already",
	[COUNTER_CONFLICTS] = "entries with other bytes under a stored number",
	[COUNTER_REFUSED_SIGNATURE] = "entries refused: the signature does not match",
	[COUNTER_REFUSED_IDENTITY] = "entries refused: another's name, or no such number",
	[COUNTER_REFUSED_AREA] = "entries refused: an area that is not the agent's",
	[COUNTER_REFUSED_FUTURE] = "entries refused: dates in the future",
	[COUNTER_REFUSED_DATASET] = "entries refused: a measure that another dataset gives",
	[COUNTER_REFUSED_CONTENT] = "entries refused: signed, but malformed or above a limit",
	[COUNTER_HELLOS] = "hellos received",
	[COUNTER_HEARTBEATS] = "heartbeats received",
	[COUNTER_RECEIPTS] = "receipts sent",
	[COUNTER_REPLIES_LOST] = "replies to agents that were gone or slow",
	[COUNTER_KEYS_REFUSED] = "connections refused for their key",
	[COUNTER_ZAP_MALFORMED] = "malformed questions of the key check",
	[COUNTER_HANDSHAKES_FAILED] = "handshakes that failed",
	[COUNTER_COMMITS] = "transactions committed",
	[COUNTER_COMMITS_FAILED] = "transactions that failed",
	[COUNTER_BYTES_STORED] = "bytes of entries stored",
	[COUNTER_PROJECTED] = "entries projected into rows",
	[COUNTER_PROJECTION_FAILED] = "entries that could not be projected",
	[COUNTER_ROLLED_UP] = "figures rolled up",
	[COUNTER_ROLLUP_FAILED] = "roll-ups that failed",
	[COUNTER_CHECKPOINTS_BLOCKED] = "checkpoints that a reader was in the way of",
	[COUNTER_SIGNALS_OPENED] = "signals opened",
	[COUNTER_SIGNALS_CLOSED] = "signals closed",
	[COUNTER_SIGNALS_FAILED] = "measures or rules whose signals could not be worked out",
};

/* ---- lines */

static void family(struct html *h, const char *name, const char *type, const char *help)
{
	html_put(h, "# TYPE district_%s %s\n", name, type);
	html_put(h, "# HELP district_%s ", name);
	html_raw(h, help);
	html_raw(h, "\n");
}

static void sample(struct html *h, const char *name, int64_t value)
{
	html_put(h, "district_%s %lld\n", name, (long long)value);
}

static void counter(struct html *h, const char *name, int64_t value, const char *help)
{
	family(h, name, "counter", help);
	html_put(h, "district_%s_total %lld\n", name, (long long)value);
}

static void gauge(struct html *h, const char *name, int64_t value, const char *help)
{
	family(h, name, "gauge", help);
	sample(h, name, value);
}

/* A label's value: agents' names are plain, quotes and backslashes are escaped all the same. */
static void label_value(struct html *h, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			html_raw(h, "\\");
		html_bytes(h, text, 1);
	}
}

/* ---- the store */

static int64_t file_bytes(const struct web *web, const char *name)
{
	char path[PATH_BYTES];
	struct stat st;

	(void)aggregator_config_path(web->reading.config, name, path, sizeof path);
	return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

static const char lag_sql[] = "SELECT (SELECT coalesce(max(id), 0) FROM report) - value"
			      " FROM meta WHERE key = 'projected'";
static const char dirty_sql[] = "SELECT count(*) FROM dirty";

static enum err_code store_put(struct web *web, struct html *h, struct err *err)
{
	struct counters counters;
	int64_t lag = 0;
	int64_t n_dirty = 0;
	char name[64];
	enum err_code code = counters_load(&counters, web->reading.store, err);

	if (code == ERR_OK)
		code = ops_number(web, lag_sql, &lag, err);
	if (code == ERR_OK)
		code = ops_number(web, dirty_sql, &n_dirty, err);
	if (code != ERR_OK)
		return code;
	for (int i = 0; i < COUNTERS; i++) {
		(void)snprintf(name, sizeof name, "ingest_%s", counter_name((enum counter)i));
		counter(h, name, counters.value[i],
			counter_helps[i] != NULL ? counter_helps[i] : "counted by ingest");
	}
	gauge(h, "store_projection_lag", lag, "stored entries that are not rows yet");
	gauge(h, "store_rollups_out_of_date", n_dirty, "roll-ups that are still to be done");
	family(h, "store_bytes", "gauge", "size of the store");
	html_raw(h, "# UNIT district_store_bytes bytes\n");
	sample(h, "store_bytes", file_bytes(web, "store/store.db"));
	family(h, "store_wal_bytes", "gauge", "size of the store's write-ahead log");
	html_raw(h, "# UNIT district_store_wal_bytes bytes\n");
	sample(h, "store_wal_bytes", file_bytes(web, "store/store.db-wal"));
	return ERR_OK;
}

static const char states_sql[] =
	"SELECT s.column1, (SELECT count(*) FROM agent AS a"
	" WHERE a.state = s.column1)"
	" FROM (VALUES ('pending'), ('active'), ('suspended'), ('removed'))"
	" AS s";
static const char contacts_sql[] = "SELECT a.name, h.last_contact_us, h.entries_waiting"
				   " FROM agent AS a JOIN health AS h ON h.agent = a.id"
				   " WHERE a.state <> 'removed' ORDER BY a.name";

/* Rows of a label's value and a number, as samples. divide: of the number. */
static enum err_code rows_put(struct web *web, struct html *h, const char *sql, int column,
			      const char *name, double divide, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(web->reading.store->db, &stmt, sql, err);

	while (code == ERR_OK && (code = db_step(stmt, &row, err)) == ERR_OK && row) {
		html_put(h, "district_%s{%s=\"", name, sql == states_sql ? "state" : "agent");
		label_value(h, db_text(stmt, 0));
		html_raw(h, "\"} ");
		if (divide == 1)
			html_put(h, "%lld\n", (long long)sqlite3_column_int64(stmt, column));
		else
			html_put(h, "%.3f\n", (double)sqlite3_column_int64(stmt, column) / divide);
	}
	db_finalize(&stmt);
	return code;
}

static enum err_code agents_put(struct web *web, struct html *h, struct err *err)
{
	enum err_code code;

	family(h, "agents", "gauge", "agents by state");
	code = rows_put(web, h, states_sql, 1, "agents", 1, err);
	if (code != ERR_OK)
		return code;
	family(h, "agent_last_contact_timestamp_seconds", "gauge",
	       "when the agent was last heard of");
	html_raw(h, "# UNIT district_agent_last_contact_timestamp_seconds seconds\n");
	code = rows_put(web, h, contacts_sql, 1, "agent_last_contact_timestamp_seconds", US_PER_S,
			err);
	if (code != ERR_OK)
		return code;
	family(h, "agent_entries_waiting", "gauge", "entries that the agent has not delivered yet");
	return rows_put(web, h, contacts_sql, 2, "agent_entries_waiting", 1, err);
}

/* ---- the server */

static void latency_put(struct html *h, const struct stats *s)
{
	static const char name[] = "web_answer_seconds";
	static const char *const bounds[STATS_BUCKETS] = { /* stats_bound_ms in seconds */
							   "0.001", "0.002", "0.005", "0.01",
							   "0.02",  "0.05",  "0.1",   "0.2",
							   "0.5",   "1.0",   "+Inf"
	};
	int64_t n = 0;

	family(h, name, "histogram", "time from a whole request to its answer");
	html_put(h, "# UNIT district_%s seconds\n", name);
	for (int i = 0; i < STATS_BUCKETS; i++) {
		n += s->n_within[i];
		html_put(h, "district_%s_bucket{le=\"%s\"} %lld\n", name, bounds[i], (long long)n);
	}
	html_put(h, "district_%s_sum %.6f\n", name, (double)s->total_us / US_PER_S);
	html_put(h, "district_%s_count %lld\n", name, (long long)s->n_timed);
}

static void server_put(const struct web *web, struct html *h)
{
	const struct stats *s = &web->stats;

	family(h, "web_answers", "counter", "answers by class of status");
	for (int i = 1; i < STATS_CLASSES; i++)
		html_put(h, "district_web_answers_total{class=\"%dxx\"} %lld\n", i,
			 (long long)s->answers[i]);
	latency_put(h, s);
	counter(h, "web_not_modified", s->not_modified, "answers 304: the asker has it already");
	counter(h, "web_rate_limited", s->rate_limited, "answers 429: too many from one address");
	counter(h, "web_connections", s->connections, "connections accepted");
	counter(h, "web_connections_refused", s->connections_refused,
		"connections refused: too many at once, or from one address");
	counter(h, "web_connections_late", s->connections_late,
		"connections cut off: no whole request, or no reading, in time");
	gauge(h, "web_connections_open", s->connections_open, "connections now");
	counter(h, "web_deferred", s->deferred, "answers that needed the worker thread");
	counter(h, "web_deferred_refused", s->deferred_refused,
		"answers 503: too many waited for the worker thread");
	family(h, "web_start_timestamp_seconds", "gauge", "when this process started");
	html_raw(h, "# UNIT district_web_start_timestamp_seconds seconds\n");
	html_put(h, "district_web_start_timestamp_seconds %.3f\n",
		 (double)web->started_us / US_PER_S);
}

static void cache_put(const struct web *web, struct html *h)
{
	struct figures_counts c = figures_counts(web->figures);

	counter(h, "web_cache_hits", c.n_found, "questions whose answer was kept");
	counter(h, "web_cache_misses", c.n_missed, "questions whose answer had to be worked out");
	family(h, "web_cache_bytes", "gauge", "answers kept");
	html_raw(h, "# UNIT district_web_cache_bytes bytes\n");
	sample(h, "web_cache_bytes", (int64_t)c.bytes);
}

/* From this machine itself, or by somebody who may see how it runs. */
static int may_read(const struct request *rq)
{
	if (rq->viewer.role == ROLE_CENTRAL || rq->viewer.role == ROLE_ADMIN)
		return 1;
	return !rq->forwarded && (strcmp(rq->peer, "local") == 0 || strcmp(rq->peer, "::1") == 0 ||
				  strncmp(rq->peer, "127.", 4) == 0);
}

enum err_code ops_metrics(struct web *web, const struct request *rq, struct response *rs,
			  struct err *err)
{
	enum err_code code;

	if (!may_read(rq))
		return err_set(err, ERR_DENIED,
			       "metrics are given on this machine, or for an API token of a "
			       "central or administrator account");
	rs->type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
	code = store_put(web, &rs->body, err);
	if (code == ERR_OK)
		code = agents_put(web, &rs->body, err);
	if (code != ERR_OK)
		return code;
	server_put(web, &rs->body);
	cache_put(web, &rs->body);
	html_raw(&rs->body, "# EOF\n");
	return ERR_OK;
}
