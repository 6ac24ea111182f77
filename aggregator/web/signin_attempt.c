/* Failed attempts: how long an account name and an address wait. In: each attempt, counted as
 * failed before the password is checked. Out: "try again in …". What is kept is a keyed hash of the
 * name or address and forgotten after a while. */

#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/web/signin.h"

#define WHO_BYTES 32

struct attempt_kind {
	const char *word; /* begins what is hashed */
	int free, wait_s, wait_max_s, forget_s;
};

static const struct attempt_kind attempt_account = { "account", SIGNIN_ACCOUNT_FREE,
						     SIGNIN_ACCOUNT_WAIT_S,
						     SIGNIN_ACCOUNT_WAIT_MAX_S,
						     SIGNIN_ACCOUNT_FORGET_S };
static const struct attempt_kind attempt_peer = { "peer", SIGNIN_PEER_FREE, SIGNIN_PEER_WAIT_S,
						  SIGNIN_PEER_WAIT_MAX_S, SIGNIN_PEER_FORGET_S };

struct attempt {
	uint8_t who[WHO_BYTES];
	int64_t failures, last_us, until_us;
};

/* ---- who */

static void attempt_hash(const struct office *o, const struct attempt_kind *kind, const void *text,
			 size_t len, uint8_t who[WHO_BYTES])
{
	crypto_generichash_state state;

	(void)crypto_generichash_init(&state, o->rounding_key, sizeof o->rounding_key, WHO_BYTES);
	(void)crypto_generichash_update(&state, (const uint8_t *)kind->word,
					strlen(kind->word) + 1);
	(void)crypto_generichash_update(&state, text, len);
	(void)crypto_generichash_final(&state, who, WHO_BYTES);
}

/* As account_find takes it: capital letters are small ones. */
static void attempt_of_name(const struct office *o, const char *name, uint8_t who[WHO_BYTES])
{
	char small[ACCOUNT_NAME_MAX + 2];

	(void)snprintf(small, sizeof small, "%s", name);
	for (char *c = small; *c != '\0'; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	}
	attempt_hash(o, &attempt_account, small, strlen(small), who);
}

/* An IPv6 client has a network of 2^64 addresses to itself: they count as one. */
static void attempt_of_peer(const struct office *o, const char *peer, uint8_t who[WHO_BYTES])
{
	struct in6_addr six;

	if (inet_pton(AF_INET6, peer, &six) == 1 && !IN6_IS_ADDR_V4MAPPED(&six))
		attempt_hash(o, &attempt_peer, six.s6_addr, 8, who);
	else
		attempt_hash(o, &attempt_peer, peer, strlen(peer), who);
}

/* ---- rows */

static const char attempt_find_sql[] =
	"SELECT failures, last_us, until_us FROM attempt WHERE who = $1";

/* Failures that are forgotten count as none. */
static enum err_code attempt_find(struct office *o, const struct attempt_kind *kind,
				  const uint8_t who[WHO_BYTES], int64_t now_us, struct attempt *out,
				  struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, attempt_find_sql, &stmt, err);

	memset(out, 0, sizeof *out);
	memcpy(out->who, who, WHO_BYTES);
	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, who, WHO_BYTES);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row &&
	    now_us - sqlite3_column_int64(stmt, 1) < kind->forget_s * 1000000LL) {
		out->failures = sqlite3_column_int64(stmt, 0);
		out->last_us = sqlite3_column_int64(stmt, 1);
		out->until_us = sqlite3_column_int64(stmt, 2);
	}
	(void)sqlite3_reset(stmt);
	return code;
}

static const char attempt_write_sql[] =
	"INSERT INTO attempt (who, failures, last_us, until_us) VALUES ($1, $2, $3, $4) "
	"ON CONFLICT (who) DO UPDATE SET failures = excluded.failures, last_us = excluded.last_us,"
	" until_us = excluded.until_us";

static enum err_code attempt_write(struct office *o, const struct attempt *a, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, attempt_write_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, a->who, sizeof a->who);
	db_bind_int(stmt, 2, a->failures);
	db_bind_int(stmt, 3, a->last_us);
	db_bind_int(stmt, 4, a->until_us);
	return db_run(stmt, err);
}

static const char attempt_prune_sql[] = "DELETE FROM attempt WHERE last_us < $1";

static enum err_code attempt_prune(struct office *o, int64_t now_us, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, attempt_prune_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, now_us - SIGNIN_ACCOUNT_FORGET_S * 1000000LL);
	return db_run(stmt, err);
}

/* ---- allowed */

/* Whole minutes above one, so that the words do not change every second. */
static enum err_code attempt_wait(int64_t until_us, int64_t now_us, struct err *err)
{
	long long s = (long long)((until_us - now_us + 999999) / 1000000);

	if (s <= 60)
		return err_set(err, ERR_BUSY,
			       "There were too many attempts to sign in. Try again in %lld "
			       "second%s.",
			       s, s == 1 ? "" : "s");
	return err_set(err, ERR_BUSY,
		       "There were too many attempts to sign in. Try again in %lld minutes.",
		       (s + 59) / 60);
}

enum err_code signin_allowed(struct office *o, const char *name, const char *peer, int64_t now_us,
			     struct err *err)
{
	uint8_t who[WHO_BYTES];
	struct attempt account, address;
	int64_t until_us;
	enum err_code code;

	attempt_of_name(o, name, who);
	code = attempt_find(o, &attempt_account, who, now_us, &account, err);
	attempt_of_peer(o, peer, who);
	if (code == ERR_OK)
		code = attempt_find(o, &attempt_peer, who, now_us, &address, err);
	if (code != ERR_OK)
		return code;
	until_us = account.until_us > address.until_us ? account.until_us : address.until_us;
	return until_us > now_us ? attempt_wait(until_us, now_us, err) : ERR_OK;
}

/* ---- failed and succeeded */

static int64_t attempt_wait_us(const struct attempt_kind *kind, int64_t failures)
{
	int64_t wait_s = kind->wait_s;

	if (failures < kind->free)
		return 0;
	for (int64_t i = kind->free; i < failures && wait_s < kind->wait_max_s; i++)
		wait_s *= 2;
	return (wait_s < kind->wait_max_s ? wait_s : kind->wait_max_s) * 1000000;
}

static enum err_code attempt_count(struct office *o, const struct attempt_kind *kind,
				   const uint8_t who[WHO_BYTES], int64_t now_us, struct err *err)
{
	struct attempt a;
	enum err_code code = attempt_find(o, kind, who, now_us, &a, err);

	if (code != ERR_OK)
		return code;
	a.failures++;
	a.last_us = now_us;
	a.until_us = now_us + attempt_wait_us(kind, a.failures);
	return attempt_write(o, &a, err);
}

enum err_code signin_failed(struct office *o, const char *name, const char *peer, int64_t now_us,
			    struct err *err)
{
	uint8_t who[WHO_BYTES];
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	code = attempt_prune(o, now_us, err);
	attempt_of_name(o, name, who);
	if (code == ERR_OK)
		code = attempt_count(o, &attempt_account, who, now_us, err);
	attempt_of_peer(o, peer, who);
	if (code == ERR_OK && strcmp(peer, "local") != 0)
		code = attempt_count(o, &attempt_peer, who, now_us, err);
	return office_end(o, code, err);
}

static const char attempt_forget_sql[] = "DELETE FROM attempt WHERE who = $1";
/* Only its own attempt is taken back: an account of one's own does not clear an address. */
static const char attempt_undo_sql[] =
	"UPDATE attempt SET failures = failures - 1, until_us = 0 WHERE who = $1 AND failures > 0";

static enum err_code attempt_run(struct office *o, const char *sql, const uint8_t who[WHO_BYTES],
				 struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, who, WHO_BYTES);
	return db_run(stmt, err);
}

enum err_code signin_succeeded(struct office *o, const char *name, const char *peer,
			       struct err *err)
{
	uint8_t who[WHO_BYTES];
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	attempt_of_name(o, name, who);
	code = attempt_run(o, attempt_forget_sql, who, err);
	attempt_of_peer(o, peer, who);
	if (code == ERR_OK)
		code = attempt_run(o, attempt_undo_sql, who, err);
	return office_end(o, code, err);
}

enum err_code signin_refused(struct office *o, const char *name, const char *peer, struct err *err)
{
	struct account a;
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	code = account_find(o, name, &a, err);
	if (code == ERR_OK || code == ERR_MISSING)
		code = office_audit(o, NULL, peer, "sign-in refused",
				    code == ERR_OK ? a.name : "unknown name", "", err);
	return office_end(o, code, err);
}
