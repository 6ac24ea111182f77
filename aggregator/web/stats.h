#ifndef AGGREGATOR_WEB_STATS_H
#define AGGREGATOR_WEB_STATS_H

#include <stdint.h>

/* What the server has done since it started, for /metrics. */

#define STATS_CLASSES 6 /* status / 100 */
#define STATS_BUCKETS 11

struct stats {
	int64_t answers[STATS_CLASSES];
	int64_t n_within[STATS_BUCKETS]; /* answers by time: above the bound before */
	int64_t n_timed, total_us;
	int64_t not_modified;        /* 304 */
	int64_t rate_limited;        /* 429 */
	int64_t connections;         /* accepted */
	int64_t connections_refused; /* above the limits */
	int64_t connections_late;    /* cut off: no whole request, or no reading, in time */
	int64_t connections_open;
	int64_t deferred;         /* answers that came from the worker thread */
	int64_t deferred_refused; /* the worker had too many waiting */
};

/* Upper bounds in ms; the last one is infinite (-1). */
extern const int stats_bound_ms[STATS_BUCKETS];

void stats_answer(struct stats *s, int status, int64_t took_us);

#endif
