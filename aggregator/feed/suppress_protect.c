/* Protecting table by table: exactly where it can be, else by the heuristic. Tables share cells
 * (their totals), so a table that is safe alone may not be together with the others: the audit
 * says, and suppress_repair mends.
 */
#include "aggregator/feed/suppress_private.h"

#include <stdlib.h>
#include <string.h>

void suppress_options_init(struct suppress_options *options)
{
	*options = (struct suppress_options){ .exact_cells = 300,
					      .exact_rounds = 40,
					      .exact_nodes = 2000,
					      .lp_iterations = 1000000,
					      .confirm_nodes = 2000,
					      .repair_rounds = 5 };
}

/* Protects the part's targets and says how in the report. */
static enum err_code protect_part(struct suppress_part *part, const int *targets, int n_targets,
				  struct suppress_report *report, struct err *err)
{
	bool *reached = calloc((size_t)n_targets + 1, sizeof *reached);
	if (reached == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for %d verdicts", n_targets);
	enum err_code rc = suppress_part_judge(part, targets, n_targets, NULL, reached, err);
	bool safe = true, solved = false;
	for (int t = 0; t < n_targets; t++)
		safe = safe && reached[t];
	if (rc == ERR_OK && !safe && part->n_cells <= part->options->exact_cells)
		rc = suppress_exact(part, targets, n_targets, &solved, &report->cuts, err);
	/* The optimum is judged too: it speaks of intervals, not of whole numbers. */
	if (rc == ERR_OK && solved) {
		rc = suppress_part_judge(part, targets, n_targets, NULL, reached, err);
		safe = true;
		for (int t = 0; t < n_targets; t++)
			safe = safe && reached[t];
		report->n_tables_exact += safe;
	}
	if (rc == ERR_OK && !safe) {
		report->n_tables_heuristic++;
		rc = suppress_move(part, targets, n_targets, reached, err);
	}
	free(reached);
	return rc;
}

static enum err_code protect_table(struct suppress *problem, const struct suppress_options *options,
				   const size_t *facts, size_t n_facts,
				   struct suppress_report *report, struct err *err)
{
	struct suppress_part part;
	int *targets = NULL;
	int n_targets = 0;
	suppress_part_init(&part, problem, options);
	enum err_code rc = suppress_part_table(&part, facts, n_facts, err);
	if (rc == ERR_OK)
		rc = suppress_part_targets(&part, &targets, &n_targets, err);
	report->n_tables++;
	if (rc == ERR_OK && n_targets > 0)
		rc = protect_part(&part, targets, n_targets, report, err);
	report->iterations += part.iterations;
	report->programs += part.programs;
	free(targets);
	suppress_part_clear(&part);
	return rc;
}

enum err_code suppress_protect(struct suppress *problem, const struct suppress_options *options,
			       struct suppress_report *report, struct err *err)
{
	memset(report, 0, sizeof *report);
	if (problem->number == NULL)
		return err_set(err, ERR_CONFIG,
			       "protect: no suppression rule has been applied yet");
	size_t *facts = malloc((problem->n_facts + 1) * sizeof *facts);
	if (facts == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for %zu relations", problem->n_facts);
	for (size_t f = 0; f < problem->n_facts; f++)
		facts[f] = f;
	enum err_code rc = ERR_OK;
	size_t from = 0;
	while (rc == ERR_OK && from < problem->n_facts) {
		uint32_t table = problem->facts[from].table;
		size_t to = from;
		while (to < problem->n_facts && problem->facts[to].table == table)
			to++;
		if (table != 0)
			rc = protect_table(problem, options, facts + from, to - from, report, err);
		from = to;
	}
	free(facts);
	suppress_count(problem, report);
	if (rc != ERR_OK)
		err_wrap(err, "protect");
	return rc;
}

enum err_code suppress_make_safe(struct suppress *problem, const struct suppress_options *options,
				 struct suppress_report *report, struct err *err)
{
	enum err_code rc = suppress_protect(problem, options, report, err);
	return rc == ERR_OK ? suppress_repair(problem, options, report, err) : rc;
}
