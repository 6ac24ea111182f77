/* Boundaries: what they become, what they are refused for, and the city's own file. */
#include "tests/harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/config.h"
#include "aggregator/web/shapes.h"
#include "proto/limits.h"

static const char areas_text[] = "code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
				 "city,The City,authority,,E08000001,,,\n"
				 "east,East End,district,city,E14000001,,,\n"
				 "west,West End,district,city,E14000002,,,\n";

static struct area_tree *areas;
static struct shapes *shapes;
static struct err err;

static void set_up(void)
{
	err_clear(&err);
	assert_ok(area_tree_load(harness_text(harness_folder(), "areas.csv", areas_text), NULL,
				 &areas, &err),
		  err);
}

static void tear_down(void)
{
	shapes_free(&shapes);
	area_tree_free(&areas);
}

static enum err_code load(const char *text)
{
	return shapes_load(harness_text(harness_folder(), "b.geojson", text), areas, &shapes, &err);
}

#define FEATURE(properties, geometry) \
	"{\"type\":\"Feature\",\"properties\":{" properties "},\"geometry\":" geometry "}"
#define COLLECTION(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"
#define POLYGON(rings) "{\"type\":\"Polygon\",\"coordinates\":[" rings "]}"

/* On the equator, where a degree is as long both ways: two squares side by side. */
#define WEST_RING "[[0,-1],[2,-1],[2,1],[0,1],[0,-1]]"
#define EAST_RING "[[2,-1],[4,-1],[4,1],[2,1],[2,-1]]"

START_TEST(squares_are_projected_into_the_width)
{
	/* 316 units for 4 degrees, 2 of margin: 79 to a degree, north up. */
	assert_ok(load(COLLECTION(FEATURE("\"gss\":\"E14000002\"", POLYGON(WEST_RING)) "," FEATURE(
			  "\"gss\":\"E14000001\"", POLYGON(EAST_RING)))),
		  err);
	ck_assert_uint_eq(shapes->n, 2);
	ck_assert_str_eq(shapes->view_box, "0 0 320 162");
	ck_assert_str_eq(shapes->shapes[0].path, "M2 160l158 0 0-158-158 0z");
	ck_assert_str_eq(shapes->shapes[1].path, "M160 160l158 0 0-158-158 0z");
	ck_assert_str_eq(areas->areas[shapes->shapes[0].area].code, "west");
	ck_assert_double_eq_tol(shapes->shapes[0].label_x, 81, 0.5);
	ck_assert_double_eq_tol(shapes->shapes[0].label_y, 81, 2);
	ck_assert_ptr_eq(shapes_find(shapes, area_find(areas, "east")), &shapes->shapes[1]);
	ck_assert_ptr_null(shapes_find(shapes, area_find(areas, "city")));
	ck_assert_ptr_null(shapes_find(NULL, 0));
}
END_TEST

START_TEST(longitudes_are_narrowed_by_the_latitude)
{
	/* At 60° a degree of longitude is half as long: 2° by 2° is twice as high as wide. */
	assert_ok(load(COLLECTION(FEATURE("\"code\":\"east\"",
					  POLYGON("[[0,59],[2,59],[2,61],[0,61],[0,59]]")))),
		  err);
	ck_assert_str_eq(shapes->view_box, "0 0 320 636");
}
END_TEST

START_TEST(an_area_is_known_by_gss_code_then_code_then_name)
{
	/* The authority's own code beside each district's is not a match. */
	assert_ok(load(COLLECTION(FEATURE(
			  "\"lad\":\"E08000001\",\"n\":1,\"name\":\"east end\"",
			  POLYGON(EAST_RING)) "," FEATURE("\"name\":\"East End\",\"c\":\"WEST\"",
							  POLYGON(WEST_RING)))),
		  err);
	ck_assert_str_eq(areas->areas[shapes->shapes[0].area].code, "east");
	ck_assert_str_eq(areas->areas[shapes->shapes[1].area].code, "west");
	shapes_free(&shapes);
	assert_ok(
		load(COLLECTION("{\"type\":\"Feature\",\"id\":\"E14000001\",\"geometry\":" POLYGON(
			EAST_RING) "}")),
		err);
	ck_assert_str_eq(areas->areas[shapes->shapes[0].area].code, "east");
}
END_TEST

START_TEST(parts_and_holes_are_one_path)
{
	assert_ok(load(COLLECTION(FEATURE(
			  "\"c\":\"east\"",
			  "{\"type\":\"MultiPolygon\",\"coordinates\":[[" WEST_RING
			  ",[[0.5,-0.5],[1.5,-0.5],[1.5,0.5],[0.5,0.5],[0.5,-0.5]]],[" EAST_RING
			  "]]}"))),
		  err);
	ck_assert_str_eq(shapes->shapes[0].path,
			 "M2 160l158 0 0-158-158 0zM41.5 120.5l79 0 0-79-79 0z"
			 "M160 160l158 0 0-158-158 0z");
}
END_TEST

START_TEST(a_label_is_inside_a_shape_with_a_bay)
{
	/* A U turned on its side: its middle is outside. */
	assert_ok(load(COLLECTION(FEATURE("\"c\":\"east\"",
					  POLYGON("[[0,0],[4,0],[4,1],[1,1],[1,3],[4,3],[4,4],"
						  "[0,4],[0,0]]")))),
		  err);
	double degrees = (shapes->shapes[0].label_x - 2) / 79;
	double up = 4 - (shapes->shapes[0].label_y - 2) / 79;

	ck_assert_msg(degrees > 0 && (degrees < 1 || up < 1 || up > 3), "%g, %g", degrees, up);
}
END_TEST

START_TEST(a_file_that_is_wrong_says_feature_and_mend)
{
	static const struct {
		const char *text;
		enum err_code code;
		const char *words;
	} rows[] = {
		{ "{\"type\":", ERR_MALFORMED, "b.geojson: line 1, column 8" },
		{ "[]", ERR_MALFORMED, "must be a GeoJSON FeatureCollection" },
		{ "{\"a\":1,\"a\":2}", ERR_MALFORMED, "duplicate object key" },
		{ COLLECTION("1"), ERR_MALFORMED, "feature 1: its geometry is no Polygon" },
		{ COLLECTION(
			  FEATURE("\"c\":\"east\"", "{\"type\":\"Point\",\"coordinates\":[1,2]}")),
		  ERR_MALFORMED, "feature 1: its geometry is no Polygon or MultiPolygon" },
		{ COLLECTION(FEATURE("\"c\":\"east\"", POLYGON(EAST_RING)) "," FEATURE(
			  "\"c\":\"E14009999\"", POLYGON(WEST_RING))),
		  ERR_MALFORMED, "feature 2: none of its properties is the GSS code" },
		{ COLLECTION(FEATURE("\"c\":\"east\"", POLYGON(EAST_RING)) "," FEATURE(
			  "\"c\":\"East End\"", POLYGON(WEST_RING))),
		  ERR_MALFORMED, "feature 2: East End has a shape already, feature 1; join them" },
		{ COLLECTION(FEATURE("\"c\":\"east\"", POLYGON("[[0,0],[1,1],[0,0]]"))),
		  ERR_MALFORMED, "feature 1: a ring has fewer than four positions" },
		{ COLLECTION(FEATURE("\"c\":\"east\"", POLYGON("[[0,0],[1,1],[0,1],[0,2]]"))),
		  ERR_MALFORMED, "feature 1: a ring does not end where it begins" },
		{ COLLECTION(FEATURE("\"c\":\"east\"",
				     POLYGON("[[407000,287000],[1,1],[0,1],[0,2]]"))),
		  ERR_MALFORMED,
		  "not [longitude, latitude] in degrees; export the file as WGS 84" },
		{ COLLECTION(FEATURE("\"c\":\"east\"", POLYGON("[[0,0],[1,\"1\"],[0,1],[0,0]]"))),
		  ERR_MALFORMED, "not [longitude, latitude]" },
		{ COLLECTION(FEATURE("\"c\":\"east\"", POLYGON("[[0,0],7,[0,1],[0,0]]"))),
		  ERR_MALFORMED, "not [longitude, latitude]" },
		{ COLLECTION(FEATURE("\"c\":\"east\"", POLYGON(""))), ERR_MALFORMED,
		  "its geometry has no rings" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_error(load(rows[i].text), rows[i].code, err, rows[i].words);
		ck_assert_ptr_null(shapes);
	}
	assert_error(shapes_load("/nowhere/b.geojson", areas, &shapes, &err), ERR_IO, err,
		     "open boundaries /nowhere/b.geojson: No such file");
	assert_error(shapes_load(harness_folder(), areas, &shapes, &err), ERR_IO, err,
		     "is not a file");
}
END_TEST

/* A ring of n positions, closed: along a circle, or to and fro across it. */
static char *ring(size_t n, int zigzag)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	fprintf(f, "{\"type\":\"FeatureCollection\",\"features\":[{\"id\":\"east\",\"geometry\":"
		   "{\"type\":\"Polygon\",\"coordinates\":[[[1,0]");
	for (size_t i = 1; i + 1 < n; i++) {
		double angle = 6.283185307179586 * (double)i / (double)n;

		fprintf(f, ",[%.6f,%.6f]", cos(angle), zigzag && i % 2 ? -sin(angle) : sin(angle));
	}
	fprintf(f, ",[1,0]]]}}]}");
	ck_assert_int_eq(fclose(f), 0);
	return text;
}

START_TEST(a_fine_outline_becomes_coarser_until_it_fits)
{
	char *text = ring(20000, 0);

	assert_ok(load(text), err);
	free(text);
	ck_assert_uint_le(strlen(shapes->shapes[0].path), SHAPES_BYTES);
	ck_assert_uint_gt(strlen(shapes->shapes[0].path), 1000);
	ck_assert_double_eq_tol(shapes->shapes[0].label_x, 160, 3);
	ck_assert_double_eq_tol(shapes->shapes[0].label_y, 160, 3);
	shapes_free(&shapes);
	text = ring(20000, 1);
	assert_error(load(text), ERR_TOO_BIG, err, "b.geojson: boundaries need more than 12288");
	free(text);
}
END_TEST

START_TEST(too_many_positions_are_refused)
{
	char *text = ring(LIMIT_BOUNDARY_POINTS + 1, 0);

	assert_error(load(text), ERR_TOO_BIG, err, "feature 1: more than 100000 positions");
	free(text);
	text = malloc(LIMIT_BOUNDARY_BYTES + 2);
	ck_assert_ptr_nonnull(text);
	memset(text, ' ', LIMIT_BOUNDARY_BYTES + 1);
	text[LIMIT_BOUNDARY_BYTES + 1] = '\0';
	assert_error(load(text), ERR_TOO_BIG, err, "more than 8388608 bytes");
	free(text);
}
END_TEST

START_TEST(the_example_city_has_a_small_map_of_every_district)
{
	struct area_tree *city = NULL;
	size_t bytes = 0;

	assert_ok(area_tree_load("deploy/birmingham/areas.csv", NULL, &city, &err), err);
	assert_ok(shapes_load("deploy/birmingham/boundaries.geojson", city, &shapes, &err), err);
	ck_assert_uint_eq(shapes->n, 10);
	for (size_t i = 0; i < shapes->n; i++) {
		ck_assert_int_eq((int)city->areas[shapes->shapes[i].area].level, AREA_DISTRICT);
		bytes += strlen(shapes->shapes[i].path);
	}
	ck_assert_uint_le(bytes, SHAPES_BYTES);
	area_tree_free(&city);
}
END_TEST

START_TEST(shapes_without_memory_are_an_error_and_leak_nothing)
{
	long i;

	for (i = 1; i < 100; i++) {
		enum err_code code;
		const char *path =
			harness_text(harness_folder(), "b.geojson",
				     COLLECTION(FEATURE("\"c\":\"east\"", POLYGON(EAST_RING))));
		long n;

		harness_fail_allocation(i);
		code = shapes_load(path, areas, &shapes, &err);
		n = harness_allocations();
		harness_fail_allocation(0);
		shapes_free(&shapes);
		if (code == ERR_OK && n < i)
			break;
		ck_assert_int_ne((int)code, ERR_OK);
		ck_assert_msg(strstr(err.text, "memory") != NULL, "%s", err.text);
	}
	ck_assert_int_gt(i, 4);
	ck_assert_int_lt(i, 100);
}
END_TEST

START_TEST(boundaries_may_be_named_beside_the_settings)
{
	static const char settings[] = "name: city\nstate: state\nareas: areas.csv\n"
				       "boundaries: b.geojson\narea: city\n"
				       "listen: [\"tcp://127.0.0.1:5560\"]\n";
	char path[512], resolved[512];
	struct aggregator_config *c = NULL;

	(void)snprintf(path, sizeof path, "%s", harness_text(harness_folder(), "a.yaml", settings));
	(void)snprintf(resolved, sizeof resolved, "%s/b.geojson", harness_folder());
	assert_ok(aggregator_config_load(path, &c, &err), err);
	ck_assert_str_eq(c->boundaries, resolved);
	aggregator_config_free(&c);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, squares_are_projected_into_the_width);
	tcase_add_test(tc, longitudes_are_narrowed_by_the_latitude);
	tcase_add_test(tc, an_area_is_known_by_gss_code_then_code_then_name);
	tcase_add_test(tc, parts_and_holes_are_one_path);
	tcase_add_test(tc, a_label_is_inside_a_shape_with_a_bay);
	tcase_add_test(tc, a_file_that_is_wrong_says_feature_and_mend);
	tcase_add_test(tc, a_fine_outline_becomes_coarser_until_it_fits);
	tcase_add_test(tc, too_many_positions_are_refused);
	tcase_add_test(tc, the_example_city_has_a_small_map_of_every_district);
	tcase_add_test(tc, boundaries_may_be_named_beside_the_settings);
	tcase_add_test(tc, shapes_without_memory_are_an_error_and_leak_nothing);
}

HARNESS_MAIN("shapes", add)
