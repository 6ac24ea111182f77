/* What a roll-up query asks for, checked, with the nearest name where one is unknown. */

#include "aggregator/rollup_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/config.h"
#include "proto/limits.h"

enum err_code rollup_area(const struct area_tree *tree, const char *code, int *area,
			  struct err *err)
{
	const char **codes;
	const char *near;

	*area = area_find(tree, code);
	if (*area >= 0)
		return ERR_OK;
	codes = calloc((size_t)tree->n_areas, sizeof *codes);
	if (codes == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (int i = 0; i < tree->n_areas; i++)
		codes[i] = tree->areas[i].code;
	near = config_nearest(code, codes, tree->n_areas);
	(void)err_set(err, ERR_MISSING, "no area '%.64s'%s%s%s", code,
		      near == NULL ? ": see the areas file" : "; did you mean '",
		      near == NULL ? "" : near, near == NULL ? "" : "'?");
	free(codes);
	return ERR_MISSING;
}

static enum err_code rollup_find_area(struct rollup_run *run, struct err *err)
{
	const struct area_tree *tree = run->context->areas;
	enum err_code code = rollup_area(tree, run->query->area, &run->area, err);

	if (code == ERR_OK && tree->areas[run->area].level == AREA_WARD)
		code = err_set(err, ERR_MISSING,
			       "'%s' is a ward: ask for its district '%s', broken down by ward",
			       run->query->area, tree->areas[tree->areas[run->area].parent].code);
	return code;
}

static enum err_code rollup_no_measure(const struct rollup_run *run, struct err *err)
{
	const char *near = measures_nearest(run->context->measures, run->query->measure);

	return err_set(err, ERR_MISSING, "no measure '%.64s'%s%s%s", run->query->measure,
		       near == NULL ? ": measures list names them" : "; did you mean '",
		       near == NULL ? "" : near, near == NULL ? "" : "'?");
}

static enum err_code rollup_no_breakdown(const struct rollup_run *run, struct err *err)
{
	const struct measure *m = run->terms.parts[0];
	char names[512] = "";

	for (int i = 0; i < m->n_dimensions; i++) {
		size_t len = strlen(names);

		if (rollup_terms_have(&run->terms, m->dimensions[i]))
			(void)snprintf(names + len, sizeof names - len, "%s%s",
				       len == 0 ? "" : ", ", m->dimensions[i]);
	}
	return err_set(err, ERR_MISSING, "%s has no breakdown by '%.32s'; it has %s",
		       run->query->measure, run->query->breakdown, *names == '\0' ? "none" : names);
}

static enum err_code rollup_check_periods(struct rollup_run *run, struct err *err)
{
	const struct rollup_query *q = run->query;
	struct period p = q->from;

	if (q->from.kind != q->by || q->to.kind != q->by || !period_valid(q->from) ||
	    !period_valid(q->to))
		return err_set(err, ERR_CONFIG, "from and to must each be a %s",
			       period_kind_name(q->by));
	if (q->to.start < q->from.start)
		return err_set(err, ERR_CONFIG, "from lies after to: swap them");
	for (int k = 0; k < run->terms.n_parts; k++)
		if (q->by == PERIOD_WEEK && !run->terms.parts[k]->weeks)
			return err_set(err, ERR_CONFIG,
				       "%s is not reported by week: ask for it by month",
				       run->terms.parts[k]->code);
	while (p.start <= q->to.start && run->n_periods <= LIMIT_ROLLUP_PERIODS) {
		run->n_periods++;
		p = period_next(p, 1);
	}
	if (run->n_periods > LIMIT_ROLLUP_PERIODS)
		return err_set(err, ERR_TOO_BIG, "more than %d periods: ask for fewer at a time",
			       LIMIT_ROLLUP_PERIODS);
	return ERR_OK;
}

/* The configuration's expected areas, as days. */
static enum err_code rollup_read_expected(struct rollup_run *run, struct err *err)
{
	const struct aggregator_config *c = run->context->config;

	if (c == NULL || c->n_expected == 0)
		return ERR_OK;
	run->expected = calloc(c->n_expected, sizeof *run->expected);
	if (run->expected == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (unsigned i = 0; i < c->n_expected; i++) {
		struct rollup_expected *e = &run->expected[run->n_expected++];
		struct period month = { PERIOD_MONTH, 0 };
		enum err_code code =
			rollup_area(run->context->areas, c->expected[i].area, &e->area, err);

		if (code == ERR_OK)
			code = period_parse(c->expected[i].from, &month, err);
		e->from = month.start;
		e->to = INT32_MAX;
		if (code == ERR_OK && c->expected[i].to != NULL) {
			code = period_parse(c->expected[i].to, &month, err);
			e->to = period_end(month);
		}
		if (code != ERR_OK) {
			err_wrap(err, "settings: expected[%u]", i);
			return code;
		}
	}
	return ERR_OK;
}

enum err_code rollup_query_check(struct rollup_run *run, struct err *err)
{
	const struct measure *m = measures_find(run->context->measures, run->query->measure);
	enum err_code code;

	if (m == NULL)
		return rollup_no_measure(run, err);
	code = rollup_terms_find(run->context->measures, m, &run->terms, err);
	if (code == ERR_OK)
		code = rollup_find_area(run, err);
	if (code == ERR_OK && run->query->breakdown != NULL &&
	    !rollup_terms_have(&run->terms, run->query->breakdown))
		code = rollup_no_breakdown(run, err);
	if (code == ERR_OK)
		code = rollup_check_periods(run, err);
	if (code == ERR_OK)
		code = rollup_read_expected(run, err);
	return code;
}
