/* Parts of a problem as linear programs, and the two questions that everything else asks of them:
 * how far can this cell go (suppress_part_reach), and do these cells go far enough
 * (suppress_part_judge). An answer counts only with a witness in whole numbers.
 */
#include "aggregator/feed/suppress_private.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define PART_TOLERANCE 1e-6 /* of a solver's answer; witnesses have none */

void suppress_part_init(struct suppress_part *part, struct suppress *problem,
			const struct suppress_options *options)
{
	*part = (struct suppress_part){ .problem = problem, .options = options };
}

void suppress_part_clear(struct suppress_part *part)
{
	for (size_t i = 0; i < part->n_cells; i++)
		part->problem->local[part->cells[i]] = -1;
	for (size_t i = 0; i < part->n_facts; i++)
		part->problem->mark[part->facts[i]] = 0;
	free(part->cells);
	free(part->facts);
	free(part->held);
	free(part->row_scale);
	free(part->objective);
	free(part->found);
	free(part->whole);
	solver_matrix_clear(&part->matrix);
	solver_lp_free(&part->lp);
	suppress_part_init(part, part->problem, part->options);
}

static enum err_code part_append(size_t **list, size_t *n, size_t *kept, size_t entry,
				 struct err *err)
{
	if (*n == *kept) {
		size_t wanted = *kept * 2 + 64;
		size_t *larger = realloc(*list, wanted * sizeof **list);
		if (larger == NULL)
			return err_set(err, ERR_NOMEM, "out of memory for %zu linked cells",
				       wanted);
		*list = larger;
		*kept = wanted;
	}
	(*list)[(*n)++] = entry;
	return ERR_OK;
}

static enum err_code part_add_cell(struct suppress_part *part, size_t cell, struct err *err)
{
	if (part->problem->local[cell] >= 0)
		return ERR_OK;
	part->problem->local[cell] = 0;
	enum err_code rc = part_append(&part->cells, &part->n_cells, &part->cells_kept, cell, err);
	if (rc != ERR_OK)
		part->problem->local[cell] = -1;
	return rc;
}

/* Marks the relation; whether it is new goes to *added. */
static enum err_code part_add_fact(struct suppress_part *part, size_t fact, bool *added,
				   struct err *err)
{
	*added = false;
	if (part->problem->mark[fact] != 0)
		return ERR_OK;
	enum err_code rc = part_append(&part->facts, &part->n_facts, &part->facts_kept, fact, err);
	if (rc != ERR_OK)
		return rc;
	part->problem->mark[fact] = 1;
	*added = true;
	return ERR_OK;
}

enum err_code suppress_part_table(struct suppress_part *part, const size_t *facts, size_t n_facts,
				  struct err *err)
{
	const struct suppress *p = part->problem;
	enum err_code rc = ERR_OK;
	for (size_t i = 0; rc == ERR_OK && i < n_facts; i++) {
		const struct suppress_fact *fact = &p->facts[facts[i]];
		bool added;
		rc = part_add_fact(part, facts[i], &added, err);
		for (size_t k = 0; rc == ERR_OK && k < fact->n_terms; k++)
			rc = part_add_cell(part, p->terms[fact->first + k].cell, err);
	}
	return rc == ERR_OK ? suppress_part_build(part, err) : rc;
}

static bool part_is_open(const struct suppress_cell *cell)
{
	return suppress_low(cell) < suppress_high(cell) || cell->value == SUPPRESS_UNKNOWN;
}

enum err_code suppress_part_unknown(struct suppress_part *part, size_t cell, struct err *err)
{
	const struct suppress *p = part->problem;
	enum err_code rc = part_add_cell(part, cell, err);
	for (size_t at = 0; rc == ERR_OK && at < part->n_cells; at++) {
		size_t c = part->cells[at];
		for (size_t u = p->uses_first[c]; rc == ERR_OK && u < p->uses_first[c + 1]; u++) {
			const struct suppress_fact *fact = &p->facts[p->uses[u]];
			if (!suppress_known(p, fact))
				continue;
			bool added;
			rc = part_add_fact(part, p->uses[u], &added, err);
			for (size_t k = 0; added && rc == ERR_OK && k < fact->n_terms; k++) {
				size_t other = p->terms[fact->first + k].cell;
				if (part_is_open(&p->cells[other]))
					rc = part_add_cell(part, other, err);
			}
		}
	}
	return rc == ERR_OK ? suppress_part_build(part, err) : rc;
}

/* Walks outwards step by step. Cells whose value we do not know cannot be held: they come along
 * whatever the distance. */
enum err_code suppress_part_around(struct suppress_part *part, size_t cell, int steps,
				   struct err *err)
{
	const struct suppress *p = part->problem;
	enum err_code rc = part_add_cell(part, cell, err);
	size_t ring_ends = part->n_cells;
	int step = 0;
	for (size_t at = 0; rc == ERR_OK && at < part->n_cells; at++) {
		if (at == ring_ends) {
			step++;
			ring_ends = part->n_cells;
		}
		bool last = steps != 0 && step >= steps;
		size_t c = part->cells[at];
		for (size_t u = p->uses_first[c]; rc == ERR_OK && u < p->uses_first[c + 1]; u++) {
			const struct suppress_fact *fact = &p->facts[p->uses[u]];
			if (!suppress_known(p, fact))
				continue;
			bool added;
			rc = part_add_fact(part, p->uses[u], &added, err);
			for (size_t k = 0; added && rc == ERR_OK && k < fact->n_terms; k++) {
				size_t other = p->terms[fact->first + k].cell;
				const struct suppress_cell *o = &p->cells[other];
				if (o->value == SUPPRESS_UNKNOWN ||
				    (!last && (o->status == SUPPRESS_MAY || part_is_open(o))))
					rc = part_add_cell(part, other, err);
			}
		}
	}
	return rc == ERR_OK ? suppress_part_build(part, err) : rc;
}

static int part_order(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	return (x > y) - (x < y);
}

static enum err_code part_alloc(struct suppress_part *part, size_t n_terms, struct err *err)
{
	if (n_terms > INT32_MAX)
		return err_set(err, ERR_TOO_BIG, "over %d linked terms", INT32_MAX);
	enum err_code rc = solver_matrix_alloc(&part->matrix, (int)part->n_cells,
					       (int)part->n_facts, (int)n_terms, err);
	if (rc != ERR_OK)
		return rc;
	part->held = calloc(part->n_facts + 1, sizeof *part->held);
	part->row_scale = calloc(part->n_facts + 1, sizeof *part->row_scale);
	part->objective = calloc(part->n_cells + 1, sizeof *part->objective);
	part->found = calloc(part->n_cells + 1, sizeof *part->found);
	part->whole = calloc(part->n_cells + 1, sizeof *part->whole);
	if (part->held == NULL || part->row_scale == NULL || part->objective == NULL ||
	    part->found == NULL || part->whole == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for %zu linked cells", part->n_cells);
	return ERR_OK;
}

/* Counts each column's terms, and per row what is held and how it is scaled. */
static size_t part_measure(struct suppress_part *part, int *count)
{
	const struct suppress *p = part->problem;
	size_t n_terms = 0;
	for (size_t r = 0; r < part->n_facts; r++) {
		const struct suppress_fact *fact = &p->facts[part->facts[r]];
		for (size_t k = 0; k < fact->n_terms; k++) {
			int column = p->local[p->terms[fact->first + k].cell];
			if (column < 0)
				continue;
			n_terms++;
			if (count != NULL)
				count[column]++;
		}
	}
	return n_terms;
}

static void part_fill(struct suppress_part *part)
{
	const struct suppress *p = part->problem;
	struct solver_matrix *m = &part->matrix;
	part_measure(part, m->start + 1);
	for (int j = 0; j < m->n_columns; j++)
		m->start[j + 1] += m->start[j];
	for (size_t r = 0; r < part->n_facts; r++) {
		const struct suppress_fact *fact = &p->facts[part->facts[r]];
		int64_t largest = 1;
		for (size_t k = 0; k < fact->n_terms; k++) {
			const struct suppress_term *t = &p->terms[fact->first + k];
			int64_t size = t->coefficient < 0 ? -t->coefficient : t->coefficient;
			if (p->local[t->cell] < 0)
				part->held[r] += t->coefficient * p->cells[t->cell].value;
			else if (size > largest)
				largest = size;
		}
		part->row_scale[r] = 1.0 / (double)largest;
		for (size_t k = 0; k < fact->n_terms; k++) {
			const struct suppress_term *t = &p->terms[fact->first + k];
			int column = p->local[t->cell];
			if (column < 0)
				continue;
			/* start[] serves as the place to fill, and is moved back below. */
			m->row[m->start[column]] = (int)r;
			m->value[m->start[column]++] = (double)t->coefficient * part->row_scale[r];
		}
	}
	for (int j = m->n_columns; j > 0; j--)
		m->start[j] = m->start[j - 1];
	m->start[0] = 0;
}

enum err_code suppress_part_build(struct suppress_part *part, struct err *err)
{
	qsort(part->cells, part->n_cells, sizeof *part->cells, part_order);
	if (part->n_facts > 0)
		qsort(part->facts, part->n_facts, sizeof *part->facts, part_order);
	for (size_t i = 0; i < part->n_cells; i++)
		part->problem->local[part->cells[i]] = (int)i;
	enum err_code rc = part_alloc(part, part_measure(part, NULL), err);
	if (rc != ERR_OK)
		return rc;
	part_fill(part);
	suppress_part_refresh(part);
	rc = solver_lp_new(&part->lp, &part->matrix, part->options->lp_iterations, err);
	/* Only one part at a time uses the problem's scratch columns. */
	for (size_t i = 0; i < part->n_facts; i++)
		part->problem->mark[part->facts[i]] = 0;
	return rc;
}

void suppress_part_refresh(struct suppress_part *part)
{
	const struct suppress *p = part->problem;
	struct solver_matrix *m = &part->matrix;
	for (size_t j = 0; j < part->n_cells; j++) {
		m->lower[j] = (double)suppress_low(&p->cells[part->cells[j]]);
		m->upper[j] = (double)suppress_high(&p->cells[part->cells[j]]);
	}
	for (size_t r = 0; r < part->n_facts; r++) {
		const struct suppress_fact *fact = &p->facts[part->facts[r]];
		bool known = suppress_known(p, fact);
		m->row_lower[r] =
			known && fact->lower != INT64_MIN
				? (double)(fact->lower - part->held[r]) * part->row_scale[r]
				: -DBL_MAX;
		m->row_upper[r] =
			known && fact->upper != INT64_MAX
				? (double)(fact->upper - part->held[r]) * part->row_scale[r]
				: DBL_MAX;
	}
	if (part->lp != NULL)
		solver_lp_bounds(part->lp, m);
}

/* Rounds a solution into part->whole and checks it against every bound and relation, in integers.
 */
static bool part_is_witness(struct suppress_part *part, const double *solution)
{
	const struct suppress *p = part->problem;
	for (size_t j = 0; j < part->n_cells; j++) {
		const struct suppress_cell *cell = &p->cells[part->cells[j]];
		if (!(fabs(solution[j]) <= 2.0 * LIMIT_SUPPRESS_VALUE))
			return false;
		part->whole[j] = llround(solution[j]);
		if (part->whole[j] < suppress_low(cell) || part->whole[j] > suppress_high(cell))
			return false;
	}
	for (size_t r = 0; r < part->n_facts; r++) {
		const struct suppress_fact *fact = &p->facts[part->facts[r]];
		if (!suppress_known(p, fact))
			continue;
		int64_t sum = part->held[r];
		for (size_t k = 0; k < fact->n_terms; k++) {
			const struct suppress_term *t = &p->terms[fact->first + k];
			if (p->local[t->cell] >= 0)
				sum += t->coefficient * part->whole[p->local[t->cell]];
		}
		if (sum < fact->lower || sum > fact->upper)
			return false;
	}
	return true;
}

/* Fills s with the part's program and two columns per row that may make up what is amiss. */
static void part_stretch(const struct suppress_part *part, struct solver_matrix *s,
			 double *objective)
{
	const struct solver_matrix *m = &part->matrix;
	int n = m->n_columns, terms = m->start[n];
	memcpy(s->start, m->start, (size_t)(n + 1) * sizeof *m->start);
	memcpy(s->row, m->row, (size_t)terms * sizeof *m->row);
	memcpy(s->value, m->value, (size_t)terms * sizeof *m->value);
	memcpy(s->lower, m->lower, (size_t)n * sizeof *m->lower);
	memcpy(s->upper, m->upper, (size_t)n * sizeof *m->upper);
	memcpy(s->row_lower, m->row_lower, (size_t)m->n_rows * sizeof *m->row_lower);
	memcpy(s->row_upper, m->row_upper, (size_t)m->n_rows * sizeof *m->row_upper);
	for (int r = 0; r < m->n_rows; r++)
		for (int side = 0; side < 2; side++) {
			int column = n + 2 * r + side;
			s->row[s->start[column]] = r;
			s->value[s->start[column]] = side == 0 ? 1 : -1;
			s->start[column + 1] = s->start[column] + 1;
			s->upper[column] = 4.0 * LIMIT_SUPPRESS_VALUE;
			objective[column] = 1;
		}
}

/* Names a relation that must give way for the others to hold. */
static enum err_code part_blame(struct suppress_part *part, struct err *err)
{
	const struct solver_matrix *m = &part->matrix;
	struct solver_matrix s = { 0 };
	struct solver_lp *lp = NULL;
	int n = m->n_columns + 2 * m->n_rows;
	double *objective = calloc((size_t)n + 1, sizeof *objective);
	enum err_code rc =
		objective == NULL
			? err_set(err, ERR_NOMEM, "out of memory for %d columns", n)
			: solver_matrix_alloc(&s, n, m->n_rows,
					      m->start[m->n_columns] + 2 * m->n_rows, err);
	if (rc == ERR_OK) {
		part_stretch(part, &s, objective);
		rc = solver_lp_new(&lp, &s, part->options->lp_iterations, err);
	}
	if (rc == ERR_OK) {
		int row = 0;
		if (solver_lp_minimise(lp, objective) == SOLVER_OPTIMAL) {
			const double *x = solver_lp_solution(lp) + m->n_columns;
			for (int r = m->n_rows - 1; r >= 0; r--)
				if (x[2 * r] + x[2 * r + 1] > PART_TOLERANCE)
					row = r;
		}
		rc = err_set(err, ERR_MALFORMED,
			     "the figures contradict each other: no counts satisfy relation %s "
			     "together with those around it",
			     m->n_rows == 0 ? "(none)"
					    : part->problem->facts[part->facts[row]].name);
	}
	solver_lp_free(&lp);
	solver_matrix_clear(&s);
	free(objective);
	return rc;
}

enum err_code suppress_part_reach(struct suppress_part *part, int j, int sign, bool *witnessed,
				  bool *proven, struct err *err)
{
	*witnessed = *proven = false;
	part->objective[j] = sign;
	enum solver_outcome outcome = solver_lp_minimise(part->lp, part->objective);
	part->iterations += solver_lp_iterations(part->lp);
	if (outcome == SOLVER_OPTIMAL) {
		const double *x = solver_lp_solution(part->lp);
		double end = x[j] * sign;
		*witnessed = part_is_witness(part, x);
		*proven = *witnessed && (double)(part->whole[j] * sign) < end + 1 - PART_TOLERANCE;
	}
	if (outcome != SOLVER_INFEASIBLE && !*proven) {
		/* A corner that is no whole number, or doubt: branch and bound decides. */
		part->programs++;
		enum solver_outcome whole = solver_integer_minimise(
			&part->matrix, part->objective, part->options->confirm_nodes, part->found);
		*witnessed = whole == SOLVER_OPTIMAL && part_is_witness(part, part->found);
		*proven = *witnessed;
	}
	part->objective[j] = 0;
	return outcome == SOLVER_INFEASIBLE ? part_blame(part, err) : ERR_OK;
}

/* ---- judging */

struct part_judged { /* best ends so far of one target */
	int64_t low, high;
};

static bool part_judged_enough(const struct suppress_cell *cell, const struct part_judged *got)
{
	return got->low <= suppress_need_low(cell) && got->high >= suppress_need_high(cell) &&
	       got->high - got->low >= suppress_need_width(cell);
}

/* Takes part->whole over wherever it reaches further than what was seen. */
static void part_note(const struct suppress_part *part, const int *targets, int n_targets,
		      struct part_judged *got, int32_t *witnesses)
{
	size_t n = part->n_cells;
	for (int t = 0; t < n_targets; t++) {
		int64_t x = part->whole[targets[t]];
		for (int end = 0; end < 2; end++) {
			int64_t *best = end == 0 ? &got[t].low : &got[t].high;
			if (end == 0 ? x >= *best : x <= *best)
				continue;
			*best = x;
			int32_t *row =
				witnesses == NULL ? NULL : witnesses + (size_t)(2 * t + end) * n;
			for (size_t j = 0; row != NULL && j < n; j++)
				row[j] = (int32_t)part->whole[j];
		}
	}
}

enum err_code suppress_part_judge(struct suppress_part *part, const int *targets, int n_targets,
				  int32_t *witnesses, bool *reached, struct err *err)
{
	struct part_judged *got = calloc((size_t)n_targets + 1, sizeof *got);
	if (got == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for %d verdicts", n_targets);
	for (int t = 0; t < n_targets; t++)
		got[t] = (struct part_judged){ INT64_MAX / 4, INT64_MIN / 4 };
	enum err_code rc = ERR_OK;
	for (int t = 0; rc == ERR_OK && t < n_targets; t++) {
		const struct suppress_cell *cell = &part->problem->cells[part->cells[targets[t]]];
		for (int sign = 1; rc == ERR_OK && sign >= -1 && !part_judged_enough(cell, &got[t]);
		     sign -= 2) {
			bool witnessed, proven;
			rc = suppress_part_reach(part, targets[t], sign, &witnessed, &proven, err);
			if (rc == ERR_OK && witnessed)
				part_note(part, targets, n_targets, got, witnesses);
		}
		reached[t] = rc == ERR_OK && part_judged_enough(cell, &got[t]);
	}
	free(got);
	return rc;
}

enum err_code suppress_part_targets(const struct suppress_part *part, int **targets, int *n,
				    struct err *err)
{
	*n = 0;
	*targets = calloc(part->n_cells + 1, sizeof **targets);
	if (*targets == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for %zu cells", part->n_cells);
	for (size_t j = 0; j < part->n_cells; j++)
		if (part->problem->cells[part->cells[j]].sensitive)
			(*targets)[(*n)++] = (int)j;
	return ERR_OK;
}
