#ifndef DEPLOY_DEMO_LABELS_H
#define DEPLOY_DEMO_LABELS_H

/* The codes of Ofsted's lists as offices write them, beside the categories of proto/codes.csv that
 * they fall under. The position in a table is what the event log stores. */

struct label {
	const char *prefix;   /* "a) "; "" when the list has none */
	const char *code;     /* "1A", "WBRI", "N1" */
	const char *text;     /* what follows the code */
	const char *category; /* of proto/codes.csv */
};

enum {
	SOURCE_1A,
	SOURCE_1B,
	SOURCE_1C,
	SOURCE_1D,
	SOURCE_2A,
	SOURCE_2B,
	SOURCE_3A,
	SOURCE_3B,
	SOURCE_3C,
	SOURCE_3D,
	SOURCE_3E,
	SOURCE_3F,
	SOURCE_4,
	SOURCE_5A,
	SOURCE_5B,
	SOURCE_5C,
	SOURCE_5D,
	SOURCE_6,
	SOURCE_7,
	SOURCE_8,
	SOURCE_9,
	SOURCE_10,
	SOURCE_UNLISTED, /* a text that is no code: counts as unknown */
	SOURCES
};
enum {
	SEX_MALE,
	SEX_FEMALE,
	SEX_UNKNOWN,
	SEX_NEITHER,
	SEXES
};
enum {
	ETHNICITIES = 20
};
enum {
	NEED_1,
	NEED_2,
	NEED_3,
	NEED_4,
	NEED_5,
	NEED_6,
	NEED_7,
	NEED_8,
	NEED_9,
	NEED_0,
	NEEDS
};
enum {
	REASON_1,
	REASON_2,
	REASON_3,
	REASON_4,
	REASON_5,
	REASON_6,
	REASON_7,
	REASON_8,
	REASON_9,
	REASONS
};
enum {
	STATUS_CLA,
	STATUS_CPP,
	STATUS_CIN,
	STATUS_ASSESSMENT,
	STATUS_CLOSED,
	STATUSES
};
enum {
	CATEGORY_NEG,
	CATEGORY_PHY,
	CATEGORY_SAB,
	CATEGORY_EMO,
	CATEGORY_MUL,
	CATEGORIES
};
enum {
	ANSWER_YES,
	ANSWER_NO,
	ANSWER_UNKNOWN,
	ANSWERS
};
enum {
	ORGANISATIONS = 8
};
enum {
	ROLE_SENIOR,
	ROLE_MIDDLE,
	ROLE_FIRST_LINE,
	ROLE_PRACTITIONER,
	ROLE_CASE_HOLDER,
	ROLE_QUALIFIED,
	ROLES
};
enum {
	AGE_UNBORN,
	AGE_0,
	AGE_1,
	AGE_5,
	AGE_10,
	AGE_16,
	AGE_18,
	AGE_UNKNOWN,
	AGES
};
enum {
	LIST_CONTACTS,
	LIST_HELP,
	LIST_REFERRALS,
	LIST_ASSESSMENTS,
	LIST_SECTION47,
	LIST_CIN,
	LIST_CPP,
	LIST_STAFF,
	LISTS
};

extern const struct label label_source[SOURCES];
extern const struct label label_sex[SEXES];
extern const struct label label_ethnicity[ETHNICITIES];
extern const struct label label_need[NEEDS];
extern const struct label label_reason[REASONS];
extern const struct label label_status[STATUSES];
extern const struct label label_category[CATEGORIES];
extern const struct label label_answer[ANSWERS];
extern const struct label label_organisation[ORGANISATIONS];
extern const struct label label_role[ROLES];
extern const struct label label_age[AGES];   /* category only */
extern const struct label label_list[LISTS]; /* category only */

/* Whether the code tells who made the contact or referral (Ofsted's codes, not free text). */
#define LABEL_SOURCE_LISTED(source) ((source) != SOURCE_UNLISTED)

#endif
