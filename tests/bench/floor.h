#ifndef TESTS_BENCH_FLOOR_H
#define TESTS_BENCH_FLOOR_H

#include "tests/bench/city.h"

/* Floors: bare SQLite with the store's durability (WAL, synchronous=FULL), in batches. */

struct floor_input {
	const char *folder;          /* where the databases are made */
	struct city_entry **entries; /* of each agent */
	int n_agents, n_each;
};

/* Seconds to append the same bytes, and to insert as many rows. */
double floor_bytes(const struct floor_input *in);
double floor_rows(const struct floor_input *in);

#endif
