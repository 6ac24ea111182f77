#include "agent/commands.h"

#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/clock.h"

#define NOW_US INT64_C(1793620800000000) /* 2026-11-02 12:00 UTC */
#define CONTACTS "Child Unique ID,Gender,Date of Contact,Contact Source\n"

static char folder[512];
static char *text; /* what the command wrote to stdout and stderr */

/* Runs the command with up to six arguments; its exit status. Each test is a process of its own. */
static int run(const char *const *arguments)
{
	char path[600], name[] = "district-agent validate";
	char *argv[8] = { name };
	int argc = 1, status;

	clock_fix_us(NOW_US);
	(void)snprintf(path, sizeof path, "%s/output", folder);
	for (; arguments[argc - 1] != NULL && argc < 7; argc++) {
		argv[argc] = strdup(arguments[argc - 1]);
		ck_assert_ptr_nonnull(argv[argc]);
	}
	(void)fflush(stdout);
	ck_assert_ptr_nonnull(freopen(path, "w", stdout));
	ck_assert_ptr_nonnull(freopen(path, "a", stderr));
	status = command_validate(argc, argv);
	(void)fflush(stdout);
	(void)fflush(stderr);
	for (int i = 1; i < argc; i++)
		free(argv[i]);
	free(text);
	text = harness_read(path, NULL);
	return status;
}

#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL })

static const char *in(const char *name)
{
	static char paths[4][600];
	static int at;
	char *path = paths[at++ % 4];

	(void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

static void start(void)
{
	(void)snprintf(folder, sizeof folder, "%s", harness_folder());
}

#define assert_says(words) \
	ck_assert_msg(strstr(text, (words)) != NULL, "\"%s\" is not in:\n%s", (words), text)

START_TEST(a_clean_folder_is_accepted_with_its_own_as_at)
{
	start();
	(void)harness_text(folder, "2026-10-31/List_1.csv", CONTACTS "1,F,01/10/2026,6\n");
	ck_assert_int_eq(RUN(in("2026-10-31")), 0);
	assert_says(
		"Extract as at 2026-10-31 (the folder's name), events from 2026-04-30: accepted\n"
		"1 rows read, 0 rejected\n");
	assert_says("List 1: Contacts");
	free(text);
}
END_TEST

START_TEST(rejected_rows_are_findings_with_row_column_and_mend)
{
	char rows[4096] = CONTACTS "x,F,1/10/26,6\n";

	start();
	/* one of three would be more than the default share */
	for (int i = 0; i < 40; i++) {
		size_t len = strlen(rows);

		(void)snprintf(rows + len, sizeof rows - len, "c%d,F,01/10/2026,6\n", i);
	}
	(void)harness_text(folder, "2026-10-31/List_1.csv", rows);
	ck_assert_int_eq(RUN(in("2026-10-31/List_1.csv")), 1);
	assert_says("accepted with findings");
	assert_says("write the year with four digits: two can mean two centuries");
	ck_assert_int_eq(RUN("--csv", in("2026-10-31")), 1);
	assert_says("rejected,date,List_1.csv,,contacts,2,C,Date of Contact,1/10/26,");
	ck_assert_int_eq(RUN("--json", in("2026-10-31")), 1);
	assert_says("\"verdict\":\"accepted with findings\"");
	assert_says("\"rows_rejected\":\"1\"");
	free(text);
}
END_TEST

START_TEST(an_extract_that_would_be_refused_exits_65)
{
	start();
	(void)harness_text(folder, "2026-10-31/List_6.csv", "Child ID,CIN Start Date\n");
	ck_assert_int_eq(RUN(in("2026-10-31")), 65);
	assert_says("refused");
	assert_says("add \"CIN Closure Date\"");
	free(text);
}
END_TEST

START_TEST(the_as_at_may_be_given_and_must_not_be_ahead)
{
	start();
	(void)harness_text(folder, "List_1.csv", CONTACTS "1,F,01/10/2026,6\n");
	ck_assert_int_eq(RUN(in("List_1.csv")), 0);
	assert_says("as at 2026-11-02 (today: no folder or --as-at says another)");
	ck_assert_int_eq(RUN(in("List_1.csv"), "--as-at", "2026-10-30"), 0);
	assert_says("as at 2026-10-30 (--as-at)");
	ck_assert_int_eq(RUN(in("List_1.csv"), "--as-at", "2026-11-03"), 65);
	assert_says("it lies after today, 2026-11-02");
	ck_assert_int_eq(RUN(in("List_1.csv"), "--as-at", "30/10/2026"), 65);
	assert_says("district-agent validate: ");
	free(text);
}
END_TEST

START_TEST(explain_shows_what_each_column_was_read_as)
{
	start();
	(void)harness_text(folder, "2026-10-31/List_1.csv",
			   "Title\nChild ID,DATE OF CONTACT,Shoe size\n1,01/10/2026,3\n");
	ck_assert_int_eq(RUN("--explain", in("2026-10-31")), 0);
	assert_says("DATE OF CONTACT  Date of Contact");
	assert_says("column-unknown");
	ck_assert_int_eq(RUN("--explain", "--csv", in("2026-10-31")), 0);
	assert_says("List_1.csv,,contacts,A,Child ID,Child Unique ID");
	assert_says("List_1.csv,,contacts,C,Shoe size,\r\n");
	free(text);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_an_error)
{
	start();
	ck_assert_int_eq(RUN(in("nothing.csv")), 74);
	assert_says("nothing.csv: No such file");
	ck_assert_int_eq(RUN("--dataset", "x", in("nothing.csv")), 78);
	assert_says("--dataset needs the settings: add -c FILE");
	free(text);
}
END_TEST

/* Ofsted's own template, as workbook and as CSV files: five made-up referrals and nothing wrong. */
START_TEST(the_official_template_reads_the_same_as_workbook_and_csv)
{
	start();
	ck_assert_int_eq(RUN("tests/data/annex_a/2015-01-sample.xlsx", "--as-at", "2015-04-01"), 0);
	assert_says("5 rows read, 0 rejected");
	ck_assert_int_eq(RUN("tests/data/annex_a/List_1.csv", "tests/data/annex_a/List_3.csv",
			     "tests/data/annex_a/List_10.csv", "--as-at", "2015-04-01"),
			 0);
	assert_says("5 rows read, 0 rejected");
	free(text);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_clean_folder_is_accepted_with_its_own_as_at);
	tcase_add_test(tc, rejected_rows_are_findings_with_row_column_and_mend);
	tcase_add_test(tc, an_extract_that_would_be_refused_exits_65);
	tcase_add_test(tc, the_as_at_may_be_given_and_must_not_be_ahead);
	tcase_add_test(tc, explain_shows_what_each_column_was_read_as);
	tcase_add_test(tc, a_file_that_is_not_there_is_an_error);
	tcase_add_test(tc, the_official_template_reads_the_same_as_workbook_and_csv);
}

HARNESS_MAIN("validate", add)
