/* server_listen: the sockets. A Unix socket that a dead process left is replaced, one that a living
 * process answers on is not. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "aggregator/web/server_listen.h"

#define BACKLOG 128
#define SOCKET_MODE 0660 /* the owner and its group: the web server in front */

static enum err_code tcp_open(const struct config_listen *l, int *fd, struct err *err)
{
	const int on = 1;
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)l->port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)l->port) };
	const struct sockaddr *address = l->is_v6 ? (const void *)&v6 : (const void *)&v4;
	socklen_t len = l->is_v6 ? sizeof v6 : sizeof v4;

	(void)inet_pton(l->is_v6 ? AF_INET6 : AF_INET, l->host,
			l->is_v6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr);
	*fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd >= 0 && setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
	    bind(*fd, address, len) == 0 && listen(*fd, BACKLOG) == 0)
		return ERR_OK;
	return err_set(err, ERR_IO, "listen on %s port %d: %s", l->host, l->port, strerror(errno));
}

/* Removes what is there when it is a socket that nobody answers on. */
static enum err_code unix_clear(const struct sockaddr_un *address, struct err *err)
{
	struct stat st;
	int probe;
	int answered;

	if (lstat(address->sun_path, &st) != 0)
		return ERR_OK;
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, ERR_CONFIG, "%s: there is a file that is no socket; remove it",
			       address->sun_path);
	probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	answered = probe >= 0 &&
		   connect(probe, (const struct sockaddr *)address, sizeof *address) == 0;
	if (probe >= 0)
		(void)close(probe);
	if (answered)
		return err_set(err, ERR_IO, "%s: another process listens there", address->sun_path);
	(void)unlink(address->sun_path);
	return ERR_OK;
}

static enum err_code unix_open(const char *path, int *fd, struct err *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t before;
	int said;

	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (unix_clear(&address, err) != ERR_OK)
		return ERR_IO;
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return err_set(err, ERR_IO, "socket: %s", strerror(errno));
	before = umask(0777 & ~SOCKET_MODE);
	said = bind(*fd, (const struct sockaddr *)&address, sizeof address);
	(void)umask(before);
	if (said == 0 && listen(*fd, BACKLOG) == 0)
		return ERR_OK;
	return err_set(err, ERR_IO, "listen on %s: %s", path, strerror(errno));
}

enum err_code server_listen_open(const struct config_listen *l, int *fd, struct err *err)
{
	enum err_code code;

	*fd = -1;
	code = l->path == NULL ? tcp_open(l, fd, err) : unix_open(l->path, fd, err);
	if (code != ERR_OK && *fd >= 0) {
		(void)close(*fd);
		*fd = -1;
	}
	return code;
}
