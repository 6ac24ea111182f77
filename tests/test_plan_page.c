#include "proto/clock.h"
#include "proto/date.h"
#include "tests/hand_web.h"
#include "tests/harness.h"

#include "aggregator/web/annotation.h"
#include "aggregator/web/plan.h"

static struct hand_web w;

static void setup(void)
{
	clock_fix_us(hand_us("2026-03-20"));
	hand_web_open(&w, NULL, NULL);
}

static void teardown(void)
{
	hand_web_close(&w);
	clock_fix_us(0);
}

static void put(const char *area, struct period month, const char *measure, int64_t numerator,
		int64_t denominator)
{
	char text[PERIOD_TEXT_BYTES];

	(void)hand_put(&w.hand, area, period_format(month, text), measure, numerator, denominator);
}

/* February 2025 to February 2026: re-referrals a quarter of 400 in the city, in the last months a
 * tenth; cases without a worker 3 in north, none elsewhere. */
static void fill(void)
{
	static const char *const areas[] = { "north", "south", "west" };
	struct period month = hand_period("2025-02");

	for (int i = 0; i < 13; i++, month = period_next(month, 1))
		for (int a = 0; a < 3; a++) {
			int64_t n = a == 0 ? 200 : 100;

			put(areas[a], month, "referrals_repeat_12m",
			    i < 12 ? n / 4 + i % 2 : n / 10, n);
			put(areas[a], month, "cases_unallocated", a == 0 ? 3 : 0, 0);
		}
}

static int64_t agree(const char *measure, const char *area, int64_t from, int64_t to)
{
	struct plan_target t = { .aim = PLAN_LOWER,
				 .baseline = { hand_period("2025-08"), from },
				 .milestones = { { hand_period("2026-08"), (from + to) / 2 },
						 { hand_period("2027-08"), to } },
				 .n_milestones = 2,
				 .owner = "Head of <help>" };
	struct err err = { ERR_OK, "" };
	int64_t id = 0;

	(void)snprintf(t.measure, sizeof t.measure, "%s", measure);
	(void)snprintf(t.area, sizeof t.area, "%s", area);
	assert_ok(plan_add(w.web.office, &w.viewer, "local", &t, &id, &err), err);
	return id;
}

START_TEST(the_first_day_says_who_adds_a_target)
{
	struct hand_answer a = hand_web_get(&w, "/plan");

	hand_assert_page(&a, 200);
	assert_says(a, "No target is in force");
	assert_says(a, "href=\"/plan/new\"");
	hand_web_as(&w, ROLE_COMMISSIONER, NULL);
	a = hand_web_get(&w, "/plan");
	hand_assert_page(&a, 200);
	assert_says_not(a, "/plan/new");
}
END_TEST

START_TEST(the_plan_says_what_is_and_what_is_due)
{
	struct hand_answer a;

	fill();
	(void)agree("referrals_repeat_12m", "city", 250, 190);
	a = hand_web_get(&w, "/plan?period=2026-02");
	hand_assert_page(&a, 200);
	/* 40 of 400 = 10%; due half a year on the way from 25 to 22: 23.5; Wilson's 95% interval
	 * of 40 in 400 ends at 13.3% and the usual movement is one point */
	assert_says(a, "1 of 1 on track or ahead.");
	assert_says(a, ">10.0%<");
	assert_says(a, ">23.5%<");
	assert_says(a, "13.5 percentage points below what was due, more than chance explains");
	assert_says(a, "22.0% by August 2026");
	assert_says(a, "Head of &lt;help&gt;");
	a = hand_web_get(&w, "/plan?period=2026-01");
	assert_says(a, "Too early to tell");
	a = hand_web_get(&w, "/plan.csv?period=2026-02");
	ck_assert_int_eq(a.status, 200);
	assert_says(a, "1,referrals_repeat_12m,");
	assert_says(a,
		    ",lower,milestone,2027-08,19.0,Head of <help>,ahead,2026-02,10.0,23.5,1\r\n");
}
END_TEST

START_TEST(a_target_has_its_own_page_with_history_and_forms_for_the_central_team)
{
	struct hand_answer a;

	fill();
	(void)agree("referrals_repeat_12m", "city", 250, 190);
	a = hand_web_get(&w, "/plan/1?period=2026-02");
	hand_assert_page(&a, 200);
	assert_says(a, "First agreed");
	assert_says(a, "Save as a further revision");
	assert_says(a, "from 25.0% in August 2025 to 19.0% by August 2027");
	hand_web_as(&w, ROLE_COMMISSIONER, NULL);
	a = hand_web_get(&w, "/plan/1");
	hand_assert_page(&a, 200);
	assert_says_not(a, "Save as a further revision");
	a = hand_web_post(&w, "/plan/1", "action=retire&retire_reason=x");
	ck_assert_int_eq(a.status, 403);
	hand_web_as(&w, ROLE_CENTRAL, NULL);
	a = hand_web_get(&w, "/plan/7");
	hand_assert_page(&a, 404);
	a = hand_web_get(&w, "/plan/x%27y");
	hand_assert_page(&a, 404);
}
END_TEST

#define FIELDS                                                                                  \
	"measure=referrals_repeat_12m&area=city&aim=lower&baseline_period=2025-08&baseline=25&" \
	"period-1=2026-08&value-1=22&period-3=2027-08&value-3=19&owner=Head"

START_TEST(a_target_is_added_and_changed_by_form)
{
	struct hand_answer a = hand_web_post(&w, "/plan/new", FIELDS "&rationale=Why");
	struct plan_target t;
	struct err err = { ERR_OK, "" };

	ck_assert_int_eq(a.status, 303);
	ck_assert_str_eq(a.location, "/plan/1?done=1");
	assert_ok(plan_find(w.web.office, 1, &t, &err), err);
	ck_assert_int_eq(t.n_milestones, 2); /* the empty second row closed up */
	ck_assert_int_eq(t.milestones[1].tenths, 190);
	a = hand_web_post(&w, "/plan/new", FIELDS);
	hand_assert_page(&a, 400);
	assert_says(a, "There is a target for this measure and area already");
	a = hand_web_post(&w, "/plan/1", FIELDS "&action=change&revision=1");
	hand_assert_page(&a, 400);
	assert_says(a, "Say why the target is changed");
	a = hand_web_post(&w, "/plan/1", FIELDS "&action=change&revision=1&reason=Agreed");
	ck_assert_int_eq(a.status, 303);
	a = hand_web_post(&w, "/plan/1", FIELDS "&action=change&revision=1&reason=Agreed");
	hand_assert_page(&a, 400);
	assert_says(a, "Test Tester changed the target meanwhile");
	a = hand_web_post(&w, "/plan/1", "action=retire&retire_reason=Reached");
	ck_assert_int_eq(a.status, 303);
	a = hand_web_get(&w, "/plan/1");
	hand_assert_page(&a, 200);
	assert_says(a, "This target was retired");
	a = hand_web_post(&w, "/plan/1", "action=x");
	ck_assert_int_eq(a.status, 400);
}
END_TEST

START_TEST(what_was_typed_wrong_comes_back_with_what_to_do)
{
	struct hand_answer a = hand_web_post(
		&w, "/plan/new",
		"measure=referrals_repeat_12m&area=city&aim=lower&baseline_period=soon&baseline="
		"%22%3E%3Cb&period-1=2026-08&value-1=&owner=");

	hand_assert_page(&a, 400);
	assert_says(a, "There is a problem");
	assert_says(a, "href=\"#baseline_period\"");
	assert_says(a, "href=\"#value-1\"");
	assert_says(a, "value=\"soon\"");
	assert_says(a, "value=\"&quot;&gt;&lt;b\"");
	a = hand_web_post(&w, "/plan/new", FIELDS "&aim2=1&owner2=");
	ck_assert_int_eq(a.status, 303);
	a = hand_web_ask(&w, REQUEST_POST, "/plan/new", FIELDS);
	ck_assert_int_eq(a.status, 403);
}
END_TEST

START_TEST(a_new_target_begins_with_the_newest_final_figure)
{
	struct hand_answer a;

	fill();
	a = hand_web_get(&w, "/plan/new");
	hand_assert_page(&a, 200);
	assert_says(a, "Continue");
	a = hand_web_get(&w, "/plan/new?measure=referrals_repeat_12m&area=city&period=2026-02");
	hand_assert_page(&a, 200);
	assert_says(a, "value=\"2026-02\"");
	assert_says(a, "name=\"baseline\" type=\"text\" autocomplete=\"off\" "
		       "autocapitalize=\"none\" spellcheck=\"false\" value=\"10\"");
	assert_says(a, "value=\"2029-02\"");
	a = hand_web_get(&w, "/plan/new?measure=contcats");
	hand_assert_page(&a, 400);
	assert_says(a, "did you mean &#39;contacts&#39;");
}
END_TEST

START_TEST(protected_viewers_see_neither_a_small_baseline_nor_what_follows_from_it)
{
	struct hand_answer a;

	fill();
	(void)agree("cases_unallocated", "north", 30, 10);
	a = hand_web_get(&w, "/plan/1?period=2026-02");
	assert_says(a, "from 3 in August 2025");
	hand_web_as(&w, ROLE_COMMISSIONER, NULL);
	a = hand_web_get(&w, "/plan/1?period=2026-02");
	hand_assert_page(&a, 200);
	assert_says(a, "from a figure that is not shown in August 2025");
	assert_says_not(a, "3 in August 2025");
	a = hand_web_get(&w, "/plan?period=2026-02");
	assert_says(a, "No final figure");
	a = hand_web_get(&w, "/plan.csv?period=2026-02");
	assert_says(a, ",baseline,2025-08,c,");
	a = hand_web_get(&w, "/api/v1/plan?period=2026-02");
	assert_says(a, "\"baseline\":null");
	assert_says(a, "\"due\":null");
	a = hand_web_get(&w, "/measures/cases_unallocated?area=north&period=2026-02");
	hand_assert_page(&a, 200);
	hand_web_as(&w, ROLE_DISTRICT, "south");
	a = hand_web_get(&w, "/plan/1");
	ck_assert_int_eq(a.status, 403);
	a = hand_web_get(&w, "/plan");
	assert_says(a, "No target is in force");
}
END_TEST

START_TEST(the_api_tells_the_same_and_anew_after_a_change)
{
	struct hand_answer a;

	fill();
	(void)agree("referrals_repeat_12m", "city", 250, 190);
	a = hand_web_get(&w, "/api/v1/plan?period=2026-02");
	ck_assert_int_eq(a.status, 200);
	assert_says(a, "\"status\":\"ahead\"");
	assert_says(a, "\"due\":23.5");
	assert_says(a, "\"now\":10");
	a = hand_web_get(&w, "/api/v1/plan?period=soon");
	ck_assert_int_eq(a.status, 400);
	assert_says(a, "\"parameter\":\"period\"");
}
END_TEST

/* ---- notes */

START_TEST(a_note_is_written_stands_on_the_chart_and_is_taken_down)
{
	struct hand_answer a;

	fill();
	a = hand_web_get(&w, "/annotations");
	hand_assert_page(&a, 200);
	assert_says(a, "No note has been written yet");
	a = hand_web_post(&w, "/annotations",
			  "area=city&measure=&day=2025-11-03&says=New+threshold+%3Cdocument%3E");
	ck_assert_int_eq(a.status, 303);
	a = hand_web_get(&w, "/measures/referrals_repeat_12m?period=2026-02");
	hand_assert_page(&a, 200);
	assert_says(a, "Nov 25: New threshold &lt;document&gt;");
	a = hand_web_post(&w, "/annotations", "area=city&measure=&day=3+Nov&says=x");
	hand_assert_page(&a, 400);
	assert_says(a, "Give the day as 2026-11-22");
	a = hand_web_get(&w, "/annotations/1");
	hand_assert_page(&a, 200);
	a = hand_web_post(&w, "/annotations/1", "reason=");
	hand_assert_page(&a, 400);
	a = hand_web_post(&w, "/annotations/1", "reason=Wrong+day");
	ck_assert_int_eq(a.status, 303);
	a = hand_web_get(&w, "/annotations");
	assert_says(a, "Taken down by Test Tester");
	a = hand_web_get(&w, "/measures/referrals_repeat_12m?period=2026-02");
	assert_says_not(a, "New threshold");
}
END_TEST

START_TEST(a_measure_s_chart_shows_the_target)
{
	struct hand_answer a;

	fill();
	(void)agree("referrals_repeat_12m", "city", 250, 190);
	a = hand_web_get(&w, "/measures/referrals_repeat_12m?period=2026-02");
	hand_assert_page(&a, 200);
	assert_says(a, "class=\"c-target\"");
	assert_says(a, "href=\"/plan/1");
}
END_TEST

/* ---- the pack */

START_TEST(the_pack_is_one_file_that_fetches_and_runs_nothing)
{
	struct hand_answer a;

	fill();
	(void)agree("referrals_repeat_12m", "city", 250, 190);
	a = hand_web_get(&w, "/plan/pack?period=2026-02");
	hand_assert_page(&a, 200);
	a = hand_web_get(&w, "/plan/pack.html?period=2026-02");
	hand_assert_page(&a, 200);
	assert_says(a, "Content-Security-Policy\" content=\"default-src 'none'; style-src "
		       "'sha256-");
	assert_says(a, "City: monthly pack, February 2026");
	assert_says(a, "by Test Tester, Central team");
	assert_says(a, "Improvement plan: 1 of 1 on track or ahead");
	assert_says(a, "Figures received up to");
	assert_says(a, "id=\"definitions\"");
	assert_says(a, "This pack holds exact figures");
	assert_says_not(a, "url(");
	assert_says_not(a, "@import");
	a.text = strstr(a.text, "</style>"); /* whose selectors name http://, and nothing else */
	ck_assert_ptr_nonnull(a.text);
	assert_says_not(a, "http://");
	assert_says_not(a, "https://");
	assert_says_not(a, "<script");
	assert_says_not(a, "<link");
	assert_says_not(a, "<a ");
	assert_says_not(a, " src=");
	assert_says_not(a, "href=");
	assert_says_not(a, "<form");
}
END_TEST

START_TEST(the_pack_of_a_protected_viewer_holds_no_small_count)
{
	struct hand_answer a;

	fill();
	(void)agree("cases_unallocated", "city", 30, 10);
	a = hand_web_get(&w, "/plan/pack.html?period=2026-02");
	assert_says(a, "drs-tile__value\">3<");
	hand_web_as(&w, ROLE_COMMISSIONER, NULL);
	a = hand_web_get(&w, "/plan/pack.html?period=2026-02");
	hand_assert_page(&a, 200);
	assert_says_not(a, "drs-tile__value\">3<");
	assert_says_not(a, "3 in August 2025");
	assert_says(a, "drs-tile__value drs-tile__value--none\">c<");
	assert_says_not(a, "This pack holds exact figures");
}
END_TEST

START_TEST(downloads_are_listed_and_the_department_sees_feeds_only)
{
	struct hand_answer a = hand_web_get(&w, "/downloads");

	hand_assert_page(&a, 200);
	assert_says(a, "/plan/pack.html");
	assert_says(a, "/api/v1/openapi.yaml");
	assert_says(a, "No feed has been released yet.");
	hand_web_as(&w, ROLE_DFE, NULL);
	a = hand_web_get(&w, "/downloads");
	hand_assert_page(&a, 200);
	assert_says(a, "No feed has been released yet.");
	assert_says_not(a, ".csv");
	a = hand_web_get(&w, "/plan/pack.html");
	ck_assert_int_eq(a.status, 403);
	a = hand_web_get(&w, "/plan");
	ck_assert_int_eq(a.status, 403);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_first_day_says_who_adds_a_target);
	tcase_add_test(tc, the_plan_says_what_is_and_what_is_due);
	tcase_add_test(tc, a_target_has_its_own_page_with_history_and_forms_for_the_central_team);
	tcase_add_test(tc, a_target_is_added_and_changed_by_form);
	tcase_add_test(tc, what_was_typed_wrong_comes_back_with_what_to_do);
	tcase_add_test(tc, a_new_target_begins_with_the_newest_final_figure);
	tcase_add_test(tc, protected_viewers_see_neither_a_small_baseline_nor_what_follows_from_it);
	tcase_add_test(tc, the_api_tells_the_same_and_anew_after_a_change);
	tcase_add_test(tc, a_note_is_written_stands_on_the_chart_and_is_taken_down);
	tcase_add_test(tc, a_measure_s_chart_shows_the_target);
	tcase_add_test(tc, the_pack_is_one_file_that_fetches_and_runs_nothing);
	tcase_add_test(tc, the_pack_of_a_protected_viewer_holds_no_small_count);
	tcase_add_test(tc, downloads_are_listed_and_the_department_sees_feeds_only);
}

HARNESS_MAIN("plan_page", add)
