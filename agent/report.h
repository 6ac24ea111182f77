#ifndef AGENT_REPORT_H
#define AGENT_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "agent/measure.h"
#include "agent/stage.h"
#include "proto/frame.h"

/* Turns figures into reports, one per period. In: figures of one extract. Out: unsigned Entry
 * bodies without number. */

struct report {
	struct period period;
	int provisional;
	District__Entry *entry; /* agent, spool, sequence, sealed_us still empty */
	size_t n_observations;
};

struct reports {
	struct report *items; /* by period key */
	size_t n;
	void *arena; /* all that the entries hold; nothing is borrowed */
};

/* A category whose numerator and denominator are both 0 is left out: the absence says the same.
 * ERR_TOO_BIG names a period whose report would break a limit of proto/limits.h. The caller owns
 * *out; NULL on failure. */
enum err_code report_build(const struct stage *s, const struct measure_set *set,
			   const struct figures *figures, struct reports **out, struct err *err);
void reports_free(struct reports **reports); /* NULL-safe; leaves NULL */

struct report_periods {
	struct period *confirmed, *changed;
	size_t n_confirmed, n_changed;
};

/* The Return entry for an extract: lists, reasons, periods confirmed and changed. A refused one
 * whose as-at is unknown says 0. The caller owns *arena (report_arena_free), which holds *out. */
enum err_code report_build_return(const struct stage *s, int accepted,
				  const struct report_periods *periods, District__Entry **out,
				  void **arena, struct err *err);
void report_arena_free(void **arena); /* NULL-safe; leaves NULL */

#endif
