#include "tests/bench/process.h"

#include <dirent.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "tests/bench/city.h"

pid_t process_start(const struct process *p, char *const argv[])
{
	pid_t pid;

	(void)fflush(stdout);
	pid = fork();
	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG,
		    SIGTERM); /* a bench that is broken off leaves nobody behind */
	if (freopen(p->log, "a", stderr) == NULL || freopen("/dev/null", "w", stdout) == NULL)
		_exit(127);
	if (p->shim != NULL) {
		(void)setenv("LD_PRELOAD", p->shim, 1);
		(void)setenv("BENCH_FSYNC_MS", p->fsync_ms, 1);
	}
	execv(p->program, argv);
	_exit(127);
}

void process_run(const struct process *p, char *const argv[])
{
	pid_t pid = process_start(p, argv);
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		city_die(argv[1], "failed; see the log");
}

void process_stop(pid_t pid)
{
	(void)kill(pid, SIGTERM);
	(void)waitpid(pid, NULL, 0);
}

/* ---- what a process says of itself */

double process_cpu_s(pid_t pid)
{
	char path[64];
	char line[1024];
	unsigned long user = 0;
	unsigned long sys = 0;
	FILE *f;

	(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL || fgets(line, sizeof line, f) == NULL)
		city_die(path, "the program is gone; see the log");
	(void)fclose(f);
	if (sscanf(strrchr(line, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
		   &user, &sys) != 2)
		city_die(path, "cannot read");
	return (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
}

/* field 0: ran, 1: queued */
static double process_sched_s(pid_t pid, int field)
{
	char path[320];
	double ns = 0;
	struct dirent *task;
	DIR *tasks;

	(void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	while (tasks != NULL && (task = readdir(tasks)) != NULL) {
		unsigned long long one[2] = { 0, 0 };
		FILE *f;

		(void)snprintf(path, sizeof path, "/proc/%d/task/%.16s/schedstat", (int)pid,
			       task->d_name);
		f = task->d_name[0] == '.' ? NULL : fopen(path, "r");
		if (f == NULL)
			continue;
		if (fscanf(f, "%llu %llu", &one[0], &one[1]) == 2)
			ns += (double)one[field];
		(void)fclose(f);
	}
	if (tasks != NULL)
		(void)closedir(tasks);
	return ns / 1e9;
}

double process_ran_s(pid_t pid)
{
	return process_sched_s(pid, 0);
}

double process_queued_s(pid_t pid)
{
	return process_sched_s(pid, 1);
}

long process_peak_kib(pid_t pid)
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

void process_server_key(const char *state, char out[41])
{
	char path[512];
	char line[256];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/keys/server.key", state);
	f = fopen(path, "r");
	if (f == NULL || fgets(line, sizeof line, f) == NULL)
		city_die(path, "cannot read");
	(void)fclose(f);
	line[strcspn(line, "\n")] = '\0';
	if (zmq_curve_public(out, strrchr(line, ' ') + 1) != 0)
		city_die(path, "no curve key");
}

static const char sql_projected[] = "SELECT (SELECT value FROM meta WHERE key = 'projected') >= "
				    "(SELECT max(id) FROM report)";
static const char sql_rolled_up[] = "SELECT (SELECT value FROM meta WHERE key = 'projected') >= "
				    "(SELECT max(id) FROM report)"
				    " AND NOT EXISTS (SELECT 1 FROM dirty)";

double process_wait_projected(const char *store, int rolled_up, double patience_s)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	double end = city_seconds() + patience_s;
	int row = 0;

	if (sqlite3_open_v2(store, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, rolled_up ? sql_rolled_up : sql_projected, -1, &stmt, NULL) !=
		    SQLITE_OK)
		city_die(store, sqlite3_errmsg(db));
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
