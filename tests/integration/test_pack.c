#include "tests/fleet.h"
#include "tests/harness.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* The monthly pack as a command: one file, or a mail that carries the same. */

static struct fleet_aggregator city;

static void setup(void)
{
	memset(&city, 0, sizeof city);
	city.web_port = 1;
	fleet_aggregator_make(&city, harness_folder(), "birmingham");
	fleet_aggregator_start(&city); /* makes the store */
	ck_assert_int_eq(fleet_stop(&city.process), 0);
}

START_TEST(the_pack_is_one_file_that_asks_for_nothing)
{
	char *pack = fleet_must("district-aggregator", "pack", "-c", city.config, NULL);

	ck_assert_int_eq(strncmp(pack, "<!DOCTYPE html>", 15), 0);
	ck_assert_ptr_nonnull(strstr(pack, "<style"));
	ck_assert_ptr_null(strstr(pack, "<script"));
	ck_assert_ptr_null(strstr(pack, "<link"));
	ck_assert_ptr_null(strstr(pack, " src="));
	ck_assert_ptr_null(strstr(pack, " href=\"http"));
	ck_assert_ptr_null(strstr(pack, "url("));
	ck_assert_ptr_null(strstr(pack, "@import"));
	ck_assert_ptr_nonnull(strstr(pack, "</html>"));
	free(pack);
}
END_TEST

/* The attachment of a mail, decoded; owned. */
static char *attachment(const char *mail)
{
	const char *from = strstr(mail, "Content-Transfer-Encoding: base64\n\n");
	const char *to;
	size_t len = 0;
	char *bytes;

	ck_assert_ptr_nonnull(from);
	from += strlen("Content-Transfer-Encoding: base64\n\n");
	to = strstr(from, "\n--");
	ck_assert_ptr_nonnull(to);
	for (const char *line = from; line < to; line = strchr(line, '\n') + 1)
		ck_assert_int_le((int)strcspn(line, "\n"), 76);
	bytes = calloc(1, (size_t)(to - from) + 1);
	ck_assert_ptr_nonnull(bytes);
	ck_assert_int_eq(sodium_base642bin((uint8_t *)bytes, (size_t)(to - from), from,
					   (size_t)(to - from), "\n", &len, NULL,
					   sodium_base64_VARIANT_ORIGINAL),
			 0);
	return bytes;
}

START_TEST(a_mail_names_both_ends_and_carries_the_whole_pack)
{
	char *mail = fleet_must("district-aggregator", "pack", "-c", city.config, "--mail-to",
				"panel@example.org", "--mail-from", "figures@example.org", NULL);
	char *pack = attachment(mail);

	ck_assert_int_eq(strncmp(mail, "From: figures@example.org\nTo: panel@example.org\n", 48),
			 0);
	ck_assert_int_eq(strncmp(pack, "<!DOCTYPE html>", 15), 0);
	ck_assert_ptr_nonnull(strstr(pack, "</html>"));
	free(pack);
	free(mail);
}
END_TEST

static void refused(const char *option, const char *value, int status, const char *words)
{
	struct fleet_said said =
		fleet_run("district-aggregator", "pack", "-c", city.config, option, value, NULL);

	ck_assert_int_eq(said.status, status);
	ck_assert_msg(strstr(said.errors, words) != NULL, "no \"%s\" in: %s", words, said.errors);
	ck_assert_str_eq(said.out, "");
	fleet_said_clear(&said);
}

START_TEST(a_bad_address_role_or_month_writes_nothing_and_says_why)
{
	refused("--mail-to", "panel@example.org\nBcc: x@example.org", 64, "is no mail address");
	refused("--mail-to", "panel@example.org", 64, "belong together");
	refused("--as", "district", 64, "takes commissioner or central");
	refused("--period", "2026-13", 65, "2026-13");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, the_pack_is_one_file_that_asks_for_nothing);
	tcase_add_test(tc, a_mail_names_both_ends_and_carries_the_whole_pack);
	tcase_add_test(tc, a_bad_address_role_or_month_writes_nothing_and_says_why);
}

HARNESS_MAIN("pack", add)
