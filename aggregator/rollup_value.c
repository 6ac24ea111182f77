#include "aggregator/rollup_value.h"

#include <string.h>

#include "proto/measures.h"

#define CHILDREN_FROM 0
#define CHILDREN_TO 17
#define POPULATION "population_0_17"

/* 64-bit sums × scales × days need 105 bits */
__extension__ typedef __int128 rollup_wide;

enum err_code rollup_terms_find(const struct measure_set *set, const struct measure *measure,
				struct rollup_terms *terms, struct err *err)
{
	const char *codes[2] = { measure->numerator, measure->denominator };

	terms->measure = measure;
	terms->parts[0] = measure;
	terms->n_parts = 1;
	terms->population = false;
	if (measure->kind != MEASURE_DERIVED)
		return ERR_OK;
	terms->population = strcmp(measure->denominator, POPULATION) == 0;
	terms->n_parts = terms->population ? 1 : 2;
	for (int k = 0; k < terms->n_parts; k++) {
		terms->parts[k] = measures_find(set, codes[k]);
		if (terms->parts[k] == NULL || terms->parts[k]->kind == MEASURE_DERIVED)
			return err_set(err, ERR_CONFIG,
				       "measure %s rests on '%s', which is %s: mend its header",
				       measure->code, codes[k],
				       terms->parts[k] == NULL ? "not there" : "derived itself");
	}
	return ERR_OK;
}

bool rollup_terms_have(const struct rollup_terms *terms, const char *dimension)
{
	if (terms->population)
		return false;
	for (int k = 0; k < terms->n_parts; k++) {
		const struct measure *m = terms->parts[k];
		int i = 0;

		while (i < m->n_dimensions && strcmp(m->dimensions[i], dimension) != 0)
			i++;
		if (i == m->n_dimensions)
			return false;
	}
	return true;
}

bool rollup_is_ratio(const struct measure *measure)
{
	switch (measure->unit) {
	case MEASURE_PERCENT:
	case MEASURE_RATE_10K:
	case MEASURE_RATIO:
		return true;
	case MEASURE_COUNT:
	case MEASURE_FTE:
	case MEASURE_DAYS:
		return false;
	}
	return false;
}

void rollup_population(const struct area_tree *tree, const int *areas, int n,
		       struct rollup_cell *cell)
{
	int32_t end = period_end(cell->period);

	cell->denominator = 0;
	for (int i = 0; i < n; i++) {
		struct area_people p;

		if (area_population(tree, areas[i], CHILDREN_FROM, CHILDREN_TO, end, &p, NULL) !=
		    ERR_OK) {
			cell->denominator = 0;
			cell->population_year = 0;
			return;
		}
		cell->denominator += p.people;
		cell->population_estimate |= p.estimate;
		cell->population_stale |= p.stale;
		if (cell->population_year == 0 || p.year < cell->population_year)
			cell->population_year = p.year;
	}
}

int64_t rollup_scale(const struct measure *measure)
{
	switch (measure->unit) {
	case MEASURE_FTE:
		return 1000000;
	case MEASURE_DAYS:
		return 1000;
	case MEASURE_COUNT:
	case MEASURE_PERCENT:
	case MEASURE_RATE_10K:
	case MEASURE_RATIO:
		return 1;
	}
	return 1;
}

static int64_t rollup_factor(const struct measure *measure)
{
	switch (measure->unit) {
	case MEASURE_PERCENT:
		return 100;
	case MEASURE_RATE_10K:
		return 10000;
	case MEASURE_COUNT:
	case MEASURE_RATIO:
	case MEASURE_FTE:
	case MEASURE_DAYS:
		return 1;
	}
	return 1;
}

/* top ÷ bottom × 10, half-up (towards +∞ at a tie), held within 64 bits. */
static int64_t rollup_tenths(rollup_wide top, rollup_wide bottom)
{
	rollup_wide twice = top * 20 + bottom;
	rollup_wide tenths = twice / (bottom * 2);

	if (twice < 0 && twice % (bottom * 2) != 0)
		tenths--;
	if (tenths > INT64_MAX)
		return INT64_MAX;
	return tenths < INT64_MIN ? INT64_MIN : (int64_t)tenths;
}

void rollup_value(const struct rollup_terms *terms, struct rollup_cell *cell)
{
	const struct measure *m = terms->measure;
	rollup_wide top = (rollup_wide)cell->numerator * rollup_factor(m);
	rollup_wide bottom = rollup_scale(terms->parts[0]);

	if (m->kind == MEASURE_DERIVED || rollup_is_ratio(m))
		bottom *= cell->denominator;
	if (m->kind == MEASURE_DERIVED && m->denominator_scale > 1)
		bottom *= m->denominator_scale;
	if (terms->n_parts == 2)
		top *= rollup_scale(terms->parts[1]);
	cell->annualised = m->kind == MEASURE_DERIVED && m->annualised &&
			   terms->parts[0]->kind == MEASURE_FLOW;
	if (cell->annualised) {
		top *= period_days(period_of(PERIOD_YEAR, period_end(cell->period)));
		bottom *= period_days(cell->period);
	}
	cell->has_value = bottom > 0;
	if (!cell->has_value)
		return;
	cell->value = (double)top / (double)bottom;
	cell->tenths = rollup_tenths(top, bottom);
}
