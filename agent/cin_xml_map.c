#include "agent/cin_xml_map.h"

#include <stddef.h>
#include <string.h>

#include "agent/cin_xml.h"

static const struct cin_xml_element cin_xml_map_elements[] = {
	[CIN_AT_MESSAGE] = { CIN_AT_TOP, "Message", CIN_NONE },
	[CIN_AT_HEADER] = { CIN_AT_MESSAGE, "Header", CIN_NONE },
	[CIN_AT_COLLECTION_DETAILS] = { CIN_AT_HEADER, "CollectionDetails", CIN_NONE },
	[CIN_AT_CHILDREN] = { CIN_AT_MESSAGE, "Children", CIN_NONE },
	[CIN_AT_CHILD] = { CIN_AT_CHILDREN, "Child", CIN_NONE },
	[CIN_AT_IDENTIFIERS] = { CIN_AT_CHILD, "ChildIdentifiers", CIN_NONE },
	[CIN_AT_CHARACTERISTICS] = { CIN_AT_CHILD, "ChildCharacteristics", CIN_NONE },
	[CIN_AT_DISABILITIES] = { CIN_AT_CHARACTERISTICS, "Disabilities", CIN_NONE },
	[CIN_AT_DETAILS] = { CIN_AT_CHILD, "CINdetails", CIN_NONE },
	[CIN_AT_ASSESSMENT] = { CIN_AT_DETAILS, "Assessments", CIN_NONE },
	[CIN_AT_SECTION47] = { CIN_AT_DETAILS, "Section47", CIN_NONE },
	[CIN_AT_PLAN] = { CIN_AT_DETAILS, "ChildProtectionPlans", CIN_NONE },
	[CIN_AT_REVIEWS] = { CIN_AT_PLAN, "Reviews", CIN_NONE },
	[CIN_AT_LEAVES] = { CIN_AT_COLLECTION_DETAILS, "Collection", CIN_COLLECTION },
	{ CIN_AT_COLLECTION_DETAILS, "ReferenceDate", CIN_REFERENCE_DATE },
	{ CIN_AT_IDENTIFIERS, "LAchildID", CIN_CHILD },
	{ CIN_AT_IDENTIFIERS, "GenderCurrent", CIN_SEX },
	{ CIN_AT_IDENTIFIERS, "Sex", CIN_SEX },
	{ CIN_AT_IDENTIFIERS, "PersonBirthDate", CIN_BIRTH },
	{ CIN_AT_IDENTIFIERS, "ExpectedPersonBirthDate", CIN_EXPECTED },
	{ CIN_AT_CHARACTERISTICS, "Ethnicity", CIN_ETHNICITY },
	{ CIN_AT_DISABILITIES, "Disability", CIN_DISABILITY },
	{ CIN_AT_DETAILS, "CINreferralDate", CIN_REFERRED },
	{ CIN_AT_DETAILS, "ReferralSource", CIN_SOURCE },
	{ CIN_AT_DETAILS, "PrimaryNeedCode", CIN_NEED },
	{ CIN_AT_DETAILS, "CINclosureDate", CIN_CLOSED },
	{ CIN_AT_DETAILS, "ReasonForClosure", CIN_REASON },
	{ CIN_AT_DETAILS, "DateOfInitialCPC", CIN_CONFERENCE },
	{ CIN_AT_DETAILS, "ReferralNFA", CIN_NFA },
	{ CIN_AT_ASSESSMENT, "AssessmentActualStartDate", CIN_ASSESSED_FROM },
	{ CIN_AT_ASSESSMENT, "AssessmentAuthorisationDate", CIN_ASSESSED_TO },
	{ CIN_AT_SECTION47, "S47ActualStartDate", CIN_ENQUIRED },
	{ CIN_AT_SECTION47, "DateOfInitialCPC", CIN_ENQUIRY_CONFERENCE },
	{ CIN_AT_SECTION47, "ICPCnotRequired", CIN_NOT_REQUIRED },
	{ CIN_AT_PLAN, "CPPstartDate", CIN_PLAN_FROM },
	{ CIN_AT_PLAN, "CPPendDate", CIN_PLAN_TO },
	{ CIN_AT_PLAN, "InitialCategoryOfAbuse", CIN_CATEGORY_INITIAL },
	{ CIN_AT_PLAN, "LatestCategoryOfAbuse", CIN_CATEGORY },
	{ CIN_AT_PLAN, "NumberOfPreviousCPP", CIN_PREVIOUS },
	{ CIN_AT_REVIEWS, "CPPreviewDate", CIN_REVIEWED },
};

#define N_ELEMENTS ((int)(sizeof cin_xml_map_elements / sizeof *cin_xml_map_elements))

#define PERSON_NAMES "child", "sex", "ethnicity", "birth_date"
#define PERSON_FIELDS CIN_CHILD, CIN_SEX, CIN_ETHNICITY, CIN_BIRTH

static const char *const referrals_names[] = { PERSON_NAMES, "referral_date", "source", "nfa" };
static const enum cin_field referrals_fields[] = { PERSON_FIELDS, CIN_REFERRED, CIN_SOURCE,
						   CIN_NFA };
static const char *const episodes_names[] = { PERSON_NAMES, "disability", "start_date",
					      "need",       "end_date",   "reason" };
static const enum cin_field episodes_fields[] = { PERSON_FIELDS, CIN_DISABILITY, CIN_REFERRED,
						  CIN_NEED,      CIN_CLOSED,     CIN_REASON };
static const char *const assessments_names[] = { PERSON_NAMES, "disability", "start_date",
						 "end_date" };
static const enum cin_field assessments_fields[] = { PERSON_FIELDS, CIN_DISABILITY,
						     CIN_ASSESSED_FROM, CIN_ASSESSED_TO };
static const char *const section47_names[] = { PERSON_NAMES, "disability", "start_date",
					       "icpc_date", "icpc_not_required" };
static const enum cin_field section47_fields[] = { PERSON_FIELDS, CIN_DISABILITY, CIN_ENQUIRED,
						   CIN_ENQUIRY_CONFERENCE, CIN_NOT_REQUIRED };
static const enum cin_field held_fields[] = { PERSON_FIELDS, CIN_DISABILITY, CIN_HELD_ENQUIRED,
					      CIN_HELD_CONFERENCE, CIN_HELD_NOT_REQUIRED };
static const char *const plans_names[] = { "plan",       PERSON_NAMES,    "disability",
					   "start_date", "end_date",      "category_initial",
					   "category",   "previous_plans" };
static const enum cin_field plans_fields[] = { CIN_PLAN,      PERSON_FIELDS, CIN_DISABILITY,
					       CIN_PLAN_FROM, CIN_PLAN_TO,   CIN_CATEGORY_INITIAL,
					       CIN_CATEGORY,  CIN_PREVIOUS };
static const char *const reviews_names[] = { "plan", "review_date" };
static const enum cin_field reviews_fields[] = { CIN_PLAN, CIN_REVIEWED };

#define COLUMNS(names) names, (int)(sizeof(names) / sizeof *(names))

const struct cin_xml_columns cin_xml_columns[] = {
	[CIN_LIST_REFERRALS] = { "referrals", COLUMNS(referrals_names) },
	[CIN_LIST_EPISODES] = { "cin_episodes", COLUMNS(episodes_names) },
	[CIN_LIST_ASSESSMENTS] = { "assessments", COLUMNS(assessments_names) },
	[CIN_LIST_SECTION47] = { "section47", COLUMNS(section47_names) },
	[CIN_LIST_PLANS] = { "cpp_plans", COLUMNS(plans_names) },
	[CIN_LIST_REVIEWS] = { "cpp_reviews", COLUMNS(reviews_names) },
	[CIN_LISTS] = { NULL, NULL, 0 },
};

static const enum cin_field *const cin_xml_map_rows[] = {
	[CIN_LIST_REFERRALS] = referrals_fields,
	[CIN_LIST_EPISODES] = episodes_fields,
	[CIN_LIST_ASSESSMENTS] = assessments_fields,
	[CIN_LIST_SECTION47] = section47_fields,
	[CIN_LIST_PLANS] = plans_fields,
	[CIN_LIST_REVIEWS] = reviews_fields,
};

enum cin_element cin_xml_map_find(enum cin_element parent, const char *name)
{
	for (int i = 0; parent != CIN_AT_OTHER && i < N_ELEMENTS; i++)
		if (cin_xml_map_elements[i].parent == parent &&
		    strcmp(cin_xml_map_elements[i].name, name) == 0)
			return (enum cin_element)i;
	return CIN_AT_OTHER;
}

enum cin_field cin_xml_map_field(enum cin_element element)
{
	return element < CIN_AT_LEAVES ? CIN_NONE : cin_xml_map_elements[element].field;
}

const enum cin_field *cin_xml_map_row(enum cin_list list)
{
	return cin_xml_map_rows[list];
}

const enum cin_field *cin_xml_map_held_row(void)
{
	return held_fields;
}
