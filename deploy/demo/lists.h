#ifndef DEPLOY_DEMO_LISTS_H
#define DEPLOY_DEMO_LISTS_H

#include "deploy/demo/book.h"
#include "deploy/demo/view.h"

/* The lists of an extract, by LIST_…: their headings (headings.c), and one row for each record that
 * the view shows. */

extern const struct book_list lists_headings[LISTS];

/* Writes all rows of a list that has begun; calls after_row behind each. */
void lists_write(int list, const struct view *v, struct book *b, void (*after_row)(void *context),
		 void *context);

#define LISTS_TEAM_BYTES 16

void lists_team_name(int team, char out[LISTS_TEAM_BYTES]); /* "Test Team A" */

#endif
