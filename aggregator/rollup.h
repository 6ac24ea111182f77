#ifndef AGGREGATOR_ROLLUP_H
#define AGGREGATOR_ROLLUP_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/config.h"
#include "aggregator/store.h"
#include "proto/area.h"
#include "proto/measures.h"
#include "proto/period.h"

/* Roll-up: up the area tree and up the periods.
 *
 * Flows add over areas and months. Stocks add over areas and take the last month of a quarter or
 * year. Ratios add numerators and denominators. A derived measure divides two rolled-up ones, or
 * one by a population, over the same areas. Missing is never zero: each cell says how many areas
 * stand behind it, and its figures are those of exactly these areas.
 *
 * Annualised: × days of the financial year that holds the period's last day (365 or 366) ÷ days of
 * the period. A financial year's own figure is therefore left as it is. */

/* Works off at most max_buckets dirty (area, period) pairs in one transaction. *n_left: how many
 * are still to do. */
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
	char category[65]; /* "" for the total */
	/* At the scale of the measure; derived: the numerators of its two measures, each at its own
	 * scale, or the population as denominator. */
	int64_t numerator, denominator;
	int n_reported, n_expected; /* areas; for quarters and years: areas with every month */
	enum rollup_status status;
	int has_value;       /* 0: missing, or a rate withheld because coverage is partial */
	int pooled;          /* 1: a rate over the covered areas only */
	double value;        /* unrounded, in the measure's unit (percent, per 10,000, FTE, …) */
	int64_t tenths;      /* value × 10, rounded half-up in exact arithmetic: what is shown */
	int population_year; /* the earliest one used; 0 when none is */
	int population_estimate, population_stale, annualised;
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
	/* By area (the one asked for first, then file order), period, category ("" first, then in
	 * declared order). Of a breakdown, the categories that occur in the area. */
	struct rollup_cell *cells;
	size_t n;
	const struct measure *measure;
};

struct rollup_context {
	struct store *store;
	const struct area_tree *areas;
	const struct measure_set *measures;
	const struct aggregator_config *config; /* NULL: every valid area is expected */
};

/* ERR_MISSING for an unknown measure, area or breakdown, with the nearest name; ERR_CONFIG for a
 * query that makes no sense; ERR_TOO_BIG beyond LIMIT_ROLLUP_CELLS. The caller owns *out.
 *
 * Expected areas are the reporting ones of the area tree that are valid in the period, narrowed to
 * those of which `expected` wants the whole period, of any dataset; when it wants none, all of them
 * are. An area that reported without being expected counts as both. */
enum err_code rollup_run(const struct rollup_context *context, const struct rollup_query *query,
			 struct rollup_result **out, struct err *err);
void rollup_free(struct rollup_result **result);

/* "final", "provisional", "partial", "missing" */
const char *rollup_status_name(enum rollup_status status);

/* ERR_MISSING that names the nearest area; else its index. Shared by the commands. */
enum err_code rollup_area(const struct area_tree *tree, const char *code, int *area,
			  struct err *err);

#endif
