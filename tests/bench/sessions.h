#ifndef TESTS_BENCH_SESSIONS_H
#define TESTS_BENCH_SESSIONS_H

#include <stddef.h>

/* Browsers in front of a dashboard on loopback: one that asks and waits, and hundreds that each
 * load a page every few seconds. HTTP/1.1, kept-alive connections, gzip, a cookie each. */

struct session {
	int port;
	char cookie[96]; /* "drs=…"; "" for nobody */
	int fd;          /* −1: not connected */
	int identity;    /* 1: no gzip, please */
	char *answer;    /* head and body, NUL-terminated; until the next question; owned */
	size_t n, size;  /* bytes that came, and room for them */
	size_t body;     /* where the body begins */
	int status;
	/* of sessions_run */
	const char *const *targets; /* visited in turn */
	int n_targets, next;
	double due_s; /* when the page is, or was, to be asked for */
	int waiting;
};

int session_open(struct session *s); /* 1 when it is connected */
/* Asks and waits for the whole answer; returns seconds. Fails by exiting when none comes. */
double session_get(struct session *s, const char *target);
void session_close(struct session *s);

struct sessions {
	struct session *items;
	int n;
	double every_s; /* each session loads a page so often, spread evenly */
	/* of each answer, from when it was due: seconds; room for n_room */
	double *latency_s;
	int n_room, n_answers;
	int n_errors;    /* another status than 200, or a connection that ended */
	char error[256]; /* the first one */
};

/* Runs until *stop (called now and then) says so, but until every page asked for has come. */
void sessions_run(struct sessions *s, int (*stop)(void *context), void *context);

#endif
