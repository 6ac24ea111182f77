#ifndef AGGREGATOR_FEED_DATAPACKAGE_H
#define AGGREGATOR_FEED_DATAPACKAGE_H

#include "aggregator/feed/ees.h"
#include "aggregator/feed/manifest.h"

/* datapackage.json: a Data Package (version 2) over the data and meta files, with the type of each
 * column, so that any tool of that standard reads them. */

/* m: what the bundle is, with its files (bytes and digests of ees/…). */
enum err_code datapackage_write(const struct manifest *m, const struct ees_table *tables,
				int n_tables, struct text *out, struct err *err);

#endif
