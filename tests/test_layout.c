#include "aggregator/web/layout.h"

#include "aggregator/web/routes.h"
#include "tests/bare_web.h"

static struct bare_web w;
static char *page, *text; /* of the last page */

static void setup(void)
{
	bare_web_open(&w);
	page = NULL;
	text = NULL;
}

static void teardown(void)
{
	free(page);
	free(text);
	bare_web_close(&w);
}

static void put(const char *area, const char *month)
{
	(void)hand_put(&w.store, area, month, "contacts", 20, 20);
}

/* April of both; May of the north only. As at 20 June 2025 May is due (its date was 13 June). */
static void south_is_late(void)
{
	put("north", "2025-04");
	put("south", "2025-04");
	put("north", "2025-05");
	bare_web_start(&w, "2025-06-20");
}

static void keep(struct html *h)
{
	size_t len;
	struct err err = { ERR_OK, "" };

	free(page);
	free(text);
	assert_ok(html_take(h, &page, &len, &err), err);
	bare_web_assert_well_formed(page);
	text = bare_web_text(page);
}

/* A page with nothing in it, asked for with the query. */
static void make(const char *role, const char *query, const struct layout *like)
{
	struct html h = { 0 };
	struct layout l = *like;
	struct view v;
	struct err err = { ERR_OK, "" };
	char target[256];
	struct request rq;

	(void)snprintf(target, sizeof target, "/x?%s", query);
	rq = bare_web_request(role, target);
	if (l.filters != 0) {
		assert_ok(view_read(&w.web, &rq, &v, &err), err);
		l.view = &v;
	}
	layout_begin(&w.web, &rq, &h, &l);
	html_raw(&h, "<p>content</p>\n");
	layout_end(&w.web, &rq, &h, &l);
	keep(&h);
	request_clear(&rq);
}

static const struct layout plain = { .title = "A page", .path = "/x" };
static const struct layout filtered = { .title = "A page",
					.path = "/x",
					.filters = LAYOUT_FILTER_AREA | LAYOUT_FILTER_PERIOD |
						   LAYOUT_FILTER_BY | LAYOUT_FILTER_COUNT |
						   LAYOUT_FILTER_KNOWN_ON };

/* ---- the document */

START_TEST(a_page_is_a_whole_document)
{
	south_is_late();
	make("central", "", &filtered);
	assert_holds(page, "<!DOCTYPE html>\n<html lang=\"en\"");
	assert_holds(page, "<title>A page \xe2\x80\x93 City, May 2025 \xe2\x80\x93 District "
			   "reporting</title>");
	assert_holds(page, "<a href=\"#main-content\" class=\"govuk-skip-link\">");
	assert_holds(page, "id=\"main-content\"");
	assert_holds(page, "<h1 class=\"govuk-heading-l\">A page</h1>");
	assert_holds(text, "City district reporting");
}
END_TEST

START_TEST(nothing_is_inline)
{
	south_is_late();
	make("central", "", &filtered);
	assert_lacks(page, "style=");
	assert_lacks(page, "<style");
	assert_lacks(page, "onclick");
	assert_lacks(page, "http://");
	assert_lacks(page, "https://");
}
END_TEST

START_TEST(hostile_titles_are_escaped)
{
	const struct layout hostile = { .title = "<script>alert('x')</script> & \"y\"",
					.lead = "</p><img src=x onerror=y>",
					.path = "/x\"><b>" };

	south_is_late();
	make("central", "", &hostile);
	assert_lacks(page, "<script>alert");
	assert_lacks(page, "<img");
	assert_lacks(page, "<b>");
	assert_holds(text, "<script>alert('x')</script> & \"y\"");
}
END_TEST

START_TEST(a_hostile_name_of_a_person_is_escaped)
{
	struct html h = { 0 };
	struct request rq = bare_web_request("central", "/x");

	south_is_late();
	(void)snprintf(rq.viewer.full_name, sizeof rq.viewer.full_name, "%s", "\"><b>Bob</b>");
	layout_begin(&w.web, &rq, &h, &plain);
	layout_end(&w.web, &rq, &h, &plain);
	keep(&h);
	assert_lacks(page, "<b>Bob");
	assert_holds(text, "\"><b>Bob</b>, Central team");
	request_clear(&rq);
}
END_TEST

/* ---- navigation by role */

#define HREF(path) "class=\"govuk-service-navigation__link\" href=\"" path "\""

START_TEST(central_sees_every_page_but_accounts_and_audit)
{
	south_is_late();
	make("central", "", &plain);
	assert_holds(page, HREF("/"));
	assert_holds(page, HREF("/measures"));
	assert_holds(page, HREF("/districts"));
	assert_holds(page, HREF("/received"));
	assert_holds(page, HREF("/signals"));
	assert_holds(page, HREF("/plan"));
	assert_holds(page, HREF("/downloads"));
	assert_holds(page, HREF("/help"));
	assert_lacks(page, "/accounts\"");
	assert_lacks(page, "/audit-log");
}
END_TEST

START_TEST(admin_sees_accounts_and_audit_log_also)
{
	south_is_late();
	make("admin", "", &plain);
	assert_holds(page, HREF("/measures"));
	assert_holds(page, HREF("/accounts"));
	assert_holds(page, HREF("/audit-log"));
}
END_TEST

START_TEST(dfe_sees_downloads_and_help_only_and_no_state_of_the_districts)
{
	south_is_late();
	make("dfe", "", &plain);
	assert_holds(page, HREF("/downloads"));
	assert_holds(page, HREF("/help"));
	assert_lacks(page, HREF("/"));
	assert_lacks(page, HREF("/measures"));
	assert_lacks(page, HREF("/received"));
	assert_lacks(page, "drs-status");
	assert_lacks(text, "received");
	assert_lacks(page, "data-stamp");
}
END_TEST

START_TEST(nobody_signed_in_sees_no_navigation_and_no_sign_out)
{
	south_is_late();
	make("", "", &plain);
	assert_lacks(page, "govuk-service-navigation__link");
	assert_lacks(page, "/sign-out");
	assert_lacks(page, "drs-status");
}
END_TEST

START_TEST(the_section_is_marked)
{
	struct layout l = plain;

	south_is_late();
	l.section = LAYOUT_SIGNALS;
	make("central", "", &l);
	assert_holds(page, HREF("/signals") " aria-current=\"true\"");
	ck_assert_ptr_null(strstr(strstr(page, "aria-current") + 1, "aria-current"));
}
END_TEST

START_TEST(signing_out_is_a_form_with_the_viewers_token)
{
	south_is_late();
	make("central", "", &plain);
	assert_holds(page, "action=\"/sign-out\" method=\"post\"");
	assert_holds(page, "<input type=\"hidden\" name=\"csrf\" value=\"");
	assert_holds(text, "Ann Reader, Central team");
}
END_TEST

START_TEST(place_and_period_go_along_in_the_navigation)
{
	south_is_late();
	make("central", "area=north&period=2025-04&sort=x", &filtered);
	assert_holds(page, HREF("/districts?area=north&amp;period=2025-04"));
	assert_holds(page, HREF("/help"));
}
END_TEST

/* ---- banner */

/* hand_put: received at midnight UTC five days after the month's end. */
START_TEST(the_banner_names_who_is_late_and_when_it_last_sent)
{
	south_is_late();
	make("central", "", &plain);
	assert_holds(text, "1 of 2 received for May 2025; South last sent 5 May 2025, 01:00.");
	assert_holds(page, "drs-status--late");
	assert_holds(page, "<a class=\"govuk-link\" href=\"/received\">1 of 2 received");
}
END_TEST

START_TEST(the_banner_says_who_has_never_sent)
{
	put("north", "2025-05");
	bare_web_start(&w, "2025-06-20");
	make("commissioner", "", &plain);
	assert_holds(text, "1 of 2 received for May 2025; South has never sent any.");
}
END_TEST

START_TEST(the_banner_counts_more_than_two_and_names_none)
{
	hand_store_close(&w.store);
	bare_web_open_areas(&w, "code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
				"city,City,authority,,,,,\n"
				"north,North,district,city,,,,\n"
				"south,South,district,city,,,,\n"
				"east,East,district,city,,,,\n"
				"west,West,district,city,,,,\n");
	put("north", "2025-05");
	bare_web_start(&w, "2025-06-20");
	make("central", "", &plain);
	assert_holds(text, "1 of 4 received for May 2025; 3 are missing.");
	assert_lacks(text, "South");
}
END_TEST

START_TEST(the_banner_says_when_all_is_in)
{
	put("north", "2025-05");
	put("south", "2025-05");
	bare_web_start(&w, "2025-06-20");
	make("central", "", &plain);
	assert_holds(text, "All 2 received for May 2025; newest figures 5 June 2025, 01:00.");
	assert_holds(page, "drs-status--whole");
}
END_TEST

START_TEST(a_month_is_not_held_against_anybody_before_it_is_due)
{
	put("north", "2025-04");
	put("south", "2025-04");
	bare_web_start(&w, "2025-06-13"); /* May's due date */
	make("central", "", &plain);
	assert_holds(text, "All 2 received for April 2025");
}
END_TEST

START_TEST(the_banner_follows_new_figures)
{
	south_is_late();
	make("central", "", &plain);
	assert_holds(text, "1 of 2 received");
	put("south", "2025-05");
	figures_free(&w.web.figures); /* the next look at the store, without waiting for it */
	measures_free(&w.web.reading.measures);
	bare_web_start(&w, "2025-06-20");
	make("central", "", &plain);
	assert_holds(text, "All 2 received for May 2025");
}
END_TEST

START_TEST(a_district_is_told_of_its_own_figures_and_of_nobody_elses)
{
	south_is_late();
	make("district", "", &plain);
	assert_holds(text, "Your figures are in for May 2025");
	assert_lacks(text, "South");
}
END_TEST

START_TEST(a_district_that_is_late_is_told_so)
{
	put("north", "2025-04");
	put("south", "2025-05");
	bare_web_start(&w, "2025-06-20");
	make("district", "", &plain);
	assert_holds(text,
		     "Your figures are missing for May 2025; North last sent 5 May 2025, 01:00.");
}
END_TEST

START_TEST(the_first_day_says_that_there_is_nothing_yet)
{
	bare_web_start(&w, "2025-06-20");
	make("central", "", &filtered);
	assert_holds(text, "No figures received yet");
	assert_lacks(text, "0 of 2");
}
END_TEST

START_TEST(without_expectations_the_banner_gives_the_newest_instant)
{
	w.config.n_expected = 0;
	put("north", "2025-05");
	bare_web_start(&w, "2025-06-20");
	make("central", "", &plain);
	assert_holds(text, "Newest figures received 5 June 2025, 01:00");
}
END_TEST

/* ---- filters and what is shown */

START_TEST(the_form_offers_areas_and_periods_and_marks_the_chosen)
{
	south_is_late();
	make("central", "area=north&period=2025-05&n=12", &filtered);
	assert_holds(page, "<form class=\"drs-filters\" action=\"/x\" method=\"get\"");
	assert_holds(page, "<option value=\"north\" selected=\"selected\">North</option>");
	assert_holds(page, "<option value=\"south\">South</option>");
	assert_holds(page, "<option value=\"2025-05\" selected=\"selected\">May 2025</option>");
	assert_holds(page, "<option value=\"2025-04\">April 2025</option>");
	assert_lacks(page, "<option value=\"2025-03\"");
	assert_holds(page, "<option value=\"12\" selected=\"selected\">12</option>");
	assert_lacks(page, "Harbour"); /* a ward */
}
END_TEST

START_TEST(a_district_is_offered_itself_and_the_city)
{
	south_is_late();
	make("district", "", &filtered);
	assert_holds(page, "<option value=\"north\" selected=\"selected\">");
	assert_holds(page, "<option value=\"city\">");
	assert_lacks(page, "value=\"south\"");
}
END_TEST

START_TEST(what_the_form_does_not_ask_for_is_kept)
{
	struct layout l = filtered;

	south_is_late();
	l.filters = LAYOUT_FILTER_PERIOD;
	make("central", "area=north&n=6&breakdown=sex&sort=contacts&desc=1&by=month", &l);
	assert_holds(page, "<input type=\"hidden\" name=\"area\" value=\"north\" />");
	assert_holds(page, "<input type=\"hidden\" name=\"n\" value=\"6\" />");
	assert_holds(page, "<input type=\"hidden\" name=\"breakdown\" value=\"sex\" />");
	assert_holds(page, "<input type=\"hidden\" name=\"sort\" value=\"contacts\" />");
	assert_holds(page, "<input type=\"hidden\" name=\"desc\" value=\"1\" />");
	assert_lacks(page, "filter-area");
}
END_TEST

START_TEST(as_known_on_is_said_with_the_way_back)
{
	south_is_late();
	make("central", "area=north&known-on=2025-06-01", &filtered);
	assert_holds(text, "As known on 1 June 2025.");
	assert_holds(page, "href=\"/x?area=north\">Show what is known now");
	make("central", "area=north", &filtered);
	assert_lacks(page, "drs-known-on");
}
END_TEST

START_TEST(foot_and_print_head_say_which_data_is_shown)
{
	const char *foot;

	south_is_late();
	make("central", "area=north&n=6&known-on=2025-06-10", &filtered);
	assert_holds(page, "<div class=\"drs-print\"");
	assert_holds(text, "Page made 20 June 2025, 13:00");
	foot = strstr(text, "content\n");
	assert_holds(foot, "Figures received up to 5 June 2025, 01:00.");
	assert_holds(foot, "Shown: North, 6 months to April 2025, as known on 10 June 2025.");
	assert_holds(foot, "version " PROGRAM_VERSION);
}
END_TEST

/* ---- errors */

static void make_error(int status, const char *message)
{
	struct request rq = bare_web_request("central", "/x");
	struct response rs = { 0 };

	(void)snprintf(rs.etag, sizeof rs.etag, "\"1\"");
	rs.cache_s = 60;
	html_raw(&rs.body, "<p>half a page");
	layout_error(&w.web, &rq, &rs, status, message);
	ck_assert_int_eq(rs.status, status);
	ck_assert_str_eq(rs.type, "text/html; charset=utf-8");
	ck_assert_str_eq(rs.etag, "");
	ck_assert_int_eq(rs.cache_s, 0);
	keep(&rs.body);
	request_clear(&rq);
	response_clear(&rs);
}

START_TEST(an_error_page_replaces_what_was_there_and_says_what_to_do)
{
	south_is_late();
	make_error(404, "there is no measure 'x<y'; did you mean 'xy'?");
	assert_lacks(page, "half a page");
	assert_holds(text, "Page not found");
	assert_holds(text, "There is no measure 'x<y'; did you mean 'xy'?");
	assert_holds(text, "start again from the menu");
}
END_TEST

START_TEST(an_error_page_without_a_message_has_its_own_sentence)
{
	south_is_late();
	make_error(500, NULL);
	assert_holds(text, "Something went wrong");
	assert_holds(text, "tell whoever runs the service");
	make_error(503, "");
	assert_holds(text, "Wait a moment, then try again.");
}
END_TEST

/* ---- help */

static void help(const char *role)
{
	struct request rq = bare_web_request(role, "/help");
	struct response rs = { 0 };
	struct err err = { ERR_OK, "" };

	assert_ok(help_routes[0].handle(&w.web, &rq, &rs, &err), err);
	keep(&rs.body);
	response_clear(&rs);
	request_clear(&rq);
}

START_TEST(help_gives_the_numbers_of_the_rules)
{
	south_is_late();
	help("central");
	assert_holds(text, "2.66 times the mean difference");
	assert_holds(text, "3.267 times");
	assert_holds(text, "drawn from 12 known periods on");
	assert_holds(text, "7 or more in a row on one side");
	assert_holds(text, "2 out of 3 in a row");
	assert_holds(text, "at 95% and 99.8%");
	assert_holds(text, "or 3 days later");
	assert_holds(text, "nor above 100%");
}
END_TEST

START_TEST(help_is_for_the_role)
{
	south_is_late();
	help("dfe");
	assert_holds(text, "Downloads holds the published feeds");
	assert_lacks(text, "2.66");
	assert_holds(text, "A count of 1 to 5");
	help("district");
	assert_holds(text, "You see your own district with exact figures");
	help("");
	assert_holds(text, "Sign in to see figures.");
	assert_holds(text, "Accounts are made by an administrator");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_page_is_a_whole_document);
	tcase_add_test(tc, nothing_is_inline);
	tcase_add_test(tc, hostile_titles_are_escaped);
	tcase_add_test(tc, a_hostile_name_of_a_person_is_escaped);
	tcase_add_test(tc, central_sees_every_page_but_accounts_and_audit);
	tcase_add_test(tc, admin_sees_accounts_and_audit_log_also);
	tcase_add_test(tc, dfe_sees_downloads_and_help_only_and_no_state_of_the_districts);
	tcase_add_test(tc, nobody_signed_in_sees_no_navigation_and_no_sign_out);
	tcase_add_test(tc, the_section_is_marked);
	tcase_add_test(tc, signing_out_is_a_form_with_the_viewers_token);
	tcase_add_test(tc, place_and_period_go_along_in_the_navigation);
	tcase_add_test(tc, the_banner_names_who_is_late_and_when_it_last_sent);
	tcase_add_test(tc, the_banner_says_who_has_never_sent);
	tcase_add_test(tc, the_banner_counts_more_than_two_and_names_none);
	tcase_add_test(tc, the_banner_says_when_all_is_in);
	tcase_add_test(tc, a_month_is_not_held_against_anybody_before_it_is_due);
	tcase_add_test(tc, the_banner_follows_new_figures);
	tcase_add_test(tc, a_district_is_told_of_its_own_figures_and_of_nobody_elses);
	tcase_add_test(tc, a_district_that_is_late_is_told_so);
	tcase_add_test(tc, the_first_day_says_that_there_is_nothing_yet);
	tcase_add_test(tc, without_expectations_the_banner_gives_the_newest_instant);
	tcase_add_test(tc, the_form_offers_areas_and_periods_and_marks_the_chosen);
	tcase_add_test(tc, a_district_is_offered_itself_and_the_city);
	tcase_add_test(tc, what_the_form_does_not_ask_for_is_kept);
	tcase_add_test(tc, as_known_on_is_said_with_the_way_back);
	tcase_add_test(tc, foot_and_print_head_say_which_data_is_shown);
	tcase_add_test(tc, an_error_page_replaces_what_was_there_and_says_what_to_do);
	tcase_add_test(tc, an_error_page_without_a_message_has_its_own_sentence);
	tcase_add_test(tc, help_gives_the_numbers_of_the_rules);
	tcase_add_test(tc, help_is_for_the_role);
}

HARNESS_MAIN("layout", add)
