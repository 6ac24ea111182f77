/* Ingest: observations acknowledged and queryable per second, from N agents with CURVE and
 * signatures on, beside bare SQLite in the same run.
 *
 * Usage: bench_ingest PROGRAM AGENTS REPORTS [FSYNC_MS SHIM]
 *   PROGRAM: district-aggregator; REPORTS: how many in all; SHIM: slow_fsync.so
 */
#include "aggregator/store.h"
#include "proto/clock.h"
#include "tests/bench/city.h"
#include "tests/bench/floor.h"
#include "tests/bench/history.h"
#include "tests/bench/peers.h"
#include "tests/bench/process.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#define PATIENCE_S 300.0

struct bench {
	char folder[256], config[512], log[512], store[512], endpoint[64], server_key[64];
	struct process process;
	int n_agents, n_reports;
	struct city_agent *agents;
	struct peers peers;
	struct measure_set *set;
	int64_t n_observations, n_bytes;
	pid_t pid;
	const char *fsync_ms, *shim;
	const char *program;
};

static void prepare(struct bench *b)
{
	char path[512];
	FILE *f;
	struct err err = { .code = ERR_OK };

	(void)snprintf(b->folder, sizeof b->folder, "/tmp/bench-ingest-XXXXXX");
	if (mkdtemp(b->folder) == NULL)
		city_die(b->folder, strerror(errno));
	(void)snprintf(path, sizeof path, "%s/areas.csv", b->folder);
	city_write_areas(path, b->n_agents);
	(void)snprintf(b->config, sizeof b->config, "%s/aggregator.yaml", b->folder);
	(void)snprintf(b->endpoint, sizeof b->endpoint, "tcp://127.0.0.1:%d",
		       20000 + (int)(getpid() % 20000));
	f = fopen(b->config, "w");
	if (f == NULL)
		city_die(b->config, strerror(errno));
	fprintf(f, "name: bench\nstate: %s/state\nareas: %s\narea: city\nlisten: [\"%s\"]\n",
		b->folder, path, b->endpoint);
	(void)fclose(f);
	(void)snprintf(b->log, sizeof b->log, "%s/log", b->folder);
	b->process = (struct process){ b->program, b->log, b->shim, b->fsync_ms };
	process_run(&(struct process){ .program = b->program, .log = b->log },
		    (char *[]){ (char *)(uintptr_t)b->program, (char[]){ "keys" },
				(char[]){ "init" }, (char[]){ "-c" }, b->config, NULL });
	if (measures_load(NULL, &b->set, &err) != ERR_OK)
		city_die("measures", err.text);
}

static void enrol(struct bench *b)
{
	struct store *store = NULL;
	struct err err = { .code = ERR_OK };

	(void)snprintf(b->store, sizeof b->store, "%s/state/store", b->folder);
	(void)mkdir(b->store, 0700);
	(void)snprintf(b->store, sizeof b->store, "%s/state/store/store.db", b->folder);
	if (store_open(b->store, DB_WRITE, &store, &err) != ERR_OK)
		city_die(b->store, err.text);
	(void)db_exec(store->db, "PRAGMA synchronous=OFF", &err);
	history_enrol(store, b->agents, b->n_agents);
	store_close(&store);
}

static void make_reports(struct bench *b)
{
	int each = (b->n_reports + b->n_agents - 1) / b->n_agents;
	struct period first = { PERIOD_MONTH, 16161 }; /* 2014-04-01 */

	b->peers = (struct peers){
		.endpoint = b->endpoint,
		.server_key = b->server_key,
		.patience_s = PATIENCE_S,
		.items = calloc((size_t)b->n_agents, sizeof *b->peers.items),
		.n = b->n_agents,
		.latency_s = calloc((size_t)(each * b->n_agents), sizeof *b->peers.latency_s),
	};
	for (int i = 0; i < b->n_agents; i++) {
		struct peer *p = &b->peers.items[i];

		p->agent = &b->agents[i];
		p->n = each;
		p->entries = calloc((size_t)each, sizeof *p->entries);
		p->sent_s = calloc((size_t)each, sizeof *p->sent_s);
		for (int j = 0; j < each; j++) {
			city_report(b->set, p->agent, (uint64_t)j + 1, period_next(first, j % 120),
				    &p->entries[j]);
			b->n_observations += p->entries[j].n_observations;
			b->n_bytes += (int64_t)p->entries[j].payload_len;
		}
	}
	b->n_reports = each * b->n_agents;
}

static void start(struct bench *b)
{
	char state[512];

	(void)snprintf(state, sizeof state, "%s/state", b->folder);
	process_server_key(state, b->server_key);
	b->pid = process_start(&b->process,
			       (char *[]){ (char *)(uintptr_t)b->program, (char[]){ "ingest" },
					   (char[]){ "-c" }, b->config, NULL });
}

/* ---- floors */

/* A floor runs in a child, under the same slow fsync when one is asked for. */
static double floor_run(struct bench *b, char which)
{
	char path[512];
	double seconds = 0;
	char n_agents[16];
	char n_reports[16];
	FILE *f;
	char mode[2] = { which, '\0' };
	const struct process child = { "/proc/self/exe", "/dev/null", b->shim, b->fsync_ms };

	(void)snprintf(path, sizeof path, "%s/floor-%c", b->folder, which);
	(void)snprintf(n_agents, sizeof n_agents, "%d", b->n_agents);
	(void)snprintf(n_reports, sizeof n_reports, "%d", b->n_reports);
	process_run(&child, (char *[]){ (char[]){ "bench_ingest" }, (char[]){ "--floor" }, mode,
					n_agents, n_reports, path, b->folder, NULL });
	f = fopen(path, "r");
	if (f == NULL || fscanf(f, "%lf", &seconds) != 1)
		city_die(path, "no figure");
	(void)fclose(f);
	return seconds;
}

static int floor_child(char **argv)
{
	struct bench b = { .n_agents = (int)strtol(argv[3], NULL, 10),
			   .n_reports = (int)strtol(argv[4], NULL, 10) };
	struct floor_input input;
	struct err err = { .code = ERR_OK };
	FILE *f;

	(void)snprintf(b.folder, sizeof b.folder, "%s", argv[6]);
	b.agents = calloc((size_t)b.n_agents, sizeof *b.agents);
	city_agents(b.agents, b.n_agents);
	if (measures_load(NULL, &b.set, &err) != ERR_OK)
		city_die("measures", err.text);
	make_reports(&b);
	input = (struct floor_input){ b.folder, calloc((size_t)b.n_agents, sizeof *input.entries),
				      b.n_agents, b.peers.items[0].n };
	for (int i = 0; i < b.n_agents; i++)
		input.entries[i] = b.peers.items[i].entries;
	f = fopen(argv[5], "w");
	if (f == NULL)
		city_die(argv[5], strerror(errno));
	fprintf(f, "%.6f\n", argv[2][0] == 'b' ? floor_bytes(&input) : floor_rows(&input));
	return fclose(f) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- figures */

static long long file_bytes(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (long long)st.st_size : 0;
}

struct figures_s {
	double acked, projected, acked_cpu, cpu, floor_bytes, floor_rows;
	long peak_kib;
};

static void print(struct bench *b, const struct figures_s *f)
{
	double n = (double)b->n_observations;

	printf("%5d agents %6d reports %9lld observations%s%s\n", b->n_agents, b->n_reports,
	       (long long)b->n_observations, b->fsync_ms ? ", ms added to fsync: " : "",
	       b->fsync_ms ? b->fsync_ms : "");
	printf("  acknowledged  %10.0f /s   bare SQLite, same bytes %10.0f /s   ratio %.2f\n",
	       n / f->acked, n / f->floor_bytes, f->floor_bytes / f->acked);
	printf("  queryable     %10.0f /s   bare SQLite, same rows  %10.0f /s   ratio %.2f\n",
	       n / f->projected, n / f->floor_rows, f->floor_rows / f->projected);
	printf("  receipt after %.1f ms (50th), %.1f ms (99th percentile)\n",
	       1e3 * city_percentile(b->peers.latency_s, b->peers.n_latency, 0.5),
	       1e3 * city_percentile(b->peers.latency_s, b->peers.n_latency, 0.99));
	printf("  CPU %.2f s per million observations (%.2f until acknowledged); %.1f bytes on "
	       "disk and %.1f on the wire per "
	       "observation; peak %ld KiB\n",
	       f->cpu / n * 1e6, f->acked_cpu / n * 1e6, (double)file_bytes(b->store) / n,
	       (double)b->n_bytes / n, f->peak_kib);
}

int main(int argc, char **argv)
{
	struct bench b = { .fsync_ms = NULL };
	double first_s;
	struct figures_s f;

	if (argc == 7 && strcmp(argv[1], "--floor") == 0)
		return floor_child(argv);
	if (argc != 4 && argc != 6)
		city_die("usage", "bench_ingest PROGRAM AGENTS REPORTS [FSYNC_MS SHIM]");
	b.program = argv[1];
	b.n_agents = (int)strtol(argv[2], NULL, 10);
	b.n_reports = (int)strtol(argv[3], NULL, 10);
	if (argc == 6) {
		b.fsync_ms = argv[4];
		b.shim = argv[5];
	}
	b.agents = calloc((size_t)b.n_agents, sizeof *b.agents);
	city_agents(b.agents, b.n_agents);
	prepare(&b);
	enrol(&b);
	make_reports(&b);
	start(&b);
	f.acked = peers_converse(&b.peers, &first_s);
	f.acked_cpu = process_cpu_s(b.pid);
	f.projected = process_wait_projected(b.store, 0, PATIENCE_S) - first_s;
	f.cpu = process_cpu_s(b.pid);
	f.peak_kib = process_peak_kib(b.pid);
	process_stop(b.pid);
	f.floor_bytes = floor_run(&b, 'b');
	f.floor_rows = floor_run(&b, 'r');
	print(&b, &f);
	(void)fflush(stdout);
	return execlp("rm", "rm", "-rf", b.folder, NULL);
}
