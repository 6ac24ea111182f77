#ifndef AGGREGATOR_FEED_SCREEN_ZIP_H
#define AGGREGATOR_FEED_SCREEN_ZIP_H

#include <stddef.h>

#include "proto/err.h"

/* The files of a ZIP, expanded into memory. Bounded by LIMIT_ZIP_ENTRIES, LIMIT_SCREEN_FILE_BYTES
 * and LIMIT_SCREEN_ZIP_BYTES, counted while inflating: sizes that the ZIP claims are not believed.
 */

struct screen_entry {
	char *name;  /* owned; as in the ZIP, with folders */
	char *bytes; /* owned; NULL: not read (yet) */
	size_t len;
};

struct screen_entries {
	struct screen_entry *items; /* owned; sorted by name */
	size_t n;
};

/* ERR_MALFORMED: no ZIP, damaged, encrypted, or a name that is no plain text; ERR_TOO_BIG;
 * ERR_NOMEM. entries is initialised by it and cleared by it when it fails. Folders are left in as
 * names that end in a slash. */
enum err_code screen_zip_read(struct screen_entries *entries, const char *bytes, size_t len,
			      struct err *err);
void screen_entries_clear(struct screen_entries *entries);
void screen_entries_sort(struct screen_entries *entries);

#endif
