#ifndef AGENT_LISTS_H
#define AGENT_LISTS_H

#include <stddef.h>

/* The lists that an extract may hold and the columns of each: one table that the readers, the
 * staging tables, the validator and the documentation share. List and column names are those of
 * agent/stage.sql. Source: Ofsted ILACS Annex A, August 2019; DfE CIN census; DfE children's
 * social work workforce census. */

enum list_type {
	LIST_ID,     /* child or worker identifier: trimmed, upper-cased; never leaves the district */
	LIST_DATE,   /* day number */
	LIST_INT,    /* whole number */
	LIST_FTE,    /* decimal; stored in millionths */
	LIST_DAYS,   /* decimal days; stored in thousandths */
	LIST_CODE,   /* a code of the set named in `codes`; unknown text → 'unknown' and a fault */
	LIST_YES_NO, /* 1, 0, or NULL when blank; "c) Unknown" → NULL */
	LIST_WARD,   /* ward of the area file */
	LIST_TEAM,   /* team of the configuration */
	LIST_NAME,   /* free text kept only in memory, to compare (allocated worker) */
};

struct list_column {
	const char *name;       /* staging column */
	const char *heading;    /* preferred heading */
	enum list_type type;
	const char *codes;      /* code set for LIST_CODE, else NULL */
	int required;           /* the heading must be there */
	int value_required;     /* a blank cell makes the row a rejected row */
	const char *const *alternatives; /* other headings that mean the same; NULL-terminated or NULL */
};

struct list {
	const char *name;       /* "contacts": staging table */
	const char *title;      /* "List 1: Contacts" */
	int annex_a_number;     /* 1…7; 0 for others */
	const struct list_column *columns;
	int n_columns;
	const char *event_column; /* the date that must not be after the as-at */
	const char *end_column;   /* must not be before event_column; NULL when none */
};

const struct list *lists_all(size_t *n);
const struct list *list_find(const char *name); /* NULL when unknown */

/* Folds a heading for comparison: lower case, letters and digits only (Unicode quotes, spaces and
 * punctuation dropped). out has size bytes, always terminated. */
void list_fold(const char *text, char *out, size_t size);

/* Column of the list whose heading or alternative folds to the same; −1 when none. */
int list_column_of(const struct list *list, const char *heading);

#endif
