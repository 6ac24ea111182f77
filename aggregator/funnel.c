#include "aggregator/funnel.h"

#include <math.h>
#include <stdbool.h>

#include "aggregator/interval.h"

/* Figures are compared on a scale where their chance variation depends on the size alone:
 * arcsin √p for proportions, √rate for rates; the standard error is 1 ÷ (2 √denominator) on both
 * (Spiegelhalter 2005, section A.1). There the additive model is a plain sum of variances:
 * what chance makes, and tau² between areas. */

#define FUNNEL_AT_LEAST 3
#define FUNNEL_WINSORISE 0.1 /* share of z-scores at each end that is drawn in */
#define FUNNEL_RIGHT_ANGLE 1.5707963267948966

static bool funnel_is_usable(const struct funnel_point *p)
{
	return p->known && p->denominator > 0 && p->numerator >= 0;
}

static double funnel_transform(enum funnel_kind kind, double value)
{
	/* Comparisons, not fmin and fmax, which would make a number of the NaN of no areas. */
	return kind == FUNNEL_PROPORTION ? asin(sqrt(value > 1 ? 1 : value)) : sqrt(value);
}

static double funnel_transform_back(enum funnel_kind kind, double y)
{
	double root = y < 0 ? 0 : y;

	if (kind == FUNNEL_PROPORTION)
		root = sin(root > FUNNEL_RIGHT_ANGLE ? FUNNEL_RIGHT_ANGLE : root);
	return root * root;
}

static double funnel_error(double denominator)
{
	return 1 / (2 * sqrt(denominator));
}

/* The z-score at rank `at` (0 is the lowest, fractions lie between two) of the usable points.
 * Counting ranks instead of sorting needs no memory; there are as many points as areas. */
static double funnel_ranked(const struct funnel_point *points, size_t n, size_t rank)
{
	for (size_t i = 0; i < n; i++) {
		size_t below = 0, equal = 0;

		if (!funnel_is_usable(&points[i]))
			continue;
		for (size_t j = 0; j < n; j++) {
			if (!funnel_is_usable(&points[j]))
				continue;
			below += points[j].z < points[i].z;
			equal += !(points[j].z < points[i].z) && !(points[j].z > points[i].z);
		}
		if (below <= rank && rank < below + equal)
			return points[i].z;
	}
	return 0;
}

static double funnel_quantile(const struct funnel_point *points, size_t n, int n_usable, double q)
{
	double at = q * (n_usable - 1);
	size_t rank = (size_t)at;
	double low = funnel_ranked(points, n, rank);
	double part = at - (double)rank;

	return part > 0 ? low + part * (funnel_ranked(points, n, rank + 1) - low) : low;
}

/* Σ of the squared z-scores after winsorising: the outliers that one looks for must not widen the
 * limits that they are held against. */
static double funnel_sum_of_squares(const struct funnel_point *points, size_t n, int n_usable)
{
	double low = funnel_quantile(points, n, n_usable, FUNNEL_WINSORISE);
	double high = funnel_quantile(points, n, n_usable, 1 - FUNNEL_WINSORISE);
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		double z = fmin(fmax(points[i].z, low), high);

		if (funnel_is_usable(&points[i]))
			sum += z * z;
	}
	return sum;
}

/* DerSimonian and Laird's estimate by the method of moments. */
static double funnel_between(const struct funnel_point *points, size_t n, int n_usable,
			     double sum_of_squares)
{
	double weights = 0, squares = 0, above_chance = sum_of_squares - (n_usable - 1);

	for (size_t i = 0; i < n; i++) {
		double weight; /* 1 ÷ the variance that chance makes */

		if (!funnel_is_usable(&points[i]))
			continue;
		weight = 4 * points[i].denominator;
		weights += weight;
		squares += weight * weight;
	}
	return above_chance > 0 ? above_chance / (weights - squares / weights) : 0;
}

static void funnel_judge(const struct funnel *funnel, struct funnel_point *p)
{
	double error = funnel_error(p->denominator);
	double size;

	p->z_adjusted = p->z * error / sqrt(error * error + funnel->tau2);
	size = fabs(p->z_adjusted);
	if (size > INTERVAL_Z_95)
		p->verdict = (size > INTERVAL_Z_998 ? 2 : 1) * (p->z_adjusted < 0 ? -1 : 1);
}

static void funnel_pool(struct funnel_point *points, size_t n, struct funnel *out)
{
	double numerator = 0, denominator = 0;

	for (size_t i = 0; i < n; i++) {
		struct funnel_point *p = &points[i];

		p->z = p->z_adjusted = 0;
		p->verdict = 0;
		p->value = NAN;
		if (!funnel_is_usable(p))
			continue;
		p->value = (double)p->numerator / p->denominator;
		numerator += (double)p->numerator;
		denominator += p->denominator;
		out->n_known++;
	}
	out->centre = denominator > 0 ? numerator / denominator : NAN;
}

void funnel_compute(enum funnel_kind kind, struct funnel_point *points, size_t n,
		    struct funnel *out)
{
	double target, sum;

	*out = (struct funnel){ .kind = kind, .phi = 1 };
	funnel_pool(points, n, out);
	target = funnel_transform(kind, out->centre);
	for (size_t i = 0; i < n; i++)
		if (funnel_is_usable(&points[i]))
			points[i].z = points[i].z_adjusted =
				(funnel_transform(kind, points[i].value) - target) /
				funnel_error(points[i].denominator);
	if (out->n_known < FUNNEL_AT_LEAST)
		return;
	sum = funnel_sum_of_squares(points, n, out->n_known);
	out->phi = fmax(1, sum / out->n_known);
	out->tau2 = funnel_between(points, n, out->n_known, sum);
	for (size_t i = 0; i < n; i++)
		if (funnel_is_usable(&points[i]))
			funnel_judge(out, &points[i]);
}

void funnel_limits(const struct funnel *funnel, double denominator, double z, double *low,
		   double *high)
{
	double target = funnel_transform(funnel->kind, funnel->centre);
	double error = funnel_error(denominator);
	double reach = z * sqrt(error * error + funnel->tau2);

	*low = funnel_transform_back(funnel->kind, target - reach);
	*high = funnel_transform_back(funnel->kind, target + reach);
}
