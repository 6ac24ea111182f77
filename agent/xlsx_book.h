#ifndef AGENT_XLSX_BOOK_H
#define AGENT_XLSX_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/xlsx_text.h"
#include "agent/xlsx_zip.h"
#include "proto/err.h"

/* What the sheets of a workbook share, read before the first of them: their names and parts in the
 * workbook's order, its strings, which cell styles are dates, and its date system. */

struct xlsx_sheet_entry {
	char *name; /* owned, as on the tab */
	char *part; /* owned, "xl/worksheets/sheet1.xml" */
};

struct xlsx_book {
	struct xlsx_sheet_entry *sheets;
	int n_sheets;
	bool date1904;
	struct xlsx_text strings; /* all shared strings, each with its NUL */
	uint32_t *string_ends;    /* offset behind the NUL of each */
	size_t n_strings, string_capacity;
	uint8_t *style_is_date; /* by cell style */
	size_t n_styles, style_capacity;
};

/* book is initialised by it and cleared by it when it fails. A workbook without a styles or a
 * strings part is one without dates or strings. Hidden sheets count as any other; charts and
 * macro sheets are left out. */
enum err_code xlsx_book_load(struct xlsx_book *book, struct xlsx_zip *zip, struct err *err);
void xlsx_book_clear(struct xlsx_book *book);

/* Shared string i, NUL-terminated, borrowed; NULL when there is none. One that is longer than a
 * cell may be is cut just beyond that length. */
const char *xlsx_book_string(const struct xlsx_book *book, size_t i, size_t *len);

bool xlsx_book_is_date(const struct xlsx_book *book, size_t style);

#endif
