#ifndef AGGREGATOR_SERIES_H
#define AGGREGATOR_SERIES_H

#include <stdint.h>

#include "proto/db.h"
#include "proto/frame.h"

/* (measure, dimension, category) → the small integer that stands for it in the projection. The
 * table `series` decides; what was looked up is kept in memory, by the numbers of its three words,
 * so that a row of a report costs one probe and no string is compared twice. */

struct series; /* borrows the database */

enum err_code series_new(sqlite3 *db, struct series **out, struct err *err);
void series_free(struct series **series); /* NULL-safe; leaves NULL */

/* Inside a transaction: ids[i] for row i of the report, n_measure of them; new ones are added. */
enum err_code series_resolve(struct series *s, const District__Report *r, int64_t *ids,
			     struct err *err);

/* After a rollback: numbers that were added in it are gone. */
void series_forget(struct series *s);

#endif
