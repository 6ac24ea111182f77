/* The least weight, by cuts (Fischetti and Salazar, Mathematical Programming 2000). One yes or no
 * per cell that may be withheld; an integer program finds the cheapest choice that satisfies all
 * cuts known so far; the attacker then tries each target against that choice; where it succeeds,
 * the prices of its linear program say which cells would have stopped it, and that is the next
 * cut. When the attacker no longer succeeds, the choice is the optimum.
 *
 * Failure modes: a limit is reached, or no choice is safe: then *solved is false and the pattern
 * is as before.
 */
#include "aggregator/feed/suppress_private.h"

#include <math.h>
#include <stdlib.h>

#include "proto/limits.h"

#define EXACT_TOLERANCE 1e-6
#define EXACT_PRICE 1e-9 /* a smaller reduced cost is none */

struct exact {
	struct suppress_part *part;
	int *choice; /* column of the part → its yes or no, −1 if it has none */
	int *column; /* and back */
	int n;
	int *row, *entry; /* cuts as they come: (cut, choice, coefficient) */
	double *coefficient;
	size_t n_terms, terms_kept;
	double *at_least; /* right sides */
	size_t n_cuts, cuts_kept;
	double *reduced, *objective, *found;
	double *gives; /* per choice: how much withholding it gives way, for the cut in the making
			*/
	int64_t rounds;
};

static void exact_clear(struct exact *x)
{
	free(x->choice);
	free(x->column);
	free(x->row);
	free(x->entry);
	free(x->coefficient);
	free(x->at_least);
	free(x->reduced);
	free(x->objective);
	free(x->found);
	free(x->gives);
}

static struct suppress_cell *exact_cell(const struct exact *x, int column)
{
	return &x->part->problem->cells[x->part->cells[column]];
}

static enum err_code exact_open(struct exact *x, struct suppress_part *part, struct err *err)
{
	*x = (struct exact){ .part = part };
	size_t n = part->n_cells + 1;
	x->choice = calloc(n, sizeof *x->choice);
	x->column = calloc(n, sizeof *x->column);
	x->reduced = calloc(n, sizeof *x->reduced);
	x->objective = calloc(n, sizeof *x->objective);
	x->found = calloc(n, sizeof *x->found);
	x->gives = calloc(n, sizeof *x->gives);
	if (x->choice == NULL || x->column == NULL || x->reduced == NULL || x->objective == NULL ||
	    x->found == NULL || x->gives == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for %zu choices", n);
	for (size_t j = 0; j < part->n_cells; j++) {
		x->choice[j] = -1;
		if (exact_cell(x, (int)j)->status != SUPPRESS_MAY)
			continue;
		x->choice[j] = x->n;
		x->column[x->n] = (int)j;
		x->objective[x->n++] = (double)exact_cell(x, (int)j)->weight;
	}
	return ERR_OK;
}

static enum err_code exact_term(struct exact *x, int choice, double coefficient, struct err *err)
{
	if (x->n_terms == x->terms_kept) {
		size_t wanted = x->terms_kept * 2 + 256;
		int *row = realloc(x->row, wanted * sizeof *row);
		if (row != NULL)
			x->row = row;
		int *entry = realloc(x->entry, wanted * sizeof *entry);
		if (entry != NULL)
			x->entry = entry;
		double *value = realloc(x->coefficient, wanted * sizeof *value);
		if (value != NULL)
			x->coefficient = value;
		if (row == NULL || entry == NULL || value == NULL)
			/* cppcheck-suppress memleak: what was got is kept in x */
			return err_set(err, ERR_NOMEM, "out of memory for cuts");
		x->terms_kept = wanted;
	}
	x->row[x->n_terms] = (int)x->n_cuts;
	x->entry[x->n_terms] = choice;
	x->coefficient[x->n_terms++] = coefficient;
	return ERR_OK;
}

static enum err_code exact_end_cut(struct exact *x, double at_least, struct err *err)
{
	if (x->n_cuts == x->cuts_kept) {
		size_t wanted = x->cuts_kept * 2 + 64;
		double *larger = realloc(x->at_least, wanted * sizeof *larger);
		if (larger == NULL)
			return err_set(err, ERR_NOMEM, "out of memory for cuts");
		x->at_least = larger;
		x->cuts_kept = wanted;
	}
	x->at_least[x->n_cuts++] = at_least;
	return ERR_OK;
}

/* In an equation whose other cells are all published exactly, a lone withheld cell is no secret:
 * each withheld one asks for another. */
static enum err_code exact_company(struct exact *x, size_t fact_at, struct err *err)
{
	const struct suppress *p = x->part->problem;
	const struct suppress_fact *fact = &p->facts[fact_at];
	int secret = 0;
	if (fact->lower != fact->upper || fact->when != SUPPRESS_ALWAYS)
		return ERR_OK;
	for (size_t k = 0; k < fact->n_terms; k++) {
		int j = p->local[p->terms[fact->first + k].cell];
		const struct suppress_cell *cell = exact_cell(x, j);
		bool open = suppress_low(cell) < suppress_high(cell);
		if (open && !cell->sensitive)
			return ERR_OK;
		secret += open;
	}
	if (secret > 1)
		return ERR_OK;
	for (size_t k = 0; k <= fact->n_terms; k++) {
		int lone = k == fact->n_terms ? -1
					      : x->choice[p->local[p->terms[fact->first + k].cell]];
		if (secret == 1 ? k < fact->n_terms : lone < 0)
			continue;
		for (size_t o = 0; o < fact->n_terms; o++) {
			int other = x->choice[p->local[p->terms[fact->first + o].cell]];
			enum err_code rc =
				other < 0 ? ERR_OK
					  : exact_term(x, other, other == lone ? -1 : 1, err);
			if (rc != ERR_OK)
				return rc;
		}
		enum err_code rc = exact_end_cut(x, secret, err);
		if (rc != ERR_OK)
			return rc;
	}
	return ERR_OK;
}

/* The prices of the attacker's program bound how far target can go under any choice: not beyond the
 * returned value, less what each withheld cell gives (added to gives). */
static double exact_bound(struct exact *x, int target, int sign)
{
	const struct solver_matrix *m = &x->part->matrix;
	const double *price = solver_lp_prices(x->part->lp);
	double bound = 0;
	for (int j = 0; j < m->n_columns; j++)
		x->reduced[j] = j == target ? sign : 0;
	for (int j = 0; j < m->n_columns; j++)
		for (int k = m->start[j]; k < m->start[j + 1]; k++)
			x->reduced[j] -= m->value[k] * price[m->row[k]];
	for (int r = 0; r < m->n_rows; r++)
		if (fabs(price[r]) > EXACT_PRICE)
			bound += price[r] * (price[r] > 0 ? m->row_lower[r] : m->row_upper[r]);
	for (int j = 0; j < m->n_columns; j++) {
		const struct suppress_cell *cell = exact_cell(x, j);
		double r = fabs(x->reduced[j]) <= EXACT_PRICE ? 0 : x->reduced[j];
		int i = x->choice[j];
		int64_t low = i >= 0 ? cell->shown_low : suppress_low(cell);
		int64_t high = i >= 0 ? cell->shown_high : suppress_high(cell);
		bound += r * (double)(r > 0 ? low : high);
		if (i >= 0)
			x->gives[i] += r > 0 ? r * (double)(cell->shown_low - cell->lower)
					     : -r * (double)(cell->upper - cell->shown_high);
	}
	return bound;
}

/* What is withheld must give at least gap. *possible is false when nothing could. */
static enum err_code exact_cut(struct exact *x, double gap, bool *possible, struct err *err)
{
	*possible = false;
	if (gap <= EXACT_TOLERANCE)
		return ERR_OK;
	for (int i = 0; i < x->n; i++) {
		double share = x->gives[i] / gap;
		if (share < EXACT_PRICE)
			continue;
		enum err_code rc = exact_term(x, i, share > 1 - EXACT_TOLERANCE ? 1 : share, err);
		if (rc != ERR_OK)
			return rc;
		*possible = true;
	}
	return exact_end_cut(x, 1, err);
}

/* The attacker's best end for a target under the present choice; *bound and gives as above. */
static bool exact_reach(struct exact *x, int target, int sign, double *end, double *bound)
{
	struct suppress_part *part = x->part;
	part->objective[target] = sign;
	enum solver_outcome outcome = solver_lp_minimise(part->lp, part->objective);
	part->objective[target] = 0;
	part->iterations += solver_lp_iterations(part->lp);
	if (outcome != SOLVER_OPTIMAL)
		return false;
	*end = solver_lp_solution(part->lp)[target] * sign;
	*bound = exact_bound(x, target, sign);
	return true;
}

static void exact_forget(struct exact *x)
{
	for (int i = 0; i < x->n; i++)
		x->gives[i] = 0;
}

/* The cuts of one target: for each end that it cannot reach, else for the width that it lacks. */
static enum err_code exact_attack_one(struct exact *x, int target, bool *possible, struct err *err)
{
	const struct suppress_cell *cell = exact_cell(x, target);
	double goals[2] = { (double)suppress_need_low(cell), -(double)suppress_need_high(cell) };
	double ends[2], bounds[2];
	size_t before = x->n_cuts;
	*possible = true;
	for (int i = 0; i < 2 && *possible; i++) {
		exact_forget(x);
		*possible = exact_reach(x, target, i == 0 ? 1 : -1, &ends[i], &bounds[i]);
		if (!*possible || ends[i] <= goals[i] + EXACT_TOLERANCE)
			continue;
		enum err_code rc = exact_cut(x, bounds[i] - goals[i], possible, err);
		if (rc != ERR_OK)
			return rc;
	}
	double width = (double)suppress_need_width(cell);
	if (!*possible || x->n_cuts > before || -(ends[0] + ends[1]) >= width - EXACT_TOLERANCE)
		return ERR_OK;
	exact_forget(x);
	*possible = exact_reach(x, target, 1, &ends[0], &bounds[0]) &&
		    exact_reach(x, target, -1, &ends[1], &bounds[1]);
	return *possible ? exact_cut(x, bounds[0] + bounds[1] + width, possible, err) : ERR_OK;
}

/* The attacker against the present choice. */
static enum err_code exact_attack(struct exact *x, const int *targets, int n_targets,
				  bool *possible, struct err *err)
{
	enum err_code rc = ERR_OK;
	*possible = true;
	for (int t = 0; rc == ERR_OK && *possible && t < n_targets; t++)
		rc = exact_attack_one(x, targets[t], possible, err);
	return rc;
}

static void exact_apply(struct exact *x, bool all_published)
{
	for (int i = 0; i < x->n; i++)
		exact_cell(x, x->column[i])->status =
			!all_published && x->found[i] > 0.5 ? SUPPRESS_SECONDARY : SUPPRESS_MAY;
	suppress_part_refresh(x->part);
}

/* The cheapest choice under the cuts so far, into found. */
static enum err_code exact_choose(struct exact *x, bool *chosen, struct err *err)
{
	struct solver_matrix m;
	enum err_code rc = solver_matrix_alloc(&m, x->n, (int)x->n_cuts, (int)x->n_terms, err);
	if (rc != ERR_OK)
		return rc;
	for (size_t k = 0; k < x->n_terms; k++)
		m.start[x->entry[k] + 1]++;
	for (int j = 0; j < x->n; j++) {
		m.upper[j] = 1;
		m.start[j + 1] += m.start[j];
	}
	for (size_t k = 0; k < x->n_terms; k++) {
		int at = m.start[x->entry[k]]++;
		m.row[at] = x->row[k];
		m.value[at] = x->coefficient[k];
	}
	for (int j = x->n; j > 0; j--)
		m.start[j] = m.start[j - 1];
	m.start[0] = 0;
	for (size_t r = 0; r < x->n_cuts; r++) {
		m.row_lower[r] = x->at_least[r];
		m.row_upper[r] = 1e30;
	}
	x->part->programs++;
	*chosen = solver_integer_minimise(&m, x->objective, x->part->options->exact_nodes,
					  x->found) == SOLVER_OPTIMAL;
	solver_matrix_clear(&m);
	return ERR_OK;
}

static enum err_code exact_rounds(struct exact *x, const int *targets, int n_targets, bool *solved,
				  struct err *err)
{
	for (int round = 0; round < x->part->options->exact_rounds; round++) {
		size_t before = x->n_cuts;
		bool going_on;
		enum err_code rc = exact_attack(x, targets, n_targets, &going_on, err);
		if (rc != ERR_OK)
			return rc;
		*solved = going_on && x->n_cuts == before;
		if (!going_on || *solved)
			return ERR_OK;
		rc = exact_choose(x, &going_on, err);
		if (rc != ERR_OK || !going_on)
			return rc;
		exact_apply(x, false);
	}
	return ERR_OK;
}

/* A rounded count that is published is no yes or no; such tables are left to the heuristic. */
static bool exact_can(const struct suppress_part *part, const int *targets, int n_targets)
{
	for (int t = 0; t < n_targets; t++)
		if (suppress_is_shown(&part->problem->cells[part->cells[targets[t]]]))
			return false;
	return true;
}

enum err_code suppress_exact(struct suppress_part *part, const int *targets, int n_targets,
			     bool *solved, int64_t *cuts, struct err *err)
{
	*solved = false;
	if (!exact_can(part, targets, n_targets))
		return ERR_OK;
	struct exact x;
	enum err_code rc = exact_open(&x, part, err);
	for (size_t r = 0; rc == ERR_OK && r < part->n_facts; r++)
		rc = exact_company(&x, part->facts[r], err);
	bool chosen = true;
	if (rc == ERR_OK && x.n_cuts > 0)
		rc = exact_choose(&x, &chosen, err);
	if (rc == ERR_OK && chosen) {
		exact_apply(&x, false);
		rc = exact_rounds(&x, targets, n_targets, solved, err);
	}
	*cuts += (int64_t)x.n_cuts;
	if (x.choice != NULL && x.column != NULL && x.found != NULL && !*solved)
		exact_apply(&x, true);
	exact_clear(&x);
	return rc;
}
