#ifndef AGGREGATOR_WEB_FIGURES_CACHE_H
#define AGGREGATOR_WEB_FIGURES_CACHE_H

#include "aggregator/web/figures.h"

/* Sets of figures by the text of their question, bounded in bytes; the least recently used go
 * first. Sets stay where they are until figures_cache_trim. */

#define FIGURES_CACHE_KEY_BYTES 512
#define FIGURES_CACHE_BUCKETS 1024

struct figures_entry {
	struct figures_entry *next;          /* of the bucket */
	struct figures_entry *newer, *older; /* by use */
	int64_t stamp;                       /* of the store when it was worked out */
	size_t bytes;
	char key[FIGURES_CACHE_KEY_BYTES];
	struct figure_set set;
};

struct figures_cache {
	struct figures_entry *buckets[FIGURES_CACHE_BUCKETS];
	struct figures_entry *newest, *oldest;
	size_t bytes, n;
	int64_t n_found, n_missed;
};

/* NULL when there is none of this stamp. Counts as a use. */
struct figures_entry *figures_cache_find(struct figures_cache *c, const char *key, int64_t stamp);
/* Takes the set's figures, also when there is no room (ERR_NOMEM). */
enum err_code figures_cache_add(struct figures_cache *c, const char *key, int64_t stamp,
				const struct figure_set *set, struct figures_entry **out,
				struct err *err);
/* Frees those of another stamp, then the least recently used until max_bytes are left. */
void figures_cache_trim(struct figures_cache *c, int64_t stamp, size_t max_bytes);

#endif
