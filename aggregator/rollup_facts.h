#ifndef AGGREGATOR_ROLLUP_FACTS_H
#define AGGREGATOR_ROLLUP_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/store.h"
#include "proto/area.h"
#include "proto/measures.h"
#include "proto/period.h"

/* What the store holds of one measure in a run of weeks or months: the roll-up's way in. */

/* Consecutive weeks or months. */
struct rollup_range {
	struct period first;
	int n;
};
struct period rollup_range_at(const struct rollup_range *range, int base);
int rollup_range_find(const struct rollup_range *range, struct period p); /* index, maybe outside */

/* The categories of a query, "" (the total) first, then in declared order. */
struct rollup_categories {
	char (*codes)[65];
	int n;
};

/* The series of one measure and dimension. */
struct rollup_one_series {
	int64_t id;
	char code[65];
	int category; /* index into the categories */
};
struct rollup_series {
	const char *measure;
	int64_t total;                 /* series of the measure's total; 0: nothing ever reported */
	struct rollup_one_series *all; /* by id */
	int n;
};

/* One area, base period and category. The row of category 0 is there whenever the area (or one
 * below it) carries the figure; another that is not there is 0. */
struct rollup_fact {
	int area, base, category;
	int64_t numerator, denominator;
	int n_areas, n_provisional; /* 1 and 0 or 1 when read from a report */
};

struct rollup_facts {
	const struct rollup_series *series;
	struct rollup_fact *facts; /* by area, base, category */
	size_t n, size;
};

/* Who asks for what. */
struct rollup_source {
	struct store *store;
	const struct area_tree *areas;
	struct rollup_range range;
	const int *reporting; /* areas to read, ascending */
	int n_reporting;
	const char *dimension; /* "" for the total alone */
	int64_t as_known_on_us;
};

/* Reads the series of n measures and numbers their categories together. The caller clears series
 * and categories, also after an error. */
enum err_code rollup_series_read(const struct rollup_source *source, struct rollup_series *series,
				 int n, const struct measure *declared,
				 struct rollup_categories *categories, struct err *err);

/* Adds the figures that count, report by report, of the bases [from, to). */
enum err_code rollup_facts_read(const struct rollup_source *source, int from, int to,
				struct rollup_facts *facts, struct err *err);

/* Adds the sums kept for one ancestor, but for buckets that are out of date. */
enum err_code rollup_facts_read_sums(const struct rollup_source *source, int area,
				     struct rollup_facts *facts, struct err *err);

/* The rows of an area and base; NULL when there are none. */
const struct rollup_fact *rollup_facts_find(const struct rollup_facts *facts, int area, int base,
					    size_t *n);

/* Sets seen[category] for each category that the area (−1: any) has rows of. */
void rollup_facts_mark(const struct rollup_facts *facts, int area, char *seen);

void rollup_facts_clear(struct rollup_facts *facts);
void rollup_series_clear(struct rollup_series *series);
void rollup_categories_clear(struct rollup_categories *categories);

#endif
