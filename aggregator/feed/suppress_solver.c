#include "aggregator/feed/suppress_solver.h"

#include <stdio.h>
#include <stdlib.h>

#include <coin/Cbc_C_Interface.h>
#include <coin/Clp_C_Interface.h>

struct solver_lp {
	Clp_Simplex *model;
};

enum err_code solver_matrix_alloc(struct solver_matrix *m, int n_columns, int n_rows, int n_terms,
				  struct err *err)
{
	size_t columns = (size_t)n_columns + 1, rows = (size_t)n_rows + 1,
	       terms = (size_t)n_terms + 1;
	*m = (struct solver_matrix){ .n_columns = n_columns, .n_rows = n_rows };
	m->start = calloc(columns, sizeof *m->start);
	m->row = calloc(terms, sizeof *m->row);
	m->value = calloc(terms, sizeof *m->value);
	m->lower = calloc(columns, sizeof *m->lower);
	m->upper = calloc(columns, sizeof *m->upper);
	m->row_lower = calloc(rows, sizeof *m->row_lower);
	m->row_upper = calloc(rows, sizeof *m->row_upper);
	if (m->start != NULL && m->row != NULL && m->value != NULL && m->lower != NULL &&
	    m->upper != NULL && m->row_lower != NULL && m->row_upper != NULL)
		return ERR_OK;
	solver_matrix_clear(m);
	return err_set(err, ERR_NOMEM, "out of memory for a linear program of %d columns",
		       n_columns);
}

void solver_matrix_clear(struct solver_matrix *m)
{
	free(m->start);
	free(m->row);
	free(m->value);
	free(m->lower);
	free(m->upper);
	free(m->row_lower);
	free(m->row_upper);
	*m = (struct solver_matrix){ 0 };
}

enum err_code solver_lp_new(struct solver_lp **lp, const struct solver_matrix *m, int iterations,
			    struct err *err)
{
	*lp = calloc(1, sizeof **lp);
	if (*lp == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for a linear program");
	Clp_Simplex *model = Clp_newModel();
	(*lp)->model = model;
	Clp_setLogLevel(model, 0);
	Clp_loadProblem(model, m->n_columns, m->n_rows, m->start, m->row, m->value, m->lower,
			m->upper, NULL, m->row_lower, m->row_upper);
	/* Neither scaled nor perturbed: coefficients are near 1, and corners stay whole numbers. */
	Clp_scaling(model, 0);
	Clp_setPerturbation(model, 100);
	Clp_setOptimizationDirection(model, 1);
	Clp_setMaximumIterations(model, iterations);
	return ERR_OK;
}

void solver_lp_free(struct solver_lp **lp)
{
	if (*lp == NULL)
		return;
	if ((*lp)->model != NULL)
		Clp_deleteModel((*lp)->model);
	free(*lp);
	*lp = NULL;
}

void solver_lp_bounds(struct solver_lp *lp, const struct solver_matrix *m)
{
	Clp_chgColumnLower(lp->model, m->lower);
	Clp_chgColumnUpper(lp->model, m->upper);
	Clp_chgRowLower(lp->model, m->row_lower);
	Clp_chgRowUpper(lp->model, m->row_upper);
}

enum solver_outcome solver_lp_minimise(struct solver_lp *lp, const double *objective)
{
	Clp_chgObjCoefficients(lp->model, objective);
	/* The basis of the last solve is kept; only the objective or a few bounds have changed. */
	Clp_primal(lp->model, 0);
	switch (Clp_status(lp->model)) {
	case 0:
		return SOLVER_OPTIMAL;
	case 1:
		return SOLVER_INFEASIBLE;
	case 2:
		return SOLVER_UNBOUNDED;
	default:
		return SOLVER_GAVE_UP;
	}
}

const double *solver_lp_solution(struct solver_lp *lp)
{
	return Clp_getColSolution(lp->model);
}

const double *solver_lp_prices(struct solver_lp *lp)
{
	return Clp_getRowPrice(lp->model);
}

int solver_lp_iterations(struct solver_lp *lp)
{
	return Clp_numberIterations(lp->model);
}

/* Without columns or integers Cbc 2.10 crashes (its issue 411); callers never come so. Its diving
 * heuristics look at the clock, hence all heuristics are off; it must not share a gap either. */
enum solver_outcome solver_integer_minimise(const struct solver_matrix *m, const double *objective,
					    int nodes, double *solution)
{
	if (m->n_columns == 0 || m->n_rows == 0)
		return SOLVER_GAVE_UP;
	Cbc_Model *model = Cbc_newModel();
	char limit[16];
	snprintf(limit, sizeof limit, "%d", nodes);
	Cbc_setLogLevel(model, 0);
	Cbc_setParameter(model, "heuristicsOnOff", "off");
	Cbc_setParameter(model, "maxNodes", limit);
	Cbc_setParameter(model, "ratioGap", "0");
	Cbc_setParameter(model, "allowableGap", "0");
	Cbc_loadProblem(model, m->n_columns, m->n_rows, m->start, m->row, m->value, m->lower,
			m->upper, objective, m->row_lower, m->row_upper);
	for (int j = 0; j < m->n_columns; j++)
		Cbc_setInteger(model, j);
	Cbc_solve(model);
	enum solver_outcome outcome = SOLVER_GAVE_UP;
	if (Cbc_isProvenOptimal(model)) {
		const double *found = Cbc_getColSolution(model);
		for (int j = 0; j < m->n_columns; j++)
			solution[j] = found[j];
		outcome = SOLVER_OPTIMAL;
	} else if (Cbc_isProvenInfeasible(model)) {
		outcome = SOLVER_INFEASIBLE;
	}
	Cbc_deleteModel(model);
	return outcome;
}
