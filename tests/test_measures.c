#include "proto/measures.h"

#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

#include "proto/err.h"
#include "proto/limits.h"

#define HEAD                                                                                 \
	"-- title: Contacts received\n-- theme: front-door\n-- unit: count\n"                \
	"-- polarity: neutral\n-- definition: Contacts in the period.\n-- source: Annex A\n" \
	"-- periods: week month\n"
#define FLOW "-- kind: flow\n"
#define SELECT "SELECT contact_date AS on_date FROM contacts;\n"

static struct measure m;
static struct err err;

static enum err_code parse(const char *text)
{
	err_clear(&err);
	return measure_parse("contacts.sql", text, &m, &err);
}

#define assert_refused(text, words) assert_error(parse(text), ERR_CONFIG, err, words)

/* ---- one file */

START_TEST(a_full_header_fills_every_field)
{
	static const char text[] =
		"-- title: Enquiries, by days\n-- theme: protection\n-- kind: flow\n-- unit: "
		"count\n"
		"-- polarity: high-is-good\n-- definition: What is counted,\n--   and in further\n"
		"--   lines.\n-- source: A guide\n-- limits: None known\n-- periods: month\n"
		"-- dimensions: ward, days\n-- buckets: 0, 1-10, 11+\n"
		"-- needs: section47, section47.icpc_date\n-- valid: last-month\n-- look_back: 60\n"
		"-- follow_up: 21\n-- statutory_limit: 15\n-- range: -5 70\n-- within_district: "
		"yes\n"
		"-- part_of: section47_started\n-- opens: cpp_open\n-- closes: cin_open\n\n"
		"WITH a AS (SELECT 1)\nSELECT 1;\n\n";

	assert_ok(measure_parse("folder/enquiry_days.sql", text, &m, &err), err);
	ck_assert_str_eq(m.code, "enquiry_days");
	ck_assert_str_eq(m.title, "Enquiries, by days");
	ck_assert_str_eq(m.theme, "protection");
	ck_assert_str_eq(m.definition, "What is counted, and in further lines.");
	ck_assert_str_eq(m.source, "A guide");
	ck_assert_str_eq(m.limits, "None known");
	ck_assert_int_eq(m.kind, MEASURE_FLOW);
	ck_assert_int_eq(m.unit, MEASURE_COUNT);
	ck_assert_int_eq(m.valid, MEASURE_LAST_MONTH);
	ck_assert_int_eq(m.polarity, MEASURE_HIGH_IS_GOOD);
	ck_assert_int_eq(m.weeks, 0);
	ck_assert_int_eq(m.months, 1);
	ck_assert_int_eq(m.look_back_days, 60);
	ck_assert_int_eq(m.follow_up_days, 21);
	ck_assert_int_eq(m.statutory_limit_days, 15);
	ck_assert_int_eq(m.within_district, 1);
	ck_assert_int_eq(m.range_min, -5);
	ck_assert_int_eq(m.range_max, 70);
	ck_assert_int_eq(m.n_dimensions, 2);
	ck_assert_str_eq(m.dimensions[1], "days");
	ck_assert_int_eq(m.n_needs, 2);
	ck_assert_str_eq(m.needs[1], "section47.icpc_date");
	ck_assert_str_eq(m.part_of, "section47_started");
	ck_assert_str_eq(m.opens, "cpp_open");
	ck_assert_str_eq(m.closes, "cin_open");
	ck_assert_str_eq(m.select, "WITH a AS (SELECT 1)\nSELECT 1");
	measure_clear(&m);
}
END_TEST

START_TEST(a_short_header_gets_the_defaults_of_the_readme)
{
	assert_ok(parse(HEAD FLOW SELECT), err);
	ck_assert_int_eq(m.valid, MEASURE_WINDOW);
	ck_assert_int_eq(m.weeks, 1);
	ck_assert_int_eq(m.range_min, 0);
	ck_assert_int_eq(m.range_max, 1);
	ck_assert_int_eq(m.denominator_scale, 1);
	ck_assert_int_eq(m.look_back_days, 0);
	measure_clear(&m);
}
END_TEST

START_TEST(an_unknown_key_names_its_line_and_the_nearest_key)
{
	assert_refused(HEAD "-- dimension: ward\n" FLOW SELECT,
		       "contacts.sql:8: dimension: unknown key; did you mean dimensions?");
	assert_refused(
		HEAD FLOW "-- colour: red\n" SELECT,
		"contacts.sql:9: colour: unknown key; proto/measures/README.md has the keys");
}
END_TEST

START_TEST(an_unknown_word_names_the_nearest_one)
{
	assert_refused(
		HEAD "-- kind: flwo\n" SELECT,
		"contacts.sql:8: kind: \"flwo\" is none of flow, stock, derived; did you mean "
		"flow?");
	assert_refused(HEAD FLOW "-- valid: last-moth\n" SELECT, "did you mean last-month?");
	assert_refused(HEAD FLOW "-- within_district: maybe\n" SELECT,
		       "within_district: \"maybe\" is none of yes");
	assert_refused(HEAD FLOW "-- dimensions: ward, age_bnad\n" SELECT,
		       "\"age_bnad\" is no dimension of codes.csv; did you mean age_band?");
}
END_TEST

START_TEST(a_key_that_stands_twice_is_refused)
{
	assert_refused(HEAD FLOW FLOW SELECT, "contacts.sql:9: kind: was there before, on line 8");
	assert_refused(HEAD FLOW "-- dimensions: ward, sex, ward\n" SELECT, "ward is there twice");
	assert_refused(HEAD FLOW "-- needs: contacts, contacts\n" SELECT,
		       "contacts is there twice");
}
END_TEST

START_TEST(a_key_that_must_be_there_is_asked_for)
{
	assert_refused("-- title: Contacts\n" SELECT, "contacts.sql: has no kind");
	assert_refused("-- title: Contacts\n" FLOW SELECT,
		       "contacts.sql: has no theme; add the line \"-- theme: …\"");
	assert_refused(HEAD FLOW "-- limits:\n" SELECT, "contacts.sql:9: limits: has no value");
}
END_TEST

START_TEST(a_key_of_another_kind_is_refused)
{
	assert_refused(HEAD FLOW "-- numerator: contacts\n" SELECT,
		       "contacts.sql:9: numerator: is not for a flow measure");
	assert_refused(HEAD FLOW "-- annualised: yes\n" SELECT, "annualised: is not for a flow");
	assert_refused(HEAD "-- kind: stock\n-- look_back: 60\n" SELECT,
		       "look_back: is not for a stock measure");
}
END_TEST

START_TEST(lines_that_are_no_key_and_value_are_refused)
{
	assert_refused("-- just words\n" HEAD FLOW SELECT, "contacts.sql:1: not a line");
	assert_refused("--\n" HEAD FLOW SELECT, "contacts.sql:1: a header line is");
	assert_refused("--title: x\n" HEAD FLOW SELECT, "with a space after --");
	assert_refused("--   goes on\n" HEAD FLOW SELECT, "contacts.sql:1: continues no key");
}
END_TEST

START_TEST(numbers_out_of_bounds_are_refused)
{
	assert_refused(HEAD FLOW "-- look_back: 0\n" SELECT, "no number of days from 1 to 1096");
	assert_refused(HEAD FLOW "-- follow_up: 30 days\n" SELECT, "\"30 days\" is no number");
	assert_refused(HEAD FLOW "-- range: 5 1\n" SELECT, "least and the greatest numerator");
	assert_refused(HEAD FLOW "-- range: 0 99999999999999999999\n" SELECT, "range: ");
	assert_refused(HEAD FLOW "-- range: 0\n" SELECT, "range: \"0\" is not");
}
END_TEST

START_TEST(buckets_must_follow_each_other_and_have_a_breakdown)
{
	static const char days[] = HEAD FLOW "-- dimensions: days\n-- buckets: ";
	char text[1024];
	static const char *const bad[][2] = {
		{ "0, 1-10, 12+", "12+ does not begin where 1-10 ends" },
		{ "0, 1+, 5-6", "5-6 does not begin where 1+ ends" },
		{ "10-5", "\"10-5\" is no bucket" },
		{ "-4-5", "\"-4-5\" is no bucket" },
		{ "1 to 5", "\"1 to 5\" is no bucket" },
		{ "0,,1", "\"\" is no bucket" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		(void)snprintf(text, sizeof text, "%s%s\n" SELECT, days, bad[i][0]);
		assert_refused(text, bad[i][1]);
	}
	assert_refused(HEAD FLOW "-- dimensions: days\n" SELECT, "buckets: a breakdown by days");
	assert_refused(HEAD FLOW "-- buckets: 0, 1+\n" SELECT, "buckets: are for a breakdown");
}
END_TEST

START_TEST(units_and_validity_must_fit_the_kind)
{
	assert_refused("-- title: T\n-- theme: cin\n-- kind: flow\n-- unit: ratio\n-- polarity: "
		       "neutral\n-- definition: D\n-- source: S\n-- periods: month\n" SELECT,
		       "unit: only a derived measure is a rate or a ratio");
	assert_refused(HEAD "-- kind: stock\n" SELECT, "periods: a stock is reported by month");
	assert_refused(HEAD FLOW "-- valid: as-at\n" SELECT,
		       "valid: a flow is valid in the window or last-month");
	assert_refused(HEAD "-- kind: derived\n-- numerator: a\n-- denominator: b\n",
		       "unit: a derived measure is percent");
}
END_TEST

START_TEST(what_stands_below_the_header_must_be_one_select)
{
	assert_refused(HEAD FLOW, "there is no SELECT below the header");
	assert_refused(HEAD FLOW "\n\nDELETE FROM contacts;\n",
		       "contacts.sql:11: below the header comes one SELECT");
}
END_TEST

START_TEST(bytes_that_are_no_text_are_refused)
{
	assert_refused("-- title: caf\xe9\n" FLOW SELECT,
		       "contacts.sql:1: byte 0x0a: save the file");
	assert_refused("-- title: a\r\n" FLOW SELECT, "byte 0x0d: save the file as UTF-8");
	assert_refused("-- title: \xc0\xaf\n" FLOW SELECT, "byte 0xc0");
	assert_refused("-- title: \xe2\x82", "byte 0x00");
}
END_TEST

START_TEST(a_file_name_that_is_no_code_is_refused)
{
	static const char *const names[] = { "Contacts.sql", "9a.sql", ".sql", "a-b.sql", "" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		assert_error(measure_parse(names[i], HEAD FLOW SELECT, &m, &err), ERR_CONFIG, err,
			     "name the file <code>.sql");
}
END_TEST

START_TEST(a_title_of_eleven_words_is_refused)
{
	assert_refused("-- title: a b c d e f g h i j k\n" FLOW SELECT,
		       "contacts.sql:1: title: has 11 words; at most 10");
}
END_TEST

START_TEST(a_value_longer_than_its_field_is_refused)
{
	char text[8192];
	char words[4000];

	memset(words, 'w', sizeof words);
	words[600] = '\0';
	(void)snprintf(text, sizeof text, "-- source: %s\n" FLOW SELECT, words);
	assert_refused(text, "source: is 600 bytes long; at most 512 fit");
	words[600] = 'w';
	words[3999] = '\0';
	(void)snprintf(text, sizeof text, "-- source: %s\n" FLOW SELECT, words);
	assert_refused(text, "source: longer than");
}
END_TEST

START_TEST(a_bucket_holds_its_ends_and_unknown_the_rest)
{
	assert_ok(parse(HEAD FLOW "-- dimensions: days\n-- buckets: 0, 1-10, 11-20\n" SELECT), err);
	ck_assert_str_eq(measure_bucket(&m, 0), "0");
	ck_assert_str_eq(measure_bucket(&m, 1), "1-10");
	ck_assert_str_eq(measure_bucket(&m, 10), "1-10");
	ck_assert_str_eq(measure_bucket(&m, 20), "11-20");
	ck_assert_str_eq(measure_bucket(&m, 21), "unknown");
	ck_assert_str_eq(measure_bucket(&m, -1), "unknown");
	measure_clear(&m);
}
END_TEST

/* ---- the set */

static struct measure_set *set;

static enum err_code load(const char *folder)
{
	err_clear(&err);
	return measures_load(folder, &set, &err);
}

static const char contacts_text[] = HEAD FLOW "-- needs: contacts\n" SELECT;
static const char rate_text[] =
	"-- title: Contact rate\n-- theme: front-door\n-- kind: derived\n-- unit: rate-per-10000\n"
	"-- polarity: neutral\n-- definition: D\n-- source: S\n-- periods: month\n"
	"-- numerator: contacts\n-- denominator: population_0_17\n-- annualised: yes\n";

START_TEST(the_embedded_set_loads_and_every_reference_resolves)
{
	assert_ok(load(NULL), err);
	ck_assert_int_ge(set->n_measures, 70);
	for (int i = 0; i < set->n_measures; i++) {
		const struct measure *one = &set->measures[i];

		if (i > 0)
			ck_assert_str_lt(set->measures[i - 1].code, one->code);
		ck_assert_ptr_eq(measures_find(set, one->code), one);
		ck_assert_int_eq(one->select == NULL, one->kind == MEASURE_DERIVED);
		if (one->kind == MEASURE_DERIVED) {
			ck_assert_ptr_nonnull(measures_find(set, one->numerator));
			ck_assert(strcmp(one->denominator, "population_0_17") == 0 ||
				  measures_find(set, one->denominator) != NULL);
		}
	}
	measures_free(&set);
	ck_assert_ptr_null(set);
}
END_TEST

START_TEST(the_embedded_set_has_the_statutory_limits_and_look_backs)
{
	assert_ok(load(NULL), err);
	ck_assert_int_eq(measures_find(set, "assessments_in_45wd")->statutory_limit_days, 45);
	ck_assert_int_eq(measures_find(set, "icpc_in_15wd")->statutory_limit_days, 15);
	ck_assert_int_eq(measures_find(set, "referrals_repeat_12m")->look_back_days, 366);
	ck_assert_int_eq(measures_find(set, "referrals_repeat_12m")->within_district, 1);
	ck_assert_int_eq(measures_find(set, "contacts_to_referral_30d")->follow_up_days, 30);
	ck_assert_int_eq(measures_find(set, "absence_rate")->denominator_scale, 253);
	ck_assert_int_eq(measures_find(set, "turnover_rate")->annualised, 1);
	ck_assert_int_eq(measures_find(set, "cpp_rate")->annualised, 0);
	ck_assert_str_eq(measures_find(set, "vacancy_rate")->denominator, "establishment_fte");
	ck_assert_str_eq(measures_find(set, "early_help_started")->opens, "early_help_open");
	ck_assert_ptr_null(measures_find(set, "caseloads"));
	ck_assert_str_eq(measures_nearest(set, "caseloads"), "caseload");
	ck_assert_ptr_null(measures_nearest(set, "something_else_altogether"));
	measures_free(&set);
}
END_TEST

START_TEST(a_folder_gives_its_sql_files_and_passes_over_the_rest)
{
	const char *folder = harness_folder();

	(void)harness_text(folder, "a/contacts.sql", contacts_text);
	(void)harness_text(folder, "a/contact_rate.sql", rate_text);
	(void)harness_text(folder, "a/README.md", "no measure");
	char path[256];
	(void)snprintf(path, sizeof path, "%s/a", folder);
	assert_ok(load(path), err);
	ck_assert_int_eq(set->n_measures, 2);
	ck_assert_str_eq(set->measures[0].code, "contact_rate");
	measures_free(&set);
}
END_TEST

/* SHA-256 of "contacts", a NUL, the file and a NUL, from coreutils:
 * printf 'contacts\0<file>\0' | sha256sum */
START_TEST(the_digest_is_of_codes_and_bytes_and_changes_with_either)
{
	uint8_t before[32];
	static const uint8_t golden[4] = { 0xc6, 0x1f, 0x47, 0x26 };
	const char *folder = harness_folder();
	char path[256];

	(void)snprintf(path, sizeof path, "%s/b", folder);
	(void)harness_text(folder, "b/contacts.sql", contacts_text);
	assert_ok(load(path), err);
	memcpy(before, set->digest, sizeof before);
	ck_assert_mem_eq(before, golden, sizeof golden);
	measures_free(&set);
	(void)harness_text(folder, "b/contacts.sql", HEAD FLOW "-- needs: contacts\n" SELECT "\n");
	assert_ok(load(path), err);
	ck_assert_mem_ne(before, set->digest, sizeof before);
	measures_free(&set);
	(void)harness_text(folder, "c/contacts2.sql", contacts_text);
	(void)snprintf(path, sizeof path, "%s/c", folder);
	assert_ok(load(path), err);
	ck_assert_mem_ne(before, set->digest, sizeof before);
	measures_free(&set);
}
END_TEST

/* Loads a folder of contacts.sql and other.sql with these texts. */
static enum err_code load_two(const char *contacts, const char *other)
{
	const char *folder = harness_folder();
	char path[256];

	(void)harness_text(folder, "two/contacts.sql", contacts);
	(void)harness_text(folder, "two/other.sql", other);
	(void)snprintf(path, sizeof path, "%s/two", folder);
	return load(path);
}

#define RATE                                                                   \
	"-- title: T\n-- theme: cin\n-- kind: derived\n-- polarity: neutral\n" \
	"-- definition: D\n-- source: S\n-- periods: month\n"

START_TEST(references_to_measures_that_are_not_there_are_refused)
{
	assert_error(load_two(contacts_text, RATE "-- unit: ratio\n-- numerator: contact\n"
						  "-- denominator: contacts\n"),
		     ERR_CONFIG, err,
		     "other.sql: numerator: there is no measure contact; did you mean contacts?");
	assert_error(load_two(contacts_text, RATE "-- unit: ratio\n-- numerator: contacts\n"
						  "-- denominator: something_else\n"),
		     ERR_CONFIG, err, "other.sql: denominator: there is no measure something_else");
	assert_error(load_two(contacts_text, HEAD FLOW "-- part_of: contatcs\n" SELECT), ERR_CONFIG,
		     err,
		     "other.sql: part_of: there is no measure contatcs; did you mean contacts?");
	assert_error(load_two(contacts_text, HEAD FLOW "-- closes: contacts\n" SELECT), ERR_CONFIG,
		     err, "other.sql: opens, closes: a flow opens or closes a stock");
	assert_error(load_two(contacts_text, HEAD FLOW "-- part_of: other\n" SELECT), ERR_CONFIG,
		     err, "other.sql: part_of: names itself");
	ck_assert_ptr_null(set);
}
END_TEST

START_TEST(a_derived_measure_must_rest_on_counted_ones)
{
	assert_error(load_two(contacts_text, RATE "-- unit: ratio\n-- numerator: other\n"
						  "-- denominator: contacts\n"),
		     ERR_CONFIG, err, "other.sql: numerator: names itself");
	assert_error(load_two(contacts_text, RATE "-- unit: ratio\n-- numerator: contacts\n"
						  "-- denominator: contacts\n-- annualised: yes\n"),
		     ERR_CONFIG, err, "annualised: is for a flow set against a stock");
	assert_error(load_two(contacts_text,
			      RATE "-- unit: rate-per-10000\n-- numerator: contacts\n"
				   "-- denominator: contacts\n"),
		     ERR_CONFIG, err, "population_0_17 goes with the unit rate-per-10000");
}
END_TEST

START_TEST(a_folder_that_cannot_be_read_says_why)
{
	const char *folder = harness_folder();
	char path[256];
	static char large[LIMIT_MEASURE_FILE_BYTES + 2];

	assert_error(load("/nowhere/measures"), ERR_IO, err,
		     "open measures folder /nowhere/measures: No such file");
	(void)harness_text(folder, "d/README.md", "");
	(void)snprintf(path, sizeof path, "%s/d", folder);
	assert_error(load(path), ERR_CONFIG, err, "no .sql file; leave `measures` out");
	(void)harness_file(folder, "d/a.sql", "-- a\0b", 6);
	assert_error(load(path), ERR_CONFIG, err, "a.sql: holds a NUL");
	memset(large, ' ', sizeof large);
	(void)harness_file(folder, "d/a.sql", large, sizeof large);
	assert_error(load(path), ERR_TOO_BIG, err, "a.sql: larger than 65536 bytes");
}
END_TEST

START_TEST(every_failed_allocation_of_a_load_is_reported_and_freed)
{
	const char *folder = harness_folder();
	char path[256];
	enum err_code rc = ERR_NOMEM;

	(void)harness_text(folder, "e/contacts.sql", contacts_text);
	(void)harness_text(folder, "e/contact_rate.sql", rate_text);
	(void)snprintf(path, sizeof path, "%s/e", folder);
	for (long n = 1; rc == ERR_NOMEM; n++) {
		harness_fail_allocation(n);
		rc = load(path);
		harness_fail_allocation(0);
		ck_assert(rc == ERR_OK || (rc == ERR_NOMEM && set == NULL));
		ck_assert_int_lt(n, 100);
	}
	assert_ok(rc, err);
	measures_free(&set);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_full_header_fills_every_field);
	tcase_add_test(tc, a_short_header_gets_the_defaults_of_the_readme);
	tcase_add_test(tc, an_unknown_key_names_its_line_and_the_nearest_key);
	tcase_add_test(tc, an_unknown_word_names_the_nearest_one);
	tcase_add_test(tc, a_key_that_stands_twice_is_refused);
	tcase_add_test(tc, a_key_that_must_be_there_is_asked_for);
	tcase_add_test(tc, a_key_of_another_kind_is_refused);
	tcase_add_test(tc, lines_that_are_no_key_and_value_are_refused);
	tcase_add_test(tc, numbers_out_of_bounds_are_refused);
	tcase_add_test(tc, buckets_must_follow_each_other_and_have_a_breakdown);
	tcase_add_test(tc, units_and_validity_must_fit_the_kind);
	tcase_add_test(tc, what_stands_below_the_header_must_be_one_select);
	tcase_add_test(tc, bytes_that_are_no_text_are_refused);
	tcase_add_test(tc, a_file_name_that_is_no_code_is_refused);
	tcase_add_test(tc, a_title_of_eleven_words_is_refused);
	tcase_add_test(tc, a_value_longer_than_its_field_is_refused);
	tcase_add_test(tc, a_bucket_holds_its_ends_and_unknown_the_rest);
	tcase_add_test(tc, the_embedded_set_loads_and_every_reference_resolves);
	tcase_add_test(tc, the_embedded_set_has_the_statutory_limits_and_look_backs);
	tcase_add_test(tc, a_folder_gives_its_sql_files_and_passes_over_the_rest);
	tcase_add_test(tc, the_digest_is_of_codes_and_bytes_and_changes_with_either);
	tcase_add_test(tc, references_to_measures_that_are_not_there_are_refused);
	tcase_add_test(tc, a_derived_measure_must_rest_on_counted_ones);
	tcase_add_test(tc, a_folder_that_cannot_be_read_says_why);
	tcase_add_test(tc, every_failed_allocation_of_a_load_is_reported_and_freed);
}

HARNESS_MAIN("measures", add)
