/* Protection of a figure: the counts that it is made of, then the value from what they became. */

#include "aggregator/web/protect.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/rollup_value.h"

#define PROTECT_BASE 5
#define PROTECT_SMALL 5 /* the largest count that is suppressed */

_Static_assert(crypto_shorthash_KEYBYTES == 16, "the rounding key is one of SipHash");

const char *const protect_note =
	"Counts of 1 to 5 are not shown (c). Other counts are rounded up or down to a multiple of "
	"5, and percentages and rates are worked out from the rounded counts, so figures may not "
	"add up.";

enum protect_shown {
	PROTECT_EXACT,
	PROTECT_ROUNDED,
	PROTECT_SUPPRESSED,
};

/* One of the two numbers of a cell. */
struct protect_number {
	const char *measure; /* whose number it is: not always the cell's own measure */
	int part;            /* 0 numerator, 1 denominator of that measure */
	const struct measure *of;
};

int64_t protect_round(const uint8_t key[16], const void *identity, size_t len, int64_t n)
{
	uint8_t hash[crypto_shorthash_BYTES];
	uint64_t draw = 0;
	int64_t over = n % PROTECT_BASE;

	(void)crypto_shorthash(hash, identity, len, key);
	for (size_t i = sizeof hash; i > 0; i--)
		draw = draw << 8 | hash[i - 1];
	return n - over + ((int64_t)(draw % PROTECT_BASE) < over ? PROTECT_BASE : 0);
}

/* The period that a number was counted in: a stock of a quarter is that of its last month, and so
 * is what it is rounded to. */
static struct period protect_period(const struct measure *of, struct period p)
{
	struct period bases[12];
	int n = period_bases(p, bases);

	return of->kind == MEASURE_STOCK ? bases[n - 1] : p;
}

static enum protect_shown protect_people(const uint8_t key[16], const struct protect_number *number,
					 const char *dimension, const struct rollup_cell *cell,
					 int64_t *n)
{
	char identity[512];
	char period[PERIOD_TEXT_BYTES];
	int64_t size = *n < 0 ? -*n : *n;
	int len;

	if (size == 0)
		return PROTECT_EXACT;
	if (size <= PROTECT_SMALL)
		return PROTECT_SUPPRESSED;
	len = snprintf(identity, sizeof identity, "%s\n%d\n%s\n%s\n%s\n%s", number->measure,
		       number->part, cell->area,
		       period_format(protect_period(number->of, cell->period), period),
		       cell->category[0] == '\0' ? "" : dimension, cell->category);
	size = protect_round(key, identity, (size_t)len, size);
	*n = *n < 0 ? -size : size;
	return PROTECT_ROUNDED;
}

/* Staff in FTE, days: whole ones, half up. */
static enum protect_shown protect_amount(int64_t scale, int64_t *n)
{
	int64_t size = *n < 0 ? -*n : *n;

	if (size == 0)
		return PROTECT_EXACT;
	if (size <= PROTECT_SMALL * scale)
		return PROTECT_SUPPRESSED;
	size = size / scale + (size % scale >= scale / 2);
	*n = (*n < 0 ? -size : size) * scale;
	return PROTECT_ROUNDED;
}

static enum protect_shown protect_number(const uint8_t key[16], const struct protect_number *number,
					 const char *dimension, const struct rollup_cell *cell,
					 int64_t *n)
{
	int64_t scale = number->part == 0 ? rollup_scale(number->of) : 1;

	if (scale > 1)
		return protect_amount(scale, n);
	return protect_people(key, number, dimension, cell, n);
}

/* Whose number the denominator is: that of the whole that the measure is a part of has one
 * rounding, whichever measure it is the denominator of. */
static struct protect_number protect_whole(const struct rollup_terms *terms,
					   const struct measure_set *measures)
{
	const struct measure *m = terms->measure;
	const struct measure *whole;

	if (terms->n_parts == 2)
		return (struct protect_number){ terms->parts[1]->code, 0, terms->parts[1] };
	whole = m->part_of[0] == '\0' ? NULL : measures_find(measures, m->part_of);
	if (whole != NULL && whole->unit == MEASURE_COUNT)
		return (struct protect_number){ whole->code, 0, whole };
	return (struct protect_number){ m->code, 1, m };
}

static void protect_hide(struct figure *f)
{
	f->shown = FIGURE_SUPPRESSED;
	f->cell.numerator = f->cell.denominator = 0;
	f->cell.has_value = 0;
	f->cell.value = 0;
	f->cell.tenths = 0;
}

void protect_figure(const uint8_t key[16], const struct measure *m, const char *dimension,
		    const struct measure_set *measures, struct figure *f)
{
	struct rollup_terms terms;
	struct protect_number number[2];
	struct rollup_cell *cell = &f->cell;
	enum protect_shown top;
	enum protect_shown bottom = PROTECT_EXACT;

	f->shown = FIGURE_EXACT;
	if (cell->status == ROLLUP_MISSING || strcmp(m->theme, "quality") == 0)
		return;
	if (rollup_terms_find(measures, m, &terms, NULL) != ERR_OK) {
		protect_hide(f); /* what it is made of is not known */
		return;
	}
	number[0] = (struct protect_number){ terms.parts[0]->code, 0, terms.parts[0] };
	number[1] = protect_whole(&terms, measures);
	if (dimension == NULL)
		dimension = "";
	top = protect_number(key, &number[0], dimension, cell, &cell->numerator);
	if (terms.n_parts == 2 || (!terms.population && rollup_is_ratio(m)))
		bottom = protect_number(key, &number[1], dimension, cell, &cell->denominator);
	else if (!terms.population)
		cell->denominator = 0; /* how many rows were added up: nobody's business */
	if (top == PROTECT_SUPPRESSED || bottom == PROTECT_SUPPRESSED) {
		protect_hide(f);
		return;
	}
	if (m->unit == MEASURE_PERCENT && terms.n_parts == 1 && cell->numerator > cell->denominator)
		cell->numerator = cell->denominator;
	if (top == PROTECT_ROUNDED || bottom == PROTECT_ROUNDED)
		f->shown = FIGURE_ROUNDED;
	rollup_value(&terms, cell);
}
