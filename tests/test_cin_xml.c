#include "agent/cin_xml.h"

#include "tests/harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/lists.h"
#include "proto/date.h"
#include "proto/limits.h"

/* Messages are read back as text: "as-at …", "[list]", then "line|cell|cell". */

static char seen[256 * 1024];
static size_t seen_len;
static int n_bad;
static int64_t stop_at_line;
static const struct cin_xml_columns *current;

static void seen_add(const char *text, size_t len)
{
	if (len < sizeof seen - seen_len) {
		memcpy(seen + seen_len, text, len);
		seen_len += len;
		seen[seen_len] = '\0';
	}
}

static enum err_code on_table(void *context, const char *name, struct err *err)
{
	(void)context;
	(void)err;
	seen_add("[", 1);
	seen_add(name, strlen(name));
	seen_add("]\n", 2);
	for (current = cin_xml_columns; strcmp(current->list, name) != 0; current++)
		;
	return ERR_OK;
}

static enum err_code on_row(void *context, int64_t row, const struct cell *cells, int n_cells,
			    struct err *err)
{
	char number[32];

	(void)context;
	if (row == stop_at_line)
		return err_set(err, ERR_FULL, "no more rows");
	n_bad += n_cells != current->n;
	seen_add(number, (size_t)snprintf(number, sizeof number, "%lld", (long long)row));
	for (int i = 0; i < n_cells; i++) {
		n_bad += strlen(cells[i].text) != cells[i].len || cells[i].type != CELL_TEXT;
		seen_add("|", 1);
		seen_add(cells[i].text, cells[i].len);
	}
	seen_add("\n", 1);
	return ERR_OK;
}

static enum err_code on_as_at(void *context, int32_t as_at, struct err *err)
{
	char date[DATE_TEXT_BYTES];

	(void)context;
	(void)err;
	seen_add("as-at ", 6);
	seen_add(date_format(as_at, date), DATE_TEXT_BYTES - 1);
	seen_add("\n", 1);
	return ERR_OK;
}

static const struct sink sink = { NULL, on_table, on_row, on_as_at };

static enum err_code read_path(const char *path, bool keep_nfa, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err_code code;

	seen_len = 0;
	seen[0] = '\0';
	n_bad = 0;
	err_clear(err);
	code = keep_nfa ? cin_xml_read(fd, true, &sink, err) : reader_cin_xml.read(fd, &sink, err);
	(void)close(fd);
	return code;
}

static enum err_code read_text(const char *text, struct err *err)
{
	enum err_code code = read_path(harness_text(harness_folder(), "cin.xml", text), false, err);

	ck_assert_int_eq(n_bad, 0);
	return code;
}

static void assert_refused(const char *text, enum err_code expected, const char *words)
{
	struct err err;
	enum err_code code = read_text(text, &err);

	assert_error(code, expected, err, words);
}

#define HEADER                                                                              \
	"<Message><Header><CollectionDetails><Collection>CIN</Collection><Year>2022</Year>" \
	"<ReferenceDate>2022-03-31</ReferenceDate></CollectionDetails></Header>"
#define LISTS                                                                         \
	"as-at 2022-03-31\n[referrals]\n[cin_episodes]\n[assessments]\n[section47]\n" \
	"[cpp_plans]\n[cpp_reviews]\n"
#define CHILD                                                                           \
	"<Child><ChildIdentifiers><LAchildID>A1</LAchildID>"                            \
	"<PersonBirthDate>2010-02-03</PersonBirthDate><GenderCurrent>2</GenderCurrent>" \
	"</ChildIdentifiers><ChildCharacteristics><Ethnicity>WBRI</Ethnicity>"          \
	"</ChildCharacteristics>"
#define DETAILS                                                     \
	"<CINdetails><CINreferralDate>2021-05-06</CINreferralDate>" \
	"<ReferralSource>1A</ReferralSource>"
#define PERSON "A1|2|WBRI|2010-02-03|"

/* One child, its episodes as given; the rows after the announcement of the lists. */
static void assert_rows(const char *children, const char *expected)
{
	char *text = malloc(strlen(children) + 512);
	struct err err;

	ck_assert_ptr_nonnull(text);
	(void)snprintf(text, strlen(children) + 512, HEADER "\n<Children>%s</Children></Message>",
		       children);
	assert_ok(read_text(text, &err), err);
	free(text);
	ck_assert_int_eq(strncmp(seen, LISTS, strlen(LISTS)), 0);
	ck_assert_str_eq(seen + strlen(LISTS), expected);
}

/* ---- what a message becomes */

START_TEST(the_as_at_and_every_list_come_before_the_rows)
{
	assert_rows("", "");
}
END_TEST

START_TEST(each_record_becomes_a_row_of_its_list)
{
	assert_rows(CHILD
		    "\n<CINdetails>\n<CINreferralDate>2021-05-06</CINreferralDate>"
		    "<ReferralSource>5D</ReferralSource><PrimaryNeedCode>N4</PrimaryNeedCode>"
		    "<CINclosureDate>2022-01-02</CINclosureDate>"
		    "<ReasonForClosure>RC9</ReasonForClosure>\n"
		    "<Assessments><AssessmentActualStartDate>2021-05-07</AssessmentActualStartDate>"
		    "<AssessmentAuthorisationDate>2021-06-08</AssessmentAuthorisationDate>"
		    "<FactorsIdentifiedAtAssessment><AssessmentFactors>24A</AssessmentFactors>"
		    "</FactorsIdentifiedAtAssessment></Assessments>\n"
		    "<CINPlanDates><CINPlanStartDate>2021-06-01</CINPlanStartDate></CINPlanDates>"
		    "<Section47><S47ActualStartDate>2021-05-09</S47ActualStartDate>"
		    "<InitialCPCtarget>2021-05-28</InitialCPCtarget>"
		    "<DateOfInitialCPC>2021-05-27</DateOfInitialCPC>"
		    "<ICPCnotRequired>false</ICPCnotRequired></Section47>\n"
		    "<ReferralNFA>0</ReferralNFA>"
		    "<ChildProtectionPlans><CPPstartDate>2021-05-27</CPPstartDate>"
		    "<CPPendDate>2021-12-31</CPPendDate>"
		    "<InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse>"
		    "<LatestCategoryOfAbuse>EMO</LatestCategoryOfAbuse>"
		    "<NumberOfPreviousCPP>1</NumberOfPreviousCPP><Reviews>"
		    "<CPPreviewDate>2021-08-01</CPPreviewDate>\n"
		    "<CPPreviewDate>2021-11-01</CPPreviewDate></Reviews></ChildProtectionPlans>"
		    "</CINdetails></Child>",
		    "[assessments]\n5|" PERSON "|2021-05-07|2021-06-08\n"
		    "[section47]\n6|" PERSON "|2021-05-09|2021-05-27|false\n"
		    "[cpp_reviews]\n7|1|2021-08-01\n8|1|2021-11-01\n"
		    "[cpp_plans]\n7|1|" PERSON "|2021-05-27|2021-12-31|NEG|EMO|1\n"
		    "[referrals]\n3|" PERSON "2021-05-06|5D|0\n"
		    "[cin_episodes]\n3|" PERSON "|2021-05-06|N4|2022-01-02|RC9\n");
}
END_TEST

START_TEST(plans_are_counted_through_the_message_and_values_do_not_linger)
{
	assert_rows(CHILD DETAILS "<ReferralNFA>0</ReferralNFA><ChildProtectionPlans>"
				  "<CPPstartDate>2021-05-27</CPPstartDate>"
				  "<CPPendDate>2021-06-01</CPPendDate><Reviews>"
				  "<CPPreviewDate>2021-05-30</CPPreviewDate><CPPreviewDate/>"
				  "</Reviews></ChildProtectionPlans>"
				  "<ChildProtectionPlans><CPPstartDate>2021-07-01</CPPstartDate>"
				  "</ChildProtectionPlans></CINdetails></Child>"
				  "<Child><ChildIdentifiers><LAchildID>B2</LAchildID>"
				  "</ChildIdentifiers><CINdetails/></Child>",
		    "2|1|2021-05-30\n2|1|\n"
		    "[cpp_plans]\n2|1|" PERSON "|2021-05-27|2021-06-01|||\n"
		    "2|2|" PERSON "|2021-07-01||||\n"
		    "[referrals]\n2|" PERSON "2021-05-06|1A|0\n"
		    "[cin_episodes]\n2|" PERSON "|2021-05-06|||\n"
		    "[referrals]\n2|B2||||||\n[cin_episodes]\n2|B2||||||||\n");
}
END_TEST

START_TEST(a_referral_without_further_action_is_no_episode)
{
	static const char *const yes[] = { "true", "1", " true\n" };

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
		char text[512];

		(void)snprintf(text, sizeof text,
			       CHILD DETAILS "<ReferralNFA>%s</ReferralNFA></CINdetails></Child>",
			       yes[i]);
		assert_rows(text, i == 1 ? "[referrals]\n2|" PERSON "2021-05-06|1A|1\n"
					 : "[referrals]\n2|" PERSON "2021-05-06|1A|true\n");
	}
	assert_rows(CHILD DETAILS "<ReferralNFA>false</ReferralNFA></CINdetails></Child>",
		    "[referrals]\n2|" PERSON "2021-05-06|1A|false\n"
		    "[cin_episodes]\n2|" PERSON "|2021-05-06|||\n");
}
END_TEST

START_TEST(sex_comes_from_either_element_and_a_birth_may_be_expected)
{
	assert_rows("<Child><ChildIdentifiers><LAchildID>U</LAchildID>"
		    "<ExpectedPersonBirthDate>2022-07-01</ExpectedPersonBirthDate>"
		    "<GenderCurrent/><Sex>F</Sex></ChildIdentifiers>" DETAILS
		    "<ReferralNFA>1</ReferralNFA></CINdetails></Child>",
		    "[referrals]\n2|U|F||2022-07-01|2021-05-06|1A|1\n");
	assert_rows("<Child><ChildIdentifiers><LAchildID>U</LAchildID>"
		    "<PersonBirthDate>2022-06-30</PersonBirthDate>"
		    "<ExpectedPersonBirthDate>2022-07-01</ExpectedPersonBirthDate>"
		    "</ChildIdentifiers>" DETAILS
		    "<ReferralNFA>1</ReferralNFA></CINdetails></Child>",
		    "[referrals]\n2|U|||2022-06-30|2021-05-06|1A|1\n");
}
END_TEST

static const char *with_disabilities(const char *codes)
{
	static char text[1024];

	(void)snprintf(text, sizeof text,
		       "<Child><ChildIdentifiers><LAchildID>A</LAchildID></ChildIdentifiers>"
		       "<ChildCharacteristics><Disabilities>%s</Disabilities>"
		       "</ChildCharacteristics>" DETAILS "</CINdetails></Child>",
		       codes);
	return text;
}

START_TEST(any_disability_but_none_is_yes)
{
	assert_rows(with_disabilities("<Disability>NONE</Disability>"),
		    "[referrals]\n2|A||||2021-05-06|1A|\n"
		    "[cin_episodes]\n2|A||||No|2021-05-06|||\n");
	assert_rows(with_disabilities("<Disability>VIS</Disability><Disability>NONE</Disability>"),
		    "[referrals]\n2|A||||2021-05-06|1A|\n"
		    "[cin_episodes]\n2|A||||Yes|2021-05-06|||\n");
	assert_rows(with_disabilities(""), "[referrals]\n2|A||||2021-05-06|1A|\n"
					   "[cin_episodes]\n2|A|||||2021-05-06|||\n");
}
END_TEST

#define ENQUIRY(start, rest) \
	"<Section47><S47ActualStartDate>" start "</S47ActualStartDate>" rest "</Section47>"
#define CONFERENCE(date) "<DateOfInitialCPC>" date "</DateOfInitialCPC>"
#define NOT_REQUIRED "<ICPCnotRequired>true</ICPCnotRequired>"
#define END "<ReferralNFA>1</ReferralNFA></CINdetails></Child>"
#define END_ROW "[referrals]\n2|" PERSON "2021-05-06|1A|1\n"

START_TEST(the_conference_of_an_episode_goes_to_the_enquiry_that_led_to_it)
{
	/* of those before it without a date of their own, the last started */
	assert_rows(CHILD DETAILS CONFERENCE("2021-06-20") ENQUIRY("2021-06-02", "")
			    ENQUIRY("2021-06-10", "") ENQUIRY("2021-06-05", "")
				    ENQUIRY("2021-06-25", "") END,
		    "[section47]\n2|" PERSON "|2021-06-02||\n2|" PERSON "|2021-06-05||\n"
		    "2|" PERSON "|2021-06-25||\n2|" PERSON "|2021-06-10|2021-06-20|\n" END_ROW);
	/* one with its own date keeps it, one that needed no conference gets none */
	assert_rows(CHILD DETAILS CONFERENCE("2021-06-20") ENQUIRY("2021-06-12", NOT_REQUIRED)
			    ENQUIRY("2021-06-11", CONFERENCE("2021-06-19"))
				    ENQUIRY("2021-06-01", "") END,
		    "[section47]\n2|" PERSON "|2021-06-12||true\n"
		    "2|" PERSON "|2021-06-11|2021-06-19|\n2|" PERSON
		    "|2021-06-01|2021-06-20|\n" END_ROW);
	/* without an enquiry it is in no row, and not in the next episode's */
	assert_rows(CHILD DETAILS CONFERENCE(
			    "2021-06-20") "<ReferralNFA>1</ReferralNFA></CINdetails>" DETAILS
			    ENQUIRY("2021-06-01", "") END,
		    END_ROW "[section47]\n2|" PERSON "|2021-06-01||\n" END_ROW);
	/* and it is given once */
	assert_rows(CHILD DETAILS CONFERENCE("2021-06-20")
			    ENQUIRY("2021-06-01",
				    "") "<ReferralNFA>1</ReferralNFA></CINdetails>" DETAILS END,
		    "[section47]\n2|" PERSON "|2021-06-01|2021-06-20|\n" END_ROW "2|" PERSON
		    "2021-05-06|1A|1\n");
}
END_TEST

START_TEST(a_time_zone_is_no_part_of_a_date)
{
	assert_rows(CHILD "<CINdetails><CINreferralDate>2021-05-06Z</CINreferralDate>"
			  "<ReferralSource>1A</ReferralSource>" END,
		    END_ROW);
	assert_rows(CHILD "<CINdetails><CINreferralDate>\n2021-05-06+01:00 </CINreferralDate>"
			  "<ReferralSource>1A</ReferralSource>" END,
		    END_ROW);
}
END_TEST

START_TEST(every_cell_has_a_column_of_the_staging_list)
{
	for (const struct cin_xml_columns *c = cin_xml_columns; c->list != NULL; c++) {
		const struct list *list = list_find(c->list);

		ck_assert_msg(list != NULL, "no list %s", c->list);
		for (int i = 0; i < c->n; i++) {
			int found = 0;

			for (int j = 0; j < list->n_columns; j++)
				found += strcmp(list->columns[j].name, c->names[i]) == 0;
			ck_assert_msg(found == 1, "no column %s of %s", c->names[i], c->list);
		}
	}
}
END_TEST

/* ---- what is refused */

START_TEST(another_xml_is_refused_by_its_root)
{
	assert_refused("<?xml version=\"1.0\"?>\n<html><body/></html>", ERR_MALFORMED,
		       "line 2: the root is <html>, not the <Message> of a CIN census");
}
END_TEST

START_TEST(another_collection_is_refused)
{
	assert_refused("<Message><Header><CollectionDetails><Collection>CLA</Collection>"
		       "<ReferenceDate>2022-03-31</ReferenceDate></CollectionDetails></Header>"
		       "<Children/></Message>",
		       ERR_MALFORMED, "Collection is \"CLA\", not CIN");
	assert_refused("<Message><Children/></Message>", ERR_MALFORMED,
		       "Collection is \"\", not CIN");
}
END_TEST

START_TEST(a_message_without_a_reference_date_is_refused)
{
	assert_refused("<Message><Header><CollectionDetails><Collection>CIN</Collection>"
		       "</CollectionDetails></Header>\n<Children/></Message>",
		       ERR_MALFORMED, "line 2: Header/CollectionDetails has no ReferenceDate");
	assert_refused("<Message><Header><CollectionDetails><Collection>CIN</Collection>"
		       "<ReferenceDate>31/03/2022</ReferenceDate></CollectionDetails></Header>"
		       "<Children/></Message>",
		       ERR_MALFORMED, "line 1: ReferenceDate: \"31/03/2022\" is not a date");
}
END_TEST

START_TEST(a_message_without_children_is_refused)
{
	assert_refused(HEADER "</Message>", ERR_MALFORMED, "has no Children");
}
END_TEST

START_TEST(a_doctype_is_refused)
{
	assert_refused("<!DOCTYPE Message [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" HEADER
		       "<Children>&x;</Children></Message>",
		       ERR_MALFORMED, "line 1: it has a DOCTYPE");
}
END_TEST

START_TEST(damage_is_refused_with_its_line)
{
	assert_refused("", ERR_MALFORMED, "line 1: it is damaged or not XML (no element found)");
	assert_refused(HEADER "\n<Children>\n<Child></Children></Message>", ERR_MALFORMED,
		       "line 3: it is damaged or not XML (mismatched tag)");
	assert_refused(HEADER "\n<Children>&unknown;</Children></Message>", ERR_MALFORMED,
		       "line 2: it is damaged or not XML (undefined entity)");
	assert_refused("<?xml version=\"1.0\" encoding=\"windows-31j\"?><Message/>", ERR_MALFORMED,
		       "save it as UTF-8");
}
END_TEST

START_TEST(deep_nesting_is_refused)
{
	char text[2048] = HEADER "<Children>";

	for (int i = 0; i < LIMIT_XML_DEPTH; i++)
		(void)strncat(text, "<a>", sizeof text - strlen(text) - 1);
	assert_refused(text, ERR_TOO_BIG, "more than 32 deep");
}
END_TEST

static char *with_long_id(size_t n)
{
	static const char before[] = HEADER "<Children><Child><ChildIdentifiers><LAchildID>";
	static const char after[] = "</LAchildID></ChildIdentifiers></Child></Children></Message>";
	char *text = malloc(sizeof before + n + sizeof after);

	ck_assert_ptr_nonnull(text);
	(void)memcpy(text, before, sizeof before);
	(void)memset(text + sizeof before - 1, 'x', n);
	(void)memcpy(text + sizeof before - 1 + n, after, sizeof after);
	return text;
}

START_TEST(a_value_may_be_as_long_as_the_limit_and_no_longer)
{
	char *text = with_long_id(LIMIT_CELL_BYTES);
	struct err err;

	assert_ok(read_text(text, &err), err);
	free(text);
	text = with_long_id(LIMIT_CELL_BYTES + 1);
	assert_refused(text, ERR_TOO_BIG, "line 1: a value has more than 8192 bytes");
	free(text);
}
END_TEST

START_TEST(what_the_sink_returns_stops_the_reader)
{
	stop_at_line = 2;
	assert_refused(HEADER "\n<Children>" CHILD DETAILS END "</Children></Message>", ERR_FULL,
		       "no more rows");
	stop_at_line = 0;
}
END_TEST

START_TEST(xml_is_sniffed_whatever_it_starts_with)
{
	static const struct {
		const char *head;
		size_t n;
		int is;
	} heads[] = {
		{ "<Message>", 9, 1 },
		{ "<?xml version", 13, 1 },
		{ "\xEF\xBB\xBF<M", 5, 1 },
		{ "\xFF\xFE<\0M\0", 6, 1 },
		{ "\xFE\xFF\0<\0M", 6, 1 },
		{ "\n\t <M", 5, 1 },
		{ "Child ID,Gender", 15, 0 },
		{ "\xEF\xBB\xBF"
		  "a<",
		  5, 0 },
		{ "", 0, 0 },
		{ "\0<", 2, 0 },
	};

	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		ck_assert_int_eq(reader_cin_xml.sniff((const uint8_t *)heads[i].head, heads[i].n) !=
					 0,
				 heads[i].is);
}
END_TEST

START_TEST(each_allocation_that_fails_is_an_error_and_leaks_nothing)
{
	enum err_code code = ERR_NOMEM;
	struct err err;
	long n = 1;

	for (; code != ERR_OK; n++) {
		harness_fail_allocation(n);
		code = read_path("tests/data/cin_xml/CIN_Census_2026.xml", false, &err);
		harness_fail_allocation(0);
		if (code != ERR_OK)
			assert_error(code, ERR_NOMEM, err, "out of memory");
	}
	ck_assert_int_gt(n, 10);
}
END_TEST

/* The file's own oddities: text between elements, Sex 1, a block that its schema does not know. */
START_TEST(the_sample_of_the_2026_collection_is_read)
{
	struct err err;

	assert_ok(read_path("tests/data/cin_xml/CIN_Census_2026.xml", false, &err), err);
	ck_assert_str_eq(
		seen,
		"as-at 2024-03-31\n[referrals]\n[cin_episodes]\n[assessments]\n[section47]\n"
		"[cpp_plans]\n[cpp_reviews]\n"
		"[assessments]\n41|DfEX0000001|1|WBRI|2015-03-27|Yes|2028-04-28|2020-09-19\n"
		"[section47]\n54|DfEX0000001|1|WBRI|2015-03-27|Yes|2022-06-02|2022-06-17|false\n"
		"[cpp_reviews]\n68|1|2023-02-15\n"
		"[cpp_plans]\n61|1|DfEX0000001|1|WBRI|2015-03-27|Yes|2022-02-17|2023-03-14|PHY|PHY|"
		"10\n"
		"[referrals]\n34|DfEX0000001|1|WBRI|2015-03-27|2022-10-06|1A|0\n"
		"[cin_episodes]\n34|DfEX0000001|1|WBRI|2015-03-27|Yes|2022-10-06|N4|2023-02-27|"
		"RC1\n"
		"[assessments]\n104|child_fails_assessments|M|WBRI|2023-09-25|No|2023-12-25|"
		"2024-01-27\n"
		"[referrals]\n98|child_fails_assessments|M|WBRI|2023-09-25|2024-10-24|1A|false\n"
		"[cin_episodes]\n98|child_fails_assessments|M|WBRI|2023-09-25|No|2024-10-24|N1|"
		"2024-10-29|RC9\n");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, the_as_at_and_every_list_come_before_the_rows);
	tcase_add_test(tc, each_record_becomes_a_row_of_its_list);
	tcase_add_test(tc, plans_are_counted_through_the_message_and_values_do_not_linger);
	tcase_add_test(tc, a_referral_without_further_action_is_no_episode);
	tcase_add_test(tc, sex_comes_from_either_element_and_a_birth_may_be_expected);
	tcase_add_test(tc, any_disability_but_none_is_yes);
	tcase_add_test(tc, the_conference_of_an_episode_goes_to_the_enquiry_that_led_to_it);
	tcase_add_test(tc, a_time_zone_is_no_part_of_a_date);
	tcase_add_test(tc, every_cell_has_a_column_of_the_staging_list);
	tcase_add_test(tc, another_xml_is_refused_by_its_root);
	tcase_add_test(tc, another_collection_is_refused);
	tcase_add_test(tc, a_message_without_a_reference_date_is_refused);
	tcase_add_test(tc, a_message_without_children_is_refused);
	tcase_add_test(tc, a_doctype_is_refused);
	tcase_add_test(tc, damage_is_refused_with_its_line);
	tcase_add_test(tc, deep_nesting_is_refused);
	tcase_add_test(tc, a_value_may_be_as_long_as_the_limit_and_no_longer);
	tcase_add_test(tc, what_the_sink_returns_stops_the_reader);
	tcase_add_test(tc, xml_is_sniffed_whatever_it_starts_with);
	tcase_add_test(tc, each_allocation_that_fails_is_an_error_and_leaks_nothing);
	tcase_add_test(tc, the_sample_of_the_2026_collection_is_read);
}

HARNESS_MAIN("cin_xml", add)
