#include "deploy/demo/labels.h"

const struct label label_source[SOURCES] = {
	{ "a) ", "1A", "Individual", "individual" },
	{ "b) ", "1B", "Individual", "individual" },
	{ "c) ", "1C", "Individual", "individual" },
	{ "d) ", "1D", "Individual", "individual" },
	{ "e) ", "2A", "Schools", "schools" },
	{ "f) ", "2B", "Education services", "education" },
	{ "g) ", "3A", "Health services", "health" },
	{ "h) ", "3B", "Health services", "health" },
	{ "i) ", "3C", "Health services", "health" },
	{ "j) ", "3D", "Health services", "health" },
	{ "k) ", "3E", "Health services", "health" },
	{ "l) ", "3F", "Health services", "health" },
	{ "m) ", "4", "Housing", "housing" },
	{ "n) ", "5A", "LA services", "la_services" },
	{ "o) ", "5B", "LA services", "la_services" },
	{ "p) ", "5C", "LA services", "la_services" },
	{ "p1) ", "5D", "LA services", "la_services" },
	{ "q) ", "6", "Police", "police" },
	{ "r) ", "7", "Other legal agency", "legal" },
	{ "s) ", "8", "Other", "other" },
	{ "t) ", "9", "Anonymous", "anonymous" },
	{ "u) ", "10", "Unknown", "unknown" },
	{ "", "", "Test web form", "unknown" },
};

const struct label label_sex[SEXES] = {
	{ "a) ", "Male", "", "male" },
	{ "b) ", "Female", "", "female" },
	{ "c) ", "Not stated/recorded", "", "unknown" },
	{ "d) ", "Neither", "", "neither" },
};

const struct label label_ethnicity[ETHNICITIES] = {
	{ "a) ", "WBRI", "", "white" },   { "b) ", "WIRI", "", "white" },
	{ "c) ", "WIRT", "", "white" },   { "d) ", "WOTH", "", "white" },
	{ "e) ", "WROM", "", "white" },   { "f) ", "MWBC", "", "mixed" },
	{ "g) ", "MWBA", "", "mixed" },   { "h) ", "MWAS", "", "mixed" },
	{ "i) ", "MOTH", "", "mixed" },   { "j) ", "AIND", "", "asian" },
	{ "k) ", "APKN", "", "asian" },   { "l) ", "ABAN", "", "asian" },
	{ "m) ", "AOTH", "", "asian" },   { "n) ", "BCRB", "", "black" },
	{ "o) ", "BAFR", "", "black" },   { "p) ", "BOTH", "", "black" },
	{ "q) ", "CHNE", "", "chinese" }, { "r) ", "OOTH", "", "other" },
	{ "s) ", "REFU", "", "refused" }, { "s) ", "NOBT", "", "unknown" },
};

const struct label label_need[NEEDS] = {
	{ "", "N1", "Abuse or neglect", "N1" },
	{ "", "N2", "Child's disability", "N2" },
	{ "", "N3", "Parental disability or illness", "N3" },
	{ "", "N4", "Family in acute stress", "N4" },
	{ "", "N5", "Family dysfunction", "N5" },
	{ "", "N6", "Socially unacceptable behaviour", "N6" },
	{ "", "N7", "Low income", "N7" },
	{ "", "N8", "Absent parenting", "N8" },
	{ "", "N9", "Cases other than children in need", "N9" },
	{ "", "N0", "Not stated", "N0" },
};

const struct label label_reason[REASONS] = {
	{ "", "RC1", "Adopted", "RC1" },
	{ "", "RC2", "Died", "RC2" },
	{ "", "RC3", "Child arrangements order", "RC3" },
	{ "", "RC4", "Special guardianship order", "RC4" },
	{ "", "RC5", "Transferred to services of another local authority", "RC5" },
	{ "", "RC6", "Transferred to adult social care services", "RC6" },
	{ "", "RC7", "Services ceased for any other reason, including child no longer in need",
	  "RC7" },
	{ "", "RC8", "Case closed after assessment, no further action", "RC8" },
	{ "", "RC9", "Case closed after assessment, referred to early help", "RC9" },
};

const struct label label_status[STATUSES] = {
	{ "a) ", "Looked after child", "", "cla" }, { "b) ", "Child Protection plan", "", "cpp" },
	{ "c) ", "Child in need plan", "", "cin" }, { "d) ", "Open assessment", "", "assessment" },
	{ "e) ", "Closed episode", "", "closed" },
};

const struct label label_category[CATEGORIES] = {
	{ "a) ", "Neglect", "", "NEG" },
	{ "b) ", "Physical abuse", "", "PHY" },
	{ "c) ", "Sexual abuse", "", "SAB" },
	{ "d) ", "Emotional abuse", "", "EMO" },
	{ "e) ", "Multiple/not recommended", "", "MUL" },
};

const struct label label_answer[ANSWERS] = {
	{ "a) ", "Yes", "", "yes" },
	{ "b) ", "No", "", "no" },
	{ "c) ", "Unknown", "", "unknown" },
};

const struct label label_organisation[ORGANISATIONS] = {
	{ "", "Test Early Help Team", "", "local_authority" },
	{ "", "Test School Cluster", "", "school" },
	{ "", "Test Children\xE2\x80\x99s Centre", "", "early_years" },
	{ "", "Test Health Visiting, School Nursing", "", "health" },
	{ "", "Test Neighbourhood Policing", "", "police" },
	{ "", "Test Housing Support", "", "housing" },
	{ "", "Test Voluntary Partnership", "", "voluntary" },
	{ "", "Test Other Partner", "", "other" },
};

const struct label label_role[ROLES] = {
	{ "", "1", "", "1" }, { "", "2", "", "2" }, { "", "3", "", "3" },
	{ "", "4", "", "4" }, { "", "5", "", "5" }, { "", "6", "", "6" },
};

const struct label label_age[AGES] = {
	{ "", "", "", "unborn" },  { "", "", "", "0" },        { "", "", "", "1_to_4" },
	{ "", "", "", "5_to_9" },  { "", "", "", "10_to_15" }, { "", "", "", "16_to_17" },
	{ "", "", "", "18_plus" }, { "", "", "", "unknown" },
};

const struct label label_list[LISTS] = {
	{ "", "", "", "contacts" },    { "", "", "", "early_help" }, { "", "", "", "referrals" },
	{ "", "", "", "assessments" }, { "", "", "", "section47" },  { "", "", "", "cin" },
	{ "", "", "", "cpp" },         { "", "", "", "staff" },
};
