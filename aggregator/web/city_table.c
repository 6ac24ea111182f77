/* Districts × measures: a row for each district below the city's own, which stays on top in every
 * order; headings are links that sort. */

#include <string.h>

#include "aggregator/web/city.h"
#include "aggregator/web/protect.h"

/* ---- headings */

/* Above the measures: their themes, each over as many columns as it has. */
static void city_write_themes(const struct city *city, struct html *h)
{
	html_raw(h, "<tr class=\"drs-table__themes\"><td></td>");
	for (int i = 0, n; i < city->n_columns; i += n) {
		const char *theme = city->columns[i].row->theme;

		for (n = 1; i + n < city->n_columns; n++)
			if (strcmp(city->columns[i + n].row->theme, theme) != 0)
				break;
		html_put(h,
			 "<th scope=\"colgroup\" colspan=\"%d\" class=\"drs-table__theme "
			 "drs-table__first\">"
			 "%s</th>",
			 n, theme);
	}
	html_raw(h, "</tr>");
}

/* A link that sorts by the column; once it does, one that turns the order. Figures begin with the
 * highest, names with A. */
static void city_write_heading(const struct city *city, struct html *h, const char *sort,
			       const char *title, int is_name)
{
	int sorted = strcmp(city->view.sort, sort) == 0;
	int descends = sorted ? !city->view.descending : !is_name;

	html_raw(h,
		 is_name ? "<th scope=\"col\"" : "<th scope=\"col\" class=\"drs-table__number\"");
	if (sorted)
		html_put(h, " aria-sort=\"%s\"",
			 city->view.descending ? "descending" : "ascending");
	html_raw(h, "><a class=\"drs-table__sort\" href=\"");
	view_link(h, city->web, &city->view, "/", "map",
		  request_query(city->rq, "map") == NULL ? ""
							 : city->columns[city->map].measure->code,
		  "sort", sort, "desc", descends ? "1" : "", NULL);
	html_put(h, "#districts\">%s</a></th>", title);
}

/* ---- cells */

static int city_is_known(const struct figure *f)
{
	return f != NULL && f->cell.has_value && f->shown != FIGURE_SUPPRESSED;
}

/* The first column of a theme has a line before it. */
static const char *city_first(const struct city *city, const struct city_column *column)
{
	size_t i = (size_t)(column - city->columns);

	return i == 0 || strcmp(column->row->theme, city->columns[i - 1].row->theme) != 0
		       ? " drs-table__first"
		       : "";
}

static void city_write_cell(const struct city *city, struct html *h,
			    const struct city_column *column, const struct figure *f, int compared)
{
	const struct measure *m = column->measure;
	char value[FIGURE_TEXT_BYTES];
	int known = 0;
	enum interval_verdict verdict = INTERVAL_SIMILAR;

	html_put(h, "<td class=\"drs-table__number%s%s\">", city_first(city, column),
		 city_is_known(f) ? "" : " drs-absent");
	html_text(h, f == NULL ? "no data" : figure_text(m, f, value));
	if (compared)
		verdict = trend_compare(city->web->reading.measures, m, f, column->city, &known);
	if (known) {
		html_raw(h, " ");
		chart_verdict(h, verdict, (int)m->polarity);
	}
	if (f != NULL && f->cell.status == ROLLUP_PROVISIONAL)
		html_raw(h, " <span class=\"drs-mark\">provisional</span>");
	if (f != NULL && f->cell.status == ROLLUP_PARTIAL)
		html_put(h, " <span class=\"drs-mark\">%d of %d districts</span>",
			 f->cell.n_reported, f->cell.n_expected);
	html_raw(h, "</td>");
}

static void city_write_place(const struct city *city, struct html *h)
{
	html_raw(h, "<tr class=\"drs-table--total\"><th scope=\"row\">");
	html_put(h, "%s</th>", city->place->name);
	for (int i = 0; i < city->n_columns; i++)
		city_write_cell(city, h, &city->columns[i], city->columns[i].city, 0);
	html_raw(h, "</tr>");
}

static void city_write_district(const struct city *city, struct html *h, const struct area *a)
{
	html_raw(h, "<tr><th scope=\"row\"><a class=\"govuk-link\" href=\"");
	city_link(city, h, "/districts", a->code);
	html_put(h, "\">%s</a></th>", a->name);
	for (int i = 0; i < city->n_columns; i++)
		city_write_cell(city, h, &city->columns[i], city_figure(&city->columns[i], a->code),
				1);
	html_raw(h, "</tr>");
}

static void city_write_key(const struct city *city, struct html *h)
{
	html_put(h,
		 "<p class=\"drs-note\">Each district is compared with %s by 95%% confidence "
		 "intervals (“much”: 99.8%%): Wilson’s for percentages, Byar’s for rates. "
		 "“Similar” means that chance alone may explain the difference. Figures "
		 "without a comparison have no such interval.",
		 city->place->name);
	if (city->n_suppressed > 0)
		html_raw(h, " “c” stands for a figure that rests on 1 to 5 people or posts and "
			    "is not shown to protect them.");
	html_raw(h, " “No data” means that no report held the figure: it is unknown, not "
		    "zero.</p>");
	if (city->n_rounded + city->n_suppressed > 0)
		html_put(h, "<p class=\"drs-note\">%s</p>", protect_note);
	if (city->paper)
		return;
	html_raw(h, "<p class=\"drs-note\"><a class=\"govuk-link\" href=\"");
	view_link(h, city->web, &city->view, "/city.csv", "n", "", NULL);
	html_raw(h, "\">Download this table (CSV)</a></p>");
}

void city_write_table(const struct city *city, struct html *h)
{
	const struct area *areas = city->web->reading.areas->areas;
	char label[VIEW_PERIOD_BYTES];

	if (city->n_columns == 0)
		return;
	html_raw(h, "<section aria-labelledby=\"districts\">");
	html_put(h, "<h2 class=\"drs-theme\" id=\"districts\">%s</h2>",
		 city->rq->viewer.role == ROLE_DISTRICT ? "Your district and the city"
							: "Districts side by side");
	html_put(h,
		 "<div class=\"drs-scroller\" role=\"region\" aria-labelledby=\"districts\" "
		 "tabindex=\"0\"><table class=\"drs-table drs-table--rug\">"
		 "<caption class=\"govuk-visually-hidden\">Headline figures by district, %s"
		 "</caption><thead>",
		 view_period_label(city->view.period, label));
	city_write_themes(city, h);
	html_raw(h, "<tr>");
	city_write_heading(city, h, "name", "District", 1);
	for (int i = 0; i < city->n_columns; i++)
		city_write_heading(city, h, city->columns[i].measure->code,
				   city->columns[i].row->title, 0);
	html_raw(h, "</tr></thead><tbody>");
	city_write_place(city, h);
	for (int i = 0; i < city->n_districts; i++)
		city_write_district(city, h, &areas[city->districts[i]]);
	html_raw(h, "</tbody></table></div>");
	city_write_key(city, h);
	html_raw(h, "</section>");
}
