#ifndef AGGREGATOR_OWNERS_H
#define AGGREGATOR_OWNERS_H

#include "aggregator/store.h"

/* Which dataset gives a measure of an area: the first that did. The table measure_owner decides; a
 * set of what was looked up before saves the look-up for every measure of every report. */

struct owners; /* borrows the store */

enum err_code owners_new(struct store *store, struct owners **out, struct err *err);
void owners_free(struct owners **owners); /* NULL-safe; leaves NULL */

/* Inside a transaction: claims every measure of the report for its dataset. ERR_DENIED, with the
 * measure and its owner (65 bytes each), when one belongs to another dataset: nothing is claimed
 * then. ERR_TOO_BIG when the area has too many measures. */
enum err_code owners_claim(struct owners *o, const District__Report *report, char *measure,
			   char *owner, struct err *err);

/* After a rollback: claims made in it are gone. */
void owners_forget(struct owners *o);

#endif
