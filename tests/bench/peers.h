#ifndef TESTS_BENCH_PEERS_H
#define TESTS_BENCH_PEERS_H

#include "tests/bench/city.h"

/* Agents that send signed reports over CURVE as fast as they are let, all from this process. */

struct peer {
	const struct city_agent *agent;
	struct city_entry *entries; /* numbered from n_before + 1 */
	double *sent_s;             /* when each was handed to ZeroMQ */
	int n, n_before;
	int n_sent, n_acked, welcomed;
	uint64_t credit, under_way;
	void *socket;
};

struct peers {
	const char *endpoint, *server_key;
	double patience_s;
	struct peer *items;
	int n;
	double *latency_s; /* room for every entry; from sending to the receipt */
	int n_latency;
};

/* Connects everybody and waits for every Welcome, then sends; returns seconds from the first entry
 * (*first_s: when that was) to the last receipt. The connections are closed then. */
double peers_converse(struct peers *p, double *first_s);

#endif
