#ifndef AGENT_PUBLISH_H
#define AGENT_PUBLISH_H

#include <signal.h>
#include <stdint.h>

#include "agent/config.h"
#include "proto/err.h"

/* The publishing process: tells every configured aggregator what is in the spool. It has the
 * network and the CURVE key; it cannot read extracts or the signing key. */

struct publish_options {
	int once;           /* return when everything is acknowledged … */
	int64_t timeout_ms; /* … or ERR_BUSY after this */
};

/* Sandboxes the process for good, then publishes until *stop is set; logs. Call it with no other
 * thread and no ZeroMQ context in the process. Returns an error when it cannot start: ERR_CONFIG
 * without an aggregator, ERR_DENIED without a sandbox or with a key file that others can read,
 * ERR_BUSY when another publish is running; and ERR_MISSING with once when there is no spool. */
enum err_code publish_loop(const struct agent_config *config, const struct publish_options *options,
			   const volatile sig_atomic_t *stop, struct err *err);

/* Whether a publish is running for this configuration, by its lock. */
int publish_is_running(const struct agent_config *config);

#endif
