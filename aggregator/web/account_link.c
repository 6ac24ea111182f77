/* One-time links: a token in, the account whose password may be chosen out. The database keeps the
 * token's digest; a link is deleted by what uses it, in the same transaction. */

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/web/account_private.h"
#include "proto/clock.h"

void account_token(char token[ACCOUNT_TOKEN_BYTES])
{
	uint8_t bytes[32];

	randombytes_buf(bytes, sizeof bytes);
	(void)sodium_bin2base64(token, ACCOUNT_TOKEN_BYTES, bytes, sizeof bytes,
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(bytes, sizeof bytes);
}

void account_token_digest(const char *token, uint8_t digest[ACCOUNT_DIGEST_BYTES])
{
	(void)crypto_hash_sha256(digest, (const uint8_t *)token, strlen(token));
}

/* ---- make */

static const char link_drop_sql[] = "DELETE FROM link WHERE account IS $1 OR until_us < $2";
static const char link_add_sql[] =
	"INSERT INTO link (digest, account, until_us) VALUES ($1, $2, $3)";

static void link_bind_account(sqlite3_stmt *stmt, int at, int64_t account)
{
	if (account == 0)
		db_bind_null(stmt, at);
	else
		db_bind_int(stmt, at, account);
}

static enum err_code link_drop(struct office *o, int64_t account, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, link_drop_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	link_bind_account(stmt, 1, account);
	db_bind_int(stmt, 2, clock_wall_us());
	return db_run(stmt, err);
}

static enum err_code link_make(struct office *o, int64_t account, int64_t until_us,
			       char token[ACCOUNT_LINK_BYTES], struct err *err)
{
	uint8_t digest[ACCOUNT_DIGEST_BYTES];
	sqlite3_stmt *stmt;
	enum err_code code = link_drop(o, account, err);

	if (code == ERR_OK)
		code = office_prepare(o, link_add_sql, &stmt, err);
	if (code != ERR_OK)
		return code;
	account_token(token);
	account_token_digest(token, digest);
	db_bind_blob(stmt, 1, digest, sizeof digest);
	link_bind_account(stmt, 2, account);
	db_bind_int(stmt, 3, until_us);
	return db_run(stmt, err);
}

enum err_code account_link_make(struct office *o, const struct viewer *who, const char *peer,
				int64_t account, int64_t until_us, char token[ACCOUNT_LINK_BYTES],
				struct err *err)
{
	struct account a = { .name = "first administrator" };
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	if (account != 0)
		code = account_find_id(o, account, &a, err);
	if (code == ERR_OK)
		code = link_make(o, account, until_us, token, err);
	if (code == ERR_OK)
		code = office_audit(o, who, peer, "one-time link made", a.name, "", err);
	return office_end(o, code, err);
}

enum err_code account_link_text(const char *origin, const char *token, char *link, size_t size,
				struct err *err)
{
	int n = snprintf(link, size, "%s/set-up/%s", origin, token);

	if (n < 0 || (size_t)n >= size)
		return err_set(err, ERR_TOO_BIG,
			       "the one-time link does not fit: the address of "
			       "the dashboard is too long");
	return ERR_OK;
}

enum err_code account_setup_link(struct office *o, const char *origin, char *link, size_t size,
				 struct err *err)
{
	char token[ACCOUNT_LINK_BYTES];
	int64_t n_admins = 0;
	enum err_code code = account_admins(o, &n_admins, err);

	link[0] = '\0';
	if (code != ERR_OK)
		return code;
	if (n_admins > 0)
		return link_drop(o, 0, err);
	code = account_link_make(o, NULL, "local", 0,
				 clock_wall_us() + ACCOUNT_SETUP_LINK_S * 1000000, token, err);
	return code == ERR_OK ? account_link_text(origin, token, link, size, err) : code;
}

/* ---- find and use */

static const char link_find_sql[] =
	"SELECT coalesce(account, 0) FROM link WHERE digest = $1 AND until_us > $2";

static enum err_code link_read(struct office *o, const char *token, int64_t now_us,
			       int64_t *account, struct err *err)
{
	uint8_t digest[ACCOUNT_DIGEST_BYTES];
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, link_find_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	account_token_digest(token, digest);
	db_bind_blob(stmt, 1, digest, sizeof digest);
	db_bind_int(stmt, 2, now_us);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row)
		*account = sqlite3_column_int64(stmt, 0);
	else if (code == ERR_OK)
		code = err_set(err, ERR_MISSING,
			       "This link was used already, is too old, or was replaced by a newer "
			       "one. Ask an administrator for a new link.");
	(void)sqlite3_reset(stmt);
	return code;
}

enum err_code account_link_find(struct office *o, const char *token, int64_t now_us,
				struct account *out, struct err *err)
{
	int64_t id = 0, n_admins = 0;
	enum err_code code = link_read(o, token, now_us, &id, err);

	if (code != ERR_OK)
		return code;
	if (id != 0) {
		code = account_find_id(o, id, out, err);
		if (code == ERR_OK && !out->active)
			code = err_set(err, ERR_DENIED,
				       "This account is suspended. Ask an administrator.");
		return code;
	}
	code = account_admins(o, &n_admins, err);
	if (code == ERR_OK && n_admins > 0)
		return err_set(err, ERR_DENIED,
			       "There is an administrator already: this link makes no other.");
	memset(out, 0, sizeof *out);
	out->role = ROLE_ADMIN;
	out->active = 1;
	return code;
}

static enum err_code link_use_first(struct office *o, const struct account *chosen,
				    const char *hash, const char *peer, int64_t *id,
				    struct err *err)
{
	struct account a = *chosen;
	enum err_code code;

	a.role = ROLE_ADMIN;
	a.area[0] = '\0';
	(void)snprintf(a.hash, sizeof a.hash, "%s", hash);
	code = account_add_within(o, NULL, peer, &a, id, err);
	return code == ERR_OK ? link_drop(o, 0, err) : code;
}

static enum err_code link_use(struct office *o, const char *token, const struct account *chosen,
			      const char *hash, const char *peer, struct account *account,
			      struct err *err)
{
	struct viewer self = { .role = ROLE_NONE };
	int64_t id;
	enum err_code code = account_link_find(o, token, clock_wall_us(), account, err);

	if (code != ERR_OK)
		return code;
	id = account->id;
	if (id == 0) {
		code = link_use_first(o, chosen, hash, peer, &id, err);
	} else {
		self.account = id;
		self.role = account->role;
		(void)snprintf(self.name, sizeof self.name, "%s", account->name);
		code = account_set_hash_within(o, id, hash, &self, peer, err);
	}
	return code == ERR_OK ? account_find_id(o, id, account, err) : code;
}

enum err_code account_link_use(struct office *o, const char *token, const struct account *chosen,
			       const char *hash, const char *peer, struct account *account,
			       struct err *err)
{
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	code = link_use(o, token, chosen, hash, peer, account, err);
	return office_end(o, code, err);
}
