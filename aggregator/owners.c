#include "aggregator/owners.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define OWNERS_SLOTS 16384 /* a power of two; 128 KiB */

struct owners {
	struct store *store;
	uint8_t key[crypto_shorthash_KEYBYTES]; /* random: an agent cannot aim at a collision */
	uint64_t known[OWNERS_SLOTS];           /* hashes of (area, dataset, measure); 0: free */
	size_t n_known;
};

enum err_code owners_new(struct store *store, struct owners **out, struct err *err)
{
	struct owners *o = calloc(1, sizeof *o);

	*out = NULL;
	if (o == NULL)
		return err_set(err, ERR_NOMEM, "owners: out of memory");
	o->store = store;
	crypto_shorthash_keygen(o->key);
	*out = o;
	return ERR_OK;
}

void owners_free(struct owners **owners)
{
	free(*owners);
	*owners = NULL;
}

void owners_forget(struct owners *o)
{
	memset(o->known, 0, sizeof o->known);
	o->n_known = 0;
}

static uint64_t owners_hash(const struct owners *o, const District__Report *r, const char *measure)
{
	char text[3 * (LIMIT_STRING_BYTES + 1)];
	uint8_t bytes[crypto_shorthash_BYTES];
	uint64_t hash;
	int n = snprintf(text, sizeof text, "%s %s %s", r->area, r->dataset, measure);

	(void)crypto_shorthash(bytes, (const uint8_t *)text, (unsigned long long)n, o->key);
	memcpy(&hash, bytes, sizeof hash);
	return hash == 0 ? 1 : hash;
}

/* The slot that holds the hash, or the free one where it belongs. */
static uint64_t *owners_slot(struct owners *o, uint64_t hash)
{
	size_t at = hash & (OWNERS_SLOTS - 1);

	while (o->known[at] != 0 && o->known[at] != hash)
		at = (at + 1) & (OWNERS_SLOTS - 1);
	return &o->known[at];
}

static void owners_remember(struct owners *o, uint64_t hash)
{
	uint64_t *slot;

	if (o->n_known >= OWNERS_SLOTS / 4 * 3)
		owners_forget(o);
	slot = owners_slot(o, hash);
	if (*slot == 0)
		o->n_known++;
	*slot = hash;
}

static bool owners_is_total(const District__Report *r, size_t i)
{
	return r->dimension[i] == 0 && r->category[i] == 0;
}

/* Looks at every measure, or claims every one. */
static enum err_code owners_pass(struct owners *o, const District__Report *r, int claim,
				 int *n_unclaimed, char *measure, char *owner, struct err *err)
{
	for (size_t i = 0; i < r->n_measure; i++) {
		const char *code = r->dictionary[r->measure[i]];
		uint64_t hash;
		enum err_code result;

		if (!owners_is_total(r, i))
			continue;
		hash = owners_hash(o, r, code);
		if (*owners_slot(o, hash) != 0)
			continue;
		result = store_owner(o->store, r->area, code, r->dataset, claim, owner, err);
		if (result != ERR_OK)
			return result;
		if (owner[0] == '\0') {
			(*n_unclaimed)++;
			continue;
		}
		if (strcmp(owner, r->dataset) != 0) {
			(void)snprintf(measure, LIMIT_STRING_BYTES + 1, "%s", code);
			return err_set(err, ERR_DENIED, "measure of another dataset");
		}
		owners_remember(o, hash);
	}
	return ERR_OK;
}

enum err_code owners_claim(struct owners *o, const District__Report *report, char *measure,
			   char *owner, struct err *err)
{
	int n_unclaimed = 0;
	enum err_code code = owners_pass(o, report, 0, &n_unclaimed, measure, owner, err);

	if (code == ERR_OK && n_unclaimed > 0)
		code = owners_pass(o, report, 1, &n_unclaimed, measure, owner, err);
	return code;
}
