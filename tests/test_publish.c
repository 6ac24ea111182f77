#include "agent/publish.h"
#include "agent/run.h"

#include "tests/fake_store.h"
#include "tests/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/delivery.h"
#include "agent/spool.h"

#define SPOOL_BYTES (2 * 1024 * 1024)
#define PATIENCE_MS 20000
#define STATUS_READ_OUTSIDE 100 /* exit statuses of a child that found its sandbox open */
#define STATUS_SPOOL_CLOSED 101

/* publish and run take dangers away from their process for good: each runs in a child. */

static struct agent_config config;
static struct agent_aggregator peer;
static char *endpoints[1];
static char text_agent[] = "ladywood", text_city[] = "city";
static char state_folder[256], areas[] = "deploy/birmingham/areas.csv";
static char receipt_key[65];
static volatile sig_atomic_t never;

static const char *below(const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof path, "%s/%s", state_folder, name);
	return path;
}

static void set_up(const struct fake *f)
{
	struct keys_curve curve;
	struct keys_sign sign;
	struct err err = { 0 };

	(void)snprintf(state_folder, sizeof state_folder, "%s", harness_folder());
	ck_assert_int_eq(mkdir(below("keys"), 0700), 0);
	assert_ok(keys_curve_create(below("keys/curve.key"), &curve, &err), err);
	assert_ok(keys_sign_create(below("keys/signing.key"), &sign, &err), err);
	config = (struct agent_config){
		.agent = text_agent,
		.state = state_folder,
		.areas = areas,
		.spool_mib = 2,
		.keep_days = 800,
		.poll_s = 1,
		.heartbeat_s = 1,
		.retry_s = 1,
		.allow_unsandboxed = true,
	};
	if (f == NULL)
		return;
	endpoints[0] = (char *)(uintptr_t)f->endpoint;
	(void)keys_hex(f->sign.public_key, 32, receipt_key);
	peer = (struct agent_aggregator){ text_city, endpoints, 1,
					  (char *)(uintptr_t)f->curve.public_text, receipt_key };
	config.peers = &peer;
	config.n_aggregators = 1;
}

static void fill_spool(int n)
{
	static char area[] = "ladywood", dataset[] = "annex_a";
	struct keys_sign sign;
	struct spool *s = NULL;
	struct err err = { 0 };

	ck_assert_int_eq(mkdir(below("spool"), 0750), 0);
	assert_ok(keys_sign_load(below("keys/signing.key"), &sign, &err), err);
	assert_ok(spool_open(below("spool/spool.db"), text_agent, &sign, SPOOL_BYTES, &s, &err),
		  err);
	assert_ok(spool_begin(s, &err), err);
	for (int i = 0; i < n; i++) {
		District__Entry entry = DISTRICT__ENTRY__INIT;
		District__Return r = DISTRICT__RETURN__INIT;
		int64_t sequence;

		r.area = area;
		r.dataset = dataset;
		entry.body_case = DISTRICT__ENTRY__BODY_EXTRACT_RETURN;
		entry.extract_return = &r;
		assert_ok(spool_append(s, &entry, &sequence, &err), err);
	}
	assert_ok(spool_commit(s, &err), err);
	spool_close(&s);
}

/* Afterwards the process still has the spool, and nothing outside its two folders. */
static int look_around(int is_sandboxed)
{
	if (access(below("spool/spool.db"), F_OK) != 0 ||
	    open(below("spool/spool.db"), O_RDONLY | O_CLOEXEC) < 0)
		return STATUS_SPOOL_CLOSED;
	if (is_sandboxed && open(below("keys/signing.key"), O_RDONLY | O_CLOEXEC) >= 0)
		return STATUS_READ_OUTSIDE;
	return 0;
}

static int was_unsandboxed(void)
{
	struct delivery *d = NULL;
	int64_t started_us = 0;
	int unsandboxed = 1;

	if (delivery_open(below(DELIVERY_FILE), DB_READ, &d, NULL) == ERR_OK)
		(void)delivery_process(d, &started_us, &unsandboxed, NULL);
	delivery_close(&d);
	return unsandboxed;
}

static pid_t publish_in_child(int64_t timeout_ms)
{
	struct publish_options options = { 1, timeout_ms };
	struct err err = { 0 };
	pid_t pid = fork();
	int status;

	if (pid != 0)
		return pid;
	status = err_exit_status(publish_loop(&config, &options, &never, &err));
	if (status != 0)
		(void)fprintf(stderr, "%s\n", err.text);
	_exit(status != 0 ? status : look_around(!was_unsandboxed()));
}

/* Answers until the child ends; its exit status. */
static int serve(struct fake *f, pid_t pid)
{
	int64_t until_ms = clock_mono_ms() + PATIENCE_MS;
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		zmq_pollitem_t item = { f->router, 0, ZMQ_POLLIN, 0 };

		ck_assert_int_lt(clock_mono_ms(), until_ms);
		(void)zmq_poll(&item, 1, 20);
		fake_work(f);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(once_returns_when_everything_is_acknowledged_and_stays_in_its_sandbox)
{
	void *zmq = zmq_ctx_new();
	struct fake f;

	fake_open(&f, zmq, 1, NULL);
	set_up(&f);
	fill_spool(40);
	ck_assert_int_eq(serve(&f, publish_in_child(PATIENCE_MS)), 0);
	ck_assert_int_eq(f.n_entries, 40);
	ck_assert_int_eq(f.stored_up_to, 40);
	ck_assert_int_eq(publish_is_running(&config), 0);
	fake_close(&f);
	(void)zmq_ctx_term(zmq);
}
END_TEST

START_TEST(once_gives_up_in_time_and_says_who_lacks_what)
{
	void *zmq = zmq_ctx_new();
	struct fake f;

	fake_open(&f, zmq, 1, NULL);
	set_up(&f);
	fill_spool(1);
	f.mute = true;
	ck_assert_int_eq(serve(&f, publish_in_child(300)), 75);
	fake_close(&f);
	(void)zmq_ctx_term(zmq);
}
END_TEST

START_TEST(two_publishes_never_run_at_once)
{
	void *zmq = zmq_ctx_new();
	struct publish_options options = { 1, 100 };
	struct err err = { 0 };
	struct fake f;
	int lock, status = 0;
	pid_t pid;

	fake_open(&f, zmq, 1, NULL);
	set_up(&f);
	fill_spool(1);
	ck_assert_int_eq(mkdir(below("delivery"), 0750), 0);
	lock = open(below("delivery/publish.lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	ck_assert_int_ge(lock, 0);
	ck_assert_int_eq(flock(lock, LOCK_EX), 0);
	ck_assert_int_eq(publish_is_running(&config), 1);
	pid = fork();
	if (pid == 0) {
		int right = publish_loop(&config, &options, &never, &err) == ERR_BUSY &&
			    strstr(err.text, "another publish is running") != NULL;

		_exit(right ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	(void)close(lock);
	fake_close(&f);
	(void)zmq_ctx_term(zmq);
}
END_TEST

START_TEST(publish_says_what_it_lacks_to_start)
{
	struct publish_options options = { 1, 100 };
	struct err err = { 0 };
	void *zmq = zmq_ctx_new();
	struct fake f;

	fake_open(&f, zmq, 1, NULL);
	set_up(NULL);
	assert_error(publish_loop(&config, &options, &never, &err), ERR_CONFIG, err,
		     "aggregators: none is named");
	config.peers = &peer;
	config.n_aggregators = 1;
	assert_error(publish_loop(&config, &options, &never, &err), ERR_MISSING, err,
		     "run 'district-agent collect' first");
	ck_assert_int_eq(chmod(below("keys/curve.key"), 0644), 0);
	assert_error(publish_loop(&config, &options, &never, &err), ERR_DENIED, err,
		     "run: chmod 600");
	fake_close(&f);
	(void)zmq_ctx_term(zmq);
}
END_TEST

/* ---- run */

static int n_children(pid_t parent, pid_t *first)
{
	char path[64], text[256] = "";
	FILE *f;
	int n = 0;

	*first = 0;
	(void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fgets(text, sizeof text, f) != NULL)
		for (char *p = text, *end; *p != '\0' && *p != '\n'; p = end + (*end == ' '), n++) {
			long pid = strtol(p, &end, 10);

			if (n == 0)
				*first = (pid_t)pid;
		}
	(void)fclose(f);
	return n;
}

#define UNTIL(condition)                                                                   \
	do {                                                                               \
		int64_t until_ms = clock_mono_ms() + PATIENCE_MS;                          \
		while (!(condition))                                                       \
			ck_assert_msg(clock_mono_ms() < until_ms, "waited in vain for %s", \
				      #condition);                                         \
	} while (0)

START_TEST(run_restarts_a_child_that_was_killed_and_stops_on_a_signal)
{
	struct err err = { 0 };
	pid_t pid, child, other;
	int status = 0;

	set_up(NULL);
	pid = fork();
	if (pid == 0)
		_exit(err_exit_status(run_supervise(&config, &err)));
	UNTIL(n_children(pid, &child) == 1);
	/* collect writes its state once it is up */
	UNTIL(access(below("spool/collect.state"), F_OK) == 0);
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	UNTIL(n_children(pid, &other) == 1 && other != child);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_int_ne(kill(other, 0), 0);
}
END_TEST

START_TEST(run_ends_when_starting_again_would_not_help)
{
	struct err err = { 0 };
	int status = 0;
	pid_t pid;

	set_up(NULL);
	ck_assert_int_eq(chmod(below("keys/signing.key"), 0644), 0);
	pid = fork();
	if (pid == 0)
		_exit(err_exit_status(run_supervise(&config, &err)));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 77);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, once_returns_when_everything_is_acknowledged_and_stays_in_its_sandbox);
	tcase_add_test(tc, once_gives_up_in_time_and_says_who_lacks_what);
	tcase_add_test(tc, two_publishes_never_run_at_once);
	tcase_add_test(tc, publish_says_what_it_lacks_to_start);
	tcase_add_test(tc, run_restarts_a_child_that_was_killed_and_stops_on_a_signal);
	tcase_add_test(tc, run_ends_when_starting_again_would_not_help);
}

HARNESS_MAIN("publish", add)
