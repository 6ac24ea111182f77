#ifndef AGGREGATOR_PROJECT_H
#define AGGREGATOR_PROJECT_H

#include <stdint.h>

#include "aggregator/store.h"
#include "proto/area.h"

/* Projection: stored bytes → rows, in order of arrival, resumable. In: report rows above
 * meta.projected. Out: header, return, withdrawal, series, observation, carried, current, dirty.
 * What the decoder accepted at the door it accepts here; bytes that it no longer reads (a damaged
 * store) are passed over, stay as they are, and are reported by project_skipped. */

struct project; /* prepared statements, series cache; owns neither store nor areas */

enum err_code project_new(struct store *store, const struct area_tree *areas, struct project **out,
			  struct err *err);
void project_free(struct project **p); /* NULL-safe; leaves NULL */

/* Projects at most max_reports reports, in one transaction. *n_done: how many; *lag: how many
 * stored reports are still to do. On an error nothing of the slice is kept. */
enum err_code project_slice(struct project *p, int max_reports, int *n_done, int64_t *lag,
			    struct err *err);

/* How many reports were passed over since the last call; *why says which was the last and why. */
int project_skipped(struct project *p, struct err *why);

#endif
