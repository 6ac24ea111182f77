#ifndef AGENT_SPOOL_H
#define AGENT_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "proto/db.h"
#include "proto/frame.h"
#include "proto/keys.h"
#include "proto/period.h"

/* The durable queue between collect and publish (agent/spool.sql). Happy path: spool_begin,
 * spool_append for each new entry, spool_commit (fsynced). Failure modes: a full disk or bound
 * (ERR_FULL: nothing of the transaction is kept, collect stops loudly); a kill at any instant
 * (SQLite's WAL keeps whole transactions); a machine rolled back (spool_renew). */

struct spool {
	sqlite3 *db;
	uint8_t id[FRAME_SPOOL_BYTES];
	int64_t last_sequence;
	int64_t limit_bytes;
	char agent[65];
	struct keys_sign keys; /* only when opened for writing */
	struct spool_statements *statements;
};

/* Opens or creates; reserves room up front. keys NULL: read-only. */
enum err_code spool_open(const char *path, const char *agent, const struct keys_sign *keys,
			 int64_t limit_bytes, struct spool **out, struct err *err);
void spool_close(struct spool **spool);

enum err_code spool_begin(struct spool *s, struct err *err);
enum err_code spool_commit(struct spool *s, struct err *err);
void spool_rollback(struct spool *s);

/* Numbers, signs and stores one entry (fills agent, spool, sequence, sealed_us of it). */
enum err_code spool_append(struct spool *s, District__Entry *entry, int64_t *sequence,
			   struct err *err);

/* Whether the period's content digest is another than what was last said (or nothing was). */
enum err_code spool_content_changed(struct spool *s, const char *area, const char *dataset,
				    struct period p, const uint8_t digest[32], int *changed,
				    struct err *err);

/* Voids every report that a newer one of the same area, dataset and period supersedes, when its
 * number is above stored_anywhere (the highest stored_up_to of any store; 0: none), and appends
 * the void entry that says so. A number that was sent but not yet acknowledged may be voided too:
 * a store that has it keeps it, and the newer one is current either way. */
enum err_code spool_compact(struct spool *s, int64_t stored_anywhere, int64_t *n_voided,
			    struct err *err);

/* Starts a new spool and numbers every entry above stored_up_to of the old one again in it. */
enum err_code spool_renew(struct spool *s, int64_t stored_up_to, const char *reason,
			  struct err *err);

/* Forgets the bytes of entries older than keep_days that every store has. */
enum err_code spool_prune(struct spool *s, int64_t stored_everywhere, int keep_days,
			  struct err *err);

/* One entry as an envelope ready to send. *bytes is owned by the caller; ERR_MISSING when there is
 * no such number or it is void or pruned. */
enum err_code spool_envelope(struct spool *s, int64_t sequence, uint8_t **bytes, size_t *len,
			     struct err *err);

/* The next number above `after` that is to be sent (not void, bytes there); 0 when none. */
enum err_code spool_next(struct spool *s, int64_t after, int64_t *sequence, int64_t *size_bytes,
			 struct err *err);

#endif
