/* In: a report with its content digest, and what was last said of its period. Out: a new entry, or
 * a note that nothing changed. The happy path is a newer extract. The failure mode is a straggler:
 * an extract older than one already collected. The centre takes the latest as-at for current, so a
 * straggler never displaces a newer report; but a newer extract that only confirmed an earlier one
 * has no report of its own, and without care the straggler would pass for current. */
#include "agent/spool_private.h"

#include <string.h>

#include "proto/limits.h"

static const char sql_content_find[] =
	"SELECT c.digest, c.as_at, e.as_at, c.spool, c.sequence FROM content AS c "
	"LEFT JOIN entry AS e ON e.spool = c.spool AND e.sequence = c.sequence "
	"WHERE c.area = $1 AND c.dataset = $2 AND c.period = $3";

enum err_code spool_content_find(struct spool *s, const char *area, const char *dataset,
				 struct period p, struct spool_content *out, int *found,
				 struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_CONTENT_FIND, sql_content_find, &stmt, err);

	*found = 0;
	memset(out, 0, sizeof *out);
	if (code != ERR_OK)
		return err_wrap(err, "spool");
	db_bind_text(stmt, 1, area);
	db_bind_text(stmt, 2, dataset);
	db_bind_int(stmt, 3, period_key(p));
	code = db_step(stmt, found, err);
	if (code == ERR_OK && *found) {
		if (sqlite3_column_bytes(stmt, 0) == (int)sizeof out->digest)
			memcpy(out->digest, sqlite3_column_blob(stmt, 0), sizeof out->digest);
		if (sqlite3_column_bytes(stmt, 3) == (int)sizeof out->spool)
			memcpy(out->spool, sqlite3_column_blob(stmt, 3), sizeof out->spool);
		out->as_at = sqlite3_column_int(stmt, 1);
		out->said_as_at = sqlite3_column_int(stmt, 2);
		out->sequence = sqlite3_column_int64(stmt, 4);
	}
	(void)sqlite3_reset(stmt);
	return code == ERR_OK ? ERR_OK : err_wrap(err, "spool");
}

enum err_code spool_content_changed(struct spool *s, const char *area, const char *dataset,
				    struct period p, const uint8_t digest[32], int *changed,
				    struct err *err)
{
	struct spool_content last;
	int found;
	enum err_code code = spool_content_find(s, area, dataset, p, &last, &found, err);

	*changed = !found || memcmp(last.digest, digest, sizeof last.digest) != 0;
	return code;
}

static const char sql_content_set[] =
	"INSERT INTO content (area, dataset, period, digest, as_at, spool, sequence) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (area, dataset, period) DO UPDATE SET "
	"digest = excluded.digest, as_at = excluded.as_at, spool = excluded.spool, "
	"sequence = excluded.sequence";

static enum err_code content_set(struct spool *s, const District__Report *r, struct period p,
				 const uint8_t digest[32], int64_t sequence, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_CONTENT_SET, sql_content_set, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(stmt, 1, r->area);
	db_bind_text(stmt, 2, r->dataset);
	db_bind_int(stmt, 3, period_key(p));
	db_bind_blob(stmt, 4, digest, 32);
	db_bind_int(stmt, 5, r->as_at);
	db_bind_blob(stmt, 6, s->id, sizeof s->id);
	db_bind_int(stmt, 7, sequence);
	return db_run(stmt, err);
}

static const char sql_content_confirm[] = "UPDATE content SET as_at = max(as_at, $1) "
					  "WHERE area = $2 AND dataset = $3 AND period = $4";

static enum err_code content_confirm(struct spool *s, const District__Report *r, struct period p,
				     struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code =
		spool_prepare(s, SPOOL_CONTENT_CONFIRM, sql_content_confirm, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, r->as_at);
	db_bind_text(stmt, 2, r->area);
	db_bind_text(stmt, 3, r->dataset);
	db_bind_int(stmt, 4, period_key(p));
	return db_run(stmt, err);
}

/* Says what was last said once more, under the as-at of the extract that confirmed it. Its bytes
 * may be gone after keep_days: then the straggler is so old that nothing more can be done. */
static enum err_code content_repeat(struct spool *s, const struct spool_content *last,
				    struct period p, struct err *err)
{
	struct frame f = { 0 };
	int64_t sequence;
	enum err_code code = spool_decode(s, last->spool, last->sequence, &f, err);

	if (code == ERR_MISSING)
		return ERR_OK;
	if (code == ERR_OK) {
		f.entry->report->as_at = last->as_at;
		code = spool_append(s, f.entry, &sequence, err);
	}
	if (code == ERR_OK)
		code = content_set(s, f.entry->report, p, last->digest, sequence, err);
	frame_clear(&f);
	return code;
}

enum err_code spool_judge(struct spool *s, const District__Report *r, struct period p,
			  const uint8_t content[32], enum spool_verdict *verdict,
			  struct spool_content *last, struct err *err)
{
	int found;
	enum err_code code = spool_content_find(s, r->area, r->dataset, p, last, &found, err);

	if (found && memcmp(last->digest, content, sizeof last->digest) == 0)
		*verdict = SPOOL_CONFIRMED;
	else if (!found || r->as_at >= last->as_at)
		*verdict = SPOOL_NEWS;
	else
		*verdict = last->said_as_at <= r->as_at ? SPOOL_LATE_REPEAT : SPOOL_LATE;
	return code;
}

enum err_code spool_say(struct spool *s, District__Entry *report, struct period p,
			const uint8_t content[32], int64_t *sequence, struct err *err)
{
	const District__Report *r = report->report;
	enum spool_verdict verdict;
	struct spool_content last;
	enum err_code code = spool_judge(s, r, p, content, &verdict, &last, err);

	*sequence = 0;
	if (code != ERR_OK)
		return code;
	if (verdict == SPOOL_CONFIRMED)
		return content_confirm(s, r, p, err);
	code = spool_append(s, report, sequence, err);
	if (code == ERR_OK && verdict == SPOOL_NEWS)
		code = content_set(s, r, p, content, *sequence, err);
	if (code == ERR_OK && verdict == SPOOL_LATE_REPEAT)
		code = content_repeat(s, &last, p, err);
	return code;
}

static const char sql_content_forget[] = "DELETE FROM content WHERE spool = $1 AND sequence = $2";

static enum err_code content_forget(struct spool *s, const uint8_t *spool_id, int64_t sequence,
				    struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_CONTENT_FORGET, sql_content_forget, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, spool_id, FRAME_SPOOL_BYTES);
	db_bind_int(stmt, 2, sequence);
	return db_run(stmt, err);
}

/* ---- withdrawing */

/* The report, and the withdrawals of its period. */
static const char sql_withdrawn[] =
	"SELECT e.voided, w.spool, w.sequence FROM entry AS e "
	"LEFT JOIN entry AS w ON w.kind = 'withdraw' AND w.area = e.area "
	"AND w.dataset = e.dataset AND w.period = e.period "
	"WHERE e.spool = $1 AND e.sequence = $2 AND e.kind = 'report'";

static enum err_code withdraw_is_of(struct spool *s, const uint8_t *withdraw_spool,
				    int64_t withdraw_sequence, const uint8_t *spool_id,
				    int64_t sequence, int *is, struct err *err)
{
	struct frame f = { 0 };
	enum err_code code = spool_decode(s, withdraw_spool, withdraw_sequence, &f, err);

	*is = 0;
	if (code == ERR_OK && f.entry->body_case == DISTRICT__ENTRY__BODY_WITHDRAW)
		*is = (int64_t)f.entry->withdraw->sequence == sequence &&
		      memcmp(f.entry->withdraw->spool.data, spool_id, FRAME_SPOOL_BYTES) == 0;
	frame_clear(&f);
	return code == ERR_MISSING ? ERR_OK : code;
}

static enum err_code withdraw_check_row(struct spool *s, sqlite3_stmt *stmt,
					const uint8_t *spool_id, int64_t sequence, struct err *err)
{
	int is = 0;
	enum err_code code = ERR_OK;

	if (sqlite3_column_int(stmt, 0) != 0)
		return err_set(err, ERR_CONFIG,
			       "report %lld was superseded before it was sent; there is nothing to "
			       "withdraw",
			       (long long)sequence);
	if (sqlite3_column_bytes(stmt, 1) == FRAME_SPOOL_BYTES)
		code = withdraw_is_of(s, sqlite3_column_blob(stmt, 1),
				      sqlite3_column_int64(stmt, 2), spool_id, sequence, &is, err);
	if (code == ERR_OK && is)
		return err_set(err, ERR_CONFIG, "report %lld was withdrawn already, by entry %lld",
			       (long long)sequence, (long long)sqlite3_column_int64(stmt, 2));
	return code;
}

static enum err_code withdraw_check(struct spool *s, const uint8_t *spool_id, int64_t sequence,
				    struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_WITHDRAWN, sql_withdrawn, &stmt, err);
	int row = 0, n_rows = 0;

	if (code != ERR_OK)
		return code;
	db_bind_blob(stmt, 1, spool_id, FRAME_SPOOL_BYTES);
	db_bind_int(stmt, 2, sequence);
	for (code = db_step(stmt, &row, err); code == ERR_OK && row;
	     code = db_step(stmt, &row, err)) {
		n_rows++;
		code = withdraw_check_row(s, stmt, spool_id, sequence, err);
		if (code != ERR_OK)
			break;
	}
	(void)sqlite3_reset(stmt);
	if (code == ERR_OK && n_rows == 0)
		code = err_set(err, ERR_MISSING,
			       "no report %lld in this spool; 'district-agent status' lists what "
			       "was sent",
			       (long long)sequence);
	return code;
}

enum err_code spool_withdraw(struct spool *s, const uint8_t *spool_id, int64_t sequence,
			     const char *reason, int64_t *withdrawal, struct err *err)
{
	District__Entry entry = DISTRICT__ENTRY__INIT;
	District__Withdraw withdraw = DISTRICT__WITHDRAW__INIT;
	uint8_t target[FRAME_SPOOL_BYTES];
	char text[LIMIT_TEXT_BYTES + 1];
	enum err_code code;

	if (strlen(reason) >= sizeof text)
		return err_set(err, ERR_TOO_BIG, "the reason is longer than %d bytes; shorten it",
			       LIMIT_TEXT_BYTES);
	memcpy(text, reason, strlen(reason) + 1);
	memcpy(target, spool_id != NULL ? spool_id : s->id, sizeof target);
	code = withdraw_check(s, target, sequence, err);
	if (code != ERR_OK)
		return code;
	withdraw.spool.data = target;
	withdraw.spool.len = sizeof target;
	withdraw.sequence = (uint64_t)sequence;
	withdraw.reason = text;
	entry.body_case = DISTRICT__ENTRY__BODY_WITHDRAW;
	entry.withdraw = &withdraw;
	code = spool_append(s, &entry, withdrawal, err);
	if (code == ERR_OK)
		code = content_forget(s, target, sequence, err);
	return code;
}
