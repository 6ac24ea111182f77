#include "aggregator/web/shapes_draw.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "aggregator/web/html.h"

#define MARGIN 2.0        /* around all shapes, for their border */
#define GRID_MOST 12.8    /* the coarsest grid */
#define SCAN_LINES 64     /* tried for a label */
#define LABEL_LINE 13.0   /* a label is up to three of these high */
#define CROSSINGS_MOST 64 /* of one line with an outline */
#define DEGREE (3.14159265358979323846 / 180)

struct box {
	double left, right, top, bottom;
};

void shapes_outline_clear(struct shapes_outline *outline)
{
	for (size_t i = 0; i < outline->n; i++)
		free(outline->rings[i].points);
	free(outline->rings);
	*outline = (struct shapes_outline){ 0 };
}

static void box_add(struct box *b, const struct shapes_outline *o)
{
	for (size_t i = 0; i < o->n; i++) {
		for (size_t k = 0; k < o->rings[i].n; k++) {
			const struct shapes_point *p = &o->rings[i].points[k];

			b->left = fmin(b->left, p->x);
			b->right = fmax(b->right, p->x);
			b->top = fmin(b->top, p->y);
			b->bottom = fmax(b->bottom, p->y);
		}
	}
}

/* Degrees to units: north up, longitudes narrowed by the cosine of the middle latitude. Returns the
 * height. */
static double shapes_project(struct shapes_outline *outlines, size_t n)
{
	struct box b = { DBL_MAX, -DBL_MAX, DBL_MAX, -DBL_MAX };
	double narrow, scale;

	for (size_t i = 0; i < n; i++)
		box_add(&b, &outlines[i]);
	narrow = cos((b.top + b.bottom) / 2 * DEGREE);
	scale = (SHAPES_ACROSS - 2 * MARGIN) /
		fmax(fmax((b.right - b.left) * narrow, (b.bottom - b.top) / 2), 1e-9);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < outlines[i].n; k++) {
			for (size_t j = 0; j < outlines[i].rings[k].n; j++) {
				struct shapes_point *p = &outlines[i].rings[k].points[j];

				p->x = MARGIN + (p->x - b.left) * narrow * scale;
				p->y = MARGIN + (b.bottom - p->y) * scale;
			}
		}
	}
	return ceil((b.bottom - b.top) * scale + 2 * MARGIN);
}

static void path_number(struct html *h, long tenths, int first)
{
	if (tenths >= 0 && !first)
		html_raw(h, " ");
	html_put(h, "%s%ld", tenths < 0 ? "-" : "", labs(tenths) / 10);
	if (tenths % 10 != 0)
		html_put(h, ".%ld", labs(tenths) % 10);
}

/* One ring in steps from point to point; steps of nothing are left out, and so is the last point,
 * which is the first. */
static void path_ring(struct html *h, const struct shapes_ring *ring, double grid)
{
	long x = 0, y = 0, unit = lround(grid * 10);

	for (size_t i = 0; i + 1 < ring->n; i++) {
		long to_x = lround(ring->points[i].x / grid) * unit;
		long to_y = lround(ring->points[i].y / grid) * unit;

		if (i > 0 && to_x == x && to_y == y)
			continue;
		html_raw(h, i == 0 ? "M" : i == 1 ? "l" : "");
		path_number(h, i == 0 ? to_x : to_x - x, i < 2);
		path_number(h, i == 0 ? to_y : to_y - y, 0);
		x = to_x;
		y = to_y;
	}
	html_raw(h, "z");
}

static size_t crossings(const struct shapes_outline *o, double y, double *xs)
{
	size_t n = 0;

	for (size_t i = 0; i < o->n; i++) {
		const struct shapes_ring *ring = &o->rings[i];

		for (size_t k = 0; k + 1 < ring->n; k++) {
			struct shapes_point a = ring->points[k], b = ring->points[k + 1];
			size_t at;
			double x;

			if ((a.y > y) == (b.y > y) || n == CROSSINGS_MOST)
				continue;
			x = a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x);
			for (at = n++; at > 0 && xs[at - 1] > x; at--)
				xs[at] = xs[at - 1];
			xs[at] = x;
		}
	}
	return n;
}

/* Narrows *from … *to to what is inside at y as well; the widest part that is left. */
static void inside(const struct shapes_outline *o, double y, double *from, double *to)
{
	double xs[CROSSINGS_MOST], best_from = 0, best_to = -1;
	size_t n = crossings(o, y, xs);

	for (size_t i = 0; i + 1 < n; i += 2) {
		double a = fmax(xs[i], *from), b = fmin(xs[i + 1], *to);

		if (b - a > best_to - best_from) {
			best_from = a;
			best_to = b;
		}
	}
	*from = best_from;
	*to = best_to;
}

/* The middle of the widest place that is inside over the height of a label. */
static void shapes_label(const struct shapes_outline *o, struct shape *s)
{
	struct box b = { DBL_MAX, -DBL_MAX, DBL_MAX, -DBL_MAX };
	double best = -1;

	box_add(&b, o);
	s->label_x = (b.left + b.right) / 2;
	s->label_y = (b.top + b.bottom) / 2;
	for (double high = 1.5 * LABEL_LINE; best <= 0 && high > 1; high /= 2) {
		for (int i = 1; i < SCAN_LINES; i++) {
			double y = b.top + (b.bottom - b.top) * i / SCAN_LINES;
			double from = -DBL_MAX, to = DBL_MAX;

			inside(o, y - high, &from, &to);
			inside(o, y, &from, &to);
			inside(o, y + high, &from, &to);
			if (to - from <= best)
				continue;
			best = to - from;
			s->label_x = (from + to) / 2;
			s->label_y = y;
		}
	}
}

static void shapes_clear_paths(struct shapes *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->shapes[i].path);
		s->shapes[i].path = NULL;
	}
}

/* Writes all paths on a grid; their bytes in *total. */
static enum err_code shapes_paths(const struct shapes_outline *outlines, struct shapes *s,
				  double grid, size_t *total, struct err *err)
{
	*total = 0;
	for (size_t i = 0; i < s->n; i++) {
		struct html h = { 0 };
		enum err_code code;
		size_t len;

		for (size_t k = 0; k < outlines[i].n; k++)
			path_ring(&h, &outlines[i].rings[k], grid);
		code = html_take(&h, &s->shapes[i].path, &len, err);
		if (code != ERR_OK)
			return code;
		*total += len;
	}
	return ERR_OK;
}

enum err_code shapes_draw(struct shapes_outline *outlines, size_t n, struct shapes **out,
			  struct err *err)
{
	struct shapes *s = calloc(1, sizeof *s);
	enum err_code code = ERR_OK;
	size_t total = SHAPES_BYTES + 1;

	*out = s;
	if (s == NULL || (s->shapes = calloc(n, sizeof *s->shapes)) == NULL) {
		shapes_free(out);
		return err_set(err, ERR_NOMEM, "out of memory");
	}
	s->n = n;
	(void)snprintf(s->view_box, sizeof s->view_box, "0 0 %.0f %.0f", SHAPES_ACROSS,
		       shapes_project(outlines, n));
	for (size_t i = 0; i < n; i++) {
		s->shapes[i].area = outlines[i].area;
		shapes_label(&outlines[i], &s->shapes[i]);
	}
	for (double grid = 0.1; code == ERR_OK && total > SHAPES_BYTES; grid *= 2) {
		if (grid > GRID_MOST * 1.01) {
			code = err_set(err, ERR_TOO_BIG,
				       "boundaries need more than %d bytes even when coarse; "
				       "simplify them",
				       SHAPES_BYTES);
			break;
		}
		shapes_clear_paths(s);
		code = shapes_paths(outlines, s, grid, &total, err);
	}
	if (code != ERR_OK)
		shapes_free(out);
	return code;
}
