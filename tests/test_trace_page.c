#include "tests/hand_signed.h"
#include "tests/hand_web.h"
#include "tests/harness.h"

static struct hand_web w;

static void setup(void)
{
	hand_web_open(&w, NULL, NULL);
}

static void teardown(void)
{
	hand_web_close(&w);
}

START_TEST(a_city_figure_leads_to_the_reports_that_add_up_to_it)
{
	struct hand_answer a;

	(void)hand_signed(&w.hand, "north", "2025-04", 30, 11);
	(void)hand_signed(&w.hand, "south", "2025-04", 7, 2);
	a = hand_web_get(&w, "/trace/contacts/city/2025-04");
	hand_assert_page(&a, 200);
	assert_says(a, "<strong>50</strong>");
	assert_says(a, "2 of 3 districts");
	assert_says(a, "All 2 parts were read again from the signed bytes");
	assert_says(a, "They add up to the figure.");
	assert_says(a, "<th scope=\"row\">North</th><td>Apr 25</td><td>contacts</td>"
		       "<td class=\"drs-table__number\">41</td>");
	assert_says(a, "South &amp; &lt;East&gt;");
}
END_TEST

START_TEST(a_category_is_followed_by_itself)
{
	struct hand_answer a;

	(void)hand_signed(&w.hand, "north", "2025-04", 30, 11);
	a = hand_web_get(&w, "/trace/contacts/city/2025-04?dimension=source&category=police");
	hand_assert_page(&a, 200);
	assert_says(a, "<strong>30</strong>");
	a = hand_web_get(&w, "/trace/contacts/city/2025-04?dimension=source");
	hand_assert_page(&a, 400);
	assert_says(a, "category belong together");
}
END_TEST

START_TEST(bytes_that_were_changed_show_as_a_fault)
{
	struct hand_answer a;
	int64_t id = hand_signed(&w.hand, "north", "2025-04", 30, 11);

	(void)hand_sql(&w.hand, "UPDATE report SET signature = zeroblob(64) WHERE id = ?1", "i",
		       id);
	a = hand_web_get(&w, "/trace/contacts/north/2025-04");
	hand_assert_page(&a, 200);
	assert_says(a, "1 of 1 parts have a fault");
	assert_says(a, "signature");
}
END_TEST

START_TEST(who_may_not_see_exact_counts_sees_the_reports_without_them)
{
	struct hand_answer a;

	(void)hand_signed(&w.hand, "north", "2025-04", 3, 1);
	(void)hand_signed(&w.hand, "south", "2025-04", 61, 2);
	hand_web_as(&w, ROLE_COMMISSIONER, NULL);
	a = hand_web_get(&w, "/trace/contacts/city/2025-04");
	hand_assert_page(&a, 200);
	assert_says_not(a, ">67<");
	assert_says_not(a, ">63<");
	assert_says_not(a, ">4<");
	assert_says(a, "not shown");
	a = hand_web_get(&w, "/trace/contacts/north/2025-04");
	hand_assert_page(&a, 200);
	assert_says(a, "<strong>c</strong>");
}
END_TEST

START_TEST(a_district_follows_its_own_figures_and_the_city_s_and_no_others)
{
	struct hand_answer a;

	(void)hand_signed(&w.hand, "north", "2025-04", 30, 11);
	(void)hand_signed(&w.hand, "south", "2025-04", 61, 2);
	hand_web_as(&w, ROLE_DISTRICT, "north");
	a = hand_web_get(&w, "/trace/contacts/city/2025-04");
	hand_assert_page(&a, 200);
	assert_says(a, "<td class=\"drs-table__number\">41</td>");
	assert_says_not(a, "South");
	a = hand_web_get(&w, "/trace/contacts/south/2025-04");
	hand_assert_page(&a, 403);
}
END_TEST

START_TEST(what_does_not_exist_is_said_with_the_nearest_name)
{
	struct hand_answer a = hand_web_get(&w, "/trace/contact/city/2025-04");

	hand_assert_page(&a, 404);
	assert_says(a, "contacts");
	a = hand_web_get(&w, "/trace/contacts/citi/2025-04");
	hand_assert_page(&a, 404);
	assert_says(a, "city");
	a = hand_web_get(&w, "/trace/contacts/city/2025-4x");
	hand_assert_page(&a, 400);
	a = hand_web_get(&w, "/trace/contacts/city/2025-04");
	hand_assert_page(&a, 200);
	assert_says(a, "It is not zero.");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_city_figure_leads_to_the_reports_that_add_up_to_it);
	tcase_add_test(tc, a_category_is_followed_by_itself);
	tcase_add_test(tc, bytes_that_were_changed_show_as_a_fault);
	tcase_add_test(tc, who_may_not_see_exact_counts_sees_the_reports_without_them);
	tcase_add_test(tc, a_district_follows_its_own_figures_and_the_city_s_and_no_others);
	tcase_add_test(tc, what_does_not_exist_is_said_with_the_nearest_name);
}

HARNESS_MAIN("trace_page", add)
