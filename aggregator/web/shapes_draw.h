#ifndef AGGREGATOR_WEB_SHAPES_DRAW_H
#define AGGREGATOR_WEB_SHAPES_DRAW_H

#include "aggregator/web/shapes.h"

/* From outlines in degrees to paths and label points: the second half of shapes_load. */

struct shapes_point {
	double x, y;
};

struct shapes_ring {
	struct shapes_point *points; /* owned */
	size_t n;
};

struct shapes_outline {
	int area;
	struct shapes_ring *rings; /* owned; outer ones and holes */
	size_t n;
};

void shapes_outline_clear(struct shapes_outline *outline);

/* Projects the outlines where they are and draws them. Errors: ERR_NOMEM, ERR_TOO_BIG when no grid
 * is coarse enough. */
enum err_code shapes_draw(struct shapes_outline *outlines, size_t n, struct shapes **out,
			  struct err *err);

#endif
