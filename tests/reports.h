#ifndef TESTS_REPORTS_H
#define TESTS_REPORTS_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/store.h"
#include "proto/area.h"
#include "proto/frame.h"
#include "proto/keys.h"

/* Agents and entries for the tests of the aggregator. Fails the test when something goes wrong. */

struct peer {
	char name[65];
	struct keys_curve curve;
	struct keys_sign sign;
	uint8_t spool[FRAME_SPOOL_BYTES];
};

/* Makes keys; `byte` fills the spool's id. */
void peer_init(struct peer *p, const char *name, uint8_t byte);

/* Enrols the peer for the areas (NULL-terminated) and moves it to the state. Its agent.id. */
int64_t peer_enrol(struct store *s, const struct peer *p, const char *const *areas,
		   const char *state);

/* One figure: measure, dimension ("" for the total), category, numerator, denominator. */
struct figure {
	const char *measure, *dimension, *category;
	int64_t numerator, denominator;
};

struct entry_text { /* a report; zero fields get a default: north, annex_a, 2026-10, a day after */
	const char *area, *dataset, *period;
	int32_t as_at;
	int provisional;
	const struct figure *figures; /* ends with a NULL measure; NULL: contacts = 7 */
};

struct payload {
	uint8_t *bytes; /* free() */
	size_t len;
	uint8_t signature[64], digest[32];
};

void payload_report(const struct peer *p, uint64_t sequence, const struct entry_text *text,
		    struct payload *out);
void payload_withdraw(const struct peer *p, uint64_t sequence, uint64_t target,
		      struct payload *out);
void payload_void(const struct peer *p, uint64_t sequence, uint64_t first, uint64_t last,
		  struct payload *out);
void payload_return(const struct peer *p, uint64_t sequence, const char *area, int32_t as_at,
		    struct payload *out);

/* Appends it as ingest would, in its own transaction. The report.id. */
int64_t payload_store(struct store *s, const struct peer *p, uint64_t sequence,
		      const struct payload *payload);

/* The payload as an envelope; free(*bytes). */
void payload_envelope(const struct payload *payload, uint8_t **bytes, size_t *len);

/* city > north, south; written below folder. */
struct area_tree *areas_small(void);

int64_t store_int(struct store *s, const char *sql); /* the first column of the first row */

#endif
