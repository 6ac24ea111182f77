#ifndef AGGREGATOR_CURRENT_H
#define AGGREGATOR_CURRENT_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/store.h"
#include "proto/area.h"

/* Which report's figure counts, per area, period and measure: the latest as-at, then the spool's
 * generation, then the sequence, then (two agents for one area) the order of arrival, among reports
 * that carry the measure and are not withdrawn. So a late straggler never overwrites a newer
 * figure, and a report that omits a measure leaves the earlier one standing. Every change marks the
 * roll-ups above the area as out of date. All calls belong inside the projection's transaction. */

struct current; /* prepared statements; borrows store and areas */

struct current_rank {
	int64_t report, as_at, generation, sequence;
};

struct current_place {
	const char *area;
	int64_t period; /* period_key */
	int64_t now_us; /* since when the roll-ups above are out of date */
};

enum err_code current_new(struct store *store, const struct area_tree *areas, struct current **out,
			  struct err *err);
void current_free(struct current **current); /* NULL-safe; leaves NULL */

struct current_measure {
	int64_t series; /* of the measure's total */
	int provisional;
};

/* The report carries these measures, each once. in_use 0: it is withdrawn already. Where it comes
 * out first the roll-ups above are marked. */
enum err_code current_offer(struct current *c, const struct current_place *place,
			    const struct current_rank *rank, const struct current_measure *measures,
			    size_t n, int in_use, struct err *err);

/* The report (its header says so already) no longer counts: every measure for which it did goes to
 * the next in rank, or to none. */
enum err_code current_withdraw(struct current *c, const struct current_place *place, int64_t report,
			       struct err *err);

/* After a rollback. */
void current_forget(struct current *c);

#endif
