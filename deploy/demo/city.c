#include "deploy/demo/city.h"

#include <stdlib.h>
#include <string.h>

#include "deploy/demo/events.h"
#include "deploy/demo/rng.h"
#include "proto/date.h"

#define CITY_STREAM 1
#define CITY_TREND_A_YEAR 0.02     /* demand rises across the authority */
#define CITY_WORKING_DAY 1.36      /* of the average day's demand … */
#define CITY_OTHER_DAY 0.20        /* … so that a year's 252 and 113 days add up to 365 */
#define CITY_WEIGHT_MIN_PERCENT 70 /* demand per child, least and most deprived district */
#define CITY_WEIGHT_MAX_PERCENT 135

/* Dealt out in the order of the districts; more than these begin again. */
static const struct dialect dialects[] = {
	{ .separator = ',', .prefixes = true },
	{ .separator = ',', .prefixes = true, .bom = true },
	{ .separator = ';', .windows_1252 = true },
	{ .xlsx = true, .prefixes = true, .title_row = true, .sheet_names = 0 },
	{ .separator = ',', .drift = true },
	{ .separator = ',', .prefixes = true, .lag_days = 1 },
	{ .separator = ',',
	  .xlsx_later = true,
	  .drift = true,
	  .text_dates = true,
	  .sheet_names = 2 },
	{ .separator = ',', .bom = true, .drift = true },
	{ .separator = ',', .prefixes = true, .lag_days = 3 },
	{ .separator = ',', .xlsx_later = true, .prefixes = true, .sheet_names = 1 },
};

#define N_DIALECTS ((int)(sizeof dialects / sizeof dialects[0]))

static enum err_code city_find_authority(struct city *c, const char *areas, struct err *err)
{
	for (int i = 0; i < c->tree->n_areas; i++) {
		const struct area *a = &c->tree->areas[i];

		if (a->level == AREA_DISTRICT && a->parent >= 0) {
			c->area = a->parent;
			return ERR_OK;
		}
	}
	return err_set(err, ERR_CONFIG,
		       "%s: no district below an authority: add rows of level "
		       "district",
		       areas);
}

static void city_add_wards(struct city *c, struct district *d)
{
	for (int i = 0; i < c->tree->n_areas && d->n_wards < CITY_WARDS_MAX; i++) {
		const struct area *a = &c->tree->areas[i];

		if (a->level == AREA_WARD && a->parent == d->area &&
		    a->valid_from <= c->first_day && a->valid_to >= c->last_day)
			d->wards[d->n_wards++] = i;
	}
}

static enum err_code city_add_districts(struct city *c, const char *areas, struct err *err)
{
	int *found = calloc((size_t)c->tree->n_areas, sizeof *found);
	enum err_code code = ERR_OK;
	int n;

	if (found == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for the districts");
	n = area_reporting(c->tree, c->area, c->from, city_month_end(c, c->n_months - 1), found);
	if (n == 0 || n > CITY_DISTRICTS_MAX)
		code = err_set(err, ERR_CONFIG,
			       "%s: %d districts below %s, 1 to %d can be simulated", areas, n,
			       c->tree->areas[c->area].code, CITY_DISTRICTS_MAX);
	for (int i = 0; code == ERR_OK && i < n; i++) {
		struct district *d = &c->districts[c->n_districts++];
		struct area_people p = { 0, 0, 0, 0 };

		d->area = found[i];
		d->code = c->tree->areas[found[i]].code;
		d->dialect = dialects[i % N_DIALECTS];
		d->month_late = NONE;
		d->month_refused = NONE;
		city_add_wards(c, d);
		code = area_population(c->tree, found[i], 0, 17, c->from, &p, err);
		d->children = (double)p.people;
		c->children += d->children;
	}
	free(found);
	return code;
}

/* Demand differs between districts, and two of them have a story. Which ones depends on the seed.
 */
static void city_deal_out(struct city *c, uint64_t seed)
{
	struct rng r;
	double sum = 0;
	int falling;
	int rising;

	rng_init(&r, seed, CITY_STREAM);
	for (int i = 0; i < c->n_districts; i++) {
		struct district *d = &c->districts[i];

		d->share = d->children *
			   rng_between(&r, CITY_WEIGHT_MIN_PERCENT, CITY_WEIGHT_MAX_PERCENT);
		sum += d->share;
	}
	for (int i = 0; i < c->n_districts; i++)
		c->districts[i].share /= sum;
	falling = rng_below(&r, c->n_districts);
	rising = (falling + 1 + rng_below(&r, c->n_districts > 1 ? c->n_districts - 1 : 1)) %
		 c->n_districts;
	c->districts[falling].contacts_fall = true;
	c->districts[rising].returns_rise = true;
	c->districts[c->n_districts - 1].month_late = c->n_months / 3;
	c->districts[c->n_districts / 2].month_refused = c->n_months / 2;
}

static enum err_code city_calendar(struct city *c, struct err *err)
{
	int32_t n = c->last_day - c->first_day + 1;

	c->working = calloc((size_t)n, sizeof *c->working);
	c->workdays = calloc((size_t)n, sizeof *c->workdays);
	if (c->working == NULL || c->workdays == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for the calendar");
	for (int32_t i = 0; i < n; i++) {
		if (date_is_working_day(c->first_day + i))
			c->workdays[c->n_workdays++] = c->first_day + i;
		c->working[i] = c->n_workdays;
	}
	return ERR_OK;
}

enum err_code city_init(struct city *c, const char *areas, const char *populations, int32_t from,
			int n_months, struct err *err)
{
	enum err_code code;

	c->from = from;
	c->n_months = n_months;
	c->first_day = date_add_months(from, -12 * CITY_BURN_IN_YEARS);
	c->last_day = city_month_end(c, n_months - 1) + CITY_RUN_OUT_DAYS;
	code = area_tree_load(areas, populations, &c->tree, err);
	if (code == ERR_OK)
		code = city_find_authority(c, areas, err);
	if (code == ERR_OK)
		code = city_add_districts(c, areas, err);
	if (code == ERR_OK)
		code = city_calendar(c, err);
	if (code == ERR_OK)
		city_deal_out(c, c->seed);
	return code;
}

void city_clear(struct city *c)
{
	area_tree_free(&c->tree);
	free(c->working);
	free(c->workdays);
	memset(c, 0, sizeof *c);
}

int32_t city_month_end(const struct city *c, int month)
{
	return date_add_months(c->from, month + 1) - 1;
}

int32_t city_as_at(const struct city *c, int district, int month)
{
	return city_month_end(c, month) + c->districts[district].dialect.lag_days;
}

bool city_is_working_day(const struct city *c, int32_t day)
{
	int32_t i = day - c->first_day;

	if (i < 0 || day > c->last_day)
		return date_is_working_day(day);
	return c->working[i] != (i > 0 ? c->working[i - 1] : 0);
}

int32_t city_next_working_day(const struct city *c, int32_t day)
{
	while (!city_is_working_day(c, day))
		day++;
	return day;
}

/* Beyond the simulated days nothing is looked at, so five working days a week will do there. */
int32_t city_add_working_days(const struct city *c, int32_t day, int n)
{
	int32_t at;

	if (n == 0)
		return day;
	if (day > c->last_day)
		return day + n * 7 / 5;
	at = c->working[day - c->first_day] + n;
	if (at > c->n_workdays)
		return c->last_day + 1 + (at - c->n_workdays) * 7 / 5;
	return c->workdays[at - 1];
}

/* English state schools, near enough: days of the year as month × 100 + day. */
bool city_is_school_holiday(int32_t day)
{
	static const int breaks[][2] = {
		{ 101, 103 }, { 215, 221 },   { 401, 414 },   { 525, 531 },
		{ 722, 901 }, { 1024, 1031 }, { 1220, 1231 },
	};
	int year;
	int month;
	int mday;

	date_to_ymd(day, &year, &month, &mday);
	for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++)
		if (month * 100 + mday >= breaks[i][0] && month * 100 + mday <= breaks[i][1])
			return true;
	return false;
}

double city_years(const struct city *c, int32_t day)
{
	return day > c->from ? (day - c->from) / 365.25 : 0;
}

double city_demand(const struct city *c, int32_t day)
{
	double weekday = city_is_working_day(c, day) ? CITY_WORKING_DAY : CITY_OTHER_DAY;

	return weekday * (1 + CITY_TREND_A_YEAR * city_years(c, day));
}
