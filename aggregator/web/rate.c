#include "aggregator/web/rate.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

#define WAYS 4 /* addresses that share a place in the table */
#define MS 1000

struct bucket {
	uint8_t key[RATE_KEY_BYTES];
	int64_t at_ms; /* when millitokens was right; 0: unused */
	int64_t millitokens;
};

struct rate {
	int64_t per_second, most;                  /* most: millitokens */
	uint8_t secret[crypto_shorthash_KEYBYTES]; /* nobody can choose who shares a place */
	struct bucket buckets[LIMIT_WEB_PEERS];
};

enum err_code rate_new(int per_second, struct rate **out, struct err *err)
{
	struct rate *rate = calloc(1, sizeof *rate);

	*out = rate;
	if (rate == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	rate->per_second = per_second;
	rate->most = (int64_t)per_second * RATE_BURST * MS;
	randombytes_buf(rate->secret, sizeof rate->secret);
	return ERR_OK;
}

void rate_free(struct rate **rate)
{
	free(*rate);
	*rate = NULL;
}

/* A token a second is a millitoken a millisecond. */
static void bucket_fill(const struct rate *rate, struct bucket *b, int64_t now_ms)
{
	int64_t passed_ms = now_ms - b->at_ms;

	if (b->at_ms == 0 || passed_ms >= RATE_BURST * MS)
		b->millitokens = rate->most;
	else
		b->millitokens += passed_ms * rate->per_second;
	if (b->millitokens > rate->most)
		b->millitokens = rate->most;
	b->at_ms = now_ms;
}

static struct bucket *bucket_find(struct rate *rate, const uint8_t key[RATE_KEY_BYTES],
				  int64_t now_ms)
{
	uint64_t hash;
	struct bucket *set;
	struct bucket *fullest;

	(void)crypto_shorthash((unsigned char *)&hash, key, RATE_KEY_BYTES, rate->secret);
	set = &rate->buckets[hash % (LIMIT_WEB_PEERS / WAYS) * WAYS];
	fullest = set;
	for (int i = 0; i < WAYS; i++) {
		struct bucket *b = &set[i];

		if (b->at_ms != 0 && memcmp(b->key, key, RATE_KEY_BYTES) == 0) {
			bucket_fill(rate, b, now_ms);
			return b;
		}
	}
	for (int i = 0; i < WAYS; i++) {
		if (set[i].at_ms == 0) {
			fullest = &set[i];
			break;
		}
		bucket_fill(rate, &set[i], now_ms);
		if (set[i].millitokens > fullest->millitokens)
			fullest = &set[i];
	}
	memcpy(fullest->key, key, RATE_KEY_BYTES);
	fullest->at_ms = 0;
	bucket_fill(rate, fullest, now_ms);
	return fullest;
}

int rate_take(struct rate *rate, const uint8_t key[RATE_KEY_BYTES], int64_t now_ms)
{
	struct bucket *b = bucket_find(rate, key, now_ms < 1 ? 1 : now_ms);

	if (b->millitokens < MS)
		return 0;
	b->millitokens -= MS;
	return 1;
}
