/* API tokens: made on the account page, shown once, kept as digests. */

#include <stdio.h>
#include <string.h>

#include "aggregator/web/account_private.h"
#include "aggregator/web/signin.h"
#include "proto/clock.h"

#define USED_EVERY_US (3600 * 1000000LL)
#define DAY_US (86400 * 1000000LL)

/* ---- find */

static const char token_used_sql[] = "UPDATE api_token SET used_us = $1 WHERE id = $2";

static void token_used(struct office *o, int64_t id, int64_t now_us)
{
	sqlite3_stmt *stmt;

	/* An answer can be given while nothing can be written. */
	if (office_prepare(o, token_used_sql, &stmt, NULL) != ERR_OK)
		return;
	db_bind_int(stmt, 1, now_us);
	db_bind_int(stmt, 2, id);
	(void)office_run_lightly(o, stmt, NULL);
}

static const char token_find_sql[] =
	"SELECT a.id, a.name, a.full_name, a.role, a.area, t.id, t.used_us FROM api_token t"
	" JOIN account a ON a.id = t.account "
	"WHERE t.digest = $1 AND t.until_us > $2 AND a.active = 1";

enum err_code signin_token_find(struct office *o, const char *token, int64_t now_us,
				struct viewer *out, struct err *err)
{
	uint8_t digest[ACCOUNT_DIGEST_BYTES];
	int64_t id = 0, used_us = 0;
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, token_find_sql, &stmt, err);

	memset(out, 0, sizeof *out);
	if (code != ERR_OK)
		return code;
	account_token_digest(token, digest);
	db_bind_blob(stmt, 1, digest, sizeof digest);
	db_bind_int(stmt, 2, now_us);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row) {
		out->account = sqlite3_column_int64(stmt, 0);
		(void)snprintf(out->name, sizeof out->name, "%s", db_text(stmt, 1));
		(void)snprintf(out->full_name, sizeof out->full_name, "%s", db_text(stmt, 2));
		out->role = role_parse(db_text(stmt, 3));
		(void)snprintf(out->area, sizeof out->area, "%s", db_text(stmt, 4));
		id = sqlite3_column_int64(stmt, 5);
		used_us = sqlite3_column_int64(stmt, 6);
	}
	(void)sqlite3_reset(stmt);
	if (code == ERR_OK && row && now_us - used_us >= USED_EVERY_US)
		token_used(o, id, now_us);
	return code;
}

/* ---- make */

static enum err_code token_check(const char *label, int days, struct err *err)
{
	if (label[strspn(label, " ")] == '\0')
		return err_set(err, ERR_MALFORMED, "Enter what the token is for");
	if (strlen(label) > SIGNIN_TOKEN_LABEL_MAX)
		return err_set(err, ERR_MALFORMED,
			       "What the token is for must be %d characters or fewer",
			       SIGNIN_TOKEN_LABEL_MAX);
	if (days < 1 || days > SIGNIN_TOKEN_DAYS_MAX)
		return err_set(err, ERR_MALFORMED, "Number of days must be between 1 and %d",
			       SIGNIN_TOKEN_DAYS_MAX);
	return ERR_OK;
}

static const char token_prune_sql[] = "DELETE FROM api_token WHERE account = $1 AND until_us <= $2";
static const char token_count_sql[] = "SELECT count(*) FROM api_token WHERE account = $1";

static enum err_code token_room(struct office *o, int64_t account, int64_t now_us, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, token_prune_sql, &stmt, err);

	if (code == ERR_OK) {
		db_bind_int(stmt, 1, account);
		db_bind_int(stmt, 2, now_us);
		code = db_run(stmt, err);
	}
	if (code == ERR_OK)
		code = office_prepare(o, token_count_sql, &stmt, err);
	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, account);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row && sqlite3_column_int64(stmt, 0) >= SIGNIN_TOKENS_MAX)
		code = err_set(err, ERR_FULL,
			       "You have %d tokens, the most allowed: revoke one that is not used",
			       SIGNIN_TOKENS_MAX);
	(void)sqlite3_reset(stmt);
	return code;
}

static const char token_add_sql[] =
	"INSERT INTO api_token (account, label, digest, made_us, used_us, until_us) "
	"VALUES ($1, $2, $3, $4, 0, $5)";

static enum err_code token_add(struct office *o, int64_t account, const char *label,
			       int64_t made_us, int64_t until_us, char token[SIGNIN_TOKEN_BYTES],
			       struct err *err)
{
	uint8_t digest[ACCOUNT_DIGEST_BYTES];
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, token_add_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	account_token(token);
	account_token_digest(token, digest);
	db_bind_int(stmt, 1, account);
	db_bind_text(stmt, 2, label);
	db_bind_blob(stmt, 3, digest, sizeof digest);
	db_bind_int(stmt, 4, made_us);
	db_bind_int(stmt, 5, until_us);
	return db_run(stmt, err);
}

enum err_code signin_token_make(struct office *o, const struct viewer *v, const char *peer,
				const char *label, int days, char token[SIGNIN_TOKEN_BYTES],
				struct err *err)
{
	char detail[128];
	int64_t now_us = clock_wall_us();
	enum err_code code = token_check(label, days, err);

	if (code == ERR_OK)
		code = office_begin(o, err);
	if (code != ERR_OK)
		return code;
	(void)snprintf(detail, sizeof detail, "%s, for %d day%s", label, days,
		       days == 1 ? "" : "s");
	code = token_room(o, v->account, now_us, err);
	if (code == ERR_OK)
		code = token_add(o, v->account, label, now_us, now_us + days * DAY_US, token, err);
	if (code == ERR_OK)
		code = office_audit(o, v, peer, "API token made", v->name, detail, err);
	return office_end(o, code, err);
}

/* ---- list and revoke */

static const char token_list_sql[] =
	"SELECT id, made_us, used_us, until_us, label FROM api_token WHERE account = $1 "
	"ORDER BY made_us DESC, id DESC LIMIT $2";

enum err_code signin_token_list(struct office *o, int64_t account,
				struct signin_token out[SIGNIN_TOKENS_MAX], size_t *n,
				struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, token_list_sql, &stmt, err);

	*n = 0;
	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, account);
	db_bind_int(stmt, 2, SIGNIN_TOKENS_MAX);
	while ((code = db_step(stmt, &row, err)) == ERR_OK && row) {
		struct signin_token *t = &out[(*n)++];

		t->id = sqlite3_column_int64(stmt, 0);
		t->made_us = sqlite3_column_int64(stmt, 1);
		t->used_us = sqlite3_column_int64(stmt, 2);
		t->until_us = sqlite3_column_int64(stmt, 3);
		(void)snprintf(t->label, sizeof t->label, "%s", db_text(stmt, 4));
	}
	(void)sqlite3_reset(stmt);
	return code;
}

static const char token_revoke_sql[] =
	"DELETE FROM api_token WHERE id = $1 AND account = $2 RETURNING label";

static enum err_code token_revoke(struct office *o, const struct viewer *v, const char *peer,
				  int64_t id, struct err *err)
{
	char label[SIGNIN_TOKEN_LABEL_MAX + 1] = "";
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, token_revoke_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, id);
	db_bind_int(stmt, 2, v->account);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row)
		(void)snprintf(label, sizeof label, "%s", db_text(stmt, 0));
	else if (code == ERR_OK)
		code = err_set(err, ERR_MISSING, "This token was revoked already.");
	(void)sqlite3_reset(stmt);
	return code == ERR_OK ? office_audit(o, v, peer, "API token revoked", v->name, label, err)
			      : code;
}

enum err_code signin_token_revoke(struct office *o, const struct viewer *v, const char *peer,
				  int64_t id, struct err *err)
{
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	code = token_revoke(o, v, peer, id, err);
	return office_end(o, code, err);
}
