#ifndef PROTO_MEASURES_H
#define PROTO_MEASURES_H

#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

/* The catalogue of measures: one SQL file each (proto/measures/<code>.sql), embedded at build or
 * read from a folder. The header grammar is in proto/measures/README.md. */

enum measure_kind {
	MEASURE_FLOW = 1, /* counted in the period that holds the row's on_date */
	MEASURE_STOCK,    /* counted at a date: from_date/to_date, or at_date */
	MEASURE_DERIVED,  /* no SELECT: numerator measure over denominator measure or population */
};

enum measure_unit {
	MEASURE_COUNT = 1, /* numerator is shown; denominator is not meaningful */
	MEASURE_PERCENT,   /* 100 × numerator ÷ denominator */
	MEASURE_RATE_10K,  /* 10,000 × numerator ÷ population */
	MEASURE_RATIO,     /* numerator ÷ denominator, one decimal */
	MEASURE_FTE,       /* numerator in millionths of a full-time equivalent */
	MEASURE_DAYS,      /* numerator in days */
};

enum measure_valid {
	MEASURE_WINDOW = 1, /* holds for every period and date inside the extract's window */
	MEASURE_LAST_MONTH, /* holds only for the month that the as-at stands for and its weeks */
	MEASURE_AS_AT,      /* holds only at the as-at */
};

enum measure_polarity {
	MEASURE_LOW_IS_GOOD = -1,
	MEASURE_NEUTRAL = 0,
	MEASURE_HIGH_IS_GOOD = 1,
};

#define MEASURE_DIMENSIONS_MAX 12
#define MEASURE_NEEDS_MAX 8
#define MEASURE_BUCKETS_MAX 24

struct measure_bucket {
	int64_t from, to; /* inclusive; to = INT64_MAX for the open last one */
	char code[24];    /* "0", "1-10", "61+" */
};

struct measure {
	char code[65];
	char title[161];
	char theme[33];        /* front-door | early-help | referral | assessment | protection |
				  cin | workforce | quality */
	char definition[1025]; /* plain words */
	char source[513];      /* where the definition comes from */
	char limits[1025];     /* what the extract cannot show; empty when nothing */
	enum measure_kind kind;
	enum measure_unit unit;
	enum measure_valid valid;
	enum measure_polarity polarity;
	int weeks, months;            /* the periods in which it is reported */
	int look_back_days;           /* days before a period that the window must cover */
	int follow_up_days;           /* days after a period until the figure is final */
	int statutory_limit_days;     /* working days; 0 when none */
	int within_district;          /* 1: a look-back that cannot see the next office */
	int64_t range_min, range_max; /* of one row's numerator */
	char dimensions[MEASURE_DIMENSIONS_MAX][33];
	int n_dimensions;
	char needs[MEASURE_NEEDS_MAX][65]; /* "contacts" or "staff.days_lost" */
	int n_needs;
	struct measure_bucket buckets[MEASURE_BUCKETS_MAX]; /* for `days` or `cases` */
	int n_buckets;
	char part_of[65], opens[65], closes[65]; /* measure codes; empty when none */
	char numerator[65];                      /* derived: measure code */
	char denominator[65];                    /* derived: measure code or "population_0_17" */
	int64_t denominator_scale; /* derived: multiplies the denominator (253 working days) */
	int annualised;            /* derived: a flow over a stock or population, shown per year */
	char *select;              /* the SELECT; NULL when derived */
};

struct measure_set {
	struct measure *measures; /* sorted by code */
	int n_measures;
	uint8_t digest[32]; /* SHA-256 over each code, NUL, file, NUL, in code order */
};

/* Folder NULL: the embedded set. Errors name file, line, key and the mend; near names are
 * suggested. The caller owns *out; NULL on failure. */
enum err_code measures_load(const char *folder, struct measure_set **out, struct err *err);
void measures_free(struct measure_set **set); /* NULL-safe; leaves NULL */

/* Parses one file's text (NUL-terminated) into *m (zeroed first; free with measure_clear). */
enum err_code measure_parse(const char *name, const char *text, struct measure *m, struct err *err);
void measure_clear(struct measure *m);

const struct measure *measures_find(const struct measure_set *set, const char *code);

/* The code in the set nearest to text (edit distance ≤ 3), or NULL: for "did you mean". */
const char *measures_nearest(const struct measure_set *set, const char *text);

/* Bucket of a value: its code, or "unknown" when no bucket holds it. */
const char *measure_bucket(const struct measure *m, int64_t value);

const char *measure_kind_name(enum measure_kind kind);
const char *measure_unit_name(enum measure_unit unit);
const char *measure_valid_name(enum measure_valid valid);

#endif
