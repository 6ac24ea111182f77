#ifndef AGGREGATOR_FEED_ROWS_H
#define AGGREGATOR_FEED_ROWS_H

#include <stddef.h>

#include "proto/err.h"

/* A CSV file held in memory, row by row: how the feed reads its own files and catalogues back.
 * RFC 4180, LF or CRLF; a quote inside an unquoted field, a stray one behind a quoted field and a
 * NUL are refused with the line. */

#define ROWS_FIELDS_MAX 256

struct rows {
	const char *name; /* for errors; borrowed */
	const char *at, *end;
	int line;  /* of the row last read, from 1 */
	int lines; /* ends of lines passed */
	int n;     /* fields of that row */
	char *field[ROWS_FIELDS_MAX];
	char *room; /* where the fields stand; owned */
};

/* Borrows bytes until rows_close, which may follow a failure too. */
enum err_code rows_open(struct rows *r, const char *name, const char *bytes, size_t len,
			struct err *err);
void rows_close(struct rows *r);

/* The next row; *more is 0 behind the last. Fields live until the next call. */
enum err_code rows_next(struct rows *r, int *more, struct err *err);

/* Index of the heading among the row last read; −1 when it is not there. */
int rows_find(const struct rows *r, const char *heading);

#endif
