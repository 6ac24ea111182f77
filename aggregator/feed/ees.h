#ifndef AGGREGATOR_FEED_EES_H
#define AGGREGATOR_FEED_EES_H

#include <stdint.h>

#include "aggregator/feed/edition.h"
#include "aggregator/feed/text.h"
#include "proto/area.h"
#include "proto/measures.h"
#include "proto/period.h"

/* One data set of the feed, and how the open data standard of Explore education statistics writes
 * it: a data file with a row for every period and combination of filter items, and its meta file.
 * Cells are a dense array, so the matrix is complete or ees_write_data says which cell is not. */

#define EES_NAME_BYTES 36  /* of a column, and NUL: shown whole by the service */
#define EES_LABEL_BYTES 81 /* what the screener allows, and NUL */
#define EES_ITEM_BYTES 121 /* a filter item, and NUL */
#define EES_FILE_BYTES 151 /* a file's name without suffix, and NUL */
#define EES_CODES_MAX 4    /* categories that one item adds up */
#define EES_FILTERS_MAX 3
#define EES_DP_MAX 6

/* The authority, as the national lists name it: the same on every row. */
struct ees_place {
	char country_code[16], country_name[129];
	char region_code[16], region_name[129];
	char old_la_code[8], new_la_code[16], la_name[129];
};

/* authority: index in the tree. Codes and names come from the area file (gss_code, dfe_name), the
 * three-digit code from reference/local_authorities.csv by gss_code. ERR_CONFIG names what the area
 * file lacks. */
enum err_code ees_place_find(const struct area_tree *tree, int authority, struct ees_place *out,
			     struct err *err);

/* Of the indicator: what is shown of a measure. */
enum ees_part {
	EES_PART_VALUE = 1, /* the value in the measure's unit */
	EES_PART_NUMERATOR, /* of a percentage: how many */
};

struct ees_item {
	char label[EES_ITEM_BYTES];
	char codes[EES_CODES_MAX][65]; /* categories, or the area's code; none for Total */
	int n_codes;
};

struct ees_filter {
	char column[EES_NAME_BYTES];
	char label[EES_LABEL_BYTES];
	char hint[EES_ITEM_BYTES];
	char dimension[33];     /* of the measures; "" for the districts */
	struct ees_item *items; /* owned; the first is Total */
	int n_items;
};

struct ees_indicator {
	char column[EES_NAME_BYTES];
	char label[EES_LABEL_BYTES];
	char grouping[EES_LABEL_BYTES];
	char unit[16]; /* "", "%", "£", "£m", "pp", "numberstring" */
	int dp;        /* decimals written and shown, 0 … EES_DP_MAX */
	int64_t scale; /* value = numerator × scale ÷ denominator: 100 for a percentage */
	char measure[65];
	enum ees_part part;
};

enum ees_state {
	EES_UNSET = 0,      /* refused by ees_write_data */
	EES_VALUE,          /* a figure; `low` when it rounds to 0 and is not 0 */
	EES_SUPPRESSED,     /* c: could identify a child */
	EES_NOT_REPORTED,   /* x: a district did not report, or the breakdown is not made */
	EES_NOT_APPLICABLE, /* z: the combination cannot occur, or there is nothing to divide by */
	EES_UNRELIABLE,     /* u: failed the quality rules */
};

struct ees_cell {
	enum ees_state state;
	int64_t numerator, denominator; /* of EES_VALUE; denominator > 0, 1 for a count */
};

struct ees_table {
	char name[EES_FILE_BYTES]; /* of the data file, without ".csv" */
	char title[EES_ITEM_BYTES];
	struct ees_place place;
	struct period *periods; /* of one kind, ascending */
	int n_periods;
	struct ees_filter filters[EES_FILTERS_MAX];
	int n_filters;
	struct ees_indicator *indicators;
	int n_indicators;
	struct ees_cell *cells; /* by period, then each filter's item, then indicator */
};

/* How many cells there are once the members above are set; −1 when more than LIMIT_FEED_CELLS. */
int64_t ees_table_size(const struct ees_table *t);

/* Makes t->cells, all EES_UNSET. */
enum err_code ees_table_cells(struct ees_table *t, struct err *err);

/* item: one index for each filter. Borrowed from t. */
struct ees_cell *ees_table_cell(const struct ees_table *t, int period, const int *item,
				int indicator);
void ees_table_clear(struct ees_table *t);

/* Everything of the standard that a description can break, before a single figure stands in it:
 * names of the file and columns (form, length, words that the screener takes for something else),
 * labels, units, items. ERR_CONFIG says table, column and mend. */
enum err_code ees_check(const struct ees_table *t, struct err *err);

/* The data file: UTF-8 without BOM, LF. ERR_MALFORMED names the first cell that is not set. The
 * description must have passed ees_check. */
enum err_code ees_write_data(const struct ees_table *t, struct text *out, struct err *err);

/* The meta file. A filter with one item only is a column of the data and no row here. */
enum err_code ees_write_meta(const struct ees_table *t, struct text *out, struct err *err);

/* One cell as it is written: "12", "4.5", "c". out: 32 bytes. */
const char *ees_cell_format(const struct ees_indicator *indicator, const struct ees_cell *cell,
			    char out[32]);

#endif
