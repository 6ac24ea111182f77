#ifndef AGENT_CODES_PART_H
#define AGENT_CODES_PART_H

#include "agent/codes_in.h"

/* The code part of a text (rules: agent/codes_in.h); NULL when it has none, or two. */
const char *codes_in_part(const struct codes_in *codes, const char *set, const char *text,
			  size_t len);

/* The code of a spelling alone; NULL when it is not known. */
const char *codes_in_get(const struct codes_in *codes, const char *set, const char *text,
			 size_t len);

#endif
