/* Who has reported what by when, and how each agent does. */

#include <string.h>

#include "aggregator/web/api.h"
#include "aggregator/web/received_cache.h"
#include "aggregator/web/routes.h"
#include "proto/clock.h"
#include "proto/db.h"

#define MONTHS_DEFAULT 12
#define MONTHS_MAX 600

/* ---- received */

static const char *const received_parameters[] = { "area", "from", "to", NULL };
static const char *const received_columns[] = {
	"dataset", "area",      "month",   "state", "due", "received",
	"as_at",   "corrected", "refused", "nil",   NULL,
};

static json_t *received_item(const struct received_cell *c)
{
	return json_pack("{s:s,s:s,s:o,s:s,s:o,s:o,s:o,s:i,s:i,s:b}", "dataset", c->dataset, "area",
			 c->area, "month", api_period(c->month), "state",
			 received_state_name(c->state), "due",
			 api_date(c->state == RECEIVED_NOT_EXPECTED ? INT32_MIN : c->due),
			 "received", api_instant(c->received_us), "as_at", api_date(c->as_at),
			 "corrected", c->n_corrected, "refused", c->n_refused, "nil", c->nil);
}

static enum err_code received_read(struct api *a, int *area, struct period *from, struct period *to,
				   struct err *err)
{
	enum err_code code = api_read_area(a, "area", request_query(a->rq, "area"), area, err);

	*to = period_of(PERIOD_MONTH, clock_today());
	if (code == ERR_OK)
		code = api_read_period(a, "to", request_query(a->rq, "to"), PERIOD_MONTH, to, err);
	*from = period_next(*to, 1 - MONTHS_DEFAULT);
	if (code == ERR_OK)
		code = api_read_period(a, "from", request_query(a->rq, "from"), PERIOD_MONTH, from,
				       err);
	if (code != ERR_OK)
		return code;
	a->parameter = "from";
	if (from->start > to->start)
		return err_set(err, ERR_MALFORMED, "from lies after to: swap them");
	if (period_next(*from, MONTHS_MAX).start <= to->start)
		return err_set(err, ERR_TOO_BIG, "more than %d months: ask for fewer at a time",
			       MONTHS_MAX);
	a->parameter = NULL;
	return ERR_OK;
}

/* A district sees its own returns only. */
static int received_is_shown(const struct api *a, const struct received_cell *c)
{
	const struct viewer *v = &a->rq->viewer;

	return v->role != ROLE_DISTRICT || strcmp(v->area, c->area) == 0;
}

static enum err_code received_fill(struct api *a, struct err *err)
{
	const struct area_tree *areas = a->web->reading.areas;
	const struct received *received;
	struct period from;
	struct period to;
	size_t n = 0;
	size_t at = 0;
	int area;
	enum err_code code = received_read(a, &area, &from, &to, err);

	if (code == ERR_OK)
		code = received_cache_get(a->web, area, from, to, &received, err);
	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < received->n; i++)
		n += received_is_shown(a, &received->cells[i]) != 0;
	api_page(a, n);
	api_top(a, "area", json_string(areas->areas[area].code));
	api_top(a, "from", api_period(from));
	api_top(a, "to", api_period(to));
	for (size_t i = 0; i < received->n; i++) {
		if (!received_is_shown(a, &received->cells[i]))
			continue;
		if (at >= a->first && at < a->end)
			api_add(a, received_item(&received->cells[i]));
		at++;
	}
	return ERR_OK;
}

static const struct api_question received_question = { received_parameters, received_columns,
						       "received", API_STORE, received_fill };

/* ---- agents */

static const char *const agents_parameters[] = { NULL };
static const char *const agents_columns[] = {
	"agent",        "state",           "areas",
	"enrolled",     "last_contact",    "program",
	"measures",     "waiting",         "oldest_waiting",
	"newest_as_at", "disk_free_bytes", "clock_difference_s",
	"sandboxed",    "last_fault",      NULL,
};

static const char sql_agents[] =
	"SELECT a.name, a.state, (SELECT group_concat(area, ' ') FROM (SELECT area FROM agent_area"
	" WHERE agent = a.id ORDER BY area)), a.enrolled_us, h.last_contact_us, h.program,"
	" h.measures_digest, h.entries_waiting, h.oldest_waiting_us, h.newest_as_at,"
	" h.disk_free_bytes, h.clock_difference_us, h.unsandboxed, h.last_fault "
	"FROM agent a LEFT JOIN health h ON h.agent = a.id WHERE a.state <> 'removed' "
	"ORDER BY a.name LIMIT $1 OFFSET $2";

static json_t *agent_number(sqlite3_stmt *stmt, int column)
{
	return sqlite3_column_type(stmt, column) == SQLITE_NULL
		       ? json_null()
		       : json_integer(sqlite3_column_int64(stmt, column));
}

/* What an agent never said of itself is null, which is not 0. */
static json_t *agent_item(sqlite3_stmt *stmt)
{
	const int heard = sqlite3_column_type(stmt, 4) != SQLITE_NULL;
	const int n = sqlite3_column_bytes(stmt, 6);
	const int32_t as_at = sqlite3_column_int(stmt, 9);

	return json_pack(
		"{s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "agent",
		db_text(stmt, 0), "state", db_text(stmt, 1), "areas", api_text(db_text(stmt, 2)),
		"enrolled", api_instant(sqlite3_column_int64(stmt, 3)), "last_contact",
		api_instant(sqlite3_column_int64(stmt, 4)), "program", api_text(db_text(stmt, 5)),
		"measures", n == 0 ? json_null() : api_hex(sqlite3_column_blob(stmt, 6), (size_t)n),
		"waiting", agent_number(stmt, 7), "oldest_waiting",
		api_instant(sqlite3_column_int64(stmt, 8)), "newest_as_at",
		api_date(!heard || as_at == 0 ? INT32_MIN : as_at), "disk_free_bytes",
		agent_number(stmt, 10), "clock_difference_s",
		heard ? api_scaled(sqlite3_column_int64(stmt, 11), 1000000) : json_null(),
		"sandboxed", heard ? json_boolean(sqlite3_column_int(stmt, 12) == 0) : json_null(),
		"last_fault", api_text(db_text(stmt, 13)));
}

static const char sql_n_agents[] = "SELECT count(*) FROM agent WHERE state <> 'removed'";

static enum err_code agents_count(sqlite3 *db, size_t *n, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(db, &stmt, sql_n_agents, err);

	if (code == ERR_OK)
		code = db_step(stmt, &row, err);
	*n = code == ERR_OK && row ? (size_t)sqlite3_column_int64(stmt, 0) : 0;
	db_finalize(&stmt);
	return code;
}

static enum err_code agents_fill(struct api *a, struct err *err)
{
	sqlite3 *db = a->web->reading.store->db;
	sqlite3_stmt *stmt = NULL;
	size_t n;
	int row = 1;
	enum err_code code = agents_count(db, &n, err);

	if (code != ERR_OK)
		return code;
	api_page(a, n);
	code = db_prepare(db, &stmt, sql_agents, err);
	if (code == ERR_OK) {
		db_bind_int(stmt, 1, a->per_page);
		db_bind_int(stmt, 2, (int64_t)a->first);
	}
	while (code == ERR_OK && row) {
		code = db_step(stmt, &row, err);
		if (code == ERR_OK && row)
			api_add(a, agent_item(stmt));
	}
	db_finalize(&stmt);
	return code;
}

static const struct api_question agents_question = { agents_parameters, agents_columns, "agents",
						     API_STORE, agents_fill };

/* ---- addresses */

static enum err_code api_received(struct web *web, const struct request *rq, struct response *rs,
				  struct err *err)
{
	return api_answer(web, rq, rs, err, &received_question);
}

static enum err_code api_agents(struct web *web, const struct request *rq, struct response *rs,
				struct err *err)
{
	return api_answer(web, rq, rs, err, &agents_question);
}

const struct route api_received_routes[] = {
	{ REQUEST_GET, "/api/v1/received", ROLES_READERS, ROUTE_API, api_received },
	{ REQUEST_GET, "/api/v1/agents", ROLE_BIT(ROLE_CENTRAL) | ROLE_BIT(ROLE_ADMIN), ROUTE_API,
	  api_agents },
	{ 0, NULL, 0, 0, NULL },
};
