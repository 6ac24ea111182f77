#include "tests/bench/dashboard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aggregator/config.h"
#include "aggregator/signals.h"
#include "aggregator/web/signin.h"
#include "proto/clock.h"
#include "tests/bench/history.h"

#define PATIENCE_S 30.0

static void must(enum err_code code, const struct err *err)
{
	if (code != ERR_OK)
		city_die(err_name(code), err->text);
}

/* ---- the aggregator and its history */

static void write_config(struct dashboard *d)
{
	char areas[300], populations[300], month[PERIOD_TEXT_BYTES];
	FILE *f;

	(void)snprintf(areas, sizeof areas, "%.240s/areas.csv", d->folder);
	(void)snprintf(populations, sizeof populations, "%.240s/populations.csv", d->folder);
	city_write_areas(areas, DASHBOARD_DISTRICTS);
	city_write_populations(populations, DASHBOARD_DISTRICTS);
	f = fopen(d->config, "w");
	if (f == NULL)
		city_die(d->config, strerror(errno));
	fprintf(f,
		"name: bench\nstate: %s\nareas: %s\npopulations: %s\narea: city\n"
		"listen: [\"%s\"]\nexpected:\n  - { area: city, dataset: annex_a, from: %s }\n"
		"web:\n  listen: \"127.0.0.1:%d\"\n  connections_per_address: 1024\n"
		"  requests_per_second: 100000\n",
		d->state, areas, populations, d->endpoint, period_format(d->first_month, month),
		d->web_port);
	(void)fclose(f);
}

static void prepare(struct dashboard *d)
{
	const int base = 20000 + (int)(getpid() % 20000);
	struct err err = { .code = ERR_OK };

	(void)snprintf(d->folder, sizeof d->folder, "/tmp/bench-web-XXXXXX");
	if (mkdtemp(d->folder) == NULL)
		city_die(d->folder, strerror(errno));
	(void)snprintf(d->state, sizeof d->state, "%s/state", d->folder);
	(void)snprintf(d->config, sizeof d->config, "%s/aggregator.yaml", d->folder);
	(void)snprintf(d->log, sizeof d->log, "%s/log", d->folder);
	(void)snprintf(d->endpoint, sizeof d->endpoint, "tcp://127.0.0.1:%d", base);
	d->web_port = base + 1;
	d->process = (struct process){ .program = d->program, .log = d->log };
	d->first_month = period_next(period_of(PERIOD_MONTH, clock_today()), -DASHBOARD_MONTHS);
	d->first_week = period_next(period_of(PERIOD_WEEK, clock_today()), -DASHBOARD_WEEKS);
	(void)period_format(period_next(d->first_month, DASHBOARD_MONTHS - 1), d->last_month);
	write_config(d);
	process_run(&d->process,
		    (char *[]){ (char *)(uintptr_t)d->program, (char[]){ "keys" },
				(char[]){ "init" }, (char[]){ "-c" }, d->config, NULL });
	process_server_key(d->state, d->server_key);
	must(measures_load(NULL, &d->set, &err), &err);
}

/* Five years, and what needs attention in them. */
static void fill(struct dashboard *d, struct aggregator_config *config)
{
	const struct rollup_context context = { d->store, d->areas, d->set, config };
	struct history h = { d->store,    d->areas, d->set, d->agents, DASHBOARD_DISTRICTS,
			     d->sequence, 0 };
	struct err err = { .code = ERR_OK };
	int done = 0;

	history_enrol(d->store, d->agents, DASHBOARD_DISTRICTS);
	history_add(&h, d->first_month, DASHBOARD_MONTHS, d->first_week, DASHBOARD_WEEKS);
	while (!done)
		must(signals_work(&context, clock_wall_us(), &done, NULL, &err), &err);
	d->n_observations = h.n_observations;
}

static void open_store(struct dashboard *d)
{
	struct aggregator_config *config = NULL;
	struct err err = { .code = ERR_OK };
	char folder[340];

	must(aggregator_config_load(d->config, &config, &err), &err);
	must(area_tree_load(config->areas, config->populations, &d->areas, &err), &err);
	(void)snprintf(folder, sizeof folder, "%s/store", d->state);
	(void)mkdir(folder, 0700);
	(void)snprintf(d->store_path, sizeof d->store_path, "%s/store/store.db", d->state);
	must(store_open(d->store_path, DB_WRITE, &d->store, &err), &err);
	must(db_exec(d->store->db, "PRAGMA synchronous=OFF", &err), &err);
	fill(d, config);
	aggregator_config_free(&config);
}

/* ---- who looks */

static void sign_in(struct office *o, const struct dashboard *d, int account, int n,
		    struct session *sessions)
{
	static const enum role roles[] = { ROLE_CENTRAL, ROLE_DISTRICT, ROLE_COMMISSIONER };
	struct account a = { .role = roles[account % DASHBOARD_ROLES], .active = 1 };
	struct viewer viewer;
	struct err err = { .code = ERR_OK };

	(void)snprintf(a.name, sizeof a.name, "person.%d", account);
	(void)snprintf(a.full_name, sizeof a.full_name, "Person %d", account);
	if (a.role == ROLE_DISTRICT)
		(void)snprintf(a.area, sizeof a.area, "%s",
			       d->agents[account / DASHBOARD_ROLES % DASHBOARD_DISTRICTS].name);
	must(account_add(o, NULL, "local", &a, &a.id, &err), &err);
	must(account_find(o, a.name, &a, &err), &err);
	for (int i = 0; i < n; i++) {
		char token[SIGNIN_TOKEN_BYTES];

		must(signin_start(o, &a, "local", 10, token, &viewer, &err), &err);
		sessions[i].port = d->web_port;
		sessions[i].fd = -1;
		(void)snprintf(sessions[i].cookie, sizeof sessions[i].cookie, "%s=%s",
			       SIGNIN_COOKIE_PLAIN, token);
	}
}

static void sign_all_in(struct dashboard *d)
{
	struct office *o = NULL;
	struct err err = { .code = ERR_OK };
	char path[340];

	(void)snprintf(path, sizeof path, "%s/office/office.db", d->state);
	must(office_open(path, &o, &err), &err);
	d->sessions = calloc(DASHBOARD_SESSIONS, sizeof *d->sessions);
	for (int i = 0; i < DASHBOARD_SESSIONS / DASHBOARD_PER_ACCOUNT; i++)
		sign_in(o, d, i, DASHBOARD_PER_ACCOUNT,
			&d->sessions[(ptrdiff_t)i * DASHBOARD_PER_ACCOUNT]);
	office_close(&o);
}

pid_t dashboard_start(struct dashboard *d, const char *command)
{
	const double end_s = city_seconds() + PATIENCE_S;
	struct session s = { .port = d->web_port, .fd = -1 };
	char word[16];
	pid_t pid;

	(void)snprintf(word, sizeof word, "%s", command);
	pid = process_start(&d->process, (char *[]){ (char *)(uintptr_t)d->program, word,
						     (char[]){ "-c" }, d->config, NULL });
	while (strcmp(command, "web") == 0 && !session_open(&s)) {
		if (city_seconds() > end_s)
			city_die("web", "does not listen; see the log");
		(void)usleep(2000);
	}
	session_close(&s);
	return pid;
}

void dashboard_make(struct dashboard *d, const char *program)
{
	d->program = program;
	city_agents(d->agents, DASHBOARD_DISTRICTS);
	prepare(d);
	open_store(d);
	sign_all_in(d);
}
