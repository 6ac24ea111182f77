#ifndef AGENT_CODES_IN_H
#define AGENT_CODES_IN_H

#include <stddef.h>

#include "agent/config.h"
#include "proto/err.h"

/* From the spellings of case-management systems to the codes of proto/codes.csv.
 *
 * Spellings come from agent/code_aliases.csv (set,text,code; see agent/PROVENANCE.md), then from
 * the configuration's alias file of the same form, then from its teams and organisations; a later
 * one replaces an earlier one. Text is compared by list_fold. What no spelling matches is matched
 * by its code part: a four-letter ethnicity code or a source code ('1A' … '10') standing as a word
 * of its own, N0…N9, RC1…RC9, or the letter of Ofsted's "a) …" where only one list of letters is in
 * use for the column (never for ethnicity and source: two ethnicity codes are written "s)"). Two
 * different code parts in one text match nothing.
 *
 * Sets: the dimensions of proto/codes.csv, `team`, and for yes and no `yes_no`, `nfa`, `seen`,
 * `seen_alone`, `agency` (codes yes, no, unknown). */

struct codes_in; /* opaque */

/* config may be NULL (only the built-in spellings). ERR_CONFIG names file, line and the mend. */
enum err_code codes_in_new(const struct agent_config *config, struct codes_in **out,
			   struct err *err);
void codes_in_free(struct codes_in **codes); /* NULL-safe; leaves NULL */

/* The code of trimmed text, "unknown" included; NULL when nothing matches. Borrowed from codes. */
const char *codes_in_find(const struct codes_in *codes, const char *set, const char *text,
			  size_t len);

/* Whether any spelling of the set is known (teams: whether any is configured). */
int codes_in_has(const struct codes_in *codes, const char *set);

#define CODES_IN_SOURCE_BYTES 4

/* The source code in the text, '1A' … '10', in capitals; "" when it has none or several. */
const char *codes_in_source(const struct codes_in *codes, const char *text, size_t len,
			    char out[CODES_IN_SOURCE_BYTES]);

#endif
