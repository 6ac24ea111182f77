#include "aggregator/credit.h"

#include <string.h>

#include "proto/limits.h"
#include "tests/harness.h"

#define MIB (1024LL * 1024)
#define AGENTS 1000

START_TEST(few_agents_get_the_configured_credit)
{
	struct credit c;
	struct credit_share s[3] = { 0 };

	credit_init(&c, 32 * MIB, MIB);
	for (int i = 0; i < 3; i++) {
		credit_join(&c, &s[i]);
		ck_assert_int_eq(credit_tell(&c, &s[i], 0), MIB);
		ck_assert_int_eq(credit_due(&c, &s[i]), 0);
	}
}
END_TEST

/* 32 MiB: 8 are the reserve, 24 are shared: 24 MiB / 1,000 = 25,165 bytes. */
START_TEST(a_thousand_agents_together_never_have_more_than_the_pool)
{
	static struct credit_share s[AGENTS];
	struct credit c;
	int n_due;

	credit_init(&c, 32 * MIB, MIB);
	memset(s, 0, sizeof s);
	for (int i = 0; i < AGENTS; i++) {
		int64_t sum = 0;

		credit_join(&c, &s[i]);
		(void)credit_tell(&c, &s[i], 0);
		for (int j = 0; j <= i; j++)
			sum += s[j].told;
		ck_assert_int_eq(sum, c.told);
		ck_assert_int_le(sum, 24 * MIB);
	}
	for (int round = 0; round < 4; round++) {
		n_due = 0;
		for (int i = 0; i < AGENTS; i++) {
			if (!credit_due(&c, &s[i]))
				continue;
			n_due++;
			(void)credit_tell(&c, &s[i], 0);
			ck_assert_int_le(c.told, 24 * MIB);
		}
	}
	ck_assert_int_eq(n_due, 0);
	for (int i = 0; i < AGENTS; i++)
		ck_assert_int_ge(s[i].told, 25165 / 2);
}
END_TEST

START_TEST(an_agent_that_goes_gives_its_share_to_the_others)
{
	struct credit c;
	struct credit_share a = { 0 }, b = { 0 };

	credit_init(&c, 4 * MIB, 64 * MIB);
	credit_join(&c, &a);
	credit_join(&c, &a);
	ck_assert_int_eq(c.n_agents, 1);
	ck_assert_int_eq(credit_tell(&c, &a, 0), 3 * MIB);
	credit_join(&c, &b);
	ck_assert_int_eq(credit_tell(&c, &b, 0), 0);
	ck_assert_int_eq(credit_due(&c, &a), 1);
	ck_assert_int_eq(credit_tell(&c, &a, 0), 3 * MIB / 2);
	ck_assert_int_eq(credit_due(&c, &b), 1);
	ck_assert_int_eq(credit_tell(&c, &b, 0), 3 * MIB / 2);
	credit_leave(&c, &a);
	credit_leave(&c, &a);
	ck_assert_int_eq(c.n_agents, 1);
	ck_assert_int_eq(credit_tell(&c, &b, 0), 3 * MIB);
	credit_leave(&c, &b);
	ck_assert_int_eq(c.told, 0);
	ck_assert_int_eq(c.n_agents, 0);
}
END_TEST

START_TEST(frames_on_their_way_are_taken_for_a_while_after_a_reduction)
{
	struct credit c;
	struct credit_share a = { 0 }, b = { 0 };

	credit_init(&c, 4 * MIB, 64 * MIB);
	credit_join(&c, &a);
	(void)credit_tell(&c, &a, 1000);
	credit_join(&c, &b);
	(void)credit_tell(&c, &a, 1000);
	ck_assert_int_eq(credit_allows(&a, 2 * MIB, MIB / 2, 1000), 1);
	ck_assert_int_eq(credit_allows(&a, 2 * MIB, MIB / 2, 1000 + CREDIT_GRACE_MS), 0);
	ck_assert_int_eq(credit_allows(&a, MIB, MIB / 2, 1000 + CREDIT_GRACE_MS), 1);
}
END_TEST

START_TEST(one_frame_is_always_taken_when_nothing_else_waits)
{
	struct credit_share s = { 0 };

	ck_assert_int_eq(credit_allows(&s, 0, LIMIT_FRAME_BYTES, 0), 1);
	ck_assert_int_eq(credit_allows(&s, 1, LIMIT_FRAME_BYTES, 0), 0);
}
END_TEST

/* 32 MiB: the reserve has room for eight whole frames. */
START_TEST(the_reserve_is_lent_to_eight_agents_at_once_and_comes_back)
{
	static struct credit_share s[100];
	struct credit c;
	int n_lent = 0;

	credit_init(&c, 32 * MIB, MIB);
	memset(s, 0, sizeof s);
	for (int i = 0; i < 100; i++)
		credit_join(&c, &s[i]);
	for (int i = 0; i < 100; i++)
		(void)credit_tell(&c, &s[i], 0);
	for (int i = 0; i < 100; i++)
		n_lent += credit_lend(&c, &s[i], 0);
	ck_assert_int_eq(n_lent, 8);
	ck_assert_int_eq(credit_lend(&c, &s[0], 0), 0); /* it has a loan */
	ck_assert_int_ge(credit_tell(&c, &s[0], 0), LIMIT_FRAME_BYTES);
	credit_return(&c, &s[0]);
	credit_return(&c, &s[0]);
	ck_assert_int_eq(credit_lend(&c, &s[50], 0), 1);
	ck_assert_int_eq(credit_lend(&c, &s[51], 0), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, few_agents_get_the_configured_credit);
	tcase_add_test(tc, a_thousand_agents_together_never_have_more_than_the_pool);
	tcase_add_test(tc, an_agent_that_goes_gives_its_share_to_the_others);
	tcase_add_test(tc, frames_on_their_way_are_taken_for_a_while_after_a_reduction);
	tcase_add_test(tc, one_frame_is_always_taken_when_nothing_else_waits);
	tcase_add_test(tc, the_reserve_is_lent_to_eight_agents_at_once_and_comes_back);
}

HARNESS_MAIN("credit", add)
