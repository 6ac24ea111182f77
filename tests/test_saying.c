#include "agent/saying.h"

#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "proto/keys.h"

/* contacts 5, by sex: f 2, m 3; referrals 7; visits 3 of 4, whose follow-up is not over */
struct sample {
	District__Report report;
	char *dictionary[7];
	uint32_t measure[6], dimension[6], category[6], provisional[1];
	int64_t numerator[6], denominator[6];
	uint8_t digest[32];
};

static struct sample sample;

static void set_up(void)
{
	static char words[][12] = { "", "contacts", "sex", "f", "m", "referrals", "visits" };
	static const struct sample rows = {
		.measure = { 1, 1, 1, 1, 5, 6 },
		.dimension = { 0, 2, 2, 2, 0, 0 },
		.category = { 0, 0, 3, 4, 0, 0 },
		.numerator = { 5, 5, 2, 3, 7, 3 },
		.denominator = { 5, 5, 2, 3, 7, 4 },
		.provisional = { 6 },
	};
	District__Report *r = &sample.report;

	sample = rows;
	district__report__init(r);
	for (size_t i = 0; i < 7; i++)
		sample.dictionary[i] = words[i];
	memset(sample.digest, 0x5e, sizeof sample.digest);
	r->measures_digest = (ProtobufCBinaryData){ sizeof sample.digest, sample.digest };
	r->dictionary = sample.dictionary;
	r->n_dictionary = 7;
	r->measure = sample.measure;
	r->dimension = sample.dimension;
	r->category = sample.category;
	r->numerator = sample.numerator;
	r->denominator = sample.denominator;
	r->n_measure = r->n_dimension = r->n_category = 6;
	r->n_numerator = r->n_denominator = 6;
	r->provisional_measures = sample.provisional;
	r->n_provisional_measures = 1;
}

/* The digest of the measure that is at this place in the report. */
static const char *digest_of(size_t at)
{
	static char hex[2][65];
	static int turn;
	struct saying *sayings = NULL;
	struct err err = { .code = ERR_OK };
	size_t n;

	assert_ok(saying_list(&sample.report, &sayings, &n, &err), err);
	ck_assert_uint_eq(n, 3);
	turn = !turn;
	(void)keys_hex(sayings[at].digest, 32, hex[turn]);
	free(sayings);
	return hex[turn];
}

/* SHA-256, computed with another program, over: the measure set's digest; the status (0 final, 1
 * follow-up not over, 2 period not ended); measure NUL; per row dimension NUL category NUL,
 * numerator, denominator; numbers as 8 bytes, least first. */
START_TEST(a_digest_is_that_of_the_measures_rows_its_status_and_the_measure_set)
{
	ck_assert_str_eq(digest_of(0),
			 "bc55e3dfe6d84b60a238787a67b3522aeb77cf8c0e769cb7bf1c0b474f9da84e");
	ck_assert_str_eq(digest_of(2),
			 "cb4e982ca44102d2470df37bc886a5340514c36e48952bf2f32fa7194faab5ab");
	sample.report.provisional = 1;
	sample.report.n_provisional_measures = 0;
	ck_assert_str_eq(digest_of(2),
			 "96b383a65f0ee45f76f14a4e8279af3107c7a7b82d46bb9a0f0ea195d3e37002");
}
END_TEST

START_TEST(another_extract_as_at_or_measure_leaves_a_digest_as_it_is)
{
	const char *before = digest_of(0);

	sample.report.as_at = 20757;
	sample.report.rows_read = 7;
	sample.report.extract_digest = sample.report.measures_digest;
	sample.numerator[4] = 8;
	sample.report.n_provisional_measures = 0;
	ck_assert_str_eq(digest_of(0), before);
}
END_TEST

START_TEST(a_number_or_a_category_makes_another_digest)
{
	const char *before = digest_of(0);

	sample.denominator[3] = 4;
	ck_assert_str_ne(digest_of(0), before);
	sample.denominator[3] = 3;
	before = digest_of(0);
	sample.category[3] = 5;
	ck_assert_str_ne(digest_of(0), before);
}
END_TEST

START_TEST(what_is_left_out_takes_its_rows_its_status_and_its_words_along)
{
	const uint8_t without_visits[7] = { [6] = 1 }, without_contacts[7] = { [1] = 1 };
	const District__Report *r = &sample.report;

	saying_leave_out(&sample.report, without_visits);
	ck_assert_uint_eq(r->n_measure, 5);
	ck_assert_uint_eq(r->n_provisional_measures, 0);
	ck_assert_uint_eq(r->n_dictionary, 6);
	set_up();
	saying_leave_out(&sample.report, without_contacts);
	ck_assert_uint_eq(r->n_measure, 2);
	ck_assert_uint_eq(r->n_denominator, 2);
	ck_assert_uint_eq(r->n_dictionary, 3);
	ck_assert_str_eq(r->dictionary[0], "");
	ck_assert_str_eq(r->dictionary[r->measure[0]], "referrals");
	ck_assert_int_eq(r->numerator[0], 7);
	ck_assert_str_eq(r->dictionary[r->measure[1]], "visits");
	ck_assert_int_eq(r->denominator[1], 4);
	ck_assert_uint_eq(r->n_provisional_measures, 1);
	ck_assert_uint_eq(r->provisional_measures[0], r->measure[1]);
}
END_TEST

START_TEST(a_report_without_measures_says_nothing)
{
	struct saying *sayings = NULL;
	struct err err = { .code = ERR_OK };
	size_t n = 1;

	sample.report.n_measure = 0;
	assert_ok(saying_list(&sample.report, &sayings, &n, &err), err);
	ck_assert_uint_eq(n, 0);
	free(sayings);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, a_digest_is_that_of_the_measures_rows_its_status_and_the_measure_set);
	tcase_add_test(tc, another_extract_as_at_or_measure_leaves_a_digest_as_it_is);
	tcase_add_test(tc, a_number_or_a_category_makes_another_digest);
	tcase_add_test(tc, what_is_left_out_takes_its_rows_its_status_and_its_words_along);
	tcase_add_test(tc, a_report_without_measures_says_nothing);
}

HARNESS_MAIN("saying", add)
