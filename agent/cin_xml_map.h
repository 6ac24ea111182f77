#ifndef AGENT_CIN_XML_MAP_H
#define AGENT_CIN_XML_MAP_H

/* What is read of a CIN census message and where it goes: the elements that matter, by their place,
 * the value that each holds, and the values that make a row of each list. Data only, shared by the
 * two files of the reader. Source: DfE's schemas of the collections 2017 to 2026. */

enum cin_field {
	CIN_NONE = -1,
	CIN_COLLECTION,
	CIN_REFERENCE_DATE,
	/* child */
	CIN_CHILD,
	CIN_SEX,
	CIN_BIRTH,
	CIN_EXPECTED,
	CIN_ETHNICITY,
	CIN_DISABILITY,
	/* CINdetails */
	CIN_REFERRED,
	CIN_SOURCE,
	CIN_NEED,
	CIN_CLOSED,
	CIN_REASON,
	CIN_CONFERENCE,
	CIN_NFA,
	/* Assessments */
	CIN_ASSESSED_FROM,
	CIN_ASSESSED_TO,
	/* Section47 */
	CIN_ENQUIRED,
	CIN_ENQUIRY_CONFERENCE,
	CIN_NOT_REQUIRED,
	/* ChildProtectionPlans */
	CIN_PLAN_FROM,
	CIN_PLAN_TO,
	CIN_CATEGORY_INITIAL,
	CIN_CATEGORY,
	CIN_PREVIOUS,
	CIN_REVIEWED,
	/* made here */
	CIN_PLAN,
	/* the enquiry that may be given the episode's conference date */
	CIN_HELD_ENQUIRED,
	CIN_HELD_CONFERENCE,
	CIN_HELD_NOT_REQUIRED,
	CIN_FIELDS,
};

enum cin_element {
	CIN_AT_OTHER = -2,
	CIN_AT_TOP = -1,
	CIN_AT_MESSAGE,
	CIN_AT_HEADER,
	CIN_AT_COLLECTION_DETAILS,
	CIN_AT_CHILDREN,
	CIN_AT_CHILD,
	CIN_AT_IDENTIFIERS,
	CIN_AT_CHARACTERISTICS,
	CIN_AT_DISABILITIES,
	CIN_AT_DETAILS,
	CIN_AT_ASSESSMENT,
	CIN_AT_SECTION47,
	CIN_AT_PLAN,
	CIN_AT_REVIEWS,
	CIN_AT_LEAVES, /* the first of those that hold a value */
};

struct cin_xml_element {
	enum cin_element parent;
	const char *name;
	enum cin_field field; /* CIN_NONE: it holds other elements */
};

enum cin_list {
	CIN_LIST_REFERRALS,
	CIN_LIST_EPISODES,
	CIN_LIST_ASSESSMENTS,
	CIN_LIST_SECTION47,
	CIN_LIST_PLANS,
	CIN_LIST_REVIEWS,
	CIN_LISTS,
};

/* The element of that name below parent (CIN_AT_TOP: the root); CIN_AT_OTHER when it is none that
 * is read. */
enum cin_element cin_xml_map_find(enum cin_element parent, const char *name);

/* The field of a leaf; CIN_NONE for any other. */
enum cin_field cin_xml_map_field(enum cin_element element);

/* The value of each cell of a list, in the order of cin_xml_columns. */
const enum cin_field *cin_xml_map_row(enum cin_list list);

/* The same for a section 47 enquiry that was held back. */
const enum cin_field *cin_xml_map_held_row(void);

#endif
