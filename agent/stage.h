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
	uint64_t n_read; /* data rows, rejected ones included */
	uint64_t n_rejected;
	int present;           /* the list was there, with or without rows */
	int derived;           /* made by stage_finish from another list */
	uint64_t columns;      /* bit i: the extract has column i of the list */
	uint64_t n_future;     /* rows whose event lies after the as-at (rejected too) */
	int32_t newest_future; /* the latest of those; INT32_MIN when none */
};

/* How one table (a sheet, a CSV file, a list of an XML file) was read; for the district's report.
 */
struct stage_source {
	char *file, *sheet;      /* owned; sheet NULL when there is none */
	const struct list *list; /* NULL: no list that is read */
	int64_t header_row;      /* 0 when none */
	char **headings;         /* owned, n_columns of them, as found */
	int *map;                /* owned: column of the list, or −1 */
	int n_columns;
	uint64_t n_read, n_rejected;
};

struct stage_work; /* opaque: statements, code spellings, what was read before */

#define STAGE_LISTS_MAX 16

struct stage {
	sqlite3 *db;                         /* in memory; owned */
	const struct agent_dataset *dataset; /* borrowed */
	const struct area_tree *areas;       /* borrowed */
	int32_t as_at;
	int32_t window_start;
	int32_t newest_event;                     /* newest event date kept; INT32_MIN when none */
	struct stage_list lists[STAGE_LISTS_MAX]; /* all of lists_all, in its order */
	int n_lists;
	struct stage_source *sources; /* in the order read */
	size_t n_sources;
	struct faults faults;
	struct stage_work *work;
	uint8_t extract_digest[32]; /* SHA-256 over the files, in name order */
};

/* as_at INT32_MIN: not known yet (stage_set_as_at must come before the first row). config and areas
 * may be NULL: without teams the team column, without the dataset's area the ward column is left
 * out, so that the breakdown is missing and not wrong. The caller owns *out. */
enum err_code stage_new(const struct agent_config *config, const struct agent_dataset *dataset,
			const struct area_tree *areas, int32_t as_at, struct stage **out,
			struct err *err);
void stage_free(struct stage **stage); /* NULL-safe; leaves NULL */

/* Sets the as-at and the window that goes with it. */
void stage_set_as_at(struct stage *s, int32_t as_at);

/* The entry of s->lists for the list. */
struct stage_list *stage_list_of(struct stage *s, const struct list *list);

const char *stage_list_state(const struct stage_list *list); /* "read", "nil", "absent" */

/* Whether the column is of use here (teams and wards need the settings). */
int stage_uses(const struct stage *s, const struct list_column *column);

/* Declares the columns that a table really has (map[i] = column of the list for cell i, or −1),
 * once per table; NULL headings allowed for made rows. */
enum err_code stage_table(struct stage *s, const struct list *list, const int *map, int n_map,
			  struct err *err);

/* Types, checks and inserts one row. where gives file, sheet, row and headings for faults. A bad
 * row is not an error: it is counted. Rules:
 * - a value that must be there is blank, a date or number cannot be read, the row ends before it
 *   starts, or any date but the birth date lies after the as-at (staff: dates may lie ahead): the
 *   row is rejected;
 * - lists 1, 3, 4, 5 and staff: a row that is the same in every cell, also those that we do not
 * use, is a duplicate and rejected (a contact, referral, assessment or enquiry has one row for each
 *   child; a real second one differs in an identifier, a date or a worker). Vacancies may be alike.
 * - list 2: rows may be alike (Ofsted: multiple rows for the same child are acceptable);
 * - lists 6 and 7: one row for each child; the one that starts last counts, the others are
 * rejected;
 * - staff: a row has a worker with an FTE, or posts; one with neither is rejected;
 * - a code in no list becomes "unknown", a yes or no that is neither becomes NULL; the row counts.
 */
struct stage_where {
	const char *file, *sheet;
	int64_t row;
	const char *const *headings; /* as found, n_cells of them; may be NULL */
};
enum err_code stage_row(struct stage *s, const struct list *list, const int *map,
			const struct cell *cells, int n_cells, const struct stage_where *where,
			struct err *err);

/* Fills `list`, `list_column` and `extract`, derives cin and cpp from the census's cin_episodes
 * and cpp_plans when only those are there (as the latest of each child; their rows_read is 0, so
 * that no row is counted twice), and indexes the tables on child. Call once, after the last row and
 * before the measures. ERR_CONFIG when the as-at is not known. */
enum err_code stage_finish(struct stage *s, struct err *err);

uint64_t stage_rows_read(const struct stage *s);
uint64_t stage_rows_rejected(const struct stage *s);

#endif
