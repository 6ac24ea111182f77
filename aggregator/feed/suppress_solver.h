#ifndef AGGREGATOR_FEED_SUPPRESS_SOLVER_H
#define AGGREGATOR_FEED_SUPPRESS_SOLVER_H

#include "proto/err.h"

/* The only door to COIN-OR: Clp for linear programs, Cbc for integer ones. All programs minimise.
 * Nothing here prints, and nothing looks at the clock. */

/* A program: columns with bounds, rows with bounds, the matrix by columns (start has n_columns + 1
 * entries). Owned by whoever filled it; emptied by solver_matrix_clear. */
struct solver_matrix {
	int n_columns, n_rows;
	int *start, *row;
	double *value;
	double *lower, *upper;
	double *row_lower, *row_upper;
};

enum solver_outcome {
	SOLVER_OPTIMAL,
	SOLVER_INFEASIBLE,
	SOLVER_UNBOUNDED,
	SOLVER_GAVE_UP, /* at a limit, or in numerical trouble */
};

/* ERR_NOMEM; m is then empty. */
enum err_code solver_matrix_alloc(struct solver_matrix *m, int n_columns, int n_rows, int n_terms,
				  struct err *err);
void solver_matrix_clear(struct solver_matrix *m);

struct solver_lp;

/* Loads a program (copied). Each solve starts from where the last one ended. */
enum err_code solver_lp_new(struct solver_lp **lp, const struct solver_matrix *m, int iterations,
			    struct err *err);
void solver_lp_free(struct solver_lp **lp);
/* Replaces the bounds of all columns, and of all rows. */
void solver_lp_bounds(struct solver_lp *lp, const struct solver_matrix *m);
enum solver_outcome solver_lp_minimise(struct solver_lp *lp, const double *objective);
/* After SOLVER_OPTIMAL, valid until the next call: n_columns values, n_rows prices. */
const double *solver_lp_solution(struct solver_lp *lp);
const double *solver_lp_prices(struct solver_lp *lp);
/* Simplex iterations of the last solve. */
int solver_lp_iterations(struct solver_lp *lp);

/* Solves m with every column a whole number, from scratch; solution gets n_columns values after
 * SOLVER_OPTIMAL. One thread, no gap allowed. */
enum solver_outcome solver_integer_minimise(const struct solver_matrix *m, const double *objective,
					    int nodes, double *solution);

#endif
