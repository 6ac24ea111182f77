#include "proto/keys.h"

#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

static const char *path_in_folder(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof path, "%s/%s", harness_folder(), name);
	return path;
}

static const char *secret_file(const char *name, const char *text, mode_t mode)
{
	const char *path = harness_text(harness_folder(), name, text);

	ck_assert_int_eq(chmod(path, mode), 0);
	return path;
}

/* ZeroMQ RFC 26 prints these as its test keys (client "Bob"). */
#define RFC_PUBLIC "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
#define RFC_SECRET "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"

START_TEST(a_curve_secret_gives_the_public_key_of_the_zeromq_manual)
{
	const char *path = secret_file("rfc.key", "curve-secret " RFC_SECRET "\n", 0600);
	struct keys_curve keys;
	struct err err = { 0 };

	assert_ok(keys_curve_load(path, &keys, &err), err);
	ck_assert_str_eq(keys.public_text, RFC_PUBLIC);
	ck_assert_str_eq(keys.secret_text, RFC_SECRET);
}
END_TEST

/* RFC 8032, section 7.1, test 1. */
START_TEST(a_signing_seed_gives_the_public_key_of_rfc_8032)
{
	const char *path = secret_file(
		"rfc8032.key",
		"sign-secret 9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\n",
		0400);
	struct keys_sign keys;
	struct err err = { 0 };

	assert_ok(keys_sign_load(path, &keys, &err), err);
	ck_assert_str_eq(keys.public_text,
			 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
}
END_TEST

START_TEST(created_keys_load_again_and_are_private)
{
	const char *path = path_in_folder("curve.key");
	struct keys_curve curve, curve2;
	struct keys_sign sign, sign2;
	struct stat st;
	struct err err = { 0 };

	(void)umask(0);
	assert_ok(keys_curve_create(path, &curve, &err), err);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq((int)(st.st_mode & 0777), 0600);
	assert_ok(keys_curve_load(path, &curve2, &err), err);
	ck_assert_int_eq(memcmp(&curve, &curve2, sizeof curve), 0);
	path = path_in_folder("sign.key");
	assert_ok(keys_sign_create(path, &sign, &err), err);
	assert_ok(keys_sign_load(path, &sign2, &err), err);
	ck_assert_int_eq(memcmp(&sign, &sign2, sizeof sign), 0);
	keys_sign_wipe(&sign);
	ck_assert(sodium_is_zero((unsigned char *)&sign, sizeof sign));
	keys_curve_wipe(&curve);
	ck_assert(sodium_is_zero((unsigned char *)&curve, sizeof curve));
}
END_TEST

START_TEST(an_existing_key_is_never_replaced)
{
	const char *path = secret_file("kept.key", "curve-secret " RFC_SECRET "\n", 0600);
	struct keys_curve curve;
	struct keys_sign sign;
	struct err err = { 0 };
	char *text;

	assert_error(keys_curve_create(path, &curve, &err), ERR_BUSY, err, "exists already");
	assert_error(keys_sign_create(path, &sign, &err), ERR_BUSY, err, "move it away");
	text = harness_read(path, NULL);
	ck_assert_str_eq(text, "curve-secret " RFC_SECRET "\n");
	free(text);
}
END_TEST

START_TEST(a_secret_that_others_can_read_is_denied_with_the_chmod)
{
	struct keys_curve curve;
	struct err err = { 0 };
	static const mode_t modes[] = { 0644, 0604, 0660, 0622 };
	char mend[256];

	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		const char *path =
			secret_file("open.key", "curve-secret " RFC_SECRET "\n", modes[i]);

		(void)snprintf(mend, sizeof mend, "chmod 600 %s", path);
		assert_error(keys_curve_load(path, &curve, &err), ERR_DENIED, err, mend);
	}
}
END_TEST

START_TEST(a_secret_of_another_user_is_denied)
{
	const char *path = secret_file("foreign.key", "curve-secret " RFC_SECRET "\n", 0600);
	struct keys_curve curve;
	struct err err = { 0 };

	if (geteuid() != 0)
		return; /* only root can give a file away */
	ck_assert_int_eq(chown(path, 65534, 65534), 0);
	assert_error(keys_curve_load(path, &curve, &err), ERR_DENIED, err,
		     "belongs to uid 65534; run: chown 0 ");
}
END_TEST

START_TEST(damaged_key_files_are_named)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "", "does not start with \"curve-secret \"" },
		{ "sign-secret 00", "does not start with \"curve-secret \"" },
		{ "curve-secret", "does not start with" },
		{ "curve-secret abc", "must have 40 characters" },
		{ "curve-secret " RFC_SECRET "x", "must have 40 characters" },
		{ "curve-secret \"\"\"\"\"IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs", "not a Z85 key" },
	};
	struct keys_curve curve;
	struct keys_sign sign;
	struct err err = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *path = secret_file("bad.key", cases[i].text, 0600);

		assert_error(keys_curve_load(path, &curve, &err), ERR_MALFORMED, err,
			     cases[i].words);
	}
	assert_error(
		keys_sign_load(
			secret_file(
				"bad.key",
				"sign-secret "
				"zz61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
				0600),
			&sign, &err),
		ERR_MALFORMED, err, "must be 64 hexadecimal digits");
	assert_error(keys_sign_load(path_in_folder("none.key"), &sign, &err), ERR_MISSING, err,
		     "none.key: No such file or directory");
}
END_TEST

START_TEST(an_enrolment_line_is_read_back)
{
	struct keys_curve curve;
	struct keys_sign sign;
	struct keys_enrolment e;
	struct err err = { 0 };
	char line[256], padded[300];

	assert_ok(keys_curve_create(path_in_folder("c.key"), &curve, &err), err);
	assert_ok(keys_sign_create(path_in_folder("s.key"), &sign, &err), err);
	ck_assert_int_gt(keys_enrolment_format("hodge-hill", &curve, &sign, line, sizeof line), 0);
	(void)snprintf(padded, sizeof padded, " \t%s\r\n", line);
	assert_ok(keys_enrolment_parse(padded, &e, &err), err);
	ck_assert_str_eq(e.agent, "hodge-hill");
	ck_assert_str_eq(e.curve_text, curve.public_text);
	ck_assert_mem_eq(e.curve_public, curve.public_key, 32);
	ck_assert_mem_eq(e.sign_public, sign.public_key, 32);
}
END_TEST

#define SIGN_HEX "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

START_TEST(a_wrong_enrolment_line_names_the_part)
{
	static const struct {
		enum err_code code;
		const char *line, *words;
	} cases[] = {
		{ ERR_MALFORMED, "", "\"district-enrol\" is missing" },
		{ ERR_MALFORMED, "district-enrol 1 ladywood", "the CURVE key is missing" },
		{ ERR_MALFORMED, "enrol 1 ladywood " RFC_PUBLIC " " SIGN_HEX, "must start with" },
		{ ERR_VERSION, "district-enrol 2 ladywood " RFC_PUBLIC " " SIGN_HEX,
		  "format 2 is not known" },
		{ ERR_MALFORMED, "district-enrol 1 Ladywood " RFC_PUBLIC " " SIGN_HEX,
		  "the agent's name" },
		{ ERR_MALFORMED, "district-enrol 1 ladywood abc " SIGN_HEX,
		  "the CURVE key is not 40 characters" },
		{ ERR_MALFORMED, "district-enrol 1 ladywood " RFC_PUBLIC " 00ff",
		  "the signing key is not" },
		{ ERR_MALFORMED,
		  "district-enrol 1 ladywood " RFC_PUBLIC
		  " 0000000000000000000000000000000000000000000000000000000000000000",
		  "the signing key is not" },
		{ ERR_MALFORMED, "district-enrol 1 ladywood " RFC_PUBLIC " " SIGN_HEX " more",
		  "something follows" },
	};
	struct keys_enrolment e;
	struct err err = { 0 };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_error(keys_enrolment_parse(cases[i].line, &e, &err), cases[i].code, err,
			     cases[i].words);
}
END_TEST

START_TEST(names_are_short_plain_words)
{
	char longest[66];

	memset(longest, 'a', 65);
	longest[64] = '\0';
	ck_assert(keys_name_valid("hodge-hill"));
	ck_assert(keys_name_valid("a1"));
	ck_assert(keys_name_valid(longest));
	longest[64] = 'a';
	longest[65] = '\0';
	ck_assert(!keys_name_valid(longest));
	ck_assert(!keys_name_valid(""));
	ck_assert(!keys_name_valid("1a"));
	ck_assert(!keys_name_valid("-a"));
	ck_assert(!keys_name_valid("Edgbaston"));
	ck_assert(!keys_name_valid("hall green"));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_curve_secret_gives_the_public_key_of_the_zeromq_manual);
	tcase_add_test(tc, a_signing_seed_gives_the_public_key_of_rfc_8032);
	tcase_add_test(tc, created_keys_load_again_and_are_private);
	tcase_add_test(tc, an_existing_key_is_never_replaced);
	tcase_add_test(tc, a_secret_that_others_can_read_is_denied_with_the_chmod);
	tcase_add_test(tc, a_secret_of_another_user_is_denied);
	tcase_add_test(tc, damaged_key_files_are_named);
	tcase_add_test(tc, an_enrolment_line_is_read_back);
	tcase_add_test(tc, a_wrong_enrolment_line_names_the_part);
	tcase_add_test(tc, names_are_short_plain_words);
}

HARNESS_MAIN("keys", add)
