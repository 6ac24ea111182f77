#include "proto/out.h"

#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

static const char *const columns[] = { "area", "stored_up_to>", "late", "rate>" };

static char *written;
static size_t written_len;

/* Closes the memory file of o, too. */
static void end(struct out *o, FILE *f, const char *expected)
{
	ck_assert_int_eq(out_end(&o), 0);
	ck_assert_ptr_null(o);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_str_eq(written, expected);
	free(written);
}

static struct out *filled(enum out_form form, FILE **f)
{
	struct out *o;

	*f = open_memstream(&written, &written_len);
	ck_assert_ptr_nonnull(*f);
	o = out_begin(*f, form, "areas", columns, 4);
	out_text(o, "Café, \"north\"");
	out_int(o, 12);
	out_bool(o, true);
	out_real(o, 12.25, 1);
	out_text(o, NULL);
	out_int(o, -1234567);
	out_bool(o, false);
	out_real(o, 0.0 / 0.0, 1);
	return o;
}

START_TEST(a_text_table_is_aligned_by_characters_with_numbers_to_the_right)
{
	FILE *f;
	struct out *o = filled(OUT_TEXT, &f);

	out_note(o, "as known on", "2026-11-22");
	end(o, f,
	    "area           stored up to  late  rate\n"
	    "Café, \"north\"            12  yes   12.3\n"
	    "                   -1234567  no        \n"
	    "as known on: 2026-11-22\n");
}
END_TEST

START_TEST(csv_is_quoted_as_rfc_4180_says)
{
	FILE *f;
	struct out *o = filled(OUT_CSV, &f);

	out_note(o, "as known on", "2026-11-22"); /* a CSV has no place for it */
	end(o, f,
	    "area,stored_up_to,late,rate\r\n"
	    "\"Café, \"\"north\"\"\",12,yes,12.3\r\n"
	    ",-1234567,no,\r\n");
}
END_TEST

START_TEST(json_has_a_schema_number_types_and_null)
{
	FILE *f;
	struct out *o = filled(OUT_JSON, &f);

	out_note(o, "note", "a\tb");
	end(o, f,
	    "{\"schema\":1,\"areas\":[{\"area\":\"Café, \\\"north\\\"\",\"stored_up_to\":12,"
	    "\"late\":true,\"rate\":12.3},{\"area\":null,\"stored_up_to\":-1234567,\"late\":false,"
	    "\"rate\":null}],\"note\":\"a\\u0009b\"}\n");
}
END_TEST

START_TEST(a_document_may_hold_several_tables)
{
	static const char *const one[] = { "code", "n>" };
	static const char *const two[] = { "reason" };
	static const char *const expected[] = {
		"code   n\nabc   10\n\nreason\nlong reason\n\ncode  n\n",
		"code,n\r\nabc,10\r\n\r\nreason\r\nlong reason\r\n\r\ncode,n\r\n",
		"{\"schema\":1,\"a\":[{\"code\":\"abc\",\"n\":10}],\"b\":[{\"reason\":\"long "
		"reason\"}],\"c\":[]}\n",
	};
	static const enum out_form forms[] = { OUT_TEXT, OUT_CSV, OUT_JSON };

	for (int i = 0; i < 3; i++) {
		FILE *f = open_memstream(&written, &written_len);
		struct out *o;

		ck_assert_ptr_nonnull(f);
		o = out_begin(f, forms[i], "a", one, 2);
		out_text(o, "abc");
		out_int(o, 10);
		out_table(o, "b", two, 1);
		out_text(o, "long reason");
		out_table(o, "c", one, 2);
		end(o, f, expected[i]);
	}
}
END_TEST

START_TEST(a_table_without_rows_is_a_header_or_an_empty_array)
{
	static const char *const expected[] = { "area  stored up to  late  rate\n",
						"area,stored_up_to,late,rate\r\n",
						"{\"schema\":1,\"areas\":[]}\n" };
	static const enum out_form forms[] = { OUT_TEXT, OUT_CSV, OUT_JSON };

	for (int i = 0; i < 3; i++) {
		FILE *f = open_memstream(&written, &written_len);

		ck_assert_ptr_nonnull(f);
		end(out_begin(f, forms[i], "areas", columns, 4), f, expected[i]);
	}
}
END_TEST

START_TEST(a_cell_cannot_command_the_terminal)
{
	static const char *const one[] = { "reason" };
	FILE *f = open_memstream(&written, &written_len);
	struct out *o;

	ck_assert_ptr_nonnull(f);
	o = out_begin(f, OUT_TEXT, "reasons", one, 1);
	out_text(o, "\033[2Jx\ny");
	end(o, f, "reason\n?[2Jx?y\n");
}
END_TEST

START_TEST(reals_round_half_up_as_they_are_shown)
{
	static const char *const one[] = { "rate>" };
	static const struct {
		double value;
		int decimals;
		const char *shown;
	} cases[] = {
		{ 2.675, 2, "rate\r\n2.68\r\n" }, /* 2.67499999… in binary */
		{ 0.25, 1, "rate\r\n0.3\r\n" },    { 18.45, 1, "rate\r\n18.5\r\n" },
		{ 0.5, 0, "rate\r\n1\r\n" },       { 1.5, 0, "rate\r\n2\r\n" },
		{ -0.25, 1, "rate\r\n-0.3\r\n" },  { -0.04, 1, "rate\r\n0.0\r\n" },
		{ 99.949, 1, "rate\r\n99.9\r\n" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		FILE *f = open_memstream(&written, &written_len);
		struct out *o;

		ck_assert_ptr_nonnull(f);
		o = out_begin(f, OUT_CSV, "rates", one, 1);
		out_real(o, cases[i].value, cases[i].decimals);
		end(o, f, cases[i].shown);
	}
}
END_TEST

/* By hand: 1/3 = 33.33…%; 1/8 = 12.5% → 13 with no decimal; 1/16 = 6.25% → 6.3; 0.5 → 1. */
START_TEST(a_ratio_is_rounded_half_up_exactly)
{
	ck_assert_int_eq(out_round_ratio(1, 3, 100, 1), 333);
	ck_assert_int_eq(out_round_ratio(2, 3, 100, 1), 667);
	ck_assert_int_eq(out_round_ratio(1, 8, 100, 0), 13);
	ck_assert_int_eq(out_round_ratio(1, 16, 100, 1), 63);
	ck_assert_int_eq(out_round_ratio(-1, 16, 100, 1), -63);
	ck_assert_int_eq(out_round_ratio(0, 16, 100, 1), 0);
	ck_assert_int_eq(out_round_ratio(1, 2, 1, 0), 1);
	/* West Midlands 2017: 18.47 → 18.5 */
	ck_assert_int_eq(out_round_ratio(1847, 100, 1, 1), 185);
	ck_assert_int_eq(out_round_ratio(1LL << 53, 1, 10000, 2), INT64_MAX);
	ck_assert_int_eq(out_round_ratio(-(1LL << 53), 1, 10000, 2), INT64_MIN);
}
END_TEST

START_TEST(no_memory_is_told_at_the_end_and_not_before)
{
	FILE *sink = fopen("/dev/null", "w");
	long n = 0;

	ck_assert_ptr_nonnull(sink);
	for (long i = 0; i == 0 || i <= n; i++) {
		struct out *o;
		int result;

		harness_fail_allocation(i);
		o = out_begin(sink, OUT_TEXT, "areas", columns, 4);
		for (int row = 0; row < 20; row++) {
			out_text(o, "a longer name of an area");
			out_int(o, row);
			out_bool(o, true);
			out_real(o, row, 1);
		}
		out_note(o, "key", "value");
		result = out_end(&o);
		if (i == 0)
			n = harness_allocations();
		harness_fail_allocation(0);
		ck_assert_int_eq(result, i == 0 ? 0 : -1);
	}
	(void)fclose(sink);
}
END_TEST

START_TEST(a_full_disk_is_told)
{
	FILE *f = fopen("/dev/full", "w");
	struct out *o;

	ck_assert_ptr_nonnull(f);
	o = out_begin(f, OUT_JSON, "areas", columns, 4);
	ck_assert_int_eq(out_end(&o), -1);
	(void)fclose(f);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_text_table_is_aligned_by_characters_with_numbers_to_the_right);
	tcase_add_test(tc, csv_is_quoted_as_rfc_4180_says);
	tcase_add_test(tc, json_has_a_schema_number_types_and_null);
	tcase_add_test(tc, a_document_may_hold_several_tables);
	tcase_add_test(tc, a_table_without_rows_is_a_header_or_an_empty_array);
	tcase_add_test(tc, a_cell_cannot_command_the_terminal);
	tcase_add_test(tc, reals_round_half_up_as_they_are_shown);
	tcase_add_test(tc, a_ratio_is_rounded_half_up_exactly);
	tcase_add_test(tc, no_memory_is_told_at_the_end_and_not_before);
	tcase_add_test(tc, a_full_disk_is_told);
}

HARNESS_MAIN("out", add)
