#include "agent/extract.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "agent/extract_files.h"
#include "proto/clock.h"
#include "proto/limits.h"

/* What lies in a dataset's folder, and whether it has stopped changing. */

#define LOOKS_KEPT 64
#define CLOCKS_APART_S 300 /* a file server's clock may be off by as much (Kerberos's bound) */

/* The last look at each path. One process looks at few extracts at a time: beyond LOOKS_KEPT the
 * oldest look is forgotten, and that extract only waits longer. */
static struct look {
	char path[1024];
	uint64_t identity;
	int64_t since_ms;
} looks[LOOKS_KEPT];
static int n_looks;

static int extract_compare(const void *a, const void *b)
{
	const struct extract *left = a, *right = b;

	if (left->as_at != right->as_at)
		return left->as_at < right->as_at ? -1 : 1;
	return strcmp(left->path, right->path);
}

static enum err_code extract_add(struct extract **items, int *n, const struct extract *e,
				 struct err *err)
{
	struct extract *larger;

	/* grows when n is a power of two */
	if ((*n & (*n - 1)) == 0) {
		size_t capacity = *n == 0 ? 1 : 2 * (size_t)*n;

		larger = realloc(*items, capacity * sizeof *larger);
		if (larger == NULL)
			return err_set(err, ERR_NOMEM, "list extracts: out of memory");
		*items = larger;
	}
	(*items)[(*n)++] = *e;
	return ERR_OK;
}

/* Whether the name in the dataset's folder is an extract; fills e. */
static enum err_code extract_look(const char *folder, const char *name, struct extract *e, int *is,
				  struct err *err)
{
	const char *dot = strrchr(name, '.');
	struct extract_files files = { 0 };
	enum err_code code;
	struct stat st;
	int n = snprintf(e->path, sizeof e->path, "%s/%s", folder, name);

	*is = 0;
	if (n < 0 || (size_t)n >= sizeof e->path || stat(e->path, &st) != 0)
		return ERR_OK;
	e->as_at = INT32_MIN;
	if (S_ISDIR(st.st_mode) ? !extract_files_as_at(e->path, &e->as_at)
				: dot == NULL || strcasecmp(dot, ".xml") != 0)
		return ERR_OK;
	code = extract_files_list(e->path, &files, err);
	if (code == ERR_TOO_BIG) /* extract_load says so */
		code = ERR_OK;
	e->identity = extract_files_identity(&files);
	extract_files_clear(&files);
	*is = code == ERR_OK;
	return code;
}

enum err_code extract_scan(const struct agent_dataset *dataset, struct extract **out, int *n,
			   int *n_skipped, struct err *err)
{
	DIR *folder = opendir(dataset->folder);
	enum err_code code = ERR_OK;
	struct dirent *entry;

	*out = NULL;
	*n = 0;
	*n_skipped = 0;
	if (folder == NULL)
		return err_set(err, ERR_IO, "open folder %s of dataset %s: %s", dataset->folder,
			       dataset->name, strerror(errno));
	while (code == ERR_OK && (entry = readdir(folder)) != NULL) {
		struct extract e = { .as_at = INT32_MIN };
		int is;

		if (entry->d_name[0] == '.')
			continue;
		code = extract_look(dataset->folder, entry->d_name, &e, &is, err);
		if (code == ERR_OK && is)
			code = extract_add(out, n, &e, err);
		else if (code == ERR_OK)
			(*n_skipped)++;
	}
	(void)closedir(folder);
	if (code != ERR_OK) {
		free(*out);
		*out = NULL;
		*n = 0;
		return code;
	}
	if (*n > 1)
		qsort(*out, (size_t)*n, sizeof **out, extract_compare);
	return ERR_OK;
}

/* Milliseconds for which the path has looked as it does now. */
static int64_t extract_unchanged_ms(const char *path, uint64_t identity)
{
	int64_t now_ms = clock_mono_ms();
	struct look *look = NULL;

	for (int i = 0; i < n_looks && i < LOOKS_KEPT && look == NULL; i++)
		if (strcmp(looks[i].path, path) == 0)
			look = &looks[i];
	if (look == NULL) {
		look = &looks[n_looks++ % LOOKS_KEPT];
		look->path[0] = '\0';
	}
	if (look->path[0] == '\0' || look->identity != identity) {
		(void)snprintf(look->path, sizeof look->path, "%s", path);
		look->identity = identity;
		look->since_ms = now_ms;
	}
	return now_ms - look->since_ms;
}

int extract_is_still(const struct extract *e, int settle_s)
{
	struct extract_files files = { 0 };
	int64_t newest_ns = INT64_MIN, unchanged_ms, now_ns = clock_wall_us() * 1000;
	uint64_t identity;
	int same = extract_files_list(e->path, &files, NULL) == ERR_OK;

	for (int i = 0; i < files.n; i++)
		if (files.items[i].changed_ns > newest_ns)
			newest_ns = files.items[i].changed_ns;
	identity = extract_files_identity(&files);
	extract_files_clear(&files);
	unchanged_ms = extract_unchanged_ms(e->path, identity);
	if (!same || identity != e->identity)
		return 0;
	if (settle_s == 0 || unchanged_ms >= INT64_C(1000) * settle_s)
		return 1;
	/* at the first look: so old that no difference between clocks can hide a change */
	return newest_ns != INT64_MIN &&
	       now_ns - newest_ns >= (settle_s + CLOCKS_APART_S) * INT64_C(1000000000);
}
