/* Who gives the figures of an area: two agents for one area, two datasets for one measure, and a
 * district that never reports. Hand-made peers say what offices would; the store, the answers and
 * what the central team sees are looked at. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/wire.h"

static struct fleet_aggregator centre;

static void centre_start(void)
{
	(void)snprintf(centre.extra, sizeof centre.extra,
		       "expected:\n"
		       "  - { area: birmingham, dataset: annex_a, from: 2025-10, to: 2025-10 }\n");
	fleet_aggregator_make(&centre, harness_folder(), "birmingham");
	fleet_aggregator_start(&centre);
}

static void enrol_and_connect(struct wire *w, struct peer *p, const char *name, const char *area)
{
	wire_enrol(p, &centre, name, area);
	wire_open(w, p, &centre, WIRE_CURVE);
	(void)wire_hello(w);
}

static void say_and_see_it_stored(struct wire *w, const struct wire_figure *f)
{
	wire_say(w, f);
	ck_assert_int_ge((int)wire_receipt(w, f->sequence)->stored_up_to, (int)f->sequence);
	ck_assert_ptr_null(wire_refusal(w->frame.receipt, f->sequence));
}

/* Waits until the figures follow from all that is stored. */
static void until_worked_off(void)
{
	fleet_until_int(centre.store,
			"SELECT (SELECT max(id) FROM report) - value + (SELECT count(*) FROM dirty)"
			" FROM meta WHERE key = 'projected'",
			0);
}

static void assert_rollup(const char *measure, const char *area, const char *line)
{
	char *text = fleet_must("district-aggregator", "rollup", measure, "--area", area, "--from",
				"2025-10", "--to", "2025-10", "--csv", "-c", centre.config, NULL);

	ck_assert_msg(strstr(text, line) != NULL, "\"%s\" is not in:\n%s", line, text);
	free(text);
}

/* ---- two agents, one area */

static struct peer first, second;
static struct wire first_wire, second_wire;

static void two_for_one_area(void)
{
	centre_start();
	enrol_and_connect(&first_wire, &first, "hodge-hill", "hodge-hill");
	enrol_and_connect(&second_wire, &second, "hodge-hill-team", "hodge-hill");
}

static void two_end(void)
{
	wire_close(&first_wire);
	wire_close(&second_wire);
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
}

START_TEST(of_two_agents_for_one_area_the_later_as_at_counts_whoever_comes_last)
{
	struct wire_figure later = { .sequence = 1, .contacts = 9, .as_at = "2025-12-31" };
	struct wire_figure earlier = { .sequence = 1, .contacts = 7, .as_at = "2025-11-30" };

	two_for_one_area();
	say_and_see_it_stored(&second_wire, &later);
	say_and_see_it_stored(&first_wire, &earlier);
	until_worked_off();
	assert_rollup("contacts", "hodge-hill", "hodge-hill,2025-10,all,9,9,,1,1,final");
	ck_assert_int_eq(fleet_int(centre.store, "SELECT count(*) FROM report"), 2);
	ck_assert_int_eq(fleet_int(centre.store, "SELECT n_reports FROM current"), 2);
	two_end();
}
END_TEST

START_TEST(of_two_agents_for_one_area_with_one_as_at_the_higher_number_counts)
{
	struct wire_figure high = { .sequence = 2, .contacts = 9 };
	struct wire_figure low = { .sequence = 1, .contacts = 7 };

	two_for_one_area();
	wire_say(&first_wire, &high);
	fleet_until_int(centre.store, "SELECT count(*) FROM report", 1);
	say_and_see_it_stored(&second_wire, &low);
	until_worked_off();
	assert_rollup("contacts", "hodge-hill", "hodge-hill,2025-10,all,9,9,,1,1,final");
	/* the very same rank: what came last */
	low.sequence = 2;
	low.contacts = 8;
	say_and_see_it_stored(&second_wire, &low);
	until_worked_off();
	assert_rollup("contacts", "hodge-hill", "hodge-hill,2025-10,all,8,8,,1,1,final");
	two_end();
}
END_TEST

START_TEST(an_area_with_two_agents_counts_once_in_the_city)
{
	struct wire_figure a = { .sequence = 1, .contacts = 7 };
	struct wire_figure b = { .sequence = 1, .contacts = 9 };

	two_for_one_area();
	say_and_see_it_stored(&first_wire, &a);
	say_and_see_it_stored(&second_wire, &b);
	until_worked_off();
	assert_rollup("contacts", "birmingham", "birmingham,2025-10,all,9,9,,1,10,partial");
	two_end();
}
END_TEST

/* ---- two datasets, one measure */

START_TEST(a_second_dataset_with_the_same_measure_is_refused)
{
	struct wire_figure figure = { .sequence = 1, .contacts = 7 };
	const District__Refusal *refusal;
	char *text;

	centre_start();
	enrol_and_connect(&first_wire, &first, "hodge-hill", NULL);
	say_and_see_it_stored(&first_wire, &figure);
	figure.sequence = 2;
	figure.contacts = 8;
	figure.as_at = "2025-12-31";
	figure.dataset = "figures";
	wire_say(&first_wire, &figure);
	refusal = wire_refusal(wire_receipt(&first_wire, 2), 2);
	ck_assert_ptr_nonnull(refusal);
	ck_assert_str_eq(refusal->code, "denied");
	ck_assert_str_eq(refusal->reason,
			 "dataset annex_a already gives measure contacts of area hodge-hill: list "
			 "it under one dataset's `measures` only");
	/* the first dataset may go on giving it */
	figure.sequence = 3;
	figure.dataset = "annex_a";
	say_and_see_it_stored(&first_wire, &figure);
	until_worked_off();
	assert_rollup("contacts", "hodge-hill", "hodge-hill,2025-10,all,8,8,,1,1,final");
	text = fleet_must("district-aggregator", "reports", "list", "--refused", "--csv", "-c",
			  centre.config, NULL);
	ck_assert_ptr_nonnull(strstr(text, "hodge-hill,figures,2025-10,denied,"));
	free(text);
	wire_close(&first_wire);
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
	ck_assert_int_eq(fleet_counter(&centre, "refused_dataset"), 1);
	ck_assert_int_eq(fleet_int(centre.store, "SELECT count(*) FROM report"), 2);
}
END_TEST

/* ---- a district that never reports */

static const char *const districts[] = {
	"edgbaston",  "erdington",  "hall-green", "hodge-hill",       "ladywood",
	"northfield", "perry-barr", "selly-oak",  "sutton-coldfield", "yardley",
};
#define N_DISTRICTS (sizeof districts / sizeof *districts)

/* The first n of them report 100 contacts each. */
static void districts_report(size_t from, size_t n)
{
	for (size_t i = from; i < n; i++) {
		struct wire_figure figure = { .sequence = 1,
					      .area = districts[i],
					      .contacts = 100 };
		struct peer office;
		struct wire w;

		enrol_and_connect(&w, &office, districts[i], NULL);
		say_and_see_it_stored(&w, &figure);
		wire_close(&w);
	}
	until_worked_off();
}

START_TEST(a_district_that_never_reports_leaves_the_city_partial_and_without_a_rate)
{
	struct fleet_said said;

	centre_start();
	districts_report(0, N_DISTRICTS - 1);
	assert_rollup("contacts", "birmingham", "birmingham,2025-10,all,900,900,,9,10,partial");
	assert_rollup("contacts", "yardley", "yardley,2025-10,all,,,,0,1,missing");
	/* No rate of the city: that of the nine, of their own children (the populations file:
	 * mid-2023, 289,481 without Yardley's 31,383): 900 ÷ 258,098 × 10,000 × 365 ÷ 31 = 410.57.
	 */
	assert_rollup("contact_rate", "birmingham",
		      "birmingham,2025-10,all,410.6,900,258098,9,10,partial,yes,yes,2023,");
	said = fleet_run("district-aggregator", "rollup", "contact_rate", "--from", "2025-10",
			 "--to", "2025-10", "-c", centre.config, NULL);
	ck_assert_ptr_nonnull(strstr(said.out, "9 of 10"));
	ck_assert_ptr_nonnull(strstr(said.out, "partial, pooled"));
	fleet_said_clear(&said);
	said = fleet_run("district-aggregator", "received", "--from", "2025-10", "--to", "2025-10",
			 "--csv", "-c", centre.config, NULL);
	ck_assert_int_eq(said.status, 1);
	ck_assert_ptr_nonnull(strstr(said.out, "annex_a,yardley,2025-10,missing,"));
	ck_assert_ptr_nonnull(strstr(said.out, "annex_a,selly-oak,2025-10,"));
	ck_assert_ptr_null(strstr(said.out, "selly-oak,2025-10,missing"));
	fleet_said_clear(&said);
	/* and whole once it does */
	districts_report(N_DISTRICTS - 1, N_DISTRICTS);
	assert_rollup("contacts", "birmingham", "birmingham,2025-10,all,1000,1000,,10,10,final");
	/* of the city's own row: 1,000 ÷ 289,481 × 10,000 × 365 ÷ 31 = 406.73 */
	assert_rollup("contact_rate", "birmingham",
		      "birmingham,2025-10,all,406.7,1000,289481,10,10,final,no,yes,2023,");
	said = fleet_run("district-aggregator", "received", "--from", "2025-10", "--to", "2025-10",
			 "-c", centre.config, NULL);
	ck_assert_int_eq(said.status, 0);
	fleet_said_clear(&said);
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, of_two_agents_for_one_area_the_later_as_at_counts_whoever_comes_last);
	tcase_add_test(tc, of_two_agents_for_one_area_with_one_as_at_the_higher_number_counts);
	tcase_add_test(tc, an_area_with_two_agents_counts_once_in_the_city);
	tcase_add_test(tc, a_second_dataset_with_the_same_measure_is_refused);
	tcase_add_test(tc,
		       a_district_that_never_reports_leaves_the_city_partial_and_without_a_rate);
}

HARNESS_MAIN("areas", add)
