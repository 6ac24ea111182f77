/* An office and the centre meet by what their own commands print, and the centre's process starts,
 * stops and comes back after kill -9. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fleet.h"
#include "tests/harness.h"

static struct fleet_aggregator centre;
static struct fleet_agent office;

static void make_both(void)
{
	fleet_aggregator_make(&centre, harness_folder(), "birmingham");
	fleet_agent_make(&office, harness_folder(), "hodge-hill");
}

START_TEST(an_office_is_enrolled_by_what_the_commands_print)
{
	char *text;

	make_both();
	fleet_agent_enrol(&office, &centre);
	free(fleet_must("district-agent", "config", "check", "-c", office.config, NULL));
	text = fleet_must("district-aggregator", "agents", "list", "--csv", "-c", centre.config,
			  NULL);
	ck_assert_ptr_nonnull(strstr(text, "\nhodge-hill,"));
	free(text);
	text = harness_read(office.replies[0], NULL);
	ck_assert_ptr_nonnull(strstr(text, "server_key: "));
	ck_assert_ptr_null(strstr(text, "secret"));
	free(text);
}
END_TEST

START_TEST(an_office_that_was_not_added_is_not_approved)
{
	struct fleet_said said;

	make_both();
	said = fleet_run("district-aggregator", "agents", "approve", "-c", centre.config,
			 "hodge-hill", NULL);
	ck_assert_int_eq(said.status, 66);
	ck_assert_str_eq(said.out, "");
	ck_assert_ptr_nonnull(strstr(said.errors, "no agent is enrolled as hodge-hill"));
	fleet_said_clear(&said);
}
END_TEST

START_TEST(keys_are_never_made_over_others)
{
	struct fleet_said said;
	char *before, *after;

	make_both();
	before = fleet_must("district-agent", "keys", "show", "-c", office.config, NULL);
	said = fleet_run("district-agent", "keys", "init", "-c", office.config, NULL);
	after = fleet_must("district-agent", "keys", "show", "-c", office.config, NULL);
	ck_assert_int_ne(said.status, 0);
	ck_assert_str_eq(before, after);
	fleet_said_clear(&said);
	free(before);
	free(after);
}
END_TEST

START_TEST(ingest_stops_when_told_and_comes_back_after_kill_9)
{
	make_both();
	fleet_agent_enrol(&office, &centre);
	fleet_aggregator_start(&centre);
	ck_assert(fleet_is_running(&centre.process));
	fleet_kill(&centre.process);
	ck_assert(!fleet_is_running(&centre.process));
	fleet_aggregator_start(&centre);
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, an_office_is_enrolled_by_what_the_commands_print);
	tcase_add_test(tc, an_office_that_was_not_added_is_not_approved);
	tcase_add_test(tc, keys_are_never_made_over_others);
	tcase_add_test(tc, ingest_stops_when_told_and_comes_back_after_kill_9);
}

HARNESS_MAIN("enrolment", add)
