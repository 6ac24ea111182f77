#ifndef AGGREGATOR_AUDIT_H
#define AGGREGATOR_AUDIT_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/rollup.h"
#include "proto/frame.h"

/* Follows a figure down to the signed reports that it comes from. Numerators and denominators are
 * decoded from the stored bytes, not read from the projection, and the signatures are verified with
 * the keys under which the agents were enrolled. */

struct audit_row {
	char area[65];
	char measure[65];     /* the figure's own, or of a derived one numerator or denominator */
	struct period period; /* week or month */
	char agent[65];
	uint8_t spool[FRAME_SPOOL_BYTES];
	int64_t sequence;
	int32_t as_at;
	int64_t received_us;
	uint8_t extract_digest[FRAME_DIGEST_BYTES];
	int64_t numerator, denominator;
	int part;        /* 0, or 1 for a derived figure's denominator */
	char fault[128]; /* what does not hold: signature, digest, content; empty when all does */
};

struct audit {
	const struct measure *measure;
	struct rollup_cell cell; /* the figure as the roll-up gives it */
	struct audit_row *rows;  /* by area, part, period */
	size_t n;
	int n_faults;
	int64_t numerator, denominator; /* the rows' sums; a population is taken from the cell */
	int adds_up;                    /* both equal the cell's */
};

/* address: measure/area/period[/dimension=category], "contacts/birmingham/2026-03". ERR_MALFORMED
 * says how to write one; ERR_MISSING for what does not exist. The caller owns *out. */
enum err_code audit_run(const struct rollup_context *context, const char *address,
			struct audit **out, struct err *err);
void audit_free(struct audit **audit);

#endif
