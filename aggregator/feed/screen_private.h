#ifndef AGGREGATOR_FEED_SCREEN_PRIVATE_H
#define AGGREGATOR_FEED_SCREEN_PRIVATE_H

#include <regex.h>

#include "aggregator/feed/screen.h"

/* What the files of checks (screen_<stage>.c) share. */

/* ---- reference lists */

enum screen_list {
	LIST_COUNTRIES, /* columns: code, name … in the file's order */
	LIST_REGIONS,
	LIST_LAS,
	LIST_LADS,
	LIST_PCONS,
	LIST_LEPS,
	LIST_LSIPS,
	LIST_EDAS,
	LIST_WARDS,
	LIST_PLACES_WITHOUT_CODE,
	LIST_TIME_IDENTIFIERS,
	LIST_LEVELS,
	LIST_LEVELS_WITHIN,
	LIST_HARMONISED,
	LIST_ETHNICITY,
	LIST_DICTIONARY,
	LISTS,
};

/* Columns of LIST_LEVELS: the columns of the data that name places of a level. */
enum {
	LEVEL_NAME,
	LEVEL_CODE_COLUMN,
	LEVEL_NAME_COLUMN,
	LEVEL_SECOND_COLUMN,
	LEVEL_COLUMNS,
};

struct screen_lists {
	struct screen_table tables[LISTS];
	struct screen_words rows[LISTS];        /* whole rows, cells joined by SCREEN_JOIN */
	struct screen_words unit_columns;       /* time and geography columns */
	struct screen_words dictionary_columns; /* col_type and col_name, joined */
	regex_t unit_names;                     /* names that look like one */
	bool has_unit_names;
};

#define SCREEN_JOIN '\x1f'
#define SCREEN_JOINED_BYTES 4096

/* Joins n texts into out; longer ones are cut (and then match nothing in a list). */
size_t screen_join(char out[SCREEN_JOINED_BYTES], const char *const *texts, int n);

/* Whether the list has a row that consists of these texts. */
bool screen_list_has(const struct screen_lists *lists, enum screen_list list,
		     const char *const *texts, int n);

/* The row of LIST_LEVELS for a geographic_level, or −1. */
int screen_level_find(const struct screen_lists *lists, const char *level);

/* A text of LIST_LEVELS; "" when the level has no such column. */
const char *screen_level_text(const struct screen_lists *lists, int level, int column);

bool screen_is_unit_column(const struct screen_lists *lists, const char *name);

/* ---- a run */

struct screen {
	const struct screen_pair *pair;
	const struct screen_lists *lists;
	struct screen_report *report;
	const struct screen_check *check; /* the one under way */
	const char *stage;
	bool is_ours;
	enum screen_result worst; /* of the check under way */
	int n_findings;           /* of the check under way */
	enum err_code code;       /* sticky: ERR_NOMEM ends the run */
	struct err *err;
};

struct screen_check {
	const char *name;
	void (*run)(struct screen *s);
};

struct screen_stage {
	const char *name;
	const struct screen_check *checks; /* ends with a NULL name */
	bool is_ours;
};

extern const struct screen_check screen_file_checks[], screen_filename_checks[],
	screen_precheck_columns[], screen_precheck_cross[], screen_check_columns[],
	screen_precheck_meta[], screen_check_meta[], screen_precheck_time[],
	screen_precheck_filters[], screen_precheck_geography[], screen_check_time[],
	screen_check_filters[], screen_check_geography[], screen_check_general[],
	screen_check_indicators[], screen_check_harmonised[], screen_check_api[],
	screen_own_shape[], screen_own_values[];

/* Adds a finding of the check under way; column and rows may be NULL. format says what is wrong and
 * how to mend it. */
void screen_say(struct screen *s, enum screen_result result, enum screen_where where,
		const char *column, const struct screen_rows *rows, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* The same outside a run (sets of files). */
enum err_code screen_report_add(struct screen_report *report, const struct screen_finding *finding,
				struct err *err);

/* A peer's text for a message: in single quotes, cut, control characters escaped, valid UTF-8. */
struct screen_quote {
	char text[96];
};
struct screen_quote screen_quote(const char *text);

/* One finding about the values of a column that bad() holds for, with the rows that have them:
 * "'X' and 3 other values: <what>". bad is not asked for blanks that do not occur. */
void screen_bad_values(struct screen *s, enum screen_result result, enum screen_where where,
		       int column, bool (*bad)(const struct screen *s, const char *value),
		       const char *what);

/* One finding about the rows of the metadata that bad() holds for: "'col_name' …: <what>". */
void screen_bad_meta(struct screen *s, enum screen_result result, enum screen_meta_column shown,
		     bool (*bad)(const struct screen *s, size_t row), const char *what);

/* One finding about the column names of a file that bad() holds for. where: SCREEN_DATA: those of
 * the data; SCREEN_META: the col_name values. */
void screen_bad_names(struct screen *s, enum screen_result result, enum screen_where where,
		      bool (*bad)(const struct screen *s, const char *name), const char *what);

/* Rows of the data in which the column has a value for which wrong[value number] is set. */
struct screen_rows screen_rows_of(const struct screen_table *table, int column,
				  const unsigned char *wrong);

/* Zeroed memory, or NULL after noting ERR_NOMEM in s. */
void *screen_calloc(struct screen *s, size_t n, size_t size);

/* The checks geog_…_combos, one for each list of places (screen_places.c). */
void screen_places_country(struct screen *s);
void screen_places_region(struct screen *s);
void screen_places_ward(struct screen *s);
void screen_places_pcon(struct screen *s);
void screen_places_lad(struct screen *s);
void screen_places_lep(struct screen *s);
void screen_places_lsip(struct screen *s);
void screen_places_eda(struct screen *s);
void screen_places_la(struct screen *s);

/* The list of wards is that of some local authority districts only: whether it can tell about this
 * ward (lad: its lad_code, "" when unknown). */
bool screen_ward_is_judged(const struct screen *s, const char *code, const char *lad);

/* ---- the metadata */

const char *screen_meta(const struct screen *s, size_t row, enum screen_meta_column column);
bool screen_is_filter(const struct screen *s, size_t row);
bool screen_is_indicator(const struct screen *s, size_t row);

/* Walks over columns of the data that the metadata calls filters (with their grouping columns when
 * groups), or indicators. Each column once. *step from 0; false at the end. */
bool screen_next_filter(const struct screen *s, size_t *step, bool groups, int *column,
			size_t *row);
bool screen_next_indicator(const struct screen *s, size_t *step, int *column, size_t *row);

size_t screen_n_filters(const struct screen *s);

/* Whether the only filter, or its grouping column, is one of these two names. */
bool screen_only_filter_is(const struct screen *s, const char *one, const char *other);

#endif
