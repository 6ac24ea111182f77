/* The form of a target: fields in, errors beside them, a target out. */
#include "aggregator/web/plan_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_SHOWN 4 /* of milestones, at least; one more than are filled */

/* ---- fill */

/* "22.5", "22": as it would be typed. */
static void plan_form_value(int64_t tenths, char out[PLAN_FORM_TEXT])
{
	static const struct measure count = { .unit = MEASURE_COUNT };

	(void)plan_value(&count, tenths, out);
}

void plan_form_fill(struct plan_form *f, const struct plan_target *t)
{
	*f = (struct plan_form){ .target = *t };
	f->target.reason[0] = '\0';
	if (t->aim != 0)
		(void)snprintf(f->aim, sizeof f->aim, "%s", plan_aim_name(t->aim));
	if (t->baseline.period.kind != 0) {
		(void)period_format(t->baseline.period, f->baseline_period);
		plan_form_value(t->baseline.tenths, f->baseline);
	}
	for (int i = 0; i < t->n_milestones; i++) {
		(void)period_format(t->milestones[i].period, f->period[i]);
		plan_form_value(t->milestones[i].tenths, f->value[i]);
	}
}

/* ---- read */

static void plan_form_take(const struct request *rq, const char *name, char *out, size_t size)
{
	(void)snprintf(out, size, "%s", form_value(rq, name));
}

/* A text that may be too long for its place. */
static void plan_form_words(struct plan_form *f, const struct request *rq, const char *name,
			    char *out, size_t size)
{
	char sentence[64];

	plan_form_take(rq, name, out, size);
	(void)snprintf(sentence, sizeof sentence, "Write at most %zu characters", size - 1);
	if (strlen(form_value(rq, name)) >= size)
		form_error(&f->errors, name, sentence);
}

static void plan_form_point(struct plan_form *f, const char *period_field, const char *period,
			    const char *value_field, const char *value, struct plan_point *p)
{
	struct err why = { ERR_OK, "" };

	if (period_parse(period, &p->period, NULL) != ERR_OK)
		form_error(&f->errors, period_field,
			   "Give the period as a month (2026-03), a quarter (2025-26-Q4) or a "
			   "financial year (2025-26)");
	if (plan_parse_value(value, &p->tenths, &why) != ERR_OK)
		form_error(&f->errors, value_field,
			   "Give a value: a number from 0 with at most one decimal, such as 22.5");
}

static void plan_form_milestones(struct plan_form *f, const struct request *rq)
{
	char period[24], value[24];

	f->target.n_milestones = 0;
	for (int i = 0; i < PLAN_MILESTONES_MAX; i++) {
		(void)snprintf(period, sizeof period, "period-%d", i + 1);
		(void)snprintf(value, sizeof value, "value-%d", i + 1);
		plan_form_take(rq, period, f->period[i], sizeof f->period[i]);
		plan_form_take(rq, value, f->value[i], sizeof f->value[i]);
	}
	/* Rows that were left empty close up, so that an error finds its row again. */
	for (int i = 0; i < PLAN_MILESTONES_MAX; i++) {
		int n = f->target.n_milestones;

		if (f->period[i][0] == '\0' && f->value[i][0] == '\0')
			continue;
		if (n != i) {
			memcpy(f->period[n], f->period[i], sizeof f->period[n]);
			memcpy(f->value[n], f->value[i], sizeof f->value[n]);
			f->period[i][0] = f->value[i][0] = '\0';
		}
		(void)snprintf(period, sizeof period, "period-%d", n + 1);
		(void)snprintf(value, sizeof value, "value-%d", n + 1);
		plan_form_point(f, period, f->period[n], value, f->value[n],
				&f->target.milestones[n]);
		f->target.n_milestones++;
	}
}

void plan_form_read(struct plan_form *f, const struct web *web, const struct request *rq)
{
	struct plan_target *t = &f->target;
	const char *field = "";
	struct err why = { ERR_OK, "" };

	plan_form_take(rq, "aim", f->aim, sizeof f->aim);
	if (!plan_aim_parse(f->aim, &t->aim))
		form_error(&f->errors, "aim", "Say whether a lower or a higher value is aimed at");
	plan_form_take(rq, "baseline_period", f->baseline_period, sizeof f->baseline_period);
	plan_form_take(rq, "baseline", f->baseline, sizeof f->baseline);
	plan_form_point(f, "baseline_period", f->baseline_period, "baseline", f->baseline,
			&t->baseline);
	plan_form_milestones(f, rq);
	plan_form_words(f, rq, "owner", t->owner, sizeof t->owner);
	plan_form_words(f, rq, "rationale", t->rationale, sizeof t->rationale);
	plan_form_words(f, rq, "reason", t->reason, sizeof t->reason);
	if (f->errors.n == 0 &&
	    plan_check(t, web->reading.measures, web->reading.areas, &field, &why) != ERR_OK)
		form_error(&f->errors, field, why.text);
}

/* ---- write */

void plan_form_textarea(struct html *h, const struct form_errors *e, const char *name,
			const char *label, const char *hint, const char *value)
{
	const struct form_input in = { .name = name, .label = label, .hint = hint, .value = value };

	form_textarea(h, e, &in, 3);
}

static void plan_form_field(struct html *h, const struct plan_form *f, const char *name,
			    const char *label, const char *hint, const char *value, int width)
{
	const struct form_input in = { .name = name,
				       .label = label,
				       .hint = hint,
				       .value = value,
				       .autocomplete = "off",
				       .width = width };

	form_input(h, &f->errors, &in);
}

static void plan_form_write_milestones(struct html *h, const struct plan_form *f)
{
	char period[24], value[24], period_label[48], value_label[48];
	int n = 0;

	for (int i = 0; i < PLAN_MILESTONES_MAX; i++)
		if (f->period[i][0] != '\0' || f->value[i][0] != '\0')
			n = i + 1;
	n = n + 1 < ROWS_SHOWN ? ROWS_SHOWN : n + 1;
	html_raw(h, "<fieldset class=\"govuk-fieldset\"><legend class=\"govuk-fieldset__legend "
		    "govuk-fieldset__legend--s\">Milestones</legend><p class=\"govuk-hint\">The "
		    "value that is due goes from one to the next in a straight line. Leave rows "
		    "that you do not need empty.</p>\n");
	for (int i = 0; i < n && i < PLAN_MILESTONES_MAX; i++) {
		(void)snprintf(period, sizeof period, "period-%d", i + 1);
		(void)snprintf(value, sizeof value, "value-%d", i + 1);
		(void)snprintf(period_label, sizeof period_label, "Period of milestone %d", i + 1);
		(void)snprintf(value_label, sizeof value_label, "Value of milestone %d", i + 1);
		html_raw(h, "<div class=\"drs-plan__row\">");
		plan_form_field(h, f, period, period_label, NULL, f->period[i], 10);
		plan_form_field(h, f, value, value_label, NULL, f->value[i], 10);
		html_raw(h, "</div>\n");
	}
	html_raw(h, "</fieldset>\n");
}

void plan_form_write(struct plan_form *f, const struct web *web, struct html *h,
		     const struct viewer *v, const char *action, const char *hint)
{
	static const struct form_option aims[] = {
		{ "lower", "A lower value is better", NULL },
		{ "higher", "A higher value is better", NULL },
		{ NULL, NULL, NULL },
	};
	char revision[16];

	(void)web;
	form_begin(h, v, action);
	form_hidden(h, "measure", f->target.measure);
	form_hidden(h, "area", f->target.area);
	if (f->target.id != 0) {
		(void)snprintf(revision, sizeof revision, "%d", f->target.revision);
		form_hidden(h, "action", "change");
		form_hidden(h, "revision", revision);
	}
	form_radios(h, &f->errors, "aim", "Aim", aims, f->aim);
	html_raw(h, "<div class=\"drs-plan__row\">");
	plan_form_field(h, f, "baseline_period", "Period of the baseline",
			"Such as 2026-03, 2025-26-Q4 or 2025-26", f->baseline_period, 10);
	plan_form_field(h, f, "baseline", "Value of the baseline", hint, f->baseline, 10);
	html_raw(h, "</div>\n");
	plan_form_write_milestones(h, f);
	plan_form_field(h, f, "owner", "Owner", "Who answers for it: a post, or a name",
			f->target.owner, 30);
	plan_form_textarea(
		h, &f->errors, "rationale", "Why this target",
		"Everyone who reads the plan sees this: write no figure of 1 to 5 people",
		f->target.rationale);
	if (f->target.id != 0)
		plan_form_textarea(h, &f->errors, "reason", "Why it is changed",
				   "Kept in the target’s history", f->target.reason);
	form_end(h, f->target.id == 0 ? "Add the target" : "Save as a further revision", "");
}
