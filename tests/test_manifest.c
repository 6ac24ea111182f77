#include "aggregator/feed/manifest.h"

#include "aggregator/feed/bundle_files.h"
#include "tests/feed_hand.h"
#include "tests/schema.h"

static struct feed_hand hand;
static struct zip_entries files;

static void build(void)
{
	struct changes_count changes;
	struct err err = { 0 };

	feed_hand_make(&hand);
	assert_ok(bundle_build(&hand.release, &hand.key, &files, &changes, &err), err);
}

static void drop(void)
{
	zip_entries_clear(&files);
	feed_hand_clear(&hand);
}

static const char *file_text(const char *path)
{
	const struct zip_entry *e = bundle_files_find(&files, path);

	ck_assert_msg(e != NULL, "no %s", path);
	return e->bytes;
}

START_TEST(the_manifest_says_what_the_bundle_is_and_reads_back)
{
	struct manifest m;
	struct err err = { 0 };
	char comment[MANIFEST_COMMENT_BYTES];
	const char *text;

	build();
	text = file_text("manifest.json");
	assert_ok(manifest_read(text, strlen(text), &m, &err), err);
	ck_assert_str_eq(manifest_comment(&m, comment), "city-csc 2026-27-Q2 v1.0");
	ck_assert_int_eq(m.status, MANIFEST_PROVISIONAL);
	ck_assert_int_eq(m.supersedes.major, 0);
	ck_assert_str_eq(m.produced_at, "2026-11-22T10:30:00Z");
	ck_assert_int_eq(m.n_files, files.n - 2); /* all but itself and its signature */
	ck_assert_int_eq(m.n_coverage, 2);
	ck_assert_str_eq(m.coverage[1].missing, "workforce");
	ck_assert_int_eq(m.coverage[1].state, MANIFEST_PARTIAL);
	ck_assert_int_eq(m.n_reports, 1);
	ck_assert_int_eq(m.reports[0].sequence, 7);
	ck_assert_int_eq(json_integer_value(json_object_get(m.disclosure, "primaries")), 1);
	manifest_clear(&m);
	drop();
}
END_TEST

START_TEST(a_manifest_that_lacks_or_bends_a_member_is_refused_by_its_name)
{
	static const char *const edits[][3] = {
		{ "\"feed\"", "\"food\"", "feed: no text" },
		{ "city-csc", "City-csc", "feed: no name of a feed" },
		{ "\"2026-27-Q2\"", "\"2026-27-Q5\"", "edition: no period" },
		{ "\"version\": \"1.0\"", "\"version\": \"1.x\"", "write major.minor" },
		{ "\"bytes\": ", "\"bytes\":-", "bytes: no whole number from 0" },
		{ "\"rows\": 2", "\"rows\":-2", "rows: no whole number from 0" },
		{ "\"path\": \"README", "\"path\": \"../ADM", "path: leads out of the bundle" },
		{ "\"state\": \"partial\"", "\"state\": \"perhaps\"", "state: no state" },
		{ "\"schema\": 1", "\"schema\": 2", "this program reads schema 1" },
		{ "\"files\"", "\"filed\"", "files: no list" },
		{ "\"disclosure\"", "\"disclosurE\"", "disclosure: no object" },
	};

	build();
	for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
		struct manifest m;
		struct err err = { 0 };
		char *text = strdup(file_text("manifest.json"));
		char *at = strstr(text, edits[i][0]);
		enum err_code code;

		ck_assert_msg(at != NULL, "%s", edits[i][0]);
		memcpy(at, edits[i][1], strlen(edits[i][1]));
		code = manifest_read(text, strlen(text), &m, &err);
		ck_assert_msg(code == ERR_MALFORMED || code == ERR_VERSION, "%s: %s", edits[i][1],
			      err.text);
		assert_error(code, code, err, edits[i][2]);
		manifest_clear(&m);
		free(text);
	}
	drop();
}
END_TEST

START_TEST(a_cut_manifest_or_one_with_a_member_twice_is_refused)
{
	struct manifest m;
	struct err err = { 0 };
	const char *twice = "{\"schema\": 1, \"schema\": 1}";

	build();
	for (size_t len = 0; len + 3 < strlen(file_text("manifest.json")); len += 7) {
		assert_error(manifest_read(file_text("manifest.json"), len, &m, &err),
			     ERR_MALFORMED, err, "manifest.json:");
		manifest_clear(&m);
	}
	assert_error(manifest_read(twice, strlen(twice), &m, &err), ERR_MALFORMED, err,
		     "duplicate");
	manifest_clear(&m);
	drop();
}
END_TEST

START_TEST(coverage_names_each_district_and_what_is_missing)
{
	build();
	ck_assert_str_eq(file_text("coverage.csv"),
			 "period,area_code,area_name,state,status,reports,missing\n"
			 "2026-09,north,North,complete,final,1,\n"
			 "2026-09,south,\"South, and more\",partial,provisional,1,workforce\n");
	drop();
}
END_TEST

/* ---- the data package, against the standard's own schemas */

static json_t *schema_of(const char *name)
{
	char path[256];
	json_t *schema;

	(void)snprintf(path, sizeof path, "tests/data/feed/schemas/frictionless-2.0-%s.json", name);
	schema = json_load_file(path, 0, NULL);
	ck_assert_ptr_nonnull(schema);
	return schema;
}

static void assert_holds(const char *name, const json_t *value)
{
	json_t *schema = schema_of(name);
	struct schema_check c = { .document = schema };

	ck_assert_msg(schema_check(&c, schema, value, name), "%s", c.why);
	json_decref(schema);
}

START_TEST(the_data_package_is_as_its_official_schemas_say)
{
	json_t *package;
	json_t *resources;

	build();
	package = json_loads(file_text("datapackage.json"), 0, NULL);
	ck_assert_ptr_nonnull(package);
	assert_holds("datapackage", package);
	resources = json_object_get(package, "resources");
	ck_assert_int_eq((int)json_array_size(resources), 4);
	for (size_t i = 0; i < json_array_size(resources); i++) {
		json_t *resource = json_array_get(resources, i);
		json_t *schema = json_object_get(resource, "schema");

		assert_holds("dataresource", resource);
		if (schema != NULL)
			assert_holds("tableschema", schema);
	}
	json_decref(package);
	drop();
}
END_TEST

/* So that a validator that lets everything pass is seen. */
START_TEST(the_official_schemas_refuse_what_is_no_data_package)
{
	static const char *const wrong[] = {
		"{}",
		"{\"resources\": []}",
		"{\"resources\": [{\"name\": \"a\"}]}",
		"{\"resources\": [{\"name\": \"a\", \"path\": \"../a.csv\"}]}",
		"{\"resources\": [{\"name\": \"a\", \"path\": \"a.csv\", \"bytes\": \"x\"}]}",
		"{\"resources\": [{\"name\": \"a\", \"path\": \"a.csv\", \"hash\": \"sha:xyz\"}]}",
		"{\"resources\": [{\"name\": \"a\", \"path\": \"a.csv\", \"schema\": {}}]}",
		"{\"resources\": [{\"name\": \"a\", \"path\": \"a.csv\"}], \"licenses\": [{}]}",
	};
	json_t *schema = schema_of("datapackage");

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		json_t *value = json_loads(wrong[i], 0, NULL);
		struct schema_check c = { .document = schema };

		ck_assert_msg(!schema_check(&c, schema, value, "package"), "passes: %s", wrong[i]);
		json_decref(value);
	}
	json_decref(schema);
}
END_TEST

START_TEST(the_columns_of_the_data_package_are_those_of_the_file)
{
	json_t *package;
	json_t *fields;
	const char *head;

	build();
	package = json_loads(file_text("datapackage.json"), 0, NULL);
	fields = json_object_get(
		json_object_get(json_array_get(json_object_get(package, "resources"), 0), "schema"),
		"fields");
	head = file_text("ees/csc_small_monthly.csv");
	for (size_t i = 0; i < json_array_size(fields); i++) {
		const char *name =
			json_string_value(json_object_get(json_array_get(fields, i), "name"));

		ck_assert_uint_eq(strcspn(head, ",\n"), strlen(name));
		ck_assert_int_eq(strncmp(head, name, strlen(name)), 0);
		head += strlen(name) + 1;
	}
	ck_assert_int_eq(head[-1], '\n');
	json_decref(package);
	drop();
}
END_TEST

/* ---- changes */

static const char *because(void *context, const struct changes_cell *cell)
{
	(void)context;
	return strstr(cell->filters, "North") != NULL ? "late report" : "correction";
}

static enum err_code compare(const char *csv, const char *meta, struct text *out,
			     struct changes_count *count, struct err *err)
{
	struct zip_entries after = { .n = 0 };
	struct text data = { .len = 0 };
	struct text columns = { .len = 0 };
	enum err_code code;

	text_puts(&data, csv);
	text_puts(&columns, meta);
	assert_ok(bundle_files_take(&after, "ees/a.csv", &data, err), *err);
	assert_ok(bundle_files_take(&after, "ees/a.meta.csv", &columns, err), *err);
	code = changes_write(&files, &after, because, NULL, out, count, err);
	zip_entries_clear(&after);
	return code;
}

#define META                                                  \
	"col_name,col_type,label\ndistrict,Filter,District\n" \
	"referral_count,Indicator,Referrals\nplan_count,Indicator,Plans\n"
#define HEAD "time_period,time_identifier,la_name,district,referral_count,plan_count\n"

static void before(const char *csv)
{
	struct text data = { .len = 0 };
	struct text columns = { .len = 0 };
	struct err err = { 0 };

	text_puts(&data, csv);
	text_puts(&columns, META);
	assert_ok(bundle_files_take(&files, "ees/a.csv", &data, &err), err);
	assert_ok(bundle_files_take(&files, "ees/a.meta.csv", &columns, &err), err);
}

START_TEST(changes_are_those_of_the_published_cells_and_nothing_else)
{
	struct text out = { .len = 0 };
	struct changes_count n;
	struct err err = { 0 };

	before(HEAD "2026,July,B,Total,30,8\n2026,July,B,North,x,x\n2026,July,B,South,c,8\n");
	assert_ok(compare(HEAD
			  "2026,July,B,South,c,7\n2026,July,B,Total,41,8\n2026,July,B,North,11,x\n",
			  META, &out, &n, &err),
		  err);
	ck_assert_str_eq(
		out.bytes,
		"action,dataset,time_period,time_identifier,filters,indicator,old,new,reason\n"
		"M,a,2026,July,district=North,referral_count,x,11,late report\n"
		"M,a,2026,July,district=South,plan_count,8,7,correction\n"
		"M,a,2026,July,district=Total,referral_count,30,41,correction\n");
	ck_assert(n.changed == 3 && n.added == 0 && n.gone == 0);
	text_clear(&out);
	zip_entries_clear(&files);
}
END_TEST

START_TEST(rows_indicators_and_data_sets_that_come_and_go_are_named)
{
	struct text out = { .len = 0 };
	struct changes_count n;
	struct err err = { 0 };

	before(HEAD "2026,July,B,Total,30,8\n2026,July,B,North,9,9\n");
	assert_ok(compare("time_period,time_identifier,la_name,district,referral_count\n"
			  "2026,July,B,Total,30\n2026,July,B,West,7\n",
			  "col_name,col_type,label\nreferral_count,Indicator,Referrals\n", &out, &n,
			  &err),
		  err);
	ck_assert_str_eq(
		out.bytes,
		"action,dataset,time_period,time_identifier,filters,indicator,old,new,reason\n"
		"D,a,2026,July,district=North,referral_count,9,,late report\n"
		"D,a,2026,July,district=North,plan_count,9,,late report\n"
		"D,a,2026,July,district=Total,plan_count,8,,correction\n"
		"M,a,2026,July,district=West,referral_count,,7,correction\n");
	ck_assert(n.changed == 0 && n.added == 1 && n.gone == 3);
	text_clear(&out);
	zip_entries_clear(&files);
}
END_TEST

START_TEST(a_first_revision_has_the_heading_alone)
{
	build();
	ck_assert_str_eq(
		file_text("changes.csv"),
		"action,dataset,time_period,time_identifier,filters,indicator,old,new,reason\n");
	drop();
}
END_TEST

START_TEST(a_pair_that_does_not_fit_is_named)
{
	struct text out = { .len = 0 };
	struct changes_count n;
	struct err err = { 0 };

	before(HEAD "2026,July,B,Total,30,8\n");
	assert_error(compare(HEAD "2026,July,B,Total,30\n", META, &out, &n, &err), ERR_MALFORMED,
		     err, "ees/a.csv:2: 5 columns, not 6");
	assert_error(
		compare("time_period,time_identifier,district,plan_count\n", META, &out, &n, &err),
		ERR_MALFORMED, err, "ees/a.csv: its columns are not those of its meta file");
	assert_error(compare(HEAD "2026,July,\"B,Total\n", META, &out, &n, &err), ERR_MALFORMED,
		     err, "ees/a.csv:2: a quote is not closed");
	text_clear(&out);
	zip_entries_clear(&files);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, the_manifest_says_what_the_bundle_is_and_reads_back);
	tcase_add_test(tc, a_manifest_that_lacks_or_bends_a_member_is_refused_by_its_name);
	tcase_add_test(tc, a_cut_manifest_or_one_with_a_member_twice_is_refused);
	tcase_add_test(tc, coverage_names_each_district_and_what_is_missing);
	tcase_add_test(tc, the_data_package_is_as_its_official_schemas_say);
	tcase_add_test(tc, the_official_schemas_refuse_what_is_no_data_package);
	tcase_add_test(tc, the_columns_of_the_data_package_are_those_of_the_file);
	tcase_add_test(tc, changes_are_those_of_the_published_cells_and_nothing_else);
	tcase_add_test(tc, rows_indicators_and_data_sets_that_come_and_go_are_named);
	tcase_add_test(tc, a_first_revision_has_the_heading_alone);
	tcase_add_test(tc, a_pair_that_does_not_fit_is_named);
}

HARNESS_MAIN("manifest", add)
