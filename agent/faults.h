#ifndef AGENT_FAULTS_H
#define AGENT_FAULTS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/err.h"
#include "proto/fault_codes.h"
#include "proto/out.h"

/* What was wrong with an extract, row by row. Stays in the district: the centre sees only codes
 * and counts. */

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
