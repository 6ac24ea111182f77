#ifndef AGGREGATOR_FEED_THEMES_H
#define AGGREGATOR_FEED_THEMES_H

#include "aggregator/feed/ees.h"
#include "proto/area.h"
#include "proto/measures.h"

/* Which measures stand in which data set of the feed, and how its filters are called: data, not
 * code.
 *
 * themes.csv, a row for each indicator:
 *     dataset    begins the file's name: "csc_assessment"; the rows of a data set stand together
 *     title      begins its title
 *     districts  "yes": with the filter of districts and a file without further filter; "no": the
 *                city alone, and only files with a further filter
 *     measure    its code; a row whose measure the set lacks is left out
 *     part       "value" or "numerator" (of a percentage)
 *     column     the indicator's name
 *     label      what the service shows
 *     filters    further filters, one file for each, separated by blanks; may be empty
 * filters.csv, a row that defines each filter, then rows for its items:
 *     filter     as in themes.csv
 *     dimension  of the measures
 *     column, label, hint   only in the defining row
 *     code, item a category and what it is called; several categories with one item are added up;
 *                a category without row is called as in the dictionary of codes; a number of days
 *                or cases takes the buckets of the measure
 */

#define THEMES_ROWS_MAX 256
#define THEMES_FILTERS_MAX 32

struct themes_filter {
	char name[33];
	struct ees_filter filter; /* its items as listed, Total first */
};

struct themes_row {
	char dataset[EES_FILE_BYTES];
	char title[EES_ITEM_BYTES];
	int districts;
	const struct measure *measure; /* borrowed from the set */
	struct ees_indicator indicator;
	uint32_t filters; /* bit n: themes.filters[n] */
};

struct themes {
	struct themes_row rows[THEMES_ROWS_MAX];
	int n_rows;
	struct themes_filter filters[THEMES_FILTERS_MAX];
	int n_filters;
};

/* Either text may be NULL: the embedded file. Errors say file, line and column. *out is NULL after
 * a failure. set must outlive *out. */
enum err_code themes_read(const char *themes_text, const char *filters_text,
			  const struct measure_set *set, struct themes **out, struct err *err);
void themes_free(struct themes **themes);

/* The tables of an edition, described and checked, with their cells unset: one for each data set,
 * filter and kind of period. authority: index in the tree; the districts are those that report in
 * the edition. An authority without districts has no filter of districts. *tables: n of them, each
 * for ees_table_clear, then free. */
enum err_code themes_tables(const struct themes *themes, const struct area_tree *tree,
			    int authority, struct period edition, struct ees_table **tables, int *n,
			    struct err *err);
void themes_tables_free(struct ees_table **tables, int n);

#endif
