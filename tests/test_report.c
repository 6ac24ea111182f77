#include "agent/report.h"

#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/clock.h"
#include "proto/limits.h"

#define OCTOBER_2026 20727 /* 2026-10-01 */
#define OCTOBER_31 20757
#define CODES 3

static struct agent_dataset dataset;
static struct stage stage;
static struct measure_set set;
static struct measure measures[CODES];

static void set_up(void)
{
	static char name[] = "annex_a", area[] = "birmingham-ladywood";
	static const char *const codes[CODES] = { "contacts", "referrals", "visits" };

	memset(&dataset, 0, sizeof dataset);
	memset(&stage, 0, sizeof stage);
	memset(&set, 0, sizeof set);
	dataset.name = name;
	dataset.area = area;
	stage.dataset = &dataset;
	stage.as_at = OCTOBER_31;
	memset(stage.extract_digest, 0xe0, sizeof stage.extract_digest);
	faults_init(&stage.faults);
	for (int i = 0; i < CODES; i++)
		(void)snprintf(measures[i].code, sizeof measures[i].code, "%s", codes[i]);
	set.measures = measures;
	set.n_measures = CODES;
	memset(set.digest, 0x5e, sizeof set.digest);
}

static struct figure figure(int measure, const char *dimension, const char *category,
			    int64_t numerator, int64_t denominator)
{
	return (struct figure){ .measure = measure,
				.period = { PERIOD_MONTH, OCTOBER_2026 },
				.dimension = dimension,
				.category = category,
				.numerator = numerator,
				.denominator = denominator };
}

/* contacts 5, by sex: f 2, m 3, u 0; visits 3 of 4, whose follow-up is not over */
static size_t sample_figures(struct figure *f)
{
	f[0] = figure(0, "", "", 5, 5);
	f[1] = figure(0, "sex", "", 5, 5);
	f[2] = figure(0, "sex", "f", 2, 2);
	f[3] = figure(0, "sex", "m", 3, 3);
	f[4] = figure(0, "sex", "u", 0, 0);
	f[5] = figure(2, "", "", 3, 4);
	f[5].provisional = 1;
	return 6;
}

static struct reports *build(struct figure *items, size_t n)
{
	struct figures figures = { .items = items, .n = n };
	struct reports *reports = NULL;
	struct err err = { .code = ERR_OK };

	assert_ok(report_build(&stage, &set, &figures, &reports, &err), err);
	return reports;
}

START_TEST(figures_become_columns_over_a_dictionary_that_starts_with_the_empty_word)
{
	static const char *const words[] = { "", "contacts", "sex", "f", "m", "visits" };
	static const uint32_t measure[] = { 1, 1, 1, 1, 5 }, dimension[] = { 0, 2, 2, 2, 0 },
			      category[] = { 0, 0, 3, 4, 0 };
	static const int64_t numerator[] = { 5, 5, 2, 3, 3 }, denominator[] = { 5, 5, 2, 3, 4 };
	struct figure f[6];
	struct reports *reports = build(f, sample_figures(f));
	const District__Report *r = reports->items[0].entry->report;

	ck_assert_uint_eq(reports->n, 1);
	ck_assert_uint_eq(reports->items[0].n_observations, 5);
	ck_assert_str_eq(r->area, "birmingham-ladywood");
	ck_assert_str_eq(r->dataset, "annex_a");
	ck_assert_str_eq(r->period, "2026-10");
	ck_assert_int_eq(r->as_at, OCTOBER_31);
	ck_assert_uint_eq(r->n_dictionary, 6);
	for (size_t i = 0; i < 6; i++)
		ck_assert_str_eq(r->dictionary[i], words[i]);
	ck_assert_uint_eq(r->n_measure, 5);
	ck_assert_mem_eq(r->measure, measure, sizeof measure);
	ck_assert_mem_eq(r->dimension, dimension, sizeof dimension);
	ck_assert_mem_eq(r->category, category, sizeof category);
	ck_assert_mem_eq(r->numerator, numerator, sizeof numerator);
	ck_assert_mem_eq(r->denominator, denominator, sizeof denominator);
	ck_assert_uint_eq(r->n_provisional_measures, 1);
	ck_assert_uint_eq(r->provisional_measures[0], 5);
	ck_assert(!r->provisional);
	reports_free(&reports);
	ck_assert_ptr_null(reports);
}
END_TEST

START_TEST(the_centre_accepts_what_is_built)
{
	static char agent[] = "ladywood";
	static uint8_t spool[16] = { 1 };
	struct figure f[6];
	struct reports *reports = build(f, sample_figures(f));
	District__Entry *entry = reports->items[0].entry;
	struct frame frame = { 0 };
	struct err err = { .code = ERR_OK };
	uint8_t *bytes = NULL;
	size_t len = 0;

	entry->agent = agent;
	entry->spool.data = spool;
	entry->spool.len = sizeof spool;
	entry->sequence = 1;
	entry->sealed_us = 1793000000000000;
	assert_ok(frame_pack_entry(entry, &bytes, &len, &err), err);
	assert_ok(frame_decode_entry(&frame, bytes, len, &err), err);
	ck_assert_uint_eq(frame.entry->report->n_measure, 5);
	frame_clear(&frame);
	free(bytes);
	reports_free(&reports);
}
END_TEST

/* Before its end all of the period is provisional, and no measure needs to be named. */
START_TEST(a_period_that_has_not_ended_is_provisional_as_a_whole)
{
	struct figure f[6];
	struct reports *reports;

	stage.as_at = OCTOBER_31 - 1;
	reports = build(f, sample_figures(f));
	ck_assert(reports->items[0].entry->report->provisional);
	ck_assert_int_eq(reports->items[0].provisional, 1);
	ck_assert_uint_eq(reports->items[0].entry->report->n_provisional_measures, 0);
	reports_free(&reports);
}
END_TEST

START_TEST(each_period_has_its_own_report_and_no_figures_give_none)
{
	struct figure f[3] = { figure(0, "", "", 1, 1), figure(0, "", "", 2, 2),
			       figure(1, "", "", 0, 0) };
	struct reports *reports;

	f[0].period = period_of(PERIOD_WEEK, OCTOBER_2026 + 20); /* 2026-10-21, a Wednesday */
	reports = build(f, 3);
	ck_assert_uint_eq(reports->n, 2);
	ck_assert_str_eq(reports->items[0].entry->report->period, "2026-W43");
	ck_assert_uint_eq(reports->items[0].n_observations, 1);
	ck_assert_str_eq(reports->items[1].entry->report->period, "2026-10");
	/* a total of 0 is a figure, and stays */
	ck_assert_uint_eq(reports->items[1].n_observations, 2);
	reports_free(&reports);
	reports = build(f, 0);
	ck_assert_uint_eq(reports->n, 0);
	reports_free(&reports);
}
END_TEST

/* n categories in one breakdown, each of the given value. */
static struct figure *many_figures(size_t n, int64_t value, char (*names)[8])
{
	struct figure *f = calloc(n + 2, sizeof *f);

	ck_assert_ptr_nonnull(f);
	f[0] = figure(0, "", "", value, value);
	f[1] = figure(0, "ward", "", value, value);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(names[i], sizeof names[i], "w%05u", (unsigned)i % 100000);
		f[i + 2] = figure(0, "ward", names[i], value, value);
	}
	return f;
}

static void assert_too_big(size_t n, int64_t value, const char *words)
{
	char(*names)[8] = calloc(n, sizeof *names);
	struct figures figures = { .n = n + 2 };
	struct reports *reports = NULL;
	struct err err = { .code = ERR_OK };

	ck_assert_ptr_nonnull(names);
	figures.items = many_figures(n, value, names);
	assert_error(report_build(&stage, &set, &figures, &reports, &err), ERR_TOO_BIG, err, words);
	ck_assert_msg(strstr(err.text, "report of annex_a for 2026-10") != NULL, "%s", err.text);
	ck_assert_ptr_null(reports);
	free(figures.items);
	free(names);
}

START_TEST(more_than_a_message_may_hold_is_refused_with_the_period_and_the_mend)
{
	assert_too_big(LIMIT_DICTIONARY, 1, "fewer measures");
	assert_too_big(LIMIT_OBSERVATIONS, 1, "a report holds 65536");
}
END_TEST

/* 60,000 rows over 4,000 categories, with the largest numbers: 1.3 MB, though no single limit of
 * strings or rows is broken. */
START_TEST(a_report_larger_than_a_frame_is_refused)
{
	size_t n = 60000;
	char(*names)[8] = calloc(n, sizeof *names);
	struct figures figures = { .n = n };
	struct reports *reports = NULL;
	struct err err = { .code = ERR_OK };

	ck_assert_ptr_nonnull(names);
	figures.items = many_figures(n - 2, LIMIT_VALUE, names);
	for (size_t i = 2; i < n; i++)
		figures.items[i].category = names[i % 4000];
	assert_error(report_build(&stage, &set, &figures, &reports, &err), ERR_TOO_BIG, err,
		     "one message holds 1048576");
	free(figures.items);
	free(names);
}
END_TEST

START_TEST(building_survives_every_failing_allocation)
{
	struct figure f[6];
	struct figures figures = { .items = f, .n = sample_figures(f) };
	int done = 0;

	for (long n = 1; !done && n < 100; n++) {
		struct reports *reports = NULL;
		struct err err = { .code = ERR_OK };
		enum err_code code;

		harness_fail_allocation(n);
		code = report_build(&stage, &set, &figures, &reports, &err);
		done = harness_allocations() < n;
		harness_fail_allocation(0);
		if (done)
			assert_ok(code, err);
		else
			assert_error(code, ERR_NOMEM, err, "out of memory");
		reports_free(&reports);
	}
	ck_assert(done);
}
END_TEST

/* ---- returns */

static const struct report_periods no_periods;

static void set_lists(void)
{
	static char contacts[] = "contacts", referrals[] = "referrals", cin[] = "cin";
	static char *declared[] = { contacts, referrals, cin };

	dataset.lists = declared;
	dataset.n_lists = 3;
	stage.n_lists = 4;
	stage.lists[0] = (struct stage_list){
		.list = list_find("contacts"), .present = 1, .n_read = 10, .n_rejected = 2
	};
	stage.lists[1] = (struct stage_list){ .list = list_find("referrals"), .present = 1 };
	stage.lists[2] = (struct stage_list){ .list = list_find("cin") };
	stage.lists[3] = (struct stage_list){ .list = list_find("staff") };
}

static void add_fault(enum fault_rule rule, const char *list)
{
	struct fault_found fault = { .rule = rule, .file = "a.csv", .list = list, .column = -1 };
	struct err err = { .code = ERR_OK };

	assert_ok(faults_add(&stage.faults, &fault, &err), err);
}

START_TEST(a_return_tells_read_nil_and_absent_lists_apart)
{
	District__Entry *entry = NULL;
	void *arena = NULL;
	struct err err = { .code = ERR_OK };
	const District__Return *r;

	set_lists();
	assert_ok(report_build_return(&stage, 1, &no_periods, &entry, &arena, &err), err);
	r = entry->extract_return;
	ck_assert_uint_eq(r->n_lists, 3); /* an undeclared list that is not there is no news */
	ck_assert_str_eq(r->lists[0]->name, "contacts");
	ck_assert_int_eq((int)r->lists[0]->state, (int)DISTRICT__LIST_STATE__LIST_READ);
	ck_assert_uint_eq(r->lists[0]->rows_read, 10);
	ck_assert_uint_eq(r->lists[0]->rows_rejected, 2);
	ck_assert_str_eq(r->lists[1]->name, "referrals");
	ck_assert_int_eq((int)r->lists[1]->state, (int)DISTRICT__LIST_STATE__LIST_NIL);
	ck_assert_str_eq(r->lists[2]->name, "cin");
	ck_assert_int_eq((int)r->lists[2]->state, (int)DISTRICT__LIST_STATE__LIST_ABSENT);
	report_arena_free(&arena);
}
END_TEST

START_TEST(a_return_counts_faults_by_code_and_list_and_leaves_notes_out_of_their_number)
{
	District__Entry *entry = NULL;
	void *arena = NULL;
	struct err err = { .code = ERR_OK };
	const District__Return *r;

	set_lists();
	add_fault(FAULT_DATE, "contacts");
	add_fault(FAULT_DATE, "contacts");
	add_fault(FAULT_DATE, "referrals");
	add_fault(FAULT_SHEET_UNKNOWN, NULL);
	assert_ok(report_build_return(&stage, 1, &no_periods, &entry, &arena, &err), err);
	r = entry->extract_return;
	ck_assert_uint_eq(r->faults, 3);
	ck_assert_uint_eq(r->n_reasons, 3);
	ck_assert_str_eq(r->reasons[0]->code, fault_code(FAULT_DATE));
	ck_assert_str_eq(r->reasons[0]->list, "contacts");
	ck_assert_uint_eq(r->reasons[0]->count, 2);
	ck_assert_str_eq(r->reasons[1]->list, "referrals");
	ck_assert_uint_eq(r->reasons[1]->count, 1);
	ck_assert_str_eq(r->reasons[2]->list, "");
	report_arena_free(&arena);
	faults_clear(&stage.faults);
}
END_TEST

START_TEST(a_return_names_the_periods_and_an_as_at_in_the_future_is_not_said)
{
	struct period september = { PERIOD_MONTH, OCTOBER_2026 - 30 },
		      october = { PERIOD_MONTH, OCTOBER_2026 };
	struct report_periods periods = { &september, &october, 1, 1 };
	District__Entry *entry = NULL;
	void *arena = NULL;
	struct err err = { .code = ERR_OK };

	clock_fix_us(1793016000000000); /* 2026-10-26 */
	stage.as_at = 20752;            /* the same day */
	assert_ok(report_build_return(&stage, 1, &periods, &entry, &arena, &err), err);
	ck_assert_int_eq(entry->extract_return->as_at, 20752);
	ck_assert_str_eq(entry->extract_return->confirmed[0], "2026-09");
	ck_assert_str_eq(entry->extract_return->changed[0], "2026-10");
	report_arena_free(&arena);
	stage.as_at = 20757;
	assert_ok(report_build_return(&stage, 0, &no_periods, &entry, &arena, &err), err);
	ck_assert_int_eq(entry->extract_return->as_at, 0);
	ck_assert(!entry->extract_return->accepted);
	report_arena_free(&arena);
	clock_fix_us(0);
}
END_TEST

START_TEST(a_return_survives_every_failing_allocation)
{
	set_lists();
	for (long n = 1; n < 3; n++) {
		District__Entry *entry = NULL;
		void *arena = NULL;
		struct err err = { .code = ERR_OK };
		enum err_code code;

		harness_fail_allocation(n);
		code = report_build_return(&stage, 1, &no_periods, &entry, &arena, &err);
		harness_fail_allocation(0);
		if (n == 1)
			assert_error(code, ERR_NOMEM, err, "return of annex_a: out of memory");
		else
			assert_ok(code, err);
		report_arena_free(&arena);
	}
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc,
		       figures_become_columns_over_a_dictionary_that_starts_with_the_empty_word);
	tcase_add_test(tc, the_centre_accepts_what_is_built);
	tcase_add_test(tc, a_period_that_has_not_ended_is_provisional_as_a_whole);
	tcase_add_test(tc, each_period_has_its_own_report_and_no_figures_give_none);
	tcase_add_test(tc, more_than_a_message_may_hold_is_refused_with_the_period_and_the_mend);
	tcase_add_test(tc, a_report_larger_than_a_frame_is_refused);
	tcase_add_test(tc, building_survives_every_failing_allocation);
	tcase_add_test(tc, a_return_tells_read_nil_and_absent_lists_apart);
	tcase_add_test(
		tc, a_return_counts_faults_by_code_and_list_and_leaves_notes_out_of_their_number);
	tcase_add_test(tc, a_return_names_the_periods_and_an_as_at_in_the_future_is_not_said);
	tcase_add_test(tc, a_return_survives_every_failing_allocation);
}

HARNESS_MAIN("report", add)
