#ifndef AGGREGATOR_ROLLUP_H
#define AGGREGATOR_ROLLUP_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/store.h"
#include "proto/area.h"
#include "proto/measures.h"
#include "proto/period.h"

/* Roll-up: up the area tree and up the periods.
 *
 * Flows add over areas and months. Stocks add over areas and take the last month of a quarter or
 * year. Ratios add numerators and denominators. A derived measure divides two rolled-up ones, or
 * one by a population. Missing is never zero: each cell says how many areas stand behind it. */

/* Works off at most max_buckets dirty (area, period) pairs in one transaction. */
enum err_code rollup_work(struct store *store, const struct area_tree *areas, int max_buckets,
			  int *n_done, int64_t *n_left, struct err *err);

enum rollup_status {
	ROLLUP_FINAL,       /* every expected area, none provisional */
	ROLLUP_PROVISIONAL, /* every expected area, some provisional */
	ROLLUP_PARTIAL,     /* some areas missing: the value covers those that reported */
	ROLLUP_MISSING,     /* none reported: no value */
};

struct rollup_cell {
	char area[65];
	struct period period;
	char category[65];   /* "" for the total */
	int64_t numerator, denominator; /* at the measure's own scale */
	int n_reported, n_expected;     /* areas; for quarters and years: areas with every month */
	enum rollup_status status;
	int has_value;        /* 0: missing, or a rate withheld because coverage is partial */
	int pooled;           /* 1: a rate over the covered areas only */
	double value;         /* unrounded, in the measure's unit (percent, per 10,000, FTE, …) */
	int population_year;  /* 0 when no population is used */
	int population_estimate, annualised;
};

struct rollup_query {
	const char *measure;
	const char *area;
	int districts;          /* 1: also each reporting area below */
	enum period_kind by;    /* PERIOD_WEEK … PERIOD_YEAR */
	struct period from, to; /* of kind `by`, inclusive */
	const char *breakdown;  /* dimension; NULL: totals only */
	int64_t as_known_on_us; /* 0: now; else only what had been received by then */
};

struct rollup_result {
	struct rollup_cell *cells; /* by area (city first), period, category */
	size_t n;
	const struct measure *measure;
};

/* ERR_MISSING for an unknown measure, area or breakdown, with the nearest name. The caller owns
 * *out. Expected areas are those of the area tree that are valid in the period (aggregator.yaml
 * `expected` narrows them). */
struct rollup_context {
	struct store *store;
	const struct area_tree *areas;
	const struct measure_set *measures;
	const struct aggregator_config *config;
};
enum err_code rollup_run(const struct rollup_context *context, const struct rollup_query *query,
			 struct rollup_result **out, struct err *err);
void rollup_free(struct rollup_result **result);

const char *rollup_status_name(enum rollup_status status);

#endif
