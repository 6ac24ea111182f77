#ifndef AGENT_EXTRACT_FILES_H
#define AGENT_EXTRACT_FILES_H

#include <stdint.h>

#include "proto/err.h"

/* The files of one extract: a folder's, or one file. */

struct extract_file {
	char *path; /* owned */
	int64_t size_bytes;
	int64_t changed_ns; /* the later of content and attribute change */
};

struct extract_files {
	struct extract_file *items; /* by name */
	int n;
	int n_passed; /* other names in the folder: no CSV, XLSX or XML */
};

/* Hidden files, office lock files ("~$…") and folders do not count at all. ERR_TOO_BIG beyond
 * LIMIT_EXTRACT_FILES. The caller clears *out in any case. */
enum err_code extract_files_list(const char *path, struct extract_files *out, struct err *err);
void extract_files_clear(struct extract_files *files);

/* Whether the name ends like a file that is read: .csv .txt .tsv .xlsx .xlsm .xml; also .xls, which
 * is refused with its mend. */
int extract_files_is_read(const char *name);

/* Changes when any file's name, size or time does. */
uint64_t extract_files_identity(const struct extract_files *files);

/* The as-at in a folder's name: 2026-10-31, 20261031 or 31-10-2026. 0 when it has none. */
int extract_files_as_at(const char *path, int32_t *as_at);

#endif
