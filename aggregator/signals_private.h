#ifndef AGGREGATOR_SIGNALS_PRIVATE_H
#define AGGREGATOR_SIGNALS_PRIVATE_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "aggregator/rollup_value.h"
#include "aggregator/signals.h"

/* Between the files of the signals: nobody else includes this.
 *
 *   signals.c          which subject is next; what was found, in one transaction
 *   signals_rules.c    unseen_risk.csv and signal_watch.csv (signals_csv.c reads the lines)
 *   signals_series.c   a measure's months, of the whole area and its districts
 *   signals_process.c, signals_funnel.c, signals_unseen.c   months to findings
 *   signals_record.c   findings to rows: pending, open, closed
 *   signals_list.c     rows to whoever reads; words */

#define SIGNALS_WINDOW 24  /* months over which limits are worked out */
#define SIGNALS_MONTHS 36  /* months that are read: a window, as late as figures may be */
#define SIGNALS_LOOKS 24   /* months looked at again, for since when it has held … */
#define SIGNALS_BACK 6     /* … where each has to be worked out anew */
#define SIGNALS_LATE 6     /* months: what is known only up to then is history and says nothing */
#define SIGNALS_CLOSE 2    /* months running without, after which a signal closes */
#define SIGNALS_LEAST 5    /* events per month, on average, that say anything */
#define SIGNALS_CLAUSES 4  /* conditions in one rule */
#define SIGNALS_RULES 64   /* rules in the file */
#define SIGNALS_AREAS 4096 /* districts compared */
#define SIGNALS_FIELDS 12  /* columns in a file of rules */

/* ---- rules */

/* One line of text of a CSV file cut into fields (in place): quotes as RFC 4180, no line breaks
 * inside them. */
struct signals_csv {
	const char *name; /* of the file, for messages */
	char *text;       /* a copy; owned */
	char *at;
	int line;
	char *fields[SIGNALS_FIELDS];
	int n_fields;
};
enum err_code signals_csv_open(const char *name, const char *text, const char *heading,
			       struct signals_csv *csv, struct err *err);
/* *row = 0 at the end. ERR_CONFIG when a line has not n fields. Empty lines are passed over. */
enum err_code signals_csv_next(struct signals_csv *csv, int n, int *row, struct err *err);
void signals_csv_close(struct signals_csv *csv);
/* ERR_CONFIG "unseen_risk.csv:7: measure: <what>". */
enum err_code signals_csv_fault(const struct signals_csv *csv, struct err *err, const char *column,
				const char *format, ...) __attribute__((format(printf, 4, 5)));

enum signals_test {
	SIGNALS_FALLS = 1,
	SIGNALS_RISES,
	SIGNALS_ABOVE,
	SIGNALS_BELOW,
	SIGNALS_DIFFERS
};

struct signals_clause {
	char measure[65];
	char part[33];     /* dimension of the buckets meant; "" the whole */
	int64_t part_from; /* those from here on */
	enum signals_test test;
	double amount;
	int share;       /* amount is in percent of the figure compared with, or of the total */
	int months;      /* taken together */
	int before_year; /* 1: against the same months a year before; 0: the months just before */
	int64_t least;   /* events (denominator of a share) that must stand behind it */
};

struct signals_rule {
	char code[65], title[161], sentence[513];
	struct signals_clause clauses[SIGNALS_CLAUSES];
	int n_clauses;
	int off; /* a measure of it is not in the set */
};

struct signals_watch {
	char measure[65];
	int process, funnel;
};

struct signals_rules {
	struct signals_rule *rules;
	int n_rules;
	struct signals_watch *watched; /* those that are not watched in every way */
	int n_watched;
};

/* The built-in files. ERR_CONFIG names file, line, column and the mend. The caller clears. */
enum err_code signals_rules_load(const struct measure_set *set, struct signals_rules *out,
				 struct err *err);
/* The same from texts. */
enum err_code signals_rules_parse(const char *name, const char *text, const struct measure_set *set,
				  struct signals_rules *out, struct err *err);
enum err_code signals_watch_parse(const char *name, const char *text, const struct measure_set *set,
				  struct signals_rules *out, struct err *err);
void signals_rules_clear(struct signals_rules *rules);
const struct signals_rule *signals_rules_find(const struct signals_rules *rules, const char *code);
const char *signals_test_name(enum signals_test test);

/* ---- series */

enum signals_known {
	SIGNALS_UNKNOWN,
	SIGNALS_PROVISIONAL,
	SIGNALS_FINAL
};

struct signals_point {
	enum signals_known known;
	int64_t numerator, denominator;
	double value; /* in the measure's unit; of a part: its count */
};

struct signals_area {
	char code[65];
	struct signals_point points[SIGNALS_MONTHS]; /* the last one is the month that holds now */
};

struct signals_series {
	struct rollup_terms terms;
	struct period first; /* of points[0] */
	struct signals_area *areas;
	int n_areas; /* areas[0]: the whole; then its districts */
};

/* clause: whose part is meant; NULL or without a part: the measure's totals. */
enum err_code signals_series_read(const struct rollup_context *context, const char *measure,
				  const struct signals_clause *clause, int64_t now_us,
				  struct signals_series *out, struct err *err);
void signals_series_clear(struct signals_series *series);
struct period signals_series_period(const struct signals_series *series, int month);
/* The newest month of an area that is known as well as `least`; −1: none. */
int signals_series_last(const struct signals_area *area, enum signals_known least);
int signals_is_stock(const struct rollup_terms *terms);

/* ---- findings */

struct signals_look {
	struct period period;
	int direction;    /* 1, −1; 0: does not hold */
	const char *rule; /* process: which one; static */
};

#define SIGNALS_WORSE 2

/* What is to be said of one area by one subject. */
struct signals_finding {
	enum signal_kind kind;
	const char *rule, *measure; /* borrowed; rule NULL: that of the look */
	char area[65];
	int polarity; /* of the measure; SIGNALS_WORSE: worse in either direction */
	struct signals_look looks[SIGNALS_LOOKS]; /* final months, oldest first */
	int n_looks;
	int has_provisional;
	struct signals_look provisional; /* of a month after those */
	char *evidence;                  /* JSON; sqlite3_free */
};

struct signals_findings {
	struct signals_finding *items;
	size_t n, size;
	int n_series;
};
enum err_code signals_findings_add(struct signals_findings *list, const struct signals_finding *one,
				   struct err *err); /* takes the evidence, also on failure */
void signals_findings_clear(struct signals_findings *list);

/* Which measures a series or a comparison says something about. */
int signals_process_watches(const struct rollup_terms *terms);
int signals_funnel_watches(const struct rollup_terms *terms);

enum err_code signals_process(const struct signals_series *series, struct signals_findings *out,
			      struct err *err);

/* months: taken together (a stock: the last of them alone). rule: NULL, or the code and polarity
 * that an unseen-risk rule gives the findings. */
enum err_code signals_funnel(const struct signals_series *series, int months,
			     const struct signals_rule *rule, struct signals_findings *out,
			     struct err *err);
enum err_code signals_unseen(const struct rollup_context *context, const struct signals_rule *rule,
			     int64_t now_us, struct signals_findings *out, struct err *err);

/* ---- evidence */

void signals_json_text(sqlite3_str *json, const char *text); /* quoted */
void signals_json_number(sqlite3_str *json, double value);   /* null when it is none */
void signals_json_period(sqlite3_str *json, struct period p);
/* "period":…,"status":…,"numerator":…,"denominator":…,"value":… without braces. */
void signals_json_point(sqlite3_str *json, struct period p, const struct signals_point *point);
/* Ends it; ERR_NOMEM when it did not fit into memory. */
enum err_code signals_json_end(sqlite3_str *json, char **out, struct err *err);

/* ---- record */

struct signals_record {
	sqlite3 *db;
	int64_t now_us, due_us; /* due: when something pending is to be looked at again; 0: not */
	struct signals_changes changes;
	sqlite3_stmt *live, *add, *change, *event;
};

/* Inside the caller's transaction. */
enum err_code signals_record_observe(struct signals_record *record,
				     const struct signals_finding *finding, struct err *err);
/* Closes what is not closed and is no longer watched: keep says whether it is. */
enum err_code signals_record_retire(struct signals_record *record,
				    int (*keep)(void *data, enum signal_kind kind, const char *rule,
						const char *measure, const char *area),
				    void *data, struct err *err);
void signals_record_clear(struct signals_record *record);

#endif
