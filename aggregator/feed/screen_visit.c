#include "aggregator/feed/screen_set.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/limits.h"

/* What is to be screened: an upload ZIP, a folder of pairs, or one data file with its metadata
 * beside it. In: a path. Out: what was found about the whole, then pair after pair. */

/* ---- reading */

static enum err_code set_load(const char *path, char **bytes, size_t *len, long long limit,
			      struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t at = 0;

	*bytes = NULL;
	if (fd < 0)
		return err_set(err, errno == ENOENT ? ERR_MISSING : ERR_IO, "open %s: %s", path,
			       strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return err_set(err, ERR_IO, "%s is no file", path);
	}
	if (st.st_size > limit) {
		(void)close(fd);
		return err_set(err, ERR_TOO_BIG, "%s is larger than %lld MiB", path, limit >> 20);
	}
	*bytes = calloc((size_t)st.st_size + 1, 1);
	while (*bytes != NULL && at < (size_t)st.st_size) {
		ssize_t got = read(fd, *bytes + at, (size_t)st.st_size - at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		at += (size_t)got;
	}
	(void)close(fd);
	if (*bytes == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	*len = at;
	return ERR_OK;
}

/* A file of a folder; one that is missing or unreadable is the pair's fault, with the reason. */
static enum err_code set_file(const char *folder, const char *name, struct screen_file *file,
			      char **bytes, struct err *err)
{
	static const char missing[] = "it is missing beside the data file";
	char path[4096];
	enum err_code code;

	*file = (struct screen_file){ .name = name };
	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	code = set_load(path, bytes, &file->len, LIMIT_SCREEN_FILE_BYTES, err);
	if (code == ERR_OK)
		file->bytes = *bytes;
	else
		file->why = code == ERR_MISSING ? missing : err->text;
	return code == ERR_NOMEM ? code : ERR_OK;
}

static enum err_code set_visit_files(const struct screen_visitor *v, const struct screen_file *data,
				     const struct screen_file *meta, struct err *err)
{
	struct screen_pair pair;
	enum err_code code = screen_pair_read(&pair, data, meta, err);

	if (code != ERR_OK)
		return code;
	code = v->on_pair(v->context, &pair, err);
	screen_pair_clear(&pair);
	return code;
}

/* A data file on disk and the metadata named after it. */
static enum err_code set_visit_disk(const char *folder, const char *name,
				    const struct screen_visitor *v, struct err *err)
{
	struct err why[2] = { { .code = ERR_OK }, { .code = ERR_OK } };
	struct screen_file data, meta;
	char *data_bytes = NULL, *meta_bytes = NULL;
	char meta_name[SCREEN_NAME_BYTES];
	const char *dot = strrchr(name, '.');
	enum err_code code;

	(void)snprintf(meta_name, sizeof meta_name, "%.*s.meta.csv",
		       dot == NULL ? (int)strlen(name) : (int)(dot - name), name);
	code = set_file(folder, name, &data, &data_bytes, &why[0]);
	if (code == ERR_OK)
		code = set_file(folder, meta_name, &meta, &meta_bytes, &why[1]);
	if (code == ERR_OK)
		code = set_visit_files(v, &data, &meta, err);
	else
		(void)err_set(err, code, "out of memory");
	free(data_bytes);
	free(meta_bytes);
	return code;
}

static enum err_code set_visit_entry(struct screen_set *set, const struct screen_entry *e,
				     const struct screen_visitor *v, struct err *err)
{
	struct screen_file data = { .name = e->name, .bytes = e->bytes, .len = e->len };
	char meta_name[SCREEN_NAME_BYTES];
	struct screen_file meta = { .name = meta_name, .why = "it is missing in the ZIP" };
	const struct screen_entry *m =
		screen_set_find(set, e->name, strlen(e->name) - 4, ".meta.csv");

	if (set->folder != NULL)
		return set_visit_disk(set->folder, e->name, v, err);
	(void)snprintf(meta_name, sizeof meta_name, "%.*s.meta.csv", (int)(strlen(e->name) - 4),
		       e->name);
	if (m != NULL) {
		meta.bytes = m->bytes;
		meta.len = m->len;
	}
	return set_visit_files(v, &data, &meta, err);
}

static enum err_code set_visit_all(struct screen_set *set, const struct screen_visitor *v,
				   struct err *err)
{
	enum err_code code = screen_set_check(set);

	if (code == ERR_OK)
		code = v->on_set(v->context, &set->report, err);
	for (size_t i = 0; i < set->entries.n && code == ERR_OK; i++)
		if (screen_set_is_data(set->entries.items[i].name))
			code = set_visit_entry(set, &set->entries.items[i], v, err);
	return code;
}

enum err_code screen_visit_zip(const char *bytes, size_t len, const struct screen_visitor *visitor,
			       struct err *err)
{
	struct screen_set set = { .err = err };
	struct err why = { .code = ERR_OK };
	enum err_code code = screen_zip_read(&set.entries, bytes, len, &why);

	if (code == ERR_NOMEM) {
		(void)err_set(err, code, "%s", why.text);
	} else if (code != ERR_OK) {
		screen_set_say(&set, "zip_readable", SCREEN_FAIL, SCREEN_ZIP, "%.400s", why.text);
		set.report.is_unreadable = true;
		code = set.code;
		if (code == ERR_OK)
			code = visitor->on_set(visitor->context, &set.report, err);
	} else {
		code = set_visit_all(&set, visitor, err);
	}
	screen_set_clear(&set);
	return code;
}

/* ---- folders */

static enum err_code set_list(struct screen_set *set, const char *path, struct err *err)
{
	DIR *folder = opendir(path);
	struct dirent *d;
	enum err_code code = ERR_OK;

	if (folder == NULL)
		return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
	set->entries.items = calloc(LIMIT_SCREEN_FILES, sizeof *set->entries.items);
	if (set->entries.items == NULL) {
		(void)closedir(folder);
		return err_set(err, ERR_NOMEM, "out of memory");
	}
	while (code == ERR_OK && (d = readdir(folder)) != NULL) {
		size_t len = strlen(d->d_name);
		char *name;

		if (!screen_set_ends(d->d_name, ".csv"))
			continue;
		if (set->entries.n == LIMIT_SCREEN_FILES) {
			code = err_set(err, ERR_TOO_BIG, "%s holds more than %d CSV files", path,
				       LIMIT_SCREEN_FILES);
			break;
		}
		name = calloc(len + 1, 1);
		if (name == NULL) {
			code = err_set(err, ERR_NOMEM, "out of memory");
			break;
		}
		memcpy(name, d->d_name, len);
		set->entries.items[set->entries.n++].name = name;
	}
	(void)closedir(folder);
	if (code == ERR_OK && set->entries.n == 0)
		code = err_set(err, ERR_MISSING, "%s holds no .csv file", path);
	screen_entries_sort(&set->entries);
	return code;
}

static enum err_code set_visit_folder(const char *path, const struct screen_visitor *v,
				      struct err *err)
{
	struct screen_set set = { .folder = path, .err = err };
	struct screen_entry *names;
	enum err_code code = set_list(&set, path, err);

	names = code == ERR_OK
			? screen_set_find(&set, SCREEN_SET_NAMES, strlen(SCREEN_SET_NAMES), "")
			: NULL;
	if (names != NULL) {
		char file[4096];

		(void)snprintf(file, sizeof file, "%s/" SCREEN_SET_NAMES, path);
		code = set_load(file, &names->bytes, &names->len, LIMIT_SCREEN_FILE_BYTES, err);
	}
	if (code == ERR_OK)
		code = set_visit_all(&set, v, err);
	screen_set_clear(&set);
	return code;
}

static enum err_code set_visit_file(const char *path, const struct screen_visitor *v,
				    struct err *err)
{
	const char *slash = strrchr(path, '/');
	const struct screen_report nothing = { .n = 0 };
	char folder[4096];
	enum err_code code;

	if (screen_set_is_meta(path))
		return err_set(err, ERR_MALFORMED,
			       "%s is a metadata file; name the data file, its metadata is found "
			       "beside it",
			       path);
	(void)snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path),
		       slash == NULL ? "." : path);
	code = v->on_set(v->context, &nothing, err);
	if (code != ERR_OK)
		return code;
	return set_visit_disk(slash == path ? "/" : folder, slash == NULL ? path : slash + 1, v,
			      err);
}

enum err_code screen_visit(const char *path, const struct screen_visitor *visitor, struct err *err)
{
	struct stat st;
	enum err_code code;
	char *bytes = NULL;
	size_t len = 0;

	if (stat(path, &st) != 0)
		return err_set(err, errno == ENOENT ? ERR_MISSING : ERR_IO, "%s: %s", path,
			       strerror(errno));
	if (S_ISDIR(st.st_mode))
		return set_visit_folder(path, visitor, err);
	if (!screen_set_ends(path, ".zip"))
		return set_visit_file(path, visitor, err);
	code = set_load(path, &bytes, &len, LIMIT_FILE_BYTES, err);
	if (code == ERR_OK)
		code = screen_visit_zip(bytes, len, visitor, err);
	free(bytes);
	return code;
}
