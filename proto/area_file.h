#ifndef PROTO_AREA_FILE_H
#define PROTO_AREA_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

/* A CSV file with fixed headings, row by row, for area_load.c. The first fault ends the reading and
 * says file, line, column, what was found and what to write. */

#define AREA_COLUMNS_MAX 8

struct area_file {
	const char *path;
	const char *const *headings; /* and their order */
	int n_columns;
	enum err_code (*on_row)(struct area_file *file); /* fields[0…n_columns), NUL-terminated */
	void *data;                                      /* on_row's */
	const char
		*example; /* a file with the right headings, for messages; NULL: deploy/birmingham/
			   */
	struct err *err;
	/* area_file_read's own: zero-initialise */
	int line;
	int n_rows;   /* with the heading */
	int n_fields; /* of the row under way */
	char *fields[AREA_COLUMNS_MAX];
	size_t sizes[AREA_COLUMNS_MAX]; /* allocated */
	enum err_code code;             /* the first fault; what follows is passed over */
};

enum err_code area_file_read(struct area_file *file);

/* ERR_MALFORMED "areas.csv:12: level: <what> "<found>": <mend>". Returns and keeps the code. */
enum err_code area_fault(struct area_file *file, int line, int column, const char *what,
			 const char *found, const char *mend);
enum err_code area_nomem(struct area_file *file);

/* Values of the row under way, checked. */
int area_is_code(const char *text); /* [a-z0-9_.-], 1–64 */
enum err_code area_copy_text(struct area_file *file, int column, char *out, size_t size);
enum err_code area_read_date(struct area_file *file, int column, int32_t when_empty, int32_t *out);
enum err_code area_read_int(struct area_file *file, int column, int64_t least, int64_t greatest,
			    int64_t *out);

#endif
