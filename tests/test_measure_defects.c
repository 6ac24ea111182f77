/* What other tools for these lists get wrong, each as a test: working days without holidays, open
 * work in the denominator, 365 days for 12 months, ages by division, and the like. */
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

START_TEST(working_days_over_christmas_leave_out_its_bank_holidays)
{
	/* Monday 3 November 2025 to Thursday 8 January 2026 is 48 weekdays later. Christmas Day,
	 * Boxing Day and New Year's Day fall on weekdays: 45 working days, in time. One without
	 * holidays reports it late. */
	hand_sql("INSERT INTO assessments (child, start_date, end_date) VALUES"
		 "('A',day('2025-11-03'),day('2026-01-08')),('B',day('2025-11-03'),day('2026-01-09'"
		 "))");
	hand_list("assessments");
	hand_expect("assessments_in_45wd", "2026-01", 1, 2);
	hand_expect_in("assessment_days", "2026-01", "days", "41-45", 1, 1);
	hand_expect_in("assessment_days", "2026-01", "days", "46-50", 1, 1);
}
END_TEST

START_TEST(working_days_over_christmas_count_for_conferences)
{
	/* Thursday 11 December 2025 to 6 January 2026: 18 weekdays less 3 holidays = 15. */
	hand_sql("INSERT INTO section47 (child, start_date, icpc_date) VALUES"
		 "('A',day('2025-12-11'),day('2026-01-06')),('B',day('2025-12-11'),day('2026-01-07'"
		 "))");
	hand_list("section47");
	hand_expect("icpc_in_15wd", "2026-01", 1, 2);
}
END_TEST

START_TEST(a_start_on_a_saturday_gives_the_same_days_as_the_friday_before)
{
	/* 3 October 2026 is a Saturday: Monday the 5th is working day 1 from it. Day 0 is the
	 * start, so Friday the 2nd gives 1 too; n − 1 would give 0. */
	hand_sql("INSERT INTO assessments (child, start_date, end_date) VALUES"
		 "('A',day('2026-10-03'),day('2026-10-05')),('B',day('2026-10-02'),day('2026-10-05'"
		 ")),"
		 "('C',day('2026-10-05'),day('2026-10-05'))");
	hand_list("assessments");
	hand_expect_in("assessment_days", OCTOBER, "days", "1-10", 2, 2);
	hand_expect_in("assessment_days", OCTOBER, "days", "0", 1, 1);
}
END_TEST

START_TEST(open_assessments_are_not_in_the_share_completed_in_time)
{
	hand_sql("INSERT INTO assessments (child, start_date, end_date) VALUES"
		 "('A',day('2026-10-01'),day('2026-10-10')),('B',day('2026-10-20'),NULL),"
		 "('C',day('2026-01-20'),NULL)");
	hand_list("assessments");
	/* One was completed. B and C wait, and C waits too long. */
	hand_expect("assessments_in_45wd", OCTOBER, 1, 1);
	hand_expect("assessments_open_over_45wd", OCTOBER, 1, 2);
}
END_TEST

START_TEST(an_end_before_the_start_is_not_in_time)
{
	hand_sql("INSERT INTO assessments (child, start_date, end_date) VALUES"
		 "('A',day('2026-10-12'),day('2026-10-05')),('B',day('2026-10-05'),day('2026-10-05'"
		 "));"
		 "INSERT INTO section47 (child, start_date, icpc_date) VALUES"
		 "('A',day('2026-10-12'),day('2026-10-05'))");
	hand_list("assessments");
	hand_list("section47");
	hand_expect("assessments_in_45wd", OCTOBER, 1, 2);
	/* Its days are no number of days; "same day" has B alone. */
	hand_expect_in("assessment_days", OCTOBER, "days", "0", 1, 1);
	hand_expect_in("assessment_days", OCTOBER, "days", "unknown", 1, 1);
	hand_expect("icpc_in_15wd", OCTOBER, 0, 1);
}
END_TEST

START_TEST(events_after_the_as_at_do_not_count)
{
	hand.as_at = day("2026-10-20");
	hand_extract();
	hand_sql("INSERT INTO contacts (child, contact_date) VALUES"
		 "('A',day('2026-10-20')),('B',day('2026-10-21')),('C',day('2027-10-01'));"
		 "INSERT INTO assessments (child, start_date, end_date) VALUES"
		 "('A',day('2026-10-01'),day('2026-10-21'))");
	hand_list("contacts");
	hand_list("assessments");
	hand_expect("contacts", OCTOBER, 1, 1);
	hand_expect("contacts", "2026-W43", 1, 1);
	hand_expect("assessments_completed", OCTOBER, 0, 0);
	hand_expect("assessments_open", OCTOBER, 1, 1);
}
END_TEST

START_TEST(a_referral_before_the_contact_is_no_outcome_of_it)
{
	hand_sql("INSERT INTO contacts (child, contact_date) VALUES ('A',day('2026-09-10'));"
		 "INSERT INTO referrals (child, referral_date) VALUES ('A',day('2026-09-09')),"
		 "('A',day('2026-08-01')),('A',day('2026-10-11'))");
	hand_list("contacts");
	hand_list("referrals");
	hand_expect("contacts_to_referral_30d", "2026-09", 0, 1);
}
END_TEST

START_TEST(twelve_months_are_calendar_months_also_over_a_leap_day)
{
	hand.as_at = day("2025-04-30");
	hand.window_start = day("2023-05-01");
	hand_extract();
	/* 1 March 2024 to 1 March 2025 is 12 months and 365 days; 28 February 2024 to 28 February
	 * 2025 is 12 months and 366 days; 29 February 2024 plus 12 months is 28 February 2025. */
	hand_sql("INSERT INTO referrals (child, referral_date) VALUES"
		 "('A',day('2024-02-28')),('A',day('2025-02-28')),"
		 "('B',day('2024-02-29')),('B',day('2025-02-28')),"
		 "('C',day('2024-02-27')),('C',day('2025-02-28'))");
	hand_sql(
		"INSERT INTO contacts (child, contact_date) SELECT child, referral_date FROM "
		"referrals;"
		"INSERT INTO early_help (child, start_date, end_date) SELECT child, referral_date, "
		"referral_date FROM referrals");
	hand_list("referrals");
	hand_list("contacts");
	hand_list("early_help");
	/* A at 366 days and B at 365: within; C a day beyond. */
	hand_expect("referrals_repeat_12m", "2025-02", 2, 3);
	hand_expect("contacts_repeat_12m", "2025-02", 2, 3);
	hand_expect("early_help_return_12m", "2025-02", 2, 3);
}
END_TEST

START_TEST(a_re_referral_looks_back_from_each_referral_and_not_from_today)
{
	/* Two referrals in 2025 and one in October 2026: only 2025's second is a re-referral. */
	hand_sql("INSERT INTO referrals (child, referral_date) VALUES"
		 "('A',day('2025-06-01')),('A',day('2025-08-01')),('A',day('2026-10-01'))");
	hand_list("referrals");
	hand_expect("referrals_repeat_12m", "2025-06", 0, 1);
	hand_expect("referrals_repeat_12m", "2025-08", 1, 1);
	hand_expect("referrals_repeat_12m", OCTOBER, 0, 1);
}
END_TEST

START_TEST(ages_change_on_the_birthday_and_not_days_before)
{
	/* Born 6 October 2008: 17 until 5 October 2026, although 6,573 days / 365 = 18.008. */
	hand_sql("INSERT INTO contacts (child, birth_date, contact_date) VALUES"
		 "('A',day('2008-10-06'),day('2026-10-05')),('B',day('2008-10-06'),day('2026-10-06'"
		 "))");
	hand_list("contacts");
	hand_expect_in("contacts", OCTOBER, "age_band", "16_to_17", 1, 1);
	hand_expect_in("contacts", OCTOBER, "age_band", "18_plus", 1, 1);
}
END_TEST

START_TEST(unborn_children_are_counted_by_age_or_expected_date)
{
	hand_sql("INSERT INTO cpp (child, birth_date, age, start_date) VALUES"
		 "('A',NULL,-1,day('2026-10-05')),('B',day('2027-01-15'),-1,day('2026-10-05')),"
		 "('C',day('2026-10-20'),-1,day('2026-10-05'))");
	hand_list("cpp");
	/* C was born since, so at the as-at it is under 1. */
	hand_expect_in("cpp_open", OCTOBER, "age_band", "unborn", 2, 2);
	hand_expect_in("cpp_open", OCTOBER, "age_band", "0", 1, 1);
}
END_TEST

START_TEST(a_last_month_figure_stands_for_the_month_and_not_for_its_first_day)
{
	/* As-at 2 November stands for October: a closure of 31 October counts in it. */
	hand.as_at = day("2026-11-02");
	hand_extract();
	hand_sql("INSERT INTO cin (child, start_date, end_date, reason) VALUES"
		 "('A',day('2026-01-01'),day('2026-10-31'),'RC7'),"
		 "('B',day('2026-01-01'),day('2026-11-01'),'RC7')");
	hand_list("cin");
	hand_expect("cin_ceased_latest", OCTOBER, 1, 1);
	hand_expect_none("cin_ceased_latest", "2026-11");
}
END_TEST

START_TEST(early_help_that_ended_before_is_not_open_and_later_starts_are_not_counted)
{
	/* Filtering on the end date alone keeps work that has not begun. */
	hand_sql("INSERT INTO early_help (child, start_date, end_date) VALUES"
		 "('A',day('2026-11-05'),NULL),('B',day('2026-01-05'),day('2026-10-30')),"
		 "('C',day('2026-01-05'),NULL)");
	hand_list("early_help");
	hand_expect("early_help_open", OCTOBER, 1, 1);
}
END_TEST

START_TEST(a_case_counts_once_for_the_worker_who_holds_it)
{
	/* Caseload is children in need, not rows of involvement, and does not forget old cases. */
	hand_sql("INSERT INTO cin (child, start_date, worker) VALUES"
		 "('A',day('2017-01-01'),'Mx One'),('B',day('2026-01-01'),'Mx One'),"
		 "('C',day('2026-01-01'),NULL)");
	hand_list("cin");
	hand_expect("cases_held", OCTOBER, 2, 2);
	hand_expect_in("caseload_per_worker", OCTOBER, "cases", "1-10", 1, 1);
	hand_expect("cases_unallocated", OCTOBER, 1, 1);
}
END_TEST

START_TEST(two_years_are_calendar_years_for_plans)
{
	/* 31 October 2024 to 31 October 2026: two years to the day (730 days); 1 November: not yet.
	 */
	hand_sql("INSERT INTO cpp (child, start_date) VALUES"
		 "('A',day('2024-10-31')),('B',day('2024-11-01'))");
	hand_list("cpp");
	hand_expect("cpp_2y_open", OCTOBER, 1, 2);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, working_days_over_christmas_leave_out_its_bank_holidays);
	tcase_add_test(tc, working_days_over_christmas_count_for_conferences);
	tcase_add_test(tc, a_start_on_a_saturday_gives_the_same_days_as_the_friday_before);
	tcase_add_test(tc, open_assessments_are_not_in_the_share_completed_in_time);
	tcase_add_test(tc, an_end_before_the_start_is_not_in_time);
	tcase_add_test(tc, events_after_the_as_at_do_not_count);
	tcase_add_test(tc, a_referral_before_the_contact_is_no_outcome_of_it);
	tcase_add_test(tc, twelve_months_are_calendar_months_also_over_a_leap_day);
	tcase_add_test(tc, a_re_referral_looks_back_from_each_referral_and_not_from_today);
	tcase_add_test(tc, ages_change_on_the_birthday_and_not_days_before);
	tcase_add_test(tc, unborn_children_are_counted_by_age_or_expected_date);
	tcase_add_test(tc, a_last_month_figure_stands_for_the_month_and_not_for_its_first_day);
	tcase_add_test(tc,
		       early_help_that_ended_before_is_not_open_and_later_starts_are_not_counted);
	tcase_add_test(tc, a_case_counts_once_for_the_worker_who_holds_it);
	tcase_add_test(tc, two_years_are_calendar_years_for_plans);
}

HARNESS_MAIN("measure_defects", add)
