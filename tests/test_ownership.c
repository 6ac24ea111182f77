#include "agent/ownership.h"

#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

enum {
	CONTACTS,
	REFERRALS,
	CIN,
	FTE,
	ROWS,
	N
};

static struct measure measures[N];
static struct measure_set set = { .measures = measures, .n_measures = N };
static struct agent_dataset datasets[2];
static struct agent_config config = { .datasets = datasets, .n_datasets = 2 };
static char area[] = "ladywood", elsewhere[] = "yardley";
static char contacts[] = "contacts", referrals[] = "referrals", staff[] = "staff",
	    episodes[] = "cin_episodes", fte[] = "social_worker_fte";
static char *annex_a[] = { contacts, referrals };
static char *workforce[] = { staff };
static char *named[] = { fte };

static void measure(int at, const char *code, const char *need)
{
	(void)snprintf(measures[at].code, sizeof measures[at].code, "%s", code);
	measures[at].n_needs = need != NULL;
	if (need != NULL)
		(void)snprintf(measures[at].needs[0], sizeof measures[at].needs[0], "%s", need);
}

static void set_up(void)
{
	measure(CONTACTS, "contacts", "contacts");
	measure(REFERRALS, "referrals", "referrals.nfa");
	measure(CIN, "cin_open", "cin");
	measure(FTE, "social_worker_fte", "staff");
	measure(ROWS, "rows_read", NULL);
	memset(datasets, 0, sizeof datasets);
	datasets[0].area = datasets[1].area = area;
	datasets[0].lists = annex_a;
	datasets[0].n_lists = 2;
	datasets[1].lists = workforce;
	datasets[1].n_lists = 1;
}

static void assert_owned(int dataset, int c, int r, int cin, int f, int rows)
{
	uint8_t owned[N],
		expected[N] = { (uint8_t)c, (uint8_t)r, (uint8_t)cin, (uint8_t)f, (uint8_t)rows };

	ownership_mark(&config, &datasets[dataset], &set, owned);
	for (int i = 0; i < N; i++)
		ck_assert_msg(owned[i] == expected[i], "dataset %d: %s is %d", dataset,
			      measures[i].code, owned[i]);
}

START_TEST(a_measure_belongs_to_the_first_dataset_whose_lists_meet_its_needs)
{
	assert_owned(0, 1, 1, 0, 0, 1);
	assert_owned(1, 0, 0, 0, 1, 0);
}
END_TEST

START_TEST(two_datasets_with_the_same_lists_never_both_give_a_measure)
{
	datasets[1].lists = annex_a;
	datasets[1].n_lists = 2;
	assert_owned(0, 1, 1, 0, 0, 1);
	assert_owned(1, 0, 0, 0, 0, 0);
}
END_TEST

START_TEST(naming_a_measure_gives_it_to_the_dataset_that_names_it_and_that_has_no_other)
{
	static char *both[] = { contacts, staff };

	datasets[0].lists = both;
	assert_owned(0, 1, 0, 0, 1, 1);
	datasets[1].measures = named;
	datasets[1].n_measures = 1;
	assert_owned(0, 1, 0, 0, 0, 1);
	assert_owned(1, 0, 0, 0, 1, 0);
}
END_TEST

START_TEST(datasets_of_different_areas_each_give_all_they_can)
{
	datasets[1].area = elsewhere;
	datasets[1].lists = annex_a;
	assert_owned(0, 1, 1, 1, 1, 1); /* its area's only one: the engine looks at the needs */
	assert_owned(1, 1, 1, 1, 1, 1);
}
END_TEST

START_TEST(census_episodes_meet_the_need_for_children_in_need)
{
	static char *census[] = { episodes };

	datasets[1].lists = census;
	assert_owned(0, 1, 1, 0, 0, 1);
	assert_owned(1, 0, 0, 1, 0, 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, a_measure_belongs_to_the_first_dataset_whose_lists_meet_its_needs);
	tcase_add_test(tc, two_datasets_with_the_same_lists_never_both_give_a_measure);
	tcase_add_test(
		tc, naming_a_measure_gives_it_to_the_dataset_that_names_it_and_that_has_no_other);
	tcase_add_test(tc, datasets_of_different_areas_each_give_all_they_can);
	tcase_add_test(tc, census_episodes_meet_the_need_for_children_in_need);
}

HARNESS_MAIN("ownership", add)
