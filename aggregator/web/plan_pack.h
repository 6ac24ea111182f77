#ifndef AGGREGATOR_WEB_PLAN_PACK_H
#define AGGREGATOR_WEB_PLAN_PACK_H

#include "aggregator/web/plan_look.h"

/* What the plan's page and the monthly pack share. */

/* How the status is judged, and the note on protected figures when there are any. */
void plan_write_note(struct html *h, const struct plan_looks *looks);
/* A chart for each target, under its theme. links: 1 with links. */
void plan_write_themes(struct web *web, const struct view *view, struct html *h,
		       const struct plan_looks *looks, int links);

/* A copy without links, for a file that is read apart from the site: the words stay. */
void pack_write_unlinked(struct html *out, const char *markup, size_t len);

#endif
