#ifndef AGGREGATOR_WEB_DEMAND_H
#define AGGREGATOR_WEB_DEMAND_H

#include "proto/measures.h"

/* What the pages of districts show for local commissioning, in which order: demand.csv, embedded.
 *
 *     part       heading under which rows stand together: "Early help demand"
 *     show       trend: the total over time; bars: a breakdown in its declared order; ranked: one
 *                from the largest down; wards: a column of the table of wards; index: a column of
 *                the list of districts
 *     measure    its code
 *     otherwise  the code of a variant that stands in while the measure has no figures; may be
 *                empty
 *     dimension  of bars, ranked and wards; otherwise empty
 *     title      short; between quotes if it has a comma
 */

#define DEMAND_MAX 64

enum demand_show {
	DEMAND_TREND,
	DEMAND_BARS,
	DEMAND_RANKED,
	DEMAND_WARDS,
	DEMAND_INDEX,
};

struct demand_row {
	char part[49];
	enum demand_show show;
	const struct measure *measure;   /* borrowed from the set */
	const struct measure *otherwise; /* NULL: none */
	char dimension[33];              /* "": none */
	char title[81];
};

struct demand {
	struct demand_row rows[DEMAND_MAX];
	int n;
};

/* Reads a file's text. name is for errors, which say the line: ERR_MALFORMED, ERR_TOO_BIG beyond
 * DEMAND_MAX rows. A measure that the set lacks, or does not break down so, is no error:
 * `otherwise` takes its place, or the row is left out. */
enum err_code demand_parse(const char *name, const char *text, const struct measure_set *set,
			   struct demand *out, struct err *err);

/* The embedded file. */
enum err_code demand_read(const struct measure_set *set, struct demand *out, struct err *err);

#endif
