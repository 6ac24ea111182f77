#ifndef AGGREGATOR_ROLLUP_VALUE_H
#define AGGREGATOR_ROLLUP_VALUE_H

#include <stdbool.h>

#include "aggregator/rollup.h"

/* From rolled-up numerators and denominators to the value that is shown. */

/* What a measure's value is made of. */
struct rollup_terms {
	const struct measure *measure;
	const struct measure *parts[2]; /* itself; or of a derived one numerator and denominator */
	int n_parts;
	bool population; /* the denominator is the population aged 0–17 */
};

/* ERR_CONFIG when a derived measure rests on one that is not there or is derived itself. */
enum err_code rollup_terms_find(const struct measure_set *set, const struct measure *measure,
				struct rollup_terms *terms, struct err *err);

/* Whether every part has the breakdown: a population has none. */
bool rollup_terms_have(const struct rollup_terms *terms, const char *dimension);

/* What a measure's numerators are divided by to be in its unit: 1,000,000 for FTE, 1,000 for days.
 */
int64_t rollup_scale(const struct measure *measure);

/* Percent, rate or ratio: a figure that cannot be added. */
bool rollup_is_ratio(const struct measure *measure);

/* Sets the cell's denominator to the people of the areas, all of whom must have an estimate; 0 and
 * no year when one has none. */
void rollup_population(const struct area_tree *tree, const int *areas, int n,
		       struct rollup_cell *cell);

/* Sets has_value, value, tenths and annualised from the cell's other members. No value when there
 * is nothing to divide by. */
void rollup_value(const struct rollup_terms *terms, struct rollup_cell *cell);

#endif
