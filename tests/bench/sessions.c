#include "tests/bench/sessions.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/city.h"

#define HEAD_BYTES 1024
#define CHUNK_BYTES 65536
#define EVENTS 64
#define WAIT_MS 5

int session_open(struct session *s)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
					     .sin_port = htons((uint16_t)s->port) };

	if (s->fd >= 0)
		return 1;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(s->fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return 1;
	session_close(s);
	return 0;
}

void session_close(struct session *s)
{
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

static int session_send(struct session *s, const char *target)
{
	char head[HEAD_BYTES];
	int n = snprintf(head, sizeof head,
			 "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept-Encoding: %s\r\n"
			 "Cookie: %s\r\n\r\n",
			 target, s->port, s->identity ? "identity" : "gzip", s->cookie);

	s->n = 0;
	s->body = 0;
	s->status = 0;
	return n > 0 && n < HEAD_BYTES && send(s->fd, head, (size_t)n, MSG_NOSIGNAL) == n;
}

/* How long the answer is in all; 0: its head has not come whole. */
static size_t session_length(struct session *s)
{
	char *end = strstr(s->answer, "\r\n\r\n");
	const char *line;

	if (end == NULL)
		return 0;
	s->body = (size_t)(end - s->answer) + 4;
	if (sscanf(s->answer, "HTTP/1.%*d %d", &s->status) != 1)
		return 0;
	for (line = strstr(s->answer, "\r\n"); line != NULL && line < end;
	     line = strstr(line + 2, "\r\n"))
		if (strncasecmp(line + 2, "Content-Length:", 15) == 0)
			return s->body + strtoul(line + 17, NULL, 10);
	return s->body;
}

/* Takes what has come: 1 when the answer is whole, 0 when more is to come, −1 when none will. */
static int session_take(struct session *s)
{
	ssize_t got;
	size_t length;

	if (s->size < s->n + CHUNK_BYTES + 1) {
		s->size = s->n + 2 * CHUNK_BYTES;
		s->answer = realloc(s->answer, s->size);
		if (s->answer == NULL)
			city_die("session", "out of memory");
	}
	got = recv(s->fd, s->answer + s->n, CHUNK_BYTES, 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got <= 0)
		return -1;
	s->n += (size_t)got;
	s->answer[s->n] = '\0';
	length = session_length(s);
	return length > 0 && s->n >= length;
}

double session_get(struct session *s, const char *target)
{
	double start_s;
	int whole = 0;

	if (!session_open(s))
		city_die("connect", strerror(errno));
	start_s = city_seconds();
	if (!session_send(s, target))
		city_die(target, "cannot be asked for");
	while (whole == 0)
		whole = session_take(s);
	if (whole < 0)
		city_die(target, "the connection ended");
	return city_seconds() - start_s;
}

/* ---- many */

static void sessions_fail(struct sessions *all, struct session *s, const char *what)
{
	if (all->n_errors++ == 0)
		(void)snprintf(all->error, sizeof all->error, "%.100s: %.100s (status %d)",
			       s->targets[s->next % s->n_targets], what, s->status);
	session_close(s);
	s->waiting = 0;
}

static void sessions_ask(struct sessions *all, struct session *s, int epoll)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = s };
	int is_new = s->fd < 0;

	if (!session_open(s) || !session_send(s, s->targets[s->next % s->n_targets])) {
		sessions_fail(all, s, strerror(errno));
		s->due_s += all->every_s;
		return;
	}
	if (is_new && (fcntl(s->fd, F_SETFL, O_NONBLOCK) != 0 ||
		       epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &event) != 0))
		city_die("epoll", strerror(errno));
	s->waiting = 1;
}

static void sessions_answered(struct sessions *all, struct session *s)
{
	const int whole = session_take(s);

	if (whole == 0)
		return;
	if (whole < 0 && !s->waiting) { /* the server ends a connection that is idle */
		session_close(s);
		return;
	}
	if (whole < 0)
		sessions_fail(all, s, "the connection ended");
	else if (s->status != 200)
		sessions_fail(all, s, "refused");
	else if (all->n_answers < all->n_room)
		all->latency_s[all->n_answers++] = city_seconds() - s->due_s;
	s->waiting = 0;
	s->next++;
	s->due_s += all->every_s;
}

void sessions_run(struct sessions *all, int (*stop)(void *context), void *context)
{
	const double start_s = city_seconds();
	const int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event events[EVENTS];
	int n_waiting = 0;
	int stopping = 0;

	for (int i = 0; i < all->n; i++)
		all->items[i].due_s = start_s + all->every_s * i / all->n;
	while (!stopping || n_waiting > 0) {
		const double now_s = city_seconds();
		int n;

		stopping = stopping || stop(context);
		n_waiting = 0;
		for (int i = 0; i < all->n; i++) {
			struct session *s = &all->items[i];

			if (!stopping && !s->waiting && s->due_s <= now_s)
				sessions_ask(all, s, epoll);
			n_waiting += s->waiting;
		}
		n = epoll_wait(epoll, events, EVENTS, WAIT_MS);
		for (int i = 0; i < n; i++)
			sessions_answered(all, events[i].data.ptr);
	}
	(void)close(epoll);
}
