/* The audit log: one row per sign-in and per change, chained. In: who did what, inside the
 * transaction that does it. Nothing is ever changed or taken out (triggers refuse it, and the chain
 * shows what was done past them). */

#include "aggregator/web/office.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "proto/clock.h"

struct audit_head {
	int64_t n_rows;
	uint8_t chain[OFFICE_CHAIN_BYTES]; /* zeros before the first row */
};

/* ---- chain */

/* Length first, so that no two rows hash the same bytes. */
static void audit_hash_text(crypto_hash_sha256_state *state, const char *text)
{
	uint64_t len = strlen(text);
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(len >> (8 * i));
	(void)crypto_hash_sha256_update(state, bytes, sizeof bytes);
	(void)crypto_hash_sha256_update(state, (const uint8_t *)text, len);
}

static void audit_chain(const uint8_t before[OFFICE_CHAIN_BYTES],
			const struct office_audit_row *row, int64_t account,
			uint8_t chain[OFFICE_CHAIN_BYTES])
{
	const char *const texts[] = { row->who,    row->role,  row->peer,
				      row->action, row->about, row->detail };
	crypto_hash_sha256_state state;
	char numbers[80];

	(void)snprintf(numbers, sizeof numbers, "%" PRId64 " %" PRId64 " %" PRId64, row->id,
		       row->at_us, account);
	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, before, OFFICE_CHAIN_BYTES);
	audit_hash_text(&state, numbers);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		audit_hash_text(&state, texts[i]);
	(void)crypto_hash_sha256_final(&state, chain);
}

static const char audit_head_sql[] = "SELECT a.value, b.value FROM setting a, setting b "
				     "WHERE a.key = 'audit_rows' AND b.key = 'audit_head'";

static enum err_code audit_head_read(struct office *o, struct audit_head *head, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, audit_head_sql, &stmt, err);

	if (code == ERR_OK)
		code = db_step(stmt, &row, err);
	if (code != ERR_OK)
		return code;
	memset(head, 0, sizeof *head);
	if (row)
		head->n_rows = sqlite3_column_int64(stmt, 0);
	if (row && sqlite3_column_bytes(stmt, 1) == OFFICE_CHAIN_BYTES)
		memcpy(head->chain, sqlite3_column_blob(stmt, 1), OFFICE_CHAIN_BYTES);
	else if (!row || head->n_rows != 0)
		code = err_set(err, ERR_DENIED, "the audit log's head is damaged or was taken out");
	(void)sqlite3_reset(stmt);
	return code;
}

static const char audit_head_rows_sql[] = "UPDATE setting SET value = $1 WHERE key = 'audit_rows'";
static const char audit_head_chain_sql[] = "UPDATE setting SET value = $1 WHERE key = 'audit_head'";

static enum err_code audit_head_write(struct office *o, const struct audit_head *head,
				      struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, audit_head_rows_sql, &stmt, err);

	if (code == ERR_OK) {
		db_bind_int(stmt, 1, head->n_rows);
		code = db_run(stmt, err);
	}
	if (code == ERR_OK)
		code = office_prepare(o, audit_head_chain_sql, &stmt, err);
	if (code == ERR_OK) {
		db_bind_blob(stmt, 1, head->chain, sizeof head->chain);
		code = db_run(stmt, err);
	}
	return code;
}

/* ---- append */

static const char audit_add_sql[] =
	"INSERT INTO audit_log (id, at_us, account, who, role, peer, action, about, detail, chain) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

static enum err_code audit_add(struct office *o, const struct office_audit_row *row,
			       int64_t account, const uint8_t chain[OFFICE_CHAIN_BYTES],
			       struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, audit_add_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, row->id);
	db_bind_int(stmt, 2, row->at_us);
	if (account == 0)
		db_bind_null(stmt, 3);
	else
		db_bind_int(stmt, 3, account);
	db_bind_text(stmt, 4, row->who);
	db_bind_text(stmt, 5, row->role);
	db_bind_text(stmt, 6, row->peer);
	db_bind_text(stmt, 7, row->action);
	db_bind_text(stmt, 8, row->about);
	db_bind_text(stmt, 9, row->detail);
	db_bind_blob(stmt, 10, chain, OFFICE_CHAIN_BYTES);
	return db_run(stmt, err);
}

enum err_code office_audit(struct office *o, const struct viewer *who, const char *peer,
			   const char *action, const char *about, const char *detail,
			   struct err *err)
{
	int64_t account = who == NULL ? 0 : who->account;
	struct audit_head head;
	struct office_audit_row row = { .at_us = clock_wall_us(),
					.who = who == NULL ? "" : who->name,
					.role = who == NULL ? "" : role_name(who->role),
					.peer = peer,
					.action = action,
					.about = about,
					.detail = detail };
	uint8_t chain[OFFICE_CHAIN_BYTES];
	enum err_code code;

	if (sqlite3_get_autocommit(o->db))
		return err_set(err, ERR_DB, "audit log: no transaction is open");
	code = audit_head_read(o, &head, err);
	if (code == ERR_OK) {
		row.id = head.n_rows + 1;
		audit_chain(head.chain, &row, account, chain);
		code = audit_add(o, &row, account, chain, err);
	}
	if (code == ERR_OK) {
		head.n_rows++;
		memcpy(head.chain, chain, sizeof head.chain);
		code = audit_head_write(o, &head, err);
	}
	if (code != ERR_OK)
		err_wrap(err, "audit log");
	return code;
}

/* ---- read */

static void audit_read(sqlite3_stmt *stmt, struct office_audit_row *row)
{
	row->id = sqlite3_column_int64(stmt, 0);
	row->at_us = sqlite3_column_int64(stmt, 1);
	row->who = db_text(stmt, 2);
	row->role = db_text(stmt, 3);
	row->peer = db_text(stmt, 4);
	row->action = db_text(stmt, 5);
	row->about = db_text(stmt, 6);
	row->detail = db_text(stmt, 7);
}

static const char audit_list_sql[] =
	"SELECT id, at_us, who, role, peer, action, about, detail FROM audit_log "
	"WHERE ($1 = '' OR who = $1) AND ($2 = '' OR action = $2) AND at_us >= $3 AND at_us < $4 "
	"AND id < $5 ORDER BY id DESC LIMIT $6";

static void audit_bind_filter(sqlite3_stmt *stmt, const struct office_audit_filter *filter)
{
	db_bind_text(stmt, 1, filter->who);
	db_bind_text(stmt, 2, filter->action);
	db_bind_int(stmt, 3, filter->from_us);
	db_bind_int(stmt, 4, filter->to_us);
}

enum err_code office_audit_list(struct office *o, const struct office_audit_filter *filter,
				enum err_code (*on_row)(const struct office_audit_row *row,
							void *context, struct err *err),
				void *context, struct err *err)
{
	struct office_audit_row row;
	sqlite3_stmt *stmt;
	int found = 0;
	enum err_code code = office_prepare(o, audit_list_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	audit_bind_filter(stmt, filter);
	db_bind_int(stmt, 5, filter->before);
	db_bind_int(stmt, 6, filter->limit);
	while ((code = db_step(stmt, &found, err)) == ERR_OK && found) {
		audit_read(stmt, &row);
		code = on_row(&row, context, err);
		if (code != ERR_OK)
			break;
	}
	(void)sqlite3_reset(stmt);
	return code;
}

static const char audit_count_sql[] =
	"SELECT count(*) FROM audit_log "
	"WHERE ($1 = '' OR who = $1) AND ($2 = '' OR action = $2) AND at_us >= $3 AND at_us < $4";

enum err_code office_audit_count(struct office *o, const struct office_audit_filter *filter,
				 int64_t *n, struct err *err)
{
	sqlite3_stmt *stmt;
	int found = 0;
	enum err_code code = office_prepare(o, audit_count_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	audit_bind_filter(stmt, filter);
	code = db_step(stmt, &found, err);
	*n = code == ERR_OK && found ? sqlite3_column_int64(stmt, 0) : 0;
	(void)sqlite3_reset(stmt);
	return code;
}

static const char audit_actions_sql[] = "SELECT DISTINCT action FROM audit_log ORDER BY action";

enum err_code office_audit_actions(struct office *o,
				   enum err_code (*on_action)(const char *action, void *context,
							      struct err *err),
				   void *context, struct err *err)
{
	sqlite3_stmt *stmt;
	int found = 0;
	enum err_code code = office_prepare(o, audit_actions_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(stmt, &found, err)) == ERR_OK && found) {
		code = on_action(db_text(stmt, 0), context, err);
		if (code != ERR_OK)
			break;
	}
	(void)sqlite3_reset(stmt);
	return code;
}

/* ---- verify */

static const char audit_verify_sql[] =
	"SELECT id, at_us, who, role, peer, action, about, detail, account, chain FROM audit_log "
	"ORDER BY id";

static enum err_code audit_verify_rows(sqlite3_stmt *stmt, struct audit_head *at, struct err *err)
{
	struct office_audit_row row;
	uint8_t chain[OFFICE_CHAIN_BYTES];
	int found = 0;
	enum err_code code;

	while ((code = db_step(stmt, &found, err)) == ERR_OK && found) {
		audit_read(stmt, &row);
		if (row.id != at->n_rows + 1)
			return err_set(err, ERR_DENIED,
				       "audit log: row %" PRId64 " was taken out or added later",
				       at->n_rows + 1);
		audit_chain(at->chain, &row, sqlite3_column_int64(stmt, 8), chain);
		if (sqlite3_column_bytes(stmt, 9) != OFFICE_CHAIN_BYTES ||
		    memcmp(chain, sqlite3_column_blob(stmt, 9), sizeof chain) != 0)
			return err_set(err, ERR_DENIED,
				       "audit log: row %" PRId64 " was changed after it was "
				       "written",
				       row.id);
		at->n_rows++;
		memcpy(at->chain, chain, sizeof chain);
	}
	return code;
}

/* Head and rows are read in one transaction: the other process may append meanwhile. */
enum err_code office_audit_verify(struct office *o, int64_t *n_rows,
				  uint8_t head[OFFICE_CHAIN_BYTES], struct err *err)
{
	struct audit_head kept, at = { 0 };
	sqlite3_stmt *stmt = NULL;
	enum err_code code = db_exec(o->db, "BEGIN", err);

	if (code != ERR_OK)
		return code;
	code = audit_head_read(o, &kept, err);
	if (code == ERR_OK)
		code = office_prepare(o, audit_verify_sql, &stmt, err);
	if (code == ERR_OK) {
		code = audit_verify_rows(stmt, &at, err);
		(void)sqlite3_reset(stmt);
	}
	if (code == ERR_OK &&
	    (kept.n_rows != at.n_rows || memcmp(kept.chain, at.chain, sizeof at.chain) != 0))
		code = err_set(err, ERR_DENIED,
			       "audit log: it should have %" PRId64 " rows and has %" PRId64
			       ": the newest were taken out or exchanged",
			       kept.n_rows, at.n_rows);
	(void)db_exec(o->db, "COMMIT", NULL);
	*n_rows = at.n_rows;
	memcpy(head, at.chain, OFFICE_CHAIN_BYTES);
	return code;
}
