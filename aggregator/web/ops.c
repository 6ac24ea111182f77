/* ops: what a watching machine asks. /healthz: can the store be read, and how old is the newest
 * entry; /metrics is in ops_metrics.c. */
#include "aggregator/web/ops.h"

#include <jansson.h>
#include <stdlib.h>

#include "aggregator/web/routes.h"
#include "proto/clock.h"

#define US_PER_S 1000000

enum err_code ops_number(struct web *web, const char *sql, int64_t *value, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 0;
	enum err_code code = db_prepare(web->reading.store->db, &stmt, sql, err);

	if (code == ERR_OK)
		code = db_step(stmt, &row, err);
	if (code == ERR_OK && (!row || sqlite3_column_type(stmt, 0) == SQLITE_NULL))
		code = err_set(err, ERR_MISSING, "no value");
	if (code == ERR_OK)
		*value = sqlite3_column_int64(stmt, 0);
	db_finalize(&stmt);
	return code;
}

static const char newest_sql[] = "SELECT max(received_us) FROM report"
				 " WHERE id = (SELECT max(id) FROM report)";

static enum err_code healthz(struct web *web, const struct request *rq, struct response *rs,
			     struct err *err)
{
	struct err said = { .code = ERR_OK };
	int64_t version = 0;
	int64_t newest_us = 0;
	enum err_code code = ops_number(web, "PRAGMA user_version", &version, &said);
	enum err_code newest = ERR_MISSING;
	json_t *answer;
	char *text;

	(void)rq;
	if (code == ERR_OK)
		newest = ops_number(web, newest_sql, &newest_us, &said);
	if (code == ERR_OK && newest != ERR_OK && newest != ERR_MISSING)
		code = newest;
	answer = json_pack("{s:s,s:b,s:I}", "status", code == ERR_OK ? "ok" : "failing",
			   "store_readable", code == ERR_OK, "schema_version", (json_int_t)version);
	if (answer != NULL)
		(void)json_object_set_new(
			answer, "newest_entry_age_s",
			newest == ERR_OK ? json_integer((clock_wall_us() - newest_us) / US_PER_S)
					 : json_null());
	text = answer == NULL ? NULL : json_dumps(answer, JSON_COMPACT);
	json_decref(answer);
	if (text == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	html_raw(&rs->body, text);
	html_raw(&rs->body, "\n");
	free(text);
	rs->type = "application/json";
	rs->status = code == ERR_OK ? 200 : 503;
	return ERR_OK;
}

const struct route ops_routes[] = {
	{ REQUEST_GET, "/healthz", ROLES_ANYONE, ROUTE_ASSET, healthz },
	{ REQUEST_GET, "/metrics", ROLES_ANYONE, ROUTE_API, ops_metrics },
	{ 0, NULL, 0, 0, NULL },
};
