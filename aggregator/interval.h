#ifndef AGGREGATOR_INTERVAL_H
#define AGGREGATOR_INTERVAL_H

#include <stdint.h>

/* Confidence intervals of a figure, and how a district compares with the city by them. Wilson's
 * score method without continuity correction for proportions (Wilson 1927; Newcombe 1998, method
 * 3), Byar's approximation for counts and rates (Breslow and Day 1987, p. 69), as the Office for
 * Health Improvement and Disparities uses both for public-health profiles. */

#define INTERVAL_Z_95 1.959963984540054
#define INTERVAL_Z_998 3.090232306167814

struct interval {
	double low, high;
};

/* Of events ÷ trials; 0 ≤ events ≤ trials, trials > 0. Both bounds are within [0, 1]. */
struct interval interval_wilson(int64_t events, int64_t trials, double z);

/* Of an expected count of which `events` ≥ 0 were seen. */
struct interval interval_byar(int64_t events, double z);

/* A district's interval against the city's value: outside 95%, outside 99.8%, or neither. */
enum interval_verdict {
	INTERVAL_SIMILAR,
	INTERVAL_LOWER,      /* the city's value is above the 95% interval */
	INTERVAL_MUCH_LOWER, /* … above the 99.8% interval */
	INTERVAL_HIGHER,
	INTERVAL_MUCH_HIGHER,
};
enum interval_verdict interval_compare(double reference, struct interval at_95,
				       struct interval at_998);

#endif
