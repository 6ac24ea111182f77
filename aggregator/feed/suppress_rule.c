/* The primary rule, percentages and rates as intervals, and the step that closes a problem: order,
 * index, and the check that the true values satisfy every relation.
 */
#include "aggregator/feed/suppress_private.h"

#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

void suppress_rule_init(struct suppress_rule *rule)
{
	*rule = (struct suppress_rule){ .low = 1,
					.high = 5,
					.zeros_shown = true,
					.protect_low = 1,
					.protect_high = 5,
					.small_denominator = 6 };
}

void suppress_rule_round(struct suppress_rule *rule, int64_t base)
{
	suppress_rule_init(rule);
	rule->round_base = base;
	rule->round_width = base / 2;
}

bool suppress_rule_hides_ratio(const struct suppress_rule *rule, int64_t numerator,
			       int64_t denominator)
{
	if (numerator == SUPPRESS_UNKNOWN || denominator == SUPPRESS_UNKNOWN)
		return true;
	return denominator < rule->small_denominator ||
	       (numerator >= rule->low && numerator <= rule->high) ||
	       (denominator >= rule->low && denominator <= rule->high);
}

static enum err_code suppress_rule_check(const struct suppress_rule *rule, struct err *err)
{
	if (rule->low < 1 || rule->high < rule->low || rule->protect_low > rule->protect_high)
		return err_set(err, ERR_CONFIG,
			       "suppression: counts from %lld to %lld, protected from %lld to "
			       "%lld: a range must begin at 1 or more and not end before it begins",
			       (long long)rule->low, (long long)rule->high,
			       (long long)rule->protect_low, (long long)rule->protect_high);
	if (rule->round_base != 0 && (rule->round_base < 2 || rule->round_base > 1000 ||
				      rule->round_width >= rule->round_base))
		return err_set(err, ERR_CONFIG,
			       "rounding to base %lld that keeps a width of %lld: the base must be "
			       "2 to 1000 and the width below it",
			       (long long)rule->round_base, (long long)rule->round_width);
	return ERR_OK;
}

/* A published count becomes the interval that half-up rounding leaves open. */
static void suppress_rule_rounded(const struct suppress_rule *rule, struct suppress_cell *c)
{
	int64_t base = rule->round_base;
	int64_t shown = (c->value + base / 2) / base * base;
	c->shown_low = shown - base / 2 > c->lower ? shown - base / 2 : c->lower;
	c->shown_high = shown + (base - 1) / 2 < c->upper ? shown + (base - 1) / 2 : c->upper;
	if (c->value >= rule->low && c->value <= rule->high) {
		c->sensitive = true;
		c->need_low = c->need_high = c->value;
		c->need_width = rule->round_width;
	}
}

static void suppress_rule_one(const struct suppress_rule *rule, struct suppress_cell *c)
{
	if (c->value == SUPPRESS_UNKNOWN ||
	    (c->status != SUPPRESS_MAY && c->status != SUPPRESS_EARLIER))
		return;
	if (rule->round_base != 0 && c->status == SUPPRESS_MAY) {
		suppress_rule_rounded(rule, c);
		return;
	}
	if (c->value == 0) {
		/* Zeros are shown: withholding one would say what the others cannot be. */
		if (rule->zeros_shown && c->status == SUPPRESS_MAY)
			c->status = SUPPRESS_PUBLISH;
		return;
	}
	if (rule->zeros_shown && c->lower < 1)
		c->lower = 1;
	if (c->value < rule->low || c->value > rule->high)
		return;
	if (c->status == SUPPRESS_MAY)
		c->status = SUPPRESS_PRIMARY;
	c->sensitive = true;
	c->need_low = c->need_high = c->value;
	if (rule->protect_low < c->value && rule->protect_high > 0)
		c->need_low = rule->protect_low;
	if (rule->protect_high > c->value)
		c->need_high = rule->protect_high;
}

int64_t suppress_ratio_shown(int64_t numerator, int64_t denominator, int64_t factor,
			     int64_t divisor)
{
	if (denominator <= 0 || divisor <= 0)
		return -1;
	__int128 over = (__int128)2 * divisor * denominator;
	return (int64_t)(((__int128)2 * factor * numerator + over / 2) / over);
}

/* The number of a cell alone: c × x from low to high becomes an interval for x. */
static void suppress_ratio_alone(int64_t coefficient, __int128 low, __int128 high, int64_t *lower,
				 int64_t *upper)
{
	__int128 l = low <= 0 ? 0 : (low + coefficient - 1) / coefficient;
	__int128 h = high < 0 ? -1 : high / coefficient;
	*lower = l > LIMIT_SUPPRESS_VALUE ? LIMIT_SUPPRESS_VALUE : (int64_t)l;
	*upper = h > LIMIT_SUPPRESS_VALUE ? LIMIT_SUPPRESS_VALUE : (int64_t)h;
}

/* shown ≤ f·n/(g·d) + ½ < shown + 1, times 2·g·d, with whole numbers on both sides. */
enum err_code suppress_add_ratio(struct suppress *problem, const struct suppress_ratio *given,
				 struct err *err)
{
	bool alone = given->denominator == SUPPRESS_NO_CELL;
	if (given->factor < 1 || given->divisor < 1 || given->shown < 0 ||
	    (alone && given->denominator_value < 1))
		return err_set(err, ERR_MALFORMED,
			       "ratio %s: factor, divisor, denominator or figure is out of range",
			       given->name);
	if (given->factor > LIMIT_SUPPRESS_COEFFICIENTS ||
	    given->divisor > LIMIT_SUPPRESS_COEFFICIENTS || given->shown > LIMIT_SUPPRESS_VALUE)
		return err_set(err, ERR_TOO_BIG, "ratio %s: factor, divisor or figure is over %d",
			       given->name, LIMIT_SUPPRESS_COEFFICIENTS);
	struct suppress_term terms[2] = { { given->numerator, 2 * given->factor }, { 0, 0 } };
	struct suppress_relation r = { .name = given->name,
				       .table = given->table,
				       .when = given->when,
				       .terms = terms,
				       .n_terms = alone ? 1 : 2 };
	__int128 low = (__int128)(2 * given->shown - 1) * given->divisor;
	__int128 high = (__int128)(2 * given->shown + 1) * given->divisor;
	if (alone) {
		suppress_ratio_alone(2 * given->factor, low * given->denominator_value,
				     high * given->denominator_value - 1, &r.lower, &r.upper);
		terms[0].coefficient = 1;
		return suppress_add_relation(problem, &r, err);
	}
	if (high > LIMIT_SUPPRESS_COEFFICIENTS)
		return err_set(err, ERR_TOO_BIG, "ratio %s: its figure times divisor is over %d",
			       given->name, LIMIT_SUPPRESS_COEFFICIENTS);
	terms[1] = (struct suppress_term){ given->denominator, -(int64_t)low };
	r.upper = INT64_MAX;
	enum err_code rc = suppress_add_relation(problem, &r, err);
	if (rc != ERR_OK)
		return rc;
	terms[1].coefficient = -(int64_t)high;
	r.lower = INT64_MIN;
	r.upper = -1;
	return suppress_add_relation(problem, &r, err);
}

/* ---- closing a problem */

static int suppress_cell_order(const void *a, const void *b, void *cells)
{
	const struct suppress_cell *all = cells;
	return strcmp(all[*(const size_t *)a].name, all[*(const size_t *)b].name);
}

/* Sorts the cells by name; number[] tells where each one went. */
static enum err_code suppress_order_cells(struct suppress *p, struct err *err)
{
	size_t n = p->n_cells;
	size_t *order = calloc(n + 1, sizeof *order);
	struct suppress_cell *sorted = calloc(n + 1, sizeof *sorted);
	p->number = calloc(n + 1, sizeof *p->number);
	if (order == NULL || sorted == NULL || p->number == NULL) {
		free(order);
		free(sorted);
		return err_set(err, ERR_NOMEM, "out of memory for the order of %zu cells", n);
	}
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof *order, suppress_cell_order, p->cells);
	for (size_t i = 0; i < n; i++) {
		sorted[i] = p->cells[order[i]];
		p->number[order[i]] = i;
	}
	free(order);
	free(p->cells);
	p->cells = sorted;
	p->cells_kept = n + 1;
	for (size_t i = 1; i < n; i++)
		if (strcmp(sorted[i - 1].name, sorted[i].name) == 0)
			return err_set(err, ERR_MALFORMED, "two cells are called %s",
				       sorted[i].name);
	return ERR_OK;
}

static int suppress_term_order(const void *a, const void *b)
{
	const struct suppress_term *x = a, *y = b;
	return (x->cell > y->cell) - (x->cell < y->cell);
}

static int suppress_fact_order(const void *a, const void *b, void *terms)
{
	const struct suppress_fact *x = a, *y = b;
	const struct suppress_term *all = terms;
	if (x->table != y->table)
		return x->table < y->table ? -1 : 1;
	int by_name = strcmp(x->name, y->name);
	if (by_name != 0)
		return by_name;
	size_t n = x->n_terms < y->n_terms ? x->n_terms : y->n_terms;
	for (size_t i = 0; i < n; i++) {
		const struct suppress_term *s = &all[x->first + i], *t = &all[y->first + i];
		if (s->cell != t->cell)
			return s->cell < t->cell ? -1 : 1;
		if (s->coefficient != t->coefficient)
			return s->coefficient < t->coefficient ? -1 : 1;
	}
	if (x->n_terms != y->n_terms)
		return x->n_terms < y->n_terms ? -1 : 1;
	return (x->lower > y->lower) - (x->lower < y->lower);
}

/* Terms by cell, those of one cell added up, those that vanish left out; then the relations. */
static void suppress_order_facts(struct suppress *p)
{
	for (size_t f = 0; f < p->n_facts; f++) {
		struct suppress_fact *fact = &p->facts[f];
		struct suppress_term *t = p->terms + fact->first;
		for (size_t i = 0; i < fact->n_terms; i++)
			t[i].cell = p->number[t[i].cell];
		qsort(t, fact->n_terms, sizeof *t, suppress_term_order);
		size_t n = 0;
		for (size_t i = 0; i < fact->n_terms; i++) {
			if (n > 0 && t[n - 1].cell == t[i].cell)
				t[n - 1].coefficient += t[i].coefficient;
			else
				t[n++] = t[i];
		}
		size_t left = 0;
		for (size_t i = 0; i < n; i++)
			if (t[i].coefficient != 0)
				t[left++] = t[i];
		fact->n_terms = left;
	}
	qsort_r(p->facts, p->n_facts, sizeof *p->facts, suppress_fact_order, p->terms);
}

static enum err_code suppress_index(struct suppress *p, struct err *err)
{
	p->uses_first = calloc(p->n_cells + 2, sizeof *p->uses_first);
	p->uses = malloc((p->n_terms + 1) * sizeof *p->uses);
	p->local = malloc((p->n_cells + 1) * sizeof *p->local);
	p->mark = calloc(p->n_facts + 1, 1);
	p->seen = calloc(p->n_cells + 1, sizeof *p->seen);
	if (p->uses_first == NULL || p->uses == NULL || p->local == NULL || p->mark == NULL ||
	    p->seen == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for the index of %zu cells",
			       p->n_cells);
	for (size_t i = 0; i < p->n_cells; i++) {
		p->local[i] = -1;
		p->seen[i] = (struct suppress_seen){ .low = 0, .high = -1 };
	}
	/* Counted two places ahead, so that filling moves each start to where it belongs. */
	for (size_t f = 0; f < p->n_facts; f++)
		for (size_t i = 0; i < p->facts[f].n_terms; i++)
			p->uses_first[p->terms[p->facts[f].first + i].cell + 2]++;
	for (size_t i = 2; i <= p->n_cells; i++)
		p->uses_first[i] += p->uses_first[i - 1];
	for (size_t f = 0; f < p->n_facts; f++)
		for (size_t i = 0; i < p->facts[f].n_terms; i++)
			p->uses[p->uses_first[p->terms[p->facts[f].first + i].cell + 1]++] = f;
	return ERR_OK;
}

/* A relation that the true values break would make every later verdict worthless. */
static enum err_code suppress_check_truth(const struct suppress *p, struct err *err)
{
	for (size_t f = 0; f < p->n_facts; f++) {
		const struct suppress_fact *fact = &p->facts[f];
		int64_t sum = 0;
		bool known = true;
		for (size_t i = 0; i < fact->n_terms && known; i++) {
			const struct suppress_term *t = &p->terms[fact->first + i];
			/* NOLINTNEXTLINE(clang-analyzer-core.*): suppress_add_cell fills each */
			known = p->cells[t->cell].value != SUPPRESS_UNKNOWN;
			sum += known ? t->coefficient * p->cells[t->cell].value : 0;
		}
		if (known && (sum < fact->lower || sum > fact->upper))
			return err_set(err, ERR_MALFORMED,
				       "relation %s does not hold: its sum is %lld, not %lld to "
				       "%lld; leave it out or mend the figures",
				       fact->name, (long long)sum, (long long)fact->lower,
				       (long long)fact->upper);
	}
	return ERR_OK;
}

/* What a reader knows of a term before any other count is published: a zero is a zero. */
static void suppress_term_range(const struct suppress *p, const struct suppress_term *t,
				int64_t *least, int64_t *most)
{
	const struct suppress_cell *c = &p->cells[t->cell];
	/* NOLINTNEXTLINE(clang-analyzer-core.*): suppress_add_cell fills each */
	int64_t high = c->status == SUPPRESS_PUBLISH && c->value == 0 ? 0 : c->upper;
	int64_t low = high == 0 ? 0 : c->lower;
	*least = t->coefficient > 0 ? t->coefficient * low : t->coefficient * high;
	*most = t->coefficient > 0 ? t->coefficient * high : t->coefficient * low;
}

/* The least that a count can be, since every other one of an identity is at least or at most
 * something: a total of three that are not zero is 3 or more, and what alone makes up a total is as
 * much as it. A reader knows that too, and no withholding changes it. Returns whether a bound rose.
 */
static bool suppress_raise(struct suppress *p, const struct suppress_fact *fact)
{
	bool rose = false;
	int64_t least = 0, most = 0, low, high;
	if (fact->when != SUPPRESS_ALWAYS || fact->lower != 0 || fact->upper != 0)
		return false;
	for (size_t i = 0; i < fact->n_terms; i++) {
		suppress_term_range(p, &p->terms[fact->first + i], &low, &high);
		least += low;
		most += high;
	}
	for (size_t i = 0; i < fact->n_terms; i++) {
		const struct suppress_term *t = &p->terms[fact->first + i];
		struct suppress_cell *cell = &p->cells[t->cell];
		suppress_term_range(p, t, &low, &high);
		/* coefficient × count lies between −(most of the others) and −(least of them). */
		int64_t by = t->coefficient > 0 ? t->coefficient : -t->coefficient;
		int64_t needs = t->coefficient > 0 ? -(most - high) : least - low;
		int64_t bound = needs <= 0 ? 0 : (needs + by - 1) / by;
		/* Over the value: the identity does not hold, which is found next. */
		if (bound <= cell->lower || cell->value == SUPPRESS_UNKNOWN || bound > cell->value)
			continue;
		suppress_term_range(p, t, &low, &high);
		least -= low;
		most -= high;
		cell->lower = bound;
		suppress_term_range(p, t, &low, &high);
		least += low;
		most += high;
		rose = true;
	}
	return rose;
}

/* Totals of totals: as many passes as there are levels, and one. */
static void suppress_raise_all(struct suppress *p)
{
	bool rose = true;
	for (int pass = 0; rose && pass < 16; pass++) {
		rose = false;
		for (size_t f = 0; f < p->n_facts; f++)
			rose = suppress_raise(p, &p->facts[f]) || rose;
	}
}

enum err_code suppress_apply(struct suppress *problem, const struct suppress_rule *rule,
			     struct err *err)
{
	if (problem->number != NULL)
		return err_set(err, ERR_CONFIG, "a suppression rule has been applied already");
	enum err_code rc = rule == NULL ? ERR_OK : suppress_rule_check(rule, err);
	if (rc != ERR_OK)
		return rc;
	for (size_t i = 0; rule != NULL && i < problem->n_cells; i++)
		suppress_rule_one(rule, &problem->cells[i]);
	rc = suppress_order_cells(problem, err);
	if (rc != ERR_OK)
		return rc;
	suppress_order_facts(problem);
	if (rule != NULL && rule->zeros_shown)
		suppress_raise_all(problem);
	rc = suppress_index(problem, err);
	return rc == ERR_OK ? suppress_check_truth(problem, err) : rc;
}
