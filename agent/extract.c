#include "agent/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/extract_files.h"
#include "agent/load.h"
#include "proto/clock.h"
#include "proto/date.h"
#include "proto/limits.h"

/* In: the files of one extract. Out: a stage, or a refusal with its reasons. Dropped: nothing; what
 * is not read is a fault in the stage. */

#define BLOCK_BYTES 65536

static const char *extract_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static enum err_code extract_fault(struct stage *s, enum fault_rule rule, const char *file,
				   const char *list, const char *value, const char *mend,
				   struct err *err)
{
	struct fault_found found = {
		.rule = rule,
		.file = file,
		.list = list,
		.column = -1,
		.value = value,
		.n_value = value == NULL ? 0 : strlen(value),
		.mend = mend,
	};

	return faults_add(&s->faults, &found, err);
}

/* ---- files */

/* Name, size and bytes of the file into the digest. */
static enum err_code extract_digest(crypto_hash_sha256_state *state, const char *path, int fd,
				    const struct stat *st, struct err *err)
{
	static const char zero = '\0';
	const char *name = extract_name(path);
	uint8_t block[BLOCK_BYTES], size[8];
	off_t at = 0;
	ssize_t n;

	for (int i = 0; i < 8; i++)
		size[i] = (uint8_t)((uint64_t)st->st_size >> (8 * i));
	(void)crypto_hash_sha256_update(state, (const uint8_t *)name, strlen(name));
	(void)crypto_hash_sha256_update(state, (const uint8_t *)&zero, 1);
	(void)crypto_hash_sha256_update(state, size, sizeof size);
	while ((n = pread(fd, block, sizeof block, at)) > 0) {
		(void)crypto_hash_sha256_update(state, block, (size_t)n);
		at += n;
	}
	return n < 0 ? err_set(err, ERR_IO, "read %s: %s", path, strerror(errno)) : ERR_OK;
}

static int extract_changed(const struct stat *before, int fd)
{
	struct stat after;

	return fstat(fd, &after) != 0 || after.st_size != before->st_size ||
	       after.st_mtim.tv_sec != before->st_mtim.tv_sec ||
	       after.st_mtim.tv_nsec != before->st_mtim.tv_nsec;
}

static enum err_code extract_open_file(struct stage *s, const struct agent_config *config,
				       crypto_hash_sha256_state *digest, const char *path, int fd,
				       struct err *err)
{
	struct stat st;
	enum err_code code;
	char mend[128];

	if (fstat(fd, &st) != 0)
		return err_set(err, ERR_IO, "stat %s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size > LIMIT_FILE_BYTES) {
		(void)snprintf(mend, sizeof mend,
			       "it is no plain file of at most %lld MiB; split the extract",
			       (long long)(LIMIT_FILE_BYTES >> 20));
		return extract_fault(s, FAULT_UNREADABLE, extract_name(path), NULL, NULL, mend,
				     err);
	}
	code = extract_digest(digest, path, fd, &st, err);
	if (code == ERR_OK)
		code = load_file(s, config, path, fd, err);
	if (code == ERR_OK && extract_changed(&st, fd))
		return err_set(err, ERR_BUSY,
			       "%s: changed while it was read; it will be read again when it has "
			       "been still",
			       path);
	return code;
}

static enum err_code extract_read_file(struct stage *s, const struct agent_config *config,
				       crypto_hash_sha256_state *digest, const char *path,
				       struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	enum err_code code;

	if (fd < 0)
		return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
	code = extract_open_file(s, config, digest, path, fd, err);
	(void)close(fd);
	return code;
}

/* ---- what refuses an extract as a whole */

static enum err_code extract_check_as_at(struct stage *s, struct err *err)
{
	char as_at[DATE_TEXT_BYTES], today[DATE_TEXT_BYTES], mend[160];

	if (s->as_at == INT32_MIN)
		return extract_fault(s, FAULT_AS_AT, NULL, NULL, NULL,
				     "no file says it: name the folder by the day of the extract, "
				     "as 2026-10-31",
				     err);
	if (s->as_at <= clock_today())
		return ERR_OK;
	(void)snprintf(mend, sizeof mend,
		       "it lies after today, %s: correct the folder's name or the clock",
		       date_format(clock_today(), today));
	return extract_fault(s, FAULT_AS_AT, NULL, NULL, date_format(s->as_at, as_at), mend, err);
}

/* A few dates after the as-at are slips of the pen and reject their rows; more than the share of
 * bad rows that the settings allow say that the as-at is wrong. */
static enum err_code extract_check_future(struct stage *s, const struct stage_list *l,
					  struct err *err)
{
	char newest[DATE_TEXT_BYTES], as_at[DATE_TEXT_BYTES], mend[200];

	(void)snprintf(mend, sizeof mend,
		       "%llu of %llu rows lie after %s, the last on %s: name the folder by the day "
		       "on which the extract was made",
		       (unsigned long long)l->n_future, (unsigned long long)l->n_read,
		       date_format(s->as_at, as_at), date_format(l->newest_future, newest));
	return extract_fault(s, FAULT_AS_AT, NULL, l->list->name, newest, mend, err);
}

static int extract_too_many(const struct stage *s, uint64_t n, uint64_t n_read)
{
	return n * 100 > (uint64_t)s->dataset->rejected_percent * n_read;
}

static enum err_code extract_check_rows(struct stage *s, struct err *err)
{
	enum err_code code = ERR_OK;
	char mend[160];

	for (int i = 0; i < s->n_lists && code == ERR_OK; i++) {
		const struct stage_list *l = &s->lists[i];

		if (extract_too_many(s, l->n_future, l->n_read)) {
			code = extract_check_future(s, l, err);
			continue;
		}
		if (!extract_too_many(s, l->n_rejected, l->n_read))
			continue;
		(void)snprintf(mend, sizeof mend,
			       "%llu of %llu rows are bad, more than %d%%: mend the rows listed "
			       "and export again",
			       (unsigned long long)l->n_rejected, (unsigned long long)l->n_read,
			       s->dataset->rejected_percent);
		code = extract_fault(s, FAULT_TOO_MANY_REJECTED, NULL, l->list->name, NULL, mend,
				     err);
	}
	return code;
}

static enum err_code extract_check_lists(struct stage *s, struct err *err)
{
	enum err_code code = ERR_OK;
	int n_present = 0;

	for (unsigned i = 0; i < s->dataset->n_lists && code == ERR_OK; i++) {
		const struct list *list = list_find(s->dataset->lists[i]);

		if (list == NULL || !stage_list_of(s, list)->present)
			code = extract_fault(s, FAULT_LIST_MISSING, NULL, s->dataset->lists[i],
					     NULL, NULL, err);
	}
	for (int i = 0; i < s->n_lists; i++)
		n_present += s->lists[i].present;
	if (code == ERR_OK && n_present == 0 && s->dataset->n_lists == 0)
		code = extract_fault(
			s, FAULT_LIST_MISSING, NULL, NULL, NULL,
			"no file holds a list that is read: name files List_1.csv … or "
			"keep the headings of the template",
			err);
	return code;
}

static int extract_is_refused(const struct stage *s)
{
	return faults_count(&s->faults, FAULT_REFUSED) > 0;
}

static enum err_code extract_finish(struct stage *s, int *refused, struct err *err)
{
	enum err_code code = extract_check_as_at(s, err);

	if (code == ERR_OK && s->as_at != INT32_MIN)
		code = stage_finish(s, err);
	if (code == ERR_OK)
		code = extract_check_rows(s, err);
	if (code == ERR_OK)
		code = extract_check_lists(s, err);
	*refused = extract_is_refused(s);
	return code;
}

/* ---- the two ways in */

enum err_code extract_load_files(const struct extract_source *from, const char *const *paths,
				 int n_paths, struct stage **out, int *refused, struct err *err)
{
	crypto_hash_sha256_state digest;
	enum err_code code;

	*refused = 0;
	code = stage_new(from->config, from->dataset, from->areas, from->as_at, out, err);
	if (code != ERR_OK)
		return code;
	(void)crypto_hash_sha256_init(&digest);
	for (int i = 0; i < n_paths && code == ERR_OK; i++)
		code = extract_read_file(*out, from->config, &digest, paths[i], err);
	(void)crypto_hash_sha256_final(&digest, (*out)->extract_digest);
	if (code == ERR_OK)
		code = extract_finish(*out, refused, err);
	if (code != ERR_OK)
		stage_free(out);
	return code;
}

/* A stage that says only that there are too many files. */
static enum err_code extract_refuse_folder(const struct extract_source *from, const char *path,
					   struct stage **out, int *refused, struct err *err)
{
	enum err_code code;
	char mend[128];

	(void)snprintf(mend, sizeof mend,
		       "more than %d files: leave only those of the extract in the folder",
		       LIMIT_EXTRACT_FILES);
	code = stage_new(from->config, from->dataset, from->areas, from->as_at, out, err);
	if (code == ERR_OK)
		code = extract_fault(*out, FAULT_UNREADABLE, extract_name(path), NULL, NULL, mend,
				     err);
	*refused = 1;
	if (code != ERR_OK)
		stage_free(out);
	return code;
}

enum err_code extract_load(const struct agent_config *config, const struct agent_dataset *dataset,
			   const struct area_tree *areas, const struct extract *e,
			   struct stage **out, int *refused, struct err *err)
{
	struct extract_source from = { config, dataset, areas, e->as_at };
	const char *paths[LIMIT_EXTRACT_FILES];
	struct extract_files files;
	enum err_code code = extract_files_list(e->path, &files, err);

	*out = NULL;
	*refused = 0;
	for (int i = 0; i < files.n; i++)
		paths[i] = files.items[i].path;
	if (code == ERR_OK)
		code = extract_load_files(&from, paths, files.n, out, refused, err);
	else if (code == ERR_TOO_BIG)
		code = extract_refuse_folder(&from, e->path, out, refused, err);
	extract_files_clear(&files);
	return code;
}
