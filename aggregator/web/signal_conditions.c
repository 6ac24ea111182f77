/* The conditions of a combination: what each asks, what it found where the viewer sees exact
 * figures, and the measure over time. */
#include "aggregator/web/signals_page.h"

#include <math.h>
#include <string.h>

static double condition_number(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static const char *condition_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? "" : text;
}

/* 33 as "33", 2.5 as "2.5" */
static const char *condition_amount(double amount, char out[32])
{
	(void)snprintf(out, 32, "%.*f", floor(amount) == amount ? 0 : 1, amount);
	return out;
}

/* "days>=57" → "57 days or more" */
static void condition_part(struct html *h, const char *part)
{
	const size_t name = strcspn(part, ">");

	if (part[name] == '\0') {
		html_text(h, part);
		return;
	}
	html_put(h, "%s ", part + name + 2);
	html_bytes(h, part, name); /* a dimension's code: letters */
	html_raw(h, " or more");
}

/* What the rule asks: parameters of unseen_risk.csv, the same for every area. */
static void condition_write_asked(struct html *h, const struct measure *m, const json_t *c)
{
	const char *test = condition_text(c, "test");
	const char *part = condition_text(c, "part");
	const int share = json_is_true(json_object_get(c, "share"));
	const int months = (int)json_integer_value(json_object_get(c, "months"));
	const int year = strcmp(condition_text(c, "against"), "year") == 0;
	const int changes = strcmp(test, "falls") == 0 || strcmp(test, "rises") == 0;
	char amount[32];

	html_put(h, "<strong>%s</strong> ", m->title);
	if (part[0] != '\0') {
		html_raw(h, "of ");
		condition_part(h, part);
		html_raw(h, " ");
	}
	if (changes)
		html_put(h, "%s by %s%s or more", strcmp(test, "falls") == 0 ? "fell" : "rose",
			 condition_amount(condition_number(c, "amount"), amount),
			 share ? "%" : figure_unit(m));
	else
		html_put(h, "%s %s%s%s", strcmp(test, "above") == 0 ? "at least" : "at most",
			 condition_amount(condition_number(c, "amount"), amount),
			 share ? "%" : figure_unit(m), share ? " of the whole" : "");
	if (months > 1)
		html_put(h, ", %d months together", months);
	if (changes)
		html_put(h, ", against the same %s %s, and by more than chance",
			 months > 1 ? "months" : "month", year ? "a year before" : "just before");
}

/* "14.3% (3 of 21) in October 2026", "412.5 a month, August 2026 to October 2026" */
static void condition_write_sum(struct html *h, const struct measure *m, const json_t *sum,
				int has_part)
{
	struct period from, to;
	char first[VIEW_PERIOD_BYTES], last[VIEW_PERIOD_BYTES], value[32];
	const double numerator = condition_number(sum, "numerator");
	const double denominator = condition_number(sum, "denominator");

	if (has_part)
		html_put(h, "<strong>%.1f%%</strong>",
			 denominator > 0 ? 100 * numerator / denominator : 0.0);
	else
		html_put(h, "<strong>%s%s</strong>",
			 condition_amount(condition_number(sum, "value"), value), figure_unit(m));
	if ((has_part || m->unit == MEASURE_PERCENT) && denominator > 0)
		html_put(h, " (%.0f of %.0f)", numerator, denominator);
	else if (m->unit == MEASURE_COUNT)
		html_raw(h, " a month");
	if (!signal_period(sum, "from", &from) || !signal_period(sum, "to", &to))
		return;
	(void)view_period_label(from, first);
	(void)view_period_label(to, last);
	if (from.start == to.start)
		html_put(h, " in %s", last);
	else
		html_put(h, ", %s to %s", first, last);
}

static void condition_write_found(const struct signal_page *p, const struct measure *m,
				  const json_t *c)
{
	const json_t *now = json_object_get(c, "now");
	const json_t *before = json_object_get(c, "before");
	const int has_part = condition_text(c, "part")[0] != '\0';

	if (!p->exact || now == NULL)
		return;
	html_raw(p->h, ". It found ");
	condition_write_sum(p->h, m, now, has_part);
	if (before != NULL) {
		html_raw(p->h, "; before, ");
		condition_write_sum(p->h, m, before, has_part);
	}
}

static const struct measure *condition_measure(const struct signal_page *p, const json_t *c)
{
	return measures_find(p->context.measures, condition_text(c, "measure"));
}

enum err_code signal_write_conditions(struct signal_page *p, json_t *conditions, struct err *err)
{
	enum err_code code = ERR_OK;
	json_t *c;
	size_t i;

	html_put(p->h,
		 "<p class=\"govuk-body\">%s, in the same month:</p>\n"
		 "<ul class=\"govuk-list govuk-list--bullet drs-text\">\n",
		 json_array_size(conditions) == 1 ? "The condition held" : "All of these held");
	json_array_foreach(conditions, i, c)
	{
		const struct measure *m = condition_measure(p, c);

		if (m == NULL)
			continue;
		html_raw(p->h, "<li>");
		condition_write_asked(p->h, m, c);
		condition_write_found(p, m, c);
		html_raw(p->h, ".</li>\n");
	}
	html_raw(p->h, "</ul>\n");
	json_array_foreach(conditions, i, c)
	{
		const struct measure *m = condition_measure(p, c);
		struct period to = p->s->last;
		char id[32];

		(void)snprintf(id, sizeof id, "evidence-%zu", i + 1);
		(void)signal_period(json_object_get(c, "now"), "to", &to);
		if (m != NULL && code == ERR_OK)
			code = signal_write_trend(p, m, to, id, err);
	}
	return code;
}
