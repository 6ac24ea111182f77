/* The SQL functions that measures may call: dates are day numbers, NULL in gives NULL out. All are
 * deterministic and refuse to be called from a schema (direct only). */
#include "agent/measure.h"

#include <stdbool.h>

#include "proto/date.h"

#define DAY_FIRST (-25567) /* 1900-01-01 */
#define DAY_LAST 47846     /* 2100-12-31 */
#define MONTHS_MAX 2400

/* The day in *value; false when it is NULL (the result is then NULL) or no day (an error). */
static bool function_day(sqlite3_context *context, sqlite3_value *value, const char *name,
			 int32_t *day)
{
	sqlite3_int64 number;
	char *text;

	if (sqlite3_value_type(value) == SQLITE_NULL)
		return false;
	number = sqlite3_value_int64(value);
	if (sqlite3_value_type(value) == SQLITE_INTEGER && number >= DAY_FIRST &&
	    number <= DAY_LAST) {
		*day = (int32_t)number;
		return true;
	}
	text = sqlite3_mprintf("%s: %lld is no day number from 1900 to 2100", name, number);
	if (text == NULL)
		sqlite3_result_error_nomem(context);
	else
		sqlite3_result_error(context, text, -1);
	sqlite3_free(text);
	return false;
}

static void on_working_days(sqlite3_context *context, int n, sqlite3_value **values)
{
	int32_t from = 0, to = 0;

	(void)n;
	if (function_day(context, values[0], "working_days", &from) &&
	    function_day(context, values[1], "working_days", &to))
		sqlite3_result_int(context, date_working_days(from, to));
}

static void on_months_after(sqlite3_context *context, int n, sqlite3_value **values)
{
	int32_t day = 0;
	sqlite3_int64 months = sqlite3_value_int64(values[1]);

	(void)n;
	if (sqlite3_value_type(values[1]) == SQLITE_NULL)
		return;
	if (sqlite3_value_type(values[1]) != SQLITE_INTEGER || months < -MONTHS_MAX ||
	    months > MONTHS_MAX)
		sqlite3_result_error(context, "months_after: no whole number of months", -1);
	else if (function_day(context, values[0], "months_after", &day))
		sqlite3_result_int(context, date_add_months(day, (int)months));
}

static void on_bank_holiday(sqlite3_context *context, int n, sqlite3_value **values)
{
	int32_t day = 0;

	(void)n;
	if (function_day(context, values[0], "bank_holiday", &day))
		sqlite3_result_int(context, date_is_bank_holiday(day));
}

/* The age bands of proto/codes.csv. */
static const struct {
	int up_to;
	const char *code;
} age_bands[] = {
	{ -1, "unborn" },   { 0, "0" },         { 4, "1_to_4" },     { 9, "5_to_9" },
	{ 15, "10_to_15" }, { 17, "16_to_17" }, { 1000, "18_plus" },
};

/* An age by birthdays, not by days over 365: that one comes up to four days early at 17. */
static void on_age_band(sqlite3_context *context, int n, sqlite3_value **values)
{
	int32_t birth = 0, day = 0;
	sqlite3_int64 age;

	(void)n;
	if (sqlite3_value_type(values[0]) != SQLITE_NULL) {
		if (!function_day(context, values[0], "age_band", &birth) ||
		    !function_day(context, values[1], "age_band", &day))
			return;
		age = date_age(birth, day);
	} else if (sqlite3_value_type(values[2]) == SQLITE_INTEGER) {
		age = sqlite3_value_int64(values[2]);
	} else {
		return;
	}
	if (age < -1)
		return;
	for (size_t i = 0; i < sizeof age_bands / sizeof age_bands[0]; i++) {
		if (age <= age_bands[i].up_to) {
			sqlite3_result_text(context, age_bands[i].code, -1, SQLITE_STATIC);
			return;
		}
	}
}

enum err_code measure_functions(sqlite3 *db, struct err *err)
{
	static const struct {
		const char *name;
		int n_values;
		void (*call)(sqlite3_context *context, int n, sqlite3_value **values);
	} functions[] = {
		{ "working_days", 2, on_working_days },
		{ "months_after", 2, on_months_after },
		{ "age_band", 3, on_age_band },
		{ "bank_holiday", 1, on_bank_holiday },
	};
	const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;

	for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
		int rc = sqlite3_create_function_v2(db, functions[i].name, functions[i].n_values,
						    flags, NULL, functions[i].call, NULL, NULL,
						    NULL);

		if (rc != SQLITE_OK)
			return err_set(err, rc == SQLITE_NOMEM ? ERR_NOMEM : ERR_DB,
				       "function %s: %s", functions[i].name, sqlite3_errmsg(db));
	}
	return ERR_OK;
}
