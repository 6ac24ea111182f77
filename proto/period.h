#ifndef PROTO_PERIOD_H
#define PROTO_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/err.h"

/* Reporting periods. Agents report weeks and months; quarters and years are derived. */

enum period_kind {
	PERIOD_WEEK = 1,    /* ISO 8601, Monday–Sunday:  2026-W47 */
	PERIOD_MONTH = 2,   /* calendar month:           2026-10  */
	PERIOD_QUARTER = 3, /* of the financial year:    2026-27-Q2 (July–September 2026) */
	PERIOD_YEAR = 4,    /* financial year Apr–Mar:   2026-27  */
};

struct period {
	enum period_kind kind;
	int32_t start; /* first day, day number */
};

#define PERIOD_TEXT_BYTES 12 /* "2026-27-Q2" and its NUL, with room */

struct period period_of(enum period_kind kind, int32_t date); /* the one that holds the date */
struct period period_next(struct period p, int n);            /* n later; n < 0: earlier */
int32_t period_end(struct period p);                          /* last day, inclusive */
int period_days(struct period p);
bool period_valid(struct period p); /* kind known, start is a start, within LIMIT_DAY_MIN…MAX */

/* Any of the four spellings above. ERR_MALFORMED names the four in its message. */
enum err_code period_parse(const char *text, struct period *p, struct err *err);
const char *period_format(struct period p, char out[PERIOD_TEXT_BYTES]);

/* One integer that sorts by kind, then time: kind × 1,000,000 + start. What the store keys on. */
int64_t period_key(struct period p);
struct period period_from_key(int64_t key);

/* "week", "month", "quarter", "financial-year" (the words of --by). */
const char *period_kind_name(enum period_kind kind);
enum err_code period_kind_parse(const char *text, enum period_kind *kind, struct err *err);

/* The base periods (weeks stay weeks; the months of a month, quarter or year) in order.
 * Returns how many were written, at most 12. */
int period_bases(struct period p, struct period out[12]);

#endif
