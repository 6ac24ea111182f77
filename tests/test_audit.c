#include "aggregator/audit.h"

#include "tests/hand_store.h"
#include "tests/harness.h"

#include <sodium.h>
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
static uint8_t public_key[32], secret_key[64];

static void setup(void)
{
	struct err err = { ERR_OK, "" };

	ck_assert_int_ge(sodium_init(), 0);
	crypto_sign_keypair(public_key, secret_key);
	hand_store_open(&hand, areas_csv, populations_csv);
	assert_ok(measures_load(NULL, &measures, &err), err);
}

static void teardown(void)
{
	hand_store_close(&hand);
	measures_free(&measures);
}

static char words[][24] = { "", "contacts", "source", "police", "health" };
static char *dictionary[] = { words[0], words[1], words[2], words[3], words[4] };

/* The signed bytes of a report of contacts by source. */
static void pack(const char *area, const char *period, uint64_t sequence, int64_t police,
		 int64_t health, uint8_t **payload, size_t *len)
{
	static uint8_t spool[FRAME_SPOOL_BYTES] = { 7 };
	static uint8_t digest[32] = { 9 };
	uint32_t m[] = { 1, 1, 1, 1 };
	uint32_t d[] = { 0, 2, 2, 2 };
	uint32_t c[] = { 0, 0, 3, 4 };
	int64_t v[] = { police + health, police + health, police, health };
	District__Entry entry = DISTRICT__ENTRY__INIT;
	District__Report report = DISTRICT__REPORT__INIT;
	struct err err = { ERR_OK, "" };
	char names[3][24];

	(void)snprintf(names[0], sizeof names[0], "%s", area);
	(void)snprintf(names[1], sizeof names[1], "%s", period);
	(void)snprintf(names[2], sizeof names[2], "annex_a");
	report.area = names[0];
	report.period = names[1];
	report.dataset = names[2];
	report.as_at = period_end(hand_period(period));
	report.measures_digest = report.extract_digest = (ProtobufCBinaryData){ 32, digest };
	report.n_dictionary = 5;
	report.dictionary = dictionary;
	report.n_measure = report.n_dimension = report.n_category = report.n_numerator =
		report.n_denominator = health > 0 ? 4 : 3;
	report.measure = m;
	report.dimension = d;
	report.category = c;
	report.numerator = report.denominator = v;
	entry.agent = names[0];
	entry.spool = (ProtobufCBinaryData){ sizeof spool, spool };
	entry.sequence = sequence;
	entry.sealed_us = hand_us("2025-05-01");
	entry.body_case = DISTRICT__ENTRY__BODY_REPORT;
	entry.report = &report;
	assert_ok(frame_pack_entry(&entry, payload, len, &err), err);
}

/* Stores and projects it, received on 5 May. */
static int64_t put(const char *area, const char *period, int64_t police, int64_t health)
{
	static const uint8_t spool_id[FRAME_SPOOL_BYTES] = { 7 };
	uint8_t digest[FRAME_DIGEST_BYTES];
	uint8_t signature[FRAME_SIGNATURE_BYTES];
	enum store_append_result result;
	struct store_agent agent;
	struct store_spool spool;
	struct store_entry entry = { .received_us = hand_us("2025-05-05") };
	struct err err = { ERR_OK, "" };
	uint8_t *payload = NULL;
	int64_t id = 0;
	size_t len = 0;

	if (store_agent_find(hand.store, STORE_AGENT_BY_NAME, area, &agent, NULL) != ERR_OK) {
		uint8_t curve_key[32] = { (uint8_t)area[0] };
		struct store_new_agent new_agent = { area, curve_key, public_key, &area, 1 };

		assert_ok(store_agent_add(hand.store, &new_agent, 1, &err), err);
		assert_ok(store_agent_move(hand.store, area, "active", 2, &err), err);
		assert_ok(store_agent_find(hand.store, STORE_AGENT_BY_NAME, area, &agent, &err),
			  err);
	}
	assert_ok(store_begin(hand.store, &err), err);
	assert_ok(store_spool(hand.store, agent.id, spool_id, &spool, &err), err);
	entry.spool = spool.id;
	entry.sequence = 1 + hand_sql(&hand, "SELECT max(sequence) FROM report WHERE spool = ?1",
				      "i", spool.id);
	pack(area, period, (uint64_t)entry.sequence, police, health, &payload, &len);
	frame_digest(payload, len, digest);
	frame_sign(payload, len, secret_key, signature);
	entry.payload = payload;
	entry.payload_len = len;
	entry.signature = signature;
	entry.digest = digest;
	assert_ok(store_append(hand.store, &entry, &result, &id, &err), err);
	assert_ok(store_commit(hand.store, &err), err);
	free(payload);
	hand_header(&hand, id, area, period, "2025-05-01", entry.received_us);
	hand_total(&hand, id, "contacts", police + health, police + health, 0);
	hand_figure(&hand, id, "contacts", "source", "", police + health, police + health);
	hand_figure(&hand, id, "contacts", "source", "police", police, police);
	if (health > 0)
		hand_figure(&hand, id, "contacts", "source", "health", health, health);
	return id;
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
