/* What holds for every measure, whatever the data: breakdowns add up to totals, parts are no larger
 * than wholes, the order of rows does not matter, and no look-up scans a table for each row. The
 * stage is synthetic: 250 children with rows in every list, spread by multiplication. */
#include "tests/hand_stage.h"

#define CHILDREN "250"

/* %s is replaced by the order of the rows. i: child; k: its n-th row; h spreads both. */
static const char synthetic_sql[] =
	"CREATE TEMP TABLE n AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c "
	"WHERE "
	"i < " CHILDREN
	") SELECT i, k, (i * 7919 + k * 104729) % 10007 AS h FROM c, (SELECT 0 AS k "
	"UNION ALL SELECT 1 UNION ALL SELECT 2);"
	"CREATE TEMP TABLE p AS SELECT i, k, h, 'C' || i AS child, "
	"CASE i % 3 WHEN 0 THEN 'male' WHEN 1 THEN 'female' END AS sex, "
	"CASE i % 4 WHEN 0 THEN 'white' WHEN 1 THEN 'asian' WHEN 2 THEN 'no code' END AS "
	"ethnicity, "
	"CASE WHEN i % 5 > 0 THEN day('2026-10-31') - (i * 37) % 6900 END AS birth, i % 18 AS age, "
	"'W' || (i % 7) AS ward, day('2026-10-31') - (h % 540) AS d, 'T' || (i % 3) AS team, "
	"'Worker ' || (i % 11) AS worker FROM n;"
	"INSERT INTO contacts SELECT child, sex, ethnicity, birth, age, ward, d, "
	"CASE i % 3 WHEN 0 THEN 'police' WHEN 1 THEN 'health' END, NULL FROM p ORDER BY %s;"
	"INSERT INTO early_help SELECT child, sex, ethnicity, birth, age, ward, "
	"d - 60 * (k > 0), "
	"CASE WHEN h % 3 > 0 THEN min(d - 60 * (k > 0) + h % 200, day('2026-10-31')) END, 'school' "
	"FROM p "
	"ORDER BY %s;"
	"INSERT INTO referrals SELECT child, sex, ethnicity, birth, age, ward, d, 'police', "
	"CASE h % 4 WHEN 0 THEN '5D' WHEN 1 THEN '6' END, CASE h % 5 WHEN 0 THEN 1 WHEN 1 THEN "
	"NULL "
	"ELSE 0 END, i % 3, team, worker FROM p ORDER BY %s;"
	"INSERT INTO assessments SELECT child, sex, ethnicity, birth, age, ward, 'no', d, 1, "
	"CASE WHEN h % 4 > 0 THEN min(d + h % 80, day('2026-10-31')) END, h % 2, team, worker FROM "
	"p "
	"WHERE k < 2 ORDER BY %s;"
	"INSERT INTO section47 SELECT child, sex, ethnicity, birth, age, ward, 'no', d, h % 2, "
	"CASE WHEN h % 2 = 0 THEN min(d + h % 30, day('2026-10-31')) END, h % 3 > 0, 0, 0, team, "
	"worker "
	"FROM p WHERE k = 0 ORDER BY %s;"
	"INSERT INTO cin SELECT child, sex, ethnicity, birth, age, ward, 'no', d, 'N1', d + 5, "
	"CASE WHEN h % 3 = 0 THEN min(d + 90, day('2026-10-31')) END, 'RC9', 'cin', team, "
	"CASE WHEN h % 5 > 0 THEN worker END FROM p WHERE k = 0 ORDER BY %s;"
	"INSERT INTO cpp SELECT child, sex, ethnicity, birth, age, ward, 'no', "
	"CASE h % 4 WHEN 0 THEN d ELSE d - 400 END, 'NEG', "
	"'EMO', "
	"d, 1, d - 50, CASE WHEN h % 3 = 0 THEN d END, 0, h % 3, team, worker FROM p WHERE k = 1 "
	"ORDER BY %s;"
	"INSERT INTO cin_episodes SELECT child, sex, ethnicity, birth, age, ward, 'no', d, 'N2', "
	"CASE WHEN h % 2 = 0 THEN min(d + 70, day('2026-10-31')) END, 'RC7' FROM p ORDER BY %s;"
	"INSERT INTO cpp_plans SELECT i * 3 + k, child, sex, ethnicity, birth, age, ward, 'no', d "
	"- 300, "
	"'NEG', 'PHY', CASE WHEN h % 2 = 0 THEN d END, h % 2 FROM p WHERE k < 2 ORDER BY %s;"
	"INSERT INTO cpp_reviews SELECT i * 3 + k, d - 300 + 80 FROM p WHERE k < 2 UNION ALL "
	"SELECT i * 3 + k, d - 300 + 80 + h % 200 FROM p WHERE k < 2 ORDER BY 2, 1;"
	"INSERT INTO staff SELECT CASE WHEN i % 9 > 0 THEN 'S' || i END, i % 4 = 0, '5', 1000000, "
	"NULL, "
	"CASE WHEN i % 10 = 0 THEN d END, i % 30, 500 * (i % 5), CASE WHEN i % 9 = 0 THEN 1000000 "
	"END, "
	"team FROM p WHERE k = 0 ORDER BY %s;"
	"DROP TABLE n; DROP TABLE p";

static void fill(const char *order)
{
	static const char *const lists[] = { "contacts",    "early_help",   "referrals",
					     "assessments", "section47",    "cin",
					     "cpp",         "cin_episodes", "cpp_plans",
					     "cpp_reviews", "staff" };
	char sql[sizeof synthetic_sql + 512];
	char *out = sql;

	for (const char *p = synthetic_sql; *p != '\0'; p++) {
		if (strncmp(p, "%s", 2) != 0) {
			*out++ = *p;
			continue;
		}
		memcpy(out, order, strlen(order));
		out += strlen(order);
		p++;
	}
	*out = '\0';
	hand_open("2026-10-31", "2024-05-01");
	hand_sql(sql);
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		hand_list(lists[i]);
}

START_TEST(every_breakdown_adds_up_to_the_total)
{
	const struct figure *total = NULL;
	int n_checked = 0;

	fill("i");
	assert_ok(hand_run(), hand_err);
	for (size_t i = 0; i < hand_figures->n; i++) {
		const struct figure *f = &hand_figures->items[i];
		int64_t numerator = 0, denominator = 0;

		if (f->dimension[0] == '\0')
			total = f; /* it sorts before its breakdowns */
		if (f->dimension[0] == '\0' || f->category[0] != '\0')
			continue;
		ck_assert_ptr_nonnull(total);
		ck_assert_int_eq(f->measure, total->measure);
		ck_assert_int_eq(f->period.start, total->period.start);
		for (size_t j = i + 1; j < hand_figures->n && hand_figures->items[j].category[0];
		     j++) {
			numerator += hand_figures->items[j].numerator;
			denominator += hand_figures->items[j].denominator;
		}
		ck_assert_int_eq(f->numerator, total->numerator);
		ck_assert_int_eq(f->denominator, total->denominator);
		ck_assert_int_eq(numerator, total->numerator);
		ck_assert_int_eq(denominator, total->denominator);
		n_checked++;
	}
	ck_assert_int_gt(n_checked, 1000);
	hand_close();
}
END_TEST

START_TEST(every_measure_that_counts_is_carried_and_no_part_exceeds_its_whole)
{
	int64_t most[512] = { 0 }; /* the greatest denominator of each measure */

	fill("i");
	assert_ok(hand_run(), hand_err);
	for (size_t i = 0; i < hand_figures->n; i++)
		if (hand_figures->items[i].denominator > most[hand_figures->items[i].measure])
			most[hand_figures->items[i].measure] = hand_figures->items[i].denominator;
	for (int i = 0; i < hand_set->n_measures; i++) {
		const struct measure *m = &hand_set->measures[i];
		const struct figure *f = hand_find(m->code, "2026-10", "", "");

		ck_assert_int_eq(f != NULL, m->kind != MEASURE_DERIVED);
		if (f == NULL)
			continue;
		ck_assert_msg(most[i] > 0, "%s counts nothing here", m->code);
		if (m->unit == MEASURE_PERCENT)
			ck_assert_int_le(f->numerator, f->denominator);
		if (m->part_of[0] != '\0') {
			const struct figure *whole = hand_find(m->part_of, "2026-10", "", "");
			int64_t part = m->unit == MEASURE_PERCENT ? f->denominator : f->numerator;

			ck_assert_ptr_nonnull(whole);
			ck_assert_msg(
				part <= (hand_set->measures[whole->measure].unit == MEASURE_PERCENT
						 ? whole->denominator
						 : whole->numerator),
				"%s exceeds %s", m->code, m->part_of);
		}
	}
	hand_close();
}
END_TEST

START_TEST(the_order_of_rows_does_not_matter)
{
	static const char *const orders[] = { "i DESC", "h", "h DESC, i" };
	struct figures *first;
	sqlite3 *db;

	fill("i");
	assert_ok(hand_run(), hand_err);
	first = hand_figures;
	db = hand.db;
	hand_figures = NULL;
	for (size_t o = 0; o < sizeof orders / sizeof orders[0]; o++) {
		fill(orders[o]);
		assert_ok(hand_run(), hand_err);
		ck_assert_uint_eq(hand_figures->n, first->n);
		for (size_t i = 0; i < first->n; i++) {
			const struct figure *a = &first->items[i], *b = &hand_figures->items[i];

			ck_assert_int_eq(a->measure, b->measure);
			ck_assert_int_eq(a->period.start, b->period.start);
			ck_assert_str_eq(a->dimension, b->dimension);
			ck_assert_str_eq(a->category, b->category);
			ck_assert_msg(a->numerator == b->numerator &&
					      a->denominator == b->denominator,
				      "%s differs", hand_set->measures[a->measure].code);
		}
		(void)sqlite3_close(hand.db);
	}
	measure_figures_free(&first);
	measure_figures_free(&hand_figures);
	measures_free(&hand_set);
	(void)sqlite3_close(db);
}
END_TEST

START_TEST(a_second_run_over_the_same_stage_gives_the_same)
{
	size_t n;

	fill("i");
	assert_ok(hand_run(), hand_err);
	n = hand_figures->n;
	assert_ok(hand_run(), hand_err);
	ck_assert_uint_eq(hand_figures->n, n);
	hand_close();
}
END_TEST

/* The plan of one measure: no scan of a table inside a correlated look-up. */
static void check_plan(const struct measure *m)
{
	char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", m->select);
	sqlite3_stmt *stmt;
	int correlated[64], n_correlated = 0;

	ck_assert_int_eq(sqlite3_prepare_v2(hand.db, sql, -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		int id = sqlite3_column_int(stmt, 0), parent = sqlite3_column_int(stmt, 1);
		const char *detail = (const char *)sqlite3_column_text(stmt, 3);
		int inside = strncmp(detail, "CORRELATED", 10) == 0;

		for (int i = 0; i < n_correlated; i++)
			if (correlated[i] == parent) {
				inside = 1;
				ck_assert_msg(strncmp(detail, "SCAN", 4) != 0, "%s: %s", m->code,
					      detail);
			}
		if (inside && n_correlated < 64)
			correlated[n_correlated++] = id;
	}
	(void)sqlite3_finalize(stmt);
	sqlite3_free(sql);
}

START_TEST(no_look_up_scans_a_table_for_each_row)
{
	fill("i");
	assert_ok(hand_run(), hand_err);
	for (int i = 0; i < hand_set->n_measures; i++)
		if (hand_set->measures[i].select != NULL)
			check_plan(&hand_set->measures[i]);
	hand_close();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, every_breakdown_adds_up_to_the_total);
	tcase_add_test(tc, every_measure_that_counts_is_carried_and_no_part_exceeds_its_whole);
	tcase_add_test(tc, the_order_of_rows_does_not_matter);
	tcase_add_test(tc, a_second_run_over_the_same_stage_gives_the_same);
	tcase_add_test(tc, no_look_up_scans_a_table_for_each_row);
}

HARNESS_MAIN("measure_property", add)
