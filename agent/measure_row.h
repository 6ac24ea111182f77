#ifndef AGENT_MEASURE_ROW_H
#define AGENT_MEASURE_ROW_H

#include <sqlite3.h>
#include <stdint.h>

#include "agent/measure_carry.h"
#include "proto/measures.h"

/* What a SELECT gives and what one of its rows says. Errors (ERR_CONFIG) name the measure's file.
 */

/* Result columns of a SELECT; −1 where it has none. */
struct measure_columns {
	int on_date, from_date, to_date, at_date, numerator, denominator;
	int dimensions[MEASURE_DIMENSIONS_MAX];
};

/* Binds the columns by name. Refused: a column that is neither one of the names above nor a
 * declared dimension, a declared dimension without column, dates that do not fit the kind. */
enum err_code measure_columns_bind(struct measure_columns *c, const struct measure *m,
				   sqlite3_stmt *stmt, struct err *err);

/* A row counts in the slots [first, last), and a flow's in that of its month too (−1: none). */
struct measure_row {
	int first, last, month;
	int64_t numerator, denominator;
};

enum err_code measure_row_read(const struct measure *m, const struct measure_columns *c,
			       const struct measure_slots *slots, int32_t as_at, sqlite3_stmt *stmt,
			       struct measure_row *row, struct err *err);

#endif
