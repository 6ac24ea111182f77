#ifndef AGGREGATOR_READING_H
#define AGGREGATOR_READING_H

#include "aggregator/config.h"
#include "aggregator/rollup.h"

/* What a command that reads the store needs, opened together: settings, areas, measures, store. */

struct reading {
	struct aggregator_config *config;
	struct area_tree *areas;
	struct measure_set *measures;
	struct store *store;
};

/* Opens for reading only. The caller closes, also after an error. */
enum err_code reading_open(const char *config_path, struct reading *r, struct err *err);
void reading_close(struct reading *r);

/* For rollup_run; borrows. */
struct rollup_context reading_context(const struct reading *r);

#endif
