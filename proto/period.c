#include "proto/period.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "proto/date.h"
#include "proto/limits.h"

#define PERIOD_KEY_BASE 1000000

/* First of April of the financial year that holds the date. */
static int32_t period_year_start(int32_t date)
{
	int year;
	int month;
	int day;

	date_to_ymd(date, &year, &month, &day);
	return date_from_ymd(month >= 4 ? year : year - 1, 4, 1);
}

struct period period_of(enum period_kind kind, int32_t date)
{
	struct period p = { kind, date };
	int year;
	int month;
	int day;

	switch (kind) {
	case PERIOD_WEEK:
		p.start = date - (date_weekday(date) - 1);
		break;
	case PERIOD_MONTH:
		p.start = date_month_start(date);
		break;
	case PERIOD_QUARTER:
		/* quarters of the financial year start where those of the calendar year do */
		date_to_ymd(date, &year, &month, &day);
		p.start = date_from_ymd(year, (month - 1) / 3 * 3 + 1, 1);
		break;
	case PERIOD_YEAR:
		p.start = period_year_start(date);
		break;
	}
	return p;
}

/* Months in one period; 0 for a week. */
static int period_months(enum period_kind kind)
{
	switch (kind) {
	case PERIOD_WEEK:
		return 0;
	case PERIOD_MONTH:
		return 1;
	case PERIOD_QUARTER:
		return 3;
	case PERIOD_YEAR:
		return 12;
	}
	return 0;
}

struct period period_next(struct period p, int n)
{
	struct period next = p;

	if (p.kind == PERIOD_WEEK)
		next.start = p.start + 7 * n;
	else
		next.start = date_add_months(p.start, n * period_months(p.kind));
	return next;
}

int32_t period_end(struct period p)
{
	return period_next(p, 1).start - 1;
}

int period_days(struct period p)
{
	return period_next(p, 1).start - p.start;
}

bool period_valid(struct period p)
{
	if (p.kind < PERIOD_WEEK || p.kind > PERIOD_YEAR)
		return false;
	if (p.start < LIMIT_DAY_MIN || p.start > LIMIT_DAY_MAX)
		return false;
	return period_of(p.kind, p.start).start == p.start;
}

/* Reads `width` digits at *text and moves behind them. */
static bool period_digits(const char **text, int width, int *value)
{
	*value = 0;
	for (int i = 0; i < width; i++) {
		char c = (*text)[i];

		if (c < '0' || c > '9')
			return false;
		*value = *value * 10 + (c - '0');
	}
	*text += width;
	return true;
}

/* The Monday of an ISO week; week 1 holds 4 January. False when the year has no such week. */
static bool period_week_start(int year, int week, int32_t *start)
{
	struct period first = period_of(PERIOD_WEEK, date_from_ymd(year, 1, 4));
	struct period next = period_of(PERIOD_WEEK, date_from_ymd(year + 1, 1, 4));

	*start = first.start + 7 * (week - 1);
	return week >= 1 && *start < next.start;
}

/* The four spellings; false when text is none of them. */
static bool period_read(const char *text, struct period *p)
{
	int year;
	int n;
	int quarter;

	if (!period_digits(&text, 4, &year) || year < 1900 || year > 2100 || *text++ != '-')
		return false;
	if (*text == 'W') {
		text++;
		p->kind = PERIOD_WEEK;
		return period_digits(&text, 2, &n) && *text == '\0' &&
		       period_week_start(year, n, &p->start);
	}
	if (!period_digits(&text, 2, &n))
		return false;
	/* "2026-10" is a month, "2026-27" a year. Only 2010-11 and 2011-12 could be both: a month
	 * is what agents report, so they are read as November 2010 and December 2011. */
	if (*text == '\0' && n >= 1 && n <= 12) {
		p->kind = PERIOD_MONTH;
		p->start = date_from_ymd(year, n, 1);
		return true;
	}
	if (n != (year + 1) % 100)
		return false;
	p->kind = PERIOD_YEAR;
	p->start = date_from_ymd(year, 4, 1);
	if (*text == '\0')
		return true;
	if (strncmp(text, "-Q", 2) != 0)
		return false;
	text += 2;
	if (!period_digits(&text, 1, &quarter) || quarter < 1 || quarter > 4 || *text != '\0')
		return false;
	p->kind = PERIOD_QUARTER;
	p->start = date_add_months(p->start, 3 * (quarter - 1));
	return true;
}

enum err_code period_parse(const char *text, struct period *p, struct err *err)
{
	struct period read = { PERIOD_MONTH, 0 };

	if (!period_read(text, &read))
		return err_set(err, ERR_MALFORMED,
			       "\"%.40s\" is not a period: write a week as 2026-W47, a month as "
			       "2026-10, a quarter as 2026-27-Q2 or a financial year as 2026-27",
			       text);
	if (!period_valid(read))
		return err_set(err, ERR_MALFORMED,
			       "period \"%s\" is out of range: it must start in 2010 to 2099",
			       text);
	*p = read;
	return ERR_OK;
}

const char *period_format(struct period p, char out[PERIOD_TEXT_BYTES])
{
	int year;
	int month;
	int day;
	unsigned y;

	/* the Thursday of an ISO week says which year it belongs to */
	date_to_ymd(p.kind == PERIOD_WEEK ? p.start + 3 : period_year_start(p.start), &year, &month,
		    &day);
	y = (unsigned)year % 10000;
	switch (p.kind) {
	case PERIOD_WEEK:
		(void)snprintf(out, PERIOD_TEXT_BYTES, "%04u-W%02u", y,
			       (unsigned)(p.start + 3 - date_from_ymd(year, 1, 1)) / 7 % 100 + 1);
		break;
	case PERIOD_MONTH:
		date_to_ymd(p.start, &year, &month, &day);
		(void)snprintf(out, PERIOD_TEXT_BYTES, "%04u-%02u", (unsigned)year % 10000,
			       (unsigned)month % 100);
		break;
	case PERIOD_QUARTER:
		date_to_ymd(p.start, &year, &month, &day);
		(void)snprintf(out, PERIOD_TEXT_BYTES, "%04u-%02u-Q%u", y, (y + 1) % 100,
			       (unsigned)(month + 8) % 12 / 3 + 1);
		break;
	case PERIOD_YEAR:
		(void)snprintf(out, PERIOD_TEXT_BYTES, "%04u-%02u", y, (y + 1) % 100);
		break;
	}
	return out;
}

int64_t period_key(struct period p)
{
	return (int64_t)p.kind * PERIOD_KEY_BASE + p.start;
}

struct period period_from_key(int64_t key)
{
	struct period p = { (enum period_kind)(key / PERIOD_KEY_BASE),
			    (int32_t)(key % PERIOD_KEY_BASE) };

	return p;
}

static const char *const period_kinds[] = { "week", "month", "quarter", "financial-year" };

const char *period_kind_name(enum period_kind kind)
{
	assert(kind >= PERIOD_WEEK && kind <= PERIOD_YEAR);
	return period_kinds[kind - PERIOD_WEEK];
}

enum err_code period_kind_parse(const char *text, enum period_kind *kind, struct err *err)
{
	for (int i = PERIOD_WEEK; i <= PERIOD_YEAR; i++) {
		if (strcmp(text, period_kinds[i - PERIOD_WEEK]) == 0) {
			*kind = (enum period_kind)i;
			return ERR_OK;
		}
	}
	return err_set(err, ERR_MALFORMED,
		       "\"%.40s\" is not a kind of period: give week, month, quarter or "
		       "financial-year",
		       text);
}

int period_bases(struct period p, struct period out[12])
{
	int n = period_months(p.kind);

	if (n <= 1) {
		out[0] = p;
		return 1;
	}
	for (int i = 0; i < n; i++) {
		out[i].kind = PERIOD_MONTH;
		out[i].start = date_add_months(p.start, i);
	}
	return n;
}
