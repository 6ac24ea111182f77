#ifndef AGGREGATOR_WEB_FIGURES_H
#define AGGREGATOR_WEB_FIGURES_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/rollup.h"
#include "aggregator/web/viewer.h"

/* Figures for pages, API and packs: rollup_run's answers, protected for who looks (protect.h) and
 * kept in memory until the store changes (checked at most every FIGURES_FRESH_MS, least recently
 * used ones dropped above LIMIT_WEB_CACHE_BYTES). No handler calls rollup_run itself. */

#define FIGURES_FRESH_MS 2000

enum figure_shown {
	FIGURE_EXACT,      /* as it is */
	FIGURE_ROUNDED,    /* counts rounded to 5 (keyed), value worked out from the rounded ones */
	FIGURE_SUPPRESSED, /* 1 to 5, or rests on such a count: shown "c", no value */
};

struct figure {
	struct rollup_cell cell; /* numbers as they may be shown: those of a suppressed one are 0,
				    and has_value is 0 */
	enum figure_shown shown;
};

struct figure_set { /* sorted as rollup_result: by area, period, category */
	const struct measure *measure;
	struct figure *figures;
	size_t n;
};

struct figures;
struct web;

/* What context points to is borrowed; key (16 bytes) makes the rounding: office.h. */
enum err_code figures_new(const struct rollup_context *context, const uint8_t key[16],
			  struct figures **out, struct err *err);
void figures_free(struct figures **figures);

/* Before each handler: sets borrowed by the last one end, the store's stamp is looked at when it is
 * due, and what is old or too much is dropped. Without it everything is kept. */
void figures_begin(struct figures *f);

/* Borrowed until the next handler begins (figures_begin). Areas that the viewer may not see are
 * left out (query->districts), or refused with ERR_DENIED (query->area). Errors as rollup_run. */
enum err_code figures_get(struct figures *f, const struct viewer *v,
			  const struct rollup_query *query, const struct figure_set **out,
			  struct err *err);

/* The figure of one area, period and category ("" or NULL: the total), or NULL. */
const struct figure *figures_find(const struct figure_set *set, const char *area,
				  struct period period, const char *category);

/* Which figures a viewer sees: "exact", "district:<area>", "protected". With the stamp and the
 * question it makes an ETag. */
#define FIGURES_CLASS_BYTES 80
const char *figures_class(const struct viewer *v, char out[FIGURES_CLASS_BYTES]);

/* How often an answer was there already and how often not; what is kept, in bytes. */
struct figures_counts {
	int64_t n_found, n_missed;
	size_t bytes;
};
struct figures_counts figures_counts(const struct figures *f);

/* Changes whenever any figure may have changed: part of ETags. */
int64_t figures_stamp(struct figures *f);
/* When the newest entry was received, UTC µs: "data as at". 0: none yet. */
int64_t figures_newest_us(struct figures *f);

/* How a figure is written: "1,234", "22.4%", "18.3", "c" (suppressed), "no data" (missing),
 * "n/a" (a share or rate of nothing, or withheld). Decimals follow the unit: none for counts, and
 * for FTE and days that are rounded to whole ones; one for others. Returns out. */
#define FIGURE_TEXT_BYTES 48
const char *figure_text(const struct measure *m, const struct figure *f,
			char out[FIGURE_TEXT_BYTES]);
/* What a numerator (part 0) or denominator (1) is divided by to be in its own unit. */
int64_t figure_part_scale(const struct measure_set *set, const struct measure *m, int part);
/* A figure's numerator (part 0) or denominator (1) in its own unit: "1,234", "88.4" for FTE and
 * days. Returns out. */
const char *figure_part_text(const struct measure_set *set, const struct measure *m,
			     const struct figure *f, int part, char out[FIGURE_TEXT_BYTES]);
/* The measure's unit after a value in a sentence: "%", " per 10,000 children", " FTE", " days", "".
 */
const char *figure_unit(const struct measure *m);

#endif
