#ifndef AGGREGATOR_SIGNALS_H
#define AGGREGATOR_SIGNALS_H

#include <stddef.h>
#include <stdint.h>

#include "aggregator/rollup.h"

/* Signals: what needs somebody's attention, found by rule and kept in the store with their history.
 * `ingest` works them out between drains, one measure or rule a slice, after figures have changed;
 * everybody else reads.
 *
 *   process   special cause in a district's or the city's own series (spc.h): flows and ratios with
 *             at least 5 per point on average, stocks through their net change
 *   funnel    a district outside the 99.8% funnel limits in the last three final months together
 *   unseen    combinations of unseen_risk.csv: contacts falling while re-referrals rise, plans down
 *             by a third in a year, referrals waiting longer than k days, thresholds that differ
 *
 * No flapping: a condition that first holds is pending; it opens when it still holds on final
 * figures or SIGNALS_PENDING_DAYS later, and closes only when it has not held for two periods
 * running. Missing data neither opens nor closes anything. */

#define SIGNALS_PENDING_DAYS 3

enum signal_kind {
	SIGNAL_PROCESS = 1,
	SIGNAL_FUNNEL,
	SIGNAL_UNSEEN
};
enum signal_state {
	SIGNAL_PENDING = 1,
	SIGNAL_OPEN,
	SIGNAL_CLOSED
};

struct signal {
	int64_t id; /* of the store's table; stays */
	enum signal_kind kind;
	enum signal_state state;
	char rule[65]; /* "outside", "shift", "trend", "near", "funnel", or a rule of unseen_risk */
	char measure[65]; /* the one that it is about (unseen: the first) */
	char area[65];
	int direction;             /* 1 higher, −1 lower */
	int concern;               /* 1 worse, −1 better, 0 neither: by the measure's polarity */
	struct period first, last; /* in which it has held */
	int64_t pending_us, opened_us, closed_us; /* 0: not yet */
	char *evidence; /* JSON object: figures and limits that the rule looked at; owned by the
			   list */
};

struct signal_list {
	struct signal *signals;
	size_t n;
};

struct signals_changes {
	int n_pending, n_opened, n_closed;
};

/* Looks at the next measure or rule that has not been looked at since figures last changed, in one
 * transaction. *done = 1 when there is none left. now_us is for pending times. changes (may be
 * NULL): what became of signals. A measure or rule that cannot be worked out is passed over until
 * figures change again, with the error returned; one that the store refused is tried again. */
enum err_code signals_work(const struct rollup_context *context, int64_t now_us, int *done,
			   struct signals_changes *changes, struct err *err);

/* states: bits 1 << SIGNAL_…; area NULL: all. Newest first, at most max. The caller frees. */
enum err_code signals_list(struct store *store, unsigned states, const char *area, size_t max,
			   struct signal_list *out, struct err *err);
/* Whether any measure or rule has been looked at yet: without, no signal says nothing. */
enum err_code signals_looked_for(struct store *store, int *looked, struct err *err);
enum err_code signals_find(struct store *store, int64_t id, struct signal_list *out,
			   struct err *err); /* one, or ERR_MISSING */
void signals_clear(struct signal_list *list);

/* What happened to it, oldest first: pending, opened, still, closed. */
struct signal_event {
	int64_t at_us;
	enum signal_state state;
	struct period period;
};
enum err_code signals_history(struct store *store, int64_t id, struct signal_event **events,
			      size_t *n, struct err *err); /* the caller frees */

/* "Re-referrals within 12 months in Hodge Hill: above the usual range in September 2026". For
 * protected viewers too: it holds no count. Returns out. */
const char *signal_say(const struct signal *s, const struct rollup_context *context, char *out,
		       size_t size);

const char *signal_kind_name(enum signal_kind kind);
const char *signal_state_name(enum signal_state state);

/* False alarms to expect in a month with nothing wrong, over all series watched. */
enum err_code signals_expected_false_alarms(const struct rollup_context *context, double *out,
					    struct err *err);

#endif
