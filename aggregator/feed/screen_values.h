#ifndef AGGREGATOR_FEED_SCREEN_VALUES_H
#define AGGREGATOR_FEED_SCREEN_VALUES_H

#include "aggregator/feed/screen_private.h"

/* What our own checks of values share. */

/* Whether the name says that the indicator is a count: it ends in "_count", or is "count". */
bool screen_is_count(const char *name);

/* Reads a whole number of at most LIMIT_VALUE, with or without sign; false for all else. */
bool screen_whole(const char *text, int64_t *value);

/* A filter that stands on its own: not the grouping column or parent of another. */
bool screen_is_free_filter(const struct screen *s, const char *name);

void screen_drs_matrix(struct screen *s); /* screen_matrix.c */
void screen_drs_totals(struct screen *s); /* screen_totals.c */

#endif
