/* In: a report, and what was last said of its measures in its period. Out: a new entry, or a note
 * that nothing changed. The happy path is a newer extract: it says or confirms each measure that it
 * carries, and what it leaves out stands. The failure mode is a straggler: an extract older than
 * one already collected. The centre takes a measure's latest as-at for current, but what a newer
 * extract only confirmed has no report with its as-at, and a straggler's figure would pass for
 * current. So a straggler is silent on every measure of which a newer extract has spoken; what is
 * left of its report, if anything, is the latest that was ever said of it. */
#include "agent/spool_private.h"

#include <stdlib.h>
#include <string.h>

#include "agent/saying.h"
#include "proto/limits.h"

enum content_verdict {
	CONTENT_NEW, /* never said, or said otherwise */
	CONTENT_SAME,
	CONTENT_SPOKEN, /* said or confirmed by a newer extract */
};

/* A report measure by measure. */
struct content {
	struct saying *sayings; /* owned */
	struct content_judged {
		enum content_verdict verdict;
		int32_t as_at; /* of what was last said, when that was the same */
	} * judged;            /* owned, one for each saying */
	size_t n;
	int news;
};

static void content_clear(struct content *c)
{
	free(c->sayings);
	free(c->judged);
	memset(c, 0, sizeof *c);
}

/* What was last said of one measure, held against what the report says of it, if it does. */
static void content_judge_one(struct content *c, const District__Report *r, sqlite3_stmt *stmt)
{
	const char *measure = db_text(stmt, 0);
	int32_t as_at = sqlite3_column_int(stmt, 2);

	for (size_t i = 0; i < c->n; i++) {
		const struct saying *s = &c->sayings[i];
		struct content_judged *j = &c->judged[i];

		if (strcmp(r->dictionary[s->measure], measure) != 0)
			continue;
		if (as_at > r->as_at)
			j->verdict = CONTENT_SPOKEN;
		else if (sqlite3_column_bytes(stmt, 1) == (int)sizeof s->digest &&
			 memcmp(sqlite3_column_blob(stmt, 1), s->digest, sizeof s->digest) == 0)
			j->verdict = CONTENT_SAME;
		j->as_at = as_at;
		return;
	}
}

static const char sql_content_find[] = "SELECT measure, digest, as_at FROM content "
				       "WHERE area = $1 AND dataset = $2 AND period = $3";

static enum err_code content_judge(struct spool *s, const District__Report *r, struct period p,
				   struct content *c, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code;
	int row = 0;

	memset(c, 0, sizeof *c);
	code = saying_list(r, &c->sayings, &c->n, err);
	if (code != ERR_OK)
		return code;
	c->judged = calloc(c->n + 1, sizeof *c->judged);
	if (c->judged == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	code = spool_prepare(s, SPOOL_CONTENT_FIND, sql_content_find, &stmt, err);
	if (code != ERR_OK)
		return code;
	db_bind_text(stmt, 1, r->area);
	db_bind_text(stmt, 2, r->dataset);
	db_bind_int(stmt, 3, period_key(p));
	while ((code = db_step(stmt, &row, err)) == ERR_OK && row)
		content_judge_one(c, r, stmt);
	(void)sqlite3_reset(stmt);
	for (size_t i = 0; i < c->n; i++)
		c->news |= c->judged[i].verdict == CONTENT_NEW;
	return code;
}

static void content_leave_out(const struct content *c, District__Report *r)
{
	uint8_t left_out[LIMIT_DICTIONARY] = { 0 };
	int any = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (c->judged[i].verdict != CONTENT_SPOKEN)
			continue;
		left_out[c->sayings[i].measure] = 1;
		any = 1;
	}
	if (any)
		saying_leave_out(r, left_out);
}

enum err_code spool_judge(struct spool *s, District__Report *r, struct period p, int *news,
			  struct err *err)
{
	struct content c;
	enum err_code code = content_judge(s, r, p, &c, err);

	*news = c.news;
	if (code == ERR_OK && c.news)
		content_leave_out(&c, r);
	content_clear(&c);
	if (code != ERR_OK)
		err_wrap(err, "spool");
	return code;
}

static const char sql_content_set[] =
	"INSERT INTO content (area, dataset, period, measure, digest, as_at, spool, sequence) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
	"ON CONFLICT (area, dataset, period, measure) DO UPDATE SET "
	"digest = excluded.digest, as_at = excluded.as_at, spool = excluded.spool, "
	"sequence = excluded.sequence";

static enum err_code content_set(struct spool *s, const District__Report *r, struct period p,
				 const struct saying *said, int64_t sequence, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = spool_prepare(s, SPOOL_CONTENT_SET, sql_content_set, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_text(stmt, 1, r->area);
	db_bind_text(stmt, 2, r->dataset);
	db_bind_int(stmt, 3, period_key(p));
	db_bind_text(stmt, 4, r->dictionary[said->measure]);
	db_bind_blob(stmt, 5, said->digest, sizeof said->digest);
	db_bind_int(stmt, 6, r->as_at);
	db_bind_blob(stmt, 7, s->id, sizeof s->id);
	db_bind_int(stmt, 8, sequence);
	return db_run(stmt, err);
}

static const char sql_content_confirm[] =
	"UPDATE content SET as_at = $1 "
	"WHERE area = $2 AND dataset = $3 AND period = $4 AND measure = $5";

static enum err_code content_confirm_one(struct spool *s, const District__Report *r,
					 struct period p, const char *measure, struct err *err)
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
	db_bind_text(stmt, 5, measure);
	return db_run(stmt, err);
}

static enum err_code content_confirm(struct spool *s, const District__Report *r, struct period p,
				     const struct content *c, struct err *err)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < c->n && code == ERR_OK; i++)
		if (c->judged[i].verdict == CONTENT_SAME && c->judged[i].as_at < r->as_at)
			code = content_confirm_one(s, r, p, r->dictionary[c->sayings[i].measure],
						   err);
	return code;
}

/* Notes all that an appended report says. What it only repeats is noted under its number too: the
 * centre now takes that from it, so that withdrawing it must make it be said anew. */
static enum err_code content_note(struct spool *s, const District__Report *r, struct period p,
				  int64_t sequence, struct err *err)
{
	struct saying *sayings = NULL;
	size_t n;
	enum err_code code = saying_list(r, &sayings, &n, err);

	for (size_t i = 0; i < n && code == ERR_OK; i++)
		code = content_set(s, r, p, &sayings[i], sequence, err);
	free(sayings);
	return code;
}

enum err_code spool_say(struct spool *s, District__Entry *report, struct period p,
			int64_t *sequence, struct err *err)
{
	District__Report *r = report->report;
	struct content c;
	enum err_code code = content_judge(s, r, p, &c, err);

	*sequence = 0;
	if (code == ERR_OK && !c.news) {
		code = content_confirm(s, r, p, &c, err);
	} else if (code == ERR_OK) {
		content_leave_out(&c, r);
		code = spool_append(s, report, sequence, err);
		if (code == ERR_OK)
			code = content_note(s, r, p, *sequence, err);
	}
	content_clear(&c);
	if (code != ERR_OK)
		err_wrap(err, "spool");
	return code;
}

/* ---- withdrawing */

/* Of the report's period alone, so that not every measure that was ever said is looked at. */
static const char sql_content_forget[] =
	"DELETE FROM content WHERE (area, dataset, period) = "
	"(SELECT area, dataset, period FROM entry WHERE spool = $1 AND sequence = $2) "
	"AND spool = $1 AND sequence = $2";

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
