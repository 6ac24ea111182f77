#include "agent/lists.h"

#include <string.h>

#define FOLD_BYTES 160

/* Columns are written in the order of the staging tables: test_lists compares the two. Needed
 * headings are those without which a figure would be wrong rather than missing: who, when it
 * began and, where the list holds things that are open, when it ended. */

#define ALTERNATIVES(...) ((const char *const[]){ __VA_ARGS__, NULL })

#define NEEDED 1, 1 /* heading and value */
#define HEADING_NEEDED 1, 0
#define OPTIONAL 0, 0

#define CHILD                                                                                  \
	{                                                                                      \
		"child", "Child Unique ID", LIST_ID, NULL, NEEDED,                             \
			ALTERNATIVES("Child ID", "Child Unique Identifier", "Unique Child ID", \
				     "Child Identifier", "LAchildID")                          \
	}

#define PERSON                                                                                   \
	CHILD, { "sex", "Gender", LIST_CODE,                                                     \
		 "sex", OPTIONAL, ALTERNATIVES("Sex", "GenderCurrent", "PersonGenderCurrent") }, \
		{ "ethnicity", "Ethnicity", LIST_CODE,                                           \
		  "ethnicity", OPTIONAL,    ALTERNATIVES("Ethnic Origin", "Ethnic Group") },     \
		{ "birth_date",                                                                  \
		  "Date of Birth",                                                               \
		  LIST_DATE,                                                                     \
		  NULL,                                                                          \
		  OPTIONAL,                                                                      \
		  ALTERNATIVES("DOB", "Birth Date", "Date of Birth or Expected Date of Birth",   \
			       "PersonBirthDate") },                                             \
		{ "age",    "Age of Child (Years)",                                              \
		  LIST_AGE, NULL,                                                                \
		  OPTIONAL, ALTERNATIVES("Age", "Age of Child", "Age (Years)") },                \
	{                                                                                        \
		"ward", "Ward", LIST_WARD, NULL, OPTIONAL,                                       \
			ALTERNATIVES("Electoral Ward", "Ward Name", "Ward Code")                 \
	}

#define DISABILITY                                                                                 \
	{                                                                                          \
		"disability", "Does the Child have a Disability", LIST_CODE, "disability",         \
			OPTIONAL, ALTERNATIVES("Disability", "Disabled", "Child has a Disability") \
	}

#define ALLOCATION                                                                     \
	{ "team", "Allocated Team", LIST_TEAM, NULL, OPTIONAL, ALTERNATIVES("Team") }, \
	{                                                                              \
		"worker", "Allocated Worker", LIST_NAME, NULL, OPTIONAL,               \
			ALTERNATIVES("Worker", "Social Worker")                        \
	}

#define SOURCE_CODE                                                           \
	{                                                                     \
		"source_code", NULL, LIST_CODE, "source_code", OPTIONAL, NULL \
	}

static const struct list_column contacts_columns[] = {
	PERSON,
	{ "contact_date", "Date of Contact", LIST_DATE, NULL, NEEDED,
	  ALTERNATIVES("Contact Date") },
	{ "source", "Contact Source", LIST_CODE, "source", OPTIONAL,
	  ALTERNATIVES("Source of Contact") },
	SOURCE_CODE,
};

static const struct list_column early_help_columns[] = {
	PERSON,
	{ "start_date", "Assessment start date", LIST_DATE, NULL, NEEDED,
	  ALTERNATIVES("Early Help Assessment Start Date", "Early Help Start Date") },
	{ "end_date", "Assessment completion date", LIST_DATE, NULL, HEADING_NEEDED,
	  ALTERNATIVES("Early Help Assessment Completion Date", "Early Help End Date",
		       "Assessment end date") },
	{ "organisation", "Organisation completing assessment", LIST_CODE, "organisation", OPTIONAL,
	  ALTERNATIVES("Organisation", "Lead Organisation") },
};

static const struct list_column referrals_columns[] = {
	PERSON,
	{ "referral_date", "Date of referral", LIST_DATE, NULL, NEEDED,
	  ALTERNATIVES("Referral Date", "CINreferralDate") },
	{ "source", "Referral Source", LIST_CODE, "source", OPTIONAL,
	  ALTERNATIVES("Source of Referral") },
	SOURCE_CODE,
	{ "nfa", "Referral NFA?", LIST_YES_NO, "nfa", OPTIONAL,
	  ALTERNATIVES("NFA", "Referral No Further Action") },
	{ "previous_12m", "Number of Referrals in Last 12 Months", LIST_INT, NULL, OPTIONAL, NULL },
	ALLOCATION,
};

static const struct list_column assessments_columns[] = {
	PERSON,
	DISABILITY,
	{ "start_date", "Continuous Assessment Start Date", LIST_DATE, NULL, NEEDED,
	  ALTERNATIVES("AssessmentActualStartDate") },
	{ "child_seen", "Child Seen During Continuous Assessment", LIST_YES_NO, "seen", OPTIONAL,
	  NULL },
	{ "end_date", "Continuous Assessment Date of Authorisation", LIST_DATE, NULL,
	  HEADING_NEEDED, ALTERNATIVES("AssessmentAuthorisationDate") },
	{ "support", "Was the child assessed as requiring LA children's social care support?",
	  LIST_YES_NO, NULL, OPTIONAL, NULL },
	ALLOCATION,
};

static const struct list_column section47_columns[] = {
	PERSON,
	DISABILITY,
	{ "start_date", "Strategy discussion initiating Section 47 Enquiry Start Date", LIST_DATE,
	  NULL, NEEDED, ALTERNATIVES("Section 47 Enquiry Start Date", "S47ActualStartDate") },
	{ "icpc_not_required", "Was an Initial Child Protection Conference deemed unnecessary?",
	  LIST_YES_NO, NULL, OPTIONAL, ALTERNATIVES("ICPCnotRequired") },
	{ "icpc_date", "Date of Initial Child Protection Conference", LIST_DATE, NULL,
	  HEADING_NEEDED, ALTERNATIVES("DateOfInitialCPC") },
	{ "icpc_to_plan",
	  "Did the Initial Child Protection Conference Result in a Child Protection Plan",
	  LIST_YES_NO, NULL, OPTIONAL, NULL },
	{ "s47_12m", "Number of Section 47 Enquiries in the last 12 months", LIST_INT, NULL,
	  OPTIONAL, NULL },
	{ "icpc_12m", "Number of ICPCs in the last 12 months", LIST_INT, NULL, OPTIONAL, NULL },
	ALLOCATION,
};

static const struct list_column cin_columns[] = {
	PERSON,
	DISABILITY,
	{ "start_date", "CIN Start Date", LIST_DATE, NULL, NEEDED, NULL },
	{ "need", "Primary Need Code", LIST_CODE, "need", OPTIONAL, ALTERNATIVES("Primary Need") },
	{ "last_seen", "Date Child Was Last Seen", LIST_DATE, NULL, OPTIONAL, NULL },
	{ "end_date", "CIN Closure Date", LIST_DATE, NULL, HEADING_NEEDED,
	  ALTERNATIVES("CIN End Date") },
	{ "reason", "Reason for Closure", LIST_CODE, "reason", OPTIONAL, NULL },
	{ "status", "Case Status", LIST_CODE, "status", OPTIONAL, NULL },
	ALLOCATION,
};

static const struct list_column cpp_columns[] = {
	PERSON,
	DISABILITY,
	{ "start_date", "Child Protection Plan Start Date", LIST_DATE, NULL, NEEDED,
	  ALTERNATIVES("CPP Start Date") },
	{ "category_initial", "Initial Category of Abuse", LIST_CODE, "category", OPTIONAL,
	  ALTERNATIVES("InitialCategoryOfAbuse") },
	{ "category", "Latest Category of Abuse", LIST_CODE, "category", OPTIONAL,
	  ALTERNATIVES("LatestCategoryOfAbuse") },
	{ "last_visit", "Date of the Last Statutory Visit", LIST_DATE, NULL, OPTIONAL, NULL },
	{ "seen_alone", "Was the Child Seen Alone?", LIST_YES_NO, "seen_alone", OPTIONAL, NULL },
	{ "last_review", "Date of latest review conference", LIST_DATE, NULL, OPTIONAL, NULL },
	{ "end_date", "Child Protection Plan End Date", LIST_DATE, NULL, HEADING_NEEDED,
	  ALTERNATIVES("CPP End Date") },
	{ "protection_order",
	  "Subject to Emergency Protection Order or Protected Under Police Powers in Last Six "
	  "Months (Y/N)",
	  LIST_YES_NO, NULL, OPTIONAL,
	  ALTERNATIVES("Subject to Emergency Protection Order or Protected Under Police Powers in "
		       "Last Six Months") },
	{ "previous_plans", "Number of Previous Child Protection Plans", LIST_INT, NULL, OPTIONAL,
	  ALTERNATIVES("NumberOfPreviousCPP") },
	ALLOCATION,
};

static const struct list_column cin_episodes_columns[] = {
	PERSON,
	DISABILITY,
	{ "start_date", "CINreferralDate", LIST_DATE, NULL, NEEDED, NULL },
	{ "need", "PrimaryNeedCode", LIST_CODE, "need", OPTIONAL, NULL },
	{ "end_date", "CINclosureDate", LIST_DATE, NULL, HEADING_NEEDED, NULL },
	{ "reason", "ReasonForClosure", LIST_CODE, "reason", OPTIONAL, NULL },
};

static const struct list_column cpp_plans_columns[] = {
	{ "plan", "Plan", LIST_INT, NULL, NEEDED, NULL },
	PERSON,
	DISABILITY,
	{ "start_date", "CPPstartDate", LIST_DATE, NULL, NEEDED, NULL },
	{ "category_initial", "InitialCategoryOfAbuse", LIST_CODE, "category", OPTIONAL, NULL },
	{ "category", "LatestCategoryOfAbuse", LIST_CODE, "category", OPTIONAL, NULL },
	{ "end_date", "CPPendDate", LIST_DATE, NULL, HEADING_NEEDED, NULL },
	{ "previous_plans", "NumberOfPreviousCPP", LIST_INT, NULL, OPTIONAL, NULL },
};

static const struct list_column cpp_reviews_columns[] = {
	{ "plan", "Plan", LIST_INT, NULL, NEEDED, NULL },
	{ "review_date", "CPPreviewDate", LIST_DATE, NULL, NEEDED, NULL },
};

/* The census's WorkingDaysLost is left out on purpose: it counts a year, this column a month. */
static const struct list_column staff_columns[] = {
	{ "worker", "Worker ID", LIST_ID, NULL, HEADING_NEEDED,
	  ALTERNATIVES("SWENo", "Social Work England Number", "Staff ID") },
	{ "agency", "Agency Worker", LIST_YES_NO, "agency", HEADING_NEEDED,
	  ALTERNATIVES("Agency") },
	{ "role", "Org Role", LIST_CODE, "role", OPTIONAL,
	  ALTERNATIVES("OrgRole", "Role in Organisation", "Role") },
	{ "fte", "FTE", LIST_FTE, NULL, HEADING_NEEDED,
	  ALTERNATIVES("Full-time Equivalent", "FTE30") },
	{ "start_date", "Role Start Date", LIST_DATE, NULL, OPTIONAL, NULL },
	{ "end_date", "Role End Date", LIST_DATE, NULL, OPTIONAL, NULL },
	{ "cases", "Cases", LIST_INT, NULL, OPTIONAL, ALTERNATIVES("Cases30", "Caseload") },
	{ "days_lost", "Working Days Lost In Month", LIST_DAYS, NULL, OPTIONAL, NULL },
	{ "posts", "Posts", LIST_FTE, NULL, OPTIONAL, ALTERNATIVES("Vacant Posts", "Vacancies") },
	{ "team", "Team", LIST_TEAM, NULL, OPTIONAL, ALTERNATIVES("Allocated Team") },
};

#define COLUMNS(c) c, (int)(sizeof(c) / sizeof(c)[0])

static const struct list all_lists[] = {
	{ "contacts", "List 1: Contacts", 1, COLUMNS(contacts_columns), "contact_date", NULL,
	  LIST_ROWS_DISTINCT },
	{ "early_help", "List 2: Early help", 2, COLUMNS(early_help_columns), "start_date",
	  "end_date", LIST_ROWS_ANY },
	{ "referrals", "List 3: Referrals", 3, COLUMNS(referrals_columns), "referral_date", NULL,
	  LIST_ROWS_DISTINCT },
	{ "assessments", "List 4: Assessments", 4, COLUMNS(assessments_columns), "start_date",
	  "end_date", LIST_ROWS_DISTINCT },
	{ "section47", "List 5: Section 47 enquiries and initial conferences", 5,
	  COLUMNS(section47_columns), "start_date", "icpc_date", LIST_ROWS_DISTINCT },
	{ "cin", "List 6: Children in need", 6, COLUMNS(cin_columns), "start_date", "end_date",
	  LIST_ROWS_ONE_PER_CHILD },
	{ "cpp", "List 7: Child protection plans", 7, COLUMNS(cpp_columns), "start_date",
	  "end_date", LIST_ROWS_ONE_PER_CHILD },
	{ "cin_episodes", "CIN census: episodes", 0, COLUMNS(cin_episodes_columns), "start_date",
	  "end_date", LIST_ROWS_ANY },
	{ "cpp_plans", "CIN census: child protection plans", 0, COLUMNS(cpp_plans_columns),
	  "start_date", "end_date", LIST_ROWS_ANY },
	{ "cpp_reviews", "CIN census: plan reviews", 0, COLUMNS(cpp_reviews_columns), "review_date",
	  NULL, LIST_ROWS_ANY },
	{ "staff", "Staff", 0, COLUMNS(staff_columns), NULL, NULL, LIST_ROWS_DISTINCT },
};

const struct list *lists_all(size_t *n)
{
	*n = sizeof all_lists / sizeof all_lists[0];
	return all_lists;
}

const struct list *list_find(const char *name)
{
	for (size_t i = 0; i < sizeof all_lists / sizeof all_lists[0]; i++)
		if (strcmp(all_lists[i].name, name) == 0)
			return &all_lists[i];
	return NULL;
}

size_t list_fold_n(const char *text, size_t len, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < size; i++) {
		char c = text[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			out[n++] = c;
	}
	if (size > 0)
		out[n] = '\0';
	return n;
}

void list_fold(const char *text, char *out, size_t size)
{
	(void)list_fold_n(text, strlen(text), out, size);
}

static int list_folds_to(const char *text, const char *folded)
{
	char other[FOLD_BYTES];

	if (text == NULL)
		return 0;
	list_fold(text, other, sizeof other);
	return strcmp(other, folded) == 0;
}

static int list_column_rank(const struct list_column *column, const char *folded)
{
	if (column->heading == NULL)
		return 0;
	if (list_folds_to(column->heading, folded))
		return 3;
	for (const char *const *a = column->alternatives; a != NULL && *a != NULL; a++)
		if (list_folds_to(*a, folded))
			return 2;
	return list_folds_to(column->name, folded);
}

int list_column_ranked(const struct list *list, const char *heading, int *rank)
{
	char folded[FOLD_BYTES];
	int best = -1;

	*rank = 0;
	list_fold(heading, folded, sizeof folded);
	for (int i = 0; i < list->n_columns && folded[0] != '\0'; i++) {
		int this = list_column_rank(&list->columns[i], folded);

		if (this > *rank) {
			*rank = this;
			best = i;
		}
	}
	return best;
}

int list_column_of(const struct list *list, const char *heading)
{
	int rank;

	return list_column_ranked(list, heading, &rank);
}

int list_column_named(const struct list *list, const char *name)
{
	for (int i = 0; i < list->n_columns; i++)
		if (strcmp(list->columns[i].name, name) == 0)
			return i;
	return -1;
}
