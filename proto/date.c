#include "proto/date.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "proto/embed.h"

#define DAYS_PER_400_YEARS 146097
#define DAYS_TO_1970 719468 /* from 1 March of year 0, where the arithmetic starts */
#define HOLIDAYS_MAX 512

/* Years are counted from 1 March, so that the leap day is the last of its year and the days
 * before month m (0 = March) are (153 m + 2) / 5. */
int32_t date_from_ymd(int year, int month, int day)
{
	int y = month > 2 ? year : year - 1;
	int m = month > 2 ? month - 3 : month + 9;
	int era = (y >= 0 ? y : y - 399) / 400;
	int of_era = y - era * 400;
	int day_of_year = (153 * m + 2) / 5 + day - 1;

	return era * DAYS_PER_400_YEARS + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year -
	       DAYS_TO_1970;
}

void date_to_ymd(int32_t date, int *year, int *month, int *day)
{
	int64_t z = (int64_t)date + DAYS_TO_1970;
	int64_t era = (z >= 0 ? z : z - DAYS_PER_400_YEARS + 1) / DAYS_PER_400_YEARS;
	int of_era = (int)(z - era * DAYS_PER_400_YEARS);
	int y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int day_of_year = of_era - (365 * y + y / 4 - y / 100);
	int m = (5 * day_of_year + 2) / 153;

	*day = day_of_year - (153 * m + 2) / 5 + 1;
	*month = m < 10 ? m + 3 : m - 9;
	*year = (int)(era * 400) + y + (*month <= 2);
}

static int date_days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

bool date_valid_ymd(int year, int month, int day)
{
	return year >= 1900 && year <= 2100 && month >= 1 && month <= 12 && day >= 1 &&
	       day <= date_days_in_month(year, month);
}

enum err_code date_parse_iso(const char *text, int32_t *date, struct err *err)
{
	static const char shape[] = "dddd-dd-dd";
	int part[3] = { 0, 0, 0 };
	int n = 0;

	for (int i = 0; i < DATE_TEXT_BYTES - 1; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';

		if (shape[i] == '-' ? text[i] != '-' : !digit)
			return err_set(err, ERR_MALFORMED,
				       "\"%.40s\" is not a date: write it as 2026-11-22", text);
		if (digit)
			part[n] = part[n] * 10 + (text[i] - '0');
		else
			n++;
	}
	if (text[DATE_TEXT_BYTES - 1] != '\0')
		return err_set(err, ERR_MALFORMED,
			       "\"%.40s\" is not a date: write it as 2026-11-22", text);
	if (!date_valid_ymd(part[0], part[1], part[2]))
		return err_set(err, ERR_MALFORMED,
			       "\"%s\" is not a day of the calendar (years 1900 to 2100)", text);
	*date = date_from_ymd(part[0], part[1], part[2]);
	return ERR_OK;
}

const char *date_format(int32_t date, char out[DATE_TEXT_BYTES])
{
	int year;
	int month;
	int day;

	date_to_ymd(date, &year, &month, &day);
	assert(year >= 0 && year <= 9999);
	(void)snprintf(out, DATE_TEXT_BYTES, "%04u-%02u-%02u", (unsigned)year % 10000,
		       (unsigned)month % 100, (unsigned)day % 100);
	return out;
}

int32_t date_add_months(int32_t date, int n)
{
	int year;
	int month;
	int day;
	int months;
	int last;

	date_to_ymd(date, &year, &month, &day);
	months = year * 12 + month - 1 + n;
	year = (months >= 0 ? months : months - 11) / 12;
	month = months - year * 12 + 1;
	last = date_days_in_month(year, month);
	return date_from_ymd(year, month, day < last ? day : last);
}

int32_t date_month_start(int32_t date)
{
	int year;
	int month;
	int day;

	date_to_ymd(date, &year, &month, &day);
	return date - (day - 1);
}

int32_t date_month_end(int32_t date)
{
	int year;
	int month;
	int day;

	date_to_ymd(date, &year, &month, &day);
	return date + (date_days_in_month(year, month) - day);
}

/* Days since the Monday of the week before 1970-01-01 (a Thursday), rounded down to weeks. */
static int32_t date_week(int32_t date)
{
	int32_t d = date + 3;

	return (d >= 0 ? d : d - 6) / 7;
}

int date_weekday(int32_t date)
{
	return date + 3 - 7 * date_week(date) + 1;
}

int date_age(int32_t birth, int32_t on)
{
	int birth_year;
	int birth_month;
	int birth_day;
	int year;
	int month;
	int day;
	int age;

	if (birth > on)
		return -1;
	date_to_ymd(birth, &birth_year, &birth_month, &birth_day);
	date_to_ymd(on, &year, &month, &day);
	age = year - birth_year;
	if (month < birth_month || (month == birth_month && day < birth_day))
		age--;
	return age;
}

/* ---- bank holidays: the dates of the feed's "england-and-wales" division, ascending */

static int32_t holidays[HOLIDAYS_MAX];
static int n_holidays;
static pthread_once_t holidays_once = PTHREAD_ONCE_INIT;

/* Moves *at behind the next JSON string and gives its inside, or behind the next bracket, which
 * it returns. '"' for a string, '\0' at the end. */
static char date_next_token(const char **at, const char **text, size_t *len)
{
	const char *p = *at + strcspn(*at, "\"{}[]");
	const char *end;

	if (*p != '"') {
		*at = *p == '\0' ? p : p + 1;
		return *p;
	}
	for (end = p + 1; *end != '"' && *end != '\0'; end++)
		if (*end == '\\' && end[1] != '\0')
			end++;
	*text = p + 1;
	*len = (size_t)(end - (p + 1));
	*at = *end == '\0' ? end : end + 1;
	return '"';
}

static bool date_token_is(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(text, word, len) == 0;
}

/* The feed is ours (embedded), so a breach of its format is our own mistake. */
static void date_holidays_load(void)
{
	const struct embed *file = embed_find("proto/bank_holidays.json");
	const char *at = file->text;
	const char *text = "";
	size_t len = 0;
	int depth = 0;
	bool wanted = false;
	bool is_date = false;
	char token;

	while ((token = date_next_token(&at, &text, &len)) != '\0') {
		if (token == '{' || token == '[')
			depth++;
		else if (token == '}' || token == ']')
			depth--;
		else if (depth == 1)
			wanted = date_token_is(text, len, "england-and-wales");
		else if (wanted && is_date) {
			char iso[DATE_TEXT_BYTES] = "";

			assert(n_holidays < HOLIDAYS_MAX && len == DATE_TEXT_BYTES - 1);
			memcpy(iso, text, len);
			if (date_parse_iso(iso, &holidays[n_holidays], NULL) != ERR_OK)
				assert(!"bank_holidays.json: a date that is not one");
			assert(n_holidays == 0 || holidays[n_holidays - 1] < holidays[n_holidays]);
			n_holidays++;
			is_date = false;
			continue;
		}
		is_date = token == '"' && depth == 4 && date_token_is(text, len, "date");
	}
	assert(n_holidays > 0 && depth == 0);
}

/* How many bank holidays lie before the date. */
static int date_holidays_before(int32_t date)
{
	int low = 0;
	int high;

	(void)pthread_once(&holidays_once, date_holidays_load);
	high = n_holidays;
	while (low < high) {
		int middle = (low + high) / 2;

		if (holidays[middle] < date)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool date_is_bank_holiday(int32_t date)
{
	return date_holidays_before(date + 1) > date_holidays_before(date);
}

bool date_is_working_day(int32_t date)
{
	return date_weekday(date) <= 5 && !date_is_bank_holiday(date);
}

/* Monday–Friday from the Monday before 1970 up to and including the date (negative before). */
static int32_t date_weekdays_to(int32_t date)
{
	int weekday = date_weekday(date);

	return date_week(date) * 5 + (weekday < 5 ? weekday : 5);
}

int date_working_days(int32_t from, int32_t to)
{
	int days;

	if (to < from)
		return -date_working_days(to, from);
	days = date_weekdays_to(to) - date_weekdays_to(from);
	for (int i = date_holidays_before(from + 1); i < n_holidays && holidays[i] <= to; i++)
		days -= date_weekday(holidays[i]) <= 5;
	return days;
}

int32_t date_add_working_days(int32_t from, int n)
{
	int32_t date = from;

	while (n > 0) {
		date++;
		n -= date_is_working_day(date);
	}
	return date;
}
