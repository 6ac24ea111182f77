#ifndef AGGREGATOR_WEB_HEADLINE_H
#define AGGREGATOR_WEB_HEADLINE_H

#include "proto/measures.h"

/* Which measures stand on the city page, under which theme, in which order and by which short
 * title: headline.csv, embedded.
 *
 *     theme      as shown: "Front door"; the rows of a theme stand together
 *     measure    its code
 *     otherwise  the code of a variant that stands in while the measure has no figures; may be
 * empty title      short: what a tile and a table column have room for; between quotes if it has a
 *                comma
 *     tile       "yes" or empty
 *     column     "yes" or empty: of the table of districts
 */

#define HEADLINE_MAX 64

struct headline_row {
	char theme[49];
	char title[81];
	const struct measure *measure;   /* borrowed from the set */
	const struct measure *otherwise; /* NULL: none */
	int tile, column;
};

struct headline {
	struct headline_row rows[HEADLINE_MAX];
	int n;
};

/* Reads a file's text. name is for errors, which say the line: ERR_MALFORMED, ERR_TOO_BIG beyond
 * HEADLINE_MAX rows. A measure that the set lacks is no error: `otherwise` takes its place, or the
 * row is left out, so that a city with measures of its own need not match ours. */
enum err_code headline_parse(const char *name, const char *text, const struct measure_set *set,
			     struct headline *out, struct err *err);

/* The embedded file. */
enum err_code headline_read(const struct measure_set *set, struct headline *out, struct err *err);

/* The row that shows the measure, as itself or as `otherwise`; NULL when there is none. */
const struct headline_row *headline_find(const struct headline *headline, const char *measure);

#endif
