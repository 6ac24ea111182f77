#ifndef AGENT_STAGE_VALUE_H
#define AGENT_STAGE_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "agent/faults.h"
#include "agent/reader.h"

/* One cell as a typed value. No memory is taken; text is borrowed from the cell. */

struct text_span {
	const char *text; /* not terminated */
	size_t len;
};

/* Without the white space around it: ASCII, no-break, narrow and zero-width spaces, BOM. */
struct text_span value_trim(const char *text, size_t len);

/* Whether the trimmed text stands for nothing though it is not empty: #N/A and the other errors of
 * a spreadsheet, NULL, N/A, nan, dashes. */
int value_is_blank_mark(struct text_span span);

/* The parsers return 0 and fill *out, or the rule that the text breaks; *mend then says more than
 * the rule's own sentence, or is NULL. */

/* D/M/YYYY, D-M-YYYY, D.M.YYYY, YYYY-MM-DD, YYYY/MM/DD, each with or without a time of day behind
 * it; years 1900–2100. Two-digit years, time zones and a workbook's serial numbers are refused:
 * each can mean two days. Months before days cannot be told apart and are read as days. */
enum fault_rule value_date(const struct cell *cell, struct text_span span, int64_t *out,
			   const char **mend);

/* A whole number (also "3.0") from least to greatest. */
enum fault_rule value_int(struct text_span span, int64_t least, int64_t greatest, int64_t *out,
			  const char **mend);

/* Completed years: fractions are cut ("6.138" is 6), −1 and "unborn" are −1. */
enum fault_rule value_age(struct text_span span, int64_t *out, const char **mend);

/* A decimal number times scale, rounded half away from nought, from 0 to greatest. */
enum fault_rule value_decimal(struct text_span span, int64_t scale, int64_t greatest, int64_t *out,
			      const char **mend);

/* Capitals, inner no-break spaces and runs of spaces as one space: what identifiers and names are
 * compared by. out has room for len + 1 bytes; returns the length. */
size_t value_fold_name(struct text_span span, char *out);

#endif
