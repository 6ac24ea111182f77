/* The engine: what a SELECT may do and give, which periods carry a figure, what is refused. The
 * catalogue's figures are in test_measure_figures.c, the defects of other tools in
 * test_measure_defects.c. */
#include "proto/limits.h"
#include "tests/hand_stage.h"

#define OCTOBER "2026-10"

#define HEADER \
	"-- title: Tried\n-- theme: cin\n-- polarity: neutral\n-- definition: D\n-- source: S\n"
#define FLOW HEADER "-- kind: flow\n-- unit: count\n-- periods: week month\n-- needs: contacts\n"
#define STOCK HEADER "-- kind: stock\n-- unit: count\n-- periods: month\n-- needs: cin\n"

static void setup(void)
{
	hand_open("2026-10-31", "2026-05-01");
	hand_sql("INSERT INTO contacts (child, sex, contact_date, ward) VALUES"
		 "('A','female',day('2026-10-05'),'W1'),('B','male',day('2026-10-06'),'W1')");
	hand_list("contacts");
}

static void teardown(void)
{
	hand_close();
}

/* A set of one measure "tried" with this text. */
static void use(const char *text)
{
	const char *folder = harness_folder();
	char path[256];

	measures_free(&hand_set);
	measure_figures_free(&hand_figures);
	(void)harness_text(folder, "m/tried.sql", text);
	(void)snprintf(path, sizeof path, "%s/m", folder);
	assert_ok(measures_load(path, &hand_set, &hand_err), hand_err);
}

/* The same with a SELECT that the parser may never have let through. */
static enum err_code run_select(const char *head, const char *sql)
{
	struct measure *m;

	use(head[0] == '\0' ? FLOW "SELECT 1;" : head);
	m = &hand_set->measures[0];
	free(m->select);
	m->select = strdup(sql);
	return hand_run();
}

#define assert_flow_refused(sql, words) \
	assert_error(run_select("", sql), ERR_CONFIG, hand_err, "measures: tried.sql: " words)

/* ---- functions */

static const char *value_of(const char *expression)
{
	static char text[256];
	char sql[512];
	sqlite3_stmt *stmt;

	assert_ok(measure_functions(hand.db, &hand_err), hand_err);
	(void)snprintf(sql, sizeof sql, "SELECT %s", expression);
	ck_assert_int_eq(sqlite3_prepare_v2(hand.db, sql, -1, &stmt, NULL), SQLITE_OK);
	if (sqlite3_step(stmt) != SQLITE_ROW)
		(void)snprintf(text, sizeof text, "%s", sqlite3_errmsg(hand.db));
	else
		(void)snprintf(text, sizeof text, "%s",
			       sqlite3_column_type(stmt, 0) == SQLITE_NULL
				       ? "NULL"
				       : (const char *)sqlite3_column_text(stmt, 0));
	(void)sqlite3_finalize(stmt);
	return text;
}

START_TEST(functions_give_dates_and_bands)
{
	static const char *const cases[][2] = {
		/* Friday to Monday; the same day; backwards. */
		{ "working_days(day('2026-10-02'), day('2026-10-05'))", "1" },
		{ "working_days(day('2026-10-02'), day('2026-10-02'))", "0" },
		{ "working_days(day('2026-10-05'), day('2026-10-02'))", "-1" },
		{ "working_days(NULL, day('2026-10-02'))", "NULL" },
		{ "working_days(day('2026-10-02'), NULL)", "NULL" },
		{ "months_after(day('2026-08-31'), 1) = day('2026-09-30')", "1" },
		{ "months_after(day('2026-08-31'), -6) = day('2026-02-28')", "1" },
		{ "months_after(NULL, 1)", "NULL" },
		{ "months_after(day('2026-08-31'), NULL)", "NULL" },
		{ "bank_holiday(day('2026-12-25'))", "1" },
		{ "bank_holiday(day('2026-12-24'))", "0" },
		{ "bank_holiday(NULL)", "NULL" },
		{ "age_band(day('2026-12-01'), day('2026-10-01'), 3)", "unborn" },
		{ "age_band(day('2025-10-02'), day('2026-10-01'), NULL)", "0" },
		{ "age_band(day('2025-10-01'), day('2026-10-01'), NULL)", "1_to_4" },
		{ "age_band(day('2021-10-01'), day('2026-10-01'), NULL)", "5_to_9" },
		{ "age_band(day('2016-10-01'), day('2026-10-01'), NULL)", "10_to_15" },
		{ "age_band(day('2010-10-01'), day('2026-10-01'), NULL)", "16_to_17" },
		{ "age_band(day('2008-10-01'), day('2026-10-01'), NULL)", "18_plus" },
		{ "age_band(NULL, day('2026-10-01'), -1)", "unborn" },
		{ "age_band(NULL, day('2026-10-01'), 17)", "16_to_17" },
		{ "age_band(NULL, day('2026-10-01'), NULL)", "NULL" },
		{ "age_band(NULL, day('2026-10-01'), -2)", "NULL" },
		{ "age_band(day('2020-10-01'), NULL, 5)", "NULL" },
		{ "working_days(99999999, 1)",
		  "working_days: 99999999 is no day number from 1900 to 2100" },
		{ "working_days('x', 1)", "working_days: 0 is no day number from 1900 to 2100" },
		{ "bank_holiday(-99999)",
		  "bank_holiday: -99999 is no day number from 1900 to 2100" },
		{ "months_after(1, 'x')", "months_after: no whole number of months" },
		{ "months_after(1, 999999999)", "months_after: no whole number of months" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(strcmp(value_of(cases[i][0]), cases[i][1]) == 0, "%s is %s, not %s",
			      cases[i][0], value_of(cases[i][0]), cases[i][1]);
}
END_TEST

START_TEST(functions_cannot_be_called_from_a_schema)
{
	assert_ok(measure_functions(hand.db, &hand_err), hand_err);
	hand_sql("CREATE VIEW v AS SELECT bank_holiday(1) AS b");
	ck_assert_int_ne(sqlite3_exec(hand.db, "SELECT b FROM v", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_str_eq(sqlite3_errmsg(hand.db), "unsafe use of bank_holiday()");
}
END_TEST

/* ---- what a SELECT may do */

START_TEST(a_measure_that_does_more_than_read_its_tables_is_refused)
{
	assert_flow_refused("ATTACH '/etc/passwd' AS p", "attaches or detaches /etc/passwd");
	assert_flow_refused("PRAGMA user_version", "uses the pragma user_version");
	assert_flow_refused("DELETE FROM contacts", "writes to contacts");
	assert_flow_refused("INSERT INTO contacts (child, contact_date) VALUES ('x', 1)",
			    "writes to contacts");
	assert_flow_refused("WITH w AS (SELECT 1) UPDATE contacts SET child = 'x'",
			    "writes to contacts");
	assert_flow_refused("CREATE TABLE x (y)", "");
	assert_flow_refused("DROP TABLE contacts", "");
	assert_flow_refused("BEGIN", "does more than select BEGIN");
	assert_flow_refused("SELECT load_extension('x') AS numerator, 1 AS on_date",
			    "calls load_extension");
	assert_flow_refused("SELECT random() AS on_date", "calls random");
	assert_flow_refused("SELECT date('now') AS on_date", "calls date");
	assert_flow_refused("SELECT rootpage AS on_date FROM sqlite_schema", "reads sqlite_");
	assert_flow_refused("SELECT cid AS on_date FROM pragma_table_info('cin')",
			    "reads pragma_table_info");
	assert_flow_refused("SELECT value AS on_date FROM json_each('[1]')", "");
	assert_flow_refused("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
			    "SELECT i AS on_date FROM n",
			    "recurses, which may never end");
	assert_flow_refused("SELECT 1 AS on_date; DELETE FROM contacts",
			    "more or less than one SELECT");
	assert_flow_refused("", "more or less than one SELECT");
	/* The guard is gone afterwards and nothing was changed. */
	hand_sql("INSERT INTO contacts (child, contact_date) VALUES ('C', day('2026-10-07'))");
	hand_list("cin");
	use(FLOW "SELECT contact_date AS on_date FROM contacts");
	hand_expect("tried", OCTOBER, 3, 3);
}
END_TEST

START_TEST(a_select_that_sqlite_refuses_is_named_with_its_words)
{
	assert_flow_refused("SELECT day_of_contact AS on_date FROM contacts",
			    "no such column: day_of_contact");
	assert_flow_refused("SELECT frobnicate(1) AS on_date", "no such function: frobnicate");
	assert_flow_refused("SELEC", "near \"SELEC\": syntax error");
	assert_flow_refused("SELECT working_days(contact_date, 99999999) AS on_date FROM contacts",
			    "working_days: 99999999 is no day number");
}
END_TEST

/* ---- what a SELECT may give */

START_TEST(a_column_that_is_no_declared_dimension_is_refused)
{
	assert_flow_refused("SELECT contact_date AS on_date, child FROM contacts",
			    "the SELECT gives a column \"child\", which is no declared dimension");
	assert_flow_refused("SELECT contact_date AS on_date, sex FROM contacts",
			    "the SELECT gives a column \"sex\"");
	assert_flow_refused("SELECT contact_date AS on_date, age FROM contacts",
			    "the SELECT gives a column \"age\"");
	assert_flow_refused("SELECT contact_date AS on_date, 1 AS numerator, 1 AS numerator "
			    "FROM contacts",
			    "the SELECT gives numerator twice");
}
END_TEST

START_TEST(dates_that_do_not_fit_the_kind_are_refused)
{
	assert_flow_refused("SELECT contact_date AS at_date FROM contacts",
			    "a flow gives on_date and no other date");
	assert_flow_refused("SELECT 1 AS numerator FROM contacts", "a flow gives on_date");
	hand_list("cin");
	assert_error(run_select(STOCK "SELECT 1;", "SELECT start_date AS from_date FROM cin"),
		     ERR_CONFIG, hand_err, "a stock gives from_date and to_date, or at_date alone");
	assert_error(run_select(STOCK "SELECT 1;", "SELECT start_date AS from_date, end_date AS "
						   "to_date, 1 AS at_date FROM cin"),
		     ERR_CONFIG, hand_err, "a stock gives from_date and to_date, or at_date alone");
	assert_error(run_select(FLOW "-- dimensions: sex\nSELECT 1;",
				"SELECT contact_date AS on_date FROM contacts"),
		     ERR_CONFIG, hand_err, "tried.sql: dimensions: the SELECT gives no column sex");
}
END_TEST

START_TEST(values_that_are_no_numbers_or_out_of_range_stop_the_run)
{
	assert_flow_refused("SELECT NULL AS on_date FROM contacts", "on_date is NULL in a row");
	assert_flow_refused("SELECT contact_date AS on_date, NULL AS numerator FROM contacts",
			    "numerator is NULL in a row; a whole number is needed");
	assert_flow_refused("SELECT contact_date AS on_date, 0.5 AS numerator FROM contacts",
			    "numerator is no integer in a row");
	assert_flow_refused("SELECT contact_date AS on_date, child AS numerator FROM contacts",
			    "numerator is no integer");
	assert_flow_refused("SELECT contact_date AS on_date, 2 AS numerator FROM contacts",
			    "a numerator of 2 is outside the range 0 to 1");
	assert_flow_refused("SELECT contact_date AS on_date, -1 AS numerator FROM contacts",
			    "a numerator of -1 is outside the range 0 to 1");
	assert_flow_refused("SELECT contact_date AS on_date, -1 AS denominator FROM contacts",
			    "a denominator of -1 does not fit");
	assert_flow_refused("SELECT 99999999999 AS on_date FROM contacts",
			    "on_date 99999999999 is no day number");
	hand_list("cin");
	hand_sql("INSERT INTO cin (child, start_date) VALUES ('A', 20000)");
	assert_error(run_select(STOCK "SELECT 1;", "SELECT 20000 AS at_date FROM cin"), ERR_CONFIG,
		     hand_err, "an at_date is no date of the table at; join with it");
}
END_TEST

START_TEST(a_sum_beyond_the_limit_stops_the_run)
{
	/* Two rows of 2^53 each: the first alone fits. */
	assert_error(run_select(FLOW "-- range: 0 9007199254740992\nSELECT 1;",
				"SELECT contact_date AS on_date, 9007199254740992 AS numerator "
				"FROM contacts WHERE child = 'A'"),
		     ERR_OK, hand_err, "");
	assert_error(run_select(FLOW "-- range: 0 9007199254740992\nSELECT 1;",
				"SELECT contact_date AS on_date, 9007199254740992 AS numerator "
				"FROM contacts"),
		     ERR_TOO_BIG, hand_err, "tried.sql: a sum is beyond 2^53");
}
END_TEST

START_TEST(a_need_that_no_table_can_meet_is_an_error_and_no_gap)
{
	use(HEADER "-- kind: flow\n-- unit: count\n-- periods: month\n-- needs: contatcs\n"
		   "SELECT 1 AS on_date");
	assert_error(hand_run(), ERR_CONFIG, hand_err,
		     "tried.sql: needs: there is no list contatcs; agent/stage.sql has them");
	use(HEADER "-- kind: flow\n-- unit: count\n-- periods: month\n"
		   "-- needs: contacts, contacts.sorce\nSELECT 1 AS on_date");
	assert_error(hand_run(), ERR_CONFIG, hand_err,
		     "tried.sql: needs: there is no column contacts.sorce");
}
END_TEST

START_TEST(a_stage_that_is_not_finished_is_refused)
{
	hand_sql("DELETE FROM extract");
	assert_error(hand_run(), ERR_MISSING, hand_err, "the stage says nothing of its extract");
}
END_TEST

/* ---- breakdowns */

START_TEST(text_that_is_no_code_counts_as_unknown)
{
	hand_sql("UPDATE contacts SET sex = 'Jo Bloggs, 12 High Street', ward = '12 High Street' "
		 "WHERE child = 'A'");
	use(FLOW
	    "-- dimensions: sex, ward\nSELECT contact_date AS on_date, sex, ward FROM contacts");
	hand_expect_in("tried", OCTOBER, "sex", "unknown", 1, 1);
	hand_expect_in("tried", OCTOBER, "sex", "male", 1, 1);
	hand_expect_in("tried", OCTOBER, "ward", "unknown", 1, 1);
	hand_expect_in("tried", OCTOBER, "ward", "W1", 1, 1);
	for (size_t i = 0; i < hand_figures->n; i++)
		ck_assert_ptr_null(strchr(hand_figures->items[i].category, ' '));
}
END_TEST

START_TEST(text_longer_than_a_code_counts_as_unknown)
{
	char sql[256];

	(void)snprintf(sql, sizeof sql, "UPDATE contacts SET ward = '%0100d'", 1);
	hand_sql(sql);
	use(FLOW "-- dimensions: ward\nSELECT contact_date AS on_date, ward FROM contacts");
	hand_expect_in("tried", OCTOBER, "ward", "unknown", 2, 2);
}
END_TEST

START_TEST(numbers_go_into_buckets_and_the_rest_is_unknown)
{
	hand_sql("DELETE FROM contacts; INSERT INTO contacts (child, age, contact_date) VALUES"
		 "('A',0,day('2026-10-05')),('B',10,day('2026-10-05')),('C',11,day('2026-10-05')),"
		 "('D',-1,day('2026-10-05')),('E',NULL,day('2026-10-05'))");
	use(FLOW "-- dimensions: days\n-- buckets: 0, 1-10, 11+\n"
		 "SELECT contact_date AS on_date, age AS days FROM contacts");
	hand_expect_in("tried", OCTOBER, "days", "0", 1, 1);
	hand_expect_in("tried", OCTOBER, "days", "1-10", 1, 1);
	hand_expect_in("tried", OCTOBER, "days", "11+", 1, 1);
	hand_expect_in("tried", OCTOBER, "days", "unknown", 2, 2);
}
END_TEST

START_TEST(a_breakdown_whose_column_is_missing_is_not_carried)
{
	hand_sql("DELETE FROM list_column WHERE name IN ('ward', 'birth_date')");
	ck_assert_ptr_null(hand_find("contacts", OCTOBER, "ward", ""));
	ck_assert_ptr_null(hand_find("contacts", OCTOBER, "ward", "unknown"));
	/* The age is listed, so age bands are carried; the figure itself stands. */
	hand_expect_in("contacts", OCTOBER, "age_band", "unknown", 2, 2);
	hand_expect_in("contacts", OCTOBER, "sex", "", 2, 2);
	hand_expect("contacts", OCTOBER, 2, 2);
	hand_sql("DELETE FROM list_column WHERE name = 'age'");
	measure_figures_free(&hand_figures);
	ck_assert_ptr_null(hand_find("contacts", OCTOBER, "age_band", ""));
}
END_TEST

START_TEST(more_categories_than_were_foreseen_still_add_up)
{
	hand_sql("DELETE FROM contacts; WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 "
		 "FROM n "
		 "WHERE i < 999) INSERT INTO contacts (child, ward, contact_date) SELECT i, "
		 "'W' || (i % 200), day('2026-10-05') FROM n");
	for (int i = 0; i < 200; i++) {
		char ward[16];

		(void)snprintf(ward, sizeof ward, "W%d", i);
		hand_expect_in("contacts", OCTOBER, "ward", ward, 5, 5);
	}
}
END_TEST

/* ---- lists */

START_TEST(a_nil_return_gives_zeros_and_an_absent_list_nothing)
{
	hand_sql("DELETE FROM contacts; UPDATE list SET state = 'nil'");
	hand_expect("contacts", OCTOBER, 0, 0);
	hand_expect_in("contacts", OCTOBER, "sex", "", 0, 0);
	hand_sql("UPDATE list SET state = 'absent'");
	measure_figures_free(&hand_figures);
	hand_expect_none("contacts", OCTOBER);
}
END_TEST

START_TEST(a_needed_column_that_is_missing_keeps_the_measure_away)
{
	const struct measure *m;

	hand_list("referrals");
	assert_ok(hand_run(), hand_err);
	m = measures_find(hand_set, "referrals_nfa");
	ck_assert_int_eq(measure_needs_met(&hand, m), 1);
	hand_expect("referrals_nfa", OCTOBER, 0, 0);
	hand_sql("DELETE FROM list_column WHERE list = 'referrals' AND name = 'nfa'");
	ck_assert_int_eq(measure_needs_met(&hand, m), 0);
	measure_figures_free(&hand_figures);
	hand_expect_none("referrals_nfa", OCTOBER);
	hand_expect("referrals", OCTOBER, 0, 0);
}
END_TEST

START_TEST(only_owned_measures_are_run)
{
	uint8_t owned[LIMIT_MEASURES] = { 0 };
	struct figures *figures = NULL;

	assert_ok(measures_load(NULL, &hand_set, &hand_err), hand_err);
	assert_ok(measure_run(&hand, hand_set, owned, &figures, &hand_err), hand_err);
	ck_assert_uint_eq(figures->n, 0);
	measure_figures_free(&figures);
	owned[measures_find(hand_set, "contacts") - hand_set->measures] = 1;
	assert_ok(measure_run(&hand, hand_set, owned, &figures, &hand_err), hand_err);
	ck_assert_uint_gt(figures->n, 0);
	for (size_t i = 0; i < figures->n; i++)
		ck_assert_str_eq(hand_set->measures[figures->items[i].measure].code, "contacts");
	measure_figures_free(&figures);
	measure_figures_free(&figures);
}
END_TEST

/* ---- when a figure is carried */

/* Periods of the measure's totals, in order, as one line; '~' marks a provisional one. */
static const char *carried(const char *as_at, const char *window_start, const char *text)
{
	static char line[2048];
	char period[PERIOD_TEXT_BYTES];

	line[0] = '\0';
	hand.as_at = day(as_at);
	hand.window_start = day(window_start);
	hand_extract();
	use(text);
	assert_ok(hand_run(), hand_err);
	for (size_t i = 0; i < hand_figures->n; i++) {
		const struct figure *f = &hand_figures->items[i];

		if (f->dimension[0] != '\0')
			continue;
		(void)snprintf(line + strlen(line), sizeof line - strlen(line), "%s%s%s",
			       line[0] == '\0' ? "" : " ", period_format(f->period, period),
			       f->provisional ? "~" : "");
	}
	return line;
}

#define CONTACTS "SELECT contact_date AS on_date FROM contacts"
#define MONTHS HEADER "-- kind: flow\n-- unit: count\n-- periods: month\n-- needs: contacts\n"
#define OPEN                                                            \
	"SELECT at_date FROM cin JOIN at ON start_date <= at_date AND " \
	"(end_date IS NULL OR end_date > at_date)"

START_TEST(a_flow_is_carried_for_whole_periods_of_the_window_and_the_current_ones)
{
	/* 20 October 2026 is a Tuesday of week 43; 1 September a Tuesday of week 36. */
	ck_assert_str_eq(carried("2026-10-20", "2026-09-01", FLOW CONTACTS),
			 "2026-W37 2026-W38 2026-W39 2026-W40 2026-W41 2026-W42 2026-W43~ "
			 "2026-09 2026-10~");
	/* The month ends on the as-at; its last week (26 October–1 November) does not. */
	ck_assert_str_eq(carried("2026-10-31", "2026-09-07", FLOW CONTACTS),
			 "2026-W37 2026-W38 2026-W39 2026-W40 2026-W41 2026-W42 2026-W43 2026-W44~ "
			 "2026-10");
	/* The window begins within the current periods: nothing is whole. */
	ck_assert_str_eq(carried("2026-10-20", "2026-10-20", FLOW CONTACTS), "");
}
END_TEST

START_TEST(a_look_back_leaves_out_the_first_periods)
{
	/* 1 July − 92 days = 31 March; 1 August − 92 = 1 May. */
	ck_assert_str_eq(carried("2026-10-31", "2026-05-01", MONTHS "-- look_back: 92\n" CONTACTS),
			 "2026-08 2026-09 2026-10");
	ck_assert_str_eq(carried("2026-10-31", "2026-05-02", MONTHS "-- look_back: 92\n" CONTACTS),
			 "2026-09 2026-10");
	ck_assert_str_eq(carried("2026-10-31", "2026-05-02", MONTHS "-- look_back: 366\n" CONTACTS),
			 "");
}
END_TEST

START_TEST(a_follow_up_makes_figures_provisional_until_it_is_over)
{
	/* 30 September + 30 days = 30 October; + 31 = 31 October; + 32 = 1 November. */
	ck_assert_str_eq(carried("2026-10-31", "2026-08-01", MONTHS "-- follow_up: 31\n" CONTACTS),
			 "2026-08 2026-09 2026-10~");
	ck_assert_str_eq(carried("2026-10-31", "2026-08-01", MONTHS "-- follow_up: 32\n" CONTACTS),
			 "2026-08 2026-09~ 2026-10~");
}
END_TEST

START_TEST(a_last_month_flow_is_carried_for_the_month_that_the_as_at_stands_for)
{
	/* 3 November stands for October: its weeks are those that end from 1 to 31 October
	 * (Sundays 4, 11, 18, 25), and neither November nor week 45 is carried. */
	ck_assert_str_eq(
		carried("2026-11-03", "2026-05-01", FLOW "-- valid: last-month\n" CONTACTS),
		"2026-W40 2026-W41 2026-W42 2026-W43 2026-10");
	/* 20 October stands for October: the current week 43 ends on the 25th. */
	ck_assert_str_eq(
		carried("2026-10-20", "2026-05-01", FLOW "-- valid: last-month\n" CONTACTS),
		"2026-W40 2026-W41 2026-W42 2026-W43~ 2026-10~");
	/* 30 October: the current week 44 ends in November. */
	ck_assert_str_eq(
		carried("2026-10-30", "2026-05-01", FLOW "-- valid: last-month\n" CONTACTS),
		"2026-W40 2026-W41 2026-W42 2026-W43 2026-10~");
	/* The ordinary flow has the current ones too. */
	ck_assert_str_eq(carried("2026-11-03", "2026-10-05", FLOW CONTACTS),
			 "2026-W41 2026-W42 2026-W43 2026-W44 2026-W45~ 2026-11~");
	ck_assert_str_eq(carried("2026-11-03", "2026-10-01", MONTHS CONTACTS), "2026-10 2026-11~");
}
END_TEST

START_TEST(a_stock_is_carried_at_month_ends_or_at_the_as_at)
{
	hand_list("cin");
	/* In the window: each month's end, and the as-at for a month that has not ended. */
	ck_assert_str_eq(carried("2026-10-20", "2026-07-31", STOCK OPEN),
			 "2026-07 2026-08 2026-09 2026-10~");
	ck_assert_str_eq(carried("2026-10-31", "2026-08-01", STOCK OPEN),
			 "2026-08 2026-09 2026-10");
	ck_assert_str_eq(carried("2026-11-03", "2026-08-01", STOCK OPEN),
			 "2026-08 2026-09 2026-10");
	/* As-at: one figure, for the month that it stands for. */
	ck_assert_str_eq(carried("2026-11-03", "2026-08-01", STOCK "-- valid: as-at\n" OPEN),
			 "2026-10");
	ck_assert_str_eq(carried("2026-10-20", "2026-08-01", STOCK "-- valid: as-at\n" OPEN),
			 "2026-10~");
}
END_TEST

START_TEST(a_stock_for_an_ended_month_counts_its_end_and_as_at_counts_the_as_at)
{
	hand_list("cin");
	hand_sql("INSERT INTO cin (child, start_date, end_date) VALUES"
		 "('A',day('2026-10-01'),day('2026-11-02')),('B',day('2026-11-01'),NULL)");
	(void)carried("2026-11-03", "2026-08-01", STOCK OPEN);
	hand_expect("tried", OCTOBER, 1, 1); /* A, at 31 October */
	(void)carried("2026-11-03", "2026-08-01", STOCK "-- valid: as-at\n" OPEN);
	hand_expect("tried", OCTOBER, 1, 1); /* B, at 3 November */
	(void)carried("2026-11-01", "2026-08-01", STOCK "-- valid: as-at\n" OPEN);
	hand_expect("tried", OCTOBER, 2, 2); /* both, at 1 November */
}
END_TEST

START_TEST(spells_count_at_every_date_from_their_start_to_before_their_end)
{
	hand_list("cin");
	hand_sql("INSERT INTO cin (child, start_date, end_date) VALUES"
		 "('A',day('2026-08-31'),day('2026-09-30')),('B',day('2026-09-01'),NULL),"
		 "('C',day('2026-09-30'),day('2026-10-31')),('D',day('2026-09-05'),day('2026-08-05'"
		 "))");
	use(STOCK "SELECT start_date AS from_date, end_date AS to_date FROM cin");
	hand_expect("tried", "2026-07", 0, 0);
	hand_expect("tried", "2026-08", 1, 1); /* A */
	hand_expect("tried", "2026-09", 2, 2); /* B, C; A ended on the day */
	hand_expect("tried", OCTOBER, 1, 1);   /* B; C ended on the day; D never was open */
}
END_TEST

START_TEST(figures_come_sorted_by_period_measure_dimension_and_category)
{
	assert_ok(hand_run(), hand_err);
	ck_assert_uint_gt(hand_figures->n, 100);
	for (size_t i = 1; i < hand_figures->n; i++) {
		const struct figure *a = &hand_figures->items[i - 1], *b = a + 1;
		int64_t keys = period_key(a->period) - period_key(b->period);
		int order = keys != 0 ? (keys < 0 ? -1 : 1) : a->measure - b->measure;

		if (order == 0)
			order = strcmp(a->dimension, b->dimension);
		if (order == 0)
			order = strcmp(a->category, b->category);
		ck_assert_int_lt(order, 0);
	}
}
END_TEST

START_TEST(every_failed_allocation_of_a_run_is_reported_and_freed)
{
	enum err_code rc = ERR_NOMEM;
	long n;

	assert_ok(measures_load(NULL, &hand_set, &hand_err), hand_err);
	for (n = 1; rc == ERR_NOMEM; n++) {
		harness_fail_allocation(n);
		rc = measure_run(&hand, hand_set, NULL, &hand_figures, &hand_err);
		harness_fail_allocation(0);
		ck_assert(rc == ERR_OK || (rc == ERR_NOMEM && hand_figures == NULL));
		if (rc == ERR_NOMEM)
			ck_assert_ptr_nonnull(strstr(hand_err.text, "out of memory"));
	}
	assert_ok(rc, hand_err);
	ck_assert_int_gt(n, 20);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, functions_give_dates_and_bands);
	tcase_add_test(tc, functions_cannot_be_called_from_a_schema);
	tcase_add_test(tc, a_measure_that_does_more_than_read_its_tables_is_refused);
	tcase_add_test(tc, a_select_that_sqlite_refuses_is_named_with_its_words);
	tcase_add_test(tc, a_column_that_is_no_declared_dimension_is_refused);
	tcase_add_test(tc, dates_that_do_not_fit_the_kind_are_refused);
	tcase_add_test(tc, values_that_are_no_numbers_or_out_of_range_stop_the_run);
	tcase_add_test(tc, a_sum_beyond_the_limit_stops_the_run);
	tcase_add_test(tc, a_need_that_no_table_can_meet_is_an_error_and_no_gap);
	tcase_add_test(tc, a_stage_that_is_not_finished_is_refused);
	tcase_add_test(tc, text_that_is_no_code_counts_as_unknown);
	tcase_add_test(tc, text_longer_than_a_code_counts_as_unknown);
	tcase_add_test(tc, numbers_go_into_buckets_and_the_rest_is_unknown);
	tcase_add_test(tc, a_breakdown_whose_column_is_missing_is_not_carried);
	tcase_add_test(tc, more_categories_than_were_foreseen_still_add_up);
	tcase_add_test(tc, a_nil_return_gives_zeros_and_an_absent_list_nothing);
	tcase_add_test(tc, a_needed_column_that_is_missing_keeps_the_measure_away);
	tcase_add_test(tc, only_owned_measures_are_run);
	tcase_add_test(tc, a_flow_is_carried_for_whole_periods_of_the_window_and_the_current_ones);
	tcase_add_test(tc, a_look_back_leaves_out_the_first_periods);
	tcase_add_test(tc, a_follow_up_makes_figures_provisional_until_it_is_over);
	tcase_add_test(tc, a_last_month_flow_is_carried_for_the_month_that_the_as_at_stands_for);
	tcase_add_test(tc, a_stock_is_carried_at_month_ends_or_at_the_as_at);
	tcase_add_test(tc, a_stock_for_an_ended_month_counts_its_end_and_as_at_counts_the_as_at);
	tcase_add_test(tc, spells_count_at_every_date_from_their_start_to_before_their_end);
	tcase_add_test(tc, figures_come_sorted_by_period_measure_dimension_and_category);
	tcase_add_test(tc, every_failed_allocation_of_a_run_is_reported_and_freed);
}

HARNESS_MAIN("measure", add)
