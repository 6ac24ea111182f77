/* Looking at what the programs of a small city have written (tests/fleet.h). */

#include "tests/fleet.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness.h"

#define LOOK_BUSY_MS 10000

/* ---- databases */

struct fleet_look {
	sqlite3 *db;
	sqlite3_stmt *stmt;
};

/* Steps to the first row; false when the database is not there yet or gives none. */
static bool fleet_look_open(struct fleet_look *l, const char *path, const char *sql)
{
	memset(l, 0, sizeof *l);
	return sqlite3_open_v2(path, &l->db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	       sqlite3_busy_timeout(l->db, LOOK_BUSY_MS) == SQLITE_OK &&
	       sqlite3_prepare_v2(l->db, sql, -1, &l->stmt, NULL) == SQLITE_OK &&
	       sqlite3_step(l->stmt) == SQLITE_ROW;
}

static void fleet_look_close(struct fleet_look *l)
{
	(void)sqlite3_finalize(l->stmt);
	(void)sqlite3_close(l->db);
}

static void fleet_look_must(struct fleet_look *l, const char *path, const char *sql)
{
	if (!fleet_look_open(l, path, sql))
		ck_abort_msg("%s: %s: %s", path, sql, sqlite3_errmsg(l->db));
}

int64_t fleet_int(const char *path, const char *sql)
{
	struct fleet_look l;
	int64_t value;

	fleet_look_must(&l, path, sql);
	value = sqlite3_column_int64(l.stmt, 0);
	fleet_look_close(&l);
	return value;
}

char *fleet_text(const char *path, const char *sql)
{
	struct fleet_look l;
	const unsigned char *text;
	char *copy;

	fleet_look_must(&l, path, sql);
	text = sqlite3_column_text(l.stmt, 0);
	copy = strdup(text == NULL ? "" : (const char *)text);
	ck_assert_ptr_nonnull(copy);
	fleet_look_close(&l);
	return copy;
}

struct fleet_value {
	const char *path, *sql;
	int64_t least, most, last;
};

static bool fleet_has_value(void *context)
{
	struct fleet_value *v = context;
	struct fleet_look l;
	bool has = fleet_look_open(&l, v->path, v->sql);

	if (has)
		v->last = sqlite3_column_int64(l.stmt, 0);
	fleet_look_close(&l);
	return has && v->last >= v->least && v->last <= v->most;
}

void fleet_until_int(const char *path, const char *sql, int64_t value)
{
	struct fleet_value v = { path, sql, value, value, 0 };

	fleet_until(fleet_has_value, &v, sql);
}

void fleet_until_least(const char *path, const char *sql, int64_t least)
{
	struct fleet_value v = { path, sql, least, INT64_MAX, 0 };

	fleet_until(fleet_has_value, &v, sql);
}

int64_t fleet_counter(const struct fleet_aggregator *a, const char *name)
{
	char sql[256];

	(void)sqlite3_snprintf(sizeof sql, sql,
			       "SELECT coalesce(max(value), 0) FROM counter "
			       "WHERE name = %Q",
			       name);
	return fleet_int(a->store, sql);
}

/* ---- folders */

static char copy_to[FLEET_PATH_BYTES];
static size_t copy_from_len;

static int fleet_copy_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	char to[FLEET_PATH_BYTES * 2];
	int in, out;

	(void)ftw;
	(void)snprintf(to, sizeof to, "%s%s", copy_to, path + copy_from_len);
	if (flag == FTW_D)
		return mkdir(to, st->st_mode & 07777) == 0 || errno == EEXIST ? 0 : -1;
	in = open(path, O_RDONLY | O_CLOEXEC);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, st->st_mode & 07777);
	ck_assert_msg(in >= 0 && out >= 0, "copy %s to %s: %s", path, to, strerror(errno));
	for (off_t left = st->st_size; left > 0;) {
		ssize_t n = sendfile(out, in, NULL, (size_t)left);

		ck_assert_msg(n > 0, "copy %s: %s", path, strerror(errno));
		left -= n;
	}
	(void)close(in);
	(void)close(out);
	return 0;
}

void fleet_copy_folder(const char *from, const char *to)
{
	(void)snprintf(copy_to, sizeof copy_to, "%s", to);
	copy_from_len = strlen(from);
	ck_assert_msg(nftw(from, fleet_copy_one, 8, FTW_PHYS) == 0, "copy %s: %s", from,
		      strerror(errno));
}

static int fleet_remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void fleet_remove_folder(const char *path)
{
	ck_assert_msg(nftw(path, fleet_remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0, "remove %s: %s",
		      path, strerror(errno));
}
