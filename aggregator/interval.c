#include "aggregator/interval.h"

#include <assert.h>
#include <math.h>

struct interval interval_wilson(int64_t events, int64_t trials, double z)
{
	double n = (double)trials, p = (double)events / n, zz = z * z;
	double centre = 2 * n * p + zz, scale = 2 * (n + zz);
	double reach = z * sqrt(zz + 4 * n * p * (1 - p));

	assert(trials > 0 && events >= 0 && events <= trials);
	/* At 0 and n one bound is exact; rounding must not move it. */
	return (struct interval){
		.low = events == 0 ? 0 : fmax(0, (centre - reach) / scale),
		.high = events == trials ? 1 : fmin(1, (centre + reach) / scale),
	};
}

static double interval_byar_bound(double events, double signed_z)
{
	double root = 1 - 1 / (9 * events) + signed_z / (3 * sqrt(events));

	return events * root * root * root;
}

struct interval interval_byar(int64_t events, double z)
{
	double o = (double)events;

	assert(events >= 0);
	/* The lower bound of a single event at 99.8% would come out below nothing. */
	return (struct interval){
		.low = events == 0 ? 0 : fmax(0, interval_byar_bound(o, -z)),
		.high = interval_byar_bound(o + 1, z),
	};
}

enum interval_verdict interval_compare(double reference, struct interval at_95,
				       struct interval at_998)
{
	if (reference > at_998.high)
		return INTERVAL_MUCH_LOWER;
	if (reference < at_998.low)
		return INTERVAL_MUCH_HIGHER;
	if (reference > at_95.high)
		return INTERVAL_LOWER;
	if (reference < at_95.low)
		return INTERVAL_HIGHER;
	return INTERVAL_SIMILAR;
}
