/* GeoJSON in, SVG paths out: features are matched with areas, projected, put on a grid, written. */
#include "aggregator/web/shapes.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <jansson.h>

#include "aggregator/web/shapes_draw.h"
#include "proto/limits.h"

struct reader {
	const char *path;
	const struct area_tree *areas;
	struct shapes_outline *outlines; /* per feature */
	size_t n, n_points;
	struct err *err;
};

static enum err_code shapes_malformed(const struct reader *r, const char *what)
{
	return err_set(r->err, ERR_MALFORMED, "%s: feature %zu: %s", r->path, r->n + 1, what);
}

/* How well a text names an area: 3 its GSS code, 2 its code, 1 its name, 0 not. */
static int shapes_names(const struct area *a, const char *text)
{
	if (a->gss_code[0] != '\0' && strcasecmp(a->gss_code, text) == 0)
		return 3;
	if (strcasecmp(a->code, text) == 0)
		return 2;
	return strcasecmp(a->name, text) == 0;
}

static void shapes_match_text(const struct reader *r, const json_t *value, int *area, int *best)
{
	const char *text = json_string_value(value);

	for (int i = 0; text != NULL && i < r->areas->n_areas; i++) {
		int how = r->areas->areas[i].reports ? shapes_names(&r->areas->areas[i], text) : 0;

		if (how > *best) {
			*best = how;
			*area = i;
		}
	}
}

static enum err_code shapes_match(const struct reader *r, json_t *feature, int *area)
{
	json_t *properties = json_object_get(feature, "properties"), *value;
	const char *key;
	int best = 0;

	*area = -1;
	json_object_foreach(properties, key, value) shapes_match_text(r, value, area, &best);
	shapes_match_text(r, json_object_get(feature, "id"), area, &best);
	if (*area < 0)
		return shapes_malformed(
			r, "none of its properties is the GSS code, code or name of a reporting "
			   "area; correct the feature, or add the area to the area file");
	for (size_t i = 0; i < r->n; i++) {
		if (r->outlines[i].area == *area)
			return err_set(r->err, ERR_MALFORMED,
				       "%s: feature %zu: %s has a shape already, feature %zu; "
				       "join them as one MultiPolygon",
				       r->path, r->n + 1, r->areas->areas[*area].name, i + 1);
	}
	return ERR_OK;
}

static enum err_code shapes_point(struct reader *r, const json_t *position,
				  struct shapes_point *out)
{
	const json_t *x = json_array_get(position, 0), *y = json_array_get(position, 1);

	if (!json_is_number(x) || !json_is_number(y) || fabs(json_number_value(x)) > 180 ||
	    fabs(json_number_value(y)) > 85)
		return shapes_malformed(r, "a position is not [longitude, latitude] in degrees; "
					   "export the file as WGS 84");
	out->x = json_number_value(x);
	out->y = json_number_value(y);
	return ERR_OK;
}

static enum err_code shapes_ring(struct reader *r, const json_t *ring,
				 struct shapes_outline *outline)
{
	size_t n = json_array_size(ring);
	struct shapes_ring *to = &outline->rings[outline->n];

	if (n < 4)
		return shapes_malformed(r, "a ring has fewer than four positions");
	if (n > LIMIT_BOUNDARY_POINTS - r->n_points)
		return err_set(r->err, ERR_TOO_BIG,
			       "%s: feature %zu: more than %d positions in the file; simplify it",
			       r->path, r->n + 1, LIMIT_BOUNDARY_POINTS);
	r->n_points += n;
	to->points = calloc(n, sizeof *to->points);
	if (to->points == NULL)
		return err_set(r->err, ERR_NOMEM, "out of memory");
	outline->n++;
	for (size_t i = 0; i < n; i++) {
		enum err_code code = shapes_point(r, json_array_get(ring, i), &to->points[to->n++]);

		if (code != ERR_OK)
			return code;
	}
	if (to->points[0].x != to->points[n - 1].x || to->points[0].y != to->points[n - 1].y)
		return shapes_malformed(r, "a ring does not end where it begins");
	return ERR_OK;
}

/* All rings of a polygon, or of each polygon of many. */
static enum err_code shapes_rings(struct reader *r, const json_t *polygons, int many,
				  struct shapes_outline *outline)
{
	size_t n_polygons = many ? json_array_size(polygons) : 1, n = 0;

	for (size_t i = 0; i < n_polygons; i++)
		n += json_array_size(many ? json_array_get(polygons, i) : polygons);
	if (n == 0 || n > LIMIT_BOUNDARY_POINTS / 4)
		return shapes_malformed(r, "its geometry has no rings, or too many");
	outline->rings = calloc(n, sizeof *outline->rings);
	if (outline->rings == NULL)
		return err_set(r->err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < n_polygons; i++) {
		const json_t *polygon = many ? json_array_get(polygons, i) : polygons;

		for (size_t k = 0; k < json_array_size(polygon); k++) {
			enum err_code code = shapes_ring(r, json_array_get(polygon, k), outline);

			if (code != ERR_OK)
				return code;
		}
	}
	return ERR_OK;
}

static enum err_code shapes_feature(struct reader *r, json_t *feature)
{
	json_t *geometry = json_object_get(feature, "geometry");
	const char *type = json_string_value(json_object_get(geometry, "type"));
	int many = type != NULL && strcmp(type, "MultiPolygon") == 0;
	enum err_code code;
	int area;

	if (type == NULL || (!many && strcmp(type, "Polygon") != 0))
		return shapes_malformed(r, "its geometry is no Polygon or MultiPolygon");
	code = shapes_match(r, feature, &area);
	if (code != ERR_OK)
		return code;
	r->outlines[r->n].area = area;
	code = shapes_rings(r, json_object_get(geometry, "coordinates"), many, &r->outlines[r->n]);
	r->n++; /* also when it failed: what it has is freed with the others */
	return code;
}

static enum err_code shapes_features(struct reader *r, const json_t *root)
{
	const json_t *features = json_object_get(root, "features");
	size_t n = json_array_size(features);
	enum err_code code = ERR_OK;

	if (n == 0)
		return err_set(r->err, ERR_MALFORMED,
			       "%s: no features; the file must be a GeoJSON FeatureCollection",
			       r->path);
	if (n > LIMIT_BOUNDARY_FEATURES)
		return err_set(r->err, ERR_TOO_BIG, "%s: %zu features, more than %d", r->path, n,
			       LIMIT_BOUNDARY_FEATURES);
	r->outlines = calloc(n, sizeof *r->outlines);
	if (r->outlines == NULL)
		return err_set(r->err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < n && code == ERR_OK; i++)
		code = shapes_feature(r, json_array_get(features, i));
	return code;
}

static enum err_code shapes_parse(const char *path, json_t **root, struct err *err)
{
	json_error_t fault;
	struct stat st;
	FILE *f = fopen(path, "r");

	*root = NULL;
	if (f == NULL)
		return err_set(err, ERR_IO, "open boundaries %s: %s", path, strerror(errno));
	if (fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)fclose(f);
		return err_set(err, ERR_IO, "boundaries %s is not a file", path);
	}
	if (st.st_size > LIMIT_BOUNDARY_BYTES) {
		(void)fclose(f);
		return err_set(err, ERR_TOO_BIG, "%s: more than %d bytes; simplify the boundaries",
			       path, LIMIT_BOUNDARY_BYTES);
	}
	*root = json_loadf(f, JSON_REJECT_DUPLICATES, &fault);
	(void)fclose(f);
	if (*root == NULL)
		return err_set(err, ERR_MALFORMED, "%s: line %d, column %d: %s", path, fault.line,
			       fault.column, fault.text);
	return ERR_OK;
}

enum err_code shapes_load(const char *path, const struct area_tree *areas, struct shapes **out,
			  struct err *err)
{
	struct reader r = { .path = path, .areas = areas, .err = err };
	json_t *root = NULL;
	enum err_code code = shapes_parse(path, &root, err);

	*out = NULL;
	if (code == ERR_OK)
		code = shapes_features(&r, root);
	json_decref(root);
	if (code == ERR_OK) {
		code = shapes_draw(r.outlines, r.n, out, err);
		if (code != ERR_OK)
			err_wrap(err, "%s", path);
	}
	for (size_t i = 0; i < r.n; i++)
		shapes_outline_clear(&r.outlines[i]);
	free(r.outlines);
	return code;
}

void shapes_free(struct shapes **shapes)
{
	if (*shapes == NULL)
		return;
	for (size_t i = 0; i < (*shapes)->n; i++)
		free((*shapes)->shapes[i].path);
	free((*shapes)->shapes);
	free(*shapes);
	*shapes = NULL;
}

const struct shape *shapes_find(const struct shapes *shapes, int area)
{
	for (size_t i = 0; shapes != NULL && i < shapes->n; i++) {
		if (shapes->shapes[i].area == area)
			return &shapes->shapes[i];
	}
	return NULL;
}
