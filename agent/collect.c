/* In: the datasets' folders. Out: entries in the spool. The happy path, per extract: found, still,
 * not dealt with, loaded, measured, said. Passed over: names that are no as-at, extracts that are
 * still changing, and those dealt with in the same state; all are told to the listener except the
 * last. Refused extracts have a Return of their own. Nothing else is dropped. */
#include "agent/collect_pass.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "agent/delivered.h"
#include "agent/sandbox.h"

#define PATH_BYTES 1200
#define MIB (1024LL * 1024)

enum err_code collect_sandbox(const struct agent_config *config, int *unsandboxed, struct err *err)
{
	enum err_code code = sandbox_no_network(err);

	*unsandboxed = code != ERR_OK;
	if (code == ERR_OK || !config->allow_unsandboxed)
		return code;
	err_clear(err);
	return ERR_OK;
}

static enum err_code collect_make_folder(const struct agent_config *config, struct err *err)
{
	char path[PATH_BYTES];

	(void)agent_config_path(config, "spool", path, sizeof path);
	if (mkdir(path, 0750) == 0 || errno == EEXIST)
		return ERR_OK;
	return err_set(err, ERR_IO, "make %s: %s", path, strerror(errno));
}

static enum err_code collect_open_spool(struct collect *c, struct err *err)
{
	const struct agent_config *config = c->base.config;
	struct keys_sign keys;
	char path[PATH_BYTES];
	enum err_code code;

	(void)agent_config_path(config, "keys/signing.key", path, sizeof path);
	code = keys_sign_load(path, &keys, err);
	if (code == ERR_MISSING) {
		err_wrap(err, "run 'district-agent keys init' first");
		return code;
	}
	if (code == ERR_OK)
		code = collect_make_folder(config, err);
	(void)agent_config_path(config, "spool/spool.db", path, sizeof path);
	if (code == ERR_OK)
		code = spool_open(path, config->agent, &keys, config->spool_mib * MIB, &c->spool,
				  err);
	keys_sign_wipe(&keys);
	return code;
}

enum err_code collect_open(const struct agent_config *config, int dry_run, struct collect **out,
			   struct err *err)
{
	struct collect *c = calloc(1, sizeof *c);
	enum err_code code;

	*out = NULL;
	if (c == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	c->dry_run = dry_run;
	c->upkept_to = -1;
	code = plan_base_open(config, &c->base, err);
	if (code == ERR_OK)
		code = collect_open_spool(c, err);
	if (code == ERR_OK && dry_run)
		code = spool_begin(c->spool, err);
	if (code != ERR_OK)
		collect_close(&c);
	*out = c;
	return code;
}

void collect_close(struct collect **collect)
{
	struct collect *c = *collect;

	if (c == NULL)
		return;
	if (c->spool != NULL)
		spool_rollback(c->spool);
	spool_close(&c->spool);
	plan_base_close(&c->base);
	free(c);
	*collect = NULL;
}

/* ---- one extract */

static void collect_tell(const struct collect_listener *listener,
			 const struct collect_outcome *outcome)
{
	if (listener != NULL && listener->on_outcome != NULL)
		listener->on_outcome(listener->context, outcome);
}

static enum err_code collect_upkeep(struct collect *c, const struct delivered *d, struct err *err)
{
	int64_t n_voided;
	enum err_code code = spool_compact(c->spool, d->stored_anywhere, &n_voided, err);

	if (code == ERR_OK)
		code = spool_prune(c->spool, d->stored_everywhere, c->base.config->keep_days, err);
	if (code == ERR_OK)
		c->upkept_to = d->stored_everywhere;
	return code;
}

static enum err_code collect_work(struct collect *c, const struct agent_dataset *dataset,
				  const struct extract *e, struct collect_outcome *o, int *done,
				  struct err *err)
{
	struct plan plan;
	enum err_code code = plan_make(&c->base, dataset, e, &plan, err);

	if (code == ERR_BUSY) { /* a file changed while it was read */
		o->what = COLLECT_WAITING;
		return ERR_OK;
	}
	if (code != ERR_OK)
		return code;
	o->as_at = plan.stage->as_at;
	o->what = plan.refused ? COLLECT_REFUSED : COLLECT_ACCEPTED;
	o->reason = plan_reason(&plan);
	o->rows_read = stage_rows_read(plan.stage);
	o->rows_rejected = stage_rows_rejected(plan.stage);
	o->n_faults = faults_count(&plan.stage->faults, FAULT_KEPT);
	code = collect_say(c, &plan, o, done, err);
	plan_clear(&plan);
	return code;
}

static enum err_code collect_extract(struct collect *c, const struct agent_dataset *dataset,
				     const struct extract *e,
				     const struct collect_listener *listener,
				     const struct delivered *delivered, struct err *err)
{
	struct collect_outcome o = { .dataset = dataset, .path = e->path, .as_at = e->as_at };
	int done = 0;
	enum err_code code = spool_extract_done(c->spool, dataset->area, dataset->name, e->path,
						e->identity, &done, err);

	if (code == ERR_OK && done)
		return ERR_OK;
	if (code == ERR_OK && !extract_is_still(e, dataset->settle_s)) {
		o.what = COLLECT_WAITING;
		collect_tell(listener, &o);
		return ERR_OK;
	}
	if (code == ERR_OK)
		code = collect_work(c, dataset, e, &o, &done, err);
	if (code != ERR_OK) {
		o.what = COLLECT_FAILED;
		o.err = err;
		collect_tell(listener, &o);
		return code;
	}
	if (done)
		return ERR_OK;
	collect_tell(listener, &o);
	if (delivered == NULL || c->dry_run || o.what == COLLECT_WAITING)
		return ERR_OK;
	return collect_upkeep(c, delivered, err);
}

/* ---- one look at all folders */

/* Keeps the first error of a pass. Returns whether the pass must stop. */
static int collect_keep_error(enum err_code code, const struct err *one, struct err *first)
{
	if (code != ERR_OK && first->code == ERR_OK)
		*first = *one;
	return code == ERR_FULL || code == ERR_NOMEM || code == ERR_DB;
}

static enum err_code collect_dataset(struct collect *c, const struct agent_dataset *dataset,
				     const struct collect_listener *listener,
				     const struct delivered *delivered, struct err *first)
{
	struct err err = { .code = ERR_OK };
	struct extract *extracts = NULL;
	int n = 0, n_skipped = 0, stop = 0;
	enum err_code code = extract_scan(dataset, &extracts, &n, &n_skipped, &err);

	if (code != ERR_OK) {
		struct collect_outcome o = { .dataset = dataset,
					     .path = dataset->folder,
					     .as_at = INT32_MIN,
					     .what = COLLECT_FAILED,
					     .err = &err };

		collect_tell(listener, &o);
		stop = collect_keep_error(code, &err, first);
	}
	if (n_skipped > 0 && listener != NULL && listener->on_skipped != NULL)
		listener->on_skipped(listener->context, dataset, n_skipped);
	for (int i = 0; i < n && !stop; i++) {
		code = collect_extract(c, dataset, &extracts[i], listener, delivered, &err);
		stop = collect_keep_error(code, &err, first);
	}
	free(extracts);
	return stop ? first->code : ERR_OK;
}

/* What publish found out: which numbers are stored, and whether a new spool is needed. */
static enum err_code collect_delivery(struct collect *c, struct delivered *d, struct err *err)
{
	enum err_code code = spool_refresh(c->spool, err);

	if (code == ERR_OK)
		code = delivered_read(c->base.config, c->spool->id, d, err);
	if (code != ERR_OK || c->dry_run)
		return code;
	if (d->renew) {
		code = spool_renew(c->spool, d->renew_up_to, d->renew_reason, err);
		memset(d, 0, sizeof *d);
	}
	if (code == ERR_OK && d->stored_everywhere != c->upkept_to)
		code = collect_upkeep(c, d, err);
	return code;
}

enum err_code collect_pass(struct collect *c, const struct collect_listener *listener,
			   struct err *err)
{
	const struct agent_config *config = c->base.config;
	struct err first = { .code = ERR_OK }, err_delivery;
	struct delivered delivered;
	int delivery_known = collect_delivery(c, &delivered, &err_delivery) == ERR_OK;

	/* Without it there is no compacting or pruning, but collecting goes on. */
	if (!delivery_known)
		first = err_delivery;
	for (unsigned i = 0; i < config->n_datasets; i++)
		if (collect_dataset(c, &config->datasets[i], listener,
				    delivery_known ? &delivered : NULL, &first) != ERR_OK)
			break;
	if (first.code != ERR_OK && err != NULL)
		*err = first;
	return first.code;
}

/* How long to wait, at most, for files of new extracts that may still be changing. */
static int collect_unsettled_s(struct collect *c)
{
	const struct agent_config *config = c->base.config;
	int longest_s = 0;

	for (unsigned i = 0; i < config->n_datasets; i++) {
		const struct agent_dataset *d = &config->datasets[i];
		struct extract *extracts = NULL;
		int n = 0, n_skipped, done = 0;

		if (extract_scan(d, &extracts, &n, &n_skipped, NULL) != ERR_OK)
			continue; /* the pass will tell */
		for (int j = 0; j < n && d->settle_s > longest_s; j++) {
			if (spool_extract_done(c->spool, d->area, d->name, extracts[j].path,
					       extracts[j].identity, &done, NULL) == ERR_OK &&
			    !done && !extract_is_still(&extracts[j], d->settle_s))
				longest_s = d->settle_s;
		}
		free(extracts);
	}
	return longest_s;
}

static void collect_wait(int seconds)
{
	struct timespec left = { .tv_sec = seconds };

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		continue;
}

enum err_code collect_once(const struct agent_config *config, int dry_run,
			   const struct collect_listener *listener, struct err *err)
{
	struct collect *c = NULL;
	enum err_code code = collect_open(config, dry_run, &c, err);

	if (c != NULL) {
		collect_wait(collect_unsettled_s(c));
		code = collect_pass(c, listener, err);
	}
	collect_close(&c);
	if (code != ERR_OK)
		err_wrap(err, "collect");
	return code;
}
