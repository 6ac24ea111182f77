#ifndef AGGREGATOR_FEED_BUNDLE_FILES_H
#define AGGREGATOR_FEED_BUNDLE_FILES_H

#include "aggregator/feed/text.h"
#include "aggregator/feed/zip.h"

/* The files of a bundle in memory. */

/* Adds a file, whose bytes are taken from text, which is left empty also on failure. */
enum err_code bundle_files_take(struct zip_entries *files, const char *path, struct text *text,
				struct err *err);

/* NULL when there is none of that path. */
const struct zip_entry *bundle_files_find(const struct zip_entries *files, const char *path);
void bundle_files_sort(struct zip_entries *files);

/* An archive of those whose path begins with prefix; each called into + what follows the prefix. */
enum err_code bundle_files_zip(const struct zip_entries *files, const char *prefix,
			       const char *into, struct text *out, struct err *err);

#endif
