#include "aggregator/web/layout.h"
#include "aggregator/web/routes.h"
#include "tests/bare_web.h"

static struct bare_web w;
static char *page, *text;

static void setup(void)
{
	bare_web_open(&w);
	(void)hand_put(&w.store, "north", "2025-05", "contacts", 20, 20);
	bare_web_start(&w, "2025-06-20");
	page = NULL;
	text = NULL;
}

static void teardown(void)
{
	free(page);
	free(text);
	bare_web_close(&w);
}

/* measure NULL: the list. */
static enum err_code get(const char *role, const char *target, const char *measure, struct err *err)
{
	struct request rq = bare_web_request(role, target);
	struct response rs = { 0 };
	size_t len;
	enum err_code code;

	rq.part[0] = measure;
	code = dictionary_routes[measure == NULL ? 0 : 1].handle(&w.web, &rq, &rs, err);
	if (code == ERR_OK) {
		free(page);
		free(text);
		assert_ok(html_take(&rs.body, &page, &len, err), *err);
		bare_web_assert_well_formed(page);
		text = bare_web_text(page);
	}
	response_clear(&rs);
	request_clear(&rq);
	return code;
}

static void must_get(const char *role, const char *target, const char *measure)
{
	struct err err = { ERR_OK, "" };

	assert_ok(get(role, target, measure, &err), err);
}

START_TEST(every_measure_is_listed_under_its_theme)
{
	const struct measure_set *set = w.web.reading.measures;
	int links = 0;

	must_get("central", "/measures", NULL);
	for (int i = 0; i < set->n_measures; i++) {
		char link[128];

		(void)snprintf(link, sizeof link, "href=\"/measures/%s\"", set->measures[i].code);
		assert_holds(page, link);
		(void)snprintf(link, sizeof link, "href=\"/dictionary/%s\"", set->measures[i].code);
		assert_holds(page, link);
	}
	for (const char *at = page; (at = strstr(at, "href=\"/dictionary/")) != NULL; at++)
		links++;
	ck_assert_int_eq(links, set->n_measures);
	ck_assert(strstr(text, "Contacts received") > strstr(text, "Front door"));
	ck_assert(strstr(text, "Contacts received") < strstr(text, "Early help open"));
}
END_TEST

START_TEST(search_finds_words_in_any_order_and_case)
{
	must_get("central", "/measures?q=12+RE-referrals", NULL);
	assert_holds(page, "href=\"/measures/referrals_repeat_12m\"");
	assert_lacks(page, "href=\"/measures/contacts\"");
	assert_holds(page, "value=\"12 RE-referrals\"");
}
END_TEST

START_TEST(search_that_finds_nothing_says_so_and_escapes)
{
	must_get("central", "/measures?q=%3Cb%3Exyzzy", NULL);
	assert_holds(text, "No measure has \xe2\x80\x9c<b>xyzzy\xe2\x80\x9d in its name");
	assert_lacks(page, "<b>xyzzy");
}
END_TEST

START_TEST(search_for_too_much_is_refused)
{
	char target[256] = "/measures?q=";
	struct err err = { ERR_OK, "" };

	memset(target + strlen(target), 'a', 101);
	assert_error(get("central", target, NULL, &err), ERR_MALFORMED, err,
		     "q: what is looked for is longer than 100 characters");
}
END_TEST

START_TEST(place_and_period_stay_in_links_and_in_the_search)
{
	must_get("central", "/measures?area=north&period=2025-04", NULL);
	assert_holds(page, "href=\"/measures/contacts?area=north&amp;period=2025-04\"");
	assert_holds(page, "<input type=\"hidden\" name=\"area\" value=\"north\" />");
	assert_holds(page, "<input type=\"hidden\" name=\"period\" value=\"2025-04\" />");
}
END_TEST

START_TEST(a_counted_measure_is_explained)
{
	must_get("central", "/dictionary/contacts", "contacts");
	assert_holds(text, "Contacts received by children's social care in the period");
	assert_holds(text, "Ofsted, ILACS Annex A (August 2019), list 1");
	assert_holds(text, "A contact about several children counts once for each of them.");
	assert_holds(text, "Weeks and months");
	assert_holds(page, "href=\"/measures/contacts?breakdown=age_band\">Age band</a>");
	assert_holds(text, "SELECT contact_date AS on_date");
	assert_holds(text, "None: nothing is divided");
	assert_holds(page, "href=\"/dictionary/contact_rate\""); /* Numerator of */
}
END_TEST

START_TEST(a_derived_measure_names_what_it_divides)
{
	must_get("central", "/dictionary/cpp_rate", "cpp_rate");
	assert_holds(page, "<dt>Numerator</dt><dd><a class=\"govuk-link\" "
			   "href=\"/dictionary/cpp_open\">");
	assert_holds(text, "Children aged 0 to 17: the mid-year estimate");
	assert_lacks(page, "drs-code");
}
END_TEST

START_TEST(a_statutory_limit_and_bands_are_shown)
{
	must_get("central", "/dictionary/assessments_in_45wd", "assessments_in_45wd");
	assert_holds(page, "<dt>Statutory limit</dt><dd>45 working days</dd>");
	must_get("central", "/dictionary/caseload_per_worker", "caseload_per_worker");
	assert_holds(text, "1-10, 11-15, 16-18, 19-20, 21-25, 26-30, 31-40, 41+");
}
END_TEST

START_TEST(every_measures_page_is_well_formed)
{
	const struct measure_set *set = w.web.reading.measures;

	for (int i = 0; i < set->n_measures; i++) {
		must_get("commissioner", "/dictionary/x", set->measures[i].code);
		assert_holds(text, set->measures[i].definition);
	}
}
END_TEST

START_TEST(an_unknown_measure_is_refused_with_the_nearest)
{
	struct err err = { ERR_OK, "" };

	assert_error(get("central", "/dictionary/contcts", "contcts", &err), ERR_MISSING, err,
		     "there is no measure 'contcts'; did you mean 'contacts'? /measures lists all");
	assert_error(get("central", "/dictionary/zzzzzzzz", "zzzzzzzz", &err), ERR_MISSING, err,
		     "there is no measure 'zzzzzzzz'; /measures lists all");
}
END_TEST

START_TEST(dfe_reads_definitions_without_links_to_figures)
{
	must_get("dfe", "/dictionary/contacts", "contacts");
	assert_holds(text, "Contacts received by children's social care");
	assert_lacks(page, "href=\"/measures/");
	ck_assert_uint_eq(dictionary_routes[0].roles & ROLE_BIT(ROLE_DFE), 0);
	ck_assert_uint_ne(dictionary_routes[1].roles & ROLE_BIT(ROLE_DFE), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, every_measure_is_listed_under_its_theme);
	tcase_add_test(tc, search_finds_words_in_any_order_and_case);
	tcase_add_test(tc, search_that_finds_nothing_says_so_and_escapes);
	tcase_add_test(tc, search_for_too_much_is_refused);
	tcase_add_test(tc, place_and_period_stay_in_links_and_in_the_search);
	tcase_add_test(tc, a_counted_measure_is_explained);
	tcase_add_test(tc, a_derived_measure_names_what_it_divides);
	tcase_add_test(tc, a_statutory_limit_and_bands_are_shown);
	tcase_add_test(tc, every_measures_page_is_well_formed);
	tcase_add_test(tc, an_unknown_measure_is_refused_with_the_nearest);
	tcase_add_test(tc, dfe_reads_definitions_without_links_to_figures);
}

HARNESS_MAIN("dictionary", add)
