#ifndef AGENT_MEASURE_GROUP_H
#define AGENT_MEASURE_GROUP_H

#include <stdint.h>

#include "agent/measure.h"
#include "agent/measure_carry.h"

/* Groups the rows of one measure: a total and one-way breakdowns for every slot at once. In: a
 * slot, a value and a category of each breakdown. Out: figures. A category that is no code of its
 * dimension becomes "unknown", so no text of an extract gets further than this. */

struct group_cell {
	int64_t numerator, denominator, n_rows;
};

struct group_breakdown {
	const char *dimension; /* borrowed from the measure */
	int carried;
	char (*categories)[65]; /* owned; in the order in which they were met */
	int n_categories, capacity;
	struct group_cell *cells; /* owned; capacity × slots */
	int *table;               /* owned; hash of a category → its index + 1; 0: free */
	int n_table;              /* a power of two, at least twice n_categories */
};

struct measure_group {
	const struct measure *measure;     /* borrowed */
	const struct measure_slots *slots; /* borrowed */
	struct group_cell *totals;         /* owned; one for each slot */
	struct group_breakdown breakdowns[MEASURE_DIMENSIONS_MAX];
};

/* carried[d]: whether the extract can give breakdown d. ERR_NOMEM only; clear it in any case. */
enum err_code measure_group_init(struct measure_group *g, const struct measure *m,
				 const struct measure_slots *slots, const uint8_t *carried,
				 struct err *err);
void measure_group_clear(struct measure_group *g);

/* Index of the category of breakdown d for what a row says: text, or number for days and cases;
 * text NULL and has_number 0: unknown. */
enum err_code measure_group_category(struct measure_group *g, int d, const char *text,
				     int has_number, int64_t number, int *category,
				     struct err *err);

/* Adds one row to a slot. ERR_TOO_BIG when a sum would leave ±LIMIT_VALUE. */
enum err_code measure_group_add(struct measure_group *g, int slot, const int *categories,
				int64_t numerator, int64_t denominator, struct err *err);

/* Appends the group's figures: each slot's total, the total of each carried breakdown, and every
 * category that a row fell in. */
enum err_code figures_append(struct figures *figures, size_t *capacity, int measure,
			     const struct measure_group *g, struct err *err);

/* Sorts by period, measure, dimension, category. */
void figures_sort(struct figures *figures);

#endif
