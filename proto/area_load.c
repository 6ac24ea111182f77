/* The area and population files: CSV in, a checked struct area_tree out. A file with any fault is
 * refused whole, with file, line, column and what to write instead. */

#include "proto/area.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "proto/area_file.h"
#include "proto/limits.h"

#define AGE_MAX 120
#define PEOPLE_MAX 10000000000LL

static const char *const area_headings[] = { "code",     "name",       "level",    "parent",
					     "gss_code", "valid_from", "valid_to", "dfe_name" };
static const char *const population_headings[] = { "area",       "year",     "age_from", "age_to",
						   "population", "estimate", "source" };
static const char *const area_levels[] = { "country", "region", "authority", "district", "ward" };

struct population_row {
	struct population p;
	int line;
};

/* What the two files are gathered into. */
struct area_load {
	struct area_tree *tree;
	int areas_size;
	int *lines;          /* of each area */
	char (*parents)[65]; /* codes, until all areas are known */
	struct population_row *rows;
	int n_rows, rows_size;
};

/* Doubles *items when n has reached *size. */
static bool area_grow(void **items, int n, int *size, size_t item_bytes)
{
	int bigger = *size == 0 ? 64 : *size * 2;
	void *moved;

	if (n < *size)
		return true;
	moved = realloc(*items, (size_t)bigger * item_bytes);
	if (moved == NULL)
		return false;
	*items = moved;
	*size = bigger;
	return true;
}

/* ---- areas */

/* Room for one more area in the three arrays that run side by side. */
static bool area_make_room(struct area_load *load)
{
	int n = load->tree->n_areas;
	int sizes[3] = { load->areas_size, load->areas_size, load->areas_size };
	void *areas = load->tree->areas;
	void *lines = load->lines;
	void *parents = load->parents;
	bool ok = area_grow(&areas, n, &sizes[0], sizeof *load->tree->areas) &&
		  area_grow(&lines, n, &sizes[1], sizeof *load->lines) &&
		  area_grow(&parents, n, &sizes[2], sizeof *load->parents);

	load->tree->areas = areas;
	load->lines = lines;
	load->parents = parents;
	if (ok)
		load->areas_size = sizes[0];
	return ok;
}

static enum err_code area_read_level(struct area_file *file, enum area_level *level)
{
	for (int i = AREA_COUNTRY; i <= AREA_WARD; i++) {
		if (strcmp(file->fields[2], area_levels[i - AREA_COUNTRY]) == 0) {
			*level = (enum area_level)i;
			return ERR_OK;
		}
	}
	return area_fault(file, file->line, 2, "no such level", file->fields[2],
			  "write country, region, authority, district or ward");
}

static enum err_code area_read_fields(struct area_file *file, struct area *a, char parent[65])
{
	if (!area_is_code(file->fields[0]))
		return area_fault(file, file->line, 0, "not a code", file->fields[0],
				  "use 1 to 64 of a-z 0-9 - _ .");
	if (*file->fields[3] != '\0' && !area_is_code(file->fields[3]))
		return area_fault(file, file->line, 3, "not a code", file->fields[3],
				  "write the parent's code, or leave it empty");
	memcpy(a->code, file->fields[0], strlen(file->fields[0]) + 1);
	memcpy(parent, file->fields[3], strlen(file->fields[3]) + 1);
	if (*file->fields[1] == '\0')
		return area_fault(file, file->line, 1, "empty name", "", "write the area's name");
	if (area_copy_text(file, 1, a->name, sizeof a->name) != ERR_OK ||
	    area_read_level(file, &a->level) != ERR_OK ||
	    area_copy_text(file, 4, a->gss_code, sizeof a->gss_code) != ERR_OK ||
	    area_read_date(file, 5, INT32_MIN, &a->valid_from) != ERR_OK ||
	    area_read_date(file, 6, INT32_MAX, &a->valid_to) != ERR_OK ||
	    area_copy_text(file, 7, a->dfe_name, sizeof a->dfe_name) != ERR_OK)
		return file->code;
	if (a->valid_to < a->valid_from)
		return area_fault(file, file->line, 6, "before valid_from", file->fields[6],
				  "mend one of the two dates");
	return ERR_OK;
}

static enum err_code on_area(struct area_file *file)
{
	struct area_load *load = file->data;
	int n = load->tree->n_areas;

	if (n >= LIMIT_AREAS) {
		file->code = err_set(file->err, ERR_TOO_BIG, "%s:%d: more than %d areas",
				     file->path, file->line, LIMIT_AREAS);
		return file->code;
	}
	if (!area_make_room(load))
		return area_nomem(file);
	memset(&load->tree->areas[n], 0, sizeof load->tree->areas[n]);
	load->lines[n] = file->line;
	if (area_read_fields(file, &load->tree->areas[n], load->parents[n]) == ERR_OK)
		load->tree->n_areas++;
	return file->code;
}

static int area_order(const void *a, const void *b, void *data)
{
	const struct area *areas = data;
	int x = *(const int *)a;
	int y = *(const int *)b;
	int order = strcmp(areas[x].code, areas[y].code);

	return order != 0 ? order : x - y;
}

static enum err_code area_index(struct area_file *file)
{
	struct area_load *load = file->data;
	struct area_tree *tree = load->tree;

	tree->by_code = calloc((size_t)tree->n_areas + 1, sizeof *tree->by_code);
	if (tree->by_code == NULL)
		return area_nomem(file);
	for (int i = 0; i < tree->n_areas; i++)
		tree->by_code[i] = i;
	qsort_r(tree->by_code, (size_t)tree->n_areas, sizeof *tree->by_code, area_order,
		tree->areas);
	for (int i = 1; i < tree->n_areas; i++) {
		int at = tree->by_code[i];

		if (strcmp(tree->areas[tree->by_code[i - 1]].code, tree->areas[at].code) == 0)
			return area_fault(file, load->lines[at], 0, "a second area",
					  tree->areas[at].code, "give each area its own code");
	}
	return ERR_OK;
}

/* Binds parents. Each stands on a higher level than its child, so there is no circle. */
static enum err_code area_bind_parents(struct area_file *file)
{
	struct area_load *load = file->data;
	struct area *areas = load->tree->areas;

	for (int i = 0; i < load->tree->n_areas; i++) {
		struct area *a = &areas[i];
		const char *code = load->parents[i];

		a->parent = *code == '\0' ? -1 : area_find(load->tree, code);
		a->reports |= a->level == AREA_DISTRICT;
		if (*code != '\0' && a->parent < 0)
			return area_fault(file, load->lines[i], 3, "no area has the code", code,
					  "add that area, or mend the code");
		if (a->parent >= 0 && areas[a->parent].level >= a->level)
			return area_fault(file, load->lines[i], 3, "not on a higher level:", code,
					  "a parent's level is above its children's");
		if (a->level == AREA_WARD &&
		    (a->parent < 0 || areas[a->parent].level < AREA_AUTHORITY))
			return area_fault(file, load->lines[i], 3, "a ward in", code,
					  "a ward lies in a district or an authority");
	}
	return ERR_OK;
}

static void area_mark_reporting(struct area_tree *tree)
{
	for (int i = 0; i < tree->n_areas; i++)
		tree->areas[i].reports |= tree->areas[i].level == AREA_AUTHORITY;
	for (int i = 0; i < tree->n_areas; i++) {
		int parent = tree->areas[i].parent;

		if (tree->areas[i].level == AREA_DISTRICT && parent >= 0)
			tree->areas[parent].reports = 0;
	}
}

static enum err_code area_load_areas(struct area_load *load, const char *path, struct err *err)
{
	struct area_file file = { .path = path,
				  .headings = area_headings,
				  .n_columns = 8,
				  .on_row = on_area,
				  .data = load,
				  .err = err };
	enum err_code code = area_file_read(&file);

	if (code == ERR_OK && load->tree->n_areas == 0)
		code = err_set(err, ERR_MALFORMED, "%s: no area in it: add one line per area",
			       path);
	if (code == ERR_OK)
		code = area_index(&file);
	if (code == ERR_OK)
		code = area_bind_parents(&file);
	if (code == ERR_OK)
		area_mark_reporting(load->tree);
	return code;
}

/* ---- populations */

static enum err_code on_population(struct area_file *file)
{
	struct area_load *load = file->data;
	struct population_row row = { .line = file->line };
	int64_t v[4];
	void *rows = load->rows;

	row.p.area = area_find(load->tree, file->fields[0]);
	if (row.p.area < 0)
		return area_fault(file, file->line, 0, "no area has the code", file->fields[0],
				  "write a code of the areas file");
	if (area_read_int(file, 1, 1900, 2100, &v[0]) != ERR_OK ||
	    area_read_int(file, 2, 0, AGE_MAX, &v[1]) != ERR_OK ||
	    area_read_int(file, 3, v[1], AGE_MAX, &v[2]) != ERR_OK ||
	    area_read_int(file, 4, 1, PEOPLE_MAX, &row.p.people) != ERR_OK ||
	    area_read_int(file, 5, 0, 1, &v[3]) != ERR_OK)
		return file->code;
	row.p.year = (int)v[0];
	row.p.age_from = (int)v[1];
	row.p.age_to = (int)v[2];
	row.p.estimate = (int)v[3];
	if (load->n_rows >= LIMIT_POPULATIONS) {
		file->code = err_set(file->err, ERR_TOO_BIG, "%s:%d: more than %d rows", file->path,
				     file->line, LIMIT_POPULATIONS);
		return file->code;
	}
	if (!area_grow(&rows, load->n_rows, &load->rows_size, sizeof row))
		return area_nomem(file);
	load->rows = rows;
	load->rows[load->n_rows++] = row;
	return ERR_OK;
}

static int population_order(const struct population *x, const struct population *y)
{
	if (x->area != y->area)
		return x->area - y->area;
	if (x->age_from != y->age_from)
		return x->age_from - y->age_from;
	if (x->age_to != y->age_to)
		return x->age_to - y->age_to;
	return x->year - y->year;
}

static int population_row_order(const void *a, const void *b)
{
	const struct population_row *x = a;
	const struct population_row *y = b;
	int order = population_order(&x->p, &y->p);

	return order != 0 ? order : x->line - y->line;
}

static enum err_code area_load_populations(struct area_load *load, const char *path,
					   struct err *err)
{
	struct area_file file = { .path = path,
				  .headings = population_headings,
				  .n_columns = 7,
				  .on_row = on_population,
				  .data = load,
				  .err = err };
	enum err_code code = area_file_read(&file);
	struct area_tree *tree = load->tree;

	if (code != ERR_OK || load->n_rows == 0)
		return code;
	qsort(load->rows, (size_t)load->n_rows, sizeof *load->rows, population_row_order);
	for (int i = 1; i < load->n_rows; i++)
		if (population_order(&load->rows[i - 1].p, &load->rows[i].p) == 0)
			return area_fault(&file, load->rows[i].line, 1,
					  "a second population of the same year and ages for",
					  tree->areas[load->rows[i].p.area].code,
					  "delete one of the two");
	tree->populations = calloc((size_t)load->n_rows, sizeof *tree->populations);
	if (tree->populations == NULL)
		return area_nomem(&file);
	for (int i = 0; i < load->n_rows; i++)
		tree->populations[i] = load->rows[i].p;
	tree->n_populations = load->n_rows;
	return ERR_OK;
}

enum err_code area_tree_load(const char *areas_path, const char *populations_path,
			     struct area_tree **out, struct err *err)
{
	struct area_load load = { .tree = calloc(1, sizeof *load.tree) };
	enum err_code code;

	*out = NULL;
	if (load.tree == NULL)
		return err_set(err, ERR_NOMEM, "%s: out of memory", areas_path);
	code = area_load_areas(&load, areas_path, err);
	if (code == ERR_OK && populations_path != NULL)
		code = area_load_populations(&load, populations_path, err);
	free(load.lines);
	free(load.parents);
	free(load.rows);
	if (code == ERR_OK)
		*out = load.tree;
	else
		area_tree_free(&load.tree);
	return code;
}

void area_tree_free(struct area_tree **tree)
{
	if (*tree == NULL)
		return;
	free((*tree)->areas);
	free((*tree)->by_code);
	free((*tree)->populations);
	free(*tree);
	*tree = NULL;
}
