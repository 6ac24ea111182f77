#include "aggregator/ingest_private.h"

#include "aggregator/rollup.h"
#include "proto/clock.h"

/* What is done between drains, in pieces of about LIMIT_SLICE_MS: projection first, then roll-up,
 * then counters and health, and a checkpoint when nothing happens. */

#define WORK_SLICE_MIN 1
#define WORK_SLICE_MAX 4096
#define WORK_ROLLUP_EVERY 16 /* slices: so that roll-ups move on under a steady stream */
#define WORK_SAVE_MS 5000    /* counters and health reach the store */
#define WORK_SWEEP_MS 200
#define WORK_QUIET_MS 1000    /* without a write before a checkpoint */
#define WORK_BLOCKED_MS 10000 /* a reader was in the way: later */
#define WORK_PAUSE_MS 1000    /* after a fault of the store */

void ingest_fault(struct ingest *i, const char *what, const struct err *err)
{
	unsigned long n_held = 0;

	i->pause_until_ms = clock_mono_ms() + WORK_PAUSE_MS;
	if (log_repeat_due(&i->fault_log, &n_held))
		log_line(LOG_LEVEL_ERROR, "ingest: %s: %s; trying again (%lu like it not shown)",
			 what, err->text, n_held);
}

/* The next slice's size, so that it takes about LIMIT_SLICE_MS. */
static int ingest_adapt(int size, int n_done, int64_t took_ms)
{
	if (took_ms > LIMIT_SLICE_MS && size > WORK_SLICE_MIN)
		return size / 2;
	if (took_ms < LIMIT_SLICE_MS / 2 && n_done >= size && size < WORK_SLICE_MAX)
		return size * 2;
	return size;
}

static void ingest_project(struct ingest *i)
{
	const int64_t start_ms = clock_mono_ms();
	struct err err = { .code = ERR_OK };
	int n_done = 0;
	int n_skipped;

	if (project_slice(i->project, i->slice_reports, &n_done, &i->lag, &err) != ERR_OK) {
		counters_add(&i->counters, COUNTER_PROJECTION_FAILED, 1);
		ingest_fault(i, "projection", &err);
		return;
	}
	counters_add(&i->counters, COUNTER_PROJECTED, n_done);
	i->slice_reports = ingest_adapt(i->slice_reports, n_done, clock_mono_ms() - start_ms);
	if (n_done > 0) {
		i->n_dirty = -1;
		i->written_ms = clock_mono_ms();
	}
	n_skipped = project_skipped(i->project, &err);
	if (n_skipped > 0) {
		counters_add(&i->counters, COUNTER_PROJECTION_FAILED, n_skipped);
		log_line(LOG_LEVEL_ERROR,
			 "ingest: projection passed over %d damaged entries, the last: %s; restore "
			 "the store from a backup and agents will fill it",
			 n_skipped, err.text);
	}
}

static void ingest_roll_up(struct ingest *i)
{
	const int64_t start_ms = clock_mono_ms();
	struct err err = { .code = ERR_OK };
	int n_done = 0;

	if (rollup_work(i->store, i->settings.areas, i->slice_buckets, &n_done, &i->n_dirty,
			&err) != ERR_OK) {
		counters_add(&i->counters, COUNTER_ROLLUP_FAILED, 1);
		ingest_fault(i, "roll-up", &err);
		i->n_dirty = -1;
		return;
	}
	counters_add(&i->counters, COUNTER_ROLLED_UP, n_done);
	i->slice_buckets = ingest_adapt(i->slice_buckets, n_done, clock_mono_ms() - start_ms);
	if (n_done > 0)
		i->written_ms = clock_mono_ms();
}

static enum err_code ingest_save_rows(struct ingest *i, struct err *err)
{
	enum err_code code = counters_save(&i->counters, i->store, err);

	for (int n = 0; n < i->sessions.n && code == ERR_OK; n++)
		if (i->sessions.items[n]->health_changed)
			code = store_health(i->store, &i->sessions.items[n]->health, err);
	return code;
}

enum err_code ingest_save(struct ingest *i, struct err *err)
{
	int changed = i->counters.changed;
	enum err_code code;

	for (int n = 0; n < i->sessions.n && !changed; n++)
		changed = i->sessions.items[n]->health_changed;
	if (!changed)
		return ERR_OK;
	code = store_begin(i->store, err);
	if (code != ERR_OK)
		return code;
	code = ingest_save_rows(i, err);
	if (code == ERR_OK)
		code = store_commit(i->store, err);
	if (code != ERR_OK) {
		store_rollback(i->store);
		return code;
	}
	i->counters.changed = 0;
	for (int n = 0; n < i->sessions.n; n++)
		i->sessions.items[n]->health_changed = 0;
	return ERR_OK;
}

static void ingest_checkpoint(struct ingest *i, int64_t now_ms)
{
	struct err err = { .code = ERR_OK };
	int done = 0;

	if (store_checkpoint(i->store, &done, &err) != ERR_OK) {
		ingest_fault(i, "checkpoint", &err);
	} else if (done) {
		i->written_ms = 0;
	} else {
		counters_add(&i->counters, COUNTER_CHECKPOINTS_BLOCKED, 1);
		i->blocked_ms = now_ms;
	}
}

static void ingest_keep_house(struct ingest *i, int quiet, int64_t now_ms)
{
	struct err err = { .code = ERR_OK };

	if (now_ms - i->swept_ms >= WORK_SWEEP_MS) {
		i->swept_ms = now_ms;
		ingest_sweep(i);
	}
	if (now_ms - i->saved_ms >= WORK_SAVE_MS) {
		i->saved_ms = now_ms;
		if (ingest_save(i, &err) != ERR_OK)
			ingest_fault(i, "save counters", &err);
	}
	if (quiet && i->written_ms != 0 && now_ms - i->written_ms >= WORK_QUIET_MS &&
	    now_ms - i->blocked_ms >= WORK_BLOCKED_MS)
		ingest_checkpoint(i, now_ms);
}

void ingest_work(struct ingest *i, int quiet, int *busy)
{
	const int64_t now_ms = clock_mono_ms();
	int roll_up = i->lag == 0 || ++i->n_slices % WORK_ROLLUP_EVERY == 0;

	*busy = 0;
	if (now_ms < i->pause_until_ms)
		return;
	if (i->lag != 0)
		ingest_project(i);
	if (roll_up && i->n_dirty != 0)
		ingest_roll_up(i);
	*busy = i->lag != 0 || i->n_dirty != 0;
	ingest_keep_house(i, quiet && !*busy, now_ms);
}
