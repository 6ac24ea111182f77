#include "aggregator/web/protect.h"

#include "proto/date.h"
#include "tests/harness.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct measure_set *measures;
static const uint8_t key[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

static void setup(void)
{
	struct err err = { ERR_OK, "" };

	assert_ok(measures_load(NULL, &measures, &err), err);
	ck_assert_int_ge(sodium_init(), 0);
}

static void teardown(void)
{
	measures_free(&measures);
}

static struct period month_of(const char *text)
{
	struct period p = { PERIOD_MONTH, 0 };
	struct err err = { ERR_OK, "" };

	assert_ok(period_parse(text, &p, &err), err);
	return p;
}

/* A figure as rolled up, then protected. */
static struct figure protect(const char *measure, const char *dimension, const char *category,
			     const char *period, int64_t numerator, int64_t denominator)
{
	struct figure f = { .cell = { .area = "north",
				      .period = month_of(period),
				      .numerator = numerator,
				      .denominator = denominator,
				      .n_reported = 1,
				      .n_expected = 1,
				      .status = ROLLUP_FINAL,
				      .has_value = 1 } };
	const struct measure *m = measures_find(measures, measure);

	ck_assert_ptr_nonnull(m);
	(void)snprintf(f.cell.category, sizeof f.cell.category, "%s", category);
	protect_figure(key, m, dimension, measures, &f);
	return f;
}

static struct figure total(const char *measure, int64_t numerator, int64_t denominator)
{
	return protect(measure, NULL, "", "2026-09", numerator, denominator);
}

#define assert_suppressed(f)                                    \
	do {                                                    \
		ck_assert_int_eq((f).shown, FIGURE_SUPPRESSED); \
		ck_assert_int_eq((f).cell.has_value, 0);        \
		ck_assert_int_eq((f).cell.numerator, 0);        \
		ck_assert_int_eq((f).cell.denominator, 0);      \
		ck_assert_int_eq((f).cell.tenths, 0);           \
		ck_assert_double_eq((f).cell.value, 0);         \
	} while (0)

START_TEST(counts_of_1_to_5_are_suppressed_and_zero_is_shown)
{
	struct figure f = total("contacts", 0, 0);

	ck_assert_int_eq(f.shown, FIGURE_EXACT);
	ck_assert_int_eq(f.cell.has_value, 1);
	ck_assert_int_eq(f.cell.tenths, 0);
	for (int n = 1; n <= 5; n++) {
		f = total("contacts", n, n);
		assert_suppressed(f);
	}
	f = total("contacts", 6, 6);
	ck_assert_int_eq(f.shown, FIGURE_ROUNDED);
	ck_assert(f.cell.numerator == 5 || f.cell.numerator == 10);
	f = total("contacts", -3, 1);
	assert_suppressed(f);
}
END_TEST

START_TEST(other_counts_become_a_neighbouring_multiple_of_5)
{
	for (int n = 6; n < 2000; n++) {
		struct figure f = total("contacts", n, n);

		ck_assert_int_eq(f.cell.numerator % 5, 0);
		ck_assert_int_lt(llabs(f.cell.numerator - n), 5);
		ck_assert_int_eq(f.cell.tenths, f.cell.numerator * 10);
		if (n % 5 == 0)
			ck_assert_int_eq(f.cell.numerator, n);
	}
}
END_TEST

/* Appendix A of the paper "SipHash: a fast short-input PRF": of this key and the bytes 00 to 0e it
 * is a129ca6149be45e5, which is 2 modulo 5 (16 is 1 modulo 5; the digits add up to 117). A count
 * that lies 3 or 4 above a multiple goes up. */
START_TEST(rounding_draws_with_siphash)
{
	static const uint8_t identity[15] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 };

	ck_assert_int_eq(protect_round(key, identity, sizeof identity, 100), 100);
	ck_assert_int_eq(protect_round(key, identity, sizeof identity, 101), 100);
	ck_assert_int_eq(protect_round(key, identity, sizeof identity, 102), 100);
	ck_assert_int_eq(protect_round(key, identity, sizeof identity, 103), 105);
	ck_assert_int_eq(protect_round(key, identity, sizeof identity, 104), 105);
}
END_TEST

/* A count r above a multiple goes up with probability r / 5: its error has mean 0 and variance
 * r (5 − r). Over many cells the mean lies within 3 standard errors. */
START_TEST(rounding_is_unbiased)
{
	const int n_cells = 20000;

	for (int r = 1; r < 5; r++) {
		double sum = 0;

		for (int i = 0; i < n_cells; i++) {
			char identity[32];
			int len = snprintf(identity, sizeof identity, "cell %d", i);

			sum += (double)(protect_round(key, identity, (size_t)len, 40 + r) - 40 - r);
		}
		ck_assert_double_lt(fabs(sum / n_cells), 3 * sqrt(r * (5.0 - r) / n_cells));
	}
}
END_TEST

START_TEST(same_cell_is_rounded_in_the_same_way)
{
	for (int n = 6; n < 200; n++) {
		struct figure a = total("contacts", n, n);
		struct figure b = protect("contacts", "age_band", "", "2026-09", n, n);

		ck_assert_int_eq(a.cell.numerator, total("contacts", n, n).cell.numerator);
		/* the total of a breakdown is the total */
		ck_assert_int_eq(a.cell.numerator, b.cell.numerator);
	}
}
END_TEST

/* How many of 100 cells of 7 or 8 are shown otherwise than by the plain question. */
static int n_different(const char *dimension, const char *category, int other_month)
{
	int n = 0;

	for (int i = 0; i < 100; i++) {
		struct period p = period_next(month_of("2016-01"), i);
		struct period q = period_next(p, other_month);
		char text[2][PERIOD_TEXT_BYTES];

		n += protect("contacts", NULL, "", period_format(p, text[0]), 7, 7)
			     .cell.numerator !=
		     protect("contacts", dimension, category, period_format(q, text[1]), 7, 7)
			     .cell.numerator;
	}
	return n;
}

START_TEST(other_cells_and_other_keys_are_rounded_on_their_own)
{
	static const uint8_t other[16] = { 1 };
	int n = 0;

	ck_assert_int_eq(n_different(NULL, "", 0), 0);
	ck_assert_int_gt(n_different(NULL, "", 1), 10);
	ck_assert_int_gt(n_different("age_band", "5_to_9", 0), 10);
	for (int i = 0; i < 100; i++)
		n += protect_round(key, &i, sizeof i, 7) != protect_round(other, &i, sizeof i, 7);
	ck_assert_int_gt(n, 10);
}
END_TEST

START_TEST(percentages_are_suppressed_when_either_count_is)
{
	struct figure f = total("contacts_repeat_12m", 3, 40);

	assert_suppressed(f);
	f = total("contacts_repeat_12m", 0, 4);
	assert_suppressed(f);
	f = total("contacts_repeat_12m", 4, 4);
	assert_suppressed(f);
	f = total("contacts_repeat_12m", 0, 0);
	ck_assert_int_eq(f.shown, FIGURE_EXACT);
	ck_assert_int_eq(f.cell.has_value, 0);
}
END_TEST

START_TEST(percentages_come_from_the_shown_counts)
{
	int n_hundred = 0;

	for (int n = 6; n < 300; n++) {
		char period[PERIOD_TEXT_BYTES];
		struct figure f = protect(
			"contacts_repeat_12m", NULL, "",
			period_format(period_next(month_of("2016-01"), n), period), n, n + 2);

		ck_assert_int_eq(f.shown, FIGURE_ROUNDED);
		ck_assert_int_eq(f.cell.numerator % 5 + f.cell.denominator % 5, 0);
		ck_assert_int_le(f.cell.numerator, f.cell.denominator);
		ck_assert_double_eq_tol(
			f.cell.value, 100.0 * (double)f.cell.numerator / (double)f.cell.denominator,
			1e-9);
		n_hundred += f.cell.tenths == 1000;
	}
	/* two short of all of them may be shown as all: 100% does not say that it was everybody */
	ck_assert_int_gt(n_hundred, 0);
}
END_TEST

START_TEST(none_of_a_group_is_shown_as_none)
{
	struct figure f = total("contacts_repeat_12m", 0, 42);

	ck_assert_int_eq(f.shown, FIGURE_ROUNDED); /* the group itself is */
	ck_assert_int_eq(f.cell.has_value, 1);
	ck_assert_int_eq(f.cell.tenths, 0);
	ck_assert(f.cell.denominator == 40 || f.cell.denominator == 45);
}
END_TEST

START_TEST(a_rate_keeps_its_population)
{
	struct figure f = total("cin_rate", 5, 30000);

	assert_suppressed(f);
	f = total("cin_rate", 52, 30000);
	ck_assert_int_eq(f.cell.denominator, 30000);
	ck_assert(f.cell.numerator == 50 || f.cell.numerator == 55);
	ck_assert_double_eq_tol(f.cell.value, (double)f.cell.numerator / 3, 1e-9);
	f = total("cin_rate", 0, 30000);
	ck_assert_int_eq(f.shown, FIGURE_EXACT);
	ck_assert_int_eq(f.cell.has_value, 1);
}
END_TEST

START_TEST(fte_of_up_to_5_is_suppressed_and_the_rest_whole)
{
	struct figure f = total("agency_fte", 5000000, 6);

	assert_suppressed(f);
	f = total("agency_fte", 400000, 1);
	assert_suppressed(f);
	f = total("agency_fte", 12500000, 14);
	ck_assert_int_eq(f.shown, FIGURE_ROUNDED);
	ck_assert_int_eq(f.cell.tenths, 130);
	f = total("agency_fte", 12499999, 14);
	ck_assert_int_eq(f.cell.tenths, 120);
	f = total("agency_rate", 4000000, 80000000);
	assert_suppressed(f);
	f = total("caseload", 182, 9600000); /* cases by whole FTE */
	ck_assert_double_eq_tol(f.cell.value, (double)f.cell.numerator / 10, 1e-9);
	f = total("absence_days", 4900, 30);
	assert_suppressed(f);
	f = total("absence_days", 61500, 30);
	ck_assert_int_eq(f.cell.tenths, 620);
}
END_TEST

START_TEST(figures_of_quality_stay_exact)
{
	struct figure f = total("rows_rejected", 3, 3);

	ck_assert_int_eq(f.shown, FIGURE_EXACT);
	ck_assert_int_eq(f.cell.numerator, 3);
	f = total("extract_age", 2000, 1);
	ck_assert_int_eq(f.shown, FIGURE_EXACT);
	ck_assert_int_eq(f.cell.numerator, 2000);
}
END_TEST

START_TEST(one_number_has_one_rounding)
{
	for (int n = 6; n < 100; n++) {
		int64_t open = total("cin_open", n, n).cell.numerator;
		int64_t all = total("contacts", n, n).cell.numerator;
		struct figure late = protect("cin_open", NULL, "", "2026-27-Q2", n, n);

		ck_assert_int_eq(total("cin_rate", n, 30000).cell.numerator, open);
		ck_assert_int_eq(total("contacts_repeat_12m", 0, n).cell.denominator, all);
		ck_assert_int_eq(total("contacts_repeat_3m", 0, n).cell.denominator, all);
		/* the quarter's stock is September's */
		ck_assert_int_eq(late.cell.numerator, open);
	}
}
END_TEST

START_TEST(how_many_rows_were_added_up_is_not_shown)
{
	ck_assert_int_eq(total("contacts", 57, 57).cell.denominator, 0);
	ck_assert_int_eq(total("agency_fte", 12500000, 14).cell.denominator, 0);
}
END_TEST

START_TEST(missing_stays_missing)
{
	struct figure f = { .cell = { .area = "north", .status = ROLLUP_MISSING } };

	protect_figure(key, measures_find(measures, "contacts"), NULL, measures, &f);
	ck_assert_int_eq(f.shown, FIGURE_EXACT);
	ck_assert_int_eq(f.cell.status, ROLLUP_MISSING);
	ck_assert_int_eq(f.cell.has_value, 0);
}
END_TEST

/* ---- what an attacker can work out who knows the rules and sees everything that is shown */

#define ROWS 2
#define COLUMNS 3
#define N_INNER (ROWS * COLUMNS)
#define N_CELLS (N_INNER + ROWS + COLUMNS + 1)

/* What a shown count says: the least and the most that it can be. */
struct range {
	int low, high, suppressed;
	unsigned seen; /* bit n: some table that agrees with all that is shown has n here */
};

static struct range show(int n, int table, int cell)
{
	int identity[2] = { table, cell };
	int shown;

	if (n == 0)
		return (struct range){ 0, 0, 0, 0 };
	if (n <= 5)
		return (struct range){ 1, 5, 1, 0 };
	shown = (int)protect_round(key, identity, sizeof identity, n);
	return (struct range){ shown - 4 < 6 ? 6 : shown - 4, shown + 4, 0, 0 };
}

static int in(const struct range *r, int n)
{
	return r->low <= n && n <= r->high;
}

/* Fills the margins from the inner cells: rows, columns, all. */
static void add_up(int *t)
{
	memset(t + N_INNER, 0, (ROWS + COLUMNS + 1) * sizeof *t);
	for (int i = 0; i < N_INNER; i++) {
		t[N_INNER + i / COLUMNS] += t[i];
		t[N_INNER + ROWS + i % COLUMNS] += t[i];
		t[N_CELLS - 1] += t[i];
	}
}

/* Whether two different values are known to be possible for each suppressed cell: then no more
 * tables need be looked at. */
static int nothing_pinned(const struct range *r)
{
	for (int i = 0; i < N_CELLS; i++)
		if (r[i].suppressed && (r[i].seen & (r[i].seen - 1)) == 0)
			return 0;
	return 1;
}

/* Every table that agrees with what is shown, from inner cell i on. */
static void enumerate(struct range *r, int *t, int i)
{
	if (nothing_pinned(r))
		return;
	if (i > 0 && i % COLUMNS == 0) {
		int sum = 0;

		for (int k = i - COLUMNS; k < i; k++)
			sum += t[k];
		if (!in(&r[N_INNER + i / COLUMNS - 1], sum))
			return;
	}
	if (i == N_INNER) {
		add_up(t);
		for (int k = N_INNER; k < N_CELLS; k++)
			if (!in(&r[k], t[k]))
				return;
		for (int k = 0; k < N_CELLS; k++)
			if (r[k].suppressed)
				r[k].seen |= 1u << t[k];
		return;
	}
	for (t[i] = r[i].low; t[i] <= r[i].high; t[i]++)
		enumerate(r, t, i + 1);
}

static uint64_t state = 20261122;

static int random_below(int n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (int)((state >> 33) % (uint64_t)n);
}

struct tally {
	int suppressed, pinned;
};

static void attack_table(int table, int most, struct tally *tally)
{
	struct range r[N_CELLS];
	int t[N_CELLS];

	for (int i = 0; i < N_INNER; i++)
		t[i] = random_below(3) == 0 ? random_below(6) : random_below(most + 1);
	add_up(t);
	for (int i = 0; i < N_CELLS; i++)
		r[i] = show(t[i], table, i);
	enumerate(r, t, 0);
	for (int i = 0; i < N_CELLS; i++) {
		tally->suppressed += r[i].suppressed;
		tally->pinned += r[i].suppressed && (r[i].seen & (r[i].seen - 1)) == 0;
	}
}

/* Open at the end = open at the start + started − ended. */
static void attack_flow(int table, int most, struct tally *tally)
{
	int n[4] = { random_below(most + 1), random_below(most / 2 + 1), 0, 0 };
	struct range r[4];

	n[2] = random_below(n[0] + n[1] < most / 2 ? n[0] + n[1] + 1 : most / 2 + 1);
	n[3] = n[0] + n[1] - n[2];
	for (int i = 0; i < 4; i++)
		r[i] = show(n[i], table, 100 + i);
	for (int a = r[0].low; a <= r[0].high; a++)
		for (int b = r[1].low; b <= r[1].high; b++)
			for (int c = r[2].low; c <= r[2].high; c++) {
				int all[4] = { a, b, c, a + b - c };

				for (int i = 0; i < 4 && in(&r[3], all[3]); i++)
					r[i].seen |= r[i].suppressed ? 1u << all[i] : 0;
			}
	for (int i = 0; i < 4; i++) {
		tally->suppressed += r[i].suppressed;
		tally->pinned += r[i].suppressed && (r[i].seen & (r[i].seen - 1)) == 0;
	}
}

START_TEST(hardly_any_suppressed_count_can_be_worked_out)
{
	static const int most[] = { 4, 8, 15, 40 };
	struct tally all = { 0, 0 };

	for (size_t k = 0; k < sizeof most / sizeof most[0]; k++) {
		struct tally table = { 0, 0 };
		struct tally flow = { 0, 0 };

		for (int i = 0; i < 1500; i++) {
			attack_table(i + 10000 * (int)k, most[k], &table);
			attack_flow(i + 10000 * (int)k, most[k], &flow);
		}
		printf("cells up to %d: %d of %d suppressed counts pinned in tables, %d of %d in "
		       "stock and flows\n",
		       most[k], table.pinned, table.suppressed, flow.pinned, flow.suppressed);
		all.pinned += table.pinned + flow.pinned;
		all.suppressed += table.suppressed + flow.suppressed;
	}
	ck_assert_int_gt(all.suppressed, 10000);
	ck_assert_int_lt(all.pinned * 10000LL, PROTECT_PINNED_PER_10K * (int64_t)all.suppressed);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, counts_of_1_to_5_are_suppressed_and_zero_is_shown);
	tcase_add_test(tc, other_counts_become_a_neighbouring_multiple_of_5);
	tcase_add_test(tc, rounding_draws_with_siphash);
	tcase_add_test(tc, rounding_is_unbiased);
	tcase_add_test(tc, same_cell_is_rounded_in_the_same_way);
	tcase_add_test(tc, other_cells_and_other_keys_are_rounded_on_their_own);
	tcase_add_test(tc, percentages_are_suppressed_when_either_count_is);
	tcase_add_test(tc, percentages_come_from_the_shown_counts);
	tcase_add_test(tc, none_of_a_group_is_shown_as_none);
	tcase_add_test(tc, a_rate_keeps_its_population);
	tcase_add_test(tc, fte_of_up_to_5_is_suppressed_and_the_rest_whole);
	tcase_add_test(tc, figures_of_quality_stay_exact);
	tcase_add_test(tc, one_number_has_one_rounding);
	tcase_add_test(tc, how_many_rows_were_added_up_is_not_shown);
	tcase_add_test(tc, missing_stays_missing);
	tcase_add_test(tc, hardly_any_suppressed_count_can_be_worked_out);
}

HARNESS_MAIN("protect", add)
