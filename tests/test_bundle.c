#include "aggregator/feed/bundle.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "aggregator/commands.h"
#include "aggregator/feed/bundle_files.h"
#include "tests/feed_hand.h"

#define NAME "city-csc_2026-27-Q2_v1.0"

static struct feed_hand hand;

/* The release in a folder of the case, and that folder's path. */
static const char *write_bundle(void)
{
	static char path[600];
	struct err err = { 0 };

	feed_hand_make(&hand);
	ck_assert_int_eq(mkdir(feed_path("out"), 0700), 0);
	assert_ok(bundle_write(&hand.release, &hand.key, feed_path("out"), path, sizeof path, &err),
		  err);
	return path;
}

/* The verdict on what stands at path now. */
static void verdict_of(const char *path, int with_key, struct bundle_verdict *v)
{
	struct zip_entries files;
	struct err err = { 0 };

	assert_ok(bundle_open(path, &files, &err), err);
	assert_ok(bundle_verify(&files, with_key ? &hand.key.public : NULL, v, &err), err);
	zip_entries_clear(&files);
}

static void assert_finding(const struct bundle_verdict *v, const char *file, const char *words)
{
	for (int i = 0; i < v->n_findings; i++)
		if (strcmp(v->findings[i].file, file) == 0 &&
		    strstr(v->findings[i].what, words) != NULL)
			return;
	ck_abort_msg("no finding on %s with \"%s\" among %d, the first %s: %s", file, words,
		     v->n_findings, v->findings[0].file, v->findings[0].what);
}

static int folder_count(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	ck_assert_ptr_nonnull(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n - 2;
}

START_TEST(a_bundle_holds_for_us_and_for_the_tools_of_others)
{
	const char *path = write_bundle();
	struct bundle_verdict v;

	verdict_of(path, 1, &v);
	ck_assert_msg(v.n_findings == 0, "%s: %s", v.findings[0].file, v.findings[0].what);
	ck_assert_int_eq(v.signature_checked, 1);
	ck_assert_str_eq(v.comment, "city-csc 2026-27-Q2 v1.0");
	bundle_verdict_clear(&v);
	ck_assert_int_eq(feed_shell("cd %s && sha256sum -c --strict SHA256SUMS", path), 0);
	ck_assert_int_eq(
		feed_shell("minisign -V -p %s -m %s/manifest.json", feed_path("feed.pub"), path),
		0);
	ck_assert_int_eq(feed_shell("unzip -t %s/ees_upload.zip && unzip -t %s.zip", path, path),
			 0);
	ck_assert_int_eq(feed_shell("test \"$(unzip -Z1 %s/ees_upload.zip | tr '\\n' ' ')\" = "
				    "'csc_by_sex_monthly.csv csc_by_sex_monthly.meta.csv "
				    "csc_small_monthly.csv csc_small_monthly.meta.csv "
				    "dataset_names.csv '",
				    path),
			 0);
	feed_hand_clear(&hand);
}
END_TEST

START_TEST(its_zip_holds_too)
{
	struct bundle_verdict v;
	char path[700];

	(void)snprintf(path, sizeof path, "%s.zip", write_bundle());
	verdict_of(path, 1, &v);
	ck_assert_msg(v.n_findings == 0, "%s: %s", v.findings[0].file, v.findings[0].what);
	ck_assert_int_eq(v.signature_checked, 1);
	bundle_verdict_clear(&v);
	feed_hand_clear(&hand);
}
END_TEST

START_TEST(the_same_release_gives_the_same_bytes)
{
	struct zip_entries a;
	struct zip_entries b;
	struct changes_count changes;
	struct err err = { 0 };

	feed_hand_make(&hand);
	assert_ok(bundle_build(&hand.release, &hand.key, &a, &changes, &err), err);
	assert_ok(bundle_build(&hand.release, &hand.key, &b, &changes, &err), err);
	ck_assert_int_eq(a.n, b.n);
	for (int i = 0; i < a.n; i++) {
		ck_assert_str_eq(a.entries[i].name, b.entries[i].name);
		ck_assert_uint_eq(a.entries[i].len, b.entries[i].len);
		ck_assert_mem_eq(a.entries[i].bytes, b.entries[i].bytes, a.entries[i].len);
	}
	zip_entries_clear(&a);
	zip_entries_clear(&b);
	feed_hand_clear(&hand);
}
END_TEST

START_TEST(the_names_of_the_data_sets_are_listed_for_the_service)
{
	char *names;

	(void)write_bundle();
	names = harness_read(feed_path("out/" NAME "/ees/dataset_names.csv"), NULL);
	ck_assert_str_eq(names, "file_name,dataset_name\n"
				"csc_by_sex_monthly,Monthly by sex\n"
				"csc_small_monthly,Monthly small\n");
	free(names);
	feed_hand_clear(&hand);
}
END_TEST

/* ---- tampering: each file in turn */

START_TEST(each_file_that_is_changed_is_named)
{
	const char *path = write_bundle();
	struct zip_entries files;
	struct err err = { 0 };

	assert_ok(bundle_open(path, &files, &err), err);
	ck_assert_int_ge(files.n, 12);
	for (int i = 0; i < files.n; i++) {
		struct zip_entry *e = &files.entries[i];
		struct bundle_verdict v;
		int is_signature = strcmp(e->name, "manifest.json.minisig") == 0;
		size_t at = is_signature ? 60 : e->len / 2;

		e->bytes[at] ^= 1;
		assert_ok(bundle_verify(&files, &hand.key.public, &v, &err), err);
		ck_assert_msg(v.n_findings > 0, "%s", e->name);
		if (is_signature || strcmp(e->name, "manifest.json") == 0)
			ck_assert_int_eq(v.signature_checked, 0);
		else
			assert_finding(&v, e->name, "was changed: its SHA-256");
		e->bytes[at] ^= 1;
		bundle_verdict_clear(&v);
	}
	zip_entries_clear(&files);
	feed_hand_clear(&hand);
}
END_TEST

START_TEST(each_file_that_is_missing_cut_or_extra_is_named)
{
	const char *path = write_bundle();
	struct zip_entries files;
	struct err err = { 0 };

	assert_ok(bundle_open(path, &files, &err), err);
	for (int i = 0; i < files.n; i++) {
		struct bundle_verdict v;
		struct zip_entry *e = &files.entries[i];
		char name[256];

		(void)snprintf(name, sizeof name, "%s", e->name);
		e->name[0] = '_';
		assert_ok(bundle_verify(&files, &hand.key.public, &v, &err), err);
		assert_finding(&v, name, "is missing");
		if (strcmp(name, "manifest.json") != 0)
			assert_finding(&v, e->name, "does not belong here");
		bundle_verdict_clear(&v);
		e->name[0] = name[0];
		if (e->len == 0 || strncmp(name, "manifest.json", 13) == 0)
			continue;
		e->len--;
		assert_ok(bundle_verify(&files, &hand.key.public, &v, &err), err);
		assert_finding(&v, name, "bytes, the manifest says");
		bundle_verdict_clear(&v);
		e->len++;
	}
	zip_entries_clear(&files);
	feed_hand_clear(&hand);
}
END_TEST

/* Somebody who has our files but not our key makes a bundle that is sound in itself. */
START_TEST(a_bundle_of_another_key_is_not_ours_however_sound)
{
	struct minisign_secret other;
	struct zip_entries files;
	struct changes_count changes;
	struct bundle_verdict v;
	struct err err = { 0 };

	feed_hand_make(&hand);
	assert_ok(minisign_create(feed_path("o.key"), feed_path("o.pub"), &other, &err), err);
	assert_ok(bundle_build(&hand.release, &other, &files, &changes, &err), err);
	assert_ok(bundle_verify(&files, &hand.key.public, &v, &err), err);
	ck_assert_int_eq(v.signature_denied, 1);
	assert_finding(&v, "manifest.json", "not with the given key");
	bundle_verdict_clear(&v);
	assert_ok(bundle_verify(&files, NULL, &v, &err), err);
	ck_assert_int_eq(v.n_findings, 0);
	ck_assert_int_eq(v.signature_checked, 0);
	bundle_verdict_clear(&v);
	zip_entries_clear(&files);
	feed_hand_clear(&hand);
}
END_TEST

/* Signed by us, but with a ZIP that is not the folder's: what only our own fault could make. */
START_TEST(an_upload_zip_with_other_files_is_named)
{
	static const struct zip_file inside[] = { { "csc_small_monthly.csv", "a\n1\n", 4 },
						  { "stray.csv", "b\n", 2 } };
	struct zip_entries files;
	struct changes_count changes;
	struct bundle_verdict v;
	struct text zip = { .len = 0 };
	struct err err = { 0 };
	struct zip_entry *e;

	feed_hand_make(&hand);
	assert_ok(bundle_build(&hand.release, &hand.key, &files, &changes, &err), err);
	assert_ok(zip_write(inside, 2, &zip, &err), err);
	e = (struct zip_entry *)(uintptr_t)bundle_files_find(&files, "ees_upload.zip");
	free(e->bytes);
	e->bytes = zip.bytes;
	e->len = zip.len;
	assert_ok(bundle_verify(&files, &hand.key.public, &v, &err), err);
	assert_finding(&v, "ees_upload.zip", "csc_small_monthly.csv in it is not that of ees/");
	assert_finding(&v, "ees_upload.zip", "stray.csv does not belong in it");
	assert_finding(&v, "ees_upload.zip", "lacks dataset_names.csv");
	bundle_verdict_clear(&v);
	zip_entries_clear(&files);
	feed_hand_clear(&hand);
}
END_TEST

START_TEST(links_inside_a_folder_are_refused)
{
	const char *path = write_bundle();
	struct zip_entries files;
	struct err err = { 0 };

	ck_assert_int_eq(feed_shell("ln -s /etc/passwd %s/ees/x.csv", path), 0);
	assert_error(bundle_open(path, &files, &err), ERR_MALFORMED, err,
		     "ees/x.csv: a link: a bundle has plain files only");
	zip_entries_clear(&files);
	assert_error(bundle_open("/nowhere/b", &files, &err), ERR_MISSING, err, "open /nowhere/b");
	zip_entries_clear(&files);
	feed_hand_clear(&hand);
}
END_TEST

/* ---- revisions */

START_TEST(a_revision_names_what_it_supersedes_and_what_changed)
{
	const char *path = write_bundle();
	const struct edition_version first = { 1, 0 };
	struct zip_entries previous;
	struct changes_count changes;
	struct zip_entries files;
	struct err err = { 0 };

	assert_ok(bundle_open(path, &previous, &err), err);
	hand.release.version = (struct edition_version){ 1, 1 };
	hand.release.supersedes = &first;
	assert_error(bundle_build(&hand.release, &hand.key, &files, &changes, &err), ERR_CONFIG,
		     err, "names what it supersedes and is compared with it");
	zip_entries_clear(&files);
	hand.release.previous = &previous;
	hand.tables[1].cells[0].numerator = 99;
	assert_ok(bundle_build(&hand.release, &hand.key, &files, &changes, &err), err);
	ck_assert_ptr_nonnull(strstr(bundle_files_find(&files, "changes.csv")->bytes,
				     "\nM,csc_by_sex_monthly,2026,July,sex=Total,referral_count,10,"
				     "99,\n"));
	ck_assert(changes.changed == 1 && changes.gone == 0);
	ck_assert_ptr_nonnull(strstr(bundle_files_find(&files, "manifest.json")->bytes,
				     "\"supersedes\": \"1.0\""));
	zip_entries_clear(&files);
	hand.release.version = first;
	assert_error(bundle_build(&hand.release, &hand.key, &files, &changes, &err), ERR_CONFIG,
		     err, "does not come after the version that it supersedes");
	zip_entries_clear(&files);
	zip_entries_clear(&previous);
	feed_hand_clear(&hand);
}
END_TEST

/* ---- the disk */

START_TEST(a_release_is_never_replaced)
{
	struct err err = { 0 };

	(void)write_bundle();
	assert_error(bundle_write(&hand.release, &hand.key, feed_path("out"), NULL, 0, &err),
		     ERR_BUSY, err, "a release is never replaced");
	ck_assert_int_eq(folder_count(feed_path("out")), 2);
	feed_hand_clear(&hand);
}
END_TEST

START_TEST(what_an_interrupted_run_left_does_not_stand_in_the_way)
{
	struct err err = { 0 };

	feed_hand_make(&hand);
	(void)harness_text(harness_folder(), "out/." NAME ".new/ees/old.csv", "old");
	(void)harness_text(harness_folder(), "out/." NAME ".zip.new", "old");
	assert_ok(bundle_write(&hand.release, &hand.key, feed_path("out"), NULL, 0, &err), err);
	ck_assert_int_eq(folder_count(feed_path("out")), 2);
	ck_assert_int_eq(access(feed_path("out/" NAME "/ees/old.csv"), F_OK), -1);
	feed_hand_clear(&hand);
}
END_TEST

/* Files may not grow beyond a limit that rises step by step: each write fails once. */
START_TEST(a_full_disk_leaves_nothing_behind)
{
	struct rlimit was;
	struct err err = { 0 };
	enum err_code code = ERR_FULL;
	int failures = 0;

	feed_hand_make(&hand);
	ck_assert_int_eq(mkdir(feed_path("out"), 0700), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &was), 0);
	for (rlim_t most = 0; code != ERR_OK; most += 200) {
		struct rlimit tight = { most, was.rlim_max };

		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &tight), 0);
		code = bundle_write(&hand.release, &hand.key, feed_path("out"), NULL, 0, &err);
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &was), 0);
		if (code == ERR_OK)
			break;
		assert_error(code, ERR_FULL, err, "make room and try again");
		ck_assert_int_eq(folder_count(feed_path("out")), 0);
		failures++;
	}
	ck_assert_int_gt(failures, 5);
	ck_assert_int_eq(folder_count(feed_path("out")), 2);
	feed_hand_clear(&hand);
}
END_TEST

START_TEST(each_failed_allocation_is_said_and_leaves_nothing_behind)
{
	struct err err = { 0 };
	enum err_code code = ERR_NOMEM;

	feed_hand_make(&hand);
	ck_assert_int_eq(mkdir(feed_path("out"), 0700), 0);
	for (long n = 1; code != ERR_OK; n++) {
		harness_fail_allocation(n);
		code = bundle_write(&hand.release, &hand.key, feed_path("out"), NULL, 0, &err);
		harness_fail_allocation(0);
		ck_assert_msg(code == ERR_OK || code == ERR_NOMEM, "%s", err.text);
		ck_assert_int_eq(folder_count(feed_path("out")), code == ERR_OK ? 2 : 0);
	}
	feed_hand_clear(&hand);
}
END_TEST

START_TEST(each_failed_allocation_of_a_check_is_no_verdict)
{
	const char *path = write_bundle();
	struct err err = { 0 };
	enum err_code code = ERR_NOMEM;

	for (long n = 1; code != ERR_OK; n++) {
		struct zip_entries files;
		struct bundle_verdict v = { .n_findings = 0 };

		harness_fail_allocation(n);
		code = bundle_open(path, &files, &err);
		if (code == ERR_OK)
			code = bundle_verify(&files, &hand.key.public, &v, &err);
		harness_fail_allocation(0);
		ck_assert_msg(code == ERR_OK || code == ERR_NOMEM, "%s", err.text);
		ck_assert_int_eq(code == ERR_OK ? v.n_findings : 0, 0);
		bundle_verdict_clear(&v);
		zip_entries_clear(&files);
	}
	feed_hand_clear(&hand);
}
END_TEST

START_TEST(a_table_with_a_blank_cell_or_a_bad_name_makes_no_bundle)
{
	struct zip_entries files;
	struct changes_count changes;
	struct err err = { 0 };

	feed_hand_make(&hand);
	hand.tables[0].cells[0].state = EES_UNSET;
	assert_error(bundle_build(&hand.release, &hand.key, &files, &changes, &err), ERR_MALFORMED,
		     err, "a cell is never blank");
	zip_entries_clear(&files);
	feed_put(hand.tables[1].filters[0].column, EES_NAME_BYTES, "ward");
	hand.tables[0].cells[0].state = EES_SUPPRESSED;
	assert_error(bundle_build(&hand.release, &hand.key, &files, &changes, &err), ERR_CONFIG,
		     err, "'ward'");
	zip_entries_clear(&files);
	feed_hand_clear(&hand);
}
END_TEST

/* ---- the command */

static int command(const char *bundle, const char *key)
{
	char *argv[] = { (char[]){ "feed verify" }, (char *)(uintptr_t)bundle,
			 (char[]){ "--public-key" }, (char *)(uintptr_t)key, NULL };

	if (freopen(feed_path("said"), "w", stdout) == NULL ||
	    freopen(feed_path("warned"), "w", stderr) == NULL)
		ck_abort_msg("cannot catch the output");
	return command_feed_verify(key == NULL ? 2 : 4, argv);
}

static void assert_said(const char *name, const char *words)
{
	char *said;

	(void)fflush(stdout);
	(void)fflush(stderr);
	said = harness_read(feed_path(name), NULL);
	ck_assert_msg(strstr(said, words) != NULL, "\"%s\" does not hold \"%s\"", said, words);
	free(said);
}

START_TEST(the_command_tells_genuine_unchecked_changed_and_foreign_apart)
{
	const char *path = write_bundle();
	char bundle[600];
	struct minisign_secret other;
	struct err err = { 0 };

	(void)snprintf(bundle, sizeof bundle, "%s", path);
	assert_ok(minisign_create(feed_path("o.key"), feed_path("o.pub"), &other, &err), err);
	ck_assert_int_eq(command(bundle, feed_path("feed.pub")), 0);
	assert_said("said", "verdict: genuine and whole\n");
	ck_assert_int_eq(command(bundle, NULL), 1);
	assert_said("said", "not known to be genuine: give --public-key");
	ck_assert_int_eq(command(bundle, feed_path("o.pub")), 77);
	assert_said("said", "does not hold");
	ck_assert_int_eq(command("/nowhere/b", feed_path("feed.pub")), 66);
	assert_said("warned", "feed verify: open /nowhere/b");
	ck_assert_int_eq(feed_shell("echo 2026 >> %s/ees/csc_by_sex_monthly.csv", bundle), 0);
	ck_assert_int_eq(command(bundle, feed_path("feed.pub")), 65);
	assert_said("said", "ees/csc_by_sex_monthly.csv");
	feed_hand_clear(&hand);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_bundle_holds_for_us_and_for_the_tools_of_others);
	tcase_add_test(tc, its_zip_holds_too);
	tcase_add_test(tc, the_same_release_gives_the_same_bytes);
	tcase_add_test(tc, the_names_of_the_data_sets_are_listed_for_the_service);
	tcase_add_test(tc, each_file_that_is_changed_is_named);
	tcase_add_test(tc, each_file_that_is_missing_cut_or_extra_is_named);
	tcase_add_test(tc, a_bundle_of_another_key_is_not_ours_however_sound);
	tcase_add_test(tc, an_upload_zip_with_other_files_is_named);
	tcase_add_test(tc, links_inside_a_folder_are_refused);
	tcase_add_test(tc, a_revision_names_what_it_supersedes_and_what_changed);
	tcase_add_test(tc, a_release_is_never_replaced);
	tcase_add_test(tc, what_an_interrupted_run_left_does_not_stand_in_the_way);
	tcase_add_test(tc, a_full_disk_leaves_nothing_behind);
	tcase_add_test(tc, each_failed_allocation_is_said_and_leaves_nothing_behind);
	tcase_add_test(tc, each_failed_allocation_of_a_check_is_no_verdict);
	tcase_add_test(tc, a_table_with_a_blank_cell_or_a_bad_name_makes_no_bundle);
	tcase_add_test(tc, the_command_tells_genuine_unchecked_changed_and_foreign_apart);
}

HARNESS_MAIN("bundle", add)
