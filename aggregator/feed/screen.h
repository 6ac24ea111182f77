#ifndef AGGREGATOR_FEED_SCREEN_H
#define AGGREGATOR_FEED_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/feed/screen_table.h"
#include "proto/err.h"

/* The screener: a data file and its metadata in the Explore Education Statistics standard, checked
 * as DfE's own screener checks them (names, order of the stages, results), and then for what that
 * one lets through. Sources of the rules: aggregator/feed/reference/PROVENANCE.md.
 *
 *   struct screen_lists *lists = NULL;  screen_lists_open(&lists, &err)
 *   struct screen_pair pair;            screen_pair_read(&pair, &sources, &err)
 *   struct screen_report report = {0};  screen_run(&pair, lists, false, &report, &err)
 */

enum screen_result {
	SCREEN_PASS,
	SCREEN_WARNING,
	SCREEN_FAIL,
};
const char *screen_result_name(enum screen_result result); /* "PASS" … */

/* What a finding is about. */
enum screen_where {
	SCREEN_DATA,
	SCREEN_META,
	SCREEN_ZIP,   /* the archive or folder */
	SCREEN_NAMES, /* dataset_names.csv */
};

/* ---- one pair */

/* A file as it came. bytes NULL: it could not be had, and why says so. All borrowed. */
struct screen_file {
	const char *name; /* without folders */
	const char *bytes;
	size_t len;
	const char *why;
};

enum screen_meta_column {
	META_COL_NAME,
	META_COL_TYPE,
	META_LABEL,
	META_INDICATOR_GROUPING,
	META_INDICATOR_UNIT,
	META_INDICATOR_DP,
	META_FILTER_HINT,
	META_FILTER_GROUPING_COLUMN, /* the last that must be there */
	META_FILTER_DEFAULT,
	META_PARENT_FILTER,
	META_COLUMNS,
};

#define SCREEN_NAME_BYTES 256
#define SCREEN_FAULT_BYTES 512

struct screen_pair {
	char data_name[SCREEN_NAME_BYTES], meta_name[SCREEN_NAME_BYTES];
	struct screen_table data, meta;
	int meta_at[META_COLUMNS]; /* columns of meta, −1: absent */
	/* Why a file could not be read; "" when it was. */
	char data_fault[SCREEN_FAULT_BYTES], meta_fault[SCREEN_FAULT_BYTES];
};

/* Reads both files; one that cannot be read is a fault of the pair, found by "file_read", and not
 * an error. Errors: ERR_NOMEM. pair is initialised by it, cleared by it when it fails. */
enum err_code screen_pair_read(struct screen_pair *pair, const struct screen_file *data,
			       const struct screen_file *meta, struct err *err);
void screen_pair_clear(struct screen_pair *pair);

/* ---- what was found */

#define SCREEN_COLUMN_BYTES 80
#define SCREEN_ROWS_BYTES 128
#define SCREEN_TEXT_BYTES 512

struct screen_finding {
	const char *stage, *check; /* static */
	enum screen_result result;
	bool is_ours; /* not in DfE's screener */
	enum screen_where where;
	char column[SCREEN_COLUMN_BYTES]; /* "" when it is about no column */
	char rows[SCREEN_ROWS_BYTES];     /* "3, 5 and 120 more", "" */
	char text[SCREEN_TEXT_BYTES];     /* what is wrong and how to mend it; "" for PASS */
};

struct screen_report {
	struct screen_finding *findings; /* owned; in the order of the checks; PASS ones too */
	size_t n, capacity;
	enum screen_result result;          /* the worst of all */
	enum screen_result standard_result; /* the worst of DfE's checks */
	const char *stopped_at; /* static; the stage of the standard that failed, or NULL */
	bool is_unreadable;     /* a file could not be read */
	bool api_suitable;      /* every stage passed and "Check API" without a warning */
};

void screen_report_clear(struct screen_report *report);

/* Copies text safe to print: at most size − 1 bytes, valid UTF-8, control characters as \xNN. True
 * when all of it went in. */
bool screen_escape(char *out, size_t size, const char *text);

/* ---- checks */

struct screen_lists; /* opaque: the reference lists of the standard */

enum err_code screen_lists_open(struct screen_lists **lists, struct err *err);
void screen_lists_close(struct screen_lists **lists);

/* Runs the stages of the standard up to the first with a FAIL, then our own checks unless
 * standard_only. Adds to report (zeroed or from an earlier step); each check adds at least one
 * finding. Errors: ERR_NOMEM. */
enum err_code screen_run(const struct screen_pair *pair, const struct screen_lists *lists,
			 bool standard_only, struct screen_report *report, struct err *err);

/* Every check, in order: for lists of them. NULL beyond the last. */
struct screen_check_about {
	const char *stage, *check;
	bool is_ours;
};
bool screen_check_list(size_t i, struct screen_check_about *about);

/* ---- sets of pairs: an upload ZIP, a folder, one data file */

/* on_pair is called for each pair in the order of names; on_set once before, with what was found
 * about the archive or folder (stage "ZIP structure"; its result is final). Their errors are passed
 * on. */
struct screen_visitor {
	void *context;
	enum err_code (*on_set)(void *context, const struct screen_report *report, struct err *err);
	enum err_code (*on_pair)(void *context, const struct screen_pair *pair, struct err *err);
};

/* ERR_MISSING: no such path; ERR_IO; ERR_MALFORMED: no ZIP, or a damaged one; ERR_TOO_BIG. */
enum err_code screen_visit(const char *path, const struct screen_visitor *visitor, struct err *err);

/* The same for a ZIP in memory. */
enum err_code screen_visit_zip(const char *bytes, size_t len, const struct screen_visitor *visitor,
			       struct err *err);

#endif
