#include "aggregator/commands.h"
#include "aggregator/feed/screen.h"

#include "tests/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <minizip/zip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/limits.h"

/* Upload ZIPs, folders and single files; and the command that screens them. */

static struct err err;

static const char data[] = "time_period,time_identifier,geographic_level,country_code,country_name,"
			   "sex,referral_count\n"
			   "2026,April,National,E92000001,England,Total,30\n"
			   "2026,April,National,E92000001,England,Male,18\n"
			   "2026,April,National,E92000001,England,Female,12\n";
static const char meta[] = "col_name,col_type,label,indicator_grouping,indicator_unit,indicator_dp,"
			   "filter_hint,filter_grouping_column\n"
			   "sex,Filter,Sex,,,,,\n"
			   "referral_count,Indicator,Referrals,,,0,,\n";
static const char names[] = "file_name,dataset_name\na,First\nb,Second\n";

struct part {
	const char *name, *text; /* ended by a NULL name */
};

static const struct part good_parts[] = {
	{ "a.csv", data },      { "a.meta.csv", meta },         { "b.csv", data },
	{ "b.meta.csv", meta }, { "dataset_names.csv", names }, { NULL, NULL }
};

static const char *zip_of(const struct part *parts)
{
	static char path[512];
	zipFile zip;

	(void)snprintf(path, sizeof path, "%s/upload.zip", harness_folder());
	(void)unlink(path);
	zip = zipOpen64(path, APPEND_STATUS_CREATE);
	ck_assert_ptr_nonnull(zip);
	for (const struct part *p = parts; p->name != NULL; p++) {
		ck_assert_int_eq(zipOpenNewFileInZip64(zip, p->name, NULL, NULL, 0, NULL, 0, NULL,
						       Z_DEFLATED, Z_DEFAULT_COMPRESSION, 0),
				 ZIP_OK);
		ck_assert_int_eq(zipWriteInFileInZip(zip, p->text, (unsigned)strlen(p->text)),
				 ZIP_OK);
		ck_assert_int_eq(zipCloseFileInZip(zip), ZIP_OK);
	}
	ck_assert_int_eq(zipClose(zip, NULL), ZIP_OK);
	return path;
}

/* ---- what a visit tells */

struct told {
	struct screen_report set; /* copied findings */
	char pairs[1024];
	int n_sets;
};

static enum err_code on_set(void *context, const struct screen_report *report, struct err *e)
{
	struct told *t = context;

	(void)e;
	t->n_sets++;
	t->set = *report;
	t->set.findings = calloc(report->n + 1, sizeof *t->set.findings);
	if (t->set.findings == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (report->n > 0)
		memcpy(t->set.findings, report->findings, report->n * sizeof *t->set.findings);
	return ERR_OK;
}

static enum err_code on_pair(void *context, const struct screen_pair *pair, struct err *e)
{
	struct told *t = context;
	size_t len = strlen(t->pairs);

	(void)e;
	(void)snprintf(t->pairs + len, sizeof t->pairs - len, "%.64s+%.64s%s%.200s %d;",
		       pair->data_name, pair->meta_name, pair->data_fault, pair->meta_fault,
		       (int)(pair->data.n_rows + pair->meta.n_rows));
	return ERR_OK;
}

static enum err_code visit(const char *path, struct told *t)
{
	const struct screen_visitor visitor = { t, on_set, on_pair };

	memset(t, 0, sizeof *t);
	err_clear(&err);
	return screen_visit(path, &visitor, &err);
}

static void assert_set(struct told *t, const char *check, enum screen_result result,
		       const char *words)
{
	for (size_t i = 0; i < t->set.n; i++) {
		const struct screen_finding *f = &t->set.findings[i];

		if (strcmp(f->check, check) == 0 && f->result == result &&
		    strstr(f->text, words) != NULL)
			return;
	}
	for (size_t i = 0; i < t->set.n; i++)
		(void)fprintf(stderr, "%s %s: %s\n", screen_result_name(t->set.findings[i].result),
			      t->set.findings[i].check, t->set.findings[i].text);
	ck_abort_msg("%s did not say \"%s\"", check, words);
}

START_TEST(an_upload_zip_is_screened_pair_by_pair)
{
	static const char *const checks[] = {
		"zip_readable",          "zip_flat_structure", "zip_names_file_presence",
		"zip_names_file_format", "zip_pairs",          "zip_no_unreferenced"
	};
	struct told t;

	assert_ok(visit(zip_of(good_parts), &t), err);
	ck_assert_str_eq(t.pairs, "a.csv+a.meta.csv 5;b.csv+b.meta.csv 5;");
	ck_assert_int_eq(t.set.result, SCREEN_PASS);
	ck_assert_uint_eq(t.set.n, 6);
	for (size_t i = 0; i < 6; i++)
		ck_assert_str_eq(t.set.findings[i].check, checks[i]);
	free(t.set.findings);
}
END_TEST

static void assert_zip(const struct part *parts, const char *check, const char *words)
{
	struct told t;

	assert_ok(visit(zip_of(parts), &t), err);
	assert_set(&t, check, SCREEN_FAIL, words);
	free(t.set.findings);
}

START_TEST(a_zip_holds_pairs_and_their_names_and_nothing_else)
{
	const struct part in_folder[] = { { "x/a.csv", data }, { "x/a.meta.csv", meta }, { 0 } };
	const struct part no_names[] = { { "a.csv", data },
					 { "a.meta.csv", meta },
					 { "b.csv", data },
					 { "b.meta.csv", meta },
					 { 0 } };
	const struct part no_meta[] = { { "a.csv", data }, { 0 } };
	const struct part manifest[] = {
		{ "a.csv", data }, { "a.meta.csv", meta }, { "manifest.json", "{}" }, { 0 }
	};
	const struct part orphan[] = {
		{ "a.csv", data }, { "a.meta.csv", meta }, { "b.meta.csv", meta }, { 0 }
	};
	const struct part twice[] = {
		{ "a.csv", data }, { "a.csv", data }, { "a.meta.csv", meta }, { 0 }
	};
	const struct part nothing[] = { { "readme.txt", "x" }, { 0 } };

	assert_zip(in_folder, "zip_flat_structure", "'x/a.csv' lies in a folder");
	assert_zip(no_names, "zip_names_file_presence", "2 data files but no dataset_names.csv");
	assert_zip(no_meta, "zip_pairs", "'a.csv' has no .meta.csv");
	assert_zip(manifest, "zip_no_unreferenced", "'manifest.json' belongs to no data set");
	assert_zip(orphan, "zip_no_unreferenced", "'b.meta.csv' belongs to no data set");
	assert_zip(twice, "drs_zip_dupe", "two files of the ZIP are called 'a.csv'");
	assert_zip(nothing, "zip_names_file_presence", "no data file");
}
END_TEST

START_TEST(dataset_names_titles_each_file_once)
{
	static const struct {
		const char *names, *check, *words;
	} cases[] = {
		{ "file,dataset_name\na,First\n", "zip_names_file_format", "must be file_name" },
		{ "file_name,dataset_name,x\na,First,1\n", "zip_names_file_format", "no others" },
		{ "file_name,dataset_name\na,\nb,B\n", "zip_names_file_format",
		  "row 2: dataset_name is blank" },
		{ "file_name,dataset_name\na,X\nb,X\n", "zip_names_file_format",
		  "row 3: dataset_name stands twice" },
		{ "file_name,dataset_name\na,\"X\n", "zip_names_file_format",
		  "quote is left open" },
		{ "file_name,dataset_name\na.csv,A\nb,B\n", "zip_pairs", "goes without .csv" },
		{ "file_name,dataset_name\na,A\n", "zip_pairs",
		  "does not name the data file 'b.csv'" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct part parts[6];

		memcpy(parts, good_parts, sizeof parts);
		parts[4].text = cases[i].names;
		assert_zip(parts, cases[i].check, cases[i].words);
	}
}
END_TEST

/* ---- hostile ZIPs */

static void assert_unreadable(const char *path, const char *words)
{
	struct told t;

	assert_ok(visit(path, &t), err);
	assert_set(&t, "zip_readable", SCREEN_FAIL, words);
	ck_assert(t.set.is_unreadable);
	ck_assert_str_eq(t.pairs, "");
	free(t.set.findings);
}

START_TEST(a_damaged_or_false_zip_is_unreadable_at_every_cut)
{
	const char *folder = harness_folder();
	size_t len;
	char *bytes = harness_read(zip_of(good_parts), &len);

	assert_unreadable(harness_text(folder, "no.zip", "col_name,col_type\n"), "it is no ZIP");
	for (size_t n = 4; n < len; n += 97)
		assert_unreadable(harness_file(folder, "cut.zip", bytes, n), "damaged");
	bytes[60] ^= 0x55; /* compressed data of the first file */
	assert_unreadable(harness_file(folder, "flip.zip", bytes, len), "damaged");
	free(bytes);
}
END_TEST

START_TEST(a_zip_bomb_is_stopped_while_it_expands)
{
	char path[512];
	char *block = calloc(1, 1 << 20);
	zipFile zip;

	ck_assert_ptr_nonnull(block);
	(void)snprintf(path, sizeof path, "%s/bomb.zip", harness_folder());
	zip = zipOpen64(path, APPEND_STATUS_CREATE);
	ck_assert_int_eq(
		zipOpenNewFileInZip64(zip, "a.csv", NULL, NULL, 0, NULL, 0, NULL, Z_DEFLATED, 1, 0),
		ZIP_OK);
	for (long long n = 0; n <= LIMIT_SCREEN_FILE_BYTES; n += 1 << 20)
		ck_assert_int_eq(zipWriteInFileInZip(zip, block, 1 << 20), ZIP_OK);
	ck_assert_int_eq(zipCloseFileInZip(zip), ZIP_OK);
	ck_assert_int_eq(zipClose(zip, NULL), ZIP_OK);
	free(block);
	assert_unreadable(path, "expands to more than 128 MiB a file");
}
END_TEST

START_TEST(a_zip_of_too_many_files_is_not_opened)
{
	static char file_names[LIMIT_ZIP_ENTRIES + 1][24];
	struct part *parts = calloc(LIMIT_ZIP_ENTRIES + 2, sizeof *parts);

	ck_assert_ptr_nonnull(parts);
	for (int i = 0; i <= LIMIT_ZIP_ENTRIES; i++) {
		(void)snprintf(file_names[i], sizeof file_names[i], "f%d.csv", i);
		parts[i] = (struct part){ file_names[i], "" };
	}
	assert_unreadable(zip_of(parts), "more than 512");
	free(parts);
}
END_TEST

START_TEST(names_in_a_zip_are_plain_text_and_never_paths_on_disk)
{
	const struct part strange[] = { { "a\x1b[2J.csv", data }, { 0 } };
	const struct part outside[] = { { "../../etc/a.csv", data },
					{ "../../etc/a.meta.csv", meta },
					{ 0 } };

	assert_unreadable(zip_of(strange), "no plain text");
	assert_zip(outside, "zip_flat_structure", "lies in a folder");
}
END_TEST

START_TEST(no_memory_while_a_zip_is_read_is_an_error_and_leaks_nothing)
{
	const char *path = zip_of(good_parts);
	enum err_code code;
	struct told t;
	long n;

	harness_fail_allocation(0);
	code = visit(path, &t);
	n = harness_allocations();
	assert_ok(code, err);
	free(t.set.findings);
	for (long i = 1; i <= n; i++) {
		harness_fail_allocation(i);
		code = visit(path, &t);
		harness_fail_allocation(0);
		assert_error(code, ERR_NOMEM, err, "out of memory");
		free(t.set.findings);
	}
}
END_TEST

/* ---- folders and files */

START_TEST(a_folder_is_screened_pair_by_pair_in_the_order_of_names)
{
	const char *folder = harness_folder();
	struct told t;

	(void)harness_text(folder, "set/b.csv", data);
	(void)harness_text(folder, "set/b.meta.csv", meta);
	(void)harness_text(folder, "set/a.csv", data);
	(void)harness_text(folder, "set/c.meta.csv", meta);
	(void)harness_text(folder, "set/notes.txt", "left alone");
	{
		char path[512];

		(void)snprintf(path, sizeof path, "%s/set", folder);
		assert_ok(visit(path, &t), err);
	}
	ck_assert_str_eq(t.pairs, "a.csv+a.meta.csvit is missing beside the data file 3;"
				  "b.csv+b.meta.csv 5;");
	assert_set(&t, "zip_pairs", SCREEN_FAIL, "'a.csv' has no .meta.csv");
	assert_set(&t, "drs_orphan_meta", SCREEN_FAIL, "'c.meta.csv' has no data file");
	free(t.set.findings);
}
END_TEST

START_TEST(a_path_that_cannot_be_screened_says_why)
{
	const char *folder = harness_folder();
	char path[512];
	struct told t;

	(void)snprintf(path, sizeof path, "%s/none.csv", folder);
	assert_error(visit(path, &t), ERR_MISSING, err, "No such file");
	(void)snprintf(path, sizeof path, "%s/empty", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	assert_error(visit(path, &t), ERR_MISSING, err, "holds no .csv file");
	assert_error(visit(harness_text(folder, "a.meta.csv", meta), &t), ERR_MALFORMED, err,
		     "name the data file");
}
END_TEST

/* ---- the command */

static char output[65536];

/* Runs the command in this process with its output in a file. */
static int run(const char *option, const char *path)
{
	char name[] = "district-aggregator feed check", opt[32], file[512], out_path[512];
	char *argv[] = { name, opt, file, NULL };
	int saved = dup(STDOUT_FILENO), fd, status;
	size_t len;
	char *text;

	(void)snprintf(opt, sizeof opt, "%s", option);
	(void)snprintf(file, sizeof file, "%s", path);
	(void)snprintf(out_path, sizeof out_path, "%s/out", harness_folder());
	(void)fflush(stdout);
	fd = open(out_path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ge(fd, 0);
	(void)dup2(fd, STDOUT_FILENO);
	status = command_feed_check(3, argv);
	(void)fflush(stdout);
	(void)dup2(saved, STDOUT_FILENO);
	(void)close(fd);
	(void)close(saved);
	text = harness_read(out_path, &len);
	(void)snprintf(output, sizeof output, "%s", text);
	free(text);
	return status;
}

static const char *pair_on_disk(const char *data_text)
{
	static char path[512];

	(void)harness_text(harness_folder(), "csc_national.meta.csv", meta);
	(void)snprintf(path, sizeof path, "%s",
		       harness_text(harness_folder(), "csc_national.csv", data_text));
	return path;
}

#define assert_output(words) \
	ck_assert_msg(strstr(output, (words)) != NULL, "no \"%s\" in:\n%s", (words), output)

START_TEST(the_command_passes_a_good_pair_with_status_0)
{
	ck_assert_int_eq(run("--csv", pair_on_disk(data)), 0);
	ck_assert_str_eq(output, "dataset,result,stage,check,file,column,rows,message\r\n");
	ck_assert_int_eq(run("--all", pair_on_disk(data)), 0);
	assert_output("PASS");
	assert_output("drs_totals");
	assert_output("verdict: passed");
}
END_TEST

START_TEST(the_command_fails_a_bad_cell_with_status_1_and_says_where)
{
	static const char bad[] =
		"time_period,time_identifier,geographic_level,country_code,country_name,sex,"
		"referral_count\n"
		"2026,April,National,E92000001,England,Total,30\n"
		"2026,April,National,E92000001,England,Male,many\n"
		"2026,April,National,E92000001,England,Female,12\n";
	json_t *root, *f;

	ck_assert_int_eq(run("--json", pair_on_disk(bad)), 1);
	root = json_loads(output, 0, NULL);
	ck_assert_ptr_nonnull(root);
	f = json_array_get(json_object_get(root, "findings"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(f, "dataset")), "csc_national.csv");
	ck_assert_str_eq(json_string_value(json_object_get(f, "result")), "FAIL");
	ck_assert_str_eq(json_string_value(json_object_get(f, "check")), "drs_cell_value");
	ck_assert_str_eq(json_string_value(json_object_get(f, "file")), "data");
	ck_assert_str_eq(json_string_value(json_object_get(f, "column")), "referral_count");
	ck_assert_str_eq(json_string_value(json_object_get(f, "rows")), "3");
	json_decref(root);
	ck_assert_int_eq(run("--standard-only", pair_on_disk(bad)), 0);
	assert_output("verdict: passed");
}
END_TEST

START_TEST(the_command_says_65_for_what_cannot_be_read_and_66_for_what_is_not_there)
{
	char path[512];

	ck_assert_int_eq(run("--csv", pair_on_disk("a\n\xFF\n")), 65);
	assert_output("no UTF-8");
	ck_assert_int_eq(run("--csv", harness_text(harness_folder(), "x.zip", "none")), 65);
	assert_output("zip_readable");
	(void)snprintf(path, sizeof path, "%s/none.csv", harness_folder());
	ck_assert_int_eq(run("--csv", path), 66);
}
END_TEST

START_TEST(the_command_lists_its_checks_and_whose_they_are)
{
	ck_assert_int_eq(run("--list", "--csv"), 0);
	assert_output("time_id_mix,Precheck time,DfE's screener");
	assert_output("drs_matrix,Beyond the standard: values,this program");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, an_upload_zip_is_screened_pair_by_pair);
	tcase_add_test(tc, a_zip_holds_pairs_and_their_names_and_nothing_else);
	tcase_add_test(tc, dataset_names_titles_each_file_once);
	tcase_add_test(tc, a_damaged_or_false_zip_is_unreadable_at_every_cut);
	tcase_add_test(tc, a_zip_bomb_is_stopped_while_it_expands);
	tcase_add_test(tc, a_zip_of_too_many_files_is_not_opened);
	tcase_add_test(tc, names_in_a_zip_are_plain_text_and_never_paths_on_disk);
	tcase_add_test(tc, no_memory_while_a_zip_is_read_is_an_error_and_leaks_nothing);
	tcase_add_test(tc, a_folder_is_screened_pair_by_pair_in_the_order_of_names);
	tcase_add_test(tc, a_path_that_cannot_be_screened_says_why);
	tcase_add_test(tc, the_command_passes_a_good_pair_with_status_0);
	tcase_add_test(tc, the_command_fails_a_bad_cell_with_status_1_and_says_where);
	tcase_add_test(tc,
		       the_command_says_65_for_what_cannot_be_read_and_66_for_what_is_not_there);
	tcase_add_test(tc, the_command_lists_its_checks_and_whose_they_are);
}

HARNESS_MAIN("screen_set", add)
