#include "aggregator/web/stats.h"

#define US_PER_MS 1000

const int stats_bound_ms[STATS_BUCKETS] = { 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, -1 };

void stats_answer(struct stats *s, int status, int64_t took_us)
{
	int class = status / 100;
	int i = 0;

	if (class > 0 && class < STATS_CLASSES)
		s->answers[class]++;
	s->not_modified += status == 304;
	s->rate_limited += status == 429;
	while (stats_bound_ms[i] >= 0 && took_us > (int64_t)stats_bound_ms[i] * US_PER_MS)
		i++;
	s->n_within[i]++; /* added up when printed */
	s->n_timed++;
	s->total_us += took_us;
}
