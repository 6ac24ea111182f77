#ifndef AGGREGATOR_RECEIVED_CORRECTIONS_H
#define AGGREGATOR_RECEIVED_CORRECTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/store.h"

/* How often figures that were given as final have been corrected. Statements are prepared once and
 * used for every cell of a grid. Zero-initialise; received_corrections_clear frees. */

struct received_corrections {
	sqlite3_stmt *carried, *differ, *withdrawn;
	int64_t *reports; /* of one cell: those that corrected something */
	size_t n, size;
};

/* *n: the reports of an area, dataset and period that corrected it. A report corrects when, as it
 * arrived, it took the place of an earlier one for a measure that the earlier one had given as
 * final, and changes a numerator or denominator of the measure's total or of a breakdown that both
 * carry; or when it was withdrawn and had given a figure as final. What makes a provisional figure
 * final, adds a measure or a breakdown, repeats what was known, or arrives after a newer one, is no
 * correction. Withdrawn reports are otherwise left out of account. */
enum err_code received_corrections_count(struct received_corrections *c, struct store *store,
					 const char *area, const char *dataset, int64_t period,
					 int *n, struct err *err);
void received_corrections_clear(struct received_corrections *c);

#endif
