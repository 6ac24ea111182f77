#include "proto/area.h"

#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "proto/date.h"

#define HEAD "code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
#define PEOPLE "area,year,age_from,age_to,population,estimate,source\n"
#define BIRMINGHAM_AREAS "deploy/birmingham/areas.csv"
#define BIRMINGHAM_POPULATIONS "deploy/birmingham/populations.csv"

static int32_t day(const char *iso)
{
	int32_t date = 0;
	struct err err = { ERR_OK, "" };

	assert_ok(date_parse_iso(iso, &date, &err), err);
	return date;
}

static struct area_tree *birmingham(void)
{
	struct area_tree *tree = NULL;
	struct err err = { ERR_OK, "" };

	assert_ok(area_tree_load(BIRMINGHAM_AREAS, BIRMINGHAM_POPULATIONS, &tree, &err), err);
	return tree;
}

static enum err_code load_text(const char *areas, const char *populations, struct area_tree **tree,
			       struct err *err)
{
	const char *folder = harness_folder();

	return area_tree_load(
		harness_text(folder, "areas.csv", areas),
		populations == NULL ? NULL : harness_text(folder, "populations.csv", populations),
		tree, err);
}

START_TEST(birmingham_has_ten_districts_of_four_wards)
{
	struct area_tree *tree = birmingham();
	int out[64];
	int n;

	ck_assert_int_eq(tree->n_areas, 53);
	n = area_reporting(tree, area_find(tree, "england"), day("2013-04-01"), day("2026-03-31"),
			   out);
	ck_assert_int_eq(n, 10);
	for (int i = 0; i < n; i++) {
		int wards = 0;

		for (int j = 0; j < tree->n_areas; j++)
			wards += tree->areas[j].level == AREA_WARD &&
				 tree->areas[j].parent == out[i];
		ck_assert_int_eq(wards, 4);
	}
	ck_assert_str_eq(tree->areas[out[0]].code, "edgbaston");
	ck_assert_str_eq(tree->areas[out[9]].dfe_name, "Birmingham, Yardley");
	ck_assert_str_eq(tree->areas[area_find(tree, "sutton-coldfield")].gss_code, "E14000985");
	area_tree_free(&tree);
	ck_assert_ptr_null(tree);
	area_tree_free(&tree);
}
END_TEST

START_TEST(an_area_lies_within_itself_and_its_ancestors_only)
{
	struct area_tree *tree = birmingham();
	int ward = area_find(tree, "edgbaston-ward");
	int district = area_find(tree, "edgbaston");

	ck_assert_int_eq(area_within(tree, ward, district), 1);
	ck_assert_int_eq(area_within(tree, ward, area_find(tree, "england")), 1);
	ck_assert_int_eq(area_within(tree, ward, ward), 1);
	ck_assert_int_eq(area_within(tree, district, ward), 0);
	ck_assert_int_eq(area_within(tree, ward, area_find(tree, "erdington")), 0);
	ck_assert_int_eq(area_find(tree, "atlantis"), -1);
	ck_assert_int_eq(area_find(tree, ""), -1);
	area_tree_free(&tree);
}
END_TEST

START_TEST(a_district_reports_for_itself)
{
	struct area_tree *tree = birmingham();
	int out[64];
	int district = area_find(tree, "yardley");

	ck_assert_int_eq(area_reporting(tree, district, 0, 20000, out), 1);
	ck_assert_int_eq(out[0], district);
	ck_assert_int_eq(area_reporting(tree, area_find(tree, "sheldon"), 0, 20000, out), 0);
	area_tree_free(&tree);
}
END_TEST

START_TEST(an_authority_without_districts_stands_for_itself)
{
	struct area_tree *tree = NULL;
	struct err err = { ERR_OK, "" };
	int out[8];

	assert_ok(load_text(HEAD "r,R,region,,,,,\n"
				 "dudley,Dudley,authority,r,,,,\n"
				 "city,City,authority,r,,,,\n"
				 "new,New,district,city,,2020-01-01,,\n"
				 "old,Old,district,city,,,2019-12-31,\n",
			    NULL, &tree, &err),
		  err);
	ck_assert_int_eq(area_reporting(tree, 0, day("2021-01-01"), day("2021-01-31"), out), 2);
	ck_assert_str_eq(tree->areas[out[0]].code, "dudley");
	ck_assert_str_eq(tree->areas[out[1]].code, "new");
	ck_assert_int_eq(area_reporting(tree, 0, day("2019-12-31"), day("2020-01-01"), out), 3);
	ck_assert_int_eq(area_reporting(tree, 2, day("2019-12-01"), day("2019-12-31"), out), 1);
	ck_assert_str_eq(tree->areas[out[0]].code, "old");
	area_tree_free(&tree);
}
END_TEST

START_TEST(a_ward_is_found_by_code_gss_code_or_name)
{
	struct area_tree *tree = birmingham();
	int edgbaston = area_find(tree, "edgbaston");
	int32_t date = day("2026-01-31");

	ck_assert_str_eq(area_ward_code(tree, edgbaston, "Bartley Green", date), "bartley-green");
	ck_assert_str_eq(area_ward_code(tree, edgbaston, " BARTLEY-green ", date), "bartley-green");
	ck_assert_str_eq(area_ward_code(tree, edgbaston, "e05001180", date), "bartley-green");
	ck_assert_str_eq(area_ward_code(tree, edgbaston, "Edgbaston", date), "edgbaston-ward");
	ck_assert_ptr_null(area_ward_code(tree, edgbaston, "Aston", date));
	ck_assert_ptr_null(area_ward_code(tree, edgbaston, "", date));
	ck_assert_ptr_null(area_ward_code(tree, edgbaston, " - ", date));
	area_tree_free(&tree);
}
END_TEST

START_TEST(a_ward_counts_only_while_it_is_valid)
{
	struct area_tree *tree = NULL;
	struct err err = { ERR_OK, "" };

	assert_ok(load_text(HEAD "d,D,district,,,,,\n"
				 "aston-2004,Aston,ward,d,E05001179,,2018-05-02,\n"
				 "aston-2018,Aston,ward,d,E05011121,2018-05-03,,\n",
			    NULL, &tree, &err),
		  err);
	ck_assert_str_eq(area_ward_code(tree, 0, "Aston", day("2018-05-02")), "aston-2004");
	ck_assert_str_eq(area_ward_code(tree, 0, "Aston", day("2018-05-03")), "aston-2018");
	ck_assert_ptr_null(area_ward_code(tree, 0, "E05001179", day("2018-05-03")));
	area_tree_free(&tree);
}
END_TEST

/* Number of a published rate per 10,000 at one decimal, rounded half-up: 4103 for 410.3. */
static int64_t rate(const struct area_tree *tree, const char *area, int year_ending, int64_t count)
{
	struct err err = { ERR_OK, "" };
	struct area_people p;

	assert_ok(area_population(tree, area_find(tree, area), 0, 17,
				  date_from_ymd(year_ending, 3, 31), &p, &err),
		  err);
	ck_assert_int_eq(p.year, year_ending - 1);
	ck_assert_int_eq(p.estimate, 0);
	ck_assert_int_eq(p.stale, 0);
	return (2 * count * 100000 + p.people) / (2 * p.people);
}

/* DfE, children in need statistics: children in need at 31 March, referrals in the year and
 * child protection plans at 31 March of Birmingham, each with its published rate. */
START_TEST(the_rates_that_the_dfe_published_for_birmingham_come_out)
{
	static const struct {
		int year;
		int64_t cin, cin_rate, referrals, referral_rate, cpp, cpp_rate;
	} rows[] = {
		{ 2013, 11379, 4103, 14177, 5112, 1026, 370 },
		{ 2014, 9123, 3246, 13815, 4916, 844, 300 },
		{ 2015, 9676, 3413, 19512, 6883, 1280, 452 },
		{ 2016, 9092, 3180, 13013, 4551, 845, 296 },
		{ 2017, 8414, 2909, 17417, 6021, 983, 340 },
		{ 2018, 9000, 3090, 17418, 5979, 1193, 410 },
		{ 2019, 8388, 2873, 14955, 5123, 1289, 442 },
		{ 2020, 8778, 3009, 13299, 4559, 1276, 437 },
		{ 2021, 8545, 2943, 14269, 4914, 1246, 429 },
		{ 2022, 9576, 3342, 15682, 5474, 1148, 401 },
		{ 2023, 9318, 3243, 17661, 6147, 1323, 460 },
		{ 2024, 9209, 3181, 18007, 6220, 1428, 493 },
	};
	struct area_tree *tree = birmingham();

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		ck_assert_int_eq(rate(tree, "birmingham", rows[i].year, rows[i].cin),
				 rows[i].cin_rate);
		ck_assert_int_eq(rate(tree, "birmingham", rows[i].year, rows[i].referrals),
				 rows[i].referral_rate);
		ck_assert_int_eq(rate(tree, "birmingham", rows[i].year, rows[i].cpp),
				 rows[i].cpp_rate);
	}
	area_tree_free(&tree);
}
END_TEST

START_TEST(the_estimate_follows_the_financial_year_of_the_period)
{
	struct area_tree *tree = birmingham();
	int city = area_find(tree, "birmingham");
	struct err err = { ERR_OK, "" };
	struct area_people p;

	assert_ok(area_population(tree, city, 0, 17, day("2014-03-31"), &p, &err), err);
	ck_assert_int_eq(p.people, 281019); /* ONS mid-2013 */
	assert_ok(area_population(tree, city, 0, 17, day("2014-04-30"), &p, &err), err);
	ck_assert_int_eq(p.year, 2014);
	assert_ok(area_population(tree, city, 0, 17, day("2026-10-31"), &p, &err), err);
	ck_assert_int_eq(p.year, 2023);
	ck_assert_int_eq(p.stale, 1);
	assert_error(area_population(tree, city, 0, 17, day("2012-03-31"), &p, &err), ERR_MISSING,
		     err,
		     "no population aged 0 to 17 of birmingham for mid-2011 or earlier: add it");
	assert_error(area_population(tree, city, 0, 15, day("2020-03-31"), &p, &err), ERR_MISSING,
		     err, "aged 0 to 15");
	area_tree_free(&tree);
}
END_TEST

/* Hodge Hill's share at mid-2020 is 41,818 of 286,509; × 281,019 at mid-2013 = 41,016.68…. */
START_TEST(a_district_has_published_people_at_mid_2020_and_estimates_otherwise)
{
	struct area_tree *tree = birmingham();
	int district = area_find(tree, "hodge-hill");
	struct err err = { ERR_OK, "" };
	struct area_people p;

	assert_ok(area_population(tree, district, 0, 17, day("2021-03-31"), &p, &err), err);
	ck_assert_int_eq(p.people, 41818);
	ck_assert_int_eq(p.estimate, 0);
	assert_ok(area_population(tree, district, 0, 17, day("2014-03-31"), &p, &err), err);
	ck_assert_int_eq(p.people, 41017);
	ck_assert_int_eq(p.estimate, 1);
	area_tree_free(&tree);
}
END_TEST

START_TEST(byte_order_marks_crlf_and_blank_lines_are_read)
{
	struct area_tree *tree = NULL;
	struct err err = { ERR_OK, "" };

	assert_ok(
		load_text(
			"\xEF\xBB\xBF"
			"code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\r\n"
			"\r\nw,\"Ward \"\"A\"\", west\",ward,d,,,,\r\nd,Caf\xC3\xA9,district,,,,,",
			PEOPLE "\nd,2020,0,17,5,0,\"a, b\"\n", &tree, &err),
		err);
	ck_assert_int_eq(tree->n_areas, 2);
	ck_assert_str_eq(tree->areas[0].name, "Ward \"A\", west");
	ck_assert_int_eq(tree->areas[0].parent, 1);
	ck_assert_int_eq(tree->n_populations, 1);
	area_tree_free(&tree);
}
END_TEST

START_TEST(a_malformed_areas_file_is_refused_with_line_column_and_mend)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "", "empty: it must start with the headings code,name,…" },
		{ HEAD, "no area in it: add one line per area" },
		{ "code,name,lvl,parent,gss_code,valid_from,valid_to,dfe_name\n",
		  "areas.csv:1: level: the heading here is \"lvl\"" },
		{ "code,name\na,b\n", "areas.csv:1: 2 columns instead of 8" },
		{ HEAD "a,A,district,,,,,\nb,B, b,district,,,,,\n",
		  "areas.csv:3: 9 columns instead of 8: put a value that holds a comma between" },
		{ HEAD "a,A,distrikt,,,,,\n",
		  "areas.csv:2: level: no such level \"distrikt\": "
		  "write country, region, authority, district or ward" },
		{ HEAD "Hodge Hill,A,district,,,,,\n", "code: not a code \"Hodge Hill\"" },
		{ HEAD ",A,district,,,,,\n", "code: not a code \"\"" },
		{ HEAD "a,,district,,,,,\n", "name: empty name" },
		{ HEAD "a,\xFF,district,,,,,\n", "name: not plain text in UTF-8" },
		{ HEAD "a,\xC0\xAF,district,,,,,\n", "name: not plain text in UTF-8" },
		{ HEAD "a,A\tB,district,,,,,\n", "name: not plain text" },
		{ HEAD "a,A,district,,E140005600000000,,,\n", "gss_code: too long" },
		{ HEAD "a,A,district,,,2018-05-32,,\n",
		  "valid_from: not a date \"2018-05-32\": write it as 2018-05-02" },
		{ HEAD "a,A,district,,,2018-05-03,2018-05-02,\n", "valid_to: before valid_from" },
		{ HEAD "a,A,district,nowhere,,,,\n",
		  "areas.csv:2: parent: no area has the code \"nowhere\"" },
		{ HEAD "a,A,district,a,,,,\n", "parent: not on a higher level: \"a\"" },
		{ HEAD "a,A,district,b,,,,\nb,B,district,a,,,,\n", "not on a higher level" },
		{ HEAD "a,A,ward,,,,,\n", "a ward lies in a district or an authority" },
		{ HEAD "a,A,country,,,,,\nw,W,ward,a,,,,\n",
		  "areas.csv:3: parent: a ward in \"a\"" },
		{ HEAD "a,A,district,,,,,\nb,B,district,,,,,\na,C,district,,,,,\n",
		  "areas.csv:4: code: a second area \"a\"" },
		{ HEAD "a,\"A\"x,district,,,,,\n", "areas.csv:2: stray double quote" },
		{ HEAD "a,\"A,district,,,,,\n", "double quote is not closed" },
		{ HEAD "a,\"A\nB\",district,,,,,\n", "a line break or NUL inside" },
	};
	struct area_tree *tree = NULL;
	struct err err;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_error(load_text(rows[i].text, NULL, &tree, &err), ERR_MALFORMED, err,
			     rows[i].words);
		ck_assert_ptr_null(tree);
	}
}
END_TEST

START_TEST(a_malformed_populations_file_is_refused_with_line_column_and_mend)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ PEOPLE "b,2020,0,17,5,0,x\n", "populations.csv:2: area: no area has the code "
						"\"b\": write a code of the areas" },
		{ PEOPLE "a,20,0,17,5,0,x\n",
		  "year: found \"20\": write a whole number from 1900" },
		{ PEOPLE "a,2020,17,0,5,0,x\n",
		  "age_to: found \"0\": write a whole number from 17" },
		{ PEOPLE "a,2020,0,17,\"5,000\",0,x\n", "population: found \"5,000\"" },
		{ PEOPLE "a,2020,0,17,-5,0,x\n", "population: found \"-5\"" },
		{ PEOPLE "a,2020,0,17,0,0,x\n", "population: found \"0\"" },
		{ PEOPLE "a,2020,0,17,99999999999999999999,0,x\n", "population: found" },
		{ PEOPLE "a,2020,0,17,5,yes,x\n", "estimate: found \"yes\"" },
		{ PEOPLE "a,2020,0,17,5,0,x\na,2021,0,17,5,0,x\na,2020,0,17,6,1,x\n",
		  "populations.csv:4: year: a second population of the same year and ages for "
		  "\"a\"" },
	};
	struct area_tree *tree = NULL;
	struct err err;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_error(load_text(HEAD "a,A,district,,,,,\n", rows[i].text, &tree, &err),
			     ERR_MALFORMED, err, rows[i].words);
		ck_assert_ptr_null(tree);
	}
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
	struct area_tree *tree = NULL;
	struct err err;

	assert_error(area_tree_load("/nowhere/areas.csv", NULL, &tree, &err), ERR_IO, err,
		     "open /nowhere/areas.csv: No such file or directory");
	assert_error(area_tree_load(BIRMINGHAM_AREAS, "/nowhere/p.csv", &tree, &err), ERR_IO, err,
		     "open /nowhere/p.csv");
	ck_assert_ptr_null(tree);
}
END_TEST

START_TEST(each_failing_allocation_gives_nomem_and_leaks_nothing)
{
	const char *areas = harness_text(harness_folder(), "areas.csv",
					 HEAD "d,D,district,,,,,\nw,W,ward,d,,,,\n");
	const char *populations =
		harness_text(harness_folder(), "populations.csv", PEOPLE "d,2020,0,17,5,0,x\n");
	struct area_tree *tree = NULL;
	struct err err = { ERR_OK, "" };
	long n;

	harness_fail_allocation(0);
	(void)area_tree_load(areas, populations, &tree, &err);
	n = harness_allocations(); /* before Check makes its own */
	ck_assert_ptr_nonnull(tree);
	ck_assert_int_gt(n, 10);
	area_tree_free(&tree);
	for (long i = 1; i <= n; i++) {
		enum err_code code;

		harness_fail_allocation(i);
		code = area_tree_load(areas, populations, &tree, &err);
		harness_fail_allocation(0);
		assert_error(code, ERR_NOMEM, err, "out of memory");
		ck_assert_ptr_null(tree);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, birmingham_has_ten_districts_of_four_wards);
	tcase_add_test(tc, an_area_lies_within_itself_and_its_ancestors_only);
	tcase_add_test(tc, a_district_reports_for_itself);
	tcase_add_test(tc, an_authority_without_districts_stands_for_itself);
	tcase_add_test(tc, a_ward_is_found_by_code_gss_code_or_name);
	tcase_add_test(tc, a_ward_counts_only_while_it_is_valid);
	tcase_add_test(tc, the_rates_that_the_dfe_published_for_birmingham_come_out);
	tcase_add_test(tc, the_estimate_follows_the_financial_year_of_the_period);
	tcase_add_test(tc, a_district_has_published_people_at_mid_2020_and_estimates_otherwise);
	tcase_add_test(tc, byte_order_marks_crlf_and_blank_lines_are_read);
	tcase_add_test(tc, a_malformed_areas_file_is_refused_with_line_column_and_mend);
	tcase_add_test(tc, a_malformed_populations_file_is_refused_with_line_column_and_mend);
	tcase_add_test(tc, a_file_that_is_not_there_is_named);
	tcase_add_test(tc, each_failing_allocation_gives_nomem_and_leaks_nothing);
}

HARNESS_MAIN("area", add)
