#ifndef AGENT_LOAD_HEAD_H
#define AGENT_LOAD_HEAD_H

#include "agent/config.h"
#include "agent/lists.h"
#include "agent/reader.h"

/* A row taken as headings. config may be NULL everywhere. */

#define LOAD_MISSING_BYTES 512

/* Column of the list that a heading means, by the settings' aliases first; −1 when none. *rank: 4
 * alias, else as list_column_ranked. */
int load_head_column(const struct agent_config *config, const struct list *list,
		     const char *heading, int *rank);

/* Fills map (n_cells of it: column of the list, or −1); returns how many columns matched. A column
 * that two cells give goes to the better match, then to the first. */
int load_head_map(const struct agent_config *config, const struct list *list,
		  const struct cell *cells, int n_cells, int *map);

/* Whether the map has every needed column; the headings of the others go to missing. */
int load_head_is_complete(const struct list *list, const int *map, int n_map,
			  char missing[LOAD_MISSING_BYTES]);

/* The list whose needed headings are all in the row; of several the one with most matches. Lists of
 * the census are known by name only: their columns are those of other lists too. */
const struct list *load_head_list(const struct agent_config *config, const struct cell *cells,
				  int n_cells, int *map);

#endif
