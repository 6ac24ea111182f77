#ifndef TESTS_HAND_STAGE_H
#define TESTS_HAND_STAGE_H

/* A stage made by hand: the tables of agent/stage.sql, filled with SQL literals, so that measures
 * are tested against worked examples and not against the readers. One stage and one run per test
 * (Check forks each). In the literals, day('2026-10-05') is the day number. */

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "agent/measure.h"
#include "agent/stage.h"
#include "proto/date.h"
#include "proto/embed.h"
#include "tests/harness.h"

static struct agent_dataset hand_dataset = { .month_end_days = 5 };
static struct stage hand;
static struct measure_set *hand_set;
static struct figures *hand_figures;
static struct err hand_err;

static inline void hand_sql(const char *sql)
{
	char *text = NULL;

	ck_assert_msg(sqlite3_exec(hand.db, sql, NULL, NULL, &text) == SQLITE_OK, "%s: %s", sql,
		      text);
}

static void on_day(sqlite3_context *context, int n, sqlite3_value **values)
{
	int32_t day;

	(void)n;
	ck_assert_int_eq(date_parse_iso((const char *)sqlite3_value_text(values[0]), &day, NULL),
			 ERR_OK);
	sqlite3_result_int(context, day);
}

static inline int32_t day(const char *iso)
{
	int32_t date = 0;

	ck_assert_int_eq(date_parse_iso(iso, &date, NULL), ERR_OK);
	return date;
}

/* The month that the as-at stands for, by the rule of agent/stage.sql. */
static inline void hand_extract(void)
{
	char sql[256];
	int32_t month = date_month_start(hand.as_at);

	if (hand.as_at - month < hand_dataset.month_end_days)
		month = date_month_start(month - 1);
	(void)snprintf(sql, sizeof sql,
		       "DELETE FROM extract; INSERT INTO extract VALUES (%d,%d,%d,%d)", hand.as_at,
		       hand.window_start, month, date_month_end(month));
	hand_sql(sql);
}

static inline void hand_open(const char *as_at, const char *window_start)
{
	memset(&hand, 0, sizeof hand);
	hand.dataset = &hand_dataset;
	hand.as_at = day(as_at);
	hand.window_start = day(window_start);
	ck_assert_int_eq(sqlite3_open(":memory:", &hand.db), SQLITE_OK);
	hand_sql(embed_find("agent/stage.sql")->text);
	ck_assert_int_eq(
		sqlite3_create_function(hand.db, "day", 1, SQLITE_UTF8, NULL, on_day, NULL, NULL),
		SQLITE_OK);
	hand_extract();
	/* Those that stage_finish makes. */
	hand_sql("CREATE INDEX contacts_child ON contacts (child, contact_date);"
		 "CREATE INDEX early_help_child ON early_help (child, start_date);"
		 "CREATE INDEX referrals_child ON referrals (child, referral_date);"
		 "CREATE INDEX assessments_child ON assessments (child, start_date);"
		 "CREATE INDEX section47_child ON section47 (child, start_date);"
		 "CREATE INDEX cin_child ON cin (child);"
		 "CREATE INDEX cpp_child ON cpp (child);"
		 "CREATE INDEX cin_episodes_child ON cin_episodes (child, start_date);"
		 "CREATE INDEX cpp_plans_child ON cpp_plans (child, start_date);"
		 "CREATE INDEX cpp_reviews_plan ON cpp_reviews (plan, review_date);");
}

/* Marks a list as read, with every column of its table. */
static inline void hand_list(const char *list)
{
	char sql[512];

	(void)snprintf(sql, sizeof sql,
		       "INSERT INTO list SELECT '%s', 'read', count(*), 0 FROM %s;"
		       "INSERT INTO list_column SELECT '%s', name FROM pragma_table_info('%s')",
		       list, list, list, list);
	hand_sql(sql);
}

static inline enum err_code hand_run(void)
{
	enum err_code rc = ERR_OK;

	err_clear(&hand_err);
	measure_figures_free(&hand_figures);
	if (hand_set == NULL)
		rc = measures_load(NULL, &hand_set, &hand_err);
	return rc == ERR_OK ? measure_run(&hand, hand_set, NULL, &hand_figures, &hand_err) : rc;
}

static inline void hand_close(void)
{
	measure_figures_free(&hand_figures);
	measures_free(&hand_set);
	(void)sqlite3_close(hand.db);
}

/* NULL when the figure is not carried (or the category is not listed). */
static inline const struct figure *hand_find(const char *code, const char *period,
					     const char *dimension, const char *category)
{
	char text[PERIOD_TEXT_BYTES];

	if (hand_figures == NULL)
		assert_ok(hand_run(), hand_err);
	for (size_t i = 0; i < hand_figures->n; i++) {
		const struct figure *f = &hand_figures->items[i];

		if (strcmp(hand_set->measures[f->measure].code, code) == 0 &&
		    strcmp(period_format(f->period, text), period) == 0 &&
		    strcmp(f->dimension, dimension) == 0 && strcmp(f->category, category) == 0)
			return f;
	}
	return NULL;
}

static inline void hand_expect_in(const char *code, const char *period, const char *dimension,
				  const char *category, int64_t numerator, int64_t denominator)
{
	const struct figure *f = hand_find(code, period, dimension, category);

	ck_assert_msg(f != NULL, "%s %s %s %s is not carried", code, period, dimension, category);
	ck_assert_msg(f->numerator == numerator && f->denominator == denominator,
		      "%s %s %s %s is %lld/%lld, not %lld/%lld", code, period, dimension, category,
		      (long long)f->numerator, (long long)f->denominator, (long long)numerator,
		      (long long)denominator);
}

static inline void hand_expect(const char *code, const char *period, int64_t numerator,
			       int64_t denominator)
{
	hand_expect_in(code, period, "", "", numerator, denominator);
}

static inline void hand_expect_none(const char *code, const char *period)
{
	ck_assert_msg(hand_find(code, period, "", "") == NULL, "%s %s is carried", code, period);
}

#endif
