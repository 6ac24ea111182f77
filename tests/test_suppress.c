/* Disclosure control against outside answers: the public instances with their optima, and the
 * differencing attacks that must work without complementary suppression and fail with it.
 */
#include "tests/harness.h"
#include "tests/jj.h"
#include "tests/suppress_tables.h"

#include "proto/limits.h"

#define DATA "tests/data/feed/sdc/"

static struct suppress *fresh(void)
{
	struct suppress *p = NULL;
	struct err err = { 0 };
	assert_ok(suppress_new(&p, &err), err);
	return p;
}

static void apply(struct suppress *p, const struct suppress_rule *rule)
{
	struct err err = { 0 };
	assert_ok(suppress_apply(p, rule, &err), err);
}

static void apply_default(struct suppress *p)
{
	struct suppress_rule rule;
	suppress_rule_init(&rule);
	apply(p, &rule);
}

static struct suppress_report audit(struct suppress *p)
{
	struct suppress_options options;
	struct suppress_report report = { 0 };
	struct err err = { 0 };
	suppress_options_init(&options);
	assert_ok(suppress_audit(p, &options, &report, &err), err);
	return report;
}

static struct suppress_report make_safe(struct suppress *p, size_t exact_cells)
{
	struct suppress_options options;
	struct suppress_report report = { 0 };
	struct err err = { 0 };
	suppress_options_init(&options);
	options.exact_cells = exact_cells;
	assert_ok(suppress_make_safe(p, &options, &report, &err), err);
	ck_assert_uint_eq(report.n_unsafe, 0);
	ck_assert_uint_eq(report.n_unproven, 0);
	return report;
}

static void assert_interval(const struct suppress *p, size_t cell, int64_t low, int64_t high)
{
	int64_t l, h;
	ck_assert_msg(suppress_interval(p, cell, &l, &h), "the interval %lld to %lld is not proven",
		      (long long)l, (long long)h);
	ck_assert_msg(l == low && h == high, "interval %lld to %lld, not %lld to %lld",
		      (long long)l, (long long)h, (long long)low, (long long)high);
}

static void assert_covers(const struct suppress *p, size_t cell, int64_t low, int64_t high)
{
	int64_t l, h;
	suppress_interval(p, cell, &l, &h);
	ck_assert(suppress_withheld(p, cell));
	ck_assert_msg(l <= low && h >= high, "interval %lld to %lld does not hold %lld to %lld",
		      (long long)l, (long long)h, (long long)low, (long long)high);
}

/* ---- public instances: expected.csv */

static const struct instance {
	const char *file;
	size_t disclosed_before; /* by primaries alone */
	size_t optimum_cells;
	int64_t optimum_weight;
	int64_t heuristic_weight; /* of the prototype, feed reference §2.5 */
} instances[] = {
	{ "A_unit_3x5.jj", 1, 3, 40, 40 },
	{ "B_counterexample_4x4.jj", 1, 1, 31, 31 },
	{ "F1_birmingham_like_10x5.jj", 6, 3, 30, 35 },
	{ "E_d2_maxN3.jj", SIZE_MAX, 15, 293, 305 },
};

static struct suppress *instance_read(const struct instance *in, int *n)
{
	char path[128];
	snprintf(path, sizeof path, DATA "%s", in->file);
	struct suppress *p = jj_read(path, n);
	apply(p, NULL);
	return p;
}

START_TEST(least_weight_equals_the_optimum_that_other_tools_agree_on)
{
	const struct instance *in = &instances[_i];
	int n;
	struct suppress *p = instance_read(in, &n);
	struct suppress_report report = make_safe(p, 1000);
	ck_assert_uint_eq(report.n_tables_exact, 1);
	ck_assert_int_eq(report.weight_lost, in->optimum_weight);
	ck_assert_uint_eq(report.n_secondary, in->optimum_cells);
	suppress_free(&p);
}
END_TEST

START_TEST(heuristic_stays_within_the_stated_distance_of_the_optimum)
{
	const struct instance *in = &instances[_i];
	int n;
	struct suppress *p = instance_read(in, &n);
	struct suppress_report report = make_safe(p, 0);
	ck_assert_uint_eq(report.n_tables_heuristic, 1);
	ck_assert_int_ge(report.weight_lost, in->optimum_weight);
	ck_assert_msg(report.weight_lost <= in->heuristic_weight, "%s: %lld lost, over %lld",
		      in->file, (long long)report.weight_lost, (long long)in->heuristic_weight);
	suppress_free(&p);
}
END_TEST

START_TEST(primaries_alone_are_disclosed_as_often_as_published)
{
	const struct instance *in = &instances[_i];
	int n;
	struct suppress *p = instance_read(in, &n);
	struct suppress_report report = audit(p);
	if (in->disclosed_before != SIZE_MAX)
		ck_assert_uint_eq(report.n_disclosed, in->disclosed_before);
	ck_assert_uint_gt(report.n_unsafe, 0);
	suppress_free(&p);
}
END_TEST

START_TEST(two_withheld_in_every_line_still_give_a_count_away)
{
	/* sdcTable, test-simpleheuristic.R: w|b = 47 although each line has two; with x|b withheld
	 * too, 0 to 78. */
	int n;
	struct suppress *p = instance_read(&instances[1], &n);
	struct suppress_report report = audit(p);
	ck_assert_uint_eq(report.n_disclosed, 1);
	assert_interval(p, 7, 47, 47);
	suppress_free(&p);
}
END_TEST

START_TEST(handbook_example_has_its_published_intervals)
{
	int n;
	struct suppress *p = jj_read(DATA "K_handbook_example3.jj", &n);
	apply(p, NULL);
	audit(p);
	assert_interval(p, 0, 3, 6);
	assert_interval(p, 1, 1, 4);
	assert_interval(p, 3, 0, 3);
	assert_interval(p, 4, 0, 3);
	suppress_free(&p);
}
END_TEST

/* sdcTable, test-linked-tables.r: regions A B I J in county 1, K L M N in county 2; L M are big,
 * the others small; counts to 3 are primary. Each grouping is safe alone; county 1 and small differ
 * by K and N, so with N published K is known. Answer: N is withheld, nothing else. */
static const int64_t linked_counts[] = { 2, 2, 8, 8, 3, 3, 3, 7 };

static struct suppress *linked_regions(int with, size_t *region)
{
	struct suppress *p = fresh();
	static const char *const names[] = { "A", "B", "I", "J", "K", "L", "M", "N" };
	for (size_t i = 0; i < 8; i++)
		region[i] = tables_cell(p, names[i], linked_counts[i]);
	size_t total = tables_cell(p, "total", 36);
	if (with & 1) {
		size_t counties[] = { tables_cell(p, "county 1", 20),
				      tables_cell(p, "county 2", 16) };
		tables_sum(p, 1, "county 1", counties[0], region, 4);
		tables_sum(p, 1, "county 2", counties[1], region + 4, 4);
		tables_sum(p, 1, "by county", total, counties, 2);
	}
	if (with & 2) {
		size_t groups[] = { tables_cell(p, "big", 6), tables_cell(p, "small", 30) };
		size_t big[] = { region[5], region[6] };
		size_t small[] = {
			region[0], region[1], region[2], region[3], region[4], region[7]
		};
		tables_sum(p, 2, "big", groups[0], big, 2);
		tables_sum(p, 2, "small", groups[1], small, 6);
		tables_sum(p, 2, "by size", total, groups, 2);
	}
	struct suppress_rule rule;
	suppress_rule_init(&rule);
	rule.high = 3;
	rule.zeros_shown = false;
	rule.protect_low = rule.protect_high = 0; /* as there: only not to be exact */
	apply(p, &rule);
	return p;
}

START_TEST(tables_safe_alone_give_away_a_count_together_and_are_mended)
{
	size_t region[8];
	for (int with = 1; with <= 2; with++) {
		struct suppress *alone = linked_regions(with, region);
		ck_assert_uint_eq(audit(alone).n_disclosed, 0);
		suppress_free(&alone);
	}
	struct suppress *p = linked_regions(3, region);
	struct suppress_report report = audit(p);
	ck_assert_uint_eq(report.n_disclosed, 1);
	assert_interval(p, region[4], 3, 3);
	report = make_safe(p, 1000);
	ck_assert_uint_eq(report.n_secondary, 1);
	ck_assert(suppress_withheld(p, region[7]));
	ck_assert_int_eq(report.rounds, 1);
	suppress_free(&p);
}
END_TEST

/* sdcTools/UserSupport issue 135: counts to 2 primary. With zeros shown each withheld count is at
 * least 1, and all seven are exact; without that knowledge nothing looks wrong. */
static struct suppress *singletons(bool zeros_shown, size_t *cells)
{
	static const int64_t inner[] = { 1, 1, 7, 1, 0, 1, 0, 0, 2, 8 };
	struct tables_shape shape = { { 2, 5, 1 }, "", 1, 0 };
	struct suppress *p = fresh();
	struct suppress_rule rule;
	tables_add(p, &shape, inner, cells);
	suppress_rule_init(&rule);
	rule.high = 2;
	rule.zeros_shown = zeros_shown;
	rule.protect_low = rule.protect_high = 1;
	apply(p, &rule);
	return p;
}

START_TEST(shown_zeros_make_seven_of_seven_singletons_exact)
{
	size_t cells[TABLES_CELLS];
	struct suppress *p = singletons(false, cells);
	struct suppress_report report = audit(p);
	ck_assert_uint_eq(report.n_primary, 7);
	ck_assert_uint_eq(report.n_disclosed, 0);
	suppress_free(&p);
	p = singletons(true, cells);
	report = audit(p);
	ck_assert_uint_eq(report.n_primary, 7);
	ck_assert_uint_eq(report.n_disclosed, 7);
	report = make_safe(p, 1000);
	ck_assert_uint_eq(report.n_disclosed, 0);
	suppress_free(&p);
}
END_TEST

/* Three of one each by age and all three of one sex, in one district of three: what alone makes up
 * a total of 3 or more is itself 3 or more, whatever is withheld. The report says so. */
START_TEST(what_shown_zeros_tell_anyway_is_counted_and_not_asked_for)
{
	static const int64_t age[] = { 1, 1, 1, 9, 20, 31, 12, 14, 40 };
	static const int64_t sex[] = { 3, 0, 30, 30, 33, 33 };
	struct tables_shape by_age = { { 3, 3, 1 }, "age", 1, 0 };
	struct tables_shape by_sex = { { 3, 2, 1 }, "sex", 2, 0 };
	size_t a[TABLES_CELLS], b[TABLES_CELLS];
	struct suppress *p = fresh();
	tables_add(p, &by_age, age, a);
	tables_add(p, &by_sex, sex, b);
	for (int i = 0; i <= 3; i++) {
		size_t same = b[tables_at(&by_sex, i, 0, 1)];
		tables_sum(p, 0, "same total", a[tables_at(&by_age, i, 0, 1)], &same, 1);
	}
	apply_default(p);
	struct suppress_report report = make_safe(p, 1000);
	size_t all_of_one_sex = b[tables_at(&by_sex, 1, 1, 1)];
	assert_covers(p, all_of_one_sex, 3, 5);
	int64_t low, high;
	suppress_interval(p, all_of_one_sex, &low, &high);
	ck_assert_int_eq(low, 3);
	ck_assert_uint_eq(report.n_bounded, 3); /* it, and the district's total twice */
	suppress_free(&p);
}
END_TEST

/* ---- differencing attacks. Each: works on the primaries alone, fails after make_safe. */

static void attack(struct suppress *off, struct suppress *on, size_t victim, int64_t value)
{
	apply_default(off);
	struct suppress_report report = audit(off);
	ck_assert(suppress_withheld(off, victim));
	ck_assert_uint_ge(report.n_disclosed, 1);
	assert_interval(off, victim, value, value);
	suppress_free(&off);
	apply_default(on);
	make_safe(on, 1000);
	assert_covers(on, victim, 1, 5);
	suppress_free(&on);
}

static struct suppress *across_total(size_t *victim)
{
	static const int64_t counts[] = { 20, 41, 33, 28, 3, 52, 19, 37, 60, 24 };
	struct suppress *p = fresh();
	size_t district[10];
	int64_t sum = 0;
	for (size_t i = 0; i < 10; i++) {
		char name[16];
		snprintf(name, sizeof name, "d%02zu", i);
		district[i] = tables_cell(p, name, counts[i]);
		sum += counts[i];
	}
	tables_sum(p, 1, "districts", tables_cell(p, "city", sum), district, 10);
	*victim = district[4];
	return p;
}

START_TEST(attack_across_a_total_works_without_and_fails_with)
{
	size_t victim;
	struct suppress *off = across_total(&victim);
	attack(off, across_total(&victim), victim, 3);
}
END_TEST

/* open now = open before + started − ended, in three districts and the city. */
static struct suppress *across_time(size_t *victim)
{
	static const int64_t before[] = { 40, 55, 63 }, started[] = { 3, 11, 9 },
			     ended[] = { 12, 8, 14 };
	static const char *const what[] = { "before", "started", "ended", "now" };
	struct suppress *p = fresh();
	size_t cells[4][4];
	int64_t sums[4] = { 0 };
	char name[32];
	for (size_t d = 0; d < 3; d++) {
		int64_t v[] = { before[d], started[d], ended[d],
				before[d] + started[d] - ended[d] };
		for (size_t k = 0; k < 4; k++) {
			snprintf(name, sizeof name, "%s/%zu", what[k], d);
			cells[k][d] = tables_cell(p, name, v[k]);
			sums[k] += v[k];
		}
	}
	for (size_t k = 0; k < 4; k++) {
		cells[k][3] = tables_cell(p, what[k], sums[k]);
		tables_sum(p, (uint32_t)k + 1, what[k], cells[k][3], cells[k], 3);
	}
	for (size_t d = 0; d < 4; d++) {
		struct suppress_term t[] = { { cells[0][d], 1 },
					     { cells[1][d], 1 },
					     { cells[2][d], -1 },
					     { cells[3][d], -1 } };
		struct suppress_relation r = { "stock and flow", 0, SUPPRESS_ALWAYS, t, 4, 0, 0 };
		ck_assert_int_eq(suppress_add_relation(p, &r, NULL), ERR_OK);
	}
	*victim = cells[1][0];
	return p;
}

START_TEST(attack_across_time_works_without_and_fails_with)
{
	size_t victim;
	struct suppress *off = across_time(&victim);
	attack(off, across_time(&victim), victim, 3);
}
END_TEST

/* The first edition withheld d1 (3) and d2 (20). The second would withhold d1 and d3: alone that is
 * safe, but the first published d3, so d2 is enough to know d1. */
static struct suppress *across_editions(bool history_kept, size_t *victim)
{
	static const int64_t counts[] = { 3, 20, 17, 45 };
	struct suppress *p = fresh();
	size_t d[4], city = tables_cell(p, "city", 85);
	for (size_t i = 0; i < 4; i++) {
		struct suppress_cell cell;
		char name[8];
		snprintf(name, sizeof name, "d%zu", i + 1);
		suppress_cell_init(&cell, name, counts[i]);
		if (i == (history_kept ? 1 : 2))
			cell.status = SUPPRESS_EARLIER;
		ck_assert_int_eq(suppress_add_cell(p, &cell, &d[i], NULL), ERR_OK);
	}
	tables_sum(p, 1, "districts", city, d, 4);
	size_t published[] = { d[2], d[3], city };
	static const int64_t as[] = { 17, 45, 85 };
	for (size_t i = 0; i < 3; i++) {
		struct suppress_term t = { published[i], 1 };
		struct suppress_relation r = { "first edition", 0,    SUPPRESS_ALWAYS, &t, 1,
					       as[i],           as[i] };
		ck_assert_int_eq(suppress_add_relation(p, &r, NULL), ERR_OK);
	}
	*victim = d[0];
	return p;
}

START_TEST(attack_across_editions_works_without_and_fails_with)
{
	size_t victim;
	struct suppress *off = across_editions(false, &victim);
	attack(off, across_editions(true, &victim), victim, 3);
}
END_TEST

START_TEST(edition_that_gave_a_count_away_already_is_refused)
{
	struct suppress *p = fresh();
	struct suppress_options options;
	struct suppress_report report;
	struct err err = { 0 };
	size_t d[] = { tables_cell(p, "d1", 3), tables_cell(p, "d2", 30) };
	tables_sum(p, 1, "districts", tables_cell(p, "city", 33), d, 2);
	struct suppress_term t = { d[0], 1 };
	struct suppress_relation r = { "edition 1", 0, SUPPRESS_ALWAYS, &t, 1, 3, 3 };
	ck_assert_int_eq(suppress_add_relation(p, &r, NULL), ERR_OK);
	apply_default(p);
	suppress_options_init(&options);
	assert_error(suppress_make_safe(p, &options, &report, &err), ERR_DENIED, err,
		     "the first d1");
	ck_assert_uint_eq(report.n_unsafe, 1);
	ck_assert_uint_eq(report.n_disclosed, 1);
	suppress_free(&p);
}
END_TEST

/* Re-referrals of referrals: 3 of 40 is published as 7.5%. */
static struct suppress *through_percentage(enum suppress_when when, int64_t of, size_t *victim)
{
	const int64_t top[] = { 3, 12, 19 }, bottom[] = { of, 90, 101 };
	struct suppress *p = fresh();
	struct err err = { 0 };
	size_t n[3], d[3];
	for (size_t i = 0; i < 3; i++) {
		char name[32];
		snprintf(name, sizeof name, "rereferrals/%zu", i);
		n[i] = tables_cell(p, name, top[i]);
		snprintf(name, sizeof name, "referrals/%zu", i);
		d[i] = tables_cell(p, name, bottom[i]);
		snprintf(name, sizeof name, "percentage/%zu", i);
		struct suppress_ratio ratio = {
			.name = name,
			.when = when,
			.numerator = n[i],
			.denominator = d[i],
			.factor = 1000,
			.divisor = 1,
			.shown = suppress_ratio_shown(top[i], bottom[i], 1000, 1),
		};
		assert_ok(suppress_add_ratio(p, &ratio, &err), err);
	}
	/* The city's re-referrals are not published: only the percentages can tell. */
	tables_sum(p, 1, "referrals", tables_cell(p, "referrals", of + 191), d, 3);
	*victim = n[0];
	return p;
}

START_TEST(attack_through_a_percentage_works_without_and_fails_with)
{
	size_t victim;
	ck_assert_int_eq(suppress_ratio_shown(3, 40, 1000, 1), 75);
	struct suppress *off = through_percentage(SUPPRESS_ALWAYS, 40, &victim);
	attack(off, through_percentage(SUPPRESS_WITH_CELLS, 40, &victim), victim, 3);
}
END_TEST

START_TEST(percentage_that_stays_published_makes_its_denominator_be_withheld)
{
	/* 3 of 30 is 10.0%, and so are 1 of 10 and 5 of 50. */
	size_t victim;
	struct suppress *p = through_percentage(SUPPRESS_ALWAYS, 30, &victim);
	apply_default(p);
	ck_assert_uint_ge(make_safe(p, 1000).n_secondary, 2);
	assert_covers(p, victim, 1, 5);
	suppress_free(&p);
}
END_TEST

START_TEST(percentage_that_no_other_counts_could_have_is_refused)
{
	/* 7.5% to one decimal place: of 1, 2 or 5 no whole number of referrals has it. Fractions
	 * would make it look safe. */
	size_t victim;
	struct suppress *p = through_percentage(SUPPRESS_ALWAYS, 40, &victim);
	struct suppress_options options;
	struct suppress_report report;
	struct err err = { 0 };
	apply_default(p);
	suppress_options_init(&options);
	assert_error(suppress_make_safe(p, &options, &report, &err), ERR_DENIED, err,
		     "the first rereferrals/0");
	suppress_free(&p);
}
END_TEST

/* 3 starts among 12,345 children in April: 3 ÷ 12345 × 10000 × 365 ÷ 30 = 29.6 a year per 10,000.
 */
static struct suppress *through_rate(enum suppress_when when, size_t *victim)
{
	struct suppress *p = fresh();
	struct err err = { 0 };
	size_t d[] = { tables_cell(p, "d1", 3), tables_cell(p, "d2", 31) };
	struct suppress_ratio ratio = { .name = "rate",
					.when = when,
					.numerator = d[0],
					.denominator = SUPPRESS_NO_CELL,
					.denominator_value = 12345,
					.factor = 100000 * 365,
					.divisor = 30,
					.shown = 296 };
	ck_assert_int_eq(suppress_ratio_shown(3, 12345, 100000 * 365, 30), 296);
	assert_ok(suppress_add_ratio(p, &ratio, &err), err);
	/* Without the rate the two are safe: nobody publishes their total. */
	*victim = d[0];
	return p;
}

START_TEST(attack_through_a_rate_and_its_population_works_without_and_fails_with)
{
	size_t victim;
	struct suppress *off = through_rate(SUPPRESS_ALWAYS, &victim);
	attack(off, through_rate(SUPPRESS_WITH_CELLS, &victim), victim, 3);
}
END_TEST

/* all ended = ended with a plan + ended without, by district and for the city. */
static struct suppress *through_sum(size_t *victim)
{
	static const int64_t with[] = { 2, 14, 9 }, without[] = { 21, 30, 18 };
	struct suppress *p = fresh();
	size_t cells[3][4];
	int64_t sums[3] = { 0 };
	static const char *const what[] = { "with", "without", "all" };
	char name[32];
	for (size_t d = 0; d < 3; d++)
		for (size_t k = 0; k < 3; k++) {
			int64_t v = k == 0 ? with[d] : k == 1 ? without[d] : with[d] + without[d];
			snprintf(name, sizeof name, "%s/%zu", what[k], d);
			cells[k][d] = tables_cell(p, name, v);
			sums[k] += v;
		}
	for (size_t k = 0; k < 3; k++) {
		cells[k][3] = tables_cell(p, what[k], sums[k]);
		tables_sum(p, (uint32_t)k + 1, what[k], cells[k][3], cells[k], 3);
	}
	for (size_t d = 0; d < 4; d++) {
		size_t parts[] = { cells[0][d], cells[1][d] };
		tables_sum(p, 0, "with and without", cells[2][d], parts, 2);
	}
	*victim = cells[0][0];
	return p;
}

START_TEST(attack_through_a_sum_of_measures_works_without_and_fails_with)
{
	size_t victim;
	struct suppress *off = through_sum(&victim);
	attack(off, through_sum(&victim), victim, 2);
}
END_TEST

/* Districts unrounded, the city rounded to 10. 1 + 63 = 64 is shown as 60, which says 55 to 64. */
static struct suppress *through_rounded_total(size_t *victim)
{
	struct suppress *p = fresh();
	struct suppress_cell city;
	size_t number, d[] = { tables_cell(p, "d1", 1), tables_cell(p, "d2", 23),
			       tables_cell(p, "d3", 40) };
	suppress_cell_init(&city, "city", 64);
	city.status = SUPPRESS_PUBLISH;
	city.shown_low = 55;
	city.shown_high = 64;
	ck_assert_int_eq(suppress_add_cell(p, &city, &number, NULL), ERR_OK);
	tables_sum(p, 1, "districts", number, d, 3);
	*victim = d[0];
	return p;
}

START_TEST(attack_through_a_rounded_total_works_without_and_fails_with)
{
	size_t victim;
	struct suppress *off = through_rounded_total(&victim);
	attack(off, through_rounded_total(&victim), victim, 1);
}
END_TEST

static void add(TCase *tc)
{
	tcase_set_timeout(tc, 120);
	int n = sizeof instances / sizeof *instances;
	tcase_add_loop_test(tc, least_weight_equals_the_optimum_that_other_tools_agree_on, 0, n);
	tcase_add_loop_test(tc, heuristic_stays_within_the_stated_distance_of_the_optimum, 0, n);
	tcase_add_loop_test(tc, primaries_alone_are_disclosed_as_often_as_published, 0, n);
	tcase_add_test(tc, two_withheld_in_every_line_still_give_a_count_away);
	tcase_add_test(tc, handbook_example_has_its_published_intervals);
	tcase_add_test(tc, tables_safe_alone_give_away_a_count_together_and_are_mended);
	tcase_add_test(tc, shown_zeros_make_seven_of_seven_singletons_exact);
	tcase_add_test(tc, what_shown_zeros_tell_anyway_is_counted_and_not_asked_for);
	tcase_add_test(tc, attack_across_a_total_works_without_and_fails_with);
	tcase_add_test(tc, attack_across_time_works_without_and_fails_with);
	tcase_add_test(tc, attack_across_editions_works_without_and_fails_with);
	tcase_add_test(tc, edition_that_gave_a_count_away_already_is_refused);
	tcase_add_test(tc, attack_through_a_percentage_works_without_and_fails_with);
	tcase_add_test(tc, percentage_that_stays_published_makes_its_denominator_be_withheld);
	tcase_add_test(tc, percentage_that_no_other_counts_could_have_is_refused);
	tcase_add_test(tc, attack_through_a_rate_and_its_population_works_without_and_fails_with);
	tcase_add_test(tc, attack_through_a_sum_of_measures_works_without_and_fails_with);
	tcase_add_test(tc, attack_through_a_rounded_total_works_without_and_fails_with);
}

HARNESS_MAIN("suppress", add)
