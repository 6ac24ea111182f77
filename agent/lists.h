#ifndef AGENT_LISTS_H
#define AGENT_LISTS_H

#include <stddef.h>

/* The lists that an extract may hold and the columns of each: one table that the readers, the
 * staging tables, the validator and the documentation share. List and column names are those of
 * agent/stage.sql. Source: Ofsted ILACS Annex A, August 2019; DfE CIN census; DfE children's
 * social work workforce census. */

enum list_type {
	LIST_ID,   /* child or worker identifier: trimmed, upper-cased; never leaves the district */
	LIST_DATE, /* day number */
	LIST_INT,  /* whole number */
	LIST_FTE,  /* decimal; stored in millionths */
	LIST_DAYS, /* decimal days; stored in thousandths */
	LIST_CODE, /* a code of the set named in `codes`; unknown text → 'unknown' and a fault */
	LIST_YES_NO, /* 1, 0, or NULL when blank; "c) Unknown" → NULL */
	LIST_WARD,   /* ward of the area file */
	LIST_TEAM,   /* team of the configuration */
	LIST_NAME,   /* free text kept only in memory, to compare (allocated worker) */
	LIST_AGE,    /* completed years; −1: unborn; fractions are cut */
};

/* What a second row means. */
enum list_rows {
	LIST_ROWS_ANY,           /* rows may be alike (early help, plans of the census) */
	LIST_ROWS_DISTINCT,      /* a row that is the same in every cell is a duplicate */
	LIST_ROWS_ONE_PER_CHILD, /* the row that starts last counts, the others are duplicates */
};

struct list_column {
	const char *name;    /* staging column */
	const char *heading; /* preferred heading; NULL: derived, has no cell of its own */
	enum list_type type;
	const char *codes;  /* code set for LIST_CODE; for LIST_YES_NO a set of further
			     * spellings of yes and no, or NULL; else NULL */
	int required;       /* the heading must be there */
	int value_required; /* a blank cell makes the row a rejected row */
	const char *const
		*alternatives; /* other headings that mean the same; NULL-terminated or NULL */
};

struct list {
	const char *name;   /* "contacts": staging table */
	const char *title;  /* "List 1: Contacts" */
	int annex_a_number; /* 1…7; 0 for others */
	const struct list_column *columns;
	int n_columns;
	const char *event_column; /* the date that must not be after the as-at, nor may any other
				   * but the birth date; NULL: dates may lie ahead (staff) */
	const char *end_column;   /* must not be before event_column; NULL when none */
	enum list_rows rows;
};

const struct list *lists_all(size_t *n);
const struct list *list_find(const char *name); /* NULL when unknown */

/* Folds a heading for comparison: lower case, ASCII letters and digits only (Unicode quotes, spaces
 * and punctuation dropped). out has size bytes, always terminated. */
void list_fold(const char *text, char *out, size_t size);
/* The same for text that is not terminated; returns the length written. */
size_t list_fold_n(const char *text, size_t len, char *out, size_t size);

/* Column of the list whose heading, alternative or staging name folds to the same; −1 when none. */
int list_column_of(const struct list *list, const char *heading);

/* The same; *rank says how well it matched: 3 heading, 2 alternative, 1 staging name. */
int list_column_ranked(const struct list *list, const char *heading, int *rank);

/* Index of the staging column with this name; −1 when none. */
int list_column_named(const struct list *list, const char *name);

#endif
