#ifndef AGGREGATOR_FEED_SUPPRESS_H
#define AGGREGATOR_FEED_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

/* Disclosure control: which counts of an edition are withheld, so that no withheld count can be
 * worked out, and the proof. It knows nothing of the store, of measures or of files.
 *
 * A problem is a set of cells (whole numbers ≥ 0) and of relations between them that a reader of
 * the edition can write down: lower ≤ sum of coefficient × cell ≤ upper. An equation has
 * lower = upper. Relations come from totals, from identities between measures (stock = previous
 * stock + started − ended; a measure that is the sum of others), from percentages, rates and
 * rounded totals (intervals), and from earlier editions (a relation with one cell: its value as it
 * was published).
 *
 *     suppress_new → suppress_add_… → suppress_apply → suppress_make_safe → suppress_status_of
 *
 * Two methods that share no verdict:
 * - protecting chooses the cells to withhold, table by table: the least weight by integer
 *   programming where the table is small enough and the limits suffice (Fischetti and Salazar
 *   2000: a cut for each cell that an attacker can still narrow down), else the cheapest feasible
 *   moves one after another (Kelly, Golden and Assad 1992), and then a clean-up that publishes
 *   again whatever the proof does not need;
 * - auditing is the attacker: over the whole linked system, the smallest and the largest value
 *   that each withheld count may have. An end of such an interval counts only with a witness: a
 *   complete set of whole numbers, checked in integer arithmetic against every relation. So
 *   "safe" never rests on a solver's tolerances, and a solver that gives up makes a cell unsafe.
 *
 * Limits are counts (cells, rounds, nodes, iterations), never the clock. Cells and relations are
 * put into an order of their own (by name), so the order of adding changes nothing, and the same
 * input gives the same pattern.
 *
 * One thread only: Cbc keeps settings in static variables. The solvers are C++: where their own
 * memory runs out the process ends; ours gives ERR_NOMEM.
 */

#define SUPPRESS_UNKNOWN INT64_MIN /* a value that we do not know either */
#define SUPPRESS_NO_CELL SIZE_MAX

enum suppress_status {
	SUPPRESS_PUBLISH,   /* is published, whatever happens */
	SUPPRESS_MAY,       /* is published unless it is needed to protect others */
	SUPPRESS_PRIMARY,   /* withheld: a small count */
	SUPPRESS_EARLIER,   /* withheld in an earlier edition, and therefore now */
	SUPPRESS_HIDDEN,    /* never published by anyone, only ties others together */
	SUPPRESS_SECONDARY, /* withheld to protect others: a result, never an input */
};

struct suppress_cell {
	const char *name; /* unique, ≤ LIMIT_SUPPRESS_NAME_BYTES; copied */
	int64_t value;    /* ≥ 0, or SUPPRESS_UNKNOWN where not published */
	enum suppress_status status;
	bool sensitive;                /* protected; every SUPPRESS_PRIMARY is */
	int64_t weight;                /* of the information lost with it, ≥ 1 */
	int64_t lower, upper;          /* what a reader knows of it when it is withheld */
	int64_t shown_low, shown_high; /* what its published form says; the value twice if exact */
	/* When sensitive, the possible interval must reach down to need_low and up to need_high
	 * (each moved to within lower and upper) and be at least need_width wide (1 is always
	 * asked). */
	int64_t need_low, need_high, need_width;
};

/* Fills cell for a count that may be withheld: weight = value (at least 1), lower 0, upper the
 * largest allowed, shown exactly, needs no more than not to be exact. Borrows name. */
void suppress_cell_init(struct suppress_cell *cell, const char *name, int64_t value);

enum suppress_when {
	SUPPRESS_ALWAYS,     /* known to a reader whatever is withheld */
	SUPPRESS_WITH_CELLS, /* published only while each of its cells is (a percentage) */
};

struct suppress_term {
	size_t cell; /* as suppress_add_cell gave it */
	int64_t coefficient;
};

struct suppress_relation {
	const char *name; /* for messages and for the order, ≤ LIMIT_SUPPRESS_NAME_BYTES; copied */
	uint32_t table;   /* protected together with the others of this number; 0: only links */
	enum suppress_when when;
	const struct suppress_term *terms; /* copied; terms of one cell are added up */
	size_t n_terms;
	int64_t lower, upper; /* INT64_MIN and INT64_MAX: no bound on that side */
};

/* A percentage or rate, published rounded half-up: shown = floor(factor × numerator ÷ (divisor ×
 * denominator) + ½), in units of its last decimal. A percentage to 1 dp has factor 1000 and
 * divisor 1; a monthly rate per 10,000, annualised, to 1 dp: 100000 × 365 and days of the month. */
struct suppress_ratio {
	const char *name;
	uint32_t table;
	enum suppress_when when;
	size_t numerator;          /* a cell */
	size_t denominator;        /* a cell, or SUPPRESS_NO_CELL and then … */
	int64_t denominator_value; /* … this, known to everybody: a population */
	int64_t factor, divisor;
	int64_t shown;
};

struct suppress_rule {
	int64_t low, high; /* counts from low to high are withheld: 1 and 5 */
	bool zeros_shown;  /* a zero is published, so what is withheld is ≥ 1 */
	/* The interval must contain this range: 1 and 5. Where zeros are shown a total is at least
	 * the number of its parts that are not zero, which no withholding can hide: then from
	 * there. */
	int64_t protect_low, protect_high;
	int64_t small_denominator; /* percentages over fewer are withheld: 6 */
	int64_t round_base;  /* 0: withhold; 5 or 10: publish counts rounded half-up instead */
	int64_t round_width; /* then what the interval of a small count must keep: base ÷ 2 */
};

struct suppress_options {
	size_t exact_cells; /* tables of more cells go straight to the heuristic; 0: all do */
	int exact_rounds;   /* of cuts, per table */
	int exact_nodes;    /* of branch and bound, per round */
	int lp_iterations;  /* of the simplex, per problem */
	int confirm_nodes;  /* of branch and bound, to find one witness */
	int repair_rounds;  /* audits followed by mending */
};

struct suppress_report {
	size_t n_cells, n_relations, n_primary, n_secondary, n_earlier;
	int64_t weight_lost; /* of secondaries */
	size_t n_tables, n_tables_exact,
		n_tables_heuristic;      /* the latter two: that needed anything */
	size_t n_audited;                /* withheld or sensitive cells */
	size_t n_sensitive, n_disclosed; /* the latter: sensitive, and its value is certain */
	/* Sensitive, and shown zeros and identities alone keep it from going as low as asked. */
	size_t n_bounded;
	size_t n_unsafe;   /* sensitive, and the interval is too narrow or not proven wide enough */
	size_t n_unproven; /* ends of intervals for which the solver gave up */
	int64_t narrowest; /* widest minus smallest value of the narrowest sensitive interval; −1:
			      none */
	int64_t iterations, cuts, programs; /* simplex iterations, cuts, integer programs */
	int rounds;                         /* of repair that withheld something */
	char unsafe[128];                   /* name of the first unsafe cell, cut; empty if none */
};

struct suppress;

/* Returns an empty problem, owned. ERR_NOMEM. */
enum err_code suppress_new(struct suppress **problem, struct err *err);
void suppress_free(struct suppress **problem);

/* Adds a cell; *cell is its number from now on. ERR_MALFORMED (a value outside what its status
 * allows: negative, or outside shown or lower and upper; weight < 1), ERR_TOO_BIG (a limit of
 * proto/limits.h), ERR_NOMEM. Cells and relations cannot be added after suppress_apply. */
enum err_code suppress_add_cell(struct suppress *problem, const struct suppress_cell *given,
				size_t *cell, struct err *err);
enum err_code suppress_add_relation(struct suppress *problem, const struct suppress_relation *given,
				    struct err *err);
enum err_code suppress_add_ratio(struct suppress *problem, const struct suppress_ratio *given,
				 struct err *err);
/* numerator and denominator as published, in units of the last decimal; −1 when denominator is 0.
 */
int64_t suppress_ratio_shown(int64_t numerator, int64_t denominator, int64_t factor,
			     int64_t divisor);

/* DfE's rule (children in need statistics: "any number between 1 and 5 inclusive has been
 * suppressed"; zeros are shown), and the rule of rounding to base 5 or 10. */
void suppress_rule_init(struct suppress_rule *rule);
void suppress_rule_round(struct suppress_rule *rule, int64_t base);
/* Whether the rule withholds a percentage or rate of these (unknown values: yes). */
bool suppress_rule_hides_ratio(const struct suppress_rule *rule, int64_t numerator,
			       int64_t denominator);

/* Applies a rule to every cell (NULL: takes the cells as they were added) and closes the problem:
 * puts it in order and checks that the true values satisfy every relation. ERR_MALFORMED names the
 * relation that they break, or two cells of one name. ERR_CONFIG: the rule makes no sense. */
enum err_code suppress_apply(struct suppress *problem, const struct suppress_rule *rule,
			     struct err *err);

void suppress_options_init(struct suppress_options *options);

/* Withholds further cells, table by table, until each table taken alone is safe, as far as it can
 * be. The report's counts of tables and of cells are filled, not the verdict. */
enum err_code suppress_protect(struct suppress *problem, const struct suppress_options *options,
			       struct suppress_report *report, struct err *err);

/* The attacker. Fills the report's verdict and every withheld cell's interval. ERR_MALFORMED: the
 * published figures contradict each other; the message names an equation. Safe: ERR_OK and
 * n_unsafe = 0. */
enum err_code suppress_audit(struct suppress *problem, const struct suppress_options *options,
			     struct suppress_report *report, struct err *err);

/* Audits and withholds further cells around each unsafe one until none is. ERR_DENIED names a cell
 * that cannot be protected: nothing is left that may be withheld, or the limits do not suffice. The
 * report is filled even then. */
enum err_code suppress_repair(struct suppress *problem, const struct suppress_options *options,
			      struct suppress_report *report, struct err *err);

/* suppress_protect, then suppress_repair. */
enum err_code suppress_make_safe(struct suppress *problem, const struct suppress_options *options,
				 struct suppress_report *report, struct err *err);

/* What became of a cell. */
enum suppress_status suppress_status_of(const struct suppress *problem, size_t cell);
bool suppress_withheld(const struct suppress *problem, size_t cell);
/* The interval of the last audit; true when both of its ends are proven to be the last possible
 * values. Where not, the true interval is wider. A published cell's is what it shows. */
bool suppress_interval(const struct suppress *problem, size_t cell, int64_t *low, int64_t *high);

#endif
