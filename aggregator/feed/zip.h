#ifndef AGGREGATOR_FEED_ZIP_H
#define AGGREGATOR_FEED_ZIP_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/feed/text.h"
#include "proto/err.h"

/* ZIP archives whose bytes depend on the files in them and on nothing else: sorted by name, every
 * time stamp 1980-01-01 00:00, no attributes, stored without compression (a later zlib would give
 * other bytes, and the feed must be rebuilt byte for byte in years to come). */

struct zip_file {
	const char *name;
	const void *bytes;
	size_t len;
};

/* Writes an archive of the files (any order; sorted here). Names are relative, with '/', without
 * "..", unique: else ERR_MALFORMED. ERR_TOO_BIG from 4 GiB or 65,535 files. */
enum err_code zip_write(const struct zip_file *files, int n, struct text *out, struct err *err);

struct zip_entry {
	char *name;
	char *bytes; /* NUL after the last */
	size_t len;
};

struct zip_entries {
	struct zip_entry *entries; /* in the archive's order */
	int n;
};

/* Reads a whole archive, compressed or not, from memory; each entry's CRC is checked. Bounds:
 * LIMIT_FEED_FILES, LIMIT_FEED_BYTES (ERR_TOO_BIG). ERR_MALFORMED: no archive, an empty one,
 * damaged, an encrypted entry, or a name that leads out of the folder or comes twice. The caller
 * clears *out, also after a failure. */
enum err_code zip_read(const void *bytes, size_t len, struct zip_entries *out, struct err *err);
void zip_entries_clear(struct zip_entries *entries);

/* Relative, no "..", no empty part, no backslash, at most 255 bytes. */
int zip_name_is_safe(const char *name);

#endif
