#ifndef AGGREGATOR_FEED_BUNDLE_H
#define AGGREGATOR_FEED_BUNDLE_H

#include "aggregator/feed/changes.h"
#include "aggregator/feed/ees.h"
#include "aggregator/feed/manifest.h"
#include "aggregator/feed/minisign.h"
#include "aggregator/feed/zip.h"

/* A bundle: the folder (or one ZIP) that the department receives.
 *
 *     manifest.json            what it is, what it was made from, every file's digest
 *     manifest.json.minisig    the signature over it; written last
 *     ees/X.csv, ees/X.meta.csv, ees/dataset_names.csv
 *     ees_upload.zip           the same files, flat, as the publication service takes them
 *     datapackage.json, coverage.csv, changes.csv, disclosure.json, README.txt, SHA256SUMS
 *     and what `extra` adds (the one-page summary)
 */

struct bundle_extra {
	const char *path;
	const void *bytes;
	size_t len;
};

/* Everything that a release is made of. All borrowed. */
struct bundle_release {
	const char *feed;
	struct period edition;
	struct edition_version version;
	const struct edition_version *supersedes; /* NULL: the first of its edition */
	enum manifest_status status;
	const char *produced_at;        /* "2026-11-22T10:30:00Z", from the run's record */
	const uint8_t *measures_digest; /* 32 bytes */
	const struct ees_table *tables; /* figures after disclosure control; every cell set */
	int n_tables;
	const struct manifest_coverage *coverage;
	int n_coverage;
	const struct manifest_report *reports;
	int n_reports;
	const json_t *disclosure;           /* an object: rules, audit, suppression pattern */
	const struct zip_entries *previous; /* files of the revision that it supersedes, or NULL */
	changes_reason reason;
	void *reason_context;
	const struct bundle_extra *extra;
	int n_extra;
	const char *contact; /* for README.txt: whom to ask */
};

/* Makes the files in memory: the same release and key give the same bytes. Tables are checked
 * (ees_check) first. The caller clears *out, also after a failure. */
enum err_code bundle_build(const struct bundle_release *release, const struct minisign_secret *key,
			   struct zip_entries *out, struct changes_count *changes, struct err *err);

/* Puts the files into folder/<name>/ and folder/<name>.zip: each under a temporary name, fsynced,
 * then renamed, the folder last, so that whoever sees the folder has all of both. The folder must
 * be there. ERR_BUSY when folder/<name> is there: a release is never replaced. ERR_FULL: no space.
 * After a failure nothing new is left under its final name, and no temporary file. */
enum err_code bundle_store(const struct zip_entries *files, const char *folder, const char *name,
			   struct err *err);

/* bundle_build and bundle_store. path: where it is now (may be NULL). */
enum err_code bundle_write(const struct bundle_release *release, const struct minisign_secret *key,
			   const char *folder, char *path, size_t path_size, struct err *err);

/* Reads a bundle's folder or ZIP into memory, within LIMIT_FEED_FILES and LIMIT_FEED_BYTES; a ZIP's
 * outer folder is left off. Links and other special files are ERR_MALFORMED. The caller clears
 * *out, also after a failure. */
enum err_code bundle_open(const char *path, struct zip_entries *out, struct err *err);

/* ---- what a recipient checks */

#define BUNDLE_FINDINGS_MAX 100

struct bundle_finding {
	char file[MANIFEST_PATH_BYTES];
	char what[256];
};

struct bundle_verdict {
	int signature_checked; /* 1: with the given key, and it holds */
	int signature_denied;  /* 1: made by another key, or over another manifest */
	char comment[MINISIGN_COMMENT_MAX + 1];
	struct manifest manifest; /* empty when it cannot be read */
	struct bundle_finding findings[BUNDLE_FINDINGS_MAX];
	int n_findings; /* may be more than are kept */
};

/* Checks an opened bundle: signature (key NULL: left unchecked), every file's presence, size,
 * digest and rows, that nothing else is there, SHA256SUMS, and that the upload ZIP holds exactly
 * the files of ees/. Returns an error only when it cannot check (ERR_NOMEM); what is wrong with the
 * bundle is in the verdict, which the caller clears. */
enum err_code bundle_verify(const struct zip_entries *files, const struct minisign_public *key,
			    struct bundle_verdict *out, struct err *err);
void bundle_verdict_clear(struct bundle_verdict *verdict);

/* Data rows of a CSV file, without its heading; −1 when the path is no CSV's or the bytes are none.
 * ERR_NOMEM only. */
enum err_code bundle_rows(const char *path, const char *bytes, size_t len, int64_t *rows,
			  struct err *err);

#endif
