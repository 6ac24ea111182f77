#ifndef TESTS_BENCH_HISTORY_H
#define TESTS_BENCH_HISTORY_H

#include "aggregator/store.h"
#include "tests/bench/city.h"

/* Years of weekly and monthly reports, put into a store without a network: appended, projected,
 * rolled up. */

struct history {
	struct store *store; /* borrowed, open for writing */
	const struct area_tree *areas;
	const struct measure_set *set;
	struct city_agent *agents;
	int n_agents;
	uint64_t *sequence; /* of each agent: the last number used */
	int64_t n_observations;
};

void history_enrol(struct store *store, const struct city_agent *agents, int n);
/* Each agent's reports of n months and weeks from these on. */
void history_add(struct history *h, struct period month, int n_months, struct period week,
		 int n_weeks);

#endif
