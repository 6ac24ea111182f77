#include "proto/err.h"

#include "tests/harness.h"

#include <string.h>

START_TEST(each_layer_adds_one_phrase_in_front)
{
	struct err err;

	ck_assert_int_eq((int)err_set(&err, ERR_IO, "open %s: no such file", "/x"), ERR_IO);
	err_wrap(&err, "spool");
	ck_assert_int_eq((int)err.code, ERR_IO);
	ck_assert_str_eq(err.text, "spool: open /x: no such file");
}
END_TEST

START_TEST(a_long_message_is_cut_and_stays_terminated)
{
	char words[2 * ERR_TEXT_BYTES];
	struct err err;

	memset(words, 'w', sizeof words);
	words[sizeof words - 1] = '\0';
	(void)err_set(&err, ERR_DB, "%s", words);
	ck_assert_uint_eq(strlen(err.text), ERR_TEXT_BYTES - 1);
	err_wrap(&err, "%s", words);
	ck_assert_uint_eq(strlen(err.text), ERR_TEXT_BYTES - 1);
}
END_TEST

START_TEST(a_caller_without_err_still_gets_the_code)
{
	ck_assert_int_eq((int)err_set(NULL, ERR_FULL, "full"), ERR_FULL);
}
END_TEST

START_TEST(every_code_has_a_name_and_an_exit_status)
{
	for (int code = ERR_NOMEM; code <= ERR_MISSING; code++) {
		ck_assert_str_ne(err_name((enum err_code)code), "unknown");
		ck_assert_int_ge(err_exit_status((enum err_code)code), 64);
	}
	ck_assert_int_eq(err_exit_status(ERR_OK), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, each_layer_adds_one_phrase_in_front);
	tcase_add_test(tc, a_long_message_is_cut_and_stays_terminated);
	tcase_add_test(tc, a_caller_without_err_still_gets_the_code);
	tcase_add_test(tc, every_code_has_a_name_and_an_exit_status);
}

HARNESS_MAIN("err", add)
