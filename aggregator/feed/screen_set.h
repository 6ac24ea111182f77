#ifndef AGGREGATOR_FEED_SCREEN_SET_H
#define AGGREGATOR_FEED_SCREEN_SET_H

#include "aggregator/feed/screen_private.h"
#include "aggregator/feed/screen_zip.h"

/* Several pairs that come together, and the checks of the whole (stage "ZIP structure"). */

#define SCREEN_SET_NAMES "dataset_names.csv"

struct screen_set {
	const char *folder; /* borrowed; NULL: a ZIP, its entries are in memory */
	struct screen_entries entries;
	struct screen_table names; /* dataset_names.csv, once it was read */
	bool has_names;
	struct screen_report report;
	enum err_code code; /* sticky: ERR_NOMEM */
	struct err *err;
};

bool screen_set_ends(const char *name, const char *end);
bool screen_set_is_meta(const char *name); /* X.meta.csv */
bool screen_set_is_data(const char *name); /* any other .csv but dataset_names.csv */

/* The entry named by the first len bytes of stem and end, or NULL. */
struct screen_entry *screen_set_find(struct screen_set *set, const char *stem, size_t len,
				     const char *end);

/* Adds a finding about the whole. */
void screen_set_say(struct screen_set *set, const char *check, enum screen_result result,
		    enum screen_where where, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* Runs the checks of the whole; those that hold for ZIPs only are left out for a folder. Errors:
 * ERR_NOMEM. */
enum err_code screen_set_check(struct screen_set *set);

void screen_set_clear(struct screen_set *set);

#endif
