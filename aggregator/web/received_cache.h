#ifndef AGGREGATOR_WEB_RECEIVED_CACHE_H
#define AGGREGATOR_WEB_RECEIVED_CACHE_H

#include "aggregator/received.h"
#include "aggregator/web/web.h"

/* Grids of who has reported (received.h), kept until figures change or the day does: corrections
 * are counted report by report, which is too slow for every page. Zero-initialise. */

#define RECEIVED_CACHE_SLOTS 16

struct received_cache {
	struct received_cached {
		int area; /* index */
		struct period from, to;
		int32_t day;
		int64_t stamp;
		struct received *received; /* owned; NULL: free */
		uint64_t used;
	} slots[RECEIVED_CACHE_SLOTS];
	uint64_t clock;
};

/* As received_run, for now; nothing expected at all is an empty grid and no error. Borrowed until
 * the next call. */
enum err_code received_cache_get(struct web *web, int area, struct period from, struct period to,
				 const struct received **out, struct err *err);
void received_cache_free(struct received_cache **cache); /* NULL-safe; leaves NULL */

#endif
