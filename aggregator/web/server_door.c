/* server_door: one libmicrohttpd daemon for each listening socket, all run by the one thread. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "aggregator/web/server_listen.h"
#include "aggregator/web/server_private.h"
#include "proto/clock.h"
#include "proto/config.h"
#include "proto/limits.h"

/* libmicrohttpd keeps the request and the head of its answer in one piece of memory. */
#define MEMORY_BYTES (4 * LIMIT_WEB_HEADER_BYTES)
#define PEM_BYTES (256 * 1024)
#define OPTIONS_MAX 8

static enum err_code door_daemon(struct door *d, int fd, struct err *err)
{
	struct server *server = d->server;
	int tls = !d->is_unix && server->certificate != NULL;
	struct MHD_OptionItem options[OPTIONS_MAX] = {
		{ MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY_BYTES, NULL },
		{ MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL },
		{ MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, NULL },
		/* Ours refuses first, and counts. */
		{ MHD_OPTION_CONNECTION_LIMIT, LIMIT_WEB_CONNECTIONS + 64, NULL },
		{ MHD_OPTION_CONNECTION_TIMEOUT, 2 * WEB_REQUEST_S_MAX, NULL },
	};
	const union MHD_DaemonInfo *info;

	for (int i = 0, at = 5; tls && i < 2; i++, at++)
		options[at] =
			(struct MHD_OptionItem){ i == 0 ? MHD_OPTION_HTTPS_MEM_CERT
							: MHD_OPTION_HTTPS_MEM_KEY,
						 0, i == 0 ? server->certificate : server->key };
	options[tls ? 7 : 5] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
	d->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : 0U), 0,
		server_on_accept, d, server_on_request, d, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_URI_LOG_CALLBACK, server_on_target, d, MHD_OPTION_NOTIFY_COMPLETED,
		server_on_completed, d, MHD_OPTION_NOTIFY_CONNECTION, server_on_line, d,
		MHD_OPTION_ARRAY, options, MHD_OPTION_END);
	if (d->daemon == NULL) {
		(void)close(fd);
		return err_set(err, tls ? ERR_CONFIG : ERR_IO, "HTTP does not start%s",
			       tls ? "; are web.certificate and web.key a PEM pair?" : "");
	}
	info = MHD_get_daemon_info(d->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	d->epoll = info == NULL ? -1 : info->epoll_fd;
	return d->epoll >= 0 ? ERR_OK : err_set(err, ERR_IO, "HTTP does not start: no epoll");
}

static enum err_code door_open(struct server *server, const struct config_listen *l, int is_proxy,
			       struct err *err)
{
	struct door *d = &server->doors[server->n_doors];
	int fd = -1;
	enum err_code code;

	*d = (struct door){ .server = server,
			    .epoll = -1,
			    .is_unix = l->path != NULL,
			    .is_proxy = is_proxy,
			    .path = l->path };
	code = server_listen_open(l, &fd, err);
	if (code == ERR_OK)
		code = door_daemon(d, fd, err);
	server->n_doors += code == ERR_OK || d->daemon != NULL;
	return code;
}

enum err_code server_doors_open(struct server *server, struct err *err)
{
	const struct aggregator_web *settings = server->web->reading.config->web;
	struct config_listen l;
	size_t len;
	enum err_code code = ERR_OK;

	if (settings->certificate != NULL)
		code = config_read_file(settings->certificate, PEM_BYTES, &server->certificate,
					&len, err);
	if (code == ERR_OK && settings->key != NULL)
		code = config_read_file(settings->key, PEM_BYTES, &server->key, &len, err);
	if (code == ERR_OK)
		code = config_listen_parse(settings->listen, &l, err);
	if (code == ERR_OK)
		code = door_open(server, &l, 0, err);
	if (code == ERR_OK && settings->proxy_socket != NULL) {
		l = (struct config_listen){ .path = settings->proxy_socket };
		code = door_open(server, &l, 1, err);
	}
	return code;
}

void server_doors_close(struct server *server)
{
	for (int i = 0; i < server->n_doors; i++) {
		MHD_stop_daemon(server->doors[i].daemon);
		if (server->doors[i].path != NULL)
			(void)unlink(server->doors[i].path);
	}
	server->n_doors = 0;
}
