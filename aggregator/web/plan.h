#ifndef AGGREGATOR_WEB_PLAN_H
#define AGGREGATOR_WEB_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/web/office.h"
#include "proto/area.h"
#include "proto/measures.h"
#include "proto/period.h"

/* The improvement plan: what was agreed for a measure in an area, kept in the office database.
 *
 * A target is a baseline (a period and its value) and milestones; between two of them the value
 * that is due goes in a straight line, period by period. A change is a further revision with who,
 * when and why; a target that no longer holds is retired, with a reason, and kept. Values are
 * tenths of the measure's unit, as rollup_cell.tenths. Every change is in the audit log, in the
 * same transaction, and without the baseline: it may be an exact small count. */

#define PLAN_MILESTONES_MAX 12
#define PLAN_PERIODS_MAX                                                                      \
	180               /* from the baseline to the last milestone: fifteen years of months \
			   */
#define PLAN_OWNER_MAX 80 /* bytes */
#define PLAN_RATIONALE_MAX 600
#define PLAN_REASON_MAX 200
#define PLAN_TENTHS_MAX 10000000000 /* a thousand million */
#define PLAN_TARGETS_MAX 500

enum plan_aim {
	PLAN_LOWER = -1, /* at or below what is due is good */
	PLAN_HIGHER = 1,
};

struct plan_point {
	struct period period;
	int64_t tenths;
};

struct plan_target {
	int64_t id;   /* 0: not kept yet */
	int revision; /* from 1; of a change: the one that it was made from */
	int retired;
	char measure[65], area[65];
	enum plan_aim aim;
	struct plan_point baseline;
	int baseline_hidden; /* 1: the viewer may not see it, nor what follows from it */
	struct plan_point milestones[PLAN_MILESTONES_MAX]; /* by period */
	int n_milestones;
	char owner[PLAN_OWNER_MAX + 1];
	char rationale[PLAN_RATIONALE_MAX + 1];
	/* of the revision */
	int64_t made_us;
	char who[129];
	char reason[PLAN_REASON_MAX + 1];
};

struct plan_list {
	struct plan_target *targets;
	size_t n;
};

/* ---- what a target says (plan_check.c) */

/* What is due in the period, interpolated and rounded half-up. 0: the period is of another kind,
 * before the baseline, or rests on a hidden one. After the last milestone its value goes on. */
int plan_at(const struct plan_target *t, struct period p, int64_t *tenths);
/* The first milestone of p or later; NULL after the last. */
const struct plan_point *plan_next(const struct plan_target *t, struct period p);

/* Whether it can stand: ERR_MALFORMED with a sentence, and in *field the part at fault: "measure",
 * "area", "aim", "baseline_period", "baseline", "period-1", "value-1" …, "owner", "rationale",
 * "reason". A reason is asked for from the second revision on. */
enum err_code plan_check(const struct plan_target *t, const struct measure_set *measures,
			 const struct area_tree *areas, const char **field, struct err *err);
/* Its measure and area alone. */
enum err_code plan_check_subject(const struct plan_target *t, const struct measure_set *measures,
				 const struct area_tree *areas, const char **field,
				 struct err *err);

/* "22", "22.5": at most one decimal, from 0. ERR_MALFORMED says how to write one. */
enum err_code plan_parse_value(const char *text, int64_t *tenths, struct err *err);
/* "22.5"; whole numbers without a decimal when the measure is a count (m NULL: with). */
#define PLAN_VALUE_BYTES 40
const char *plan_value(const struct measure *m, int64_t tenths, char out[PLAN_VALUE_BYTES]);
/* The same with its unit and thousands: "1,250", "22.5%". For people. */
const char *plan_value_text(const struct measure *m, int64_t tenths, char out[PLAN_VALUE_BYTES]);
/* "lower", "higher"; 0 when the word is neither. */
const char *plan_aim_name(enum plan_aim aim);
int plan_aim_parse(const char *text, enum plan_aim *aim);

/* ---- kept (plan.c). The caller frees lists, also after an error. */

/* Those in force, by measure and area. */
enum err_code plan_targets(struct office *o, struct plan_list *out, struct err *err);
/* The newest revision; ERR_MISSING. */
enum err_code plan_find(struct office *o, int64_t id, struct plan_target *out, struct err *err);
/* The one in force; *found = 0 when there is none. */
enum err_code plan_find_for(struct office *o, const char *measure, const char *area,
			    struct plan_target *out, int *found, struct err *err);
/* Every revision, newest first. */
enum err_code plan_history(struct office *o, int64_t id, struct plan_list *out, struct err *err);
void plan_list_free(struct plan_list *list);

/* After plan_check. who NULL: the command line. ERR_MALFORMED when the measure and area have one
 * in force. */
enum err_code plan_add(struct office *o, const struct viewer *who, const char *peer,
		       const struct plan_target *t, int64_t *id, struct err *err);
/* Measure and area stay. ERR_MALFORMED when it was changed or retired since t->revision. */
enum err_code plan_change(struct office *o, const struct viewer *who, const char *peer,
			  const struct plan_target *t, struct err *err);
enum err_code plan_retire(struct office *o, const struct viewer *who, const char *peer, int64_t id,
			  const char *reason, struct err *err);
/* Changes with every change of a target. */
enum err_code plan_stamp(struct office *o, int64_t *stamp, struct err *err);

/* ---- a whole plan as a file (plan_import.c)
 *
 * One line per point: measure,area,direction,point,period,value,owner,rationale. point is
 * "baseline" or "milestone"; direction "lower" or "higher", owner and rationale stand on the
 * baseline's line, which comes first. Errors name file, line, column and the mend. */
enum err_code plan_file_read(const char *path, const struct measure_set *measures,
			     const struct area_tree *areas, struct plan_list *out, struct err *err);

struct plan_imported {
	int n_added, n_changed, n_same;
};
/* Adds each, or changes the one in force (reason: "imported from FILE"); what is the same stays.
 * All or nothing. */
enum err_code plan_import(struct office *o, const char *peer, const char *path,
			  const struct plan_list *list, struct plan_imported *out, struct err *err);

#endif
