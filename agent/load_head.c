#include "agent/load_head.h"

#include <stdio.h>
#include <string.h>

#define HEADING_BYTES 512 /* a longer one is no heading */

int load_head_column(const struct agent_config *config, const struct list *list,
		     const char *heading, int *rank)
{
	char folded[256], alias[256];

	list_fold(heading, folded, sizeof folded);
	for (unsigned i = 0; config != NULL && i < config->n_headings; i++) {
		const struct agent_heading *h = &config->headings[i];
		int column;

		if (strcmp(h->list, list->name) != 0)
			continue;
		list_fold(h->heading, alias, sizeof alias);
		if (folded[0] == '\0' || strcmp(alias, folded) != 0)
			continue;
		column = list_column_of(list, h->means);
		*rank = 4;
		if (column >= 0)
			return column;
	}
	return list_column_ranked(list, heading, rank);
}

int load_head_map(const struct agent_config *config, const struct list *list,
		  const struct cell *cells, int n_cells, int *map)
{
	int holder[64], ranks[64], n = 0;

	for (int i = 0; i < list->n_columns && i < 64; i++)
		holder[i] = -1;
	for (int i = 0; i < n_cells; i++) {
		char heading[HEADING_BYTES];
		int rank, column;

		map[i] = -1;
		if (cells[i].len == 0 || cells[i].len >= sizeof heading)
			continue;
		memcpy(heading, cells[i].text, cells[i].len);
		heading[cells[i].len] = '\0';
		column = load_head_column(config, list, heading, &rank);
		if (column < 0 || column >= 64)
			continue;
		if (holder[column] >= 0 && ranks[column] >= rank)
			continue;
		if (holder[column] >= 0)
			map[holder[column]] = -1;
		else
			n++;
		holder[column] = i;
		ranks[column] = rank;
		map[i] = column;
	}
	return n;
}

int load_head_is_complete(const struct list *list, const int *map, int n_map,
			  char missing[LOAD_MISSING_BYTES])
{
	size_t len = 0;

	missing[0] = '\0';
	for (int c = 0; c < list->n_columns; c++) {
		int found = !list->columns[c].required;

		for (int i = 0; i < n_map && !found; i++)
			found = map[i] == c;
		if (!found && len < LOAD_MISSING_BYTES - 1) {
			int n = snprintf(missing + len, LOAD_MISSING_BYTES - len, "%s\"%s\"",
					 len > 0 ? ", " : "", list->columns[c].heading);

			len += n > 0 ? (size_t)n : 0;
		}
	}
	return missing[0] == '\0';
}

const struct list *load_head_list(const struct agent_config *config, const struct cell *cells,
				  int n_cells, int *map)
{
	size_t n_lists;
	const struct list *lists = lists_all(&n_lists), *best = NULL;
	char missing[LOAD_MISSING_BYTES];
	int most = 0;

	for (size_t i = 0; i < n_lists; i++) {
		int n;

		if (lists[i].annex_a_number == 0 && lists[i].event_column != NULL)
			continue;
		n = load_head_map(config, &lists[i], cells, n_cells, map);
		if (n > most && load_head_is_complete(&lists[i], map, n_cells, missing)) {
			most = n;
			best = &lists[i];
		}
	}
	return best;
}
