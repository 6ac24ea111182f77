/* server_line: connections. How many there may be, in all and from one address, and how long each
 * may take over a request or over reading an answer: a deadline for the whole, since a slow sender
 * is never idle. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "aggregator/web/server_private.h"
#include "proto/clock.h"

/* IPv4 mapped into IPv6; of IPv6 the /64, which one subscriber has whole; zeros for others. */
static void key_of(const struct sockaddr *address, uint8_t key[RATE_KEY_BYTES])
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	memset(key, 0, RATE_KEY_BYTES);
	if (address != NULL && address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof v4);
		key[10] = key[11] = 0xff;
		memcpy(key + 12, &v4.sin_addr, 4);
	} else if (address != NULL && address->sa_family == AF_INET6) {
		memcpy(&v6, address, sizeof v6);
		memcpy(key, &v6.sin6_addr, IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) ? 16 : 8);
	}
}

static void text_of(const struct sockaddr *address, char out[INET6_ADDRSTRLEN])
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	out[0] = '\0';
	if (address != NULL && address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof v4);
		(void)inet_ntop(AF_INET, &v4.sin_addr, out, INET6_ADDRSTRLEN);
	} else if (address != NULL && address->sa_family == AF_INET6) {
		memcpy(&v6, address, sizeof v6);
		(void)inet_ntop(AF_INET6, &v6.sin6_addr, out, INET6_ADDRSTRLEN);
	}
}

enum MHD_Result server_on_accept(void *context, const struct sockaddr *address, socklen_t len)
{
	const struct door *door = context;
	struct server *server = door->server;
	const struct aggregator_web *settings = server->web->reading.config->web;
	uint8_t key[RATE_KEY_BYTES];
	int n_same = 0;

	(void)len;
	key_of(address, key);
	for (const struct line *l = server->lines; l != NULL && !door->is_unix; l = l->next)
		n_same += memcmp(l->key, key, sizeof key) == 0;
	if (server->n_lines < settings->connections && n_same < settings->connections_per_address)
		return MHD_YES;
	server->web->stats.connections_refused++;
	return MHD_NO;
}

void server_expect(struct line *line)
{
	const struct aggregator_web *settings = line->door->server->web->reading.config->web;

	line->deadline_ms = clock_mono_ms() + settings->request_seconds * 1000LL;
}

static void line_open(struct door *door, struct MHD_Connection *connection, void **context)
{
	struct server *server = door->server;
	struct line *l = calloc(1, sizeof *l);
	const union MHD_ConnectionInfo *fd =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	const union MHD_ConnectionInfo *address =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *from = address == NULL ? NULL : address->client_addr;

	*context = l;
	if (l == NULL) {
		if (fd != NULL)
			(void)shutdown(fd->connect_fd, SHUT_RDWR);
		return;
	}
	l->door = door;
	l->fd = fd == NULL ? -1 : fd->connect_fd;
	server_expect(l);
	key_of(door->is_unix ? NULL : from, l->key);
	text_of(door->is_unix ? NULL : from, l->address);
	l->next = server->lines;
	if (l->next != NULL)
		l->next->previous = l;
	server->lines = l;
	server->n_lines++;
	server->web->stats.connections++;
	server->web->stats.connections_open = server->n_lines;
}

static void line_close(struct server *server, void **context)
{
	struct line *l = *context;

	if (l == NULL)
		return;
	if (l->previous != NULL)
		l->previous->next = l->next;
	else
		server->lines = l->next;
	if (l->next != NULL)
		l->next->previous = l->previous;
	server->n_lines--;
	server->web->stats.connections_open = server->n_lines;
	free(l);
	*context = NULL;
}

void server_on_line(void *context, struct MHD_Connection *connection, void **line,
		    enum MHD_ConnectionNotificationCode what)
{
	struct door *door = context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		line_open(door, connection, line);
	else
		line_close(door->server, line);
}

void server_sweep(struct server *server, int64_t now_ms)
{
	for (struct line *l = server->lines; l != NULL; l = l->next) {
		if (l->deadline_ms == 0 || now_ms < l->deadline_ms)
			continue;
		(void)shutdown(l->fd, SHUT_RDWR); /* MHD sees the end and closes it */
		l->deadline_ms = 0;
		server->web->stats.connections_late++;
	}
}
