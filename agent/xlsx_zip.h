#ifndef AGENT_XLSX_ZIP_H
#define AGENT_XLSX_ZIP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/xml.h"
#include "proto/err.h"

/* The zip around a workbook: parts by name, inflated as a stream through expat. What leaves it in
 * all is bounded by LIMIT_EXPANDED_BYTES, counted while inflating: sizes that the zip claims are
 * not believed. */

struct xlsx_zip {
	int fd; /* borrowed */
	int64_t size_bytes;
	int64_t at; /* where minizip reads next */
	void *unz;
	int64_t n_expanded;
	bool cut;  /* something was looked for behind the end of the file */
	int error; /* errno of a read that failed: the disk's fault, not the file's */
};

/* ERR_MALFORMED says what the file is instead, or that it is damaged, and the mend. z is
 * initialised by it and closed by it when it fails. */
enum err_code xlsx_zip_open(struct xlsx_zip *z, int fd, struct err *err);
void xlsx_zip_close(struct xlsx_zip *z);

/* Whether there is such a part; letter case does not count. */
bool xlsx_zip_has(struct xlsx_zip *z, const char *part);

/* Streams the part through x. Errors are x's, or say that the part is missing, damaged, encrypted
 * or too big; they do not name the part, which the caller knows by a better name. */
enum err_code xlsx_zip_parse(struct xlsx_zip *z, const char *part, struct xml *x, struct err *err);

#endif
