#ifndef AGGREGATOR_FUNNEL_H
#define AGGREGATOR_FUNNEL_H

#include <stddef.h>
#include <stdint.h>

/* Funnel plots (Spiegelhalter 2005): each area's figure against its size, with limits at 95% and
 * 99.8% around the value of all areas together, and a correction for overdispersion: limits and
 * verdicts are widened by the additive random-effects tau², which the paper prefers; the
 * multiplicative phi of winsorised z-scores is worked out beside it, to be shown. */

enum funnel_kind {
	FUNNEL_PROPORTION, /* numerator of denominator */
	FUNNEL_RATE,       /* events over exposure (population, FTE) */
};

struct funnel_point {
	int64_t numerator;
	double denominator; /* trials, or exposure */
	int known;          /* 0: left out of everything */
	/* out */
	double value; /* numerator ÷ denominator; NaN when not known, or denominator ≤ 0 */
	double z;     /* uncorrected */
	double z_adjusted;
	int verdict; /* −2 below 99.8%, −1 below 95%, 0 inside, 1, 2 — after the correction */
};

struct funnel {
	enum funnel_kind kind;
	double centre; /* all areas pooled; NaN when none is known */
	double phi;    /* overdispersion of the winsorised z-scores; 1 when not above chance */
	double tau2;   /* between-area variance on the transformed scale; 0 when none */
	int n_known;
};

/* Works out centre, phi, tau² and each known point's z and verdict. Needs at least 3 known points
 * (else verdicts are 0 and phi is 1). */
void funnel_compute(enum funnel_kind kind, struct funnel_point *points, size_t n,
		    struct funnel *out);

/* The limits at a size, for drawing: after the correction; cut at 0 and (proportion) 1. z:
 * INTERVAL_Z_95 or INTERVAL_Z_998. NaN when no point is known. */
void funnel_limits(const struct funnel *funnel, double denominator, double z, double *low,
		   double *high);

#endif
