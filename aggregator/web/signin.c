#include "aggregator/web/signin.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/web/account_private.h"
#include "proto/clock.h"

#define USED_EVERY_US (60 * 1000000LL) /* how often the idle time is written */
#define CSRF_SECRET_BYTES 32

/* ---- find */

/* Columns of a viewer, from account a and, at the end, the sign-in. */
#define VIEWER_COLUMNS "a.id, a.name, a.full_name, a.role, a.area"

static void signin_read_viewer(sqlite3_stmt *stmt, struct viewer *out)
{
	memset(out, 0, sizeof *out);
	out->account = sqlite3_column_int64(stmt, 0);
	(void)snprintf(out->name, sizeof out->name, "%s", db_text(stmt, 1));
	(void)snprintf(out->full_name, sizeof out->full_name, "%s", db_text(stmt, 2));
	out->role = role_parse(db_text(stmt, 3));
	(void)snprintf(out->area, sizeof out->area, "%s", db_text(stmt, 4));
	out->signin = sqlite3_column_int64(stmt, 5);
	if (sqlite3_column_bytes(stmt, 6) == CSRF_SECRET_BYTES)
		memcpy(out->csrf, sqlite3_column_blob(stmt, 6), CSRF_SECRET_BYTES);
}

static const char signin_used_sql[] = "UPDATE signin SET used_us = $1 WHERE id = $2";

static enum err_code signin_used(struct office *o, int64_t signin, int64_t now_us, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, signin_used_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, now_us);
	db_bind_int(stmt, 2, signin);
	return office_run_lightly(o, stmt, err);
}

static const char signin_find_sql[] =
	"SELECT " VIEWER_COLUMNS ", s.id, s.csrf, s.used_us FROM signin s"
	" JOIN account a ON a.id = s.account "
	"WHERE s.digest = $1 AND s.until_us > $2 AND s.used_us > $3 AND s.how = 'password'"
	" AND a.active = 1";

enum err_code signin_find(struct office *o, const char *token, int64_t now_us, int idle_s,
			  struct viewer *out, struct err *err)
{
	uint8_t digest[ACCOUNT_DIGEST_BYTES];
	int64_t used_us = now_us;
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, signin_find_sql, &stmt, err);

	memset(out, 0, sizeof *out);
	if (code != ERR_OK)
		return code;
	account_token_digest(token, digest);
	db_bind_blob(stmt, 1, digest, sizeof digest);
	db_bind_int(stmt, 2, now_us);
	db_bind_int(stmt, 3, now_us - idle_s * 1000000LL);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row) {
		signin_read_viewer(stmt, out);
		used_us = sqlite3_column_int64(stmt, 7);
	}
	(void)sqlite3_reset(stmt);
	/* A page can be read while nothing can be written: the idle time then runs on. */
	if (code == ERR_OK && row && now_us - used_us >= USED_EVERY_US)
		(void)signin_used(o, out->signin, now_us, NULL);
	return code;
}

/* ---- start */

static const char signin_prune_sql[] =
	"DELETE FROM signin WHERE until_us <= $1 OR id IN (SELECT id FROM signin WHERE account = $2"
	" AND how = 'password' ORDER BY used_us DESC LIMIT -1 OFFSET $3)";

static enum err_code signin_prune(struct office *o, int64_t account, int64_t now_us,
				  struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, signin_prune_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, now_us);
	db_bind_int(stmt, 2, account);
	db_bind_int(stmt, 3, SIGNIN_PER_ACCOUNT - 1);
	return db_run(stmt, err);
}

static const char signin_add_sql[] =
	"INSERT INTO signin (account, digest, csrf, how, peer, started_us, used_us, until_us) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/* How somebody came in, and for how long. */
struct signin_new {
	const char *how, *peer;
	int64_t now_us;
	int hours;
};

static enum err_code signin_add(struct office *o, const struct account *a,
				const struct signin_new *new, char token[SIGNIN_TOKEN_BYTES],
				struct viewer *out, struct err *err)
{
	uint8_t digest[ACCOUNT_DIGEST_BYTES];
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, signin_add_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	*out = (struct viewer){ .role = a->role, .account = a->id };
	(void)snprintf(out->name, sizeof out->name, "%s", a->name);
	(void)snprintf(out->full_name, sizeof out->full_name, "%s", a->full_name);
	(void)snprintf(out->area, sizeof out->area, "%s", a->area);
	randombytes_buf(out->csrf, sizeof out->csrf);
	account_token(token);
	account_token_digest(token, digest);
	db_bind_int(stmt, 1, a->id);
	db_bind_blob(stmt, 2, digest, sizeof digest);
	db_bind_blob(stmt, 3, out->csrf, sizeof out->csrf);
	db_bind_text(stmt, 4, new->how);
	db_bind_text(stmt, 5, new->peer);
	db_bind_int(stmt, 6, new->now_us);
	db_bind_int(stmt, 7, new->now_us);
	db_bind_int(stmt, 8, new->now_us + new->hours * 3600 * 1000000LL);
	code = db_run(stmt, err);
	if (code == ERR_OK)
		out->signin = sqlite3_last_insert_rowid(o->db);
	return code;
}

static enum err_code signin_start_within(struct office *o, const struct account *account,
					 const struct signin_new *new,
					 char token[SIGNIN_TOKEN_BYTES], struct viewer *out,
					 struct err *err)
{
	struct account now;
	enum err_code code = account_find_id(o, account->id, &now, err);

	if (code == ERR_OK && (!now.active || strcmp(now.hash, account->hash) != 0))
		code = err_set(err, ERR_DENIED, "the account was changed meanwhile: sign in again");
	if (code == ERR_OK)
		code = signin_prune(o, now.id, new->now_us, err);
	if (code == ERR_OK)
		code = signin_add(o, &now, new, token, out, err);
	if (code == ERR_OK)
		code = office_audit(o, out, new->peer, "sign-in", now.name, "with password", err);
	return code;
}

enum err_code signin_start(struct office *o, const struct account *account, const char *peer,
			   int hours, char token[SIGNIN_TOKEN_BYTES], struct viewer *out,
			   struct err *err)
{
	const struct signin_new new = { "password", peer, clock_wall_us(), hours };
	enum err_code code = office_begin(o, err);

	if (code == ERR_OK) {
		code = signin_start_within(o, account, &new, token, out, err);
		code = office_end(o, code, err);
	}
	if (code != ERR_OK)
		memset(out, 0, sizeof *out);
	return code;
}

/* ---- the trusted proxy */

static const char signin_proxy_sql[] =
	"SELECT " VIEWER_COLUMNS ", s.id, s.csrf, s.used_us FROM account a"
	" JOIN signin s ON s.account = a.id AND s.how = 'proxy' "
	"WHERE a.id = $1 AND s.until_us > $2 ORDER BY s.id DESC LIMIT 1";

static enum err_code signin_proxy_find(struct office *o, int64_t account, int64_t now_us,
				       struct viewer *out, struct err *err)
{
	int64_t used_us = now_us;
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, signin_proxy_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, account);
	db_bind_int(stmt, 2, now_us);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row) {
		signin_read_viewer(stmt, out);
		used_us = sqlite3_column_int64(stmt, 7);
	}
	(void)sqlite3_reset(stmt);
	if (code == ERR_OK && row && now_us - used_us >= USED_EVERY_US)
		(void)signin_used(o, out->signin, now_us, NULL);
	return code;
}

static enum err_code signin_proxy_start(struct office *o, const struct account *a, const char *peer,
					int64_t now_us, int hours, struct viewer *out,
					struct err *err)
{
	const struct signin_new new = { "proxy", peer, now_us, hours };
	char token[SIGNIN_TOKEN_BYTES]; /* nobody gets it: the proxy vouches for each request */
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	code = signin_prune(o, a->id, now_us, err);
	if (code == ERR_OK)
		code = signin_add(o, a, &new, token, out, err);
	if (code == ERR_OK)
		code = office_audit(o, out, peer, "sign-in", a->name, "through single sign-on",
				    err);
	sodium_memzero(token, sizeof token);
	return office_end(o, code, err);
}

enum err_code signin_proxy(struct office *o, const char *identity, const char *peer, int64_t now_us,
			   int hours, struct viewer *out, struct err *err)
{
	struct account a;
	enum err_code code = account_find(o, identity, &a, err);

	memset(out, 0, sizeof *out);
	if (code == ERR_MISSING)
		return err_set(err, ERR_DENIED,
			       "Single sign-on knows you as %.64s, but there is no account of this "
			       "name here. Ask an administrator to add it.",
			       identity);
	if (code == ERR_OK && !a.active)
		return err_set(err, ERR_DENIED,
			       "The account %s is suspended. Ask an administrator.", a.name);
	if (code == ERR_OK)
		code = signin_proxy_find(o, a.id, now_us, out, err);
	if (code == ERR_OK && out->role == ROLE_NONE)
		code = signin_proxy_start(o, &a, peer, now_us, hours, out, err);
	if (code != ERR_OK)
		memset(out, 0, sizeof *out);
	return code;
}

/* ---- end */

static const char signin_end_sql[] = "DELETE FROM signin WHERE id = $1 AND account = $2";

static enum err_code signin_delete(struct office *o, const struct viewer *v, const char *peer,
				   int64_t signin, const char *action, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, signin_end_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, signin);
	db_bind_int(stmt, 2, v->account);
	code = db_run(stmt, err);
	if (code == ERR_OK && sqlite3_changes(o->db) == 0)
		code = err_set(err, ERR_MISSING, "This sign-in has ended already.");
	return code == ERR_OK ? office_audit(o, v, peer, action, v->name, "", err) : code;
}

enum err_code signin_end(struct office *o, const struct viewer *v, const char *peer,
			 struct err *err)
{
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	code = signin_delete(o, v, peer, v->signin, "sign-out", err);
	return office_end(o, code, err);
}

enum err_code signin_end_one(struct office *o, const struct viewer *v, const char *peer,
			     int64_t signin, struct err *err)
{
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	code = signin_delete(o, v, peer, signin, "other sign-in ended", err);
	return office_end(o, code, err);
}

enum err_code signin_end_others(struct office *o, const struct viewer *v, const char *peer,
				struct err *err)
{
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	code = account_end_signins(o, v->account, v->signin, err);
	if (code == ERR_OK)
		code = office_audit(o, v, peer, "other sign-ins ended", v->name, "", err);
	return office_end(o, code, err);
}

/* ---- list */

static const char signin_list_sql[] =
	"SELECT id, started_us, used_us, until_us, peer, how = 'proxy' FROM signin "
	"WHERE account = $1 AND until_us > $2 AND (how = 'proxy' OR used_us > $3) "
	"ORDER BY started_us DESC LIMIT $4";

enum err_code signin_list(struct office *o, int64_t account, int64_t now_us, int idle_s,
			  struct signin_row out[SIGNIN_PER_ACCOUNT + 1], size_t *n, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, signin_list_sql, &stmt, err);

	*n = 0;
	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, account);
	db_bind_int(stmt, 2, now_us);
	db_bind_int(stmt, 3, now_us - idle_s * 1000000LL);
	db_bind_int(stmt, 4, SIGNIN_PER_ACCOUNT + 1);
	while ((code = db_step(stmt, &row, err)) == ERR_OK && row) {
		struct signin_row *r = &out[(*n)++];

		r->id = sqlite3_column_int64(stmt, 0);
		r->started_us = sqlite3_column_int64(stmt, 1);
		r->used_us = sqlite3_column_int64(stmt, 2);
		r->until_us = sqlite3_column_int64(stmt, 3);
		(void)snprintf(r->peer, sizeof r->peer, "%s", db_text(stmt, 4));
		r->proxy = sqlite3_column_int(stmt, 5);
	}
	(void)sqlite3_reset(stmt);
	return code;
}

/* ---- CSRF */

const char *signin_csrf(const struct viewer *v, char out[SIGNIN_CSRF_BYTES])
{
	uint8_t bytes[2 * CSRF_SECRET_BYTES];

	randombytes_buf(bytes, CSRF_SECRET_BYTES);
	for (size_t i = 0; i < CSRF_SECRET_BYTES; i++)
		bytes[CSRF_SECRET_BYTES + i] = bytes[i] ^ v->csrf[i];
	(void)sodium_bin2base64(out, SIGNIN_CSRF_BYTES, bytes, sizeof bytes,
				sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	return out;
}

int signin_csrf_matches(const struct viewer *v, const char *field)
{
	uint8_t bytes[2 * CSRF_SECRET_BYTES];
	size_t len = 0;

	if (sodium_is_zero(v->csrf, sizeof v->csrf) ||
	    sodium_base642bin(bytes, sizeof bytes, field, strlen(field), NULL, &len, NULL,
			      sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
	    len != sizeof bytes)
		return 0;
	for (size_t i = 0; i < CSRF_SECRET_BYTES; i++)
		bytes[CSRF_SECRET_BYTES + i] ^= bytes[i];
	return sodium_memcmp(bytes + CSRF_SECRET_BYTES, v->csrf, CSRF_SECRET_BYTES) == 0;
}

/* ---- next */

int signin_next_is_local(const char *next)
{
	static const char *const never[] = { "/sign-in", "/sign-out", "/set-up" };

	if (next[0] != '/' || next[1] == '/')
		return 0;
	for (const char *c = next; *c != '\0'; c++) {
		if (*c == '\\' || (unsigned char)*c <= 0x20 || *c == 0x7f)
			return 0;
	}
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
		size_t len = strlen(never[i]);

		if (strncmp(next, never[i], len) == 0 && strchr("/?#", next[len]) != NULL)
			return 0; /* strchr finds the NUL too */
	}
	return 1;
}
