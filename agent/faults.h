#ifndef AGENT_FAULTS_H
#define AGENT_FAULTS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/err.h"
#include "proto/out.h"

/* What was wrong with an extract, row by row. Stays in the district: the centre sees only codes
 * and counts. */

enum fault_rule {
	FAULT_COLUMN_MISSING = 1, /* file refused: a required heading is not there */
	FAULT_LIST_MISSING,       /* extract refused: a declared list is not there */
	FAULT_LIST_TWICE,         /* extract refused: two files or sheets give the same list */
	FAULT_UNREADABLE,         /* file refused: not CSV, XLSX or XML that we read */
	FAULT_TOO_MANY_REJECTED,  /* file refused: more bad rows than the configured share */
	FAULT_AS_AT,         /* extract refused: as-at missing, in the future, or before an event */
	FAULT_VALUE_MISSING, /* row rejected: a value that must be there is blank */
	FAULT_DATE,          /* row rejected: not a date */
	FAULT_NUMBER,        /* row rejected: not a number, or out of range */
	FAULT_DATE_ORDER,    /* row rejected: ends before it starts */
	FAULT_DATE_FUTURE,   /* row rejected: after the as-at */
	FAULT_ROW_SHAPE,     /* row rejected: more cells than headings */
	FAULT_DUPLICATE,     /* row rejected: the same row again, or a second row for the child */
	FAULT_CODE,          /* row kept: a code that is in no list became "unknown" */
	FAULT_BLANK_MARK,    /* note: a mark such as #N/A was read as blank */
	FAULT_COLUMN_UNKNOWN, /* note: a heading that we do not use */
	FAULT_SHEET_UNKNOWN,  /* note: a sheet or file that is no list we read */
};

enum fault_severity {
	FAULT_NOTE = 1,
	FAULT_KEPT,     /* the row counts, with an unknown value */
	FAULT_REJECTED, /* the row does not count */
	FAULT_REFUSED,  /* the file or extract does not count */
};

struct fault {
	enum fault_rule rule;
	char *file;    /* owned; base name */
	char *sheet;   /* owned; NULL for CSV and XML */
	char *list;    /* owned; NULL when it is not known */
	int64_t row;   /* as a spreadsheet numbers it, from 1; line of an XML file; 0: whole file */
	int column;    /* from 0; −1: whole row */
	char *heading; /* owned; as found; NULL when none */
	char *value;   /* owned; as found, cut at 64 characters; NULL when none */
	char *mend;    /* owned; how to mend it, one sentence */
};

/* What faults_add is told: the same, all of it borrowed. */
struct fault_found {
	enum fault_rule rule;
	const char *file, *sheet, *list;
	int64_t row;
	int column;
	const char *heading;
	const char *value; /* n_value bytes, or NULL */
	size_t n_value;
	const char *mend; /* NULL: the rule's own sentence */
};

struct faults {
	struct fault *items; /* at most LIMIT_FAULTS; the rest is only counted */
	size_t n_items, n_capacity;
	uint64_t n_by_rule[FAULT_SHEET_UNKNOWN + 1]; /* 0 unused */
};

void faults_init(struct faults *f);
void faults_clear(struct faults *f);

/* Counts it, and keeps a copy while there is room; a refusal is always kept. Control characters
 * become '?', so that no cell can write to the terminal of whoever reads. ERR_NOMEM only. */
enum err_code faults_add(struct faults *f, const struct fault_found *found, struct err *err);

const char *fault_code(enum fault_rule rule);  /* "date-order": what the centre sees */
const char *fault_title(enum fault_rule rule); /* "ends before it starts" */
const char *fault_mend(enum fault_rule rule);
enum fault_severity fault_severity(enum fault_rule rule);
const char *fault_severity_name(enum fault_severity severity); /* "note", "kept", … */

/* How many faults of at least this severity were counted. */
uint64_t faults_count(const struct faults *f, enum fault_severity at_least);

/* "A", "Z", "AA" for 0, 25, 26. out has 8 bytes. */
const char *fault_column_letter(int column, char out[8]);

/* The district's own report: severity, file, sheet, list, row, column letter, heading, value,
 * fault, mend; the gravest first, otherwise in the order found. 0, or −1 as out_end. */
int faults_print(const struct faults *f, FILE *file, enum out_form form);

/* The same with those of at least this severity, and not ended: the caller may add notes, and ends
 * it with out_end. */
struct out *faults_table(const struct faults *f, enum fault_severity at_least, FILE *file,
			 enum out_form form);

#endif
