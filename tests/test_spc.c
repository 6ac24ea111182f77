#include "aggregator/spc.h"

#include "tests/harness.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define assert_near(found, expected, within)                                                       \
	ck_assert_msg(fabs((found) - (expected)) <= (within), "%.8f is not %.8f", (double)(found), \
		      (double)(expected))
#define N_OF(array) (sizeof(array) / sizeof((array)[0]))
#define GAP NAN

static struct spc computed(const double *values, size_t n)
{
	struct spc spc;

	ck_assert_int_eq(spc_compute(values, n, 0, NAN, NAN, &spc), 0);
	return spc;
}

static void assert_flags(const struct spc *spc, const unsigned *expected)
{
	for (size_t i = 0; i < spc->n; i++)
		ck_assert_msg(spc->flags[i] == expected[i], "point %zu: flags %u, not %u", i,
			      spc->flags[i], expected[i]);
}

static void assert_says(const struct spc *spc, const char *words)
{
	char out[128];

	ck_assert_str_eq(spc_say(spc, "months", out, sizeof out), words);
}

/* ---- limits */

/* Viscosity of fifteen batches of aircraft primer paint: Montgomery, Introduction to Statistical
 * Quality Control, the example of individuals charts: mean 33.52, mean moving range 0.48, limits
 * 32.24 and 34.80, in control. */
START_TEST(limits_are_those_of_montgomerys_example)
{
	static const double batches[] = { 33.75, 33.05, 34.00, 33.81, 33.46, 34.02, 33.68, 33.27,
					  33.49, 33.20, 33.62, 33.00, 33.54, 33.12, 33.84 };
	static const unsigned none[15];
	struct spc spc = computed(batches, N_OF(batches));

	ck_assert_int_eq(spc.has_limits, 1);
	ck_assert_int_eq(spc.n_known, 15);
	assert_near(spc.mean, 33.52, 0.005);
	assert_near(spc.moving_range, 0.48, 0.005);
	assert_near(spc.lower, 32.24, 0.005);
	assert_near(spc.upper, 34.80, 0.005);
	assert_near(spc.sigma, 0.48 / 1.128, 0.005);
	assert_flags(&spc, none);
	assert_says(&spc, "within the usual range");
	spc_clear(&spc);
}
END_TEST

/* Ranges 1 (eleven times) and 12 (once): mean 23 ÷ 12 = 1.9167, and 3.267 of them 6.26, so the 12
 * goes and the mean of the rest is 1. */
START_TEST(a_wild_moving_range_is_screened_out_once)
{
	static const double values[] = { 10, 11, 10, 11, 10, 11, 23, 24, 23, 24, 23, 24, 23 };
	struct spc spc = computed(values, N_OF(values));

	/* 10 + 11 three times = 63; 23 + 24 three times = 141, + 23; 227 ÷ 13 = 17.461538. */
	assert_near(spc.mean, 17.461538, 1e-6);
	assert_near(spc.moving_range, 1, 1e-12);
	assert_near(spc.upper, 17.461538 + 2.66, 1e-6);
	assert_near(spc.lower, 17.461538 - 2.66, 1e-6);
	spc_clear(&spc);
}
END_TEST

/* Ranges 1 × 10, 5, 40: mean 55 ÷ 12 = 4.583, bound 14.97: only the 40 goes. The rest has mean
 * 15 ÷ 11 = 1.3636, whose bound of 4.45 would take the 5 as well, were it done twice. */
START_TEST(screening_is_not_repeated)
{
	static const double values[] = { 0, 1, 0, 1, 0, 1, 6, 46, 45, 46, 45, 46, 45 };
	struct spc spc = computed(values, N_OF(values));

	assert_near(spc.moving_range, 15.0 / 11, 1e-12);
	spc_clear(&spc);
}
END_TEST

START_TEST(eleven_points_have_no_limits_and_twelve_have)
{
	static const double values[] = { 1, 2, 1, 2, 1, 2, 1, 2, 1, 90, 1, 2 };
	static const unsigned none[11];
	struct spc spc = computed(values, 11);

	ck_assert_int_eq(spc.has_limits, 0);
	ck_assert_int_eq(spc.n_known, 11);
	ck_assert(isnan(spc.mean) && isnan(spc.lower) && isnan(spc.upper));
	assert_flags(&spc, none);
	ck_assert_int_eq(spc_direction(&spc), 0);
	assert_says(&spc, "too few months known to say what is usual");
	spc_clear(&spc);

	spc = computed(values, 12);
	ck_assert_int_eq(spc.has_limits, 1);
	ck_assert_uint_eq(spc.flags[9], SPC_OUTSIDE_HIGH);
	spc_clear(&spc);
}
END_TEST

/* Known points 1, 2, 3 | 12, 13, 14 | 23, 24, 25 | 34, 35, 36 with a gap at each bar: the only
 * ranges are ones, the jumps of 9 are across gaps. Mean 222 ÷ 12 = 18.5. */
START_TEST(a_gap_makes_no_moving_range)
{
	static const double values[] = {
		1, 2, 3, GAP, 12, 13, 14, GAP, 23, 24, 25, GAP, 34, 35, 36
	};
	struct spc spc = computed(values, N_OF(values));

	ck_assert_int_eq(spc.n_known, 12);
	assert_near(spc.mean, 18.5, 1e-12);
	assert_near(spc.moving_range, 1, 1e-12);
	spc_clear(&spc);
}
END_TEST

START_TEST(points_without_neighbours_have_no_limits)
{
	double values[24];
	struct spc spc;

	for (size_t i = 0; i < N_OF(values); i++)
		values[i] = i % 2 ? NAN : (double)i;
	spc = computed(values, N_OF(values));
	ck_assert_int_eq(spc.n_known, 12);
	ck_assert_int_eq(spc.has_limits, 0);
	assert_says(&spc, "too few months known to say what is usual");
	spc_clear(&spc);
}
END_TEST

START_TEST(a_baseline_fixes_the_limits)
{
	static const double values[] = { 4, GAP, 5, 4, 6, 5, 4, 5, 6, 5, 4, 5, 7, 30, 31, 30, 31 };
	struct spc spc;

	/* The first 12 known are 4 5 4 6 5 4 5 6 5 4 5 7: sum 60, mean 5; ranges from the second
	 * on 1 2 1 1 1 1 1 1 1 2 = 12 over 10 neighbours: 1.2. */
	ck_assert_int_eq(spc_compute(values, N_OF(values), 12, NAN, NAN, &spc), 0);
	assert_near(spc.mean, 5, 1e-12);
	assert_near(spc.moving_range, 1.2, 1e-12);
	assert_near(spc.upper, 5 + 2.66 * 1.2, 1e-12);
	ck_assert_uint_eq(spc.flags[16], SPC_OUTSIDE_HIGH);
	assert_says(&spc, "above the usual range");
	spc_clear(&spc);

	/* Less than 12 is taken as 12; more than there are, as all. */
	ck_assert_int_eq(spc_compute(values, N_OF(values), 3, NAN, NAN, &spc), 0);
	assert_near(spc.mean, 5, 1e-12);
	spc_clear(&spc);
	ck_assert_int_eq(spc_compute(values, N_OF(values), 99, NAN, NAN, &spc), 0);
	assert_near(spc.mean, 182.0 / 16, 1e-12);
	spc_clear(&spc);
}
END_TEST

START_TEST(limits_are_cut_at_floor_and_ceiling)
{
	static const double values[] = { 98, 2, 97, 3, 96, 4, 95, 5, 94, 6, 93, 7 };
	struct spc spc;

	ck_assert_int_eq(spc_compute(values, N_OF(values), 0, 0, 100, &spc), 0);
	ck_assert(spc.lower == 0.0 && spc.upper == 100.0);
	spc_clear(&spc);
	spc = computed(values, N_OF(values));
	ck_assert(spc.lower < -100 && spc.upper > 200);
	spc_clear(&spc);
}
END_TEST

/* ---- rules: a quiet series (mean about 50, limits about 3 away), then what is looked at */

/* ±1 around 50: ranges of 2, mean exactly 50, limits 44.68 and 55.32; two thirds of the way are
 * 46.4533 and 53.5467. The limits stay: the baseline is these twelve. */
#define QUIET 49, 51, 49, 51, 49, 51, 49, 51, 49, 51, 49, 51
#define N_QUIET 12

static struct spc after_quiet(const double *values, size_t n)
{
	struct spc spc;

	ck_assert_int_eq(spc_compute(values, n, N_QUIET, NAN, NAN, &spc), 0);
	assert_near(spc.mean, 50, 1e-12);
	assert_near(spc.upper, 55.32, 1e-9);
	assert_near(spc.lower, 44.68, 1e-9);
	for (size_t i = 0; i + 1 < N_QUIET; i++)
		ck_assert_uint_eq(spc.flags[i], 0);
	return spc;
}

/* The points after the quiet ones, with what each is flagged; the last of the quiet ones may be
 * part of a run and is given first. */
static void assert_after_quiet(const double *values, size_t n, const unsigned *flags, int direction,
			       const char *words)
{
	struct spc spc = after_quiet(values, n);

	for (size_t i = N_QUIET - 1; i < n; i++)
		ck_assert_msg(spc.flags[i] == flags[i - N_QUIET + 1], "point %zu: flags %u, not %u",
			      i, spc.flags[i], flags[i - N_QUIET + 1]);
	ck_assert_int_eq(spc_direction(&spc), direction);
	assert_says(&spc, words);
	spc_clear(&spc);
}

START_TEST(a_point_is_outside_beyond_a_limit_and_not_on_it)
{
	static const double high[] = { QUIET, 55.4 }, low[] = { QUIET, 44.6 };
	static const double inside[] = { QUIET, 55.3 };
	static const unsigned outside_high[] = { 0, SPC_OUTSIDE_HIGH },
			      outside_low[] = { 0, SPC_OUTSIDE_LOW }, none[2];

	assert_after_quiet(high, N_OF(high), outside_high, 1, "above the usual range");
	assert_after_quiet(low, N_OF(low), outside_low, -1, "below the usual range");
	assert_after_quiet(inside, N_OF(inside), none, 0, "within the usual range");
}
END_TEST

START_TEST(seven_in_a_row_on_one_side_are_a_shift_and_six_are_not)
{
	static const double six[] = { QUIET, 49, 51, 52, 51, 52, 51, 52 };
	static const double seven[] = { QUIET, 49, 51, 52, 51, 52, 51, 52, 51 };
	static const double low[] = { QUIET, 49, 48, 49, 48, 49, 48, 49, 48 };
	static const unsigned none[8];
	static const unsigned high_run[] = { 0, 0, 4, 4, 4, 4, 4, 4, 4 };
	static const unsigned low_run[] = { 0, 8, 8, 8, 8, 8, 8, 8, 8 };

	assert_after_quiet(six, N_OF(six), none, 0, "within the usual range");
	assert_after_quiet(seven, N_OF(seven), high_run, 1, "above average for 7 months");
	assert_after_quiet(low, N_OF(low), low_run, -1, "below average for 8 months");
}
END_TEST

START_TEST(a_point_on_the_mean_ends_a_run_on_one_side)
{
	static const double values[] = { QUIET, 49, 51, 52, 51, 50, 51, 52, 51, 52 };
	static const unsigned none[10];

	assert_after_quiet(values, N_OF(values), none, 0, "within the usual range");
}
END_TEST

START_TEST(a_gap_breaks_no_run)
{
	static const double values[] = {
		QUIET, 49, 51, 52, GAP, 51, 52, GAP, GAP, 51, 52, 51, GAP
	};
	static const unsigned run[] = { 0, 0, 4, 4, 0, 4, 4, 0, 0, 4, 4, 4, 0 };
	struct spc spc;

	assert_after_quiet(values, N_OF(values), run, 1, "above average for 7 months");
	spc = after_quiet(values, N_OF(values));
	ck_assert_uint_eq(spc.last, N_OF(values) - 2);
	ck_assert_int_eq(spc.shift, 7);
	spc_clear(&spc);
}
END_TEST

START_TEST(seven_rising_points_are_a_trend_and_six_are_not)
{
	static const double six[] = { QUIET, 47, 47.5, 48, 48.5, 49, 51 };
	static const double seven[] = { QUIET, 47, 47.5, 48, 48.5, 49, 51, 52 };
	static const double equal[] = { QUIET, 47, 47.5, 48, 48, 48.5, 51, 52, 52.5 };
	static const double falling[] = { QUIET, 53, 52.5, 52, 51.5, 51, 50.5, 49, 48 };
	static const unsigned none[9];
	static const unsigned rise[] = { 0, 16, 16, 16, 16, 16, 16, 16 };
	/* The seven high points (the last quiet one is high too) are a shift as well. */
	static const unsigned fall[] = { 4, 36, 36, 36, 36, 36, 36, 32, 32 };

	assert_after_quiet(six, N_OF(six), none, 0, "within the usual range");
	assert_after_quiet(equal, N_OF(equal), none, 0, "within the usual range");
	assert_after_quiet(seven, N_OF(seven), rise, 1, "rising for 7 months");
	assert_after_quiet(falling, N_OF(falling), fall, -1, "falling for 8 months");
}
END_TEST

START_TEST(two_trends_that_meet_are_two)
{
	static const double values[] = { QUIET, 46.5, 47, 48, 49,   51,   52,  53,
					 52.5,  52,   51, 49, 48.5, 47.5, 46.5 };
	struct spc spc = after_quiet(values, N_OF(values));

	ck_assert_uint_eq(spc.flags[N_QUIET + 6], SPC_RISING | SPC_FALLING);
	ck_assert_uint_eq(spc.flags[N_QUIET + 5], SPC_RISING);
	ck_assert_uint_eq(spc.flags[N_QUIET + 7], SPC_FALLING);
	ck_assert_int_eq(spc.trend, -8);
	assert_says(&spc, "falling for 8 months");
	spc_clear(&spc);
}
END_TEST

START_TEST(two_of_three_near_a_limit_are_flagged)
{
	static const double values[] = { QUIET, 49, 54, 51, 54 };
	static const double low[] = { QUIET, 46, 46 };
	static const unsigned flags[] = { 0, 0, SPC_NEAR_HIGH, 0, SPC_NEAR_HIGH };
	static const unsigned none[3];
	static const double low_three[] = { QUIET, 49, 46, 46 };
	static const unsigned low_flags[] = { 0, 0, SPC_NEAR_LOW, SPC_NEAR_LOW };

	assert_after_quiet(values, N_OF(values), flags, 1,
			   "near the top of the usual range twice in a short time");
	/* 51, 46, 46: not all three on one side. */
	assert_after_quiet(low, N_OF(low), none, 0, "within the usual range");
	assert_after_quiet(low_three, N_OF(low_three), low_flags, -1,
			   "near the bottom of the usual range twice in a short time");
}
END_TEST

START_TEST(near_needs_two_in_three_on_one_side_and_within_limits)
{
	static const double far_apart[] = { QUIET, 54, 51, 52, 54 };
	static const double both_sides[] = { QUIET, 54, 46, 54 };
	static const double one_outside[] = { QUIET, 51, 54, 56 };
	static const double not_near[] = { QUIET, 53.5, 53.5, 53.5 };
	static const unsigned none[5];
	static const unsigned outside[] = { 0, 0, 0, SPC_OUTSIDE_HIGH };

	assert_after_quiet(far_apart, N_OF(far_apart), none, 0, "within the usual range");
	assert_after_quiet(both_sides, N_OF(both_sides), none, 0, "within the usual range");
	assert_after_quiet(one_outside, N_OF(one_outside), outside, 1, "above the usual range");
	assert_after_quiet(not_near, N_OF(not_near), none, 0, "within the usual range");
}
END_TEST

START_TEST(where_it_is_and_where_it_goes_are_both_said)
{
	static const double values[] = { QUIET, 47, 48, 49, 51, 52, 53, 56 };
	static const double below[] = { QUIET, 49, 49, 49, 47, 48, 47, 44, 43 };
	struct spc spc = after_quiet(values, N_OF(values));

	assert_says(&spc, "above the usual range, rising for 7 months");
	ck_assert_int_eq(spc_direction(&spc), 1);
	spc_clear(&spc);
	spc = after_quiet(below, N_OF(below));
	assert_says(&spc, "below the usual range, below average for 8 months");
	ck_assert_int_eq(spc_direction(&spc), -1);
	spc_clear(&spc);
}
END_TEST

/* Below its average, yet climbing: the way that it goes counts. */
START_TEST(a_trend_decides_before_the_side)
{
	static const double values[] = { QUIET, 46, 46.5, 47, 47.5, 48, 48.5, 49 };
	struct spc spc = after_quiet(values, N_OF(values));

	ck_assert_uint_eq(spc.flags[N_OF(values) - 1], SPC_RISING | SPC_SHIFT_LOW);
	ck_assert_int_eq(spc_direction(&spc), 1);
	assert_says(&spc, "rising for 7 months");
	spc_clear(&spc);
}
END_TEST

START_TEST(a_series_that_never_moves_is_usual_until_it_does)
{
	static const double still[] = { 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5 };
	static const double moved[] = { 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 6 };
	static const unsigned none[14];
	struct spc spc = computed(still, N_OF(still));

	ck_assert(spc.upper == 5.0 && spc.lower == 5.0 && spc.moving_range == 0.0);
	assert_flags(&spc, none);
	spc_clear(&spc);
	ck_assert_int_eq(spc_compute(moved, N_OF(moved), 12, NAN, NAN, &spc), 0);
	ck_assert_uint_eq(spc.flags[13], SPC_OUTSIDE_HIGH);
	spc_clear(&spc);
}
END_TEST

START_TEST(nothing_known_is_said_so)
{
	static const double values[] = { GAP, GAP, GAP };
	struct spc spc = computed(values, N_OF(values));

	ck_assert_int_eq(spc.n_known, 0);
	ck_assert_int_eq(spc_direction(&spc), 0);
	assert_says(&spc, "too few months known to say what is usual");
	spc_clear(&spc);
	spc = computed(NULL, 0);
	ck_assert_int_eq(spc.has_limits, 0);
	assert_says(&spc, "too few months known to say what is usual");
	spc_clear(&spc);
}
END_TEST

START_TEST(what_is_said_is_cut_to_its_room)
{
	static const double values[] = { QUIET, 56 };
	struct spc spc = after_quiet(values, N_OF(values));
	char out[6];

	ck_assert_str_eq(spc_say(&spc, "weeks", out, sizeof out), "above");
	spc_clear(&spc);
}
END_TEST

START_TEST(without_memory_it_says_so_and_leaves_nothing)
{
	static const double values[] = { QUIET, 56 };
	struct spc spc;

	for (long at = 1; at <= 2; at++) {
		harness_fail_allocation(at);
		ck_assert_int_eq(spc_compute(values, N_OF(values), 0, NAN, NAN, &spc), -1);
		harness_fail_allocation(0);
		ck_assert_ptr_null(spc.flags);
		spc_clear(&spc);
	}
}
END_TEST

/* ---- false alarms */

static uint64_t random_state = 0x9e3779b97f4a7c15u;

static double random_uniform(void) /* xorshift64*; in (0, 1) */
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return ((double)((random_state * 2685821657736338717u) >> 11) + 0.5) / 9007199254740992.0;
}

static double random_normal(void)
{
	return sqrt(-2 * log(random_uniform())) * cos(2 * 3.14159265358979 * random_uniform());
}

/* Counts with this mean (Knuth's product of uniforms). */
static double random_count(double mean)
{
	double product = random_uniform(), least = exp(-mean);
	int n = 0;

	for (; product > least; n++)
		product *= random_uniform();
	return n;
}

/* Of many series of n points that never change, the share whose last point is flagged so. */
static double flagged_share(size_t n, double mean_count, unsigned flags)
{
	const int n_series = 60000;
	double values[64];
	int n_flagged = 0;

	random_state = 0x9e3779b97f4a7c15u;
	for (int s = 0; s < n_series; s++) {
		struct spc spc;

		for (size_t i = 0; i < n; i++)
			values[i] = mean_count > 0 ? random_count(mean_count) : random_normal();
		spc = computed(values, n);
		n_flagged += (spc.flags[spc.last] & flags) != 0;
		ck_assert_int_eq(spc_direction(&spc) != 0, spc.flags[spc.last] != 0);
		spc_clear(&spc);
	}
	return (double)n_flagged / n_series;
}

/* One standard error of a share of 1.7% in 60,000 is 0.05 points; three are allowed. */
START_TEST(false_alarms_are_those_that_a_simulation_finds)
{
	assert_near(spc_expected_false_alarms(1), flagged_share(30, 0, ~0u), 0.0015);
	assert_near(spc_expected_false_alarms(1), flagged_share(12, 0, ~0u), 0.0045);
	assert_near(spc_expected_false_alarms(1), flagged_share(60, 0, ~0u), 0.0035);
	assert_near(spc_expected_false_alarms(200), 3.4, 1e-9);
	ck_assert(spc_expected_false_alarms(0) == 0.0);
}
END_TEST

/* Counts are not normal: skewed, so that more leave the upper limit, and often equal, so that
 * fewer rise. */
START_TEST(counts_give_about_as_many_false_alarms)
{
	assert_near(spc_expected_false_alarms(1), flagged_share(30, 5, ~0u), 0.006);
	assert_near(spc_expected_false_alarms(1), flagged_share(30, 40, ~0u), 0.003);
}
END_TEST

/* Falling or rising seven times: 2 of the 7! orders. */
START_TEST(a_trend_by_chance_is_as_rare_as_its_orders)
{
	assert_near(flagged_share(30, 0, SPC_RISING | SPC_FALLING), 2.0 / 5040, 0.00025);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, limits_are_those_of_montgomerys_example);
	tcase_add_test(tc, a_wild_moving_range_is_screened_out_once);
	tcase_add_test(tc, screening_is_not_repeated);
	tcase_add_test(tc, eleven_points_have_no_limits_and_twelve_have);
	tcase_add_test(tc, a_gap_makes_no_moving_range);
	tcase_add_test(tc, points_without_neighbours_have_no_limits);
	tcase_add_test(tc, a_baseline_fixes_the_limits);
	tcase_add_test(tc, limits_are_cut_at_floor_and_ceiling);
	tcase_add_test(tc, a_point_is_outside_beyond_a_limit_and_not_on_it);
	tcase_add_test(tc, seven_in_a_row_on_one_side_are_a_shift_and_six_are_not);
	tcase_add_test(tc, a_point_on_the_mean_ends_a_run_on_one_side);
	tcase_add_test(tc, a_gap_breaks_no_run);
	tcase_add_test(tc, seven_rising_points_are_a_trend_and_six_are_not);
	tcase_add_test(tc, two_trends_that_meet_are_two);
	tcase_add_test(tc, two_of_three_near_a_limit_are_flagged);
	tcase_add_test(tc, near_needs_two_in_three_on_one_side_and_within_limits);
	tcase_add_test(tc, where_it_is_and_where_it_goes_are_both_said);
	tcase_add_test(tc, a_trend_decides_before_the_side);
	tcase_add_test(tc, a_series_that_never_moves_is_usual_until_it_does);
	tcase_add_test(tc, nothing_known_is_said_so);
	tcase_add_test(tc, what_is_said_is_cut_to_its_room);
	tcase_add_test(tc, without_memory_it_says_so_and_leaves_nothing);
	tcase_add_test(tc, false_alarms_are_those_that_a_simulation_finds);
	tcase_add_test(tc, counts_give_about_as_many_false_alarms);
	tcase_add_test(tc, a_trend_by_chance_is_as_rare_as_its_orders);
}

HARNESS_MAIN("spc", add)
