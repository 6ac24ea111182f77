#ifndef AGGREGATOR_WEB_CITY_H
#define AGGREGATOR_WEB_CITY_H

#include "aggregator/signals.h"
#include "aggregator/web/headline.h"
#include "aggregator/web/trend.h"

/* The city page's parts: city_data.c gathers, city_attention.c, city_tiles.c, city_table.c and
 * city_map.c write, city_page.c is the order in which they do. */

#define CITY_SIGNALS_READ 500 /* of which the most pressing are shown and the rest counted */
#define CITY_SIGNALS_SHOWN 6
#define CITY_CHANGES_SHOWN 3

struct city_tile {
	const struct headline_row *row;
	struct trend trend;
};

struct city_column {
	const struct headline_row *row;
	const struct measure *measure; /* row's, or its `otherwise` */
	const struct figure_set *set;  /* the city's and the districts' of the period */
	const struct figure *city;     /* NULL: none */
};

struct city {
	struct web *web;
	const struct request *rq;
	struct view view;
	struct headline headline;
	const struct area *place; /* what the page is about: the view's area, or the settings' when
				     that is a single district */
	struct city_tile tiles[HEADLINE_MAX];
	int n_tiles;
	struct city_column columns[HEADLINE_MAX];
	int n_columns;
	int *districts; /* indexes of the areas that the viewer sees, in the order of the table */
	int n_districts;
	int map;                     /* index of the map's column; −1 when there is no column */
	struct signal_list signals;  /* open, of areas that the viewer sees; most pressing first */
	int signals_looked_for;      /* 0: no measure has been looked at yet */
	int paper;                   /* 1: for a pack: no links to files */
	int has_figures;             /* 0: nothing was ever received */
	int n_rounded, n_suppressed; /* figures on the page that are protected */
};

/* Everything that the page and its CSV show. The caller clears, also after an error. Errors as
 * view_read and figures_get; ERR_MISSING for a map of an unknown measure. */
enum err_code city_gather(struct web *web, const struct request *rq, struct city *out,
			  struct err *err);
void city_clear(struct city *city);

/* The district's figure, or NULL. */
const struct figure *city_figure(const struct city_column *column, const char *area);

enum err_code city_write_attention(const struct city *city, struct html *h, struct err *err);
void city_write_tiles(const struct city *city, struct html *h);
void city_write_table(const struct city *city, struct html *h);
enum err_code city_write_map(const struct city *city, struct html *h, struct err *err);
enum err_code city_write_csv(const struct city *city, struct html *h, struct err *err);

/* An href to a page about one measure or area, keeping place, period and comparison. */
void city_link(const struct city *city, struct html *h, const char *folder, const char *code);

#endif
