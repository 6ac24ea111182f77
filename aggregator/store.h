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
};

enum err_code store_open(const char *path, enum db_mode mode, struct store **out, struct err *err);
void store_close(struct store **store);

enum err_code store_begin(struct store *s, struct err *err);  /* BEGIN IMMEDIATE */
enum err_code store_commit(struct store *s, struct err *err); /* durable when it returns ERR_OK */
void store_rollback(struct store *s);

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
};
/* key: the name, or the 32 bytes. ERR_MISSING when there is none. */
enum err_code store_agent_find(struct store *s, enum store_agent_by by, const void *key,
			       struct store_agent *out, struct err *err);
/* Whether the agent may report for the area. */
enum err_code store_agent_may(struct store *s, int64_t agent, const char *area, int *may,
			      struct err *err);

/* ---- spools and entries */

struct store_spool {
	int64_t id, agent, generation, stored_up_to;
};
/* Finds the agent's spool, or adds it with the next generation. */
enum err_code store_spool(struct store *s, int64_t agent, const uint8_t spool[FRAME_SPOOL_BYTES],
			  struct store_spool *out, struct err *err);

enum store_append_result {
	STORE_APPENDED,
	STORE_ALREADY,  /* the same bytes under the same number: normal, counted */
	STORE_CONFLICT, /* other bytes under the same number: refuse and alarm */
};
struct store_entry {
	int64_t spool;    /* store_spool.id */
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
enum err_code store_refuse(struct store *s, int64_t spool, int64_t sequence,
			   const uint8_t digest[32], const char *code, const char *reason,
			   const char *area, const char *dataset, int64_t period, int64_t at_us,
			   struct err *err);
/* Moves stored_up_to over every number that is stored, void or refused; ranges beyond it. */
enum err_code store_advance(struct store *s, int64_t spool, int64_t *stored_up_to,
			    int64_t (*beyond)[2], int *n_beyond, int max_beyond, struct err *err);
/* SHA-256 of what is stored under a number; ERR_MISSING when nothing is. */
enum err_code store_digest(struct store *s, int64_t spool, int64_t sequence, uint8_t digest[32],
			   struct err *err);

#endif
