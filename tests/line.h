#ifndef TESTS_LINE_H
#define TESTS_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The line between an office and city hall: a process that passes on what either says, until the
 * test holds a direction back or cuts it. It knows nothing of what passes. */

enum line_way {
	LINE_TO_CITY,
	LINE_TO_OFFICE,
	LINE_WAYS,
};

struct line_state;

struct line {
	int port;                 /* where the office connects */
	struct line_state *state; /* shared with the process */
	pid_t pid;
};

/* Starts the line to the port of city hall; it need not answer yet. Ends with the test case. */
void line_open(struct line *l, int city_port);
void line_close(struct line *l);

/* Lets this many more bytes pass that way, then holds back what follows. */
void line_allow(struct line *l, enum line_way way, int64_t n_bytes);
/* Lets everything pass again. */
void line_release(struct line *l, enum line_way way);
/* Breaks every connection; what was held back is lost. New ones are taken again. */
void line_cut(struct line *l);
/* Bytes that passed so far. */
int64_t line_passed(const struct line *l, enum line_way way);

#endif
