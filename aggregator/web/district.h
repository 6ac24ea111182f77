#ifndef AGGREGATOR_WEB_DISTRICT_H
#define AGGREGATOR_WEB_DISTRICT_H

#include "aggregator/received.h"
#include "aggregator/signals.h"
#include "aggregator/web/demand.h"
#include "aggregator/web/headline.h"
#include "aggregator/web/trend.h"

/* A district's page and its parts: district_data.c gathers, the others write, district_page.c is
 * the order in which they do. */

#define DISTRICT_SIGNALS_MAX 100 /* open ones that are read; DISTRICT_SHOWN are listed */
#define DISTRICT_SHOWN 8
#define DISTRICT_MONTHS 12 /* of the return calendar */

struct district_row { /* a headline measure */
	const struct headline_row *row;
	struct trend trend;               /* the district's; its last point is the view's period */
	const struct figure_set *compare; /* the city's and the visible districts' of the period */
	const struct figure *now, *city;  /* NULL: none */
	int compared;                     /* 1: verdict holds */
	enum interval_verdict verdict;
};

struct district {
	struct web *web;
	const struct request *rq;
	struct html *h;
	struct view view; /* its area is the district of the path */
	const struct area *area;
	const struct area *city; /* what it is compared with */
	struct headline headline;
	struct demand demand;
	struct district_row rows[HEADLINE_MAX];
	int n_rows;
	struct signal_list signals; /* open, of this district */
	struct period month_to;     /* the newest month that has ended by today */
	int has_figures;            /* 0: it has never reported */
};

/* The district of the path, /districts/{area}: ERR_MISSING for what is no district, with the mend;
 * ERR_DENIED for one that the viewer may not see. *is_city = 1 (and nothing else is filled in) when
 * the path names what the city page stands for. Other errors as view_read. */
enum err_code district_open(struct web *web, const struct request *rq, struct district *d,
			    int *is_city, struct err *err);
/* Headline figures, signals. The caller clears, also after an error. */
enum err_code district_gather(struct district *d, struct err *err);
void district_clear(struct district *d);

/* The oldest period of the page: at least a year and the period before the newest. */
struct period district_from(const struct district *d);
/* A measure's figures of the district; breakdown NULL: totals. Borrowed (figures.h). */
enum err_code district_get(const struct district *d, const struct measure *m, struct period from,
			   struct period to, const char *breakdown, const struct figure_set **out,
			   struct err *err);
/* The row's measure or, while the area has no figures of it in the view's periods, the variant that
 * stands in, with its totals. *set NULL: neither is reported in such periods. */
enum err_code district_choose(const struct district *d, const char *area,
			      const struct measure *measure, const struct measure *otherwise,
			      const struct figure_set **set, struct err *err);
/* Shares, rates and ratios, which can be set against the city's; counts cannot. */
int district_is_rate(const struct measure *m);
int district_is_known(const struct figure *f);
/* Its value; NaN when it is not known. */
double district_value(const struct figure *f);

/* ---- pieces of markup */

/* A figure as a link to the reports behind it; dimension NULL: a total. */
void district_write_value(const struct district *d, const struct measure *m, const struct figure *f,
			  const char *dimension);
/* An href that keeps the view. */
void district_link(const struct district *d, const char *folder, const char *code);
/* A scrolling table's begin, up to the heading row: label names it. */
void district_table_begin(const struct district *d, const char *label);
/* The same for cells of words, which are stacked where it is narrow. */
void district_words_begin(const struct district *d, const char *label);
void district_table_end(const struct district *d);
/* What the viewer is not shown exactly, where something is protected. */
void district_write_protection(const struct district *d);

/* ---- parts, in order */

enum err_code district_write_summary(const struct district *d, struct err *err);
void district_write_spine(const struct district *d);
void district_write_counts(const struct district *d);
enum err_code district_write_demand(const struct district *d, struct err *err);
enum err_code district_write_returns(const struct district *d, struct err *err);
enum err_code district_write_csv(struct district *d, struct response *rs, struct err *err);

/* /districts */
enum err_code district_index(struct web *web, const struct request *rq, struct response *rs,
			     struct err *err);

#endif
