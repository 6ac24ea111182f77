#ifndef DEPLOY_DEMO_BOOK_H
#define DEPLOY_DEMO_BOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <xlsxwriter.h>

#include "deploy/demo/city.h"
#include "deploy/demo/labels.h"
#include "proto/err.h"

/* Writes the lists of one extract in an office's dialect: a CSV file for each, or the sheets of
 * one workbook. Errors are kept until book_end or book_close asks for them. */

enum column_kind {
	COLUMN_ID,    /* who */
	COLUMN_DATE,  /* the date that every row has */
	COLUMN_END,   /* a date that must not be before it */
	COLUMN_OTHER, /* anything else that may be blank */
	COLUMN_CODE,
};

struct column {
	const char *heading; /* UTF-8 */
	enum column_kind kind;
};

#define BOOK_COLUMNS_MAX 20

/* One list: its file among CSV files; its sheet in a workbook and the title above its headings
 * (title NULL: a CSV file in every dialect); 1 for List 1. */
struct book_list {
	const char *csv, *title, *sheet;
	int number;
	struct column columns[BOOK_COLUMNS_MAX];
	int n_columns;
};

struct book {
	const struct dialect *dialect; /* borrowed */
	char folder[1024];
	lxw_workbook *workbook; /* NULL for CSV */
	lxw_worksheet *page;
	lxw_format *date_format;
	FILE *file;
	char name[1100]; /* of the file being written */
	uint32_t row;
	uint16_t cell; /* next to be written in this row */
	int column;    /* next column of the list */
	int left_out;  /* column that is not written; NONE */
	bool failed;
};

/* Makes the folder (its parents too) and, in a workbook dialect, the workbook. created: the date
 * that the workbook gives as its own. Pair it with book_close, also after an error. */
enum err_code book_open(struct book *b, const struct dialect *d, const char *folder,
			int32_t created, struct err *err);
enum err_code book_close(struct book *b, struct err *err);

/* Begins a list and writes its headings. left_out: column that is not written, or NONE. */
enum err_code book_begin(struct book *b, const struct book_list *list, int left_out,
			 struct err *err);
enum err_code book_end(struct book *b, struct err *err);

/* The cells of a row in order, then book_row. */
void book_text(struct book *b, const char *text); /* UTF-8; "" is blank */
void book_date(struct book *b, int32_t date);     /* NEVER is blank */
void book_int(struct book *b, int64_t value);
/* A name and a number of at least so many digits: "SYN000017". */
void book_numbered(struct book *b, const char *before, int64_t number, int digits);
void book_label(struct book *b, const struct label *label); /* NULL is blank */
void book_row(struct book *b);

/* Makes a folder and those above it. ERR_IO names it. */
enum err_code book_make_folder(const char *path, struct err *err);

#endif
