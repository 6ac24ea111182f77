#ifndef AGGREGATOR_FEED_CHANGES_H
#define AGGREGATOR_FEED_CHANGES_H

#include "aggregator/feed/text.h"
#include "aggregator/feed/zip.h"
#include "proto/err.h"

/* changes.csv: each cell that differs between two revisions of an edition, as both were published:
 * what stands in the files is compared, never the figures behind it, so that a change of a
 * suppressed figure does not show.
 *
 *     action,dataset,time_period,time_identifier,filters,indicator,old,new,reason
 *     action   M: added or changed (old is empty when it is new); D: no longer there (new is empty)
 *     filters  "district=Total; age_group=Total"
 */

struct changes_cell {
	const char *dataset, *time_period, *time_identifier, *filters, *indicator, *old, *new;
};

/* Why a cell changed, for the reason column ("late report", "correction", "definition change").
 * Never NULL. */
typedef const char *(*changes_reason)(void *context, const struct changes_cell *cell);

struct changes_count {
	int64_t changed, added, gone; /* cells */
};

/* before, after: the files of two bundles; of these the pairs ees/X.csv and ees/X.meta.csv are
 * read. before NULL: the heading alone. reason NULL: the column stays empty. ERR_MALFORMED names
 * the file that is no such pair. count->gone > 0 asks for a new major version. */
enum err_code changes_write(const struct zip_entries *before, const struct zip_entries *after,
			    changes_reason reason, void *context, struct text *out,
			    struct changes_count *count, struct err *err);

#endif
