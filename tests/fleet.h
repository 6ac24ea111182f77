#ifndef TESTS_FLEET_H
#define TESTS_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What the integration tests share: the real programs, as an office and a city run them. Programs
 * are those of DISTRICT_BUILD (build/san unless said). Every function fails the test when what it
 * does fails, with the program's own words. Everything that was started ends with the test case:
 * Check kills the process group of each case. Nothing here sleeps for a fixed time: waiting looks
 * again every few milliseconds until the event, or fails at its limit. */

#define FLEET_PATH_BYTES 512
#define FLEET_WAIT_S 60 /* for what should take a second: the sanitizers and busy machines */

/* ---- commands */

struct fleet_said {
	int status; /* exit status; 128 + n: ended by signal n */
	char *out;  /* owned, NUL-terminated */
	char *errors;
	size_t out_len;
};

/* Runs a program of the build with the arguments, up to a NULL, to its end. */
struct fleet_said fleet_run(const char *program, ...) __attribute__((sentinel));
void fleet_said_clear(struct fleet_said *said);

/* The same for one that must end with status 0; returns what it printed on stdout, owned. */
char *fleet_must(const char *program, ...) __attribute__((sentinel));

/* ---- processes */

struct fleet_process {
	pid_t pid; /* 0: not running */
	char name[64];
	char log[FLEET_PATH_BYTES]; /* stdout and stderr, over all starts */
	size_t log_from;            /* bytes in it when it was started last */
};

/* Starts a program of the build; log is the file that gets its output (appended). */
void fleet_start(struct fleet_process *p, const char *log, const char *program, ...)
	__attribute__((sentinel));
bool fleet_is_running(struct fleet_process *p);
/* SIGTERM, then waits; returns the exit status. Prints the end of its log when that is not 0. */
int fleet_stop(struct fleet_process *p);
/* SIGKILL, at whatever instant. */
void fleet_kill(struct fleet_process *p);
/* Waits for it to end by itself; returns the exit status. */
int fleet_wait(struct fleet_process *p);
/* Waits until its log since the last start holds the words; fails when it ends first. */
void fleet_until_logged(struct fleet_process *p, const char *words);
/* A child process of pid, waiting until there is one whose /proc/<pid>/status holds the words: the
 * processes that `run` forks share its command line. */
pid_t fleet_child_of(pid_t pid, const char *words);

/* ---- waiting */

/* Until holds() says so; what is for the message: "the store has 12 entries". */
void fleet_until(bool (*holds)(void *context), void *context, const char *what);
void fleet_until_file(const char *path);
/* Until `program arguments… -c config` prints the words. */
void fleet_until_says(const char *words, const char *config, const char *program, ...)
	__attribute__((sentinel));

/* A TCP port on the loopback that nobody has at the moment. */
int fleet_port(void);

/* ---- a city */

struct fleet_aggregator {
	char name[64];
	char folder[FLEET_PATH_BYTES / 2];
	char config[FLEET_PATH_BYTES];
	char store[FLEET_PATH_BYTES]; /* its store.db, to be looked at */
	char extra[FLEET_PATH_BYTES]; /* further YAML lines, set before fleet_aggregator_make */
	int port;
	struct fleet_process process;
	int web_port; /* 0 (before fleet_aggregator_make): no dashboard; 1: find one */
	char web_extra[FLEET_PATH_BYTES]; /* further YAML lines of web:, "  key: value\n" */
	struct fleet_process web;
};

#define FLEET_REPLIES 3

struct fleet_agent {
	char name[64];    /* also the code of its area, a district of Birmingham … */
	char area[64];    /* … unless this was set before fleet_agent_make */
	char dataset[64]; /* "annex_a" unless set before */
	char folder[FLEET_PATH_BYTES / 2];
	char config[FLEET_PATH_BYTES];
	char extracts[FLEET_PATH_BYTES]; /* extracts go to <this>/<as-at>/ */
	char spool[FLEET_PATH_BYTES];    /* its spool.db, to be looked at */
	char replies[FLEET_REPLIES][FLEET_PATH_BYTES];
	int n_replies;
	char extra[FLEET_PATH_BYTES]; /* further YAML lines, set before fleet_agent_make */
	struct fleet_process collect, publish;
};

/* Settings below folder, a free port, keys (what `keys init` printed is in <folder>/keys.txt). */
void fleet_aggregator_make(struct fleet_aggregator *a, const char *folder, const char *name);
/* Writes the settings again, after extra was changed. */
void fleet_aggregator_configure(const struct fleet_aggregator *a);
/* Starts `district-aggregator ingest` and waits until it has tested its own door and listens: who
 * comes earlier meets the self-test. */
void fleet_aggregator_start(struct fleet_aggregator *a);

/* Starts `district-aggregator web` and waits until its port answers; ingest has made the store. */
void fleet_web_start(struct fleet_aggregator *a);

/* One connection to the dashboard; to a Unix socket. Reading gives up after FLEET_WAIT_S. */
int fleet_web_connect(const struct fleet_aggregator *a);
int fleet_unix_connect(const char *path);
void fleet_send(int fd, const char *text);
struct fleet_answer {
	int status;
	char *head; /* status line and headers, owned */
	char *body; /* owned, NUL-terminated */
	size_t body_len;
};
/* Reads one answer; false when the connection ended before it was whole. has_body 0: to HEAD. */
bool fleet_answer_read(int fd, bool has_body, struct fleet_answer *out);
void fleet_answer_clear(struct fleet_answer *answer);
/* A header's value, owned; "" when there is none. */
char *fleet_answer_header(const struct fleet_answer *answer, const char *name);
/* GET on a connection of its own. headers: further lines, each with its CR LF. */
struct fleet_answer fleet_web_get(const struct fleet_aggregator *a, const char *target,
				  const char *headers);

/* Settings below folder and keys; not enrolled yet. It looks at its folder every second. */
void fleet_agent_make(struct fleet_agent *g, const char *folder, const char *name);
/* `agents add` and `agents approve`; the reply goes into the agent's settings. */
void fleet_agent_enrol(struct fleet_agent *g, const struct fleet_aggregator *a);
/* The same for an agent that the city lets report for another area than its settings say. */
void fleet_agent_enrol_for(struct fleet_agent *g, const struct fleet_aggregator *a,
			   const char *area);
/* Gives it the reply file of another agent: it knows where to connect, but nobody knows it. */
void fleet_agent_copy_reply(struct fleet_agent *g, const struct fleet_agent *from);
/* `collect` of what is there now; returns what it printed, owned. Its status must be 0. */
char *fleet_agent_collect(struct fleet_agent *g);
/* `publish --once`: until every aggregator has acknowledged everything. */
void fleet_agent_publish(struct fleet_agent *g);
/* Start `collect --watch` and `publish`. */
void fleet_agent_start_collect(struct fleet_agent *g);
void fleet_agent_start_publish(struct fleet_agent *g);

/* ---- looking at databases, read-only */

/* The first column of the first row; fails when there is none. */
int64_t fleet_int(const char *path, const char *sql);
/* The same as text, owned; NULL is "". */
char *fleet_text(const char *path, const char *sql);
/* Waits until the statement gives the value; until it gives at least the value. */
void fleet_until_int(const char *path, const char *sql, int64_t value);
void fleet_until_least(const char *path, const char *sql, int64_t least);
/* One of aggregator/counters.h as last written to the store (at the latest when ingest ends). */
int64_t fleet_counter(const struct fleet_aggregator *a, const char *name);

/* Copies, removes a folder with all that is in it. */
void fleet_copy_folder(const char *from, const char *to);
void fleet_remove_folder(const char *path);

/* ---- extracts */

/* One Annex A extract (lists 1 to 7 and staff, CSV) as at the ISO date: n children, each with one
 * contact, n / 2 of them with a referral, n / 4 with an open case, on days in the five months
 * before; one case-holder. Written under another name and renamed, so that it is whole at once. */
void fleet_extract_write(const struct fleet_agent *g, const char *as_at, int n);

#endif
