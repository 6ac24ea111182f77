#include "aggregator/web/html.h"

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "tests/harness.h"

static struct html h;
static struct err err;

static void expect(const char *text)
{
	ck_assert_int_eq(h.failed, 0);
	ck_assert_str_eq(h.text, text);
	ck_assert_uint_eq(h.len, strlen(text));
	html_clear(&h);
}

/* ---- escaping */

START_TEST(what_html_could_take_for_markup_is_escaped)
{
	html_text(&h, "<b class=\"x\" id='y'>&amp;</b>");
	expect("&lt;b class=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/b&gt;");
}
END_TEST

START_TEST(control_bytes_are_dropped_and_lines_are_kept)
{
	html_text(&h, "a\x01\x1f\x7f"
		      "b\nc\td\r");
	expect("ab\nc\td");
}
END_TEST

START_TEST(other_scripts_pass_as_they_are)
{
	html_text(&h, "\xc5\x81ucja \xe2\x80\x93 \xf0\x9f\x91\xb6");
	expect("\xc5\x81ucja \xe2\x80\x93 \xf0\x9f\x91\xb6");
}
END_TEST

START_TEST(raw_text_and_bytes_are_not_escaped)
{
	html_raw(&h, "<p>");
	html_bytes(&h, "&rest", 1);
	html_raw(&h, "");
	expect("<p>&");
}
END_TEST

START_TEST(a_format_is_markup_and_what_it_prints_is_not)
{
	html_put(&h, "<a title=\"%s\">%c%%</a>", "\"><script>", '<');
	expect("<a title=\"&quot;&gt;&lt;script&gt;\">&lt;%</a>");
}
END_TEST

START_TEST(a_format_prints_numbers_of_every_kind)
{
	html_put(&h, "%d %u %ld %lld %zu %.0f %.2f", -1, 2U, -3L, 4LL, (size_t)5, 6.4, -0.126);
	expect("-1 2 -3 4 5 6 -0.13");
}
END_TEST

START_TEST(the_widest_numbers_have_room)
{
	html_put(&h, "%d %u %ld %lld %zu", INT_MIN, UINT_MAX, LONG_MIN, LLONG_MIN, SIZE_MAX);
	expect("-2147483648 4294967295 -9223372036854775808 -9223372036854775808 "
	       "18446744073709551615");
	html_put(&h, "%.9f", -1e308);
	ck_assert_uint_eq(h.len, 1 + 309 + 1 + 9);
	html_clear(&h);
}
END_TEST

START_TEST(a_value_in_a_url_is_escaped_by_rfc_3986)
{
	html_url(&h, "aZ09-._~ /?&=%+\"'<>\xc3\xa9");
	expect("aZ09-._~%20%2F%3F%26%3D%25%2B%22%27%3C%3E%C3%A9");
}
END_TEST

/* ---- numbers */

static const struct {
	int64_t value;
	const char *text;
} numbers[] = {
	{ 0, "0" },
	{ 7, "7" },
	{ 999, "999" },
	{ 1000, "1,000" },
	{ 12345, "12,345" },
	{ 123456, "123,456" },
	{ 1234567, "1,234,567" },
	{ -5, "\xe2\x88\x92"
	      "5" },
	{ -1000, "\xe2\x88\x92"
		 "1,000" },
	{ INT64_MAX, "9,223,372,036,854,775,807" },
	{ INT64_MIN, "\xe2\x88\x92"
		     "9,223,372,036,854,775,808" },
};

START_TEST(numbers_are_grouped_by_thousands_with_a_real_minus)
{
	char out[32];

	ck_assert_ptr_eq(html_number(numbers[_i].value, out), out);
	ck_assert_str_eq(out, numbers[_i].text);
}
END_TEST

/* ---- taking, limits, memory */

START_TEST(what_is_taken_belongs_to_the_caller)
{
	char *text;
	size_t len;

	html_raw(&h, "abc");
	assert_ok(html_take(&h, &text, &len, &err), err);
	ck_assert_str_eq(text, "abc");
	ck_assert_uint_eq(len, 3);
	ck_assert_ptr_null(h.text);
	free(text);
	assert_ok(html_take(&h, &text, &len, &err), err);
	ck_assert_str_eq(text, "");
	ck_assert_uint_eq(len, 0);
	free(text);
}
END_TEST

START_TEST(a_page_above_the_limit_is_refused_whole)
{
	static char block[65536];
	char *text = block;
	size_t len = 1;

	memset(block, 'x', sizeof block - 1);
	while (!h.failed && h.len <= LIMIT_WEB_PAGE_BYTES)
		html_raw(&h, block);
	ck_assert_int_eq(h.failed, 1);
	ck_assert_uint_lt(h.len, LIMIT_WEB_PAGE_BYTES);
	html_raw(&h, "later calls do nothing");
	assert_error(html_take(&h, &text, &len, &err), ERR_TOO_BIG, err,
		     "the answer is larger than 16777216 bytes");
	ck_assert_ptr_null(text);
	ck_assert_uint_eq(len, 0);
	ck_assert_int_eq(h.failed, 0);
}
END_TEST

START_TEST(without_memory_it_fails_at_the_end_and_not_before)
{
	static char block[20000];
	char *text;
	size_t len;

	memset(block, 'x', sizeof block - 1);
	for (long n = 1; n <= 2; n++) { /* the first room, and the second */
		harness_fail_allocation(n);
		html_raw(&h, "begun");
		html_text(&h, block);
		html_put(&h, "%s %d", "more", 1);
		harness_fail_allocation(0);
		ck_assert_int_eq(h.failed, 1);
		ck_assert_int_ne(html_take(&h, &text, &len, &err), ERR_OK);
		ck_assert_ptr_null(text);
		ck_assert_msg(strstr(err.text, "memory ran out") != NULL, "%s", err.text);
	}
	html_raw(&h, "again");
	expect("again");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, what_html_could_take_for_markup_is_escaped);
	tcase_add_test(tc, control_bytes_are_dropped_and_lines_are_kept);
	tcase_add_test(tc, other_scripts_pass_as_they_are);
	tcase_add_test(tc, raw_text_and_bytes_are_not_escaped);
	tcase_add_test(tc, a_format_is_markup_and_what_it_prints_is_not);
	tcase_add_test(tc, a_format_prints_numbers_of_every_kind);
	tcase_add_test(tc, the_widest_numbers_have_room);
	tcase_add_test(tc, a_value_in_a_url_is_escaped_by_rfc_3986);
	tcase_add_loop_test(tc, numbers_are_grouped_by_thousands_with_a_real_minus, 0,
			    sizeof numbers / sizeof numbers[0]);
	tcase_add_test(tc, what_is_taken_belongs_to_the_caller);
	tcase_add_test(tc, a_page_above_the_limit_is_refused_whole);
	tcase_add_test(tc, without_memory_it_fails_at_the_end_and_not_before);
}

HARNESS_MAIN("html", add)
