#ifndef DEPLOY_DEMO_RNG_H
#define DEPLOY_DEMO_RNG_H

#include <stdbool.h>
#include <stdint.h>

/* Reproducible random numbers: xoshiro256** seeded by splitmix64. The same seed and stream give
 * the same numbers everywhere; each part of the simulation has its own stream, so that a change in
 * one part leaves the others as they were. */

struct rng {
	uint64_t state[4];
};

void rng_init(struct rng *r, uint64_t seed, uint64_t stream);
uint64_t rng_next(struct rng *r);
double rng_real(struct rng *r);               /* 0 ≤ x < 1 */
int rng_below(struct rng *r, int n);          /* 0 … n − 1; n > 0 */
int rng_between(struct rng *r, int a, int b); /* a … b, both included */
bool rng_chance(struct rng *r, double p);

/* A Poisson count; at most rng_poisson_max(mean), so that room can be made beforehand. */
int rng_poisson(struct rng *r, double mean);
int rng_poisson_max(double mean);

/* Index of a weight, each as likely as it is heavy. */
int rng_pick(struct rng *r, const int *weights, int n);

/* A value from a distribution given by n equally spaced quantiles (first: least, last: greatest),
 * straight lines between them. */
int rng_quantile(struct rng *r, const int *quantiles, int n);

/* One number that depends on nothing but its arguments. */
uint64_t rng_hash(uint64_t seed, uint64_t a, uint64_t b);

#define RNG_PICK(r, weights) rng_pick(r, weights, (int)(sizeof(weights) / sizeof(weights)[0]))
#define RNG_QUANTILE(r, q) rng_quantile(r, q, (int)(sizeof(q) / sizeof(q)[0]))

#endif
