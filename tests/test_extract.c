#include "agent/extract.h"

#include "tests/harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/clock.h"
#include "proto/date.h"

#define NOW_US INT64_C(1793620800000000) /* 2026-11-02 12:00 UTC */

#define CONTACTS "Child Unique ID,Gender,Date of Contact,Contact Source\n"
#define REFERRALS "Child Unique ID,Date of referral,Referral Source\n"

static struct err err;
static char folder[512];
static struct agent_dataset dataset;
static char contacts_name[] = "contacts", referrals_name[] = "referrals", area[] = "district";
static char dataset_name[] = "annex_a";
static char *declared[] = { contacts_name, referrals_name };

static int32_t day(const char *text)
{
	int32_t date;
	struct err e;

	assert_ok(date_parse_iso(text, &date, &e), e);
	return date;
}

static void start(void)
{
	clock_fix_us(NOW_US);
	(void)snprintf(folder, sizeof folder, "%s", harness_folder());
	dataset = (struct agent_dataset){ .name = dataset_name,
					  .area = area,
					  .folder = folder,
					  .window_months = 6,
					  .rejected_percent = 50,
					  .month_end_days = 5 };
}

static void put(const char *name, const char *text)
{
	(void)harness_text(folder, name, text);
}

static struct stage *load(const char *name, int *refused)
{
	struct extract e = { .as_at = INT32_MIN };
	struct stage *s = NULL;
	struct extract *all;
	int n, n_skipped;

	assert_ok(extract_scan(&dataset, &all, &n, &n_skipped, &err), err);
	for (int i = 0; i < n; i++)
		if (strcmp(strrchr(all[i].path, '/') + 1, name) == 0)
			e = all[i];
	free(all);
	ck_assert_msg(e.path[0] != '\0', "no extract %s", name);
	assert_ok(extract_load(NULL, &dataset, NULL, &e, &s, refused, &err), err);
	return s;
}

static const struct fault *fault(const struct stage *s, enum fault_rule rule)
{
	for (size_t i = 0; i < s->faults.n_items; i++)
		if (s->faults.items[i].rule == rule)
			return &s->faults.items[i];
	ck_abort_msg("no fault %s", fault_code(rule));
	return NULL;
}

static const struct stage_list *list_in(struct stage *s, const char *name)
{
	return stage_list_of(s, list_find(name));
}

/* ---- what lies in a folder */

START_TEST(folders_named_by_a_date_are_extracts_oldest_first)
{
	struct extract *all;
	int n, n_skipped;

	start();
	put("20261031/List_1.csv", CONTACTS);
	put("30-09-2026/List_1.csv", CONTACTS);
	put("2026-11-01/List_1.csv", CONTACTS);
	put("2026-02-30/List_1.csv", CONTACTS);
	put("old/List_1.csv", CONTACTS);
	put("notes.txt", "x");
	put(".hidden", "x");
	put("census.xml", "<Message/>");
	assert_ok(extract_scan(&dataset, &all, &n, &n_skipped, &err), err);
	ck_assert_int_eq(n, 4);
	ck_assert_int_eq(n_skipped, 3);
	ck_assert_int_eq(all[0].as_at, INT32_MIN);
	ck_assert_int_eq(all[1].as_at, day("2026-09-30"));
	ck_assert_int_eq(all[2].as_at, day("2026-10-31"));
	ck_assert_int_eq(all[3].as_at, day("2026-11-01"));
	free(all);
}
END_TEST

START_TEST(a_missing_folder_is_an_error_that_names_dataset_and_path)
{
	struct extract *all;
	int n, n_skipped;
	char nowhere[] = "/nowhere/at/all";

	start();
	dataset.folder = nowhere;
	assert_error(extract_scan(&dataset, &all, &n, &n_skipped, &err), ERR_IO, err,
		     "open folder /nowhere/at/all of dataset annex_a: No such file");
	ck_assert_ptr_null(all);
}
END_TEST

START_TEST(identity_changes_with_size_time_and_name)
{
	struct extract *before, *after;
	int n, n_skipped;
	struct timespec times[2] = { { 1000, 0 }, { 1000, 0 } };

	start();
	put("2026-10-31/List_1.csv", CONTACTS);
	assert_ok(extract_scan(&dataset, &before, &n, &n_skipped, &err), err);
	assert_ok(extract_scan(&dataset, &after, &n, &n_skipped, &err), err);
	ck_assert(before[0].identity == after[0].identity);
	free(after);
	ck_assert_int_eq(utimensat(AT_FDCWD,
				   harness_text(folder, "2026-10-31/List_1.csv", CONTACTS), times,
				   0),
			 0);
	assert_ok(extract_scan(&dataset, &after, &n, &n_skipped, &err), err);
	ck_assert(before[0].identity != after[0].identity);
	free(before);
	free(after);
}
END_TEST

START_TEST(an_extract_is_still_when_nothing_changed_for_the_seconds_asked)
{
	struct extract *all, changed;
	int n, n_skipped;

	start();
	clock_fix_us(0);
	put("2026-10-31/List_1.csv", CONTACTS);
	assert_ok(extract_scan(&dataset, &all, &n, &n_skipped, &err), err);
	changed = all[0];
	changed.identity++;
	ck_assert(!extract_is_still(&changed, 0));
	ck_assert(extract_is_still(&all[0], 0));
	ck_assert(!extract_is_still(&all[0], 3600));
	for (int64_t end = clock_mono_ms() + 10000;
	     !extract_is_still(&all[0], 1) && clock_mono_ms() < end;)
		(void)usleep(10000);
	ck_assert(extract_is_still(&all[0], 1));
	/* an hour and more than the clocks' difference later, also at a first look */
	clock_fix_us(clock_wall_us() + INT64_C(3700) * 1000000);
	ck_assert(!extract_is_still(&all[0], 3600));
	clock_fix_us(clock_wall_us() + INT64_C(300) * 1000000);
	ck_assert(extract_is_still(&all[0], 3600));
	free(all);
}
END_TEST

/* ---- reading */

START_TEST(lists_are_known_by_number_name_or_headings)
{
	struct stage *s;
	int refused;

	start();
	put("2026-10-31/Annex A - List 1 Contacts.csv", CONTACTS "1,F,01/10/2026,6\n");
	put("2026-10-31/early help.csv",
	    "Child Unique ID,Assessment start date,Assessment completion date\n1,01/10/2026,\n");
	put("2026-10-31/export.csv", REFERRALS "1,02/10/2026,5D\n2,03/10/2026,1A\n");
	put("2026-10-31/list_10.csv", "Child Unique ID,Date of Contact\n9,01/10/2026\n");
	put("2026-10-31/readme.pdf", "x");
	s = load("2026-10-31", &refused);
	ck_assert(!refused);
	ck_assert_uint_eq(list_in(s, "contacts")->n_read, 1);
	ck_assert_uint_eq(list_in(s, "early_help")->n_read, 1);
	ck_assert_uint_eq(list_in(s, "referrals")->n_read, 2);
	ck_assert_str_eq(fault(s, FAULT_SHEET_UNKNOWN)->file, "list_10.csv");
	ck_assert_str_eq(fault(s, FAULT_SHEET_UNKNOWN)->mend,
			 "nothing to do: lists 8 to 11 are not read");
	ck_assert_int_eq(s->as_at, day("2026-10-31"));
	ck_assert_int_eq(s->window_start, day("2026-04-30"));
	ck_assert_int_eq(s->newest_event, day("2026-10-03"));
	stage_free(&s);
}
END_TEST

START_TEST(list_10_and_11_never_stand_for_list_1)
{
	struct stage *s;
	int refused;

	start();
	put("2026-10-31/list_10.csv", CONTACTS "1,F,01/10/2026,6\n");
	put("2026-10-31/List 11.csv", CONTACTS "2,F,01/10/2026,6\n");
	put("2026-10-31/list_1.csv", CONTACTS "3,F,01/10/2026,6\n");
	s = load("2026-10-31", &refused);
	ck_assert(!refused);
	ck_assert_uint_eq(list_in(s, "contacts")->n_read, 1);
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_SHEET_UNKNOWN], 2);
	stage_free(&s);
}
END_TEST

START_TEST(titles_above_the_headings_are_passed_over)
{
	struct stage *s;
	int refused;

	start();
	put("2026-10-31/List_1.csv",
	    "Contacts,,\n\nSix months to,31/10/2026,\n,,\n"
	    "CHILD unique id,Date  of Contact ,\xE2\x80\x98Gender\xE2\x80\x99\n1,31/99/2026,F\n"
	    "2,01/10/2026,M\n");
	s = load("2026-10-31", &refused);
	ck_assert(!refused);
	ck_assert_uint_eq(list_in(s, "contacts")->n_read, 2);
	ck_assert_int_eq(fault(s, FAULT_DATE)->row, 6);
	ck_assert_int_eq(s->sources[0].header_row, 5);
	ck_assert_uint_eq(s->sources[0].n_rejected, 1);
	ck_assert_str_eq(s->sources[0].headings[1], "Date  of Contact");
	stage_free(&s);
}
END_TEST

START_TEST(a_missing_heading_refuses_and_names_it)
{
	struct stage *s;
	int refused;

	start();
	put("2026-10-31/List_6.csv",
	    "Child Unique ID,CIN Start Date,Case Status\n1,01/10/2026,c\n");
	put("2026-10-31/List_1.csv", "no,such,headings\n1,2,3\n");
	s = load("2026-10-31", &refused);
	ck_assert(refused);
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_COLUMN_MISSING], 2);
	ck_assert_str_eq(s->faults.items[1].list, "cin");
	ck_assert_str_eq(s->faults.items[1].mend,
			 "add \"CIN Closure Date\", or say under headings in the settings what the "
			 "office calls it");
	ck_assert_str_eq(s->faults.items[0].mend,
			 "no headings of the list in the first 20 rows: export it with its "
			 "headings, even when it has no rows");
	stage_free(&s);
}
END_TEST

START_TEST(an_office_may_call_a_column_something_else)
{
	char list[] = "referrals", heading[] = "Date Rec'd", means[] = "Date of referral";
	struct agent_heading alias = { list, heading, means };
	struct agent_config config = { .headings = &alias, .n_headings = 1 };
	struct extract_source from = { &config, &dataset, NULL, 0 };
	const char *path;
	struct stage *s;
	int refused;

	start();
	from.as_at = day("2026-10-31");
	path = harness_text(folder, "referrals.csv", "Child ID,DATE RECD\n1,01/10/2026\n");
	assert_ok(extract_load_files(&from, &path, 1, &s, &refused, &err), err);
	ck_assert(!refused);
	ck_assert_uint_eq(list_in(s, "referrals")->n_read, 1);
	stage_free(&s);
}
END_TEST

START_TEST(of_two_columns_that_mean_the_same_the_better_match_is_read)
{
	struct stage *s;
	int refused;

	start();
	put("2026-10-31/List_1.csv",
	    "Child ID,Child Unique ID,Date of Contact,Team Notes\nx,7,01/10/2026,\n");
	s = load("2026-10-31", &refused);
	ck_assert(!refused);
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_COLUMN_UNKNOWN], 2);
	ck_assert_int_eq(s->sources[0].map[0], -1);
	ck_assert_int_eq(s->sources[0].map[1], 0);
	ck_assert_str_eq(s->faults.items[0].mend,
			 "another column of the table gives the same and was read");
	stage_free(&s);
}
END_TEST

START_TEST(the_same_list_twice_is_never_counted_twice)
{
	struct stage *s;
	int refused;

	start();
	put("2026-10-31/List_1.csv", CONTACTS "1,F,01/10/2026,6\n");
	put("2026-10-31/contacts.csv", CONTACTS "1,F,01/10/2026,6\n");
	s = load("2026-10-31", &refused);
	ck_assert(refused);
	ck_assert_str_eq(fault(s, FAULT_LIST_TWICE)->file, "contacts.csv");
	ck_assert_uint_eq(list_in(s, "contacts")->n_read, 1);
	stage_free(&s);
}
END_TEST

/* A made-up message: two children, a referral with no further action, an assessment, an enquiry
 * with its conference, a plan and its review. */
static const char census[] =
	"<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>2026</Year>"
	"<ReferenceDate>2026-03-31</ReferenceDate></CollectionDetails></Header><Children>\n"
	"<Child><ChildIdentifiers><LAchildID>a1</LAchildID><PersonBirthDate>2015-02-01"
	"</PersonBirthDate><GenderCurrent>2</GenderCurrent></ChildIdentifiers>"
	"<ChildCharacteristics><Ethnicity>WBRI</Ethnicity></ChildCharacteristics>\n"
	"<CINdetails><CINreferralDate>2025-05-01</CINreferralDate><ReferralSource>5D"
	"</ReferralSource><PrimaryNeedCode>N1</PrimaryNeedCode>"
	"<Assessments><AssessmentActualStartDate>2025-05-02</AssessmentActualStartDate>"
	"<AssessmentAuthorisationDate>2025-06-01</AssessmentAuthorisationDate></Assessments>\n"
	"<Section47><S47ActualStartDate>2025-05-03</S47ActualStartDate><DateOfInitialCPC>"
	"2025-05-20</DateOfInitialCPC><ICPCnotRequired>false</ICPCnotRequired></Section47>"
	"<ReferralNFA>false</ReferralNFA><ChildProtectionPlans><CPPstartDate>2025-05-20"
	"</CPPstartDate><InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse>"
	"<LatestCategoryOfAbuse>EMO</LatestCategoryOfAbuse><NumberOfPreviousCPP>1"
	"</NumberOfPreviousCPP><Reviews><CPPreviewDate>2025-08-01</CPPreviewDate></Reviews>"
	"</ChildProtectionPlans></CINdetails></Child>\n"
	"<Child><ChildIdentifiers><LAchildID>b2</LAchildID><GenderCurrent>1</GenderCurrent>"
	"</ChildIdentifiers><CINdetails><CINreferralDate>2025-07-01</CINreferralDate>"
	"<ReferralSource>6</ReferralSource><ReferralNFA>true</ReferralNFA></CINdetails></Child>\n"
	"</Children></Message>\n";

START_TEST(a_census_message_fills_its_lists_and_says_its_own_as_at)
{
	static const char *const names[] = { "referrals", "cin_episodes", "assessments",
					     "section47", "cpp_plans",    "cpp_reviews" };
	static const uint64_t rows[] = { 2, 1, 1, 1, 1, 1 };
	struct stage *s;
	int refused;

	start();
	put("census.xml", census);
	s = load("census.xml", &refused);
	ck_assert(!refused);
	ck_assert_int_eq(s->as_at, day("2026-03-31"));
	for (int i = 0; i < 6; i++)
		ck_assert_uint_eq(list_in(s, names[i])->n_read, rows[i]);
	ck_assert(list_in(s, "cin")->present && list_in(s, "cin")->derived);
	ck_assert_uint_eq(s->faults.n_items, 0);
	ck_assert_uint_eq(s->n_sources, 6);
	ck_assert_uint_eq(s->sources[0].n_read, 2);
	stage_free(&s);
}
END_TEST

START_TEST(a_census_message_in_a_folder_of_another_day_is_refused)
{
	struct stage *s;
	int refused;

	start();
	put("2026-05-10/census.xml", census);
	s = load("2026-05-10", &refused);
	ck_assert(refused);
	ck_assert_str_eq(fault(s, FAULT_AS_AT)->mend,
			 "the file says 2026-03-31 and its folder or the command 2026-05-10; make "
			 "them the same");
	stage_free(&s);
}
END_TEST

START_TEST(two_census_messages_are_never_counted_twice)
{
	struct stage *s;
	int refused;

	start();
	put("2026-03-31/a.xml", census);
	put("2026-03-31/b.xml", census);
	s = load("2026-03-31", &refused);
	ck_assert(refused);
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_LIST_TWICE], 6);
	ck_assert_uint_eq(list_in(s, "referrals")->n_read, 2);
	stage_free(&s);
}
END_TEST

/* ---- what refuses an extract */

START_TEST(a_declared_list_that_is_absent_refuses_and_an_empty_one_is_nil)
{
	struct stage *s;
	int refused;

	start();
	dataset.lists = declared;
	dataset.n_lists = 2;
	put("2026-10-31/List_1.csv", CONTACTS);
	s = load("2026-10-31", &refused);
	ck_assert(refused);
	ck_assert_str_eq(fault(s, FAULT_LIST_MISSING)->list, "referrals");
	stage_free(&s);
	put("2026-10-31/List_3.csv", REFERRALS);
	s = load("2026-10-31", &refused);
	ck_assert(!refused);
	ck_assert_str_eq(stage_list_state(list_in(s, "contacts")), "nil");
	ck_assert_str_eq(stage_list_state(list_in(s, "cin")), "absent");
	stage_free(&s);
}
END_TEST

START_TEST(an_empty_file_is_no_nil_return)
{
	struct stage *s;
	int refused;

	start();
	put("2026-10-31/List_1.csv", "");
	s = load("2026-10-31", &refused);
	ck_assert(refused);
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_COLUMN_MISSING], 1);
	stage_free(&s);
}
END_TEST

START_TEST(an_as_at_after_today_is_refused)
{
	struct stage *s;
	int refused;

	start();
	put("2026-11-02/List_1.csv", CONTACTS);
	put("2026-11-03/List_1.csv", CONTACTS);
	s = load("2026-11-02", &refused);
	ck_assert(!refused);
	stage_free(&s);
	s = load("2026-11-03", &refused);
	ck_assert(refused);
	ck_assert_str_eq(fault(s, FAULT_AS_AT)->value, "2026-11-03");
	ck_assert_str_eq(fault(s, FAULT_AS_AT)->mend,
			 "it lies after today, 2026-11-02: correct the folder's name or the clock");
	stage_free(&s);
}
END_TEST

START_TEST(an_as_at_before_many_events_is_refused_and_a_slip_only_rejects_its_row)
{
	struct stage *s;
	int refused;

	start();
	put("2026-10-31/List_1.csv", CONTACTS "1,F,01/10/2026,6\n2,F,01/01/2062,6\n");
	s = load("2026-10-31", &refused);
	ck_assert(!refused);
	ck_assert_uint_eq(list_in(s, "contacts")->n_rejected, 1);
	ck_assert_int_eq(s->newest_event, day("2026-10-01"));
	stage_free(&s);
	put("2026-10-31/List_1.csv",
	    CONTACTS "1,F,01/10/2026,6\n2,F,01/11/2026,6\n3,F,02/11/2026,6\n");
	s = load("2026-10-31", &refused);
	ck_assert(refused);
	ck_assert_str_eq(fault(s, FAULT_AS_AT)->value, "2026-11-02");
	ck_assert_str_eq(
		fault(s, FAULT_AS_AT)->mend,
		"2 of 3 rows lie after 2026-10-31, the last on 2026-11-02: name the folder "
		"by the day on which the extract was made");
	stage_free(&s);
}
END_TEST

START_TEST(more_bad_rows_than_the_share_refuse_the_extract)
{
	struct stage *s;
	int refused;

	start();
	put("2026-10-31/List_1.csv", CONTACTS "1,F,x,6\n2,F,01/10/2026,6\n");
	s = load("2026-10-31", &refused);
	ck_assert(!refused);
	stage_free(&s);
	dataset.rejected_percent = 49;
	s = load("2026-10-31", &refused);
	ck_assert(refused);
	ck_assert_str_eq(
		fault(s, FAULT_TOO_MANY_REJECTED)->mend,
		"1 of 2 rows are bad, more than 49%: mend the rows listed and export again");
	stage_free(&s);
}
END_TEST

START_TEST(a_broken_file_refuses_the_extract_and_says_why)
{
	struct stage *s;
	int refused;

	start();
	put("2026-10-31/List_1.csv", CONTACTS "1,F\"x,01/10/2026,6\n");
	put("2026-10-31/List_3.xlsx", "PK\x03\x04 but no workbook");
	put("2026-10-31/List_4.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1");
	s = load("2026-10-31", &refused);
	ck_assert(refused);
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_UNREADABLE], 3);
	ck_assert_ptr_nonnull(strstr(s->faults.items[0].mend, "row 2: a quote is left open"));
	ck_assert_str_eq(s->faults.items[2].mend,
			 "an old .xls workbook, or one with a password, is not read: save it as "
			 ".xlsx without a password");
	stage_free(&s);
}
END_TEST

START_TEST(a_folder_with_nothing_to_read_is_refused)
{
	struct stage *s;
	int refused;

	start();
	put("2026-10-31/readme.md", "x");
	s = load("2026-10-31", &refused);
	ck_assert(refused);
	ck_assert_uint_eq(s->faults.n_by_rule[FAULT_LIST_MISSING], 1);
	stage_free(&s);
}
END_TEST

START_TEST(too_many_files_refuse_the_extract)
{
	struct stage *s;
	int refused;

	start();
	for (int i = 0; i < 65; i++) {
		char name[64];

		(void)snprintf(name, sizeof name, "2026-10-31/f%d.csv", i);
		put(name, "x");
	}
	s = load("2026-10-31", &refused);
	ck_assert(refused);
	ck_assert_str_eq(fault(s, FAULT_UNREADABLE)->mend,
			 "more than 64 files: leave only those of the extract in the folder");
	stage_free(&s);
}
END_TEST

/* By another program's SHA-256 over "List_1.csv", NUL, 54 as eight bytes, the bytes; then the same
 * of List_3.csv with 49. */
START_TEST(the_digest_is_over_name_size_and_bytes_in_name_order)
{
	static const char expected[] =
		"c84f7716b23af225edd0ad3417c66d2bf3742538b794cd859c02b2469a3914b4";
	struct stage *s;
	char hex[65];
	int refused;

	start();
	put("2026-10-31/List_3.csv", REFERRALS);
	put("2026-10-31/List_1.csv", CONTACTS);
	s = load("2026-10-31", &refused);
	for (int i = 0; i < 32; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", s->extract_digest[i]);
	ck_assert_str_eq(hex, expected);
	stage_free(&s);
}
END_TEST

START_TEST(loading_without_memory_is_an_error_and_leaks_nothing)
{
	struct extract_source from = { NULL, &dataset, NULL, 0 };
	const char *path;
	long i;

	start();
	from.as_at = day("2026-10-31");
	path = harness_text(folder, "List_1.csv", CONTACTS "1,F,x,6\n2,F,01/10/2026,6\n");
	for (i = 1; i < 2000; i++) {
		struct stage *s = NULL;
		enum err_code code;
		int refused;
		long n;

		harness_fail_allocation(i);
		code = extract_load_files(&from, &path, 1, &s, &refused, &err);
		n = harness_allocations();
		harness_fail_allocation(0);
		stage_free(&s);
		if (code == ERR_OK && n < i)
			break;
		assert_error(code, ERR_NOMEM, err, "out of memory");
	}
	ck_assert_int_gt(i, 10);
	ck_assert_int_lt(i, 2000);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, folders_named_by_a_date_are_extracts_oldest_first);
	tcase_add_test(tc, a_missing_folder_is_an_error_that_names_dataset_and_path);
	tcase_add_test(tc, identity_changes_with_size_time_and_name);
	tcase_add_test(tc, an_extract_is_still_when_nothing_changed_for_the_seconds_asked);
	tcase_add_test(tc, lists_are_known_by_number_name_or_headings);
	tcase_add_test(tc, list_10_and_11_never_stand_for_list_1);
	tcase_add_test(tc, titles_above_the_headings_are_passed_over);
	tcase_add_test(tc, a_missing_heading_refuses_and_names_it);
	tcase_add_test(tc, an_office_may_call_a_column_something_else);
	tcase_add_test(tc, of_two_columns_that_mean_the_same_the_better_match_is_read);
	tcase_add_test(tc, the_same_list_twice_is_never_counted_twice);
	tcase_add_test(tc, a_census_message_fills_its_lists_and_says_its_own_as_at);
	tcase_add_test(tc, a_census_message_in_a_folder_of_another_day_is_refused);
	tcase_add_test(tc, two_census_messages_are_never_counted_twice);
	tcase_add_test(tc, a_declared_list_that_is_absent_refuses_and_an_empty_one_is_nil);
	tcase_add_test(tc, an_empty_file_is_no_nil_return);
	tcase_add_test(tc, an_as_at_after_today_is_refused);
	tcase_add_test(tc, an_as_at_before_many_events_is_refused_and_a_slip_only_rejects_its_row);
	tcase_add_test(tc, more_bad_rows_than_the_share_refuse_the_extract);
	tcase_add_test(tc, a_broken_file_refuses_the_extract_and_says_why);
	tcase_add_test(tc, a_folder_with_nothing_to_read_is_refused);
	tcase_add_test(tc, too_many_files_refuse_the_extract);
	tcase_add_test(tc, the_digest_is_over_name_size_and_bytes_in_name_order);
	tcase_add_test(tc, loading_without_memory_is_an_error_and_leaks_nothing);
}

HARNESS_MAIN("extract", add)
