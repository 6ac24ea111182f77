/* In: one extract, worked out. Out: in one transaction, a report for each period whose figures are
 * new, the Return that says which those are, and the note that this extract was dealt with. */
#include "agent/collect_pass.h"

#include <stdlib.h>
#include <string.h>

static enum err_code say_reports(struct collect *c, const struct plan *plan,
				 struct report_periods *periods, struct err *err)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; plan->reports != NULL && i < plan->reports->n && code == ERR_OK; i++) {
		struct report *r = &plan->reports->items[i];
		int64_t sequence;

		code = spool_say(c->spool, r->entry, r->period, &sequence, err);
		if (code == ERR_OK && sequence > 0)
			periods->changed[periods->n_changed++] = r->period;
		else if (code == ERR_OK)
			periods->confirmed[periods->n_confirmed++] = r->period;
	}
	return code;
}

static enum err_code say_return(struct collect *c, const struct plan *plan,
				const struct report_periods *periods, struct err *err)
{
	District__Entry *entry = NULL;
	void *arena = NULL;
	int64_t sequence;
	enum err_code code =
		report_build_return(plan->stage, !plan->refused, periods, &entry, &arena, err);

	if (code == ERR_OK)
		code = spool_append(c->spool, entry, &sequence, err);
	report_arena_free(&arena);
	return code;
}

static enum err_code say_extract(struct collect *c, const struct plan *plan, struct err *err)
{
	struct spool_extract e = {
		.area = plan->dataset->area,
		.dataset = plan->dataset->name,
		.path = plan->extract->path,
		.identity = plan->extract->identity,
		.as_at = plan->stage->as_at,
		.digest = plan->stage->extract_digest,
		.accepted = !plan->refused,
		.reason = plan_reason(plan),
		.rows_read = stage_rows_read(plan->stage),
		.rows_rejected = stage_rows_rejected(plan->stage),
	};

	return spool_extract_record(c->spool, &e, err);
}

static enum err_code say_all(struct collect *c, const struct plan *plan,
			     struct report_periods *periods, struct collect_outcome *o, int *done,
			     struct err *err)
{
	int64_t before;
	enum err_code code =
		spool_extract_done(c->spool, plan->dataset->area, plan->dataset->name,
				   plan->extract->path, plan->extract->identity, done, err);

	if (code != ERR_OK || *done)
		return code;
	before = c->spool->last_sequence;
	code = say_reports(c, plan, periods, err);
	if (code == ERR_OK)
		code = say_return(c, plan, periods, err);
	if (code == ERR_OK)
		code = say_extract(c, plan, err);
	if (code != ERR_OK)
		return code;
	o->first_sequence = before + 1;
	o->last_sequence = c->spool->last_sequence;
	o->n_changed = periods->n_changed;
	o->n_confirmed = periods->n_confirmed;
	return ERR_OK;
}

enum err_code collect_say(struct collect *c, const struct plan *plan, struct collect_outcome *o,
			  int *done, struct err *err)
{
	size_t n = plan->reports != NULL ? plan->reports->n : 0;
	struct report_periods periods = { 0 };
	enum err_code code = ERR_OK;

	*done = 0;
	periods.changed = calloc(2 * n + 1, sizeof *periods.changed);
	if (periods.changed == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	periods.confirmed = periods.changed + n;
	if (!c->dry_run)
		code = spool_begin(c->spool, err);
	if (code == ERR_OK)
		code = say_all(c, plan, &periods, o, done, err);
	if (code == ERR_OK && !c->dry_run)
		code = spool_commit(c->spool, err);
	if (code != ERR_OK && !c->dry_run)
		spool_rollback(c->spool);
	free(periods.changed);
	return code;
}
