#include "proto/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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

/* systemd's credentials are root's, and their access list shows as the group's right to read. */
enum err_code file_check_secret(int fd, const char *path, struct err *err)
{
	struct stat st;
	mode_t open_to;

	if (fstat(fd, &st) != 0)
		return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_DENIED, "%s: not a regular file", path);
	open_to = st.st_mode & 0077;
	if (open_to == 0040 && st.st_uid == 0 && st.st_gid == 0)
		open_to = 0;
	if (open_to != 0)
		return err_set(err, ERR_DENIED,
			       "%s: mode %03o lets others read or change the secret; run: "
			       "chmod 600 %s",
			       path, (unsigned)(st.st_mode & 0777), path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return err_set(err, ERR_DENIED,
			       "%s: belongs to uid %u; run: chown %u %s && chmod 600 %s", path,
			       (unsigned)st.st_uid, (unsigned)geteuid(), path, path);
	return ERR_OK;
}
