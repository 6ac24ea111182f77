/* In: a spool of which a store holds more, or other, entries than it does (the machine was rolled
 * back or cloned). Out: a new spool in which what was not delivered has numbers again, in the same
 * order. Dropped: void entries (a new spool has no gaps), and withdrawals of reports that were
 * superseded before they were sent. */
#include "agent/spool_private.h"

#include <stdlib.h>
#include <string.h>

#include "proto/clock.h"

/* Old and new number of what was moved, by old number. */
struct renew_map {
	struct renew_pair {
		int64_t before, after;
	} * pairs;
	size_t n, n_room;
};

static enum err_code renew_remember(struct renew_map *map, int64_t before, int64_t after,
				    struct err *err)
{
	if (map->n == map->n_room) {
		size_t room = map->n_room > 0 ? 2 * map->n_room : 256;
		void *grown = realloc(map->pairs, room * sizeof *map->pairs);

		if (grown == NULL)
			return err_set(err, ERR_NOMEM, "out of memory");
		map->pairs = grown;
		map->n_room = room;
	}
	map->pairs[map->n++] = (struct renew_pair){ before, after };
	return ERR_OK;
}

static int64_t renew_number(const struct renew_map *map, int64_t before)
{
	size_t low = 0, high = map->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (map->pairs[middle].before == before)
			return map->pairs[middle].after;
		if (map->pairs[middle].before < before)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

static const char sql_retire[] = "UPDATE spool SET retired_us = $1 WHERE id = $2";

static enum err_code renew_retire(struct spool *s, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_RETIRE, sql_retire, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, clock_wall_us());
	db_bind_blob(stmt, 2, s->id, sizeof s->id);
	return db_run(stmt, err);
}

static const char sql_renumber[] =
	"SELECT sequence, sealed_us FROM entry WHERE spool = $1 AND sequence > $2 AND voided = 0 "
	"AND bytes IS NOT NULL AND kind <> 'void' ORDER BY sequence LIMIT 1";

static enum err_code renew_next(struct spool *s, const uint8_t *old, int64_t after,
				int64_t *sequence, int64_t *sealed_us, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_RENUMBER, sql_renumber, &stmt, err);
	int row = 0;

	*sequence = 0;
	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, old, FRAME_SPOOL_BYTES);
	db_bind_int(stmt, 2, after);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row) {
		*sequence = sqlite3_column_int64(stmt, 0);
		*sealed_us = sqlite3_column_int64(stmt, 1);
	}
	(void)sqlite3_reset(stmt);
	return code;
}

/* A withdrawal follows its report to the new number. *keep = 0: it has nothing to take out. */
static void renew_withdraw(struct spool *s, const uint8_t *old, int64_t stored_up_to,
			   const struct renew_map *map, District__Withdraw *w, int *keep)
{
	int64_t moved;

	*keep = 1;
	if (memcmp(w->spool.data, old, FRAME_SPOOL_BYTES) != 0 ||
	    w->sequence <= (uint64_t)stored_up_to)
		return;
	moved = renew_number(map, (int64_t)w->sequence);
	*keep = moved > 0;
	w->sequence = (uint64_t)moved;
	w->spool.data = s->id;
}

static enum err_code renew_entries(struct spool *s, const uint8_t *old, int64_t stored_up_to,
				   struct renew_map *map, struct err *err)
{
	struct frame f = { 0 };
	int64_t before = stored_up_to, after = 0, sealed_us = 0;
	enum err_code code;

	for (;;) {
		int keep = 1;

		code = renew_next(s, old, before, &before, &sealed_us, err);
		if (code != ERR_OK || before == 0)
			break;
		code = spool_decode(s, old, before, &f, err);
		if (code != ERR_OK)
			break;
		if (f.entry->body_case == DISTRICT__ENTRY__BODY_WITHDRAW)
			renew_withdraw(s, old, stored_up_to, map, f.entry->withdraw, &keep);
		if (!keep)
			continue;
		code = spool_append_sealed(s, f.entry, sealed_us, &after, err);
		if (code == ERR_OK)
			code = renew_remember(map, before, after, err);
		if (code != ERR_OK)
			break;
	}
	frame_clear(&f);
	return code;
}

static const char sql_moved[] = "UPDATE entry SET voided = 1, bytes = NULL "
				"WHERE spool = $1 AND sequence > $2";

static enum err_code renew_moved(struct spool *s, const uint8_t *old, int64_t stored_up_to,
				 struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_MOVED, sql_moved, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, old, FRAME_SPOOL_BYTES);
	db_bind_int(stmt, 2, stored_up_to);
	return db_run(stmt, err);
}

/* The store may hold reports that this machine no longer knows of: comparing with what it thinks it
 * said last could call a changed figure confirmed. */
static const char sql_forget_all[] = "DELETE FROM content";

static enum err_code renew_forget(struct spool *s, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_FORGET_ALL, sql_forget_all, &stmt, err);

	return code == ERR_OK ? db_run(stmt, err) : code;
}

enum err_code spool_renew(struct spool *s, int64_t stored_up_to, const char *reason,
			  struct err *err)
{
	struct renew_map map = { 0 };
	uint8_t old[FRAME_SPOOL_BYTES];
	enum err_code code = spool_begin(s, err);

	if (code != ERR_OK)
		return code;
	memcpy(old, s->id, sizeof old);
	code = renew_retire(s, err);
	if (code == ERR_OK)
		code = spool_start(s, reason, err);
	if (code == ERR_OK)
		code = renew_entries(s, old, stored_up_to, &map, err);
	if (code == ERR_OK)
		code = renew_moved(s, old, stored_up_to, err);
	if (code == ERR_OK)
		code = renew_forget(s, err);
	if (code == ERR_OK)
		code = spool_commit(s, err);
	free(map.pairs);
	if (code != ERR_OK) {
		spool_rollback(s);
		err_wrap(err, "renew");
		return code;
	}
	return ERR_OK;
}
