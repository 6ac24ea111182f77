#ifndef AGGREGATOR_SPC_H
#define AGGREGATOR_SPC_H

#include <stddef.h>

/* Statistical process control: the XmR (individuals and moving range) chart as NHS England's Making
 * Data Count draws it. Mean ± 2.66 × mean moving range; moving ranges above 3.267 × their mean are
 * screened out of it once. Missing values are NaN: they break no run and make no range. */

#define SPC_LIMITS_AFTER 12 /* known points before limits are drawn and flags raised */
#define SPC_RUN 7           /* points in a row on one side, or rising, or falling */

enum spc_flag {               /* bits */
	SPC_OUTSIDE_HIGH = 1, /* above the upper limit */
	SPC_OUTSIDE_LOW = 2,
	SPC_SHIFT_HIGH = 4, /* one of 7 or more in a row above the mean */
	SPC_SHIFT_LOW = 8,
	SPC_RISING = 16, /* one of 7 or more, each above the one before (6 rises) */
	SPC_FALLING = 32,
	SPC_NEAR_HIGH = 64, /* one of 2 within limits beyond 2/3 of the way to the upper one, out of
			       3 in a row above the mean */
	SPC_NEAR_LOW = 128,
};

struct spc {
	int has_limits;                   /* 0: fewer than SPC_LIMITS_AFTER known points */
	double mean, lower, upper, sigma; /* sigma = mean moving range ÷ 1.128 */
	double moving_range;              /* mean, after screening */
	int n_known;
	unsigned *flags; /* per point; owned */
	size_t n;
	size_t last; /* index of the last known point; 0 when none is known */
	int trend;   /* points in a row, ending with it, that rise (> 0) or fall (< 0) */
	int shift;   /* … that lie above (> 0) or below (< 0) the mean */
};

/* values[n], NaN where missing, in order of time. n_baseline: limits from the first n_baseline
 * known points only (a fixed baseline, at least SPC_LIMITS_AFTER); 0: from all. floor and ceiling:
 * limits are cut there (0 for counts, 0 and 100 for percentages); NAN for none. Returns −1 without
 * memory, else 0 and the caller clears *out. */
int spc_compute(const double *values, size_t n, size_t n_baseline, double floor, double ceiling,
		struct spc *out);
void spc_clear(struct spc *spc);

/* What the last known point says, in words for a person: "within the usual range",
 * "above the usual range", "rising for 7 months" … (`unit`: "months" or "weeks"). Static parts
 * composed into out. Returns out. */
const char *spc_say(const struct spc *spc, const char *unit, char *out, size_t size);

/* Whether the last known point shows special cause: 1 upwards, −1 downwards, 0 none. */
int spc_direction(const struct spc *spc);

/* How many of n_series series that never change will nevertheless show special cause at their last
 * point: 1.7%, measured by simulation in the test (series of 30 independent points; 1.4% with 12
 * and 1.9% with 60). */
double spc_expected_false_alarms(int n_series);

#endif
