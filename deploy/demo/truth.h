#ifndef DEPLOY_DEMO_TRUTH_H
#define DEPLOY_DEMO_TRUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "deploy/demo/extracts.h"
#include "deploy/demo/sim.h"
#include "deploy/demo/view.h"

/* What is true of the simulated authority, measure by measure, counted straight from the event log
 * by the definitions of the catalogue. "As it was" counts everything; "visible" counts what the
 * extracts of an office can show. Both are the same counting function under two views. */

enum truth_kind {
	TRUTH_FLOW,
	TRUTH_STOCK
};

enum truth_valid {        /* when an extract carries the figure */
	TRUTH_WINDOW,     /* for every period or month end in its window */
	TRUTH_LAST_MONTH, /* for the month that its as-at stands for, and the weeks that end in it
			   */
	TRUTH_AS_AT,      /* for that month, as it is at the as-at */
	TRUTH_NEVER,      /* needs a list that the offices do not give (the census) */
};

enum truth_dimension {
	BY_AGE,
	BY_SEX,
	BY_ETHNICITY,
	BY_SOURCE,
	BY_NEED,
	BY_CATEGORY,
	BY_STATUS,
	BY_REASON,
	BY_DISABILITY,
	BY_ORGANISATION,
	BY_ROLE,
	BY_LIST,
	BY_TEAM,
	BY_DAYS,
	BY_CASES,
	TRUTH_DIMENSIONS
};

#define TRUTH_CATEGORIES 32

struct truth_cell {
	int64_t numerator, denominator;
};

/* Figures being counted. */
struct tally {
	struct truth_cell total, row; /* row: the one counted last */
	struct truth_cell cells[TRUTH_DIMENSIONS][TRUTH_CATEGORIES];
	bool used[TRUTH_DIMENSIONS]; /* the others' cells are all 0 */
	const struct truth_measure *measure;
};

/* The days of a flow's period, first and last; of a stock, the date twice. */
struct span {
	int32_t from, to;
};

struct truth_bucket {
	int from, to;
	const char *code;
};

struct truth_measure {
	const char *code;
	enum truth_kind kind;
	enum truth_valid valid;
	int look_back, follow_up; /* days */
	bool weeks;               /* counted for weeks too */
	bool of_extract;          /* about the extract itself: as it was is what is visible */
	const struct truth_bucket *buckets; /* of BY_DAYS or BY_CASES */
	void (*count)(const struct view *v, struct span at, struct tally *t);
};

/* Counts one row; then puts it into categories. */
void tally_row(struct tally *t, int64_t numerator, int64_t denominator);
void tally_by(struct tally *t, enum truth_dimension dimension, int category);
void tally_by_bucket(struct tally *t, enum truth_dimension dimension, int value);
/* Age band, sex and ethnicity of a child as the view knows them. */
void tally_by_child(struct tally *t, const struct view *v, int32_t child, int32_t on);
/* Team of an allocation (index, NONE). */
void tally_by_team(struct tally *t, const struct view *v, int32_t allocation);

bool truth_in(struct span s, int32_t date);
bool truth_within_months(int32_t earlier, int32_t later, int months); /* at most n months apart */

/* The themes: tables that end with a NULL code. */
extern const struct truth_measure truth_front_door[];
extern const struct truth_measure truth_help[];
extern const struct truth_measure truth_assessment[];
extern const struct truth_measure truth_protection[];
extern const struct truth_measure truth_cin[];
extern const struct truth_measure truth_workforce[];

const struct truth_measure *truth_find(const char *code); /* NULL when there is none */

/* As it was, all districts together: a flow in the days of the span, a stock at its last day. */
struct truth_cell truth_total(const struct city *c, const struct events *log,
			      const struct truth_measure *m, struct span at);

/* Writes out/truth.csv and out/expected_rows.csv. rows: as extracts_write left them. */
enum err_code truth_write(const struct sim *s, const char *out, const struct extract_rows *rows,
			  struct err *err);

#endif
