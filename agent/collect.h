#ifndef AGENT_COLLECT_H
#define AGENT_COLLECT_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/config.h"
#include "proto/err.h"

/* The collecting stage: extracts in, signed entries in the spool out. It has no network and alone
 * reads the signing key. */

enum collect_what {
	COLLECT_ACCEPTED = 1,
	COLLECT_REFUSED, /* the last good figures stand; the refusal itself is reported */
	COLLECT_WAITING, /* its files are still changing */
	COLLECT_FAILED,  /* could not be read or stored now; will be tried again */
};

struct collect_outcome {
	const struct agent_dataset *dataset; /* borrowed, as path is */
	const char *path;                    /* of the extract, or the dataset's folder */
	int32_t as_at;                       /* INT32_MIN: not known */
	enum collect_what what;
	const char *reason;    /* code of the fault that refused it, else NULL */
	const struct err *err; /* why it failed, else NULL */
	uint64_t rows_read, rows_rejected, n_faults;
	size_t n_changed, n_confirmed;
	int64_t first_sequence, last_sequence; /* of what it added to the spool */
};

/* What is told while collecting. Either may be NULL. */
struct collect_listener {
	void *context;
	void (*on_outcome)(void *context, const struct collect_outcome *outcome);
	/* names in a dataset's folder that are no as-at, and so no extract */
	void (*on_skipped)(void *context, const struct agent_dataset *dataset, int n_skipped);
};

/* Takes the network away from this process, for good; call before anything of an extract is read.
 * Where the kernel cannot: ERR_DENIED, or with allow_unsandboxed ERR_OK and *unsandboxed = 1. */
enum err_code collect_sandbox(const struct agent_config *config, int *unsandboxed, struct err *err);

/* Everything that is ready, once; waits settle_s first when there are new files that may still be
 * changing. dry_run: works everything out, and keeps nothing of it. An
 * extract that fails is told and does not stop the others; the first such error is returned in the
 * end. ERR_FULL stops at once: nothing of the extract that did not fit is kept. */
enum err_code collect_once(const struct agent_config *config, int dry_run,
			   const struct collect_listener *listener, struct err *err);

/* Sandboxes, then collects every poll_s until *stop is set; logs. A pass that fails is logged,
 * shown in spool/collect.state and tried again. Returns an error only when it cannot start. */
enum err_code collect_loop(const struct agent_config *config, const volatile sig_atomic_t *stop,
			   struct err *err);

#endif
