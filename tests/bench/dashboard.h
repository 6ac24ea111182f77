#ifndef TESTS_BENCH_DASHBOARD_H
#define TESTS_BENCH_DASHBOARD_H

#include "aggregator/store.h"
#include "tests/bench/city.h"
#include "tests/bench/process.h"
#include "tests/bench/sessions.h"

/* A city's aggregator with five years of weeks and months of every measure, signals worked out, and
 * people of every role who are signed in. */

#define DASHBOARD_DISTRICTS 10
#define DASHBOARD_MONTHS 60
#define DASHBOARD_WEEKS 260
#define DASHBOARD_SESSIONS 500
#define DASHBOARD_ROLES 3 /* of sessions[20 * i]: central, district, commissioner, central … */
#define DASHBOARD_PER_ACCOUNT 20

struct dashboard {
	const char *program;
	char folder[256], state[300], config[300], store_path[340], log[300], endpoint[64];
	char server_key[41];
	int web_port;
	struct process process;
	struct city_agent agents[DASHBOARD_DISTRICTS];
	uint64_t sequence[DASHBOARD_DISTRICTS]; /* the last number that each agent used */
	struct measure_set *set;
	struct area_tree *areas;
	struct store *store; /* the writer's side */
	struct period first_month, first_week;
	char last_month[PERIOD_TEXT_BYTES];
	struct session *sessions;
	int64_t n_observations;
};

/* Makes the folder, its settings, store and accounts. */
void dashboard_make(struct dashboard *d, const char *program);
/* `web` or `ingest`; of web, waits until it answers. */
pid_t dashboard_start(struct dashboard *d, const char *command);

#endif
