#include "agent/lists.h"

#include "tests/harness.h"

#include <stdlib.h>
#include <string.h>

#include "agent/load.h"

/* Every heading of a vendored file of Ofsted's template (August 2019) gives a column of its own;
 * left over are the columns that the template does not have. */
static void assert_headings(const char *path, const char *name, int n_left)
{
	char *text = harness_read(path, NULL), *at = text;
	const struct list *list = list_find(name);
	int seen[32] = { 0 };

	text[strcspn(text, "\r\n")] = '\0';
	while (at != NULL) {
		char *comma = strchr(at, ',');
		int column;

		if (comma != NULL)
			*comma = '\0';
		column = list_column_of(list, at);
		ck_assert_msg(column >= 0 && seen[column]++ == 0, "%s: %s", path, at);
		at = comma == NULL ? NULL : comma + 1;
	}
	for (int i = 0; i < list->n_columns; i++)
		n_left -= !seen[i];
	ck_assert_int_eq(n_left, 0);
	free(text);
}

START_TEST(all_headings_of_the_official_template_are_known)
{
	assert_headings("tests/data/annex_a/List_1.csv", "contacts", 2);
	assert_headings("tests/data/annex_a/List_2.csv", "early_help", 1);
	assert_headings("tests/data/annex_a/List_3.csv", "referrals", 2);
	assert_headings("tests/data/annex_a/List_4.csv", "assessments", 1);
	assert_headings("tests/data/annex_a/List_5.csv", "section47", 1);
	assert_headings("tests/data/annex_a/List_6.csv", "cin", 1);
	assert_headings("tests/data/annex_a/List_7.csv", "cpp", 1);
}
END_TEST

START_TEST(headings_fold_case_spaces_quotes_and_brackets)
{
	char out[64];
	const struct list *cpp = list_find("cpp"), *cin = list_find("cin");

	list_fold(" \xE2\x80\x98Missing\xE2\x80\x99  Children\xE2\x80\x99s (Y/N)) ", out,
		  sizeof out);
	ck_assert_str_eq(out, "missingchildrensyn");
	list_fold("abcdef", out, 4);
	ck_assert_str_eq(out, "abc");
	ck_assert_int_eq(list_column_of(cin, "Case status"), list_column_named(cin, "status"));
	ck_assert_int_eq(list_column_of(cpp,
					"Subject to Emergency Protection Order or Protected Under "
					"Police Powers in Last Six Months (Y/N))"),
			 list_column_named(cpp, "protection_order"));
	ck_assert_int_eq(
		list_column_of(list_find("assessments"),
			       "Was the child assessed as requiring LA children\xE2\x80\x99s "
			       "social care support"),
		list_column_named(list_find("assessments"), "support"));
	ck_assert_int_eq(list_column_of(cin, ""), -1);
	ck_assert_int_eq(list_column_of(cin, "?!"), -1);
	ck_assert_int_eq(list_column_of(cin, "Shoe size"), -1);
}
END_TEST

START_TEST(the_workforce_census_names_staff_columns_but_not_its_yearly_days)
{
	const struct list *staff = list_find("staff");

	ck_assert_int_eq(list_column_of(staff, "SWENo"), list_column_named(staff, "worker"));
	ck_assert_int_eq(list_column_of(staff, "AgencyWorker"), list_column_named(staff, "agency"));
	ck_assert_int_eq(list_column_of(staff, "OrgRole"), list_column_named(staff, "role"));
	ck_assert_int_eq(list_column_of(staff, "Cases30"), list_column_named(staff, "cases"));
	ck_assert_int_eq(list_column_of(staff, "RoleEndDate"),
			 list_column_named(staff, "end_date"));
	ck_assert_int_eq(list_column_of(staff, "WorkingDaysLost"), -1);
}
END_TEST

START_TEST(no_heading_means_two_columns_of_a_list)
{
	size_t n;
	const struct list *lists = lists_all(&n);

	for (size_t i = 0; i < n; i++) {
		for (int c = 0; c < lists[i].n_columns; c++) {
			const struct list_column *column = &lists[i].columns[c];

			if (column->heading == NULL)
				continue;
			ck_assert_msg(list_column_of(&lists[i], column->heading) == c, "%s: %s",
				      lists[i].name, column->heading);
			for (const char *const *a = column->alternatives; a != NULL && *a != NULL;
			     a++)
				ck_assert_msg(list_column_of(&lists[i], *a) == c, "%s: %s",
					      lists[i].name, *a);
		}
		ck_assert_int_le(lists[i].n_columns, 24);
		if (lists[i].event_column != NULL)
			ck_assert_int_ge(list_column_named(&lists[i], lists[i].event_column), 0);
	}
}
END_TEST

START_TEST(sheets_and_files_are_known_by_number_or_name)
{
	static const struct {
		const char *name, *list;
		int is_other;
	} cases[] = {
		{ "List_1", "contacts", 0 },
		{ "List 1", "contacts", 0 },
		{ "list_1.csv", "contacts", 0 },
		{ "/x/y/LIST-07 final.xlsx", "cpp", 0 },
		{ "Annex A List 3 - Referrals 2026.csv", "referrals", 0 },
		{ "list_10.csv", NULL, 1 },
		{ "list_11", NULL, 1 },
		{ "List 8", NULL, 1 },
		{ "Contacts", "contacts", 0 },
		{ "Early Help", "early_help", 0 },
		{ "Sec47 and ICPC", "section47", 0 },
		{ "Children in Need", "cin", 0 },
		{ "Child Protection", "cpp", 0 },
		{ "Children in Care", NULL, 1 },
		{ "2026-10-31_contacts.csv", "contacts", 0 },
		{ "staff.csv", "staff", 0 },
		{ "cin_episodes", "cin_episodes", 0 },
		{ "Checklist 2", NULL, 0 },
		{ "Guidance", NULL, 0 },
		{ "", NULL, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int is_other;
		const struct list *list = load_list_of_name(cases[i].name, &is_other);

		ck_assert_msg((list == NULL) == (cases[i].list == NULL) &&
				      (list == NULL || strcmp(list->name, cases[i].list) == 0),
			      "%s is %s", cases[i].name, list == NULL ? "none" : list->name);
		ck_assert_msg(is_other == cases[i].is_other, "%s", cases[i].name);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, all_headings_of_the_official_template_are_known);
	tcase_add_test(tc, headings_fold_case_spaces_quotes_and_brackets);
	tcase_add_test(tc, the_workforce_census_names_staff_columns_but_not_its_yearly_days);
	tcase_add_test(tc, no_heading_means_two_columns_of_a_list);
	tcase_add_test(tc, sheets_and_files_are_known_by_number_or_name);
}

HARNESS_MAIN("lists", add)
