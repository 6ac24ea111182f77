/* Cells: facts in, figures with value, coverage and status out.
 *
 * A cell's figures are those of the areas that have every base period it needs: all months of a
 * quarter for a flow, the last one for a stock, and of both measures when it is derived. */

#include "aggregator/rollup_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

/* ---- periods and areas of a cell */

/* The base periods of a part that a cell needs: [*first, *first + n). */
static int rollup_bases(const struct rollup_run *run, int k, struct period p, int *first)
{
	struct period bases[12];
	int n = period_bases(p, bases);

	if (run->terms.parts[k]->kind == MEASURE_FLOW) {
		*first = rollup_range_find(&run->source.range, bases[0]);
		return n;
	}
	*first = rollup_range_find(&run->source.range, bases[n - 1]);
	return 1;
}

/* The days over which areas must be valid to have a part in the cell. */
static void rollup_days(const struct rollup_run *run, struct period p, int32_t *from, int32_t *to)
{
	struct period bases[12];
	int n = period_bases(p, bases);

	*from = run->terms.parts[0]->kind == MEASURE_FLOW ? p.start : bases[n - 1].start;
	*to = period_end(p);
}

static bool rollup_is_valid(const struct rollup_run *run, int area, struct period base)
{
	const struct area *a = &run->context->areas->areas[area];

	return a->valid_from <= period_end(base) && a->valid_to >= base.start;
}

static bool rollup_is_expected(const struct rollup_run *run, int area, int32_t from, int32_t to)
{
	for (int i = 0; i < run->n_expected; i++) {
		const struct rollup_expected *e = &run->expected[i];

		if (e->from <= from && to <= e->to &&
		    area_within(run->context->areas, area, e->area))
			return true;
	}
	return run->n_expected == 0;
}

/* Whether the area has every base period that the cell needs, but for those in which it was not
 * valid. At least one it must have. */
static bool rollup_has(const struct rollup_run *run, int area, struct period p)
{
	int n_found = 0;

	for (int k = 0; k < run->terms.n_parts; k++) {
		int first;
		int n = rollup_bases(run, k, p, &first);

		for (int b = first; b < first + n; b++) {
			size_t rows;
			const struct rollup_fact *f =
				rollup_facts_find(&run->facts[k], area, b, &rows);

			if (f != NULL && f->category == 0)
				n_found++;
			else if (rollup_is_valid(run, area, rollup_range_at(&run->source.range, b)))
				return false;
		}
	}
	return n_found > 0;
}

/* ---- adding up */

static int64_t rollup_add(int64_t a, int64_t b)
{
	int64_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b < 0 ? -INT64_MAX : INT64_MAX;
}

/* Adds an area's rows of the cell's base periods to the totals; returns how many of the areas
 * behind them were provisional. */
static int rollup_add_rows(struct rollup_run *run, const struct rollup_facts *facts, int k,
			   int area, struct period p)
{
	int first;
	int n = rollup_bases(run, k, p, &first);
	int n_provisional = 0;

	for (int b = first; b < first + n; b++) {
		size_t rows;
		const struct rollup_fact *f = rollup_facts_find(facts, area, b, &rows);

		for (size_t i = 0; i < rows; i++) {
			int64_t *total = run->totals[f[i].category][k];

			total[0] = rollup_add(total[0], f[i].numerator);
			total[1] = rollup_add(total[1], f[i].denominator);
			if (f[i].category == 0)
				n_provisional += f[i].n_provisional;
		}
	}
	return n_provisional;
}

/* Whether the kept sums have all valid areas in every base period of the cell. */
static bool rollup_sums_complete(struct rollup_run *run, struct period p)
{
	for (int k = 0; k < run->terms.n_parts; k++) {
		int first;
		int n = rollup_bases(run, k, p, &first);

		for (int b = first; b < first + n; b++) {
			struct period base = rollup_range_at(&run->source.range, b);
			size_t rows;
			const struct rollup_fact *f =
				rollup_facts_find(&run->sums[k], run->area, b, &rows);

			if (f == NULL || f->category != 0 ||
			    f->n_areas != area_reporting(run->context->areas, run->area, base.start,
							 period_end(base), run->valid))
				return false;
		}
	}
	return true;
}

bool rollup_cell_is_kept(struct rollup_run *run, struct period p)
{
	int32_t from;
	int32_t to;
	int n;

	if (run->sums[0].n == 0 || !rollup_sums_complete(run, p))
		return false;
	rollup_days(run, p, &from, &to);
	n = area_reporting(run->context->areas, run->area, from, to, run->valid);
	for (int i = 0; i < n; i++)
		if (!rollup_is_expected(run, run->valid[i], from, to))
			return false;
	return true;
}

/* Who is expected and who reported; fills run->counted and the totals. */
static int rollup_gather(struct rollup_run *run, int area, struct rollup_cell *cell)
{
	int n_provisional = 0;
	int n_unexpected = 0; /* reported all the same */
	int n_valid;
	int32_t from;
	int32_t to;

	rollup_days(run, cell->period, &from, &to);
	n_valid = area_reporting(run->context->areas, area, from, to, run->valid);
	for (int i = 0; i < n_valid; i++) {
		bool expected = rollup_is_expected(run, run->valid[i], from, to);
		bool has = rollup_has(run, run->valid[i], cell->period);

		cell->n_expected += expected;
		if (!has)
			continue;
		n_unexpected += !expected;
		run->counted[cell->n_reported++] = run->valid[i];
		for (int k = 0; k < run->terms.n_parts; k++)
			n_provisional += rollup_add_rows(run, &run->facts[k], k, run->valid[i],
							 cell->period);
	}
	cell->n_expected = cell->n_expected == 0 ? n_valid : cell->n_expected + n_unexpected;
	return n_provisional;
}

static int rollup_gather_sums(struct rollup_run *run, struct rollup_cell *cell)
{
	int n_provisional = 0;
	int32_t from;
	int32_t to;

	rollup_days(run, cell->period, &from, &to);
	cell->n_expected = area_reporting(run->context->areas, run->area, from, to, run->valid);
	cell->n_reported = cell->n_expected;
	for (int k = 0; k < run->terms.n_parts; k++)
		n_provisional += rollup_add_rows(run, &run->sums[k], k, run->area, cell->period);
	return n_provisional;
}

/* ---- cells */

static void rollup_set_status(struct rollup_cell *cell, int n_provisional)
{
	if (cell->n_reported == 0)
		cell->status = ROLLUP_MISSING;
	else if (cell->n_reported < cell->n_expected)
		cell->status = ROLLUP_PARTIAL;
	else
		cell->status = n_provisional > 0 ? ROLLUP_PROVISIONAL : ROLLUP_FINAL;
}

/* With every area there, the population is the area's own row, else that of the areas counted. */
static void rollup_set_value(struct rollup_run *run, int area, int category,
			     struct rollup_cell *cell)
{
	int64_t(*total)[2] = run->totals[category];

	if (cell->status == ROLLUP_MISSING)
		return;
	cell->numerator = total[0][0];
	cell->denominator = run->terms.n_parts == 2 ? total[1][0] : total[0][1];
	cell->pooled = cell->status == ROLLUP_PARTIAL && rollup_is_ratio(run->terms.measure);
	if (run->terms.population && cell->pooled)
		rollup_population(run->context->areas, run->counted, cell->n_reported, cell);
	else if (run->terms.population)
		rollup_population(run->context->areas, &area, 1, cell);
	rollup_value(&run->terms, cell);
}

static enum err_code rollup_push(struct rollup_run *run, const struct rollup_cell *cell,
				 struct err *err)
{
	struct rollup_result *r = run->result;

	if (r->n >= LIMIT_ROLLUP_CELLS)
		return err_set(err, ERR_TOO_BIG,
			       "more than %d figures: ask for fewer periods, or one district",
			       LIMIT_ROLLUP_CELLS);
	if (r->n == run->size) {
		size_t size = run->size == 0 ? 64 : run->size * 2;
		struct rollup_cell *bigger = realloc(r->cells, size * sizeof *r->cells);

		if (bigger == NULL)
			return err_set(err, ERR_NOMEM, "out of memory");
		r->cells = bigger;
		run->size = size;
	}
	r->cells[r->n++] = *cell;
	return ERR_OK;
}

/* One area and period: a cell for the total and for each category seen in the area. */
static enum err_code rollup_period_cells(struct rollup_run *run, int area, struct period p,
					 struct err *err)
{
	struct rollup_cell base = { .period = p };
	enum err_code code = ERR_OK;
	int n_provisional;

	(void)snprintf(base.area, sizeof base.area, "%s", run->context->areas->areas[area].code);
	memset(run->totals, 0, (size_t)run->categories.n * sizeof *run->totals);
	if (area == run->area && rollup_cell_is_kept(run, p))
		n_provisional = rollup_gather_sums(run, &base);
	else
		n_provisional = rollup_gather(run, area, &base);
	rollup_set_status(&base, n_provisional);
	for (int i = 0; i < run->categories.n && code == ERR_OK; i++) {
		struct rollup_cell cell = base;

		if (i > 0 && !run->seen[i])
			continue;
		memcpy(cell.category, run->categories.codes[i], sizeof cell.category);
		rollup_set_value(run, area, i, &cell);
		code = rollup_push(run, &cell, err);
	}
	return code;
}

enum err_code rollup_cells(struct rollup_run *run, int area, struct err *err)
{
	struct period p = run->query->from;
	enum err_code code = ERR_OK;

	memset(run->seen, 0, (size_t)run->categories.n);
	for (int k = 0; k < run->terms.n_parts && run->categories.n > 1; k++) {
		rollup_facts_mark(&run->facts[k], area == run->area ? -1 : area, run->seen);
		if (area == run->area)
			rollup_facts_mark(&run->sums[k], -1, run->seen);
	}
	for (int i = 0; i < run->n_periods && code == ERR_OK; i++) {
		code = rollup_period_cells(run, area, p, err);
		p = period_next(p, 1);
	}
	return code;
}
