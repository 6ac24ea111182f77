#include "deploy/demo/rng.h"

#include <math.h>

#define RNG_GOLDEN 0x9E3779B97F4A7C15ULL

static uint64_t rng_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
	x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
	return x ^ (x >> 31);
}

void rng_init(struct rng *r, uint64_t seed, uint64_t stream)
{
	uint64_t x = rng_mix(seed + RNG_GOLDEN) ^ (stream * 0xD1342543DE82EF95ULL);

	for (int i = 0; i < 4; i++) {
		x += RNG_GOLDEN;
		r->state[i] = rng_mix(x);
	}
}

static uint64_t rng_rotate(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

uint64_t rng_next(struct rng *r)
{
	uint64_t *s = r->state;
	uint64_t result = rng_rotate(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rng_rotate(s[3], 45);
	return result;
}

double rng_real(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1.0p-53;
}

int rng_below(struct rng *r, int n)
{
	return (int)(rng_real(r) * n);
}

int rng_between(struct rng *r, int a, int b)
{
	return a + rng_below(r, b - a + 1);
}

bool rng_chance(struct rng *r, double p)
{
	return rng_real(r) < p;
}

int rng_poisson_max(double mean)
{
	return (int)(3 * mean) + 20;
}

/* Products of uniform numbers underflow for large means: those are drawn in parts. */
int rng_poisson(struct rng *r, double mean)
{
	int most = rng_poisson_max(mean);
	int n = 0;

	while (mean > 0) {
		double part = mean > 32 ? 32 : mean;
		double limit = exp(-part);
		double product = rng_real(r);

		for (; product > limit; n++)
			product *= rng_real(r);
		mean -= part;
	}
	return n < most ? n : most;
}

int rng_pick(struct rng *r, const int *weights, int n)
{
	int sum = 0;
	int at;

	for (int i = 0; i < n; i++)
		sum += weights[i];
	at = rng_below(r, sum);
	for (int i = 0; i < n; i++) {
		if (at < weights[i])
			return i;
		at -= weights[i];
	}
	return n - 1;
}

int rng_quantile(struct rng *r, const int *quantiles, int n)
{
	double at = rng_real(r) * (n - 1);
	int i = (int)at;

	return (int)(quantiles[i] + (at - i) * (quantiles[i + 1] - quantiles[i]) + 0.5);
}

uint64_t rng_hash(uint64_t seed, uint64_t a, uint64_t b)
{
	return rng_mix(rng_mix(rng_mix(seed + RNG_GOLDEN) + a * 0xD1342543DE82EF95ULL) +
		       b * 0xAEF17502108EF2D9ULL);
}
