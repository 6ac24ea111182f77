#include "proto/frame.h"

#include "tests/frame_samples.h"
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

/* What decoded messages must satisfy, field by field, and how an entry reads as JSON. */

static enum err_code decode_envelope(struct sample *s, struct err *err)
{
	struct frame f = { 0 };
	size_t len;
	uint8_t *bytes = packed(&s->envelope, &len);
	enum err_code code = frame_decode(&f, bytes, len, err);

	ck_assert((code == ERR_OK) == (f.envelope != NULL));
	frame_clear(&f);
	free(bytes);
	return code;
}

static enum err_code decode_entry(struct sample *s, struct err *err)
{
	struct frame f = { 0 };
	size_t len;
	uint8_t *bytes = packed(&s->entry, &len);
	enum err_code code = frame_decode_entry(&f, bytes, len, err);

	ck_assert((code == ERR_OK) == (f.entry != NULL));
	frame_clear(&f);
	free(bytes);
	return code;
}

/* ---- fields */

struct entry_case {
	void (*change)(struct sample *s);
	enum err_code code;
	const char *words;
};

static uint32_t other_indexes[6];
static int64_t other_values[6];
static char *other_dictionary[7];

static uint32_t *indexes_with(const uint32_t *from, size_t at, uint32_t value)
{
	memcpy(other_indexes, from, sizeof other_indexes);
	other_indexes[at] = value;
	return other_indexes;
}

static int64_t *values_with(const int64_t *from, size_t at, int64_t value)
{
	memcpy(other_values, from, sizeof other_values);
	other_values[at] = value;
	return other_values;
}

static char **dictionary_with(size_t at, char *word)
{
	memcpy(other_dictionary, dictionary, sizeof other_dictionary);
	other_dictionary[at] = word;
	return other_dictionary;
}

static char word_capital[] = "has space";
static char word_quarter[] = "2026-27-Q2";
static char word_empty[] = "";
static char word_name[] = "Ladywood";

static void outside_dictionary(struct sample *s)
{
	s->report.category = indexes_with(category, 2, 7);
}
static void no_measure(struct sample *s)
{
	s->report.measure = indexes_with(measure, 4, 0);
}
static void category_alone(struct sample *s)
{
	s->report.category = indexes_with(category, 4, 3);
}
static void columns_differ(struct sample *s)
{
	s->report.n_numerator = 5;
}
static void row_twice(struct sample *s)
{
	s->report.category = indexes_with(category, 3, 3);
}
static void no_total(struct sample *s)
{
	s->report.measure = indexes_with(measure, 0, 4);
}
static void no_breakdown_total(struct sample *s)
{
	s->report.dimension = indexes_with(dimension, 1, 4);
}
static void sum_differs(struct sample *s)
{
	s->report.numerator = values_with(numerator, 2, 4);
}
static void denominator_sum_differs(struct sample *s)
{
	s->report.denominator = values_with(denominator, 3, 1);
}
static void value_too_big(struct sample *s)
{
	s->report.numerator = values_with(numerator, 0, (1LL << 53) + 1);
}
static void value_too_small(struct sample *s)
{
	s->report.denominator = values_with(denominator, 0, -(1LL << 53) - 1);
}
static void dictionary_first(struct sample *s)
{
	s->report.dictionary = dictionary_with(0, words[1]);
}
static void dictionary_word(struct sample *s)
{
	s->report.dictionary = dictionary_with(3, word_capital);
}
static void dictionary_empty_word(struct sample *s)
{
	s->report.dictionary = dictionary_with(3, word_empty);
}
static void dictionary_twice(struct sample *s)
{
	s->report.dictionary = dictionary_with(3, words[4]);
}
static void provisional_unknown(struct sample *s)
{
	static uint32_t list[] = { 3 };

	s->report.provisional_measures = list;
}
static void provisional_twice(struct sample *s)
{
	static uint32_t list[] = { 6, 6 };

	s->report.provisional_measures = list;
	s->report.n_provisional_measures = 2;
}
static void period_quarter(struct sample *s)
{
	s->report.period = word_quarter;
}
static void as_at_before(struct sample *s)
{
	s->report.as_at = 20726; /* 2026-09-30 */
}
static void as_at_far(struct sample *s)
{
	s->report.as_at = 50000;
}
static void digest_short(struct sample *s)
{
	s->report.measures_digest.len = 31;
}
static void area_not_code(struct sample *s)
{
	s->report.area = word_capital;
}
static void rows_beyond(struct sample *s)
{
	s->report.rows_read = UINT64_MAX;
}
static void sequence_zero(struct sample *s)
{
	s->entry.sequence = 0;
}
static void sequence_beyond(struct sample *s)
{
	s->entry.sequence = (1ULL << 62) + 1;
}
static void agent_name(struct sample *s)
{
	s->entry.agent = word_name;
}
static void spool_short(struct sample *s)
{
	s->entry.spool.len = 15;
}
static void sealed_never(struct sample *s)
{
	s->entry.sealed_us = 0;
}
static void body_none(struct sample *s)
{
	s->entry.body_case = DISTRICT__ENTRY__BODY__NOT_SET;
}
static void void_backwards(struct sample *s)
{
	range_a.first = 6;
	range_a.last = 5;
	s->entry.body_case = DISTRICT__ENTRY__BODY_VOID;
	s->entry.void_ = &s->void_;
}
static void void_reaches_itself(struct sample *s)
{
	range_a.last = 7;
	s->entry.body_case = DISTRICT__ENTRY__BODY_VOID;
	s->entry.void_ = &s->void_;
}
static void void_empty(struct sample *s)
{
	s->void_.n_ranges = 0;
	s->entry.body_case = DISTRICT__ENTRY__BODY_VOID;
	s->entry.void_ = &s->void_;
}
static void withdraw_no_reason(struct sample *s)
{
	s->withdraw.reason = word_empty;
	s->entry.body_case = DISTRICT__ENTRY__BODY_WITHDRAW;
	s->entry.withdraw = &s->withdraw;
}
static void return_period(struct sample *s)
{
	s->periods[0] = word_quarter;
	s->entry.body_case = DISTRICT__ENTRY__BODY_EXTRACT_RETURN;
	s->entry.extract_return = &s->extract_return;
}
static void return_accepted_without_as_at(struct sample *s)
{
	s->extract_return.as_at = 0;
	s->entry.body_case = DISTRICT__ENTRY__BODY_EXTRACT_RETURN;
	s->entry.extract_return = &s->extract_return;
}

START_TEST(an_entry_that_breaks_a_rule_is_refused_with_the_field)
{
	static const struct entry_case cases[] = {
		{ outside_dictionary, ERR_MALFORMED, "row 2: outside the dictionary" },
		{ no_measure, ERR_MALFORMED, "row 4: without a measure" },
		{ category_alone, ERR_MALFORMED, "row 4: category without a dimension" },
		{ columns_differ, ERR_MALFORMED, "the columns differ in length" },
		{ row_twice, ERR_MALFORMED, "row 3: the same as row 2" },
		{ no_total, ERR_MALFORMED, "contacts has no total" },
		{ no_breakdown_total, ERR_MALFORMED, "contacts by sex has no total" },
		{ sum_differs, ERR_MALFORMED, "contacts by sex do not add up to their total" },
		{ denominator_sum_differs, ERR_MALFORMED, "contacts by sex do not add up" },
		{ value_too_big, ERR_TOO_BIG, "row 0: value beyond 2^53" },
		{ value_too_small, ERR_TOO_BIG, "row 0: value beyond 2^53" },
		{ dictionary_first, ERR_MALFORMED, "Report.dictionary: the first is not empty" },
		{ dictionary_word, ERR_MALFORMED, "Report.dictionary[3]: not a code" },
		{ dictionary_empty_word, ERR_MALFORMED, "Report.dictionary[3]: not a code" },
		{ dictionary_twice, ERR_MALFORMED, "Report.dictionary: \"female\" twice" },
		{ provisional_unknown, ERR_MALFORMED, "not a measure of this report" },
		{ provisional_twice, ERR_MALFORMED, "visits_on_time twice" },
		{ period_quarter, ERR_MALFORMED, "Report.period: not a week" },
		{ as_at_before, ERR_MALFORMED, "Report.as_at: before the period begins" },
		{ as_at_far, ERR_MALFORMED, "Report.as_at: not a day" },
		{ digest_short, ERR_MALFORMED, "Report.measures_digest: has 31 bytes" },
		{ area_not_code, ERR_MALFORMED, "Report.area: not a code" },
		{ rows_beyond, ERR_TOO_BIG, "Report.rows_read: beyond 2^53" },
		{ sequence_zero, ERR_MALFORMED, "Entry.sequence" },
		{ sequence_beyond, ERR_MALFORMED, "Entry.sequence" },
		{ agent_name, ERR_MALFORMED, "Entry.agent: not a name" },
		{ spool_short, ERR_MALFORMED, "Entry.spool: has 15 bytes, must have 16" },
		{ sealed_never, ERR_MALFORMED, "Entry.sealed_us" },
		{ body_none, ERR_VERSION, "of a kind that this program does not know" },
		{ void_backwards, ERR_MALFORMED, "Void.ranges: ranges must ascend" },
		{ void_reaches_itself, ERR_MALFORMED, "Void.ranges: reach the number" },
		{ void_empty, ERR_MALFORMED, "Void.ranges: empty" },
		{ withdraw_no_reason, ERR_MALFORMED, "Withdraw.reason: empty" },
		{ return_period, ERR_MALFORMED, "Return.confirmed: not a week" },
		{ return_accepted_without_as_at, ERR_MALFORMED, "Return.as_at: not a day" },
	};
	struct sample s;
	struct err err = { 0 };
	uint8_t *bytes = NULL;
	size_t len = 0;

	sample_init(&s);
	assert_ok(decode_entry(&s, &err), err);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		sample_init(&s);
		cases[i].change(&s);
		assert_error(decode_entry(&s, &err), cases[i].code, err, cases[i].words);
		/* and so it cannot be sent */
		assert_error(frame_pack_entry(&s.entry, &bytes, &len, &err), cases[i].code, err,
			     cases[i].words);
		ck_assert_ptr_null(bytes);
	}
}
END_TEST

START_TEST(a_code_of_65_bytes_is_too_big)
{
	struct sample s;
	struct err err = { 0 };
	char longer[66];

	sample_init(&s);
	memset(longer, 'a', 65);
	longer[65] = '\0';
	s.report.area = longer;
	assert_error(decode_entry(&s, &err), ERR_TOO_BIG, err, "Report.area: longer than 64 bytes");
	longer[64] = '\0';
	assert_ok(decode_entry(&s, &err), err);
}
END_TEST

START_TEST(a_refused_extract_without_as_at_can_be_returned)
{
	struct sample s;
	struct err err = { 0 };

	sample_init(&s);
	s.extract_return.accepted = 0;
	s.extract_return.as_at = 0;
	s.extract_return.extract_digest.len = 0;
	s.entry.body_case = DISTRICT__ENTRY__BODY_EXTRACT_RETURN;
	s.entry.extract_return = &s.extract_return;
	assert_ok(decode_entry(&s, &err), err);
}
END_TEST

START_TEST(a_welcome_with_overlapping_ranges_is_refused)
{
	struct sample s;
	struct err err = { 0 };

	sample_init(&s);
	s.envelope.body_case = DISTRICT__ENVELOPE__BODY_WELCOME;
	s.envelope.welcome = &s.welcome;
	assert_ok(decode_envelope(&s, &err), err);
	s.welcome.stored_up_to = 5;
	assert_error(decode_envelope(&s, &err), ERR_MALFORMED, err,
		     "Welcome.beyond: ranges must ascend");
	s.welcome.stored_up_to = 3;
	s.welcome.store.len = 0;
	assert_error(decode_envelope(&s, &err), ERR_MALFORMED, err, "Welcome.store: has 0 bytes");
}
END_TEST

START_TEST(a_hello_names_its_last_digest_when_it_has_a_last_entry)
{
	struct sample s;
	struct err err = { 0 };

	sample_init(&s);
	s.envelope.body_case = DISTRICT__ENVELOPE__BODY_HELLO;
	s.envelope.hello = &s.hello;
	s.hello.last_sequence = 0;
	assert_error(decode_envelope(&s, &err), ERR_MALFORMED, err,
		     "Hello.last_digest: has 32 bytes, must have 0");
	s.hello.last_digest.len = 0;
	assert_ok(decode_envelope(&s, &err), err);
	s.hello.last_sequence = 4;
	assert_error(decode_envelope(&s, &err), ERR_MALFORMED, err, "must have 32");
}
END_TEST

/* The largest report that fits: one measure by as many categories as there may be rows. */
START_TEST(a_report_of_65536_rows_is_checked_without_delay)
{
	enum {
		N = LIMIT_OBSERVATIONS,
		N_WORDS = 300
	};
	static uint32_t m[N], d[N], c[N];
	static int64_t v[N];
	static char text[N_WORDS][8];
	static char *words_many[N_WORDS];
	struct sample s;
	struct err err = { 0 };
	size_t n = 0;

	for (size_t i = 1; i < N_WORDS; i++)
		(void)snprintf(text[i], sizeof text[i], "w%zu", i);
	for (size_t i = 0; i < N_WORDS; i++)
		words_many[i] = text[i];
	/* backwards, so that nothing is sorted already */
	for (uint32_t i = 1; n < N; i++)
		for (uint32_t k = N_WORDS - 1; k-- > 0 && n < N; n++) {
			m[n] = i;
			d[n] = k == 0 ? 0 : 1 + (k - 1) / 50;
			c[n] = k == 0 || (k - 1) % 50 == 0 ? 0 : k;
		}
	/* the last measure is cut off before its total: give it none of its rows */
	while (n > 0 && m[n - 1] == m[N - 1])
		n--;
	sample_init(&s);
	s.report.dictionary = words_many;
	s.report.n_dictionary = N_WORDS;
	s.report.measure = m;
	s.report.dimension = d;
	s.report.category = c;
	s.report.numerator = s.report.denominator = v;
	s.report.n_measure = s.report.n_dimension = s.report.n_category = s.report.n_numerator =
		s.report.n_denominator = n;
	s.report.n_provisional_measures = 0;
	ck_assert_uint_gt(n, 65000);
	assert_ok(decode_entry(&s, &err), err);
	c[40000] = c[40001]; /* one row twice among them */
	d[40000] = d[40001];
	assert_error(decode_entry(&s, &err), ERR_MALFORMED, err, "the same as row");
}
END_TEST

/* ---- JSON */

START_TEST(a_report_reads_as_one_line_of_json)
{
	struct sample s;
	struct err err = { 0 };
	char *json;

	sample_init(&s);
	assert_ok(frame_entry_to_json(&s.entry, &json, &err), err);
	ck_assert_ptr_null(strchr(json, '\n'));
	ck_assert_ptr_nonnull(strstr(json, "{\"agent\":\"ladywood\",\"spool\":"
					   "\"0102030405060708090a0b0c0d0e0f10\",\"sequence\":7,"));
	ck_assert_ptr_nonnull(strstr(json, "\"period\":\"2026-10\",\"as_at\":\"2026-10-31\","));
	ck_assert_ptr_nonnull(strstr(json, "{\"measure\":\"contacts\",\"dimension\":\"sex\","
					   "\"category\":\"male\",\"numerator\":3,"
					   "\"denominator\":3}"));
	ck_assert_ptr_nonnull(strstr(json, "\"provisional_measures\":[\"visits_on_time\"]}}"));
	ck_assert_ptr_null(strstr(json, "withdraw"));
	free(json);
	s.entry.body_case = DISTRICT__ENTRY__BODY_EXTRACT_RETURN;
	s.entry.extract_return = &s.extract_return;
	assert_ok(frame_entry_to_json(&s.entry, &json, &err), err);
	ck_assert_ptr_nonnull(strstr(json, "\"lists\":[{\"name\":\"contacts\",\"rows_read\":10,"
					   "\"rows_rejected\":0,\"state\":\"LIST_NIL\"}]"));
	ck_assert_ptr_nonnull(
		strstr(json, "\"confirmed\":[\"2026-10\"],\"changed\":[\"2026-W44\"]"));
	free(json);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, an_entry_that_breaks_a_rule_is_refused_with_the_field);
	tcase_add_test(tc, a_code_of_65_bytes_is_too_big);
	tcase_add_test(tc, a_refused_extract_without_as_at_can_be_returned);
	tcase_add_test(tc, a_welcome_with_overlapping_ranges_is_refused);
	tcase_add_test(tc, a_hello_names_its_last_digest_when_it_has_a_last_entry);
	tcase_add_test(tc, a_report_of_65536_rows_is_checked_without_delay);
	tcase_add_test(tc, a_report_reads_as_one_line_of_json);
}

HARNESS_MAIN("frame_fields", add)
