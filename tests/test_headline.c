#include "aggregator/web/headline.h"

#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "theme,measure,otherwise,title,tile,column\n"

static struct measure_set *measures;
static struct headline headline;
static struct err err;

static void setup(void)
{
	err_clear(&err);
	assert_ok(measures_load(NULL, &measures, &err), err);
	memset(&headline, 0, sizeof headline);
}

static void teardown(void)
{
	measures_free(&measures);
}

static enum err_code parse(const char *text)
{
	return headline_parse("headline.csv", text, measures, &headline, &err);
}

START_TEST(rows_keep_their_order_title_and_places)
{
	assert_ok(parse(HEAD "Front door,contacts,,Contacts,yes,\n"
			     "Protection,cpp_rate,,\"Plans per 10,000\",,yes\n"),
		  err);
	ck_assert_int_eq(headline.n, 2);
	ck_assert_str_eq(headline.rows[0].theme, "Front door");
	ck_assert_str_eq(headline.rows[0].measure->code, "contacts");
	ck_assert_int_eq(headline.rows[0].tile, 1);
	ck_assert_int_eq(headline.rows[0].column, 0);
	ck_assert_ptr_null(headline.rows[0].otherwise);
	ck_assert_str_eq(headline.rows[1].title, "Plans per 10,000");
	ck_assert_int_eq(headline.rows[1].column, 1);
}
END_TEST

START_TEST(a_measure_absent_from_the_set_is_left_out_or_replaced)
{
	assert_ok(parse(HEAD "A,no_such,,None,yes,\n"
			     "A,no_such,referrals,Referrals,yes,\n"
			     "A,contacts,no_such,Contacts,yes,\n"),
		  err);
	ck_assert_int_eq(headline.n, 2);
	ck_assert_str_eq(headline.rows[0].measure->code, "referrals");
	ck_assert_ptr_null(headline.rows[0].otherwise);
	ck_assert_str_eq(headline.rows[1].measure->code, "contacts");
	ck_assert_ptr_null(headline.rows[1].otherwise);
}
END_TEST

START_TEST(a_row_is_found_by_either_of_its_measures)
{
	assert_ok(parse(HEAD "A,referrals_repeat_12m,referrals_repeat_12m_latest,Again,yes,yes\n"),
		  err);
	ck_assert_ptr_eq(headline_find(&headline, "referrals_repeat_12m"), &headline.rows[0]);
	ck_assert_ptr_eq(headline_find(&headline, "referrals_repeat_12m_latest"),
			 &headline.rows[0]);
	ck_assert_ptr_null(headline_find(&headline, "contacts"));
}
END_TEST

static const struct {
	const char *text, *message;
} faulty[] = {
	{ "theme,measure\n", "headline.csv:1: a line has the 6 columns" },
	{ "theme,code,otherwise,title,tile,column\n",
	  "headline.csv:1: measure: 'code': the headings are" },
	{ HEAD "A,contacts,,Contacts,yes\n", "headline.csv:2: a line has the 6 columns" },
	{ HEAD "A,contacts,,Contacts,yes,yes,\n", "headline.csv:2: a line has the 6 columns" },
	{ HEAD "A,contacts,,Contacts,1,\n",
	  "headline.csv:2: tile: '1': write yes, or leave it empty" },
	{ HEAD "A,contacts,,Contacts,,no\n",
	  "headline.csv:2: column: 'no': write yes, or leave it empty" },
	{ HEAD "A,Contacts,,Contacts,,\n",
	  "headline.csv:2: measure: 'Contacts': write a measure's code" },
	{ HEAD "A,contacts,a b,Contacts,,\n", "headline.csv:2: otherwise: 'a b'" },
	{ HEAD ",contacts,,Contacts,,\n", "headline.csv:2: theme: ''" },
	{ HEAD "A,contacts,,,,\n", "headline.csv:2: title: ''" },
	{ HEAD "A,contacts,,Cont\"acts,,\n", "headline.csv:2: title: stray double quote" },
	{ HEAD "A,contacts,,\"Contacts,,\n", "headline.csv:2: title: stray double quote" },
	{ HEAD "A,contacts,,\"Con\"tacts,,\n", "headline.csv:2: title: stray double quote" },
	{ HEAD "A,contacts,,One,,\nA,contacts,,Two,,\n",
	  "headline.csv:3: measure: 'contacts': it has a row already" },
	{ HEAD "A,contacts,,One,,\nB,referrals,,Two,,\nA,cpp_open,,Three,,\n",
	  "headline.csv:4: theme: 'A': put the rows of a theme together" },
};

START_TEST(a_fault_names_the_line_and_the_mend)
{
	assert_error(parse(faulty[_i].text), ERR_MALFORMED, err, faulty[_i].message);
}
END_TEST

START_TEST(a_field_too_long_is_refused)
{
	char text[400];

	(void)snprintf(text, sizeof text, HEAD "A,contacts,,%0200d,,\n", 1);
	assert_error(parse(text), ERR_MALFORMED, err, "headline.csv:2: title: longer than 128");
	(void)snprintf(text, sizeof text, HEAD "A,contacts,,%0100d,,\n", 1);
	assert_error(parse(text), ERR_MALFORMED, err, "write a short title, up to 80 bytes");
}
END_TEST

START_TEST(too_many_rows_are_refused)
{
	char *text = malloc(65536);
	size_t len;

	ck_assert_ptr_nonnull(text);
	len = (size_t)snprintf(text, 65536, HEAD);
	ck_assert_int_gt(measures->n_measures, HEADLINE_MAX);
	for (int i = 0; i <= HEADLINE_MAX; i++)
		len += (size_t)snprintf(text + len, 65536 - len, "A,%s,,T,,\n",
					measures->measures[i].code);
	assert_error(parse(text), ERR_TOO_BIG, err, "headline.csv:66: more than 64 rows");
	free(text);
}
END_TEST

/* What the city page promises: a tile in each of the themes, only measures that exist. */
START_TEST(the_embedded_file_is_whole)
{
	static const char *const themes[] = { "Front door", "Early help", "Assessment",
					      "Protection", "Caseload and workforce" };
	int columns = 0;

	assert_ok(headline_read(measures, &headline, &err), err);
	for (size_t t = 0; t < sizeof themes / sizeof themes[0]; t++) {
		int tiles = 0;

		for (int i = 0; i < headline.n; i++)
			tiles += strcmp(headline.rows[i].theme, themes[t]) == 0 &&
				 headline.rows[i].tile;
		ck_assert_int_gt(tiles, 0);
	}
	for (int i = 0; i < headline.n; i++)
		columns += headline.rows[i].column;
	ck_assert_int_gt(columns, 4);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, rows_keep_their_order_title_and_places);
	tcase_add_test(tc, a_measure_absent_from_the_set_is_left_out_or_replaced);
	tcase_add_test(tc, a_row_is_found_by_either_of_its_measures);
	tcase_add_loop_test(tc, a_fault_names_the_line_and_the_mend, 0,
			    (int)(sizeof faulty / sizeof faulty[0]));
	tcase_add_test(tc, a_field_too_long_is_refused);
	tcase_add_test(tc, too_many_rows_are_refused);
	tcase_add_test(tc, the_embedded_file_is_whole);
}

HARNESS_MAIN("headline", add)
