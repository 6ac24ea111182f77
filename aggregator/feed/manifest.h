#ifndef AGGREGATOR_FEED_MANIFEST_H
#define AGGREGATOR_FEED_MANIFEST_H

#include <jansson.h>
#include <stdint.h>

#include "aggregator/feed/edition.h"
#include "aggregator/feed/text.h"
#include "proto/err.h"

/* manifest.json: what a bundle is, what it was made from, and the digest of every file in it. It is
 * what the signature is over; everything else follows from it. Members are sorted, so the same
 * content gives the same bytes. */

#define MANIFEST_SCHEMA 1
#define MANIFEST_PATH_BYTES 256
#define MANIFEST_INSTANT_BYTES 24 /* "2026-11-22T10:30:00Z" and NUL, with room */

enum manifest_status {
	MANIFEST_PROVISIONAL = 1,
	MANIFEST_FINAL,
};

enum manifest_state {
	MANIFEST_COMPLETE = 1, /* every return was there by the cut-off */
	MANIFEST_LATE,         /* there, but after the date on which it was due */
	MANIFEST_PARTIAL,      /* something is missing: `missing` says what */
	MANIFEST_MISSING,      /* nothing was there */
	MANIFEST_FAILED,       /* there, and left out: it failed the quality rules */
};

/* Which reports of a district stand behind a period. */
struct manifest_coverage {
	struct period period;
	char area[65], name[129];
	enum manifest_state state;
	int provisional; /* the figures may still change */
	int reports;
	char missing[513];
};

/* A signed report that a figure of the bundle was built from. */
struct manifest_report {
	char area[65], dataset[65], agent[65];
	struct period period;
	int64_t sequence;
	uint8_t digest[32]; /* SHA-256 of its payload */
};

struct manifest_file {
	char path[MANIFEST_PATH_BYTES];
	int64_t bytes;
	int64_t rows; /* of a CSV, without its heading; −1: no table */
	uint8_t sha256[32];
};

struct manifest {
	char feed[65];
	struct period edition;
	struct edition_version version;
	struct edition_version supersedes; /* 0.0: the first of its edition */
	enum manifest_status status;
	char produced_at[MANIFEST_INSTANT_BYTES]; /* from the run's record, never the clock */
	uint8_t measures_digest[32];
	struct manifest_coverage *coverage;
	int n_coverage;
	struct manifest_report *reports;
	int n_reports;
	struct manifest_file *files;
	int n_files;
	json_t *disclosure; /* the rules applied and the audit's result, as given; an object */
};

/* Borrows m; its lists must stand in the order in which they are to be written. */
enum err_code manifest_write(const struct manifest *m, struct text *out, struct err *err);

/* Reads one back: MANIFEST_SCHEMA only (ERR_VERSION), every member of the right type and the files'
 * paths safe, else ERR_MALFORMED with the member. The caller clears *out, also after a failure. */
enum err_code manifest_read(const char *bytes, size_t len, struct manifest *out, struct err *err);
void manifest_clear(struct manifest *m); /* for one that manifest_read has filled */

/* "complete", "late", "partial", "missing", "failed". */
const char *manifest_state_name(enum manifest_state state);
const char *manifest_status_name(enum manifest_status status); /* "provisional", "final" */

/* "<feed> <edition> v<version>": the signature's trusted comment. */
#define MANIFEST_COMMENT_BYTES 128
const char *manifest_comment(const struct manifest *m, char out[MANIFEST_COMMENT_BYTES]);

/* coverage.csv: period,area_code,area_name,state,status,reports,missing. */
enum err_code manifest_coverage_csv(const struct manifest *m, struct text *out, struct err *err);

#endif
