#ifndef AGGREGATOR_FEED_EDITION_H
#define AGGREGATOR_FEED_EDITION_H

#include "proto/err.h"
#include "proto/period.h"

/* An edition of the feed: a month (2026-09), a quarter of the financial year (2026-27-Q2) or a
 * financial year (2026-27), and the revision of it that a bundle holds. */

#define EDITION_VERSION_TEXT 16 /* "65535.65535" and its NUL, with room */
#define EDITION_NAME_BYTES 112  /* "<feed>_<edition>_v<version>" */
#define EDITION_REVISION_MAX 65535

/* major rises when a dataset, a column, a filter item or an indicator is no longer there, minor
 * otherwise: as the public API of Explore education statistics counts. The first is 1.0. */
struct edition_version {
	int major, minor;
};

/* ERR_MALFORMED names the three spellings; a week is no edition. */
enum err_code edition_parse(const char *text, struct period *edition, struct err *err);

/* The periods of the kind (month, quarter or year) that an edition carries, in order: a quarter has
 * three months and itself, a month only itself. Returns how many, at most 12; 0 for a kind that is
 * longer than the edition, and for weeks. */
int edition_periods(struct period edition, enum period_kind kind, struct period out[12]);

/* "1.0": both parts without sign, space or leading zero, major from 1. */
enum err_code edition_version_parse(const char *text, struct edition_version *version,
				    struct err *err);
const char *edition_version_format(struct edition_version version, char out[EDITION_VERSION_TEXT]);

/* The revision after `last`; NULL: the first, 1.0. ERR_FULL beyond EDITION_REVISION_MAX. */
enum err_code edition_version_next(const struct edition_version *last, int something_gone,
				   struct edition_version *out, struct err *err);

/* < 0, 0, > 0: a is earlier, the same, later. */
int edition_version_compare(struct edition_version a, struct edition_version b);

/* Name of the bundle's folder: "<feed>_<edition>_v<major>.<minor>". feed: [a-z0-9-], at most 64
 * characters (keys_name_valid), else ERR_CONFIG. */
enum err_code edition_folder(const char *feed, struct period edition,
			     struct edition_version version, char out[EDITION_NAME_BYTES],
			     struct err *err);

/* How the open data standard writes a period: a month as "2026", "September"; a quarter as
 * "202627", "Financial year Q2"; a financial year as "2027", "Reporting year" (the year that holds
 * its 31 March, as in DfE's own files on children in need). */
struct edition_time {
	char time_period[8];
	char time_identifier[24];
};
struct edition_time edition_time(struct period p);

/* "monthly", "quarterly", "yearly": how the kind is called in names and titles of files. */
const char *edition_kind_word(enum period_kind kind);

#endif
