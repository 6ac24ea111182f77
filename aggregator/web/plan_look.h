#ifndef AGGREGATOR_WEB_PLAN_LOOK_H
#define AGGREGATOR_WEB_PLAN_LOOK_H

#include "aggregator/web/headline.h"
#include "aggregator/web/plan.h"
#include "aggregator/web/trend.h"

/* A target beside the figures: where the value is, where it should be, and whether chance alone
 * may explain the difference. */

enum plan_status {
	PLAN_BEHIND,
	PLAN_ON_TRACK,
	PLAN_AHEAD,
	PLAN_TOO_EARLY,
	PLAN_NO_DATA,
};
#define PLAN_STATUSES 5

/* What is judged, in the measure's unit; NaN: not known. */
struct plan_evidence {
	enum plan_aim aim;
	double value;
	double due;       /* the trajectory's value for the same period */
	double baseline;  /* where the trajectory begins; NaN when hidden */
	double low, high; /* what chance alone makes likely around value */
	int run;          /* settled figures in a row, ending with value, on the good side of the
			     trajectory (> 0) or the other (< 0) */
};

/* Behind or ahead: what is due lies outside low…high, or SPC_RUN figures in a row lie on one side
 * of the trajectory. On track: otherwise, when it is at least as good as what is due, or chance may
 * explain why not but not its difference from the baseline. Too early: chance may explain both. No
 * arbitrary thresholds. */
enum plan_status plan_judge(const struct plan_evidence *e);

struct plan_look {
	struct plan_target target; /* the baseline as the viewer may see it */
	const struct measure *measure;
	const struct area *area;
	char title[161]; /* short, as on the city page */
	char theme[49];
	int order;            /* on the city page */
	struct period period; /* up to which figures were looked at; of the target's kind */
	struct trend trend;   /* to the last milestone, or period when that is later */
	double *due;          /* per point of the trend; NaN: none */
	const struct trend_point *now; /* the newest settled figure up to period; NULL: none */
	int has_due;
	int64_t due_tenths; /* of now's period */
	struct plan_evidence evidence;
	enum plan_status status;
};

struct plan_looks {
	struct plan_look *looks; /* by theme and order of the city page */
	size_t n;
	int n_of[PLAN_STATUSES];
	int n_rounded, n_suppressed; /* figures that are protected */
};

/* One target for this viewer. ERR_DENIED when its area is none of the viewer's; ERR_MISSING when
 * measure or area are not there any more. The caller clears, also after an error; the figures are
 * borrowed until the next handler. */
enum err_code plan_look(struct web *web, const struct request *rq, const struct view *view,
			const struct plan_target *t, struct plan_look *out, struct err *err);
void plan_look_clear(struct plan_look *look);

/* Every target in force that the viewer may see; those whose measure or area are gone are left
 * out. */
enum err_code plan_look_all(struct web *web, const struct request *rq, const struct view *view,
			    struct plan_looks *out, struct err *err);
void plan_looks_clear(struct plan_looks *looks);

/* Hides or replaces the baseline for who sees protected figures: it may be an exact small count. */
enum err_code plan_protect(struct web *web, const struct viewer *v, struct plan_target *t,
			   struct err *err);

/* ---- in words; each returns out */

#define PLAN_SENTENCE_BYTES 320
const char *plan_status_name(enum plan_status status);   /* "on-track": machines */
const char *plan_status_words(enum plan_status status);  /* "On track" */
const char *plan_status_symbol(enum plan_status status); /* "✓" */
/* "5 of 8 targets are on track or ahead; 1 is behind; 2 cannot be judged yet". */
const char *plan_say_summary(const struct plan_looks *looks, char out[PLAN_SENTENCE_BYTES]);
/* "0.8 percentage points above what was due; chance alone may explain that". */
const char *plan_say_why(const struct plan_look *look, char out[PLAN_SENTENCE_BYTES]);
/* "18.0% by March 2028". */
const char *plan_say_next(const struct plan_look *look, char out[PLAN_SENTENCE_BYTES]);
/* "from 24.1% in March 2026 to 18.0% by March 2029". */
const char *plan_say_course(const struct measure *m, const struct plan_target *t,
			    char out[PLAN_SENTENCE_BYTES]);

/* ✓ On track, as a span. */
void plan_write_status(struct html *h, enum plan_status status);
/* Figure with chart, words beneath. id: unique on the page. */
void plan_write_chart(struct html *h, const struct plan_look *look, const char *id);
/* The table of targets; links: 1 with links. */
void plan_write_table(struct web *web, const struct view *view, struct html *h,
		      const struct plan_looks *looks, int links);

#endif
