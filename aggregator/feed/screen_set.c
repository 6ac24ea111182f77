#include "aggregator/feed/screen_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aggregator/feed/screen_zip.h"
#include "proto/limits.h"

/* What is to be screened: an upload ZIP, a folder of pairs, or one data file with its metadata
 * beside it. In: a path. Out: what was found about the whole, then pair after pair. */

#define SET_NAMES "dataset_names.csv"

struct set {
	const char *folder; /* NULL: a ZIP, its entries are in memory */
	struct screen_entries entries;
	struct screen_table names; /* dataset_names.csv */
	bool has_names;
	struct screen_report report;
	enum err_code code;
	struct err *err;
};

/* ---- names */

static bool set_ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

static bool set_is_meta(const char *name)
{
	return set_ends(name, ".meta.csv");
}

static bool set_is_data(const char *name)
{
	return set_ends(name, ".csv") && !set_is_meta(name) && strcmp(name, SET_NAMES) != 0;
}

static struct screen_entry *set_find(struct set *set, const char *stem, size_t len, const char *end)
{
	for (size_t i = 0; i < set->entries.n; i++) {
		const char *name = set->entries.items[i].name;

		if (strlen(name) == len + strlen(end) && strncmp(name, stem, len) == 0 &&
		    strcmp(name + len, end) == 0)
			return &set->entries.items[i];
	}
	return NULL;
}

static struct screen_entry *set_find_whole(struct set *set, const char *name)
{
	return set_find(set, name, strlen(name), "");
}

/* ---- what is said about the whole */

static void set_say(struct set *set, const char *check, enum screen_result result,
		    enum screen_where where, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

static void set_say(struct set *set, const char *check, enum screen_result result,
		    enum screen_where where, const char *format, ...)
{
	struct screen_finding f = { .stage = "ZIP structure",
				    .check = check,
				    .result = result,
				    .is_ours = strncmp(check, "drs_", 4) == 0,
				    .where = where };
	va_list args;

	va_start(args, format);
	(void)vsnprintf(f.text, sizeof f.text, format, args);
	va_end(args);
	if (set->code == ERR_OK)
		set->code = screen_report_add(&set->report, &f, set->err);
}

/* A PASS when the check has found nothing. */
static void set_pass(struct set *set, const char *check, size_t n_before)
{
	if (set->report.n == n_before)
		set_say(set, check, SCREEN_PASS, SCREEN_ZIP, "%s", "");
}

static void set_check_flat(struct set *set)
{
	size_t before = set->report.n;

	for (size_t i = 0; i < set->entries.n; i++) {
		const char *name = set->entries.items[i].name;

		if (strchr(name, '/') != NULL || strchr(name, '\\') != NULL) {
			set_say(set, "zip_flat_structure", SCREEN_FAIL, SCREEN_ZIP,
				"%s lies in a folder; put all files at the top of the ZIP",
				screen_quote(name).text);
			break;
		}
	}
	set_pass(set, "zip_flat_structure", before);
}

static void set_check_presence(struct set *set)
{
	size_t before = set->report.n, n_data = 0;

	for (size_t i = 0; i < set->entries.n; i++)
		n_data += set_is_data(set->entries.items[i].name);
	if (n_data == 0)
		set_say(set, "zip_names_file_presence", SCREEN_FAIL, SCREEN_ZIP,
			"it holds no data file (.csv)");
	else if (n_data > 1 && set_find_whole(set, SET_NAMES) == NULL)
		set_say(set, "zip_names_file_presence", SCREEN_FAIL, SCREEN_ZIP,
			"it holds %zu data files but no " SET_NAMES
			" that titles them; add one with the columns file_name and dataset_name",
			n_data);
	set_pass(set, "zip_names_file_presence", before);
}

/* Blank or repeated cells of a column. */
static void set_check_names_column(struct set *set, int column, const char *heading)
{
	const struct screen_table *t = &set->names;

	for (size_t row = 0; row < t->n_rows; row++) {
		const char *text = screen_table_text(t, column, row);
		bool repeats = false;

		for (size_t r = 0; r < row && !repeats; r++)
			repeats = t->columns[column].cells[r] == t->columns[column].cells[row];
		if (*text == '\0' || repeats)
			set_say(set, "zip_names_file_format", SCREEN_FAIL, SCREEN_NAMES,
				"row %lld: %s %s; each file needs one of its own",
				(long long)t->numbers[row], heading,
				*text == '\0' ? "is blank" : "stands twice");
	}
}

static enum err_code set_check_names(struct set *set)
{
	struct screen_entry *e = set_find_whole(set, SET_NAMES);
	size_t before = set->report.n;
	struct err why = { .code = ERR_OK };
	enum err_code code;

	if (e == NULL || e->bytes == NULL) {
		set_pass(set, "zip_names_file_format", before);
		return set->code;
	}
	code = screen_table_read(&set->names, e->bytes, e->len, &why);
	if (code == ERR_NOMEM)
		return err_set(set->err, code, "%s", why.text);
	if (code != ERR_OK) {
		set_say(set, "zip_names_file_format", SCREEN_FAIL, SCREEN_NAMES, "%.400s",
			why.text);
	} else if (set->names.n_columns != 2 ||
		   strcmp(set->names.columns[0].name, "file_name") != 0 ||
		   strcmp(set->names.columns[1].name, "dataset_name") != 0) {
		set_say(set, "zip_names_file_format", SCREEN_FAIL, SCREEN_NAMES,
			"its columns must be file_name and dataset_name, in this order and no "
			"others");
	} else if (set->names.n_rows > LIMIT_SCREEN_FILES) {
		set_say(set, "zip_names_file_format", SCREEN_FAIL, SCREEN_NAMES,
			"more than %d rows", LIMIT_SCREEN_FILES);
	} else {
		set->has_names = true;
		set_check_names_column(set, 0, "file_name");
		set_check_names_column(set, 1, "dataset_name");
	}
	set_pass(set, "zip_names_file_format", before);
	return set->code;
}

/* Whether dataset_names.csv names the stem of this file. */
static bool set_is_named(const struct set *set, const char *name, size_t len)
{
	for (size_t row = 0; set->has_names && row < set->names.n_rows; row++) {
		const char *stem = screen_table_text(&set->names, 0, row);

		if (strlen(stem) == len && strncmp(stem, name, len) == 0)
			return true;
	}
	return false;
}

static void set_check_pairs(struct set *set)
{
	static const char *const ends[] = { ".csv", ".meta.csv" };
	size_t before = set->report.n;

	for (size_t row = 0; set->has_names && row < set->names.n_rows; row++) {
		const char *stem = screen_table_text(&set->names, 0, row);

		for (int i = 0; i < 2; i++)
			if (*stem != '\0' && set_find(set, stem, strlen(stem), ends[i]) == NULL)
				set_say(set, "zip_pairs", SCREEN_FAIL, SCREEN_NAMES,
					"it names %s, but there is no such file with %s; add it "
					"(file_name goes without .csv)",
					screen_quote(stem).text, ends[i]);
	}
	for (size_t i = 0; i < set->entries.n; i++) {
		const char *name = set->entries.items[i].name;
		size_t len = strlen(name) - 4;

		if (!set_is_data(name))
			continue;
		if (set->has_names && !set_is_named(set, name, len))
			set_say(set, "zip_pairs", SCREEN_FAIL, SCREEN_NAMES,
				"it does not name the data file %s; add a row",
				screen_quote(name).text);
		if (!set->has_names && set_find(set, name, len, ".meta.csv") == NULL)
			set_say(set, "zip_pairs", SCREEN_FAIL, SCREEN_ZIP,
				"the data file %s has no .meta.csv beside it; add it",
				screen_quote(name).text);
	}
	set_pass(set, "zip_pairs", before);
}

static void set_check_unreferenced(struct set *set)
{
	size_t before = set->report.n;

	for (size_t i = 0; i < set->entries.n; i++) {
		const char *name = set->entries.items[i].name;
		size_t len = strlen(name);
		bool belongs = strcmp(name, SET_NAMES) == 0 || set_is_data(name);

		if (set_is_meta(name))
			belongs = set_find(set, name, len - 9, ".csv") != NULL;
		if (!belongs && set->folder == NULL)
			set_say(set, "zip_no_unreferenced", SCREEN_FAIL, SCREEN_ZIP,
				"%s belongs to no data set; take it out, the upload allows nothing "
				"else inside",
				screen_quote(name).text);
		else if (!belongs && set_is_meta(name))
			set_say(set, "drs_orphan_meta", SCREEN_FAIL, SCREEN_ZIP,
				"the metadata file %s has no data file beside it",
				screen_quote(name).text);
		if (i > 0 && strcmp(name, set->entries.items[i - 1].name) == 0)
			set_say(set, "drs_zip_dupe", SCREEN_FAIL, SCREEN_ZIP,
				"two files of the ZIP are called %s; keep one",
				screen_quote(name).text);
	}
	if (set->folder == NULL)
		set_pass(set, "zip_no_unreferenced", before);
}

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

static enum err_code set_visit_entry(struct set *set, const struct screen_entry *e,
				     const struct screen_visitor *v, struct err *err)
{
	struct screen_file data = { .name = e->name, .bytes = e->bytes, .len = e->len };
	char meta_name[SCREEN_NAME_BYTES];
	struct screen_file meta = { .name = meta_name, .why = "it is missing in the ZIP" };
	const struct screen_entry *m = set_find(set, e->name, strlen(e->name) - 4, ".meta.csv");

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

static enum err_code set_visit_all(struct set *set, const struct screen_visitor *v, struct err *err)
{
	enum err_code code = set->code;

	if (code == ERR_OK)
		code = set_check_names(set);
	if (code == ERR_OK) {
		set_check_pairs(set);
		set_check_unreferenced(set);
		code = set->code;
	}
	if (code == ERR_OK)
		code = v->on_set(v->context, &set->report, err);
	for (size_t i = 0; i < set->entries.n && code == ERR_OK; i++)
		if (set_is_data(set->entries.items[i].name))
			code = set_visit_entry(set, &set->entries.items[i], v, err);
	return code;
}

static void set_clear(struct set *set)
{
	screen_entries_clear(&set->entries);
	screen_table_clear(&set->names);
	screen_report_clear(&set->report);
}

enum err_code screen_visit_zip(const char *bytes, size_t len, const struct screen_visitor *visitor,
			       struct err *err)
{
	struct set set = { .err = err };
	struct err why = { .code = ERR_OK };
	enum err_code code = screen_zip_read(&set.entries, bytes, len, &why);

	if (code == ERR_NOMEM) {
		(void)err_set(err, code, "%s", why.text);
	} else if (code != ERR_OK) {
		set_say(&set, "zip_readable", SCREEN_FAIL, SCREEN_ZIP, "%.400s", why.text);
		set.report.is_unreadable = true;
		code = set.code;
		if (code == ERR_OK)
			code = visitor->on_set(visitor->context, &set.report, err);
	} else {
		set_say(&set, "zip_readable", SCREEN_PASS, SCREEN_ZIP, "%s", "");
		set_check_flat(&set);
		set_check_presence(&set);
		code = set_visit_all(&set, visitor, err);
	}
	set_clear(&set);
	return code;
}

/* ---- folders */

static enum err_code set_list(struct set *set, const char *path, struct err *err)
{
	DIR *folder = opendir(path);
	struct dirent *d;
	enum err_code code = ERR_OK;

	if (folder == NULL)
		return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
	set->entries.items = calloc(LIMIT_SCREEN_FILES, sizeof *set->entries.items);
	if (set->entries.items == NULL)
		code = err_set(err, ERR_NOMEM, "out of memory");
	while (code == ERR_OK && (d = readdir(folder)) != NULL) {
		size_t len = strlen(d->d_name);
		char *name;

		if (!set_ends(d->d_name, ".csv"))
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
	struct set set = { .folder = path, .err = err };
	struct screen_entry *names;
	enum err_code code = set_list(&set, path, err);

	names = code == ERR_OK ? set_find_whole(&set, SET_NAMES) : NULL;
	if (names != NULL) {
		char file[4096];

		(void)snprintf(file, sizeof file, "%s/" SET_NAMES, path);
		code = set_load(file, &names->bytes, &names->len, LIMIT_SCREEN_FILE_BYTES, err);
	}
	if (code == ERR_OK)
		code = set_visit_all(&set, v, err);
	set_clear(&set);
	return code;
}

static enum err_code set_visit_file(const char *path, const struct screen_visitor *v,
				    struct err *err)
{
	const char *slash = strrchr(path, '/');
	const struct screen_report nothing = { .n = 0 };
	char folder[4096];
	enum err_code code;

	if (set_is_meta(path))
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
	if (!set_ends(path, ".zip"))
		return set_visit_file(path, visitor, err);
	code = set_load(path, &bytes, &len, LIMIT_FILE_BYTES, err);
	if (code == ERR_OK)
		code = screen_visit_zip(bytes, len, visitor, err);
	free(bytes);
	return code;
}
