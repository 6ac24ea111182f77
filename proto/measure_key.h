#ifndef PROTO_MEASURE_KEY_H
#define PROTO_MEASURE_KEY_H

#include <stddef.h>

#include "proto/err.h"
#include "proto/measures.h"

/* The keys of a measure's header and how each value is read: one table, used by measure_parse.c
 * alone. The grammar is in proto/measures/README.md. */

#define MEASURE_KEYS 25

struct measure_key {
	const char *name;
	/* Reads the value (which it may write to) into m. Errors say what is wrong with the value;
	 * the caller puts file, line and key before them. */
	enum err_code (*read)(struct measure *m, const struct measure_key *key, char *value,
			      struct err *err);
	unsigned may, must; /* bit 1 << enum measure_kind: where it may and must stand */
	size_t at, size;    /* field of struct measure that keeps it; 0, 0: its reader knows */
};

extern const struct measure_key measure_keys[MEASURE_KEYS];

#endif
