/* Web: what a page takes with five years of weeks and months, how many bytes the overview is, and
 * five hundred people in front of it while ingest works at full speed.
 *
 * Usage: bench_web PROGRAM
 */
#include "tests/bench/dashboard.h"
#include "tests/bench/peers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_S 120.0
#define WARM 60     /* questions of each page */
#define COLD 10     /* changes of the figures, after each of which every page is asked once … */
#define FRESH_S 2.2 /* … when it has been noticed (figures.h) */
#define EVERY_S 10.0
#define ALONE_ROUNDS 1 /* times everything is reported anew: ingest alone, before and after … */
#define BUSY_ROUNDS 2  /* … and under the sessions */
#define ASSETS_MAX 16

struct page {
	const char *name, *target; /* of a trace, the newest month follows */
	int session;               /* of dashboard.sessions: who asks */
	double warm_s[WARM], cold_s[COLD];
	double warm_cpu_s, cold_cpu_s[COLD]; /* of the server; of one answer */
	int is_there;
	char made[256];
};

#define CENTRAL 0
#define DISTRICT DASHBOARD_PER_ACCOUNT
#define COMMISSIONER (2 * DASHBOARD_PER_ACCOUNT)

static struct page pages[] = {
	{ .name = "floor: /healthz", .target = "/healthz", .session = CENTRAL },
	{ .name = "city", .target = "/", .session = CENTRAL },
	{ .name = "city, protected", .target = "/", .session = COMMISSIONER },
	{ .name = "city, a district's", .target = "/", .session = DISTRICT },
	{ .name = "city, weeks", .target = "/?by=week", .session = CENTRAL },
	{ .name = "measure", .target = "/measures/referrals_repeat_12m", .session = CENTRAL },
	{ .name = "measure, protected",
	  .target = "/measures/referrals?breakdown=source",
	  .session = COMMISSIONER },
	{ .name = "measure, 260 weeks",
	  .target = "/measures/referrals?by=week&n=260",
	  .session = CENTRAL },
	{ .name = "district", .target = "/districts/area-0001", .session = CENTRAL },
	{ .name = "received", .target = "/received", .session = CENTRAL },
	{ .name = "signals", .target = "/signals", .session = CENTRAL },
	{ .name = "plan", .target = "/plan", .session = CENTRAL },
	{ .name = "trace", .target = "/trace/referrals/city/", .session = CENTRAL },
	{ .name = "measures", .target = "/measures", .session = CENTRAL },
	{ .name = "dictionary", .target = "/dictionary/referrals", .session = CENTRAL },
	{ .name = "API figures",
	  .target = "/api/v1/figures?measure=referrals&area=city&districts=1",
	  .session = CENTRAL },
};
#define PAGES (int)(sizeof pages / sizeof pages[0])

static const char *verdict(int is_met)
{
	return is_met ? "met" : "NOT MET";
}

/* ---- one page at a time */

static double ask(struct dashboard *d, const struct page *p)
{
	struct session *s = &d->sessions[p->session];
	double took_s = session_get(s, p->made);

	if (s->status != 200 && (s->status != 404 || p->is_there))
		city_die(p->made, s->answer);
	return took_s;
}

static void ask_warm(struct dashboard *d, pid_t web)
{
	for (int i = 0; i < PAGES; i++) {
		struct page *p = &pages[i];

		(void)snprintf(p->made, sizeof p->made, "%s%s", p->target,
			       strstr(p->target, "/trace/") == NULL ? "" : d->last_month);
		(void)ask(d, p);
		p->is_there = d->sessions[p->session].status == 200;
		p->warm_cpu_s = process_ran_s(web);
		for (int n = 0; n < WARM && p->is_there; n++)
			p->warm_s[n] = ask(d, p);
		p->warm_cpu_s = (process_ran_s(web) - p->warm_cpu_s) / WARM;
	}
}

static void ask_cold(struct dashboard *d, pid_t web)
{
	struct err err = { .code = ERR_OK };

	for (int n = 0; n < COLD; n++) {
		if (store_begin(d->store, &err) != ERR_OK ||
		    store_figures_changed(d->store->db, &err) != ERR_OK ||
		    store_commit(d->store, &err) != ERR_OK)
			city_die("store", err.text);
		(void)usleep((useconds_t)(FRESH_S * 1e6));
		/* Pages share figures, so each is the first to ask now and then. */
		for (int i = 0; i < PAGES; i++) {
			struct page *p = &pages[(i + n * 5) % PAGES];

			if (!p->is_there)
				continue;
			p->cold_cpu_s[n] = process_ran_s(web);
			p->cold_s[n] = ask(d, p);
			p->cold_cpu_s[n] = process_ran_s(web) - p->cold_cpu_s[n];
		}
	}
}

static void print_pages(void)
{
	printf("  milliseconds to the whole answer (aim: 99th percentile under 20), and of these "
	       "on "
	       "the processor\n    %-20s %8s %8s %8s   after a change of the figures (%d):\n"
	       "    %-20s %8s %8s %8s   %8s %8s %8s\n",
	       "", "50th", "99th", "CPU", COLD, "", "", "", "", "50th", "worst", "CPU");
	for (int i = 0; i < PAGES; i++) {
		struct page *p = &pages[i];
		double warm_s = city_percentile(p->warm_s, WARM, 0.99);
		double cold_s = city_percentile(p->cold_s, COLD, 1);

		if (!p->is_there) {
			printf("    %-20s is not there\n", p->name);
			continue;
		}
		printf("    %-20s %8.2f %8.2f %8.2f   %8.2f %8.2f %8.2f   %s\n", p->name,
		       1e3 * city_percentile(p->warm_s, WARM, 0.5), 1e3 * warm_s,
		       1e3 * p->warm_cpu_s, 1e3 * city_percentile(p->cold_s, COLD, 0.5),
		       1e3 * cold_s, 1e3 * city_percentile(p->cold_cpu_s, COLD, 0.5),
		       verdict(warm_s < 0.020 && cold_s < 0.020));
	}
}

/* ---- bytes */

/* Each "/assets/…" of the page, once. */
static int find_assets(const char *page, char found[ASSETS_MAX][128])
{
	int n = 0;

	for (const char *at = page; (at = strstr(at, "\"/assets/")) != NULL; at++) {
		char name[128];
		int seen = 0;

		(void)snprintf(name, sizeof name, "%.*s", (int)strcspn(at + 1, "\"?#"), at + 1);
		for (int i = 0; i < n; i++)
			seen |= strcmp(found[i], name) == 0;
		if (!seen && n < ASSETS_MAX)
			(void)snprintf(found[n++], sizeof found[0], "%s", name);
	}
	return n;
}

static void weigh(struct dashboard *d)
{
	struct session *s = &d->sessions[CENTRAL];
	char assets[ASSETS_MAX][128];
	size_t bytes, page_bytes;
	int n;

	s->identity = 1;
	(void)session_get(s, "/");
	n = find_assets(s->answer + s->body, assets);
	s->identity = 0;
	(void)session_get(s, "/");
	bytes = page_bytes = s->n;
	for (int i = 0; i < n; i++) {
		(void)session_get(s, assets[i]);
		if (s->status != 200)
			city_die(assets[i], s->answer);
		bytes += s->n;
	}
	printf("  overview on the wire, heads included: %.1f kB (page %.1f kB, %d files of style, "
	       "script and pictures %.1f kB); aim under 60 kB: %s\n",
	       (double)bytes / 1e3, (double)page_bytes / 1e3, n, (double)(bytes - page_bytes) / 1e3,
	       verdict(n > 0 && bytes < 60000));
}

/* ---- ingest at full speed */

struct load_s {
	double acked, projected, cpu;
	int n_reports;
};

/* Each district's reports of every month and week, `rounds` times. */
static void load_make(struct dashboard *d, struct peers *all, int rounds)
{
	const int n = rounds * (DASHBOARD_MONTHS + DASHBOARD_WEEKS);

	*all = (struct peers){ .endpoint = d->endpoint,
			       .server_key = d->server_key,
			       .patience_s = PATIENCE_S,
			       .items = calloc(DASHBOARD_DISTRICTS, sizeof *all->items),
			       .n = DASHBOARD_DISTRICTS,
			       .latency_s =
				       calloc((size_t)n * DASHBOARD_DISTRICTS, sizeof(double)) };
	for (int i = 0; i < DASHBOARD_DISTRICTS; i++) {
		struct peer *p = &all->items[i];

		*p = (struct peer){ .agent = &d->agents[i],
				    .n = n,
				    .n_before = (int)d->sequence[i] };
		p->entries = calloc((size_t)n, sizeof *p->entries);
		p->sent_s = calloc((size_t)n, sizeof *p->sent_s);
		for (int j = 0; j < n; j++) {
			int at = j % (DASHBOARD_MONTHS + DASHBOARD_WEEKS);

			city_report(d->set, p->agent, d->sequence[i] + (uint64_t)j + 1,
				    at < DASHBOARD_MONTHS
					    ? period_next(d->first_month, at)
					    : period_next(d->first_week, at - DASHBOARD_MONTHS),
				    &p->entries[j]);
		}
	}
}

/* In a process of its own: makes the reports, says so, waits for the word, sends them. */
static void load_child(struct dashboard *d, int rounds, int from, int to)
{
	struct peers all;
	struct load_s took = { 0 };
	double first_s;
	char word = 'r';

	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	load_make(d, &all, rounds);
	if (write(to, &word, 1) != 1 || read(from, &word, 1) != 1)
		_exit(EXIT_FAILURE);
	took.acked = peers_converse(&all, &first_s);
	took.projected = process_wait_projected(d->store_path, 0, PATIENCE_S) - first_s;
	_exit(write(to, &took, sizeof took) == (ssize_t)sizeof took ? EXIT_SUCCESS : EXIT_FAILURE);
}

static int load_is_over(void *context)
{
	return waitpid(*(pid_t *)context, NULL, WNOHANG) != 0;
}

static int load_wait(void *context)
{
	return waitpid(*(pid_t *)context, NULL, 0) > 0;
}

/* sessions NULL: nobody looks. */
static struct load_s load_run(struct dashboard *d, pid_t ingest, int rounds,
			      struct sessions *sessions)
{
	struct load_s took = { 0 };
	int in[2], out[2];
	double cpu_s;
	char word;
	pid_t child;

	if (pipe(in) != 0 || pipe(out) != 0)
		city_die("pipe", strerror(errno));
	(void)fflush(stdout);
	child = fork();
	if (child == 0)
		load_child(d, rounds, in[0], out[1]);
	(void)close(out[1]);
	if (read(out[0], &word, 1) != 1)
		city_die("load", "not made");
	(void)process_wait_projected(d->store_path, 1, PATIENCE_S);
	cpu_s = process_cpu_s(ingest);
	if (write(in[1], &word, 1) != 1)
		city_die("load", strerror(errno));
	if (sessions != NULL)
		sessions_run(sessions, load_is_over, &child);
	else
		(void)load_wait(&child);
	if (read(out[0], &took, sizeof took) != (ssize_t)sizeof took)
		city_die("load", "failed");
	took.cpu = process_cpu_s(ingest) - cpu_s;
	took.n_reports = rounds * (DASHBOARD_MONTHS + DASHBOARD_WEEKS) * DASHBOARD_DISTRICTS;
	for (int i = 0; i < DASHBOARD_DISTRICTS; i++)
		d->sequence[i] += (uint64_t)(took.n_reports / DASHBOARD_DISTRICTS);
	(void)close(in[0]);
	(void)close(in[1]);
	(void)close(out[0]);
	return took;
}

/* ---- five hundred people */

/* What a session visits in turn; district: what an account of one may see. */
static const char *const visits[] = { "/",
				      "/measures/referrals",
				      "/received",
				      "/measures/caseload",
				      "/?by=quarter",
				      "/measures",
				      "/measures/assessments_in_45wd",
				      "/dictionary/cpp_open",
				      "/api/v1/figures?measure=contacts&area=city&districts=1" };
#define VISITS (int)(sizeof visits / sizeof visits[0])

static void print_load(const char *what, const struct load_s *l)
{
	printf("    %-22s %6d reports: acknowledged %6.0f /s, queryable %6.0f /s, %.2f ms of CPU "
	       "each\n",
	       what, l->n_reports, l->n_reports / l->acked, l->n_reports / l->projected,
	       1e3 * l->cpu / l->n_reports);
}

static void print_crowd(struct sessions *s, const struct load_s load[3], double ran_s,
			double queued_s)
{
	const double before = load[0].projected / load[0].n_reports;
	const double after = load[2].projected / load[2].n_reports;
	const double alone = (before + after) / 2;
	const double busy = load[1].projected / load[1].n_reports;
	const double p99_s = city_percentile(s->latency_s, s->n_answers, 0.99);
	const double slower = busy / alone - 1;

	printf("  %d sessions, a page each every %.0f s, while ingest works at full speed\n", s->n,
	       s->every_s);
	print_load("ingest alone, before", &load[0]);
	print_load("ingest with sessions", &load[1]);
	print_load("ingest alone, after", &load[2]);
	printf("    pages %d in %.1f s: %.1f ms (50th) %.1f (99th) %.1f (worst); aim 99th under "
	       "100: "
	       "%s\n",
	       s->n_answers, load[1].projected,
	       1e3 * city_percentile(s->latency_s, s->n_answers, 0.5), 1e3 * p99_s,
	       1e3 * city_percentile(s->latency_s, s->n_answers, 1), verdict(p99_s < 0.100));
	printf("    each took %.1f ms on the processor and %.1f ms in the queue for it\n",
	       1e3 * ran_s / (s->n_answers + 1), 1e3 * queued_s / (s->n_answers + 1));
	printf("    errors %d%s%s; aim none: %s\n", s->n_errors, s->n_errors > 0 ? ": " : "",
	       s->error, verdict(s->n_errors == 0));
	printf("    ingest slowed by %.0f%% (queryable; alone it varies by %.0f%%); aim under "
	       "20%%: "
	       "%s\n",
	       100 * slower, 100 * (after > before ? after / before - 1 : before / after - 1),
	       verdict(slower < 0.20));
}

static void crowd(struct dashboard *d, pid_t web)
{
	struct sessions s = {
		.items = d->sessions, .n = DASHBOARD_SESSIONS, .every_s = EVERY_S, .n_room = 1 << 20
	};
	pid_t ingest = dashboard_start(d, "ingest");
	struct load_s load[3];
	double ran_s, queued_s;

	s.latency_s = calloc((size_t)s.n_room, sizeof *s.latency_s);
	for (int i = 0; i < s.n; i++) {
		session_close(&s.items[i]);
		s.items[i].targets = visits;
		s.items[i].n_targets = VISITS;
		s.items[i].next = i;
	}
	load[0] = load_run(d, ingest, ALONE_ROUNDS, NULL);
	ran_s = process_ran_s(web);
	queued_s = process_queued_s(web);
	load[1] = load_run(d, ingest, BUSY_ROUNDS, &s);
	ran_s = process_ran_s(web) - ran_s;
	queued_s = process_queued_s(web) - queued_s;
	for (int i = 0; i < s.n; i++)
		session_close(&s.items[i]);
	load[2] = load_run(d, ingest, ALONE_ROUNDS, NULL);
	print_crowd(&s, load, ran_s, queued_s);
	printf("    memory at most: web %ld KiB, ingest %ld KiB\n", process_peak_kib(web),
	       process_peak_kib(ingest));
	process_stop(ingest);
	free(s.latency_s);
}

int main(int argc, char **argv)
{
	static struct dashboard d;
	double start_s = city_seconds();
	pid_t web;

	if (argc != 2)
		city_die("usage", "bench_web PROGRAM");
	dashboard_make(&d, argv[1]);
	printf("Web (%d districts, %d months and %d weeks of every measure, %lld observations; "
	       "real "
	       "HTTP over loopback, gzip; filled in %.0f s)\n",
	       DASHBOARD_DISTRICTS, DASHBOARD_MONTHS, DASHBOARD_WEEKS, (long long)d.n_observations,
	       city_seconds() - start_s);
	web = dashboard_start(&d, "web");
	ask_warm(&d, web);
	ask_cold(&d, web);
	print_pages();
	weigh(&d);
	store_close(&d.store);
	crowd(&d, web);
	process_stop(web);
	(void)fflush(stdout);
	return execlp("rm", "rm", "-rf", d.folder, NULL);
}
