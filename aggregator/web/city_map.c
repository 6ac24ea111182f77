/* The districts on a map beside the same figures as a table. The map is decoration: whatever it
 * shows is in the table, and each shape leads to its district's page. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/city.h"
#include "aggregator/web/shapes.h"

#define SHADES 5

/* One district's row and shape; what chart_shape borrows. */
struct city_spot {
	const struct area *area;
	const struct figure *figure;
	char value[FIGURE_TEXT_BYTES];
	struct html href;
};

struct city_spots {
	struct city_spot *spots;
	struct chart_shape *shapes;
	size_t n, n_shapes;
};

static void city_spots_clear(struct city_spots *s)
{
	for (size_t i = 0; i < s->n; i++)
		html_clear(&s->spots[i].href);
	free(s->spots);
	free(s->shapes);
}

static int city_spot_is_known(const struct city_spot *s)
{
	return s->figure != NULL && s->figure->cell.has_value &&
	       s->figure->shown != FIGURE_SUPPRESSED;
}

/* Five equal steps from the lowest to the highest value. */
static int city_shade(const struct city_spot *s, double low, double high)
{
	int shade;

	if (!city_spot_is_known(s))
		return 0;
	if (high <= low)
		return 1;
	shade = 1 + (int)((s->figure->cell.value - low) / (high - low) * SHADES);
	return shade > SHADES ? SHADES : shade;
}

static void city_range(const struct city_spots *s, double *low, double *high)
{
	int any = 0;

	*low = *high = 0;
	for (size_t i = 0; i < s->n; i++) {
		double value;

		if (!city_spot_is_known(&s->spots[i]))
			continue;
		value = s->spots[i].figure->cell.value;
		*low = !any || value < *low ? value : *low;
		*high = !any || value > *high ? value : *high;
		any = 1;
	}
}

static void city_add_shape(struct city_spots *s, const struct shape *shape,
			   const struct city_spot *spot, double low, double high)
{
	s->shapes[s->n_shapes++] = (struct chart_shape){
		.name = spot->area->name,
		.href = spot->href.text,
		.path = shape->path,
		.value_text = spot->value,
		.shade = city_shade(spot, low, high),
		.label_x = shape->label_x,
		.label_y = shape->label_y,
	};
}

static enum err_code city_spots_make(const struct city *city, const struct city_column *column,
				     struct city_spots *out, struct err *err)
{
	const struct area *areas = city->web->reading.areas->areas;
	size_t n = (size_t)city->n_districts;
	double low, high;

	out->spots = calloc(n + 1, sizeof *out->spots);
	out->shapes = calloc(n + 1, sizeof *out->shapes);
	if (out->spots == NULL || out->shapes == NULL)
		return err_set(err, ERR_NOMEM, "map: out of memory");
	for (out->n = 0; out->n < n; out->n++) {
		struct city_spot *s = &out->spots[out->n];

		s->area = &areas[city->districts[out->n]];
		s->figure = city_figure(column, s->area->code);
		if (s->figure == NULL)
			(void)snprintf(s->value, sizeof s->value, "no data");
		else
			(void)figure_text(column->measure, s->figure, s->value);
		city_link(city, &s->href, "/districts", s->area->code);
		if (s->href.failed)
			return err_set(err, ERR_NOMEM, "map: out of memory");
	}
	city_range(out, &low, &high);
	for (size_t i = 0; i < n; i++) {
		const struct shape *shape = shapes_find(city->web->shapes, city->districts[i]);

		if (shape != NULL)
			city_add_shape(out, shape, &out->spots[i], low, high);
	}
	return ERR_OK;
}

/* ---- which measure */

static void city_write_map_links(const struct city *city, struct html *h)
{
	html_raw(h, "<nav aria-label=\"Measure on the map\"><ul class=\"drs-choices\">");
	for (int i = 0; i < city->n_columns; i++) {
		html_raw(h, "<li><a class=\"govuk-link govuk-link--no-visited-state\" href=\"");
		view_link(h, city->web, &city->view, "/", "map", city->columns[i].measure->code,
			  NULL);
		html_raw(h, i == city->map ? "#map\" aria-current=\"true\">" : "#map\">");
		html_put(h, "%s</a></li>", city->columns[i].row->title);
	}
	html_raw(h, "</ul></nav>");
}

static void city_write_spot(const struct city *city, struct html *h,
			    const struct city_column *column, const struct city_spot *s)
{
	int known = 0;
	enum interval_verdict verdict = trend_compare(city->web->reading.measures, column->measure,
						      s->figure, column->city, &known);

	html_put(h, "<tr><th scope=\"row\"><a class=\"govuk-link\" href=\"");
	html_raw(h, s->href.text);
	html_put(h, "\">%s</a></th><td class=\"drs-table__number%s\">%s</td><td>", s->area->name,
		 city_spot_is_known(s) ? "" : " drs-absent", s->value);
	if (known)
		chart_verdict(h, verdict, (int)column->measure->polarity);
	else
		html_raw(h, "not compared");
	html_raw(h, "</td></tr>");
}

static void city_write_map_table(const struct city *city, struct html *h,
				 const struct city_column *column, const struct city_spots *spots)
{
	char value[FIGURE_TEXT_BYTES];

	html_put(h,
		 "<table class=\"drs-table\"><caption>%s</caption><thead><tr><th scope=\"col\">"
		 "District</th><th scope=\"col\" class=\"drs-table__number\">Figure</th><th "
		 "scope=\"col\">Compared with %s</th></tr></thead><tbody>",
		 column->row->title, city->place->name);
	html_put(h,
		 "<tr class=\"drs-table--total\"><th scope=\"row\">%s</th><td "
		 "class=\"drs-table__number\">%s</td><td></td></tr>",
		 city->place->name,
		 column->city == NULL ? "no data"
				      : figure_text(column->measure, column->city, value));
	for (size_t i = 0; i < spots->n; i++)
		city_write_spot(city, h, column, &spots->spots[i]);
	html_raw(h, "</tbody></table>");
}

static void city_draw_map(const struct city *city, struct html *h, const struct city_column *column,
			  const struct city_spots *spots)
{
	char title[160], desc[320], period[VIEW_PERIOD_BYTES];
	struct chart_text text = { .id = "map-chart", .title = title, .desc = desc };

	(void)view_period_label(city->view.period, period);
	(void)snprintf(title, sizeof title, "%s by district, %s", column->row->title, period);
	(void)snprintf(desc, sizeof desc,
		       "Darker districts have higher figures. The table beside the map has the "
		       "same figures; each district is a link to its page.");
	html_put(h, "<section aria-labelledby=\"map\"><h2 class=\"drs-theme\" id=\"map\">On the "
		    "map</h2>");
	city_write_map_links(city, h);
	html_raw(h, "<div class=\"drs-columns\"><div>");
	chart_map(h, &text, city->web->shapes->view_box, spots->shapes, spots->n_shapes);
	html_raw(h, "</div><div>");
	city_write_map_table(city, h, column, spots);
	html_raw(h, "</div></div></section>");
}

/* A district sees no other one, so there is nothing to compare on a map. */
enum err_code city_write_map(const struct city *city, struct html *h, struct err *err)
{
	struct city_spots spots = { 0 };
	enum err_code code;

	if (city->web->shapes == NULL || city->map < 0 || city->rq->viewer.role == ROLE_DISTRICT)
		return ERR_OK;
	code = city_spots_make(city, &city->columns[city->map], &spots, err);
	if (code == ERR_OK)
		city_draw_map(city, h, &city->columns[city->map], &spots);
	city_spots_clear(&spots);
	return code;
}
