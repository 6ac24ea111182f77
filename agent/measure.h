#ifndef AGENT_MEASURE_H
#define AGENT_MEASURE_H

#include <stdint.h>

#include "agent/stage.h"
#include "proto/measures.h"
#include "proto/period.h"

/* The measure engine. In: a finished stage and the measures that this dataset owns. Out: for every
 * period in which a measure holds, its total and each carried breakdown. Runs each SELECT once,
 * read-only, under an authorizer; groups in C. Rules: proto/measures/README.md. */

struct figure {
	int measure; /* index into the set's measures */
	struct period period;
	const char *dimension; /* "" for the total; borrowed from the measure */
	const char *category;  /* "" for a dimension's own total; owned by the figures */
	int64_t numerator, denominator;
	int provisional; /* the period had not ended, or the follow-up is not over */
};

struct figures {
	struct figure *items; /* sorted by period, measure code, dimension, category */
	size_t n;
	/* opaque memory of categories */
	void *strings;
};

/* owned[i] = 1 when this dataset gives set->measures[i]; NULL: all whose needs are met. Errors
 * name the measure file and what is wrong with it (ERR_CONFIG) — a measure that fails is an error
 * of the whole run, never a silent gap. The caller owns *out. */
enum err_code measure_run(const struct stage *s, const struct measure_set *set,
			  const uint8_t *owned, struct figures **out, struct err *err);
void measure_figures_free(struct figures **figures);

/* 1 when the lists and columns that the measure needs are in the stage. */
int measure_needs_met(const struct stage *s, const struct measure *m);

/* Registers the functions that measures may call on a connection (for explain and tests). */
enum err_code measure_functions(sqlite3 *db, struct err *err);

#endif
