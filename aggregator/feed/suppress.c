/* The problem: cells and relations as they are added, checked, put into the order of their names,
 * and asked about. What protects and what audits is in suppress_*.c.
 */
#include "aggregator/feed/suppress_private.h"

#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

enum err_code suppress_new(struct suppress **problem, struct err *err)
{
	*problem = calloc(1, sizeof **problem);
	return *problem != NULL ? ERR_OK : err_set(err, ERR_NOMEM, "out of memory for cells");
}

void suppress_free(struct suppress **problem)
{
	struct suppress *p = *problem;
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n_cells; i++)
		free((char *)(uintptr_t)p->cells[i].name);
	for (size_t i = 0; i < p->n_facts; i++)
		free(p->facts[i].name);
	free(p->cells);
	free(p->facts);
	free(p->terms);
	free(p->number);
	free(p->uses_first);
	free(p->uses);
	free(p->local);
	free(p->mark);
	free(p->seen);
	free(p);
	*problem = NULL;
}

void suppress_cell_init(struct suppress_cell *cell, const char *name, int64_t value)
{
	*cell = (struct suppress_cell){ .name = name,
					.value = value,
					.status = SUPPRESS_MAY,
					.weight = value > 1 ? value : 1,
					.upper = LIMIT_SUPPRESS_VALUE,
					.shown_low = value,
					.shown_high = value,
					.need_low = value,
					.need_high = value,
					.need_width = 1 };
}

/* Makes room for one more entry of an array that grows by half. */
static enum err_code suppress_grow(void **array, size_t n, size_t *kept, size_t entry_bytes,
				   struct err *err)
{
	if (n < *kept)
		return ERR_OK;
	size_t wanted = *kept + *kept / 2 + 64;
	void *larger = realloc(*array, wanted * entry_bytes);
	if (larger == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for %zu cells or relations", wanted);
	*array = larger;
	*kept = wanted;
	return ERR_OK;
}

static enum err_code suppress_check_name(const char *what, const char *name, struct err *err)
{
	size_t len = name == NULL ? 0 : strnlen(name, LIMIT_SUPPRESS_NAME_BYTES + 1);
	if (len == 0)
		return err_set(err, ERR_MALFORMED, "a %s has no name; give it one", what);
	if (len > LIMIT_SUPPRESS_NAME_BYTES)
		return err_set(err, ERR_TOO_BIG, "the name of %s %.40s… is over %d bytes", what,
			       name, LIMIT_SUPPRESS_NAME_BYTES);
	return ERR_OK;
}

static enum err_code suppress_check_cell(const struct suppress_cell *c, struct err *err)
{
	enum err_code rc = suppress_check_name("cell", c->name, err);
	if (rc != ERR_OK)
		return rc;
	bool known = c->value != SUPPRESS_UNKNOWN;
	if ((known && c->value > LIMIT_SUPPRESS_VALUE) || c->weight > LIMIT_SUPPRESS_WEIGHT ||
	    c->upper > LIMIT_SUPPRESS_VALUE || c->shown_high > LIMIT_SUPPRESS_VALUE)
		return err_set(err, ERR_TOO_BIG, "cell %s: value, bound or weight is over %d",
			       c->name, LIMIT_SUPPRESS_VALUE);
	if (known && c->value < 0)
		return err_set(err, ERR_MALFORMED, "cell %s: a count of %lld is below 0", c->name,
			       (long long)c->value);
	if (c->weight < 1)
		return err_set(err, ERR_MALFORMED, "cell %s: weight is below 1", c->name);
	if (c->status == SUPPRESS_SECONDARY)
		return err_set(err, ERR_MALFORMED,
			       "cell %s: secondary is a result; give earlier for one withheld "
			       "before",
			       c->name);
	bool shown = suppress_is_shown(c);
	if (!known && (shown || c->sensitive || c->status == SUPPRESS_PRIMARY))
		return err_set(err, ERR_MALFORMED,
			       "cell %s: a published or sensitive count needs a value", c->name);
	if (c->lower < 0 || c->lower > c->upper ||
	    (known && (c->value < c->lower || c->value > c->upper)))
		return err_set(err, ERR_MALFORMED,
			       "cell %s: its value is outside what a reader is said to know",
			       c->name);
	if (shown && (c->shown_low > c->value || c->shown_high < c->value ||
		      c->shown_low < c->lower || c->shown_high > c->upper))
		return err_set(err, ERR_MALFORMED,
			       "cell %s: its value is outside its published form", c->name);
	return ERR_OK;
}

enum err_code suppress_add_cell(struct suppress *problem, const struct suppress_cell *given,
				size_t *cell, struct err *err)
{
	enum err_code rc = suppress_check_cell(given, err);
	if (rc != ERR_OK)
		return rc;
	if (problem->number != NULL)
		return err_set(err, ERR_MALFORMED, "cell %s: the rule has been applied already",
			       given->name);
	if (problem->n_cells >= LIMIT_SUPPRESS_CELLS)
		return err_set(err, ERR_TOO_BIG, "over %d cells in one edition",
			       LIMIT_SUPPRESS_CELLS);
	rc = suppress_grow((void **)&problem->cells, problem->n_cells, &problem->cells_kept,
			   sizeof *problem->cells, err);
	if (rc != ERR_OK)
		return rc;
	struct suppress_cell copy = *given;
	copy.name = strdup(given->name);
	if (copy.name == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for cell %s", given->name);
	copy.sensitive = given->sensitive || given->status == SUPPRESS_PRIMARY;
	*cell = problem->n_cells;
	problem->cells[problem->n_cells++] = copy;
	return ERR_OK;
}

static enum err_code suppress_check_relation(const struct suppress *problem,
					     const struct suppress_relation *r, struct err *err)
{
	enum err_code rc = suppress_check_name("relation", r->name, err);
	if (rc != ERR_OK)
		return rc;
	if (problem->number != NULL)
		return err_set(err, ERR_MALFORMED, "relation %s: the rule has been applied already",
			       r->name);
	if (r->n_terms == 0 || r->lower > r->upper)
		return err_set(err, ERR_MALFORMED, "relation %s: no terms, or an empty interval",
			       r->name);
	if (r->n_terms > LIMIT_SUPPRESS_RELATION_TERMS ||
	    problem->n_facts >= LIMIT_SUPPRESS_RELATIONS ||
	    problem->n_terms + r->n_terms > LIMIT_SUPPRESS_TERMS)
		return err_set(err, ERR_TOO_BIG, "relation %s: too many terms or relations",
			       r->name);
	int64_t sum = 0;
	for (size_t i = 0; i < r->n_terms; i++) {
		int64_t c = r->terms[i].coefficient;
		if (r->terms[i].cell >= problem->n_cells)
			return err_set(err, ERR_MALFORMED, "relation %s: no cell %zu", r->name,
				       r->terms[i].cell);
		if (c > LIMIT_SUPPRESS_COEFFICIENTS || c < -LIMIT_SUPPRESS_COEFFICIENTS)
			return err_set(err, ERR_TOO_BIG, "relation %s: a coefficient is over %d",
				       r->name, LIMIT_SUPPRESS_COEFFICIENTS);
		sum += c < 0 ? -c : c;
	}
	if (sum > LIMIT_SUPPRESS_COEFFICIENTS)
		return err_set(err, ERR_TOO_BIG, "relation %s: its coefficients add up to over %d",
			       r->name, LIMIT_SUPPRESS_COEFFICIENTS);
	return ERR_OK;
}

enum err_code suppress_add_relation(struct suppress *problem, const struct suppress_relation *given,
				    struct err *err)
{
	enum err_code rc = suppress_check_relation(problem, given, err);
	if (rc == ERR_OK)
		rc = suppress_grow((void **)&problem->facts, problem->n_facts, &problem->facts_kept,
				   sizeof *problem->facts, err);
	for (size_t i = 0; rc == ERR_OK && i < given->n_terms; i++)
		rc = suppress_grow((void **)&problem->terms, problem->n_terms + i,
				   &problem->terms_kept, sizeof *problem->terms, err);
	if (rc != ERR_OK)
		return rc;
	char *name = strdup(given->name);
	if (name == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for relation %s", given->name);
	problem->facts[problem->n_facts++] = (struct suppress_fact){
		name,           given->table, given->when,  problem->n_terms,
		given->n_terms, given->lower, given->upper,
	};
	for (size_t i = 0; i < given->n_terms; i++)
		problem->terms[problem->n_terms++] = given->terms[i];
	problem->n_withheld_with += given->when == SUPPRESS_WITH_CELLS;
	return ERR_OK;
}

bool suppress_is_shown(const struct suppress_cell *cell)
{
	return cell->status == SUPPRESS_PUBLISH || cell->status == SUPPRESS_MAY;
}

int64_t suppress_low(const struct suppress_cell *cell)
{
	return suppress_is_shown(cell) ? cell->shown_low : cell->lower;
}

int64_t suppress_high(const struct suppress_cell *cell)
{
	return suppress_is_shown(cell) ? cell->shown_high : cell->upper;
}

int64_t suppress_need_low(const struct suppress_cell *cell)
{
	return cell->need_low > cell->lower ? cell->need_low : cell->lower;
}

int64_t suppress_need_high(const struct suppress_cell *cell)
{
	return cell->need_high < cell->upper ? cell->need_high : cell->upper;
}

int64_t suppress_need_width(const struct suppress_cell *cell)
{
	return cell->need_width > 1 ? cell->need_width : 1;
}

bool suppress_known(const struct suppress *problem, const struct suppress_fact *fact)
{
	if (fact->when == SUPPRESS_ALWAYS)
		return true;
	for (size_t i = 0; i < fact->n_terms; i++)
		if (!suppress_is_shown(&problem->cells[problem->terms[fact->first + i].cell]))
			return false;
	return true;
}

enum suppress_status suppress_status_of(const struct suppress *problem, size_t cell)
{
	return problem->cells[problem->number == NULL ? cell : problem->number[cell]].status;
}

bool suppress_withheld(const struct suppress *problem, size_t cell)
{
	enum suppress_status status = suppress_status_of(problem, cell);
	return status == SUPPRESS_PRIMARY || status == SUPPRESS_EARLIER ||
	       status == SUPPRESS_SECONDARY;
}

bool suppress_interval(const struct suppress *problem, size_t cell, int64_t *low, int64_t *high)
{
	size_t c = problem->number == NULL ? cell : problem->number[cell];
	*low = suppress_low(&problem->cells[c]);
	*high = suppress_high(&problem->cells[c]);
	const struct suppress_seen *seen = problem->seen == NULL ? NULL : &problem->seen[c];
	if (seen == NULL || seen->low > seen->high)
		return *low == *high;
	*low = seen->low;
	*high = seen->high;
	return seen->low_proven && seen->high_proven;
}

void suppress_count(const struct suppress *problem, struct suppress_report *report)
{
	report->n_cells = problem->n_cells;
	report->n_relations = problem->n_facts;
	report->n_primary = report->n_secondary = report->n_earlier = 0;
	report->weight_lost = 0;
	for (size_t i = 0; i < problem->n_cells; i++) {
		const struct suppress_cell *c = &problem->cells[i];
		report->n_primary += c->status == SUPPRESS_PRIMARY;
		report->n_earlier += c->status == SUPPRESS_EARLIER;
		report->n_secondary += c->status == SUPPRESS_SECONDARY;
		report->weight_lost += c->status == SUPPRESS_SECONDARY ? c->weight : 0;
	}
}
