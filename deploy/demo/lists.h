#ifndef DEPLOY_DEMO_LISTS_H
#define DEPLOY_DEMO_LISTS_H

#include "deploy/demo/book.h"
#include "deploy/demo/view.h"

/* The lists of an extract: their columns, and one row for each record that the view shows. */

#define LISTS_COLUMNS_MAX 20

struct list_spec {
	const char *csv, *title, *sheet;
	struct column columns[LISTS_COLUMNS_MAX];
	int n_columns;
	/* Writes all rows; calls after_row behind each. */
	void (*write)(const struct view *v, struct book *b, void (*after_row)(void *context),
		      void *context);
};

extern const struct list_spec lists_all[LISTS];

#define LISTS_TEAM_BYTES 16

void lists_team_name(int team, char out[LISTS_TEAM_BYTES]); /* "Test Team A" */

#endif
