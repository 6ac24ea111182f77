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

/* Opens or creates; reserves room up front. keys NULL: read-only (ERR_MISSING when collect has not
 * made a spool yet). The caller owns *out. */
enum err_code spool_open(const char *path, const char *agent, const struct keys_sign *keys,
			 int64_t limit_bytes, struct spool **out, struct err *err);
void spool_close(struct spool **spool);

/* Reads id and last_sequence again: a reader that stays open calls it before each look, since
 * collect appends, and may have started a new spool. */
enum err_code spool_refresh(struct spool *s, struct err *err);

/* One writer at a time: ERR_BUSY while another process appends. Refreshes first. */
enum err_code spool_begin(struct spool *s, struct err *err);
enum err_code spool_commit(struct spool *s, struct err *err); /* on failure: rolled back */
void spool_rollback(struct spool *s);

/* Numbers, signs and stores one entry (fills agent, spool, sequence, sealed_us of it with memory of
 * the spool). Inside a transaction. */
enum err_code spool_append(struct spool *s, District__Entry *entry, int64_t *sequence,
			   struct err *err);

/* The exact payload that spool_append would sign under the number. Owned by the caller. */
enum err_code spool_pack(struct spool *s, District__Entry *entry, int64_t sequence, uint8_t **bytes,
			 size_t *len, struct err *err);

/* ---- what was last said, of each measure in each period */

/* Whether a report would be appended. *news = 1 when it says of at least one measure what was not
 * last said of it, and no newer extract has spoken of that measure in this period; the report then
 * goes with every measure that it carries, except those of which a newer extract has spoken: these
 * are taken out of it. *news = 0: its extract confirms what was said; the report stays as it is. */
enum err_code spool_judge(struct spool *s, District__Report *r, struct period p, int *news,
			  struct err *err);

/* Says a report if it is news (spool_judge): appends it, or notes that its extract confirms what
 * was said. *sequence is its number, 0 when confirmed. A measure that it leaves out stands as it
 * was. Inside a transaction. */
enum err_code spool_say(struct spool *s, District__Entry *report, struct period p,
			int64_t *sequence, struct err *err);

/* Takes a report out of use: appends a withdrawal and forgets what it was the last to say, so that
 * the next extract says it anew. spool_id NULL: the one in use. ERR_MISSING when there is no such
 * report, ERR_CONFIG when it is void or withdrawn already. Inside a transaction. */
enum err_code spool_withdraw(struct spool *s, const uint8_t *spool_id, int64_t sequence,
			     const char *reason, int64_t *withdrawal, struct err *err);

/* ---- extracts dealt with */

struct spool_extract {
	const char *area, *dataset, *path;
	uint64_t identity;
	int32_t as_at; /* INT32_MIN: not known */
	const uint8_t *digest;
	int accepted;
	const char *reason; /* NULL, or the code of the first fault that refused it */
	uint64_t rows_read, rows_rejected;
};
/* Whether it was dealt with in this very state (path and identity). */
enum err_code spool_extract_done(struct spool *s, const char *area, const char *dataset,
				 const char *path, uint64_t identity, int *done, struct err *err);
enum err_code spool_extract_record(struct spool *s, const struct spool_extract *e, struct err *err);

/* ---- upkeep; each in its own transaction */

/* Voids every report that a newer one supersedes, when its number is above stored_anywhere (the
 * highest stored_up_to of any store; 0: none), and appends the void entry that says so. A newer one
 * supersedes it when it is of the same area, dataset and period, has no earlier as-at and carries
 * all its measures: what it would leave out stands, so it must arrive. A number that was sent but
 * not yet acknowledged may be voided too: a store that has it keeps it, and the newer one is
 * current either way. */
enum err_code spool_compact(struct spool *s, int64_t stored_anywhere, int64_t *n_voided,
			    struct err *err);

/* Starts a new spool and numbers every entry above stored_up_to of the old one again in it. What
 * was last said is forgotten, so that the next extract says everything anew. */
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

/* How much of this spool waits above the number: entries, their bytes, and when the oldest was
 * sealed (0: none waits). */
struct spool_waiting {
	int64_t n_entries, n_bytes, oldest_us;
};
enum err_code spool_waiting(struct spool *s, int64_t after, struct spool_waiting *out,
			    struct err *err);

/* Bytes in use, to be held against limit_bytes. */
enum err_code spool_used_bytes(struct spool *s, int64_t *bytes, struct err *err);

#endif
