#ifndef AGGREGATOR_FEED_CHANGES_TABLE_H
#define AGGREGATOR_FEED_CHANGES_TABLE_H

#include "aggregator/feed/rows.h"
#include "aggregator/feed/zip.h"

/* A published pair, read back so that two can be laid side by side. */

struct changes_row {
	char *key;      /* time_period, time_identifier and filters, each ended by NUL */
	size_t key_len; /* bytes of key with all its NULs */
	char **cell;    /* by indicator */
};

struct changes_table {
	char dataset[256];
	char *indicator[ROWS_FIELDS_MAX];
	int n_indicators;
	struct changes_row *rows; /* sorted by key */
	int n_rows;
};

/* The pair of that data file among the entries; *t is empty when entries is NULL or has none. The
 * caller clears, also after a failure. */
enum err_code changes_table_read(const struct zip_entries *entries, const char *data_path,
				 struct changes_table *t, struct err *err);
void changes_table_clear(struct changes_table *t);

int changes_table_compare(const struct changes_row *a, const struct changes_row *b);

const struct zip_entry *changes_entry(const struct zip_entries *entries, const char *path);

#endif
