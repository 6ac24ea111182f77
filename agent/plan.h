#ifndef AGENT_PLAN_H
#define AGENT_PLAN_H

#include "agent/config.h"
#include "agent/extract.h"
#include "agent/report.h"
#include "proto/area.h"
#include "proto/measures.h"

/* One extract worked out, from its files to unsigned reports; nothing is written. collect and
 * preview share it, so that what preview shows is what collect would say. */

struct plan_base {
	const struct agent_config *config; /* borrowed */
	struct area_tree *areas;
	struct measure_set *set;
};

/* Loads the area file and the measures. plan_base_close frees what is there, also half of it. */
enum err_code plan_base_open(const struct agent_config *config, struct plan_base *out,
			     struct err *err);
void plan_base_close(struct plan_base *base);

struct plan {
	const struct agent_dataset *dataset; /* borrowed */
	const struct extract *extract;       /* borrowed */
	struct stage *stage;
	int refused;             /* the stage's faults say why; there are no reports */
	struct reports *reports; /* NULL when refused */
};

/* plan_clear frees what is there, also half of it. */
enum err_code plan_make(const struct plan_base *base, const struct agent_dataset *dataset,
			const struct extract *extract, struct plan *out, struct err *err);
void plan_clear(struct plan *plan);

/* Code of the first fault that refused the extract; NULL when none did. */
const char *plan_reason(const struct plan *plan);

#endif
