#include "deploy/demo/lists.h"

/* Headings of Ofsted's lists (ILACS Annex A, August 2019) in their order, with the ward behind
 * them, and of a staff list in the workforce census's fields. */

#define QUOTE "\xE2\x80\x99"

/* clang-format off */
#define PERSON                                                                                     \
	{ "Child Unique ID", COLUMN_ID }, { "Gender", COLUMN_OTHER },                              \
	{ "Ethnicity", COLUMN_OTHER }, { "Date of Birth", COLUMN_OTHER },                          \
	{ "Age of Child (Years)", COLUMN_OTHER }
#define DISABILITY { "Does the Child have a Disability", COLUMN_OTHER }
#define ALLOCATION                                                                                 \
	{ "Allocated Team", COLUMN_OTHER }, { "Allocated Worker", COLUMN_OTHER }, WARD
#define WARD { "Ward", COLUMN_OTHER }

const struct book_list lists_headings[LISTS] = {
	[LIST_CONTACTS] = {
		"list_1.csv", "List 1: Contacts", "Contacts", 1,
		{ PERSON,
		  { "Date of Contact", COLUMN_DATE },
		  { "Contact Source", COLUMN_CODE },
		  WARD },
		8 },
	[LIST_HELP] = {
		"list_2.csv", "List 2: Early Help", "Early Help", 2,
		{ PERSON,
		  { "Assessment start date", COLUMN_DATE },
		  { "Assessment completion date", COLUMN_END },
		  { "Organisation completing assessment", COLUMN_CODE },
		  WARD },
		9 },
	[LIST_REFERRALS] = {
		"list_3.csv", "List 3: Referral", "Referrals", 3,
		{ PERSON,
		  { "Date of referral", COLUMN_DATE },
		  { "Referral Source", COLUMN_CODE },
		  { "Referral NFA?", COLUMN_OTHER },
		  { "Number of Referrals in Last 12 Months", COLUMN_OTHER },
		  ALLOCATION },
		12 },
	[LIST_ASSESSMENTS] = {
		"list_4.csv", "List 4: Assessments", "Assessments", 4,
		{ PERSON,
		  DISABILITY,
		  { "Continuous Assessment Start Date", COLUMN_DATE },
		  { "Child Seen During Continuous Assessment", COLUMN_OTHER },
		  { "Continuous Assessment Date of Authorisation", COLUMN_END },
		  { "Was the child assessed as requiring LA children" QUOTE
		    "s social care support?", COLUMN_OTHER },
		  ALLOCATION },
		13 },
	[LIST_SECTION47] = {
		"list_5.csv",
		"List 5: Section 47 enquiries and Initial Child Protection Conferences",
		"Sec47 and ICPC", 5,
		{ PERSON,
		  DISABILITY,
		  { "Strategy discussion initiating Section 47 Enquiry Start Date", COLUMN_DATE },
		  { "Was an Initial Child Protection Conference deemed unnecessary?",
		    COLUMN_OTHER },
		  { "Date of Initial Child Protection Conference", COLUMN_OTHER },
		  { "Did the Initial Child Protection Conference Result in a Child Protection "
		    "Plan", COLUMN_OTHER },
		  { "Number of Section 47 Enquiries in the last 12 months", COLUMN_OTHER },
		  { "Number of ICPCs in the last 12 months", COLUMN_OTHER },
		  ALLOCATION },
		15 },
	[LIST_CIN] = {
		"list_6.csv", "List 6: Children in Need", "Children in Need", 6,
		{ PERSON,
		  DISABILITY,
		  { "CIN Start Date", COLUMN_DATE },
		  { "Primary Need Code", COLUMN_CODE },
		  { "Date Child Was Last Seen", COLUMN_OTHER },
		  { "CIN Closure Date", COLUMN_END },
		  { "Reason for Closure", COLUMN_OTHER },
		  { "Case status", COLUMN_OTHER },
		  ALLOCATION },
		15 },
	[LIST_CPP] = {
		"list_7.csv", "List 7: Child protection", "Child Protection", 7,
		{ PERSON,
		  DISABILITY,
		  { "Child Protection Plan Start Date", COLUMN_DATE },
		  { "Initial Category of Abuse", COLUMN_CODE },
		  { "Latest Category of Abuse", COLUMN_CODE },
		  { "Date of the Last Statutory Visit", COLUMN_OTHER },
		  { "Was the Child Seen Alone?", COLUMN_OTHER },
		  { "Date of latest review conference", COLUMN_OTHER },
		  { "Child Protection Plan End Date", COLUMN_END },
		  { "Subject to Emergency Protection Order or Protected Under Police Powers in "
		    "Last Six Months (Y/N)", COLUMN_OTHER },
		  { "Number of Previous Child Protection Plans", COLUMN_OTHER },
		  ALLOCATION },
		18 },
	[LIST_STAFF] = {
		"staff.csv", NULL, NULL, 0,
		{ { "Worker ID", COLUMN_ID },
		  { "Agency Worker", COLUMN_OTHER },
		  { "Org Role", COLUMN_OTHER },
		  { "FTE", COLUMN_OTHER },
		  { "Role Start Date", COLUMN_DATE },
		  { "Role End Date", COLUMN_OTHER },
		  { "Cases", COLUMN_OTHER },
		  { "Working Days Lost In Month", COLUMN_OTHER },
		  { "Posts", COLUMN_OTHER },
		  { "Team", COLUMN_OTHER } },
		10 },
};
/* clang-format on */
