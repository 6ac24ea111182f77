/* Figures for whoever looks: a question in; from the cache, or rolled up, what this viewer may see.
 * Exact answers are kept once; protected ones are made from them. */

#include "aggregator/web/figures.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/rollup_value.h"
#include "aggregator/web/figures_cache.h"
#include "aggregator/web/html.h"
#include "aggregator/web/protect.h"
#include "proto/clock.h"
#include "proto/db.h"
#include "proto/limits.h"
#include "proto/out.h"

struct figures {
	struct rollup_context context;
	uint8_t key[16];
	struct figures_cache cache;
	sqlite3_stmt *stmt_stamp;
	int64_t started_us; /* settings may differ from those of an earlier start */
	int64_t store_stamp, newest_us;
	int64_t checked_ms; /* when the store was last looked at; 0: never */
};

enum err_code figures_new(const struct rollup_context *context, const uint8_t key[16],
			  struct figures **out, struct err *err)
{
	*out = NULL;
	if (sodium_init() < 0)
		return err_set(err, ERR_IO, "libsodium does not start: no randomness");
	*out = calloc(1, sizeof **out);
	if (*out == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	(*out)->context = *context;
	memcpy((*out)->key, key, sizeof(*out)->key);
	(*out)->started_us = clock_wall_us();
	return ERR_OK;
}

void figures_free(struct figures **figures)
{
	if (*figures == NULL)
		return;
	figures_cache_trim(&(*figures)->cache, -1, 0);
	db_finalize(&(*figures)->stmt_stamp);
	free(*figures);
	*figures = NULL;
}

/* ---- the state of the store */

static const char sql_stamp[] = "SELECT (SELECT value FROM meta WHERE key = 'figures_stamp'),"
				" (SELECT received_us FROM report ORDER BY id DESC LIMIT 1)";

/* A store that cannot be read just now leaves what is known; whoever asks for figures is told. */
static void figures_look(struct figures *f)
{
	int row = 0;

	f->checked_ms = clock_mono_ms();
	if (db_prepare(f->context.store->db, &f->stmt_stamp, sql_stamp, NULL) != ERR_OK)
		return;
	if (db_step(f->stmt_stamp, &row, NULL) == ERR_OK && row) {
		f->store_stamp = sqlite3_column_int64(f->stmt_stamp, 0);
		f->newest_us = sqlite3_column_int64(f->stmt_stamp, 1);
	}
	(void)sqlite3_reset(f->stmt_stamp);
}

void figures_begin(struct figures *f)
{
	if (f->checked_ms == 0 || clock_mono_ms() - f->checked_ms >= FIGURES_FRESH_MS)
		figures_look(f);
	figures_cache_trim(&f->cache, f->store_stamp, LIMIT_WEB_CACHE_BYTES);
}

int64_t figures_stamp(struct figures *f)
{
	if (f->checked_ms == 0)
		figures_look(f);
	return f->started_us + f->store_stamp;
}

int64_t figures_newest_us(struct figures *f)
{
	if (f->checked_ms == 0)
		figures_look(f);
	return f->newest_us;
}

/* ---- questions */

/* The question as one text. who: "" for exact figures, else whose view of them. */
static void figures_key(const struct rollup_query *q, const char *who,
			char out[FIGURES_CACHE_KEY_BYTES])
{
	(void)snprintf(out, FIGURES_CACHE_KEY_BYTES,
		       "%.64s\n%.64s\n%d\n%" PRId64 "\n%" PRId64 "\n%.64s\n%" PRId64 "\n%s",
		       q->measure, q->area, q->districts != 0, period_key(q->from),
		       period_key(q->to), q->breakdown == NULL ? "" : q->breakdown,
		       q->as_known_on_us, who);
}

/* The stage's name before a message means nothing to the reader of a page. */
static void figures_plain(struct err *err)
{
	static const char stage[] = "roll-up: ";

	if (err != NULL && strncmp(err->text, stage, sizeof stage - 1) == 0)
		memmove(err->text, err->text + sizeof stage - 1,
			strlen(err->text) - (sizeof stage - 1) + 1);
}

static enum err_code figures_exact(struct figures *f, const struct rollup_query *q,
				   const struct figure_set **out, struct err *err)
{
	char key[FIGURES_CACHE_KEY_BYTES];
	struct rollup_result *result = NULL;
	struct figures_entry *e;
	struct figure_set set;
	enum err_code code;

	figures_key(q, "", key);
	e = figures_cache_find(&f->cache, key, f->store_stamp);
	if (e == NULL) {
		code = rollup_run(&f->context, q, &result, err);
		if (code != ERR_OK) {
			figures_plain(err);
			return code;
		}
		set.measure = result->measure;
		set.n = result->n;
		set.figures = calloc(set.n == 0 ? 1 : set.n, sizeof *set.figures);
		for (size_t i = 0; i < set.n && set.figures != NULL; i++)
			set.figures[i].cell = result->cells[i];
		rollup_free(&result);
		if (set.figures == NULL)
			return err_set(err, ERR_NOMEM, "out of memory");
		code = figures_cache_add(&f->cache, key, f->store_stamp, &set, &e, err);
		if (code != ERR_OK)
			return code;
	}
	*out = &e->set;
	return ERR_OK;
}

static const char *figures_city(const struct figures *f)
{
	const struct aggregator_config *c = f->context.config;

	return c == NULL || c->area == NULL ? "" : c->area;
}

/* What the viewer may see of the exact figures. */
static enum err_code figures_protect(struct figures *f, const struct viewer *v,
				     const struct rollup_query *q, const struct figure_set *exact,
				     struct figure_set *set, struct err *err)
{
	int visible = 0;
	int sees_exact = 0;

	set->measure = exact->measure;
	set->n = 0;
	set->figures = calloc(exact->n == 0 ? 1 : exact->n, sizeof *set->figures);
	if (set->figures == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < exact->n; i++) {
		struct figure *to = &set->figures[set->n];
		const char *area = exact->figures[i].cell.area;

		if (i == 0 || strcmp(area, exact->figures[i - 1].cell.area) != 0) {
			visible = viewer_sees_area(v, area, figures_city(f));
			sees_exact = viewer_sees_exact(v, area);
		}
		if (!visible)
			continue;
		*to = exact->figures[i];
		if (!sees_exact)
			protect_figure(f->key, exact->measure, q->breakdown, f->context.measures,
				       to);
		set->n++;
	}
	return ERR_OK;
}

const char *figures_class(const struct viewer *v, char out[FIGURES_CLASS_BYTES])
{
	if (v->role == ROLE_DISTRICT)
		(void)snprintf(out, FIGURES_CLASS_BYTES, "district:%s", v->area);
	else
		(void)snprintf(out, FIGURES_CLASS_BYTES, "%s",
			       v->role == ROLE_CENTRAL ? "exact" : "protected");
	return out;
}

enum err_code figures_get(struct figures *f, const struct viewer *v,
			  const struct rollup_query *query, const struct figure_set **out,
			  struct err *err)
{
	char class[FIGURES_CLASS_BYTES];
	char key[FIGURES_CACHE_KEY_BYTES];
	const struct figure_set *exact = NULL;
	struct figures_entry *e;
	struct figure_set set;
	enum err_code code;
	int area;

	*out = NULL;
	if (f->checked_ms == 0)
		figures_look(f);
	code = rollup_area(f->context.areas, query->area, &area, err);
	if (code != ERR_OK)
		return code;
	if (!viewer_sees_area(v, query->area, figures_city(f)))
		return err_set(err, ERR_DENIED,
			       "figures of %s are not shown to this account: ask for your own "
			       "district or the city",
			       f->context.areas->areas[area].name);
	if (v->role == ROLE_CENTRAL)
		return figures_exact(f, query, out, err);
	figures_key(query, figures_class(v, class), key);
	e = figures_cache_find(&f->cache, key, f->store_stamp);
	if (e == NULL) {
		code = figures_exact(f, query, &exact, err);
		if (code == ERR_OK)
			code = figures_protect(f, v, query, exact, &set, err);
		if (code == ERR_OK)
			code = figures_cache_add(&f->cache, key, f->store_stamp, &set, &e, err);
		if (code != ERR_OK)
			return code;
	}
	*out = &e->set;
	return ERR_OK;
}

struct figures_counts figures_counts(const struct figures *f)
{
	return (struct figures_counts){ f->cache.n_found, f->cache.n_missed, f->cache.bytes };
}

/* ---- reading a set */

/* The first figure at or after `from`, below n, that belongs to another area. Areas stand together
 * and are many: steps double, then halve. */
static size_t figures_next_area(const struct figure_set *set, size_t from)
{
	const char *area = set->figures[from].cell.area;
	size_t step = 1;
	size_t low = from; /* of the area */
	size_t high;

	while (low + step < set->n && strcmp(set->figures[low + step].cell.area, area) == 0) {
		low += step;
		step *= 2;
	}
	high = low + step < set->n ? low + step : set->n;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(set->figures[middle].cell.area, area) == 0)
			low = middle;
		else
			high = middle;
	}
	return high;
}

const struct figure *figures_find(const struct figure_set *set, const char *area,
				  struct period period, const char *category)
{
	size_t low = 0;
	size_t end;
	size_t high;

	while (low < set->n && strcmp(set->figures[low].cell.area, area) != 0)
		low = figures_next_area(set, low);
	if (low == set->n)
		return NULL;
	end = high = figures_next_area(set, low);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->figures[middle].cell.period.start < period.start)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < end && set->figures[low].cell.period.start == period.start; low++)
		if (strcmp(set->figures[low].cell.category, category == NULL ? "" : category) == 0)
			return &set->figures[low];
	return NULL;
}

/* ---- words */

const char *figure_text(const struct measure *m, const struct figure *f,
			char out[FIGURE_TEXT_BYTES])
{
	const struct rollup_cell *cell = &f->cell;
	char number[32];
	int64_t tenths = cell->tenths < 0 ? -cell->tenths : cell->tenths;
	int whole = m->unit == MEASURE_COUNT ||
		    (f->shown == FIGURE_ROUNDED && m->kind != MEASURE_DERIVED &&
		     (m->unit == MEASURE_FTE || m->unit == MEASURE_DAYS));

	if (f->shown == FIGURE_SUPPRESSED || cell->status == ROLLUP_MISSING || !cell->has_value) {
		(void)snprintf(out, FIGURE_TEXT_BYTES, "%s",
			       f->shown == FIGURE_SUPPRESSED    ? "c"
			       : cell->status == ROLLUP_MISSING ? "no data"
								: "n/a");
		return out;
	}
	if (whole) {
		(void)snprintf(out, FIGURE_TEXT_BYTES, "%s",
			       html_number(cell->tenths / 10, number));
		return out;
	}
	(void)html_number(tenths / 10, number);
	(void)snprintf(out, FIGURE_TEXT_BYTES, "%s%s.%d%s", cell->tenths < 0 ? "\u2212" : "",
		       number, (int)(tenths % 10), m->unit == MEASURE_PERCENT ? "%" : "");
	return out;
}

int64_t figure_part_scale(const struct measure_set *set, const struct measure *m, int part)
{
	struct rollup_terms terms;

	if (rollup_terms_find(set, m, &terms, NULL) != ERR_OK)
		return 1;
	if (part < terms.n_parts)
		return rollup_scale(terms.parts[part]);
	return terms.population ? 1 : rollup_scale(m);
}

const char *figure_part_text(const struct measure_set *set, const struct measure *m,
			     const struct figure *f, int part, char out[FIGURE_TEXT_BYTES])
{
	const int64_t value = part == 0 ? f->cell.numerator : f->cell.denominator;
	const int64_t scale = figure_part_scale(set, m, part);
	const int64_t tenths = scale == 1 ? 0 : out_round_ratio(value, scale, 1, 1);
	char number[32];

	(void)html_number(scale == 1 ? value : tenths / 10, number);
	if (scale == 1)
		(void)snprintf(out, FIGURE_TEXT_BYTES, "%s", number);
	else
		(void)snprintf(out, FIGURE_TEXT_BYTES, "%s.%d", number,
			       (int)((tenths < 0 ? -tenths : tenths) % 10));
	return out;
}

const char *figure_unit(const struct measure *m)
{
	switch (m->unit) {
	case MEASURE_PERCENT:
		return "%";
	case MEASURE_RATE_10K:
		return " per 10,000 children";
	case MEASURE_FTE:
		return " FTE";
	case MEASURE_DAYS:
		return " days";
	case MEASURE_COUNT:
	case MEASURE_RATIO:
		return "";
	}
	return "";
}
