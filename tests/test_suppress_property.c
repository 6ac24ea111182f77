/* Disclosure control against enumeration: on small random tables every set of counts that a reader
 * cannot rule out is listed one by one, without a linear program. Also determinism, refusals, and
 * every allocation failing once.
 */
#include "tests/harness.h"
#include "tests/suppress_tables.h"

#include "proto/limits.h"

#include <string.h>

#define CAP 14              /* inner counts are tried up to here */
#define TRIES_MAX 4000000LL /* counts set per table; beyond, the table is passed over */

static struct suppress *fresh(void)
{
	struct suppress *p = NULL;
	ck_assert_int_eq(suppress_new(&p, NULL), ERR_OK);
	return p;
}

/* ---- enumeration */

struct margin { /* a published or withheld figure over inner counts */
	int members[32], n_members, last, cell;
	int64_t value;
	bool shown;
};

struct list {
	int n_inner, n_margins;
	struct margin margins[256];
	int64_t at[32], low[256], high[256];
	long long tries;
};

static void list_margins(struct list *l, const struct tables_shape *s, const int64_t *inner,
			 const struct suppress *p, const size_t *cells)
{
	memset(l, 0, sizeof *l);
	l->n_inner = s->ways[0] * s->ways[1] * s->ways[2];
	for (int a = s->ways[0] == 1; a <= s->ways[0]; a++)
		for (int b = s->ways[1] == 1; b <= s->ways[1]; b++)
			for (int c = s->ways[2] == 1; c <= s->ways[2]; c++) {
				struct margin *m = &l->margins[l->n_margins];
				m->cell = tables_at(s, a, b, c);
				m->value = tables_total(s, inner, a, b, c);
				m->shown = !suppress_withheld(p, cells[m->cell]);
				for (int i = 0; i < l->n_inner; i++) {
					int k = i % s->ways[2], j = i / s->ways[2] % s->ways[1];
					int h = i / s->ways[2] / s->ways[1];
					if ((a == 0 || a == h + 1) && (b == 0 || b == j + 1) &&
					    (c == 0 || c == k + 1)) {
						m->members[m->n_members++] = i;
						m->last = i;
					}
				}
				l->low[l->n_margins] = INT64_MAX;
				l->high[l->n_margins++] = -1;
			}
}

static int64_t list_sum(const struct list *l, const struct margin *m, int upto)
{
	int64_t sum = 0;
	for (int i = 0; i < m->n_members && m->members[i] <= upto; i++)
		sum += l->at[m->members[i]];
	return sum;
}

/* Sets inner count i to each value that nothing published so far forbids. */
static void list_try(struct list *l, int i)
{
	if (i == l->n_inner) {
		for (int m = 0; m < l->n_margins; m++) {
			int64_t sum = list_sum(l, &l->margins[m], i);
			l->low[m] = sum < l->low[m] ? sum : l->low[m];
			l->high[m] = sum > l->high[m] ? sum : l->high[m];
		}
		return;
	}
	for (int64_t v = 0; v <= CAP && l->tries <= TRIES_MAX; v++) {
		bool possible = true;
		l->tries++;
		l->at[i] = v;
		for (int k = 0; possible && k < l->n_margins; k++) {
			const struct margin *m = &l->margins[k];
			int64_t sum = list_sum(l, m, i);
			if (m->shown)
				possible = sum <= m->value && (m->last > i || sum == m->value);
			else /* zeros are shown, so this is none */
				possible = m->last > i || sum >= 1;
		}
		if (possible)
			list_try(l, i + 1);
	}
}

/* Judges one random table; returns false if there was too much to list. */
static bool judge_table(const struct tables_shape *shape, uint64_t seed, size_t exact_cells)
{
	static struct list l;
	int64_t inner[64];
	size_t cells[TABLES_CELLS];
	struct suppress *p = fresh();
	struct suppress_rule rule;
	struct suppress_options options;
	struct suppress_report report;
	struct err err = { 0 };
	for (int i = 0; i < shape->ways[0] * shape->ways[1] * shape->ways[2]; i++)
		inner[i] = (int64_t)(tables_random(&seed) % 7);
	tables_add(p, shape, inner, cells);
	suppress_rule_init(&rule);
	rule.high = 3;
	rule.protect_high = 3;
	suppress_options_init(&options);
	options.exact_cells = exact_cells;
	assert_ok(suppress_apply(p, &rule, &err), err);
	assert_ok(suppress_make_safe(p, &options, &report, &err), err);
	list_margins(&l, shape, inner, p, cells);
	list_try(&l, 0);
	for (int m = 0; l.tries <= TRIES_MAX && m < l.n_margins; m++) {
		int64_t low, high, value = l.margins[m].value;
		if (l.margins[m].shown)
			continue;
		bool proven = suppress_interval(p, cells[l.margins[m].cell], &low, &high);
		ck_assert(proven);
		ck_assert_msg(l.low[m] >= low && l.high[m] <= high,
			      "listed %lld to %lld, audited %lld to %lld", (long long)l.low[m],
			      (long long)l.high[m], (long long)low, (long long)high);
		if (high <= CAP)
			ck_assert_int_eq(l.low[m], low);
		if (value < 1 || value > 3)
			continue;
		ck_assert_msg(l.low[m] < l.high[m] && l.high[m] >= 3,
			      "a count of %lld is known to be %lld to %lld", (long long)value,
			      (long long)l.low[m], (long long)l.high[m]);
	}
	suppress_free(&p);
	return l.tries <= TRIES_MAX;
}

START_TEST(no_random_table_gives_a_small_count_away_to_one_who_lists_all_possibilities)
{
	static const struct tables_shape shapes[] = { { { 2, 3, 1 }, "t", 1, 0 },
						      { { 3, 3, 1 }, "t", 1, 0 },
						      { { 2, 2, 2 }, "t", 1, 0 },
						      { { 5, 1, 1 }, "t", 1, 0 } };
	int listed = 0, n = 60;
	for (int i = 0; i < n; i++)
		listed +=
			judge_table(&shapes[_i], (uint64_t)(1000 * _i + i), i % 4 == 0 ? 1000 : 0);
	ck_assert_int_ge(listed, n * 3 / 4);
}
END_TEST

/* ---- determinism */

static void pattern(char *bytes, int backwards, size_t exact_cells)
{
	/* 11 × 6 × 4 cells for the heuristic, 6 × 5 × 3 for integer programming. */
	struct tables_shape shape = { { exact_cells == 0 ? 10 : 5, exact_cells == 0 ? 5 : 4,
					exact_cells == 0 ? 3 : 2 },
				      "t",
				      1,
				      backwards };
	int64_t inner[150];
	size_t cells[TABLES_CELLS];
	uint64_t seed = 5;
	struct suppress *p = fresh();
	struct suppress_options options;
	struct suppress_report report;
	struct suppress_rule rule;
	struct err err = { 0 };
	for (int i = 0; i < 150; i++)
		inner[i] = tables_count(&seed, 60);
	tables_add(p, &shape, inner, cells);
	suppress_rule_init(&rule);
	suppress_options_init(&options);
	options.exact_cells = exact_cells;
	assert_ok(suppress_apply(p, &rule, &err), err);
	assert_ok(suppress_make_safe(p, &options, &report, &err), err);
	int n = (shape.ways[0] + 1) * (shape.ways[1] + 1) * (shape.ways[2] + 1);
	ck_assert_uint_eq(report.n_tables_exact, exact_cells > 0);
	for (int i = 0; i < n; i++)
		bytes[i] = (char)('0' + (int)suppress_status_of(p, cells[i]));
	suppress_free(&p);
}

START_TEST(same_input_in_any_order_gives_the_same_pattern_byte_for_byte)
{
	char first[264] = { 0 }, again[264] = { 0 }, backwards[264] = { 0 };
	size_t exact_cells = _i == 0 ? 0 : 300;
	pattern(first, 0, exact_cells);
	pattern(again, 0, exact_cells);
	pattern(backwards, 1, exact_cells);
	ck_assert_mem_eq(first, again, sizeof first);
	ck_assert_mem_eq(first, backwards, sizeof first);
}
END_TEST

/* ---- rounding */

START_TEST(rounded_counts_that_add_up_too_well_are_unpicked_and_then_withheld)
{
	/* Four counts of 4 are shown as 0, so 0 to 4 each; their total 16 is shown as 20, so 15
	 * to 24. Hence each is 3 or 4. */
	struct suppress *p = fresh();
	struct suppress_rule rule;
	struct suppress_options options;
	struct suppress_report report = { 0 };
	struct err err = { 0 };
	int64_t low, high;
	size_t d[4];
	for (size_t i = 0; i < 4; i++) {
		char name[8];
		snprintf(name, sizeof name, "d%zu", i);
		d[i] = tables_cell(p, name, 4);
	}
	tables_sum(p, 1, "districts", tables_cell(p, "city", 16), d, 4);
	suppress_rule_round(&rule, 10);
	suppress_options_init(&options);
	assert_ok(suppress_apply(p, &rule, &err), err);
	assert_ok(suppress_audit(p, &options, &report, &err), err);
	ck_assert_uint_eq(report.n_unsafe, 4);
	ck_assert(suppress_interval(p, d[2], &low, &high));
	ck_assert_int_eq(low, 3);
	ck_assert_int_eq(high, 4);
	assert_ok(suppress_make_safe(p, &options, &report, &err), err);
	ck_assert_uint_eq(report.n_unsafe, 0);
	ck_assert_int_ge(report.narrowest, 4);
	suppress_free(&p);
}
END_TEST

START_TEST(rounding_to_5_keeps_what_a_lone_rounded_count_says)
{
	struct suppress *p = fresh();
	struct suppress_rule rule;
	struct suppress_options options;
	struct suppress_report report = { 0 };
	int64_t low, high;
	size_t d[3] = { tables_cell(p, "d1", 2), tables_cell(p, "d2", 14),
			tables_cell(p, "d3", 23) };
	tables_sum(p, 1, "districts", tables_cell(p, "city", 39), d, 3);
	suppress_rule_round(&rule, 5);
	suppress_options_init(&options);
	ck_assert_int_eq(suppress_apply(p, &rule, NULL), ERR_OK);
	ck_assert_int_eq(suppress_audit(p, &options, &report, NULL), ERR_OK);
	ck_assert_uint_eq(report.n_unsafe, 0);
	ck_assert(suppress_interval(p, d[0], &low, &high));
	ck_assert_int_eq(low, 0);
	ck_assert_int_eq(high, 2);
	ck_assert(!suppress_withheld(p, d[0]));
	suppress_free(&p);
}
END_TEST

/* ---- refusals */

static void refuse_cell(struct suppress_cell cell, enum err_code code, const char *words)
{
	struct suppress *p = fresh();
	struct err err = { 0 };
	size_t number;
	assert_error(suppress_add_cell(p, &cell, &number, &err), code, err, words);
	suppress_free(&p);
}

START_TEST(cells_that_contradict_themselves_are_refused_by_name)
{
	struct suppress_cell cell;
	char long_name[LIMIT_SUPPRESS_NAME_BYTES + 2];
	memset(long_name, 'n', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = '\0';
	suppress_cell_init(&cell, "c", -1);
	refuse_cell(cell, ERR_MALFORMED, "cell c: a count of -1 is below 0");
	suppress_cell_init(&cell, "c", LIMIT_SUPPRESS_VALUE + 1);
	refuse_cell(cell, ERR_TOO_BIG, "cell c: value, bound or weight is over");
	suppress_cell_init(&cell, "", 1);
	refuse_cell(cell, ERR_MALFORMED, "a cell has no name");
	suppress_cell_init(&cell, long_name, 1);
	refuse_cell(cell, ERR_TOO_BIG, "over 256 bytes");
	suppress_cell_init(&cell, "c", 4);
	cell.weight = 0;
	refuse_cell(cell, ERR_MALFORMED, "weight is below 1");
	suppress_cell_init(&cell, "c", 4);
	cell.lower = 5;
	refuse_cell(cell, ERR_MALFORMED, "outside what a reader is said to know");
	suppress_cell_init(&cell, "c", 4);
	cell.shown_low = cell.shown_high = 5;
	refuse_cell(cell, ERR_MALFORMED, "outside its published form");
	suppress_cell_init(&cell, "c", SUPPRESS_UNKNOWN);
	refuse_cell(cell, ERR_MALFORMED, "needs a value");
	suppress_cell_init(&cell, "c", 4);
	cell.status = SUPPRESS_SECONDARY;
	refuse_cell(cell, ERR_MALFORMED, "secondary is a result");
}
END_TEST

START_TEST(relations_out_of_bounds_are_refused_by_name)
{
	struct suppress *p = fresh();
	struct err err = { 0 };
	struct suppress_term t = { 7, 1 };
	struct suppress_relation r = { "r", 1, SUPPRESS_ALWAYS, &t, 1, 0, 0 };
	assert_error(suppress_add_relation(p, &r, &err), ERR_MALFORMED, err, "r: no cell 7");
	t.cell = tables_cell(p, "a", 1);
	t.coefficient = (int64_t)LIMIT_SUPPRESS_COEFFICIENTS + 1;
	assert_error(suppress_add_relation(p, &r, &err), ERR_TOO_BIG, err, "r: a coefficient");
	t.coefficient = 1;
	r.lower = 1;
	assert_error(suppress_add_relation(p, &r, &err), ERR_MALFORMED, err, "r: no terms");
	r.n_terms = 0;
	r.lower = 0;
	assert_error(suppress_add_relation(p, &r, &err), ERR_MALFORMED, err, "r: no terms");
	struct suppress_ratio ratio = { .name = "p",
					.numerator = t.cell,
					.denominator = SUPPRESS_NO_CELL,
					.factor = 1000,
					.divisor = 1 };
	assert_error(suppress_add_ratio(p, &ratio, &err), ERR_MALFORMED, err, "ratio p:");
	suppress_free(&p);
}
END_TEST

START_TEST(relation_that_the_true_values_break_is_named_and_never_safe)
{
	struct suppress *p = fresh();
	struct err err = { 0 };
	size_t d[] = { tables_cell(p, "a", 3), tables_cell(p, "b", 9) };
	tables_sum(p, 1, "a and b", tables_cell(p, "all", 13), d, 2);
	assert_error(suppress_apply(p, NULL, &err), ERR_MALFORMED, err,
		     "relation a and b does not hold: its sum is -1, not 0 to 0");
	suppress_free(&p);
}
END_TEST

START_TEST(figures_that_contradict_each_other_through_unknown_ones_are_named)
{
	struct suppress *p = fresh();
	struct suppress_options options;
	struct suppress_report report = { 0 };
	struct err err = { 0 };
	struct suppress_cell cell;
	size_t hidden, small = tables_cell(p, "small", 3);
	suppress_cell_init(&cell, "hidden", SUPPRESS_UNKNOWN);
	cell.status = SUPPRESS_HIDDEN;
	ck_assert_int_eq(suppress_add_cell(p, &cell, &hidden, &err), ERR_OK);
	struct suppress_term t[] = { { small, 1 }, { hidden, 1 } };
	struct suppress_relation r = { "first sum", 1, SUPPRESS_ALWAYS, t, 2, 10, 10 };
	ck_assert_int_eq(suppress_add_relation(p, &r, &err), ERR_OK);
	r.name = "second sum";
	r.lower = r.upper = 12;
	ck_assert_int_eq(suppress_add_relation(p, &r, &err), ERR_OK);
	struct suppress_rule rule;
	suppress_rule_init(&rule);
	assert_ok(suppress_apply(p, &rule, &err), err);
	suppress_options_init(&options);
	assert_error(suppress_audit(p, &options, &report, &err), ERR_MALFORMED, err,
		     "audit: the figures contradict each other: no counts satisfy relation");
	ck_assert_ptr_nonnull(strstr(err.text, " sum "));
	suppress_free(&p);
}
END_TEST

START_TEST(two_cells_of_one_name_and_a_senseless_rule_are_refused)
{
	struct suppress *p = fresh();
	struct err err = { 0 };
	struct suppress_rule rule;
	struct suppress_options options;
	struct suppress_report report;
	suppress_options_init(&options);
	assert_error(suppress_audit(p, &options, &report, &err), ERR_CONFIG, err, "no suppression");
	assert_error(suppress_protect(p, &options, &report, &err), ERR_CONFIG, err,
		     "no suppression");
	suppress_rule_init(&rule);
	rule.low = 0;
	assert_error(suppress_apply(p, &rule, &err), ERR_CONFIG, err, "counts from 0 to 5");
	suppress_rule_round(&rule, 1);
	assert_error(suppress_apply(p, &rule, &err), ERR_CONFIG, err, "rounding to base 1");
	tables_cell(p, "same", 1);
	tables_cell(p, "same", 2);
	assert_error(suppress_apply(p, NULL, &err), ERR_MALFORMED, err,
		     "two cells are called same");
	suppress_free(&p);
}
END_TEST

START_TEST(solver_that_may_not_search_leaves_cells_unsafe_and_never_safe)
{
	struct tables_shape shape = { { 4, 4, 1 }, "t", 1, 0 };
	int64_t inner[16];
	size_t cells[TABLES_CELLS];
	uint64_t seed = 3;
	struct suppress *p = fresh();
	struct suppress_rule rule;
	struct suppress_options options;
	struct suppress_report report;
	struct err err = { 0 };
	for (int i = 0; i < 16; i++)
		inner[i] = tables_count(&seed, 30);
	tables_add(p, &shape, inner, cells);
	suppress_rule_init(&rule);
	suppress_options_init(&options);
	options.lp_iterations = 0;
	options.confirm_nodes = 0;
	ck_assert_int_eq(suppress_apply(p, &rule, &err), ERR_OK);
	enum err_code rc = suppress_make_safe(p, &options, &report, &err);
	ck_assert(rc == ERR_DENIED || (rc == ERR_OK && report.n_unsafe == 0));
	suppress_free(&p);
}
END_TEST

START_TEST(small_denominators_and_numerators_hide_a_percentage)
{
	struct suppress_rule rule;
	suppress_rule_init(&rule);
	ck_assert(suppress_rule_hides_ratio(&rule, 3, 40));
	ck_assert(suppress_rule_hides_ratio(&rule, 0, 5));
	ck_assert(suppress_rule_hides_ratio(&rule, 0, 0));
	ck_assert(suppress_rule_hides_ratio(&rule, SUPPRESS_UNKNOWN, 40));
	ck_assert(!suppress_rule_hides_ratio(&rule, 0, 40));
	ck_assert(!suppress_rule_hides_ratio(&rule, 6, 40));
	ck_assert_int_eq(suppress_ratio_shown(1, 8, 1000, 1), 125);
	ck_assert_int_eq(suppress_ratio_shown(1, 2000, 1000, 1), 1); /* half up: 0.05 is 0.1 */
	ck_assert_int_eq(suppress_ratio_shown(1, 0, 1000, 1), -1);
}
END_TEST

/* ---- memory */

static enum err_code all_steps(struct err *err)
{
	static const int64_t counts[] = { 3, 20, 4, 40, 1, 11, 30, 8, 9 };
	struct suppress *p = NULL;
	struct suppress_rule rule;
	struct suppress_options options;
	struct suppress_report report;
	size_t cells[10];
	enum err_code rc = suppress_new(&p, err);
	for (size_t i = 0; rc == ERR_OK && i < 10; i++) {
		struct suppress_cell cell;
		char name[8];
		snprintf(name, sizeof name, "c%zu", i);
		suppress_cell_init(&cell, name, i == 9 ? 126 : counts[i]);
		rc = suppress_add_cell(p, &cell, &cells[i], err);
	}
	struct suppress_term terms[10];
	for (size_t i = 0; i < 10; i++)
		terms[i] = (struct suppress_term){ i, i == 9 ? -1 : 1 };
	/* Only links: the table is safe without it, and the audit finds something to mend. */
	struct suppress_term two[] = { { 0, 1 }, { 1, 1 } };
	struct suppress_relation r = { "sum", 1, SUPPRESS_ALWAYS, terms, 10, 0, 0 };
	struct suppress_relation s = { "two", 0, SUPPRESS_ALWAYS, two, 2, 23, 23 };
	if (rc == ERR_OK)
		rc = suppress_add_relation(p, &r, err);
	if (rc == ERR_OK)
		rc = suppress_add_relation(p, &s, err);
	suppress_rule_init(&rule);
	suppress_options_init(&options);
	if (rc == ERR_OK)
		rc = suppress_apply(p, &rule, err);
	if (rc == ERR_OK)
		rc = suppress_make_safe(p, &options, &report, err);
	suppress_free(&p);
	return rc;
}

START_TEST(every_allocation_may_fail_once)
{
	long n = 0;
	enum err_code rc;
	do {
		struct err err = { 0 };
		harness_fail_allocation(++n);
		rc = all_steps(&err);
		harness_fail_allocation(0);
		if (rc != ERR_OK)
			assert_error(rc, ERR_NOMEM, err, "out of memory");
	} while (rc != ERR_OK && n < 5000);
	ck_assert_int_eq(rc, ERR_OK);
	ck_assert_int_gt(n, 30);
}
END_TEST

static void add(TCase *tc)
{
	tcase_set_timeout(tc, 240);
	tcase_add_loop_test(
		tc, no_random_table_gives_a_small_count_away_to_one_who_lists_all_possibilities, 0,
		4);
	tcase_add_loop_test(tc, same_input_in_any_order_gives_the_same_pattern_byte_for_byte, 0, 2);
	tcase_add_test(tc, rounded_counts_that_add_up_too_well_are_unpicked_and_then_withheld);
	tcase_add_test(tc, rounding_to_5_keeps_what_a_lone_rounded_count_says);
	tcase_add_test(tc, cells_that_contradict_themselves_are_refused_by_name);
	tcase_add_test(tc, relations_out_of_bounds_are_refused_by_name);
	tcase_add_test(tc, relation_that_the_true_values_break_is_named_and_never_safe);
	tcase_add_test(tc, figures_that_contradict_each_other_through_unknown_ones_are_named);
	tcase_add_test(tc, two_cells_of_one_name_and_a_senseless_rule_are_refused);
	tcase_add_test(tc, solver_that_may_not_search_leaves_cells_unsafe_and_never_safe);
	tcase_add_test(tc, small_denominators_and_numerators_hide_a_percentage);
	tcase_add_test(tc, every_allocation_may_fail_once);
}

HARNESS_MAIN("suppress_property", add)
