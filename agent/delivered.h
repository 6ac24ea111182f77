#ifndef AGENT_DELIVERED_H
#define AGENT_DELIVERED_H

#include <stdint.h>

#include "agent/config.h"
#include "proto/frame.h"

/* What collect needs to know of delivery (agent/delivery.sql, which publish writes). */

struct delivered {
	int64_t stored_anywhere;   /* the highest number up to which any store has this spool */
	int64_t stored_everywhere; /* up to which every configured one has; 0 while one is unheard
				    */
	int renew;                 /* publish asks for a new spool instead of this one … */
	int64_t renew_up_to;       /* … since a store has this up to here */
	char renew_reason[256];
	int n_stores;
	int64_t clock_difference_us; /* ours minus that of the store heard last */
};

/* All 0 when publish has not run yet. A store not heard from for keep_days is gone: it is not
 * waited for. */
enum err_code delivered_read(const struct agent_config *config,
			     const uint8_t spool[FRAME_SPOOL_BYTES], struct delivered *out,
			     struct err *err);

#endif
