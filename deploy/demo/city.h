#ifndef DEPLOY_DEMO_CITY_H
#define DEPLOY_DEMO_CITY_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/area.h"
#include "proto/err.h"

/* The simulated authority: its districts (from the area file), the calendar and the demand for
 * services. Nothing here knows a place by name; rates are per 10,000 children a year. */

#define CITY_DISTRICTS_MAX 250 /* a district's number fits a byte */
#define CITY_WARDS_MAX 250
#define CITY_TEAMS 4
#define CITY_MONTHS_MAX 120
#define CITY_MONTH_END_DAYS 5 /* an as-at this many days after a month's end stands for it */
#define CITY_BURN_IN_YEARS 5  /* long episodes must have had time to build up */
#define CITY_RUN_OUT_DAYS 110 /* so that every follow-up of the last month is over */

/* How an office writes its extract. */
struct dialect {
	bool xlsx;         /* else CSV */
	bool xlsx_later;   /* CSV in the first months, workbooks from the last fifth on */
	char separator;    /* of CSV */
	bool bom;          /* CSV begins with a UTF-8 byte order mark */
	bool windows_1252; /* else UTF-8 */
	bool prefixes;     /* codes as "a) 1A: Individual", else "1A" */
	bool drift;        /* headings in other case and with spaces behind */
	bool title_row;    /* a row above the headings (XLSX) */
	bool text_dates;   /* XLSX: dates as text */
	int sheet_names;   /* XLSX: 0 "List 1", 1 "List_1", 2 "Contacts" */
	int lag_days;      /* the as-at is so many days after the month's end */
};

struct district {
	int area; /* index into the tree */
	const char *code;
	double children;
	double share;                       /* of the authority's demand; the shares add up to 1 */
	int wards[CITY_WARDS_MAX], n_wards; /* indexes into the tree */
	bool contacts_fall, returns_rise;   /* what was planted for somebody to find */
	int month_late;                     /* the extract of this month comes late; NONE */
	int month_refused;                  /* the extract of this month is refused first; NONE */
	struct dialect dialect;
};

struct city {
	struct area_tree *tree;
	int area; /* the authority, index into the tree */
	struct district districts[CITY_DISTRICTS_MAX];
	int n_districts;
	double children;
	double scale;
	uint64_t seed;
	int n_months, window_months;
	int32_t from;                /* first day of the first month */
	int32_t first_day, last_day; /* simulated, burn-in and run-out included */
	int32_t *working;            /* working days up to each day, first_day onwards */
	int32_t *workdays;           /* the days that are working days, ascending */
	int32_t n_workdays;
};

/* from: first day of the first month. Errors name the file or option. The caller clears *c. */
enum err_code city_init(struct city *c, const char *areas, const char *populations, int32_t from,
			int n_months, struct err *err);
void city_clear(struct city *c);

int32_t city_month_end(const struct city *c, int month); /* last day of month 0 … n_months − 1 */
int32_t city_as_at(const struct city *c, int district, int month);

bool city_is_working_day(const struct city *c, int32_t day);
int32_t city_next_working_day(const struct city *c, int32_t day); /* the day itself if it is one */
int32_t city_add_working_days(const struct city *c, int32_t day, int n);

bool city_is_school_holiday(int32_t day);

/* Demand of a day against an average day: weekday, holiday, trend since the first month. */
double city_demand(const struct city *c, int32_t day);

/* Years since the first month; 0 before it. */
double city_years(const struct city *c, int32_t day);

#endif
