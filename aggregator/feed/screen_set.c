#include "aggregator/feed/screen_set.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/limits.h"

/* What is checked of an upload ZIP or a folder of pairs as a whole: that each data file has its
 * metadata, that dataset_names.csv titles each, and that nothing else is inside. */

/* ---- names */

bool screen_set_ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

bool screen_set_is_meta(const char *name)
{
	return screen_set_ends(name, ".meta.csv");
}

bool screen_set_is_data(const char *name)
{
	return screen_set_ends(name, ".csv") && !screen_set_is_meta(name) &&
	       strcmp(name, SCREEN_SET_NAMES) != 0;
}

struct screen_entry *screen_set_find(struct screen_set *set, const char *stem, size_t len,
				     const char *end)
{
	for (size_t i = 0; i < set->entries.n; i++) {
		const char *name = set->entries.items[i].name;

		if (strlen(name) == len + strlen(end) && strncmp(name, stem, len) == 0 &&
		    strcmp(name + len, end) == 0)
			return &set->entries.items[i];
	}
	return NULL;
}

/* ---- what is said about the whole */

void screen_set_say(struct screen_set *set, const char *check, enum screen_result result,
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
static void set_pass(struct screen_set *set, const char *check, size_t n_before)
{
	if (set->report.n == n_before)
		screen_set_say(set, check, SCREEN_PASS, SCREEN_ZIP, "%s", "");
}

static void set_check_flat(struct screen_set *set)
{
	size_t before = set->report.n;

	for (size_t i = 0; i < set->entries.n; i++) {
		const char *name = set->entries.items[i].name;

		if (strchr(name, '/') != NULL || strchr(name, '\\') != NULL) {
			screen_set_say(set, "zip_flat_structure", SCREEN_FAIL, SCREEN_ZIP,
				       "%s lies in a folder; put all files at the top of the ZIP",
				       screen_quote(name).text);
			break;
		}
	}
	set_pass(set, "zip_flat_structure", before);
}

static void set_check_presence(struct screen_set *set)
{
	size_t before = set->report.n, n_data = 0;

	for (size_t i = 0; i < set->entries.n; i++)
		n_data += screen_set_is_data(set->entries.items[i].name);
	if (n_data == 0)
		screen_set_say(set, "zip_names_file_presence", SCREEN_FAIL, SCREEN_ZIP,
			       "it holds no data file (.csv)");
	else if (n_data > 1 &&
		 screen_set_find(set, SCREEN_SET_NAMES, strlen(SCREEN_SET_NAMES), "") == NULL)
		screen_set_say(
			set, "zip_names_file_presence", SCREEN_FAIL, SCREEN_ZIP,
			"it holds %zu data files but no " SCREEN_SET_NAMES
			" that titles them; add one with the columns file_name and dataset_name",
			n_data);
	set_pass(set, "zip_names_file_presence", before);
}

/* Blank or repeated cells of a column. */
static void set_check_names_column(struct screen_set *set, int column, const char *heading)
{
	const struct screen_table *t = &set->names;

	for (size_t row = 0; row < t->n_rows; row++) {
		const char *text = screen_table_text(t, column, row);
		bool repeats = false;

		for (size_t r = 0; r < row && !repeats; r++)
			repeats = t->columns[column].cells[r] == t->columns[column].cells[row];
		if (*text == '\0' || repeats)
			screen_set_say(set, "zip_names_file_format", SCREEN_FAIL, SCREEN_NAMES,
				       "row %lld: %s %s; each file needs one of its own",
				       (long long)t->numbers[row], heading,
				       *text == '\0' ? "is blank" : "stands twice");
	}
}

static enum err_code set_check_names(struct screen_set *set)
{
	struct screen_entry *e =
		screen_set_find(set, SCREEN_SET_NAMES, strlen(SCREEN_SET_NAMES), "");
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
		screen_set_say(set, "zip_names_file_format", SCREEN_FAIL, SCREEN_NAMES, "%.400s",
			       why.text);
	} else if (set->names.n_columns != 2 ||
		   strcmp(set->names.columns[0].name, "file_name") != 0 ||
		   strcmp(set->names.columns[1].name, "dataset_name") != 0) {
		screen_set_say(
			set, "zip_names_file_format", SCREEN_FAIL, SCREEN_NAMES,
			"its columns must be file_name and dataset_name, in this order and no "
			"others");
	} else if (set->names.n_rows > LIMIT_SCREEN_FILES) {
		screen_set_say(set, "zip_names_file_format", SCREEN_FAIL, SCREEN_NAMES,
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
static bool set_is_named(const struct screen_set *set, const char *name, size_t len)
{
	for (size_t row = 0; set->has_names && row < set->names.n_rows; row++) {
		const char *stem = screen_table_text(&set->names, 0, row);

		if (strlen(stem) == len && strncmp(stem, name, len) == 0)
			return true;
	}
	return false;
}

static void set_check_pairs(struct screen_set *set)
{
	static const char *const ends[] = { ".csv", ".meta.csv" };
	size_t before = set->report.n;

	for (size_t row = 0; set->has_names && row < set->names.n_rows; row++) {
		const char *stem = screen_table_text(&set->names, 0, row);

		for (int i = 0; i < 2; i++)
			if (*stem != '\0' &&
			    screen_set_find(set, stem, strlen(stem), ends[i]) == NULL)
				screen_set_say(
					set, "zip_pairs", SCREEN_FAIL, SCREEN_NAMES,
					"it names %s, but there is no such file with %s; add it "
					"(file_name goes without .csv)",
					screen_quote(stem).text, ends[i]);
	}
	for (size_t i = 0; i < set->entries.n; i++) {
		const char *name = set->entries.items[i].name;
		size_t len = strlen(name) - 4;

		if (!screen_set_is_data(name))
			continue;
		if (set->has_names && !set_is_named(set, name, len))
			screen_set_say(set, "zip_pairs", SCREEN_FAIL, SCREEN_NAMES,
				       "it does not name the data file %s; add a row",
				       screen_quote(name).text);
		if (!set->has_names && screen_set_find(set, name, len, ".meta.csv") == NULL)
			screen_set_say(set, "zip_pairs", SCREEN_FAIL, SCREEN_ZIP,
				       "the data file %s has no .meta.csv beside it; add it",
				       screen_quote(name).text);
	}
	set_pass(set, "zip_pairs", before);
}

static void set_check_unreferenced(struct screen_set *set)
{
	size_t before = set->report.n;

	for (size_t i = 0; i < set->entries.n; i++) {
		const char *name = set->entries.items[i].name;
		size_t len = strlen(name);
		bool belongs = strcmp(name, SCREEN_SET_NAMES) == 0 || screen_set_is_data(name);

		if (screen_set_is_meta(name))
			belongs = screen_set_find(set, name, len - 9, ".csv") != NULL;
		if (!belongs && set->folder == NULL)
			screen_set_say(
				set, "zip_no_unreferenced", SCREEN_FAIL, SCREEN_ZIP,
				"%s belongs to no data set; take it out, the upload allows nothing "
				"else inside",
				screen_quote(name).text);
		else if (!belongs && screen_set_is_meta(name))
			screen_set_say(set, "drs_orphan_meta", SCREEN_FAIL, SCREEN_ZIP,
				       "the metadata file %s has no data file beside it",
				       screen_quote(name).text);
		if (i > 0 && strcmp(name, set->entries.items[i - 1].name) == 0)
			screen_set_say(set, "drs_zip_dupe", SCREEN_FAIL, SCREEN_ZIP,
				       "two files of the ZIP are called %s; keep one",
				       screen_quote(name).text);
	}
	if (set->folder == NULL)
		set_pass(set, "zip_no_unreferenced", before);
}

enum err_code screen_set_check(struct screen_set *set)
{
	if (set->folder == NULL) {
		screen_set_say(set, "zip_readable", SCREEN_PASS, SCREEN_ZIP, "%s", "");
		set_check_flat(set);
		set_check_presence(set);
	}
	if (set->code == ERR_OK)
		set->code = set_check_names(set);
	if (set->code == ERR_OK) {
		set_check_pairs(set);
		set_check_unreferenced(set);
	}
	return set->code;
}

void screen_set_clear(struct screen_set *set)
{
	screen_entries_clear(&set->entries);
	screen_table_clear(&set->names);
	screen_report_clear(&set->report);
}
