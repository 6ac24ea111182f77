#include "aggregator/web/signin.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/clock.h"
#include "tests/harness.h"

#define NOW_US 1795000000000000LL
#define SECOND_US 1000000LL
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US (60 * MINUTE_US)
#define IDLE_S 1800

static char path[256];
static struct err err;

static struct office *open_office(void)
{
	struct office *o = NULL;

	clock_fix_us(NOW_US);
	(void)snprintf(path, sizeof path, "%s/office.db", harness_folder());
	assert_ok(office_open(path, &o, &err), err);
	return o;
}

static struct account add_account(struct office *o, const char *name)
{
	struct account a = { .role = ROLE_CENTRAL, .hash = "a hash" };
	int64_t id = 0;

	(void)snprintf(a.name, sizeof a.name, "%s", name);
	(void)snprintf(a.full_name, sizeof a.full_name, "Ann Other");
	assert_ok(account_add(o, NULL, "local", &a, &id, &err), err);
	assert_ok(account_find_id(o, id, &a, &err), err);
	return a;
}

static enum role role_of(struct office *o, const char *token, int64_t now_us)
{
	struct viewer v;

	assert_ok(signin_find(o, token, now_us, IDLE_S, &v, &err), err);
	return v.role;
}

/* How often the bytes stand in the files of the database. */
static int occurrences(const char *bytes)
{
	static const char *const ends[] = { "", "-wal" };
	int n = 0;

	for (int i = 0; i < 2; i++) {
		char name[300];
		size_t len = 0;
		char *text;

		(void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
		text = harness_read(name, &len);
		for (size_t at = 0; at + strlen(bytes) <= len; at++)
			n += memcmp(text + at, bytes, strlen(bytes)) == 0;
		free(text);
	}
	return n;
}

/* ---- sign-ins */

START_TEST(a_sign_in_is_found_by_its_token_only)
{
	struct office *o = open_office();
	struct account a = add_account(o, "ann");
	char token[SIGNIN_TOKEN_BYTES];
	static const uint8_t none[32];
	struct viewer v, found;

	assert_ok(signin_start(o, &a, "10.0.0.1", 12, token, &v, &err), err);
	ck_assert_uint_eq(strlen(token), 43);
	assert_ok(signin_find(o, token, NOW_US, IDLE_S, &found, &err), err);
	ck_assert_int_eq((int)found.role, ROLE_CENTRAL);
	ck_assert_str_eq(found.name, "ann");
	ck_assert_str_eq(found.full_name, "Ann Other");
	ck_assert_int_eq(found.account, a.id);
	ck_assert_int_eq(found.signin, v.signin);
	ck_assert_mem_eq(found.csrf, v.csrf, 32);
	ck_assert_mem_ne(found.csrf, none, 32);
	token[5] = token[5] == 'x' ? 'y' : 'x';
	ck_assert_int_eq((int)role_of(o, token, NOW_US), ROLE_NONE);
	ck_assert_int_eq((int)role_of(o, "", NOW_US), ROLE_NONE);
	office_close(&o);
}
END_TEST

START_TEST(each_sign_in_has_a_token_of_its_own)
{
	struct office *o = open_office();
	struct account a = add_account(o, "ann");
	char first[SIGNIN_TOKEN_BYTES], second[SIGNIN_TOKEN_BYTES];
	struct viewer v, w;

	assert_ok(signin_start(o, &a, "local", 12, first, &v, &err), err);
	assert_ok(signin_start(o, &a, "local", 12, second, &w, &err), err);
	ck_assert_str_ne(first, second);
	ck_assert_mem_ne(v.csrf, w.csrf, 32);
	office_close(&o);
}
END_TEST

START_TEST(no_token_link_or_password_stands_in_the_database)
{
	struct office *o = open_office();
	struct account a = add_account(o, "ann");
	char cookie[SIGNIN_TOKEN_BYTES], token[SIGNIN_TOKEN_BYTES], link[ACCOUNT_LINK_BYTES];
	struct viewer v;

	assert_ok(signin_start(o, &a, "local", 12, cookie, &v, &err), err);
	assert_ok(signin_token_make(o, &v, "local", "for the report", 30, token, &err), err);
	assert_ok(account_link_make(o, NULL, "local", a.id, NOW_US + HOUR_US, link, &err), err);
	assert_ok(signin_failed(o, "hunter2 typed here", "local", NOW_US, &err), err);
	assert_ok(signin_refused(o, "hunter2 typed here", "local", &err), err);
	ck_assert_int_gt(occurrences("for the report"), 0);
	ck_assert_int_eq(occurrences(cookie), 0);
	ck_assert_int_eq(occurrences(token), 0);
	ck_assert_int_eq(occurrences(link), 0);
	ck_assert_int_eq(occurrences("hunter2"), 0);
	office_close(&o);
}
END_TEST

START_TEST(a_sign_in_ends_when_it_is_idle_and_lives_when_it_is_used)
{
	struct office *o = open_office();
	struct account a = add_account(o, "ann");
	char token[SIGNIN_TOKEN_BYTES];
	struct viewer v;

	assert_ok(signin_start(o, &a, "local", 12, token, &v, &err), err);
	ck_assert_int_eq((int)role_of(o, token, NOW_US + 29 * MINUTE_US), ROLE_CENTRAL);
	ck_assert_int_eq((int)role_of(o, token, NOW_US + 58 * MINUTE_US), ROLE_CENTRAL);
	ck_assert_int_eq((int)role_of(o, token, NOW_US + 88 * MINUTE_US), ROLE_NONE);
	office_close(&o);
}
END_TEST

START_TEST(a_sign_in_ends_after_its_hours_however_much_it_is_used)
{
	struct office *o = open_office();
	struct account a = add_account(o, "ann");
	char token[SIGNIN_TOKEN_BYTES];
	struct viewer v;

	assert_ok(signin_start(o, &a, "local", 2, token, &v, &err), err);
	for (int m = 20; m < 120; m += 20)
		ck_assert_int_eq((int)role_of(o, token, NOW_US + m * MINUTE_US), ROLE_CENTRAL);
	ck_assert_int_eq((int)role_of(o, token, NOW_US + 2 * HOUR_US), ROLE_NONE);
	office_close(&o);
}
END_TEST

START_TEST(a_page_is_read_while_the_database_is_held_by_another)
{
	struct office *o = open_office(), *other = NULL;
	struct account a = add_account(o, "ann");
	char token[SIGNIN_TOKEN_BYTES];
	struct viewer v;

	assert_ok(signin_start(o, &a, "local", 12, token, &v, &err), err);
	assert_ok(office_open(path, &other, &err), err);
	assert_ok(office_begin(other, &err), err);
	(void)sqlite3_busy_timeout(o->db, 1);
	ck_assert_int_eq((int)role_of(o, token, NOW_US + 5 * MINUTE_US), ROLE_CENTRAL);
	office_close(&other);
	office_close(&o);
}
END_TEST

START_TEST(an_account_changed_while_its_password_was_checked_does_not_come_in)
{
	struct office *o = open_office();
	struct account a = add_account(o, "ann"), changed = a;
	char token[SIGNIN_TOKEN_BYTES];
	struct viewer v;

	changed.active = 0;
	assert_ok(account_change(o, NULL, "local", &changed, &err), err);
	assert_error(signin_start(o, &a, "local", 12, token, &v, &err), ERR_DENIED, err,
		     "the account was changed meanwhile");
	ck_assert_int_eq((int)v.role, ROLE_NONE);
	changed.active = 1;
	assert_ok(account_change(o, NULL, "local", &changed, &err), err);
	assert_ok(account_set_hash(o, a.id, "another", NULL, "local", &err), err);
	assert_error(signin_start(o, &a, "local", 12, token, &v, &err), ERR_DENIED, err,
		     "the account was changed meanwhile");
	office_close(&o);
}
END_TEST

START_TEST(signing_out_ends_one_and_ending_the_others_leaves_it)
{
	struct office *o = open_office();
	struct account a = add_account(o, "ann"), b = add_account(o, "bob");
	char one[SIGNIN_TOKEN_BYTES], two[SIGNIN_TOKEN_BYTES], three[SIGNIN_TOKEN_BYTES],
		bobs[SIGNIN_TOKEN_BYTES];
	struct viewer v1, v2, v3, vb;

	assert_ok(signin_start(o, &a, "local", 12, one, &v1, &err), err);
	assert_ok(signin_start(o, &a, "local", 12, two, &v2, &err), err);
	assert_ok(signin_start(o, &a, "local", 12, three, &v3, &err), err);
	assert_ok(signin_start(o, &b, "local", 12, bobs, &vb, &err), err);
	assert_ok(signin_end(o, &v1, "local", &err), err);
	ck_assert_int_eq((int)role_of(o, one, NOW_US), ROLE_NONE);
	assert_error(signin_end_one(o, &vb, "local", v2.signin, &err), ERR_MISSING, err,
		     "This sign-in has ended already");
	ck_assert_int_eq((int)role_of(o, two, NOW_US), ROLE_CENTRAL);
	assert_ok(signin_end_others(o, &v3, "local", &err), err);
	ck_assert_int_eq((int)role_of(o, two, NOW_US), ROLE_NONE);
	ck_assert_int_eq((int)role_of(o, three, NOW_US), ROLE_CENTRAL);
	ck_assert_int_eq((int)role_of(o, bobs, NOW_US), ROLE_CENTRAL);
	assert_error(signin_end(o, &v1, "local", &err), ERR_MISSING, err, "has ended already");
	office_close(&o);
}
END_TEST

START_TEST(an_account_has_so_many_sign_ins_and_then_the_oldest_ends)
{
	struct office *o = open_office();
	struct account a = add_account(o, "ann");
	struct signin_row rows[SIGNIN_PER_ACCOUNT + 1];
	char first[SIGNIN_TOKEN_BYTES], token[SIGNIN_TOKEN_BYTES];
	struct viewer v;
	size_t n = 0;

	assert_ok(signin_start(o, &a, "10.0.0.1", 12, first, &v, &err), err);
	for (int i = 1; i <= SIGNIN_PER_ACCOUNT; i++) {
		clock_fix_us(NOW_US + i);
		assert_ok(signin_start(o, &a, "10.0.0.2", 12, token, &v, &err), err);
	}
	ck_assert_int_eq((int)role_of(o, first, NOW_US), ROLE_NONE);
	assert_ok(signin_list(o, a.id, NOW_US, IDLE_S, rows, &n, &err), err);
	ck_assert_uint_eq(n, SIGNIN_PER_ACCOUNT);
	ck_assert_int_eq(rows[0].id, v.signin);
	ck_assert_str_eq(rows[0].peer, "10.0.0.2");
	ck_assert_int_eq(rows[0].until_us, NOW_US + SIGNIN_PER_ACCOUNT + 12 * HOUR_US);
	office_close(&o);
}
END_TEST

/* ---- single sign-on */

START_TEST(who_the_proxy_names_comes_in_with_one_sign_in_for_all_requests)
{
	struct office *o = open_office();
	struct viewer v, again;

	(void)add_account(o, "ann@city.example");
	assert_ok(signin_proxy(o, "Ann@City.example", "local", NOW_US, 12, &v, &err), err);
	ck_assert_str_eq(v.name, "ann@city.example");
	assert_ok(signin_proxy(o, "ann@city.example", "local", NOW_US + HOUR_US, 12, &again, &err),
		  err);
	ck_assert_int_eq(again.signin, v.signin);
	ck_assert_mem_eq(again.csrf, v.csrf, 32);
	assert_ok(signin_proxy(o, "ann@city.example", "local", NOW_US + 12 * HOUR_US, 12, &again,
			       &err),
		  err);
	ck_assert_int_ne(again.signin, v.signin);
	assert_error(signin_proxy(o, "eve", "local", NOW_US, 12, &v, &err), ERR_DENIED, err,
		     "Single sign-on knows you as eve, but there is no account of this name");
	ck_assert_int_eq((int)v.role, ROLE_NONE);
	office_close(&o);
}
END_TEST

/* ---- attempts */

static void fail_at(struct office *o, const char *name, const char *peer, int64_t now_us, int times)
{
	for (int i = 0; i < times; i++)
		assert_ok(signin_failed(o, name, peer, now_us, &err), err);
}

/* Seconds until the next attempt, by trying. */
static int wait_s(struct office *o, const char *name, const char *peer, int64_t now_us)
{
	int s = 0;

	while (s < 5000 && signin_allowed(o, name, peer, now_us + s * SECOND_US, &err) == ERR_BUSY)
		s++;
	return s;
}

START_TEST(an_account_waits_longer_with_each_failure_up_to_an_hour)
{
	static const int waits[] = { 60, 120, 240, 480, 960, 1920, 3600, 3600 };
	struct office *o = open_office();

	fail_at(o, "ann", "10.0.0.1", NOW_US, SIGNIN_ACCOUNT_FREE - 1);
	ck_assert_int_eq(wait_s(o, "ann", "10.0.0.1", NOW_US), 0);
	for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
		fail_at(o, "Ann", "10.0.0.9", NOW_US, 1);
		ck_assert_int_eq(wait_s(o, "ann", "10.0.0.2", NOW_US), waits[i]);
	}
	ck_assert_int_eq(wait_s(o, "bob", "10.0.0.1", NOW_US), 0);
	office_close(&o);
}
END_TEST

START_TEST(the_wait_is_said_alike_whether_the_account_exists)
{
	struct office *o = open_office();
	char words[sizeof err.text];

	(void)add_account(o, "ann");
	fail_at(o, "ann", "10.0.0.1", NOW_US, 6);
	fail_at(o, "nobody", "10.0.0.2", NOW_US, 6);
	assert_error(signin_allowed(o, "ann", "10.0.0.3", NOW_US, &err), ERR_BUSY, err,
		     "Try again in 2 minutes.");
	(void)snprintf(words, sizeof words, "%s", err.text);
	assert_error(signin_allowed(o, "nobody", "10.0.0.3", NOW_US, &err), ERR_BUSY, err, words);
	assert_error(signin_allowed(o, "ann", "10.0.0.3", NOW_US + 119 * SECOND_US, &err), ERR_BUSY,
		     err, "Try again in 1 second.");
	office_close(&o);
}
END_TEST

START_TEST(an_address_is_slowed_whatever_names_it_tries)
{
	struct office *o = open_office();
	char name[16];

	for (int i = 0; i < SIGNIN_PEER_FREE + 2; i++) {
		(void)snprintf(name, sizeof name, "name%d", i);
		fail_at(o, name, "10.0.0.1", NOW_US, 1);
	}
	ck_assert_int_eq(wait_s(o, "ann", "10.0.0.1", NOW_US), 40);
	ck_assert_int_eq(wait_s(o, "ann", "10.0.0.2", NOW_US), 0);
	fail_at(o, "x", "10.0.0.1", NOW_US, 20);
	ck_assert_int_eq(wait_s(o, "ann", "10.0.0.1", NOW_US), SIGNIN_PEER_WAIT_MAX_S);
	ck_assert_int_eq(wait_s(o, "ann", "10.0.0.1", NOW_US + SIGNIN_PEER_FORGET_S * SECOND_US),
			 0);
	office_close(&o);
}
END_TEST

START_TEST(one_ipv6_network_is_one_address_and_a_unix_socket_is_none)
{
	struct office *o = open_office();

	fail_at(o, "x", "2001:db8:1:2::1", NOW_US, SIGNIN_PEER_FREE / 2);
	fail_at(o, "x", "2001:db8:1:2:ffff::9", NOW_US, SIGNIN_PEER_FREE / 2);
	ck_assert_int_eq(wait_s(o, "ann", "2001:db8:1:2:3::4", NOW_US), SIGNIN_PEER_WAIT_S);
	ck_assert_int_eq(wait_s(o, "ann", "2001:db8:1:3::1", NOW_US), 0);
	fail_at(o, "y", "local", NOW_US, 50);
	ck_assert_int_eq(wait_s(o, "ann", "local", NOW_US), 0);
	office_close(&o);
}
END_TEST

START_TEST(success_forgets_the_accounts_failures_but_not_the_addresss)
{
	struct office *o = open_office();

	fail_at(o, "ann", "10.0.0.1", NOW_US, 4);
	fail_at(o, "x", "10.0.0.1", NOW_US, SIGNIN_PEER_FREE - 4);
	assert_ok(signin_succeeded(o, "ann", "10.0.0.1", &err), err);
	ck_assert_int_eq(wait_s(o, "ann", "10.0.0.1", NOW_US), 0);
	fail_at(o, "ann", "10.0.0.1", NOW_US, 1); /* its own attempt only was taken back */
	ck_assert_int_eq(wait_s(o, "bob", "10.0.0.1", NOW_US), SIGNIN_PEER_WAIT_S);
	office_close(&o);
}
END_TEST

START_TEST(failures_are_forgotten_a_day_after_the_last)
{
	struct office *o = open_office();

	fail_at(o, "ann", "10.0.0.1", NOW_US, 9);
	fail_at(o, "ann", "10.0.0.1", NOW_US + 24 * HOUR_US, 1);
	ck_assert_int_eq(wait_s(o, "ann", "10.0.0.2", NOW_US + 24 * HOUR_US), 0);
	office_close(&o);
}
END_TEST

/* ---- API tokens */

START_TEST(a_token_is_its_account_until_it_is_revoked_or_too_old)
{
	struct office *o = open_office();
	struct account a = add_account(o, "ann"), b = add_account(o, "bob");
	char cookie[SIGNIN_TOKEN_BYTES], token[SIGNIN_TOKEN_BYTES];
	struct signin_token list[SIGNIN_TOKENS_MAX];
	struct viewer v, vb, found;
	size_t n = 0;

	assert_ok(signin_start(o, &a, "local", 12, cookie, &v, &err), err);
	assert_ok(signin_start(o, &b, "local", 12, cookie, &vb, &err), err);
	assert_ok(signin_token_make(o, &v, "local", "report", 1, token, &err), err);
	assert_ok(signin_token_find(o, token, NOW_US + 23 * HOUR_US, &found, &err), err);
	ck_assert_str_eq(found.name, "ann");
	ck_assert_int_eq((int)found.role, ROLE_CENTRAL);
	ck_assert_int_eq(found.signin, 0);
	assert_ok(signin_token_find(o, token, NOW_US + 24 * HOUR_US, &found, &err), err);
	ck_assert_int_eq((int)found.role, ROLE_NONE);
	ck_assert_int_eq((int)role_of(o, token, NOW_US), ROLE_NONE); /* it is no cookie */
	assert_ok(signin_token_list(o, a.id, list, &n, &err), err);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(list[0].label, "report");
	ck_assert_int_eq(list[0].used_us, NOW_US + 23 * HOUR_US);
	assert_error(signin_token_revoke(o, &vb, "local", list[0].id, &err), ERR_MISSING, err,
		     "This token was revoked already");
	assert_ok(signin_token_revoke(o, &v, "local", list[0].id, &err), err);
	assert_ok(signin_token_find(o, token, NOW_US, &found, &err), err);
	ck_assert_int_eq((int)found.role, ROLE_NONE);
	office_close(&o);
}
END_TEST

START_TEST(a_token_needs_a_label_and_a_time_and_there_are_so_many)
{
	struct office *o = open_office();
	struct account a = add_account(o, "ann");
	char token[SIGNIN_TOKEN_BYTES];
	char wide[SIGNIN_TOKEN_LABEL_MAX + 2];
	struct viewer v;

	memset(wide, 'x', sizeof wide - 1);
	wide[sizeof wide - 1] = '\0';
	assert_ok(signin_start(o, &a, "local", 12, token, &v, &err), err);
	assert_error(signin_token_make(o, &v, "local", " ", 1, token, &err), ERR_MALFORMED, err,
		     "Enter what the token is for");
	assert_error(signin_token_make(o, &v, "local", wide, 1, token, &err), ERR_MALFORMED, err,
		     "must be 64 characters or fewer");
	assert_error(signin_token_make(o, &v, "local", "a", 0, token, &err), ERR_MALFORMED, err,
		     "Number of days must be between 1 and 366");
	assert_error(signin_token_make(o, &v, "local", "a", 367, token, &err), ERR_MALFORMED, err,
		     "Number of days must be between 1 and 366");
	for (int i = 0; i < SIGNIN_TOKENS_MAX; i++)
		assert_ok(signin_token_make(o, &v, "local", "a", 1, token, &err), err);
	assert_error(signin_token_make(o, &v, "local", "a", 1, token, &err), ERR_FULL, err,
		     "You have 20 tokens, the most allowed");
	clock_fix_us(NOW_US + 25 * HOUR_US);
	assert_ok(signin_token_make(o, &v, "local", "a", 1, token, &err), err);
	office_close(&o);
}
END_TEST

/* ---- CSRF */

START_TEST(the_csrf_field_differs_each_time_and_matches_its_own_sign_in_only)
{
	struct viewer v = { .role = ROLE_CENTRAL }, other = { .role = ROLE_CENTRAL },
		      nobody = { .role = ROLE_NONE };
	char first[SIGNIN_CSRF_BYTES], second[SIGNIN_CSRF_BYTES];

	ck_assert_int_ge(sodium_init(), 0);
	randombytes_buf(v.csrf, sizeof v.csrf);
	randombytes_buf(other.csrf, sizeof other.csrf);
	(void)signin_csrf(&v, first);
	(void)signin_csrf(&v, second);
	ck_assert_str_ne(first, second);
	ck_assert_int_eq(signin_csrf_matches(&v, first), 1);
	ck_assert_int_eq(signin_csrf_matches(&v, second), 1);
	ck_assert_int_eq(signin_csrf_matches(&other, first), 0);
	ck_assert_int_eq(signin_csrf_matches(&v, ""), 0);
	ck_assert_int_eq(signin_csrf_matches(&v, "not base64 at all!"), 0);
	first[strlen(first) - 4] = '\0';
	ck_assert_int_eq(signin_csrf_matches(&v, first), 0);
	/* a secret of zeros would match any mask and itself */
	(void)signin_csrf(&nobody, first);
	ck_assert_int_eq(signin_csrf_matches(&nobody, first), 0);
}
END_TEST

/* ---- next */

START_TEST(only_paths_of_this_site_are_gone_back_to)
{
	static const char *const good[] = { "/", "/measures/contacts?area=x&by=week", "/sign-ins",
					    "/a//b" };
	static const char *const bad[] = {
		"",          "measures",  "//evil.example", "///evil.example", "/\\evil.example",
		"\\/evil",   "https://e", "javascript:x",   "/a\\b",           "/\t/evil.example",
		"/a b",      "/\r\nX: y", "/sign-in",       "/sign-in?next=/", "/sign-out",
		"/set-up/x",
	};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		ck_assert_msg(signin_next_is_local(good[i]), "%s is local", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!signin_next_is_local(bad[i]), "%s is not local", bad[i]);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_sign_in_is_found_by_its_token_only);
	tcase_add_test(tc, each_sign_in_has_a_token_of_its_own);
	tcase_add_test(tc, no_token_link_or_password_stands_in_the_database);
	tcase_add_test(tc, a_sign_in_ends_when_it_is_idle_and_lives_when_it_is_used);
	tcase_add_test(tc, a_sign_in_ends_after_its_hours_however_much_it_is_used);
	tcase_add_test(tc, a_page_is_read_while_the_database_is_held_by_another);
	tcase_add_test(tc, an_account_changed_while_its_password_was_checked_does_not_come_in);
	tcase_add_test(tc, signing_out_ends_one_and_ending_the_others_leaves_it);
	tcase_add_test(tc, an_account_has_so_many_sign_ins_and_then_the_oldest_ends);
	tcase_add_test(tc, who_the_proxy_names_comes_in_with_one_sign_in_for_all_requests);
	tcase_add_test(tc, an_account_waits_longer_with_each_failure_up_to_an_hour);
	tcase_add_test(tc, the_wait_is_said_alike_whether_the_account_exists);
	tcase_add_test(tc, an_address_is_slowed_whatever_names_it_tries);
	tcase_add_test(tc, one_ipv6_network_is_one_address_and_a_unix_socket_is_none);
	tcase_add_test(tc, success_forgets_the_accounts_failures_but_not_the_addresss);
	tcase_add_test(tc, failures_are_forgotten_a_day_after_the_last);
	tcase_add_test(tc, a_token_is_its_account_until_it_is_revoked_or_too_old);
	tcase_add_test(tc, a_token_needs_a_label_and_a_time_and_there_are_so_many);
	tcase_add_test(tc, the_csrf_field_differs_each_time_and_matches_its_own_sign_in_only);
	tcase_add_test(tc, only_paths_of_this_site_are_gone_back_to);
}

HARNESS_MAIN("signin", add)
