#ifndef AGGREGATOR_REBUILD_H
#define AGGREGATOR_REBUILD_H

#include <stdint.h>

#include "aggregator/store.h"
#include "proto/area.h"

/* The record is the bytes; tables are a projection of them. Rebuild makes every projection and
 * roll-up table anew from the bytes, in place or beside the store to compare. */

struct rebuild_table {
	const char *name;
	int64_t n_stored, n_rebuilt; /* rows */
	int differs;
	char first[512]; /* the first difference, in words; "" when there is none */
};

#define REBUILD_TABLES 8

struct rebuild_result {
	struct rebuild_table tables[REBUILD_TABLES];
	int64_t n_reports; /* that were projected */
	int64_t n_dirty;   /* roll-ups out of date in the store: those buckets were not compared */
	int differs;       /* any table */
};

/* Projects every stored entry up to meta.projected into a temporary database beside the store, and
 * compares table by table. The store is only read, and may be in use: reading is in short
 * transactions until the comparison itself. */
enum err_code rebuild_check(const char *store_path, const struct area_tree *areas,
			    struct rebuild_result *out, struct err *err);

/* Empties the projection and makes it anew. Nobody else may write meanwhile (site_lock). When it is
 * cut short, ingest goes on where it stopped. on_progress (may be NULL): reports still to do. */
enum err_code rebuild_in_place(struct store *store, const struct area_tree *areas,
			       void (*on_progress)(int64_t left), int64_t *n_reports,
			       struct err *err);

#endif
