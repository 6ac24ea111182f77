/* Roll-up: how long a question takes on a store of ten districts with every measure and breakdown,
 * monthly and weekly, after one and after five years.
 *
 * Usage: bench_rollup
 */
#include "aggregator/config.h"
#include "aggregator/rollup.h"
#include "aggregator/store.h"
#include "tests/bench/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DISTRICTS 10
#define QUESTIONS 200
#define PAGES 40
#define PAGE_MEASURES 60

struct bench {
	char folder[256];
	struct city_agent agents[DISTRICTS];
	uint64_t sequence[DISTRICTS];
	struct measure_set *set;
	struct area_tree *areas;
	struct store *store;
	struct history history;
	struct aggregator_config config;
};

static void must(enum err_code code, const struct err *err)
{
	if (code != ERR_OK)
		city_die(err_name(code), err->text);
}

static void prepare(struct bench *b)
{
	char path[512];
	char populations[512];
	struct err err = { .code = ERR_OK };

	(void)snprintf(b->folder, sizeof b->folder, "/tmp/bench-rollup-XXXXXX");
	if (mkdtemp(b->folder) == NULL)
		city_die(b->folder, "cannot create");
	(void)snprintf(path, sizeof path, "%s/areas.csv", b->folder);
	(void)snprintf(populations, sizeof populations, "%s/populations.csv", b->folder);
	city_write_areas(path, DISTRICTS);
	city_write_populations(populations, DISTRICTS);
	must(area_tree_load(path, populations, &b->areas, &err), &err);
	must(measures_load(NULL, &b->set, &err), &err);
	(void)snprintf(path, sizeof path, "%s/store.db", b->folder);
	must(store_open(path, DB_WRITE, &b->store, &err), &err);
	must(db_exec(b->store->db, "PRAGMA synchronous=OFF", &err), &err);
	city_agents(b->agents, DISTRICTS);
	history_enrol(b->store, b->agents, DISTRICTS);
	b->history = (struct history){ b->store,  b->areas,    b->set, b->agents,
				       DISTRICTS, b->sequence, 0 };
}

static double ask(struct bench *b, const struct measure *m, int districts, struct period from,
		  struct period to, size_t *n_cells)
{
	struct rollup_context context = { b->store, b->areas, b->set, &b->config };
	struct rollup_query q = { .measure = m->code,
				  .area = "city",
				  .districts = districts,
				  .by = PERIOD_MONTH,
				  .from = from,
				  .to = to };
	struct rollup_result *result = NULL;
	struct err err = { .code = ERR_OK };
	double start_s = city_seconds();

	must(rollup_run(&context, &q, &result, &err), &err);
	*n_cells += result->n;
	rollup_free(&result);
	return city_seconds() - start_s;
}

/* The floor of a page: one look-up by key of a pointer and one of a row, per cell. */
static double floor_page(struct bench *b, int n_cells)
{
	sqlite3_stmt *stmt = NULL;
	double start_s;

	if (sqlite3_prepare_v2(b->store->db,
			       "SELECT o.numerator FROM current c JOIN observation o "
			       "ON o.report = c.report AND o.series = c.measure "
			       "WHERE c.measure = $1 AND c.period = $2 AND c.area = $3",
			       -1, &stmt, NULL) != SQLITE_OK)
		city_die("floor", sqlite3_errmsg(b->store->db));
	start_s = city_seconds();
	for (int i = 0; i < n_cells; i++) {
		struct period p = period_next((struct period){ PERIOD_MONTH, 17987 }, i % 12);

		(void)sqlite3_bind_int64(stmt, 1, 1 + i % PAGE_MEASURES);
		(void)sqlite3_bind_int64(stmt, 2, period_key(p));
		(void)sqlite3_bind_text(stmt, 3, b->agents[i % DISTRICTS].name, -1, SQLITE_STATIC);
		(void)sqlite3_step(stmt);
		(void)sqlite3_reset(stmt);
	}
	(void)sqlite3_finalize(stmt);
	return city_seconds() - start_s;
}

static void measure_questions(struct bench *b, int years)
{
	static double question_s[QUESTIONS];
	static double page_s[PAGES];
	struct period first = { PERIOD_MONTH, 17987 };
	struct period last = period_next(first, 12 * years - 1);
	struct period year = period_next(last, -11);
	size_t n_cells = 0;
	size_t n_page_cells = 0;
	double floor_s;

	for (int i = 0; i < QUESTIONS; i++)
		question_s[i] =
			ask(b, &b->set->measures[i % b->set->n_measures], 0, first, last, &n_cells);
	for (int i = 0; i < PAGES; i++) {
		page_s[i] = 0;
		n_page_cells = 0;
		for (int m = 0; m < PAGE_MEASURES; m++)
			page_s[i] += ask(b, &b->set->measures[m % b->set->n_measures], 1, year,
					 last, &n_page_cells);
	}
	floor_s = floor_page(b, (int)n_page_cells);
	printf("  %d year%s, %lld observations: one measure, city, %d months %.2f ms (50th) %.2f "
	       "ms "
	       "(99th)\n",
	       years, years == 1 ? "" : "s", (long long)b->history.n_observations, 12 * years,
	       1e3 * city_percentile(question_s, QUESTIONS, 0.5),
	       1e3 * city_percentile(question_s, QUESTIONS, 0.99));
	printf("    city page, %d measures x 12 months x %d districts (%zu cells): %.1f ms (50th) "
	       "%.1f ms (99th); bare look-ups %.1f ms; ratio %.2f\n",
	       PAGE_MEASURES, DISTRICTS, n_page_cells, 1e3 * city_percentile(page_s, PAGES, 0.5),
	       1e3 * city_percentile(page_s, PAGES, 0.99), 1e3 * floor_s,
	       floor_s / city_percentile(page_s, PAGES, 0.5));
}

int main(void)
{
	static struct bench b;
	struct period month = { PERIOD_MONTH, 17987 };
	struct period week = period_of(PERIOD_WEEK, 17987); /* 2019-04-01, a Monday */

	prepare(&b);
	for (int year = 1; year <= 5; year++) {
		history_add(&b.history, month, 12, week, 52);
		month = period_next(month, 12);
		week = period_next(week, 52);
		if (year == 1 || year == 5)
			measure_questions(&b, year);
	}
	store_close(&b.store);
	area_tree_free(&b.areas);
	measures_free(&b.set);
	(void)fflush(stdout);
	return execlp("rm", "rm", "-rf", b.folder, NULL);
}
