#ifndef PROTO_DATE_H
#define PROTO_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

/* Civil dates in England as day numbers: days since 1970-01-01 (proleptic Gregorian). */

#define DATE_TEXT_BYTES 11 /* "2026-11-22" and its NUL */

int32_t date_from_ymd(int year, int month, int day); /* the caller has checked the parts */
void date_to_ymd(int32_t date, int *year, int *month, int *day);
bool date_valid_ymd(int year, int month, int day); /* years 1900–2100 */

/* "YYYY-MM-DD", strictly. ERR_MALFORMED says what was found. */
enum err_code date_parse_iso(const char *text, int32_t *date, struct err *err);

/* Writes "YYYY-MM-DD"; returns out. */
const char *date_format(int32_t date, char out[DATE_TEXT_BYTES]);

/* The same day n calendar months later (n < 0: earlier); the last day of the month where that
 * day does not exist (31 August + 1 month = 30 September). */
int32_t date_add_months(int32_t date, int n);

int32_t date_month_start(int32_t date);
int32_t date_month_end(int32_t date);
int date_weekday(int32_t date); /* 1 Monday … 7 Sunday (ISO 8601) */

/* Completed years at `on` of somebody born on `birth`; −1 when birth is after on (unborn). A
 * birthday on 29 February falls on 1 March in other years (as for the Family Law Reform Act). */
int date_age(int32_t birth, int32_t on);

/* Bank holidays in England and Wales, 2012–2028 (proto/bank_holidays.json, gov.uk feed format). */
bool date_is_bank_holiday(int32_t date);
bool date_is_working_day(int32_t date);

/* Working days after `from` up to and including `to`: 0 on the same day, so DfE's "same day"
 * band is 0. `to` before `from` gives the negative of the reverse: a caller must refuse it.
 * Dates outside 2012–2028 count weekends only. */
int date_working_days(int32_t from, int32_t to);

/* The date n working days after `from` (n ≥ 0). */
int32_t date_add_working_days(int32_t from, int n);

#endif
