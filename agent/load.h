#ifndef AGENT_LOAD_H
#define AGENT_LOAD_H

#include "agent/config.h"
#include "agent/stage.h"
#include "proto/err.h"

/* Between the readers and the stage: which list a table is, which row holds its headings, which
 * column is which.
 *
 * A table is the list that its sheet or file is named for ("List_1", "List 1 - Contacts.csv",
 * "Contacts"; the number is read whole, so list_10 is not list 1), else the one whose needed
 * headings it has. The headings are the first row, of the first LIMIT_HEADER_ROWS with anything in
 * them, that holds all that the list needs: titles may stand above. Headings are compared folded,
 * with the settings' aliases. Of two columns with the same meaning the better match is read, then
 * the first. Dropped, as notes: tables that are no list that is read, columns that are not used. */

/* Reads one open file (borrowed) into the stage. A file that cannot be used is no error: it leaves
 * a fault that refuses the extract. config may be NULL. ERR_NOMEM, ERR_DB, ERR_IO, ERR_CONFIG. */
enum err_code load_file(struct stage *s, const struct agent_config *config, const char *name,
			int fd, struct err *err);

/* The list that a sheet's or file's name says; NULL when it says none. *is_other = 1: it names one
 * that is not read (lists 8 to 11). */
const struct list *load_list_of_name(const char *name, int *is_other);

#endif
