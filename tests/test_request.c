#include "aggregator/web/request.h"

#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "tests/harness.h"

static struct request rq;
static struct err err;

static enum err_code target(const char *text)
{
	request_clear(&rq);
	err_clear(&err);
	return request_target(&rq, text, strlen(text), &err);
}

static enum err_code cookies(const char *text)
{
	request_clear(&rq);
	err_clear(&err);
	return request_cookies(&rq, text, strlen(text), &err);
}

static enum err_code form(const char *text)
{
	request_clear(&rq);
	err_clear(&err);
	return request_form(&rq, text, strlen(text), &err);
}

/* n bytes: the head, then filler. The caller frees. */
static char *filled(const char *head, size_t n, char filler)
{
	char *text = malloc(n + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, filler, n);
	memcpy(text, head, strlen(head));
	text[n] = '\0';
	return text;
}

/* ---- targets */

START_TEST(a_target_is_split_and_decoded)
{
	assert_ok(target("/measures/re%2Dreferrals?area=hodge-hill&q=a+b%26c&empty=&bare"), err);
	ck_assert_str_eq(rq.path, "/measures/re-referrals");
	ck_assert_str_eq(rq.target,
			 "/measures/re%2Dreferrals?area=hodge-hill&q=a+b%26c&empty=&bare");
	ck_assert_uint_eq(rq.n_query, 4);
	ck_assert_str_eq(request_query(&rq, "area"), "hodge-hill");
	ck_assert_str_eq(request_query(&rq, "q"), "a b&c");
	ck_assert_str_eq(request_query(&rq, "empty"), "");
	ck_assert_str_eq(request_query(&rq, "bare"), "");
	ck_assert_ptr_null(request_query(&rq, "none"));
	request_clear(&rq);
}
END_TEST

START_TEST(a_plus_is_a_space_in_a_query_only)
{
	assert_ok(target("/a+b?c+d=e+f"), err);
	ck_assert_str_eq(rq.path, "/a+b");
	ck_assert_str_eq(request_query(&rq, "c d"), "e f");
	request_clear(&rq);
}
END_TEST

START_TEST(other_scripts_come_through_whole)
{
	assert_ok(target("/a?name=%C5%81ucja%20%E2%80%93%20%F0%9F%91%B6"), err);
	ck_assert_str_eq(request_query(&rq, "name"), "\xc5\x81ucja \xe2\x80\x93 \xf0\x9f\x91\xb6");
	request_clear(&rq);
}
END_TEST

START_TEST(injected_text_is_only_text)
{
	assert_ok(target("/a?measure=%27%3B%20DROP%20TABLE%20report%3B--%3Cscript%3E"), err);
	ck_assert_str_eq(request_query(&rq, "measure"), "'; DROP TABLE report;--<script>");
	request_clear(&rq);
}
END_TEST

START_TEST(a_later_target_replaces_the_earlier_one)
{
	assert_ok(target("/a?x=1"), err);
	assert_ok(request_target(&rq, "/b?y=2", 6, &err), err);
	ck_assert_str_eq(rq.path, "/b");
	ck_assert_ptr_null(request_query(&rq, "x"));
	ck_assert_str_eq(request_query(&rq, "y"), "2");
	request_clear(&rq);
}
END_TEST

static const struct {
	const char *text, *words;
} bad_targets[] = {
	{ "", "the address does not begin with /" },
	{ "measures", "the address does not begin with /" },
	{ "http://elsewhere.example/", "the address does not begin with /" },
	{ "/a b", "must be escaped (byte 3)" },
	{ "/a\tb", "must be escaped (byte 3)" },
	{ "/caf\xc3\xa9", "must be escaped (byte 5)" },
	{ "/a#b", "must be escaped (byte 3)" },
	{ "/a%", "the address holds a % that two hexadecimal digits do not follow" },
	{ "/a%4", "a % that two hexadecimal digits do not follow" },
	{ "/a?b=%zz", "a % that two hexadecimal digits do not follow" },
	{ "/a?b=%4g", "a % that two hexadecimal digits do not follow" },
	{ "/a%00", "the address holds a control character (U+0000)" },
	{ "/a?b=%00", "the address holds a control character (U+0000)" },
	{ "/a?b=%0a", "the address holds a control character (U+000A)" },
	{ "/a?b=%7f", "the address holds a control character (U+007F)" },
	{ "/a?b=%C2%85", "the address holds a control character (U+0085)" },
	{ "/a?b=%ff", "the address is not UTF-8 text" },
	{ "/a?b=%C0%AF", "the address is not UTF-8 text" },       /* "/" in two bytes */
	{ "/a?b=%E0%80%AF", "the address is not UTF-8 text" },    /* … in three */
	{ "/a?b=%ED%A0%80", "the address is not UTF-8 text" },    /* half of a surrogate pair */
	{ "/a?b=%F4%90%80%80", "the address is not UTF-8 text" }, /* above U+10FFFF */
	{ "/a?b=%E2%80", "the address is not UTF-8 text" },
	{ "/a?b=1&b=2", "the address gives 'b' twice; give it once" },
	{ "/a?b=1&%62=2", "the address gives 'b' twice; give it once" },
	{ "/a?=1", "the address holds a value without a name" },
	{ "/a%2Fb", "an escaped / or a \\ in one of its parts" },
	{ "/a%5Cb", "an escaped / or a \\ in one of its parts" },
	{ "//elsewhere.example/", "an empty part, or a part . or .." },
	{ "/a//b", "an empty part, or a part . or .." },
	{ "/../etc/passwd", "an empty part, or a part . or .." },
	{ "/a/%2e%2e/b", "an empty part, or a part . or .." },
	{ "/a/.", "an empty part, or a part . or .." },
};

START_TEST(a_target_that_is_none_is_refused_with_the_reason)
{
	assert_error(target(bad_targets[_i].text), ERR_MALFORMED, err, bad_targets[_i].words);
	request_clear(&rq);
}
END_TEST

START_TEST(a_path_that_is_no_text_is_not_kept)
{
	ck_assert_int_eq(target("/api/%ff"), ERR_MALFORMED);
	ck_assert_ptr_null(rq.path);
	ck_assert_str_eq(rq.target, "/api/%ff");
	request_clear(&rq);
}
END_TEST

START_TEST(a_slash_at_the_end_is_no_empty_part)
{
	assert_ok(target("/measures/"), err);
	ck_assert_str_eq(rq.path, "/measures/");
	request_clear(&rq);
}
END_TEST

START_TEST(a_target_may_be_as_long_as_the_limit_and_no_longer)
{
	char *text = filled("/", LIMIT_WEB_TARGET_BYTES, 'a');

	assert_ok(target(text), err);
	free(text);
	text = filled("/", LIMIT_WEB_TARGET_BYTES + 1, 'a');
	assert_error(target(text), ERR_TOO_BIG, err, "the address is longer than 4096 bytes");
	free(text);
	request_clear(&rq);
}
END_TEST

START_TEST(too_many_fields_are_refused_before_they_are_read)
{
	char *text = filled("/a?", 3 + LIMIT_WEB_PAIRS, '&');

	assert_error(target(text), ERR_TOO_BIG, err, "the address holds more than 64 fields");
	text[2 + LIMIT_WEB_PAIRS] = '\0';
	assert_ok(target(text), err);
	ck_assert_uint_eq(rq.n_query, 0);
	free(text);
	request_clear(&rq);
}
END_TEST

/* ---- cookies */

START_TEST(cookies_are_found_by_name_and_kept_as_they_come)
{
	assert_ok(cookies("drs=abc%20+=; other=\"x\";  third = y ; bare; =z"), err);
	ck_assert_uint_eq(rq.n_cookies, 3);
	ck_assert_str_eq(request_cookie(&rq, "drs"), "abc%20+=");
	ck_assert_str_eq(request_cookie(&rq, "other"), "\"x\"");
	ck_assert_ptr_null(request_cookie(&rq, "bare"));
	request_clear(&rq);
}
END_TEST

START_TEST(of_a_cookie_set_twice_the_first_counts)
{
	assert_ok(cookies("drs=1; drs=2"), err);
	ck_assert_str_eq(request_cookie(&rq, "drs"), "1");
	request_clear(&rq);
}
END_TEST

START_TEST(cookies_that_are_no_text_or_too_many_are_refused)
{
	char *text = filled("a=b", 3 + LIMIT_WEB_PAIRS, ';');

	assert_error(cookies(text), ERR_TOO_BIG, err, "the Cookie header holds more than 64");
	free(text);
	assert_error(cookies("drs=\xff"), ERR_MALFORMED, err, "the Cookie header is not UTF-8");
	assert_error(cookies("drs=a\x01"), ERR_MALFORMED, err,
		     "the Cookie header holds a control character (U+0001)");
	request_clear(&rq);
}
END_TEST

/* ---- forms */

START_TEST(a_forms_values_keep_their_lines)
{
	assert_ok(form("note=first%0D%0Asecond%0Athird%09end&name=a+b"), err);
	ck_assert_str_eq(request_field(&rq, "note"), "first\nsecond\nthird\tend");
	ck_assert_str_eq(request_field(&rq, "name"), "a b");
	ck_assert_ptr_null(request_query(&rq, "name"));
	request_clear(&rq);
}
END_TEST

static const struct {
	const char *text, *words;
} bad_forms[] = {
	{ "a=%00", "the form holds a control character (U+0000)" },
	{ "a=x%0Dy", "the form holds a control character (U+000D)" },
	{ "a%0A=1", "the form holds a control character (U+000A)" },
	{ "a=%1b", "the form holds a control character (U+001B)" },
	{ "a=%c3", "the form is not UTF-8 text" },
	{ "a=%", "the form holds a % that two hexadecimal digits do not follow" },
	{ "a=1&a=1", "the form gives 'a' twice" },
	{ "=1", "the form holds a value without a name" },
};

START_TEST(a_form_that_is_none_is_refused_with_the_reason)
{
	assert_error(form(bad_forms[_i].text), ERR_MALFORMED, err, bad_forms[_i].words);
	request_clear(&rq);
}
END_TEST

START_TEST(a_form_may_be_as_large_as_the_limit_and_no_larger)
{
	char *text = filled("a=", LIMIT_WEB_BODY_BYTES, 'x');

	assert_ok(form(text), err);
	ck_assert_uint_eq(strlen(request_field(&rq, "a")), LIMIT_WEB_BODY_BYTES - 2);
	free(text);
	text = filled("a=", LIMIT_WEB_BODY_BYTES + 1, 'x');
	assert_error(form(text), ERR_TOO_BIG, err, "the form is larger than 65536 bytes");
	free(text);
	request_clear(&rq);
}
END_TEST

START_TEST(bytes_after_the_given_length_are_not_read)
{
	request_clear(&rq);
	assert_ok(request_form(&rq, "a=12345", 4, &err), err);
	ck_assert_str_eq(request_field(&rq, "a"), "12");
	request_clear(&rq);
	assert_error(request_form(&rq, "a=%41", 4, &err), ERR_MALFORMED, err,
		     "two hexadecimal digits");
	request_clear(&rq);
}
END_TEST

/* ---- memory */

START_TEST(every_allocation_may_fail)
{
	static const char text[] = "/a/b?x=1&y=2";
	long n = 1;

	for (;; n++) {
		enum err_code code;

		request_clear(&rq);
		harness_fail_allocation(n);
		code = request_target(&rq, text, strlen(text), &err);
		if (code == ERR_OK)
			code = request_form(&rq, "a=1", 3, &err);
		harness_fail_allocation(0);
		if (code == ERR_OK)
			break;
		assert_error(code, ERR_NOMEM, err, "out of memory");
	}
	ck_assert_int_ge(n, 6);
	request_clear(&rq);
	request_clear(&rq);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_target_is_split_and_decoded);
	tcase_add_test(tc, a_plus_is_a_space_in_a_query_only);
	tcase_add_test(tc, other_scripts_come_through_whole);
	tcase_add_test(tc, injected_text_is_only_text);
	tcase_add_test(tc, a_later_target_replaces_the_earlier_one);
	tcase_add_loop_test(tc, a_target_that_is_none_is_refused_with_the_reason, 0,
			    sizeof bad_targets / sizeof bad_targets[0]);
	tcase_add_test(tc, a_path_that_is_no_text_is_not_kept);
	tcase_add_test(tc, a_slash_at_the_end_is_no_empty_part);
	tcase_add_test(tc, a_target_may_be_as_long_as_the_limit_and_no_longer);
	tcase_add_test(tc, too_many_fields_are_refused_before_they_are_read);
	tcase_add_test(tc, cookies_are_found_by_name_and_kept_as_they_come);
	tcase_add_test(tc, of_a_cookie_set_twice_the_first_counts);
	tcase_add_test(tc, cookies_that_are_no_text_or_too_many_are_refused);
	tcase_add_test(tc, a_forms_values_keep_their_lines);
	tcase_add_loop_test(tc, a_form_that_is_none_is_refused_with_the_reason, 0,
			    sizeof bad_forms / sizeof bad_forms[0]);
	tcase_add_test(tc, a_form_may_be_as_large_as_the_limit_and_no_larger);
	tcase_add_test(tc, bytes_after_the_given_length_are_not_read);
	tcase_add_test(tc, every_allocation_may_fail);
}

HARNESS_MAIN("request", add)
