#include "tests/fleet.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proto/clock.h"
#include "tests/harness.h"

#define ARGUMENTS_MAX 32
#define LOOK_AGAIN_MS 10

/* ---- programs */

struct fleet_command {
	char path[FLEET_PATH_BYTES];
	char *argv[ARGUMENTS_MAX + 2];
};

static void fleet_command_of(struct fleet_command *c, const char *program, va_list arguments)
{
	const char *build = getenv("DISTRICT_BUILD");
	int n = 1;

	(void)snprintf(c->path, sizeof c->path, "%s/%s", build == NULL ? "build/san" : build,
		       program);
	ck_assert_msg(access(c->path, X_OK) == 0, "%s: %s: build it first", c->path,
		      strerror(errno));
	c->argv[0] = c->path;
	while (n <= ARGUMENTS_MAX && (c->argv[n] = va_arg(arguments, char *)) != NULL)
		n++;
	ck_assert_int_le(n, ARGUMENTS_MAX);
}

/* In the child: out and errors become its stdout and stderr; it dies with the test. */
static void fleet_exec(const struct fleet_command *c, int out, int errors)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(out, 1) < 0 || dup2(errors, 2) < 0)
		_exit(126);
	(void)execv(c->path, c->argv);
	_exit(127);
}

static int fleet_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void fleet_look_again(void)
{
	const struct timespec pause = { .tv_nsec = LOOK_AGAIN_MS * 1000000L };

	(void)nanosleep(&pause, NULL);
}

struct fleet_ending {
	pid_t pid;
	int status;
};

static bool fleet_has_ended(void *context)
{
	struct fleet_ending *e = context;
	pid_t ended = waitpid(e->pid, &e->status, WNOHANG);

	ck_assert_msg(ended >= 0, "waitpid: %s", strerror(errno));
	return ended == e->pid;
}

static int fleet_until_ended(pid_t pid, const char *name)
{
	struct fleet_ending e = { .pid = pid };

	fleet_until(fleet_has_ended, &e, name);
	return fleet_status(e.status);
}

/* ---- commands */

static char *fleet_text_of(int fd, size_t *len)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = malloc((size_t)size + 1);

	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(pread(fd, text, (size_t)size, 0), size);
	text[size] = '\0';
	if (len != NULL)
		*len = (size_t)size;
	(void)close(fd);
	return text;
}

static struct fleet_said fleet_run_command(const struct fleet_command *c)
{
	int out = memfd_create("stdout", MFD_CLOEXEC), errors = memfd_create("stderr", MFD_CLOEXEC);
	struct fleet_said said;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		fleet_exec(c, out, errors);
	said.status = fleet_until_ended(pid, c->path);
	said.out = fleet_text_of(out, &said.out_len);
	said.errors = fleet_text_of(errors, NULL);
	return said;
}

struct fleet_said fleet_run(const char *program, ...)
{
	struct fleet_command c;
	va_list arguments;

	va_start(arguments, program);
	fleet_command_of(&c, program, arguments);
	va_end(arguments);
	return fleet_run_command(&c);
}

void fleet_said_clear(struct fleet_said *said)
{
	free(said->out);
	free(said->errors);
	memset(said, 0, sizeof *said);
}

char *fleet_must(const char *program, ...)
{
	struct fleet_command c;
	struct fleet_said said;
	va_list arguments;

	va_start(arguments, program);
	fleet_command_of(&c, program, arguments);
	va_end(arguments);
	said = fleet_run_command(&c);
	ck_assert_msg(said.status == 0, "%s %s: status %d: %s", program,
		      c.argv[1] == NULL ? "" : c.argv[1], said.status, said.errors);
	free(said.errors);
	return said.out;
}

/* ---- processes */

void fleet_start(struct fleet_process *p, const char *log, const char *program, ...)
{
	struct fleet_command c;
	va_list arguments;
	struct stat before;
	int out;

	va_start(arguments, program);
	fleet_command_of(&c, program, arguments);
	va_end(arguments);
	ck_assert_msg(!fleet_is_running(p), "%s runs already", p->name);
	(void)snprintf(p->name, sizeof p->name, "%s %s", program,
		       c.argv[1] == NULL ? "" : c.argv[1]);
	(void)snprintf(p->log, sizeof p->log, "%s", log);
	out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	ck_assert_msg(out >= 0 && fstat(out, &before) == 0, "%s: %s", log, strerror(errno));
	p->log_from = (size_t)before.st_size;
	p->pid = fork();
	ck_assert_int_ge(p->pid, 0);
	if (p->pid == 0)
		fleet_exec(&c, out, out);
	(void)close(out);
}

#define LOG_TAIL_BYTES 4000

static const char *fleet_tail(const char *text)
{
	size_t len = strlen(text);

	return text + (len > LOG_TAIL_BYTES ? len - LOG_TAIL_BYTES : 0);
}

static void fleet_abort_with_log(const struct fleet_process *p, const char *what)
{
	char *text = harness_read(p->log, NULL);

	ck_abort_msg("%s %s; the end of its log:\n%s", p->name, what, fleet_tail(text));
}

bool fleet_is_running(struct fleet_process *p)
{
	siginfo_t ended = { 0 };

	if (p->pid == 0)
		return false;
	ck_assert_int_eq(waitid(P_PID, (id_t)p->pid, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
	return ended.si_pid == 0;
}

int fleet_wait(struct fleet_process *p)
{
	int status = fleet_until_ended(p->pid, p->name);

	p->pid = 0;
	return status;
}

int fleet_stop(struct fleet_process *p)
{
	int status;

	ck_assert_int_ne(p->pid, 0);
	(void)kill(p->pid, SIGTERM);
	status = fleet_wait(p);
	if (status != 0) {
		char *text = harness_read(p->log, NULL);

		fprintf(stderr, "%s ended with status %d; the end of its log:\n%s\n", p->name,
			status, fleet_tail(text));
		free(text);
	}
	return status;
}

void fleet_kill(struct fleet_process *p)
{
	ck_assert_int_ne(p->pid, 0);
	(void)kill(p->pid, SIGKILL);
	(void)fleet_wait(p);
}

struct fleet_words {
	struct fleet_process *process;
	const char *words;
};

static bool fleet_has_logged(void *context)
{
	const struct fleet_words *w = context;
	bool runs = fleet_is_running(w->process); /* asked first: it may say so and end */
	char *text = harness_read(w->process->log, NULL);
	bool found = strstr(text + w->process->log_from, w->words) != NULL;

	free(text);
	if (!found && !runs)
		fleet_abort_with_log(w->process, "ended too soon");
	return found;
}

void fleet_until_logged(struct fleet_process *p, const char *words)
{
	struct fleet_words w = { p, words };

	fleet_until(fleet_has_logged, &w, words);
}

/* ---- a child of a supervisor */

struct fleet_search {
	pid_t parent, found;
	const char *words;
};

static bool fleet_file_holds(const char *path, const char *word)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text);

	if (fd >= 0)
		(void)close(fd);
	return n > 0 && memmem(text, (size_t)n, word, strlen(word)) != NULL;
}

static bool fleet_has_child(void *context)
{
	struct fleet_search *s = context;
	DIR *processes = opendir("/proc");
	char path[300], line[64];

	ck_assert_ptr_nonnull(processes);
	s->found = 0;
	for (struct dirent *e; s->found == 0 && (e = readdir(processes)) != NULL;) {
		(void)snprintf(line, sizeof line, "\nPPid:\t%d\n", (int)s->parent);
		(void)snprintf(path, sizeof path, "/proc/%s/status", e->d_name);
		if (e->d_name[0] < '0' || e->d_name[0] > '9' || !fleet_file_holds(path, line) ||
		    !fleet_file_holds(path, s->words))
			continue;
		s->found = (pid_t)strtol(e->d_name, NULL, 10);
	}
	(void)closedir(processes);
	return s->found != 0;
}

pid_t fleet_child_of(pid_t pid, const char *words)
{
	struct fleet_search s = { pid, 0, words };

	fleet_until(fleet_has_child, &s, words);
	return s.found;
}

/* ---- waiting */

void fleet_until(bool (*holds)(void *context), void *context, const char *what)
{
	int64_t limit_ms = clock_mono_ms() + FLEET_WAIT_S * 1000LL;

	while (!holds(context)) {
		ck_assert_msg(clock_mono_ms() < limit_ms, "waited %d s in vain for: %s",
			      FLEET_WAIT_S, what);
		fleet_look_again();
	}
}

static bool fleet_is_there(void *path)
{
	return access(path, F_OK) == 0;
}

void fleet_until_file(const char *path)
{
	char copy[FLEET_PATH_BYTES];

	(void)snprintf(copy, sizeof copy, "%s", path);
	fleet_until(fleet_is_there, copy, copy);
}

struct fleet_question {
	const struct fleet_command *command;
	const char *words;
};

static bool fleet_answers(void *context)
{
	const struct fleet_question *q = context;
	struct fleet_said said = fleet_run_command(q->command);
	bool found = strstr(said.out, q->words) != NULL;

	fleet_said_clear(&said);
	return found;
}

void fleet_until_says(const char *words, const char *config, const char *program, ...)
{
	char option[] = "-c", file[FLEET_PATH_BYTES];
	struct fleet_command c;
	struct fleet_question q = { &c, words };
	va_list arguments;
	int n = 0;

	va_start(arguments, program);
	fleet_command_of(&c, program, arguments);
	va_end(arguments);
	(void)snprintf(file, sizeof file, "%s", config);
	while (c.argv[n] != NULL)
		n++;
	ck_assert_int_lt(n + 2, ARGUMENTS_MAX + 2);
	c.argv[n] = option;
	c.argv[n + 1] = file;
	c.argv[n + 2] = NULL;
	fleet_until(fleet_answers, &q, words);
}

static int fleet_loopback(int port, struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	memset(address, 0, sizeof *address);
	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address->sin_port = htons((uint16_t)port);
	return fd;
}

int fleet_port(void)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	int fd = fleet_loopback(0, &address);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	(void)close(fd);
	return ntohs(address.sin_port);
}
