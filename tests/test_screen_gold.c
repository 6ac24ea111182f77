#include "aggregator/feed/screen.h"

#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Our verdicts beside those of DfE's screener on its own 139 test pairs. The verdicts are facts and
 * stand in tests/data/feed; the pairs are under a licence that keeps them out of this tree. With
 * EES_FIXTURES naming a folder that has them (pass, fail, pass-warn-api; see
 * tests/data/PROVENANCE.md), every verdict is compared; without it, that of the verdicts alone
 * is: each check that they name is one of ours. */

#define GOLD "tests/data/feed/screen_gold_verdicts.csv"
#define JOINED_BYTES 2048

static struct err err;

/* Where we are known to differ, and why. */
static const struct {
	const char *file, *why;
} differences[] = {
	{ "ward_combinations.csv", "the list of wards is that of one local authority district" },
	{ "other_geography_duplicates.csv",
	  "the list of wards is that of one local authority district" },
};

static const char *difference(const char *file)
{
	for (size_t i = 0; i < sizeof differences / sizeof *differences; i++)
		if (strcmp(differences[i].file, file) == 0)
			return differences[i].why;
	return NULL;
}

struct verdict {
	char fails[JOINED_BYTES], warnings[JOINED_BYTES]; /* each check once, "a;b" */
	bool api_suitable;
	const char *stopped_at;
	const struct screen_lists *lists;
};

static void joined_add(char *joined, const char *check)
{
	size_t len = strlen(joined), n = strlen(check);

	for (const char *at = joined; (at = strstr(at, check)) != NULL; at += n)
		if ((at == joined || at[-1] == ';') && (at[n] == ';' || at[n] == '\0'))
			return;
	(void)snprintf(joined + len, JOINED_BYTES - len, "%s%s", len > 0 ? ";" : "", check);
}

static enum err_code on_set(void *context, const struct screen_report *report, struct err *e)
{
	(void)context;
	(void)report;
	(void)e;
	return ERR_OK;
}

static enum err_code on_pair(void *context, const struct screen_pair *pair, struct err *e)
{
	struct verdict *v = context;
	struct screen_report report = { .n = 0 };
	enum err_code code = screen_run(pair, v->lists, true, &report, e);

	for (size_t i = 0; i < report.n; i++) {
		if (report.findings[i].result == SCREEN_FAIL)
			joined_add(v->fails, report.findings[i].check);
		if (report.findings[i].result == SCREEN_WARNING)
			joined_add(v->warnings, report.findings[i].check);
	}
	v->api_suitable = report.api_suitable;
	v->stopped_at = report.stopped_at;
	screen_report_clear(&report);
	return code;
}

static void gold_read(struct screen_table *gold)
{
	size_t len;
	char *bytes = harness_read(GOLD, &len);

	assert_ok(screen_table_read(gold, bytes, len, &err), err);
	ck_assert_uint_eq(gold->n_rows, 139);
	free(bytes);
}

static const char *gold_text(const struct screen_table *gold, const char *column, size_t row)
{
	return screen_table_text(gold, screen_table_column(gold, column), row);
}

/* The gold's lists may name a check twice (one for each file). */
static void gold_joined(const char *text, char joined[JOINED_BYTES])
{
	joined[0] = '\0';
	while (*text != '\0') {
		char check[64];
		size_t n = strcspn(text, ";");

		(void)snprintf(check, sizeof check, "%.*s", (int)n, text);
		joined_add(joined, check);
		text += n + (text[n] == ';');
	}
}

static bool gold_agrees(const struct screen_table *gold, size_t row, const struct verdict *v)
{
	char fails[JOINED_BYTES], warnings[JOINED_BYTES], stage[128];

	gold_joined(gold_text(gold, "fails", row), fails);
	gold_joined(gold_text(gold, "warnings", row), warnings);
	(void)snprintf(
		stage, sizeof stage, "%s%s", v->stopped_at == NULL ? "Passed" : v->stopped_at,
		v->stopped_at == NULL || strcmp(v->stopped_at, "File read") == 0 ? "" : " checks");
	return strcmp(v->fails, fails) == 0 && strcmp(v->warnings, warnings) == 0 &&
	       strcmp(stage, gold_text(gold, "overall_stage", row)) == 0 &&
	       v->api_suitable == (strcmp(gold_text(gold, "api_suitable", row), "TRUE") == 0);
}

static void screen_gold_row(const char *folder, const struct screen_table *gold, size_t row,
			    struct verdict *v)
{
	const struct screen_visitor visitor = { v, on_set, on_pair };
	char path[1024];

	v->fails[0] = v->warnings[0] = '\0';
	(void)snprintf(path, sizeof path, "%s/%s/%s", folder, gold_text(gold, "folder", row),
		       gold_text(gold, "file", row));
	assert_ok(screen_visit(path, &visitor, &err), err);
}

START_TEST(verdicts_are_those_of_the_department_s_own_screener)
{
	const char *folder = getenv("EES_FIXTURES");
	struct screen_lists *lists = NULL;
	struct screen_table gold;
	struct verdict v = { .fails = "" };
	int n_agree = 0, n_known = 0;

	if (folder == NULL)
		return;
	gold_read(&gold);
	assert_ok(screen_lists_open(&lists, &err), err);
	v.lists = lists;
	for (size_t row = 0; row < gold.n_rows; row++) {
		const char *file = gold_text(&gold, "file", row);

		screen_gold_row(folder, &gold, row, &v);
		if (gold_agrees(&gold, row, &v)) {
			n_agree++;
			ck_assert_msg(difference(file) == NULL, "%s agrees by now", file);
			continue;
		}
		n_known++;
		ck_assert_msg(
			difference(file) != NULL,
			"%s: fails %s, warnings %s, stopped at %s; DfE: fails %s, warnings %s",
			file, v.fails, v.warnings, v.stopped_at == NULL ? "no stage" : v.stopped_at,
			gold_text(&gold, "fails", row), gold_text(&gold, "warnings", row));
		(void)fprintf(stderr, "differs: %s: %s\n", file, difference(file));
	}
	(void)fprintf(stderr, "%d of %zu pairs agree, %d differ for a known reason\n", n_agree,
		      gold.n_rows, n_known);
	screen_lists_close(&lists);
	screen_table_clear(&gold);
}
END_TEST

static bool is_check(const char *check, size_t n)
{
	struct screen_check_about about;

	for (size_t i = 0; screen_check_list(i, &about); i++)
		if (!about.is_ours && strlen(about.check) == n &&
		    strncmp(about.check, check, n) == 0)
			return true;
	return false;
}

START_TEST(every_check_that_the_verdicts_name_is_one_of_ours)
{
	static const char *const columns[] = { "fails", "warnings" };
	struct screen_table gold;

	gold_read(&gold);
	for (size_t row = 0; row < gold.n_rows; row++) {
		for (int i = 0; i < 2; i++) {
			const char *text = gold_text(&gold, columns[i], row);

			while (*text != '\0') {
				size_t n = strcspn(text, ";");

				ck_assert_msg(is_check(text, n), "no check %.*s", (int)n, text);
				text += n + (text[n] == ';');
			}
		}
	}
	screen_table_clear(&gold);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, every_check_that_the_verdicts_name_is_one_of_ours);
	tcase_add_test(tc, verdicts_are_those_of_the_department_s_own_screener);
}

HARNESS_MAIN("screen_gold", add)
