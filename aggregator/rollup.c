/* The roll-up query: one state of the store in, cells out. Where every valid area has reported, the
 * sums that the worker keeps are read; else the reports that count, and the areas are added up. */

#include "aggregator/rollup.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/rollup_run.h"

/* Reads the kept sums, and report by report the base periods for which they are not enough. */
static enum err_code rollup_read(struct rollup_run *run, struct err *err)
{
	const struct rollup_query *q = run->query;
	bool kept = !q->districts && q->as_known_on_us == 0 && run->source.n_reporting > 0 &&
		    run->reporting[0] != run->area;
	struct period p = q->from;
	enum err_code code = ERR_OK;
	int from = 0;
	int to = kept ? 0 : run->source.range.n;

	for (int k = 0; k < run->terms.n_parts && kept && code == ERR_OK; k++)
		code = rollup_facts_read_sums(&run->source, run->area, &run->sums[k], err);
	for (int i = 0; i < run->n_periods && kept && code == ERR_OK; i++) {
		struct period bases[12];
		int n = period_bases(p, bases);

		if (!rollup_cell_is_kept(run, p)) {
			if (to == 0)
				from = rollup_range_find(&run->source.range, bases[0]);
			to = rollup_range_find(&run->source.range, bases[n - 1]) + 1;
		}
		p = period_next(p, 1);
	}
	for (int k = 0; k < run->terms.n_parts && code == ERR_OK; k++)
		code = rollup_facts_read(&run->source, from, to, &run->facts[k], err);
	return code;
}

static enum err_code rollup_allocate(struct rollup_run *run, struct err *err)
{
	size_t n = (size_t)run->context->areas->n_areas;

	run->reporting = calloc(n, sizeof *run->reporting);
	run->valid = calloc(n, sizeof *run->valid);
	run->counted = calloc(n, sizeof *run->counted);
	run->result = calloc(1, sizeof *run->result);
	if (run->reporting == NULL || run->valid == NULL || run->counted == NULL ||
	    run->result == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	return ERR_OK;
}

static void rollup_set_source(struct rollup_run *run)
{
	const struct rollup_query *q = run->query;
	struct period bases[12];
	int n;

	(void)period_bases(q->from, bases);
	run->source.range.first = bases[0];
	n = period_bases(q->to, bases);
	run->source.range.n = rollup_range_find(&run->source.range, bases[n - 1]) + 1;
	run->source.store = run->context->store;
	run->source.areas = run->context->areas;
	run->source.dimension = q->breakdown == NULL ? "" : q->breakdown;
	run->source.as_known_on_us = q->as_known_on_us;
	run->source.reporting = run->reporting;
	run->source.n_reporting = area_reporting(run->context->areas, run->area, q->from.start,
						 period_end(q->to), run->reporting);
	for (int k = 0; k < run->terms.n_parts; k++) {
		run->series[k].measure = run->terms.parts[k]->code;
		run->facts[k].series = run->sums[k].series = &run->series[k];
	}
	run->result->measure = run->terms.measure;
}

static enum err_code rollup_prepare(struct rollup_run *run, struct err *err)
{
	enum err_code code = rollup_query_check(run, err);

	if (code == ERR_OK)
		code = rollup_allocate(run, err);
	if (code == ERR_OK)
		rollup_set_source(run);
	return code;
}

static enum err_code rollup_answer(struct rollup_run *run, struct err *err)
{
	const int n_parts = run->terms.n_parts;
	enum err_code code = rollup_series_read(&run->source, run->series, n_parts,
						run->terms.parts[0], &run->categories, err);

	if (code != ERR_OK)
		return code;
	run->totals = calloc((size_t)run->categories.n, sizeof *run->totals);
	run->seen = calloc((size_t)run->categories.n, 1);
	if (run->totals == NULL || run->seen == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	code = rollup_read(run, err);
	if (code == ERR_OK)
		code = rollup_cells(run, run->area, err);
	for (int i = 0; i < run->source.n_reporting && run->query->districts && code == ERR_OK; i++)
		if (run->reporting[i] != run->area)
			code = rollup_cells(run, run->reporting[i], err);
	return code;
}

static void rollup_run_clear(struct rollup_run *run)
{
	for (int k = 0; k < 2; k++) {
		rollup_facts_clear(&run->facts[k]);
		rollup_facts_clear(&run->sums[k]);
		rollup_series_clear(&run->series[k]);
	}
	rollup_categories_clear(&run->categories);
	free(run->expected);
	free(run->reporting);
	free(run->valid);
	free(run->counted);
	free(run->seen);
	free(run->totals);
	rollup_free(&run->result);
}

enum err_code rollup_run(const struct rollup_context *context, const struct rollup_query *query,
			 struct rollup_result **out, struct err *err)
{
	struct rollup_run run = { .context = context, .query = query };
	sqlite3 *db = context->store->db;
	bool own = sqlite3_get_autocommit(db) != 0;
	enum err_code code;

	*out = NULL;
	code = rollup_prepare(&run, err);
	/* one state of the store for all statements */
	if (code == ERR_OK && own)
		code = db_exec(db, "BEGIN", err);
	if (code == ERR_OK) {
		code = rollup_answer(&run, err);
		if (own)
			(void)db_exec(db, "COMMIT", NULL);
	}
	if (code == ERR_OK) {
		*out = run.result;
		run.result = NULL;
	} else {
		err_wrap(err, "roll-up");
	}
	rollup_run_clear(&run);
	return code;
}

void rollup_free(struct rollup_result **result)
{
	if (*result == NULL)
		return;
	free((*result)->cells);
	free(*result);
	*result = NULL;
}

const char *rollup_status_name(enum rollup_status status)
{
	switch (status) {
	case ROLLUP_FINAL:
		return "final";
	case ROLLUP_PROVISIONAL:
		return "provisional";
	case ROLLUP_PARTIAL:
		return "partial";
	case ROLLUP_MISSING:
		return "missing";
	}
	return "missing";
}
