/* The table of districts as a file: one line for each area and measure, in the table's order. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/city.h"
#include "proto/out.h"

static const char *city_shown_name(const struct figure *f)
{
	switch (f->shown) {
	case FIGURE_EXACT:
		return "exact";
	case FIGURE_ROUNDED:
		return "rounded";
	case FIGURE_SUPPRESSED:
		return "suppressed";
	}
	return "";
}

/* As interval.h says it, without judging. */
static const char *city_verdict_name(enum interval_verdict verdict)
{
	switch (verdict) {
	case INTERVAL_SIMILAR:
		return "similar";
	case INTERVAL_LOWER:
		return "lower";
	case INTERVAL_MUCH_LOWER:
		return "much lower";
	case INTERVAL_HIGHER:
		return "higher";
	case INTERVAL_MUCH_HIGHER:
		return "much higher";
	}
	return "";
}

/* A suppressed value is "c", a missing one empty. */
static void city_csv_value(struct out *out, const struct measure *m, const struct figure *f)
{
	if (f->shown == FIGURE_SUPPRESSED)
		out_text(out, "c");
	else if (!f->cell.has_value)
		out_text(out, NULL);
	else if (m->unit == MEASURE_COUNT)
		out_int(out, f->cell.numerator);
	else
		out_real(out, (double)f->cell.tenths / 10, 1);
}

static void city_csv_line(const struct city *city, struct out *out, const struct area *a,
			  const struct city_column *column)
{
	const struct figure *f = city_figure(column, a->code);
	char period[PERIOD_TEXT_BYTES];
	int known = 0;
	enum interval_verdict verdict;

	if (f == NULL)
		return;
	out_text(out, a->code);
	out_text(out, a->name);
	out_text(out, period_format(f->cell.period, period));
	out_text(out, column->measure->code);
	out_text(out, column->measure->title);
	out_text(out, measure_unit_name(column->measure->unit));
	city_csv_value(out, column->measure, f);
	out_text(out, f->cell.status == ROLLUP_MISSING ? NULL : city_shown_name(f));
	verdict = trend_compare(city->web->reading.measures, column->measure, f, column->city,
				&known);
	out_text(out, known && a != city->place ? city_verdict_name(verdict) : NULL);
	out_int(out, f->cell.n_reported);
	out_int(out, f->cell.n_expected);
	out_text(out, rollup_status_name(f->cell.status));
}

static int city_csv_write(const struct city *city, FILE *file)
{
	static const char *const columns[] = { "area",      "area_name", "period",
					       "measure",   "title",     "unit",
					       "value>",    "shown",     "compared_with_city",
					       "reported>", "expected>", "status" };
	const struct area *areas = city->web->reading.areas->areas;
	struct out *out = out_begin(file, OUT_CSV, "figures", columns, 12);

	for (int k = -1; k < city->n_districts; k++)
		for (int i = 0; i < city->n_columns; i++)
			city_csv_line(city, out, k < 0 ? city->place : &areas[city->districts[k]],
				      &city->columns[i]);
	return out_end(&out);
}

enum err_code city_write_csv(const struct city *city, struct html *h, struct err *err)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);
	int failed;

	if (file == NULL)
		return err_set(err, ERR_NOMEM, "city.csv: out of memory");
	failed = city_csv_write(city, file) != 0;
	failed |= fclose(file) != 0;
	if (!failed)
		html_bytes(h, text, len);
	free(text);
	return failed ? err_set(err, ERR_NOMEM, "city.csv: out of memory") : ERR_OK;
}
