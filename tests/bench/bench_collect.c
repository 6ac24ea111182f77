/* Collect: rows per second from Annex A CSV files to spooled reports, beside libcsv merely parsing
 * the same files, and what collect and publish cost in memory and, idle, in CPU.
 *
 * Usage: bench_collect AGENT AGGREGATOR EXTRACTS AREAS AREA
 *   EXTRACTS: a folder of extract folders (…/2026-10-31/list_1.csv …)
 */
#include "tests/bench/city.h"

#include <csv.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define IDLE_S 20

static char folder[256];

struct cost {
	double wall_s, cpu_s;
	long peak_kib;
};

static pid_t start(char *const argv[], const char *out)
{
	pid_t pid;

	(void)fflush(stdout); /* or the child would print it again */
	pid = fork();

	if (pid == 0) {
		char log[512];

		(void)snprintf(log, sizeof log, "%s/log", folder);
		if (freopen(out == NULL ? "/dev/null" : out, "w", stdout) == NULL ||
		    freopen(log, "a", stderr) == NULL)
			_exit(127);
		execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static struct cost run(char *const argv[], const char *out)
{
	struct cost c = { .wall_s = city_seconds() };
	struct rusage usage;
	int status = 0;
	pid_t pid = start(argv, out);

	if (wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) > 1) {
		fprintf(stderr, "bench: %s %s failed; see %s/log\n", argv[0], argv[1], folder);
		exit(EXIT_FAILURE);
	}
	c.wall_s = city_seconds() - c.wall_s;
	c.cpu_s = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 +
		  (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6;
	c.peak_kib = usage.ru_maxrss;
	return c;
}

static char *line_of(const char *path)
{
	static char line[1024];
	FILE *f = fopen(path, "r");

	if (f == NULL || fgets(line, sizeof line, f) == NULL)
		city_die(path, "nothing there");
	(void)fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return line;
}

/* ---- the floor */

static void on_field(void *field, size_t len, void *count)
{
	(void)field;
	(void)len;
	(void)count;
}

static void on_row(int c, void *count)
{
	(void)c;
	++*(long *)count;
}

static double floor_csv(const char *extracts, long *n_rows)
{
	static char buffer[65536];
	struct csv_parser parser;
	struct dirent **days;
	double start_s = city_seconds();
	int n_days = scandir(extracts, &days, NULL, alphasort);

	if (csv_init(&parser, CSV_STRICT) != 0)
		city_die("libcsv", "cannot start");
	for (int d = 0; d < n_days; d++) {
		char day[1024];
		struct dirent **files;
		int n_files;

		if (days[d]->d_name[0] == '.')
			continue;
		(void)snprintf(day, sizeof day, "%s/%s", extracts, days[d]->d_name);
		n_files = scandir(day, &files, NULL, alphasort);
		for (int i = 0; i < n_files; i++) {
			char path[2048];
			FILE *f;
			size_t n;
			long before = *n_rows;

			if (strstr(files[i]->d_name, ".csv") == NULL)
				continue;
			(void)snprintf(path, sizeof path, "%s/%s", day, files[i]->d_name);
			f = fopen(path, "rb");
			while (f != NULL && (n = fread(buffer, 1, sizeof buffer, f)) > 0)
				if (csv_parse(&parser, buffer, n, on_field, on_row, n_rows) != n)
					city_die(path, "libcsv stops");
			(void)csv_fini(&parser, on_field, on_row, n_rows);
			if (f != NULL)
				(void)fclose(f);
			*n_rows -= *n_rows > before; /* the heading */
		}
	}
	csv_free(&parser);
	return city_seconds() - start_s;
}

/* ---- settings */

static void write_configs(const char *extracts, const char *areas, const char *area, int port)
{
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/agent.yaml", folder);
	f = fopen(path, "w");
	if (f == NULL)
		city_die(path, strerror(errno));
	fprintf(f,
		"agent: bench\nstate: %s/agent\nareas: %s\ndatasets:\n  - name: annex_a\n"
		"    area: %s\n    folder: %s\n    lists: [contacts, early_help, referrals, "
		"assessments, section47, cin, cpp, staff]\n    settle_s: 0\n",
		folder, areas, area, extracts);
	(void)fclose(f);
	(void)snprintf(path, sizeof path, "%s/aggregator.yaml", folder);
	f = fopen(path, "w");
	if (f == NULL)
		city_die(path, strerror(errno));
	fprintf(f,
		"name: bench\nstate: %s/city\nareas: %s\narea: %s\n"
		"listen: [\"tcp://127.0.0.1:%d\"]\n",
		folder, areas, area, port);
	(void)fclose(f);
}

static void append_line(const char *path, const char *line)
{
	FILE *f = fopen(path, "a");

	if (f == NULL)
		city_die(path, strerror(errno));
	fprintf(f, "%s\n", line);
	(void)fclose(f);
}

static long status_kib(pid_t pid, const char *key)
{
	char path[64];
	char line[256];
	char format[32];
	long kib = -1;
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	(void)snprintf(format, sizeof format, "%s: %%ld", key);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			kib = strtol(line + strlen(key) + 1, NULL, 10);
	if (f != NULL)
		(void)fclose(f);
	return kib;
}

static double cpu_of(pid_t pid)
{
	char path[64];
	char line[1024];
	unsigned long user = 0;
	unsigned long sys = 0;
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL || fgets(line, sizeof line, f) == NULL)
		city_die(path, "publish is gone");
	(void)fclose(f);
	if (sscanf(strrchr(line, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		   &user, &sys) != 2)
		city_die(path, "cannot read");
	return (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
}

int main(int argc, char **argv)
{
	char agent_yaml[512];
	char city_yaml[512];
	char path[512];
	struct cost first;
	long n_rows = 0;
	double floor_s;
	double cpu_s;
	pid_t ingest;
	pid_t publish;
	int port = 20000 + (int)(getpid() % 20000);

#define WORD(text) ((char[]){ text })
	if (argc != 6)
		city_die("usage", "bench_collect AGENT AGGREGATOR EXTRACTS AREAS AREA");
	(void)snprintf(folder, sizeof folder, "/tmp/bench-collect-XXXXXX");
	if (mkdtemp(folder) == NULL)
		city_die(folder, strerror(errno));
	(void)snprintf(path, sizeof path, "%s/empty", folder);
	if (mkdir(path, 0700) != 0)
		city_die(path, strerror(errno));
	write_configs(path, argv[4], argv[5], port);
	(void)snprintf(agent_yaml, sizeof agent_yaml, "%s/agent.yaml", folder);
	(void)snprintf(city_yaml, sizeof city_yaml, "%s/aggregator.yaml", folder);
	(void)snprintf(path, sizeof path, "%s/line", folder);
	(void)run((char *[]){ argv[1], WORD("keys"), WORD("init"), WORD("-c"), agent_yaml, NULL },
		  path);
	/* The first collect reserves the spool's room on disk, once: not what is measured. */
	(void)run((char *[]){ argv[1], WORD("collect"), WORD("-c"), agent_yaml, NULL }, NULL);
	write_configs(argv[3], argv[4], argv[5], port);
	floor_s = floor_csv(argv[3], &n_rows);
	first = run((char *[]){ argv[1], WORD("collect"), WORD("-c"), agent_yaml, NULL }, NULL);
	printf("  collect: %ld rows to spooled reports in %.2f s (%.2f s CPU): %.0f rows/s; libcsv "
	       "merely "
	       "parsing them %.0f rows/s; ratio %.3f; peak %ld KiB\n",
	       n_rows, first.wall_s, first.cpu_s, (double)n_rows / first.wall_s,
	       (double)n_rows / floor_s, floor_s / first.wall_s, first.peak_kib);

	(void)run((char *[]){ argv[2], WORD("keys"), WORD("init"), WORD("-c"), city_yaml, NULL },
		  NULL);
	(void)run((char *[]){ argv[2], WORD("agents"), WORD("add"), WORD("-c"), city_yaml,
			      WORD("--area"), argv[5], line_of(path), NULL },
		  NULL);
	(void)snprintf(path, sizeof path, "%s/reply.yaml", folder);
	(void)run((char *[]){ argv[2], WORD("agents"), WORD("approve"), WORD("-c"), city_yaml,
			      WORD("bench"), NULL },
		  path);
	append_line(agent_yaml, "aggregators: [reply.yaml]");
	ingest = start((char *[]){ argv[2], WORD("ingest"), WORD("-c"), city_yaml, NULL }, NULL);
	(void)run((char *[]){ argv[1], WORD("publish"), WORD("-c"), agent_yaml, WORD("--once"),
			      NULL },
		  NULL);
	publish = start((char *[]){ argv[1], WORD("publish"), WORD("-c"), agent_yaml, NULL }, NULL);
	(void)sleep(3);
	cpu_s = cpu_of(publish);
	(void)sleep(IDLE_S);
	printf("  publish, connected and idle: %ld KiB resident, %ld KiB of it private; %.3f s CPU "
	       "in %d s\n",
	       status_kib(publish, "VmRSS"), status_kib(publish, "RssAnon"),
	       cpu_of(publish) - cpu_s, IDLE_S);
	(void)kill(publish, SIGTERM);
	(void)kill(ingest, SIGTERM);
	while (wait(NULL) > 0)
		;
	(void)fflush(stdout);
	return execlp("rm", "rm", "-rf", folder, NULL);
}
