#include "aggregator/signals.h"
#include "aggregator/web/account.h"
#include "proto/clock.h"
#include "tests/hand_web.h"
#include "tests/harness.h"

static struct hand_web w;
static struct err err;

/* A month that wanders between 96 and 104: their sum over twelve is 1,200. */
static const int64_t steady[] = { 100, 104, 97, 101, 96, 103, 99, 102, 98, 100, 103, 97 };

static void add_account(const char *name, const char *full_name, enum role role, const char *area)
{
	struct account a = { .role = role, .active = 1 };
	int64_t id = 0;

	(void)snprintf(a.name, sizeof a.name, "%s", name);
	(void)snprintf(a.full_name, sizeof a.full_name, "%s", full_name);
	(void)snprintf(a.area, sizeof a.area, "%s", area);
	assert_ok(account_add(w.web.office, NULL, "local", &a, &id, &err), err);
}

static void setup(void)
{
	clock_fix_us(hand_us("2026-02-10"));
	hand_web_open(&w, NULL, NULL);
	add_account("t.tester", "Test Tester", ROLE_CENTRAL, "");
	add_account("n.north", "Nora North", ROLE_DISTRICT, "north");
	add_account("s.south", "Sam South", ROLE_DISTRICT, "south");
	add_account("c.com", "Cora Com", ROLE_COMMISSIONER, "");
}

static void teardown(void)
{
	hand_web_close(&w);
	clock_fix_us(0);
}

static void work(const char *today)
{
	const struct rollup_context context = { w.hand.store, w.hand.areas, w.web.reading.measures,
						w.web.reading.config };
	int64_t left = 1;
	int done = 0;

	clock_fix_us(hand_us(today));
	assert_ok(store_figures_changed(w.hand.store->db, &err), err);
	while (left > 0)
		assert_ok(rollup_work(w.hand.store, w.hand.areas, 100, &done, &left, &err), err);
	for (done = 0; !done;)
		assert_ok(signals_work(&context, hand_us(today), &done, NULL, &err), err);
}

/* 2025 as usual, then 161 contacts of north in January: signal 1. */
static void fill(void)
{
	struct period month = hand_period("2025-01");
	char text[PERIOD_TEXT_BYTES];

	for (int i = 0; i < 12; i++, month = period_next(month, 1))
		(void)hand_put(&w.hand, "north", period_format(month, text), "contacts", steady[i],
			       steady[i]);
	(void)hand_put(&w.hand, "north", "2026-01", "contacts", 161, 161);
	work("2026-02-10");
}

/* A signal as ingest would keep it. state, concern: as in the table. */
static void put(int kind, const char *rule, const char *measure, const char *area, int concern,
		int state, const char *evidence)
{
	(void)hand_sql(
		&w.hand,
		"INSERT INTO signal (kind, rule, measure, area, direction, concern, state, "
		"first, last, pending_us, opened_us, closed_us, evidence) VALUES (?1, ?2, ?3, "
		"?4, 1, ?5, ?6, ?7, ?7, ?8, ?8, ?9, ?10)",
		"isssiiiiis", (int64_t)kind, rule, measure, area, (int64_t)concern, (int64_t)state,
		period_key(hand_period("2026-01")), hand_us("2026-02-06"),
		state == SIGNAL_CLOSED ? hand_us("2026-02-08") : 0, evidence);
}

static const char waiting[] =
	"{\"kind\":\"unseen\",\"sentence\":\"Nobody has looked.\",\"conditions\":[{\"measure\":"
	"\"referrals_unassessed\",\"part\":\"days>=57\",\"test\":\"above\",\"amount\":10,"
	"\"share\":true,\"months\":1,\"now\":{\"from\":\"2026-01\",\"to\":\"2026-01\","
	"\"numerator\":3,\"denominator\":21,\"value\":3},\"z\":null,\"holds\":true,"
	"\"points\":[]}]}";

/* ---- the list */

START_TEST(without_figures_the_list_says_why_it_is_empty)
{
	struct hand_answer a = hand_web_get(&w, "/signals");

	hand_assert_page(&a, 200);
	assert_says(a, "Nothing has been received yet, so there is nothing to judge. A figure is "
		       "judged by its own usual range once there are 12 final months of it.");
	assert_says_not(a, "false alarms");
	a = hand_web_get(&w, "/signals/1");
	hand_assert_page(&a, 404);
	assert_says(a, "There is no signal &#39;1&#39;");
	a = hand_web_get(&w, "/signals.csv");
	ck_assert_int_eq(a.status, 200);
	ck_assert_str_eq(a.text,
			 "id,state,concern,kind,rule,measure,area,direction,first,last,pending,"
			 "opened,closed,owner,acknowledged,acknowledged_by,note,held_again,"
			 "signal\r\n");
}
END_TEST

START_TEST(signals_stand_by_concern_with_their_counts_and_false_alarms)
{
	struct hand_answer a;

	fill();
	put(1, "shift", "caseload", "south", 1, SIGNAL_OPEN, "{}");
	put(1, "trend", "caseload", "west", -1, SIGNAL_PENDING, "{}");
	put(1, "near", "caseload", "west", 1, SIGNAL_CLOSED, "{}");
	a = hand_web_get(&w, "/signals");
	hand_assert_page(&a, 200);
	assert_says(a, "<strong>2 open</strong>: 1 worse, 0 better, 1 neither. "
		       "<strong>1 pending</strong>: 0 worse, 1 better, 0 neither.");
	assert_says(a, "No open one is acknowledged yet.");
	ck_assert_ptr_nonnull(
		strstr(strstr(strstr(a.text, ">Worse (1)<"), ">Neither worse nor better (1)<"),
		       ">Better (1)<"));
	assert_says(a, "Contacts received in North: above the usual range in January 2026");
	assert_says(a, "South &amp; &lt;East&gt;");
	assert_says(a, "Owner: nobody. Not acknowledged.");
	assert_says(a, "</strong> since 10 February 2026, 00:00. Held in January 2026.");
	/* pending since 6 February: three days of the calendar, whatever days they are */
	assert_says(a, "it opens on final figures, or when it still holds on 9 February 2026");
	assert_says(a, "until it has held for 3 days; weekends and bank holidays count as days");
	/* one series: 1.7% of it in a month, said as a whole number of signals */
	assert_says(a, "expect about 1 in a month even if nothing had changed");
	assert_says(a, "class=\"c-spark");
}
END_TEST

START_TEST(filters_say_what_they_take)
{
	struct hand_answer a;

	fill();
	put(1, "shift", "caseload", "south", 1, SIGNAL_OPEN, "{}");
	put(2, "funnel", "contact_rate", "west", -1, SIGNAL_CLOSED, "{}");
	a = hand_web_get(&w, "/signals?concern=worse");
	assert_says(a, "<strong>1 open</strong>: 1 worse, 0 better, 0 neither.");
	assert_says_not(a, "/signals/1\"");
	a = hand_web_get(&w, "/signals?state=closed&kind=funnel&area=west");
	assert_says(a, "<strong>1 closed</strong>: 0 worse, 1 better, 0 neither.");
	assert_says(a, "href=\"/signals.csv?state=closed&amp;kind=funnel&amp;area=west\"");
	a = hand_web_get(&w, "/signals?state=pending");
	hand_assert_page(&a, 200);
	assert_says(a, "No signal fits.");
	a = hand_web_get(&w, "/signals?state=shut");
	hand_assert_page(&a, 400);
	assert_says(a, "is none of open, pending, closed, all");
	a = hand_web_get(&w, "/signals?kind=x");
	hand_assert_page(&a, 400);
	assert_says(a, "is none of process, funnel, unseen");
	a = hand_web_get(&w, "/signals?concern=bad");
	hand_assert_page(&a, 400);
	assert_says(a, "is none of worse, better, neither");
	a = hand_web_get(&w, "/signals?area=mars");
	hand_assert_page(&a, 404);
	a = hand_web_get(&w, "/signals?owner=%3Cscript%3E");
	hand_assert_page(&a, 200);
	assert_says(a, "&lt;script&gt;");
}
END_TEST

START_TEST(owners_can_be_asked_for)
{
	struct hand_answer a;

	fill();
	put(1, "shift", "caseload", "south", 1, SIGNAL_OPEN, "{}");
	a = hand_web_post(&w, "/signals/1", "action=owner&owner=1&other=");
	ck_assert_int_eq(a.status, 303);
	a = hand_web_post(&w, "/signals/2", "action=owner&owner=&other=Head+of+service");
	ck_assert_int_eq(a.status, 303);
	a = hand_web_get(&w, "/signals?owner=mine");
	assert_says(a, "href=\"/signals/1\"");
	assert_says_not(a, "href=\"/signals/2\"");
	a = hand_web_get(&w, "/signals?owner=Head%20of%20service");
	assert_says(a, "href=\"/signals/2\"");
	assert_says_not(a, "href=\"/signals/1\"");
	a = hand_web_get(&w, "/signals?owner=nobody");
	assert_says(a, "No signal fits.");
	hand_web_as(&w, ROLE_DISTRICT, "north");
	w.viewer.account = 2;
	a = hand_web_get(&w, "/signals?owner=mine");
	assert_says(a, "No signal fits.");
}
END_TEST

START_TEST(the_file_holds_what_the_list_shows)
{
	struct hand_answer a;

	fill();
	(void)hand_web_post(&w, "/signals/1", "action=acknowledge&acknowledgement=%3DKnown");
	(void)hand_web_post(&w, "/signals/1", "action=owner&owner=2");
	a = hand_web_get(&w, "/signals.csv?area=north");
	ck_assert_int_eq(a.status, 200);
	assert_says(a, "1,open,neither,process,outside,contacts,north,higher,2026-01,2026-01,"
		       "2026-02-10T00:00:00Z,2026-02-10T00:00:00Z,,Nora North,"
		       "2026-02-10T00:00:00Z,Test Tester,'=Known,no,Contacts received in North: "
		       "above the usual range in January 2026");
}
END_TEST

/* ---- one signal */

START_TEST(the_rule_is_explained_with_its_limits)
{
	struct hand_answer a;

	fill();
	a = hand_web_get(&w, "/signals/1");
	hand_assert_page(&a, 200);
	assert_says(a, "Contacts received in North: above the usual range in January 2026</h1>");
	assert_says(a, "One month outside the usual range");
	/* mean (1,200 + 161)/13 = 104.69; moving ranges 4 7 4 5 7 4 3 4 2 3 6 64, of which 64 is
	 * above 3.267 x 113/12 and left out: 49/11 = 4.45; 104.69 -/+ 2.66 x 4.45 = 92.84, 116.54
	 */
	assert_says(a, "<strong>92.8 and 116.5</strong>, around a mean of 104.7");
	assert_says(a, "over 13 final months");
	assert_says(a, "<strong>161</strong>; final");
	assert_says(a, "href=\"/trace/contacts/north/2026-01\"");
	assert_says(a, "href=\"/measures/contacts?area=north\"");
	assert_says(a, "href=\"/districts/north\"");
	assert_says(a, "special cause");
	assert_says(a, "<strong>Opened</strong>, on the figures of January 2026.");
	assert_says_not(a, "You see protected ones");
}
END_TEST

START_TEST(protected_viewers_see_no_exact_evidence)
{
	struct hand_answer a;

	fill();
	put(3, "referrals_waiting", "referrals_unassessed", "south", 1, SIGNAL_OPEN, waiting);
	a = hand_web_get(&w, "/signals/2");
	hand_assert_page(&a, 200);
	assert_says(a, "Nobody has looked.");
	assert_says(a, "of 57 days or more at least 10% of the whole. It found "
		       "<strong>14.3%</strong> (3 of 21) in January 2026.");
	hand_web_as(&w, ROLE_COMMISSIONER, NULL);
	a = hand_web_get(&w, "/signals/2");
	hand_assert_page(&a, 200);
	assert_says(a, "of 57 days or more at least 10% of the whole.");
	assert_says_not(a, "It found");
	assert_says_not(a, "3 of 21");
	a = hand_web_get(&w, "/signals/1");
	hand_assert_page(&a, 200);
	assert_says(a, "The rule looked at exact figures. You see protected ones");
	assert_says_not(a, "161");
	assert_says_not(a, "What you can do");
	a = hand_web_get(&w, "/signals.csv");
	assert_says_not(a, "161");
}
END_TEST

START_TEST(a_funnel_shows_every_district_to_who_may_see_them)
{
	static const char evidence[] =
		"{\"kind\":\"funnel\",\"from\":\"2025-11\",\"to\":\"2026-01\",\"areas\":[]}";
	static const char *const areas[] = { "north", "south", "west" };
	static const char *const months[] = { "2025-11", "2025-12", "2026-01" };
	static const int64_t repeats[] = { 80, 20, 20 };
	struct hand_answer a;

	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 3; k++)
			(void)hand_put(&w.hand, areas[i], months[k], "referrals_repeat_12m",
				       repeats[i], 200);
	put(2, "funnel", "referrals_repeat_12m", "north", 1, SIGNAL_OPEN, evidence);
	work("2026-02-10");
	a = hand_web_get(&w, "/signals/1");
	hand_assert_page(&a, 200);
	/* 3 x 80 of 600 = 40%; all: 360 of 1,800 = 20% */
	assert_says(a, "North, November 2025 to January 2026: <strong>40.0%</strong> (240 of 600). "
		       "All districts together: 20.0%.");
	assert_says(a, "is it more than chance?");
	assert_says(a, "South &amp; &lt;East&gt;");
	hand_web_as(&w, ROLE_DISTRICT, "north");
	a = hand_web_get(&w, "/signals/1");
	hand_assert_page(&a, 200);
	assert_says(a, "The other districts' figures are not shown to you");
	assert_says_not(a, "South &amp;");
	assert_says_not(a, "All districts together");
}
END_TEST

START_TEST(evidence_that_cannot_be_read_is_no_error)
{
	struct hand_answer a;

	fill();
	put(1, "outside", "no_longer", "north", 1, SIGNAL_CLOSED, "not JSON");
	put(1, "of_another_version", "contacts", "north", 1, SIGNAL_CLOSED, "[1]");
	put(1, "outside", "contacts", "atlantis", 1, SIGNAL_CLOSED, "{}");
	a = hand_web_get(&w, "/signals/2");
	hand_assert_page(&a, 200);
	assert_says(a, "The measure is no longer in use here");
	a = hand_web_get(&w, "/signals/3");
	hand_assert_page(&a, 200);
	assert_says(a, "A rule that this version does not know.");
	assert_says(a, "The charts show today's figures.");
	a = hand_web_get(&w, "/signals/4");
	hand_assert_page(&a, 200);
	assert_says(a, "The area is no longer in use here");
	a = hand_web_get(&w, "/signals?state=all");
	hand_assert_page(&a, 200);
}
END_TEST

/* ---- what the forms do */

START_TEST(acknowledging_leads_back_and_is_part_of_the_history)
{
	struct hand_answer a;

	fill();
	a = hand_web_post(&w, "/signals/1",
			  "action=acknowledge&acknowledgement=A%20school%20closed.%0ACalled.");
	ck_assert_int_eq(a.status, 303);
	ck_assert_str_eq(a.location, "/signals/1?done=acknowledge");
	a = hand_web_get(&w, a.location);
	hand_assert_page(&a, 200);
	assert_says(a, "The signal is acknowledged");
	assert_says(a, "Acknowledged by Test Tester on 10 February 2026, 00:00");
	assert_says(a, "<strong>Acknowledged.</strong> A school closed.<br />Called.");
	assert_says(a, "Take the acknowledgement back");
	assert_says_not(a, "value=\"acknowledge\"");
	a = hand_web_get(&w, "/signals");
	assert_says(a, "1 of the 1 open is acknowledged.");
	/* it holds again in February */
	(void)hand_put(&w.hand, "north", "2026-02", "contacts", 170, 170);
	work("2026-03-10");
	a = hand_web_get(&w, "/signals/1");
	assert_says(a, "<strong>It has held again since, in February 2026</strong>");
	assert_says(a, "<strong>Held again</strong>, in February 2026.");
	assert_says(a, "Acknowledge again: it has held since");
	a = hand_web_get(&w, "/signals");
	assert_says(a, "It has held again since, in February 2026");
	a = hand_web_post(&w, "/signals/1", "action=reopen&reason=Not+the+school");
	ck_assert_int_eq(a.status, 303);
	a = hand_web_get(&w, "/signals/1");
	assert_says(a, "<strong>Acknowledgement taken back.</strong> Not the school");
	assert_says(a, "Not acknowledged");
}
END_TEST

START_TEST(what_cannot_stand_comes_back_with_what_was_written)
{
	struct hand_answer a;

	fill();
	a = hand_web_post(&w, "/signals/1", "action=acknowledge&acknowledgement=");
	hand_assert_page(&a, 400);
	assert_says(a, "There is a problem");
	assert_says(a, "<a href=\"#acknowledgement\">Enter a note</a>");
	a = hand_web_post(&w, "/signals/1", "action=reopen&reason=Why%20%3C");
	hand_assert_page(&a, 400);
	assert_says(a, "The signal is not acknowledged, so there is nothing to take back");
	a = hand_web_post(&w, "/signals/1", "action=owner&owner=3&other=");
	ck_assert_int_eq(a.status, 400); /* south's account does not see north's signal */
	assert_says(a,
		    "<a href=\"#owner\">Choose an owner from the list, or enter another name</a>");
	a = hand_web_post(&w, "/signals/1", "action=owner&owner=1&other=Ann");
	hand_assert_page(&a, 400);
	assert_says(a, "or enter another name, not both");
	assert_says(a, "value=\"Ann\"");
	a = hand_web_post(&w, "/signals/1", "action=owner&owner=x");
	hand_assert_page(&a, 400);
	(void)hand_web_post(&w, "/signals/1", "action=owner&owner=2");
	a = hand_web_post(&w, "/signals/1", "action=note&note=");
	hand_assert_page(&a, 400); /* another form's mistake leaves the owner as it is */
	assert_says(a, "<option value=\"2\" selected=\"selected\">Nora North</option>");
	a = hand_web_post(&w, "/signals/1", "action=dance");
	hand_assert_page(&a, 400);
	assert_says(a, "Action must be acknowledge, reopen, note or owner");
	a = hand_web_post(&w, "/signals/99", "action=note&note=x");
	hand_assert_page(&a, 404);
	a = hand_web_post(&w, "/signals/1", "action=note&note=x%20%3Cb%3E");
	ck_assert_str_eq(a.location, "/signals/1?done=note");
	a = hand_web_get(&w, "/signals/1");
	assert_says(a, "x &lt;b&gt;");
}
END_TEST

START_TEST(a_district_sees_and_notes_its_own_only)
{
	struct hand_answer a;

	fill();
	put(1, "shift", "caseload", "south", 1, SIGNAL_OPEN, "{}");
	put(1, "shift", "caseload", "city", 1, SIGNAL_OPEN, "{}");
	hand_web_as(&w, ROLE_DISTRICT, "north");
	w.viewer.account = 2;
	a = hand_web_get(&w, "/signals?area=city");
	hand_assert_page(&a, 200);
	a = hand_web_get(&w, "/signals");
	assert_says(a, "<strong>2 open</strong>");
	assert_says_not(a, "South");
	a = hand_web_get(&w, "/signals/2");
	hand_assert_page(&a, 404);
	a = hand_web_get(&w, "/signals?area=south");
	hand_assert_page(&a, 403);
	a = hand_web_get(&w, "/signals/1");
	hand_assert_page(&a, 200);
	assert_says(a, "<strong>161</strong>");
	assert_says(a, "Add the note");
	assert_says_not(a, "Set the owner");
	a = hand_web_get(&w, "/signals/3");
	hand_assert_page(&a, 200);
	assert_says_not(a, "Add the note");
	a = hand_web_post(&w, "/signals/1", "action=note&note=We+look+into+it");
	ck_assert_int_eq(a.status, 303);
	a = hand_web_post(&w, "/signals/2", "action=note&note=x");
	hand_assert_page(&a, 404);
	a = hand_web_post(&w, "/signals/3", "action=note&note=x");
	hand_assert_page(&a, 403);
	assert_says(a, "district adds notes to its own signals");
	a = hand_web_post(&w, "/signals/1", "action=acknowledge&acknowledgement=x");
	hand_assert_page(&a, 403);
	assert_says(a, "nly the central team acknowledges signals");
	hand_web_as(&w, ROLE_CENTRAL, NULL);
	a = hand_web_get(&w, "/signals/1");
	assert_says(a, "We look into it");
	assert_says_not(a, "Acknowledged by");
}
END_TEST

START_TEST(nothing_is_written_without_a_person_and_a_token)
{
	struct hand_answer a;

	fill();
	a = hand_web_ask(&w, REQUEST_POST, "/signals/1", "action=note&note=x");
	hand_assert_page(&a, 403);
	w.viewer.signin = 0;
	a = hand_web_post(&w, "/signals/1", "action=note&note=x");
	ck_assert_int_eq(a.status, 403);
	a = hand_web_get(&w, "/signals/1");
	assert_says_not(a, "What you can do");
	hand_web_as(&w, ROLE_COMMISSIONER, NULL);
	a = hand_web_post(&w, "/signals/1", "action=note&note=x");
	hand_assert_page(&a, 403);
	hand_web_as(&w, ROLE_ADMIN, NULL);
	a = hand_web_post(&w, "/signals/1", "action=note&note=x");
	hand_assert_page(&a, 403);
	hand_web_as(&w, ROLE_DFE, NULL);
	a = hand_web_get(&w, "/signals");
	hand_assert_page(&a, 403);
	hand_web_as(&w, ROLE_CENTRAL, NULL);
	a = hand_web_get(&w, "/signals/1");
	assert_says_not(a, "\xc2\xb7 Test Tester");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, without_figures_the_list_says_why_it_is_empty);
	tcase_add_test(tc, signals_stand_by_concern_with_their_counts_and_false_alarms);
	tcase_add_test(tc, filters_say_what_they_take);
	tcase_add_test(tc, owners_can_be_asked_for);
	tcase_add_test(tc, the_file_holds_what_the_list_shows);
	tcase_add_test(tc, the_rule_is_explained_with_its_limits);
	tcase_add_test(tc, protected_viewers_see_no_exact_evidence);
	tcase_add_test(tc, a_funnel_shows_every_district_to_who_may_see_them);
	tcase_add_test(tc, evidence_that_cannot_be_read_is_no_error);
	tcase_add_test(tc, acknowledging_leads_back_and_is_part_of_the_history);
	tcase_add_test(tc, what_cannot_stand_comes_back_with_what_was_written);
	tcase_add_test(tc, a_district_sees_and_notes_its_own_only);
	tcase_add_test(tc, nothing_is_written_without_a_person_and_a_token);
}

HARNESS_MAIN("signals_page", add)
