/* In: a bundle's folder or ZIP, from whoever gave it to us. Out: its files in memory. */

#include "aggregator/feed/bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aggregator/feed/bundle_files.h"
#include "proto/limits.h"

#define FOLDERS_DEEP_MAX 4
#define CHUNK_BYTES 65536

struct bundle_reader {
	struct zip_entries *out;
	int64_t total;
	struct err *err;
};

static enum err_code bundle_read_fd(struct bundle_reader *r, int fd, const char *path,
				    struct text *out)
{
	char chunk[CHUNK_BYTES];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof chunk);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(r->err, ERR_IO, "read %s: %s", path, strerror(errno));
		if (n == 0)
			return text_end(out, r->err);
		r->total += n;
		if (r->total > LIMIT_FEED_BYTES)
			return err_set(r->err, ERR_TOO_BIG, "%s: more than %lld bytes in all", path,
				       (long long)LIMIT_FEED_BYTES);
		text_add(out, chunk, (size_t)n);
	}
}

/* A regular file only: nothing that a name inside a bundle could lead elsewhere with. */
static enum err_code bundle_read_file(struct bundle_reader *r, int folder, const char *name,
				      const char *path)
{
	struct text bytes = { .len = 0 };
	struct stat st;
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	enum err_code code;

	if (fd < 0 && errno == ELOOP)
		return err_set(r->err, ERR_MALFORMED, "%s: a link: a bundle has plain files only",
			       path);
	if (fd < 0)
		return err_set(r->err, ERR_IO, "open %s: %s", path, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		code = err_set(r->err, ERR_MALFORMED, "%s: not a plain file", path);
	else
		code = bundle_read_fd(r, fd, path, &bytes);
	(void)close(fd);
	if (code == ERR_OK)
		code = bundle_files_take(r->out, path, &bytes, r->err);
	text_clear(&bytes);
	return code;
}

static enum err_code bundle_read_folder(struct bundle_reader *r, int fd, const char *prefix,
					int deep);

static enum err_code bundle_read_name(struct bundle_reader *r, int folder, const char *prefix,
				      const char *name, int deep)
{
	char path[MANIFEST_PATH_BYTES];
	int fd;

	if (snprintf(path, sizeof path, "%s%s", prefix, name) >= (int)sizeof path - 1)
		return err_set(r->err, ERR_MALFORMED, "%s%s: a name too long for a bundle", prefix,
			       name);
	fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return bundle_read_file(r, folder, name, path);
	if (deep == FOLDERS_DEEP_MAX) {
		(void)close(fd);
		return err_set(r->err, ERR_MALFORMED, "%s: folders too deep for a bundle", path);
	}
	(void)snprintf(path + strlen(path), 2, "/");
	return bundle_read_folder(r, fd, path, deep + 1);
}

/* Takes fd. */
static enum err_code bundle_read_folder(struct bundle_reader *r, int fd, const char *prefix,
					int deep)
{
	DIR *dir = fdopendir(fd);
	enum err_code code = ERR_OK;
	const struct dirent *e;

	if (dir == NULL) {
		code = err_set(r->err, ERR_IO, "read folder %s: %s", prefix, strerror(errno));
		(void)close(fd);
		return code;
	}
	while (code == ERR_OK && (e = readdir(dir)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			code = bundle_read_name(r, fd, prefix, e->d_name, deep);
	(void)closedir(dir);
	return code;
}

/* Leaves off the outer folder that every file of a bundle's ZIP is in. */
static void bundle_strip(struct zip_entries *files)
{
	const char *slash = files->n == 0 ? NULL : strchr(files->entries[0].name, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - files->entries[0].name) + 1;

	if (len == 0 || bundle_files_find(files, "manifest.json") != NULL)
		return;
	for (int i = 1; i < files->n; i++)
		if (strncmp(files->entries[i].name, files->entries[0].name, len) != 0)
			return;
	for (int i = 0; i < files->n; i++) {
		char *name = files->entries[i].name;

		memmove(name, name + len, strlen(name + len) + 1);
	}
}

static enum err_code bundle_open_zip(struct bundle_reader *r, int fd, const char *path)
{
	struct text bytes = { .len = 0 };
	enum err_code code = bundle_read_fd(r, fd, path, &bytes);

	if (code == ERR_OK) {
		code = zip_read(bytes.bytes, bytes.len, r->out, r->err);
		if (code != ERR_OK)
			err_wrap(r->err, "%s", path);
	}
	if (code == ERR_OK)
		bundle_strip(r->out);
	text_clear(&bytes);
	return code;
}

enum err_code bundle_open(const char *path, struct zip_entries *out, struct err *err)
{
	struct bundle_reader r = { .out = out, .err = err };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	enum err_code code;

	*out = (struct zip_entries){ .n = 0 };
	if (fd < 0)
		return err_set(err, errno == ENOENT ? ERR_MISSING : ERR_IO, "open %s: %s", path,
			       strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		code = bundle_read_folder(&r, fd, "", 0);
	} else {
		code = bundle_open_zip(&r, fd, path);
		(void)close(fd);
	}
	if (code == ERR_OK)
		bundle_files_sort(out);
	return code;
}
