#include "proto/clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

static int64_t fixed_us;

int64_t clock_offset_s(void)
{
	static bool known;
	static int64_t offset;

	if (!known) {
		const char *text = getenv("DISTRICT_CLOCK_OFFSET_S");
		char *end = NULL;

		errno = 0;
		offset = text == NULL ? 0 : strtoll(text, &end, 10);
		if (text != NULL && (errno != 0 || end == text || *end != '\0'))
			offset = 0;
		known = true;
	}
	return offset;
}

int64_t clock_wall_us(void)
{
	struct timespec t;

	if (fixed_us != 0)
		return fixed_us;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	return ((int64_t)t.tv_sec + clock_offset_s()) * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_mono_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_mono_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The last Sunday of a 31-day month that starts on day number first. */
static int32_t last_sunday(int32_t first)
{
	int32_t last = first + 30;

	return last - (last + 4) % 7; /* 1970-01-01 was a Thursday */
}

/* British Summer Time runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last
 * Sunday of October (Summer Time Order 2002). */
int64_t clock_england_us(int64_t wall_us)
{
	int64_t seconds = wall_us / 1000000;
	time_t t = (time_t)seconds;
	struct tm utc;
	int32_t year_start;
	bool leap;
	int64_t begins;
	int64_t ends;

	if (gmtime_r(&t, &utc) == NULL)
		return 0;
	year_start = (int32_t)(seconds / 86400) - utc.tm_yday;
	leap = (utc.tm_year % 4 == 0 && utc.tm_year % 100 != 0) || (utc.tm_year + 1900) % 400 == 0;
	begins = (int64_t)last_sunday(year_start + 59 + leap) * 86400 + 3600;
	ends = (int64_t)last_sunday(year_start + 273 + leap) * 86400 + 3600;
	return seconds >= begins && seconds < ends ? 3600 * 1000000LL : 0;
}

int32_t clock_today(void)
{
	int64_t us = clock_wall_us();

	return (int32_t)((us + clock_england_us(us)) / 1000000 / 86400);
}

void clock_fix_us(int64_t us)
{
	fixed_us = us;
}
