#include "aggregator/web/rate.h"

#include <string.h>

#include "proto/limits.h"
#include "tests/harness.h"

#define START_MS 1000000

static struct rate *rate;

static void setup(void)
{
	struct err err = { .code = ERR_OK };

	assert_ok(rate_new(2, &rate, &err), err);
}

static void teardown(void)
{
	rate_free(&rate);
	ck_assert_ptr_null(rate);
	rate_free(&rate);
}

static int take(uint32_t address, int64_t now_ms)
{
	uint8_t key[RATE_KEY_BYTES] = { 0 };

	memcpy(key, &address, sizeof address);
	return rate_take(rate, key, now_ms);
}

START_TEST(a_burst_is_ten_seconds_worth_and_no_more)
{
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(take(1, START_MS), 1);
	ck_assert_int_eq(take(1, START_MS), 0);
	ck_assert_int_eq(take(2, START_MS), 1);
}
END_TEST

START_TEST(tokens_come_back_at_the_rate)
{
	while (take(1, START_MS))
		;
	ck_assert_int_eq(take(1, START_MS + 499), 0);
	ck_assert_int_eq(take(1, START_MS + 500), 1);
	ck_assert_int_eq(take(1, START_MS + 500), 0);
	ck_assert_int_eq(take(1, START_MS + 1500), 1);
	ck_assert_int_eq(take(1, START_MS + 1500), 1);
	ck_assert_int_eq(take(1, START_MS + 1500), 0);
}
END_TEST

START_TEST(asking_while_empty_costs_nothing_later)
{
	while (take(1, START_MS))
		;
	for (int ms = 1; ms < 500; ms++)
		ck_assert_int_eq(take(1, START_MS + ms), 0);
	ck_assert_int_eq(take(1, START_MS + 500), 1);
}
END_TEST

START_TEST(a_long_rest_fills_the_bucket_and_not_more)
{
	int n = 0;

	while (take(1, START_MS))
		;
	while (take(1, START_MS + 86400000LL))
		n++;
	ck_assert_int_eq(n, 20);
}
END_TEST

START_TEST(who_has_used_up_his_share_is_not_forgotten_for_strangers)
{
	while (take(1, START_MS))
		;
	for (uint32_t address = 2; address < 8 * LIMIT_WEB_PEERS; address++)
		(void)take(address, START_MS);
	ck_assert_int_eq(take(1, START_MS), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_burst_is_ten_seconds_worth_and_no_more);
	tcase_add_test(tc, tokens_come_back_at_the_rate);
	tcase_add_test(tc, asking_while_empty_costs_nothing_later);
	tcase_add_test(tc, a_long_rest_fills_the_bucket_and_not_more);
	tcase_add_test(tc, who_has_used_up_his_share_is_not_forgotten_for_strangers);
}

HARNESS_MAIN("rate", add)
