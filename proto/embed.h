#ifndef PROTO_EMBED_H
#define PROTO_EMBED_H

#include <stddef.h>

/* Text files built into the program (schemas, measures, code lists), by their path in the source
 * tree. Each text has a NUL after its last byte, not counted in len. */

struct embed {
	const char *path; /* "proto/codes.csv"; NULL ends the table */
	const char *text;
	size_t len;
};

extern const struct embed embed_files[];

/* NULL when there is no such file. */
const struct embed *embed_find(const char *path);

#endif
