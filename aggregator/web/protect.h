#ifndef AGGREGATOR_WEB_PROTECT_H
#define AGGREGATOR_WEB_PROTECT_H

#include <stdint.h>

#include "aggregator/web/figures.h"

/* What those see who may not see exact counts (viewer_sees_exact).
 *
 * A count of 1 to 5 is suppressed ("c"); zero is shown; every other count is randomly rounded to a
 * neighbouring multiple of 5, up with the probability that keeps it unbiased (random rounding to
 * base 5, as Stats NZ and Statistics Canada use). The draw is a keyed hash of the cell's identity
 * (measure, part, area, period, dimension, category): the same cell is rounded in the same way on
 * every page, in every export and on every day. A percentage, rate or ratio is worked out from the
 * shown counts only, so it tells nothing that they do not; it is suppressed when either is.
 * Populations are public and stay. Totals are rounded on their own and need not add up, so
 * differences between tables do not give a suppressed count away. Counts of staff are treated
 * alike; FTE of up to 5 are suppressed and others rounded to whole ones. Measures of theme
 * `quality` count rows of files, not people, and stay exact. */

void protect_figure(const uint8_t key[16], const struct measure *m, const char *dimension,
		    const struct measure_set *measures, struct figure *f);

/* The rounding itself, for counts above 5: a multiple of 5 within 4 of n. identity: len bytes. */
int64_t protect_round(const uint8_t key[16], const void *identity, size_t len, int64_t n);

/* The sentence under a table or chart that holds protected figures. */
extern const char *const protect_note;

#endif
