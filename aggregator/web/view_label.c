/* Periods, days and instants as people write them. */

#include <stdio.h>

#include "aggregator/web/view.h"
#include "proto/clock.h"
#include "proto/date.h"

#define DAY_US (86400LL * 1000000)

static const char *const months[] = { "January",   "February", "March",    "April",
				      "May",       "June",     "July",     "August",
				      "September", "October",  "November", "December" };

const char *view_period_label(struct period p, char out[VIEW_PERIOD_BYTES])
{
	int year, month, day, last_year, last_month, last_day;

	date_to_ymd(p.start, &year, &month, &day);
	date_to_ymd(period_end(p), &last_year, &last_month, &last_day);
	switch (p.kind) {
	case PERIOD_WEEK:
		(void)snprintf(out, VIEW_PERIOD_BYTES, "week to %d %s %d", last_day,
			       months[last_month - 1], last_year);
		break;
	case PERIOD_MONTH:
		(void)snprintf(out, VIEW_PERIOD_BYTES, "%s %d", months[month - 1], year);
		break;
	case PERIOD_QUARTER:
		(void)snprintf(out, VIEW_PERIOD_BYTES, "%s to %s %d", months[month - 1],
			       months[last_month - 1], last_year);
		break;
	case PERIOD_YEAR:
		(void)snprintf(out, VIEW_PERIOD_BYTES, "%d to %d", year, last_year);
		break;
	}
	return out;
}

const char *view_period_short(struct period p, char out[VIEW_PERIOD_BYTES])
{
	int year, month, day, last_year, last_month, last_day;

	date_to_ymd(p.start, &year, &month, &day);
	date_to_ymd(period_end(p), &last_year, &last_month, &last_day);
	switch (p.kind) {
	case PERIOD_WEEK:
		(void)snprintf(out, VIEW_PERIOD_BYTES, "%d %.3s %02d", last_day,
			       months[last_month - 1], last_year % 100);
		break;
	case PERIOD_MONTH:
		(void)snprintf(out, VIEW_PERIOD_BYTES, "%.3s %02d", months[month - 1], year % 100);
		break;
	case PERIOD_QUARTER:
		(void)snprintf(out, VIEW_PERIOD_BYTES, "%.3s–%.3s %02d", months[month - 1],
			       months[last_month - 1], last_year % 100);
		break;
	case PERIOD_YEAR:
		(void)snprintf(out, VIEW_PERIOD_BYTES, "%d–%02d", year, last_year % 100);
		break;
	}
	return out;
}

const char *view_date_label(int32_t date, char out[VIEW_PERIOD_BYTES])
{
	int year, month, day;

	date_to_ymd(date, &year, &month, &day);
	(void)snprintf(out, VIEW_PERIOD_BYTES, "%d %s %d", day, months[month - 1], year);
	return out;
}

const char *view_instant_label(int64_t us, char out[VIEW_PERIOD_BYTES])
{
	int64_t civil_us = us + clock_england_us(us);
	int minute = (int)(civil_us % DAY_US / 60000000);
	int year, month, day;

	date_to_ymd((int32_t)(civil_us / DAY_US), &year, &month, &day);
	(void)snprintf(out, VIEW_PERIOD_BYTES, "%d %s %d, %02d:%02d", day, months[month - 1], year,
		       minute / 60, minute % 60);
	return out;
}

int64_t view_known_on_us(const struct view *v)
{
	int64_t us;

	if (v->known_on == INT32_MIN)
		return 0;
	us = ((int64_t)v->known_on + 1) * DAY_US - 1;
	return us - clock_england_us(us);
}
