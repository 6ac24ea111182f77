#include "aggregator/feed/minisign_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/file.h"

enum err_code minisign_file_read(const char *path, int secret, char text[MINISIGN_FILE_MAX],
				 struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	enum err_code code = ERR_OK;
	ssize_t n;

	if (fd < 0)
		return err_set(err, errno == ENOENT ? ERR_MISSING : ERR_IO, "open %s: %s", path,
			       strerror(errno));
	if (secret)
		code = file_check_secret(fd, path, err);
	if (code == ERR_OK) {
		n = read(fd, text, MINISIGN_FILE_MAX);
		if (n < 0)
			code = err_set(err, ERR_IO, "read %s: %s", path, strerror(errno));
		else if (n == MINISIGN_FILE_MAX || memchr(text, '\0', (size_t)n) != NULL)
			code = err_set(err, ERR_MALFORMED, "%s: no key file of minisign", path);
		else
			text[n] = '\0';
	}
	(void)close(fd);
	return code;
}

static enum err_code minisign_file_write(int fd, const char *text, mode_t mode, struct err *err)
{
	size_t len = strlen(text);
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(fd, text + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, errno == ENOSPC ? ERR_FULL : ERR_IO, "write: %s",
				       strerror(errno));
		done += (size_t)n;
	}
	if (fchmod(fd, mode) != 0 || fsync(fd) != 0)
		return err_set(err, ERR_IO, "sync: %s", strerror(errno));
	return ERR_OK;
}

enum err_code minisign_file_create(const char *path, mode_t mode, const char *text, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	enum err_code code;

	if (fd < 0 && errno == EEXIST)
		return minisign_file_absent(path, err);
	if (fd < 0)
		return err_set(err, ERR_IO, "create %s: %s", path, strerror(errno));
	code = minisign_file_write(fd, text, mode, err);
	(void)close(fd);
	if (code != ERR_OK) {
		(void)unlink(path);
		err_wrap(err, "%s", path);
		return code;
	}
	return file_sync_folder(path, err);
}

enum err_code minisign_file_absent(const char *path, struct err *err)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		return err_set(err, ERR_BUSY,
			       "%s: exists already; a key that is in use must not be replaced: "
			       "move it away first if you mean to",
			       path);
	return ERR_OK;
}
