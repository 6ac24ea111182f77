/* A measure's months of the whole area and each of its districts, as the roll-up gives them. A
 * figure that would mislead is unknown: a count that is partial or was cut short, a share whose
 * follow-up is not over, anything of a month that has not ended. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/signals_private.h"

#define DAY_US (86400LL * 1000000)

int signals_is_stock(const struct rollup_terms *terms)
{
	return terms->parts[0]->kind == MEASURE_STOCK;
}

struct period signals_series_period(const struct signals_series *series, int month)
{
	return period_next(series->first, month);
}

int signals_series_last(const struct signals_area *area, enum signals_known least)
{
	int month = SIGNALS_MONTHS - 1;

	while (month >= 0 && area->points[month].known < least)
		month--;
	return month;
}

/* Whether a provisional figure is only a part of what it will be. */
static int signals_is_cut_short(const struct rollup_terms *terms)
{
	const struct measure *m = terms->measure;

	for (int k = 0; k < terms->n_parts; k++)
		if (terms->parts[k]->follow_up_days > 0)
			return 1;
	if (m->kind == MEASURE_DERIVED)
		return terms->parts[0]->kind == MEASURE_FLOW &&
		       (terms->n_parts == 1 || terms->parts[1]->kind != MEASURE_FLOW);
	return m->kind == MEASURE_FLOW && !rollup_is_ratio(m);
}

static enum signals_known signals_known_of(const struct rollup_terms *terms,
					   const struct rollup_cell *cell, int32_t today)
{
	if (!cell->has_value || period_end(cell->period) >= today)
		return SIGNALS_UNKNOWN;
	switch (cell->status) {
	case ROLLUP_FINAL:
		return SIGNALS_FINAL;
	case ROLLUP_PROVISIONAL:
		return signals_is_cut_short(terms) ? SIGNALS_UNKNOWN : SIGNALS_PROVISIONAL;
	case ROLLUP_PARTIAL:
		return rollup_is_ratio(terms->measure) && !signals_is_cut_short(terms)
			       ? SIGNALS_PROVISIONAL
			       : SIGNALS_UNKNOWN;
	case ROLLUP_MISSING:
		break;
	}
	return SIGNALS_UNKNOWN;
}

/* Whether a category is a bucket from the number on. */
static int signals_in_part(const struct measure *m, const struct signals_clause *clause,
			   const char *category)
{
	for (int i = 0; i < m->n_buckets; i++)
		if (m->buckets[i].from >= clause->part_from &&
		    strcmp(m->buckets[i].code, category) == 0)
			return 1;
	return 0;
}

static void signals_take(struct signals_series *s, const struct signals_clause *clause,
			 const struct rollup_cell *cell, int32_t today)
{
	struct signals_area *area = &s->areas[s->n_areas - 1];
	struct signals_point *p;
	int month = 0;

	while (month < SIGNALS_MONTHS &&
	       signals_series_period(s, month).start != cell->period.start)
		month++;
	if (month == SIGNALS_MONTHS)
		return;
	p = &area->points[month];
	if (cell->category[0] == '\0') {
		p->known = signals_known_of(&s->terms, cell, today);
		p->numerator = cell->numerator;
		p->denominator = cell->denominator;
		p->value = cell->value;
		if (clause != NULL) { /* of a part: how many of all */
			p->denominator = cell->numerator;
			p->numerator = 0;
			p->value = 0;
		}
	} else if (clause != NULL && signals_in_part(s->terms.measure, clause, cell->category)) {
		p->numerator += cell->numerator;
		p->value = (double)p->numerator;
	}
}

static enum err_code signals_fill(struct signals_series *s, const struct signals_clause *clause,
				  const struct rollup_result *result, int32_t today,
				  struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < result->n; i++)
		n += i == 0 || strcmp(result->cells[i].area, result->cells[i - 1].area) != 0;
	s->areas = calloc(n == 0 ? 1 : n, sizeof *s->areas);
	if (s->areas == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < result->n; i++) {
		const struct rollup_cell *cell = &result->cells[i];

		if (i == 0 || strcmp(cell->area, result->cells[i - 1].area) != 0) {
			struct signals_area *area = &s->areas[s->n_areas++];

			memcpy(area->code, cell->area, sizeof area->code);
		}
		signals_take(s, clause, cell, today);
	}
	return ERR_OK;
}

/* The area shown; without settings, the first one of the file that does not report itself. */
static const char *signals_whole_area(const struct rollup_context *context)
{
	const struct area_tree *tree = context->areas;

	if (context->config != NULL && context->config->area != NULL)
		return context->config->area;
	for (int i = 0; i < tree->n_areas; i++)
		if (tree->areas[i].level == AREA_AUTHORITY && !tree->areas[i].reports)
			return tree->areas[i].code;
	return tree->n_areas > 0 ? tree->areas[0].code : "";
}

enum err_code signals_series_read(const struct rollup_context *context, const char *measure,
				  const struct signals_clause *clause, int64_t now_us,
				  struct signals_series *out, struct err *err)
{
	const int32_t today = (int32_t)(now_us / DAY_US);
	const struct measure *m = measures_find(context->measures, measure);
	struct rollup_query q = { .measure = measure,
				  .area = signals_whole_area(context),
				  .districts = 1,
				  .by = PERIOD_MONTH };
	struct rollup_result *result = NULL;
	enum err_code code;

	*out = (struct signals_series){ 0 };
	if (m == NULL)
		return err_set(err, ERR_MISSING, "there is no measure \"%s\"", measure);
	code = rollup_terms_find(context->measures, m, &out->terms, err);
	if (code != ERR_OK)
		return code;
	if (clause != NULL && clause->part[0] == '\0')
		clause = NULL;
	if (clause != NULL)
		q.breakdown = clause->part;
	q.to = period_of(PERIOD_MONTH, today);
	q.from = period_next(q.to, 1 - SIGNALS_MONTHS);
	out->first = q.from;
	code = rollup_run(context, &q, &result, err);
	if (code == ERR_OK)
		code = signals_fill(out, clause, result, today, err);
	rollup_free(&result);
	return code;
}

void signals_series_clear(struct signals_series *series)
{
	free(series->areas);
	series->areas = NULL;
	series->n_areas = 0;
}

/* ---- findings */

enum err_code signals_findings_add(struct signals_findings *list, const struct signals_finding *one,
				   struct err *err)
{
	if (list->n == list->size) {
		size_t size = list->size == 0 ? 16 : list->size * 2;
		struct signals_finding *items = realloc(list->items, size * sizeof *items);

		if (items == NULL) {
			sqlite3_free(one->evidence);
			return err_set(err, ERR_NOMEM, "out of memory");
		}
		list->items = items;
		list->size = size;
	}
	list->items[list->n++] = *one;
	return ERR_OK;
}

void signals_findings_clear(struct signals_findings *list)
{
	for (size_t i = 0; i < list->n; i++)
		sqlite3_free(list->items[i].evidence);
	free(list->items);
	*list = (struct signals_findings){ 0 };
}

/* ---- evidence */

void signals_json_text(sqlite3_str *json, const char *text)
{
	sqlite3_str_appendchar(json, 1, '"');
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\')
			sqlite3_str_appendf(json, "\\%c", *c);
		else if ((unsigned char)*c < 0x20)
			sqlite3_str_appendf(json, "\\u%04x", *c);
		else
			sqlite3_str_appendchar(json, 1, *c);
	}
	sqlite3_str_appendchar(json, 1, '"');
}

void signals_json_number(sqlite3_str *json, double value)
{
	if (isfinite(value))
		sqlite3_str_appendf(json, "%.10g", value);
	else
		sqlite3_str_appendall(json, "null");
}

void signals_json_period(sqlite3_str *json, struct period p)
{
	char text[PERIOD_TEXT_BYTES];

	signals_json_text(json, period_format(p, text));
}

void signals_json_point(sqlite3_str *json, struct period p, const struct signals_point *point)
{
	static const char *const names[] = { "unknown", "provisional", "final" };

	sqlite3_str_appendall(json, "\"period\":");
	signals_json_period(json, p);
	sqlite3_str_appendf(json, ",\"status\":\"%s\"", names[point->known]);
	if (point->known == SIGNALS_UNKNOWN)
		return;
	sqlite3_str_appendf(json, ",\"numerator\":%lld,\"denominator\":%lld,\"value\":",
			    (long long)point->numerator, (long long)point->denominator);
	signals_json_number(json, point->value);
}

enum err_code signals_json_end(sqlite3_str *json, char **out, struct err *err)
{
	int failed = sqlite3_str_errcode(json);

	*out = sqlite3_str_finish(json);
	if (failed != SQLITE_OK || *out == NULL) {
		sqlite3_free(*out);
		*out = NULL;
		return err_set(err, ERR_NOMEM, "evidence: out of memory");
	}
	return ERR_OK;
}
