#ifndef AGGREGATOR_PROJECT_ROWS_H
#define AGGREGATOR_PROJECT_ROWS_H

#include <stdint.h>

#include "proto/db.h"
#include "proto/frame.h"

/* The rows of one entry: observations of a report, or a return's summary. */

struct project_rows; /* prepared statements, series cache, memory for one report */

enum err_code project_rows_new(sqlite3 *db, struct project_rows **out, struct err *err);
void project_rows_free(struct project_rows **rows); /* NULL-safe; leaves NULL */

/* Inserts every observation, ordered by series, so that a report's rows are appended together.
 * *series: the series of row i of the report; borrowed until the next call. */
enum err_code project_rows_add(struct project_rows *p, int64_t report, const District__Report *r,
			       const int64_t **series, struct err *err);

/* reasons become a JSON array of {"code","list","count"}. */
enum err_code project_rows_return(struct project_rows *p, int64_t report, const District__Return *r,
				  struct err *err);

/* After a rollback. */
void project_rows_forget(struct project_rows *p);

#endif
