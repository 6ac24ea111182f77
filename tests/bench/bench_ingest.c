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

struct peer {
	void *socket;
	const struct city_agent *agent;
	struct city_entry *entries;
	double *sent_s; /* when each was handed to ZeroMQ */
	int n, n_sent, n_acked;
	uint64_t credit, under_way;
	int welcomed;
};

struct bench {
	char folder[256], config[512], store[512], endpoint[64], server_key[64];
	int n_agents, n_reports;
	struct city_agent *agents;
	struct peer *peers;
	struct measure_set *set;
	int64_t n_observations, n_bytes;
	double *latency_s;
	int n_latency;
	pid_t pid;
	const char *fsync_ms, *shim;
	const char *program;
};

static void run_or_die(const char *program, char *const argv[], const char *env_preload,
		       const char *ms, pid_t *background, const char *log)
{
	pid_t pid;
	int status;

	(void)fflush(stdout);
	pid = fork();

	if (pid == 0) {
		FILE *f = freopen(log, "a", stderr);

		if (f == NULL || freopen("/dev/null", "w", stdout) == NULL)
			_exit(127);
		if (env_preload != NULL) {
			(void)setenv("LD_PRELOAD", env_preload, 1);
			(void)setenv("BENCH_FSYNC_MS", ms, 1);
		}
		execv(program, argv);
		_exit(127);
	}
	if (background != NULL) {
		*background = pid;
		return;
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		city_die(argv[1], "failed; see the log");
}

static void prepare(struct bench *b)
{
	char path[512];
	char log[512];
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
	(void)snprintf(log, sizeof log, "%s/log", b->folder);
	run_or_die(b->program,
		   (char *[]){ (char *)(uintptr_t)b->program, (char[]){ "keys" },
			       (char[]){ "init" }, (char[]){ "-c" }, b->config, NULL },
		   NULL, NULL, NULL, log);
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
	for (int i = 0; i < b->n_agents; i++) {
		const struct city_agent *a = &b->agents[i];
		const char *area = a->name;
		uint8_t curve[32];
		struct store_new_agent n = { a->name, curve, a->sign_public, &area, 1 };

		(void)zmq_z85_decode(curve, a->curve_public);
		if (store_agent_add(store, &n, clock_wall_us(), &err) != ERR_OK ||
		    store_agent_move(store, a->name, "active", clock_wall_us(), &err) != ERR_OK)
			city_die(a->name, err.text);
	}
	store_close(&store);
}

static void make_reports(struct bench *b)
{
	int each = (b->n_reports + b->n_agents - 1) / b->n_agents;
	struct period first = { PERIOD_MONTH, 16161 }; /* 2014-04-01 */

	b->peers = calloc((size_t)b->n_agents, sizeof *b->peers);
	b->latency_s = calloc((size_t)(each * b->n_agents), sizeof *b->latency_s);
	for (int i = 0; i < b->n_agents; i++) {
		struct peer *p = &b->peers[i];

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
	char log[512];
	char path[512];
	char line[256];
	FILE *f;

	(void)snprintf(log, sizeof log, "%s/log", b->folder);
	(void)snprintf(path, sizeof path, "%s/state/keys/server.key", b->folder);
	f = fopen(path, "r");
	if (f == NULL || fgets(line, sizeof line, f) == NULL)
		city_die(path, "cannot read");
	(void)fclose(f);
	line[strcspn(line, "\n")] = '\0';
	if (zmq_curve_public(b->server_key, strrchr(line, ' ') + 1) != 0)
		city_die(path, "no curve key");
	run_or_die(b->program,
		   (char *[]){ (char *)(uintptr_t)b->program, (char[]){ "ingest" },
			       (char[]){ "-c" }, b->config, NULL },
		   b->shim, b->fsync_ms, &b->pid, log);
}

/* ---- the agents, all in this process */

static void send_envelope(struct peer *p, const uint8_t *bytes, size_t len)
{
	if (zmq_send(p->socket, bytes, len, 0) < 0)
		city_die("send", zmq_strerror(zmq_errno()));
}

static void hello(struct peer *p)
{
	District__Hello h = DISTRICT__HELLO__INIT;
	District__Envelope e = DISTRICT__ENVELOPE__INIT;
	uint32_t version = FRAME_VERSION;
	uint8_t *bytes;
	size_t len;
	struct err err = { .code = ERR_OK };

	h.agent = (char *)(uintptr_t)p->agent->name;
	h.spool.data = (uint8_t *)(uintptr_t)p->agent->spool;
	h.spool.len = FRAME_SPOOL_BYTES;
	h.n_versions = 1;
	h.versions = &version;
	h.clock_us = clock_wall_us();
	h.program = (char[]){ "bench 1.0.0" };
	e.version = FRAME_VERSION;
	e.body_case = DISTRICT__ENVELOPE__BODY_HELLO;
	e.hello = &h;
	if (frame_encode(&e, &bytes, &len, &err) != ERR_OK)
		city_die("hello", err.text);
	send_envelope(p, bytes, len);
	free(bytes);
}

static void send_entries(struct peer *p)
{
	while (p->n_sent < p->n && p->under_way + p->entries[p->n_sent].payload_len <= p->credit) {
		struct city_entry *entry = &p->entries[p->n_sent];
		uint8_t *bytes;
		size_t len;
		struct err err = { .code = ERR_OK };

		if (frame_encode_signed(DISTRICT__ENVELOPE__BODY_ENTRY, entry->payload,
					entry->payload_len, entry->signature, &bytes, &len,
					&err) != ERR_OK)
			city_die("entry", err.text);
		p->under_way += entry->payload_len;
		p->sent_s[p->n_sent++] = city_seconds();
		send_envelope(p, bytes, len);
		free(bytes);
	}
}

static void on_receipt(struct bench *b, struct peer *p, const District__Receipt *r)
{
	double now = city_seconds();

	if (r->n_refused > 0)
		city_die("refused", r->refused[0]->reason);
	while ((uint64_t)p->n_acked < r->stored_up_to) {
		p->under_way -= p->entries[p->n_acked].payload_len;
		b->latency_s[b->n_latency++] = now - p->sent_s[p->n_acked++];
	}
	p->credit = r->credit_bytes;
}

static void on_message(struct bench *b, struct peer *p, struct frame *f, struct frame *inner)
{
	zmq_msg_t msg;
	struct err err = { .code = ERR_OK };

	(void)zmq_msg_init(&msg);
	while (zmq_msg_recv(&msg, p->socket, ZMQ_DONTWAIT) >= 0) {
		if (frame_decode(f, zmq_msg_data(&msg), zmq_msg_size(&msg), &err) != ERR_OK)
			city_die("answer", err.text);
		if (f->envelope->body_case == DISTRICT__ENVELOPE__BODY_WELCOME) {
			p->credit = f->envelope->welcome->credit_bytes;
		} else if (f->envelope->body_case == DISTRICT__ENVELOPE__BODY_RECEIPT) {
			District__Signed *s = f->envelope->receipt;

			if (frame_decode_receipt(inner, s->payload.data, s->payload.len, &err) !=
			    ERR_OK)
				city_die("receipt", err.text);
			on_receipt(b, p, inner->receipt);
		} else if (f->envelope->body_case == DISTRICT__ENVELOPE__BODY_GOODBYE) {
			city_die("goodbye", f->envelope->goodbye->reason);
		}
	}
	(void)zmq_msg_close(&msg);
}

static void *connect_peer(void *context, const struct bench *b, const struct city_agent *agent)
{
	void *socket = zmq_socket(context, ZMQ_DEALER);
	int zero = 0;
	int wide = 30000;

	if (socket == NULL)
		city_die("socket", zmq_strerror(zmq_errno()));
	(void)zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
	(void)zmq_setsockopt(socket, ZMQ_HANDSHAKE_IVL, &wide, sizeof wide);
	(void)zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, b->server_key, 40);
	(void)zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, agent->curve_public, 40);
	(void)zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, agent->curve_secret, 40);
	if (zmq_connect(socket, b->endpoint) != 0)
		city_die(b->endpoint, zmq_strerror(zmq_errno()));
	return socket;
}

/* Connects everybody and waits for every Welcome, then sends; returns seconds from the first entry
 * to the last receipt. */
static double converse(struct bench *b, void *context, double *first_s)
{
	zmq_pollitem_t *items = calloc((size_t)b->n_agents, sizeof *items);
	struct frame f = { .arena = NULL };
	struct frame inner = { .arena = NULL };
	double end = city_seconds() + PATIENCE_S;
	int n_done = 0;
	int n_welcome = 0;

	for (int i = 0; i < b->n_agents; i++) {
		b->peers[i].socket = connect_peer(context, b, b->peers[i].agent);
		items[i].socket = b->peers[i].socket;
		items[i].events = ZMQ_POLLIN;
		hello(&b->peers[i]);
	}
	*first_s = 0;
	while (n_done < b->n_agents) {
		if (city_seconds() > end)
			city_die("converse", "no end in sight; see the log");
		(void)zmq_poll(items, b->n_agents, 100);
		n_done = 0;
		for (int i = 0; i < b->n_agents; i++) {
			struct peer *p = &b->peers[i];

			if (items[i].revents & ZMQ_POLLIN)
				on_message(b, p, &f, &inner);
			if (!p->welcomed && p->credit > 0) {
				p->welcomed = 1;
				n_welcome++;
			}
			n_done += p->n_acked == p->n;
		}
		if (n_welcome < b->n_agents)
			continue;
		if (*first_s == 0)
			*first_s = city_seconds();
		for (int i = 0; i < b->n_agents; i++)
			send_entries(&b->peers[i]);
	}
	frame_clear(&f);
	frame_clear(&inner);
	free(items);
	return city_seconds() - *first_s;
}

/* ---- what the process says of itself */

static double cpu_seconds(pid_t pid)
{
	char path[64];
	char line[1024];
	unsigned long user = 0;
	unsigned long sys = 0;
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL || fgets(line, sizeof line, f) == NULL)
		city_die(path, "the aggregator is gone; see the log");
	(void)fclose(f);
	if (sscanf(strrchr(line, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		   &user, &sys) != 2)
		city_die(path, "cannot read");
	return (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
}

static long peak_kib(pid_t pid)
{
	char path[64];
	char line[256];
	long kib = 0;
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (sscanf(line, "VmHWM: %ld", &kib) == 1)
			break;
	if (f != NULL)
		(void)fclose(f);
	return kib;
}

/* Waits until every stored report has its rows; returns the moment. */
static double wait_projected(struct bench *b)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	double end = city_seconds() + PATIENCE_S;
	int row = 0;

	if (sqlite3_open_v2(b->store, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db,
			       "SELECT (SELECT value FROM meta WHERE key = 'projected') >= "
			       "(SELECT max(id) FROM report)",
			       -1, &stmt, NULL) != SQLITE_OK)
		city_die(b->store, sqlite3_errmsg(db));
	while (!row) {
		if (city_seconds() > end)
			city_die("projection", "no end in sight; see the log");
		(void)usleep(2000);
		row = sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_int(stmt, 0) == 1;
		(void)sqlite3_reset(stmt);
	}
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	return city_seconds();
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

	(void)snprintf(path, sizeof path, "%s/floor-%c", b->folder, which);
	(void)snprintf(n_agents, sizeof n_agents, "%d", b->n_agents);
	(void)snprintf(n_reports, sizeof n_reports, "%d", b->n_reports);
	run_or_die("/proc/self/exe",
		   (char *[]){ (char[]){ "bench_ingest" }, (char[]){ "--floor" }, mode, n_agents,
			       n_reports, path, b->folder, NULL },
		   b->shim, b->fsync_ms, NULL, "/dev/null");
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
				      b.n_agents, b.peers[0].n };
	for (int i = 0; i < b.n_agents; i++)
		input.entries[i] = b.peers[i].entries;
	f = fopen(argv[5], "w");
	if (f == NULL)
		city_die(argv[5], strerror(errno));
	fprintf(f, "%.6f\n", argv[2][0] == 'b' ? floor_bytes(&input) : floor_rows(&input));
	return fclose(f) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- figures */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static double percentile(double *values, int n, double p)
{
	qsort(values, (size_t)n, sizeof *values, by_value);
	return n == 0 ? 0 : values[(int)((double)(n - 1) * p)];
}

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
	       1e3 * percentile(b->latency_s, b->n_latency, 0.5),
	       1e3 * percentile(b->latency_s, b->n_latency, 0.99));
	printf("  CPU %.2f s per million observations (%.2f until acknowledged); %.1f bytes on "
	       "disk and %.1f on the wire per "
	       "observation; peak %ld KiB\n",
	       f->cpu / n * 1e6, f->acked_cpu / n * 1e6, (double)file_bytes(b->store) / n,
	       (double)b->n_bytes / n, f->peak_kib);
}

int main(int argc, char **argv)
{
	struct bench b = { .fsync_ms = NULL };
	void *context;
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
	context = zmq_ctx_new();
	(void)zmq_ctx_set(context, ZMQ_MAX_SOCKETS, b.n_agents + 16);
	f.acked = converse(&b, context, &first_s);
	f.acked_cpu = cpu_seconds(b.pid);
	f.projected = wait_projected(&b) - first_s;
	f.cpu = cpu_seconds(b.pid);
	f.peak_kib = peak_kib(b.pid);
	for (int i = 0; i < b.n_agents; i++)
		(void)zmq_close(b.peers[i].socket);
	(void)zmq_ctx_term(context);
	(void)kill(b.pid, SIGTERM);
	(void)waitpid(b.pid, NULL, 0);
	f.floor_bytes = floor_run(&b, 'b');
	f.floor_rows = floor_run(&b, 'r');
	print(&b, &f);
	(void)fflush(stdout);
	return execlp("rm", "rm", "-rf", b.folder, NULL);
}
