#include "agent/stage.h"

#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "proto/date.h"

#define CELLS_MAX 32

#define ASSESSMENT                                                                        \
	"Child Unique ID|Continuous Assessment Start Date|Continuous Assessment Date of " \
	"Authorisation"
#define STAFF                                                                                    \
	"Worker ID|Agency Worker|Org Role|FTE|Role Start Date|Role End Date|Cases|Working Days " \
	"Lost In Month|Posts"

static const char assessments[] = ASSESSMENT;
static const char assessments_seen[] = ASSESSMENT "|Child Seen During Continuous Assessment";
static const char staff[] = STAFF;
static const char referrals[] = "Child Unique ID|Date of referral|Allocated Team|Allocated Worker";
static const char episodes[] =
	"LAchildID|Disability|CINreferralDate|PrimaryNeedCode|CINclosureDate|"
	"ReasonForClosure";
static const char plans[] = "Plan|LAchildID|CPPstartDate|CPPendDate|InitialCategoryOfAbuse|"
			    "LatestCategoryOfAbuse|NumberOfPreviousCPP";

static struct agent_dataset dataset = { .window_months = 6,
					.rejected_percent = 5,
					.month_end_days = 5 };
static struct err err;

static int32_t day(const char *text)
{
	int32_t date;
	struct err e;

	assert_ok(date_parse_iso(text, &date, &e), e);
	return date;
}

static struct stage *stage_at(const struct agent_config *config, const char *as_at)
{
	struct stage *s;

	assert_ok(stage_new(config, &dataset, NULL, day(as_at), &s, &err), err);
	return s;
}

/* Cuts "a|b|c" into cells; text must outlive them. */
static int cut(char *text, struct cell cells[CELLS_MAX])
{
	int n = 0;

	for (char *at = text; at != NULL && n < CELLS_MAX; n++) {
		char *bar = strchr(at, '|');

		if (bar != NULL)
			*bar = '\0';
		cells[n] = (struct cell){ CELL_TEXT, at, strlen(at) };
		at = bar == NULL ? NULL : bar + 1;
	}
	return n;
}

/* Reads a table: the first line holds the headings, then one row per line, from row 2. */
static void read_table(struct stage *s, const char *list_name, const char *const *lines)
{
	const struct list *list = list_find(list_name);
	struct cell cells[CELLS_MAX];
	const char *headings[CELLS_MAX];
	int map[CELLS_MAX];
	char *header = strdup(lines[0]);
	int n_map = cut(header, cells);

	ck_assert_ptr_nonnull(list);
	for (int i = 0; i < n_map; i++) {
		headings[i] = cells[i].text;
		map[i] = list_column_of(list, cells[i].text);
	}
	assert_ok(stage_table(s, list, map, n_map, &err), err);
	for (int64_t row = 2; lines[row - 1] != NULL; row++) {
		struct stage_where where = { "file.csv", NULL, row, headings };
		char *text = strdup(lines[row - 1]);
		int n = cut(text, cells);

		assert_ok(stage_row(s, list, map, cells, n, &where, &err), err);
		free(text);
	}
	free(header);
}

#define TABLE(s, list, ...) read_table(s, list, (const char *const[]){ __VA_ARGS__, NULL })

/* The one value that the query gives, as text ("NULL" for NULL). */
static const char *value(struct stage *s, const char *sql)
{
	static char text[256];
	sqlite3_stmt *stmt = NULL;

	ck_assert_msg(sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) == SQLITE_OK, "%s: %s", sql,
		      sqlite3_errmsg(s->db));
	ck_assert_msg(sqlite3_step(stmt) == SQLITE_ROW, "%s: no row", sql);
	(void)snprintf(text, sizeof text, "%s",
		       sqlite3_column_type(stmt, 0) == SQLITE_NULL
			       ? "NULL"
			       : (const char *)sqlite3_column_text(stmt, 0));
	(void)sqlite3_finalize(stmt);
	return text;
}

static const struct fault *fault(const struct stage *s, enum fault_rule rule)
{
	for (size_t i = 0; i < s->faults.n_items; i++)
		if (s->faults.items[i].rule == rule)
			return &s->faults.items[i];
	ck_abort_msg("no fault %s", fault_code(rule));
	return NULL;
}

START_TEST(a_clean_contact_is_typed_in_full)
{
	struct stage *s = stage_at(NULL, "2026-10-31");

	TABLE(s, "contacts",
	      "Child Unique ID|Gender|Ethnicity|Date of Birth|Age|Date of Contact|Contact Source",
	      " ab 12 |b) Female|a) WBRI|01/02/2015|11|05/10/2026|p1) 5D: LA services");
	assert_ok(stage_finish(s, &err), err);
	ck_assert_str_eq(value(s, "SELECT child || '/' || sex || '/' || ethnicity || '/' || age ||"
				  " '/' || source || '/' || source_code FROM contacts"),
			 "AB 12/female/white/11/la_services/5D");
	ck_assert_str_eq(value(s, "SELECT date(contact_date * 86400, 'unixepoch') || ' ' ||"
				  " date(birth_date * 86400, 'unixepoch') FROM contacts"),
			 "2026-10-05 2015-02-01");
	ck_assert_int_eq(s->newest_event, day("2026-10-05"));
	ck_assert_uint_eq(s->faults.n_items, 0);
	stage_free(&s);
}
END_TEST

START_TEST(every_list_has_its_table_with_the_columns_in_order)
{
	struct stage *s = stage_at(NULL, "2026-10-31");

	for (int i = 0; i < s->n_lists; i++) {
		const struct list *list = s->lists[i].list;
		sqlite3_stmt *stmt = NULL;
		char sql[128];
		int n = 0;

		(void)snprintf(sql, sizeof sql, "SELECT name FROM pragma_table_info('%s')",
			       list->name);
		ck_assert_int_eq(sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL), SQLITE_OK);
		while (sqlite3_step(stmt) == SQLITE_ROW) {
			ck_assert_int_lt(n, list->n_columns);
			ck_assert_str_eq((const char *)sqlite3_column_text(stmt, 0),
					 list->columns[n++].name);
		}
		ck_assert_int_eq(n, list->n_columns);
		(void)sqlite3_finalize(stmt);
	}
	stage_free(&s);
}
END_TEST

START_TEST(the_unborn_child_is_kept_with_age_minus_one)
{
	struct stage *s = stage_at(NULL, "2026-10-31");

	TABLE(s, "contacts", "Child Unique ID|Age|Date of Birth|Date of Contact",
	      "1|-1|24/12/2026|05/10/2026", "2|-1||05/10/2026", "3|6.138|01/09/2020|05/10/2026");
	ck_assert_str_eq(value(s, "SELECT group_concat(age) FROM contacts"), "-1,-1,6");
	ck_assert_uint_eq(stage_rows_rejected(s), 0);
	stage_free(&s);
}
END_TEST

START_TEST(a_rejected_row_says_row_letter_value_and_mend)
{
	struct stage *s = stage_at(NULL, "2026-10-31");
	const struct fault *f;

	TABLE(s, "contacts", "Child Unique ID|Gender|Date of Contact", "1|F|31/02/2026",
	      "2|M|05/10/2026");
	f = fault(s, FAULT_DATE);
	ck_assert_str_eq(f->file, "file.csv");
	ck_assert_str_eq(f->list, "contacts");
	ck_assert_int_eq(f->row, 2);
	ck_assert_int_eq(f->column, 2);
	ck_assert_str_eq(f->heading, "Date of Contact");
	ck_assert_str_eq(f->value, "31/02/2026");
	ck_assert_str_eq(f->mend, "no such day in the years 1900 to 2100; correct it");
	ck_assert_uint_eq(stage_rows_read(s), 2);
	ck_assert_uint_eq(stage_rows_rejected(s), 1);
	ck_assert_str_eq(value(s, "SELECT group_concat(child) FROM contacts"), "2");
	stage_free(&s);
}
END_TEST

START_TEST(a_row_that_ends_before_it_starts_is_rejected)
{
	struct stage *s = stage_at(NULL, "2026-10-31");

	TABLE(s, "assessments", assessments, "1|05/10/2026|04/10/2026", "2|05/10/2026|05/10/2026",
	      "3|05/10/2026|");
	ck_assert_int_eq(fault(s, FAULT_DATE_ORDER)->row, 2);
	ck_assert_int_eq(fault(s, FAULT_DATE_ORDER)->column, 2);
	ck_assert_str_eq(value(s, "SELECT group_concat(child) FROM assessments"), "2,3");
	stage_free(&s);
}
END_TEST

START_TEST(a_date_after_the_as_at_rejects_the_row_and_is_no_newest_event)
{
	struct stage *s = stage_at(NULL, "2026-10-31");
	struct stage_list *l;

	TABLE(s, "cin", "Child Unique ID|CIN Start Date|CIN Closure Date|Date Child Was Last Seen",
	      "1|31/10/2026||", "2|01/11/2026||", "3|01/09/2026|02/11/2026|",
	      "4|01/09/2026||09/11/2026");
	ck_assert_str_eq(value(s, "SELECT group_concat(child) FROM cin"), "1");
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_DATE_FUTURE], 3);
	ck_assert_int_eq(s->newest_event, day("2026-10-31"));
	l = stage_list_of(s, list_find("cin"));
	ck_assert_uint_eq(l->n_future, 1);
	ck_assert_int_eq(l->newest_future, day("2026-11-01"));
	stage_free(&s);
}
END_TEST

START_TEST(a_blank_that_must_be_there_rejects_and_one_that_need_not_is_null)
{
	struct stage *s = stage_at(NULL, "2026-10-31");

	TABLE(s, "contacts", "Child Unique ID|Gender|Ethnicity|Date of Birth|Age|Date of Contact",
	      "1|||||05/10/2026", "|F|WBRI|||05/10/2026", "3|F|WBRI|||#N/A",
	      "4|#N/A|NULL|-|N/A|05/10/2026");
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_VALUE_MISSING], 2);
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_BLANK_MARK], 4);
	ck_assert_str_eq(value(s, "SELECT group_concat(child) FROM contacts"), "1,4");
	ck_assert_str_eq(value(s, "SELECT count(*) FROM contacts WHERE sex IS NULL AND ethnicity IS"
				  " NULL AND birth_date IS NULL AND age IS NULL"),
			 "2");
	stage_free(&s);
}
END_TEST

START_TEST(a_code_in_no_list_becomes_unknown_and_the_row_counts)
{
	struct stage *s = stage_at(NULL, "2026-10-31");

	TABLE(s, "cin", "Child Unique ID|CIN Start Date|CIN Closure Date|Primary Need Code",
	      "1|01/10/2026||PSRMEM - Support with memory and cognition");
	ck_assert_str_eq(value(s, "SELECT need FROM cin"), "unknown");
	ck_assert_str_eq(fault(s, FAULT_CODE)->value, "PSRMEM - Support with memory and cognition");
	ck_assert_uint_eq(stage_rows_rejected(s), 0);
	stage_free(&s);
}
END_TEST

START_TEST(words_in_a_yes_or_no_column_become_null_and_the_row_counts)
{
	struct stage *s = stage_at(NULL, "2026-10-31");

	TABLE(s, "assessments", assessments_seen, "1|05/10/2026||CS Assessment Updated",
	      "2|05/10/2026||a) Yes", "3|05/10/2026||b) No", "4|05/10/2026||c) Unknown");
	ck_assert_str_eq(value(s, "SELECT group_concat(ifnull(child_seen, '?')) FROM assessments"),
			 "?,1,0,?");
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_CODE], 1);
	stage_free(&s);
}
END_TEST

START_TEST(an_identical_row_is_a_duplicate_in_list_1_but_not_in_list_2)
{
	struct stage *s = stage_at(NULL, "2026-10-31");

	TABLE(s, "contacts", "Child Unique ID|Date of Contact|Contact Source|Contact ID",
	      "1|05/10/2026|6: Police|77", "1|05/10/2026|6: Police|77 |",
	      "1|05/10/2026|6: Police|78");
	TABLE(s, "early_help", "Child Unique ID|Assessment start date|Assessment completion date",
	      "1|05/10/2026|", "1|05/10/2026|");
	ck_assert_int_eq(fault(s, FAULT_DUPLICATE)->row, 3);
	ck_assert_str_eq(value(s, "SELECT count(*) FROM contacts"), "2");
	ck_assert_str_eq(value(s, "SELECT count(*) FROM early_help"), "2");
	stage_free(&s);
}
END_TEST

START_TEST(list_6_keeps_the_row_of_a_child_that_starts_last)
{
	struct stage *s = stage_at(NULL, "2026-10-31");

	TABLE(s, "cin", "Child Unique ID|CIN Start Date|CIN Closure Date",
	      "a1|01/06/2026|01/07/2026", "A1|01/09/2026|", "a1 |01/08/2026|02/08/2026",
	      "B2|01/05/2026|");
	ck_assert_str_eq(value(s, "SELECT group_concat(child || ' ' || date(start_date * 86400,"
				  " 'unixepoch')) FROM (SELECT * FROM cin ORDER BY child)"),
			 "A1 2026-09-01,B2 2026-05-01");
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_DUPLICATE], 2);
	ck_assert_int_eq(s->faults.items[0].row, 2);
	ck_assert_int_eq(s->faults.items[1].row, 4);
	ck_assert_uint_eq(stage_rows_rejected(s), 2);
	stage_free(&s);
}
END_TEST

START_TEST(a_row_with_more_cells_than_headings_is_rejected)
{
	struct stage *s = stage_at(NULL, "2026-10-31");

	TABLE(s, "contacts", "Child Unique ID|Date of Contact", "1|05/10/2026|x", "2|05/10/2026||");
	ck_assert_int_eq(fault(s, FAULT_ROW_SHAPE)->row, 2);
	ck_assert_str_eq(value(s, "SELECT group_concat(child) FROM contacts"), "2");
	stage_free(&s);
}
END_TEST

START_TEST(teams_are_read_only_when_the_settings_name_them)
{
	char code[] = "assessment-1", full[] = "Assessment Team 1", brief[] = "AT1";
	char *names[] = { full, brief };
	struct agent_named_code team = { code, names, 2 };
	struct agent_config config = { .teams = &team, .n_teams = 1 };
	struct stage *s = stage_at(&config, "2026-10-31");
	struct stage *without = stage_at(NULL, "2026-10-31");
	const char *const lines[] = { referrals, "1|05/10/2026|at1|Ann\xC2\xA0 Example ",
				      "2|05/10/2026|#N/A|Unallocated", "3|05/10/2026|Team Z|-",
				      NULL };

	read_table(s, "referrals", lines);
	read_table(without, "referrals", lines);
	assert_ok(stage_finish(s, &err), err);
	assert_ok(stage_finish(without, &err), err);
	ck_assert_str_eq(value(s, "SELECT group_concat(ifnull(team, '?') || '=' || ifnull(worker,"
				  " '?')) FROM referrals"),
			 "assessment-1=ANN EXAMPLE,?=?,unknown=?");
	ck_assert_str_eq(value(s, "SELECT count(*) FROM list_column WHERE name = 'team'"), "1");
	ck_assert_str_eq(value(without, "SELECT count(*) FROM list_column WHERE name = 'team'"),
			 "0");
	ck_assert_uint_eq(without->faults.n_by_rule[FAULT_CODE], 0);
	stage_free(&s);
	stage_free(&without);
}
END_TEST

START_TEST(wards_are_read_only_with_the_area_file)
{
	char code[] = "north";
	struct agent_dataset here = dataset;
	struct area_tree *areas;
	struct stage *s;

	here.area = code;
	assert_ok(area_tree_load(harness_text(harness_folder(), "areas.csv",
					      "code,name,level,parent,gss_code,valid_from,valid_to,"
					      "dfe_name\n"
					      "city,City,authority,,,,,\n"
					      "north,North,district,city,,,,\n"
					      "n1,Mill Hill,ward,north,E05009999,,,\n"
					      "n2,Old Town,ward,north,E05009998,,2020-01-01,\n"),
				 NULL, &areas, &err),
		  err);
	assert_ok(stage_new(NULL, &here, areas, day("2026-10-31"), &s, &err), err);
	TABLE(s, "contacts", "Child Unique ID|Date of Contact|Ward", "1|05/10/2026|mill-hill",
	      "2|05/10/2026|E05009999", "3|05/10/2026|Old Town", "4|05/10/2026|Elsewhere",
	      "5|05/10/2026|", "6|05/10/2026|MILL HILL");
	ck_assert_str_eq(value(s, "SELECT group_concat(ifnull(ward, '?')) FROM contacts"),
			 "n1,n1,unknown,unknown,?,n1");
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_CODE], 2);
	stage_free(&s);
	area_tree_free(&areas);
}
END_TEST

START_TEST(staff_are_people_or_vacancies_and_nothing_else)
{
	struct stage *s = stage_at(NULL, "2026-10-31");

	TABLE(s, "staff", staff, "w1|0|5|0.521371|01/09/2020|30/11/2026|18|1.5|", "|||||||| 2.5",
	      "||||||||2.5", "w2|1|Senior Practitioner||||||", "||||||||",
	      "w1|0|5|0.521371|01/09/2020|30/11/2026|18|1.5|", "w3|0|5|37|||||");
	ck_assert_str_eq(value(s, "SELECT group_concat(worker || ' ' || agency || ' ' || role ||"
				  " ' ' || fte || ' ' || cases || ' ' || days_lost) FROM staff"),
			 "W1 0 5 521371 18 1500");
	ck_assert_str_eq(value(s, "SELECT sum(posts) FROM staff WHERE worker IS NULL"), "5000000");
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_VALUE_MISSING], 2);
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_DUPLICATE], 1);
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_NUMBER], 1);
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_DATE_FUTURE], 0);
	stage_free(&s);
}
END_TEST

START_TEST(finish_says_what_was_read_nil_and_absent)
{
	struct stage *s = stage_at(NULL, "2026-10-31");

	TABLE(s, "contacts", "Child Unique ID|Date of Contact|Contact Source", "1|05/10/2026|6",
	      "2|99/99/2026|6");
	TABLE(s, "referrals", "Child Unique ID|Date of referral");
	assert_ok(stage_finish(s, &err), err);
	ck_assert_str_eq(value(s, "SELECT group_concat(name || ' ' || state || ' ' || rows_read ||"
				  " ' ' || rows_rejected) FROM (SELECT * FROM list WHERE name IN"
				  " ('contacts', 'referrals', 'cin') ORDER BY name)"),
			 "cin absent 0 0,contacts read 2 1,referrals nil 0 0");
	ck_assert_str_eq(value(s, "SELECT group_concat(name) FROM list_column"
				  " WHERE list = 'contacts'"),
			 "child,contact_date,source,source_code"); /* in the order of the names */
	stage_free(&s);
}
END_TEST

START_TEST(the_month_stood_for_is_the_one_just_ended)
{
	static const struct {
		const char *as_at, *months;
	} cases[] = {
		{ "2026-10-31", "2026-10-01 2026-10-31" },
		{ "2026-11-01", "2026-10-01 2026-10-31" },
		{ "2026-11-05", "2026-10-01 2026-10-31" },
		{ "2026-11-06", "2026-11-01 2026-11-30" },
		{ "2026-11-22", "2026-11-01 2026-11-30" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct stage *s = stage_at(NULL, cases[i].as_at);

		assert_ok(stage_finish(s, &err), err);
		ck_assert_str_eq(value(s, "SELECT date(month_start * 86400, 'unixepoch') || ' ' ||"
					  " date(month_end * 86400, 'unixepoch') FROM extract"),
				 cases[i].months);
		stage_free(&s);
	}
}
END_TEST

START_TEST(the_census_gives_the_latest_episode_and_plan_of_each_child)
{
	struct stage *s = stage_at(NULL, "2026-03-31");

	TABLE(s, "cin_episodes", episodes, "1|no|2024-05-01|N1|2024-06-01|RC8",
	      "1|no|2025-05-01|N2||", "2|yes|2025-01-01|N3|2025-12-01|RC7");
	TABLE(s, "cpp_plans", plans, "1|1|2024-05-20|2024-05-30|NEG|NEG|0",
	      "2|1|2025-06-01||EMO|MUL|1");
	TABLE(s, "cpp_reviews", "Plan|CPPreviewDate", "2|2025-08-20", "2|2026-02-01");
	assert_ok(stage_finish(s, &err), err);
	ck_assert_str_eq(value(s, "SELECT group_concat(child || ' ' || need || ' ' ||"
				  " ifnull(reason, '?')) FROM cin"),
			 "1 N2 ?,2 N3 RC7");
	ck_assert_str_eq(value(s, "SELECT group_concat(child || ' ' || category || ' ' ||"
				  " previous_plans || ' ' || date(last_review * 86400,"
				  " 'unixepoch')) FROM cpp"),
			 "1 MUL 1 2026-02-01");
	ck_assert_str_eq(value(s, "SELECT state || rows_read FROM list WHERE name = 'cpp'"),
			 "read0");
	ck_assert_str_eq(value(s,
			       "SELECT group_concat(name) FROM (SELECT name FROM list_column WHERE"
			       " list = 'cin' ORDER BY name)"),
			 "child,disability,end_date,need,reason,start_date");
	ck_assert_str_eq(value(s, "SELECT count(*) FROM list_column WHERE list = 'cpp' AND name ="
				  " 'last_visit'"),
			 "0");
	stage_free(&s);
}
END_TEST

START_TEST(finish_without_an_as_at_is_refused)
{
	struct stage *s;

	assert_ok(stage_new(NULL, &dataset, NULL, INT32_MIN, &s, &err), err);
	assert_error(stage_finish(s, &err), ERR_CONFIG, err, "as-at is not known");
	stage_free(&s);
}
END_TEST

START_TEST(a_stage_without_memory_is_an_error_and_leaks_nothing)
{
	int32_t as_at = day("2026-10-31");
	long n = 0;

	for (long i = 1; n == 0 || i <= n; i++) {
		struct stage *s = NULL;
		enum err_code code;

		harness_fail_allocation(i);
		code = stage_new(NULL, &dataset, NULL, as_at, &s, &err);
		if (code == ERR_OK) {
			n = harness_allocations();
			harness_fail_allocation(0);
			stage_free(&s);
			break;
		}
		harness_fail_allocation(0);
		assert_error(code, ERR_NOMEM, err, "out of memory");
		ck_assert_ptr_null(s);
	}
	ck_assert_int_gt(n, 3);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_clean_contact_is_typed_in_full);
	tcase_add_test(tc, every_list_has_its_table_with_the_columns_in_order);
	tcase_add_test(tc, the_unborn_child_is_kept_with_age_minus_one);
	tcase_add_test(tc, a_rejected_row_says_row_letter_value_and_mend);
	tcase_add_test(tc, a_row_that_ends_before_it_starts_is_rejected);
	tcase_add_test(tc, a_date_after_the_as_at_rejects_the_row_and_is_no_newest_event);
	tcase_add_test(tc, a_blank_that_must_be_there_rejects_and_one_that_need_not_is_null);
	tcase_add_test(tc, a_code_in_no_list_becomes_unknown_and_the_row_counts);
	tcase_add_test(tc, words_in_a_yes_or_no_column_become_null_and_the_row_counts);
	tcase_add_test(tc, an_identical_row_is_a_duplicate_in_list_1_but_not_in_list_2);
	tcase_add_test(tc, list_6_keeps_the_row_of_a_child_that_starts_last);
	tcase_add_test(tc, a_row_with_more_cells_than_headings_is_rejected);
	tcase_add_test(tc, teams_are_read_only_when_the_settings_name_them);
	tcase_add_test(tc, wards_are_read_only_with_the_area_file);
	tcase_add_test(tc, staff_are_people_or_vacancies_and_nothing_else);
	tcase_add_test(tc, finish_says_what_was_read_nil_and_absent);
	tcase_add_test(tc, the_month_stood_for_is_the_one_just_ended);
	tcase_add_test(tc, the_census_gives_the_latest_episode_and_plan_of_each_child);
	tcase_add_test(tc, finish_without_an_as_at_is_refused);
	tcase_add_test(tc, a_stage_without_memory_is_an_error_and_leaks_nothing);
}

HARNESS_MAIN("stage", add)
