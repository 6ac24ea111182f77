#include "tests/bench/history.h"

#include <stdlib.h>
#include <zmq.h>

#include "aggregator/project.h"
#include "aggregator/rollup.h"
#include "proto/clock.h"

static void must(enum err_code code, const struct err *err)
{
	if (code != ERR_OK)
		city_die(err_name(code), err->text);
}

void history_enrol(struct store *store, const struct city_agent *agents, int n)
{
	struct err err = { .code = ERR_OK };

	for (int i = 0; i < n; i++) {
		const char *area = agents[i].name;
		uint8_t curve[32];
		struct store_new_agent new = { area, curve, agents[i].sign_public, &area, 1 };

		(void)zmq_z85_decode(curve, agents[i].curve_public);
		must(store_agent_add(store, &new, clock_wall_us(), &err), &err);
		must(store_agent_move(store, area, "active", clock_wall_us(), &err), &err);
	}
}

static void history_append(struct history *h, int at, struct period p)
{
	struct store_agent agent;
	struct store_spool spool;
	struct city_entry entry;
	struct store_entry e = { .received_us = clock_wall_us() };
	enum store_append_result result;
	uint8_t digest[FRAME_DIGEST_BYTES];
	int64_t id;
	struct err err = { .code = ERR_OK };

	city_report(h->set, &h->agents[at], ++h->sequence[at], p, &entry);
	must(store_agent_find(h->store, STORE_AGENT_BY_NAME, h->agents[at].name, &agent, &err),
	     &err);
	must(store_spool(h->store, agent.id, h->agents[at].spool, &spool, &err), &err);
	frame_digest(entry.payload, entry.payload_len, digest);
	e.spool = spool.id;
	e.sequence = (int64_t)h->sequence[at];
	e.payload = entry.payload;
	e.payload_len = entry.payload_len;
	e.signature = entry.signature;
	e.digest = digest;
	must(store_append(h->store, &e, &result, &id, &err), &err);
	h->n_observations += entry.n_observations;
	free(entry.payload);
}

static void history_work(struct history *h)
{
	struct project *project = NULL;
	struct err err = { .code = ERR_OK };
	int64_t left = 1;
	int n = 0;

	must(project_new(h->store, h->areas, &project, &err), &err);
	while (left > 0)
		must(project_slice(project, 64, &n, &left, &err), &err);
	for (left = 1; left > 0;)
		must(rollup_work(h->store, h->areas, 256, &n, &left, &err), &err);
	project_free(&project);
}

void history_add(struct history *h, struct period month, int n_months, struct period week,
		 int n_weeks)
{
	struct err err = { .code = ERR_OK };

	must(store_begin(h->store, &err), &err);
	for (int i = 0; i < h->n_agents; i++) {
		for (int m = 0; m < n_months; m++)
			history_append(h, i, period_next(month, m));
		for (int w = 0; w < n_weeks; w++)
			history_append(h, i, period_next(week, w));
	}
	must(store_commit(h->store, &err), &err);
	history_work(h);
}
