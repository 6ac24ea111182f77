#include "aggregator/feed/bundle_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

/* Room for one more of that name, without bytes yet; NULL when there is no memory. */
static struct zip_entry *bundle_files_more(struct zip_entries *files, const char *path)
{
	struct zip_entry *entries =
		realloc(files->entries, ((size_t)files->n + 1) * sizeof *entries);
	char *name = strdup(path);

	if (entries != NULL)
		files->entries = entries;
	if (entries == NULL || name == NULL) {
		free(name);
		return NULL;
	}
	entries[files->n] = (struct zip_entry){ .name = name };
	return &entries[files->n++];
}

enum err_code bundle_files_take(struct zip_entries *files, const char *path, struct text *text,
				struct err *err)
{
	enum err_code code = text_end(text, err);
	struct zip_entry *e;

	if (code == ERR_OK && files->n >= LIMIT_FEED_FILES)
		code = err_set(err, ERR_TOO_BIG, "%s: more than %d files", path, LIMIT_FEED_FILES);
	if (code == ERR_OK && bundle_files_find(files, path) != NULL)
		code = err_set(err, ERR_CONFIG, "%s: two files of the bundle have this name", path);
	e = code == ERR_OK ? bundle_files_more(files, path) : NULL;
	if (e == NULL) {
		text_clear(text);
		return code != ERR_OK ? code : err_set(err, ERR_NOMEM, "%s: out of memory", path);
	}
	e->bytes = text->bytes;
	e->len = text->len;
	*text = (struct text){ .len = 0 };
	return ERR_OK;
}

const struct zip_entry *bundle_files_find(const struct zip_entries *files, const char *path)
{
	for (int i = 0; i < files->n; i++)
		if (strcmp(files->entries[i].name, path) == 0)
			return &files->entries[i];
	return NULL;
}

static int bundle_by_name(const void *a, const void *b)
{
	const struct zip_entry *left = a;
	const struct zip_entry *right = b;

	return strcmp(left->name, right->name);
}

void bundle_files_sort(struct zip_entries *files)
{
	if (files->n > 1)
		qsort(files->entries, (size_t)files->n, sizeof *files->entries, bundle_by_name);
}

enum err_code bundle_files_zip(const struct zip_entries *files, const char *prefix,
			       const char *into, struct text *out, struct err *err)
{
	struct zip_file *list = calloc((size_t)files->n + 1, sizeof *list);
	char(*names)[512] = calloc((size_t)files->n + 1, sizeof *names);
	enum err_code code;
	int n = 0;

	if (list == NULL || names == NULL) {
		free(list);
		free(names);
		return err_set(err, ERR_NOMEM, "ZIP: out of memory");
	}
	for (int i = 0; i < files->n; i++) {
		const struct zip_entry *e = &files->entries[i];

		if (strncmp(e->name, prefix, strlen(prefix)) != 0)
			continue;
		(void)snprintf(names[n], sizeof names[n], "%s%s", into, e->name + strlen(prefix));
		list[n] = (struct zip_file){ .name = names[n], .bytes = e->bytes, .len = e->len };
		n++;
	}
	code = zip_write(list, n, out, err);
	free(list);
	free(names);
	return code;
}
