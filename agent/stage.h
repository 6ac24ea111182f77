#ifndef AGENT_STAGE_H
#define AGENT_STAGE_H

#include <sqlite3.h>
#include <stdint.h>

#include "agent/config.h"
#include "agent/faults.h"
#include "agent/lists.h"
#include "agent/reader.h"
#include "proto/area.h"

/* One extract in typed in-memory tables (agent/stage.sql). In: rows of cells with the list and
 * column that each belongs to. Out: the tables, row counts per list, faults. A rejected row is
 * counted and kept as a fault; a code in no list becomes "unknown" and is counted. */

struct stage_list {
	const struct list *list;
	uint64_t n_read;     /* data rows, rejected ones included */
	uint64_t n_rejected;
	int present;         /* the list was there, with or without rows */
};

#define STAGE_LISTS_MAX 16

struct stage {
	sqlite3 *db;                 /* in memory; owned */
	const struct agent_dataset *dataset; /* borrowed */
	const struct area_tree *areas;       /* borrowed */
	int32_t as_at;
	int32_t window_start;
	int32_t newest_event;        /* newest event date read; INT32_MIN when none */
	struct stage_list lists[STAGE_LISTS_MAX];
	int n_lists;
	struct faults faults;
	uint8_t extract_digest[32];  /* SHA-256 over the files, in name order */
};

/* as_at INT32_MIN: not known yet (an XML header will say). The caller owns *out. */
enum err_code stage_new(const struct agent_config *config, const struct agent_dataset *dataset,
			const struct area_tree *areas, int32_t as_at, struct stage **out,
			struct err *err);
void stage_free(struct stage **stage); /* NULL-safe; leaves NULL */

/* Declares the columns that a table really has (map[i] = column of the list for cell i, or −1),
 * once per table; NULL headings allowed for made rows. */
enum err_code stage_table(struct stage *s, const struct list *list, const int *map, int n_map,
			  struct err *err);

/* Types, checks and inserts one row. where gives file, sheet, row and headings for faults. A bad
 * row is not an error: it is counted. */
struct stage_where {
	const char *file, *sheet;
	int64_t row;
	const char *const *headings; /* as found, n_cells of them; may be NULL */
};
enum err_code stage_row(struct stage *s, const struct list *list, const int *map,
			const struct cell *cells, int n_cells, const struct stage_where *where,
			struct err *err);

/* Fills `list`, `list_column` and `extract`, derives cin and cpp from the census's cin_episodes
 * and cpp_plans when only those are there, and indexes the tables on child. Call once, after the
 * last row and before the measures. */
enum err_code stage_finish(struct stage *s, struct err *err);

uint64_t stage_rows_read(const struct stage *s);
uint64_t stage_rows_rejected(const struct stage *s);

#endif
