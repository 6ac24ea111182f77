#include "aggregator/ingest_private.h"

#include <time.h>

#include "aggregator/rollup.h"
#include "aggregator/signals.h"
#include "proto/clock.h"

/* What is done between drains, in pieces of about LIMIT_SLICE_MS: projection first, then roll-up,
 * then signals when all figures are there, then counters and health, and a checkpoint when nothing
 * happens. */

#define WORK_SLICE_FIRST 16
#define WORK_SLICE_MAX 4096
#define WORK_SLICE_BUSY_MS 10  /* of projection, while entries come in … */
#define WORK_BUSY_EVERY_MS 100 /* … so often: acknowledging goes first */
#define WORK_BURST_MS 20       /* since an entry was stored: more are likely under way */
#define WORK_SETTLED_MS 200    /* without a new entry before buckets are rolled up */
#define WORK_ROLLUP_MS 5000    /* between roll-ups while entries go on coming */
#define WORK_CALM_MS 1000      /* without a change of figures before signals are looked for */
#define WORK_SIGNALS_MS 60000  /* between looks at what is pending */
#define WORK_SAVE_MS 5000      /* counters and health reach the store */
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

/* How many items take about target_ms, from what the last ones took. */
static int ingest_size(int64_t item_us, int target_ms)
{
	int64_t size = item_us > 0 ? target_ms * 1000LL / item_us : WORK_SLICE_FIRST;

	if (size < 1)
		return 1;
	return size < WORK_SLICE_MAX ? (int)size : WORK_SLICE_MAX;
}

/* The mean of what was known and what one of n items took just now. */
static int64_t ingest_learn(int64_t item_us, int n, int64_t took_us)
{
	if (n == 0)
		return item_us;
	return item_us == 0 ? took_us / n + 1 : (item_us + took_us / n + 1) / 2;
}

static int64_t ingest_now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Milliseconds of projection that are due now; 0: none, acknowledging goes first. */
static int ingest_project_due(const struct ingest *i, int64_t now_ms)
{
	if (i->lag == 0)
		return 0;
	if (now_ms - i->stored_ms >= WORK_BURST_MS)
		return LIMIT_SLICE_MS;
	return now_ms - i->projected_ms >= WORK_BUSY_EVERY_MS ? WORK_SLICE_BUSY_MS : 0;
}

static void ingest_project(struct ingest *i, int target_ms)
{
	const int64_t start_us = ingest_now_us();
	struct err err = { .code = ERR_OK };
	int n_done = 0;
	int n_skipped;

	if (project_slice(i->project, ingest_size(i->report_us, target_ms), &n_done, &i->lag,
			  &err) != ERR_OK) {
		counters_add(&i->counters, COUNTER_PROJECTION_FAILED, 1);
		ingest_fault(i, "projection", &err);
		return;
	}
	counters_add(&i->counters, COUNTER_PROJECTED, n_done);
	i->report_us = ingest_learn(i->report_us, n_done, ingest_now_us() - start_us);
	if (n_done > 0) {
		i->n_dirty = -1;
		i->signals_done = 0;
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

/* A bucket is added up anew from all areas below, so it waits until a burst of reports is over;
 * under a stream that never ends, until WORK_ROLLUP_MS after the last time and not for more than
 * a fifth of the time. */
static int ingest_roll_up_due(const struct ingest *i, int64_t now_ms)
{
	if (i->n_dirty == 0)
		return 0;
	if (i->lag == 0 && now_ms - i->stored_ms >= WORK_SETTLED_MS)
		return 1;
	return now_ms - i->rolled_ms >= WORK_ROLLUP_MS + 4 * i->roll_up_ms;
}

static void ingest_roll_up(struct ingest *i)
{
	const int64_t start_us = ingest_now_us();
	struct err err = { .code = ERR_OK };
	int64_t took_us;
	int n_done = 0;

	if (rollup_work(i->store, i->settings.areas, ingest_size(i->bucket_us, LIMIT_SLICE_MS),
			&n_done, &i->n_dirty, &err) != ERR_OK) {
		counters_add(&i->counters, COUNTER_ROLLUP_FAILED, 1);
		ingest_fault(i, "roll-up", &err);
		i->n_dirty = -1;
		return;
	}
	took_us = ingest_now_us() - start_us;
	counters_add(&i->counters, COUNTER_ROLLED_UP, n_done);
	i->bucket_us = ingest_learn(i->bucket_us, n_done, took_us);
	i->roll_up_ms = took_us / 1000;
	i->rolled_ms = clock_mono_ms();
	if (n_done > 0) {
		i->signals_done = 0;
		i->written_ms = i->rolled_ms;
	}
}

/* One measure or rule a slice, and none while an entry may still be under way: signals can wait,
 * receipts cannot. What is pending opens by the clock, hence the look now and then. */
static int ingest_signals_due(const struct ingest *i, int64_t now_ms)
{
	if (i->settings.measures == NULL || i->lag != 0 || i->n_dirty != 0 ||
	    now_ms < i->pause_until_ms)
		return 0;
	if (i->signals_done)
		return now_ms - i->signals_ms >= WORK_SIGNALS_MS;
	return now_ms - i->stored_ms >= WORK_CALM_MS && now_ms - i->rolled_ms >= WORK_CALM_MS;
}

static void ingest_signals(struct ingest *i)
{
	const struct rollup_context context = { i->store, i->settings.areas, i->settings.measures,
						i->settings.config };
	struct signals_changes changes;
	struct err err = { .code = ERR_OK };

	if (signals_work(&context, clock_wall_us(), &i->signals_done, &changes, &err) != ERR_OK) {
		counters_add(&i->counters, COUNTER_SIGNALS_FAILED, 1);
		ingest_fault(i, "signals", &err);
	}
	i->signals_ms = clock_mono_ms();
	if (!i->signals_done)
		i->written_ms = i->signals_ms;
	if (changes.n_opened > 0)
		counters_add(&i->counters, COUNTER_SIGNALS_OPENED, changes.n_opened);
	if (changes.n_closed > 0)
		counters_add(&i->counters, COUNTER_SIGNALS_CLOSED, changes.n_closed);
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

void ingest_work(struct ingest *i, int quiet)
{
	const int64_t now_ms = clock_mono_ms();
	const int project_ms = ingest_project_due(i, now_ms);

	i->busy = 0;
	if (now_ms < i->pause_until_ms)
		return;
	if (project_ms > 0) {
		ingest_project(i, project_ms);
		i->projected_ms = clock_mono_ms();
	}
	if (ingest_roll_up_due(i, now_ms))
		ingest_roll_up(i);
	else if (quiet && ingest_signals_due(i, now_ms))
		ingest_signals(i);
	i->busy = ingest_project_due(i, clock_mono_ms()) > 0 ||
		  ingest_roll_up_due(i, clock_mono_ms()) || ingest_signals_due(i, clock_mono_ms());
	ingest_keep_house(i, quiet && !i->busy && i->lag == 0, now_ms);
}
