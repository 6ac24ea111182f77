#include "tests/line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fleet.h"
#include "tests/harness.h"

#define LINE_CONNECTIONS 16
#define LINE_CHUNK 4096
#define LINE_LOOK_MS 5 /* how soon a change of the shared state is seen */
#define LINE_OPEN INT64_MAX

struct line_state {
	_Atomic int64_t allowed[LINE_WAYS], passed[LINE_WAYS];
	_Atomic int64_t n_asked, n_cut; /* cuts asked for; made */
};

struct line_pair {
	int fd[LINE_WAYS]; /* where bytes of that way go: to the city, to the office */
};

/* ---- in the line's own process */

static int line_socket(int port, struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(address, 0, sizeof *address);
	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address->sin_port = htons((uint16_t)port);
	return fd;
}

static void line_drop(struct line_pair *p)
{
	for (int way = 0; way < LINE_WAYS; way++)
		(void)close(p->fd[way]);
	p->fd[0] = p->fd[1] = -1;
}

static void line_accept(struct line_pair *pairs, int listener, int city_port)
{
	struct sockaddr_in address;
	int office = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	int city = line_socket(city_port, &address);

	for (int i = 0; i < LINE_CONNECTIONS && office >= 0; i++) {
		if (pairs[i].fd[0] >= 0)
			continue;
		if (connect(city, (struct sockaddr *)&address, sizeof address) != 0)
			break;
		pairs[i] = (struct line_pair){ { city, office } };
		return;
	}
	(void)close(office);
	(void)close(city);
}

static bool line_write(int fd, const uint8_t *bytes, ssize_t n)
{
	for (ssize_t done = 0; done < n;) {
		ssize_t one = send(fd, bytes + done, (size_t)(n - done), MSG_NOSIGNAL);

		if (one <= 0)
			return false;
		done += one;
	}
	return true;
}

/* Passes on what waits on one side. What is not allowed stays in the socket. */
static bool line_pass(struct line_state *s, const struct line_pair *p, int way)
{
	int64_t allowed = atomic_load(&s->allowed[way]);
	uint8_t bytes[LINE_CHUNK];
	size_t most = allowed < LINE_CHUNK ? (size_t)allowed : LINE_CHUNK;
	ssize_t n = recv(p->fd[!way], bytes, most, 0);

	if (n <= 0 || !line_write(p->fd[way], bytes, n))
		return false;
	(void)atomic_fetch_add(&s->passed[way], n);
	if (allowed != LINE_OPEN)
		(void)atomic_fetch_sub(&s->allowed[way], n);
	return true;
}

static void line_watch(struct line_state *s, const struct line_pair *pairs, struct pollfd *items)
{
	for (int i = 0; i < LINE_CONNECTIONS; i++)
		for (int way = 0; way < LINE_WAYS; way++)
			items[2 * i + way] = (struct pollfd){
				.fd = pairs[i].fd[!way],
				.events = atomic_load(&s->allowed[way]) > 0 ? POLLIN : 0
			};
}

/* A side that is gone, with nothing left that may pass, ends the connection. */
static void line_work(struct line_state *s, struct line_pair *pairs, const struct pollfd *items)
{
	for (int i = 0; i < LINE_CONNECTIONS; i++)
		for (int way = 0; way < LINE_WAYS; way++) {
			int seen = items[2 * i + way].revents;

			if (pairs[i].fd[0] >= 0 && seen != 0 &&
			    ((seen & POLLIN) == 0 || !line_pass(s, &pairs[i], way)))
				line_drop(&pairs[i]);
		}
}

static void line_work_cuts(struct line_state *s, struct line_pair *pairs)
{
	int64_t n_asked = atomic_load(&s->n_asked);

	if (atomic_load(&s->n_cut) == n_asked)
		return;
	for (int i = 0; i < LINE_CONNECTIONS; i++)
		if (pairs[i].fd[0] >= 0)
			line_drop(&pairs[i]);
	atomic_store(&s->n_cut, n_asked);
}

static _Noreturn void line_serve(struct line_state *s, int listener, int city_port)
{
	struct line_pair pairs[LINE_CONNECTIONS];

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	memset(pairs, -1, sizeof pairs);
	for (;;) {
		struct pollfd items[1 + 2 * LINE_CONNECTIONS] = { { listener, POLLIN, 0 } };

		line_watch(s, pairs, items + 1);
		(void)poll(items, 1 + 2 * LINE_CONNECTIONS, LINE_LOOK_MS);
		line_work(s, pairs, items + 1);
		line_work_cuts(s, pairs);
		if (items[0].revents & POLLIN)
			line_accept(pairs, listener, city_port);
	}
}

/* ---- in the test */

void line_open(struct line *l, int city_port)
{
	struct sockaddr_in address;
	socklen_t len = sizeof address;
	int listener = line_socket(0, &address);

	l->state = mmap(NULL, sizeof *l->state, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	ck_assert_ptr_ne(l->state, MAP_FAILED);
	for (int way = 0; way < LINE_WAYS; way++)
		atomic_store(&l->state->allowed[way], LINE_OPEN);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(listener, LINE_CONNECTIONS), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	l->port = ntohs(address.sin_port);
	l->pid = fork();
	ck_assert_int_ge(l->pid, 0);
	if (l->pid == 0)
		line_serve(l->state, listener, city_port);
	(void)close(listener);
}

void line_close(struct line *l)
{
	(void)kill(l->pid, SIGKILL);
	(void)waitpid(l->pid, NULL, 0);
	(void)munmap(l->state, sizeof *l->state);
}

void line_allow(struct line *l, enum line_way way, int64_t n_bytes)
{
	atomic_store(&l->state->allowed[way], n_bytes);
}

void line_release(struct line *l, enum line_way way)
{
	line_allow(l, way, LINE_OPEN);
}

static bool line_is_cut(void *context)
{
	struct line_state *s = context;

	return atomic_load(&s->n_cut) == atomic_load(&s->n_asked);
}

void line_cut(struct line *l)
{
	(void)atomic_fetch_add(&l->state->n_asked, 1);
	fleet_until(line_is_cut, l->state, "the line to be cut");
}

int64_t line_passed(const struct line *l, enum line_way way)
{
	return atomic_load(&l->state->passed[way]);
}
