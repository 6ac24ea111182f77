#ifndef AGGREGATOR_WEB_EXPORT_H
#define AGGREGATOR_WEB_EXPORT_H

#include <stdio.h>

#include "aggregator/web/response.h"
#include "proto/out.h"

/* A CSV file as an answer: begin, fill e.out as any table (proto/out.h), end. Text that a
 * spreadsheet would take for a formula gets a leading apostrophe (export_text). */

struct export
{
	struct out *out;
	FILE *file;
	char *bytes;
	size_t len;
};

/* columns as for out_begin. ERR_NOMEM. */
enum err_code export_begin(struct export *e, const char *const *columns, int n, struct err *err);
void export_text(struct export *e, const char *text);
/* Into rs, as an attachment; frees. Also after an error in between, when its answer is dropped. */
enum err_code export_end(struct export *e, struct response *rs, const char *file_name,
			 struct err *err);

#endif
