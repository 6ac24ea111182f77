#include "agent/codes_in.h"

#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

static struct err err;
static struct codes_in *codes;

static void start(void)
{
	assert_ok(codes_in_new(NULL, &codes, &err), err);
}

static const char *find(const char *set, const char *text)
{
	const char *code = codes_in_find(codes, set, text, strlen(text));

	return code == NULL ? "(none)" : code;
}

/* The source code and the group of a text. */
static const char *source(const char *text)
{
	static char both[64];
	char code[CODES_IN_SOURCE_BYTES];

	(void)snprintf(both, sizeof both, "%s %s", find("source", text),
		       codes_in_source(codes, text, strlen(text), code));
	return both;
}

/* Ofsted's preferred forms, ILACS Annex A, August 2019, sheet "Codes_used". */
START_TEST(ofsteds_ethnicity_forms_go_to_their_groups)
{
	static const char *const forms[][2] = {
		{ "a) WBRI", "white" },   { "b) WIRI", "white" },   { "c) WIRT", "white" },
		{ "d) WOTH", "white" },   { "e) WROM", "white" },   { "f) MWBC", "mixed" },
		{ "g) MWBA", "mixed" },   { "h) MWAS", "mixed" },   { "i) MOTH", "mixed" },
		{ "j) AIND", "asian" },   { "k) APKN", "asian" },   { "l) ABAN", "asian" },
		{ "m) AOTH", "asian" },   { "n) BCRB", "black" },   { "o) BAFR", "black" },
		{ "p) BOTH", "black" },   { "q) CHNE", "chinese" }, { "r) OOTH", "other" },
		{ "s) REFU", "refused" }, { "s) NOBT", "unknown" },
	};

	start();
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		ck_assert_str_eq(find("ethnicity", forms[i][0]), forms[i][1]);
	/* the D2I queries number on */
	ck_assert_str_eq(find("ethnicity", "t) NOBT"), "unknown");
	codes_in_free(&codes);
}
END_TEST

START_TEST(a_letter_alone_never_says_an_ethnicity_or_a_source)
{
	start();
	ck_assert_str_eq(find("ethnicity", "s)"), "(none)");
	ck_assert_str_eq(find("ethnicity", "a) Martian"), "(none)");
	ck_assert_str_eq(find("source", "q) Somebody"), "(none)");
	ck_assert_str_eq(find("sex", "b) Girl"), "female");
	ck_assert_str_eq(find("status", "d) Whatever it is called"), "assessment");
	ck_assert_str_eq(find("category", "E) Mehrfach"), "MUL");
	ck_assert_str_eq(find("disability", "c) ?"), "unknown");
	codes_in_free(&codes);
}
END_TEST

START_TEST(ethnicities_of_case_management_systems_are_known)
{
	static const char *const forms[][2] = {
		{ "WBRI - A1 - White - British", "white" },
		{ "White/ English/ Welsh/ Scottish/ Northern Irish/ British", "white" },
		{ "white british", "white" },
		{ "wbri", "white" },
		{ "Mixed - White and Black Caribbean", "mixed" },
		{ "Asian/Asian British - Pakistani", "asian" },
		{ "C4 Asian/Asian British - Chinese", "chinese" },
		{ "Chinese or other ethnic group > Chinese", "chinese" },
		{ "Chinese or other ethnic group > Any other ethnic group", "other" },
		{ "Black or Black British / African", "black" },
		{ "BOTH - Any other Black background", "black" },
		{ "Other Ethnic Group - Arab", "other" },
		{ "Declined to say", "refused" },
		{ "Not Stated - Refused", "refused" },
		{ "Information Not Yet Obtained", "unknown" },
		{ "WENG", "white" },
		/* it may be either, so it is reported */
		{ "Chinese or other ethnic group", "(none)" },
		{ "Both parents are White", "(none)" },
		{ "WBRI or MWBC", "(none)" },
	};

	start();
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		ck_assert_msg(strcmp(find("ethnicity", forms[i][0]), forms[i][1]) == 0,
			      "%s is %s, not %s", forms[i][0], find("ethnicity", forms[i][0]),
			      forms[i][1]);
	codes_in_free(&codes);
}
END_TEST

START_TEST(sources_keep_their_code_where_the_text_has_one)
{
	start();
	ck_assert_str_eq(source("a) 1A: Individual"), "individual 1A");
	ck_assert_str_eq(source("e) 2A: Schools"), "schools 2A");
	ck_assert_str_eq(source("f) 2B: Education services"), "education 2B");
	ck_assert_str_eq(source("l) 3F: Health services"), "health 3F");
	ck_assert_str_eq(source("m) 4: Housing"), "housing 4");
	ck_assert_str_eq(source("p) 5C: LA services"), "la_services 5C");
	ck_assert_str_eq(source("p1) 5D: LA services"), "la_services 5D");
	ck_assert_str_eq(source("q) 6: Police"), "police 6");
	ck_assert_str_eq(source("r) 7: Other legal agency"), "legal 7");
	ck_assert_str_eq(source("s) 8: Other"), "other 8");
	ck_assert_str_eq(source("t) 9: Anonymous"), "anonymous 9");
	ck_assert_str_eq(source("u) 10: Unknown"), "unknown 10");
	ck_assert_str_eq(source("5d"), "la_services 5D");
	ck_assert_str_eq(source("GP [3A]"), "health 3A");
	ck_assert_str_eq(source("Police [6]"), "police 6");
	ck_assert_str_eq(source("10"), "unknown 10");
	codes_in_free(&codes);
}
END_TEST

START_TEST(sources_in_words_have_a_group_and_no_code)
{
	start();
	ck_assert_str_eq(source("School"), "schools ");
	ck_assert_str_eq(source("Police"), "police ");
	ck_assert_str_eq(source("Health - CAMHS"), "health ");
	ck_assert_str_eq(source("Youth Offending Team"), "la_services ");
	ck_assert_str_eq(source("Probation"), "legal ");
	ck_assert_str_eq(source("\xE2\x80\x98POLICE\xE2\x80\x99."), "police ");
	/* an office's own numbering is no code */
	ck_assert_str_eq(source("10) Housing (e.g. Housing Dept, Hounslow Homes Or Housing "
				"Association)"),
			 "housing ");
	ck_assert_str_eq(source("1A and 5D"), "(none) ");
	ck_assert_str_eq(source("Police/Court /Probation"), "(none) ");
	codes_in_free(&codes);
}
END_TEST

START_TEST(needs_and_reasons_go_by_their_code_part)
{
	start();
	ck_assert_str_eq(find("need", "N1 - Abuse or neglect"), "N1");
	ck_assert_str_eq(find("need", "CIN - N5a Private Fostering"), "N5");
	ck_assert_str_eq(find("need", "N6SD : Unsafe sexual behaviour"), "N6");
	ck_assert_str_eq(find("need", "n0"), "N0");
	ck_assert_str_eq(find("need", "Family in acute stress: Young Carer for sibling(s) "),
			 "(none)");
	ck_assert_str_eq(find("need", "Family in Acute Stress"), "N4");
	ck_assert_str_eq(find("need", "PSRMEM - Support with memory and cognition"), "(none)");
	ck_assert_str_eq(find("need", "N1; N2"), "(none)");
	ck_assert_str_eq(find("need", "N10"), "(none)");
	ck_assert_str_eq(find("reason", "RC7a - No longer in need, NFA"), "RC7");
	ck_assert_str_eq(find("reason", "Residence Order (CIN RC3)"), "RC3");
	ck_assert_str_eq(
		find("reason", "RC9 - Case closed after assessment, referred to early help"),
		"RC9");
	ck_assert_str_eq(find("reason", "RC8 - Case closed after assessment, no further action"),
			 "RC8");
	/* a local code older than the statutory one of 2022: its words say more */
	ck_assert_str_eq(find("reason", "RC9 - NFA at Referral"), "RC7");
	codes_in_free(&codes);
}
END_TEST

START_TEST(sex_status_category_and_disability_are_known)
{
	start();
	ck_assert_str_eq(find("sex", "a) Male"), "male");
	ck_assert_str_eq(find("sex", "2"), "female");
	ck_assert_str_eq(find("sex", "c) Not stated/recorded (or unborn)"), "unknown");
	ck_assert_str_eq(find("sex", "d) Neither"), "neither");
	ck_assert_str_eq(find("sex", "Indeterminate"), "(none)");
	ck_assert_str_eq(find("status", "Child protection plan"), "cpp");
	ck_assert_str_eq(find("status", "CP/CLA"), "cla");
	ck_assert_str_eq(find("category", "NEG"), "NEG");
	ck_assert_str_eq(find("category", "Neglect, Physical and Emotional"), "MUL");
	ck_assert_str_eq(find("category", "e) Multiple/not recommended"), "MUL");
	ck_assert_str_eq(find("disability", "AUT"), "yes");
	ck_assert_str_eq(find("disability", "NONE"), "no");
	ck_assert_str_eq(find("role", "5"), "5");
	ck_assert_str_eq(find("role", "Senior Practitioner"), "4");
	ck_assert_str_eq(find("organisation", "Health Visiting"), "health");
	codes_in_free(&codes);
}
END_TEST

START_TEST(yes_and_no_have_words_of_their_own_in_some_columns)
{
	start();
	ck_assert_str_eq(find("yes_no", "a) Yes"), "yes");
	ck_assert_str_eq(find("yes_no", "true"), "yes");
	ck_assert_str_eq(find("yes_no", "0"), "no");
	ck_assert_str_eq(find("nfa", "NFA"), "yes");
	ck_assert_str_eq(find("nfa", "b. No"), "no");
	ck_assert_str_eq(find("seen_alone", "Child not seen alone"), "no");
	ck_assert_str_eq(find("seen", "Child not seen alone"), "(none)");
	ck_assert_str_eq(find("seen", "c) Unknown"), "unknown");
	ck_assert_str_eq(find("agency", "Agency"), "yes");
	ck_assert_str_eq(find("yes_no", "NFA"), "(none)");
	codes_in_free(&codes);
}
END_TEST

START_TEST(the_office_may_add_and_replace_spellings)
{
	char path[512], team_code[] = "duty", team_name[] = "Duty & Assessment",
			health[] = "health", wing[] = "West Wing";
	char *team_names[] = { team_name }, *health_names[] = { wing };
	struct agent_named_code team = { team_code, team_names, 1 };
	struct agent_named_code organisation = { health, health_names, 1 };
	struct agent_config config = { .teams = &team,
				       .n_teams = 1,
				       .organisations = &organisation,
				       .n_organisations = 1,
				       .code_aliases = path };

	(void)snprintf(path, sizeof path, "%s",
		       harness_text(harness_folder(), "aliases.csv",
				    "\xEF\xBB\xBFset,text,code\nneed,\"Blue, \"\"urgent\"\"\",N5\n"
				    "source,Police,other\nteam,D&A,duty\n"));
	assert_ok(codes_in_new(&config, &codes, &err), err);
	ck_assert_str_eq(find("need", "blue urgent"), "N5");
	ck_assert_str_eq(find("source", "POLICE"), "other");
	ck_assert_str_eq(find("team", "d & a"), "duty");
	ck_assert_str_eq(find("team", "DUTY and assessment"), "(none)");
	ck_assert_str_eq(find("team", "Duty Assessment"), "duty");
	ck_assert_str_eq(find("organisation", "west wing"), "health");
	ck_assert(codes_in_has(codes, "team"));
	codes_in_free(&codes);
	start();
	ck_assert(!codes_in_has(codes, "team"));
	codes_in_free(&codes);
}
END_TEST

static void assert_alias_error(const char *text, const char *words)
{
	char path[512];
	struct agent_config config = { .code_aliases = path };

	(void)snprintf(path, sizeof path, "%s",
		       harness_text(harness_folder(), "aliases.csv", text));
	assert_error(codes_in_new(&config, &codes, &err), ERR_CONFIG, err, words);
	ck_assert_ptr_null(codes);
}

START_TEST(an_alias_file_that_is_wrong_says_record_and_mend)
{
	char missing[] = "/nowhere/aliases.csv";
	struct agent_config config = { .code_aliases = missing };

	assert_alias_error("set,text,code\nneed,Blue,N77\n", "record 2: need has no code N77");
	assert_alias_error("need,Blue\n", "record 1: 2 fields; write set,text,code");
	assert_alias_error("team,Blue,nobody\n", "record 1: team has no code nobody");
	assert_alias_error("need,Bl\"ue,N1\n", "quote fields that hold a quote");
	assert_error(codes_in_new(&config, &codes, &err), ERR_CONFIG, err,
		     "open code_aliases /nowhere/aliases.csv: No such file");
}
END_TEST

START_TEST(codes_without_memory_are_an_error_and_leak_nothing)
{
	long i;

	for (i = 1; i < 1000; i++) {
		enum err_code code;
		long n;

		harness_fail_allocation(i);
		code = codes_in_new(NULL, &codes, &err);
		n = harness_allocations();
		harness_fail_allocation(0);
		codes_in_free(&codes);
		if (code == ERR_OK && n < i)
			break;
		assert_error(code, ERR_NOMEM, err, "out of memory");
	}
	ck_assert_int_gt(i, 3);
	ck_assert_int_lt(i, 1000);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, ofsteds_ethnicity_forms_go_to_their_groups);
	tcase_add_test(tc, a_letter_alone_never_says_an_ethnicity_or_a_source);
	tcase_add_test(tc, ethnicities_of_case_management_systems_are_known);
	tcase_add_test(tc, sources_keep_their_code_where_the_text_has_one);
	tcase_add_test(tc, sources_in_words_have_a_group_and_no_code);
	tcase_add_test(tc, needs_and_reasons_go_by_their_code_part);
	tcase_add_test(tc, sex_status_category_and_disability_are_known);
	tcase_add_test(tc, yes_and_no_have_words_of_their_own_in_some_columns);
	tcase_add_test(tc, the_office_may_add_and_replace_spellings);
	tcase_add_test(tc, an_alias_file_that_is_wrong_says_record_and_mend);
	tcase_add_test(tc, codes_without_memory_are_an_error_and_leak_nothing);
}

HARNESS_MAIN("codes_in", add)
