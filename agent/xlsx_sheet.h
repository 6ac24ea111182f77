#ifndef AGENT_XLSX_SHEET_H
#define AGENT_XLSX_SHEET_H

#include "agent/reader.h"
#include "agent/xlsx_book.h"

/* Streams one sheet: each row that holds something goes to sink->on_row as it ends, with the number
 * that Excel shows, columns in their places (blank where the file has none), trailing blank cells
 * dropped. Booleans come as TRUE and FALSE, errors as #N/A, formulas as their stored value.
 * Errors name the cell; what the sink returned is passed on. */
enum err_code xlsx_sheet_read(struct xlsx_zip *zip, const struct xlsx_book *book, const char *part,
			      const struct sink *sink, struct err *err);

#endif
