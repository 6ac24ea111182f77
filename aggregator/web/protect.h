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
 * alike; FTE of up to 5 are suppressed and others rounded to whole ones, and so are days. Measures
 * of theme `quality` count rows of files, not people, and stay exact.
 *
 * One number has one rounding wherever it is met: the two counts of a derived measure are those of
 * the measures that it divides, the denominator of a percentage that is `part_of` a count is that
 * count, and a stock of a quarter or year is that of its last month. Otherwise several independent
 * draws of one number would narrow it down.
 *
 * The part of a percentage that is not counted (denominator less numerator) is not suppressed when
 * it is 1 to 5: each of the two shown counts is within 4 of the truth, so their difference says
 * only that it is below 9. Neither is 100%, for the same reason: counts that differ may show it
 * (a numerator shown above its denominator is shown as the denominator) and equal ones need not. 0%
 * is shown as zero is: that nobody of a group was counted is not hidden, here as in what the DfE
 * publishes.
 *
 * What is left: where a total is shown at one end of what its parts, as shown, can add up to, a
 * suppressed count between them follows. Over random two-way tables and stock-flow triples of small
 * counts (tests/test_protect.c enumerates every table that agrees with what is shown) about 4 of
 * 10,000 suppressed counts are pinned so, nearly all where every count of a table is below 5. */

#define PROTECT_PINNED_PER_10K 10

/* f->cell as rolled up; becomes what may be shown. dimension: of the cell's category; NULL: total.
 * measures: what m may be made of. Needs sodium_init. */
void protect_figure(const uint8_t key[16], const struct measure *m, const char *dimension,
		    const struct measure_set *measures, struct figure *f);

/* The rounding itself, for counts above 5: a multiple of 5 within 4 of n. identity: len bytes. */
int64_t protect_round(const uint8_t key[16], const void *identity, size_t len, int64_t n);

/* The sentence under a table or chart that holds protected figures. */
extern const char *const protect_note;

#endif
