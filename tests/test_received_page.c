#include "aggregator/agent_health.h"

#include "proto/clock.h"
#include "tests/hand_web.h"
#include "tests/harness.h"

static struct hand_web w;

#define NOW "2025-06-01"

static void setup(void)
{
	clock_fix_us(hand_us(NOW) + 36000000000LL); /* 10:00 UTC */
	hand_web_open(&w, NULL, NULL);
}

static void teardown(void)
{
	hand_web_close(&w);
	clock_fix_us(0);
}

/* North sends April on 2 May (due 15 May), south on 20 May, west not at all. */
static void fill(void)
{
	int64_t report;

	(void)hand_agent(&w.hand, "north", "2025-04-01");
	(void)hand_agent(&w.hand, "south", "2025-04-01");
	(void)hand_agent(&w.hand, "west", "2025-04-01");
	report = hand_report(&w.hand, "north", "2025-04", "2025-04-30", "2025-05-02");
	hand_total(&w.hand, report, "contacts", 40, 0, 0);
	report = hand_report(&w.hand, "south", "2025-04", "2025-04-30", "2025-05-20");
	hand_total(&w.hand, report, "contacts", 30, 0, 0);
}

START_TEST(the_first_day_says_that_nothing_has_come)
{
	struct hand_answer a = hand_web_get(&w, "/received");

	hand_assert_page(&a, 200);
	assert_says(a, "No agent has been enrolled yet.");
	assert_says(a, "Nothing has been refused.");
}
END_TEST

START_TEST(the_district_that_is_late_is_named_first_with_its_due_date)
{
	struct hand_answer a;

	fill();
	a = hand_web_get(&w, "/received?period=2025-04");
	hand_assert_page(&a, 200);
	assert_says(a,
		    "<strong>West, April 2025</strong> (annex_a): has not come, due 15 May 2025, "
		    "17 days ago. 3 earlier months are owed too. It has never sent an extract's "
		    "return.");
	assert_says_not(a, "<strong>North, April 2025");
	assert_says(a, "drs-grid__cell--on-time");
	assert_says(a, "drs-grid__cell--late");
	assert_says(a, "South &amp; &lt;East&gt;");
}
END_TEST

START_TEST(the_file_holds_what_the_grid_shows)
{
	struct hand_answer a;

	fill();
	a = hand_web_get(&w, "/received.csv?period=2025-04&n=1");
	ck_assert_int_eq(a.status, 200);
	ck_assert_str_eq(
		a.text, "dataset,area,month,state,due,received,as_at,corrected,refused,nil\r\n"
			"annex_a,north,2025-04,on-time,2025-05-15,2025-05-02T00:00:00Z,2025-04-30,"
			"0,0,no\r\n"
			"annex_a,south,2025-04,late,2025-05-15,2025-05-20T00:00:00Z,2025-04-30,0,0,"
			"no\r\n"
			"annex_a,west,2025-04,missing,2025-05-15,,,0,0,no\r\n");
}
END_TEST

START_TEST(a_refused_extract_says_why_in_words)
{
	int64_t entry;
	struct hand_answer a;

	fill();
	entry = hand_entry(&w.hand, "west", "2025-05-03");
	(void)hand_sql(
		&w.hand,
		"INSERT INTO return VALUES (?1, 'west', 'annex_a', ?2, 0, 8, 0, 1, 100, 3, ?3)",
		"iis", entry, (int64_t)hand_day("2025-04-30"),
		"[{\"code\":\"column-missing\",\"list\":\"referrals\",\"count\":1},"
		"{\"code\":\"date\",\"list\":\"cin\",\"count\":6}]");
	a = hand_web_get(&w, "/received?period=2025-04");
	hand_assert_page(&a, 200);
	assert_says(a, "came and was refused");
	assert_says(a, "referrals: a heading that the list needs is not there");
	assert_says_not(a, "is not a date"); /* it did not refuse the extract */
}
END_TEST

START_TEST(a_district_sees_its_own_rows_only)
{
	struct hand_answer a;

	fill();
	hand_web_as(&w, ROLE_DISTRICT, "north");
	a = hand_web_get(&w, "/received?period=2025-04");
	hand_assert_page(&a, 200);
	assert_says(a, ">North</th>");
	assert_says_not(a, "West");
	a = hand_web_get(&w, "/received/reports?district=west&month=2025-04&dataset=annex_a");
	hand_assert_page(&a, 403);
	a = hand_web_get(&w, "/received/reports?district=north&month=2025-04&dataset=annex_a");
	hand_assert_page(&a, 200);
	assert_says(a, "30 April 2025");
}
END_TEST

START_TEST(a_cell_that_does_not_exist_is_refused_in_words)
{
	struct hand_answer a = hand_web_get(&w, "/received/reports?district=nort&month=2025-04"
						"&dataset=annex_a");

	hand_assert_page(&a, 404);
	assert_says(a, "north");
	a = hand_web_get(&w, "/received/reports?district=north&month=2025-13&dataset=annex_a");
	hand_assert_page(&a, 400);
	a = hand_web_get(&w, "/received/reports?district=north");
	hand_assert_page(&a, 400);
	assert_says(a, "must name district and month");
}
END_TEST

START_TEST(a_view_of_quarters_shows_their_last_month)
{
	struct hand_answer a;

	fill();
	a = hand_web_get(&w, "/received.csv?by=quarter&period=2025-26-Q1&n=1");
	ck_assert_int_eq(a.status, 200);
	assert_says(a, ",2025-06,");
	assert_says_not(a, ",2025-05,");
}
END_TEST

/* ---- agents */

static const uint8_t digest[32] = { 0 };

static void beat(const char *agent, int64_t contact_us, int64_t waiting, int64_t oldest_us,
		 const char *as_at)
{
	(void)hand_sql(&w.hand,
		       "INSERT OR REPLACE INTO health SELECT id, ?2, 0, ?3, ?4, ?5, ?6, 1000, '', "
		       "'district-agent 1.0.0', 0 FROM agent WHERE name = ?1",
		       "siiiiz", agent, contact_us, waiting, oldest_us, (int64_t)hand_day(as_at));
}

static enum agent_condition condition_of_north(int64_t *since_us)
{
	struct agent_health *agents = NULL;
	struct err err = { ERR_OK, "" };
	enum agent_condition condition;
	size_t n = 0;

	assert_ok(agent_health_list(w.hand.store, digest, hand_us(NOW), &agents, &n, &err), err);
	ck_assert_uint_eq(n, 3);
	ck_assert_str_eq(agents[0].name, "north");
	condition = agents[0].condition;
	*since_us = agents[0].since_us;
	free(agents);
	return condition;
}

START_TEST(an_agent_is_judged_by_what_it_last_said)
{
	const int64_t now = hand_us(NOW);
	int64_t since = 0;

	fill();
	ck_assert_int_eq(condition_of_north(&since), AGENT_NEVER);
	ck_assert_int_eq(since, hand_us("2025-04-01"));
	beat("north", now - 60000000, 0, 0, "2025-05-20");
	ck_assert_int_eq(condition_of_north(&since), AGENT_WORKING);
	beat("north", now - 901000000, 0, 0, "2025-05-20");
	ck_assert_int_eq(condition_of_north(&since), AGENT_SILENT);
	ck_assert_int_eq(since, now - 901000000);
	beat("north", now, 5, now - 3601000000, "2025-05-20");
	ck_assert_int_eq(condition_of_north(&since), AGENT_WAITING);
	beat("north", now, 5, now - 3599000000, "2025-05-20");
	ck_assert_int_eq(condition_of_north(&since), AGENT_WORKING);
	beat("north", now, 0, 0, "2025-04-21"); /* 41 days */
	ck_assert_int_eq(condition_of_north(&since), AGENT_STUCK);
	ck_assert_int_eq(since, hand_us("2025-04-21"));
	beat("north", now, 0, 0, "2025-04-22");
	ck_assert_int_eq(condition_of_north(&since), AGENT_WORKING);
	(void)hand_sql(&w.hand, "UPDATE health SET clock_difference_us = -61000000", "");
	ck_assert_int_eq(condition_of_north(&since), AGENT_CLOCK);
	(void)hand_sql(&w.hand, "UPDATE agent SET state = 'suspended'", "");
	ck_assert_int_eq(condition_of_north(&since), AGENT_SUSPENDED);
}
END_TEST

START_TEST(the_page_says_whose_a_silent_agent_is_to_mend)
{
	struct hand_answer a;

	fill();
	beat("north", hand_us("2025-05-30"), 0, 0, "2025-05-20");
	a = hand_web_get(&w, "/received?period=2025-04");
	hand_assert_page(&a, 200);
	assert_says(a, "No contact since 30 May 2025, 01:00 (the district&#39;s IT)");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_first_day_says_that_nothing_has_come);
	tcase_add_test(tc, the_district_that_is_late_is_named_first_with_its_due_date);
	tcase_add_test(tc, the_file_holds_what_the_grid_shows);
	tcase_add_test(tc, a_refused_extract_says_why_in_words);
	tcase_add_test(tc, a_district_sees_its_own_rows_only);
	tcase_add_test(tc, a_cell_that_does_not_exist_is_refused_in_words);
	tcase_add_test(tc, a_view_of_quarters_shows_their_last_month);
	tcase_add_test(tc, an_agent_is_judged_by_what_it_last_said);
	tcase_add_test(tc, the_page_says_whose_a_silent_agent_is_to_mend);
}

HARNESS_MAIN("received_page", add)
