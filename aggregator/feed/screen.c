#include "aggregator/feed/screen_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

/* The screener's order. The happy path: both files read, every stage passes. DfE's screener stops
 * after the first stage with a failure, since later stages build on earlier ones; so do we, and our
 * own checks, which look for what they need themselves, follow in any case. */

static const struct screen_stage stages[] = {
	{ "File read", screen_file_checks, false },
	{ "filename", screen_filename_checks, false },
	{ "Precheck columns", screen_precheck_columns, false },
	{ "Precheck cross-file", screen_precheck_cross, false },
	{ "Check columns", screen_check_columns, false },
	{ "Precheck meta", screen_precheck_meta, false },
	{ "Check meta", screen_check_meta, false },
	{ "Precheck time", screen_precheck_time, false },
	{ "Precheck filters", screen_precheck_filters, false },
	{ "Precheck geography", screen_precheck_geography, false },
	{ "Check time", screen_check_time, false },
	{ "Check filters", screen_check_filters, false },
	{ "Check geography", screen_check_geography, false },
	{ "Check general", screen_check_general, false },
	{ "Check indicators", screen_check_indicators, false },
	{ "Check harmonised", screen_check_harmonised, false },
	{ "Check API", screen_check_api, false },
	{ "Beyond the standard: form", screen_own_shape, true },
	{ "Beyond the standard: values", screen_own_values, true },
};

#define N_STAGES (sizeof stages / sizeof *stages)

bool screen_check_list(size_t i, struct screen_check_about *about)
{
	for (size_t k = 0; k < N_STAGES; k++) {
		for (const struct screen_check *c = stages[k].checks; c->name != NULL; c++) {
			if (i-- > 0)
				continue;
			about->stage = stages[k].name;
			about->check = c->name;
			about->is_ours = stages[k].is_ours;
			return true;
		}
	}
	return false;
}

/* ---- the pair */

static const char *const meta_names[META_COLUMNS] = {
	[META_COL_NAME] = "col_name",
	[META_COL_TYPE] = "col_type",
	[META_LABEL] = "label",
	[META_INDICATOR_GROUPING] = "indicator_grouping",
	[META_INDICATOR_UNIT] = "indicator_unit",
	[META_INDICATOR_DP] = "indicator_dp",
	[META_FILTER_HINT] = "filter_hint",
	[META_FILTER_GROUPING_COLUMN] = "filter_grouping_column",
	[META_FILTER_DEFAULT] = "filter_default",
	[META_PARENT_FILTER] = "parent_filter",
};

/* What the upload service tells by the name: a CSV file, and nothing in it is guessed. */
static bool pair_is_csv(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && strcmp(name + len - 4, ".csv") == 0;
}

static enum err_code pair_read_one(struct screen_table *table, char name[SCREEN_NAME_BYTES],
				   char fault[SCREEN_FAULT_BYTES], const struct screen_file *file,
				   struct err *err)
{
	struct err why = { .code = ERR_OK };
	enum err_code code;

	(void)snprintf(name, SCREEN_NAME_BYTES, "%s", file->name);
	if (file->bytes == NULL) {
		(void)snprintf(fault, SCREEN_FAULT_BYTES, "%s",
			       file->why == NULL ? "it is missing" : file->why);
		return ERR_OK;
	}
	if (!pair_is_csv(file->name)) {
		(void)snprintf(fault, SCREEN_FAULT_BYTES,
			       "its name does not end in .csv; save it as \"CSV UTF-8\"");
		return ERR_OK;
	}
	code = screen_table_read(table, file->bytes, file->len, &why);
	if (code == ERR_NOMEM)
		return err_set(err, code, "%s", why.text);
	if (code != ERR_OK)
		(void)snprintf(fault, SCREEN_FAULT_BYTES, "%.*s", SCREEN_FAULT_BYTES - 1, why.text);
	return ERR_OK;
}

enum err_code screen_pair_read(struct screen_pair *pair, const struct screen_file *data,
			       const struct screen_file *meta, struct err *err)
{
	enum err_code code;

	memset(pair, 0, sizeof *pair);
	code = pair_read_one(&pair->data, pair->data_name, pair->data_fault, data, err);
	if (code == ERR_OK)
		code = pair_read_one(&pair->meta, pair->meta_name, pair->meta_fault, meta, err);
	if (pair->meta.n_rows > LIMIT_SCREEN_META_ROWS) {
		(void)snprintf(pair->meta_fault, sizeof pair->meta_fault,
			       "more than %d rows; is it the data file?", LIMIT_SCREEN_META_ROWS);
		screen_table_clear(&pair->meta);
	}
	for (int i = 0; i < META_COLUMNS; i++)
		pair->meta_at[i] = screen_table_column(&pair->meta, meta_names[i]);
	if (code != ERR_OK)
		screen_pair_clear(pair);
	return code;
}

void screen_pair_clear(struct screen_pair *pair)
{
	screen_table_clear(&pair->data);
	screen_table_clear(&pair->meta);
}

void screen_report_clear(struct screen_report *report)
{
	free(report->findings);
	memset(report, 0, sizeof *report);
}

/* ---- the metadata */

const char *screen_meta(const struct screen *s, size_t row, enum screen_meta_column column)
{
	return screen_table_text(&s->pair->meta, s->pair->meta_at[column], row);
}

bool screen_is_filter(const struct screen *s, size_t row)
{
	return strcmp(screen_meta(s, row, META_COL_TYPE), "Filter") == 0;
}

bool screen_is_indicator(const struct screen *s, size_t row)
{
	return strcmp(screen_meta(s, row, META_COL_TYPE), "Indicator") == 0;
}

/* The meta row (below limit) of a filter whose name or grouping column is name, or −1. */
static bool meta_names_filter(const struct screen *s, size_t row, bool groups, const char *name)
{
	return screen_is_filter(s, row) &&
	       (strcmp(screen_meta(s, row, META_COL_NAME), name) == 0 ||
		(groups && strcmp(screen_meta(s, row, META_FILTER_GROUPING_COLUMN), name) == 0));
}

bool screen_next_filter(const struct screen *s, size_t *step, bool groups, int *column, size_t *row)
{
	const struct screen_table *data = &s->pair->data;

	for (; *step < (size_t)data->n_columns; (*step)++) {
		const char *name = data->columns[*step].name;

		if (screen_table_column(data, name) != (int)*step)
			continue; /* a second column of that name */
		for (size_t r = 0; r < s->pair->meta.n_rows; r++) {
			if (*name == '\0' || !meta_names_filter(s, r, groups, name))
				continue;
			*column = (int)(*step)++;
			*row = r;
			return true;
		}
	}
	return false;
}

bool screen_next_indicator(const struct screen *s, size_t *step, int *column, size_t *row)
{
	const struct screen_table *meta = &s->pair->meta;

	for (; *step < meta->n_rows; (*step)++) {
		if (!screen_is_indicator(s, *step))
			continue;
		*column = screen_table_column(&s->pair->data, screen_meta(s, *step, META_COL_NAME));
		if (*column < 0)
			continue;
		*row = (*step)++;
		return true;
	}
	return false;
}

size_t screen_n_filters(const struct screen *s)
{
	size_t n = 0;

	for (size_t row = 0; row < s->pair->meta.n_rows; row++)
		n += screen_is_filter(s, row);
	return n;
}

bool screen_only_filter_is(const struct screen *s, const char *one, const char *other)
{
	if (screen_n_filters(s) != 1)
		return false;
	for (size_t row = 0; row < s->pair->meta.n_rows; row++)
		if (meta_names_filter(s, row, true, one) || meta_names_filter(s, row, true, other))
			return true;
	return false;
}

/* ---- the run */

static void screen_run_check(struct screen *s, const struct screen_check *check)
{
	const struct screen_finding pass = { .stage = s->stage,
					     .check = check->name,
					     .is_ours = s->is_ours };

	s->check = check;
	s->worst = SCREEN_PASS;
	s->n_findings = 0;
	check->run(s);
	if (s->code == ERR_OK && s->n_findings == 0)
		s->code = screen_report_add(s->report, &pass, s->err);
}

static enum screen_result screen_run_stage(struct screen *s, const struct screen_stage *stage)
{
	enum screen_result worst = SCREEN_PASS;

	s->stage = stage->name;
	s->is_ours = stage->is_ours;
	for (const struct screen_check *c = stage->checks; c->name != NULL && s->code == ERR_OK;
	     c++) {
		screen_run_check(s, c);
		if (s->worst > worst)
			worst = s->worst;
	}
	return worst;
}

enum err_code screen_run(const struct screen_pair *pair, const struct screen_lists *lists,
			 bool standard_only, struct screen_report *report, struct err *err)
{
	struct screen s = { .pair = pair, .lists = lists, .report = report, .err = err };
	enum screen_result worst = SCREEN_PASS;

	report->is_unreadable = pair->data_fault[0] != '\0' || pair->meta_fault[0] != '\0';
	for (size_t i = 0; i < N_STAGES && s.code == ERR_OK; i++) {
		const struct screen_stage *stage = &stages[i];

		if (stage->is_ours ? standard_only || report->is_unreadable
				   : report->stopped_at != NULL)
			continue;
		worst = screen_run_stage(&s, stage);
		if (!stage->is_ours && worst == SCREEN_FAIL)
			report->stopped_at = stage->name;
		if (stage->checks == screen_check_api)
			report->api_suitable = worst == SCREEN_PASS;
	}
	return s.code;
}
