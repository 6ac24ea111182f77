/* Out: what status and receipts show of delivery. */
#include "agent/delivery_private.h"

#include <stdio.h>
#include <string.h>

static const char sql_process[] = "SELECT started_us, unsandboxed FROM process";

enum err_code delivery_process(struct delivery *d, int64_t *started_us, int *unsandboxed,
			       struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = delivery_prepare(d, DELIVERY_PROCESS_GET, sql_process, &stmt, err);

	if (code == ERR_OK)
		code = db_step(stmt, &row, err);
	if (code == ERR_OK && row) {
		*started_us = sqlite3_column_int64(stmt, 0);
		*unsandboxed = sqlite3_column_int(stmt, 1);
	}
	if (stmt != NULL)
		(void)sqlite3_reset(stmt);
	if (code != ERR_OK)
		return delivery_ended(code, err);
	return row ? ERR_OK : err_set(err, ERR_MISSING, "publish has never been started");
}

static const char sql_link_get[] = "SELECT endpoint, reason, since_us, state FROM link "
				   "WHERE aggregator = $1";

enum err_code delivery_link_get(struct delivery *d, const char *aggregator,
				struct delivery_link *out, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = delivery_prepare(d, DELIVERY_LINK_GET, sql_link_get, &stmt, err);

	memset(out, 0, sizeof *out);
	if (code != ERR_OK)
		return delivery_ended(code, err);
	db_bind_text(stmt, 1, aggregator);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row) {
		(void)snprintf(out->aggregator, sizeof out->aggregator, "%s", aggregator);
		(void)snprintf(out->endpoint, sizeof out->endpoint, "%s", db_text(stmt, 0));
		(void)snprintf(out->reason, sizeof out->reason, "%s", db_text(stmt, 1));
		out->since_us = sqlite3_column_int64(stmt, 2);
		for (int s = DELIVERY_CONNECTING; s <= DELIVERY_HELD; s++)
			if (strcmp(delivery_state_name((enum delivery_state)s), db_text(stmt, 3)) ==
			    0)
				out->state = (enum delivery_state)s;
	}
	(void)sqlite3_reset(stmt);
	if (code != ERR_OK)
		return delivery_ended(code, err);
	return row ? ERR_OK : err_set(err, ERR_MISSING, "publish has never tried %s", aggregator);
}

static const char sql_store_get[] =
	"SELECT s.id, s.restore_epoch, s.last_contact_us, s.clock_difference_us, "
	"coalesce(p.generation, 0), coalesce(p.stored_up_to, 0) FROM store AS s "
	"LEFT JOIN progress AS p ON p.store = s.id AND p.spool = $1 WHERE s.aggregator = $2 "
	"ORDER BY s.last_contact_us DESC LIMIT 1";

enum err_code delivery_store_get(struct delivery *d, const char *aggregator,
				 const uint8_t spool[FRAME_SPOOL_BYTES], struct delivery_store *out,
				 struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = delivery_prepare(d, DELIVERY_STORE_GET, sql_store_get, &stmt, err);

	memset(out, 0, sizeof *out);
	if (code != ERR_OK)
		return delivery_ended(code, err);
	db_bind_blob(stmt, 1, spool, FRAME_SPOOL_BYTES);
	db_bind_text(stmt, 2, aggregator);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row) {
		if (sqlite3_column_bytes(stmt, 0) == FRAME_STORE_BYTES)
			memcpy(out->id, sqlite3_column_blob(stmt, 0), FRAME_STORE_BYTES);
		out->restore_epoch = sqlite3_column_int64(stmt, 1);
		out->last_contact_us = sqlite3_column_int64(stmt, 2);
		out->clock_difference_us = sqlite3_column_int64(stmt, 3);
		out->generation = sqlite3_column_int64(stmt, 4);
		out->stored_up_to = sqlite3_column_int64(stmt, 5);
	}
	(void)sqlite3_reset(stmt);
	if (code != ERR_OK)
		return delivery_ended(code, err);
	return row ? ERR_OK : err_set(err, ERR_MISSING, "%s has never answered", aggregator);
}

/* Numbers above a renewal's were sent again in the new spool, under other numbers. */
static const char sql_refusals[] =
	"SELECT coalesce(s.aggregator, ''), r.code, r.reason, r.spool, r.sequence, r.at_us "
	"FROM refusal AS r LEFT JOIN store AS s ON s.id = r.store "
	"LEFT JOIN renew AS n ON n.spool = r.spool "
	"WHERE n.spool IS NULL OR r.sequence <= n.stored_up_to "
	"ORDER BY r.at_us, r.sequence";

enum err_code delivery_refusals(struct delivery *d,
				int (*on_refusal)(void *context, const struct delivery_refusal *r),
				void *context, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0, stop = 0;
	enum err_code code = delivery_prepare(d, DELIVERY_REFUSALS_GET, sql_refusals, &stmt, err);

	if (code != ERR_OK)
		return delivery_ended(code, err);
	for (code = db_step(stmt, &row, err); code == ERR_OK && row && !stop;
	     code = stop ? code : db_step(stmt, &row, err)) {
		struct delivery_refusal r = {
			.aggregator = db_text(stmt, 0),
			.code = db_text(stmt, 1),
			.reason = db_text(stmt, 2),
			.spool = sqlite3_column_blob(stmt, 3),
			.sequence = sqlite3_column_int64(stmt, 4),
			.at_us = sqlite3_column_int64(stmt, 5),
		};

		stop = on_refusal(context, &r);
	}
	(void)sqlite3_reset(stmt);
	return delivery_ended(code, err);
}

static const char sql_receipts[] =
	"SELECT r.id, coalesce(s.aggregator, ''), r.store, r.spool, r.received_us, r.stored_up_to, "
	"r.bytes, r.signature FROM receipt AS r LEFT JOIN store AS s ON s.id = r.store "
	"ORDER BY r.id";

enum err_code delivery_receipts(struct delivery *d,
				int (*on_receipt)(void *context,
						  const struct delivery_receipt_row *r),
				void *context, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0, stop = 0;
	enum err_code code = delivery_prepare(d, DELIVERY_RECEIPTS_GET, sql_receipts, &stmt, err);

	if (code != ERR_OK)
		return delivery_ended(code, err);
	for (code = db_step(stmt, &row, err); code == ERR_OK && row && !stop;
	     code = stop ? code : db_step(stmt, &row, err)) {
		struct delivery_receipt_row r = {
			.id = sqlite3_column_int64(stmt, 0),
			.aggregator = db_text(stmt, 1),
			.store = sqlite3_column_blob(stmt, 2),
			.spool = sqlite3_column_blob(stmt, 3),
			.received_us = sqlite3_column_int64(stmt, 4),
			.stored_up_to = sqlite3_column_int64(stmt, 5),
			.bytes = sqlite3_column_blob(stmt, 6),
			.len = (size_t)sqlite3_column_bytes(stmt, 6),
			.signature = sqlite3_column_blob(stmt, 7),
			.signature_len = (size_t)sqlite3_column_bytes(stmt, 7),
		};

		stop = on_receipt(context, &r);
	}
	(void)sqlite3_reset(stmt);
	return delivery_ended(code, err);
}
