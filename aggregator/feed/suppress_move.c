/* The heuristic. To let an attacker's interval of a cell reach an end, some other counts must be
 * able to move: the cheapest such move is a linear program, and whatever it touches is withheld.
 * Touched cells then move free of charge, so each target builds on the ones before. At the end the
 * clean-up publishes again, dearest first, every newly withheld cell that no target needs.
 * Withholding more never narrows an interval, so the order matters to the weight and not to safety.
 */
#include "aggregator/feed/suppress_private.h"

#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define MOVE_TOUCHED 1e-6 /* a count that moved by less did not */

/* The part's program, and for each cell that may be withheld one column for moving beyond what is
 * published upwards and one for downwards, each at the cell's weight. */
struct move {
	struct suppress_part *part;
	int *movable; /* columns of the part */
	int n_movable;
	struct solver_matrix matrix;
	struct solver_lp *lp;
	double *cost, *found;
};

static void move_clear(struct move *mv)
{
	free(mv->movable);
	free(mv->cost);
	free(mv->found);
	solver_matrix_clear(&mv->matrix);
	solver_lp_free(&mv->lp);
}

static const struct suppress_cell *move_cell(const struct move *mv, int column)
{
	return &mv->part->problem->cells[mv->part->cells[column]];
}

/* Bounds from the present pattern; what has been withheld moves in its own column. */
static void move_refresh(struct move *mv)
{
	const struct solver_matrix *base = &mv->part->matrix;
	struct solver_matrix *m = &mv->matrix;
	suppress_part_refresh(mv->part);
	memcpy(m->lower, base->lower, (size_t)base->n_columns * sizeof *m->lower);
	memcpy(m->upper, base->upper, (size_t)base->n_columns * sizeof *m->upper);
	memcpy(m->row_lower, base->row_lower, (size_t)base->n_rows * sizeof *m->row_lower);
	memcpy(m->row_upper, base->row_upper, (size_t)base->n_rows * sizeof *m->row_upper);
	for (int i = 0; i < mv->n_movable; i++) {
		const struct suppress_cell *cell = move_cell(mv, mv->movable[i]);
		bool may = cell->status == SUPPRESS_MAY;
		int up = base->n_columns + 2 * i;
		m->upper[up] = may ? (double)(cell->upper - cell->shown_high) : 0;
		m->upper[up + 1] = may ? (double)(cell->shown_low - cell->lower) : 0;
	}
	if (mv->lp != NULL)
		solver_lp_bounds(mv->lp, m);
}

static void move_fill(struct move *mv)
{
	const struct solver_matrix *base = &mv->part->matrix;
	struct solver_matrix *m = &mv->matrix;
	int n = base->n_columns;
	memcpy(m->start, base->start, (size_t)(n + 1) * sizeof *m->start);
	memcpy(m->row, base->row, (size_t)base->start[n] * sizeof *m->row);
	memcpy(m->value, base->value, (size_t)base->start[n] * sizeof *m->value);
	for (int i = 0; i < mv->n_movable; i++)
		for (int side = 0; side < 2; side++) {
			int from = mv->movable[i], column = n + 2 * i + side;
			int at = m->start[column];
			for (int k = base->start[from]; k < base->start[from + 1]; k++, at++) {
				m->row[at] = base->row[k];
				m->value[at] = side == 0 ? base->value[k] : -base->value[k];
			}
			m->start[column + 1] = at;
			mv->cost[column] = (double)move_cell(mv, from)->weight;
		}
}

static enum err_code move_open(struct move *mv, struct suppress_part *part, struct err *err)
{
	*mv = (struct move){ .part = part };
	const struct solver_matrix *base = &part->matrix;
	mv->movable = calloc(part->n_cells + 1, sizeof *mv->movable);
	if (mv->movable == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for %zu moves", part->n_cells);
	int terms = base->start[base->n_columns];
	for (int j = 0; j < base->n_columns; j++)
		if (part->problem->cells[part->cells[j]].status == SUPPRESS_MAY) {
			mv->movable[mv->n_movable++] = j;
			terms += 2 * (base->start[j + 1] - base->start[j]);
		}
	int columns = base->n_columns + 2 * mv->n_movable;
	enum err_code rc = solver_matrix_alloc(&mv->matrix, columns, base->n_rows, terms, err);
	if (rc != ERR_OK)
		return rc;
	mv->cost = calloc((size_t)columns + 1, sizeof *mv->cost);
	mv->found = calloc((size_t)columns + 1, sizeof *mv->found);
	if (mv->cost == NULL || mv->found == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for %d moves", columns);
	move_fill(mv);
	move_refresh(mv);
	return solver_lp_new(&mv->lp, &mv->matrix, part->options->lp_iterations, err);
}

/* Finds the cheapest move of a target to a bound (low: downwards) and withholds what it touches.
 * Returns whether there is one. */
static bool move_to(struct move *mv, int target, bool low, int64_t bound, bool whole)
{
	struct solver_matrix *m = &mv->matrix;
	double *end = low ? &m->upper[target] : &m->lower[target];
	double kept = *end;
	*end = (double)bound;
	if (low ? *end < m->lower[target] : *end > m->upper[target]) {
		*end = kept;
		return false;
	}
	const double *x = NULL;
	solver_lp_bounds(mv->lp, m);
	enum solver_outcome outcome = solver_lp_minimise(mv->lp, mv->cost);
	mv->part->iterations += solver_lp_iterations(mv->lp);
	if (outcome == SOLVER_OPTIMAL)
		x = solver_lp_solution(mv->lp);
	if (outcome == SOLVER_OPTIMAL && whole) {
		mv->part->programs++;
		outcome = solver_integer_minimise(m, mv->cost, mv->part->options->confirm_nodes,
						  mv->found);
		x = mv->found;
	}
	*end = kept;
	if (outcome != SOLVER_OPTIMAL)
		return false;
	for (int i = 0; i < mv->n_movable; i++) {
		int up = mv->part->matrix.n_columns + 2 * i;
		struct suppress_cell *cell =
			&mv->part->problem->cells[mv->part->cells[mv->movable[i]]];
		if (cell->status == SUPPRESS_MAY &&
		    (x[up] > MOVE_TOUCHED || x[up + 1] > MOVE_TOUCHED)) {
			cell->status = SUPPRESS_SECONDARY;
			mv->cost[up] = mv->cost[up + 1] = 0;
		}
	}
	move_refresh(mv);
	return true;
}

/* A small count published in rounded form that is not safe so is withheld after all. */
static void move_withhold_target(struct move *mv, int target)
{
	struct suppress_cell *cell = &mv->part->problem->cells[mv->part->cells[target]];
	if (cell->status != SUPPRESS_MAY)
		return;
	cell->status = SUPPRESS_PRIMARY;
	for (int i = 0; i < mv->n_movable; i++)
		if (mv->movable[i] == target) {
			int up = mv->part->matrix.n_columns + 2 * i;
			mv->cost[up] = mv->cost[up + 1] = 0;
		}
	move_refresh(mv);
}

/* Opens both ends of one target's interval. */
static enum err_code move_target(struct move *mv, int target, bool whole, struct err *err)
{
	bool reached;
	enum err_code rc = suppress_part_judge(mv->part, &target, 1, NULL, &reached, err);
	if (rc != ERR_OK || reached)
		return rc;
	move_withhold_target(mv, target);
	const struct suppress_cell *cell = move_cell(mv, target);
	int64_t low = suppress_need_low(cell), high = suppress_need_high(cell);
	int64_t width = suppress_need_width(cell);
	bool down = move_to(mv, target, true, low, whole);
	if (high - low >= width) {
		move_to(mv, target, false, high, whole);
		return ERR_OK;
	}
	/* Only a width is asked: one step more, upwards if it can be, else downwards. */
	if (!down || !move_to(mv, target, false, low + width, whole))
		move_to(mv, target, true, high - width, whole);
	return ERR_OK;
}

/* ---- clean-up */

struct cleanup {
	struct suppress_part *part;
	const int *targets;
	int n_targets;
	bool *reached;
	int32_t *witnesses; /* n_targets × 2 × n_cells */
	int32_t *fresh;     /* 2 × n_cells */
};

/* Whether target t is still safe without column j; new witnesses take the place of those that j
 * has made void. */
static enum err_code cleanup_still_safe(struct cleanup *c, int t, int j, bool *safe,
					struct err *err)
{
	struct suppress_part *part = c->part;
	size_t n = part->n_cells;
	const struct suppress_cell *cell = &part->problem->cells[part->cells[c->targets[t]]];
	const struct suppress_cell *shown = &part->problem->cells[part->cells[j]];
	bool was_void[2];
	int64_t ends[2];
	*safe = true;
	for (int end = 0; end < 2; end++) {
		const int32_t *kept = c->witnesses + (size_t)(2 * t + end) * n;
		was_void[end] = kept[j] < shown->shown_low || kept[j] > shown->shown_high;
		ends[end] = kept[c->targets[t]];
		if (!was_void[end])
			continue;
		bool witnessed, proven;
		enum err_code rc = suppress_part_reach(part, c->targets[t], end == 0 ? 1 : -1,
						       &witnessed, &proven, err);
		if (rc != ERR_OK)
			return rc;
		*safe = witnessed;
		if (!witnessed)
			return ERR_OK;
		ends[end] = part->whole[c->targets[t]];
		for (size_t i = 0; i < n; i++)
			c->fresh[(size_t)end * n + i] = (int32_t)part->whole[i];
	}
	*safe = ends[0] <= suppress_need_low(cell) && ends[1] >= suppress_need_high(cell) &&
		ends[1] - ends[0] >= suppress_need_width(cell);
	for (int end = 0; end < 2 && *safe; end++)
		if (was_void[end])
			memcpy(c->witnesses + (size_t)(2 * t + end) * n, c->fresh + (size_t)end * n,
			       n * sizeof *c->fresh);
	return ERR_OK;
}

static enum err_code cleanup_try(struct cleanup *c, int j, struct err *err)
{
	struct suppress_cell *cell = &c->part->problem->cells[c->part->cells[j]];
	cell->status = SUPPRESS_MAY;
	suppress_part_refresh(c->part);
	bool safe = true;
	enum err_code rc = ERR_OK;
	for (int t = 0; rc == ERR_OK && safe && t < c->n_targets; t++)
		if (c->reached[t])
			rc = cleanup_still_safe(c, t, j, &safe, err);
	if (rc != ERR_OK || !safe) {
		cell->status = SUPPRESS_SECONDARY;
		suppress_part_refresh(c->part);
	}
	return rc;
}

struct candidate {
	int column;
	int64_t weight;
};

static int cleanup_order(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

static enum err_code cleanup_all(struct cleanup *c, const struct move *mv, struct err *err)
{
	struct candidate *list = calloc((size_t)mv->n_movable + 1, sizeof *list);
	if (list == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for a clean-up");
	int n = 0;
	for (int i = 0; i < mv->n_movable; i++)
		if (move_cell(mv, mv->movable[i])->status == SUPPRESS_SECONDARY)
			list[n++] = (struct candidate){ mv->movable[i],
							move_cell(mv, mv->movable[i])->weight };
	qsort(list, (size_t)n, sizeof *list, cleanup_order);
	enum err_code rc = ERR_OK;
	for (int i = 0; rc == ERR_OK && i < n; i++)
		rc = cleanup_try(c, list[i].column, err);
	free(list);
	return rc;
}

/* Judges all targets, with a witness kept for each end where there is room. */
static enum err_code cleanup_judge(struct cleanup *c, struct err *err)
{
	return suppress_part_judge(c->part, c->targets, c->n_targets, c->witnesses, c->reached,
				   err);
}

static enum err_code cleanup_open(struct cleanup *c, struct err *err)
{
	size_t numbers = (size_t)c->n_targets * 2 * c->part->n_cells;
	if (numbers > LIMIT_SUPPRESS_WITNESSES)
		return ERR_OK; /* too large a part: nothing is published again */
	c->witnesses = calloc(numbers + 1, sizeof *c->witnesses);
	c->fresh = calloc(2 * c->part->n_cells + 1, sizeof *c->fresh);
	if (c->witnesses == NULL || c->fresh == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for %zu witnesses", numbers);
	return ERR_OK;
}

enum err_code suppress_move(struct suppress_part *part, const int *targets, int n_targets,
			    bool *reached, struct err *err)
{
	struct move mv;
	struct cleanup c = { part, targets, n_targets, reached, NULL, NULL };
	enum err_code rc = move_open(&mv, part, err);
	if (rc == ERR_OK)
		rc = cleanup_open(&c, err);
	for (int t = 0; rc == ERR_OK && t < n_targets; t++)
		if (!reached[t])
			rc = move_target(&mv, targets[t], false, err);
	if (rc == ERR_OK)
		rc = cleanup_judge(&c, err);
	/* Where the ends are no whole numbers, look for a move in whole numbers. */
	bool again = false;
	for (int t = 0; rc == ERR_OK && t < n_targets; t++)
		if (!reached[t]) {
			rc = move_target(&mv, targets[t], true, err);
			again = true;
		}
	if (rc == ERR_OK && again)
		rc = cleanup_judge(&c, err);
	if (rc == ERR_OK && c.witnesses != NULL)
		rc = cleanup_all(&c, &mv, err);
	free(c.witnesses);
	free(c.fresh);
	move_clear(&mv);
	return rc;
}
