#ifndef AGENT_SAYING_H
#define AGENT_SAYING_H

#include <stddef.h>
#include <stdint.h>

#include "proto/frame.h"

/* What a report says of each measure that it carries, as a digest: two reports say the same of a
 * measure when their digests for it are the same. */

struct saying {
	uint32_t measure;   /* index into the report's dictionary */
	uint8_t digest[32]; /* SHA-256 of its observations, its status and the measure-set digest;
			     * not of the as-at, the extract digest or any other measure */
};

/* One for each measure, in the report's order; a measure's rows stand together and in the order of
 * their codes, as report_build makes them. The caller owns *out (free()); ERR_NOMEM only. */
enum err_code saying_list(const District__Report *r, struct saying **out, size_t *n,
			  struct err *err);

/* Takes out of the report, in place, every measure that is left out: left_out[i] is 1 when that of
 * the dictionary's word i is. Words that nothing uses any longer go too; the first stays. */
void saying_leave_out(District__Report *r, const uint8_t *left_out);

#endif
