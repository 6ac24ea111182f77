#ifndef AGGREGATOR_WEB_MEASURE_PAGE_H
#define AGGREGATOR_WEB_MEASURE_PAGE_H

#include "aggregator/web/figures.h"
#include "aggregator/web/trend.h"
#include "aggregator/web/view.h"

/* The parts of a measure's page, one file each; private to them. */

struct measure_page {
	struct web *web;
	const struct request *rq;
	struct html *h;
	const struct measure *m;
	struct view view;
	const char *area; /* code of the view's */
	struct period from;
	const struct figure_set *set; /* the area's totals and, for a city, its districts' */
	const int *districts;         /* indexes of areas in the set below the view's; file order */
	int n_districts;
	struct trend trend;       /* of the area */
	const struct figure *now; /* the area's figure of the view's period; NULL: none */
};

/* measure_trend.c: the value in words, the chart with its limits, its table. */
enum err_code measure_write_trend(struct measure_page *p, struct err *err);

/* measure_districts.c: side by side with intervals, small multiples, funnel. Nothing without
 * districts. */
enum err_code measure_write_districts(struct measure_page *p, struct err *err);

/* measure_breakdown.c: one breakdown of the period, and the distribution when there are buckets. */
enum err_code measure_write_breakdowns(struct measure_page *p, struct err *err);

/* A figure as a link to the reports behind it; dimension NULL for the total. */
void measure_write_value(const struct measure_page *p, const struct figure *f,
			 const char *dimension);
/* Two cells: numerator and denominator, empty where they say nothing. */
void measure_write_parts(const struct measure_page *p, const struct figure *f);
/* Whether a denominator means something: not for plain counts. */
int measure_has_parts(const struct measure *m);
const char *measure_area_name(const struct measure_page *p, const char *code);
/* "Source: …" and the links under a chart: data file and definition. breakdown: "" for totals. */
void measure_write_source(const struct measure_page *p, const char *breakdown);
/* The note on protected figures, when the viewer sees such. */
void measure_write_protection(const struct measure_page *p);

#endif
