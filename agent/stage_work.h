#ifndef AGENT_STAGE_WORK_H
#define AGENT_STAGE_WORK_H

#include <sqlite3.h>

#include "agent/codes_in.h"
#include "agent/stage.h"
#include "agent/stage_value.h"
#include "proto/limits.h"

/* What the files of the stage share and nobody else sees. */

#define STAGE_COLUMNS_MAX 24 /* columns of one list */
#define STAGE_WARDS_KEPT 64  /* spellings of wards looked up last */

/* A typed value; text is borrowed until the row is inserted. */
struct stage_value {
	enum {
		STAGE_NULL,
		STAGE_INT,
		STAGE_TEXT
	} kind;
	int64_t number;
	struct text_span text;
};

/* What was read before: the digest of a whole row, or of a child (one row per child). */
struct stage_seen_entry {
	uint8_t digest[16];
	int64_t rowid; /* 0: free */
	int64_t row;   /* as the spreadsheet numbers it */
	int32_t start;
};

struct stage_seen {
	struct stage_seen_entry *entries;
	size_t n_entries, n_used;
};

/* Entry of the digest, made when it is new (rowid 0: the caller fills it). NULL: no memory. */
struct stage_seen_entry *stage_seen_find(struct stage_seen *seen, const uint8_t digest[16],
					 struct err *err);

struct stage_ward {
	char text[64]; /* as found; empty: free */
	const char *code;
};

struct stage_work {
	struct codes_in *codes;
	int has_teams;
	int district; /* index of the dataset's area; −1: wards are not read */
	sqlite3_stmt *inserts[STAGE_LISTS_MAX];
	sqlite3_stmt *removals[STAGE_LISTS_MAX];
	struct stage_seen seen[STAGE_LISTS_MAX];
	int n_map[STAGE_LISTS_MAX]; /* cells that the list's table has headings for */
	struct stage_ward wards[STAGE_WARDS_KEPT];
	char id[LIMIT_CELL_BYTES + 1];
	char name[LIMIT_CELL_BYTES + 1];
	char source[CODES_IN_SOURCE_BYTES];
};

/* Inserts the values of one row (in column order) into the list's table. */
enum err_code stage_insert(struct stage *s, int slot, const struct stage_value *values,
			   int64_t *rowid, struct err *err);

/* Takes a row of cin or cpp out again. */
enum err_code stage_remove(struct stage *s, int slot, int64_t rowid, struct err *err);

#endif
