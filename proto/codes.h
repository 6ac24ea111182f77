#ifndef PROTO_CODES_H
#define PROTO_CODES_H

#include <stddef.h>

/* The categories that a breakdown may have: proto/codes.csv (dimension,code,label), embedded.
 * No other text can travel. Categories of `ward` come from the area file, of `team` from the
 * agent's configuration, of `days`, `cases` from the measure's own buckets; all of them and every
 * dimension also have "unknown". */

struct code {
	const char *dimension;
	const char *code;
	const char *label;
};

/* All codes in file order; static storage. */
const struct code *codes_all(size_t *n);

/* NULL when the dimension has no such code. */
const struct code *codes_find(const char *dimension, const char *code);

/* Whether the dimension exists at all (declared in codes.csv, or one of ward, team, days, cases).
 */
int codes_is_dimension(const char *dimension);

/* A dimension's name in words ("Age band"); the code itself when unknown. */
const char *codes_dimension_label(const char *dimension);

#endif
