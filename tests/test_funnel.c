#include "aggregator/funnel.h"

#include "tests/harness.h"

#include <math.h>

#include "aggregator/interval.h"

#define assert_near(found, expected, within)                                                       \
	ck_assert_msg(fabs((found) - (expected)) <= (within), "%.8f is not %.8f", (double)(found), \
		      (double)(expected))
#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- worked by hand
 *
 * Ten areas of 100 each, 360 events in all: centre 0.36, √0.36 = 0.6, standard error
 * 1 ÷ (2 √100) = 0.05.
 *   events    4    25    25    36  36  36  36    49    49    64
 *   √rate    0.2   0.5   0.5   0.6 …             0.7   0.7   0.8
 *   z        −8    −2    −2    0   0   0   0     2     2     4
 * Winsorised at 10%: ranks 0.9 and 8.1 of 0 … 9, thus −8 + 0.9 × 6 = −2.6 and 2 + 0.1 × 2 = 2.2.
 * Sum of squares 6.76 + 4 + 4 + 4 + 4 + 4.84 = 27.6; phi = 2.76.
 * Weights 400: Σw − Σw² ÷ Σw = 4000 − 400 = 3600; tau² = (27.6 − 9) ÷ 3600 = 0.00516667.
 * √(0.0025 + 0.00516667) = 0.08755950; z of −8: −0.4 ÷ 0.0875595 = −4.56832; of 4: 2.28416;
 * of ±2: ±1.14208. */
static void hand_worked(struct funnel_point points[10])
{
	static const int64_t events[10] = { 36, 4, 25, 49, 36, 64, 25, 36, 49, 36 };

	for (size_t i = 0; i < 10; i++)
		points[i] = (struct funnel_point){ .numerator = events[i],
						   .denominator = 100,
						   .known = 1 };
}

START_TEST(phi_tau_and_z_are_those_worked_by_hand)
{
	struct funnel_point p[10];
	struct funnel funnel;

	hand_worked(p);
	funnel_compute(FUNNEL_RATE, p, 10, &funnel);
	ck_assert_int_eq(funnel.n_known, 10);
	assert_near(funnel.centre, 0.36, 1e-12);
	assert_near(funnel.phi, 2.76, 1e-9);
	assert_near(funnel.tau2, 0.00516667, 1e-8);
	assert_near(p[1].value, 0.04, 1e-12);
	assert_near(p[1].z, -8, 1e-9);
	assert_near(p[1].z_adjusted, -4.56832, 1e-5);
	assert_near(p[5].z, 4, 1e-9);
	assert_near(p[5].z_adjusted, 2.28416, 1e-5);
	assert_near(p[2].z_adjusted, -1.14208, 1e-5);
}
END_TEST

/* Without the correction ±2 would be outside 95%, and 4 outside 99.8%. */
START_TEST(verdicts_are_after_the_correction)
{
	static const int expected[10] = { 0, -2, 0, 0, 0, 1, 0, 0, 0, 0 };
	struct funnel_point p[10];
	struct funnel funnel;

	hand_worked(p);
	funnel_compute(FUNNEL_RATE, p, 10, &funnel);
	for (size_t i = 0; i < 10; i++)
		ck_assert_int_eq(p[i].verdict, expected[i]);
}
END_TEST

/* (0.6 ∓ 1.959964 × 0.0875595)² = 0.428387² and 0.771613². */
START_TEST(limits_of_a_rate_are_those_worked_by_hand)
{
	struct funnel_point p[10];
	struct funnel funnel;
	double low, high;

	hand_worked(p);
	funnel_compute(FUNNEL_RATE, p, 10, &funnel);
	funnel_limits(&funnel, 100, INTERVAL_Z_95, &low, &high);
	assert_near(low, 0.183515, 2e-6);
	assert_near(high, 0.595387, 2e-6);
}
END_TEST

/* Five areas, half of 400 in each but one: nothing beyond chance. Centre 0.5: arcsin √0.5 =
 * 0.7853982 (45°), standard error 1 ÷ 40; at 95% the angles are 0.7853982 ∓ 0.0489991, and sin²(π/4
 * ∓ a) = (1 ∓ sin 2a) ÷ 2: sin 0.0979982 = 0.0978414, thus 0.4510793 and 0.5489207. */
START_TEST(limits_of_a_proportion_are_those_worked_by_hand)
{
	struct funnel_point p[5];
	struct funnel funnel;
	double low, high;

	for (size_t i = 0; i < N_OF(p); i++)
		p[i] = (struct funnel_point){ .numerator = 200, .denominator = 400, .known = 1 };
	p[0].numerator = 204;
	p[4].numerator = 196;
	funnel_compute(FUNNEL_PROPORTION, p, N_OF(p), &funnel);
	assert_near(funnel.centre, 0.5, 1e-12);
	assert_near(funnel.phi, 1, 0);
	assert_near(funnel.tau2, 0, 0);
	funnel_limits(&funnel, 400, INTERVAL_Z_95, &low, &high);
	assert_near(low, 0.4510793, 1e-7);
	assert_near(high, 0.5489207, 1e-7);
	/* (0.51 − 0.5) on the scale: arcsin √0.51 − π/4 = 0.0100007; ÷ 0.025 = 0.400027. */
	assert_near(p[0].z, 0.400027, 1e-6);
}
END_TEST

/* ---- against exact chances */

/* P(X ≤ k) of a binomial variable. */
static double binomial_at_most(int k, int n, double p)
{
	double sum = 0;

	for (int i = 0; i <= k; i++)
		sum += exp(lgamma(n + 1.0) - lgamma(i + 1.0) - lgamma(n - i + 1.0) + i * log(p) +
			   (n - i) * log(1 - p));
	return sum;
}

static int binomial_quantile(int n, double p, double chance)
{
	int k = 0;

	while (binomial_at_most(k, n, p) < chance)
		k++;
	return k;
}

/* Spiegelhalter's limits for proportions are exact binomial quantiles; the transformed scale must
 * come within one event of them wherever areas are large enough for a funnel to say something. */
START_TEST(uncorrected_limits_are_within_an_event_of_exact_binomial_ones)
{
	static const struct {
		double z, tail;
	} at[] = { { INTERVAL_Z_95, 0.025 }, { INTERVAL_Z_998, 0.001 } };
	const struct funnel funnel = { .kind = FUNNEL_PROPORTION, .centre = 0.2, .phi = 1 };

	for (int n = 50; n <= 800; n *= 2)
		for (size_t i = 0; i < N_OF(at); i++) {
			double low, high;

			funnel_limits(&funnel, n, at[i].z, &low, &high);
			assert_near(low * n, binomial_quantile(n, 0.2, at[i].tail), 1.2);
			assert_near(high * n, binomial_quantile(n, 0.2, 1 - at[i].tail), 1.2);
		}
}
END_TEST

/* ---- what holds always */

START_TEST(a_verdict_agrees_with_the_limits_that_are_drawn)
{
	static const enum funnel_kind kinds[] = { FUNNEL_PROPORTION, FUNNEL_RATE };
	struct funnel_point p[12];
	struct funnel funnel;
	int n_outside = 0;

	for (int64_t seed = 1; seed <= 200; seed++)
		for (size_t k = 0; k < N_OF(kinds); k++) {
			for (int64_t i = 0; i < 12; i++) {
				int64_t of = 20 + seed * (i + 3) % 97 * 11;

				p[i] = (struct funnel_point){
					.numerator = of * ((seed * 7 + i * i * 13) % 40) / 60,
					.denominator = (double)of,
					.known = 1
				};
			}
			funnel_compute(kinds[k], p, 12, &funnel);
			for (size_t i = 0; i < 12; i++) {
				double low, high, wide_low, wide_high;
				int expected;

				funnel_limits(&funnel, p[i].denominator, INTERVAL_Z_95, &low,
					      &high);
				funnel_limits(&funnel, p[i].denominator, INTERVAL_Z_998, &wide_low,
					      &wide_high);
				ck_assert(wide_low <= low && low < high && high <= wide_high);
				expected = (p[i].value > high) + (p[i].value > wide_high) -
					   (p[i].value < low) - (p[i].value < wide_low);
				ck_assert_int_eq(p[i].verdict, expected);
				n_outside += expected != 0;
			}
		}
	ck_assert_int_gt(n_outside, 100);
}
END_TEST

START_TEST(limits_are_cut_at_nothing_and_at_all)
{
	const struct funnel proportion = { .kind = FUNNEL_PROPORTION, .centre = 0.9, .phi = 1 };
	const struct funnel rate = { .kind = FUNNEL_RATE, .centre = 0.01, .phi = 1 };
	double low, high;

	funnel_limits(&proportion, 4, INTERVAL_Z_998, &low, &high);
	ck_assert(high == 1.0);
	ck_assert(low > 0 && low < 0.9);
	funnel_limits(&rate, 10, INTERVAL_Z_998, &low, &high);
	ck_assert(low == 0.0);
	ck_assert(high > 0.01);
}
END_TEST

START_TEST(an_unknown_area_changes_nothing)
{
	struct funnel_point whole[10], with[13];
	struct funnel a, b;

	hand_worked(whole);
	hand_worked(with + 1);
	with[0] = (struct funnel_point){ .numerator = 900, .denominator = 1000 };
	with[11] = (struct funnel_point){ .numerator = 0, .denominator = 0, .known = 1 };
	with[12] = (struct funnel_point){ .numerator = 3 };
	funnel_compute(FUNNEL_RATE, whole, 10, &a);
	funnel_compute(FUNNEL_RATE, with, 13, &b);
	ck_assert_int_eq(b.n_known, 10);
	ck_assert(a.centre == b.centre && a.phi == b.phi && a.tau2 == b.tau2);
	for (size_t i = 0; i < 10; i++)
		ck_assert_int_eq(whole[i].verdict, with[i + 1].verdict);
	ck_assert(isnan(with[0].value) && isnan(with[11].value));
	ck_assert_int_eq(with[0].verdict, 0);
	ck_assert_int_eq(with[11].verdict, 0);
}
END_TEST

START_TEST(two_areas_are_too_few_to_judge)
{
	struct funnel_point p[3] = { { .numerator = 1, .denominator = 100, .known = 1 },
				     { .numerator = 90, .denominator = 100, .known = 1 },
				     { .numerator = 50, .denominator = 100 } };
	struct funnel funnel;

	funnel_compute(FUNNEL_PROPORTION, p, 3, &funnel);
	ck_assert_int_eq(funnel.n_known, 2);
	assert_near(funnel.centre, 0.455, 1e-12);
	assert_near(funnel.phi, 1, 0);
	assert_near(funnel.tau2, 0, 0);
	ck_assert_int_eq(p[0].verdict, 0);
	ck_assert_int_eq(p[1].verdict, 0);
	ck_assert(p[0].z < -4);
}
END_TEST

START_TEST(no_areas_have_no_centre_and_no_limits)
{
	struct funnel funnel;
	double low, high;

	funnel_compute(FUNNEL_PROPORTION, NULL, 0, &funnel);
	ck_assert_int_eq(funnel.n_known, 0);
	ck_assert(isnan(funnel.centre));
	funnel_limits(&funnel, 100, INTERVAL_Z_95, &low, &high);
	ck_assert(isnan(low) && isnan(high));
}
END_TEST

START_TEST(areas_without_a_single_event_are_all_alike)
{
	struct funnel_point p[4];
	struct funnel funnel;
	double low, high;

	for (size_t i = 0; i < N_OF(p); i++)
		p[i] = (struct funnel_point){ .denominator = 50 + (double)i, .known = 1 };
	funnel_compute(FUNNEL_RATE, p, N_OF(p), &funnel);
	ck_assert(funnel.centre == 0.0);
	for (size_t i = 0; i < N_OF(p); i++)
		ck_assert_int_eq(p[i].verdict, 0);
	funnel_limits(&funnel, 50, INTERVAL_Z_95, &low, &high);
	ck_assert(low == 0.0 && high > 0);
}
END_TEST

/* Nine areas alike and one far off: winsorising keeps the one from hiding itself. */
START_TEST(one_outlier_does_not_widen_the_limits_that_show_it)
{
	struct funnel_point p[10];
	struct funnel funnel;

	for (size_t i = 0; i < N_OF(p); i++)
		p[i] = (struct funnel_point){ .numerator = 98 + (int64_t)i % 5,
					      .denominator = 500,
					      .known = 1 };
	p[3].numerator = 240;
	funnel_compute(FUNNEL_PROPORTION, p, N_OF(p), &funnel);
	ck_assert_int_eq(p[3].verdict, 2);
	for (size_t i = 0; i < N_OF(p); i++)
		ck_assert(i == 3 || p[i].verdict == 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, phi_tau_and_z_are_those_worked_by_hand);
	tcase_add_test(tc, verdicts_are_after_the_correction);
	tcase_add_test(tc, limits_of_a_rate_are_those_worked_by_hand);
	tcase_add_test(tc, limits_of_a_proportion_are_those_worked_by_hand);
	tcase_add_test(tc, uncorrected_limits_are_within_an_event_of_exact_binomial_ones);
	tcase_add_test(tc, a_verdict_agrees_with_the_limits_that_are_drawn);
	tcase_add_test(tc, limits_are_cut_at_nothing_and_at_all);
	tcase_add_test(tc, an_unknown_area_changes_nothing);
	tcase_add_test(tc, two_areas_are_too_few_to_judge);
	tcase_add_test(tc, no_areas_have_no_centre_and_no_limits);
	tcase_add_test(tc, areas_without_a_single_event_are_all_alike);
	tcase_add_test(tc, one_outlier_does_not_widen_the_limits_that_show_it);
}

HARNESS_MAIN("funnel", add)
