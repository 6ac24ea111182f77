/* In: what became of one extract. Out: its Return entry, with codes and counts only: rows, values
 * and file names stay in the district. */
#include "agent/report.h"

#include <string.h>

#include "agent/report_arena.h"
#include "proto/clock.h"
#include "proto/limits.h"

/* Counts of kept faults by rule and list; the list at n_lists stands for "no list". */
struct return_counts {
	const struct stage *stage;
	uint64_t n[FAULT_SHEET_UNKNOWN + 1][STAGE_LISTS_MAX + 1];
};

static int return_list_index(const struct stage *s, const char *name)
{
	for (int i = 0; name != NULL && i < s->n_lists; i++)
		if (strcmp(s->lists[i].list->name, name) == 0)
			return i;
	return s->n_lists;
}

/* Faults beyond LIMIT_FAULTS were only counted by rule: they appear without a list. */
static void return_count(struct return_counts *counts)
{
	const struct faults *faults = &counts->stage->faults;

	for (int rule = 1; rule <= FAULT_SHEET_UNKNOWN; rule++)
		counts->n[rule][counts->stage->n_lists] = faults->n_by_rule[rule];
	for (size_t i = 0; i < faults->n_items; i++) {
		const struct fault *f = &faults->items[i];
		int list = return_list_index(counts->stage, f->list);

		if (list == counts->stage->n_lists)
			continue;
		counts->n[f->rule][list]++;
		counts->n[f->rule][counts->stage->n_lists]--;
	}
}

/* Folds all lists into one count per rule. */
static void return_fold(struct return_counts *counts)
{
	int none = counts->stage->n_lists;

	for (int rule = 1; rule <= FAULT_SHEET_UNKNOWN; rule++)
		for (int list = 0; list < none; list++) {
			counts->n[rule][none] += counts->n[rule][list];
			counts->n[rule][list] = 0;
		}
}

static size_t return_n_reasons(const struct return_counts *counts)
{
	size_t n = 0;

	for (int rule = 1; rule <= FAULT_SHEET_UNKNOWN; rule++)
		for (int list = 0; list <= counts->stage->n_lists; list++)
			n += counts->n[rule][list] > 0;
	return n;
}

static int return_reason(void **arena, const struct return_counts *counts, int rule, int list,
			 District__Return *r)
{
	const struct stage *s = counts->stage;
	District__Reason *reason = report_arena_array(arena, 1, sizeof *reason);

	if (reason == NULL)
		return 0;
	district__reason__init(reason);
	reason->code = report_arena_text(arena, fault_code((enum fault_rule)rule));
	reason->list = report_arena_text(arena, list < s->n_lists ? s->lists[list].list->name : "");
	reason->count = counts->n[rule][list];
	r->reasons[r->n_reasons++] = reason;
	return reason->code != NULL && reason->list != NULL;
}

static int return_reasons(void **arena, const struct stage *s, District__Return *r)
{
	struct return_counts counts = { .stage = s };
	int ok = 1;

	r->faults = faults_count(&s->faults, FAULT_KEPT);
	return_count(&counts);
	if (return_n_reasons(&counts) > LIMIT_REASONS)
		return_fold(&counts);
	r->reasons = report_arena_pointers(arena, return_n_reasons(&counts));
	if (r->reasons == NULL)
		return 0;
	for (int rule = 1; rule <= FAULT_SHEET_UNKNOWN; rule++) {
		for (int list = 0; list <= s->n_lists && ok; list++)
			if (counts.n[rule][list] > 0)
				ok = return_reason(arena, &counts, rule, list, r);
	}
	return ok;
}

static int return_list(void **arena, const struct stage_list *read, District__Return *r)
{
	District__List *list = report_arena_array(arena, 1, sizeof *list);

	if (list == NULL)
		return 0;
	district__list__init(list);
	list->name = report_arena_text(arena, read->list->name);
	list->state = DISTRICT__LIST_STATE__LIST_ABSENT;
	if (read->present) {
		list->state = read->n_read > 0 ? DISTRICT__LIST_STATE__LIST_READ
					       : DISTRICT__LIST_STATE__LIST_NIL;
		list->rows_read = read->n_read;
		list->rows_rejected = read->n_rejected;
	}
	r->lists[r->n_lists++] = list;
	return list->name != NULL;
}

static int return_is_declared(const struct agent_dataset *d, const char *name)
{
	for (unsigned i = 0; i < d->n_lists; i++)
		if (strcmp(d->lists[i], name) == 0)
			return 1;
	return 0;
}

/* What was read, and what should have been; not what was made of another list. */
static int return_lists(void **arena, const struct stage *s, District__Return *r)
{
	int ok = 1;

	r->lists = report_arena_pointers(arena, (size_t)s->n_lists);
	if (r->lists == NULL)
		return 0;
	for (int i = 0; i < s->n_lists && ok; i++) {
		const struct stage_list *list = &s->lists[i];

		if (list->derived ||
		    (!list->present && !return_is_declared(s->dataset, list->list->name)))
			continue;
		ok = return_list(arena, list, r);
	}
	return ok;
}

static char **return_periods(void **arena, const struct period *periods, size_t n)
{
	char **texts = report_arena_pointers(arena, n);
	char text[PERIOD_TEXT_BYTES];

	for (size_t i = 0; texts != NULL && i < n; i++) {
		texts[i] = report_arena_text(arena, period_format(periods[i], text));
		if (texts[i] == NULL)
			return NULL;
	}
	return texts;
}

/* An as-at that the other side must refuse (unknown, or later than tomorrow) is said as 0: the
 * refusal itself has to arrive. */
static int32_t return_as_at(const struct stage *s)
{
	if (s->as_at < LIMIT_DAY_MIN || s->as_at > clock_today() + 1)
		return 0;
	return s->as_at;
}

static int return_fill(void **arena, const struct stage *s, District__Return *r)
{
	r->area = report_arena_text(arena, s->dataset->area);
	r->dataset = report_arena_text(arena, s->dataset->name);
	r->as_at = return_as_at(s);
	r->extract_digest.data =
		report_arena_bytes(arena, s->extract_digest, sizeof s->extract_digest);
	r->extract_digest.len = sizeof s->extract_digest;
	return r->area != NULL && r->dataset != NULL && r->extract_digest.data != NULL &&
	       return_lists(arena, s, r) && return_reasons(arena, s, r);
}

enum err_code report_build_return(const struct stage *s, int accepted,
				  const struct report_periods *periods, District__Entry **out,
				  void **arena, struct err *err)
{
	District__Entry *entry;
	District__Return *r;

	*out = NULL;
	*arena = NULL;
	entry = report_arena_array(arena, 1, sizeof *entry);
	r = report_arena_array(arena, 1, sizeof *r);
	if (entry == NULL || r == NULL)
		goto nomem;
	district__entry__init(entry);
	district__return__init(r);
	entry->body_case = DISTRICT__ENTRY__BODY_EXTRACT_RETURN;
	entry->extract_return = r;
	r->accepted = accepted != 0;
	r->confirmed = return_periods(arena, periods->confirmed, periods->n_confirmed);
	r->n_confirmed = periods->n_confirmed;
	r->changed = return_periods(arena, periods->changed, periods->n_changed);
	r->n_changed = periods->n_changed;
	if (r->confirmed == NULL || r->changed == NULL || !return_fill(arena, s, r))
		goto nomem;
	*out = entry;
	return ERR_OK;
nomem:
	report_arena_free(arena);
	return err_set(err, ERR_NOMEM, "return of %s: out of memory", s->dataset->name);
}
