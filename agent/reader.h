#ifndef AGENT_READER_H
#define AGENT_READER_H

#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

/* The seam between formats and lists. A reader knows one file format and nothing of lists; it
 * hands over rows of cells, in order, to a sink that knows the lists (agent/load.c). A format
 * whose records are no rows (CIN census XML) hands over the rows that it makes of them.
 * Only readers parse extract bytes; each has a fuzz target. */

enum cell_type {
	CELL_TEXT,   /* UTF-8, no NUL, at most LIMIT_CELL_BYTES */
	CELL_NUMBER, /* text holds the number as written */
	CELL_DATE,   /* text holds YYYY-MM-DD (a date-styled serial of a workbook) */
};

struct cell {
	enum cell_type type;
	const char
		*text; /* borrowed for the call; "" when blank; trailing and leading space kept */
	size_t len;
};

struct sink {
	void *context;
	/* A table begins: a sheet, or the only table of a CSV (name NULL), or a list of an XML file
	 * (name = list name). Returning an error stops the reader with it. */
	enum err_code (*on_table)(void *context, const char *name, struct err *err);
	/* One row with its number as a spreadsheet shows it (or the line of the XML element). */
	enum err_code (*on_row)(void *context, int64_t row, const struct cell *cells, int n_cells,
				struct err *err);
	/* The file says its own as-at (XML header); day number. May be NULL. */
	enum err_code (*on_as_at)(void *context, int32_t as_at, struct err *err);
};

struct reader {
	const char *name; /* "csv", "xlsx", "cin-xml" */
	/* Whether the file looks like this format; head is its first n ≤ 4096 bytes. */
	int (*sniff)(const uint8_t *head, size_t n);
	/* Reads all of an open file (borrowed). Errors say what, where (sheet, row) and the mend;
	 * ERR_MALFORMED, ERR_TOO_BIG, ERR_IO, ERR_NOMEM or what the sink returned. */
	enum err_code (*read)(int fd, const struct sink *sink, struct err *err);
};

/* csv, xlsx, cin-xml: in sniffing order. */
const struct reader *const *readers_all(size_t *n);

extern const struct reader reader_csv;     /* agent/csv.c: libcsv; BOM, Windows-1252, ; and tab */
extern const struct reader reader_xlsx;    /* agent/xlsx.c: minizip and expat */
extern const struct reader reader_cin_xml; /* agent/cin_xml.c: expat; CIN census 2017–2026 */

#endif
