/* The attacker. What is not published falls into islands: cells tied together by relations through
 * cells that are not published either. Each island is one linear program, solved from where the
 * last answer left it, for the smallest and the largest value of every withheld cell in it.
 */
#include "aggregator/feed/suppress_private.h"

#include <stdio.h>
#include <string.h>

/* Cells whose interval the report speaks of. */
static bool audit_asks(const struct suppress_cell *cell)
{
	return cell->sensitive || cell->status == SUPPRESS_PRIMARY ||
	       cell->status == SUPPRESS_EARLIER || cell->status == SUPPRESS_SECONDARY;
}

/* Until a witness says otherwise a cell counts as known, which is the cautious side; the truth is
 * possible, so an end that it sits on is proven. */
static void audit_assume(struct suppress_seen *seen, const struct suppress_cell *cell)
{
	bool known = cell->value != SUPPRESS_UNKNOWN;
	seen->low = known ? cell->value : cell->lower;
	seen->high = known ? cell->value : cell->lower;
	seen->low_proven = known && seen->low == suppress_low(cell);
	seen->high_proven = known && seen->high == suppress_high(cell);
}

/* A witness tells of every cell of its island, not only of the one that was asked about. An end at
 * the bound that a reader knows anyway needs no further proof. */
static void audit_note(const struct suppress_part *part)
{
	struct suppress *p = part->problem;
	for (size_t j = 0; j < part->n_cells; j++) {
		const struct suppress_cell *cell = &p->cells[part->cells[j]];
		struct suppress_seen *seen = &p->seen[part->cells[j]];
		if (!audit_asks(cell))
			continue;
		seen->low = part->whole[j] < seen->low ? part->whole[j] : seen->low;
		seen->high = part->whole[j] > seen->high ? part->whole[j] : seen->high;
		seen->low_proven = seen->low_proven || seen->low == suppress_low(cell);
		seen->high_proven = seen->high_proven || seen->high == suppress_high(cell);
	}
}

static enum err_code audit_end(struct suppress_part *part, int j, int sign, bool *proven,
			       struct err *err)
{
	bool witnessed, last;
	enum err_code rc = suppress_part_reach(part, j, sign, &witnessed, &last, err);
	if (rc != ERR_OK)
		return rc;
	if (witnessed)
		audit_note(part);
	*proven = *proven || last;
	return ERR_OK;
}

static enum err_code audit_island(struct suppress_part *part, struct err *err)
{
	struct suppress *p = part->problem;
	enum err_code rc = ERR_OK;
	bool first = true;
	for (size_t j = 0; j < part->n_cells; j++)
		if (audit_asks(&p->cells[part->cells[j]]))
			audit_assume(&p->seen[part->cells[j]], &p->cells[part->cells[j]]);
	for (size_t j = 0; rc == ERR_OK && j < part->n_cells; j++) {
		struct suppress_seen *seen = &p->seen[part->cells[j]];
		if (!audit_asks(&p->cells[part->cells[j]]))
			continue;
		if (first || !seen->low_proven)
			rc = audit_end(part, (int)j, 1, &seen->low_proven, err);
		if (rc == ERR_OK && !seen->high_proven)
			rc = audit_end(part, (int)j, -1, &seen->high_proven, err);
		first = false;
	}
	return rc;
}

static bool audit_is_safe(const struct suppress_cell *cell, const struct suppress_seen *seen)
{
	return seen->low <= suppress_need_low(cell) && seen->high >= suppress_need_high(cell) &&
	       seen->high - seen->low >= suppress_need_width(cell);
}

static void audit_verdict(const struct suppress *p, struct suppress_report *report)
{
	report->n_audited = report->n_sensitive = report->n_disclosed = 0;
	report->n_unsafe = report->n_unproven = report->n_bounded = 0;
	report->narrowest = -1;
	report->unsafe[0] = '\0';
	for (size_t i = 0; i < p->n_cells; i++) {
		const struct suppress_cell *cell = &p->cells[i];
		const struct suppress_seen *seen = &p->seen[i];
		if (!audit_asks(cell))
			continue;
		report->n_audited++;
		report->n_unproven += (size_t)!seen->low_proven + (size_t)!seen->high_proven;
		if (!cell->sensitive)
			continue;
		report->n_sensitive++;
		report->n_bounded += cell->need_low < cell->lower;
		report->n_disclosed +=
			seen->low == seen->high && seen->low_proven && seen->high_proven;
		if (report->narrowest < 0 || seen->high - seen->low < report->narrowest)
			report->narrowest = seen->high - seen->low;
		if (audit_is_safe(cell, seen))
			continue;
		if (report->n_unsafe++ == 0)
			snprintf(report->unsafe, sizeof report->unsafe, "%s", cell->name);
	}
}

enum err_code suppress_audit(struct suppress *problem, const struct suppress_options *options,
			     struct suppress_report *report, struct err *err)
{
	enum err_code rc = ERR_OK;
	if (problem->seen == NULL)
		return err_set(err, ERR_CONFIG, "audit: no suppression rule has been applied yet");
	for (size_t i = 0; i < problem->n_cells; i++)
		problem->seen[i] = (struct suppress_seen){ .low = 0, .high = -1 };
	for (size_t i = 0; rc == ERR_OK && i < problem->n_cells; i++) {
		const struct suppress_cell *cell = &problem->cells[i];
		struct suppress_seen *seen = &problem->seen[i];
		if (!audit_asks(cell) || seen->low <= seen->high)
			continue;
		if (suppress_low(cell) == suppress_high(cell)) {
			*seen = (struct suppress_seen){ suppress_low(cell), suppress_high(cell),
							true, true };
			continue;
		}
		struct suppress_part part;
		suppress_part_init(&part, problem, options);
		rc = suppress_part_unknown(&part, i, err);
		if (rc == ERR_OK)
			rc = audit_island(&part, err);
		report->iterations += part.iterations;
		report->programs += part.programs;
		suppress_part_clear(&part);
	}
	if (rc != ERR_OK) {
		err_wrap(err, "audit");
		return rc;
	}
	suppress_count(problem, report);
	audit_verdict(problem, report);
	return ERR_OK;
}

/* ---- mending */

/* Withholds what one unsafe cell needs, looking further and further away for it. */
static enum err_code repair_cell(struct suppress *problem, const struct suppress_options *options,
				 size_t cell, struct suppress_report *report, struct err *err)
{
	static const int steps[] = { 2, 4, 0 };
	bool reached = false;
	enum err_code rc = ERR_OK;
	for (size_t i = 0; rc == ERR_OK && !reached && i < sizeof steps / sizeof *steps; i++) {
		struct suppress_part part;
		suppress_part_init(&part, problem, options);
		rc = suppress_part_around(&part, cell, steps[i], err);
		int target = problem->local[cell];
		if (rc == ERR_OK)
			rc = suppress_move(&part, &target, 1, &reached, err);
		report->iterations += part.iterations;
		report->programs += part.programs;
		suppress_part_clear(&part);
	}
	return rc;
}

static enum err_code repair_all(struct suppress *problem, const struct suppress_options *options,
				struct suppress_report *report, struct err *err)
{
	enum err_code rc = ERR_OK;
	for (size_t i = 0; rc == ERR_OK && i < problem->n_cells; i++)
		if (problem->cells[i].sensitive &&
		    !audit_is_safe(&problem->cells[i], &problem->seen[i]))
			rc = repair_cell(problem, options, i, report, err);
	return rc;
}

enum err_code suppress_repair(struct suppress *problem, const struct suppress_options *options,
			      struct suppress_report *report, struct err *err)
{
	for (int round = 0;; round++) {
		enum err_code rc = suppress_audit(problem, options, report, err);
		if (rc != ERR_OK || report->n_unsafe == 0)
			return rc;
		size_t before = report->n_primary + report->n_secondary;
		if (round < options->repair_rounds)
			rc = repair_all(problem, options, report, err);
		suppress_count(problem, report);
		if (rc != ERR_OK)
			return rc;
		if (report->n_primary + report->n_secondary == before)
			return err_set(err, ERR_DENIED,
				       "%zu cells cannot be protected, the first %s: nothing is "
				       "left nearby that may be withheld, or an earlier edition "
				       "gave it away; nothing may be released",
				       report->n_unsafe, report->unsafe);
		report->rounds++;
	}
}
