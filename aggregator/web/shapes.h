#ifndef AGGREGATOR_WEB_SHAPES_H
#define AGGREGATOR_WEB_SHAPES_H

#include <stddef.h>

#include "proto/area.h"

/* Areas as shapes for chart_map, from a GeoJSON file (RFC 7946: WGS 84, Polygon and MultiPolygon).
 *
 * A feature is the shape of the reporting area whose GSS code, code or name (looked for in this
 * order, case-insensitive) one of its text properties or its id is. Projected equirectangular at
 * the middle latitude into SHAPES_ACROSS units; points are rounded to a grid, so that neighbours
 * keep a common border, and the grid is the finest that keeps all paths within SHAPES_BYTES. */

#define SHAPES_ACROSS 320.0
#define SHAPES_BYTES 12288

struct shape {
	int area;   /* index into the tree's areas */
	char *path; /* d attribute; owned */
	double label_x, label_y;
};

struct shapes {
	char view_box[48]; /* "0 0 320 401" */
	struct shape *shapes;
	size_t n; /* in the file's order */
};

/* ERR_IO, ERR_TOO_BIG, ERR_MALFORMED (file, feature and mend in the text). *out is NULL on failure;
 * the caller owns it. */
enum err_code shapes_load(const char *path, const struct area_tree *areas, struct shapes **out,
			  struct err *err);
void shapes_free(struct shapes **shapes); /* NULL-safe; leaves NULL */

/* The shape of an area; NULL when there is none. */
const struct shape *shapes_find(const struct shapes *shapes, int area);

#endif
