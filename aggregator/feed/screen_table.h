#ifndef AGGREGATOR_FEED_SCREEN_TABLE_H
#define AGGREGATOR_FEED_SCREEN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

/* A CSV file in memory, column by column, each different value kept once: checks look at values
 * first and at rows only where a value is wrong. */

/* Different byte strings, numbered in order of arrival. Zeroed is empty. */
struct screen_words {
	char *bytes; /* owned; each with a NUL behind it */
	size_t n_bytes, byte_capacity;
	size_t *ends; /* owned; offset behind the NUL of each */
	size_t n, capacity;
	uint32_t *slots; /* owned; number + 1, 0: free */
	size_t n_slots;
	unsigned char key[16]; /* of the hash, so that no file can make its values collide */
};

/* The number of the word, added when it is new. ERR_NOMEM, or ERR_TOO_BIG beyond 2^31 words. */
enum err_code screen_words_add(struct screen_words *w, const void *bytes, size_t len, uint32_t *at,
			       struct err *err);
bool screen_words_find(const struct screen_words *w, const void *bytes, size_t len, uint32_t *at);
bool screen_words_has(const struct screen_words *w, const char *text);
const char *screen_words_text(const struct screen_words *w, size_t i);
size_t screen_words_len(const struct screen_words *w, size_t i);
void screen_words_clear(struct screen_words *w);

/* Row numbers as a spreadsheet shows them (the heading is row 1): how many, and the first. */
#define SCREEN_ROWS_SHOWN 8

struct screen_rows {
	int64_t first[SCREEN_ROWS_SHOWN];
	size_t n;
};

void screen_rows_add(struct screen_rows *rows, int64_t row);

struct screen_column {
	char *name;                 /* owned */
	struct screen_words values; /* number 0 is the blank, whether it occurs or not */
	uint32_t *cells;            /* owned; n_rows numbers of values */
	size_t n_blank;             /* rows in which it is blank */
};

struct screen_table {
	struct screen_column *columns; /* owned */
	int n_columns;
	size_t n_rows, row_capacity; /* without the heading and empty lines */
	int64_t *numbers;            /* owned; row number of each */
	char separator;
	struct screen_rows narrow, wide; /* fewer or more cells than the heading */
	struct screen_rows empty;        /* lines without any value, left out */
};

/* Reads strict CSV (RFC 4180; a byte order mark and CR LF are taken; separators other than a comma
 * are taken and remembered). ERR_MALFORMED: no UTF-8, a zero byte, a quote in the wrong place, no
 * heading; ERR_TOO_BIG: a limit of proto/limits.h. The message names the row. Short rows are filled
 * with blanks, surplus cells dropped, both counted. table is initialised by it and cleared by it
 * when it fails. */
enum err_code screen_table_read(struct screen_table *table, const char *bytes, size_t len,
				struct err *err);
void screen_table_clear(struct screen_table *table);

/* The first column of that name, or −1. */
int screen_table_column(const struct screen_table *table, const char *name);

/* The text of a cell; column −1: "". */
const char *screen_table_text(const struct screen_table *table, int column, size_t row);

/* How many different values a column has, a blank being one. */
size_t screen_column_levels(const struct screen_column *column);

/* Whether some cell has this value. */
bool screen_column_has(const struct screen_column *column, const char *value);

#endif
