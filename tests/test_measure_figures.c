/* One worked example for each measure that counts. Children are letters; the working stands in
 * front of each expectation. The as-at is Saturday 31 October 2026 and the window 30 months, unless
 * the test says otherwise. */
#include "tests/hand_stage.h"

#define OCTOBER "2026-10"

static void setup(void)
{
	hand_open("2026-10-31", "2024-05-01");
}

static void teardown(void)
{
	hand_close();
}

/* ---- front door */

START_TEST(contacts_are_counted_by_week_and_month_and_broken_down)
{
	hand_sql("INSERT INTO contacts VALUES"
		 "('A','female','white',day('2020-10-06'),5,'W1',day('2026-10-05'),'police','6'),"
		 "('B','male','black',day('2020-10-05'),6,'W1',day('2026-10-05'),'schools','2A'),"
		 "('C','male','asian',NULL,3,'W2',day('2026-10-12'),'police','6'),"
		 "('C','male','asian',NULL,3,'W2',day('2026-09-30'),'police','6')");
	hand_list("contacts");
	/* October: 5th twice, 12th once. Week 41 is 5–11 October, week 40 28 September–4 October.
	 */
	hand_expect("contacts", OCTOBER, 3, 3);
	hand_expect("contacts", "2026-09", 1, 1);
	hand_expect("contacts", "2026-W41", 2, 2);
	hand_expect("contacts", "2026-W40", 1, 1);
	hand_expect("contacts", "2026-W43", 0, 0);
	/* A is 5 (birthday tomorrow), B is 6, C has a listed age of 3. */
	hand_expect_in("contacts", OCTOBER, "age_band", "5_to_9", 2, 2);
	hand_expect_in("contacts", OCTOBER, "age_band", "1_to_4", 1, 1);
	hand_expect_in("contacts", OCTOBER, "source", "police", 2, 2);
	hand_expect_in("contacts", OCTOBER, "source", "schools", 1, 1);
	hand_expect_in("contacts", OCTOBER, "sex", "male", 2, 2);
	hand_expect_in("contacts", OCTOBER, "ethnicity", "asian", 1, 1);
	hand_expect_in("contacts", OCTOBER, "ward", "W1", 2, 2);
	hand_expect_in("contacts", OCTOBER, "ward", "", 3, 3);
}
END_TEST

START_TEST(a_repeat_contact_follows_another_on_an_earlier_day)
{
	hand_sql("INSERT INTO contacts (child, contact_date) VALUES"
		 "('A',day('2025-10-05')),('A',day('2026-10-05')),"
		 "('B',day('2026-07-04')),('B',day('2026-10-05')),"
		 "('C',day('2026-10-07')),('C',day('2026-10-07')),"
		 "('D',day('2026-10-09'))");
	hand_list("contacts");
	/* October: A, B, C twice, D = 5. Within 12 months: A (the very day), B. C's are on one day.
	 */
	hand_expect("contacts_repeat_12m", OCTOBER, 2, 5);
	/* Within 3: A is 12 months apart; B: 4 July + 3 months = 4 October < 5 October. */
	hand_expect("contacts_repeat_3m", OCTOBER, 0, 5);
}
END_TEST

START_TEST(a_contact_leads_to_a_referral_on_the_day_or_in_30_days)
{
	hand_sql("INSERT INTO contacts (child, contact_date, source) VALUES"
		 "('A',day('2026-09-01'),'police'),('B',day('2026-09-01'),'police'),"
		 "('C',day('2026-09-01'),'health'),('D',day('2026-09-01'),'health');"
		 "INSERT INTO referrals (child, referral_date) VALUES"
		 "('A',day('2026-09-01')),('B',day('2026-10-01')),('C',day('2026-10-02')),"
		 "('D',day('2026-08-31'))");
	hand_list("contacts");
	hand_list("referrals");
	/* A same day, B 30 days: yes. C 31 days, D the day before: no. */
	hand_expect("contacts_to_referral_30d", "2026-09", 2, 4);
	hand_expect_in("contacts_to_referral_30d", "2026-09", "source", "police", 2, 2);
	hand_expect_in("contacts_to_referral_30d", "2026-09", "source", "health", 0, 2);
	/* September's last day + 30 = 30 October: final. October's follow-up runs on. */
	ck_assert_int_eq(hand_find("contacts_to_referral_30d", "2026-09", "", "")->provisional, 0);
	ck_assert_int_eq(hand_find("contacts_to_referral_30d", OCTOBER, "", "")->provisional, 1);
	ck_assert_int_eq(hand_find("contacts", OCTOBER, "", "")->provisional, 0);
}
END_TEST

START_TEST(a_contact_leads_to_early_help_in_30_days)
{
	hand_sql("INSERT INTO contacts (child, contact_date) VALUES"
		 "('A',day('2026-09-10')),('B',day('2026-09-10'));"
		 "INSERT INTO early_help (child, start_date) VALUES"
		 "('A',day('2026-10-10')),('B',day('2026-10-11'))");
	hand_list("contacts");
	hand_list("early_help");
	/* A: 30 days later. B: 31. */
	hand_expect("contacts_to_early_help_30d", "2026-09", 1, 2);
}
END_TEST

/* ---- early help */

START_TEST(early_help_is_counted_when_it_starts_ends_and_is_open)
{
	hand_sql("INSERT INTO early_help (child, birth_date, start_date, end_date, organisation) "
		 "VALUES"
		 "('A',day('2026-01-01'),day('2026-10-01'),NULL,'school'),"
		 "('B',NULL,day('2026-06-01'),day('2026-10-31'),'health'),"
		 "('C',NULL,day('2026-06-01'),day('2026-11-01'),'health'),"
		 "('D',NULL,day('2026-10-31'),NULL,'Family Hub, 12 High Street')");
	hand_list("early_help");
	/* Started in October: A, D. Ended: B. Open at 31 October: A, C (ends tomorrow), D; not B.
	 */
	hand_expect("early_help_started", OCTOBER, 2, 2);
	hand_expect("early_help_completed", OCTOBER, 1, 1);
	hand_expect("early_help_open", OCTOBER, 3, 3);
	hand_expect_in("early_help_open", OCTOBER, "age_band", "0", 1, 1);
	hand_expect("early_help_by_organisation", OCTOBER, 3, 3);
	hand_expect_in("early_help_by_organisation", OCTOBER, "organisation", "school", 1, 1);
	/* D's organisation is no code: it counts, as unknown. */
	hand_expect_in("early_help_by_organisation", OCTOBER, "organisation", "unknown", 1, 1);
	hand_expect_none("early_help_open", "2026-09");
}
END_TEST

START_TEST(early_help_days_are_calendar_days_in_buckets)
{
	hand_sql("INSERT INTO early_help (child, start_date, end_date) VALUES"
		 "('A',day('2026-10-01'),day('2026-10-29')),"
		 "('B',day('2026-10-01'),day('2026-10-30')),"
		 "('C',day('2025-10-30'),day('2026-10-30'))");
	hand_list("early_help");
	/* A 28 days, B 29, C 365. */
	hand_expect_in("early_help_days", OCTOBER, "days", "0-28", 1, 1);
	hand_expect_in("early_help_days", OCTOBER, "days", "29-56", 1, 1);
	hand_expect_in("early_help_days", OCTOBER, "days", "365+", 1, 1);
	hand_expect("early_help_days", OCTOBER, 3, 3);
}
END_TEST

START_TEST(early_help_steps_up_while_it_runs_or_within_90_days)
{
	hand_sql("INSERT INTO early_help (child, start_date, end_date) VALUES"
		 "('A',day('2026-05-01'),day('2026-07-01')),('B',day('2026-05-01'),day('2026-07-01'"
		 ")),"
		 "('C',day('2026-05-01'),day('2026-07-01')),('D',day('2026-05-01'),NULL);"
		 "INSERT INTO referrals (child, referral_date) VALUES"
		 "('A',day('2026-05-01')),('B',day('2026-09-29')),('C',day('2026-09-30')),"
		 "('D',day('2026-06-01'))");
	hand_list("early_help");
	hand_list("referrals");
	/* A at the start, B 1 July + 90 = 29 September: yes. C 91 days: no. D has not ended. */
	hand_expect("early_help_step_up", "2026-07", 2, 3);
	/* 31 July + 90 = 29 October: final at 31 October; August's is not. */
	ck_assert_int_eq(hand_find("early_help_step_up", "2026-07", "", "")->provisional, 0);
	ck_assert_int_eq(hand_find("early_help_step_up", "2026-08", "", "")->provisional, 1);
}
END_TEST

START_TEST(referrals_from_early_help_have_the_code_5d)
{
	hand_sql("INSERT INTO referrals (child, referral_date, source_code) VALUES"
		 "('A',day('2026-10-01'),'5D'),('B',day('2026-10-01'),'5A'),"
		 "('C',day('2026-10-01'),NULL)");
	hand_list("referrals");
	/* C's code is not known: not in the denominator. */
	hand_expect("early_help_step_up_5d", OCTOBER, 1, 2);
}
END_TEST

START_TEST(early_help_steps_down_within_30_days_of_a_closure)
{
	hand_sql("INSERT INTO early_help (child, start_date) VALUES"
		 "('A',day('2026-10-10')),('B',day('2026-10-10')),('C',day('2026-10-10')),"
		 "('D',day('2026-10-10'));"
		 "INSERT INTO cin (child, start_date, end_date, reason) VALUES"
		 "('A',day('2026-01-01'),day('2026-10-10'),'RC9'),"
		 "('B',day('2026-01-01'),day('2026-09-10'),'RC7'),"
		 "('C',day('2026-01-01'),day('2026-09-09'),'RC7'),"
		 "('D',day('2026-01-01'),day('2026-10-11'),NULL)");
	hand_list("early_help");
	hand_list("cin");
	/* A same day, B 30 days: yes. C 31, D closed after the start: no. */
	hand_expect("early_help_step_down", OCTOBER, 2, 4);
	hand_expect_none("early_help_step_down", "2026-09");
	/* Closed in October: A (RC9) and D (reason not recorded). */
	hand_expect("early_help_step_down_rc9", OCTOBER, 1, 2);
}
END_TEST

START_TEST(early_help_returns_within_calendar_months_of_an_end)
{
	hand_sql("INSERT INTO early_help (child, start_date, end_date) VALUES"
		 "('A',day('2025-06-01'),day('2025-10-10')),('A',day('2026-10-10'),NULL),"
		 "('B',day('2025-06-01'),day('2025-10-09')),('B',day('2026-10-10'),NULL),"
		 "('C',day('2026-10-10'),day('2026-10-10')),"
		 "('D',day('2026-05-01'),day('2026-07-10')),('D',day('2026-10-10'),NULL),"
		 "('E',day('2026-05-01'),NULL),('E',day('2026-10-10'),NULL)");
	hand_list("early_help");
	/* October: 5 starts. 12 months: A to the day, D; B a day late, C is itself, E never ended.
	 */
	hand_expect("early_help_return_12m", OCTOBER, 2, 5);
	/* 3 months: D (10 July + 3 months = 10 October). */
	hand_expect("early_help_return_3m", OCTOBER, 1, 5);
}
END_TEST

/* ---- referral */

START_TEST(referrals_count_those_with_no_further_action_too)
{
	hand_sql("INSERT INTO referrals (child, referral_date, source, nfa) VALUES"
		 "('A',day('2026-10-01'),'police',1),('B',day('2026-10-02'),'police',0),"
		 "('C',day('2026-10-03'),'health',NULL)");
	hand_list("referrals");
	hand_expect("referrals", OCTOBER, 3, 3);
	hand_expect("referrals", "2026-W40", 3, 3);
	hand_expect_in("referrals", OCTOBER, "source", "police", 2, 2);
	/* C's outcome is not known. */
	hand_expect("referrals_nfa", OCTOBER, 1, 2);
	hand_expect_in("referrals_nfa", OCTOBER, "source", "police", 1, 2);
}
END_TEST

START_TEST(a_re_referral_follows_another_within_12_calendar_months)
{
	hand_sql("INSERT INTO referrals (child, referral_date) VALUES"
		 "('A',day('2025-10-20')),('A',day('2026-10-20')),"
		 "('B',day('2025-10-19')),('B',day('2026-10-20')),"
		 "('C',day('2026-10-01')),('C',day('2026-10-02')),('C',day('2026-10-02'))");
	hand_list("referrals");
	/* October: A, B, C thrice. Re-referrals: A to the day, C's two of 2 October. */
	hand_expect("referrals_repeat_12m", OCTOBER, 3, 5);
}
END_TEST

START_TEST(the_latest_referral_of_a_child_carries_the_number_before_it)
{
	hand_sql("INSERT INTO referrals (child, birth_date, referral_date, previous_12m) VALUES"
		 "('A',NULL,day('2026-10-01'),1),('A',NULL,day('2026-10-20'),1),"
		 "('B',NULL,day('2026-10-05'),0),"
		 "('C',NULL,day('2026-10-05'),2),('C',NULL,day('2026-10-05'),2),"
		 "('D',NULL,day('2026-10-05'),NULL),"
		 "('E',NULL,day('2026-09-05'),3)");
	hand_list("referrals");
	/* Latest in October and known: A (1), B (0), C once (2). D unknown, E in September. */
	hand_expect("referrals_repeat_12m_latest", OCTOBER, 2, 3);
	hand_expect_none("referrals_repeat_12m_latest", "2026-09");
}
END_TEST

START_TEST(a_referral_waits_until_it_is_assessed_or_closed)
{
	hand_sql("INSERT INTO referrals (child, ward, referral_date, nfa) VALUES"
		 "('A','W1',day('2026-10-30'),0),('B','W1',day('2026-09-01'),0),"
		 "('C','W1',day('2026-09-01'),0),('D','W1',day('2026-09-01'),1),"
		 "('E','W1',day('2026-09-01'),0),('F','W2',day('2026-04-30'),NULL);"
		 "INSERT INTO assessments (child, start_date) VALUES"
		 "('B',day('2026-09-01')),('C',day('2026-08-31')),('F',day('2026-11-01'));"
		 "INSERT INTO cin (child, start_date, end_date) VALUES"
		 "('E',day('2026-09-01'),day('2026-09-20')),('C',day('2026-01-01'),day('2026-08-01'"
		 "))");
	hand_list("referrals");
	hand_list("assessments");
	hand_list("cin");
	/* A 1 day; B assessed the same day; C's assessment and closure lie before: 60 days; D no
	 * further action; E closed since; F unknown outcome, assessed only later: 184 days. */
	hand_expect("referrals_unassessed", OCTOBER, 3, 3);
	hand_expect_in("referrals_unassessed", OCTOBER, "days", "0-7", 1, 1);
	hand_expect_in("referrals_unassessed", OCTOBER, "days", "57-91", 1, 1);
	hand_expect_in("referrals_unassessed", OCTOBER, "days", "183+", 1, 1);
	hand_expect_in("referrals_unassessed", OCTOBER, "ward", "W1", 2, 2);
}
END_TEST

/* ---- assessment */

START_TEST(assessments_are_counted_when_authorised)
{
	hand_sql("INSERT INTO assessments (child, disability, start_date, end_date, support, team) "
		 "VALUES"
		 "('A','yes',day('2026-08-03'),day('2026-10-06'),1,'north'),"
		 "('B','no',day('2026-08-03'),day('2026-10-05'),0,'north'),"
		 "('C',NULL,day('2026-10-01'),day('2026-10-01'),NULL,'south'),"
		 "('D','no',day('2026-10-01'),NULL,NULL,'south')");
	hand_list("assessments");
	/* From Monday 3 August to Monday 5 October: 9 weeks = 45 weekdays less the bank holiday of
	 * 31 August = 44; to 6 October 45. Both in time. C: 0. D is open. */
	hand_expect("assessments_completed", OCTOBER, 3, 3);
	hand_expect_in("assessments_completed", OCTOBER, "disability", "yes", 1, 1);
	hand_expect_in("assessments_completed", OCTOBER, "disability", "unknown", 1, 1);
	hand_expect("assessments_in_45wd", OCTOBER, 3, 3);
	hand_expect_in("assessments_in_45wd", OCTOBER, "team", "north", 2, 2);
	hand_expect_in("assessment_days", OCTOBER, "days", "41-45", 2, 2);
	hand_expect_in("assessment_days", OCTOBER, "days", "0", 1, 1);
	/* Of A and B, whose outcome is known, B needs no support. */
	hand_expect("assessments_no_support", OCTOBER, 1, 2);
}
END_TEST

START_TEST(open_assessments_are_counted_at_each_month_end)
{
	hand_sql("INSERT INTO assessments (child, start_date, end_date, ward) VALUES"
		 "('A',day('2026-08-31'),day('2026-10-31'),'W1'),"
		 "('B',day('2026-08-28'),NULL,'W1'),"
		 "('C',day('2026-10-30'),NULL,'W2')");
	hand_list("assessments");
	/* 31 August: A (0 days), B (3). 30 September: A (30), B (33). 31 October: B (64), C (1). */
	hand_expect("assessments_open", "2026-08", 2, 2);
	hand_expect_in("assessments_open", "2026-08", "days", "0-14", 2, 2);
	hand_expect_in("assessments_open", "2026-09", "days", "29-42", 2, 2);
	hand_expect("assessments_open", OCTOBER, 2, 2);
	hand_expect_in("assessments_open", OCTOBER, "days", "64-91", 1, 1);
	hand_expect_in("assessments_open", OCTOBER, "ward", "W2", 1, 1);
	/* B: 28 August to 31 October: 1 Sep–30 Oct are 44 weekdays, 31 August a bank holiday. */
	hand_expect("assessments_open_over_45wd", OCTOBER, 0, 2);
	ck_assert_int_eq(hand_find("assessments_open", "2026-07", "", "")->numerator, 0);
}
END_TEST

/* ---- protection */

START_TEST(section_47_enquiries_and_conferences_are_counted_by_their_own_dates)
{
	hand_sql("INSERT INTO section47 (child, ward, start_date, icpc_not_required, icpc_date, "
		 "icpc_to_plan, team) VALUES"
		 "('A','W1',day('2026-09-25'),0,day('2026-10-16'),1,'north'),"
		 "('B','W1',day('2026-09-25'),0,day('2026-10-19'),0,'north'),"
		 "('C','W1',day('2026-10-02'),1,NULL,NULL,'north'),"
		 "('D','W2',day('2026-10-02'),NULL,day('2026-10-02'),NULL,'south')");
	hand_list("section47");
	hand_expect("section47_started", "2026-09", 2, 2);
	hand_expect("section47_started", OCTOBER, 2, 2);
	/* Of October's two only C's answer is recorded. Final 21 days after the month: not yet. */
	hand_expect("icpc_not_required", OCTOBER, 1, 1);
	ck_assert_int_eq(hand_find("icpc_not_required", OCTOBER, "", "")->provisional, 1);
	hand_expect("icpc_held", OCTOBER, 3, 3);
	/* 25 September (Friday) to 16 October (Friday) is 15 working days, to the 19th 16; D 0. */
	hand_expect("icpc_in_15wd", OCTOBER, 2, 3);
	hand_expect_in("icpc_in_15wd", OCTOBER, "ward", "W1", 1, 2);
	hand_expect("icpc_to_plan", OCTOBER, 1, 2);
}
END_TEST

START_TEST(plans_are_counted_open_at_the_as_at)
{
	hand_sql("INSERT INTO cpp (child, birth_date, start_date, category, last_visit, "
		 "last_review, "
		 "end_date, previous_plans, ward, team) VALUES"
		 "('A',day('2026-12-01'),day('2026-10-01'),'NEG',NULL,NULL,NULL,1,'W1','n'),"
		 "('B',NULL,day('2024-10-31'),'EMO',day('2026-09-19'),day('2026-04-30'),NULL,0,'W1'"
		 ",'n'),"
		 "('C',NULL,day('2024-11-01'),'EMO',day('2026-09-18'),day('2026-05-01'),NULL,0,'W1'"
		 ",'n'),"
		 "('D',NULL,day('2026-07-31'),'PHY',NULL,NULL,NULL,NULL,'W2','s'),"
		 "('E',NULL,day('2024-10-20'),'SAB',NULL,NULL,day('2026-10-20'),0,'W2','s')");
	hand_list("cpp");
	/* Open: A, B, C, D. */
	hand_expect("cpp_open", OCTOBER, 4, 4);
	hand_expect_in("cpp_open", OCTOBER, "category", "EMO", 2, 2);
	hand_expect_in("cpp_open", OCTOBER, "age_band", "unborn", 1, 1);
	/* Started in October: A; ended: E. */
	hand_expect("cpp_started_latest", OCTOBER, 1, 1);
	hand_expect("cpp_ended_latest", OCTOBER, 1, 1);
	hand_expect("cpp_repeat_latest", OCTOBER, 1, 1);
	/* Two calendar years at 31 October: B; C is a day short. E ended on the very day. */
	hand_expect("cpp_2y_open", OCTOBER, 1, 4);
	hand_expect("cpp_2y_ended_latest", OCTOBER, 1, 1);
	/* Visits: B 42 days ago is in time, C 43 is not; A has none in 30 days yet, D in 92. */
	hand_expect("cpp_visit_overdue", OCTOBER, 2, 4);
	hand_expect_in("cpp_visit_overdue", OCTOBER, "ward", "W2", 1, 1);
	/* Open three months: B, C, D (31 July + 3 months = 31 October). 30 April + 6 months = 30
	 * October: B's is overdue; C's is not; D has none. */
	hand_expect("cpp_review_not_overdue", OCTOBER, 1, 3);
}
END_TEST

START_TEST(the_census_gives_every_plan_and_review)
{
	hand_sql("INSERT INTO cpp_plans (plan, child, start_date, category, end_date, "
		 "previous_plans) VALUES"
		 "(1,'A',day('2024-10-10'),'NEG',day('2026-10-10'),0),"
		 "(2,'A',day('2026-10-20'),'NEG',NULL,1),"
		 "(3,'B',day('2026-01-10'),'EMO',NULL,NULL),"
		 "(4,'C',day('2026-01-10'),'EMO',NULL,0),"
		 "(5,'D',day('2025-01-10'),'PHY',NULL,2),"
		 "(6,'E',day('2026-07-31'),'PHY',NULL,0);"
		 "INSERT INTO cpp_reviews VALUES"
		 "(3,day('2026-04-10')),(3,day('2026-10-10')),"
		 "(4,day('2026-04-11')),(4,day('2026-10-01')),"
		 "(5,day('2025-04-01')),(5,day('2025-10-02')),(5,day('2026-04-01')),(5,day('2026-"
		 "09-01')),"
		 "(5,day('2026-11-02'))");
	hand_list("cpp_plans");
	hand_list("cpp_reviews");
	hand_expect("cpp_started", OCTOBER, 1, 1);
	hand_expect("cpp_ended", OCTOBER, 1, 1);
	hand_expect_in("cpp_ended", OCTOBER, "category", "NEG", 1, 1);
	hand_expect("cpp_repeat", OCTOBER, 1, 1);
	hand_expect("cpp_repeat", "2026-01", 0, 1);
	hand_expect("cpp_2y_ended", OCTOBER, 1, 1);
	/* Open three months: 3, 4, 5, 6. 3: first at three months to the day, then six: in time. 4:
	 * first a day late. 5: six months and a day after 1 April. 6: none. */
	hand_expect("cpp_review_on_time", OCTOBER, 1, 4);
}
END_TEST

/* ---- children in need */

START_TEST(children_in_need_are_counted_at_the_as_at)
{
	hand_sql("INSERT INTO cin (child, start_date, need, last_seen, end_date, reason, status, "
		 "team, "
		 "worker, ward) VALUES"
		 "('A',day('2026-09-19'),'N1',NULL,NULL,NULL,'cin','n','Mx One','W1'),"
		 "('B',day('2026-09-20'),'N1',NULL,NULL,NULL,'cpp','n','Mx One','W1'),"
		 "('C',day('2026-01-01'),'N2',day('2026-09-19'),NULL,NULL,'cin','n',NULL,'W1'),"
		 "('D',day('2024-01-01'),'N2',day('2026-09-18'),NULL,NULL,'cla','s','Mx Two','W2'),"
		 "('E',day('2026-10-02'),'N1',NULL,day('2026-10-30'),'RC9','closed','s','Mx "
		 "Two','W2'),"
		 "('F',day('2026-01-01'),NULL,day('2026-10-30'),NULL,NULL,NULL,NULL,'  ','W2')");
	hand_list("cin");
	/* Open: A, B, C, D, F. */
	hand_expect("cin_open", OCTOBER, 5, 5);
	hand_expect_in("cin_open", OCTOBER, "need", "N1", 2, 2);
	hand_expect_in("cin_open", OCTOBER, "need", "unknown", 1, 1);
	hand_expect_in("cin_open", OCTOBER, "status", "cpp", 1, 1);
	hand_expect("cin_started_latest", OCTOBER, 1, 1);
	hand_expect("cin_ceased_latest", OCTOBER, 1, 1);
	hand_expect_in("cin_ceased_latest", OCTOBER, "reason", "RC9", 1, 1);
	/* Days: A 42, B 41, C and F 303, D 1,034. */
	hand_expect_in("cin_duration", OCTOBER, "days", "0-91", 2, 2);
	hand_expect_in("cin_duration", OCTOBER, "days", "183-364", 2, 2);
	hand_expect_in("cin_duration", OCTOBER, "days", "730+", 1, 1);
	/* In need for 42 days: A, C, D, F. Never seen: A. 42 days ago: C, in time. 43: D, not. */
	hand_expect("cin_not_seen_6wk", OCTOBER, 2, 4);
	hand_expect_in("cin_not_seen_6wk", OCTOBER, "status", "cla", 1, 1);
	/* Worker: A and B one, D two; C none, F blank. */
	hand_expect("cases_held", OCTOBER, 3, 3);
	hand_expect_in("cases_held", OCTOBER, "team", "n", 2, 2);
	hand_expect("cases_unallocated", OCTOBER, 2, 2);
	hand_expect_in("cases_unallocated", OCTOBER, "ward", "W2", 1, 1);
}
END_TEST

START_TEST(the_census_gives_every_episode)
{
	hand_sql("INSERT INTO cin_episodes (child, start_date, need, end_date, reason) VALUES"
		 "('A',day('2026-10-01'),'N1',day('2026-10-09'),'RC8'),"
		 "('A',day('2026-10-20'),'N1',NULL,NULL),"
		 "('B',day('2026-05-01'),'N4',day('2026-10-31'),'RC7')");
	hand_list("cin_episodes");
	hand_expect("cin_started", OCTOBER, 2, 2);
	hand_expect_in("cin_started", OCTOBER, "need", "N1", 2, 2);
	hand_expect("cin_ceased", OCTOBER, 2, 2);
	hand_expect_in("cin_ceased", OCTOBER, "reason", "RC7", 1, 1);
	hand_expect("cin_ceased", "2026-W44", 1, 1);
}
END_TEST

/* ---- workforce */

START_TEST(workers_are_counted_by_the_cases_that_they_hold)
{
	/* One worker with 11 open cases and a closed one, one with 41, 2 cases without worker. */
	hand_sql(
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 55)"
		"INSERT INTO cin (child, start_date, end_date, worker) SELECT i, day('2026-01-01'),"
		"CASE WHEN i = 12 THEN day('2026-10-01') END,"
		"CASE WHEN i <= 12 THEN 'Mx One' WHEN i <= 53 THEN 'Mx Two' END FROM n");
	hand_list("cin");
	hand_expect("caseload_per_worker", OCTOBER, 2, 2);
	hand_expect_in("caseload_per_worker", OCTOBER, "cases", "11-15", 1, 1);
	hand_expect_in("caseload_per_worker", OCTOBER, "cases", "41+", 1, 1);
	hand_expect("cases_held", OCTOBER, 52, 52);
	hand_expect("cases_unallocated", OCTOBER, 2, 2);
}
END_TEST

START_TEST(the_workforce_is_added_in_millionths)
{
	hand_sql("INSERT INTO staff (worker, agency, role, fte, start_date, end_date, cases, "
		 "days_lost, "
		 "posts) VALUES"
		 "('1',0,'5',1000000,NULL,NULL,12,0,NULL),"
		 "('2',0,'5',600000,day('2026-01-01'),NULL,NULL,2500,NULL),"
		 "('3',1,'5',1000000,NULL,NULL,0,9000,NULL),"
		 "('4',1,'4',500000,NULL,NULL,3,NULL,NULL),"
		 "('5',0,'3',1000000,NULL,day('2026-10-15'),NULL,1000,NULL),"
		 "('6',0,'3',800000,day('2026-11-01'),NULL,5,NULL,NULL),"
		 "('7',0,'2',1000000,NULL,day('2026-11-01'),NULL,500,NULL),"
		 "(NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,2500000),"
		 "(NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,0)");
	hand_list("staff");
	/* In post at 31 October: 1, 2, 3, 4, 7 (leaves tomorrow). Not agency: 1.0 + 0.6 + 1.0. */
	hand_expect("social_worker_fte", OCTOBER, 2600000, 3);
	hand_expect_in("social_worker_fte", OCTOBER, "role", "5", 1600000, 2);
	hand_expect("agency_fte", OCTOBER, 1500000, 2);
	hand_expect("workforce_fte", OCTOBER, 4100000, 5);
	/* Holding cases: 1 (12), 4 (3), and 2, whose cases are not listed and whose role is 5. */
	hand_expect("case_holder_fte", OCTOBER, 2100000, 3);
	hand_expect("vacancies_fte", OCTOBER, 2500000, 1);
	/* 2.6 in post + 2.5 vacant. */
	hand_expect("establishment_fte", OCTOBER, 5100000, 4);
	hand_expect("leavers", OCTOBER, 1000000, 1);
	hand_expect_none("leavers", "2026-W42");
	/* 0 + 2.5 + 1 + 0.5 days; agency worker 3's 9 are left out. */
	hand_expect("absence_days", OCTOBER, 4000, 4);
}
END_TEST

/* ---- quality */

START_TEST(rows_read_and_rejected_are_counted_by_list)
{
	hand_sql("INSERT INTO list VALUES ('contacts','read',120,3),('referrals','nil',0,0),"
		 "('cpp','absent',0,0)");
	hand_expect("rows_read", OCTOBER, 120, 2);
	hand_expect_in("rows_read", OCTOBER, "list", "contacts", 120, 1);
	hand_expect_in("rows_rejected", OCTOBER, "list", "contacts", 3, 1);
	ck_assert_ptr_null(hand_find("rows_read", OCTOBER, "list", "cpp"));
}
END_TEST

START_TEST(the_extract_is_as_old_as_its_newest_contact_or_referral)
{
	hand_sql("INSERT INTO contacts (child, contact_date) VALUES ('A',day('2026-10-28'));"
		 "INSERT INTO referrals (child, referral_date) VALUES ('A',day('2026-10-20'))");
	hand_list("contacts");
	hand_list("referrals");
	/* 28 October to 31 October: 3 days, in thousandths. */
	hand_expect("extract_age", OCTOBER, 3000, 1);
}
END_TEST

START_TEST(an_extract_without_events_is_at_least_as_old_as_its_window)
{
	hand_list("referrals");
	/* 1 May 2024 to 31 October 2026: 365 + 365 + 183 days = 913. */
	hand_expect("extract_age", OCTOBER, 913000, 1);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, contacts_are_counted_by_week_and_month_and_broken_down);
	tcase_add_test(tc, a_repeat_contact_follows_another_on_an_earlier_day);
	tcase_add_test(tc, a_contact_leads_to_a_referral_on_the_day_or_in_30_days);
	tcase_add_test(tc, a_contact_leads_to_early_help_in_30_days);
	tcase_add_test(tc, early_help_is_counted_when_it_starts_ends_and_is_open);
	tcase_add_test(tc, early_help_days_are_calendar_days_in_buckets);
	tcase_add_test(tc, early_help_steps_up_while_it_runs_or_within_90_days);
	tcase_add_test(tc, referrals_from_early_help_have_the_code_5d);
	tcase_add_test(tc, early_help_steps_down_within_30_days_of_a_closure);
	tcase_add_test(tc, early_help_returns_within_calendar_months_of_an_end);
	tcase_add_test(tc, referrals_count_those_with_no_further_action_too);
	tcase_add_test(tc, a_re_referral_follows_another_within_12_calendar_months);
	tcase_add_test(tc, the_latest_referral_of_a_child_carries_the_number_before_it);
	tcase_add_test(tc, a_referral_waits_until_it_is_assessed_or_closed);
	tcase_add_test(tc, assessments_are_counted_when_authorised);
	tcase_add_test(tc, open_assessments_are_counted_at_each_month_end);
	tcase_add_test(tc, section_47_enquiries_and_conferences_are_counted_by_their_own_dates);
	tcase_add_test(tc, plans_are_counted_open_at_the_as_at);
	tcase_add_test(tc, the_census_gives_every_plan_and_review);
	tcase_add_test(tc, children_in_need_are_counted_at_the_as_at);
	tcase_add_test(tc, the_census_gives_every_episode);
	tcase_add_test(tc, workers_are_counted_by_the_cases_that_they_hold);
	tcase_add_test(tc, the_workforce_is_added_in_millionths);
	tcase_add_test(tc, rows_read_and_rejected_are_counted_by_list);
	tcase_add_test(tc, the_extract_is_as_old_as_its_newest_contact_or_referral);
	tcase_add_test(tc, an_extract_without_events_is_at_least_as_old_as_its_window);
}

HARNESS_MAIN("measure_figures", add)
