/* In: settings. Out: two child processes, kept running. */
#include "agent/run.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/collect.h"
#include "agent/commands.h"
#include "agent/publish.h"
#include "proto/clock.h"
#include "proto/command.h"
#include "proto/log.h"

#define PAUSE_MS_FIRST 1000
#define PAUSE_MS_MOST 60000
#define STEADY_MS 60000 /* a child that ran this long starts again without a pause */

struct child {
	const char *name;
	enum err_code (*body)(const struct agent_config *config, struct err *err);
	bool wanted;
	pid_t pid; /* 0: not running */
	int64_t started_ms, start_at_ms;
	int64_t pause_ms;
};

struct run {
	const struct agent_config *config;
	struct child children[2];
	sigset_t signals;
	int n_stops; /* signals that asked us to */
	int failure; /* exit status that starting again would not mend; 0: none */
	const char *failed;
};

/* ---- in the children */

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static enum err_code child_collect(const struct agent_config *config, struct err *err)
{
	return collect_loop(config, &stop, err);
}

static enum err_code child_publish(const struct agent_config *config, struct err *err)
{
	static const struct publish_options options = { 0 };
	enum err_code code = publish_loop(config, &options, &stop, err);

	if (code != ERR_OK)
		err_wrap(err, "publish");
	return code;
}

/* Ends with the parent, however that ends. */
static int child_main(const struct run *r, const struct child *child, pid_t parent)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct err err = { .code = ERR_OK };

	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		return EXIT_FAILURE;
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigprocmask(SIG_UNBLOCK, &r->signals, NULL);
	if (child->body(r->config, &err) == ERR_OK)
		return EXIT_SUCCESS;
	log_line(LOG_LEVEL_ERROR, "%s", err.text);
	return err_exit_status(err.code);
}

/* ---- in the parent */

static void run_start(struct run *r, struct child *child)
{
	pid_t parent = getpid();

	child->started_ms = clock_mono_ms();
	child->pid = fork();
	if (child->pid == 0)
		_exit(child_main(r, child, parent));
	if (child->pid > 0)
		return;
	child->pid = 0;
	child->start_at_ms = child->started_ms + PAUSE_MS_MOST;
	log_line(LOG_LEVEL_ERROR, "run: cannot start %s: %s; next attempt in %d s", child->name,
		 strerror(errno), PAUSE_MS_MOST / 1000);
}

static void run_signal(struct run *r, int number)
{
	for (size_t i = 0; i < 2; i++)
		if (r->children[i].pid > 0)
			(void)kill(r->children[i].pid, number);
}

static void run_stop(struct run *r)
{
	r->n_stops++;
	run_signal(r, r->n_stops == 1 ? SIGTERM : SIGKILL);
}

static bool run_cannot_heal(int status)
{
	return WIFEXITED(status) && (WEXITSTATUS(status) == err_exit_status(ERR_CONFIG) ||
				     WEXITSTATUS(status) == err_exit_status(ERR_DENIED));
}

static void run_ended(struct run *r, struct child *child, int status)
{
	int64_t now = clock_mono_ms();

	child->pid = 0;
	if (r->n_stops > 0)
		return;
	if (run_cannot_heal(status)) {
		r->failure = WEXITSTATUS(status);
		r->failed = child->name;
		run_stop(r);
		return;
	}
	if (now - child->started_ms >= STEADY_MS)
		child->pause_ms = 0;
	child->pause_ms = child->pause_ms == 0 ? PAUSE_MS_FIRST : child->pause_ms * 2;
	if (child->pause_ms > PAUSE_MS_MOST)
		child->pause_ms = PAUSE_MS_MOST;
	child->start_at_ms = now + child->pause_ms;
	log_line(LOG_LEVEL_ERROR, "run: %s ended (%s %d); starts again in %lld s", child->name,
		 WIFSIGNALED(status) ? "signal" : "exit status",
		 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
		 (long long)child->pause_ms / 1000);
}

static void run_reap(struct run *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < 2; i++)
			if (r->children[i].pid == pid)
				run_ended(r, &r->children[i], status);
}

/* Starts what is due; how long until the next is. */
static int64_t run_start_due(struct run *r)
{
	int64_t now = clock_mono_ms();
	int64_t wait_ms = PAUSE_MS_MOST;

	for (size_t i = 0; i < 2 && r->n_stops == 0; i++) {
		struct child *child = &r->children[i];

		if (!child->wanted || child->pid != 0)
			continue;
		if (now >= child->start_at_ms)
			run_start(r, child);
		else if (child->start_at_ms - now < wait_ms)
			wait_ms = child->start_at_ms - now;
	}
	return wait_ms;
}

static void run_wait(struct run *r, int64_t wait_ms)
{
	struct timespec wait = { wait_ms / 1000, wait_ms % 1000 * 1000000 };
	int number = sigtimedwait(&r->signals, NULL, &wait);

	if (number == SIGTERM || number == SIGINT)
		run_stop(r);
	run_reap(r);
}

static bool run_goes_on(const struct run *r)
{
	return r->n_stops == 0 || r->children[0].pid != 0 || r->children[1].pid != 0;
}

enum err_code run_supervise(const struct agent_config *config, struct err *err)
{
	struct run r = {
		.config = config,
		.children = { { .name = "collect", .body = child_collect, .wanted = true },
			      { .name = "publish",
				.body = child_publish,
				.wanted = config->n_aggregators > 0 } },
	};
	sigset_t before;

	(void)sigemptyset(&r.signals);
	(void)sigaddset(&r.signals, SIGTERM);
	(void)sigaddset(&r.signals, SIGINT);
	(void)sigaddset(&r.signals, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &r.signals, &before);
	if (config->n_aggregators == 0)
		log_line(LOG_LEVEL_NOTICE,
			 "run: only collect: the settings name no aggregator to publish to");
	while (run_goes_on(&r))
		run_wait(&r, run_start_due(&r));
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (r.failure == 0)
		return ERR_OK;
	return err_set(err, r.failure == err_exit_status(ERR_CONFIG) ? ERR_CONFIG : ERR_DENIED,
		       "%s cannot run as things are; its last line above says why", r.failed);
}

/* ---- command */

static const char run_doc[] =
	"Look at the extract folders and publish what is new, until stopped.\v"
	"  district-agent run -c /etc/district-reporting/agent.yaml\n";

int command_run(int argc, char **argv)
{
	struct command_common common = { .config = AGENT_CONFIG_DEFAULT };
	struct agent_config *config = NULL;
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (command_parse_plain(argc, argv, run_doc, &common) != 0)
		return EXIT_FAILURE;
	code = agent_config_load(common.config, &config, &err);
	if (code == ERR_OK)
		code = run_supervise(config, &err);
	agent_config_free(&config);
	return code == ERR_OK ? EXIT_SUCCESS : command_fail(argv, &err);
}
