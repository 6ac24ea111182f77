#ifndef PROTO_AREA_H
#define PROTO_AREA_H

#include <stdint.h>
#include <stdio.h>

#include "proto/err.h"

/* The tree of areas and their populations, from two CSV files (see deploy/birmingham/).
 *
 * areas.csv:        code,name,level,parent,gss_code,valid_from,valid_to,dfe_name
 *   level: country | region | authority | district | ward. A ward is a dimension category of its
 *   district, not a roll-up target. valid_from/valid_to: ISO dates or empty (open).
 * populations.csv:  area,year,age_from,age_to,population,estimate,source
 *   estimate: 0 published, 1 derived (shown as an estimate).
 * Both are UTF-8 with exactly these headings; a parent may come after its children.
 */

enum area_level {
	AREA_COUNTRY = 1,
	AREA_REGION,
	AREA_AUTHORITY,
	AREA_DISTRICT,
	AREA_WARD,
};

struct area {
	char code[65]; /* LIMIT_STRING_BYTES and NUL */
	char name[129];
	char gss_code[16];
	char dfe_name[129];
	enum area_level level;
	int parent;         /* index into areas[], −1 for a root */
	int reports;        /* 1: a district, or an authority without districts */
	int32_t valid_from; /* INT32_MIN when open */
	int32_t valid_to;   /* inclusive; INT32_MAX when open */
};

struct population {
	int area;             /* index into areas[] */
	int year;             /* the mid-year estimate for 30 June of this year */
	int age_from, age_to; /* inclusive */
	int64_t people;
	int estimate; /* 1: derived, not published */
};

struct area_tree {
	struct area *areas; /* in file order */
	int n_areas;
	int *by_code;                   /* indexes of areas, by code */
	struct population *populations; /* by area, ages, year */
	int n_populations;
};

/* Reads both files; populations_path may be NULL. Errors name file, line, column and the mend.
 * On failure *out is NULL. The caller owns *out. */
enum err_code area_tree_load(const char *areas_path, const char *populations_path,
			     struct area_tree **out, struct err *err);
void area_tree_free(struct area_tree **tree); /* NULL-safe; leaves NULL */

/* Index of the area with the code; −1 when there is none. */
int area_find(const struct area_tree *tree, const char *code);

/* 1 when `area` is `ancestor` or lies below it. */
int area_within(const struct area_tree *tree, int area, int ancestor);

/* Writes to out the indexes of the areas of level AREA_DISTRICT at or below `area` that are valid
 * on any day of [from, to], in file order. out has room for tree->n_areas. Returns how many.
 * An authority without districts stands for itself. */
int area_reporting(const struct area_tree *tree, int area, int32_t from, int32_t to, int *out);

/* Code of the ward of `district` (index) whose code, GSS code or name equals text (case, space and
 * punctuation insensitive) and that is valid on `date`; NULL when none. Borrowed from the tree. */
const char *area_ward_code(const struct area_tree *tree, int district, const char *text,
			   int32_t date);

/* Population aged age_from–age_to of the area for a period that ends on `end`: the mid-year
 * estimate of the calendar year before the one in which the period's financial year ends (year to
 * 31 March 2014: mid-2013… of the *previous* calendar year), or the latest earlier one. Checked
 * against DfE's published rates: domain facts, 1,793 of 1,793 authority-years.
 * ERR_MISSING when there is none. */
struct area_people {
	int64_t people;
	int year;     /* which mid-year estimate was used */
	int estimate; /* 1: derived, not published */
	int stale;    /* 1: older than the rule asks */
};
enum err_code area_population(const struct area_tree *tree, int area, int age_from, int age_to,
			      int32_t end, struct area_people *out, struct err *err);

#endif
