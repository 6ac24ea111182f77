#ifndef AGENT_OWNERSHIP_H
#define AGENT_OWNERSHIP_H

#include <stdint.h>

#include "agent/config.h"
#include "proto/measures.h"

/* Which dataset of an area gives which measure, so that nothing is counted from two returns. It
 * follows from the settings alone: it must not change with what an extract happens to hold.
 *
 * A measure belongs to the first dataset of the area that names it under `measures`. A measure that
 * none of them names belongs to the first dataset without `measures` whose lists meet its needs; a
 * dataset that is its area's only one gives every measure whose needs its extract meets. */

/* owned has set->n_measures entries: 1 when the dataset gives the measure, else 0. */
void ownership_mark(const struct agent_config *config, const struct agent_dataset *dataset,
		    const struct measure_set *set, uint8_t *owned);

#endif
