/* Disclosure control: information lost beside the optimum on public instances, and the time that a
 * measure's month, a year of one-way tables and a year with breakdowns take. Single-threaded.
 */
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/jj.h"
#include "tests/suppress_tables.h"

static double bench_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct outcome {
	struct suppress_report report;
	double seconds;
	enum err_code rc;
	struct err err;
};

static struct outcome bench_solve(struct suppress *p, const struct suppress_rule *rule,
				  size_t exact_cells)
{
	struct outcome o = { 0 };
	struct suppress_options options;
	suppress_options_init(&options);
	options.exact_cells = exact_cells;
	double from = bench_now();
	o.rc = suppress_apply(p, rule, &o.err);
	if (o.rc == ERR_OK)
		o.rc = suppress_make_safe(p, &options, &o.report, &o.err);
	o.seconds = bench_now() - from;
	suppress_free(&p);
	return o;
}

static void bench_instances(const char *folder)
{
	static const struct {
		const char *file;
		int cells, weight;
	} known[] = { { "A_unit_3x5.jj", 3, 40 },
		      { "B_counterexample_4x4.jj", 1, 31 },
		      { "F1_birmingham_like_10x5.jj", 3, 30 },
		      { "E_d2_maxN3.jj", 15, 293 } };
	printf("  %-28s %10s %14s %14s\n", "cells withheld / weight lost", "optimum", "exact",
	       "heuristic");
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		char path[256];
		int n;
		snprintf(path, sizeof path, "%s/%s", folder, known[i].file);
		struct outcome exact = bench_solve(jj_read(path, &n), NULL, 1000);
		struct outcome moves = bench_solve(jj_read(path, &n), NULL, 0);
		printf("  %-28s %6d/%-4d %4zu/%-4lld %.3fs %3zu/%-4lld %.3fs\n", known[i].file,
		       known[i].cells, known[i].weight, exact.report.n_secondary,
		       (long long)exact.report.weight_lost, exact.seconds, moves.report.n_secondary,
		       (long long)moves.report.weight_lost, moves.seconds);
	}
}

static void bench_print(const char *what, const struct outcome *o)
{
	struct rusage use;
	getrusage(RUSAGE_SELF, &use);
	printf("  %-34s %7zu cells %6zu primary %6zu secondary, weight %9lld; tables %zu: %zu "
	       "exact "
	       "%zu heuristic; %d mended; %8lld simplex, %6lld programs; %.2f s, %ld MB%s%s\n",
	       what, o->report.n_cells, o->report.n_primary, o->report.n_secondary,
	       (long long)o->report.weight_lost, o->report.n_tables, o->report.n_tables_exact,
	       o->report.n_tables_heuristic, o->report.rounds, (long long)o->report.iterations,
	       (long long)o->report.programs, o->seconds, use.ru_maxrss / 1024,
	       o->rc == ERR_OK ? "" : ": ", o->rc == ERR_OK ? "" : o->err.text);
}

static void bench_month(uint64_t seed, int64_t protect_high, size_t exact_cells, const char *what)
{
	struct tables_shape shape = { { 10, 5, 3 }, "m", 1, 0 };
	int64_t inner[150];
	size_t cells[TABLES_CELLS];
	struct suppress *p = NULL;
	struct suppress_rule rule;
	if (suppress_new(&p, NULL) != ERR_OK)
		abort();
	for (int i = 0; i < 150; i++)
		inner[i] = tables_count(&seed, 60);
	tables_add(p, &shape, inner, cells);
	suppress_rule_init(&rule);
	rule.protect_low = protect_high == 0 ? 0 : rule.protect_low;
	rule.protect_high = protect_high;
	struct outcome o = bench_solve(p, &rule, exact_cells);
	bench_print(what, &o);
}

/* One measure's month: a two-way table district × item for each of its breakdowns, which share the
 * districts' totals. */
static void bench_year_measure(struct suppress *p, int measure, int month, int n_breakdowns,
			       uint64_t *seed)
{
	static const int items[] = { 6, 3, 6, 8, 6, 3 };
	int64_t totals[10], inner[80];
	size_t first[TABLES_CELLS], cells[TABLES_CELLS];
	for (int i = 0; i < 10; i++)
		totals[i] = tables_count(seed, 200);
	for (int b = 0; b < n_breakdowns; b++) {
		char prefix[32];
		snprintf(prefix, sizeof prefix, "m%02d/%02d/b%d", measure, month, b);
		struct tables_shape s = { { 10, n_breakdowns == 1 ? 1 : items[b], 1 },
					  prefix,
					  (uint32_t)(measure * 12 + month) * 8 + (uint32_t)b + 1,
					  0 };
		for (int i = 0; i < 10; i++) {
			int64_t left = totals[i];
			for (int j = 0; j < s.ways[1]; j++) {
				int64_t share = j == s.ways[1] - 1 || left == 0
							? left
							: (int64_t)(tables_random(seed) %
								    (uint64_t)(left + 1));
				inner[i * s.ways[1] + j] = share;
				left -= share;
			}
		}
		tables_add(p, &s, inner, cells);
		for (int i = 0; b > 0 && i <= 10; i++) {
			struct suppress_term same[] = { { first[i], 1 },
							{ cells[tables_at(&s, i, 0, 1)], -1 } };
			struct suppress_relation r = {
				"same total", s.table, SUPPRESS_ALWAYS, same, 2, 0, 0
			};
			if (suppress_add_relation(p, &r, NULL) != ERR_OK)
				abort();
		}
		for (int i = 0; b == 0 && i <= 10; i++)
			first[i] = cells[tables_at(&s, i, s.ways[1] == 1 ? 1 : 0, 1)];
	}
}

static void bench_year(int measures, int breakdowns, size_t exact_cells, const char *what)
{
	struct suppress *p = NULL;
	struct suppress_rule rule;
	uint64_t seed = 11;
	if (suppress_new(&p, NULL) != ERR_OK)
		abort();
	for (int m = 0; m < measures; m++)
		for (int month = 0; month < 12; month++)
			bench_year_measure(p, m, month, breakdowns, &seed);
	suppress_rule_init(&rule);
	struct outcome o = bench_solve(p, &rule, exact_cells);
	bench_print(what, &o);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	bench_instances("tests/data/feed/sdc");
	bench_month(1, 0, 300, "11 x 6 x 4, not exact, exact");
	bench_month(1, 0, 0, "11 x 6 x 4, not exact, heuristic");
	bench_month(1, 5, 300, "11 x 6 x 4, 1 to 5, exact");
	bench_month(1, 5, 0, "11 x 6 x 4, 1 to 5, heuristic");
	bench_year(60, 1, 300, "60 x 12 one-way");
	bench_year(1, 6, 0, "1 x 12 with 6 breakdowns, heur.");
	bench_year(1, 6, 300, "1 x 12 with 6 breakdowns, exact");
	bench_year(4, 6, 0, "4 x 12 with 6 breakdowns, heur.");
	return 0;
}
