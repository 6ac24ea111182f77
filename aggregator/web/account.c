#include "aggregator/web/account.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/account_private.h"
#include "proto/clock.h"

/* ---- find */

#define ACCOUNT_COLUMNS "id, name, full_name, role, area, active, hash"

static void account_read(sqlite3_stmt *stmt, struct account *out)
{
	memset(out, 0, sizeof *out);
	out->id = sqlite3_column_int64(stmt, 0);
	(void)snprintf(out->name, sizeof out->name, "%s", db_text(stmt, 1));
	(void)snprintf(out->full_name, sizeof out->full_name, "%s", db_text(stmt, 2));
	out->role = role_parse(db_text(stmt, 3));
	(void)snprintf(out->area, sizeof out->area, "%s", db_text(stmt, 4));
	out->active = sqlite3_column_int(stmt, 5);
	(void)snprintf(out->hash, sizeof out->hash, "%s", db_text(stmt, 6));
	out->has_password = out->hash[0] != '\0';
}

/* Only ASCII: a name may hold nothing else. */
static void account_small_letters(const char *name, char *out, size_t size)
{
	(void)snprintf(out, size, "%s", name);
	for (; *out != '\0'; out++) {
		if (*out >= 'A' && *out <= 'Z')
			*out = (char)(*out - 'A' + 'a');
	}
}

static const char account_find_sql[] = "SELECT " ACCOUNT_COLUMNS " FROM account WHERE name = $1";

enum err_code account_find(struct office *o, const char *name, struct account *out, struct err *err)
{
	char small[ACCOUNT_NAME_MAX + 2]; /* one more than fits: a longer name is never found */
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, account_find_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	account_small_letters(name, small, sizeof small);
	db_bind_text(stmt, 1, small);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row)
		account_read(stmt, out);
	else if (code == ERR_OK)
		code = err_set(err, ERR_MISSING, "there is no account '%.64s'", small);
	(void)sqlite3_reset(stmt);
	return code;
}

static const char account_find_id_sql[] = "SELECT " ACCOUNT_COLUMNS " FROM account WHERE id = $1";

enum err_code account_find_id(struct office *o, int64_t id, struct account *out, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, account_find_id_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, id);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row)
		account_read(stmt, out);
	else if (code == ERR_OK)
		code = err_set(err, ERR_MISSING, "there is no account %" PRId64, id);
	(void)sqlite3_reset(stmt);
	return code;
}

static const char account_list_sql[] = "SELECT " ACCOUNT_COLUMNS " FROM account ORDER BY name";

static enum err_code account_list_rows(sqlite3_stmt *stmt, struct account **out, size_t *n,
				       struct err *err)
{
	size_t room = 0;
	int row = 0;
	enum err_code code;

	while ((code = db_step(stmt, &row, err)) == ERR_OK && row) {
		if (*n == room) {
			struct account *bigger;

			room = room == 0 ? 32 : room * 2;
			bigger = realloc(*out, room * sizeof **out);
			if (bigger == NULL)
				return err_set(err, ERR_NOMEM, "accounts: out of memory");
			*out = bigger;
		}
		account_read(stmt, &(*out)[(*n)++]);
	}
	return code;
}

enum err_code account_list(struct office *o, struct account **out, size_t *n, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, account_list_sql, &stmt, err);

	*out = NULL;
	*n = 0;
	if (code != ERR_OK)
		return code;
	code = account_list_rows(stmt, out, n, err);
	(void)sqlite3_reset(stmt);
	if (code != ERR_OK) {
		free(*out);
		*out = NULL;
		*n = 0;
	}
	return code;
}

static const char account_admins_sql[] =
	"SELECT count(*) FROM account WHERE role = 'admin' AND active = 1";

enum err_code account_admins(struct office *o, int64_t *n, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, account_admins_sql, &stmt, err);

	*n = 0;
	if (code != ERR_OK)
		return code;
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row)
		*n = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_reset(stmt);
	return code;
}

/* ---- check */

static enum err_code account_check_name(const char *name, struct err *err)
{
	size_t len = strlen(name);

	if (len == 0)
		return err_set(err, ERR_MALFORMED, "Enter an account name");
	if (len > ACCOUNT_NAME_MAX)
		return err_set(err, ERR_MALFORMED, "Account name must be %d characters or fewer",
			       ACCOUNT_NAME_MAX);
	if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-_@") != len ||
	    strchr(".-_@", name[0]) != NULL)
		return err_set(err, ERR_MALFORMED,
			       "Account name must begin with a letter or digit and hold only "
			       "letters a to z, digits and . - _ @");
	return ERR_OK;
}

static enum err_code account_check(const struct account *a, struct err *err)
{
	const char *text = a->full_name;

	if (text[strspn(text, " ")] == '\0')
		return err_set(err, ERR_MALFORMED, "Enter a full name");
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return err_set(err, ERR_MALFORMED,
				       "Full name must not hold control characters");
	}
	if (a->role == ROLE_NONE)
		return err_set(err, ERR_MALFORMED, "Choose a role");
	if (a->role == ROLE_DISTRICT && a->area[0] == '\0')
		return err_set(err, ERR_MALFORMED, "Choose the district of this account");
	if (a->role != ROLE_DISTRICT && a->area[0] != '\0')
		return err_set(err, ERR_MALFORMED,
			       "Only an account with the role District has a district");
	return ERR_OK;
}

/* ---- add */

static const char account_add_sql[] =
	"INSERT INTO account (name, full_name, role, area, active, hash, created_us, changed_us) "
	"VALUES ($1, $2, $3, $4, 1, $5, $6, $7) ON CONFLICT (name) DO NOTHING";

static enum err_code account_insert(struct office *o, const struct account *a, int64_t *id,
				    struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, account_add_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(stmt, 1, a->name);
	db_bind_text(stmt, 2, a->full_name);
	db_bind_text(stmt, 3, role_name(a->role));
	db_bind_text(stmt, 4, a->area);
	db_bind_text(stmt, 5, a->hash);
	db_bind_int(stmt, 6, clock_wall_us());
	db_bind_int(stmt, 7, clock_wall_us());
	code = db_run(stmt, err);
	if (code == ERR_OK && sqlite3_changes(o->db) == 0)
		return err_set(err, ERR_MALFORMED,
			       "There is an account '%s' already: choose another name", a->name);
	*id = sqlite3_last_insert_rowid(o->db);
	return code;
}

enum err_code account_add_within(struct office *o, const struct viewer *who, const char *peer,
				 const struct account *account, int64_t *id, struct err *err)
{
	struct account a = *account;
	char detail[256];
	enum err_code code;

	account_small_letters(account->name, a.name, sizeof a.name);
	code = account_check_name(a.name, err);
	if (code == ERR_OK)
		code = account_check(&a, err);
	if (code == ERR_OK)
		code = account_insert(o, &a, id, err);
	if (code != ERR_OK)
		return code;
	(void)snprintf(detail, sizeof detail, "%s, role %s%s%s", a.full_name, role_name(a.role),
		       a.area[0] == '\0' ? "" : ", area ", a.area);
	return office_audit(o, who, peer, "account added", a.name, detail, err);
}

enum err_code account_add(struct office *o, const struct viewer *who, const char *peer,
			  const struct account *account, int64_t *id, struct err *err)
{
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	code = account_add_within(o, who, peer, account, id, err);
	return office_end(o, code, err);
}

/* ---- change */

static const char account_end_signins_sql[] = "DELETE FROM signin WHERE account = $1 AND id <> $2";

enum err_code account_end_signins(struct office *o, int64_t account, int64_t but, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, account_end_signins_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, account);
	db_bind_int(stmt, 2, but);
	return db_run(stmt, err);
}

static const char account_change_sql[] =
	"UPDATE account SET full_name = $1, role = $2, area = $3, active = $4, changed_us = $5 "
	"WHERE id = $6";

static enum err_code account_update(struct office *o, const struct account *a, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, account_change_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(stmt, 1, a->full_name);
	db_bind_text(stmt, 2, role_name(a->role));
	db_bind_text(stmt, 3, a->area);
	db_bind_int(stmt, 4, a->active != 0);
	db_bind_int(stmt, 5, clock_wall_us());
	db_bind_int(stmt, 6, a->id);
	return db_run(stmt, err);
}

/* One more "what: old to new" behind what detail holds. */
static void account_say(char *detail, size_t size, const char *what, const char *from,
			const char *to)
{
	size_t len = strlen(detail);

	if (strcmp(from, to) == 0)
		return;
	(void)snprintf(detail + len, size - len, "%s%s: %s to %s", len == 0 ? "" : "; ", what,
		       from[0] == '\0' ? "none" : from, to[0] == '\0' ? "none" : to);
}

static enum err_code account_change_within(struct office *o, const struct viewer *who,
					   const char *peer, const struct account *a,
					   struct err *err)
{
	char detail[600] = "";
	struct account was = { 0 };
	int64_t n_admins = 0;
	int rights_change;
	enum err_code code = account_find_id(o, a->id, &was, err);

	if (code != ERR_OK)
		return code;
	account_say(detail, sizeof detail, "role", role_name(was.role), role_name(a->role));
	account_say(detail, sizeof detail, "area", was.area, a->area);
	account_say(detail, sizeof detail, "state", was.active ? "active" : "suspended",
		    a->active ? "active" : "suspended");
	rights_change = detail[0] != '\0';
	account_say(detail, sizeof detail, "full name", was.full_name, a->full_name);
	if (detail[0] == '\0')
		return ERR_OK;
	code = account_update(o, a, err);
	if (code == ERR_OK && was.role == ROLE_ADMIN && was.active)
		code = account_admins(o, &n_admins, err);
	if (code == ERR_OK && was.role == ROLE_ADMIN && was.active && n_admins == 0)
		code = err_set(err, ERR_DENIED,
			       "%s is the only active administrator: make another one first",
			       was.name);
	if (code == ERR_OK && rights_change)
		code = account_end_signins(o, a->id, 0, err);
	if (code != ERR_OK)
		return code;
	return office_audit(o, who, peer, "account changed", was.name, detail, err);
}

enum err_code account_change(struct office *o, const struct viewer *who, const char *peer,
			     const struct account *account, struct err *err)
{
	enum err_code code = account_check(account, err);

	if (code == ERR_OK)
		code = office_begin(o, err);
	if (code != ERR_OK)
		return code;
	code = account_change_within(o, who, peer, account, err);
	return office_end(o, code, err);
}

/* ---- password */

static const char account_set_hash_sql[] =
	"UPDATE account SET hash = $1, changed_us = $2 WHERE id = $3";
static const char account_drop_links_sql[] = "DELETE FROM link WHERE account = $1";

enum err_code account_set_hash_within(struct office *o, int64_t account, const char *hash,
				      const struct viewer *who, const char *peer, struct err *err)
{
	struct account a;
	sqlite3_stmt *stmt;
	enum err_code code = account_find_id(o, account, &a, err);

	if (code == ERR_OK)
		code = office_prepare(o, account_set_hash_sql, &stmt, err);
	if (code == ERR_OK) {
		db_bind_text(stmt, 1, hash);
		db_bind_int(stmt, 2, clock_wall_us());
		db_bind_int(stmt, 3, account);
		code = db_run(stmt, err);
	}
	if (code == ERR_OK)
		code = office_prepare(o, account_drop_links_sql, &stmt, err);
	if (code == ERR_OK) {
		db_bind_int(stmt, 1, account);
		code = db_run(stmt, err);
	}
	if (code == ERR_OK)
		code = account_end_signins(
			o, account, who != NULL && who->account == account ? who->signin : 0, err);
	if (code != ERR_OK)
		return code;
	return office_audit(o, who, peer, "password set", a.name, "other sign-ins ended", err);
}

enum err_code account_set_hash(struct office *o, int64_t account, const char *hash,
			       const struct viewer *who, const char *peer, struct err *err)
{
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	code = account_set_hash_within(o, account, hash, who, peer, err);
	return office_end(o, code, err);
}
