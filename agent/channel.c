/* In: frames for one aggregator. Out: its frames, and what becomes of the connection. Dropped: what
 * libzmq holds when the connection breaks (at most the credit): it is still in the spool. */
#include "agent/channel.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define MONITORED                                                                             \
	(ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | \
	 ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |         \
	 ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

struct channel {
	void *dealer;
	void *monitor;
	bool is_up;
};

static enum err_code channel_error(const char *what, struct err *err)
{
	return err_set(err, zmq_errno() == ENOMEM ? ERR_NOMEM : ERR_IO, "%s: %s", what,
		       zmq_strerror(zmq_errno()));
}

/* ZMQ_HEARTBEAT_IVL is left alone: with it a slow DEALER aborts the process. TCP's own timers find
 * a peer that went away without a word. */
static enum err_code channel_options(void *dealer, struct err *err)
{
	static const struct {
		int option, value;
	} options[] = {
		{ ZMQ_LINGER, 0 },
		{ ZMQ_IMMEDIATE, 1 }, /* the spool is the queue, not memory */
		{ ZMQ_SNDHWM, LIMIT_QUEUE_MESSAGES },
		{ ZMQ_RCVHWM, LIMIT_QUEUE_MESSAGES },
		{ ZMQ_HANDSHAKE_IVL, LIMIT_HANDSHAKE_MS },
		{ ZMQ_RECONNECT_IVL, LIMIT_HANDSHAKE_MS }, /* we open a new one before that */
		{ ZMQ_TCP_MAXRT, LIMIT_SILENCE_MS },
		{ ZMQ_TCP_KEEPALIVE, 1 },
		{ ZMQ_TCP_KEEPALIVE_IDLE, LIMIT_SILENCE_MS / 1000 },
		{ ZMQ_IPV6, 1 },
	};
	int64_t max = LIMIT_FRAME_BYTES;

	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		if (zmq_setsockopt(dealer, options[i].option, &options[i].value, sizeof(int)) != 0)
			return channel_error("socket option", err);
	if (zmq_setsockopt(dealer, ZMQ_MAXMSGSIZE, &max, sizeof max) != 0)
		return channel_error("socket option", err);
	return ERR_OK;
}

static enum err_code channel_keys(void *dealer, const char *server_key,
				  const struct keys_curve *keys, struct err *err)
{
	if (zmq_setsockopt(dealer, ZMQ_CURVE_SERVERKEY, server_key, strlen(server_key)) != 0)
		return channel_error("the aggregator's server key", err);
	if (zmq_setsockopt(dealer, ZMQ_CURVE_PUBLICKEY, keys->public_text, KEYS_CURVE_TEXT - 1) !=
		    0 ||
	    zmq_setsockopt(dealer, ZMQ_CURVE_SECRETKEY, keys->secret_text, KEYS_CURVE_TEXT - 1) !=
		    0)
		return channel_error("our CURVE key", err);
	return ERR_OK;
}

static enum err_code channel_monitor(void *zmq, struct channel *c, struct err *err)
{
	static unsigned long n_made;
	int zero = 0;
	char name[48];

	(void)snprintf(name, sizeof name, "inproc://channel-%lu", ++n_made);
	if (zmq_socket_monitor(c->dealer, name, MONITORED) != 0)
		return channel_error("socket monitor", err);
	c->monitor = zmq_socket(zmq, ZMQ_PAIR);
	if (c->monitor == NULL || zmq_setsockopt(c->monitor, ZMQ_LINGER, &zero, sizeof zero) != 0 ||
	    zmq_connect(c->monitor, name) != 0)
		return channel_error("socket monitor", err);
	return ERR_OK;
}

enum err_code channel_open(void *zmq, const char *endpoint, const char *server_key,
			   const struct keys_curve *keys, struct channel **out, struct err *err)
{
	struct channel *c = calloc(1, sizeof *c);
	enum err_code code = ERR_OK;

	*out = NULL;
	if (c == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	c->dealer = zmq_socket(zmq, ZMQ_DEALER);
	if (c->dealer == NULL)
		code = channel_error("socket", err);
	if (code == ERR_OK)
		code = channel_options(c->dealer, err);
	if (code == ERR_OK)
		code = channel_keys(c->dealer, server_key, keys, err);
	if (code == ERR_OK)
		code = channel_monitor(zmq, c, err);
	if (code == ERR_OK && zmq_connect(c->dealer, endpoint) != 0)
		code = channel_error("connect", err);
	if (code != ERR_OK)
		channel_close(&c);
	*out = c;
	return code;
}

void channel_close(struct channel **channel)
{
	struct channel *c = *channel;

	if (c == NULL)
		return;
	if (c->dealer != NULL) {
		(void)zmq_socket_monitor(c->dealer, NULL, 0);
		(void)zmq_close(c->dealer);
	}
	if (c->monitor != NULL)
		(void)zmq_close(c->monitor);
	free(c);
	*channel = NULL;
}

void channel_poll(const struct channel *c, int want_out, zmq_pollitem_t *items)
{
	memset(items, 0, CHANNEL_ITEMS * sizeof *items);
	items[0].socket = c->dealer;
	items[0].events = (short)(ZMQ_POLLIN | (want_out ? ZMQ_POLLOUT : 0));
	items[1].socket = c->monitor;
	items[1].events = ZMQ_POLLIN;
}

/* One event: 16 bits of number and 32 of value, then the address in a second frame. 0: none. */
static int channel_next_event(void *monitor)
{
	uint8_t bytes[6] = { 0 };
	uint16_t event = 0;
	int more = 0;
	size_t size = sizeof more;

	if (zmq_recv(monitor, bytes, sizeof bytes, ZMQ_DONTWAIT) < 0)
		return 0;
	memcpy(&event, bytes, sizeof event);
	while (zmq_getsockopt(monitor, ZMQ_RCVMORE, &more, &size) == 0 && more)
		if (zmq_recv(monitor, bytes, sizeof bytes, 0) < 0)
			break;
	return event;
}

enum channel_event channel_event(struct channel *c)
{
	enum channel_event told = CHANNEL_QUIET;

	for (int event; (event = channel_next_event(c->monitor)) != 0;) {
		if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
			c->is_up = true;
			told = told == CHANNEL_QUIET ? CHANNEL_UP : told;
		} else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
			told = CHANNEL_DENIED;
		} else if (event == ZMQ_EVENT_CONNECT_RETRIED) {
			told = told == CHANNEL_QUIET ? CHANNEL_NOBODY : told;
		} else if (told != CHANNEL_DENIED) {
			told = c->is_up ? CHANNEL_LOST : CHANNEL_BROKEN;
		}
	}
	return told;
}

enum err_code channel_send(struct channel *c, const uint8_t *bytes, size_t len, struct err *err)
{
	if (zmq_send(c->dealer, bytes, len, ZMQ_DONTWAIT) >= 0)
		return ERR_OK;
	if (zmq_errno() == EAGAIN || zmq_errno() == EINTR)
		return ERR_BUSY;
	return channel_error("send", err);
}

static void channel_drop_rest(struct channel *c)
{
	zmq_msg_t rest;
	int more = 1;

	while (more && zmq_msg_init(&rest) == 0) {
		if (zmq_msg_recv(&rest, c->dealer, ZMQ_DONTWAIT) < 0)
			more = 0;
		else
			more = zmq_msg_more(&rest);
		(void)zmq_msg_close(&rest);
	}
}

enum err_code channel_receive(struct channel *c, zmq_msg_t *message, struct err *err)
{
	enum err_code code;

	if (zmq_msg_init(message) != 0)
		return channel_error("receive", err);
	if (zmq_msg_recv(message, c->dealer, ZMQ_DONTWAIT) < 0) {
		code = zmq_errno() == EAGAIN || zmq_errno() == EINTR
			       ? ERR_BUSY
			       : channel_error("receive", err);
		(void)zmq_msg_close(message);
		return code;
	}
	if (!zmq_msg_more(message))
		return ERR_OK;
	(void)zmq_msg_close(message);
	channel_drop_rest(c);
	return err_set(err, ERR_MALFORMED, "a message of several frames");
}
