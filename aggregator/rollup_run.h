#ifndef AGGREGATOR_ROLLUP_RUN_H
#define AGGREGATOR_ROLLUP_RUN_H

#include <stdbool.h>

#include "aggregator/rollup.h"
#include "aggregator/rollup_facts.h"
#include "aggregator/rollup_value.h"

/* One roll-up query under way: rollup_query.c checks it, rollup.c reads, rollup_cells.c adds up. */

/* Months wanted of an area and all below it. */
struct rollup_expected {
	int area;
	int32_t from, to;
};

struct rollup_run {
	const struct rollup_context *context;
	const struct rollup_query *query;
	struct rollup_terms terms;
	struct rollup_source source;
	int area;
	int n_periods;
	struct rollup_expected *expected;
	int n_expected;
	struct rollup_categories categories;
	struct rollup_series series[2]; /* of each part */
	struct rollup_facts facts[2];   /* of each part, by reporting area */
	struct rollup_facts sums[2];    /* of each part, kept for the area asked for */
	int *reporting;                 /* areas read */
	int *valid, *counted;           /* of the cell under way */
	char *seen;                     /* categories of the area under way */
	int64_t (*totals)[2][2];        /* by category: of each part numerator, denominator */
	struct rollup_result *result;
	size_t size;
};

/* Finds measure, area, breakdown and expected areas and counts the periods. */
enum err_code rollup_query_check(struct rollup_run *run, struct err *err);

/* Whether the cell can be taken from the sums that the worker keeps: nothing narrows what is
 * expected, and every valid area is in them for each base period. */
bool rollup_cell_is_kept(struct rollup_run *run, struct period p);

/* Adds the area's cells, period by period, to the result. */
enum err_code rollup_cells(struct rollup_run *run, int area, struct err *err);

#endif
