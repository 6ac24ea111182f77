#include "aggregator/web/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/annotation.h"
#include "aggregator/web/plan_look.h"
#include "tests/harness.h"

static struct office *office;
static struct measure_set *measures;
static struct area_tree *areas;
static struct err err;
static const struct viewer ann = {
	.role = ROLE_CENTRAL, .account = 7, .name = "ann", .full_name = "Ann Analyst"
};

static const char areas_csv[] = "code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
				"city,City,authority,,,,,\n"
				"north,North,district,city,,,,\n"
				"harbour,Harbour,ward,north,,,,\n";

static void setup(void)
{
	char path[256];

	err_clear(&err);
	(void)snprintf(path, sizeof path, "%s/office/office.db", harness_folder());
	assert_ok(office_open(path, &office, &err), err);
	assert_ok(measures_load(NULL, &measures, &err), err);
	assert_ok(area_tree_load(harness_text(harness_folder(), "areas.csv", areas_csv), NULL,
				 &areas, &err),
		  err);
}

static void teardown(void)
{
	office_close(&office);
	measures_free(&measures);
	area_tree_free(&areas);
}

static struct period period(const char *text)
{
	struct period p = { PERIOD_MONTH, 0 };

	assert_ok(period_parse(text, &p, &err), err);
	return p;
}

/* From 24.0 in March 2026 to 21.0 in March 2027 and 18.0 in March 2029. */
static struct plan_target target(void)
{
	struct plan_target t = { .aim = PLAN_LOWER,
				 .measure = "referrals_repeat_12m",
				 .area = "city",
				 .baseline = { period("2026-03"), 240 },
				 .milestones = { { period("2027-03"), 210 },
						 { period("2029-03"), 180 } },
				 .n_milestones = 2,
				 .owner = "Head of the front door" };

	return t;
}

static int64_t due(const struct plan_target *t, const char *when)
{
	int64_t tenths = -1;

	ck_assert_int_eq(plan_at(t, period(when), &tenths), 1);
	return tenths;
}

/* ---- the trajectory, worked by hand: 30 tenths in 12 months are 2.5 a month; then 30 in 24 */

START_TEST(what_is_due_goes_in_a_straight_line_between_milestones)
{
	struct plan_target t = target();

	ck_assert_int_eq(due(&t, "2026-03"), 240);
	ck_assert_int_eq(due(&t, "2026-04"), 238); /* 237.5 */
	ck_assert_int_eq(due(&t, "2026-05"), 235);
	ck_assert_int_eq(due(&t, "2026-09"), 225);
	ck_assert_int_eq(due(&t, "2027-03"), 210);
	ck_assert_int_eq(due(&t, "2027-04"), 209); /* 208.75 */
	ck_assert_int_eq(due(&t, "2028-03"), 195);
	ck_assert_int_eq(due(&t, "2029-03"), 180);
}
END_TEST

START_TEST(a_rising_line_rounds_half_up_as_well)
{
	struct plan_target t = target();

	t.milestones[0].tenths = 270;
	ck_assert_int_eq(due(&t, "2026-04"), 243); /* 242.5 */
	ck_assert_int_eq(due(&t, "2026-05"), 245);
}
END_TEST

START_TEST(after_the_last_milestone_its_value_goes_on_and_before_the_baseline_nothing_is_due)
{
	struct plan_target t = target();
	int64_t tenths;

	ck_assert_int_eq(due(&t, "2031-01"), 180);
	ck_assert_int_eq(plan_at(&t, period("2026-02"), &tenths), 0);
	ck_assert_int_eq(plan_at(&t, period("2026-27-Q1"), &tenths), 0);
	ck_assert_ptr_eq(plan_next(&t, period("2027-03")), &t.milestones[0]);
	ck_assert_ptr_eq(plan_next(&t, period("2027-04")), &t.milestones[1]);
	ck_assert_ptr_null(plan_next(&t, period("2029-04")));
}
END_TEST

START_TEST(quarters_and_years_are_steps_of_their_own)
{
	struct plan_target t = target();

	t.baseline.period = period("2025-26-Q4");
	t.milestones[0] = (struct plan_point){ period("2026-27-Q4"), 200 };
	t.n_milestones = 1;
	ck_assert_int_eq(due(&t, "2026-27-Q1"), 230);
	t.baseline.period = period("2025-26");
	t.milestones[0] = (struct plan_point){ period("2028-29"), 210 };
	ck_assert_int_eq(due(&t, "2026-27"), 230);
	ck_assert_int_eq(due(&t, "2027-28"), 220);
}
END_TEST

START_TEST(a_hidden_baseline_hides_the_line_that_rests_on_it)
{
	struct plan_target t = target();
	int64_t tenths;

	t.baseline_hidden = 1;
	ck_assert_int_eq(plan_at(&t, period("2026-03"), &tenths), 0);
	ck_assert_int_eq(plan_at(&t, period("2027-02"), &tenths), 0);
	ck_assert_int_eq(due(&t, "2027-03"), 210);
	ck_assert_int_eq(due(&t, "2028-03"), 195);
}
END_TEST

/* ---- the judgement */

static enum plan_status judge(double value, double when_due, double low, double high, int run)
{
	struct plan_evidence e = { PLAN_LOWER, value, when_due, 24, low, high, run };

	return plan_judge(&e);
}

START_TEST(the_status_follows_from_the_figure_and_its_chance_variation)
{
	/* due 20 outside 21…25: behind; lower is aimed at */
	ck_assert_int_eq(judge(23, 20, 21, 25, 0), PLAN_BEHIND);
	ck_assert_int_eq(judge(17, 20, 15, 19, 0), PLAN_AHEAD);
	ck_assert_int_eq(judge(19, 20, 17, 22, 0), PLAN_ON_TRACK);
	/* worse than due by less than chance explains; the baseline, 24, lies outside or inside */
	ck_assert_int_eq(judge(21, 20, 19, 23, 0), PLAN_ON_TRACK);
	ck_assert_int_eq(judge(22, 20, 19, 25, 0), PLAN_TOO_EARLY);
	/* seven in a row on one side are no chance, six may be */
	ck_assert_int_eq(judge(22, 20, 19, 25, -7), PLAN_BEHIND);
	ck_assert_int_eq(judge(22, 20, 19, 25, -6), PLAN_TOO_EARLY);
	ck_assert_int_eq(judge(19, 20, 17, 22, 7), PLAN_AHEAD);
	ck_assert_int_eq(judge((double)NAN, 20, 19, 25, 0), PLAN_NO_DATA);
	ck_assert_int_eq(judge(22, (double)NAN, 19, 25, 0), PLAN_NO_DATA);
	ck_assert_int_eq(judge(22, 20, (double)NAN, (double)NAN, 0), PLAN_TOO_EARLY);
	/* nothing is to change: due is the baseline */
	ck_assert_int_eq(judge(25, 24, 22, 28, 0), PLAN_ON_TRACK);
}
END_TEST

/* ---- whether it can stand */

static void assert_refused(const struct plan_target *t, const char *wanted, const char *words)
{
	const char *field = "";

	assert_error(plan_check(t, measures, areas, &field, &err), ERR_MALFORMED, err, words);
	ck_assert_str_eq(field, wanted);
}

START_TEST(a_target_that_cannot_stand_is_refused_with_its_field)
{
	struct plan_target t = target();
	const char *field = "";

	assert_ok(plan_check(&t, measures, areas, &field, &err), err);
	(void)snprintf(t.measure, sizeof t.measure, "contcats");
	assert_refused(&t, "measure", "did you mean 'contacts'?");
	t = target();
	(void)snprintf(t.area, sizeof t.area, "harbour");
	assert_refused(&t, "area", "There is no area 'harbour' for a target");
	t = target();
	t.aim = PLAN_HIGHER;
	assert_refused(&t, "value-2", "below the baseline, but a higher value is aimed at");
	t = target();
	t.milestones[1].period = t.milestones[0].period;
	assert_refused(&t, "period-2", "after the milestone before it");
	t = target();
	t.milestones[0].period = period("2026-27-Q1");
	assert_refused(&t, "period-1", "of the same kind as the baseline");
	t = target();
	t.baseline.tenths = 1001;
	assert_refused(&t, "baseline", "A percentage is at most 100");
	t = target();
	t.n_milestones = 0;
	assert_refused(&t, "period-1", "at least one milestone");
	t = target();
	t.owner[0] = '\0';
	assert_refused(&t, "owner", "who answers for the target");
	t = target();
	t.revision = 1;
	assert_refused(&t, "reason", "why the target is changed");
	t = target();
	t.baseline.period = period("2026-W10");
	assert_refused(&t, "baseline_period", "a month (2026-03)");
}
END_TEST

START_TEST(values_have_at_most_one_decimal)
{
	static const char *const wrong[] = { "",   "-1", "1.25", "1,5",
					     ".5", "5.", "1e3",  "12345678901" };
	int64_t tenths;

	assert_ok(plan_parse_value("22.5", &tenths, &err), err);
	ck_assert_int_eq(tenths, 225);
	assert_ok(plan_parse_value("22", &tenths, &err), err);
	ck_assert_int_eq(tenths, 220);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_error(plan_parse_value(wrong[i], &tenths, &err), ERR_MALFORMED, err,
			     "write a number from 0 with at most one decimal");
}
END_TEST

/* ---- kept */

struct logged {
	int n;
	char action[64], about[200], detail[400], who[65];
};

static enum err_code on_row(const struct office_audit_row *row, void *context, struct err *e)
{
	struct logged *l = context;

	(void)e;
	if (l->n++ == 0) {
		(void)snprintf(l->action, sizeof l->action, "%s", row->action);
		(void)snprintf(l->about, sizeof l->about, "%s", row->about);
		(void)snprintf(l->detail, sizeof l->detail, "%s", row->detail);
		(void)snprintf(l->who, sizeof l->who, "%s", row->who);
	}
	return ERR_OK;
}

static struct logged newest(void)
{
	const struct office_audit_filter all = { "", "", 0, INT64_MAX, INT64_MAX, 100 };
	struct logged l = { 0 };

	assert_ok(office_audit_list(office, &all, on_row, &l, &err), err);
	return l;
}

START_TEST(a_change_is_a_further_revision_and_the_first_is_kept)
{
	struct plan_target t = target(), kept;
	struct plan_list list;
	int64_t id = 0;

	assert_ok(plan_add(office, &ann, "local", &t, &id, &err), err);
	assert_ok(plan_find(office, id, &kept, &err), err);
	ck_assert_int_eq(kept.revision, 1);
	ck_assert_int_eq(kept.n_milestones, 2);
	ck_assert_str_eq(kept.who, "Ann Analyst");
	kept.milestones[0].tenths = 220;
	(void)snprintf(kept.reason, sizeof kept.reason, "Agreed in June");
	assert_ok(plan_change(office, &ann, "local", &kept, &err), err);
	assert_ok(plan_history(office, id, &list, &err), err);
	ck_assert_uint_eq(list.n, 2);
	ck_assert_int_eq(list.targets[0].revision, 2);
	ck_assert_int_eq(list.targets[0].milestones[0].tenths, 220);
	ck_assert_str_eq(list.targets[0].reason, "Agreed in June");
	ck_assert_int_eq(list.targets[1].milestones[0].tenths, 210);
	ck_assert_int_eq(list.targets[1].baseline.tenths, 240);
	plan_list_free(&list);
	ck_assert_str_eq(newest().action, "target changed");
	ck_assert_ptr_nonnull(strstr(newest().detail, "22.0 in 2027-03"));
	ck_assert_ptr_nonnull(strstr(newest().detail, "Agreed in June"));
	ck_assert_ptr_null(strstr(newest().detail, "24.0"));
}
END_TEST

START_TEST(who_changes_an_older_revision_is_told_of_the_newer_one)
{
	struct plan_target t = target(), old;
	int64_t id = 0;

	assert_ok(plan_add(office, &ann, "local", &t, &id, &err), err);
	assert_ok(plan_find(office, id, &old, &err), err);
	(void)snprintf(old.reason, sizeof old.reason, "x");
	assert_ok(plan_change(office, &ann, "local", &old, &err), err);
	assert_error(plan_change(office, &ann, "local", &old, &err), ERR_MALFORMED, err,
		     "Ann Analyst changed the target meanwhile");
	ck_assert_int_eq(newest().n, 2);
}
END_TEST

START_TEST(a_measure_and_area_have_one_target_in_force)
{
	struct plan_target t = target();
	struct plan_list list;
	int64_t id = 0, other = 0;

	assert_ok(plan_add(office, &ann, "local", &t, &id, &err), err);
	assert_error(plan_add(office, &ann, "local", &t, &other, &err), ERR_MALFORMED, err,
		     "There is a target for this measure and area already");
	assert_error(plan_retire(office, &ann, "local", id, "", &err), ERR_MALFORMED, err,
		     "why the target is retired");
	assert_ok(plan_retire(office, &ann, "local", id, "Reached", &err), err);
	ck_assert_str_eq(newest().action, "target retired");
	assert_error(plan_retire(office, &ann, "local", id, "Reached", &err), ERR_MALFORMED, err,
		     "retired already");
	assert_ok(plan_targets(office, &list, &err), err);
	ck_assert_uint_eq(list.n, 0);
	plan_list_free(&list);
	t.id = id;
	t.revision = 2;
	assert_error(plan_change(office, &ann, "local", &t, &err), ERR_MALFORMED, err,
		     "The target was retired");
	assert_ok(plan_add(office, &ann, "local", &t, &other, &err), err);
	ck_assert_int_ne(id, other);
	assert_error(plan_find(office, 99, &t, &err), ERR_MISSING, err, "no such target");
}
END_TEST

START_TEST(a_kept_revision_cannot_be_changed_past_us)
{
	struct plan_target t = target();
	int64_t id = 0;

	assert_ok(plan_add(office, &ann, "local", &t, &id, &err), err);
	assert_error(db_exec(office->db, "UPDATE target_point SET tenths = 1", &err), ERR_DB, err,
		     "a revision of a target is not changed");
	assert_error(db_exec(office->db, "DELETE FROM target_revision", &err), ERR_DB, err,
		     "a revision of a target is kept");
}
END_TEST

START_TEST(without_its_audit_row_a_change_is_not_kept)
{
	struct plan_target t = target();
	struct plan_list list;
	int64_t id = 0;

	assert_ok(db_exec(office->db,
			  "CREATE TRIGGER no_log BEFORE INSERT ON audit_log BEGIN SELECT "
			  "raise(ABORT, 'the log is full'); END",
			  &err),
		  err);
	assert_error(plan_add(office, &ann, "local", &t, &id, &err), ERR_DB, err,
		     "the log is full");
	assert_ok(plan_targets(office, &list, &err), err);
	ck_assert_uint_eq(list.n, 0);
	plan_list_free(&list);
}
END_TEST

/* ---- a file */

#define HEAD "measure,area,direction,point,period,value,owner,rationale\n"
#define BASE "contacts,city,higher,baseline,2026-03,400,Head,\"Why, in short\"\n"

static enum err_code read_file(const char *text, struct plan_list *list)
{
	return plan_file_read(harness_text(harness_folder(), "plan.csv", text), measures, areas,
			      list, &err);
}

START_TEST(a_file_is_taken_in_whole_and_once)
{
	struct plan_list list;
	struct plan_imported n;

	assert_ok(read_file(HEAD BASE "contacts,city,,milestone,2027-03,450.5,,\n", &list), err);
	ck_assert_uint_eq(list.n, 1);
	ck_assert_str_eq(list.targets[0].rationale, "Why, in short");
	ck_assert_int_eq(list.targets[0].milestones[0].tenths, 4505);
	assert_ok(plan_import(office, "command line", "a/plan.csv", &list, &n, &err), err);
	ck_assert_int_eq(n.n_added, 1);
	assert_ok(plan_import(office, "command line", "a/plan.csv", &list, &n, &err), err);
	ck_assert_int_eq(n.n_same, 1);
	list.targets[0].milestones[0].tenths = 4600;
	assert_ok(plan_import(office, "command line", "a/plan.csv", &list, &n, &err), err);
	ck_assert_int_eq(n.n_changed, 1);
	ck_assert_ptr_nonnull(strstr(newest().detail, "imported from plan.csv"));
	plan_list_free(&list);
}
END_TEST

START_TEST(a_wrong_line_is_named_and_says_how_to_mend_it)
{
	static const struct {
		const char *text, *says;
	} all[] = {
		{ "measure,area\n", "2 columns instead of 8" },
		{ "code,area,direction,point,period,value,owner,rationale\n",
		  "plan.csv:1: measure: the heading here is \"code\"" },
		{ HEAD, "no target in it" },
		{ HEAD "contacts,city,higher,milestone,2026-03,4,,\n",
		  "plan.csv:2: measure: a milestone before the baseline of \"contacts\"" },
		{ HEAD "contacts,city,up,baseline,2026-03,4,Head,\n",
		  "plan.csv:2: direction: no direction \"up\": write lower or higher" },
		{ HEAD BASE BASE, "plan.csv:3: measure: a second baseline" },
		{ HEAD BASE "contacts,city,,milestone,March,450,,\n",
		  "plan.csv:3: period: no period \"March\"" },
		{ HEAD BASE "contacts,city,,milestone,2027-03,lots,,\n",
		  "plan.csv:3: value: no value \"lots\"" },
		{ HEAD BASE "contacts,city,,mile,2027-03,450,,\n",
		  "plan.csv:3: point: no kind of point \"mile\"" },
		{ HEAD BASE, "plan.csv:2: period-1: A target has at least one milestone" },
		{ HEAD "contcats,city,higher,baseline,2026-03,4,Head,\n",
		  "plan.csv:2: measure: There is no measure 'contcats'; did you mean 'contacts'?" },
	};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct plan_list list;

		assert_error(read_file(all[i].text, &list), ERR_MALFORMED, err, all[i].says);
		plan_list_free(&list);
	}
}
END_TEST

/* ---- notes */

static struct annotation note(const char *day_measure)
{
	struct annotation a = { .area = "city", .day = 20545, .says = "New threshold document" };

	(void)snprintf(a.measure, sizeof a.measure, "%s", day_measure);
	return a;
}

START_TEST(notes_stand_on_one_measure_or_all_until_they_are_taken_down)
{
	struct annotation all = note(""), one = note("contacts");
	struct annotation_list list;
	int64_t id = 0, other = 0;

	assert_ok(annotation_add(office, &ann, "local", &all, &id, &err), err);
	assert_ok(annotation_add(office, &ann, "local", &one, &other, &err), err);
	ck_assert_str_eq(newest().action, "note added");
	assert_ok(annotation_of(office, "city", "contacts", &list, &err), err);
	ck_assert_uint_eq(list.n, 2);
	annotation_list_free(&list);
	assert_ok(annotation_of(office, "city", "referrals", &list, &err), err);
	ck_assert_uint_eq(list.n, 1);
	annotation_list_free(&list);
	assert_error(annotation_end(office, &ann, "local", id, "", &err), ERR_MALFORMED, err,
		     "why the note is taken down");
	assert_ok(annotation_end(office, &ann, "local", id, "Wrong day", &err), err);
	assert_error(annotation_end(office, &ann, "local", id, "Again", &err), ERR_MALFORMED, err,
		     "taken down already");
	assert_error(annotation_end(office, &ann, "local", 99, "x", &err), ERR_MISSING, err,
		     "no such note");
	assert_ok(annotation_of(office, "city", "referrals", &list, &err), err);
	ck_assert_uint_eq(list.n, 0);
	annotation_list_free(&list);
}
END_TEST

START_TEST(a_note_is_short_and_of_a_day_an_area_and_a_measure)
{
	struct annotation a = note("");
	const char *field = "";

	assert_ok(annotation_check(&a, measures, areas, &field, &err), err);
	memset(a.says, 'x', ANNOTATION_TEXT_MAX + 1);
	assert_error(annotation_check(&a, measures, areas, &field, &err), ERR_MALFORMED, err,
		     "1 to 120 characters");
	a = note("contcats");
	assert_error(annotation_check(&a, measures, areas, &field, &err), ERR_MALFORMED, err,
		     "did you mean 'contacts'?");
	a = note("");
	a.day = INT32_MIN;
	assert_error(annotation_check(&a, measures, areas, &field, &err), ERR_MALFORMED, err,
		     "Give the day as 2026-11-22");
	(void)snprintf(a.area, sizeof a.area, "nowhere");
	assert_error(annotation_check(&a, measures, areas, &field, &err), ERR_MALFORMED, err,
		     "no area 'nowhere'");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_due_goes_in_a_straight_line_between_milestones);
	tcase_add_test(tc, a_rising_line_rounds_half_up_as_well);
	tcase_add_test(
		tc,
		after_the_last_milestone_its_value_goes_on_and_before_the_baseline_nothing_is_due);
	tcase_add_test(tc, quarters_and_years_are_steps_of_their_own);
	tcase_add_test(tc, a_hidden_baseline_hides_the_line_that_rests_on_it);
	tcase_add_test(tc, the_status_follows_from_the_figure_and_its_chance_variation);
	tcase_add_test(tc, a_target_that_cannot_stand_is_refused_with_its_field);
	tcase_add_test(tc, values_have_at_most_one_decimal);
	tcase_add_test(tc, a_change_is_a_further_revision_and_the_first_is_kept);
	tcase_add_test(tc, who_changes_an_older_revision_is_told_of_the_newer_one);
	tcase_add_test(tc, a_measure_and_area_have_one_target_in_force);
	tcase_add_test(tc, a_kept_revision_cannot_be_changed_past_us);
	tcase_add_test(tc, without_its_audit_row_a_change_is_not_kept);
	tcase_add_test(tc, a_file_is_taken_in_whole_and_once);
	tcase_add_test(tc, a_wrong_line_is_named_and_says_how_to_mend_it);
	tcase_add_test(tc, notes_stand_on_one_measure_or_all_until_they_are_taken_down);
	tcase_add_test(tc, a_note_is_short_and_of_a_day_an_area_and_a_measure);
}

HARNESS_MAIN("plan", add)
