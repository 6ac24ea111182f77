#include "aggregator/feed/zip.h"

#include "tests/feed_hand.h"

static const struct zip_file two[] = {
	{ "b.csv", "b,c\n1,2\n", 8 },
	{ "a.csv", "", 0 },
};

static void put(const char *name, const struct text *t)
{
	(void)harness_file(harness_folder(), name, t->bytes, t->len);
}

START_TEST(unzip_finds_nothing_wrong_and_takes_out_the_same)
{
	struct text out = { .len = 0 };
	struct err err = { 0 };
	char *back;

	assert_ok(zip_write(two, 2, &out, &err), err);
	put("x.zip", &out);
	ck_assert_int_eq(feed_shell("cd %s && unzip -t x.zip && unzip -o x.zip", harness_folder()),
			 0);
	back = harness_read(feed_path("b.csv"), NULL);
	ck_assert_str_eq(back, "b,c\n1,2\n");
	free(back);
	ck_assert_int_eq(feed_shell("test \"$(unzip -Z1 %s | tr '\\n' ' ')\" = 'a.csv b.csv '",
				    feed_path("x.zip")),
			 0);
	text_clear(&out);
}
END_TEST

START_TEST(the_order_in_which_files_are_given_changes_nothing)
{
	const struct zip_file turned[] = { two[1], two[0] };
	struct text a = { .len = 0 };
	struct text b = { .len = 0 };
	struct err err = { 0 };

	assert_ok(zip_write(two, 2, &a, &err), err);
	assert_ok(zip_write(turned, 2, &b, &err), err);
	ck_assert_uint_eq(a.len, b.len);
	ck_assert_mem_eq(a.bytes, b.bytes, a.len);
	text_clear(&a);
	text_clear(&b);
}
END_TEST

START_TEST(what_was_written_is_read_back)
{
	struct text out = { .len = 0 };
	struct zip_entries in;
	struct err err = { 0 };

	assert_ok(zip_write(two, 2, &out, &err), err);
	assert_ok(zip_read(out.bytes, out.len, &in, &err), err);
	ck_assert_int_eq(in.n, 2);
	ck_assert_str_eq(in.entries[0].name, "a.csv");
	ck_assert_uint_eq(in.entries[0].len, 0);
	ck_assert_str_eq(in.entries[1].bytes, "b,c\n1,2\n");
	zip_entries_clear(&in);
	text_clear(&out);
	assert_ok(zip_write(NULL, 0, &out, &err), err);
	assert_error(zip_read(out.bytes, out.len, &in, &err), ERR_MALFORMED, err,
		     "not a ZIP file, empty, or cut short");
	zip_entries_clear(&in);
	text_clear(&out);
}
END_TEST

START_TEST(names_that_lead_elsewhere_or_come_twice_are_not_written)
{
	static const char *const wrong[] = { "",     "/etc/x", "../x", "a/../x",
					     "a//b", "a/",     ".",    "a\\b" };
	const struct zip_file twice[] = { two[0], two[0] };
	struct text out = { .len = 0 };
	struct err err = { 0 };

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		const struct zip_file f = { wrong[i], "x", 1 };

		assert_error(zip_write(&f, 1, &out, &err), ERR_MALFORMED, err,
			     "no name for a file");
	}
	assert_error(zip_write(twice, 2, &out, &err), ERR_MALFORMED, err,
		     "'b.csv' would be in the ZIP twice");
	text_clear(&out);
}
END_TEST

/* Every single-byte cut is refused; so is every flipped byte of a file's content. */
START_TEST(a_cut_or_changed_archive_is_refused)
{
	struct text out = { .len = 0 };
	struct err err = { 0 };
	char *at;
	struct zip_entries in;

	assert_ok(zip_write(two, 2, &out, &err), err);
	for (size_t len = 0; len < out.len; len++) {
		char *cut = malloc(len + 1);

		memcpy(cut, out.bytes, len);
		assert_error(zip_read(cut, len, &in, &err), ERR_MALFORMED, err, "");
		zip_entries_clear(&in);
		free(cut);
	}
	at = memmem(out.bytes, out.len, "b,c\n", 4);
	*at ^= 1;
	assert_error(zip_read(out.bytes, out.len, &in, &err), ERR_MALFORMED, err,
		     "b.csv: damaged inside the ZIP");
	zip_entries_clear(&in);
	text_clear(&out);
}
END_TEST

/* The same length as a safe name, put over both of its places. */
static void rename_inside(struct text *zip, const char *from, const char *to)
{
	char *at = zip->bytes;

	while ((at = memmem(at, zip->len - (size_t)(at - zip->bytes), from, strlen(from))) != NULL)
		memcpy(at, to, strlen(to));
}

START_TEST(a_hostile_archive_is_refused_by_the_name_of_its_entry)
{
	static const char *const names[][2] = {
		{ "../ab", "'../ab': a name that no file" },
		{ "/ab.c", "'/ab.c': a name that no file" },
		{ "b.csv", "b.csv: is in the ZIP twice" },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct text out = { .len = 0 };
		struct zip_entries in;
		struct err err = { 0 };

		assert_ok(zip_write(two, 2, &out, &err), err);
		rename_inside(&out, "a.csv", names[i][0]);
		assert_error(zip_read(out.bytes, out.len, &in, &err), ERR_MALFORMED, err,
			     names[i][1]);
		zip_entries_clear(&in);
		text_clear(&out);
	}
}
END_TEST

START_TEST(a_compressed_archive_of_another_tool_is_read)
{
	struct zip_entries in;
	struct err err = { 0 };
	size_t len;
	char *zip;

	char body[5001];

	memset(body, 'q', 5000);
	body[5000] = '\0';
	(void)harness_text(harness_folder(), "q.csv", body);
	ck_assert_int_eq(feed_shell("cd %s && zip -9 p.zip q.csv", harness_folder()), 0);
	zip = harness_read(feed_path("p.zip"), &len);
	assert_ok(zip_read(zip, len, &in, &err), err);
	ck_assert_int_eq(in.n, 1);
	ck_assert_uint_eq(in.entries[0].len, 5000);
	ck_assert_int_eq(in.entries[0].bytes[4999], 'q');
	zip_entries_clear(&in);
	free(zip);
}
END_TEST

START_TEST(each_failed_allocation_is_said_and_leaks_nothing)
{
	struct err err = { 0 };
	enum err_code code = ERR_NOMEM;

	for (long n = 1; code != ERR_OK; n++) {
		struct text out = { .len = 0 };
		struct zip_entries in = { .n = 0 };

		harness_fail_allocation(n);
		code = zip_write(two, 2, &out, &err);
		if (code == ERR_OK)
			code = zip_read(out.bytes, out.len, &in, &err);
		harness_fail_allocation(0);
		ck_assert_msg(code == ERR_OK || code == ERR_NOMEM, "%s", err.text);
		zip_entries_clear(&in);
		text_clear(&out);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, unzip_finds_nothing_wrong_and_takes_out_the_same);
	tcase_add_test(tc, the_order_in_which_files_are_given_changes_nothing);
	tcase_add_test(tc, what_was_written_is_read_back);
	tcase_add_test(tc, names_that_lead_elsewhere_or_come_twice_are_not_written);
	tcase_add_test(tc, a_cut_or_changed_archive_is_refused);
	tcase_add_test(tc, a_hostile_archive_is_refused_by_the_name_of_its_entry);
	tcase_add_test(tc, a_compressed_archive_of_another_tool_is_read);
	tcase_add_test(tc, each_failed_allocation_is_said_and_leaks_nothing);
}

HARNESS_MAIN("zip", add)
