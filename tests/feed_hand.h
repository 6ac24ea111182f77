#ifndef TESTS_FEED_HAND_H
#define TESTS_FEED_HAND_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aggregator/feed/bundle.h"
#include "tests/harness.h"

/* A small release made by hand, and the tools of other people that look at it. */

/* Runs a line of the shell, its output thrown away; its exit status. */
__attribute__((format(printf, 1, 2))) static inline int feed_shell(const char *format, ...)
{
	char line[4096];
	va_list args;
	int status = -1;
	pid_t pid;

	va_start(args, format);
	(void)vsnprintf(line, sizeof line, format, args);
	va_end(args);
	pid = fork();
	if (pid == 0) {
		if (freopen("/dev/null", "w", stdout) == NULL ||
		    freopen("/dev/null", "w", stderr) == NULL)
			_exit(127);
		(void)execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static inline const char *feed_path(const char *name)
{
	static char paths[8][512];
	static int at;
	char *path = paths[at++ % 8];

	(void)snprintf(path, sizeof paths[0], "%s/%s", harness_folder(), name);
	return path;
}

static inline void feed_put(char *out, size_t size, const char *text)
{
	(void)snprintf(out, size, "%s", text);
}

static const struct ees_place feed_place = {
	"E92000001", "England", "E12000005", "West Midlands", "330", "E08000025", "Birmingham",
};

/* A filter of n items, of which the first is Total. */
static inline void feed_filter(struct ees_table *t, const char *column, const char *label,
			       const char *const *items, int n)
{
	struct ees_filter *f = &t->filters[t->n_filters++];

	feed_put(f->column, sizeof f->column, column);
	feed_put(f->label, sizeof f->label, label);
	f->items = calloc((size_t)n, sizeof *f->items);
	f->n_items = n;
	for (int i = 0; i < n; i++)
		feed_put(f->items[i].label, sizeof f->items[i].label, items[i]);
}

static inline void feed_indicator(struct ees_table *t, const char *column, const char *label,
				  const char *unit, int dp, int64_t scale)
{
	struct ees_indicator *n;

	if (t->indicators == NULL)
		t->indicators = calloc(8, sizeof *t->indicators);
	n = &t->indicators[t->n_indicators++];
	feed_put(n->column, sizeof n->column, column);
	feed_put(n->label, sizeof n->label, label);
	feed_put(n->grouping, sizeof n->grouping, "Referrals");
	feed_put(n->unit, sizeof n->unit, unit);
	n->dp = dp;
	n->scale = scale;
}

static inline void feed_table(struct ees_table *t, const char *name, const char *title,
			      const char *const *periods, int n)
{
	*t = (struct ees_table){ .place = feed_place, .n_periods = n };
	feed_put(t->name, sizeof t->name, name);
	feed_put(t->title, sizeof t->title, title);
	t->periods = calloc((size_t)n, sizeof *t->periods);
	for (int i = 0; i < n; i++)
		ck_assert_int_eq(period_parse(periods[i], &t->periods[i], NULL), ERR_OK);
}

/* Total, North, South in September 2026: referrals and the percentage that came again. */
static inline void feed_small_table(struct ees_table *t)
{
	static const char *const items[] = { "Total", "North", "South, and more" };
	static const char *const month[] = { "2026-09" };
	static const struct ees_cell cells[6] = {
		{ EES_VALUE, 107, 1 },  { EES_VALUE, 1, 3 },      { EES_VALUE, 107, 1 },
		{ EES_VALUE, 1, 2001 }, { EES_SUPPRESSED, 0, 0 }, { EES_NOT_APPLICABLE, 0, 0 },
	};

	feed_table(t, "csc_small_monthly", "Monthly small", month, 1);
	feed_filter(t, "district", "Council district", items, 3);
	feed_indicator(t, "referral_count", "Referrals", "", 0, 1);
	feed_indicator(t, "rereferral_percent", "Percentage of re-referrals", "%", 1, 100);
	ck_assert_int_eq(ees_table_cells(t, NULL), ERR_OK);
	memcpy(t->cells, cells, sizeof cells);
}

struct feed_hand {
	struct ees_table tables[2];
	struct manifest_coverage coverage[2];
	struct manifest_report reports[1];
	uint8_t digest[32];
	struct minisign_secret key;
	struct bundle_release release;
	json_t *disclosure;
};

static inline void feed_hand_make(struct feed_hand *h)
{
	static const char *const items[] = { "Total", "Female", "Male" };
	static const char *const months[] = { "2026-07", "2026-08", "2026-09" };
	struct err err = { 0 };

	memset(h, 0, sizeof *h);
	feed_small_table(&h->tables[0]);
	feed_table(&h->tables[1], "csc_by_sex_monthly", "Monthly by sex", months, 3);
	feed_filter(&h->tables[1], "sex", "Sex", items, 3);
	feed_indicator(&h->tables[1], "referral_count", "Referrals", "", 0, 1);
	ck_assert_int_eq(ees_table_cells(&h->tables[1], NULL), ERR_OK);
	for (int i = 0; i < 9; i++)
		h->tables[1].cells[i] = (struct ees_cell){ EES_VALUE, 10 + i, 1 };
	for (int i = 0; i < 2; i++) {
		struct manifest_coverage *c = &h->coverage[i];

		ck_assert_int_eq(period_parse("2026-09", &c->period, NULL), ERR_OK);
		feed_put(c->area, sizeof c->area, i == 0 ? "north" : "south");
		feed_put(c->name, sizeof c->name, i == 0 ? "North" : "South, and more");
		c->state = i == 0 ? MANIFEST_COMPLETE : MANIFEST_PARTIAL;
		c->provisional = i;
		c->reports = 1;
	}
	feed_put(h->coverage[1].missing, sizeof h->coverage[1].missing, "workforce");
	feed_put(h->reports[0].area, sizeof h->reports[0].area, "north");
	feed_put(h->reports[0].dataset, sizeof h->reports[0].dataset, "annex_a");
	feed_put(h->reports[0].agent, sizeof h->reports[0].agent, "north-1");
	h->reports[0].period = h->coverage[0].period;
	h->reports[0].sequence = 7;
	h->disclosure = json_pack("{s:s, s:i}", "rule", "counts of 1 to 5", "primaries", 1);
	assert_ok(minisign_create(feed_path("feed.key"), feed_path("feed.pub"), &h->key, &err),
		  err);
	h->release = (struct bundle_release){
		.feed = "city-csc",
		.version = { 1, 0 },
		.status = MANIFEST_PROVISIONAL,
		.produced_at = "2026-11-22T10:30:00Z",
		.measures_digest = h->digest,
		.tables = h->tables,
		.n_tables = 2,
		.coverage = h->coverage,
		.n_coverage = 2,
		.reports = h->reports,
		.n_reports = 1,
		.disclosure = h->disclosure,
		.contact = "statistics@city.example",
	};
	ck_assert_int_eq(period_parse("2026-27-Q2", &h->release.edition, NULL), ERR_OK);
}

static inline void feed_hand_clear(struct feed_hand *h)
{
	ees_table_clear(&h->tables[0]);
	ees_table_clear(&h->tables[1]);
	json_decref(h->disclosure);
}

#endif
