#ifndef AGENT_PREVIEW_H
#define AGENT_PREVIEW_H

#include "agent/plan.h"
#include "agent/spool.h"

/* What collecting one extract would put into the spool. Nothing is written or sent. */

struct preview_entry {
	District__Entry *entry;
	int64_t sequence; /* the number that it would have; 0: confirmed, would not be sent */
};

struct preview {
	struct extract extract;
	const struct agent_dataset *dataset; /* borrowed */
	struct plan plan;
	int collected; /* this extract was dealt with already: nothing would be sent */
	struct preview_entry *entries; /* reports by period, then the Return */
	size_t n_entries;
	void *return_arena;
};

struct preview_wanted {
	const char *extract; /* a path, or its last part ("2026-10-31"); NULL: the newest */
	const char *dataset; /* NULL: any */
};

/* spool NULL: there is none yet. preview_clear frees what is there, also half of it. */
enum err_code preview_make(const struct plan_base *base, struct spool *spool,
			   const struct preview_wanted *wanted, struct preview *out,
			   struct err *err);
void preview_clear(struct preview *p);

/* The payload that would be signed, packed by the code that packs what is sent; only the time of
 * sealing will differ. Without a spool its id is all zeros. Owned by the caller. */
enum err_code preview_pack(struct spool *spool, const char *agent, const struct preview_entry *e,
			   uint8_t **bytes, size_t *len, struct err *err);

#endif
