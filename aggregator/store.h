#ifndef AGGREGATOR_STORE_H
#define AGGREGATOR_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/db.h"
#include "proto/frame.h"

/* The store behind one small interface (aggregator/sql/). The record comes first: store_append
 * inside store_begin/store_commit, acknowledged only after store_commit returned ERR_OK.
 * Projection and roll-up follow in bounded slices (aggregator/project.h, aggregator/rollup.h).
 * Only ingest (and the enrolment commands, for their tables) opens it for writing. */

struct store {
	sqlite3 *db;
	uint8_t id[FRAME_STORE_BYTES];
	int64_t restore_epoch;
	struct store_statements *statements; /* prepared once */
	int turn_fd;                         /* turn.h; −1: read-only */
};

/* DB_WRITE creates the file and its identity, and takes the schema's steps. The caller owns *out;
 * NULL on failure. */
enum err_code store_open(const char *path, enum db_mode mode, struct store **out, struct err *err);
void store_close(struct store **store); /* NULL-safe; leaves NULL */

/* BEGIN IMMEDIATE, in turn with other writers (turn.h): none of them starves. */
enum err_code store_begin(struct store *s, struct err *err);
enum err_code store_commit(struct store *s, struct err *err); /* durable when it returns ERR_OK */
void store_rollback(struct store *s);

/* meta.figures_stamp goes up by one inside every transaction that may change a figure, so whoever
 * keeps answers or conclusions knows when they may be out of date. */
enum err_code store_figures_changed(sqlite3 *db, struct err *err);
enum err_code store_figures_stamp(sqlite3 *db, int64_t *stamp, struct err *err);

/* Moves the WAL into the database without waiting for readers, and cuts it back when none is in
 * the way. *done = 0 when a reader was. Outside a transaction. */
enum err_code store_checkpoint(struct store *s, int *done, struct err *err);

/* ---- agents */

struct store_agent {
	int64_t id;
	char name[65];
	uint8_t curve_key[32], signing_key[32];
	char state[16];
};

enum store_agent_by {
	STORE_AGENT_BY_NAME,  /* not a removed one */
	STORE_AGENT_BY_CURVE, /* any state */
	STORE_AGENT_BY_ID,    /* any state; key points to an int64_t */
};
/* key: the name, or the 32 bytes. ERR_MISSING when there is none. */
enum err_code store_agent_find(struct store *s, enum store_agent_by by, const void *key,
			       struct store_agent *out, struct err *err);
/* Whether the agent may report for the area. */
enum err_code store_agent_may(struct store *s, int64_t agent, const char *area, int *may,
			      struct err *err);

/* Enrols an agent as `pending`, bound to the areas. ERR_BUSY when the name is taken, ERR_DENIED
 * when the key was ever enrolled before. Makes its own transaction. */
struct store_new_agent {
	const char *name;
	const uint8_t *curve_key, *signing_key; /* 32 bytes each */
	const char *const *areas;
	int n_areas;
};
enum err_code store_agent_add(struct store *s, const struct store_new_agent *agent, int64_t now_us,
			      struct err *err);

/* Moves an agent (not a removed one) to another state: pending → active, active ⇄ suspended, any →
 * removed; the same state again is no error. ERR_MISSING for an unknown name, ERR_DENIED for a
 * step that is not allowed, with the command that is. Makes its own transaction. */
enum err_code store_agent_move(struct store *s, const char *name, const char *state, int64_t now_us,
			       struct err *err);

/* What an agent last said of itself. Texts and digest are borrowed for the call. */
struct store_health {
	int64_t agent, last_contact_us, clock_difference_us, entries_waiting, oldest_waiting_us;
	int64_t newest_as_at, disk_free_bytes;
	const uint8_t *measures_digest;
	size_t measures_digest_len;
	const char *last_fault, *program;
	int unsandboxed;
	int beaten; /* 0: no heartbeat yet since we started: only the contact, clock and program
		       are news, the rest stays as it was */
};
enum err_code store_health(struct store *s, const struct store_health *health, struct err *err);

/* The dataset that gives the measure of an area: the caller's when nobody had claimed it (claim 1
 * records that), else the one that did. owner has 65 bytes; "" when unclaimed and claim is 0. */
enum err_code store_owner(struct store *s, const char *area, const char *measure,
			  const char *dataset, int claim, char *owner, struct err *err);

/* ---- spools and entries */

struct store_spool {
	int64_t id, agent, generation, stored_up_to;
};
/* Finds the agent's spool, or adds it with the next generation; ERR_TOO_BIG when the agent has
 * LIMIT_SPOOLS already. store_spool_find does not add: ERR_MISSING. */
enum err_code store_spool_find(struct store *s, int64_t agent,
			       const uint8_t spool[FRAME_SPOOL_BYTES], struct store_spool *out,
			       struct err *err);
enum err_code store_spool(struct store *s, int64_t agent, const uint8_t spool[FRAME_SPOOL_BYTES],
			  struct store_spool *out, struct err *err);

enum store_append_result {
	STORE_APPENDED,
	STORE_ALREADY,  /* the same bytes under the same number: normal, counted */
	STORE_CONFLICT, /* other bytes under the same number: refuse and alarm */
};
struct store_entry {
	int64_t spool; /* store_spool.id */
	int64_t sequence;
	int64_t received_us;
	const uint8_t *payload;
	size_t payload_len;
	const uint8_t *signature; /* 64 bytes */
	const uint8_t *digest;    /* 32 bytes */
};
enum err_code store_append(struct store *s, const struct store_entry *entry,
			   enum store_append_result *result, int64_t *report, struct err *err);
enum err_code store_void(struct store *s, int64_t spool, int64_t first, int64_t last,
			 struct err *err);
/* Keeps a refusal, at most LIMIT_REFUSALS_PER_NUMBER different bytes for a number. A refused number
 * counts as answered, yet bytes that pass the checks are stored under it when they come later. */
struct store_refusal {
	int64_t spool, sequence, at_us;
	const uint8_t *digest; /* 32 bytes */
	const char *code;      /* err_name() */
	const char *reason;
	const char *area, *dataset; /* NULL when the entry has none */
	int64_t period;             /* 0: none */
};
enum err_code store_refuse(struct store *s, const struct store_refusal *refusal, struct err *err);

/* Calls on_refusal for the newest `max` numbers that are refused and not stored, lowest first. */
enum err_code store_refusals(struct store *s, int64_t spool, int max,
			     void (*on_refusal)(void *context, int64_t sequence, const char *code,
						const char *reason),
			     void *context, struct err *err);

/* Every number up to *stored_up_to is stored, void or refused, and so are *n_beyond ranges beyond
 * it (the lowest max_beyond of them). store_advance also writes stored_up_to into the spool's row.
 */
enum err_code store_ranges(struct store *s, int64_t spool, int64_t *stored_up_to,
			   int64_t (*beyond)[2], int *n_beyond, int max_beyond, struct err *err);
enum err_code store_advance(struct store *s, int64_t spool, int64_t *stored_up_to,
			    int64_t (*beyond)[2], int *n_beyond, int max_beyond, struct err *err);
/* SHA-256 of what is stored under a number; ERR_MISSING when nothing is. */
enum err_code store_digest(struct store *s, int64_t spool, int64_t sequence, uint8_t digest[32],
			   struct err *err);

#endif
