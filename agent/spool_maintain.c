/* Upkeep of the spool. Compacting: what a newer report supersedes before it was sent is dropped,
 * and its numbers are said to be void. Renewing: what a rolled-back or cloned machine has not
 * delivered gets new numbers in a new spool. Pruning: delivered bytes go after keep_days. Nothing
 * that was not sent goes without a newer report that says all of it. */
#include "agent/spool_private.h"

#include <stdlib.h>
#include <string.h>

#include "proto/clock.h"

/* Fewer than LIMIT_RANGES: so many small messages stay within a decoder's memory. */
#define VOID_RANGES 256
#define DAY_US (86400LL * 1000 * 1000)

static const char sql_bytes[] = "SELECT bytes FROM entry "
				"WHERE spool = $1 AND sequence = $2 AND bytes IS NOT NULL";

enum err_code spool_decode(struct spool *s, const uint8_t *spool_id, int64_t sequence,
			   struct frame *f, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_BYTES, sql_bytes, &stmt, err);
	int row = 0;

	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, spool_id, FRAME_SPOOL_BYTES);
	db_bind_int(stmt, 2, sequence);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && !row)
		code = err_set(err, ERR_MISSING, "the bytes of entry %lld are gone",
			       (long long)sequence);
	if (code == ERR_OK)
		code = frame_decode_entry(f, sqlite3_column_blob(stmt, 0),
					  (size_t)sqlite3_column_bytes(stmt, 0), err);
	(void)sqlite3_reset(stmt);
	return code;
}

/* ---- compacting */

/* The next unsent report that has a newer one, in a period of which nothing unsent was withdrawn: a
 * withdrawal there could take away the very report that supersedes. */
static const char sql_superseded[] =
	"SELECT e.sequence FROM entry AS e "
	"WHERE e.spool = $1 AND e.sequence > $2 AND e.kind = 'report' AND e.voided = 0 "
	"AND e.bytes IS NOT NULL "
	"AND EXISTS (SELECT 1 FROM entry AS n WHERE n.spool = e.spool AND n.area = e.area "
	"AND n.dataset = e.dataset AND n.period = e.period AND n.sequence > e.sequence "
	"AND n.kind = 'report' AND n.voided = 0 AND n.as_at >= e.as_at) "
	"AND NOT EXISTS (SELECT 1 FROM entry AS w WHERE w.spool = e.spool AND w.area = e.area "
	"AND w.dataset = e.dataset AND w.period = e.period AND w.sequence > $3 "
	"AND w.kind = 'withdraw') "
	"ORDER BY e.sequence LIMIT 1";

static enum err_code compact_next(struct spool *s, int64_t after, int64_t stored_anywhere,
				  int64_t *sequence, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_SUPERSEDED, sql_superseded, &stmt, err);
	int row = 0;

	*sequence = 0;
	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, s->id, sizeof s->id);
	db_bind_int(stmt, 2, after);
	db_bind_int(stmt, 3, stored_anywhere);
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row)
		*sequence = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_reset(stmt);
	return code;
}

static int compact_carries(const District__Report *r, const char *measure)
{
	for (size_t i = 0; i < r->n_measure; i++)
		if (r->dimension[i] == 0 && r->category[i] == 0 &&
		    strcmp(r->dictionary[r->measure[i]], measure) == 0)
			return 1;
	return 0;
}

static int compact_carries_all(const District__Report *newer, const District__Report *older)
{
	for (size_t i = 0; i < older->n_measure; i++)
		if (older->dimension[i] == 0 && older->category[i] == 0 &&
		    !compact_carries(newer, older->dictionary[older->measure[i]]))
			return 0;
	return 1;
}

/* The newer reports of an entry's period that may supersede it, newest first. CROSS JOIN keeps
 * SQLite from walking all that is newer in the spool. */
static const char sql_newer[] =
	"SELECT n.sequence FROM entry AS e "
	"CROSS JOIN entry AS n ON n.spool = e.spool AND n.area = e.area AND n.dataset = e.dataset "
	"AND n.period = e.period AND n.sequence > e.sequence "
	"WHERE e.spool = $1 AND e.sequence = $2 AND n.kind = 'report' AND n.voided = 0 "
	"AND n.bytes IS NOT NULL AND n.as_at >= e.as_at ORDER BY n.sequence DESC";

static enum err_code compact_is_superseded(struct spool *s, int64_t sequence, int *is,
					   struct err *err)
{
	struct frame older = { 0 }, newer = { 0 };
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_NEWER, sql_newer, &stmt, err);
	int row = 0;

	*is = 0;
	if (code == ERR_OK)
		code = spool_decode(s, s->id, sequence, &older, err);
	if (code == ERR_OK) {
		db_bind_blob(stmt, 1, s->id, sizeof s->id);
		db_bind_int(stmt, 2, sequence);
		code = db_step(stmt, &row, err);
	}
	while (code == ERR_OK && row && !*is) {
		code = spool_decode(s, s->id, sqlite3_column_int64(stmt, 0), &newer, err);
		if (code != ERR_OK)
			break;
		*is = compact_carries_all(newer.entry->report, older.entry->report);
		if (!*is)
			code = db_step(stmt, &row, err);
	}
	if (stmt != NULL)
		(void)sqlite3_reset(stmt);
	frame_clear(&older);
	frame_clear(&newer);
	return code;
}

static const char sql_void_one[] = "UPDATE entry SET voided = 1, bytes = NULL "
				   "WHERE spool = $1 AND sequence = $2";

static enum err_code compact_void_one(struct spool *s, int64_t sequence, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_VOID_ONE, sql_void_one, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, s->id, sizeof s->id);
	db_bind_int(stmt, 2, sequence);
	return db_run(stmt, err);
}

/* Unsent void entries give way to the one that says their ranges, and their own numbers, too. */
static const char sql_void_voids[] = "UPDATE entry SET voided = 1, bytes = NULL "
				     "WHERE spool = $1 AND sequence > $2 AND kind = 'void'";

static enum err_code compact_void_voids(struct spool *s, int64_t stored_anywhere, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_VOID_VOIDS, sql_void_voids, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, s->id, sizeof s->id);
	db_bind_int(stmt, 2, stored_anywhere);
	return db_run(stmt, err);
}

static const char sql_voided[] = "SELECT sequence FROM entry WHERE spool = $1 AND sequence > $2 "
				 "AND sequence <= $3 AND voided = 1 ORDER BY sequence";

/* The first n_max ranges of void numbers above `after`; *n says how many there were. */
static enum err_code compact_ranges(struct spool *s, int64_t after, int64_t last,
				    District__Range *ranges, size_t n_max, size_t *n,
				    struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_VOIDED, sql_voided, &stmt, err);
	int row = 0;

	*n = 0;
	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, s->id, sizeof s->id);
	db_bind_int(stmt, 2, after);
	db_bind_int(stmt, 3, last);
	for (code = db_step(stmt, &row, err); code == ERR_OK && row;
	     code = db_step(stmt, &row, err)) {
		uint64_t sequence = (uint64_t)sqlite3_column_int64(stmt, 0);

		if (*n > 0 && ranges[*n - 1].last + 1 == sequence) {
			ranges[*n - 1].last = sequence;
			continue;
		}
		if (*n == n_max)
			break;
		district__range__init(&ranges[*n]);
		ranges[*n].first = ranges[*n].last = sequence;
		++*n;
	}
	(void)sqlite3_reset(stmt);
	return code;
}

struct compact_void {
	District__Range ranges[VOID_RANGES];
	District__Range *pointers[VOID_RANGES];
};

static enum err_code compact_declare(struct spool *s, int64_t after, struct err *err)
{
	struct compact_void *v = calloc(1, sizeof *v);
	int64_t last = s->last_sequence, sequence;
	enum err_code code = ERR_OK;
	size_t n = 1;

	if (v == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	while (code == ERR_OK && n > 0) {
		District__Entry entry = DISTRICT__ENTRY__INIT;
		District__Void body = DISTRICT__VOID__INIT;

		code = compact_ranges(s, after, last, v->ranges, VOID_RANGES, &n, err);
		if (code != ERR_OK || n == 0)
			break;
		for (size_t i = 0; i < n; i++)
			v->pointers[i] = &v->ranges[i];
		body.ranges = v->pointers;
		body.n_ranges = n;
		entry.body_case = DISTRICT__ENTRY__BODY_VOID;
		entry.void_ = &body;
		after = (int64_t)v->ranges[n - 1].last;
		code = spool_append(s, &entry, &sequence, err);
	}
	free(v);
	return code;
}

static enum err_code compact_all(struct spool *s, int64_t stored_anywhere, int64_t *n_voided,
				 struct err *err)
{
	int64_t sequence = stored_anywhere;
	enum err_code code;
	int is;

	for (;;) {
		code = compact_next(s, sequence, stored_anywhere, &sequence, err);
		if (code != ERR_OK || sequence == 0)
			break;
		code = compact_is_superseded(s, sequence, &is, err);
		if (code == ERR_OK && is) {
			code = compact_void_one(s, sequence, err);
			++*n_voided;
		}
		if (code != ERR_OK)
			break;
	}
	if (code == ERR_OK && *n_voided > 0)
		code = compact_void_voids(s, stored_anywhere, err);
	if (code == ERR_OK && *n_voided > 0)
		code = compact_declare(s, stored_anywhere, err);
	return code;
}

enum err_code spool_compact(struct spool *s, int64_t stored_anywhere, int64_t *n_voided,
			    struct err *err)
{
	enum err_code code;

	*n_voided = 0;
	code = spool_begin(s, err);
	if (code != ERR_OK)
		return code;
	code = compact_all(s, stored_anywhere, n_voided, err);
	if (code == ERR_OK)
		code = spool_commit(s, err);
	if (code != ERR_OK) {
		spool_rollback(s);
		*n_voided = 0;
		err_wrap(err, "compact");
		return code;
	}
	return ERR_OK;
}

/* ---- pruning */

/* A retired spool's entries were delivered, or numbered again in its successor. */
static const char sql_prune[] =
	"UPDATE entry SET bytes = NULL WHERE bytes IS NOT NULL AND sealed_us < $1 "
	"AND ((spool = $2 AND sequence <= $3) "
	"OR spool IN (SELECT id FROM spool WHERE retired_us < $1))";

enum err_code spool_prune(struct spool *s, int64_t stored_everywhere, int keep_days,
			  struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_PRUNE, sql_prune, &stmt, err);

	if (code == ERR_OK) {
		db_bind_int(stmt, 1, clock_wall_us() - keep_days * DAY_US);
		db_bind_blob(stmt, 2, s->id, sizeof s->id);
		db_bind_int(stmt, 3, stored_everywhere);
		code = db_run(stmt, err);
	}
	if (code != ERR_OK)
		err_wrap(err, "spool: prune");
	return code;
}
