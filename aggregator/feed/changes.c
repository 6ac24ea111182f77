/* In: two revisions as published. Out: their differences, cell by cell, in the files' order. */

#include "aggregator/feed/changes.h"

#include <stdlib.h>
#include <string.h>

#include "aggregator/feed/changes_table.h"

struct changes_work {
	changes_reason reason;
	void *context;
	struct text *out;
	struct changes_count *count;
};

static void changes_cell_write(const struct changes_work *w, const char *dataset,
			       const struct changes_row *row, const char *indicator,
			       const char *old, const char *new)
{
	struct changes_cell cell = { .dataset = dataset,
				     .time_period = row->key,
				     .indicator = indicator,
				     .old = old == NULL ? "" : old,
				     .new = new == NULL ? "" : new };
	const char *fields[9];

	if (old != NULL && new != NULL && strcmp(old, new) == 0)
		return;
	cell.time_identifier = cell.time_period + strlen(cell.time_period) + 1;
	cell.filters = cell.time_identifier + strlen(cell.time_identifier) + 1;
	fields[0] = new == NULL ? "D" : "M";
	fields[1] = cell.dataset;
	fields[2] = cell.time_period;
	fields[3] = cell.time_identifier;
	fields[4] = cell.filters;
	fields[5] = cell.indicator;
	fields[6] = cell.old;
	fields[7] = cell.new;
	fields[8] = w->reason == NULL ? "" : w->reason(w->context, &cell);
	for (int i = 0; i < 9; i++) {
		text_puts(w->out, i == 0 ? "" : ",");
		text_field(w->out, fields[i]);
	}
	text_puts(w->out, "\n");
	w->count->gone += new == NULL;
	w->count->added += old == NULL;
	w->count->changed += old != NULL && new != NULL;
}

static int changes_indicator(const struct changes_table *t, const char *name)
{
	for (int i = 0; i < t->n_indicators; i++)
		if (strcmp(t->indicator[i], name) == 0)
			return i;
	return -1;
}

/* One row of both; either may be NULL. */
static void changes_rows(const struct changes_work *w, const struct changes_table *before,
			 const struct changes_row *old, const struct changes_table *after,
			 const struct changes_row *new)
{
	for (int i = 0; new != NULL &&i < after->n_indicators; i++) {
		int was = changes_indicator(before, after->indicator[i]);

		changes_cell_write(w, after->dataset, new, after->indicator[i],
				   old == NULL || was < 0 ? NULL : old->cell[was], new->cell[i]);
	}
	for (int i = 0; old != NULL && i < before->n_indicators; i++)
		if (new == NULL || changes_indicator(after, before->indicator[i]) < 0)
			changes_cell_write(w, before->dataset, old, before->indicator[i],
					   old->cell[i], NULL);
}

static void changes_merge(const struct changes_work *w, const struct changes_table *before,
			  const struct changes_table *after)
{
	int old = 0;
	int new = 0;

	while (old < before->n_rows || new < after->n_rows) {
		int order = old == before->n_rows ? 1
			    : new == after->n_rows
				    ? -1
				    : changes_table_compare(&before->rows[old], &after->rows[new]);

		changes_rows(w, before, order <= 0 ? &before->rows[old] : NULL, after,
			     order >= 0 ? &after->rows[new] : NULL);
		old += order <= 0;
		new += order >= 0;
	}
}

/* ees/X.csv, and neither a meta file nor the list of names. */
static int changes_is_data(const char *path)
{
	size_t len = strlen(path);

	return strncmp(path, "ees/", 4) == 0 && len > 8 && len < 250 &&
	       strcmp(path + len - 4, ".csv") == 0 &&
	       (len < 9 || strcmp(path + len - 9, ".meta.csv") != 0) &&
	       strcmp(path, "ees/dataset_names.csv") != 0;
}

static enum err_code changes_dataset(const struct changes_work *w, const struct zip_entries *before,
				     const struct zip_entries *after, const char *path,
				     struct err *err)
{
	struct changes_table old = { .n_rows = 0 };
	struct changes_table new = { .n_rows = 0 };
	enum err_code code = changes_table_read(before, path, &old, err);

	if (code != ERR_OK)
		err_wrap(err, "the earlier revision");
	if (code == ERR_OK)
		code = changes_table_read(after, path, &new, err);
	if (code == ERR_OK)
		changes_merge(w, &old, &new);
	changes_table_clear(&old);
	changes_table_clear(&new);
	return code;
}

static int changes_by_path(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum err_code changes_write(const struct zip_entries *before, const struct zip_entries *after,
			    changes_reason reason, void *context, struct text *out,
			    struct changes_count *count, struct err *err)
{
	struct changes_work w = { reason, context, out, count };
	enum err_code code = ERR_OK;
	const char **paths;
	int n = 0;

	*count = (struct changes_count){ .gone = 0 };
	text_puts(out, "action,dataset,time_period,time_identifier,filters,indicator,old,new,"
		       "reason\n");
	if (before == NULL)
		return text_end(out, err);
	paths = calloc((size_t)before->n + (size_t)after->n + 1, sizeof *paths);
	if (paths == NULL)
		return err_set(err, ERR_NOMEM, "changes.csv: out of memory");
	for (int i = 0; i < before->n; i++)
		if (changes_is_data(before->entries[i].name))
			paths[n++] = before->entries[i].name;
	for (int i = 0; i < after->n; i++)
		if (changes_is_data(after->entries[i].name) &&
		    changes_entry(before, after->entries[i].name) == NULL)
			paths[n++] = after->entries[i].name;
	qsort(paths, (size_t)n, sizeof *paths, changes_by_path);
	for (int i = 0; code == ERR_OK && i < n; i++)
		code = changes_dataset(&w, before, after, paths[i], err);
	free(paths);
	return code == ERR_OK ? text_end(out, err) : code;
}
