#include "aggregator/feed/minisign.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/feed_hand.h"

/* Made by the stock minisign 0.11 (minisign -G -W; minisign -S -t "trust me" of "hi\n"). */
#define STOCK_PUBLIC "RWTdKwpKwvfrEjFfZqHXTRqB4zyhrJ5yBNFC5enl/RRkppriMIkvHsMG"
#define STOCK_SECRET                                                                               \
	"untrusted comment: minisign encrypted secret key\n"                                       \
	"RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA3SsKSsL36xLGjJzh" \
	"SDW"                                                                                      \
	"iaKJKpVyfGsE9T6yOI3xIA0ZZWf98YmobdTFfZqHXTRqB4zyhrJ5yBNFC5enl/"                           \
	"RRkppriMIkvHsMGAAAAAAAAAAAAAA"                                                            \
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
#define STOCK_SIGNATURE                                                        \
	"untrusted comment: signature from minisign secret key\n"              \
	"RUTdKwpKwvfrEq1SwIYUDmFeCooRwE2GPW4QKH0Jy6IpVWqooqB00CC00o9NazR3MkC+" \
	"t9lu5XWfoxdtZUuJTriyU+"                                               \
	"pGzwRLvgE=\n"                                                         \
	"trusted comment: trust me\n"                                          \
	"8ZXSyvqdvda78+Mmdw46v7Id7UpxYeBkk1aw6lG/"                             \
	"u4bbuf+b3KFyN9eH9OfsyaqRo69uQhbNAV7WKYYfK+QcAg==\n"

static struct minisign_public stock_public(void)
{
	struct minisign_public key;
	struct err err = { 0 };

	assert_ok(minisign_public_load(STOCK_PUBLIC, &key, &err), err);
	return key;
}

static enum err_code verify(const char *bytes, const char *signature, struct err *err)
{
	struct minisign_public key = stock_public();
	char comment[MINISIGN_COMMENT_MAX + 1];

	return minisign_verify(&key, bytes, strlen(bytes), signature, strlen(signature), comment,
			       err);
}

START_TEST(a_signature_of_the_stock_tool_holds_and_ours_over_the_same_is_the_same)
{
	struct minisign_public key = stock_public();
	struct minisign_secret secret;
	struct err err = { 0 };
	char comment[MINISIGN_COMMENT_MAX + 1];
	char text[MINISIGN_FILE_MAX];
	const char *path = harness_text(harness_folder(), "stock.key", STOCK_SECRET);

	assert_ok(minisign_verify(&key, "hi\n", 3, STOCK_SIGNATURE, strlen(STOCK_SIGNATURE),
				  comment, &err),
		  err);
	ck_assert_str_eq(comment, "trust me");
	ck_assert_int_eq(chmod(path, 0600), 0);
	assert_ok(minisign_secret_load(path, &secret, &err), err);
	assert_ok(minisign_sign(&secret, "hi\n", 3, "trust me", text, &err), err);
	ck_assert_str_eq(text, STOCK_SIGNATURE);
}
END_TEST

START_TEST(the_number_is_shown_as_the_stock_tool_shows_it)
{
	struct minisign_public key = stock_public();
	char id[MINISIGN_ID_TEXT];
	char text[MINISIGN_PUBLIC_TEXT];

	ck_assert_str_eq(minisign_id_format(&key, id), "12EBF7C24A0A2BDD");
	ck_assert_str_eq(minisign_public_format(&key, text), STOCK_PUBLIC);
}
END_TEST

START_TEST(the_stock_tool_accepts_our_keys_and_signatures)
{
	struct minisign_secret key;
	struct err err = { 0 };
	char text[MINISIGN_FILE_MAX];
	const char *file = harness_text(harness_folder(), "m.json", "{\"a\": 1}\n");
	char path[512];

	(void)snprintf(path, sizeof path, "%s", file);
	assert_ok(minisign_create(feed_path("o.key"), feed_path("o.pub"), &key, &err), err);
	assert_ok(minisign_sign(&key, "{\"a\": 1}\n", 9, "city 2026-27-Q2 v1.0", text, &err), err);
	(void)harness_text(harness_folder(), "m.json.minisig", text);
	ck_assert_int_eq(feed_shell("minisign -V -p %s -m %s", feed_path("o.pub"), path), 0);
	ck_assert_int_eq(
		feed_shell("echo x >> %s; minisign -V -p %s -m %s", path, feed_path("o.pub"), path),
		1);
	/* and it signs with our secret key */
	ck_assert_int_eq(feed_shell("minisign -S -s %s -m %s -t again && minisign -V -p %s -m %s",
				    feed_path("o.key"), path, feed_path("o.pub"), path),
			 0);
}
END_TEST

START_TEST(we_accept_keys_and_signatures_of_the_stock_tool)
{
	struct minisign_public public;
	struct minisign_secret secret;
	struct err err = { 0 };
	char comment[MINISIGN_COMMENT_MAX + 1];
	char *signature;
	size_t len;

	(void)harness_text(harness_folder(), "f", "hello");
	ck_assert_int_eq(feed_shell("cd %s && minisign -G -W -p s.pub -s s.key && minisign -S -s "
				    "s.key -m f -t 'a b'",
				    harness_folder()),
			 0);
	signature = harness_read(feed_path("f.minisig"), &len);
	assert_ok(minisign_public_load(feed_path("s.pub"), &public, &err), err);
	assert_ok(minisign_secret_load(feed_path("s.key"), &secret, &err), err);
	ck_assert_mem_eq(secret.public.key, public.key, 32);
	assert_ok(minisign_verify(&public, "hello", 5, signature, len, comment, &err), err);
	ck_assert_str_eq(comment, "a b");
	free(signature);
}
END_TEST

START_TEST(changed_bytes_comments_keys_and_cut_files_are_told_apart)
{
	struct err err = { 0 };
	char text[MINISIGN_FILE_MAX];
	struct minisign_secret other;

	assert_error(verify("ho\n", STOCK_SIGNATURE, &err), ERR_DENIED, err, "does not fit");
	(void)snprintf(text, sizeof text, "%s", STOCK_SIGNATURE);
	memcpy(strstr(text, "trust me"), "thrust m", 8);
	assert_error(verify("hi\n", text, &err), ERR_DENIED, err,
		     "the trusted comment was changed");
	for (size_t len = 0; len + 1 < strlen(STOCK_SIGNATURE); len++) {
		(void)snprintf(text, sizeof text, "%.*s", (int)len, STOCK_SIGNATURE);
		assert_error(verify("hi\n", text, &err), ERR_MALFORMED, err, "cut short");
	}
	assert_ok(minisign_create(feed_path("x.key"), feed_path("x.pub"), &other, &err), err);
	assert_ok(minisign_sign(&other, "hi\n", 3, "trust me", text, &err), err);
	assert_error(verify("hi\n", text, &err), ERR_DENIED, err,
		     "not with the given key 12EBF7C24A0A2BDD");
}
END_TEST

START_TEST(a_secret_that_others_can_read_is_refused_with_the_chmod)
{
	static const mode_t open_modes[] = { 0644, 0604, 0620, 0602, 0666 };
	struct minisign_secret key;
	struct err err = { 0 };
	const char *path = harness_text(harness_folder(), "s.key", STOCK_SECRET);

	for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
		ck_assert_int_eq(chmod(path, open_modes[i]), 0);
		assert_error(minisign_secret_load(path, &key, &err), ERR_DENIED, err,
			     "lets others read or change the secret; run: chmod 600");
	}
	ck_assert_int_eq(chmod(path, 0400), 0);
	assert_ok(minisign_secret_load(path, &key, &err), err);
}
END_TEST

START_TEST(keys_with_a_password_or_damage_are_refused)
{
	struct minisign_secret key;
	struct minisign_public public;
	struct err err = { 0 };
	char text[512];
	const char *path;

	(void)snprintf(text, sizeof text, "%s", STOCK_SECRET);
	memcpy(strstr(text, "RWQAAEIy"), "RWRTY0Iy", 8); /* "Sc": scrypt */
	path = harness_text(harness_folder(), "p.key", text);
	ck_assert_int_eq(chmod(path, 0600), 0);
	assert_error(minisign_secret_load(path, &key, &err), ERR_MALFORMED, err,
		     "the key has a password");
	(void)snprintf(text, sizeof text, "%s", STOCK_SECRET);
	memcpy(strstr(text, "JzhSDW"), "JzhSDX", 6);
	path = harness_text(harness_folder(), "d.key", text);
	ck_assert_int_eq(chmod(path, 0600), 0);
	assert_error(minisign_secret_load(path, &key, &err), ERR_MALFORMED, err,
		     "the key is damaged");
	assert_error(minisign_secret_load("/nowhere/x.key", &key, &err), ERR_MISSING, err,
		     "open /nowhere/x.key");
	assert_error(minisign_public_load(harness_text(harness_folder(), "e.pub", "hello\n"),
					  &public, &err),
		     ERR_MALFORMED, err, "is no minisign public key");
	assert_error(minisign_public_load("RWnonsense", &public, &err), ERR_MISSING, err,
		     "open RWnonsense");
}
END_TEST

START_TEST(a_key_in_use_is_never_replaced_and_half_a_pair_is_not_left)
{
	struct minisign_secret key;
	struct err err = { 0 };
	struct stat st;

	assert_ok(minisign_create(feed_path("k.key"), feed_path("k.pub"), &key, &err), err);
	ck_assert_int_eq(stat(feed_path("k.key"), &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	assert_error(minisign_create(feed_path("k.key"), feed_path("n.pub"), &key, &err), ERR_BUSY,
		     err, "exists already");
	assert_error(minisign_create(feed_path("n.key"), feed_path("k.pub"), &key, &err), ERR_BUSY,
		     err, "k.pub: exists already");
	ck_assert_int_eq(stat(feed_path("n.key"), &st), -1);
}
END_TEST

START_TEST(a_comment_of_two_lines_or_too_long_is_refused)
{
	struct minisign_secret key;
	struct err err = { 0 };
	char text[MINISIGN_FILE_MAX];
	char comment[MINISIGN_COMMENT_MAX + 2];

	assert_ok(minisign_create(feed_path("k.key"), feed_path("k.pub"), &key, &err), err);
	assert_error(minisign_sign(&key, "x", 1, "a\nb", text, &err), ERR_MALFORMED, err,
		     "one line");
	memset(comment, 'c', sizeof comment - 1);
	comment[sizeof comment - 1] = '\0';
	assert_error(minisign_sign(&key, "x", 1, comment, text, &err), ERR_MALFORMED, err,
		     "at most 512");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_signature_of_the_stock_tool_holds_and_ours_over_the_same_is_the_same);
	tcase_add_test(tc, the_number_is_shown_as_the_stock_tool_shows_it);
	tcase_add_test(tc, the_stock_tool_accepts_our_keys_and_signatures);
	tcase_add_test(tc, we_accept_keys_and_signatures_of_the_stock_tool);
	tcase_add_test(tc, changed_bytes_comments_keys_and_cut_files_are_told_apart);
	tcase_add_test(tc, a_secret_that_others_can_read_is_refused_with_the_chmod);
	tcase_add_test(tc, keys_with_a_password_or_damage_are_refused);
	tcase_add_test(tc, a_key_in_use_is_never_replaced_and_half_a_pair_is_not_left);
	tcase_add_test(tc, a_comment_of_two_lines_or_too_long_is_refused);
}

HARNESS_MAIN("minisign", add)
