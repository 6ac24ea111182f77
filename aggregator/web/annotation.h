#ifndef AGGREGATOR_WEB_ANNOTATION_H
#define AGGREGATOR_WEB_ANNOTATION_H

#include "aggregator/web/office.h"
#include "aggregator/web/trend.h"
#include "proto/area.h"
#include "proto/measures.h"

/* Dated notes on charts: "new threshold document". A note of an area stands on its chart of one
 * measure, or of all. Notes are not changed; one that is wrong is taken down, with a reason, and
 * kept. Every change is in the audit log, in the same transaction. */

#define ANNOTATION_TEXT_MAX 120 /* characters */
#define ANNOTATION_TEXT_BYTES (4 * ANNOTATION_TEXT_MAX + 1)
#define ANNOTATION_REASON_MAX 200 /* bytes */
#define ANNOTATIONS_MAX 500

struct annotation {
	int64_t id;                 /* 0: not kept yet */
	char area[65], measure[65]; /* measure "": of all */
	int32_t day;
	char says[ANNOTATION_TEXT_BYTES];
	int64_t made_us;
	char who[129];
	int64_t ended_us; /* 0: shown */
	char ended_who[129], ended_reason[ANNOTATION_REASON_MAX + 1];
};

struct annotation_list {
	struct annotation *notes;
	size_t n;
};

/* ERR_MALFORMED with a sentence; *field: "area", "measure", "day" or "says". */
enum err_code annotation_check(const struct annotation *a, const struct measure_set *measures,
			       const struct area_tree *areas, const char **field, struct err *err);
enum err_code annotation_add(struct office *o, const struct viewer *who, const char *peer,
			     const struct annotation *a, int64_t *id, struct err *err);
/* ERR_MISSING, or ERR_MALFORMED when it was taken down already or there is no reason. */
enum err_code annotation_end(struct office *o, const struct viewer *who, const char *peer,
			     int64_t id, const char *reason, struct err *err);
enum err_code annotation_find(struct office *o, int64_t id, struct annotation *out,
			      struct err *err);
/* Newest day first, the ones taken down as well. The caller frees, also after an error. */
enum err_code annotation_list(struct office *o, struct annotation_list *out, struct err *err);
/* Shown ones of the area for the measure, by day. */
enum err_code annotation_of(struct office *o, const char *area, const char *measure,
			    struct annotation_list *out, struct err *err);
void annotation_list_free(struct annotation_list *list);

/* Where they stand on a trend: marks (room for list->n) borrow the words. Returns how many: those
 * of days outside are left out. */
size_t annotation_marks(const struct annotation_list *list, const struct trend *t,
			struct chart_mark *marks);

/* A file area,measure,date,note. All or nothing; one that is there already is passed over. */
enum err_code annotation_import(struct office *o, const char *peer, const char *path,
				const struct measure_set *measures, const struct area_tree *areas,
				int *n_added, struct err *err);

#endif
