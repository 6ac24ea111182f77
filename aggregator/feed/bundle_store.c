/* In: the files of a bundle. Out: its folder and its ZIP on disk, each whole or not there. */

#include "aggregator/feed/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aggregator/feed/bundle_files.h"
#include "proto/file.h"

/* What the system says in words; a full disk, quota or file size limit is ERR_FULL. */
static enum err_code bundle_io(const char *what, const char *path, struct err *err)
{
	int full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;

	return err_set(err, full ? ERR_FULL : ERR_IO, "%s %s: %s%s", what, path, strerror(errno),
		       full ? ": make room and try again" : "");
}

static enum err_code bundle_write_file(const char *path, const char *bytes, size_t len,
				       struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	enum err_code code = ERR_OK;
	size_t done = 0;

	if (fd < 0)
		return bundle_io("create", path, err);
	while (code == ERR_OK && done < len) {
		ssize_t n = write(fd, bytes + done, len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			code = bundle_io("write", path, err);
	}
	if (code == ERR_OK && fsync(fd) != 0)
		code = bundle_io("sync", path, err);
	(void)close(fd);
	return code;
}

/* The folders on the way to a file of the bundle. */
static enum err_code bundle_make_parents(char *path, size_t from, struct err *err)
{
	enum err_code code = ERR_OK;

	for (char *at = path + from; code == ERR_OK && (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			code = bundle_io("make folder", path, err);
		*at = '/';
	}
	return code;
}

static enum err_code bundle_write_entry(const char *folder, const struct zip_entry *e,
					struct err *err)
{
	char path[PATH_MAX];
	enum err_code code;

	if (snprintf(path, sizeof path, "%s/%s", folder, e->name) >= (int)sizeof path)
		return err_set(err, ERR_IO, "%s/%s: the path is too long", folder, e->name);
	code = bundle_make_parents(path, strlen(folder) + 1, err);
	if (code == ERR_OK)
		code = bundle_write_file(path, e->bytes, e->len, err);
	if (code == ERR_OK)
		code = file_sync_folder(path, err);
	return code;
}

static int bundle_remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void bundle_remove(const char *path)
{
	(void)nftw(path, bundle_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static enum err_code bundle_store_folder(const struct zip_entries *files, const char *folder,
					 struct err *err)
{
	const struct zip_entry *last = bundle_files_find(files, "manifest.json.minisig");
	enum err_code code = ERR_OK;

	if (mkdir(folder, 0755) != 0)
		return bundle_io("make folder", folder, err);
	for (int i = 0; code == ERR_OK && i < files->n; i++)
		if (&files->entries[i] != last)
			code = bundle_write_entry(folder, &files->entries[i], err);
	if (code == ERR_OK && last != NULL)
		code = bundle_write_entry(folder, last, err);
	return code == ERR_OK ? file_sync_folder(folder, err) : code;
}

struct bundle_paths {
	char folder[PATH_MAX], zip[PATH_MAX];
	char new_folder[PATH_MAX], new_zip[PATH_MAX];
};

static enum err_code bundle_paths_make(struct bundle_paths *p, const char *folder, const char *name,
				       struct err *err)
{
	struct stat st;

	if (snprintf(p->new_folder, PATH_MAX, "%s/.%s.new", folder, name) >= PATH_MAX - 8)
		return err_set(err, ERR_IO, "%s: the path is too long", folder);
	(void)snprintf(p->new_zip, PATH_MAX, "%s/.%s.zip.new", folder, name);
	(void)snprintf(p->folder, PATH_MAX, "%s/%s", folder, name);
	(void)snprintf(p->zip, PATH_MAX, "%s/%s.zip", folder, name);
	if (lstat(p->folder, &st) == 0)
		return err_set(err, ERR_BUSY,
			       "%s: is there already; a release is never replaced: give a changed "
			       "one the next revision number",
			       p->folder);
	return ERR_OK;
}

static enum err_code bundle_store_both(const struct zip_entries *files, const struct text *zip,
				       const struct bundle_paths *p, struct err *err)
{
	enum err_code code = bundle_store_folder(files, p->new_folder, err);

	if (code == ERR_OK)
		code = bundle_write_file(p->new_zip, zip->bytes, zip->len, err);
	if (code == ERR_OK && rename(p->new_zip, p->zip) != 0)
		code = bundle_io("rename to", p->zip, err);
	if (code != ERR_OK)
		return code;
	if (renameat2(AT_FDCWD, p->new_folder, AT_FDCWD, p->folder, RENAME_NOREPLACE) != 0) {
		code = bundle_io("rename to", p->folder, err);
		(void)unlink(p->zip);
		return code;
	}
	return file_sync_folder(p->folder, err);
}

enum err_code bundle_store(const struct zip_entries *files, const char *folder, const char *name,
			   struct err *err)
{
	struct bundle_paths p;
	struct text zip = { .len = 0 };
	char into[EDITION_NAME_BYTES + 2];
	enum err_code code = bundle_paths_make(&p, folder, name, err);

	(void)snprintf(into, sizeof into, "%.110s/", name);
	if (code == ERR_OK)
		code = bundle_files_zip(files, "", into, &zip, err);
	if (code == ERR_OK) {
		bundle_remove(p.new_folder); /* what an interrupted run has left */
		bundle_remove(p.new_zip);
		code = bundle_store_both(files, &zip, &p, err);
		if (code != ERR_OK) {
			bundle_remove(p.new_folder);
			bundle_remove(p.new_zip);
		}
	}
	text_clear(&zip);
	return code;
}
