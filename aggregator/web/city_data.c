/* What the city page shows, read once: view, figures, signals. */

#include <stdlib.h>
#include <string.h>

#include "aggregator/rollup_value.h"
#include "aggregator/web/city.h"

void city_clear(struct city *city)
{
	for (int i = 0; i < city->n_tiles; i++)
		trend_clear(&city->tiles[i].trend);
	free(city->districts);
	signals_clear(&city->signals);
	*city = (struct city){ .map = -1 };
}

/* A district has a page of its own: here the whole that it belongs to is shown. */
static enum err_code city_find_place(struct city *city, struct err *err)
{
	const struct area_tree *tree = city->web->reading.areas;
	int area = city->view.area;
	enum err_code code = ERR_OK;

	if (tree->areas[area].level >= AREA_DISTRICT)
		code = rollup_area(tree, city->web->reading.config->area, &area, err);
	if (code == ERR_OK)
		city->place = &tree->areas[area];
	return code;
}

static enum err_code city_find_districts(struct city *city, struct err *err)
{
	const struct area_tree *tree = city->web->reading.areas;
	struct period p = city->view.period;
	int n, kept = 0;

	city->districts = calloc((size_t)tree->n_areas + 1, sizeof *city->districts);
	if (city->districts == NULL)
		return err_set(err, ERR_NOMEM, "city page: out of memory");
	n = area_reporting(tree, (int)(city->place - tree->areas), p.start, period_end(p),
			   city->districts);
	for (int i = 0; i < n; i++) {
		int area = city->districts[i];

		if (&tree->areas[area] != city->place &&
		    viewer_sees_area(&city->rq->viewer, tree->areas[area].code,
				     city->web->reading.config->area))
			city->districts[kept++] = area;
	}
	city->n_districts = kept;
	return ERR_OK;
}

/* Weeks are reported for some measures only. */
static int city_has_kind(const struct city *city, const struct measure *m)
{
	struct rollup_terms terms;

	if (rollup_terms_find(city->web->reading.measures, m, &terms, NULL) != ERR_OK)
		return 0;
	for (int k = 0; k < terms.n_parts; k++)
		if (city->view.by == PERIOD_WEEK && !terms.parts[k]->weeks)
			return 0;
	return 1;
}

/* At least a year and the period before it, so that both changes can be said. */
static struct period city_from(const struct view *view)
{
	int year = view->by == PERIOD_WEEK ? 52 : view->by == PERIOD_MONTH ? 12 : 4;
	int n = view->n_periods > year ? view->n_periods : year + 1;

	return period_next(view->period, 1 - n);
}

static enum err_code city_get(const struct city *city, const struct measure *m, struct period from,
			      int districts, const struct figure_set **out, struct err *err)
{
	struct rollup_query query = {
		.measure = m->code,
		.area = city->place->code,
		.districts = districts,
		.by = city->view.by,
		.from = from,
		.to = city->view.period,
		.as_known_on_us = view_known_on_us(&city->view),
	};

	return figures_get(city->web->figures, &city->rq->viewer, &query, out, err);
}

static int city_has_values(const struct figure_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->figures[i].cell.status != ROLLUP_MISSING)
			return 1;
	return 0;
}

/* The place's figures of the row's measure or, while that has none, of the variant that stands in.
 * *out is NULL when neither is reported in such periods. */
static enum err_code city_choose(const struct city *city, const struct headline_row *row,
				 const struct figure_set **out, struct err *err)
{
	const struct measure *choice[2] = { row->measure, row->otherwise };
	const struct figure_set *set = NULL;
	enum err_code code = ERR_OK;

	*out = NULL;
	for (int i = 0; code == ERR_OK && i < 2; i++) {
		if (choice[i] == NULL || !city_has_kind(city, choice[i]))
			continue;
		code = city_get(city, choice[i], city_from(&city->view), 0, &set, err);
		if (code == ERR_OK && (*out == NULL || city_has_values(set)))
			*out = set;
		if (code == ERR_OK && city_has_values(set))
			break;
	}
	return code;
}

static void city_count_protected(struct city *city, const struct figure_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		city->n_rounded += set->figures[i].shown == FIGURE_ROUNDED;
		city->n_suppressed += set->figures[i].shown == FIGURE_SUPPRESSED;
	}
}

static enum err_code city_add_tile(struct city *city, const struct headline_row *row,
				   const struct figure_set *set, struct err *err)
{
	struct city_tile *tile = &city->tiles[city->n_tiles++];

	tile->row = row;
	city_count_protected(city, set);
	return trend_make(set, city->place->code, "", city_from(&city->view), city->view.period,
			  &tile->trend, err);
}

static enum err_code city_add_column(struct city *city, const struct headline_row *row,
				     const struct measure *m, struct err *err)
{
	struct city_column *column = &city->columns[city->n_columns];
	enum err_code code = city_get(city, m, city->view.period, 1, &column->set, err);

	if (code != ERR_OK)
		return code;
	column->row = row;
	column->measure = m;
	column->city = city_figure(column, city->place->code);
	city_count_protected(city, column->set);
	city->n_columns++;
	return ERR_OK;
}

static enum err_code city_gather_figures(struct city *city, struct err *err)
{
	enum err_code code = headline_read(city->web->reading.measures, &city->headline, err);

	for (int i = 0; code == ERR_OK && i < city->headline.n; i++) {
		const struct headline_row *row = &city->headline.rows[i];
		const struct figure_set *set;

		code = city_choose(city, row, &set, err);
		if (code != ERR_OK || set == NULL)
			continue;
		if (row->tile)
			code = city_add_tile(city, row, set, err);
		if (code == ERR_OK && row->column)
			code = city_add_column(city, row, set->measure, err);
	}
	return code;
}

const struct figure *city_figure(const struct city_column *column, const char *area)
{
	for (size_t i = 0; i < column->set->n; i++)
		if (strcmp(column->set->figures[i].cell.area, area) == 0)
			return &column->set->figures[i];
	return NULL;
}

static enum err_code city_find_map(struct city *city, struct err *err)
{
	const char *code = request_query(city->rq, "map");

	city->map = city->n_columns > 0 ? 0 : -1;
	if (code == NULL || code[0] == '\0')
		return ERR_OK;
	for (int i = 0; i < city->n_columns; i++)
		if (strcmp(city->columns[i].measure->code, code) == 0 ||
		    strcmp(city->columns[i].row->measure->code, code) == 0) {
			city->map = i;
			return ERR_OK;
		}
	return err_set(err, ERR_MISSING,
		       "map: '%.64s' is not one of the measures in the table of districts: choose "
		       "one of the links above the map",
		       code);
}

/* ---- the order of the table */

struct city_key {
	int area, place; /* place: in file order */
	int known, descending;
	double value;
	const char *name;
};

static int city_compare_keys(const void *a, const void *b)
{
	const struct city_key *x = a;
	const struct city_key *y = b;
	int order = 0;

	if (x->known != y->known) /* what is not known comes last in both directions */
		return y->known - x->known;
	if (x->name != NULL)
		order = strcmp(x->name, y->name);
	else if (x->known)
		order = (x->value > y->value) - (x->value < y->value);
	if (order == 0)
		return x->place - y->place;
	return x->descending ? -order : order;
}

static const struct city_column *city_sorted_column(const struct city *city)
{
	for (int i = 0; i < city->n_columns; i++)
		if (strcmp(city->columns[i].measure->code, city->view.sort) == 0)
			return &city->columns[i];
	return NULL;
}

/* Another page's order may stand in the link: it is none of ours then. */
static enum err_code city_sort(struct city *city, struct err *err)
{
	const struct area *areas = city->web->reading.areas->areas;
	const struct city_column *column = city_sorted_column(city);
	int by_name = strcmp(city->view.sort, "name") == 0;
	struct city_key *keys;

	if (column == NULL && !by_name)
		return ERR_OK;
	keys = calloc((size_t)city->n_districts + 1, sizeof *keys);
	if (keys == NULL)
		return err_set(err, ERR_NOMEM, "city page: out of memory");
	for (int i = 0; i < city->n_districts; i++) {
		const struct area *a = &areas[city->districts[i]];
		const struct figure *f = by_name ? NULL : city_figure(column, a->code);

		keys[i] = (struct city_key){ city->districts[i],    i, 1,
					     city->view.descending, 0, by_name ? a->name : NULL };
		if (!by_name)
			keys[i].known =
				f != NULL && f->cell.has_value && f->shown != FIGURE_SUPPRESSED;
		if (!by_name && keys[i].known)
			keys[i].value = f->cell.value;
	}
	qsort(keys, (size_t)city->n_districts, sizeof *keys, city_compare_keys);
	for (int i = 0; i < city->n_districts; i++)
		city->districts[i] = keys[i].area;
	free(keys);
	return ERR_OK;
}

/* ---- signals */

static int city_compare_signals(const void *a, const void *b)
{
	const struct signal *x = a;
	const struct signal *y = b;

	if ((x->concern > 0) != (y->concern > 0))
		return (y->concern > 0) - (x->concern > 0);
	if (x->opened_us != y->opened_us)
		return x->opened_us < y->opened_us ? 1 : -1;
	return x->id < y->id ? 1 : -1;
}

static enum err_code city_gather_signals(struct city *city, struct err *err)
{
	struct signal_list *list = &city->signals;
	enum err_code code = signals_list(city->web->reading.store, 1u << SIGNAL_OPEN, NULL,
					  CITY_SIGNALS_READ, list, err);
	size_t kept = 0;

	if (code == ERR_OK)
		code = signals_looked_for(city->web->reading.store, &city->signals_looked_for, err);
	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < list->n; i++) {
		struct signal *s = &list->signals[i];

		if (viewer_sees_area(&city->rq->viewer, s->area, city->web->reading.config->area)) {
			struct signal seen = *s;

			*s = list->signals[kept]; /* swapped, so that each is still freed once */
			list->signals[kept++] = seen;
		}
	}
	for (size_t i = kept; i < list->n; i++) {
		free(list->signals[i].evidence);
		list->signals[i].evidence = NULL;
	}
	list->n = kept;
	if (kept > 1)
		qsort(list->signals, kept, sizeof *list->signals, city_compare_signals);
	return ERR_OK;
}

enum err_code city_gather(struct web *web, const struct request *rq, struct city *out,
			  struct err *err)
{
	enum err_code code;

	*out = (struct city){ .web = web, .rq = rq, .map = -1 };
	out->has_figures = figures_newest_us(web->figures) != 0;
	code = view_read(web, rq, &out->view, err);
	if (code == ERR_OK)
		code = city_find_place(out, err);
	if (code == ERR_OK)
		code = city_find_districts(out, err);
	if (code == ERR_OK)
		code = city_gather_figures(out, err);
	if (code == ERR_OK)
		code = city_find_map(out, err);
	if (code == ERR_OK)
		code = city_sort(out, err);
	if (code == ERR_OK)
		code = city_gather_signals(out, err);
	return code;
}
