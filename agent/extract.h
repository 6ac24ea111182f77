#ifndef AGENT_EXTRACT_H
#define AGENT_EXTRACT_H

#include <stdint.h>

#include "agent/config.h"
#include "agent/stage.h"
#include "proto/area.h"

/* Finds and loads extracts. An extract is a folder named by its as-at (…/2026-10-31/, also
 * 20261031 or 31-10-2026) below the dataset's folder, or a CIN census XML file lying in it, whose
 * header gives the as-at. It is ready when every declared list is there and no file has changed
 * for the configured seconds (size and modification time, compared between two looks: file times
 * never give the as-at). */

struct extract {
	char path[1024];   /* folder or XML file */
	int32_t as_at;     /* INT32_MIN: the file's header will say */
	uint64_t identity; /* changes when any file's name, size or time does */
};

/* Lists what lies in the dataset's folder, oldest as-at first; a name that is no as-at is passed
 * over and counted in *n_skipped. The caller frees *out. ERR_IO names the folder. */
enum err_code extract_scan(const struct agent_dataset *dataset, struct extract **out, int *n,
			   int *n_skipped, struct err *err);

/* Whether all files have been still for settle_s seconds: since the look at which this process
 * first saw the extract as it is now, or, at its first look, by file times so old that clocks five
 * minutes apart (the usual bound in a domain) cannot hide a change. 0 seconds: always. */
int extract_is_still(const struct extract *e, int settle_s);

/* Reads one extract into a stage. A refused extract is no error: *refused is 1 and the stage's
 * faults say why (FAULT_REFUSED ones); a stage whose as-at is not known has no list, list_column
 * and extract rows. It is refused when
 * - its as-at is not known, lies after today, or differs from the one in an XML header;
 * - more of a list's rows than rejected_percent have events after the as-at: it is too early. A
 *   smaller share are slips, and only their rows are rejected (FAULT_DATE_FUTURE);
 * - more of a list's rows than rejected_percent are rejected;
 * - a file cannot be read, a list has not its needed headings, or comes twice;
 * - a list that the dataset declares is not there, or, when it declares none, no list at all.
 * Lists that are there and not declared are read too. extract_digest: SHA-256 over name, NUL, size
 * (64-bit little-endian) and bytes of each file. ERR_BUSY when a file changed meanwhile; else
 * ERR_IO, ERR_NOMEM, ERR_DB, ERR_CONFIG. The caller owns *out; NULL on an error. */
enum err_code extract_load(const struct agent_config *config, const struct agent_dataset *dataset,
			   const struct area_tree *areas, const struct extract *e,
			   struct stage **out, int *refused, struct err *err);

/* The same for loose files (validate FILES…). as_at INT32_MIN: a file's header will say. */
struct extract_source {
	const struct agent_config *config; /* NULL: no aliases, teams or organisations */
	const struct agent_dataset *dataset;
	const struct area_tree *areas; /* NULL: wards are not read */
	int32_t as_at;
};
enum err_code extract_load_files(const struct extract_source *from, const char *const *paths,
				 int n_paths, struct stage **out, int *refused, struct err *err);

#endif
