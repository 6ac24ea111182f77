#ifndef AGGREGATOR_WEB_PLAN_FORM_H
#define AGGREGATOR_WEB_PLAN_FORM_H

#include "aggregator/web/form.h"
#include "aggregator/web/plan.h"

/* The form of a target: what was typed, kept as text until it can be read. */

#define PLAN_FORM_TEXT PLAN_VALUE_BYTES

struct plan_form {
	struct plan_target target; /* id, revision, measure, area are given; the rest is read */
	char aim[8];
	char baseline_period[PLAN_FORM_TEXT], baseline[PLAN_FORM_TEXT];
	char period[PLAN_MILESTONES_MAX][PLAN_FORM_TEXT],
		value[PLAN_MILESTONES_MAX][PLAN_FORM_TEXT];
	struct form_errors errors;
};

/* From a target; of a new one only what is set. */
void plan_form_fill(struct plan_form *f, const struct plan_target *t);
/* From a request: into f->target where it can stand, f->errors where not. */
void plan_form_read(struct plan_form *f, const struct web *web, const struct request *rq);
/* The form, posted to action. hint: beneath the baseline's value; NULL: none. */
void plan_form_write(struct plan_form *f, const struct web *web, struct html *h,
		     const struct viewer *v, const char *action, const char *hint);

/* A field of several lines. */
void plan_form_textarea(struct html *h, const struct form_errors *e, const char *name,
			const char *label, const char *hint, const char *value);

#endif
