/* rollup, received, measures and audit as an operator runs them: settings file in, text out. */

#include "aggregator/commands.h"
#include "aggregator/signals.h"

#include "tests/hand_store.h"
#include "tests/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/clock.h"

static const char areas_csv[] = "code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
				"city,City,authority,,,,,\n"
				"north,North,district,city,,,,\n"
				"south,South,district,city,,,,\n";
static const char populations_csv[] = "area,year,age_from,age_to,population,estimate,source\n"
				      "city,2024,0,17,100000,0,x\n"
				      "north,2024,0,17,50000,1,x\n";

static struct hand_store hand;
static char config[256];
static char output[65536];

static void setup(void)
{
	const char *folder = harness_folder();
	char path[256];

	hand_store_open(&hand, areas_csv, populations_csv);
	(void)snprintf(path, sizeof path, "%s/store", folder);
	if (mkdir(path, 0700) != 0)
		ck_assert_int_eq(errno, EEXIST);
	store_close(&hand.store);
	(void)snprintf(config, sizeof config, "%s/store.db", folder);
	(void)snprintf(path, sizeof path, "%s/store/store.db", folder);
	ck_assert_int_eq(rename(config, path), 0);
	{
		struct err err = { ERR_OK, "" };

		assert_ok(store_open(path, DB_WRITE, &hand.store, &err), err);
	}
	(void)snprintf(config, sizeof config, "%s",
		       harness_text(folder, "aggregator.yaml",
				    "name: test\nstate: .\nareas: areas.csv\n"
				    "populations: populations.csv\narea: city\n"
				    "listen: [\"tcp://127.0.0.1:5560\"]\n"
				    "expected:\n"
				    "  - { area: city, dataset: annex_a, from: 2025-03 }\n"));
	clock_fix_us(hand_us("2025-06-06"));
	(void)hand_put(&hand, "north", "2025-04", "contacts", 10, 10);
	(void)hand_put(&hand, "south", "2025-04", "contacts", 20, 20);
	(void)hand_put(&hand, "north", "2025-05", "contacts", 7, 7);
}

static void teardown(void)
{
	hand_store_close(&hand);
	clock_fix_us(0);
}

/* Runs a command with what it prints caught; its exit status. */
static int run(int (*command)(int, char **), const char *words)
{
	static char text[512];
	char path[256];
	char *argv[32] = { text };
	char *rest = NULL;
	int argc = 1;
	int saved = dup(STDOUT_FILENO);
	int saved_errors = dup(STDERR_FILENO);
	int fd;
	int status;
	size_t len;
	char *read;

	(void)snprintf(text, sizeof text, "district-aggregator -c %s %s", config, words);
	(void)strtok_r(text, " ", &rest);
	while (argc < 31 && (argv[argc] = strtok_r(NULL, " ", &rest)) != NULL)
		argc++;
	(void)snprintf(path, sizeof path, "%s/output", harness_folder());
	(void)fflush(stdout);
	fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	ck_assert_int_ge(fd, 0);
	(void)dup2(fd, STDOUT_FILENO);
	(void)dup2(fd, STDERR_FILENO);
	status = command(argc, argv);
	(void)fflush(stdout);
	(void)dup2(saved, STDOUT_FILENO);
	(void)dup2(saved_errors, STDERR_FILENO);
	(void)close(saved);
	(void)close(saved_errors);
	(void)close(fd);
	read = harness_read(path, &len);
	(void)snprintf(output, sizeof output, "%s", read);
	free(read);
	return status;
}

#define assert_printed(words) \
	ck_assert_msg(strstr(output, (words)) != NULL, "\"%s\" is not in:\n%s", (words), output)

START_TEST(rollup_prints_value_coverage_and_status)
{
	ck_assert_int_eq(run(command_rollup, "contacts --from 2025-04 --to 2025-05 --districts"),
			 0);
	assert_printed("city   2025-04  all          30         30               2 of 2  final");
	assert_printed("1 of 2  partial");
	assert_printed("partial: some areas have not reported");
	assert_printed("missing: no area has reported: unknown, not zero");
	assert_printed("definition: ");
}
END_TEST

START_TEST(rollup_says_what_to_know_of_a_rate)
{
	ck_assert_int_eq(run(command_rollup, "contact_rate --from 2025-04 --to 2025-05 --csv"), 0);
	/* 30 ÷ 100,000 × 10,000 × 365 ÷ 30 = 36.5; north alone: 7 ÷ 50,000 × 10,000 × 365 ÷ 31 */
	assert_printed("city,2025-04,all,36.5,30,100000,2,2,final,no,yes,2024,no");
	assert_printed("city,2025-05,all,16.5,7,50000,1,2,partial,yes,yes,2024,yes");
	ck_assert_int_eq(run(command_rollup, "contact_rate --from 2025-05"), 0);
	assert_printed("partial, pooled");
	assert_printed("pooled: ");
	assert_printed("annualised: ");
	assert_printed("population_estimate: ");
}
END_TEST

START_TEST(rollup_takes_months_to_the_period_asked_for)
{
	ck_assert_int_eq(
		run(command_rollup, "contacts --from 2025-04 --to 2025-04 --by quarter --json"), 0);
	assert_printed("\"period\":\"2025-26-Q1\"");
	ck_assert_int_eq(run(command_rollup, "contacts --from 2025-04 --to 2025-04 "
					     "--as-known-on 2025-05-04 --csv"),
			 0);
	assert_printed("city,2025-04,all,,,,0,2,missing");
	ck_assert_int_eq(run(command_rollup, "contacts --from 2025-04 --to 2025-04 "
					     "--as-known-on 2025-05-05 --csv"),
			 0);
	assert_printed("city,2025-04,all,30,30,,2,2,final");
}
END_TEST

START_TEST(rollup_refuses_with_the_exit_status_that_fits)
{
	ck_assert_int_eq(run(command_rollup, "contact --from 2025-04"), 66);
	assert_printed("did you mean 'contacts'?");
	ck_assert_int_eq(run(command_rollup, "contacts --from April"), 65);
	assert_printed("\"April\" is not a period");
	ck_assert_int_eq(run(command_rollup, "contacts --as-known-on yesterday"), 65);
	assert_printed("--as-known-on: \"yesterday\" is not a date");
}
END_TEST

START_TEST(received_prints_a_grid_within_100_columns)
{
	char *rest = NULL;

	/* on 6 June 2025: March is missing, April came on time, May is not due before 13 June */
	ck_assert_int_eq(run(command_received, "--from 2024-07"), 1);
	assert_printed("North           .      .      .      .      .      .      .      .      "
		       "MISS   ok     ok     soon");
	assert_printed("South           .      .      .      .      .      .      .      .      "
		       "MISS   ok     soon   soon");
	for (char *line = strtok_r(output, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		ck_assert_msg(strlen(line) <= 100, "%zu columns: %s", strlen(line), line);
	ck_assert_int_eq(run(command_received, "--from 2025-04 --to 2025-05 --csv"), 0);
	assert_printed("annex_a,north,2025-04,on-time,2025-05-15,2025-05-05,2025-04-30,0,0,no");
	assert_printed("annex_a,south,2025-05,not-due,2025-06-13,,,0,0,no");
}
END_TEST

START_TEST(measures_are_listed_and_explained)
{
	ck_assert_int_eq(run(command_catalogue_list, ""), 0);
	assert_printed("caseload");
	ck_assert_int_eq(run(command_catalogue_explain, "absence_rate"), 0);
	assert_printed("253");
	ck_assert_int_eq(run(command_catalogue_explain, "contacts"), 0);
	assert_printed("SELECT");
	ck_assert_int_eq(run(command_catalogue_explain, "contact"), 66);
	assert_printed("no measure 'contact'; did you mean 'contacts'?");
}
END_TEST

START_TEST(signals_are_listed_and_shown_with_what_they_rest_on)
{
	struct area_tree *areas = hand.areas;
	struct measure_set *measures = NULL;
	struct rollup_context context = { hand.store, areas, NULL, NULL };
	struct err err = { ERR_OK, "" };
	int done = 0;

	for (int i = 0; i < 13; i++) {
		char text[PERIOD_TEXT_BYTES];
		int64_t n = i == 12 ? 190 : 98 + i % 5;

		(void)hand_put(&hand, "north",
			       period_format(period_next(hand_period("2024-05"), i), text),
			       "early_help_started", n, n);
	}
	assert_ok(measures_load(NULL, &measures, &err), err);
	context.measures = measures;
	while (!done)
		assert_ok(signals_work(&context, clock_wall_us(), &done, NULL, &err), err);
	measures_free(&measures);
	ck_assert_int_eq(run(command_signals, "--state all"), 0);
	assert_printed("open   neither  2025-05  2025-05  Early help");
	assert_printed(" in North: above the usual range in May 2025");
	assert_printed("false_alarms: about 1 new in a month even if nothing had changed");
	ck_assert_int_eq(run(command_signals, "--area south --csv"), 0);
	ck_assert_ptr_null(strstr(output, "north"));
	ck_assert_int_eq(run(command_signals, "--area sout"), 66);
	assert_printed("did you mean 'south'?");
	ck_assert_int_eq(run(command_signals, "--state ajar"), 64);
	assert_printed("--state takes pending, open, closed or all, not 'ajar'");
	ck_assert_int_eq(run(command_signals_show, "1 --json"), 0);
	assert_printed("\"history\":[{\"at\":\"2025-06-06T00:00:00Z\",\"state\":\"pending\"");
	assert_printed("\"evidence\":\"{");
	ck_assert_int_eq(run(command_signals_show, "99"), 66);
	assert_printed("there is no signal 99");
	ck_assert_int_eq(run(command_signals_show, "one"), 64);
	assert_printed("'one' is no signal's number; 'signals' lists them");
}
END_TEST

/* The store was filled by hand, without bytes: audit must say so and not believe the rows. */
START_TEST(audit_does_not_believe_rows_without_signed_bytes)
{
	ck_assert_int_eq(run(command_audit, "contacts/city/2025-04"), 1);
	assert_printed("signature does not match");
	assert_printed("signatures: 0 of 2 verified");
	assert_printed("adds_up: no");
	ck_assert_int_eq(run(command_audit, "contacts/city"), 65);
	assert_printed("is not an address");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, rollup_prints_value_coverage_and_status);
	tcase_add_test(tc, rollup_says_what_to_know_of_a_rate);
	tcase_add_test(tc, rollup_takes_months_to_the_period_asked_for);
	tcase_add_test(tc, rollup_refuses_with_the_exit_status_that_fits);
	tcase_add_test(tc, received_prints_a_grid_within_100_columns);
	tcase_add_test(tc, measures_are_listed_and_explained);
	tcase_add_test(tc, signals_are_listed_and_shown_with_what_they_rest_on);
	tcase_add_test(tc, audit_does_not_believe_rows_without_signed_bytes);
}

HARNESS_MAIN("reading_commands", add)
