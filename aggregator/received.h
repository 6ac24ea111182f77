#ifndef AGGREGATOR_RECEIVED_H
#define AGGREGATOR_RECEIVED_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/rollup.h"

/* Who has reported what by when: one cell per expected dataset, reporting area and month, judged
 * against the settings' expected calendar and never by what was seen so far. */

enum received_state {
	RECEIVED_NOT_EXPECTED,
	RECEIVED_ON_TIME,     /* a full month's report had come by the due date */
	RECEIVED_LATE,        /* it came later */
	RECEIVED_HISTORY,     /* it came later, but was due before its agent was enrolled */
	RECEIVED_NOT_DUE,     /* nothing yet, and the due date has not passed */
	RECEIVED_PROVISIONAL, /* due, and only extracts from before the month's end have come */
	RECEIVED_REFUSED,     /* none accepted: an extract or a report was refused */
	RECEIVED_MISSING,     /* due, and nothing has come */
};

struct received_cell {
	char dataset[65];
	char area[65];
	struct period month;
	enum received_state state;
	int32_t due;         /* month's end + due_working_days */
	int64_t received_us; /* of the first full month's report; 0: none */
	int32_t as_at;       /* of the latest; INT32_MIN: none */
	int n_corrected;     /* reports that changed, or withdrew, what was final:
				received_corrections.h */
	int64_t corrected;   /* report.id of the last that changed it; 0: none, or withdrawn only */
	int nil;             /* 1: every list of the latest extract was empty or absent */
	int n_refused;       /* reports of the month that were refused on arrival */
};

struct received {
	struct received_cell *cells; /* by dataset, area in file order, month */
	size_t n;
};

/* The reporting areas at or below `area`, months [from, to], as at now. Reads one state of the
 * store. ERR_CONFIG when the settings expect nothing below the area; ERR_MISSING for an unknown
 * area. The caller owns *out. */
enum err_code received_run(const struct rollup_context *context, const char *area,
			   struct period from, struct period to, int64_t now_us,
			   struct received **out, struct err *err);
void received_free(struct received **received);

const char *received_state_name(enum received_state state);

#endif
