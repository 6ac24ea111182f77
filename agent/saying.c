/* In: a report. Out: a digest for each measure that it carries; or the report without some of its
 * measures. */
#include "agent/saying.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

/* Three, because the end of a period is news even where a measure's follow-up goes on: the centre
 * waits for a report that is not provisional as a whole. */
enum saying_status {
	SAYING_FINAL,
	SAYING_FOLLOW_UP, /* the measure's follow-up is not over */
	SAYING_OPEN,      /* the period has not ended */
};

static enum saying_status saying_status(const District__Report *r, uint32_t measure)
{
	if (r->provisional)
		return SAYING_OPEN;
	for (size_t i = 0; i < r->n_provisional_measures; i++)
		if (r->provisional_measures[i] == measure)
			return SAYING_FOLLOW_UP;
	return SAYING_FINAL;
}

static void saying_hash_number(crypto_hash_sha256_state *state, uint64_t value)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	(void)crypto_hash_sha256_update(state, bytes, sizeof bytes);
}

static void saying_hash_text(crypto_hash_sha256_state *state, const char *text)
{
	(void)crypto_hash_sha256_update(state, (const uint8_t *)text, strlen(text) + 1);
}

/* The first row after the measure that starts at a row. */
static size_t saying_end(const District__Report *r, size_t from)
{
	size_t to = from + 1;

	while (to < r->n_measure && r->measure[to] == r->measure[from])
		to++;
	return to;
}

static void saying_digest(const District__Report *r, size_t from, size_t to, uint8_t digest[32])
{
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	(void)crypto_hash_sha256_update(&state, r->measures_digest.data, r->measures_digest.len);
	saying_hash_number(&state, (uint64_t)saying_status(r, r->measure[from]));
	saying_hash_text(&state, r->dictionary[r->measure[from]]);
	for (size_t i = from; i < to; i++) {
		saying_hash_text(&state, r->dictionary[r->dimension[i]]);
		saying_hash_text(&state, r->dictionary[r->category[i]]);
		saying_hash_number(&state, (uint64_t)r->numerator[i]);
		saying_hash_number(&state, (uint64_t)r->denominator[i]);
	}
	(void)crypto_hash_sha256_final(&state, digest);
}

enum err_code saying_list(const District__Report *r, struct saying **out, size_t *n,
			  struct err *err)
{
	size_t n_measures = 0;

	*n = 0;
	for (size_t i = 0; i < r->n_measure; i = saying_end(r, i))
		n_measures++;
	*out = calloc(n_measures + 1, sizeof **out);
	if (*out == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	for (size_t i = 0, next; i < r->n_measure; i = next) {
		struct saying *saying = &(*out)[(*n)++];

		next = saying_end(r, i);
		saying->measure = r->measure[i];
		saying_digest(r, i, next, saying->digest);
	}
	return ERR_OK;
}

static void saying_drop_rows(District__Report *r, const uint8_t *left_out)
{
	size_t kept = 0, n_provisional = 0;

	for (size_t i = 0; i < r->n_measure; i++) {
		if (left_out[r->measure[i]])
			continue;
		r->measure[kept] = r->measure[i];
		r->dimension[kept] = r->dimension[i];
		r->category[kept] = r->category[i];
		r->numerator[kept] = r->numerator[i];
		r->denominator[kept++] = r->denominator[i];
	}
	r->n_measure = r->n_dimension = r->n_category = kept;
	r->n_numerator = r->n_denominator = kept;
	for (size_t i = 0; i < r->n_provisional_measures; i++)
		if (!left_out[r->provisional_measures[i]])
			r->provisional_measures[n_provisional++] = r->provisional_measures[i];
	r->n_provisional_measures = n_provisional;
}

static void saying_drop_words(District__Report *r)
{
	uint32_t number[LIMIT_DICTIONARY] = { 0 };
	uint32_t n = 0;

	for (size_t i = 0; i < r->n_measure; i++)
		number[r->measure[i]] = number[r->dimension[i]] = number[r->category[i]] = 1;
	for (size_t i = 0; i < r->n_dictionary; i++) {
		if (i > 0 && number[i] == 0)
			continue;
		number[i] = n;
		r->dictionary[n++] = r->dictionary[i];
	}
	r->n_dictionary = n;
	for (size_t i = 0; i < r->n_measure; i++) {
		r->measure[i] = number[r->measure[i]];
		r->dimension[i] = number[r->dimension[i]];
		r->category[i] = number[r->category[i]];
	}
	for (size_t i = 0; i < r->n_provisional_measures; i++)
		r->provisional_measures[i] = number[r->provisional_measures[i]];
}

void saying_leave_out(District__Report *r, const uint8_t *left_out)
{
	saying_drop_rows(r, left_out);
	saying_drop_words(r);
}
