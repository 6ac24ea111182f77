#include "agent/faults.h"

#include "tests/harness.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "proto/limits.h"

static struct err err;

static struct fault_found found(enum fault_rule rule, const char *value)
{
	return (struct fault_found){ .rule = rule,
				     .file = "List_1.csv",
				     .list = "contacts",
				     .row = 7,
				     .column = 28,
				     .heading = "Date of Contact",
				     .value = value,
				     .n_value = value == NULL ? 0 : strlen(value) };
}

START_TEST(every_rule_has_code_title_mend_and_severity)
{
	for (int rule = FAULT_COLUMN_MISSING; rule <= FAULT_SHEET_UNKNOWN; rule++) {
		enum fault_rule r = (enum fault_rule)rule;

		ck_assert_str_ne(fault_code(r), "none");
		ck_assert_int_gt((int)strlen(fault_title(r)), 3);
		ck_assert_int_gt((int)strlen(fault_mend(r)), 3);
		for (int other = FAULT_COLUMN_MISSING; other < rule; other++)
			ck_assert_str_ne(fault_code(r), fault_code((enum fault_rule)other));
	}
	ck_assert_int_eq(fault_severity(FAULT_LIST_TWICE), FAULT_REFUSED);
	ck_assert_int_eq(fault_severity(FAULT_DATE_ORDER), FAULT_REJECTED);
	ck_assert_int_eq(fault_severity(FAULT_CODE), FAULT_KEPT);
	ck_assert_int_eq(fault_severity(FAULT_COLUMN_UNKNOWN), FAULT_NOTE);
	ck_assert_str_eq(fault_code(FAULT_DATE_ORDER), "date-order");
}
END_TEST

START_TEST(column_letters_are_those_of_a_spreadsheet)
{
	char out[8];

	ck_assert_str_eq(fault_column_letter(0, out), "A");
	ck_assert_str_eq(fault_column_letter(25, out), "Z");
	ck_assert_str_eq(fault_column_letter(26, out), "AA");
	ck_assert_str_eq(fault_column_letter(51, out), "AZ");
	ck_assert_str_eq(fault_column_letter(52, out), "BA");
	ck_assert_str_eq(fault_column_letter(701, out), "ZZ");
	ck_assert_str_eq(fault_column_letter(702, out), "AAA");
}
END_TEST

START_TEST(a_value_is_cut_between_characters_and_cannot_write_to_a_terminal)
{
	struct faults f;
	char value[200];
	struct fault_found given;

	faults_init(&f);
	memset(value, 'x', sizeof value - 1);
	value[sizeof value - 1] = '\0';
	memcpy(value + 63, "\xC3\xA9", 2); /* its first byte is the 64th */
	given = found(FAULT_DATE, value);
	assert_ok(faults_add(&f, &given, &err), err);
	ck_assert_uint_eq(strlen(f.items[0].value), 63);
	given = found(FAULT_DATE, "a\x1B[31m\n\xC2\x9B"
				  "b\xC2\xA0\x7F");
	assert_ok(faults_add(&f, &given, &err), err);
	ck_assert_str_eq(f.items[1].value, "a?[31m???b\xC2\xA0?");
	faults_clear(&f);
}
END_TEST

START_TEST(beyond_the_limit_faults_are_counted_and_refusals_still_kept)
{
	struct faults f;
	struct fault_found row = found(FAULT_CODE, "x"), file = found(FAULT_AS_AT, NULL);

	faults_init(&f);
	for (int i = 0; i < LIMIT_FAULTS + 10; i++)
		assert_ok(faults_add(&f, &row, &err), err);
	ck_assert_uint_eq(f.n_items, LIMIT_FAULTS);
	ck_assert_uint_eq(f.n_by_rule[FAULT_CODE], LIMIT_FAULTS + 10);
	assert_ok(faults_add(&f, &file, &err), err);
	ck_assert_uint_eq(f.n_items, LIMIT_FAULTS + 1);
	ck_assert_uint_eq(faults_count(&f, FAULT_KEPT), LIMIT_FAULTS + 11);
	ck_assert_uint_eq(faults_count(&f, FAULT_REFUSED), 1);
	faults_clear(&f);
}
END_TEST

START_TEST(the_report_has_the_gravest_first)
{
	struct faults f;
	struct fault_found note = found(FAULT_COLUMN_UNKNOWN, NULL),
			   bad = found(FAULT_DATE, "31/2/26");
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);

	faults_init(&f);
	assert_ok(faults_add(&f, &note, &err), err);
	assert_ok(faults_add(&f, &bad, &err), err);
	ck_assert_int_eq(faults_print(&f, file, OUT_CSV), 0);
	(void)fclose(file);
	ck_assert_str_eq(text,
			 "severity,code,file,sheet,list,row,column,heading,value,fault,mend\r\n"
			 "rejected,date,List_1.csv,,contacts,7,AC,Date of Contact,31/2/26,"
			 "is not a date,write dates as DD/MM/YYYY or YYYY-MM-DD\r\n"
			 "note,column-unknown,List_1.csv,,contacts,7,AC,Date of Contact,,"
			 "the column is not used,\"nothing to do, unless it is one that should "
			 "be\"\r\n");
	free(text);
	faults_clear(&f);
}
END_TEST

START_TEST(a_fault_without_memory_is_an_error_and_leaks_nothing)
{
	for (long i = 1; i < 20; i++) {
		struct fault_found given = found(FAULT_DATE, "x");
		struct faults f;
		enum err_code code;

		faults_init(&f);
		harness_fail_allocation(i);
		code = faults_add(&f, &given, &err);
		harness_fail_allocation(0);
		if (code == ERR_OK) {
			ck_assert_int_gt(i, 4);
			faults_clear(&f);
			return;
		}
		assert_error(code, ERR_NOMEM, err, "out of memory");
		ck_assert_uint_eq(f.n_items, 0);
		ck_assert_uint_eq(f.n_by_rule[FAULT_DATE], 1);
		faults_clear(&f);
	}
	ck_abort_msg("never succeeded");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, every_rule_has_code_title_mend_and_severity);
	tcase_add_test(tc, column_letters_are_those_of_a_spreadsheet);
	tcase_add_test(tc, a_value_is_cut_between_characters_and_cannot_write_to_a_terminal);
	tcase_add_test(tc, beyond_the_limit_faults_are_counted_and_refusals_still_kept);
	tcase_add_test(tc, the_report_has_the_gravest_first);
	tcase_add_test(tc, a_fault_without_memory_is_an_error_and_leaks_nothing);
}

HARNESS_MAIN("faults", add)
