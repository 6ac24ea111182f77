#include "agent/extract_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "proto/date.h"
#include "proto/limits.h"

static const char *extract_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

int extract_files_is_read(const char *name)
{
	static const char *const ends[] = {
		".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xml", ".xls"
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; i < sizeof ends / sizeof ends[0] && dot != NULL; i++)
		if (strcasecmp(dot, ends[i]) == 0)
			return 1;
	return 0;
}

static enum err_code extract_files_add(struct extract_files *files, const char *path,
				       const struct stat *st, struct err *err)
{
	int64_t content = st->st_mtim.tv_sec * INT64_C(1000000000) + st->st_mtim.tv_nsec;
	int64_t attributes = st->st_ctim.tv_sec * INT64_C(1000000000) + st->st_ctim.tv_nsec;
	struct extract_file *larger;

	if (files->n >= LIMIT_EXTRACT_FILES)
		return err_set(err, ERR_TOO_BIG, "%s: more than %d files in one extract", path,
			       LIMIT_EXTRACT_FILES);
	larger = realloc(files->items, ((size_t)files->n + 1) * sizeof *larger);
	if (larger == NULL)
		return err_set(err, ERR_NOMEM, "list files: out of memory");
	files->items = larger;
	larger[files->n].path = strdup(path);
	if (larger[files->n].path == NULL)
		return err_set(err, ERR_NOMEM, "list files: out of memory");
	larger[files->n].size_bytes = st->st_size;
	larger[files->n].changed_ns = content > attributes ? content : attributes;
	files->n++;
	return ERR_OK;
}

static int extract_files_compare(const void *a, const void *b)
{
	const struct extract_file *left = a, *right = b;
	int order = strcmp(extract_base(left->path), extract_base(right->path));

	return order != 0 ? order : strcmp(left->path, right->path);
}

static enum err_code extract_files_entry(struct extract_files *files, const char *folder,
					 const char *name, struct err *err)
{
	char path[1280];
	struct stat st;
	int n = snprintf(path, sizeof path, "%s/%s", folder, name);

	if (name[0] == '.' || strncmp(name, "~$", 2) == 0)
		return ERR_OK;
	if (n < 0 || (size_t)n >= sizeof path)
		return err_set(err, ERR_TOO_BIG, "%s/%s: the path is too long", folder, name);
	if (stat(path, &st) != 0)
		return errno == ENOENT ? ERR_OK : /* gone since */
			       err_set(err, ERR_IO, "stat %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return ERR_OK;
	if (!extract_files_is_read(name)) {
		files->n_passed++;
		return ERR_OK;
	}
	return extract_files_add(files, path, &st, err);
}

enum err_code extract_files_list(const char *path, struct extract_files *out, struct err *err)
{
	enum err_code code = ERR_OK;
	struct dirent *entry;
	struct stat st;
	DIR *folder;

	memset(out, 0, sizeof *out);
	if (stat(path, &st) != 0)
		return err_set(err, ERR_IO, "stat %s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return extract_files_add(out, path, &st, err);
	folder = opendir(path);
	if (folder == NULL)
		return err_set(err, ERR_IO, "open folder %s: %s", path, strerror(errno));
	while (code == ERR_OK && (errno = 0, entry = readdir(folder)) != NULL)
		code = extract_files_entry(out, path, entry->d_name, err);
	if (code == ERR_OK && errno != 0)
		code = err_set(err, ERR_IO, "read folder %s: %s", path, strerror(errno));
	(void)closedir(folder);
	if (out->n > 1)
		qsort(out->items, (size_t)out->n, sizeof *out->items, extract_files_compare);
	return code;
}

void extract_files_clear(struct extract_files *files)
{
	for (int i = 0; i < files->n; i++)
		free(files->items[i].path);
	free(files->items);
	memset(files, 0, sizeof *files);
}

static uint64_t extract_hash(uint64_t hash, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * 0x100000001b3ULL;
	return hash;
}

uint64_t extract_files_identity(const struct extract_files *files)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (int i = 0; i < files->n; i++) {
		const struct extract_file *file = &files->items[i];
		const char *name = extract_base(file->path);

		hash = extract_hash(hash, name, strlen(name) + 1);
		hash = extract_hash(hash, &file->size_bytes, sizeof file->size_bytes);
		hash = extract_hash(hash, &file->changed_ns, sizeof file->changed_ns);
	}
	return hash;
}

/* Reads n digits; −1 when any is none. */
static int extract_digits(const char *text, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = 10 * value + (text[i] - '0');
	}
	return value;
}

int extract_files_as_at(const char *path, int32_t *as_at)
{
	size_t len = strlen(path);
	char name[16];
	int year = -1, month = -1, day = -1;
	size_t start;

	while (len > 0 && path[len - 1] == '/')
		len--;
	for (start = len; start > 0 && path[start - 1] != '/';)
		start--;
	len -= start;
	if (len != 8 && len != 10)
		return 0;
	memcpy(name, path + start, len);
	name[len] = '\0';
	if (len == 8) {
		year = extract_digits(name, 4);
		month = extract_digits(name + 4, 2);
		day = extract_digits(name + 6, 2);
	} else if (name[4] == '-' && name[7] == '-') {
		year = extract_digits(name, 4);
		month = extract_digits(name + 5, 2);
		day = extract_digits(name + 8, 2);
	} else if (name[2] == '-' && name[5] == '-') {
		year = extract_digits(name + 6, 4);
		month = extract_digits(name + 3, 2);
		day = extract_digits(name, 2);
	}
	if (year < 0 || month < 0 || day < 0 || !date_valid_ymd(year, month, day))
		return 0;
	*as_at = date_from_ymd(year, month, day);
	return 1;
}
