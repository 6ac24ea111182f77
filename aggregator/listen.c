#include "aggregator/listen.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "proto/clock.h"
#include "proto/limits.h"

#define LISTEN_QUEUE 16           /* messages per agent inside ZeroMQ, each way */
#define LISTEN_BACKLOG 4096       /* a city that comes back at once */
#define LISTEN_HANDSHAKE_MS 10000 /* a silent connection is cut */
#define LISTEN_SELF_TEST_MS 5000
#define LISTEN_FAILURES                                                               \
	(ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | \
	 ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

static enum err_code listen_error(struct err *err, const char *what)
{
	return err_set(err, ERR_IO, "%s: %s", what, zmq_strerror(zmq_errno()));
}

static int listen_set(void *socket, int option, int value)
{
	return zmq_setsockopt(socket, option, &value, sizeof value);
}

/* ZMQ_HEARTBEAT_IVL stays unset: a slow peer would abort the process. */
static enum err_code listen_options(void *router, const struct keys_curve *server, struct err *err)
{
	const int64_t most = LIMIT_FRAME_BYTES;

	if (listen_set(router, ZMQ_LINGER, 0) != 0 ||
	    listen_set(router, ZMQ_ROUTER_MANDATORY, 1) != 0 ||
	    listen_set(router, ZMQ_RCVHWM, LISTEN_QUEUE) != 0 ||
	    listen_set(router, ZMQ_SNDHWM, LISTEN_QUEUE) != 0 ||
	    listen_set(router, ZMQ_BACKLOG, LISTEN_BACKLOG) != 0 ||
	    listen_set(router, ZMQ_HANDSHAKE_IVL, LISTEN_HANDSHAKE_MS) != 0 ||
	    listen_set(router, ZMQ_TCP_KEEPALIVE, 1) != 0 ||
	    listen_set(router, ZMQ_TCP_KEEPALIVE_IDLE, 60) != 0 ||
	    zmq_setsockopt(router, ZMQ_MAXMSGSIZE, &most, sizeof most) != 0 ||
	    listen_set(router, ZMQ_CURVE_SERVER, 1) != 0 ||
	    zmq_setsockopt(router, ZMQ_CURVE_SECRETKEY, server->secret_text, KEYS_CURVE_TEXT - 1) !=
		    0)
		return listen_error(err, "set up the socket for agents");
	return ERR_OK;
}

static enum err_code listen_watch(void *zmq_context, void *socket, const char *name, int events,
				  void **monitor, struct err *err)
{
	if (zmq_socket_monitor(socket, name, events) != 0)
		return listen_error(err, "watch the socket");
	*monitor = zmq_socket(zmq_context, ZMQ_PAIR);
	if (*monitor == NULL || listen_set(*monitor, ZMQ_LINGER, 0) != 0 ||
	    zmq_connect(*monitor, name) != 0)
		return listen_error(err, "watch the socket");
	return ERR_OK;
}

/* In this order: an event for which nobody is left to read would block ZeroMQ's thread, and that
 * holds the lock which the end of the watch needs. */
static void listen_unwatch(void *socket, void **monitor)
{
	if (socket != NULL)
		(void)zmq_socket_monitor(socket, NULL, 0);
	if (*monitor != NULL)
		(void)zmq_close(*monitor);
	*monitor = NULL;
}

enum err_code listen_open(void *zmq_context, const struct zap *zap, const struct keys_curve *server,
			  char *const *endpoints, unsigned n_endpoints, struct listen *out,
			  struct err *err)
{
	size_t size = sizeof out->endpoint;
	enum err_code code;

	*out = (struct listen){ 0 };
	if (zap == NULL || n_endpoints == 0)
		return err_set(err, ERR_CONFIG, "listen: no endpoint is configured");
	out->router = zmq_socket(zmq_context, ZMQ_ROUTER);
	if (out->router == NULL)
		return listen_error(err, "make the socket for agents");
	code = listen_options(out->router, server, err);
	if (code == ERR_OK)
		code = listen_watch(zmq_context, out->router, "inproc://ingest.monitor",
				    LISTEN_FAILURES, &out->monitor, err);
	for (unsigned i = 0; i < n_endpoints && code == ERR_OK; i++) {
		if (zmq_bind(out->router, endpoints[i]) != 0)
			code = err_set(err, ERR_IO, "listen on %s: %s", endpoints[i],
				       zmq_strerror(zmq_errno()));
		else if (i == 0 &&
			 zmq_getsockopt(out->router, ZMQ_LAST_ENDPOINT, out->endpoint, &size) != 0)
			code = listen_error(err, "listen");
	}
	if (code != ERR_OK)
		listen_close(out);
	return code;
}

void listen_close(struct listen *l)
{
	listen_unwatch(l->router, &l->monitor);
	if (l->router != NULL)
		(void)zmq_close(l->router);
	*l = (struct listen){ 0 };
}

/* One event of a monitor: its number, or 0 when none waits. The second part names the endpoint. */
static int listen_event(void *monitor)
{
	uint8_t bytes[6];
	char endpoint[256];
	uint16_t event;
	int n = zmq_recv(monitor, bytes, sizeof bytes, ZMQ_DONTWAIT);

	if (n < 0)
		return 0;
	(void)zmq_recv(monitor, endpoint, sizeof endpoint, ZMQ_DONTWAIT);
	memcpy(&event, bytes, sizeof event);
	return n == (int)sizeof bytes ? event : 0;
}

int64_t listen_failures(struct listen *l)
{
	int64_t n = 0;

	while (listen_event(l->monitor) != 0)
		n++;
	return n;
}

/* ---- self-test */

static enum err_code listen_stranger(void *socket, struct zap *zap, const char *endpoint,
				     const char *server_public, struct err *err)
{
	char public_key[KEYS_CURVE_TEXT];
	char secret_key[KEYS_CURVE_TEXT];
	uint8_t key[32];

	if (zmq_curve_keypair(public_key, secret_key) != 0 ||
	    zmq_z85_decode(key, public_key) == NULL)
		return listen_error(err, "self-test");
	if (zap != NULL)
		zap_not_counted(zap, key);
	if (listen_set(socket, ZMQ_LINGER, 0) != 0 ||
	    zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_public, KEYS_CURVE_TEXT - 1) != 0 ||
	    zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, public_key, KEYS_CURVE_TEXT - 1) != 0 ||
	    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, secret_key, KEYS_CURVE_TEXT - 1) != 0 ||
	    zmq_connect(socket, endpoint) != 0)
		return listen_error(err, "self-test");
	return ERR_OK;
}

/* Agents may be at the door already: those that are refused here are counted like any other. */
static enum err_code listen_await_refusal(struct zap *zap, void *monitor,
					  struct zap_refusals *refusals, struct err *err)
{
	zmq_pollitem_t items[] = { { .socket = monitor, .events = ZMQ_POLLIN },
				   { .socket = zap == NULL ? NULL : zap_socket(zap),
				     .events = ZMQ_POLLIN } };
	const int64_t end_ms = clock_mono_ms() + LISTEN_SELF_TEST_MS;

	while (clock_mono_ms() < end_ms) {
		int event;
		enum err_code code;

		(void)zmq_poll(items, zap == NULL ? 1 : 2, 100);
		code = zap == NULL ? ERR_OK : zap_answer(zap, refusals, err);
		if (code != ERR_OK)
			return code;
		event = listen_event(monitor);
		if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
			return ERR_OK;
		if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
			return err_set(err, ERR_DENIED,
				       "self-test: a key that nobody enrolled was let in: the ZAP "
				       "handler does not answer");
	}
	return err_set(err, ERR_IO, "self-test: no answer to a handshake in %d ms",
		       LISTEN_SELF_TEST_MS);
}

enum err_code listen_self_test(void *zmq_context, struct zap *zap, const char *endpoint,
			       const char *server_public, struct zap_refusals *refusals,
			       struct err *err)
{
	const int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | LISTEN_FAILURES;
	void *socket = zmq_socket(zmq_context, ZMQ_DEALER);
	void *monitor = NULL;
	enum err_code code;

	if (socket == NULL)
		return listen_error(err, "self-test");
	code = listen_watch(zmq_context, socket, "inproc://ingest.self-test", events, &monitor,
			    err);
	if (code == ERR_OK)
		code = listen_stranger(socket, zap, endpoint, server_public, err);
	if (code == ERR_OK)
		code = listen_await_refusal(zap, monitor, refusals, err);
	listen_unwatch(socket, &monitor);
	(void)zmq_close(socket);
	return code;
}
