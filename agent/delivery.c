/* In: verified answers of the aggregators. Out: rows that survive a power cut. Nothing is dropped.
 * Reading for the commands is in delivery_read.c. */
#include "agent/delivery_private.h"

#include <stdlib.h>
#include <string.h>

#include "proto/clock.h"
#include "proto/embed.h"
#include "proto/limits.h"

enum err_code delivery_prepare(struct delivery *d, enum delivery_statement which, const char *sql,
			       sqlite3_stmt **stmt, struct err *err)
{
	enum err_code code = db_prepare(d->db, &d->of[which], sql, err);

	*stmt = d->of[which];
	return code;
}

enum err_code delivery_ended(enum err_code code, struct err *err)
{
	if (code != ERR_OK)
		err_wrap(err, "delivery");
	return code;
}

enum err_code delivery_open(const char *path, enum db_mode mode, struct delivery **out,
			    struct err *err)
{
	const struct embed *schema = embed_find("agent/delivery.sql");
	struct delivery *d;
	enum err_code code;

	*out = NULL;
	if (schema == NULL)
		return err_set(err, ERR_CONFIG, "this program holds no agent/delivery.sql");
	d = calloc(1, sizeof *d);
	if (d == NULL)
		return err_set(err, ERR_NOMEM, "delivery: out of memory");
	code = db_open(path, mode, &schema->text, 1, &d->db, err);
	if (code != ERR_OK) {
		delivery_close(&d);
		return delivery_ended(code, err);
	}
	*out = d;
	return ERR_OK;
}

void delivery_close(struct delivery **delivery)
{
	struct delivery *d = *delivery;

	if (d == NULL)
		return;
	for (int i = 0; i < DELIVERY_STATEMENTS; i++)
		db_finalize(&d->of[i]);
	db_close(&d->db);
	free(d);
	*delivery = NULL;
}

static const char *const state_names[] = {
	[DELIVERY_CONNECTING] = "connecting",
	[DELIVERY_CONNECTED] = "connected",
	[DELIVERY_REFUSED] = "refused",
	[DELIVERY_HELD] = "held",
};

const char *delivery_state_name(enum delivery_state state)
{
	return state_names[state];
}

/* ---- one row at a time */

static const char sql_started[] =
	"INSERT INTO process (one, started_us, unsandboxed) VALUES (1, $1, $2) "
	"ON CONFLICT (one) DO UPDATE SET started_us = excluded.started_us, "
	"unsandboxed = excluded.unsandboxed";

enum err_code delivery_started(struct delivery *d, int unsandboxed, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = delivery_prepare(d, DELIVERY_STARTED, sql_started, &stmt, err);

	if (code == ERR_OK) {
		db_bind_int(stmt, 1, clock_wall_us());
		db_bind_int(stmt, 2, unsandboxed);
		code = db_run(stmt, err);
	}
	return delivery_ended(code, err);
}

static const char sql_link[] =
	"INSERT INTO link (aggregator, endpoint, state, reason, since_us) VALUES ($1, $2, $3, $4, "
	"$5) ON CONFLICT (aggregator) DO UPDATE SET endpoint = excluded.endpoint, "
	"state = excluded.state, reason = excluded.reason, since_us = excluded.since_us";

enum err_code delivery_link_set(struct delivery *d, const struct delivery_link *link,
				struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = delivery_prepare(d, DELIVERY_LINK, sql_link, &stmt, err);

	if (code == ERR_OK) {
		db_bind_text(stmt, 1, link->aggregator);
		db_bind_text(stmt, 2, link->endpoint);
		db_bind_text(stmt, 3, delivery_state_name(link->state));
		db_bind_text(stmt, 4, link->reason);
		db_bind_int(stmt, 5, link->since_us);
		code = db_run(stmt, err);
	}
	return delivery_ended(code, err);
}

/* ---- progress */

static void delivery_pack_u64(uint8_t *out, uint64_t value)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(value >> (8 * i));
}

static const char sql_progress[] =
	"INSERT INTO progress (store, spool, generation, stored_up_to, beyond) "
	"VALUES ($1, $2, $3, $4, $5) ON CONFLICT (store, spool) DO UPDATE SET "
	"generation = max(generation, excluded.generation), stored_up_to = excluded.stored_up_to, "
	"beyond = excluded.beyond";

struct delivery_progress {
	const ProtobufCBinaryData *store, *spool;
	uint64_t generation; /* 0: as it was */
	uint64_t stored_up_to;
	District__Range *const *beyond;
	size_t n_beyond;
};

static enum err_code delivery_progress_set(struct delivery *d, const struct delivery_progress *p,
					   struct err *err)
{
	uint8_t *packed = malloc(p->n_beyond * 16 + 1);
	sqlite3_stmt *stmt;
	enum err_code code;

	if (packed == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < p->n_beyond; i++) {
		delivery_pack_u64(packed + i * 16, p->beyond[i]->first);
		delivery_pack_u64(packed + i * 16 + 8, p->beyond[i]->last);
	}
	code = delivery_prepare(d, DELIVERY_PROGRESS, sql_progress, &stmt, err);
	if (code == ERR_OK) {
		db_bind_blob(stmt, 1, p->store->data, p->store->len);
		db_bind_blob(stmt, 2, p->spool->data, p->spool->len);
		db_bind_int(stmt, 3, (int64_t)p->generation);
		db_bind_int(stmt, 4, (int64_t)p->stored_up_to);
		db_bind_blob(stmt, 5, packed, p->n_beyond * 16);
		code = db_run(stmt, err);
		(void)sqlite3_clear_bindings(stmt);
	}
	free(packed);
	return code;
}

static const char sql_store[] =
	"INSERT INTO store (id, aggregator, restore_epoch, last_contact_us, clock_difference_us) "
	"VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE SET "
	"aggregator = excluded.aggregator, restore_epoch = excluded.restore_epoch, "
	"last_contact_us = excluded.last_contact_us, "
	"clock_difference_us = excluded.clock_difference_us";

static enum err_code delivery_store_set(struct delivery *d, const char *aggregator,
					const District__Welcome *w, int64_t now_us, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = delivery_prepare(d, DELIVERY_STORE, sql_store, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, w->store.data, w->store.len);
	db_bind_text(stmt, 2, aggregator);
	db_bind_int(stmt, 3, (int64_t)w->restore_epoch);
	db_bind_int(stmt, 4, now_us);
	db_bind_int(stmt, 5, w->clock_difference_us);
	return db_run(stmt, err);
}

/* Ends the transaction that code says went well or not. */
static enum err_code delivery_finish(struct delivery *d, enum err_code code, const char *what,
				     struct err *err)
{
	if (code == ERR_OK)
		code = db_exec(d->db, "COMMIT", err);
	if (code == ERR_OK)
		return ERR_OK;
	if (!sqlite3_get_autocommit(d->db))
		(void)db_exec(d->db, "ROLLBACK", NULL);
	err_wrap(err, "delivery: %s", what);
	return code;
}

enum err_code delivery_welcome(struct delivery *d, const char *aggregator,
			       const District__Welcome *welcome, int64_t now_us, struct err *err)
{
	struct delivery_progress p = {
		&welcome->store,       &welcome->spool, welcome->generation,
		welcome->stored_up_to, welcome->beyond, welcome->n_beyond,
	};
	enum err_code code = db_exec(d->db, "BEGIN IMMEDIATE", err);

	if (code == ERR_OK)
		code = delivery_store_set(d, aggregator, welcome, now_us, err);
	if (code == ERR_OK)
		code = delivery_progress_set(d, &p, err);
	return delivery_finish(d, code, "keep a welcome", err);
}

/* ---- receipts */

static const char sql_receipt[] =
	"INSERT INTO receipt (store, spool, received_us, stored_up_to, bytes, signature) "
	"VALUES ($1, $2, $3, $4, $5, $6)";

static enum err_code delivery_receipt_add(struct delivery *d, const District__Receipt *r,
					  const District__Signed *s, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = delivery_prepare(d, DELIVERY_RECEIPT, sql_receipt, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, r->store.data, r->store.len);
	db_bind_blob(stmt, 2, r->spool.data, r->spool.len);
	db_bind_int(stmt, 3, r->received_us);
	db_bind_int(stmt, 4, (int64_t)r->stored_up_to);
	db_bind_blob(stmt, 5, s->payload.data, s->payload.len);
	db_bind_blob(stmt, 6, s->signature.data, s->signature.len);
	return db_run(stmt, err);
}

static const char sql_refusal[] =
	"INSERT INTO refusal (store, spool, sequence, code, reason, at_us) "
	"VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (store, spool, sequence) DO UPDATE SET "
	"code = excluded.code, reason = excluded.reason";

static enum err_code delivery_refusals_add(struct delivery *d, const District__Receipt *r,
					   int64_t now_us, struct err *err)
{
	enum err_code code = ERR_OK;
	sqlite3_stmt *stmt;

	for (size_t i = 0; i < r->n_refused && code == ERR_OK; i++) {
		code = delivery_prepare(d, DELIVERY_REFUSAL, sql_refusal, &stmt, err);
		if (code != ERR_OK)
			return code;
		db_bind_blob(stmt, 1, r->store.data, r->store.len);
		db_bind_blob(stmt, 2, r->spool.data, r->spool.len);
		db_bind_int(stmt, 3, (int64_t)r->refused[i]->sequence);
		db_bind_text(stmt, 4, r->refused[i]->code);
		db_bind_text(stmt, 5, r->refused[i]->reason);
		db_bind_int(stmt, 6, now_us);
		code = db_run(stmt, err);
	}
	return code;
}

static const char sql_contact[] = "UPDATE store SET last_contact_us = $1 WHERE id = $2";

static enum err_code delivery_contact(struct delivery *d, const ProtobufCBinaryData *store,
				      int64_t now_us, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = delivery_prepare(d, DELIVERY_CONTACT, sql_contact, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, now_us);
	db_bind_blob(stmt, 2, store->data, store->len);
	return db_run(stmt, err);
}

enum err_code delivery_receipt(struct delivery *d, const District__Receipt *receipt,
			       const District__Signed *signed_bytes, int64_t now_us,
			       struct err *err)
{
	struct delivery_progress p = {
		&receipt->store,       &receipt->spool, 0,
		receipt->stored_up_to, receipt->beyond, receipt->n_beyond,
	};
	enum err_code code = db_exec(d->db, "BEGIN IMMEDIATE", err);

	if (code == ERR_OK)
		code = delivery_receipt_add(d, receipt, signed_bytes, err);
	if (code == ERR_OK)
		code = delivery_progress_set(d, &p, err);
	if (code == ERR_OK)
		code = delivery_refusals_add(d, receipt, now_us, err);
	if (code == ERR_OK)
		code = delivery_contact(d, &receipt->store, now_us, err);
	return delivery_finish(d, code, "keep a receipt", err);
}

/* ---- a new spool is needed */

/* An aggregator may have several stores, of which the agent uses one at a time. */
static const char sql_least[] =
	"SELECT coalesce(max(p.stored_up_to), 0) FROM store AS s JOIN progress AS p "
	"ON p.store = s.id AND p.spool = $1 WHERE s.aggregator = $2";

static enum err_code delivery_stored_at(struct delivery *d, const char *aggregator,
					const uint8_t *spool, int64_t *stored_up_to,
					struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = delivery_prepare(d, DELIVERY_STORED_AT, sql_least, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, spool, FRAME_SPOOL_BYTES);
	db_bind_text(stmt, 2, aggregator);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK)
		*stored_up_to = row ? sqlite3_column_int64(stmt, 0) : 0;
	(void)sqlite3_reset(stmt);
	return code;
}

static const char sql_renew[] =
	"INSERT INTO renew (spool, stored_up_to, reason, at_us) VALUES ($1, $2, $3, $4) "
	"ON CONFLICT (spool) DO UPDATE SET stored_up_to = min(stored_up_to, excluded.stored_up_to)";

enum err_code delivery_renew(struct delivery *d, const uint8_t spool[FRAME_SPOOL_BYTES],
			     int64_t same_up_to, const char *reason, const char *const *aggregators,
			     int n, struct err *err)
{
	int64_t least = same_up_to;
	sqlite3_stmt *stmt;
	enum err_code code = db_exec(d->db, "BEGIN IMMEDIATE", err);

	for (int i = 0; i < n && code == ERR_OK; i++) {
		int64_t stored = 0;

		code = delivery_stored_at(d, aggregators[i], spool, &stored, err);
		if (stored < least)
			least = stored;
	}
	if (code == ERR_OK)
		code = delivery_prepare(d, DELIVERY_RENEW, sql_renew, &stmt, err);
	if (code == ERR_OK) {
		db_bind_blob(stmt, 1, spool, FRAME_SPOOL_BYTES);
		db_bind_int(stmt, 2, least);
		db_bind_text(stmt, 3, reason);
		db_bind_int(stmt, 4, clock_wall_us());
		code = db_run(stmt, err);
	}
	return delivery_finish(d, code, "ask for a new spool", err);
}
