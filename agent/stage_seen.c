#include "agent/stage_work.h"

#include <stdlib.h>
#include <string.h>

/* An open hash table of digests: their bytes are as good as random, so they are their own hash. */

#define SEEN_FIRST 1024

static struct stage_seen_entry *stage_seen_slot(struct stage_seen_entry *entries, size_t n,
						const uint8_t digest[16])
{
	size_t at;

	memcpy(&at, digest, sizeof at);
	at &= n - 1;
	while (entries[at].rowid != 0 && memcmp(entries[at].digest, digest, 16) != 0)
		at = (at + 1) & (n - 1);
	return &entries[at];
}

struct stage_seen_entry *stage_seen_find(struct stage_seen *seen, const uint8_t digest[16],
					 struct err *err)
{
	struct stage_seen_entry *found;

	if (2 * (seen->n_used + 1) > seen->n_entries) {
		size_t n = seen->n_entries == 0 ? SEEN_FIRST : 2 * seen->n_entries;
		struct stage_seen_entry *entries = calloc(n, sizeof *entries);

		if (entries == NULL) {
			(void)err_set(err, ERR_NOMEM, "remember rows: out of memory");
			return NULL;
		}
		for (size_t i = 0; i < seen->n_entries; i++)
			if (seen->entries[i].rowid != 0)
				*stage_seen_slot(entries, n, seen->entries[i].digest) =
					seen->entries[i];
		free(seen->entries);
		seen->entries = entries;
		seen->n_entries = n;
	}
	found = stage_seen_slot(seen->entries, seen->n_entries, digest);
	if (found->rowid == 0) {
		memcpy(found->digest, digest, 16);
		seen->n_used++;
	}
	return found;
}
