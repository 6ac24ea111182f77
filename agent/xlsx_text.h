#ifndef AGENT_XLSX_TEXT_H
#define AGENT_XLSX_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/err.h"

/* What the text of a workbook means: a growing buffer for it, and the conversions of values. */

struct xlsx_text {
	char *bytes; /* owned; NUL-terminated once something was added */
	size_t len, capacity;
};

/* Adds n bytes and keeps a NUL behind them. ERR_NOMEM only: the caller bounds the length. */
enum err_code xlsx_text_add(struct xlsx_text *t, const char *bytes, size_t n, struct err *err);
void xlsx_text_clear(struct xlsx_text *t);

/* Turns the workbook's escapes (_x000D_, _x005F_) of text[0…len) into what they stand for, in
 * place; one that stands for NUL or half a character is dropped. Returns the new length. */
size_t xlsx_text_unescape(char *text, size_t len);

/* Room for any number or date, with its NUL. */
#define XLSX_VALUE_BYTES 40

/* Writes the number as Excel shows it: up to 15 significant digits, so that the 0.55000000000000004
 * of the file is 0.55 again; whole numbers in full. 0 when text is no number. */
bool xlsx_text_number(const char *text, char out[XLSX_VALUE_BYTES]);

/* Writes the day of a serial date as YYYY-MM-DD; the time of day is dropped. date1904: days count
 * from 1904-01-01, else from 1900 with the 29 February 1900 that never was. 0 when the number is
 * no day that there is (before the first, day 60 of the 1900 system, after 9999). */
bool xlsx_text_date(const char *text, bool date1904, char out[XLSX_VALUE_BYTES]);

/* Whether a number format shows dates: the built-in ones by number (ECMA-376 part 1, 18.8.30, with
 * the East Asian ones); a custom one when it has d, m or y outside quotes, brackets and escapes. */
bool xlsx_text_format_is_date(int id);
bool xlsx_text_format_code_is_date(const char *code);

#endif
