/* run: starts this program's processes and keeps them running. In: a table of commands. A process
 * that ends is started again after a while that doubles up to a minute; one that its settings keep
 * from starting (78, 77, 64) ends everything, since trying again would not mend it. Signals that
 * end the supervisor end its processes first. It opens no socket and no store. */
#include "aggregator/commands.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "aggregator/config.h"
#include "proto/clock.h"
#include "proto/command.h"
#include "proto/log.h"

#define RESTART_MIN_MS 500
#define RESTART_MAX_MS 60000
#define RESTART_CALM_MS 60000 /* ran this long: the next wait is short again */
#define STOP_MS 15000         /* between SIGTERM and SIGKILL */

struct process {
	const char *name;
	int (*run)(int argc, char **argv);
	pid_t pid; /* 0: not running */
	int64_t started_ms, due_ms, wait_ms;
};

static struct process processes[] = {
	{ .name = "ingest", .run = command_ingest },
	{ .name = "web", .run = command_web }, /* the last one: left out without web: settings */
};
static size_t n_processes = sizeof processes / sizeof processes[0];

static const char about_doc[] =
	"Start ingest, and web when the settings have a web: part, and start each again whenever "
	"it ends, until SIGTERM.";

/* In the child: its own signal mask, and an end when the supervisor is gone. */
static void process_become(const struct process *p, const sigset_t *mask, pid_t parent,
			   char *config)
{
	char name[64];
	char option[] = "-c";
	char *argv[] = { name, option, config, NULL };

	(void)snprintf(name, sizeof name, "district-aggregator %s", p->name);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EX_TEMPFAIL);
	(void)sigprocmask(SIG_SETMASK, mask, NULL);
	exit(p->run(3, argv)); /* allowed: the child's whole life is this command */
}

static void process_start(struct process *p, const sigset_t *mask, const char *config)
{
	pid_t parent = getpid();
	char path[4096];

	(void)snprintf(path, sizeof path, "%s", config);
	p->started_ms = clock_mono_ms();
	p->pid = fork();
	if (p->pid == 0)
		process_become(p, mask, parent, path);
	if (p->pid < 0) {
		log_line(LOG_LEVEL_ERROR, "run: start %s: %s", p->name, strerror(errno));
		p->pid = 0;
		p->due_ms = p->started_ms + RESTART_MAX_MS;
		return;
	}
	log_line(LOG_LEVEL_NOTICE, "run: started %s pid=%d", p->name, (int)p->pid);
}

/* 0 when it is to be started again, else the exit status that ends the supervisor. */
static int process_ended(struct process *p, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	int64_t now_ms = clock_mono_ms();

	p->pid = 0;
	if (code == EX_CONFIG || code == EX_USAGE || code == EX_NOPERM) {
		log_line(LOG_LEVEL_ERROR, "run: %s cannot start (status %d): see above", p->name,
			 code);
		return code;
	}
	if (p->wait_ms == 0 || now_ms - p->started_ms > RESTART_CALM_MS)
		p->wait_ms = RESTART_MIN_MS;
	else if (p->wait_ms < RESTART_MAX_MS)
		p->wait_ms *= 2;
	p->due_ms = now_ms + p->wait_ms;
	if (WIFSIGNALED(status))
		log_line(LOG_LEVEL_ERROR, "run: %s was ended by signal %d; again in %lld ms",
			 p->name, WTERMSIG(status), (long long)p->wait_ms);
	else
		log_line(LOG_LEVEL_WARNING, "run: %s ended with status %d; again in %lld ms",
			 p->name, code, (long long)p->wait_ms);
	return 0;
}

/* Takes the ends of processes; 0, or the status that ends the supervisor. */
static int collect_ends(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < n_processes; i++)
			if (processes[i].pid == pid) {
				int fatal = process_ended(&processes[i], status);

				if (fatal != 0)
					return fatal;
			}
	return 0;
}

static int64_t start_due(const sigset_t *mask, const char *config)
{
	int64_t now_ms = clock_mono_ms();
	int64_t wait_ms = RESTART_MAX_MS;

	for (size_t i = 0; i < n_processes; i++) {
		struct process *p = &processes[i];

		if (p->pid == 0 && p->due_ms <= now_ms)
			process_start(p, mask, config);
		else if (p->pid == 0 && p->due_ms - now_ms < wait_ms)
			wait_ms = p->due_ms - now_ms;
	}
	return wait_ms;
}

static int wait_signal(const sigset_t *set, int64_t ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	return sigtimedwait(set, NULL, &t);
}

static void stop_all(const sigset_t *set)
{
	const int64_t end_ms = clock_mono_ms() + STOP_MS;
	int n_left;

	for (size_t i = 0; i < n_processes; i++)
		if (processes[i].pid > 0)
			(void)kill(processes[i].pid, SIGTERM);
	do {
		int status;

		n_left = 0;
		for (size_t i = 0; i < n_processes; i++) {
			struct process *p = &processes[i];

			if (p->pid > 0 && waitpid(p->pid, &status, WNOHANG) == p->pid)
				p->pid = 0;
			if (p->pid > 0 && clock_mono_ms() > end_ms)
				(void)kill(p->pid, SIGKILL);
			n_left += p->pid > 0;
		}
		if (n_left > 0)
			(void)wait_signal(set, 100);
	} while (n_left > 0);
}

static int supervise(const char *config)
{
	sigset_t set;
	sigset_t before;
	int fatal = 0;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, &before) != 0)
		return EX_OSERR;
	for (;;) {
		int64_t wait_ms = start_due(&before, config);
		int signal_number = wait_signal(&set, wait_ms);

		if (signal_number == SIGTERM || signal_number == SIGINT)
			break;
		fatal = collect_ends();
		if (fatal != 0)
			break;
	}
	stop_all(&set);
	return fatal;
}

int command_run(int argc, char **argv)
{
	struct command_common common = { .config = AGGREGATOR_CONFIG_DEFAULT };
	struct aggregator_config *config = NULL;
	struct err err = { .code = ERR_OK };

	if (command_parse_plain(argc, argv, about_doc, &common) != 0)
		return EXIT_FAILURE;
	/* A faulty file is told here, before anything starts. */
	if (aggregator_config_load(common.config, &config, &err) != ERR_OK)
		return command_fail(argv, &err);
	if (config->web == NULL)
		n_processes--;
	aggregator_config_free(&config);
	return supervise(common.config);
}
