#ifndef PROTO_FAULT_CODES_H
#define PROTO_FAULT_CODES_H

/* What can be wrong with an extract, by rule. A return tells the centre codes and counts only. */

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

const char *fault_code(enum fault_rule rule);  /* "date-order": what the centre sees */
const char *fault_title(enum fault_rule rule); /* "ends before it starts" */
const char *fault_mend(enum fault_rule rule);
enum fault_severity fault_severity(enum fault_rule rule);
const char *fault_severity_name(enum fault_severity severity); /* "note", "kept", … */

/* The rule of a code; 0 when there is none. */
int fault_rule_find(const char *code);

#endif
