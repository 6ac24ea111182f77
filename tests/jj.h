#ifndef TESTS_JJ_H
#define TESTS_JJ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/feed/suppress.h"

/* Reads a table in the JJ format of tau-Argus and sdcTable (reference of the fields:
 * tests/data/feed/sdc/README.md) into a new problem, all of it as table 1. Cell i of the file is
 * cell i of the problem, called "0000i". Status u is primary, s may be withheld, z is published, x
 * and m are withheld already. A cell's interval must reach value − LPL and value + UPL, and be SPL
 * wide. Exits on a file that is not like that: test data, not input. */

static inline void jj_fail(const char *path, const char *what)
{
	fprintf(stderr, "%s: %s\n", path, what);
	exit(1);
}

static inline void jj_cells(FILE *f, const char *path, struct suppress *p, int n)
{
	for (int i = 0; i < n; i++) {
		int id;
		double value, weight, lower, upper, lpl, upl, spl;
		char status, name[32];
		if (fscanf(f, "%d %lf %lf %c %lf %lf %lf %lf %lf", &id, &value, &weight, &status,
			   &lower, &upper, &lpl, &upl, &spl) != 9 ||
		    id != i || strchr("uszxm", status) == NULL)
			jj_fail(path, "a cell is not of the form id value weight status …");
		struct suppress_cell cell;
		snprintf(name, sizeof name, "%05d", id);
		suppress_cell_init(&cell, name, (int64_t)value);
		cell.weight = weight < 1 ? 1 : (int64_t)weight;
		cell.lower = (int64_t)lower;
		cell.upper = (int64_t)upper;
		cell.status = status == 'u'   ? SUPPRESS_PRIMARY
			      : status == 's' ? SUPPRESS_MAY
			      : status == 'z' ? SUPPRESS_PUBLISH
					      : SUPPRESS_EARLIER;
		cell.need_low = cell.value - (int64_t)lpl;
		cell.need_high = cell.value + (int64_t)upl;
		cell.need_width = (int64_t)spl;
		size_t number;
		if (suppress_add_cell(p, &cell, &number, NULL) != ERR_OK)
			jj_fail(path, "a cell is refused");
	}
}

static inline void jj_relations(FILE *f, const char *path, struct suppress *p, int m)
{
	for (int i = 0; i < m; i++) {
		double right;
		int k;
		char name[32];
		struct suppress_term terms[512];
		if (fscanf(f, "%lf %d :", &right, &k) != 2 || k < 1 || k > 512)
			jj_fail(path, "an equation does not begin with its right side and length");
		for (int t = 0; t < k; t++) {
			int id, coefficient;
			if (fscanf(f, "%d (%d)", &id, &coefficient) != 2 || id < 0)
				jj_fail(path, "a term is not of the form id (coefficient)");
			terms[t] = (struct suppress_term){ (size_t)id, coefficient };
		}
		snprintf(name, sizeof name, "row %05d", i);
		struct suppress_relation r = { name,          1,         SUPPRESS_ALWAYS,
					       terms,         (size_t)k, (int64_t)right,
					       (int64_t)right };
		if (suppress_add_relation(p, &r, NULL) != ERR_OK)
			jj_fail(path, "an equation is refused");
	}
}

/* Returns the problem, owned, not yet applied; *n_cells gets its size. */
static inline struct suppress *jj_read(const char *path, int *n_cells)
{
	FILE *f = fopen(path, "r");
	struct suppress *p = NULL;
	int zero, m;
	if (f == NULL || fscanf(f, "%d %d", &zero, n_cells) != 2 ||
	    suppress_new(&p, NULL) != ERR_OK)
		jj_fail(path, "cannot be read");
	jj_cells(f, path, p, *n_cells);
	if (fscanf(f, "%d", &m) != 1)
		jj_fail(path, "has no number of equations");
	jj_relations(f, path, p, m);
	fclose(f);
	return p;
}

#endif
