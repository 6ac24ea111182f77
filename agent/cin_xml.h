#ifndef AGENT_CIN_XML_H
#define AGENT_CIN_XML_H

#include <stdbool.h>

#include "agent/reader.h"
#include "proto/err.h"

/* The rows that reader_cin_xml makes of a CIN census message (DfE, collections 2017 to 2026).
 *
 * on_as_at comes first (Header/CollectionDetails/ReferenceDate), then on_table once for each list
 * below: the census holds all of them, so one without rows is empty, not absent. Then the rows,
 * with on_table again whenever the list changes: a child's records lie nested, so the lists
 * alternate, and calling on_table for a list again must keep its rows. A row's number is the line
 * of its element. Every cell is CELL_TEXT, trimmed, the code as found; xs:date without its time
 * zone; a blank where the element is missing.
 *
 *   referrals     each CINdetails; source is the census code (1A … 10, 5D), nfa as found
 *   cin_episodes  each CINdetails whose ReferralNFA is neither true nor 1
 *   assessments   each Assessments; end_date: authorisation
 *   section47     each Section47. A conference date may stand in the Section47 or in CINdetails,
 *                 never in both (DfE rule 2884); the latter is given to that enquiry of the episode
 *                 which started last on or before it, has no date of its own and needed a
 *                 conference. Where there is none (a conference for a child who moved in), it is
 *                 in no row.
 *   cpp_plans     each ChildProtectionPlans; plan counts them in document order from 1
 *   cpp_reviews   each CPPreviewDate, before the row of its plan
 *
 * disability: Yes when any code but NONE is given, No when only NONE is. birth_date: the expected
 * one where there is no other. sex: GenderCurrent (to 2024) or Sex. */
struct cin_xml_columns {
	const char *list;
	const char *const *names; /* staging column of each cell (agent/stage.sql) */
	int n;
};

/* Ends with a NULL list. */
extern const struct cin_xml_columns cin_xml_columns[];

/* reader_cin_xml.read, and with keep_nfa the episodes of referrals without further action too: for
 * checks that count every CINdetails. */
enum err_code cin_xml_read(int fd, bool keep_nfa, const struct sink *sink, struct err *err);

#endif
