/* The collecting process: looks at the folders every poll_s, logs, and shows in a state file how it
 * fares. A full spool is the one state that needs somebody: it is logged as an error at once and
 * then every minute, and each look tries again. */
#include "agent/collect_pass.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/collect_state.h"
#include "proto/clock.h"
#include "proto/date.h"
#include "proto/log.h"

#define PATH_BYTES 1200
#define STEP_MS 100 /* how soon a stop is noticed */

struct loop {
	const struct agent_config *config;
	struct log_repeat failures;
	int n_skipped[AGENT_DATASETS_MAX]; /* as last logged */
	int unsandboxed;
	char state_path[PATH_BYTES];
};

static const char *loop_as_at(int32_t as_at, char out[DATE_TEXT_BYTES])
{
	if (as_at == INT32_MIN)
		(void)snprintf(out, DATE_TEXT_BYTES, "unknown");
	else
		(void)date_format(as_at, out);
	return out;
}

static void loop_log_failure(struct loop *l, const struct err *err)
{
	unsigned long n_held;

	if (!log_repeat_due(&l->failures, &n_held))
		return;
	log_line(err->code == ERR_FULL ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING,
		 "collect: %s: %s repeats=%lu",
		 err->code == ERR_FULL ? "STOPPED, nothing is lost" : "will try again", err->text,
		 n_held);
}

static void loop_on_outcome(void *context, const struct collect_outcome *o)
{
	char as_at[DATE_TEXT_BYTES];

	(void)context;
	switch (o->what) {
	case COLLECT_ACCEPTED:
		log_line(LOG_LEVEL_NOTICE,
			 "collect: accepted dataset=%s area=%s as_at=%s rows=%llu rejected=%llu "
			 "changed=%zu confirmed=%zu sequences=%lld-%lld",
			 o->dataset->name, o->dataset->area, loop_as_at(o->as_at, as_at),
			 (unsigned long long)o->rows_read, (unsigned long long)o->rows_rejected,
			 o->n_changed, o->n_confirmed, (long long)o->first_sequence,
			 (long long)o->last_sequence);
		return;
	case COLLECT_REFUSED:
		log_line(LOG_LEVEL_WARNING,
			 "collect: refused dataset=%s area=%s as_at=%s reason=%s faults=%llu; "
			 "'district-agent validate' shows what to mend",
			 o->dataset->name, o->dataset->area, loop_as_at(o->as_at, as_at),
			 o->reason != NULL ? o->reason : "unknown",
			 (unsigned long long)o->n_faults);
		return;
	case COLLECT_WAITING: /* the next look will tell */
	case COLLECT_FAILED:  /* logged once for the pass */
		return;
	}
}

static void loop_on_skipped(void *context, const struct agent_dataset *dataset, int n_skipped)
{
	struct loop *l = context;
	ptrdiff_t at = dataset - l->config->datasets;

	if (at < 0 || at >= AGENT_DATASETS_MAX || l->n_skipped[at] == n_skipped)
		return;
	l->n_skipped[at] = n_skipped;
	log_line(LOG_LEVEL_WARNING,
		 "collect: passed over dataset=%s area=%s names=%d: not an as-at like 2026-10-31",
		 dataset->name, dataset->area, n_skipped);
}

/* A state that cannot be written is no reason to stop: the log has it. */
static void loop_show(const struct loop *l, const struct err *err)
{
	struct collect_state state = {
		.at_us = clock_wall_us(),
		.code = err->code,
		.unsandboxed = l->unsandboxed,
	};

	if (err->code != ERR_OK)
		(void)snprintf(state.text, sizeof state.text, "%.511s", err->text);
	(void)collect_state_write(l->state_path, &state, NULL);
}

static void loop_wait(int seconds, const volatile sig_atomic_t *stop)
{
	int64_t until_ms = clock_mono_ms() + 1000LL * seconds;
	struct timespec step = { .tv_nsec = STEP_MS * 1000000L };

	while (!*stop && clock_mono_ms() < until_ms)
		(void)nanosleep(&step, NULL);
}

static void loop_run(struct loop *l, struct collect *c, const volatile sig_atomic_t *stop)
{
	struct collect_listener listener = { .context = l,
					     .on_outcome = loop_on_outcome,
					     .on_skipped = loop_on_skipped };

	while (!*stop) {
		struct err failure = { .code = ERR_OK };

		if (collect_pass(c, &listener, &failure) != ERR_OK)
			loop_log_failure(l, &failure);
		else
			memset(&l->failures, 0, sizeof l->failures);
		loop_show(l, &failure);
		loop_wait(l->config->poll_s, stop);
	}
}

enum err_code collect_loop(const struct agent_config *config, const volatile sig_atomic_t *stop,
			   struct err *err)
{
	struct loop l = { .config = config };
	struct err failure = { .code = ERR_OK };
	struct collect *c = NULL;

	(void)agent_config_path(config, "spool/collect.state", l.state_path, sizeof l.state_path);
	if (collect_sandbox(config, &l.unsandboxed, &failure) == ERR_OK)
		(void)collect_open(config, 0, &c, &failure);
	if (c == NULL) {
		loop_show(&l, &failure);
		return err_set(err, failure.code, "collect: %.900s", failure.text);
	}
	if (l.unsandboxed)
		log_line(LOG_LEVEL_WARNING,
			 "collect: runs without its sandbox, as allow_unsandboxed says");
	loop_run(&l, c, stop);
	collect_close(&c);
	return ERR_OK;
}
