#ifndef AGENT_MEASURE_CARRY_H
#define AGENT_MEASURE_CARRY_H

#include <stdint.h>

#include "proto/measures.h"
#include "proto/period.h"

/* In which periods a measure is carried: proto/measures/README.md, "When a figure is carried". */

/* The row of the staging table `extract`. */
struct measure_window {
	int32_t as_at, window_start;
	int32_t month_start, month_end; /* of the month that the as-at stands for */
};

struct measure_slot {
	struct period period;
	int32_t date; /* stock: the date at which it is counted */
	int provisional;
};

/* A flow's weeks in order, then its months in order; a stock's dates in order. */
struct measure_slots {
	struct measure_slot *items; /* owned */
	int n, n_weeks;
};

/* ERR_NOMEM only. The caller clears *out, which is empty on failure. */
enum err_code measure_slots_init(const struct measure *m, const struct measure_window *w,
				 struct measure_slots *out, struct err *err);
void measure_slots_clear(struct measure_slots *slots);

/* Flow: the slots of the week and the month that hold the date, −1 where none is carried. */
void measure_slots_of(const struct measure_slots *slots, int32_t date, int *week, int *month);

/* Stock: index of the first slot whose date is ≥ date; n when there is none. */
int measure_slots_from(const struct measure_slots *slots, int32_t date);

#endif
