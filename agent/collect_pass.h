#ifndef AGENT_COLLECT_PASS_H
#define AGENT_COLLECT_PASS_H

#include "agent/collect.h"
#include "agent/plan.h"
#include "agent/spool.h"

/* What collect keeps open between two looks at the folders. */

struct collect {
	struct plan_base base;
	struct spool *spool;
	int dry_run;       /* one transaction around everything, rolled back in the end */
	int64_t upkept_to; /* stored_everywhere at the last upkeep; −1: none yet */
};

/* Reads signing.key, opens the spool (making its folder). */
enum err_code collect_open(const struct agent_config *config, int dry_run, struct collect **out,
			   struct err *err);
void collect_close(struct collect **collect);

/* One look at every dataset's folder. Errors as collect_once. */
enum err_code collect_pass(struct collect *c, const struct collect_listener *listener,
			   struct err *err);

/* Says one worked-out extract in one transaction (reports, Return, extract row), and fills what it
 * came to into *outcome. *done = 1 when another process had dealt with it meanwhile. */
enum err_code collect_say(struct collect *c, const struct plan *plan,
			  struct collect_outcome *outcome, int *done, struct err *err);

#endif
