#ifndef DEPLOY_DEMO_EXTRACTS_H
#define DEPLOY_DEMO_EXTRACTS_H

#include <stdint.h>
#include <stdio.h>

#include "deploy/demo/labels.h"
#include "deploy/demo/sim.h"
#include "proto/err.h"

/* Writes what each office exports each month: lists 1 to 7 of Annex A and a staff list. */

struct extract_rows { /* of one list; junk rows are among the rows */
	int32_t rows, junk;
};

/* rows: one row of LISTS for each district and month (district × n_months + month). */
enum err_code extracts_write(const struct sim *s, const char *out, struct extract_rows *rows,
			     struct err *err);

/* Teams and organisations as the lists name them, with codes for the agents' settings; what was
 * planted for somebody to find. */
enum err_code extracts_write_names(const struct sim *s, const char *out, struct err *err);

/* A text file in the folder, and its end. extracts_create returns NULL after an error (ERR_IO). */
FILE *extracts_create(const char *out, const char *name, struct err *err);
enum err_code extracts_finish(FILE *f, const char *name, struct err *err);

#endif
