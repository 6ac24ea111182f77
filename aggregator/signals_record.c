/* Findings to rows. A condition that first holds is pending. It opens on final figures, or when it
 * has held for SIGNALS_PENDING_DAYS; one that passes before that is closed without ever having been
 * open, and comes back under the same number. An open one closes when it has not held in the last
 * SIGNALS_CLOSE months that are known, after the month in which it last did. Months that are not
 * known change nothing. */

#include <stdlib.h>
#include <string.h>

#include "aggregator/signals_private.h"

#define DAY_US (86400LL * 1000000)

/* The row in question, as it is and as it will be. */
struct signals_row {
	int64_t id; /* 0: none yet */
	enum signal_state state;
	char rule[65];
	int64_t first, last, without;
	int n_without;
	int64_t pending_us, opened_us, closed_us;
};

/* One that is not closed, else one that passed before it opened. A process signal keeps its row
 * when another rule takes over. */
static const char signals_live_sql[] =
	"SELECT id, state, rule, first, last, without, n_without, pending_us, opened_us, closed_us "
	"FROM signal WHERE kind = $1 AND ($1 <> 3 OR rule = $2) AND measure = $3 AND area = $4 "
	"AND direction = $5 AND (state <> 3 OR opened_us = 0) ORDER BY state <> 3 DESC, id DESC "
	"LIMIT 1";

static enum err_code signals_live(struct signals_record *r, const struct signals_finding *f,
				  int direction, struct signals_row *row, struct err *err)
{
	int found = 0;
	enum err_code code = db_prepare(r->db, &r->live, signals_live_sql, err);

	*row = (struct signals_row){ 0 };
	if (code != ERR_OK)
		return code;
	db_bind_int(r->live, 1, f->kind);
	db_bind_text(r->live, 2, f->rule == NULL ? "" : f->rule);
	db_bind_text(r->live, 3, f->measure);
	db_bind_text(r->live, 4, f->area);
	db_bind_int(r->live, 5, direction);
	code = db_step(r->live, &found, err);
	if (code == ERR_OK && found) {
		row->id = sqlite3_column_int64(r->live, 0);
		row->state = (enum signal_state)sqlite3_column_int(r->live, 1);
		(void)snprintf(row->rule, sizeof row->rule, "%s", db_text(r->live, 2));
		row->first = sqlite3_column_int64(r->live, 3);
		row->last = sqlite3_column_int64(r->live, 4);
		row->without = sqlite3_column_int64(r->live, 5);
		row->n_without = sqlite3_column_int(r->live, 6);
		row->pending_us = sqlite3_column_int64(r->live, 7);
		row->opened_us = sqlite3_column_int64(r->live, 8);
		row->closed_us = sqlite3_column_int64(r->live, 9);
	}
	(void)sqlite3_reset(r->live);
	return code;
}

static int signals_concern(const struct signals_finding *f, int direction)
{
	return f->polarity == SIGNALS_WORSE ? 1 : -direction * f->polarity;
}

static const char signals_add_sql[] =
	"INSERT INTO signal (kind, measure, area, direction, concern, rule, state, first, last, "
	"n_without, without, pending_us, opened_us, closed_us, evidence) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
static const char signals_change_sql[] =
	"UPDATE signal SET kind = $1, measure = $2, area = $3, direction = $4, concern = $5, "
	"rule = $6, state = $7, first = $8, last = $9, n_without = $10, without = $11, "
	"pending_us = $12, opened_us = $13, closed_us = $14, evidence = $15 WHERE id = $16";

static enum err_code signals_save(struct signals_record *r, const struct signals_finding *f,
				  int direction, struct signals_row *row, struct err *err)
{
	sqlite3_stmt **slot = row->id == 0 ? &r->add : &r->change;
	enum err_code code =
		db_prepare(r->db, slot, row->id == 0 ? signals_add_sql : signals_change_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(*slot, 1, f->kind);
	db_bind_text(*slot, 2, f->measure);
	db_bind_text(*slot, 3, f->area);
	db_bind_int(*slot, 4, direction);
	db_bind_int(*slot, 5, signals_concern(f, direction));
	db_bind_text(*slot, 6, row->rule);
	db_bind_int(*slot, 7, row->state);
	db_bind_int(*slot, 8, row->first);
	db_bind_int(*slot, 9, row->last);
	db_bind_int(*slot, 10, row->n_without);
	db_bind_int(*slot, 11, row->without);
	db_bind_int(*slot, 12, row->pending_us);
	db_bind_int(*slot, 13, row->opened_us);
	db_bind_int(*slot, 14, row->closed_us);
	db_bind_text(*slot, 15, f->evidence);
	if (row->id != 0)
		db_bind_int(*slot, 16, row->id);
	code = db_run(*slot, err);
	if (code == ERR_OK && row->id == 0)
		row->id = sqlite3_last_insert_rowid(r->db);
	return code;
}

static const char signals_event_sql[] =
	"INSERT INTO signal_event (signal, at_us, state, period) VALUES ($1, $2, $3, $4)";

static enum err_code signals_event(struct signals_record *r, int64_t id, enum signal_state state,
				   int64_t period, struct err *err)
{
	enum err_code code = db_prepare(r->db, &r->event, signals_event_sql, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(r->event, 1, id);
	db_bind_int(r->event, 2, r->now_us);
	db_bind_int(r->event, 3, state);
	db_bind_int(r->event, 4, period);
	return db_run(r->event, err);
}

/* ---- what follows from a look */

static const struct signals_look *signals_final(const struct signals_finding *f)
{
	return f->n_looks == 0 ? NULL : &f->looks[f->n_looks - 1];
}

/* The look, if any, at which the condition holds now: final before provisional. */
static const struct signals_look *signals_holding(const struct signals_finding *f, int direction)
{
	const struct signals_look *final = signals_final(f);

	if (final != NULL && final->direction == direction)
		return final;
	if (f->has_provisional && f->provisional.direction == direction)
		return &f->provisional;
	return NULL;
}

/* In which it has held without a break up to the final look. */
static int64_t signals_since(const struct signals_finding *f, const struct signals_look *holding,
			     int direction)
{
	int64_t since = period_key(holding->period);

	for (int i = f->n_looks - 1; i >= 0 && f->looks[i].direction == direction; i--)
		since = period_key(f->looks[i].period);
	return since;
}

/* The months running, up to the newest known one, that came after `last` and were without. */
static void signals_count_without(const struct signals_finding *f, int direction,
				  struct signals_row *row)
{
	row->n_without = 0;
	row->without = 0;
	for (int i = f->n_looks - 1; i >= 0; i--) {
		if (f->looks[i].direction == direction ||
		    period_key(f->looks[i].period) <= row->last)
			break;
		row->n_without++;
	}
	if (row->n_without > 0)
		row->without = period_key(signals_final(f)->period);
}

static void signals_hold(struct signals_record *r, const struct signals_finding *f, int direction,
			 const struct signals_look *look, struct signals_row *row)
{
	const int64_t period = period_key(look->period);
	const int64_t since = signals_since(f, look, direction);
	const int final = look != &f->provisional;

	if (row->id == 0 || row->state == SIGNAL_CLOSED) { /* it begins, or comes back */
		row->state = SIGNAL_PENDING;
		row->pending_us = r->now_us;
		row->closed_us = 0;
		row->first = since;
		row->last = period;
	}
	if (period > row->last)
		row->last = period;
	if (since < row->first)
		row->first = since;
	if (row->state == SIGNAL_PENDING &&
	    (final || r->now_us - row->pending_us >= SIGNALS_PENDING_DAYS * DAY_US)) {
		row->state = SIGNAL_OPEN;
		row->opened_us = r->now_us;
	}
	(void)snprintf(row->rule, sizeof row->rule, "%s", f->rule != NULL ? f->rule : look->rule);
}

/* Whether a month as late as the one in which it last held is known. */
static int signals_is_refuted(const struct signals_finding *f, const struct signals_row *row)
{
	const struct signals_look *final = signals_final(f);

	return (final != NULL && period_key(final->period) >= row->last) ||
	       (f->has_provisional && period_key(f->provisional.period) >= row->last);
}

static void signals_miss(struct signals_record *r, const struct signals_finding *f,
			 struct signals_row *row)
{
	if ((row->state == SIGNAL_OPEN && row->n_without >= SIGNALS_CLOSE) ||
	    (row->state == SIGNAL_PENDING && signals_is_refuted(f, row))) {
		row->state = SIGNAL_CLOSED;
		row->closed_us = r->now_us;
	}
}

/* The events between two states of a row, and what they come to. */
static enum err_code signals_events(struct signals_record *r, const struct signals_row *was,
				    const struct signals_row *is, struct err *err)
{
	const int begins = was->id == 0 || was->state == SIGNAL_CLOSED;
	enum err_code code = ERR_OK;

	if (begins) {
		r->changes.n_pending++;
		code = signals_event(r, is->id, SIGNAL_PENDING, is->last, err);
	}
	if (code != ERR_OK || is->state == SIGNAL_PENDING)
		return code;
	if (is->state == SIGNAL_OPEN && (begins || was->state == SIGNAL_PENDING)) {
		r->changes.n_opened++;
		return signals_event(r, is->id, SIGNAL_OPEN, is->last, err);
	}
	if (is->state == SIGNAL_OPEN && is->last > was->last)
		return signals_event(r, is->id, SIGNAL_OPEN, is->last, err);
	if (is->state == SIGNAL_CLOSED && was->state != SIGNAL_CLOSED) {
		r->changes.n_closed++;
		return signals_event(r, is->id, SIGNAL_CLOSED,
				     is->without != 0 ? is->without : is->last, err);
	}
	return ERR_OK;
}

static enum err_code signals_observe(struct signals_record *r, const struct signals_finding *f,
				     int direction, struct err *err)
{
	const struct signals_look *look = signals_holding(f, direction);
	struct signals_row was;
	struct signals_row is;
	enum err_code code = signals_live(r, f, direction, &was, err);

	if (code != ERR_OK || (look == NULL && (was.id == 0 || was.state == SIGNAL_CLOSED)))
		return code;
	is = was;
	if (look != NULL)
		signals_hold(r, f, direction, look, &is);
	signals_count_without(f, direction, &is);
	if (look == NULL)
		signals_miss(r, f, &is);
	if (is.state == SIGNAL_PENDING) {
		int64_t due_us = is.pending_us + SIGNALS_PENDING_DAYS * DAY_US;

		if (r->due_us == 0 || due_us < r->due_us)
			r->due_us = due_us;
	}
	code = signals_save(r, f, direction, &is, err);
	return code == ERR_OK ? signals_events(r, &was, &is, err) : code;
}

enum err_code signals_record_observe(struct signals_record *r, const struct signals_finding *f,
				     struct err *err)
{
	enum err_code code = signals_observe(r, f, 1, err);

	return code == ERR_OK ? signals_observe(r, f, -1, err) : code;
}

/* ---- what is no longer watched */

static const char signals_all_live_sql[] =
	"SELECT id, kind, rule, measure, area, last FROM signal WHERE state <> 3 ORDER BY id";
static const char signals_close_sql[] = "UPDATE signal SET state = 3, closed_us = $1 WHERE id = $2";

static enum err_code signals_close(struct signals_record *r, int64_t id, int64_t last,
				   struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum err_code code = db_prepare(r->db, &stmt, signals_close_sql, err);

	if (code == ERR_OK) {
		db_bind_int(stmt, 1, r->now_us);
		db_bind_int(stmt, 2, id);
		code = db_run(stmt, err);
	}
	db_finalize(&stmt);
	r->changes.n_closed++;
	return code == ERR_OK ? signals_event(r, id, SIGNAL_CLOSED, last, err) : code;
}

enum err_code signals_record_retire(struct signals_record *r,
				    int (*keep)(void *data, enum signal_kind kind, const char *rule,
						const char *measure, const char *area),
				    void *data, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int row = 1;
	enum err_code code = db_prepare(r->db, &stmt, signals_all_live_sql, err);

	while (code == ERR_OK && (code = db_step(stmt, &row, err)) == ERR_OK && row) {
		if (keep(data, (enum signal_kind)sqlite3_column_int(stmt, 1), db_text(stmt, 2),
			 db_text(stmt, 3), db_text(stmt, 4)))
			continue;
		code = signals_close(r, sqlite3_column_int64(stmt, 0),
				     sqlite3_column_int64(stmt, 5), err);
	}
	db_finalize(&stmt);
	return code;
}

void signals_record_clear(struct signals_record *r)
{
	db_finalize(&r->live);
	db_finalize(&r->add);
	db_finalize(&r->change);
	db_finalize(&r->event);
}
