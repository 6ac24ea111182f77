/* A whole plan out of a CSV file, one line a point. In: the file. Out: targets that can stand, or
 * the first fault with its line. */
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/plan.h"
#include "proto/area_file.h"

enum plan_column {
	PLAN_MEASURE,
	PLAN_AREA,
	PLAN_DIRECTION,
	PLAN_POINT,
	PLAN_PERIOD,
	PLAN_VALUE,
	PLAN_OWNER,
	PLAN_RATIONALE,
	PLAN_COLUMNS_N,
};

static const char *const plan_headings[PLAN_COLUMNS_N] = { "measure", "area",     "direction",
							   "point",   "period",   "value",
							   "owner",   "rationale" };

struct plan_reading {
	struct plan_list *out;
	int lines[PLAN_TARGETS_MAX]; /* of each target's baseline */
};

static struct plan_target *plan_find_listed(const struct plan_list *list, const char *measure,
					    const char *area)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->targets[i].measure, measure) == 0 &&
		    strcmp(list->targets[i].area, area) == 0)
			return &list->targets[i];
	return NULL;
}

static enum err_code plan_fault(struct area_file *file, int column, const char *what,
				const char *mend)
{
	return area_fault(file, file->line, column, what, file->fields[column], mend);
}

static enum err_code plan_read_point(struct area_file *file, struct plan_point *p)
{
	struct err why = { ERR_OK, "" };

	if (period_parse(file->fields[PLAN_PERIOD], &p->period, NULL) != ERR_OK)
		return plan_fault(file, PLAN_PERIOD, "no period",
				  "write a month (2026-03), a quarter (2025-26-Q4) or a financial "
				  "year (2025-26)");
	if (plan_parse_value(file->fields[PLAN_VALUE], &p->tenths, &why) != ERR_OK)
		return plan_fault(file, PLAN_VALUE, "no value",
				  "write a number from 0 with at most one decimal, such as 22.5");
	return ERR_OK;
}

static enum err_code plan_copy(struct area_file *file, int column, char *out, size_t max)
{
	if (strlen(file->fields[column]) > max)
		return plan_fault(file, column, "too long", "write fewer words");
	return area_copy_text(file, column, out, max + 1);
}

static enum err_code plan_on_baseline(struct area_file *file, struct plan_reading *reading)
{
	struct plan_list *out = reading->out;
	struct plan_target *t = &out->targets[out->n];
	enum err_code code;

	if (plan_find_listed(out, file->fields[PLAN_MEASURE], file->fields[PLAN_AREA]) != NULL)
		return plan_fault(file, PLAN_MEASURE, "a second baseline for this area of",
				  "each measure and area has one target");
	if (out->n == PLAN_TARGETS_MAX)
		return plan_fault(file, PLAN_MEASURE, "too many targets with",
				  "split the plan: a file has at most 500");
	*t = (struct plan_target){ .revision = 0 };
	if (!plan_aim_parse(file->fields[PLAN_DIRECTION], &t->aim))
		return plan_fault(file, PLAN_DIRECTION, "no direction", "write lower or higher");
	code = plan_copy(file, PLAN_MEASURE, t->measure, sizeof t->measure - 1);
	if (code == ERR_OK)
		code = plan_copy(file, PLAN_AREA, t->area, sizeof t->area - 1);
	if (code == ERR_OK)
		code = plan_copy(file, PLAN_OWNER, t->owner, PLAN_OWNER_MAX);
	if (code == ERR_OK)
		code = plan_copy(file, PLAN_RATIONALE, t->rationale, PLAN_RATIONALE_MAX);
	if (code == ERR_OK)
		code = plan_read_point(file, &t->baseline);
	reading->lines[out->n] = file->line;
	out->n++;
	return code;
}

static enum err_code plan_on_milestone(struct area_file *file, const struct plan_reading *reading)
{
	struct plan_target *t =
		plan_find_listed(reading->out, file->fields[PLAN_MEASURE], file->fields[PLAN_AREA]);

	if (t == NULL)
		return plan_fault(file, PLAN_MEASURE, "a milestone before the baseline of",
				  "write the line with the point \"baseline\" first");
	if (t->n_milestones == PLAN_MILESTONES_MAX)
		return plan_fault(file, PLAN_PERIOD, "one milestone too many",
				  "a target has at most 12");
	return plan_read_point(file, &t->milestones[t->n_milestones++]);
}

static enum err_code plan_on_row(struct area_file *file)
{
	struct plan_reading *reading = file->data;

	if (strcmp(file->fields[PLAN_POINT], "baseline") == 0)
		return plan_on_baseline(file, reading);
	if (strcmp(file->fields[PLAN_POINT], "milestone") == 0)
		return plan_on_milestone(file, reading);
	return plan_fault(file, PLAN_POINT, "no kind of point", "write baseline or milestone");
}

/* Each as plan_check sees it; the fault is told at the baseline's line. */
static enum err_code plan_check_all(const char *path, const struct plan_reading *reading,
				    const struct measure_set *measures,
				    const struct area_tree *areas, struct err *err)
{
	for (size_t i = 0; i < reading->out->n; i++) {
		const char *field = "";
		enum err_code code =
			plan_check(&reading->out->targets[i], measures, areas, &field, err);

		if (code != ERR_OK) {
			err_wrap(err, "%s:%d: %s", path, reading->lines[i], field);
			return code;
		}
	}
	return ERR_OK;
}

enum err_code plan_file_read(const char *path, const struct measure_set *measures,
			     const struct area_tree *areas, struct plan_list *out, struct err *err)
{
	struct plan_reading *reading = calloc(1, sizeof *reading);
	struct area_file file = { .path = path,
				  .headings = plan_headings,
				  .n_columns = PLAN_COLUMNS_N,
				  .on_row = plan_on_row,
				  .data = reading,
				  .example = "deploy/demo/plan.csv",
				  .err = err };
	enum err_code code = ERR_NOMEM;

	*out = (struct plan_list){ calloc(PLAN_TARGETS_MAX, sizeof *out->targets), 0 };
	if (reading == NULL || out->targets == NULL) {
		(void)err_set(err, ERR_NOMEM, "%s: out of memory", path);
	} else {
		reading->out = out;
		code = area_file_read(&file);
		if (code == ERR_OK && out->n == 0)
			code = err_set(err, ERR_MALFORMED, "%s: no target in it", path);
		if (code == ERR_OK)
			code = plan_check_all(path, reading, measures, areas, err);
	}
	free(reading);
	return code;
}
