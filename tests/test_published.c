#include "proto/area.h"
#include "proto/date.h"
#include "proto/out.h"

#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The DfE's published rates and percentages of Birmingham, 2013 to 2024, from their published
 * numerators and denominators (tests/data/PROVENANCE.md). */

struct published {
	char table[8];
	int year;
	char indicator[80];
	long long numerator, denominator, per;
	char value[16]; /* "22.9", "22" */
};

static FILE *open_published(void)
{
	FILE *f = fopen("tests/data/published_birmingham.csv", "r");
	char heading[128];

	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(heading, sizeof heading, f));
	ck_assert_str_eq(heading, "table,year,indicator,numerator,denominator,per,published\n");
	return f;
}

static int next_published(FILE *f, struct published *p)
{
	return fscanf(f, "%7[^,],%d,%79[^,],%lld,%lld,%lld,%15s\n", p->table, &p->year,
		      p->indicator, &p->numerator, &p->denominator, &p->per, p->value) == 7;
}

/* "22.9" → 229, "22" → 220. */
static int64_t tenths(const char *text)
{
	char *end = NULL;
	int64_t n = strtoll(text, &end, 10) * 10;

	return *end == '.' ? n + (end[1] - '0') : n;
}

START_TEST(every_published_figure_is_its_ratio_rounded_half_up)
{
	FILE *f = open_published();
	struct published p;
	int n = 0;

	while (next_published(f, &p)) {
		int64_t got = out_round_ratio(p.numerator, p.denominator, p.per, 1);

		ck_assert_msg(got == tenths(p.value), "%s %d %s: %lld tenths, published %s",
			      p.table, p.year, p.indicator, (long long)got, p.value);
		n++;
	}
	ck_assert(feof(f));
	(void)fclose(f);
	ck_assert_int_eq(n, 698);
}
END_TEST

START_TEST(every_published_rate_uses_the_population_of_our_rule)
{
	FILE *f = open_published();
	struct area_tree *tree = NULL;
	struct err err = { ERR_OK, "" };
	struct published p;
	int n = 0;

	assert_ok(area_tree_load("deploy/birmingham/areas.csv", "deploy/birmingham/populations.csv",
				 &tree, &err),
		  err);
	while (next_published(f, &p)) {
		struct area_people found;

		if (p.per != 10000)
			continue;
		assert_ok(area_population(tree, area_find(tree, "birmingham"), 0, 17,
					  date_from_ymd(p.year, 3, 31), &found, &err),
			  err);
		ck_assert_int_eq(found.people, p.denominator);
		n++;
	}
	(void)fclose(f);
	area_tree_free(&tree);
	ck_assert_int_gt(n, 200);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, every_published_figure_is_its_ratio_rounded_half_up);
	tcase_add_test(tc, every_published_rate_uses_the_population_of_our_rule);
}

HARNESS_MAIN("published", add)
