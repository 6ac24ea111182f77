#ifndef AGGREGATOR_FEED_SUPPRESS_PRIVATE_H
#define AGGREGATOR_FEED_SUPPRESS_PRIVATE_H

#include "aggregator/feed/suppress.h"
#include "aggregator/feed/suppress_solver.h"

/* What the files suppress_*.c share. Numbers of cells and relations are those of the order by name,
 * which suppress_apply makes; only suppress.c knows the callers' numbers. */

struct suppress_fact { /* one relation */
	char *name;
	uint32_t table;
	enum suppress_when when;
	size_t first, n_terms; /* in suppress.terms, by cell */
	int64_t lower, upper;
};

struct suppress_seen { /* what the last audit found of one cell */
	int64_t low, high;
	bool low_proven, high_proven;
};

struct suppress {
	struct suppress_cell *cells;
	size_t n_cells, cells_kept;
	struct suppress_fact *facts;
	size_t n_facts, facts_kept;
	struct suppress_term *terms;
	size_t n_terms, terms_kept;
	size_t n_withheld_with; /* relations that are not always known */
	/* After suppress_apply: */
	size_t *number;      /* caller's number → number in order */
	size_t *uses_first;  /* cell → its first entry in uses; n_cells + 1 entries */
	size_t *uses;        /* relations of a cell */
	int *local;          /* scratch: cell → its column, −1 elsewhere */
	unsigned char *mark; /* scratch for walks over relations: 0 elsewhere */
	struct suppress_seen *seen;
};

/* Whether a reader sees the cell, and between which values its count then must lie. */
bool suppress_is_shown(const struct suppress_cell *cell);
int64_t suppress_low(const struct suppress_cell *cell);
int64_t suppress_high(const struct suppress_cell *cell);
/* Whether a reader knows this relation in the present pattern. */
bool suppress_known(const struct suppress *problem, const struct suppress_fact *fact);
/* The ends that a sensitive cell's interval must reach. */
int64_t suppress_need_low(const struct suppress_cell *cell);
int64_t suppress_need_high(const struct suppress_cell *cell);
int64_t suppress_need_width(const struct suppress_cell *cell);

/* A part of the problem as a linear program: one column per cell of it, one row per relation. Cells
 * outside are held at their true values; so where a part has every relation of its cells, a witness
 * found in it is one of the whole. One part at a time: they share the problem's scratch space. */
struct suppress_part {
	struct suppress *problem;
	const struct suppress_options *options;
	size_t *cells; /* in order */
	size_t n_cells, cells_kept;
	size_t *facts; /* in order */
	size_t n_facts, facts_kept;
	int64_t *held; /* per row: what the cells outside contribute */
	struct solver_matrix matrix;
	double *row_scale;
	struct solver_lp *lp;
	double *objective; /* zeros between calls */
	double *found;     /* scratch: a solution */
	int64_t *whole;    /* scratch: a solution in whole numbers */
	int64_t iterations, programs;
};

void suppress_part_init(struct suppress_part *part, struct suppress *problem,
			const struct suppress_options *options);
void suppress_part_clear(struct suppress_part *part);
/* Collects: all of a table; a cell and all that is tied to it through what a reader does not know;
 * a cell and all within some steps of it (0: however far). Then suppress_part_build. */
enum err_code suppress_part_table(struct suppress_part *part, const size_t *facts, size_t n_facts,
				  struct err *err);
enum err_code suppress_part_unknown(struct suppress_part *part, size_t cell, struct err *err);
enum err_code suppress_part_around(struct suppress_part *part, size_t cell, int steps,
				   struct err *err);
enum err_code suppress_part_build(struct suppress_part *part, struct err *err);
/* Takes the bounds over from the present pattern. */
void suppress_part_refresh(struct suppress_part *part);

/* The smallest (sign +1) or largest (−1) value of column j. *proven: no other value lies beyond, by
 * whole numbers. Returns whether part->whole holds a witness with that value. ERR_MALFORMED when no
 * values at all satisfy the part. */
enum err_code suppress_part_reach(struct suppress_part *part, int j, int sign, bool *witnessed,
				  bool *proven, struct err *err);

/* Cheapest feasible moves: withholds cells of the part until the targets (columns) are protected in
 * it, as far as they can be, then publishes again what the clean-up finds unneeded among the newly
 * withheld. reached[i]: whether target i is protected, before (false if unknown) and after. */
enum err_code suppress_move(struct suppress_part *part, const int *targets, int n_targets,
			    bool *reached, struct err *err);
/* Least weight. *solved is false, and the pattern untouched, at a limit or where no pattern is
 * safe. */
enum err_code suppress_exact(struct suppress_part *part, const int *targets, int n_targets,
			     bool *solved, int64_t *cuts, struct err *err);
/* Whether targets are protected in the part; with witnesses (n_targets × 2 × n_cells, low first) if
 * not NULL. n_failed counts those that are not. */
enum err_code suppress_part_judge(struct suppress_part *part, const int *targets, int n_targets,
				  int32_t *witnesses, bool *reached, struct err *err);
/* The sensitive cells of a part, as columns; owned by the caller. */
enum err_code suppress_part_targets(const struct suppress_part *part, int **targets, int *n,
				    struct err *err);

void suppress_count(const struct suppress *problem, struct suppress_report *report);

#endif
