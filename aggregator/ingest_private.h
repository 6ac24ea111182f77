#ifndef AGGREGATOR_INGEST_PRIVATE_H
#define AGGREGATOR_INGEST_PRIVATE_H

#include "aggregator/admit.h"
#include "aggregator/ingest.h"
#include "aggregator/listen.h"
#include "aggregator/project.h"
#include "aggregator/reply.h"
#include "aggregator/session.h"
#include "proto/log.h"

/* Between the files of ingest: nobody else includes this.
 *
 *   ingest.c        opens, polls, closes
 *   ingest_drain.c  receive -> admit -> append -> commit
 *   ingest_answer.c what goes back after a commit; credit
 *   ingest_work.c   what is done between drains */

#define INGEST_ANSWERS 1024 /* spools that one drain may answer */
#define INGEST_ALREADY 1024 /* duplicates that one drain may list */

/* One spool that this drain has something to say to. */
struct ingest_answer {
	struct session *session;
	struct store_spool spool;
	uint8_t spool_id[FRAME_SPOOL_BYTES];
	int welcome; /* a Hello is to be answered first */
	uint64_t last_sequence;
};

struct ingest_drain {
	struct ingest_answer answers[INGEST_ANSWERS];
	int n_answers;
	uint64_t already[INGEST_ALREADY];
	int already_of[INGEST_ALREADY]; /* index of the answer */
	int n_already;
	struct reply_refusal refused[LIMIT_RECEIPT_REFUSALS];
	int refused_of[LIMIT_RECEIPT_REFUSALS];
	int n_refused;
	int64_t bytes;
	int64_t counted[COUNTERS]; /* true only when the transaction commits */
};

struct ingest {
	struct ingest_settings settings;
	void *context;
	struct zap *zap;
	struct listen listen;
	struct store *store;
	struct admit *admit;
	struct project *project;
	struct counters counters;
	struct sessions sessions;
	struct credit credit;
	struct ingest_drain *drain;
	struct admitted admitted; /* of the message in hand */
	/* work between drains */
	int64_t lag, n_dirty;          /* reports to project; buckets to roll up; −1: not known */
	int64_t report_us, bucket_us;  /* what one takes; 0: not known */
	int64_t stored_ms;             /* when an entry was last stored */
	int64_t projected_ms;          /* when projection last ended */
	int64_t rolled_ms, roll_up_ms; /* when and for how long was last rolled up */
	int signals_done;              /* looked at since figures last changed … */
	int64_t signals_ms;            /* … when the last slice ended */
	int busy;                      /* work waits that may be done at once */
	int64_t written_ms;            /* of the last commit; 0: checkpointed since */
	int64_t saved_ms, swept_ms, blocked_ms;
	int64_t pause_until_ms; /* after a fault of the store */
	struct log_repeat refused_log, goodbye_log, fault_log, lost_log;
};

/* Takes what has arrived. Faults are logged and paused upon. */
void ingest_drain(struct ingest *i);

/* The answer for the session's spool in this drain, made when there is none; NULL when full. */
struct ingest_answer *ingest_answer_for(struct ingest *i, struct session *s,
					const struct store_spool *spool, const uint8_t *spool_id);
int ingest_drain_is_full(const struct ingest_drain *d);
void ingest_answer_all(struct ingest *i); /* after the commit */
void ingest_goodbye(struct ingest *i, const uint8_t *routing, size_t len);
void ingest_sweep(struct ingest *i); /* tells changed credit; forgets the silent */

/* One bounded piece of projection, roll-up, signals, saving or checkpoint. quiet: no message came.
 */
void ingest_work(struct ingest *i, int quiet);
enum err_code ingest_save(struct ingest *i, struct err *err);

/* Logs a fault of the store, and lets the stage pause. */
void ingest_fault(struct ingest *i, const char *what, const struct err *err);

#endif
