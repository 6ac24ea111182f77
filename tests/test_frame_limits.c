#include "proto/frame.h"

#include "tests/frame_samples.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

/* Messages with as many parts as proto/limits.h allows, each as small as it can be: those take the
 * most memory per byte. Each must encode (which decodes again) and come back whole. */

static District__Range range_of[LIMIT_RANGES];
static District__Range *small_ranges[LIMIT_RANGES];

/* One number each, every second one: after+1, after+3, … */
static void make_ranges(uint64_t after)
{
	for (size_t i = 0; i < LIMIT_RANGES; i++) {
		district__range__init(&range_of[i]);
		range_of[i].first = range_of[i].last = after + 1 + 2 * i;
		small_ranges[i] = &range_of[i];
	}
}

static void assert_ranges(District__Range *const *got, size_t n, uint64_t after)
{
	ck_assert_uint_eq(n, LIMIT_RANGES);
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(got[i]->first, after + 1 + 2 * i);
		ck_assert_uint_eq(got[i]->last, after + 1 + 2 * i);
	}
}

START_TEST(a_void_of_as_many_ranges_as_allowed_is_read)
{
	struct frame f = { 0 };
	struct err err = { 0 };
	struct sample s;
	uint8_t *bytes;
	size_t len;

	sample_init(&s);
	make_ranges(0);
	s.void_.ranges = small_ranges;
	s.void_.n_ranges = LIMIT_RANGES;
	s.entry.body_case = DISTRICT__ENTRY__BODY_VOID;
	s.entry.void_ = &s.void_;
	s.entry.sequence = 2 * LIMIT_RANGES + 1;
	assert_ok(frame_pack_entry(&s.entry, &bytes, &len, &err), err);
	assert_ok(frame_decode_entry(&f, bytes, len, &err), err);
	assert_ranges(f.entry->void_->ranges, f.entry->void_->n_ranges, 0);
	free(bytes);
	frame_clear(&f);
}
END_TEST

START_TEST(a_welcome_of_as_many_ranges_as_allowed_is_read)
{
	struct frame f = { 0 };
	struct err err = { 0 };
	struct sample s;
	uint8_t *bytes;
	size_t len;

	sample_init(&s);
	make_ranges(1);
	s.welcome.stored_up_to = 0;
	s.welcome.beyond = small_ranges;
	s.welcome.n_beyond = LIMIT_RANGES;
	s.envelope.body_case = DISTRICT__ENVELOPE__BODY_WELCOME;
	s.envelope.welcome = &s.welcome;
	assert_ok(frame_encode(&s.envelope, &bytes, &len, &err), err);
	assert_ok(frame_decode(&f, bytes, len, &err), err);
	assert_ranges(f.envelope->welcome->beyond, f.envelope->welcome->n_beyond, 1);
	free(bytes);
	frame_clear(&f);
}
END_TEST

/* Every repeated part at its limit at once. */
START_TEST(a_receipt_of_as_many_answers_as_allowed_is_read)
{
	static uint64_t already[LIMIT_ANSWERS];
	static District__Refusal refusal_of[LIMIT_ANSWERS];
	static District__Refusal *refused[LIMIT_ANSWERS];
	static char code[] = "a", reason[] = "b";
	struct frame f = { 0 };
	struct err err = { 0 };
	struct sample s;
	uint8_t *bytes;
	size_t len;

	sample_init(&s);
	make_ranges(1);
	for (size_t i = 0; i < LIMIT_ANSWERS; i++) {
		already[i] = i + 1;
		district__refusal__init(&refusal_of[i]);
		refusal_of[i].sequence = 1;
		refusal_of[i].code = code;
		refusal_of[i].reason = reason;
		refused[i] = &refusal_of[i];
	}
	s.receipt.stored_up_to = 0;
	s.receipt.beyond = small_ranges;
	s.receipt.n_beyond = LIMIT_RANGES;
	s.receipt.already = already;
	s.receipt.n_already = LIMIT_ANSWERS;
	s.receipt.refused = refused;
	s.receipt.n_refused = LIMIT_ANSWERS;
	assert_ok(frame_pack_receipt(&s.receipt, &bytes, &len, &err), err);
	assert_ok(frame_decode_receipt(&f, bytes, len, &err), err);
	assert_ranges(f.receipt->beyond, f.receipt->n_beyond, 1);
	ck_assert_uint_eq(f.receipt->n_already, LIMIT_ANSWERS);
	ck_assert_uint_eq(f.receipt->already[LIMIT_ANSWERS - 1], LIMIT_ANSWERS);
	ck_assert_uint_eq(f.receipt->n_refused, LIMIT_ANSWERS);
	ck_assert_str_eq(f.receipt->refused[LIMIT_ANSWERS - 1]->reason, "b");
	free(bytes);
	frame_clear(&f);
}
END_TEST

/* 4,095 measures with nothing counted: short strings, the densest columns. */
START_TEST(a_report_of_as_many_strings_as_allowed_is_read)
{
	static char text[LIMIT_DICTIONARY][8];
	static char *strings[LIMIT_DICTIONARY];
	static uint32_t measures[LIMIT_DICTIONARY - 1], nothing[LIMIT_DICTIONARY - 1];
	static int64_t zero[LIMIT_DICTIONARY - 1];
	struct frame f = { 0 };
	struct err err = { 0 };
	struct sample s;
	uint8_t *bytes;
	size_t len;

	sample_init(&s);
	for (uint32_t i = 0; i < LIMIT_DICTIONARY; i++) {
		if (i > 0) {
			(void)snprintf(text[i], sizeof text[i], "%x", i);
			measures[i - 1] = i;
		}
		strings[i] = text[i];
	}
	s.report.dictionary = strings;
	s.report.n_dictionary = LIMIT_DICTIONARY;
	s.report.measure = measures;
	s.report.dimension = s.report.category = nothing;
	s.report.numerator = s.report.denominator = zero;
	s.report.n_measure = s.report.n_dimension = s.report.n_category = LIMIT_DICTIONARY - 1;
	s.report.n_numerator = s.report.n_denominator = LIMIT_DICTIONARY - 1;
	s.report.n_provisional_measures = 0;
	assert_ok(frame_pack_entry(&s.entry, &bytes, &len, &err), err);
	assert_ok(frame_decode_entry(&f, bytes, len, &err), err);
	ck_assert_uint_eq(f.entry->report->n_dictionary, LIMIT_DICTIONARY);
	ck_assert_str_eq(f.entry->report->dictionary[LIMIT_DICTIONARY - 1], "fff");
	ck_assert_uint_eq(f.entry->report->n_measure, LIMIT_DICTIONARY - 1);
	free(bytes);
	frame_clear(&f);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_void_of_as_many_ranges_as_allowed_is_read);
	tcase_add_test(tc, a_welcome_of_as_many_ranges_as_allowed_is_read);
	tcase_add_test(tc, a_receipt_of_as_many_answers_as_allowed_is_read);
	tcase_add_test(tc, a_report_of_as_many_strings_as_allowed_is_read);
}

HARNESS_MAIN("frame limits", add)
