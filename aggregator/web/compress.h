#ifndef AGGREGATOR_WEB_COMPRESS_H
#define AGGREGATOR_WEB_COMPRESS_H

#include <stddef.h>

#include "proto/err.h"

/* gzip (zlib), with its tables kept from one answer to the next. */

struct compressor;

enum err_code compressor_new(int level, struct compressor **out, struct err *err); /* 1 … 9 */
void compressor_free(struct compressor **compressor); /* NULL-safe; leaves NULL */

/* *out is owned by the caller; NULL, with ERR_OK, when it would not be smaller than the input. */
enum err_code compressor_run(struct compressor *c, const char *bytes, size_t len, char **out,
			     size_t *out_len, struct err *err);

#endif
