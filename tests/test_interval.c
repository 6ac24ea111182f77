#include "aggregator/interval.h"

#include "tests/harness.h"

#include <math.h>

#define assert_near(found, expected, within)                                                       \
	ck_assert_msg(fabs((found) - (expected)) <= (within), "%.8f is not %.8f", (double)(found), \
		      (double)(expected))

/* ---- Wilson */

/* Newcombe, Statistics in Medicine 17 (1998) 857–872, table I, method 3, to four decimals. */
START_TEST(wilson_gives_newcombes_published_intervals)
{
	static const struct {
		int64_t events, trials;
		double low, high;
	} rows[] = {
		{ 81, 263, 0.2553, 0.3662 },
		{ 15, 148, 0.0624, 0.1605 },
		{ 0, 20, 0, 0.1611 },
		{ 1, 29, 0.0061, 0.1718 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct interval found =
			interval_wilson(rows[i].events, rows[i].trials, INTERVAL_Z_95);
		struct interval turned = interval_wilson(rows[i].trials - rows[i].events,
							 rows[i].trials, INTERVAL_Z_95);

		assert_near(found.low, rows[i].low, 0.00005);
		assert_near(found.high, rows[i].high, 0.00005);
		/* What did not happen has the mirrored interval. */
		assert_near(turned.low, 1 - found.high, 1e-12);
		assert_near(turned.high, 1 - found.low, 1e-12);
	}
}
END_TEST

/* The bounds are where a test of the hypothesis just rejects: |p̂ − p| = z √(p (1 − p) ÷ n). */
START_TEST(wilson_bounds_solve_the_score_equation)
{
	for (int64_t n = 1; n <= 400; n = n * 3 + 1)
		for (int64_t x = 0; x <= n; x += 1 + n / 7) {
			struct interval found = interval_wilson(x, n, INTERVAL_Z_998);
			double p = (double)x / (double)n;

			ck_assert(found.low >= 0 && found.low <= p);
			ck_assert(found.high <= 1 && found.high >= p);
			assert_near(p - found.low,
				    INTERVAL_Z_998 * sqrt(found.low * (1 - found.low) / (double)n),
				    1e-9);
			assert_near(found.high - p,
				    INTERVAL_Z_998 *
					    sqrt(found.high * (1 - found.high) / (double)n),
				    1e-9);
		}
}
END_TEST

START_TEST(wilson_at_none_and_all_ends_exactly_there)
{
	for (int64_t n = 1; n < 2000000000; n = n * 7 + 3) {
		ck_assert(interval_wilson(0, n, INTERVAL_Z_95).low == 0.0);
		ck_assert(interval_wilson(n, n, INTERVAL_Z_95).high == 1.0);
		ck_assert(interval_wilson(0, n, INTERVAL_Z_95).high > 0);
		ck_assert(interval_wilson(n, n, INTERVAL_Z_95).low < 1);
	}
}
END_TEST

/* ---- Byar */

/* P(X ≤ k) of a Poisson variable, summed term by term in logarithms. */
static double poisson_at_most(int64_t k, double mean)
{
	double sum = 0;

	for (int64_t i = 0; i <= k; i++)
		sum += exp(-mean + (double)i * log(mean) - lgamma((double)i + 1));
	return sum;
}

/* The mean at which at most k events have this chance. */
static double poisson_mean(int64_t k, double chance)
{
	double low = 1e-9, high = (double)k * 3 + 40;

	for (int i = 0; i < 200; i++) {
		double middle = (low + high) / 2;

		if (poisson_at_most(k, middle) > chance)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static struct interval poisson_exact(int64_t events, double tail)
{
	return (struct interval){ .low = events > 0 ? poisson_mean(events - 1, 1 - tail) : 0,
				  .high = poisson_mean(events, tail) };
}

/* Exact limits as published: 0, 1, 5, 10, 20, 50 and 100 events in Breslow and Day (1987), table
 * 2.10, and most books; 12 events to more digits in the manual of R's FSA package (poiCI, by the
 * gamma function). */
START_TEST(the_exact_limits_that_byar_is_held_against_are_the_published_ones)
{
	static const struct {
		int64_t events;
		double low, high, within;
	} rows[] = {
		{ 0, 0, 3.69, 0.005 },       { 1, 0.0253, 5.57, 0.005 },
		{ 5, 1.62, 11.67, 0.005 },   { 10, 4.80, 18.39, 0.005 },
		{ 20, 12.22, 30.89, 0.005 }, { 50, 37.11, 65.92, 0.005 },
		{ 100, 81.36, 121.63, .01 }, { 12, 6.200575, 20.96159, 0.00001 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct interval exact = poisson_exact(rows[i].events, 0.025);

		assert_near(exact.low, rows[i].low, rows[i].within);
		assert_near(exact.high, rows[i].high, rows[i].within);
	}
}
END_TEST

/* "Byar's method is within 0.2% of the exact value for numerators of 10 or more" (95%): Public
 * Health England, Technical guide: confidence intervals, 2018. At 99.8% the error of the lower
 * bound is largest for 10 events: 10 (1 − 1/90 − 3.090232/(3 √10))³ = 2.9163 where 2.9605 is exact.
 */
START_TEST(byar_is_as_near_to_exact_as_the_technical_guide_says)
{
	for (int64_t o = 10; o < 400; o += 1 + o / 9) {
		struct interval exact = poisson_exact(o, 0.025);
		struct interval found = interval_byar(o, INTERVAL_Z_95);

		assert_near(found.low / exact.low, 1, 0.002);
		assert_near(found.high / exact.high, 1, 0.002);
		exact = poisson_exact(o, 0.001);
		found = interval_byar(o, INTERVAL_Z_998);
		assert_near(found.low / exact.low, 1, 0.016);
		assert_near(found.high / exact.high, 1, 0.016);
	}
}
END_TEST

/* 9 events: 9 (1 − 1/81 − 1.959964/9)³ = 9 × (0.9876543 − 0.2177738)³ = 9 × 0.7698805³
 *         = 9 × 0.4563206 = 4.106885;
 *   upper: 10 (1 − 1/90 + 1.959964/(3 √10))³ = 10 × (0.9888889 + 0.2065984)³ = 10 × 1.1954873³
 *         = 10 × 1.7085780 = 17.085780. */
START_TEST(byar_follows_its_formula_by_hand)
{
	struct interval found = interval_byar(9, INTERVAL_Z_95);

	assert_near(found.low, 4.106885, 0.00002);
	assert_near(found.high, 17.085780, 0.00002);
}
END_TEST

START_TEST(byar_of_few_events_does_not_fall_below_zero)
{
	ck_assert(interval_byar(0, INTERVAL_Z_95).low == 0.0);
	/* (1 − 1/9 + 1.959964/3)³ = 1.5422102³ = 3.668014 */
	assert_near(interval_byar(0, INTERVAL_Z_95).high, 3.668014, 0.00001);
	/* 1 − 1/9 − 3.090232/3 is negative: so would its cube be. */
	ck_assert(interval_byar(1, INTERVAL_Z_998).low == 0.0);
	ck_assert(interval_byar(1, INTERVAL_Z_95).low > 0.0);
}
END_TEST

/* ---- verdicts */

START_TEST(a_district_is_compared_by_where_the_city_lies)
{
	const struct interval at_95 = { 0.20, 0.30 }, at_998 = { 0.15, 0.35 };

	ck_assert_int_eq(interval_compare(0.25, at_95, at_998), INTERVAL_SIMILAR);
	ck_assert_int_eq(interval_compare(0.32, at_95, at_998), INTERVAL_LOWER);
	ck_assert_int_eq(interval_compare(0.36, at_95, at_998), INTERVAL_MUCH_LOWER);
	ck_assert_int_eq(interval_compare(0.18, at_95, at_998), INTERVAL_HIGHER);
	ck_assert_int_eq(interval_compare(0.14, at_95, at_998), INTERVAL_MUCH_HIGHER);
}
END_TEST

START_TEST(the_city_on_a_bound_is_inside_it)
{
	const struct interval at_95 = { 0.20, 0.30 }, at_998 = { 0.15, 0.35 };

	ck_assert_int_eq(interval_compare(0.20, at_95, at_998), INTERVAL_SIMILAR);
	ck_assert_int_eq(interval_compare(0.30, at_95, at_998), INTERVAL_SIMILAR);
	ck_assert_int_eq(interval_compare(0.15, at_95, at_998), INTERVAL_HIGHER);
	ck_assert_int_eq(interval_compare(0.35, at_95, at_998), INTERVAL_LOWER);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, wilson_gives_newcombes_published_intervals);
	tcase_add_test(tc, wilson_bounds_solve_the_score_equation);
	tcase_add_test(tc, wilson_at_none_and_all_ends_exactly_there);
	tcase_add_test(tc, the_exact_limits_that_byar_is_held_against_are_the_published_ones);
	tcase_add_test(tc, byar_is_as_near_to_exact_as_the_technical_guide_says);
	tcase_add_test(tc, byar_follows_its_formula_by_hand);
	tcase_add_test(tc, byar_of_few_events_does_not_fall_below_zero);
	tcase_add_test(tc, a_district_is_compared_by_where_the_city_lies);
	tcase_add_test(tc, the_city_on_a_bound_is_inside_it);
}

HARNESS_MAIN("interval", add)
