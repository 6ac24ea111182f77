/* In: a described table with its cells. Out: the two files of the open data standard. */

#include "aggregator/feed/ees.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "proto/out.h"

/* ---- the table */

int64_t ees_table_size(const struct ees_table *t)
{
	int64_t n = (int64_t)t->n_periods * t->n_indicators;

	for (int i = 0; i < t->n_filters && n <= LIMIT_FEED_CELLS; i++)
		n *= t->filters[i].n_items;
	return n > LIMIT_FEED_CELLS ? -1 : n;
}

enum err_code ees_table_cells(struct ees_table *t, struct err *err)
{
	int64_t n = ees_table_size(t);

	if (n < 0)
		return err_set(err, ERR_TOO_BIG, "%s: more than %d cells", t->name,
			       LIMIT_FEED_CELLS);
	free(t->cells);
	t->cells = calloc((size_t)n + 1, sizeof *t->cells);
	if (t->cells == NULL)
		return err_set(err, ERR_NOMEM, "%s: out of memory", t->name);
	return ERR_OK;
}

struct ees_cell *ees_table_cell(const struct ees_table *t, int period, const int *item,
				int indicator)
{
	int64_t at = period;

	for (int i = 0; i < t->n_filters; i++)
		at = at * t->filters[i].n_items + item[i];
	return &t->cells[at * t->n_indicators + indicator];
}

void ees_table_clear(struct ees_table *t)
{
	for (int i = 0; i < t->n_filters; i++)
		free(t->filters[i].items);
	free(t->periods);
	free(t->indicators);
	free(t->cells);
	*t = (struct ees_table){ .n_periods = 0 };
}

/* ---- the data file */

const char *ees_cell_format(const struct ees_indicator *indicator, const struct ees_cell *cell,
			    char out[32])
{
	static const char *const symbols[] = { [EES_SUPPRESSED] = "c",
					       [EES_NOT_REPORTED] = "x",
					       [EES_NOT_APPLICABLE] = "z",
					       [EES_UNRELIABLE] = "u" };
	char digits[32];
	int64_t rounded;
	int whole;

	if (cell->state != EES_VALUE) {
		(void)snprintf(out, 32, "%s", symbols[cell->state]);
		return out;
	}
	rounded = out_round_ratio(cell->numerator, cell->denominator, indicator->scale,
				  indicator->dp);
	if (rounded == 0 && cell->numerator != 0) {
		(void)snprintf(out, 32, "low");
		return out;
	}
	(void)snprintf(digits, sizeof digits, "%0*lld", indicator->dp + 1 + (rounded < 0),
		       (long long)rounded);
	whole = (int)strlen(digits) - indicator->dp;
	(void)snprintf(out, 32, "%.*s%s%.6s", whole, digits, indicator->dp > 0 ? "." : "",
		       digits + whole);
	return out;
}

static void ees_write_head(const struct ees_table *t, struct text *out)
{
	text_puts(out, "time_period,time_identifier,geographic_level,country_code,country_name,"
		       "region_code,region_name,old_la_code,new_la_code,la_name");
	for (int i = 0; i < t->n_filters; i++)
		text_printf(out, ",%s", t->filters[i].column);
	for (int i = 0; i < t->n_indicators; i++)
		text_printf(out, ",%s", t->indicators[i].column);
	text_puts(out, "\n");
}

/* What every row of a period begins with. */
static void ees_write_period(const struct ees_table *t, int period, struct text *out)
{
	struct edition_time time = edition_time(t->periods[period]);
	const struct ees_place *p = &t->place;
	const char *const fields[] = { time.time_period, time.time_identifier, "Local authority",
				       p->country_code,  p->country_name,      p->region_code,
				       p->region_name,   p->old_la_code,       p->new_la_code,
				       p->la_name };

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		text_puts(out, i == 0 ? "" : ",");
		text_field(out, fields[i]);
	}
}

static enum err_code ees_unset(const struct ees_table *t, int period, const int *item,
			       int indicator, struct err *err)
{
	char text[PERIOD_TEXT_BYTES];
	char items[EES_FILTERS_MAX * (EES_ITEM_BYTES + EES_NAME_BYTES)] = "";

	for (int i = 0; i < t->n_filters; i++)
		(void)snprintf(items + strlen(items), sizeof items - strlen(items), ", %s %s",
			       t->filters[i].column, t->filters[i].items[item[i]].label);
	return err_set(err, ERR_MALFORMED,
		       "%s: no figure and no symbol for %s in %s%s: a cell is never blank", t->name,
		       t->indicators[indicator].column, period_format(t->periods[period], text),
		       items);
}

static enum err_code ees_write_row(const struct ees_table *t, int period, const int *item,
				   struct text *out, struct err *err)
{
	char text[32];

	ees_write_period(t, period, out);
	for (int i = 0; i < t->n_filters; i++) {
		text_puts(out, ",");
		text_field(out, t->filters[i].items[item[i]].label);
	}
	for (int i = 0; i < t->n_indicators; i++) {
		const struct ees_cell *cell = ees_table_cell(t, period, item, i);

		if (cell->state == EES_UNSET ||
		    (cell->state == EES_VALUE && cell->denominator <= 0))
			return ees_unset(t, period, item, i, err);
		text_printf(out, ",%s", ees_cell_format(&t->indicators[i], cell, text));
	}
	text_puts(out, "\n");
	return ERR_OK;
}

/* The next combination of items, the last filter turning fastest; 0 behind the last. */
static int ees_next(const struct ees_table *t, int *item)
{
	for (int i = t->n_filters - 1; i >= 0; i--) {
		if (++item[i] < t->filters[i].n_items)
			return 1;
		item[i] = 0;
	}
	return 0;
}

enum err_code ees_write_data(const struct ees_table *t, struct text *out, struct err *err)
{
	ees_write_head(t, out);
	for (int period = 0; period < t->n_periods; period++) {
		int item[EES_FILTERS_MAX] = { 0 };

		do {
			enum err_code code = ees_write_row(t, period, item, out, err);

			if (code != ERR_OK)
				return code;
		} while (ees_next(t, item));
	}
	return text_end(out, err);
}

/* ---- the meta file */

static void ees_write_meta_row(struct text *out, const char *const fields[9])
{
	for (int i = 0; i < 9; i++) {
		text_puts(out, i == 0 ? "" : ",");
		text_field(out, fields[i]);
	}
	text_puts(out, "\n");
}

enum err_code ees_write_meta(const struct ees_table *t, struct text *out, struct err *err)
{
	text_puts(out, "col_name,col_type,label,indicator_grouping,indicator_unit,indicator_dp,"
		       "filter_hint,filter_grouping_column,filter_default\n");
	for (int i = 0; i < t->n_filters; i++) {
		const struct ees_filter *f = &t->filters[i];
		const char *const row[] = { f->column, "Filter", f->label, "",     "",
					    "",        f->hint,  "",       "Total" };

		if (f->n_items > 1)
			ees_write_meta_row(out, row);
	}
	for (int i = 0; i < t->n_indicators; i++) {
		const struct ees_indicator *n = &t->indicators[i];
		char dp[12];
		const char *const row[] = { n->column, "Indicator", n->label, n->grouping, n->unit,
					    dp,        "",          "",       "" };

		(void)snprintf(dp, sizeof dp, "%d", n->dp);
		ees_write_meta_row(out, row);
	}
	return text_end(out, err);
}
