#include "aggregator/web/shapes_draw.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "aggregator/web/html.h"

#define MARGIN 2.0        /* around all shapes, for their border */
#define GRID_MOST 12.8    /* the coarsest grid */
#define SCAN_LINES 64     /* tried for a label */
#define LABEL_LINE 13.0   /* a label is up to three of these high … */
#define LABEL_WIDE 54.0   /* … and about so wide */
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

/* Narrows *from … *to to the widest part that is inside at y as well. */
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

/* Middle of gravity of the largest ring. */
static struct shapes_point shapes_middle(const struct shapes_outline *o)
{
	struct shapes_point middle = { 0, 0 };
	double largest = 0;

	for (size_t i = 0; i < o->n; i++) {
		const struct shapes_ring *ring = &o->rings[i];
		struct shapes_point sum = { 0, 0 };
		double area = 0;

		for (size_t k = 0; k + 1 < ring->n; k++) {
			struct shapes_point a = ring->points[k], b = ring->points[k + 1];
			double cross = a.x * b.y - b.x * a.y;

			area += cross;
			sum.x += (a.x + b.x) * cross;
			sum.y += (a.y + b.y) * cross;
		}
		if (fabs(area) <= largest)
			continue;
		largest = fabs(area);
		middle = (struct shapes_point){ sum.x / area / 3, sum.y / area / 3 };
	}
	return middle;
}

/* Tries each place on the line at y that stays inside for `high` above and below: wide enough for a
 * name counts, then nearness to the middle. */
static void label_try(const struct shapes_outline *o, struct shapes_point middle, double y,
		      double high, double *best, struct shape *s)
{
	double xs[CROSSINGS_MOST];
	size_t n = crossings(o, y, xs);

	for (size_t i = 0; i + 1 < n; i += 2) {
		double from = xs[i], to = xs[i + 1], x, score;

		for (int line = -2; line <= 2; line++)
			inside(o, y + high * line / 2, &from, &to);
		if (to - from <= 1)
			continue;
		x = fmin(fmax(middle.x, from + LABEL_WIDE / 2), to - LABEL_WIDE / 2);
		if (to - from < LABEL_WIDE)
			x = (from + to) / 2;
		score = fmin(to - from, LABEL_WIDE) - hypot(x - middle.x, y - middle.y) / 4;
		if (score <= *best)
			continue;
		*best = score;
		s->label_x = x;
		s->label_y = y;
	}
}

static void shapes_label(const struct shapes_outline *o, struct shape *s)
{
	struct box b = { DBL_MAX, -DBL_MAX, DBL_MAX, -DBL_MAX };
	struct shapes_point middle = shapes_middle(o);
	double best = -DBL_MAX;

	box_add(&b, o);
	s->label_x = (b.left + b.right) / 2;
	s->label_y = (b.top + b.bottom) / 2;
	for (double high = 1.2 * LABEL_LINE; best < -DBL_MAX / 2 && high > 1; high /= 2) {
		for (int i = 1; i < SCAN_LINES; i++)
			label_try(o, middle, b.top + (b.bottom - b.top) * i / SCAN_LINES, high,
				  &best, s);
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
