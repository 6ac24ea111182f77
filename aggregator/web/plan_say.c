/* plan_look.h's words, charts and table. */
#include "aggregator/web/plan_look.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- words */

const char *plan_status_name(enum plan_status status)
{
	switch (status) {
	case PLAN_BEHIND:
		return "behind";
	case PLAN_ON_TRACK:
		return "on-track";
	case PLAN_AHEAD:
		return "ahead";
	case PLAN_TOO_EARLY:
		return "too-early";
	case PLAN_NO_DATA:
		return "no-data";
	}
	return "";
}

const char *plan_status_words(enum plan_status status)
{
	switch (status) {
	case PLAN_BEHIND:
		return "Behind";
	case PLAN_ON_TRACK:
		return "On track";
	case PLAN_AHEAD:
		return "Ahead";
	case PLAN_TOO_EARLY:
		return "Too early to tell";
	case PLAN_NO_DATA:
		return "No data";
	}
	return "";
}

const char *plan_status_symbol(enum plan_status status)
{
	switch (status) {
	case PLAN_BEHIND:
		return "!";
	case PLAN_ON_TRACK:
		return "✓";
	case PLAN_AHEAD:
		return "»";
	case PLAN_TOO_EARLY:
		return "?";
	case PLAN_NO_DATA:
		return "–";
	}
	return "";
}

static void plan_append(char *out, const char *text)
{
	size_t len = strlen(out);

	(void)snprintf(out + len, PLAN_SENTENCE_BYTES - len, "%s", text);
}

static void plan_append_count(char *out, int n, const char *one, const char *many)
{
	char part[96];

	if (n == 0)
		return;
	(void)snprintf(part, sizeof part, "; %d %s", n, n == 1 ? one : many);
	plan_append(out, part);
}

const char *plan_say_summary(const struct plan_looks *looks, char out[PLAN_SENTENCE_BYTES])
{
	int good = looks->n_of[PLAN_ON_TRACK] + looks->n_of[PLAN_AHEAD];

	(void)snprintf(out, PLAN_SENTENCE_BYTES, "%d of %zu on track%s", good, looks->n,
		       looks->n_of[PLAN_AHEAD] > 0 ? " or ahead" : "");
	plan_append_count(out, looks->n_of[PLAN_BEHIND], "is behind", "are behind");
	plan_append_count(out, looks->n_of[PLAN_TOO_EARLY], "is too early to tell",
			  "are too early to tell");
	plan_append_count(out, looks->n_of[PLAN_NO_DATA], "has no figure to judge",
			  "have no figure to judge");
	return out;
}

static const char *plan_unit(const struct measure *m)
{
	switch (m->unit) {
	case MEASURE_PERCENT:
		return " percentage points";
	case MEASURE_FTE:
		return " FTE";
	case MEASURE_DAYS:
		return " days";
	case MEASURE_RATE_10K:
	case MEASURE_RATIO:
	case MEASURE_COUNT:
		return "";
	}
	return "";
}

/* "0.8 percentage points above what was due". */
static void plan_say_difference(const struct plan_look *look, char out[PLAN_SENTENCE_BYTES])
{
	int64_t now = look->now->figure->cell.tenths;
	int64_t difference = now - look->due_tenths;
	char amount[PLAN_VALUE_BYTES];
	struct measure plain = { .unit = look->measure->unit };

	if (plain.unit == MEASURE_PERCENT)
		plain.unit = MEASURE_RATIO;
	if (llabs(difference) < (plain.unit == MEASURE_COUNT ? 5 : 1))
		(void)snprintf(out, PLAN_SENTENCE_BYTES, "As was due");
	else
		(void)snprintf(out, PLAN_SENTENCE_BYTES, "%s%s %s what was due",
			       plan_value_text(&plain, llabs(difference), amount),
			       plan_unit(look->measure), difference > 0 ? "above" : "below");
}

static void plan_say_judged(const struct plan_look *look, char out[PLAN_SENTENCE_BYTES])
{
	const struct plan_evidence *e = &look->evidence;
	char part[160] = "";

	plan_say_difference(look, out);
	switch (look->status) {
	case PLAN_BEHIND:
	case PLAN_AHEAD:
		if (e->due >= e->low && e->due <= e->high)
			(void)snprintf(part, sizeof part,
				       ": the %dth in a row on the %s side of "
				       "the trajectory",
				       abs(e->run), e->run > 0 ? "good" : "wrong");
		else
			(void)snprintf(part, sizeof part, ", more than chance explains");
		break;
	case PLAN_ON_TRACK:
		(void)snprintf(part, sizeof part, "%s",
			       strncmp(out, "As", 2) == 0 ? "" : ", within chance variation");
		break;
	case PLAN_TOO_EARLY:
		(void)snprintf(part, sizeof part,
			       isnan(e->low) ? ": fewer than %d figures, so chance variation is "
					       "not known yet"
					     : ", but the change planned so far is smaller than "
					       "chance variation",
			       SPC_LIMITS_AFTER);
		break;
	case PLAN_NO_DATA:
		break;
	}
	plan_append(out, part);
}

const char *plan_say_why(const struct plan_look *look, char out[PLAN_SENTENCE_BYTES])
{
	if (look->now == NULL)
		(void)snprintf(out, PLAN_SENTENCE_BYTES,
			       "No final figure of every district in these periods");
	else if (look->now->period.start <= look->target.baseline.period.start)
		(void)snprintf(out, PLAN_SENTENCE_BYTES, "No final figure since the plan began");
	else if (!look->has_due)
		(void)snprintf(out, PLAN_SENTENCE_BYTES,
			       "The baseline rests on 1 to 5 and is not shown, so nothing is said "
			       "before the first milestone");
	else
		plan_say_judged(look, out);
	return out;
}

static void plan_say_point(const struct measure *m, const struct plan_point *p, const char *word,
			   char *out)
{
	char value[PLAN_VALUE_BYTES], period[VIEW_PERIOD_BYTES], part[160];

	(void)snprintf(part, sizeof part, "%s%s %s", plan_value_text(m, p->tenths, value), word,
		       view_period_label(p->period, period));
	plan_append(out, part);
}

const char *plan_say_next(const struct plan_look *look, char out[PLAN_SENTENCE_BYTES])
{
	const struct plan_point *next = plan_next(&look->target, period_next(look->period, 1));

	out[0] = '\0';
	if (next == NULL)
		plan_append(out, "None: the plan has ended");
	else
		plan_say_point(look->measure, next, " by", out);
	return out;
}

const char *plan_say_course(const struct measure *m, const struct plan_target *t,
			    char out[PLAN_SENTENCE_BYTES])
{
	char period[VIEW_PERIOD_BYTES];

	(void)snprintf(out, PLAN_SENTENCE_BYTES, "from ");
	if (t->baseline_hidden) {
		plan_append(out, "a figure that is not shown in ");
		plan_append(out, view_period_label(t->baseline.period, period));
	} else {
		plan_say_point(m, &t->baseline, " in", out);
	}
	plan_append(out, " to ");
	plan_say_point(m, &t->milestones[t->n_milestones - 1], " by", out);
	return out;
}

/* ---- markup */

void plan_write_status(struct html *h, enum plan_status status)
{
	html_put(h,
		 "<span class=\"drs-plan drs-plan--%s\"><span class=\"drs-plan__symbol\" "
		 "aria-hidden=\"true\">%s</span>%s</span>",
		 plan_status_name(status), plan_status_symbol(status), plan_status_words(status));
}

void plan_write_chart(struct html *h, const struct plan_look *look, const char *id)
{
	char title[PLAN_SENTENCE_BYTES], course[PLAN_SENTENCE_BYTES];
	struct chart_trend c;

	(void)snprintf(title, sizeof title, "%.150s, %.120s: figures and trajectory", look->title,
		       look->area->name);
	c = trend_chart(
		&look->trend,
		(struct chart_text){ .id = id,
				     .title = title,
				     .desc = plan_say_course(look->measure, &look->target, course),
				     .unit = look->measure->unit == MEASURE_PERCENT ? "%" : "" });
	c.spc = NULL;
	c.targets = look->due;
	chart_trend(h, &c);
}

/* "19.1% (October 2026)" */
static void plan_write_now(struct html *h, const struct plan_look *look)
{
	char value[FIGURE_TEXT_BYTES], period[VIEW_PERIOD_BYTES];

	if (look->now == NULL) {
		html_raw(h, "<td class=\"drs-table__number drs-absent\">no data</td>");
		return;
	}
	html_put(h, "<td class=\"drs-table__number\">%s<span class=\"drs-mark\">%s</span></td>",
		 figure_text(look->measure, look->now->figure, value),
		 view_period_short(look->now->period, period));
}

static void plan_write_row(struct web *web, const struct view *view, struct html *h,
			   const struct plan_look *look, int links)
{
	char path[48], text[PLAN_SENTENCE_BYTES], value[PLAN_VALUE_BYTES];

	html_raw(h, "<tr><th scope=\"row\">");
	if (links) {
		(void)snprintf(path, sizeof path, "/plan/%" PRId64, look->target.id);
		html_raw(h, "<a class=\"govuk-link\" href=\"");
		view_link(h, web, view, path, NULL);
		html_put(h, "\">%s</a>", look->title);
	} else {
		html_text(h, look->title);
	}
	html_put(h, "<span class=\"drs-mark\">%s</span></th>", look->area->name);
	plan_write_now(h, look);
	html_put(h, "<td class=\"drs-table__number\">%s</td><td>",
		 look->has_due ? plan_value_text(look->measure, look->due_tenths, value) : "–");
	plan_write_status(h, look->status);
	html_put(h, "<span class=\"drs-mark drs-mark--wrap\">%s</span></td>",
		 plan_say_why(look, text));
	html_put(h, "<td>%s</td>", plan_say_next(look, text));
	html_put(h, "<td>%s</td></tr>\n", look->target.owner);
}

void plan_write_table(struct web *web, const struct view *view, struct html *h,
		      const struct plan_looks *looks, int links)
{
	html_raw(h,
		 "<div class=\"drs-scroller\" tabindex=\"0\" role=\"region\" "
		 "aria-label=\"Targets\"><table class=\"drs-table drs-table--plan\">"
		 "<caption class=\"govuk-visually-hidden\">Targets: the figure now beside what is "
		 "due</caption><thead><tr><th scope=\"col\">Measure</th>"
		 "<th scope=\"col\" class=\"drs-table__number\">Now</th>"
		 "<th scope=\"col\" class=\"drs-table__number\">Due by then</th>"
		 "<th scope=\"col\">Status</th><th scope=\"col\">Next milestone</th>"
		 "<th scope=\"col\">Owner</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < looks->n; i++)
		plan_write_row(web, view, h, &looks->looks[i], links);
	html_raw(h, "</tbody></table></div>\n");
}
