#include "aggregator/spc.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In: a series with gaps. Out: limits from the moving ranges of its baseline, then one pass for
 * each rule over the known points alone, so that a gap neither breaks a run nor joins one.
 * NHSRplotthedots 0.2.2 decides what the names of the rules leave open: a point on the mean breaks
 * a run on one side, an equal value breaks a trend, and "near" asks that all three points lie on
 * one side and that the two have not already left the limits. */

#define SPC_LIMIT 2.66   /* 3 ÷ d2 */
#define SPC_D2 1.128     /* mean range of two, in standard deviations */
#define SPC_SCREEN 3.267 /* D4: a moving range above this many means is not of the process */

/* How often the last of 30 points of a series that never changes is flagged by any rule, limits
 * being those of the same 30 points. tests/test_spc.c simulates it; a calculation with known limits
 * (0.27% outside, 2 × ½⁷ = 1.6% shifts) would be 0.2 points higher. */
#define SPC_FALSE_ALARM 0.017

/* ---- the known points */

static size_t *spc_known(const double *values, size_t n, int *n_known)
{
	size_t *at = calloc(n + 1, sizeof *at), k = 0;

	for (size_t i = 0; at != NULL && i < n; i++)
		if (!isnan(values[i]))
			at[k++] = i;
	*n_known = (int)k;
	return at;
}

/* ---- limits */

/* Mean of the ranges between neighbours within the baseline that are at most `most`; NaN when
 * there are none. */
static double spc_mean_range(const double *values, const size_t *at, size_t n_base, double most)
{
	double sum = 0;
	int n = 0;

	for (size_t k = 1; k < n_base; k++) {
		double range = fabs(values[at[k]] - values[at[k - 1]]);

		if (at[k] != at[k - 1] + 1 || range > most)
			continue; /* not neighbours: it would span the gap */
		sum += range;
		n++;
	}
	return n > 0 ? sum / n : NAN;
}

static void spc_limits(const double *values, const size_t *at, size_t n_base, double floor,
		       double ceiling, struct spc *out)
{
	double mean_range = spc_mean_range(values, at, n_base, INFINITY);
	double sum = 0;

	if (isnan(mean_range))
		return; /* no two neighbours are known */
	for (size_t k = 0; k < n_base; k++)
		sum += values[at[k]];
	out->mean = sum / (double)n_base;
	out->moving_range = spc_mean_range(values, at, n_base, SPC_SCREEN * mean_range);
	out->sigma = out->moving_range / SPC_D2;
	/* fmax and fmin leave a NaN out. */
	out->lower = fmax(out->mean - SPC_LIMIT * out->moving_range, floor);
	out->upper = fmin(out->mean + SPC_LIMIT * out->moving_range, ceiling);
	out->has_limits = 1;
}

/* ---- rules */

static int spc_sign(double x)
{
	return (x > 0) - (x < 0);
}

/* Flags points first … last (indexes into at[]) if they are enough for a run. */
static void spc_flag_run(struct spc *out, const size_t *at, size_t first, size_t last, int sign,
			 unsigned high, unsigned low)
{
	if (sign == 0 || last - first + 1 < SPC_RUN)
		return;
	for (size_t k = first; k <= last; k++)
		out->flags[at[k]] |= sign > 0 ? high : low;
}

static void spc_flag_outside(const double *values, const size_t *at, struct spc *out)
{
	for (int k = 0; k < out->n_known; k++) {
		double v = values[at[k]];

		if (v > out->upper)
			out->flags[at[k]] |= SPC_OUTSIDE_HIGH;
		else if (v < out->lower)
			out->flags[at[k]] |= SPC_OUTSIDE_LOW;
	}
}

static void spc_flag_shifts(const double *values, const size_t *at, struct spc *out)
{
	size_t first = 0;
	int run = 0;

	for (size_t k = 0; k < (size_t)out->n_known; k++) {
		int sign = spc_sign(values[at[k]] - out->mean);

		if (k > 0 && sign != run) {
			spc_flag_run(out, at, first, k - 1, run, SPC_SHIFT_HIGH, SPC_SHIFT_LOW);
			first = k;
		}
		run = sign;
	}
	spc_flag_run(out, at, first, (size_t)out->n_known - 1, run, SPC_SHIFT_HIGH, SPC_SHIFT_LOW);
	out->shift = run * (int)((size_t)out->n_known - first);
}

static void spc_flag_trends(const double *values, const size_t *at, struct spc *out)
{
	size_t first = 0; /* the point from which the run rises or falls */
	int run = 0;

	for (size_t k = 1; k < (size_t)out->n_known; k++) {
		int sign = spc_sign(values[at[k]] - values[at[k - 1]]);

		if (k > 1 && sign != run) {
			spc_flag_run(out, at, first, k - 1, run, SPC_RISING, SPC_FALLING);
			first = k - 1;
		}
		run = sign;
	}
	spc_flag_run(out, at, first, (size_t)out->n_known - 1, run, SPC_RISING, SPC_FALLING);
	out->trend = run * (int)((size_t)out->n_known - first);
}

/* Between two thirds of the way to a limit and that limit: 1 above, −1 below. */
static int spc_near(const struct spc *spc, double value)
{
	double away = value - spc->mean, close = SPC_LIMIT * spc->moving_range * 2 / 3;

	if (value > spc->upper || value < spc->lower || fabs(away) <= close)
		return 0;
	return spc_sign(away);
}

static void spc_flag_near(const double *values, const size_t *at, struct spc *out)
{
	for (int k = 2; k < out->n_known; k++) {
		int near_points = 0, side = 0;

		for (int j = k - 2; j <= k; j++) {
			near_points += spc_near(out, values[at[j]]);
			side += spc_sign(values[at[j]] - out->mean);
		}
		if (abs(near_points) < 2 || abs(side) != 3)
			continue;
		for (int j = k - 2; j <= k; j++)
			if (spc_near(out, values[at[j]]) != 0)
				out->flags[at[j]] |= side > 0 ? SPC_NEAR_HIGH : SPC_NEAR_LOW;
	}
}

/* ---- the whole */

int spc_compute(const double *values, size_t n, size_t n_baseline, double floor, double ceiling,
		struct spc *out)
{
	size_t *at, n_base;

	*out = (struct spc){
		.mean = NAN, .lower = NAN, .upper = NAN, .sigma = NAN, .moving_range = NAN, .n = n
	};
	at = spc_known(values, n, &out->n_known);
	out->flags = calloc(n + 1, sizeof *out->flags);
	if (at == NULL || out->flags == NULL) {
		free(at);
		spc_clear(out);
		return -1;
	}
	if (out->n_known > 0)
		out->last = at[out->n_known - 1];
	if (n_baseline > 0 && n_baseline < SPC_LIMITS_AFTER)
		n_baseline = SPC_LIMITS_AFTER;
	n_base = n_baseline > 0 && n_baseline < (size_t)out->n_known ? n_baseline
								     : (size_t)out->n_known;
	if (out->n_known >= SPC_LIMITS_AFTER)
		spc_limits(values, at, n_base, floor, ceiling, out);
	if (out->has_limits) {
		spc_flag_outside(values, at, out);
		spc_flag_shifts(values, at, out);
		spc_flag_trends(values, at, out);
		spc_flag_near(values, at, out);
	}
	free(at);
	return 0;
}

void spc_clear(struct spc *spc)
{
	free(spc->flags);
	*spc = (struct spc){ 0 };
}

/* ---- in words */

static unsigned spc_last_flags(const struct spc *spc)
{
	return spc->n_known > 0 ? spc->flags[spc->last] : 0;
}

static const char *spc_say_range(unsigned flags)
{
	if (flags & SPC_OUTSIDE_HIGH)
		return "above the usual range";
	if (flags & SPC_OUTSIDE_LOW)
		return "below the usual range";
	if (flags & SPC_NEAR_HIGH)
		return "near the top of the usual range twice in a short time";
	if (flags & SPC_NEAR_LOW)
		return "near the bottom of the usual range twice in a short time";
	return NULL;
}

static const char *spc_say_run(const struct spc *spc, unsigned flags, int *points)
{
	*points = abs(flags & (SPC_RISING | SPC_FALLING) ? spc->trend : spc->shift);
	if (flags & SPC_RISING)
		return "rising";
	if (flags & SPC_FALLING)
		return "falling";
	if (flags & SPC_SHIFT_HIGH)
		return "above average";
	if (flags & SPC_SHIFT_LOW)
		return "below average";
	return NULL;
}

const char *spc_say(const struct spc *spc, const char *unit, char *out, size_t size)
{
	unsigned flags = spc_last_flags(spc);
	const char *range = spc_say_range(flags), *run;
	int points = 0;

	run = spc_say_run(spc, flags, &points);
	if (!spc->has_limits)
		snprintf(out, size, "too few %s known to say what is usual", unit);
	else if (range != NULL && run != NULL)
		snprintf(out, size, "%s, %s for %d %s", range, run, points, unit);
	else if (run != NULL)
		snprintf(out, size, "%s for %d %s", run, points, unit);
	else
		snprintf(out, size, "%s", range != NULL ? range : "within the usual range");
	return out;
}

int spc_direction(const struct spc *spc)
{
	/* Where it is counts before where it goes, and that before where it has been. */
	static const struct {
		unsigned up, down;
	} rules[] = {
		{ SPC_OUTSIDE_HIGH, SPC_OUTSIDE_LOW },
		{ SPC_RISING, SPC_FALLING },
		{ SPC_SHIFT_HIGH, SPC_SHIFT_LOW },
		{ SPC_NEAR_HIGH, SPC_NEAR_LOW },
	};
	unsigned flags = spc_last_flags(spc);

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (flags & (rules[i].up | rules[i].down))
			return flags & rules[i].up ? 1 : -1;
	return 0;
}

double spc_expected_false_alarms(int n_series)
{
	return SPC_FALSE_ALARM * n_series;
}
