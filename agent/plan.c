#include "agent/plan.h"

#include <stdlib.h>
#include <string.h>

#include "agent/measure.h"
#include "agent/ownership.h"

enum err_code plan_base_open(const struct agent_config *config, struct plan_base *out,
			     struct err *err)
{
	enum err_code code;

	memset(out, 0, sizeof *out);
	out->config = config;
	code = area_tree_load(config->areas, NULL, &out->areas, err);
	if (code == ERR_OK)
		code = measures_load(config->measures, &out->set, err);
	if (code != ERR_OK)
		plan_base_close(out);
	return code;
}

void plan_base_close(struct plan_base *base)
{
	area_tree_free(&base->areas);
	measures_free(&base->set);
}

static enum err_code plan_measure(const struct plan_base *base, struct plan *p, struct err *err)
{
	struct figures *figures = NULL;
	uint8_t *owned = calloc((size_t)base->set->n_measures + 1, 1);
	enum err_code code;

	if (owned == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	ownership_mark(base->config, p->dataset, base->set, owned);
	code = measure_run(p->stage, base->set, owned, &figures, err);
	if (code == ERR_OK)
		code = report_build(p->stage, base->set, figures, &p->reports, err);
	measure_figures_free(&figures);
	free(owned);
	return code;
}

enum err_code plan_make(const struct plan_base *base, const struct agent_dataset *dataset,
			const struct extract *extract, struct plan *out, struct err *err)
{
	enum err_code code;

	memset(out, 0, sizeof *out);
	out->dataset = dataset;
	out->extract = extract;
	code = extract_load(base->config, dataset, base->areas, extract, &out->stage, &out->refused,
			    err);
	if (code == ERR_OK && !out->refused)
		code = plan_measure(base, out, err);
	if (code != ERR_OK) {
		plan_clear(out);
		err_wrap(err, "%s", extract->path);
		return code;
	}
	return ERR_OK;
}

void plan_clear(struct plan *plan)
{
	reports_free(&plan->reports);
	stage_free(&plan->stage);
}

const char *plan_reason(const struct plan *plan)
{
	const struct faults *faults = &plan->stage->faults;

	for (int rule = 1; plan->refused && rule <= FAULT_SHEET_UNKNOWN; rule++)
		if (faults->n_by_rule[rule] > 0 &&
		    fault_severity((enum fault_rule)rule) == FAULT_REFUSED)
			return fault_code((enum fault_rule)rule);
	return NULL;
}
