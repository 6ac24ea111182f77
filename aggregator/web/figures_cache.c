#include "aggregator/web/figures_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a: the texts are ours, not a peer's. */
static struct figures_entry **figures_cache_bucket(struct figures_cache *c, const char *key)
{
	uint64_t hash = 14695981039346656037u;

	for (; *key != '\0'; key++)
		hash = (hash ^ (unsigned char)*key) * 1099511628211u;
	return &c->buckets[hash % FIGURES_CACHE_BUCKETS];
}

static void figures_cache_unlink(struct figures_cache *c, struct figures_entry *e)
{
	*(e->newer == NULL ? &c->newest : &e->newer->older) = e->older;
	*(e->older == NULL ? &c->oldest : &e->older->newer) = e->newer;
	e->newer = e->older = NULL;
}

static void figures_cache_link(struct figures_cache *c, struct figures_entry *e)
{
	e->older = c->newest;
	*(c->newest == NULL ? &c->oldest : &c->newest->newer) = e;
	c->newest = e;
}

struct figures_entry *figures_cache_find(struct figures_cache *c, const char *key, int64_t stamp)
{
	struct figures_entry *e = *figures_cache_bucket(c, key);

	while (e != NULL && (e->stamp != stamp || strcmp(e->key, key) != 0))
		e = e->next;
	if (e != NULL && e != c->newest) {
		figures_cache_unlink(c, e);
		figures_cache_link(c, e);
	}
	c->n_found += e != NULL;
	c->n_missed += e == NULL;
	return e;
}

enum err_code figures_cache_add(struct figures_cache *c, const char *key, int64_t stamp,
				const struct figure_set *set, struct figures_entry **out,
				struct err *err)
{
	struct figures_entry **bucket = figures_cache_bucket(c, key);
	struct figures_entry *e = calloc(1, sizeof *e);

	*out = e;
	if (e == NULL) {
		free(set->figures);
		return err_set(err, ERR_NOMEM, "out of memory");
	}
	(void)snprintf(e->key, sizeof e->key, "%s", key);
	e->stamp = stamp;
	e->set = *set;
	e->bytes = sizeof *e + set->n * sizeof *set->figures;
	e->next = *bucket;
	*bucket = e;
	figures_cache_link(c, e);
	c->bytes += e->bytes;
	c->n++;
	return ERR_OK;
}

static void figures_cache_drop(struct figures_cache *c, struct figures_entry *e)
{
	struct figures_entry **at = figures_cache_bucket(c, e->key);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	figures_cache_unlink(c, e);
	c->bytes -= e->bytes;
	c->n--;
	free(e->set.figures);
	free(e);
}

void figures_cache_trim(struct figures_cache *c, int64_t stamp, size_t max_bytes)
{
	struct figures_entry *older;
	struct figures_entry *newer;

	for (struct figures_entry *e = c->newest; e != NULL; e = older) {
		older = e->older;
		if (e->stamp != stamp)
			figures_cache_drop(c, e);
	}
	for (struct figures_entry *e = c->oldest; e != NULL && c->bytes > max_bytes; e = newer) {
		newer = e->newer;
		figures_cache_drop(c, e);
	}
}
