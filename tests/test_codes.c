#include "proto/codes.h"

#include "tests/harness.h"

#include <stdbool.h>
#include <string.h>

#include "proto/limits.h"

START_TEST(every_code_can_travel)
{
	size_t n = 0;
	const struct code *all = codes_all(&n);

	ck_assert_uint_eq(n, 95); /* rows of codes.csv without its heading */
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_gt(strlen(all[i].code), 0);
		ck_assert_uint_le(strlen(all[i].code), LIMIT_STRING_BYTES);
		ck_assert_uint_eq(strspn(all[i].code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
						      "abcdefghijklmnopqrstuvwxyz0123456789_.+-"),
				  strlen(all[i].code));
		ck_assert_uint_gt(strlen(all[i].label), 0);
		ck_assert_ptr_eq(codes_find(all[i].dimension, all[i].code), &all[i]);
	}
}
END_TEST

START_TEST(no_code_is_there_twice)
{
	size_t n = 0;
	const struct code *all = codes_all(&n);

	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			ck_assert(strcmp(all[i].dimension, all[j].dimension) != 0 ||
				  strcmp(all[i].code, all[j].code) != 0);
}
END_TEST

START_TEST(every_dimension_has_unknown)
{
	static const char *const names[] = { "age_band",   "sex",          "ethnicity", "source",
					     "need",       "category",     "reason",    "status",
					     "disability", "organisation", "role",      "list",
					     "ward",       "team",         "days",      "cases" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		ck_assert_msg(codes_is_dimension(names[i]), "%s", names[i]);
		ck_assert_msg(codes_find(names[i], "unknown") != NULL, "%s", names[i]);
		ck_assert_str_ne(codes_dimension_label(names[i]), names[i]);
	}
}
END_TEST

START_TEST(labels_with_commas_and_apostrophes_are_whole)
{
	ck_assert_str_eq(codes_find("reason", "RC9")->label,
			 "Case closed after assessment, referred to early help");
	ck_assert_str_eq(codes_find("need", "N2")->label, "Child's disability or illness");
	ck_assert_str_eq(codes_find("role", "5")->label, "Case holder");
	ck_assert_str_eq(codes_find("age_band", "1_to_4")->label, "1 to 4");
}
END_TEST

START_TEST(what_is_not_declared_is_not_found)
{
	ck_assert_ptr_null(codes_find("need", "n1"));
	ck_assert_ptr_null(codes_find("need", "N10"));
	ck_assert_ptr_null(codes_find("need", ""));
	ck_assert_ptr_null(codes_find("ward", "aston"));
	ck_assert_ptr_null(codes_find("surname", "unknown"));
	ck_assert(!codes_is_dimension("surname"));
	ck_assert(!codes_is_dimension(""));
	ck_assert_str_eq(codes_dimension_label("surname"), "surname");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, every_code_can_travel);
	tcase_add_test(tc, no_code_is_there_twice);
	tcase_add_test(tc, every_dimension_has_unknown);
	tcase_add_test(tc, labels_with_commas_and_apostrophes_are_whole);
	tcase_add_test(tc, what_is_not_declared_is_not_found);
}

HARNESS_MAIN("codes", add)
