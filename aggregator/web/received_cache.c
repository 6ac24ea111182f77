#include "aggregator/web/received_cache.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/web/figures.h"
#include "proto/clock.h"

static struct received_cached *received_cache_slot(struct received_cache *cache, int area,
						   struct period from, struct period to)
{
	struct received_cached *oldest = &cache->slots[0];

	for (size_t i = 0; i < RECEIVED_CACHE_SLOTS; i++) {
		struct received_cached *s = &cache->slots[i];

		if (s->received != NULL && s->area == area && s->from.start == from.start &&
		    s->to.start == to.start)
			return s;
		if (s->used < oldest->used)
			oldest = s;
	}
	return oldest;
}

enum err_code received_cache_get(struct web *web, int area, struct period from, struct period to,
				 const struct received **out, struct err *err)
{
	struct received_cache *cache = web->received;
	struct received_cached *s = received_cache_slot(cache, area, from, to);
	struct rollup_context context = reading_context(&web->reading);
	const int64_t stamp = figures_stamp(web->figures);
	const int32_t day = clock_today();
	enum err_code code = ERR_OK;

	s->used = ++cache->clock;
	if (s->received == NULL || s->area != area || s->from.start != from.start ||
	    s->to.start != to.start || s->day != day || s->stamp != stamp) {
		received_free(&s->received);
		code = received_run(&context, web->reading.areas->areas[area].code, from, to,
				    clock_wall_us(), &s->received, err);
		if (code == ERR_CONFIG) { /* the settings expect nothing */
			s->received = calloc(1, sizeof *s->received);
			code = s->received != NULL ? ERR_OK
						   : err_set(err, ERR_NOMEM, "out of memory");
		}
		s->area = area;
		s->from = from;
		s->to = to;
		s->day = day;
		s->stamp = stamp;
	}
	*out = s->received;
	return code;
}

void received_cache_free(struct received_cache **cache)
{
	if (*cache == NULL)
		return;
	for (size_t i = 0; i < RECEIVED_CACHE_SLOTS; i++)
		received_free(&(*cache)->slots[i].received);
	free(*cache);
	*cache = NULL;
}
