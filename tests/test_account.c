#include "aggregator/web/account.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/signin.h"
#include "proto/clock.h"
#include "tests/harness.h"

#define NOW_US 1795000000000000LL
#define HOUR_US 3600000000LL

static char path[256];
static struct err err;
static const struct viewer admin = { .role = ROLE_ADMIN, .account = 99, .name = "root.admin" };

static struct office *open_office(void)
{
	struct office *o = NULL;

	clock_fix_us(NOW_US);
	(void)snprintf(path, sizeof path, "%s/office.db", harness_folder());
	assert_ok(office_open(path, &o, &err), err);
	return o;
}

static struct account make(const char *name, enum role role, const char *area)
{
	struct account a = { .role = role, .active = 1 };

	(void)snprintf(a.name, sizeof a.name, "%s", name);
	(void)snprintf(a.full_name, sizeof a.full_name, "Ann Other");
	(void)snprintf(a.area, sizeof a.area, "%s", area);
	return a;
}

static int64_t add_account(struct office *o, const char *name, enum role role)
{
	struct account a = make(name, role, role == ROLE_DISTRICT ? "north" : "");
	int64_t id = 0;

	(void)snprintf(a.hash, sizeof a.hash, "hash of %s", name);
	assert_ok(account_add(o, &admin, "local", &a, &id, &err), err);
	return id;
}

static void start(struct office *o, const char *name, char token[SIGNIN_TOKEN_BYTES],
		  struct viewer *v)
{
	struct account a;

	assert_ok(account_find(o, name, &a, &err), err);
	assert_ok(signin_start(o, &a, "127.0.0.1", 12, token, v, &err), err);
}

static int still_in(struct office *o, const char *token)
{
	struct viewer v;

	assert_ok(signin_find(o, token, NOW_US, 3600, &v, &err), err);
	return v.role != ROLE_NONE;
}

/* The newest row of the audit log: "who action about: detail". */
static char audited[512];

static enum err_code on_row(const struct office_audit_row *row, void *context, struct err *e)
{
	(void)context;
	(void)e;
	(void)snprintf(audited, sizeof audited, "%s %s %s: %s", row->who, row->action, row->about,
		       row->detail);
	return ERR_OK;
}

static const char *last_audit(struct office *o)
{
	struct office_audit_filter f = {
		.who = "", .action = "", .to_us = INT64_MAX, .before = INT64_MAX, .limit = 1
	};

	audited[0] = '\0';
	assert_ok(office_audit_list(o, &f, on_row, NULL, &err), err);
	return audited;
}

/* ---- add, find, list */

START_TEST(an_account_is_found_by_its_name_in_any_letters)
{
	struct office *o = open_office();
	struct account a = make("A.Analyst@City.example", ROLE_DISTRICT, "north"), found;
	int64_t id = 0;

	assert_ok(account_add(o, &admin, "10.0.0.1", &a, &id, &err), err);
	assert_ok(account_find(o, "a.ANALYST@city.example", &found, &err), err);
	ck_assert_int_eq(found.id, id);
	ck_assert_str_eq(found.name, "a.analyst@city.example");
	ck_assert_str_eq(found.full_name, "Ann Other");
	ck_assert_str_eq(found.area, "north");
	ck_assert_int_eq((int)found.role, ROLE_DISTRICT);
	ck_assert_int_eq(found.active, 1);
	ck_assert_int_eq(found.has_password, 0);
	ck_assert_str_eq(last_audit(o),
			 "root.admin account added a.analyst@city.example: Ann Other, role "
			 "district, area north");
	assert_error(account_find(o, "nobody", &found, &err), ERR_MISSING, err,
		     "there is no account 'nobody'");
	office_close(&o);
}
END_TEST

START_TEST(a_name_that_is_taken_is_refused_and_nothing_is_audited)
{
	struct office *o = open_office();
	struct account a = make("Bob", ROLE_CENTRAL, "");
	int64_t id = 0;

	(void)add_account(o, "bob", ROLE_DFE);
	assert_error(account_add(o, &admin, "local", &a, &id, &err), ERR_MALFORMED, err,
		     "There is an account 'bob' already");
	ck_assert_str_eq(last_audit(o), "root.admin account added bob: Ann Other, role dfe");
	office_close(&o);
}
END_TEST

START_TEST(what_an_account_needs_is_said_field_by_field)
{
	static const struct {
		const char *name, *full_name, *area, *words;
		enum role role;
	} wrong[] = {
		{ "", "Ann", "", "Enter an account name", ROLE_CENTRAL },
		{ "ann smith", "Ann", "", "Account name must begin with a letter", ROLE_CENTRAL },
		{ ".ann", "Ann", "", "Account name must begin with a letter", ROLE_CENTRAL },
		{ "ann<b>", "Ann", "", "Account name must begin with a letter", ROLE_CENTRAL },
		{ "ann", "  ", "", "Enter a full name", ROLE_CENTRAL },
		{ "ann", "Ann\n", "", "Full name must not hold control", ROLE_CENTRAL },
		{ "ann", "Ann", "", "Choose a role", ROLE_NONE },
		{ "ann", "Ann", "", "Choose the district of this account", ROLE_DISTRICT },
		{ "ann", "Ann", "north", "Only an account with the role District", ROLE_DFE },
	};
	struct office *o = open_office();
	int64_t id;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct account a = make(wrong[i].name, wrong[i].role, wrong[i].area);

		(void)snprintf(a.full_name, sizeof a.full_name, "%s", wrong[i].full_name);
		assert_error(account_add(o, &admin, "local", &a, &id, &err), ERR_MALFORMED, err,
			     wrong[i].words);
	}
	office_close(&o);
}
END_TEST

START_TEST(accounts_are_listed_by_name_and_a_failed_allocation_leaves_nothing)
{
	struct office *o = open_office();
	struct account *list = NULL;
	size_t n = 0;

	(void)add_account(o, "zoe", ROLE_CENTRAL);
	(void)add_account(o, "ann", ROLE_DFE);
	assert_ok(account_list(o, &list, &n, &err), err);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(list[0].name, "ann");
	ck_assert_str_eq(list[1].name, "zoe");
	free(list);
	harness_fail_allocation(1);
	assert_error(account_list(o, &list, &n, &err), ERR_NOMEM, err, "accounts: out of memory");
	harness_fail_allocation(0);
	ck_assert_ptr_null(list);
	ck_assert_uint_eq(n, 0);
	office_close(&o);
}
END_TEST

/* ---- change */

START_TEST(a_change_of_role_ends_the_accounts_sign_ins_and_no_others)
{
	struct office *o = open_office();
	char bob[SIGNIN_TOKEN_BYTES], ann[SIGNIN_TOKEN_BYTES];
	struct viewer v;
	struct account a;

	(void)add_account(o, "bob", ROLE_CENTRAL);
	(void)add_account(o, "ann", ROLE_CENTRAL);
	start(o, "bob", bob, &v);
	start(o, "ann", ann, &v);
	assert_ok(account_find(o, "bob", &a, &err), err);
	a.role = ROLE_DISTRICT;
	(void)snprintf(a.area, sizeof a.area, "south");
	assert_ok(account_change(o, &admin, "local", &a, &err), err);
	ck_assert_int_eq(still_in(o, bob), 0);
	ck_assert_int_eq(still_in(o, ann), 1);
	ck_assert_str_eq(last_audit(o), "root.admin account changed bob: role: central to "
					"district; area: none to south");
	office_close(&o);
}
END_TEST

START_TEST(another_full_name_ends_no_sign_in_and_no_change_is_not_audited)
{
	struct office *o = open_office();
	char token[SIGNIN_TOKEN_BYTES];
	struct viewer v;
	struct account a;

	(void)add_account(o, "bob", ROLE_CENTRAL);
	start(o, "bob", token, &v);
	assert_ok(account_find(o, "bob", &a, &err), err);
	assert_ok(account_change(o, &admin, "local", &a, &err), err);
	ck_assert_str_eq(last_audit(o), "bob sign-in bob: with password");
	(void)snprintf(a.full_name, sizeof a.full_name, "Bob Other");
	assert_ok(account_change(o, &admin, "local", &a, &err), err);
	ck_assert_int_eq(still_in(o, token), 1);
	ck_assert_str_eq(last_audit(o),
			 "root.admin account changed bob: full name: Ann Other to Bob Other");
	office_close(&o);
}
END_TEST

START_TEST(a_suspended_account_has_no_sign_in_and_no_token)
{
	struct office *o = open_office();
	char cookie[SIGNIN_TOKEN_BYTES], token[SIGNIN_TOKEN_BYTES];
	struct viewer v;
	struct account a;

	(void)add_account(o, "bob", ROLE_CENTRAL);
	start(o, "bob", cookie, &v);
	assert_ok(signin_token_make(o, &v, "local", "report", 30, token, &err), err);
	assert_ok(account_find(o, "bob", &a, &err), err);
	a.active = 0;
	assert_ok(account_change(o, &admin, "local", &a, &err), err);
	ck_assert_int_eq(still_in(o, cookie), 0);
	assert_ok(signin_token_find(o, token, NOW_US, &v, &err), err);
	ck_assert_int_eq((int)v.role, ROLE_NONE);
	assert_error(signin_proxy(o, "bob", "local", NOW_US, 12, &v, &err), ERR_DENIED, err,
		     "The account bob is suspended");
	office_close(&o);
}
END_TEST

START_TEST(the_last_active_administrator_cannot_be_suspended_or_demoted)
{
	struct office *o = open_office();
	struct account a;

	(void)add_account(o, "boss", ROLE_ADMIN);
	assert_ok(account_find(o, "boss", &a, &err), err);
	a.active = 0;
	assert_error(account_change(o, &admin, "local", &a, &err), ERR_DENIED, err,
		     "boss is the only active administrator: make another one first");
	a.active = 1;
	a.role = ROLE_CENTRAL;
	assert_error(account_change(o, &admin, "local", &a, &err), ERR_DENIED, err,
		     "boss is the only active administrator");
	(void)add_account(o, "second", ROLE_ADMIN);
	assert_ok(account_change(o, &admin, "local", &a, &err), err);
	office_close(&o);
}
END_TEST

START_TEST(an_account_that_is_not_there_cannot_be_changed)
{
	struct office *o = open_office();
	struct account a = make("ghost", ROLE_CENTRAL, "");

	a.id = 12;
	assert_error(account_change(o, &admin, "local", &a, &err), ERR_MISSING, err,
		     "there is no account 12");
	office_close(&o);
}
END_TEST

/* ---- passwords */

START_TEST(passwords_that_are_easy_to_guess_are_refused_with_the_reason)
{
	static const struct {
		const char *password, *words;
	} refused[] = {
		{ "", "Enter a password" },
		{ "elevenchars", "Password must be 12 characters or more" },
		/* eleven characters, more than twelve bytes */
		{ "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9 caf\xc3\xa9 x", "12 characters or more" },
		{ "unbelievable", NULL },
		{ "password1234", "too easy to guess" },
		{ "PassWord2026!", "too easy to guess" },
		{ "123Liverpool123!", "too easy to guess" },
		{ "passwordpassword", "too easy to guess" },
		{ "correcthorsebatterystaple", "too easy to guess" },
		{ "aaaaaaaaaaaaaaaa", "too easy to guess" },
		{ "abcabcabcabcab", "too easy to guess" },
		{ "abcdefghijklmn", "too easy to guess" },
		{ "0987654321098", "too easy to guess" },
		{ "789012345678", "too easy to guess" },
		{ "iloveann.smith", "must not hold the account's name" },
		{ "ANN.SMITH-ANN.SMITH", "must not hold the account's name" },
		{ "three random words", NULL },
		{ "kettle otter violin", NULL },
		{ "        twelve", NULL },
	};
	char longest[ACCOUNT_PASSWORD_MAX + 2];

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		enum err_code code = account_check_password("ann.smith", refused[i].password, &err);

		if (refused[i].words == NULL)
			assert_ok(code, err);
		else
			assert_error(code, ERR_MALFORMED, err, refused[i].words);
	}
	for (size_t i = 0; i < sizeof longest - 1; i++)
		longest[i] = (char)('a' + (i * i + i / 7) % 26);
	longest[sizeof longest - 1] = '\0';
	assert_error(account_check_password("ann", longest, &err), ERR_MALFORMED, err,
		     "Password must be 256 characters or fewer");
	longest[ACCOUNT_PASSWORD_MAX] = '\0';
	assert_ok(account_check_password("ann", longest, &err), err);
}
END_TEST

START_TEST(a_hash_matches_its_password_only_and_holds_none_of_it)
{
	char hash[ACCOUNT_HASH_BYTES];

	ck_assert_int_ge(sodium_init(), 0);
	assert_ok(account_hash_password("kettle otter violin", hash, &err), err);
	ck_assert_int_eq(strncmp(hash, "$argon2id$", 10), 0);
	ck_assert_ptr_null(strstr(hash, "kettle"));
	ck_assert_int_eq(account_password_matches(hash, "kettle otter violin"), 1);
	ck_assert_int_eq(account_password_matches(hash, "kettle otter violiN"), 0);
	ck_assert_int_eq(account_password_matches("", "kettle otter violin"), 0);
	ck_assert_int_eq(account_password_matches("", ""), 0);
}
END_TEST

/* Otherwise the time that an answer takes would tell which accounts there are. */
START_TEST(no_account_costs_as_much_as_a_wrong_password)
{
	char hash[ACCOUNT_HASH_BYTES];
	int64_t wrong_ms, none_ms;

	ck_assert_int_ge(sodium_init(), 0);
	assert_ok(account_hash_password("kettle otter violin", hash, &err), err);
	wrong_ms = clock_mono_ms();
	(void)account_password_matches(hash, "something else entirely");
	wrong_ms = clock_mono_ms() - wrong_ms;
	none_ms = clock_mono_ms();
	(void)account_password_matches("", "something else entirely");
	none_ms = clock_mono_ms() - none_ms;
	/* both do the same 256 MiB of work; a refusal without work takes no millisecond */
	ck_assert_int_gt(none_ms * 4, wrong_ms);
}
END_TEST

START_TEST(a_new_password_ends_every_other_sign_in)
{
	struct office *o = open_office();
	char here[SIGNIN_TOKEN_BYTES], there[SIGNIN_TOKEN_BYTES], link[ACCOUNT_LINK_BYTES];
	struct viewer v, other;
	struct account a;
	int64_t id = add_account(o, "bob", ROLE_CENTRAL);

	start(o, "bob", there, &other);
	start(o, "bob", here, &v);
	assert_ok(account_link_make(o, &admin, "local", id, NOW_US + HOUR_US, link, &err), err);
	assert_ok(account_set_hash(o, id, "new hash", &v, "local", &err), err);
	ck_assert_int_eq(still_in(o, here), 1);
	ck_assert_int_eq(still_in(o, there), 0);
	assert_error(account_link_find(o, link, NOW_US, &a, &err), ERR_MISSING, err,
		     "This link was used already");
	assert_ok(account_set_hash(o, id, "newer hash", &admin, "local", &err), err);
	ck_assert_int_eq(still_in(o, here), 0);
	ck_assert_str_eq(last_audit(o), "root.admin password set bob: other sign-ins ended");
	assert_error(account_set_hash(o, 12, "x", &admin, "local", &err), ERR_MISSING, err,
		     "there is no account 12");
	office_close(&o);
}
END_TEST

/* ---- links */

START_TEST(a_set_up_link_is_given_at_each_start_until_there_is_an_administrator)
{
	struct office *o = open_office();
	char first[ACCOUNT_LINK_TEXT_BYTES], second[ACCOUNT_LINK_TEXT_BYTES];
	struct account a;

	assert_ok(account_setup_link(o, "http://127.0.0.1:8080", first, sizeof first, &err), err);
	ck_assert_int_eq(strncmp(first, "http://127.0.0.1:8080/set-up/", 29), 0);
	ck_assert_uint_eq(strlen(first + 29), ACCOUNT_LINK_BYTES - 1);
	assert_ok(account_setup_link(o, "http://x", second, sizeof second, &err), err);
	assert_error(account_link_find(o, first + 29, NOW_US, &a, &err), ERR_MISSING, err,
		     "replaced by a newer one");
	assert_ok(account_link_find(o, second + 16, NOW_US, &a, &err), err);
	ck_assert_int_eq(a.id, 0);
	ck_assert_int_eq((int)a.role, ROLE_ADMIN);
	(void)add_account(o, "boss", ROLE_ADMIN);
	assert_error(account_link_find(o, second + 16, NOW_US, &a, &err), ERR_DENIED, err,
		     "There is an administrator already");
	assert_ok(account_setup_link(o, "http://x", first, sizeof first, &err), err);
	ck_assert_str_eq(first, "");
	assert_error(account_link_find(o, second + 16, NOW_US, &a, &err), ERR_MISSING, err,
		     "This link was used already");
	office_close(&o);
}
END_TEST

START_TEST(a_link_that_does_not_fit_its_room_is_said)
{
	struct office *o = open_office();
	char small[32];

	assert_error(account_setup_link(o, "http://127.0.0.1:8080", small, sizeof small, &err),
		     ERR_TOO_BIG, err, "the address of the dashboard is too long");
	office_close(&o);
}
END_TEST

START_TEST(the_set_up_link_makes_one_administrator_once)
{
	struct office *o = open_office();
	char token[ACCOUNT_LINK_BYTES];
	struct account chosen = make("Boss", ROLE_CENTRAL, ""), a;

	assert_ok(account_link_make(o, NULL, "local", 0, NOW_US + HOUR_US, token, &err), err);
	assert_ok(account_link_use(o, token, &chosen, "a hash", "127.0.0.1", &a, &err), err);
	ck_assert_str_eq(a.name, "boss");
	ck_assert_int_eq((int)a.role, ROLE_ADMIN); /* whatever the form said */
	ck_assert_int_eq(a.has_password, 1);
	assert_error(account_link_use(o, token, &chosen, "b", "local", &a, &err), ERR_MISSING, err,
		     "This link was used already");
	office_close(&o);
}
END_TEST

START_TEST(a_set_up_with_a_wrong_name_leaves_the_link_for_another_try)
{
	struct office *o = open_office();
	char token[ACCOUNT_LINK_BYTES];
	struct account chosen = make("not a name", ROLE_ADMIN, ""), a;

	assert_ok(account_link_make(o, NULL, "local", 0, NOW_US + HOUR_US, token, &err), err);
	assert_error(account_link_use(o, token, &chosen, "a hash", "local", &a, &err),
		     ERR_MALFORMED, err, "Account name must begin");
	assert_ok(account_link_find(o, token, NOW_US, &a, &err), err);
	office_close(&o);
}
END_TEST

START_TEST(an_invitation_sets_the_password_once_and_ends_with_its_time)
{
	struct office *o = open_office();
	char token[ACCOUNT_LINK_BYTES], old[SIGNIN_TOKEN_BYTES];
	struct account a;
	struct viewer v;
	int64_t id = add_account(o, "bob", ROLE_CENTRAL);

	start(o, "bob", old, &v);
	assert_ok(account_link_make(o, &admin, "local", id, NOW_US + HOUR_US, token, &err), err);
	assert_error(account_link_find(o, token, NOW_US + HOUR_US, &a, &err), ERR_MISSING, err,
		     "too old");
	assert_ok(account_link_find(o, token, NOW_US + HOUR_US - 1, &a, &err), err);
	ck_assert_str_eq(a.name, "bob");
	assert_ok(account_link_use(o, token, &a, "a hash", "127.0.0.1", &a, &err), err);
	ck_assert_str_eq(a.hash, "a hash");
	ck_assert_int_eq(still_in(o, old), 0);
	ck_assert_str_eq(last_audit(o), "bob password set bob: other sign-ins ended");
	assert_error(account_link_use(o, token, &a, "b", "local", &a, &err), ERR_MISSING, err,
		     "This link was used already");
	assert_error(account_link_find(o, "no-such-token", NOW_US, &a, &err), ERR_MISSING, err,
		     "Ask an administrator for a new link");
	office_close(&o);
}
END_TEST

START_TEST(a_suspended_account_cannot_use_its_link)
{
	struct office *o = open_office();
	char token[ACCOUNT_LINK_BYTES];
	struct account a;
	int64_t id = add_account(o, "bob", ROLE_CENTRAL);

	assert_ok(account_link_make(o, &admin, "local", id, NOW_US + HOUR_US, token, &err), err);
	assert_ok(account_find_id(o, id, &a, &err), err);
	a.active = 0;
	assert_ok(account_change(o, &admin, "local", &a, &err), err);
	assert_error(account_link_use(o, token, &a, "b", "local", &a, &err), ERR_DENIED, err,
		     "This account is suspended");
	assert_error(account_link_make(o, &admin, "local", 77, NOW_US, token, &err), ERR_MISSING,
		     err, "there is no account 77");
	office_close(&o);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, an_account_is_found_by_its_name_in_any_letters);
	tcase_add_test(tc, a_name_that_is_taken_is_refused_and_nothing_is_audited);
	tcase_add_test(tc, what_an_account_needs_is_said_field_by_field);
	tcase_add_test(tc, accounts_are_listed_by_name_and_a_failed_allocation_leaves_nothing);
	tcase_add_test(tc, a_change_of_role_ends_the_accounts_sign_ins_and_no_others);
	tcase_add_test(tc, another_full_name_ends_no_sign_in_and_no_change_is_not_audited);
	tcase_add_test(tc, a_suspended_account_has_no_sign_in_and_no_token);
	tcase_add_test(tc, the_last_active_administrator_cannot_be_suspended_or_demoted);
	tcase_add_test(tc, an_account_that_is_not_there_cannot_be_changed);
	tcase_add_test(tc, passwords_that_are_easy_to_guess_are_refused_with_the_reason);
	tcase_add_test(tc, a_hash_matches_its_password_only_and_holds_none_of_it);
	tcase_add_test(tc, no_account_costs_as_much_as_a_wrong_password);
	tcase_add_test(tc, a_new_password_ends_every_other_sign_in);
	tcase_add_test(tc, a_set_up_link_is_given_at_each_start_until_there_is_an_administrator);
	tcase_add_test(tc, a_link_that_does_not_fit_its_room_is_said);
	tcase_add_test(tc, the_set_up_link_makes_one_administrator_once);
	tcase_add_test(tc, a_set_up_with_a_wrong_name_leaves_the_link_for_another_try);
	tcase_add_test(tc, an_invitation_sets_the_password_once_and_ends_with_its_time);
	tcase_add_test(tc, a_suspended_account_cannot_use_its_link);
}

HARNESS_MAIN("account", add)
