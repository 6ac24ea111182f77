#ifndef AGGREGATOR_INGEST_H
#define AGGREGATOR_INGEST_H

#include <stdint.h>

#include "aggregator/config.h"
#include "aggregator/counters.h"
#include "proto/area.h"
#include "proto/keys.h"
#include "proto/measures.h"

/* The stage loop: the only writer of reports and figures.
 *
 *   agents == ZeroMQ, CURVE ==> receive -> admit -> append -> commit -> receipts
 *                                                      |
 *                          between drains, in slices:  projection -> roll-up -> signals
 *
 * One drain takes what has arrived, at most LIMIT_DRAIN_BYTES or for LIMIT_DRAIN_MS, in one
 * transaction; only when that is durable are receipts signed and sent. A drain whose transaction
 * fails is forgotten whole: nobody was told anything, so everybody sends again. How many bytes may
 * be under way is in credit.h.
 *
 * Dropped, and counted (counters.h): messages that no ZAP handler vouched for, messages of more
 * than one part, frames beyond an agent's credit. Answers that cannot be sent at once are counted
 * and dropped too: every answer can be asked for again. */

struct ingest_settings { /* borrowed for as long as the stage lives */
	const char *store_path;
	const struct area_tree *areas;
	const struct measure_set *measures;     /* for signals; NULL: none are worked out */
	const struct aggregator_config *config; /* for signals: which area, what is expected */
	const struct keys_curve *server_keys;
	const struct keys_sign *receipt_keys;
	char *const *listen;
	unsigned n_listen;
	int credit_kib, memory_mib;
};

struct ingest;

/* Opens the store, starts the ZAP handler, binds, and makes sure that a stranger's key is refused:
 * ERR_DENIED when it is not. The caller owns *out. */
enum err_code ingest_open(const struct ingest_settings *settings, struct ingest **out,
			  struct err *err);
void ingest_close(struct ingest **ingest); /* writes counters and health; NULL-safe; leaves NULL */

/* Waits for messages, or wake_fd to become readable (−1: none), for at most timeout_ms (less when
 * there is work), and does what there is to do. Faults of the store are logged and tried again;
 * ERR_IO means that a socket is broken and the process must end. */
enum err_code ingest_turn(struct ingest *ingest, int wake_fd, int timeout_ms, struct err *err);

/* 1 when everything received is projected and rolled up. */
int ingest_is_idle(const struct ingest *ingest);
/* 1 when, besides, every signal has been looked at since figures last changed. */
int ingest_has_signals(const struct ingest *ingest);

const struct counters *ingest_counters(const struct ingest *ingest);
const char *ingest_endpoint(const struct ingest *ingest); /* the first, as bound */

#endif
