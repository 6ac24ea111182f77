#include "aggregator/project.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aggregator/rebuild.h"
#include "aggregator/rollup.h"
#include "proto/date.h"
#include "tests/harness.h"
#include "tests/reports.h"

/* Day numbers of the as-ats used below. */
#define NOV_1 20758 /* 2026-11-01 */
#define NOV_8 20765

static struct err err;
static char path[256];

struct scene {
	struct store *store;
	struct area_tree *areas;
	struct project *project;
	struct peer peer;
};

static void scene_open(struct scene *s)
{
	static const char *const both[] = { "north", "south", NULL };

	memset(s, 0, sizeof *s);
	(void)snprintf(path, sizeof path, "%s/store.db", harness_folder());
	ck_assert_int_eq(date_from_ymd(2026, 11, 1), NOV_1);
	assert_ok(store_open(path, DB_WRITE, &s->store, &err), err);
	s->areas = areas_small();
	assert_ok(project_new(s->store, s->areas, &s->project, &err), err);
	peer_init(&s->peer, "hall-green", 1);
	(void)peer_enrol(s->store, &s->peer, both, "active");
}

static void scene_close(struct scene *s)
{
	project_free(&s->project);
	store_close(&s->store);
	area_tree_free(&s->areas);
}

static void project_all(struct scene *s)
{
	int64_t lag = 1;
	int n_done;

	while (lag > 0)
		assert_ok(project_slice(s->project, 1, &n_done, &lag, &err), err);
}

/* Stores a report as seen on a day; the report.id. */
static int64_t report(struct scene *s, uint64_t sequence, int32_t as_at,
		      const struct figure *figures)
{
	struct entry_text text = { .as_at = as_at, .figures = figures };
	struct payload payload;
	int64_t id;

	payload_report(&s->peer, sequence, &text, &payload);
	id = payload_store(s->store, &s->peer, sequence, &payload);
	free(payload.bytes);
	return id;
}

/* Which report's figure counts for a measure; 0: none. */
static int64_t current_of(struct scene *s, const char *measure)
{
	char sql[256];

	(void)snprintf(sql, sizeof sql,
		       "SELECT coalesce((SELECT c.report FROM current c JOIN series t ON t.id = "
		       "c.measure WHERE t.measure = '%s' AND t.dimension = ''), 0)",
		       measure);
	return store_int(s->store, sql);
}

static const struct figure seven[] = { { "contacts", "", "", 7, 7 }, { 0 } };
static const struct figure nine[] = { { "contacts", "", "", 9, 9 }, { 0 } };
static const struct figure two_measures[] = { { "contacts", "", "", 9, 9 },
					      { "referrals", "", "", 4, 4 },
					      { 0 } };
static const struct figure bands[] = { { "contacts", "", "", 7, 7 },
				       { "contacts", "age_band", "", 7, 7 },
				       { "contacts", "age_band", "0", 3, 3 },
				       { "contacts", "age_band", "5-9", 4, 4 },
				       { 0 } };

START_TEST(a_report_becomes_a_header_its_rows_and_the_current_figure)
{
	struct scene s;
	int64_t id;

	scene_open(&s);
	id = report(&s, 1, NOV_1, bands);
	project_all(&s);
	ck_assert_int_eq(store_int(s.store, "SELECT as_at FROM header WHERE area = 'north'"),
			 NOV_1);
	ck_assert_int_eq(store_int(s.store, "SELECT count(*) FROM observation"), 4);
	ck_assert_int_eq(store_int(s.store, "SELECT o.numerator FROM observation o JOIN series s "
					    "ON s.id = o.series WHERE s.category = '5-9'"),
			 4);
	ck_assert_int_eq(current_of(&s, "contacts"), id);
	ck_assert_int_eq(store_int(s.store, "SELECT n_reports FROM current"), 1);
	scene_close(&s);
}
END_TEST

START_TEST(every_area_above_is_marked_and_the_district_itself_is_not)
{
	struct scene s;

	scene_open(&s);
	(void)report(&s, 1, NOV_1, seven);
	project_all(&s);
	ck_assert_int_eq(store_int(s.store, "SELECT count(*) FROM dirty"), 2);
	ck_assert_int_eq(store_int(s.store, "SELECT count(*) FROM dirty WHERE area IN ('city', "
					    "'land') AND period = 2020727"),
			 2); /* kind 2 (month), 2026-10-01 = day 20727 */
	scene_close(&s);
}
END_TEST

START_TEST(a_late_straggler_never_overwrites_a_newer_figure)
{
	struct scene s;
	int64_t newer;

	scene_open(&s);
	newer = report(&s, 2, NOV_8, nine);
	project_all(&s);
	assert_ok(db_exec(s.store->db, "DELETE FROM dirty", &err), err);
	(void)report(&s, 1, NOV_1, seven);
	project_all(&s);
	ck_assert_int_eq(current_of(&s, "contacts"), newer);
	ck_assert_int_eq(store_int(s.store, "SELECT n_reports FROM current"), 2);
	ck_assert_int_eq(store_int(s.store, "SELECT count(*) FROM dirty"), 0);
	scene_close(&s);
}
END_TEST

START_TEST(a_later_as_at_counts_before_a_higher_number)
{
	struct scene s;
	int64_t newer;

	scene_open(&s);
	(void)report(&s, 2, NOV_1, seven);
	newer = report(&s, 1, NOV_8, nine);
	project_all(&s);
	ck_assert_int_eq(current_of(&s, "contacts"), newer);
	scene_close(&s);
}
END_TEST

START_TEST(with_one_as_at_the_later_number_counts_whatever_came_last)
{
	struct scene s;
	int64_t second;

	scene_open(&s);
	second = report(&s, 2, NOV_1, nine);
	(void)report(&s, 1, NOV_1, seven);
	project_all(&s);
	ck_assert_int_eq(current_of(&s, "contacts"), second);
	scene_close(&s);
}
END_TEST

START_TEST(with_one_as_at_the_later_spool_counts_before_the_number)
{
	struct scene s;
	int64_t renewed;

	scene_open(&s);
	(void)report(&s, 7, NOV_1, seven); /* first spool: generation 1 */
	memset(s.peer.spool, 2, sizeof s.peer.spool);
	renewed = report(&s, 1, NOV_1, nine);
	memset(s.peer.spool, 1, sizeof s.peer.spool);
	(void)report(&s, 8, NOV_1, seven);
	project_all(&s);
	ck_assert_int_eq(current_of(&s, "contacts"), renewed);
	scene_close(&s);
}
END_TEST

START_TEST(a_report_that_omits_a_measure_leaves_the_earlier_figure_standing)
{
	struct scene s;
	int64_t first, second;

	scene_open(&s);
	first = report(&s, 1, NOV_1, two_measures);
	second = report(&s, 2, NOV_8, seven);
	project_all(&s);
	ck_assert_int_eq(current_of(&s, "contacts"), second);
	ck_assert_int_eq(current_of(&s, "referrals"), first);
	scene_close(&s);
}
END_TEST

static void withdraw(struct scene *s, uint64_t sequence, uint64_t target)
{
	struct payload payload;

	payload_withdraw(&s->peer, sequence, target, &payload);
	(void)payload_store(s->store, &s->peer, sequence, &payload);
	free(payload.bytes);
}

START_TEST(a_withdrawn_report_gives_way_to_the_one_before_it)
{
	struct scene s;
	int64_t first, second;

	scene_open(&s);
	first = report(&s, 1, NOV_1, two_measures);
	second = report(&s, 2, NOV_8, two_measures);
	project_all(&s);
	ck_assert_int_eq(current_of(&s, "referrals"), second);
	assert_ok(db_exec(s.store->db, "DELETE FROM dirty", &err), err);
	withdraw(&s, 3, 2);
	project_all(&s);
	ck_assert_int_eq(current_of(&s, "contacts"), first);
	ck_assert_int_eq(current_of(&s, "referrals"), first);
	ck_assert_int_eq(store_int(s.store, "SELECT max(n_reports) FROM current"), 1);
	ck_assert_int_eq(store_int(s.store, "SELECT count(*) FROM dirty"), 2);
	withdraw(&s, 4, 1);
	project_all(&s);
	ck_assert_int_eq(current_of(&s, "contacts"), 0);
	ck_assert_int_eq(store_int(s.store, "SELECT count(*) FROM current"), 0);
	scene_close(&s);
}
END_TEST

START_TEST(a_withdrawal_that_arrives_first_takes_effect_when_its_report_comes)
{
	struct scene s;
	int64_t first;

	scene_open(&s);
	first = report(&s, 1, NOV_1, seven);
	withdraw(&s, 3, 2);
	project_all(&s);
	(void)report(&s, 2, NOV_8, nine);
	project_all(&s);
	ck_assert_int_eq(current_of(&s, "contacts"), first);
	ck_assert_int_eq(store_int(s.store, "SELECT withdrawn FROM header WHERE as_at = 20765"), 2);
	scene_close(&s);
}
END_TEST

START_TEST(a_return_keeps_its_counts_and_reasons)
{
	struct scene s;
	struct payload payload;

	scene_open(&s);
	payload_return(&s.peer, 1, "north", NOV_1, &payload);
	(void)payload_store(s.store, &s.peer, 1, &payload);
	free(payload.bytes);
	project_all(&s);
	ck_assert_int_eq(
		store_int(s.store,
			  "SELECT count(*) FROM return WHERE area = 'north' AND "
			  "accepted = 1 AND n_lists = 3 AND n_nil = 1 AND n_absent = 1 "
			  "AND rows_read = 40 AND rows_rejected = 3 AND reasons = "
			  "'[{\"code\":\"date_invalid\",\"list\":\"contacts\",\"count\":3}]'"),
		1);
	ck_assert_int_eq(store_int(s.store, "SELECT json_valid(reasons) FROM return"), 1);
	scene_close(&s);
}
END_TEST

START_TEST(the_lag_counts_down_and_a_slice_stops_at_its_bound)
{
	struct scene s;
	int64_t stamp;
	int64_t stamp_before;
	int64_t lag;
	int n_done;

	scene_open(&s);
	for (uint64_t i = 1; i <= 5; i++)
		(void)report(&s, i, NOV_1, seven);
	assert_ok(store_figures_stamp(s.store->db, &stamp_before, &err), err);
	assert_ok(project_slice(s.project, 2, &n_done, &lag, &err), err);
	ck_assert_int_eq(n_done, 2);
	ck_assert_int_eq(lag, 3);
	assert_ok(project_slice(s.project, 100, &n_done, &lag, &err), err);
	ck_assert_int_eq(n_done, 3);
	ck_assert_int_eq(lag, 0);
	assert_ok(project_slice(s.project, 100, &n_done, &lag, &err), err);
	ck_assert_int_eq(n_done, 0);
	assert_ok(store_figures_stamp(s.store->db, &stamp, &err), err);
	ck_assert_int_eq(stamp, stamp_before + 2); /* two of the three changed figures */
	scene_close(&s);
}
END_TEST

/* A child projects one slice and dies in the middle of the next. */
START_TEST(a_killed_projection_goes_on_where_it_had_committed)
{
	struct scene s;
	struct rebuild_result result;
	int status;
	pid_t child;

	scene_open(&s);
	for (uint64_t i = 1; i <= 6; i++)
		(void)report(&s, i, NOV_1 + (int32_t)(i % 3), i % 2 ? bands : two_measures);
	project_free(&s.project);
	store_close(&s.store);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		int64_t lag;
		int n_done;

		if (store_open(path, DB_WRITE, &s.store, NULL) != ERR_OK ||
		    project_new(s.store, s.areas, &s.project, NULL) != ERR_OK ||
		    project_slice(s.project, 3, &n_done, &lag, NULL) != ERR_OK || n_done != 3 ||
		    db_exec(s.store->db,
			    "BEGIN IMMEDIATE; INSERT INTO observation VALUES (4, 1, 1, 1)",
			    NULL) != ERR_OK)
			_exit(1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	assert_ok(store_open(path, DB_WRITE, &s.store, &err), err);
	assert_ok(project_new(s.store, s.areas, &s.project, &err), err);
	ck_assert_int_eq(store_int(s.store, "SELECT count(*) FROM header"), 3);
	project_all(&s);
	ck_assert_int_eq(store_int(s.store, "SELECT count(*) FROM header"), 6);
	assert_ok(rebuild_check(path, s.areas, &result, &err), err);
	ck_assert_int_eq(result.differs, 0);
	scene_close(&s);
}
END_TEST

START_TEST(a_slice_that_runs_out_of_memory_keeps_nothing_and_works_later)
{
	struct scene s;
	int64_t lag = 0;
	int n_done = 0;
	long n = 1;
	enum err_code code;

	scene_open(&s);
	(void)report(&s, 1, NOV_1, bands);
	do {
		long made;

		harness_fail_allocation(n++);
		code = project_slice(s.project, 10, &n_done, &lag, &err);
		made = harness_allocations();
		harness_fail_allocation(0);
		if (code != ERR_OK) {
			ck_assert_int_eq(code, ERR_NOMEM);
			ck_assert_int_eq(n_done, 0);
			ck_assert_int_eq(store_int(s.store, "SELECT count(*) FROM header"), 0);
		}
		ck_assert_int_lt(made, 1000);
	} while (code != ERR_OK);
	ck_assert_int_gt(n, 2);
	ck_assert_int_eq(store_int(s.store, "SELECT count(*) FROM observation"), 4);
	scene_close(&s);
}
END_TEST

START_TEST(damaged_bytes_are_passed_over_and_reported)
{
	struct scene s;
	struct payload payload = { (uint8_t[]){ 0xff, 0xff }, 2, { 0 }, { 3 } };
	struct err why;

	scene_open(&s);
	(void)payload_store(s.store, &s.peer, 1, &payload);
	(void)report(&s, 2, NOV_1, seven);
	project_all(&s);
	ck_assert_int_eq(store_int(s.store, "SELECT count(*) FROM header"), 1);
	ck_assert_int_eq(project_skipped(s.project, &why), 1);
	assert_error(why.code, ERR_MALFORMED, why, "report 1: ");
	ck_assert_int_eq(project_skipped(s.project, &why), 0);
	scene_close(&s);
}
END_TEST

static void roll_up(struct scene *s)
{
	int64_t left = 1;
	int n_done;

	while (left > 0)
		assert_ok(rollup_work(s->store, s->areas, 8, &n_done, &left, &err), err);
}

static void some_history(struct scene *s)
{
	for (uint64_t i = 1; i <= 9; i++)
		(void)report(s, i, NOV_1 + (int32_t)(i * 5 % 7), i % 2 ? bands : two_measures);
	withdraw(s, 10, 4);
	withdraw(s, 11, 12);
	(void)report(s, 12, NOV_8, bands);
	project_all(s);
	roll_up(s);
}

START_TEST(a_rebuild_beside_the_store_finds_the_same_rows)
{
	struct scene s;
	struct rebuild_result result;

	scene_open(&s);
	some_history(&s);
	assert_ok(rebuild_check(path, s.areas, &result, &err), err);
	ck_assert_int_eq(result.differs, 0);
	ck_assert_int_eq(result.n_reports, 12);
	ck_assert_str_eq(result.tables[4].name, "observation");
	ck_assert_int_eq(result.tables[4].n_stored,
			 store_int(s.store, "SELECT count(*) FROM observation"));
	ck_assert_int_eq(result.tables[4].n_rebuilt, result.tables[4].n_stored);
	ck_assert_int_gt(result.tables[7].n_rebuilt, 0);
	scene_close(&s);
}
END_TEST

START_TEST(a_changed_a_missing_and_an_added_row_are_each_found_and_named)
{
	struct scene s;
	struct rebuild_result result;

	scene_open(&s);
	some_history(&s);
	assert_ok(db_exec(s.store->db,
			  "UPDATE observation SET numerator = numerator + 1 WHERE report = 3 AND "
			  "series = 1; DELETE FROM carried WHERE report = 5; INSERT INTO current "
			  "VALUES (99, 2020727, 'south', 1, 0, 1)",
			  &err),
		  err);
	assert_ok(rebuild_check(path, s.areas, &result, &err), err);
	ck_assert_int_eq(result.differs, 1);
	ck_assert_str_eq(result.tables[4].first, "report 3, series 1: differs in numerator");
	ck_assert_ptr_nonnull(strstr(result.tables[5].first, "is only in the rebuilt table"));
	ck_assert_str_eq(result.tables[6].first,
			 "measure 99, period 2020727, area south: is only in the store");
	ck_assert_int_eq(result.tables[0].differs, 0);
	scene_close(&s);
}
END_TEST

START_TEST(a_rebuild_in_place_mends_what_was_changed)
{
	struct scene s;
	struct rebuild_result result;
	int64_t n_reports;

	scene_open(&s);
	some_history(&s);
	assert_ok(db_exec(s.store->db, "UPDATE observation SET numerator = 0; DELETE FROM rollup",
			  &err),
		  err);
	project_free(&s.project);
	assert_ok(rebuild_in_place(s.store, s.areas, NULL, &n_reports, &err), err);
	ck_assert_int_eq(n_reports, 12);
	assert_ok(rebuild_check(path, s.areas, &result, &err), err);
	ck_assert_int_eq(result.differs, 0);
	ck_assert_int_gt(store_int(s.store, "SELECT sum(numerator) FROM observation"), 0);
	scene_close(&s);
}
END_TEST

START_TEST(a_check_does_not_keep_the_store_from_being_written)
{
	struct scene s;
	struct rebuild_result result;

	scene_open(&s);
	some_history(&s);
	assert_ok(store_begin(s.store, &err), err); /* a drain under way all the while */
	assert_ok(rebuild_check(path, s.areas, &result, &err), err);
	ck_assert_int_eq(result.differs, 0);
	assert_ok(store_commit(s.store, &err), err);
	scene_close(&s);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_report_becomes_a_header_its_rows_and_the_current_figure);
	tcase_add_test(tc, every_area_above_is_marked_and_the_district_itself_is_not);
	tcase_add_test(tc, a_late_straggler_never_overwrites_a_newer_figure);
	tcase_add_test(tc, a_later_as_at_counts_before_a_higher_number);
	tcase_add_test(tc, with_one_as_at_the_later_number_counts_whatever_came_last);
	tcase_add_test(tc, with_one_as_at_the_later_spool_counts_before_the_number);
	tcase_add_test(tc, a_report_that_omits_a_measure_leaves_the_earlier_figure_standing);
	tcase_add_test(tc, a_withdrawn_report_gives_way_to_the_one_before_it);
	tcase_add_test(tc, a_withdrawal_that_arrives_first_takes_effect_when_its_report_comes);
	tcase_add_test(tc, a_return_keeps_its_counts_and_reasons);
	tcase_add_test(tc, the_lag_counts_down_and_a_slice_stops_at_its_bound);
	tcase_add_test(tc, a_killed_projection_goes_on_where_it_had_committed);
	tcase_add_test(tc, a_slice_that_runs_out_of_memory_keeps_nothing_and_works_later);
	tcase_add_test(tc, damaged_bytes_are_passed_over_and_reported);
	tcase_add_test(tc, a_rebuild_beside_the_store_finds_the_same_rows);
	tcase_add_test(tc, a_changed_a_missing_and_an_added_row_are_each_found_and_named);
	tcase_add_test(tc, a_rebuild_in_place_mends_what_was_changed);
	tcase_add_test(tc, a_check_does_not_keep_the_store_from_being_written);
}

HARNESS_MAIN("project", add)
