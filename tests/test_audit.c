#include "aggregator/audit.h"

#include "tests/hand_signed.h"
#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

static const char areas_csv[] = "code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
				"city,City,authority,,,,,\n"
				"north,North,district,city,,,,\n"
				"south,South,district,city,,,,\n";
static const char populations_csv[] = "area,year,age_from,age_to,population,estimate,source\n"
				      "city,2024,0,17,100000,0,x\n";

static struct hand_store hand;
static struct measure_set *measures;

static void setup(void)
{
	struct err err = { ERR_OK, "" };

	hand_store_open(&hand, areas_csv, populations_csv);
	assert_ok(measures_load(NULL, &measures, &err), err);
}

static void teardown(void)
{
	hand_store_close(&hand);
	measures_free(&measures);
}

static int64_t put(const char *area, const char *period, int64_t police, int64_t health)
{
	return hand_signed(&hand, area, period, police, health);
}

static struct audit *audited(const char *address)
{
	struct rollup_context context = { hand.store, hand.areas, measures, NULL };
	struct audit *audit = NULL;
	struct err err = { ERR_OK, "" };

	assert_ok(audit_run(&context, address, &audit, &err), err);
	return audit;
}

START_TEST(a_city_figure_leads_to_its_districts_signed_reports)
{
	struct audit *a;

	(void)put("north", "2025-03", 1, 1);
	(void)put("north", "2025-04", 10, 5);
	(void)put("south", "2025-04", 20, 0);
	a = audited("contacts/city/2025-04");
	ck_assert_uint_eq(a->n, 2);
	ck_assert_int_eq(a->numerator, 35);
	ck_assert_int_eq(a->adds_up, 1);
	ck_assert_int_eq(a->n_faults, 0);
	ck_assert_str_eq(a->rows[0].area, "north");
	ck_assert_str_eq(a->rows[0].agent, "north");
	ck_assert_int_eq(a->rows[0].sequence, 2);
	ck_assert_int_eq(a->rows[0].numerator, 15);
	ck_assert_int_eq(a->rows[0].received_us, hand_us("2025-05-05"));
	ck_assert_uint_eq(a->rows[0].spool[0], 7);
	ck_assert_int_eq(a->rows[1].numerator, 20);
	audit_free(&a);
	a = audited("contacts/south/2025-04");
	ck_assert_uint_eq(a->n, 1);
	ck_assert_int_eq(a->adds_up, 1);
	audit_free(&a);
}
END_TEST

START_TEST(a_category_that_a_report_does_not_list_counts_as_zero)
{
	struct audit *a;

	(void)put("north", "2025-04", 10, 5);
	(void)put("south", "2025-04", 20, 0);
	a = audited("contacts/city/2025-04/source=health");
	ck_assert_uint_eq(a->n, 2);
	ck_assert_int_eq(a->cell.numerator, 5);
	ck_assert_int_eq(a->rows[1].numerator, 0);
	ck_assert_int_eq(a->adds_up, 1);
	ck_assert_int_eq(a->n_faults, 0);
	audit_free(&a);
}
END_TEST

START_TEST(a_quarter_leads_to_every_month_of_the_areas_that_have_all)
{
	struct audit *a;

	(void)put("north", "2025-04", 1, 1);
	(void)put("north", "2025-05", 2, 2);
	(void)put("north", "2025-06", 3, 3);
	(void)put("south", "2025-04", 100, 100);
	a = audited("contacts/city/2025-26-Q1");
	ck_assert_uint_eq(a->n, 3);
	ck_assert_int_eq(a->numerator, 12);
	ck_assert_int_eq(a->adds_up, 1);
	audit_free(&a);
}
END_TEST

START_TEST(a_rate_is_led_back_to_its_numerator_and_the_population)
{
	struct audit *a;

	(void)put("north", "2025-04", 10, 5);
	(void)put("south", "2025-04", 20, 0);
	a = audited("contact_rate/city/2025-04");
	ck_assert_uint_eq(a->n, 2);
	ck_assert_int_eq(a->denominator, 100000);
	ck_assert_int_eq(a->adds_up, 1);
	audit_free(&a);
}
END_TEST

START_TEST(bytes_that_were_changed_are_found)
{
	int64_t id = put("north", "2025-04", 10, 5);
	struct audit *a;

	(void)put("south", "2025-04", 20, 0);
	/* the last byte is part of the denominators */
	(void)hand_sql(
		&hand,
		"UPDATE report SET payload = CAST(substr(payload, 1, length(payload) - 1) || "
		"x'0c' AS BLOB) WHERE id = ?1",
		"i", id);
	a = audited("contacts/city/2025-04");
	ck_assert_int_eq(a->n_faults, 1);
	ck_assert_ptr_nonnull(strstr(a->rows[0].fault, "digest does not match"));
	ck_assert_ptr_nonnull(strstr(a->rows[0].fault, "signature does not match"));
	ck_assert_str_eq(a->rows[1].fault, "");
	audit_free(&a);
}
END_TEST

START_TEST(a_projection_that_says_something_else_is_found)
{
	struct audit *a;

	(void)put("north", "2025-04", 10, 5);
	(void)put("south", "2025-04", 20, 0);
	(void)hand_sql(&hand, "UPDATE observation SET numerator = numerator + 1", "");
	a = audited("contacts/city/2025-04");
	ck_assert_int_eq(a->cell.numerator, 37);
	ck_assert_int_eq(a->numerator, 35);
	ck_assert_int_eq(a->adds_up, 0);
	ck_assert_int_eq(a->n_faults, 0);
	audit_free(&a);
}
END_TEST

START_TEST(a_figure_that_the_bytes_do_not_carry_is_found)
{
	int64_t id = put("north", "2025-04", 10, 5);
	struct audit *a;

	hand_total(&hand, id, "referrals", 0, 0, 0);
	a = audited("referrals/north/2025-04");
	ck_assert_int_eq(a->n_faults, 1);
	ck_assert_str_eq(a->rows[0].fault, "the bytes do not carry the figure");
	audit_free(&a);
}
END_TEST

START_TEST(a_figure_that_nobody_reported_has_no_rows)
{
	struct audit *a = audited("contacts/city/2025-04");

	ck_assert_uint_eq(a->n, 0);
	ck_assert_int_eq((int)a->cell.status, ROLLUP_MISSING);
	ck_assert_int_eq(a->adds_up, 1);
	audit_free(&a);
}
END_TEST

START_TEST(an_address_that_is_none_is_refused_with_how_to_write_it)
{
	static const char *const wrong[] = { "",
					     "contacts",
					     "contacts/city",
					     "contacts//2025-04",
					     "/city/2025-04",
					     "contacts/city/2025-04/",
					     "contacts/city/2025-04/source",
					     "contacts/city/2025-04/=police",
					     "contacts/city/2025-04/source=police/x" };
	struct rollup_context context = { hand.store, hand.areas, measures, NULL };
	struct audit *audit = NULL;
	struct err err;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_error(audit_run(&context, wrong[i], &audit, &err), ERR_MALFORMED, err,
			     "is not an address: write measure/area/period");
	assert_error(audit_run(&context, "contacts/city/April", &audit, &err), ERR_MALFORMED, err,
		     "\"April\" is not a period");
	assert_error(audit_run(&context, "contacts/citi/2025-04", &audit, &err), ERR_MISSING, err,
		     "did you mean 'city'?");
	assert_error(audit_run(&context, "contacts/city/2025-04/source=martian", &audit, &err),
		     ERR_MISSING, err,
		     "no figure of contacts by source has the category 'martian'");
	ck_assert_ptr_null(audit);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_city_figure_leads_to_its_districts_signed_reports);
	tcase_add_test(tc, a_category_that_a_report_does_not_list_counts_as_zero);
	tcase_add_test(tc, a_quarter_leads_to_every_month_of_the_areas_that_have_all);
	tcase_add_test(tc, a_rate_is_led_back_to_its_numerator_and_the_population);
	tcase_add_test(tc, bytes_that_were_changed_are_found);
	tcase_add_test(tc, a_projection_that_says_something_else_is_found);
	tcase_add_test(tc, a_figure_that_the_bytes_do_not_carry_is_found);
	tcase_add_test(tc, a_figure_that_nobody_reported_has_no_rows);
	tcase_add_test(tc, an_address_that_is_none_is_refused_with_how_to_write_it);
}

HARNESS_MAIN("audit", add)
