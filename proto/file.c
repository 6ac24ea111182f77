#include "proto/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum err_code file_sync_folder(const char *path, struct err *err)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int len = slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path);
	enum err_code code = ERR_OK;
	int fd;

	if (len >= (int)sizeof folder)
		return err_set(err, ERR_IO, "%s: the path is too long", path);
	(void)snprintf(folder, sizeof folder, "%.*s", len, slash == NULL ? "." : path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		code = err_set(err, ERR_IO, "sync folder %s: %s", folder, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return code;
}
