/* server: HTTP. In: connections. Out: each whole request to web_answer, each answer back. One
 * thread runs libmicrohttpd's daemons by their epoll descriptors, and every handler; work that
 * would hold it up goes to server_defer.c, the connection being suspended meanwhile. */
#include "aggregator/web/server.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/server_private.h"
#include "proto/clock.h"
#include "proto/limits.h"

#define TURN_MS 1000   /* deadlines are looked at this often */
#define LEAVE_MS 3000  /* for answers under way, when we end */
#define ANSWER_LEVEL 4 /* of compression: most of the gain, a third of the time */
#define BODY_ROOM 4096

/* ---- one request */

void *server_on_target(void *context, const char *target, struct MHD_Connection *connection)
{
	struct door *door = context;
	const union MHD_ConnectionInfo *line =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct exchange *x = calloc(1, sizeof *x);

	if (x == NULL || line == NULL || line->socket_context == NULL) {
		free(x);
		return NULL;
	}
	x->server = door->server;
	x->connection = connection;
	x->line = line->socket_context;
	x->sent = strdup(target);
	server_expect(x->line);
	request_init(&x->rq);
	door->server->n_exchanges++;
	return x;
}

void server_on_completed(void *context, struct MHD_Connection *connection, void **exchange,
			 enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *exchange;

	(void)context;
	(void)connection;
	(void)why;
	if (x == NULL)
		return;
	server_expect(x->line);
	x->server->n_exchanges--;
	request_clear(&x->rq);
	response_clear(&x->rs);
	free(x->sent);
	free(x->body);
	free(x);
	*exchange = NULL;
}

static void body_add(struct exchange *x, const char *bytes, size_t len)
{
	size_t room = x->room == 0 ? BODY_ROOM : x->room;
	char *body;

	if (x->too_big || len > LIMIT_WEB_BODY_BYTES - x->n_body) {
		x->too_big = 1;
		return;
	}
	while (room < x->n_body + len)
		room *= 2;
	if (room != x->room) {
		body = realloc(x->body, room);
		if (body == NULL) {
			x->too_big = 1;
			return;
		}
		x->body = body;
		x->room = room;
	}
	memcpy(x->body + x->n_body, bytes, len);
	x->n_body += len;
}

static enum MHD_Result exchange_answer(struct exchange *x)
{
	struct server *server = x->server;

	x->began_us = clock_mono_us();
	x->line->deadline_ms = 0;
	if (server_request_body(x) != 0)
		return server_reply(x);
	web_answer(server->web, &x->rq, &x->rs);
	if (x->rs.defer == NULL)
		return server_reply(x);
	if (!deferrals_put(server->deferrals, x)) {
		server->web->stats.deferred_refused++;
		web_refuse(server->web, &x->rq, &x->rs, 503,
			   "Too many others are signing in at this moment.");
		return server_reply(x);
	}
	x->state = EXCHANGE_DEFERRED;
	MHD_suspend_connection(x->connection);
	return MHD_YES;
}

/* NOLINTNEXTLINE(readability-function-size): the signature is libmicrohttpd's */
enum MHD_Result server_on_request(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *n_upload, void **exchange)
{
	struct exchange *x = *exchange;

	(void)context;
	(void)connection;
	(void)url;
	(void)version;
	if (x == NULL)
		return MHD_NO;
	switch (x->state) {
	case EXCHANGE_NEW:
		x->began_us = clock_mono_us();
		x->state = EXCHANGE_BODY;
		return server_request(x, method) == 0 ? MHD_YES : server_reply(x);
	case EXCHANGE_BODY:
		if (*n_upload == 0)
			return exchange_answer(x);
		body_add(x, upload, *n_upload);
		*n_upload = 0;
		return MHD_YES;
	case EXCHANGE_DEFERRED:
		return MHD_YES;
	case EXCHANGE_READY:
		return server_reply(x);
	}
	return MHD_NO;
}

/* ---- answers that come later */

static void take_deferred(struct server *server)
{
	struct exchange *x;

	while ((x = deferrals_take(server->deferrals)) != NULL) {
		if (x->skipped)
			web_refuse(server->web, &x->rq, &x->rs, 503, "The service is ending.");
		else
			web_finish(server->web, &x->rq, &x->rs);
		server->web->stats.deferred += !x->skipped;
		x->state = EXCHANGE_READY;
		MHD_resume_connection(x->connection);
	}
}

/* ---- start, run, stop */

enum err_code server_start(struct web *web, struct server **out, struct err *err)
{
	struct server *server = calloc(1, sizeof *server);
	enum err_code code;

	*out = server;
	if (server == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	server->web = web;
	code = rate_new(web->reading.config->web->requests_per_second, &server->rate, err);
	if (code == ERR_OK)
		code = compressor_new(ANSWER_LEVEL, &server->compressor, err);
	if (code == ERR_OK)
		code = deferrals_open(&server->deferrals, err);
	if (code == ERR_OK)
		code = server_doors_open(server, err);
	if (code != ERR_OK)
		server_stop(out);
	return code;
}

static int wait_ms(struct server *server)
{
	MHD_UNSIGNED_LONG_LONG least = TURN_MS;

	for (int i = 0; i < server->n_doors; i++) {
		MHD_UNSIGNED_LONG_LONG ms;

		if (MHD_get_timeout(server->doors[i].daemon, &ms) == MHD_YES && ms < least)
			least = ms;
	}
	return (int)least;
}

/* One wait and what it brought. The signals that end us come only while waiting. */
static enum err_code server_turn(struct server *server, const sigset_t *mask, struct err *err)
{
	struct pollfd fds[SERVER_DOORS + 1] = { { .fd = deferrals_fd(server->deferrals),
						  .events = POLLIN } };
	int ms = wait_ms(server);
	const struct timespec wait = { ms / 1000, ms % 1000 * 1000000L };
	int64_t now_ms;

	for (int i = 0; i < server->n_doors; i++)
		fds[i + 1] = (struct pollfd){ .fd = server->doors[i].epoll, .events = POLLIN };
	if (ppoll(fds, (nfds_t)server->n_doors + 1, &wait, mask) < 0 && errno != EINTR)
		return err_set(err, ERR_IO, "poll: %s", strerror(errno));
	if (fds[0].revents != 0)
		take_deferred(server);
	for (int i = 0; i < server->n_doors; i++)
		if (MHD_run(server->doors[i].daemon) != MHD_YES)
			return err_set(err, ERR_IO, "HTTP has failed");
	now_ms = clock_mono_ms();
	if (now_ms - server->swept_ms >= TURN_MS) {
		server_sweep(server, now_ms);
		server->swept_ms = now_ms;
	}
	return ERR_OK;
}

enum err_code server_run(struct server *server, const volatile sig_atomic_t *stop, struct err *err)
{
	enum err_code code = ERR_OK;
	sigset_t mask;

	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
	(void)sigdelset(&mask, SIGTERM);
	(void)sigdelset(&mask, SIGINT);
	while (code == ERR_OK && !*stop)
		code = server_turn(server, &mask, err);
	return code;
}

/* Lets go of what is under way: suspended requests are answered, answers sent, for some seconds. */
static void server_leave(struct server *server)
{
	const int64_t end_ms = clock_mono_ms() + LEAVE_MS;
	struct err err;
	sigset_t mask;

	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
	deferrals_stop(server->deferrals);
	take_deferred(server);
	while (server->n_exchanges > 0 && clock_mono_ms() < end_ms)
		if (server_turn(server, &mask, &err) != ERR_OK)
			break;
}

void server_stop(struct server **server)
{
	struct server *s = *server;

	if (s == NULL)
		return;
	if (s->deferrals != NULL)
		server_leave(s);
	server_doors_close(s);
	deferrals_close(&s->deferrals);
	compressor_free(&s->compressor);
	rate_free(&s->rate);
	free(s->certificate);
	free(s->key);
	free(s);
	*server = NULL;
}
